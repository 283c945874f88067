package forecast

import (
	"cmp"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"time"

	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
	"tenon/internal/core/scheduler"
)

// Advice is one change that was tried, and what it saves.
type Advice struct {
	What    string  `json:"What"` // in words
	Change  Change  `json:"Change"`
	Waits   float64 `json:"WaitSeconds"`  // of all runs together, with the change
	Saved   float64 `json:"SavedSeconds"` // against the waits without; below 0 it does harm
	MaxWait float64 `json:"MaxWaitSeconds"`
}

// Bounds of what is tried.
const (
	maxAdvice  = 8
	adviceJobs = 3    // jobs whose MaxConcurrentRuns is raised
	worthShare = 0.01 // of all waits: a cause of less is not looked at
)

// Advise plays an input, finds what runs waited for, and tries for each cause more of what was short. The advice that
// saves most comes first. stop as in Simulate.
func Advise(in Input, region string, o Options, stop func() bool) (Comparison, []Advice, error) {
	o = o.withDefaults()
	base := newPlay(asItIs, &in, o)
	base.whom(&in, nil)
	if err := together(o, stop, base); err != nil {
		return Comparison{}, nil, err
	}
	out := base.comparison()
	before, _ := base.total()
	var all []Advice
	for _, a := range base.candidates(region) {
		changed, _, _, err := a.Change.apply(&in)
		if err != nil {
			return out, nil, fmt.Errorf("forecast: advice %q: %w", a.What, err)
		}
		p := newPlay(a.What, &changed, o)
		p.whom(&in, nil)
		p.quiet = true
		err = together(o, stop, p)
		if err == ErrStopped {
			out.Notes = append(out.Notes, "Time was up: not all that may help was tried.")
			break
		}
		if err != nil {
			return out, nil, err
		}
		after, longest := p.total()
		a.Waits, a.Saved, a.MaxWait = milli(after), milli(before-after), milli(longest)
		all = append(all, a)
	}
	slices.SortStableFunc(all, func(a, b Advice) int { return cmp.Compare(b.Saved, a.Saved) })
	return out, all, nil
}

// total is how long all counted runs waited together, the mean of the samples, and the longest wait. It is summed in one order,
// so that the same input gives the same to the last digit.
func (p *play) total() (sum, most float64) {
	for _, k := range p.order() {
		for _, w := range p.lanes[k].waits {
			sum += w
			most = max(most, w)
		}
	}
	return sum / float64(max(p.done, 1)), most
}

// candidates are the changes worth trying: more of what runs waited for, the most waited for first.
func (p *play) candidates(region string) []Advice {
	spent := map[quota.Pool]time.Duration{}
	var all time.Duration
	for _, w := range p.accounts {
		for c, d := range w.spent {
			spent[c.of] += d
			all += d
		}
	}
	var pools []quota.Pool
	for pool, d := range spent {
		if pool != (quota.Pool{}) && d.Seconds() >= worthShare*all.Seconds() {
			pools = append(pools, pool)
		}
	}
	slices.SortFunc(pools, func(a, b quota.Pool) int {
		return cmp.Or(cmp.Compare(spent[b], spent[a]), cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Scope, b.Scope))
	})
	var out []Advice
	subnet, jobs := false, 0
	for _, pool := range pools {
		a, ok := Advice{}, true
		switch pool.Resource {
		case quota.JobRuns:
			if jobs++; jobs > adviceJobs {
				continue
			}
			a, ok = p.moreRuns(region, pool)
		case quota.Addresses:
			if subnet {
				continue
			}
			subnet = true
			a, ok = p.moreAddresses(region)
		default:
			a, ok = p.more(region, pool.Resource)
		}
		if ok && len(out) < maxAdvice {
			out = append(out, a)
		}
	}
	return out
}

// limitsOf are the limits of a region.
func limitsOf(cfg *scheduler.Config, region string) scheduler.Region {
	if r, ok := cfg.Regions[region]; ok {
		return r
	}
	return cfg.Default
}

// more raises a limit of the account or of this machine.
func (p *play) more(region string, res quota.Resource) (Advice, bool) {
	cfg := &p.model.in.State.Config
	r := limitsOf(cfg, region)
	c := Change{Region: region}
	dpus := func(quarters int64, by float64) *float64 {
		n := math.Ceil(float64(quarters) / 4 * by)
		return &n
	}
	switch res {
	case quota.Slots:
		n := 2 * r.Slots
		c.ConcurrentRuns = &n
		return Advice{What: fmt.Sprintf("twice the run slots: %d", n), Change: c}, true
	case quota.DPUs:
		c.DPUs = dpus(r.QuarterDPUs, 1.25)
		return Advice{What: fmt.Sprintf("25%% more DPUs: %g", *c.DPUs), Change: c}, true
	case quota.FlexDPUs:
		c.FlexDPUs = dpus(r.FlexQuarterDPUs, 2)
		return Advice{What: fmt.Sprintf("twice the FLEX DPUs: %g", *c.FlexDPUs), Change: c}, true
	case quota.Workers:
		if cfg.Workers == scheduler.NoLimit {
			return Advice{}, false
		}
		n := 2 * cfg.Workers
		c.LocalWorkers = &n
		return Advice{What: fmt.Sprintf("twice the local workers: %d", n), Change: c}, true
	}
	return Advice{}, false
}

// moreRuns raises MaxConcurrentRuns of a job.
func (p *play) moreRuns(region string, pool quota.Pool) (Advice, bool) {
	limits := p.model.limits
	most := limits[pool.Scope]
	for _, a := range p.model.in.Arrivals {
		if a.Run.Job == pool.Scope {
			most = a.Run.MaxJobRuns
		}
	}
	if most < 1 {
		return Advice{}, false
	}
	name := JobName(pool.Scope)
	return Advice{What: fmt.Sprintf("MaxConcurrentRuns of %s from %d to %d", name, most, 2*most),
		Change: Change{Region: region, MaxJobRuns: map[string]int64{name: 2 * most}}}, true
}

// adviceBits is the size of a subnet that is tried: 59 addresses.
const adviceBits = 26

// moreAddresses adds a subnet with a block that no other has.
func (p *play) moreAddresses(region string) (Advice, bool) {
	subnets := limitsOf(&p.model.in.State.Config, region).Subnets
	if len(subnets) == 0 {
		return Advice{}, false
	}
	at := netip.MustParseAddr("10.255.255.192")
	for range 1024 {
		block := netip.PrefixFrom(at, adviceBits)
		if !slices.ContainsFunc(subnets, func(s placement.Subnet) bool { return s.CIDR.Overlaps(block) }) {
			return Advice{What: fmt.Sprintf("one more /%d", adviceBits),
				Change: Change{Region: region, AddSubnets: []AddedSubnet{{CIDR: block.String(), Zone: subnets[0].Zone}}}}, true
		}
		b := at.As4()
		n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
		n -= 1 << (32 - adviceBits)
		at = netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
	}
	return Advice{}, false
}
