package api

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"tenon/internal/core/forecast"
	"tenon/internal/core/scheduler"
	"tenon/internal/glue"
)

// jammed is an account of one slot with one run in it and two behind.
func jammed() forecast.Input {
	cfg := scheduler.Config{Default: scheduler.Region{Slots: 1, QuarterDPUs: 400}, Workers: scheduler.NoLimit, MemoryBytes: scheduler.NoLimit}
	now := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	in := forecast.Input{State: scheduler.Snapshot{At: now, Config: cfg}, Durations: map[string][]time.Duration{"us-east-1/a#1": {10 * time.Minute}}}
	for n := range 3 {
		r := scheduler.Run{ID: fmt.Sprint("jr_", n), Region: "us-east-1", Job: "us-east-1/a#1", MaxJobRuns: 9, QuarterDPUs: 4, Submitted: now, Timeout: time.Hour}
		if n > 0 {
			in.State.Waiting = append(in.State.Waiting, r)
			continue
		}
		lease := r.Lease()
		lease.Since = now
		in.State.Holding = append(in.State.Holding, scheduler.Admission{Run: r, Lease: lease})
	}
	return in
}

// TestSimulate: a change is compared, an impossible one is the caller's mistake, and time that is up is told.
func TestSimulate(t *testing.T) {
	two := int64(2)
	out, err := simulated(t.Context(), jammed(), &SimulateInput{Change: forecast.Change{Region: "us-east-1", ConcurrentRuns: &two}, Samples: 8})
	if err != nil {
		t.Fatal(err)
	}
	if before, after := out.Base[0], out.Changed[0]; before.Runs != 2 || after.WaitMean >= before.WaitMean {
		t.Errorf("before %+v, after %+v: want shorter waits with a second slot", before, after)
	}
	_, err = simulated(t.Context(), jammed(), &SimulateInput{Change: forecast.Change{LoseZone: "us-east-1a"}})
	if glue.CodeOf(err) != glue.CodeInvalidInput || !strings.Contains(err.Error(), "us-east-1a") {
		t.Errorf("an unknown zone: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = simulated(ctx, jammed(), &SimulateInput{}); glue.CodeOf(err) != glue.CodeOperationTimeout {
		t.Errorf("no time at all: %v", err)
	}
}

// TestSimulateIsBounded: one at a time, and no more samples than are useful.
func TestSimulateIsBounded(t *testing.T) {
	a := open(t, nil)
	if _, err := a.simulate(t.Context(), Call{Region: "us-east-1"}, &SimulateInput{Samples: forecast.MaxSamples + 1}); glue.CodeOf(err) != glue.CodeInvalidInput {
		t.Errorf("too many samples: %v", err)
	}
	a.simulating.Lock()
	defer a.simulating.Unlock()
	if _, err := a.simulate(t.Context(), Call{Region: "us-east-1"}, &SimulateInput{}); glue.CodeOf(err) != glue.CodeThrottling {
		t.Errorf("a second one at the same time: %v", err)
	}
}
