package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"tenon/internal/driver/blob"
)

// List walks the folder of q.Prefix. Files that vanish while it walks are left
// out, as if they had been deleted before.
func (d *Driver) List(ctx context.Context, bucket string, q blob.Query) iter.Seq2[blob.Object, error] {
	return func(yield func(blob.Object, error) bool) {
		if err := d.bucket(bucket); err != nil {
			yield(blob.Object{}, err)
			return
		}
		if !d.isPlain(blob.Location{Bucket: bucket, Key: q.Prefix}) {
			return
		}
		w := walk{driver: d, bucket: bucket, q: q, yield: yield}
		w.folder(ctx, q.Prefix)
	}
}

// walk is one List under way.
type walk struct {
	driver *Driver
	bucket string
	q      blob.Query
	yield  func(blob.Object, error) bool
}

// folder yields what is in the folder of key prefix, and below; false stops.
// Keys come in byte order because each level is sorted as its keys are: a
// sub-folder by its name with "/", which sorts after "a.b" but before "a0".
func (w *walk) folder(ctx context.Context, prefix string) bool {
	if err := ctx.Err(); err != nil {
		w.yield(blob.Object{}, err)
		return false
	}
	dir := w.driver.path(blob.Location{Bucket: w.bucket, Key: prefix, Disk: w.driver.disk})
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return true
	}
	if err != nil {
		w.yield(blob.Object{}, blob.FromOS(err))
		return false
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(keyName(a), keyName(b)) })
	for _, e := range entries {
		if !w.entry(ctx, prefix, e) {
			return false
		}
	}
	return true
}

// entry yields one directory entry, or what is below it.
func (w *walk) entry(ctx context.Context, prefix string, e fs.DirEntry) bool {
	key := prefix + keyName(e)
	loc := blob.Location{Bucket: w.bucket, Key: key, Disk: w.driver.disk}
	if loc.Check() != nil {
		return true // reserved, or no key can name it
	}
	if e.IsDir() {
		// All keys below begin with key, so none is after After unless key is,
		// or After itself lies below it.
		if w.q.Flat || key < w.q.After && !strings.HasPrefix(w.q.After, key) {
			return true
		}
		return w.folder(ctx, key)
	}
	if key <= w.q.After || !e.Type().IsRegular() && !w.driver.disk {
		return true
	}
	info, err := w.driver.stat(filepath.Join(w.driver.root, w.bucket, filepath.FromSlash(key)))
	if errors.Is(err, fs.ErrNotExist) {
		return true
	}
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a symbolic link to a folder: name the folder itself", loc)
	}
	if err != nil {
		w.yield(blob.Object{}, blob.FromOS(err))
		return false
	}
	if !info.Mode().IsRegular() {
		return true
	}
	return w.yield(object(loc, info), nil)
}

// keyName is an entry's part of a key.
func keyName(e fs.DirEntry) string {
	if e.IsDir() {
		return e.Name() + "/"
	}
	return e.Name()
}
