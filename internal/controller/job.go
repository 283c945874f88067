package controller

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"tenon/internal/core/scheduler"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// rememberDeleted is how long starts of a deleted job are refused: longer than a request can be on its way.
const rememberDeleted = 10 * time.Minute

// jobLimit is the MaxConcurrentRuns of a job, as of a version of its definition.
type jobLimit struct {
	version int64
	most    int
}

// JobChanged tells the loop that a job has another definition: its MaxConcurrentRuns holds at once, for the runs that wait
// already too. All else of the definition is of the runs that are started from now on.
func (c *Controller) JobChanged(ctx context.Context, region string, job *glue.Job) error {
	return c.do(ctx, &jobChangedCommand{newReply(), jobKey{region, job.Name, job.Incarnation}, jobLimit{job.Version, job.ConcurrentRuns()}})
}

// jobChangedCommand is JobChanged.
type jobChangedCommand struct {
	reply
	job   jobKey
	limit jobLimit
}

// decide gives the job its limit. A definition that is older than the one known comes late.
func (cmd *jobChangedCommand) decide(s *state, t *turn) {
	if s.perJob[cmd.job] == 0 || s.limits[cmd.job].version > cmd.limit.version {
		return
	}
	t.changed = true
	s.step(t, scheduler.Event{Limit: s.limitJob(cmd.job, cmd.limit)})
}

// limitJob notes the limit of a job in its open runs, and returns it as the scheduler wants it. The store has the job's
// definition: nothing of this is written.
func (s *state) limitJob(job jobKey, limit jobLimit) *scheduler.Limit {
	s.limits[job] = limit
	for _, r := range s.open {
		if r.key() == job {
			r.MaxConcurrent = limit.most
		}
	}
	return &scheduler.Limit{Job: job.String(), Most: int64(s.policy.jobLimit(limit.most))}
}

// limitJobs are the limits of the jobs with open runs under another policy: those that it lowers, and those that it raises.
func (s *state) limitJobs(next *Policy) (lowered, raised []scheduler.Limit) {
	youngest := map[jobKey]*run{}
	for _, r := range s.open {
		if have := youngest[r.key()]; have == nil || r.ID > have.ID {
			youngest[r.key()] = r
		}
	}
	for job, r := range youngest {
		before, after := s.policy.jobLimit(r.MaxConcurrent), next.jobLimit(r.MaxConcurrent)
		limit := scheduler.Limit{Job: job.String(), Most: int64(after)}
		switch {
		case after < before:
			lowered = append(lowered, limit)
		case after > before:
			raised = append(raised, limit)
		}
	}
	byJob := func(a, b scheduler.Limit) int { return cmp.Compare(a.Job, b.Job) }
	slices.SortFunc(lowered, byJob)
	slices.SortFunc(raised, byJob)
	return lowered, raised
}

// jobLimit is a job's limit within that of the account.
func (p *Policy) jobLimit(most int) int {
	if p.JobRuns > 0 {
		most = min(most, p.JobRuns)
	}
	return most
}

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

// findJobs looks up the jobs of the waiting runs, each once: those that are gone are orphans, and those that changed while
// their runs waited have another limit.
func (s *state) findJobs(rd *store.Reader, waiting []*run) error {
	seen := map[jobKey]bool{}
	for _, r := range waiting {
		job := r.key()
		if seen[job] {
			continue
		}
		seen[job] = true
		d, err := rd.GetDefinition(job.region, glue.KindJob, job.name)
		if err := ignore(err, store.ErrNotFound); err != nil {
			return err
		}
		if err != nil || d.Incarnation != job.incarnation {
			s.orphans = append(s.orphans, orphan{job, err != nil})
			continue
		}
		var def glue.Job
		if err := json.Unmarshal(d.Doc, &def); err != nil {
			return fmt.Errorf("definition of job %s: %w", job, err)
		}
		if def.ExecutionProperty != nil {
			s.limitJob(job, jobLimit{d.Version, def.ConcurrentRuns()})
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
