package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tenon/internal/core/diagram"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// maxBoxName is the longest name that stands whole in a box.
const maxBoxName = 32

// boxForms are the boxes of a picture, the widest first: names and conditions have at most so many characters in a line, and
// where there is little room the times of day are left out.
var boxForms = [...]boxForm{{maxBoxName, false}, {maxBoxName, true}, {16, true}, {12, true}}

// boxForm is how much a box says.
type boxForm struct {
	most  int
	brief bool
}

// flowNode is a job of a workflow as it is shown: with its newest run, if there is one.
type flowNode struct {
	Job       string     `json:"Job"`
	State     string     `json:"State,omitempty"`
	RunID     string     `json:"RunId,omitempty"`
	StartedOn *wire.Time `json:"StartedOn,omitempty"`
	Seconds   float64    `json:"Seconds,omitempty"`
	Condition string     `json:"Condition,omitempty"` // what it waits for; empty: it begins
	Error     string     `json:"Error,omitempty"`

	run    *wire.JobRun
	detail string // what of Condition the lines of a picture do not say
}

// flowNodes are the jobs of a graph, each after those that it waits for.
func flowNodes(g *wire.WorkflowGraph, now time.Time) []flowNode {
	var out []flowNode
	for _, n := range jobNodes(g) {
		f := flowNode{Job: val(n.Name)}
		if n.JobDetails != nil && len(n.JobDetails.JobRuns) > 0 {
			f.run = &n.JobDetails.JobRuns[len(n.JobDetails.JobRuns)-1]
			f.State, f.RunID, f.StartedOn, f.Error = val(f.run.JobRunState), val(f.run.Id), f.run.StartedOn, val(f.run.ErrorMessage)
			f.Seconds = runSpan(f.run, now).Seconds()
		}
		var all, special []string
		for _, t := range conditionals(g) {
			if !slices.ContainsFunc(t.Actions, func(a wire.Action) bool { return val(a.JobName) == f.Job }) {
				continue
			}
			text, rest := conditionText(t)
			all = append(all, text)
			if rest != "" {
				special = append(special, rest)
			}
		}
		f.Condition, f.detail = strings.Join(all, "; or "), strings.Join(special, "; or ")
		out = append(out, f)
	}
	depth := nodeDepth(g)
	slices.SortStableFunc(out, func(a, b flowNode) int { return depth[a.Job] - depth[b.Job] })
	return out
}

// runSpan is how long a run took from its submission, or has taken.
func runSpan(r *wire.JobRun, now time.Time) time.Duration {
	end := when(r.CompletedOn)
	if end.IsZero() {
		end = now
	}
	return max(end.Sub(when(r.StartedOn)), 0)
}

// conditionals are the conditional triggers of a graph.
func conditionals(g *wire.WorkflowGraph) []*wire.Trigger {
	var out []*wire.Trigger
	for _, n := range g.Nodes {
		if n.TriggerDetails != nil && n.TriggerDetails.Trigger != nil && n.TriggerDetails.Trigger.Predicate != nil {
			out = append(out, n.TriggerDetails.Trigger)
		}
	}
	return out
}

// conditionText is what a trigger waits for, and what of that lines from the jobs do not say: nothing, where it is that all
// of them succeed.
func conditionText(t *wire.Trigger) (text, rest string) {
	states, jobs := map[string]string{}, []string{}
	for _, c := range t.Predicate.Conditions {
		job, state := orDefault(val(c.JobName), val(c.CrawlerName)), strings.ToLower(orDefault(val(c.State), val(c.CrawlState)))
		if states[job] == "" {
			jobs, states[job] = append(jobs, job), state
		} else {
			states[job] += " or " + state
		}
	}
	slices.Sort(jobs)
	same := !slices.ContainsFunc(jobs, func(j string) bool { return states[j] != states[jobs[0]] })
	parts := make([]string, len(jobs))
	for i, j := range jobs {
		if parts[i] = j; !same { // each with its own, or "a and b failed" would mean both
			parts[i] += " " + states[j]
		}
	}
	word, which := " and ", "all "
	if val(t.Predicate.Logical) == glue.LogicalAny {
		word, which = " or ", "any "
	}
	if len(jobs) == 1 {
		which = ""
	}
	text = strings.Join(parts, word)
	if len(jobs) > 2 {
		text = which + "of " + strings.Join(parts, ", ")
	}
	if same && states[jobs[0]] != usualEnd {
		text += " " + states[jobs[0]]
	}
	switch {
	case !same:
		rest = "if " + text
	case states[jobs[0]] != usualEnd || which == "any ":
		rest = "if " + which + states[jobs[0]]
	}
	if val(t.State) != string(glue.TriggerActivated) {
		return text + " (switched off)", "switched off"
	}
	return text, rest
}

// usualEnd is the state that a trigger waits for where nothing else is said.
const usualEnd = "succeeded"

// nodeDepth is how many jobs stand before each, on the longest way.
func nodeDepth(g *wire.WorkflowGraph) map[string]int {
	depth := map[string]int{}
	for range g.Nodes { // no way is longer
		changed := false
		for _, t := range conditionals(g) {
			least := 0
			for _, c := range t.Predicate.Conditions {
				least = max(least, depth[val(c.JobName)]+1)
			}
			for _, a := range t.Actions {
				if job := val(a.JobName); least > depth[job] {
					depth[job], changed = least, true
				}
			}
		}
		if !changed {
			break
		}
	}
	return depth
}

// stateSign is a state in one character.
func stateSign(state string) string {
	switch glue.RunState(state) {
	case glue.RunSucceeded:
		return "✓"
	case glue.RunFailed, glue.RunError, glue.RunTimeout, glue.RunExpired:
		return "✗"
	case glue.RunRunning, glue.RunStarting:
		return "●"
	case glue.RunWaiting:
		return "○"
	case glue.RunStopped, glue.RunStopping:
		return "■"
	}
	return "·"
}

// line says how a job's run goes, for its box; brief leaves out what its sign and colour say.
func (f *flowNode) line(now time.Time, brief bool) string {
	took := ""
	if f.run != nil {
		took = span(runSpan(f.run, now))
	}
	switch glue.RunState(f.State) {
	case "":
		if brief {
			return "·"
		}
		return "· not started"
	case glue.RunSucceeded, glue.RunRunning, glue.RunFailed:
		if brief {
			return stateSign(f.State) + " " + took
		}
	}
	switch glue.RunState(f.State) {
	case glue.RunSucceeded:
		return "✓ " + moment(when(f.StartedOn), now) + "  " + took
	case glue.RunRunning:
		return "● running " + took
	}
	return stateSign(f.State) + " " + strings.ToLower(f.State) + " " + took
}

// drawFlow draws the graph of a workflow, with a sign at which it begins, in at most width columns, with smaller boxes where
// it has to be. No lines: it is wider. With runs, boxes show them, and what fired stands out.
func drawFlow(g *wire.WorkflowGraph, nodes []flowNode, runs bool, now time.Time, width int) [][]diagram.Span {
	for _, form := range boxForms {
		lines := drawBoxes(g, nodes, runs, now, form)
		if width <= 0 || diagram.Width(lines) <= width {
			return lines
		}
	}
	return nil
}

// drawBoxes is drawFlow of any width.
func drawBoxes(g *wire.WorkflowGraph, nodes []flowNode, runs bool, now time.Time, form boxForm) [][]diagram.Span {
	boxes := []diagram.Box{{Bare: true, Lines: [][]diagram.Span{{{Text: "◉", Style: string(cyan)}}}}}
	at := map[string]int{}
	for i := range nodes {
		f := &nodes[i]
		at[f.Job] = len(boxes)
		b := diagram.Box{Frame: string(dim), Lines: [][]diagram.Span{{{Text: cut(f.Job, form.most), Style: string(bold)}}}}
		if f.detail != "" {
			for _, part := range strings.Split(inLines(f.detail, form.most), "\n") {
				b.Lines = append(b.Lines, []diagram.Span{{Text: part, Style: string(dim)}})
			}
		}
		if runs {
			st := stateStyle(f.State)
			if f.State == "" {
				st = dim
			} else {
				b.Frame = string(st)
			}
			b.Lines = append(b.Lines, []diagram.Span{{Text: f.line(now, form.brief), Style: string(st)}})
		}
		boxes = append(boxes, b)
	}
	var edges []diagram.Edge
	for _, n := range g.Nodes {
		if n.TriggerDetails == nil || n.TriggerDetails.Trigger == nil {
			continue
		}
		t := n.TriggerDetails.Trigger
		e := diagram.Edge{}
		if t.Predicate == nil {
			e.From = []int{0}
		} else {
			for _, c := range t.Predicate.Conditions {
				if i, known := at[val(c.JobName)]; known && !slices.Contains(e.From, i) {
					e.From = append(e.From, i)
				}
			}
		}
		for _, action := range t.Actions {
			if i, known := at[val(action.JobName)]; known && !slices.Contains(e.To, i) {
				e.To = append(e.To, i)
			}
		}
		if !firedIn(nodes, val(t.Name)) {
			e.Style = string(dim)
		}
		edges = append(edges, e)
	}
	return diagram.Draw(boxes, edges)
}

// inLines is text in lines of at most so many characters, where words allow it.
func inLines(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return reflow(text, most)
}

// firedIn reports whether a trigger started one of the runs that are shown.
func firedIn(nodes []flowNode, trigger string) bool {
	return slices.ContainsFunc(nodes, func(f flowNode) bool { return f.run != nil && val(f.run.TriggerName) == trigger })
}

// nodeColumns are the columns of a list of a workflow's jobs: where there is no room for the picture, and as CSV.
func nodeColumns(runs bool, now time.Time) []column[flowNode] {
	columns := []column[flowNode]{
		{title: "job", text: func(f flowNode) string { return f.Job }, paint: func(flowNode) style { return bold }},
	}
	if runs {
		columns = append(columns,
			column[flowNode]{title: "state", text: func(f flowNode) string { return stateSign(f.State) + " " + orDefault(f.State, "not started") },
				exact: func(f flowNode) string { return f.State },
				paint: func(f flowNode) style { return stateStyle(f.State) }},
			column[flowNode]{title: "run", whole: true, text: func(f flowNode) string { return f.RunID }},
			column[flowNode]{title: "started", right: true, text: func(f flowNode) string { return moment(when(f.StartedOn), now) }, exact: func(f flowNode) string { return exactTime(when(f.StartedOn)) }},
			column[flowNode]{title: "took", right: true, text: func(f flowNode) string {
				if f.run == nil {
					return ""
				}
				return span(runSpan(f.run, now))
			}, exact: func(f flowNode) string {
				if f.run == nil {
					return ""
				}
				return fmt.Sprintf("%.3f", f.Seconds)
			}},
			column[flowNode]{title: "error", whole: true, text: func(f flowNode) string { return f.Error }})
	}
	return append(columns, column[flowNode]{title: "after", text: func(f flowNode) string { return orDefault(f.Condition, "the start") }, exact: func(f flowNode) string { return f.Condition }})
}

// paintLines writes a picture's lines as text, each with its styles.
func paintLines(paint func(style, string) string, lines [][]diagram.Span) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		var b strings.Builder
		for _, s := range l {
			b.WriteString(paint(style(s.Style), oneLine(s.Text)))
		}
		out[i] = b.String()
	}
	return out
}
