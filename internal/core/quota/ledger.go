package quota

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"time"
)

// Ledger holds the limits and counts the leases. It is not safe for concurrent use.
//
// A lease is active, or it drains: then it holds addresses alone, until a time. An attempt has one lease at a time. That a
// run has one active lease is for those to see who know runs.
type Ledger struct {
	limits Vector // of every pool that SetLimit does not set apart
	meters map[Pool]*Meter
	active []*Holding
	drains drains
}

// Holding is a lease that a ledger counts. From the time that it is, its Lease does not change any more, but for Visible.
type Holding struct {
	Lease
	meters Meters
	hidden bool // counted as hidden by the meter of its addresses
	place  int  // among the active ones, or the drains
}

// Meters are those that count a lease; nil where it needs nothing.
type Meters [resources]*Meter

// NewLedger returns a ledger without leases. A limit of 0 means none of that resource.
func NewLedger(limits Vector) *Ledger {
	return &Ledger{limits: limits, meters: map[Pool]*Meter{}, drains: drains{byKey: map[attempt]*Holding{}}}
}

// SetLimits replaces the limits of all pools of shared resources: those that differ by region, and those of subnets, are
// set with SetLimit afterwards. Leases stay.
func (l *Ledger) SetLimits(limits Vector) {
	l.limits = limits
	for p, m := range l.meters {
		if p.Resource.Shared() {
			m.limit = limits[p.Resource]
		}
	}
}

// SetLimit sets one pool apart: a region's slots or DPUs, the usable addresses of a subnet.
func (l *Ledger) SetLimit(p Pool, limit int64) { l.Meter(p).limit = limit }

// SetJob sets how many runs of a job may hold a lease at once.
func (l *Ledger) SetJob(job string, most int64) { l.Meter(Pool{JobRuns, job}).limit = most }

// ForgetJob drops the limit and the meter of a job that no run uses any more.
func (l *Ledger) ForgetJob(job string) { delete(l.meters, Pool{JobRuns, job}) }

// Meter returns the meter of a pool.
func (l *Ledger) Meter(p Pool) *Meter {
	m := l.meters[p]
	if m == nil {
		m = &Meter{pool: p}
		if p.Resource.Shared() {
			m.limit = l.limits[p.Resource]
		}
		l.meters[p] = m
	}
	return m
}

// Limit returns the limit of a pool.
func (l *Ledger) Limit(p Pool) int64 { return l.Meter(p).limit }

// Used returns what leases hold of a pool.
func (l *Ledger) Used(p Pool) int64 { return l.Meter(p).used }

// Free returns what is left of a pool; 0 where a lowered limit has left it overdrawn.
func (l *Ledger) Free(p Pool) int64 { return l.Meter(p).Free() }

// Refusing reports whether resource r has no room for the lease, and by how much.
func (l *Ledger) Refusing(lease *Lease, r Resource) (Shortage, bool) {
	need := lease.Need[r]
	if need == 0 {
		return Shortage{}, false
	}
	m := l.Meter(lease.Pool(r))
	if need <= m.Free() {
		return Shortage{}, false
	}
	return m.shortage(need), true
}

// Fits reports whether every resource has room for the lease.
func (l *Ledger) Fits(lease *Lease) bool {
	for r := range resources {
		if _, refused := l.Refusing(lease, r); refused {
			return false
		}
	}
	return true
}

// Never returns the first shared resource of which the lease needs more than there is in all. A job's own limit is left
// out: it is at least one, and a run needs one.
func (l *Ledger) Never(lease *Lease) (Shortage, bool) {
	for r := range resources {
		if !r.Shared() || lease.Need[r] == 0 {
			continue
		}
		if m := l.Meter(lease.Pool(r)); !m.Within(lease.Need[r]) {
			return m.shortage(lease.Need[r]), true
		}
	}
	return Shortage{}, false
}

// Acquire takes a lease that fits; meters are those that MetersOf returns, which need not be looked up again. A lease that
// does not fit, or a second one of an attempt, is an error: the caller asked first.
func (l *Ledger) Acquire(h *Holding, meters Meters) error {
	if !h.Until.IsZero() {
		return fmt.Errorf("quota: lease of %s is draining", h.ID)
	}
	for r, m := range meters {
		if m != nil && h.Need[r] > m.Free() {
			return fmt.Errorf("quota: lease of %s does not fit: it needs %d %s, %d are free", h.ID, h.Need[r], Resource(r), m.Free())
		}
	}
	return l.put(h, meters)
}

// Restore puts a lease back that was taken before a restart, whatever the limits are now. One with Until drains: it
// counts with its addresses alone.
func (l *Ledger) Restore(h *Holding) error {
	if !h.Until.IsZero() {
		h.Need = h.Need.only(Addresses)
	}
	return l.put(h, l.MetersOf(&h.Lease))
}

// MetersOf are the meters that count a lease.
func (l *Ledger) MetersOf(lease *Lease) (meters Meters) {
	for r, n := range lease.Need {
		if n != 0 {
			meters[r] = l.Meter(lease.Pool(Resource(r)))
		}
	}
	return meters
}

// put takes a lease, active or draining, that can be counted.
func (l *Ledger) put(h *Holding, meters Meters) error {
	if l.drains.byKey[h.key()] != nil {
		return fmt.Errorf("quota: %s already holds a lease", h.ID)
	}
	for r, n := range h.Need {
		if n < 0 {
			return fmt.Errorf("quota: lease of %s needs %d %s", h.ID, n, Resource(r))
		}
		if n > 0 && n > Unlimited-meters[r].used {
			return fmt.Errorf("quota: lease of %s needs %d %s: too many to count", h.ID, n, Resource(r))
		}
	}
	h.meters = meters
	if h.Until.IsZero() {
		h.place = len(l.active)
		l.active = append(l.active, h)
	} else {
		l.drains.put(h)
	}
	l.count(h, 1)
	return nil
}

// count adds what h holds to its meters, or with sign -1 takes it off.
func (l *Ledger) count(h *Holding, sign int64) {
	for r, m := range h.meters {
		if m == nil {
			continue
		}
		n := sign * h.Need[r]
		m.used += n
		switch {
		case !h.Until.IsZero():
			m.draining += n
		case h.Visible.IsZero():
			m.reserved += n
		}
	}
	m := h.meters[Addresses]
	if m == nil {
		return
	}
	if sign > 0 {
		h.hidden = m.observed && h.hiddenAt(m.at)
	}
	if h.hidden {
		m.hidden += sign * h.Need[Addresses]
	}
}

// hiddenAt reports whether an observation made at a time cannot have seen the lease's addresses.
func (l *Lease) hiddenAt(at time.Time) bool { return l.Visible.IsZero() || l.Visible.After(at) }

// Started notes that the attempt of an active lease has its workers, so that observations from then on show its addresses.
// A second time changes nothing.
func (l *Ledger) Started(h *Holding, now time.Time) {
	if h.Visible.IsZero() {
		l.count(h, -1)
		h.Visible = now
		l.count(h, 1)
	}
}

// Release gives back all that an active lease holds.
func (l *Ledger) Release(h *Holding) {
	last := l.active[len(l.active)-1]
	l.active[h.place], last.place = last, h.place
	l.active[len(l.active)-1] = nil
	l.active = l.active[:len(l.active)-1]
	l.count(h, -1)
}

// Drain gives back all that an active lease holds but its addresses: those are free at until. It returns the lease as it
// drains from now on; nil where it held no addresses.
func (l *Ledger) Drain(h *Holding, until time.Time) *Holding {
	l.Release(h)
	if h.Need[Addresses] == 0 {
		return nil
	}
	drain := &Holding{Lease: h.Lease}
	drain.Until = until
	if err := l.Restore(drain); err != nil {
		panic(err) // Invariant: an attempt has one lease, active or draining, and what it held a moment ago can be counted.
	}
	return drain
}

// NextDrain is when the next draining lease ends; zero if none drains.
func (l *Ledger) NextDrain() time.Time {
	if len(l.drains.heap) == 0 {
		return time.Time{}
	}
	return l.drains.heap[0].Until
}

// ExpireDrains ends the draining leases whose time has come, and returns them by Until, run and attempt.
func (l *Ledger) ExpireDrains(now time.Time) []Lease {
	var ended []Lease
	for len(l.drains.heap) > 0 && !l.drains.heap[0].Until.After(now) {
		h := l.drains.heap[0]
		l.drains.take(h)
		l.count(h, -1)
		ended = append(ended, h.Lease)
	}
	return ended
}

// Observe takes note of how much of a pool was free at a time, as somebody outside counted. An observation older than
// the one known is ignored; it reports whether it was taken. Whoever observes a pool goes on doing so: what was in use at
// the last look stays so until the next. It costs the number of leases.
func (l *Ledger) Observe(p Pool, free int64, at time.Time) bool {
	m := l.Meter(p)
	if m.observed && at.Before(m.at) {
		return false
	}
	m.observed, m.seen, m.at, m.hidden = true, max(0, free), at, 0
	for h := range l.all() {
		if h.meters[p.Resource] != m {
			continue
		}
		if h.hidden = h.hiddenAt(at); h.hidden {
			m.hidden += h.Need[p.Resource]
		}
	}
	return true
}

// all are all leases, in no order.
func (l *Ledger) all() iter.Seq[*Holding] {
	return func(yield func(*Holding) bool) {
		for _, h := range l.active {
			if !yield(h) {
				return
			}
		}
		for _, h := range l.drains.heap {
			if !yield(h) {
				return
			}
		}
	}
}

// Len is the number of active leases.
func (l *Ledger) Len() int { return len(l.active) }

// Draining returns the leases that drain, by Until, run and attempt.
func (l *Ledger) Draining() []Lease {
	all := make([]Lease, 0, len(l.drains.heap))
	for _, h := range l.drains.heap {
		all = append(all, h.Lease)
	}
	slices.SortFunc(all, func(a, b Lease) int {
		return cmp.Or(a.Until.Compare(b.Until), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Attempt, b.Attempt))
	})
	return all
}

// Audit recomputes every count from the leases and reports the first that differs from what was kept.
func (l *Ledger) Audit() error {
	sums := map[Pool]*Meter{}
	for h := range l.all() {
		for r, n := range h.Need {
			if n == 0 {
				continue
			}
			p := h.Pool(Resource(r))
			if sums[p] == nil {
				sums[p] = &Meter{}
			}
			s, m := sums[p], l.Meter(p)
			s.used += n
			switch {
			case !h.Until.IsZero():
				s.draining += n
			case h.Visible.IsZero():
				s.reserved += n
			}
			if m.observed && h.hiddenAt(m.at) {
				s.hidden += n
			}
		}
	}
	for p, m := range l.meters {
		s := sums[p]
		if s == nil {
			s = &Meter{}
		}
		for _, c := range []struct {
			what       string
			kept, sums int64
		}{{"used", m.used, s.used}, {"reserved", m.reserved, s.reserved}, {"draining", m.draining, s.draining}, {"hidden", m.hidden, s.hidden}} {
			if c.kept != c.sums {
				return fmt.Errorf("quota: %s of %q: leases hold %d, counted %d (%s)", p.Resource, p.Scope, c.sums, c.kept, c.what)
			}
		}
	}
	return nil
}

// Meters returns a copy of every meter that counts something or has a limit set apart, for readers.
func (l *Ledger) Meters() map[Pool]Meter {
	all := make(map[Pool]Meter, len(l.meters))
	for p, m := range l.meters {
		all[p] = *m
	}
	return all
}
