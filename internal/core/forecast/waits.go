package forecast

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tenon/internal/core/quota"
	"tenon/internal/core/scheduler"
)

// cause is what a run waits for.
type cause struct {
	region, tier, pool string     // region: of the run
	of                 quota.Pool // the zero value where there is none
}

// causeOf names the cause of a reason of a run in a region.
func causeOf(region string, r *scheduler.Reason) cause {
	c := cause{region: region, tier: string(r.Tier), of: r.Shortage.Pool}
	pool := r.Shortage.Pool
	_, subnet, _ := strings.Cut(pool.Scope, "/")
	switch r.Tier {
	case scheduler.TierHeld:
		c.pool, c.of = "an operator", quota.Pool{}
	case scheduler.TierBreaker:
		c.pool, c.of = "health of "+r.Subnet, quota.Pool{}
	case scheduler.TierReserved:
		c.pool, c.of = "capacity kept for a run that waits longer", quota.Pool{}
	case scheduler.TierRetry, scheduler.TierDisk, scheduler.TierNone:
		c.of = quota.Pool{}
	case scheduler.TierJob:
		c.pool = "MaxConcurrentRuns of " + JobName(pool.Scope)
	case scheduler.TierQueue:
		switch {
		case r.Gone:
			c.pool, c.of = "queue "+r.Queue+", which is not configured", quota.Pool{}
		case r.Kept != "":
			c.pool = pool.Resource.String() + " kept for queue " + r.Kept
		default:
			c.pool = pool.Resource.String() + " of queue " + r.Queue
		}
	default:
		c.pool = pool.Resource.String()
		if pool.Resource == quota.Addresses {
			c.pool += " of " + subnet
		}
	}
	return c
}

// waiter is a waiting run of one sample.
type waiter struct {
	run   scheduler.Run
	cause cause
	since time.Time // of the cause; zero: it is not known yet
}

// waits tells what runs waited for. Reasons are asked from the scheduler's View at events, as often as the work allows:
// between two looks a run waits for what it did at the first.
type waits struct {
	waiting map[string]*waiter
	settled []*waiter // their cause lasts to the end, so that nobody need ask again
	fresh   []*waiter // no cause yet
	spent   map[cause]time.Duration
	runs    map[cause]map[string]bool
	of      map[string]map[cause]time.Duration // of the runs that are asked about
	every   time.Duration
	looked  time.Time
	work    int
}

// Bounds of the work of one sample: after so many reasons, looks become half as frequent.
const (
	firstEvery   = time.Second
	workPerLevel = 100_000
)

// newWaits returns an empty account.
func newWaits() *waits {
	return &waits{waiting: map[string]*waiter{}, spent: map[cause]time.Duration{}, runs: map[cause]map[string]bool{},
		of: map[string]map[cause]time.Duration{}, every: firstEvery}
}

// submitted notes a run that may wait.
func (w *waits) submitted(r *scheduler.Run) {
	x := &waiter{run: *r}
	w.waiting[r.ID] = x
	w.fresh = append(w.fresh, x)
}

// started closes the account of a run.
func (w *waits) started(id string, at time.Time) {
	if x := w.waiting[id]; x != nil {
		w.charge(x, at)
		delete(w.waiting, id)
	}
}

// charge books the time since the cause began.
func (w *waits) charge(x *waiter, at time.Time) {
	if x.since.IsZero() || !at.After(x.since) {
		return
	}
	d := at.Sub(x.since)
	w.spent[x.cause] += d
	if w.runs[x.cause] == nil {
		w.runs[x.cause] = map[string]bool{}
	}
	w.runs[x.cause][x.run.ID] = true
	if own := w.of[x.run.ID]; own != nil {
		own[x.cause] += d
	}
	x.since = at
}

// look asks for reasons at a moment at which time is about to pass.
func (w *waits) look(s *scheduler.State, at time.Time) {
	if len(w.waiting) == 0 {
		w.fresh = w.fresh[:0]
		return
	}
	due := at.Sub(w.looked) >= w.every
	if !due && len(w.fresh) == 0 {
		return
	}
	view := s.View()
	ask := func(x *waiter) {
		r := view.Reason(x.run, at)
		c := causeOf(x.run.Region, &r)
		w.work++
		if x.since.IsZero() {
			x.since = at
		} else if c != x.cause {
			w.charge(x, at)
		}
		x.cause = c
		if r.Tier == scheduler.TierNever || r.Tier == scheduler.TierHeld || r.Gone { // nothing of a play changes that
			delete(w.waiting, x.run.ID)
			w.settled = append(w.settled, x)
		}
	}
	if due {
		for _, x := range w.waiting {
			ask(x)
		}
		w.looked = at
	} else {
		for _, x := range w.fresh {
			if w.waiting[x.run.ID] == x {
				ask(x)
			}
		}
	}
	w.fresh = w.fresh[:0]
	if w.work > workPerLevel {
		w.work, w.every = 0, 2*w.every
	}
}

// close ends the account.
func (w *waits) close(at time.Time) {
	for _, x := range w.waiting {
		w.charge(x, at)
	}
	for _, x := range w.settled {
		w.charge(x, at)
	}
}

// shares sums the accounts of some samples: their mean, the longest first.
func shares(accounts []*waits) []WaitShare {
	spent, runs := map[cause]time.Duration{}, map[cause]int{}
	for _, w := range accounts {
		for c, d := range w.spent {
			spent[c] += d
			runs[c] += len(w.runs[c])
		}
	}
	n := len(accounts)
	var out []WaitShare
	for c, d := range spent {
		out = append(out, WaitShare{Region: c.region, Tier: c.tier, Pool: c.pool, Seconds: milli(d.Seconds() / float64(n)), Runs: (runs[c] + n - 1) / n})
	}
	slices.SortFunc(out, func(a, b WaitShare) int {
		return cmp.Or(cmp.Compare(b.Seconds, a.Seconds), cmp.Compare(a.Tier, b.Tier), cmp.Compare(a.Pool, b.Pool), cmp.Compare(a.Region, b.Region))
	})
	return out
}

// why is what a run waited for longest, in all accounts.
func why(accounts []*waits, id string) string {
	spent := map[cause]time.Duration{}
	for _, w := range accounts {
		for c, d := range w.of[id] {
			spent[c] += d
		}
	}
	var most cause
	for c, d := range spent {
		if d > spent[most] || d == spent[most] && (c.tier < most.tier || c.tier == most.tier && c.pool < most.pool) {
			most = c
		}
	}
	return cmp.Or(most.pool, most.tier)
}
