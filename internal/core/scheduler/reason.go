package scheduler

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tenon/internal/core/quota"
	"tenon/internal/glue"
)

// Tier ranks the reasons for waiting: the first that applies is told, for those after it may change before it does.
type Tier string

// The tiers, in order.
const (
	TierNever    Tier = "never"    // needs more than there is in all, or than it may ever have
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
	NextMost  bool           // Next is its Timeout, since its job's run times are not known
	NextFew   bool           // what it gives back is not enough: others must end too
	NextLag   bool           // it has ended by then: Next is when its addresses come back
	Position  int            // from 1, in its queue; 0 where it is not in line
	Of        int            // runs in line in the queue

	Queue  string        // for queue: whose quota it is; for held: the queue, if it is that
	ByFile bool          // for held: the configuration holds the queue
	Gone   bool          // for queue: it is not configured any more
	Kept   string        // for queue: there is enough, but it is kept for this queue
	MaxRun time.Duration // for queue and never: the queue's borrow_max_run, which the Timeout exceeds, so that it may not borrow

	RunID  string // for held: the run that an operator holds
	Excess int64  // for job, queue, account, subnet and machine: what is in use beyond the limit, which was lowered

	Subnet   string    // for subnet: the one with the most free; for breaker: the one tried again first
	Subnets  int       // for subnet: of so many
	Cordoned bool      // for subnet: all are cordoned, or broken and full
	Linger   int64     // for subnet: addresses that runs which have ended still hold
	Back     time.Time // for subnet: when the first of those come back
	Ahead    string    // for reserved and turn: the run that goes first
	Until    time.Time // for retry and breaker; for reserved: when the run ahead is expected to start
	Disk     Disk      // for disk

	Also []Reason  // for queue, account, subnet and machine: what is short as well, without holders
	said time.Time // when
}

// Reason computes why r waits. A run that the view does not know yet, being younger, stands last.
func (v *View) Reason(r Run, now time.Time) Reason {
	v.predictAsDecided(&r)
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
	why.said, why.Also = now, v.also(&d, &why)
	v.exceed(d.account, &why)
	v.linger(&why)
	for i := range why.Also {
		v.exceed(d.account, &why.Also[i])
		v.linger(&why.Also[i])
	}
	if why.Tier == TierHeld && why.Queue == "" {
		why.RunID = r.ID
	}
	switch why.Tier {
	case TierNever, TierHeld, TierRetry:
	case TierJob, TierQueue, TierAccount, TierSubnet, TierMachine, TierTurn:
		pool := why.Shortage.Pool
		if why.Tier == TierQueue && why.Kept == "" {
			pool = d.account.quotaOf(pool.Resource, why.Queue)
		}
		if h := v.holding(pool); h != nil && why.Tier != TierTurn && !why.Gone && !why.Cordoned {
			why.Holders, why.HolderIDs = h.count, h.ids
			if h.first != nil {
				why.Next, why.NextID, why.NextMost, why.NextFew = h.next, h.first.ID, h.most, !why.ends(h.first, d.account)
				if lag := v.cfg.Placement.ReleaseLag; lag > 0 && why.lacksAddresses() {
					why.Next, why.NextLag = h.next.Add(lag), true
				}
			}
		}
		fallthrough
	default:
		if !asleep {
			why.Position, why.Of = v.Position(r)
		}
	}
	return why
}

// exceed notes how much more than its limit a pool holds: nothing is free before that has ended.
func (v *View) exceed(a *account, why *Reason) {
	switch why.Tier {
	case TierQueue:
		if !why.Gone && why.MaxRun == 0 && why.Kept == "" {
			why.Excess = max(0, a.tree.Used(why.Queue, why.Shortage.Pool.Resource)-why.Shortage.Limit)
		}
	case TierJob, TierAccount, TierSubnet, TierMachine:
		if m := v.meter(why.Shortage.Pool); m.Limit() != quota.NoLimit {
			why.Excess = max(0, m.Used()-m.Limit())
		}
	}
}

// missing is how much more of what is short would be enough.
func (r *Reason) missing() int64 { return r.Shortage.Need - r.Shortage.Free + r.Excess }

// ends reports whether the end of a lease alone gives back enough of all that is short.
func (r *Reason) ends(lease *quota.Lease, a *account) bool {
	if r.gets(lease, a) < r.missing() {
		return false
	}
	return !slices.ContainsFunc(r.Also, func(also Reason) bool { return also.gets(lease, a) < also.missing() })
}

// gets is how much of what is short the end of a lease gives back to the run.
func (r *Reason) gets(lease *quota.Lease, a *account) int64 {
	res := r.Shortage.Pool.Resource
	switch {
	case r.Cordoned, r.Kept != "" && r.Kept == lease.Queue:
		return 0
	case r.Tier == TierQueue && r.Kept == "":
		q := lease.Queue
		for a.tree.Has(q) && q != r.Queue {
			q = a.tree.Parent(q)
		}
		if q != r.Queue {
			return 0
		}
	case lease.Pool(res) != r.Shortage.Pool:
		return 0
	}
	return lease.Need[res]
}

// predictAsDecided gives a head the prediction that it was submitted with, and is decided by: its job's history may have
// grown since.
func (v *View) predictAsDecided(r *Run) {
	if len(v.kept) == 0 {
		return
	}
	at := rankOf(r.ID)
	for _, h := range v.heads {
		if h.rank == at && h.run.ID == r.ID {
			r.Predicted = h.run.Predicted
			return
		}
	}
}

// keeps returns the reservation that keeps back a run that would fit.
func (v *View) keeps(d *demand, now time.Time) *reservation {
	if len(v.kept) == 0 {
		return nil
	}
	_, keeper := v.place(&scratch{}, &asking{demand: *d, sites: d.account.sites(d.run.Choices), priority: d.run.Priority, now: now, lag: v.cfg.Placement.ReleaseLag})
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

// String says it in a few sentences: the StateDetail of the run begins with them.
func (r Reason) String() string {
	var b strings.Builder
	b.WriteString(r.Words())
	if len(r.HolderIDs) > 0 {
		b.WriteString(" Held by ")
		for i, id := range r.HolderIDs {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(glue.ShortRunID(id))
		}
		if more := r.Holders - len(r.HolderIDs); more > 0 {
			fmt.Fprintf(&b, " and %d more", more)
		}
		b.WriteString(".")
	}
	if r.Position > 0 {
		fmt.Fprintf(&b, " Position %d of %d in its queue.", r.Position, r.Of)
	}
	return b.String()
}

// Words are the sentence about what blocks the run, in numbers: the same for all that are alike.
func (r Reason) Words() string {
	ahead := glue.ShortRunID(r.Ahead)
	switch r.Tier {
	case TierNever:
		return "Can never start: " + r.Lack() + "."
	case TierHeld:
		switch {
		case r.ByFile:
			return fmt.Sprintf("Held: the configuration holds queue %s.", r.Queue)
		case r.Queue != "":
			return fmt.Sprintf("Held: an operator holds queue %s.", r.Queue)
		}
		return "Held by an operator."
	case TierJob:
		return fmt.Sprintf("Waiting for the job's own limit: MaxConcurrentRuns is %d and %d of its runs are active.", r.Shortage.Limit, r.Holders)
	case TierQueue, TierAccount, TierSubnet, TierMachine:
		said := "Waiting for " + r.scarce()
		for i := range r.Also {
			said += "; also for " + r.Also[i].scarce()
		}
		return said + "."
	case TierReserved:
		said := fmt.Sprintf("Waiting behind %s, for which capacity is kept since it has waited long", ahead)
		if !r.Until.IsZero() {
			said += "; it is expected to start by " + r.clock(r.Until)
		}
		return said + "."
	case TierRetry:
		return fmt.Sprintf("Waiting to retry: the next attempt may start from %s on.", r.clock(r.Until))
	case TierBreaker:
		next := "a run is trying it now"
		if !r.Until.IsZero() {
			next = "it is tried again at " + r.clock(r.Until)
		}
		return fmt.Sprintf("Waiting for %s: the last runs there failed with network errors; %s.", r.Subnet, next)
	case TierDisk:
		return fmt.Sprintf("Waiting for disk space: %s free, new runs need %s.", gibibytes(r.Disk.FreeBytes), gibibytes(r.Disk.MinBytes))
	case TierTurn:
		said := "Waiting for its turn behind " + ahead
		if r.Shortage.Need > 0 {
			res := r.Shortage.Pool.Resource
			said += fmt.Sprintf(", which waits for %s: needs %s, %s free", res, res.Format(r.Shortage.Need), res.Format(r.Shortage.Free))
		}
		return said + "."
	}
	return "About to start."
}

// Lack says of a run that can never start what it needs and what there is: needs 11 DPUs, and the account has 10.
func (r Reason) Lack() string {
	res := r.Shortage.Pool.Resource
	limit := res.Format(r.Shortage.Limit)
	has := "the account has " + limit
	switch {
	case r.MaxRun > 0:
		has = fmt.Sprintf("queue %s has %s without borrowing, which borrow_max_run allows only with a Timeout of at most %s", r.Queue, limit, lapse(r.MaxRun))
	case r.Queue != "":
		has = fmt.Sprintf("queue %s has at most %s", r.Queue, limit)
	case r.Subnet != "":
		has = fmt.Sprintf("%s, its largest subnet, has %s", r.Subnet, limit)
	case res == quota.Workers || res == quota.MemoryBytes:
		has = "this machine has " + limit
	}
	return fmt.Sprintf("needs %s, and %s", quantity(res, r.Shortage.Need), has)
}

// Remedy says of a run that can never start what to ask for instead, or to change, before it is started: one sentence.
func (r Reason) Remedy() string {
	switch {
	case r.MaxRun > 0:
		return fmt.Sprintf("Ask for a Timeout of at most %s or for fewer or smaller workers, or raise borrow_max_run of queue %s.", lapse(r.MaxRun), r.Queue)
	case r.Subnet != "":
		return "Ask for fewer workers, or for a connection to a larger subnet."
	}
	return "Ask for fewer or smaller workers, or raise the limit."
}

// scarce says what is short, and how much of it is needed and free.
func (r *Reason) scarce() string {
	res := r.Shortage.Pool.Resource
	need, free, limit := res.Format(r.Shortage.Need), res.Format(r.Shortage.Free), res.Format(r.Shortage.Limit)
	switch {
	case r.Gone:
		return fmt.Sprintf("queue %s, which is no longer configured", r.Queue)
	case r.MaxRun > 0:
		return fmt.Sprintf("%s of queue %s: it would have to borrow, which only runs with a Timeout of at most %s may do", nouns[res], r.Queue, lapse(r.MaxRun))
	case r.Kept != "":
		return fmt.Sprintf("%s: needs %s, %s free; the rest is kept for queue %s", res, need, free, r.Kept)
	case r.Tier == TierQueue:
		return fmt.Sprintf("%s of queue %s: needs %s, %s of %s free", nouns[res], r.Queue, need, free, limit)
	case r.Cordoned:
		return fmt.Sprintf("addresses: %s is cordoned and takes no new runs", r.Subnet)
	case r.Tier == TierSubnet && r.Subnets > 1:
		return fmt.Sprintf("addresses: needs %s in one of %d subnets; %s has the most free, %s of %s%s", need, r.Subnets, r.Subnet, free, limit, r.lingering())
	case r.Tier == TierSubnet:
		return fmt.Sprintf("addresses of %s: needs %s, %s of %s free%s", r.Subnet, need, free, limit, r.lingering())
	}
	return fmt.Sprintf("%s: needs %s, %s of %s free", res, need, free, limit)
}

// clock writes a time in a sentence, with its day if that is not today.
func (r *Reason) clock(t time.Time) string { return glue.Clock(t, r.said) }

// lapse writes a duration without its zeros: 2h, 1h30m.
func lapse(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// gibibytes writes an amount of bytes.
func gibibytes(n int64) string { return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30)) }

// Helps says what would let the run start: each a phrase for itself, any of which would help. What was fixed when it was
// submitted, its size, its Timeout and its connections, helps only if it is started again.
func (r Reason) Helps() []string {
	var helps []string
	switch r.Tier {
	case TierNever:
		helps = append(helps, r.raised()...)
	case TierHeld:
		switch {
		case r.ByFile:
			helps = append(helps, fmt.Sprintf("a configuration that does not hold queue %s", r.Queue))
		case r.Queue != "":
			helps = append(helps, "tenon queue unhold "+r.Queue)
		default:
			helps = append(helps, "tenon runs unhold "+glue.ShortRunID(r.RunID))
		}
	case TierJob:
		helps = append(helps, fmt.Sprintf("MaxConcurrentRuns of job %s above %d", jobName(r.Shortage.Pool.Scope), max(r.Shortage.Limit, int64(r.Holders))))
	case TierQueue, TierAccount, TierSubnet, TierMachine:
		said := r.more()
		for i := range r.Also {
			said += " and " + r.Also[i].more()
		}
		if r.Position > 1 && !r.Gone && !r.Cordoned && r.MaxRun == 0 {
			said += ", unless a run before it takes that"
		}
		helps = append(helps, said)
		if r.MaxRun > 0 {
			helps = append(helps, "to start it again with a Timeout of at most "+lapse(r.MaxRun))
		}
	case TierReserved, TierTurn:
		helps = append(helps, "the start of "+glue.ShortRunID(r.Ahead), "a higher priority")
	case TierDisk:
		helps = append(helps, gibibytes(r.Disk.MinBytes-r.Disk.FreeBytes)+" more disk space")
	}
	if r.Linger > 0 && r.Linger >= r.missing() && len(r.Also) == 0 {
		helps = append(helps, fmt.Sprintf("the lingering addresses of %s, which come back from %s on", r.Subnet, r.clock(r.Back)))
	}
	if r.NextID != "" && !slices.ContainsFunc(r.Also, func(also Reason) bool { return also.Cordoned }) {
		helps = append(helps, r.release())
	}
	return helps
}

// raised says what would let a run start that else can never.
func (r *Reason) raised() []string {
	need := quantity(r.Shortage.Pool.Resource, r.Shortage.Need)
	switch {
	case r.MaxRun > 0:
		return []string{"a longer borrow_max_run of queue " + r.Queue, fmt.Sprintf("%s of queue %s's own", need, r.Queue),
			"to start it again with a Timeout of at most " + lapse(r.MaxRun) + ", or with fewer or smaller workers"}
	case r.Subnet != "":
		return []string{"to start it again with fewer workers, or with a connection to a subnet of at least " + need}
	}
	return []string{"a limit of at least " + need, "to start it again with fewer or smaller workers"}
}

// more says how much more of what is short would be enough: 2 more DPUs for queue etl.
func (r *Reason) more() string {
	res := r.Shortage.Pool.Resource
	missing := quantity(res, r.missing())
	if n, noun, found := strings.Cut(missing, " "); found {
		missing = n + " more " + noun
	}
	switch {
	case r.Gone:
		return fmt.Sprintf("queue %s in the configuration", r.Queue)
	case r.MaxRun > 0:
		return "a longer borrow_max_run of queue " + r.Queue
	case r.Kept != "":
		return fmt.Sprintf("%s, lent by queue %s", missing, r.Kept)
	case r.Tier == TierQueue:
		return fmt.Sprintf("%s for queue %s", missing, r.Queue)
	case r.Cordoned:
		return r.Subnet + " not cordoned"
	case r.Tier == TierSubnet && r.Subnets > 1:
		return fmt.Sprintf("%s in %s or another of its subnets", missing, r.Subnet)
	case r.Tier == TierSubnet:
		return fmt.Sprintf("%s in %s", missing, r.Subnet)
	}
	return missing
}

// nouns name what is counted, whoever's it is.
var nouns = map[quota.Resource]string{quota.JobRuns: "runs", quota.Slots: "run slots", quota.DPUs: "DPUs", quota.FlexDPUs: "FLEX DPUs",
	quota.Addresses: "addresses", quota.Workers: "local workers", quota.MemoryBytes: "local memory"}

// quantity is a number and its noun: 1 run slot, 2 DPUs, 3.0 GiB of local memory.
func quantity(res quota.Resource, n int64) string {
	number, noun := res.Format(n), nouns[res]
	switch {
	case res == quota.MemoryBytes:
		number, noun, _ = strings.Cut(number, " ")
		return number + " " + noun + " of " + nouns[res]
	case number == "1" && res == quota.Addresses:
		noun = "address"
	case number == "1":
		noun = strings.TrimSuffix(noun, "s")
	}
	return number + " " + noun
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
