package scheduler

import (
	"slices"
	"time"

	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
)

// project computes a reservation's shadow start and what is spare then. The subnet stays the one that it was, unless it
// takes no runs any more or the start has slipped by more than Reservation.After: then it is the one that is free first.
// It reports whether there is such a time at all.
func (s *State) project(k *reservation, earlier []*reservation, now time.Time) bool {
	k.certain = !now.Before(k.since.Add(s.cfg.Reservation.timeoutOnly()))
	f := s.future(k, earlier, now)
	if k.demand.least == 0 {
		return k.look(s, nil, f, now)
	}
	before := k.shadow
	if k.subnet != nil && s.eligible(k.subnet) && k.look(s, k.subnet, f, now) && !k.shadow.After(latest(before, now).Add(s.cfg.Reservation.after())) {
		return true
	}
	var best reservation
	for _, sub := range k.demand.subnets {
		taken := slices.ContainsFunc(s.kept, func(o *reservation) bool {
			return o.class != k.class && o.about == bottleneck{k.region, "subnet " + sub.ID}
		})
		try := *k
		if s.eligible(sub) && !taken && try.look(s, sub, f, now) && (best.class == nil || try.shadow.Before(best.shadow)) {
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

// look goes through the future to the first time at which the head fits, with its addresses in a subnet; before the
// reservation is made, also without borrowing what is another queue's. It fills in what k knows of that time.
func (k *reservation) look(s *State, sub *subnet, f *future, now time.Time) bool {
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
	at, ahead := now, f.of(sub)
	for {
		ahead.pass(at, &free, tree)
		if d.fits(&free, tree, !k.entitled) {
			break
		}
		next, some := ahead.next()
		if !some || next.Sub(now) >= forever {
			return false
		}
		at = next
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
