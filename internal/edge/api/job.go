package api

import (
	"encoding/json"
	"fmt"
	"strings"

	"tenon/internal/glue"
	"tenon/internal/wire"
)

// ptr returns a pointer to v, for a member that is present.
func ptr[T any](v T) *T { return &v }

// val returns what p points to, or the zero value for an absent member.
func val[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// jobFromCreate is the stored form of a CreateJob request.
func jobFromCreate(in *wire.CreateJobRequest) *wire.Job {
	return &wire.Job{
		Name: in.Name, JobMode: in.JobMode, JobRunQueuingEnabled: in.JobRunQueuingEnabled, Description: in.Description,
		LogUri: in.LogUri, Role: in.Role, ExecutionProperty: in.ExecutionProperty, Command: in.Command,
		DefaultArguments: in.DefaultArguments, NonOverridableArguments: in.NonOverridableArguments,
		Connections: in.Connections, MaxRetries: in.MaxRetries, AllocatedCapacity: in.AllocatedCapacity,
		Timeout: in.Timeout, MaxCapacity: in.MaxCapacity, WorkerType: in.WorkerType, NumberOfWorkers: in.NumberOfWorkers,
		SecurityConfiguration: in.SecurityConfiguration, NotificationProperty: in.NotificationProperty,
		GlueVersion: in.GlueVersion, CodeGenConfigurationNodes: in.CodeGenConfigurationNodes,
		ExecutionClass: in.ExecutionClass, SourceControlDetails: in.SourceControlDetails, MaintenanceWindow: in.MaintenanceWindow,
	}
}

// jobFromUpdate is the stored form after UpdateJob: a full replacement, absent members fall back to their defaults.
func jobFromUpdate(name string, in *wire.JobUpdate) *wire.Job {
	return &wire.Job{
		Name: &name, JobMode: in.JobMode, JobRunQueuingEnabled: in.JobRunQueuingEnabled, Description: in.Description,
		LogUri: in.LogUri, Role: in.Role, ExecutionProperty: in.ExecutionProperty, Command: in.Command,
		DefaultArguments: in.DefaultArguments, NonOverridableArguments: in.NonOverridableArguments,
		Connections: in.Connections, MaxRetries: in.MaxRetries, AllocatedCapacity: in.AllocatedCapacity,
		Timeout: in.Timeout, MaxCapacity: in.MaxCapacity, WorkerType: in.WorkerType, NumberOfWorkers: in.NumberOfWorkers,
		SecurityConfiguration: in.SecurityConfiguration, NotificationProperty: in.NotificationProperty,
		GlueVersion: in.GlueVersion, CodeGenConfigurationNodes: in.CodeGenConfigurationNodes,
		ExecutionClass: in.ExecutionClass, SourceControlDetails: in.SourceControlDetails, MaintenanceWindow: in.MaintenanceWindow,
	}
}

// commands are the values of Command.Name that the service takes.
var commands = []string{glue.CommandETL, glue.CommandShell, glue.CommandStreaming, glue.CommandRay}

// completeJob checks what the model cannot say and fills the defaults that GetJob shows. It changes j.
func completeJob(j *wire.Job) error {
	if val(j.Role) == "" {
		return glue.Invalid("Role is required for a job.")
	}
	if j.Command == nil || val(j.Command.Name) == "" {
		return glue.Invalid("Command with a Name is required for a job.")
	}
	command := val(j.Command.Name)
	if !oneOf(command, commands) {
		return glue.Invalid("Command name %q is not valid: it must be one of %s.", command, strings.Join(commands, ", "))
	}
	if val(j.Command.ScriptLocation) == "" {
		return glue.Invalid("Command.ScriptLocation is required: the s3:// location of the job's script.")
	}
	if n := val(j.MaxRetries); n < 0 || n > glue.MaxJobRetries {
		return glue.Invalid("MaxRetries must be between 0 and %d, got %d.", glue.MaxJobRetries, n)
	}
	if err := checkTimeout(j.Timeout); err != nil {
		return err
	}
	if j.ExecutionProperty != nil && val(j.ExecutionProperty.MaxConcurrentRuns) < 0 {
		return glue.Invalid("ExecutionProperty.MaxConcurrentRuns must not be negative, got %d.", val(j.ExecutionProperty.MaxConcurrentRuns))
	}
	for _, args := range []map[string]string{j.DefaultArguments, j.NonOverridableArguments} {
		if len(args) > glue.MaxArguments {
			return glue.Invalid("A job takes at most %d arguments, got %d.", glue.MaxArguments, len(args))
		}
	}
	if j.Connections != nil && repeated(j.Connections.Connections) != "" {
		return glue.Invalid("Connection %s is listed twice.", repeated(j.Connections.Connections))
	}
	return fillJob(j, command)
}

// fillJob fills the defaults of a job that passed the checks, capacity among them.
func fillJob(j *wire.Job, command string) error {
	if j.GlueVersion == nil && command != glue.CommandShell {
		j.GlueVersion = ptr(glue.DefaultGlueVersion)
	}
	if j.MaxCapacity == nil && val(j.AllocatedCapacity) > 0 && j.WorkerType == nil {
		j.MaxCapacity = ptr(float64(*j.AllocatedCapacity)) // the deprecated spelling
	}
	asked := j.MaxCapacity
	if j.WorkerType != nil {
		asked = nil
		if j.MaxCapacity != nil {
			return glue.Invalid("Please do not set Max Capacity if using Worker Type and Number of Workers.")
		}
	}
	c, err := glue.ResolveCapacity(command, val(j.WorkerType), int(val(j.NumberOfWorkers)), asked)
	if err != nil {
		return err
	}
	if val(j.ExecutionClass) == "FLEX" && command != glue.CommandETL {
		return glue.Invalid("ExecutionClass FLEX is for %s jobs only.", glue.CommandETL)
	}
	j.MaxCapacity, j.AllocatedCapacity = ptr(c.MaxCapacity), ptr(int32(c.MaxCapacity))
	if j.MaxRetries == nil {
		j.MaxRetries = ptr(int32(0))
	}
	if j.Timeout == nil && command != glue.CommandStreaming {
		j.Timeout = ptr(int32(glue.DefaultTimeoutMinutes(command, val(j.GlueVersion))))
	}
	if j.ExecutionProperty == nil || val(j.ExecutionProperty.MaxConcurrentRuns) == 0 {
		j.ExecutionProperty = &wire.ExecutionProperty{MaxConcurrentRuns: ptr(int32(1))}
	}
	if j.JobMode == nil {
		j.JobMode = ptr("SCRIPT")
	}
	return nil
}

// checkTimeout is the rule for the Timeout of a job or a run, in minutes.
func checkTimeout(t *int32) error {
	if t != nil && (*t < 1 || *t > glue.MaxTimeoutMinutes) {
		return glue.Invalid("Timeout must be between 1 and %d minutes, got %d.", glue.MaxTimeoutMinutes, *t)
	}
	return nil
}

// oneOf reports whether value is in list.
func oneOf(value string, list []string) bool {
	for _, v := range list {
		if v == value {
			return true
		}
	}
	return false
}

// repeated returns the first name that stands twice in names, or "".
func repeated(names []string) string {
	seen := map[string]bool{}
	for _, n := range names {
		if seen[n] {
			return n
		}
		seen[n] = true
	}
	return ""
}

// encodeJob is the document that is stored: all but what the store keeps in columns.
func encodeJob(j *wire.Job) (json.RawMessage, error) {
	doc, err := json.Marshal(j)
	if err != nil {
		return nil, fmt.Errorf("api: encode job: %w", err)
	}
	if len(doc) > glue.MaxDocumentBytes {
		return nil, glue.Invalid("The definition of job %s is larger than %d bytes.", val(j.Name), glue.MaxDocumentBytes)
	}
	return doc, nil
}
