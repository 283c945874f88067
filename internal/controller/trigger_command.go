package controller

import (
	"context"
	"encoding/json"

	"tenon/internal/core/workflow"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// TriggerRequest is CreateTrigger. State and what the store gives are not read.
type TriggerRequest struct {
	Region    string
	Principal string
	Trigger   glue.Trigger
	Tags      map[string]string
	Start     bool // StartOnCreation
}

// TriggerUpdate is UpdateTrigger: Description, Schedule, Actions, Predicate and Batching of Update take the place of what was.
type TriggerUpdate struct {
	Region    string
	Principal string
	Name      string
	Update    glue.Trigger
}

// TriggerName names a trigger and who asks about it.
type TriggerName struct {
	Region    string
	Principal string
	Name      string
}

// TriggerStart is StartTrigger. InvocationID is the same across the retries of one call; BodyHash is of the request.
type TriggerStart struct {
	TriggerName
	InvocationID string
	BodyHash     []byte
}

// opStartTrigger is the operation that start keys of triggers belong to.
const opStartTrigger = "StartTrigger"

// createTriggerCommand is CreateTrigger.
type createTriggerCommand struct {
	reply
	req TriggerRequest
	tr  *trigger
}

// CreateTrigger stores a trigger, and activates it with Start. Errors are AlreadyExistsException, EntityNotFoundException (its
// workflow), InvalidInputException and ResourceNumberLimitExceededException.
func (c *Controller) CreateTrigger(ctx context.Context, req TriggerRequest) error {
	tr := &trigger{Trigger: req.Trigger, region: req.Region}
	tr.State = glue.TriggerCreated
	if err := checkTrigger(&tr.Trigger, req.Start); err != nil {
		return err
	}
	var err error
	if tr.Setting, err = workflow.ParseSettings(req.Tags); err != nil {
		return err
	}
	if err := tr.prepare(); err != nil {
		return err
	}
	return c.do(ctx, &createTriggerCommand{reply: newReply(), req: req, tr: tr})
}

// checkTrigger refuses a trigger that makes no sense, or that would start or watch what is not there yet.
func checkTrigger(tr *glue.Trigger, start bool) error {
	if err := workflow.Check(tr, start); err != nil {
		return err
	}
	crawler := ""
	for _, a := range tr.Actions {
		crawler = first(crawler, a.CrawlerName)
	}
	if tr.Predicate != nil {
		for _, c := range tr.Predicate.Conditions {
			crawler = first(crawler, c.CrawlerName)
		}
	}
	if crawler != "" {
		return glue.Invalid("Crawlers are not supported by Tenon yet: trigger %s names crawler %s.", tr.Name, crawler)
	}
	return nil
}

// mayHave holds a trigger against the account's quotas and against the others of its workflow.
func (s *state) mayHave(tr *glue.Trigger, region string) error {
	quotas := s.policy.Quotas
	if most := quotas.Limit(glue.QuotaJobsPerTrigger); float64(len(tr.Actions)) > most {
		return glue.Errorf(glue.CodeResourceNumberLimit, "Trigger %s starts %d jobs and the account's quota of jobs per trigger is %s.",
			tr.Name, len(tr.Actions), glue.FormatAmount(most))
	}
	if tr.WorkflowName == "" {
		return nil
	}
	var all []glue.Trigger
	for _, other := range s.triggersOf(region, tr.WorkflowName) {
		if other.Name != tr.Name {
			all = append(all, other.Trigger)
		}
	}
	return workflow.CheckWorkflow(append(all, *tr))
}

// decide stores the trigger.
func (cmd *createTriggerCommand) decide(s *state, t *turn) {
	tr := *cmd.tr // a copy: the command may be decided again
	switch n, most := s.countTriggers(tr.region), s.policy.Quotas.Limit(glue.QuotaTriggers); {
	case s.triggers[tr.key()] != nil:
		cmd.refused = glue.Errorf(glue.CodeAlreadyExists, "Trigger with name %s already exists.", tr.Name)
	case tr.WorkflowName != "" && s.workflows[triggerKey{tr.region, tr.WorkflowName}] == nil:
		cmd.refused = glue.NotFound("Workflow", tr.WorkflowName)
	case float64(n) >= most:
		cmd.refused = glue.QuotaReached(glue.QuotaTriggers, tr.region, int64(n), most)
	default:
		cmd.refused = s.mayHave(&tr.Trigger, tr.region)
	}
	if cmd.refused != nil {
		return
	}
	if cmd.req.Start {
		tr.State = glue.TriggerActivated
		tr.progress.Accounted = t.now
		t.touchTrigger(&tr)
	}
	w := tr.definition(cmd.req.Principal)
	w.create, w.Tags = true, cmd.req.Tags
	t.document(&tr, w)
	s.addTrigger(&tr)
	if cmd.req.Start {
		t.moved(&tr, glue.EventTriggerActivated, cmd.req.Principal)
	}
}

// countTriggers is how many triggers a region has.
func (s *state) countTriggers(region string) int {
	n := 0
	for key := range s.triggers {
		if key.region == region {
			n++
		}
	}
	return n
}

// definition names the definition of a trigger that who changes.
func (tr *trigger) definition(who string) definitionWrite {
	return definitionWrite{Definition: store.Definition{Region: tr.region, Kind: glue.KindTrigger, Name: tr.Name, Version: tr.Version,
		Incarnation: tr.Incarnation}, who: who}
}

// document notes that the definition of tr is to be stored as it is now.
func (t *turn) document(tr *trigger, w definitionWrite) {
	var err error
	if w.Doc, err = json.Marshal(&tr.Trigger); err != nil {
		t.fail(err)
		return
	}
	w.stored = func(incarnation, version int64) { tr.Incarnation, tr.Version = incarnation, version }
	t.define(w)
}

// movedDetail is the detail of trigger.activated and trigger.deactivated.
type movedDetail struct {
	Trigger  string `json:"trigger"`
	Workflow string `json:"workflow,omitempty"`
}

// moved notes that a trigger was activated or deactivated.
func (t *turn) moved(tr *trigger, kind glue.EventKind, who string) {
	t.note(glue.Event{Region: tr.region, Kind: kind, Who: who}, movedDetail{tr.Name, tr.WorkflowName})
}

// updateTriggerCommand is UpdateTrigger.
type updateTriggerCommand struct {
	reply
	req     TriggerUpdate
	updated glue.Trigger // the answer
}

// UpdateTrigger replaces the definition of a trigger, which keeps its state; what it has fired goes on as it was. Its fire
// times count from now on. Errors are EntityNotFoundException, InvalidInputException and
// ResourceNumberLimitExceededException.
func (c *Controller) UpdateTrigger(ctx context.Context, req TriggerUpdate) (glue.Trigger, error) {
	cmd := &updateTriggerCommand{reply: newReply(), req: req}
	err := c.do(ctx, cmd)
	return cmd.updated, err
}

// decide replaces the definition.
func (cmd *updateTriggerCommand) decide(s *state, t *turn) {
	tr := s.triggers[triggerKey{cmd.req.Region, cmd.req.Name}]
	if tr == nil {
		cmd.refused = glue.NotFound("Trigger", cmd.req.Name)
		return
	}
	next := &trigger{Trigger: tr.Trigger, region: tr.region}
	up := &cmd.req.Update
	next.Description, next.Schedule, next.Actions = up.Description, up.Schedule, up.Actions
	next.Predicate, next.Batching = up.Predicate, up.Batching
	for _, check := range []func() error{
		func() error { return checkTrigger(&next.Trigger, false) }, next.prepare,
		func() error { return s.mayHave(&next.Trigger, next.region) },
	} {
		if cmd.refused = check(); cmd.refused != nil {
			return
		}
	}
	s.overdue(t, tr)
	s.changeTrigger(tr, func() {
		tr.Trigger, tr.times, tr.zone, tr.unfit = next.Trigger, next.times, next.zone, nil
		if tr.State == glue.TriggerActivated && tr.Type == glue.TriggerScheduled {
			tr.progress.Accounted = t.now
			t.touchTrigger(tr)
		}
	})
	t.document(tr, tr.definition(cmd.req.Principal))
	cmd.updated = tr.Trigger
	cmd.updated.Version++ // as it is stored
	if len(tr.progress.Batch) > 0 {
		s.fireBatches(t, tr, false) // of a size that may be reached now
	}
}

// deleteTriggerCommand is DeleteTrigger.
type deleteTriggerCommand struct {
	reply
	req TriggerName
}

// DeleteTrigger removes a trigger; one that is not there is no error. What it has fired goes on, and a workflow run that
// has begun keeps it in its graph.
func (c *Controller) DeleteTrigger(ctx context.Context, req TriggerName) error {
	return c.do(ctx, &deleteTriggerCommand{newReply(), req})
}

// decide removes it.
func (cmd *deleteTriggerCommand) decide(s *state, t *turn) {
	tr := s.triggers[triggerKey{cmd.req.Region, cmd.req.Name}]
	if tr == nil {
		return
	}
	s.dropTrigger(tr)
	tr.gone = true
	w := tr.definition(cmd.req.Principal)
	w.remove = true
	t.define(w)
}

// startTriggerCommand is StartTrigger.
type startTriggerCommand struct {
	answered // with the flow that began
	req      TriggerStart
}

// StartTrigger fires an ON_DEMAND trigger, once for all retries of a call, and activates a SCHEDULED or CONDITIONAL one.
// Errors are EntityNotFoundException, InvalidInputException (an EVENT trigger) and ConcurrentRunsExceededException (of the
// workflow that it would start).
func (c *Controller) StartTrigger(ctx context.Context, req TriggerStart) error {
	return c.do(ctx, &startTriggerCommand{newAnswered(opStartTrigger, req.Region, req.Principal, req.InvocationID, req.BodyHash), req})
}

// decide fires or activates.
func (cmd *startTriggerCommand) decide(s *state, t *turn) {
	if cmd.seen(t) {
		return
	}
	tr := s.triggers[triggerKey{cmd.req.Region, cmd.req.Name}]
	switch {
	case tr == nil:
		cmd.refused = glue.NotFound("Trigger", cmd.req.Name)
	case tr.Type == glue.TriggerEvent:
		cmd.refused = glue.Invalid("Trigger Type EVENT cannot be started")
	case tr.Type != glue.TriggerOnDemand:
		s.activate(t, tr, cmd.req.Principal)
	default:
		cmd.id, cmd.refused = s.begin(t, tr, glue.Cause{Kind: glue.CauseDemand, Who: cmd.req.Principal}, nil)
		if cmd.refused == nil {
			cmd.remember(t)
		}
	}
}

// activate makes a trigger ACTIVATED. Its fire times count from now on.
func (s *state) activate(t *turn, tr *trigger, who string) {
	if tr.State == glue.TriggerActivated {
		return
	}
	s.changeTrigger(tr, func() {
		tr.State = glue.TriggerActivated
		tr.progress.Accounted = t.now
		t.touchTrigger(tr)
	})
	w := tr.definition(who)
	w.quiet = true
	t.document(tr, w)
	t.moved(tr, glue.EventTriggerActivated, who)
}

// stopTriggerCommand is StopTrigger.
type stopTriggerCommand struct {
	reply
	req TriggerName
}

// StopTrigger makes an ACTIVATED trigger DEACTIVATED: it fires no more before it is started again. What it has fired goes on.
// Errors are EntityNotFoundException and InvalidInputException, for a trigger that was never activated.
func (c *Controller) StopTrigger(ctx context.Context, req TriggerName) error {
	return c.do(ctx, &stopTriggerCommand{newReply(), req})
}

// decide deactivates.
func (cmd *stopTriggerCommand) decide(s *state, t *turn) {
	tr := s.triggers[triggerKey{cmd.req.Region, cmd.req.Name}]
	switch {
	case tr == nil:
		cmd.refused = glue.NotFound("Trigger", cmd.req.Name)
	case tr.State == glue.TriggerCreated:
		cmd.refused = glue.Invalid("The operation is not allowed when trigger is in state: %s", tr.State)
	case tr.State == glue.TriggerActivated:
		s.changeTrigger(tr, func() { tr.State = glue.TriggerDeactivated })
		w := tr.definition(cmd.req.Principal)
		w.quiet = true
		t.document(tr, w)
		t.moved(tr, glue.EventTriggerDeactivated, cmd.req.Principal)
	}
}

// tagsCommand is TagsChanged.
type tagsCommand struct {
	reply
	definition definitionKey
}

// TagsChanged tells the loop that the tags of a definition are others: those of a trigger hold at once. A trigger's fire
// times count from now on under another time zone.
func (c *Controller) TagsChanged(ctx context.Context, region, kind, name string) error {
	if kind != glue.KindTrigger {
		return nil
	}
	return c.do(ctx, &tagsCommand{newReply(), definitionKey{region, kind, name}})
}

// needs are the tags.
func (cmd *tagsCommand) needs(_ *state, q *query) {
	q.definitions = append(q.definitions, cmd.definition)
}

// decide takes the settings over.
func (cmd *tagsCommand) decide(s *state, t *turn) {
	d, ok := t.found.definitions[cmd.definition]
	tr := s.triggers[triggerKey{cmd.definition.region, cmd.definition.name}]
	if !ok || tr == nil || d.Incarnation != tr.Incarnation {
		return
	}
	setting, err := workflow.ParseSettings(d.Tags)
	if err != nil {
		cmd.refused = err
		return
	}
	if setting == tr.Setting {
		return
	}
	s.overdue(t, tr)
	s.changeTrigger(tr, func() {
		moved := setting.Timezone != tr.Setting.Timezone
		tr.Setting = setting
		cmd.refused = tr.prepare()
		if moved && tr.State == glue.TriggerActivated {
			tr.progress.Accounted = t.now
			t.touchTrigger(tr)
		}
	})
}
