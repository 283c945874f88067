package scheduler

import (
	"cmp"
	"slices"
	"sort"

	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
)

// region is the account of one region and what waits there.
type region struct {
	account
	pools *pools // of the State

	meters   [quota.MemoryBytes + 1]*quota.Meter // of slots and DPUs
	root     *lane                               // the account; its children are the queues
	lanes    map[string]*lane                    // by queue: where its runs wait
	levels   []*level                            // by priority, highest first
	groups   []*group
	made     int               // kinds so far
	total    [measures]float64 // what shares are of; 0 where it does not count
	arrivals uint64            // counts runs that came having waited before: the oldest may be among them
	freeAt   uint64            // the State.epoch that free is of
	free     quota.Vector      // of account and machine
}

// account is what a region has, as far as it decides whether a run fits. A View has a copy.
type account struct {
	name    string
	limits  Region
	tree    *quota.Tree
	divided bool // some queue has a share, so that the tree may refuse what the pools would not
	subnets []*subnet
}

// subnet is one subnet that Tenon keeps the addresses of.
type subnet struct {
	placement.Subnet
	key   placement.Key
	meter *quota.Meter
	book  *placement.Book // nil in a View
}

// subnet returns the subnet of an id, or nil where Tenon does not keep it.
func (a *account) subnet(id string) *subnet {
	for _, s := range a.subnets {
		if s.ID == id {
			return s
		}
	}
	return nil
}

// vector spells the limits for a tree.
func (r *Region) vector() quota.Vector {
	return quota.Vector{quota.Slots: r.Slots, quota.DPUs: r.QuarterDPUs, quota.FlexDPUs: r.FlexQuarterDPUs}
}

// lane is a queue in one region: a node of the order of shares. A queue with queues below it has one more child, of its
// own name, where its own runs wait.
type lane struct {
	queue    string
	index    int // of the order of siblings with equal shares
	region   *region
	conf     *Queue      // nil for the account, and where the queue is not configured
	gone     bool        // not configured: its runs wait until it is
	place    quota.Place // in the region's tree
	parent   *lane
	children []stand // Invariant: by share, then index
	bands    []*band // by priority, highest first
	used     [measures]int64
	share    float64 // of the account, weighted: the largest of used / limit
	ready    int     // classes, of it and below
	waiting  int     // runs in its classes; of itself
	checked  int64   // Unix nanoseconds of the last look for runs that its own overtake
	arrivals uint64  // region.arrivals at that look
}

// The resources that a share is of.
const measures = 4

// measured are they.
var measured = [measures]quota.Resource{quota.Slots, quota.DPUs, quota.FlexDPUs, quota.Addresses}

// region returns the region of a name, which is made when it is the first time that it is heard of.
func (s *State) region(name string) *region {
	if reg := s.regions[name]; reg != nil {
		return reg
	}
	reg := &region{account: account{name: name}, pools: &s.pools}
	s.regions[name] = reg
	s.accounts[name] = &reg.account
	i, _ := slices.BinarySearchFunc(s.order, name, func(r *region, name string) int { return cmp.Compare(r.name, name) })
	s.order = slices.Insert(s.order, i, reg)
	s.configureRegion(reg)
	return reg
}

// configureRegion gives a region its limits, queues and subnets. What waits is put into lanes by the caller; leases are
// counted in the new tree and the new lanes.
func (s *State) configureRegion(reg *region) {
	limits, named := s.cfg.Regions[reg.name]
	if !named {
		limits = s.cfg.Default
	}
	reg.limits = limits
	for i, n := range limits.vector() {
		if r := quota.Resource(i); quota.Divided(r) {
			pool := quota.Pool{Resource: r, Scope: reg.name}
			s.ledger.SetLimit(pool, n)
			reg.meters[r] = s.ledger.Meter(pool)
		}
	}
	reg.configureSubnets(s)
	tree, err := quota.NewTree(s.cfg.nodes(), limits.vector())
	if err != nil {
		panic(err) // Invariant: Validate refuses such a configuration. Going on without the tree would ignore its quotas.
	}
	reg.tree = tree
	reg.divided = slices.ContainsFunc(s.cfg.Queues, func(q Queue) bool { return q.Slots != nil || q.QuarterDPUs != nil || q.FlexQuarterDPUs != nil })
	reg.levels, reg.groups = nil, nil
	reg.total = reg.measures()
	reg.configureLanes(s.cfg)
	for _, h := range s.running {
		if h.region() == reg.name {
			h.lane = reg.lane(h.queue())
			reg.tree.Count(h.lane.place, &h.Need, 1)
			h.lane.use(&h.Need, 1)
		}
	}
	for _, d := range s.ledger.Draining() {
		if d.Region == reg.name {
			reg.lane(d.Queue).use(&d.Need, 1)
		}
	}
}

// configureSubnets replaces the subnets. Those that stay keep their addresses; of those that go the leases stay, and
// nothing new fits.
func (reg *region) configureSubnets(s *State) {
	before := reg.subnets
	reg.subnets = nil
	for _, c := range reg.limits.Subnets {
		sub := &subnet{Subnet: c, key: placement.Key{Region: reg.name, Subnet: c.ID}}
		pool := quota.Pool{Resource: quota.Addresses, Scope: reg.name + "/" + c.ID}
		s.ledger.SetLimit(pool, c.Usable())
		sub.meter = s.ledger.Meter(pool)
		for _, b := range before {
			if b.ID == c.ID && b.CIDR == c.CIDR {
				sub.book = b.book
			}
		}
		if sub.book == nil {
			sub.book = s.newBook(reg.name, &c)
		}
		reg.subnets = append(reg.subnets, sub)
	}
	for _, b := range before {
		if reg.subnet(b.ID) == nil {
			s.ledger.SetLimit(b.meter.Pool(), 0)
		}
	}
	s.health.Place(reg.name, reg.limits.Subnets)
}

// newBook returns the book of a subnet in which the addresses of its leases are taken: it may have been configured before.
// It is nil for a block that no subnet can have, which has no addresses.
func (s *State) newBook(region string, c *placement.Subnet) *placement.Book {
	book, err := placement.NewBook(c.CIDR)
	if err != nil {
		return nil
	}
	restore := func(where, subnet string, addresses []placement.Range) {
		if where == region && subnet == c.ID {
			_ = book.Restore(addresses) //nolint:errcheck // those of another block, which the subnet had before, are nobody's
		}
	}
	for _, h := range s.running {
		restore(h.region(), h.Subnet(), h.addresses)
	}
	for _, d := range s.ledger.Draining() {
		restore(d.Region, d.Subnet, ranges(&d))
	}
	return book
}

// configureLanes makes the lanes of the queues.
func (reg *region) configureLanes(cfg *Config) {
	reg.root = &lane{region: reg}
	reg.lanes = map[string]*lane{}
	nodes := map[string]*lane{"": reg.root}
	parents := map[string]bool{}
	for i := range cfg.Queues {
		q := &cfg.Queues[i]
		nodes[q.Name] = &lane{queue: q.Name, index: i, region: reg, conf: q, place: reg.tree.Place(q.Name)}
		parents[q.Parent] = true
	}
	for i := range cfg.Queues {
		q := &cfg.Queues[i]
		n := nodes[q.Name]
		up := nodes[q.Parent]
		if up == nil || up == n {
			up = reg.root // Invariant: Validate refuses it
		}
		reg.lanes[q.Name] = up.adopt(n)
		if parents[q.Name] {
			reg.lanes[q.Name] = n.adopt(&lane{queue: q.Name, index: -1, region: reg, conf: q, place: n.place})
		}
	}
}

// lane returns the lane of a queue; one that is not configured gets one beside the others.
func (reg *region) lane(queue string) *lane {
	l := reg.lanes[queue]
	if l == nil {
		l = reg.root.adopt(&lane{queue: queue, index: len(reg.root.children), region: reg, gone: true})
		reg.lanes[queue] = l
		l.move()
	}
	return l
}

// weight is what the lane's share is divided by.
func (l *lane) weight() float64 {
	if l.conf == nil || l.conf.Weight <= 0 || l.parent.conf == l.conf { // the last is a queue's lane for its own runs
		return 1
	}
	return float64(l.conf.Weight)
}

// count adds ready classes to a lane and those above it.
func (l *lane) count(n int) {
	for ; l != nil; l = l.parent {
		l.ready += n
	}
}

// stand is a lane among its siblings. What orders them lies beside each other.
type stand struct {
	share float64
	index int
	kinds uint64 // that are ready in it and below, as a mask
	lane  *lane
}

// before reports whether s stands before a sibling.
func (s stand) before(o stand) bool {
	return s.share < o.share || s.share == o.share && s.index < o.index
}

// use adds what a lease takes, or with sign -1 gives back, to the lane of its queue and those above it.
func (l *lane) use(need *quota.Vector, sign int64) {
	for ; l.parent != nil; l = l.parent {
		for i, r := range measured {
			l.used[i] += sign * need[r]
		}
		l.move()
	}
}

// standing is the place of the lane among its siblings.
func (l *lane) standing() int {
	all := l.parent.children
	own := stand{share: l.share, index: l.index}
	i := sort.Search(len(all), func(i int) bool { return !all[i].before(own) })
	for all[i].lane != l {
		i++ // indexes may be equal
	}
	return i
}

// offers are the kinds that are ready in the lane and below, as a mask.
func (l *lane) offers() (kinds uint64) {
	for _, b := range l.bands {
		kinds |= b.kinds
	}
	for i := range l.children {
		kinds |= l.children[i].kinds
	}
	return kinds
}

// offer notes in the stands of the lane and those above it what they offer.
func (l *lane) offer() {
	for ; l.parent != nil; l = l.parent {
		l.parent.children[l.standing()].kinds = l.offers()
	}
}

// move recomputes the lane's share and puts it in its place among its siblings.
func (l *lane) move() {
	all, i := l.parent.children, l.standing()
	l.share = 0
	for i, used := range l.used {
		if total := l.region.total[i]; total > 0 {
			l.share = max(l.share, float64(used)/total)
		}
	}
	l.share /= l.weight()
	own := all[i]
	own.share = l.share
	to := i
	for to > 0 && own.before(all[to-1]) {
		to--
	}
	for to+1 < len(all) && all[to+1].before(own) {
		to++
	}
	if to < i {
		copy(all[to+1:], all[to:i])
	} else {
		copy(all[i:], all[i+1:to+1])
	}
	all[to] = own
}

// adopt makes l a child.
func (l *lane) adopt(child *lane) *lane {
	child.parent = l
	own := stand{index: child.index, lane: child}
	i := len(l.children)
	for i > 0 && own.before(l.children[i-1]) {
		i--
	}
	l.children = slices.Insert(l.children, i, own)
	return child
}

// measures are the limits that shares are of; those that are not positive do not count.
func (a *account) measures() [measures]float64 {
	addresses := int64(0)
	for _, s := range a.subnets {
		addresses += s.meter.Limit()
	}
	return [measures]float64{float64(a.limits.Slots), float64(a.limits.QuarterDPUs), float64(a.limits.FlexQuarterDPUs), float64(addresses)}
}

// nodes spells the queues for a tree.
func (c *Config) nodes() []quota.Node {
	nodes := make([]quota.Node, len(c.Queues))
	for i := range c.Queues {
		q := &c.Queues[i]
		nodes[i] = quota.Node{Name: q.Name, Parent: q.Parent,
			Slots: (*quota.Share)(q.Slots), DPUs: (*quota.Share)(q.QuarterDPUs), FlexDPUs: (*quota.Share)(q.FlexQuarterDPUs)}
	}
	return nodes
}

// needs is what r takes, without addresses.
func (r *Run) needs() quota.Vector {
	need := quota.Vector{quota.JobRuns: 1, quota.Slots: 1, quota.Workers: 1, quota.MemoryBytes: r.MemoryBytes}
	if r.Flex {
		need[quota.FlexDPUs] = r.QuarterDPUs
	} else {
		need[quota.DPUs] = r.QuarterDPUs
	}
	return need
}

// queue is the name of r's queue.
func (r *Run) queue() string { return cmp.Or(r.Queue, DefaultQueue) }

// request asks for a place for r. The smallest run has one worker.
func (r *Run) request(cfg *Placement) placement.Request {
	q := placement.Request{Choices: r.Choices, Workers: max(1, r.Workers), Extra: cfg.ExtraAddresses, MinWorkers: min(r.MinWorkers, max(1, r.Workers)),
		Strategy: cmp.Or(r.Strategy, cfg.Strategy), Avoid: r.Avoid}
	if q.Strategy == placement.Random {
		q.Seed = placement.Seed(r.ID, r.Attempt)
	}
	return q
}
