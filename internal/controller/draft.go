package controller

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"tenon/internal/glue"
)

// StartRequest is StartJobRun, from whoever asks: a client, later a trigger or a workflow.
type StartRequest struct {
	Region    string
	Principal string            // access key id; empty for Tenon itself
	Job       glue.Job          // as it is now; the loop refuses it if it was deleted meanwhile
	Tags      map[string]string // the job's
	Subnets   []glue.Choice     // of the connections that ConnectionNames names, those that lead to a subnet, as listed

	// What the run sets for itself; zero values mean absent, and the job's own holds.
	Arguments         map[string]string
	Timeout           int // minutes
	AllocatedCapacity int // DPUs; the old name of MaxCapacity
	MaxCapacity       *float64
	WorkerType        string
	NumberOfWorkers   int
	ExecutionClass    string
	Security          *Security // of the run, or else of the job
	Notification      json.RawMessage
	SessionPolicy     string
	QueuingEnabled    *bool
	Previous          *glue.JobRun // StartJobRun(JobRunId): the run to repeat, with its arguments

	// InvocationID is amz-sdk-invocation-id, the same across the retries of one call; BodyHash is of the request.
	InvocationID string
	BodyHash     []byte
}

// Security is a named security configuration and the parts of it that ask for encryption (mode not DISABLED).
type Security struct {
	Name   string
	Wanted []string // e.g. S3Encryption SSE-KMS
}

// Log groups of runs.
const (
	logGroupSpark = "/aws-glue/jobs"
	logGroupShell = "/aws-glue/python-jobs"
)

// draft makes of a request the run as it will be stored, but for what the loop gives: id, times, attempt. It is where
// the rules of StartJobRun stand that need nothing but the request.
func draft(req *StartRequest) (glue.JobRun, error) {
	job := &req.Job
	if err := checkCommand(job.Command.Name); err != nil {
		return glue.JobRun{}, err
	}
	if err := checkSecurity(req); err != nil {
		return glue.JobRun{}, err
	}
	args := mergeArguments(req)
	if err := checkArguments(args); err != nil {
		return glue.JobRun{}, err
	}
	capacity, err := capacityOf(req)
	if err != nil {
		return glue.JobRun{}, err
	}
	class, err := executionClass(first(req.ExecutionClass, job.ExecutionClass), job.Command.Name)
	if err != nil {
		return glue.JobRun{}, err
	}
	version := job.GlueVersion
	if version == "" && job.Command.Name != glue.CommandShell {
		version = glue.DefaultGlueVersion
	}
	timeout := first(req.Timeout, job.Timeout, glue.DefaultTimeoutMinutes(job.Command.Name, version))
	if timeout < 1 || timeout > glue.MaxTimeoutMinutes {
		return glue.JobRun{}, glue.Invalid("Timeout must be between 1 and %d minutes, got %d.", glue.MaxTimeoutMinutes, timeout)
	}
	run := glue.JobRun{
		Region: req.Region, Job: job.Name, Incarnation: job.Incarnation, State: glue.RunWaiting,
		Command: job.Command, Arguments: args, MaxRetries: job.MaxRetries, TimeoutMinutes: timeout,
		MaxConcurrent: job.ConcurrentRuns(), QueuingEnabled: job.JobRunQueuingEnabled,
		WorkerType: capacity.WorkerType, NumberOfWorkers: capacity.NumberOfWorkers,
		QuarterDPUs: capacity.QuarterDPUs, MaxCapacity: capacity.MaxCapacity,
		GlueVersion: version, ExecutionClass: class, JobMode: job.JobMode,
		SecurityConfig: job.SecurityConfiguration, Notification: job.NotificationProperty,
		Window: job.MaintenanceWindow, Profile: job.ProfileName, SessionPolicy: req.SessionPolicy,
		LogGroup: logGroupSpark, Principal: req.Principal,
	}
	if job.Command.Name == glue.CommandShell {
		run.LogGroup = logGroupShell
	}
	if job.Connections != nil {
		run.Connections = job.Connections.Connections
	}
	if req.QueuingEnabled != nil {
		run.QueuingEnabled = *req.QueuingEnabled
	}
	if req.Security != nil {
		run.SecurityConfig = req.Security.Name
	}
	if req.Notification != nil {
		run.Notification = req.Notification
	}
	if req.Previous != nil {
		run.PreviousRun = req.Previous.ID
	}
	return run, nil
}

// checkCommand refuses by name what no executor of Tenon runs.
func checkCommand(name string) error {
	switch name {
	case glue.CommandETL, glue.CommandShell:
		return nil
	}
	return glue.Invalid("Command name %s is not supported by Tenon; supported are %s and %s.", name, glue.CommandETL, glue.CommandShell)
}

// checkSecurity refuses a run whose security configuration asks for what is not done, rather than run it unencrypted.
func checkSecurity(req *StartRequest) error {
	wanted := []string{"S3Encryption", "CloudWatchEncryption", "JobBookmarksEncryption"}
	name := req.Job.SecurityConfiguration
	if req.Security != nil {
		name, wanted = req.Security.Name, req.Security.Wanted
	}
	if name == "" || len(wanted) == 0 {
		return nil
	}
	return glue.Invalid("Security configuration %s is not honoured by Tenon yet: %s. Remove it from the job to run without.",
		name, strings.Join(wanted, ", "))
}

// mergeArguments applies Glue's precedence: the job's defaults, then those of the run to repeat, then the request's,
// then what the job declares non-overridable.
func mergeArguments(req *StartRequest) map[string]string {
	merged := map[string]string{}
	maps.Copy(merged, req.Job.DefaultArguments)
	if req.Previous != nil {
		for k, v := range req.Previous.Arguments {
			if k != argRunKey { // that run's key is not this one's
				merged[k] = v
			}
		}
	}
	maps.Copy(merged, req.Arguments)
	maps.Copy(merged, req.Job.NonOverridable)
	if len(merged) == 0 {
		return nil
	}
	return merged
}

// checkArguments refuses arguments that cannot be honoured.
func checkArguments(args map[string]string) error {
	if len(args) > glue.MaxArguments {
		return glue.Invalid("Argument list too long: %d arguments, at most %d.", len(args), glue.MaxArguments)
	}
	if language, ok := args["--job-language"]; ok && language != "" && language != "python" {
		return glue.Invalid("Job language %s is not supported by Tenon; supported is python.", language)
	}
	_, err := bookmarkOption(args)
	return err
}

// capacityOf joins what the run asks for with what the job does. A run that names workers replaces a job's MaxCapacity,
// and the reverse; what the API derives (MaxCapacity beside workers) is no wish of the job's.
func capacityOf(req *StartRequest) (glue.Capacity, error) {
	job := &req.Job
	most := req.MaxCapacity
	if most == nil && req.AllocatedCapacity != 0 {
		most = dpus(req.AllocatedCapacity)
	}
	workerType, workers := req.WorkerType, req.NumberOfWorkers
	if most == nil {
		workerType, workers = first(workerType, job.WorkerType), first(workers, job.NumberOfWorkers)
	}
	if most == nil && workerType == "" && workers == 0 {
		if most = job.MaxCapacity; most == nil && job.AllocatedCapacity != 0 {
			most = dpus(job.AllocatedCapacity)
		}
	}
	return glue.ResolveCapacity(job.Command.Name, workerType, workers, most)
}

// dpus is a whole number of DPUs as MaxCapacity.
func dpus(n int) *float64 {
	f := float64(n)
	return &f
}

// executionClass checks ExecutionClass; empty is STANDARD for Spark and absent for Python shell.
func executionClass(class, command string) (string, error) {
	switch {
	case class == "" && command == glue.CommandShell:
		return "", nil
	case class == "":
		return "STANDARD", nil
	case class == classFlex && command != glue.CommandETL:
		return "", glue.Invalid("Execution class FLEX is only for jobs of command %s.", glue.CommandETL)
	case class != classFlex && class != "STANDARD":
		return "", glue.Invalid("Execution class %s is unknown; use FLEX or STANDARD.", class)
	}
	return class, nil
}

// wishHash is of what the caller asked for under a --tenon-run-key.
func wishHash(req *StartRequest) ([]byte, error) {
	b, err := json.Marshal([]any{
		req.Job.Name, req.Arguments, req.Timeout, req.AllocatedCapacity, req.MaxCapacity, req.WorkerType, req.NumberOfWorkers,
		req.ExecutionClass, req.Security, req.Notification, req.SessionPolicy, req.QueuingEnabled,
	})
	if err != nil {
		return nil, fmt.Errorf("controller: hash the request: %w", err)
	}
	sum := sha256.Sum256(b)
	return sum[:], nil
}

// first returns the first value that is not zero.
func first[T comparable](values ...T) T {
	var zero T
	for _, v := range values {
		if v != zero {
			return v
		}
	}
	return zero
}
