package store

import "fmt"

// RecentRuns returns the newest runs of a region, newest first, of whatever job.
func (r *Reader) RecentRuns(region string, limit int) ([]Run, error) {
	if limit < 1 || limit > MaxList {
		return nil, fmt.Errorf("store: recent runs: limit %d is not within 1 to %d", limit, MaxList)
	}
	return r.runs("recent runs", `SELECT seq, doc FROM run WHERE region = $1 ORDER BY seq DESC LIMIT $2`, region, limit)
}
