package controller

import (
	"context"

	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// NoWorkflowRun is the EntityNotFoundException of a run that the workflow does not have.
func NoWorkflowRun(name, id string) error {
	return glue.Errorf(glue.CodeEntityNotFound, "Workflow run with id: %s of workflow: %s not found.", id, name)
}

// workflowRunRef names a run of a workflow.
type workflowRunRef struct{ region, workflow, run string }

// needs asks for a run that is not open.
func (ref workflowRunRef) needs(s *state, q *query) {
	if s.flows[ref.run] == nil {
		q.workflowRun(ref.region, ref.run)
	}
}

// find returns the run, with its flow if it is open.
func (ref workflowRunRef) find(s *state, t *turn) (*flow, *store.WorkflowRun, error) {
	w := s.workflow(triggerKey{ref.region, ref.workflow})
	if w == nil {
		return nil, nil, glue.NotFound("Workflow", ref.workflow)
	}
	ours := func(r *glue.WorkflowRun) bool {
		return r.Region == ref.region && r.Workflow == ref.workflow && r.Incarnation == w.Incarnation
	}
	if f := s.flows[ref.run]; f != nil && f.wf != nil && ours(&f.wf.WorkflowRun) {
		return f, &store.WorkflowRun{Seq: f.wf.seq, WorkflowRun: f.wf.WorkflowRun}, nil
	}
	if run, ok := t.found.workflows[ref.run]; ok && ours(&run.WorkflowRun) {
		return nil, &run, nil
	}
	return nil, nil, NoWorkflowRun(ref.workflow, ref.run)
}

// StopWorkflowRun has a run start nothing more and stops its job runs; it is STOPPED when they have ended. Errors:
// EntityNotFoundException, IllegalWorkflowStateException where it is not RUNNING.
func (c *Controller) StopWorkflowRun(ctx context.Context, region, principal, workflow, run string) error {
	return c.do(ctx, &stopWorkflowCommand{reply: newReply(), ref: workflowRunRef{region, workflow, run}, who: principal})
}

// stopWorkflowCommand is StopWorkflowRun.
type stopWorkflowCommand struct {
	reply
	ref workflowRunRef
	who string
}

// needs asks for the run.
func (cmd *stopWorkflowCommand) needs(s *state, q *query) { cmd.ref.needs(s, q) }

// decide stops the run.
func (cmd *stopWorkflowCommand) decide(s *state, t *turn) {
	f, run, err := cmd.ref.find(s, t)
	if err == nil && (f == nil || run.State != glue.WorkflowRunning) {
		err = glue.Errorf(glue.CodeIllegalWorkflow, "Workflow run %s is in state %s: only a run that is RUNNING can be stopped.", run.ID, run.State)
	}
	if err != nil {
		cmd.refused = err
		return
	}
	s.stopWorkflow(t, f, cmd.who)
	for _, r := range s.openRuns(f) {
		s.stop(t, r, cmd.who)
	}
	s.settleStopped(t, f)
}

// stopWorkflow has a run start nothing more.
func (s *state) stopWorkflow(t *turn, f *flow, who string) {
	f.wf.State = glue.WorkflowStopping
	t.touchFlow(f.wf)
	s.workflowEvent(t, f.wf, glue.EventWorkflowStopping, who, workflowStopping{f.wf.Workflow, f.wf.ID})
	s.dropFires(t, f)
}

// settleStopped ends a stopping run that has nothing left, unless it has ended already.
func (s *state) settleStopped(t *turn, f *flow) {
	if !f.wf.State.Final() && f.open == 0 && f.pending == 0 {
		s.workflowIdle(t, f)
	}
}

// openRuns lists the runs of f that are not final, those that wait first, so that the end of another admits none.
func (s *state) openRuns(f *flow) (runs []*run) {
	for _, waiting := range []bool{true, false} {
		for i := range f.runs {
			if r := s.open[f.runs[i].ID]; r != nil && (r.State == glue.RunWaiting) == waiting {
				runs = append(runs, r)
			}
		}
	}
	return runs
}
