package store

import (
	"database/sql"
	"fmt"

	"tenon/internal/glue"
)

// MaxEvents bounds one page of events.
const MaxEvents = 10_000

// AppendEvent stores an event, giving it the next Seq and, unless it has one, the transaction's time.
func (t *Tx) AppendEvent(e *glue.Event) error {
	if e.At.IsZero() {
		e.At = t.now
	}
	t.c.seq.event++
	_, err := t.exec("append event", `INSERT INTO event (seq, at, region, kind, job, run, attempt, who, detail)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		t.c.seq.event, micros(e.At), e.Region, string(e.Kind), e.Job, e.Run, e.Attempt, e.Who, []byte(e.Detail))
	if err == nil {
		e.Seq = t.c.seq.event
	}
	return err
}

// EventsAfter returns up to limit (1 to MaxEvents) events with a Seq above after, in order. A consumer keeps the last
// Seq it has handled as its cursor. Numbers are dense: a gap after the first means that events were pruned.
func (r *Reader) EventsAfter(after int64, limit int) ([]glue.Event, error) {
	if limit < 1 || limit > MaxEvents {
		return nil, fmt.Errorf("store: events: limit %d is not within 1 to %d", limit, MaxEvents)
	}
	var events []glue.Event
	err := r.query("events", func(rows *sql.Rows) error {
		var e glue.Event
		var at int64
		err := rows.Scan(&e.Seq, &at, &e.Region, &e.Kind, &e.Job, &e.Run, &e.Attempt, &e.Who, (*[]byte)(&e.Detail))
		e.At = fromMicros(at)
		events = append(events, e)
		return err
	}, `SELECT seq, at, region, kind, job, run, attempt, who, detail FROM event WHERE seq > $1 ORDER BY seq LIMIT $2`, after, limit)
	return events, err
}

// LastEvent returns the highest Seq of the stored events, 0 if there are none: the cursor of a consumer that begins now.
func (r *Reader) LastEvent() (int64, error) {
	var seq int64
	err := r.one("last event", []any{&seq}, `SELECT COALESCE(MAX(seq), 0) FROM event`)
	return seq, err
}
