package engine

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// recorder is the Hooks of tests.
type recorder struct {
	opened, wrote []string
	committed     int
}

func (r *recorder) Hello() plan.HelloReply                      { return plan.HelloReply{JobName: "job", RunID: "jr_1"} }
func (r *recorder) JobInit(context.Context, plan.JobInit) error { return nil }
func (r *recorder) JobCommit(context.Context) error             { r.committed++; return nil }
func (r *recorder) Purge(context.Context, plan.Purge) error     { return nil }
func (r *recorder) Connection(context.Context, string) (map[string]string, error) {
	return nil, nil
}
func (r *recorder) SourceOpened(s plan.Source, _ []relation.File) {
	r.opened = append(r.opened, s.Paths[0])
}
func (r *recorder) SinkWrote(w plan.Write, _ relation.Published) { r.wrote = append(r.wrote, w.Path) }

// fakeFiles is a Reader of one file of five rows and a Writer that counts; the format "panic" panics.
type fakeFiles struct{}

func (fakeFiles) Open(_ context.Context, _ *sql.DB, src plan.Source) (relation.Opened, error) {
	if src.Format == "panic" {
		panic("the reader is broken")
	}
	return relation.Opened{Relation: relation.Relation{SQL: "SELECT range AS c0 FROM range(5)",
		Schema: spark.Schema{{Name: "n", Type: spark.T(spark.Long)}}}, Files: []relation.File{{Path: src.Paths[0]}}}, nil
}

func (fakeFiles) Write(ctx context.Context, db *sql.DB, rel relation.Relation, _ plan.Write) (relation.Published, error) {
	var n int64
	err := db.QueryRowContext(ctx, "SELECT count(*) FROM ("+rel.SQL+")").Scan(&n)
	return relation.Published{Written: plan.Written{Files: 1, Records: n}}, err
}

// client speaks the protocol as the shim does.
type client struct {
	t    *testing.T
	conn net.Conn
	id   uint64
}

// call sends a request and decodes its result.
func (c *client) call(op plan.Op, body, result any) *plan.Error {
	c.t.Helper()
	c.id++
	raw, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := writeMessage(c.conn, plan.Request{ID: c.id, Op: op, Body: raw}); err != nil {
		c.t.Fatal(err)
	}
	var resp plan.Response
	if err := readMessage(c.conn, &resp); err != nil {
		c.t.Fatal(err)
	}
	if resp.ID != c.id {
		c.t.Fatalf("answer to %d, want %d", resp.ID, c.id)
	}
	if resp.Error == nil && result != nil {
		if err := json.Unmarshal(resp.Result, result); err != nil {
			c.t.Fatal(err)
		}
	}
	return resp.Error
}

// serveTest starts an engine behind a socket.
func serveTest(t *testing.T, hooks Hooks) (dial func() *client) {
	t.Helper()
	e, err := Open(context.Background(), Config{ScratchDir: t.TempDir(), Threads: 1, Reader: fakeFiles{}, Writer: fakeFiles{}})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "s")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- e.Serve(ctx, ln, "secret", hooks) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return func() *client {
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		return &client{t: t, conn: conn}
	}
}

// hello opens a connection that must be accepted.
func (c *client) hello() *client {
	c.t.Helper()
	if err := c.call(plan.OpHello, plan.Hello{Version: plan.Version, Token: "secret"}, nil); err != nil {
		c.t.Fatal(err)
	}
	return c
}

func TestServeRoad(t *testing.T) {
	hooks := &recorder{}
	c := serveTest(t, hooks)().hello()
	var source, sum plan.FrameReply
	if err := c.call(plan.OpFrame, plan.Node{Kind: plan.NodeSource, Source: &plan.Source{Format: "csv", Paths: []string{"s3://b/in"}}}, &source); err != nil {
		t.Fatal(err)
	}
	if err := c.call(plan.OpView, plan.View{Name: "t", Frame: source.Frame}, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.call(plan.OpFrame, sqlNode("select sum(n) from t"), &sum); err != nil {
		t.Fatal(err)
	}
	var rows plan.Rows
	if err := c.call(plan.OpCollect, plan.Collect{Frame: sum.Frame, Limit: -1}, &rows); err != nil {
		t.Fatal(err)
	}
	if got := string(rows.Rows[0][0]); got != "10" || rows.Schema[0].Name != "sum(n)" {
		t.Errorf("%s = %s", rows.Schema[0].Name, got)
	}
	var count plan.Count
	if err := c.call(plan.OpCount, plan.FrameRef{Frame: source.Frame}, &count); err != nil || count.Count != 5 {
		t.Errorf("count %d, %v", count.Count, err)
	}
	var text plan.Text
	if err := c.call(plan.OpShow, plan.Show{Frame: sum.Frame, N: 20, Truncate: 20}, &text); err != nil || !strings.Contains(text.Text, "|    10|") {
		t.Errorf("show %q, %v", text.Text, err)
	}
	var written plan.Written
	if err := c.call(plan.OpWrite, plan.Write{Frame: source.Frame, Path: "s3://b/out"}, &written); err != nil || written.Records != 5 {
		t.Errorf("written %+v, %v", written, err)
	}
	if err := c.call(plan.OpJobCommit, struct{}{}, nil); err != nil || hooks.committed != 1 {
		t.Errorf("commit: %v", err)
	}
	if err := c.call(plan.OpDrop, plan.FrameRef{Frame: sum.Frame}, nil); err != nil {
		t.Error(err)
	}
	if err := c.call(plan.OpCount, plan.FrameRef{Frame: sum.Frame}, nil); err == nil {
		t.Error("a dropped frame still counts")
	}
	if strings.Join(append(hooks.opened, hooks.wrote...), " ") != "s3://b/in s3://b/out" {
		t.Errorf("recorded %v %v", hooks.opened, hooks.wrote)
	}
}

func TestServeRefusesStrangers(t *testing.T) {
	dial := serveTest(t, &recorder{})
	for name, hello := range map[string]plan.Hello{
		"token": {Version: plan.Version, Token: "guess"}, "version": {Version: plan.Version + 1, Token: "secret"},
	} {
		c := dial()
		if err := c.call(plan.OpHello, hello, nil); err == nil {
			t.Errorf("a wrong %s was accepted", name)
		}
		if _, err := c.conn.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("wrong %s: the connection stays open: %v", name, err)
		}
	}
	if err := dial().call(plan.OpCount, plan.FrameRef{Frame: 1}, nil); err == nil {
		t.Error("a request before hello was answered")
	}
	c := dial().hello()
	if _, err := c.conn.Write(binary.BigEndian.AppendUint32(nil, plan.MaxMessage+1)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.conn.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("a message past the limit: %v", err)
	}
}

func TestServeSurvivesPanics(t *testing.T) {
	c := serveTest(t, &recorder{})().hello()
	err := c.call(plan.OpFrame, plan.Node{Kind: plan.NodeSource, Source: &plan.Source{Format: "panic", Paths: []string{"x"}}}, nil)
	if err == nil || err.Class != plan.ClassInternal {
		t.Fatalf("a panic gave %v", err)
	}
	if err := c.call(plan.OpFrame, sqlNode("select 1"), nil); err != nil {
		t.Errorf("after a panic: %v", err)
	}
}

// TestServeStopsWithTheScript closes the connection under a query that would run for hours; the cleanup of serveTest
// waits for the session to end.
func TestServeStopsWithTheScript(t *testing.T) {
	c := serveTest(t, &recorder{})().hello()
	var big plan.FrameReply
	if err := c.call(plan.OpFrame, sqlNode("select 1"), &big); err != nil {
		t.Fatal(err)
	}
	node := plan.Node{Kind: plan.NodeAggregate, Inputs: []plan.Node{{Kind: plan.NodeRange, End: 1 << 40}},
		Aggs: []plan.Expr{{Kind: plan.ExprSQL, Text: "sum(id * id)"}}}
	if err := c.call(plan.OpFrame, node, &big); err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(plan.Collect{Frame: big.Frame, Limit: -1})
	if err != nil {
		t.Fatal(err)
	}
	if err := writeMessage(c.conn, plan.Request{ID: c.id + 1, Op: plan.OpCollect, Body: body}); err != nil {
		t.Fatal(err)
	}
	if err := c.conn.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestEveryFunctionIsEmitted calls each function that the analyser types, with arguments that it accepts, and runs it.
func TestEveryFunctionIsEmitted(t *testing.T) {
	e := openWithFrames(t)
	arguments := []string{"Name", "id", "salary", "born", "seen", "ok", "amount", "array(id)", "array(array(id))", "'yyyy'", "1", "'a'", "struct(id)"}
	special := map[string]string{"map_keys": "map_keys(m) from nest", "map_values": "map_values(m) from nest", "element_at": "element_at(m, 'a') from nest",
		"named_struct": "named_struct('a', id)", "to_timestamp": "to_timestamp('2020', 'yyyy')", "to_date": "to_date('2020', 'yyyy')",
		"unix_timestamp": "unix_timestamp('2020', 'yyyy')", "to_unix_timestamp": "to_unix_timestamp('2020', 'yyyy')", "sha2": "sha2(Name, 256)",
		"aggregate": "aggregate(array(id), 0, (a, x) -> a + x)", "reduce": "reduce(array(id), 0, (a, x) -> a + x)",
		"array_insert": "array_insert(array(id), 1, id)", "slice": "slice(array(id), 1, 1)", "inline": "inline(array(struct(id)))",
		"inline_outer": "inline_outer(array(struct(id)))", "map_contains_key": "map_contains_key(m, 'a') from nest",
		"map_entries": "map_entries(m) from nest", "map_from_entries": "map_from_entries(array(struct(id, Name)))",
		"map_filter": "map_filter(m, (k, v) -> true) from nest", "map_zip_with": "map_zip_with(m, m, (k, v, w) -> k) from nest",
		"transform_keys": "transform_keys(m, (k, v) -> k) from nest", "transform_values": "transform_values(m, (k, v) -> k) from nest",
		"zip_with": "zip_with(array(id), array(id), (x, y) -> x + y)",
		"split":    "split(Name, 'a')", "regexp_extract": "regexp_extract(Name, 'a', 0)", "make_timestamp": "make_timestamp(2020, 1, 1, 1, 1, 1)",
		"make_timestamp_ltz": "make_timestamp_ltz(2020, 1, 1, 1, 1, 1)", "make_timestamp_ntz": "make_timestamp_ntz(2020, 1, 1, 1, 1, 1)",
		"timestampadd": "timestampadd(DAY, 1, seen)", "timestampdiff": "timestampdiff(DAY, seen, seen)",
		"percentile": "percentile(id, 0.5)", "percentile_approx": "percentile_approx(id, 0.5)", "from_utc_timestamp": "from_utc_timestamp(seen, 'UTC')",
		"to_utc_timestamp": "to_utc_timestamp(seen, 'UTC')", "convert_timezone": "convert_timezone('UTC', seen)", "nth_value": "nth_value(id, 1) over (order by id)",
		"encode": "encode(Name, 'utf-8')", "decode": "decode(encode(Name, 'utf-8'), 'utf-8')", "width_bucket": "width_bucket(1, 0, 2, 2)",
		"from_json": "from_json(Name, 'a int')", "json_tuple": "json_tuple(Name, 'a')", "schema_of_json": "schema_of_json('1')",
		"window": "window(seen, '1 day')", "session_window": "session_window(seen, '1 day')", "window_time": "window_time(window(seen, '1 day'))",
		"raise_error": "case when id < 0 then raise_error('a') end",
		"grouping":    "grouping(id) from people group by cube(id)", "grouping_id": "grouping_id(id) from people group by cube(id)"}
	infix := map[string]string{"and": "ok and ok", "or": "ok or ok", "not": "not ok", "in": "id in (1)", "like": "Name like 'a'", "ilike": "Name ilike 'a'",
		"rlike": "Name rlike 'a'", "&": "id & 1", "|": "id | 1", "^": "id ^ 1", "~": "~id", "regexp": "Name regexp 'a'"}
	for _, name := range spark.FunctionNames() {
		var candidates []string
		switch {
		case special[name] != "":
			candidates = []string{special[name]}
		case infix[name] != "":
			candidates = []string{infix[name]}
		default:
			candidates = append(candidates, name+"()")
			for _, a := range arguments {
				candidates = append(candidates, name+"("+a+")", name+"("+a+") over (order by id)")
				for _, b := range arguments {
					candidates = append(candidates, name+"("+a+", "+b+")")
				}
			}
			candidates = append(candidates, name+"() over (order by id)", name+"(Name, 'a', 'b')", name+"(Name, 'a', 1)", name+"(Name, 1, 'a')", name+"(ok, 1, 2)",
				name+"(2020, 1, 1)")
		}
		ran := false
		var last error
		for _, text := range candidates {
			if !strings.Contains(text, " from ") {
				text += " from people"
			}
			f, err := e.Frame(context.Background(), sqlNode("select "+text))
			if err == nil {
				if _, err = e.Collect(context.Background(), plan.Collect{Frame: f.Frame, Limit: 1}); err == nil {
					ran = true
					break
				}
			}
			if last == nil || !strings.Contains(err.Error(), "AnalysisException") {
				last = err
			}
			if strings.Contains(err.Error(), "no emission") {
				break
			}
		}
		if !ran {
			t.Errorf("%s never ran: %v", name, last)
		}
	}
}
