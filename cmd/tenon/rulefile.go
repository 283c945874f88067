package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"tenon/internal/glue"
)

// ruleFile is a rule as a file says it.
type ruleFile struct {
	Name        string       `yaml:"name" json:"name"`
	Description string       `yaml:"description" json:"description,omitempty"`
	Pattern     any          `yaml:"pattern" json:"pattern"`
	Disabled    bool         `yaml:"disabled" json:"disabled,omitempty"`
	Role        string       `yaml:"role" json:"role,omitempty"` // kept, for EventBridge's clients
	Targets     []targetFile `yaml:"targets" json:"targets,omitempty"`
}

// targetFile is a target as a file says it. One of Job, Workflow, Command and Webhook is set.
type targetFile struct {
	ID        string            `yaml:"id" json:"id,omitempty"` // absent: its number
	Job       string            `yaml:"job" json:"job,omitempty"`
	Arguments map[string]string `yaml:"arguments" json:"arguments,omitempty"`
	Workflow  string            `yaml:"workflow" json:"workflow,omitempty"`
	Command   []string          `yaml:"command" json:"command,omitempty"`
	Webhook   string            `yaml:"webhook" json:"webhook,omitempty"`
	Role      string            `yaml:"role" json:"role,omitempty"`
}

// parseRules reads the rules of a file, as many as a region may have. An unknown key is refused with its line.
func parseRules(text []byte) ([]glue.Rule, error) {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	var rules []glue.Rule
	seen := map[string]bool{}
	for n := 1; ; n++ {
		var f *ruleFile
		err := dec.Decode(&f)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errors.New(ruleFileFault(err))
		}
		if f == nil { // nothing between two lines of ---
			continue
		}
		rule, err := f.rule()
		switch {
		case err != nil:
			return nil, fmt.Errorf("rule %d: %w", n, err)
		case seen[rule.Name]:
			return nil, fmt.Errorf("rule %s stands in the file twice", rule.Name)
		case len(rules) == glue.MaxRules:
			return nil, fmt.Errorf("a file has at most %d rules", glue.MaxRules)
		}
		seen[rule.Name] = true
		rules = append(rules, rule)
	}
	if len(rules) == 0 {
		return nil, errors.New("the file has no rule: it begins with name:")
	}
	return rules, nil
}

// What the YAML reader says of a key that is none, and of a value that is of another form.
var (
	strangeKey   = regexp.MustCompile(`line (\d+): field (\S+) not found in type \S+`)
	strangeValue = regexp.MustCompile("line (\\d+): cannot unmarshal \\S+(?: `(.*)`)? into (\\S+)")
)

// ruleFileFault says what is wrong with the form of a file of rules, in the words of who wrote it.
func ruleFileFault(err error) string {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if m := strangeKey.FindStringSubmatch(text); m != nil {
		hint := ""
		if near := closest(m[2], []string{"name", "description", "pattern", "disabled", "role", "targets", "id", "job", "arguments", "workflow", "command", "webhook"}); near != "" {
			hint = "; did you mean " + near + "?"
		}
		return fmt.Sprintf("line %s: %s is no key here%s", m[1], m[2], hint)
	}
	if m := strangeValue.FindStringSubmatch(text); m != nil {
		form := map[string]string{"[]string": "a list of words, such as [logger, -t, tenon]", "bool": "true or false", "string": "a text",
			"map[string]string": "keys and values"}[m[3]]
		return fmt.Sprintf("line %s: %s should be %s", m[1], orDefault(m[2], "it"), orDefault(form, "of another form: tenon rules apply --help shows one"))
	}
	return text
}

// rule is what the file says.
func (f *ruleFile) rule() (glue.Rule, error) {
	r := glue.Rule{Name: f.Name, Description: f.Description, Disabled: f.Disabled, Role: f.Role}
	if f.Name == "" {
		return r, errors.New("it has no name")
	}
	if f.Pattern == nil {
		return r, errors.New("it has no pattern: {} is one that matches every event")
	}
	var err error
	if r.Pattern, err = json.Marshal(f.Pattern); err != nil {
		return r, fmt.Errorf("its pattern has a key that is no text: %w", err)
	}
	for i, t := range f.Targets {
		if t.ID == "" {
			t.ID = strconv.Itoa(i + 1)
		}
		r.Targets = append(r.Targets, glue.Target(t))
	}
	return r, nil
}

// fileOf is a rule as a file would say it.
func fileOf(r *glue.Rule) *ruleFile {
	f := &ruleFile{Name: r.Name, Description: r.Description, Pattern: r.Pattern, Disabled: r.Disabled, Role: r.Role}
	for i, t := range r.Targets {
		if t.ID == strconv.Itoa(i+1) {
			t.ID = ""
		}
		f.Targets = append(f.Targets, targetFile(t))
	}
	return f
}
