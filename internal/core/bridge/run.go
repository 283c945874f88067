package bridge

import (
	"encoding/json"
	"fmt"
	"time"

	"tenon/internal/glue"
)

// jobState is the detail of Glue Job State Change: the first five members are AWS's.
type jobState struct {
	JobName  string        `json:"jobName"`
	Severity string        `json:"severity"`
	State    glue.RunState `json:"state"`
	JobRunID string        `json:"jobRunId"`
	Message  string        `json:"message"`
	Attempt  *int          `json:"attempt,omitempty"` // where the source is tenon; 0 is the first
}

// underway tells of a run on its way to its end.
func underway(e glue.Event) jobState {
	d := jobState{JobName: e.Job, Severity: severityInfo, JobRunID: e.Run, Attempt: &e.Attempt}
	switch e.Kind {
	case glue.EventRunSubmitted:
		d.State, d.Message = glue.RunWaiting, "Job run is waiting"
	case glue.EventRunAdmitted:
		d.State, d.Message = glue.RunStarting, "Job run is starting"
	case glue.EventRunStarted:
		d.State, d.Message = glue.RunRunning, "Job run is running"
	case glue.EventRunStopping:
		d.State, d.Message = glue.RunStopping, "Job run is stopping"
	}
	return d
}

// retried tells of a run that waits for another attempt. The attempt is the one that failed.
func retried(e glue.Event) (any, bool) {
	stored, ok := read[struct {
		Error string `json:"error"`
	}](e)
	message := "Job run failed and waits for its next attempt"
	if stored.Error != "" {
		message += ": " + stored.Error
	}
	return jobState{e.Job, severityWarn, glue.RunWaiting, e.Run, message, &e.Attempt}, ok
}

// ended tells of the end of a run. AWS publishes four states, with a text of its own for all but FAILED.
func (s *Event) ended(e glue.Event) (any, bool) {
	stored, ok := read[struct {
		State glue.RunState `json:"state"`
		Error string        `json:"error"`
	}](e)
	d := jobState{JobName: e.Job, Severity: severityInfo, State: stored.State, JobRunID: e.Run}
	s.Source = sourceGlue
	switch stored.State {
	case glue.RunSucceeded:
		d.Message = "Job run succeeded"
	case glue.RunStopped:
		d.Message = "Job run stopped"
	case glue.RunTimeout:
		d.Severity, d.Message = severityWarn, "Job run timed out"
	case glue.RunFailed:
		d.Severity, d.Message = severityError, stored.Error
		if d.Message == "" {
			d.Message = "Job run failed"
		}
	case glue.RunError, glue.RunExpired:
		s.Source = SourceTenon
		d.Severity, d.Message, d.Attempt = severityError, stored.Error, &e.Attempt
	default:
		return nil, false
	}
	return d, ok
}

// jobStatus is the detail of Glue Job Run Status.
type jobStatus struct {
	JobName   string          `json:"jobName"`
	Severity  string          `json:"severity"`
	Condition json.RawMessage `json:"notificationCondition"`
	State     glue.RunState   `json:"state"`
	JobRunID  string          `json:"jobRunId"`
	Message   string          `json:"message"`
	StartedOn string          `json:"startedOn"` // RFC 3339 in UTC, to the millisecond
}

// delayed tells of a run that is open longer than its NotifyDelayAfter.
func delayed(e glue.Event) (any, bool) {
	stored, ok := read[struct {
		State   glue.RunState `json:"state"`
		After   int           `json:"after_minutes"`
		Started time.Time     `json:"started"`
	}](e)
	return jobStatus{JobName: e.Job, Severity: severityInfo,
		Condition: fmt.Appendf(nil, `{"NotifyDelayAfter":%d.0}`, stored.After), // AWS writes minutes so
		State:     stored.State, JobRunID: e.Run, Message: fmt.Sprintf("Job is in %s state", stored.State),
		StartedOn: stored.Started.UTC().Format("2006-01-02T15:04:05.000Z")}, ok && stored.State != ""
}
