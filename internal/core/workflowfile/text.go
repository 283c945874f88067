package workflowfile

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"tenon/internal/glue"
)

// Text writes the file. Read gives it back.
func (f *File) Text() ([]byte, error) {
	top := block()
	top.text("name", f.Name)
	top.text("description", f.Description)
	top.number("max_concurrent_runs", f.MaxConcurrentRuns)
	top.texts("properties", f.Properties)
	top.texts("tags", f.Tags)
	top.add("start", f.Start.node())
	jobs := block()
	for _, j := range f.Jobs {
		jobs.add(j.Name, j.node())
	}
	top.group("jobs", jobs)
	triggers := block()
	for _, t := range f.Triggers {
		triggers.add(t.Name, t.node())
	}
	top.group("triggers", triggers)
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(top.n); err != nil {
		return nil, fmt.Errorf("workflow file: %w", err)
	}
	return b.Bytes(), enc.Close()
}

// mapNode is a mapping that is being written. What is empty is left out.
type mapNode struct{ n *yaml.Node }

// block makes an empty mapping, one key a line.
func block() mapNode { return mapNode{&yaml.Node{Kind: yaml.MappingNode}} }

// add writes a key.
func (m mapNode) add(key string, value *yaml.Node) {
	m.n.Content = append(m.n.Content, word(key), value)
}

// group writes a mapping that is not empty.
func (m mapNode) group(key string, value mapNode) {
	if len(value.n.Content) > 0 {
		m.add(key, value.n)
	}
}

// text writes a text.
func (m mapNode) text(key, value string) {
	if value != "" {
		m.add(key, word(value))
	}
}

// number writes a number.
func (m mapNode) number(key string, value int) {
	if value != 0 {
		m.add(key, literal(strconv.Itoa(value)))
	}
}

// span writes a time span.
func (m mapNode) span(key string, value int, unit time.Duration) {
	if value != 0 {
		m.add(key, literal(spanText(value, unit)))
	}
}

// truth writes what is true.
func (m mapNode) truth(key string, value bool) {
	if value {
		m.add(key, literal("true"))
	}
}

// texts writes a map of texts.
func (m mapNode) texts(key string, values map[string]string) {
	inner := block()
	for _, k := range sorted(values) {
		inner.add(k, word(values[k]))
	}
	m.group(key, inner)
}

// arguments writes arguments without their hyphens, where that can be read back.
func (m mapNode) arguments(key string, values map[string]string) {
	inner := block()
	for _, k := range sorted(values) {
		name := k
		if bare, long := strings.CutPrefix(k, "--"); long && bare != "" && !strings.HasPrefix(bare, "-") {
			name = bare
		}
		inner.add(name, word(values[k]))
	}
	m.group(key, inner)
}

// literal is a scalar that stands as it is: a number, a time span, true.
func literal(value string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: value} }

// word is a text, in quotes where YAML would take it for something else.
func word(value string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
	if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 }) {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// flow is a list in brackets; one entry alone needs none.
func flow(nodes []*yaml.Node) *yaml.Node {
	if len(nodes) == 1 && nodes[0].Kind == yaml.ScalarNode {
		return nodes[0]
	}
	return &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle, Content: nodes}
}

// words is a list of texts.
func words(values []string) *yaml.Node {
	nodes := make([]*yaml.Node, len(values))
	for i, v := range values {
		nodes[i] = word(v)
	}
	return flow(nodes)
}

// node writes what begins the workflow, in one word where that is enough.
func (s *Start) node() *yaml.Node {
	m := block()
	m.text("schedule", s.Schedule)
	m.text("timezone", s.Timezone)
	m.text("missed", string(s.Missed))
	m.truth("paused", s.Paused)
	if s.Batching != nil {
		events := block()
		events.number("batch_size", s.Batching.BatchSize)
		events.span("batch_window", s.Batching.BatchWindow, time.Second)
		m.add("events", events.n)
	}
	m.text("trigger", s.Trigger)
	m.text("description", s.Description)
	m.texts("tags", s.Tags)
	if s.Jobs != nil {
		m.add("jobs", actionsNode(s.Jobs))
	}
	switch {
	case s.Type == "":
		return word("none")
	case len(m.n.Content) == 0:
		return word("demand")
	case len(m.n.Content) == 2 && s.Schedule != "":
		return word(s.Schedule)
	}
	return m.n
}

// put writes what a run has of its own.
func (r *Run) put(m mapNode) {
	m.arguments("arguments", r.Arguments)
	m.span("timeout", r.Timeout, time.Minute)
	m.span("notify_after", r.NotifyAfter, time.Minute)
	m.text("security_configuration", r.Security)
}

// node writes a job's entry.
func (j *Job) node() *yaml.Node {
	m := block()
	if j.After != nil {
		m.add("after", predicateNode(j.After))
	}
	m.text("trigger", j.Trigger)
	j.Run.put(m)
	if j.Define != nil {
		m.add("define", j.Define.node())
	}
	if len(m.n.Content) == 0 {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}
	}
	return m.n
}

// node writes an explicit trigger.
func (t *Trigger) node() *yaml.Node {
	m := block()
	m.text("description", t.Description)
	m.add("when", predicateNode(t.When))
	m.add("start", actionsNode(t.Start))
	if t.Inactive {
		m.add("active", literal("false"))
	}
	m.texts("tags", t.Tags)
	return m.n
}

// actionsNode writes a list of jobs to start.
func actionsNode(list []Action) *yaml.Node {
	nodes, plain := make([]*yaml.Node, len(list)), true
	for i, a := range list {
		if a.Run.empty() {
			nodes[i] = word(a.Job)
			continue
		}
		m := block()
		m.text("job", a.Job)
		a.Run.put(m)
		nodes[i], plain = m.n, false
	}
	if plain {
		return flow(nodes)
	}
	return &yaml.Node{Kind: yaml.SequenceNode, Content: nodes}
}

// predicateNode writes what is waited for. p is settled.
func predicateNode(p *glue.Predicate) *yaml.Node {
	jobs, ends, same := endingsOf(p)
	list := words(jobs)
	if !same {
		var nodes []*yaml.Node
		for _, j := range jobs {
			n := word(j)
			if !slices.Equal(ends[j], endings[:1]) {
				n = &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle, Content: []*yaml.Node{word(j), words(ends[j])}}
			}
			nodes = append(nodes, n)
		}
		list = flow(nodes)
	}
	succeeded := !same || slices.Equal(ends[jobs[0]], endings[:1])
	if p.Logical != glue.LogicalAny && succeeded {
		return list
	}
	key := map[bool]string{true: "any", false: "all"}[p.Logical == glue.LogicalAny]
	n := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle, Content: []*yaml.Node{word(key), list}}
	if !succeeded {
		n.Content = append(n.Content, word("on"), words(ends[jobs[0]]))
	}
	return n
}

// node writes a definition.
func (d *Definition) node() *yaml.Node {
	m := block()
	m.text("description", d.Description)
	m.text("type", d.Type)
	m.text("script", d.Script)
	m.text("role", d.Role)
	m.text("glue_version", d.GlueVersion)
	m.text("python_version", d.PythonVersion)
	m.text("worker_type", d.WorkerType)
	m.number("workers", d.Workers)
	if d.Capacity > 0 {
		m.add("capacity", literal(strconv.FormatFloat(d.Capacity, 'f', -1, 64)))
	}
	m.truth("flex", d.Flex)
	m.number("max_concurrent_runs", d.MaxConcurrentRuns)
	m.truth("queuing", d.Queuing)
	m.number("retries", d.Retries)
	m.span("timeout", d.Timeout, time.Minute)
	m.span("notify_after", d.NotifyAfter, time.Minute)
	m.arguments("arguments", d.Arguments)
	m.arguments("fixed_arguments", d.FixedArguments)
	if len(d.Connections) > 0 {
		m.add("connections", words(d.Connections))
	}
	m.text("security_configuration", d.Security)
	m.text("maintenance_window", d.MaintenanceWindow)
	m.texts("tags", d.Tags)
	return m.n
}
