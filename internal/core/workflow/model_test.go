package workflow_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"tenon/internal/core/workflow"
	"tenon/internal/glue"
)

// This file is a second account of what triggers do, written from the documentation and without a look at the first. Where
// the package looks at all runs of a flow anew each time, the model keeps a card for each trigger and crosses off the
// conditions as runs end. Both play the same random flows, step by step.

// modelled is how many random flows of a kind are played: more with TENON_SOAK=1.
func modelled() uint64 {
	if os.Getenv("TENON_SOAK") != "" {
		return 200_000
	}
	return 2_000
}

// card is what the model knows of one trigger in one flow.
type card struct {
	trigger glue.Trigger
	open    map[int]bool // the conditions that no run has met
	fired   bool
}

// model is a flow: the cards of its triggers, and the ends of runs so far.
type model struct {
	cards map[string]*card
	ends  []glue.FlowRun
}

// newModel deals a card for each trigger.
func newModel(triggers []glue.Trigger) *model {
	m := &model{cards: map[string]*card{}}
	for _, t := range triggers {
		m.deal(t)
	}
	return m
}

// deal puts a new card for a trigger, or for a new definition of it, and crosses off what has been met.
func (m *model) deal(t glue.Trigger) {
	c := &card{trigger: t, open: map[int]bool{}}
	if old := m.cards[t.Name]; old != nil {
		c.fired = old.fired
	}
	if t.Predicate != nil {
		for i := range t.Predicate.Conditions {
			c.open[i] = true
		}
	}
	m.cards[t.Name] = c
	for _, r := range m.ends {
		c.cross(r)
	}
}

// cross takes note that a run ended.
func (c *card) cross(r glue.FlowRun) {
	if c.trigger.Predicate == nil {
		return
	}
	for i, cond := range c.trigger.Predicate.Conditions {
		if cond.JobName == r.Job && cond.State == r.State {
			delete(c.open, i)
		}
	}
}

// ended tells the model of the end of a run.
func (m *model) ended(r glue.FlowRun) {
	m.ends = append(m.ends, r)
	for _, c := range m.cards {
		c.cross(r)
	}
}

// fire returns the triggers whose turn it is, sorted, and takes their turn away.
func (m *model) fire() []string {
	names := []string{}
	for name, c := range m.cards {
		if c.trigger.Type != glue.TriggerConditional || c.trigger.State != glue.TriggerActivated || c.fired || c.trigger.Predicate == nil {
			continue
		}
		all := len(c.trigger.Predicate.Conditions)
		met := all > 0 && len(c.open) == 0
		if c.trigger.Predicate.Logical == glue.LogicalAny {
			met = len(c.open) < all
		}
		if met {
			c.fired = true
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// watched are the states that a condition may name, and finals all that a run may end in.
var (
	watched = []glue.RunState{glue.RunSucceeded, glue.RunFailed, glue.RunStopped, glue.RunTimeout}
	finals  = append([]glue.RunState{glue.RunError, glue.RunExpired, glue.RunSucceeded, glue.RunSucceeded, glue.RunSucceeded, glue.RunSucceeded}, watched...)
	opens   = []glue.RunState{glue.RunWaiting, glue.RunStarting, glue.RunRunning, glue.RunStopping}
)

// one draws one of a list.
func one[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// some draws up to n different jobs out of those from low to high, at least one.
func some(r *rand.Rand, low, high, n int) []string {
	var names []string
	for range 1 + r.IntN(n) {
		if name := fmt.Sprintf("j%d", low+r.IntN(high-low)); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// actions are those of jobs.
func actions(jobs []string) (list []glue.Action) {
	for _, j := range jobs {
		list = append(list, glue.Action{JobName: j})
	}
	return list
}

// conditional draws a CONDITIONAL trigger over jobs. In a graph that ends, it starts only jobs of higher numbers than those
// that it watches.
func conditional(r *rand.Rand, name string, jobs int, ends bool) glue.Trigger {
	t := glue.Trigger{Name: name, Type: glue.TriggerConditional, State: glue.TriggerActivated, Predicate: &glue.Predicate{}}
	switch r.IntN(12) {
	case 0:
		t.State = glue.TriggerCreated
	case 1:
		t.State = glue.TriggerDeactivated
	}
	split := 1 + r.IntN(jobs-1)
	low, high := 0, split
	if !ends && r.IntN(2) == 0 {
		low, high = split, jobs
	}
	seen := map[string]bool{}
	for range 1 + r.IntN(1+r.IntN(4)) {
		c := glue.Condition{LogicalOperator: glue.OperatorEquals, JobName: one(r, some(r, low, high, 1)), State: one(r, watched)}
		if r.IntN(3) > 0 {
			c.State = glue.RunSucceeded
		}
		if key := c.JobName + string(c.State); !seen[key] {
			seen[key] = true
			t.Predicate.Conditions = append(t.Predicate.Conditions, c)
		}
	}
	t.Predicate.Logical = one(r, []string{glue.LogicalAnd, glue.LogicalAny})
	if len(t.Predicate.Conditions) == 1 && r.IntN(2) == 0 {
		t.Predicate.Logical = ""
	}
	if low == 0 {
		low, high = split, jobs
	} else {
		low, high = 0, split
	}
	t.Actions = actions(some(r, low, high, 3))
	return t
}

// world draws the triggers of a flow: one that starts it, and others. Those of a workflow make a graph that ends.
func world(r *rand.Rand, size int, ends bool) []glue.Trigger {
	jobs := 2 + r.IntN(size+1)
	types := []glue.TriggerType{glue.TriggerOnDemand, glue.TriggerScheduled}
	if ends {
		types = append(types, glue.TriggerEvent)
	}
	start := glue.Trigger{Name: "start", Type: one(r, types), State: glue.TriggerCreated, Actions: actions(some(r, 0, 1+jobs/2, 4))}
	if start.Type == glue.TriggerScheduled {
		start.Schedule, start.State = "cron(0 * * * ? *)", glue.TriggerActivated
	}
	triggers := []glue.Trigger{start}
	for i := range 1 + r.IntN(2*size) {
		triggers = append(triggers, conditional(r, fmt.Sprintf("t%d", i), jobs, ends))
	}
	for i := range triggers {
		if ends {
			triggers[i].WorkflowName = "w"
		}
	}
	r.Shuffle(len(triggers), func(i, j int) { triggers[i], triggers[j] = triggers[j], triggers[i] })
	return triggers
}

// play is one flow, by the package and by the model.
type play struct {
	rand     *rand.Rand
	triggers []glue.Trigger // what counts now
	flow     workflow.Flow
	model    *model
	pending  []workflow.Firing // fired, but no run has been made
	fires    map[string]int
	made     int // runs, also of the flows before
	trace    []string
}

// note adds a line to what is told of a failure.
func (p *play) note(format string, args ...any) {
	p.trace = append(p.trace, fmt.Sprintf(format, args...))
}

// start makes the runs of a trigger's actions.
func (p *play) start(trigger string, list []glue.Action) {
	for _, a := range list {
		id := fmt.Sprintf("jr_%d", p.made)
		p.made++
		p.flow.Runs = append(p.flow.Runs, glue.FlowRun{ID: id, Job: a.JobName, State: glue.RunWaiting, Trigger: trigger})
		p.note("%s starts %s as %s", trigger, a.JobName, id)
	}
}

// openRuns are the places of the runs that have not ended.
func (p *play) openRuns() (places []int) {
	for i, r := range p.flow.Runs {
		if !r.State.Final() {
			places = append(places, i)
		}
	}
	return places
}

// turn changes something: a firing is carried out, runs move or end.
func (p *play) turn() {
	open := p.openRuns()
	if len(p.pending) > 0 && (len(open) == 0 || p.rand.IntN(2) == 0) {
		i := p.rand.IntN(len(p.pending))
		f := p.pending[i]
		p.pending = slices.Delete(p.pending, i, i+1)
		p.start(f.Trigger.Name, f.Trigger.Actions)
		return
	}
	p.rand.Shuffle(len(open), func(i, j int) { open[i], open[j] = open[j], open[i] })
	if p.rand.IntN(3) == 0 {
		r := &p.flow.Runs[open[0]]
		r.State = one(p.rand, opens)
		p.note("%s is %s", r.ID, r.State)
		return
	}
	for _, i := range open[:min(len(open), 1+p.rand.IntN(3))] {
		r := &p.flow.Runs[i]
		r.State = one(p.rand, finals)
		p.note("%s of %s ends %s", r.ID, r.Job, r.State)
		p.model.ended(*r)
	}
}

// edit changes a live trigger, as people do while a chain goes on.
func (p *play) edit() {
	i := p.rand.IntN(len(p.triggers))
	t := p.triggers[i]
	switch p.rand.IntN(4) {
	case 0:
		t.State = glue.TriggerActivated
	case 1:
		t.State = glue.TriggerDeactivated
	case 2:
		if t.Type == glue.TriggerConditional {
			name := t.Name
			t = conditional(p.rand, name, 8, false)
		}
	case 3:
		if t.Name == "start" {
			return
		}
		p.triggers = slices.Delete(p.triggers, i, i+1)
		delete(p.model.cards, t.Name)
		p.note("%s is deleted", t.Name)
		return
	}
	p.triggers[i] = t
	p.model.deal(t)
	p.note("now %s", spell(t))
}

// advance asks both what fires, and returns how they differ.
func (p *play) advance() error {
	p.rand.Shuffle(len(p.triggers), func(i, j int) { p.triggers[i], p.triggers[j] = p.triggers[j], p.triggers[i] })
	firings := workflow.Advance(p.triggers, &p.flow)
	got := []string{}
	for _, f := range firings {
		got = append(got, f.Trigger.Name)
		if err := p.reasons(f); err != nil {
			return err
		}
		if p.fires[f.Trigger.Name]++; p.fires[f.Trigger.Name] > 1 {
			return fmt.Errorf("%s fires a second time", f.Trigger.Name)
		}
		p.flow.Fired[f.Trigger.Name] = true
		p.pending = append(p.pending, workflow.Firing{Trigger: new(*f.Trigger), Runs: f.Runs})
		p.note("%s fires", f.Trigger.Name)
	}
	if want := p.model.fire(); !slices.Equal(got, want) {
		return fmt.Errorf("Advance fires %v, the model %v", got, want)
	}
	if again := workflow.Advance(p.triggers, &p.flow); len(again) > 0 {
		return fmt.Errorf("asked again, Advance fires %s", again[0].Trigger.Name)
	}
	return nil
}

// reasons checks the runs that a firing names: each met a condition and is named once, and together they meet the predicate.
func (p *play) reasons(f workflow.Firing) error {
	met := map[int]bool{}
	seen := map[string]bool{}
	for _, named := range f.Runs {
		i := slices.IndexFunc(p.flow.Runs, func(r glue.FlowRun) bool { return r.ID == named.Run && r.Job == named.Job })
		if i < 0 || seen[named.Run] {
			return fmt.Errorf("%s names %v, which is no run of the flow or is named twice", f.Trigger.Name, named)
		}
		seen[named.Run] = true
		before := len(met)
		for j, c := range f.Trigger.Predicate.Conditions {
			if c.JobName == named.Job && c.State == p.flow.Runs[i].State {
				met[j] = true
			}
		}
		if len(met) == before {
			return fmt.Errorf("%s names %v, which meets no further condition", f.Trigger.Name, named)
		}
	}
	if need := len(f.Trigger.Predicate.Conditions); len(met) < need && (f.Trigger.Predicate.Logical != glue.LogicalAny || len(met) == 0) {
		return fmt.Errorf("the runs that %s names meet %d of %d conditions", f.Trigger.Name, len(met), need)
	}
	return nil
}

// stats compares the counts of runs with a plain count.
func (p *play) stats() error {
	count := map[glue.RunState]int{}
	for _, r := range p.flow.Runs {
		count[r.State]++
	}
	want := glue.WorkflowStat{Total: len(p.flow.Runs), Timeout: count[glue.RunTimeout], Failed: count[glue.RunFailed],
		Stopped: count[glue.RunStopped], Succeeded: count[glue.RunSucceeded], Errored: count[glue.RunError] + count[glue.RunExpired],
		Running: count[glue.RunStarting] + count[glue.RunRunning] + count[glue.RunStopping], Waiting: count[glue.RunWaiting]}
	if got := workflow.Stats(p.flow.Runs); got != want {
		return fmt.Errorf("Stats gives %+v, a count %+v", got, want)
	}
	return nil
}

// toTheEnd plays until nothing is open or pending. edits says that triggers may change meanwhile.
func (p *play) toTheEnd(edits bool) error {
	if err := p.advance(); err != nil {
		return err
	}
	for len(p.pending) > 0 || len(p.openRuns()) > 0 {
		if edits && p.rand.IntN(4) == 0 {
			p.edit()
		} else {
			p.turn()
		}
		if err := p.advance(); err != nil {
			return err
		}
		if err := p.stats(); err != nil {
			return err
		}
	}
	return nil
}

// spell writes a trigger in a line.
func spell(t glue.Trigger) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s", t.Name, t.Type, t.State)
	if t.Predicate != nil {
		fmt.Fprintf(&b, " when %s", t.Predicate.Logical)
		for _, c := range t.Predicate.Conditions {
			fmt.Fprintf(&b, " (%s ends %s)", c.JobName, c.State)
		}
	}
	b.WriteString(" starts")
	for _, a := range t.Actions {
		b.WriteString(" " + a.JobName)
	}
	return b.String()
}

// begin sets up the flow that a seed draws, and starts it. Small ones come first, so that the first failure is a small one.
func begin(seed uint64, ends bool) *play {
	r := rand.New(rand.NewPCG(seed, 1))
	p := &play{rand: r, triggers: world(r, 1+int(seed%9), ends), fires: map[string]int{}, flow: workflow.Flow{Fired: map[string]bool{"start": true}}}
	for _, t := range p.triggers {
		p.note("%s", spell(t))
	}
	return p
}

// begun starts the flow with its first runs.
func (p *play) begun() {
	p.model = newModel(p.triggers)
	i := slices.IndexFunc(p.triggers, func(t glue.Trigger) bool { return t.Name == "start" })
	p.start("start", p.triggers[i].Actions)
}

// fail reports what went wrong in a flow, with all that happened in it.
func (p *play) fail(t *testing.T, seed uint64, err error) {
	t.Helper()
	t.Fatalf("seed %d: %v\n%s", seed, err, strings.Join(p.trace, "\n"))
}

// TestModelWorkflows plays workflow runs. Their triggers are frozen: what happens to the definitions meanwhile is nothing
// to them.
func TestModelWorkflows(t *testing.T) {
	fired := 0
	for seed := range modelled() {
		p := begin(seed, true)
		for _, trigger := range p.triggers {
			if err := workflow.Check(&trigger, false); err != nil {
				p.fail(t, seed, err)
			}
		}
		if err := workflow.CheckWorkflow(p.triggers); err != nil {
			p.fail(t, seed, err)
		}
		g := workflow.Build("us-east-1", "w", 1, p.triggers)
		if err := sameGraph(&g, p.triggers); err != nil {
			p.fail(t, seed, err)
		}
		live := p.triggers
		p.triggers = workflow.Triggers(&g)
		p.begun()
		for i := range live {
			live[i] = glue.Trigger{Name: live[i].Name, WorkflowName: "w", Type: glue.TriggerConditional, State: glue.TriggerDeactivated}
		}
		if err := p.toTheEnd(false); err != nil {
			p.fail(t, seed, err)
		}
		fired += len(p.fires)
	}
	if fired < int(modelled()) {
		t.Errorf("only %d firings in %d flows: they show too little", fired, modelled())
	}
}

// TestModelChains plays chains: triggers outside workflows, which may form cycles and change while the chain goes on.
func TestModelChains(t *testing.T) {
	fired := 0
	for seed := range modelled() {
		p := begin(seed, false)
		p.begun()
		if err := p.toTheEnd(true); err != nil {
			p.fail(t, seed, err)
		}
		fired += len(p.fires)
	}
	if fired < int(modelled()) {
		t.Errorf("only %d firings in %d flows: they show too little", fired, modelled())
	}
}

// sameGraph compares a graph with what the triggers say: a node for each trigger and job, an edge for each action and
// condition.
func sameGraph(g *glue.Graph, triggers []glue.Trigger) error {
	wantNodes, wantEdges := map[string]bool{}, map[string]bool{}
	for _, t := range triggers {
		wantNodes["TRIGGER "+t.Name] = true
		for _, a := range t.Actions {
			wantNodes["JOB "+a.JobName] = true
			wantEdges["TRIGGER "+t.Name+" -> JOB "+a.JobName] = true
		}
		if t.Predicate == nil {
			continue
		}
		for _, c := range t.Predicate.Conditions {
			wantNodes["JOB "+c.JobName] = true
			wantEdges["JOB "+c.JobName+" -> TRIGGER "+t.Name] = true
		}
	}
	names, nodes, edges := map[string]string{}, map[string]bool{}, map[string]bool{}
	for _, n := range g.Nodes {
		name := string(n.Kind) + " " + n.Name
		if names[n.ID] != "" || nodes[name] {
			return fmt.Errorf("node %s of id %s is there twice", name, n.ID)
		}
		names[n.ID], nodes[name] = name, true
	}
	for _, e := range g.Edges {
		edge := names[e.From] + " -> " + names[e.To]
		if edges[edge] {
			return fmt.Errorf("edge %s is there twice", edge)
		}
		edges[edge] = true
	}
	if !maps.Equal(nodes, wantNodes) || !maps.Equal(edges, wantEdges) {
		return fmt.Errorf("the graph has %v and %v, the triggers say %v and %v", nodes, edges, wantNodes, wantEdges)
	}
	return nil
}

// reach says, of all nodes of triggers, which lead to which: j0 or t0 to all that follows.
func reach(triggers []glue.Trigger) map[string]map[string]bool {
	to := map[string]map[string]bool{}
	edge := func(a, b string) {
		for _, n := range []string{a, b} {
			if to[n] == nil {
				to[n] = map[string]bool{}
			}
		}
		to[a][b] = true
	}
	for _, t := range triggers {
		for _, a := range t.Actions {
			edge(t.Name, a.JobName)
		}
		if t.Predicate != nil {
			for _, c := range t.Predicate.Conditions {
				edge(c.JobName, t.Name)
			}
		}
	}
	for via := range to {
		for from := range to {
			if to[from][via] {
				for n := range to[via] {
					to[from][n] = true
				}
			}
		}
	}
	return to
}

// TestModelCycles compares what CheckWorkflow refuses with the cycles and the starting triggers that are there.
func TestModelCycles(t *testing.T) {
	refused := 0
	for seed := range modelled() {
		r := rand.New(rand.NewPCG(seed, 2))
		triggers := world(r, 1+int(seed%9), r.IntN(2) == 0)
		starters := 1
		switch r.IntN(8) {
		case 0:
			triggers = append(triggers, glue.Trigger{Name: "second", Type: glue.TriggerOnDemand, State: glue.TriggerCreated, Actions: actions([]string{"j0"})})
			starters++
		case 1:
			triggers = slices.DeleteFunc(triggers, func(t glue.Trigger) bool { return t.Name == "start" })
			starters--
		}
		cycle := false
		for n, to := range reach(triggers) {
			cycle = cycle || to[n]
		}
		err := workflow.CheckWorkflow(triggers)
		if want := cycle || starters > 1; (err != nil) != want {
			t.Fatalf("seed %d: there is a cycle: %t, starting triggers: %d; CheckWorkflow says %v", seed, cycle, starters, err)
		}
		if err != nil {
			refused++
			if glue.CodeOf(err) != glue.CodeInvalidInput {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
	}
	if n := int(modelled()); refused < n/10 || refused > n*9/10 {
		t.Errorf("%d of %d are refused: they show too little", refused, n)
	}
}
