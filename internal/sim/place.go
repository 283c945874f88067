package sim

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"tenon/internal/core/placement"
	"tenon/internal/core/scheduler"
	"tenon/internal/glue"
)

// runMemory is what each attempt is counted with, in bytes.
const runMemory = 1 << 30

// The regions of all histories: one with subnets, and one without.
const (
	home   = "us-east-1"
	abroad = "eu-west-1"
)

// allSubnets are the subnets of home: small ones in two zones, so that addresses are scarce.
func allSubnets() []placement.Subnet {
	return []placement.Subnet{
		{ID: "subnet-a", VPC: "vpc-1", Zone: "us-east-1a", CIDR: netip.MustParsePrefix("10.0.0.0/28")},
		{ID: "subnet-b", VPC: "vpc-1", Zone: "us-east-1b", CIDR: netip.MustParsePrefix("10.0.1.0/27")},
		{ID: "subnet-c", VPC: "vpc-1", Zone: "us-east-1b", CIDR: netip.MustParsePrefix("10.0.2.0/28")},
	}
}

// strange is a subnet that Tenon does not manage.
const strange = "subnet-x"

// share1 is a share of nominal n, with up to borrow more.
func share1(n, borrow, lend int64) *scheduler.Share {
	return &scheduler.Share{Nominal: n, Borrow: borrow, Lend: lend}
}

// configuration is what a plane begins with: quotas that a few runs reach, and a small tree of queues.
func configuration(r *rand.Rand) scheduler.Config {
	cfg := scheduler.Config{
		Default: scheduler.Region{Slots: 4 + r.Int64N(6), QuarterDPUs: 40 + r.Int64N(80), FlexQuarterDPUs: 16 + r.Int64N(32), Subnets: allSubnets()},
		Regions: map[string]scheduler.Region{abroad: {Slots: 2 + r.Int64N(3), QuarterDPUs: 32, FlexQuarterDPUs: 16}},
		Queues: []scheduler.Queue{
			{Name: "etl", Weight: 1 + r.Int64N(3), Slots: share1(2+r.Int64N(2), r.Int64N(3), r.Int64N(3)-1)},
			{Name: "night", Parent: "etl", Priority: 10 * r.IntN(2), MaxWait: 2 * time.Hour},
			{Name: "adhoc", Weight: 1, QuarterDPUs: share1(16, scheduler.NoLimit, scheduler.NoLimit), BorrowMaxRun: time.Hour},
		},
		Workers: 6 + r.Int64N(6), MemoryBytes: 10 * runMemory,
		Placement: scheduler.Placement{
			Strategy:       oneOf(r, []placement.Strategy{"", placement.Capacity, placement.Random, placement.Ordered, placement.Spread}),
			ExtraAddresses: r.Int64N(2), BreakerAfter: 1 + r.IntN(3), BreakerPause: time.Duration(1+r.IntN(5)) * time.Minute,
		},
		Reservation: scheduler.Reservation{After: time.Duration(1+r.IntN(20)) * time.Minute, TimeoutOnly: time.Hour},
	}
	if percent(r, 60) {
		cfg.Placement.ReleaseLag = upTo(r, 20*time.Minute).Truncate(time.Second)
	}
	return cfg
}

// changed is a configuration like cfg, with one thing different.
func changed(cfg scheduler.Config, r *rand.Rand) scheduler.Config {
	subnets := append([]placement.Subnet{}, cfg.Default.Subnets...)
	queues := append([]scheduler.Queue{}, cfg.Queues...)
	switch r.IntN(8) {
	case 0:
		cfg.Default.Slots = r.Int64N(12)
	case 1:
		cfg.Default.QuarterDPUs = r.Int64N(120)
	case 2:
		cfg.Workers = 1 + r.Int64N(12)
	case 3:
		i := r.IntN(len(subnets))
		subnets[i].Cordoned = !subnets[i].Cordoned
	case 4:
		i := r.IntN(len(queues))
		queues[i].Weight = 1 + r.Int64N(5)
		queues[i].Held = percent(r, 20)
	case 5:
		if queues[0].Slots != nil && cfg.Default.Slots > 0 {
			queues[0].Slots = share1(r.Int64N(min(cfg.Default.Slots, 4)+1), r.Int64N(4), r.Int64N(3)-1)
		}
	case 6:
		if n := len(queues); n > 2 {
			queues = queues[:n-1] // the runs that wait in it go on waiting
		} else {
			queues = append(queues, scheduler.Queue{Name: "adhoc", Weight: 2})
		}
	case 7:
		cfg.Placement.ReleaseLag = time.Duration(r.IntN(3)) * 5 * time.Minute
	}
	cfg.Default.Subnets, cfg.Queues = subnets, queues
	return cfg
}

// generous is what the end of a history is configured with: every run fits, in the queues that it may be in.
func generous(cfg scheduler.Config) scheduler.Config {
	cfg.Default.Slots, cfg.Default.QuarterDPUs, cfg.Default.FlexQuarterDPUs = 100, 1000, 1000
	cfg.Default.Subnets = allSubnets()
	cfg.Workers, cfg.MemoryBytes = 50, 50*runMemory
	cfg.Placement.ReleaseLag = 0
	cfg.Queues = []scheduler.Queue{{Name: "etl"}, {Name: "night", Parent: "etl"}, {Name: "adhoc"}}
	return cfg
}

// horizon is about how long a history lasts before its end.
const horizon = 4 * time.Hour

// outages are up to two times in which a zone is lost.
func outages(r *rand.Rand) []outage {
	var all []outage
	for range r.IntN(3) {
		from := time.Now().Add(upTo(r, horizon))
		all = append(all, outage{zone: oneOf(r, []string{"us-east-1a", "us-east-1b"}), from: from, to: from.Add(upTo(r, 40*time.Minute))})
	}
	return all
}

// job is a job and what is known of it beside its definition.
type job struct {
	region  string
	def     glue.Job
	subnets []glue.Choice
}

// drawJobs makes the jobs of a history: of all sizes, with and without limits of their own, retries, connections.
func drawJobs(r *rand.Rand) []job {
	var all []job
	for i := range 6 {
		j := job{region: home, def: glue.Job{Name: fmt.Sprint("job-", i), Role: "r", GlueVersion: "5.0", WorkerType: "G.1X",
			Command:         glue.Command{Name: glue.CommandETL, ScriptLocation: "s3://b/x.py"},
			NumberOfWorkers: 2 + r.IntN(7), MaxRetries: r.IntN(3), JobRunQueuingEnabled: percent(r, 70), Version: 1,
			ExecutionProperty: &glue.ExecutionLimit{MaxConcurrentRuns: oneOf(r, []int{1, 2, 4, 1000})}}}
		if i == 5 {
			j.region = abroad
		}
		for _, s := range allSubnets() {
			if j.region == home && percent(r, 60) {
				j.subnets = append(j.subnets, glue.Choice{Connection: "to-" + s.ID, Subnet: s.ID})
			}
		}
		if percent(r, 20) {
			j.subnets = append(j.subnets, glue.Choice{Connection: "to-" + strange, Subnet: strange})
		}
		all = append(all, j)
	}
	return all
}
