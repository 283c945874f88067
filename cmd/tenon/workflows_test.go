package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tenon/internal/glue"
	"tenon/internal/wire"
)

// ptr is a member that is set.
func ptr[T any](v T) *T { return &v }

// condition is a condition of a trigger.
func condition(job, state string) wire.Condition {
	return wire.Condition{JobName: &job, State: &state, LogicalOperator: ptr(glue.OperatorEquals)}
}

// flowFixture is a run of a workflow: a -> b, c; b and c -> d; b or c FAILED -> e. b succeeded, c failed.
func flowFixture(now time.Time) (*wire.Workflow, *wire.WorkflowRun) {
	trigger := func(name string, p *wire.Predicate, jobs ...string) wire.Node {
		t := &wire.Trigger{Name: &name, Type: ptr(string(glue.TriggerConditional)), State: ptr(string(glue.TriggerActivated)), Predicate: p}
		if p == nil {
			t.Type, t.State = ptr(string(glue.TriggerOnDemand)), ptr(string(glue.TriggerCreated))
		}
		for _, j := range jobs {
			t.Actions = append(t.Actions, wire.Action{JobName: ptr(j)})
		}
		return wire.Node{Type: ptr(string(glue.NodeTrigger)), Name: &name, TriggerDetails: &wire.TriggerNodeDetails{Trigger: t}}
	}
	job := func(name, trigger, state string, began, took time.Duration) wire.Node {
		n := wire.Node{Type: ptr(string(glue.NodeJob)), Name: &name, UniqueId: ptr("wnode_" + name), JobDetails: &wire.JobNodeDetails{}}
		if state != "" {
			r := wire.JobRun{Id: ptr("jr_" + name), JobName: &name, JobRunState: &state, TriggerName: &trigger, StartedOn: wire.At(now.Add(began))}
			if glue.RunState(state).Final() {
				r.CompletedOn = wire.At(now.Add(began + took))
			}
			if state == string(glue.RunFailed) {
				r.ErrorMessage = ptr("ValueError: no such day")
			}
			n.JobDetails.JobRuns = []wire.JobRun{r}
		}
		return n
	}
	any, all := ptr(glue.LogicalAny), ptr(glue.LogicalAnd)
	graph := &wire.WorkflowGraph{Nodes: []wire.Node{
		trigger("t0", nil, "a"),
		trigger("t1", &wire.Predicate{Conditions: []wire.Condition{condition("a", "SUCCEEDED")}}, "b", "c"),
		trigger("t2", &wire.Predicate{Logical: all, Conditions: []wire.Condition{condition("b", "SUCCEEDED"), condition("c", "SUCCEEDED")}}, "d"),
		trigger("t3", &wire.Predicate{Logical: any, Conditions: []wire.Condition{condition("b", "FAILED"), condition("c", "FAILED")}}, "e"),
		job("a", "t0", "SUCCEEDED", -time.Minute, 12*time.Second), job("b", "t1", "SUCCEEDED", -48*time.Second, 20*time.Second),
		job("c", "t1", "FAILED", -48*time.Second, 900*time.Millisecond), job("d", "", "", 0, 0), job("e", "t3", "RUNNING", -47*time.Second, 0),
	}}
	run := &wire.WorkflowRun{Name: ptr("w"), WorkflowRunId: ptr("wr_1"), Status: ptr("RUNNING"), StartedOn: wire.At(now.Add(-time.Minute)), Graph: graph,
		Statistics: &wire.WorkflowRunStatistics{TotalActions: ptr(int32(4)), SucceededActions: ptr(int32(2)), FailedActions: ptr(int32(1)), RunningActions: ptr(int32(1))}}
	return &wire.Workflow{Name: ptr("w"), Graph: graph, LastRun: run}, run
}

// TestShowWorkflow draws a run where there is room, lists its jobs where there is none, and colours only terminals.
func TestShowWorkflow(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.Local)
	const head = `Workflow  w
Starts    on demand
Run       wr_1
State     RUNNING  2 succeeded, 1 failed, 1 running
Started   STAMP
Took      1m00s

`
	stamped := strings.Replace(head, "STAMP", clock(now.Add(-time.Minute)), 1)
	for _, tc := range []struct {
		width int
		want  string
	}{
		{0, stamped + `                                ╭────────────────────╮       ╭──────────────────╮
                            ╭──▶│ b                  │─┬────▶│ d                │
                            │   │ ✓ 11:59:12  20.0 s │─│─╮   │ · not started    │
     ╭────────────────────╮ │   ╰────────────────────╯ │ │   ╰──────────────────╯
◉───▶│ a                  │─┤                          │ │
     │ ✓ 11:59:00  12.0 s │ │   ╭────────────────────╮ │ │   ╭──────────────────╮
     ╰────────────────────╯ ╰──▶│ c                  │─╯ │   │ e                │
                                │ ✗ failed 0.90 s    │───┴──▶│ if any failed    │
                                ╰────────────────────╯       │ ● running 47.0 s │
                                                             ╰──────────────────╯

✗ c: ValueError: no such day
`},
		{60, stamped + `                      ╭──────────╮       ╭───────────────╮
                  ╭──▶│ b        │─┬────▶│ d             │
                  │   │ ✓ 20.0 s │─│─╮   │ ·             │
     ╭──────────╮ │   ╰──────────╯ │ │   ╰───────────────╯
◉───▶│ a        │─┤                │ │
     │ ✓ 12.0 s │ │   ╭──────────╮ │ │   ╭───────────────╮
     ╰──────────╯ ╰──▶│ c        │─╯ │   │ e             │
                      │ ✗ 0.90 s │───┴──▶│ if any failed │
                      ╰──────────╯       │ ● 47.0 s      │
                                         ╰───────────────╯

✗ c: ValueError: no such day
`},
		{52, stamped + `JOB  STATE           STARTED    TOOK  AFTER
a    ✓ SUCCEEDED    11:59:00  12.0 s  the start
b    ✓ SUCCEEDED    11:59:12  20.0 s  a
c    ✗ FAILED       11:59:12  0.90 s  a
d    · not started                    b and c
e    ● RUNNING      11:59:13  47.0 s  b or c failed

The picture of it needs 53 columns; this terminal has 52.

✗ c: ValueError: no such day
`},
	} {
		var out, talk bytes.Buffer
		a := &app{con: &console{out: &out, err: &talk, outWidth: tc.width, noColor: true}, flags: globalFlags{output: formatTable}}
		w, run := flowFixture(now)
		if err := a.showWorkflow(w, run, false, "", now); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tc.want, out.String()); diff != "" {
			t.Errorf("width %d: -want +got\n%s", tc.width, diff)
		}
		a.con.noColor, a.con.outWidth = false, 200
		out.Reset()
		if err := a.showWorkflow(w, run, false, "", now); err != nil || !strings.Contains(out.String(), "\x1b[31m│") {
			t.Errorf("a failed job's box is not red on a terminal: %v", err)
		}
	}
}

// TestConditions says what triggers wait for, and what of it the lines of a picture do not.
func TestConditions(t *testing.T) {
	for _, tc := range []struct {
		logical    string
		conditions []wire.Condition
		text, rest string
	}{
		{"", []wire.Condition{condition("a", "SUCCEEDED")}, "a", ""},
		{"ANY", []wire.Condition{condition("a", "SUCCEEDED")}, "a", ""},
		{"", []wire.Condition{condition("a", "FAILED")}, "a failed", "if failed"},
		{"AND", []wire.Condition{condition("b", "SUCCEEDED"), condition("a", "SUCCEEDED")}, "a and b", ""},
		{"ANY", []wire.Condition{condition("a", "SUCCEEDED"), condition("b", "SUCCEEDED")}, "a or b", "if any succeeded"},
		{"AND", []wire.Condition{condition("a", "STOPPED"), condition("b", "STOPPED")}, "a and b stopped", "if all stopped"},
		{"ANY", []wire.Condition{condition("a", "FAILED"), condition("a", "TIMEOUT")}, "a failed or timeout", "if failed or timeout"},
		{"AND", []wire.Condition{condition("a", "SUCCEEDED"), condition("b", "FAILED")}, "a succeeded and b failed", "if a succeeded and b failed"},
		{"ANY", []wire.Condition{condition("a", "FAILED"), condition("b", "FAILED"), condition("c", "FAILED")}, "any of a, b, c failed", "if any failed"},
	} {
		trigger := &wire.Trigger{State: ptr("ACTIVATED"), Predicate: &wire.Predicate{Logical: &tc.logical, Conditions: tc.conditions}}
		if text, rest := conditionText(trigger); text != tc.text || rest != tc.rest {
			t.Errorf("%s %s: %q, %q; want %q, %q", tc.logical, tc.text, text, rest, tc.text, tc.rest)
		}
		trigger.State = ptr("DEACTIVATED")
		if _, rest := conditionText(trigger); rest != "switched off" {
			t.Errorf("%s: %q, want that it is switched off", tc.text, rest)
		}
	}
}

// TestRerunChoice: of many runs those are run again that are over and asked for, the oldest first, and none twice.
func TestRerunChoice(t *testing.T) {
	run := func(id, previous, status string, failed int32) wire.WorkflowRun {
		return wire.WorkflowRun{WorkflowRunId: &id, PreviousRunId: given(previous), Status: &status, Statistics: &wire.WorkflowRunStatistics{FailedActions: &failed}}
	}
	all := []wire.WorkflowRun{ // newest first
		run("running", "", "RUNNING", 1), run("again", "bad", "COMPLETED", 1), run("stopped", "", "STOPPED", 0),
		run("bad", "", "COMPLETED", 2), run("good", "", "COMPLETED", 0), run("error", "", "ERROR", 0),
	}
	for _, tc := range []struct {
		flags rerunFlags
		want  []string
	}{
		{rerunFlags{}, []string{"error", "good", "stopped", "again"}},
		{rerunFlags{failed: true}, []string{"again"}},
		{rerunFlags{from: []string{"a"}}, []string{"good", "again"}},
		{rerunFlags{status: "STOPPED"}, []string{"stopped"}},
		{rerunFlags{status: "ERROR", failed: true}, nil},
	} {
		var got []string
		for _, r := range tc.flags.choose(all) {
			got = append(got, val(r.WorkflowRunId))
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%+v: %v, want %v", tc.flags, got, tc.want)
		}
	}
}

// TestRetryChoice: the same of runs of jobs, and the key of a retry is the same for the same retry alone.
func TestRetryChoice(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	run := func(id, previous, state string, ago time.Duration) wire.JobRun {
		return wire.JobRun{Id: &id, PreviousRunId: given(previous), JobRunState: &state, StartedOn: wire.At(now.Add(-ago))}
	}
	all := []wire.JobRun{ // newest first
		run("waits", "", "WAITING", time.Minute), run("second", "first", "FAILED", 2*time.Minute), run("late", "", "TIMEOUT", 3*time.Minute),
		run("first", "", "FAILED", 4*time.Minute), run("fine", "", "SUCCEEDED", 5*time.Minute), run("old", "", "FAILED", 3*time.Hour),
	}
	f := &retryFlags{since: time.Hour, limit: 1}
	if _, err := f.check(nil); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range f.choose(all, now) {
		got = append(got, val(r.Id))
	}
	if want := []string{"late", "second"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	keys := map[string]bool{}
	for _, changed := range []map[string]string{nil, {"--a": "1"}, {"--a": "2"}} {
		for _, id := range []string{"jr_1", "jr_2"} {
			once, err := retryKey(id, changed)
			if twice, _ := retryKey(id, changed); err != nil || once != twice || keys[once] {
				t.Errorf("the key of %s with %v is %s, then %s: %v", id, changed, once, twice, err)
			}
			keys[once] = true
		}
	}
}
