package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"
)

// session is one connection with the statements prepared on it. It is used by one goroutine at a time.
type session struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt // by text; texts are constants, so the map is bounded by the program
	// remote says that a statement may take as long as a network does: the caller's context then interrupts it. On a
	// local file it is looked at before each statement only: to watch it costs two goroutines, more than most statements.
	remote bool
}

// newSession wraps a connection of a dialect.
func newSession(conn *sql.Conn, d dialect) *session {
	return &session{conn: conn, stmts: map[string]*sql.Stmt{}, remote: d.remote()}
}

// during is the context of one statement.
func (s *session) during(ctx context.Context) (context.Context, error) {
	if s.remote {
		return ctx, nil
	}
	return context.WithoutCancel(ctx), ctx.Err()
}

// prepare returns the statement of a text, preparing it at first use.
func (s *session) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	if st, ok := s.stmts[text]; ok {
		return st, nil
	}
	st, err := s.conn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s.stmts[text] = st
	return st, nil
}

// exec runs a statement that returns no rows and reports how many it changed.
func (s *session) exec(ctx context.Context, text string, args ...any) (int64, error) {
	ctx, err := s.during(ctx)
	if err != nil {
		return 0, err
	}
	st, err := s.prepare(ctx, text)
	if err != nil {
		return 0, err
	}
	res, err := st.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// errEnough is what a scan returns that wants no more rows.
var errEnough = errors.New("store: enough rows")

// query runs a statement and calls scan for each row. scan only copies the row: it must not use the session, and what it
// returns, unless it is errEnough, counts as a failure of the database.
func (s *session) query(ctx context.Context, scan func(*sql.Rows) error, text string, args ...any) error {
	ctx, err := s.during(ctx)
	if err != nil {
		return err
	}
	st, err := s.prepare(ctx, text)
	if err != nil {
		return err
	}
	rows, err := st.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := scan(rows); err == errEnough {
			return rows.Close()
		} else if err != nil {
			return errors.Join(err, rows.Close())
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// close ends the connection and what was prepared on it. database/sql does not close statements of a single connection
// with it, and SQLite keeps the file open until they are.
func (s *session) close() error {
	for _, st := range s.stmts {
		_ = st.Close() // the connection goes anyway, and may be lost already
	}
	return discard(s.conn)
}

// discard ends a connection. Given back to its pool instead, it would keep its locks and its open transaction.
func discard(conn *sql.Conn) error {
	err := conn.Raw(func(any) error { return driver.ErrBadConn })
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) {
		return nil
	}
	return err
}

// blob stores bytes; none are an empty value, not NULL.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// micros stores a time: microseconds since 1970, 0 for the zero time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// fromMicros reads what micros stored, in UTC.
func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
