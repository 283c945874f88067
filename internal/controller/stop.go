package controller

import (
	"context"

	"tenon/internal/attempt"
	"tenon/internal/glue"
)

// StopRequest is BatchStopJobRun.
type StopRequest struct {
	Region    string
	Principal string
	Job       string
	Runs      []string // ids; "<id>_attempt_N" is its run
}

// stopCommand stops runs of one job.
type stopCommand struct {
	reply
	req  StopRequest
	errs []error
}

// Stop asks runs to end and returns one error per id, nil for those that end or are ending: a waiting run is STOPPED at
// once, an active one STOPPING until its worker has ended. The second result is for the call as a whole.
func (c *Controller) Stop(ctx context.Context, req StopRequest) ([]error, error) {
	cmd := &stopCommand{reply: newReply(), req: req, errs: make([]error, len(req.Runs))}
	if err := c.do(ctx, cmd); err != nil {
		return nil, err
	}
	return cmd.errs, nil
}

// needs are the runs that are not open: to tell a final one from none at all.
func (cmd *stopCommand) needs(s *state, q *query) {
	for _, id := range cmd.req.Runs {
		id, _ = glue.SplitAttempt(id)
		if s.open[id] == nil {
			q.run(cmd.req.Region, id)
		}
	}
}

// decide stops each run.
func (cmd *stopCommand) decide(s *state, t *turn) {
	for i, id := range cmd.req.Runs {
		cmd.errs[i] = cmd.stop(s, t, id)
	}
}

// stop stops one run.
func (cmd *stopCommand) stop(s *state, t *turn, given string) error {
	id, _ := glue.SplitAttempt(given)
	r := s.open[id]
	if r == nil {
		if old, ok := t.found.runs[id]; ok && old.Job == cmd.req.Job {
			return glue.Invalid("Job run %s is not in a stoppable state: it is %s.", given, old.State)
		}
		return glue.NotFound("JobRun", given)
	}
	if r.Job != cmd.req.Job || r.Region != cmd.req.Region {
		return glue.NotFound("JobRun", given)
	}
	switch r.State {
	case glue.RunStopping:
	case glue.RunWaiting:
		s.end(t, r, glue.RunStopped, "", cmd.req.Principal)
	default:
		r.State = glue.RunStopping
		t.touch(r)
		t.event(r, glue.EventRunStopping, cmd.req.Principal, nil)
		s.stopAttempt(t, r)
	}
	return nil
}

// stopAttempt has the executor end the current attempt of r, and looks again later: a Stop that overtakes its Start
// stops nothing.
func (s *state) stopAttempt(t *turn, r *run) {
	t.effects = append(t.effects, stopEffect(attempt.Key{Run: r.ID, Attempt: r.Attempt}))
	s.alarms.set(r, t.now.Add(stopAgain))
}
