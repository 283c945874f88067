package api

import (
	"encoding/json"
	"math"
	"time"

	"tenon/internal/glue"
	"tenon/internal/wire"
)

// runShape is a run as GetJobRun shows it. detail is why a waiting run waits; reportWaiting is the state that queued
// runs are shown in, for pollers that know only STARTING.
func runShape(r *glue.JobRun, detail, reportWaiting string, now time.Time) wire.JobRun {
	state := string(r.State)
	if r.State == glue.RunWaiting && reportWaiting != "" {
		state = reportWaiting
	}
	executed := r.Executed
	if r.State == glue.RunRunning && now.After(r.Started) {
		executed += now.Sub(r.Started) // of the attempt that runs now
	}
	out := wire.JobRun{
		Id: &r.ID, Attempt: ptr(int32(r.Attempt)), JobName: &r.Job, JobRunState: &state,
		StartedOn: wire.At(r.Submitted), LastModifiedOn: wire.At(r.Modified), CompletedOn: wire.At(r.Completed),
		Arguments: r.Arguments, ExecutionTime: ptr(int32(math.Round(executed.Seconds()))),
		MaxCapacity: &r.MaxCapacity, AllocatedCapacity: ptr(int32(r.MaxCapacity)), LogGroupName: &r.LogGroup,
		PreviousRunId: text(r.PreviousRun), TriggerName: text(r.Trigger), JobMode: text(r.JobMode),
		ErrorMessage: text(r.ErrorMessage), WorkerType: text(r.WorkerType), GlueVersion: text(r.GlueVersion),
		SecurityConfiguration: text(r.SecurityConfig), ExecutionClass: text(r.ExecutionClass),
		MaintenanceWindow: text(r.Window), ProfileName: text(r.Profile), StateDetail: text(detail),
		ExecutionRoleSessionPolicy: text(r.SessionPolicy),
	}
	if r.NumberOfWorkers > 0 {
		out.NumberOfWorkers = ptr(int32(r.NumberOfWorkers))
	}
	if r.TimeoutMinutes > 0 {
		out.Timeout = ptr(int32(r.TimeoutMinutes))
	}
	if r.QueuingEnabled {
		out.JobRunQueuingEnabled = ptr(true)
	}
	if r.State.Final() {
		out.DPUSeconds = ptr(r.DPUSeconds())
	}
	if r.Cause != nil {
		for _, p := range r.Cause.Runs {
			out.PredecessorRuns = append(out.PredecessorRuns, wire.Predecessor{JobName: ptr(p.Job), RunId: ptr(p.Run)})
		}
	}
	if len(r.Notification) > 0 {
		var n wire.NotificationProperty
		if json.Unmarshal(r.Notification, &n) == nil {
			out.NotificationProperty = &n
		}
	}
	return out
}

// text is a string member that is absent when empty.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
