package scheduler

import (
	"cmp"
	"slices"
	"time"

	"tenon/internal/core/quota"
	"tenon/internal/glue"
)

// entry is one waiting run.
type entry struct {
	run   Run
	job   *job
	class *class // nil while it sleeps or is held
	place int    // in State.asleep; or gone
}

// gone is the place of an entry that left its class, whose queue forgets it later.
const gone = -1

// job is what one job's runs share: a limit, which the ledger keeps.
type job struct {
	name    string
	meter   *quota.Meter
	classes []*class
	waiting int    // runs, of all classes, asleep and held
	told    string // the youngest run so far, which told the limit
}

// full reports whether the job's own limit keeps its runs back.
func (j *job) full() bool { return j.meter.Free() == 0 }

// class is the waiting runs of one job that are alike in all that decides: first in, first out.
type class struct {
	job   *job
	shape *shape
	needs needs
	queue queue
	place int    // in shape.ready
	first string // id of the head, while it is ready
	waits int64  // waitsSince in Unix nanoseconds, while it is ready
	// since is when the last thing that kept the class alone back, its job's limit or an operator, let go of it: from then
	// on its runs wait for what they share with others.
	since time.Time
}

// needs are what the runs of a class have in common, as they say it.
type needs struct {
	quarterDPUs, memoryBytes, workers, minWorkers int64
	flex                                          bool
	choices                                       []glue.Choice
}

// head is the run of c that goes first. There is one.
func (c *class) head() *entry { return c.queue.items[0] }

// waitsSince is from when on the head has waited for shared capacity alone.
func (c *class) waitsSince() time.Time {
	r := &c.head().run
	return latest(r.Submitted, r.NotBefore, c.since)
}

// clock sets since.
func (c *class) clock(since time.Time) {
	c.since = since
	if c.place != 0 {
		c.waits = c.waitsSince().UnixNano()
	}
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
	ready   indexed[*class] // those whose job has room, by their heads
}

// kind is a need as the pools see it, whoever has it: it either fits now or does not.
type kind struct {
	flex        bool
	need        quota.Vector // without addresses
	want, least int64        // addresses that it takes, and with which it starts where no subnet has so many
	group       *group       // nil: it takes no addresses
	shapes      int
	ready       int // ready classes

	fits bool // Invariant: true of State.epoch where the region's fit is of it
}

// group is a set of subnets among which runs choose.
type group struct {
	key     string
	subnets []*subnet // those that Tenon keeps; none: the choice is not checked
	room    int64     // the most that one of them has free; of the same epoch as kind.fits
}

// band is the runs of one queue with one priority.
type band struct {
	lane     *lane
	priority int
	shapes   []*shape
	roll     roll // all of its runs but those that sleep, are held or can never start
}

// match reports whether r belongs to c.
func (c *class) match(queue string, r *Run) bool {
	s, own := c.shape, &c.needs
	return own.quarterDPUs == r.QuarterDPUs && own.flex == r.Flex && own.memoryBytes == r.MemoryBytes && s.band.priority == r.Priority &&
		s.band.lane.queue == queue && s.band.lane.region.name == r.Region && own.workers == r.Workers && own.minWorkers == r.MinWorkers &&
		(s.timeout == 0 || s.timeout == r.Timeout) && slices.Equal(own.choices, r.Choices)
}

// class returns the class of r, which is made when r is its first run.
func (s *State) class(j *job, r *Run) *class {
	name := r.queue()
	for _, c := range j.classes {
		if c.match(name, r) {
			return c
		}
	}
	reg := s.region(r.Region)
	own := needs{r.QuarterDPUs, r.MemoryBytes, r.Workers, r.MinWorkers, r.Flex, r.Choices}
	c := &class{job: j, needs: own, shape: reg.lane(name).band(r.Priority).shape(r, reg.kind(r, s.cfg.Placement.ExtraAddresses))}
	c.shape.classes++
	j.classes = append(j.classes, c)
	return c
}

// enqueue puts a run that may start into its class.
func (s *State) enqueue(e *entry) {
	e.class = s.class(e.job, &e.run)
	c := e.class
	c.shape.band.lane.waiting++
	if !c.shape.never {
		c.shape.band.roll.insert(e.run.ID)
	}
	if c.place != 0 && c.first < e.run.ID { // the head stays
		c.queue.push(e)
		return
	}
	s.unready(c) // the heap compares heads: c is not in it while its head changes
	c.queue.push(e)
	s.refresh(c)
}

// dequeue takes e out of its class.
func (s *State) dequeue(e *entry) {
	c := e.class
	first := c.head() == e
	if !c.shape.never {
		c.shape.band.roll.remove(e.run.ID)
	}
	c.shape.band.lane.waiting--
	e.class, e.place = nil, gone
	c.queue.removed()
	if c.queue.first() != nil {
		if first {
			if c.place != 0 {
				s.reorder(c)
			}
			s.refresh(c)
		}
		return
	}
	s.unready(c)
	c.job.classes = slices.DeleteFunc(c.job.classes, func(o *class) bool { return o == c })
	c.shape.forget()
}

// refresh puts a class among the ready ones, or takes it away, as its job's limit says.
func (s *State) refresh(c *class) {
	if c.queue.first() == nil || c.job.full() || c.shape.never || c.shape.band.lane.gone {
		s.unready(c)
		return
	}
	if c.place != 0 {
		return
	}
	c.shape.kind.ready++
	c.shape.band.lane.count(1)
	s.reorder(c)
}

// reorder puts a ready class where it belongs by its head.
func (s *State) reorder(c *class) {
	c.first, c.waits = c.head().run.ID, c.waitsSince().UnixNano()
	c.shape.ready.put(c)
}

// unready takes a class away from the ready ones.
func (s *State) unready(c *class) {
	if c.place == 0 {
		return
	}
	c.shape.kind.ready--
	c.shape.band.lane.count(-1)
	c.shape.ready.drop(c)
}

// refreshJob looks at all classes of a job after its limit or use changed, and forgets a job without runs.
func (s *State) refreshJob(j *job, now time.Time) {
	for _, c := range j.classes {
		if c.place == 0 && !j.full() {
			c.since = now
		}
		s.refresh(c)
	}
	if j.waiting == 0 && j.meter.Used() == 0 {
		delete(s.jobs, j.name)
		s.ledger.ForgetJob(j.name)
	}
}

// band returns the runs of a priority.
func (l *lane) band(priority int) *band {
	i, found := slices.BinarySearchFunc(l.bands, priority, func(b *band, p int) int { return cmp.Compare(p, b.priority) })
	if !found {
		l.bands = slices.Insert(l.bands, i, &band{lane: l, priority: priority})
		l.region.priorities.add(priority)
	}
	return l.bands[i]
}

// shape returns the shape of r's classes.
func (b *band) shape(r *Run, k *kind) *shape {
	timeout := time.Duration(0)
	if b.lane.conf != nil && b.lane.conf.BorrowMaxRun > 0 {
		timeout = max(1, r.Timeout) // 0 stands for any
	}
	for _, s := range b.shapes {
		if s.kind == k && s.timeout == timeout {
			return s
		}
	}
	s := &shape{band: b, kind: k, timeout: timeout, ready: indexed[*class]{
		less:  func(a, b *class) bool { return a.first < b.first },
		place: func(c *class) *int { return &c.place },
	}}
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
		reg := b.lane.region
		reg.kinds = slices.DeleteFunc(reg.kinds, func(o *kind) bool { return o == k })
	}
	if len(b.shapes) == 0 {
		l := b.lane
		l.bands = slices.DeleteFunc(l.bands, func(o *band) bool { return o == b })
		l.region.priorities.drop(b.priority)
	}
}

// kind returns the kind of r's need.
func (reg *region) kind(r *Run, extra int64) *kind {
	k := kind{flex: r.Flex, need: r.needs(), group: reg.group(r.Choices)}
	if k.group != nil && len(k.group.subnets) > 0 {
		k.want, k.least = r.addresses(extra)
	} else {
		k.group = nil
	}
	for _, o := range reg.kinds {
		if o.need == k.need && o.want == k.want && o.least == k.least && o.group == k.group {
			return o
		}
	}
	reg.kinds = append(reg.kinds, &k)
	return &k
}

// addresses are how many addresses r takes, and with how many it starts where no subnet has all.
func (r *Run) addresses(extra int64) (want, least int64) {
	q := r.request(extra)
	want, least = q.Need(), q.Need()
	if q.MinWorkers > 0 {
		least = min(want, max(leastAddresses, q.MinWorkers+q.Extra))
	}
	return want, least
}

// leastAddresses is what the smallest run needs that starts with less than it wants: a driver and a worker.
const leastAddresses = 2

// group returns the set of the subnets of choices; nil for none.
func (reg *region) group(choices []glue.Choice) *group {
	if len(choices) == 0 {
		return nil
	}
	g := &group{}
	for _, c := range choices {
		if s := reg.subnet(c.Subnet); s != nil && !slices.Contains(g.subnets, s) {
			g.subnets = append(g.subnets, s)
		}
	}
	slices.SortFunc(g.subnets, func(a, b *subnet) int { return cmp.Compare(a.ID, b.ID) })
	for _, s := range g.subnets {
		g.key += s.ID + " "
	}
	for _, have := range reg.groups {
		if have.key == g.key {
			return have
		}
	}
	reg.groups = append(reg.groups, g)
	return g
}

// priorities counts the bands of a region by priority, highest first.
type priorities []struct{ priority, bands int }

// add counts one more band.
func (p *priorities) add(priority int) {
	i, found := p.find(priority)
	if !found {
		*p = slices.Insert(*p, i, struct{ priority, bands int }{priority, 0})
	}
	(*p)[i].bands++
}

// drop counts one less.
func (p *priorities) drop(priority int) {
	if i, found := p.find(priority); found {
		if (*p)[i].bands--; (*p)[i].bands == 0 {
			*p = slices.Delete(*p, i, i+1)
		}
	}
}

// find is where a priority stands, or would.
func (p *priorities) find(priority int) (int, bool) {
	return slices.BinarySearchFunc(*p, priority, func(e struct{ priority, bands int }, to int) int { return cmp.Compare(to, e.priority) })
}
