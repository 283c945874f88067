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

// NewFolder makes a folder, and takes away those whose owners are dead.
func NewFolder() (*Folder, error) {
	sweepFolders()
	dir, err := os.MkdirTemp("", folderPrefix)
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

// Remove takes the folder away.
func (f *Folder) Remove() error { return errors.Join(os.RemoveAll(f.Path), f.lock.Close()) }

// sweepFolders takes away the folders of dead owners, as far as it may: what is left harms nobody. One without a lock is
// being made, or somebody else's.
func sweepFolders() {
	found, err := filepath.Glob(filepath.Join(os.TempDir(), folderPrefix+"*", folderLock))
	if err != nil {
		return // the name of the folder of temporary files is a bad pattern
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
