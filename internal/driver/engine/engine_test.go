package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tenon/internal/plan"
)

// frameOf makes a frame that must be accepted.
func frameOf(t testing.TB, e *Engine, n plan.Node) plan.FrameReply {
	t.Helper()
	reply, err := e.Frame(context.Background(), n)
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

// sqlNode is a query in SQL.
func sqlNode(text string) plan.Node { return plan.Node{Kind: plan.NodeSQL, Text: text} }

// on is a node over an existing frame.
func on(f plan.FrameReply, n plan.Node) plan.Node {
	n.Inputs = append([]plan.Node{{Kind: plan.NodeFrame, Frame: f.Frame}}, n.Inputs...)
	return n
}

// collect runs a frame into one text a row.
func collect(t testing.TB, e *Engine, f plan.FrameReply) []string {
	t.Helper()
	rows, err := e.Collect(context.Background(), plan.Collect{Frame: f.Frame, Limit: -1})
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(rows.Rows))
	for i, r := range rows.Rows {
		raw, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = string(raw)
	}
	return out
}

// header spells a schema as "name type, name type".
func header(f plan.FrameReply) string {
	parts := make([]string, len(f.Schema))
	for i, c := range f.Schema {
		parts[i] = c.Name + " " + c.Type
	}
	return strings.Join(parts, ", ")
}

// col and alias build expressions.
func col(name string) plan.Expr { return plan.Expr{Kind: plan.ExprColumn, Name: name} }

// aliased is expression AS name, the expression in SQL.
func aliased(name, text string) plan.Expr {
	return plan.Expr{Kind: plan.ExprAlias, Name: name, Args: []plan.Expr{{Kind: plan.ExprSQL, Text: text}}}
}

// TestDeepChains builds frames by long loops, as scripts do.
func TestDeepChains(t *testing.T) {
	const depth = 500
	for name, step := range map[string]func(i int) plan.Node{
		"new columns": func(i int) plan.Node {
			return plan.Node{Kind: plan.NodeWithColumns, Exprs: []plan.Expr{aliased(fmt.Sprintf("c%d", i), fmt.Sprintf("x + %d", i))}}
		},
		"same column": func(int) plan.Node {
			return plan.Node{Kind: plan.NodeWithColumns, Exprs: []plan.Expr{aliased("x", "x + 1")}}
		},
		"used twice": func(int) plan.Node {
			return plan.Node{Kind: plan.NodeWithColumns, Exprs: []plan.Expr{aliased("x", "x + x - x + 1")}}
		},
		"casts": func(int) plan.Node {
			return plan.Node{Kind: plan.NodeWithColumns, Exprs: []plan.Expr{aliased("x", "cast(cast(x as string) as int) + 1")}}
		},
		"filters": func(i int) plan.Node {
			c := plan.Expr{Kind: plan.ExprSQL, Text: fmt.Sprintf("x <> %d", i+10)}
			return plan.Node{Kind: plan.NodeFilter, Condition: &c}
		},
		"renames": func(i int) plan.Node {
			return plan.Node{Kind: plan.NodeRename, Renames: []plan.Rename{{Old: "y", New: "y"}}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := open(t)
			f := frameOf(t, e, sqlNode("select 1 as x, 'a' as y"))
			for i := range depth {
				f = frameOf(t, e, on(f, step(i)))
			}
			rows, err := e.Collect(context.Background(), plan.Collect{Frame: f.Frame, Limit: -1})
			if err != nil {
				t.Fatal(err)
			}
			if len(rows.Rows) != 1 {
				t.Fatalf("%d rows", len(rows.Rows))
			}
			if want := "501"; strings.Contains("same column, used twice, casts", name) && string(rows.Rows[0][0]) != want {
				t.Errorf("x = %s, want %s", rows.Rows[0][0], want)
			}
		})
	}
}

// TestDeepUnions unites a frame with itself again and again in a loop.
func TestDeepUnions(t *testing.T) {
	e := open(t)
	one := frameOf(t, e, sqlNode("select 1 as x"))
	f := one
	for range 300 {
		f = frameOf(t, e, on(f, plan.Node{Kind: plan.NodeUnion, Inputs: []plan.Node{{Kind: plan.NodeFrame, Frame: one.Frame}}}))
	}
	n, err := e.Count(context.Background(), plan.FrameRef{Frame: f.Frame}.Frame)
	if err != nil || n.Count != 301 {
		t.Errorf("count = %d, %v", n.Count, err)
	}
}

// TestFrameReferences resolves df["a"] through joins as Spark does.
func TestFrameReferences(t *testing.T) {
	e := openWithFrames(t)
	people := frameOf(t, e, plan.Node{Kind: plan.NodeTable, Name: "people"})
	young := frameOf(t, e, on(people, plan.Node{Kind: plan.NodeFilter, Condition: &plan.Expr{Kind: plan.ExprSQL, Text: "age < 40"}}))
	depts := frameOf(t, e, plan.Node{Kind: plan.NodeTable, Name: "depts"})
	of := func(f plan.FrameReply, name string) plan.Expr {
		return plan.Expr{Kind: plan.ExprColumn, Name: name, Frame: f.Frame}
	}
	equal := func(a, b plan.Expr) *plan.Expr {
		return &plan.Expr{Kind: plan.ExprCall, Name: "=", Args: []plan.Expr{a, b}}
	}
	join := func(a, b plan.FrameReply, c *plan.Expr) plan.Node {
		return on(a, plan.Node{Kind: plan.NodeJoin, How: "inner", Condition: c, Inputs: []plan.Node{{Kind: plan.NodeFrame, Frame: b.Frame}}})
	}

	joined := frameOf(t, e, join(people, depts, equal(of(people, "dept"), of(depts, "dept"))))
	picked := frameOf(t, e, on(joined, plan.Node{Kind: plan.NodeProject, Exprs: []plan.Expr{of(depts, "id"), of(people, "id"), of(people, "Name")}}))
	sorted := frameOf(t, e, on(picked, plan.Node{Kind: plan.NodeSort, Exprs: []plan.Expr{of(people, "id")}}))
	want := []string{`[10,1,"Ann"]`, `[20,2,"bob o'neil"]`, `[10,3,null]`, `[20,5,""]`}
	if diff := cmp.Diff(want, collect(t, e, sorted)); diff != "" {
		t.Error(diff)
	}

	// The same attribute on both sides of an equality joins left with right.
	self := frameOf(t, e, join(people, young, equal(of(people, "id"), of(young, "id"))))
	if n, err := e.Count(context.Background(), self.Frame); err != nil || n.Count != 3 {
		t.Errorf("self join: %d, %v", n.Count, err)
	}
	_, err := e.Frame(context.Background(), on(self, plan.Node{Kind: plan.NodeProject, Exprs: []plan.Expr{of(young, "id")}}))
	if err == nil || !strings.Contains(err.Error(), "are ambiguous. It's probably because you joined several Datasets together") {
		t.Errorf("ambiguous reference: %v", err)
	}

	dropped := frameOf(t, e, on(joined, plan.Node{Kind: plan.NodeDrop, Exprs: []plan.Expr{of(depts, "dept"), of(depts, "id")}}))
	if got := header(dropped); !strings.HasSuffix(got, "ok boolean, title string") || !strings.Contains(got, "dept string") {
		t.Errorf("drop by reference: %s", got)
	}
	_, err = e.Frame(context.Background(), on(people, plan.Node{Kind: plan.NodeProject, Exprs: []plan.Expr{of(depts, "title")}}))
	if err == nil || !strings.Contains(err.Error(), "[MISSING_ATTRIBUTES") {
		t.Errorf("foreign reference: %v", err)
	}
}

// TestDynamicFrames checks the transforms of DynamicFrames, which Spark has not.
func TestDynamicFrames(t *testing.T) {
	e := openWithFrames(t)
	source := frameOf(t, e, sqlNode("select 1 as Id, '12.7' as Amount, ' 8 ' as n, struct('x' as b, 2 as c) as s, 'd' as `a.b`, null as nothing, 'zz' as bad"))
	source = frameOf(t, e, on(source, plan.Node{Kind: plan.NodeDynamic}))
	other := frameOf(t, e, sqlNode("select 1L as id, '1' as Id, 'o' as other"))
	for _, c := range []struct {
		name, header string
		rows         []string
		node         plan.Node
	}{
		{"mapping", "id bigint, amount double, n int, t struct<u:struct<b:string> not null,c:string>, a.b string, x string",
			[]string{`[1,12.7,8,[["x"],"2"],"d","d"]`}, plan.Node{Kind: plan.NodeApplyMapping, Mappings: []plan.Mapping{
				{Source: "id", SourceType: "string", Target: "id", TargetType: "long"}, {Source: "AMOUNT", Target: "amount", TargetType: "double"},
				{Source: "n", Target: "n", TargetType: "int"}, {Source: "s.b", Target: "t.u.b"}, {Source: "s.c", Target: "t.c", TargetType: "string"},
				{Source: "`a.b`", Target: "`a.b`", TargetType: "string"}, {Source: "a.b", Target: "x"}, {Source: "nosuch", Target: "nosuch", TargetType: "string"}}}},
		{"bad casts are null", "bad int, d date, dec decimal(10,2), b boolean", []string{`[null,null,"12.70",null]`},
			plan.Node{Kind: plan.NodeApplyMapping, Mappings: []plan.Mapping{{Source: "bad", Target: "bad", TargetType: "int"},
				{Source: "bad", Target: "d", TargetType: "date"}, {Source: "Amount", Target: "dec", TargetType: "decimal(10,2)"}, {Source: "bad", Target: "b", TargetType: "boolean"}}}},
		{"keep nested", "s struct<b:string,c:int>", []string{`[["x",2]]`},
			plan.Node{Kind: plan.NodeApplyMapping, Mappings: []plan.Mapping{{Source: "s", SourceType: "struct", Target: "s", TargetType: "struct"}}}},
		{"select fields", "Id int, s struct<c:int>", []string{`[1,[2]]`}, plan.Node{Kind: plan.NodeSelectFields, Names: []string{"id", "s.c", "nosuch"}}},
		{"drop fields", "Id int, s struct<b:string>, nothing void, bad string", []string{`[1,["x"],null,"zz"]`},
			plan.Node{Kind: plan.NodeDropFields, Names: []string{"amount", "N", "s.c", "`a.b`", "nosuch"}}},
		{"rename field", "key int, Amount string, n string, s struct<b:string,d:int>, a.b string, nothing void, bad string", nil,
			plan.Node{Kind: plan.NodeRenameField, Renames: []plan.Rename{{Old: "Id", New: "key"}, {Old: "s.c", New: "s.d"}}}},
		{"drop null fields", "Id int, Amount string, n string, s struct<b:string,c:int>, a.b string, bad string", nil, plan.Node{Kind: plan.NodeDropNull}},
		{"join", "Id int, Amount string, n string, s struct<b:string,c:int>, a.b string, nothing void, bad string, id bigint, .Id string, other string", nil,
			plan.Node{Kind: plan.NodeDynamicJoin, Keys1: []string{"Id"}, Keys2: []string{"id"}, Inputs: []plan.Node{{Kind: plan.NodeFrame, Frame: other.Frame}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := frameOf(t, e, on(source, c.node))
			if got := header(f); got != c.header {
				t.Errorf("schema %s, want %s", got, c.header)
			}
			rows := collect(t, e, f)
			if c.rows == nil && len(rows) != 1 {
				t.Errorf("%d rows", len(rows))
			}
			if c.rows != nil {
				if diff := cmp.Diff(c.rows, rows); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
	text, err := e.Show(context.Background(), plan.Show{Frame: source.Frame, N: 20, JSON: true})
	want := `{"Id": 1, "Amount": "12.7", "n": " 8 ", "s": {"b": "x", "c": 2}, "a.b": "d", "nothing": null, "bad": "zz"}` + "\n"
	if err != nil || text.Text != want {
		t.Errorf("show: %q, %v", text.Text, err)
	}
}

// TestLargeValues loads more literal rows than a query's text should hold, of every kind of column.
func TestLargeValues(t *testing.T) {
	e := openWithFrames(t)
	frames := load[map[string]plan.Values](t, "frames.json")
	for _, name := range []string{"people", "nums", "nest"} {
		v := frames[name]
		var rows [][]json.RawMessage
		for range 300 {
			rows = append(rows, v.Rows...)
		}
		f := frameOf(t, e, plan.Node{Kind: plan.NodeValues, Values: &plan.Values{Schema: v.Schema, Rows: rows}})
		small := frameOf(t, e, plan.Node{Kind: plan.NodeTable, Name: name})
		if diff := cmp.Diff(collect(t, e, small), collect(t, e, f)[:len(v.Rows)]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if n, err := e.Count(context.Background(), f.Frame); err != nil || int(n.Count) != len(rows) {
			t.Errorf("%s: count %d, %v", name, n.Count, err)
		}
	}
	bad := plan.Values{Schema: []plan.Field{{Name: "b", Type: "tinyint"}}, Rows: [][]json.RawMessage{{json.RawMessage("300")}}}
	f := frameOf(t, e, plan.Node{Kind: plan.NodeValues, Values: &bad})
	if _, err := e.Count(context.Background(), f.Frame); err == nil {
		t.Error("300 was taken for a tinyint")
	}
}

// TestCacheKeepsRows checks that a cached frame is run once.
func TestCacheKeepsRows(t *testing.T) {
	e := open(t)
	ctx := context.Background()
	f := frameOf(t, e, sqlNode("select current_timestamp() as t"))
	if err := e.Cache(f.Frame); err != nil {
		t.Fatal(err)
	}
	above := frameOf(t, e, on(f, plan.Node{Kind: plan.NodeProject, Exprs: []plan.Expr{col("t")}}))
	first := collect(t, e, above)
	for range 3 {
		if diff := cmp.Diff(first, collect(t, e, f)); diff != "" {
			t.Fatal(diff)
		}
	}
	if _, err := e.Explain(ctx, above.Frame); err != nil {
		t.Error(err)
	}
}

// TestViews replaces and drops views through both roads.
func TestViews(t *testing.T) {
	e := open(t)
	frameOf(t, e, sqlNode("create or replace temp view V as select 1 as x"))
	f := frameOf(t, e, sqlNode("select * from v"))
	frameOf(t, e, sqlNode("create or replace temporary view v as select x + 1 as x from V"))
	if got := collect(t, e, frameOf(t, e, sqlNode("select v.x from V"))); got[0] != "[2]" {
		t.Errorf("view over its predecessor: %v", got)
	}
	if got := collect(t, e, f); got[0] != "[1]" {
		t.Errorf("a frame changed with its view: %v", got)
	}
	_, err := e.Frame(context.Background(), sqlNode("create temp view v as select 1"))
	if err == nil || !strings.Contains(err.Error(), "[TEMP_TABLE_OR_VIEW_ALREADY_EXISTS]") {
		t.Error(err)
	}
	frameOf(t, e, sqlNode("drop view v"))
	if _, err := e.Frame(context.Background(), sqlNode("select * from v")); err == nil {
		t.Error("a dropped view is still there")
	}
}

// TestRefusals checks that what the engine lacks is named, on the line that asks for it.
func TestRefusals(t *testing.T) {
	e := openWithFrames(t)
	for text, want := range map[string]string{
		"select aes_encrypt('a', 'b')":          "the function aes_encrypt",
		"select java_method('a', 'b')":          "the function java_method",
		"select xpath('<a/>', 'a')":             "the function xpath",
		"select s rlike '\\\\X' from texts":     "\\X",
		"select hll_sketch_agg(id) from people": "the function hll_sketch_agg",
		"create table t as select 1":            "CREATE TABLE",
	} {
		_, err := e.Frame(context.Background(), sqlNode(text))
		var known *plan.Error
		if !errors.As(err, &known) || known.Class != plan.ClassUnsupported || !strings.Contains(known.Message, want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestCancel interrupts a query that would run for hours.
func TestCancel(t *testing.T) {
	e := open(t)
	f := frameOf(t, e, sqlNode("select 1 as x"))
	big := frameOf(t, e, plan.Node{Kind: plan.NodeRange, End: 1 << 40})
	crossed := frameOf(t, e, on(big, plan.Node{Kind: plan.NodeAggregate, Aggs: []plan.Expr{{Kind: plan.ExprSQL, Text: "sum(id * id)"}}}))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		_, err := e.Collect(ctx, plan.Collect{Frame: crossed.Frame, Limit: -1})
		done <- err
	}()
	cancel()
	if err := <-done; err == nil {
		t.Error("a cancelled query gave rows")
	}
	if got := collect(t, e, f); got[0] != "[1]" {
		t.Errorf("after a cancelled query: %v", got)
	}
}

// TestSortedStaysSorted checks that the order of a sort survives what is built upon it, with several threads.
func TestSortedStaysSorted(t *testing.T) {
	e, err := Open(context.Background(), Config{ScratchDir: t.TempDir(), Threads: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	f := frameOf(t, e, plan.Node{Kind: plan.NodeRange, End: 300_000})
	f = frameOf(t, e, on(f, plan.Node{Kind: plan.NodeSort, Exprs: []plan.Expr{{Kind: plan.ExprSort, Descending: true, Args: []plan.Expr{col("id")}}}}))
	f = frameOf(t, e, on(f, plan.Node{Kind: plan.NodeWithColumns, Exprs: []plan.Expr{aliased("x", "id + 1")}}))
	f = frameOf(t, e, on(f, plan.Node{Kind: plan.NodeWithColumns, Exprs: []plan.Expr{aliased("y", "x * x - x")}})) // a level of its own
	f = frameOf(t, e, on(f, plan.Node{Kind: plan.NodeFilter, Condition: &plan.Expr{Kind: plan.ExprSQL, Text: "y + x <> x * 7"}}))
	rows, err := e.Collect(context.Background(), plan.Collect{Frame: f.Frame, Limit: -1})
	if err != nil {
		t.Fatal(err)
	}
	if len(rows.Rows) < 299_990 {
		t.Fatalf("%d rows", len(rows.Rows))
	}
	for i := 1; i < len(rows.Rows); i++ {
		a, b := string(rows.Rows[i-1][0]), string(rows.Rows[i][0])
		if len(a) < len(b) || len(a) == len(b) && a <= b {
			t.Fatalf("row %d: %s before %s", i, a, b)
		}
	}
}
