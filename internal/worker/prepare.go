package worker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"tenon/internal/attempt"
	"tenon/internal/glue"
	"tenon/python"
)

// prepare makes the command that runs the script, and all it needs. An error is the run's ErrorMessage.
func (w *worker) prepare(ctx context.Context) (*exec.Cmd, error) {
	s := w.spec
	switch s.Command.Name {
	case glue.CommandETL, glue.CommandShell:
	default:
		return nil, fmt.Errorf("command %s is not supported by Tenon's local engine; %s and %s are", s.Command.Name, glue.CommandETL, glue.CommandShell)
	}
	if err := checkParameters(s.Arguments); err != nil {
		return nil, err
	}
	args, err := argv(s)
	if err != nil {
		return nil, err
	}
	// A worker that was spawned again may find what its predecessor left, but for the script nothing has happened yet.
	if err := os.RemoveAll(w.dir.File(attempt.DirScratch)); err != nil {
		return nil, err
	}
	for _, name := range []string{dirWork, dirLib, dirHome, dirTmp, dirAWS, dirEngine} {
		if err := os.MkdirAll(w.scratch(name), 0o700); err != nil {
			return nil, err
		}
	}
	if err := w.writeAWSFiles(); err != nil {
		return nil, err
	}
	if w.storage, err = openStorage(ctx, s); err != nil {
		return nil, err
	}
	f, err := w.fetchFiles(ctx)
	if err != nil {
		return nil, err
	}
	env, err := w.environment(f)
	if err != nil {
		return nil, err
	}
	if s.Python == "" {
		return nil, errors.New("there is no Python interpreter; tenon doctor says what to do")
	}
	if _, err := os.Stat(s.Python); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the Python interpreter %s does not exist; tenon doctor says which one to use", s.Python)
	}
	runner := filepath.Join(s.ShimDir, filepath.FromSlash(python.Runner))
	cmd := exec.Command(s.Python, append([]string{runner, f.script}, args...)...)
	cmd.Dir, cmd.Env = w.scratch(dirWork), env
	bind(cmd)
	if s.RunAs != "" {
		if err := w.runAs(cmd, s.RunAs); err != nil {
			return nil, err
		}
	}
	return cmd, nil
}

// owner is the user that a script runs as, when that is not the server's own; nil when it is.
type owner struct{ uid, gid int }

// give makes path the owner's.
func (o *owner) give(path string) error {
	if o == nil {
		return nil
	}
	if err := os.Lchown(path, o.uid, o.gid); err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	return nil
}

// runAs makes cmd run as another user, whom the scratch folder is given to. Only root can do so. The user must be able
// to reach the data directory and the shim; to the storage folder it needs no access, unless a script opens its files
// directly.
func (w *worker) runAs(cmd *exec.Cmd, name string) error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("local.user is %s, but only a Tenon that runs as root can start scripts as another user", name)
	}
	u, err := user.Lookup(name)
	if err != nil {
		return fmt.Errorf("local.user: %w", err)
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(err1, err2); err != nil {
		return fmt.Errorf("local.user: %w", err)
	}
	w.owner = &owner{int(uid), int(gid)}
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return filepath.WalkDir(w.dir.File(attempt.DirScratch), func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, w.owner.give(path))
	})
}
