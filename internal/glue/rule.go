package glue

import "encoding/json"

// Rule starts something for each event that its pattern matches. Its JSON is the definition's document.
type Rule struct {
	Name        string          `json:"Name"`
	Description string          `json:"Description,omitempty"`
	Pattern     json.RawMessage `json:"EventPattern"` // EventBridge's
	Disabled    bool            `json:"Disabled,omitempty"`
	Role        string          `json:"RoleArn,omitempty"` // as it was given; Tenon serves targets as itself
	Targets     []Target        `json:"Targets,omitempty"` // at most MaxTargets
}

// Limits of rules, which are EventBridge's own.
const (
	MaxRules   = 300 // of a region
	MaxTargets = 5   // of a rule
)

// Target is what a rule does. One of Job, Workflow, Command and Webhook is set.
type Target struct {
	ID        string            `json:"Id"`
	Job       string            `json:"Job,omitempty"`       // started, once per event
	Arguments map[string]string `json:"Arguments,omitempty"` // of the job's run
	Workflow  string            `json:"Workflow,omitempty"`  // its EVENT trigger is told, which batches
	Command   []string          `json:"Command,omitempty"`   // run on the server with the event on standard input
	Webhook   string            `json:"Webhook,omitempty"`   // URL that the event is posted to
	Role      string            `json:"RoleArn,omitempty"`   // as it was given
}
