package controller

import (
	"fmt"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/core/scheduler"
	"tenon/internal/glue"
)

// Queueing says what happens to a start that cannot run at once.
type Queueing string

// The modes of queueing.
const (
	QueueAccount Queueing = "account" // account and machine limits queue, the job's own limit refuses
	QueueAll     Queueing = "all"     // every limit queues
	QueueOff     Queueing = "off"     // account limits refuse too, as in Glue
)

// Defaults of Config.
const (
	DefaultMaxOpenRuns = 250_000 // about 350 MB of memory
	DefaultRunMemory   = 2 << 30 // bytes of one attempt
	DefaultMinFree     = 1 << 30 // bytes
	DefaultKeepRuns    = 90 * 24 * time.Hour
	DefaultKeepLogs    = 30 * 24 * time.Hour
	DefaultRetryBase   = time.Second
	DefaultRetryMax    = 5 * time.Minute
	DefaultGrace       = 30 * time.Second

	DefaultNetworkRetries = 2
)

// Config is what the controller is told. The zero value of a field means its default.
type Config struct {
	Admission      scheduler.Config // no default: the caller knows the account and the machine
	Queueing       Queueing         // QueueAccount
	JobRuns        int              // most concurrent runs of one job, whatever it asks for; 0 is no such quota
	QueuedRuns     int              // most waiting runs of a region; 0 is no such quota
	MaxWait        time.Duration    // a run that waits longer ends EXPIRED; 0 is no maximum
	NetworkRetries *int             // most retries of a run after failures of the network; nil is 2
	Quotas         glue.Quotas      // of triggers; what is absent is AWS's default

	MaxOpen   int   // runs that are not final, of all jobs; beyond, starts are refused
	RunMemory int64 // bytes that one attempt may use, and is counted with

	RetryBase time.Duration // backoff before the first retry, doubled for each further one
	RetryMax  time.Duration
	Grace     time.Duration // beyond its Timeout, before the controller stops an attempt that should have stopped itself

	KeepRuns  time.Duration                   // runs, their events and file records
	KeepLogs  time.Duration                   // logs of attempts
	DiskDir   string                          // whose free space counts; empty is not to look
	MinFree   int64                           // bytes
	FreeSpace func(dir string) (int64, error) // how to measure it; nil means the file system's own answer

	// Observe is handed the events of each commit, in order, by the loop: it must not block.
	Observe func([]glue.Event)

	// Wants reports whether an event object.created is of interest to anybody: files that a run has published become such
	// events in the commit of their report. It is asked by the loop: it must not block. nil: none is.
	Wants func(glue.Event) bool

	Spec  SpecConfig
	Hooks Hooks // of simulations alone
}

// Policy is the part of Config that may be replaced while the plane runs, by Configure.
type Policy struct {
	Admission      scheduler.Config
	Queueing       Queueing
	JobRuns        int
	QueuedRuns     int
	MaxWait        time.Duration
	NetworkRetries *int
	Quotas         glue.Quotas
}

// policy is the part of c that may be replaced.
func (c *Config) policy() Policy {
	return Policy{Admission: c.Admission, Queueing: c.Queueing, JobRuns: c.JobRuns, QueuedRuns: c.QueuedRuns,
		MaxWait: c.MaxWait, NetworkRetries: c.NetworkRetries, Quotas: c.Quotas}
}

// SpecConfig is the part of every attempt's specification that does not come from the run.
type SpecConfig struct {
	Account     string
	Endpoint    string // Tenon's own URL
	S3Endpoint  string
	StorageRoot string            // the folder that s3:// stands for; empty: S3Endpoint is
	Staging     string            // without StorageRoot: where output is made before it is uploaded
	Python      string            // interpreter, absolute
	PythonFor   map[string]string // by Glue version, where it differs
	ShimDir     string
	RunAs       string
	PassEnv     []string
	Rehearsal   bool           // as attempt.Spec's
	Limits      attempt.Limits // MemoryBytes is Config.RunMemory
}

// withDefaults fills what is zero.
func (c Config) withDefaults() Config {
	setDefault(&c.MaxOpen, DefaultMaxOpenRuns)
	setDefault(&c.RunMemory, min(DefaultRunMemory, c.Admission.MemoryBytes))
	setDefault(&c.RetryBase, DefaultRetryBase)
	setDefault(&c.RetryMax, DefaultRetryMax)
	setDefault(&c.Grace, DefaultGrace)
	setDefault(&c.KeepRuns, DefaultKeepRuns)
	setDefault(&c.KeepLogs, DefaultKeepLogs)
	c.KeepLogs = min(c.KeepLogs, c.KeepRuns) // logs without a run are found by nobody
	setDefault(&c.MinFree, DefaultMinFree)
	if c.FreeSpace == nil {
		c.FreeSpace = freeSpace
	}
	return c
}

// validate refuses what cannot work.
func (c Config) validate() error {
	if c.MaxOpen < 1 || c.RunMemory < 0 || c.RetryBase < 0 || c.RetryMax < c.RetryBase {
		return fmt.Errorf("a limit is negative, or retry_max is below retry_base")
	}
	p := c.policy().withDefaults()
	return p.validate()
}

// withDefaults fills what is zero.
func (p Policy) withDefaults() Policy {
	setDefault(&p.Queueing, QueueAccount)
	if p.NetworkRetries == nil {
		n := DefaultNetworkRetries
		p.NetworkRetries = &n
	}
	return p
}

// validate refuses what cannot work.
func (p *Policy) validate() error {
	switch p.Queueing {
	case QueueAccount, QueueAll, QueueOff:
	default:
		return fmt.Errorf("unknown queueing %q: use account, all or off", p.Queueing)
	}
	if p.MaxWait < 0 || p.JobRuns < 0 || p.QueuedRuns < 0 {
		return fmt.Errorf("max_wait or a quota is negative")
	}
	if n := *p.NetworkRetries; n < 0 || n > maxNetworkRetries {
		return fmt.Errorf("network_retries is %d, not between 0 and %d", n, maxNetworkRetries)
	}
	return p.Admission.Validate()
}

// setDefault gives *p a value if it has none.
func setDefault[T comparable](p *T, value T) {
	var zero T
	if *p == zero {
		*p = value
	}
}
