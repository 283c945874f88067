package forecast

import (
	"fmt"
	"testing"
	"time"

	"tenon/internal/core/scheduler"
)

// epoch is the time of all tests.
var epoch = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// slots is an account of so many run slots and nothing else that binds.
func slots(n int64) scheduler.Config {
	return scheduler.Config{
		Default: scheduler.Region{Slots: n, QuarterDPUs: 1 << 40, FlexQuarterDPUs: 1 << 40},
		Workers: 1 << 40, MemoryBytes: 1 << 40,
	}
}

// aRun is the n-th run of a job.
func aRun(n int, job string) scheduler.Run {
	return scheduler.Run{ID: fmt.Sprintf("jr_%06d", n), Region: "us-east-1", Job: "us-east-1/" + job + "#1", MaxJobRuns: 1000, QuarterDPUs: 4,
		Submitted: epoch, Timeout: 100 * time.Hour}
}

// snapshot lets the scheduler say what it holds: waiting runs wait behind running ones that began at epoch.
func snapshot(cfg scheduler.Config, running, waiting int, job string) scheduler.Snapshot {
	snap := scheduler.Snapshot{At: epoch, Config: cfg}
	for n := range running {
		r := aRun(n, job)
		lease := r.Lease()
		lease.Since = epoch
		snap.Holding = append(snap.Holding, scheduler.Admission{Run: r, Lease: lease})
	}
	for n := range waiting {
		snap.Waiting = append(snap.Waiting, aRun(running+n, job))
	}
	return snap
}

// constant is a history in which every run of a job takes equally long.
func constant(job string, d time.Duration) map[string][]time.Duration {
	seen := make([]time.Duration, 200)
	for i := range seen {
		seen[i] = d
	}
	return map[string][]time.Duration{"us-east-1/" + job + "#1": seen}
}

// TestEstimatesOfOneLine: with one slot and runs of ten minutes, the n-th in line starts n times ten minutes from now.
func TestEstimatesOfOneLine(t *testing.T) {
	in := Input{State: snapshot(slots(1), 1, 5, "a"), Durations: constant("a", 10*time.Minute)}
	got := Estimates(in, Options{Seed: 1}, nil)
	for n := range 5 {
		e, ok := got[in.State.Waiting[n].ID]
		want := epoch.Add(time.Duration(n+1) * 10 * time.Minute)
		if !ok || e.P50.Sub(want).Abs() > want.Sub(epoch)/20 || e.Low.After(e.P50) || e.High.Before(e.P50) || e.More || e.Guess {
			t.Errorf("run %d: %+v, want about %v", n, e, want)
		}
	}
}
