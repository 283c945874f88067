package file_test

import (
	"os"
	"path/filepath"
	"testing"

	"tenon/internal/driver/blob"
	"tenon/internal/driver/blob/blobtest"
	"tenon/internal/driver/blob/file"
)

// open makes a folder with the suite's buckets.
func open(t *testing.T) (*file.Driver, string) {
	t.Helper()
	root := t.TempDir()
	for _, b := range blobtest.Buckets {
		if err := os.Mkdir(filepath.Join(root, b), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	d, err := file.New(root)
	if err != nil {
		t.Fatal(err)
	}
	return d, root
}

func TestDriver(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blob.Driver { d, _ := open(t); return d })
}
