package worker

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/driver/attemptdir"
	"tenon/internal/driver/executor"
	"tenon/internal/driver/executor/executortest"
	"tenon/internal/driver/process"
	"tenon/internal/glue"
)

// until repeats f until it is true.
func until(t *testing.T, what string, f func() bool) {
	t.Helper()
	deadline := time.NewTimer(executortest.Patience)
	defer deadline.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !f() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("not within %v: %s", executortest.Patience, what)
		}
	}
}

// noneLeft checks that no process of the attempt's script is left.
func noneLeft(t *testing.T, dir attemptdir.Dir) {
	t.Helper()
	until(t, "no process is left", func() bool {
		left, err := process.Marked(attempt.EnvMark + "=" + string(dir))
		if err != nil {
			t.Fatal(err)
		}
		return len(left) == 0
	})
}

// kill kills the worker of an attempt.
func kill(t *testing.T, dir attemptdir.Dir) {
	t.Helper()
	id, held, err := dir.Holder()
	if err != nil || !held {
		t.Fatalf("holder: %v, %v", held, err)
	}
	if err := id.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

// hangWithChild is a script with a process in a session of its own, which no signal to the script reaches.
const hangWithChild = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(600)\nprint('ready', flush=True)\ntime.sleep(600)\n"

// TestWorkerKilled: the run fails as lost, what the script left running is ended, and a later driver is told the same.
func TestWorkerKilled(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	spec := b.spec(t, executortest.Key(1), hangWithChild)
	b.start(t, spec)
	dir := b.driver.Dir(spec.Key)
	until(t, "the script is ready", func() bool { return b.log(t, spec.Key, attemptdir.Output) == "ready\n" })
	kill(t, dir)
	r := b.sink.Result(t, spec.Key)
	if r.State != glue.RunFailed || r.ErrorMessage != "worker ended without a result" || r.Started.IsZero() {
		t.Errorf("result: %+v", r)
	}
	noneLeft(t, dir)
	if _, err := os.Stat(dir.File(attempt.DirScratch)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("scratch folder: %v", err)
	}
	told := len(b.sink.Of(spec.Key)) // the result, and the start if the worker lived long enough to tell it
	if found, err := b.driver.Recover(t.Context(), []attempt.Key{spec.Key}); err != nil || found[spec.Key] != executor.Lost {
		t.Errorf("recover: %v, %v", found, err)
	}
	if err := b.driver.Start(t.Context(), spec); err != nil {
		t.Error(err)
	}
	if n := len(b.sink.Of(spec.Key)); n != told {
		t.Errorf("%d reports, %d of them after the result", n, n-told)
	}
}

// TestWorkerKilledWhileStopping: what was to be stopped is STOPPED.
func TestWorkerKilledWhileStopping(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	spec := b.spec(t, executortest.Key(1), "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready', flush=True)\nwhile True: time.sleep(1)\n")
	b.start(t, spec)
	until(t, "the script is ready", func() bool { return b.log(t, spec.Key, attemptdir.Output) == "ready\n" })
	if err := b.driver.Stop(t.Context(), spec.Key); err != nil {
		t.Fatal(err)
	}
	kill(t, b.driver.Dir(spec.Key))
	if r := b.sink.Result(t, spec.Key); r.State != glue.RunStopped {
		t.Errorf("result: %+v", r)
	}
}

// TestDirectoryVanished: a worker without its directory ends its script and itself.
func TestDirectoryVanished(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	spec := b.spec(t, executortest.Key(1), hangWithChild)
	b.start(t, spec)
	dir := b.driver.Dir(spec.Key)
	until(t, "the script is ready", func() bool { return b.log(t, spec.Key, attemptdir.Output) == "ready\n" })
	id, held, err := dir.Holder()
	if err != nil || !held {
		t.Fatalf("holder: %v, %v", held, err)
	}
	if err := os.Rename(string(dir), string(dir)+"-gone"); err != nil {
		t.Fatal(err)
	}
	until(t, "the worker ends", func() bool { return !id.Alive() })
	noneLeft(t, dir)
	if r := b.sink.Result(t, spec.Key); r.State != glue.RunFailed {
		t.Errorf("result: %+v", r)
	}
}

// TestTwoWorkers: a second worker of an attempt does nothing, whether the first lives, has begun or has ended.
func TestTwoWorkers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	spec := b.spec(t, executortest.Key(1), "print('once')\n")
	if r := b.run(t, spec); r.State != glue.RunSucceeded {
		t.Fatalf("%+v", r)
	}
	dir := b.driver.Dir(spec.Key)
	until(t, "the worker has ended", func() bool { s, err := dir.Look(); return err == nil && s == attemptdir.Ended })
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	second := func() {
		t.Helper()
		p, err := os.StartProcess(program, []string{program, "worker", string(dir)}, &os.ProcAttr{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	second() // has ended
	if err := os.Remove(dir.File(attempt.FileResult)); err != nil {
		t.Fatal(err)
	}
	second() // may have begun
	lock, err := dir.Lock()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(dir.File(attempt.FileStarted)); err != nil {
		t.Fatal(err)
	}
	second() // another holds the lock
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	if out := b.log(t, spec.Key, attemptdir.Output); out != "once\n" {
		t.Errorf("output: %q", out)
	}
}

// TestPlaneAway: reports that no plane took are delivered, in their order and before the result, by the next one.
func TestPlaneAway(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.sink = executortest.NewRecorder()
	b.sink.Decide = func(attempt.Report) error { return fmt.Errorf("the store is away") }
	spec := b.spec(t, executortest.Key(1), "print('done')\n")
	first := b.open(t, b.sink)
	if err := first.Start(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	b.sink.Asked(t, spec.Key, attempt.ReportStarted)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	dir := first.Dir(spec.Key)
	until(t, "the result is there", func() bool { _, _, err := dir.ReadResult(); return err == nil })
	kill(t, dir) // it waits for somebody to take the result
	sink := executortest.NewRecorder()
	second := b.open(t, sink)
	defer func() {
		if err := second.Close(); err != nil {
			t.Error(err)
		}
	}()
	until(t, "the lock is free", func() bool { _, held, err := dir.Holder(); return err == nil && !held })
	if _, err := second.Recover(t.Context(), []attempt.Key{spec.Key}); err != nil {
		t.Fatal(err)
	}
	if r := sink.Result(t, spec.Key); r.State != glue.RunSucceeded {
		t.Errorf("result: %+v", r)
	}
	all := sink.Of(spec.Key)
	if len(all) != 2 || all[0].Kind != attempt.ReportStarted || all[0].Seq != 1 || all[1].Seq != 2 {
		t.Errorf("reports: %+v", all)
	}
}

// public lets every user reach the bench: a test's folders are its own user's alone.
func (b *bench) public(t *testing.T) {
	t.Helper()
	for dir := b.root; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRunAs: the script is another user, who can write into its own folders and cannot read the attempt's files.
func TestRunAs(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	b := newBench(t)
	script := `import os, resource
print(os.getuid(), os.getgid(), os.getgroups(), resource.getrlimit(resource.RLIMIT_NPROC))
open('mine', 'w').write('x')
try:
    open(os.environ['TENON_ATTEMPT_DIR'] + '/spec.json')
except PermissionError:
    print('denied')
`
	spec := b.spec(t, executortest.Key(1), script)
	spec.RunAs = "nobody"
	b.public(t)
	r := b.run(t, spec)
	if out := b.log(t, spec.Key, attemptdir.Output); r.State != glue.RunSucceeded || out != "65534 65534 [] (416, 416)\ndenied\n" {
		t.Errorf("%+v\n%s\n%s", r, out, b.log(t, spec.Key, attemptdir.Errors))
	}
}

// TestDeepDirectory: a data directory may lie deeper than a Unix socket's address is long.
func TestDeepDirectory(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.root = filepath.Join(b.root, strings.Repeat("deep/", 30))
	spec := b.spec(t, executortest.Key(1), "print('deep')\n")
	if r := b.run(t, spec); r.State != glue.RunSucceeded {
		t.Errorf("%+v", r)
	}
}

// TestNoFilesLeft: a driver gives back every file and socket it used. (Goroutines: see TestMain.)
func TestNoFilesLeft(t *testing.T) {
	count := func() int {
		t.Helper()
		open, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip("this system does not list open files")
		}
		return len(open)
	}
	b := newBench(t)
	sink := executortest.NewRecorder()
	round := func(n int) {
		t.Helper()
		d := b.open(t, sink)
		for i := range 3 {
			spec := b.spec(t, executortest.Key(n*10+i), "print('x')\n")
			if err := d.Start(t.Context(), spec); err != nil {
				t.Fatal(err)
			}
			sink.Result(t, spec.Key)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	round(0) // what the runtime opens once
	before := count()
	for n := range 3 {
		round(n + 1)
	}
	until(t, "no more files are open than before", func() bool { return count() <= before })
}
