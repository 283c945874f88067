package scheduler

import (
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"time"

	"tenon/internal/core/placement"
	"tenon/internal/glue"
)

// load is the workload of BenchmarkStep: 5,000 jobs in some queues on six subnets; of DPUs and addresses there is about
// as much as slots can use.
type load struct {
	s       *State
	d       dice
	now     time.Time
	next    int
	jobs    []string
	queues  []string
	choices [][]glue.Choice
	running []string
}

// newLoad is the workload without runs.
func newLoad(queues int) *load {
	cfg := Config{Default: Region{Slots: 2000, QuarterDPUs: 24_000, FlexQuarterDPUs: 200}, Workers: NoLimit, MemoryBytes: NoLimit}
	l := &load{d: 1, now: epoch}
	for i := range 6 {
		cfg.Default.Subnets = append(cfg.Default.Subnets, placement.Subnet{ID: fmt.Sprint("subnet-", i), Zone: fmt.Sprint("zone-", i%3),
			CIDR: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i), 0, 0}), 22)})
	}
	for i := range queues {
		l.queues = append(l.queues, fmt.Sprint("queue-", i))
		cfg.Queues = append(cfg.Queues, Queue{Name: l.queues[i], Weight: int64(1 + i%3)})
	}
	for i := range 5000 {
		l.jobs = append(l.jobs, fmt.Sprint("us-east-1/job-", i, "#1"))
	}
	for i := range 20 {
		var c []glue.Choice
		for k := range 1 + i%3 {
			id := fmt.Sprint("subnet-", (i+k)%6)
			c = append(c, glue.Choice{Connection: id, Subnet: id})
		}
		l.choices = append(l.choices, c)
	}
	l.s = New(cfg)
	return l
}

// run draws a run. What its job is decides what it needs.
func (l *load) run() *Run {
	l.next++
	job := l.d.below(len(l.jobs))
	workers := int64(2 + job%9)
	return &Run{ID: fmt.Sprintf("jr_%012x%052x", 1<<40+l.next, l.next), Region: "us-east-1", Job: l.jobs[job], MaxJobRuns: 100, Queue: l.queues[job%len(l.queues)],
		QuarterDPUs: 4 * workers, Workers: workers, Choices: l.choices[job%len(l.choices)], Priority: job % 3, Submitted: l.now,
		Timeout: time.Hour, Predicted: 10 * time.Minute}
}

// step hands the scheduler an event.
func (l *load) step(b testing.TB, ev Event) {
	d, err := l.s.Step(ev, l.now)
	if err != nil {
		b.Fatal(err)
	}
	for _, a := range d.Admitted {
		l.running = append(l.running, a.Run.ID)
	}
}

// fill submits until so many runs wait.
func (l *load) fill(b testing.TB, pending int) {
	for l.s.Waiting() < pending {
		l.step(b, Event{Submit: l.run()})
	}
}

// heapBytes is the bytes in use after a collection.
func heapBytes() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// BenchmarkStep measures an event: a run ends and gives its addresses back, another is submitted, and what fits is
// admitted, with as many runs waiting as before. It must not depend on that number.
func BenchmarkStep(b *testing.B) {
	for _, c := range []struct{ pending, queues int }{{1_000, 20}, {100_000, 20}, {100_000, 200}, {1_000_000, 20}} {
		b.Run(fmt.Sprintf("pending=%d/queues=%d", c.pending, c.queues), func(b *testing.B) {
			l := newLoad(c.queues)
			ready := make([]*Run, c.pending)
			for i := range ready {
				ready[i] = l.run()
			}
			before := heapBytes()
			for _, r := range ready {
				l.step(b, Event{Submit: r})
			}
			perRun := float64(heapBytes()-before) / float64(c.pending)
			runtime.KeepAlive(ready)
			runs := make([]*Run, b.N)
			for i := range runs {
				runs[i] = l.run()
			}
			took := make([]time.Duration, 0, b.N)
			b.ResetTimer()
			for _, r := range runs {
				began := time.Now()
				l.now = l.now.Add(3 * time.Millisecond)
				r.Submitted = l.now
				i := l.d.below(len(l.running))
				id := l.running[i]
				l.running[i] = l.running[len(l.running)-1]
				l.running = l.running[:len(l.running)-1]
				l.step(b, Event{Release: &Release{ID: id, Outcome: placement.Worked}})
				l.step(b, Event{Submit: r})
				took = append(took, time.Since(began))
			}
			b.StopTimer()
			slices.Sort(took)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
			b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1000, "p99-us")
			b.ReportMetric(perRun, "B/run")
			b.ReportMetric(float64(len(l.running)), "running")
		})
	}
}

// BenchmarkView measures the copy for readers.
func BenchmarkView(b *testing.B) {
	l := newLoad(200)
	l.fill(b, 100_000)
	b.ResetTimer()
	for range b.N {
		l.s.View()
	}
	b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N), "ms/view")
}

// BenchmarkSnapshot measures the copy for forecasts.
func BenchmarkSnapshot(b *testing.B) {
	l := newLoad(200)
	l.fill(b, 100_000)
	b.ResetTimer()
	for range b.N {
		l.s.Snapshot(2000)
	}
	b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N), "ms/snapshot")
}
