package file_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"tenon/internal/driver/blob"
	"tenon/internal/driver/blob/blobtest"
	"tenon/internal/driver/blob/file"
)

// TestFullDisk: a full disk is ErrFull, and no object appears.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("cannot mount a small file system to fill: %v", err)
	}
	defer func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	}()
	if err := os.Mkdir(filepath.Join(dir, "lake"), 0o755); err != nil {
		t.Fatal(err)
	}
	d, err := file.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := blob.New(d)
	w, err := s.Create(t.Context(), "s3://lake/big")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(w, bytes.NewReader(make([]byte, 4<<20)), 4<<20); !errors.Is(err, blob.ErrFull) {
		t.Errorf("write: %v", err)
	}
	if err := w.Discard(); err != nil {
		t.Fatal(err)
	}
	want(t, "keys", blobtest.Keys(t, s, "s3://lake", true), nil)
	blobtest.Put(t, s, "s3://lake/small", "there is space again")
}
