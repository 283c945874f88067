package controller

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/core/scheduler"
	"tenon/internal/driver/executor/fake"
)

// callers is how many clients the benchmarks have at once.
const callers = 32

// together calls f n times from all callers.
func together(n int, f func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for i := int(next.Add(1)); i <= n; i = int(next.Add(1)) {
				f(i)
			}
		})
	}
	wg.Wait()
}

// BenchmarkSubmit measures durable submits of runs that stay parked.
func BenchmarkSubmit(b *testing.B) {
	lim := roomy
	lim.Default.Slots = 1
	p := newPlane(b, Config{Admission: lim}, func(attempt.Spec) fake.Plan { return fake.Plan{Duration: time.Hour} })
	took := make([]time.Duration, b.N+1)
	b.ResetTimer()
	together(b.N, func(i int) {
		began := time.Now()
		req := request(job(fmt.Sprint("job-", i%50)))
		req.InvocationID, req.BodyHash = fmt.Sprint("invocation-", i), []byte("0123456789abcdef0123456789abcdef")
		p.submit(req)
		took[i] = time.Since(began)
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "submits/s")
	slices.Sort(took)
	b.ReportMetric(took[len(took)*99/100].Seconds()*1e3, "p99-ms")
}

// BenchmarkLifeCycle measures submit + admit + start + finish on the fake executor, all durable.
func BenchmarkLifeCycle(b *testing.B) {
	p := newPlane(b, Config{Admission: roomy}, nil)
	b.ResetTimer()
	together(b.N, func(i int) { p.submit(request(job(fmt.Sprint("job-", i%50)))) })
	p.drain()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "runs/s")
}

// BenchmarkFreedToDispatch measures, with a full line and 4 slots, the time from the durable end of a run to the start
// of the next: the time a slot stands empty.
func BenchmarkFreedToDispatch(b *testing.B) {
	var mu sync.Mutex
	var starts []time.Time
	lim := limits{Slots: 4, QuarterDPUs: 4000, Workers: 1000, MemoryBytes: 1 << 50}.config()
	p := newPlane(b, Config{Admission: lim}, func(attempt.Spec) fake.Plan {
		mu.Lock()
		starts = append(starts, time.Now())
		mu.Unlock()
		return fake.Plan{Duration: 20 * time.Millisecond} // 200 finishes a second
	})
	together(b.N+4, func(i int) { p.submit(request(job("j"))) })
	b.ResetTimer()
	p.drain()
	// A slot is busy for 20 ms; what is more between two starts in it is the time it stood empty.
	slices.SortFunc(starts, time.Time.Compare)
	var idle []time.Duration
	for i := 4; i < len(starts); i++ {
		idle = append(idle, starts[i].Sub(starts[i-4])-20*time.Millisecond)
	}
	slices.Sort(idle)
	b.ReportMetric(idle[len(idle)/2].Seconds()*1e3, "p50-ms")
	b.ReportMetric(idle[len(idle)*99/100].Seconds()*1e3, "p99-ms")
}

// drain waits until no run is open.
func (p *plane) drain() {
	p.t.Helper()
	for {
		n := 0
		if err := p.c.do(p.t.Context(), &inspect{newReply(), func(s *state) { n = len(s.open) }}); err != nil {
			p.t.Fatal(err)
		}
		if n == 0 {
			return
		}
		<-time.After(time.Millisecond)
	}
}

// inspect looks at the memory from inside the loop.
type inspect struct {
	reply
	look func(*state)
}

// decide looks.
func (cmd *inspect) decide(s *state, _ *turn) { cmd.look(s) }

// BenchmarkRestart measures a start with 100,000 waiting runs, until it serves and has resolved what it found.
func BenchmarkRestart(b *testing.B) {
	lim := roomy
	lim.Default.Slots = 1
	p := newPlane(b, Config{Admission: lim}, func(attempt.Spec) fake.Plan { return fake.Plan{Duration: time.Hour} })
	together(100_000, func(i int) { p.submit(request(job(fmt.Sprint("job-", i%50)))) })
	b.ResetTimer()
	for range b.N {
		b.StopTimer()
		p.kill()
		p.c, p.driver = nil, nil
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		b.StartTimer()
		p.start()
		<-p.c.Ready()
		b.StopTimer()
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/100_000, "B/run")
	}
}

// BenchmarkForecastPause measures how long the loop stands still for a forecast, and for a View, with 100,000 waiting runs.
func BenchmarkForecastPause(b *testing.B) {
	lim := roomy
	lim.Default.Slots = 200
	s := scheduler.New(lim)
	h := newTimes(time.Unix(0, 0))
	for i := range 100_000 {
		r := scheduler.Run{ID: fmt.Sprintf("jr_%020d", i), Region: "us-east-1", Job: fmt.Sprint("us-east-1/job-", i%5000, "#1"), MaxJobRuns: 3, QuarterDPUs: 8, MemoryBytes: 1}
		h.Submitted(r)
		h.took(r.Job, time.Minute)
		if _, err := s.Step(scheduler.Event{Submit: &r}, time.Unix(0, 0)); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("snapshot", func(b *testing.B) {
		for b.Loop() {
			h.Input(s.Snapshot(forecastRuns))
		}
	})
	b.Run("view", func(b *testing.B) {
		for b.Loop() {
			s.View()
		}
	})
}
