package api

import (
	"context"
	"errors"
	"time"

	"tenon/internal/controller"
	"tenon/internal/core/workflow"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// Limits of one answer about workflow runs.
const (
	maxGraphPage   = 25   // workflow runs with their graphs in one page of GetWorkflowRuns
	maxResumeNodes = 1000 // node ids in one ResumeWorkflowRun: no graph has more
)

// startWorkflowRun is StartWorkflowRun.
func (a *API) startWorkflowRun(ctx context.Context, c Call, in *wire.StartWorkflowRunRequest) (*wire.StartWorkflowRunResponse, error) {
	if err := controller.CheckProperties(in.RunProperties); err != nil {
		return nil, err
	}
	id, err := a.ctl.StartWorkflowRun(ctx, controller.WorkflowStart{Region: c.Region, Principal: c.AccessKey, Workflow: *in.Name,
		Properties: in.RunProperties, InvocationID: c.Invocation, BodyHash: c.bodyHash[:]})
	return &wire.StartWorkflowRunResponse{RunId: &id}, err
}

// stopWorkflowRun is StopWorkflowRun: nothing more is started, and what runs is stopped.
func (a *API) stopWorkflowRun(ctx context.Context, c Call, in *wire.StopWorkflowRunRequest) (*wire.StopWorkflowRunResponse, error) {
	return &wire.StopWorkflowRunResponse{}, a.ctl.StopWorkflowRun(ctx, c.Region, c.AccessKey, *in.Name, *in.RunId)
}

// resumeWorkflowRun is ResumeWorkflowRun: another run, of the nodes and of all that depends on them.
func (a *API) resumeWorkflowRun(ctx context.Context, c Call, in *wire.ResumeWorkflowRunRequest) (*wire.ResumeWorkflowRunResponse, error) {
	if n := len(in.NodeIds); n > maxResumeNodes {
		return nil, glue.Invalid("ResumeWorkflowRun takes at most %d node ids, got %d.", maxResumeNodes, n)
	}
	id, nodes, err := a.ctl.ResumeWorkflowRun(ctx, controller.WorkflowResume{Region: c.Region, Principal: c.AccessKey, Workflow: *in.Name,
		Run: *in.RunId, Nodes: in.NodeIds, InvocationID: c.Invocation, BodyHash: c.bodyHash[:]})
	return &wire.ResumeWorkflowRunResponse{RunId: &id, NodeIds: nodes}, err
}

// workflowRun reads a run of a workflow by their names. A run of an earlier workflow of the same name is hidden.
func workflowRun(r *store.Reader, region, name, id string) (store.WorkflowRun, error) {
	d, err := r.GetDefinition(region, glue.KindWorkflow, name)
	if errors.Is(err, store.ErrNotFound) {
		return store.WorkflowRun{}, glue.NotFound(kindNames[glue.KindWorkflow], name)
	}
	if err != nil {
		return store.WorkflowRun{}, err
	}
	run, err := r.GetWorkflowRun(region, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && (run.Workflow != name || run.Incarnation != d.Incarnation) {
		return run, controller.NoWorkflowRun(name, id)
	}
	return run, err
}

// getWorkflowRun is GetWorkflowRun.
func (a *API) getWorkflowRun(ctx context.Context, c Call, in *wire.GetWorkflowRunRequest) (*wire.GetWorkflowRunResponse, error) {
	out := &wire.GetWorkflowRunResponse{}
	err := a.read(ctx, func(r *store.Reader) error {
		run, err := workflowRun(r, c.Region, *in.Name, *in.RunId)
		if err != nil {
			return err
		}
		out.Run, err = a.workflowRunShape(r, &run.WorkflowRun, val(in.IncludeGraph))
		return err
	})
	return out, err
}

// getWorkflowRuns is GetWorkflowRuns, newest first.
func (a *API) getWorkflowRuns(ctx context.Context, c Call, in *wire.GetWorkflowRunsRequest) (*wire.GetWorkflowRunsResponse, error) {
	scope := "GetWorkflowRuns/" + c.Region
	var key runPageKey
	if err := a.pages.read(in.NextToken, scope, *in.Name, &key); err != nil {
		return nil, err
	}
	limit := pageSize(in.MaxResults)
	if val(in.IncludeGraph) {
		limit = min(limit, maxGraphPage)
	}
	out := &wire.GetWorkflowRunsResponse{Runs: []wire.WorkflowRun{}}
	err := a.read(ctx, func(r *store.Reader) error {
		d, err := r.GetDefinition(c.Region, glue.KindWorkflow, *in.Name)
		if errors.Is(err, store.ErrNotFound) {
			return glue.NotFound(kindNames[glue.KindWorkflow], *in.Name)
		}
		if err != nil {
			return err
		}
		if key.Before != 0 && key.Incarnation != d.Incarnation {
			return glue.Invalid("The NextToken is of a workflow that was deleted meanwhile.")
		}
		page, err := r.ListWorkflowRuns(store.WorkflowRunQuery{Region: c.Region, Workflow: d.Name, Incarnation: d.Incarnation, Before: key.Before, Limit: limit})
		if err != nil {
			return err
		}
		for i := range page {
			shown, err := a.workflowRunShape(r, &page[i].WorkflowRun, val(in.IncludeGraph))
			if err != nil {
				return err
			}
			out.Runs = append(out.Runs, *shown)
		}
		if len(page) == limit {
			key.Before, key.Incarnation = page[limit-1].Seq, d.Incarnation
			out.NextToken = a.pages.next(scope, *in.Name, key)
		}
		return nil
	})
	return out, err
}

// getWorkflowRunProperties is GetWorkflowRunProperties.
func (a *API) getWorkflowRunProperties(ctx context.Context, c Call, in *wire.GetWorkflowRunPropertiesRequest) (*wire.GetWorkflowRunPropertiesResponse, error) {
	out := &wire.GetWorkflowRunPropertiesResponse{}
	err := a.read(ctx, func(r *store.Reader) error {
		run, err := workflowRun(r, c.Region, *in.Name, *in.RunId)
		if out.RunProperties = run.Properties; out.RunProperties == nil {
			out.RunProperties = map[string]string{}
		}
		return err
	})
	return out, err
}

// putWorkflowRunProperties is PutWorkflowRunProperties: given keys are set, the others stay.
func (a *API) putWorkflowRunProperties(ctx context.Context, c Call, in *wire.PutWorkflowRunPropertiesRequest) (*wire.PutWorkflowRunPropertiesResponse, error) {
	return &wire.PutWorkflowRunPropertiesResponse{}, a.ctl.PutRunProperties(ctx, c.Region, c.AccessKey, *in.Name, *in.RunId, in.RunProperties)
}

// workflowRunShape is a workflow run as it is shown. The statistics of one that is not over are counted from its runs.
func (a *API) workflowRunShape(r *store.Reader, run *glue.WorkflowRun, withGraph bool) (*wire.WorkflowRun, error) {
	out := &wire.WorkflowRun{
		Name: &run.Workflow, WorkflowRunId: &run.ID, PreviousRunId: text(run.PreviousRun), WorkflowRunProperties: run.Properties,
		StartedOn: wire.At(run.Started), CompletedOn: wire.At(run.Completed), Status: ptr(string(run.State)),
		ErrorMessage: text(run.ErrorMessage), StartingEventBatchCondition: batchShape(run),
	}
	stats := run.Stats
	if !run.State.Final() {
		runs, err := r.FlowRuns(run.ID)
		if err != nil {
			return nil, err
		}
		stats = workflow.Stats(append(runs, run.Carried...))
	}
	out.Statistics = &wire.WorkflowRunStatistics{
		TotalActions: ptr(int32(stats.Total)), TimeoutActions: ptr(int32(stats.Timeout)), FailedActions: ptr(int32(stats.Failed)),
		StoppedActions: ptr(int32(stats.Stopped)), SucceededActions: ptr(int32(stats.Succeeded)), RunningActions: ptr(int32(stats.Running)),
		ErroredActions: ptr(int32(stats.Errored)), WaitingActions: ptr(int32(stats.Waiting)),
	}
	if !withGraph {
		return out, nil
	}
	runs, err := a.nodeRuns(r, run)
	if err != nil {
		return nil, err
	}
	out.Graph, err = graphShape(&run.Graph, runs)
	return out, err
}

// nodeRuns are the runs of a workflow run by job, as GetJobRun shows them: those that a resumed run took over first.
func (a *API) nodeRuns(r *store.Reader, run *glue.WorkflowRun) (map[string][]wire.JobRun, error) {
	byJob := map[string][]wire.JobRun{}
	for _, carried := range run.Carried {
		old, err := r.GetRun(run.Region, carried.ID)
		if errors.Is(err, store.ErrNotFound) {
			continue // past retention
		}
		if err != nil {
			return nil, err
		}
		byJob[old.Job] = append(byJob[old.Job], a.shape(&old.JobRun))
	}
	var own []store.Run // newest first
	for before := int64(0); ; {
		page, err := r.ListRunsOfFlow(run.ID, before, store.MaxList)
		if err != nil {
			return nil, err
		}
		own = append(own, page...)
		if len(page) < store.MaxList {
			break
		}
		before = page[len(page)-1].Seq
	}
	for i := len(own) - 1; i >= 0; i-- {
		byJob[own[i].Job] = append(byJob[own[i].Job], a.shape(&own[i].JobRun))
	}
	return byJob, nil
}

// batchShape says which condition of its EVENT trigger started a run: that member is not zero.
func batchShape(run *glue.WorkflowRun) *wire.StartingEventBatchCondition {
	if run.Cause.Kind != glue.CauseEvents {
		return nil
	}
	if !run.Cause.Window {
		return &wire.StartingEventBatchCondition{BatchSize: ptr(int32(len(run.Cause.Events)))}
	}
	out := &wire.StartingEventBatchCondition{}
	for _, n := range run.Graph.Nodes {
		if n.Kind == glue.NodeTrigger && n.Name == run.Trigger {
			_, window := workflow.Batch(n.Trigger)
			out.BatchWindow = ptr(int32(window / time.Second))
		}
	}
	return out
}
