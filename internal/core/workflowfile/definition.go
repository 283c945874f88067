package workflowfile

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"

	"tenon/internal/glue"
)

// Definition is the Glue job itself, where the file has it. Zero values mean Glue's defaults.
type Definition struct {
	Type              string // glueetl or pythonshell
	Script            string // s3:// location; or a local file, which whoever applies the file puts there
	Role              string
	Description       string
	GlueVersion       string
	PythonVersion     string
	WorkerType        string
	Workers           int
	Capacity          float64 // DPUs, instead of workers
	Flex              bool
	MaxConcurrentRuns int
	Queuing           bool
	Retries           int
	Timeout           int // minutes
	NotifyAfter       int // minutes
	Arguments         map[string]string
	FixedArguments    map[string]string // NonOverridableArguments
	Connections       []string
	Security          string
	MaintenanceWindow string
	Tags              map[string]string
}

// defaultRole is the Role of a job whose file names none: Glue demands one, Tenon gives it no meaning.
const defaultRole = "tenon"

// definitionKeys read a definition.
func (f *File) definitionKeys(d *Definition) keys {
	return keys{
		"type":                   choice(&d.Type, []string{glue.CommandETL, glue.CommandShell, glue.CommandStreaming, glue.CommandRay}),
		"script":                 text(&d.Script),
		"role":                   text(&d.Role),
		"description":            text(&d.Description),
		"glue_version":           text(&d.GlueVersion),
		"python_version":         text(&d.PythonVersion),
		"worker_type":            text(&d.WorkerType),
		"workers":                whole(&d.Workers, 1),
		"capacity":               decimal(&d.Capacity),
		"flex":                   truth(&d.Flex),
		"max_concurrent_runs":    whole(&d.MaxConcurrentRuns, 1),
		"queuing":                truth(&d.Queuing),
		"retries":                whole(&d.Retries, 0),
		"timeout":                span(&d.Timeout, time.Minute),
		"notify_after":           span(&d.NotifyAfter, time.Minute),
		"arguments":              f.arguments(&d.Arguments),
		"fixed_arguments":        f.arguments(&d.FixedArguments),
		"connections":            f.list(&d.Connections),
		"security_configuration": text(&d.Security),
		"maintenance_window":     text(&d.MaintenanceWindow),
		"tags":                   f.texts(&d.Tags),
	}
}

// readDefinition reads the keys below define.
func (f *File) readDefinition(d *Definition, n *yaml.Node, at string) error {
	if err := f.mapping(n, at, f.definitionKeys(d)); err != nil {
		return err
	}
	if d.Script == "" {
		return f.refuse(join(at, "script"), "is missing: a local file, or an s3:// location")
	}
	return nil
}

// list reads a list of texts; one alone needs no brackets.
func (f *File) list(into *[]string) func(*yaml.Node, string) error {
	return func(n *yaml.Node, at string) error {
		nodes := []*yaml.Node{n}
		if n = resolve(n); n.Kind == yaml.SequenceNode {
			nodes = n.Content
		}
		for i, n := range nodes {
			item := ""
			if err := text(&item)(n, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
			*into = append(*into, item)
		}
		return nil
	}
}

// decimal reads a positive number.
func decimal(into *float64) func(*yaml.Node, string) error {
	return func(n *yaml.Node, at string) error {
		v, err := strconv.ParseFloat(resolve(n).Value, 64)
		if err != nil || !(v > 0) {
			return wrong(n, at, "%q is not a number greater than 0", resolve(n).Value)
		}
		*into = v
		return nil
	}
}

// job is the Glue job of a definition.
func (d *Definition) job(name string) glue.Job {
	j := glue.Job{Name: name, Description: d.Description, Role: or(d.Role, defaultRole),
		Command:          glue.Command{Name: or(d.Type, glue.CommandETL), ScriptLocation: d.Script, PythonVersion: d.PythonVersion},
		DefaultArguments: d.Arguments, NonOverridable: d.FixedArguments, MaxRetries: d.Retries, Timeout: d.Timeout,
		WorkerType: d.WorkerType, NumberOfWorkers: d.Workers, GlueVersion: d.GlueVersion, SecurityConfiguration: d.Security,
		NotificationProperty: notification(d.NotifyAfter), JobRunQueuingEnabled: d.Queuing, MaintenanceWindow: d.MaintenanceWindow, Tags: d.Tags}
	if d.Capacity > 0 {
		j.MaxCapacity = &d.Capacity
	}
	if d.Flex {
		j.ExecutionClass = classFlex
	}
	if d.MaxConcurrentRuns > 0 {
		j.ExecutionProperty = &glue.ExecutionLimit{MaxConcurrentRuns: d.MaxConcurrentRuns}
	}
	if len(d.Connections) > 0 {
		j.Connections = &glue.ConnectionList{Connections: d.Connections}
	}
	return j
}

// The values of Job.ExecutionClass, and the JobMode of a job that is a script.
const (
	classFlex     = "FLEX"
	classStandard = "STANDARD"
	modeScript    = "SCRIPT"
)

// define is the definition of a Glue job, without what is Glue's default. Its error names the member that has no key.
func define(j glue.Job) (*Definition, error) {
	j = settledJob(j)
	after, err := notifyAfter(j.NotificationProperty)
	for _, args := range []map[string]string{j.DefaultArguments, j.NonOverridable} {
		if err == nil {
			err = hyphens(args)
		}
	}
	switch {
	case err != nil:
		return nil, err
	case j.JobMode != modeScript:
		return nil, fmt.Errorf("JobMode %s", j.JobMode)
	case j.Command.Runtime != "":
		return nil, fmt.Errorf("Runtime %s", j.Command.Runtime)
	case j.ProfileName != "":
		return nil, fmt.Errorf("usage profile %s", j.ProfileName)
	}
	d := &Definition{Script: j.Command.ScriptLocation, Description: j.Description, PythonVersion: j.Command.PythonVersion,
		WorkerType: j.WorkerType, Workers: j.NumberOfWorkers, Flex: j.ExecutionClass == classFlex, Queuing: j.JobRunQueuingEnabled,
		Retries: j.MaxRetries, NotifyAfter: after, Arguments: j.DefaultArguments, FixedArguments: j.NonOverridable,
		Security: j.SecurityConfiguration, MaintenanceWindow: j.MaintenanceWindow, Tags: j.Tags}
	bare := settledJob(glue.Job{Command: j.Command, WorkerType: j.WorkerType, NumberOfWorkers: j.NumberOfWorkers, GlueVersion: j.GlueVersion})
	if j.Command.Name != glue.CommandETL {
		d.Type = j.Command.Name
	}
	if j.Role != defaultRole {
		d.Role = j.Role
	}
	if j.GlueVersion != settledJob(glue.Job{Command: j.Command}).GlueVersion {
		d.GlueVersion = j.GlueVersion
	}
	if j.Timeout != bare.Timeout {
		d.Timeout = j.Timeout
	}
	if n := j.ConcurrentRuns(); n != 1 {
		d.MaxConcurrentRuns = n
	}
	if j.Connections != nil {
		d.Connections = j.Connections.Connections
	}
	if j.MaxCapacity != nil && (bare.MaxCapacity == nil || *j.MaxCapacity != *bare.MaxCapacity) {
		d.Capacity = *j.MaxCapacity
	}
	return d, nil
}

// settledJob is a job in the one form of all that mean the same: with the defaults that GetJob shows, without what it
// derives and without what is empty.
func settledJob(j glue.Job) glue.Job {
	command := j.Command.Name
	if command != glue.CommandShell {
		j.GlueVersion = or(j.GlueVersion, glue.DefaultGlueVersion)
	}
	if j.MaxCapacity == nil && j.AllocatedCapacity > 0 {
		dpus := float64(j.AllocatedCapacity)
		j.MaxCapacity = &dpus
	}
	j.AllocatedCapacity = 0
	if j.WorkerType != "" {
		j.MaxCapacity = nil
	} else if j.MaxCapacity == nil {
		if c, err := glue.ResolveCapacity(command, "", 0, nil); err == nil {
			j.MaxCapacity = &c.MaxCapacity
		}
	}
	if command != glue.CommandStreaming {
		j.Timeout = or(j.Timeout, glue.DefaultTimeoutMinutes(command, j.GlueVersion))
	}
	if j.ExecutionClass == classStandard {
		j.ExecutionClass = ""
	}
	j.ExecutionProperty = &glue.ExecutionLimit{MaxConcurrentRuns: j.ConcurrentRuns()}
	if j.Connections != nil && len(j.Connections.Connections) == 0 {
		j.Connections = nil
	}
	j.JobMode = or(j.JobMode, modeScript)
	j.DefaultArguments, j.NonOverridable, j.Tags = settledMap(j.DefaultArguments), settledMap(j.NonOverridable), settledMap(j.Tags)
	if after, err := notifyAfter(j.NotificationProperty); err == nil {
		j.NotificationProperty = notification(after)
	}
	return j
}

// settledMap is a copy of a map, nil for an empty one.
func settledMap(m map[string]string) map[string]string {
	if len(m) == 0 {
		return nil
	}
	return maps.Clone(m)
}

// notification is NotificationProperty of a number of minutes; nil for 0.
func notification(minutes int) json.RawMessage {
	if minutes == 0 {
		return nil
	}
	return fmt.Appendf(nil, `{"NotifyDelayAfter":%d}`, minutes)
}

// notifyAfter is the number of minutes of a NotificationProperty; 0 for none.
func notifyAfter(doc json.RawMessage) (int, error) {
	if len(doc) == 0 {
		return 0, nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(doc, &members); err != nil {
		return 0, fmt.Errorf("NotificationProperty %s", doc)
	}
	minutes := 0
	for name, value := range members {
		if name != "NotifyDelayAfter" || json.Unmarshal(value, &minutes) != nil {
			return 0, fmt.Errorf("NotificationProperty %s", doc)
		}
	}
	return minutes, nil
}

// or returns value, or fallback when value is the zero value.
func or[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}
