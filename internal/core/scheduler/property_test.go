package scheduler

import (
	"fmt"
	"maps"
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
	"tenon/internal/glue"
)

// fewOperations is how many events one check of rapid, which makes 100, plays: 20,000 in all.
const fewOperations = 200

// operations is fewOperations, or with TENON_SOAK=1 so many that there are more than a million in all.
func operations() int {
	if os.Getenv("TENON_SOAK") != "" {
		return 12_000
	}
	return fewOperations
}

// dice draws numbers from a seed: rapid's own draws are too slow for so many operations.
type dice uint64

// below draws a number from 0 to n-1.
func (d *dice) below(n int) int {
	*d = *d*6364136223846793005 + 1442695040888963407
	return int(uint64(*d) >> 33 % uint64(n))
}

// amount draws a number from 0 to n-1.
func (d *dice) amount(n int) int64 { return int64(d.below(n)) }

// one reports a chance of one in n.
func (d *dice) one(n int) bool { return d.below(n) == 0 }

// regions are where runs are drawn.
var regions = []string{"east", "west"}

// TestDecisions plays random events and holds every decision against the world: no limit is exceeded by an admission, by
// the fold over leases; no run is left that fits and is permitted; runs start in the order of priority, share and age;
// what is counted is the sum of the leases; a run starts once an attempt; a waiting run's reason is true. At the end
// every run that can start has started and ended.
func TestDecisions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := dice(rapid.Uint64().Draw(t, "seed"))
		p := newPlay(t, &d, d.one(2))
		p.s = New(p.w.cfg)
		p.c = p.s
		for range operations() {
			p.step(p.draw())
		}
		p.finish()
	})
}

// play is one game of events.
type play struct {
	t      *rapid.T
	d      *dice
	w      *world
	c      core
	s      *State // c, unless it is something else
	next   int
	failed []Run
	op     int
}

// newPlay draws a configuration.
func newPlay(t *rapid.T, d *dice, reserves bool) *play {
	p := &play{t: t, d: d}
	cfg := p.config()
	cfg.Reservation.Off = !reserves
	p.w = newWorld(cfg, epoch)
	return p
}

// config draws limits that bind often, and are sometimes none at all.
func (p *play) config() Config {
	d := p.d
	c := Config{
		Default: Region{Slots: d.amount(12), QuarterDPUs: 2 * d.amount(12), FlexQuarterDPUs: d.amount(12)},
		Workers: d.amount(20), MemoryBytes: 2 * d.amount(20),
		Placement:   Placement{ExtraAddresses: d.amount(2), BreakerAfter: 1 + d.below(3), BreakerPause: 20 * time.Second},
		Reservation: Reservation{After: time.Minute, TimeoutOnly: 3 * time.Minute},
	}
	if d.one(4) {
		c.Workers, c.MemoryBytes = NoLimit, NoLimit
	}
	if d.one(2) {
		c.Placement.ReleaseLag = time.Duration(d.below(40)) * time.Second
	}
	for i := range d.below(4) {
		c.Default.Subnets = append(c.Default.Subnets, placement.Subnet{ID: fmt.Sprint("s", i), Zone: fmt.Sprint("z", i%2), Cordoned: d.one(8),
			CIDR: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i), 0}), 28)})
	}
	left := [2]int64{c.Default.Slots, c.Default.QuarterDPUs}
	for i := range d.below(5) {
		q := Queue{Name: fmt.Sprint("q", i), Weight: d.amount(4), Held: d.one(12)}
		if i > 0 && d.one(3) {
			q.Parent = fmt.Sprint("q", d.below(i))
		}
		for j, share := range []**Share{&q.Slots, &q.QuarterDPUs} {
			if d.one(2) {
				n := d.amount(int(left[j]) + 1)
				left[j] -= n
				*share = &Share{Nominal: n, Borrow: d.amount(8) - 1, Lend: d.amount(8) - 1}
			}
		}
		if d.one(6) {
			q.BorrowMaxRun = 2 * time.Minute
		}
		c.Queues = append(c.Queues, q)
	}
	return c
}

// run draws a run of one of a few jobs.
func (p *play) run() Run {
	d := p.d
	p.next++
	region := regions[d.below(2)]
	r := Run{
		ID: fmt.Sprintf("r%06d", p.next), Region: region, Job: fmt.Sprintf("%s/j%d", region, d.below(4)), MaxJobRuns: 1 + d.amount(4),
		QuarterDPUs: 1 + d.amount(12), Flex: d.one(5), MemoryBytes: d.amount(6), Submitted: p.w.now,
		Priority: d.below(5) / 3, Held: d.one(20), Workers: 1 + d.amount(6), Timeout: time.Duration(1+d.below(5)) * time.Minute,
	}
	if d.one(2) {
		r.Predicted = r.Timeout / 2
	} else if d.one(8) {
		r.Timeout = 0 // for ever
	}
	if n := d.below(7); n > 0 {
		r.Queue = fmt.Sprint("q", n-1)
	}
	if d.one(8) {
		r.NotBefore = p.w.now.Add(time.Duration(d.below(20)) * time.Second)
	}
	for i := range d.below(4) {
		id := fmt.Sprint("s", (i+d.below(2))%4)
		r.Choices = append(r.Choices, glue.Choice{Connection: "to-" + id, Subnet: id})
	}
	if d.one(3) {
		r.MinWorkers = 1 + d.amount(int(r.Workers))
	}
	r.Strategy = placement.Strategies()[d.below(4)]
	return r
}

// crowd is how many runs wait at most: the world looks at all of them, several times an event.
const crowd = 40

// draw draws an event that is possible.
func (p *play) draw() Event {
	d, w := p.d, p.w
	switch n := d.below(30); {
	case n < 9 && len(w.waiting) >= crowd: // some can never start, or are held
		return Event{Remove: &Remove{ID: choose(d, w.waiting)}}
	case n < 9:
		r := p.run()
		return Event{Submit: &r}
	case n < 17 && len(w.leases) > 0:
		id := choose(d, w.leases)
		p.failed = append(p.failed, w.leases[id].Run)
		return Event{Release: &Release{ID: id, Outcome: placement.Outcome(d.below(3))}}
	case n == 17 && len(w.waiting) > 0:
		return Event{Remove: &Remove{ID: choose(d, w.waiting)}}
	case n < 20 && len(p.failed) > 0:
		r := p.failed[0]
		p.failed = p.failed[1:]
		r.Attempt++
		r.NotBefore = w.now.Add(time.Duration(d.below(10)) * time.Second)
		return Event{Submit: &r}
	case n < 22 && len(w.leases) > 0:
		return Event{Started: &Started{ID: choose(d, w.leases)}}
	case n == 22 && len(w.waiting) > 0:
		return Event{Hold: &Hold{ID: choose(d, w.waiting), Held: d.one(3)}}
	case n == 23:
		return Event{Hold: &Hold{Queue: fmt.Sprint("q", d.below(5)), Held: d.one(3)}}
	case n == 24 && len(w.waiting) > 0 && d.one(3):
		return Event{Limit: &Limit{Job: w.waiting[choose(d, w.waiting)].Job, Most: int64(1 + d.below(4))}}
	case n == 24 && len(w.waiting) > 0:
		return Event{Boost: &Boost{ID: choose(d, w.waiting), Priority: d.below(3)}}
	case n == 25 && d.one(8):
		c := p.config()
		c.Reservation.Off = w.cfg.Reservation.Off
		c.Placement.ReleaseLag = w.cfg.Placement.ReleaseLag
		return Event{Configure: &c}
	case n == 26 && d.one(2):
		return Event{Disk: &Disk{FreeBytes: d.amount(4), MinBytes: 1}}
	case n == 27 && len(w.cfg.Default.Subnets) > 0:
		sub := w.cfg.Default.Subnets[d.below(len(w.cfg.Default.Subnets))]
		at := w.now.Add(-time.Duration(d.below(60)) * time.Second)
		return Event{Observe: &Observe{Region: regions[d.below(2)], Subnet: sub.ID, Free: d.amount(12), At: at}}
	}
	return Event{Tick: true}
}

// choose draws a key of a map.
func choose[T any](d *dice, from map[string]T) string {
	keys := slices.Sorted(maps.Keys(from))
	return keys[d.below(len(keys))]
}

// step plays one event and checks what follows.
func (p *play) step(ev Event) {
	p.op++
	p.w.apply(ev, p.w.now.Add(time.Duration(p.d.below(4))*time.Second))
	if err := p.check(ev); err != nil {
		p.t.Fatalf("operation %d, %s: %v", p.op, show(&ev), err)
	}
}

// check steps the core and holds its decisions against the world.
func (p *play) check(ev Event) error {
	w := p.w
	decided, err := p.c.Step(ev, w.now)
	if err != nil {
		return err
	}
	w.moved(&decided)
	for _, a := range decided.Admitted {
		want := ""
		if w.cfg.Reservation.Off {
			want = w.next(regions)
		}
		if err := w.admit(a.Admission()); err != nil {
			return err
		}
		if want != "" && want != a.Run.ID {
			return fmt.Errorf("%s starts, %s goes first", a.Run.ID, want)
		}
	}
	if w.cfg.Reservation.Off {
		if id := w.next(regions); id != "" {
			return fmt.Errorf("%s fits and is left", id)
		}
	}
	if p.s == nil {
		return nil
	}
	if err := p.s.Audit(); err != nil {
		return err
	}
	if p.s.Waiting() != len(w.waiting) || p.s.Leases() != len(w.leases) {
		return fmt.Errorf("%d wait and %d run, the world has %d and %d", p.s.Waiting(), p.s.Leases(), len(w.waiting), len(w.leases))
	}
	if p.op%8 == 0 {
		return p.reasons()
	}
	return nil
}

// show writes an event for a failure.
func show(ev *Event) string {
	switch {
	case ev.Submit != nil:
		return fmt.Sprintf("submit %+v", *ev.Submit)
	case ev.Release != nil:
		return fmt.Sprintf("release %+v", *ev.Release)
	case ev.Configure != nil:
		return "configure"
	case ev.Hold != nil:
		return fmt.Sprintf("hold %+v", *ev.Hold)
	case ev.Limit != nil:
		return fmt.Sprintf("limit %+v", *ev.Limit)
	case ev.Boost != nil:
		return fmt.Sprintf("boost %+v", *ev.Boost)
	case ev.Observe != nil:
		return fmt.Sprintf("observe %+v", *ev.Observe)
	case ev.Started != nil:
		return "started " + ev.Started.ID
	case ev.Remove != nil:
		return "remove " + ev.Remove.ID
	case ev.Disk != nil:
		return fmt.Sprintf("disk %+v", *ev.Disk)
	}
	return "tick"
}

// reasons checks that what is said of each waiting run is so, by the world's own counts.
func (p *play) reasons() error {
	v := p.s.View()
	for _, id := range slices.Sorted(maps.Keys(p.w.waiting)) {
		r := p.w.waiting[id]
		why := v.Reason(r, p.w.now)
		if err := p.reason(v, &r, &why); err != nil {
			return fmt.Errorf("of %+v it is said: %s\n%+v: %w", r, why, why, err)
		}
		_ = why.Helps()
	}
	return nil
}

// reason checks one.
func (p *play) reason(v *View, r *Run, why *Reason) error {
	w, short := p.w, why.Shortage
	need := r.Lease().Need[short.Pool.Resource]
	bars := w.bars(r)
	right := false
	switch why.Tier {
	case TierNever:
		idle := &world{cfg: w.cfg}
		right = short.Need > short.Limit && (why.MaxRun == 0 || idle.tree(r.Region).Borrows(r.queue(), short.Pool.Resource, need) && (r.Timeout > why.MaxRun || r.Timeout == 0))
	case TierHeld:
		right = bars == "it is held" || bars == "its queue is held"
	case TierJob:
		right = bars == "its job is at its limit" && short.Limit == w.caps[r.Job].max || r.NotBefore.After(w.now)
	case TierQueue:
		tree := w.tree(r.Region)
		idle := &world{cfg: w.cfg}
		right = why.Gone && bars == "its queue is gone" || why.MaxRun > 0 && !idle.tree(r.Region).Borrows(r.queue(), short.Pool.Resource, need) && tree.Borrows(r.queue(), short.Pool.Resource, need) ||
			short.Need == need && need > tree.Available(r.queue(), short.Pool.Resource)
	case TierAccount, TierMachine:
		right = short.Need == need && short.Free == w.free(short.Pool.Resource, r.Region) && need > short.Free
	case TierSubnet, TierBreaker:
		right = bars == "" || bars == "it sleeps"
		for _, c := range r.Choices {
			if w.lacks(r, c.Subnet, max(1, r.Workers)+w.cfg.Placement.ExtraAddresses) == "" || w.lacks(r, c.Subnet, w.room(r.Region, c.Subnet)) == "" {
				right = false
			}
		}
		broken := w.health[r.Region+"/"+why.Subnet].State
		right = right && (why.Tier == TierSubnet || broken == "open" || broken == "half-open")
	case TierReserved:
		ahead, waits := w.waiting[why.Ahead]
		right = w.fits(r) && waits && !w.cfg.Reservation.Off && ahead.Priority >= r.Priority && w.now.Sub(ahead.Submitted) > w.cfg.Reservation.After
	case TierRetry:
		right = why.Until.Equal(r.NotBefore) && why.Until.After(w.now)
	case TierDisk:
		right = w.disk.Low()
	case TierTurn:
		ahead, waits := w.waiting[why.Ahead]
		right = waits && why.Ahead < r.ID && alike(&ahead, r) && ahead.Job == r.Job
	}
	if !right {
		return fmt.Errorf("it is not so (%s; %s)", bars, w.lacks(r, why.Subnet, max(1, r.Workers)+w.cfg.Placement.ExtraAddresses))
	}
	if place, of := v.Position(*r); place < 1 || place > of {
		return fmt.Errorf("place %d of %d", place, of)
	}
	return nil
}

// finish lets all run out: no run that can start is left, and nothing is held by anybody.
func (p *play) finish() {
	w := p.w
	c := Config{Default: Region{Slots: 12, QuarterDPUs: 48, FlexQuarterDPUs: 48, Subnets: p.config().Default.Subnets}, Workers: NoLimit, MemoryBytes: NoLimit,
		Reservation: w.cfg.Reservation}
	p.step(Event{Configure: &c})
	p.step(Event{Disk: &Disk{}})
	for q := range 5 {
		p.step(Event{Hold: &Hold{Queue: fmt.Sprint("q", q)}})
	}
	for _, id := range slices.Sorted(maps.Keys(w.waiting)) {
		if _, waits := w.waiting[id]; waits {
			p.step(Event{Hold: &Hold{ID: id}})
		}
	}
	for range 100 + 4*(len(w.waiting)+len(w.leases)) {
		if len(w.leases) > 0 {
			p.step(Event{Release: &Release{ID: slices.Sorted(maps.Keys(w.leases))[0], Outcome: placement.Worked}})
			continue
		}
		wake := p.s.NextWake()
		if wake.IsZero() {
			break
		}
		if wake.After(w.now) {
			w.now = wake
		}
		p.step(Event{Tick: true})
	}
	if len(w.leases)+len(w.draining) > 0 {
		p.t.Fatalf("at the end %d hold leases, %d drain", len(w.leases), len(w.draining))
	}
	for _, r := range w.waiting {
		v := p.s.View()
		why := v.Reason(r, w.now)
		if observed := why.Tier == TierSubnet && len(w.seen) > 0; why.Tier != TierNever && !why.Gone && !why.Cordoned && !observed {
			p.t.Fatalf("at the end %s still waits: %s", r.ID, why)
		}
	}
	for _, m := range p.s.View().Pools() {
		if m.Used != 0 && m.Pool.Resource != quota.JobRuns {
			p.t.Fatalf("at the end %+v", m)
		}
	}
}
