package controller

import "tenon/internal/glue"

// wfDef is what the loop knows of a workflow.
type wfDef struct {
	glue.Workflow
	region string
}

// startWorkflow starts a run of the workflow of tr, a start trigger, and returns its id. The error is of a workflow that is
// gone, or that may not start another run where the cause is a caller's demand.
func (s *state) startWorkflow(_ *turn, tr *trigger, _ glue.Cause, _ map[string]string) (string, error) {
	return "", glue.NotFound("Workflow", tr.WorkflowName)
}

// workflowMoved notes that a run of a workflow run's flow ended and others go on.
func (s *state) workflowMoved(*turn, *flow) {}

// workflowIdle ends a workflow run of which nothing is open or pending.
func (s *state) workflowIdle(*turn, *flow) {}
