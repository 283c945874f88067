package glue

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// The values of Command.Name.
const (
	CommandETL       = "glueetl"
	CommandShell     = "pythonshell"
	CommandStreaming = "gluestreaming"
	CommandRay       = "glueray"
)

// DefaultGlueVersion is what a job gets that names none.
const DefaultGlueVersion = "5.1"

// Job is a stored job definition: the members Tenon reasons about. Doc is the whole document as GetJob returns it.
type Job struct {
	Name                  string            `json:"Name"`
	Description           string            `json:"Description,omitempty"`
	Role                  string            `json:"Role"`
	Command               Command           `json:"Command"`
	DefaultArguments      map[string]string `json:"DefaultArguments,omitempty"`
	NonOverridable        map[string]string `json:"NonOverridableArguments,omitempty"`
	Connections           *ConnectionList   `json:"Connections,omitempty"`
	ExecutionProperty     *ExecutionLimit   `json:"ExecutionProperty,omitempty"`
	MaxRetries            int               `json:"MaxRetries"`
	Timeout               int               `json:"Timeout,omitempty"` // minutes
	MaxCapacity           *float64          `json:"MaxCapacity,omitempty"`
	AllocatedCapacity     int               `json:"AllocatedCapacity,omitempty"`
	WorkerType            string            `json:"WorkerType,omitempty"`
	NumberOfWorkers       int               `json:"NumberOfWorkers,omitempty"`
	GlueVersion           string            `json:"GlueVersion,omitempty"`
	ExecutionClass        string            `json:"ExecutionClass,omitempty"` // STANDARD or FLEX
	SecurityConfiguration string            `json:"SecurityConfiguration,omitempty"`
	NotificationProperty  json.RawMessage   `json:"NotificationProperty,omitempty"`
	JobMode               string            `json:"JobMode,omitempty"`
	JobRunQueuingEnabled  bool              `json:"JobRunQueuingEnabled,omitempty"`
	MaintenanceWindow     string            `json:"MaintenanceWindow,omitempty"`
	ProfileName           string            `json:"ProfileName,omitempty"`
	CreatedOn             time.Time         `json:"-"`
	LastModifiedOn        time.Time         `json:"-"`
	Incarnation           int64             `json:"-"` // a deleted and re-created job is another one
	Version               int64             `json:"-"` // counts updates from 1
	Doc                   json.RawMessage   `json:"-"`
	Tags                  map[string]string `json:"-"`
}

// Command says what a job runs.
type Command struct {
	Name           string `json:"Name"`
	ScriptLocation string `json:"ScriptLocation,omitempty"`
	PythonVersion  string `json:"PythonVersion,omitempty"`
	Runtime        string `json:"Runtime,omitempty"`
}

// ConnectionList is the ordered names of a job's connections.
type ConnectionList struct {
	Connections []string `json:"Connections,omitempty"`
}

// ExecutionLimit is Glue's ExecutionProperty.
type ExecutionLimit struct {
	MaxConcurrentRuns int `json:"MaxConcurrentRuns"`
}

// ConcurrentRuns is how many runs of j may be non-terminal at once; 1 when the job says nothing.
func (j *Job) ConcurrentRuns() int {
	if j.ExecutionProperty == nil || j.ExecutionProperty.MaxConcurrentRuns <= 0 {
		return 1
	}
	return j.ExecutionProperty.MaxConcurrentRuns
}

// DefaultTimeoutMinutes is the Timeout of a job that sets none: 2,880 up to Glue 4.0, 480 from 5.0 on (API model of
// CreateJob). Python shell jobs carry no Glue version of Spark and keep 2,880.
func DefaultTimeoutMinutes(command, glueVersion string) int {
	major, _, _ := strings.Cut(glueVersion, ".")
	if n, err := strconv.Atoi(major); err == nil && n >= 5 && command != CommandShell {
		return 480
	}
	return 2880
}
