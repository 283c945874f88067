package workflowfile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tenon/internal/glue"
)

// Export is the file of a workflow: its Objects are o's again, as far as Diff can tell. What has no form in a file is
// refused by name.
func Export(o *Objects) (*File, error) {
	f := &File{Name: o.Workflow.Name, Description: o.Workflow.Description, Properties: settledMap(o.Workflow.DefaultRunProperties),
		MaxConcurrentRuns: o.Workflow.MaxConcurrentRuns, Tags: settledMap(o.Tags)}
	starts := countStarts(o)
	entries := map[string]*Job{}
	triggers := slices.Clone(o.Triggers)
	slices.SortFunc(triggers, func(a, b Tagged) int { return cmp.Compare(a.Name, b.Name) })
	for i := range triggers {
		t := &triggers[i]
		actions, err := exportActions(t)
		switch {
		case err != nil:
			return nil, err
		case t.Type != glue.TriggerConditional && f.Start.Type != "":
			return nil, fmt.Errorf("the workflow has two triggers that begin it, %s and %s: a file has one start", or(f.Start.Trigger, startName(f.Name)), t.Name)
		case t.Type != glue.TriggerConditional:
			f.exportStart(t, actions, starts, entries)
		default:
			if err := f.exportConditional(t, actions, starts, entries); err != nil {
				return nil, err
			}
		}
	}
	for _, t := range triggers {
		if t.Predicate == nil {
			continue
		}
		for _, c := range t.Predicate.Conditions {
			if starts[c.JobName] == 0 {
				return nil, fmt.Errorf("trigger %s waits for job %s, which no trigger of the workflow starts", t.Name, c.JobName)
			}
		}
	}
	for job := range starts {
		if entries[job] == nil {
			entries[job] = &Job{Name: job}
		}
	}
	for _, j := range o.Jobs {
		d, err := define(j)
		switch {
		case err != nil:
			return nil, fmt.Errorf("job %s has %w, which a workflow file cannot say", j.Name, err)
		case entries[j.Name] == nil:
			return nil, fmt.Errorf("job %s is in no trigger of the workflow", j.Name)
		}
		entries[j.Name].Define = d
	}
	for _, name := range inOrder(o, sorted(entries)) {
		f.Jobs = append(f.Jobs, *entries[name])
	}
	return f, nil
}

// Definable reports, as an error with the member's name, what of a Glue job a file cannot say.
func Definable(j glue.Job) error {
	_, err := define(j)
	return err
}

// countStarts counts the actions that start each job.
func countStarts(o *Objects) map[string]int {
	n := map[string]int{}
	for _, t := range o.Triggers {
		for _, a := range t.Actions {
			n[a.JobName]++
		}
	}
	return n
}

// exportActions are the actions of a trigger.
func exportActions(t *Tagged) ([]Action, error) {
	out := []Action{}
	for _, a := range t.Actions {
		if a.JobName == "" {
			return nil, fmt.Errorf("trigger %s starts crawler %s: a workflow file has no crawlers yet", t.Name, a.CrawlerName)
		}
		after, err := notifyAfter(a.Notification)
		if err == nil {
			err = hyphens(a.Arguments)
		}
		if err != nil {
			return nil, fmt.Errorf("trigger %s starts job %s with %w, which a workflow file cannot say", t.Name, a.JobName, err)
		}
		out = append(out, Action{a.JobName, Run{Arguments: settledMap(a.Arguments), Timeout: a.Timeout, NotifyAfter: after, Security: a.Security}})
	}
	return out, nil
}

// hyphens refuses an argument whose name does not begin with two hyphens: in a file it would.
func hyphens(args map[string]string) error {
	for _, name := range sorted(args) {
		if !strings.HasPrefix(name, "--") {
			return fmt.Errorf("argument %q", name)
		}
	}
	return nil
}

// exportStart takes the start trigger. Its jobs are those that wait for nothing, unless other triggers start one too.
func (f *File) exportStart(t *Tagged, actions []Action, starts map[string]int, entries map[string]*Job) {
	s := Start{Type: t.Type, Description: t.Description, Tags: settledMap(t.Tags)}
	switch t.Type {
	case glue.TriggerScheduled:
		s.Schedule, s.Paused = t.Schedule, t.State != glue.TriggerActivated
		s.Timezone, s.Missed = t.Tags[glue.TagTimezone], glue.MissedPolicy(t.Tags[glue.TagMissed])
		delete(s.Tags, glue.TagTimezone)
		delete(s.Tags, glue.TagMissed)
		s.Tags = settledMap(s.Tags)
	case glue.TriggerEvent:
		b := settledBatching(t.Batching)
		s.Batching = &b
	}
	if t.Name != startName(f.Name) {
		s.Trigger = t.Name
	}
	if onlyStarts(actions, starts) {
		for _, a := range actions {
			entries[a.Job] = &Job{Name: a.Job, Run: a.Run}
		}
	} else {
		s.Jobs = actions
	}
	f.Start = s
}

// onlyStarts reports whether nothing else starts the jobs of actions.
func onlyStarts(actions []Action, starts map[string]int) bool {
	return !slices.ContainsFunc(actions, func(a Action) bool { return starts[a.Job] > 1 })
}

// exportConditional takes a conditional trigger: as after of the jobs that it starts, or as it stands.
func (f *File) exportConditional(t *Tagged, actions []Action, starts map[string]int, entries map[string]*Job) error {
	if t.Predicate == nil || len(t.Predicate.Conditions) == 0 {
		return fmt.Errorf("trigger %s waits for nothing", t.Name)
	}
	for _, c := range t.Predicate.Conditions {
		switch {
		case c.JobName == "":
			return fmt.Errorf("trigger %s waits for crawler %s: a workflow file has no crawlers yet", t.Name, c.CrawlerName)
		case !slices.Contains(endings, string(c.State)):
			return fmt.Errorf("trigger %s waits for job %s to be %s, which a workflow file cannot say", t.Name, c.JobName, c.State)
		}
	}
	p := settledPredicate(t.Predicate)
	if p.Logical == glue.LogicalAnd && impossible(p) {
		return fmt.Errorf("trigger %s waits for two states of one job at once: it never fires", t.Name)
	}
	if t.State != glue.TriggerActivated || t.Description != "" || len(t.Tags) > 0 || !onlyStarts(actions, starts) {
		f.Triggers = append(f.Triggers, Trigger{Name: t.Name, When: p, Start: actions, Inactive: t.State != glue.TriggerActivated,
			Description: t.Description, Tags: settledMap(t.Tags)})
		return nil
	}
	name := t.Name
	if name == conditionalName(f.Name, p) {
		name = ""
	}
	for _, a := range actions {
		entries[a.Job] = &Job{Name: a.Job, After: p, Trigger: name, Run: a.Run}
	}
	return nil
}

// impossible reports a predicate that wants two states of one job. Conditions are sorted.
func impossible(p *glue.Predicate) bool {
	for i := 1; i < len(p.Conditions); i++ {
		if p.Conditions[i].JobName == p.Conditions[i-1].JobName {
			return true
		}
	}
	return false
}

// inOrder sorts names of jobs so that each stands after those that it waits for, as far as there are no cycles, and by name
// where that says nothing.
func inOrder(o *Objects, names []string) []string {
	depth := map[string]int{}
	for range names { // one more step from the start in each round
		changed := false
		for _, t := range o.Triggers {
			least := 0
			if t.Predicate != nil {
				for _, c := range t.Predicate.Conditions {
					least = max(least, depth[c.JobName]+1)
				}
			}
			for _, a := range t.Actions {
				if least > depth[a.JobName] {
					depth[a.JobName], changed = least, true
				}
			}
		}
		if !changed {
			break
		}
	}
	out := slices.Clone(names)
	slices.SortStableFunc(out, func(a, b string) int { return cmp.Compare(depth[a], depth[b]) })
	return out
}
