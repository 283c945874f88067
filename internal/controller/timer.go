package controller

import (
	"fmt"
	"slices"
	"time"

	"tenon/internal/core/scheduler"
	"tenon/internal/glue"
)

// Times of the loop's own.
const (
	stopAgain = 5 * time.Second // between two Stops of an attempt that has not ended
	diskEvery = 5 * time.Second // between two looks at the free space
)

// tick does what time has brought about: fires to carry out, fire times, backoffs over, deadlines passed, housekeeping due.
func (s *state) tick(t *turn) {
	if len(s.strays) > 0 {
		t.strays, s.strays = s.strays, nil
	}
	for _, d := range s.over {
		s.drained(t, d)
	}
	s.over = nil
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
	for r, ok := s.alarms.pop(t.now); ok; r, ok = s.alarms.pop(t.now) {
		s.ring(t, r)
	}
	for r, ok := s.delays.pop(t.now); ok; r, ok = s.delays.pop(t.now) {
		s.watchDelay(t, r)
	}
	s.carryOut(t)
	s.fireTimes(t)
	if at := s.sched.NextWake(); !at.IsZero() && !at.After(t.now) {
		t.changed = true // a reservation that was made or moved shows in reasons, even where nobody is admitted
		s.step(t, scheduler.Event{Tick: true})
	}
	s.housekeep(t)
}

// ring looks at a run whose alarm went off.
func (s *state) ring(t *turn, r *run) {
	switch {
	case r.State == glue.RunWaiting:
		s.impatient(t, r)
	case r.State == glue.RunStopping:
		s.stopAttempt(t, r)
	case r.State.Active():
		// The worker should have ended this by itself. Its result, STOPPED, will count as TIMEOUT.
		s.stopAttempt(t, r)
	}
}

// flexWait is how long a run of class FLEX waits at most: AWS's own bound.
const flexWait = 20 * time.Minute

// maxWait is how long a run waits at most for its first attempt, and what says so; 0 is no maximum. A held run's time runs
// on.
func (s *state) maxWait(r *run) (most time.Duration, of string) {
	shorter := func(d time.Duration, by string) {
		if d > 0 && (most == 0 || d < most) {
			most, of = d, by
		}
	}
	shorter(s.policy.MaxWait, "")
	queues := s.policy.Admission.Queues
	if i := slices.IndexFunc(queues, func(q scheduler.Queue) bool { return q.Name == queueName(&r.JobRun) }); i >= 0 {
		shorter(queues[i].MaxWait, " of queue "+queues[i].Name)
	}
	if r.ExecutionClass == classFlex {
		shorter(flexWait, classFlex)
	}
	return most, of
}

// patience is when a waiting run gives up; zero is never, as between two attempts.
func (s *state) patience(r *run) time.Time {
	most, _ := s.maxWait(r)
	if most == 0 || r.Attempt > 0 {
		return time.Time{}
	}
	return r.Submitted.Add(most)
}

// impatient ends a run that has waited as long as it may.
func (s *state) impatient(t *turn, r *run) {
	most, of := s.maxWait(r)
	switch {
	case s.patience(r).IsZero():
	case of == classFlex:
		s.end(t, r, glue.RunFailed, ending{message: fmt.Sprintf(
			"The run waited %d minutes, the maximum for execution class FLEX, and there was no capacity for it.", int(most.Minutes()))})
	default:
		s.end(t, r, glue.RunExpired, ending{message: fmt.Sprintf("The run waited longer than the maximum%s of %s.", of, most)})
	}
}
