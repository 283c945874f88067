package glue

import (
	"encoding/json"
	"slices"
	"time"
)

// TriggerType is the Type of a trigger.
type TriggerType string

// The types of triggers.
const (
	TriggerScheduled   TriggerType = "SCHEDULED"
	TriggerConditional TriggerType = "CONDITIONAL"
	TriggerOnDemand    TriggerType = "ON_DEMAND"
	TriggerEvent       TriggerType = "EVENT"
)

// TriggerState is the State of a trigger. Of Glue's eight, Tenon is in four: each change is one commit, so that nothing is
// ever seen ACTIVATING.
type TriggerState string

// The states of a trigger. ON_DEMAND and EVENT triggers are CREATED for good.
//
//	CREATED <-> ACTIVATED <-> DEACTIVATED
const (
	TriggerCreated     TriggerState = "CREATED"
	TriggerActivated   TriggerState = "ACTIVATED"
	TriggerDeactivated TriggerState = "DEACTIVATED"
)

// Trigger is a stored trigger. Its JSON is the definition's document, in the members of the API.
type Trigger struct {
	Name         string          `json:"Name"`
	WorkflowName string          `json:"WorkflowName,omitempty"`
	Type         TriggerType     `json:"Type"`
	State        TriggerState    `json:"State"`
	Description  string          `json:"Description,omitempty"`
	Schedule     string          `json:"Schedule,omitempty"` // cron(...)
	Actions      []Action        `json:"Actions"`
	Predicate    *Predicate      `json:"Predicate,omitempty"`
	Batching     *EventBatching  `json:"EventBatchingCondition,omitempty"`
	Setting      TriggerSettings `json:"-"` // of its tags
	Incarnation  int64           `json:"-"`
	Version      int64           `json:"-"`
}

// Action is what a trigger starts.
type Action struct {
	JobName      string            `json:"JobName,omitempty"`
	CrawlerName  string            `json:"CrawlerName,omitempty"`
	Arguments    map[string]string `json:"Arguments,omitempty"`
	Timeout      int               `json:"Timeout,omitempty"` // minutes; 0 is the job's
	Security     string            `json:"SecurityConfiguration,omitempty"`
	Notification json.RawMessage   `json:"NotificationProperty,omitempty"`
}

// The values of Predicate.Logical.
const (
	LogicalAnd = "AND"
	LogicalAny = "ANY"
)

// OperatorEquals is the one LogicalOperator of conditions.
const OperatorEquals = "EQUALS"

// Predicate is what a CONDITIONAL trigger waits for.
type Predicate struct {
	Logical    string      `json:"Logical,omitempty"`    // AND or ANY; may be empty with one condition
	Conditions []Condition `json:"Conditions,omitempty"` // at most MaxConditions
}

// MaxConditions bounds the conditions of a predicate: Glue's own limit.
const MaxConditions = 500

// Condition is met by a run of a job, or a crawl, that ended in a state.
type Condition struct {
	LogicalOperator string   `json:"LogicalOperator,omitempty"`
	JobName         string   `json:"JobName,omitempty"`
	State           RunState `json:"State,omitempty"` // SUCCEEDED, STOPPED, FAILED or TIMEOUT
	CrawlerName     string   `json:"CrawlerName,omitempty"`
	CrawlState      string   `json:"CrawlState,omitempty"` // SUCCEEDED, FAILED or CANCELLED
}

// EventBatching says when an EVENT trigger fires: at so many events, or so long after the first, whichever comes first.
type EventBatching struct {
	BatchSize   int `json:"BatchSize"`             // 1 to 100
	BatchWindow int `json:"BatchWindow,omitempty"` // seconds, 1 to 900; 0 is 900
}

// MissedPolicy says what becomes of the fire times that passed while no plane was up.
type MissedPolicy string

// The policies. The zero value is MissedOnce.
const (
	MissedOnce    MissedPolicy = "once"     // fire once, for the latest
	MissedSkip    MissedPolicy = "skip"     // fire for none
	MissedCatchUp MissedPolicy = "catch-up" // fire for each, the oldest first
)

// The tags of a trigger that say more than Glue can.
const (
	TagTimezone = "tenon:timezone"
	TagMissed   = "tenon:missed"
)

// TriggerSettings are what a trigger's tags say beyond Glue.
type TriggerSettings struct {
	Timezone string       // IANA name, TagTimezone; empty is UTC
	Missed   MissedPolicy // TagMissed
}

// TriggerProgress is what a trigger has behind it: the row of table trigger_progress.
type TriggerProgress struct {
	Region      string `json:"region"`
	Name        string `json:"name"`
	Incarnation int64  `json:"incarnation"`
	// Accounted is the last time for which a SCHEDULED trigger has been dealt with: fired or skipped.
	Accounted time.Time `json:"accounted,omitzero"`
	// Batch is the ids of the events that an EVENT trigger has not fired for yet, and when the first came.
	Batch      []string  `json:"batch,omitempty"`
	BatchSince time.Time `json:"batch_since,omitzero"`
	// Count is how often it fired, and Recent the last times, newest first.
	Count  int64   `json:"count,omitzero"`
	Recent []Fired `json:"recent,omitempty"` // at most MaxRecentFires
}

// MaxRecentFires bounds TriggerProgress.Recent.
const MaxRecentFires = 20

// Fired is one time that a trigger fired, or was due and did not.
type Fired struct {
	At      time.Time `json:"at"`
	Flow    string    `json:"flow,omitempty"`
	Cause   Cause     `json:"cause"`
	More    int       `json:"more,omitzero"`     // runs or events of Cause that are not kept
	Skipped string    `json:"skipped,omitempty"` // why not; empty where it fired
}

// MaxRecentCause bounds the runs and events that Recent keeps of a cause: the row is written anew with each fire, and a
// predicate has up to 500 conditions. The runs that were started have all of it.
const MaxRecentCause = 10

// Brief is f with no more of its cause than is kept.
func (f Fired) Brief() Fired {
	c := &f.Cause
	f.More += max(len(c.Runs)-MaxRecentCause, 0) + max(len(c.Events)-MaxRecentCause, 0)
	c.Runs = slices.Clone(c.Runs[:min(len(c.Runs), MaxRecentCause)])
	c.Events = slices.Clone(c.Events[:min(len(c.Events), MaxRecentCause)])
	return f
}

// CauseKind says what made a trigger fire.
type CauseKind string

// The causes.
const (
	CauseSchedule  CauseKind = "schedule"  // Time is the fire time
	CauseDemand    CauseKind = "demand"    // StartTrigger, StartWorkflowRun: Who
	CauseCondition CauseKind = "condition" // Runs met the predicate
	CauseEvents    CauseKind = "events"    // Events
	CauseResume    CauseKind = "resume"    // ResumeWorkflowRun: Who
	CauseRule      CauseKind = "rule"      // a rule's target: Rule and Events
)

// Cause is why something was started.
type Cause struct {
	Kind   CauseKind     `json:"kind"`
	Time   time.Time     `json:"time,omitzero"`
	Missed bool          `json:"missed,omitempty"` // the fire time had passed while no plane was up
	Who    string        `json:"who,omitempty"`    // access key id
	Rule   string        `json:"rule,omitempty"`
	Events []string      `json:"events,omitempty"`
	Runs   []Predecessor `json:"runs,omitempty"`
	Window bool          `json:"window,omitempty"` // the batch window ran out, not the batch size
}

// Fire is the decision to start actions. It is durable before any run of it is, and gone in the commit that makes them:
// the row of table fire.
type Fire struct {
	Seq         int64     `json:"-"` // given by the store
	ID          string    `json:"id"`
	Region      string    `json:"region"`
	At          time.Time `json:"at"`
	Trigger     string    `json:"trigger,omitempty"`     // empty for a rule's own job target
	Incarnation int64     `json:"incarnation,omitempty"` // of the trigger
	Flow        string    `json:"flow"`                  // the workflow run or chain that its runs belong to
	Workflow    string    `json:"workflow,omitempty"`
	Cause       Cause     `json:"cause"`
	Actions     []Action  `json:"actions"` // as they were at At
}
