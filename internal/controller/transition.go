package controller

import (
	"fmt"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/core/quota"
	"tenon/internal/core/scheduler"
	"tenon/internal/glue"
)

// This file holds the changes of state that several commands share: admitted, attempt ended, retried, ended.

// admit moves a run from WAITING to STARTING: its lease and the intent to start it are written, then it is started.
func (s *state) admit(t *turn, r *run, lease quota.Lease) {
	r.State, r.since, r.applied = glue.RunStarting, t.now, 0
	r.lease, r.vector = leaseTaken, lease.Need
	r.RetryAt = time.Time{}
	t.touch(r)
	t.event(r, glue.EventRunAdmitted, "", admitDetail{t.now.Sub(r.Submitted).Microseconds()})
	t.admitted = append(t.admitted, r.ID)
	t.effects = append(t.effects, startEffect(r.JobRun))
	s.alarms.set(r, s.deadline(r))
}

// admitDetail is the detail of run.admitted.
type admitDetail struct {
	WaitMicros int64 `json:"wait_us"` // since the submit
}

// deadline is when the controller stops an attempt that its worker should have stopped: Timeout and the grace after the
// script began, or after the admission if it has not.
func (s *state) deadline(r *run) time.Time {
	from := r.since
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
	if final == glue.RunFailed && r.State != glue.RunStopping && r.Attempt < r.MaxRetries {
		s.retry(t, r, res.ErrorMessage)
		return
	}
	message := res.ErrorMessage
	if final == glue.RunTimeout && message == "" {
		message = fmt.Sprintf("Job run timed out after %d minutes.", r.TimeoutMinutes)
	}
	s.end(t, r, final, message, "")
}

// retry gives the lease back and puts the run in line again for its next attempt.
func (s *state) retry(t *turn, r *run, message string) {
	t.event(r, glue.EventRunRetry, "", retryDetail{message})
	s.release(t, r, true)
	r.State, r.ErrorMessage = glue.RunWaiting, cut(message, glue.MaxErrorMessage)
	r.Attempt++
	r.RetryAt = t.now.Add(s.backoff(r.Attempt, t))
	t.touch(r)
	s.alarms.set(r, time.Time{})
	sr := s.schedulerRun(r)
	s.step(t, scheduler.Event{Submit: &sr})
}

// retryDetail is the detail of run.retry.
type retryDetail struct {
	Error string `json:"error"`
}

// backoff is how long attempt n (from 1) waits: RetryBase doubled for each further one, at most RetryMax, less up to
// half of it by chance, so that runs that failed together do not come back together.
func (s *state) backoff(n int, t *turn) time.Duration {
	d := s.cfg.RetryBase
	for ; n > 1 && d < s.cfg.RetryMax; n-- {
		d *= 2
	}
	d = min(d, s.cfg.RetryMax)
	return d - time.Duration(t.rand.Int64N(int64(d)/2+1))
}

// end moves a run to a final state and gives back what it holds. who asked for it is for the event.
func (s *state) end(t *turn, r *run, final glue.RunState, message, who string) {
	if !final.Final() {
		t.fail(fmt.Errorf("run %s cannot end in state %s", r.ID, final))
		return
	}
	active := r.State.Active()
	r.State, r.Completed = final, t.now
	r.ErrorMessage = cut(message, glue.MaxErrorMessage)
	if final == glue.RunSucceeded {
		r.ErrorMessage = ""
	}
	t.touch(r)
	t.found.runs[r.ID] = r.JobRun // for the commands of this turn that ask for it next
	t.event(r, glue.EventRunEnded, who, endDetail{final, r.ErrorMessage, r.Executed.Microseconds(), r.DPUSeconds(), r.Usage})
	t.ended = append(t.ended, r.ID)
	s.closed(r)
	s.alarms.set(r, time.Time{})
	s.countFailure(t, r)
	s.release(t, r, active)
}

// endDetail is the detail of run.ended.
type endDetail struct {
	State          glue.RunState `json:"state"`
	Error          string        `json:"error,omitempty"`
	ExecutedMicros int64         `json:"executed_us"`
	DPUSeconds     float64       `json:"dpu_seconds"` // nominal
	Usage          glue.Usage    `json:"usage"`
}

// release gives back what r holds in the scheduler: its lease or its place in line.
func (s *state) release(t *turn, r *run, active bool) {
	if active {
		r.lease = leaseReleased
		s.step(t, scheduler.Event{Release: &scheduler.Release{ID: r.ID}})
		return
	}
	s.step(t, scheduler.Event{Remove: &scheduler.Remove{ID: r.ID}})
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
