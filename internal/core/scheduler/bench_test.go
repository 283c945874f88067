package scheduler

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkStep measures one finish, one submit and the admission they lead to, with a constant number of waiting runs
// of 5,000 jobs. It must not depend on that number.
func BenchmarkStep(b *testing.B) {
	for _, pending := range []int{1_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("pending=%d", pending), func(b *testing.B) {
			s := New(limits{Slots: 200, QuarterDPUs: 4000, Workers: 1000, MemoryBytes: 1 << 50}.config())
			next := 0
			var running []string
			submit := func() {
				next++
				r := Run{ID: fmt.Sprintf("jr_%020d", next), Region: "us-east-1", Job: fmt.Sprint("job-", next%5000),
					MaxJobRuns: 3, QuarterDPUs: int64(4 + next%40), MemoryBytes: 1}
				decided, err := s.Step(Event{Submit: &r}, epoch)
				if err != nil {
					b.Fatal(err)
				}
				for _, a := range decided.Admitted {
					running = append(running, a.Run.ID)
				}
			}
			for range pending {
				submit()
			}
			b.ResetTimer()
			for range b.N {
				decided, err := s.Step(Event{Release: &Release{ID: running[0]}}, epoch)
				if err != nil {
					b.Fatal(err)
				}
				running = running[1:]
				for _, a := range decided.Admitted {
					running = append(running, a.Run.ID)
				}
				submit()
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// BenchmarkView measures the copy for readers.
func BenchmarkView(b *testing.B) {
	s := New(limits{Slots: 200, QuarterDPUs: 4000, Workers: 1000, MemoryBytes: 1 << 50}.config())
	for i := range 100_000 {
		r := Run{ID: fmt.Sprintf("jr_%020d", i), Region: "us-east-1", Job: fmt.Sprint("job-", i%5000), MaxJobRuns: 3, QuarterDPUs: 8}
		if _, err := s.Step(Event{Submit: &r}, epoch); err != nil {
			b.Fatal(err)
		}
	}
	began := time.Now()
	for range b.N {
		s.View()
	}
	b.ReportMetric(time.Since(began).Seconds()*1e3/float64(b.N), "ms/view")
}
