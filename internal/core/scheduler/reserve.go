package scheduler

import (
	"cmp"
	"math"
	"slices"
	"time"

	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
)

// Defaults of Reservation.
const (
	defaultAfter       = 10 * time.Minute
	defaultTimeoutOnly = time.Hour
	// renewals is how often within After a reservation is computed anew, and a region looks for runs that were overtaken
	// for too long: both cost time in proportion to what runs and waits.
	renewals = 60
)

// forever is how long a run lasts of which neither Timeout nor history is known.
const forever = time.Duration(math.MaxInt64 / 4)

// reservation is capacity that is kept for the head of a class which others have overtaken for too long.
//
// It is made of one number and one picture: shadow is the earliest time at which the ends of the runs that hold capacity
// now leave enough for the head; spare is what is free at that time with the head running. A run may start beside a
// reservation if it ends before the shadow, or fits into the spare.
type reservation struct {
	class    *class // nil in a View
	run      string // the head's id
	demand   demand
	priority int
	region   string
	about    bottleneck
	since    time.Time // when the reservation was made
	// entitled: when it was made there was a time at which the head could start without borrowing. That is asked once: what
	// the runs of its own queue do meanwhile shall not put it off.
	entitled bool

	subnet  *subnet // where its addresses are kept; nil: it takes none
	shadow  time.Time
	spare   quota.Vector
	tree    *quota.Tree // as it is at the shadow with the head running; nil where no queue has a share
	made    time.Time   // when these were computed
	certain bool        // only Timeouts count as ends
}

// bottleneck is what a reservation is about: there is one reservation a bottleneck. Of runs that choose among the same
// subnets, one at a time keeps addresses in one of them: else a few large runs would empty all.
type bottleneck struct{ region, what string }

// lasts is how long r is expected to run; certain: at most.
func (r *Run) lasts(certain bool) time.Duration {
	most := r.Timeout
	if most <= 0 {
		most = forever
	}
	if !certain && r.Predicted > 0 {
		return min(r.Predicted, most)
	}
	return most
}

// lasting is how long a run is expected to last, and at most: Run.lasts.
type lasting struct{ expected, most time.Duration }

// endless is more than any run lasts.
var endless = lasting{math.MaxInt64, math.MaxInt64}

// lasting is how long r is expected to run, and at most.
func (r *Run) lasting() lasting { return lasting{r.lasts(false), r.lasts(true)} }

// covers reports whether a run of o lasts at least as long, by expectation and at most.
func (l lasting) covers(o lasting) bool { return l.expected <= o.expected && l.most <= o.most }

// shorter is the shorter of each.
func (l lasting) shorter(o lasting) lasting {
	return lasting{min(l.expected, o.expected), min(l.most, o.most)}
}

// ends is when a run that began is expected to end.
func (h *Holder) ends(certain bool) time.Time { return h.Since.Add(h.Run.lasts(certain)) }

// asking is a run that would start now, as reservations see it.
type asking struct {
	demand
	sites    []*subnet // of its choices, place by place
	priority int
	now      time.Time
	lag      time.Duration // of its addresses
}

// asks spells the head of a class.
func (s *State) asks(c *class, now time.Time) asking {
	sh := c.shape
	d := demand{run: c.head.run, account: &sh.band.lane.region.account, queue: sh.band.lane.queue, need: sh.kind.need, want: sh.kind.want, least: sh.kind.least}
	return asking{demand: d, sites: c.sites, priority: sh.band.priority, now: now, lag: s.cfg.Placement.ReleaseLag}
}

// keeper returns the first reservation that keeps a run from starting on a candidate, or anywhere where that is nil.
func (p *pools) keeper(a *asking, at *placement.Candidate) *reservation {
	for _, k := range p.kept {
		if k.run == a.run.ID {
			return nil // those behind it give way
		}
		if k.keeps(a, at) {
			return k
		}
	}
	return nil
}

// keeps reports whether a reservation keeps a run from starting.
func (k *reservation) keeps(a *asking, at *placement.Candidate) bool {
	if a.priority > k.priority {
		return false
	}
	same := a.account.name == k.region
	ends := a.now.Add(a.run.lasts(k.certain))
	if ends.After(k.shadow) {
		for _, r := range counted {
			if !same && quota.Divided(r) || a.need[r] == 0 || k.demand.need[r] == 0 {
				continue
			}
			if a.need[r] > k.spare[r] || same && k.tree != nil && quota.Divided(r) && a.need[r] > k.tree.Available(a.queue, r) {
				return true
			}
		}
	}
	if !same || at == nil || k.subnet == nil || a.run.Choices[at.Choice].Subnet != k.subnet.ID {
		return false
	}
	return ends.Add(a.lag).After(k.shadow) && at.Take > k.spare[quota.Addresses]
}

// reserveBeside counts a run that was admitted in the pictures of the reservations that it outlasts. What a run gives back
// sooner than expected is not counted in them: it is the head's, until the shadow is computed anew and comes nearer. Were
// it spare, others would take it, and the shadow would move on and on.
func (s *State) reserveBeside(h *Holder) {
	for _, k := range s.kept {
		ends := h.ends(k.certain)
		same := h.region() == k.region
		if ends.After(k.shadow) {
			for _, r := range counted {
				if same || !quota.Divided(r) {
					k.spare[r] -= h.Need[r]
				}
			}
			if same && k.tree != nil {
				k.tree.Add(h.queue(), h.Need)
			}
		}
		if same && k.subnet != nil && k.subnet.ID == h.Subnet() && ends.Add(s.cfg.Placement.ReleaseLag).After(k.shadow) {
			k.spare[quota.Addresses] -= h.Need[quota.Addresses]
		}
		if h.Run.Priority > k.priority {
			s.renew = true // a higher band has taken what was kept
		}
	}
}

// overtakes reports whether a run that starts now would pass over another for which capacity is to be kept from now on:
// one that stands before it in the order and has waited for what it lacks longer than Reservation.After. It makes the
// reservation.
func (s *State) overtakes(c *class, now time.Time) bool {
	own := c.shape.band.lane
	after := s.cfg.Reservation.after()
	if s.cfg.Reservation.Off || own.arrivals == own.region.arrivals && now.UnixNano() < own.checked+int64(s.cfg.Reservation.every()) {
		return false
	}
	own.arrivals = own.region.arrivals
	var overdue []*class
	every := s.cfg.Reservation.every()
	oldest := own.region.root.overdue(c, now.Add(-after).UnixNano(), now.Add(every-after).UnixNano(), now.UnixNano(), &overdue)
	// Nobody is overdue before the oldest that waits now is: those that come later have waited less.
	own.checked = max(now.UnixNano(), oldest+int64(after-every))
	overdue = slices.DeleteFunc(overdue, func(o *class) bool { return s.hopeless(o, now) })
	slices.SortFunc(overdue, func(a, b *class) int {
		if before(a, b) {
			return -1
		}
		return 1
	})
	made := false
	for _, o := range overdue {
		if !made || !s.hopeless(o, now) { // one that was made may have made others so
			made = s.reserve(o, now) || made
		}
	}
	return made
}

// patience is how long a head waits for addresses before a subnet is kept for it: beside Reservation.After half as long again
// as addresses linger. To gather them takes the subnet out for that time at least, whatever the rule, and all others pay for
// it. docs/design/scheduler.md has what other numbers cost.
func (c *Config) patience() time.Duration { return c.Reservation.after() + c.Placement.ReleaseLag*3/2 }

// tooSoon reports whether a head that lacks addresses has not waited long enough for a subnet to be kept for it.
func (s *State) tooSoon(c *class, now time.Time) bool {
	return now.UnixNano()-c.waits <= int64(s.cfg.patience())
}

// hopeless finds out cheaply of most heads that they get no reservation now: where thousands are overdue nearly all of
// them wait for the same few bottlenecks, which have one already.
func (s *State) hopeless(c *class, now time.Time) bool {
	k, reg, priority := c.shape.kind, c.shape.band.lane.region, c.shape.band.priority
	switch {
	case reg.divided: // its queue's quota would be asked first
		return false
	case reg.meters[quota.Slots].Free() < 1 || k.need[quota.DPUs] > reg.meters[quota.DPUs].Free() || k.need[quota.FlexDPUs] > reg.meters[quota.FlexDPUs].Free():
		return slices.ContainsFunc(s.kept, func(o *reservation) bool {
			return o.priority >= priority && o.about == bottleneck{reg.name, "account"}
		})
	case k.group != nil && s.space(k.group) < k.least:
		return s.tooSoon(c, now) || slices.ContainsFunc(s.kept, func(o *reservation) bool {
			return o.priority >= priority && o.subnet != nil && o.region == reg.name && slices.Equal(o.demand.run.Choices, c.needs.choices)
		})
	}
	return false
}

// overdue collects the heads that have waited since before a time and stand before c, and returns since when the oldest of
// all heads has waited, or otherwise. One that has waited since enough is as good as the oldest.
func (l *lane) overdue(c *class, since, enough, otherwise int64, into *[]*class) int64 {
	for _, child := range l.children {
		if child.lane.ready > 0 {
			otherwise = child.lane.overdue(c, since, enough, otherwise, into)
		}
	}
	for _, b := range l.bands {
		for _, sh := range b.ready {
			o := sh.first()
			for i := 0; i < len(sh.ready) && otherwise > enough; i++ {
				otherwise = min(otherwise, sh.ready[i].class.waits)
			}
			if o.waits < since && o != c && before(o, c) {
				*into = append(*into, o)
			}
		}
	}
	return otherwise
}

// reserve makes a reservation for the head of a class, if it lacks something that others hold, which has none yet, and if
// there is a time at which it can start without borrowing what is another queue's.
func (s *State) reserve(c *class, now time.Time) bool {
	if slices.ContainsFunc(s.kept, func(k *reservation) bool { return k.class == c }) {
		return false
	}
	sh := c.shape
	d := s.demand(&sh.band.lane.region.account, c.head.run)
	why, refused := s.refusal(&d, now)
	if !refused {
		return false
	}
	k := &reservation{class: c, run: c.head.run.ID, demand: d, priority: sh.band.priority, region: d.account.name, since: now}
	k.about.region = k.region
	switch why.Tier {
	case TierAccount:
		k.about.what = "account"
	case TierQueue:
		k.about.what = "queue " + why.Queue
		if why.Kept != "" {
			k.about.what = "account"
		}
	case TierMachine:
		k.about = bottleneck{what: "machine"}
	case TierSubnet:
		if s.tooSoon(c, now) {
			return false
		}
		k.about.what = "subnet"
	default:
		return false
	}
	taken := func(o *reservation) bool {
		return o.priority >= k.priority && (o.about == k.about || why.Tier == TierSubnet && o.subnet != nil && slices.Equal(o.demand.subnets, d.subnets))
	}
	if slices.ContainsFunc(s.kept, taken) || !s.project(k, s.earlier(k), now) {
		return false // another one has it; a subnet is known only after the projection, and asked for below
	}
	if why.Tier == TierSubnet {
		k.about.what = "subnet " + k.subnet.ID
	}
	for i, o := range s.kept {
		if o.about == k.about {
			if o.priority >= k.priority {
				return false
			}
			s.kept = slices.Delete(s.kept, i, i+1)
			break
		}
	}
	k.entitled = true
	s.epoch++
	s.kept = append(s.kept, k)
	slices.SortStableFunc(s.kept, precedes)
	s.renew = true
	s.renewReservations(now)
	return true
}

// precedes orders reservations: higher priority first, then the older one.
func precedes(a, b *reservation) int {
	return cmp.Or(cmp.Compare(b.priority, a.priority), a.since.Compare(b.since), cmp.Compare(a.run, b.run))
}

// earlier are the reservations that k gives way to.
func (s *State) earlier(k *reservation) []*reservation {
	for i, o := range s.kept {
		if o == k || precedes(k, o) < 0 {
			return s.kept[:i]
		}
	}
	return s.kept
}

// forgo ends the reservation of a class.
func (s *State) forgo(c *class) {
	s.kept = slices.DeleteFunc(s.kept, func(k *reservation) bool {
		s.renew = s.renew || k.class == c // those behind it need not give way any more
		return k.class == c
	})
}

// renewReservations drops the reservations whose run does not wait for shared capacity any more, and computes those anew
// that are not true any more.
func (s *State) renewReservations(now time.Time) {
	if len(s.kept) == 0 {
		s.renew = false
		if now.Sub(s.looked) > s.cfg.Reservation.after() {
			s.byEnd = [2][]ending{}
		}
		return
	}
	kept := s.kept[:0:0]
	for _, k := range s.kept {
		l := k.class.shape.band.lane
		if k.class.seat == 0 || l.conf.Held || s.held[l.queue] {
			s.renew = true
			continue
		}
		if head := k.class.head.run; k.demand.run != head { // the next of its class, or the same with another priority
			k.run, k.demand = head.ID, s.demand(k.demand.account, head)
		}
		kept = append(kept, k)
	}
	all, renew := kept, s.renew
	s.kept, s.renew = s.kept[:0:0], false
	for _, k := range all {
		if !renew && !k.stale(now, &s.cfg.Reservation) || s.project(k, s.kept, now) {
			s.kept = append(s.kept, k)
		}
	}
}

// stale reports whether a reservation is to be computed anew: now and then, when its time has come, and when predictions
// stop to count.
func (k *reservation) stale(now time.Time, cfg *Reservation) bool {
	return now.Sub(k.made) >= cfg.every() || k.made.Before(k.shadow) && !k.shadow.After(now) ||
		!k.certain && !now.Before(k.since.Add(cfg.timeoutOnly()))
}

// wake is when the next Tick may compute it anew.
func (k *reservation) wake(cfg *Reservation) time.Time {
	wake := k.made.Add(cfg.after())
	if k.shadow.After(k.made) && k.shadow.Before(wake) {
		wake = k.shadow
	}
	if sure := k.since.Add(cfg.timeoutOnly()); !k.certain && sure.Before(wake) {
		wake = sure
	}
	return wake
}

// after is W.
func (r *Reservation) after() time.Duration { return cmp.Or(r.After, defaultAfter) }

// every is how often reservations are computed anew.
func (r *Reservation) every() time.Duration { return cmp.Or(r.Every, r.after()/renewals) }

// timeoutOnly is W2.
func (r *Reservation) timeoutOnly() time.Duration { return cmp.Or(r.TimeoutOnly, defaultTimeoutOnly) }
