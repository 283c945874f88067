package controller

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"tenon/internal/core/scheduler"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// metaHeld is where the names of the queues are kept that an operator holds: they stay held over restarts and changes of
// the configuration.
const metaHeld = "controller.held_queues"

// HoldRequest keeps a waiting run or a whole queue from starting, or lets it go on. Exactly one of Run and Queue is set. A
// queue is held in all regions; Region is where the event belongs.
type HoldRequest struct {
	Region    string
	Principal string
	Run       string
	Queue     string
	Held      bool
}

// holdCommand is Hold.
type holdCommand struct {
	reply
	req HoldRequest
}

// Hold holds a run or a queue, or lets it go on; what is so already stays so. Errors are InvalidInputException (a queue that
// is not configured, a run that does not wait) and EntityNotFoundException.
func (c *Controller) Hold(ctx context.Context, req HoldRequest) error {
	if (req.Run == "") == (req.Queue == "") {
		return glue.Invalid("Please name either a run or a queue.")
	}
	req.Run, _ = glue.SplitAttempt(req.Run)
	return c.do(ctx, &holdCommand{newReply(), req})
}

// needs is the run, if it is not open: to tell a final one from none at all.
func (cmd *holdCommand) needs(s *state, q *query) {
	if cmd.req.Run != "" && s.open[cmd.req.Run] == nil {
		q.run(cmd.req.Region, cmd.req.Run)
	}
}

// decide holds, or lets go on.
func (cmd *holdCommand) decide(s *state, t *turn) {
	req := &cmd.req
	if req.Queue != "" {
		cmd.refused = s.holdQueue(t, req)
		return
	}
	r, err := s.waitingRun(t, req.Region, req.Run)
	if err != nil || r.Held == req.Held {
		cmd.refused = err
		return
	}
	r.Held = req.Held
	s.scorer.Gone(r.ID) // what it was told holds no longer
	t.touch(r)
	kind := glue.EventRunUnheld
	if req.Held {
		kind = glue.EventRunHeld
	}
	t.event(r, kind, req.Principal, nil)
	t.reordered = true
	s.step(t, scheduler.Event{Hold: &scheduler.Hold{ID: r.ID, Held: req.Held}})
}

// waitingRun finds a waiting run of a region.
func (s *state) waitingRun(t *turn, region, id string) (*run, error) {
	r := s.open[id]
	if r == nil || r.Region != region {
		if old, ok := t.found.runs[id]; ok {
			return nil, glue.Invalid("Job run %s is not waiting: it is %s.", id, old.State)
		}
		return nil, glue.NotFound("JobRun", id)
	}
	if r.State != glue.RunWaiting {
		return nil, glue.Invalid("Job run %s is not waiting: it is %s.", id, r.State)
	}
	return r, nil
}

// queueDetail is the detail of queue.held and queue.unheld.
type queueDetail struct {
	Queue string `json:"queue"`
}

// holdQueue holds a queue, or lets it go on.
func (s *state) holdQueue(t *turn, req *HoldRequest) error {
	if names := queueNames(s.policy.Admission.Queues); !s.held[req.Queue] && !slices.Contains(names, req.Queue) {
		return unknownQueue(req.Queue, names)
	}
	if s.held[req.Queue] == req.Held {
		return nil
	}
	kind := glue.EventQueueUnheld
	if req.Held {
		kind = glue.EventQueueHeld
		s.held[req.Queue] = true
		for id, r := range s.open {
			if r.State == glue.RunWaiting && queueName(&r.JobRun) == req.Queue {
				s.scorer.Gone(id) // as of a run that is held
			}
		}
	} else {
		delete(s.held, req.Queue)
	}
	t.held = slices.AppendSeq([]string{}, maps.Keys(s.held))
	slices.Sort(t.held)
	t.changed, t.reordered = true, true
	t.note(glue.Event{Region: req.Region, Kind: kind, Who: req.Principal}, queueDetail{req.Queue})
	s.step(t, scheduler.Event{Hold: &scheduler.Hold{Queue: req.Queue, Held: req.Held}})
	return nil
}

// putHeld stores the names of the held queues.
func putHeld(tx *store.Tx, names []string) error {
	doc, err := json.Marshal(names)
	if err != nil {
		return err
	}
	return tx.PutMeta(metaHeld, doc)
}

// readHeld reads them.
func (s *state) readHeld(rd *store.Reader) error {
	doc, err := rd.GetMeta(metaHeld)
	if err != nil {
		return ignore(err, store.ErrNotFound)
	}
	var names []string
	if err := json.Unmarshal(doc, &names); err != nil {
		return fmt.Errorf("held queues: %w", err)
	}
	for _, name := range names {
		s.held[name] = true
	}
	return nil
}

// BoostRequest changes the priority of a waiting run.
type BoostRequest struct {
	Region    string
	Principal string
	Run       string
	Priority  int // -1000 to 1000; higher bands go first
}

// boostCommand is Boost.
type boostCommand struct {
	reply
	req BoostRequest
}

// Boost changes the priority of a waiting run: it moves to its place in line by the time of its submission. Errors are as
// those of Hold.
func (c *Controller) Boost(ctx context.Context, req BoostRequest) error {
	if req.Priority < -maxPriority || req.Priority > maxPriority {
		return glue.Invalid("Priority must be a whole number between %d and %d, got %d.", -maxPriority, maxPriority, req.Priority)
	}
	req.Run, _ = glue.SplitAttempt(req.Run)
	return c.do(ctx, &boostCommand{newReply(), req})
}

// needs is the run, if it is not open.
func (cmd *boostCommand) needs(s *state, q *query) {
	if s.open[cmd.req.Run] == nil {
		q.run(cmd.req.Region, cmd.req.Run)
	}
}

// boostDetail is the detail of run.boosted.
type boostDetail struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// decide changes the priority.
func (cmd *boostCommand) decide(s *state, t *turn) {
	r, err := s.waitingRun(t, cmd.req.Region, cmd.req.Run)
	if err != nil || r.Priority == cmd.req.Priority {
		cmd.refused = err
		return
	}
	t.event(r, glue.EventRunBoosted, cmd.req.Principal, boostDetail{r.Priority, cmd.req.Priority})
	r.Priority, t.reordered = cmd.req.Priority, true
	t.touch(r)
	s.step(t, scheduler.Event{Boost: &scheduler.Boost{ID: r.ID, Priority: r.Priority}})
}
