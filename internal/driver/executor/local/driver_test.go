package local

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"tenon/internal/attempt"
	"tenon/internal/driver/executor/executortest"
	"tenon/internal/glue"
)

// TestMain fails when a driver leaves a goroutine behind. The suite over real workers is in package worker.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open makes a driver whose workers are some program.
func open(t *testing.T, executable string, args ...string) (*Driver, *executortest.Recorder) {
	t.Helper()
	sink := executortest.NewRecorder()
	d, err := New(slog.New(slog.DiscardHandler), Config{Root: filepath.Join(t.TempDir(), "attempts"), Executable: executable, Args: args}, sink)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d, sink
}

// TestNoProgram: a worker that cannot be spawned is an error of Start, and nothing is left open.
func TestNoProgram(t *testing.T) {
	d, sink := open(t, "/nonexistent/tenon")
	key := executortest.Key(1)
	for range 2 {
		if err := d.Start(t.Context(), attempt.Spec{Key: key}); err == nil {
			t.Error("started")
		}
	}
	if n := len(sink.Of(key)); n != 0 {
		t.Errorf("%d reports", n)
	}
	if err := d.Forget(t.Context(), key); err != nil {
		t.Error(err)
	}
}

// TestWorkerNeverBegins: a worker that dies before it begins is spawned again, a few times; then the attempt has failed,
// with the worker's own last words.
func TestWorkerNeverBegins(t *testing.T) {
	d, sink := open(t, "/bin/sh", "-c", "echo spawned >> count; echo no library >&2; exit 127")
	key := executortest.Key(1)
	if err := d.Start(t.Context(), attempt.Spec{Key: key}); err != nil {
		t.Fatal(err)
	}
	r := sink.Result(t, key)
	if r.State != glue.RunFailed || !strings.Contains(r.ErrorMessage, "the worker could not be started: no library") || !r.Started.IsZero() {
		t.Errorf("%+v", r)
	}
	if got := strings.Count(r.ErrorMessage, "no library"); got != maxSpawns {
		t.Errorf("spawned %d times", got)
	}
}

// TestDirectoryVanishes: a script that removes its attempt's directory is told so, and that the worker began is not denied.
func TestDirectoryVanishes(t *testing.T) {
	d, sink := open(t, "/bin/sh", "-c", `rm -rf "$0"`)
	key := executortest.Key(1)
	if err := d.Start(t.Context(), attempt.Spec{Key: key}); err != nil {
		t.Fatal(err)
	}
	if r := sink.Result(t, key); r.State != glue.RunFailed || r.ErrorMessage != "the attempt's directory vanished while the run was running" {
		t.Errorf("%+v", r)
	}
}

// TestConfig: a driver without a folder is refused.
func TestConfig(t *testing.T) {
	if _, err := New(slog.New(slog.DiscardHandler), Config{}, executortest.NewRecorder()); err == nil {
		t.Error("no root was taken")
	}
}
