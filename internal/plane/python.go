package plane

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// DirVenv is the virtual environment that `tenon python install` makes in the data directory.
const DirVenv = "python"

// findTimeout bounds asking an interpreter who it is.
const findTimeout = 10 * time.Second

// FindPython returns the interpreter that runs scripts, absolute: the configured one, else the virtual environment of
// the data directory, else the system's python3. A python3 that is a version manager's wrapper is asked for the program
// behind it, which saves its start-up at every run.
func FindPython(ctx context.Context, cfg Config) (string, error) {
	if cfg.Executor.Local.Python != "" {
		path, err := exec.LookPath(cfg.Executor.Local.Python)
		if err != nil {
			return "", fmt.Errorf("executor.local.python: %w", err)
		}
		return filepath.Abs(path)
	}
	venv := filepath.Join(cfg.DataDir, DirVenv, "bin", "python")
	if _, err := os.Stat(venv); err == nil {
		return filepath.Abs(venv)
	}
	found, err := exec.LookPath("python3")
	if err != nil {
		return "", fmt.Errorf("no python3 on PATH: install Python 3.9 or later, or name one in executor.local.python")
	}
	ctx, cancel := context.WithTimeout(ctx, findTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, found, "-I", "-c", "import sys; print(sys.executable)")
	out, err := cmd.Output()
	real := strings.TrimSpace(string(out))
	if err != nil || !filepath.IsAbs(real) {
		return "", fmt.Errorf("%s does not run: %v", found, err)
	}
	return real, nil
}

// search looks for the interpreter beside what else a start has to do; the answer comes when it is asked for.
func search(ctx context.Context, cfg Config) (found func() (string, error)) {
	type answer struct {
		path string
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		path, err := FindPython(ctx, cfg)
		answered <- answer{path, err}
	}()
	return func() (string, error) {
		a := <-answered
		return a.path, a.err
	}
}
