package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"

	"tenon/internal/glue"
)

// Run is a row of table run: a JobRun and its place in the order of submits.
type Run struct {
	Seq int64 // given by InsertRun
	glue.JobRun
}

// decodeInParallel is how many runs make it worth to decode them on several processors.
const decodeInParallel = 64

// flag stores a boolean.
func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// InsertRun stores a new run and sets its Seq. An id that is taken is an error.
func (t *Tx) InsertRun(r *Run) error {
	doc, err := json.Marshal(&r.JobRun)
	if err != nil {
		return fmt.Errorf("store: insert run: %w", err)
	}
	t.c.seq.run++
	_, err = t.exec("insert run", `INSERT INTO run (seq, id, region, job, incarnation, state, open, submitted, flow, doc)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		t.c.seq.run, r.ID, r.Region, r.Job, r.Incarnation, string(r.State), flag(!r.State.Final()), micros(r.Submitted), r.Flow, doc)
	if err == nil {
		r.Seq = t.c.seq.run
	}
	return err
}

// UpdateRun replaces the document and state of the run with r's Seq. ErrNotFound if there is none.
func (t *Tx) UpdateRun(r *Run) error {
	doc, err := json.Marshal(&r.JobRun)
	if err != nil {
		return fmt.Errorf("store: update run: %w", err)
	}
	n, err := t.exec("update run", `UPDATE run SET state = $1, open = $2, doc = $3 WHERE seq = $4`,
		string(r.State), flag(!r.State.Final()), doc, r.Seq)
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: run %s", ErrNotFound, r.ID)
	}
	return err
}

// GetRun returns a run by its id, of whatever incarnation of its job; ErrNotFound if the region has none.
func (r *Reader) GetRun(region, id string) (Run, error) {
	runs, err := r.runs("get run", `SELECT seq, doc FROM run WHERE id = $1`, id)
	if err != nil {
		return Run{}, err
	}
	if len(runs) == 0 || runs[0].Region != region {
		return Run{}, fmt.Errorf("%w: run %s", ErrNotFound, id)
	}
	return runs[0], nil
}

// RunSeq returns the Seq of a run by its id, in whatever region; ErrNotFound if there is none.
func (r *Reader) RunSeq(id string) (seq int64, err error) {
	err = r.one("run "+id, []any{&seq}, `SELECT seq FROM run WHERE id = $1`, id)
	return seq, err
}

// LastRun returns the highest Seq of the stored runs, 0 if there are none.
func (r *Reader) LastRun() (seq int64, err error) {
	err = r.one("last run", []any{&seq}, `SELECT COALESCE(MAX(seq), 0) FROM run`)
	return seq, err
}

// RunQuery selects a page of one job's runs.
type RunQuery struct {
	Region      string
	Job         string
	Incarnation int64 // the job's
	Before      int64 // only runs with a smaller Seq; 0 for the newest
	Limit       int   // 1 to MaxList
}

// ListRuns returns a page of a job's runs, newest first. Runs submitted meanwhile never move what follows.
func (r *Reader) ListRuns(q RunQuery) ([]Run, error) {
	if q.Limit < 1 || q.Limit > MaxList {
		return nil, fmt.Errorf("store: list runs: limit %d is not within 1 to %d", q.Limit, MaxList)
	}
	if q.Before == 0 {
		q.Before = math.MaxInt64
	}
	return r.runs("list runs", `SELECT seq, doc FROM run WHERE region = $1 AND job = $2 AND incarnation = $3 AND seq < $4
		ORDER BY seq DESC LIMIT $5`, q.Region, q.Job, q.Incarnation, q.Before, q.Limit)
}

// RecentRuns returns the newest runs of a region, newest first, of whatever job. limit is 1 to MaxList.
func (r *Reader) RecentRuns(region string, limit int) ([]Run, error) {
	if limit < 1 || limit > MaxList {
		return nil, fmt.Errorf("store: recent runs: limit %d is not within 1 to %d", limit, MaxList)
	}
	return r.runs("recent runs", `SELECT seq, doc FROM run WHERE region = $1 ORDER BY seq DESC LIMIT $2`, region, limit)
}

// RecentRunsOfJob returns the newest runs of a job, of whatever incarnation, newest first. limit is 1 to MaxList.
func (r *Reader) RecentRunsOfJob(region, job string, limit int) ([]Run, error) {
	if limit < 1 || limit > MaxList {
		return nil, fmt.Errorf("store: recent runs: limit %d is not within 1 to %d", limit, MaxList)
	}
	return r.runs("recent runs", sqlRecentOfJob, region, job, limit)
}

// sqlRecentOfJob is the statement of RecentRunsOfJob. Incarnations come in the order of time, as numbers do.
const sqlRecentOfJob = `SELECT seq, doc FROM run WHERE region = $1 AND job = $2 ORDER BY incarnation DESC, seq DESC LIMIT $3`

// RunsAfter returns up to limit (1 to MaxList) runs in the order of their Seq, of all regions: what retention walks.
func (r *Reader) RunsAfter(after int64, limit int) ([]Run, error) {
	if limit < 1 || limit > MaxList {
		return nil, fmt.Errorf("store: runs after: limit %d is not within 1 to %d", limit, MaxList)
	}
	return r.runs("runs after", `SELECT seq, doc FROM run WHERE seq > $1 ORDER BY seq LIMIT $2`, after, limit)
}

// OpenRuns returns a page of the runs in a non-final state, of all regions, in the order of their Seq: what recovery
// loads. limit may be larger than MaxList.
func (r *Reader) OpenRuns(after int64, limit int) ([]Run, error) {
	return r.runs("open runs", `SELECT seq, doc FROM run WHERE open = 1 AND seq > $1 ORDER BY seq LIMIT $2`, after, limit)
}

// runs reads rows of (seq, doc). Rows are copied first and decoded after, many of them on all processors: decoding is
// most of the work.
func (r *Reader) runs(op, text string, args ...any) ([]Run, error) {
	type found struct {
		seq int64
		doc string
	}
	var all []found
	err := r.query(op, func(row row) error {
		var f found
		err := row.scan(&f.seq, &f.doc)
		all = append(all, f)
		return err
	}, text, args...)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	workers := 1
	if len(all) >= decodeInParallel {
		workers = runtime.GOMAXPROCS(0)
	}
	runs := make([]Run, len(all))
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for w := range workers {
		work := func() {
			for i := w; i < len(runs); i += workers {
				runs[i].Seq = all[i].seq
				if err := runs[i].Decode(all[i].doc); err != nil {
					errs[w] = fmt.Errorf("store: %s: run %d: %w", op, runs[i].Seq, err)
				}
			}
		}
		if workers == 1 {
			work()
			break
		}
		wg.Go(work)
	}
	wg.Wait()
	return runs, errors.Join(errs...)
}
