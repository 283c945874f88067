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
	// end. Of a job without any nobody knows how long it takes: Estimates tells no start that depends on it; Simulate takes
	// its Timeout's hundredth, at least a minute, and says that it guesses.
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
	// Untimed is a job (its user's name) that has no run time yet, where the start depends on when its runs end: ahead, or
	// holding what is waited for. Then nobody knows when, and there is no time above.
	Untimed string
	Made    time.Time
}
