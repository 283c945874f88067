package store

import (
	"errors"
	"fmt"
	"strconv"
)

// Keys of meta that the store itself uses.
const (
	metaProbe       = "store.probe"
	metaTerm        = "store.term"         // planes that have led this PostgreSQL database
	metaRun         = "store.run"          // highest run sequence number noted by pruning
	metaChain       = "store.chain"        // the last event that was pruned, with its hash: an audit.Link
	metaWorkflowRun = "store.workflow_run" // highest workflow run sequence number noted by pruning
	metaIncarnation = "store.incarnation"  // last incarnation given
)

const sqlPutMeta = `INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value`

// GetMeta returns the setting of a key, or ErrNotFound.
func (r *Reader) GetMeta(key string) ([]byte, error) {
	var value []byte
	err := r.one("meta "+key, []any{&value}, `SELECT value FROM meta WHERE key = $1`, key)
	return value, err
}

// PutMeta sets a key.
func (t *Tx) PutMeta(key string, value []byte) error {
	_, err := t.exec("put meta", sqlPutMeta, key, blob(value))
	return err
}

// PutMetaOnce sets a key that has no value yet and returns the value it has then: a secret or port chosen once.
func (t *Tx) PutMetaOnce(key string, value []byte) ([]byte, error) {
	old, err := t.GetMeta(key)
	if !errors.Is(err, ErrNotFound) {
		return old, err
	}
	return value, t.PutMeta(key, value)
}

// number reads a setting that is a decimal number; 0 if there is none.
func (r *Reader) number(key string) (int64, error) {
	b, err := r.GetMeta(key)
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("store: meta %s: %w", key, err)
	}
	return n, nil
}

// putNumber sets a decimal number.
func (t *Tx) putNumber(key string, n int64) error {
	return t.PutMeta(key, strconv.AppendInt(nil, n, 10))
}

// loadSequence finds the last numbers given.
func loadSequence(r *Reader) (seq sequence, err error) {
	var run, workflowRun int64
	if err = r.one("last run", []any{&run}, `SELECT COALESCE(MAX(seq), 0) FROM run`); err != nil {
		return seq, err
	}
	if err = r.one("last workflow run", []any{&workflowRun}, `SELECT COALESCE(MAX(seq), 0) FROM workflow_run`); err != nil {
		return seq, err
	}
	if err = r.one("last fire", []any{&seq.fire}, `SELECT COALESCE(MAX(seq), 0) FROM fire`); err != nil {
		return seq, err
	}
	if seq.event, err = r.head(); err != nil {
		return seq, err
	}
	if seq.run, err = r.number(metaRun); err != nil {
		return seq, err
	}
	if seq.workflowRun, err = r.number(metaWorkflowRun); err != nil {
		return seq, err
	}
	if seq.incarnation, err = r.number(metaIncarnation); err != nil {
		return seq, err
	}
	seq.run, seq.workflowRun = max(seq.run, run), max(seq.workflowRun, workflowRun)
	return seq, nil
}
