// Package bridge gives Tenon's events the form that they have on EventBridge, so that patterns, rules and programs written
// for AWS understand them.
//
//	detail-type                source    events
//	Glue Job State Change      aws.glue  run.ended in SUCCEEDED, FAILED, TIMEOUT, STOPPED: what AWS publishes, as AWS does
//	Glue Job Run Status        aws.glue  run.delayed, likewise
//	Object Created             aws.s3    object.created, likewise
//	(its own)                  (its own) event.received: as it came
//	Glue Job State Change      tenon     the other states of runs, of which AWS says nothing: submitted, admitted, started,
//	                                     retried, stopping; ended in ERROR or EXPIRED. AWS's detail, and the attempt
//	Glue Trigger State Change  tenon     trigger.activated, trigger.deactivated
//	Glue Trigger Fired         tenon     trigger.fired
//	Glue Trigger Missed        tenon     trigger.missed
//	Glue Workflow State Change tenon     workflow.started, queued (state WAITING), stopping, ended
//	Tenon Event                tenon     all others: detail.kind, and detail.detail as it is stored
//
// The members of the details that AWS publishes are in AWS's order and nothing is added to them. Whatever is Tenon's own has
// the source tenon, so that a rule for aws.glue matches here what it matches there.
package bridge

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"tenon/internal/glue"
)

// The sources of events that are not a client's.
const (
	sourceGlue  = "aws.glue"
	SourceS3    = "aws.s3"
	SourceTenon = "tenon"
)

// The detail-types.
const (
	typeJobState      = "Glue Job State Change"
	typeJobStatus     = "Glue Job Run Status"
	typeTriggerState  = "Glue Trigger State Change"
	typeTriggerFired  = "Glue Trigger Fired"
	typeTriggerMissed = "Glue Trigger Missed"
	typeWorkflowState = "Glue Workflow State Change"
	typeObjectCreated = "Object Created"
	typeOther         = "Tenon Event"
)

// The severities of a detail.
const (
	severityInfo  = "INFO"
	severityWarn  = "WARN"
	severityError = "ERROR"
)

// Event is an event as EventBridge hands it on.
type Event struct {
	Version    string          `json:"version"` // "0"
	ID         string          `json:"id"`      // a UUID; one row of the event table has the same each time
	DetailType string          `json:"detail-type"`
	Source     string          `json:"source"`
	Account    string          `json:"account"`
	Time       string          `json:"time"` // RFC 3339 in UTC, to the second
	Region     string          `json:"region"`
	Resources  []string        `json:"resources"` // ARNs; never null
	Detail     json.RawMessage `json:"detail"`    // an object
}

// Shape gives e the form that it has on EventBridge, in an account. It is false where the stored detail is not what its kind
// has, which no current writer does.
func Shape(e glue.Event, account string) (Event, bool) {
	if e.Kind == glue.EventReceived {
		return received(e)
	}
	shaped := Event{Version: "0", ID: id(e, account), Source: SourceTenon, Account: account, Time: e.At.UTC().Format(time.RFC3339),
		Region: e.Region, Resources: []string{}}
	detail, ok := shaped.fill(e)
	if !ok {
		return Event{}, false
	}
	doc, err := json.Marshal(detail)
	if err != nil {
		return Event{}, false // the stored detail is no JSON
	}
	shaped.Detail = doc
	return shaped, true
}

// fill sets what depends on the kind of e and returns the detail. Where it is not set, the source stays Tenon's.
func (s *Event) fill(e glue.Event) (detail any, ok bool) {
	switch e.Kind {
	case glue.EventRunSubmitted, glue.EventRunAdmitted, glue.EventRunStarted, glue.EventRunStopping:
		s.DetailType = typeJobState
		return underway(e), true
	case glue.EventRunRetry:
		s.DetailType = typeJobState
		return retried(e)
	case glue.EventRunEnded:
		s.DetailType = typeJobState
		return s.ended(e)
	case glue.EventRunDelayed:
		s.DetailType, s.Source = typeJobStatus, sourceGlue
		return delayed(e)
	case glue.EventObjectCreated:
		s.DetailType, s.Source = typeObjectCreated, SourceS3
		return s.objectCreated(e)
	case glue.EventTriggerActivated, glue.EventTriggerDeactivated:
		s.DetailType = typeTriggerState
		return triggerMoved(e)
	case glue.EventTriggerFired:
		s.DetailType = typeTriggerFired
		return fired(e)
	case glue.EventTriggerMissed:
		s.DetailType = typeTriggerMissed
		return triggerMissed(e)
	case glue.EventWorkflowStarted, glue.EventWorkflowQueued, glue.EventWorkflowStopping, glue.EventWorkflowEnded:
		s.DetailType = typeWorkflowState
		return workflowMoved(e)
	}
	s.DetailType = typeOther
	return plainDetail{e.Kind, e.Job, e.Run, e.Who, e.Detail}, true
}

// plainDetail is the detail of events that have no form of their own.
type plainDetail struct {
	Kind      glue.EventKind  `json:"kind"`
	JobName   string          `json:"jobName,omitempty"`
	JobRunID  string          `json:"jobRunId,omitempty"`
	Principal string          `json:"principal,omitempty"` // access key id
	Detail    json.RawMessage `json:"detail,omitempty"`
}

// read gives the stored detail of e; one that is absent is all zero.
func read[T any](e glue.Event) (detail T, ok bool) {
	if len(e.Detail) == 0 {
		return detail, true
	}
	return detail, json.Unmarshal(e.Detail, &detail) == nil
}

// id is a UUID of version 8 made of the row's number and time, and the account.
func id(e glue.Event, account string) string {
	h := sha256.New()
	_ = binary.Write(h, binary.BigEndian, [2]int64{e.Seq, e.At.UnixMicro()}) // a hash takes everything
	h.Write([]byte(account))
	u := h.Sum(nil)[:16]
	u[6] = u[6]&0x0f | 0x80
	u[8] = u[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// received gives back an event that a client put: its row holds it as a whole.
func received(e glue.Event) (Event, bool) {
	shaped, ok := read[Event](e)
	if !ok || len(shaped.Detail) == 0 || shaped.Detail[0] != '{' {
		return Event{}, false
	}
	if shaped.Resources == nil {
		shaped.Resources = []string{}
	}
	return shaped, true
}
