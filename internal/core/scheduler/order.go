package scheduler

import (
	"slices"
	"time"

	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
)

// settle admits runs until none is left that fits and is permitted.
func (s *State) settle(now time.Time) []*Holder {
	s.epoch++
	s.drains = nil
	s.renewReservations(now)
	if s.disk.Low() {
		return nil
	}
	var admitted []*Holder
	for {
		c := s.next(now)
		if c == nil {
			s.settled = len(s.kept) == 0 // else time may let runs pass
			return admitted
		}
		if s.overtakes(c, now) {
			continue // somebody was passed over for too long, and has a reservation now
		}
		admitted = append(admitted, s.admit(c, now))
	}
}

// next returns the class whose head starts next; nil if there is none.
//
// The order: higher priority first; then the queue with the lowest share of its account, weighted, level by level of the
// tree of queues; then the run submitted first. Across regions, which share nothing but this machine, the order is the
// same.
func (s *State) next(now time.Time) (best *class) {
	for _, reg := range s.order {
		if c := reg.next(s, now); c != nil && (best == nil || before(c, best)) {
			best = c
		}
	}
	return best
}

// before orders the first classes of two regions.
func before(a, b *class) bool {
	p, q := a.shape.band, b.shape.band
	switch {
	case p.priority != q.priority:
		return p.priority > q.priority
	case p.lane.share != q.lane.share:
		return p.lane.share < q.lane.share
	}
	return a.head.before(b.head)
}

// next returns the first class of a region whose head fits and is permitted.
func (reg *region) next(s *State, now time.Time) *class {
	if reg.root.ready == 0 || !reg.room(s) {
		return nil
	}
	for _, v := range reg.levels {
		if v.fit(s, reg) == 0 {
			continue
		}
		if c := reg.root.next(s, v, now); c != nil {
			return c
		}
	}
	return nil
}

// room finds out what the pools have free, and reports whether anything can fit: every run takes a slot and a worker.
func (reg *region) room(s *State) bool {
	if reg.freeAt != s.epoch {
		reg.freeAt = s.epoch
		for _, r := range accounted {
			reg.free[r] = reg.meters[r].Free()
		}
		for _, r := range local {
			reg.free[r] = s.machine[r].Free()
		}
	}
	return reg.free[quota.Slots] > 0 && reg.free[quota.Workers] > 0
}

// space is the most addresses that one subnet of a group has free for new runs.
func (s *State) space(g *group) int64 {
	if g.roomAt != s.epoch {
		g.room, g.roomAt = 0, s.epoch
		for _, sub := range g.subnets {
			if s.open(sub) {
				g.room = max(g.room, sub.free())
			}
		}
	}
	return g.room
}

// fit returns the kinds of a priority that fit into what is free and are ready somewhere, as a mask.
func (v *level) fit(s *State, reg *region) uint64 {
	if v.fitAt == s.epoch {
		return v.fits
	}
	v.fitAt, v.fits = s.epoch, 0
	for _, k := range v.kinds {
		if k.ready > 0 && s.within(k, &reg.free) {
			v.fits |= k.bit
		}
	}
	return v.fits
}

// within reports whether a need is not more than what a region has free, apart from the slot and the worker that every run takes.
func (s *State) within(k *kind, free *quota.Vector) bool {
	return k.need[quota.DPUs] <= free[quota.DPUs] && k.need[quota.FlexDPUs] <= free[quota.FlexDPUs] &&
		k.need[quota.MemoryBytes] <= free[quota.MemoryBytes] && (k.group == nil || s.space(k.group) >= k.least)
}

// open reports whether new runs may go to a subnet.
func (p *pools) open(sub *subnet) bool {
	if sub.Cordoned || !p.broken {
		return !sub.Cordoned
	}
	state, probed := p.health.Stand(sub.key)
	return state == placement.Closed || state == placement.HalfOpen && !probed
}

// free is how many addresses the next run can take.
func (sub *subnet) free() int64 {
	if sub.book == nil {
		return sub.meter.Free()
	}
	return min(sub.meter.Free(), sub.book.Free())
}

// next returns the first class of a priority in a lane and those below it. Of lanes with equal shares the oldest run
// counts.
func (l *lane) next(s *State, v *level, now time.Time) (best *class) {
	if len(l.children) == 0 {
		return l.first(s, v, now)
	}
	share := 0.0
	for _, child := range l.children {
		if best != nil && child.share > share {
			break
		}
		if child.kinds&v.fits == 0 {
			continue
		}
		if c := child.lane.next(s, v, now); c != nil && (best == nil || c.head.before(best.head)) {
			best, share = c, child.share
		}
	}
	return best
}

// first returns the class of a lane's own runs of a priority whose head is the oldest that fits and is permitted.
func (l *lane) first(s *State, v *level, now time.Time) (best *class) {
	for _, b := range l.bands {
		if b.level != v || b.kinds&v.fits == 0 || l.conf == nil || l.conf.Held || s.held[l.queue] {
			continue
		}
		for _, sh := range b.ready {
			if sh.kind.bit&v.fits == 0 || best != nil && best.head.before(sh.first().head) || !s.within(sh.kind, &l.region.free) || !l.grants(sh) {
				continue
			}
			if c := s.permitted(sh, best, now); c != nil {
				best = c
			}
		}
	}
	return best
}

// grants reports whether the queue's quota has room for a shape.
func (l *lane) grants(sh *shape) bool {
	if !l.region.divided {
		return true
	}
	for _, r := range [...]quota.Resource{quota.Slots, quota.DPUs, quota.FlexDPUs} {
		need := sh.kind.need[r]
		if need == 0 {
			continue
		}
		if need > l.region.tree.Available(l.queue, r) {
			return false
		}
		if most := l.conf.BorrowMaxRun; most > 0 && sh.timeout > most && l.region.tree.Borrows(l.queue, r, need) {
			return false
		}
	}
	return true
}

// permitted returns the class of a shape that fits with the oldest head that no reservation keeps back, if it is older
// than that of another class.
//
// Of runs of one kind it depends on how long they last whether a reservation keeps them back: if one is, all are that last
// as long. So one question answers for thousands of heads. Only in a tree of queues it is asked for each queue, and heads
// that have a reservation are asked for themselves.
func (s *State) permitted(sh *shape, than *class, now time.Time) *class {
	first := sh.first()
	if len(s.kept) == 0 {
		return first
	}
	kind := sh.kind
	if kind.keptAt != s.epoch || sh.band.lane.region.divided {
		kind.kept, kind.keptAt = endless, s.epoch
	}
	reserved := func(k *reservation) bool { return k.class.shape == sh }
	if kind.kept.covers(sh.shortest()) && !slices.ContainsFunc(s.kept, reserved) {
		return nil
	}
	best, ask := than, s.asks(first, now)
	for _, seat := range sh.ready {
		c := seat.class
		if best != nil && !c.head.before(best.head) {
			continue
		}
		lasts := c.head.run.lasting()
		own := slices.ContainsFunc(s.kept, func(k *reservation) bool { return k.class == c })
		if !own && kind.kept.covers(lasts) {
			continue
		}
		ask.run, ask.sites = c.head.run, c.sites // all else a shape has in common
		if s.keepsBack(&ask) {
			if !own && lasts.covers(kind.kept) {
				kind.kept = lasts
			}
			continue
		}
		if best = c; c == first {
			break // none is older
		}
	}
	if best == than {
		return nil
	}
	return best
}

// keepsBack reports whether a reservation keeps a run from starting, wherever it would go.
func (s *State) keepsBack(ask *asking) bool {
	if s.keeper(ask, nil) != nil {
		return true
	}
	if len(ask.run.Choices) == 0 {
		return false
	}
	_, keeper := s.pools.place(&s.scratch, ask)
	return keeper != nil
}

// scratch is the memory of one placement, which the next one uses again.
type scratch struct {
	request placement.Request
	stands  []placement.Stand
	ranked  []placement.Candidate

	addresses []placement.Range
}

// place ranks the choices of a run and returns the place of the best that no reservation keeps it from, or the reservation
// that keeps it from the best of all. Where the run has no choices there is no such place: it is -1.
func (p *pools) place(sc *scratch, a *asking) (chosen int, keeper *reservation) {
	if len(a.run.Choices) == 0 {
		return -1, p.keeper(a, nil)
	}
	p.rank(sc, a)
	for i := range sc.ranked {
		if !sc.ranked[i].Admissible() {
			continue
		}
		k := p.keeper(a, &sc.ranked[i])
		if k == nil {
			return i, nil
		}
		if keeper == nil {
			keeper = k
		}
	}
	return -1, keeper
}

// rank judges the choices of a run.
func (p *pools) rank(sc *scratch, a *asking) {
	sc.request = a.run.request(&p.cfg.Placement)
	sc.stands = p.stands(sc.stands[:0], a, sc.request.Strategy)
	sc.ranked = placement.Rank(sc.ranked[:0], &sc.request, sc.stands, a.now)
}

// stands tells how the subnets of the choices stand.
func (p *pools) stands(into []placement.Stand, a *asking, strategy placement.Strategy) []placement.Stand {
	for _, sub := range a.sites {
		if sub == nil {
			into = append(into, placement.Stand{})
			continue
		}
		st := placement.Stand{Managed: true, Zone: sub.Zone, Free: sub.free(), Cordoned: sub.Cordoned}
		if p.broken {
			st.Health, st.Probed = p.health.Stand(sub.key)
		}
		if strategy == placement.Spread {
			for _, o := range a.account.subnets {
				if o.Zone == sub.Zone {
					st.ZoneUsed += o.meter.Used()
					st.ZoneUsable += o.meter.Limit()
				}
			}
		}
		into = append(into, st)
	}
	return into
}
