package engine

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"tenon/python"
)

// TestShim runs what scripts do with frames through the Python shim and this engine, and holds every answer (rows,
// counts, the text of show) to a recording of PySpark 3.5.6. What is refused by name is listed, and is no failure.
func TestShim(t *testing.T) {
	interpreter, err := exec.LookPath("python3")
	if err != nil {
		t.Fatal("no python3 on PATH")
	}
	e, err := Open(t.Context(), Config{ScratchDir: t.TempDir(), MemoryBytes: 1 << 30, Threads: 2, Reader: fakeFiles{}, Writer: fakeFiles{}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	dir, err := os.MkdirTemp("", "shim") // a Unix socket's path has 108 bytes: t.TempDir is too long
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	socket := filepath.Join(dir, "s")
	ln, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- e.Serve(ctx, ln, "token", &recorder{}) }()
	cmd := exec.Command(interpreter, "-m", "tests.frames", "rows")
	cmd.Dir = filepath.Join("..", "..", "..", "python")
	cmd.Env = append(os.Environ(), python.EnvSocket+"="+socket, python.EnvToken+"=token", "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
