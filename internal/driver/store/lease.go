package store

import (
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

// Lease is what one attempt of a run holds of the capacity.
type Lease struct {
	Run     string // id
	Region  string
	Attempt int
	Phase   LeasePhase
	Vector  json.RawMessage // the caller's form of what is held
	Since   time.Time
	Until   time.Time // when a draining lease ends; zero in the other phases
}

// Leases returns all leases, draining ones too, of all regions, by run id and attempt.
func (r *Reader) Leases() ([]Lease, error) {
	var leases []Lease
	err := r.query("leases", func(row row) error {
		var l Lease
		var since, until int64
		err := row.scan(&l.Run, &l.Attempt, &l.Region, (*string)(&l.Phase), (*[]byte)(&l.Vector), &since, &until)
		l.Since, l.Until = fromMicros(since), fromMicros(until)
		leases = append(leases, l)
		return err
	}, `SELECT run, attempt, region, phase, vector, since, until FROM lease ORDER BY run, attempt`)
	return leases, err
}

// PutLease stores the lease of an attempt, in place of the one it may have.
func (t *Tx) PutLease(l Lease) error {
	_, err := t.exec("put lease", `INSERT INTO lease (run, attempt, region, phase, vector, since, until)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (run, attempt) DO UPDATE SET region = excluded.region, phase = excluded.phase,
		vector = excluded.vector, since = excluded.since, until = excluded.until`,
		l.Run, l.Attempt, l.Region, string(l.Phase), blob(l.Vector), micros(l.Since), micros(l.Until))
	return err
}

// MarkLease moves the lease of an attempt to another phase.
func (t *Tx) MarkLease(run string, attempt int, phase LeasePhase) error {
	_, err := t.exec("mark lease", `UPDATE lease SET phase = $1 WHERE run = $2 AND attempt = $3`, string(phase), run, attempt)
	return err
}

// DeleteLease gives back what an attempt holds. One without a lease is no error: releasing is idempotent.
func (t *Tx) DeleteLease(run string, attempt int) error {
	_, err := t.exec("delete lease", `DELETE FROM lease WHERE run = $1 AND attempt = $2`, run, attempt)
	return err
}
