package local

import (
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"tenon/internal/attempt"
	"tenon/internal/driver/attemptdir"
	"tenon/internal/failpoint"
)

// workerPath is PATH for workers, which hand it to their scripts.
const workerPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// maxLastWords bounds what of a worker's own output goes into an error message, in bytes.
const maxLastWords = 2048

// child is a worker that this plane spawned.
type child struct {
	gone chan struct{} // closed once it was waited for
	exit error         // how it ended, for the log; set before gone is closed
}

// spawn starts a worker for dir: a session of its own, so that no terminal's or plane's end reaches it; no input; its
// own output (a crash's trace, not the script's logs) in a file of the directory; an environment of nothing but a path,
// a home, and what the spec hands through.
func (d *Driver) spawn(dir attemptdir.Dir, passEnv []string) (*child, error) {
	out, err := os.OpenFile(dir.File(attempt.FileWorkerLog), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close() // the child has its own copy

	cmd := exec.Command(d.cfg.Executable, append(append([]string{}, d.cfg.Args...), string(dir))...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Dir = string(dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	// One goroutine's trace is enough, and bounds what a crash writes.
	cmd.Env = []string{"PATH=" + workerPath, "HOME=" + string(dir), "GOTRACEBACK=single"}
	for _, name := range append(passEnv, failpoint.Passed()...) {
		if v, ok := os.LookupEnv(name); ok {
			cmd.Env = append(cmd.Env, name+"="+v)
		}
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &child{gone: make(chan struct{})}
	// Waiting reaps it. This goroutine lives as long as the worker, which may be longer than the driver: Close does not
	// wait for it, and a plane that ends leaves its workers to init.
	go func() {
		c.exit = cmd.Wait()
		close(c.gone)
	}()
	return c, nil
}

// fate says how the worker ended, as far as this plane knows.
func (c *child) fate() string {
	switch {
	case c == nil:
		return "not known: another plane spawned it"
	case !c.exited():
		return "not waited for yet"
	case c.exit == nil:
		return "exit status 0"
	}
	return c.exit.Error()
}

// exited tells whether the worker has ended.
func (c *child) exited() bool {
	select {
	case <-c.gone:
		return true
	default:
		return false
	}
}

// lastWords is the end of a worker's own output, on one line.
func lastWords(dir attemptdir.Dir) string {
	f, err := os.Open(dir.File(attempt.FileWorkerLog))
	if err != nil {
		return "it left no output"
	}
	defer f.Close() // only read from
	if info, err := f.Stat(); err == nil && info.Size() > maxLastWords {
		if _, err := f.Seek(-maxLastWords, io.SeekEnd); err != nil {
			return "its output cannot be read"
		}
	}
	b, err := io.ReadAll(io.LimitReader(f, maxLastWords))
	text := strings.Join(strings.Fields(string(b)), " ")
	if err != nil || text == "" {
		return "it left no output"
	}
	return text
}
