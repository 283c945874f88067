package controller

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tenon/internal/core/workflow"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// metaCursor is where the number of the last event is kept whose starts by rules are decided.
const metaCursor = "rules.cursor"

// propertyEvents is the run property that has the ids of the events that a workflow run was started for: "[id, id]".
const propertyEvents = "aws:eventIds"

// Delivery is what the events after From, up to Cursor, start by rules: it is decided in one commit with the cursor.
type Delivery struct {
	From, Cursor int64 // numbers of events; the stored cursor must be From
	Starts       []RuleStart
	Events       []WorkflowEvent
}

// RuleStart is a target Job of a rule, for one event.
type RuleStart struct {
	Region    string
	Rule      string
	Target    string // id
	Event     string // id, as EventBridge would have it
	Job       string
	Arguments map[string]string
}

// WorkflowEvent is an event for the EVENT trigger of a workflow. Rule is empty where the event itself named the workflow.
type WorkflowEvent struct {
	Region   string
	Rule     string
	Target   string
	Event    string // id
	Workflow string
	At       time.Time // of the event: the window of a batch begins with its first, however late that is delivered
}

// deliverCommand is Deliver.
type deliverCommand struct {
	reply
	d Delivery
}

// Deliver makes the starts durable together with the cursor, all or nothing. A delivery that does not begin at the stored
// cursor is an error and changes nothing.
func (c *Controller) Deliver(ctx context.Context, d Delivery) error {
	if d.From < 0 || d.Cursor < d.From {
		return fmt.Errorf("controller: a delivery leads from event %d to %d", d.From, d.Cursor)
	}
	return c.do(ctx, &deliverCommand{newReply(), d})
}

// RulesCursor reads the stored cursor; 0 if there is none.
func RulesCursor(r *store.Reader) (int64, error) {
	b, err := r.GetMeta(metaCursor)
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(string(b), 10, 64)
}

// needs is the cursor.
func (cmd *deliverCommand) needs(_ *state, q *query) { q.cursor = true }

// decide notes a fire for each start, and adds each event to the batch of its workflow's trigger.
func (cmd *deliverCommand) decide(s *state, t *turn) {
	d := &cmd.d
	if at := max(t.found.cursor, t.cursor); at != d.From {
		cmd.refused = fmt.Errorf("controller: a delivery from event %d on, but the cursor is %d", d.From, at)
		return
	}
	t.cursor = d.Cursor
	for i := range d.Starts {
		start := &d.Starts[i]
		told := ruleDetail{Rule: start.Rule, Target: start.Target, Event: start.Event}
		if err := s.crowded(start.Region); err != nil {
			told.Error = messageOf(err)
			t.ruleFired(start.Region, told)
			continue
		}
		s.decideFire(t, s.newChain(t, start.Region), "", []glue.Action{{JobName: start.Job, Arguments: start.Arguments}},
			glue.Cause{Kind: glue.CauseRule, Rule: start.Rule, Events: []string{start.Event}})
		t.ruleFired(start.Region, told)
	}
	for i := range d.Events {
		e := &d.Events[i]
		told := ruleDetail{Rule: e.Rule, Target: e.Target, Event: e.Event, Error: s.takeEvent(t, e)}
		if e.Rule != "" {
			t.ruleFired(e.Region, told)
		}
	}
}

// ruleDetail is the detail of rule.fired and rule.failed.
type ruleDetail struct {
	Rule     string `json:"rule"`
	Target   string `json:"target"`
	Event    string `json:"event"`
	Error    string `json:"error,omitempty"`
	Attempts int    `json:"attempts,omitempty"`
}

// ruleFired notes that a target was served, or with an Error that it could not be.
func (t *turn) ruleFired(region string, d ruleDetail) {
	kind := glue.EventRuleFired
	if d.Error != "" {
		kind = glue.EventRuleFailed
	}
	t.note(glue.Event{Region: region, Kind: kind}, d)
}

// takeEvent adds an event to the batch of its workflow's EVENT trigger, and returns why it cannot.
func (s *state) takeEvent(t *turn, e *WorkflowEvent) (problem string) {
	tr, err := s.starter(triggerKey{e.Region, e.Workflow})
	if err == nil && tr.Type != glue.TriggerEvent {
		err = glue.Invalid("Workflow %s is not begun by events: its start trigger %s is of type %s.", e.Workflow, tr.Name, tr.Type)
	}
	if err != nil {
		return messageOf(err)
	}
	if len(tr.progress.Batch) == 0 {
		if tr.progress.BatchSince = e.At; e.At.IsZero() || e.At.After(t.now) {
			tr.progress.BatchSince = t.now
		}
	}
	tr.progress.Batch = append(slices.Clip(tr.progress.Batch), e.Event)
	t.touchTrigger(tr)
	s.fireBatches(t, tr, false)
	return ""
}

// fireBatches fires an EVENT trigger for each full batch, and for the rest if its window is over.
func (s *state) fireBatches(t *turn, tr *trigger, over bool) {
	size, _ := workflow.Batch(&tr.Trigger)
	p := &tr.progress
	for len(p.Batch) >= size || over && len(p.Batch) > 0 {
		n := min(size, len(p.Batch))
		events := slices.Clone(p.Batch[:n])
		p.Batch, p.BatchSince = slices.Clone(p.Batch[n:]), t.now // what is left came now, with the last of the full one
		t.touchTrigger(tr)
		s.start(t, tr, glue.Cause{Kind: glue.CauseEvents, Events: events, Window: n < size},
			map[string]string{propertyEvents: "[" + strings.Join(events, ", ") + "]"})
	}
	if len(p.Batch) == 0 {
		p.BatchSince = time.Time{}
	}
	s.arm(tr)
}
