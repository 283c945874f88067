// Package scheduler decides which run starts next, where, and why the others wait. It is pure: Step takes an event and the
// time and returns what was decided; the controller commits the decision and carries it out.
//
// # Order
//
// Runs that can start go in this order: higher priority first; then the queue with the lowest weighted share of its
// region's account, level by level of the tree of queues; then the run submitted first. A run that does not fit lets
// others pass (best effort). So that a large one does not wait for ever behind small ones, a run that has waited for
// shared capacity longer than Reservation.After, and would now be overtaken by one behind it, has capacity kept for it:
// from then on others start only if they are predicted to end before it can start, or fit beside it. See reservation.
//
// What keeps a run alone back holds nobody else up: its job's own limit, an operator, a backoff, a need that can never fit.
//
// # Work per event
//
// Runs that are alike are a class, and only heads of classes are looked at. Classes that need the same are of one kind,
// and one test of the pools serves all of a kind; there are as many kinds as there are sizes of runs. Where none fits,
// which is nearly always so while many wait, an event ends there. Otherwise queues are visited in the order of their
// shares until one has a class that fits. There is nothing to wake up and so nothing to forget to wake: what fits is
// found out each time from what is free.
//
// # Invariants
//
// Step returns at a fixpoint: no run is left waiting that fits and is permitted. No limit is exceeded by an admission.
// Usage is the sum of the leases. A run id is in one place: waiting or holding a lease. A waiting run's reason is true.
// Waits are bounded. All are properties in the tests.
package scheduler

import (
	"fmt"
	"slices"
	"time"

	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
	"tenon/internal/glue"
)

// Event is what happened since the last Step: exactly one field is set.
type Event struct {
	Submit    *Run       // a run was accepted and waits, or waits again for its next attempt; from then on nobody changes it
	Restore   *Admission // a run holds its lease already, or its lease drains: found so after a restart
	Started   *Started   // an attempt has its workers
	Release   *Release   // an attempt ended, or never started
	Remove    *Remove    // a waiting run was stopped or expired
	Hold      *Hold      // an operator holds a run or a queue, or lets it go on
	Boost     *Boost     // an operator changed a run's priority
	Limit     *Limit     // a job was given another limit
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

// Lease returns what r holds while it runs, without addresses: those are known when it is placed.
func (r *Run) Lease() quota.Lease {
	return quota.Lease{ID: r.ID, Region: r.Region, Job: r.Job, Need: r.needs(), Attempt: r.Attempt, Queue: r.queue()}
}

// State is all that is waiting and running. It is changed by Step alone and is not safe for concurrent use; readers
// take a View.
type State struct {
	pools
	ledger  *quota.Ledger
	machine [quota.MemoryBytes + 1]*quota.Meter // of workers and memory
	waiting table[*entry]                       // the runs that wait
	holders table[*Holder]                      // those that hold a lease
	running []*Holder                           // the same as a list
	jobs    map[string]*job
	retired []*job // that had no runs when they came here, the first first
	asleep  heap[sleeper]
	regions map[string]*region
	order   []*region // by name
	now     time.Time // of the last Step

	// settled: no run that waits fits and is permitted, whatever the time is. A run that lines up behind another of its class
	// leaves it so: what keeps that one back keeps both.
	settled bool
	epoch   uint64        // counts what may change what fits
	renew   bool          // reservations are to be computed anew
	byEnd   [2][]ending   // see endings
	looked  time.Time     // when they were last asked for
	drains  []quota.Lease // that drain, since the last Step began to settle; nil: not asked yet
	scratch scratch
}

// New returns a state without runs.
func New(cfg Config) *State {
	s := &State{
		pools:   pools{accounts: map[string]*account{}, health: placement.NewHealth(0, 0), held: map[string]bool{}},
		ledger:  quota.NewLedger(quota.Vector{}),
		jobs:    map[string]*job{},
		regions: map[string]*region{},
	}
	s.pools.meter = s.ledger.Meter
	s.configure(cfg, time.Time{})
	return s
}

// configure replaces the configuration. Leases stay; what waits is put in line again. What it waited in a queue that the
// old configuration held, or did not have, or for more than that had in all, bounds nobody.
func (s *State) configure(cfg Config, now time.Time) {
	cfg = cfg.withDefaults()
	s.cfg = &cfg
	s.ledger.SetLimits(quota.Vector{quota.Workers: cfg.Workers, quota.MemoryBytes: cfg.MemoryBytes})
	for _, r := range []quota.Resource{quota.Workers, quota.MemoryBytes} {
		s.machine[r] = s.ledger.Meter(quota.Pool{Resource: r})
	}
	s.health.Configure(cfg.Placement.BreakerAfter, cfg.Placement.BreakerPause)
	for _, reg := range s.order {
		s.configureRegion(reg)
	}
	line := make([]*entry, 0, s.waiting.n)
	for e := range s.waiting.all() {
		if e.run.Held || e.bed > 0 {
			continue
		}
		e.since = e.waitsSince()
		if l := e.class.shape.band.lane; l.gone || l.conf.Held || e.class.shape.never {
			e.since = now.UnixNano()
		}
		line = append(line, e)
	}
	slices.SortFunc(line, (*entry).compare)
	for _, j := range s.jobs {
		j.classes = nil
	}
	s.kept = nil
	s.moved()
	for _, e := range line {
		e.class, e.prev, e.next, e.chunk = nil, nil, nil, nil
	}
	for _, e := range line {
		s.enqueue(e, s.jobs[e.run.Job])
	}
}

// withDefaults adds what is always there.
func (c Config) withDefaults() Config {
	if !slices.ContainsFunc(c.Queues, func(q Queue) bool { return q.Name == DefaultQueue }) {
		c.Queues = append(slices.Clip(c.Queues), Queue{Name: DefaultQueue})
	}
	return c
}

// Step applies one event and returns what follows from it: the runs to admit, in order, the leases that drain or have
// drained, the breakers that moved. An error means that the event contradicts the state (a run submitted twice, a
// release of nothing); nothing was changed by it.
func (s *State) Step(ev Event, now time.Time) (d Decisions, err error) {
	s.settled = s.settled && ev.Submit != nil
	if err := s.apply(&ev, now, &d); err != nil {
		return Decisions{}, err
	}
	s.now = now
	s.wake(now)
	s.expire(now, &d)
	for _, moved := range s.health.Tick(now) {
		d.Health = append(d.Health, health(moved))
		s.moved()
	}
	if !s.settled {
		d.Admitted = s.settle(now)
	}
	return d, nil
}

// apply takes note of what happened.
func (s *State) apply(ev *Event, now time.Time, d *Decisions) error {
	switch {
	case ev.Submit != nil:
		return s.submit(ev.Submit, now)
	case ev.Restore != nil:
		return s.restore(ev.Restore, now)
	case ev.Started != nil:
		return s.started(ev.Started.ID, now, d)
	case ev.Release != nil:
		return s.release(ev.Release, now, d)
	case ev.Remove != nil:
		return s.remove(ev.Remove.ID, now)
	case ev.Hold != nil:
		return s.hold(ev.Hold, now)
	case ev.Boost != nil:
		return s.boost(ev.Boost, now)
	case ev.Limit != nil:
		s.limit(ev.Limit, now)
	case ev.Observe != nil:
		o := ev.Observe
		s.ledger.Observe(quota.Pool{Resource: quota.Addresses, Scope: o.Region + "/" + o.Subnet}, o.Free, o.At)
		s.renew = true
	case ev.Configure != nil:
		if err := s.Accepts(*ev.Configure, now); err != nil {
			return err
		}
		s.configure(*ev.Configure, now)
	case ev.Disk != nil:
		s.disk = *ev.Disk
	case ev.Tick:
	default:
		return fmt.Errorf("scheduler: empty event")
	}
	return nil
}

// wake puts the runs in line whose backoff is over.
func (s *State) wake(now time.Time) {
	for {
		if len(s.asleep) == 0 || s.asleep[0].run.NotBefore.After(now) {
			return
		}
		first := s.asleep[0]
		s.asleep.drop(first)
		s.enqueue(first.entry, s.jobs[first.run.Job])
		s.settled = false
	}
}

// NextWake returns the time of the next Tick that can change something; zero if none can.
func (s *State) NextWake() (wake time.Time) {
	sooner := func(at time.Time) {
		if !at.IsZero() && (wake.IsZero() || at.Before(wake)) {
			wake = at
		}
	}
	if len(s.asleep) > 0 {
		sooner(s.asleep[0].run.NotBefore)
	}
	sooner(s.ledger.NextDrain())
	sooner(s.health.NextWake())
	for _, k := range s.kept {
		sooner(k.wake(&s.cfg.Reservation))
	}
	return wake
}

// NeverFits reports that r needs more of some resource than there is in all, however long it waits.
func (s *State) NeverFits(r Run) (Reason, bool) {
	d := s.demand(&s.region(r.Region).account, &r)
	return s.never(&d)
}

// AccountLacks reports that r does not fit into what its account has free now: slots, DPUs or FLEX DPUs. What the runs
// ahead of it take as soon as they may is not free, whatever they wait for: the account does not know of this machine.
func (s *State) AccountLacks(r Run) (quota.Shortage, bool) {
	reg := s.region(r.Region)
	ahead := reg.ahead()
	need := r.needs()
	for _, res := range []quota.Resource{quota.Slots, quota.DPUs, quota.FlexDPUs} {
		m := reg.meters[res]
		if free := max(0, m.Free()-ahead[res]); need[res] > free {
			return quota.Shortage{Pool: m.Pool(), Need: need[res], Free: free, Limit: m.Limit()}, true
		}
	}
	return quota.Shortage{}, false
}

// ahead sums what the runs that wait in a region need, without those that their own job's limit keeps back. It stops when
// they take all the slots there are: that is what bounds its work.
func (reg *region) ahead() (sum quota.Vector) {
	free := reg.meters[quota.Slots].Free()
	for _, l := range reg.lanes {
		for _, b := range l.bands {
			for _, sh := range b.ready {
				for _, seat := range sh.ready {
					c := seat.class
					n := min(int64(c.n), c.job.meter.Free())
					for r, need := range sh.kind.need {
						sum[r] += n * need
					}
					if sum[quota.Slots] >= free {
						return sum
					}
				}
			}
		}
	}
	return sum
}

// Audit checks that what is counted equals the sum of the leases: in the pools, the trees of quotas, the shares of the
// queues and the books of addresses; and that the runs by their ends are those that run.
func (s *State) Audit() error {
	if err := s.ledger.Audit(); err != nil {
		return err
	}
	for _, reg := range s.order {
		if err := s.auditRegion(reg); err != nil {
			return err
		}
	}
	for _, list := range s.byEnd {
		if list != nil && (len(list) != len(s.running) || !slices.IsSortedFunc(list, ending.compare)) {
			return fmt.Errorf("scheduler: %d runs hold a lease, %d are in line by their ends, or not in order", len(s.running), len(list))
		}
	}
	if s.ledger.Len() != len(s.running) {
		return fmt.Errorf("scheduler: %d leases, %d runs hold one", s.ledger.Len(), len(s.running))
	}
	return nil
}

// auditRegion compares the counts of a region with its leases.
func (s *State) auditRegion(reg *region) error {
	var sum [measures]int64
	taken := map[string]int64{}
	count := func(l *quota.Lease, addresses []placement.Range) {
		if l.Region != reg.name {
			return
		}
		if sub := reg.subnet(l.Subnet); sub != nil && sub.book != nil {
			taken[l.Subnet] += sub.book.Within(addresses)
		}
		for i, r := range measured {
			sum[i] += l.Need[r]
		}
	}
	for _, h := range s.running {
		lease := h.Lease()
		if !s.ledger.Counts(&h.Holding, &lease) {
			return fmt.Errorf("scheduler: the lease of %s is not counted as it says: %+v", lease.ID, lease)
		}
		count(&lease, h.addresses)
	}
	for _, d := range s.ledger.Draining() {
		count(&d, ranges(&d))
	}
	var used [measures]int64
	if err := reg.root.auditOffers(); err != nil {
		return err
	}
	for _, child := range reg.root.children {
		for i := range used {
			used[i] += child.lane.used[i]
		}
	}
	if used != sum {
		return fmt.Errorf("scheduler: queues of %s are counted with %v, leases hold %v", reg.name, used, sum)
	}
	for _, r := range []quota.Resource{quota.Slots, quota.DPUs, quota.FlexDPUs} {
		if tree, ledger := reg.tree.Used("", r), reg.meters[r].Used(); tree != ledger {
			return fmt.Errorf("scheduler: %s of %s: the tree counts %d, the pool %d", r, reg.name, tree, ledger)
		}
	}
	for _, sub := range reg.subnets {
		if sub.book != nil && sub.Usable()-sub.book.Free() != taken[sub.ID] {
			return fmt.Errorf("scheduler: %d addresses of %s are handed out, leases hold %d", sub.Usable()-sub.book.Free(), sub.ID, taken[sub.ID])
		}
	}
	return nil
}

// auditOffers compares what the lanes below are said to offer with what they do.
func (l *lane) auditOffers() error {
	for _, child := range l.children {
		if kinds := child.lane.offers(); child.kinds != kinds {
			return fmt.Errorf("scheduler: queue %s of %s offers kinds %b, has %b", child.lane.queue, l.region.name, child.kinds, kinds)
		}
		if err := child.lane.auditOffers(); err != nil {
			return err
		}
	}
	return nil
}

// Holds reports whether the run id holds a lease.
func (s *State) Holds(id string) bool { return s.holders.get(keyOf(id)) != nil }

// WaitingOf lists the waiting runs of a job, by id.
func (s *State) WaitingOf(job string) []string {
	var ids []string
	for e := range s.waiting.all() {
		if e.run.Job == job {
			ids = append(ids, e.run.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// Waiting is how many runs wait.
func (s *State) Waiting() int { return s.waiting.n }

// Leases is how many runs hold a lease.
func (s *State) Leases() int { return len(s.running) }
