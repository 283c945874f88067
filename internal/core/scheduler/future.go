package scheduler

import (
	"cmp"
	"slices"
	"time"

	"tenon/internal/core/quota"
)

// future is what runs give back from now on and when, as far as it is known: four lists in the order of time. Those of
// the runs are made once and kept up to date as long as somebody asks, so that a look at them costs only the way to the time
// that is looked for.
type future struct {
	now     time.Time
	region  string // that is looked at; of runs elsewhere only what regions share counts
	certain bool   // only Timeouts count as ends
	lag     time.Duration
	ends    []ending      // by when they are expected to end
	drains  []quota.Lease // by when their addresses are free
	plans   []change      // what earlier reservations take at their shadow, and give back when their runs end
}

// change is what the head of an earlier reservation takes or, if it is negative, gives back.
type change struct {
	at     time.Time
	queue  string
	takes  quota.Vector // without addresses
	subnet string
	n      int64 // addresses
	local  bool  // of the region that is looked at
}

// future tells what comes, as a reservation sees it that gives way to earlier ones.
func (s *State) future(k *reservation, earlier []*reservation, now time.Time) *future {
	f := &future{now: now, region: k.region, certain: k.certain, lag: s.cfg.Placement.ReleaseLag, ends: s.endings(k.certain, now)}
	if k.demand.least > 0 {
		if s.drains == nil {
			s.drains = s.ledger.Draining()
		}
		f.drains = s.drains
	}
	for _, e := range earlier {
		take := change{at: latest(now, e.shadow), queue: e.demand.queue, takes: e.demand.need, local: e.region == k.region}
		if e.subnet != nil {
			take.subnet, take.n = e.subnet.ID, e.demand.least
		}
		give := take
		give.at, give.n = take.at.Add(e.demand.run.lasts(k.certain)), -take.n
		for r, n := range take.takes {
			give.takes[r] = -n
		}
		f.plans = append(f.plans, take, give)
	}
	slices.SortFunc(f.plans, func(a, b change) int { return a.at.Compare(b.at) })
	return f
}

// ending is a run that holds something and when it is expected to end. The time lies beside those of others.
type ending struct {
	at time.Time
	*Holder
}

// ending is when a run is expected to end.
func (h *Holder) ending(certain bool) ending { return ending{h.ends(certain), h} }

// compare orders runs by their ends.
func (x ending) compare(o ending) int {
	if by := x.at.Compare(o.at); by != 0 {
		return by
	}
	return cmp.Compare(x.Run.ID, o.Run.ID)
}

// endings are the runs that hold something, by when they are expected to end. The list is kept up to date until nobody has
// asked for it within Reservation.After.
func (s *State) endings(certain bool, now time.Time) []ending {
	s.looked = now
	list := &s.byEnd[index(certain)]
	if *list == nil {
		*list = make([]ending, 0, len(s.running)+1)
		for _, h := range s.running {
			*list = append(*list, h.ending(certain))
		}
		slices.SortFunc(*list, ending.compare)
	}
	return *list
}

// began puts a run among the endings that are kept.
func (s *State) began(h *Holder) {
	for _, certain := range [...]bool{false, true} {
		if list := &s.byEnd[index(certain)]; *list != nil {
			own := h.ending(certain)
			at, _ := slices.BinarySearchFunc(*list, own, ending.compare)
			*list = slices.Insert(*list, at, own)
		}
	}
}

// ended takes a run out of the endings that are kept.
func (s *State) ended(h *Holder) {
	for _, certain := range [...]bool{false, true} {
		if list := &s.byEnd[index(certain)]; *list != nil {
			if at, found := slices.BinarySearchFunc(*list, h.ending(certain), ending.compare); found {
				*list = slices.Delete(*list, at, at+1)
			}
		}
	}
}

// index is the place in State.byEnd of the runs by their predicted ends, or by their Timeouts.
func index(certain bool) int {
	if certain {
		return 1
	}
	return 0
}

// outlook reads a future from its beginning.
type outlook struct {
	future
	subnet    *subnet  // the one whose addresses count; nil: none do
	addresses []ending // those of ends whose addresses are still held
}

// of starts to read a future, with the addresses of a subnet.
func (f *future) of(sub *subnet) *outlook {
	o := &outlook{future: *f, subnet: sub}
	if sub == nil {
		o.drains = nil
	} else {
		o.addresses = f.ends
	}
	o.skip()
	return o
}

// skip passes over what is of other subnets.
func (o *outlook) skip() {
	for len(o.addresses) > 0 {
		if h := o.addresses[0].Holder; o.has(h.region(), h.Subnet(), &h.Need) {
			break
		}
		o.addresses = o.addresses[1:]
	}
	for len(o.drains) > 0 && !o.has(o.drains[0].Region, o.drains[0].Subnet, &o.drains[0].Need) {
		o.drains = o.drains[1:]
	}
}

// has reports whether what a lease needs are addresses of the subnet.
func (o *outlook) has(region, subnet string, need *quota.Vector) bool {
	return region == o.region && subnet == o.subnet.ID && need[quota.Addresses] > 0
}

// frees is when the first of the runs gives back its addresses.
func (o *outlook) frees() time.Time {
	return latest(o.now, o.addresses[0].at).Add(o.lag)
}

// next is when something happens next; false if nothing does.
func (o *outlook) next() (at time.Time, some bool) {
	sooner := func(t time.Time) {
		if !some || t.Before(at) {
			at, some = t, true
		}
	}
	if len(o.ends) > 0 {
		sooner(latest(o.now, o.ends[0].at))
	}
	if len(o.addresses) > 0 {
		sooner(o.frees())
	}
	if len(o.drains) > 0 {
		sooner(latest(o.now, o.drains[0].Until))
	}
	if len(o.plans) > 0 {
		sooner(o.plans[0].at)
	}
	return at, some
}

// pass counts all that happens until a time.
func (o *outlook) pass(until time.Time, free *quota.Vector, tree *quota.Tree) {
	for ; len(o.ends) > 0 && !latest(o.now, o.ends[0].at).After(until); o.ends = o.ends[1:] {
		h := o.ends[0].Holder
		local := h.region() == o.region
		for _, r := range counted {
			if local || !quota.Divided(r) {
				free[r] += h.Need[r]
			}
		}
		if local && tree != nil {
			tree.Sub(h.queue(), h.Need)
		}
	}
	for ; len(o.addresses) > 0 && !o.frees().After(until); o.skip() {
		free[quota.Addresses] += o.addresses[0].Need[quota.Addresses]
		o.addresses = o.addresses[1:]
	}
	for ; len(o.drains) > 0 && !latest(o.now, o.drains[0].Until).After(until); o.skip() {
		free[quota.Addresses] += o.drains[0].Need[quota.Addresses]
		o.drains = o.drains[1:]
	}
	for ; len(o.plans) > 0 && !o.plans[0].at.After(until); o.plans = o.plans[1:] {
		p := &o.plans[0]
		for _, r := range counted {
			if p.local || !quota.Divided(r) {
				free[r] -= p.takes[r]
			}
		}
		if p.local && tree != nil {
			tree.Add(p.queue, p.takes)
		}
		if p.local && o.subnet != nil && p.subnet == o.subnet.ID {
			free[quota.Addresses] -= p.n
		}
	}
}
