// Package scheduler decides which run starts next and why the others wait. It is pure: Step takes an event and the time
// and returns the runs to admit; the controller commits the decision and carries it out.
//
// # Order
//
// Runs wait in lines, one per region for standard runs and one for FLEX, in the order of submission. A line is first in,
// first out, with two exceptions: a run that waits for its own job's MaxConcurrentRuns, and one between two attempts,
// step aside and hold nobody up. The first run of a line that lacks shared capacity holds the line, so that a small run
// never starves a large one; and while it waits, no later run of another line takes from a pool that it lacks.
//
// # Work per event
//
// Only heads are examined. The runs of one job in one line form a class with a queue of its own; a line keeps the heads
// of its classes in a heap, without the classes of jobs at their limit. So an event costs the logarithm of the number of
// jobs that wait, whatever the number of runs.
//
// # Invariants
//
// Step returns at a fixpoint: no run is left waiting that fits and is permitted. No limit is exceeded. A run id is in
// one place: waiting or holding a lease. All are properties in the tests.
package scheduler

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
	"tenon/internal/glue"
)

// Event is what happened since the last Step: exactly one field is set.
type Event struct {
	Submit    *Run       // a run was accepted and waits, or waits again for its next attempt
	Restore   *Admission // a run holds its lease already, or its lease drains: found so after a restart
	Started   *Started   // an attempt has its workers
	Release   *Release   // an attempt ended, or never started
	Remove    *Remove    // a waiting run was stopped or expired
	Hold      *Hold      // an operator holds a run or a queue, or lets it go on
	Boost     *Boost     // an operator changed a run's priority
	Observe   *Observe   // somebody counted the free addresses of a subnet
	Configure *Config    // the configuration changed
	Disk      *Disk      // the free space was measured
	Tick      bool       // time passed
}

// Run is what the scheduler knows of one run.
type Run struct {
	ID          string // ids sort by submission
	Attempt     int
	Region      string
	Job         string // the unit of MaxConcurrentRuns: a job's name with its region and incarnation
	MaxJobRuns  int64  // of the job; the run submitted last tells
	QuarterDPUs int64
	Flex        bool
	MemoryBytes int64
	NotBefore   time.Time // backoff before the next attempt; zero is now
	Submitted   time.Time // since when it waits: for reservations

	Queue      string // empty is DefaultQueue
	Priority   int    // higher bands go first
	Held       bool
	Workers    int64              // addresses it takes where it has Choices, beside Placement.ExtraAddresses
	MinWorkers int64              // it starts with so many where no subnet has all; 0 is all
	Choices    []glue.Choice      // connections with a subnet, as listed; none: it takes no addresses
	Strategy   placement.Strategy // empty is the configuration's
	Avoid      []glue.Avoided     // subnets that just failed it
	Timeout    time.Duration      // it runs at most so long; 0 is not known
	Predicted  time.Duration      // p75 of its job's run times; 0 is not known: Timeout counts
}

// Remove takes a waiting run out of the queue.
type Remove struct{ ID string }

// Disk is the space left for runs. Below MinBytes nothing is admitted.
type Disk struct {
	FreeBytes int64
	MinBytes  int64
}

// Low reports whether admission is paused.
func (d Disk) Low() bool { return d.FreeBytes < d.MinBytes }

// vector spells the limits for the ledger.
func (c *Config) vector() quota.Vector {
	return quota.Vector{
		quota.Slots: c.Default.Slots, quota.DPUs: c.Default.QuarterDPUs, quota.FlexDPUs: c.Default.FlexQuarterDPUs,
		quota.Workers: c.Workers, quota.MemoryBytes: c.MemoryBytes,
	}
}

// Lease returns what r holds while it runs.
func (r *Run) Lease() quota.Lease {
	need := quota.Vector{quota.JobRuns: 1, quota.Slots: 1, quota.Workers: 1, quota.MemoryBytes: r.MemoryBytes}
	if r.Flex {
		need[quota.FlexDPUs] = r.QuarterDPUs
	} else {
		need[quota.DPUs] = r.QuarterDPUs
	}
	return quota.Lease{ID: r.ID, Region: r.Region, Job: r.Job, Need: need}
}

// State is all that is waiting and running. It is changed by Step alone and is not safe for concurrent use; readers
// take a View.
type State struct {
	ledger  *quota.Ledger
	waiting map[string]*entry
	jobs    map[string]*job
	lines   []*line           // in order of creation; at most two per region
	asleep  indexed[*entry]   // by NotBefore
	never   map[string]*entry // need more than there is: they hold nobody up, and wait for other limits
	disk    Disk
}

// New returns a state without runs.
func New(cfg Config) *State {
	return &State{
		ledger:  quota.NewLedger(cfg.vector()),
		waiting: map[string]*entry{},
		jobs:    map[string]*job{},
		never:   map[string]*entry{},
		asleep: indexed[*entry]{
			less: func(a, b *entry) bool {
				return cmp.Or(a.run.NotBefore.Compare(b.run.NotBefore), cmp.Compare(a.run.ID, b.run.ID)) < 0
			},
			place: func(e *entry) *int { return &e.place },
		},
	}
}

// Step applies one event and returns the runs to admit, in order. An error means that the event contradicts the state
// (a run submitted twice, a release of nothing); nothing was changed by it.
func (s *State) Step(ev Event, now time.Time) (Decisions, error) {
	switch {
	case ev.Submit != nil:
		if err := s.submit(*ev.Submit, now); err != nil {
			return Decisions{}, err
		}
	case ev.Restore != nil:
		if err := s.restore(*ev.Restore); err != nil {
			return Decisions{}, err
		}
	case ev.Release != nil:
		lease, held := s.ledger.Release(ev.Release.ID)
		if !held {
			return Decisions{}, fmt.Errorf("scheduler: release: %s holds no lease", ev.Release.ID)
		}
		s.refreshJob(s.jobs[lease.Job])
	case ev.Remove != nil:
		e, ok := s.waiting[ev.Remove.ID]
		if !ok {
			return Decisions{}, fmt.Errorf("scheduler: remove: %s is not waiting", ev.Remove.ID)
		}
		s.remove(e)
		s.refreshJob(e.class.job)
	case ev.Configure != nil:
		s.ledger.SetLimits(ev.Configure.vector())
		s.reconsider()
	case ev.Disk != nil:
		s.disk = *ev.Disk
	case ev.Tick, ev.Started != nil:
	default:
		return Decisions{}, fmt.Errorf("scheduler: empty event")
	}
	s.wake(now)
	return Decisions{Admitted: s.settle()}, nil
}

// NextWake returns the time of the next Tick that can change something; zero if none can.
func (s *State) NextWake() time.Time {
	if e, ok := s.asleep.first(); ok {
		return e.run.NotBefore
	}
	return time.Time{}
}

// NeverFits reports that r needs more of some resource than there is in all, however long it waits.
func (s *State) NeverFits(r Run) (quota.Shortage, bool) {
	lease := r.Lease()
	return s.ledger.Never(&lease)
}

// AccountLacks reports that r does not fit into what its account has free now: slots, DPUs or FLEX DPUs. What the runs
// ahead of it take as soon as they may is not free, whatever they wait for: the account does not know of this machine.
func (s *State) AccountLacks(r Run) (quota.Shortage, bool) {
	lease := r.Lease()
	ahead := s.ahead(lease.Pool(quota.Slots))
	for _, res := range []quota.Resource{quota.Slots, quota.DPUs, quota.FlexDPUs} {
		p := lease.Pool(res)
		free := max(0, s.ledger.Free(p)-ahead[res])
		if need := lease.Need[res]; need > free {
			return quota.Shortage{Pool: p, Need: need, Free: free, Limit: s.ledger.Limit(p)}, true
		}
	}
	return quota.Shortage{}, false
}

// ahead sums what the runs that wait in the lines of a pool of slots need, without those that their own job's limit keeps
// back. It stops when they take all the slots there are: that is what bounds its work.
func (s *State) ahead(slots quota.Pool) (sum quota.Vector) {
	free := s.ledger.Free(slots)
	for _, l := range s.lines {
		if l.region != slots.Scope {
			continue
		}
		for _, c := range l.ready.items {
			room := s.ledger.Free(quota.Pool{Resource: quota.JobRuns, Scope: c.job.name})
			for _, e := range c.queue.items {
				if room == 0 || sum[quota.Slots] >= free {
					break
				}
				if e.gone {
					continue
				}
				lease := e.run.Lease()
				for res, need := range lease.Need {
					sum[res] += need
				}
				room--
			}
		}
	}
	return sum
}

// Holds reports whether the run id holds a lease.
func (s *State) Holds(id string) bool { return s.ledger.Holds(id) }

// WaitingOf lists the waiting runs of a job, by id.
func (s *State) WaitingOf(job string) []string {
	var ids []string
	for id, e := range s.waiting {
		if e.run.Job == job {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// Waiting is how many runs wait.
func (s *State) Waiting() int { return len(s.waiting) }

// Audit checks that the counts kept equal the sum of the leases.
func (s *State) Audit() error { return s.ledger.Audit() }

// Leases is how many runs hold a lease.
func (s *State) Leases() int { return s.ledger.Len() }
