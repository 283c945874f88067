package forecast

import (
	"container/heap"
	"slices"
	"time"

	"tenon/internal/core/scheduler"
)

// finish is the predicted end of a running attempt.
type finish struct {
	at time.Time
	id string
}

// finishes is a heap, the earliest first.
type finishes []finish

// Len is of heap.Interface.
func (f finishes) Len() int { return len(f) }

// Less is of heap.Interface.
func (f finishes) Less(i, j int) bool {
	if !f[i].at.Equal(f[j].at) {
		return f[i].at.Before(f[j].at)
	}
	return f[i].id < f[j].id
}

// Swap is of heap.Interface.
func (f finishes) Swap(i, j int) { f[i], f[j] = f[j], f[i] }

// Push is of heap.Interface.
func (f *finishes) Push(x any) { *f = append(*f, x.(finish)) }

// Pop is of heap.Interface.
func (f *finishes) Pop() any {
	last := (*f)[len(*f)-1]
	*f = (*f)[:len(*f)-1]
	return last
}

// engine is one sample: a copy of the scheduler, stepped through virtual time.
type engine struct {
	state   *scheduler.State
	now     time.Time
	end     time.Time // of virtual time
	ends    finishes
	sources []source
	took    func(r *scheduler.Run, elapsed time.Duration) time.Duration
	given   map[string]time.Duration // run times that Arrivals tell

	ended   func(id string)                                // may be nil
	arrived func(a *Arrival)                               // may be nil
	started func(a *scheduler.Holder, at, until time.Time) // may be nil
	passing func(from, to time.Time)                       // time passes from one event to the next; may be nil

	stop func() bool
	idle time.Time // the wake-up that was just served: it does not come again
}

// stopEvery is how many events go by between two looks at stop.
const stopEvery = 64

// renewEvery is how often reservations are computed anew in virtual time. The plane does it more often; here, where minutes
// pass between events, it would be done at each and take most of the time.
const renewEvery = time.Minute

// load makes the scheduler of a snapshot, with its first n waiting runs.
func (e *engine) load(snap scheduler.Snapshot, n int) (err error) {
	e.now = snap.At
	snap.Waiting = snap.Waiting[:n]
	snap.Config.Reservation.Every = max(snap.Config.Reservation.Every, renewEvery)
	if e.state, err = scheduler.Load(snap, e.now); err != nil {
		return err
	}
	for i := range snap.Holding {
		a := &snap.Holding[i]
		since := a.Lease.Since
		if since.IsZero() || since.After(e.now) {
			since = e.now
		}
		e.begin(&a.Run, since)
	}
	return e.step(scheduler.Event{Tick: true})
}

// begin notes the end of a run that holds its lease since a time.
func (e *engine) begin(r *scheduler.Run, since time.Time) time.Time {
	took, ok := e.given[r.ID]
	if !ok {
		took = e.took(r, e.now.Sub(since))
	}
	at := since.Add(took)
	if at.Before(e.now) {
		at = e.now
	}
	heap.Push(&e.ends, finish{at, r.ID})
	return at
}

// step hands the scheduler an event and notes what it decided.
func (e *engine) step(ev scheduler.Event) error {
	got, err := e.state.Step(ev, e.now)
	if err != nil {
		return err
	}
	for _, a := range got.Admitted {
		until := e.begin(a.Run, e.now)
		if e.started != nil {
			e.started(a, e.now, until)
		}
	}
	return nil
}

// run steps until virtual time is over, nothing can happen any more, or done or stop say so. It reports whether it was
// stopped.
func (e *engine) run(done func() bool) (stopped bool, err error) {
	for n := 0; !done(); n++ {
		if n%stopEvery == 0 && e.stop != nil && e.stop() {
			return true, nil
		}
		at, ev := e.next()
		if at.IsZero() || at.After(e.end) {
			e.pass(e.end)
			return false, nil
		}
		e.pass(at)
		if err := ev(); err != nil {
			return false, err
		}
	}
	return false, nil
}

// pass lets time pass.
func (e *engine) pass(to time.Time) {
	if to.After(e.now) {
		if e.passing != nil {
			e.passing(e.now, to)
		}
		e.now = to
	}
}

// next returns the next event and its time; zero if nothing can happen any more.
func (e *engine) next() (at time.Time, ev func() error) {
	sooner := func(t time.Time) bool { return at.IsZero() || t.Before(at) }
	if len(e.ends) > 0 {
		at = e.ends[0].at
		ev = func() error {
			f := heap.Pop(&e.ends).(finish)
			if e.ended != nil {
				e.ended(f.id)
			}
			return e.step(scheduler.Event{Release: &scheduler.Release{ID: f.id}})
		}
	}
	if wake := e.state.NextWake(); !wake.IsZero() && wake.After(e.idle) && sooner(wake) {
		at = later(wake, e.now)
		ev = func() error {
			e.idle = wake
			return e.step(scheduler.Event{Tick: true})
		}
	}
	for _, s := range e.sources {
		if t, ok := s.peek(); ok && sooner(t) {
			at = later(t, e.now)
			ev = func() error {
				a := s.take()
				if a.Took > 0 {
					e.given[a.Run.ID] = a.Took
				}
				if e.arrived != nil {
					e.arrived(&a)
				}
				return e.step(scheduler.Event{Submit: &a.Run})
			}
		}
	}
	return at, ev
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// model is an Input made ready to be sampled.
type model struct {
	in      *Input
	opts    Options
	sampler *sampler
	limits  map[string]int64
	guess   bool // some run time was guessed
}

// newModel prepares an input.
func newModel(in *Input, o Options) *model {
	if !slices.IsSortedFunc(in.Arrivals, byTime) {
		in.Arrivals = slices.Clone(in.Arrivals)
		slices.SortStableFunc(in.Arrivals, byTime)
	}
	return &model{in: in, opts: o, sampler: newSampler(in.Durations, o.Seed), limits: jobLimits(in)}
}

// byTime orders arrivals.
func byTime(a, b Arrival) int { return a.At.Compare(b.At) }

// engine makes the engine of one sample.
func (m *model) engine(sample int, stop func() bool) *engine {
	given := listed(m.in.Arrivals)
	e := &engine{
		end: m.in.State.At.Add(m.opts.Horizon), given: map[string]time.Duration{}, stop: stop,
		sources: []source{&given},
		took: func(r *scheduler.Run, elapsed time.Duration) time.Duration {
			took, guess := m.sampler.draw(sample, r, elapsed)
			m.guess = m.guess || guess
			return took
		},
	}
	if d := newDrawn(m.in, m.limits, m.opts.Seed, sample, max(mostToCome, m.opts.cap(len(m.in.State.Waiting)))); d != nil {
		e.sources = append(e.sources, d)
	}
	return e
}

// mostToCome bounds the runs to come of a sample; where more wait, there are as many as are looked at.
const mostToCome = 2000
