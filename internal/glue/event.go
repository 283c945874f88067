package glue

import (
	"encoding/json"
	"time"
)

// EventKind names what happened. Kinds are stable: they are stored.
type EventKind string

// The events of the event table. Audit, metrics, notifications and live updates are views of it.
const (
	EventRunSubmitted   EventKind = "run.submitted"
	EventRunAdmitted    EventKind = "run.admitted" // WAITING -> STARTING, a lease is held
	EventRunStarted     EventKind = "run.started"  // STARTING -> RUNNING
	EventRunStopping    EventKind = "run.stopping"
	EventRunRetry       EventKind = "run.retry"   // an attempt failed, another follows
	EventRunEnded       EventKind = "run.ended"   // final state in Detail
	EventRunRefused     EventKind = "run.refused" // at submit, by a limit; there is no run
	EventRunHeld        EventKind = "run.held"
	EventRunUnheld      EventKind = "run.unheld"
	EventRunBoosted     EventKind = "run.boosted"   // priority in Detail
	EventLeaseDrained   EventKind = "lease.drained" // its addresses are free again
	EventQueueHeld      EventKind = "queue.held"
	EventQueueUnheld    EventKind = "queue.unheld"
	EventConfigApplied  EventKind = "config.applied"
	EventSubnetHealth   EventKind = "subnet.health" // a circuit breaker opened, half-opened or closed
	EventBookmark       EventKind = "bookmark.committed"
	EventBookmarkReset  EventKind = "bookmark.reset"
	EventDefinitionPut  EventKind = "definition.put"
	EventDefinitionGone EventKind = "definition.deleted"
	EventTags           EventKind = "definition.tagged" // or untagged; the keys are in Detail, never the values

	EventRunDelayed         EventKind = "run.delayed" // past its NotifyDelayAfter, once per state
	EventTriggerActivated   EventKind = "trigger.activated"
	EventTriggerDeactivated EventKind = "trigger.deactivated"
	EventTriggerFired       EventKind = "trigger.fired"
	EventTriggerMissed      EventKind = "trigger.missed" // fire times passed that were not fired for
	EventWorkflowStarted    EventKind = "workflow.started"
	EventWorkflowQueued     EventKind = "workflow.queued" // waits under MaxConcurrentRuns
	EventWorkflowStopping   EventKind = "workflow.stopping"
	EventWorkflowEnded      EventKind = "workflow.ended"
	EventWorkflowProperties EventKind = "workflow.properties" // of a run were set; the keys are in Detail, never the values
	EventReceived           EventKind = "event.received"      // PutEvents; Detail is the event as EventBridge would hand it on
	EventObjectCreated      EventKind = "object.created"      // in the built-in S3, where a rule may want to know
	EventRuleFired          EventKind = "rule.fired"          // a target was served
	EventRuleFailed         EventKind = "rule.failed"         // a target could not be
)

// Event is one row of the append-only event table. Seq is given by the committer, dense and increasing.
type Event struct {
	Seq     int64           `json:"seq"`
	At      time.Time       `json:"at"`
	Region  string          `json:"region"`
	Kind    EventKind       `json:"kind"`
	Job     string          `json:"job,omitempty"`
	Run     string          `json:"run,omitempty"`
	Attempt int             `json:"attempt,omitempty"`
	Who     string          `json:"who,omitempty"` // access key id, or empty for Tenon itself
	Detail  json.RawMessage `json:"detail,omitempty"`
}

// ConfigChange is one key of the configuration before and after: in the detail of config.applied.
type ConfigChange struct {
	Key    string `json:"key"`
	Before string `json:"before"`
	After  string `json:"after"`
}
