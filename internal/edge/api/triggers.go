package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"tenon/internal/controller"
	"tenon/internal/core/workflow"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// Triggers are read from the store. What changes one goes to the controller, which fires them.

// maxTriggerPage is the largest page of triggers (the model's OrchestrationPageSize200).
const maxTriggerPage = 200

// createTrigger is CreateTrigger.
func (a *API) createTrigger(ctx context.Context, c Call, in *wire.CreateTriggerRequest) (*wire.CreateTriggerResponse, error) {
	t, err := triggerNoun(&wire.Trigger{
		Name: in.Name, WorkflowName: in.WorkflowName, Type: in.Type, Schedule: in.Schedule, Predicate: in.Predicate,
		Actions: in.Actions, Description: in.Description, EventBatchingCondition: in.EventBatchingCondition,
	})
	if err != nil {
		return nil, err
	}
	if err := checkTags(glue.KindTrigger, in.Tags); err != nil {
		return nil, err
	}
	if err := a.mayDefine(ctx, c.Region); err != nil {
		return nil, err
	}
	err = a.ctl.CreateTrigger(ctx, controller.TriggerRequest{Region: c.Region, Principal: c.AccessKey, Trigger: *t, Tags: in.Tags,
		Start: val(in.StartOnCreation)})
	return &wire.CreateTriggerResponse{Name: in.Name}, err
}

// updateTrigger is UpdateTrigger: the whole definition is replaced; name, type, workflow, state and tags stay.
func (a *API) updateTrigger(ctx context.Context, c Call, in *wire.UpdateTriggerRequest) (*wire.UpdateTriggerResponse, error) {
	u := in.TriggerUpdate
	t, err := triggerNoun(&wire.Trigger{Description: u.Description, Schedule: u.Schedule, Actions: u.Actions, Predicate: u.Predicate,
		EventBatchingCondition: u.EventBatchingCondition})
	if err != nil {
		return nil, err
	}
	updated, err := a.ctl.UpdateTrigger(ctx, controller.TriggerUpdate{Region: c.Region, Principal: c.AccessKey, Name: *in.Name, Update: *t})
	if err != nil {
		return nil, err
	}
	shown, err := triggerShape(&updated)
	return &wire.UpdateTriggerResponse{Trigger: shown}, err
}

// triggerNoun is a trigger as the controller reasons about it: its document is in the members of the API.
func triggerNoun(in *wire.Trigger) (*glue.Trigger, error) {
	for i := range in.Actions {
		if err := checkTimeout(in.Actions[i].Timeout); err != nil {
			return nil, err
		}
	}
	if b := in.EventBatchingCondition; b != nil && b.BatchWindow == nil {
		in.EventBatchingCondition = &wire.EventBatchingCondition{BatchSize: b.BatchSize, BatchWindow: ptr(int32(workflow.MaxBatchWindow))}
	}
	doc, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("api: encode trigger: %w", err)
	}
	if len(doc) > glue.MaxDocumentBytes {
		return nil, glue.Invalid("The definition of trigger %s is larger than %d bytes.", val(in.Name), glue.MaxDocumentBytes)
	}
	t := new(glue.Trigger)
	if err := json.Unmarshal(doc, t); err != nil {
		return nil, fmt.Errorf("api: trigger: %w", err)
	}
	return t, nil
}

// triggerShape is a trigger as it is shown.
func triggerShape(t *glue.Trigger) (*wire.Trigger, error) {
	doc, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("api: encode trigger: %w", err)
	}
	return decode[wire.Trigger](store.Definition{Kind: glue.KindTrigger, Name: t.Name, Doc: doc})
}

// deleteTrigger is DeleteTrigger. A trigger that is not there is deleted already.
func (a *API) deleteTrigger(ctx context.Context, c Call, in *wire.DeleteTriggerRequest) (*wire.DeleteTriggerResponse, error) {
	return &wire.DeleteTriggerResponse{Name: in.Name}, a.ctl.DeleteTrigger(ctx, triggerName(c, *in.Name))
}

// triggerName names a trigger for the controller.
func triggerName(c Call, name string) controller.TriggerName {
	return controller.TriggerName{Region: c.Region, Principal: c.AccessKey, Name: name}
}

// startTrigger is StartTrigger: ON_DEMAND triggers fire, SCHEDULED and CONDITIONAL ones are activated.
func (a *API) startTrigger(ctx context.Context, c Call, in *wire.StartTriggerRequest) (*wire.StartTriggerResponse, error) {
	return &wire.StartTriggerResponse{Name: in.Name}, a.ctl.StartTrigger(ctx, controller.TriggerStart{
		TriggerName: triggerName(c, *in.Name), InvocationID: c.Invocation, BodyHash: c.bodyHash[:]})
}

// stopTrigger is StopTrigger: the trigger is deactivated; what it started runs on.
func (a *API) stopTrigger(ctx context.Context, c Call, in *wire.StopTriggerRequest) (*wire.StopTriggerResponse, error) {
	return &wire.StopTriggerResponse{Name: in.Name}, a.ctl.StopTrigger(ctx, triggerName(c, *in.Name))
}

// getTrigger is GetTrigger.
func (a *API) getTrigger(ctx context.Context, c Call, in *wire.GetTriggerRequest) (*wire.GetTriggerResponse, error) {
	d, err := a.get(ctx, c, glue.KindTrigger, *in.Name)
	if err != nil {
		return nil, err
	}
	t, err := decode[wire.Trigger](d)
	return &wire.GetTriggerResponse{Trigger: t}, err
}

// getTriggers is GetTriggers.
func (a *API) getTriggers(ctx context.Context, c Call, in *wire.GetTriggersRequest) (*wire.GetTriggersResponse, error) {
	page, next, err := a.triggers(ctx, c, "GetTriggers", triggerQuery{Job: val(in.DependentJobName)}, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	out := &wire.GetTriggersResponse{Triggers: []wire.Trigger{}, NextToken: next}
	for _, d := range page {
		t, err := decode[wire.Trigger](d)
		if err != nil {
			return nil, err
		}
		out.Triggers = append(out.Triggers, *t)
	}
	return out, nil
}

// listTriggers is ListTriggers: names.
func (a *API) listTriggers(ctx context.Context, c Call, in *wire.ListTriggersRequest) (*wire.ListTriggersResponse, error) {
	page, next, err := a.triggers(ctx, c, "ListTriggers", triggerQuery{Job: val(in.DependentJobName), Tags: in.Tags}, in.NextToken, in.MaxResults)
	out := &wire.ListTriggersResponse{TriggerNames: []string{}, NextToken: next}
	for _, d := range page {
		out.TriggerNames = append(out.TriggerNames, d.Name)
	}
	return out, err
}

// triggerQuery is the filter of a list of triggers.
type triggerQuery struct {
	Job  string            `json:"j,omitempty"` // that the trigger starts; where none does, all triggers are meant
	Tags map[string]string `json:"t,omitempty"`
}

// triggerPageKey is where a page of triggers begins.
type triggerPageKey struct {
	After string `json:"a"`
	All   bool   `json:"all,omitempty"` // no trigger starts the job
}

// triggers reads one page of triggers and the token of the next.
func (a *API) triggers(ctx context.Context, c Call, op string, q triggerQuery, token *string, size *int32) (page []store.Definition, next *string, err error) {
	scope := op + "/" + c.Region
	var key triggerPageKey
	if err := a.pages.read(token, scope, q, &key); err != nil {
		return nil, nil, err
	}
	limit := min(pageSize(size), maxTriggerPage)
	err = a.read(ctx, func(r *store.Reader) (err error) {
		if q.Job != "" && !key.All {
			page, err = triggersOf(r, c.Region, q, key.After, limit)
			key.All = key.After == "" && len(page) == 0
		}
		if err == nil && (q.Job == "" || key.All) {
			page, err = r.ListDefinitions(store.DefinitionQuery{Region: c.Region, Kind: glue.KindTrigger, After: key.After, Limit: limit, Tags: q.Tags})
		}
		return err
	})
	if err != nil || len(page) < limit {
		return page, nil, err
	}
	key.After = page[len(page)-1].Name
	return page, a.pages.next(scope, q, key), nil
}

// triggersOf reads a page of the triggers that start a job.
func triggersOf(r *store.Reader, region string, q triggerQuery, after string, limit int) (page []store.Definition, err error) {
	err = eachDefinition(r, region, glue.KindTrigger, after, q.Tags, func(d store.Definition) (more bool, err error) {
		t, err := decode[glue.Trigger](d)
		if err != nil {
			return false, err
		}
		for _, action := range t.Actions {
			if action.JobName == q.Job {
				page = append(page, d)
				break
			}
		}
		return len(page) < limit, nil
	})
	return page, err
}

// eachDefinition calls f for the definitions of a kind with names above after, in order, until it wants no more.
func eachDefinition(r *store.Reader, region, kind, after string, tags map[string]string, f func(store.Definition) (more bool, err error)) error {
	q := store.DefinitionQuery{Region: region, Kind: kind, After: after, Limit: store.MaxList, Tags: tags}
	for {
		found, err := r.ListDefinitions(q)
		if err != nil {
			return err
		}
		for _, d := range found {
			if more, err := f(d); err != nil || !more {
				return err
			}
		}
		if len(found) < q.Limit {
			return nil
		}
		q.After = found[len(found)-1].Name
	}
}

// batchGetTriggers is BatchGetTriggers.
func (a *API) batchGetTriggers(ctx context.Context, c Call, in *wire.BatchGetTriggersRequest) (*wire.BatchGetTriggersResponse, error) {
	if n := len(in.TriggerNames); n > glue.MaxBatchGet {
		return nil, glue.Invalid("BatchGetTriggers takes at most %d names, got %d.", glue.MaxBatchGet, n)
	}
	out := &wire.BatchGetTriggersResponse{Triggers: []wire.Trigger{}, TriggersNotFound: []string{}}
	err := a.read(ctx, func(r *store.Reader) error {
		for _, name := range in.TriggerNames {
			d, err := r.GetDefinition(c.Region, glue.KindTrigger, name)
			if errors.Is(err, store.ErrNotFound) {
				out.TriggersNotFound = append(out.TriggersNotFound, name)
				continue
			}
			if err != nil {
				return err
			}
			t, err := decode[wire.Trigger](d)
			if err != nil {
				return err
			}
			out.Triggers = append(out.Triggers, *t)
		}
		return nil
	})
	return out, err
}
