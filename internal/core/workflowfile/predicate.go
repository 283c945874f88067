package workflowfile

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"tenon/internal/glue"
)

// endings are the states of a job that a trigger can wait for.
var endings = []string{string(glue.RunSucceeded), string(glue.RunFailed), string(glue.RunStopped), string(glue.RunTimeout)}

// predicate reads what is waited for:
//
//	extract                       it SUCCEEDED
//	[extract, load]               both did
//	{any: [extract, load]}        one did
//	{any: load, on: [FAILED, TIMEOUT]}
//	{all: [extract, load: FAILED]}
func (f *File) predicate(n *yaml.Node, at string) (*glue.Predicate, error) {
	p, base := &glue.Predicate{Logical: glue.LogicalAnd}, at
	list, listAt, on := resolve(n), at, []string{string(glue.RunSucceeded)}
	if list.Kind == yaml.MappingNode {
		var all, any *yaml.Node
		take := func(into **yaml.Node) func(*yaml.Node, string) error {
			return func(n *yaml.Node, _ string) error { *into = resolve(n); return nil }
		}
		err := f.mapping(list, at, keys{"all": take(&all), "any": take(&any), "on": func(n *yaml.Node, at string) (err error) {
			on, err = states(n, at)
			return err
		}})
		switch {
		case err != nil:
			return nil, err
		case (all == nil) == (any == nil):
			return nil, f.refuse(at, "should have either all or any, with the jobs that are waited for")
		case any != nil:
			p.Logical, list, listAt = glue.LogicalAny, any, join(at, "any")
		default:
			list, listAt = all, join(at, "all")
		}
	}
	entries := []*yaml.Node{list}
	if list.Kind == yaml.SequenceNode {
		entries = list.Content
	}
	for i, n := range entries {
		n, at := resolve(n), listAt
		if list.Kind == yaml.SequenceNode {
			at = fmt.Sprintf("%s[%d]", listAt, i)
		}
		f.lines[at] = n.Line
		job, on := n.Value, on
		if n.Kind == yaml.MappingNode && len(n.Content) == 2 { // job: STATE
			var err error
			job = resolve(n.Content[0]).Value
			if on, err = states(n.Content[1], join(at, job)); err != nil {
				return nil, err
			}
		} else if n.Kind != yaml.ScalarNode {
			return nil, wrong(n, at, "should be a job, or a job and its state as in clean: FAILED")
		}
		if job == "" {
			return nil, wrong(n, at, "names no job")
		}
		if len(on) > 1 && p.Logical == glue.LogicalAnd {
			return nil, wrong(n, at, "%s cannot end in %s at once: say any", job, strings.Join(on, " and "))
		}
		f.lines[base+" "+job] = n.Line
		for _, state := range on {
			p.Conditions = append(p.Conditions, glue.Condition{LogicalOperator: glue.OperatorEquals, JobName: job, State: glue.RunState(state)})
		}
	}
	switch n := len(p.Conditions); {
	case n == 0:
		return nil, f.refuse(at, "names no job")
	case n > glue.MaxConditions:
		return nil, f.refuse(at, "has %d conditions, at most %d are allowed", n, glue.MaxConditions)
	}
	return settledPredicate(p), nil
}

// states reads one state or a list of them.
func states(n *yaml.Node, at string) ([]string, error) {
	n = resolve(n)
	list := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		list = n.Content
	}
	var out []string
	for _, n := range list {
		state := ""
		if err := choice(&state, endings)(n, at); err != nil {
			return nil, err
		}
		out = append(out, state)
	}
	if len(out) == 0 {
		return nil, wrong(n, at, "names no state")
	}
	return out, nil
}

// settledPredicate is a predicate in the one form of all that mean the same: its conditions sorted, each once, ANY where
// one of several is enough.
func settledPredicate(p *glue.Predicate) *glue.Predicate {
	out := &glue.Predicate{Logical: p.Logical, Conditions: slices.Clone(p.Conditions)}
	for i := range out.Conditions {
		if out.Conditions[i].LogicalOperator == "" {
			out.Conditions[i].LogicalOperator = glue.OperatorEquals
		}
	}
	slices.SortFunc(out.Conditions, func(a, b glue.Condition) int { return strings.Compare(conditionText(a), conditionText(b)) })
	out.Conditions = slices.Compact(out.Conditions)
	if out.Logical == "" || len(out.Conditions) < 2 {
		out.Logical = glue.LogicalAnd
	}
	return out
}

// conditionText tells conditions apart, and sorts them by name and state.
func conditionText(c glue.Condition) string {
	return strings.Join([]string{c.JobName, string(c.State), c.CrawlerName, c.CrawlState, c.LogicalOperator}, "\x00")
}

// predicateText is a predicate for a table: clean, report FAILED.
func predicateText(p *glue.Predicate) string {
	if p == nil {
		return ""
	}
	if jobs, ends, same := endingsOf(p); same && p.Logical == glue.LogicalAny && len(jobs) > 1 && jobs[0] != "" {
		return "any of " + strings.Join(jobs, ", ") + " " + strings.Join(ends[jobs[0]], " or ")
	}
	var parts []string
	for _, c := range p.Conditions {
		parts = append(parts, strings.TrimSpace(c.JobName+c.CrawlerName+" "+string(c.State)+c.CrawlState))
	}
	if p.Logical == glue.LogicalAny {
		return "any of " + strings.Join(parts, ", ")
	}
	return strings.Join(parts, ", ")
}

// startName is what the start trigger of a workflow is called that is given no name.
func startName(workflow string) string { return fit(workflow + "-start") }

// conditionalName is what the trigger of a predicate is called that is given no name: after what it waits for, so that it
// stays the same whatever it starts. p is settled.
func conditionalName(workflow string, p *glue.Predicate) string {
	word := map[string]string{glue.LogicalAnd: "-and-", glue.LogicalAny: "-or-"}[p.Logical]
	jobs, ends, same := endingsOf(p)
	suffix := func(states []string) string {
		if slices.Equal(states, endings[:1]) {
			return ""
		}
		return "-" + strings.ToLower(strings.Join(states, "-or-"))
	}
	parts := slices.Clone(jobs)
	if !same {
		for i, j := range jobs {
			parts[i] += suffix(ends[j])
		}
		return handy(workflow+"-after-", parts, word, "")
	}
	return handy(workflow+"-after-", parts, word, suffix(ends[jobs[0]]))
}

// handy is the name of a trigger that waits for jobs, all of them while people can read it, else the first, how many more,
// and a hash of the whole.
func handy(begin string, jobs []string, word, end string) string {
	const readable, digits = 64, 6
	name := begin + strings.Join(jobs, word) + end
	if len(name) <= readable || len(jobs) <= 2 {
		return fit(name)
	}
	sum := sha256.Sum256([]byte(name))
	return fit(fmt.Sprintf("%s%s%s%d-more%s-%s", begin, jobs[0], word, len(jobs)-1, end, hex.EncodeToString(sum[:])[:digits]))
}

// endingsOf are the jobs of a predicate, the states that are waited for of each, and whether those are the same of all.
func endingsOf(p *glue.Predicate) (jobs []string, ends map[string][]string, same bool) {
	ends = map[string][]string{}
	for _, c := range p.Conditions {
		if ends[c.JobName] == nil {
			jobs = append(jobs, c.JobName)
		}
		ends[c.JobName] = append(ends[c.JobName], string(c.State))
	}
	same = !slices.ContainsFunc(jobs, func(j string) bool { return !slices.Equal(ends[j], ends[jobs[0]]) })
	return jobs, ends, same
}

// fit is a name that Glue takes: one that is too long ends in a hash of the whole.
func fit(name string) string {
	if len(name) <= glue.MaxNameLength {
		return name
	}
	const digits = 12
	sum := sha256.Sum256([]byte(name))
	return strings.ToValidUTF8(name[:glue.MaxNameLength-digits-1], "") + "-" + hex.EncodeToString(sum[:])[:digits]
}
