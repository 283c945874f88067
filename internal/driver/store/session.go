package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"time"
)

// session is one connection with the statements prepared on it. It is used by one goroutine at a time, and speaks to the driver
// itself: the statements and rows of database/sql can be shared, which costs as much as the shorter ones of ours take.
type session struct {
	conn  *sql.Conn
	stmts map[string]statement // by text; texts are constants, so the map is bounded by the program
	// remote says that a statement may take as long as a network does: the caller's context then interrupts it. On a
	// local file it is looked at before each statement only: to watch it costs two goroutines, more than most statements.
	remote bool
}

// statement is a driver's prepared statement.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// newSession wraps a connection of a dialect.
func newSession(conn *sql.Conn, d dialect) *session {
	return &session{conn: conn, stmts: map[string]statement{}, remote: d.remote()}
}

// run calls f with the statement of a text, which is prepared at its first use, and with the arguments as drivers know them.
func (s *session) run(ctx context.Context, text string, args []any, f func(context.Context, statement, []driver.NamedValue) error) error {
	if !s.remote {
		if err := ctx.Err(); err != nil {
			return err
		}
		ctx = context.WithoutCancel(ctx)
	}
	values, err := named(args)
	if err != nil {
		return err
	}
	return s.conn.Raw(func(conn any) error {
		st, ok := s.stmts[text]
		if !ok {
			if st, err = prepare(ctx, conn, text); err != nil {
				return err
			}
			s.stmts[text] = st
		}
		return f(ctx, st, values)
	})
}

// prepare prepares a statement on a driver's connection.
func prepare(ctx context.Context, conn any, text string) (statement, error) {
	preparer, ok := conn.(driver.ConnPrepareContext)
	if !ok {
		return nil, fmt.Errorf("store: %T prepares nothing", conn)
	}
	st, err := preparer.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	if st, ok := st.(statement); ok {
		return st, nil
	}
	return nil, errors.Join(fmt.Errorf("store: %T is no statement", st), st.Close())
}

// named makes the arguments of a statement what drivers take: numbers of 64 bits, strings and bytes.
func named(args []any) ([]driver.NamedValue, error) {
	values := make([]driver.NamedValue, len(args))
	for i, arg := range args {
		v, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			return nil, fmt.Errorf("store: argument $%d: %w", i+1, err)
		}
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return values, nil
}

// exec runs a statement that returns no rows and reports how many it changed.
func (s *session) exec(ctx context.Context, text string, args ...any) (changed int64, err error) {
	err = s.run(ctx, text, args, func(ctx context.Context, st statement, values []driver.NamedValue) error {
		result, err := st.ExecContext(ctx, values)
		if err == nil {
			changed, err = result.RowsAffected()
		}
		return err
	})
	return changed, err
}

// errEnough is what a scan returns that wants no more rows.
var errEnough = errors.New("store: enough rows")

// query runs a statement and calls scan for each row. scan only copies the row: it must not use the session, and what it
// returns, unless it is errEnough, counts as a failure of the database.
func (s *session) query(ctx context.Context, scan func(row) error, text string, args ...any) error {
	return s.run(ctx, text, args, func(ctx context.Context, st statement, values []driver.NamedValue) error {
		rows, err := st.QueryContext(ctx, values)
		if err != nil {
			return err
		}
		return errors.Join(each(rows, scan), rows.Close())
	})
}

// each calls scan for each of rows, until it has enough.
func each(rows driver.Rows, scan func(row) error) error {
	r := make(row, len(rows.Columns()))
	for {
		err := rows.Next(r)
		if err == nil {
			err = scan(r)
		}
		switch err {
		case nil:
		case io.EOF, errEnough:
			return nil
		default:
			return err
		}
	}
}

// close ends the connection and what was prepared on it: SQLite keeps the file open until every statement is closed.
func (s *session) close() error {
	_ = s.conn.Raw(func(any) error { // fails when the connection is lost already
		for _, st := range s.stmts {
			_ = st.Close() // the connection goes anyway
		}
		return nil
	})
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
