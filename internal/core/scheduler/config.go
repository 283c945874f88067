package scheduler

import (
	"time"

	"tenon/internal/core/placement"
)

// DefaultQueue is the queue of runs that name none. It always exists.
const DefaultQueue = "default"

// NoLimit stands for a bound that is not set.
const NoLimit = int64(-1)

// Config is what an operator decides about admission. It is replaced as a whole, by Event.Configure; leases stay.
type Config struct {
	Default Region            // of every region that Regions does not name
	Regions map[string]Region // by name
	Queues  []Queue           // a queue "default" is added where it is missing

	// The machine, shared by all regions; NoLimit is not counted.
	Workers     int64 // attempts at once
	MemoryBytes int64

	Placement   Placement
	Reservation Reservation
}

// Region is the limits of one region and its subnets. A limit of 0 means none of that resource.
type Region struct {
	Slots           int64 // concurrent runs
	QuarterDPUs     int64
	FlexQuarterDPUs int64
	Subnets         []placement.Subnet
}

// Queue is a line of runs with a share of the account. Queues form a tree; its root is the account of the region.
//
// In every region a queue has its nominal amount whenever it wants it, but for the part that it lends; beyond, it borrows
// what others leave. A resource without a Share has nominal 0, borrows without limit and so lives on what is left.
type Queue struct {
	Name                                string
	Parent                              string // empty: the account
	Weight                              int64  // of its dominant share against its siblings'; 0 is 1
	Priority                            int    // of runs that set none
	Slots, QuarterDPUs, FlexQuarterDPUs *Share
	MaxWait                             time.Duration // a run that waits longer ends EXPIRED; 0 is the plane's. Kept here for readers: the controller's timer does it
	BorrowMaxRun                        time.Duration // only runs with a Timeout, up to this, may borrow; 0 is any
	Held                                bool          // nothing of it starts
}

// Share is what a queue may use of one resource.
type Share struct {
	Nominal int64
	Borrow  int64 // most beyond Nominal; NoLimit is what there is
	Lend    int64 // most of Nominal that others may use; NoLimit is all
}

// Placement is how runs are put on subnets.
type Placement struct {
	Strategy       placement.Strategy // of runs that set none; empty is Capacity
	ExtraAddresses int64              // that each run takes beside one a worker
	ReleaseLag     time.Duration      // addresses come back so long after the attempt ended
	BreakerAfter   int                // network failures in a row that open a subnet's breaker; 0 is 3
	BreakerPause   time.Duration      // before a probe; doubled with each failed one, up to 16 times; 0 is a minute
}

// Reservation bounds how long large runs wait behind small ones.
type Reservation struct {
	After       time.Duration // W: a head that has waited so long on shared capacity gets capacity set aside; 0 is 10 minutes
	TimeoutOnly time.Duration // W2: so long after that only Timeouts count as ends of runs, no predictions; 0 is an hour
	Every       time.Duration // reservations are computed anew so often, and those who need one are looked for; 0 is a sixtieth of After
	Off         bool          // for baselines and tests
}
