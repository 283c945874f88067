// Package fake is an executor that runs attempts in memory, as a plan says: for tests and benchmarks, never selectable
// in a server. It keeps the contract of executor.Driver to the letter, and breaks it where a plan asks for it: starts
// that fail, reports that come twice, workers that vanish.
//
// A Machine stands for the computer that the workers run on, and a Driver for one plane's hold of them. Workers outlive
// the Driver that started them: their reports wait for the next.
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
	StartDelay time.Duration   // Start takes so long
	StopErrors int             // the first so many Stops fail
	StartError string          // Start fails so, and nothing runs
	Network    bool            // StartError is one of the network; without StartError, the attempt fails so before its script begins
	Duration   time.Duration   // of the script
	Until      <-chan struct{} // if set, the script lasts until it is closed, and Duration is not used
	State      glue.RunState   // at the end; empty is SUCCEEDED
	Error      string          // ErrorMessage of the result
	Usage      glue.Usage
	Files      []attempt.File                                  // reported after the start
	Commit     func(spec attempt.Spec) *attempt.BookmarkCommit // reported before the end; a refusal fails the attempt
	Twice      bool                                            // every report comes twice
	Vanish     bool                                            // the worker is gone after Duration, without a result
	Deaf       bool                                            // ignores Stop and its Timeout
	Late       bool                                            // ignores its Timeout
}

// retryEvery is how long a report waits before it is offered again to a sink that failed.
const retryEvery = 5 * time.Millisecond

// errClosed answers calls of a closed Driver.
var errClosed = errors.New("fake: the driver is closed")

// errGone ends the workers of a closed Machine.
var errGone = errors.New("fake: the machine is gone")

// Machine runs attempts. It is safe for concurrent use.
type Machine struct {
	plan func(attempt.Spec) Plan
	quit chan struct{}
	wg   sync.WaitGroup

	mu       sync.Mutex    // guards what follows
	driver   *Driver       // the last one opened, nil when it is closed
	opened   chan struct{} // closed and replaced when a driver is opened
	attempts map[attempt.Key]*worker
	begun    map[attempt.Key]int // how often the script of an attempt began
}

// worker is one attempt.
type worker struct {
	spec     attempt.Spec
	plan     Plan
	stop     chan struct{}
	stopOnce sync.Once
	ended    bool // guarded by Machine.mu
	lost     bool // guarded by Machine.mu
}

// NewMachine returns a machine on which attempts behave as plan says; nil is the zero Plan for all.
func NewMachine(plan func(attempt.Spec) Plan) *Machine {
	if plan == nil {
		plan = func(attempt.Spec) Plan { return Plan{} }
	}
	return &Machine{plan: plan, quit: make(chan struct{}), opened: make(chan struct{}),
		attempts: map[attempt.Key]*worker{}, begun: map[attempt.Key]int{}}
}

// Open returns a driver whose reports go to sink, in place of the last one.
func (m *Machine) Open(sink executor.Sink) *Driver {
	d := &Driver{m: m, sink: sink}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	m.mu.Lock()
	defer m.mu.Unlock()
	m.driver = d
	close(m.opened)
	m.opened = make(chan struct{})
	return d
}

// Close ends the machine with all that runs on it.
func (m *Machine) Close() {
	close(m.quit)
	m.wg.Wait()
}

// Driver implements executor.Driver.
type Driver struct {
	m      *Machine
	sink   executor.Sink
	ctx    context.Context // of the reports; ends with Close
	cancel context.CancelFunc
}

// Start implements executor.Driver.
func (d *Driver) Start(ctx context.Context, spec attempt.Spec) error {
	m := d.m
	m.mu.Lock()
	defer m.mu.Unlock()
	if d.ctx.Err() != nil {
		return errClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, ok := m.attempts[spec.Key]; ok {
		return nil
	}
	p := m.plan(spec)
	if p.StartDelay > 0 {
		m.mu.Unlock()
		<-time.After(p.StartDelay)
		m.mu.Lock()
	}
	switch {
	case p.StartError != "" && p.Network:
		return &executor.NetworkError{Reason: p.StartError}
	case p.StartError != "":
		return errors.New(p.StartError)
	}
	w := &worker{spec: spec, plan: p, stop: make(chan struct{})}
	m.attempts[spec.Key] = w
	if !p.Network {
		m.begun[spec.Key]++
	}
	m.wg.Go(func() { m.run(w) })
	return nil
}

// Stop implements executor.Driver.
func (d *Driver) Stop(_ context.Context, key attempt.Key) error {
	d.m.mu.Lock()
	defer d.m.mu.Unlock()
	w := d.m.attempts[key]
	if w != nil && w.plan.StopErrors > 0 {
		w.plan.StopErrors--
		return errors.New("fake: the worker cannot be reached")
	}
	if w != nil && !w.plan.Deaf {
		w.stopOnce.Do(func() { close(w.stop) })
	}
	return nil
}

// Recover implements executor.Driver.
func (d *Driver) Recover(_ context.Context, keys []attempt.Key) (map[attempt.Key]executor.Condition, error) {
	d.m.mu.Lock()
	defer d.m.mu.Unlock()
	found := make(map[attempt.Key]executor.Condition, len(keys))
	for _, k := range keys {
		switch w := d.m.attempts[k]; {
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
	d.m.mu.Lock()
	defer d.m.mu.Unlock()
	delete(d.m.attempts, key)
	return nil
}

// Close implements executor.Driver.
func (d *Driver) Close() error {
	d.m.mu.Lock()
	defer d.m.mu.Unlock()
	d.cancel()
	if d.m.driver == d {
		d.m.driver = nil
	}
	return nil
}

// Begun returns how often the script of each attempt began: once, or there is an error somewhere.
func (m *Machine) Begun() map[attempt.Key]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make(map[attempt.Key]int, len(m.begun))
	for k, n := range m.begun {
		all[k] = n
	}
	return all
}

// run is the life of a worker.
func (m *Machine) run(w *worker) {
	started := time.Now()
	seq := int64(0)
	tell := func(r attempt.Report) error {
		seq++
		r.Key, r.Seq, r.At = w.spec.Key, seq, time.Now()
		return m.tell(r, w.plan.Twice)
	}
	if w.plan.Network {
		m.noNetwork(w, tell)
		return
	}
	_ = tell(attempt.Report{Kind: attempt.ReportStarted}) // what is refused is refused: the script goes on
	if len(w.plan.Files) > 0 {
		_ = tell(attempt.Report{Kind: attempt.ReportFiles, Files: w.plan.Files})
	}
	res := attempt.Result{State: w.plan.State, ErrorMessage: w.plan.Error, Started: started, Usage: w.plan.Usage}
	if res.State == "" {
		res.State = glue.RunSucceeded
	}
	switch m.work(w) {
	case workStopped:
		res.State, res.ErrorMessage = glue.RunStopped, ""
	case workTimedOut:
		res.State, res.ErrorMessage = glue.RunTimeout, ""
	case workCut:
		return
	}
	if w.plan.Vanish {
		m.mu.Lock()
		w.lost = true
		m.mu.Unlock()
		return
	}
	if w.plan.Commit != nil && res.State == glue.RunSucceeded {
		err := tell(attempt.Report{Kind: attempt.ReportBookmark, Bookmark: w.plan.Commit(w.spec)})
		if err != nil {
			res.State, res.ErrorMessage = glue.RunFailed, err.Error()
		}
	}
	res.Ended, res.NextSeq = time.Now(), seq+1
	m.mu.Lock()
	w.ended = true
	m.mu.Unlock()
	_ = tell(attempt.Report{Kind: attempt.ReportResult, Result: &res}) // refused or cut off: nobody is left to hear it
}

// noNetwork ends an attempt that never had its workers: after Duration, or as soon as it is stopped.
func (m *Machine) noNetwork(w *worker, tell func(attempt.Report) error) {
	res := attempt.Result{State: glue.RunFailed, ErrorMessage: w.plan.Error, Network: true, NextSeq: 1}
	switch m.work(w) {
	case workCut:
		return
	case workStopped:
		res = attempt.Result{State: glue.RunStopped, NextSeq: 1}
	}
	res.Ended = time.Now()
	m.mu.Lock()
	w.ended = true
	m.mu.Unlock()
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
func (m *Machine) work(w *worker) outcome {
	over, limit := workDone, w.plan.Duration
	if w.spec.Timeout > 0 && (w.spec.Timeout < limit || w.plan.Until != nil) && !w.plan.Deaf && !w.plan.Late {
		over, limit = workTimedOut, w.spec.Timeout
	}
	var ends <-chan time.Time // never, for a script that lasts until it is told
	if w.plan.Until == nil || over == workTimedOut {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		ends = timer.C
	}
	select {
	case <-ends:
		return over
	case <-w.plan.Until:
		return workDone
	case <-w.stop:
		return workStopped
	case <-m.quit:
		return workCut
	}
}

// tell offers a report to whatever driver there is until it is taken or refused; the refusal is the error.
func (m *Machine) tell(r attempt.Report, twice bool) error {
	for {
		m.mu.Lock()
		d, opened := m.driver, m.opened
		m.mu.Unlock()
		var again <-chan time.Time
		if d != nil {
			err := d.sink.Report(d.ctx, r)
			if err == nil && twice {
				twice = false
				continue
			}
			var refused *executor.Refused
			if err == nil || errors.As(err, &refused) {
				return err
			}
			again = time.After(retryEvery)
		}
		select {
		case <-again:
		case <-opened:
		case <-m.quit:
			return errGone
		}
	}
}

// Known is how many attempts the machine remembers: those not forgotten.
func (m *Machine) Known() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.attempts)
}
