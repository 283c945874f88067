package glue

import (
	"encoding/json"
	"time"
)

// RunState is JobRunState of the Glue API.
type RunState string

// The states of a run. WAITING, STARTING, RUNNING and STOPPING are open; the others are final.
//
//	submit -> WAITING -> STARTING -> RUNNING -> SUCCEEDED | FAILED | TIMEOUT
//	             |           |          |
//	             |           +----------+--> STOPPING -> STOPPED
//	             +--> STOPPED (stopped while waiting) | EXPIRED (max_wait) | ERROR (its job is gone)
//	FAILED attempt with retries left: back to WAITING, Attempt + 1
const (
	RunWaiting   RunState = "WAITING"
	RunStarting  RunState = "STARTING"
	RunRunning   RunState = "RUNNING"
	RunStopping  RunState = "STOPPING"
	RunStopped   RunState = "STOPPED"
	RunSucceeded RunState = "SUCCEEDED"
	RunFailed    RunState = "FAILED"
	RunTimeout   RunState = "TIMEOUT"
	RunError     RunState = "ERROR"
	RunExpired   RunState = "EXPIRED"
)

// Final reports whether no change can follow s.
func (s RunState) Final() bool {
	switch s {
	case RunStopped, RunSucceeded, RunFailed, RunTimeout, RunError, RunExpired:
		return true
	}
	return false
}

// Active reports whether a run in state s holds capacity: Glue counts STARTING, RUNNING and STOPPING.
func (s RunState) Active() bool {
	return s == RunStarting || s == RunRunning || s == RunStopping
}

// JobRun is one run of a job. It is the row of table run; its JSON is the row's document.
type JobRun struct {
	Region      string `json:"region"`
	ID          string `json:"id"` // jr_ and 64 hex digits
	Job         string `json:"job"`
	Incarnation int64  `json:"incarnation"`      // of the job at submit
	Attempt     int    `json:"attempt,omitzero"` // 0 for the first

	State        RunState `json:"state"`
	StateDetail  string   `json:"state_detail,omitempty"` // kept only where it is not derived on read
	ErrorMessage string   `json:"error_message,omitempty"`

	PreviousRun string `json:"previous_run,omitempty"` // StartJobRun(JobRunId)
	Trigger     string `json:"trigger,omitempty"`
	Flow        string `json:"flow,omitempty"`     // the workflow run or chain it belongs to; empty: started by hand
	Workflow    string `json:"workflow,omitempty"` // of Flow, if that is a workflow run
	Cause       *Cause `json:"cause,omitempty"`    // why its trigger fired
	// Delayed are the states for which NotifyDelayAfter has been told.
	Delayed []RunState `json:"delayed,omitempty"`

	Submitted time.Time     `json:"submitted"` // durable acceptance; Glue's StartedOn
	Started   time.Time     `json:"started,omitzero"`
	Modified  time.Time     `json:"modified"`
	Completed time.Time     `json:"completed,omitzero"`
	RetryAt   time.Time     `json:"retry_at,omitzero"` // a WAITING run between attempts does not start before
	Executed  time.Duration `json:"executed,omitzero"` // sum of the attempts' running time

	Command        Command           `json:"command"`
	Arguments      map[string]string `json:"arguments,omitempty"` // merged: defaults, the run's, the non-overridable
	Connections    []string          `json:"connections,omitempty"`
	MaxRetries     int               `json:"max_retries,omitempty"`
	TimeoutMinutes int               `json:"timeout_minutes,omitzero"`
	MaxConcurrent  int               `json:"max_concurrent,omitzero"` // of the job at submit
	QueuingEnabled bool              `json:"queuing,omitempty"`

	WorkerType      string          `json:"worker_type,omitempty"`
	NumberOfWorkers int             `json:"number_of_workers,omitempty"`
	QuarterDPUs     int64           `json:"quarter_dpus,omitzero"` // a quarter of a DPU is the unit of capacity
	MaxCapacity     float64         `json:"max_capacity,omitzero"` // DPUs, as the API shows them
	GlueVersion     string          `json:"glue_version,omitempty"`
	ExecutionClass  string          `json:"execution_class,omitempty"`
	JobMode         string          `json:"job_mode,omitempty"`
	SecurityConfig  string          `json:"security_configuration,omitempty"`
	Notification    json.RawMessage `json:"notification,omitempty"`
	Window          string          `json:"maintenance_window,omitempty"`
	Profile         string          `json:"profile,omitempty"`
	SessionPolicy   string          `json:"session_policy,omitempty"`
	LogGroup        string          `json:"log_group"`
	Principal       string          `json:"principal,omitempty"` // access key id of the caller

	Usage Usage `json:"usage,omitzero"`

	// Admission: the run's own settings, resolved at submit from arguments, the job's tags and the queue, and what became
	// of them.
	Queue          string     `json:"queue,omitempty"` // empty is "default"
	Priority       int        `json:"priority,omitzero"`
	Held           bool       `json:"held,omitempty"` // by an operator: does not start before it is released
	Subnets        []Choice   `json:"subnets,omitempty"`
	Strategy       string     `json:"strategy,omitempty"`       // empty is the plane's
	MinWorkers     int        `json:"min_workers,omitzero"`     // starts with so many where no subnet has all; 0 is all
	NetworkRetries *int       `json:"network_retries,omitzero"` // most of them; nil is the plane's
	NetworkTries   int        `json:"network_tries,omitzero"`   // made so far
	Placement      *Placement `json:"placement,omitempty"`      // of the current or last attempt
	// Avoid are the subnets of earlier attempts that failed for the network's sake, and until when they are passed over.
	Avoid []Avoided `json:"avoid,omitempty"`
}

// Choice is a connection of a run and the subnet that it led to at submit.
type Choice struct {
	Connection string `json:"connection"`
	Subnet     string `json:"subnet"` // empty: there was no such connection
}

// Avoided is a subnet that failed a run lately.
type Avoided struct {
	Subnet string    `json:"subnet"`
	Until  time.Time `json:"until"`
}

// Predecessor is a run whose end started this one.
type Predecessor struct {
	Job string `json:"job"`
	Run string `json:"run"`
}

// Usage is what a run moved, summed over its attempts. All are counted by Tenon, none is estimated.
type Usage struct {
	FilesRead      int64 `json:"files_read"`
	BytesRead      int64 `json:"bytes_read"`
	RecordsRead    int64 `json:"records_read"`
	FilesWritten   int64 `json:"files_written"`
	BytesWritten   int64 `json:"bytes_written"`
	RecordsWritten int64 `json:"records_written"`
	PeakMemory     int64 `json:"peak_memory"` // bytes, of the process tree
}

// DPUSeconds is the nominal use of a run: DPUs held times seconds executed. AWS fills it only for FLEX and auto scaling.
func (r *JobRun) DPUSeconds() float64 {
	return float64(r.QuarterDPUs) / 4 * r.Executed.Seconds()
}
