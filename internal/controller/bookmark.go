package controller

import (
	"context"
	"errors"

	"tenon/internal/core/bookmark"
	"tenon/internal/glue"
)

// Arguments that say how a run uses bookmarks.
const (
	argBookmark     = "--job-bookmark-option"
	argContinuation = "--continuation-option" // its name of before
	argBookmarkFrom = "--job-bookmark-from"
	argBookmarkTo   = "--job-bookmark-to"
)

// How a run uses bookmarks: the values of attempt.Bookmark.Option.
const (
	bookmarkEnable = "enable"
	bookmarkPause  = "pause"
)

// bookmarkOption reads the option of a run: enable, pause, or empty for disabled, which is the default. A value that is
// none of Glue's is refused: taken for "disabled" it would silently process everything again. Whether from and to go
// with the option is left to the script's own getResolvedOptions, as in Glue.
func bookmarkOption(args map[string]string) (string, error) {
	switch option := args[argBookmark]; option {
	case "job-bookmark-enable":
		return bookmarkEnable, nil
	case "job-bookmark-pause":
		return bookmarkPause, nil
	case "job-bookmark-disable":
		return "", nil
	case "":
	default:
		return "", glue.Invalid("%s is %q; use job-bookmark-enable, job-bookmark-pause or job-bookmark-disable.", argBookmark, option)
	}
	switch option := args[argContinuation]; option {
	case "continuation-enabled":
		return bookmarkEnable, nil
	case "continuation-readonly":
		return bookmarkPause, nil
	case "continuation-ignore", "":
		return "", nil
	default:
		return "", glue.Invalid("%s is %q; use continuation-enabled, continuation-readonly or continuation-ignore.", argContinuation, option)
	}
}

// bookmarked reports whether the run may commit a bookmark. Python shell jobs cannot use bookmarks.
func (r *run) bookmarked() bool {
	option, err := bookmarkOption(r.Arguments)
	return err == nil && option == bookmarkEnable && r.Command.Name != glue.CommandShell
}

// bookmark is the bookmark of a job as it will be after the turn.
func (t *turn) bookmark(key bookmarkKey) *bookmarkWrite {
	w := t.bookmarks[key]
	if w == nil {
		w = &bookmarkWrite{state: t.found.bookmarks[key]}
		w.had = int64(w.state.Version)
		if t.bookmarks == nil {
			t.bookmarks = map[bookmarkKey]*bookmarkWrite{}
		}
		t.bookmarks[key] = w
	}
	return w
}

// current is the bookmark of a job without the intention to change it.
func (t *turn) current(key bookmarkKey) bookmark.State {
	if w := t.bookmarks[key]; w != nil {
		return w.state
	}
	return t.found.bookmarks[key]
}

// bookmarkDetail is the detail of bookmark.committed and bookmark.reset.
type bookmarkDetail struct {
	Version int    `json:"version"`
	Run     int    `json:"run"`
	To      string `json:"to,omitempty"` // the run that a reset went back to
}

// commitBookmark takes the state that job.commit() brought, if it is based on the current one.
func (s *state) commitBookmark(t *turn, r *run, cmd *reportCommand) error {
	if !r.bookmarked() {
		return refusedf("run %s does not have %s job-bookmark-enable", r.ID, argBookmark)
	}
	key := bookmarkKey{r.Region, r.Job}
	if s.orphaned(t, r) {
		return refusedf("job %s was deleted", r.Job)
	}
	expected, found := cmd.bookmark.Version-1, t.current(key).Version
	if found != expected {
		return refusedf("%s", (&bookmark.MismatchError{Expected: expected, Found: found}).Error())
	}
	w := t.bookmark(key)
	w.state, w.run = cmd.bookmark, r.ID
	t.event(r, glue.EventBookmark, "", bookmarkDetail{Version: w.state.Version, Run: w.state.Run})
	return nil
}

// orphaned reports whether the job of r was deleted while it ran: the bookmark of its name, if there is one, is that of a
// job created since, of which r has processed nothing. What the memory has forgotten, the job's definition tells.
func (s *state) orphaned(t *turn, r *run) bool {
	_, gone := s.deleted[r.key()]
	now, found := t.found.jobs[bookmarkKey{r.Region, r.Job}]
	return gone || found && now != r.Incarnation
}

// countFailure counts a run that ended badly in the bookmark of its job (JobBookmarkEntry.Attempt). It does so only when
// no other run of the job is open: those hold the version that the count would change.
func (s *state) countFailure(t *turn, r *run) {
	key := bookmarkKey{r.Region, r.Job}
	if r.State == glue.RunSucceeded || r.Started.IsZero() || s.orphaned(t, r) || !r.bookmarked() || s.perJob[r.key()] > 0 || t.current(key).Version == 0 {
		return
	}
	w := t.bookmark(key)
	w.state = w.state.Failed()
	w.state.Version++
	w.run = w.state.RunID
}

// BookmarkReset is ResetJobBookmark.
type BookmarkReset struct {
	Region    string
	Principal string
	Job       string
	Run       string // to go back to; empty is to the beginning
}

// resetCommand resets a bookmark.
type resetCommand struct {
	reply
	req   BookmarkReset
	state bookmark.State
}

// ResetBookmark takes a job's bookmark back and returns what it is then. A run that is open keeps what it started from,
// so its commit fails by version.
func (c *Controller) ResetBookmark(ctx context.Context, req BookmarkReset) (bookmark.State, error) {
	req.Run, _ = glue.SplitAttempt(req.Run)
	cmd := &resetCommand{reply: newReply(), req: req}
	err := c.do(ctx, cmd)
	return cmd.state, err
}

// needs are the bookmark and the run.
func (cmd *resetCommand) needs(s *state, q *query) {
	q.bookmark(bookmarkKey{cmd.req.Region, cmd.req.Job})
	if cmd.req.Run != "" && s.open[cmd.req.Run] == nil {
		q.run(cmd.req.Region, cmd.req.Run)
	}
}

// decide resets or rewinds.
func (cmd *resetCommand) decide(s *state, t *turn) {
	key := bookmarkKey{cmd.req.Region, cmd.req.Job}
	now := t.current(key)
	if now.Version == 0 {
		cmd.refused = glue.Errorf(glue.CodeEntityNotFound, "Continuation for job %s not found.", cmd.req.Job)
		return
	}
	next := now.Reset()
	if cmd.req.Run != "" {
		if !cmd.runExists(s, t) {
			cmd.refused = glue.NotFound("JobRun", cmd.req.Run)
			return
		}
		var err error
		if next, err = now.Rewind(cmd.req.Run); err != nil {
			cmd.refused = glue.Invalid("Cannot reset the bookmark of %s to run %s: %s.", cmd.req.Job, cmd.req.Run, reason(err))
			return
		}
	}
	w := t.bookmark(key)
	w.state, w.run = next, next.RunID
	cmd.state = next
	job := &run{JobRun: glue.JobRun{Region: cmd.req.Region, Job: cmd.req.Job}}
	t.event(job, glue.EventBookmarkReset, cmd.req.Principal, bookmarkDetail{Version: next.Version, Run: next.Run, To: cmd.req.Run})
}

// runExists reports whether the run to go back to is one of the job's.
func (cmd *resetCommand) runExists(s *state, t *turn) bool {
	if r := s.open[cmd.req.Run]; r != nil {
		return r.Job == cmd.req.Job && r.Region == cmd.req.Region
	}
	r, ok := t.found.runs[cmd.req.Run]
	return ok && r.Job == cmd.req.Job
}

// reason is why a rewind failed, in words for a client.
func reason(err error) string {
	if errors.Is(err, bookmark.ErrForgotten) {
		return "the run is older than the history kept"
	}
	return err.Error()
}
