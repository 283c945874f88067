package plane

import (
	"maps"
	"slices"
	"time"

	"tenon/internal/core/placement"
	"tenon/internal/core/scheduler"
	"tenon/internal/glue"
)

// regionNames lists the regions that differ, sorted.
func (c Config) regionNames() []string { return slices.Sorted(maps.Keys(c.Regions)) }

// admission is the scheduler's part of a validated configuration.
func (c Config) admission() scheduler.Config {
	a := scheduler.Config{
		Default: schedulerRegion(c.Quotas, c.Subnets),
		Workers: int64(c.Executor.Local.Parallel), MemoryBytes: int64(c.Executor.Local.Memory),
		Placement: scheduler.Placement{
			Strategy: placement.Strategy(c.Placement.Strategy), ExtraAddresses: int64(c.Placement.ExtraAddresses),
			ReleaseLag:   time.Duration(c.Placement.ReleaseLag),
			BreakerAfter: int(c.Placement.BreakerAfter), BreakerPause: time.Duration(c.Placement.BreakerPause),
		},
		Reservation: scheduler.Reservation{After: time.Duration(c.Reservation.After), TimeoutOnly: time.Duration(c.Reservation.TimeoutOnly)},
	}
	for name, r := range c.Regions {
		if a.Regions == nil {
			a.Regions = map[string]scheduler.Region{}
		}
		quotas, subnets := maps.Clone(c.Quotas), r.Subnets
		if quotas == nil {
			quotas = Quotas{}
		}
		maps.Copy(quotas, r.Quotas)
		if subnets == nil {
			subnets = c.Subnets
		}
		a.Regions[name] = schedulerRegion(quotas, subnets)
	}
	for _, q := range c.Queues {
		a.Queues = append(a.Queues, scheduler.Queue{
			Name: q.Name, Parent: q.Parent, Weight: int64(*q.Weight), Priority: int(q.Priority),
			Slots: q.ConcurrentRuns.share(1), QuarterDPUs: q.DPUs.share(1 / glue.DPUStep), FlexQuarterDPUs: q.FlexDPUs.share(1 / glue.DPUStep),
			MaxWait: time.Duration(q.MaxWait), BorrowMaxRun: time.Duration(q.BorrowMaxRun), Held: q.Held,
		})
	}
	return a
}

// schedulerRegion is the limits and subnets of one region.
func schedulerRegion(q Quotas, subnets []Subnet) scheduler.Region {
	r := scheduler.Region{
		Slots:           int64(q.limit(glue.QuotaConcurrentRuns)),
		QuarterDPUs:     glue.QuarterDPUs(q.limit(glue.QuotaDPUs)),
		FlexQuarterDPUs: glue.QuarterDPUs(q.limit(glue.QuotaFlexDPUs)),
	}
	for _, s := range subnets {
		r.Subnets = append(r.Subnets, placement.Subnet{ID: s.ID, VPC: s.VPC, Zone: s.Zone, CIDR: s.prefix(), Cordoned: s.Cordoned})
	}
	return r
}

// share is s in the scheduler's unit, of which one of s's makes units; nil for no share.
func (s *Share) share(units float64) *scheduler.Share {
	if s == nil {
		return nil
	}
	amount := func(p *float64) int64 {
		if p == nil {
			return scheduler.NoLimit
		}
		return int64(*p * units)
	}
	return &scheduler.Share{Nominal: amount(&s.Nominal), Borrow: amount(s.Borrow), Lend: amount(s.Lend)}
}
