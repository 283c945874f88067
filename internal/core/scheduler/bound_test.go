package scheduler

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tenon/internal/core/placement"
	"tenon/internal/glue"
)

// maxTimeout is the longest Timeout of runs in TestWaitsAreBounded.
const maxTimeout = 10 * time.Minute

// TestWaitsAreBounded floods a scheduler with small runs, so that there are always some that fit what is free, and submits
// a large one, for want of DPUs, slots, addresses, local workers or its queue's quota. It starts within W, W2, the
// longest Timeout and two and a half times the lag of addresses, however wrong the predictions are; without predictions, W2 is not needed.
func TestWaitsAreBounded(t *testing.T) {
	overtaken := 0
	rapid.Check(t, func(t *rapid.T) {
		d := dice(rapid.Uint64().Draw(t, "seed"))
		f := newFlood(t, &d)
		for f.s.Waiting() == 0 {
			f.small()
		}
		f.step(Event{Remove: &Remove{ID: fmt.Sprintf("r%06d", f.count)}}) // so that the large one is the first that waits
		large := f.run("large")
		f.need(&large)
		f.submit(large)
		bound := f.cfg.patience()
		if f.predicts {
			bound += f.cfg.Reservation.timeoutOnly()
		}
		bound += maxTimeout + f.cfg.Placement.ReleaseLag + f.cfg.Reservation.every()
		for !f.s.Holds("large") {
			if waited := f.now.Sub(large.Submitted); waited > bound {
				t.Fatalf("waits since %s, the bound is %s: %s", waited, bound, f.s.View().Reason(large, f.now))
			}
			f.next()
		}
		if f.now.Sub(large.Submitted) > f.cfg.Reservation.after() {
			overtaken++
		}
	})
	if overtaken == 0 {
		t.Error("no large run needed a reservation: the test tests nothing")
	}
}

// flood keeps a scheduler full of small runs under virtual time.
type flood struct {
	t        *rapid.T
	d        *dice
	s        *State
	cfg      Config
	now      time.Time
	predicts bool
	scarce   int
	count    int
	ends     []finish
}

// finish is the end of a run.
type finish struct {
	at time.Time
	id string
}

// newFlood draws what is scarce.
func newFlood(t *rapid.T, d *dice) *flood {
	f := &flood{t: t, d: d, now: epoch, predicts: d.one(2), scarce: d.below(5)}
	f.cfg = Config{Default: Region{Slots: 100, QuarterDPUs: 4000}, Workers: NoLimit, MemoryBytes: NoLimit,
		Reservation: Reservation{After: 20 * time.Minute, TimeoutOnly: 40 * time.Minute}}
	switch f.scarce {
	case 0:
		f.cfg.Default.QuarterDPUs = 40
	case 1:
		f.cfg.Default.Subnets = []placement.Subnet{{ID: "s0", CIDR: netip.MustParsePrefix("10.0.0.0/28")}, {ID: "s1", CIDR: netip.MustParsePrefix("10.0.1.0/28")}}
		f.cfg.Placement.ReleaseLag = time.Duration(d.below(3)) * time.Minute
	case 2:
		f.cfg.MemoryBytes = 40
	case 3:
		f.cfg.Queues = []Queue{{Name: "q", QuarterDPUs: &Share{Nominal: 40, Borrow: 0, Lend: NoLimit}}}
	case 4: // what another queue borrows
		f.cfg.Default.QuarterDPUs = 80
		f.cfg.Queues = []Queue{{Name: "q", QuarterDPUs: &Share{Nominal: 40, Borrow: NoLimit, Lend: NoLimit}}, {Name: "other", QuarterDPUs: &Share{Nominal: 40, Borrow: NoLimit, Lend: NoLimit}}}
	}
	f.s = New(f.cfg)
	return f
}

// run makes a run of nothing but a slot.
func (f *flood) run(id string) Run {
	r := Run{ID: id, Region: "east", Job: id, MaxJobRuns: 1, Queue: "q", Submitted: f.now, Timeout: maxTimeout, Workers: 1}
	if f.cfg.Queues == nil {
		r.Queue = ""
	}
	if f.scarce == 1 {
		for _, s := range f.cfg.Default.Subnets {
			r.Choices = append(r.Choices, glue.Choice{Subnet: s.ID})
		}
	}
	return r
}

// need makes a run a large one.
func (f *flood) need(r *Run) {
	r.QuarterDPUs, r.MemoryBytes, r.Workers = 32, 32, 9
}

// next submits more small runs, and lets time pass to the next event.
func (f *flood) next() {
	for f.s.Waiting() < 20 {
		f.small()
	}
	f.pass()
}

// small submits a small run.
func (f *flood) small() {
	f.count++
	r := f.run(fmt.Sprintf("r%06d", f.count))
	if f.scarce == 4 && f.d.one(2) {
		r.Queue = "other"
	}
	n := 1 + f.d.amount(3)
	r.QuarterDPUs, r.MemoryBytes, r.Workers = 4*n, 4*n, n
	r.Timeout = time.Duration(1+f.d.below(int(maxTimeout/time.Second))) * time.Second
	if f.predicts {
		r.Predicted = time.Duration(1+f.d.below(int(maxTimeout/time.Second))) * time.Second
	}
	f.submit(r)
}

// pass lets time pass to the next event.
func (f *flood) pass() {
	slices.SortFunc(f.ends, func(a, b finish) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.id, b.id)) })
	if wake := f.s.NextWake(); len(f.ends) == 0 || !wake.IsZero() && wake.Before(f.ends[0].at) {
		if !wake.After(f.now) {
			f.t.Fatalf("at %s the next wake is %s", f.now, wake)
		}
		f.now = wake
		f.step(Event{Tick: true})
		return
	}
	end := f.ends[0]
	f.ends = f.ends[1:]
	f.now = end.at
	f.step(Event{Release: &Release{ID: end.id}})
}

// submit submits a run.
func (f *flood) submit(r Run) { f.step(Event{Submit: &r}) }

// step hands the scheduler an event, and draws the ends of the runs that start.
func (f *flood) step(ev Event) {
	got, err := f.s.Step(ev, f.now)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, a := range got.Admitted {
		took := a.Run.Timeout
		if f.d.one(2) {
			took = time.Duration(1+f.d.below(int(took/time.Second))) * time.Second
		}
		f.ends = append(f.ends, finish{f.now.Add(took), a.Run.ID})
	}
}

// TestLoad: a state loaded from a snapshot decides as the original does, but for concrete addresses.
func TestLoad(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := dice(rapid.Uint64().Draw(t, "seed"))
		p := newPlay(t, &d, true)
		p.s = New(p.w.cfg)
		p.c = p.s
		for range 20 + d.below(100) {
			p.step(p.draw())
		}
		twin, err := Load(p.s.Snapshot(-1), p.w.now)
		if err != nil {
			t.Fatal(err)
		}
		both := &twins{p.s, twin}
		p.c = both
		for range 50 {
			p.step(p.draw())
			if a, b := p.s.NextWake(), twin.NextWake(); !a.Equal(b) {
				t.Fatalf("the next wake is %s and %s", a, b)
			}
		}
	})
}

// twins are two states that have to decide the same.
type twins struct{ a, b *State }

// Step is of core.
func (s *twins) Step(ev Event, now time.Time) (Decisions, error) {
	a, err1 := s.a.Step(ev, now)
	b, err2 := s.b.Step(ev, now)
	if fmt.Sprint(err1) != fmt.Sprint(err2) {
		return a, fmt.Errorf("errors are %v and %v", err1, err2)
	}
	if x, y := brief(&a), brief(&b); x != y {
		return a, fmt.Errorf("the original decides: %s\nthe loaded one: %s", x, y)
	}
	return a, err1
}

// brief writes decisions without addresses.
func brief(d *Decisions) string {
	text := fmt.Sprint(d.Draining, d.Drained, d.Health)
	for _, a := range d.Admitted {
		text += fmt.Sprint(" ", a.Run.ID, a.Subnet(), a.Need)
	}
	return text
}
