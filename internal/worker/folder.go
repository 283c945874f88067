package worker

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// folderPrefix begins the names of temporary folders; it is short, since a socket's path has few bytes.
const folderPrefix = "tenon-py-"

// folderLock is the file in a temporary folder that its owner holds locked for as long as it lives.
const folderLock = "lock"

// Folder is a private temporary folder of this process. What its owner could not take away, having been killed, the next
// one to make such a folder does.
type Folder struct {
	Path string
	lock *os.File
}

// NewFolder makes a folder in parent, the system's for temporary files if that is empty, and takes away those there whose
// owners are dead.
func NewFolder(parent string) (*Folder, error) {
	if parent == "" {
		parent = os.TempDir()
	}
	sweepFolders(parent)
	dir, err := os.MkdirTemp(parent, folderPrefix)
	if err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	name := filepath.Join(dir, folderLock)
	lock, err := os.OpenFile(name+".new", os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		err = errors.Join(syscall.Flock(int(lock.Fd()), syscall.LOCK_EX), os.Rename(name+".new", name)) // never seen unlocked
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("worker: %w", err), os.RemoveAll(dir))
	}
	return &Folder{Path: dir, lock: lock}, nil
}

// Keep leaves the folder for good.
func (f *Folder) Keep() error {
	return errors.Join(os.Remove(filepath.Join(f.Path, folderLock)), f.lock.Close())
}

// Remove takes the folder away.
func (f *Folder) Remove() error { return errors.Join(os.RemoveAll(f.Path), f.lock.Close()) }

// sweepFolders takes away the folders of dead owners, as far as it may: what is left harms nobody. One without a lock is
// being made, or somebody else's.
func sweepFolders(parent string) {
	found, err := filepath.Glob(filepath.Join(parent, folderPrefix+"*", folderLock))
	if err != nil {
		return // the parent's name is a bad pattern
	}
	for _, name := range found {
		lock, err := os.OpenFile(name, os.O_WRONLY|syscall.O_NOFOLLOW, 0)
		if err != nil {
			continue // of another user, or gone
		}
		if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = os.RemoveAll(filepath.Dir(name))
		}
		_ = lock.Close()
	}
}
