package store

import (
	"database/sql"
	"encoding/json"
	"time"
)

// LeasePhase is how far a lease has come.
type LeasePhase string

// The phases of a lease, in their order; then the row is gone.
const (
	LeaseReserved LeasePhase = "reserved" // admitted; the executor may not have begun
	LeaseStarted  LeasePhase = "started"
	LeaseDraining LeasePhase = "draining" // the attempt has ended; addresses are not free yet
)

// Lease is what one run holds of the capacity.
type Lease struct {
	Run     string // id
	Region  string
	Attempt int
	Phase   LeasePhase
	Vector  json.RawMessage // the caller's form of what is held
	Since   time.Time
}

// Leases returns all leases, of all regions, by run id.
func (r *Reader) Leases() ([]Lease, error) {
	var leases []Lease
	err := r.query("leases", func(rows *sql.Rows) error {
		var l Lease
		var since int64
		err := rows.Scan(&l.Run, &l.Region, &l.Attempt, &l.Phase, (*[]byte)(&l.Vector), &since)
		l.Since = fromMicros(since)
		leases = append(leases, l)
		return err
	}, `SELECT run, region, attempt, phase, vector, since FROM lease ORDER BY run`)
	return leases, err
}

// PutLease stores the lease of a run, in place of the one it may have.
func (t *Tx) PutLease(l Lease) error {
	_, err := t.exec("put lease", `INSERT INTO lease (run, region, attempt, phase, vector, since) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (run) DO UPDATE SET region = excluded.region, attempt = excluded.attempt, phase = excluded.phase,
		vector = excluded.vector, since = excluded.since`,
		l.Run, l.Region, l.Attempt, string(l.Phase), blob(l.Vector), micros(l.Since))
	return err
}

// DeleteLease gives back what a run holds. A run without a lease is no error: releasing is idempotent.
func (t *Tx) DeleteLease(run string) error {
	_, err := t.exec("delete lease", `DELETE FROM lease WHERE run = $1`, run)
	return err
}
