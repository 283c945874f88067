package controller

import (
	"fmt"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/core/placement"
	"tenon/internal/glue"
)

// This file holds the changes of state that several commands share: attempt ended, retried, ended.

// deadline is when the controller stops an attempt that its worker should have stopped: Timeout and the grace after the
// script began, or after the admission if it has not.
func (s *state) deadline(r *run) time.Time {
	from := r.lease.Since
	if r.Started.After(from) {
		from = r.Started
	}
	return from.Add(time.Duration(r.TimeoutMinutes)*time.Minute + s.cfg.Grace)
}

// attemptEnded takes the result of the current attempt of r: the run ends, or waits for another attempt.
func (s *state) attemptEnded(t *turn, r *run, res *attempt.Result) {
	add(&r.Usage, res.Usage)
	if !res.Started.IsZero() && res.Ended.After(res.Started) {
		r.Executed += res.Ended.Sub(res.Started)
	}
	final := res.State
	switch {
	case final == glue.RunStopped && r.State != glue.RunStopping && !t.now.Before(s.deadline(r)):
		final = glue.RunTimeout // nobody asked but the controller itself
	case r.State == glue.RunStopping && final == glue.RunFailed && res.Started.IsZero():
		final = glue.RunStopped // stopped before it began
	}
	e := ending{message: res.ErrorMessage, outcome: outcomeOf(r, res)}
	if final == glue.RunFailed && r.State != glue.RunStopping && s.mayRetry(r, e.outcome) {
		s.retry(t, r, e)
		return
	}
	if final == glue.RunTimeout && e.message == "" {
		e.message = fmt.Sprintf("Job run timed out after %d minutes.", r.TimeoutMinutes)
	}
	s.end(t, r, final, e)
}

// mayRetry reports whether another attempt follows one that failed.
func (s *state) mayRetry(r *run, outcome placement.Outcome) bool {
	if outcome == placement.NetworkFailed {
		return r.NetworkTries < s.networkRetries(r)
	}
	return r.Attempt-r.NetworkTries < r.MaxRetries
}

// retry gives the lease back and puts the run in line again for its next attempt.
func (s *state) retry(t *turn, r *run, e ending) {
	detail := retryDetail{Error: e.message, Network: e.outcome == placement.NetworkFailed, Subnet: r.lease.Subnet}
	back, decided := s.release(t, r, e.outcome)
	detail.given = back
	t.event(r, glue.EventRunRetry, "", detail)
	r.State, r.ErrorMessage = glue.RunWaiting, cut(e.message, glue.MaxErrorMessage)
	r.Attempt++
	if detail.Network {
		r.NetworkTries++
		r.avoid(detail.Subnet, t.now)
		r.RetryAt = t.now.Add(backoff(r.NetworkTries, networkBase, networkMax, t))
	} else {
		r.RetryAt = t.now.Add(backoff(r.Attempt-r.NetworkTries, s.cfg.RetryBase, s.cfg.RetryMax, t))
	}
	t.touch(r)
	s.alarms.set(r, time.Time{})
	s.delays.set(r, time.Time{})
	s.apply(t, decided)
	s.submit(t, r)
}

// retryDetail is the detail of run.retry.
type retryDetail struct {
	Error   string `json:"error"`
	Network bool   `json:"network"` // a failure of the network, not of the script
	Subnet  string `json:"subnet,omitempty"`
	given
}

// backoff is how long retry n (from 1) waits: base doubled for each further one, at most most, less up to half of it by
// chance, so that runs that failed together do not come back together.
func backoff(n int, base, most time.Duration, t *turn) time.Duration {
	d := base
	for ; n > 1 && d < most; n-- {
		d *= 2
	}
	d = min(d, most)
	return d - time.Duration(t.rand.Int64N(int64(d)/2+1))
}

// ending is what is known of an end besides the state.
type ending struct {
	message string
	who     string // asked for it, if somebody did
	outcome placement.Outcome
}

// end moves a run to a final state and gives back what it holds.
func (s *state) end(t *turn, r *run, final glue.RunState, e ending) {
	if !final.Final() {
		t.fail(fmt.Errorf("run %s cannot end in state %s", r.ID, final))
		return
	}
	r.State, r.Completed = final, t.now
	r.ErrorMessage = cut(e.message, glue.MaxErrorMessage)
	if final == glue.RunSucceeded {
		r.ErrorMessage = ""
		s.times.took(r.lease.Job, t.now.Sub(r.lease.Since))
	}
	t.touch(r)
	t.found.runs[r.ID] = r.JobRun // for the commands of this turn that ask for it next
	back, decided := s.release(t, r, e.outcome)
	t.event(r, glue.EventRunEnded, e.who, endDetail{final, queueName(&r.JobRun), r.ErrorMessage, r.Executed.Microseconds(), r.DPUSeconds(), r.Usage, back})
	t.ended = append(t.ended, r.ID)
	s.closed(r)
	s.alarms.set(r, time.Time{})
	s.delays.set(r, time.Time{})
	s.countFailure(t, r)
	s.apply(t, decided)
	s.runEnded(t, r)
}

// endDetail is the detail of run.ended.
type endDetail struct {
	State          glue.RunState `json:"state"`
	Queue          string        `json:"queue"`
	Error          string        `json:"error,omitempty"`
	ExecutedMicros int64         `json:"executed_us"`
	DPUSeconds     float64       `json:"dpu_seconds"` // nominal
	Usage          glue.Usage    `json:"usage"`
	given
}

// add sums the usage of attempts; the peak is a maximum.
func add(sum *glue.Usage, u glue.Usage) {
	sum.FilesRead += u.FilesRead
	sum.BytesRead += u.BytesRead
	sum.RecordsRead += u.RecordsRead
	sum.FilesWritten += u.FilesWritten
	sum.BytesWritten += u.BytesWritten
	sum.RecordsWritten += u.RecordsWritten
	sum.PeakMemory = max(sum.PeakMemory, u.PeakMemory)
}

// cut shortens s to at most n bytes, on the border of a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n]
}
