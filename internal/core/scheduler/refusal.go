package scheduler

import (
	"cmp"
	"time"

	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
)

// pools is all that decides whether a run may start, apart from its place in line. State keeps it; a View has a copy, so
// that what decides is what explains.
type pools struct {
	cfg      *Config // never changed, only replaced
	meter    func(quota.Pool) *quota.Meter
	accounts map[string]*account
	health   *placement.Health
	broken   bool // some breaker is not closed
	disk     Disk
	held     map[string]bool // queues that an operator holds
	// kept are the reservations in the order in which they bind: each keeps back what comes after it.
	kept []*reservation
}

// queue returns the configuration of a queue, or nil.
func (p *pools) queue(name string) *Queue {
	for i := range p.cfg.Queues {
		if p.cfg.Queues[i].Name == name {
			return &p.cfg.Queues[i]
		}
	}
	return nil
}

// bars is the queue's BorrowMaxRun where r's Timeout exceeds it, or r has none, so that r may not borrow; else 0.
func (q *Queue) bars(r *Run) time.Duration {
	if r.lasts(true) <= q.BorrowMaxRun {
		return 0
	}
	return q.BorrowMaxRun
}

// demand is what a run asks the pools for.
type demand struct {
	run         *Run
	account     *account
	queue       string
	need        quota.Vector // without addresses
	want, least int64        // addresses; 0: it takes none
	subnets     []*subnet    // where it may take them
}

// demand spells what r asks for.
func (p *pools) demand(a *account, r *Run) demand {
	d := demand{run: r, account: a, queue: r.queue(), need: r.needs()}
	for _, c := range r.Choices {
		if s := a.subnet(c.Subnet); s != nil {
			d.subnets = append(d.subnets, s)
		}
	}
	if len(d.subnets) > 0 {
		d.want, d.least = r.addresses(&p.cfg.Placement)
	}
	return d
}

// pool is where a need of r in this account is counted.
func (a *account) pool(r quota.Resource) quota.Pool {
	lease := quota.Lease{Region: a.name}
	return lease.Pool(r)
}

// accounted and local are the resources of an account and of this machine.
var (
	accounted = [...]quota.Resource{quota.Slots, quota.DPUs, quota.FlexDPUs}
	local     = [...]quota.Resource{quota.Workers, quota.MemoryBytes}
)

// counted are the resources of which the pools of account and machine are asked, in the order of reasons.
var counted = [...]quota.Resource{quota.Slots, quota.DPUs, quota.FlexDPUs, quota.Workers, quota.MemoryBytes}

// never returns what a demand needs more of than there is in all, whoever else runs; or than its queue has without
// borrowing, where its Timeout is too long to borrow.
func (p *pools) never(d *demand) (Reason, bool) {
	for _, r := range counted {
		if m := p.meter(d.account.pool(r)); d.need[r] > 0 && !m.Within(d.need[r]) {
			return Reason{Tier: TierNever, Shortage: short(m, d.need[r])}, true
		}
	}
	if tree := d.account.tree; d.account.divided && tree.Has(d.queue) {
		maxRun := p.queue(d.queue).bars(d.run)
		for _, r := range accounted {
			most, bound := tree.Potential(d.queue, r), time.Duration(0)
			if own := tree.Own(d.queue, r); maxRun > 0 && own < most && d.need[r] <= most {
				most, bound = own, maxRun
			}
			if d.need[r] > most {
				return Reason{Tier: TierNever, Queue: d.queue, MaxRun: bound, Shortage: quota.Shortage{Pool: d.account.pool(r), Need: d.need[r],
					Free: min(most, tree.Available(d.queue, r)), Limit: most}}, true
			}
		}
	}
	if d.least == 0 {
		return Reason{}, false
	}
	largest := d.subnets[0]
	for _, s := range d.subnets {
		if s.meter.Limit() > largest.meter.Limit() {
			largest = s
		}
	}
	if d.least > largest.meter.Limit() {
		return Reason{Tier: TierNever, Subnet: largest.ID, Shortage: short(largest.meter, d.least)}, true
	}
	return Reason{}, false
}

// refusal returns the first reason, in the order of tiers, for which a run may not start now. It does not know the run's
// place in line.
func (p *pools) refusal(d *demand, now time.Time) (Reason, bool) {
	if why, refused := p.own(d); refused {
		return why, true
	}
	if why, refused := p.quota(d); refused {
		return why, true
	}
	for _, r := range accounted {
		if why, refused := p.lacking(d, r, TierAccount); refused {
			return why, true
		}
	}
	if why, refused := p.addresses(d); refused && why.Tier == TierSubnet {
		return why, true
	}
	for _, r := range local {
		if why, refused := p.lacking(d, r, TierMachine); refused {
			return why, true
		}
	}
	return p.addresses(d)
}

// own looks at what keeps the run alone back.
func (p *pools) own(d *demand) (Reason, bool) {
	if why, never := p.never(d); never {
		return why, true
	}
	conf := p.queue(d.queue)
	switch {
	case d.run.Held:
		return Reason{Tier: TierHeld}, true
	case conf == nil:
		return Reason{Tier: TierQueue, Queue: d.queue, Gone: true}, true
	case conf.Held || p.held[d.queue]:
		return Reason{Tier: TierHeld, Queue: d.queue, ByFile: conf.Held}, true
	}
	m := p.meter(quota.Pool{Resource: quota.JobRuns, Scope: d.run.Job})
	if m.Free() < 1 {
		return Reason{Tier: TierJob, Shortage: short(m, 1)}, true
	}
	return Reason{}, false
}

// quota looks at the queue's share.
func (p *pools) quota(d *demand) (Reason, bool) {
	if !d.account.divided {
		return Reason{}, false
	}
	for _, r := range accounted {
		if why, refused := p.share(d, r); refused {
			return why, true
		}
	}
	return Reason{}, false
}

// share looks at the queue's share of one resource.
func (p *pools) share(d *demand, r quota.Resource) (Reason, bool) {
	need := d.need[r]
	if need == 0 || !d.account.divided {
		return Reason{}, false
	}
	pool := d.account.pool(r)
	if no, refused := d.account.tree.Refusing(d.queue, r, need); refused {
		if no.Bound == quota.Account {
			return Reason{Tier: TierAccount, Shortage: short(p.meter(pool), need)}, true
		}
		return Reason{Tier: TierQueue, Queue: cmp.Or(no.Queue, d.queue), Kept: no.For,
			Shortage: quota.Shortage{Pool: pool, Need: need, Free: no.Free, Limit: no.Limit}}, true
	}
	if most := p.queue(d.queue).bars(d.run); most > 0 && d.account.tree.Borrows(d.queue, r, need) {
		return Reason{Tier: TierQueue, Queue: d.queue, MaxRun: most, Shortage: quota.Shortage{Pool: pool, Need: need}}, true
	}
	return Reason{}, false
}

// lacking looks at one pool of the account or of the machine.
func (p *pools) lacking(d *demand, r quota.Resource, tier Tier) (Reason, bool) {
	if m := p.meter(d.account.pool(r)); d.need[r] > m.Free() {
		return Reason{Tier: tier, Shortage: short(m, d.need[r])}, true
	}
	return Reason{}, false
}

// also returns what a demand lacks beside the first reason: with that alone it would not start. A resource is told once.
func (p *pools) also(d *demand, first *Reason) (rest []Reason) {
	if first.Gone || !first.Tier.lacks() {
		return nil
	}
	told := map[quota.Resource]bool{first.Shortage.Pool.Resource: true}
	add := func(why Reason, refused bool) {
		if res := why.Shortage.Pool.Resource; refused && why.Tier.lacks() && !told[res] {
			rest, told[res] = append(rest, why), true
		}
	}
	for _, r := range accounted {
		add(p.share(d, r))
		add(p.lacking(d, r, TierAccount))
	}
	add(p.addresses(d))
	for _, r := range local {
		add(p.lacking(d, r, TierMachine))
	}
	return rest
}

// lacks reports whether a tier is about an amount that others have.
func (t Tier) lacks() bool {
	return t == TierQueue || t == TierAccount || t == TierSubnet || t == TierMachine
}

// addresses looks at the subnets. Where one would have room but for its breaker, that is the reason.
func (p *pools) addresses(d *demand) (Reason, bool) {
	if d.least == 0 {
		return Reason{}, false
	}
	var best, broken *subnet
	for _, s := range d.subnets {
		switch {
		case s.Cordoned:
		case p.open(s):
			if s.free() >= d.least {
				return Reason{}, false
			}
			if best == nil || s.free() > best.free() {
				best = s
			}
		case s.free() >= d.least && (broken == nil || p.until(s).Before(p.until(broken))):
			broken = s
		}
	}
	if broken != nil {
		return Reason{Tier: TierBreaker, Subnet: broken.ID, Until: p.until(broken), Shortage: short(broken.meter, d.least)}, true
	}
	if best == nil {
		best = d.subnets[0] // cordoned, or broken and full
	}
	why := Reason{Tier: TierSubnet, Subnet: best.ID, Subnets: len(d.subnets), Cordoned: best.Cordoned, Shortage: short(best.meter, d.least)}
	why.Shortage.Free = best.free()
	return why, true
}

// until is when a subnet's breaker becomes half-open; zero if a run tries it now.
func (p *pools) until(s *subnet) time.Time { return p.health.Status(s.key).Until }

// short says that a need is more than is free.
func short(m *quota.Meter, need int64) quota.Shortage {
	return quota.Shortage{Pool: m.Pool(), Need: need, Free: m.Free(), Limit: m.Limit()}
}
