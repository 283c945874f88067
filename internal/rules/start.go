package rules

import (
	"context"
	"time"

	"tenon/internal/controller"
	"tenon/internal/glue"
)

// maxStarts bounds the starts of one delivery, but for those of its last event.
const maxStarts = 1000

// serveStarts begins what the targets of kinds job and workflow begin. It returns at a failure.
func (c *Consumer) serveStarts(ctx context.Context) error {
	saved, err := c.number(ctx, metaStarts)
	if err != nil {
		return err
	}
	at, savedAt := saved, time.Now()
	for {
		wake := c.db.Watch()
		if c.cfg.Linger > 0 {
			sleep(ctx, c.cfg.Linger)
		}
		events, rules, err := c.page(ctx, at)
		if err != nil {
			return err
		}
		d := c.starts(events, rules)
		at = max(at, d.Cursor)
		d.From, d.Cursor = saved, at
		switch {
		case len(d.Starts)+len(d.Events) > 0 || at > saved && time.Since(savedAt) >= saveEvery:
			if err := c.ctl.Deliver(ctx, d); err != nil {
				return err
			}
			saved, savedAt = at, time.Now()
		case len(events) > 0: // there may be more
		case !c.idle(ctx, wake, at > saved, savedAt):
			return ctx.Err()
		}
	}
}

// idle waits until there are events, or until it is time to save a cursor that moved. It returns false when ctx ends.
func (c *Consumer) idle(ctx context.Context, wake <-chan struct{}, moved bool, savedAt time.Time) bool {
	var save <-chan time.Time
	if moved {
		timer := time.NewTimer(time.Until(savedAt.Add(saveEvery)))
		defer timer.Stop()
		save = timer.C
	}
	select {
	case <-wake:
	case <-save:
	case <-ctx.Done():
		return false
	}
	return true
}

// starts lists what the events begin, in their order, and the cursor behind those that it looked at.
func (c *Consumer) starts(events []glue.Event, t *table) (d controller.Delivery) {
	for i := range events {
		if len(d.Starts)+len(d.Events) >= maxStarts {
			break
		}
		d.Cursor = events[i].Seq
		if m := t.match(&events[i], c.cfg.Account); m != nil {
			m.start(&d)
		}
	}
	return d
}

// start adds what one event begins.
func (m *matched) start(d *controller.Delivery) {
	for _, name := range m.workflows {
		d.Events = append(d.Events, controller.WorkflowEvent{Region: m.Region, Workflow: name, Event: m.id, At: m.At})
	}
	for _, u := range m.rules {
		for _, t := range u.Targets {
			switch {
			case t.Job != "":
				d.Starts = append(d.Starts, controller.RuleStart{Region: m.Region, Rule: u.Name, Target: t.ID, Event: m.id,
					Job: t.Job, Arguments: t.Arguments})
			case t.Workflow != "":
				d.Events = append(d.Events, controller.WorkflowEvent{Region: m.Region, Workflow: t.Workflow, Event: m.id, At: m.At,
					Rule: u.Name, Target: t.ID})
			}
		}
	}
}
