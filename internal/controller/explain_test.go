package controller

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/core/forecast"
	"tenon/internal/core/scheduler"
	"tenon/internal/driver/executor/fake"
	"tenon/internal/glue"
)

// TestEstimates: of runs that always take ten minutes, a waiting one is told when it starts, and starts then; a restarted
// plane knows the history, and how estimates fared is published.
func TestEstimates(t *testing.T) {
	one := roomy
	one.Default.Slots = 1
	bubble(t, Config{Admission: one}, func(attempt.Spec) fake.Plan { return fake.Plan{Duration: 10 * time.Minute} }, func(t *testing.T, p *plane) {
		j := p.define("j")
		for range 8 {
			p.submit(request(j))
			time.Sleep(11 * time.Minute)
		}
		p.kill()
		p.start()
		began := time.Now()
		running := p.submit(request(j))
		p.wait(running, glue.RunRunning)
		second, third := p.submit(request(j)), p.submit(request(j))
		held := p.submit(request(j))
		p.operate(held, "", true)
		time.Sleep(30 * time.Second)

		var shown []string
		for i, id := range []string{second, third} {
			run := p.get(id)
			e := p.c.Explain(&run.JobRun)
			want := began.Add(time.Duration(i+1) * 10 * time.Minute)
			if e.Position != i+1 || e.Of != 2 || e.Reason.Tier != scheduler.TierAccount || len(e.Helps) == 0 {
				t.Errorf("run %d is %+v", i, e)
			}
			if e.Estimate == nil || e.Estimate.More || e.Estimate.Untimed != "" || e.Estimate.P50.Sub(want).Abs() > 2*time.Minute {
				t.Fatalf("run %d should start at %s, the estimate is %+v", i, want, e.Estimate)
			}
			shown = append(shown, p.c.StateDetail(&run.JobRun))
		}
		if want := fmt.Sprintf("Waiting for account run slots: needs 1, 0 of 1 free. Held by %s. Position 1 of 2 in its queue. Expected to start ", glue.ShortRunID(running)); !strings.HasPrefix(shown[0], want) ||
			!strings.Contains(shown[0], " UTC. What would help: 1 more run slot; or the end of ") {
			t.Errorf("StateDetail is %q,\nwant %q...", shown[0], want)
		}
		idle := p.get(held)
		if e := p.c.Explain(&idle.JobRun); e.Estimate != nil {
			t.Errorf("the held run is expected at %v", e.Estimate)
		}
		if run := p.get(running); p.c.Explain(&run.JobRun).Reason.Tier != "" || p.c.StateDetail(&run.JobRun) != "" {
			t.Error("a running run is explained")
		}
		time.Sleep(30 * time.Minute)
		p.operate(held, "", false)
		time.Sleep(time.Second)
		if sum := p.c.Calibration(); sum.First.Starts != 2 || sum.First.Inside != 2 {
			t.Errorf("the calibration is %+v", sum)
		}
		in, err := p.c.ForecastInput(t.Context(), 10)
		if err != nil || len(in.State.Holding) != 1 || len(in.Past) != 12 {
			t.Errorf("the input of a forecast has %d leases and %d past runs, %v", len(in.State.Holding), len(in.Past), err)
		}
		for job, took := range in.Durations {
			if !strings.HasPrefix(job, "us-east-1/j#") || len(took) != 11 || (took[0]-10*time.Minute).Abs() > time.Second {
				t.Errorf("job %s took %v", job, took)
			}
		}
	})
}

func TestExpectedInWords(t *testing.T) {
	now := time.Date(2030, 1, 2, 13, 0, 0, 0, time.UTC)
	at := func(minutes int) time.Time { return now.Add(time.Duration(minutes) * time.Minute) }
	for _, c := range []struct {
		e    forecast.Estimate
		want string
	}{
		{forecast.Estimate{Low: at(1), High: at(5)}, "Expected to start between 13:01:00 and 13:05:00 UTC."},
		{forecast.Estimate{Low: at(1), High: at(1)}, "Expected to start at 13:01:00 UTC."},
		{forecast.Estimate{Low: at(1), High: at(720)}, "Expected to start between 13:01:00 and 2030-01-03 01:00:00 UTC."},
		{forecast.Estimate{Untimed: "nightly"}, "When it starts is not known yet: job nightly has not run before."},
		{forecast.Estimate{Low: at(-1), High: at(5)}, "Expected to start by 13:05:00 UTC."},
		{forecast.Estimate{Low: at(-9), High: at(-1)}, "Expected to start any moment."},
		{forecast.Estimate{Low: at(1), High: at(60), More: true}, "Not expected to start before 14:00:00 UTC."},
	} {
		if got := expected(&c.e, now); got != c.want {
			t.Errorf("\n got %s\nwant %s", got, c.want)
		}
	}
}

// TestEstimateWithoutHistory: who waits for a job that has not run before is told so and no time, and it is not scored; when
// it has run, times are told.
func TestEstimateWithoutHistory(t *testing.T) {
	one := roomy
	one.Default.Slots = 1
	bubble(t, Config{Admission: one}, func(attempt.Spec) fake.Plan { return fake.Plan{Duration: 10 * time.Minute} }, func(t *testing.T, p *plane) {
		j := p.define("j")
		p.wait(p.submit(request(j)), glue.RunRunning)
		second, third := p.submit(request(j)), p.submit(request(j))
		time.Sleep(30 * time.Second)
		run := p.get(second)
		e := p.c.Explain(&run.JobRun)
		if e.Estimate == nil || e.Estimate.Untimed != "j" || !e.Estimate.P50.IsZero() || !e.Estimate.Low.IsZero() || !e.Estimate.High.IsZero() {
			t.Errorf("the estimate is %+v, want one that only names j", e.Estimate)
		}
		if want := " When it starts is not known yet: job j has not run before. What would help: "; !strings.Contains(e.Detail, want) || strings.Contains(e.Detail, "Expected") {
			t.Errorf("StateDetail is %q, want it to hold %q", e.Detail, want)
		}
		time.Sleep(10 * time.Minute)
		p.wait(second, glue.RunRunning)
		if sum := p.c.Calibration(); sum.First.Starts != 0 || sum.Any.Starts != 0 {
			t.Errorf("a guess was scored: %+v", sum)
		}
		time.Sleep(time.Minute)
		run = p.get(third)
		if e := p.c.Explain(&run.JobRun).Estimate; e == nil || e.Untimed != "" || e.P50.IsZero() {
			t.Errorf("after a run of j the estimate is %+v", e)
		}
	})
}

// TestBeyond: behind all that were looked at is after the last of them, and unknown if one of them is.
func TestBeyond(t *testing.T) {
	at := func(minutes int) time.Time { return time.Unix(0, 0).Add(time.Duration(minutes) * time.Minute) }
	a, b, unknown := forecast.Estimate{P50: at(9), High: at(20), Made: at(1)}, forecast.Estimate{P50: at(10), High: at(11), Made: at(1)}, forecast.Estimate{Untimed: "j", Made: at(1)}
	for _, c := range []struct {
		runs map[string]forecast.Estimate
		want *forecast.Estimate
	}{
		{nil, nil},
		{map[string]forecast.Estimate{"a": a, "b": b}, &forecast.Estimate{P50: at(10), Low: at(10), High: at(10), More: true, Made: at(1)}},
		{map[string]forecast.Estimate{"a": a, "b": b, "c": unknown}, &unknown},
	} {
		if got := beyond(c.runs); (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
			t.Errorf("behind %v: %+v, want %+v", c.runs, got, c.want)
		}
	}
}

// TestEstimatesBeyond: a run that a forecast did not look at starts after those that it did; one younger than the forecast
// has no estimate.
func TestEstimatesBeyond(t *testing.T) {
	made := time.Unix(1000, 0)
	last := &forecast.Estimate{High: made.Add(time.Hour), More: true, Made: made}
	f := &estimates{runs: map[string]forecast.Estimate{"known": {P50: made}}, more: true, last: last}
	for id, c := range map[string]struct {
		submitted time.Time
		want      bool
		more      bool
	}{
		"known":   {made, true, false},
		"beyond":  {made.Add(-time.Minute), true, true},
		"younger": {made.Add(time.Minute), false, false},
	} {
		e := f.of(&scheduler.Run{ID: id, Submitted: c.submitted}, made.Add(forecastKeep))
		if (e != nil) != c.want || e != nil && e.More != c.more {
			t.Errorf("%s: %+v", id, e)
		}
	}
	if e := f.of(&scheduler.Run{ID: "known", Submitted: made}, made.Add(forecastKeep+1)); e != nil {
		t.Errorf("of a forecast long past: %+v", e)
	}
	if e := (*estimates)(nil).of(&scheduler.Run{ID: "known"}, made); e != nil {
		t.Errorf("before the first forecast: %+v", e)
	}
}

// TestPredictions follow the job's run times, a few runs late.
func TestPredictions(t *testing.T) {
	h := newTimes(time.Unix(0, 0))
	if d := h.predict("j"); d != 0 {
		t.Errorf("without a past: %s", d)
	}
	h.took("j", time.Minute)
	if d := h.predict("j"); d != time.Minute {
		t.Errorf("after one run: %s", d)
	}
	h.took("j", 0) // no time at all tells nothing
	for range predictAgain {
		h.took("j", time.Hour)
	}
	if d := h.predict("j"); d != time.Hour {
		t.Errorf("after %d long ones: %s", predictAgain, d)
	}
}

// TestExplainAtStart: whoever asks while the state is still loaded is told what the store holds, and not that nothing is
// in use.
func TestExplainAtStart(t *testing.T) {
	one := roomy
	one.Default.Slots = 1
	bubble(t, Config{Admission: one}, forever, func(t *testing.T, p *plane) {
		j := p.define("j")
		p.wait(p.submit(request(j)), glue.RunRunning)
		id := p.submit(request(j))
		run := p.get(id)
		p.kill()
		p.start()
		if e := p.c.Explain(&run.JobRun); e.Reason.Tier != scheduler.TierAccount || e.Position != 1 {
			t.Errorf("explained as %q", e.Detail)
		}
	})
}

// TestForecastAfterBoost: who moves a run looks at what comes of it, and is told at once and not with the next forecast.
func TestForecastAfterBoost(t *testing.T) {
	one := roomy
	one.Default.Slots = 1
	bubble(t, Config{Admission: one}, func(attempt.Spec) fake.Plan { return fake.Plan{Duration: 10 * time.Minute} }, func(t *testing.T, p *plane) {
		j := p.define("j")
		for range 8 {
			p.submit(request(j))
			time.Sleep(11 * time.Minute)
		}
		began := time.Now()
		for range 3 {
			p.submit(request(j))
		}
		last := p.submit(request(j))
		time.Sleep(30 * time.Second)
		expected := func(want time.Time) {
			t.Helper()
			run := p.get(last)
			if e := p.c.Explain(&run.JobRun).Estimate; e == nil || e.P50.Sub(want).Abs() > 2*time.Minute {
				t.Errorf("the run should start at %s, the estimate is %+v", want, e)
			}
		}
		expected(began.Add(30 * time.Minute))
		for _, step := range []struct {
			priority int
			after    time.Duration
		}{{1, 10 * time.Minute}, {0, 30 * time.Minute}, {1, 10 * time.Minute}} {
			if err := p.c.Boost(t.Context(), BoostRequest{Region: "us-east-1", Principal: "AKOP", Run: last, Priority: step.priority}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond)
			expected(began.Add(step.after))
		}
	})
}

// TestFirstForecast: a plane that finds waiting runs when it starts lets them settle, as it does for runs that come; its first
// forecast would else be made before it knows the disk, and say that nothing starts.
func TestFirstForecast(t *testing.T) {
	now := time.Date(2030, 1, 2, 13, 0, 0, 0, time.UTC)
	f := newForesight()
	f.next = now.Add(forecastSettle)
	for _, f.stale = range []bool{false, true} {
		if got := f.due(); !got.Equal(f.next) {
			t.Errorf("stale %v: due at %s, want %s", f.stale, got, f.next)
		}
	}
	if f.soon, f.asked = now, true; !f.due().Equal(now) {
		t.Errorf("asked for: due at %s, want %s", f.due(), now)
	}
	f.begun, f.stale, f.asked = now, false, false
	if got, want := f.due(), now.Add(forecastAtMost); !got.Equal(want) {
		t.Errorf("nothing changed: due at %s, want %s", got, want)
	}
}
