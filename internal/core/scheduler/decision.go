package scheduler

import (
	"time"

	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
	"tenon/internal/glue"
)

// Decisions are what a Step decided, in order.
type Decisions struct {
	Admitted []*Holder
	Draining []Drain  // leases whose addresses come back later; all else is free already
	Drained  []Drain  // those whose addresses are free again
	Health   []Health // subnets whose circuit breaker moved
}

// Holder is a run and the lease that it holds. There may be many, and each start makes one: what the run or the subnet says is
// not said again, the addresses and the record of the placement are a few numbers, and all of it is spelled when somebody
// asks. Only lane, index and, but for Need, what the ledger counts change, by a later Step: all else is for readers too.
type Holder struct {
	Run           *Run   // never changed
	runID         string // Run.ID: who looks for it need not fetch the run
	Since         time.Time
	quota.Holding // what is counted of the lease
	addresses     []placement.Range
	site          *subnet      // where they are; nil: it has none, or found says where
	found         *quota.Lease // of a run that held its lease already after a restart

	job   *job
	lane  *lane // of its queue
	index int32 // in State.running

	// How it was placed; zero where it has no choices, and after a restart.
	chosen int32   // among ranked
	cfg    *Config // as of then
	sites  []*subnet
	ranked []placement.Candidate

	// What nearly all placements need has its room here: to ask for it one by one costs as much as the placement.
	oneRange [1]placement.Range     // of addresses
	few      [3]placement.Candidate // of ranked
}

func (h *Holder) id() string { return h.runID }

// region is that of the lease.
func (h *Holder) region() string {
	if h.found != nil {
		return h.found.Region
	}
	return h.Run.Region
}

// queue is that of the lease.
func (h *Holder) queue() string {
	if h.found != nil {
		return h.found.Queue
	}
	return h.Run.queue()
}

// attempt is that of the lease.
func (h *Holder) attempt() int {
	if h.found != nil {
		return h.found.Attempt
	}
	return h.Run.Attempt
}

// Subnet is where its addresses are; empty: it has none.
func (h *Holder) Subnet() string {
	switch {
	case h.site != nil:
		return h.site.ID
	case h.found != nil:
		return h.found.Subnet
	}
	return ""
}

// Lease spells the lease, but for its addresses and from when on they are visible.
func (h *Holder) Lease() quota.Lease {
	if h.found != nil {
		return *h.found
	}
	l := h.Run.Lease()
	l.Need, l.Since = h.Need, h.Since
	if h.site != nil {
		l.Subnet, l.VPC = h.site.ID, h.site.VPC
	}
	return l
}

// Admission spells a holder.
func (h *Holder) Admission() Admission {
	return Admission{Run: *h.Run, Lease: h.spelled(), Placement: h.Placement(), At: h.Since}
}

// spelled is the whole lease.
func (h *Holder) spelled() quota.Lease {
	l := h.Lease()
	l.Addresses, l.Visible = placement.Spell(h.addresses), h.Visible
	return l
}

// Placement is the record of why the run is where it is; the zero value where it has no choices, and after a restart.
func (h *Holder) Placement() glue.Placement {
	if len(h.ranked) == 0 {
		return glue.Placement{}
	}
	q := h.Run.request(&h.cfg.Placement)
	zone := func(choice int32) string {
		if site := h.sites[choice]; site != nil {
			return site.Zone
		}
		return ""
	}
	p := q.Record(h.ranked, &h.ranked[h.chosen], zone, h.attempt(), h.Since)
	p.Addresses = placement.Spell(h.addresses)
	return p
}

// Workers is how many workers the run was placed with; 0 where it has no choices, and after a restart.
func (h *Holder) Workers() int64 {
	if len(h.ranked) == 0 {
		return 0
	}
	return h.ranked[h.chosen].Workers
}

// Admission is a run and the lease that it holds, spelled.
type Admission struct {
	Run       Run
	Lease     quota.Lease
	Placement glue.Placement // of a new one; the zero value where the run has no candidates
	At        time.Time
}

// Drain is the lease of an attempt that ended, and when its addresses are free.
type Drain struct {
	ID      string // of the run
	Attempt int
	Region  string
	Subnet  string
	Until   time.Time
}

// Health says how the circuit breaker of a subnet stands.
type Health struct {
	Region, Subnet, Zone string
	State                string // closed, open, half-open
	Until                time.Time
	Failures             int
}

// Started says that the attempt of a run has its workers: its addresses show in observations made from now on.
type Started struct{ ID string }

// Release gives back what an attempt held, and tells how its subnet did.
type Release struct {
	ID      string
	Outcome placement.Outcome
}

// Hold keeps a waiting run, or a whole queue, from starting, or lets it go on. Exactly one of ID and Queue is set.
type Hold struct {
	ID, Queue string
	Held      bool
}

// Boost changes the priority of a waiting run.
type Boost struct {
	ID       string
	Priority int
}

// Limit says how many runs of a job may hold a lease at once, from now on: until a run tells otherwise that is submitted
// later than all before. Of a job without runs it says nothing that is remembered.
type Limit struct {
	Job  string
	Most int64
}

// Observe is how many addresses of a subnet were free at a time, as somebody outside counted.
type Observe struct {
	Region, Subnet string
	Free           int64
	At             time.Time
}
