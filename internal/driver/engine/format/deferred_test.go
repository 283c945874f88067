package format

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// fieldsOf are columns of given names and types, by turns.
func fieldsOf(namesAndTypes ...string) []plan.Field {
	var out []plan.Field
	for pair := range slices.Chunk(namesAndTypes, 2) {
		out = append(out, plan.Field{Name: pair[0], Type: pair[1], Nullable: true})
	}
	return out
}

// TestDeferred reads one partition of several: a file of the others is not opened, which its content would not survive,
// nor told of, and a file is told of once.
func TestDeferred(t *testing.T) {
	for _, c := range []struct{ format, good, bad string }{
		{"csv", "a\n1\n", "a\n\x00\xff\"\n"}, {"json", `{"a": 1}` + "\n", "\x00"}, {"text", "1\n", "2\n"}, {"parquet", "", "no Parquet"},
	} {
		t.Run(c.format, func(t *testing.T) {
			b := newBench(t)
			src := plan.Source{ConnectionType: "file", Format: c.format, Paths: []string{"s3://bucket/in"}, Schema: fieldsOf("a", "int", "k", "int"),
				Options: opts(map[string]any{})}
			switch c.format {
			case "csv":
				src.Options = opts(map[string]any{"header": true})
			case "text":
				src.Schema = fieldsOf("a", "string", "k", "int")
			}
			good := filepath.Join(b.root, "bucket", "in", "k=1", "good")
			b.put(t, "s3://bucket/in/k=1/good", []byte(c.good))
			b.put(t, "s3://bucket/in/k=2/bad", []byte(c.bad))
			b.put(t, "s3://bucket/in/k=__HIVE_DEFAULT_PARTITION__/bad", []byte(c.bad))
			if c.format == "parquet" {
				if err := os.Remove(good); err != nil {
					t.Fatal(err)
				}
				if _, err := b.db.Exec("COPY (SELECT 1::INTEGER AS a) TO '" + good + "' (FORMAT parquet)"); err != nil {
					t.Fatal(err)
				}
			}
			o := b.mustOpen(t, src)
			parts := o.Parts
			if parts == nil || !slices.Equal(parts.Columns, []int{1}) || len(parts.Values) != 3 || len(o.Files) != 0 {
				t.Fatalf("opened %+v, files %v", parts, o.Files)
			}
			one := slices.IndexFunc(parts.Values, func(v []string) bool { return strings.Contains(v[0], "'1'") })
			keep := make([]bool, 3)
			keep[one] = true
			for i := range 2 {
				query, files, err := parts.Read(context.Background(), keep, relation.NoFile)
				if err != nil {
					t.Fatal(err)
				}
				if i == 0 && (len(files) != 1 || !strings.HasSuffix(files[0].Path, "k=1/good") || files[0].Records != 1) || i == 1 && len(files) != 0 {
					t.Errorf("read %d: told of %+v", i, files)
				}
				if rows := b.rows(t, relation.Relation{SQL: query, Schema: o.Schema}); len(rows) != 1 {
					t.Errorf("rows %v", rows)
				}
				if !b.reads(relation.Relation{SQL: query}, "s3://bucket/in/k=2/bad") {
					t.Error("overwriting a file of the source would not be noticed")
				}
			}
		})
	}
}

// TestDeferredOf tells which sources have to be read to be known: those whose columns or rows depend on every file.
func TestDeferredOf(t *testing.T) {
	b := newBench(t)
	b.put(t, "s3://bucket/in/k=1/a", []byte("a\n1\n"))
	b.put(t, "s3://bucket/flat/a", []byte("a\n1\n"))
	for _, c := range []struct {
		name    string
		path    string
		options map[string]any
		want    bool
	}{
		{"a header", "in", map[string]any{"header": true}, true},
		{"inferSchema", "in", map[string]any{"header": true, "inferSchema": true}, false},
		{"DROPMALFORMED", "in", map[string]any{"header": true, "mode": "DROPMALFORMED"}, false},
		{"no partitions", "flat", map[string]any{"header": true}, false},
		{"recursiveFileLookup", "in", map[string]any{"header": true, "recursiveFileLookup": true}, false},
	} {
		o := b.mustOpen(t, plan.Source{ConnectionType: "file", Format: "csv", Paths: []string{"s3://bucket/" + c.path}, Options: opts(c.options)})
		if got := o.Parts != nil; got != c.want || got == (len(o.Files) > 0) {
			t.Errorf("%s: deferred %v, want %v; files %v", c.name, got, c.want, o.Files)
		}
	}
}
