package forecast

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
	"tenon/internal/core/scheduler"
)

// usage sums what runs used of the limits, in the first sample.
type usage struct {
	cfg        *scheduler.Config
	begin, end time.Time
	pools      map[quota.Pool][]edge
}

// edge is a change of what is used of a pool.
type edge struct {
	at    time.Time
	delta int64
}

// newUsage measures from the begin to the last of the given arrivals; nothing where there are none.
func newUsage(in *Input) usage {
	u := usage{cfg: &in.State.Config, begin: in.State.At, end: in.State.At, pools: map[quota.Pool][]edge{}}
	for _, a := range in.Arrivals {
		u.end = later(u.end, a.At)
	}
	return u
}

// add notes a run of a sample.
func (u *usage) add(sample int, h *scheduler.Holder, from, to time.Time) {
	if sample > 0 || !from.Before(u.end) || !to.After(from) {
		return
	}
	lease := h.Lease()
	for _, res := range []quota.Resource{quota.Slots, quota.DPUs, quota.FlexDPUs, quota.Addresses, quota.Workers} {
		if n := lease.Need[res]; n > 0 {
			p := lease.Pool(res)
			u.pools[p] = append(u.pools[p], edge{from, n}, edge{to, -n})
		}
	}
}

// limit is the limit of a pool; NoLimit where it has none.
func (u *usage) limit(p quota.Pool) int64 {
	region, subnet, _ := strings.Cut(p.Scope, "/")
	r, ok := u.cfg.Regions[region]
	if !ok {
		r = u.cfg.Default
	}
	switch p.Resource {
	case quota.Slots:
		return r.Slots
	case quota.DPUs:
		return r.QuarterDPUs
	case quota.FlexDPUs:
		return r.FlexQuarterDPUs
	case quota.Addresses:
		for _, s := range r.Subnets {
			if s.ID == subnet {
				return placement.Usable(s.CIDR)
			}
		}
		return scheduler.NoLimit
	}
	return u.cfg.Workers
}

// use sums the usage up.
func (p *play) use() []Use {
	u := &p.usage
	total := u.end.Sub(u.begin).Seconds()
	var out []Use
	for pool, edges := range u.pools {
		limit := u.limit(pool)
		if limit == scheduler.NoLimit || total <= 0 {
			continue
		}
		// At one moment, what is given back counts before what is taken.
		slices.SortFunc(edges, func(a, b edge) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.delta, b.delta)) })
		var now, peak int64
		var area float64
		at := u.begin
		for _, e := range edges {
			to := e.at
			if to.After(u.end) {
				to = u.end
			}
			area += float64(now) * to.Sub(at).Seconds()
			at = to
			now += e.delta
			peak = max(peak, now)
		}
		unit := 1.0
		if pool.Resource == quota.DPUs || pool.Resource == quota.FlexDPUs {
			unit = 4
		}
		region, subnet, _ := strings.Cut(pool.Scope, "/")
		name := pool.Resource.String()
		if pool.Resource == quota.Addresses {
			name += " of " + subnet
		}
		out = append(out, Use{Region: region, Pool: name, Limit: float64(limit) / unit, Mean: milli(area / total / unit), Peak: float64(peak) / unit})
	}
	slices.SortFunc(out, func(a, b Use) int { return cmp.Or(cmp.Compare(a.Pool, b.Pool), cmp.Compare(a.Region, b.Region)) })
	return out
}
