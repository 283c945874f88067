package bridge

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"tenon/internal/glue"
)

// triggerState is the detail of Glue Trigger State Change.
type triggerState struct {
	TriggerName  string            `json:"triggerName"`
	WorkflowName string            `json:"workflowName,omitempty"`
	Severity     string            `json:"severity"`
	State        glue.TriggerState `json:"state"`
	Message      string            `json:"message"`
}

// triggerMoved tells of a trigger that was activated or deactivated.
func triggerMoved(e glue.Event) (any, bool) {
	stored, ok := read[struct {
		Trigger  string `json:"trigger"`
		Workflow string `json:"workflow"`
	}](e)
	d := triggerState{stored.Trigger, stored.Workflow, severityInfo, glue.TriggerActivated, "Trigger activated"}
	if e.Kind == glue.EventTriggerDeactivated {
		d.State, d.Message = glue.TriggerDeactivated, "Trigger deactivated"
	}
	return d, ok && d.TriggerName != ""
}

// triggerFired is the detail of Glue Trigger Fired.
type triggerFired struct {
	TriggerName   string          `json:"triggerName"`
	WorkflowName  string          `json:"workflowName,omitempty"`
	WorkflowRunID string          `json:"workflowRunId,omitempty"`
	Severity      string          `json:"severity"`
	Message       string          `json:"message"`
	Flow          string          `json:"flow"` // WorkflowRunID, or the chain that the jobs belong to
	Jobs          []string        `json:"jobs"`
	Cause         json.RawMessage `json:"cause,omitempty"`
}

// fired tells of a firing.
func fired(e glue.Event) (any, bool) {
	stored, ok := read[struct {
		Trigger  string          `json:"trigger"`
		Workflow string          `json:"workflow"`
		Flow     string          `json:"flow"`
		Cause    json.RawMessage `json:"cause"`
		Actions  []string        `json:"actions"`
	}](e)
	d := triggerFired{TriggerName: stored.Trigger, WorkflowName: stored.Workflow, Severity: severityInfo, Message: "Trigger fired",
		Flow: stored.Flow, Jobs: stored.Actions, Cause: stored.Cause}
	if strings.HasPrefix(d.Flow, glue.WorkflowRunIDPrefix) {
		d.WorkflowRunID = d.Flow
	}
	if d.Jobs == nil {
		d.Jobs = []string{}
	}
	return d, ok && d.TriggerName != ""
}

// missedDetail is the detail of Glue Trigger Missed.
type missedDetail struct {
	TriggerName  string            `json:"triggerName"`
	WorkflowName string            `json:"workflowName,omitempty"`
	Severity     string            `json:"severity"`
	Message      string            `json:"message"`
	Policy       glue.MissedPolicy `json:"policy"`
	Count        int               `json:"count"` // from 1,000 on, "or more"
	First        time.Time         `json:"first,omitzero"`
	Last         time.Time         `json:"last,omitzero"`
}

// triggerMissed tells of fire times that passed unfired.
func triggerMissed(e glue.Event) (any, bool) {
	stored, ok := read[struct {
		Trigger  string            `json:"trigger"`
		Workflow string            `json:"workflow"`
		Policy   glue.MissedPolicy `json:"policy"`
		Count    int               `json:"count"`
		First    time.Time         `json:"first"`
		Last     time.Time         `json:"last"`
	}](e)
	return missedDetail{stored.Trigger, stored.Workflow, severityWarn, "Fire times passed without firing", stored.Policy,
		stored.Count, stored.First.UTC(), stored.Last.UTC()}, ok && stored.Trigger != ""
}

// stateWaiting is the state of a workflow run that waits for a place under MaxConcurrentRuns. Glue has no word for it.
const stateWaiting glue.WorkflowState = "WAITING"

// workflowState is the detail of Glue Workflow State Change.
type workflowState struct {
	WorkflowName  string             `json:"workflowName"`
	Severity      string             `json:"severity"`
	State         glue.WorkflowState `json:"state"`
	WorkflowRunID string             `json:"workflowRunId"`
	Message       string             `json:"message"`
	PreviousRunID string             `json:"previousRunId,omitempty"`
	TriggerName   string             `json:"triggerName,omitempty"`
	Cause         json.RawMessage    `json:"cause,omitempty"`
	Statistics    *statistics        `json:"statistics,omitempty"` // at the end
}

// statistics are those of GetWorkflowRun, in its words.
type statistics struct {
	Total     int `json:"TotalActions"`
	Timeout   int `json:"TimeoutActions"`
	Failed    int `json:"FailedActions"`
	Stopped   int `json:"StoppedActions"`
	Succeeded int `json:"SucceededActions"`
	Running   int `json:"RunningActions"`
	Errored   int `json:"ErroredActions"`
	Waiting   int `json:"WaitingActions"`
}

// workflowMoved tells of a workflow run. COMPLETED says only that all has ended: where something in it went wrong, the
// severity is WARN and the message says how much.
func workflowMoved(e glue.Event) (any, bool) {
	stored, ok := read[struct {
		Workflow string             `json:"workflow"`
		Run      string             `json:"run"`
		Trigger  string             `json:"trigger"`
		Previous string             `json:"previous_run"`
		Cause    json.RawMessage    `json:"cause"`
		State    glue.WorkflowState `json:"state"`
		Message  string             `json:"message"`
		Stats    glue.WorkflowStat  `json:"stats"`
	}](e)
	d := workflowState{WorkflowName: stored.Workflow, Severity: severityInfo, State: stored.State, WorkflowRunID: stored.Run,
		PreviousRunID: stored.Previous, TriggerName: stored.Trigger, Cause: stored.Cause}
	switch e.Kind {
	case glue.EventWorkflowStarted:
		d.State, d.Message = glue.WorkflowRunning, "Workflow run started"
	case glue.EventWorkflowQueued:
		d.State, d.Message = stateWaiting, "Workflow run waits for another to end"
	case glue.EventWorkflowStopping:
		d.State, d.Message = glue.WorkflowStopping, "Workflow run is stopping"
	case glue.EventWorkflowEnded:
		n := statistics(stored.Stats)
		d.Statistics = &n
		d.Severity, d.Message = outcome(stored.State, n)
		if stored.Message != "" {
			d.Message = stored.Message
		}
	}
	return d, ok && d.WorkflowRunID != "" && d.State != ""
}

// outcome is how a workflow run that ended went.
func outcome(state glue.WorkflowState, n statistics) (severity, message string) {
	bad := n.Failed + n.Timeout + n.Errored
	switch {
	case state == glue.WorkflowError:
		return severityError, "Workflow run could not start"
	case state == glue.WorkflowStopped:
		return severityInfo, "Workflow run stopped"
	case bad > 0:
		return severityWarn, fmt.Sprintf("Workflow run completed; %d of %d actions failed", bad, n.Total)
	}
	return severityInfo, "Workflow run completed"
}
