package quota

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Ledger holds the limits and the leases. It is not safe for concurrent use.
//
// A run has at most one active lease. The leases of its earlier attempts may still drain: they hold addresses alone,
// until a time.
type Ledger struct {
	limits Vector // of every pool that SetLimit does not set apart
	meters map[Pool]*Meter
	active map[string]*holding // by run
	drains drains
}

// holding is a lease and the meters that count it.
type holding struct {
	lease  Lease
	meters [resources]*Meter // nil where it needs nothing
	hidden bool              // counted as hidden by the meter of its addresses
	place  int               // among the drains
}

// NewLedger returns a ledger without leases. A limit of 0 means none of that resource.
func NewLedger(limits Vector) *Ledger {
	return &Ledger{limits: limits, meters: map[Pool]*Meter{}, active: map[string]*holding{}, drains: drains{byKey: map[attempt]*holding{}}}
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

// Acquire takes a lease that fits. One that does not fit, or a second one of a run, is an error: the caller asked first.
func (l *Ledger) Acquire(lease Lease) error {
	if !lease.Until.IsZero() {
		return fmt.Errorf("quota: lease of %s is draining", lease.ID)
	}
	meters := l.metersOf(&lease)
	for r, m := range meters {
		if m != nil && lease.Need[r] > m.Free() {
			return fmt.Errorf("quota: lease of %s does not fit: it needs %d %s, %d are free", lease.ID, lease.Need[r], Resource(r), m.Free())
		}
	}
	return l.put(lease, meters)
}

// Restore puts a lease back that was taken before a restart, whatever the limits are now. One with Until drains: it
// counts with its addresses alone.
func (l *Ledger) Restore(lease Lease) error {
	if !lease.Until.IsZero() {
		lease.Need = lease.Need.only(Addresses)
	}
	return l.put(lease, l.metersOf(&lease))
}

// metersOf are the meters that count a lease; nil where it needs nothing.
func (l *Ledger) metersOf(lease *Lease) (meters [resources]*Meter) {
	for r, n := range lease.Need {
		if n != 0 {
			meters[r] = l.Meter(lease.Pool(Resource(r)))
		}
	}
	return meters
}

// put takes a lease, active or draining, that can be counted.
func (l *Ledger) put(lease Lease, meters [resources]*Meter) error {
	drain := !lease.Until.IsZero()
	if l.held(&lease, drain) {
		return fmt.Errorf("quota: %s already holds a lease", lease.ID)
	}
	for r, n := range lease.Need {
		if n < 0 {
			return fmt.Errorf("quota: lease of %s needs %d %s", lease.ID, n, Resource(r))
		}
		if n > 0 && n > Unlimited-meters[r].used {
			return fmt.Errorf("quota: lease of %s needs %d %s: too many to count", lease.ID, n, Resource(r))
		}
	}
	h := &holding{lease: lease, meters: meters}
	if drain {
		l.drains.put(h)
	} else {
		l.active[lease.ID] = h
	}
	l.count(h, 1)
	return nil
}

// held reports whether a lease would be a second one of its attempt, or a second active one of its run.
func (l *Ledger) held(lease *Lease, drain bool) bool {
	active := l.active[lease.ID]
	return l.drains.byKey[lease.key()] != nil || active != nil && (!drain || active.lease.Attempt == lease.Attempt)
}

// count adds what h holds to its meters, or with sign -1 takes it off.
func (l *Ledger) count(h *holding, sign int64) {
	for r, m := range h.meters {
		if m == nil {
			continue
		}
		n := sign * h.lease.Need[r]
		m.used += n
		switch {
		case !h.lease.Until.IsZero():
			m.draining += n
		case h.lease.Visible.IsZero():
			m.reserved += n
		}
	}
	m := h.meters[Addresses]
	if m == nil {
		return
	}
	if sign > 0 {
		h.hidden = m.observed && h.lease.hiddenAt(m.at)
	}
	if h.hidden {
		m.hidden += sign * h.lease.Need[Addresses]
	}
}

// hiddenAt reports whether an observation made at a time cannot have seen the lease's addresses.
func (l *Lease) hiddenAt(at time.Time) bool { return l.Visible.IsZero() || l.Visible.After(at) }

// Started notes that the attempt of a run has its workers, so that observations from then on show its addresses. It
// reports whether there is an active lease; a second time changes nothing.
func (l *Ledger) Started(id string, now time.Time) bool {
	h := l.active[id]
	if h == nil {
		return false
	}
	if h.lease.Visible.IsZero() {
		l.count(h, -1)
		h.lease.Visible = now
		l.count(h, 1)
	}
	return true
}

// Release gives back all that a run holds. It reports whether there was a lease; releasing twice is harmless.
func (l *Ledger) Release(id string) (Lease, bool) {
	h := l.active[id]
	if h == nil {
		return Lease{}, false
	}
	delete(l.active, id)
	l.count(h, -1)
	return h.lease, true
}

// Drain gives back all that a run holds but its addresses: those are free at until. It returns the lease as it was, and
// as it drains from now on: with Until, and without need where the run held no addresses. It reports whether there was
// a lease.
func (l *Ledger) Drain(id string, until time.Time) (was, drain Lease, ok bool) {
	was, ok = l.Release(id)
	if !ok {
		return was, drain, false
	}
	drain = was
	drain.Need, drain.Until = was.Need.only(Addresses), until
	if drain.Need == (Vector{}) {
		return was, drain, true
	}
	if err := l.Restore(drain); err != nil {
		panic(err) // Invariant: an attempt has one lease, active or draining, and what it held a moment ago can be counted.
	}
	return was, drain, true
}

// NextDrain is when the next draining lease ends; zero if none drains.
func (l *Ledger) NextDrain() time.Time {
	if len(l.drains.heap) == 0 {
		return time.Time{}
	}
	return l.drains.heap[0].lease.Until
}

// ExpireDrains ends the draining leases whose time has come, and returns them by Until, run and attempt.
func (l *Ledger) ExpireDrains(now time.Time) []Lease {
	var ended []Lease
	for len(l.drains.heap) > 0 && !l.drains.heap[0].lease.Until.After(now) {
		h := l.drains.heap[0]
		l.drains.take(h)
		l.count(h, -1)
		ended = append(ended, h.lease)
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
		if h.hidden = h.lease.hiddenAt(at); h.hidden {
			m.hidden += h.lease.Need[p.Resource]
		}
	}
	return true
}

// all are all leases, in no order.
func (l *Ledger) all() func(yield func(*holding) bool) {
	return func(yield func(*holding) bool) {
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

// Leases returns the active leases by run id.
func (l *Ledger) Leases() []Lease {
	all := make([]Lease, 0, len(l.active))
	for _, id := range slices.Sorted(maps.Keys(l.active)) {
		all = append(all, l.active[id].lease)
	}
	return all
}

// Lease returns the active lease of a run.
func (l *Ledger) Lease(id string) (Lease, bool) {
	h := l.active[id]
	if h == nil {
		return Lease{}, false
	}
	return h.lease, true
}

// Draining returns the leases that drain, by Until, run and attempt.
func (l *Ledger) Draining() []Lease {
	all := make([]Lease, 0, len(l.drains.heap))
	for _, h := range l.drains.heap {
		all = append(all, h.lease)
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
		for r, n := range h.lease.Need {
			if n == 0 {
				continue
			}
			p := h.lease.Pool(Resource(r))
			if sums[p] == nil {
				sums[p] = &Meter{}
			}
			s, m := sums[p], l.Meter(p)
			s.used += n
			switch {
			case !h.lease.Until.IsZero():
				s.draining += n
			case h.lease.Visible.IsZero():
				s.reserved += n
			}
			if m.observed && h.lease.hiddenAt(m.at) {
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

// Holds reports whether a run holds an active lease.
func (l *Ledger) Holds(id string) bool {
	_, held := l.active[id]
	return held
}

// Limits returns the limits of the shared resources.
func (l *Ledger) Limits() Vector { return l.limits }

// Usage returns a copy of what leases hold, by pool.
func (l *Ledger) Usage() map[Pool]int64 {
	used := map[Pool]int64{}
	for p, m := range l.meters {
		if m.used > 0 {
			used[p] = m.used
		}
	}
	return used
}

// Meters returns a copy of every meter that counts something or has a limit set apart, for readers.
func (l *Ledger) Meters() map[Pool]Meter {
	all := make(map[Pool]Meter, len(l.meters))
	for p, m := range l.meters {
		all[p] = *m
	}
	return all
}
