package glue

import "time"

// Prefixes of the ids of flows and nodes.
const (
	WorkflowRunIDPrefix = "wr_"
	NodeIDPrefix        = "wnode_"
	ChainIDPrefix       = "ch_" // a chain: what one firing outside any workflow brought about
)

// MaxWorkflowNodes bounds the triggers, jobs and crawlers of a workflow. AWS's documentation advises at most 100; beyond,
// its stop and resume may fail.
const MaxWorkflowNodes = 1000

// Workflow is a stored workflow. Its JSON is the definition's document.
type Workflow struct {
	Name                 string            `json:"Name"`
	Description          string            `json:"Description,omitempty"`
	DefaultRunProperties map[string]string `json:"DefaultRunProperties,omitempty"`
	MaxConcurrentRuns    int               `json:"MaxConcurrentRuns,omitempty"` // 0 is no maximum
	Incarnation          int64             `json:"-"`
	Version              int64             `json:"-"`
}

// WorkflowState is the Status of a workflow run.
type WorkflowState string

// The states. COMPLETED says that all has ended, not that all went well.
//
//	start -> RUNNING -> COMPLETED
//	           +-> STOPPING -> STOPPED
//	start -> ERROR (over MaxConcurrentRuns, where it may not wait)
const (
	WorkflowRunning   WorkflowState = "RUNNING"
	WorkflowCompleted WorkflowState = "COMPLETED"
	WorkflowStopping  WorkflowState = "STOPPING"
	WorkflowStopped   WorkflowState = "STOPPED"
	WorkflowError     WorkflowState = "ERROR"
)

// Final reports whether no change can follow s.
func (s WorkflowState) Final() bool {
	return s == WorkflowCompleted || s == WorkflowStopped || s == WorkflowError
}

// NodeKind is the Type of a node.
type NodeKind string

// The kinds of nodes.
const (
	NodeTrigger NodeKind = "TRIGGER"
	NodeJob     NodeKind = "JOB"
	NodeCrawler NodeKind = "CRAWLER"
)

// Node is a trigger, job or crawler of a graph: one of each kind and name.
type Node struct {
	ID      string   `json:"id"` // wnode_ and 64 hex digits, the same in every run of the workflow
	Kind    NodeKind `json:"kind"`
	Name    string   `json:"name"`
	Trigger *Trigger `json:"trigger,omitempty"` // as it was when the run started
}

// Edge leads from a trigger to what it starts, or from what it watches to the trigger: ids of nodes.
type Edge struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Graph is a workflow drawn, frozen when a run of it starts. Nodes are sorted by kind and name, edges by their ends.
type Graph struct {
	Nodes []Node `json:"nodes"`
	Edges []Edge `json:"edges"`
}

// WorkflowRun is one run of a workflow: the row of table workflow_run. What its nodes did stands in the runs whose Flow is
// its ID.
type WorkflowRun struct {
	Region       string            `json:"region"`
	ID           string            `json:"id"`
	Workflow     string            `json:"workflow"`
	Incarnation  int64             `json:"incarnation"` // of the workflow
	State        WorkflowState     `json:"state"`
	Queued       bool              `json:"queued,omitempty"` // waits for a place under MaxConcurrentRuns; shown as RUNNING
	PreviousRun  string            `json:"previous_run,omitempty"`
	Properties   map[string]string `json:"properties,omitempty"`
	Started      time.Time         `json:"started"`
	Completed    time.Time         `json:"completed,omitzero"`
	ErrorMessage string            `json:"error_message,omitempty"`
	Trigger      string            `json:"trigger,omitempty"` // the start trigger that fired
	Cause        Cause             `json:"cause"`
	Graph        Graph             `json:"graph"`
	// Of a resumed run: the nodes that were selected, the triggers that count as fired, and what earlier runs of nodes, not
	// run again, had come to.
	Resumed     []string  `json:"resumed,omitempty"` // node ids
	FiredBefore []string  `json:"fired_before,omitempty"`
	Carried     []FlowRun `json:"carried,omitempty"`
	// Stats is of a run that is over; those of an open one are counted from its runs when somebody asks.
	Stats WorkflowStat `json:"stats"`
}

// FlowRun is a run as its flow sees it.
type FlowRun struct {
	ID      string   `json:"id"`
	Job     string   `json:"job"`
	State   RunState `json:"state"`
	Trigger string   `json:"trigger,omitempty"`
}

// WorkflowStat counts the runs of a workflow run by their state: Glue's Statistics. Stopping runs count as running.
type WorkflowStat struct {
	Total     int `json:"total"`
	Timeout   int `json:"timeout,omitempty"`
	Failed    int `json:"failed,omitempty"`
	Stopped   int `json:"stopped,omitempty"`
	Succeeded int `json:"succeeded,omitempty"`
	Running   int `json:"running,omitempty"`
	Errored   int `json:"errored,omitempty"` // ERROR and EXPIRED
	Waiting   int `json:"waiting,omitempty"`
}
