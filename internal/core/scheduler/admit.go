package scheduler

import (
	"fmt"
	"slices"
	"time"

	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
	"tenon/internal/glue"
)

// running is a run that holds a lease.
type running struct {
	run       *Run // never changed
	job       *job
	lease     quota.Lease
	placement glue.Placement
}

// submit puts a run in line, or to sleep, or aside while an operator holds it.
func (s *State) submit(r Run, now time.Time) error {
	if _, ok := s.waiting[r.ID]; ok || s.ledger.Holds(r.ID) {
		return fmt.Errorf("scheduler: submit: %s is known already", r.ID)
	}
	if r.Submitted.IsZero() {
		r.Submitted = now
	}
	j := s.job(&r)
	e := &entry{run: r, job: j}
	s.waiting[r.ID] = e
	j.waiting++
	s.line(e, now)
	s.refreshJob(j, now) // its limit may have changed
	if r.Submitted.Before(now) {
		s.region(r.Region).arrivals++
	}
	return nil
}

// line puts a waiting run where it belongs now.
func (s *State) line(e *entry, now time.Time) {
	switch {
	case e.run.Held:
	case e.run.NotBefore.After(now):
		s.asleep.put(e)
	default:
		s.enqueue(e)
	}
}

// unline takes a waiting run out of wherever it is.
func (s *State) unline(e *entry) {
	if e.place > 0 {
		s.asleep.drop(e)
	}
	if e.class != nil {
		s.dequeue(e)
	}
}

// job returns the record of r's job. The limit is what the run submitted last brings, so that a raised limit helps those
// that wait already.
func (s *State) job(r *Run) *job {
	j := s.jobs[r.Job]
	if j == nil {
		j = &job{name: r.Job, meter: s.ledger.Meter(quota.Pool{Resource: quota.JobRuns, Scope: r.Job})}
		s.jobs[r.Job] = j
	}
	if r.ID >= j.told {
		j.told = r.ID
		if j.meter.Limit() != r.MaxJobRuns {
			s.ledger.SetJob(r.Job, r.MaxJobRuns)
		}
	}
	return j
}

// remove takes a run out that was stopped or has expired.
func (s *State) remove(id string, now time.Time) error {
	e, ok := s.waiting[id]
	if !ok {
		return fmt.Errorf("scheduler: remove: %s is not waiting", id)
	}
	s.leave(e)
	s.refreshJob(e.job, now)
	return nil
}

// leave takes a run out of those that wait.
func (s *State) leave(e *entry) {
	s.unline(e)
	delete(s.waiting, e.run.ID)
	e.job.waiting--
}

// admit gives the head of a class its lease.
func (s *State) admit(c *class, at *placement.Candidate, now time.Time) Admission {
	e, reg := c.head(), c.shape.band.lane.region
	a := Admission{Run: e.run, At: now, Lease: quota.Lease{ID: e.run.ID, Region: reg.name, Job: e.run.Job, Need: c.shape.kind.need,
		Attempt: e.run.Attempt, Queue: c.shape.band.lane.queue, Since: now}}
	if at != nil {
		a.Placement = s.scratch.request.Record(s.scratch.ranked, at, e.run.Attempt, now)
		if at.Take > 0 {
			s.settleOn(reg.subnet(at.Subnet), at.Take, &a)
		}
	}
	s.drop(c) // its reservation, if it has one
	s.leave(e)
	if err := s.ledger.Acquire(a.Lease); err != nil {
		panic(err) // Invariant: the same ledger was asked a moment ago.
	}
	s.take(&a, &e.run, c.job)
	s.reserveBeside(&a)
	s.refreshJob(c.job, now)
	s.epoch++
	return a
}

// settleOn takes addresses of a subnet for an admission.
func (s *State) settleOn(sub *subnet, n int64, a *Admission) {
	addresses, err := sub.book.Take(n)
	if err != nil {
		panic(err) // Invariant: the candidate had them free.
	}
	a.Lease.Subnet, a.Lease.VPC, a.Lease.Addresses, a.Lease.Need[quota.Addresses] = sub.ID, sub.VPC, addresses, n
	a.Placement.Addresses = addresses
	s.health.Try(sub.key, a.Run.ID)
}

// take counts a lease in the trees of its region.
func (s *State) take(a *Admission, r *Run, j *job) {
	reg := s.region(a.Lease.Region)
	run := &running{run: r, job: j, lease: a.Lease, placement: a.Placement}
	s.running[a.Run.ID] = run
	s.began(run)
	reg.tree.Add(a.Lease.Queue, a.Lease.Need)
	reg.use(a.Lease.Queue, a.Lease.Need, 1)
}

// restore takes note of a run that holds its lease, whatever the limits are now; or of one that drains.
func (s *State) restore(a Admission, now time.Time) error {
	if a.Lease.Queue == "" {
		a.Lease.Queue = a.Run.queue()
	}
	if _, ok := s.waiting[a.Run.ID]; ok && a.Lease.Until.IsZero() {
		return fmt.Errorf("scheduler: restore: %s is waiting", a.Run.ID)
	}
	if !over(&a.Lease, now) {
		subnets := s.cfg.subnets(a.Lease.Region)
		if err := disputed(&a.Lease, subnets, subnets); err != nil {
			return fmt.Errorf("scheduler: restore: %w", err)
		}
	}
	reg := s.region(a.Lease.Region)
	if err := s.ledger.Restore(a.Lease); err != nil {
		return fmt.Errorf("scheduler: restore: %w", err)
	}
	if sub := reg.subnet(a.Lease.Subnet); sub != nil && sub.book != nil {
		// Addresses that the subnet does not have any more, for its block was changed, are nobody's.
		_ = sub.book.Restore(a.Lease.Addresses) //nolint:errcheck // see above
	}
	s.kept = nil // made without this lease
	if !a.Lease.Until.IsZero() {
		reg.use(a.Lease.Queue, quota.Vector{quota.Addresses: a.Lease.Need[quota.Addresses]}, 1)
		return nil
	}
	j := s.job(&a.Run)
	s.take(&a, &a.Run, j)
	s.refreshJob(j, now)
	return nil
}

// release gives back what an attempt held: all at once, but for addresses that linger.
func (s *State) release(ev *Release, now time.Time, d *Decisions) error {
	run := s.running[ev.ID]
	if run == nil {
		return fmt.Errorf("scheduler: release: %s holds no lease", ev.ID)
	}
	delete(s.running, ev.ID)
	s.ended(run)
	lease := run.lease
	reg := s.region(lease.Region)
	reg.tree.Sub(lease.Queue, lease.Need)
	given := lease.Need
	if lag := s.cfg.Placement.ReleaseLag; lag > 0 && lease.Need[quota.Addresses] > 0 {
		_, drain, _ := s.ledger.Drain(ev.ID, now.Add(lag))
		given[quota.Addresses] = 0
		d.Draining = append(d.Draining, drained(&drain))
	} else {
		s.ledger.Release(ev.ID)
		reg.giveBack(&lease)
	}
	reg.use(lease.Queue, given, -1)
	s.report(&lease, ev.Outcome, now, d)
	s.refreshJob(run.job, now)
	return nil
}

// giveBack returns the addresses of a lease.
func (reg *region) giveBack(lease *quota.Lease) {
	if sub := reg.subnet(lease.Subnet); sub != nil && sub.book != nil {
		_ = sub.book.Return(lease.Addresses) //nolint:errcheck // those of a block that was changed are nobody's
	}
}

// expire ends the draining of leases whose time has come.
func (s *State) expire(now time.Time, d *Decisions) {
	for _, lease := range s.ledger.ExpireDrains(now) {
		reg := s.region(lease.Region)
		reg.giveBack(&lease)
		reg.use(lease.Queue, lease.Need, -1)
		d.Drained = append(d.Drained, drained(&lease))
		s.renew = true
	}
}

// drained spells a draining lease.
func drained(l *quota.Lease) Drain {
	return Drain{ID: l.ID, Attempt: l.Attempt, Region: l.Region, Subnet: l.Subnet, Until: l.Until}
}

// report tells the breaker of a lease's subnet how the attempt did.
func (s *State) report(lease *quota.Lease, outcome placement.Outcome, now time.Time, d *Decisions) {
	if lease.Subnet == "" {
		return
	}
	status, moved := s.health.Report(placement.Key{Region: lease.Region, Subnet: lease.Subnet}, lease.ID, outcome, now)
	if moved {
		d.Health = append(d.Health, health(status))
		s.moved()
	}
}

// moved notes that a breaker moved.
func (s *State) moved() {
	s.renew = true
	s.broken = slices.ContainsFunc(s.health.All(), func(st placement.Status) bool { return st.State != placement.Closed })
}

// health spells the status of a breaker.
func health(st placement.Status) Health {
	return Health{Region: st.Region, Subnet: st.Subnet, Zone: st.Zone, State: string(st.State), Until: st.Until, Failures: st.Failures}
}

// started notes that an attempt has its workers: its subnet works.
func (s *State) started(id string, now time.Time, d *Decisions) error {
	run := s.running[id]
	if run == nil {
		return fmt.Errorf("scheduler: started: %s holds no lease", id)
	}
	s.ledger.Started(id, now)
	if run.lease.Visible.IsZero() {
		run.lease.Visible = now
	}
	s.report(&run.lease, placement.Worked, now, d)
	return nil
}

// limit gives a job another limit, so that its waiting runs need not wait for the next submit to tell it.
func (s *State) limit(l *Limit, now time.Time) {
	if j := s.jobs[l.Job]; j != nil {
		s.ledger.SetJob(l.Job, l.Most)
		s.refreshJob(j, now)
	}
}

// hold keeps a run or a queue from starting, or lets it go on.
func (s *State) hold(h *Hold, now time.Time) error {
	if h.ID == "" {
		if h.Held {
			s.held[h.Queue] = true
		} else {
			delete(s.held, h.Queue)
			s.resume(h.Queue, now)
		}
		return nil
	}
	e, ok := s.waiting[h.ID]
	if !ok {
		return fmt.Errorf("scheduler: hold: %s is not waiting", h.ID)
	}
	if e.run.Held == h.Held {
		return nil
	}
	e = s.afresh(e)
	e.run.Held = h.Held
	if !h.Held {
		e.run.Submitted = latest(e.run.Submitted, now) // what it waited while it was held bounds nobody
	}
	s.line(e, now)
	s.refreshJob(e.job, now)
	return nil
}

// resume starts the clock of a queue's classes anew.
func (s *State) resume(queue string, now time.Time) {
	for _, reg := range s.order {
		if l := reg.lanes[queue]; l != nil {
			l.resume(now)
		}
	}
}

// resume starts the clock of the lane's classes anew.
func (l *lane) resume(now time.Time) {
	for _, b := range l.bands {
		for _, sh := range b.shapes {
			for _, c := range sh.ready.items {
				c.clock(now)
			}
		}
	}
}

// boost changes the priority of a waiting run.
func (s *State) boost(b *Boost, now time.Time) error {
	e, ok := s.waiting[b.ID]
	if !ok {
		return fmt.Errorf("scheduler: boost: %s is not waiting", b.ID)
	}
	e = s.afresh(e)
	e.run.Priority = b.Priority
	s.line(e, now)
	s.region(e.run.Region).arrivals++
	return nil
}

// afresh takes a waiting run out of wherever it is and returns a fresh entry: the queue of its class remembers the old
// one as gone.
func (s *State) afresh(e *entry) *entry {
	s.unline(e)
	again := &entry{run: e.run, job: e.job}
	s.waiting[e.run.ID] = again
	return again
}
