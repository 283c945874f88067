package suite

import (
	"cmp"
	"slices"
	"time"

	"tenon/internal/core/scheduler"
)

// Order is how a Baseline picks among the runs that wait.
type Order int

// The orders.
const (
	BestEffort Order = iota // the first in submit order that fits
	Strict                  // the first in submit order, or nobody
)

// Baseline admits with exact accounting of what it started itself: event-driven, or, with Every, only at fixed times, as
// a state machine on a timer does.
type Baseline struct {
	books  *world
	order  Order
	every  time.Duration
	linger time.Duration
	lines  map[lineKey][]*scheduler.Run // runs alike, in submit order
	frees  []time.Time                  // when lingering addresses come back
	polled time.Time                    // the last poll
	count  int
}

// lineKey is what makes runs alike.
type lineKey struct {
	job     string
	dpus    int64
	flex    bool
	workers int64
	memory  int64
	choices string
}

// keyOf is the line of a run.
func keyOf(r *scheduler.Run) lineKey {
	k := lineKey{job: r.Job, dpus: r.QuarterDPUs, flex: r.Flex, workers: r.Workers, memory: r.MemoryBytes}
	for _, c := range r.Choices {
		k.choices += c.Subnet + " "
	}
	return k
}

// NewBaseline makes one for a trace; every 0 decides at every event.
func NewBaseline(t *Trace, order Order, every time.Duration) *Baseline {
	return &Baseline{books: newWorld(t), order: order, every: every, linger: t.Linger, lines: map[lineKey][]*scheduler.Run{},
		polled: Epoch.Add(-every)}
}

// Submit is of Policy.
func (p *Baseline) Submit(a *Arrival, now time.Time) []Start {
	k := keyOf(&a.Run)
	p.lines[k] = append(p.lines[k], &a.Run)
	p.count++
	return p.decide(now)
}

// End is of Policy.
func (p *Baseline) End(run string, now time.Time) []Start {
	p.books.end(run, now)
	if p.linger > 0 {
		p.frees = append(p.frees, now.Add(p.linger))
	}
	return p.decide(now)
}

// Began is of Policy.
func (p *Baseline) Began(string, time.Time) []Start { return nil }

// Fail is of Policy: the run waits again, and the books forget it.
func (p *Baseline) Fail(run, _ string, now time.Time) []Start {
	h := p.books.running[run]
	p.books.end(run, now)
	k := keyOf(&h.run)
	p.lines[k] = slices.Insert(p.lines[k], 0, &h.run)
	p.count++
	return nil
}

// Observe is of Policy. A baseline counts only its own.
func (p *Baseline) Observe(string, int64, time.Time, time.Time) []Start { return nil }

// Tick is of Policy.
func (p *Baseline) Tick(now time.Time) []Start {
	for len(p.frees) > 0 && !p.frees[0].After(now) {
		p.frees = p.frees[1:]
	}
	if p.every > 0 && !p.polled.Add(p.every).After(now) {
		p.polled = now
		return p.settle(now)
	}
	return p.decide(now)
}

// Next is of Policy.
func (p *Baseline) Next() time.Time {
	switch {
	case p.count == 0:
		return time.Time{}
	case p.every > 0:
		return p.polled.Add(p.every)
	case len(p.frees) > 0:
		return p.frees[0]
	}
	return time.Time{}
}

// decide admits if this is the time to.
func (p *Baseline) decide(now time.Time) []Start {
	if p.every > 0 {
		if next := p.polled.Add(p.every); next.Before(now) { // nobody waited: polls that found nothing
			p.polled = next.Add(now.Sub(next).Truncate(p.every))
		}
		return nil
	}
	return p.settle(now)
}

// settle starts what fits, in order.
func (p *Baseline) settle(now time.Time) []Start {
	var starts []Start
	heads := make([]lineKey, 0, len(p.lines))
	for k := range p.lines {
		heads = append(heads, k)
	}
	oldest := func(a, b lineKey) int { return cmp.Compare(p.lines[a][0].ID, p.lines[b][0].ID) }
	for {
		slices.SortFunc(heads, oldest)
		started := false
		for i, k := range heads {
			s, ok := p.try(p.lines[k][0], now)
			if !ok && p.order == Strict {
				return starts
			}
			if !ok {
				continue
			}
			starts = append(starts, s)
			p.count--
			if p.lines[k] = p.lines[k][1:]; len(p.lines[k]) == 0 {
				delete(p.lines, k)
				heads = slices.Delete(heads, i, i+1)
			}
			started = true
			break
		}
		if !started {
			return starts
		}
	}
}

// try starts a run in the books, on its subnet with most room, if it fits.
func (p *Baseline) try(r *scheduler.Run, now time.Time) (Start, bool) {
	b := p.books
	s := Start{Run: r.ID}
	if !b.fits(r) {
		return s, false
	}
	best := int64(-1)
	for _, c := range r.Choices {
		if _, known := b.subnets[c.Subnet]; !known {
			continue
		}
		if free := b.free(c.Subnet, now); free > best {
			best, s.Subnet = free, c.Subnet
		}
	}
	if s.Subnet != "" {
		if s.Workers = r.Workers + b.cfg.Placement.ExtraAddresses; best < s.Workers {
			return s, false
		}
	}
	return s, b.start(r, s, now) == nil
}

// fits reports whether the account, the machine and the job have room for a run.
func (w *world) fits(r *scheduler.Run) bool {
	d, flex := r.QuarterDPUs, int64(0)
	if r.Flex {
		d, flex = 0, r.QuarterDPUs
	}
	within := func(used, more, limit int64) bool { return limit == scheduler.NoLimit || used+more <= limit }
	return within(w.slots, 1, w.cfg.Default.Slots) && within(w.dpus, d, w.cfg.Default.QuarterDPUs) &&
		within(w.flex, flex, w.cfg.Default.FlexQuarterDPUs) && within(w.workers, 1, w.cfg.Workers) &&
		within(w.memory, r.MemoryBytes, w.cfg.MemoryBytes) && w.jobs[r.Job] < r.MaxJobRuns
}
