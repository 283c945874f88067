package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"tenon/internal/glue"
)

// Bounds of one page of events.
const (
	MaxEvents     = 10_000
	MaxEventBytes = 256 << 10 // of details in an EventPage, beyond which it has no further event: a client's alone may have as many
)

const sqlAppendEvent = `INSERT INTO event (seq, at, region, kind, job, run, attempt, who, detail, hash)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

// AppendEvent stores an event at the end of the chain, giving it the next Seq and, unless it has one, the transaction's
// time. Its Detail becomes JSON as json.Marshal writes it, so that a reader who hands it on as JSON hands on what was hashed.
func (t *Tx) AppendEvent(e *glue.Event) error {
	row := *e
	row.Seq = t.c.seq.event.Seq + 1
	if row.At.IsZero() {
		row.At = t.now
	}
	if len(row.Detail) > 0 {
		var err error
		if row.Detail, err = json.Marshal(row.Detail); err != nil {
			return fmt.Errorf("store: append event: %w", err)
		}
	}
	t.c.latest.note(row.Kind, row.Seq)
	link := t.c.chainer.Next(t.c.seq.event.Hash, &row)
	if _, err := t.exec("append event", sqlAppendEvent, row.Seq, micros(row.At), row.Region, string(row.Kind), row.Job, row.Run,
		row.Attempt, row.Who, []byte(row.Detail), link.Hash[:]); err != nil {
		return err
	}
	*e, t.c.seq.event = row, link
	return nil
}

// EventsAfter returns up to limit (1 to MaxEvents) events with a Seq above after, in order. A consumer keeps the last
// Seq it has handled as its cursor. Numbers are dense: a gap after the first means that events were pruned.
func (r *Reader) EventsAfter(after int64, limit int) ([]glue.Event, error) {
	events, _, err := r.eventsAfter(after, limit, math.MaxInt)
	return events, err
}

// EventPage is EventsAfter for those who read what clients have put: the page ends with the event whose detail fills it to
// MaxEventBytes. more says that the page was ended by a bound, so that others may follow.
func (r *Reader) EventPage(after int64, limit int) (events []glue.Event, more bool, err error) {
	return r.eventsAfter(after, limit, MaxEventBytes)
}

// eventsAfter returns up to limit events, and none after those whose details have so many bytes together.
func (r *Reader) eventsAfter(after int64, limit, bytes int) (events []glue.Event, more bool, err error) {
	return r.events(limit, bytes, sqlEvents+` seq > $1 ORDER BY seq LIMIT $2`, after, limit)
}

// EventsBefore is EventPage backwards: the newest events before a number, the newest first.
func (r *Reader) EventsBefore(before int64, limit int) (events []glue.Event, more bool, err error) {
	return r.events(limit, MaxEventBytes, sqlEvents+` seq < $1 ORDER BY seq DESC LIMIT $2`, before, limit)
}

// EventsOf is EventPage for a consumer to whom most events are nothing: it gives those of some kinds, and the number of the
// last event that it looked at, where the consumer goes on. It looks at MaxEvents at most.
func (r *Reader) EventsOf(kinds []glue.EventKind, after int64, limit int) (events []glue.Event, last int64, more bool, err error) {
	end, err := r.LastEvent()
	if err != nil {
		return nil, after, false, err
	}
	last = max(after, min(end, after+MaxEvents))
	args := []any{after, last, limit}
	of := make([]string, len(kinds))
	for i, k := range kinds {
		args = append(args, string(k))
		of[i] = fmt.Sprintf("$%d", len(args))
	}
	events, full, err := r.events(limit, MaxEventBytes,
		sqlEvents+` seq > $1 AND seq <= $2 AND kind IN (`+strings.Join(of, ", ")+`) ORDER BY seq LIMIT $3`, args...)
	if full {
		last = events[len(events)-1].Seq
	}
	return events, last, last < end, err
}

// sqlEvents begins the statements of events.
const sqlEvents = `SELECT seq, at, region, kind, job, run, attempt, who, detail FROM event WHERE`

// events reads what a statement of sqlEvents finds: it has a limit, and so has what is read in bytes of details.
func (r *Reader) events(limit, bytes int, text string, args ...any) (events []glue.Event, more bool, err error) {
	if limit < 1 || limit > MaxEvents {
		return nil, false, fmt.Errorf("store: events: limit %d is not within 1 to %d", limit, MaxEvents)
	}
	err = r.query("events", func(row row) error {
		var e glue.Event
		var at int64
		err := row.scan(&e.Seq, &at, &e.Region, (*string)(&e.Kind), &e.Job, &e.Run, &e.Attempt, &e.Who, (*[]byte)(&e.Detail))
		e.At = fromMicros(at)
		events = append(events, e)
		if bytes -= len(e.Detail); err == nil && bytes <= 0 {
			more = true
			return errEnough
		}
		return err
	}, text, args...)
	return events, more || len(events) == limit, err
}

// LastEventBefore returns the number of the last event from before a time, 0 if there is none. Events stand in the order of
// their times but for those of one moment, and for a clock that was set back: around such it is one of them.
func (r *Reader) LastEventBefore(t time.Time) (int64, error) {
	anchor, err := r.anchor()
	if err != nil {
		return 0, err
	}
	last, err := r.LastEvent()
	if err != nil {
		return 0, err
	}
	low, high, limit := anchor.Seq, last, micros(t) // the last before t is one of low to high
	for low < high {
		middle := high - (high-low)/2
		var seq, at int64
		err := r.one("event", []any{&seq, &at}, `SELECT seq, at FROM event WHERE seq <= $1 ORDER BY seq DESC LIMIT 1`, middle)
		switch {
		case errors.Is(err, ErrNotFound), err == nil && at < limit:
			low = middle
		case err != nil:
			return 0, err
		default:
			high = seq - 1
		}
	}
	return low, nil
}

// LastEvent returns the highest Seq of the stored events, 0 if there are none: the cursor of a consumer that begins now.
func (r *Reader) LastEvent() (int64, error) {
	var seq int64
	err := r.one("last event", []any{&seq}, `SELECT COALESCE(MAX(seq), 0) FROM event`)
	return seq, err
}
