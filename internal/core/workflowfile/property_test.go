package workflowfile_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tenon/internal/core/workflowfile"
	"tenon/internal/glue"
)

// word draws a text that YAML might take for something else.
func word() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"yes", "null", "~", "1", "0x10", "1e3", "2026-11-26", "a: b", "- a", "[a]", "{a}", "#a", "'a'", `"a"`, "&a", "*a", "!a", "|", ">", "%a", "@a", " a ", "on", "é", "a\nb", "\ta", "\u2028", "<<", "="}),
		rapid.StringMatching(`[a-zA-Z][a-zA-Z0-9_./-]{0,12}`),
	)
}

// wordMap draws a map of texts, keys with a prefix.
func wordMap(t *rapid.T, prefix, label string) map[string]string {
	n := rapid.IntRange(0, 2).Draw(t, label)
	out := map[string]string{}
	for i := range n {
		out[prefix+word().Draw(t, fmt.Sprint(label, "-key-", i))] = rapid.OneOf(word(), rapid.Just("")).Draw(t, fmt.Sprint(label, "-", i))
	}
	return out
}

// drawAction draws an action that starts a job.
func drawAction(t *rapid.T, job string) glue.Action {
	a := glue.Action{JobName: job}
	if rapid.Bool().Draw(t, "bare") {
		return a
	}
	a.Arguments, a.Timeout = wordMap(t, "--", "argument"), rapid.IntRange(0, 3000).Draw(t, "timeout")
	if n := rapid.IntRange(0, 100).Draw(t, "notify"); n > 0 {
		a.Notification = fmt.Appendf(nil, `{"NotifyDelayAfter":%d}`, n)
	}
	if rapid.Bool().Draw(t, "security") {
		a.Security = word().Draw(t, "security configuration")
	}
	return a
}

// drawObjects draws a workflow that any client might have made: no cycle, and only jobs are watched that it starts.
func drawObjects(t *rapid.T) *workflowfile.Objects {
	name := word().Draw(t, "name")
	jobs := rapid.SliceOfNDistinct(word(), 1, 8, rapid.ID).Draw(t, "jobs")
	o := &workflowfile.Objects{Tags: wordMap(t, "", "tag"), Workflow: glue.Workflow{Name: name, Description: rapid.OneOf(word(), rapid.Just("")).Draw(t, "description"),
		DefaultRunProperties: wordMap(t, "", "property"), MaxConcurrentRuns: rapid.IntRange(0, 3).Draw(t, "concurrent")}}
	start := workflowfile.Tagged{Tags: wordMap(t, "", "start tag"), Trigger: glue.Trigger{Name: name + "-start", WorkflowName: name, State: glue.TriggerCreated,
		Type:    rapid.SampledFrom([]glue.TriggerType{glue.TriggerOnDemand, glue.TriggerScheduled, glue.TriggerEvent}).Draw(t, "type"),
		Actions: []glue.Action{drawAction(t, jobs[0])}}}
	switch start.Type {
	case glue.TriggerScheduled:
		start.Schedule = "cron(0 2 * * ? *)"
		start.State = rapid.SampledFrom([]glue.TriggerState{glue.TriggerActivated, glue.TriggerCreated, glue.TriggerDeactivated}).Draw(t, "state")
		if rapid.Bool().Draw(t, "zone") {
			start.Tags["tenon:timezone"], start.Tags["tenon:missed"] = "Europe/Berlin", "skip"
		}
	case glue.TriggerEvent:
		start.Batching = &glue.EventBatching{BatchSize: rapid.IntRange(1, 100).Draw(t, "batch"), BatchWindow: rapid.IntRange(0, 900).Draw(t, "window")}
	}
	if rapid.Bool().Draw(t, "start named") {
		start.Name = "start " + word().Draw(t, "start name")
	}
	o.Triggers = append(o.Triggers, start)
	for i := 1; i < len(jobs); i++ { // each job waits for earlier ones, or begins too
		for n := range rapid.IntRange(1, 2).Draw(t, "starts") {
			if rapid.Bool().Draw(t, "begins") {
				o.Triggers[0].Actions = append(o.Triggers[0].Actions, drawAction(t, jobs[i]))
				continue
			}
			o.Triggers = append(o.Triggers, drawConditional(t, name, fmt.Sprintf("t%d-%d", i, n), jobs[:i], jobs[i:]))
		}
	}
	for i, j := range jobs {
		if rapid.Bool().Draw(t, fmt.Sprint("define ", i)) {
			o.Jobs = append(o.Jobs, drawJob(t, j))
		}
	}
	return o
}

// drawConditional draws a trigger that waits for some of before and starts the first of after, and perhaps others of it.
func drawConditional(t *rapid.T, workflow, name string, before, after []string) workflowfile.Tagged {
	logical := rapid.SampledFrom([]string{glue.LogicalAnd, glue.LogicalAny}).Draw(t, "logical")
	p := &glue.Predicate{Logical: logical}
	for _, job := range rapid.SliceOfNDistinct(rapid.SampledFrom(before), 1, len(before), rapid.ID).Draw(t, "watched") {
		most := map[string]int{glue.LogicalAnd: 1, glue.LogicalAny: 3}[logical]
		states := []glue.RunState{glue.RunSucceeded, glue.RunFailed, glue.RunStopped, glue.RunTimeout}
		for _, s := range rapid.SliceOfNDistinct(rapid.SampledFrom(states), 1, most, rapid.ID).Draw(t, "states") {
			p.Conditions = append(p.Conditions, glue.Condition{LogicalOperator: glue.OperatorEquals, JobName: job, State: s})
		}
	}
	out := workflowfile.Tagged{Trigger: glue.Trigger{Name: name, WorkflowName: workflow, Type: glue.TriggerConditional, Predicate: p,
		State: rapid.SampledFrom([]glue.TriggerState{glue.TriggerActivated, glue.TriggerActivated, glue.TriggerCreated}).Draw(t, "state")}}
	for i, job := range after {
		if i == 0 || rapid.IntRange(0, 3).Draw(t, "also") == 0 {
			out.Actions = append(out.Actions, drawAction(t, job))
		}
	}
	if rapid.IntRange(0, 4).Draw(t, "described") == 0 {
		out.Description, out.Tags = word().Draw(t, "trigger description"), wordMap(t, "", "trigger tag")
	}
	return out
}

// drawJob draws a job's definition, as GetJob shows it or as CreateJob got it.
func drawJob(t *rapid.T, name string) glue.Job {
	kind := rapid.SampledFrom([]string{glue.CommandETL, glue.CommandShell, glue.CommandStreaming}).Draw(t, "command")
	j := glue.Job{Name: name, Role: rapid.SampledFrom([]string{"tenon", "arn:aws:iam::1:role/x"}).Draw(t, "role"),
		Command:          glue.Command{Name: kind, ScriptLocation: "s3://b/" + word().Draw(t, "script"), PythonVersion: rapid.SampledFrom([]string{"", "3", "3.9"}).Draw(t, "python")},
		DefaultArguments: wordMap(t, "--", "default"), NonOverridable: wordMap(t, "--", "fixed"), MaxRetries: rapid.IntRange(0, 10).Draw(t, "retries"),
		Timeout: rapid.SampledFrom([]int{0, 1, 480, 2880}).Draw(t, "job timeout"), Tags: wordMap(t, "", "job tag"),
		JobRunQueuingEnabled: rapid.Bool().Draw(t, "queuing")}
	if kind != glue.CommandShell {
		j.GlueVersion = rapid.SampledFrom([]string{"", "3.0", "5.1"}).Draw(t, "glue")
		j.ExecutionClass = rapid.SampledFrom([]string{"", "FLEX", "STANDARD"}).Draw(t, "class")
		if rapid.Bool().Draw(t, "workers") {
			dpus := 8.0
			j.WorkerType, j.NumberOfWorkers, j.MaxCapacity, j.AllocatedCapacity = "G.2X", 4, &dpus, 8
		}
	}
	if rapid.Bool().Draw(t, "concurrent") {
		j.ExecutionProperty = &glue.ExecutionLimit{MaxConcurrentRuns: rapid.IntRange(0, 5).Draw(t, "runs")}
	}
	if rapid.Bool().Draw(t, "connected") {
		j.Connections = &glue.ConnectionList{Connections: rapid.SliceOfN(word(), 0, 2).Draw(t, "connections")}
	}
	return j
}

// TestRoundTrip: whatever a client made, applying the export of it changes nothing, and exporting it again gives the same
// text.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkRoundTrip(t, drawObjects(t)) })
}

// TestDiffLeads: the changes from one workflow to another, made one after the other, lead there; on the way there is never a
// second start trigger, nor a cycle.
func TestDiffLeads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		have, want := drawObjects(t), drawObjects(t)
		if rapid.Bool().Draw(t, "turned") {
			have = reversed(want)
		}
		have.Workflow.Name = want.Workflow.Name
		now := map[string]workflowfile.Tagged{}
		for _, tr := range have.Triggers {
			now[tr.Name] = tr
		}
		for _, c := range workflowfile.Diff(have, want) {
			if c.Kind != workflowfile.KindTrigger {
				continue
			}
			old, there := now[c.Name]
			switch c.Verb {
			case workflowfile.Delete:
				delete(now, c.Name)
			case workflowfile.Create:
				if there {
					t.Fatalf("%s is created and exists", c.Name)
				}
				now[c.Name] = workflowfile.Tagged{Trigger: c.Trigger.Trigger, Tags: c.Tags}
			case workflowfile.Update:
				if old.Type != c.Trigger.Type {
					t.Fatalf("%s cannot become %s", c.Name, c.Trigger.Type)
				}
				tr := c.Trigger.Trigger
				tr.State = old.State
				now[c.Name] = workflowfile.Tagged{Trigger: tr, Tags: old.Tags}
			case workflowfile.Activate, workflowfile.Deactivate:
				old.State = c.Trigger.State
				now[c.Name] = old
			case workflowfile.Tag:
				tags := map[string]string{}
				for k, v := range old.Tags {
					if !slices.Contains(c.Untag, k) {
						tags[k] = v
					}
				}
				for k, v := range c.Tags {
					tags[k] = v
				}
				old.Tags = tags
				now[c.Name] = old
			}
			checkStanding(t, now)
		}
		reached := &workflowfile.Objects{Workflow: want.Workflow, Tags: want.Tags, Jobs: want.Jobs}
		for _, tr := range now {
			reached.Triggers = append(reached.Triggers, tr)
		}
		if left := workflowfile.Diff(reached, want); len(left) > 0 {
			t.Fatalf("%d changes are left, the first: %s %s %s %v", len(left), left[0].Verb, left[0].Kind, left[0].Name, left[0].Members)
		}
	})
}

// reversed is a workflow whose conditional triggers wait for what they start in o, and start what they wait for.
func reversed(o *workflowfile.Objects) *workflowfile.Objects {
	out := &workflowfile.Objects{Workflow: o.Workflow, Tags: o.Tags, Jobs: o.Jobs}
	for _, tr := range o.Triggers {
		if tr.Predicate != nil {
			p := &glue.Predicate{Logical: tr.Predicate.Logical}
			var actions []glue.Action
			for _, a := range tr.Actions {
				p.Conditions = append(p.Conditions, glue.Condition{LogicalOperator: glue.OperatorEquals, JobName: a.JobName, State: glue.RunSucceeded})
			}
			for _, c := range tr.Predicate.Conditions {
				actions = append(actions, glue.Action{JobName: c.JobName})
			}
			tr.Predicate, tr.Actions = p, actions
		}
		out.Triggers = append(out.Triggers, tr)
	}
	return out
}

// checkStanding demands what a service demands of a workflow's triggers at any time.
func checkStanding(t *rapid.T, now map[string]workflowfile.Tagged) {
	starts := 0
	next := map[string][]string{}
	for _, tr := range now {
		if tr.Type != glue.TriggerConditional {
			starts++
			continue
		}
		for _, c := range tr.Predicate.Conditions {
			for _, a := range tr.Actions {
				next[c.JobName] = append(next[c.JobName], a.JobName)
			}
		}
	}
	if starts > 1 {
		t.Fatalf("%d start triggers at once", starts)
	}
	// Kahn's way, not the package's: take jobs that nothing leads to until none is left.
	leads := map[string]int{}
	for _, tos := range next {
		for _, to := range tos {
			leads[to]++
		}
	}
	var free []string
	nodes := map[string]bool{}
	for from, tos := range next {
		nodes[from] = true
		for _, to := range tos {
			nodes[to] = true
		}
	}
	for n := range nodes {
		if leads[n] == 0 {
			free = append(free, n)
		}
	}
	taken := 0
	for ; len(free) > 0; taken++ {
		n := free[0]
		free = free[1:]
		for _, to := range next[n] {
			if leads[to]--; leads[to] == 0 {
				free = append(free, to)
			}
		}
	}
	if taken != len(nodes) {
		t.Fatalf("a cycle among %v", next)
	}
}

// FuzzRead: no text makes Read or Objects fail but with an error, and what they take comes back.
func FuzzRead(f *testing.F) {
	f.Add([]byte("name: w\njobs: {a: , b: {after: a}}\n"))
	f.Add([]byte("name: w\nstart: {events: }\njobs: {a: &x {timeout: 5m}, b: *x}\ntriggers: {t: {when: a, start: [a]}}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		o, err := objects(string(text))
		if err != nil {
			return
		}
		checkRoundTrip(t, o)
	})
}
