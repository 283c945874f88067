package controller

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

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
	version    int64 // of the job's definition
	priority   *int  // of its own; nil is its queue's
	queue      bool  // the caller may wait for the job's own limit
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
	priority, err := applySettings(&run, &req)
	if err != nil {
		return "", err
	}
	cmd := &startCommand{reply: newReply(), draft: run, version: req.Job.Version, priority: priority, queue: run.QueuingEnabled}
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
	r := &run{JobRun: cmd.draft}
	s.knownLimit(r, cmd.version)
	err := s.full(r.Region, 1)
	if err == nil {
		err = s.mayEnter(&r.JobRun, cmd.priority, cmd.queue)
	}
	if err != nil {
		cmd.refused = err
		t.refuse(&r.JobRun, err)
		return
	}
	s.enter(t, r)
	cmd.id = r.ID
	cmd.remember(t)
}

// knownLimit gives a run the limit of its job, where the definition changed since the version that it was drafted from.
func (s *state) knownLimit(r *run, version int64) {
	if known := s.limits[r.key()]; known.version > version {
		r.MaxConcurrent = known.most
	}
}

// enter accepts a run and puts it in line.
func (s *state) enter(t *turn, r *run) {
	s.accept(t, r)
	s.opened(r)
	s.joined(r)
	s.alarms.set(r, s.patience(r))
	s.submit(t, r)
}

// accept gives a run what the loop gives: its id and its time.
func (s *state) accept(t *turn, r *run) {
	r.ID = s.ids.next(glue.RunIDPrefix, t.now, t.rand)
	r.Submitted, r.Modified = t.now, t.now
	t.touch(r)
	t.event(r, glue.EventRunSubmitted, r.Principal, submitDetail{r.Trigger, r.PreviousRun, r.QuarterDPUs, r.ExecutionClass,
		queueName(&r.JobRun), r.Priority, workersOf(&r.JobRun), r.Flow, r.Workflow})
}

// submitDetail is the detail of run.submitted.
type submitDetail struct {
	Trigger     string `json:"trigger,omitempty"`
	Previous    string `json:"previous_run,omitempty"`
	QuarterDPUs int64  `json:"quarter_dpus"`
	Class       string `json:"execution_class,omitempty"`
	Queue       string `json:"queue"`
	Priority    int    `json:"priority"`
	Workers     int    `json:"workers"`
	Flow        string `json:"flow,omitempty"`
	Workflow    string `json:"workflow,omitempty"`
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

// full refuses so many more runs where there are as many as there may be.
func (s *state) full(region string, runs int) error {
	if len(s.open)+runs > s.cfg.MaxOpen {
		return glue.Errorf(glue.CodeResourceNumberLimit, "The maximum number of queued job runs, %d, is reached.", s.cfg.MaxOpen)
	}
	if most := s.policy.QueuedRuns; most > 0 && s.waiting[region] >= most {
		return glue.Errorf(glue.CodeResourceNumberLimit, "The maximum number of queued job runs, %d, is reached.", most)
	}
	return nil
}

// mayEnter applies the other limits that refuse rather than queue, and gives the run what its queue has for it. priority is
// its own, nil is its queue's; with queue, it may wait for its job's own limit.
func (s *state) mayEnter(d *glue.JobRun, priority *int, queue bool) error {
	job := jobKey{d.Region, d.Job, d.Incarnation}
	if _, gone := s.deleted[job]; gone {
		return glue.NotFound("Job", d.Job)
	}
	if err := applyQueue(d, priority, s.policy.Admission.Queues); err != nil {
		return err
	}
	queue = queue || s.policy.Queueing == QueueAll
	if !queue && s.perJob[job] >= s.policy.jobLimit(d.MaxConcurrent) {
		return glue.Errorf(glue.CodeConcurrentRuns, "Concurrent runs exceeded for %s", d.Job)
	}
	sr := schedulerRun(d, "", s.cfg.RunMemory) // of whatever job: its limit is not asked about
	if why, never := s.sched.NeverFits(sr); never {
		return glue.Errorf(glue.CodeResourceNumberLimit, "The run can never start: it %s. %s", why.Lack(), why.Remedy())
	}
	if s.policy.Queueing == QueueOff && !queue {
		if short, lacks := s.sched.AccountLacks(sr); lacks {
			res := short.Pool.Resource
			return glue.Errorf(glue.CodeResourceNumberLimit, "Exceeded the maximum of %s: needs %s, %s of %s free.",
				res, res.Format(short.Need), res.Format(short.Free), res.Format(short.Limit))
		}
	}
	return nil
}

// refusal is what one caller was told of one job.
type refusal struct {
	region, job, who string
	code             glue.Code
}

// refuseDetail is the detail of run.refused.
type refuseDetail struct {
	Code    glue.Code `json:"code"`
	Message string    `json:"message"`         // of the first
	Times   int       `json:"times,omitempty"` // in one turn, if more than once
}

// refuse notes that a limit refused a start. The refusals of one turn that are alike are one event, which counts them: a
// caller in a loop fills no table.
func (t *turn) refuse(run *glue.JobRun, err error) {
	code := glue.CodeOf(err)
	if code != glue.CodeConcurrentRuns && code != glue.CodeResourceNumberLimit {
		return
	}
	id := refusal{run.Region, run.Job, run.Principal, code}
	if at, ok := t.refusals[id]; ok {
		var d refuseDetail
		if err := json.Unmarshal(t.events[at].Detail, &d); err != nil {
			t.fail(err)
			return
		}
		d.Times = max(d.Times, 1) + 1
		t.events[at].Detail, _ = json.Marshal(d) // it was encoded before
		return
	}
	if t.refusals == nil {
		t.refusals = map[refusal]int{}
	}
	t.refusals[id] = len(t.events)
	var e *glue.Error
	errors.As(err, &e)
	t.note(glue.Event{Region: run.Region, Kind: glue.EventRunRefused, Job: run.Job, Who: run.Principal}, refuseDetail{Code: code, Message: e.Message})
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
