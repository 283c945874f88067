package workflowfile

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tenon/internal/glue"
)

// Verb is what a change does.
type Verb string

// The verbs. Each is one call of the API, but Tag, which is up to two.
const (
	Create     Verb = "create"
	Update     Verb = "update"
	Tag        Verb = "tag"
	Activate   Verb = "activate"
	Deactivate Verb = "deactivate"
	Delete     Verb = "delete"
)

// Kind is what a change is made to.
type Kind string

// The kinds.
const (
	KindJob      Kind = "job"
	KindWorkflow Kind = "workflow"
	KindTrigger  Kind = "trigger"
)

// Change is one step from what there is to what is wanted.
type Change struct {
	Verb    Verb
	Kind    Kind
	Name    string
	Members []Member // that differ, by name; of a created object those that are set

	// What it will be; nil but for the change's kind, and nil for Delete.
	Job      *glue.Job
	Workflow *glue.Workflow
	Trigger  *Tagged
	// Tags are those to set, and Untag those to take away. Of Create, all; of Update, none: they are a change of their own.
	Tags  map[string]string
	Untag []string
}

// Member is one member of an object, before and after; empty where it is absent.
type Member struct {
	Name, Before, After string
}

// Diff lists what to do to make have into want, in an order in which no step is refused for the sake of a later one: jobs
// before what starts them, no second start trigger, no passing cycle, the start last. have is nil where there is no workflow,
// and of its jobs those of want count. Jobs that want does not define stay as they are.
func Diff(have, want *Objects) []Change {
	if have == nil {
		have = &Objects{}
	}
	var out []Change
	for _, j := range want.Jobs {
		out = append(out, diffJob(have.Jobs, j)...)
	}
	out = append(out, diffWorkflow(have, want)...)
	return append(out, diffTriggers(have.Triggers, want.Triggers)...)
}

// diffJob compares a job with the one of its name.
func diffJob(have []glue.Job, want glue.Job) []Change {
	c := Change{Kind: KindJob, Name: want.Name, Job: &want}
	i := slices.IndexFunc(have, func(j glue.Job) bool { return j.Name == want.Name })
	if i < 0 {
		c.Verb, c.Tags = Create, settledMap(want.Tags)
		members := withTags(want, want.Tags)
		maps.DeleteFunc(members, func(_, value string) bool { return value == "0" }) // a default that is spelled
		c.Members = compare(nil, members)
		return []Change{c}
	}
	return updates(c, flat(settledJob(have[i])), flat(settledJob(want)), have[i].Tags, want.Tags)
}

// diffWorkflow compares the workflow itself.
func diffWorkflow(have, want *Objects) []Change {
	c := Change{Kind: KindWorkflow, Name: want.Workflow.Name, Workflow: &want.Workflow}
	if have.Workflow.Name == "" {
		c.Verb, c.Tags = Create, settledMap(want.Tags)
		c.Members = compare(nil, withTags(want.Workflow, want.Tags))
		return []Change{c}
	}
	return updates(c, flat(have.Workflow), flat(want.Workflow), have.Tags, want.Tags)
}

// updates are the changes of an object that exists: of its members, and of its tags.
func updates(c Change, have, want, haveTags, wantTags map[string]string) []Change {
	var out []Change
	if m := compare(have, want); len(m) > 0 {
		c.Verb, c.Members = Update, m
		out = append(out, c)
	}
	if m := compare(prefixed(haveTags), prefixed(wantTags)); len(m) > 0 {
		c.Verb, c.Members, c.Tags, c.Untag = Tag, m, map[string]string{}, nil
		for k, v := range wantTags {
			if old, had := haveTags[k]; !had || old != v {
				c.Tags[k] = v
			}
		}
		for _, k := range sorted(haveTags) {
			if _, kept := wantTags[k]; !kept {
				c.Untag = append(c.Untag, k)
			}
		}
		out = append(out, c)
	}
	return out
}

// diffTriggers compares the triggers of a workflow.
func diffTriggers(have, want []Tagged) []Change {
	old, wanted := byName(have), byName(want)
	var deletes, stops, changed, tags, creates, starts []Change
	gone := func(name string) {
		deletes = append(deletes, Change{Verb: Delete, Kind: KindTrigger, Name: name, Members: compare(flatTrigger(old[name]), nil)})
	}
	made := func(t *Tagged) {
		creates = append(creates, Change{Verb: Create, Kind: KindTrigger, Name: t.Name, Trigger: t, Tags: settledMap(t.Tags),
			Members: compare(nil, withFlatTags(flatTrigger(t), t.Tags))})
	}
	left := map[string]*Tagged{} // as the triggers stand while the updates are made
	for _, name := range sorted(old) {
		if w := wanted[name]; w == nil || w.Type != old[name].Type {
			gone(name)
		} else {
			left[name] = old[name]
		}
	}
	var pending []*Tagged
	for _, name := range sorted(wanted) {
		w, o := wanted[name], left[name]
		if o == nil {
			made(w)
			continue
		}
		if len(compare(flatTrigger(o), flatTrigger(w))) > 0 {
			pending = append(pending, w)
		}
	}
	ordered, stuck := orderUpdates(left, pending)
	for _, w := range stuck {
		gone(w.Name)
		made(w)
	}
	for _, w := range ordered {
		changed = append(changed, Change{Verb: Update, Kind: KindTrigger, Name: w.Name, Trigger: w, Members: compare(flatTrigger(old[w.Name]), flatTrigger(w))})
	}
	for _, name := range sorted(left) {
		w, o := wanted[name], old[name]
		if slices.Contains(stuck, w) {
			continue
		}
		tags = append(tags, updates(Change{Kind: KindTrigger, Name: name, Trigger: w}, nil, nil, o.Tags, w.Tags)...)
		switch was, will := active(o), active(w); {
		case was && !will:
			stops = append(stops, Change{Verb: Deactivate, Kind: KindTrigger, Name: name, Trigger: w, Members: []Member{{"State", "active", "inactive"}}})
		case will && !was:
			starts = append(starts, Change{Verb: Activate, Kind: KindTrigger, Name: name, Trigger: w, Members: []Member{{"State", "inactive", "active"}}})
		}
	}
	startLast(creates)
	startLast(starts)
	return slices.Concat(deletes, stops, changed, tags, creates, starts)
}

// byName indexes triggers.
func byName(list []Tagged) map[string]*Tagged {
	out := make(map[string]*Tagged, len(list))
	for i := range list {
		out[list[i].Name] = &list[i]
	}
	return out
}

// active reports whether a trigger is ACTIVATED. Those of the types that never are, are not.
func active(t *Tagged) bool { return t.State == glue.TriggerActivated }

// startLast moves the change of the start trigger behind those of conditional ones.
func startLast(changes []Change) {
	slices.SortStableFunc(changes, func(a, b Change) int {
		rank := map[bool]int{true: 0, false: 1}
		return cmp.Compare(rank[a.Trigger.Type == glue.TriggerConditional], rank[b.Trigger.Type == glue.TriggerConditional])
	})
}

// orderUpdates orders updates so that no step makes a cycle with triggers that are still as they were. Those for which
// there is no such order are stuck: they are deleted first and made anew.
func orderUpdates(left map[string]*Tagged, pending []*Tagged) (ordered, stuck []*Tagged) {
	now := maps.Clone(left)
	for len(pending) > 0 {
		i := slices.IndexFunc(pending, func(w *Tagged) bool {
			next := maps.Clone(now)
			next[w.Name] = w
			return findCycle(graphOf(next)) == nil
		})
		if i < 0 {
			return ordered, pending
		}
		now[pending[i].Name] = pending[i]
		ordered = append(ordered, pending[i])
		pending = slices.Delete(pending, i, i+1)
	}
	return ordered, nil
}

// graphOf is the graph of triggers: from each job to the triggers that wait for it, and from each trigger to the jobs that
// it starts. The nodes are names behind nodeJob or nodeTrigger.
func graphOf(triggers map[string]*Tagged) map[string][]string {
	next := map[string][]string{}
	for _, name := range sorted(triggers) {
		t := triggers[name]
		if t.Predicate == nil {
			continue
		}
		for _, c := range t.Predicate.Conditions {
			next[nodeJob+c.JobName] = append(next[nodeJob+c.JobName], nodeTrigger+name)
		}
		for _, a := range t.Actions {
			next[nodeTrigger+name] = append(next[nodeTrigger+name], nodeJob+a.JobName)
		}
	}
	return next
}

// What the nodes of graphOf begin with.
const (
	nodeJob     = "j"
	nodeTrigger = "t"
)

// compare lists the members that differ.
func compare(have, want map[string]string) []Member {
	all := maps.Clone(want)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, have)
	var out []Member
	for _, name := range sorted(all) {
		before, had := have[name]
		after, has := want[name]
		if had != has || before != after {
			out = append(out, Member{name, before, after})
		}
	}
	return out
}

// flatTrigger is a trigger's members in the one form of all that mean the same: the order of actions and of conditions says
// nothing. Its state and its tags are not among them.
func flatTrigger(t *Tagged) map[string]string {
	out := map[string]string{}
	put := func(name, value string) {
		if value != "" {
			out[name] = value
		}
	}
	put("Description", t.Description)
	put("Schedule", t.Schedule)
	if t.Predicate != nil && len(t.Predicate.Conditions) > 0 {
		put("Predicate", predicateText(settledPredicate(t.Predicate)))
	}
	if t.Type == glue.TriggerEvent {
		b := settledBatching(t.Batching)
		put("EventBatchingCondition", fmt.Sprintf("%d events or %d s", b.BatchSize, b.BatchWindow))
	}
	actions := slices.Clone(t.Actions)
	for i := range actions {
		if after, err := notifyAfter(actions[i].Notification); err == nil {
			actions[i].Notification = notification(after)
		}
	}
	slices.SortFunc(actions, func(a, b glue.Action) int { return cmp.Compare(actionText(a), actionText(b)) })
	seen := map[string]int{}
	for _, a := range actions {
		name := "Actions." + a.JobName + a.CrawlerName
		if seen[name]++; seen[name] > 1 {
			name += fmt.Sprintf("#%d", seen[name])
		}
		out[name] = "started"
		a.JobName = ""
		flatten(out, name, a)
	}
	return out
}

// settledBatching is a batching condition with Glue's defaults.
func settledBatching(b *glue.EventBatching) glue.EventBatching {
	const window = 900 // seconds
	if b == nil {
		return glue.EventBatching{BatchSize: 1, BatchWindow: window}
	}
	return glue.EventBatching{BatchSize: or(b.BatchSize, 1), BatchWindow: or(b.BatchWindow, window)}
}

// actionText orders actions.
func actionText(a glue.Action) string {
	doc, err := json.Marshal(a)
	if err != nil { // a broken Notification; it still has a name
		return a.JobName
	}
	return string(doc)
}

// withTags is an object's members and tags.
func withTags(v any, tags map[string]string) map[string]string { return withFlatTags(flat(v), tags) }

// withFlatTags adds tags to members.
func withFlatTags(members, tags map[string]string) map[string]string {
	maps.Copy(members, prefixed(tags))
	return members
}

// prefixed are tags as members.
func prefixed(tags map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range tags {
		out["Tags."+k] = v
	}
	return out
}

// flat is an object's members as texts: a member of a member is joined with a dot. The name of the object is left out.
func flat(v any) map[string]string {
	out := map[string]string{}
	flatten(out, "", v)
	delete(out, "Name")
	return out
}

// flatten adds the members of v below a name.
func flatten(out map[string]string, at string, v any) {
	doc, err := json.Marshal(v)
	if err != nil {
		return
	}
	var decoded any
	if json.Unmarshal(doc, &decoded) == nil {
		flattenValue(out, at, decoded)
	}
}

// flattenValue adds a decoded JSON value.
func flattenValue(out map[string]string, at string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range sorted(v) {
			flattenValue(out, join(at, name), v[name])
		}
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = fmt.Sprint(e)
		}
		out[at] = strings.Join(parts, ", ")
	case string:
		out[at] = v
	case nil:
	default:
		out[at] = fmt.Sprint(v)
	}
}
