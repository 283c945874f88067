package engine

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tenon/internal/driver/engine/format"
	"tenon/internal/plan"
)

// expectation is what real Spark answered to one case; see testdata/expect.py.
type expectation struct {
	Schema  []plan.Field        `json:"schema"`
	Rows    [][]json.RawMessage `json:"rows"`
	Show    *string             `json:"show"`
	Error   string              `json:"error"`
	Message string              `json:"message"`
}

// testCase is one case of testdata.
type testCase struct {
	Name string     `json:"name"`
	Node plan.Node  `json:"node"`
	Show *plan.Show `json:"show"`
}

// differences are the cases where the engine knowingly differs from Spark, with the reason.
var differences = map[string]string{
	"select dept, sum(age) age from people group by dept having sum(age) > 30 order by sum(age)": "Spark takes sum(age) for the sum of the alias and fails; the engine aggregates the column",
	"select max(struct(age, Name)) from people":                                                  "refused: nulls inside of structs compare otherwise in DuckDB",
}

// open starts an engine that the test closes.
func open(t testing.TB) *Engine {
	t.Helper()
	e, err := Open(context.Background(), Config{ScratchDir: t.TempDir(), Threads: 1, Reader: format.New(format.Config{})})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// load reads a JSON file of testdata.
func load[T any](t testing.TB, name string) T {
	t.Helper()
	var out T
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// openWithFrames starts an engine in which the frames of testdata are views.
func openWithFrames(t testing.TB) *Engine {
	e := open(t)
	for name, values := range load[map[string]plan.Values](t, "frames.json") {
		reply, err := e.Frame(context.Background(), plan.Node{Kind: plan.NodeValues, Values: &values})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.View(plan.View{Name: name, Frame: reply.Frame}); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

// cases are all cases of testdata.
func cases(t testing.TB) []testCase {
	out := load[[]testCase](t, "cases.json")
	raw, err := os.ReadFile("testdata/cases.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(raw), "\n") {
		if strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "--") {
			out = append(out, testCase{Name: line, Node: plan.Node{Kind: plan.NodeSQL, Text: line}})
		}
	}
	return out
}

// TestAgainstSpark runs every case and compares names, types, rows, show() and errors with what real Spark gave.
func TestAgainstSpark(t *testing.T) {
	expect := load[struct {
		Cases map[string]expectation `json:"cases"`
	}](t, "expect.json").Cases
	e := openWithFrames(t)
	seen := 0
	for _, c := range cases(t) {
		t.Run(c.Name, func(t *testing.T) {
			want, ok := expect[c.Name]
			if !ok {
				t.Fatal("no expectation; run testdata/expect.py")
			}
			if reason := differences[c.Name]; reason != "" {
				t.Skip(reason)
			}
			runCase(t, e, c, want)
		})
		seen++
	}
	if seen < 200 {
		t.Errorf("only %d cases", seen)
	}
}

// runCase runs one case.
func runCase(t *testing.T, e *Engine, c testCase, want expectation) {
	ctx := context.Background()
	reply, err := e.Frame(ctx, c.Node)
	var rows plan.Rows
	if err == nil {
		defer e.Drop(reply.Frame)
		rows, err = e.Collect(ctx, plan.Collect{Frame: reply.Frame, Limit: -1})
	}
	if want.Error != "" {
		compareError(t, err, want)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := range want.Schema { // nullability is best effort
		if i < len(reply.Schema) {
			reply.Schema[i].Nullable = want.Schema[i].Nullable
			reply.Schema[i].Type = strings.ReplaceAll(reply.Schema[i].Type, " not null", "") // the recording is simpleString
		}
	}
	if diff := cmp.Diff(want.Schema, reply.Schema); diff != "" {
		t.Errorf("schema (-spark +engine):\n%s", diff)
	}
	ordered := strings.Contains(strings.ToLower(c.Name), "order by") && !strings.Contains(c.Name, "over (")
	if diff := cmp.Diff(texts(want.Rows, ordered), texts(rows.Rows, ordered)); diff != "" {
		t.Errorf("rows (-spark +engine):\n%s", diff)
	}
	if want.Show != nil {
		s := plan.Show{N: 20, Truncate: 20}
		if c.Show.N != 0 {
			s.N = c.Show.N
		}
		raw := load[[]struct {
			Name string         `json:"name"`
			Show map[string]any `json:"show"`
		}](t, "cases.json")
		for _, r := range raw {
			if v, ok := r.Show["truncate"].(float64); ok && r.Name == c.Name {
				s.Truncate = int(v)
			}
		}
		s.Frame, s.Vertical = reply.Frame, c.Show.Vertical
		got, err := e.Show(ctx, s)
		if err != nil {
			t.Fatal(err)
		}
		if got.Text != *want.Show {
			t.Errorf("show:\nspark\n%s\nengine\n%s", *want.Show, got.Text)
		}
	}
}

// compareError checks that the error is of the class and with the text that Spark has.
func compareError(t *testing.T, err error, want expectation) {
	t.Helper()
	classes := map[string]plan.Class{"AnalysisException": plan.ClassAnalysis, "ParseException": plan.ClassParse,
		"IllegalArgumentException": plan.ClassArgument, "SparkUpgradeException": plan.ClassExecution}
	var got *plan.Error
	if !errors.As(err, &got) {
		t.Fatalf("got %v, want %s: %s", err, want.Error, want.Message)
	}
	if got.Class != classes[want.Error] {
		t.Errorf("class %s, want %s (%s)", got.Class, want.Error, got.Message)
	}
	wantText, gotText := strings.TrimSpace(want.Message), strings.TrimSpace(got.Message)
	for _, exact := range []string{"[UNRESOLVED", "[AMBIGUOUS", "[MISSING", "[WRONG_NUM", "[PARSE", "[DATATYPE", "[FIELD", "[NUM", "Cannot", "Unsupp", "requirement"} {
		if strings.HasPrefix(wantText, exact) && wantText != gotText {
			t.Errorf("message\nspark:  %s\nengine: %s", wantText, gotText)
		}
	}
	if code, _, ok := strings.Cut(wantText, "]"); ok && !strings.HasPrefix(gotText, code) {
		t.Errorf("message\nspark:  %s\nengine: %s", wantText, gotText)
	}
}

// texts turns rows into comparable texts, in their order or sorted. Doubles are compared to 12 digits, because sums of
// doubles depend on the order of rows.
func texts(rows [][]json.RawMessage, ordered bool) []string {
	out := make([]string, len(rows))
	for i, row := range rows {
		cells := make([]string, len(row))
		for j, c := range row {
			cells[j] = normal(c)
		}
		out[i] = strings.Join(cells, " | ")
	}
	if !ordered {
		sort.Strings(out)
	}
	return out
}

// normal spells a cell so that equal values are equal texts.
func normal(c json.RawMessage) string {
	var v any
	dec := json.NewDecoder(strings.NewReader(string(c)))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return string(c)
	}
	out, err := json.Marshal(normalValue(v))
	if err != nil {
		return string(c)
	}
	return string(out)
}

// normalValue rounds the doubles in a value.
func normalValue(v any) any {
	switch v := v.(type) {
	case json.Number:
		if !strings.ContainsAny(v.String(), ".eE") {
			return v.String()
		}
		f, err := v.Float64()
		if err != nil || math.IsInf(f, 0) {
			return v
		}
		if f == math.Trunc(f) && math.Abs(f) < 1e15 {
			return strconv.FormatFloat(f, 'f', -1, 64)
		}
		return strconv.FormatFloat(f, 'g', 12, 64)
	case []any:
		for i := range v {
			v[i] = normalValue(v[i])
		}
	}
	return v
}
