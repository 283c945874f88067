package store

import (
	"errors"
	"fmt"

	"tenon/internal/core/audit"
	"tenon/internal/glue"
)

// MaxVerify bounds the events that one call of VerifyEvents reads: under a second's work.
const MaxVerify = 100_000

// ChainedEvent is an event and its hash. See core/audit for what is hashed.
type ChainedEvent struct {
	glue.Event
	Hash audit.Hash
}

// Verification is what VerifyEvents found.
type Verification struct {
	First   int64      // the first event that was read; 0: none
	Records int64      // how many were read
	Head    audit.Link // the last event that fits: where to go on
	Pruned  int64      // the last event that is past retention and deleted; the chain goes on from its hash
	Broken  *audit.Break
	More    bool // there are events after Head
}

// ChainAfter is EventsAfter with hashes.
func (r *Reader) ChainAfter(after int64, limit int) ([]ChainedEvent, error) {
	return r.chained(sqlChain+chainForth, after, limit)
}

// ChainBefore is ChainAfter backwards: the newest events before a number, the newest first.
func (r *Reader) ChainBefore(before int64, limit int) ([]ChainedEvent, error) {
	return r.chained(sqlChain+` seq < $1 ORDER BY seq DESC LIMIT $2`, before, limit)
}

// chained gathers what a statement of sqlChain finds: up to limit (1 to MaxEvents) events.
func (r *Reader) chained(text string, from int64, limit int) ([]ChainedEvent, error) {
	if limit < 1 || limit > MaxEvents {
		return nil, fmt.Errorf("store: events: limit %d is not within 1 to %d", limit, MaxEvents)
	}
	var events []ChainedEvent
	err := r.chain(text, from, limit, func(e *ChainedEvent) bool {
		events = append(events, *e)
		return true
	})
	return events, err
}

// Tip is the last event that this plane knows to be durable. A later read finds it, unless somebody else has deleted it.
func (db *DB) Tip() audit.Link { return *db.committer.tip.Load() }

// VerifyEvents recomputes the hashes of up to limit (1 to MaxVerify) events after a link, or from the oldest that is left
// if that is the zero Link, and says whether they are those that are stored. The link itself must be in the chain.
func (r *Reader) VerifyEvents(from audit.Link, limit int) (v Verification, err error) {
	if limit < 1 || limit > MaxVerify {
		return v, fmt.Errorf("store: verify: limit %d is not within 1 to %d", limit, MaxVerify)
	}
	anchor, err := r.anchor()
	if err != nil {
		return v, err
	}
	v.Pruned, v.Head = anchor.Seq, anchor
	if from.Seq > anchor.Seq || from.Seq == anchor.Seq && from.Seq > 0 {
		v.Head = from
		if v.Broken, err = r.inChain(anchor, from); err != nil || v.Broken != nil {
			return v, err
		}
	}
	var chainer audit.Chainer
	err = r.chain(sqlChain+chainForth, v.Head.Seq, limit+1, func(e *ChainedEvent) bool {
		if v.Records == int64(limit) {
			v.More = true
			return false
		}
		if v.Records++; v.First == 0 {
			v.First = e.Seq
		}
		v.Head, v.Broken = chainer.Check(v.Head, &e.Event, e.Hash)
		return v.Broken == nil
	})
	return v, err
}

// inChain says why a link is not what is stored, or nothing.
func (r *Reader) inChain(anchor, link audit.Link) (*audit.Break, error) {
	stored := anchor.Hash
	if link.Seq > anchor.Seq {
		var hash []byte
		err := r.one("event", []any{&hash}, `SELECT hash FROM event WHERE seq = $1`, link.Seq)
		if errors.Is(err, ErrNotFound) {
			return audit.Missing(link.Seq, link.Seq, "it was there"), nil
		}
		if err != nil {
			return nil, err
		}
		stored = toHash(hash)
	}
	if stored != link.Hash {
		return &audit.Break{Seq: link.Seq, Problem: fmt.Sprintf("Record %d has another hash than it had: %s.", link.Seq, stored)}, nil
	}
	return nil, nil
}

// toHash reads a stored hash. What is none becomes one that nothing has.
func toHash(b []byte) (h audit.Hash) {
	if len(b) == len(h) {
		copy(h[:], b)
	}
	return h
}

// sqlChain begins the statements of events with hashes, and chainForth ends the one of those after a number.
const (
	sqlChain   = `SELECT seq, at, region, kind, job, run, attempt, who, detail, hash FROM event WHERE`
	chainForth = ` seq > $1 ORDER BY seq LIMIT $2`
)

// chain calls each for the events that a statement of sqlChain finds, until it returns false. The event is valid during the
// call.
func (r *Reader) chain(text string, from int64, limit int, each func(*ChainedEvent) bool) error {
	return r.query("events", func(row row) error {
		var e ChainedEvent
		var at int64
		var hash []byte
		err := row.scan(&e.Seq, &at, &e.Region, (*string)(&e.Kind), &e.Job, &e.Run, &e.Attempt, &e.Who, (*[]byte)(&e.Detail), &hash)
		e.At, e.Hash = fromMicros(at), toHash(hash)
		if err == nil && !each(&e) {
			err = errEnough
		}
		return err
	}, text, from, limit)
}

// anchor is where the chain of the stored events begins: the last event that was pruned.
func (r *Reader) anchor() (link audit.Link, err error) {
	text, err := r.GetMeta(metaChain)
	if errors.Is(err, ErrNotFound) {
		return link, nil
	}
	if err == nil {
		link, err = audit.ParseLink(string(text))
	}
	if err != nil {
		return link, fmt.Errorf("store: the beginning of the chain: %w", err)
	}
	return link, nil
}

// head is the end of the chain.
func (r *Reader) head() (link audit.Link, err error) {
	if link, err = r.anchor(); err != nil {
		return link, err
	}
	err = r.query("last event", func(row row) error {
		var hash []byte
		err := row.scan(&link.Seq, &hash)
		link.Hash = toHash(hash)
		return err
	}, `SELECT seq, hash FROM event WHERE seq > $1 ORDER BY seq DESC LIMIT 1`, link.Seq)
	return link, err
}
