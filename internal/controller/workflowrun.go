package controller

import (
	"context"
	"slices"

	"tenon/internal/core/workflow"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// A workflow run is a flow with a row of its own. It starts with the fire of its workflow's start trigger, and it is over
// when nothing of it is open or pending. Over MaxConcurrentRuns a caller is refused; what nobody waits for, such as a
// schedule, makes a run that waits in its workflow's line.

// maxQueuedRuns bounds the runs of a workflow that wait for a place. Beyond, a start is a run in state ERROR.
const maxQueuedRuns = 1000

// opStartWorkflow is the operation that start keys of workflow runs belong to.
const opStartWorkflow = "StartWorkflowRun"

// tooManyRuns is Glue's text for a run over MaxConcurrentRuns.
func tooManyRuns(name string) string { return "Concurrent runs exceeded for workflow: " + name + "." }

// WorkflowStart is StartWorkflowRun.
type WorkflowStart struct {
	Region     string
	Principal  string
	Workflow   string
	Properties map[string]string // over the workflow's defaults

	// InvocationID is amz-sdk-invocation-id, the same across the retries of one call; BodyHash is of the request.
	InvocationID string
	BodyHash     []byte
}

// StartWorkflowRun starts a workflow by its start trigger, of whatever type and state, and returns the id of the run.
// Errors: EntityNotFoundException, InvalidInputException (no start trigger), ConcurrentRunsExceededException,
// ResourceNumberLimitExceededException.
func (c *Controller) StartWorkflowRun(ctx context.Context, req WorkflowStart) (runID string, err error) {
	cmd := &startWorkflowCommand{answered: newAnswered(opStartWorkflow, req.Region, req.Principal, req.InvocationID, req.BodyHash), req: req}
	if err := c.do(ctx, cmd); err != nil {
		return "", err
	}
	return cmd.id, nil
}

// startWorkflowCommand is StartWorkflowRun.
type startWorkflowCommand struct {
	answered
	req WorkflowStart
}

// decide fires the start trigger.
func (cmd *startWorkflowCommand) decide(s *state, t *turn) {
	if cmd.seen(t) {
		return
	}
	tr, err := s.starter(triggerKey{cmd.req.Region, cmd.req.Workflow})
	if err == nil {
		cmd.id, err = s.begin(t, tr, glue.Cause{Kind: glue.CauseDemand, Who: cmd.req.Principal}, cmd.req.Properties)
	}
	if err != nil {
		cmd.refused = err
		return
	}
	cmd.remember(t)
}

// starter is the start trigger of a workflow.
func (s *state) starter(key triggerKey) (*trigger, error) {
	if s.workflow(key) == nil {
		return nil, glue.NotFound("Workflow", key.name)
	}
	for _, tr := range s.triggersOf(key.region, key.name) {
		if tr.Type != glue.TriggerConditional {
			return tr, nil
		}
	}
	return nil, glue.Invalid("Workflow %s has no start trigger: create a trigger of type ON_DEMAND, SCHEDULED or EVENT with WorkflowName %s.", key.name, key.name)
}

// startWorkflow makes a run of the workflow of tr, its start trigger, and returns its id. Over MaxConcurrentRuns the run
// waits, but for cause demand, where the error is a ConcurrentRunsExceededException.
func (s *state) startWorkflow(t *turn, tr *trigger, cause glue.Cause, properties map[string]string) (string, error) {
	w := s.workflow(triggerKey{tr.region, tr.WorkflowName})
	if w == nil {
		return "", glue.NotFound("Workflow", tr.WorkflowName)
	}
	full := w.full()
	if full && cause.Kind == glue.CauseDemand {
		return "", glue.Errorf(glue.CodeConcurrentRuns, "%s", tooManyRuns(w.Name))
	}
	run := s.newWorkflowRun(t, w, cause)
	drawn := s.draw(w)
	run.Trigger, run.Graph, run.triggers = tr.Name, drawn.graph, drawn.triggers
	run.Properties = overlaid(w.DefaultRunProperties, properties)
	if full && len(w.queue) >= maxQueuedRuns {
		run.State, run.Completed, run.ErrorMessage = glue.WorkflowError, t.now, tooManyRuns(w.Name)
		t.touchFlow(run)
		s.workflowEvent(t, run, glue.EventWorkflowEnded, cause.Who, workflowEnded{Run: run.ID, Workflow: w.Name, State: run.State, Message: run.ErrorMessage})
		return run.ID, nil
	}
	run.Queued = full
	f := s.enlist(run)
	t.touchFlow(run)
	if full {
		s.workflowEvent(t, run, glue.EventWorkflowQueued, cause.Who, startedOf(run))
		return run.ID, nil
	}
	s.launch(t, f)
	return run.ID, nil
}

// enlist puts a new run into the memory.
func (s *state) enlist(run *wfRun) *flow {
	f := s.flow(run.ID, run.Region)
	f.wf, f.runs = run, slices.Clone(run.Carried)
	if run.triggers == nil {
		run.triggers = workflow.Triggers(&run.Graph)
	}
	for _, name := range run.FiredBefore {
		f.fired[name] = true
	}
	s.enlisted(f)
	return f
}

// enlisted counts a run with its workflow, as one that runs or one that waits.
func (s *state) enlisted(f *flow) {
	w := s.workflows[triggerKey{f.region, f.wf.Workflow}]
	switch {
	case w == nil || w.Incarnation != f.wf.Incarnation:
	case f.wf.Queued:
		w.queue = append(w.queue, f)
	default:
		w.running++
	}
}

// newWorkflowRun is a run of w as all begin.
func (s *state) newWorkflowRun(t *turn, w *wfDef, cause glue.Cause) *wfRun {
	return &wfRun{WorkflowRun: glue.WorkflowRun{Region: w.region, ID: s.ids.next(glue.WorkflowRunIDPrefix, t.now, t.rand),
		Workflow: w.Name, Incarnation: w.Incarnation, State: glue.WorkflowRunning, Started: t.now, Cause: cause}}
}

// launch fires the start trigger of a run as it was frozen.
func (s *state) launch(t *turn, f *flow) {
	run := f.wf
	s.workflowEvent(t, run, glue.EventWorkflowStarted, run.Cause.Who, startedOf(run))
	for i := range run.triggers {
		if tr := &run.triggers[i]; tr.Name == run.Trigger {
			s.decideFire(t, f, tr.Name, tr.Actions, run.Cause)
		}
	}
}

// admitWorkflows starts what waits in the line of w, as far as there is room.
func (s *state) admitWorkflows(t *turn, w *wfDef) {
	for len(w.queue) > 0 && !w.full() {
		f := w.queue[0]
		w.queue = w.queue[1:]
		w.running++
		f.wf.Queued = false
		t.touchFlow(f.wf)
		s.launch(t, f)
	}
}

// workflowStarted is the detail of workflow.started and workflow.queued.
type workflowStarted struct {
	Workflow string     `json:"workflow"`
	Run      string     `json:"run"`
	Trigger  string     `json:"trigger,omitempty"`
	Previous string     `json:"previous_run,omitempty"`
	Cause    glue.Cause `json:"cause"`
}

// startedOf is the detail of a run that starts.
func startedOf(run *wfRun) workflowStarted {
	return workflowStarted{run.Workflow, run.ID, run.Trigger, run.PreviousRun, run.Cause}
}

// workflowStopping is the detail of workflow.stopping.
type workflowStopping struct {
	Workflow string `json:"workflow"`
	Run      string `json:"run"`
}

// workflowEnded is the detail of workflow.ended.
type workflowEnded struct {
	Workflow string             `json:"workflow"`
	Run      string             `json:"run"`
	State    glue.WorkflowState `json:"state"`
	Message  string             `json:"message,omitempty"`
	Stats    glue.WorkflowStat  `json:"stats"`
}

// workflowEvent notes what happened to a workflow run.
func (s *state) workflowEvent(t *turn, run *wfRun, kind glue.EventKind, who string, detail any) {
	t.note(glue.Event{Region: run.Region, Kind: kind, Who: who}, detail)
}

// workflowIdle ends a workflow run of which nothing is open or pending.
func (s *state) workflowIdle(t *turn, f *flow) {
	run := f.wf
	if run.Queued && run.State == glue.WorkflowRunning {
		return // it has not begun
	}
	run.State = final(run.State)
	run.Completed, run.Stats = t.now, workflow.Stats(f.runs)
	t.touchFlow(run)
	t.found.workflows[run.ID] = store.WorkflowRun{Seq: run.seq, WorkflowRun: run.WorkflowRun} // for the commands of this turn that ask for it next
	t.found.flows[run.ID] = f.runs[len(run.Carried):]
	s.workflowEvent(t, run, glue.EventWorkflowEnded, "", workflowEnded{run.Workflow, run.ID, run.State, run.ErrorMessage, run.Stats})
	delete(s.flows, f.id)
	w := s.workflow(triggerKey{run.Region, run.Workflow})
	if w == nil || w.Incarnation != run.Incarnation {
		return
	}
	if run.Queued {
		w.queue = slices.DeleteFunc(w.queue, func(q *flow) bool { return q == f })
		return
	}
	w.running--
	s.admitWorkflows(t, w)
}

// final is the state that an idle run ends in.
func final(state glue.WorkflowState) glue.WorkflowState {
	if state == glue.WorkflowStopping {
		return glue.WorkflowStopped
	}
	return glue.WorkflowCompleted
}
