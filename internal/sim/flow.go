package sim

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tenon/internal/core/bridge"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// flows is what the event table says of triggers, workflows, and what they brought about. It judges predicates and schedules
// by itself: of the plane's own judgement it uses nothing but the events that tell of it, against which it holds its own.
type flows struct {
	l        *Ledger
	triggers map[string]*triggerAccount // by region and name
	flows    map[string]*flowAccount    // by id
	begun    map[string]int             // flows that a caller began, by the caller
	batched  map[string]int             // workflow runs that an event is among the causes of, by its id
	served   map[string]int             // starts by rules, by rule and event
	owed     map[string]int             // those of them that have no run yet
	ended    map[string]bool            // events, by id, that tell of the success of a run of ruleJob
}

// triggerAccount is what is known of a trigger that is, or was, ACTIVATED.
type triggerAccount struct {
	glue.Trigger
	active    bool
	every     time.Duration // of a schedule that this package draws; 0 for others
	offset    time.Duration
	accounted time.Time
}

// flowAccount is what is known of a flow.
type flowAccount struct {
	workflow string // empty: a chain
	row      glue.WorkflowRun
	runs     []glue.FlowRun
	open     int
	fired    map[string]bool
	due      map[string]bool // conditional triggers that are to fire in this commit
	pending  []pendingFire
	queued   bool
	begun    bool
	stopping bool
	ended    bool
}

// pendingFire is a fire whose runs are not there yet.
type pendingFire struct {
	trigger string
	jobs    []string
}

// newFlows begins before the first event.
func newFlows(l *Ledger) *flows {
	return &flows{l: l, triggers: map[string]*triggerAccount{}, flows: map[string]*flowAccount{}, begun: map[string]int{},
		batched: map[string]int{}, served: map[string]int{}, owed: map[string]int{}, ended: map[string]bool{}}
}

// flowDetail is what is read of the events' details.
type flowDetail struct {
	Trigger  string     `json:"trigger"`
	Workflow string     `json:"workflow"`
	Flow     string     `json:"flow"`
	Run      string     `json:"run"`
	Previous string     `json:"previous_run"`
	Cause    glue.Cause `json:"cause"`
	Actions  []string   `json:"actions"`
	Count    int        `json:"count"`
}

// take applies one event.
func (fs *flows) take(r *store.Reader, e *glue.Event) error {
	switch e.Kind {
	case glue.EventRunSubmitted:
		fs.submitted(&fs.l.runs[e.Run].run)
		return nil
	case glue.EventRunEnded:
		return fs.runEnded(e)
	case glue.EventRuleFired:
		return fs.ruleFired(e)
	case glue.EventTriggerActivated, glue.EventTriggerDeactivated, glue.EventTriggerFired, glue.EventTriggerMissed,
		glue.EventWorkflowStarted, glue.EventWorkflowQueued, glue.EventWorkflowStopping, glue.EventWorkflowEnded:
	default:
		return nil
	}
	var d flowDetail
	if err := json.Unmarshal(e.Detail, &d); err != nil {
		return fmt.Errorf("detail of event %d: %w", e.Seq, err)
	}
	f := fs.flows[d.Flow+d.Run]
	switch e.Kind {
	case glue.EventTriggerActivated:
		return fs.activated(r, e, &d)
	case glue.EventTriggerDeactivated:
		fs.triggers[e.Region+" "+d.Trigger].active = false
	case glue.EventTriggerMissed:
		return fs.missed(e, &d)
	case glue.EventTriggerFired:
		fs.fired(e, &d)
	case glue.EventWorkflowStarted, glue.EventWorkflowQueued:
		return fs.started(r, e, &d)
	case glue.EventWorkflowStopping:
		f.stopping, f.pending, f.due = true, nil, map[string]bool{}
	case glue.EventWorkflowEnded:
		return fs.over(e, f, d.Run)
	}
	return nil
}

// activated learns a trigger.
func (fs *flows) activated(r *store.Reader, e *glue.Event, d *flowDetail) error {
	def, err := r.GetDefinition(e.Region, "trigger", d.Trigger)
	if err != nil {
		return err
	}
	t := &triggerAccount{active: true, accounted: e.At}
	if err := json.Unmarshal(def.Doc, &t.Trigger); err != nil {
		return err
	}
	t.State = glue.TriggerActivated // it may be another by now
	var offset, every int
	if n, _ := fmt.Sscanf(t.Schedule, scheduleForm, &offset, &every); n == 2 {
		t.offset, t.every = time.Duration(offset)*time.Minute, time.Duration(every)*time.Minute
	}
	fs.triggers[e.Region+" "+d.Trigger] = t
	return nil
}

// scheduleForm is how schedules are drawn: every so many minutes, a part of an hour, from a minute on.
const scheduleForm = "cron(%d/%d * * * ? *)"

// after is the fire time that follows a time.
func (t *triggerAccount) after(at time.Time) time.Time {
	next := at.Truncate(t.every).Add(t.offset % t.every)
	for !next.After(at) {
		next = next.Add(t.every)
	}
	return next
}

// missed accounts for the fire times that were passed over: all of them, in their order.
func (fs *flows) missed(e *glue.Event, d *flowDetail) error {
	var times struct{ First, Last time.Time }
	if err := json.Unmarshal(e.Detail, &times); err != nil {
		return err
	}
	t := fs.triggers[e.Region+" "+d.Trigger]
	if t == nil || t.every == 0 {
		return nil
	}
	n, at := 0, t.accounted
	for at = t.after(at); n == 0 || !at.After(times.Last); at = t.after(at) {
		if n++; n == 1 && !at.Equal(times.First) {
			fs.l.violate("trigger %s missed the time %s first, it says %s", d.Trigger, at, times.First)
		}
		t.accounted = at
	}
	if n != d.Count || !t.accounted.Equal(times.Last) {
		fs.l.violate("trigger %s missed %d times up to %s, it says %d up to %s", d.Trigger, n, t.accounted, d.Count, times.Last)
	}
	return nil
}

// scheduled accounts for a fire time: it is the next one.
func (fs *flows) scheduled(region, name string, at time.Time) {
	t := fs.triggers[region+" "+name]
	if t == nil || t.every == 0 {
		return
	}
	if want := t.after(t.accounted); !t.active || !want.Equal(at) {
		fs.l.violate("trigger %s, active: %v, fires for %s, where %s is next", name, t.active, at, want)
	}
	t.accounted = at
}

// begins counts a new flow by its cause.
func (fs *flows) begins(e *glue.Event, trigger string, c *glue.Cause) {
	switch c.Kind {
	case glue.CauseDemand, glue.CauseResume:
		fs.begun[c.Who]++
	case glue.CauseSchedule:
		fs.scheduled(e.Region, trigger, c.Time)
	case glue.CauseEvents:
		for _, id := range c.Events {
			fs.batched[id]++
		}
	default:
		fs.l.violate("a flow begins for %q", c.Kind)
	}
}

// fired takes a firing, which must be of a kind that may be.
func (fs *flows) fired(e *glue.Event, d *flowDetail) {
	f := fs.flows[d.Flow]
	if f == nil {
		if d.Workflow != "" || d.Cause.Kind == glue.CauseCondition {
			fs.l.violate("trigger %s fires in flow %s, which has not begun", d.Trigger, d.Flow)
		}
		f = &flowAccount{fired: map[string]bool{}, due: map[string]bool{}, begun: true}
		fs.flows[d.Flow] = f
		fs.begins(e, d.Trigger, &d.Cause)
	}
	switch {
	case f.ended || f.stopping || f.queued:
		fs.l.violate("trigger %s fires in flow %s, ended: %v, stopping: %v, queued: %v", d.Trigger, d.Flow, f.ended, f.stopping, f.queued)
	case d.Cause.Kind == glue.CauseCondition && !f.due[d.Trigger]:
		fs.l.violate("trigger %s fires in flow %s, and its conditions are not met, or it has: %v", d.Trigger, d.Flow, f.fired[d.Trigger])
	case d.Cause.Kind == glue.CauseCondition && len(d.Cause.Runs) == 0:
		fs.l.violate("trigger %s fires in flow %s for no run", d.Trigger, d.Flow)
	case d.Cause.Kind != glue.CauseCondition && d.Cause.Kind != glue.CauseResume && f.fired[d.Trigger]:
		fs.l.violate("trigger %s fires twice in flow %s", d.Trigger, d.Flow)
	}
	delete(f.due, d.Trigger)
	f.fired[d.Trigger] = true
	f.pending = append(f.pending, pendingFire{d.Trigger, slices.Clone(d.Actions)})
}

// ruleFired counts what a rule is to start: a job is its first target.
func (fs *flows) ruleFired(e *glue.Event) error {
	var d struct{ Rule, Target, Event string }
	if err := json.Unmarshal(e.Detail, &d); err != nil {
		return err
	}
	if d.Target == "1" {
		fs.served[d.Rule+" "+d.Event]++
		fs.owed[d.Rule+" "+d.Event]++
	}
	return nil
}

// startedFor names what a rule's start was for.
func startedFor(c *glue.Cause) string { return c.Rule + " " + strings.Join(c.Events, " ") }

// submitted takes a run out of what is pending.
func (fs *flows) submitted(run *glue.JobRun) {
	if run.Flow == "" {
		if run.Trigger != "" {
			fs.l.violate("run %s is of trigger %s and of no flow", run.ID, run.Trigger)
		}
		return
	}
	f := fs.flows[run.Flow]
	if f == nil && run.Cause != nil && run.Cause.Kind == glue.CauseRule {
		key := startedFor(run.Cause)
		if fs.owed[key]--; fs.owed[key] < 0 {
			fs.l.violate("no rule asked for run %s: %s", run.ID, key)
		}
		fs.flows[run.Flow] = &flowAccount{runs: []glue.FlowRun{{ID: run.ID, Job: run.Job, State: glue.RunWaiting}}, open: 1,
			fired: map[string]bool{}, due: map[string]bool{}, begun: true}
		return
	}
	if f == nil {
		fs.l.violate("run %s is of flow %s, which has not begun", run.ID, run.Flow)
		return
	}
	for i := range f.pending {
		p := &f.pending[i]
		if j := slices.Index(p.jobs, run.Job); p.trigger == run.Trigger && j >= 0 && run.Workflow == f.workflow {
			p.jobs = slices.Delete(p.jobs, j, j+1)
			f.runs = append(f.runs, glue.FlowRun{ID: run.ID, Job: run.Job, State: glue.RunWaiting, Trigger: run.Trigger})
			f.open++
			if len(p.jobs) == 0 {
				f.pending = slices.Delete(f.pending, i, i+1)
			}
			return
		}
	}
	fs.l.violate("nothing asked for run %s of job %s, trigger %q, in flow %s", run.ID, run.Job, run.Trigger, run.Flow)
}

// runEnded notes the state of a run, and which triggers are to fire for it.
func (fs *flows) runEnded(e *glue.Event) error {
	var d struct{ State glue.RunState }
	if err := json.Unmarshal(e.Detail, &d); err != nil {
		return err
	}
	if e.Job == ruleJob && d.State == glue.RunSucceeded && e.Region == home {
		if shape, ok := bridge.Shape(*e, owner); ok {
			fs.ended[shape.ID] = true
		}
	}
	a := fs.l.runs[e.Run]
	if a == nil || a.run.Flow == "" || fs.flows[a.run.Flow] == nil {
		return nil
	}
	f := fs.flows[a.run.Flow]
	for i := range f.runs {
		if f.runs[i].ID == e.Run {
			f.runs[i].State = d.State
		}
	}
	f.open--
	fs.judge(f, e.Region, e.Job)
	return nil
}

// judge finds the triggers that are to fire in f: in a chain, those that watch the job that a run of has ended.
func (fs *flows) judge(f *flowAccount, region, job string) {
	if f.workflow != "" {
		for _, n := range f.row.Graph.Nodes {
			if n.Trigger != nil && !f.stopping {
				f.judge(n.Trigger)
			}
		}
		return
	}
	for _, t := range fs.triggers {
		watches := t.Predicate != nil && slices.ContainsFunc(t.Predicate.Conditions, func(c glue.Condition) bool { return c.JobName == job })
		if t.active && t.WorkflowName == "" && watches && region == home {
			f.judge(&t.Trigger)
		}
	}
}

// judge notes whether a trigger is to fire: once, and if a run of the flow ended as any, or as each, of its conditions says.
func (f *flowAccount) judge(t *glue.Trigger) {
	if t.Type != glue.TriggerConditional || t.State != glue.TriggerActivated || f.fired[t.Name] {
		return
	}
	met := 0
	for _, c := range t.Predicate.Conditions {
		if slices.ContainsFunc(f.runs, func(r glue.FlowRun) bool { return r.Job == c.JobName && r.State == c.State }) {
			met++
		}
	}
	if met == len(t.Predicate.Conditions) || met > 0 && t.Predicate.Logical == glue.LogicalAny {
		f.due[t.Name] = true
	}
}

// started takes the start of a workflow run, or that it has to wait.
func (fs *flows) started(r *store.Reader, e *glue.Event, d *flowDetail) error {
	f := fs.flows[d.Run]
	if f == nil {
		row, err := r.GetWorkflowRun(e.Region, d.Run)
		if err != nil {
			return fmt.Errorf("event %d: %w", e.Seq, err)
		}
		f = &flowAccount{workflow: d.Workflow, row: row.WorkflowRun, runs: slices.Clone(row.Carried), fired: map[string]bool{}, due: map[string]bool{}}
		for _, name := range row.FiredBefore {
			f.fired[name] = true
		}
		fs.flows[d.Run] = f
		fs.begins(e, d.Trigger, &d.Cause)
		for _, n := range row.Graph.Nodes {
			known := n.Kind == glue.NodeTrigger && d.Previous == "" && fs.triggers[e.Region+" "+n.Name] != nil
			if known && fs.triggers[e.Region+" "+n.Name].active != (n.Trigger.State == glue.TriggerActivated) {
				fs.l.violate("workflow run %s begins with trigger %s as %s", d.Run, n.Name, n.Trigger.State)
			}
		}
	} else if !f.queued || e.Kind == glue.EventWorkflowQueued {
		fs.l.violate("workflow run %s starts twice", d.Run)
	}
	f.queued = e.Kind == glue.EventWorkflowQueued
	if f.queued {
		return nil
	}
	f.begun = true
	fs.judge(f, e.Region, "") // what a resumed run carries may be enough
	if n, most := fs.running(d.Workflow), concurrency(d.Workflow); n > most {
		fs.l.violate("%d runs of workflow %s at once, of %d", n, d.Workflow, most)
	}
	return nil
}

// running is how many runs of a workflow have begun and not ended.
func (fs *flows) running(workflow string) (n int) {
	for _, f := range fs.flows {
		if f.workflow == workflow && f.begun && !f.ended {
			n++
		}
	}
	return n
}

// over takes the end of a workflow run, of which nothing may be left.
func (fs *flows) over(e *glue.Event, f *flowAccount, id string) error {
	var d struct {
		State glue.WorkflowState
		Stats glue.WorkflowStat
	}
	if err := json.Unmarshal(e.Detail, &d); err != nil {
		return err
	}
	want := glue.WorkflowCompleted
	if f.stopping {
		want = glue.WorkflowStopped
	}
	if d.State != want || f.ended || f.open != 0 || len(f.pending)+len(f.due) > 0 || f.queued && !f.stopping {
		fs.l.violate("workflow run %s ends %s, want %s; ended before: %v, open %d, pending %v, due %v, queued: %v", id, d.State, want,
			f.ended, f.open, f.pending, f.due, f.queued)
	}
	var stats glue.WorkflowStat
	for _, r := range f.runs {
		stats.Total++
		*map[glue.RunState]*int{glue.RunSucceeded: &stats.Succeeded, glue.RunFailed: &stats.Failed, glue.RunTimeout: &stats.Timeout,
			glue.RunStopped: &stats.Stopped, glue.RunError: &stats.Errored, glue.RunExpired: &stats.Errored}[r.State]++
	}
	if stats != d.Stats {
		fs.l.violate("workflow run %s counts %+v, want %+v", id, d.Stats, stats)
	}
	f.ended, f.queued = true, false
	return nil
}

// compare holds the fires that are stored against those that the events tell of, and demands that everything is decided that
// a commit has to decide.
func (fs *flows) compare(r *store.Reader, last glue.EventKind) error {
	stored := map[string]int{}
	fires, err := r.Fires(0, store.MaxEvents)
	if err != nil {
		return err
	}
	for _, p := range fires {
		if p.Trigger == "" {
			stored[startedFor(&p.Cause)]++
			continue
		}
		stored[p.Flow+" "+p.Trigger]++
	}
	for key, n := range fs.owed {
		stored[key] -= n
	}
	waiting := map[string]bool{}
	for id, f := range fs.flows {
		for name := range f.due {
			fs.l.violate("trigger %s does not fire in flow %s, where its conditions are met", name, id)
			delete(f.due, name)
		}
		for _, p := range f.pending {
			stored[id+" "+p.trigger]--
		}
		if f.workflow != "" && f.begun && !f.ended && f.open+len(f.pending) == 0 {
			fs.l.violate("workflow run %s goes on with nothing open or pending", id)
		}
		if f.queued && !f.ended {
			waiting[f.workflow] = true
		}
	}
	for name := range waiting {
		if n, most := fs.running(name), concurrency(name); n < most {
			fs.l.violate("a run of workflow %s waits, where %d of %d go on", name, n, most)
		}
	}
	for key, n := range stored {
		if n != 0 {
			fs.l.violate("of the pending fires %s, %d more are stored than told of", key, n)
		}
	}
	if last == glue.EventReceived || last == "" {
		return nil // not of a turn
	}
	for _, t := range fs.triggers {
		if t.active && t.every > 0 && !t.after(t.accounted).After(fs.l.at) {
			fs.l.violate("trigger %s does not fire for %s", t.Name, t.after(t.accounted))
			t.active = false // told once
		}
	}
	return nil
}

// settled reports whether every flow is at its end, and what rules are to start is started.
func (fs *flows) settled() bool {
	for _, f := range fs.flows {
		if f.open+len(f.pending) > 0 || f.workflow != "" && !f.ended {
			return false
		}
	}
	for _, n := range fs.owed {
		if n != 0 {
			return false
		}
	}
	return true
}

// wishes are what somebody outside asked for, and how much of it was promised: to be held against what came of it.
type wishes struct {
	acknowledged map[string]bool // callers who began a flow: exactly once if true, else at most once
	events       map[string]bool // put, by id; true: for the workflow and the rule's job, false: for nobody
}

// finish demands that everything asked for was done, exactly once.
func (fs *flows) finish(a *wishes) {
	if !fs.settled() {
		fs.l.violate("flows are left at the end")
	}
	for _, who := range slices.Sorted(maps.Keys(a.acknowledged)) {
		if n := fs.begun[who]; n > 1 || a.acknowledged[who] && n != 1 {
			fs.l.violate("caller %s, acknowledged: %v, began %d flows", who, a.acknowledged[who], n)
		}
	}
	for who := range fs.begun {
		if _, ok := a.acknowledged[who]; !ok {
			fs.l.violate("a flow was begun by %q", who)
		}
	}
	want := map[string]int{}
	for id := range fs.ended {
		want[ruleOfEnds+" "+id] = 1
	}
	for id, matches := range a.events {
		n := 0
		if matches {
			want[ruleOfOrders+" "+id], n = 1, 1
		}
		if fs.batched[id] != n {
			fs.l.violate("event %s is among the causes of %d workflow runs, want %d", id, fs.batched[id], n)
		}
	}
	for key, n := range fs.served {
		if want[key] != n {
			fs.l.violate("%s: %d starts, want %d", key, n, want[key])
		}
		delete(want, key)
	}
	for key := range want {
		fs.l.violate("%s: no start", key)
	}
}
