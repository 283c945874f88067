// Package attemptdir keeps an attempt's directory: the files that say, whatever crashed, whether the attempt's script
// may have begun, whether it has ended and whether its worker lives (package attempt has their names and meaning). The
// worker writes them, the plane reads them; both through this package, so that the protocol stands in one place.
//
// The protocol against double execution:
//
//   - The worker holds an exclusive flock on FileLock for life. The kernel drops it when the process ends, however it
//     ends, so "held" proves life and "free" proves death; no process id is trusted.
//   - FileStarted is created with O_EXCL and made durable before the script begins; whoever fails to create it must not
//     begin.
//   - FileResult appears whole (written aside, made durable, renamed) and only ever once the script has ended.
package attemptdir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/driver/process"
	"tenon/internal/glue"
)

// filePending holds reports that the plane had not acknowledged when the worker ended, to be delivered before the
// result. It is written before FileResult, and only if there are any.
const filePending = "pending.json"

// State is what a directory says about its attempt.
type State string

// The states of an attempt's directory, see package attempt.
const (
	Fresh State = "fresh" // lock free, no start, no result
	Held  State = "held"  // lock held
	Ended State = "ended" // lock free, result
	Lost  State = "lost"  // lock free, started, no result
)

// Dir is the path of an attempt's directory.
type Dir string

// File is the path of one of its files.
func (d Dir) File(name string) string { return filepath.Join(string(d), name) }

// Create makes the directory. Everybody may pass through it (a script that runs as another user has to), its files are
// the owner's alone. One that exists is no error.
func (d Dir) Create() error {
	if err := os.MkdirAll(string(d), 0o711); err != nil {
		return fmt.Errorf("attemptdir: %w", err)
	}
	return nil
}

// Look tells the state. Workers come and go while it looks, so the order of its three looks matters:
//
//   - started first: what has started and is then seen with a free lock is dead, for no second worker begins;
//   - the result last: what is dead has written all it ever will.
//
// Fresh may be out of date as soon as it is said: a worker that was spawned may take the lock at any moment.
func (d Dir) Look() (State, error) {
	started, err := d.has(attempt.FileStarted)
	if err != nil {
		return "", err
	}
	_, held, err := d.Holder()
	if err != nil {
		return "", err
	}
	if held {
		return Held, nil
	}
	ended, err := d.has(attempt.FileResult)
	switch {
	case err != nil:
		return "", err
	case ended:
		return Ended, nil
	case started:
		return Lost, nil
	}
	return Fresh, nil
}

// has tells whether a file of the directory exists.
func (d Dir) has(name string) (bool, error) {
	_, err := os.Lstat(d.File(name))
	if err == nil {
		return true, nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return false, fmt.Errorf("attemptdir: %w", err)
}

// WriteSpec writes FileSpec, readable by its owner only: it holds the run's secret key.
func (d Dir) WriteSpec(s attempt.Spec) error { return d.writeJSON(attempt.FileSpec, s) }

// ReadSpec reads FileSpec and refuses a protocol that this version does not speak.
func (d Dir) ReadSpec() (attempt.Spec, error) {
	var s attempt.Spec
	if err := d.readJSON(attempt.FileSpec, &s); err != nil {
		return s, err
	}
	if s.Protocol != attempt.Protocol && s.Protocol != attempt.Protocol-1 {
		return s, fmt.Errorf("attemptdir: spec has protocol %d, this is %d", s.Protocol, attempt.Protocol)
	}
	return s, nil
}

// MarkStarted creates FileStarted durably. It is fs.ErrExist if that was done before: then the script may have begun,
// and must not begin again.
func (d Dir) MarkStarted(now time.Time) error {
	f, err := os.OpenFile(d.File(attempt.FileStarted), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("attemptdir: %w", err)
	}
	_, err = fmt.Fprintln(f, now.UTC().Format(time.RFC3339Nano))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("attemptdir: %w", err)
	}
	return d.sync()
}

// StartedAt is when the script may have begun, zero if it has not.
func (d Dir) StartedAt() time.Time {
	b, err := os.ReadFile(d.File(attempt.FileStarted))
	if err != nil {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339Nano+"\n", string(b))
	if err != nil { // torn by a crash: the file's own time is as good
		if info, err := os.Stat(d.File(attempt.FileStarted)); err == nil {
			at = info.ModTime()
		}
	}
	return at
}

// WriteResult writes first the reports that are still to be delivered, then FileResult.
func (d Dir) WriteResult(pending []attempt.Report, r attempt.Result) error {
	if len(pending) > 0 {
		if err := d.writeJSON(filePending, pending); err != nil {
			return err
		}
	}
	return d.writeJSON(attempt.FileResult, r)
}

// ReadResult reads what WriteResult wrote. Without FileResult it is fs.ErrNotExist. Files that were damaged since will
// not get better: they are the result FAILED, which says so, for an attempt must end.
func (d Dir) ReadResult() (pending []attempt.Report, r attempt.Result, err error) {
	var bad *damagedError
	err = d.readJSON(attempt.FileResult, &r)
	if err == nil {
		err = checkResult(&r)
	}
	if err == nil {
		if err = d.readJSON(filePending, &pending); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	if errors.As(err, &bad) {
		return nil, attempt.Result{State: glue.RunFailed, ErrorMessage: "the result of the run cannot be read: " + bad.Error(),
			Started: d.StartedAt(), Ended: time.Now(), NextSeq: math.MaxInt64}, nil
	}
	return pending, r, err
}

// damagedError says that a file of ours does not hold what was written into it.
type damagedError struct {
	name string
	err  error
}

// Error names the file.
func (e *damagedError) Error() string { return fmt.Sprintf("attemptdir: decode %s: %v", e.name, e.err) }

// Unwrap is what is wrong.
func (e *damagedError) Unwrap() error { return e.err }

// checkResult refuses what no worker writes.
func checkResult(r *attempt.Result) error {
	switch r.State {
	case glue.RunSucceeded, glue.RunFailed, glue.RunTimeout, glue.RunStopped:
		if r.NextSeq > 0 {
			return nil
		}
	}
	return &damagedError{attempt.FileResult, fmt.Errorf("state %q, report %d", r.State, r.NextSeq)}
}

// writeJSON makes a file appear whole and durably: written aside, synced, renamed, the directory synced.
func (d Dir) writeJSON(name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("attemptdir: encode %s: %w", name, err)
	}
	aside := d.File(name + ".new")
	f, err := os.OpenFile(aside, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("attemptdir: %w", err)
	}
	_, err = f.Write(b)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("attemptdir: write %s: %w", name, err)
	}
	if err := os.Rename(aside, d.File(name)); err != nil {
		return fmt.Errorf("attemptdir: %w", err)
	}
	return d.sync()
}

// readJSON reads a file of ours.
func (d Dir) readJSON(name string, v any) error {
	b, err := os.ReadFile(d.File(name))
	if err != nil {
		return fmt.Errorf("attemptdir: %w", err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		return &damagedError{name, err}
	}
	return nil
}

// sync makes the names in the directory durable.
func (d Dir) sync() error {
	f, err := os.Open(string(d))
	if err != nil {
		return fmt.Errorf("attemptdir: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("attemptdir: %w", err)
	}
	return nil
}

// Lock is the worker's proof of life.
type Lock struct{ file *os.File }

// ErrHeld says that another process holds the lock.
var ErrHeld = errors.New("attemptdir: another worker holds the lock")

// lockTries is how often Lock asks: a plane that looks whether the lock is held has it for some microseconds.
const (
	lockTries = 5
	lockPause = 2 * time.Millisecond
)

// Lock takes the lock for the calling process and writes its identity into it. It does not wait for another worker.
func (d Dir) Lock() (*Lock, error) {
	f, err := os.OpenFile(d.File(attempt.FileLock), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("attemptdir: %w", err)
	}
	for try := 1; ; try++ {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) || try == lockTries {
			break
		}
		time.Sleep(lockPause)
	}
	if err != nil {
		_ = f.Close() // nothing was written
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrHeld
		}
		return nil, fmt.Errorf("attemptdir: lock: %w", err)
	}
	self, err := process.Find(os.Getpid())
	if err == nil {
		err = errors.Join(f.Truncate(0), write(f, self.ID.String()))
	}
	if err != nil {
		_ = f.Close() // the first error counts
		return nil, fmt.Errorf("attemptdir: lock: %w", err)
	}
	return &Lock{f}, nil
}

// write puts s at the beginning of f.
func write(f *os.File, s string) error {
	_, err := f.WriteAt([]byte(s), 0)
	return err
}

// Vanished tells whether the lock's file is gone from d, or is another one: the directory was removed or replaced.
func (l *Lock) Vanished(d Dir) bool {
	ours, err := l.file.Stat()
	if err != nil {
		return false // not known
	}
	there, err := os.Stat(d.File(attempt.FileLock))
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	return !os.SameFile(ours, there)
}

// Release gives the lock up. A worker does so by ending; tests call it.
func (l *Lock) Release() error { return l.file.Close() }

// Holder tells whether a worker holds the lock, and which process it says it is. That may be zero for an instant after
// the lock was taken. No such file, or directory, means that nobody does.
func (d Dir) Holder() (id process.ID, held bool, err error) {
	f, err := os.Open(d.File(attempt.FileLock))
	if errors.Is(err, fs.ErrNotExist) {
		return id, false, nil
	}
	if err != nil {
		return id, false, fmt.Errorf("attemptdir: %w", err)
	}
	defer f.Close() // only read from; this also gives up what the next line took
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if err == nil {
		return id, false, nil
	}
	if !errors.Is(err, syscall.EWOULDBLOCK) {
		return id, false, fmt.Errorf("attemptdir: probe lock: %w", err)
	}
	b := make([]byte, 64)
	n, _ := f.ReadAt(b, 0) // an unreadable identity is a zero one
	id, _ = process.ParseID(string(b[:n]))
	return id, true, nil
}
