package plane

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tenon/internal/core/placement"
	"tenon/internal/core/scheduler"
	"tenon/internal/glue"
)

// TestRefusedAdmission: every refusal of the keys of admission names line, key and reason, exactly.
func TestRefusedAdmission(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"unknown first quota", "quotas:\n  jobz: 6", "line 2: quotas.jobz: no quota has this name; `tenon config show` lists all"},
		{"unknown quota", "quotas:\n  jobs: 5\n  jobz: 6", "line 3: quotas.jobz: no quota has this name; `tenon config show` lists all"},
		{"quota twice", "quotas:\n  jobs: 5\n  jobs: 6", "line 3: quotas.jobs: it stands twice"},
		{"negative", "quotas: {\n  jobs: -5}", "line 2: quotas.jobs: -5 is not between 0 and 1000000000"},
		{"enormous", "quotas: {concurrent_runs: 1e30}", "line 1: quotas.concurrent_runs: 1000000000000000000000000000000 is not between 0 and 1000000000"},
		{"half a run", "quotas: {concurrent_runs: 2.5}", "line 1: quotas.concurrent_runs: 2.5 is not a whole number of runs"},
		{"a tenth of a DPU", "quotas: {dpus: 0.1}", "line 1: quotas.dpus: 0.1 is not a multiple of 0.25 DPU"},

		{"subnet without a name", "subnets:\n  - {zone: a, cidr: 10.0.0.0/24}", "line 2: subnets[0].id: a subnet needs one"},
		{"subnet without a zone", "subnets:\n  - id: s\n    cidr: 10.0.0.0/24", "line 2: subnets[0].zone: a subnet needs one"},
		{"bad CIDR", "subnets:\n  - id: s\n    zone: a\n    cidr: 10.0.0/24", `line 4: subnets[0].cidr: "10.0.0/24" is not an IPv4 block such as 10.0.1.0/24`},
		{"IPv6", "subnets: [{id: s, zone: a, cidr: \"fd00::/24\"}]", `line 1: subnets[0].cidr: "fd00::/24" is not an IPv4 block such as 10.0.1.0/24`},
		{"tiny", "subnets: [{id: s, zone: a, cidr: 10.0.0.0/30}]", "line 1: subnets[0].cidr: 10.0.0.0/30 is not between /16 and /28, as AWS's subnets are"},
		{"host bits", "subnets: [{id: s, zone: a, cidr: 10.0.0.7/24}]", "line 1: subnets[0].cidr: 10.0.0.7/24 is an address within the block 10.0.0.0/24: give the block"},
		{"overlap", "subnets:\n  - {id: a, zone: a, cidr: 10.0.0.0/16}\n  - id: b\n    zone: b\n    cidr: 10.0.9.0/24",
			"line 5: subnets[1].cidr: 10.0.9.0/24 of subnet b overlaps 10.0.0.0/16 of subnet a in vpc-default"},
		{"subnet twice", "subnets:\n  - {id: a, zone: a, cidr: 10.0.0.0/24}\n  - {id: a, zone: a, cidr: 10.0.1.0/24}", "line 3: subnets[1].id: subnet a stands twice: it is subnets[0] too"},
		{"unknown key of a subnet", "subnets:\n  - {id: a, zone: a, cidr: 10.0.0.0/24, size: 4}", "line 2: unknown key subnets[0].size"},

		{"unknown strategy", "placement: {strategy: best}", `line 1: placement.strategy: "best" is not one of capacity, random, ordered, spread`},
		{"negative lag", "placement: {release_lag: -1s}", "line 1: placement.release_lag: -1s is not between 0 and 24h0m0s"},
		{"negative addresses", "placement: {extra_addresses: -1}", "line 1: placement.extra_addresses: -1 is not between 0 and 65536"},
		{"retries", "placement: {network_retries: 11}", "line 1: placement.network_retries: 11 is not between 0 and 10"},
		{"zero breaker", "placement: {breaker_after: 0}", "line 1: placement.breaker_after: 0 is not possible; leave the key out for the default"},

		{"queue without a name", "queues:\n  - weight: 2", "line 2: queues[0].name: a queue needs one"},
		{"queue with a blank", "queues: [{name: a b}]", `line 1: queues[0].name: "a b" is not ` + nameForm},
		{"queue of 65", "queues: [{name: " + strings.Repeat("q", 65) + "}]", `line 1: queues[0].name: "` + strings.Repeat("q", 65) + `" is not ` + nameForm},
		{"queue twice", "queues:\n  - name: a\n  - name: a", "line 3: queues[1].name: queue a stands twice: it is queues[0] too"},
		{"unknown parent", "queues:\n  - name: a\n    parent: b", "line 3: queues[0].parent: queue b is not configured; configured are a, default"},
		{"own parent", "queues:\n  - name: a\n    parent: a", "line 3: queues[0].parent: the parents of queue a run in a circle: a under a"},
		{"circle", "queues:\n  - {name: a, parent: b}\n  - {name: b, parent: c}\n  - {name: c, parent: a}", "line 2: queues[0].parent: the parents of queue a run in a circle: a under b under c under a"},
		{"a queue of a circle", "queues: [{name: x, parent: a}, {name: a, parent: a}]", "line 1: queues[0].parent: the parents of queue x run in a circle: x under a under a"},
		{"too deep", "queues: [" + deepQueues(17) + "]", "line 1: queues[16].parent: queue q16 has more than 15 queues above it"},
		{"weight", "queues: [{name: a, weight: 0}]", "line 1: queues[0].weight: 0 is not between 1 and 1000000"},
		{"half a weight", "queues: [{name: a, weight: 2.5}]", `line 1: queues[0].weight: "2.5" is not a whole number such as 50 or -10`},
		{"half a retry", "placement: {network_retries: 1.5}", `line 1: placement.network_retries: "1.5" is not a whole number such as 50 or -10`},
		{"half an address", "placement: {extra_addresses: 1.5}", `line 1: placement.extra_addresses: "1.5" is not a whole number such as 50 or -10`},
		{"half a worker", "executor:\n  local:\n    parallel: 2.5", `line 3: executor.local.parallel: "2.5" is not a whole number such as 50 or -10`},
		{"priority with a plus", "queues: [{name: a, priority: +5}]", `line 1: queues[0].priority: "+5" is not a whole number such as 50 or -10`},
		{"priority in words", "queues: [{name: a, priority: high}]", `line 1: queues[0].priority: "high" is not a whole number`},
		{"priority as a list", "queues:\n- name: a\n  priority: [1]\n", "line 3: queues[0].priority: a list is not a whole number"},
		{"priority", "queues: [{name: a, priority: 1001}]", "line 1: queues[0].priority: 1001 is not between -1000 and 1000"},
		{"impossible nominal", "quotas: {concurrent_runs: 10}\nqueues:\n  - name: a\n    concurrent_runs:\n      nominal: 11",
			"line 5: queues[0].concurrent_runs.nominal: 11 is more than quotas.concurrent_runs, which is 10"},
		{"impossible nominals together", "quotas: {dpus: 10}\nqueues:\n  - name: a\n    dpus: {nominal: 6}\n  - name: b\n    dpus: {nominal: 4.25}",
			"line 6: queues[1].dpus.nominal: the queues up to b have 10.25 together, which is more than quotas.dpus, which is 10"},
		{"impossible in one region", "queues: [{name: a, dpus: {nominal: 100}}]\nregions: {eu-west-1: {quotas: {dpus: 50}}}",
			"line 1: queues[0].dpus.nominal: 100 is more than regions.eu-west-1.quotas.dpus, which is 50"},
		{"negative nominal", "queues: [{name: a, dpus: {nominal: -1}}]", "line 1: queues[0].dpus.nominal: -1 is not between 0 and 1000000000"},
		{"broken lend", "queues: [{name: a, dpus: {nominal: 4, lend: 0.1}}]", "line 1: queues[0].dpus.lend: 0.1 is not a multiple of 0.25 DPU"},
		{"lend more than it has", "queues: [{name: a, dpus: {nominal: 4, lend: 5}}]", "line 1: queues[0].dpus.lend: 5 is more than nominal, 4"},
		{"negative wait", "queues: [{name: a, max_wait: -4h}]", "line 1: queues[0].max_wait: -4h is negative"},

		{"reservation", "reservation: {after: 2h, timeout_only_after: 1h}", "line 1: reservation.timeout_only_after: 1h is not between reservation.after, 2h, and 7d"},
		{"no reservation", "reservation: {after: 0s}", "line 1: reservation.after: 0 is not possible; leave the key out for the default"},

		{"region", "regions:\n  Europe: {}", `line 2: regions.Europe: "Europe" is not the name of a region, such as eu-west-1`},
		{"quota of all regions", "regions:\n  eu-west-1:\n    quotas:\n      jobs: 4",
			"line 4: regions.eu-west-1.quotas.jobs: it is the same in all regions: set quotas.jobs; by region differ concurrent_runs, dpus, flex_dpus"},
		{"subnet of a region", "regions:\n  eu-west-1:\n    subnets:\n      - {id: s, zone: a, cidr: 10.0.0.0/8}",
			"line 4: regions.eu-west-1.subnets[0].cidr: 10.0.0.0/8 is not between /16 and /28, as AWS's subnets are"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseConfig([]byte(c.text))
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// deepQueues writes n queues, each under the one before.
func deepQueues(n int) string {
	queues := []string{"{name: q0}"}
	for i := 1; i < n; i++ {
		queues = append(queues, fmt.Sprintf("{name: q%d, parent: q%d}", i, i-1))
	}
	return strings.Join(queues, ", ")
}

// TestAdmission: what a file says is what the scheduler is told, in its units.
func TestAdmission(t *testing.T) {
	c, err := ParseConfig([]byte(`
quotas: {concurrent_runs: 50, dpus: 12.75}
subnets:
  - {id: subnet-a, vpc: vpc-1, zone: us-east-1a, cidr: 10.192.20.0/24}
  - {id: subnet-b, vpc: vpc-2, zone: us-east-1b, cidr: 10.192.20.0/26, cordoned: true}
placement: {strategy: spread, extra_addresses: 1, release_lag: 20m}
queues:
  - {name: finance, weight: 2, priority: 50, dpus: {nominal: 4, borrow: 2.5, lend: 0}, max_wait: 4h, borrow_max_run: 30m}
  - {name: etl, parent: finance, concurrent_runs: {nominal: 5}, held: true}
reservation: {after: 5m}
regions:
  eu-west-1: {quotas: {concurrent_runs: 7}}
  eu-west-3: {subnets: []}
executor: {local: {parallel: 3, memory: 6GiB}}
`))
	if err != nil {
		t.Fatal(err)
	}
	subnets := []placement.Subnet{
		{ID: "subnet-a", VPC: "vpc-1", Zone: "us-east-1a", CIDR: netip.MustParsePrefix("10.192.20.0/24")},
		{ID: "subnet-b", VPC: "vpc-2", Zone: "us-east-1b", CIDR: netip.MustParsePrefix("10.192.20.0/26"), Cordoned: true},
	}
	want := scheduler.Config{
		Default: scheduler.Region{Slots: 50, QuarterDPUs: 51, FlexQuarterDPUs: 200, Subnets: subnets},
		Regions: map[string]scheduler.Region{
			"eu-west-1": {Slots: 7, QuarterDPUs: 51, FlexQuarterDPUs: 200, Subnets: subnets},
			"eu-west-3": {Slots: 50, QuarterDPUs: 51, FlexQuarterDPUs: 200},
		},
		Queues: []scheduler.Queue{
			{Name: "finance", Weight: 2, Priority: 50, QuarterDPUs: &scheduler.Share{Nominal: 16, Borrow: 10, Lend: 0}, MaxWait: 4 * time.Hour, BorrowMaxRun: 30 * time.Minute},
			{Name: "etl", Parent: "finance", Weight: 1, Slots: &scheduler.Share{Nominal: 5, Borrow: scheduler.NoLimit, Lend: scheduler.NoLimit}, Held: true},
			{Name: "default", Weight: 1},
		},
		Workers: 3, MemoryBytes: 6 << 30,
		Placement:   scheduler.Placement{Strategy: placement.Spread, ExtraAddresses: 1, ReleaseLag: 20 * time.Minute, BreakerAfter: 3, BreakerPause: time.Minute},
		Reservation: scheduler.Reservation{After: 5 * time.Minute, TimeoutOnly: time.Hour},
	}
	if diff := cmp.Diff(want, c.admission(), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
}

// TestQuotaDefaults pins AWS's defaults.
func TestQuotaDefaults(t *testing.T) {
	c, err := ParseConfig([]byte("quotas: {jobs: 0}"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{
		glue.QuotaConcurrentRuns: 200, glue.QuotaRunsPerJob: 1000, glue.QuotaDPUs: 1000, glue.QuotaFlexDPUs: 50, glue.QuotaJobs: 0,
		glue.QuotaQueuedRuns: glue.NoQuota, "triggers": 1000, "jobs_per_trigger": 50, "workflows": 250, "functions": 100, "partitions": 20_000_000,
	} {
		if got := c.Quotas.limit(name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	for name, want := range map[string]string{glue.QuotaJobs: "configured", glue.QuotaDPUs: "default L-08F3B322"} {
		if got := glue.Quotas(c.Quotas).Source(name); got != want {
			t.Errorf("%s is from %q, want %q", name, got, want)
		}
	}
}
