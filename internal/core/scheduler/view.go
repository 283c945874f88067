package scheduler

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
)

// maxHolders is how many run ids a Reason names; it counts the others.
const maxHolders = 3

// View is what readers need to explain any waiting run: a copy, made by State.View, that is safe for concurrent use and
// true of one moment. It shares with the state what does not change, so that its cost is in proportion to classes, jobs and
// leases, not to the runs that wait: BenchmarkView measures it.
type View struct {
	pools
	at      time.Time // of the last Step
	meters  map[quota.Pool]quota.Meter
	drains  map[quota.Pool]time.Time // of a subnet: when the next of its lingering addresses come back
	running []*Holder
	once    sync.Once // makes holders
	holders map[quota.Pool]*holding
	lanes   map[string][]laneView // by region, in the order of the configuration
	heads   []headView            // of all classes
}

// headView is the head of a class and how many runs the class has.
type headView struct {
	rank    rank // of the run: it is looked for by who explains another
	run     *Run // never changed
	waiting int
}

// holding is who holds a pool.
type holding struct {
	count int
	ids   []string     // the oldest maxHolders
	next  time.Time    // when the first of them is expected to give back; zero: nobody knows
	first *quota.Lease // which that is
	most  bool         // next is its Timeout
}

// laneView is the part of a View about one queue in one region.
type laneView struct {
	queue, parent string
	conf          *Queue // nil: not configured
	used          [measures]int64
	share         float64
	bands         []bandView
	oldest        time.Time
}

// bandView is the waiting runs of a priority.
type bandView struct {
	priority int
	n        int
	pages    []page
}

// appendTo appends the ids of the runs, in order.
func (b *bandView) appendTo(ids []string) []string {
	for i := range b.pages {
		p := &b.pages[i]
		for at := p.next(0); at < len(p.runs); at = p.next(at + 1) {
			ids = append(ids, p.runs[at].run.ID)
		}
	}
	return ids
}

// View copies what readers need.
func (s *State) View() *View {
	v := &View{at: s.now, meters: s.ledger.Meters(), drains: s.ledger.NextDrains(), running: slices.Clone(s.running), lanes: make(map[string][]laneView, len(s.order))}
	v.pools = pools{cfg: s.cfg, accounts: make(map[string]*account, len(s.order)), health: s.health.Clone(), broken: s.broken, disk: s.disk, held: maps.Clone(s.held)}
	v.pools.meter = v.meterOf
	for _, reg := range s.order {
		a := &account{name: reg.name, limits: reg.limits, tree: reg.tree.Clone(), divided: reg.divided}
		for _, sub := range reg.subnets {
			a.subnets = append(a.subnets, &subnet{Subnet: sub.Subnet, key: sub.key, meter: v.meterOf(sub.meter.Pool())})
		}
		v.accounts[reg.name] = a
		v.lanes[reg.name] = s.laneViews(reg)
	}
	for _, k := range s.kept {
		own := *k
		own.class, own.tree = nil, k.tree.Clone()
		if k.subnet != nil {
			own.subnet = v.accounts[k.region].subnet(k.subnet.ID)
		}
		v.kept = append(v.kept, &own)
	}
	v.heads = make([]headView, 0, len(s.jobs))
	for _, j := range s.jobs {
		for _, c := range j.classes {
			if c.head != nil {
				v.heads = append(v.heads, headView{c.head.rank, c.head.run, c.n})
			}
		}
	}
	return v
}

// laneViews copies the lanes of a region in which runs may be: in the order of the configuration, then those that are not
// configured any more.
func (s *State) laneViews(reg *region) []laneView {
	views := make([]laneView, 0, len(reg.lanes))
	for i := range s.cfg.Queues {
		views = append(views, s.laneView(reg.lanes[s.cfg.Queues[i].Name]))
	}
	if len(reg.lanes) > len(views) {
		for _, name := range slices.Sorted(maps.Keys(reg.lanes)) {
			if l := reg.lanes[name]; l.gone {
				views = append(views, s.laneView(l))
			}
		}
	}
	return views
}

// laneView copies a lane.
func (s *State) laneView(l *lane) laneView {
	lv := laneView{queue: l.queue, conf: l.conf, used: l.used, share: l.share}
	if l.conf != nil {
		lv.parent = l.conf.Parent
	}
	if l.conf != nil && l.parent.conf == l.conf { // its runs count as the whole queue's
		lv.used, lv.share = l.parent.used, l.parent.share
	}
	for _, b := range l.bands {
		lv.bands = append(lv.bands, bandView{b.priority, b.roll.n, b.roll.share()})
		if e := b.roll.oldest(); e != nil && (lv.oldest.IsZero() || e.run.Submitted.Before(lv.oldest)) {
			lv.oldest = e.run.Submitted
		}
	}
	return lv
}

// holding is who holds a pool, or a queue's quota; nil for nobody. Who asks first looks at all leases.
func (v *View) holding(p quota.Pool) *holding {
	v.once.Do(func() {
		v.holders = map[quota.Pool]*holding{}
		for _, h := range v.running {
			v.hold(h)
		}
	})
	return v.holders[p]
}

// hold notes the holder of pools, and of the quotas of its queue and those above.
func (v *View) hold(r *Holder) {
	ends := r.ends(false)
	if !ends.After(v.at) || ends.Sub(v.at) >= forever {
		ends = time.Time{} // nobody knows
	}
	most, lease := ends.Equal(r.ends(true)), r.Lease()
	for i, n := range lease.Need {
		if n == 0 {
			continue
		}
		res := quota.Resource(i)
		v.note(lease.Pool(res), &lease, ends, most)
		if a := v.accounts[lease.Region]; a.divided && quota.Divided(res) {
			for q := lease.Queue; a.tree.Has(q); q = a.tree.Parent(q) {
				v.note(a.quotaOf(res, q), &lease, ends, most)
			}
		}
	}
}

// quotaOf names a queue's quota of a resource as if it were a pool.
func (a *account) quotaOf(r quota.Resource, queue string) quota.Pool {
	return quota.Pool{Resource: r, Scope: a.name + "/" + queue}
}

// note notes that a lease holds a pool until a time, or at most until then.
func (v *View) note(p quota.Pool, lease *quota.Lease, ends time.Time, most bool) {
	h, id := v.holders[p], lease.ID
	if h == nil {
		h = &holding{}
		v.holders[p] = h
	}
	h.count++
	if at, _ := slices.BinarySearch(h.ids, id); at < maxHolders {
		h.ids = slices.Insert(h.ids, at, id)
		h.ids = h.ids[:min(len(h.ids), maxHolders)]
	}
	if !ends.IsZero() && (h.next.IsZero() || ends.Before(h.next) || ends.Equal(h.next) && id < h.first.ID) {
		h.next, h.first, h.most = ends, lease, most
	}
}

// meterOf returns a copy of a meter. One that nothing was counted with yet has its configured limit.
func (v *View) meterOf(p quota.Pool) *quota.Meter {
	if m, known := v.meters[p]; known {
		return &m
	}
	l := quota.NewLedger(v.cfg.Default.vector())
	if p.Resource == quota.JobRuns {
		l.SetJob(p.Scope, NoLimit)
	}
	return l.Meter(p)
}

// account returns what a region has; one that nothing ran in yet has what is configured.
func (v *View) account(region string) *account {
	if a := v.accounts[region]; a != nil {
		return a
	}
	s := New(*v.cfg)
	s.region(region)
	a := s.accounts[region]
	return a
}

// lane returns the queue of a run, empty when no run ever waited there.
func (v *View) lane(region, queue string) *laneView {
	for i := range v.lanes[region] {
		if l := &v.lanes[region][i]; l.queue == queue {
			return l
		}
	}
	return &laneView{queue: queue, conf: v.queue(queue)}
}

// waiting is how many runs are in line in the queue.
func (l *laneView) waiting() (n int) {
	for _, b := range l.bands {
		n += b.n
	}
	return n
}

// Position is the place of a waiting run in its queue, from 1, and of how many. One that the view does not know yet, being
// younger, stands last.
func (v *View) Position(r Run) (place, of int) {
	l := v.lane(r.Region, r.queue())
	place, of = 1, l.waiting()
	for i := range l.bands {
		b := &l.bands[i]
		if b.priority > r.Priority {
			place += b.n
		} else if b.priority == r.Priority {
			place += ahead(b.pages, r.ID)
		}
	}
	return place, max(of, place)
}

// Waiting lists the runs in line in a queue of a region, in order; for the empty name those of all queues, by priority
// and then as they were submitted. Runs that sleep between two attempts, that an operator holds, or that can never start
// are not in line.
func (v *View) Waiting(region, queue string) (ids []string) {
	if queue != "" {
		for _, b := range v.lane(region, queue).bands {
			ids = b.appendTo(ids)
		}
		return ids
	}
	byPriority := map[int][]string{}
	for _, l := range v.lanes[region] {
		for _, b := range l.bands {
			byPriority[b.priority] = b.appendTo(byPriority[b.priority])
		}
	}
	for _, p := range slices.Backward(slices.Sorted(maps.Keys(byPriority))) {
		slices.Sort(byPriority[p])
		ids = append(ids, byPriority[p]...)
	}
	return ids
}

// PoolUse is how far a pool is used. Used contains Reserved and Draining.
type PoolUse struct {
	Pool                                  quota.Pool
	Used, Reserved, Draining, Free, Limit int64 // Limit: NoLimit is none
}

// Pools lists the pools that are shared, and those of jobs with runs, by resource and scope.
func (v *View) Pools() []PoolUse {
	all := make([]PoolUse, 0, len(v.meters))
	for p, m := range v.meters {
		all = append(all, PoolUse{p, m.Used(), m.Reserved(), m.Draining(), m.Free(), m.Limit()})
	}
	slices.SortFunc(all, func(a, b PoolUse) int {
		return cmp.Or(cmp.Compare(a.Pool.Resource, b.Pool.Resource), cmp.Compare(a.Pool.Scope, b.Pool.Scope))
	})
	return all
}

// QueueUse is how a queue stands in a region.
type QueueUse struct {
	Queue            // as configured
	Configured bool  // false: runs wait or run in it, but it is not configured any more
	Stopped    bool  // held, by an operator or by the configuration
	Waiting    int   // in line
	Running    int64 // with those of queues below it
	Share      float64
	Oldest     time.Time // submit of the first in line
	Resources  []ShareUse
}

// ShareUse is how far a queue uses its share of a resource.
type ShareUse struct {
	Resource       quota.Resource
	Share          // nominal 0 and no limits where it has none
	Given          bool
	Used, Borrowed int64 // with queues below it
	Available      int64 // that it may take more of now
}

// Queues lists the queues of a region in the order of the configuration.
func (v *View) Queues(region string) []QueueUse {
	a := v.account(region)
	lanes := v.lanes[region]
	if lanes == nil {
		for i := range v.cfg.Queues {
			lanes = append(lanes, laneView{queue: v.cfg.Queues[i].Name, conf: &v.cfg.Queues[i]})
		}
	}
	all := make([]QueueUse, 0, len(lanes))
	for i := range lanes {
		l := &lanes[i]
		u := QueueUse{Queue: Queue{Name: l.queue}, Configured: l.conf != nil, Waiting: l.waiting(), Running: l.used[0], Share: l.share, Oldest: l.oldest}
		if l.conf != nil {
			u.Queue = *l.conf
		}
		u.Stopped = u.Held || v.held[l.queue]
		for _, r := range []quota.Resource{quota.Slots, quota.DPUs, quota.FlexDPUs} {
			if l.conf == nil {
				break
			}
			share, given := a.tree.Quota(l.queue, r)
			u.Resources = append(u.Resources, ShareUse{r, Share(share), given, a.tree.Used(l.queue, r), a.tree.Borrowed(l.queue, r), a.tree.Available(l.queue, r)})
		}
		all = append(all, u)
	}
	return all
}

// SubnetUse is how a subnet stands.
type SubnetUse struct {
	placement.Subnet
	Gone                          bool  // not configured any more, while leases have addresses of it: of the Subnet only the ID is known
	Usable, Used, Lingering, Free int64 // Used contains Lingering
	Health                        placement.Status
	Waiting                       int // runs that can go nowhere else
}

// Subnets lists the subnets of a region in the order of the configuration; then, by id, those that are not configured any
// more and of which leases hold or drain addresses.
func (v *View) Subnets(region string) []SubnetUse {
	a := v.account(region)
	alone := map[string]int{}
	for _, h := range v.heads {
		if h.run.Region == region {
			if d := v.demand(a, h.run); len(d.subnets) == 1 {
				alone[d.subnets[0].ID] += h.waiting
			}
		}
	}
	all := make([]SubnetUse, 0, len(a.subnets))
	for _, s := range a.subnets {
		all = append(all, SubnetUse{Subnet: s.Subnet, Usable: s.meter.Limit(), Used: s.meter.Used(), Lingering: s.meter.Draining(), Free: s.free(),
			Health: v.health.Status(s.key), Waiting: alone[s.ID]})
	}
	configured := len(all)
	for pool, m := range v.meters {
		id, here := strings.CutPrefix(pool.Scope, region+"/")
		if pool.Resource != quota.Addresses || !here || id == "" || m.Used() == 0 || a.subnet(id) != nil {
			continue
		}
		all = append(all, SubnetUse{Subnet: placement.Subnet{ID: id}, Gone: true, Used: m.Used(), Lingering: m.Draining()})
	}
	slices.SortFunc(all[configured:], func(a, b SubnetUse) int { return cmp.Compare(a.ID, b.ID) })
	return all
}
