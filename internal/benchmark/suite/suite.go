// Package suite measures admission in virtual time: a trace of runs is played against a policy, which decides what starts
// when, and a world, which knows what there really is and counts every limit crossed. The policies are the scheduler of
// production and what it is compared with. Traces come from fixed seeds: the same command gives the same figures.
package suite

import (
	"container/heap"
	"fmt"
	"slices"
	"time"

	"tenon/internal/core/scheduler"
)

// Epoch is when every trace begins.
var Epoch = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// Trace is a workload on an account.
type Trace struct {
	Name     string
	Config   scheduler.Config
	Arrivals []Arrival // by time
	Horizon  time.Time // playing ends there; zero: when all is done
	Linger   time.Duration
	Faults   []Fault // by time
}

// Arrival is one run to come.
type Arrival struct {
	At    time.Time
	Run   scheduler.Run
	Took  time.Duration // how long it will run; policies other than the clairvoyant do not look
	Class string        // for the report: small, large, ...
}

// Fault is something that happens to the world.
type Fault struct {
	At      time.Time
	Zone    string // this zone is lost from now on, or back
	Lost    bool
	Outside map[string]int64 // addresses that others use, by subnet, from now on
}

// Start is a decision: the run begins, in a subnet where it has one.
type Start struct {
	Run     string
	Subnet  string
	Workers int64 // addresses it takes
}

// Policy decides what starts. Every method returns the starts that follow from what it is told.
type Policy interface {
	Submit(a *Arrival, now time.Time) []Start
	End(run string, now time.Time) []Start
	// Began tells that a start has its addresses: observations made from now on see them.
	Began(run string, now time.Time) []Start
	// Fail tells that a start came to nothing because of its subnet. The policy tries again.
	Fail(run, subnet string, now time.Time) []Start
	// Observe tells how many addresses of a subnet were free at a time.
	Observe(subnet string, free int64, at, now time.Time) []Start
	Tick(now time.Time) []Start
	Next() time.Time // when it wants a Tick; zero is never
}

// Outcome is how one run fared.
type Outcome struct {
	Arrival   *Arrival
	Submitted time.Time
	Started   time.Time // zero: never
	Ended     time.Time
	Failures  int // starts that came to nothing
}

// Played is a trace after a policy has played it.
type Played struct {
	Policy     string
	Runs       []Outcome
	End        time.Time
	Violations []string // limits crossed: the first few
	Crossed    int      // how many
	NoAddress  int      // starts that failed for want of addresses
	LostZone   int      // starts that failed because their zone was lost
	Busy       Busy
	Wall       time.Duration // that the policy thought, of this computer
	Steps      int           // calls of the policy
}

// Busy is the use of capacity while runs waited.
type Busy struct {
	Waiting time.Duration // how long any run waited
	Slots   float64       // share of the slots in use, over that time
	DPUs    float64
}

// end is a run that ends.
type end struct {
	at  time.Time
	run int
}

// ends is a heap of them.
type ends []end

// Len is of heap.Interface, as are the four that follow.
func (e ends) Len() int { return len(e) }

// Less orders by time, then by run.
func (e ends) Less(i, j int) bool {
	if !e[i].at.Equal(e[j].at) {
		return e[i].at.Before(e[j].at)
	}
	return e[i].run < e[j].run
}

// Swap exchanges two.
func (e ends) Swap(i, j int) { e[i], e[j] = e[j], e[i] }

// Push appends x.
func (e *ends) Push(x any) { *e = append(*e, x.(end)) }

// Pop takes the last.
func (e *ends) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

// observeEvery is how often the world is observed, and observeLate how old an observation is when it is told.
const (
	observeEvery = 15 * time.Second
	observeLate  = 30 * time.Second
)

// maxIdle is how often a policy with nothing running may let its time come without starting anything.
const maxIdle = 1000

// maxViolations bounds those that are spelled out.
const maxViolations = 5

// player plays one trace.
type player struct {
	trace    *Trace
	policy   Policy
	world    *world
	out      *Played
	index    map[string]int
	ends     ends
	waiting  int
	last     time.Time
	observed []observation // on their way to the policy
	nextLook time.Time
}

// observation is a count that the policy will hear of later.
type observation struct {
	subnet   string
	free     int64
	at, told time.Time
}

// Play plays a trace to its end or horizon. An error means that policy or trace is broken.
func Play(t *Trace, name string, policy Policy) (*Played, error) {
	p := &player{trace: t, policy: policy, world: newWorld(t), index: make(map[string]int, len(t.Arrivals)),
		out: &Played{Policy: name, Runs: make([]Outcome, len(t.Arrivals))}, last: Epoch}
	for i := range t.Arrivals {
		a := &t.Arrivals[i]
		p.index[a.Run.ID] = i
		p.out.Runs[i] = Outcome{Arrival: a, Submitted: a.At}
	}
	if p.world.outsiders {
		p.nextLook = Epoch
	}
	return p.out, p.play()
}

// play is the loop over virtual time.
func (p *player) play() error {
	arrived, fault, idle := 0, 0, 0
	for {
		now, ok := p.soonest(arrived, fault)
		if !ok || !p.trace.Horizon.IsZero() && now.After(p.trace.Horizon) {
			p.out.End = p.last
			p.out.Busy.close()
			return nil
		}
		p.account(now)
		progress := false
		for ; fault < len(p.trace.Faults) && !p.trace.Faults[fault].At.After(now); fault++ {
			p.world.apply(&p.trace.Faults[fault])
			progress = true
		}
		for len(p.ends) > 0 && !p.ends[0].at.After(now) {
			e := heap.Pop(&p.ends).(end)
			p.out.Runs[e.run].Ended = now
			p.world.end(p.trace.Arrivals[e.run].Run.ID, now)
			if err := p.think(now, func() []Start { return p.policy.End(p.trace.Arrivals[e.run].Run.ID, now) }); err != nil {
				return err
			}
			progress = true
		}
		if err := p.look(now); err != nil {
			return err
		}
		for ; arrived < len(p.trace.Arrivals) && !p.trace.Arrivals[arrived].At.After(now); arrived++ {
			p.waiting++
			a := &p.trace.Arrivals[arrived]
			if err := p.think(now, func() []Start { return p.policy.Submit(a, now) }); err != nil {
				return err
			}
			progress = true
		}
		if next := p.policy.Next(); !next.IsZero() && !next.After(now) {
			if err := p.think(now, func() []Start { return p.policy.Tick(now) }); err != nil {
				return err
			}
		}
		if progress || arrived < len(p.trace.Arrivals) || len(p.ends) > 0 {
			idle = 0
		} else if idle++; idle > maxIdle {
			p.out.End = now // the policy will never start what waits
			p.out.Busy.close()
			return nil
		}
	}
}

// soonest is when something happens next. Without arrivals and ends to come it is over, unless the policy still has runs.
func (p *player) soonest(arrived, fault int) (time.Time, bool) {
	var at time.Time
	take := func(t time.Time) {
		if !t.IsZero() && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	if arrived < len(p.trace.Arrivals) {
		take(p.trace.Arrivals[arrived].At)
	}
	if len(p.ends) > 0 {
		take(p.ends[0].at)
	}
	if arrived == len(p.trace.Arrivals) && len(p.ends) == 0 && p.waiting == 0 {
		return at, false
	}
	if fault < len(p.trace.Faults) {
		take(p.trace.Faults[fault].At)
	}
	take(p.policy.Next())
	take(p.nextLook)
	if len(p.observed) > 0 {
		take(p.observed[0].told)
	}
	if at.Before(p.last) {
		at = p.last
	}
	return at, !at.IsZero()
}

// look observes the addresses, and tells what was observed a while ago.
func (p *player) look(now time.Time) error {
	for len(p.observed) > 0 && !p.observed[0].told.After(now) {
		o := p.observed[0]
		p.observed = p.observed[1:]
		if err := p.think(now, func() []Start { return p.policy.Observe(o.subnet, o.free, o.at, now) }); err != nil {
			return err
		}
	}
	if p.nextLook.IsZero() || p.nextLook.After(now) {
		return nil
	}
	for _, id := range p.world.order {
		p.observed = append(p.observed, observation{id, p.world.free(id, now), now, now.Add(observeLate)})
	}
	p.nextLook = now.Add(observeEvery)
	return nil
}

// think lets the policy decide, and carries its starts out.
func (p *player) think(now time.Time, ask func() []Start) error {
	began := time.Now()
	starts := ask()
	p.out.Wall += time.Since(began)
	p.out.Steps++
	for len(starts) > 0 {
		s := starts[0]
		starts = starts[1:]
		i, ok := p.index[s.Run]
		if !ok || p.out.Runs[i].Submitted.After(now) || !p.out.Runs[i].Started.IsZero() {
			return fmt.Errorf("suite: %s starts %s, which does not wait", p.out.Policy, s.Run)
		}
		switch err := p.world.start(&p.trace.Arrivals[i].Run, s, now); {
		case err == nil:
			p.out.Runs[i].Started = now
			p.waiting--
			heap.Push(&p.ends, end{now.Add(p.trace.Arrivals[i].Took), i})
			began := time.Now()
			starts = append(starts, p.policy.Began(s.Run, now)...)
			p.out.Wall += time.Since(began)
		case err == errNoAddress || err == errLostZone:
			p.out.Runs[i].Failures++
			if err == errNoAddress {
				p.out.NoAddress++
			} else {
				p.out.LostZone++
			}
			began := time.Now()
			starts = append(starts, p.policy.Fail(s.Run, s.Subnet, now)...)
			p.out.Wall += time.Since(began)
		default:
			return err
		}
	}
	if crossed := p.world.crossed(now); len(crossed) > 0 {
		p.out.Crossed += len(crossed)
		for _, c := range crossed {
			if len(p.out.Violations) < maxViolations {
				p.out.Violations = append(p.out.Violations, now.Sub(Epoch).String()+": "+c)
			}
		}
	}
	return nil
}

// account adds the time since the last event to the use of capacity.
func (p *player) account(now time.Time) {
	if p.waiting > 0 {
		p.out.Busy.add(now.Sub(p.last), p.world.usedSlots(), p.world.usedDPUs())
	}
	p.last = now
}

// add weighs a use by its time.
func (b *Busy) add(d time.Duration, slots, dpus float64) {
	b.Waiting += d
	b.Slots += slots * d.Seconds()
	b.DPUs += dpus * d.Seconds()
}

// close makes shares of the sums.
func (b *Busy) close() {
	if b.Waiting > 0 {
		b.Slots /= b.Waiting.Seconds()
		b.DPUs /= b.Waiting.Seconds()
	}
}

// Waits returns the waits of the runs of a class (all for ""), sorted. Runs that never started count up to the end.
func (p *Played) Waits(class string) []time.Duration {
	var waits []time.Duration
	for i := range p.Runs {
		o := &p.Runs[i]
		if class != "" && o.Arrival.Class != class || o.Submitted.After(p.End) {
			continue
		}
		to := o.Started
		if to.IsZero() {
			to = p.End
		}
		waits = append(waits, to.Sub(o.Submitted))
	}
	slices.Sort(waits)
	return waits
}

// Mean is the mean of waits; 0 of none.
func Mean(waits []time.Duration) time.Duration {
	if len(waits) == 0 {
		return 0
	}
	var sum float64
	for _, w := range waits {
		sum += float64(w)
	}
	return time.Duration(sum / float64(len(waits)))
}

// Quantile is the q-quantile of sorted waits; 0 of none.
func Quantile(waits []time.Duration, q float64) time.Duration {
	if len(waits) == 0 {
		return 0
	}
	return waits[min(len(waits)-1, int(q*float64(len(waits))))]
}
