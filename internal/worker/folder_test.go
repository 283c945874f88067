package worker

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestFolder: a temporary folder stays while its owner lives, and goes with the next one's making when it was killed.
func TestFolder(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	living, err := NewFolder("")
	if err != nil {
		t.Fatal(err)
	}
	dead, err := NewFolder("")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dead.Path, "spilled"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := dead.lock.Close(); err != nil { // as the kernel does when a process is killed
		t.Fatal(err)
	}
	made := filepath.Join(os.TempDir(), folderPrefix+"made") // by one that has not come to its lock yet
	if err := os.Mkdir(made, 0o700); err != nil {
		t.Fatal(err)
	}
	last, err := NewFolder(os.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, there := range map[string]bool{living.Path: true, made: true, last.Path: true, dead.Path: false} {
		if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) == there {
			t.Errorf("%s: %v, and it should be there: %t", name, err, there)
		}
	}
	if err := errors.Join(living.Remove(), last.Keep()); err != nil {
		t.Error(err)
	}
	sweepFolders(os.TempDir())
	if _, err := os.Stat(last.Path); err != nil {
		t.Errorf("a folder that is kept: %v", err)
	}
	if _, err := os.Stat(living.Path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a removed folder: %v", err)
	}
}
