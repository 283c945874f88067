package audit

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tenon/internal/core/quota"
	"tenon/internal/glue"
)

// actions are the verbs of the audit, by event.
var actions = map[glue.EventKind]string{
	glue.EventRunSubmitted:   "submit",
	glue.EventRunRefused:     "refuse",
	glue.EventRunAdmitted:    "admit",
	glue.EventRunStarted:     "start",
	glue.EventRunStopping:    "stop",
	glue.EventRunRetry:       "retry",
	glue.EventRunEnded:       "end",
	glue.EventLeaseDrained:   "release",
	glue.EventRunHeld:        "hold",
	glue.EventRunUnheld:      "unhold",
	glue.EventRunBoosted:     "boost",
	glue.EventQueueHeld:      "hold",
	glue.EventQueueUnheld:    "unhold",
	glue.EventConfigApplied:  "configure",
	glue.EventSubnetHealth:   "health",
	glue.EventBookmark:       "bookmark",
	glue.EventBookmarkReset:  "reset",
	glue.EventDefinitionPut:  "put",
	glue.EventDefinitionGone: "delete",
	glue.EventTags:           "tag",

	glue.EventRunDelayed:         "delay",
	glue.EventTriggerActivated:   "activate",
	glue.EventTriggerDeactivated: "deactivate",
	glue.EventTriggerFired:       "fire",
	glue.EventTriggerMissed:      "miss",
	glue.EventWorkflowStarted:    "start",
	glue.EventWorkflowQueued:     "queue",
	glue.EventWorkflowStopping:   "stop",
	glue.EventWorkflowEnded:      "end",
	glue.EventWorkflowProperties: "set",
	glue.EventReceived:           "receive",
	glue.EventObjectCreated:      "arrive",
	glue.EventRuleFired:          "serve",
	glue.EventRuleFailed:         "fail",
}

// Kinds are the kinds of events that there are, by name.
func Kinds() []glue.EventKind { return slices.Sorted(maps.Keys(actions)) }

// Action is the verb of an event: submit, refuse, admit, start, end, ... A kind that has none is its own.
func Action(kind glue.EventKind) string {
	if a, ok := actions[kind]; ok {
		return a
	}
	return string(kind)
}

// maxChanges bounds the changed settings that Why lists.
const maxChanges = 5

// detail is what the details of all kinds may hold: the controller's and the API's, which know their own part each.
type detail struct {
	// runs
	Quarters int64  `json:"quarter_dpus"`
	Class    string `json:"execution_class"`
	Queue    string `json:"queue"`
	Priority int    `json:"priority"`
	Workers  int64  `json:"workers"`
	Trigger  string `json:"trigger"`
	Previous string `json:"previous_run"`

	Message string `json:"message"`
	Times   int    `json:"times"`

	WaitMicros int64        `json:"wait_us"`
	Need       quota.Vector `json:"need"`
	Why        string       `json:"why"`

	State         string       `json:"state"` // of a run, or of a circuit breaker
	Error         string       `json:"error"`
	Network       bool         `json:"network"`
	Executed      int64        `json:"executed_us"`
	Usage         glue.Usage   `json:"usage"`
	Released      quota.Vector `json:"released"`
	DrainingUntil time.Time    `json:"draining_until"`

	// admission
	Subnet    string              `json:"subnet"`
	Zone      string              `json:"zone"`
	Addresses int64               `json:"addresses"`
	Until     time.Time           `json:"until"`
	Failures  int                 `json:"failures"`
	From      json.RawMessage     `json:"from"`
	To        json.RawMessage     `json:"to"`
	Changed   []glue.ConfigChange `json:"changed"`

	// definitions and bookmarks
	Kind    string   `json:"kind"`
	Name    string   `json:"name"`
	Version int64    `json:"version"`
	Runs    int64    `json:"run"`
	Keys    []string `json:"keys"`
	Removed bool     `json:"removed"`
}

// Why says the detail of an event in a sentence or two; empty where it has none that is known.
func Why(e *glue.Event) string {
	if ofFlow(e.Kind) {
		return flowWhy(e)
	}
	var d detail
	if len(e.Detail) == 0 || json.Unmarshal(e.Detail, &d) != nil {
		return ""
	}
	switch e.Kind {
	case glue.EventRunSubmitted:
		return d.submitted()
	case glue.EventRunRefused:
		if d.Times > 1 {
			return fmt.Sprintf("%s (%d times.)", d.Message, d.Times)
		}
		return d.Message
	case glue.EventRunAdmitted:
		waited := "at once"
		if d.WaitMicros >= 1000 {
			waited = "after " + span(d.WaitMicros)
		}
		return sentences(waited, amounts("takes ", d.Need), d.Why)
	case glue.EventRunRetry:
		reason := d.Error
		if d.Network {
			reason = "a failure of the network: " + reason
		}
		return sentences(reason, d.back())
	case glue.EventRunEnded:
		lasted := ""
		if d.Executed > 0 { // else it never started
			lasted = " after " + span(d.Executed)
		}
		return sentences(d.State+lasted+d.traffic(), d.Error, d.back())
	case glue.EventLeaseDrained:
		return "Free again: " + many(d.Addresses, "address", "addresses") + " of " + d.Subnet + "."
	case glue.EventRunBoosted:
		return fmt.Sprintf("Priority %s to %s.", d.From, d.To)
	case glue.EventQueueHeld, glue.EventQueueUnheld:
		return "Queue " + d.Queue + "."
	case glue.EventConfigApplied:
		return changes(d.Changed)
	case glue.EventSubnetHealth:
		return d.health()
	}
	return d.other(e.Kind)
}

// submitted tells of a submit.
func (d *detail) submitted() string {
	s := quota.DPUs.Format(d.Quarters) + " DPU"
	if d.Class == "FLEX" {
		s = "FLEX, " + s
	}
	if d.Workers > 0 {
		s += ", " + many(d.Workers, "worker", "workers")
	}
	if d.Queue != "" {
		s += fmt.Sprintf(", queue %s, priority %d", d.Queue, d.Priority)
	}
	if d.Trigger != "" {
		s += ", by trigger " + d.Trigger
	}
	if d.Previous != "" {
		s += ", again after " + d.Previous
	}
	return s + "."
}

// traffic is what a run read and wrote.
func (d *detail) traffic() string {
	s := ""
	if d.Usage.FilesRead > 0 {
		s += fmt.Sprintf(", read %d bytes", d.Usage.BytesRead)
	}
	if d.Usage.FilesWritten > 0 {
		s += fmt.Sprintf(", wrote %d bytes", d.Usage.BytesWritten)
	}
	return s
}

// back is what came back when an attempt ended.
func (d *detail) back() string {
	s := amounts("gives back ", d.Released)
	if s != "" && !d.DrainingUntil.IsZero() {
		s += ", its addresses from " + d.DrainingUntil.UTC().Format(time.RFC3339) + " on"
	}
	return s
}

// health tells how a circuit breaker moved.
func (d *detail) health() string {
	s := "Subnet " + d.Subnet
	if d.Zone != "" {
		s += " in " + d.Zone
	}
	s += ": circuit breaker " + d.State
	if !d.Until.IsZero() {
		s += " until " + d.Until.UTC().Format(time.RFC3339)
	}
	if d.Failures > 0 {
		s += ", " + many(int64(d.Failures), "failure", "failures") + " in a row"
	}
	return s + "."
}

// other tells of definitions and bookmarks.
func (d *detail) other(kind glue.EventKind) string {
	switch kind {
	case glue.EventBookmark:
		return fmt.Sprintf("Version %d, %s.", d.Version, many(d.Runs, "run", "runs"))
	case glue.EventBookmarkReset:
		var to string
		if json.Unmarshal(d.To, &to) != nil || to == "" {
			return "To the beginning."
		}
		return "To " + to + "."
	case glue.EventDefinitionPut:
		return sentences(fmt.Sprintf("%s %s, version %d", d.Kind, d.Name, d.Version))
	case glue.EventDefinitionGone:
		return sentences(d.Kind + " " + d.Name)
	case glue.EventTags:
		sign := " +"
		if d.Removed {
			sign = " -"
		}
		return sentences(d.Kind + " " + d.Name + sign + strings.Join(d.Keys, sign))
	}
	return ""
}

// changes lists settings before and after.
func changes(changed []glue.ConfigChange) string {
	if len(changed) == 0 {
		return "Nothing changed."
	}
	var parts []string
	for i, c := range changed {
		if i == maxChanges {
			parts = append(parts, fmt.Sprintf("and %d more", len(changed)-maxChanges))
			break
		}
		parts = append(parts, fmt.Sprintf("%s: %s to %s", c.Key, orNone(c.Before), orNone(c.After)))
	}
	return strings.Join(parts, "; ") + "."
}

// many is a number and its noun.
func many(n int64, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", more)
}

// orNone names an empty value.
func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// units are the words behind an amount, where Resource.Format has none.
var units = map[quota.Resource][2]string{
	quota.Slots:       {"run slot", "run slots"},
	quota.DPUs:        {"DPU", "DPU"},
	quota.FlexDPUs:    {"FLEX DPU", "FLEX DPU"},
	quota.Addresses:   {"address", "addresses"},
	quota.MemoryBytes: {"of memory", "of memory"},
}

// amounts lists what a vector holds of what is shared by many jobs, behind a verb; empty where it holds nothing.
func amounts(verb string, v quota.Vector) string {
	var parts []string
	for _, r := range quota.Resources() {
		unit, known := units[r]
		if n := v[r]; n != 0 && known {
			word := unit[1]
			if n == 1 {
				word = unit[0]
			}
			parts = append(parts, r.Format(n)+" "+word)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return verb + strings.Join(parts, ", ")
}

// sentences joins what there is to say; each part begins with a capital letter, unless with a name, and ends with a stop.
func sentences(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		if p == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		first, _, _ := strings.Cut(p, " ")
		if c := p[0]; 'a' <= c && c <= 'z' && !strings.ContainsAny(first, "-_0123456789") {
			p = string(c-'a'+'A') + p[1:]
		}
		b.WriteString(p)
		if !strings.HasSuffix(p, ".") {
			b.WriteByte('.')
		}
	}
	return b.String()
}

// span writes a number of microseconds as a duration that people read.
func span(us int64) string {
	d := time.Duration(us) * time.Microsecond
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}
