package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/driver/attemptdir"
	"tenon/internal/driver/executor"
	"tenon/internal/driver/process"
	"tenon/internal/glue"
)

// How a keeper waits. Connecting begins at firstWait, because a worker serves its socket some milliseconds after it was
// spawned; a sink that fails is asked again from sinkWait on.
const (
	firstWait = time.Millisecond
	sinkWait  = 50 * time.Millisecond
	maxWait   = time.Second
)

// maxSpawns bounds how often an attempt's worker is spawned before its script began: more often it is a fault of the
// machine, which the attempt's error message then tells.
const maxSpawns = 3

// killSlack is what a worker gets, beyond its script's grace, to write its result before it is killed itself.
const killSlack = 5 * time.Second

// SeqLost is the Seq of the report that a driver makes about a lost attempt: it is later than any of the worker's.
const SeqLost = math.MaxInt64

// The ErrorMessages of an attempt that is lost, and of one whose script, or somebody else, removed its directory.
const (
	messageLost     = "worker ended without a result"
	messageVanished = "the attempt's directory vanished while the run was running"
)

// keeper looks after one open attempt, from its spawn to the moment the sink has its result.
type keeper struct {
	d   *Driver
	key attempt.Key
	dir attemptdir.Dir

	begun chan struct{} // closed once startErr is set: the start succeeded or failed
	// startErr is Start's answer to those who called it again. Written once, before begun is closed.
	startErr error
	stopping chan struct{} // closed by the first Stop
	stopOnce sync.Once

	// The fields below belong to the goroutine of run (and to Start before it).
	child  *child // the worker spawned last, nil if another plane spawned it
	spawns int    // how often
}

// newKeeper makes a keeper that does not run yet.
func newKeeper(d *Driver, key attempt.Key) *keeper {
	return &keeper{d: d, key: key, dir: d.Dir(key), begun: make(chan struct{}), stopping: make(chan struct{})}
}

// resolve sets the outcome of the start. Later calls change nothing.
func (k *keeper) resolve(err error) {
	select {
	case <-k.begun:
	default:
		k.startErr = err
		close(k.begun)
	}
}

// started waits for the outcome of a start that another caller makes.
func (k *keeper) started(ctx context.Context) error {
	select {
	case <-k.begun:
		return k.startErr
	case <-ctx.Done():
		return ctx.Err()
	}
}

// stop asks for the attempt's end.
func (k *keeper) stop() { k.stopOnce.Do(func() { close(k.stopping) }) }

// stopped tells whether the attempt's end was asked for.
func (k *keeper) stopped() bool {
	select {
	case <-k.stopping:
		return true
	default:
		return false
	}
}

// spawn starts a worker in the directory.
func (k *keeper) spawn(passEnv []string) error {
	c, err := k.d.spawn(k.dir, passEnv)
	if err != nil {
		return fmt.Errorf("local: spawn %s: %w", k.key, err)
	}
	k.child = c
	k.spawns++
	return nil
}

// run is the keeper's goroutine: it goes on until the sink has the attempt's result or the driver is closed.
func (k *keeper) run() {
	defer k.d.drop(k, nil)
	killer, cancel := context.WithCancel(k.d.ctx)
	killed := make(chan struct{})
	go func() {
		defer close(killed)
		k.killWhenOverdue(killer)
	}()
	defer func() {
		cancel()
		<-killed
	}()

	for wait := firstWait; k.d.ctx.Err() == nil; {
		done, met := k.converse()
		if done {
			return
		}
		if met {
			wait = firstWait
		}
		done, err := k.settle()
		if err != nil {
			k.d.lg.Error("attempt cannot be settled", "run", k.key.Run, "attempt", k.key.Attempt, "error", err)
		}
		if done {
			return
		}
		pause(k.d.ctx, wait)
		wait = min(2*wait, maxWait)
	}
}

// settle looks at the directory after a connection failed or ended. It is done if the sink has the attempt's result.
func (k *keeper) settle() (done bool, err error) {
	// The child is looked at first: one that ended afterwards is still there for the next round to see.
	gone := k.child == nil || k.child.exited()
	state, err := k.dir.Look()
	if err != nil {
		return false, err
	}
	switch state {
	case attemptdir.Held:
		return false, nil
	case attemptdir.Ended:
		return k.deliver()
	case attemptdir.Lost:
		k.d.lg.Error("worker ended without a result", "run", k.key.Run, "attempt", k.key.Attempt, "fate", k.child.fate(), "last_words", lastWords(k.dir))
		k.d.sweep(k.key)
		return k.report(k.lost(messageLost)), nil
	}
	if !gone {
		return false, nil // it has yet to take the lock
	}
	if k.stopped() {
		return k.report(k.lost("")), nil
	}
	spec, err := k.dir.ReadSpec()
	if errors.Is(err, fs.ErrNotExist) { // it was written before the first spawn
		k.d.lg.Error("attempt's directory vanished", "run", k.key.Run, "attempt", k.key.Attempt, "dir", k.dir)
		k.d.sweep(k.key)
		return k.report(k.lost(messageVanished)), nil
	}
	if err == nil && k.spawns < maxSpawns {
		return false, k.spawn(spec.PassEnv)
	}
	if err == nil {
		err = errors.New(lastWords(k.dir))
	}
	return k.report(k.lost(fmt.Sprintf("the worker could not be started: %v", err))), nil
}

// deliver hands the reports that the worker left behind to the sink, the result last.
func (k *keeper) deliver() (done bool, err error) {
	pending, result, err := k.dir.ReadResult()
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil // removed meanwhile; the next look says what that means
		}
		return false, err
	}
	k.d.sweep(k.key)
	for _, r := range pending {
		if !k.report(r) {
			return false, nil
		}
	}
	return k.report(attempt.Report{Key: k.key, Seq: result.NextSeq, At: result.Ended, Kind: attempt.ReportResult, Result: &result}), nil
}

// lost is the report about an attempt that has no result: STOPPED if that was asked for, else FAILED with message.
func (k *keeper) lost(message string) attempt.Report {
	now := time.Now()
	result := attempt.Result{
		State: glue.RunFailed, ErrorMessage: message, Started: k.dir.StartedAt(), Ended: now, NextSeq: SeqLost,
	}
	if k.stopped() {
		result.State, result.ErrorMessage = glue.RunStopped, ""
	}
	return attempt.Report{Key: k.key, Seq: SeqLost, At: now, Kind: attempt.ReportResult, Result: &result}
}

// sweep ends what an attempt's dead worker left running, and frees the disk its script used.
func (d *Driver) sweep(key attempt.Key) {
	dir := d.Dir(key)
	ids, err := process.Marked(attempt.EnvMark + "=" + string(dir))
	if err != nil && !errors.Is(err, process.ErrUnsupported) {
		d.lg.Error("processes of a dead worker cannot be listed", "run", key.Run, "attempt", key.Attempt, "error", err)
	}
	for _, id := range ids {
		if err := id.Signal(syscall.SIGKILL); err != nil && !errors.Is(err, os.ErrProcessDone) {
			d.lg.Error("process of a dead worker is left", "run", key.Run, "attempt", key.Attempt, "pid", id.PID, "error", err)
		}
	}
	if err := os.RemoveAll(dir.File(attempt.DirScratch)); err != nil {
		d.lg.Warn("scratch folder is left", "run", key.Run, "attempt", key.Attempt, "error", err)
	}
	if err := d.settleOutput(key); err != nil {
		d.lg.Error("output of a dead worker is left unfinished", "run", key.Run, "attempt", key.Attempt, "error", err)
	}
}

// settleOutput finishes the output that a dead worker had decided to publish, and discards what it had not: readers see
// all of a sink's files or none.
func (d *Driver) settleOutput(key attempt.Key) error {
	if d.cfg.Storage == nil {
		return nil
	}
	ids, err := d.cfg.Storage.Stages()
	for _, id := range ids {
		if !strings.HasPrefix(id, key.Name()+"-") {
			continue
		}
		stage, openErr := d.cfg.Storage.OpenStage(id)
		switch {
		case openErr != nil:
			err = errors.Join(err, openErr)
		case stage.Sealed():
			_, publishErr := stage.Publish(d.ctx)
			err = errors.Join(err, publishErr)
		default:
			err = errors.Join(err, stage.Discard())
		}
	}
	return err
}

// report hands r to the sink until it is taken or refused. False means that the driver was closed before.
func (k *keeper) report(r attempt.Report) bool {
	_, ok := k.offer(r)
	return ok
}

// offer is report, and tells why r was refused: empty if it was taken.
func (k *keeper) offer(r attempt.Report) (refused string, ok bool) {
	for wait := sinkWait; ; wait = min(2*wait, maxWait) {
		err := k.d.sink.Report(k.d.ctx, r)
		if err == nil {
			return "", true
		}
		var no *executor.Refused
		if errors.As(err, &no) {
			return no.Reason, true
		}
		if k.d.ctx.Err() != nil {
			return "", false
		}
		k.d.lg.Warn("report was not taken, will try again", "run", k.key.Run, "attempt", k.key.Attempt, "kind", r.Kind, "error", err)
		pause(k.d.ctx, wait)
	}
}

// killWhenOverdue waits for a Stop, then for its grace and some slack, and ends a worker that is still there: TERM, then
// KILL. It goes by the identity in the lock's file, verified, and only while the lock is held.
func (k *keeper) killWhenOverdue(ctx context.Context) {
	select {
	case <-ctx.Done():
		return
	case <-k.stopping:
	}
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		pause(ctx, k.d.cfg.Grace+killSlack)
		if ctx.Err() != nil {
			return
		}
		id, held, err := k.dir.Holder()
		if err != nil || !held || id.PID == 0 {
			continue
		}
		k.d.lg.Warn("worker does not stop, is signalled", "run", k.key.Run, "attempt", k.key.Attempt, "pid", id.PID, "signal", sig)
		if err := id.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
			k.d.lg.Error("worker cannot be signalled", "run", k.key.Run, "attempt", k.key.Attempt, "error", err)
		}
	}
}

// pause waits for d or for ctx, whichever is first.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
