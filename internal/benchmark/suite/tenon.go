package suite

import (
	"slices"
	"time"

	"tenon/internal/core/placement"
	"tenon/internal/core/scheduler"
	"tenon/internal/glue"
)

// region is where all traces live.
const region = "us-east-1"

// Tenon is the scheduler of production as a policy.
type Tenon struct {
	State *scheduler.State
	runs  map[string]scheduler.Run
	err   error

	observed bool // somebody counts the addresses
}

// NewTenon makes it for a trace.
func NewTenon(t *Trace) *Tenon {
	return &Tenon{State: scheduler.New(t.Config), runs: map[string]scheduler.Run{}, observed: newWorld(t).outsiders}
}

// Err is the first contradiction that the scheduler found in what it was told.
func (p *Tenon) Err() error { return p.err }

// step applies an event, and tells what starts.
func (p *Tenon) step(ev scheduler.Event, now time.Time) []Start {
	d, err := p.State.Step(ev, now)
	if err != nil && p.err == nil {
		p.err = err
	}
	var starts []Start
	for _, a := range d.Admitted {
		starts = append(starts, Start{Run: a.Run.ID, Subnet: a.Subnet(), Workers: a.Workers()})
	}
	return starts
}

// Submit is of Policy.
func (p *Tenon) Submit(a *Arrival, now time.Time) []Start {
	r := a.Run
	r.Submitted = a.At
	p.runs[r.ID] = r
	return p.step(scheduler.Event{Submit: &r}, now)
}

// End is of Policy.
func (p *Tenon) End(run string, now time.Time) []Start {
	delete(p.runs, run)
	return p.step(scheduler.Event{Release: &scheduler.Release{ID: run, Outcome: placement.Worked}}, now)
}

// Began is of Policy. Without observations nobody asks.
func (p *Tenon) Began(run string, now time.Time) []Start {
	if !p.observed {
		return nil
	}
	return p.step(scheduler.Event{Started: &scheduler.Started{ID: run}}, now)
}

// networkBackoff is before a start is tried again that failed for its network: production's, without its jitter.
const networkBackoff = 30 * time.Second

// avoidFor is how long a run passes over a subnet that failed it: production's.
const avoidFor = 10 * time.Minute

// Fail is of Policy: as the controller does, the run waits again, and avoids the subnet.
func (p *Tenon) Fail(run, subnet string, now time.Time) []Start {
	starts := p.step(scheduler.Event{Release: &scheduler.Release{ID: run, Outcome: placement.NetworkFailed}}, now)
	r := p.runs[run]
	r.Attempt++
	r.NotBefore = now.Add(networkBackoff)
	r.Avoid = append(slices.Clone(r.Avoid), glue.Avoided{Subnet: subnet, Until: now.Add(avoidFor)})
	p.runs[run] = r
	return append(starts, p.step(scheduler.Event{Submit: &r}, now)...)
}

// Observe is of Policy.
func (p *Tenon) Observe(subnet string, free int64, at, now time.Time) []Start {
	return p.step(scheduler.Event{Observe: &scheduler.Observe{Region: region, Subnet: subnet, Free: free, At: at}}, now)
}

// Tick is of Policy.
func (p *Tenon) Tick(now time.Time) []Start { return p.step(scheduler.Event{Tick: true}, now) }

// Next is of Policy.
func (p *Tenon) Next() time.Time { return p.State.NextWake() }
