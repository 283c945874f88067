package controller

import (
	"context"
	"time"

	"tenon/internal/glue"
)

// rememberDeleted is how long starts of a deleted job are refused: longer than a request can be on its way.
const rememberDeleted = 10 * time.Minute

// JobDeleted tells the loop that a job is gone: its waiting runs end in ERROR, its running ones run on, its bookmark is
// forgotten, and starts that were on their way are refused.
func (c *Controller) JobDeleted(ctx context.Context, region, job string, incarnation int64) error {
	return c.do(ctx, &jobDeletedCommand{reply: newReply(), job: jobKey{region, job, incarnation}})
}

// jobDeletedCommand is JobDeleted.
type jobDeletedCommand struct {
	reply
	job jobKey
}

// decide ends what waits.
func (cmd *jobDeletedCommand) decide(s *state, t *turn) {
	s.forgetDeleted(t.now)
	s.deleted[cmd.job] = t.now
	t.bookmark(bookmarkKey{cmd.job.region, cmd.job.name}).deleted = true
	for _, r := range s.waitingOf(cmd.job) {
		s.end(t, r, glue.RunError, "Job "+r.Job+" was deleted while the run waited.", "")
	}
}

// waitingOf lists the waiting runs of a job, in the order of their ids.
func (s *state) waitingOf(job jobKey) []*run {
	var waiting []*run
	for _, id := range s.sched.WaitingOf(job.String()) {
		if r := s.open[id]; r != nil {
			waiting = append(waiting, r)
		}
	}
	return waiting
}

// forgetDeleted drops jobs whose deletion is long past.
func (s *state) forgetDeleted(now time.Time) {
	for job, at := range s.deleted {
		if now.Sub(at) > rememberDeleted {
			delete(s.deleted, job)
		}
	}
}
