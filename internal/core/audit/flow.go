package audit

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"tenon/internal/glue"
)

// maxNamed bounds the names that a sentence lists.
const maxNamed = 5

// flowDetail is what the details of triggers, workflows, rules and what comes from outside may hold.
type flowDetail struct {
	Trigger  string     `json:"trigger"`
	Workflow string     `json:"workflow"`
	Cause    glue.Cause `json:"cause"`
	Actions  []string   `json:"actions"`

	Policy string    `json:"policy"` // of fire times that were missed
	Count  int       `json:"count"`
	First  time.Time `json:"first"`
	Last   time.Time `json:"last"`

	Run      string            `json:"run"`
	Previous string            `json:"previous_run"`
	State    string            `json:"state"`
	Message  string            `json:"message"`
	Stats    glue.WorkflowStat `json:"stats"`
	Keys     []string          `json:"keys"` // of properties

	After int `json:"after_minutes"` // of a run that is delayed

	Rule     string `json:"rule"`
	Target   string `json:"target"`
	Event    string `json:"event"`
	Error    string `json:"error"`
	Attempts int    `json:"attempts"`

	ID         string `json:"id"` // of an event from outside
	Source     string `json:"source"`
	DetailType string `json:"detail-type"`
	Bucket     string `json:"bucket"`
	Key        string `json:"key"`
	Size       int64  `json:"size"`
}

// ofFlow reports whether flowDetail is for events of a kind.
func ofFlow(kind glue.EventKind) bool {
	switch noun, _, _ := strings.Cut(string(kind), "."); noun {
	case "trigger", "workflow", "rule", "event", "object":
		return true
	}
	return kind == glue.EventRunDelayed
}

// flowWhy is Why of the kinds that flowDetail is for.
func flowWhy(e *glue.Event) string {
	var d flowDetail
	if len(e.Detail) == 0 || json.Unmarshal(e.Detail, &d) != nil {
		return ""
	}
	switch e.Kind {
	case glue.EventRunDelayed:
		return fmt.Sprintf("Still %s after %s.", d.State, many(int64(d.After), "minute", "minutes"))
	case glue.EventTriggerActivated, glue.EventTriggerDeactivated:
		return d.who() + "."
	case glue.EventTriggerFired:
		return sentences(d.who()+" starts "+named(d.Actions), because(&d.Cause))
	case glue.EventTriggerMissed:
		return fmt.Sprintf("%s did not fire for %s, %s to %s: its policy is %s.", d.who(),
			many(int64(d.Count), "fire time that was missed", "fire times that were missed"), stamp(d.First), stamp(d.Last), d.Policy)
	case glue.EventWorkflowStarted:
		return sentences(d.run(), d.again(), because(&d.Cause))
	case glue.EventWorkflowQueued:
		return sentences(d.run()+" waits for another to end: as many as may be run at once", because(&d.Cause))
	case glue.EventWorkflowStopping:
		return d.run() + "."
	case glue.EventWorkflowEnded:
		return sentences(d.run()+" "+d.State+tally(&d.Stats), d.Message)
	case glue.EventWorkflowProperties:
		return sentences(d.run() + " has other properties: " + named(d.Keys))
	case glue.EventReceived:
		return sentences("event " + d.ID + " from " + d.Source + ": " + d.DetailType)
	case glue.EventObjectCreated:
		return fmt.Sprintf("s3://%s/%s, %s.", d.Bucket, d.Key, many(d.Size, "byte", "bytes"))
	case glue.EventRuleFired:
		return sentences("rule " + d.Rule + " served target " + d.Target + " for event " + d.Event + d.tries())
	case glue.EventRuleFailed:
		return sentences("rule "+d.Rule+" could not serve target "+d.Target+" for event "+d.Event+d.tries(), strings.TrimPrefix(d.Error, "rules: "))
	}
	return ""
}

// who names the trigger.
func (d *flowDetail) who() string {
	if d.Workflow != "" {
		return "Trigger " + d.Trigger + " of workflow " + d.Workflow
	}
	return "Trigger " + d.Trigger
}

// run names a workflow run.
func (d *flowDetail) run() string { return "Run " + d.Run + " of workflow " + d.Workflow }

// again tells what run is resumed.
func (d *flowDetail) again() string {
	if d.Previous == "" {
		return ""
	}
	return "resumes " + d.Previous
}

// tries counts them, if there was more than one.
func (d *flowDetail) tries() string {
	if d.Attempts < 2 {
		return ""
	}
	return fmt.Sprintf(", tried %d times", d.Attempts)
}

// because puts a cause into words; that somebody asked is told by who did.
func because(c *glue.Cause) string {
	switch c.Kind {
	case glue.CauseSchedule:
		s := "for " + stamp(c.Time)
		if c.Missed {
			s += ", which had been missed"
		}
		return s
	case glue.CauseCondition:
		var runs []string
		for _, r := range c.Runs {
			runs = append(runs, r.Job+" "+glue.ShortRunID(r.Run))
		}
		return "after " + named(runs)
	case glue.CauseEvents:
		s := "for " + many(int64(len(c.Events)), "event", "events")
		if c.Window {
			s += ", as the window was over"
		}
		return s
	}
	return ""
}

// tally counts the runs of a workflow run.
func tally(s *glue.WorkflowStat) string {
	var parts []string
	for _, p := range []struct {
		n    int
		word string
	}{{s.Succeeded, "succeeded"}, {s.Failed, "failed"}, {s.Timeout, "timed out"}, {s.Stopped, "stopped"}, {s.Errored, "in error"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprint(p.n, " ", p.word))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

// named lists names, the first few of them.
func named(names []string) string {
	if len(names) > maxNamed {
		return strings.Join(names[:maxNamed], ", ") + fmt.Sprintf(" and %d more", len(names)-maxNamed)
	}
	return strings.Join(names, ", ")
}

// stamp is a time as events show it.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
