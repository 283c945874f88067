package quota

import (
	"fmt"
	"maps"
	"slices"
)

// Ledger holds the limits and the leases. It is not safe for concurrent use.
type Ledger struct {
	limits Vector           // of every pool of the resource; JobRuns is unused
	jobs   map[string]int64 // MaxConcurrentRuns by job
	// Invariant: used is the sum of leases, by pool, without zeros. Audit checks it.
	used   map[Pool]int64
	leases map[string]Lease
}

// NewLedger returns a ledger without leases. A limit of 0 means none of that resource.
func NewLedger(limits Vector) *Ledger {
	return &Ledger{limits: limits, jobs: map[string]int64{}, used: map[Pool]int64{}, leases: map[string]Lease{}}
}

// SetLimits replaces the limits of the shared resources. Leases stay.
func (l *Ledger) SetLimits(limits Vector) { l.limits = limits }

// SetJob sets how many runs of a job may hold a lease at once.
func (l *Ledger) SetJob(job string, max int64) { l.jobs[job] = max }

// ForgetJob drops the limit of a job that no run uses any more.
func (l *Ledger) ForgetJob(job string) { delete(l.jobs, job) }

// Limit returns the limit of a pool.
func (l *Ledger) Limit(p Pool) int64 {
	if p.Resource == JobRuns {
		return l.jobs[p.Scope]
	}
	return l.limits[p.Resource]
}

// Used returns what leases hold of a pool.
func (l *Ledger) Used(p Pool) int64 { return l.used[p] }

// Free returns what is left of a pool; 0 where a lowered limit has left it overdrawn.
func (l *Ledger) Free(p Pool) int64 { return max(0, l.Limit(p)-l.used[p]) }

// Refusing reports whether resource r has no room for the lease, and by how much.
func (l *Ledger) Refusing(lease *Lease, r Resource) (Shortage, bool) {
	need := lease.Need[r]
	if need == 0 {
		return Shortage{}, false
	}
	p := lease.Pool(r)
	free := l.Free(p)
	if need <= free {
		return Shortage{}, false
	}
	return Shortage{Pool: p, Need: need, Free: free, Limit: l.Limit(p)}, true
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
		if !r.Shared() {
			continue
		}
		p := lease.Pool(r)
		if need, limit := lease.Need[r], l.Limit(p); need > limit {
			return Shortage{Pool: p, Need: need, Free: l.Free(p), Limit: limit}, true
		}
	}
	return Shortage{}, false
}

// Acquire takes a lease that fits. One that does not fit, or a second one of a run, is an error: the caller asked first.
func (l *Ledger) Acquire(lease Lease) error {
	if !l.Fits(&lease) {
		return fmt.Errorf("quota: lease of %s does not fit", lease.ID)
	}
	return l.Restore(lease)
}

// Restore puts a lease back that was taken before a restart, whatever the limits are now.
func (l *Ledger) Restore(lease Lease) error {
	if _, held := l.leases[lease.ID]; held {
		return fmt.Errorf("quota: %s already holds a lease", lease.ID)
	}
	for r, n := range lease.Need {
		if n < 0 {
			return fmt.Errorf("quota: lease of %s needs %d %s", lease.ID, n, Resource(r))
		}
	}
	l.leases[lease.ID] = lease
	for r, n := range lease.Need {
		if n > 0 {
			l.used[lease.Pool(Resource(r))] += n
		}
	}
	return nil
}

// Release gives back what a run holds. It reports whether there was a lease; releasing twice is harmless.
func (l *Ledger) Release(id string) (Lease, bool) {
	lease, held := l.leases[id]
	if !held {
		return Lease{}, false
	}
	delete(l.leases, id)
	for r, n := range lease.Need {
		if n == 0 {
			continue
		}
		p := lease.Pool(Resource(r))
		if l.used[p] -= n; l.used[p] == 0 {
			delete(l.used, p)
		}
	}
	return lease, true
}

// Len is the number of leases.
func (l *Ledger) Len() int { return len(l.leases) }

// Leases returns all leases by run id.
func (l *Ledger) Leases() []Lease {
	all := make([]Lease, 0, len(l.leases))
	for _, id := range slices.Sorted(maps.Keys(l.leases)) {
		all = append(all, l.leases[id])
	}
	return all
}

// Audit recomputes usage from the leases and reports the first pool in which the count kept differs.
func (l *Ledger) Audit() error {
	sum := map[Pool]int64{}
	for _, lease := range l.leases {
		for r, n := range lease.Need {
			if n > 0 {
				sum[lease.Pool(Resource(r))] += n
			}
		}
	}
	for p, n := range sum {
		if l.used[p] != n {
			return fmt.Errorf("quota: %s of %q: leases hold %d, counted %d", p.Resource, p.Scope, n, l.used[p])
		}
	}
	if len(sum) != len(l.used) {
		return fmt.Errorf("quota: %d pools are counted, leases hold %d", len(l.used), len(sum))
	}
	return nil
}

// Holds reports whether a run holds a lease.
func (l *Ledger) Holds(id string) bool {
	_, held := l.leases[id]
	return held
}

// Limits returns the limits of the shared resources.
func (l *Ledger) Limits() Vector { return l.limits }

// Usage returns a copy of what leases hold, by pool.
func (l *Ledger) Usage() map[Pool]int64 { return maps.Clone(l.used) }
