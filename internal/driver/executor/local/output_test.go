package local

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"tenon/internal/attempt"
	"tenon/internal/driver/blob"
	"tenon/internal/driver/blob/file"
)

// TestSettleOutput: of a dead worker's sinks, one had decided to publish and one had not; a living attempt's is left alone.
func TestSettleOutput(t *testing.T) {
	root := t.TempDir()
	driver, err := file.New(root + "/s3")
	if err != nil {
		t.Fatal(err)
	}
	storage := blob.New(driver)
	if err := os.MkdirAll(root+"/s3/bucket", 0o755); err != nil {
		t.Fatal(err)
	}
	dead, living := attempt.Key{Run: "jr_aaaaaaaaaaaaaaaaaaaaaaaa"}, attempt.Key{Run: "jr_bbbbbbbbbbbbbbbbbbbbbbbb"}
	stage := func(id, url string) (st *blob.Stage, name string) {
		t.Helper()
		st, err := storage.Stage(id)
		if err != nil {
			t.Fatal(err)
		}
		f, err := st.Create(url)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		name, err = filepath.Rel(st.Dir(), f.Path())
		if err != nil {
			t.Fatal(err)
		}
		return st, name
	}
	stage(dead.Name()+"-1", "s3://bucket/undecided")
	sealed, name := stage(dead.Name()+"-2", "s3://bucket/decided")
	stage(living.Name()+"-1", "s3://bucket/living")
	// The state of a worker that died right after its commit point: sealed, nothing moved.
	manifest := `[{"name":"` + name + `","url":"s3://bucket/decided"}]`
	if err := os.WriteFile(sealed.Dir()+"/manifest.json", []byte(manifest), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := New(slog.New(slog.DiscardHandler), Config{Root: root + "/attempts", Storage: storage, Python: "/nonexistent", ShimDir: root}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.settleOutput(dead); err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]bool{"s3://bucket/undecided": false, "s3://bucket/decided": true, "s3://bucket/living": false} {
		if _, err := storage.Stat(t.Context(), url); (err == nil) != want {
			t.Errorf("%s: %v", url, err)
		}
	}
	if left, err := storage.Stages(); err != nil || len(left) != 1 || left[0] != living.Name()+"-1" {
		t.Errorf("stages left: %v %v", left, err)
	}
}
