package workflow

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"tenon/internal/glue"
)

// conditions speaks of a CONDITIONAL trigger: how its conditions stand in the flow in question, whether it fired there, and
// if not, why.
func (x *explainer) conditions() {
	if x.t.Predicate == nil {
		x.why("It has no predicate.")
		return
	}
	x.e.Flow = x.flow()
	met, verdicts := Met(x.t.Predicate, x.runsOf(x.e.Flow))
	x.e.Met = met
	for i := range verdicts {
		x.e.Conditions = append(x.e.Conditions, x.verdict(&verdicts[i]))
	}
	if x.hadTurn() {
		x.fromOutside()
		return
	}
	x.unreachable()
	switch {
	case x.e.Flow == "":
	case met:
		x.metUnfired()
	default:
		x.unmet()
	}
	x.fromOutside()
	if x.e.Flow == "" {
		x.why("No run has counted for it yet: none of the jobs that it watches was started by a trigger%s.", orElse(x.inWorkflow(), " outside workflows"))
	}
}

// inWorkflow is " of workflow w", for a trigger that belongs to one.
func (x *explainer) inWorkflow() string {
	if x.t.WorkflowName == "" {
		return ""
	}
	return " of workflow " + x.t.WorkflowName
}

// flowName names the flow in question.
func (x *explainer) flowName() string {
	if x.t.WorkflowName != "" {
		return "run " + short(x.e.Flow)
	}
	return "chain " + short(x.e.Flow)
}

// counts reports whether a run is in a flow that the trigger looks at.
func (x *explainer) counts(r *glue.JobRun) bool {
	return r.Flow != "" && r.Workflow == x.t.WorkflowName
}

// flow picks the flow to judge the conditions in: the one asked for, the newest run of its workflow, or the flow of the
// newest run that counts.
func (x *explainer) flow() string {
	if x.q.Flow != "" {
		return x.q.Flow
	}
	if x.t.WorkflowName != "" && len(x.q.WorkflowRuns) > 0 {
		return x.q.WorkflowRuns[0].ID
	}
	for i := range x.q.Runs {
		if x.counts(&x.q.Runs[i]) {
			return x.q.Runs[i].Flow
		}
	}
	return ""
}

// workflowRun finds the workflow run that a flow is.
func (x *explainer) workflowRun(flow string) *glue.WorkflowRun {
	for i := range x.q.WorkflowRuns {
		if x.q.WorkflowRuns[i].ID == flow {
			return &x.q.WorkflowRuns[i]
		}
	}
	return nil
}

// runsOf are the runs of a flow as its triggers see them, the oldest first.
func (x *explainer) runsOf(flow string) []glue.FlowRun {
	var runs []glue.FlowRun
	if flow == "" {
		return nil
	}
	if w := x.workflowRun(flow); w != nil {
		runs = append(runs, w.Carried...)
	}
	for i := len(x.q.Runs) - 1; i >= 0; i-- {
		if r := &x.q.Runs[i]; r.Flow == flow {
			runs = append(runs, glue.FlowRun{ID: r.ID, Job: r.Job, State: r.State, Trigger: r.Trigger})
		}
	}
	return runs
}

// verdict says how a condition stands, with the run that met it or came nearest.
func (x *explainer) verdict(v *Verdict) ConditionVerdict {
	c := ConditionVerdict{Condition: conditionWords(&v.Condition), Met: v.Met}
	if v.Condition.CrawlerName != "" {
		c.Why = "crawlers are not supported yet"
		return c
	}
	if v.Met {
		c.Run, c.State, c.Ended = v.Run.ID, v.Run.State, x.ended(v.Run.ID)
		return c
	}
	job, want := v.Condition.JobName, v.Condition.State
	r := x.nearest(job)
	if r == nil {
		c.Why = "no run yet"
		if x.gone(job) {
			c.Why = fmt.Sprintf("job %s does not exist", job)
		}
		return c
	}
	c.Run, c.State, c.Ended = r.ID, r.State, r.Completed
	switch {
	case x.ofFlow(r) && !r.State.Final():
		c.Why = "still " + string(r.State)
	case x.ofFlow(r):
		c.Why = fmt.Sprintf("ended %s, not %s", r.State, want)
	case r.Flow == "":
		c.Why = "started by hand, so no trigger counts it"
	case r.Workflow != x.t.WorkflowName && r.Workflow != "":
		c.Why = fmt.Sprintf("in a run of workflow %s, which this trigger is not part of", r.Workflow)
	case r.Workflow != x.t.WorkflowName:
		c.Why = fmt.Sprintf("outside workflow %s: started by trigger %s, which is not part of it", x.t.WorkflowName, r.Trigger)
	default:
		c.Why = "in another flow than the others: " + short(r.Flow)
		if x.t.WorkflowName != "" {
			c.Why = fmt.Sprintf("no run yet in %s; this one is of %s", short(x.e.Flow), short(r.Flow))
		}
	}
	if x.gone(job) {
		c.Why += fmt.Sprintf("; and job %s does not exist any more", job)
	}
	return c
}

// nearest is the run that comes nearest to meeting a condition on a job: the newest of the flow, or else the newest.
func (x *explainer) nearest(job string) *glue.JobRun {
	var any *glue.JobRun
	for i := range x.q.Runs {
		r := &x.q.Runs[i]
		if r.Job != job {
			continue
		}
		if x.ofFlow(r) {
			return r
		}
		if any == nil {
			any = r
		}
	}
	return any
}

// ofFlow reports whether a run counts in the flow in question: as one of its own, or carried over from the one it resumes.
func (x *explainer) ofFlow(r *glue.JobRun) bool {
	if r.Flow == "" || x.e.Flow == "" {
		return false
	}
	w := x.workflowRun(x.e.Flow)
	return r.Flow == x.e.Flow || w != nil && slices.ContainsFunc(w.Carried, func(c glue.FlowRun) bool { return c.ID == r.ID })
}

// ended is when a run ended, zero if that is not known.
func (x *explainer) ended(run string) time.Time {
	for i := range x.q.Runs {
		if x.q.Runs[i].ID == run {
			return x.q.Runs[i].Completed
		}
	}
	return time.Time{}
}

// hadTurn tells of a trigger that has fired in the flow, or counts as if it had.
func (x *explainer) hadTurn() bool {
	flow := x.e.Flow
	if f, fired := x.firedIn(flow); fired {
		x.good = fmt.Sprintf("It fired in %s, at %s: %s. It fires once in each flow, whatever ends there later.", x.flowName(), x.clock(f.At), x.causeWords(&f))
		return true
	}
	w := x.workflowRun(flow)
	if w == nil || !slices.Contains(w.FiredBefore, x.t.Name) {
		return false
	}
	x.good = fmt.Sprintf("In %s it counts as fired: that run resumes %s, from nodes that this trigger does not follow.", x.flowName(), short(w.PreviousRun))
	return true
}

// metUnfired tells why a trigger whose conditions are met has not fired.
func (x *explainer) metUnfired() {
	flow := x.flowName()
	if w := x.workflowRun(x.e.Flow); w != nil {
		if x.frozen(w) {
			return
		}
		if w.State != glue.WorkflowRunning {
			x.why("Its conditions are met in %s, but that run is %s: nothing more starts in it.", flow, w.State)
			return
		}
	}
	last := time.Time{}
	for _, c := range x.e.Conditions {
		if c.Met && c.Ended.After(last) {
			last = c.Ended
		}
	}
	switch {
	case x.t.State != glue.TriggerActivated:
		x.why("Its conditions are met in %s, but it is not ACTIVATED.", flow)
	case x.q.Changed.After(last) && !last.IsZero():
		x.why("Its conditions were met in %s by %s; it was changed or activated only at %s. What ended before does not fire it.",
			flow, x.clock(last), x.clock(x.q.Changed))
		x.doStart()
	default:
		x.good = fmt.Sprintf("Its conditions are met in %s: it is about to fire.", flow)
	}
}

// frozen tells of a workflow run whose graph has the trigger otherwise than it is now.
func (x *explainer) frozen(w *glue.WorkflowRun) bool {
	var then *glue.Trigger
	for _, t := range Triggers(&w.Graph) {
		if t.Name == x.t.Name {
			then = &t
		}
	}
	switch {
	case then == nil:
		x.why("Run %s has no trigger %s: a run keeps the graph that the workflow had when it started, at %s.", short(w.ID), x.t.Name, x.clock(w.Started))
	case then.State != glue.TriggerActivated:
		x.why("In run %s it is %s: a run keeps the graph that the workflow had when it started, at %s, and it was activated later.",
			short(w.ID), then.State, x.clock(w.Started))
	case !reflect.DeepEqual(then.Predicate, x.t.Predicate):
		x.why("In run %s it fires when %s: a run keeps the graph that the workflow had when it started, at %s, and it was changed later.",
			short(w.ID), predicateWords(then.Predicate), x.clock(w.Started))
	default:
		return false
	}
	x.do("Start a new run, which has the graph of now.", "tenon", "workflows", "start", w.Workflow)
	return true
}

// unmet tells which conditions are missing.
func (x *explainer) unmet() {
	var missing []string
	waiting := false
	for _, c := range x.e.Conditions {
		if c.Met {
			continue
		}
		missing = append(missing, fmt.Sprintf("%s (%s)", c.Condition, c.Why))
		waiting = waiting || c.State != "" && !c.State.Final()
	}
	last := "and"
	if x.t.Predicate.Logical == glue.LogicalAny {
		last = "or"
	}
	text := fmt.Sprintf("In %s it is not met. Missing: %s.", x.flowName(), list(missing, last))
	if w := x.workflowRun(x.e.Flow); w != nil {
		switch {
		case x.frozen(w):
			return
		case w.Queued && !w.State.Final():
			x.why("Run %s has not begun: it waits until another run of workflow %s has ended (MaxConcurrentRuns).", short(w.ID), w.Workflow)
			return
		case w.State == glue.WorkflowError:
			x.why("Run %s never began: %s", short(w.ID), w.ErrorMessage)
			return
		case w.State != glue.WorkflowRunning:
			text += fmt.Sprintf(" That run is %s: nothing more starts in it.", w.State)
		}
	}
	x.e.Why = append(x.e.Why, text)
	if waiting {
		return
	}
	for i, c := range x.e.Conditions {
		if !c.Met && strings.HasPrefix(c.Why, "ended") && x.t.Predicate.Conditions[i].State == glue.RunSucceeded {
			x.do("See why that run ended as it did.", "tenon", "runs", "show", c.Run)
			break
		}
	}
}

// fromOutside tells of a run that a condition would have been met by, had a trigger of the right flow started it: the
// newest of each watched job, if it is newer than the flow in question and ended since the trigger is as it is.
func (x *explainer) fromOutside() {
	told := map[string]bool{}
	var since time.Time
	if w := x.workflowRun(x.e.Flow); w != nil {
		since = w.Started
	}
	for i := range x.t.Predicate.Conditions {
		c := &x.t.Predicate.Conditions[i]
		at := slices.IndexFunc(x.q.Runs, func(r glue.JobRun) bool { return r.Job == c.JobName })
		if c.JobName == "" || at < 0 {
			continue
		}
		r := &x.q.Runs[at]
		if x.counts(r) || r.State != c.State || told[r.ID] || r.Submitted.Before(since) || r.Completed.Before(x.q.Changed) {
			continue
		}
		told[r.ID] = true
		how := "by hand"
		if r.Flow != "" {
			how = fmt.Sprintf("by trigger %s%s", r.Trigger, map[bool]string{true: " in workflow " + r.Workflow}[r.Workflow != ""])
		}
		x.why("Run %s of %s ended %s at %s, but was started %s: only runs that triggers%s started, descending from one start, count.",
			short(r.ID), r.Job, r.State, x.clock(r.Completed), how, x.inWorkflow())
		if len(told) == 1 {
			x.doStart()
		}
	}
}

// doStart says how to start what leads to the trigger, so that it counts.
func (x *explainer) doStart() {
	if x.t.WorkflowName != "" && x.q.Workflow != nil {
		x.do("Start the jobs through the workflow, so that they count.", "tenon", "workflows", "start", x.t.WorkflowName)
		return
	}
	for i := range x.q.Others {
		o := &x.q.Others[i]
		if o.Type == glue.TriggerOnDemand && x.startsWatched(o) {
			x.do("Start the jobs through a trigger, so that they count.", "tenon", "triggers", "start", o.Name)
			return
		}
	}
}

// startsWatched reports whether a trigger starts a job that this one watches.
func (x *explainer) startsWatched(o *glue.Trigger) bool {
	return slices.ContainsFunc(o.Actions, func(a glue.Action) bool {
		return a.JobName != "" && slices.ContainsFunc(x.t.Predicate.Conditions, func(c glue.Condition) bool { return c.JobName == a.JobName })
	})
}

// unreachable tells of conditions that cannot be met as triggers are: nothing starts their job in a way that counts, or all
// of them are needed and no one start leads to all their jobs.
func (x *explainer) unreachable() {
	if x.q.OthersCut || x.t.WorkflowName != "" && (x.q.Workflow == nil || Starter(x.q.Others) == nil) {
		return // nothing can be said, or place has told of it
	}
	starts := x.starts()
	var dead, jobs []string
	for _, c := range x.t.Predicate.Conditions {
		if c.JobName == "" || slices.Contains(jobs, c.JobName) {
			continue
		}
		jobs = append(jobs, c.JobName)
		if !slices.ContainsFunc(starts, func(below map[spot]bool) bool { return below[spot{glue.NodeJob, c.JobName}] }) {
			dead = append(dead, c.JobName)
		}
	}
	where, them := "outside workflows", "it"
	if x.t.WorkflowName != "" {
		where = "of workflow " + x.t.WorkflowName
	}
	if len(dead) > 1 {
		them = "them"
	}
	together := slices.ContainsFunc(starts, func(below map[spot]bool) bool {
		return !slices.ContainsFunc(jobs, func(j string) bool { return !below[spot{glue.NodeJob, j}] })
	})
	switch {
	case len(dead) > 0:
		x.why("It watches %s, but no start trigger %s leads to %s, and runs started by hand do not count.", list(dead, "and"), where, them)
		x.do("Have a trigger start " + list(dead, "and") + ", or what leads to " + them + ".")
	case len(jobs) > 1 && x.t.Predicate.Logical != glue.LogicalAny && !together:
		x.why("It needs %s, but no one trigger leads to all of them: their runs are never in one flow.", list(jobs, "and"))
		x.do("Have one trigger start " + list(jobs, "and") + ", or what leads to them.")
	}
}

// starts are what each start of a flow leads to: each start trigger, and each job that a rule starts.
func (x *explainer) starts() []map[spot]bool {
	l := linksOf(x.q.Others)
	var all []map[spot]bool
	for i := range x.q.Others {
		if o := &x.q.Others[i]; o.Type != glue.TriggerConditional {
			all = append(all, l.below(spot{glue.NodeTrigger, o.Name}))
		}
	}
	for i := range x.q.Rules {
		for _, t := range x.q.Rules[i].Targets {
			if x.t.WorkflowName == "" && t.Job != "" && !x.q.Rules[i].Disabled {
				below := l.below(spot{glue.NodeJob, t.Job})
				below[spot{glue.NodeJob, t.Job}] = true
				all = append(all, below)
			}
		}
	}
	return all
}

// firedIn reports whether the trigger has fired in a flow, and when: by its latest fires, or else by what it started there.
func (x *explainer) firedIn(flow string) (glue.Fired, bool) {
	for _, f := range x.q.Progress.Recent {
		if f.Flow == flow && f.Skipped == "" {
			return f, true
		}
	}
	for i := range x.q.Runs {
		if r := &x.q.Runs[i]; r.Flow == flow && r.Trigger == x.t.Name && r.Cause != nil {
			return glue.Fired{At: r.Submitted, Flow: flow, Cause: *r.Cause}, true
		}
	}
	return glue.Fired{}, false
}
