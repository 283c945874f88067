package controller

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tenon/internal/attempt"
	"tenon/internal/driver/executor/fake"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

const here = "us-east-1"

// flow creates workflow w, its triggers, ACTIVATED where they can be, and their jobs.
func (p *plane) flow(w glue.Workflow, triggers ...glue.Trigger) {
	p.t.Helper()
	if err := p.c.CreateWorkflow(p.t.Context(), WorkflowRequest{Region: here, Principal: "AKID", Workflow: w}); err != nil {
		p.t.Fatal(err)
	}
	jobs := map[string]bool{}
	for _, tr := range triggers {
		tr.WorkflowName = w.Name
		err := p.c.CreateTrigger(p.t.Context(), TriggerRequest{Region: here, Principal: "AKID", Trigger: tr, Start: tr.Type == glue.TriggerConditional})
		if err != nil {
			p.t.Fatal(err)
		}
		for _, a := range tr.Actions {
			jobs[a.JobName] = true
		}
	}
	p.storeJobs(slices.Sorted(maps.Keys(jobs))...)
}

// diamond is a -> (b, c) -> d when both have succeeded, or e as soon as one has failed.
func (p *plane) diamond(most int) {
	p.t.Helper()
	p.flow(glue.Workflow{Name: "w", MaxConcurrentRuns: most, DefaultRunProperties: map[string]string{"day": "1", "kind": "full"}},
		on("t0", glue.TriggerOnDemand, "a"), when("t1", "", []string{"a SUCCEEDED"}, "b", "c"),
		when("t2", "AND", []string{"b SUCCEEDED", "c SUCCEEDED"}, "d"),
		when("t3", "ANY", []string{"b FAILED", "c FAILED"}, "e"))
}

// begin starts a run of w.
func (p *plane) begin() string {
	p.t.Helper()
	id, err := p.c.StartWorkflowRun(p.t.Context(), WorkflowStart{Region: here, Principal: "AKID", Workflow: "w"})
	if err != nil {
		p.t.Fatal(err)
	}
	return id
}

// queue starts a run of w as a schedule does: it is not refused over MaxConcurrentRuns.
func (p *plane) queue() (id string) {
	p.t.Helper()
	p.inside(func(s *state, t *turn) {
		tr, err := s.starter(triggerKey{here, "w"})
		if err == nil {
			id, err = s.startWorkflow(t, tr, glue.Cause{Kind: glue.CauseSchedule, Time: t.now}, nil)
		}
		if err != nil {
			p.t.Error(err)
		}
	})
	return id
}

// within is a command that does what it is told.
type within struct {
	reply
	do func(*state, *turn)
}

// decide does it.
func (cmd *within) decide(s *state, t *turn) { cmd.do(s, t) }

// inside runs f as a part of a turn.
func (p *plane) inside(f func(*state, *turn)) {
	p.t.Helper()
	if err := p.c.do(p.t.Context(), &within{newReply(), f}); err != nil {
		p.t.Fatal(err)
	}
}

// workflowRun reads a workflow run from the store, and its job runs: "a SUCCEEDED, b RUNNING".
func (p *plane) workflowRun(id string) (run store.WorkflowRun, runs string) {
	p.t.Helper()
	err := p.db.Read(p.t.Context(), func(r *store.Reader) (err error) {
		if run, err = r.GetWorkflowRun(here, id); err != nil {
			return err
		}
		all, err := r.FlowRuns(id)
		var words []string
		for _, f := range all {
			words = append(words, fmt.Sprint(f.Job, " ", f.State))
		}
		runs = strings.Join(words, ", ")
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return run, runs
}

// until waits for a workflow run to be in a state with its job runs as told, in virtual time.
func (p *plane) until(id string, state glue.WorkflowState, runs string) store.WorkflowRun {
	p.t.Helper()
	for range 20_000 {
		if run, now := p.workflowRun(id); run.State == state && now == runs {
			return run
		}
		<-time.After(time.Millisecond)
	}
	run, now := p.workflowRun(id)
	p.t.Fatalf("workflow run is %s with %q, not %s with %q", run.State, now, state, runs)
	return run
}

// workflowEvents lists the events of triggers and workflows.
func (p *plane) workflowEvents() (kinds []string) {
	p.t.Helper()
	err := p.db.Read(p.t.Context(), func(r *store.Reader) error {
		events, err := r.EventsAfter(0, store.MaxEvents)
		for _, e := range events {
			if kind := string(e.Kind); strings.HasPrefix(kind, "workflow.") || kind == string(glue.EventTriggerFired) {
				var d struct{ Trigger, Run, State string }
				if err := json.Unmarshal(e.Detail, &d); err != nil {
					return err
				}
				kinds = append(kinds, strings.TrimSpace(kind+" "+d.Trigger+d.State))
			}
		}
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return kinds
}

// ends is a plan of jobs that end as told after a second; the others succeed.
func ends(states map[string]glue.RunState) func(attempt.Spec) fake.Plan {
	return func(spec attempt.Spec) fake.Plan { return fake.Plan{Duration: time.Second, State: states[spec.Job]} }
}

func TestWorkflowRun(t *testing.T) {
	bubble(t, Config{}, ends(map[string]glue.RunState{"c": glue.RunFailed}), func(t *testing.T, p *plane) {
		p.diamond(0)
		id := p.begin()
		run := p.until(id, glue.WorkflowCompleted, "a SUCCEEDED, b SUCCEEDED, c FAILED, e SUCCEEDED")
		if want := (glue.WorkflowStat{Total: 4, Succeeded: 3, Failed: 1}); run.Stats != want {
			t.Errorf("statistics %+v, want %+v", run.Stats, want)
		}
		if diff := cmp.Diff(map[string]string{"day": "1", "kind": "full"}, run.Properties); diff != "" {
			t.Errorf("properties:\n%s", diff)
		}
		if got := run.Completed.Sub(run.Started).Round(time.Second); got != 3*time.Second {
			t.Errorf("took %s", got)
		}
		want := []string{"workflow.started t0", "trigger.fired t0", "trigger.fired t1", "trigger.fired t3", "workflow.ended COMPLETED"}
		if diff := cmp.Diff(want, p.workflowEvents()); diff != "" {
			t.Errorf("events:\n%s", diff)
		}
		var last store.Run
		err := p.db.Read(t.Context(), func(r *store.Reader) error {
			runs, err := r.ListRunsOfFlow(id, 0, 1)
			last = runs[0]
			return err
		})
		if err != nil || last.Trigger != "t3" || last.Workflow != "w" || len(last.Cause.Runs) != 1 || last.Cause.Runs[0].Job != "c" ||
			last.Arguments["--WORKFLOW_NAME"] != "w" || last.Arguments["--WORKFLOW_RUN_ID"] != id {
			t.Errorf("run of e: %+v %v", last.JobRun, err)
		}
		p.nothingLeft()
	})
}

// TestWorkflowOfNothing: what cannot start says what is missing.
func TestWorkflowOfNothing(t *testing.T) {
	bubble(t, Config{}, nil, func(t *testing.T, p *plane) {
		start := func(name string) error {
			_, err := p.c.StartWorkflowRun(t.Context(), WorkflowStart{Region: here, Workflow: name})
			return err
		}
		refused(t, start("w"), glue.CodeEntityNotFound, "Workflow with name: w not found.")
		p.flow(glue.Workflow{Name: "w"}, when("t1", "", []string{"a SUCCEEDED"}, "b"))
		refused(t, start("w"), glue.CodeInvalidInput, "Workflow w has no start trigger: create a trigger of type ON_DEMAND, SCHEDULED or EVENT with WorkflowName w.")
		refused(t, p.c.CreateWorkflow(t.Context(), WorkflowRequest{Region: here, Workflow: glue.Workflow{Name: "w"}}), glue.CodeAlreadyExists, "Workflow with name w already exists.")
		refused(t, p.c.UpdateWorkflow(t.Context(), WorkflowRequest{Region: here, Workflow: glue.Workflow{Name: "x"}}), glue.CodeEntityNotFound, "Workflow with name: x not found.")
		if err := p.c.DeleteWorkflow(t.Context(), here, "AKID", "x"); err != nil {
			t.Error(err)
		}
		refused(t, p.c.StopWorkflowRun(t.Context(), here, "AKID", "w", "wr_none"), glue.CodeEntityNotFound, "Workflow run with id: wr_none of workflow: w not found.")
	})
}

// TestWorkflowQuota: a region has as many workflows as its quota says.
func TestWorkflowQuota(t *testing.T) {
	bubble(t, Config{Quotas: glue.Quotas{glue.QuotaWorkflows: 1}}, nil, func(t *testing.T, p *plane) {
		create := func(region, name string) error {
			return p.c.CreateWorkflow(t.Context(), WorkflowRequest{Region: region, Workflow: glue.Workflow{Name: name}})
		}
		if err := errors.Join(create(here, "a"), create("eu-west-1", "a")); err != nil {
			t.Fatal(err)
		}
		refused(t, create(here, "b"), glue.CodeResourceNumberLimit, "The quota workflows (L-7DD7C33A in Service Quotas) is reached: us-east-1 has 1 workflows and the limit is 1.")
		if err := errors.Join(p.c.DeleteWorkflow(t.Context(), here, "AKID", "a"), create(here, "b")); err != nil {
			t.Error(err)
		}
	})
}

// TestWorkflowQueue: over MaxConcurrentRuns a caller is refused, and what nobody waits for runs later, in its order, over a
// restart too.
func TestWorkflowQueue(t *testing.T) {
	bubble(t, Config{}, ends(nil), func(t *testing.T, p *plane) {
		p.flow(glue.Workflow{Name: "w", MaxConcurrentRuns: 1}, on("t0", glue.TriggerOnDemand, "a"))
		first := p.begin()
		_, err := p.c.StartWorkflowRun(t.Context(), WorkflowStart{Region: here, Workflow: "w"})
		refused(t, err, glue.CodeConcurrentRuns, "Concurrent runs exceeded for workflow: w.")
		second, third, fourth := p.queue(), p.queue(), p.queue()
		if run, runs := p.workflowRun(second); !run.Queued || run.State != glue.WorkflowRunning || runs != "" {
			t.Errorf("the second is %+v with %q", run, runs)
		}
		p.kill()
		p.start()
		if err := p.c.StopWorkflowRun(t.Context(), here, "AKID", "w", third); err != nil {
			t.Error(err)
		}
		p.until(third, glue.WorkflowStopped, "")
		p.until(first, glue.WorkflowCompleted, "a SUCCEEDED")
		if run := p.until(second, glue.WorkflowRunning, "a RUNNING"); run.Queued {
			t.Error("the second is still queued")
		}
		if run, _ := p.workflowRun(fourth); !run.Queued {
			t.Error("the fourth runs beside the second")
		}
		if err := p.c.UpdateWorkflow(t.Context(), WorkflowRequest{Region: here, Workflow: glue.Workflow{Name: "w", MaxConcurrentRuns: 2}}); err != nil {
			t.Fatal(err)
		}
		p.until(fourth, glue.WorkflowRunning, "a RUNNING")
		p.until(second, glue.WorkflowCompleted, "a SUCCEEDED")
		p.until(fourth, glue.WorkflowCompleted, "a SUCCEEDED")
		p.until(p.begin(), glue.WorkflowCompleted, "a SUCCEEDED")
		p.nothingLeft()
	})
}

// TestWorkflowQueueIsBounded: the start that finds the line full is a run in state ERROR, with Glue's own text.
func TestWorkflowQueueIsBounded(t *testing.T) {
	bubble(t, Config{}, ends(nil), func(t *testing.T, p *plane) {
		p.flow(glue.Workflow{Name: "w", MaxConcurrentRuns: 1}, on("t0", glue.TriggerOnDemand, "a"))
		var last string
		p.inside(func(s *state, t *turn) {
			tr, _ := s.starter(triggerKey{here, "w"})
			for range 1 + maxQueuedRuns + 1 {
				last, _ = s.startWorkflow(t, tr, glue.Cause{Kind: glue.CauseSchedule}, nil)
			}
		})
		run := p.until(last, glue.WorkflowError, "")
		if run.ErrorMessage != "Concurrent runs exceeded for workflow: w." || run.Completed.IsZero() {
			t.Errorf("run %+v", run)
		}
	})
}

// TestCrowded: where too many fires wait for room nothing begins, whoever asks for it.
func TestCrowded(t *testing.T) {
	bubble(t, Config{}, ends(nil), func(t *testing.T, p *plane) {
		p.flow(glue.Workflow{Name: "w"}, on("t0", glue.TriggerOnDemand, "a"))
		old := p.begin()
		node := p.until(old, glue.WorkflowCompleted, "a SUCCEEDED").Graph.Nodes[0].ID
		p.inside(func(s *state, t *turn) {
			s.pending[here] = &fireLine{fires: make([]*fire, maxPending), after: t.now.Add(time.Hour)}
		})
		_, err := p.c.StartWorkflowRun(t.Context(), WorkflowStart{Region: here, Workflow: "w"})
		refused(t, err, glue.CodeResourceNumberLimit, "no room")
		_, _, err = p.c.ResumeWorkflowRun(t.Context(), WorkflowResume{Region: here, Workflow: "w", Run: old, Nodes: []string{node}})
		refused(t, err, glue.CodeResourceNumberLimit, "no room")
		err = p.c.StartTrigger(t.Context(), TriggerStart{TriggerName: named("t0")})
		refused(t, err, glue.CodeResourceNumberLimit, "no room")
		p.inside(func(s *state, _ *turn) { delete(s.pending, here) })
	})
}

// TestStopWorkflow: what is pending is dropped, what waits and runs is stopped, and nothing follows.
func TestStopWorkflow(t *testing.T) {
	one := roomy
	one.Default.Slots = 1
	bubble(t, Config{Admission: one}, forever, func(t *testing.T, p *plane) {
		p.flow(glue.Workflow{Name: "w"}, on("t0", glue.TriggerOnDemand, "a", "b"), when("t1", "ANY", []string{"a STOPPED", "b STOPPED"}, "c"))
		id := p.begin()
		p.until(id, glue.WorkflowRunning, "a RUNNING, b WAITING")
		if err := p.c.StopWorkflowRun(t.Context(), here, "AKID", "w", id); err != nil {
			t.Fatal(err)
		}
		run := p.until(id, glue.WorkflowStopped, "a STOPPED, b STOPPED")
		if want := (glue.WorkflowStat{Total: 2, Stopped: 2}); run.Stats != want {
			t.Errorf("statistics %+v", run.Stats)
		}
		events := []string{"workflow.started t0", "trigger.fired t0", "workflow.stopping", "workflow.ended STOPPED"}
		if diff := cmp.Diff(events, p.workflowEvents()); diff != "" {
			t.Errorf("events:\n%s", diff)
		}
		refused(t, p.c.StopWorkflowRun(t.Context(), here, "AKID", "w", id), glue.CodeIllegalWorkflow, "is in state STOPPED: only a run that is RUNNING can be stopped.")
		var early string
		p.inside(func(s *state, t *turn) { // a stop that comes before the start's fire is carried out
			tr, _ := s.starter(triggerKey{here, "w"})
			early, _ = s.startWorkflow(t, tr, glue.Cause{Kind: glue.CauseDemand}, nil)
			s.stopWorkflow(t, s.flows[early], "AKID")
			s.settleStopped(t, s.flows[early])
		})
		p.until(early, glue.WorkflowStopped, "")
		p.nothingLeft()
	})
}

// TestDeleteWorkflow: a run under way ends what it began and starts nothing more; another workflow of the name has nothing
// to do with it.
func TestDeleteWorkflow(t *testing.T) {
	bubble(t, Config{}, ends(nil), func(t *testing.T, p *plane) {
		p.diamond(1)
		old, queued := p.begin(), p.queue()
		p.until(old, glue.WorkflowRunning, "a RUNNING")
		if err := p.c.DeleteWorkflow(t.Context(), here, "AKID", "w"); err != nil {
			t.Fatal(err)
		}
		p.until(queued, glue.WorkflowStopped, "")
		if err := p.c.CreateWorkflow(t.Context(), WorkflowRequest{Region: here, Workflow: glue.Workflow{Name: "w", MaxConcurrentRuns: 1}}); err != nil {
			t.Fatal(err)
		}
		id := p.begin() // its triggers stayed
		p.until(old, glue.WorkflowStopped, "a SUCCEEDED")
		p.until(id, glue.WorkflowCompleted, "a SUCCEEDED, b SUCCEEDED, c SUCCEEDED, d SUCCEEDED")
		refused(t, p.c.StopWorkflowRun(t.Context(), here, "AKID", "w", old), glue.CodeEntityNotFound, "not found")
		p.nothingLeft()
	})
}

// TestRunProperties: those of a start stand over the defaults, and those that are put over both.
func TestRunProperties(t *testing.T) {
	bubble(t, Config{}, ends(nil), func(t *testing.T, p *plane) {
		p.diamond(0)
		id, err := p.c.StartWorkflowRun(t.Context(), WorkflowStart{Region: here, Workflow: "w", Properties: map[string]string{"day": "2", "by": "hand"}})
		if err != nil {
			t.Fatal(err)
		}
		put := func(properties map[string]string) error {
			return p.c.PutRunProperties(t.Context(), here, "AKID", "w", id, properties)
		}
		if err := put(map[string]string{"rows": "7", "kind": ""}); err != nil {
			t.Fatal(err)
		}
		p.until(id, glue.WorkflowCompleted, "a SUCCEEDED, b SUCCEEDED, c SUCCEEDED, d SUCCEEDED")
		if err := put(map[string]string{"rows": "8"}); err != nil {
			t.Fatal(err)
		}
		if err := put(nil); err != nil {
			t.Error(err)
		}
		if got, want := p.workflowEvents(), []string{"workflow.properties", "workflow.properties"}; !slices.Equal(slices.DeleteFunc(got, func(k string) bool { return k != want[0] }), want) {
			t.Errorf("events %v", got)
		}
		run, _ := p.workflowRun(id)
		if diff := cmp.Diff(map[string]string{"day": "2", "by": "hand", "rows": "8", "kind": ""}, run.Properties); diff != "" {
			t.Errorf("properties:\n%s", diff)
		}
		if run.Stats.Succeeded != 4 || run.State != glue.WorkflowCompleted {
			t.Errorf("a property of an ended run changed the rest of it: %+v", run)
		}
		half := strings.Repeat("x", maxPropertySum/2)
		if err := put(map[string]string{"a": half}); err != nil {
			t.Error(err)
		}
		refused(t, put(map[string]string{"b": half}), glue.CodeInvalidInput, "The properties of a workflow run have at most 262144 bytes together")
		refused(t, put(map[string]string{"": "x"}), glue.CodeInvalidInput, "1 to 255 characters, got 0")
		refused(t, put(map[string]string{"a": "\x00"}), glue.CodeInvalidInput, "NUL")
		refused(t, p.c.PutRunProperties(t.Context(), here, "AKID", "w", "wr_x", nil), glue.CodeEntityNotFound, "wr_x")
	})
}

// TestResume: the chosen nodes and what follows them run again, the rest counts as it was.
func TestResume(t *testing.T) {
	states := &shared[map[string]glue.RunState]{}
	states.set(map[string]glue.RunState{"c": glue.RunFailed})
	plan := func(spec attempt.Spec) fake.Plan {
		return fake.Plan{Duration: time.Second, State: states.get()[spec.Job]}
	}
	bubble(t, Config{}, plan, func(t *testing.T, p *plane) {
		p.diamond(1)
		id := p.begin()
		resume := func(run, job, invocation string) (string, []string, error) {
			var nodes []string
			old, _ := p.workflowRun(id)
			for _, n := range old.Graph.Nodes {
				if n.Name == job {
					nodes = append(nodes, n.ID)
				}
			}
			return p.c.ResumeWorkflowRun(t.Context(), WorkflowResume{Region: here, Principal: "AKID", Workflow: "w", Run: run, Nodes: nodes,
				InvocationID: invocation, BodyHash: []byte(job)})
		}
		p.until(id, glue.WorkflowRunning, "a RUNNING")
		_, _, err := resume(id, "a", "")
		refused(t, err, glue.CodeIllegalWorkflow, "is in state RUNNING: only a run that is COMPLETED can be resumed.")
		p.until(id, glue.WorkflowCompleted, "a SUCCEEDED, b SUCCEEDED, c FAILED, e SUCCEEDED")
		_, _, err = resume(id, "d", "")
		refused(t, err, glue.CodeInvalidInput, "was not attempted in the workflow run")
		states.set(nil)
		if err := p.c.PutRunProperties(t.Context(), here, "AKID", "w", id, map[string]string{"mended": "yes"}); err != nil {
			t.Fatal(err)
		}
		again, nodes, err := resume(id, "c", "call")
		if err != nil || len(nodes) != 1 {
			t.Fatal(err, nodes)
		}
		_, _, err = resume(id, "a", "")
		refused(t, err, glue.CodeConcurrentRuns, "Concurrent runs exceeded for workflow: w.")
		p.kill()
		p.start()
		run := p.until(again, glue.WorkflowCompleted, "c SUCCEEDED, d SUCCEEDED")
		if run.PreviousRun != id || run.Properties["mended"] != "yes" {
			t.Errorf("resumed run: %+v", run.WorkflowRun)
		}
		if want := (glue.WorkflowStat{Total: 4, Succeeded: 4}); run.Stats != want {
			t.Errorf("statistics %+v, want %+v: what was carried over counts", run.Stats, want)
		}
		same, sameNodes, err := resume(id, "c", "call")
		if err != nil || same != again || !slices.Equal(sameNodes, nodes) {
			t.Errorf("the same call again: %s %v %v", same, sameNodes, err)
		}
		third, _, err := resume(again, "b", "")
		if err != nil {
			t.Fatal(err)
		}
		p.until(third, glue.WorkflowCompleted, "b SUCCEEDED, d SUCCEEDED")
		p.nothingLeft()
	})
}

// TestStartWorkflowOnce: the retries of a call start one run, also where the answer to the first was lost.
func TestStartWorkflowOnce(t *testing.T) {
	bubble(t, Config{}, ends(nil), func(t *testing.T, p *plane) {
		p.flow(glue.Workflow{Name: "w"}, on("t0", glue.TriggerOnDemand, "a"))
		start := func(key, body string) (string, error) {
			return p.c.StartWorkflowRun(t.Context(), WorkflowStart{Region: here, Principal: "AKID", Workflow: "w", InvocationID: key, BodyHash: []byte(body)})
		}
		p.fault.Store(&commitFault{err: store.ErrUnknownOutcome, after: true, once: true})
		if _, err := start("k", "b"); glue.CodeOf(err) != glue.CodeInternal {
			t.Fatalf("a commit of unknown outcome: %v", err)
		}
		id, err := start("k", "b")
		if err != nil {
			t.Fatal(err)
		}
		if same, err := start("k", "b"); err != nil || same != id {
			t.Errorf("again: %s, %v", same, err)
		}
		if other, err := start("k", "c"); err != nil || other == id {
			t.Errorf("another body: %s, %v", other, err)
		}
		p.until(id, glue.WorkflowCompleted, "a SUCCEEDED")
		var all []store.WorkflowRun
		err = p.db.Read(t.Context(), func(r *store.Reader) error {
			run, err := r.GetWorkflowRun(here, id)
			if err == nil {
				all, err = r.ListWorkflowRuns(store.WorkflowRunQuery{Region: here, Workflow: "w", Incarnation: run.Incarnation, Limit: 10})
			}
			return err
		})
		if err != nil || len(all) != 2 {
			t.Errorf("%d runs, want 2: %v", len(all), err)
		}
	})
}

// TestFrozenGraph: a run goes by the triggers as they were when it started; what is changed belongs to the next one. A job
// that is gone is a run in state ERROR, and its workflow goes on around it.
func TestFrozenGraph(t *testing.T) {
	bubble(t, Config{}, ends(nil), func(t *testing.T, p *plane) {
		p.flow(glue.Workflow{Name: "w"}, on("t0", glue.TriggerOnDemand, "a", "x"), when("t1", "", []string{"a SUCCEEDED"}, "b"))
		p.undefine("x")
		first := p.begin()
		p.until(first, glue.WorkflowRunning, "a RUNNING, x ERROR")
		update := when("t1", "", []string{"a SUCCEEDED"}, "c")
		if _, err := p.c.UpdateTrigger(t.Context(), TriggerUpdate{Region: here, Principal: "AKID", Name: "t1", Update: update}); err != nil {
			t.Fatal(err)
		}
		if err := p.c.DeleteTrigger(t.Context(), TriggerName{Region: here, Principal: "AKID", Name: "t0"}); err != nil {
			t.Fatal(err)
		}
		p.storeJobs("c")
		p.kill()
		p.start()
		run := p.until(first, glue.WorkflowCompleted, "a SUCCEEDED, x ERROR, b SUCCEEDED")
		if want := (glue.WorkflowStat{Total: 3, Succeeded: 2, Errored: 1}); run.Stats != want {
			t.Errorf("statistics %+v", run.Stats)
		}
		_, err := p.c.StartWorkflowRun(t.Context(), WorkflowStart{Region: here, Workflow: "w"})
		refused(t, err, glue.CodeInvalidInput, "has no start trigger")
		start := on("t2", glue.TriggerOnDemand, "a")
		start.WorkflowName = "w"
		if err := p.c.CreateTrigger(t.Context(), TriggerRequest{Region: here, Trigger: start}); err != nil {
			t.Fatal(err)
		}
		p.until(p.begin(), glue.WorkflowCompleted, "a SUCCEEDED, c SUCCEEDED")
	})
}

// TestStoppedJobRun: a job run that is stopped alone is an end like any other for its workflow.
func TestStoppedJobRun(t *testing.T) {
	plan := func(spec attempt.Spec) fake.Plan {
		if spec.Job == "j" {
			return forever(spec)
		}
		return fake.Plan{}
	}
	bubble(t, Config{}, plan, func(t *testing.T, p *plane) {
		p.flow(glue.Workflow{Name: "w"}, on("t0", glue.TriggerOnDemand, "j"), when("t1", "", []string{"j STOPPED"}, "b"))
		id := p.begin()
		p.until(id, glue.WorkflowRunning, "j RUNNING")
		var run string
		p.inside(func(s *state, _ *turn) { run = s.flows[id].runs[0].ID })
		if err := p.halt(run); err != nil {
			t.Fatal(err)
		}
		p.until(id, glue.WorkflowCompleted, "j STOPPED, b SUCCEEDED")
	})
}

// TestStopAllFlows: a plane that takes its runs along leaves nothing that would start by itself.
func TestStopAllFlows(t *testing.T) {
	bubble(t, Config{}, forever, func(t *testing.T, p *plane) {
		p.flow(glue.Workflow{Name: "w", MaxConcurrentRuns: 1}, on("t0", glue.TriggerOnDemand, "a"), when("t1", "", []string{"a STOPPED"}, "b"))
		first, queued := p.begin(), p.queue()
		p.until(first, glue.WorkflowRunning, "a RUNNING")
		for _, tr := range []glue.Trigger{on("alone", glue.TriggerOnDemand, "a"), when("then", "", []string{"a STOPPED"}, "b")} {
			if err := p.c.CreateTrigger(t.Context(), TriggerRequest{Region: here, Trigger: tr, Start: tr.Type == glue.TriggerConditional}); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.c.StartTrigger(t.Context(), TriggerStart{TriggerName: TriggerName{Region: here, Name: "alone"}}); err != nil {
			t.Fatal(err)
		}
		if err := p.c.StopAll(t.Context(), "AKSTOP"); err != nil {
			t.Fatal(err)
		}
		p.until(first, glue.WorkflowStopped, "a STOPPED")
		p.until(queued, glue.WorkflowStopped, "")
		p.inside(func(s *state, _ *turn) {
			if len(s.open)+len(s.flows)+len(s.pending) > 0 {
				t.Errorf("%d runs, %d flows and %d regions with fires are left", len(s.open), len(s.flows), len(s.pending))
			}
		})
	})
}
