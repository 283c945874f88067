package controller

import (
	"fmt"
	"slices"

	"tenon/internal/core/workflow"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// A flow is what one firing of a start trigger brought about: a workflow run, or outside workflows a chain. Its runs carry
// its id. Conditional triggers are looked at when a run of a flow ends, against the runs of that flow alone, and each fires
// once in it: so a run started by hand fires nothing, and triggers that lead in a circle come to an end.
//
// A firing is two commits. The first, that of its cause, stores a fire and nothing else; the second, in the loop's next
// turn, makes its runs and deletes it (see fire.go). What has fired in a flow is not written down: its fires that are
// pending and its runs tell.

// triggerKey names a trigger or a workflow.
type triggerKey struct{ region, name string }

// fire is a decision to start actions that is not carried out yet.
type fire struct {
	glue.Fire
	trigger *trigger // the live one; nil: a rule's own target, or the trigger is gone
	done    bool     // carried out, or dropped

	touched bool // the current turn has to write it
}

// flow is what the loop knows of a flow with anything open or pending.
type flow struct {
	id, region string
	runs       []glue.FlowRun  // all of them in the order of their submits; the state of an open one is not kept up
	fired      map[string]bool // triggers by name
	open       int             // runs that are not final
	pending    int             // fires that are not carried out
	wf         *wfRun          // nil: a chain
}

// wfRun is an open workflow run.
type wfRun struct {
	glue.WorkflowRun
	seq      int64          // of its row; 0 until it is inserted
	triggers []glue.Trigger // of the frozen graph, by name

	touched bool // the current turn has to write it
}

// flow returns a flow of the memory, made if it is new there.
func (s *state) flow(id, region string) *flow {
	f := s.flows[id]
	if f == nil {
		f = &flow{id: id, region: region, fired: map[string]bool{}}
		s.flows[id] = f
	}
	return f
}

// newChain begins a flow outside any workflow.
func (s *state) newChain(t *turn, region string) *flow {
	return s.flow(s.ids.next(glue.ChainIDPrefix, t.now, t.rand), region)
}

// firedDetail is the detail of trigger.fired.
type firedDetail struct {
	Trigger  string     `json:"trigger"`
	Workflow string     `json:"workflow,omitempty"`
	Flow     string     `json:"flow"`
	Cause    glue.Cause `json:"cause"`
	Actions  []string   `json:"actions"` // jobs
}

// decideFire notes that actions are to be started in f, for trigger name, or for a rule where it is empty. The next turn
// starts them: see carryOut.
func (s *state) decideFire(t *turn, f *flow, name string, actions []glue.Action, cause glue.Cause) {
	p := &fire{Fire: glue.Fire{ID: s.ids.next(fireIDPrefix, t.now, t.rand), Region: f.region, At: t.now, Trigger: name,
		Flow: f.id, Cause: cause, Actions: actions}}
	if f.wf != nil {
		p.Workflow = f.wf.Workflow
	}
	if name != "" {
		f.fired[name] = true
		if live := s.triggers[triggerKey{f.region, name}]; live != nil && live.WorkflowName == p.Workflow {
			p.trigger = live
			live.note(glue.Fired{At: t.now, Flow: f.id, Cause: cause})
			t.touchTrigger(live)
		}
	}
	f.pending++
	s.queueFire(p)
	t.touchFire(p)
	if name == "" {
		return // what fired is the rule, which tells of it
	}
	jobs := make([]string, 0, len(actions))
	for _, a := range actions {
		jobs = append(jobs, a.JobName)
	}
	t.note(glue.Event{Region: f.region, Kind: glue.EventTriggerFired, Who: cause.Who},
		firedDetail{name, p.Workflow, f.id, cause, jobs})
}

// fireIDPrefix begins the id of a fire. It is seen by nobody but the store.
const fireIDPrefix = "fire_"

// touchFire notes that p has to be written.
func (t *turn) touchFire(p *fire) {
	if !p.touched {
		p.touched = true
		t.fires = append(t.fires, p)
	}
}

// touchFlow notes that a workflow run has to be written.
func (t *turn) touchFlow(w *wfRun) {
	if !w.touched {
		w.touched = true
		t.flows = append(t.flows, w)
	}
}

// dropFires takes back what is pending in f: a workflow run that is stopped starts nothing more.
func (s *state) dropFires(t *turn, f *flow) {
	line := s.pending[f.region]
	if line == nil {
		return
	}
	for _, p := range line.fires {
		if p.Flow == f.id {
			s.fireDone(t, f, p)
		}
	}
	s.tidyFires(f.region)
}

// joined counts a new run among those of its flow.
func (s *state) joined(r *run) {
	if r.Flow == "" {
		return
	}
	f := s.flow(r.Flow, r.Region)
	f.runs = append(f.runs, glue.FlowRun{ID: r.ID, Job: r.Job, State: r.State, Trigger: r.Trigger})
	f.open++
}

// runEnded tells the flow of a run that is final: triggers fire whose conditions are met now.
func (s *state) runEnded(t *turn, r *run) {
	if r.Flow == "" {
		return
	}
	f := s.flows[r.Flow]
	if f == nil {
		t.fail(fmt.Errorf("run %s ends in flow %s, which is not in memory", r.ID, r.Flow))
		return
	}
	i := slices.IndexFunc(f.runs, func(fr glue.FlowRun) bool { return fr.ID == r.ID })
	if i < 0 {
		t.fail(fmt.Errorf("run %s ends, which flow %s does not know", r.ID, r.Flow))
		return
	}
	f.runs[i].State = r.State
	f.open--
	s.advance(t, f, s.listening(f, r.Job))
	s.settle(t, f)
}

// advance fires those of the triggers whose conditions are met in f.
func (s *state) advance(t *turn, f *flow, triggers []glue.Trigger) {
	if len(triggers) == 0 {
		return
	}
	for _, firing := range workflow.Advance(triggers, &workflow.Flow{Runs: f.runs, Fired: f.fired}) {
		s.decideFire(t, f, firing.Trigger.Name, firing.Trigger.Actions, glue.Cause{Kind: glue.CauseCondition, Runs: firing.Runs})
	}
}

// listening lists the triggers that the end of a run of job can make fire in f: those of the frozen graph in a
// workflow run, and in a chain those that are ACTIVATED now.
func (s *state) listening(f *flow, job string) []glue.Trigger {
	if f.wf != nil {
		if f.wf.State != glue.WorkflowRunning {
			return nil
		}
		return f.wf.triggers
	}
	var found []glue.Trigger
	for _, tr := range s.watchers[triggerKey{f.region, job}] {
		found = append(found, tr.Trigger)
	}
	return found
}

// settle looks whether anything of f is left.
func (s *state) settle(t *turn, f *flow) {
	switch {
	case f.open > 0 || f.pending > 0:
	case f.wf != nil:
		s.workflowIdle(t, f)
	default:
		delete(s.flows, f.id)
	}
}

// states lists the runs of f with the states that they are in now.
func (s *state) states(f *flow) []glue.FlowRun {
	runs := slices.Clone(f.runs)
	for i := range runs {
		if r := s.open[runs[i].ID]; r != nil {
			runs[i].State = r.State
		}
	}
	return runs
}

// begin fires a start trigger, which begins a flow, and returns the flow's id: a chain, or a run of the trigger's workflow.
// The error is of a workflow that is gone, or that may not start another run where the caller is refused rather than
// queued (cause demand), or of too many fires that are pending.
func (s *state) begin(t *turn, tr *trigger, cause glue.Cause, properties map[string]string) (string, error) {
	if err := s.crowded(tr.region); err != nil {
		return "", err
	}
	if tr.WorkflowName != "" {
		return s.startWorkflow(t, tr, cause, properties)
	}
	f := s.newChain(t, tr.region)
	s.decideFire(t, f, tr.Name, tr.Actions, cause)
	return f.id, nil
}

// loadFlowPage is how many rows are read at once.
const loadFlowPage = 1000

// readFlows takes the pending fires into the memory, and the flows that have anything open or pending. The open runs and
// the triggers are there.
func (s *state) readFlows(rd *store.Reader) error {
	for after := int64(0); ; {
		page, err := rd.OpenWorkflowRuns(after, loadFlowPage)
		if err != nil {
			return err
		}
		for i := range page {
			after = page[i].Seq
			s.takeWorkflowRun(&wfRun{WorkflowRun: page[i].WorkflowRun, seq: page[i].Seq})
		}
		if len(page) < loadFlowPage {
			break
		}
	}
	for after := int64(0); ; {
		page, err := rd.Fires(after, loadFlowPage)
		if err != nil {
			return err
		}
		for i := range page {
			after = page[i].Seq
			s.takeFire(&fire{Fire: page[i]})
		}
		if len(page) < loadFlowPage {
			break
		}
	}
	for _, r := range s.open {
		if r.Flow != "" {
			s.flow(r.Flow, r.Region).open++
		}
	}
	for _, f := range s.flows {
		runs, err := rd.FlowRuns(f.id)
		if err != nil {
			return err
		}
		for _, r := range runs {
			f.fired[r.Trigger] = true
		}
		f.runs = append(f.runs, runs...)
	}
	return nil
}

// takeWorkflowRun puts an open workflow run into the memory.
func (s *state) takeWorkflowRun(w *wfRun) {
	s.enlist(w)
	s.now = latest(s.now, w.Started)
}

// takeFire puts a pending fire into the memory.
func (s *state) takeFire(p *fire) {
	f := s.flow(p.Flow, p.Region)
	f.pending++
	f.fired[p.Trigger] = true
	if live := s.triggers[triggerKey{p.Region, p.Trigger}]; live != nil && live.Incarnation == p.Incarnation {
		p.trigger = live
	}
	s.now = latest(s.now, p.At)
	s.queueFire(p)
}

// write inserts or deletes the row of a fire.
func (p *fire) write(tx *store.Tx) error {
	switch {
	case p.done && p.Seq == 0:
		return nil
	case p.done:
		return tx.DeleteFire(p.Seq)
	case p.Seq != 0:
		return nil
	}
	if p.trigger != nil { // one made in this turn has its incarnation only now
		p.Incarnation = p.trigger.Incarnation
	}
	return tx.InsertFire(&p.Fire)
}

// write inserts or updates the row of a workflow run.
func (w *wfRun) write(tx *store.Tx) error {
	row := store.WorkflowRun{Seq: w.seq, WorkflowRun: w.WorkflowRun}
	if w.seq != 0 {
		return tx.UpdateWorkflowRun(&row)
	}
	err := tx.InsertWorkflowRun(&row)
	w.seq = row.Seq
	return err
}
