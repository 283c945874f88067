package scheduler

import (
	"slices"
	"time"

	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
)

// change is what a lease gives back at a time; or, for the head of an earlier reservation, takes.
type change struct {
	at     time.Time
	queue  string
	v      quota.Vector // without addresses
	subnet string
	n      int64 // addresses
	local  bool  // of the region that is looked at; else only what regions share counts
}

// project computes a reservation's shadow start and what is spare then. The subnet stays the one that it was, unless it
// takes no runs any more or the start has slipped by more than Reservation.After: then it is the one that is free first.
// It reports whether there is such a time at all.
func (s *State) project(k *reservation, earlier []*reservation, now time.Time) bool {
	k.certain = !now.Before(k.since.Add(s.cfg.Reservation.timeoutOnly()))
	changes := s.changes(k, earlier, now)
	if k.demand.least == 0 {
		return k.look(s, nil, changes, now)
	}
	before := k.shadow
	if k.subnet != nil && s.eligible(k.subnet) && k.look(s, k.subnet, changes, now) && !k.shadow.After(latest(before, now).Add(s.cfg.Reservation.after())) {
		return true
	}
	var best reservation
	for _, sub := range k.demand.subnets {
		taken := slices.ContainsFunc(s.kept, func(o *reservation) bool {
			return o.class != k.class && o.about == bottleneck{k.region, "subnet " + sub.ID}
		})
		try := *k
		if s.eligible(sub) && !taken && try.look(s, sub, changes, now) && (best.class == nil || try.shadow.Before(best.shadow)) {
			best = try
		}
	}
	if best.class == nil {
		return false
	}
	if k.about.what == "subnet "+nameOf(k.subnet) {
		best.about.what = "subnet " + best.subnet.ID
	}
	*k = best
	return true
}

// nameOf is the id of a subnet that may be nil.
func nameOf(s *subnet) string {
	if s == nil {
		return ""
	}
	return s.ID
}

// eligible reports whether a reservation may be made on a subnet.
func (p *pools) eligible(sub *subnet) bool {
	return !sub.Cordoned && p.health.Status(sub.key).State == placement.Closed
}

// changes lists what will be given back and when, in the order of time; earlier reservations take at their shadow start
// and give back when their runs end.
func (s *State) changes(k *reservation, earlier []*reservation, now time.Time) []change {
	all := make([]change, 0, 2*len(s.running)+2*len(earlier))
	lag := s.cfg.Placement.ReleaseLag
	for _, r := range s.running {
		c := change{at: latest(now, r.ends(k.certain)), queue: r.lease.Queue, v: r.lease.Need, local: r.lease.Region == k.region}
		c.v[quota.Addresses] = 0
		all = append(all, c)
		if n := r.lease.Need[quota.Addresses]; n > 0 && c.local {
			all = append(all, change{at: c.at.Add(lag), subnet: r.lease.Subnet, n: n, local: true})
		}
	}
	for _, d := range s.ledger.Draining() {
		if d.Region == k.region {
			all = append(all, change{at: latest(now, d.Until), subnet: d.Subnet, n: d.Need[quota.Addresses], local: true})
		}
	}
	for _, e := range earlier {
		take := change{at: latest(now, e.shadow), queue: e.demand.queue, local: e.region == k.region}
		for r, n := range e.demand.need {
			take.v[r] = -n
		}
		give := change{at: take.at.Add(e.demand.run.lasts(k.certain)), queue: take.queue, v: e.demand.need, local: take.local}
		if e.subnet != nil {
			take.subnet, take.n = e.subnet.ID, -e.demand.least
			give.subnet, give.n = e.subnet.ID, e.demand.least
		}
		all = append(all, take, give)
	}
	slices.SortFunc(all, func(a, b change) int { return a.at.Compare(b.at) })
	return all
}

// look goes through the changes to the first time at which the head fits, with its addresses in a subnet; before the
// reservation is made, also without borrowing what is another queue's. It fills in what k knows of that time.
func (k *reservation) look(s *State, sub *subnet, changes []change, now time.Time) bool {
	d := &k.demand
	var free quota.Vector
	for _, r := range counted {
		free[r] = left(s.meter(d.account.pool(r)))
	}
	if sub != nil {
		free[quota.Addresses] = sub.left()
	}
	var tree *quota.Tree
	if d.account.divided {
		tree = d.account.tree.Clone()
	}
	at := now
	for i := 0; ; {
		for ; i < len(changes) && !changes[i].at.After(at); i++ {
			changes[i].apply(&free, tree, sub)
		}
		if d.fits(&free, tree, !k.entitled) {
			break
		}
		if i == len(changes) || changes[i].at.Sub(now) >= forever {
			return false
		}
		at = changes[i].at
	}
	for _, r := range counted {
		free[r] -= d.need[r]
	}
	free[quota.Addresses] -= d.least
	if tree != nil {
		tree.Add(d.queue, d.need)
	}
	k.subnet, k.shadow, k.spare, k.tree, k.made = sub, at, free, tree, now
	return true
}

// apply counts a change.
func (c *change) apply(free *quota.Vector, tree *quota.Tree, sub *subnet) {
	for _, r := range counted {
		if c.local || !quota.Divided(r) {
			free[r] += c.v[r]
		}
	}
	if sub != nil && c.local && c.subnet == sub.ID {
		free[quota.Addresses] += c.n
	}
	if tree == nil || !c.local || c.v == (quota.Vector{}) {
		return
	}
	if c.v[quota.Slots] >= 0 {
		tree.Sub(c.queue, c.v)
		return
	}
	var taken quota.Vector
	for r, n := range c.v {
		taken[r] = -n
	}
	tree.Add(c.queue, taken)
}

// fits reports whether a demand fits into what is free; own: without borrowing.
func (d *demand) fits(free *quota.Vector, tree *quota.Tree, own bool) bool {
	for _, r := range counted {
		if d.need[r] > free[r] {
			return false
		}
		if tree == nil || !quota.Divided(r) || d.need[r] == 0 {
			continue
		}
		if d.need[r] > tree.Available(d.queue, r) || own && tree.Borrows(d.queue, r, d.need[r]) {
			return false
		}
	}
	return d.least <= free[quota.Addresses]
}

// left is what is free of a pool; less than nothing where a lowered limit has left it overdrawn.
func left(m *quota.Meter) int64 {
	if m.Limit() == NoLimit {
		return quota.Unlimited - m.Used()
	}
	if _, _, observed := m.Observed(); observed {
		return min(m.Free(), m.Limit()-m.Used())
	}
	return m.Limit() - m.Used()
}

// left is what is free of a subnet.
func (sub *subnet) left() int64 { return left(sub.meter) }
