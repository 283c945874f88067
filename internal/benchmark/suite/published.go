package suite

import (
	"slices"
	"time"

	"tenon/internal/core/scheduler"
)

// publishedEvery is how often the published scheduler of runs polls.
const publishedEvery = 5 * time.Minute

// Published is a well-known state machine for Glue jobs that polls every five minutes and starts as many as this formula
// says, whatever their size:
//
//	capacity = min(account limit - active runs, subnet addresses / workers)
//	start    = (subnet addresses - capacity x extra addresses) / workers
//
// A negative result becomes a negative slice: all but so many start. It loops for ever where the capacity or the extra
// addresses are 0; here, that poll starts nothing.
type Published struct {
	cfg     *scheduler.Config
	workers int64 // of the runs: the formula knows one size
	extra   int64
	waiting []*scheduler.Run
	active  int64
	polled  time.Time
}

// NewPublished makes it for a trace whose runs have so many workers.
func NewPublished(t *Trace, workers, extra int64) *Published {
	return &Published{cfg: &t.Config, workers: workers, extra: extra, polled: Epoch.Add(-publishedEvery)}
}

// Recommend is the published formula: how many runs to start, or a negative number.
func Recommend(account, active, subnet, workers, extra int64) (n int64, loops bool) {
	capacity := min(account-active, subnet/workers)
	if capacity == 0 || extra == 0 {
		return 0, true
	}
	return (subnet - capacity*extra) / workers, false
}

// Submit is of Policy.
func (p *Published) Submit(a *Arrival, _ time.Time) []Start {
	p.waiting = append(p.waiting, &a.Run)
	return nil
}

// End is of Policy.
func (p *Published) End(string, time.Time) []Start {
	p.active--
	return nil
}

// Began is of Policy.
func (p *Published) Began(string, time.Time) []Start { return nil }

// Fail is of Policy: the run is in the table again.
func (p *Published) Fail(run, _ string, _ time.Time) []Start { return nil }

// Observe is of Policy.
func (p *Published) Observe(string, int64, time.Time, time.Time) []Start { return nil }

// Next is of Policy.
func (p *Published) Next() time.Time {
	if len(p.waiting) == 0 {
		return time.Time{}
	}
	return p.polled.Add(publishedEvery)
}

// Tick polls: what the formula gives starts, on the first subnet listed.
func (p *Published) Tick(now time.Time) []Start {
	p.polled = now
	subnet := p.cfg.Default.Subnets[0]
	addresses := int64(1)<<(32-subnet.CIDR.Bits()) - 5
	n, loops := Recommend(p.cfg.Default.Slots, p.active, addresses, p.workers, p.extra)
	if loops {
		return nil
	}
	count := int64(len(p.waiting))
	if n < 0 {
		n += count
	}
	n = max(0, min(n, count))
	var starts []Start
	for _, r := range p.waiting[:n] {
		starts = append(starts, Start{Run: r.ID, Subnet: subnet.ID, Workers: r.Workers})
	}
	p.waiting = slices.Delete(p.waiting, 0, int(n))
	p.active += n
	return starts
}
