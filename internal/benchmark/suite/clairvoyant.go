package suite

import (
	"slices"
	"sort"
	"time"

	"tenon/internal/core/scheduler"
)

// Clairvoyant is the list schedule that knows every run time: in submit order, each run begins at the earliest time at
// which it fits for as long as it takes without touching those before it. It is no policy, since nobody knows the future;
// it is what a policy that keeps submit order could at best come near to.
func Clairvoyant(t *Trace) *Played {
	out := &Played{Policy: "clairvoyant list schedule", Runs: make([]Outcome, len(t.Arrivals))}
	c := &calendar{world: newWorld(t), jobs: map[string][]booking{}, points: []point{{at: Epoch, subnets: make([]int64, len(t.Config.Default.Subnets))}}}
	for i := range t.Arrivals {
		a := &t.Arrivals[i]
		start := c.place(a, t.Linger)
		out.Runs[i] = Outcome{Arrival: a, Submitted: a.At, Started: start, Ended: start.Add(a.Took)}
		if end := start.Add(a.Took); end.After(out.End) {
			out.End = end
		}
	}
	if !t.Horizon.IsZero() && out.End.After(t.Horizon) {
		out.End = t.Horizon
		for i := range out.Runs {
			if o := &out.Runs[i]; o.Started.After(t.Horizon) {
				o.Started, o.Ended = time.Time{}, time.Time{}
			}
		}
	}
	return out
}

// calendar is what is booked when.
type calendar struct {
	world  *world
	points []point // by time; each holds until the next
	jobs   map[string][]booking
}

// point is what is in use from a time on.
type point struct {
	at                                 time.Time
	slots, dpus, flex, workers, memory int64
	subnets                            []int64 // in the order of world.order
}

// booking is a run of a job.
type booking struct{ from, to time.Time }

// place books a run and returns when it begins.
func (c *calendar) place(a *Arrival, linger time.Duration) time.Time {
	first := sort.Search(len(c.points), func(i int) bool { return c.points[i].at.After(a.At) }) - 1
	c.points = c.points[first:] // arrivals come in order: nobody asks about the past again
	at := a.At
	for {
		next, subnet := c.fits(a, at, linger)
		if next.Equal(at) {
			c.book(a, at, subnet, linger)
			return at
		}
		at = next
	}
}

// fits returns at if the run fits from then on, and in which subnet; else the next time worth a look.
func (c *calendar) fits(a *Arrival, at time.Time, linger time.Duration) (time.Time, int) {
	if next := c.jobFree(a, at); next.After(at) {
		return next, -1
	}
	to := at.Add(a.Took)
	var open []int
	for _, ch := range a.Run.Choices {
		if i := slices.Index(c.world.order, ch.Subnet); i >= 0 {
			open = append(open, i)
		}
	}
	placed := len(open) > 0
	begin := sort.Search(len(c.points), func(i int) bool { return c.points[i].at.After(at) }) - 1
	for i := begin; i < len(c.points) && c.points[i].at.Before(to.Add(linger)); i++ {
		p := &c.points[i]
		if p.at.Before(to) && !c.roomy(p, &a.Run) {
			return c.after(i), -1
		}
		if !placed {
			continue
		}
		open = slices.DeleteFunc(open, func(s int) bool {
			return p.subnets[s]+a.Run.Workers > c.world.subnets[c.world.order[s]].usable
		})
		if len(open) == 0 {
			return c.after(begin), -1
		}
	}
	if placed {
		return at, open[0]
	}
	return at, -1
}

// after is the time of the point behind i; the last point is empty, so there is one whenever i does not fit.
func (c *calendar) after(i int) time.Time { return c.points[i+1].at }

// roomy reports whether the account and the machine have room for a run at a point.
func (c *calendar) roomy(p *point, r *scheduler.Run) bool {
	w := *c.world
	w.slots, w.dpus, w.flex, w.workers, w.memory, w.jobs = p.slots, p.dpus, p.flex, p.workers, p.memory, map[string]int64{r.Job: -1 << 40}
	return w.fits(r)
}

// jobFree is the first time from at on when the job's own limit allows the run. Bookings of one job may be out of order.
func (c *calendar) jobFree(a *Arrival, at time.Time) time.Time {
	list := slices.DeleteFunc(c.jobs[a.Run.Job], func(b booking) bool { return !b.to.After(a.At) })
	c.jobs[a.Run.Job] = list
	if int64(len(list)) < a.Run.MaxJobRuns {
		return at
	}
	to := at.Add(a.Took)
	var overlap []booking
	for _, b := range list {
		if b.from.Before(to) && b.to.After(at) {
			overlap = append(overlap, b)
		}
	}
	if int64(len(overlap)) < a.Run.MaxJobRuns {
		return at
	}
	first := overlap[0].to
	for _, b := range overlap {
		if b.to.Before(first) {
			first = b.to
		}
	}
	return first
}

// book takes what the run needs.
func (c *calendar) book(a *Arrival, at time.Time, subnet int, linger time.Duration) {
	r := &a.Run
	to := at.Add(a.Took)
	c.jobs[r.Job] = append(c.jobs[r.Job], booking{at, to})
	c.split(at)
	c.split(to)
	if subnet >= 0 && linger > 0 {
		c.split(to.Add(linger))
	}
	for i := sort.Search(len(c.points), func(i int) bool { return !c.points[i].at.Before(at) }); i < len(c.points); i++ {
		p := &c.points[i]
		if subnet >= 0 && p.at.Before(to.Add(linger)) {
			p.subnets[subnet] += r.Workers
		}
		if !p.at.Before(to) {
			if subnet < 0 || !p.at.Before(to.Add(linger)) {
				return
			}
			continue
		}
		p.slots++
		p.workers++
		p.memory += r.MemoryBytes
		if r.Flex {
			p.flex += r.QuarterDPUs
		} else {
			p.dpus += r.QuarterDPUs
		}
	}
}

// split makes a point at a time.
func (c *calendar) split(at time.Time) {
	i := sort.Search(len(c.points), func(i int) bool { return !c.points[i].at.Before(at) })
	if i < len(c.points) && c.points[i].at.Equal(at) {
		return
	}
	p := c.points[i-1]
	p.at, p.subnets = at, slices.Clone(p.subnets)
	c.points = slices.Insert(c.points, i, p)
}
