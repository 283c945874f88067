package verify

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// write makes a file of a side, or with an empty side of the original.
func write(t *testing.T, root, name, text string) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".new", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil { // as whoever writes objects does
		t.Fatal(err)
	}
}

// TestOutputs compares what two sides wrote beside what was there before.
func TestOutputs(t *testing.T) {
	type files map[string]string
	tests := []struct {
		name            string
		embedded, spark files
		want            []Output
	}{
		{name: "nothing written"},
		{name: "the same lines in other files and another order",
			embedded: files{"out/part-0": "a\nb\n", "out/part-1": "c\n"}, spark: files{"out/x-0.json": "c\nb\na\n"},
			want: []Output{{Name: "s3://bucket/out", Format: "text", Rows: [2]int64{3, 3}}}},
		{name: "a header in each file counts once",
			embedded: files{"out/0.csv": "h\n1\n", "out/1.csv": "h\n2\n"}, spark: files{"out/0.csv": "h\n1\n2\n"},
			want: []Output{{Name: "s3://bucket/out", Format: "text", Rows: [2]int64{2, 2}}}},
		{name: "a line twice is not a line once",
			embedded: files{"out/0": "a\na\n"}, spark: files{"out/0": "a\n"},
			want: []Output{{Name: "s3://bucket/out", Format: "text", Rows: [2]int64{2, 1}, Differences: []string{"only the embedded engine: a"}}}},
		{name: "another value on each side",
			embedded: files{"out/0": "1.0\n"}, spark: files{"out/0": "1\n"},
			want: []Output{{Name: "s3://bucket/out", Format: "text", Rows: [2]int64{1, 1},
				Differences: []string{"only the embedded engine: 1.0", "only Spark: 1"}}}},
		{name: "a folder that one side alone wrote", spark: files{"out/0": "a\n"},
			want: []Output{{Name: "s3://bucket/out", Format: "text", Differences: []string{"the embedded engine wrote nothing here"}}}},
		{name: "a replaced input is output", embedded: files{"in/data": "old\n"}, spark: files{"in/data": "new\n"},
			want: []Output{{Name: "s3://bucket/in", Format: "text", Rows: [2]int64{1, 1},
				Differences: []string{"only the embedded engine: old", "only Spark: new"}}}},
		{name: "marks of Hadoop's do not count", spark: files{"out/_SUCCESS": "", "out/.0.crc": "x"}},
		{name: "tables are compared by a reader of theirs", embedded: files{"out/0.snappy.parquet": "x"}, spark: files{"out/0.parquet": "y"},
			want: []Output{{Name: "s3://bucket/out", Format: "parquet", Rows: [2]int64{7, 7}}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			original := filepath.Join(dir, "original")
			write(t, original, "bucket/in/data", "old\n")
			box, err := New(t.Context(), filepath.Join(dir, "box"), original, "s3")
			if err != nil {
				t.Fatal(err)
			}
			for side, made := range map[Side]files{Embedded: test.embedded, Spark: test.spark} {
				for name, text := range made {
					write(t, filepath.Join(box.Data(side), "s3", "bucket"), name, text)
				}
				write(t, filepath.Join(box.Data(side), "s3"), "scripts/"+string(side), "apart\n")
			}
			tables := func(context.Context, string, [2][]string) ([2]int64, []string, error) {
				return [2]int64{7, 7}, []string{}, nil
			}
			got, err := box.Outputs(t.Context(), "s3", "scripts", tables)
			if err != nil {
				t.Fatal(err)
			}
			for i := range test.want {
				if test.want[i].Differences == nil {
					test.want[i].Differences = []string{}
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if text, err := os.ReadFile(filepath.Join(original, "bucket/in/data")); err != nil || string(text) != "old\n" {
				t.Errorf("the original is now %q, %v", text, err)
			}
		})
	}
}

// TestStdout compares printed lines in order.
func TestStdout(t *testing.T) {
	if o := Stdout([]string{"a", "b"}, []string{"a", "b"}); !o.Equal() {
		t.Errorf("equal lines differ: %v", o.Differences)
	}
	o := Stdout([]string{"a", "b"}, []string{"b", "a", "c"})
	want := []string{`line 1: the embedded engine has "a", Spark "b"`, `line 2: the embedded engine has "b", Spark "a"`,
		`line 3: the embedded engine has none, Spark "c"`}
	if !slices.Equal(o.Differences, want) {
		t.Errorf("differences are %q", o.Differences)
	}
}

// TestOriginals: what writes into a file where it is reaches no original, or fails the comparison.
func TestOriginals(t *testing.T) {
	dir := t.TempDir()
	original := filepath.Join(dir, "original")
	write(t, original, "bucket/out/_SUCCESS", "mark\n")
	write(t, original, "bucket/out/data", "old\n")
	box, err := New(t.Context(), filepath.Join(dir, "box"), original, "s3")
	if err != nil {
		t.Fatal(err)
	}
	inPlace := func(name string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(box.Data(Spark), "s3", "bucket", "out", name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	inPlace("_SUCCESS")
	if text, err := os.ReadFile(filepath.Join(original, "bucket/out/_SUCCESS")); err != nil || string(text) != "mark\n" {
		t.Errorf("the original mark is now %q, %v", text, err)
	}
	if got, err := box.Outputs(t.Context(), "s3", "scripts", nil); err != nil || len(got) != 0 {
		t.Errorf("a mark is output: %v, %v", got, err)
	}
	inPlace("data")
	if _, err := box.Outputs(t.Context(), "s3", "scripts", nil); err == nil || !strings.Contains(err.Error(), "bucket/out/data was changed in place") {
		t.Errorf("an original changed in place is reported as %v", err)
	}
}
