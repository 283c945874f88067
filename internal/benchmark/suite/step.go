package suite

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"tenon/internal/core/placement"
	"tenon/internal/core/scheduler"
	"tenon/internal/glue"
)

// S0 measures the scheduler itself over so many events: one is the end of a run with its addresses, a submit, and the admissions that
// follow, to the fixpoint, while as many runs wait as before. A run is drawn just before it is submitted, as a caller makes it
// then, and the time of that does not count.
func S0(r *Report, pending []int, events int) error {
	for _, n := range pending {
		for _, queues := range []int{20, 200} {
			if n > 100_000 && queues > 20 {
				continue
			}
			if err := steps(r, n, queues, events); err != nil {
				return err
			}
		}
	}
	return nil
}

// Sizes of S0.
const (
	stepJobs    = 5000
	stepSubnets = 6
)

// steps measures one size.
func steps(r *Report, pending, queues, events int) error {
	cfg := capacity(2000, 6000)
	cfg.Default.Subnets = subnets(stepSubnets, 22)
	for q := range queues {
		cfg.Queues = append(cfg.Queues, scheduler.Queue{Name: fmt.Sprintf("queue-%d", q), Weight: int64(1 + q%3)})
	}
	random := rand.New(rand.NewPCG(uint64(pending), uint64(queues)))
	choices := make([]glue.Choice, stepSubnets)
	for i, s := range cfg.Default.Subnets {
		choices[i] = glue.Choice{Connection: s.ID, Subnet: s.ID}
	}
	jobs, queueNames := make([]string, stepJobs), make([]string, queues)
	for i := range jobs {
		jobs[i] = fmt.Sprintf("job-%d", i)
	}
	for i := range queueNames {
		queueNames[i] = cfg.Queues[i].Name
	}
	next := 0
	draw := func(now time.Time) *scheduler.Run {
		next++
		job := random.IntN(stepJobs)
		workers := int64(2 + job%9)
		return &scheduler.Run{ID: fmt.Sprintf("jr_%012x%052x", next, next), Region: region, Job: jobs[job], MaxJobRuns: 100, Queue: queueNames[job%queues],
			QuarterDPUs: 4 * workers, Workers: workers, Choices: choices[job%3 : job%3+3], Priority: job % 3, Submitted: now,
			Timeout: time.Hour, Predicted: 10 * time.Minute}
	}
	now := Epoch
	s := scheduler.New(cfg)
	var running []string
	apply := func(ev scheduler.Event) error {
		d, err := s.Step(ev, now)
		for _, a := range d.Admitted {
			running = append(running, a.Run.ID)
		}
		return err
	}
	coming := make([]*scheduler.Run, pending+pending/10) // made before, so that they do not count as memory of the scheduler
	for i := range coming {
		coming[i] = draw(now)
	}
	before := heapBytes()
	for _, r := range coming {
		if err := apply(scheduler.Event{Submit: r}); err != nil {
			return err
		}
	}
	perRun := float64(heapBytes()-before) / float64(s.Waiting())
	runtime.KeepAlive(coming)
	took := make([]time.Duration, 0, events)
	total := time.Duration(0)
	for range events {
		now = now.Add(3 * time.Millisecond)
		i := random.IntN(len(running))
		id := running[i]
		running[i] = running[len(running)-1]
		running = running[:len(running)-1]
		r := draw(now)
		one := time.Now()
		if err := apply(scheduler.Event{Release: &scheduler.Release{ID: id, Outcome: placement.Worked}}); err != nil {
			return err
		}
		if err := apply(scheduler.Event{Submit: r}); err != nil {
			return err
		}
		took = append(took, time.Since(one))
		total += took[len(took)-1]
	}
	rate := float64(events) / total.Seconds()
	slices.Sort(took)
	target := 300_000.0
	if queues > 20 || pending > 100_000 {
		target = 200_000
	}
	name := fmt.Sprintf("%s pending, %d queues: ", number(float64(pending)), queues)
	r.atLeast("S0", name+"events", rate, target, "/s", fmt.Sprintf("%d jobs, %d subnets; %d run", stepJobs, stepSubnets, len(running)))
	r.atMost("S0", name+"p99", seconds(took[len(took)*99/100])*1e6, 20, "us", "")
	r.atMost("S0", name+"memory of a pending run, beside the run", perRun, 150, "B", "")
	return nil
}

// heapBytes is the bytes in use after a collection.
func heapBytes() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
