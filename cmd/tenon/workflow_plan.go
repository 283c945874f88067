package main

import (
	"fmt"
	"strings"

	"tenon/internal/core/workflowfile"
)

// planRow is a member of a change, for CSV.
type planRow struct {
	workflowfile.Change
	member workflowfile.Member
}

// planChange is a change as JSON and YAML show it.
type planChange struct {
	Verb    string       `json:"Verb"`
	Kind    string       `json:"Kind"`
	Name    string       `json:"Name"`
	Members []planMember `json:"Members"`
}

// planMember is a member of it.
type planMember struct {
	Name   string `json:"Name"`
	Before string `json:"Before,omitempty"`
	After  string `json:"After,omitempty"`
}

// showPlan writes what a plan changes.
func (a *app) showPlan(p *workflowPlan) error {
	switch a.flags.output {
	case formatJSON, formatYAML:
		out := make([]planChange, 0, len(p.changes))
		for _, c := range p.changes {
			shown := planChange{string(c.Verb), string(c.Kind), c.Name, nil}
			for _, m := range c.Members {
				shown.Members = append(shown.Members, planMember(m))
			}
			out = append(out, shown)
		}
		return a.showDocument(out)
	case formatCSV:
		var rows []planRow
		for _, c := range p.changes {
			for _, m := range append([]workflowfile.Member{}, c.Members...) {
				rows = append(rows, planRow{c, m})
			}
			if len(c.Members) == 0 {
				rows = append(rows, planRow{Change: c})
			}
		}
		return showCSV(a.con, rows, []column[planRow]{
			{title: "verb", text: func(r planRow) string { return string(r.Verb) }}, {title: "kind", text: func(r planRow) string { return string(r.Kind) }},
			{title: "name", text: func(r planRow) string { return r.Name }}, {title: "member", text: func(r planRow) string { return r.member.Name }},
			{title: "before", text: func(r planRow) string { return r.member.Before }}, {title: "after", text: func(r planRow) string { return r.member.After }},
		})
	}
	counts := map[string]int64{}
	for _, c := range p.changes {
		a.showChange(c)
		counts[planWord(c.Verb)]++
	}
	if len(p.changes) == 0 {
		a.con.say("Nothing changes: workflow %s is as the file says.", p.name)
		return nil
	}
	var parts []string
	for _, word := range []string{"create", "change", "delete"} {
		if n := counts[word]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d to %s", n, word))
		}
	}
	a.con.say("%s", a.con.onErr(bold, strings.Join(parts, ", ")+"."))
	return nil
}

// planWord counts verbs together that do alike.
func planWord(v workflowfile.Verb) string {
	switch v {
	case workflowfile.Create, workflowfile.Delete:
		return string(v)
	}
	return "change"
}

// showChange writes one change: a sign, what it is about, and its members.
func (a *app) showChange(c workflowfile.Change) {
	sign, st := "~", yellow
	switch c.Verb {
	case workflowfile.Create:
		sign, st = "+", green
	case workflowfile.Delete:
		sign, st = "-", red
	}
	verb := ""
	switch c.Verb {
	case workflowfile.Activate, workflowfile.Deactivate, workflowfile.Tag:
		verb = a.con.onOut(dim, "  "+string(c.Verb))
	}
	a.con.print("%s %s %s%s\n", a.con.onOut(st, sign), c.Kind, a.con.onOut(bold, c.Name), verb)
	if c.Verb == workflowfile.Delete { // what it was says nothing any more
		return
	}
	width := 0
	for _, m := range c.Members {
		width = max(width, len(m.Name))
	}
	for _, m := range c.Members {
		text := m.After
		switch {
		case m.After == "" && m.Before != "":
			text = a.con.onOut(red, oneLine(m.Before)) + a.con.onOut(dim, "  taken away")
		case m.Before != "":
			text = a.con.onOut(dim, oneLine(m.Before)) + " → " + oneLine(m.After)
		}
		a.con.print("    %s  %s\n", a.con.onOut(dim, fmt.Sprintf("%-*s", width, m.Name)), text)
	}
}
