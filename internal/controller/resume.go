package controller

import (
	"context"

	"tenon/internal/core/workflow"
	"tenon/internal/glue"
)

// opResumeWorkflow is the operation that start keys of resumed runs belong to.
const opResumeWorkflow = "ResumeWorkflowRun"

// WorkflowResume is ResumeWorkflowRun.
type WorkflowResume struct {
	Region    string
	Principal string
	Workflow  string
	Run       string
	Nodes     []string // ids

	// InvocationID is amz-sdk-invocation-id, the same across the retries of one call; BodyHash is of the request.
	InvocationID string
	BodyHash     []byte
}

// ResumeWorkflowRun starts a run that takes up a COMPLETED one at some of its nodes: they and what depends on them run
// again, the rest counts as it was. It returns the id of the new run, and the nodes that are started. Errors:
// EntityNotFoundException, InvalidInputException, IllegalWorkflowStateException, ConcurrentRunsExceededException,
// ResourceNumberLimitExceededException.
func (c *Controller) ResumeWorkflowRun(ctx context.Context, req WorkflowResume) (runID string, nodes []string, err error) {
	cmd := &resumeCommand{answered: newAnswered(opResumeWorkflow, req.Region, req.Principal, req.InvocationID, req.BodyHash),
		ref: workflowRunRef{req.Region, req.Workflow, req.Run}, req: req}
	if err := c.do(ctx, cmd); err != nil {
		return "", nil, err
	}
	return cmd.id, cmd.nodes, nil
}

// resumeCommand is ResumeWorkflowRun.
type resumeCommand struct {
	answered
	ref   workflowRunRef
	req   WorkflowResume
	nodes []string
}

// needs asks for the run and for what ran in it.
func (cmd *resumeCommand) needs(s *state, q *query) {
	cmd.answered.needs(s, q)
	q.workflowRun(cmd.req.Region, cmd.req.Run)
	q.flowRuns(cmd.req.Run)
}

// decide starts the new run.
func (cmd *resumeCommand) decide(s *state, t *turn) {
	if cmd.seen(t) {
		if f := s.flows[cmd.id]; f != nil {
			cmd.nodes = f.wf.Resumed
		} else {
			cmd.nodes = t.found.workflows[cmd.id].Resumed
		}
		return
	}
	if err := cmd.resume(s, t); err != nil {
		cmd.refused = err
		return
	}
	cmd.remember(t)
}

// resume makes the new run and fires for its nodes.
func (cmd *resumeCommand) resume(s *state, t *turn) error {
	_, old, err := cmd.ref.find(s, t)
	if err != nil {
		return err
	}
	w := s.workflow(triggerKey{cmd.req.Region, cmd.req.Workflow})
	res, err := workflow.Resume(&old.WorkflowRun, t.found.flows[old.ID], cmd.req.Nodes)
	if err != nil {
		return err
	}
	if w.full() {
		return glue.Errorf(glue.CodeConcurrentRuns, "%s", tooManyRuns(w.Name))
	}
	if err := s.crowded(w.region); err != nil {
		return err
	}
	cause := glue.Cause{Kind: glue.CauseResume, Who: cmd.req.Principal}
	run := s.newWorkflowRun(t, w, cause)
	run.PreviousRun, run.Trigger, run.Graph, run.Properties = old.ID, old.Trigger, old.Graph, old.Properties
	run.Resumed, run.FiredBefore, run.Carried = res.Nodes, res.FiredBefore, res.Carried
	f := s.enlist(run)
	t.touchFlow(run)
	s.workflowEvent(t, run, glue.EventWorkflowStarted, cause.Who, startedOf(run))
	for i := 0; i < len(res.Starts); { // those of one trigger are one fire
		name, actions := res.Starts[i].Trigger, []glue.Action(nil)
		for ; i < len(res.Starts) && res.Starts[i].Trigger == name; i++ {
			actions = append(actions, res.Starts[i].Action)
		}
		s.decideFire(t, f, name, actions, cause)
	}
	s.advance(t, f, run.triggers) // what is carried over may be enough for one that follows a selected node
	cmd.id, cmd.nodes = run.ID, res.Nodes
	return nil
}
