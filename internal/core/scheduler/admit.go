package scheduler

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
)

// submit puts a run in line, or to sleep, or aside while an operator holds it.
func (s *State) submit(r *Run, now time.Time) error {
	if r.Submitted.IsZero() {
		own := *r
		own.Submitted, r = now, &own
	}
	if s.ledger.Drains(r.ID, r.Attempt) {
		return fmt.Errorf("scheduler: submit: attempt %d of %s has ended already: its addresses drain", r.Attempt, r.ID)
	}
	e, k := newEntry(r), keyOf(r.ID)
	if s.holders.get(k) != nil || !s.waiting.add(k, e) {
		return fmt.Errorf("scheduler: submit: %s is known already", r.ID)
	}
	j, limit := s.job(e)
	j.waiting++
	s.line(e, j, now)
	s.settled = s.settled && !limit && (e.class == nil || e.class.head != e)
	if limit {
		s.refreshJob(j, now)
	}
	if r.Submitted.Before(now) {
		s.region(r.Region).arrivals++
	}
	return nil
}

// line puts a waiting run where it belongs now.
func (s *State) line(e *entry, j *job, now time.Time) {
	switch {
	case e.run.Held:
	case e.run.NotBefore.After(now):
		s.asleep.put(sleeper{e})
	default:
		s.enqueue(e, j)
	}
}

// unline takes a waiting run out of wherever it is.
func (s *State) unline(e *entry) {
	if e.bed > 0 {
		s.asleep.drop(sleeper{e})
	}
	if e.class != nil {
		s.dequeue(e)
	}
}

// job returns the record of a run's job. The limit is what the run submitted last brings, so that a raised limit helps
// those that wait already: it reports whether it is another.
func (s *State) job(e *entry) (j *job, limited bool) {
	j = s.jobs[e.run.Job]
	if j == nil {
		j = &job{name: e.run.Job, meter: s.ledger.Meter(quota.Pool{Resource: quota.JobRuns, Scope: e.run.Job})}
		s.jobs[j.name] = j
	}
	if e.compareID(j.toldRank, j.told) >= 0 {
		j.told, j.toldRank = e.run.ID, e.rank
		if j.limit != e.run.MaxJobRuns {
			s.setLimit(j, e.run.MaxJobRuns)
			limited = true
		}
	}
	return j, limited
}

// remove takes a run out that was stopped or has expired.
func (s *State) remove(id string, now time.Time) error {
	e := s.waiting.drop(keyOf(id))
	if e == nil {
		return fmt.Errorf("scheduler: remove: %s is not waiting", id)
	}
	j := s.jobs[e.run.Job]
	s.leave(e, j)
	s.refreshJob(j, now)
	return nil
}

// leave takes a run out of those that wait.
func (s *State) leave(e *entry, j *job) {
	s.unline(e)
	j.waiting--
}

// admit gives the head of a class, which fits, its lease.
func (s *State) admit(c *class, now time.Time) *Holder {
	ask := s.asks(c, now)
	chosen, _ := s.pools.place(&s.scratch, &ask)
	e, kind, lane := c.head, c.shape.kind, c.shape.band.lane
	h := &Holder{Run: e.run, runID: e.run.ID, Since: now, job: c.job, lane: lane, Holding: quota.Holding{Need: kind.need}}
	meters := kind.meters
	meters[quota.JobRuns] = c.job.meter
	if chosen >= 0 {
		h.cfg, h.sites, h.ranked, h.chosen = s.cfg, c.sites, append(h.few[:0], s.scratch.ranked...), int32(chosen)
		if at := &h.ranked[chosen]; at.Take > 0 {
			sub := c.sites[at.Choice]
			meters[quota.Addresses] = sub.meter
			s.settleOn(sub, at.Take, h)
		}
	}
	s.forgo(c)
	k := keyOf(e.run.ID)
	s.waiting.drop(k)
	s.leave(e, c.job)
	if err := s.ledger.Acquire(&h.Holding, meters); err != nil {
		panic(err) // Invariant: the same meters were asked a moment ago.
	}
	s.take(k, h)
	s.reserveBeside(h)
	s.refreshJob(c.job, now)
	s.epoch++
	return h
}

// settleOn takes addresses of a subnet for a lease.
func (s *State) settleOn(sub *subnet, n int64, h *Holder) {
	addresses, err := sub.book.Take(s.scratch.addresses[:0], n)
	if err != nil {
		panic(err) // Invariant: the candidate had them free.
	}
	s.scratch.addresses, h.addresses = addresses, append(h.oneRange[:0], addresses...)
	h.site, h.Need[quota.Addresses] = sub, n
	s.health.Try(sub.key, h.Run.ID)
}

// take counts a lease in the trees of its region.
func (s *State) take(k key, h *Holder) {
	h.index = int32(len(s.running))
	s.running = append(s.running, h)
	s.holders.add(k, h)
	s.began(h)
	h.lane.region.tree.Count(h.lane.place, &h.Need, 1)
	h.lane.use(&h.Need, 1)
}

// restore takes note of a run that holds its lease, whatever the limits are now; or of one that drains.
func (s *State) restore(a *Admission, now time.Time) error {
	lease := a.Lease
	lease.Queue = cmp.Or(lease.Queue, a.Run.queue())
	drains := !lease.Until.IsZero()
	k := keyOf(a.Run.ID)
	if !drains && s.waiting.get(k) != nil {
		return fmt.Errorf("scheduler: restore: %s is waiting", a.Run.ID)
	}
	if other := s.holders.get(k); other != nil && (!drains || other.attempt() == lease.Attempt) {
		return fmt.Errorf("scheduler: restore: %s holds a lease already", a.Run.ID)
	}
	if !over(&lease, now) {
		subnets := s.cfg.subnets(lease.Region)
		if err := disputed(&lease, subnets, subnets); err != nil {
			return fmt.Errorf("scheduler: restore: %w", err)
		}
	}
	addresses, err := placement.ParseRanges(lease.Addresses)
	if err != nil {
		return fmt.Errorf("scheduler: restore: lease of %s: %w", lease.ID, err)
	}
	reg := s.region(lease.Region)
	if drains {
		if err := s.ledger.Drain(&lease); err != nil {
			return fmt.Errorf("scheduler: restore: %w", err)
		}
		reg.restore(&lease, addresses)
		reg.lane(lease.Queue).use(&lease.Need, 1)
		s.kept = nil // made without this lease
		return nil
	}
	lease.Addresses = nil // they are kept as numbers
	h := &Holder{Run: &a.Run, runID: a.Run.ID, Since: lease.Since, addresses: addresses, found: &lease}
	if err := s.ledger.Restore(&h.Holding, &lease); err != nil {
		return fmt.Errorf("scheduler: restore: %w", err)
	}
	reg.restore(&lease, addresses)
	s.kept = nil
	h.lane = reg.lane(lease.Queue)
	h.job, _ = s.job(newEntry(h.Run))
	s.take(k, h)
	s.refreshJob(h.job, now)
	return nil
}

// restore takes the addresses of a lease that is there already. Those that the subnet does not have any more, for its block was
// changed, are nobody's.
func (reg *region) restore(lease *quota.Lease, addresses []placement.Range) {
	if sub := reg.subnet(lease.Subnet); sub != nil && sub.book != nil {
		_ = sub.book.Restore(addresses) //nolint:errcheck // see above
	}
}

// release gives back what an attempt held: all at once, but for addresses that linger.
func (s *State) release(ev *Release, now time.Time, d *Decisions) error {
	h := s.holders.drop(keyOf(ev.ID))
	if h == nil {
		return fmt.Errorf("scheduler: release: %s holds no lease", ev.ID)
	}
	s.ended(h)
	last := s.running[len(s.running)-1]
	s.running[h.index], last.index = last, h.index
	s.running[len(s.running)-1] = nil
	s.running = s.running[:len(s.running)-1]
	reg := h.lane.region
	reg.tree.Count(h.lane.place, &h.Need, -1)
	given := h.Need
	s.ledger.Release(&h.Holding)
	if lag := s.cfg.Placement.ReleaseLag; lag > 0 && h.Need[quota.Addresses] > 0 {
		given[quota.Addresses] = 0
		d.Draining = append(d.Draining, s.drain(h, now.Add(lag)))
	} else {
		reg.giveBack(h.Subnet(), h.addresses)
	}
	h.lane.use(&given, -1)
	s.report(h, ev.Outcome, now, d)
	s.refreshJob(h.job, now)
	return nil
}

// drain keeps the addresses of a lease until a time. Only the lease is left of its holder.
func (s *State) drain(h *Holder, until time.Time) Drain {
	lease := h.spelled()
	lease.Until = until
	if err := s.ledger.Drain(&lease); err != nil {
		panic(err) // Invariant: submit refuses an attempt that drains, and what it held a moment ago can be counted.
	}
	return drained(&lease)
}

// giveBack returns the addresses of a lease.
func (reg *region) giveBack(subnet string, addresses []placement.Range) {
	if sub := reg.subnet(subnet); sub != nil && sub.book != nil {
		_ = sub.book.Return(addresses) //nolint:errcheck // those of a block that was changed are nobody's
	}
}

// expire ends the draining of leases whose time has come.
func (s *State) expire(now time.Time, d *Decisions) {
	for _, lease := range s.ledger.ExpireDrains(now) {
		reg := s.region(lease.Region)
		reg.giveBack(lease.Subnet, ranges(&lease))
		reg.lane(lease.Queue).use(&lease.Need, -1)
		d.Drained = append(d.Drained, drained(&lease))
		s.renew, s.settled = true, false
	}
}

// ranges are the addresses of a lease that drains.
func ranges(l *quota.Lease) []placement.Range {
	all, err := placement.ParseRanges(l.Addresses)
	if err != nil {
		panic(err) // Invariant: we have spelled them, or restore has read them.
	}
	return all
}

// drained spells a draining lease.
func drained(l *quota.Lease) Drain {
	return Drain{ID: l.ID, Attempt: l.Attempt, Region: l.Region, Subnet: l.Subnet, Until: l.Until}
}

// report tells the breaker of a lease's subnet how the attempt did.
func (s *State) report(h *Holder, outcome placement.Outcome, now time.Time, d *Decisions) {
	subnet := h.Subnet()
	if subnet == "" {
		return
	}
	status, moved := s.health.Report(placement.Key{Region: h.region(), Subnet: subnet}, h.Run.ID, outcome, now)
	if moved {
		d.Health = append(d.Health, health(status))
		s.moved()
	}
}

// moved notes that a breaker moved.
func (s *State) moved() {
	s.renew, s.settled = true, false
	s.broken = slices.ContainsFunc(s.health.All(), func(st placement.Status) bool { return st.State != placement.Closed })
}

// health spells the status of a breaker.
func health(st placement.Status) Health {
	return Health{Region: st.Region, Subnet: st.Subnet, Zone: st.Zone, State: string(st.State), Until: st.Until, Failures: st.Failures}
}

// started notes that an attempt has its workers: its subnet works.
func (s *State) started(id string, now time.Time, d *Decisions) error {
	h := s.holders.get(keyOf(id))
	if h == nil {
		return fmt.Errorf("scheduler: started: %s holds no lease", id)
	}
	s.ledger.Started(&h.Holding, now)
	s.report(h, placement.Worked, now, d)
	return nil
}

// limit gives a job another limit, so that its waiting runs need not wait for the next submit to tell it.
func (s *State) limit(l *Limit, now time.Time) {
	if j := s.jobs[l.Job]; j != nil {
		s.setLimit(j, l.Most)
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
	e := s.waiting.get(keyOf(h.ID))
	if e == nil {
		return fmt.Errorf("scheduler: hold: %s is not waiting", h.ID)
	}
	if e.run.Held == h.Held {
		return nil
	}
	e = s.afresh(e)
	e.run.Held = h.Held
	if !h.Held {
		e.run.Submitted = latest(e.run.Submitted, now) // what it waited while it was held bounds nobody
		e.since = max(e.since, now.UnixNano())
	}
	j := s.jobs[e.run.Job]
	s.line(e, j, now)
	s.refreshJob(j, now)
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
			for _, seat := range sh.ready {
				seat.class.clock(now.UnixNano())
			}
		}
	}
}

// boost changes the priority of a waiting run.
func (s *State) boost(b *Boost, now time.Time) error {
	e := s.waiting.get(keyOf(b.ID))
	if e == nil {
		return fmt.Errorf("scheduler: boost: %s is not waiting", b.ID)
	}
	e = s.afresh(e)
	e.run.Priority = b.Priority
	s.line(e, s.jobs[e.run.Job], now)
	s.region(e.run.Region).arrivals++
	return nil
}

// afresh takes a waiting run out of wherever it is and returns a fresh entry with a Run that may be changed: readers have
// the old ones. What kept it back in its class does not count as waiting in the next one either.
func (s *State) afresh(e *entry) *entry {
	run := *e.run
	again := newEntry(&run)
	again.since = e.waitsSince()
	s.unline(e)
	s.waiting.replace(again)
	return again
}
