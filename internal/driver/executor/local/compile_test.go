package local

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCompileOnce looks at how often an interpreter is asked to compile a shim: once for each interpreter, however many
// drivers follow each other, and again when the interpreter was replaced.
func TestCompileOnce(t *testing.T) {
	dir, shim := t.TempDir(), t.TempDir()
	python, asked := filepath.Join(dir, "python3"), filepath.Join(dir, "asked")
	install := func(version string) {
		t.Helper()
		text := "#!/bin/sh\n# " + version + "\necho \"$2\" >> " + asked + "\n"
		if err := os.WriteFile(python+".new", []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(python+".new", python); err != nil {
			t.Fatal(err)
		}
	}
	times := func() int {
		t.Helper()
		d, err := New(slog.New(slog.DiscardHandler), Config{Root: filepath.Join(dir, "attempts"), Python: python, ShimDir: shim}, nil)
		if err != nil {
			t.Fatal(err)
		}
		d.compileOnce(python, shim)
		d.wg.Wait()
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(asked)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(text), "compileall")
	}
	install("3.11")
	for range 3 {
		if n := times(); n != 1 {
			t.Fatalf("compiled %d times, want once", n)
		}
	}
	install("3.12")
	if n := times(); n != 2 {
		t.Errorf("compiled %d times after another interpreter came, want 2", n)
	}
}
