package api

import (
	"context"
	"strings"

	"tenon/internal/driver/store"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// RunQuery asks for the newest runs of a region, of all jobs, whose id begins with Prefix.
type RunQuery struct {
	Prefix string `json:"Prefix,omitempty"`
	Limit  int    `json:"Limit,omitempty"` // at most glue.MaxPageSize; 0 is glue.DefaultPageSize
}

// RunList is what RunQuery finds, newest first.
type RunList struct {
	Runs []wire.JobRun `json:"Runs"`
}

// findRuns looks a whole id up in all of history, the beginning of one among the newest glue.MaxPageSize runs of the
// region: people look for what just ran.
func (a *API) findRuns(ctx context.Context, c Call, in *RunQuery) (*RunList, error) {
	if in.Limit < 0 || in.Limit > glue.MaxPageSize {
		return nil, glue.Invalid("Limit is at most %d.", glue.MaxPageSize)
	}
	limit := in.Limit
	if limit == 0 {
		limit = glue.DefaultPageSize
	}
	prefix, _ := glue.SplitAttempt(in.Prefix)
	var found []store.Run
	err := a.read(ctx, func(r *store.Reader) error {
		if run, err := r.GetRun(c.Region, prefix); err == nil {
			found = []store.Run{run}
			return nil
		}
		scan := limit
		if prefix != "" {
			scan = glue.MaxPageSize
		}
		var err error
		found, err = r.RecentRuns(c.Region, scan)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &RunList{Runs: []wire.JobRun{}}
	for i := range found {
		if strings.HasPrefix(found[i].ID, prefix) && len(out.Runs) < limit {
			out.Runs = append(out.Runs, a.shape(&found[i].JobRun))
		}
	}
	return out, nil
}
