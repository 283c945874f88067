package demo

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tenon/internal/glue"
)

// goodDay is an outcome in which everything is as it must be.
func goodDay(noon time.Time) *DayReport {
	r := &DayReport{Fires: Fires, Waited: "Waiting for the job's own limit."}
	for n := range Fires {
		at := noon.Add(time.Duration(n) * halfHour)
		ends := at.Add(time.Minute)
		if n == slowRound {
			ends = at.Add(slowEnds)
		}
		in := &DayRun{Job: DayInputJob, ID: fmt.Sprintf("jr_in%d", n), Trigger: EveryHalfHour, Fire: at, Submitted: at, Started: at, Ended: ends,
			State: string(glue.RunSucceeded), Usage: glue.Usage{BytesWritten: 1000}}
		out := &DayRun{Job: DayOutputJob, ID: fmt.Sprintf("jr_out%d", n), Trigger: AfterInput, After: in.ID, Submitted: ends, Started: ends,
			Ended: ends.Add(time.Minute), State: string(glue.RunSucceeded), Usage: glue.Usage{BytesRead: int64(n+1) * 1000}}
		switch n {
		case slowRound:
			out.Ended = at.Add(halfHour + 8*time.Minute)
		case overlapRound:
			out.Started, out.Ended = at.Add(9*time.Minute), at.Add(10*time.Minute)
		}
		r.Runs = append(r.Runs, in, out)
	}
	r.Delayed = []string{r.Runs[2*slowRound].ID}
	return r
}

// TestDayJudge checks that a wrong day is told, each in its own way, and a right one is not.
func TestDayJudge(t *testing.T) {
	noon := Noon(time.Date(2026, 3, 4, 17, 30, 0, 0, time.UTC))
	if want := time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC); !noon.Equal(want) {
		t.Errorf("noon is %s, want %s", noon, want)
	}
	for _, tc := range []struct {
		name string
		harm func(*DayReport)
		want string
	}{
		{"right", func(*DayReport) {}, ""},
		{"a fire too many", func(r *DayReport) { r.Fires++ }, "the schedule fired 6 times"},
		{"an output lost", func(r *DayReport) { r.Runs = r.Runs[:9] }, "with 5 Input and 4 Output runs"},
		{"an output of another input", func(r *DayReport) { r.Runs[3].After = r.Runs[0].ID }, "Output run 2 was started by demo-after-input after jr_in0"},
		{"a fire at another time", func(r *DayReport) { r.Runs[2].Fire = noon }, "Input run 2 was started by demo-every-half-hour at 12:00, expected demo-every-half-hour at 12:30"},
		{"two at once", func(r *DayReport) { r.Runs[7].Started = r.Runs[7].Submitted }, "two runs of a job with MaxConcurrentRuns 1 ran at once, at 13:30"},
		{"no overlap", func(r *DayReport) { r.Runs[5].Ended = r.Runs[5].Started.Add(time.Minute) }, "Output run 3 did not overlap with Input run 4"},
		{"no delay", func(r *DayReport) { r.Delayed = nil }, "delays were notified of []"},
		{"a failure", func(r *DayReport) { r.Runs[9].State = "FAILED" }, "jr_out4 of demo-day-output is FAILED"},
		{"staging read once", func(r *DayReport) { r.Runs[3].Usage.BytesRead = 1000 }, "at 12:30 the ratio is 1.00, expected about 2"},
		{"silence", func(r *DayReport) { r.Waited = "" }, "did not say why it waited"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := goodDay(noon)
			tc.harm(r)
			r.judge(noon)
			got := strings.Join(r.Off, "\n")
			if (tc.want == "") != (got == "") || !strings.Contains(got, tc.want) {
				t.Errorf("off: %q, want %q", got, tc.want)
			}
		})
	}
}

// TestDayTake: events of the day's runs are taken down, and those of a run from before it are passed over.
func TestDayTake(t *testing.T) {
	r, byID := &DayReport{}, map[string]*DayRun{}
	at := time.Date(2026, 3, 5, 12, 0, 1, 0, time.UTC)
	for _, e := range []glue.Event{
		{Kind: glue.EventRunStarted, Run: "jr_old", At: at},
		{Kind: glue.EventTriggerFired, At: at, Detail: []byte(`{"trigger": "demo-every-half-hour"}`)},
		{Kind: glue.EventRunSubmitted, Run: "jr_1", Job: DayInputJob, At: at, Detail: []byte(`{"trigger": "demo-every-half-hour"}`)},
		{Kind: glue.EventRunEnded, Run: "jr_old", At: at, Detail: []byte(`{"state": "FAILED"}`)},
		{Kind: glue.EventRunEnded, Run: "jr_1", At: at.Add(time.Minute), Detail: []byte(`{"state": "SUCCEEDED"}`)},
	} {
		if err := r.take(byID, &e); err != nil {
			t.Fatal(err)
		}
	}
	if r.Fires != 1 || len(r.Runs) != 1 || r.Runs[0].State != "SUCCEEDED" || !r.Runs[0].Fire.Equal(at.Truncate(time.Minute)) {
		t.Errorf("%d fires, runs %+v", r.Fires, r.Runs)
	}
}
