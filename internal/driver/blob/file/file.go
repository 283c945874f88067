// Package file keeps object storage in a folder: buckets are its first level,
// keys are paths below them. Several processes may use one folder at a time,
// and the S3 gateway serves the same one.
//
// A folder cannot hold every set of keys that S3 can: "a" and "a/b" exclude one
// another, and publishing the second fails as ErrInvalid. Below the folder no
// symbolic link is followed: see Plain.
package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"tenon/internal/driver/blob"
)

// stagingName is the folder of stages. A bucket's name cannot begin with a dot,
// so neither we nor the gateway can mistake it for one.
const stagingName = ".tenon-staging"

// Driver is a blob.Driver over one folder, or over this machine's disk.
type Driver struct {
	root string // absolute
	disk bool   // locations are of the disk; symbolic links are followed, since they are the user's own
}

// Disk is a driver of the files of this machine, for programs that a user runs
// on them. It stages nothing itself.
func Disk() *Driver { return &Driver{root: string(filepath.Separator), disk: true} }

// New makes a driver over the folder root, which is made if it is missing.
func New(root string) (*Driver, error) {
	abs, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("file storage: %w", err)
	}
	if err := os.MkdirAll(abs, 0o755); err != nil {
		return nil, fmt.Errorf("file storage: %w", err)
	}
	return &Driver{root: abs}, nil
}

// path is the file of a location.
func (d *Driver) path(loc blob.Location) string {
	return filepath.Join(d.root, loc.Bucket, filepath.FromSlash(loc.Key))
}

// Plain tells whether all there is on the way from the storage folder root to
// loc are folders and regular files; what is missing does not count. Where it is
// false, above all at a symbolic link, there is no bucket and no object, and none
// can be made: a link could lead anywhere on this machine. What becomes a link
// after Plain has looked is not noticed.
func Plain(root string, loc blob.Location) bool {
	name := root
	for seg := range strings.SplitSeq(loc.Bucket+"/"+strings.TrimSuffix(loc.Key, "/"), "/") {
		name = filepath.Join(name, seg)
		info, err := os.Lstat(name)
		if err != nil {
			return true // whoever uses the name meets the same error
		}
		if !info.IsDir() && !info.Mode().IsRegular() {
			return false
		}
	}
	return true
}

// isPlain is Plain, where links are not followed.
func (d *Driver) isPlain(loc blob.Location) bool { return d.disk || Plain(d.root, loc) }

// stat describes a file; on disk, the one that a link leads to.
func (d *Driver) stat(name string) (fs.FileInfo, error) {
	if d.disk {
		return os.Stat(name)
	}
	return os.Lstat(name)
}

// plain is isPlain as a failure.
func (d *Driver) plain(loc blob.Location) error {
	if !d.isPlain(loc) {
		return fmt.Errorf("%w: a symbolic link, or no regular file", blob.ErrNotFound)
	}
	return nil
}

// bucket checks that a bucket is there.
func (d *Driver) bucket(name string) error {
	info, err := os.Lstat(filepath.Join(d.root, name))
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return fmt.Errorf("bucket %s: %w", name, blob.ErrNotFound)
	}
	return blob.FromOS(err)
}

// LocalPath is the file of loc.
func (d *Driver) LocalPath(loc blob.Location) (string, bool) {
	if !d.isPlain(loc) {
		return "", false
	}
	return d.path(loc), true
}

// Staging is a folder beside the buckets, on their file system.
func (d *Driver) Staging() string { return filepath.Join(d.root, stagingName) }

// Stat describes one object.
func (d *Driver) Stat(_ context.Context, loc blob.Location) (blob.Object, error) {
	if err := d.plain(loc); err != nil {
		return blob.Object{}, err
	}
	info, err := d.stat(d.path(loc))
	return d.describe(loc, info, err)
}

// describe turns the outcome of a stat into an object. A folder is no object.
func (d *Driver) describe(loc blob.Location, info fs.FileInfo, err error) (blob.Object, error) {
	if errors.Is(err, syscall.ENOTDIR) {
		return blob.Object{}, fmt.Errorf("%w: %w", blob.ErrNotFound, err)
	}
	if errors.Is(err, fs.ErrNotExist) {
		if err := d.bucket(loc.Bucket); err != nil {
			return blob.Object{}, err
		}
	}
	if err != nil {
		return blob.Object{}, blob.FromOS(err)
	}
	if !info.Mode().IsRegular() {
		return blob.Object{}, fmt.Errorf("%w: not a regular file", blob.ErrNotFound)
	}
	return object(loc, info), nil
}

// object describes a regular file.
func object(loc blob.Location, info fs.FileInfo) blob.Object {
	return blob.Object{Location: loc, Size: info.Size(), ModTime: info.ModTime().UTC(), Version: Version(info)}
}

// Version identifies the content of a file by what a rewrite cannot leave the
// same: inode, size and modification time. It has the form of an ETag that is
// no MD5 ("...-0"), as the gateway serves it for files it did not write.
func Version(info fs.FileInfo) string {
	inode := uint64(0)
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		inode = uint64(st.Ino)
	}
	return fmt.Sprintf("%x-%x-%x-0", inode, info.Size(), info.ModTime().UnixNano())
}

// Open reads a file. Once open, its bytes stay those of that version even if it
// is replaced: publishing renames, it never writes in place.
func (d *Driver) Open(_ context.Context, loc blob.Location, r blob.Range, version string) (io.ReadCloser, blob.Object, error) {
	if err := d.plain(loc); err != nil {
		return nil, blob.Object{}, err
	}
	flags := os.O_RDONLY | syscall.O_NONBLOCK // a pipe without a writer must not hold us
	if !d.disk {
		flags |= syscall.O_NOFOLLOW
	}
	f, err := os.OpenFile(d.path(loc), flags, 0)
	if err != nil {
		_, err := d.describe(loc, nil, err)
		return nil, blob.Object{}, err
	}
	info, err := f.Stat()
	o, err := d.describe(loc, info, err)
	if err == nil && version != "" && o.Version != version {
		err = blob.ErrChanged
	}
	if err == nil {
		_, err = f.Seek(r.Offset, io.SeekStart)
	}
	if err != nil {
		return nil, blob.Object{}, errors.Join(err, f.Close())
	}
	if r.Length < 0 {
		return f, o, nil
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(f, r.Length), f}, o, nil
}

// Delete removes a file, and the folders above it that are empty then: keys
// have no folders, so none must be left behind.
func (d *Driver) Delete(_ context.Context, loc blob.Location) error {
	if err := d.bucket(loc.Bucket); err != nil {
		return err
	}
	if !d.isPlain(loc) {
		return nil // no object, and what is there is not ours
	}
	name := d.path(loc)
	if info, err := os.Lstat(name); err == nil && info.IsDir() {
		return nil // a directory is no object
	}
	err := os.Remove(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
		return blob.FromOS(err)
	}
	if d.disk {
		return nil // folders are folders here
	}
	top := filepath.Join(d.root, loc.Bucket)
	for dir := filepath.Dir(name); strings.HasPrefix(dir, top+string(filepath.Separator)); dir = filepath.Dir(dir) {
		if os.Remove(dir) != nil {
			return nil // not empty, or somebody was faster
		}
	}
	return nil
}
