package controller

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/core/quota"
	"tenon/internal/core/scheduler"
	"tenon/internal/driver/executor"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// loadPage is how many open runs are read at once.
const loadPage = 5000

// recoverAgain is how long recovery waits between two tries: longer than reloadAfter, so that the loop has its state again.
const recoverAgain = 300 * time.Millisecond

// lostMessage is the ErrorMessage of an attempt whose worker vanished.
const lostMessage = "worker ended without a result"

// boot loads the state at start and has the executor say what became of the attempts found.
func (c *Controller) boot(ctx context.Context) error {
	past, err := loadTimes(ctx, c.db, c.clock.at(time.Now()), c.cfg.RunMemory)
	if err != nil {
		return err
	}
	past.shown = &c.predicted
	s, err := c.load(ctx, past)
	if err != nil {
		return err
	}
	s.resume = nil // until the executor has spoken
	c.adopt(s)
	var keys []attempt.Key
	for _, id := range slices.Sorted(maps.Keys(s.open)) { // in order, so that a simulation repeats
		if r := s.open[id]; r.State.Active() {
			keys = append(keys, attempt.Key{Run: r.ID, Attempt: r.Attempt})
		}
	}
	c.lg.Info("state loaded", "open_runs", len(s.open), "attempts", len(keys))
	c.spawn(ctx, recoverEffect(keys))
	return nil
}

// recoverEffect asks the executor about attempts, and sees to it that its answer is taken.
func recoverEffect(keys []attempt.Key) effect {
	return func(ctx context.Context, c *Controller) {
		var conditions map[attempt.Key]executor.Condition
		ask := func() (err error) {
			conditions, err = c.exec.Recover(ctx, keys)
			return err
		}
		tell := func() error { return c.do(ctx, &recoveredCommand{newReply(), c, keys, conditions}) }
		for _, step := range []func() error{ask, tell} {
			for err := step(); err != nil; err = step() {
				if ctx.Err() == nil {
					c.lg.Error("attempts could not be recovered", "err", err)
				}
				if !pause(ctx, recoverAgain) {
					return
				}
			}
		}
		close(c.ready)
	}
}

// recoveredCommand is what the executor found of the attempts that the store believed to be open.
type recoveredCommand struct {
	reply
	c          *Controller
	keys       []attempt.Key
	conditions map[attempt.Key]executor.Condition
}

// answer notes that recovery is done, once what was decided is durable.
func (cmd *recoveredCommand) answer(err error) {
	cmd.c.recovered = err == nil
	cmd.reply.answer(err)
}

// decide resolves each attempt. Those that live or have a result speak for themselves.
func (cmd *recoveredCommand) decide(s *state, t *turn) {
	for _, key := range cmd.keys {
		r := s.open[key.Run]
		if r == nil || r.Attempt != key.Attempt || !r.State.Active() {
			continue
		}
		switch cmd.conditions[key] {
		case executor.Ended:
		case executor.Running:
			if r.State == glue.RunStopping {
				s.stopAttempt(t, r)
			}
		case executor.NotStarted:
			switch {
			case r.State == glue.RunStopping:
				s.end(t, r, glue.RunStopped, ending{})
			case r.State == glue.RunRunning: // its script had begun: running it again could do its work twice
				s.attemptEnded(t, r, &attempt.Result{State: glue.RunFailed, ErrorMessage: lostMessage})
			default:
				t.effects = append(t.effects, startEffect(r.JobRun))
			}
		default: // lost, or unknown to the executor
			s.lost(t, r)
		}
	}
}

// lost ends an attempt whose worker is gone without a result.
func (s *state) lost(t *turn, r *run) {
	if r.State == glue.RunStopping {
		s.end(t, r, glue.RunStopped, ending{})
		return
	}
	s.attemptEnded(t, r, &attempt.Result{State: glue.RunFailed, ErrorMessage: lostMessage})
}

// reload replaces the memory by what the store holds, after a commit that failed. It tries until it can.
func (c *Controller) reload(ctx context.Context) {
	for {
		s, err := c.load(ctx, c.state.times) // at worst it knows of an end that will come again
		if err == nil {
			if !c.recovered {
				s.resume = nil
			}
			c.adopt(s)
			return
		}
		c.lg.Error("state could not be loaded", "err", err)
		if !pause(ctx, reloadAfter) {
			return
		}
	}
}

// adopt makes s the memory, and the keys of its runs the valid ones.
func (c *Controller) adopt(s *state) {
	if c.state != nil {
		s.deleted = c.state.deleted
		s.ids = c.state.ids
	}
	c.state = s
	c.clock.notBefore(s.now)
	c.pending = true
	c.keys.Range(func(key, run any) bool {
		if s.open[run.(string)] == nil {
			c.keys.Delete(key)
		}
		return true
	})
	for id, r := range s.open {
		if r.State.Active() || r.Attempt > 0 {
			c.admitKey(id)
		}
	}
}

// load builds the memory from the store: leases first, then the line. Nothing is admitted by it: the disk counts as full
// until the first turn.
func (c *Controller) load(ctx context.Context, past *times) (*state, error) {
	s := &state{
		cfg: &c.cfg, policy: c.policy, now: c.clock.at(time.Now()), sched: scheduler.New(c.policy.Admission),
		open: map[string]*run{}, perJob: map[jobKey]int{}, names: map[jobKey]string{}, deleted: map[jobKey]time.Time{}, limits: map[jobKey]jobLimit{},
		alarms: newAlarms(func(r *run) **alarm[*run] { return &r.alarm }), delays: newAlarms(func(r *run) **alarm[*run] { return &r.delay }),
		schedule: newAlarms(func(tr *trigger) **alarm[*trigger] { return &tr.alarm }),
		triggers: map[triggerKey]*trigger{}, watchers: map[triggerKey][]*trigger{}, members: map[triggerKey][]*trigger{},
		workflows: map[triggerKey]*wfDef{}, flows: map[string]*flow{}, pending: map[string]*fireLine{},
		waiting: map[string]int{}, drains: map[attempt.Key]*quota.Lease{}, held: map[string]bool{}, times: past, scorer: c.foresight.scorer,
	}
	var waiting []*run
	err := c.db.Read(ctx, func(r *store.Reader) (err error) {
		waiting, err = s.read(r)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, tr := range s.triggers {
		if tr.unfit != nil {
			c.lg.Warn("a trigger is not armed", "region", tr.region, "trigger", tr.Name, "err", tr.unfit)
		}
	}
	if err := s.recall(scheduler.Event{Disk: &scheduler.Disk{FreeBytes: 0, MinBytes: 1}}); err != nil {
		return nil, err
	}
	for _, queue := range slices.Sorted(maps.Keys(s.held)) {
		if err := s.recall(scheduler.Event{Hold: &scheduler.Hold{Queue: queue, Held: true}}); err != nil {
			return nil, err
		}
	}
	for _, r := range waiting {
		s.waiting[r.Region]++
		sr := s.schedulerRun(r)
		if err := s.recall(scheduler.Event{Submit: &sr}); err != nil {
			return nil, err
		}
	}
	for job, limit := range s.limits { // runs that hold leases have told older ones
		if err := s.recall(scheduler.Event{Limit: &scheduler.Limit{Job: job.String(), Most: int64(s.policy.jobLimit(limit.most))}}); err != nil {
			return nil, err
		}
	}
	s.nextDisk, s.nextTidy, s.nextAudit = s.now, s.now.Add(tidyFirst), s.now.Add(auditEvery)
	return s, nil
}

// recall has the scheduler take what the store holds. Nothing is admitted by it, but time has passed: drains that are over
// meanwhile are left to the first turn, which tells of them and deletes their rows.
func (s *state) recall(ev scheduler.Event) error {
	decided, err := s.sched.Step(ev, s.now)
	s.over = append(s.over, decided.Drained...)
	return err
}

// read takes the open runs and their leases into the memory, and returns those that wait, in order.
func (s *state) read(rd *store.Reader) (waiting []*run, err error) {
	leases, err := rd.Leases()
	if err != nil {
		return nil, err
	}
	held := make(map[attempt.Key]*store.Lease, len(leases))
	for i, l := range leases {
		held[attempt.Key{Run: l.Run, Attempt: l.Attempt}] = &leases[i]
	}
	if err := s.readHeld(rd); err != nil {
		return nil, err
	}
	if err := s.readTime(rd); err != nil {
		return nil, err
	}
	for after := int64(0); ; {
		page, err := rd.OpenRuns(after, loadPage)
		if err != nil {
			return nil, err
		}
		for i := range page {
			r := &run{JobRun: page[i].JobRun, seq: page[i].Seq}
			after = r.seq
			if err := s.take(rd, r, held); err != nil {
				return nil, err
			}
			if r.State == glue.RunWaiting {
				waiting = append(waiting, r)
			}
		}
		if len(page) < loadPage {
			break
		}
	}
	for i := range leases { // those that no active run holds
		if l := &leases[i]; held[attempt.Key{Run: l.Run, Attempt: l.Attempt}] != nil {
			if err := s.takeDrain(l); err != nil {
				return nil, err
			}
		}
	}
	if err := s.findJobs(rd, waiting); err != nil {
		return nil, err
	}
	if err := s.readTriggers(rd); err != nil {
		return nil, err
	}
	if err := s.readWorkflows(rd); err != nil {
		return nil, err
	}
	return waiting, s.readFlows(rd)
}

// readTime moves the memory's time on to that of the last event: the wall clock may have been set back since.
func (s *state) readTime(rd *store.Reader) error {
	last, err := rd.LastEvent()
	if err != nil || last == 0 {
		return err
	}
	events, err := rd.EventsAfter(last-1, 1)
	for _, e := range events {
		s.now = latest(s.now, e.At)
	}
	return err
}

// takeDrain puts the lease of an attempt into the memory that ended and whose addresses are not free yet. Any other
// without an active run cannot be, since both are written together: it is to be deleted.
func (s *state) takeDrain(row *store.Lease) error {
	if row.Phase != store.LeaseDraining {
		s.strays = append(s.strays, *row)
		return nil
	}
	lease, err := readLease(row)
	if err != nil {
		return err
	}
	s.drains[attempt.Key{Run: row.Run, Attempt: row.Attempt}] = lease
	ended := scheduler.Run{ID: row.Run, Attempt: row.Attempt, Region: row.Region, Job: lease.Job, Queue: lease.Queue}
	return s.recall(scheduler.Event{Restore: &scheduler.Admission{Run: ended, Lease: *lease, At: lease.Since}})
}

// take puts one open run into the memory.
func (s *state) take(rd *store.Reader, r *run, held map[attempt.Key]*store.Lease) (err error) {
	s.opened(r)
	s.now = latest(s.now, r.Modified)
	s.ids.after(r.ID)
	if !r.State.Active() {
		s.alarms.set(r, s.patience(r))
		return nil
	}
	key := attempt.Key{Run: r.ID, Attempt: r.Attempt}
	row := held[key]
	delete(held, key)
	sr := s.schedulerRun(r)
	if row != nil {
		if r.lease, err = readLease(row); err != nil {
			return err
		}
		r.lease.Job, r.lease.Queue = sr.Job, queueName(&r.JobRun)
	} else { // the row is lost: what it would hold now is the best guess
		lease := sr.Lease()
		lease.Attempt, lease.Since = r.Attempt, r.Submitted
		r.lease = &lease
	}
	if r.Started.After(r.lease.Since) || row != nil && row.Phase == store.LeaseStarted {
		r.lease.Visible = latest(r.Started, r.lease.Since)
	}
	if r.applied, err = rd.LastReport(r.seq, r.Attempt); err != nil {
		return err
	}
	restored := scheduler.Admission{Run: sr, Lease: *r.lease, At: r.lease.Since}
	if r.Placement != nil {
		restored.Placement = *r.Placement
	}
	if err := s.recall(scheduler.Event{Restore: &restored}); err != nil {
		return err
	}
	s.alarms.set(r, s.deadline(r))
	s.recallDelay(r)
	if r.State != glue.RunRunning {
		s.resume = append(s.resume, r)
	}
	return nil
}

// after makes the source continue behind an id that was given before.
func (i *idSource) after(id string) {
	hex := strings.TrimPrefix(id, glue.RunIDPrefix)
	if len(hex) < 28 {
		return
	}
	milli, err1 := strconv.ParseInt(hex[:12], 16, 64)
	high, err2 := strconv.ParseUint(hex[12:28], 16, 64)
	if err1 != nil || err2 != nil {
		return
	}
	if milli > i.milli || milli == i.milli && high > i.high {
		i.milli, i.high = milli, high
	}
}

// pause waits, unless ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
