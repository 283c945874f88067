// Package fake is an executor that runs attempts in memory, as a plan says: for tests and benchmarks, never selectable
// in a server. It keeps the contract of executor.Driver to the letter, and breaks it where a plan asks for it: starts
// that fail, reports that come twice, workers that vanish.
//
// A Driver stands for the machine that the workers run on. It outlives a plane: Connect gives it the sink of the next
// one, and reports that the old one did not acknowledge go there.
package fake

import (
	"context"
	"errors"
	"sync"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/driver/executor"
	"tenon/internal/glue"
)

// Plan is how one attempt behaves. The zero Plan succeeds at once.
type Plan struct {
	StartError string        // Start fails so, and nothing runs
	Duration   time.Duration // of the script
	State      glue.RunState // at the end; empty is SUCCEEDED
	Error      string        // ErrorMessage of the result
	Usage      glue.Usage
	Files      []attempt.File                                  // reported after the start
	Commit     func(spec attempt.Spec) *attempt.BookmarkCommit // reported before the end; a refusal fails the attempt
	Twice      bool                                            // every report comes twice
	Vanish     bool                                            // the worker is gone after Duration, without a result
	Deaf       bool                                            // ignores Stop
}

// retryEvery is how long a report waits before it is offered again to a sink that failed.
const retryEvery = 5 * time.Millisecond

// Driver implements executor.Driver. It is safe for concurrent use.
type Driver struct {
	plan func(attempt.Spec) Plan
	quit chan struct{}
	wg   sync.WaitGroup

	mu       sync.Mutex // guards what follows
	sink     executor.Sink
	attempts map[attempt.Key]*worker
	begun    map[attempt.Key]int // how often the script of an attempt began
}

// worker is one attempt.
type worker struct {
	spec     attempt.Spec
	plan     Plan
	stop     chan struct{}
	stopOnce sync.Once
	ended    bool // guarded by Driver.mu
	lost     bool // guarded by Driver.mu
}

// New returns a machine on which attempts behave as plan says; nil is the zero Plan for all.
func New(plan func(attempt.Spec) Plan) *Driver {
	if plan == nil {
		plan = func(attempt.Spec) Plan { return Plan{} }
	}
	return &Driver{plan: plan, quit: make(chan struct{}), attempts: map[attempt.Key]*worker{}, begun: map[attempt.Key]int{}}
}

// Connect makes sink the receiver of all reports from now on; nil is none: reports wait.
func (d *Driver) Connect(sink executor.Sink) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sink = sink
}

// Start implements executor.Driver.
func (d *Driver) Start(ctx context.Context, spec attempt.Spec) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.attempts[spec.Key]; ok {
		return nil
	}
	p := d.plan(spec)
	if p.StartError != "" {
		return errors.New(p.StartError)
	}
	w := &worker{spec: spec, plan: p, stop: make(chan struct{})}
	d.attempts[spec.Key] = w
	d.begun[spec.Key]++
	d.wg.Go(func() { d.run(w) })
	return nil
}

// Stop implements executor.Driver.
func (d *Driver) Stop(_ context.Context, key attempt.Key) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if w := d.attempts[key]; w != nil && !w.plan.Deaf {
		w.stopOnce.Do(func() { close(w.stop) })
	}
	return nil
}

// Recover implements executor.Driver.
func (d *Driver) Recover(_ context.Context, keys []attempt.Key) (map[attempt.Key]executor.Condition, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	found := make(map[attempt.Key]executor.Condition, len(keys))
	for _, k := range keys {
		switch w := d.attempts[k]; {
		case w == nil:
			found[k] = executor.NotStarted
		case w.lost:
			found[k] = executor.Lost
		case w.ended:
			found[k] = executor.Ended
		default:
			found[k] = executor.Running
		}
	}
	return found, nil
}

// Forget implements executor.Driver.
func (d *Driver) Forget(_ context.Context, key attempt.Key) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.attempts, key)
	return nil
}

// Close implements executor.Driver. The attempts are gone with it.
func (d *Driver) Close() error {
	close(d.quit)
	d.wg.Wait()
	return nil
}

// Begun returns how often the script of each attempt began: once, or there is an error somewhere.
func (d *Driver) Begun() map[attempt.Key]int {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make(map[attempt.Key]int, len(d.begun))
	for k, n := range d.begun {
		all[k] = n
	}
	return all
}

// run is the life of a worker.
func (d *Driver) run(w *worker) {
	started := time.Now()
	seq := int64(0)
	tell := func(r attempt.Report) error {
		seq++
		r.Key, r.Seq, r.At = w.spec.Key, seq, time.Now()
		return d.tell(r, w.plan.Twice)
	}
	if tell(attempt.Report{Kind: attempt.ReportStarted}) != nil {
		return
	}
	if len(w.plan.Files) > 0 && tell(attempt.Report{Kind: attempt.ReportFiles, Files: w.plan.Files}) != nil {
		return
	}
	res := attempt.Result{State: w.plan.State, ErrorMessage: w.plan.Error, Started: started, Usage: w.plan.Usage}
	if res.State == "" {
		res.State = glue.RunSucceeded
	}
	switch d.work(w) {
	case workStopped:
		res.State, res.ErrorMessage = glue.RunStopped, ""
	case workTimedOut:
		res.State, res.ErrorMessage = glue.RunTimeout, ""
	case workCut:
		return
	}
	if w.plan.Vanish {
		d.mu.Lock()
		w.lost = true
		d.mu.Unlock()
		return
	}
	if w.plan.Commit != nil && res.State == glue.RunSucceeded {
		err := tell(attempt.Report{Kind: attempt.ReportBookmark, Bookmark: w.plan.Commit(w.spec)})
		if err != nil {
			res.State, res.ErrorMessage = glue.RunFailed, err.Error()
		}
	}
	res.Ended, res.NextSeq = time.Now(), seq+1
	d.mu.Lock()
	w.ended = true
	d.mu.Unlock()
	_ = tell(attempt.Report{Kind: attempt.ReportResult, Result: &res}) // refused or cut off: nobody is left to hear it
}

// outcome is how the work of an attempt ended.
type outcome int

// The outcomes.
const (
	workDone outcome = iota
	workStopped
	workTimedOut
	workCut // the machine is gone
)

// work takes the time that the script does, unless it is stopped or its Timeout is shorter.
func (d *Driver) work(w *worker) outcome {
	if w.plan.Duration == 0 {
		return workDone
	}
	limit, over := w.plan.Duration, workDone
	if w.spec.Timeout > 0 && w.spec.Timeout < limit && !w.plan.Deaf {
		limit, over = w.spec.Timeout, workTimedOut
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-timer.C:
		return over
	case <-w.stop:
		return workStopped
	case <-d.quit:
		return workCut
	}
}

// tell offers a report until it is taken or refused; the refusal is the error.
func (d *Driver) tell(r attempt.Report, twice bool) error {
	for {
		d.mu.Lock()
		sink := d.sink
		d.mu.Unlock()
		if sink != nil {
			err := sink.Report(context.Background(), r)
			if err == nil && twice {
				twice = false
				continue
			}
			var refused *executor.Refused
			if err == nil || errors.As(err, &refused) {
				return err
			}
		}
		timer := time.NewTimer(retryEvery)
		select {
		case <-d.quit:
			timer.Stop()
			return errors.New("the machine is gone")
		case <-timer.C:
		}
	}
}
