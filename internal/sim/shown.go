package sim

import (
	"tenon/internal/core/quota"
	"tenon/internal/core/scheduler"
	"tenon/internal/glue"
)

// checkUsage demands that what is shown as used is what the leases hold.
func (l *Ledger) checkUsage(v *scheduler.View) {
	shown := map[quota.Pool]int64{}
	for _, p := range v.Pools() {
		shown[p.Pool] = p.Used
		if p.Used != l.used[p.Pool] {
			l.violate("%v of %q are shown as %d used, and the leases hold %d", p.Pool.Resource, p.Pool.Scope, p.Used, l.used[p.Pool])
		}
	}
	for p, n := range l.used {
		if n != 0 && p.Resource.Shared() && p.Scope != abroad+"/"+strange && shown[p] == 0 {
			l.violate("%v of %q are not shown, and the leases hold %d", p.Resource, p.Scope, n)
		}
	}
}

// checkReason demands that the reason of a waiting run is there, and that what it says is short is short.
func (l *Ledger) checkReason(run *glue.JobRun, why scheduler.Reason, words string) {
	if words == "" || why.Tier == scheduler.TierNone {
		l.violate("run %s waits without a reason: %q %q", run.ID, why.Tier, words)
		return
	}
	switch why.Tier {
	case scheduler.TierJob, scheduler.TierAccount, scheduler.TierMachine, scheduler.TierSubnet:
	default:
		return
	}
	s := why.Shortage
	a := l.runs[run.ID]
	h := &holding{lease: quota.Lease{Region: run.Region, Subnet: why.Subnet}}
	most := limit(&l.limits, s.Pool.Resource, a, h)
	if why.Tier == scheduler.TierSubnet && why.Cordoned {
		return
	}
	if used := l.used[s.Pool]; s.Need <= most-used {
		l.violate("run %s is said to wait for %v of %q: %d of %d are used, it needs %d. %s", run.ID, s.Pool.Resource, s.Pool.Scope, used, most, s.Need, words)
	}
	if need := l.needOf(&a.run, s.Need)[s.Pool.Resource]; need != s.Need {
		l.violate("run %s is said to need %d %v, and needs %d", run.ID, s.Need, s.Pool.Resource, need)
	}
}
