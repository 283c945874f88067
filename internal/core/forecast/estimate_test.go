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
		if !ok || e.P50.Sub(want).Abs() > want.Sub(epoch)/20 || e.Low.After(e.P50) || e.High.Before(e.P50) || e.More || e.Untimed != "" {
			t.Errorf("run %d: %+v, want about %v", n, e, want)
		}
	}
}

// TestEstimatesOfUntimed: a start that depends on a job that has not run before is not told, only the job is named; one that
// such a job has no part in is told.
func TestEstimatesOfUntimed(t *testing.T) {
	known := constant("a", 10*time.Minute)
	for _, c := range []struct {
		name  string
		slots int64
		alter func(*scheduler.Snapshot) // running: 0 and 1 of job a; waiting: 2, 3 and 4 of job a, at most two at once
		want  map[int]string            // the untimed job that a waiting run's estimate names
	}{
		{"all have run", 2, func(*scheduler.Snapshot) {}, map[int]string{2: "", 3: "", 4: ""}},
		{"it holds what they wait for", 1, func(s *scheduler.Snapshot) {
			s.Holding = s.Holding[:1]
			s.Holding[0].Run.Job = "us-east-1/new#1"
		}, map[int]string{2: "new", 3: "new", 4: "new"}},
		{"it is ahead of one", 1, func(s *scheduler.Snapshot) {
			s.Holding = s.Holding[:1]
			s.Waiting[1].Job = "us-east-1/new#1"
		}, map[int]string{2: "", 3: "", 4: "new"}},
		{"it runs beside them", 3, func(s *scheduler.Snapshot) {
			beside := aRun(9, "new")
			lease := beside.Lease()
			lease.Since = epoch
			s.Holding = append(s.Holding, scheduler.Admission{Run: beside, Lease: lease})
		}, map[int]string{2: "", 3: "", 4: ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			snap := snapshot(slots(c.slots), 2, 3, "a")
			for i := range snap.Holding {
				snap.Holding[i].Run.MaxJobRuns = 2
			}
			for i := range snap.Waiting {
				snap.Waiting[i].MaxJobRuns = 2
			}
			c.alter(&snap)
			got := Estimates(Input{State: snap, Durations: known}, Options{Seed: 1}, nil)
			for n, job := range c.want {
				e := got[aRun(n, "a").ID]
				if e.Untimed != job || e.P50.IsZero() != (job != "") || e.Low.IsZero() != (job != "") || e.High.IsZero() != (job != "") || e.More || !e.Made.Equal(epoch) {
					t.Errorf("run %d: %+v, want one that names %q", n, e, job)
				}
			}
		})
	}
}

// TestEstimatesBehindUntimed: of runs that are not looked at nobody knows more than of those before them.
func TestEstimatesBehindUntimed(t *testing.T) {
	in := Input{State: snapshot(slots(1), 1, 5, "new")}
	for id, e := range Estimates(in, Options{Seed: 1, MaxPositions: 2}, nil) {
		if want := (Estimate{Untimed: "new", Made: epoch}); e != want {
			t.Errorf("%s: %+v, want %+v", id, e, want)
		}
	}
}

// TestUntimedWithinBudget: a forecast that plays its samples twice ends when it is told to, and keeps what is complete.
func TestUntimedWithinBudget(t *testing.T) {
	in := Input{State: snapshot(slots(1), 1, 500, "new"), Durations: constant("a", time.Minute)}
	asked := 0
	got := Estimates(in, Options{Seed: 1}, func() bool { asked++; return asked > 1 })
	if len(got) != 0 || asked != 2 {
		t.Errorf("%d estimates after %d looks at the clock, want none after 2", len(got), asked)
	}
}
