package api

import (
	"context"
	"errors"

	"tenon/internal/controller"
	"tenon/internal/core/bookmark"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// bookmarkShape is a bookmark as GetJobBookmark shows it. JobBookmark is the state itself, as JSON.
func bookmarkShape(job string, s bookmark.State) (*wire.JobBookmarkEntry, error) {
	doc, err := s.Encode()
	if err != nil {
		return nil, err
	}
	return &wire.JobBookmarkEntry{
		JobName: &job, Version: ptr(int32(s.Version)), Run: ptr(int32(s.Run)), Attempt: ptr(int32(s.Attempt)),
		PreviousRunId: text(s.PreviousRunID), RunId: text(s.RunID), JobBookmark: ptr(string(doc)),
	}, nil
}

// getJobBookmark is GetJobBookmark. With RunId, the bookmark must know that run.
func (a *API) getJobBookmark(ctx context.Context, c Call, in *wire.GetJobBookmarkRequest) (*wire.GetJobBookmarkResponse, error) {
	var b store.Bookmark
	err := a.read(ctx, func(r *store.Reader) error {
		if _, err := readJob(r, c.Region, *in.JobName); err != nil {
			return err
		}
		var err error
		b, err = r.GetBookmark(c.Region, *in.JobName)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, noBookmark(*in.JobName)
	}
	if err != nil {
		return nil, err
	}
	s, err := bookmark.Decode(b.Doc)
	if err != nil {
		return nil, err
	}
	if in.RunId != nil {
		if s, err = s.Rewind(*in.RunId); err != nil {
			return nil, glue.Errorf(glue.CodeEntityNotFound, "The bookmark of job %s does not reach back to run %s.", *in.JobName, *in.RunId)
		}
		s.Version = int(b.Version)
	}
	entry, err := bookmarkShape(*in.JobName, s)
	return &wire.GetJobBookmarkResponse{JobBookmarkEntry: entry}, err
}

// noBookmark is the refusal for a job that never committed one.
func noBookmark(job string) error {
	return glue.Errorf(glue.CodeEntityNotFound, "Continuation for job %s not found.", job)
}

// resetJobBookmark is ResetJobBookmark: to nothing, or to what it was after a run.
func (a *API) resetJobBookmark(ctx context.Context, c Call, in *wire.ResetJobBookmarkRequest) (*wire.ResetJobBookmarkResponse, error) {
	err := a.read(ctx, func(r *store.Reader) error {
		_, err := readJob(r, c.Region, *in.JobName)
		return err
	})
	if err != nil {
		return nil, err
	}
	s, err := a.ctl.ResetBookmark(ctx, controller.BookmarkReset{Region: c.Region, Principal: c.AccessKey, Job: *in.JobName, Run: val(in.RunId)})
	if err != nil {
		return nil, err
	}
	entry, err := bookmarkShape(*in.JobName, s)
	return &wire.ResetJobBookmarkResponse{JobBookmarkEntry: entry}, err
}
