package blob

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// FromOS gives a file system's error its kind, for drivers that stand on one.
func FromOS(err error) error {
	kind := error(nil)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		kind = ErrNotFound
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		kind = ErrDenied
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		kind = ErrFull
	case errors.Is(err, syscall.ENAMETOOLONG), errors.Is(err, fs.ErrExist):
		kind = ErrInvalid
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		kind = ErrUnavailable
	default:
		return err
	}
	return fmt.Errorf("%w: %w", kind, err)
}

// syncFile makes a regular file's bytes durable, whoever wrote them.
func syncFile(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// SyncDir makes the names in a folder durable.
func SyncDir(dir string) error { return syncFile(dir) }
