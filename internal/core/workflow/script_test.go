package workflow

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"tenon/internal/glue"
)

// readTrigger reads a line of a script:
//
//	NAME: on demand -> JOB JOB
//	NAME: at cron(0 9 * * ? *) -> JOB
//	NAME: events [SIZE [SECONDS]] -> JOB
//	NAME: A SUCCEEDED and B FAILED -> JOB
//	NAME: [CREATED|DEACTIVATED] A FAILED or B FAILED -> JOB
//
// A trigger is ACTIVATED where its type can be, unless it says otherwise.
func readTrigger(t *testing.T, line, workflow string) glue.Trigger {
	t.Helper()
	name, rest, ok := strings.Cut(line, ":")
	when, jobs, ok2 := strings.Cut(rest, "->")
	if !ok || !ok2 {
		t.Fatalf("not a trigger: %s", line)
	}
	tr := glue.Trigger{Name: strings.TrimSpace(name), WorkflowName: workflow, State: glue.TriggerActivated}
	when = strings.TrimSpace(when)
	for _, s := range []glue.TriggerState{glue.TriggerCreated, glue.TriggerDeactivated} {
		if w, ok := strings.CutPrefix(when, string(s)+" "); ok {
			tr.State, when = s, w
		}
	}
	for _, j := range strings.Fields(jobs) {
		tr.Actions = append(tr.Actions, glue.Action{JobName: j})
	}
	switch first, arg, _ := strings.Cut(when, " "); first {
	case "on":
		tr.Type, tr.State = glue.TriggerOnDemand, glue.TriggerCreated
	case "at":
		tr.Type, tr.Schedule = glue.TriggerScheduled, arg
	case "events":
		tr.Type, tr.State = glue.TriggerEvent, glue.TriggerCreated
		b := glue.EventBatching{}
		if n, _ := fmt.Sscan(arg, &b.BatchSize, &b.BatchWindow); n > 0 {
			tr.Batching = &b
		}
	default:
		tr.Type, tr.Predicate = glue.TriggerConditional, readPredicate(t, when)
	}
	return tr
}

// readPredicate reads conditions joined by and, or by or.
func readPredicate(t *testing.T, text string) *glue.Predicate {
	t.Helper()
	p := &glue.Predicate{}
	sep := " and "
	if strings.Contains(text, " and ") {
		p.Logical = glue.LogicalAnd
	} else if strings.Contains(text, " or ") {
		p.Logical, sep = glue.LogicalAny, " or "
	}
	for _, c := range strings.Split(text, sep) {
		job, state, ok := strings.Cut(strings.TrimSpace(c), " ")
		if !ok {
			t.Fatalf("not a condition: %s", c)
		}
		p.Conditions = append(p.Conditions, glue.Condition{LogicalOperator: glue.OperatorEquals, JobName: job, State: glue.RunState(state)})
	}
	return p
}

// readTriggers reads a script's lines.
func readTriggers(t *testing.T, text, workflow string) []glue.Trigger {
	var all []glue.Trigger
	for line := range strings.Lines(text) {
		all = append(all, readTrigger(t, strings.TrimSpace(line), workflow))
	}
	return all
}

// stage is a world as small as flows need: triggers, jobs that are gone, and the workflow runs or chains that began.
type stage struct {
	t        *testing.T
	workflow string
	triggers []glue.Trigger
	gone     map[string]bool
	flows    map[string]*play
	out      strings.Builder
}

// play is one flow of a stage: its frozen triggers, what it has come to.
type play struct {
	run  glue.WorkflowRun
	flow Flow
	own  int // runs made in it: their number in ids
}

// TestFlowScripts runs testdata/flow/*.txt and testdata/resume/*.txt: stories of triggers. The commands:
//
//	triggers [workflow=W]     the triggers, one a line: see readTrigger
//	set                       lines as for triggers, which take the place of those of their names
//	gone JOB ...              the jobs are deleted: a run of one is in state ERROR at once
//	begin FLOW TRIGGER        the trigger fires for a new flow, whose graph is frozen
//	end FLOW JOB[#N] STATE    the newest run of the job in the flow, or its N-th, ends
//	resume FLOW NEW JOB ...   the flow, all ended, is resumed as NEW from the nodes of the jobs
//	runs FLOW                 its runs and statistics
//	graph                     the graph of the triggers
//	check                     whether they can be one workflow
//
// Everything that fires, and every run that starts, is printed.
func TestFlowScripts(t *testing.T) {
	for _, dir := range []string{"testdata/flow", "testdata/resume", "testdata/graph"} {
		datadriven.Walk(t, dir, func(t *testing.T, path string) {
			s := &stage{t: t, gone: map[string]bool{}, flows: map[string]*play{}}
			datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
				s.t = t
				s.out.Reset()
				s.command(d)
				if s.out.Len() == 0 {
					return "nothing\n"
				}
				return s.out.String()
			})
		})
	}
}

// command does one command of a script.
func (s *stage) command(d *datadriven.TestData) {
	arg := func(i int) string {
		if i >= len(d.CmdArgs) {
			s.t.Fatalf("%s: %s lacks arguments", d.Pos, d.Cmd)
		}
		return d.CmdArgs[i].Key
	}
	switch d.Cmd {
	case "triggers":
		s.workflow = ""
		if len(d.CmdArgs) > 0 {
			s.workflow = d.CmdArgs[0].Vals[0]
		}
		s.triggers = readTriggers(s.t, d.Input, s.workflow)
		s.print("%s", count(len(s.triggers), "trigger"))
	case "set":
		for _, n := range readTriggers(s.t, d.Input, s.workflow) {
			s.triggers = slices.DeleteFunc(s.triggers, func(o glue.Trigger) bool { return o.Name == n.Name })
			s.triggers = append(s.triggers, n)
			s.print("%s is %s", n.Name, n.State)
		}
	case "gone":
		for _, a := range d.CmdArgs {
			s.gone[a.Key] = true
		}
	case "begin":
		s.begin(arg(0), arg(1))
	case "end":
		s.end(arg(0), arg(1), glue.RunState(arg(2)))
	case "resume":
		s.resume(arg(0), arg(1), d.CmdArgs[2:])
	case "runs":
		s.runs(s.play(arg(0)))
	case "graph":
		s.graph()
	case "check":
		if err := CheckWorkflow(s.triggers); err != nil {
			s.print("%v", err)
			return
		}
		s.print("ok")
	default:
		d.Fatalf(s.t, "unknown command %s", d.Cmd)
	}
}

func (s *stage) print(format string, args ...any) { fmt.Fprintf(&s.out, format+"\n", args...) }

func (s *stage) play(name string) *play {
	p := s.flows[name]
	if p == nil {
		s.t.Fatalf("no flow %s", name)
	}
	return p
}

// begin starts a flow by a trigger.
func (s *stage) begin(name, trigger string) {
	i := slices.IndexFunc(s.triggers, func(t glue.Trigger) bool { return t.Name == trigger })
	if i < 0 {
		s.t.Fatalf("no trigger %s", trigger)
	}
	p := &play{flow: Flow{Fired: map[string]bool{}}}
	p.run = glue.WorkflowRun{ID: name, State: glue.WorkflowRunning, Graph: Build("r", s.workflow, 1, s.triggers)}
	s.flows[name] = p
	s.fire(p, &s.triggers[i], nil)
	s.advance(p)
}

// fire starts the actions of a trigger.
func (s *stage) fire(p *play, t *glue.Trigger, by []glue.Predecessor) {
	p.flow.Fired[t.Name] = true
	runs := make([]string, len(by))
	for i, r := range by {
		runs[i] = r.Run
	}
	made := make([]string, len(t.Actions))
	for i, a := range t.Actions {
		made[i] = s.start(p, t.Name, a.JobName)
	}
	if len(runs) > 0 {
		s.print("%s fires, met by %s: %s", t.Name, strings.Join(runs, ", "), strings.Join(made, ", "))
		return
	}
	s.print("%s fires: %s", t.Name, strings.Join(made, ", "))
}

// start makes a run in a flow.
func (s *stage) start(p *play, trigger, job string) string {
	p.own++
	r := glue.FlowRun{ID: fmt.Sprintf("%s/%d", p.run.ID, p.own), Job: job, Trigger: trigger, State: glue.RunRunning}
	text := job + " starts as " + r.ID
	if s.gone[job] {
		r.State = glue.RunError
		text = job + " is gone, ERROR"
	}
	p.flow.Runs = append(p.flow.Runs, r)
	return text
}

// advance fires what is met until nothing more is, and completes a flow in which nothing is open.
func (s *stage) advance(p *play) {
	triggers := s.triggers
	if s.workflow != "" {
		triggers = Triggers(&p.run.Graph)
	}
	for {
		firings := Advance(triggers, &p.flow)
		for _, f := range firings {
			s.fire(p, f.Trigger, f.Runs)
		}
		if len(firings) == 0 {
			break
		}
	}
	if !slices.ContainsFunc(p.flow.Runs, func(r glue.FlowRun) bool { return !r.State.Final() }) {
		p.run.State = glue.WorkflowCompleted
		s.print("%s is over", p.run.ID)
	}
}

// end ends a run.
func (s *stage) end(flow, job string, state glue.RunState) {
	p := s.play(flow)
	job, nth, _ := strings.Cut(job, "#")
	n, found := 0, -1
	for i, r := range p.flow.Runs {
		if r.Job == job {
			n++
			if nth == "" || nth == fmt.Sprint(n) {
				found = i
			}
		}
	}
	if found < 0 {
		s.t.Fatalf("no run of %s in %s", job, flow)
	}
	p.flow.Runs[found].State = state
	s.advance(p)
}

// resume resumes a flow as another.
func (s *stage) resume(flow, as string, jobs []datadriven.CmdArg) {
	p := s.play(flow)
	var ids []string
	name := map[string]string{}
	for _, n := range p.run.Graph.Nodes {
		name[n.ID] = n.Name
	}
	for _, j := range jobs {
		i := slices.IndexFunc(p.run.Graph.Nodes, func(n glue.Node) bool { return n.Name == j.Key })
		if i < 0 {
			ids = append(ids, j.Key)
			continue
		}
		ids = append(ids, p.run.Graph.Nodes[i].ID)
	}
	own := p.flow.Runs[len(p.run.Carried):]
	res, err := Resume(&p.run, own, ids)
	if err != nil {
		text := err.Error()
		for id, n := range name {
			text = strings.ReplaceAll(text, id, "<"+n+">")
		}
		s.print("%s", text)
		return
	}
	nodes := make([]string, len(res.Nodes))
	for i, id := range res.Nodes {
		nodes[i] = name[id]
	}
	s.print("nodes: %s", strings.Join(nodes, ", "))
	var carried []string
	for _, r := range res.Carried {
		carried = append(carried, fmt.Sprintf("%s %s (%s)", r.Job, r.State, r.ID))
	}
	s.print("carried: %s", orElse(strings.Join(carried, ", "), "none"))
	s.print("fired before: %s", orElse(strings.Join(res.FiredBefore, ", "), "none"))
	n := &play{flow: Flow{Runs: slices.Clone(res.Carried), Fired: map[string]bool{}}}
	n.run = glue.WorkflowRun{ID: as, State: glue.WorkflowRunning, Graph: p.run.Graph, PreviousRun: flow, Carried: res.Carried, FiredBefore: res.FiredBefore}
	for _, t := range res.FiredBefore {
		n.flow.Fired[t] = true
	}
	s.flows[as] = n
	for _, st := range res.Starts {
		s.print("%s again: %s", st.Trigger, s.start(n, st.Trigger, st.Action.JobName))
	}
	s.advance(n)
}

// runs prints the runs of a flow.
func (s *stage) runs(p *play) {
	for _, r := range p.flow.Runs {
		s.print("%s %s %s by %s", r.ID, r.Job, r.State, r.Trigger)
	}
	st := Stats(p.flow.Runs)
	s.print("total %d, succeeded %d, failed %d, stopped %d, timeout %d, errored %d, running %d, waiting %d",
		st.Total, st.Succeeded, st.Failed, st.Stopped, st.Timeout, st.Errored, st.Running, st.Waiting)
	if fired := slices.Sorted(maps.Keys(p.flow.Fired)); len(fired) > 0 {
		s.print("fired: %s", strings.Join(fired, ", "))
	}
}

// graph prints the graph of the triggers, with ids cut short.
func (s *stage) graph() {
	g := Build("us-east-1", s.workflow, 1, s.triggers)
	name := map[string]string{}
	for _, n := range g.Nodes {
		name[n.ID] = n.Name
		s.print("%-7s %-8s %s", n.Kind, n.Name, n.ID[:len(glue.NodeIDPrefix)+8])
	}
	edges := make([]string, len(g.Edges))
	for i, e := range g.Edges {
		edges[i] = name[e.From] + " -> " + name[e.To]
	}
	slices.Sort(edges)
	for _, e := range edges {
		s.print("%s", e)
	}
}
