package controller

import (
	"context"
	"errors"
	"strconv"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/core/scheduler"
	"tenon/internal/driver/store"
)

// Times and sizes of housekeeping. A batch is small, so that nobody waits long behind it.
const (
	tidyFirst = time.Minute            // after the start
	tidyEvery = time.Hour              // when nothing is left to delete
	tidyAgain = 200 * time.Millisecond // when something is
	tidyBatch = 500                    // rows of one kind in one turn
	logsBatch = 200                    // runs whose logs are looked at in one pass
)

// metaLogs is where the row of the last run is kept whose logs are gone.
const metaLogs = "controller.logs_until"

// tidy says what is past retention.
type tidy struct{ runs time.Time }

// housekeep notes what is due: measuring the disk, and deleting what is past retention.
func (s *state) housekeep(t *turn) {
	if due(&s.nextDisk, t.now, diskEvery) {
		if s.cfg.DiskDir == "" {
			s.nextDisk = time.Time{}
			s.step(t, scheduler.Event{Disk: &scheduler.Disk{}})
		} else {
			t.effects = append(t.effects, diskEffect(s.cfg))
		}
	}
	if due(&s.nextTidy, t.now, tidyEvery) {
		t.tidy = &tidy{runs: t.now.Add(-s.cfg.KeepRuns)}
	}
	if due(&s.nextLogs, t.now, tidyEvery) {
		t.effects = append(t.effects, logsEffect(t.now.Add(-s.cfg.KeepLogs)))
	}
}

// due reports whether *at has come, and moves it on.
func due(at *time.Time, now time.Time, every time.Duration) bool {
	if at.IsZero() || at.After(now) {
		return false
	}
	*at = now.Add(every)
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
}

// logsEffect removes the logs of a batch of runs that were submitted before a time, and notes how far it came. Runs are
// taken in the order of their rows; an open one holds the others up.
func logsEffect(before time.Time) effect {
	return func(ctx context.Context, c *Controller) {
		var runs []store.Run
		err := c.db.Read(ctx, func(r *store.Reader) (err error) {
			value, err := r.GetMeta(metaLogs)
			if errors.Is(err, store.ErrNotFound) {
				value = []byte("0")
			} else if err != nil {
				return err
			}
			after, err := strconv.ParseInt(string(value), 10, 64)
			if err == nil {
				runs, err = r.RunsAfter(after, logsBatch)
			}
			return err
		})
		until := int64(0)
		for _, r := range runs {
			if err != nil || !r.State.Final() || !r.Submitted.Before(before) {
				break
			}
			for n := 0; n <= r.Attempt && err == nil; n++ {
				err = c.exec.Forget(ctx, attempt.Key{Run: r.ID, Attempt: n})
			}
			if err == nil {
				until = r.Seq
			}
		}
		if err != nil {
			c.lg.Warn("logs past retention could not be removed", "err", err)
		}
		if until > 0 {
			c.post(&logsCommand{newReply(), until, len(runs) == logsBatch && until == runs[len(runs)-1].Seq})
		}
	}
}

// logsCommand is how far logs were removed.
type logsCommand struct {
	reply
	until int64
	more  bool
}

// decide notes it.
func (cmd *logsCommand) decide(s *state, t *turn) {
	t.logsUntil = cmd.until
	if cmd.more {
		s.nextLogs = t.now.Add(tidyAgain)
	}
}
