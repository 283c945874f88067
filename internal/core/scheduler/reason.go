package scheduler

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tenon/internal/core/quota"
)

// Tier ranks the reasons for waiting: the first that applies is told, for those after it may change before it does.
type Tier string

// The tiers, in order.
const (
	TierNever    Tier = "never"    // needs more than there is in all
	TierHeld     Tier = "held"     // by an operator: the run, or its queue
	TierJob      Tier = "job"      // the job's own MaxConcurrentRuns
	TierQueue    Tier = "queue"    // the queue's share, or the queue is gone
	TierAccount  Tier = "account"  // run slots, DPUs, FLEX DPUs
	TierSubnet   Tier = "subnet"   // addresses
	TierMachine  Tier = "machine"  // workers, memory
	TierRetry    Tier = "retry"    // backoff between two attempts
	TierReserved Tier = "reserved" // it would fit, but what it takes is kept for another
	TierBreaker  Tier = "breaker"  // its subnets failed lately
	TierDisk     Tier = "disk"     // too little free space
	TierTurn     Tier = "turn"     // it would fit, but an earlier run of its kind goes first
	TierNone     Tier = "none"     // nothing holds it: it starts with the next decision
)

// Reason explains one waiting run.
type Reason struct {
	Tier      Tier
	Shortage  quota.Shortage // the run's own; for turn that of the run ahead
	Holders   int            // how many runs hold the pool
	HolderIDs []string       // a few of them, oldest first
	Next      time.Time      // when the first of all holders is expected to give back; zero: not known
	NextID    string         // which that is
	Position  int            // from 1, in its queue; 0 where it is not in line
	Of        int            // runs in line in the queue

	Queue  string        // for queue: whose quota it is; for held: the queue, if it is that
	Gone   bool          // for queue: it is not configured any more
	Kept   string        // for queue: there is enough, but it is kept for this queue
	MaxRun time.Duration // for queue: only runs with a Timeout up to this may borrow

	Subnet   string    // for subnet: the one with the most free; for breaker: the one tried again first
	Subnets  int       // for subnet: of so many
	Cordoned bool      // for subnet: all are cordoned, or broken and full
	Ahead    string    // for reserved and turn: the run that goes first
	Until    time.Time // for retry and breaker; for reserved: when the run ahead is expected to start
	Disk     Disk      // for disk
}

// Reason computes why r waits. A run that the view does not know yet, being younger, stands last.
func (v *View) Reason(r Run, now time.Time) Reason {
	d := v.demand(v.account(r.Region), &r)
	asleep := r.NotBefore.After(now)
	why, refused := v.refusal(&d, now)
	if !refused || why.Tier == TierBreaker {
		if asleep {
			why = Reason{Tier: TierRetry, Until: r.NotBefore}
		} else if k := v.keeps(&d, now); !refused && k != nil {
			why = Reason{Tier: TierReserved, Ahead: k.run, Until: k.shadow}
		} else if !refused {
			why = v.turn(&r, now)
		}
	}
	switch why.Tier {
	case TierNever, TierHeld, TierRetry:
	case TierJob, TierQueue, TierAccount, TierSubnet, TierMachine, TierTurn:
		pool := why.Shortage.Pool
		if why.Tier == TierQueue && why.Kept == "" {
			pool = d.account.quotaOf(pool.Resource, why.Queue)
		}
		if h := v.holders[pool]; h != nil && why.Tier != TierTurn && !why.Gone && !why.Cordoned {
			why.Holders, why.HolderIDs, why.Next, why.NextID = h.count, h.ids, h.next, h.first
		}
		fallthrough
	default:
		if !asleep {
			why.Position, why.Of = v.Position(r)
		}
	}
	return why
}

// keeps returns the reservation that keeps back a run that would fit.
func (v *View) keeps(d *demand, now time.Time) *reservation {
	if len(v.kept) == 0 {
		return nil
	}
	_, keeper := v.place(&scratch{}, &asking{demand: *d, priority: d.run.Priority, now: now, lag: v.cfg.Placement.ReleaseLag})
	return keeper
}

// turn explains a run that fits by itself.
func (v *View) turn(r *Run, now time.Time) Reason {
	if v.disk.Low() {
		return Reason{Tier: TierDisk, Disk: v.disk}
	}
	for _, h := range v.heads {
		if h.run.ID == r.ID || h.run.ID > r.ID || h.run.Job != r.Job || !alike(h.run, r) {
			continue
		}
		d := v.demand(v.account(r.Region), h.run)
		if why, refused := v.refusal(&d, now); refused {
			return Reason{Tier: TierTurn, Ahead: h.run.ID, Shortage: why.Shortage}
		}
		if k := v.keeps(&d, now); k != nil {
			return Reason{Tier: TierTurn, Ahead: h.run.ID}
		}
	}
	return Reason{Tier: TierNone}
}

// alike reports whether two runs of a job are of one class.
func alike(a, b *Run) bool {
	return a.Region == b.Region && a.queue() == b.queue() && a.Priority == b.Priority && a.QuarterDPUs == b.QuarterDPUs && a.Flex == b.Flex &&
		a.MemoryBytes == b.MemoryBytes && a.Workers == b.Workers && a.MinWorkers == b.MinWorkers && slices.Equal(a.Choices, b.Choices)
}

// String says it in one sentence or a few: the StateDetail of the run.
func (r Reason) String() string {
	var b strings.Builder
	b.WriteString(r.words())
	if len(r.HolderIDs) > 0 {
		b.WriteString(" Held by " + strings.Join(r.HolderIDs, ", "))
		if more := r.Holders - len(r.HolderIDs); more > 0 {
			fmt.Fprintf(&b, " and %d more", more)
		}
		b.WriteString(".")
	}
	if r.Position > 0 {
		fmt.Fprintf(&b, " Position %d.", r.Position)
	}
	return b.String()
}

// words are the sentence about the tier.
func (r *Reason) words() string {
	res := r.Shortage.Pool.Resource
	need, free, limit := res.Format(r.Shortage.Need), res.Format(r.Shortage.Free), res.Format(r.Shortage.Limit)
	switch r.Tier {
	case TierNever:
		if r.Queue != "" {
			return fmt.Sprintf("Cannot start: needs %s of %s, queue %s has at most %s.", need, res, r.Queue, limit)
		}
		return fmt.Sprintf("Cannot start: needs %s of %s, the limit is %s.", need, res, limit)
	case TierHeld:
		if r.Queue != "" {
			return fmt.Sprintf("Held: an operator holds queue %s.", r.Queue)
		}
		return "Held by an operator."
	case TierJob:
		return fmt.Sprintf("Waiting for the job's own limit: MaxConcurrentRuns is %d and %d of its runs are active.", r.Shortage.Limit, r.Holders)
	case TierQueue:
		return r.queueWords(res, need, free, limit)
	case TierAccount, TierMachine:
		return fmt.Sprintf("Waiting for %s: needs %s, %s of %s free.", res, need, free, limit)
	case TierSubnet:
		return r.subnetWords(need, free, limit)
	case TierReserved:
		return fmt.Sprintf("Waiting behind %s, for which capacity is kept until it starts, by %s as runs are expected to end.", r.Ahead, clock(r.Until))
	case TierRetry:
		return fmt.Sprintf("Waiting to retry: the next attempt starts at %s.", clock(r.Until))
	case TierBreaker:
		if r.Until.IsZero() {
			return fmt.Sprintf("Waiting for %s: runs failed on it for the network's sake, and one tries it now.", r.Subnet)
		}
		return fmt.Sprintf("Waiting for %s: runs failed on it for the network's sake; it is tried again at %s.", r.Subnet, clock(r.Until))
	case TierDisk:
		return fmt.Sprintf("Waiting for disk space: %s free, new runs need %s.", gibibytes(r.Disk.FreeBytes), gibibytes(r.Disk.MinBytes))
	case TierTurn:
		if r.Shortage.Need == 0 {
			return fmt.Sprintf("Waiting for its turn: %s is ahead.", r.Ahead)
		}
		return fmt.Sprintf("Waiting for its turn: %s is ahead and needs %s of %s, of which %s are free.", r.Ahead, need, res, free)
	}
	return "About to start."
}

// queueWords are the sentence about a queue.
func (r *Reason) queueWords(res quota.Resource, need, free, limit string) string {
	switch {
	case r.Gone:
		return fmt.Sprintf("Waiting: queue %s is no longer configured.", r.Queue)
	case r.MaxRun > 0:
		return fmt.Sprintf("Waiting for the quota of queue %s: to borrow %s of %s a run needs a Timeout of at most %s.", r.Queue, need, res, r.MaxRun)
	case r.Kept != "":
		return fmt.Sprintf("Waiting for %s: needs %s, %s free; the rest is kept for queue %s.", res, need, free, r.Kept)
	}
	return fmt.Sprintf("Waiting for the quota of queue %s: needs %s of %s, %s of %s free.", r.Queue, need, res, free, limit)
}

// subnetWords are the sentence about addresses.
func (r *Reason) subnetWords(need, free, limit string) string {
	switch {
	case r.Cordoned:
		return fmt.Sprintf("Waiting for addresses: %s takes no new runs.", r.Subnet)
	case r.Subnets > 1:
		return fmt.Sprintf("Waiting for addresses: needs %s, none of %d subnets has so many; %s has %s of %s free.", need, r.Subnets, r.Subnet, free, limit)
	}
	return fmt.Sprintf("Waiting for addresses of %s: needs %s, %s of %s free.", r.Subnet, need, free, limit)
}

// clock writes a time in a sentence.
func clock(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// gibibytes writes an amount of bytes.
func gibibytes(n int64) string { return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30)) }

// Helps says what would let the run start, one sentence each.
func (r Reason) Helps() []string {
	var helps []string
	res := r.Shortage.Pool.Resource
	missing := r.Shortage.Need - r.Shortage.Free
	switch r.Tier {
	case TierNever:
		helps = append(helps, fmt.Sprintf("A limit of at least %s of %s.", res.Format(r.Shortage.Need), res))
	case TierHeld:
		helps = append(helps, "Its release by an operator.")
	case TierJob:
		helps = append(helps, fmt.Sprintf("Raise MaxConcurrentRuns of job %s from %d.", jobName(r.Shortage.Pool.Scope), r.Shortage.Limit))
	case TierQueue:
		switch {
		case r.Gone:
			helps = append(helps, fmt.Sprintf("Configure queue %s again.", r.Queue))
		case r.MaxRun > 0:
			helps = append(helps, fmt.Sprintf("A Timeout of at most %s.", r.MaxRun))
		case r.Kept != "":
			helps = append(helps, fmt.Sprintf("Let queue %s lend %s.", r.Kept, more(res, missing)))
		default:
			helps = append(helps, fmt.Sprintf("%s for queue %s.", more(res, missing), r.Queue))
		}
	case TierAccount, TierMachine:
		helps = append(helps, more(res, missing)+".")
	case TierSubnet:
		if r.Cordoned {
			helps = append(helps, "Uncordon "+r.Subnet+".")
		} else {
			helps = append(helps, more(res, missing)+" in "+r.Subnet+", or another subnet.")
		}
	case TierReserved, TierTurn:
		helps = append(helps, "The start of "+r.Ahead+", or a higher priority than its.")
	case TierDisk:
		helps = append(helps, gibibytes(r.Disk.MinBytes-r.Disk.FreeBytes)+" of disk space.")
	}
	if r.NextID != "" {
		helps = append(helps, fmt.Sprintf("The release of %s, expected at %s.", r.NextID, clock(r.Next)))
	}
	return helps
}

// more names a missing amount: "2 more DPUs".
func more(res quota.Resource, n int64) string {
	unit := map[quota.Resource]string{quota.Slots: "run slots", quota.DPUs: "DPUs", quota.FlexDPUs: "FLEX DPUs", quota.Addresses: "addresses",
		quota.Workers: "local workers", quota.MemoryBytes: "of local memory"}[res]
	amount := res.Format(n)
	if amount == "1" {
		unit = strings.TrimSuffix(strings.TrimSuffix(unit, "s"), "e")
		if res == quota.Addresses {
			unit = "address"
		}
	}
	return amount + " more " + unit
}

// jobName is the name of a job in the scheduler's name of it, region/name#incarnation.
func jobName(scope string) string {
	if _, name, found := strings.Cut(scope, "/"); found {
		scope = name
	}
	if i := strings.LastIndexByte(scope, '#'); i > 0 {
		scope = scope[:i]
	}
	return scope
}
