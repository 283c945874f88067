package forecast

import (
	"testing"
	"time"
)

// TestScorer: each started run scores once, inside, early or late.
func TestScorer(t *testing.T) {
	e := Estimate{Low: epoch.Add(time.Minute), P50: epoch.Add(2 * time.Minute), High: epoch.Add(4 * time.Minute)}
	s := NewScorer()
	s.Give(map[string]Estimate{"inside": e, "early": e, "late": e, "gone": e, "more": {High: epoch.Add(time.Hour), More: true}, "unknown": {Untimed: "a"}})
	s.Started("unknown", epoch.Add(time.Minute), true) // a guess is not scored
	s.Started("inside", epoch.Add(3*time.Minute), true)
	s.Started("early", epoch, true)
	s.Started("late", epoch.Add(8*time.Minute), true)
	s.Gone("gone")
	s.Started("gone", epoch, false)
	s.Started("more", epoch.Add(2*time.Hour), true)
	s.Started("never told", epoch, true)
	got := s.Calibration()
	want := Score{Starts: 4, Inside: 2, Early: 1, Late: 1, More: 1, Absolute: 60 + 120 + 360, Bias: 60 - 120 + 360, Pinball: got.First.Pinball}
	if got.First != want || got.Any != want || got.Missed != 2 {
		t.Errorf("%+v, want %+v and two missed", got, want)
	}
	if c := got.First.Coverage(); c != 0.5 {
		t.Errorf("coverage %v, want 0.5", c)
	}
	// 3 min: (0.1*120 + 0.5*60 + 0.1*60)/3; 0: (0.9*60 + 0.5*120 + 0.1*240)/3; 8 min: (0.1*420 + 0.5*360 + 0.9*240)/3
	if p := got.First.Pinball; p != (12.0+30+6)/3+(54.0+60+24)/3+(42.0+180+216)/3 {
		t.Errorf("pinball loss %v", p)
	}
	if len(s.runs) != 0 {
		t.Errorf("%d runs are remembered after they started", len(s.runs))
	}
}

// TestScorerIsBounded: it forgets nothing that it was told first, and takes no more than it may.
func TestScorerIsBounded(t *testing.T) {
	s := NewScorer()
	for n := range maxGiven + 10 {
		s.Give(map[string]Estimate{aRun(n, "a").ID: {Made: epoch}})
	}
	if len(s.runs) != maxGiven {
		t.Errorf("%d runs are remembered, want %d", len(s.runs), maxGiven)
	}
}

// TestRecordIsBounded: the newest stay.
func TestRecordIsBounded(t *testing.T) {
	c := NewRecord(epoch)
	for n := range 2*maxPast + 10 {
		r := aRun(n, "a")
		r.Submitted = epoch.Add(time.Duration(n) * time.Second)
		c.Submitted(r)
		c.Took("a", time.Duration(n))
	}
	in := c.Input(snapshot(slots(1), 0, 0, "a"))
	if len(in.Past) != maxPast || in.Past[maxPast-1].ID != aRun(2*maxPast+9, "a").ID || !in.PastSince.Equal(in.Past[0].Submitted) {
		t.Errorf("%d past runs since %v", len(in.Past), in.PastSince)
	}
	if d := in.Durations["a"]; len(d) != maxTimesPerJob || d[maxTimesPerJob-1] != 2*maxPast+9 {
		t.Errorf("durations %v", d)
	}
	if len(c.past) > 2*maxPast || cap(c.times["a"]) > 4*maxTimesPerJob {
		t.Errorf("the record holds %d runs, room for %d times", len(c.past), cap(c.times["a"]))
	}
}
