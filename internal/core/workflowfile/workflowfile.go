// Package workflowfile is the readable form of a workflow: one YAML file for what Glue keeps as a workflow, its triggers and
// its jobs.
//
//	Read     text -> File       with the line of whatever is wrong
//	Objects  File -> Objects    the Glue objects that the file stands for; unknown names and cycles are refused
//	Diff     what there is, what is wanted -> the changes, in an order in which a service takes them
//	Export   Objects -> File    and Text writes it
//
// A file says what starts after what; the triggers that this takes get names from what they wait for, so that the same file
// always means the same objects. Names that a file does not make up for itself can be given, and so every workflow that
// other clients made has a file too, whose Objects are again those of the workflow. What has no form here (crawlers, two
// start triggers) is refused by name. The form is described in docs/workflow-file.md.
package workflowfile

import (
	"fmt"

	"tenon/internal/glue"
)

// MaxBytes bounds the text of a file.
const MaxBytes = 1 << 20

// File is a workflow as its file says it.
type File struct {
	Name              string
	Description       string
	Properties        map[string]string // DefaultRunProperties
	MaxConcurrentRuns int               // 0 is no maximum
	Tags              map[string]string
	Start             Start
	Jobs              []Job
	Triggers          []Trigger // what the jobs' entries cannot say

	lines map[string]int // of what was read: keys by their path, jobs that are waited for by path and name; nil: not read
}

// Start is what begins a workflow: the trigger that nothing in it fires.
type Start struct {
	Type        glue.TriggerType    // empty: there is none
	Schedule    string              // of SCHEDULED
	Timezone    string              // the same; tag tenon:timezone
	Missed      glue.MissedPolicy   // the same; tag tenon:missed
	Batching    *glue.EventBatching // of EVENT
	Trigger     string              // its name; empty: made up
	Description string
	Tags        map[string]string // but those of Timezone and Missed
	Paused      bool              // of SCHEDULED: it is not ACTIVATED
	Jobs        []Action          // all that it starts; nil: the jobs that have no After and that no trigger starts
}

// Job is a job's place in the workflow.
type Job struct {
	Name    string
	After   *glue.Predicate // nil: it begins the workflow, or a trigger of File.Triggers starts it
	Trigger string          // name of the trigger of After; empty: made up. Jobs with the same one have the same After
	Run     Run
	Define  *Definition // the Glue job itself; nil: it exists
}

// Run is what the runs of a job in this workflow have of their own: members of the trigger's Action.
type Run struct {
	Arguments   map[string]string
	Timeout     int // minutes; 0 is the job's
	NotifyAfter int // minutes; 0 is the job's
	Security    string
}

// Action is a job that a trigger starts, where it is not said by the job's entry.
type Action struct {
	Job string
	Run Run
}

// Trigger is a conditional trigger that the jobs' entries cannot say.
type Trigger struct {
	Name        string
	When        *glue.Predicate
	Start       []Action
	Inactive    bool // it is not ACTIVATED, so it never fires
	Description string
	Tags        map[string]string
}

// Objects are a workflow as Glue keeps it. Of the triggers' states, ACTIVATED counts, or not.
type Objects struct {
	Workflow glue.Workflow
	Tags     map[string]string
	Triggers []Tagged
	Jobs     []glue.Job // those that are defined with the workflow; others are only named by the triggers
}

// Tagged is a trigger with its tags.
type Tagged struct {
	glue.Trigger
	Tags map[string]string
}

// Error is what is wrong with a file.
type Error struct {
	Line   int    // 0: not known
	Key    string // jobs.clean.after
	Reason string
}

// Error says line, key and reason.
func (e *Error) Error() string {
	s := e.Reason
	if e.Key != "" {
		s = e.Key + ": " + s
	}
	if e.Line > 0 {
		s = fmt.Sprintf("line %d: %s", e.Line, s)
	}
	return s
}

// refuse makes an Error about a key of f, with the line of it or of the nearest key above that was read.
func (f *File) refuse(key, format string, args ...any) error {
	return &Error{Line: f.line(key), Key: key, Reason: fmt.Sprintf(format, args...)}
}

// line is where a key, or the nearest above it, was read; 0 where none was.
func (f *File) line(key string) int {
	for at := key; at != ""; at = parent(at) {
		if n := f.lines[at]; n > 0 {
			return n
		}
	}
	return 0
}
