//go:build !linux

package process

import (
	"errors"
	"os"
	"syscall"
)

// Find knows only whether there is a process of that number.
func Find(pid int) (Info, error) {
	if err := syscall.Kill(pid, 0); errors.Is(err, syscall.ESRCH) {
		return Info{}, os.ErrProcessDone
	}
	return Info{ID: ID{PID: pid}}, nil
}

// List is not supported here.
func List() ([]Info, error) { return nil, ErrUnsupported }

// PSS is not supported here.
func PSS(int) (int64, error) { return 0, ErrUnsupported }

// Signal sends sig to the process of that number: this system has no start time to verify it by.
func (id ID) Signal(sig syscall.Signal) error {
	err := syscall.Kill(id.PID, sig)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}

// Alive tells whether there is a process of that number.
func (id ID) Alive() bool {
	_, err := Find(id.PID)
	return err == nil
}

// Marked is not supported here.
func Marked(string) ([]ID, error) { return nil, ErrUnsupported }
