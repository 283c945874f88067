package rules

import (
	"context"
	"time"

	"tenon/internal/controller"
	"tenon/internal/driver/store"
)

// maxStarts bounds the starts of one delivery, but for those of its last event.
const maxStarts = 1000

// serveStarts begins what the targets of kinds job and workflow begin. It returns at a failure.
func (c *Consumer) serveStarts(ctx context.Context) error {
	var saved int64
	err := c.db.Read(ctx, func(r *store.Reader) (err error) {
		saved, err = controller.RulesCursor(r)
		return err
	})
	if err != nil {
		return err
	}
	at, savedAt := saved, time.Now()
	for {
		wake := c.db.Watch()
		p, err := c.page(ctx, at)
		if err != nil {
			return err
		}
		d := c.starts(&p)
		at, d.From = d.Cursor, saved
		switch {
		case len(d.Starts)+len(d.Events) > 0 || at > saved && time.Since(savedAt) >= saveEvery:
			if err := c.ctl.Deliver(ctx, d); err != nil {
				return err
			}
			saved, savedAt = at, time.Now()
		case p.more:
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

// starts lists what a page of events begins, in their order, and the cursor behind those that it looked at.
func (c *Consumer) starts(p *page) (d controller.Delivery) {
	d.Cursor = p.last
	for i := range p.events {
		if m := p.rules.match(&p.events[i], c.cfg.Account); m != nil {
			m.start(&d)
		}
		if len(d.Starts)+len(d.Events) >= maxStarts && i+1 < len(p.events) {
			d.Cursor, p.more = p.events[i].Seq, true
			break
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
