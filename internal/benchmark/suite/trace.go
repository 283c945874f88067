package suite

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"tenon/internal/core/placement"
	"tenon/internal/core/scheduler"
	"tenon/internal/glue"
)

// runID is the id of the n-th arrival: ids sort by submission.
func runID(n int) string { return fmt.Sprintf("jr_%010d", n) }

// number gives arrivals their order and ids.
func (t *Trace) number() {
	slices.SortStableFunc(t.Arrivals, func(a, b Arrival) int { return a.At.Compare(b.At) })
	for i := range t.Arrivals {
		r := &t.Arrivals[i].Run
		r.ID, r.Region, r.Submitted = runID(i), region, t.Arrivals[i].At
	}
}

// capacity is an account on a machine that does not bind.
func capacity(slots int64, dpus float64) scheduler.Config {
	return scheduler.Config{
		Default: scheduler.Region{Slots: slots, QuarterDPUs: int64(dpus * 4), FlexQuarterDPUs: 200},
		Workers: scheduler.NoLimit, MemoryBytes: scheduler.NoLimit,
	}
}

// Shared is the workload that Kueue publishes its scheduler's figures for (test/performance/scheduler, configuration
// "baseline"), one cohort as a parent queue: 5 cohorts of 6 queues, each with 20 units nominal and up to 100 borrowed;
// per queue 350 small runs, 100 medium and 50 large ones. 15,000 runs; 1,320 unit-seconds a queue over 20 units are 66 s.
func Shared() *Trace {
	t := &Trace{Name: "S1", Config: capacity(1_000_000, 600)}
	for c := range 5 {
		cohort := fmt.Sprintf("cohort-%d", c)
		t.Config.Queues = append(t.Config.Queues, scheduler.Queue{Name: cohort,
			QuarterDPUs: &scheduler.Share{Nominal: 0, Borrow: 0, Lend: 0}})
		for q := range 6 {
			name := fmt.Sprintf("%s-queue-%d", cohort, q)
			t.Config.Queues = append(t.Config.Queues, scheduler.Queue{Name: name, Parent: cohort,
				QuarterDPUs: &scheduler.Share{Nominal: 20 * 4, Borrow: 100 * 4, Lend: scheduler.NoLimit}})
			for _, class := range []struct {
				name         string
				count        int
				units        int64
				takes, every time.Duration
				priority     int
			}{
				{"small", 350, 1, 200 * time.Millisecond, 100 * time.Millisecond, 50},
				{"medium", 100, 5, 500 * time.Millisecond, 500 * time.Millisecond, 100},
				{"large", 50, 20, time.Second, 1200 * time.Millisecond, 200},
			} {
				for i := range class.count {
					t.Arrivals = append(t.Arrivals, Arrival{At: Epoch.Add(time.Duration(i+1) * class.every), Took: class.takes, Class: class.name,
						Run: scheduler.Run{Job: name + "/" + class.name, MaxJobRuns: 1 << 30, Queue: name, Priority: class.priority,
							QuarterDPUs: class.units * 4, Timeout: time.Minute, Predicted: class.takes}})
				}
			}
		}
	}
	t.number()
	return t
}

// kind is a size class of the mixed trace.
type kind struct {
	name    string
	share   float64 // of the arrivals
	workers int64
	dpu     int64 // quarter-DPUs of one worker
	median  time.Duration
	sigma   float64 // of the logarithm of the run time
	jobs    int     // how many jobs are of this kind
}

// kinds are what teams run on Glue: many small jobs, some middling, few large ones. Run times are log-normal.
var kinds = []kind{
	{"tiny", .30, 1, 1, 90 * time.Second, .6, 60},
	{"small", .40, 5, 4, 4 * time.Minute, .8, 80},
	{"medium", .22, 10, 4, 10 * time.Minute, .8, 40},
	{"large", .07, 40, 4, 25 * time.Minute, .7, 12},
	{"huge", .01, 100, 4, 45 * time.Minute, .5, 4},
}

// maxTook bounds a run time; it is the Timeout of every run.
const maxTook = 4 * time.Hour

// mixed makes a day (or so) of arrivals whose demand, of whichever resource binds, is load times the capacity, at a rate
// that swings by so much around its mean within a day.
func mixed(name string, cfg scheduler.Config, load, swing float64, span time.Duration, seed uint64, of []kind) *Trace {
	random := rand.New(rand.NewPCG(seed, 1))
	t := &Trace{Name: name, Config: cfg}
	var perRun [2]float64 // mean DPU-seconds and address-seconds of an arrival
	for _, k := range of {
		took := k.median.Seconds() * math.Exp(k.sigma*k.sigma/2)
		perRun[0] += k.share * float64(k.workers*k.dpu) * took
		perRun[1] += k.share * float64(k.workers) * took
	}
	rate := load * float64(cfg.Default.QuarterDPUs) / perRun[0] // arrivals a second
	var addresses float64
	for _, s := range cfg.Default.Subnets {
		addresses += float64(int64(1)<<(32-s.CIDR.Bits()) - 5)
	}
	if addresses > 0 {
		rate = min(rate, load*addresses/perRun[1])
	}
	choices := make([]glue.Choice, len(cfg.Default.Subnets))
	for i, s := range cfg.Default.Subnets {
		choices[i] = glue.Choice{Connection: "connection-" + s.ID, Subnet: s.ID}
	}
	for at := 0.0; ; {
		at += random.ExpFloat64() / (rate * (1 + swing*math.Sin(2*math.Pi*at/(24*3600))))
		if at > span.Seconds() {
			break
		}
		k := pick(of, random)
		took := time.Duration(min(maxTook.Seconds(), max(5, k.median.Seconds()*math.Exp(k.sigma*random.NormFloat64()))) * float64(time.Second))
		t.Arrivals = append(t.Arrivals, Arrival{At: Epoch.Add(time.Duration(at * float64(time.Second))), Took: took, Class: k.name,
			Run: scheduler.Run{Job: fmt.Sprintf("%s-%d", k.name, random.IntN(k.jobs)), MaxJobRuns: 1000, QuarterDPUs: k.workers * k.dpu,
				Workers: k.workers, Choices: choices, Timeout: maxTook,
				Predicted: min(maxTook, time.Duration(k.median.Seconds()*math.Exp(.6745*k.sigma)*float64(time.Second)))}})
	}
	t.number()
	return t
}

// urgent is the trace with a higher priority of the runs of one class.
func (t *Trace) urgent(class string) *Trace {
	own := *t
	own.Arrivals = slices.Clone(t.Arrivals)
	for i := range own.Arrivals {
		if a := &own.Arrivals[i]; a.Class == class {
			a.Run.Priority++
		}
	}
	return &own
}

// pick draws a kind.
func pick(of []kind, random *rand.Rand) *kind {
	x := random.Float64()
	for i := range of {
		if x -= of[i].share; x < 0 {
			return &of[i]
		}
	}
	return &of[len(of)-1]
}

// subnets makes n subnets of a size, each in a zone of its own.
func subnets(n, bits int) []placement.Subnet {
	var list []placement.Subnet
	for i := range n {
		list = append(list, placement.Subnet{ID: fmt.Sprintf("subnet-%c", 'a'+i), VPC: "vpc-1", Zone: fmt.Sprintf("us-east-1%c", 'a'+i),
			CIDR: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 192, byte(20 + i), 0}), bits)})
	}
	return list
}
