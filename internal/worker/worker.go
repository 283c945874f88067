// Package worker is the child process of one local attempt of a run: it fetches the job's script, runs it under the
// shim with the embedded engine beside it, keeps its logs, holds it to its limits, and tells the plane what happened.
//
// It is started in the attempt's directory (package attemptdir) by driver/executor/local, and outlives the plane. Its
// life, as Main goes through it:
//
//	lock       one worker at a time
//	serve      the control socket: reports out, acknowledgements and Stop in (outbox)
//	prepare    scratch folder, script, environment; what fails here is the run's failure, no script ran
//	started    durable, so that no second worker begins the script
//	execute    Python in its own process group; whichever comes first ends it: its own exit, Stop, Timeout, a limit
//	sweep      nothing that the script started outlives the run
//	result     durable, then reported; the worker waits a while for the plane to take it
//
// A worker that is killed takes Python with it (PDEATHSIG); whatever else is left, the plane sweeps. A worker whose
// directory vanished kills its script and itself: nobody can want its result.
package worker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/driver/attemptdir"
	"tenon/internal/driver/blob"
	"tenon/internal/failpoint"
	"tenon/internal/glue"
)

// ackWait is how long a worker that has ended its run stays for the plane to take the result. Afterwards the plane finds
// it in the directory.
const ackWait = 10 * time.Second

// progressEvery is how often the usage so far is reported.
const progressEvery = 10 * time.Second

// worker is one attempt at work.
type worker struct {
	lg        *slog.Logger
	dir       attemptdir.Dir
	lock      *attemptdir.Lock
	spec      attempt.Spec
	token     string // the script's process proves by it that it is the script's
	out       *outbox
	storage   *blob.Storage
	owner     *owner // of the script's process
	bookmarks *bookmarks
	meter     meter
}

// errVanished ends a worker whose directory is gone.
var errVanished = errors.New("worker: the attempt's directory has vanished")

// Main runs the attempt whose directory is dir and returns when it is over: nil if it has a result or another worker
// has it in hand, else the fault that kept it from one. When ctx ends, so does the script, and the run has failed.
func Main(ctx context.Context, dir string) error {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	w := &worker{
		lg:    slog.New(slog.NewJSONHandler(os.Stderr, nil)),
		dir:   attemptdir.Dir(abs),
		token: newToken(),
	}
	failpoint.Hit("worker.before_lock")
	if w.lock, err = w.dir.Lock(); err != nil {
		if errors.Is(err, attemptdir.ErrHeld) {
			return nil
		}
		return err
	}
	failpoint.Hit("worker.after_lock")
	if w.spec, err = w.dir.ReadSpec(); err != nil {
		return err
	}
	if _, _, err := w.dir.ReadResult(); !errors.Is(err, fs.ErrNotExist) {
		return err // ended before
	}
	// Sockets are bound by their names alone: the whole path may be longer than an address holds.
	if err := os.Chdir(abs); err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	if err := becomeReaper(); err != nil {
		return err
	}
	defer runtime.KeepAlive(w.lock) // a collected file is closed, and the lock with it
	return w.run(ctx)
}

// run serves the control socket around the attempt.
func (w *worker) run(ctx context.Context) error {
	ln, err := listen(attempt.FileSocket)
	if err != nil {
		return err
	}
	w.out = newOutbox(w.spec.Key, w.lg)
	serving, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() { w.out.serve(serving, ln) })
	defer func() {
		hangUp()
		wg.Wait()
	}()

	result, err := w.attempt(ctx)
	if err != nil {
		return err
	}
	return w.finish(ctx, result)
}

// listen binds a Unix socket in the current directory, which only this user can connect to.
func listen(name string) (net.Listener, error) {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("worker: %w", err)
	}
	ln, err := net.Listen("unix", name)
	if err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	if err := os.Chmod(name, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("worker: %w", err), ln.Close())
	}
	return ln, nil
}

// attempt prepares and executes the script. An error means that there is no result: the script may have begun before,
// or the directory is gone.
func (w *worker) attempt(ctx context.Context) (attempt.Result, error) {
	cmd, err := w.prepare(ctx)
	if err != nil {
		return w.result(glue.RunFailed, err.Error(), time.Now()), nil
	}
	select {
	case <-w.out.stop:
		return w.result(glue.RunStopped, "", time.Now()), nil
	default:
	}
	failpoint.Hit("worker.before_started")
	started := time.Now()
	if err := w.dir.MarkStarted(started); err != nil {
		return attempt.Result{}, err
	}
	failpoint.Hit("worker.after_started")
	if _, err := w.out.put(ctx, attempt.Report{Kind: attempt.ReportStarted}); err != nil {
		return attempt.Result{}, err
	}
	end, err := w.execute(ctx, cmd, started)
	if err != nil {
		return attempt.Result{}, err
	}
	return w.result(end.state, end.message, started), nil
}

// result makes the attempt's result, now.
func (w *worker) result(state glue.RunState, message string, started time.Time) attempt.Result {
	return attempt.Result{
		State: state, ErrorMessage: w.presentable(message), Started: started.UTC(), Ended: time.Now().UTC(), Usage: w.meter.usage(),
	}
}

// finish makes the result durable, reports it, and waits a while for the plane to take it.
func (w *worker) finish(ctx context.Context, result attempt.Result) error {
	failpoint.Hit("worker.before_result")
	var pending []attempt.Report
	result.NextSeq, pending = w.out.next()
	if err := w.dir.WriteResult(pending, result); err != nil {
		return err
	}
	failpoint.Hit("worker.after_result")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ackWait)
	defer cancel()
	seq, err := w.out.put(ctx, attempt.Report{Kind: attempt.ReportResult, Result: &result})
	if err != nil {
		return err
	}
	if err := os.RemoveAll(w.dir.File(attempt.DirScratch)); err != nil {
		w.lg.Warn("scratch folder is left", "error", err)
	}
	if _, err := w.out.await(ctx, seq); err != nil {
		w.lg.Info("the plane has not taken the result; it is in the directory")
	}
	failpoint.Hit("worker.after_ack")
	return nil
}

// scratch is a folder of the attempt's scratch folder.
func (w *worker) scratch(name string) string {
	return filepath.Join(w.dir.File(attempt.DirScratch), name)
}

// isETL tells whether the script has the engine beside it.
func (w *worker) isETL() bool { return w.spec.Command.Name == glue.CommandETL }
