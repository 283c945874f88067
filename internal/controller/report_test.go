package controller

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/core/bookmark"
	"tenon/internal/driver/executor"
	"tenon/internal/driver/executor/fake"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// TestReportsComeTwice: every report is applied once.
func TestReportsComeTwice(t *testing.T) {
	plan := func(spec attempt.Spec) fake.Plan {
		p := fake.Plan{Twice: true, Usage: glue.Usage{FilesRead: 1}, Files: []attempt.File{{Path: "s3://b/a", Bytes: 5, Records: -1}}}
		if spec.Key.Attempt == 0 {
			p.State, p.Error = glue.RunFailed, "boom"
		}
		return p
	}
	bubble(t, Config{}, plan, func(t *testing.T, p *plane) {
		j := job("j")
		j.MaxRetries = 1
		id := p.submit(request(j))
		run := p.wait(id, glue.RunSucceeded)
		if run.Usage.FilesRead != 2 {
			t.Errorf("usage is %+v", run.Usage)
		}
		want := "run.submitted/0 run.admitted/0 run.started/0 run.retry/0 run.admitted/1 run.started/1 run.ended/1"
		if got := p.history(id); got != want {
			t.Errorf("events:\n got %s\nwant %s", got, want)
		}
		err := p.db.Read(t.Context(), func(r *store.Reader) error {
			files, err := r.RunFiles(run.Seq, store.FilePos{}, 10)
			if len(files) != 2 || files[0].Attempt != 0 || files[1].Attempt != 1 || files[1].Path != "s3://b/a" {
				t.Errorf("files are %+v", files)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// TestReportsOfOthers: reports of attempts that are not current are refused, but those that were applied before are
// acknowledged again, also when the run has ended and the plane was restarted.
func TestReportsOfOthers(t *testing.T) {
	bubble(t, Config{}, func(attempt.Spec) fake.Plan { return fake.Plan{State: glue.RunFailed} }, func(t *testing.T, p *plane) {
		j := job("j")
		j.MaxRetries = 1
		id := p.submit(request(j))
		p.wait(id, glue.RunFailed)
		check := func(key attempt.Key, seq int64, known bool) {
			t.Helper()
			err := p.c.Report(t.Context(), attempt.Report{Key: key, Seq: seq, Kind: attempt.ReportStarted})
			var no *executor.Refused
			if known != (err == nil) || !known && !errors.As(err, &no) {
				t.Errorf("report %d of %s: %v", seq, key, err)
			}
		}
		for range 2 {
			check(attempt.Key{Run: id, Attempt: 0}, 2, true)
			check(attempt.Key{Run: id, Attempt: 0}, 3, false)
			check(attempt.Key{Run: id, Attempt: 1}, 2, true)
			check(attempt.Key{Run: id, Attempt: 2}, 1, false)
			check(attempt.Key{Run: "jr_none"}, 1, false)
			p.kill()
			p.start()
		}
	})
}

func TestMalformedReports(t *testing.T) {
	for name, rep := range map[string]attempt.Report{
		"no sequence number": {Kind: attempt.ReportStarted},
		"unknown kind":       {Seq: 1, Kind: "gossip"},
		"no result":          {Seq: 1, Kind: attempt.ReportResult},
		"no final state":     {Seq: 1, Kind: attempt.ReportResult, Result: &attempt.Result{State: glue.RunRunning}},
		"a name of no text":  {Seq: 1, Kind: attempt.ReportFiles, Files: []attempt.File{{Path: "s3://b/\x00"}}},
		"no bookmark":        {Seq: 1, Kind: attempt.ReportBookmark},
		"bad bookmark":       {Seq: 1, Kind: attempt.ReportBookmark, Bookmark: &attempt.BookmarkCommit{State: []byte("{")}},
		"another version":    {Seq: 1, Kind: attempt.ReportBookmark, Bookmark: &attempt.BookmarkCommit{Version: 3, State: []byte(`{"format":1,"version":9}`)}},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := &reportCommand{rep: rep}
			var no *executor.Refused
			if err := cmd.check(); !errors.As(err, &no) {
				t.Errorf("error is %v", err)
			}
		})
	}
}

// commit makes the bookmark that a run of the spec would commit.
func commit(spec attempt.Spec) *attempt.BookmarkCommit {
	old, err := bookmark.Decode(spec.Bookmark.State)
	if err != nil {
		panic(err)
	}
	next, err := old.Commit(int(spec.Bookmark.Version), spec.Key.Run, map[string]bookmark.Advance{"ctx": {LowMillis: int64(old.Run) + 1}})
	if err != nil {
		panic(err)
	}
	doc, err := next.Encode()
	if err != nil {
		panic(err)
	}
	return &attempt.BookmarkCommit{Version: spec.Bookmark.Version, State: doc}
}

// bookmarkOf reads the bookmark of job j, and checks that the row agrees with the document.
func (p *plane) bookmarkOf() bookmark.State {
	p.t.Helper()
	var state bookmark.State
	err := p.db.Read(p.t.Context(), func(r *store.Reader) error {
		b, err := r.GetBookmark("us-east-1", "j")
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err == nil {
			state, err = bookmark.Decode(b.Doc)
		}
		if int64(state.Version) != b.Version {
			p.t.Errorf("the row has version %d, the document %d", b.Version, state.Version)
		}
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return state
}

// bookmarked is a start with bookmarks on.
func bookmarked() StartRequest {
	req := request(job("j"))
	req.Arguments = map[string]string{argBookmark: "job-bookmark-enable"}
	return req
}

func TestBookmarks(t *testing.T) {
	state := shared[glue.RunState]{v: glue.RunSucceeded}
	plan := func(spec attempt.Spec) fake.Plan {
		return fake.Plan{Duration: time.Second, State: state.get(), Commit: commit, Twice: true}
	}
	bubble(t, Config{}, plan, func(t *testing.T, p *plane) {
		var runs []string
		for range 3 {
			id := p.submit(bookmarked())
			p.wait(id, glue.RunSucceeded)
			runs = append(runs, id)
		}
		if b := p.bookmarkOf(); b.Version != 3 || b.Run != 3 || b.RunID != runs[2] || b.PreviousRunID != runs[1] {
			t.Errorf("after three runs: %+v", b)
		}
		state.set(glue.RunFailed)
		p.wait(p.submit(bookmarked()), glue.RunFailed)
		if b := p.bookmarkOf(); b.Version != 4 || b.Run != 3 || b.Attempt != 1 {
			t.Errorf("after a failed run: %+v", b)
		}
		b, err := p.c.ResetBookmark(t.Context(), BookmarkReset{Region: "us-east-1", Job: "j", Run: runs[0]})
		if err != nil || b.Run != 1 || b.RunID != runs[0] || b.Version != 5 {
			t.Errorf("rewound to the first run: %+v, %v", b, err)
		}
		state.set(glue.RunSucceeded)
		p.wait(p.submit(bookmarked()), glue.RunSucceeded)
		if b := p.bookmarkOf(); b.Version != 6 || b.Run != 2 || b.Attempt != 0 {
			t.Errorf("after the next run: %+v", b)
		}
		_, err = p.c.ResetBookmark(t.Context(), BookmarkReset{Region: "us-east-1", Job: "j", Run: "jr_none"})
		refused(t, err, glue.CodeEntityNotFound, "jr_none")
		if b, err = p.c.ResetBookmark(t.Context(), BookmarkReset{Region: "us-east-1", Job: "j"}); err != nil || b.Run != 0 || b.Version != 7 {
			t.Errorf("reset: %+v, %v", b, err)
		}
		if err := p.c.JobDeleted(t.Context(), "us-east-1", "j", 1); err != nil {
			t.Fatal(err)
		}
		if b := p.bookmarkOf(); b.Version != 0 {
			t.Errorf("after the job was deleted: %+v", b)
		}
		_, err = p.c.ResetBookmark(t.Context(), BookmarkReset{Region: "us-east-1", Job: "j"})
		refused(t, err, glue.CodeEntityNotFound, "j")
	})
}

// TestBookmarkOfAJobCreatedAgain: a run that outlives its job, and the plane, leaves the bookmark of the job's successor
// alone, whether it ends well or badly.
func TestBookmarkOfAJobCreatedAgain(t *testing.T) {
	for _, end := range []glue.RunState{glue.RunSucceeded, glue.RunFailed} {
		bubble(t, Config{}, func(attempt.Spec) fake.Plan {
			return fake.Plan{Duration: time.Hour, State: end, Commit: commit}
		}, func(t *testing.T, p *plane) {
			first := p.define("j")
			req := bookmarked()
			req.Job.Incarnation = first.Incarnation
			id := p.submit(req)
			p.wait(id, glue.RunRunning)
			p.undefine("j")
			if err := p.c.JobDeleted(t.Context(), "us-east-1", "j", first.Incarnation); err != nil {
				t.Fatal(err)
			}
			p.define("j")
			p.kill()
			p.start() // which forgets what was deleted
			time.Sleep(2 * time.Hour)
			if run := p.get(id); !run.State.Final() || run.State == glue.RunSucceeded {
				t.Errorf("the run is %s: %s", run.State, run.ErrorMessage)
			}
			if b := p.bookmarkOf(); b.Version != 0 {
				t.Errorf("the new job has the bookmark %+v", b)
			}
		})
	}
}

// TestBookmarkVersionMismatch: of two runs that started from the same bookmark, the second to commit is refused in
// Glue's words. So is one whose bookmark was reset meanwhile, and one that may not commit.
func TestBookmarkVersionMismatch(t *testing.T) {
	first := make(chan struct{})
	second := make(chan struct{})
	n := 0
	plan := func(attempt.Spec) fake.Plan {
		n++
		return fake.Plan{Until: map[int]chan struct{}{1: first, 2: second}[n], Commit: commit}
	}
	bubble(t, Config{}, plan, func(t *testing.T, p *plane) {
		first, second = make(chan struct{}), make(chan struct{})
		a := p.submit(bookmarked())
		p.wait(a, glue.RunRunning)
		b := p.submit(bookmarked())
		p.wait(b, glue.RunRunning)
		close(first)
		p.wait(a, glue.RunSucceeded)
		close(second)
		run := p.wait(b, glue.RunFailed)
		want := "VersionMismatchException: Continuation update failed due to version mismatch. Expected version 0 but found version 1"
		if run.ErrorMessage != want {
			t.Errorf("error is %q, want %q", run.ErrorMessage, want)
		}
		paused := bookmarked()
		paused.Arguments[argBookmark] = "job-bookmark-pause"
		run = p.wait(p.submit(paused), glue.RunFailed)
		if !strings.Contains(run.ErrorMessage, "does not have --job-bookmark-option job-bookmark-enable") {
			t.Errorf("a paused run committed: %q", run.ErrorMessage)
		}
	})
}

// TestFilesArrive: a file that a run has published is an event in the commit of its report, once, where somebody wants it; one
// that was read is none.
func TestFilesArrive(t *testing.T) {
	plan := func(attempt.Spec) fake.Plan {
		return fake.Plan{Twice: true, Files: []attempt.File{
			{Path: "s3://in/a", Bytes: 5}, {Write: true, Path: "s3://out/day=1/b.parquet", Bytes: 7, Version: "e"}, {Write: true, Path: "s3://other/c"},
		}}
	}
	wants := func(e glue.Event) bool { return strings.Contains(string(e.Detail), `"bucket":"out"`) }
	bubble(t, Config{Wants: wants, Spec: SpecConfig{Account: "123456789012"}}, plan, func(t *testing.T, p *plane) {
		id := p.submit(request(job("j")))
		p.wait(id, glue.RunSucceeded)
		if got, want := p.history(id), "run.submitted/0 run.admitted/0 run.started/0 object.created/0 run.ended/0"; got != want {
			t.Errorf("events:\n got %s\nwant %s", got, want)
		}
		err := p.db.Read(t.Context(), func(r *store.Reader) error {
			events, err := r.EventsAfter(0, store.MaxEvents)
			for _, e := range events {
				if e.Kind != glue.EventObjectCreated {
					continue
				}
				const want = `{"bucket":"out","key":"day=1/b.parquet","size":7,"etag":"e","sequencer":"`
				if got := string(e.Detail); !strings.HasPrefix(got, want) || !strings.HasSuffix(got, `","requester":"123456789012","reason":"PutObject"}`) || e.Job != "j" {
					t.Errorf("detail is %s", got)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
