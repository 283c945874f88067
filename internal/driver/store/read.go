package store

import (
	"context"
	"errors"
	"fmt"
)

// Reader reads a snapshot of the state. It is valid inside the function it was given to, for one goroutine. Its methods
// return rows of their own, never references into the database.
type Reader struct {
	ctx    context.Context // of the call that made the Reader: it cannot outlive it
	s      *session        // nil until the first statement of a Reader that is no Tx
	db     *DB             // whose session it is to take then
	once   bool            // the one statement is the snapshot
	failed error           // the last failure of a statement
}

// Read runs fn on a snapshot, which its first read takes: every read in fn sees the same commits. fn must not call Read or
// Commit.
func (db *DB) Read(ctx context.Context, fn func(*Reader) error) error {
	return (&Reader{ctx: ctx, db: db}).run(fn)
}

// ReadOnce is Read for a function that runs one statement at most; a second one is an error. One statement is a snapshot by
// itself, so a local database is spared a transaction around it.
func (db *DB) ReadOnce(ctx context.Context, fn func(*Reader) error) error {
	return (&Reader{ctx: ctx, db: db, once: !db.dialect.remote()}).run(fn)
}

// run runs fn and gives back the session that it has made r take, if any.
func (r *Reader) run(fn func(*Reader) error) error {
	returned := false
	defer func() {
		if !returned && r.s != nil { // fn panics
			r.giveUp()
		}
	}()
	err := fn(r)
	returned = true
	if r.s == nil {
		return err
	}
	if endErr := r.end(); endErr != nil {
		return errors.Join(err, endErr)
	}
	return err
}

// begin takes a session for the first statement, and begins the snapshot on it.
func (r *Reader) begin() error {
	if r.s != nil {
		if r.once {
			return errors.New("a second statement in ReadOnce")
		}
		return nil
	}
	var s *session
	select {
	case s = <-r.db.readers:
	case <-r.ctx.Done():
		return r.ctx.Err()
	case <-r.db.quit:
		return ErrClosed
	}
	s, err := r.snapshot(s)
	if err != nil {
		r.db.readers <- nil
		return err
	}
	r.s = s
	return nil
}

// snapshot begins a snapshot on s, or on a new session if s is nil or its connection was lost while it lay idle.
func (r *Reader) snapshot(s *session) (*session, error) {
	if s != nil {
		if r.once {
			return s, nil
		}
		if _, err := s.exec(r.ctx, r.db.dialect.beginRead()); err == nil {
			return s, nil
		}
		_ = s.close()
	}
	conn, err := r.db.dialect.openReader(r.ctx)
	if err != nil {
		return nil, fmt.Errorf("open a reader: %w", err)
	}
	s = newSession(conn, r.db.dialect)
	if r.once {
		return s, nil
	}
	if _, err := s.exec(r.ctx, r.db.dialect.beginRead()); err != nil {
		return nil, errors.Join(fmt.Errorf("begin read: %w", err), s.close())
	}
	return s, nil
}

// end ends the snapshot. A session that failed once is not trusted again.
func (r *Reader) end() (err error) {
	if !r.once {
		_, err = r.s.exec(context.WithoutCancel(r.ctx), "COMMIT")
	}
	if r.failed != nil || err != nil {
		r.giveUp()
		return err
	}
	r.db.readers <- r.s
	return nil
}

// giveUp closes the session, and lets another take its place.
func (r *Reader) giveUp() {
	_ = r.s.close()
	r.db.readers <- nil
}

// query runs a statement of the Reader's snapshot; op names it in errors.
func (r *Reader) query(op string, scan func(row) error, text string, args ...any) error {
	err := r.begin()
	if err == nil {
		err = r.s.query(r.ctx, scan, text, args...)
	}
	if err != nil {
		r.failed = err
		return fmt.Errorf("store: %s: %w", op, err)
	}
	return nil
}

// one runs a statement that yields at most one row, scanned into dest. No row is ErrNotFound.
func (r *Reader) one(op string, dest []any, text string, args ...any) error {
	found := false
	err := r.query(op, func(row row) error {
		found = true
		return row.scan(dest...)
	}, text, args...)
	if err == nil && !found {
		err = fmt.Errorf("%w: %s", ErrNotFound, op)
	}
	return err
}
