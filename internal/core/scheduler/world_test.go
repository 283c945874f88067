package scheduler

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
	"tenon/internal/glue"
)

// core is what decides: State, or what is put in its place.
type core interface {
	Step(Event, time.Time) (Decisions, error)
}

// world is what there really is: it applies events and decisions to plain lists, without any index, and says whether they
// are right. It knows the rules by heart and nothing of State.
type world struct {
	cfg      Config
	now      time.Time
	disk     Disk
	waiting  map[string]Run
	leases   map[string]Admission
	draining []Admission
	caps     map[string]told
	held     map[string]bool // queues
	health   map[string]Health
	probes   map[string]string // by region/subnet, as health and seen: the run that tries it
	seen     map[string]Observe
}

// told is the limit of a job, as a run told it.
type told struct {
	by  string
	max int64
}

// newWorld is an empty one.
func newWorld(cfg Config, now time.Time) *world {
	return &world{cfg: cfg, now: now, waiting: map[string]Run{}, leases: map[string]Admission{}, caps: map[string]told{}, held: map[string]bool{},
		health: map[string]Health{}, probes: map[string]string{}, seen: map[string]Observe{}}
}

// apply takes note of an event.
func (w *world) apply(ev Event, now time.Time) {
	w.now = now
	switch {
	case ev.Submit != nil:
		w.waiting[ev.Submit.ID] = *ev.Submit
		if c := w.caps[ev.Submit.Job]; ev.Submit.ID >= c.by {
			w.caps[ev.Submit.Job] = told{ev.Submit.ID, ev.Submit.MaxJobRuns}
		}
	case ev.Release != nil:
		a := w.leases[ev.Release.ID]
		delete(w.leases, ev.Release.ID)
		if lag := w.cfg.Placement.ReleaseLag; lag > 0 && a.Lease.Need[quota.Addresses] > 0 {
			a.Lease.Until = now.Add(lag)
			w.draining = append(w.draining, a)
		}
		w.unprobe(ev.Release.ID)
	case ev.Started != nil:
		a := w.leases[ev.Started.ID]
		if a.Lease.Visible.IsZero() {
			a.Lease.Visible = now
		}
		w.leases[ev.Started.ID] = a
		w.unprobe(ev.Started.ID)
	case ev.Remove != nil:
		delete(w.waiting, ev.Remove.ID)
	case ev.Hold != nil && ev.Hold.ID != "":
		r := w.waiting[ev.Hold.ID]
		r.Held = ev.Hold.Held
		w.waiting[r.ID] = r
	case ev.Hold != nil:
		w.held[ev.Hold.Queue] = ev.Hold.Held
	case ev.Limit != nil:
		if c, known := w.caps[ev.Limit.Job]; known {
			c.max = ev.Limit.Most
			w.caps[ev.Limit.Job] = c
		}
	case ev.Boost != nil:
		r := w.waiting[ev.Boost.ID]
		r.Priority = ev.Boost.Priority
		w.waiting[r.ID] = r
	case ev.Observe != nil:
		key := ev.Observe.Region + "/" + ev.Observe.Subnet
		if o, ok := w.seen[key]; !ok || !ev.Observe.At.Before(o.At) {
			w.seen[key] = *ev.Observe
		}
	case ev.Configure != nil:
		w.cfg = *ev.Configure
		gone := func(key string) bool {
			_, id, _ := strings.Cut(key, "/")
			return w.subnet(id) == nil
		}
		maps.DeleteFunc(w.health, func(key string, _ Health) bool { return gone(key) })
		maps.DeleteFunc(w.probes, func(key, _ string) bool { return gone(key) })
	case ev.Disk != nil:
		w.disk = *ev.Disk
	}
	w.draining = slices.DeleteFunc(w.draining, func(a Admission) bool { return !a.Lease.Until.After(now) })
	for job := range w.caps {
		if !w.known(job) {
			delete(w.caps, job)
		}
	}
}

// known reports whether runs of a job are open.
func (w *world) known(job string) bool {
	for _, r := range w.waiting {
		if r.Job == job {
			return true
		}
	}
	for _, a := range w.leases {
		if a.Run.Job == job {
			return true
		}
	}
	return false
}

// unprobe notes that a run does not try a subnet any more.
func (w *world) unprobe(run string) {
	maps.DeleteFunc(w.probes, func(_, by string) bool { return by == run })
}

// moved takes note of breakers.
func (w *world) moved(d *Decisions) {
	for _, h := range d.Health {
		key := h.Region + "/" + h.Subnet
		w.health[key] = h
		if h.State != string(placement.HalfOpen) {
			delete(w.probes, key)
		}
	}
}

// admit applies an admission and says what is wrong with it.
func (w *world) admit(a Admission) error {
	r, waits := w.waiting[a.Run.ID]
	if !waits {
		return fmt.Errorf("%s is admitted and does not wait", a.Run.ID)
	}
	if w.disk.Low() {
		return fmt.Errorf("%s is admitted without disk space", r.ID)
	}
	if why := w.bars(&r); why != "" {
		return fmt.Errorf("%s is admitted: %s", r.ID, why)
	}
	if why := w.lacks(&r, a.Lease.Subnet, a.Lease.Need[quota.Addresses]); why != "" {
		return fmt.Errorf("%s is admitted: %s", r.ID, why)
	}
	if err := w.addresses(&a); err != nil {
		return err
	}
	delete(w.waiting, r.ID)
	w.leases[r.ID] = a
	if key := r.Region + "/" + a.Lease.Subnet; w.health[key].State == string(placement.HalfOpen) {
		w.probes[key] = r.ID
	}
	return nil
}

// addresses checks that those of an admission are of its subnet, and nobody else's.
func (w *world) addresses(a *Admission) error {
	taken := map[netip.Addr]string{}
	for _, o := range w.all() {
		if o.Lease.Subnet == a.Lease.Subnet && o.Run.Region == a.Run.Region {
			for _, ip := range expand(o.Lease.Addresses) {
				taken[ip] = o.Run.ID
			}
		}
	}
	sub := w.subnet(a.Lease.Subnet)
	own := expand(a.Lease.Addresses)
	if int64(len(own)) != a.Lease.Need[quota.Addresses] {
		return fmt.Errorf("%s takes %d addresses, its lease says %d", a.Run.ID, len(own), a.Lease.Need[quota.Addresses])
	}
	for _, ip := range own {
		if by, twice := taken[ip]; twice || !sub.CIDR.Contains(ip) || ip.As4()[3]&0xf < 4 && ip.As4()[3] < 4 {
			return fmt.Errorf("%s takes %s, which %s has", a.Run.ID, ip, cmp.Or(by, "nobody may have"))
		}
	}
	return nil
}

// expand lists the addresses of ranges.
func expand(ranges []string) (all []netip.Addr) {
	for _, r := range ranges {
		from, to, _ := strings.Cut(r, "-")
		last := netip.MustParseAddr(cmp.Or(to, from))
		for ip := netip.MustParseAddr(from); ; ip = ip.Next() {
			all = append(all, ip)
			if ip == last {
				break
			}
		}
	}
	return all
}

// all are the leases that hold something.
func (w *world) all() (all []Admission) {
	for _, id := range slices.Sorted(maps.Keys(w.leases)) {
		all = append(all, w.leases[id])
	}
	return append(all, w.draining...)
}

// used is the fold over leases: what active ones hold, where region and job are as in a run, or empty for all.
func (w *world) used(r quota.Resource, region, job string) (n int64) {
	for _, a := range w.leases {
		if (region == "" || a.Run.Region == region) && (job == "" || a.Run.Job == job) {
			n += a.Lease.Need[r]
		}
	}
	return n
}

// limit is that of a resource in a region.
func (w *world) limit(r quota.Resource) int64 {
	switch r {
	case quota.Slots:
		return w.cfg.Default.Slots
	case quota.DPUs:
		return w.cfg.Default.QuarterDPUs
	case quota.FlexDPUs:
		return w.cfg.Default.FlexQuarterDPUs
	case quota.Workers:
		return w.cfg.Workers
	}
	return w.cfg.MemoryBytes
}

// free is what is left of a resource, whose region is that of a run.
func (w *world) free(r quota.Resource, region string) int64 {
	if !quota.Divided(r) {
		region = ""
	}
	if w.limit(r) == NoLimit {
		return quota.Unlimited
	}
	return max(0, w.limit(r)-w.used(r, region, ""))
}

// subnet finds a subnet.
func (w *world) subnet(id string) *placement.Subnet {
	for i := range w.cfg.Default.Subnets {
		if s := &w.cfg.Default.Subnets[i]; s.ID == id {
			return s
		}
	}
	return nil
}

// room is what a subnet has free: by the fold, and by what somebody outside saw less what he cannot have seen.
func (w *world) room(region, id string) int64 {
	sub := w.subnet(id)
	if sub == nil {
		return 0
	}
	free := sub.Usable()
	o, seen := w.seen[region+"/"+id]
	observed := o.Free
	for _, a := range w.all() {
		if a.Lease.Subnet != id || a.Run.Region != region {
			continue
		}
		free -= a.Lease.Need[quota.Addresses]
		if a.Lease.Visible.IsZero() || a.Lease.Visible.After(o.At) {
			observed -= a.Lease.Need[quota.Addresses]
		}
	}
	if seen {
		free = min(free, observed)
	}
	return max(0, free)
}

// open reports whether new runs may go to a subnet.
func (w *world) open(region, id string) bool {
	sub := w.subnet(id)
	if sub == nil || sub.Cordoned {
		return false
	}
	switch w.health[region+"/"+id].State {
	case string(placement.Open):
		return false
	case string(placement.HalfOpen):
		if w.probes[region+"/"+id] != "" {
			return false
		}
		for _, o := range w.cfg.Default.Subnets { // of a broken zone one subnet is tried at a time
			if o.Zone == sub.Zone && !o.Cordoned && cmp.Or(w.health[region+"/"+o.ID].State, string(placement.Closed)) == string(placement.Closed) {
				return true
			}
		}
		for _, o := range w.cfg.Default.Subnets {
			if o.Zone == sub.Zone && w.probes[region+"/"+o.ID] != "" {
				return false
			}
		}
	}
	return true
}

// bars says what keeps a run alone back; empty if nothing does.
func (w *world) bars(r *Run) string {
	queue := cmp.Or(r.Queue, DefaultQueue)
	i := slices.IndexFunc(w.cfg.Queues, func(q Queue) bool { return q.Name == queue })
	switch {
	case r.Held:
		return "it is held"
	case i < 0 && queue != DefaultQueue:
		return "its queue is gone"
	case w.held[queue]:
		return "its queue is held"
	case i >= 0 && w.cfg.Queues[i].Held:
		return "its queue is held"
	case r.NotBefore.After(w.now):
		return "it sleeps"
	case w.used(quota.JobRuns, "", r.Job) >= w.caps[r.Job].max:
		return "its job is at its limit"
	}
	return ""
}

// lacks says what a run lacks to start on a subnet with so many addresses, or on none; empty if nothing.
func (w *world) lacks(r *Run, subnet string, addresses int64) string {
	need := r.Lease().Need
	for _, res := range counted {
		if need[res] > w.free(res, r.Region) {
			return fmt.Sprintf("needs %d of %s, %d are free", need[res], res, w.free(res, r.Region))
		}
	}
	tree := w.tree(r.Region)
	queue := cmp.Or(r.Queue, DefaultQueue)
	for _, res := range []quota.Resource{quota.Slots, quota.DPUs, quota.FlexDPUs} {
		if need[res] > tree.Available(queue, res) {
			return fmt.Sprintf("needs %d of %s, its queue has %d", need[res], res, tree.Available(queue, res))
		}
		for _, q := range w.cfg.Queues {
			if q.Name == queue && q.BorrowMaxRun > 0 && (r.Timeout == 0 || r.Timeout > q.BorrowMaxRun) && tree.Borrows(queue, res, need[res]) {
				return "it runs too long to borrow"
			}
		}
	}
	if !slices.ContainsFunc(r.Choices, func(c glue.Choice) bool { return w.subnet(c.Subnet) != nil }) {
		if addresses != 0 {
			return "it has no subnet to take addresses of"
		}
		return ""
	}
	want := max(1, r.Workers) + w.cfg.Placement.ExtraAddresses
	least := want
	if r.MinWorkers > 0 {
		least = min(want, max(2, min(r.MinWorkers, max(1, r.Workers))+w.cfg.Placement.ExtraAddresses))
	}
	if !slices.ContainsFunc(r.Choices, func(c glue.Choice) bool { return c.Subnet == subnet }) || !w.open(r.Region, subnet) {
		return "it may not go to " + subnet
	}
	room := w.room(r.Region, subnet)
	if full := room >= want; addresses > room || full && addresses != want || !full && addresses != room || addresses < least {
		return fmt.Sprintf("takes %d addresses of %s, wants %d, at least %d, %d are free", addresses, subnet, want, least, room)
	}
	return ""
}

// tree is the quotas of a region with the leases counted.
func (w *world) tree(region string) *quota.Tree {
	cfg := w.cfg.withDefaults()
	tree, err := quota.NewTree(cfg.nodes(), cfg.Default.vector())
	if err != nil {
		panic(err)
	}
	for _, a := range w.leases {
		if a.Run.Region == region {
			tree.Add(a.Lease.Queue, a.Lease.Need)
		}
	}
	return tree
}

// fits reports whether a run could start now, wherever, were there space on the disk.
func (w *world) fits(r *Run) bool {
	if w.bars(r) != "" {
		return false
	}
	if w.lacks(r, "", 0) == "" {
		return true
	}
	want := max(1, r.Workers) + w.cfg.Placement.ExtraAddresses
	for _, c := range r.Choices {
		if w.lacks(r, c.Subnet, want) == "" || w.lacks(r, c.Subnet, w.room(r.Region, c.Subnet)) == "" {
			return true
		}
	}
	return false
}

// next is the run that goes first of those that fit, without reservations: by priority, then by the shares of queues,
// level by level, then by age; none is the empty name.
func (w *world) next(regions []string) string {
	if w.disk.Low() {
		return ""
	}
	best, of := candidate{}, ""
	for _, region := range regions {
		if c := w.nextOf(region); c.id != "" && (of == "" || c.before(&best)) {
			best, of = c, region
		}
	}
	return best.id
}

// candidate is a run and what orders it among those of other regions.
type candidate struct {
	id       string
	priority int
	share    float64
}

// before orders candidates of two regions.
func (c *candidate) before(o *candidate) bool {
	if c.priority != o.priority {
		return c.priority > o.priority
	}
	if c.share != o.share {
		return c.share < o.share
	}
	return c.id < o.id
}

// nextOf is the first candidate of a region.
func (w *world) nextOf(region string) (best candidate) {
	priorities := map[int]bool{}
	heads := map[string][]Run{} // by queue: those that fit
	for _, r := range w.heads(region) {
		if w.fits(&r) {
			priorities[r.Priority] = true
			heads[cmp.Or(r.Queue, DefaultQueue)] = append(heads[cmp.Or(r.Queue, DefaultQueue)], r)
		}
	}
	for _, p := range slices.Backward(slices.Sorted(maps.Keys(priorities))) {
		if c := w.nextBelow(region, "", p, heads); c.id != "" {
			c.priority = p
			return c
		}
	}
	return best
}

// heads are the oldest runs of each kind, one of which goes first.
func (w *world) heads(region string) (heads []Run) {
	for _, id := range slices.Sorted(maps.Keys(w.waiting)) {
		r := w.waiting[id]
		if r.Region == region && !r.Held && !r.NotBefore.After(w.now) &&
			!slices.ContainsFunc(heads, func(h Run) bool { return h.Job == r.Job && alike(&h, &r) && w.sameTimeout(&h, &r) }) {
			heads = append(heads, r)
		}
	}
	return heads
}

// sameTimeout reports whether two runs are alike where that matters to their queue.
func (w *world) sameTimeout(a, b *Run) bool {
	return a.Timeout == b.Timeout || !slices.ContainsFunc(w.cfg.Queues, func(q Queue) bool { return q.Name == cmp.Or(a.Queue, DefaultQueue) && q.BorrowMaxRun > 0 })
}

// nextBelow is the first candidate of a node of the tree of queues; its share is that of the queue it is in.
func (w *world) nextBelow(region, node string, priority int, heads map[string][]Run) (best candidate) {
	least := 0.0
	consider := func(c candidate, share float64) {
		if c.id != "" && (best.id == "" || share < least || share == least && c.id < best.id) {
			best, least = c, share
		}
	}
	cfg := w.cfg.withDefaults()
	for _, q := range cfg.Queues {
		if q.Parent != node {
			continue
		}
		below := w.below(q.Name)
		share := w.share(region, below) / float64(max(1, q.Weight))
		c := w.nextBelow(region, q.Name, priority, heads)
		if len(below) == 1 {
			c.share = share
		}
		consider(c, share)
	}
	own := candidate{share: w.share(region, []string{node})}
	for _, r := range heads[node] {
		if r.Priority == priority && (own.id == "" || r.ID < own.id) {
			own.id = r.ID
		}
	}
	consider(own, own.share)
	return best
}

// below are a queue and those below it.
func (w *world) below(queue string) (names []string) {
	names = []string{queue}
	for _, q := range w.cfg.Queues {
		if q.Parent == queue {
			names = append(names, w.below(q.Name)...)
		}
	}
	return names
}

// share is the dominant share of some queues together.
func (w *world) share(region string, queues []string) (share float64) {
	var used quota.Vector
	for _, a := range w.all() {
		if a.Run.Region == region && slices.Contains(queues, a.Lease.Queue) {
			used[quota.Addresses] += a.Lease.Need[quota.Addresses]
			if a.Lease.Until.IsZero() {
				for _, r := range []quota.Resource{quota.Slots, quota.DPUs, quota.FlexDPUs} {
					used[r] += a.Lease.Need[r]
				}
			}
		}
	}
	addresses := int64(0)
	for _, s := range w.cfg.Default.Subnets {
		addresses += s.Usable()
	}
	for _, p := range [][2]int64{{used[quota.Slots], w.cfg.Default.Slots}, {used[quota.DPUs], w.cfg.Default.QuarterDPUs},
		{used[quota.FlexDPUs], w.cfg.Default.FlexQuarterDPUs}, {used[quota.Addresses], addresses}} {
		if p[1] > 0 {
			share = max(share, float64(p[0])/float64(p[1]))
		}
	}
	return share
}
