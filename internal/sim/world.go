package sim

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"tenon/internal/controller"
	"tenon/internal/core/audit"
	"tenon/internal/core/scheduler"
	"tenon/internal/driver/executor/fake"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
	"tenon/internal/rules"
)

// Options say what a history is lived in.
type Options struct {
	Store  store.Config // whose folder is empty
	Steps  int          // things that clients, operators and fate do; 0 is DefaultSteps
	Settle func()       // returns when everything waits for time to pass: synctest.Wait
	Log    *slog.Logger // of the plane
}

// DefaultSteps is how long a history is.
const DefaultSteps = 50

// Report is what a history was like.
type Report struct {
	History    string                 // every event, one a line
	Violations []string               // what must not be; empty is well
	Runs       int                    // accepted and acknowledged
	Kinds      map[glue.EventKind]int // events
	Kills      int                    // of the plane
	Failed     int                    // commits that failed, before or after they were made
	Refused    int                    // answers that were refusals
}

// Errors of the world's making.
var (
	errKilled = errors.New("sim: the plane was killed")
	errFault  = errors.New("sim: injected")
)

// world is one history while it goes on.
type world struct {
	o       Options
	ctx     context.Context
	fate    chance
	rand    *rand.Rand // of the one goroutine that acts
	machine *fake.Machine
	outages []outage

	file     scheduler.Config // what a plane that starts is configured with
	most     int              // runs that are open at once: beyond, fires wait; 0 is without end
	plane    *plane           // nil while there is none
	jobs     []job
	accepted map[string]bool
	wishes   wishes
	report   Report

	mu      sync.Mutex // guards what follows: the goroutines of plane and machine use it too
	peace   bool       // no more faults
	skew    time.Duration
	asked   map[string]int64 // how often a question was asked
	ledger  *Ledger
	failed  int
	touched time.Time // when a commit was tried last
	err     error     // of the store, or of the world itself
}

// plane is one life of the controller.
type plane struct {
	db    *store.DB
	c     *controller.Controller
	kill  context.CancelFunc
	ended chan struct{} // closed when all of it is gone
}

// Run lives through the history of a seed. The error is of the world itself; what the plane did wrong is in the Report.
// It must be called inside a synctest bubble.
func Run(ctx context.Context, seed uint64, o Options) (Report, error) {
	if o.Steps == 0 {
		o.Steps = DefaultSteps
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	w := &world{o: o, ctx: ctx, fate: chance(seed), asked: map[string]int64{}, accepted: map[string]bool{},
		wishes: wishes{acknowledged: map[string]bool{}, events: map[string]bool{}}}
	w.rand = w.fate.of("acts")
	w.file = configuration(w.rand)
	w.outages = outages(w.rand)
	w.most = oneOf(w.fate.of("most open runs"), []int{0, 0, 0, 0, 5, 12})
	w.ledger = NewLedger(w.file, runMemory)
	w.machine = fake.NewMachine(w.plan)
	defer w.machine.Close()
	if err := w.live(); err != nil {
		return w.report, fmt.Errorf("sim: seed %d: %w", seed, err)
	}
	return w.report, nil
}

// live is the whole history.
func (w *world) live() error {
	if err := w.boot(); err != nil {
		return err
	}
	defer w.halt()
	if err := w.define(); err != nil {
		return err
	}
	for range w.o.Steps {
		if err := w.step(); err != nil {
			return err
		}
	}
	if err := w.calm(); err != nil {
		return err
	}
	if err := w.plane.db.Read(w.ctx, w.verify); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ledger.Finish(w.accepted)
	if len(w.ledger.violations) == 0 {
		w.ledger.flows.finish(&w.wishes)
	}
	for key, n := range w.machine.Begun() {
		if n != 1 {
			w.ledger.violate("the script of attempt %s began %d times", key, n)
		}
	}
	w.report.History, w.report.Violations = w.ledger.history.String(), w.ledger.violations
	w.report.Runs, w.report.Failed = len(w.accepted), w.failed
	w.report.Kinds = w.ledger.kinds
	return nil
}

// verify demands that the chain of the events holds.
func (w *world) verify(r *store.Reader) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for from := (audit.Link{}); ; {
		v, err := r.VerifyEvents(from, store.MaxVerify)
		if err != nil {
			return err
		}
		if v.Broken != nil {
			w.ledger.violate("the chain of the events is broken: %+v", *v.Broken)
		}
		if !v.More {
			if v.Head.Seq != w.ledger.seq {
				w.ledger.violate("the chain ends at event %d", v.Head.Seq)
			}
			return nil
		}
		from = v.Head
	}
}

// boot starts a plane over what the store holds.
func (w *world) boot() error {
	ctx, cancel := context.WithCancel(w.ctx)
	db, err := store.Open(ctx, w.o.Store)
	if err != nil {
		cancel()
		return err
	}
	p := &plane{db: db, kill: cancel, ended: make(chan struct{})}
	p.c, err = controller.New(ctx, w.o.Log, db, controller.Config{
		Admission: w.file, RunMemory: runMemory, Grace: 5 * time.Second, MaxWait: maxWait, MaxOpen: w.most,
		Hooks: controller.Hooks{
			Commit: func(_ context.Context, now time.Time, fn func(*store.Tx) error) error {
				return w.commit(ctx, p, now, fn)
			},
			Seed:  func() [32]byte { return w.seed(p) },
			Skew:  w.skewed,
			Lag:   w.lag,
			Blind: true,
		},
	})
	if err != nil {
		cancel()
		return errors.Join(err, db.Close())
	}
	w.mu.Lock()
	w.ledger.limits, w.ledger.next = w.file, nil
	w.mu.Unlock()
	d := w.machine.Open(&sink{p.c, w})
	ruled := make(chan struct{})
	go func() {
		defer close(ruled)
		rules.New(w.o.Log, db, &starter{c: p.c, w: w}, rules.Config{Account: owner}).Run(ctx)
	}()
	go func() {
		defer close(p.ended)
		err := errors.Join(p.c.Run(ctx, &driver{d, w}), d.Close())
		cancel()
		<-ruled
		err = errors.Join(err, db.Close())
		if err != nil {
			w.fail(err)
		}
	}()
	w.plane = p
	w.o.Settle()
	return wait(w.ctx, time.Millisecond)
}

// up starts planes until one lives beyond its start.
func (w *world) up() error {
	for w.gone() {
		if err := w.boot(); err != nil {
			return err
		}
	}
	return nil
}

// halt ends the plane, if there is one, between two turns.
func (w *world) halt() {
	if w.plane == nil {
		return
	}
	w.plane.kill()
	<-w.plane.ended
	w.plane = nil
	w.report.Kills++
}

// gone reports whether there is no plane, or none any more.
func (w *world) gone() bool {
	if w.plane == nil {
		return true
	}
	select {
	case <-w.plane.ended:
		w.plane = nil
		w.report.Kills++
		return true
	default:
		return false
	}
}

// slowest is how long a commit takes, at most.
const slowest = 2 * time.Millisecond

// commit stands before the store, while a plane lives: most commits are made, some fail before, some after, some take the
// plane with them. What was made is looked at. A commit takes its time: so each is made at an instant at which all that the
// one before it set off has come to rest, and a kill finds nothing else under way.
func (w *world) commit(life context.Context, p *plane, now time.Time, fn func(*store.Tx) error) error {
	w.mark()
	r := w.fate.of("commit", instant())
	time.Sleep(upTo(r, slowest))
	if life.Err() != nil {
		return errKilled // a dead plane writes nothing
	}
	ctx := context.WithoutCancel(life) // and what has begun is carried to its end
	fate := r.IntN(100)
	if !w.faulty() {
		fate = 100
	}
	switch {
	case fate < 2:
		w.count()
		p.kill()
		return errKilled
	case fate < 4:
		w.count()
		if percent(r, 50) {
			return fmt.Errorf("%w: %w", store.ErrFull, errFault)
		}
		return errFault
	}
	if err := p.db.Commit(ctx, now, fn); err != nil {
		return err
	}
	if err := p.db.Read(ctx, w.look); err != nil {
		w.fail(err)
	}
	switch {
	case fate < 6:
		w.count()
		p.kill()
		return fmt.Errorf("%w: %w", store.ErrUnknownOutcome, errKilled)
	case fate < 8:
		w.count()
		return fmt.Errorf("%w: %w", store.ErrUnknownOutcome, errFault)
	}
	return nil
}

// look has the ledger follow the events.
func (w *world) look(r *store.Reader) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ledger.Follow(r)
}

// maxTurns is how many turns the loop may make within a second of virtual time: beyond, it waits for nothing.
const maxTurns = 2000

// seed is the randomness of a turn.
func (w *world) seed(p *plane) (seed [32]byte) {
	now := time.Now()
	if w.ask(fmt.Sprint("turns in second ", now.Unix())) == maxTurns {
		w.fail(fmt.Errorf("the loop spins at %s", now))
		p.kill()
	}
	r := w.fate.of("turn", instant())
	for i := range seed {
		seed[i] = byte(r.Uint32())
	}
	return seed
}

// lag is how long an effect is put off.
func (w *world) lag() time.Duration {
	return upTo(w.fate.of("effect", instant(), w.ask(fmt.Sprint("effects at ", instant()))), latency)
}

// ask counts how often a question was asked, from 1.
func (w *world) ask(question string) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked[question]++
	return w.asked[question]
}

// faulty reports whether there are faults still.
func (w *world) faulty() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.peace
}

// skewed is how far the wall clock is off.
func (w *world) skewed() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.skew
}

// mark notes that something is committed, or would be.
func (w *world) mark() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.touched = time.Now()
}

// count counts a commit that failed.
func (w *world) count() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed++
}

// fail notes an error that ends the history.
func (w *world) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = errors.Join(w.err, err)
}

// failure is the error that ends the history, if there is one.
func (w *world) failure() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// zoneOf is the zone of an address, whatever the configuration is now; empty if it is in none.
func (w *world) zoneOf(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	for _, s := range allSubnets() {
		if s.CIDR.Contains(ip) {
			return s.Zone
		}
	}
	return ""
}
