// Package controller is the loop: the one place that owns the wall clock, timers, randomness and change. It accepts
// runs, admits them, has them carried out, and keeps what became of them.
//
// # One turn
//
// Callers queue commands. A turn of the loop takes what has queued while the last commit ran, decides purely in memory,
// makes one commit of all that was decided, and only then answers the callers and touches the world:
//
//	collect --> look up --> decide, timers too --> commit --> answer --> act --> publish
//
// Each command is one file (start, stop, hold, configure, report, bookmark, job, trigger_command, workflow, deliver, janitor,
// recover): a decision on (state, command, now, random) that changes the memory and notes writes and effects in the turn. Nothing in a decision reads a
// clock, the store or the executor; what it needs of the store is looked up before. Who starts, and where, is for the
// scheduler to say: it is handed events, and what it decides is taken over in admission.
//
// # When the commit fails
//
// The memory is then ahead of the disk, or the outcome is unknown. Either way the loop drops its memory, loads the state
// again from the store, and answers the turn's callers with an error. A caller whose StartJobRun was made durable after
// all finds it again by its start key.
//
// # Effects
//
// An effect is a call of the executor, keyed by (run, attempt) and idempotent. The lease and the state STARTING are its
// intent: they are durable before the call, and after a restart or a reload the call is made again for every run found
// STARTING, as is Stop for every run found STOPPING. So nothing is forgotten, and since the executor refuses to run an
// attempt twice, nothing is doubled.
//
// # Triggers and workflows
//
// The loop writes and remembers their definitions, so that who fires, and when, is decided where runs end and time passes.
// What one firing of a start trigger brings about is a flow (flow): a workflow run or a chain. Each firing is two commits,
// so that it happens once whatever is killed when: that of its cause stores a fire, and the next turn reads what the
// actions refer to, makes their runs and deletes it (fire). Fire times stand in one heap, and how far they have been dealt
// with is written in the commit of the fire (schedule); the events of rules come with the cursor behind them (deliver).
//
//	start, fire time, batch, rule --> fire --> runs --> their ends --> fire --> ...
//
// # What others see
//
// After a turn the loop publishes a View, at most every 100 ms (longer with very long queues): the reason and position
// of any waiting run are computed from it on read. When it should start is told by the last forecast, made beside the loop
// from a snapshot (foresight). Reads of runs go to the store directly.
package controller

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	mathrand "math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"tenon/internal/core/forecast"
	"tenon/internal/core/scheduler"
	"tenon/internal/driver/executor"
	"tenon/internal/driver/store"
	"tenon/internal/failpoint"
	"tenon/internal/glue"
)

// Limits of the loop.
const (
	maxBatch      = 512         // commands in one turn: shares an fsync widely, keeps a turn in milliseconds
	maxQueue      = 4096        // commands that wait; beyond, callers wait for a place
	maxEffects    = 64          // calls of the executor at once
	effectTimeout = time.Minute // of one call of the executor
	publishEvery  = 100 * time.Millisecond
	publishShare  = 20                     // publishing takes at most one part in this of the loop's time
	publishAtMost = time.Second            // a View is never older, whatever it costs
	idleTurn      = time.Minute            // the loop turns at least this often
	reloadAfter   = 250 * time.Millisecond // between two tries to load the state again
)

// ErrStopped answers commands that the loop did not take before it ended.
var ErrStopped = errors.New("controller: stopped")

// Controller owns all runs. Its methods may be called concurrently, before and while Run runs.
type Controller struct {
	lg  *slog.Logger
	db  *store.DB
	cfg Config
	key []byte // of the server: run keys are HMACs under it

	commands  chan command
	stopped   chan struct{} // closed when Run has returned
	ready     chan struct{} // closed when everything found at start is resolved
	loaded    chan struct{} // closed when the first View of what the store holds is published
	view      atomic.Pointer[scheduler.View]
	queued    atomic.Pointer[map[string]int] // waiting runs by region, as old as view
	ahead     atomic.Int64                   // of the plane's time before the wall clock's, as of the last turn
	predicted sync.Map                       // scheduler's name of a job -> p75 of its run times, a time.Duration
	// The last forecast, nil before the first, and how the earlier ones fared.
	estimates   atomic.Pointer[estimates]
	calibration atomic.Pointer[forecast.Calibration]
	keys        sync.Map // access key id of an open run -> run id
	stats       stats
	effects     sync.WaitGroup // calls of the executor under way
	slots       chan struct{}  // bounds them
	// commitTx is db.Commit; tests put one before it that fails.
	commitTx func(ctx context.Context, now time.Time, fn func(*store.Tx) error) error

	// The rest belongs to the loop.
	state       *state
	policy      Policy // as of the last commit
	clock       clock
	foresight   foresight
	alone       []command       // to be decided one a turn
	recovered   bool            // the attempts found at start are resolved
	exec        executor.Driver // effects use it too
	timer       *time.Timer
	published   time.Time
	publishCost time.Duration
	pending     bool // something changed since the last View
	unwell      bool // the last turn failed: timers wait a little
}

// New makes a controller over an open store. It is the executor.Sink that a driver is made with; Run then takes the
// driver. Commands wait until Run.
func New(ctx context.Context, lg *slog.Logger, db *store.DB, cfg Config) (*Controller, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("controller: %w", err)
	}
	key, err := serverKey(ctx, db)
	if err != nil {
		return nil, fmt.Errorf("controller: %w", err)
	}
	c := &Controller{
		lg: lg, db: db, cfg: cfg, policy: cfg.policy().withDefaults(), key: key, commitTx: db.Commit,
		commands: make(chan command, maxQueue),
		stopped:  make(chan struct{}),
		ready:    make(chan struct{}),
		loaded:   make(chan struct{}),
		slots:    make(chan struct{}, maxEffects),
		timer:    time.NewTimer(0),
	}
	if cfg.Hooks.Commit != nil {
		c.commitTx = cfg.Hooks.Commit
	}
	c.clock.skew = cfg.Hooks.Skew
	c.view.Store(scheduler.New(cfg.Admission).View())
	c.foresight = newForesight()
	c.calibration.Store(&forecast.Calibration{})
	return c, nil
}

// Ready is closed when the attempts found at start are resolved: those that live report again, the others have been
// ended or started again. Commands are served before that.
func (c *Controller) Ready() <-chan struct{} { return c.ready }

// Run loads the state and serves commands until ctx ends; attempts run in exec. It is called once. Running attempts are left alone: whoever wants them ended
// stops them first. The error is of the start; what happens later is survived or logged.
func (c *Controller) Run(ctx context.Context, exec executor.Driver) error {
	c.exec = exec
	defer close(c.stopped)
	defer c.effects.Wait()
	if err := c.boot(ctx); err != nil && ctx.Err() != nil {
		return nil
	} else if err != nil {
		return fmt.Errorf("controller: start: %w", err)
	}
	for {
		t, ok := c.collect(ctx)
		if !ok {
			return nil
		}
		c.lookUp(ctx, t)
		c.state.decide(t)
		c.commit(ctx, t)
		c.answer(t)
		failpoint.Hit("controller.after_answer")
		c.act(ctx, t)
		c.publish(ctx, t)
	}
}

// collect waits for a command, a timer or the end, and begins a turn with what else has queued.
func (c *Controller) collect(ctx context.Context) (*turn, bool) {
	if len(c.alone) > 0 && ctx.Err() == nil {
		first := c.alone[:1]
		c.alone = c.alone[1:]
		return c.newTurn(first), true
	}
	c.timer.Reset(c.sleep())
	var batch []command
	select {
	case <-ctx.Done():
	case <-c.timer.C:
	case <-c.cfg.Hooks.Wake:
	case cmd := <-c.commands:
		batch = append(batch, cmd)
	}
	if ctx.Err() != nil {
		return nil, false
	}
	for more := true; more && len(batch) < maxBatch; {
		select {
		case cmd := <-c.commands:
			batch = append(batch, cmd)
		default:
			more = false
		}
	}
	return c.newTurn(batch), true
}

// sleep is how long nothing is due.
func (c *Controller) sleep() time.Duration {
	d := idleTurn
	if due := c.state.due(); !due.IsZero() {
		left := due.Sub(c.clock.at(time.Now())) + time.Microsecond - 1 // up: the clock gives no less than a microsecond
		d = min(d, left.Truncate(time.Microsecond))
	}
	if c.pending {
		d = min(d, time.Until(c.published.Add(c.publishPause())))
	}
	if c.foreseeable() {
		d = min(d, time.Until(c.foresight.due()))
	}
	if c.unwell {
		return max(d, reloadAfter)
	}
	return max(d, 0)
}

// newTurn begins a turn: the one place where a clock and a source of randomness are read.
func (c *Controller) newTurn(batch []command) *turn {
	var seed [32]byte
	if c.cfg.Hooks.Seed != nil {
		seed = c.cfg.Hooks.Seed()
	} else {
		_, _ = rand.Read(seed[:]) // never fails
	}
	reading := time.Now()
	c.state.now = c.clock.at(reading)
	c.ahead.Store(int64(c.state.now.Sub(reading)))
	c.heed()
	return &turn{now: c.state.now, rand: mathrand.New(mathrand.NewChaCha8(seed)), commands: batch}
}

// answer tells the callers what became of their commands.
func (c *Controller) answer(t *turn) {
	var err error
	if t.err != nil {
		err = &glue.Error{Code: glue.CodeInternal, Message: "The request could not be made durable. " + advice(t.err), Err: t.err}
	}
	for _, cmd := range t.commands {
		cmd.answer(err)
	}
}

// advice is what a client may know of a failed commit.
func advice(err error) string {
	switch {
	case errors.Is(err, store.ErrFull):
		return "There is no space left on the server's disk; nothing was changed."
	case errors.Is(err, store.ErrReadOnly):
		return "The server's store is read-only after repeated failures; nothing was changed."
	case errors.Is(err, store.ErrUnknownOutcome):
		return "Whether it was is unknown: look before asking again."
	}
	return "Nothing was changed."
}

// act carries out what the turn decided; commit has left nothing of a turn that failed.
func (c *Controller) act(ctx context.Context, t *turn) {
	c.unwell = t.err != nil
	c.count(t)
	if t.err == nil && c.cfg.Observe != nil && len(t.events) > 0 {
		c.cfg.Observe(t.events)
	}
	for _, r := range t.admitted {
		c.admitKey(r.ID)
	}
	for _, id := range t.ended {
		c.dropKey(id)
	}
	for _, e := range t.effects {
		c.spawn(ctx, e)
	}
}

// spawn runs an effect beside the loop, at most maxEffects at once.
func (c *Controller) spawn(ctx context.Context, e effect) {
	lag := time.Duration(0)
	if c.cfg.Hooks.Lag != nil {
		lag = c.cfg.Hooks.Lag()
	}
	c.effects.Go(func() {
		if lag > 0 && !pause(ctx, lag) {
			return
		}
		select {
		case c.slots <- struct{}{}:
			defer func() { <-c.slots }()
			e(ctx, c)
		case <-ctx.Done():
		}
	})
}

// publish shows the new state to readers, unless it did so a moment ago; then the timer sees to it.
func (c *Controller) publish(ctx context.Context, t *turn) {
	c.foresee(ctx, t)
	c.pending = c.pending || t.changed
	began := time.Now()
	if !c.pending || began.Before(c.published.Add(c.publishPause())) {
		return
	}
	c.view.Store(c.state.sched.View())
	queued := maps.Clone(c.state.waiting)
	c.queued.Store(&queued)
	calibration := c.foresight.scorer.Calibration()
	c.calibration.Store(&calibration)
	if c.published.IsZero() {
		close(c.loaded)
	}
	c.published = time.Now()
	c.publishCost = c.published.Sub(began)
	c.pending = false
}

// publishPause is the least time between two Views.
func (c *Controller) publishPause() time.Duration {
	return min(publishAtMost, max(publishEvery, publishShare*c.publishCost))
}

// do queues a command and waits until it is answered. The command may be carried out even if ctx ends first.
func (c *Controller) do(ctx context.Context, cmd command) error {
	done := cmd.ticket()
	select {
	case c.commands <- cmd:
	case <-ctx.Done():
		return ctx.Err()
	case <-c.stopped:
		return ErrStopped
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-c.stopped:
		select {
		case err := <-done:
			return err
		default:
			return ErrStopped
		}
	}
}
