// Package mem is object storage in memory, for tests of what stands on blob.
package mem

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"tenon/internal/driver/blob"
)

// Driver is a blob.Driver in memory.
type Driver struct {
	staging string

	mu       sync.Mutex // guards the fields below
	buckets  map[string]map[string]entry
	versions int // given out so far
}

// entry is an object and its content, which is never changed in place.
type entry struct {
	blob.Object
	content []byte
}

// New makes empty buckets. Stages live in the folder staging.
func New(staging string, buckets ...string) *Driver {
	d := &Driver{staging: staging, buckets: map[string]map[string]entry{}}
	for _, b := range buckets {
		d.buckets[b] = map[string]entry{}
	}
	return d
}

// LocalPath finds nothing: no object has a file.
func (d *Driver) LocalPath(blob.Location) (string, bool) { return "", false }

// Staging is the folder given to New.
func (d *Driver) Staging() string { return d.staging }

// find looks an object up.
func (d *Driver) find(loc blob.Location) (entry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e, ok := d.buckets[loc.Bucket][loc.Key]
	if !ok {
		return entry{}, blob.ErrNotFound
	}
	return e, nil
}

// Stat describes one object.
func (d *Driver) Stat(_ context.Context, loc blob.Location) (blob.Object, error) {
	e, err := d.find(loc)
	return e.Object, err
}

// Open reads an object as it is now.
func (d *Driver) Open(_ context.Context, loc blob.Location, r blob.Range, version string) (io.ReadCloser, blob.Object, error) {
	e, err := d.find(loc)
	if err != nil {
		return nil, blob.Object{}, err
	}
	if version != "" && version != e.Version {
		return nil, blob.Object{}, blob.ErrChanged
	}
	content := e.content[min(r.Offset, e.Size):]
	if r.Length >= 0 {
		content = content[:min(r.Length, int64(len(content)))]
	}
	return io.NopCloser(bytes.NewReader(content)), e.Object, nil
}

// List gives what was there when it began.
func (d *Driver) List(ctx context.Context, bucket string, q blob.Query) iter.Seq2[blob.Object, error] {
	return func(yield func(blob.Object, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(blob.Object{}, err)
			return
		}
		d.mu.Lock()
		objects, ok := d.buckets[bucket]
		objects = maps.Clone(objects)
		d.mu.Unlock()
		if !ok {
			yield(blob.Object{}, fmt.Errorf("bucket %s: %w", bucket, blob.ErrNotFound))
			return
		}
		for _, key := range slices.Sorted(maps.Keys(objects)) {
			rel, below := strings.CutPrefix(key, q.Prefix)
			if !below || key <= q.After || q.Flat && strings.Contains(rel, "/") {
				continue
			}
			if !yield(objects[key].Object, nil) {
				return
			}
		}
	}
}

// Delete removes an object.
func (d *Driver) Delete(_ context.Context, loc blob.Location) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	objects, ok := d.buckets[loc.Bucket]
	if !ok {
		return fmt.Errorf("bucket %s: %w", loc.Bucket, blob.ErrNotFound)
	}
	delete(objects, loc.Key)
	return nil
}

// Publish reads the files in, then shows them all at once.
func (d *Driver) Publish(ctx context.Context, files []blob.Staged) ([]blob.Object, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	contents := make([][]byte, len(files))
	for i, f := range files {
		b, err := os.ReadFile(f.Path)
		if err == nil {
			contents[i] = b
			continue
		}
		e, findErr := d.find(f.Dest)
		if !errors.Is(err, fs.ErrNotExist) || findErr != nil {
			return nil, blob.FromOS(err)
		}
		contents[i] = e.content // published by an earlier call
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range files {
		if d.buckets[f.Dest.Bucket] == nil {
			return nil, fmt.Errorf("bucket %s: %w", f.Dest.Bucket, blob.ErrNotFound)
		}
	}
	objects := make([]blob.Object, 0, len(files))
	for i, f := range files {
		d.versions++
		o := blob.Object{Location: f.Dest, Size: int64(len(contents[i])), ModTime: time.Now().UTC(), Version: fmt.Sprintf("v%d", d.versions)}
		d.buckets[f.Dest.Bucket][f.Dest.Key] = entry{o, contents[i]}
		objects = append(objects, o)
	}
	return objects, nil
}
