package workflow

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tenon/internal/glue"
)

// ended are the states that a run of a random flow ends in.
var ended = []glue.RunState{glue.RunSucceeded, glue.RunStopped, glue.RunFailed, glue.RunTimeout, glue.RunError, glue.RunExpired}

// drawTriggers makes up to eight conditional triggers over few jobs, so that they meet.
func drawTriggers(t *rapid.T) []glue.Trigger {
	n := rapid.IntRange(1, 8).Draw(t, "triggers")
	all := make([]glue.Trigger, n)
	for i := range all {
		all[i] = glue.Trigger{Name: fmt.Sprintf("t%d", i), Type: glue.TriggerConditional,
			State:     rapid.SampledFrom([]glue.TriggerState{glue.TriggerActivated, glue.TriggerActivated, glue.TriggerActivated, glue.TriggerCreated, glue.TriggerDeactivated}).Draw(t, "state"),
			Predicate: &glue.Predicate{Logical: rapid.SampledFrom([]string{glue.LogicalAnd, glue.LogicalAny}).Draw(t, "logical")}}
		for range rapid.IntRange(1, 3).Draw(t, "conditions") {
			all[i].Predicate.Conditions = append(all[i].Predicate.Conditions, glue.Condition{LogicalOperator: glue.OperatorEquals,
				JobName: drawJob(t), State: rapid.SampledFrom(watchableRuns).Draw(t, "watched")})
		}
		for range rapid.IntRange(1, 2).Draw(t, "actions") {
			all[i].Actions = append(all[i].Actions, glue.Action{JobName: drawJob(t)})
		}
	}
	return all
}

func drawJob(t *rapid.T) string { return fmt.Sprintf("j%d", rapid.IntRange(0, 5).Draw(t, "job")) }

// holds judges a predicate the long way round: by looking at each run for each condition.
func holds(p *glue.Predicate, runs []glue.FlowRun) bool {
	any, all := false, true
	for _, c := range p.Conditions {
		met := false
		for _, r := range runs {
			met = met || r.Job == c.JobName && r.State == c.State
		}
		any, all = any || met, all && met
	}
	return any && (all || p.Logical == glue.LogicalAny)
}

// TestAdvanceProperties plays random flows: runs are started by what fires, and end in random states and order.
//
// Safety: a trigger fires at most once; only if it is ACTIVATED; only met; for runs of the flow that met it.
// Liveness: after each step, no trigger that is ACTIVATED and met has not fired.
// The flow ends: with n triggers there are at most n firings.
func TestAdvanceProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		triggers := drawTriggers(t)
		f := Flow{Fired: map[string]bool{}}
		f.Runs = append(f.Runs, glue.FlowRun{ID: "r0", Job: "j0", State: glue.RunRunning}, glue.FlowRun{ID: "r1", Job: "j1", State: glue.RunWaiting})
		for {
			var open []int
			for i, r := range f.Runs {
				if !r.State.Final() {
					open = append(open, i)
				}
			}
			if len(open) == 0 {
				break
			}
			f.Runs[rapid.SampledFrom(open).Draw(t, "ends")].State = rapid.SampledFrom(ended).Draw(t, "end")
			firings := Advance(triggers, &f)
			if !slices.IsSortedFunc(firings, func(a, b Firing) int { return cmpNames(a, b) }) {
				t.Fatalf("firings are not in order: %v", firings)
			}
			for _, fi := range firings {
				checkFiring(t, &f, fi)
				f.Fired[fi.Trigger.Name] = true
				for _, a := range fi.Trigger.Actions {
					f.Runs = append(f.Runs, glue.FlowRun{ID: fmt.Sprintf("r%d", len(f.Runs)), Job: a.JobName, State: glue.RunStarting, Trigger: fi.Trigger.Name})
				}
			}
			for _, tr := range triggers {
				if tr.State == glue.TriggerActivated && holds(tr.Predicate, f.Runs) && !f.Fired[tr.Name] {
					t.Fatalf("%s is met and did not fire", tr.Name)
				}
			}
		}
	})
}

func cmpNames(a, b Firing) int {
	if a.Trigger.Name < b.Trigger.Name {
		return -1
	}
	return 1
}

// checkFiring holds one firing to what is safe.
func checkFiring(t *rapid.T, f *Flow, fi Firing) {
	switch {
	case f.Fired[fi.Trigger.Name]:
		t.Fatalf("%s fires twice", fi.Trigger.Name)
	case fi.Trigger.State != glue.TriggerActivated:
		t.Fatalf("%s fires, and is %s", fi.Trigger.Name, fi.Trigger.State)
	case !holds(fi.Trigger.Predicate, f.Runs):
		t.Fatalf("%s fires unmet", fi.Trigger.Name)
	}
	for _, p := range fi.Runs {
		i := slices.IndexFunc(f.Runs, func(r glue.FlowRun) bool { return r.ID == p.Run })
		if i < 0 || f.Runs[i].Job != p.Job {
			t.Fatalf("%s fires for %v, which is not of the flow", fi.Trigger.Name, p)
		}
		if !slices.ContainsFunc(fi.Trigger.Predicate.Conditions, func(c glue.Condition) bool { return c.JobName == p.Job && c.State == f.Runs[i].State }) {
			t.Fatalf("%s fires for %v, which meets nothing of it", fi.Trigger.Name, p)
		}
	}
	if len(fi.Runs) == 0 {
		t.Fatalf("%s fires for no run", fi.Trigger.Name)
	}
}

// TestOrderOfEnds checks that what has fired in the end does not depend on the order in which ends are told.
func TestOrderOfEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		triggers := drawTriggers(t)
		n := rapid.IntRange(1, 8).Draw(t, "runs")
		runs := make([]glue.FlowRun, n)
		order := make([]int, n)
		for i := range runs {
			runs[i] = glue.FlowRun{ID: fmt.Sprint("r", i), Job: drawJob(t), State: rapid.SampledFrom(ended).Draw(t, "end")}
			order[i] = i
		}
		play := func(order []int) map[string]bool {
			f := Flow{Runs: slices.Clone(runs), Fired: map[string]bool{}}
			for i := range f.Runs {
				f.Runs[i].State = glue.RunRunning
			}
			for _, i := range order {
				f.Runs[i].State = runs[i].State
				for _, fi := range Advance(triggers, &f) {
					f.Fired[fi.Trigger.Name] = true
				}
			}
			return f.Fired
		}
		if a, b := play(order), play(rapid.Permutation(order).Draw(t, "order")); !reflect.DeepEqual(a, b) {
			t.Fatalf("%v in one order, %v in another", a, b)
		}
	})
}

// TestResumeProperties resumes random workflow runs. What is started is what was selected and no more; what is carried and
// what runs again are apart, and together everything; nothing that is not below a selected node can fire.
func TestResumeProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var triggers []glue.Trigger
		for _, tr := range drawTriggers(t) { // jobs only lead to later ones: no cycle
			for i := range tr.Actions {
				tr.Actions[i].JobName = "k" + tr.Name
			}
			triggers = append(triggers, tr)
		}
		start := glue.Trigger{Name: "start", Type: glue.TriggerOnDemand}
		for i := range 6 {
			start.Actions = append(start.Actions, glue.Action{JobName: fmt.Sprint("j", i)})
		}
		triggers = append(triggers, start)
		run := glue.WorkflowRun{State: glue.WorkflowCompleted, Graph: Build("r", "w", 1, triggers)}
		f := Flow{Fired: map[string]bool{}}
		for _, a := range start.Actions {
			f.Runs = append(f.Runs, glue.FlowRun{ID: "r" + a.JobName, Job: a.JobName, Trigger: "start", State: rapid.SampledFrom(ended).Draw(t, "end")})
		}
		for _, fi := range Advance(triggers, &f) {
			for i, a := range fi.Trigger.Actions {
				f.Runs = append(f.Runs, glue.FlowRun{ID: fmt.Sprint("r", a.JobName, i), Job: a.JobName, Trigger: fi.Trigger.Name, State: rapid.SampledFrom(ended).Draw(t, "end")})
			}
		}
		attempted := map[string]string{} // node id by job
		for _, n := range run.Graph.Nodes {
			if slices.ContainsFunc(f.Runs, func(r glue.FlowRun) bool { return r.Job == n.Name }) {
				attempted[n.Name] = n.ID
			}
		}
		var ids, jobs []string
		for range rapid.IntRange(1, 3).Draw(t, "selected") {
			r := rapid.SampledFrom(f.Runs).Draw(t, "node")
			ids, jobs = append(ids, attempted[r.Job]), append(jobs, r.Job)
		}
		res, err := Resume(&run, f.Runs, ids)
		if err != nil {
			t.Fatal(err)
		}
		l := linksOf(triggers)
		for _, job := range jobs {
			below := l.below(spot{glue.NodeJob, job})
			for _, c := range res.Carried {
				if c.Job == job || below[spot{glue.NodeJob, c.Job}] {
					t.Fatalf("%s is carried, though %s is run again", c.Job, job)
				}
			}
			for _, name := range res.FiredBefore {
				if below[spot{glue.NodeTrigger, name}] {
					t.Fatalf("%s has fired before, and follows %s", name, job)
				}
			}
		}
		for _, s := range res.Starts {
			if !slices.Contains(res.Nodes, attempted[s.Action.JobName]) {
				t.Fatalf("%s is started, and was not selected", s.Action.JobName)
			}
			if !slices.Contains(res.FiredBefore, s.Trigger) {
				t.Fatalf("%s starts %s again, and may fire besides", s.Trigger, s.Action.JobName)
			}
		}
		if len(res.Starts) == 0 || len(res.Nodes) == 0 {
			t.Fatal("nothing is started")
		}
	})
}

// BenchmarkAdvance looks at a flow of 100 jobs in a row as the last of them ends.
func BenchmarkAdvance(b *testing.B) {
	var triggers []glue.Trigger
	f := Flow{Fired: map[string]bool{}}
	for i := range 100 {
		name := fmt.Sprintf("t%d", i)
		triggers = append(triggers, glue.Trigger{Name: name, Type: glue.TriggerConditional, State: glue.TriggerActivated, Actions: []glue.Action{{JobName: fmt.Sprint("j", i+1)}},
			Predicate: &glue.Predicate{Conditions: []glue.Condition{{JobName: fmt.Sprint("j", i), State: glue.RunSucceeded}}}})
		f.Runs = append(f.Runs, glue.FlowRun{ID: fmt.Sprint("r", i), Job: fmt.Sprint("j", i), State: glue.RunSucceeded})
		f.Fired[name] = i < 99
	}
	for b.Loop() {
		if len(Advance(triggers, &f)) != 1 {
			b.Fatal("did not fire")
		}
	}
}
