package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"tenon/internal/driver/blob"
)

// maxParentTries bounds the race against deleters that remove an empty folder
// between our making it and our moving a file into it: some ten microseconds each.
const maxParentTries = 100

// Publish moves staged files to their keys. Everything that can be refused is
// refused before the first file moves.
//
// A file gets the time of its publication, not of its last write: a bookmark
// that has listed the destination in between must not take it for an old one.
func (d *Driver) Publish(ctx context.Context, files []blob.Staged) ([]blob.Object, error) {
	for _, f := range files {
		if err := d.admit(f); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Dest, err)
		}
	}
	now := time.Now()
	objects := make([]blob.Object, 0, len(files))
	dirs := map[string]bool{} // folders with new names, to be synced once each
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		o, err := d.move(f, now, dirs)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Dest, err)
		}
		objects = append(objects, o)
	}
	for dir := range dirs {
		if err := blob.SyncDir(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, blob.FromOS(err)
		}
	}
	return objects, nil
}

// admit checks that a file's bucket is there and its key is free of folders.
func (d *Driver) admit(f blob.Staged) error {
	if err := d.bucket(f.Dest.Bucket); err != nil {
		return err
	}
	if !d.isPlain(f.Dest) {
		return fmt.Errorf("%w: a part of this key is a symbolic link, or no regular file", blob.ErrInvalid)
	}
	info, err := os.Lstat(d.path(f.Dest))
	switch {
	case errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("%w: a part of this key is itself an object", blob.ErrInvalid)
	case err == nil && info.IsDir():
		return fmt.Errorf("%w: there are objects below this key", blob.ErrInvalid)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return blob.FromOS(err)
	}
	return nil
}

// move publishes one file and notes the folders it changed. A file that is not
// staged any more was moved by an earlier attempt.
func (d *Driver) move(f blob.Staged, now time.Time, dirs map[string]bool) (blob.Object, error) {
	dest := d.path(f.Dest)
	err := os.Chtimes(f.Path, time.Time{}, now)
	if err == nil {
		err = d.rename(f.Path, dest, dirs)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return blob.Object{}, blob.FromOS(err)
	}
	info, statErr := os.Stat(dest)
	if statErr != nil {
		return blob.Object{}, blob.FromOS(errors.Join(statErr, err))
	}
	return object(f.Dest, info), nil
}

// rename moves a file, making the folders above its destination.
func (d *Driver) rename(from, dest string, dirs map[string]bool) error {
	parent := filepath.Dir(dest)
	for try := 1; ; try++ {
		err := os.MkdirAll(parent, 0o755)
		if err == nil {
			err = moveFile(from, dest)
		}
		if err == nil {
			break
		}
		// Others make and drop these folders too: one may be gone again when the file moves, or when it was found to exist.
		raced := errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrExist)
		if _, gone := os.Lstat(from); gone != nil || !raced || try == maxParentTries {
			return err
		}
	}
	if d.disk {
		dirs[parent] = true // those above need not be ours to sync
		return nil
	}
	for dir := parent; dir != d.root && !dirs[dir]; dir = filepath.Dir(dir) {
		dirs[dir] = true
	}
	return nil
}

// moveFile renames a file; to another file system it is copied beside its
// destination first.
func moveFile(from, dest string) error {
	err := os.Rename(from, dest)
	if !errors.Is(err, syscall.EXDEV) {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	beside, err := os.CreateTemp(filepath.Dir(dest), ".tenon-*")
	if err != nil {
		return err
	}
	_, err = io.Copy(beside, in)
	err = errors.Join(err, beside.Chmod(0o644), beside.Sync(), beside.Close())
	if err == nil {
		err = os.Rename(beside.Name(), dest)
	}
	if err != nil {
		return errors.Join(err, os.Remove(beside.Name()))
	}
	return os.Remove(from)
}
