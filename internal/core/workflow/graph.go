package workflow

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"tenon/internal/glue"
)

// spot is a place of a graph: one trigger, job or crawler.
type spot struct {
	kind glue.NodeKind
	name string
}

// compare orders spots by kind and name.
func (s spot) compare(t spot) int {
	return cmp.Or(cmp.Compare(s.kind, t.kind), cmp.Compare(s.name, t.name))
}

// spotOf is the job, or crawler, that a condition watches or an action starts.
func spotOf(job, crawler string) spot {
	if crawler != "" {
		return spot{glue.NodeCrawler, crawler}
	}
	return spot{glue.NodeJob, job}
}

// links are the edges of a set of triggers: from a spot to those that follow it, sorted. Every spot has an entry.
type links map[spot][]spot

// linksOf draws triggers: what each watches leads to it, and it leads to what it starts.
func linksOf(triggers []glue.Trigger) links {
	l := make(links, 3*len(triggers))
	place := func(s spot) {
		if _, known := l[s]; !known {
			l[s] = nil
		}
	}
	join := func(from, to spot) {
		if place(to); !slices.Contains(l[from], to) {
			l[from] = append(l[from], to)
		}
	}
	for i := range triggers {
		t := &triggers[i]
		at := spot{glue.NodeTrigger, t.Name}
		place(at)
		if t.Predicate != nil {
			for _, c := range t.Predicate.Conditions {
				join(spotOf(c.JobName, c.CrawlerName), at)
			}
		}
		for _, a := range t.Actions {
			join(at, spotOf(a.JobName, a.CrawlerName))
		}
	}
	for s := range l {
		slices.SortFunc(l[s], spot.compare)
	}
	return l
}

// spots are all places, sorted.
func (l links) spots() []spot {
	all := make([]spot, 0, len(l))
	for s := range l {
		all = append(all, s)
	}
	slices.SortFunc(all, spot.compare)
	return all
}

// Build draws the triggers of a workflow. The id of a node is a hash of the workflow, its incarnation, and the node's kind
// and name: a node keeps its id over runs and edits, and a workflow made anew shares none with the one before.
func Build(region, workflow string, incarnation int64, triggers []glue.Trigger) glue.Graph {
	l := linksOf(triggers)
	spots := l.spots()
	id := make(map[spot]string, len(spots))
	g := glue.Graph{Nodes: make([]glue.Node, 0, len(spots)), Edges: []glue.Edge{}}
	frozen := make(map[string]*glue.Trigger, len(triggers))
	for i := range triggers {
		t := triggers[i]
		frozen[t.Name] = &t
	}
	for _, s := range spots {
		id[s] = nodeID(region, workflow, incarnation, s)
		n := glue.Node{ID: id[s], Kind: s.kind, Name: s.name}
		if s.kind == glue.NodeTrigger {
			n.Trigger = frozen[s.name]
		}
		g.Nodes = append(g.Nodes, n)
	}
	for _, s := range spots {
		for _, to := range l[s] {
			g.Edges = append(g.Edges, glue.Edge{From: id[s], To: id[to]})
		}
	}
	slices.SortFunc(g.Edges, func(a, b glue.Edge) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	return g
}

// nodeID hashes what names a node. Each part is written with its length, so that no two lists of parts read the same.
func nodeID(region, workflow string, incarnation int64, s spot) string {
	h := sha256.New()
	for _, part := range []string{region, workflow, fmt.Sprint(incarnation), string(s.kind), s.name} {
		fmt.Fprintf(h, "%d:%s,", len(part), part)
	}
	return glue.NodeIDPrefix + hex.EncodeToString(h.Sum(nil))
}

// Triggers are the triggers of a graph as they were frozen, sorted by name.
func Triggers(g *glue.Graph) []glue.Trigger {
	var all []glue.Trigger
	for _, n := range g.Nodes {
		if n.Trigger != nil {
			all = append(all, *n.Trigger)
		}
	}
	return all
}

// Starter returns the trigger that begins runs of a workflow: the one that waits for nothing inside it. It is nil if there
// is none.
func Starter(triggers []glue.Trigger) *glue.Trigger {
	for i := range triggers {
		if triggers[i].Type != glue.TriggerConditional {
			return &triggers[i]
		}
	}
	return nil
}

// CheckWorkflow refuses a set of triggers that cannot be one workflow: more than one that starts it, a cycle, or more than
// MaxWorkflowNodes triggers, jobs and crawlers. The error is an InvalidInputException that names the offenders.
func CheckWorkflow(triggers []glue.Trigger) error {
	var first *glue.Trigger
	for i := range triggers {
		t := &triggers[i]
		switch {
		case t.Type == glue.TriggerConditional:
		case first == nil:
			first = t
		default:
			return glue.Invalid("Workflow %s would have two start triggers, %s (%s) and %s (%s): it can have one, and CONDITIONAL ones besides.",
				t.WorkflowName, first.Name, first.Type, t.Name, t.Type)
		}
	}
	l := linksOf(triggers)
	if len(l) > glue.MaxWorkflowNodes {
		return glue.Invalid("The workflow would have %d triggers, jobs and crawlers; at most %d are possible.", len(l), glue.MaxWorkflowNodes)
	}
	if cycle := l.cycle(); cycle != nil {
		names := make([]string, len(cycle))
		for i, s := range cycle {
			names[i] = s.name
		}
		return glue.Invalid("The triggers of a workflow cannot form a cycle: %s.", strings.Join(names, " -> "))
	}
	return nil
}

// The marks of a walk in depth.
const (
	walking = 1
	walked  = 2
)

// cycle returns a way that ends where it began, the first found from the sorted spots, or nil.
func (l links) cycle() []spot {
	mark := make(map[spot]int, len(l))
	var way []spot
	var walk func(s spot) []spot
	walk = func(s spot) []spot {
		mark[s] = walking
		way = append(way, s)
		for _, to := range l[s] {
			switch mark[to] {
			case walking:
				return append(slices.Clone(way[slices.Index(way, to):]), to)
			case 0:
				if found := walk(to); found != nil {
					return found
				}
			}
		}
		mark[s] = walked
		way = way[:len(way)-1]
		return nil
	}
	for _, s := range l.spots() {
		if mark[s] == 0 {
			if found := walk(s); found != nil {
				return found
			}
		}
	}
	return nil
}

// below returns the spots that follow from, however far; from itself only if it lies on a cycle.
func (l links) below(from ...spot) map[spot]bool {
	seen := map[spot]bool{}
	open := slices.Clone(from)
	for len(open) > 0 {
		s := open[len(open)-1]
		open = open[:len(open)-1]
		for _, to := range l[s] {
			if !seen[to] {
				seen[to] = true
				open = append(open, to)
			}
		}
	}
	return seen
}
