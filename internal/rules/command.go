package rules

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Limits of commands.
const (
	maxOutput   = 64 << 10        // bytes of output that are kept: the last
	commandWait = 2 * time.Second // for output, after the command has ended: somebody else may hold it open
)

// runCommand runs a command with the event on standard input, and returns the end of its output. There is no shell: the
// first word is the program, looked up in PATH, and the others are its arguments. It gets TENON_EVENT_ID, TENON_RULE, PATH
// and HOME, and nothing else of the plane's environment, which may hold secrets. It leads a process group, which is killed
// when the command has ended, or at the timeout; what has left the group goes on, and is no failure.
func runCommand(ctx context.Context, d *delivery, timeout time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var out tail
	cmd := exec.CommandContext(ctx, d.target.Command[0], d.target.Command[1:]...)
	cmd.Env = []string{"TENON_EVENT_ID=" + d.id, "TENON_RULE=" + d.rule, "PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}
	cmd.Dir = os.TempDir()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(d.doc), &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = commandWait
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("rules: command: %w", err)
	}
	err := waitGroup(cmd)
	switch {
	case ctx.Err() == context.DeadlineExceeded:
		err = fmt.Errorf("rules: command: killed after %s", timeout)
	case errors.Is(err, exec.ErrWaitDelay):
		err = nil // it did well, and left something in a group of its own that holds its output open
	case err != nil:
		err = fmt.Errorf("rules: command: %w: %s", err, strings.TrimSpace(string(out.kept)))
	}
	return out.kept, err
}

// tail keeps the last maxOutput bytes written to it.
type tail struct{ kept []byte }

// Write never fails: a command must not end because it talks much.
func (t *tail) Write(b []byte) (int, error) {
	t.kept = append(t.kept, b[max(0, len(b)-maxOutput):]...)
	if over := len(t.kept) - maxOutput; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(b), nil
}
