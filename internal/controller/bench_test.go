package controller

import (
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/core/scheduler"
	"tenon/internal/driver/executor/fake"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
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

// storeTriggers stores n triggers that are ACTIVATED and whose first fire time is next year, for the next start to find.
func (p *plane) storeTriggers(n int) {
	p.t.Helper()
	ctx := p.t.Context()
	db, err := store.Open(ctx, store.Config{Dir: p.dir})
	if err != nil {
		p.t.Fatal(err)
	}
	for i := range n {
		tr := at(fmt.Sprintf("trigger-%05d", i), fmt.Sprintf("cron(%d %d * * ? %d)", i%60, i/60%24, time.Now().Year()+1), "a")
		tr.State = glue.TriggerActivated
		doc, err := json.Marshal(tr)
		if err == nil {
			d := store.Definition{Region: "us-east-1", Kind: glue.KindTrigger, Name: tr.Name, Doc: doc}
			err = db.Commit(ctx, time.Now(), func(tx *store.Tx) error { return tx.CreateDefinition(&d) })
		}
		if err != nil {
			p.t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		p.t.Fatal(err)
	}
}

// TestArmedTriggersAreIdle: triggers whose time has not come have the loop turn no oftener than none, and make it do no
// more in a turn: it knows one time, the first.
func TestArmedTriggersAreIdle(t *testing.T) {
	turns := map[int]int64{}
	for _, n := range []int{0, 300} {
		var turned atomic.Int64
		cfg := Config{Hooks: Hooks{Seed: func() [32]byte { turned.Add(1); return [32]byte{} }}}
		bubble(t, cfg, nil, func(t *testing.T, p *plane) {
			p.kill()
			p.storeTriggers(n)
			p.start()
			<-p.c.Ready()
			synctest.Wait() // until the first turns are over
			before := turned.Load()
			time.Sleep(2 * time.Hour)
			synctest.Wait()
			turns[n] = turned.Load() - before
			look := &inspect{newReply(), func(s *state) {
				if len(s.triggers) != n || len(s.schedule.heap) != n {
					t.Errorf("%d triggers, %d alarms, want %d", len(s.triggers), len(s.schedule.heap), n)
				}
			}}
			must(t, p.c.do(t.Context(), look))
		})
	}
	if turns[0] == 0 || turns[300] != turns[0] {
		t.Errorf("turns in two hours, by triggers armed: %v", turns)
	}
}

// BenchmarkArmed measures 10,000 armed triggers: the time of a start that finds them, their memory, and what the loop does
// to know when to wake.
func BenchmarkArmed(b *testing.B) {
	const n = 10_000
	p := newPlane(b, Config{Admission: roomy}, nil)
	p.kill()
	p.storeTriggers(n)
	p.c, p.driver = nil, nil
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := time.Now()
	p.start()
	<-p.c.Ready()
	start := time.Since(began)
	runtime.GC()
	runtime.ReadMemStats(&after)
	var s *state
	if err := p.c.do(b.Context(), &inspect{newReply(), func(found *state) { s = found }}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() { // the loop sleeps: nobody else reads the state
		s.due()
	}
	b.ReportMetric(start.Seconds()*1e3, "start-ms")
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/n, "B/trigger")
}

// BenchmarkTriggerToStart measures from StartTrigger to the start of the attempt: two commits, of the fire and
// of the run with its lease.
func BenchmarkTriggerToStart(b *testing.B) {
	began := make(chan time.Time, 1)
	p := newPlane(b, Config{Admission: roomy}, func(attempt.Spec) fake.Plan {
		began <- time.Now()
		return fake.Plan{}
	})
	p.storeJobs("a")
	p.create(on("tr", glue.TriggerOnDemand, "a"))
	var took []time.Duration
	for b.Loop() {
		asked := time.Now()
		p.startTrigger("tr")
		took = append(took, (<-began).Sub(asked))
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2].Seconds()*1e3, "p50-ms")
	b.ReportMetric(took[len(took)*99/100].Seconds()*1e3, "p99-ms")
	p.drain()
}

// BenchmarkChains measures chains of three runs, started by hand and by two conditions, all durable.
func BenchmarkChains(b *testing.B) {
	p := newPlane(b, Config{Admission: roomy}, nil)
	p.storeJobs("a", "b", "c")
	p.create(on("tr", glue.TriggerOnDemand, "a"), when("ab", "", []string{"a SUCCEEDED"}, "b"), when("bc", "", []string{"b SUCCEEDED"}, "c"))
	b.ResetTimer()
	together(b.N, func(int) { p.startTrigger("tr") })
	p.settled()
	b.ReportMetric(3*float64(b.N)/b.Elapsed().Seconds(), "runs/s")
}

// settled waits until nothing of any flow is left.
func (p *plane) settled() {
	p.t.Helper()
	for n := 1; n > 0; <-time.After(time.Millisecond) {
		if err := p.c.do(p.t.Context(), &inspect{newReply(), func(s *state) { n = len(s.flows) }}); err != nil {
			p.t.Fatal(err)
		}
	}
}
