package storetest

import (
	"errors"
	"testing"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// testPruneRuns deletes old final runs with all that is theirs, in bounded steps, and no number is given again.
func testPruneRuns(t *testing.T, s *state) {
	files := make([]attempt.File, 30)
	s.commit(func(tx *store.Tx) error {
		for i := range 10 {
			r := waiting(i)
			if i != 3 { // one is still open
				r.State = glue.RunSucceeded
			}
			if err := tx.InsertRun(r); err != nil {
				return err
			}
			if _, err := tx.AdvanceReport(r.Seq, 0, 1); err != nil {
				return err
			}
			if err := tx.AddRunFiles(r.Seq, 0, 1, files); err != nil {
				return err
			}
		}
		return nil
	})
	total, steps := 0, 0
	for more := true; more; steps++ {
		s.commit(func(tx *store.Tx) (err error) {
			n := 0
			n, more, err = tx.PruneRuns(epoch.Add(8*time.Second), 50)
			if n > 50 {
				t.Errorf("one step deleted %d rows", n)
			}
			total += n
			return err
		})
	}
	if want := 7 * 31; total != want || steps < 4 { // runs 0 to 7 but 3, each with 30 files
		t.Errorf("deleted %d rows in %d steps, want %d", total, steps, want)
	}
	s.read(func(r *store.Reader) error {
		runs, err := r.ListRuns(store.RunQuery{Region: region, Job: "j", Incarnation: 1, Limit: 100})
		var left []string
		for _, run := range runs {
			left = append(left, run.Arguments["--n"])
		}
		same(t, "runs left", left, []string{"9", "8", "3"})
		gone, err2 := r.RunFiles(1, store.FilePos{}, 100)
		kept, err3 := r.RunFiles(4, store.FilePos{}, 100)
		if len(gone) != 0 || len(kept) != 30 {
			t.Errorf("files of run 1: %d, of the open run: %d", len(gone), len(kept))
		}
		last, err4 := r.LastReport(1, 0)
		if last != 0 {
			t.Error("reports of a pruned run are left")
		}
		return errors.Join(err, err2, err3, err4)
	})
	s.commit(func(tx *store.Tx) error {
		open, err := tx.OpenRuns(0, 10)
		if err != nil {
			return err
		}
		for i := range open {
			open[i].State = glue.RunStopped
			err = errors.Join(err, tx.UpdateRun(&open[i]))
		}
		_, _, pruneErr := tx.PruneRuns(epoch.Add(time.Hour), store.MaxPrune)
		return errors.Join(err, pruneErr)
	})
	s.reopen()
	next := waiting(100)
	s.commit(func(tx *store.Tx) error { return tx.InsertRun(next) })
	if next.Seq != 11 {
		t.Errorf("with all runs pruned, the next has number %d, want 11", next.Seq)
	}
}

// testPruneEvents deletes old events in bounded steps, and no number is given again.
func testPruneEvents(t *testing.T, s *state) {
	s.commit(func(tx *store.Tx) error {
		for i := range 10 {
			e := event(i)
			e.At = epoch.Add(time.Duration(i) * time.Second)
			if err := tx.AppendEvent(e); err != nil {
				return err
			}
		}
		return nil
	})
	prune := func(before time.Time, limit, want int) {
		t.Helper()
		s.commit(func(tx *store.Tx) error {
			n, err := tx.PruneEvents(before, limit)
			if n != want {
				t.Errorf("deleted %d, want %d", n, want)
			}
			return err
		})
	}
	prune(epoch, 100, 0)
	prune(epoch.Add(5*time.Second), 3, 3)
	prune(epoch.Add(5*time.Second), 3, 2)
	prune(epoch.Add(5*time.Second), 3, 0)
	if events := s.events(); len(events) != 5 || events[0].Seq != 6 {
		t.Errorf("left: %+v", events)
	}
	prune(epoch.Add(time.Hour), 100, 5)
	s.reopen()
	e := event(0)
	s.commit(func(tx *store.Tx) error { return tx.AppendEvent(e) })
	if e.Seq != 11 {
		t.Errorf("with all events pruned, the next has number %d, want 11", e.Seq)
	}
}

// testPruneStartKeys deletes what has expired at the transaction's time.
func testPruneStartKeys(t *testing.T, s *state) {
	s.commit(func(tx *store.Tx) error {
		for i := range 10 {
			if err := tx.PutStartKey(store.StartKey{Region: region, Key: string(rune('a' + i)), Result: "jr",
				Expires: epoch.Add(time.Duration(i-5) * time.Second)}); err != nil {
				return err
			}
		}
		return nil
	})
	for _, want := range []int{4, 2, 0} {
		s.commit(func(tx *store.Tx) error {
			n, err := tx.PruneStartKeys(4)
			if n != want {
				t.Errorf("deleted %d, want %d", n, want)
			}
			return err
		})
	}
	s.read(func(r *store.Reader) error {
		k := store.StartKey{Region: region, Key: "j"}
		found, err := r.LookupStartKey(epoch, &k)
		if !found {
			t.Error("a live key was pruned")
		}
		return err
	})
}
