package demo

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"tenon/internal/client"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// holdScript makes a job take long.
//
//go:embed scripts/hold.py
var holdScript []byte

// Names of what the day makes.
const (
	DayInputJob   = "demo-day-input"
	DayOutputJob  = "demo-day-output"
	EveryHalfHour = "demo-every-half-hour"
	AfterInput    = "demo-after-input"
)

// daySchedule fires at each full and half hour.
const daySchedule = "cron(0/30 * * * ? *)"

// Fires is how often the schedule fires, from noon on.
const Fires = 5

// halfHour is the time between two of them.
const halfHour = 30 * time.Minute

// notifyAfter is the NotifyDelayAfter of the Input job, in minutes: only the slow run takes so long.
const notifyAfter = 10

// Noon is when the day begins: of the day after a moment.
func Noon(after time.Time) time.Time {
	y, m, d := after.UTC().Date()
	return time.Date(y, m, d+1, 12, 0, 0, 0, time.UTC)
}

// Day runs the two jobs by their triggers, as AWS's page has them: the Input job every half hour, the Output job after each
// success of it, one run of each at a time, no bookmarks. The third run of the Input job takes 17 minutes, so that the third
// of the Output job overlaps with the fourth of the Input job, and the fourth of the Output job has to wait.
//
// Half hours pass by moving the server's clock. All fields are required but Tell.
type Day struct {
	Glue    *client.Client
	Objects *client.Objects
	Rows    int                // of the input of all half hours together
	Noon    time.Time          // when the schedule fires first
	Move    func(to time.Time) // sets the server's clock, forward
	Dir     string             // a folder that scripts and this process see
	Tell    func(now time.Time, what string)
	Timeout time.Duration // of one wait
}

// DayReport is what came out.
type DayReport struct {
	Runs    []*DayRun `json:"runs"`    // in the order of their starts
	Fires   int       `json:"fires"`   // of the schedule
	Ratios  []float64 `json:"ratios"`  // bytes that the n-th Output run read over those that the n-th Input run wrote
	Waited  string    `json:"waited"`  // why the fourth Output run did, in the server's own words
	Delayed []string  `json:"delayed"` // runs of which a delay was notified
	Overlap string    `json:"overlap"` // the runs of both jobs that ran at once
	Off     []string  `json:"off"`     // ways in which the outcome differs from what it must be
}

// DayRun is one run of the day, by the server's clock.
type DayRun struct {
	Job       string     `json:"job"`
	ID        string     `json:"run"`
	Trigger   string     `json:"trigger"`
	Fire      time.Time  `json:"fire,omitzero"`   // the fire time of the schedule, of an Input run
	After     string     `json:"after,omitempty"` // the run whose success started it, of an Output run
	Submitted time.Time  `json:"submitted"`
	Started   time.Time  `json:"started"`
	Ended     time.Time  `json:"ended"`
	State     string     `json:"state"`
	Usage     glue.Usage `json:"usage"`
}

// Run makes the jobs and triggers, and lets the day pass. The error is about what kept it from going through; what came out
// wrong is in the report.
func (d *Day) Run(ctx context.Context) (*DayReport, error) {
	parts, err := makeParts(d.Rows, Fires)
	if err != nil {
		return nil, err
	}
	if err := d.prepare(ctx); err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	begun, err := lastEvent(ctx, d.Glue)
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	r := &DayReport{}
	for n, part := range parts {
		if err := d.pass(ctx, r, n, part); err != nil {
			return nil, fmt.Errorf("demo: %s: %w", d.at(n).Format("15:04"), err)
		}
	}
	for _, name := range []string{EveryHalfHour, AfterInput} {
		if err := d.Glue.Call(ctx, "StopTrigger", wire.StopTriggerRequest{Name: &name}, nil); err != nil {
			return nil, fmt.Errorf("demo: %w", err)
		}
	}
	if err := d.collect(ctx, r, begun); err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	r.judge(d.Noon)
	return r, nil
}

// at is the n-th fire time, from 0.
func (d *Day) at(n int) time.Time { return d.Noon.Add(time.Duration(n) * halfHour) }

// incoming is where the Input job finds what is new: each half hour's file takes the place of the one before.
const incoming = "day/incoming/charges.csv"

// beforeNoon is when the triggers are made, by the server's clock.
const beforeNoon = 10 * time.Second

// prepare makes the jobs and their triggers.
func (d *Day) prepare(ctx context.Context) error {
	root := "s3://" + Bucket + "/day"
	one := int32(1)
	for name, script := range map[string][]byte{DayInputJob: inputScript, DayOutputJob: outputScript} {
		for _, left := range []string{d.hold(name), d.hold(name) + reachedSuffix} { // by a demonstration that was ended
			if err := os.Remove(left); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
		location, err := d.Objects.Put(ctx, Bucket, "scripts/"+name+".py", append(append([]byte{}, script...), holdScript...))
		if err != nil {
			return err
		}
		role, command, kind, workers := "tenon", glue.CommandETL, "G.1X", int32(2)
		err = d.Glue.Call(ctx, "CreateJob", wire.CreateJobRequest{Name: &name, Role: &role, WorkerType: &kind, NumberOfWorkers: &workers,
			Command: &wire.JobCommand{Name: &command, ScriptLocation: &location}, ExecutionProperty: &wire.ExecutionProperty{MaxConcurrentRuns: &one},
			DefaultArguments: map[string]string{"--input_path": "s3://" + Bucket + "/day/incoming/", "--staging_path": root + "/staging/",
				"--output_path": root + "/output/", "--hold_file": d.hold(name)}}, nil)
		if err != nil {
			return err
		}
	}
	d.Move(d.Noon.Add(-beforeNoon))
	input, output, yes, minutes := DayInputJob, DayOutputJob, true, int32(notifyAfter)
	schedule, every := daySchedule, EveryHalfHour
	scheduled, conditional := string(glue.TriggerScheduled), string(glue.TriggerConditional)
	err := d.Glue.Call(ctx, "CreateTrigger", wire.CreateTriggerRequest{Name: &every, Type: &scheduled, Schedule: &schedule, StartOnCreation: &yes,
		Actions: []wire.Action{{JobName: &input, NotificationProperty: &wire.NotificationProperty{NotifyDelayAfter: &minutes}}}}, nil)
	if err != nil {
		return err
	}
	after, equals, succeeded := AfterInput, glue.OperatorEquals, string(glue.RunSucceeded)
	return d.Glue.Call(ctx, "CreateTrigger", wire.CreateTriggerRequest{Name: &after, Type: &conditional, StartOnCreation: &yes,
		Predicate: &wire.Predicate{Conditions: []wire.Condition{{LogicalOperator: &equals, JobName: &input, State: &succeeded}}},
		Actions:   []wire.Action{{JobName: &output}}}, nil)
}

// The rounds that differ: the slow one, from 0, and the one that overlaps with its output.
const (
	slowRound    = 2
	overlapRound = 3
	slowEnds     = 17 * time.Minute // after its start
)

// pass lets one half hour pass: new input comes, the clock moves to the fire time, the jobs do what their triggers have
// them do.
func (d *Day) pass(ctx context.Context, r *DayReport, n int, part []byte) error {
	if _, err := d.Objects.Put(ctx, Bucket, incoming, part); err != nil {
		return err
	}
	if n == slowRound {
		if err := os.WriteFile(d.hold(DayInputJob), nil, 0o600); err != nil {
			return err
		}
	}
	d.move(d.at(n), "%s fires: run %d of %s", EveryHalfHour, n+1, DayInputJob)
	if n == slowRound {
		return d.slow(ctx)
	}
	if err := d.await(ctx, DayInputJob, n, glue.RunSucceeded); err != nil {
		return err
	}
	if n == overlapRound {
		if err := d.overlap(ctx, r); err != nil {
			return err
		}
	}
	return d.await(ctx, DayOutputJob, n, glue.RunSucceeded)
}

// slow has the Input job take 17 minutes. The Output job that follows takes long too, and is under way when slow returns.
func (d *Day) slow(ctx context.Context) error {
	if err := d.reached(ctx, DayInputJob); err != nil {
		return err
	}
	if err := os.WriteFile(d.hold(DayOutputJob), nil, 0o600); err != nil {
		return err
	}
	d.move(d.at(slowRound).Add(slowEnds), "run %d of %s takes its time: it ends only now", slowRound+1, DayInputJob)
	if err := os.Remove(d.hold(DayInputJob)); err != nil {
		return err
	}
	if err := d.await(ctx, DayInputJob, slowRound, glue.RunSucceeded); err != nil {
		return err
	}
	return d.reached(ctx, DayOutputJob)
}

// overlap looks at the Output run that has to wait for the one before, and lets that end.
func (d *Day) overlap(ctx context.Context, r *DayReport) error {
	if err := d.await(ctx, DayOutputJob, overlapRound, glue.RunWaiting); err != nil {
		return err
	}
	runs, err := d.runs(ctx, DayOutputJob)
	if err != nil {
		return err
	}
	if why := runs[overlapRound].StateDetail; why != nil {
		r.Waited = *why
	}
	d.move(d.at(overlapRound).Add(slowEnds/2), "run %d of %s, which overlaps, ends; run %d goes on", slowRound+1, DayOutputJob, overlapRound+1)
	return os.Remove(d.hold(DayOutputJob))
}

// reachedSuffix makes of that file's name the name of the one that the script writes.
const reachedSuffix = ".reached"

// hold is the file that makes a job take long.
func (d *Day) hold(job string) string { return filepath.Join(d.Dir, job+".hold") }

// move sets the server's clock and tells what happens then.
func (d *Day) move(to time.Time, format string, args ...any) {
	d.Move(to)
	if d.Tell != nil {
		d.Tell(to, fmt.Sprintf(format, args...))
	}
}

// reached waits until a job that takes long has done its work.
func (d *Day) reached(ctx context.Context, job string) error {
	return d.until(ctx, func() (bool, error) {
		_, err := os.Stat(d.hold(job) + reachedSuffix)
		if errors.Is(err, os.ErrNotExist) {
			return false, nil
		}
		return err == nil, err
	}, func() string { return job + " has not done its work" })
}

// await waits until the n-th run of a job, from 0, is in a state. Another final one is an error.
func (d *Day) await(ctx context.Context, job string, n int, want glue.RunState) error {
	is := "not there"
	return d.until(ctx, func() (bool, error) {
		runs, err := d.runs(ctx, job)
		if err != nil || n >= len(runs) {
			return false, err
		}
		is = *runs[n].JobRunState
		if glue.RunState(is) != want && glue.RunState(is).Final() {
			why := ""
			if runs[n].ErrorMessage != nil {
				why = ": " + *runs[n].ErrorMessage
			}
			return false, fmt.Errorf("run %d of %s is %s, not %s%s", n+1, job, is, want, why)
		}
		return is == string(want), nil
	}, func() string { return fmt.Sprintf("run %d of %s is %s, not %s", n+1, job, is, want) })
}

// until asks again and again, for Timeout at most; then the answer of is says what has not come.
func (d *Day) until(ctx context.Context, ask func() (bool, error), is func() string) error {
	ctx, cancel := context.WithTimeout(ctx, d.Timeout)
	defer cancel()
	for {
		if ok, err := ask(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), errors.New(is()))
		case <-time.After(pollEvery):
		}
	}
}

// runs lists the runs of a job, oldest first.
func (d *Day) runs(ctx context.Context, job string) ([]wire.JobRun, error) {
	var out wire.GetJobRunsResponse
	if err := d.Glue.Call(ctx, "GetJobRuns", wire.GetJobRunsRequest{JobName: &job}, &out); err != nil {
		return nil, err
	}
	runs := out.JobRuns
	for i, j := 0, len(runs)-1; i < j; i, j = i+1, j-1 {
		runs[i], runs[j] = runs[j], runs[i]
	}
	return runs, nil
}

// collect reads the events of the day: what fired, what ran when.
func (d *Day) collect(ctx context.Context, r *DayReport, after int64) error {
	byID := map[string]*DayRun{}
	for {
		var page eventList
		if err := d.Glue.Admin(ctx, "ListEvents", eventInput{after, glue.MaxPageSize}, &page); err != nil {
			return err
		}
		for i := range page.Events {
			if err := r.take(byID, &page.Events[i]); err != nil {
				return err
			}
			after = page.Events[i].Seq
		}
		if len(page.Events) < glue.MaxPageSize {
			break
		}
	}
	for _, run := range r.Runs {
		var out wire.GetJobRunResponse
		yes := true
		if err := d.Glue.Call(ctx, "GetJobRun", wire.GetJobRunRequest{JobName: &run.Job, RunId: &run.ID, PredecessorsIncluded: &yes}, &out); err != nil {
			return err
		}
		if p := out.JobRun.PredecessorRuns; len(p) == 1 {
			run.After = *p[0].RunId
		}
		files := struct{ Usage glue.Usage }{}
		if err := d.Glue.Admin(ctx, "GetRunFiles", struct{ JobName, RunId string }{run.Job, run.ID}, &files); err != nil {
			return err
		}
		run.Usage = files.Usage
	}
	return nil
}

// take adds one event to the report.
func (r *DayReport) take(byID map[string]*DayRun, e *glue.Event) error {
	var detail struct {
		Trigger string     `json:"trigger"`
		Cause   glue.Cause `json:"cause"`
		State   string     `json:"state"`
	}
	if len(e.Detail) > 0 {
		if err := json.Unmarshal(e.Detail, &detail); err != nil {
			return fmt.Errorf("event %d: %w", e.Seq, err)
		}
	}
	run := byID[e.Run]
	if run == nil && e.Run != "" && e.Kind != glue.EventRunSubmitted {
		return nil // of a run from before the day
	}
	switch e.Kind {
	case glue.EventTriggerFired:
		if detail.Trigger == EveryHalfHour {
			r.Fires++
		}
	case glue.EventRunSubmitted:
		run = &DayRun{Job: e.Job, ID: e.Run, Trigger: detail.Trigger, Submitted: e.At}
		if run.Trigger == EveryHalfHour {
			run.Fire = e.At.Truncate(halfHour)
		}
		byID[e.Run], r.Runs = run, append(r.Runs, run)
	case glue.EventRunStarted:
		run.Started = e.At
	case glue.EventRunEnded:
		run.Ended, run.State = e.At, detail.State
	case glue.EventRunDelayed:
		r.Delayed = append(r.Delayed, e.Run)
	}
	return nil
}

// judge compares the outcome with what it must be: one Input run for each fire time, one Output run for each success of it,
// what is staged read again and again, one delay, one overlap.
func (r *DayReport) judge(noon time.Time) {
	off := func(format string, args ...any) { r.Off = append(r.Off, fmt.Sprintf(format, args...)) }
	var inputs, outputs []*DayRun
	for _, run := range r.Runs {
		if run.Job == DayInputJob {
			inputs = append(inputs, run)
		} else {
			outputs = append(outputs, run)
		}
		if run.State != string(glue.RunSucceeded) {
			off("%s of %s is %s", glue.ShortRunID(run.ID), run.Job, run.State)
		}
	}
	if r.Fires != Fires || len(inputs) != Fires || len(outputs) != Fires {
		off("the schedule fired %d times, with %d Input and %d Output runs; expected %d of each", r.Fires, len(inputs), len(outputs), Fires)
		return
	}
	for n := range Fires {
		in, out := inputs[n], outputs[n]
		if want := noon.Add(time.Duration(n) * halfHour); !in.Fire.Equal(want) || in.Trigger != EveryHalfHour {
			off("Input run %d was started by %s at %s, expected %s at %s", n+1, in.Trigger, in.Fire.Format("15:04"), EveryHalfHour, want.Format("15:04"))
		}
		if out.After != in.ID || out.Trigger != AfterInput {
			off("Output run %d was started by %s after %s, expected %s after %s", n+1, out.Trigger, glue.ShortRunID(out.After), AfterInput, glue.ShortRunID(in.ID))
		}
		ratio := float64(out.Usage.BytesRead) / float64(in.Usage.BytesWritten)
		r.Ratios = append(r.Ratios, ratio)
		if want := float64(n + 1); ratio < want*(1-slack) || ratio > want*(1+slack) {
			off("at %s the ratio is %.2f, expected about %.0f", in.Fire.Format("15:04"), ratio, want)
		}
		if n > 0 && in.Started.Before(inputs[n-1].Ended) || n > 0 && out.Started.Before(outputs[n-1].Ended) {
			off("two runs of a job with MaxConcurrentRuns 1 ran at once, at %s", in.Fire.Format("15:04"))
		}
	}
	if len(r.Delayed) != 1 || r.Delayed[0] != inputs[slowRound].ID {
		off("delays were notified of %v, expected of the slow run alone", r.Delayed)
	}
	late, early := outputs[slowRound], inputs[overlapRound]
	if !late.Ended.After(early.Ended) || !late.Started.Before(early.Started) {
		off("Output run %d did not overlap with Input run %d", slowRound+1, overlapRound+1)
	} else {
		r.Overlap = fmt.Sprintf("Output run %d and Input run %d", slowRound+1, overlapRound+1)
	}
	if r.Waited == "" {
		off("Output run %d did not say why it waited", overlapRound+1)
	}
}
