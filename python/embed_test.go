package python

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEmbedded holds the embedded tree to the one on disk: a folder that the patterns miss would be missing in the
// binary alone.
func TestEmbedded(t *testing.T) {
	onDisk, embedded := map[string]bool{}, map[string]bool{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".py") && !strings.HasPrefix(path, "tests"+string(filepath.Separator)) {
			onDisk[filepath.ToSlash(path)] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tree := range []fs.FS{Files, onSpark} {
		err = fs.WalkDir(tree, ".", func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				embedded[path] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(onDisk, embedded); diff != "" {
		t.Errorf("embedded files differ from those on disk (-disk +embedded)\n%s", diff)
	}
}

// TestExtract extracts twice: the second finds the first's folder, and what is in it is what was embedded.
func TestExtract(t *testing.T) {
	root := t.TempDir()
	first, err := Extract(root)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Extract(root)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	if first != second || len(entries) != 1 {
		t.Errorf("extracted to %s and %s, %d entries in the root; want one folder", first, second, len(entries))
	}
	want, _ := Files.ReadFile(Runner)
	got, err := os.ReadFile(filepath.Join(first, filepath.FromSlash(Runner)))
	if err != nil || string(got) != string(want) {
		t.Errorf("extracted runner differs from the embedded one (%v)", err)
	}
}

// TestPython runs the shim's own tests with the system's interpreter, without which there is nothing to test.
func TestPython(t *testing.T) {
	interpreter, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	out, err := exec.Command(interpreter, "-B", "-m", "unittest", "discover", "-s", "tests", "-t", ".").CombinedOutput()
	if err != nil {
		t.Errorf("python tests: %v\n%s", err, out)
	}
}
