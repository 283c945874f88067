package forecast

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tenon/internal/core/placement"
	"tenon/internal/core/scheduler"
	"tenon/internal/glue"
)

// ptr is a pointer to v.
func ptr[T any](v T) *T { return &v }

// TestSimulateMoreSlots: eight runs of ten minutes wait for one slot; with two, half of the time is gone.
func TestSimulateMoreSlots(t *testing.T) {
	in := Input{State: snapshot(slots(1), 1, 8, "a"), Durations: constant("a", 10*time.Minute)}
	got, err := Simulate(in, Change{ConcurrentRuns: ptr(int64(2))}, Options{Samples: 16, Seed: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > want/10 {
			t.Errorf("%s is %.0f, want about %.0f", what, got, want)
		}
	}
	near("finish before", got.Base[0].Finish, 9*600)
	near("finish after", got.Changed[0].Finish, 5*600)
	near("mean wait before", got.Base[0].WaitMean, 4.5*600)
	if got.Base[0].Runs != 8 || got.Base[0].Started != 8 || got.Guess || got.Samples != 16 {
		t.Errorf("%+v", got)
	}
	if len(got.Waits) != 1 || got.Waits[0].Tier != "account" || got.Waits[0].Pool != "account run slots" || got.Waits[0].Runs != 8 {
		t.Errorf("waits came from %+v", got.Waits)
	}
	near("waits", got.Waits[0].Seconds, 8*got.Base[0].WaitMean)
}

// TestSimulateIsDeterministic: one seed, one answer; and a change of nothing changes nothing.
func TestSimulateIsDeterministic(t *testing.T) {
	in := Input{State: snapshot(slots(3), 3, 40, "a"), Durations: map[string][]time.Duration{"us-east-1/a#1": {time.Minute, time.Hour, 5 * time.Minute}}}
	in.PastSince = epoch.Add(-2 * time.Hour)
	for n := range 50 {
		r := aRun(-100+n, "a")
		r.Submitted = in.PastSince.Add(time.Duration(n) * 2 * time.Minute)
		in.Past = append(in.Past, r)
	}
	one, err := Simulate(in, Change{}, Options{Seed: 7}, nil)
	if err != nil {
		t.Fatal(err)
	}
	two, _ := Simulate(in, Change{}, Options{Seed: 7}, nil)
	if diff := cmp.Diff(one, two); diff != "" {
		t.Errorf("the second answer differs: %s", diff)
	}
	if diff := cmp.Diff(one.Base, one.Changed); diff != "" {
		t.Errorf("nothing was changed, but: %s", diff)
	}
	other, _ := Simulate(in, Change{}, Options{Seed: 8}, nil)
	if cmp.Equal(one.Base, other.Base) {
		t.Error("another seed draws the same times")
	}
}

// TestShortPast: of a past shorter than half an hour no runs to come are drawn, and the answer says so.
func TestShortPast(t *testing.T) {
	for since, want := range map[time.Duration]string{
		20 * time.Second: "No runs to come are counted: less than half an hour of the past is known.",
		29 * time.Minute: "No runs to come are counted: less than half an hour of the past is known.",
		30 * time.Minute: "Runs to come are drawn from the 1 of the last 30 minutes.",
		3 * time.Hour:    "Runs to come are drawn from the 1 of the last 3 hours.",
	} {
		in := Input{State: snapshot(slots(1), 1, 2, "a"), Durations: constant("a", time.Minute), PastSince: epoch.Add(-since)}
		past := aRun(-1, "a")
		past.Submitted = in.PastSince
		in.Past = []scheduler.Run{past}
		got, err := Simulate(in, Change{}, Options{Samples: 1}, nil)
		if err != nil || len(got.Notes) == 0 || got.Notes[0] != want {
			t.Errorf("%v: %q, %v, want %q", since, got.Notes, err, want)
		}
	}
}

// TestSimulateLeavesTheInput: what a change touches is a copy.
func TestSimulateLeavesTheInput(t *testing.T) {
	in := Input{State: snapshot(slots(2), 2, 4, "a"), Durations: constant("a", time.Minute)}
	in.State.Config.Regions = map[string]scheduler.Region{"us-east-1": in.State.Config.Default}
	in.State.Config.Queues = []scheduler.Queue{{Name: "finance"}}
	in.State.Memory = nil
	before := fmt.Sprintf("%+v", in)
	c := Change{ConcurrentRuns: ptr(int64(1)), DPUs: ptr(8.0), QueueWeights: map[string]int64{"finance": 3}, MaxJobRuns: map[string]int64{"a": 1},
		AddSubnets: []AddedSubnet{{CIDR: "10.0.9.0/26"}}, Runs: []AddedRun{{Workers: 2, Count: 2}}, LocalWorkers: ptr(int64(9))}
	if _, err := Simulate(in, c, Options{Samples: 1}, nil); err != nil {
		t.Fatal(err)
	}
	if after := fmt.Sprintf("%+v", in); after != before {
		t.Errorf("the input was %s and is %s", before, after)
	}
}

// TestAddedRuns: a run that is added stands behind those that wait, and says what it waited for.
func TestAddedRuns(t *testing.T) {
	in := Input{State: snapshot(slots(1), 1, 2, "a"), Durations: constant("a", 10*time.Minute)}
	got, err := Simulate(in, Change{Region: "us-east-1", Runs: []AddedRun{{Workers: 50, Count: 2, Takes: 1800}, {Workers: 1 << 12, Takes: 60}}}, Options{Samples: 16}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Runs) != 3 {
		t.Fatalf("%d added runs, want 3", len(got.Runs))
	}
	for i, want := range []float64{1800, 3600} {
		if r := got.Runs[i]; math.Abs(r.Start-want) > 180 || math.Abs(r.Finish-r.Start-1800) > 1 || r.Why != "account run slots" {
			t.Errorf("added run %d: %+v, want a start at about %.0f", i, r, want)
		}
	}
	if diff := cmp.Diff(got.Base[0].Runs, got.Changed[0].Runs); diff != "" {
		t.Errorf("added runs count among those of the queue: %s", diff)
	}
	in.State.Config.Default.QuarterDPUs = 400
	got, err = Simulate(in, Change{Region: "us-east-1", Runs: []AddedRun{{Workers: 101}}}, Options{Samples: 8}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r := got.Runs[0]; r.Start != -1 || r.Why != "account DPUs" {
		t.Errorf("a run that never fits: %+v", r)
	}
}

// TestRaisedJobLimit: runs that wait for their own job's limit start with a higher one, in a state that the scheduler itself
// has told.
func TestRaisedJobLimit(t *testing.T) {
	s := scheduler.New(slots(10))
	for n := range 7 {
		r := aRun(n, "a")
		r.MaxJobRuns = 1
		if _, err := s.Step(scheduler.Event{Submit: &r}, epoch); err != nil {
			t.Fatal(err)
		}
	}
	in := Input{State: s.Snapshot(-1), Durations: constant("a", 10*time.Minute)}
	got, err := Simulate(in, Change{MaxJobRuns: map[string]int64{"a": 3}}, Options{Samples: 8}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.Waits[0].Tier != "job" || got.Waits[0].Pool != "MaxConcurrentRuns of a" {
		t.Errorf("waits came from %+v", got.Waits)
	}
	// One runs; then six one after the other, or two at once and then three at a time.
	if b, c := got.Base[0].Finish, got.Changed[0].Finish; math.Abs(b-4200) > 300 || math.Abs(c-1800) > 200 {
		t.Errorf("finish after %.0f s and %.0f s, want about 4200 and 1800", b, c)
	}
}

// TestLostZone: what runs in the zone begins anew elsewhere, and what has no elsewhere waits.
func TestLostZone(t *testing.T) {
	cfg := slots(100)
	for i, zone := range []string{"us-east-1a", "us-east-1b"} {
		cfg.Default.Subnets = append(cfg.Default.Subnets, placement.Subnet{ID: fmt.Sprint("subnet-", i), Zone: zone, CIDR: netip.MustParsePrefix(fmt.Sprintf("10.0.%d.0/26", i))})
	}
	s := scheduler.New(cfg)
	for n := range 12 {
		r := aRun(n, "a")
		r.Workers, r.Choices = 10, []glue.Choice{{Connection: "a", Subnet: "subnet-0"}, {Connection: "b", Subnet: "subnet-1"}}
		if n == 11 {
			r.Choices = r.Choices[:1]
		}
		if _, err := s.Step(scheduler.Event{Submit: &r}, epoch); err != nil {
			t.Fatal(err)
		}
	}
	in := Input{State: s.Snapshot(-1), Durations: constant("a", 10*time.Minute)}
	if len(in.State.Waiting) != 2 {
		t.Fatalf("%d runs wait, want 2 of 12 with room for 5 in each subnet", len(in.State.Waiting))
	}
	got, err := Simulate(in, Change{LoseZone: "us-east-1a"}, Options{Samples: 8}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.Base[0].Started != 2 || got.Changed[0].Started != 1 || got.Changed[0].Runs != 2 {
		t.Errorf("before %+v, after %+v: want the run without another subnet not to start", got.Base[0], got.Changed[0])
	}
	notes := strings.Join(got.Notes, " ")
	if !strings.Contains(notes, "begin anew: 5.") || !strings.Contains(notes, "do not start: 1.") {
		t.Errorf("notes: %s", notes)
	}
	if w := got.Waits[0]; w.Tier != "subnet" || !strings.HasPrefix(w.Pool, "subnet addresses") {
		t.Errorf("waits came from %+v", got.Waits)
	}
	more, err := Simulate(in, Change{AddSubnets: []AddedSubnet{{CIDR: "10.0.9.0/26", Zone: "us-east-1c"}}}, Options{Samples: 8}, nil)
	if err != nil || more.Changed[0].WaitMax > 1 {
		t.Errorf("with a third subnet: %+v, %v, want no wait", more.Changed, err)
	}
}

// TestPromises: fewer DPUs than queues have of their own are no error of a question; the reader is told.
func TestPromises(t *testing.T) {
	cfg := slots(4)
	cfg.Queues = []scheduler.Queue{{Name: "a", QuarterDPUs: &scheduler.Share{Nominal: 24}}, {Name: "b", QuarterDPUs: &scheduler.Share{Nominal: 16}}}
	cfg.Default.QuarterDPUs = 40
	s, dpus := scheduler.New(cfg), 8.0
	r := aRun(1, "a")
	if _, err := s.Step(scheduler.Event{Submit: &r}, epoch); err != nil {
		t.Fatal(err)
	}
	in := Input{State: s.Snapshot(-1), Durations: constant("a", 10*time.Minute)}
	for want, c := range map[string]Change{"": {}, "The queues have 10 account DPUs of their own, more than the 8 there are": {DPUs: &dpus}} {
		got, err := Simulate(in, c, Options{Samples: 2}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if notes := strings.Join(got.Notes, " "); !strings.Contains(notes, want) || want == "" && strings.Contains(notes, "of their own") {
			t.Errorf("%+v: %s", c, notes)
		}
	}
}

// TestQueueWeight: of two queues that compete for one slot, the one with three times the weight finishes sooner.
func TestQueueWeight(t *testing.T) {
	cfg := slots(4)
	cfg.Queues = []scheduler.Queue{{Name: "default"}, {Name: "finance"}}
	s := scheduler.New(cfg)
	for n := range 64 {
		r := aRun(n, "a")
		r.Queue = []string{"default", "finance"}[n%2]
		if _, err := s.Step(scheduler.Event{Submit: &r}, epoch); err != nil {
			t.Fatal(err)
		}
	}
	in := Input{State: s.Snapshot(-1), Durations: constant("a", 10*time.Minute)}
	got, err := Simulate(in, Change{QueueWeights: map[string]int64{"finance": 3}}, Options{Samples: 8}, nil)
	if err != nil {
		t.Fatal(err)
	}
	before, after := got.Base[1], got.Changed[1]
	if before.Queue != "finance" || after.WaitMean > 0.8*before.WaitMean || got.Changed[0].WaitMean < got.Base[0].WaitMean {
		t.Errorf("finance waits %.0f s and then %.0f s, default %.0f s and then %.0f s", before.WaitMean, after.WaitMean, got.Base[0].WaitMean, got.Changed[0].WaitMean)
	}
}

// TestImpossibleChanges: what cannot be is refused by name.
func TestImpossibleChanges(t *testing.T) {
	in := Input{State: snapshot(slots(1), 1, 1, "a")}
	in.State.Config.Queues = []scheduler.Queue{{Name: "finance"}}
	for _, c := range []struct {
		change Change
		says   string
	}{
		{Change{ConcurrentRuns: ptr(int64(-1))}, "ConcurrentRuns: -1 is not between 0"},
		{Change{DPUs: ptr(0.3)}, "DPUs: 0.3 is not between 0"},
		{Change{DPUs: ptr(math.NaN())}, "DPUs: NaN"},
		{Change{FlexDPUs: ptr(1e12)}, "FlexDPUs: 1e+12"},
		{Change{AddSubnets: []AddedSubnet{{CIDR: "10.0.9.1/26"}}}, "the block is 10.0.9.0/26"},
		{Change{AddSubnets: []AddedSubnet{{CIDR: "10.0.0.0/8"}}}, "10.0.0.0/8 is not between /16 and /28"},
		{Change{AddSubnets: []AddedSubnet{{CIDR: "nonsense"}}}, `"nonsense" is not an IPv4 block`},
		{Change{AddSubnets: []AddedSubnet{{CIDR: "10.0.9.0/26"}, {CIDR: "10.0.9.0/27"}}}, "overlaps 10.0.9.0/26"},
		{Change{LoseZone: "us-east-1a"}, `no subnet is in zone "us-east-1a"; there is none`},
		{Change{LoseSubnet: "subnet-1"}, `subnet "subnet-1" is not configured`},
		{Change{QueueWeights: map[string]int64{"fiance": 3}}, `queue "fiance" is not configured; configured are default, finance`},
		{Change{QueueWeights: map[string]int64{"finance": 0}}, "finance: 0 is not between 1"},
		{Change{Runs: []AddedRun{{}}}, "workers 0 is not between 1"},
		{Change{Runs: []AddedRun{{Workers: 1, Queue: "x"}}}, `queue "x" is not configured`},
		{Change{Runs: []AddedRun{{Job: "zz"}}}, `no run of a job "zz" is known`},
		{Change{Runs: []AddedRun{{Workers: 1, Count: 10_000}, {Workers: 1}}}, "more than 10000"},
		{Change{Runs: []AddedRun{{Workers: 1, Takes: -1}}}, "takes -1 seconds"},
		{Change{LocalWorkers: ptr(int64(0))}, "LocalWorkers: 0 is not between 1"},
		{Change{MaxJobRuns: map[string]int64{"zz": 2}}, `no run of a job "zz" is known`},
		{Change{MaxJobRuns: map[string]int64{"a": 0}}, "a: 0 is not between 1"},
	} {
		_, err := Simulate(in, c.change, Options{Samples: 1}, nil)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v, want %q", c.change, err, c.says)
		}
	}
}

// TestTell: whoever waits for an answer hears how far it is.
func TestTell(t *testing.T) {
	in := Input{State: snapshot(slots(1), 1, 3, "a"), Durations: constant("a", time.Minute)}
	var told []string
	o := Options{Samples: 2, Tell: func(what string, sample, of int) { told = append(told, fmt.Sprintf("%s %d/%d", what, sample, of)) }}
	if _, err := Simulate(in, Change{}, o, nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"as things are 1/2", "changed 1/2", "as things are 2/2", "changed 2/2"}, told); diff != "" {
		t.Error(diff)
	}
	told = nil
	if _, _, err := Advise(in, "us-east-1", o, nil); err != nil {
		t.Fatal(err)
	}
	if len(told) < 4 || told[0] != "as things are 1/2" || !strings.HasSuffix(told[len(told)-1], " 2/2") {
		t.Error(told)
	}
}

// TestStop: a forecast that is stopped before it knows enough says nothing, and one that is stopped later says so.
func TestStop(t *testing.T) {
	in := Input{State: snapshot(slots(1), 1, 100, "a"), Durations: constant("a", time.Minute)}
	if got := Estimates(in, Options{}, func() bool { return true }); len(got) != 0 {
		t.Errorf("%d estimates of nothing", len(got))
	}
	if _, err := Simulate(in, Change{}, Options{}, func() bool { return true }); err != ErrStopped {
		t.Errorf("error is %v, want ErrStopped", err)
	}
	asked := 0
	got, err := Simulate(in, Change{}, Options{}, func() bool { asked++; return asked > 20 })
	if err != nil || got.Samples < 1 || got.Samples > 31 || len(got.Notes) == 0 {
		t.Errorf("%+v, %v: want some of 32 samples, and a note", got, err)
	}
}

// TestRegionsApart: what runs of two regions wait for is told by region, though it has one name.
func TestRegionsApart(t *testing.T) {
	in := Input{State: snapshot(slots(1), 1, 2, "a"), Durations: constant("a", 10*time.Minute)}
	there := snapshot(slots(1), 1, 4, "a")
	for i := range there.Holding {
		h := &there.Holding[i]
		h.Run.ID, h.Run.Region = "jr_there"+h.Run.ID, "eu-west-1"
		h.Lease.ID, h.Lease.Region = h.Run.ID, h.Run.Region
	}
	for i := range there.Waiting {
		w := &there.Waiting[i]
		w.ID, w.Region = "jr_there"+w.ID, "eu-west-1"
	}
	in.State.Holding, in.State.Waiting = append(in.State.Holding, there.Holding...), append(in.State.Waiting, there.Waiting...)
	got, err := Simulate(in, Change{Region: "us-east-1"}, Options{Samples: 4}, nil)
	if err != nil {
		t.Fatal(err)
	}
	runs := map[string]int{}
	for _, w := range got.Waits {
		if w.Pool == "account run slots" {
			runs[w.Region] += w.Runs
		}
	}
	if diff := cmp.Diff(map[string]int{"us-east-1": 2, "eu-west-1": 4}, runs); diff != "" {
		t.Errorf("%s: %+v", diff, got.Waits)
	}
}

// TestCausesThatLast: what a run waits for to the end is told for all of it, and asked once.
func TestCausesThatLast(t *testing.T) {
	in := Input{State: snapshot(slots(1), 1, 12, "a"), Durations: constant("a", 10*time.Minute)}
	in.State.Config.Default.QuarterDPUs = 400
	large, held, gone := &in.State.Waiting[1], &in.State.Waiting[4], &in.State.Waiting[7]
	large.QuarterDPUs, held.Held, gone.Queue = 404, true, "closed"
	got, err := Simulate(in, Change{}, Options{Samples: 1, Horizon: 10 * time.Hour}, nil)
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]float64{}
	for _, w := range got.Waits {
		if w.Pool != "account run slots" {
			told[w.Pool] = w.Seconds
		}
	}
	hours := (10 * time.Hour).Seconds()
	if diff := cmp.Diff(map[string]float64{"account DPUs": hours, "an operator": hours, "queue closed, which is not configured": hours}, told); diff != "" {
		t.Error(diff)
	}
	w := newWaits()
	w.submitted(large)
	s, err := scheduler.Load(scheduler.Snapshot{At: epoch, Config: in.State.Config}, epoch)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 5 {
		w.look(s, epoch.Add(time.Duration(n)*time.Minute))
	}
	if w.work != 1 {
		t.Errorf("asked %d times for what does not change", w.work)
	}
}

// TestTotalToTheLastDigit: however many queues there are, the waits of all come to the same each time.
func TestTotalToTheLastDigit(t *testing.T) {
	p := &play{done: 1, lanes: map[lane]*tally{{queue: "large"}: {waits: []float64{1e16}}}}
	for i := range 9 {
		p.lanes[lane{queue: fmt.Sprint("small-", i)}] = &tally{waits: []float64{1}}
	}
	first, _ := p.total()
	for range 100 {
		if again, _ := p.total(); again != first {
			t.Fatalf("%.0f, then %.0f", first, again)
		}
	}
}
