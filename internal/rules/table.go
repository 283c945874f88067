package rules

import (
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"time"

	"tenon/internal/core/bridge"
	"tenon/internal/core/pattern"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// loadPage is how many rules are read at once.
const loadPage = 1000

// rule is an enabled rule, ready to match.
type rule struct {
	glue.Rule
	since   time.Time // when it was made: it matches nothing from before (see table.match)
	pattern *pattern.Pattern
}

// table is all enabled rules as they were at one moment.
type table struct {
	asOf   int64              // the last event of that moment
	region map[string][]*rule // by name
}

// readTable reads all rules. One that cannot be read matches nothing, and the log says so: the API refuses such.
func readTable(lg *slog.Logger, r *store.Reader) (*table, error) {
	t := &table{region: map[string][]*rule{}}
	var err error
	if t.asOf, err = r.LastEvent(); err != nil {
		return nil, err
	}
	for region, name := "", ""; ; {
		page, err := r.AllDefinitions(glue.KindRule, region, name, loadPage)
		if err != nil {
			return nil, err
		}
		for _, d := range page {
			region, name = d.Region, d.Name
			u := &rule{since: d.Created}
			if err := json.Unmarshal(d.Doc, &u.Rule); err != nil {
				lg.Error("a rule is not understood", "rule", d.Name, "region", d.Region, "error", err)
				continue
			}
			if u.Disabled || len(u.Targets) == 0 || len(u.Pattern) == 0 {
				continue
			}
			if u.pattern, err = pattern.Parse(u.Pattern); err != nil {
				lg.Error("the pattern of a rule is not understood", "rule", d.Name, "region", d.Region, "error", err)
				continue
			}
			t.region[d.Region] = append(t.region[d.Region], u)
		}
		if len(page) < loadPage {
			return t, nil
		}
	}
}

// empty reports whether no event can match.
func (t *table) empty() bool { return len(t.region) == 0 }

// outdated reports whether an event says that a rule was changed after t was read.
func (t *table) outdated(events []glue.Event) bool {
	for i := range events {
		e := &events[i]
		if e.Seq <= t.asOf || e.Kind != glue.EventDefinitionPut && e.Kind != glue.EventDefinitionGone {
			continue
		}
		var detail struct {
			Kind string `json:"kind"`
		}
		if json.Unmarshal(e.Detail, &detail) != nil || detail.Kind == glue.KindRule {
			return true
		}
	}
	return false
}

// matched is an event in EventBridge's shape, and the rules that match it.
type matched struct {
	*glue.Event
	id        string   // EventBridge's, the same each time that the event is read
	doc       []byte   // JSON
	workflows []string // that its resources name, if a client put it
	rules     []*rule
}

// match finds the rules that match an event. nil: there are none, and the event is not for any workflow.
//
// An event that came after the rules were read came after they were made, whatever the clocks said; one that is read late is
// compared by time.
func (t *table) match(e *glue.Event, account string) *matched {
	rules := t.region[e.Region]
	if strings.HasPrefix(string(e.Kind), "rule.") || len(rules) == 0 && e.Kind != glue.EventReceived {
		return nil
	}
	shape, ok := bridge.Shape(*e, account)
	if !ok {
		return nil
	}
	m := &matched{Event: e, id: shape.ID}
	if e.Kind == glue.EventReceived {
		m.workflows = workflowsOf(shape.Resources, e.Region, account)
	}
	var err error
	if m.doc, err = json.Marshal(shape); err != nil {
		return nil // the store held no JSON: an event from before it was checked, which no pattern matches
	}
	decoded, err := pattern.Decode(m.doc)
	if err != nil {
		return nil
	}
	for _, u := range rules {
		if (e.Seq > t.asOf || !e.At.Before(u.since)) && u.pattern.Match(decoded) {
			m.rules = append(m.rules, u)
		}
	}
	if len(m.rules) == 0 && len(m.workflows) == 0 {
		return nil
	}
	return m
}

// workflowsOf lists the workflows that ARNs name, each once.
func workflowsOf(resources []string, region, account string) (names []string) {
	prefix := "arn:aws:glue:" + region + ":" + account + ":workflow/"
	for _, r := range resources {
		if name, ok := strings.CutPrefix(r, prefix); ok && name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
