// Package forecast runs the scheduler forward in virtual time: when a waiting run will start, and what would be if
// something were different. It is pure: the same input and seed give the same answer.
//
// Nothing of the scheduler is modelled: each sample loads a copy of its state and steps it, with run times drawn from
// each job's history. A run that has run for t draws from the times above t. Runs that are submitted later count too, for
// a fair share lets them overtake: they are drawn from those submitted lately, hour by hour.
//
// Three questions are answered: Estimates says when the waiting runs start; Simulate compares the state with a changed
// one, both under the same draws; a Scorer holds the estimates given against what came, so that their honesty is a
// figure that is published. A Record keeps what the forecasts need to know of the past, in bounded memory.
package forecast

import (
	"time"

	"tenon/internal/core/scheduler"
)

// Input is a state and what is known of how long runs take.
type Input struct {
	State scheduler.Snapshot
	// Durations are run times of past runs by scheduler job name, youngest last: from the admission of an attempt to its
	// end. A job without any takes its Timeout's hundredth, at least a minute: the answer then says that it is a guess.
	Durations map[string][]time.Duration
	// Past are the runs submitted since PastSince, by Submitted: runs to come are drawn from them. None: none come but
	// Arrivals.
	Past      []scheduler.Run
	PastSince time.Time
	// Arrivals are runs that will be submitted later, by time: for simulations from a history.
	Arrivals []Arrival
}

// Arrival is a run to come. Took is how long it runs once it has started; 0 draws from Durations.
type Arrival struct {
	At   time.Time
	Run  scheduler.Run
	Took time.Duration
}

// Estimate is when a waiting run is expected to start: the median and the middle 80% of the samples.
type Estimate struct {
	P50, Low, High time.Time
	More           bool // beyond the horizon: it starts after High, and nobody knows when
	Guess          bool // some run time was a guess
	Made           time.Time
}

// Change is a what-if; the zero value changes nothing.
type Change struct {
	Region         string           `json:"Region,omitempty"`
	ConcurrentRuns *int64           `json:"ConcurrentRuns,omitempty"`
	DPUs           *float64         `json:"DPUs,omitempty"`
	FlexDPUs       *float64         `json:"FlexDPUs,omitempty"`
	AddSubnets     []AddedSubnet    `json:"AddSubnets,omitempty"`
	LoseZone       string           `json:"LoseZone,omitempty"`
	LoseSubnet     string           `json:"LoseSubnet,omitempty"`
	QueueWeights   map[string]int64 `json:"QueueWeights,omitempty"`
	Runs           []AddedRun       `json:"Runs,omitempty"` // started now
	LocalWorkers   *int64           `json:"LocalWorkers,omitempty"`
	MaxJobRuns     map[string]int64 `json:"MaxConcurrentRuns,omitempty"` // by job name
}

// AddedSubnet is one more subnet, open to every run that has subnets at all.
type AddedSubnet struct {
	Zone string `json:"Zone,omitempty"`
	CIDR string `json:"CIDR"`
}

// AddedRun is Count more runs.
type AddedRun struct {
	Job     string        `json:"Job,omitempty"` // as this job's; empty is a job of its own
	Queue   string        `json:"Queue,omitempty"`
	Workers int64         `json:"Workers"`
	DPUs    float64       `json:"DPUs,omitempty"` // 0: one a worker
	Count   int           `json:"Count,omitempty"`
	Takes   time.Duration `json:"Takes,omitempty"`
}

// Comparison is what a Change does.
type Comparison struct {
	Base    []QueueOutcome `json:"Base"`
	Changed []QueueOutcome `json:"Changed"`
	Runs    []RunOutcome   `json:"Runs,omitempty"` // the added ones
	Guess   bool           `json:"Guess,omitempty"`
	Notes   []string       `json:"Notes,omitempty"`
	// Waits is, by reason, the time that runs waited for it in Base: where the waits came from.
	Waits []WaitShare `json:"Waits,omitempty"`
}

// WaitShare is how long runs waited for one thing, in run-seconds.
type WaitShare struct {
	Tier    string  `json:"Tier"`
	Pool    string  `json:"Pool"`
	Seconds float64 `json:"Seconds"`
	Runs    int     `json:"Runs"`
}

// QueueOutcome is how the runs of a queue fare. Times are seconds from now (or from the history's begin).
type QueueOutcome struct {
	Region   string  `json:"Region"`
	Queue    string  `json:"Queue"`
	Runs     int     `json:"Runs"`
	Started  int     `json:"Started"` // within the horizon
	WaitP50  float64 `json:"WaitP50Seconds"`
	WaitP90  float64 `json:"WaitP90Seconds"`
	WaitMax  float64 `json:"WaitMaxSeconds"`
	WaitMean float64 `json:"WaitMeanSeconds"`
	Finish   float64 `json:"FinishSeconds"` // of the last one
}

// RunOutcome is how one added run fares, in seconds from now.
type RunOutcome struct {
	Run    string  `json:"Run"`
	Start  float64 `json:"StartSeconds"`
	Finish float64 `json:"FinishSeconds"`
	Why    string  `json:"Why,omitempty"` // what it waited for longest
}
