package api

import (
	"context"
	"errors"

	"tenon/internal/controller"
	"tenon/internal/core/workflow"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// Workflows and their runs are read from the store; what changes them goes to the controller.

// Limits of workflows, from the service's model.
const (
	maxWorkflowPage        = 25      // ListWorkflows, BatchGetWorkflows
	maxWorkflowDescription = 120_000 // characters
)

// createWorkflow is CreateWorkflow.
func (a *API) createWorkflow(ctx context.Context, c Call, in *wire.CreateWorkflowRequest) (*wire.CreateWorkflowResponse, error) {
	w, err := workflowNoun(in.Name, in.Description, in.DefaultRunProperties, in.MaxConcurrentRuns)
	if err != nil {
		return nil, err
	}
	if err := checkTags(glue.KindWorkflow, in.Tags); err != nil {
		return nil, err
	}
	if err := a.mayDefine(ctx, c.Region); err != nil {
		return nil, err
	}
	err = a.ctl.CreateWorkflow(ctx, controller.WorkflowRequest{Region: c.Region, Principal: c.AccessKey, Workflow: *w, Tags: in.Tags})
	return &wire.CreateWorkflowResponse{Name: in.Name}, err
}

// updateWorkflow is UpdateWorkflow: the whole definition is replaced, tags stay, runs under way are as they were started.
func (a *API) updateWorkflow(ctx context.Context, c Call, in *wire.UpdateWorkflowRequest) (*wire.UpdateWorkflowResponse, error) {
	w, err := workflowNoun(in.Name, in.Description, in.DefaultRunProperties, in.MaxConcurrentRuns)
	if err != nil {
		return nil, err
	}
	err = a.ctl.UpdateWorkflow(ctx, controller.WorkflowRequest{Region: c.Region, Principal: c.AccessKey, Workflow: *w})
	return &wire.UpdateWorkflowResponse{Name: in.Name}, err
}

// workflowNoun checks what the model cannot say of a workflow.
func workflowNoun(name, description *string, properties map[string]string, most *int32) (*glue.Workflow, error) {
	if most != nil && *most < 1 {
		return nil, glue.Invalid("MaxConcurrentRuns must be at least 1, got %d; leave it out for no maximum.", *most)
	}
	if n := len([]rune(val(description))); n > maxWorkflowDescription {
		return nil, glue.Invalid("The description of a workflow has at most %d characters, got %d.", maxWorkflowDescription, n)
	}
	if err := controller.CheckProperties(properties); err != nil {
		return nil, err
	}
	return &glue.Workflow{Name: *name, Description: val(description), DefaultRunProperties: properties, MaxConcurrentRuns: int(val(most))}, nil
}

// deleteWorkflow is DeleteWorkflow. A workflow that is not there is deleted already; its triggers stay.
func (a *API) deleteWorkflow(ctx context.Context, c Call, in *wire.DeleteWorkflowRequest) (*wire.DeleteWorkflowResponse, error) {
	return &wire.DeleteWorkflowResponse{Name: in.Name}, a.ctl.DeleteWorkflow(ctx, c.Region, c.AccessKey, *in.Name)
}

// getWorkflow is GetWorkflow.
func (a *API) getWorkflow(ctx context.Context, c Call, in *wire.GetWorkflowRequest) (*wire.GetWorkflowResponse, error) {
	out := &wire.GetWorkflowResponse{}
	err := a.read(ctx, func(r *store.Reader) error {
		d, err := r.GetDefinition(c.Region, glue.KindWorkflow, *in.Name)
		if errors.Is(err, store.ErrNotFound) {
			return glue.NotFound(kindNames[glue.KindWorkflow], *in.Name)
		}
		if err != nil {
			return err
		}
		graphs, err := a.graphs(r, c.Region, val(in.IncludeGraph), d)
		if err != nil {
			return err
		}
		out.Workflow, err = a.workflowShape(r, d, graphs)
		return err
	})
	return out, err
}

// batchGetWorkflows is BatchGetWorkflows.
func (a *API) batchGetWorkflows(ctx context.Context, c Call, in *wire.BatchGetWorkflowsRequest) (*wire.BatchGetWorkflowsResponse, error) {
	out := &wire.BatchGetWorkflowsResponse{}
	err := a.read(ctx, func(r *store.Reader) error {
		var found []store.Definition
		for _, name := range in.Names {
			d, err := r.GetDefinition(c.Region, glue.KindWorkflow, name)
			switch {
			case errors.Is(err, store.ErrNotFound):
				out.MissingWorkflows = append(out.MissingWorkflows, name)
			case err != nil:
				return err
			default:
				found = append(found, d)
			}
		}
		graphs, err := a.graphs(r, c.Region, val(in.IncludeGraph), found...)
		if err != nil {
			return err
		}
		for _, d := range found {
			w, err := a.workflowShape(r, d, graphs)
			if err != nil {
				return err
			}
			out.Workflows = append(out.Workflows, *w)
		}
		return nil
	})
	return out, err
}

// graphs draws workflows as their triggers are now; nil where no graph is asked for.
func (a *API) graphs(r *store.Reader, region string, asked bool, workflows ...store.Definition) (map[string]glue.Graph, error) {
	if !asked || len(workflows) == 0 {
		return nil, nil
	}
	triggers := map[string][]glue.Trigger{}
	for _, d := range workflows {
		triggers[d.Name] = nil
	}
	err := eachDefinition(r, region, glue.KindTrigger, "", nil, func(d store.Definition) (bool, error) {
		t, err := decode[glue.Trigger](d)
		if err != nil {
			return false, err
		}
		if members, ours := triggers[t.WorkflowName]; ours && t.WorkflowName != "" {
			triggers[t.WorkflowName] = append(members, *t)
		}
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	graphs := map[string]glue.Graph{}
	for _, d := range workflows {
		graphs[d.Name] = workflow.Build(region, d.Name, d.Incarnation, triggers[d.Name])
	}
	return graphs, nil
}

// workflowShape is a workflow as it is shown, with its last run.
func (a *API) workflowShape(r *store.Reader, d store.Definition, graphs map[string]glue.Graph) (*wire.Workflow, error) {
	w, err := decode[wire.Workflow](d)
	if err != nil {
		return nil, err
	}
	w.CreatedOn, w.LastModifiedOn = wire.At(d.Created), wire.At(d.Modified)
	if graph, ok := graphs[d.Name]; ok {
		if w.Graph, err = graphShape(&graph, nil); err != nil {
			return nil, err
		}
	}
	last, err := r.ListWorkflowRuns(store.WorkflowRunQuery{Region: d.Region, Workflow: d.Name, Incarnation: d.Incarnation, Limit: 1})
	if err == nil && len(last) > 0 {
		w.LastRun, err = a.workflowRunShape(r, &last[0].WorkflowRun, graphs != nil)
	}
	return w, err
}

// listWorkflows is ListWorkflows: names.
func (a *API) listWorkflows(ctx context.Context, c Call, in *wire.ListWorkflowsRequest) (*wire.ListWorkflowsResponse, error) {
	size := in.MaxResults
	if size == nil {
		size = ptr(int32(maxWorkflowPage))
	}
	page, next, err := a.list(ctx, c, "ListWorkflows", glue.KindWorkflow, in.NextToken, size, nil)
	out := &wire.ListWorkflowsResponse{Workflows: []string{}, NextToken: next}
	for _, d := range page {
		out.Workflows = append(out.Workflows, d.Name)
	}
	return out, err
}

// graphShape is a graph as it is shown. runs are those of each job; nil for the graph of a workflow, which has none.
func graphShape(g *glue.Graph, runs map[string][]wire.JobRun) (*wire.WorkflowGraph, error) {
	out := &wire.WorkflowGraph{Nodes: []wire.Node{}, Edges: []wire.Edge{}}
	for i := range g.Nodes {
		n := &g.Nodes[i]
		shown := wire.Node{Type: ptr(string(n.Kind)), Name: &n.Name, UniqueId: &n.ID}
		switch n.Kind {
		case glue.NodeTrigger:
			t, err := triggerShape(n.Trigger)
			if err != nil {
				return nil, err
			}
			shown.TriggerDetails = &wire.TriggerNodeDetails{Trigger: t}
		case glue.NodeJob:
			shown.JobDetails = &wire.JobNodeDetails{JobRuns: runs[n.Name]}
		case glue.NodeCrawler:
			shown.CrawlerDetails = &wire.CrawlerNodeDetails{}
		}
		out.Nodes = append(out.Nodes, shown)
	}
	for _, e := range g.Edges {
		out.Edges = append(out.Edges, wire.Edge{SourceId: ptr(e.From), DestinationId: ptr(e.To)})
	}
	return out, nil
}
