package workflow_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"tenon/internal/core/workflow"
	"tenon/internal/glue"
)

// resumption is what the model says that a run begins with which resumes another.
type resumption struct {
	jobs    []string // that really are selected
	before  []string // triggers that have had their turn
	carried []glue.FlowRun
	starts  []string // "trigger -> job", sorted
}

// resume works out a resumption from which node leads to which: the selected jobs, but those that follow another of them,
// start again as they were started; what follows comes again by itself; all else is as it was.
func resume(triggers []glue.Trigger, runs []glue.FlowRun, selected []string) resumption {
	to := reach(triggers)
	again := map[string]bool{}
	var res resumption
	for _, job := range selected {
		again[job] = true
		for n := range to[job] {
			again[n] = true
		}
		if !slices.ContainsFunc(selected, func(other string) bool { return to[other][job] }) {
			res.jobs = append(res.jobs, job)
		}
	}
	for _, t := range triggers {
		if !again[t.Name] {
			res.before = append(res.before, t.Name)
		}
	}
	slices.Sort(res.before)
	for _, r := range runs {
		if !again[r.Job] {
			res.carried = append(res.carried, r)
		}
		if start := r.Trigger + " -> " + r.Job; slices.Contains(res.jobs, r.Job) && !slices.Contains(res.starts, start) {
			res.starts = append(res.starts, start)
		}
	}
	slices.Sort(res.starts)
	return res
}

// nodes gives the ids of jobs, and of all nodes by name.
func nodes(g *glue.Graph) map[string]string {
	ids := map[string]string{}
	for _, n := range g.Nodes {
		ids[n.Name] = n.ID
	}
	return ids
}

// attempted draws jobs that have runs, at least one, in any order.
func attempted(r *rand.Rand, runs []glue.FlowRun) (jobs []string) {
	for _, i := range r.Perm(len(runs))[:1+r.IntN(min(4, len(runs)))] {
		if !slices.Contains(jobs, runs[i].Job) {
			jobs = append(jobs, runs[i].Job)
		}
	}
	return jobs
}

// take compares what Resume says with the model, and returns what the resumed flow begins with.
func (p *play) take(run *glue.WorkflowRun, selected []string) (workflow.Resumption, error) {
	ids := nodes(&run.Graph)
	var chosen []string
	for _, job := range selected {
		chosen = append(chosen, ids[job])
	}
	got, err := workflow.Resume(run, p.flow.Runs[len(run.Carried):], chosen)
	if err != nil {
		return got, err
	}
	want := resume(p.triggers, p.flow.Runs, selected)
	var jobs, starts []string
	for _, id := range got.Nodes {
		for name, of := range ids {
			if of == id {
				jobs = append(jobs, name)
			}
		}
	}
	for _, s := range got.Starts {
		starts = append(starts, s.Trigger+" -> "+s.Action.JobName)
	}
	slices.Sort(starts)
	switch {
	case !slices.Equal(jobs, want.jobs):
		return got, fmt.Errorf("of %v Resume starts %v, the model %v", selected, jobs, want.jobs)
	case !slices.Equal(got.FiredBefore, want.before):
		return got, fmt.Errorf("fired before are %v by Resume, %v by the model", got.FiredBefore, want.before)
	case !slices.Equal(got.Carried, want.carried):
		return got, fmt.Errorf("Resume carries %v, the model %v", got.Carried, want.carried)
	case !slices.Equal(starts, want.starts):
		return got, fmt.Errorf("Resume starts %v, the model %v", starts, want.starts)
	}
	return got, nil
}

// goOn sets up the flow that resumes the last one.
func (p *play) goOn(res workflow.Resumption) {
	p.flow = workflow.Flow{Runs: slices.Clone(res.Carried), Fired: map[string]bool{}}
	p.fires = map[string]int{}
	p.model = newModel(p.triggers)
	for _, r := range res.Carried {
		p.model.ended(r)
	}
	for _, name := range res.FiredBefore {
		p.flow.Fired[name] = true
		p.model.cards[name].fired = true
	}
	for _, s := range res.Starts {
		p.start(s.Trigger, []glue.Action{s.Action})
	}
}

// TestModelResume resumes random workflow runs, and the resumed ones again, and plays each to its end: four flows a seed.
func TestModelResume(t *testing.T) {
	for seed := range modelled() / 4 {
		p := begin(seed, true)
		g := workflow.Build("us-east-1", "w", 1, p.triggers)
		p.begun()
		if err := p.toTheEnd(false); err != nil {
			p.fail(t, seed, err)
		}
		run := glue.WorkflowRun{Region: "us-east-1", ID: "wr_0", Workflow: "w", State: glue.WorkflowCompleted, Graph: g}
		for range 3 {
			selected := attempted(p.rand, p.flow.Runs)
			p.note("resumed from %v", selected)
			res, err := p.take(&run, selected)
			if err != nil {
				p.fail(t, seed, err)
			}
			p.goOn(res)
			if err := p.toTheEnd(false); err != nil {
				p.fail(t, seed, err)
			}
			for _, r := range p.flow.Runs[len(res.Carried):] {
				if slices.ContainsFunc(res.Carried, func(c glue.FlowRun) bool { return c.Job == r.Job }) {
					p.fail(t, seed, fmt.Errorf("%s was carried over, and runs again", r.Job))
				}
			}
			run.Carried, run.FiredBefore = res.Carried, res.FiredBefore
		}
	}
}

// TestModelResumeRefused checks what cannot be resumed.
func TestModelResumeRefused(t *testing.T) {
	for seed := range uint64(200) {
		p := begin(seed, true)
		g := workflow.Build("us-east-1", "w", 1, p.triggers)
		p.begun()
		if err := p.toTheEnd(false); err != nil {
			p.fail(t, seed, err)
		}
		good := nodes(&g)[p.flow.Runs[0].Job]
		type attempt struct {
			why   string
			state glue.WorkflowState
			nodes []string
			code  glue.Code
		}
		attempts := []attempt{
			{"a trigger", glue.WorkflowCompleted, []string{good, nodes(&g)["start"]}, glue.CodeInvalidInput},
			{"a strange node", glue.WorkflowCompleted, []string{good, "wnode_0"}, glue.CodeInvalidInput},
		}
		for _, state := range []glue.WorkflowState{glue.WorkflowRunning, glue.WorkflowStopping, glue.WorkflowStopped, glue.WorkflowError} {
			attempts = append(attempts, attempt{"a run that is " + string(state), state, []string{good}, "IllegalWorkflowStateException"})
		}
		for _, n := range g.Nodes {
			if n.Kind == glue.NodeJob && !slices.ContainsFunc(p.flow.Runs, func(r glue.FlowRun) bool { return r.Job == n.Name }) {
				attempts = append(attempts, attempt{"a job that never ran", glue.WorkflowCompleted, []string{good, n.ID}, glue.CodeInvalidInput})
			}
		}
		for _, a := range attempts {
			run := glue.WorkflowRun{Workflow: "w", State: a.state, Graph: g}
			if _, err := workflow.Resume(&run, p.flow.Runs, a.nodes); err == nil || glue.CodeOf(err) != a.code {
				p.fail(t, seed, fmt.Errorf("%s: got %v, want %s", a.why, err, a.code))
			}
		}
	}
}
