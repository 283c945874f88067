package store

import (
	"errors"
	"time"

	"tenon/internal/core/audit"
)

// MaxPrune bounds the rows that one pruning transaction deletes, so that nobody waits long behind it.
const MaxPrune = 1000

// PruneRuns deletes final runs submitted before a time, oldest first, with their files and reports, and then the workflow
// runs from before it that are left without runs: about limit rows (at most MaxPrune) in all. more says that there is
// something left to delete.
//
// The runs of a flow that is not at its end stay: they say which triggers have fired in it.
func (t *Tx) PruneRuns(before time.Time, limit int) (deleted int, more bool, err error) {
	limit = min(limit, MaxPrune)
	if err := t.putNumber(metaRun, t.c.seq.run); err != nil {
		return 0, false, err
	}
	for deleted < limit {
		seq, err := t.oldestRun(before)
		if errors.Is(err, ErrNotFound) {
			return t.pruneWorkflowRuns(before, limit, deleted)
		}
		if err != nil {
			return deleted, false, err
		}
		n, err := t.exec("prune files", `DELETE FROM run_file WHERE run = $1 AND (attempt, report, n) IN
			(SELECT attempt, report, n FROM run_file WHERE run = $1 LIMIT $2)`, seq, limit-deleted)
		if err != nil {
			return deleted, false, err
		}
		if deleted += int(n); deleted == limit {
			return deleted, true, nil // the run goes once its files are gone
		}
		if _, err := t.exec("prune reports", `DELETE FROM report WHERE run = $1`, seq); err != nil {
			return deleted, false, err
		}
		if _, err := t.exec("prune run", `DELETE FROM run WHERE seq = $1`, seq); err != nil {
			return deleted, false, err
		}
		deleted++
	}
	return deleted, true, nil
}

// oldestRun finds the first final run submitted before a time whose flow, if it has one, is at its end.
func (r *Reader) oldestRun(before time.Time) (seq int64, err error) {
	err = r.one("oldest run", []any{&seq}, sqlOldestRun, micros(before))
	return seq, err
}

// sqlOldestRun is the statement of oldestRun. A flow goes on while its workflow run is open, a run of it is, or a fire is
// pending.
const sqlOldestRun = `SELECT seq FROM run WHERE open = 0 AND submitted < $1 AND (flow = '' OR NOT (
	EXISTS (SELECT 1 FROM workflow_run WHERE workflow_run.id = run.flow AND workflow_run.open = 1) OR
	EXISTS (SELECT 1 FROM run AS other WHERE other.flow = run.flow AND other.flow <> '' AND other.open = 1) OR
	EXISTS (SELECT 1 FROM fire WHERE fire.flow = run.flow))) ORDER BY seq LIMIT 1`

// pruneWorkflowRuns is the second half of PruneRuns, which has deleted rows already.
func (t *Tx) pruneWorkflowRuns(before time.Time, limit, deleted int) (int, bool, error) {
	if err := t.putNumber(metaWorkflowRun, t.c.seq.workflowRun); err != nil {
		return deleted, false, err
	}
	n, err := t.exec("prune workflow runs", `DELETE FROM workflow_run WHERE seq IN (SELECT seq FROM workflow_run
		WHERE open = 0 AND started < $1 AND NOT EXISTS (SELECT 1 FROM run WHERE run.flow = workflow_run.id AND run.flow <> '')
		ORDER BY seq LIMIT $2)`, micros(before), limit-deleted)
	deleted += int(n)
	return deleted, err == nil && deleted == limit, err
}

// PruneEvents deletes up to limit (at most MaxPrune) of the oldest events, if they are from before a time. The chain of
// the others then begins with the hash of the last one deleted.
func (t *Tx) PruneEvents(before time.Time, limit int) (deleted int, err error) {
	var last audit.Link
	err = t.query("oldest events", func(row row) error {
		var seq, at int64
		var hash []byte
		err := row.scan(&seq, &at, &hash)
		if at < micros(before) {
			last = audit.Link{Seq: seq, Hash: toHash(hash)}
		}
		return err
	}, `SELECT seq, at, hash FROM event ORDER BY seq LIMIT $1`, min(limit, MaxPrune))
	if err != nil || last.Seq == 0 {
		return 0, err
	}
	if err := t.PutMeta(metaChain, []byte(last.String())); err != nil {
		return 0, err
	}
	n, err := t.exec("prune events", `DELETE FROM event WHERE seq <= $1`, last.Seq)
	return int(n), err
}

// PruneStartKeys deletes up to limit (at most MaxPrune) start keys that have expired at the transaction's time.
func (t *Tx) PruneStartKeys(limit int) (deleted int, err error) {
	n, err := t.exec("prune start keys", `DELETE FROM start_key WHERE id IN
		(SELECT id FROM start_key WHERE expires <= $1 ORDER BY expires LIMIT $2)`, micros(t.now), min(limit, MaxPrune))
	return int(n), err
}
