package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenon/internal/core/bookmark"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// bookmarksCommand is `tenon bookmarks`.
func (a *app) bookmarksCommand() *cobra.Command {
	return a.group("bookmarks", "Look at job bookmarks and set them back", groupWork, a.bookmarksGet(), a.bookmarksReset())
}

// bookmarksGet is `tenon bookmarks get`.
func (a *app) bookmarksGet() *cobra.Command {
	run := ""
	c := &cobra.Command{
		Use: "get JOB", Short: "Show a job's bookmark: what its runs have processed", Args: a.takes("JOB"),
		Example: "  tenon bookmarks get nightly\n  tenon bookmarks get nightly --run jr_0193a5b2c -o json",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			id, err := a.runID(cmd, run)
			if err != nil {
				return err
			}
			var out wire.GetJobBookmarkResponse
			err = c.Call(cmd.Context(), "GetJobBookmark", wire.GetJobBookmarkRequest{JobName: &args[0], RunId: id}, &out)
			if err != nil {
				return noBookmark(err, args[0])
			}
			return a.showBookmark(out.JobBookmarkEntry)
		},
	}
	c.Flags().StringVar(&run, "run", "", "as it was after this `run`")
	return c
}

// noBookmark says what Glue's answer about a job that never committed a bookmark means.
func noBookmark(err error, job string) error {
	var refused *glue.Error
	if !errors.As(err, &refused) || refused.Code != glue.CodeEntityNotFound || !strings.HasPrefix(refused.Message, "Continuation ") {
		return err // of a job that is not there, Glue's answer has the same code
	}
	return fmt.Errorf("%w\nJob %s has no bookmark yet: its runs need --job-bookmark-option job-bookmark-enable, a transformation_ctx at their sources, and job.commit()", err, job)
}

// bookmarksReset is `tenon bookmarks reset`.
func (a *app) bookmarksReset() *cobra.Command {
	run := ""
	c := &cobra.Command{
		Use: "reset JOB", Short: "Forget what a job has processed, or go back to a run", Args: a.takes("JOB"),
		Long: `Forget what a job's runs have processed: the next run reads everything. With --run, go back to what the
bookmark was after that run: the next run reads what came later.`,
		Example: "  tenon bookmarks reset nightly\n  tenon bookmarks reset nightly --run jr_0193a5b2c",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			id, err := a.runID(cmd, run)
			if err != nil {
				return err
			}
			var out wire.ResetJobBookmarkResponse
			err = c.Call(cmd.Context(), "ResetJobBookmark", wire.ResetJobBookmarkRequest{JobName: &args[0], RunId: id}, &out)
			if err != nil {
				return noBookmark(err, args[0])
			}
			return a.showBookmark(out.JobBookmarkEntry)
		},
	}
	c.Flags().StringVar(&run, "run", "", "go back to what it was after this `run`")
	return c
}

// runID is the whole id of the run that a flag names by its beginning; nil where it names none.
func (a *app) runID(cmd *cobra.Command, name string) (*string, error) {
	if name == "" {
		return nil, nil
	}
	c, err := a.connect()
	if err != nil {
		return nil, err
	}
	run, err := a.findRun(cmd.Context(), c, name)
	if err != nil {
		return nil, err
	}
	return run.Id, nil
}

// showBookmark writes a bookmark: for people what it means, as JSON and YAML the whole of it.
func (a *app) showBookmark(b *wire.JobBookmarkEntry) error {
	if b == nil {
		b = &wire.JobBookmarkEntry{}
	}
	fields := []field{
		{name: "Job", value: val(b.JobName), paint: bold},
		{name: "Version", value: fmt.Sprint(val(b.Version))},
		{name: "Runs committed", value: fmt.Sprint(val(b.Run))},
		{name: "Last run", value: val(b.RunId)},
		{name: "Run before", value: val(b.PreviousRunId)},
	}
	state, err := bookmark.Decode([]byte(val(b.JobBookmark)))
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(state.Contexts)) {
		fields = append(fields, field{name: "Context", value: name + contextSummary(state.Contexts[name])})
	}
	if len(state.Contexts) == 0 {
		fields = append(fields, field{name: "Context", value: "none: the next run reads everything"})
	}
	return a.showItem(b, fields)
}

// contextSummary says how far a source has been read.
func contextSummary(c bookmark.Context) string {
	if len(c.Marks) == 0 {
		return ""
	}
	last := c.Marks[len(c.Marks)-1]
	return fmt.Sprintf(": read up to %s; %s remembered from %s on", clock(time.UnixMilli(last.HighMillis)),
		many(int64(len(c.Seen)), "file"), clock(time.UnixMilli(last.LowMillis)))
}
