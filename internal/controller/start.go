package controller

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"tenon/internal/core/scheduler"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// How long a start key answers (Decision 11).
const (
	keepInvocation = time.Hour
	keepRunKey     = glue.HistoryDays * 24 * time.Hour
)

// maxStartKey bounds an amz-sdk-invocation-id (36 bytes, from AWS's SDKs) and a --tenon-run-key, in bytes.
const maxStartKey = 255

// opStart is the operation that start keys of runs belong to.
const opStart = "StartJobRun"

// startCommand accepts a run.
type startCommand struct {
	reply
	draft      glue.JobRun
	queue      bool // the caller may wait for the job's own limit
	invocation *store.StartKey
	runKey     *store.StartKey
	id         string // the answer
}

// Start accepts a run and returns its id once it is durable. Errors are glue.Errors: InvalidInputException,
// EntityNotFoundException, ConcurrentRunsExceededException, ResourceNumberLimitExceededException,
// IdempotentParameterMismatchException, and InternalServiceException when the store cannot be written.
func (c *Controller) Start(ctx context.Context, req StartRequest) (runID string, err error) {
	run, err := draft(&req)
	if err != nil {
		return "", err
	}
	if c.cfg.JobRuns > 0 {
		run.MaxConcurrent = min(run.MaxConcurrent, c.cfg.JobRuns)
	}
	cmd := &startCommand{reply: newReply(), draft: run}
	cmd.queue = run.QueuingEnabled || req.Trigger != "" || c.cfg.Queueing == QueueAll
	if req.InvocationID != "" && len(req.InvocationID) <= maxStartKey { // a longer one is no SDK's
		cmd.invocation = &store.StartKey{Region: req.Region, Principal: req.Principal, Operation: opStart,
			Kind: store.StartKeyInvocation, Key: req.InvocationID, BodyHash: req.BodyHash}
	}
	if key := run.Arguments[argRunKey]; key != "" {
		if len(key) > maxStartKey || !storable(key) {
			return "", glue.Invalid("%s has at most %d bytes, none of them NUL.", argRunKey, maxStartKey)
		}
		hash, err := wishHash(&req)
		if err != nil {
			return "", err
		}
		cmd.runKey = &store.StartKey{Region: req.Region, Principal: req.Principal, Operation: opStart,
			Kind: store.StartKeyRun, Key: fmt.Sprintf("%s\n%d\n%s", run.Job, run.Incarnation, key), BodyHash: hash}
	}
	if err := c.do(ctx, cmd); err != nil {
		return "", err
	}
	return cmd.id, nil
}

// needs are the start keys.
func (cmd *startCommand) needs(_ *state, q *query) {
	if cmd.invocation != nil {
		q.key(*cmd.invocation)
	}
	if cmd.runKey != nil {
		q.key(*cmd.runKey)
	}
}

// decide accepts or refuses.
func (cmd *startCommand) decide(s *state, t *turn) {
	if id, err := cmd.seenBefore(s, t); id != "" || err != nil {
		cmd.id, cmd.refused = id, err
		return
	}
	if err := cmd.mayEnter(s); err != nil {
		cmd.refused = err
		return
	}
	r := &run{JobRun: cmd.draft}
	r.ID = s.ids.next(t.now, t.rand)
	r.Submitted, r.Modified = t.now, t.now
	cmd.id = r.ID
	s.opened(r)
	t.touch(r)
	t.event(r, glue.EventRunSubmitted, r.Principal, submitDetail{r.Trigger, r.PreviousRun, r.QuarterDPUs, r.ExecutionClass})
	cmd.remember(t)
	if s.cfg.MaxWait > 0 {
		s.alarms.set(r, t.now.Add(s.cfg.MaxWait))
	}
	sr := s.schedulerRun(r)
	s.step(t, scheduler.Event{Submit: &sr})
}

// submitDetail is the detail of run.submitted.
type submitDetail struct {
	Trigger     string `json:"trigger,omitempty"`
	Previous    string `json:"previous_run,omitempty"`
	QuarterDPUs int64  `json:"quarter_dpus"`
	Class       string `json:"execution_class,omitempty"`
}

// seenBefore answers a start that was made under the same key.
func (cmd *startCommand) seenBefore(s *state, t *turn) (id string, err error) {
	if k, ok := t.key(cmd.invocation); ok && bytes.Equal(k.BodyHash, cmd.invocation.BodyHash) {
		return k.Result, nil
	}
	k, ok := t.key(cmd.runKey)
	if !ok {
		return "", nil
	}
	if _, open := s.open[k.Result]; !open && t.found.runs[k.Result].State != glue.RunSucceeded {
		return "", nil // it ended badly, or is past retention: the key starts another
	}
	if !bytes.Equal(k.BodyHash, cmd.runKey.BodyHash) {
		return "", glue.Errorf(glue.CodeIdempotentMismatch,
			"%s was used before with other arguments; it started run %s.", argRunKey, k.Result)
	}
	return k.Result, nil
}

// mayEnter applies the limits that refuse rather than queue.
func (cmd *startCommand) mayEnter(s *state) error {
	d := &cmd.draft
	job := jobKey{d.Region, d.Job, d.Incarnation}
	if _, gone := s.deleted[job]; gone {
		return glue.NotFound("Job", d.Job)
	}
	if !cmd.queue && s.perJob[job] >= d.MaxConcurrent {
		return glue.Errorf(glue.CodeConcurrentRuns, "Concurrent runs exceeded for %s", d.Job)
	}
	if len(s.open) >= s.cfg.MaxOpen {
		return glue.Errorf(glue.CodeResourceNumberLimit, "The maximum number of queued job runs, %d, is reached.", s.cfg.MaxOpen)
	}
	sr := schedulerRun(d, "", s.cfg.RunMemory) // of whatever job: its limit is not asked about
	if short, never := s.sched.NeverFits(sr); never {
		res := short.Pool.Resource
		return glue.Errorf(glue.CodeResourceNumberLimit, "The run can never start: it needs %s of %s and the limit is %s.",
			res.Format(short.Need), res, res.Format(short.Limit))
	}
	if s.cfg.Queueing == QueueOff && !cmd.queue {
		if short, lacks := s.sched.AccountLacks(sr); lacks {
			res := short.Pool.Resource
			return glue.Errorf(glue.CodeResourceNumberLimit, "Exceeded the maximum of %s: needs %s, %s of %s free.",
				res, res.Format(short.Need), res.Format(short.Free), res.Format(short.Limit))
		}
	}
	return nil
}

// remember stores the answer under the keys of the command.
func (cmd *startCommand) remember(t *turn) {
	for _, k := range []struct {
		key  *store.StartKey
		keep time.Duration
	}{{cmd.invocation, keepInvocation}, {cmd.runKey, keepRunKey}} {
		if k.key != nil {
			k.key.Result, k.key.Expires = cmd.id, t.now.Add(k.keep)
			t.keys = append(t.keys, *k.key)
			t.found.keys[keyOf(k.key)] = *k.key
		}
	}
}
