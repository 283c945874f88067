package workflowfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"tenon/internal/glue"
)

// Read reads the text of a file. It knows the form alone; Objects checks what the names in it mean.
func Read(text []byte) (*File, error) {
	if len(text) > MaxBytes {
		return nil, fmt.Errorf("a workflow file has at most %d bytes", MaxBytes)
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	doc, more := &yaml.Node{}, &yaml.Node{}
	if err := dec.Decode(doc); errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty")
	} else if err != nil {
		return nil, errors.New(yamlFault(strings.TrimPrefix(err.Error(), "yaml: ")))
	}
	if err := dec.Decode(more); !errors.Is(err, io.EOF) {
		return nil, &Error{Line: more.Line, Reason: "a second document begins: a file is one workflow"}
	}
	f := &File{Start: Start{Type: glue.TriggerOnDemand}, lines: map[string]int{}}
	if err := f.read(doc.Content[0]); err != nil {
		return nil, err
	}
	if f.Name == "" {
		return nil, &Error{Line: 1, Key: "name", Reason: "is missing"}
	}
	return f, nil
}

// yamlFault adds to what the YAML reader says what is most likely meant.
func yamlFault(text string) string {
	switch {
	case strings.Contains(text, "did not find expected alphabetic or numeric character"):
		return text + `: within { } a value with a * stands in quotes, such as {schedule: "cron(0 2 * * ? *)"}`
	case strings.Contains(text, "tab character"):
		return text + ": indent with blanks"
	}
	return text
}

// keys are what may stand in a mapping: each reads its value. at is the key's path.
type keys map[string]func(n *yaml.Node, at string) error

// read reads the top.
func (f *File) read(n *yaml.Node) error { return f.mapping(n, "", f.topKeys()) }

// topKeys read the file.
func (f *File) topKeys() keys {
	return keys{
		"name":                text(&f.Name),
		"description":         text(&f.Description),
		"properties":          f.texts(&f.Properties),
		"max_concurrent_runs": whole(&f.MaxConcurrentRuns, 1),
		"tags":                f.texts(&f.Tags),
		"start":               f.readStart,
		"jobs": func(n *yaml.Node, at string) error {
			return f.entries(n, at, func(name string, n *yaml.Node, at string) error {
				j := Job{Name: name}
				err := f.readJob(&j, n, at)
				f.Jobs = append(f.Jobs, j)
				return err
			})
		},
		"triggers": func(n *yaml.Node, at string) error {
			return f.entries(n, at, func(name string, n *yaml.Node, at string) error {
				t := Trigger{Name: name}
				err := f.readTrigger(&t, n, at)
				f.Triggers = append(f.Triggers, t)
				return err
			})
		},
	}
}

// readStart reads what begins the workflow: demand, none, a schedule, or keys.
func (f *File) readStart(n *yaml.Node, at string) error {
	s := &f.Start
	if n = resolve(n); n.Kind == yaml.ScalarNode {
		switch {
		case n.Value == "demand":
		case n.Value == "none":
			s.Type = ""
		case strings.Contains(n.Value, "("):
			s.Type, s.Schedule = glue.TriggerScheduled, n.Value
		default:
			return wrong(n, at, "%q is not demand, none, or a schedule such as cron(0 2 * * ? *)%s", n.Value, meant(n.Value, []string{"demand", "none"}))
		}
		return nil
	}
	err := f.mapping(n, at, f.startKeys(s))
	if s.Batching == nil && f.lines["start.events"] > 0 { // events: and nothing more
		s.Batching = &glue.EventBatching{BatchSize: 1}
	}
	switch {
	case err != nil:
		return err
	case s.Schedule == "" && f.lines["start.schedule"] > 0:
		return f.refuse("start.schedule", "is empty: a schedule is such as cron(0 2 * * ? *)")
	case s.Batching != nil && s.Schedule != "":
		return f.refuse(at, "schedule and events exclude each other: a workflow has one start")
	case s.Batching != nil:
		s.Type = glue.TriggerEvent
	}
	if s.Type != glue.TriggerScheduled && (s.Paused || s.Timezone != "" || s.Missed != "") {
		return f.refuse(at, "timezone, missed and paused go with a schedule")
	}
	for _, tag := range []struct{ name, key string }{{glue.TagTimezone, "timezone"}, {glue.TagMissed, "missed"}} {
		if _, given := s.Tags[tag.name]; given && s.Type == glue.TriggerScheduled {
			return f.refuse(at+".tags."+tag.name, "has a key of its own: start.%s", tag.key)
		}
	}
	return nil
}

// startKeys read the keys below start.
func (f *File) startKeys(s *Start) keys {
	return keys{
		"schedule": func(n *yaml.Node, at string) error {
			s.Type = glue.TriggerScheduled
			return text(&s.Schedule)(n, at)
		},
		"timezone": text(&s.Timezone),
		"missed": func(n *yaml.Node, at string) error {
			policies := []string{string(glue.MissedOnce), string(glue.MissedSkip), string(glue.MissedCatchUp)}
			return choice((*string)(&s.Missed), policies)(n, at)
		},
		"events": func(n *yaml.Node, at string) error {
			s.Batching = &glue.EventBatching{BatchSize: 1}
			return f.mapping(n, at, keys{
				"batch_size":   whole(&s.Batching.BatchSize, 1),
				"batch_window": span(&s.Batching.BatchWindow, time.Second),
			})
		},
		"trigger":     text(&s.Trigger),
		"description": text(&s.Description),
		"tags":        f.texts(&s.Tags),
		"paused":      truth(&s.Paused),
		"jobs":        func(n *yaml.Node, at string) error { return f.actions(&s.Jobs, n, at) },
	}
}

// runKeys read what a run has of its own.
func (f *File) runKeys(r *Run) keys {
	return keys{
		"arguments":              f.arguments(&r.Arguments),
		"timeout":                span(&r.Timeout, time.Minute),
		"notify_after":           span(&r.NotifyAfter, time.Minute),
		"security_configuration": text(&r.Security),
	}
}

// readJob reads one entry of jobs.
func (f *File) readJob(j *Job, n *yaml.Node, at string) error {
	if isNull(n) {
		return nil // a name with nothing after it: an existing job that begins the workflow
	}
	k := f.jobKeys(j)
	for name := range f.definitionKeys(&Definition{}) {
		if k[name] == nil {
			k[name] = func(n *yaml.Node, at string) error {
				return wrong(n, at, "is of the Glue job itself: it goes under %s", strings.TrimSuffix(at, name)+"define")
			}
		}
	}
	return f.mapping(n, at, k)
}

// jobKeys read a job's entry.
func (f *File) jobKeys(j *Job) keys {
	k := f.runKeys(&j.Run)
	k["after"] = func(n *yaml.Node, at string) (err error) {
		j.After, err = f.predicate(n, at)
		return err
	}
	k["trigger"] = text(&j.Trigger)
	k["define"] = func(n *yaml.Node, at string) error {
		j.Define = &Definition{}
		return f.readDefinition(j.Define, n, at)
	}
	return k
}

// readTrigger reads one entry of triggers.
func (f *File) readTrigger(t *Trigger, n *yaml.Node, at string) error {
	active := true
	if err := f.mapping(n, at, f.triggerKeys(t, &active)); err != nil {
		return err
	}
	t.Inactive = !active
	if t.When == nil || len(t.Start) == 0 {
		return f.refuse(at, "a trigger has when, which it waits for, and start, which it starts")
	}
	return nil
}

// triggerKeys read an explicit trigger.
func (f *File) triggerKeys(t *Trigger, active *bool) keys {
	return keys{
		"when": func(n *yaml.Node, at string) (err error) {
			t.When, err = f.predicate(n, at)
			return err
		},
		"start":       func(n *yaml.Node, at string) error { return f.actions(&t.Start, n, at) },
		"active":      truth(active),
		"description": text(&t.Description),
		"tags":        f.texts(&t.Tags),
	}
}

// actions reads a list of jobs to start: names, or job with what its run has of its own.
func (f *File) actions(into *[]Action, n *yaml.Node, at string) error {
	list := []*yaml.Node{n}
	if n = resolve(n); n.Kind == yaml.SequenceNode {
		list = n.Content
	}
	*into = []Action{}
	for i, n := range list {
		var a Action
		below := fmt.Sprintf("%s[%d]", at, i)
		f.lines[below] = n.Line
		if n = resolve(n); n.Kind == yaml.ScalarNode {
			a.Job = n.Value
		} else {
			k := f.runKeys(&a.Run)
			k["job"] = text(&a.Job)
			if err := f.mapping(n, below, k); err != nil {
				return err
			}
		}
		if a.Job == "" {
			return f.refuse(below, "names no job")
		}
		*into = append(*into, a)
	}
	return nil
}

// mapping reads a mapping whose keys are known, and notes their lines.
func (f *File) mapping(n *yaml.Node, at string, known keys) error {
	return f.entries(n, at, func(name string, n *yaml.Node, below string) error {
		read := known[name]
		if read == nil {
			return f.refuse(below, "is no key here%s", meant(name, sorted(known)))
		}
		if isNull(n) {
			return nil // a key without a value says nothing
		}
		return read(n, below)
	})
}

// entries reads a mapping, entry by entry, and notes the lines of its keys.
func (f *File) entries(n *yaml.Node, at string, each func(name string, n *yaml.Node, at string) error) error {
	n = resolve(n)
	if isNull(n) {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		return wrong(n, at, "should be keys and values")
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := resolve(n.Content[i])
		if key.Kind != yaml.ScalarNode || key.Value == "" {
			return wrong(key, at, "a key should be a word")
		}
		below := join(at, key.Value)
		f.lines[below] = n.Content[i].Line
		if seen[key.Value] {
			return f.refuse(below, "stands here twice")
		}
		seen[key.Value] = true
		if err := each(key.Value, n.Content[i+1], below); err != nil {
			return err
		}
	}
	return nil
}

// texts reads a mapping of texts.
func (f *File) texts(into *map[string]string) func(*yaml.Node, string) error {
	return func(n *yaml.Node, at string) error {
		out := map[string]string{}
		err := f.entries(n, at, func(name string, n *yaml.Node, at string) error {
			value := ""
			err := text(&value)(n, at)
			out[name] = value
			return err
		})
		*into = out
		return err
	}
}

// arguments reads a mapping of arguments: the two hyphens before their names may be left out.
func (f *File) arguments(into *map[string]string) func(*yaml.Node, string) error {
	return func(n *yaml.Node, at string) error {
		var given map[string]string
		if err := f.texts(&given)(n, at); err != nil {
			return err
		}
		*into = make(map[string]string, len(given))
		for _, name := range sorted(given) {
			full, value := "--"+strings.TrimPrefix(name, "--"), given[name]
			if _, twice := (*into)[full]; twice {
				return f.refuse(join(at, name), "is given with and without its hyphens")
			}
			(*into)[full] = value
		}
		return nil
	}
}

// text reads a text; a number or a date is one too.
func text(into *string) func(*yaml.Node, string) error {
	return func(n *yaml.Node, at string) error {
		n = resolve(n)
		if n.Kind != yaml.ScalarNode {
			return wrong(n, at, "should be a text")
		}
		if !isNull(n) {
			*into = n.Value
		}
		return nil
	}
}

// choice reads one of some words.
func choice(into *string, words []string) func(*yaml.Node, string) error {
	return func(n *yaml.Node, at string) error {
		if err := text(into)(n, at); err != nil {
			return err
		}
		if !slices.Contains(words, *into) {
			return wrong(n, at, "%q is not one of %s%s", *into, strings.Join(words, ", "), meant(*into, words))
		}
		return nil
	}
}

// whole reads a whole number of at least least.
func whole(into *int, least int) func(*yaml.Node, string) error {
	return func(n *yaml.Node, at string) error {
		v, err := strconv.ParseInt(resolve(n).Value, 10, 32)
		if err != nil || resolve(n).Kind != yaml.ScalarNode || int(v) < least {
			return wrong(n, at, "%q is not a whole number, %d or more", resolve(n).Value, least)
		}
		*into = int(v)
		return nil
	}
}

// truth reads true or false.
func truth(into *bool) func(*yaml.Node, string) error {
	return func(n *yaml.Node, at string) error {
		if err := resolve(n).Decode(into); err != nil {
			return wrong(n, at, "%q is not true or false", resolve(n).Value)
		}
		return nil
	}
}

// spanForm is a time span: numbers and their units, the largest first.
var spanForm = regexp.MustCompile(`^(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?$`)

// spanUnits are the units of spanForm.
var spanUnits = []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second}

// span reads a time span, such as 90s, 45m, 2h or 1d, into a number of units.
func span(into *int, unit time.Duration) func(*yaml.Node, string) error {
	return func(n *yaml.Node, at string) error {
		n = resolve(n)
		m := spanForm.FindStringSubmatch(n.Value)
		if m == nil || n.Value == "" {
			return wrong(n, at, "%q is not a time span such as 90s, 45m, 2h or 1d", n.Value)
		}
		var sum time.Duration
		for i, u := range spanUnits {
			v, _ := strconv.Atoi(m[i+1]) // empty is 0
			sum += time.Duration(v) * u
		}
		if sum <= 0 || sum%unit != 0 {
			return wrong(n, at, "%s is not one or more whole %s", n.Value, map[time.Duration]string{time.Minute: "minutes", time.Second: "seconds"}[unit])
		}
		*into = int(sum / unit)
		return nil
	}
}

// spanText writes a number of units as span reads it.
func spanText(n int, unit time.Duration) string {
	left, out := time.Duration(n)*unit, ""
	for i, u := range spanUnits {
		if v := left / u; v > 0 {
			out += fmt.Sprintf("%d%c", v, "dhms"[i])
			left -= v * u
		}
	}
	return out
}

// wrong refuses a node.
func wrong(n *yaml.Node, at, format string, args ...any) error {
	return &Error{Line: n.Line, Key: at, Reason: fmt.Sprintf(format, args...)}
}

// resolve looks through an alias.
func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// isNull reports a value that is not there.
func isNull(n *yaml.Node) bool {
	n = resolve(n)
	return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
}

// join is the path of a key below another.
func join(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

// parent is the path above: without the last key, or the last index.
func parent(at string) string { return at[:max(strings.LastIndexAny(at, ".["), 0)] }
