package controller

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"tenon/internal/attempt"
	"tenon/internal/core/bookmark"
	"tenon/internal/core/scheduler"
	"tenon/internal/driver/executor"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// reportCommand applies one report of a worker.
type reportCommand struct {
	reply
	rep attempt.Report
	// bookmark is what a bookmark report brings, decoded by the caller.
	bookmark bookmark.State
}

// Report is executor.Sink: it returns nil once the report is durable, also when it was before; *executor.Refused when it
// never will be; and another error when it may be sent again.
func (c *Controller) Report(ctx context.Context, rep attempt.Report) error {
	cmd := &reportCommand{reply: newReply(), rep: rep}
	if err := cmd.check(); err != nil {
		return err
	}
	return c.do(ctx, cmd)
}

// check refuses a report that makes no sense, whatever the state.
func (cmd *reportCommand) check() error {
	rep := &cmd.rep
	if rep.Seq < 1 || len(rep.Files) > attempt.MaxReportFiles {
		return refusedf("report %d of %s is malformed", rep.Seq, rep.Key)
	}
	switch rep.Kind {
	case attempt.ReportStarted, attempt.ReportProgress:
		return nil
	case attempt.ReportFiles:
		for _, f := range rep.Files {
			if !storable(f.Path) || !storable(f.Context) || !storable(f.Version) {
				return refusedf("report %d of %s: the name of %q is not valid text", rep.Seq, rep.Key, f.Path)
			}
		}
		return nil
	case attempt.ReportResult:
		if rep.Result == nil {
			return refusedf("report %d of %s has no result", rep.Seq, rep.Key)
		}
		switch rep.Result.State {
		case glue.RunSucceeded, glue.RunFailed, glue.RunTimeout, glue.RunStopped:
			return nil
		}
		return refusedf("report %d of %s ends in state %q", rep.Seq, rep.Key, rep.Result.State)
	case attempt.ReportBookmark:
		if rep.Bookmark == nil {
			return refusedf("report %d of %s has no bookmark", rep.Seq, rep.Key)
		}
		state, err := bookmark.Decode(rep.Bookmark.State)
		if err != nil {
			return refusedf("report %d of %s: %v", rep.Seq, rep.Key, err)
		}
		if int64(state.Version) != rep.Bookmark.Version+1 {
			return refusedf("report %d of %s: bookmark of version %d is based on version %d", rep.Seq, rep.Key,
				state.Version, rep.Bookmark.Version)
		}
		cmd.bookmark = state
		return nil
	}
	return refusedf("report %d of %s is of unknown kind %q", rep.Seq, rep.Key, rep.Kind)
}

// storable reports whether every database takes s as text.
func storable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// refusedf makes a final no.
func refusedf(format string, args ...any) error {
	return &executor.Refused{Reason: fmt.Sprintf(format, args...)}
}

// needs are the bookmark, where the report may change it, and what is known of an attempt that is not current.
func (cmd *reportCommand) needs(s *state, q *query) {
	r := s.open[cmd.rep.Key.Run]
	if r == nil || r.Attempt != cmd.rep.Key.Attempt {
		q.lastReport(cmd.rep.Key)
		return
	}
	result := cmd.rep.Kind == attempt.ReportResult && cmd.rep.Result.State != glue.RunSucceeded
	if cmd.rep.Kind == attempt.ReportBookmark || result && r.bookmarked() {
		key := bookmarkKey{r.Region, r.Job}
		q.bookmark(key)
		q.job(key)
	}
}

// decide applies the report if it is new and of the current attempt.
func (cmd *reportCommand) decide(s *state, t *turn) {
	rep := &cmd.rep
	r := s.open[rep.Key.Run]
	if r == nil || r.Attempt != rep.Key.Attempt || !r.State.Active() {
		if rep.Seq > t.found.reports[rep.Key] {
			cmd.refused = refusedf("attempt %s is no longer current", rep.Key)
		}
		return
	}
	if rep.Seq <= r.applied {
		return
	}
	switch rep.Kind {
	case attempt.ReportProgress: // not kept: the result brings the sum
		return
	case attempt.ReportStarted:
		s.started(t, r)
	case attempt.ReportFiles:
		t.files = append(t.files, fileWrite{r, r.Attempt, rep.Seq, rep.Files})
		s.filesArrived(t, r, rep.Files)
	case attempt.ReportBookmark:
		if err := s.commitBookmark(t, r, cmd); err != nil {
			cmd.refused = err
			return
		}
	}
	r.applied = rep.Seq
	t.report(r)
	if rep.Kind == attempt.ReportResult {
		s.attemptEnded(t, r, rep.Result)
	}
}

// filesArrived notes the files that a run has published and that somebody wants to know of, as an upload to the built-in S3
// would be: the engine writes past it.
func (s *state) filesArrived(t *turn, r *run, files []attempt.File) {
	if s.cfg.Wants == nil {
		return
	}
	for i := range files {
		f := &files[i]
		bucket, key, ok := strings.Cut(strings.TrimPrefix(f.Path, "s3://"), "/")
		if !f.Write || !ok || !strings.HasPrefix(f.Path, "s3://") {
			continue
		}
		object := glue.ObjectCreated{Bucket: bucket, Key: key, Size: f.Bytes, ETag: f.Version, Sequencer: glue.Sequencer(t.now),
			Requester: s.cfg.Spec.Account, Reason: reasonPut}
		detail, err := json.Marshal(object)
		if err != nil {
			t.fail(fmt.Errorf("object %s: %w", f.Path, err))
			return
		}
		e := glue.Event{At: t.now, Region: r.Region, Kind: glue.EventObjectCreated, Job: r.Job, Run: r.ID, Attempt: r.Attempt, Detail: detail}
		if s.cfg.Wants(e) {
			t.events = append(t.events, e)
		}
	}
}

// reasonPut is the operation that a published file stands for in its event.
const reasonPut = "PutObject"

// started notes that the script begins.
func (s *state) started(t *turn, r *run) {
	r.Started = t.now
	t.touch(r)
	if r.State == glue.RunStarting {
		r.State = glue.RunRunning
		t.event(r, glue.EventRunStarted, "", nil)
		s.alarms.set(r, s.deadline(r))
		s.watchDelay(t, r)
	}
	if r.lease.Visible.IsZero() {
		r.lease.Visible = t.now
		t.lease(leaseWrite{phase: store.LeaseStarted, lease: r.lease})
		s.step(t, scheduler.Event{Started: &scheduler.Started{ID: r.ID}})
	}
}

// launchedCommand is what became of an executor's Start.
type launchedCommand struct {
	reply
	key attempt.Key
	err error
}

// decide fails an attempt that did not start, and repeats a Stop that came before its Start.
func (cmd *launchedCommand) decide(s *state, t *turn) {
	r := s.open[cmd.key.Run]
	if r == nil || r.Attempt != cmd.key.Attempt || !r.State.Active() {
		return
	}
	switch {
	case cmd.err != nil && !errors.Is(cmd.err, context.Canceled):
		var network *executor.NetworkError
		s.attemptEnded(t, r, &attempt.Result{State: glue.RunFailed, ErrorMessage: "The attempt could not be started: " + cmd.err.Error(),
			Network: errors.As(cmd.err, &network)})
	case r.State == glue.RunStopping:
		s.stopAttempt(t, r)
	}
}
