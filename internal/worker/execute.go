package worker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/driver/process"
	"tenon/internal/glue"
)

// How the worker ends a script on its own account: at Timeout and beyond a limit that leaves time for it.
const endGrace = 3 * time.Second

// drainWait bounds the wait for the end of the script's output once all its processes are dead. Only a process that
// escaped could hold the pipe open longer.
const drainWait = 2 * time.Second

// verdict is why the worker ends a script: the state and message of the result, and what the script gets between TERM
// and KILL.
type verdict struct {
	state   glue.RunState
	message string
	grace   time.Duration
	err     error // not nil: there shall be no result
}

// execute starts the script's process and sees it to its end. The first thing that happens decides: the script's own
// exit, or a verdict.
func (w *worker) execute(ctx context.Context, cmd *exec.Cmd, started time.Time) (verdict, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()

	watched := make(chan verdict, 1)
	var engine *etl
	if w.isETL() {
		var err error
		if engine, err = w.startEngine(ctx, started, watched); err != nil {
			return verdict{state: glue.RunFailed, message: err.Error()}, nil
		}
		defer engine.stop(w.lg)
	}
	logs, err := w.openLogs(cmd)
	if err != nil {
		return verdict{}, err
	}
	w.limitSelf()
	pid, exit, err := start(cmd)
	logs.handOver(err)
	if err != nil {
		return verdict{state: glue.RunFailed, message: fmt.Sprintf("the Python interpreter cannot be started: %v", err)}, nil
	}
	w.limitProcess(pid)
	wg.Go(func() { w.watch(ctx, pid, watched) })
	wg.Go(func() { w.watchScratch(ctx, watched) })
	wg.Go(func() { w.reportProgress(ctx, progressEvery) })

	v, exitErr := w.await(ctx, pid, exit, watched, started)
	if err := process.KillTree(os.Getpid(), reapAll); err != nil && !errors.Is(err, process.ErrUnsupported) {
		w.lg.Error("descendants are left", "error", err)
	}
	logs.wait(w.lg)
	engine.stop(w.lg) // before the result: it may still have files to report
	if v != nil {
		return *v, v.err
	}
	return w.explain(exitErr, logs.stderr.tail), nil
}

// start starts cmd, which bind made to die with this process. That bond is the kernel's with the
// thread that forked, so the goroutine that does it keeps its thread until the process has ended.
func start(cmd *exec.Cmd) (pid int, exit <-chan error, err error) {
	started, ended := make(chan error, 1), make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return 0, nil, err
	}
	return cmd.Process.Pid, ended, nil
}

// await waits for the script's exit, and brings it about when a verdict falls. It returns the verdict, or nil and the
// outcome of the script's own exit.
func (w *worker) await(ctx context.Context, pid int, exit <-chan error, watched <-chan verdict, started time.Time) (*verdict, error) {
	limit := w.spec.Timeout
	if limit <= 0 {
		limit = glue.MaxTimeoutMinutes * time.Minute
	}
	timeout := time.NewTimer(time.Until(started.Add(limit)))
	defer timeout.Stop()
	var fallen *verdict
	var kill <-chan time.Time
	end := func(v verdict) {
		if fallen != nil {
			return
		}
		fallen = &v
		if v.grace > 0 {
			signalGroup(w.lg, pid, syscall.SIGTERM)
		}
		kill = time.After(max(v.grace, 0))
	}
	stop, done := w.out.stop, ctx.Done()
	for {
		select {
		case err := <-exit:
			return fallen, err
		case grace := <-stop:
			end(verdict{state: glue.RunStopped, grace: grace})
		case <-timeout.C:
			end(verdict{state: glue.RunTimeout, message: fmt.Sprintf("Job run timed out after %v", limit), grace: endGrace})
		case v := <-watched:
			end(v)
		case <-done:
			done = nil
			end(verdict{state: glue.RunFailed, message: "the run's worker was terminated", grace: endGrace})
		case <-kill:
			if err := process.KillTree(os.Getpid(), letEnd); err != nil {
				signalGroup(w.lg, pid, syscall.SIGKILL)
			}
			kill = time.After(time.Second) // again, should it have slipped away
		}
	}
}

// reportProgress reports the usage so far from time to time. One that is still on its way is not followed by another.
func (w *worker) reportProgress(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if w.out.waiting(attempt.ReportProgress) {
			continue
		}
		usage := w.meter.usage()
		if _, err := w.out.put(ctx, attempt.Report{Kind: attempt.ReportProgress, Usage: &usage}); err != nil {
			return // ctx has ended
		}
	}
}
