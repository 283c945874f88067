package engine

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"tenon/internal/driver/blob"
	"tenon/internal/driver/blob/file"
	"tenon/internal/driver/engine/format"
	"tenon/python"
)

// TestShim runs what scripts do with frames through the Python shim and this engine, and holds every answer (rows,
// counts, the text of show) to a recording of PySpark 3.5.6. What is refused by name is listed, and is no failure.
func TestShim(t *testing.T) {
	e, err := Open(t.Context(), Config{ScratchDir: t.TempDir(), MemoryBytes: 1 << 30, Threads: 2, Reader: fakeFiles{}, Writer: fakeFiles{}})
	if err != nil {
		t.Fatal(err)
	}
	runShim(t, e, "tests.frames", "rows")
}

// TestExpectations runs the scripts of python/tests/expect, one for each trap of Spark's semantics, over real files,
// and holds names, types, rows, files and errors to what PySpark 3.5.6 answered, exactly. What is refused must stand
// in refused.txt there. EXPECT names the cases to run, all without it.
func TestExpectations(t *testing.T) {
	storage := t.TempDir()
	if err := os.Mkdir(filepath.Join(storage, "expect"), 0o755); err != nil {
		t.Fatal(err)
	}
	drv, err := file.New(storage)
	if err != nil {
		t.Fatal(err)
	}
	scratch := t.TempDir()
	files := format.New(format.Config{Storage: blob.New(drv), Scratch: scratch, StartMillis: time.Now().UnixMilli(), Threads: 2})
	e, err := Open(t.Context(), Config{ScratchDir: scratch, MemoryBytes: 1 << 30, Threads: 2, Reader: files, Writer: files})
	if err != nil {
		t.Fatal(err)
	}
	args := []string{storage}
	if only := os.Getenv("EXPECT"); only != "" {
		args = append(args, only)
	}
	runShim(t, e, "tests.expect.check", args...)
}

// testPython finds the Python of the tests' environment, which has pandas, and else the system's.
func testPython() (string, error) {
	own, err := filepath.Abs(filepath.Join("..", "..", "..", ".venv", "bin", "python"))
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(own); err == nil {
		return own, nil
	}
	return exec.LookPath("python3")
}

// runShim runs a module of the shim's tests against an engine, and closes the engine. The test fails when the module
// does.
func runShim(t *testing.T, e *Engine, module string, args ...string) {
	t.Helper()
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	interpreter, err := testPython()
	if err != nil {
		t.Fatal("no python3 on PATH")
	}
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
	cmd := exec.Command(interpreter, append([]string{"-m", module}, args...)...)
	cmd.Dir = filepath.Join("..", "..", "..", "python")
	cmd.Env = append(os.Environ(), python.EnvSocket+"="+socket, python.EnvToken+"=token", "PYTHONDONTWRITEBYTECODE=1")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if testing.Verbose() { // a long run shows what it finds at once
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	}
	if err := cmd.Run(); err != nil {
		t.Errorf("%v\n%s", err, out.Bytes())
	}
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
