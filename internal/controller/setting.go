package controller

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"tenon/internal/core/placement"
	"tenon/internal/core/scheduler"
	"tenon/internal/glue"
)

// Settings are what a run may say about its admission where Glue has no field for it: by an argument --tenon-queue of the
// run, or of the job's defaults; else by a tag tenon:queue of the job; else the plane's own holds. Arguments of Tenon show
// in JobRun.Arguments, and the script does not get them.
const (
	argPrefix = "--tenon-"
	tagPrefix = "tenon:"
)

// The settings by name, without their prefix.
const (
	setQueue       = "queue"
	setPriority    = "priority"
	setConnections = "connections" // names, separated by spaces
	setStrategy    = "strategy"
	setMinWorkers  = "min-workers"
	setNetwork     = "network-retries"
	setDeadline    = "deadline" // known, and refused until it is kept
)

// settingNames are those that are kept, in the order in which they are listed.
var settingNames = []string{setQueue, setPriority, setConnections, setStrategy, setMinWorkers, setNetwork}

// Limits of settings.
const (
	maxPriority       = 1000 // either way
	maxNetworkRetries = 10   // as MaxRetries of a job
	maxConnections    = 64   // candidates of one run: each is looked at whenever it is placed
)

// argRunKey makes starts with the same value one run. It is no setting: a job has no use for it.
const argRunKey = argPrefix + "run-key"

// tagAdhoc marks the jobs that `tenon run` made of a script. It is no setting.
const tagAdhoc = tagPrefix + "adhoc"

// settings are the wishes of one run, and where each was found, for messages.
type settings struct {
	queue          string
	priority       *int
	connections    []string
	strategy       placement.Strategy
	minWorkers     int
	networkRetries *int
	minWorkersFrom string
}

// CheckTags refuses tags of Tenon's own that mean nothing, or that no run could be started with. Whether a queue is
// configured is asked when a run starts: queues come and go, jobs stay.
func CheckTags(tags map[string]string) error {
	if err := checkNames(tags, tagPrefix); err != nil {
		return err
	}
	_, err := readSettings(tags, nil)
	return err
}

// ConnectionNames returns the connections that are candidates for a run of job with these tags, as listed: those of the
// setting connections, else the job's own. args are what the run itself sets. Of a setting that names more than a run may
// have, the first too many are returned: the start refuses them.
func ConnectionNames(job *glue.Job, tags, args map[string]string) []string {
	merged := mergeArguments(&StartRequest{Job: *job, Arguments: args})
	if names, _ := setting(tags, merged, setConnections); names != "" {
		all := strings.Fields(names)
		return all[:min(len(all), maxConnections+1)]
	}
	if job.Connections == nil {
		return nil
	}
	return job.Connections.Connections
}

// setting returns the value of a setting, and the name under which it was found. An empty value is none.
func setting(tags, args map[string]string, name string) (value, from string) {
	if value = args[argPrefix+name]; value != "" {
		return value, argPrefix + name
	}
	return tags[tagPrefix+name], tagPrefix + name
}

// checkNames refuses members of m that begin with prefix and are no setting.
func checkNames(m map[string]string, prefix string) error {
	for _, key := range slices.Sorted(maps.Keys(m)) {
		name, ours := strings.CutPrefix(key, prefix)
		if !ours || slices.Contains(settingNames, name) || key == argRunKey || key == tagAdhoc {
			continue
		}
		noun := "Argument"
		if prefix == tagPrefix {
			noun = "Tag"
		}
		if name == setDeadline {
			return glue.Invalid("%s %s is not supported by Tenon yet.", noun, key)
		}
		return glue.Invalid("%s %s is not supported by Tenon; supported are %s.", noun, key, prefix+strings.Join(settingNames, ", "+prefix))
	}
	return nil
}

// readSettings reads all settings of a run.
func readSettings(tags, args map[string]string) (s settings, err error) {
	s.queue, _ = setting(tags, args, setQueue)
	if s.priority, err = numberSetting(tags, args, setPriority, -maxPriority, maxPriority); err != nil {
		return s, err
	}
	if s.networkRetries, err = numberSetting(tags, args, setNetwork, 0, maxNetworkRetries); err != nil {
		return s, err
	}
	least, err := numberSetting(tags, args, setMinWorkers, 2, maxWorkers)
	if err != nil {
		return s, err
	}
	if least != nil {
		s.minWorkers = *least
		_, s.minWorkersFrom = setting(tags, args, setMinWorkers)
	}
	names, from := setting(tags, args, setConnections)
	s.connections = strings.Fields(names)
	if names != "" && len(s.connections) == 0 {
		return s, glue.Invalid("%s names no connection; leave it out for those of the job.", from)
	}
	if len(s.connections) > maxConnections {
		return s, glue.Invalid("%s names %d connections, at most %d.", from, len(s.connections), maxConnections)
	}
	for i, name := range s.connections {
		if slices.Contains(s.connections[:i], name) {
			return s, glue.Invalid("%s names connection %s twice.", from, name)
		}
	}
	strategy, _ := setting(tags, args, setStrategy)
	if s.strategy = placement.Strategy(strategy); !s.strategy.Known() {
		return s, glue.Invalid("Unknown strategy specified: %s", strategy) // the words that users of the well-known DAG get
	}
	return s, nil
}

// maxWorkers is the largest NumberOfWorkers of any worker type.
const maxWorkers = 299

// numberSetting reads a whole number between two bounds; nil is absent.
func numberSetting(tags, args map[string]string, name string, least, most int) (*int, error) {
	value, from := setting(tags, args, name)
	if value == "" {
		return nil, nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < least || n > most || value[0] == '+' {
		return nil, glue.Invalid("%s must be a whole number between %d and %d, got %q.", from, least, most, value)
	}
	return &n, nil
}

// applySettings gives a drafted run its wishes; what hangs on the configuration is left to applyQueue.
func applySettings(run *glue.JobRun, req *StartRequest) (priority *int, err error) {
	if err := checkNames(run.Arguments, argPrefix); err != nil {
		return nil, err
	}
	if err := checkNames(req.Tags, tagPrefix); err != nil {
		return nil, err
	}
	s, err := readSettings(req.Tags, run.Arguments)
	if err != nil {
		return nil, err
	}
	if s.minWorkers > workersOf(run) {
		return nil, glue.Invalid("%s is %d, but the run has only %d workers.", s.minWorkersFrom, s.minWorkers, workersOf(run))
	}
	if len(req.Subnets) > maxConnections {
		return nil, glue.Invalid("The run has %d connections with a subnet, at most %d.", len(req.Subnets), maxConnections)
	}
	if s.queue != scheduler.DefaultQueue {
		run.Queue = s.queue
	}
	run.Subnets, run.Strategy, run.MinWorkers = req.Subnets, string(s.strategy), s.minWorkers
	run.NetworkRetries = s.networkRetries
	return s.priority, nil
}

// applyQueue gives a run its queue's priority, unless it has one of its own. A queue that is not configured is refused.
func applyQueue(run *glue.JobRun, priority *int, queues []scheduler.Queue) error {
	i := slices.IndexFunc(queues, func(q scheduler.Queue) bool { return q.Name == queueName(run) })
	switch {
	case i < 0 && run.Queue != "":
		return unknownQueue(run.Queue, queueNames(queues))
	case priority != nil:
		run.Priority = *priority
	case i >= 0:
		run.Priority = queues[i].Priority
	}
	return nil
}

// unknownQueue refuses a queue by name.
func unknownQueue(name string, configured []string) error {
	return glue.Invalid("Queue %s is not configured; configured are %s.", name, strings.Join(configured, ", "))
}

// queueName is the queue of a run.
func queueName(run *glue.JobRun) string { return first(run.Queue, scheduler.DefaultQueue) }

// queueNames lists the configured queues, with the default one that always is.
func queueNames(queues []scheduler.Queue) []string {
	names := make([]string, 0, len(queues)+1)
	for _, q := range queues {
		names = append(names, q.Name)
	}
	if !slices.Contains(names, scheduler.DefaultQueue) {
		names = append([]string{scheduler.DefaultQueue}, names...)
	}
	return names
}

// workersOf is how many workers a run has, its driver among them: each takes an address. A run sized in DPUs counts one
// worker for each, at least one.
func workersOf(run *glue.JobRun) int {
	if run.NumberOfWorkers > 0 {
		return run.NumberOfWorkers
	}
	return max(1, int(run.QuarterDPUs/4))
}
