package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// errDeliberate is the error of functions that fail on purpose.
var errDeliberate = errors.New("deliberate")

// testCommitIsolation puts good and failing functions into one batch: each gets its own answer, what the failing ones
// wrote is gone, and their numbers are given to others.
func testCommitIsolation(t *testing.T, s *state) {
	const n = 60
	release := s.held()
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			errs[i] = s.db.Commit(t.Context(), epoch, func(tx *store.Tx) error {
				if i%3 == 1 { // fails before it writes
					return errDeliberate
				}
				if err := tx.AppendEvent(event(i)); err != nil {
					return err
				}
				if i%3 == 2 { // fails after
					if err := tx.PutMeta(fmt.Sprint(i), nil); err != nil {
						return err
					}
					return errDeliberate
				}
				return tx.InsertRun(waiting(i))
			})
		})
	}
	s.queued(n)
	before := s.db.Stats()
	release()
	wg.Wait()
	after := s.db.Stats()
	if got := after.Batches - before.Batches; got != 2 { // the holder's and ours
		t.Errorf("%d batches, want the functions to share one", got)
	}
	for i, err := range errs {
		if want := i%3 != 0; errors.Is(err, errDeliberate) != want {
			t.Errorf("function %d: %v", i, err)
		}
	}
	events := s.events()
	if len(events) != n/3 {
		t.Fatalf("%d events, want %d", len(events), n/3)
	}
	for i, e := range events {
		if e.Seq != int64(i+1) {
			t.Fatalf("event %d has number %d: not dense", i, e.Seq)
		}
	}
	s.read(func(r *store.Reader) error {
		for i := range n {
			run, err := r.GetRun(region, waiting(i).ID)
			if want := i%3 == 0; (err == nil) != want {
				t.Errorf("run %d: %+v, %v", i, run, err)
			}
			if _, err := r.GetMeta(fmt.Sprint(i)); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("function %d left a row behind: %v", i, err)
			}
		}
		return nil
	})
}

// testCommitAlone fails a function that has the transaction for itself.
func testCommitAlone(t *testing.T, s *state) {
	s.refuse(errDeliberate, func(tx *store.Tx) error {
		if err := tx.AppendEvent(event(1)); err != nil {
			return err
		}
		if last, err := tx.LastEvent(); err != nil || last != 1 {
			t.Errorf("a transaction does not read its own write: %d, %v", last, err)
		}
		return errDeliberate
	})
	if events := s.events(); len(events) != 0 {
		t.Errorf("events of a failed function: %+v", events)
	}
	e := event(2)
	s.commit(func(tx *store.Tx) error { return tx.AppendEvent(e) })
	if e.Seq != 1 || !e.At.Equal(epoch) {
		t.Errorf("got event %d at %v, want 1 at the transaction's time", e.Seq, e.At)
	}
}

// testCommitCancelled cancels a caller while it queues: its function must not run.
func testCommitCancelled(t *testing.T, s *state) {
	release := s.held()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		done <- s.db.Commit(ctx, epoch, func(tx *store.Tx) error {
			t.Error("the function of a caller who left was run")
			return nil
		})
	}()
	s.queued(1)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	release()
	s.commit(func(*store.Tx) error { return nil }) // the queue has passed
}

// testCommitConcurrent has 64 callers append and read at once.
func testCommitConcurrent(t *testing.T, s *state) {
	const callers, each = 64, 20
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := range each {
				run := waiting(c*each + i)
				err := s.db.Commit(t.Context(), epoch, func(tx *store.Tx) error {
					if err := tx.InsertRun(run); err != nil {
						return err
					}
					return tx.AppendEvent(&glue.Event{Region: region, Kind: glue.EventRunSubmitted, Run: run.ID})
				})
				if err == nil {
					err = s.db.Read(t.Context(), func(r *store.Reader) error { // acknowledged, so visible
						got, err := r.GetRun(region, run.ID)
						if err == nil && got.Seq != run.Seq {
							err = fmt.Errorf("run has number %d, was told %d", got.Seq, run.Seq)
						}
						return err
					})
				}
				if err != nil {
					t.Errorf("caller %d: %v", c, err)
					return
				}
			}
		})
	}
	wg.Wait()
	events := s.events()
	if len(events) != callers*each {
		t.Fatalf("%d events, want %d", len(events), callers*each)
	}
	s.read(func(r *store.Reader) error {
		for i, e := range events {
			run, err := r.GetRun(region, e.Run)
			if err != nil || e.Seq != int64(i+1) || run.Seq != e.Seq {
				t.Fatalf("event %d: %+v of run %d, %v", i, e, run.Seq, err)
			}
		}
		return nil
	})
	if stats := s.db.Stats(); stats.Batches >= stats.Functions {
		t.Errorf("no commit was shared: %+v", stats)
	}
}

// testPanic lets functions panic: their callers get it, what they wrote is gone, and neither the committer nor a reader
// is lost.
func testPanic(t *testing.T, s *state) {
	caught := func(call func()) (value any) {
		defer func() { value = recover() }()
		call()
		return nil
	}
	for range 100 { // more often than there are readers
		if v := caught(func() {
			s.read(func(*store.Reader) error { panic("in a read") })
		}); v != "in a read" {
			t.Fatalf("caught %v", v)
		}
	}
	v := caught(func() {
		s.commit(func(tx *store.Tx) error {
			if err := tx.AppendEvent(event(1)); err != nil {
				return err
			}
			panic("in a commit")
		})
	})
	if !strings.HasPrefix(fmt.Sprint(v), "in a commit") {
		t.Errorf("caught %v", v)
	}
	s.commit(func(tx *store.Tx) error { return tx.AppendEvent(event(2)) })
	if events := s.events(); len(events) != 1 || events[0].Seq != 1 {
		t.Errorf("events: %+v", events)
	}
}

// testClosed calls a closed store, and closes it while callers queue: every call is answered.
func testClosed(t *testing.T, s *state) {
	release := s.held()
	errs := make(chan error, 10)
	for range cap(errs) {
		go func() {
			errs <- s.db.Commit(context.Background(), epoch, func(tx *store.Tx) error { return tx.AppendEvent(event(0)) })
		}()
	}
	s.queued(cap(errs))
	closed := make(chan error)
	go func() { closed <- s.db.Close() }()
	release()
	acknowledged := 0
	for range cap(errs) {
		switch err := <-errs; {
		case err == nil:
			acknowledged++
		case !errors.Is(err, store.ErrClosed):
			t.Errorf("got %v, want ErrClosed", err)
		}
	}
	if err := <-closed; err != nil {
		t.Errorf("close: %v", err)
	}
	if err := s.db.Commit(t.Context(), epoch, func(*store.Tx) error { return nil }); !errors.Is(err, store.ErrClosed) {
		t.Errorf("commit after close: %v", err)
	}
	if err := s.db.Read(t.Context(), func(r *store.Reader) error { _, err := r.LastEvent(); return err }); !errors.Is(err, store.ErrClosed) {
		t.Errorf("read after close: %v", err)
	}
	s.reopen()
	if got := len(s.events()); got != acknowledged {
		t.Errorf("%d events, %d were acknowledged", got, acknowledged)
	}
}

// testSnapshot commits between two reads of one Read: the second must not see it.
func testSnapshot(t *testing.T, s *state) {
	s.commit(func(tx *store.Tx) error { return tx.AppendEvent(event(1)) })
	s.read(func(r *store.Reader) error {
		first, err := r.LastEvent()
		if err != nil {
			return err
		}
		s.commit(func(tx *store.Tx) error { return tx.AppendEvent(event(2)) })
		second, err := r.LastEvent()
		if first != 1 || second != 1 {
			t.Errorf("the snapshot moved from %d to %d", first, second)
		}
		return err
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.db.Read(ctx, func(r *store.Reader) error { _, err := r.LastEvent(); return err }); !errors.Is(err, context.Canceled) {
		t.Errorf("read with a cancelled context: %v", err)
	}
	s.read(func(r *store.Reader) error { // and the next read is as good as new
		last, err := r.LastEvent()
		if last != 2 {
			t.Errorf("last event %d, want 2", last)
		}
		return err
	})
}

// errInside is of a function that reads.
var errInside = errors.New("inside")

// testReadOnce reads by one statement, which a second one may not follow, with failures and a panic in between.
func testReadOnce(t *testing.T, s *state) {
	once := func(want int64) {
		t.Helper()
		s.commit(func(tx *store.Tx) error { return tx.AppendEvent(event(1)) })
		if err := s.db.ReadOnce(t.Context(), func(r *store.Reader) error {
			last, err := r.LastEvent()
			if last != want {
				t.Errorf("last event %d, want %d", last, want)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	}
	once(1)
	if err := s.db.ReadOnce(t.Context(), func(*store.Reader) error { return errInside }); err != errInside {
		t.Errorf("a function that reads nothing: %v", err)
	}
	if err := s.db.ReadOnce(t.Context(), func(r *store.Reader) error { _, err := r.GetRun(region, "none"); return err }); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a run that is not there: %v", err)
	}
	once(2)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.db.ReadOnce(ctx, func(r *store.Reader) error { _, err := r.LastEvent(); return err }); !errors.Is(err, context.Canceled) {
		t.Errorf("with a cancelled context: %v", err)
	}
	func() {
		defer func() { _ = recover() }()
		_ = s.db.ReadOnce(t.Context(), func(r *store.Reader) error {
			if _, err := r.LastEvent(); err != nil {
				return err
			}
			panic("inside")
		})
	}()
	once(3)
}

// testSequence gives numbers across a reopening.
func testSequence(t *testing.T, s *state) {
	for i := 1; i <= 3; i++ {
		run, e := waiting(i), event(i)
		s.commit(func(tx *store.Tx) error { return errors.Join(tx.InsertRun(run), tx.AppendEvent(e)) })
		if run.Seq != int64(i) || e.Seq != int64(i) {
			t.Errorf("run %d, event %d, want %d", run.Seq, e.Seq, i)
		}
		s.reopen()
	}
}

// testRandom plays random batches, failures and reopenings against a model in memory.
func testRandom(t *testing.T, s *state) {
	type row struct{ version, incarnation int64 }
	names := []string{"a", "b", "c"}
	model := map[string]row{}
	incarnations := map[int64]bool{}
	appended := 0
	rapid.Check(t, func(rt *rapid.T) {
		if rapid.IntRange(0, 9).Draw(rt, "reopen") == 0 {
			s.reopen()
		}
		next := map[string]row{}
		for k, v := range model {
			next[k] = v
		}
		wrote := 0
		fail := rapid.Bool().Draw(rt, "fail")
		steps := rapid.SliceOfN(rapid.IntRange(0, 3), 1, 6).Draw(rt, "steps")
		err := s.db.Commit(t.Context(), epoch, func(tx *store.Tx) error {
			for _, step := range steps {
				name := rapid.SampledFrom(names).Draw(rt, "name")
				have, exists := next[name]
				switch step {
				case 0:
					d := store.Definition{Region: region, Kind: "job", Name: name}
					err := tx.CreateDefinition(&d)
					if errors.Is(err, store.ErrExists) != exists {
						rt.Fatalf("create %s: %v, exists %v", name, err, exists)
					}
					if err == nil {
						next[name] = row{d.Version, d.Incarnation}
					}
				case 1:
					v, err := tx.UpdateDefinition(region, "job", name, have.version, nil)
					if (err == nil) != exists {
						rt.Fatalf("update %s: %v, exists %v", name, err, exists)
					}
					if exists {
						next[name] = row{v, have.incarnation}
					}
				case 2:
					if err := tx.DeleteDefinition(region, "job", name, 0); (err == nil) != exists {
						rt.Fatalf("delete %s: %v, exists %v", name, err, exists)
					}
					delete(next, name)
				case 3:
					wrote++
					if err := tx.AppendEvent(event(0)); err != nil {
						return err
					}
				}
			}
			if fail {
				return errDeliberate
			}
			return nil
		})
		if fail != errors.Is(err, errDeliberate) || !fail && err != nil {
			rt.Fatalf("commit: %v", err)
		}
		if !fail {
			for name, r := range next {
				if old, ok := model[name]; !ok || old.incarnation != r.incarnation {
					if incarnations[r.incarnation] {
						rt.Fatalf("incarnation %d was given twice", r.incarnation)
					}
					incarnations[r.incarnation] = true
				}
			}
			model, appended = next, appended+wrote
		}
		s.read(func(r *store.Reader) error {
			found, err := r.ListDefinitions(store.DefinitionQuery{Region: region, Kind: "job", Limit: 10})
			got := map[string]row{}
			for _, d := range found {
				got[d.Name] = row{d.Version, d.Incarnation}
			}
			if fmt.Sprint(got) != fmt.Sprint(model) {
				rt.Fatalf("got %v, want %v", got, model)
			}
			if last, err := r.LastEvent(); err != nil || last != int64(appended) {
				rt.Fatalf("last event %d, want %d: %v", last, appended, err)
			}
			return err
		})
	})
}

// testOnePlane opens the state twice: the second is refused until the first has closed.
func testOnePlane(t *testing.T, s *state) {
	if db, err := s.open(); !errors.Is(err, store.ErrLocked) {
		t.Errorf("second open: %v, want ErrLocked", err)
		if err == nil {
			_ = db.Close()
		}
	} else {
		t.Log(err)
	}
	s.commit(func(tx *store.Tx) error { return tx.AppendEvent(event(1)) }) // the first is unharmed
	s.reopen()
}
