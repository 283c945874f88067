package workflow

import (
	"cmp"
	"slices"

	"tenon/internal/glue"
)

// Flow is the part of a flow that decides: its runs, and the triggers that have had their turn in it.
type Flow struct {
	Runs  []glue.FlowRun  // in the order in which they were made; of a resumed workflow run, the carried ones first
	Fired map[string]bool // by trigger name
}

// Firing is a trigger whose turn has come.
type Firing struct {
	Trigger *glue.Trigger
	Runs    []glue.Predecessor // that met its predicate, in the order of its conditions, each once
}

// Advance returns the triggers that fire now, sorted by name: those of triggers that are CONDITIONAL, ACTIVATED, not yet
// fired in f, and met by runs of f. It changes nothing: the caller notes in f.Fired what it has fired, in the commit that
// makes the firing durable.
func Advance(triggers []glue.Trigger, f *Flow) []Firing {
	var firings []Firing
	var met ends
	for i := range triggers {
		t := &triggers[i]
		if t.Type != glue.TriggerConditional || t.State != glue.TriggerActivated || f.Fired[t.Name] || t.Predicate == nil {
			continue
		}
		if met == nil {
			met = endsOf(f.Runs)
		}
		if yes, verdicts := met.judge(t.Predicate); yes {
			firings = append(firings, Firing{Trigger: t, Runs: predecessors(verdicts)})
		}
	}
	slices.SortFunc(firings, func(a, b Firing) int { return cmp.Compare(a.Trigger.Name, b.Trigger.Name) })
	return firings
}

// Verdict is what became of one condition in a flow.
type Verdict struct {
	Condition glue.Condition
	Met       bool
	Run       glue.FlowRun // the first run that met it; the zero value if none did
}

// Met judges a predicate by the runs of one flow: whether it is met, and how each of its conditions stands. A predicate
// without conditions is never met; one without Logical is met by all of them.
func Met(p *glue.Predicate, runs []glue.FlowRun) (met bool, verdicts []Verdict) {
	return endsOf(runs).judge(p)
}

// end is how a run of a job ended.
type end struct {
	job   string
	state glue.RunState
}

// ends are the first run of a flow for each end.
type ends map[end]*glue.FlowRun

// endsOf indexes the runs that have ended.
func endsOf(runs []glue.FlowRun) ends {
	met := make(ends, len(runs))
	for i := range runs {
		r := &runs[i]
		key := end{r.Job, r.State}
		if _, earlier := met[key]; !earlier && r.State.Final() {
			met[key] = r
		}
	}
	return met
}

// judge is Met on indexed runs.
func (e ends) judge(p *glue.Predicate) (met bool, verdicts []Verdict) {
	verdicts = make([]Verdict, len(p.Conditions))
	count := 0
	for i, c := range p.Conditions {
		verdicts[i].Condition = c
		if c.JobName == "" {
			continue // no crawl belongs to a flow yet
		}
		if r := e[end{c.JobName, c.State}]; r != nil {
			verdicts[i].Met, verdicts[i].Run = true, *r
			count++
		}
	}
	if p.Logical == glue.LogicalAny {
		return count > 0, verdicts
	}
	return count > 0 && count == len(p.Conditions), verdicts
}

// predecessors are the runs that met conditions, each once.
func predecessors(verdicts []Verdict) []glue.Predecessor {
	var runs []glue.Predecessor
	for _, v := range verdicts {
		p := glue.Predecessor{Job: v.Run.Job, Run: v.Run.ID}
		if v.Met && !slices.Contains(runs, p) {
			runs = append(runs, p)
		}
	}
	return runs
}

// Stats counts runs by state. A run that is STARTING, RUNNING or STOPPING counts as running; ERROR and EXPIRED as errored.
func Stats(runs []glue.FlowRun) glue.WorkflowStat {
	s := glue.WorkflowStat{Total: len(runs)}
	for _, r := range runs {
		switch r.State {
		case glue.RunWaiting:
			s.Waiting++
		case glue.RunStarting, glue.RunRunning, glue.RunStopping:
			s.Running++
		case glue.RunStopped:
			s.Stopped++
		case glue.RunSucceeded:
			s.Succeeded++
		case glue.RunFailed:
			s.Failed++
		case glue.RunTimeout:
			s.Timeout++
		case glue.RunError, glue.RunExpired:
			s.Errored++
		}
	}
	return s
}
