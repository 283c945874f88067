package controller

import (
	"context"
	"maps"
	"slices"

	"tenon/internal/glue"
)

// Limits of run properties.
const (
	maxProperties  = 1000      // of a run
	maxPropertyKey = 255       // characters: the model's IdString
	maxPropertySum = 256 << 10 // bytes of keys and values of a run
)

// CheckProperties refuses run properties that cannot be kept: there are bounds on their number, their keys and their size.
func CheckProperties(properties map[string]string) error {
	if n := len(properties); n > maxProperties {
		return glue.Invalid("A workflow run has at most %d properties, got %d.", maxProperties, n)
	}
	sum := 0
	for k, v := range properties {
		if n := len([]rune(k)); n < 1 || n > maxPropertyKey {
			return glue.Invalid("The key of a run property has 1 to %d characters, got %d.", maxPropertyKey, n)
		}
		if !storable(k) || !storable(v) {
			return glue.Invalid("Run property %q holds a NUL character.", k)
		}
		sum += len(k) + len(v)
	}
	if sum > maxPropertySum {
		return glue.Invalid("The properties of a workflow run have at most %d bytes together, got %d.", maxPropertySum, sum)
	}
	return nil
}

// PutRunProperties sets properties of a run; those that are not named stay. Errors: EntityNotFoundException,
// InvalidInputException where all together are more than a run may have.
func (c *Controller) PutRunProperties(ctx context.Context, region, principal, workflow, run string, properties map[string]string) error {
	if err := CheckProperties(properties); err != nil {
		return err
	}
	return c.do(ctx, &propertiesCommand{reply: newReply(), ref: workflowRunRef{region, workflow, run}, who: principal, properties: properties})
}

// propertiesCommand is PutRunProperties.
type propertiesCommand struct {
	reply
	ref        workflowRunRef
	who        string
	properties map[string]string
}

// propertiesDetail is the detail of workflow.properties. Values may be secrets, and are not in it.
type propertiesDetail struct {
	Workflow string   `json:"workflow"`
	Run      string   `json:"run"`
	Keys     []string `json:"keys"`
}

// needs asks for the run.
func (cmd *propertiesCommand) needs(s *state, q *query) { cmd.ref.needs(s, q) }

// decide merges the properties. Those of a run that is over may be set too: its resumption begins with them.
func (cmd *propertiesCommand) decide(s *state, t *turn) {
	f, run, err := cmd.ref.find(s, t)
	merged := map[string]string{}
	if err == nil {
		merged = overlaid(run.Properties, cmd.properties)
		err = CheckProperties(merged)
	}
	if err != nil || len(cmd.properties) == 0 {
		cmd.refused = err
		return
	}
	detail := propertiesDetail{run.Workflow, run.ID, slices.Sorted(maps.Keys(cmd.properties))}
	t.note(glue.Event{Region: run.Region, Kind: glue.EventWorkflowProperties, Who: cmd.who}, detail)
	if f != nil {
		f.wf.Properties = merged
		t.touchFlow(f.wf)
		return
	}
	run.Properties = merged
	t.found.workflows[run.ID] = *run // for the commands of this turn that ask for it next
	t.touchFlow(&wfRun{WorkflowRun: run.WorkflowRun, seq: run.Seq})
}

// overlaid is what stands in both, the second first; nil for nothing.
func overlaid(under, over map[string]string) map[string]string {
	if len(under)+len(over) == 0 {
		return nil
	}
	merged := maps.Clone(under)
	if merged == nil {
		merged = map[string]string{}
	}
	maps.Copy(merged, over)
	return merged
}
