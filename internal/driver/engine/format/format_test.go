package format

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"tenon/internal/core/spark"
	"tenon/internal/driver/blob"
	"tenon/internal/driver/blob/file"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// bench is a Format over a folder of its own, and a DuckDB.
type bench struct {
	*Format
	db   *sql.DB
	root string // the folder behind s3://
}

// newBench opens one.
func newBench(t testing.TB) *bench {
	t.Helper()
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "bucket"), 0o755); err != nil {
		t.Fatal(err)
	}
	drv, err := file.New(root)
	if err != nil {
		t.Fatal(err)
	}
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { db.Close(); connector.Close() })
	if _, err := db.Exec("SET GLOBAL TimeZone = 'UTC'"); err != nil {
		t.Fatal(err)
	}
	return &bench{Format: New(Config{Storage: blob.New(drv), Scratch: t.TempDir(), StartMillis: 1_700_000_000_000}), db: db, root: root}
}

// put makes an object.
func (b *bench) put(t testing.TB, url string, content []byte) {
	t.Helper()
	path := filepath.Join(b.root, strings.TrimPrefix(url, "s3://"))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// age sets when an object was modified.
func (b *bench) age(t testing.TB, url string, modified time.Time) {
	t.Helper()
	if err := os.Chtimes(filepath.Join(b.root, strings.TrimPrefix(url, "s3://")), modified, modified); err != nil {
		t.Fatal(err)
	}
}

// get lists the objects under url with their content.
func (b *bench) get(t testing.TB, url string) map[string]string {
	t.Helper()
	out := map[string]string{}
	base := filepath.Join(b.root, strings.TrimPrefix(url, "s3://"))
	err := filepath.WalkDir(base, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		content, err := os.ReadFile(path)
		rel, _ := filepath.Rel(base, path)
		out[filepath.ToSlash(rel)] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// rows runs a relation and encodes its cells as package plan's Rows do.
func (b *bench) rows(t testing.TB, rel relation.Relation) [][]any {
	t.Helper()
	if len(rel.Schema) == 0 {
		return nil
	}
	if rel.Parts != nil {
		query, _, err := rel.Parts.Read(context.Background(), slices.Repeat([]bool{true}, len(rel.Parts.Values)), relation.NoFile)
		if err != nil {
			t.Fatal(err)
		}
		rel.SQL = query
	}
	rs, err := b.db.Query(rel.SQL)
	if err != nil {
		t.Fatalf("%v\n%s", err, rel.SQL)
	}
	defer rs.Close()
	names, _ := rs.Columns()
	for i, n := range names {
		if n != relation.Column(i) {
			t.Fatalf("column %d is called %s", i, n)
		}
	}
	if len(names) != len(rel.Schema) {
		t.Fatalf("%d columns, schema has %d", len(names), len(rel.Schema))
	}
	types, _ := rs.ColumnTypes()
	for i, ct := range types {
		if got, want := ct.DatabaseTypeName(), relation.DuckType(rel.Schema[i].Type); got != want {
			t.Errorf("column %s is %s in DuckDB, want %s", rel.Schema[i].Name, got, want)
		}
	}
	var out [][]any
	for rs.Next() {
		raw := make([]any, len(names))
		ptrs := make([]any, len(names))
		for i := range raw {
			ptrs[i] = &raw[i]
		}
		if err := rs.Scan(ptrs...); err != nil {
			t.Fatal(err)
		}
		for i := range raw {
			raw[i] = cellOf(rel.Schema[i].Type, raw[i])
		}
		out = append(out, raw)
	}
	if err := rs.Err(); err != nil {
		t.Fatalf("%v\n%s", err, rel.SQL)
	}
	return out
}

// cellOf encodes a value of DuckDB's driver.
func cellOf(t spark.Type, v any) any {
	switch v := v.(type) {
	case nil:
		return nil
	case float32:
		return cellOf(t, float64(v))
	case float64:
		switch {
		case math.IsNaN(v):
			return "NaN"
		case math.IsInf(v, 1):
			return "Infinity"
		case math.IsInf(v, -1):
			return "-Infinity"
		}
		return v
	case duckdb.Decimal:
		return decimal{unscaled: v.Value, scale: int(v.Scale)}.plain()
	case time.Time:
		if t.Kind == spark.Date {
			return v.Format(time.DateOnly)
		}
		return v.Format("2006-01-02T15:04:05.000000")
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = cellOf(*t.Elem, v[i])
		}
		return out
	case map[string]any:
		out := make([]any, len(t.Fields))
		for i, f := range t.Fields {
			out[i] = cellOf(f.Type, v[f.Name])
		}
		return out
	case duckdb.OrderedMap:
		out := []any{}
		for i, k := range v.Keys() {
			out = append(out, []any{cellOf(*t.Key, k), cellOf(*t.Elem, v.Values()[i])})
		}
		return out
	default:
		return v
	}
}

// opts turns values into options.
func opts(m map[string]any) map[string]plan.Option {
	out := map[string]plan.Option{}
	for k, v := range m {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		out[k] = b
	}
	return out
}

// readCase is a case of testdata/read.json.
type readCase struct {
	Name    string
	Format  string
	Options map[string]string
	Schema  string
	Paths   []string
	Sorted  bool
	Files   map[string]json.RawMessage
}

// result is what real Spark gave.
type result struct {
	Schema [][2]string
	Rows   [][]any
	Files  map[string]string
	Error  *struct{ Class, Message string }
}

// recorded reads cases and what Spark made of them.
func recorded[T any](t *testing.T, name string) ([]T, map[string]result) {
	t.Helper()
	var cases []T
	var spark struct{ Cases map[string]result }
	for path, into := range map[string]any{name + ".json": &cases, name + ".spark35.json": &spark} {
		b, err := os.ReadFile(filepath.Join("testdata", path))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, into); err != nil {
			t.Fatal(err)
		}
	}
	return cases, spark.Cases
}

// refusedHere are the cases that Spark takes and Tenon refuses by name, with a part of the refusal.
var refusedHere = map[string]string{
	"csv option unknown": `"nonsense"`,
	"json case rows":     "COLUMN_ALREADY_EXISTS",
}

// TestReadLikeSpark compares every recorded read.
func TestReadLikeSpark(t *testing.T) {
	cases, want := recorded[readCase](t, "read")
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			b := newBench(t)
			b.readLikeSpark(t, c, want[c.Name])
		})
	}
}

// readLikeSpark compares one.
func (b *bench) readLikeSpark(t *testing.T, c readCase, want result) {
	const root = "s3://bucket/root"
	for name, raw := range c.Files {
		var text string
		var bin struct{ Base64 []byte }
		content := []byte(nil)
		if json.Unmarshal(raw, &text) == nil {
			content = []byte(text)
		} else if err := json.Unmarshal(raw, &bin); err == nil {
			content = bin.Base64
		} else {
			t.Fatal(err)
		}
		b.put(t, root+"/"+name, content)
	}
	src := plan.Source{ConnectionType: "file", Format: c.Format, Options: map[string]plan.Option{}}
	for k, v := range c.Options {
		src.Options[k], _ = json.Marshal(strings.ReplaceAll(v, "ROOT", root))
	}
	if c.Schema != "" {
		schema, err := spark.ParseSchema(c.Schema)
		if err != nil {
			t.Fatal(err)
		}
		src.Schema = spark.FieldsOf(schema)
	}
	if c.Paths == nil {
		c.Paths = []string{""}
	}
	for _, p := range c.Paths {
		src.Paths = append(src.Paths, root+"/"+p)
	}
	opened, err := b.Open(context.Background(), b.db, src)
	if part, ok := refusedHere[c.Name]; ok {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Fatalf("not refused as expected: %v", err)
		}
		return
	}
	if want.Error != nil {
		if err == nil {
			t.Fatalf("no error, Spark has %+v", *want.Error)
		}
		compareError(t, err, want.Error.Class, strings.ReplaceAll(want.Error.Message, "ROOT", root))
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	var schema [][2]string
	for _, f := range opened.Schema {
		schema = append(schema, [2]string{f.Name, f.Type.String()})
	}
	if !slices.Equal(schema, want.Schema) {
		t.Fatalf("schema %v\nSpark  %v", schema, want.Schema)
	}
	compareRows(t, b.rows(t, opened.Relation), want.Rows, c.Sorted)
}

// compareError wants the same class, and the same code and gist: messages of our own say more than Spark's.
func compareError(t *testing.T, err error, class, message string) {
	t.Helper()
	e, ok := err.(*plan.Error)
	if !ok {
		t.Fatalf("not a plan.Error: %v", err)
	}
	if string(e.Class) != class {
		t.Errorf("class %s, Spark has %s", e.Class, class)
	}
	if strings.HasPrefix(message, "[") && !strings.HasPrefix(message, "[MALFORMED") && e.Message != message {
		t.Errorf("message %q\nSpark   %q", e.Message, message)
	}
}

// compareRows compares encoded rows.
func compareRows(t *testing.T, got, want [][]any, sorted bool) {
	t.Helper()
	a, b := make([]string, len(got)), make([]string, len(want))
	for i, r := range got {
		a[i] = encode(t, r)
	}
	for i, r := range want {
		b[i] = encode(t, r)
	}
	if sorted {
		slices.Sort(a)
		slices.Sort(b)
	}
	for i := range max(len(a), len(b)) {
		switch {
		case i >= len(a):
			t.Errorf("missing row %s", b[i])
		case i >= len(b):
			t.Errorf("extra row %s", a[i])
		case a[i] != b[i]:
			t.Errorf("row %d %s\nSpark %s", i, a[i], b[i])
		}
	}
}

// encode is a row as JSON, its numbers in one spelling.
func encode(t *testing.T, row []any) string {
	t.Helper()
	b, err := json.Marshal(row)
	if err != nil {
		t.Fatal(err)
	}
	var again any
	if err := json.Unmarshal(b, &again); err != nil {
		t.Fatal(err)
	}
	b, _ = json.Marshal(again)
	return string(b)
}

// TestPartsOfAFile cuts a file at beginnings of lines, whatever the breaks.
func TestPartsOfAFile(t *testing.T) {
	for _, c := range []struct {
		text string
		size int64
		want []int64
	}{
		{"", 4, []int64{0, 0}},
		{"ab\ncd\nef\n", 4, []int64{0, 6, 9}},
		{"ab\r\ncd\r\nef", 4, []int64{0, 8, 10}},
		{"a line without an end", 4, []int64{0, 21}},
		{"a\n\n\n\n\n\n", 2, []int64{0, 3, 6, 7}},
	} {
		name := filepath.Join(t.TempDir(), "a")
		if err := os.WriteFile(name, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := lineStarts(name, int64(len(c.text)), c.size)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%q: %v, %v, want %v", c.text, got, err, c.want)
		}
	}
}

// TestCellChecks says what is read as it stands.
func TestCellChecks(t *testing.T) {
	d := &dialect{nan: "NaN", posInf: "Inf", negInf: "-Inf"}
	for _, c := range []struct{ kind, yes, no string }{
		{"int", "0 -1 007 999999999", "+1 1.0 1e3 9999999999 - x 1_0 0x1"},
		{"bigint", "-999999999999999999", "9999999999999999999"},
		{"tinyint", "99 -99", "100 1.0"},
		{"double", "1 -1.5 0.1 007.10", ".5 5. 1e3 NaN Inf - 1.2.3 1d"},
		{"decimal(4,2)", "1 12.34 -99.9", "123 1.234 1e1 .5"},
		{"boolean", "true false", "True t 1"},
		{"date", "2024-02-29 1600-01-01 2000-02-29", "2023-02-29 1900-02-29 2024-13-01 2024-1-1 1599-12-31 2024-00-10 2024-01-00 20240101"},
		{"timestamp", "2024-01-02T03:04:05 2024-01-02T23:59:59.123456",
			"2024-01-02 2024-01-02T24:00:00 2024-01-02T03:04 2024-01-02T03:04:05. 2024-01-02T03:04:05.1234567 2024-01-02T03:04:05Z"},
	} {
		kind, err := spark.ParseType(c.kind)
		if err != nil {
			t.Fatal(err)
		}
		check := d.check(kind)
		for _, text := range strings.Fields(c.yes) {
			if !check([]byte(text)) {
				t.Errorf("%s: %s is not taken", c.kind, text)
			}
		}
		for _, text := range strings.Fields(c.no) {
			if check([]byte(text)) {
				t.Errorf("%s: %s is taken", c.kind, text)
			}
		}
	}
}
