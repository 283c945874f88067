package scheduler

import (
	"cmp"
	"slices"
	"time"

	"tenon/internal/core/quota"
	"tenon/internal/glue"
)

// entry is one run that waits. It fills a line of the processor's cache.
type entry struct {
	rank       rank
	run        *Run   // never changed: readers have it too
	class      *class // nil unless it is in line
	prev, next *entry // of its class
	chunk      *chunk // of the roll, where it has place slot; nil: it is on none
	since      int64  // Unix nanoseconds: submitted, or let go by what kept it alone back before it came to its class
	bed        int32  // in State.asleep
	slot       uint8
}

func (e *entry) id() string { return e.run.ID }

// newEntry returns the entry of a run that has been submitted.
func newEntry(r *Run) *entry {
	since := r.Submitted
	if r.NotBefore.After(since) {
		since = r.NotBefore
	}
	return &entry{rank: rankOf(r.ID), run: r, since: since.UnixNano()}
}

// job is what one job's runs share: a limit, which the ledger keeps.
type job struct {
	name     string
	meter    *quota.Meter
	classes  []*class
	limit    int64  // as the meter has it
	waiting  int    // runs, of all classes, asleep and held
	barred   bool   // full, when its classes were last looked at
	retired  bool   // in State.retired
	told     string // the youngest run so far, which told the limit
	toldRank rank
}

// full reports whether the job's own limit keeps its runs back.
func (j *job) full() bool { return j.meter.Free() == 0 }

// setLimit changes how many runs of a job may hold a lease at once.
func (s *State) setLimit(j *job, most int64) {
	j.limit = most
	s.ledger.SetJob(j.name, most)
}

// idle reports whether the job has no runs.
func (j *job) idle() bool { return j.waiting == 0 && j.meter.Used() == 0 }

// class is the waiting runs of one job that are alike in all that decides: first in, first out. The only class of a job stays
// when its last run leaves, for the next.
type class struct {
	queue
	job   *job
	shape *shape
	needs needs
	sites []*subnet // of its choices, place by place; nil where Tenon does not keep it
	seat  int32     // in shape.ready; 0: it is not ready
	waits int64     // entry.waitsSince of the head, while it is ready
	// since is when the last thing that kept the class alone back, its job's limit or an operator, let go of it: from then
	// on its runs wait for what they share with others. In Unix nanoseconds; 0: there was no such thing.
	since int64
}

// needs are what the runs of a class have in common, as they say it.
type needs struct {
	quarterDPUs, memoryBytes, workers, minWorkers int64
	flex                                          bool
	choices                                       []glue.Choice
}

// clock sets since.
func (c *class) clock(since int64) {
	c.since = since
	if c.seat != 0 {
		c.waits = c.head.waitsSince()
	}
}

// waitsSince is from when on a waiting run has waited for shared capacity alone, in Unix nanoseconds.
func (e *entry) waitsSince() int64 {
	if e.class == nil {
		return e.since
	}
	return max(e.since, e.class.since)
}

// latest returns the last of some times.
func latest(t time.Time, more ...time.Time) time.Time {
	for _, m := range more {
		if m.After(t) {
			t = m
		}
	}
	return t
}

// shape is the classes of one queue and priority that need the same, so that one test serves them all.
type shape struct {
	band    *band
	kind    *kind
	timeout time.Duration // only where the queue limits who may borrow; else 0
	never   bool          // it needs more than there is in all
	classes int
	ready   heap[seat] // those whose job has room
	index   int        // in band.ready, where some are
	least   lasting    // no ready head lasts less; zero: not known, for there are other heads
}

// shortest is what no ready head lasts less than.
func (s *shape) shortest() lasting {
	if s.least == (lasting{}) {
		s.least = endless
		for _, seat := range s.ready {
			s.least = s.least.shorter(seat.class.head.run.lasting())
		}
	}
	return s.least
}

// first is the ready class with the oldest head; nil where none is ready.
func (s *shape) first() *class {
	if len(s.ready) == 0 {
		return nil
	}
	return s.ready[0].class
}

// kind is a need of one priority as the pools see it, whatever queue has it: it either fits now or does not.
type kind struct {
	need        quota.Vector // without addresses
	want, least int64        // addresses that it takes, and with which it starts where no subnet has so many
	meters      quota.Meters // that count it, but for the job's and the subnet's
	group       *group       // nil: it takes no addresses
	shapes      int
	ready       int    // ready classes
	bit         uint64 // in masks of kinds; more than 64 kinds share some

	kept   lasting // the shortest run that is known to be kept back by reservations, see State.permitted
	keptAt uint64  // the State.epoch that it is of
}

// group is a set of subnets among which runs choose.
type group struct {
	subnets []*subnet // by id; at least one
	room    int64     // see State.space
	roomAt  uint64    // the State.epoch that it is of
}

// level is the runs of one priority in a region.
type level struct {
	priority int
	bands    int
	kinds    []*kind
	fitAt    uint64 // the State.epoch that fits is of
	fits     uint64 // the kinds that fit and are ready somewhere, as a mask
}

// band is the runs of one queue with one priority.
type band struct {
	lane     *lane
	level    *level
	priority int
	shapes   []*shape
	ready    []*shape // those that have ready classes, in no order
	kinds    uint64   // of these, as a mask
	roll     roll     // all of its runs but those that sleep, are held or can never start
}

// match reports whether r belongs to c.
func (c *class) match(queue string, r *Run) bool {
	s, own := c.shape, &c.needs
	return own.quarterDPUs == r.QuarterDPUs && own.flex == r.Flex && own.memoryBytes == r.MemoryBytes && s.band.priority == r.Priority &&
		s.band.lane.queue == queue && s.band.lane.region.name == r.Region && own.workers == r.Workers && own.minWorkers == r.MinWorkers &&
		(s.timeout == 0 || s.timeout == r.lasts(true)) && slices.Equal(own.choices, r.Choices)
}

// class returns the class of r, which is made when there is none.
func (s *State) class(j *job, r *Run) *class {
	name := r.queue()
	for _, c := range j.classes {
		if c.match(name, r) {
			return c
		}
	}
	reg := s.region(r.Region)
	b := reg.lane(name).band(r.Priority)
	own := needs{r.QuarterDPUs, r.MemoryBytes, r.Workers, r.MinWorkers, r.Flex, r.Choices}
	sites := reg.sites(r.Choices)
	c := &class{job: j, needs: own, sites: sites, shape: b.shape(r, reg.kind(b.level, r, sites, s))}
	c.shape.classes++
	j.drop(func(o *class) bool { return o.head == nil })
	j.classes = append(j.classes, c)
	return c
}

// drop forgets some classes, which have no runs.
func (j *job) drop(which func(*class) bool) {
	j.classes = slices.DeleteFunc(j.classes, func(c *class) bool {
		gone := which(c)
		if gone {
			c.shape.forget()
		}
		return gone
	})
}

// enqueue puts a run of a job that may start into its class.
func (s *State) enqueue(e *entry, j *job) {
	c := s.class(j, e.run)
	if c.head == nil {
		c.since = 0
	}
	e.class = c
	c.shape.band.lane.waiting++
	if !c.shape.never {
		c.shape.band.roll.insert(e)
	}
	c.push(e)
	switch {
	case c.seat == 0:
		s.refresh(c)
	case c.head == e:
		s.reorder(c)
	}
}

// dequeue takes e out of its class.
func (s *State) dequeue(e *entry) {
	c := e.class
	first := c.head == e
	if !c.shape.never {
		c.shape.band.roll.remove(e)
	}
	c.shape.band.lane.waiting--
	c.drop(e)
	e.class = nil
	if c.head != nil {
		if first {
			if c.seat != 0 {
				s.reorder(c)
			}
			s.refresh(c)
		}
		return
	}
	s.unready(c)
	if len(c.job.classes) > 1 {
		c.job.drop(func(o *class) bool { return o == c })
	}
}

// refresh puts a class among the ready ones, or takes it away, as its job's limit says.
func (s *State) refresh(c *class) {
	if c.head == nil || c.job.full() || c.shape.never || c.shape.band.lane.gone {
		s.unready(c)
		return
	}
	if c.seat != 0 {
		return
	}
	c.shape.kind.ready++
	c.shape.band.lane.count(1)
	s.reorder(c)
	if len(c.shape.ready) == 1 {
		c.shape.band.open(c.shape)
	}
}

// reorder puts a ready class where it belongs by its head.
func (s *State) reorder(c *class) {
	c.waits = c.head.waitsSince()
	c.shape.least = lasting{}
	c.shape.ready.put(seat{c.head.rank, c})
}

// unready takes a class away from the ready ones.
func (s *State) unready(c *class) {
	if c.seat == 0 {
		return
	}
	c.shape.kind.ready--
	c.shape.band.lane.count(-1)
	c.shape.ready.drop(seat{class: c})
	if len(c.shape.ready) == 0 {
		c.shape.band.shut(c.shape)
	}
}

// open puts a shape among those that have ready classes.
func (b *band) open(sh *shape) {
	sh.index = len(b.ready)
	b.ready = append(b.ready, sh)
	b.offer(b.kinds | sh.kind.bit)
}

// shut takes it away.
func (b *band) shut(sh *shape) {
	last := len(b.ready) - 1
	b.ready[sh.index] = b.ready[last]
	b.ready[sh.index].index = sh.index
	b.ready = b.ready[:last]
	kinds := uint64(0)
	for _, o := range b.ready {
		kinds |= o.kind.bit
	}
	b.offer(kinds)
}

// offer notes which kinds of a band are ready.
func (b *band) offer(kinds uint64) {
	if b.kinds != kinds {
		b.kinds = kinds
		b.lane.offer()
	}
}

// refreshJob looks at a job after its limit or use changed: at its classes, where that has put it across its limit, and
// whether it has runs at all.
func (s *State) refreshJob(j *job, now time.Time) {
	if full := j.full(); full != j.barred {
		j.barred = full
		for _, c := range j.classes {
			if !full {
				c.since = now.UnixNano()
			}
			s.refresh(c)
		}
	}
	if j.idle() {
		s.retire(j)
	}
}

// maxRetired bounds the jobs without runs that are remembered: most have runs again soon, and to make a job with its class
// costs as much as to place a run.
const maxRetired = 4096

// retire puts a job that has no runs among those that may be forgotten; who told its limit is forgotten at once. When there
// are many, the older half is, but for those that have runs again.
func (s *State) retire(j *job) {
	j.told, j.toldRank = "", 0
	if j.retired {
		return
	}
	j.retired = true
	s.retired = append(s.retired, j)
	if len(s.retired) <= maxRetired {
		return
	}
	for _, old := range s.retired[:maxRetired/2] {
		old.retired = false
		if !old.idle() {
			continue
		}
		old.drop(func(*class) bool { return true })
		delete(s.jobs, old.name)
		s.ledger.ForgetJob(old.name)
	}
	s.retired = slices.Delete(s.retired, 0, maxRetired/2)
}

// band returns the runs of a priority.
func (l *lane) band(priority int) *band {
	i, found := slices.BinarySearchFunc(l.bands, priority, func(b *band, p int) int { return cmp.Compare(p, b.priority) })
	if !found {
		l.bands = slices.Insert(l.bands, i, &band{lane: l, priority: priority, level: l.region.level(priority)})
	}
	return l.bands[i]
}

// shape returns the shape of r's classes.
func (b *band) shape(r *Run, k *kind) *shape {
	timeout := time.Duration(0)
	if b.lane.conf != nil && b.lane.conf.BorrowMaxRun > 0 {
		timeout = r.lasts(true) // 0 stands for any
	}
	for _, s := range b.shapes {
		if s.kind == k && s.timeout == timeout {
			return s
		}
	}
	s := &shape{band: b, kind: k, timeout: timeout}
	d := demand{run: r, account: &b.lane.region.account, queue: b.lane.queue, need: k.need, want: k.want, least: k.least}
	if k.group != nil {
		d.subnets = k.group.subnets
	}
	_, s.never = b.lane.region.pools.never(&d)
	k.shapes++
	b.shapes = append(b.shapes, s)
	return s
}

// forget drops a shape that lost its last class, and what it alone used.
func (s *shape) forget() {
	if s.classes--; s.classes > 0 {
		return
	}
	b, k := s.band, s.kind
	b.shapes = slices.DeleteFunc(b.shapes, func(o *shape) bool { return o == s })
	if k.shapes--; k.shapes == 0 {
		b.level.kinds = slices.DeleteFunc(b.level.kinds, func(o *kind) bool { return o == k })
	}
	if len(b.shapes) == 0 {
		l := b.lane
		l.bands = slices.DeleteFunc(l.bands, func(o *band) bool { return o == b })
		l.region.leave(b.level)
	}
}

// kind returns the kind of r's need among those of a priority.
func (reg *region) kind(v *level, r *Run, sites []*subnet, s *State) *kind {
	want, least, group := int64(0), int64(0), reg.group(sites)
	if group != nil {
		want, least = r.addresses(&s.cfg.Placement)
	}
	need := r.needs()
	for _, o := range v.kinds {
		if o.need == need && o.want == want && o.least == least && o.group == group {
			return o
		}
	}
	k := &kind{need: need, want: want, least: least, group: group, bit: 1 << (reg.made % 64)}
	reg.made++
	for _, res := range counted {
		if need[res] > 0 {
			k.meters[res] = s.meter(reg.pool(res))
		}
	}
	v.kinds = append(v.kinds, k)
	return k
}

// addresses are how many addresses r takes, and with how many it starts where no subnet has all.
func (r *Run) addresses(cfg *Placement) (want, least int64) {
	q := r.request(cfg)
	want, least = q.Need(), q.Need()
	if q.MinWorkers > 0 {
		least = min(want, max(leastAddresses, q.MinWorkers+q.Extra))
	}
	return want, least
}

// leastAddresses is what the smallest run needs that starts with less than it wants: a driver and a worker.
const leastAddresses = 2

// group returns the set of subnets that choices have; nil where Tenon keeps none of them.
func (reg *region) group(sites []*subnet) *group {
	set := make([]*subnet, 0, 8) // nearly always enough
	for _, s := range sites {
		if s != nil && !slices.Contains(set, s) {
			set = append(set, s)
		}
	}
	if len(set) == 0 {
		return nil
	}
	slices.SortFunc(set, func(a, b *subnet) int { return cmp.Compare(a.ID, b.ID) })
	for _, have := range reg.groups {
		if slices.Equal(have.subnets, set) {
			return have
		}
	}
	g := &group{subnets: slices.Clone(set)}
	reg.groups = append(reg.groups, g)
	return g
}

// sites are the subnets of choices, place by place; nil where Tenon does not keep it.
func (a *account) sites(choices []glue.Choice) []*subnet {
	sites := make([]*subnet, len(choices))
	for i, c := range choices {
		sites[i] = a.subnet(c.Subnet)
	}
	return sites
}

// level returns the level of a priority, for one more band.
func (reg *region) level(priority int) *level {
	i, found := slices.BinarySearchFunc(reg.levels, priority, func(v *level, p int) int { return cmp.Compare(p, v.priority) })
	if !found {
		reg.levels = slices.Insert(reg.levels, i, &level{priority: priority})
	}
	reg.levels[i].bands++
	return reg.levels[i]
}

// leave drops a level that lost its last band.
func (reg *region) leave(v *level) {
	if v.bands--; v.bands == 0 {
		reg.levels = slices.DeleteFunc(reg.levels, func(o *level) bool { return o == v })
	}
}
