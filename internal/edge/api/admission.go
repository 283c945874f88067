package api

import (
	"cmp"
	"context"
	"strings"

	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
	"tenon/internal/core/scheduler"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// What readers see of quotas, queues and subnets comes from the view that the controller publishes, true of one moment a
// fraction of a second ago; definitions are counted in the store.

// Scopes of quotas that are not the account's.
const (
	scopeMachine = "machine"
	scopeQueue   = "queue "
	scopeSubnet  = "subnet "
	scopeJob     = "job "
)

// amountOf is an amount of a resource in its unit for readers, scheduler.NoLimit as glue.NoQuota.
func amountOf(r quota.Resource, n int64) float64 {
	if n == scheduler.NoLimit {
		return glue.NoQuota
	}
	if r == quota.DPUs || r == quota.FlexDPUs {
		return float64(n) * glue.DPUStep
	}
	return float64(n)
}

// counted are the names and units of what the scheduler counts, as quotas name them.
var counted = map[quota.Resource]struct{ name, unit string }{
	quota.JobRuns: {glue.QuotaRunsPerJob, glue.UnitRuns}, quota.Slots: {glue.QuotaConcurrentRuns, glue.UnitRuns},
	quota.DPUs: {glue.QuotaDPUs, glue.UnitDPU}, quota.FlexDPUs: {glue.QuotaFlexDPUs, glue.UnitDPU},
	quota.Addresses: {"addresses", "addresses"}, quota.Workers: {"workers", "workers"}, quota.MemoryBytes: {"memory", "bytes"},
}

// listQuotas is ListQuotas: the account's, this machine's, then those of jobs that run, queues and subnets.
func (a *API) listQuotas(ctx context.Context, c Call, in *QuotaInput) (*QuotaList, error) {
	region := cmp.Or(in.Region, c.Region)
	q, view := a.settings.Load().quotas(region), a.ctl.View()
	used, err := a.definitionCounts(ctx, region)
	if err != nil {
		return nil, err
	}
	pools := view.Pools()
	account := accountPools(pools, region)
	used[glue.QuotaRunsPerJob] = busiest(pools, region)
	used[glue.QuotaQueuedRuns] = int64(a.ctl.Queued(region))
	out := &QuotaList{Region: region, Quotas: []Quota{}}
	for _, known := range glue.AllQuotas() {
		line := Quota{Name: known.Name, Unit: known.Unit, Limit: q.Limit(known.Name), Source: q.Source(known.Name)}
		if p, pooled := account[known.Name]; pooled {
			use(&line, p)
		} else {
			line.Used = float64(used[known.Name])
			line.Free = glue.NoQuota
			if line.Limit != glue.NoQuota {
				line.Free = max(0, line.Limit-line.Used)
			}
		}
		out.Quotas = append(out.Quotas, line)
	}
	out.Quotas = append(out.Quotas, scopedQuotas(view, pools, region)...)
	return out, nil
}

// definitionCounts counts the definitions of a region by their quota, and the jobs of the trigger that has most. Of kinds
// that Tenon serves no operation for there are none.
func (a *API) definitionCounts(ctx context.Context, region string) (map[string]int64, error) {
	counts := map[string]int64{}
	err := a.read(ctx, func(r *store.Reader) error {
		for kind, name := range kindQuotas {
			n, err := r.CountDefinitions(region, kind)
			if err != nil {
				return err
			}
			counts[name] = n
		}
		return eachDefinition(r, region, glue.KindTrigger, "", nil, func(d store.Definition) (bool, error) {
			t, err := decode[glue.Trigger](d)
			if err == nil { // as AWS counts what is used of a quota per resource
				counts[glue.QuotaJobsPerTrigger] = max(counts[glue.QuotaJobsPerTrigger], int64(len(t.Actions)))
			}
			return true, err
		})
	})
	return counts, err
}

// accountPools are the account's pools of a region by the name of their quota.
func accountPools(pools []scheduler.PoolUse, region string) map[string]scheduler.PoolUse {
	account := map[string]scheduler.PoolUse{}
	for _, p := range pools {
		switch p.Pool.Resource {
		case quota.Slots, quota.DPUs, quota.FlexDPUs:
			if p.Pool.Scope == region {
				account[counted[p.Pool.Resource].name] = p
			}
		}
	}
	return account
}

// busiest is the most runs that one job of a region has, as AWS counts what is used of the quota of runs per job.
func busiest(pools []scheduler.PoolUse, region string) (most int64) {
	for _, p := range pools {
		if p.Pool.Resource == quota.JobRuns && strings.HasPrefix(p.Pool.Scope, region+"/") {
			most = max(most, p.Used)
		}
	}
	return most
}

// use fills a line from a pool. The limit is the pool's: a region may have one of its own.
func use(line *Quota, p scheduler.PoolUse) {
	r := p.Pool.Resource
	line.Used, line.Reserved, line.Draining = amountOf(r, p.Used), amountOf(r, p.Reserved), amountOf(r, p.Draining)
	line.Free, line.Limit = amountOf(r, p.Free), amountOf(r, p.Limit)
}

// scopedQuotas are the limits of this machine, of jobs with runs, of queues and of subnets.
func scopedQuotas(view *scheduler.View, pools []scheduler.PoolUse, region string) (lines []Quota) {
	var jobs []Quota
	for _, p := range pools {
		r := p.Pool.Resource
		line := Quota{Name: counted[r].name, Unit: counted[r].unit, Source: "configured"}
		use(&line, p)
		switch r {
		case quota.Workers, quota.MemoryBytes:
			line.Scope = scopeMachine
			lines = append(lines, line)
		case quota.JobRuns:
			if strings.HasPrefix(p.Pool.Scope, region+"/") {
				line.Scope, line.Source = ofJob(p.Pool.Scope), "MaxConcurrentRuns"
				jobs = append(jobs, line)
			}
		}
	}
	lines = append(lines, jobs...)
	for _, u := range view.Queues(region) {
		for _, s := range u.Resources {
			if !s.Given {
				continue
			}
			r := s.Resource
			lines = append(lines, Quota{Name: counted[r].name, Scope: scopeQueue + u.Name, Unit: counted[r].unit, Source: "configured",
				Used: amountOf(r, s.Used), Free: amountOf(r, s.Available), Limit: amountOf(r, shareLimit(s.Share))})
		}
	}
	for _, s := range view.Subnets(region) {
		source := "configured"
		if s.Gone {
			source = "gone"
		}
		lines = append(lines, Quota{Name: counted[quota.Addresses].name, Scope: scopeSubnet + s.ID, Unit: counted[quota.Addresses].unit, Source: source,
			Used: float64(s.Used), Draining: float64(s.Lingering), Free: float64(s.Free), Limit: float64(s.Usable)})
	}
	return lines
}

// ofJob is the scope of the scheduler's job region/name#incarnation.
func ofJob(key string) string {
	_, name, _ := strings.Cut(key, "/")
	return scopeJob + name[:max(0, strings.LastIndexByte(name, '#'))]
}

// shareLimit is the most that a queue may use: its nominal amount and what it may borrow.
func shareLimit(s scheduler.Share) int64 {
	if s.Borrow == scheduler.NoLimit {
		return scheduler.NoLimit
	}
	return s.Nominal + s.Borrow
}

// listQueues is ListQueues.
func (a *API) listQueues(_ context.Context, c Call, in *QuotaInput) (*QueueList, error) {
	region := cmp.Or(in.Region, c.Region)
	out := &QueueList{Region: region, Queues: []QueueInfo{}}
	for _, u := range a.ctl.View().Queues(region) {
		q := QueueInfo{Name: u.Name, Parent: u.Parent, Weight: max(1, u.Weight), Priority: u.Priority, Held: u.Stopped, Gone: !u.Configured,
			Waiting: u.Waiting, Running: int(u.Running), Share: u.Share, Oldest: u.Oldest}
		if u.MaxWait > 0 {
			q.MaxWait = u.MaxWait.String()
		}
		for _, s := range u.Resources {
			if r := s.Resource; s.Given {
				q.Shares = append(q.Shares, QueueShare{Resource: counted[r].name, Used: amountOf(r, s.Used), Borrowed: amountOf(r, s.Borrowed),
					Nominal: amountOf(r, s.Nominal), Borrow: amountOf(r, s.Borrow), Lend: amountOf(r, s.Lend)})
			}
		}
		out.Queues = append(out.Queues, q)
	}
	return out, nil
}

// listSubnets is ListSubnets.
func (a *API) listSubnets(_ context.Context, c Call, in *QuotaInput) (*SubnetList, error) {
	region := cmp.Or(in.Region, c.Region)
	out := &SubnetList{Region: region, Subnets: []SubnetInfo{}}
	for _, s := range a.ctl.View().Subnets(region) {
		info := SubnetInfo{ID: s.ID, VPC: s.VPC, Zone: s.Zone, Usable: s.Usable, Used: s.Used - s.Lingering,
			Lingering: s.Lingering, Free: s.Free, Health: "ok", Failures: s.Health.Failures, Waiting: s.Waiting}
		if s.CIDR.IsValid() {
			info.CIDR = s.CIDR.String()
		}
		switch {
		case s.Gone:
			info.Health = "gone"
		case s.Cordoned:
			info.Health = "cordoned"
		case s.Health.State != placement.Closed:
			info.Health, info.Until = string(s.Health.State), s.Health.Until
		}
		out.Subnets = append(out.Subnets, info)
	}
	return out, nil
}
