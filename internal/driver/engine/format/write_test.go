package format

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// writeCase is a case of testdata/write.json: SQL is Spark's, Duck are the same rows for DuckDB.
type writeCase struct {
	Name       string
	Format     string
	Mode       string
	Options    map[string]string
	Partitions []string
	Duck       []string
	Columns    [][2]string // where Spark gave an error and no schema
}

// writeHere are the cases where Tenon refuses by name what Spark writes, with a part of the refusal.
var writeHere = map[string]string{
	"csv no quote": `option "quote"`,
}

// relationOf makes a relation of rows of SQL expressions.
func relationOf(t *testing.T, rows []string, columns [][2]string) relation.Relation {
	t.Helper()
	rel := relation.Relation{}
	var cols, names []string
	for i, c := range columns {
		typ, err := spark.ParseType(c[1])
		if err != nil {
			t.Fatal(err)
		}
		rel.Schema = append(rel.Schema, spark.Field{Name: c[0], Type: typ, Nullable: true})
		names = append(names, relation.Column(i))
		cols = append(cols, "CAST("+relation.Column(i)+" AS "+relation.DuckType(typ)+") AS "+relation.Column(i))
	}
	var parts []string
	for _, r := range rows {
		parts = append(parts, "SELECT "+strings.Join(cols, ", ")+" FROM (SELECT "+r+") AS t("+strings.Join(names, ", ")+")")
	}
	rel.SQL = strings.Join(parts, " UNION ALL ")
	return rel
}

// partPattern is a part file's name up to its extension.
var partPattern = regexp.MustCompile(`part-\d{5}-[0-9a-f-]{36}[-.]c000`)

// TestWriteLikeSpark compares every recorded write.
func TestWriteLikeSpark(t *testing.T) {
	cases, want := recorded[writeCase](t, "write")
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			b := newBench(t)
			w, ok := want[c.Name]
			if !ok {
				t.Fatal("nothing recorded")
			}
			columns := w.Schema
			if columns == nil {
				columns = c.Columns
			}
			if c.Mode == "" {
				c.Mode = "error"
			}
			node := plan.Write{ConnectionType: "file", Format: c.Format, Path: "s3://bucket/out", Mode: c.Mode,
				PartitionKeys: c.Partitions, Options: map[string]plan.Option{}}
			for k, v := range c.Options {
				node.Options[k], _ = json.Marshal(v)
			}
			_, err := b.Write(context.Background(), b.db, relationOf(t, c.Duck, columns), node)
			got := map[string]string{}
			for name, text := range b.get(t, "s3://bucket/out") {
				name = partPattern.ReplaceAllString(name, "PART")
				if c.Format == "parquet" || strings.HasSuffix(name, ".gz") {
					text = ""
				}
				got[name] = text
			}
			if part, ok := writeHere[c.Name]; ok {
				if err == nil || !strings.Contains(err.Error(), part) {
					t.Fatalf("not refused as expected: %v", err)
				}
				return
			}
			if w.Error != nil {
				if err == nil {
					t.Fatalf("no error, Spark has %+v", *w.Error)
				}
				compareError(t, err, w.Error.Class, w.Error.Message)
				if len(got) > 0 {
					t.Errorf("a refused write left %v", got)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range slices.Sorted(maps.Keys(w.Files)) {
				if text, ok := got[name]; !ok {
					t.Errorf("no file %s", name)
				} else if text != w.Files[name] {
					t.Errorf("%s holds %q\nSpark %q", name, text, w.Files[name])
				}
				delete(got, name)
			}
			if len(got) > 0 {
				t.Errorf("more files than Spark: %q", got)
			}
		})
	}
}

// gunzip reads a file of any number of members.
func gunzip(t *testing.T, s string) string {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(s))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// readFile reads a file of the test's own.
func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestOverwritingPartitions replaces those that the frame has with partitionOverwriteMode dynamic, all of them without;
// the expectations are Spark's.
func TestOverwritingPartitions(t *testing.T) {
	columns := [][2]string{{"x", "string"}, {"k", "int"}}
	for mode, want := range map[string][2]string{"dynamic": {"k=1 a k=2 d k=3 c k=4 e", "k=1 a k=2 d k=3 c k=4 e"}, "static": {"k=2 d k=4 e", ""}} {
		b := newBench(t)
		write := func(mode string, rel relation.Relation) string {
			b.mustWrite(t, rel, plan.Write{ConnectionType: "s3", Format: "csv", Path: "s3://bucket/out", Mode: "overwrite",
				PartitionKeys: []string{"k"}, Options: opts(map[string]any{"partitionOverwriteMode": mode})})
			var found []string
			for name, text := range b.get(t, "s3://bucket/out") {
				if name != "_SUCCESS" {
					found = append(found, strings.Split(name, "/")[0]+" "+strings.TrimSpace(text))
				}
			}
			slices.Sort(found)
			return strings.Join(found, " ")
		}
		write("static", relationOf(t, []string{"'a', 1", "'b', 2", "'c', 3"}, columns))
		if got := write(mode, relationOf(t, []string{"'d', 2", "'e', 4"}, columns)); got != want[0] {
			t.Errorf("%s: %s, want %s", mode, got, want[0])
		}
		none := relationOf(t, []string{"'z', 1"}, columns)
		none.SQL = "SELECT * FROM (" + none.SQL + ") WHERE false"
		if got := write(mode, none); got != want[1] {
			t.Errorf("%s, no rows: %s, want %s", mode, got, want[1])
		}
	}
}
