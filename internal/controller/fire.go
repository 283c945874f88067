package controller

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// Bounds of carrying out fires.
const (
	maxPending = 10_000      // fires of a region that are not carried out; beyond, no flow begins
	maxStarts  = 256         // runs that one turn makes of fires, and those of the last fire that began below it
	fireAgain  = time.Second // between two tries in a region without room for more runs
)

// Arguments that runs of a workflow get.
const (
	argWorkflowName = "--WORKFLOW_NAME"
	argWorkflowRun  = "--WORKFLOW_RUN_ID"
)

// fireLine is the pending fires of a region, the oldest first.
type fireLine struct {
	fires []*fire
	after time.Time // there was no room for their runs: not before
}

// queueFire puts p at the end of its region's line.
func (s *state) queueFire(p *fire) {
	line := s.pending[p.Region]
	if line == nil {
		line = &fireLine{}
		s.pending[p.Region] = line
	}
	line.fires = append(line.fires, p)
}

// fireDone notes that p is carried out, or taken back.
func (s *state) fireDone(t *turn, f *flow, p *fire) {
	p.done = true
	f.pending--
	t.touchFire(p)
}

// tidyFires takes what is done out of a region's line.
func (s *state) tidyFires(region string) {
	line := s.pending[region]
	if line == nil {
		return
	}
	line.fires = slices.DeleteFunc(line.fires, func(p *fire) bool { return p.done })
	if len(line.fires) == 0 {
		delete(s.pending, region)
	}
}

// crowded refuses the beginning of another flow in a region that has no room for the runs of those that began.
func (s *state) crowded(region string) error {
	if line := s.pending[region]; line != nil && len(line.fires) >= maxPending {
		return glue.Errorf(glue.CodeResourceNumberLimit, "There is no room for more job runs, and %d fires of triggers wait for some.", maxPending)
	}
	return nil
}

// firesDue is when the loop has to turn for a pending fire; zero is never. It looks at one place a region.
func (s *state) firesDue() time.Time {
	var due time.Time
	for _, line := range s.pending {
		if at := latest(line.after, s.now); due.IsZero() || at.Before(due) {
			due = at
		}
	}
	return due
}

// readyFire is a fire with all that the store says of its actions.
type readyFire struct {
	*fire
	starts []resolved // one an action
}

// resolved is a start that an action asks for, or why it cannot be.
type resolved struct {
	req StartRequest
	err error
}

// carry asks for what the next pending fires refer to. Regions are served in turns of a fire each.
func (q *query) carry(s *state, now time.Time) {
	regions := slices.Sorted(maps.Keys(s.pending)) // in order, so that a simulation repeats
	for place, left, more := 0, maxStarts, true; more && left > 0; place++ {
		more = false
		for _, region := range regions {
			line := s.pending[region]
			if line.after.After(now) || place >= len(line.fires) || left <= 0 {
				continue
			}
			more = true
			left -= len(line.fires[place].Actions)
			q.fires = append(q.fires, line.fires[place])
		}
	}
}

// resolveFire reads what the actions of a fire refer to. Its error is of the store.
func resolveFire(rd *store.Reader, p *fire) (readyFire, error) {
	ready := readyFire{fire: p, starts: make([]resolved, len(p.Actions))}
	for i := range p.Actions {
		start := &ready.starts[i]
		start.err = resolveAction(rd, p, &p.Actions[i], &start.req)
		var told *glue.Error
		if start.err != nil && !errors.As(start.err, &told) {
			return ready, start.err
		}
	}
	return ready, nil
}

// resolveAction makes the request of one action.
func resolveAction(rd *store.Reader, p *fire, a *glue.Action, req *StartRequest) error {
	req.Region, req.Principal = p.Region, p.Cause.Who
	req.Arguments, req.Timeout, req.Notification = a.Arguments, a.Timeout, a.Notification
	job, err := ReadJob(rd, p.Region, a.JobName)
	if errors.Is(err, store.ErrNotFound) {
		return glue.NotFound("Job", a.JobName)
	}
	if err != nil {
		return err
	}
	req.Job = *job
	return req.Resolve(rd, a.Security)
}

// carryOut makes the runs of the fires that were looked up, the second commit of a firing.
func (s *state) carryOut(t *turn) {
	if len(t.found.fires) == 0 {
		return
	}
	for i := range t.found.fires {
		ready := &t.found.fires[i]
		line := s.pending[ready.Region]
		if ready.done || line == nil || line.after.After(t.now) {
			continue
		}
		if s.full(ready.Region, min(len(ready.Actions), s.cfg.MaxOpen)) != nil {
			line.after = t.now.Add(fireAgain)
			continue
		}
		f := s.flows[ready.Flow]
		if f == nil {
			t.fail(fmt.Errorf("fire %s is of flow %s, which is not in memory", ready.ID, ready.Flow))
			return
		}
		for j := range ready.Actions {
			s.startAction(t, ready.fire, &ready.Actions[j], &ready.starts[j])
		}
		s.fireDone(t, f, ready.fire)
		s.settle(t, f)
	}
	for region := range s.pending {
		s.tidyFires(region)
	}
}

// startAction makes the run of one action. It is never dropped: it waits for whatever it needs, and what can never be is a
// run that has failed.
func (s *state) startAction(t *turn, p *fire, a *glue.Action, start *resolved) {
	var priority *int
	r, err := &run{}, start.err
	if err == nil {
		r.JobRun, err = draft(&start.req)
	}
	if err == nil {
		priority, err = applySettings(&r.JobRun, &start.req)
	}
	if err != nil {
		r.JobRun = bareRun(p, a, start)
	}
	s.ofFire(r, p)
	if err == nil {
		s.knownLimit(r, start.req.Job.Version)
		err = s.mayEnter(&r.JobRun, priority, true)
	}
	switch {
	case err == nil:
		s.enter(t, r)
	case s.jobGone(r):
		s.stillborn(t, r, glue.RunError, "Job "+a.JobName+" does not exist.")
	default:
		s.stillborn(t, r, glue.RunFailed, messageOf(err))
	}
}

// jobGone reports whether the job of a run is deleted, or never was.
func (s *state) jobGone(r *run) bool {
	_, gone := s.deleted[r.key()]
	return gone || r.Incarnation == 0
}

// messageOf is what a client may know of an error.
func messageOf(err error) string {
	var e *glue.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return err.Error()
}

// ofFire gives a run what it has of its fire.
func (s *state) ofFire(r *run, p *fire) {
	cause := p.Cause
	r.Flow, r.Workflow, r.Trigger, r.Cause = p.Flow, p.Workflow, p.Trigger, &cause
	if p.Workflow == "" {
		return
	}
	if r.Arguments == nil {
		r.Arguments = map[string]string{}
	}
	r.Arguments[argWorkflowName], r.Arguments[argWorkflowRun] = p.Workflow, p.Flow
}

// bareRun is what is known of a run that cannot be drafted.
func bareRun(p *fire, a *glue.Action, start *resolved) glue.JobRun {
	return glue.JobRun{
		Region: p.Region, Job: a.JobName, Incarnation: start.req.Job.Incarnation, Command: start.req.Job.Command,
		TimeoutMinutes: a.Timeout, Notification: a.Notification, Principal: p.Cause.Who, LogGroup: logGroupSpark,
		Arguments: mergeArguments(&StartRequest{Job: start.req.Job, Arguments: a.Arguments}),
	}
}

// stillborn stores a run that never was anything but final.
func (s *state) stillborn(t *turn, r *run, final glue.RunState, message string) {
	s.accept(t, r)
	r.State, r.Completed, r.ErrorMessage = final, t.now, cut(message, glue.MaxErrorMessage)
	t.found.runs[r.ID] = r.JobRun
	t.event(r, glue.EventRunEnded, "", endDetail{State: final, Queue: queueName(&r.JobRun), Error: r.ErrorMessage})
	s.joined(r)
	s.runEnded(t, r)
}
