package workflowfile

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tenon/internal/core/cron"
	"tenon/internal/glue"
)

// Objects are what the file stands for. Jobs without a definition are only named: whether they exist is not known here.
func (f *File) Objects() (*Objects, error) {
	o := &Objects{Tags: settledMap(f.Tags), Workflow: glue.Workflow{Name: f.Name, Description: f.Description,
		DefaultRunProperties: settledMap(f.Properties), MaxConcurrentRuns: f.MaxConcurrentRuns}}
	if n := len(f.Name); n > glue.MaxNameLength {
		return nil, f.refuse("name", "has %d bytes, at most %d are allowed", n, glue.MaxNameLength)
	}
	if err := f.checkNames(); err != nil {
		return nil, err
	}
	for _, build := range []func(*Objects) error{f.checkSize, f.addConditionals, f.addExplicit, f.checkCycles, f.addStart, f.checkTriggers, f.checkStarted} {
		if err := build(o); err != nil {
			return nil, err
		}
	}
	for _, j := range f.Jobs {
		if j.Define != nil {
			o.Jobs = append(o.Jobs, j.Define.job(j.Name))
		}
	}
	if nodes := len(o.Triggers) + len(f.Jobs); nodes > glue.MaxWorkflowNodes {
		return nil, f.refuse("jobs", "jobs and triggers are %d together, at most %d are allowed", nodes, glue.MaxWorkflowNodes)
	}
	return o, nil
}

// checkSize bounds what the checks look at.
func (f *File) checkSize(*Objects) error {
	if nodes := len(f.Jobs) + len(f.Triggers); nodes > glue.MaxWorkflowNodes {
		return f.refuse("jobs", "jobs and triggers are %d together, at most %d are allowed", nodes, glue.MaxWorkflowNodes)
	}
	return nil
}

// jobKey is the path of a job's entry.
func jobKey(name string) string { return join("jobs", name) }

// checkNames refuses jobs that are waited for or started and have no entry.
func (f *File) checkNames() error {
	var names []string
	for _, j := range f.Jobs {
		names = append(names, j.Name)
	}
	known := func(name, at string) error {
		if slices.Contains(names, name) {
			return nil
		}
		return &Error{Line: or(f.lines[at+" "+name], f.line(at)), Key: at, Reason: fmt.Sprintf("there is no job %s in jobs%s", name, meant(name, names))}
	}
	waits := func(p *glue.Predicate, at string) error {
		if p == nil {
			return nil
		}
		for _, c := range p.Conditions {
			if err := known(c.JobName, at); err != nil {
				return err
			}
		}
		return nil
	}
	starts := func(list []Action, at string) error {
		for i, a := range list {
			if err := known(a.Job, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
		return nil
	}
	for _, j := range f.Jobs {
		if err := waits(j.After, jobKey(j.Name)+".after"); err != nil {
			return err
		}
	}
	for _, t := range f.Triggers {
		if err := waits(t.When, join("triggers", t.Name)+".when"); err != nil {
			return err
		}
		if err := starts(t.Start, join("triggers", t.Name)+".start"); err != nil {
			return err
		}
	}
	return starts(f.Start.Jobs, "start.jobs")
}

// action is the Action of a job with what its run has of its own.
func action(job string, r Run) glue.Action {
	return glue.Action{JobName: job, Arguments: settledMap(r.Arguments), Timeout: r.Timeout, Security: r.Security, Notification: notification(r.NotifyAfter)}
}

// actionsOf are the Actions of a list.
func actionsOf(list []Action) []glue.Action {
	var out []glue.Action
	for _, a := range list {
		out = append(out, action(a.Job, a.Run))
	}
	return out
}

// checkSchedule refuses a schedule or a time zone that Glue, or Tenon, would refuse.
func (f *File) checkSchedule() error {
	key := "start.schedule"
	if f.lines[key] == 0 {
		key = "start"
	}
	_, err := cron.Parse(f.Start.Schedule)
	if err == nil && f.Start.Timezone != "" {
		key = "start.timezone"
		_, err = cron.Location(f.Start.Timezone)
	}
	if err == nil {
		return nil
	}
	var refused *glue.Error
	if errors.As(err, &refused) {
		return f.refuse(key, "%s", refused.Message)
	}
	return f.refuse(key, "%s", err)
}

// addStart adds the start trigger.
func (f *File) addStart(o *Objects) error {
	s := &f.Start
	if s.Type == glue.TriggerScheduled {
		if err := f.checkSchedule(); err != nil {
			return err
		}
	}
	actions := actionsOf(s.Jobs)
	if s.Jobs == nil {
		for _, j := range f.Jobs {
			if j.After == nil && !f.startedByTrigger(j.Name) {
				actions = append(actions, action(j.Name, j.Run))
			}
		}
	}
	switch {
	case s.Type == "":
		return nil
	case len(actions) == 0 && len(f.Jobs) == 0:
		return f.refuse("jobs", "there are none: a workflow has at least one, such as jobs: {extract: }")
	case len(actions) == 0:
		return f.refuse("jobs", "no job begins the workflow: each waits for another")
	}
	t := Tagged{Tags: maps.Clone(s.Tags), Trigger: glue.Trigger{Name: or(s.Trigger, startName(f.Name)), WorkflowName: f.Name, Type: s.Type,
		State: glue.TriggerCreated, Description: s.Description, Schedule: s.Schedule, Actions: actions, Batching: s.Batching}}
	for tag, value := range map[string]string{glue.TagTimezone: s.Timezone, glue.TagMissed: string(s.Missed)} {
		if value != "" {
			if t.Tags == nil {
				t.Tags = map[string]string{}
			}
			t.Tags[tag] = value
		}
	}
	t.Tags = settledMap(t.Tags)
	if s.Type == glue.TriggerScheduled && !s.Paused {
		t.State = glue.TriggerActivated
	}
	o.Triggers = append(o.Triggers, t)
	return nil
}

// startedByTrigger reports whether a trigger of File.Triggers starts a job.
func (f *File) startedByTrigger(job string) bool {
	return slices.ContainsFunc(f.Triggers, func(t Trigger) bool {
		return slices.ContainsFunc(t.Start, func(a Action) bool { return a.Job == job })
	})
}

// addConditionals adds the triggers of the jobs' entries: one for all that wait for the same.
func (f *File) addConditionals(o *Objects) error {
	at := map[string]int{}
	for _, j := range f.Jobs {
		if j.After == nil {
			if j.Trigger != "" {
				return f.refuse(jobKey(j.Name)+".trigger", "is the name of the trigger of after, which is missing; the start trigger's name is start.trigger")
			}
			continue
		}
		name := or(j.Trigger, conditionalName(f.Name, j.After))
		i, known := at[name]
		if !known {
			i = len(o.Triggers)
			at[name] = i
			o.Triggers = append(o.Triggers, Tagged{Trigger: glue.Trigger{Name: name, WorkflowName: f.Name, Type: glue.TriggerConditional,
				State: glue.TriggerActivated, Predicate: settledPredicate(j.After)}})
		}
		t := &o.Triggers[i]
		if predicateText(t.Predicate) != predicateText(settledPredicate(j.After)) {
			return f.refuse(jobKey(j.Name)+".after", "differs from that of %s, while both have the trigger %s: give one of them another with trigger",
				t.Actions[0].JobName, name)
		}
		t.Actions = append(t.Actions, action(j.Name, j.Run))
	}
	return nil
}

// addExplicit adds the triggers of File.Triggers.
func (f *File) addExplicit(o *Objects) error {
	for _, t := range f.Triggers {
		state := glue.TriggerActivated
		if t.Inactive {
			state = glue.TriggerCreated
		}
		o.Triggers = append(o.Triggers, Tagged{Tags: settledMap(t.Tags), Trigger: glue.Trigger{Name: t.Name, WorkflowName: f.Name,
			Type: glue.TriggerConditional, State: state, Description: t.Description, Predicate: settledPredicate(t.When), Actions: actionsOf(t.Start)}})
	}
	return nil
}

// checkTriggers refuses a name that two triggers have, and jobs that wait for themselves.
func (f *File) checkTriggers(o *Objects) error {
	seen := map[string]bool{}
	for _, t := range o.Triggers {
		if seen[t.Name] {
			return f.refuse(join("triggers", t.Name), "two triggers have the name %s", t.Name)
		}
		seen[t.Name] = true
		if len(t.Name) > glue.MaxNameLength {
			return f.refuse(join("triggers", t.Name), "the name has %d bytes, at most %d are allowed", len(t.Name), glue.MaxNameLength)
		}
	}
	return nil
}

// checkStarted refuses a job that nothing starts, and what its entry says of a run where triggers say it.
func (f *File) checkStarted(o *Objects) error {
	started := map[string]bool{}
	for _, t := range o.Triggers {
		for _, a := range t.Actions {
			started[a.JobName] = true
		}
	}
	for _, j := range f.Jobs {
		own := j.After != nil || f.Start.Jobs == nil && !f.startedByTrigger(j.Name)
		switch {
		case !started[j.Name]:
			return f.refuse(jobKey(j.Name), "nothing starts it: give it after")
		case !own && !j.Run.empty():
			return f.refuse(jobKey(j.Name), "is started by what names it, there its arguments and timeout belong")
		}
	}
	return nil
}

// empty reports a run with nothing of its own.
func (r Run) empty() bool {
	return len(r.Arguments) == 0 && r.Timeout == 0 && r.NotifyAfter == 0 && r.Security == ""
}

// checkCycles refuses jobs that wait for each other, spelling one such round.
func (f *File) checkCycles(o *Objects) error {
	var round []string
	for _, node := range findCycle(graphOf(byName(o.Triggers))) {
		if job, is := strings.CutPrefix(node, nodeJob); is {
			round = append(round, job)
		}
	}
	if round == nil {
		return nil
	}
	return f.refuse(jobKey(round[0]), "waits for itself: %s", strings.Join(round, " -> "))
}

// findCycle returns the nodes of one cycle, the first again at the end; nil if there is none. Which one depends on next
// alone.
func findCycle(next map[string][]string) []string {
	const open, done = 1, 2
	state := map[string]int{}
	var path []string
	var visit func(string) []string
	visit = func(n string) []string {
		switch state[n] {
		case done:
			return nil
		case open:
			return append(slices.Clone(path[slices.Index(path, n):]), n)
		}
		state[n] = open
		path = append(path, n)
		for _, to := range next[n] {
			if round := visit(to); round != nil {
				return round
			}
		}
		state[n] = done
		path = path[:len(path)-1]
		return nil
	}
	for _, n := range sorted(next) {
		if round := visit(n); round != nil {
			return round
		}
	}
	return nil
}
