package quota

import (
	"fmt"
	"iter"
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

// Holding is what a ledger knows of a lease, so that there may be many. From the time that it is counted its Need does not
// change any more, and Visible only by Started.
type Holding struct {
	Need    Vector
	Visible time.Time // as in Lease
	meters  Meters
	hidden  bool  // counted as hidden by the meter of its addresses
	place   int32 // among the active ones
}

// Meters are those that count a lease; nil where it needs nothing.
type Meters [resources]*Meter

// NewLedger returns a ledger without leases. A limit of 0 means none of that resource.
func NewLedger(limits Vector) *Ledger {
	return &Ledger{limits: limits, meters: map[Pool]*Meter{}, drains: drains{byKey: map[attempt]*drain{}}}
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

// Acquire takes what h needs, which fits; meters are those that MetersOf returns, which need not be looked up again. What
// does not fit is an error: the caller asked first.
func (l *Ledger) Acquire(h *Holding, meters Meters) error {
	for r, m := range meters {
		if m != nil && h.Need[r] > m.Free() {
			return fmt.Errorf("quota: a lease does not fit: it needs %d %s, %d are free", h.Need[r], Resource(r), m.Free())
		}
	}
	if err := l.put(h, meters); err != nil {
		return fmt.Errorf("quota: a lease %w", err)
	}
	return nil
}

// Restore takes an active lease that was had before a restart, whatever the limits are now; h is what is counted of it from
// then on. A second lease of an attempt, or one that cannot be counted, is an error.
func (l *Ledger) Restore(h *Holding, lease *Lease) error {
	if l.Drains(lease.ID, lease.Attempt) {
		return fmt.Errorf("quota: %s already holds a lease", lease.ID)
	}
	h.Need, h.Visible = lease.Need, lease.Visible
	if err := l.put(h, l.MetersOf(lease)); err != nil {
		return fmt.Errorf("quota: lease of %s %w", lease.ID, err)
	}
	return nil
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

// put takes an active lease that can be counted.
func (l *Ledger) put(h *Holding, meters Meters) error {
	if err := countable(&h.Need, &meters); err != nil {
		return err
	}
	h.meters, h.place = meters, int32(len(l.active))
	l.active = append(l.active, h)
	l.count(h, 1)
	return nil
}

// countable refuses what cannot be, or would run over.
func countable(need *Vector, meters *Meters) error {
	for r, n := range need {
		if n < 0 {
			return fmt.Errorf("needs %d %s", n, Resource(r))
		}
		if n > 0 && n > Unlimited-meters[r].used {
			return fmt.Errorf("needs %d %s: too many to count", n, Resource(r))
		}
	}
	return nil
}

// count adds what an active lease holds to its meters, or with sign -1 takes it off.
func (l *Ledger) count(h *Holding, sign int64) {
	reserved := h.Visible.IsZero()
	for r, m := range h.meters {
		if m == nil {
			continue
		}
		n := sign * h.Need[r]
		m.used += n
		if reserved {
			m.reserved += n
		}
	}
	if m := h.meters[Addresses]; m != nil {
		m.hide(h, sign)
	}
}

// hide adds the addresses of a lease to those that the meter's observation cannot have seen, or with sign -1 takes them off.
func (m *Meter) hide(h *Holding, sign int64) {
	if sign > 0 {
		h.hidden = m.observed && hiddenAt(h.Visible, m.at)
	}
	if h.hidden {
		m.hidden += sign * h.Need[Addresses]
	}
}

// hiddenAt reports whether an observation made at a time cannot have seen addresses that are visible from another on.
func hiddenAt(visible, at time.Time) bool { return visible.IsZero() || visible.After(at) }

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
		if h.hidden = hiddenAt(h.Visible, at); h.hidden {
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
		for _, d := range l.drains.heap {
			if !yield(&d.Holding) {
				return
			}
		}
	}
}

// Counts reports whether h is counted where its lease says.
func (l *Ledger) Counts(h *Holding, lease *Lease) bool {
	return h.Need == lease.Need && h.meters == l.MetersOf(lease)
}

// Len is the number of active leases.
func (l *Ledger) Len() int { return len(l.active) }

// Audit recomputes every count from the leases and reports the first that differs from what was kept.
func (l *Ledger) Audit() error {
	sums := map[Pool]*Meter{}
	sum := func(h *Holding, drains bool) {
		for r, m := range h.meters {
			n := h.Need[r]
			if m == nil || n == 0 {
				continue
			}
			s := sums[m.pool]
			if s == nil {
				s = &Meter{}
				sums[m.pool] = s
			}
			s.used += n
			switch {
			case drains:
				s.draining += n
			case h.Visible.IsZero():
				s.reserved += n
			}
			if m.observed && hiddenAt(h.Visible, m.at) {
				s.hidden += n
			}
		}
	}
	for _, h := range l.active {
		sum(h, false)
	}
	for _, d := range l.drains.heap {
		sum(&d.Holding, true)
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
