package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

const (
	// leaderLock is the advisory lock of the plane that writes: "tenon" in ASCII. Advisory locks are per database.
	leaderLock = 0x74656e6f6e
	// connectTimeout bounds one attempt to reach the server.
	connectTimeout = 5 * time.Second
)

// postgresDialect is a database of a PostgreSQL server.
type postgresDialect struct {
	db       *sql.DB
	pool     int // connections that db may hold
	lockWait time.Duration
	leader   *sql.Conn // holds leaderLock between lead and the first openWriter
	term     int64     // number of this plane among those that ever led; 0 before the first openWriter
}

// newPostgres prepares a pool of as many readers, one writer, and one more for migrations; nothing is opened yet.
func newPostgres(url string, readers int, lockWait time.Duration) (*postgresDialect, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err) // pgx leaves the password out
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectTimeout
	}
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "tenon"
	}
	cfg.RuntimeParams["synchronous_commit"] = "on"
	// A plane whose machine vanished must not hold the lock for the two hours of TCP's default.
	cfg.RuntimeParams["tcp_keepalives_idle"] = "10"
	cfg.RuntimeParams["tcp_keepalives_interval"] = "5"
	cfg.RuntimeParams["tcp_keepalives_count"] = "3"
	db := stdlib.OpenDB(*cfg)
	db.SetMaxOpenConns(readers + 2)
	db.SetMaxIdleConns(readers + 2)
	return &postgresDialect{db: db, pool: readers + 2, lockWait: lockWait}, nil
}

func (d *postgresDialect) admin() *sql.DB       { return d.db }
func (d *postgresDialect) goose() goose.Dialect { return goose.DialectPostgres }
func (d *postgresDialect) remote() bool         { return true }
func (d *postgresDialect) beginWrite() string   { return "BEGIN" }
func (d *postgresDialect) beginRead() string {
	return "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
}
func (d *postgresDialect) readsCanAbort() bool                 { return true }
func (d *postgresDialect) checkpoint(context.Context) error    { return nil } // the server's
func (d *postgresDialect) backup(context.Context, int64) error { return nil } // the administrator's

// lead takes the lock before anything is written, migrations included.
func (d *postgresDialect) lead(ctx context.Context) error {
	conn, err := d.lockedConn(ctx)
	if err != nil {
		return err
	}
	d.leader = conn
	return nil
}

// openWriter returns the connection that holds the lock: the first time the one of lead, later a new one. Whoever
// writes, holds: the lock belongs to the server's session of this very connection. Whoever led in between may have
// written, and what this plane has in memory is then no longer true: so a changed term is ErrLocked, for good.
func (d *postgresDialect) openWriter(ctx context.Context) (conn *sql.Conn, err error) {
	if conn, d.leader = d.leader, nil; conn == nil {
		if conn, err = d.lockedConn(ctx); err != nil {
			return nil, err
		}
	}
	if err := d.checkTerm(ctx, conn); err != nil {
		return nil, errors.Join(err, discard(conn))
	}
	return conn, nil
}

// checkTerm begins a term, or makes sure that it is still this plane's.
func (d *postgresDialect) checkTerm(ctx context.Context, conn *sql.Conn) error {
	r := &Reader{ctx: ctx, s: newSession(conn, d)} // its statements live as long as the connection
	term, err := r.number(metaTerm)
	switch {
	case err != nil:
		return err
	case d.term == 0:
		if _, err = r.s.exec(ctx, sqlPutMeta, metaTerm, strconv.AppendInt(nil, term+1, 10)); err == nil {
			d.term = term + 1
		}
		return err
	case d.term != term:
		return fmt.Errorf("%w: another plane has taken over the database", ErrLocked)
	}
	return nil
}

// lockedConn connects and takes the lock, waiting for a holder that is just ending.
func (d *postgresDialect) lockedConn(ctx context.Context) (*sql.Conn, error) {
	conn, err := d.conn(ctx)
	if err != nil {
		return nil, err
	}
	deadline := time.Now().Add(d.lockWait)
	for {
		var got bool
		if err := conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", int64(leaderLock)).Scan(&got); err != nil {
			return nil, errors.Join(err, discard(conn))
		}
		if got {
			return conn, nil
		}
		if time.Now().After(deadline) {
			err := fmt.Errorf("%w: the database is written by %s", ErrLocked, d.holder(ctx, conn))
			return nil, errors.Join(err, discard(conn))
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), discard(conn))
		case <-time.After(lockPoll):
		}
	}
}

// holder describes the session that has the lock.
func (d *postgresDialect) holder(ctx context.Context, conn *sql.Conn) string {
	const q = `SELECT a.application_name, COALESCE(a.client_addr::text, 'a local socket'), a.backend_start
		FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
		WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
		AND l.classid::bigint = $1 AND l.objid::bigint = $2`
	var app, addr string
	var since time.Time
	if err := conn.QueryRowContext(ctx, q, int64(leaderLock>>32), int64(leaderLock&0xffffffff)).Scan(&app, &addr, &since); err != nil {
		return "another plane"
	}
	return fmt.Sprintf("%s, connected from %s since %s", app, addr, since.UTC().Format(time.RFC3339))
}

// openReader returns another connection for reading.
func (d *postgresDialect) openReader(ctx context.Context) (*sql.Conn, error) { return d.conn(ctx) }

// conn returns a connection that answers. Idle ones that a restart of the server has ended are thrown away.
func (d *postgresDialect) conn(ctx context.Context) (*sql.Conn, error) {
	for idle := d.pool; ; idle-- {
		conn, err := d.db.Conn(ctx)
		if err != nil {
			return nil, err
		}
		if err = conn.PingContext(ctx); err == nil {
			return conn, nil
		}
		if err = errors.Join(err, discard(conn)); idle == 0 || ctx.Err() != nil {
			return nil, err
		}
	}
}

// commit makes the transaction durable. A COMMIT of an aborted transaction succeeds with the tag ROLLBACK.
func (d *postgresDialect) commit(ctx context.Context, s *session) error {
	return s.conn.Raw(func(dc any) error {
		tag, err := dc.(*stdlib.Conn).Conn().Exec(ctx, "COMMIT")
		if err == nil && tag.String() != "COMMIT" {
			err = fmt.Errorf("%w: the server answered %s", errRolledBack, tag)
		}
		return err
	})
}

// classify knows a full disk, and an error that the server reported in place of committing, by SQLSTATE.
func (d *postgresDialect) classify(err error) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return err
	}
	switch {
	case e.Code == "53100": // disk_full
		return fmt.Errorf("%w: %w", ErrFull, err)
	case e.Code[:2] == "40" && e.Code != "40003", e.Code[:2] == "23": // rollbacks and constraints
		return fmt.Errorf("%w: %w", errRolledBack, err)
	}
	return err
}

// render fills in PostgreSQL's types.
func (d *postgresDialect) render(ddl string) string {
	return renderer("{{int}}", "BIGINT", "{{text}}", `TEXT COLLATE "C"`, "{{blob}}", "BYTEA",
		"{{strict}}", "", "{{rowless}}", "").Replace(ddl)
}

// close ends every connection.
func (d *postgresDialect) close() error {
	if d.leader != nil {
		_ = discard(d.leader)
	}
	return d.db.Close()
}
