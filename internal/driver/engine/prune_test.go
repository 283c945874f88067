package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tenon/internal/driver/blob"
	"tenon/internal/driver/blob/file"
	"tenon/internal/driver/engine/format"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// readsOf records the files that sources say they read.
type readsOf struct {
	recorder
	files []string
}

// SourceOpened records.
func (r *readsOf) SourceOpened(_ plan.Source, files []relation.File) {
	for _, f := range files {
		r.files = append(r.files, fmt.Sprintf("%s %d", strings.TrimPrefix(f.Path, "s3://bucket/"), f.Records))
	}
}

// openOverFiles opens an engine over a folder with one bucket, and gives the bucket's folder.
func openOverFiles(t *testing.T) (*Engine, string) {
	t.Helper()
	root, scratch := t.TempDir(), t.TempDir()
	bucket := filepath.Join(root, "bucket")
	if err := os.Mkdir(bucket, 0o755); err != nil {
		t.Fatal(err)
	}
	drv, err := file.New(root)
	if err != nil {
		t.Fatal(err)
	}
	files := format.New(format.Config{Storage: blob.New(drv), Scratch: scratch, Threads: 2})
	e, err := Open(t.Context(), Config{ScratchDir: scratch, MemoryBytes: 1 << 30, Threads: 2, Reader: files, Writer: files})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e, bucket
}

// viewOf registers a source as the view t.
func viewOf(ctx context.Context, t *testing.T, e *Engine, src plan.Source) {
	t.Helper()
	f, err := e.Frame(ctx, plan.Node{Kind: plan.NodeSource, Source: &src})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.View(plan.View{Name: "t", Frame: f.Frame, Replace: true}); err != nil {
		t.Fatal(err)
	}
}

// countOf counts the rows of a query.
func countOf(ctx context.Context, t *testing.T, e *Engine, query string) int64 {
	t.Helper()
	f, err := e.Frame(ctx, sqlNode(query))
	if err != nil {
		t.Fatal(err)
	}
	n, err := e.Count(ctx, f.Frame)
	if err != nil {
		t.Fatal(err)
	}
	return n.Count
}

// TestExcludedFilesAreNotRecorded looks at what sources say they read: files of the partitions that a query keeps, when it
// runs, and each once.
func TestExcludedFilesAreNotRecorded(t *testing.T) {
	e, bucket := openOverFiles(t)
	for name, text := range map[string]string{"k=1/a.csv": "1\n2\n", "k=2/a.csv": "3\n", "k=2/b.csv": "4\n", "k=3/a.csv": "5\n"} {
		path := filepath.Join(bucket, "in", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	reads := &readsOf{}
	ctx := context.WithValue(t.Context(), hooksKey{}, Hooks(reads))
	viewOf(ctx, t, e, plan.Source{ConnectionType: "file", Format: "csv", Paths: []string{"s3://bucket/in"},
		Schema: []plan.Field{{Name: "a", Type: "int", Nullable: true}, {Name: "k", Type: "int", Nullable: true}}})
	for _, step := range []struct {
		query string
		rows  int64
		files []string
	}{
		{"select * from t where k = 9", 0, nil},
		{"select * from t where k = 2 and a > 3", 1, []string{"in/k=2/a.csv 1", "in/k=2/b.csv 1"}},
		{"select * from t where k = 2", 2, nil},
		{"select x.a from t x join t y on x.k = y.k and y.k = 1", 4, []string{"in/k=1/a.csv 2", "in/k=3/a.csv 1"}},
		{"select * from t", 5, nil},
	} {
		reads.files = nil
		if n := countOf(ctx, t, e, step.query); n != step.rows {
			t.Errorf("%s: %d rows, want %d", step.query, n, step.rows)
		}
		slices.Sort(reads.files)
		if !slices.Equal(reads.files, step.files) {
			t.Errorf("%s: read %q, want %q", step.query, reads.files, step.files)
		}
	}
}

// readBytes is how many bytes this process has read so far, of files and others.
func readBytes(t *testing.T) int64 {
	t.Helper()
	text, err := os.ReadFile("/proc/self/io")
	if err != nil {
		t.Skip("no /proc/self/io")
	}
	var n int64
	if _, err := fmt.Sscanf(string(text), "rchar: %d", &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestParquetReadsWhatIsNeeded counts the bytes that queries read of a Parquet file of ten row groups: all columns of one
// row group, or one column of all, are less than a fifth of the file.
func TestParquetReadsWhatIsNeeded(t *testing.T) {
	e, bucket := openOverFiles(t)
	path := filepath.Join(bucket, "wide.parquet")
	columns := "i AS id"
	for c := range 9 {
		columns += fmt.Sprintf(", md5(concat(i, %d)) AS t%d", c, c)
	}
	if _, err := e.DB().Exec("COPY (SELECT " + columns + " FROM range(100000) r(i)) TO '" + path + "' (FORMAT parquet, ROW_GROUP_SIZE 10000)"); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	viewOf(ctx, t, e, plan.Source{ConnectionType: "file", Format: "parquet", Paths: []string{"s3://bucket/wide.parquet"}})
	for _, c := range []struct {
		query string
		rows  int64
		most  int64 // bytes
	}{
		{"select distinct t0, t1, t2, t3, t4, t5, t6, t7, t8 from t", 100_000, 2 * info.Size()}, // that reading is counted at all
		{"select distinct t3 from t", 100_000, info.Size() / 5},
		{"select distinct t0, t1, t2, t3, t4, t5, t6, t7, t8 from t where id between 31000 and 31009", 10, info.Size() / 5},
		{"select * from (select *, id * 2 as twice from t) where id = 77777 and t3 is not null", 1, info.Size() / 5},
		{"select count(*) from t", 1, info.Size() / 20},
	} {
		before := readBytes(t)
		if n := countOf(ctx, t, e, c.query); n != c.rows {
			t.Errorf("%s: %d rows, want %d", c.query, n, c.rows)
		}
		n := readBytes(t) - before
		if all := strings.HasPrefix(c.query, "select distinct t0") && c.rows > 10; n > c.most || all && n < info.Size()*4/5 {
			t.Errorf("%s: read %d bytes of a file of %d, at most %d", c.query, n, info.Size(), c.most)
		}
	}
}
