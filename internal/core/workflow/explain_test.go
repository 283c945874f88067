package workflow

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"tenon/internal/core/cron"
	"tenon/internal/glue"
)

// asked is the world that explanations are asked in. Whatever is told later is newer.
type asked struct {
	t        *testing.T
	q        Question
	triggers []glue.Trigger
}

// TestExplainScripts runs testdata/explain/*.txt. The commands:
//
//	triggers [workflow=W]     the triggers, one a line: see readTrigger
//	set                       lines as for triggers, which take the place of those of their names
//	jobs A B !C               which jobs there are, and are not
//	workflow W [max=N]        a workflow exists
//	gone-workflow             it does not
//	start RUN at=T [state=S] [queued] [fired-before=(T,...)] [carried=(RUN,...)]   a run of the workflow, its graph
//	                          frozen as of now; one with fired-before resumes the newest
//	run JOB STATE [at=T] [flow=F] [trigger=T] [workflow=W]      a run of a job; at is its end
//	rule NAME [disabled] [job=J]
//	progress T                of trigger T, lines: accounted T | batch N since T | fired T FLOW CAUSE [missed] | skipped T WHY
//	explain T [now=T] [zone=Z] [timezone=Z] [missed=P] [changed=T] [flow=F]
func TestExplainScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/explain", func(t *testing.T, path string) {
		a := &asked{t: t}
		a.q.Jobs = map[string]bool{}
		progress := map[string]glue.TriggerProgress{}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			a.t = t
			switch d.Cmd {
			case "triggers":
				*a = asked{t: t}
				a.q.Jobs = map[string]bool{}
				w := ""
				d.MaybeScanArgs(t, "workflow", &w)
				if w != "" {
					a.q.Workflow = &glue.Workflow{Name: w}
				}
				a.triggers = readTriggers(t, d.Input, w)
				clear(progress)
			case "set":
				for _, n := range readTriggers(t, d.Input, a.triggers[0].WorkflowName) {
					a.triggers = slices.DeleteFunc(a.triggers, func(o glue.Trigger) bool { return o.Name == n.Name })
					a.triggers = append(a.triggers, n)
				}
			case "jobs":
				for _, arg := range d.CmdArgs {
					name, gone := strings.CutPrefix(arg.Key, "!")
					a.q.Jobs[name] = !gone
				}
			case "workflow":
				a.q.Workflow = &glue.Workflow{Name: d.CmdArgs[0].Key}
				d.MaybeScanArgs(t, "max", &a.q.Workflow.MaxConcurrentRuns)
			case "gone-workflow":
				a.q.Workflow = nil
			case "start":
				a.start(d)
			case "run":
				a.run(d)
			case "rule":
				target := glue.Target{ID: "1"}
				d.MaybeScanArgs(t, "job", &target.Job)
				a.q.Rules = append(a.q.Rules, glue.Rule{Name: d.CmdArgs[0].Key, Disabled: d.HasArg("disabled"), Targets: []glue.Target{target},
					Pattern: json.RawMessage(`{"source":["shop"]}`)})
			case "progress":
				progress[d.CmdArgs[0].Key] = a.progress(d)
			case "explain":
				return a.explain(d, progress)
			default:
				d.Fatalf(t, "unknown command %s", d.Cmd)
			}
			return "ok\n"
		})
	})
}

// at reads an argument that is a time; zero without it.
func (a *asked) at(d *datadriven.TestData, key string) time.Time {
	text := ""
	d.MaybeScanArgs(a.t, key, &text)
	if text == "" {
		return time.Time{}
	}
	return readTime(a.t, text)
}

func (a *asked) start(d *datadriven.TestData) {
	r := glue.WorkflowRun{ID: d.CmdArgs[0].Key, Workflow: a.q.Workflow.Name, State: glue.WorkflowRunning, Queued: d.HasArg("queued"),
		Started: a.at(d, "at"), Graph: Build("r", a.q.Workflow.Name, 1, a.triggers)}
	state := ""
	if d.MaybeScanArgs(a.t, "state", &state) {
		r.State = glue.WorkflowState(state)
	}
	if r.State == glue.WorkflowError {
		r.ErrorMessage = "Concurrent runs exceeded for workflow: w."
	}
	for _, arg := range d.CmdArgs {
		if arg.Key == "carried" {
			for _, c := range a.q.Runs {
				if slices.Contains(arg.Vals, c.ID) {
					r.Carried = append(r.Carried, glue.FlowRun{ID: c.ID, Job: c.Job, State: c.State, Trigger: c.Trigger})
				}
			}
		}
		if arg.Key == "fired-before" {
			r.FiredBefore, r.PreviousRun = arg.Vals, a.q.WorkflowRuns[0].ID
		}
	}
	a.q.WorkflowRuns = append([]glue.WorkflowRun{r}, a.q.WorkflowRuns...)
}

func (a *asked) run(d *datadriven.TestData) {
	r := glue.JobRun{ID: fmt.Sprintf("jr_%d", len(a.q.Runs)+1), Job: d.CmdArgs[0].Key, State: glue.RunState(d.CmdArgs[1].Key), Completed: a.at(d, "at")}
	if !r.Completed.IsZero() {
		r.Submitted = r.Completed.Add(-time.Minute)
	}
	d.MaybeScanArgs(a.t, "flow", &r.Flow)
	d.MaybeScanArgs(a.t, "trigger", &r.Trigger)
	d.MaybeScanArgs(a.t, "workflow", &r.Workflow)
	met := ""
	if d.MaybeScanArgs(a.t, "met-by", &met) {
		r.Cause = &glue.Cause{Kind: glue.CauseCondition, Runs: []glue.Predecessor{{Job: "A", Run: met}}}
	}
	a.q.Runs = append([]glue.JobRun{r}, a.q.Runs...)
}

func (a *asked) progress(d *datadriven.TestData) (p glue.TriggerProgress) {
	for line := range strings.Lines(d.Input) {
		w := strings.Fields(line)
		switch w[0] {
		case "accounted":
			p.Accounted = readTime(a.t, w[1])
		case "batch":
			n := 0
			if _, err := fmt.Sscan(w[1], &n); err != nil {
				a.t.Fatal(err)
			}
			p.Batch, p.BatchSince = make([]string, n), readTime(a.t, w[3])
		case "fired":
			f := glue.Fired{At: readTime(a.t, w[1]), Flow: w[2], Cause: glue.Cause{Kind: glue.CauseKind(w[3])}}
			f.Cause.Time, f.Cause.Missed = f.At.Truncate(time.Hour), w[len(w)-1] == "missed"
			f.Cause.Runs = []glue.Predecessor{{Job: "A", Run: "jr_1"}}
			p.Recent, p.Count = append(p.Recent, f), p.Count+1
		case "skipped":
			p.Recent = append(p.Recent, glue.Fired{At: readTime(a.t, w[1]), Skipped: strings.Join(w[2:], " ")})
		}
	}
	return p
}

func (a *asked) explain(d *datadriven.TestData, progress map[string]glue.TriggerProgress) string {
	name := d.CmdArgs[0].Key
	q := a.q
	q.Now = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	if now := a.at(d, "now"); !now.IsZero() {
		q.Now = now
	}
	q.Changed, q.Progress, q.ARN = a.at(d, "changed"), progress[name], "arn:aws:glue:us-east-1:123456789012:trigger/"+name
	d.MaybeScanArgs(a.t, "flow", &q.Flow)
	for _, t := range a.triggers {
		if t.Name == name {
			q.Trigger = t
		} else {
			q.Others = append(q.Others, t)
		}
	}
	zone, policy := "", ""
	if d.MaybeScanArgs(a.t, "zone", &zone) {
		loc, err := cron.Location(zone)
		if err != nil {
			a.t.Fatal(err)
		}
		q.Zone = loc
	}
	d.MaybeScanArgs(a.t, "timezone", &q.Trigger.Setting.Timezone)
	d.MaybeScanArgs(a.t, "missed", &policy)
	q.Trigger.Setting.Missed = glue.MissedPolicy(policy)
	return spell(Explain(&q))
}

// spell writes an explanation as the command line does, roughly.
func spell(e Explanation) string {
	var out strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	say("%s %s %s", e.Trigger, e.Type, e.State)
	say("about:   %s", e.About)
	say("summary: %s", e.Summary)
	for _, n := range e.Next {
		say("next:    %s %s", n.At.Format(stamp), n.Local)
	}
	for _, c := range e.Conditions {
		mark := "-"
		if c.Met {
			mark = "+"
		}
		say("%s %s: %s", mark, c.Condition, strings.TrimSpace(strings.Join([]string{c.Run, string(c.State), c.Why}, " ")))
	}
	if b := e.Batch; b != nil && b.Events > 0 {
		say("batch:   %d of %d, window ends %s", b.Events, b.Size, b.Ends.Format(stamp))
	}
	for _, f := range e.Fires {
		say("fire:    %s %s %s", f.At.Format(stamp), f.Flow, f.Cause)
	}
	if len(e.Why) > 1 {
		for _, w := range e.Why[1:] {
			say("why:     %s", w)
		}
	}
	for _, s := range e.Do {
		say("do:      %s", s.Text)
		if s.Command != "" {
			say("         $ %s", s.Command)
		}
	}
	return out.String()
}

// TestQuoted checks that commands can be pasted.
func TestQuoted(t *testing.T) {
	for in, want := range map[string]string{"nightly": "nightly", "": "''", "a b": "'a b'", "it's": `'it'\''s'`, "cron(1)": "'cron(1)'", "tag=a/b": "tag=a/b"} {
		if got := quoted(in); got != want {
			t.Errorf("%q is quoted %s, want %s", in, got, want)
		}
	}
}

// TestWords checks the smaller sentences.
func TestWords(t *testing.T) {
	x := &explainer{q: &Question{Now: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)}}
	at := x.q.Now.Add(-time.Hour)
	long := "jr_" + strings.Repeat("0123456789abcdef", 4)
	for got, want := range map[string]string{
		x.causeWords(&glue.Fired{Cause: glue.Cause{Kind: glue.CauseSchedule, Time: at, Missed: true}}):                                                 "fire time 11:00:00 UTC, made up for since it was missed",
		x.causeWords(&glue.Fired{Cause: glue.Cause{Kind: glue.CauseDemand}}):                                                                           "started by hand",
		x.causeWords(&glue.Fired{Cause: glue.Cause{Kind: glue.CauseDemand, Who: "KEY"}}):                                                               "started by KEY",
		x.causeWords(&glue.Fired{Cause: glue.Cause{Kind: glue.CauseResume, Who: "KEY"}}):                                                               "resumed by KEY",
		x.causeWords(&glue.Fired{Cause: glue.Cause{Kind: glue.CauseRule, Rule: "r"}}):                                                                  "rule r",
		x.causeWords(&glue.Fired{Cause: glue.Cause{Kind: glue.CauseEvents, Events: []string{"a"}}, More: 2}):                                           "3 events",
		x.causeWords(&glue.Fired{Cause: glue.Cause{Kind: glue.CauseCondition, Runs: []glue.Predecessor{{Job: "A", Run: "r"}}}, More: 1}):               "met by A r and 1 run more",
		x.causeWords(&glue.Fired{Cause: glue.Cause{Kind: glue.CauseEvents, Events: []string{"a"}}}):                                                    "1 event",
		x.causeWords(&glue.Fired{Cause: glue.Cause{Kind: glue.CauseEvents, Events: []string{"a", "b"}, Window: true}}):                                 "2 events, as the window ended",
		x.causeWords(&glue.Fired{Cause: glue.Cause{Kind: glue.CauseCondition, Runs: []glue.Predecessor{{Job: "A", Run: long}, {Job: "B", Run: "r"}}}}): "met by A jr_0123456789abcdef and B r",
		list(nil, "and"): "none",
		list([]string{"a", "b", "c", "d", "e"}, "or"):                                      "a, b, c, d or e",
		list([]string{"a", "b", "c", "d", "e", "f"}, "or"):                                 "a, b, c, d and 2 more",
		actionWords([]glue.Action{{JobName: "a"}, {CrawlerName: "c"}, {CrawlerName: "d"}}): "job a and crawlers c and d",
		predicateWords(nil): "nothing",
		predicateWords(&glue.Predicate{Conditions: []glue.Condition{{CrawlerName: "c", CrawlState: "FAILED"}}}): "crawler c ends FAILED",
		span(59 * time.Second): "59 s", span(5 * time.Minute): "5 min", span(26 * time.Hour): "26 h 0 min", span(80 * time.Hour): "3 days",
		short("nightly"): "nightly", short("wr_1"): "wr_1", short(strings.Replace(long, "jr", "ch", 1)): "ch_0123456789abcdef",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if p := many(8); predicateWords(&glue.Predicate{Logical: glue.LogicalAny, Conditions: p.Conditions}) !=
		"any holds of: j0 ends SUCCEEDED, j1 ends SUCCEEDED, j2 ends SUCCEEDED, j3 ends SUCCEEDED and 4 more" {
		t.Errorf("eight conditions: %s", predicateWords(p))
	}
}

// TestStats counts a run in each state.
func TestStats(t *testing.T) {
	var runs []glue.FlowRun
	for _, s := range []glue.RunState{glue.RunWaiting, glue.RunStarting, glue.RunRunning, glue.RunStopping, glue.RunStopped,
		glue.RunSucceeded, glue.RunFailed, glue.RunTimeout, glue.RunError, glue.RunExpired} {
		runs = append(runs, glue.FlowRun{State: s})
	}
	want := glue.WorkflowStat{Total: 10, Waiting: 1, Running: 3, Stopped: 1, Succeeded: 1, Failed: 1, Timeout: 1, Errored: 2}
	if got := Stats(runs); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestCrawls makes sure that a condition on a crawler is met by no run of a job of its name.
func TestCrawls(t *testing.T) {
	p := &glue.Predicate{Conditions: []glue.Condition{{LogicalOperator: glue.OperatorEquals, CrawlerName: "c", CrawlState: "SUCCEEDED"}}}
	if met, v := Met(p, []glue.FlowRun{{ID: "r", Job: "c", State: glue.RunSucceeded}}); met || v[0].Met {
		t.Errorf("met by a job: %+v", v)
	}
	if met, _ := Met(&glue.Predicate{Logical: glue.LogicalAnd}, nil); met {
		t.Error("a predicate without conditions is met")
	}
}
