package controller

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"tenon/internal/core/workflow"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// wfDef is what the loop knows of a workflow.
type wfDef struct {
	glue.Workflow
	region  string
	running int     // runs that count under MaxConcurrentRuns
	queue   []*flow // runs that wait for a place under it, the oldest first
	drawn   *drawing
}

// drawing is the graph of a workflow as its triggers are, and they by name. It is never changed: runs that start while
// nothing of it is share it.
type drawing struct {
	graph    glue.Graph
	triggers []glue.Trigger
}

// full reports whether w may start no other run now.
func (w *wfDef) full() bool { return w.MaxConcurrentRuns > 0 && w.running >= w.MaxConcurrentRuns }

// workflow returns a workflow; nil if there is none. One that is made in this turn is none yet: its incarnation, which its
// runs carry, comes with the commit.
func (s *state) workflow(key triggerKey) *wfDef {
	if w := s.workflows[key]; w != nil && w.Incarnation != 0 {
		return w
	}
	return nil
}

// draw returns the drawing of w as its triggers are now.
func (s *state) draw(w *wfDef) *drawing {
	if w.drawn == nil {
		var all []glue.Trigger
		for _, tr := range s.triggersOf(w.region, w.Name) {
			all = append(all, tr.Trigger)
		}
		graph := workflow.Build(w.region, w.Name, w.Incarnation, all)
		w.drawn = &drawing{graph, workflow.Triggers(&graph)}
	}
	return w.drawn
}

// redraw says that a trigger that names a workflow has changed.
func (s *state) redraw(key triggerKey) {
	if w := s.workflows[key]; w != nil {
		w.drawn = nil
	}
}

// readWorkflows takes all workflows into the memory.
func (s *state) readWorkflows(rd *store.Reader) error {
	return eachDefinition(rd, glue.KindWorkflow, func(d *store.Definition) error {
		def, err := stored[glue.Workflow](*d)
		if err != nil {
			return err
		}
		w := &wfDef{Workflow: *def, region: d.Region}
		w.Name, w.Incarnation, w.Version = d.Name, d.Incarnation, d.Version
		s.workflows[triggerKey{w.region, w.Name}] = w
		return nil
	})
}

// WorkflowRequest is CreateWorkflow or UpdateWorkflow.
type WorkflowRequest struct {
	Region    string
	Principal string
	Workflow  glue.Workflow
	Tags      map[string]string // of a new one
}

// CreateWorkflow stores a workflow. Errors: AlreadyExistsException, ResourceNumberLimitExceededException.
func (c *Controller) CreateWorkflow(ctx context.Context, req WorkflowRequest) error {
	return c.do(ctx, &putWorkflowCommand{reply: newReply(), req: req, create: true})
}

// UpdateWorkflow replaces a workflow: description, default properties and MaxConcurrentRuns; runs that wait for a place may
// get one by it. Error: EntityNotFoundException.
func (c *Controller) UpdateWorkflow(ctx context.Context, req WorkflowRequest) error {
	return c.do(ctx, &putWorkflowCommand{reply: newReply(), req: req})
}

// putWorkflowCommand is CreateWorkflow or UpdateWorkflow.
type putWorkflowCommand struct {
	reply
	req    WorkflowRequest
	create bool
}

// decide stores the workflow.
func (cmd *putWorkflowCommand) decide(s *state, t *turn) {
	key := triggerKey{cmd.req.Region, cmd.req.Workflow.Name}
	w := s.workflows[key]
	switch {
	case cmd.create && w != nil:
		cmd.refused = glue.Errorf(glue.CodeAlreadyExists, "Workflow with name %s already exists.", key.name)
		return
	case !cmd.create && w == nil:
		cmd.refused = glue.NotFound("Workflow", key.name)
		return
	case cmd.create:
		if cmd.refused = s.anotherWorkflow(key.region); cmd.refused != nil {
			return
		}
		w = &wfDef{Workflow: glue.Workflow{Name: key.name}, region: key.region}
		s.workflows[key] = w
	}
	def := definitionWrite{Definition: w.definition(), create: cmd.create, who: cmd.req.Principal,
		stored: func(incarnation, version int64) { w.Incarnation, w.Version = incarnation, version }}
	cmd.req.Workflow.Incarnation, cmd.req.Workflow.Version = w.Incarnation, w.Version
	w.Workflow = cmd.req.Workflow
	var err error
	if def.Doc, err = json.Marshal(&w.Workflow); err != nil {
		t.fail(err)
		return
	}
	def.Tags = cmd.req.Tags
	t.define(def)
	s.admitWorkflows(t, w)
}

// definition is where the store has a workflow.
func (w *wfDef) definition() store.Definition {
	return store.Definition{Region: w.region, Kind: glue.KindWorkflow, Name: w.Name, Version: w.Version, Incarnation: w.Incarnation}
}

// anotherWorkflow refuses one workflow too many.
func (s *state) anotherWorkflow(region string) error {
	n := int64(0)
	for key := range s.workflows {
		if key.region == region {
			n++
		}
	}
	if most := s.policy.Quotas.Limit(glue.QuotaWorkflows); float64(n) >= most {
		return glue.QuotaReached(glue.QuotaWorkflows, region, n, most)
	}
	return nil
}

// DeleteWorkflow deletes a workflow; one that is not there is deleted already. Its triggers stay. Its open runs start
// nothing more, and are STOPPED when what runs of them has ended.
func (c *Controller) DeleteWorkflow(ctx context.Context, region, principal, name string) error {
	return c.do(ctx, &deleteWorkflowCommand{newReply(), triggerKey{region, name}, principal})
}

// deleteWorkflowCommand is DeleteWorkflow.
type deleteWorkflowCommand struct {
	reply
	key triggerKey
	who string
}

// decide deletes the workflow and has its runs start nothing more.
func (cmd *deleteWorkflowCommand) decide(s *state, t *turn) {
	w := s.workflows[cmd.key]
	if w == nil {
		return
	}
	delete(s.workflows, cmd.key)
	t.define(definitionWrite{Definition: w.definition(), remove: true, who: cmd.who})
	for _, id := range slices.Sorted(maps.Keys(s.flows)) {
		f := s.flows[id]
		if f.wf != nil && f.wf.State == glue.WorkflowRunning && (triggerKey{f.region, f.wf.Workflow}) == cmd.key {
			s.stopWorkflow(t, f, cmd.who)
			s.settleStopped(t, f)
		}
	}
}
