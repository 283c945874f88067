package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// waiting is the i-th run of job j, incarnation 1.
func waiting(i int) *store.Run {
	at := epoch.Add(time.Duration(i) * time.Second)
	return &store.Run{JobRun: glue.JobRun{
		Region: region, ID: glue.NewID(glue.RunIDPrefix, at, [26]byte{1}), Job: "j", Incarnation: 1,
		State: glue.RunWaiting, Submitted: at, Modified: at,
		Arguments: map[string]string{"--n": fmt.Sprint(i), "--name": "Zürich\x00\"<&>"},
	}}
}

// testRun takes one run through its life.
func testRun(t *testing.T, s *state) {
	r := waiting(1)
	s.commit(func(tx *store.Tx) error { return tx.InsertRun(r) })
	get := func(region, id string) (got store.Run, err error) {
		err = s.db.Read(t.Context(), func(rd *store.Reader) error {
			got, err = rd.GetRun(region, id)
			return err
		})
		return got, err
	}
	got, err := get(region, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "inserted", got, *r)
	for _, absent := range [][2]string{{"eu-west-1", r.ID}, {region, "jr_0"}, {region, ""}} {
		if _, err := get(absent[0], absent[1]); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("run %v: %v, want ErrNotFound", absent, err)
		}
	}
	r.State, r.Completed, r.Executed, r.Attempt = glue.RunFailed, epoch.Add(time.Hour), 90*time.Second, 2
	r.Usage.BytesRead = 1 << 40
	s.commit(func(tx *store.Tx) error { return tx.UpdateRun(r) })
	if got, err = get(region, r.ID); err != nil {
		t.Fatal(err)
	}
	same(t, "updated", got, *r)
	twin := waiting(1)
	if err := s.db.Commit(t.Context(), epoch, func(tx *store.Tx) error { return tx.InsertRun(twin) }); err == nil {
		t.Error("two runs have one id")
	}
	next := waiting(2)
	s.commit(func(tx *store.Tx) error { return tx.InsertRun(next) })
	if next.Seq != r.Seq+1 {
		t.Errorf("the failed insert took a number: %d follows %d", next.Seq, r.Seq)
	}
	ghost := waiting(3)
	ghost.Seq = 99
	s.refuse(store.ErrNotFound, func(tx *store.Tx) error { return tx.UpdateRun(ghost) })
}

// testRunPages pages through a job's runs while new ones come.
func testRunPages(t *testing.T, s *state) {
	n := 0
	add := func(count int) {
		s.commit(func(tx *store.Tx) error {
			for range count {
				n++
				r := waiting(n)
				other := waiting(n + 10_000)
				other.Job = "other"
				if err := errors.Join(tx.InsertRun(r), tx.InsertRun(other)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	add(25)
	var seen []string
	q := store.RunQuery{Region: region, Job: "j", Incarnation: 1, Limit: 10}
	for range 10 {
		var page []store.Run
		s.read(func(r *store.Reader) (err error) {
			page, err = r.ListRuns(q)
			return err
		})
		for _, r := range page {
			seen = append(seen, r.Arguments["--n"])
		}
		if len(page) < q.Limit {
			break
		}
		q.Before = page[len(page)-1].Seq
		add(7)
	}
	var want []string
	for i := 25; i > 0; i-- {
		want = append(want, fmt.Sprint(i))
	}
	same(t, "runs, newest first", seen, want)
	for _, limit := range []int{0, store.MaxList + 1} {
		s.refuseRead(func(r *store.Reader) error {
			_, err := r.ListRuns(store.RunQuery{Region: region, Job: "j", Limit: limit})
			return err
		})
		s.refuseRead(func(r *store.Reader) error { _, err := r.RecentRuns(region, limit); return err })
		s.refuseRead(func(r *store.Reader) error { _, err := r.RunsAfter(0, limit); return err })
	}
}

// testRunWalks walks runs of all jobs: the newest of a region, and all from the oldest on.
func testRunWalks(t *testing.T, s *state) {
	s.commit(func(tx *store.Tx) error {
		for i := range 10 {
			r := waiting(i)
			r.Job = fmt.Sprint("j", i%3)
			if i%2 == 1 {
				r.Region = "eu-west-1"
			}
			if err := tx.InsertRun(r); err != nil {
				return err
			}
		}
		return nil
	})
	seqs := func(runs []store.Run) (seqs []int64) {
		for _, r := range runs {
			seqs = append(seqs, r.Seq)
		}
		return seqs
	}
	s.read(func(r *store.Reader) error {
		recent, err := r.RecentRuns(region, 3)
		same(t, "recent", seqs(recent), []int64{9, 7, 5})
		none, err2 := r.RecentRuns("ap-south-1", 3)
		same(t, "recent elsewhere", seqs(none), []int64(nil))
		after, err3 := r.RunsAfter(7, 10)
		same(t, "after", seqs(after), []int64{8, 9, 10})
		seq, err4 := r.RunSeq(waiting(5).ID)
		if seq != 6 {
			t.Errorf("run has number %d, want 6", seq)
		}
		if _, err := r.RunSeq("jr_absent"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("absent run: %v", err)
		}
		return errors.Join(err, err2, err3, err4)
	})
}

// testOpenRuns loads what recovery needs, in pages that are decoded in parallel.
func testOpenRuns(t *testing.T, s *state) {
	var want []int64
	s.commit(func(tx *store.Tx) error {
		for i := range 500 {
			r := waiting(i)
			r.State = []glue.RunState{glue.RunWaiting, glue.RunSucceeded, glue.RunStopping, glue.RunExpired, glue.RunRunning}[i%5]
			if err := tx.InsertRun(r); err != nil {
				return err
			}
			if !r.State.Final() {
				want = append(want, r.Seq)
			}
		}
		return nil
	})
	s.reopen()
	var got []int64
	s.read(func(r *store.Reader) error {
		for after := int64(0); ; {
			page, err := r.OpenRuns(after, 128)
			if err != nil || len(page) == 0 {
				return err
			}
			for _, run := range page {
				if run.State.Final() || run.Arguments["--n"] != fmt.Sprint(run.Seq-1) {
					t.Errorf("run %d: %+v", run.Seq, run)
				}
				got = append(got, run.Seq)
			}
			after = page[len(page)-1].Seq
		}
	})
	same(t, "open runs", got, want)
}

// testLease puts, moves and releases leases: an attempt that drains keeps its own beside the next one's.
func testLease(t *testing.T, s *state) {
	a := store.Lease{Run: "jr_a", Region: region, Phase: store.LeaseReserved, Vector: []byte(`{"dpus":40}`), Since: epoch}
	b := store.Lease{Run: "jr_b", Region: "eu-west-1", Attempt: 1, Phase: store.LeaseStarted, Vector: []byte(`{}`), Since: epoch}
	s.commit(func(tx *store.Tx) error { return errors.Join(tx.PutLease(b), tx.PutLease(a)) })
	a.Phase, a.Until, a.Vector = store.LeaseDraining, epoch.Add(time.Hour), []byte(`{"addresses":10}`)
	again := store.Lease{Run: "jr_a", Region: region, Attempt: 1, Phase: store.LeaseReserved, Vector: []byte(`{}`), Since: epoch}
	s.commit(func(tx *store.Tx) error { return errors.Join(tx.PutLease(again), tx.PutLease(a)) })
	leases := func() (got []store.Lease) {
		s.read(func(r *store.Reader) (err error) {
			got, err = r.Leases()
			return err
		})
		return got
	}
	s.reopen()
	same(t, "leases", leases(), []store.Lease{a, again, b})
	s.commit(func(tx *store.Tx) error { return errors.Join(tx.DeleteLease("jr_a", 0), tx.DeleteLease("jr_a", 0)) })
	same(t, "after release", leases(), []store.Lease{again, b})
}

// testEvent appends events and follows them with a cursor.
func testEvent(t *testing.T, s *state) {
	full := glue.Event{At: epoch.Add(time.Microsecond), Region: region, Kind: glue.EventRunEnded, Job: "j", Run: "jr_1",
		Attempt: 2, Who: "AKIA", Detail: []byte(`{"state":"FAILED"}`)}
	bare := glue.Event{Region: region, Kind: glue.EventDefinitionPut}
	s.commit(func(tx *store.Tx) error { return errors.Join(tx.AppendEvent(&full), tx.AppendEvent(&bare)) })
	got := s.events()
	bare.At = epoch
	if len(got) == 2 && len(got[1].Detail) == 0 {
		got[1].Detail = nil
	}
	same(t, "events", got, []glue.Event{full, bare})
	s.read(func(r *store.Reader) error {
		page, err := r.EventsAfter(1, 1)
		if len(page) != 1 || page[0].Seq != 2 {
			t.Errorf("after 1: %+v", page)
		}
		return err
	})
	s.refuseRead(func(r *store.Reader) error { _, err := r.EventsAfter(0, store.MaxEvents+1); return err })
	s.refuseRead(func(r *store.Reader) error { _, _, err := r.EventPage(0, store.MaxEvents+1); return err })
}

// testEventPage reads events so large that a page holds few of them.
func testEventPage(t *testing.T, s *state) {
	const each, total = 3, 10 // events of a page, events
	s.commit(func(tx *store.Tx) error {
		for range total {
			e := event(0)
			e.Detail = fmt.Appendf(nil, `{"n":"%0*d"}`, store.MaxEventBytes/each+1, 0)
			if err := tx.AppendEvent(e); err != nil {
				return err
			}
		}
		return nil
	})
	s.read(func(r *store.Reader) error {
		var sizes []int
		for after, more := int64(0), true; more; {
			page, further, err := r.EventPage(after, total)
			if err != nil {
				return err
			}
			sizes, more = append(sizes, len(page)), further
			for _, e := range page {
				if after++; e.Seq != after {
					t.Fatalf("event %d follows %d", e.Seq, after-1)
				}
			}
		}
		same(t, "pages", sizes, []int{each, each, each, 1})
		sizes = nil
		for before, more := int64(total+1), true; more; {
			page, further, err := r.EventsBefore(before, total)
			if err != nil {
				return err
			}
			sizes, more = append(sizes, len(page)), further
			for _, e := range page {
				if before--; e.Seq != before {
					t.Fatalf("event %d goes before %d", e.Seq, before+1)
				}
			}
		}
		same(t, "pages backwards", sizes, []int{each, each, each, 1})
		all, more, err := r.EventPage(0, 2)
		if len(all) != 2 || !more {
			t.Errorf("a page of 2: %d, more %v", len(all), more)
		}
		if all, err := r.EventsAfter(0, store.MaxEvents); len(all) != total {
			t.Errorf("all: %d, %v", len(all), err)
		}
		return err
	})
}

// testEventsOf passes over events of other kinds.
func testEventsOf(t *testing.T, s *state) {
	kinds := []glue.EventKind{glue.EventRunEnded, glue.EventDefinitionPut, glue.EventRunEnded, glue.EventReceived, glue.EventRunEnded}
	s.commit(func(tx *store.Tx) (err error) {
		for _, k := range kinds {
			err = errors.Join(err, tx.AppendEvent(&glue.Event{Region: region, Kind: k}))
		}
		return err
	})
	for _, c := range []struct {
		after int64
		limit int
		want  []int64
		last  int64
		more  bool
	}{
		{0, 10, []int64{2, 4}, 5, false}, {0, 1, []int64{2}, 2, true}, {0, 2, []int64{2, 4}, 4, true}, {2, 10, []int64{4}, 5, false},
		{4, 10, nil, 5, false}, {5, 10, nil, 5, false}, {7, 10, nil, 7, false},
	} {
		s.read(func(r *store.Reader) error {
			events, last, more, err := r.EventsOf([]glue.EventKind{glue.EventDefinitionPut, glue.EventReceived}, c.after, c.limit)
			var seqs []int64
			for _, e := range events {
				seqs = append(seqs, e.Seq)
			}
			same(t, fmt.Sprintf("after %d", c.after), seqs, c.want)
			if last != c.last || more != c.more {
				t.Errorf("after %d, %d at most: looked at %d, more %v, want %d, %v", c.after, c.limit, last, more, c.last, c.more)
			}
			return err
		})
	}
}

// testLastOf knows of which kinds there may be events after a number: of what was there when the store was opened, whatever it is.
func testLastOf(t *testing.T, s *state) {
	put, received := []glue.EventKind{glue.EventDefinitionPut}, []glue.EventKind{glue.EventDefinitionPut, glue.EventReceived}
	for _, k := range []glue.EventKind{glue.EventRunEnded, glue.EventDefinitionPut, glue.EventRunEnded, glue.EventReceived, glue.EventRunEnded} {
		s.commit(func(tx *store.Tx) error { return tx.AppendEvent(&glue.Event{Region: region, Kind: k}) })
	}
	check := func(kinds []glue.EventKind, want int64) {
		t.Helper()
		if got := s.db.LastOf(kinds); got != want {
			t.Errorf("the last of %v is %d, want %d", kinds, got, want)
		}
	}
	check(put, 2)
	check(received, 4)
	s.reopen()
	check(put, 5)
	s.commit(func(tx *store.Tx) error { return tx.AppendEvent(event(1)) })
	check(put, 5)
	s.commit(func(tx *store.Tx) error { return tx.AppendEvent(&glue.Event{Region: region, Kind: glue.EventReceived}) })
	check(put, 5)
	check(received, 7)
}

// testEventTimes finds the last event before a time, with and without older ones that were pruned.
func testEventTimes(t *testing.T, s *state) {
	before := func(at time.Time, want int64) {
		t.Helper()
		s.read(func(r *store.Reader) error {
			got, err := r.LastEventBefore(at)
			if got != want {
				t.Errorf("the last event before %v is %d, want %d", at, got, want)
			}
			return err
		})
	}
	before(epoch, 0)
	s.append(100, epoch)
	for i := range int64(101) {
		before(epoch.Add(time.Duration(i)*time.Second), i)
		before(epoch.Add(time.Duration(i)*time.Second-time.Microsecond), i)
	}
	before(epoch.Add(time.Hour), 100)
	before(epoch.Add(-time.Hour), 0)
	s.commit(func(tx *store.Tx) error {
		_, err := tx.PruneEvents(epoch.Add(40*time.Second), 100)
		return err
	})
	before(epoch, 40)
	before(epoch.Add(41*time.Second), 41)
}

// testReport applies reports in order, again, and late.
func testReport(t *testing.T, s *state) {
	for _, step := range []struct {
		run     int64
		attempt int
		seq     int64
		fresh   bool
	}{{1, 0, 1, true}, {1, 0, 1, false}, {1, 0, 2, true}, {1, 0, 1, false}, {1, 1, 1, true}, {2, 0, 1, true}, {1, 0, 4, true}, {1, 0, 3, false}} {
		s.commit(func(tx *store.Tx) error {
			fresh, err := tx.AdvanceReport(step.run, step.attempt, step.seq)
			if fresh != step.fresh {
				t.Errorf("%+v: fresh %v", step, fresh)
			}
			return err
		})
	}
	s.read(func(r *store.Reader) error {
		last, err := r.LastReport(1, 0)
		none, err2 := r.LastReport(7, 0)
		if last != 4 || none != 0 {
			t.Errorf("last reports %d and %d, want 4 and 0", last, none)
		}
		return errors.Join(err, err2)
	})
}

// testRunFiles stores a report's files twice and pages through them.
func testRunFiles(t *testing.T, s *state) {
	files := make([]attempt.File, 123)
	for i := range files {
		files[i] = attempt.File{Write: i%2 == 1, Context: "src", Path: fmt.Sprintf("s3://b/é/%d", i), Bytes: int64(i) << 33,
			Records: int64(i) - 1, Version: "etag", Modified: epoch}
	}
	for range 2 {
		s.commit(func(tx *store.Tx) error {
			return errors.Join(tx.AddRunFiles(1, 0, 1, files), tx.AddRunFiles(1, 1, 1, files[:2]), tx.AddRunFiles(2, 0, 1, files[:1]))
		})
	}
	var got []attempt.File
	var after store.FilePos
	s.read(func(r *store.Reader) error {
		for {
			page, err := r.RunFiles(1, after, 50)
			for _, f := range page {
				got, after = append(got, f.File), f.FilePos
			}
			if err != nil || len(page) < 50 {
				return err
			}
		}
	})
	same(t, "files", got, append(append([]attempt.File(nil), files...), files[:2]...))
	same(t, "last position", after, store.FilePos{Attempt: 1, Report: 1, N: 1})
}
