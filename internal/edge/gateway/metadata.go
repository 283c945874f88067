package gateway

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pkg/xattr"
	"github.com/versity/versitygw/backend/meta"

	"tenon/internal/driver/blob/file"
)

// etagAttribute is versitygw's name for where it keeps an object's ETag.
const etagAttribute = "etag"

// maxStoreTries bounds the race of storing in a sidecar's folder while the
// deletion of the only other object in it removes that folder. The failure's
// cause is not told, so any is repeated.
const maxStoreTries = 10

// metadata keeps what a file cannot tell by itself: in extended attributes, or
// in files of a sidecar folder where the file system has none.
//
// Files of a bucket also come and go without the gateway, so a stored ETag is
// kept together with the version of the file it was computed for, and counts
// for that version only. A file without a valid one has an ETag all the same,
// made of its version: clients need it to read a large object in parts. In a
// sidecar, every other attribute of a replaced file is stale with its ETag.
type metadata struct {
	meta.MetadataStorer
	sidecar bool
}

// newMetadata picks the place.
func newMetadata(xattrs bool, sidecarDir string) (metadata, error) {
	if xattrs {
		return metadata{MetadataStorer: meta.XattrMeta{}}, nil
	}
	if err := os.MkdirAll(sidecarDir, 0o755); err != nil {
		return metadata{}, err
	}
	sc, err := meta.NewSideCar(sidecarDir)
	return metadata{MetadataStorer: sc, sidecar: true}, err
}

// supportsXattr tries it: asking is not enough where a mount option decides.
func supportsXattr(dir string) bool {
	f, err := os.CreateTemp(dir, ".tenon-probe-")
	if err != nil {
		return false
	}
	defer func() { _, _ = f.Close(), os.Remove(f.Name()) }()
	return xattr.FSet(f, "user.tenon-probe", []byte("x")) == nil
}

// StoreAttribute stores one attribute; an ETag with the file's version.
func (m metadata) StoreAttribute(f *os.File, bucket, object, name string, value []byte) error {
	if name == etagAttribute {
		info, err := statObject(f, bucket, object)
		if err != nil {
			return err
		}
		if !info.IsDir() {
			value = fmt.Appendf(nil, "%s\n%s", value, file.Version(info))
		}
	}
	err := m.MetadataStorer.StoreAttribute(f, m.bucket(bucket), object, name, value)
	for try := 1; err != nil && m.sidecar && try < maxStoreTries; try++ {
		err = m.MetadataStorer.StoreAttribute(f, m.bucket(bucket), object, name, value)
	}
	return err
}

// RetrieveAttribute finds one attribute, meta.ErrNoSuchKey if there is none.
func (m metadata) RetrieveAttribute(f *os.File, bucket, object, name string) ([]byte, error) {
	if name == etagAttribute {
		return m.etag(f, bucket, object)
	}
	value, err := m.MetadataStorer.RetrieveAttribute(f, m.bucket(bucket), object, name)
	if err != nil || !m.sidecar || object == "" {
		return value, err
	}
	info, err := statObject(f, bucket, object)
	if err != nil || info.IsDir() {
		return value, err
	}
	stored, err := m.MetadataStorer.RetrieveAttribute(nil, m.bucket(bucket), object, etagAttribute)
	if errors.Is(err, meta.ErrNoSuchKey) {
		return value, nil // an object still being made: its ETag comes last
	}
	if _, version, _ := bytes.Cut(stored, []byte("\n")); string(version) != file.Version(info) {
		return nil, meta.ErrNoSuchKey
	}
	return value, err
}

// etag gives the stored ETag if it is still that file's, else one made of the
// file's version. A folder has one only if it was put as an object ("dir/").
func (m metadata) etag(f *os.File, bucket, object string) ([]byte, error) {
	stored, storedErr := m.MetadataStorer.RetrieveAttribute(f, m.bucket(bucket), object, etagAttribute)
	if storedErr != nil && !errors.Is(storedErr, meta.ErrNoSuchKey) {
		return nil, storedErr
	}
	info, err := statObject(f, bucket, object)
	if err != nil {
		return nil, err
	}
	etag, version, _ := bytes.Cut(stored, []byte("\n"))
	if info.IsDir() || storedErr == nil && string(version) == file.Version(info) {
		return etag, storedErr
	}
	return fmt.Appendf(nil, "%q", file.Version(info)), nil
}

// DeleteAttribute forgets one attribute.
func (m metadata) DeleteAttribute(bucket, object, name string) error {
	return m.MetadataStorer.DeleteAttribute(m.bucket(bucket), object, name)
}

// ListAttributes names the attributes there are.
func (m metadata) ListAttributes(bucket, object string) ([]string, error) {
	return m.MetadataStorer.ListAttributes(m.bucket(bucket), object)
}

// DeleteAttributes forgets all of an object, or with "" of a bucket.
func (m metadata) DeleteAttributes(bucket, object string) error {
	return m.MetadataStorer.DeleteAttributes(m.bucket(bucket), object)
}

// RenameObject moves the attributes of a key to another.
func (m metadata) RenameObject(bucket, from, to string) error {
	return m.MetadataStorer.RenameObject(m.bucket(bucket), from, to)
}

// bucket is the name by which the place below knows a bucket: attributes of the
// file itself are found by its path, a sidecar goes by the bare name.
func (m metadata) bucket(path string) string {
	if m.sidecar {
		return filepath.Base(path)
	}
	return path
}

// statObject describes an open file, or one by its bucket's path and its key.
func statObject(f *os.File, bucket, object string) (os.FileInfo, error) {
	if f != nil {
		return f.Stat()
	}
	return os.Stat(filepath.Join(bucket, object))
}
