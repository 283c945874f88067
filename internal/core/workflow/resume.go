package workflow

import (
	"slices"
	"strings"

	"tenon/internal/glue"
)

// Resumption is what a run that resumes another begins with.
type Resumption struct {
	// Nodes are the selected nodes that really are started, in the order given: one that another selected node leads to is
	// left out, since it comes again by itself.
	Nodes []string
	// FiredBefore are the triggers that have had their turn: all that do not follow a selected node. Sorted.
	FiredBefore []string
	// Carried are the runs of the nodes that are not run again, in their order. Conditions count them.
	Carried []glue.FlowRun
	// Starts are the actions that start the selected nodes.
	Starts []Start
}

// Start is an action to be done for a trigger that had done it in the run that is resumed.
type Start struct {
	Trigger string
	Action  glue.Action // as frozen in the graph
}

// Resume works out the run that takes up a workflow run from the nodes selected: they and all that follows them run again,
// the rest is carried over as it was. runs are those of the flow of run; what run itself carried counts as well, so that a
// resumed run may be resumed.
//
// It follows the graph of run, not the workflow of today. Each selected node is started as it was: by the frozen actions
// of the triggers that started it. A trigger that follows a selected node may be met by what was carried over alone: it
// fires when the new run first advances, at the end of a run at the latest. The errors are an
// IllegalWorkflowStateException unless run is COMPLETED, and InvalidInputExceptions for nodes that are not of this graph,
// are triggers, or were never attempted.
func Resume(run *glue.WorkflowRun, runs []glue.FlowRun, nodes []string) (Resumption, error) {
	if run.State != glue.WorkflowCompleted {
		return Resumption{}, glue.Errorf(glue.CodeIllegalWorkflow,
			"Workflow run %s is in state %s: only a run that is COMPLETED can be resumed.", run.ID, run.State)
	}
	if len(nodes) == 0 {
		return Resumption{}, glue.Invalid("NodeIds cannot be null or empty")
	}
	all := append(slices.Clone(run.Carried), runs...)
	triggers := Triggers(&run.Graph)
	l := linksOf(triggers)
	chosen, err := selection(&run.Graph, all, nodes)
	if err != nil {
		return Resumption{}, err
	}
	chosen = l.highest(chosen)
	picked := make([]spot, len(chosen))
	var res Resumption
	for i, n := range chosen {
		picked[i] = spot{n.Kind, n.Name}
		res.Nodes = append(res.Nodes, n.ID)
		res.Starts = append(res.Starts, starts(triggers, all, n.Name)...)
	}
	again := l.below(picked...)
	for _, s := range picked {
		again[s] = true
	}
	for _, t := range triggers {
		if !again[spot{glue.NodeTrigger, t.Name}] {
			res.FiredBefore = append(res.FiredBefore, t.Name)
		}
	}
	for _, r := range all {
		if !again[spot{glue.NodeJob, r.Job}] {
			res.Carried = append(res.Carried, r)
		}
	}
	return res, nil
}

// selection finds the nodes with ids, each once, and refuses those that cannot be resumed from.
func selection(g *glue.Graph, runs []glue.FlowRun, ids []string) ([]*glue.Node, error) {
	var chosen []*glue.Node
	for _, id := range ids {
		i := slices.IndexFunc(g.Nodes, func(n glue.Node) bool { return n.ID == id })
		if i < 0 {
			return nil, glue.Invalid("Node %s is not in the graph of the workflow run.", id)
		}
		n := &g.Nodes[i]
		if n.Kind == glue.NodeTrigger {
			return nil, glue.Invalid("Node %s is the trigger %s: a run is resumed from jobs and crawlers.", id, n.Name)
		}
		attempted := slices.ContainsFunc(runs, func(r glue.FlowRun) bool { return n.Kind == glue.NodeJob && r.Job == n.Name })
		if !attempted {
			return nil, glue.Invalid("Node %s, %s %s, was not attempted in the workflow run, which therefore cannot be resumed from it.", id, strings.ToLower(string(n.Kind)), n.Name)
		}
		if !slices.Contains(chosen, n) {
			chosen = append(chosen, n)
		}
	}
	return chosen, nil
}

// highest leaves out the nodes that another leads to. Of nodes on one cycle, which only a graph from elsewhere could have,
// the first stays.
func (l links) highest(nodes []*glue.Node) []*glue.Node {
	under := make([]map[spot]bool, len(nodes))
	at := make([]spot, len(nodes))
	for i, n := range nodes {
		at[i] = spot{n.Kind, n.Name}
		under[i] = l.below(at[i])
	}
	var top []*glue.Node
	for i, n := range nodes {
		redundant := false
		for j := range nodes {
			circle := under[i][at[j]]
			redundant = redundant || i != j && under[j][at[i]] && (!circle || j < i)
		}
		if !redundant {
			top = append(top, n)
		}
	}
	return top
}

// starts are the actions by which job was started in runs: of each trigger that did, in the order of its first run, all
// actions for the job.
func starts(triggers []glue.Trigger, runs []glue.FlowRun, job string) []Start {
	var names []string
	for _, r := range runs {
		if r.Job == job && !slices.Contains(names, r.Trigger) {
			names = append(names, r.Trigger)
		}
	}
	var all []Start
	for _, name := range names {
		for i := range triggers {
			if triggers[i].Name != name {
				continue
			}
			for _, a := range triggers[i].Actions {
				if a.JobName == job {
					all = append(all, Start{Trigger: name, Action: a})
				}
			}
		}
	}
	return all
}
