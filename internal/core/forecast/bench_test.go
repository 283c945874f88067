package forecast

import (
	"fmt"
	"testing"
	"time"

	"tenon/internal/core/scheduler"
)

// BenchmarkEstimates measures one forecast as the controller makes it: of the first 2,000 positions of 100,000 waiting
// runs of 5,000 jobs in 20 queues, with 200 running, and with runs to come at the rate of the last hours. The controller
// allows it a tenth of a core.
func BenchmarkEstimates(b *testing.B) {
	for _, pending := range []int{100, 2000, 100_000} {
		b.Run(fmt.Sprintf("pending=%d", pending), func(b *testing.B) {
			in := crowd(b, pending)
			b.ResetTimer()
			for range b.N {
				if got := Estimates(in, Options{Seed: 1}, nil); len(got) != len(in.State.Waiting) {
					b.Fatalf("%d estimates of %d", len(got), len(in.State.Waiting))
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N), "ms/forecast")
		})
	}
}

// crowd is a state with so many waiting runs, as the scheduler has it after their submits.
func crowd(b *testing.B, pending int) Input {
	b.Helper()
	cfg := slots(200)
	cfg.Default.QuarterDPUs = 4000
	for q := range 20 {
		cfg.Queues = append(cfg.Queues, scheduler.Queue{Name: fmt.Sprint("q", q), Weight: int64(1 + q%3)})
	}
	s, record := scheduler.New(cfg), NewRecord(epoch)
	now := epoch
	for n := range pending + 300 {
		r := aRun(n, fmt.Sprint("job-", n%5000))
		now = epoch.Add(time.Duration(n) * 4 * time.Hour / time.Duration(pending+300))
		r.Queue, r.MaxJobRuns, r.QuarterDPUs, r.Submitted = fmt.Sprint("q", n%20), 3, int64(4+n%40), now
		if _, err := s.Step(scheduler.Event{Submit: &r}, now); err != nil {
			b.Fatal(err)
		}
		record.Submitted(r)
		for range 2 {
			record.Took(r.Job, time.Duration(5+n%50)*time.Minute)
		}
	}
	in := record.Input(s.Snapshot(2000))
	return in
}

// BenchmarkWithinASecond measures what a second of work tells of 100,000 waiting runs, as the controller grants it.
func BenchmarkWithinASecond(b *testing.B) {
	in := crowd(b, 100_000)
	told := 0
	b.ResetTimer()
	for range b.N {
		began := time.Now()
		told = 0
		for _, e := range Estimates(in, Options{Seed: 1}, func() bool { return time.Since(began) > time.Second }) {
			if !e.More {
				told++
			}
		}
	}
	b.ReportMetric(float64(told), "estimates")
	b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N), "ms/forecast")
}
