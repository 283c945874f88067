package scheduler

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"tenon/internal/core/quota"
)

// maxHolders is how many run ids a Reason names; it counts the others.
const maxHolders = 3

// View is what readers need to explain any waiting run: a copy, made by State.View, that is safe for concurrent use and
// true of one moment. Its size is that of the queue (one string header a run) and of the leases.
type View struct {
	limits  quota.Vector
	used    map[quota.Pool]int64
	holders map[quota.Pool]*holding
	jobs    map[string]jobView // those with waiting runs
	lines   []lineView
	disk    Disk
}

// holding is who holds a pool.
type holding struct {
	count int
	ids   []string // the oldest maxHolders
}

// jobView is the part of a View about one job.
type jobView struct {
	limit int64
	ids   []string // waiting runs in line, in order; only if the limit is reached
}

// lineView is the part of a View about one line.
type lineView struct {
	region string
	flex   bool
	ids    []string
	held   *hold
}

// View copies what readers need. It costs time in proportion to the runs that wait: about a millisecond for 100,000.
func (s *State) View() *View {
	v := &View{
		limits:  s.ledger.Limits(),
		used:    s.ledger.Usage(),
		holders: map[quota.Pool]*holding{},
		jobs:    make(map[string]jobView, len(s.jobs)),
		disk:    s.disk,
	}
	for _, lease := range s.ledger.Leases() {
		for _, r := range quota.Resources() {
			if lease.Need[r] == 0 {
				continue
			}
			p := lease.Pool(r)
			h := v.holders[p]
			if h == nil {
				h = &holding{}
				v.holders[p] = h
			}
			if h.count++; len(h.ids) < maxHolders {
				h.ids = append(h.ids, lease.ID)
			}
		}
	}
	for name, j := range s.jobs {
		if j.waiting > 0 {
			p := quota.Pool{Resource: quota.JobRuns, Scope: name}
			jv := jobView{limit: s.ledger.Limit(p)}
			if s.ledger.Free(p) == 0 { // else nobody waits for the job
				for _, c := range j.classes {
					jv.ids = merge(jv.ids, c.queue.ids())
				}
			}
			v.jobs[name] = jv
		}
	}
	for _, l := range s.lines {
		v.lines = append(v.lines, lineView{region: l.region, flex: l.flex, ids: l.queue.ids(), held: l.held})
	}
	return v
}

// merge joins two sorted lists; the second is mostly empty.
func merge(a, b []string) []string {
	if len(a) == 0 {
		return b
	}
	if len(b) > 0 {
		a = append(a, b...)
		sort.Strings(a)
	}
	return a
}

// Tier ranks the reasons for waiting: the first that applies is told, for those after it may change before it does.
type Tier string

// The tiers, in order.
const (
	TierNever   Tier = "never"   // needs more than there is in all
	TierJob     Tier = "job"     // the job's own MaxConcurrentRuns
	TierAccount Tier = "account" // run slots, DPUs, FLEX DPUs
	TierMachine Tier = "machine" // workers, memory
	TierRetry   Tier = "retry"   // backoff between two attempts
	TierDisk    Tier = "disk"    // too little free space
	TierTurn    Tier = "turn"    // it would fit, but an earlier run is first in line
	TierNone    Tier = "none"    // nothing holds it: it starts with the next decision
)

// Reason explains one waiting run.
type Reason struct {
	Tier      Tier
	Shortage  quota.Shortage // for never, job, account and machine the run's own; for turn that of the run ahead
	Holders   int            // how many runs hold the pool
	HolderIDs []string       // a few of them, oldest first
	Position  int            // from 1: among the job's waiting runs for job, else in its line; 0 where it has none
	Ahead     string         // for turn: the run that holds the line
	Until     time.Time      // for retry
	Disk      Disk           // for disk
}

// Reason computes why r waits. A run that the view does not know yet, being younger, stands last.
func (v *View) Reason(r Run, now time.Time) Reason {
	lease := r.Lease()
	asleep := r.NotBefore.After(now)
	if why, ok := v.shortage(&lease, r, asleep); ok {
		return why
	}
	if asleep {
		return Reason{Tier: TierRetry, Until: r.NotBefore}
	}
	line := v.line(r)
	why := Reason{Tier: TierNone, Position: position(line.ids, r.ID)}
	switch {
	case v.disk.Low():
		why.Tier, why.Disk = TierDisk, v.disk
	case line.held != nil && line.held.id != r.ID:
		why.Tier, why.Ahead, why.Shortage = TierTurn, line.held.id, line.held.shortage
	}
	return why
}

// shortage looks for the first resource that refuses r.
func (v *View) shortage(lease *quota.Lease, r Run, asleep bool) (Reason, bool) {
	for _, res := range quota.Resources() {
		if p := lease.Pool(res); res.Shared() && lease.Need[res] > v.limits[res] {
			return Reason{Tier: TierNever, Shortage: v.short(p, lease.Need[res], v.limits[res])}, true
		}
	}
	for _, res := range quota.Resources() {
		p, limit, ids := lease.Pool(res), v.limits[res], []string(nil)
		if res == quota.JobRuns {
			j, known := v.jobs[r.Job]
			if limit = j.limit; !known {
				limit = r.MaxJobRuns
			}
			ids = j.ids
		}
		short := v.short(p, lease.Need[res], limit)
		if short.Need <= short.Free {
			continue
		}
		why := Reason{Tier: tierOf(res), Shortage: short}
		if h := v.holders[p]; h != nil {
			why.Holders, why.HolderIDs = h.count, h.ids
		}
		if res != quota.JobRuns {
			ids = v.line(r).ids
		}
		if !asleep {
			why.Position = position(ids, r.ID)
		}
		return why, true
	}
	return Reason{}, false
}

// short fills a Shortage from the view's counts.
func (v *View) short(p quota.Pool, need, limit int64) quota.Shortage {
	return quota.Shortage{Pool: p, Need: need, Free: max(0, limit-v.used[p]), Limit: limit}
}

// line returns the line of r, empty when no run ever waited there.
func (v *View) line(r Run) lineView {
	for _, l := range v.lines {
		if l.region == r.Region && l.flex == r.Flex {
			return l
		}
	}
	return lineView{}
}

// tierOf is the tier of a shortage of a resource.
func tierOf(r quota.Resource) Tier {
	switch r {
	case quota.JobRuns:
		return TierJob
	case quota.Workers, quota.MemoryBytes:
		return TierMachine
	}
	return TierAccount
}

// position is the place of id in a sorted list, from 1.
func position(ids []string, id string) int { return 1 + sort.SearchStrings(ids, id) }

// String says it in one sentence: the StateDetail of the run.
func (r Reason) String() string {
	var b strings.Builder
	res := r.Shortage.Pool.Resource
	amount := func(n int64) string { return res.Format(n) }
	switch r.Tier {
	case TierNever:
		fmt.Fprintf(&b, "Cannot start: needs %s of %s, the limit is %s.", amount(r.Shortage.Need), res, amount(r.Shortage.Limit))
	case TierJob:
		fmt.Fprintf(&b, "Waiting for the job's own limit: MaxConcurrentRuns is %d and %d of its runs are active.", r.Shortage.Limit, r.Holders)
	case TierAccount, TierMachine:
		fmt.Fprintf(&b, "Waiting for %s: needs %s, %s of %s free.", res, amount(r.Shortage.Need),
			amount(r.Shortage.Free), amount(r.Shortage.Limit))
	case TierRetry:
		fmt.Fprintf(&b, "Waiting to retry: the next attempt starts at %s.", r.Until.UTC().Format(time.RFC3339))
	case TierDisk:
		fmt.Fprintf(&b, "Waiting for disk space: %s free, new runs need %s.", gibibytes(r.Disk.FreeBytes), gibibytes(r.Disk.MinBytes))
	case TierTurn:
		fmt.Fprintf(&b, "Waiting for its turn: %s is ahead and needs %s of %s, of which %s are free.", r.Ahead,
			amount(r.Shortage.Need), res, amount(r.Shortage.Free))
	default:
		b.WriteString("About to start.")
	}
	if len(r.HolderIDs) > 0 {
		b.WriteString(" Held by " + strings.Join(r.HolderIDs, ", "))
		if more := r.Holders - len(r.HolderIDs); more > 0 {
			fmt.Fprintf(&b, " and %d more", more)
		}
		b.WriteString(".")
	}
	if r.Position > 0 {
		fmt.Fprintf(&b, " Position %d", r.Position)
		if r.Tier == TierJob {
			b.WriteString(" among the job's waiting runs")
		}
		b.WriteString(".")
	}
	return b.String()
}

// gibibytes writes an amount of bytes.
func gibibytes(n int64) string { return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30)) }
