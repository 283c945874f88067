package pygen

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// update rewrites the committed file instead of comparing: go test ./internal/plan/pygen -update.
var update = flag.Bool("update", false, "rewrite python/_tenon/plan.py")

// TestCurrent holds the committed Python constants to the Go ones.
func TestCurrent(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	want, err := Generate(root)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, "python", "_tenon", "plan.py")
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("python/_tenon/plan.py is stale; run go test ./internal/plan/pygen -update (-want +got)\n%s", diff)
	}
}
