package controller

import (
	"encoding/json"
	"slices"
	"time"

	"tenon/internal/glue"
)

// notifyAfter is the NotifyDelayAfter of a run; 0 is none.
func notifyAfter(r *glue.JobRun) time.Duration {
	var n struct{ NotifyDelayAfter int }
	if len(r.Notification) == 0 || json.Unmarshal(r.Notification, &n) != nil {
		return 0
	}
	return time.Duration(n.NotifyDelayAfter) * time.Minute
}

// delayedDetail is the detail of run.delayed.
type delayedDetail struct {
	State        glue.RunState `json:"state"`
	AfterMinutes int           `json:"after_minutes"`
	Started      time.Time     `json:"started"` // of the run, as Glue has it: when it was accepted
}

// watchDelay tells that r is delayed, once for each state in which it holds capacity past its NotifyDelayAfter, counted
// from its submit; before that it sets the alarm. It is called when the state has changed, and by the alarm.
func (s *state) watchDelay(t *turn, r *run) {
	after := notifyAfter(&r.JobRun)
	if after == 0 {
		return
	}
	if at := r.Submitted.Add(after); at.After(t.now) {
		s.delays.set(r, at)
		return
	}
	s.delays.set(r, time.Time{})
	if !r.State.Active() || slices.Contains(r.Delayed, r.State) {
		return
	}
	r.Delayed = append(slices.Clip(r.Delayed), r.State) // a new list: the old one may be with readers
	t.touch(r)
	t.event(r, glue.EventRunDelayed, "", delayedDetail{r.State, int(after / time.Minute), r.Submitted})
}

// recallDelay sets the alarm of a run that was loaded. One whose time has passed rings at once.
func (s *state) recallDelay(r *run) {
	if after := notifyAfter(&r.JobRun); after > 0 && !slices.Contains(r.Delayed, r.State) && r.State.Active() {
		s.delays.set(r, r.Submitted.Add(after))
	}
}
