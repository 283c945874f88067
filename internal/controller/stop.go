package controller

import (
	"context"
	"maps"
	"slices"
	"time"

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
	s.stop(t, r, cmd.req.Principal)
	return nil
}

// stop ends a waiting run, and asks the attempt of an active one to end.
func (s *state) stop(t *turn, r *run, who string) {
	switch r.State {
	case glue.RunStopping:
	case glue.RunWaiting:
		s.end(t, r, glue.RunStopped, ending{who: who})
	default:
		r.State = glue.RunStopping
		t.touch(r)
		t.event(r, glue.EventRunStopping, who, nil)
		s.watchDelay(t, r)
		s.stopAttempt(t, r)
	}
}

// stopAttempt has the executor end the current attempt of r, and looks again later: a Stop that overtakes its Start
// stops nothing.
func (s *state) stopAttempt(t *turn, r *run) {
	t.effects = append(t.effects, stopEffect(attempt.Key{Run: r.ID, Attempt: r.Attempt}))
	s.alarms.set(r, t.now.Add(stopAgain))
}

// StopAll stops every open run, waiting ones too, and what triggers were about to start, and returns once nothing is left or
// ctx ends. It is for a plane that ends and takes its runs along.
func (c *Controller) StopAll(ctx context.Context, principal string) error {
	for {
		cmd := &stopAllCommand{reply: newReply(), who: principal}
		if err := c.do(ctx, cmd); err != nil {
			return err
		}
		if cmd.left == 0 {
			return nil
		}
		if !pause(ctx, stopAllAgain) {
			return ctx.Err()
		}
	}
}

// stopAllAgain is between two looks of StopAll.
const stopAllAgain = 20 * time.Millisecond

// stopAllCommand stops what is not stopping, and counts what is open.
type stopAllCommand struct {
	reply
	who  string
	left int
}

// decide stops flows and then runs, of both the waiting ones first, so that no end of another admits one.
func (cmd *stopAllCommand) decide(s *state, t *turn) {
	flows := slices.Sorted(maps.Keys(s.flows))
	for _, waiting := range []bool{true, false} {
		for _, id := range flows {
			f := s.flows[id]
			switch {
			case f == nil || (f.wf != nil && f.wf.Queued) != waiting:
			case f.wf == nil:
				s.dropFires(t, f)
				s.settle(t, f)
			case f.wf.State == glue.WorkflowRunning:
				s.stopWorkflow(t, f, cmd.who)
				s.settleStopped(t, f)
			}
		}
	}
	ids := slices.Sorted(maps.Keys(s.open))
	for _, waiting := range []bool{true, false} {
		for _, id := range ids {
			if r := s.open[id]; r != nil && (r.State == glue.RunWaiting) == waiting {
				s.stop(t, r, cmd.who)
			}
		}
	}
	cmd.left = len(s.open) + len(s.pending)
}
