package controller

import (
	"context"
	"encoding/json"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/core/scheduler"
	"tenon/internal/driver/store"
)

// Times and sizes of housekeeping. A batch is small, so that nobody waits long behind it.
const (
	tidyFirst = time.Minute            // after the start
	tidyEvery = time.Hour              // between two passes
	tidyAgain = 200 * time.Millisecond // between two batches of rows
	tidyBatch = 500                    // rows of one kind in one turn
	logsBatch = 200                    // runs whose logs are looked at in one go
	maxOldest = 1000                   // open runs older than KeepLogs that a pass goes past
)

// metaLogs is where logCursor is kept.
const metaLogs = "controller.logs"

// logCursor is how far logs are removed: those of all runs up to row Until, but for the runs in Open, which had not ended
// when the cursor went past.
type logCursor struct {
	Until int64   `json:"until"`
	Open  []int64 `json:"open,omitempty"`
}

// tidy says what is past retention.
type tidy struct{ runs time.Time }

// housekeep notes what is due: measuring the disk, and deleting what is past retention. A pass of the latter removes
// logs first, then the rows that lead to them.
func (s *state) housekeep(t *turn) {
	if due(&s.nextDisk, t.now) {
		if s.cfg.DiskDir == "" {
			s.step(t, scheduler.Event{Disk: &scheduler.Disk{}})
		} else {
			t.effects = append(t.effects, diskEffect(s.cfg))
		}
	}
	if due(&s.nextTidy, t.now) {
		t.effects = append(t.effects, logsEffect(t.now.Add(-s.cfg.KeepLogs)))
	}
	if due(&s.nextPrune, t.now) {
		t.tidy = &tidy{runs: s.pruneBefore}
	}
}

// due reports whether *at has come, and takes it away.
func due(at *time.Time, now time.Time) bool {
	if at.IsZero() || at.After(now) {
		return false
	}
	*at = time.Time{}
	return true
}

// prune deletes a batch of what is past retention, within the turn's transaction.
func (t *turn) prune(tx *store.Tx) error {
	if t.tidy == nil {
		return nil
	}
	_, moreRuns, err := tx.PruneRuns(t.tidy.runs, tidyBatch)
	if err != nil {
		return err
	}
	events, err := tx.PruneEvents(t.tidy.runs, tidyBatch)
	if err != nil {
		return err
	}
	keys, err := tx.PruneStartKeys(tidyBatch)
	t.more = moreRuns || events == tidyBatch || keys == tidyBatch
	return err
}

// diskEffect measures the free space.
func diskEffect(cfg *Config) effect {
	return func(_ context.Context, c *Controller) {
		free, err := cfg.FreeSpace(cfg.DiskDir)
		c.post(&diskCommand{newReply(), scheduler.Disk{FreeBytes: free, MinBytes: cfg.MinFree}, err})
		if err != nil {
			c.lg.Warn("free space is unknown", "dir", cfg.DiskDir, "err", err)
		}
	}
}

// diskCommand is how much space there was.
type diskCommand struct {
	reply
	disk scheduler.Disk
	err  error
}

// decide pauses admission or lets it go on. Space that cannot be measured stops nobody.
func (cmd *diskCommand) decide(s *state, t *turn) {
	d := cmd.disk
	if cmd.err != nil {
		d = scheduler.Disk{}
	}
	s.step(t, scheduler.Event{Disk: &d})
	t.changed = t.changed || d.Low()
	s.nextDisk = t.now.Add(diskEvery)
}

// logsEffect removes the logs of a batch of runs that were submitted before a time.
func logsEffect(before time.Time) effect {
	return func(ctx context.Context, c *Controller) {
		cmd := &logsCommand{reply: newReply(), before: before}
		if cmd.err = cmd.remove(ctx, c); cmd.err != nil && ctx.Err() == nil {
			c.lg.Warn("logs past retention could not be removed", "err", cmd.err)
		}
		c.post(cmd)
	}
}

// logsCommand is how far logs were removed.
type logsCommand struct {
	reply
	before time.Time
	cursor logCursor
	more   bool // there may be more to remove
	err    error
}

// remove forgets attempts until the batch is done, or something fails; the cursor then tells how far it came.
func (cmd *logsCommand) remove(ctx context.Context, c *Controller) error {
	var runs []store.Run
	err := c.db.Read(ctx, func(r *store.Reader) error {
		value, err := r.GetMeta(metaLogs)
		if err == nil {
			err = json.Unmarshal(value, &cmd.cursor)
		}
		if err = ignore(err, store.ErrNotFound); err != nil {
			return err
		}
		for _, seq := range cmd.cursor.Open {
			run, err := r.RunsAfter(seq-1, 1)
			if err != nil {
				return err
			}
			if len(run) == 1 && run[0].Seq == seq {
				runs = append(runs, run[0])
			}
		}
		next, err := r.RunsAfter(cmd.cursor.Until, logsBatch)
		runs = append(runs, next...)
		cmd.more = len(next) == logsBatch
		return err
	})
	if err != nil {
		return err
	}
	old := cmd.cursor.Until
	cmd.cursor.Open = nil
	for i, r := range runs {
		if !r.Submitted.Before(cmd.before) || len(cmd.cursor.Open) == maxOldest {
			cmd.more = false
			return nil
		}
		if !r.State.Final() {
			cmd.cursor.Open = append(cmd.cursor.Open, r.Seq)
		} else if err := forget(ctx, c, r); err != nil {
			for _, left := range runs[i:] { // not lost: looked at again with the next pass
				if left.Seq <= old {
					cmd.cursor.Open = append(cmd.cursor.Open, left.Seq)
				}
			}
			return err
		}
		cmd.cursor.Until = max(cmd.cursor.Until, r.Seq)
	}
	return nil
}

// forget removes what the attempts of a run have left.
func forget(ctx context.Context, c *Controller, r store.Run) error {
	for n := range r.Attempt + 1 {
		if err := c.exec.Forget(ctx, attempt.Key{Run: r.ID, Attempt: n}); err != nil {
			return err
		}
	}
	return nil
}

// decide notes how far it came; at the end of a pass, rows are deleted whose logs are gone.
func (cmd *logsCommand) decide(s *state, t *turn) {
	t.logs = &cmd.cursor
	switch {
	case cmd.err != nil:
		s.nextTidy = t.now.Add(tidyEvery)
	case cmd.more:
		t.effects = append(t.effects, logsEffect(cmd.before))
	default:
		s.nextTidy = t.now.Add(tidyEvery)
		s.nextPrune, s.pruneBefore = t.now, cmd.before
		if keep := t.now.Add(-s.cfg.KeepRuns); keep.Before(cmd.before) {
			s.pruneBefore = keep
		}
	}
}
