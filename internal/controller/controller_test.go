package controller

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/core/scheduler"
	"tenon/internal/driver/executor/fake"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// roomy are limits that nothing in a test reaches by accident.
var roomy = limits{Slots: 1000, QuarterDPUs: 4000, FlexQuarterDPUs: 400, Workers: 1000, MemoryBytes: 1 << 50}.config()

// plane is a controller over a store and a fake machine. It can be killed and started again.
type plane struct {
	t       testing.TB
	dir     string
	cfg     Config
	machine *fake.Machine
	fault   atomic.Pointer[commitFault]
	held    atomic.Pointer[chan struct{}] // set, commits wait until it is closed
	driver  *fake.Driver

	db   *store.DB
	c    *Controller
	end  context.CancelFunc
	done chan error
}

// hold runs f while the loop is held within a commit of its own.
func (p *plane) hold(f func()) {
	p.t.Helper()
	let := make(chan struct{})
	p.held.Store(&let)
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.submit(request(job("holder")))
	}()
	synctest.Wait()
	f()
	p.held.Store(nil)
	close(let)
	<-done
}

// commitFault makes commits of the loop fail, before or after they were made.
type commitFault struct {
	err   error
	after bool
	once  bool
}

// newPlane starts a plane on an empty store.
func newPlane(t testing.TB, cfg Config, plan func(attempt.Spec) fake.Plan) *plane {
	t.Helper()
	p := &plane{t: t, dir: t.TempDir(), cfg: cfg, machine: fake.NewMachine(plan)}
	p.start()
	t.Cleanup(func() {
		p.kill()
		p.machine.Close()
	})
	return p
}

// start opens the store and runs a controller over it.
func (p *plane) start() {
	p.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	db, err := store.Open(ctx, store.Config{Dir: p.dir})
	if err != nil {
		p.t.Fatal(err)
	}
	lg := slog.New(slog.NewTextHandler(io.Discard, nil))
	if testing.Verbose() {
		lg = slog.New(slog.NewTextHandler(p.t.Output(), nil))
	}
	c, err := New(ctx, lg, db, p.cfg)
	if err != nil {
		p.t.Fatal(err)
	}
	p.db, p.c, p.end, p.done = db, c, cancel, make(chan error, 1)
	c.commitTx = func(ctx context.Context, now time.Time, fn func(*store.Tx) error) error {
		if let := p.held.Load(); let != nil {
			<-*let
		}
		fault := p.fault.Load()
		if fault != nil && fault.once {
			p.fault.CompareAndSwap(fault, nil)
		}
		if fault != nil && !fault.after {
			return fault.err
		}
		err := db.Commit(ctx, now, fn)
		if err == nil && fault != nil {
			err = fault.err
		}
		return err
	}
	p.driver = p.machine.Open(c)
	go func(driver *fake.Driver, done chan error) { done <- c.Run(ctx, driver) }(p.driver, p.done)
}

// kill ends the controller between two turns and drops all it had in memory; the machine's workers go on. The driver is
// closed last, as in a server: a controller that lives on beside a closed driver takes each start for one that failed.
func (p *plane) kill() {
	p.t.Helper()
	if p.db == nil {
		return
	}
	p.end()
	err := errors.Join(<-p.done, p.driver.Close(), p.db.Close())
	p.db = nil
	if err != nil {
		p.t.Fatal(err)
	}
}

// job is a Spark job of two DPUs, the smallest.
func job(name string) glue.Job {
	return glue.Job{Name: name, Role: "r", Command: glue.Command{Name: glue.CommandETL, ScriptLocation: "s3://b/x.py"},
		GlueVersion: "5.0", WorkerType: "G.1X", NumberOfWorkers: 2, Incarnation: 1, Version: 1,
		ExecutionProperty: &glue.ExecutionLimit{MaxConcurrentRuns: 1_000_000}}
}

// define stores the definition of job(name), without which a plane that starts takes its waiting runs for orphans, and
// returns the job.
func (p *plane) define(name string) glue.Job {
	p.t.Helper()
	d := store.Definition{Region: "us-east-1", Kind: glue.KindJob, Name: name, Doc: json.RawMessage("{}")}
	if err := p.db.Commit(p.t.Context(), time.Now(), func(tx *store.Tx) error { return tx.CreateDefinition(&d) }); err != nil {
		p.t.Fatal(err)
	}
	j := job(name)
	j.Incarnation = d.Incarnation
	return j
}

// undefine deletes the definition of a job and tells nobody.
func (p *plane) undefine(name string) {
	p.t.Helper()
	err := p.db.Commit(p.t.Context(), time.Now(), func(tx *store.Tx) error { return tx.DeleteDefinition("us-east-1", glue.KindJob, name, 0) })
	if err != nil {
		p.t.Fatal(err)
	}
}

// request starts a job without anything of its own.
func request(j glue.Job) StartRequest {
	return StartRequest{Region: "us-east-1", Principal: "AKID", Job: j}
}

// submit starts a run and fails the test if it is refused.
func (p *plane) submit(req StartRequest) string {
	p.t.Helper()
	id, err := p.c.Start(p.t.Context(), req)
	if err != nil {
		p.t.Fatal(err)
	}
	return id
}

// get reads a run from the store.
func (p *plane) get(id string) store.Run {
	p.t.Helper()
	var run store.Run
	err := p.db.Read(p.t.Context(), func(r *store.Reader) (err error) {
		run, err = r.GetRun("us-east-1", id)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return run
}

// wait reads a run until it is in one of the states. In a bubble its pauses are virtual, and time stands still while
// anything else has work to do.
func (p *plane) wait(id string, states ...glue.RunState) store.Run {
	p.t.Helper()
	for range 20_000 {
		run := p.get(id)
		if slices.Contains(states, run.State) {
			return run
		}
		<-time.After(time.Millisecond)
	}
	p.t.Fatalf("run %s is %s, not %v", id, p.get(id).State, states)
	return store.Run{}
}

func TestARunSucceeds(t *testing.T) {
	p := newPlane(t, Config{Admission: roomy}, func(attempt.Spec) fake.Plan {
		return fake.Plan{Usage: glue.Usage{BytesRead: 7}}
	})
	id := p.submit(request(job("j")))
	run := p.wait(id, glue.RunSucceeded)
	if run.Usage.BytesRead != 7 || run.Attempt != 0 || run.TimeoutMinutes != 480 || run.QuarterDPUs != 8 {
		t.Errorf("run is %+v", run.JobRun)
	}
}

// history spells the events of a run: kind/attempt.
func (p *plane) history(id string) string {
	p.t.Helper()
	var kinds []string
	err := p.db.Read(p.t.Context(), func(r *store.Reader) error {
		events, err := r.EventsAfter(0, store.MaxEvents)
		for _, e := range events {
			if e.Run == id {
				kinds = append(kinds, fmt.Sprintf("%s/%d", e.Kind, e.Attempt))
			}
		}
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return strings.Join(kinds, " ")
}

// nothingLeft checks that no run is open and no lease is held, in memory and in the store.
func (p *plane) nothingLeft() {
	p.t.Helper()
	look := &inspect{newReply(), func(s *state) {
		if len(s.open) != 0 || len(s.perJob) != 0 || s.sched.Waiting() != 0 || s.sched.Leases() != 0 {
			p.t.Errorf("left in memory: %d open runs, %d jobs, %d waiting, %d leases", len(s.open), len(s.perJob), s.sched.Waiting(), s.sched.Leases())
		}
		if err := s.sched.Audit(); err != nil {
			p.t.Error(err)
		}
	}}
	if err := p.c.do(p.t.Context(), look); err != nil {
		p.t.Fatal(err)
	}
	err := p.db.Read(p.t.Context(), func(r *store.Reader) error {
		leases, err := r.Leases()
		open, err2 := r.OpenRuns(0, 100)
		if len(leases) != 0 || len(open) != 0 {
			p.t.Errorf("left in the store: %d leases, %d open runs", len(leases), len(open))
		}
		return errors.Join(err, err2)
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// shared is a variable that a test changes while the machine reads it.
type shared[T any] struct {
	mu sync.Mutex
	v  T
}

// set and get change and read it.
func (s *shared[T]) set(v T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.v = v
}

func (s *shared[T]) get() T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.v
}

// limits is a configuration of one kind of region and a machine.
type limits struct{ Slots, QuarterDPUs, FlexQuarterDPUs, Workers, MemoryBytes int64 }

// config spells it for the scheduler.
func (l limits) config() scheduler.Config {
	return scheduler.Config{Default: scheduler.Region{Slots: l.Slots, QuarterDPUs: l.QuarterDPUs, FlexQuarterDPUs: l.FlexQuarterDPUs},
		Workers: l.Workers, MemoryBytes: l.MemoryBytes}
}
