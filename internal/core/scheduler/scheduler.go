// Package scheduler decides which run starts next and why the others wait. It is pure: Step takes a state, an event and
// the time, and returns the decisions; the controller commits and carries them out.
package scheduler

import "time"

// Event is what happened since the last Step: exactly one field is set.
type Event struct {
	Submit  *Run     // a run was accepted and waits
	Release *Release // a lease is gone: the attempt ended, or never started
	Remove  *Remove  // a waiting run was stopped or expired
	Limits  *Limits  // the configuration changed
	Tick    bool     // time passed: retry backoff or a maximum wait may be over
}

// Run is what the scheduler knows of one waiting run.
type Run struct {
	ID          string
	Region      string
	Job         string // with its incarnation: the unit of MaxConcurrentRuns
	MaxJobRuns  int64
	QuarterDPUs int64
	Flex        bool
	MemoryBytes int64
	Submitted   time.Time
	NotBefore   time.Time // retry backoff; zero is now
}

// Release gives back what a run held.
type Release struct{ ID string }

// Remove takes a waiting run out of the queue.
type Remove struct{ ID string }

// Limits are the effective limits; 0 means none of that resource.
type Limits struct {
	Slots           int64
	QuarterDPUs     int64
	FlexQuarterDPUs int64
	Workers         int64
	MemoryBytes     int64
}
