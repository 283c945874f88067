package forecast

import (
	"fmt"
	"math"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tenon/internal/core/placement"
	"tenon/internal/core/scheduler"
	"tenon/internal/glue"
)

// drawInput makes a small account with runs that hold, wait and come.
func drawInput(t *rapid.T) Input {
	cfg := slots(rapid.Int64Range(1, 5).Draw(t, "slots"))
	cfg.Default.QuarterDPUs = rapid.Int64Range(8, 60).Draw(t, "quarters")
	cfg.Default.Subnets = []placement.Subnet{{ID: "subnet-0", Zone: "us-east-1a", CIDR: netip.MustParsePrefix("10.0.0.0/28")}}
	cfg.Placement.ReleaseLag = time.Duration(rapid.IntRange(0, 2).Draw(t, "lag")) * 10 * time.Minute
	cfg.Queues = []scheduler.Queue{{Name: "default"}, {Name: "finance", Weight: rapid.Int64Range(1, 3).Draw(t, "weight")}}
	s, record := scheduler.New(cfg), NewRecord(epoch)
	draw := func(n int, at time.Time) scheduler.Run {
		r := aRun(n, rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "job"))
		r.Submitted, r.MaxJobRuns = at, 3
		r.QuarterDPUs = rapid.Int64Range(1, 8).Draw(t, "need")
		r.Queue = rapid.SampledFrom([]string{"", "finance"}).Draw(t, "queue")
		r.Priority = rapid.SampledFrom([]int{0, 0, 10}).Draw(t, "priority")
		if rapid.Bool().Draw(t, "addresses") {
			r.Workers, r.Choices = rapid.Int64Range(1, 6).Draw(t, "workers"), []glue.Choice{{Connection: "net", Subnet: "subnet-0"}}
		}
		return r
	}
	now := epoch
	n := rapid.IntRange(0, 20).Draw(t, "runs")
	for i := range n {
		now = now.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "gap")) * time.Second)
		r := draw(i, now)
		if _, err := s.Step(scheduler.Event{Submit: &r}, now); err != nil {
			t.Fatal(err)
		}
		record.Submitted(r)
	}
	for _, job := range []string{"a", "b"} { // of c nothing is known
		for range rapid.IntRange(1, 5).Draw(t, "known") {
			record.Took("us-east-1/"+job+"#1", time.Duration(rapid.IntRange(10, 4000).Draw(t, "took"))*time.Second)
		}
	}
	if _, err := s.Step(scheduler.Event{Tick: true}, now); err != nil {
		t.Fatal(err)
	}
	in := record.Input(s.Snapshot(-1))
	if rapid.Bool().Draw(t, "no past") {
		in.Past = nil
	}
	for i := range rapid.IntRange(0, 10).Draw(t, "arrivals") {
		at := now.Add(time.Duration(rapid.IntRange(0, 7200).Draw(t, "at")) * time.Second)
		in.Arrivals = append(in.Arrivals, Arrival{At: at, Run: draw(1000+i, at), Took: time.Duration(rapid.IntRange(0, 3).Draw(t, "takes")) * 10 * time.Minute})
	}
	return in
}

// TestAccountsAddUp: of any state, all runs are counted, each second of waiting has one cause, a change of nothing changes
// nothing, and a second forecast is the first.
func TestAccountsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		o := Options{Samples: 3, Horizon: 30 * day, Seed: rapid.Uint64().Draw(t, "seed")}
		if len(in.Past) > 0 {
			o.Horizon = 6 * time.Hour // those to come may be more than ever fit
		}
		got, err := Simulate(in, Change{}, o, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(got.Base, got.Changed); diff != "" {
			t.Fatalf("nothing was changed, but: %s", diff)
		}
		runs, waited, caused := 0, 0.0, 0.0
		for _, q := range got.Base {
			runs += q.Runs
			waited += q.WaitMean * float64(q.Runs)
			if q.Started != q.Runs && len(in.Past) == 0 {
				t.Errorf("%d of %d runs of %s started: all fit some time", q.Started, q.Runs, q.Queue)
			}
		}
		for _, w := range got.Waits {
			caused += w.Seconds
		}
		if want := len(in.State.Waiting) + len(in.Arrivals); runs != want && want > 0 {
			t.Errorf("%d runs are counted of %d", runs, want)
		}
		if math.Abs(waited-caused) > 1+waited/1000 {
			t.Errorf("runs waited %.1f s, the causes explain %.1f s: %+v", waited, caused, got.Waits)
		}
		again, err := Simulate(in, Change{}, o, nil)
		if diff := cmp.Diff(got, again); diff != "" || err != nil {
			t.Errorf("a second forecast differs: %s %v", diff, err)
		}
		for id, e := range Estimates(in, o, nil) {
			if e.Untimed != "" && e != (Estimate{Untimed: e.Untimed, Made: in.State.At}) || in.Durations["us-east-1/"+e.Untimed+"#1"] != nil {
				t.Errorf("the estimate of %s is %+v", id, e)
			}
			if e.Untimed == "" && (e.Low.After(e.P50) || e.P50.After(e.High) || e.Low.Before(in.State.At)) {
				t.Errorf("the estimate of %s is %s", id, fmt.Sprint(e))
			}
		}
	})
}
