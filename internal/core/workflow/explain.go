package workflow

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tenon/internal/core/cron"
	"tenon/internal/glue"
)

// Bounds of an explanation.
const (
	nextShown = 5 // fire times to come
	listShown = 5 // names in one sentence
)

// Question is what Explain looks at. Lists of the past are newest first and may be cut short: what is older than they reach
// back is not told of.
type Question struct {
	Now      time.Time
	Trigger  glue.Trigger // with its State and Setting
	ARN      string       // of the trigger, for commands that set a tag
	Changed  time.Time    // when its definition or state was last written; zero if not known
	Progress glue.TriggerProgress
	Zone     *time.Location // of whoever asks; nil is UTC

	Workflow     *glue.Workflow     // that it belongs to; nil if it belongs to none, or that is gone
	Others       []glue.Trigger     // the other triggers of its workflow; of a standalone trigger, the other standalone ones
	OthersCut    bool               // Others are not all: what nothing among them starts may be started all the same
	WorkflowRuns []glue.WorkflowRun // of its workflow
	Rules        []glue.Rule        // that hand events to its workflow; of a standalone trigger, those that start jobs

	Runs []glue.JobRun   // of the jobs that it watches, whoever started them; and in Flow, if that is set, those that it started
	Jobs map[string]bool // each job that it watches or starts, and whether it exists
	Flow string          // in which its conditions are judged; empty: the newest
}

// Explanation is why a trigger fired or did not, for people (the sentences) and programs (the values).
type Explanation struct {
	Trigger    string             `json:"Trigger"`
	Type       glue.TriggerType   `json:"Type"`
	State      glue.TriggerState  `json:"State"`
	Workflow   string             `json:"Workflow,omitempty"`
	About      string             `json:"About"`                // what it does, in a sentence
	Summary    string             `json:"Summary"`              // how it stands, in a sentence
	Next       []FireTime         `json:"Next,omitempty"`       // fire times to come, of a SCHEDULED trigger
	Flow       string             `json:"Flow,omitempty"`       // that Conditions are judged in
	Conditions []ConditionVerdict `json:"Conditions,omitempty"` // of a CONDITIONAL trigger
	Met        bool               `json:"Met,omitempty"`        // the predicate is met in Flow
	Batch      *BatchState        `json:"Batch,omitempty"`      // of an EVENT trigger
	Fires      []PastFire         `json:"Fires,omitempty"`      // the last, newest first
	Count      int64              `json:"Count"`                // how often it has fired
	Why        []string           `json:"Why,omitempty"`        // what keeps it, or has kept it, from firing: the most decisive first
	Do         []Step             `json:"Do,omitempty"`         // what would help
}

// FireTime is a time that a schedule will fire at.
type FireTime struct {
	At    time.Time `json:"At"`              // UTC
	Local string    `json:"Local,omitempty"` // in the trigger's zone or else the asker's, if that is not UTC
}

// ConditionVerdict is how one condition stands.
type ConditionVerdict struct {
	Condition string        `json:"Condition"` // A ends SUCCEEDED
	Met       bool          `json:"Met"`
	Run       string        `json:"Run,omitempty"` // that met it, or came nearest
	State     glue.RunState `json:"RunState,omitempty"`
	Ended     time.Time     `json:"Ended,omitzero"`
	Why       string        `json:"Why,omitempty"` // it is not met
}

// BatchState is how full the batch of an EVENT trigger is.
type BatchState struct {
	Events int       `json:"Events"`
	Size   int       `json:"Size"`
	Since  time.Time `json:"Since,omitzero"`      // the first event
	Ends   time.Time `json:"WindowEnds,omitzero"` // it fires then, however few there are
}

// PastFire is one time that it fired, or passed over.
type PastFire struct {
	At    time.Time `json:"At"`
	Flow  string    `json:"Flow,omitempty"`
	Cause string    `json:"Cause"` // in words
}

// Step is a thing to do.
type Step struct {
	Text    string `json:"Text"`
	Command string `json:"Command,omitempty"`
}

// explainer works an explanation out.
type explainer struct {
	q *Question
	t *glue.Trigger
	e Explanation
	// good is the summary where nothing is in the way.
	good string
}

// Explain says why a trigger fired or did not: its state, its conditions with the runs that met them or did not, its fire
// times, what was missed, and what to do.
func Explain(q *Question) Explanation {
	x := explainer{q: q, t: &q.Trigger}
	x.e = Explanation{Trigger: x.t.Name, Type: x.t.Type, State: x.t.State, Workflow: x.t.WorkflowName, Count: q.Progress.Count}
	// 1. What it does.
	x.e.About = x.about()
	// 2. It may not act at all.
	x.state()
	x.place()
	// 3. What its type waits for.
	switch x.t.Type {
	case glue.TriggerScheduled:
		x.schedule()
	case glue.TriggerConditional:
		x.conditions()
	case glue.TriggerEvent:
		x.events()
	case glue.TriggerOnDemand:
		x.demand()
	}
	// 4. What its firing would come to.
	x.room()
	x.jobs()
	// 5. What it did.
	x.past()
	x.e.Summary = x.good
	if len(x.e.Why) > 0 {
		x.e.Summary = x.e.Why[0]
	}
	return x.e
}

// why notes something that keeps the trigger from firing.
func (x *explainer) why(format string, args ...any) {
	x.e.Why = append(x.e.Why, fmt.Sprintf(format, args...))
}

// do notes something that helps. The words of the command are quoted as a shell wants them.
func (x *explainer) do(text string, command ...string) {
	for i, w := range command {
		command[i] = quoted(w)
	}
	step := Step{Text: text, Command: strings.Join(command, " ")}
	if !slices.Contains(x.e.Do, step) {
		x.e.Do = append(x.e.Do, step)
	}
}

// about says what the trigger does.
func (x *explainer) about() string {
	starts := "starts " + actionWords(x.t.Actions)
	if x.t.WorkflowName != "" && x.t.Type != glue.TriggerConditional {
		starts = fmt.Sprintf("starts a run of workflow %s with %s", x.t.WorkflowName, actionWords(x.t.Actions))
	}
	switch x.t.Type {
	case glue.TriggerScheduled:
		return fmt.Sprintf("It fires at %s, read in %s, and %s.", x.t.Schedule, zoneName(x.t), starts)
	case glue.TriggerConditional:
		where := "chain of runs that descends from one start"
		if x.t.WorkflowName != "" {
			where = "run of workflow " + x.t.WorkflowName
		}
		return fmt.Sprintf("It fires once in each %s, when %s, and %s.", where, predicateWords(x.t.Predicate), starts)
	case glue.TriggerEvent:
		size, window := Batch(x.t)
		if size == 1 {
			return fmt.Sprintf("It fires at every event that a rule hands to workflow %s, and %s.", x.t.WorkflowName, starts)
		}
		return fmt.Sprintf("It fires at %d events that rules hand to workflow %s, or %s after the first, and %s.", size, x.t.WorkflowName, span(window), starts)
	}
	return fmt.Sprintf("It fires when it is started by hand, and %s.", starts)
}

// state tells of a trigger that is not ACTIVATED and would have to be.
func (x *explainer) state() {
	if x.t.Type == glue.TriggerOnDemand || x.t.Type == glue.TriggerEvent || x.t.State == glue.TriggerActivated {
		return
	}
	switch x.t.State {
	case glue.TriggerCreated:
		x.why("It is CREATED, not ACTIVATED: it was never started, and so does not fire.")
	case glue.TriggerDeactivated:
		since := ""
		if !x.q.Changed.IsZero() {
			since = ", last changed at " + x.clock(x.q.Changed)
		}
		x.why("It is DEACTIVATED%s: somebody stopped it, and it does not fire before it is started again.", since)
	default:
		x.why("It is %s, not ACTIVATED, and so does not fire.", x.t.State)
	}
	x.do("Activate it.", "tenon", "triggers", "start", x.t.Name)
}

// place tells of a workflow that is gone, or that nothing begins.
func (x *explainer) place() {
	w := x.t.WorkflowName
	if w == "" {
		return
	}
	if x.q.Workflow == nil {
		x.why("Its workflow %s does not exist: nothing begins a run of it.", w)
		x.do("Create the workflow, or delete the trigger and create it anew without one.", "tenon", "workflows", "ls")
		return
	}
	if x.t.Type != glue.TriggerConditional {
		return
	}
	switch s := Starter(x.q.Others); {
	case s == nil:
		x.why("Workflow %s has no start trigger (SCHEDULED, ON_DEMAND or EVENT), so that no run of it begins.", w)
	case s.Type == glue.TriggerScheduled && s.State != glue.TriggerActivated && len(x.q.WorkflowRuns) == 0:
		x.why("The start trigger of workflow %s, %s, is %s: no run of it begins by itself.", w, s.Name, s.State)
		x.do("Activate the start trigger.", "tenon", "triggers", "start", s.Name)
	}
}

// demand speaks of an ON_DEMAND trigger.
func (x *explainer) demand() {
	x.good = "It fires whenever it is started."
	if slices.ContainsFunc(x.t.Actions, func(a glue.Action) bool { return x.gone(a.JobName) }) {
		return // its jobs come first
	}
	if w := x.t.WorkflowName; w != "" && x.q.Workflow != nil {
		x.do("Start a run of its workflow.", "tenon", "workflows", "start", w)
	} else if w == "" {
		x.do("Fire it.", "tenon", "triggers", "start", x.t.Name)
	}
}

// room tells of a workflow that has as many runs as it may.
func (x *explainer) room() {
	w := x.q.Workflow
	if w == nil || x.t.Type == glue.TriggerConditional || w.MaxConcurrentRuns <= 0 {
		return
	}
	open, queued, oldest := 0, 0, ""
	for _, r := range x.q.WorkflowRuns {
		switch {
		case r.State.Final():
		case r.Queued:
			queued++
		default:
			open++
			oldest = r.ID
		}
	}
	if open < w.MaxConcurrentRuns {
		return
	}
	x.why("Workflow %s has %s open, as many as its MaxConcurrentRuns: what fires now waits until one has ended, as %d already do.",
		w.Name, count(open, "run"), queued)
	x.do("See what the oldest of them does.", "tenon", "workflows", "show", w.Name, "--run", oldest)
}

// jobs tells of jobs that are gone.
func (x *explainer) jobs() {
	told := map[string]bool{}
	for _, a := range x.t.Actions {
		if !x.gone(a.JobName) || told[a.JobName] {
			continue
		}
		told[a.JobName] = true
		x.why("Job %s, which it starts, does not exist: when it fires, there is a run in state ERROR and nothing more.", a.JobName)
		x.do("Create job "+a.JobName+", or change the trigger.", "tenon", "jobs", "ls")
	}
}

// gone reports whether it is known that a job does not exist.
func (x *explainer) gone(job string) bool {
	exists, known := x.q.Jobs[job]
	return known && !exists
}

// past lists the last fires.
func (x *explainer) past() {
	for _, f := range x.q.Progress.Recent {
		p := PastFire{At: f.At, Flow: f.Flow, Cause: x.causeWords(&f)}
		if f.Skipped != "" {
			p.Cause = "did not fire: " + f.Skipped
		}
		x.e.Fires = append(x.e.Fires, p)
	}
}

// causeWords says why something fired.
func (x *explainer) causeWords(f *glue.Fired) string {
	c := &f.Cause
	switch c.Kind {
	case glue.CauseSchedule:
		if c.Missed {
			return fmt.Sprintf("fire time %s, made up for since it was missed", x.clock(c.Time))
		}
		return "fire time " + x.clock(c.Time)
	case glue.CauseDemand:
		return "started by " + orElse(c.Who, "hand")
	case glue.CauseCondition:
		runs := make([]string, len(c.Runs))
		for i, r := range c.Runs {
			runs[i] = r.Job + " " + short(r.Run)
		}
		if f.More > 0 {
			runs = append(runs, count(f.More, "run")+" more")
		}
		return "met by " + list(runs, "and")
	case glue.CauseEvents:
		if c.Window {
			return count(len(c.Events)+f.More, "event") + ", as the window ended"
		}
		return count(len(c.Events)+f.More, "event")
	case glue.CauseResume:
		return "resumed by " + orElse(c.Who, "hand")
	case glue.CauseRule:
		return "rule " + c.Rule
	}
	return string(c.Kind)
}

// clock is a time in a sentence.
func (x *explainer) clock(t time.Time) string { return glue.Clock(t, x.q.Now) }

// zone is what a trigger's schedule is read in; UTC where the name means nothing any more.
func zone(t *glue.Trigger) *time.Location {
	loc, err := cron.Location(t.Setting.Timezone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// zoneName names the zone of a trigger.
func zoneName(t *glue.Trigger) string { return zone(t).String() }
