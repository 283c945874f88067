package store

import (
	"encoding/json"
	"fmt"

	"tenon/internal/glue"
)

// PutTriggerProgress stores what a trigger has behind it, in place of what was stored for its name.
func (t *Tx) PutTriggerProgress(p *glue.TriggerProgress) error {
	doc, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("store: put trigger progress: %w", err)
	}
	_, err = t.exec("put trigger progress", `INSERT INTO trigger_progress (region, name, incarnation, doc) VALUES ($1, $2, $3, $4)
		ON CONFLICT (region, name) DO UPDATE SET incarnation = excluded.incarnation, doc = excluded.doc`,
		p.Region, p.Name, p.Incarnation, doc)
	return err
}

// DeleteTriggerProgress forgets what a trigger has behind it, as deleting the trigger does. None is no error.
func (t *Tx) DeleteTriggerProgress(region, name string) error {
	_, err := t.exec("delete trigger progress", `DELETE FROM trigger_progress WHERE region = $1 AND name = $2`, region, name)
	return err
}

// TriggerProgress returns what a trigger has behind it, or ErrNotFound. Its Incarnation may be an earlier trigger's.
func (r *Reader) TriggerProgress(region, name string) (glue.TriggerProgress, error) {
	all, err := docs[glue.TriggerProgress](r, "trigger progress",
		`SELECT 0, doc FROM trigger_progress WHERE region = $1 AND name = $2`, region, name)
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("%w: progress of trigger %s", ErrNotFound, name)
	}
	if err != nil {
		return glue.TriggerProgress{}, err
	}
	return all[0].value, nil
}

// AllTriggerProgress returns up to limit rows of all regions, in the order of region and name, after those of a region and
// name: what is loaded at the start. limit may be larger than MaxList.
func (r *Reader) AllTriggerProgress(afterRegion, afterName string, limit int) ([]glue.TriggerProgress, error) {
	all, err := docs[glue.TriggerProgress](r, "trigger progress", sqlAllProgress, afterRegion, afterName, limit)
	return bare(all), err
}

// sqlAllProgress is the statement of AllTriggerProgress.
const sqlAllProgress = `SELECT 0, doc FROM trigger_progress WHERE (region, name) > ($1, $2) ORDER BY region, name LIMIT $3`

// InsertFire stores a decision to start something and sets its Seq. An id that is taken is an error. Seq orders the fires
// that are pending; it may be given again after a restart once its row is gone.
func (t *Tx) InsertFire(f *glue.Fire) error {
	doc, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("store: insert fire: %w", err)
	}
	t.c.seq.fire++
	_, err = t.exec("insert fire", `INSERT INTO fire (seq, id, region, flow, doc) VALUES ($1, $2, $3, $4, $5)`,
		t.c.seq.fire, f.ID, f.Region, f.Flow, doc)
	if err == nil {
		f.Seq = t.c.seq.fire
	}
	return err
}

// DeleteFire removes a decision that has been carried out. ErrNotFound if there is none: then somebody else did.
func (t *Tx) DeleteFire(seq int64) error {
	n, err := t.exec("delete fire", `DELETE FROM fire WHERE seq = $1`, seq)
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: fire %d", ErrNotFound, seq)
	}
	return err
}

// Fires returns up to limit pending decisions with a Seq above after, in order, of all regions. limit may be larger than
// MaxList.
func (r *Reader) Fires(after int64, limit int) ([]glue.Fire, error) {
	all, err := docs[glue.Fire](r, "fires", `SELECT seq, doc FROM fire WHERE seq > $1 ORDER BY seq LIMIT $2`, after, limit)
	for i := range all {
		all[i].value.Seq = all[i].seq
	}
	return bare(all), err
}

// numbered is a document and the number of its row.
type numbered[T any] struct {
	seq   int64
	value T
}

// docs reads rows of (number, JSON document).
func docs[T any](r *Reader, op, text string, args ...any) ([]numbered[T], error) {
	var all []numbered[T]
	var raw [][]byte
	err := r.query(op, func(row row) error {
		var n numbered[T]
		var doc []byte
		err := row.scan(&n.seq, &doc)
		all, raw = append(all, n), append(raw, doc)
		return err
	}, text, args...)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if err := json.Unmarshal(raw[i], &all[i].value); err != nil {
			return nil, fmt.Errorf("store: %s: %w", op, err)
		}
	}
	return all, nil
}

// bare returns the documents without their numbers.
func bare[T any](all []numbered[T]) []T {
	var docs []T
	for _, n := range all {
		docs = append(docs, n.value)
	}
	return docs
}
