package forecast

import (
	"slices"
	"time"

	"tenon/internal/core/scheduler"
)

// Bounds of a Record.
const (
	maxTimesPerJob = 100
	maxTimedJobs   = 10_000
	maxPast        = 5000
)

// Record is what forecasts need to know of the past, in bounded memory: the newest run times of each job and the newest
// submitted runs. It is not safe for concurrent use.
type Record struct {
	// Invariant: the slices are only appended to; what is cut off their begin goes with a new slice.
	times map[string][]time.Duration
	past  []scheduler.Run
	since time.Time // of past
}

// NewRecord returns an empty record that begins now.
func NewRecord(now time.Time) *Record {
	return &Record{times: map[string][]time.Duration{}, since: now}
}

// Submitted notes that a run was submitted, at r.Submitted.
func (c *Record) Submitted(r scheduler.Run) {
	if n := len(c.past); n > 0 && r.Submitted.Before(c.past[n-1].Submitted) {
		r.Submitted = c.past[n-1].Submitted // clocks step back; order stays
	}
	c.past = append(c.past, r)
	if len(c.past) >= 2*maxPast {
		c.past = slices.Clone(c.past[len(c.past)-maxPast:])
		c.since = c.past[0].Submitted
	}
}

// Took notes that an attempt of a job (its scheduler name) held its lease so long. Attempts that were stopped or never
// began tell nothing: they are not for here.
func (c *Record) Took(job string, took time.Duration) {
	seen, ok := c.times[job]
	if !ok && len(c.times) >= maxTimedJobs {
		return
	}
	if seen = append(seen, took); len(seen) >= 2*maxTimesPerJob {
		seen = slices.Clone(seen[maxTimesPerJob:])
	}
	c.times[job] = seen
}

// Input makes the input of a forecast. The record may go on meanwhile: what it hands out is only ever appended to.
func (c *Record) Input(snap scheduler.Snapshot) Input {
	in := Input{State: snap, Durations: make(map[string][]time.Duration, len(c.times)), PastSince: c.since}
	for job, seen := range c.times {
		in.Durations[job] = slices.Clip(seen[max(0, len(seen)-maxTimesPerJob):])
	}
	in.Past = slices.Clip(c.past[max(0, len(c.past)-maxPast):])
	if len(in.Past) < len(c.past) {
		in.PastSince = in.Past[0].Submitted
	}
	return in
}

// P75 is the third quartile of a job's run times: scheduler.Run.Predicted. 0 without any.
func (c *Record) P75(job string) time.Duration {
	seen := c.times[job]
	if len(seen) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(seen[max(0, len(seen)-maxTimesPerJob):]))
	return sorted[len(sorted)*3/4]
}
