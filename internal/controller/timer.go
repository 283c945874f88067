package controller

import (
	"fmt"
	"time"

	"tenon/internal/core/scheduler"
	"tenon/internal/glue"
)

// Times of the loop's own.
const (
	stopAgain = 5 * time.Second // between two Stops of an attempt that has not ended
	diskEvery = 5 * time.Second // between two looks at the free space
)

// fire does what time has brought about: backoffs over, deadlines passed, housekeeping due.
func (s *state) fire(t *turn) {
	if len(s.strays) > 0 {
		t.strays, s.strays = s.strays, nil
	}
	for _, o := range s.orphans {
		s.jobDeleted(t, o.job, o.nameless)
	}
	s.orphans = nil
	for _, r := range s.resume {
		if r.State == glue.RunStopping {
			s.stopAttempt(t, r)
		} else if r.State == glue.RunStarting {
			t.effects = append(t.effects, startEffect(r.JobRun))
		}
	}
	s.resume = nil
	for r := s.alarms.pop(t.now); r != nil; r = s.alarms.pop(t.now) {
		s.ring(t, r)
	}
	if at := s.sched.NextWake(); !at.IsZero() && !at.After(t.now) {
		s.step(t, scheduler.Event{Tick: true})
	}
	s.housekeep(t)
}

// ring looks at a run whose alarm went off.
func (s *state) ring(t *turn, r *run) {
	switch {
	case r.State == glue.RunWaiting && s.cfg.MaxWait > 0 && r.Attempt == 0:
		s.end(t, r, glue.RunExpired, fmt.Sprintf("The run waited longer than the maximum of %s.", s.cfg.MaxWait), "")
	case r.State == glue.RunStopping:
		s.stopAttempt(t, r)
	case r.State.Active():
		// The worker should have ended this by itself. Its result, STOPPED, will count as TIMEOUT.
		s.stopAttempt(t, r)
	}
}
