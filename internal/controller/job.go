package controller

import (
	"context"
	"time"

	"tenon/internal/driver/store"
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
	s.jobDeleted(t, cmd.job, true)
}

// jobDeleted ends the waiting runs of a job that is gone, and deletes its bookmark if that is nobody else's.
func (s *state) jobDeleted(t *turn, job jobKey, bookmark bool) {
	s.forgetDeleted(t.now)
	s.deleted[job] = t.now
	if bookmark {
		t.bookmark(bookmarkKey{job.region, job.name}).deleted = true
	}
	for _, r := range s.waitingOf(job) {
		s.end(t, r, glue.RunError, ending{message: "Job " + r.Job + " was deleted while the run waited."})
	}
}

// orphan is a job that was deleted without the loop being told: the plane ended between the two.
type orphan struct {
	job      jobKey
	nameless bool // nor is there another job of its name
}

// findOrphans looks up the jobs of the waiting runs, each once.
func (s *state) findOrphans(rd *store.Reader, waiting []*run) error {
	seen := map[jobKey]bool{}
	for _, r := range waiting {
		job := r.key()
		if seen[job] {
			continue
		}
		seen[job] = true
		d, err := rd.GetDefinition(job.region, kindJob, job.name)
		if err := ignore(err, store.ErrNotFound); err != nil {
			return err
		}
		if err != nil || d.Incarnation != job.incarnation {
			s.orphans = append(s.orphans, orphan{job, err != nil})
		}
	}
	return nil
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
