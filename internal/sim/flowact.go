package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"tenon/internal/controller"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// insist does what an operator does until it is done: again after each fault.
func (w *world) insist(do func() error) error {
	for {
		if err := w.up(); err != nil {
			return err
		}
		err := do()
		w.o.Settle()
		if err == nil || glue.CodeOf(err) == glue.CodeAlreadyExists {
			return nil
		}
		if !tolerable(err) {
			return err
		}
		if err := wait(w.ctx, time.Second); err != nil {
			return err
		}
	}
}

// outside commits what is not the loop's. Its events come no earlier than those of the loop.
func (w *world) outside(fn func(tx *store.Tx) error) error {
	w.mu.Lock()
	now := w.ledger.at
	w.mu.Unlock()
	if now.IsZero() {
		now = time.Now()
	}
	if err := w.plane.db.Commit(w.ctx, now, fn); err != nil {
		return err
	}
	return w.plane.db.Read(w.ctx, w.look)
}

// defineFlows makes workflows, triggers and rules.
func (w *world) defineFlows() error {
	for _, name := range []string{nightly, orders, byHand} {
		if err := w.insist(func() error {
			return w.plane.c.CreateWorkflow(w.ctx, controller.WorkflowRequest{Region: home, Workflow: glue.Workflow{Name: name, MaxConcurrentRuns: concurrency(name)}})
		}); err != nil {
			return err
		}
	}
	for _, t := range drawTriggers(w.rand) {
		if err := w.insist(func() error {
			return w.plane.c.CreateTrigger(w.ctx, controller.TriggerRequest{Region: home, Trigger: t.Trigger, Tags: t.tags, Start: t.start})
		}); err != nil {
			return fmt.Errorf("trigger %+v: %w", t.Trigger, err)
		}
	}
	return w.outside(func(tx *store.Tx) error {
		for _, rule := range []glue.Rule{
			{Name: ruleOfEnds, Pattern: json.RawMessage(`{"source": ["aws.glue"], "detail": {"jobName": ["` + ruleJob + `"], "state": ["SUCCEEDED"]}}`),
				Targets: []glue.Target{{ID: "1", Job: stepName(steps - 1)}}},
			{Name: ruleOfOrders, Pattern: json.RawMessage(`{"source": ["shop"], "detail-type": ["order"]}`),
				Targets: []glue.Target{{ID: "1", Job: stepName(1)}, {ID: "2", Workflow: orders}}},
		} {
			doc, err := json.Marshal(rule)
			if err != nil {
				return err
			}
			d := store.Definition{Region: home, Kind: "rule", Name: rule.Name, Doc: doc}
			if err := tx.CreateDefinition(&d); err != nil {
				return err
			}
			if err := tx.AppendEvent(&glue.Event{Region: home, Kind: glue.EventDefinitionPut, Detail: []byte(`{"kind":"rule"}`)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// caller is somebody who asks once, and again if there is no answer.
func (w *world) caller(begin func(who string) error) error {
	who := fmt.Sprint("AKIDSIM", len(w.wishes.acknowledged))
	w.wishes.acknowledged[who] = false
	var err error
	for range 3 {
		if err = begin(who); err == nil {
			w.wishes.acknowledged[who] = true
			return nil
		}
		if w.o.Settle(); w.gone() {
			break
		}
	}
	return err
}

// demand starts a trigger or a workflow.
func (w *world) demand() error {
	kind := w.rand.IntN(4)
	return w.expect("demand", w.caller(func(who string) error {
		name := controller.TriggerName{Region: home, Principal: who}
		switch kind {
		case 0:
			name.Name = "demand-"
		case 1:
			name.Name = "demand-" + byHand
		default:
			_, err := w.plane.c.StartWorkflowRun(w.ctx, controller.WorkflowStart{Region: home, Principal: who, Workflow: []string{2: nightly, 3: byHand}[kind],
				InvocationID: "call", BodyHash: []byte("h")})
			return err
		}
		return w.plane.c.StartTrigger(w.ctx, controller.TriggerStart{TriggerName: name, InvocationID: "call", BodyHash: []byte("h")})
	}))
}

// someWorkflowRun is one of the workflow runs that there were; the ids come in the order of their starts.
func (w *world) someWorkflowRun(which func(*flowAccount) bool) (id string, f flowAccount) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(w.ledger.flows.flows)) {
		if f := w.ledger.flows.flows[id]; f.workflow != "" && which(f) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return "", f
	}
	id = oneOf(w.rand, ids[max(0, len(ids)-6):])
	return id, *w.ledger.flows.flows[id]
}

// stopWorkflow stops a workflow run: rather one with fires whose runs are not there yet, which must not come any more.
func (w *world) stopWorkflow() error {
	id, f := w.someWorkflowRun(func(f *flowAccount) bool { return len(f.pending) > 0 && !f.queued })
	if id == "" {
		id, f = w.someWorkflowRun(func(f *flowAccount) bool { return !f.ended || percent(w.rand, 2) })
	}
	if id == "" {
		return nil
	}
	err := w.plane.c.StopWorkflowRun(w.ctx, home, "AKIDSIM", f.workflow, id)
	if glue.CodeOf(err) == glue.CodeIllegalWorkflow {
		err = nil // stopped before, or too late
	}
	return w.expect("stop workflow run", err)
}

// resumeWorkflow resumes a workflow run at a job or two that ran in it.
func (w *world) resumeWorkflow() error {
	id, f := w.someWorkflowRun(func(f *flowAccount) bool { return f.ended && !f.stopping })
	if id == "" {
		return nil
	}
	var nodes []string
	for range 1 + w.rand.IntN(2) {
		run := oneOf(w.rand, f.runs)
		for _, n := range f.row.Graph.Nodes {
			if n.Kind == glue.NodeJob && n.Name == run.Job {
				nodes = append(nodes, n.ID)
			}
		}
	}
	return w.expect("resume", w.caller(func(who string) error {
		_, _, err := w.plane.c.ResumeWorkflowRun(w.ctx, controller.WorkflowResume{Region: home, Principal: who, Workflow: f.workflow, Run: id, Nodes: nodes,
			InvocationID: "call", BodyHash: []byte("h")})
		return err
	}))
}

// toggle deactivates a trigger, or activates it again.
func (w *world) toggle() error {
	w.mu.Lock()
	t := w.ledger.flows.triggers[oneOf(w.rand, slices.Sorted(maps.Keys(w.ledger.flows.triggers)))]
	name, active := controller.TriggerName{Region: home, Principal: "AKIDSIM", Name: t.Name}, t.active
	w.mu.Unlock()
	if active {
		return w.expect("stop trigger", w.plane.c.StopTrigger(w.ctx, name))
	}
	return w.expect("start trigger", w.plane.c.StartTrigger(w.ctx, controller.TriggerStart{TriggerName: name}))
}

// put is PutEvents: of one event, for the rules or for nobody.
func (w *world) put() error {
	id, kind := fmt.Sprint("order-", len(w.wishes.events)), oneOf(w.rand, []string{"order", "order", "refund"})
	w.wishes.events[id] = kind == "order"
	return w.outside(func(tx *store.Tx) error {
		return tx.AppendEvent(&glue.Event{Region: home, Kind: glue.EventReceived, Detail: fmt.Appendf(nil,
			`{"version":"0","id":%q,"source":"shop","detail-type":%q,"account":%q,"region":%q,"time":%q,"resources":[],"detail":{}}`,
			id, kind, owner, home, tx.Now().UTC().Format(time.RFC3339))})
	})
}

// quiet deactivates the schedules, so that all comes to its end.
func (w *world) quiet() error {
	for _, name := range []string{"clock-", "clock-" + nightly} {
		if err := w.insist(func() error {
			return w.plane.c.StopTrigger(w.ctx, controller.TriggerName{Region: home, Principal: "AKIDSIM", Name: name})
		}); err != nil {
			return err
		}
	}
	return nil
}

// starter is the way from what serves rules to the loop. It takes its time, so that not all comes at one instant.
type starter struct {
	c *controller.Controller
	w *world
}

// Deliver implements rules.Starter.
func (s *starter) Deliver(ctx context.Context, d controller.Delivery) error {
	if err := wait(ctx, upTo(s.w.fate.of("deliver", instant()), latency)); err != nil {
		return err
	}
	return s.c.Deliver(ctx, d)
}
