package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlitecode "modernc.org/sqlite/lib"
)

const (
	// writerCacheKiB and readerCacheKiB bound the page caches. A reader holds the inner pages of a million runs; the rest is
	// in the system's cache.
	writerCacheKiB = 16 << 10
	readerCacheKiB = 6 << 10
	// walPages is how long the write-ahead log grows before a commit copies the rest of it into the file and it begins anew:
	// 32 MiB, so that under load a page that changes often is copied once for many commits.
	walPages = 8192
	// walKeepBytes is how much of the log's file is kept after that.
	walKeepBytes = 64 << 20
	// busyMillis is how long a connection waits for another's lock, which only a recovery holds.
	busyMillis = 5000
)

// sqliteDialect is the embedded database.
type sqliteDialect struct {
	path           string
	writer, reader *sql.DB
}

// newSQLite prepares the pools of a database file; nothing is opened yet.
func newSQLite(path string) (*sqliteDialect, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	common := []string{
		fmt.Sprintf("busy_timeout(%d)", busyMillis),
		"synchronous(FULL)", "fullfsync(1)", "temp_store(MEMORY)",
	}
	d := &sqliteDialect{path: abs}
	if d.writer, err = sql.Open("sqlite", sqliteURL(abs, append(common, "journal_mode(WAL)",
		fmt.Sprintf("wal_autocheckpoint(%d)", walPages), fmt.Sprintf("journal_size_limit(%d)", walKeepBytes),
		fmt.Sprintf("cache_size(-%d)", writerCacheKiB)))); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	d.writer.SetMaxOpenConns(1)
	if d.reader, err = sql.Open("sqlite", sqliteURL(abs, append(common, "query_only(1)",
		fmt.Sprintf("cache_size(-%d)", readerCacheKiB)))); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	return d, nil
}

// makePrivate makes an absent database file for its owner alone, since it holds secrets; SQLite gives its log the same
// mode. It must run before the first connection: opening and closing the file would drop the locks of this process.
func makePrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return f.Close()
}

// sqliteURL is the file and the pragmas that each of its connections begins with.
func sqliteURL(path string, pragmas []string) string {
	return (&url.URL{Scheme: "file", Path: path, RawQuery: url.Values{"_pragma": pragmas}.Encode()}).String()
}

func (d *sqliteDialect) admin() *sql.DB             { return d.writer }
func (d *sqliteDialect) goose() goose.Dialect       { return goose.DialectSQLite3 }
func (d *sqliteDialect) lead(context.Context) error { return nil } // the data directory's lock is enough
func (d *sqliteDialect) remote() bool               { return false }
func (d *sqliteDialect) beginWrite() string         { return "BEGIN IMMEDIATE" }
func (d *sqliteDialect) beginRead() string          { return "BEGIN" }
func (d *sqliteDialect) readsCanAbort() bool        { return false }
func (d *sqliteDialect) close() error               { return errors.Join(d.reader.Close(), d.writer.Close()) }

// openWriter returns the pool's only connection.
func (d *sqliteDialect) openWriter(ctx context.Context) (*sql.Conn, error) { return d.writer.Conn(ctx) }

// openReader returns another connection for reading.
func (d *sqliteDialect) openReader(ctx context.Context) (*sql.Conn, error) { return d.reader.Conn(ctx) }

// commit makes the transaction durable.
func (d *sqliteDialect) commit(ctx context.Context, s *session) error {
	_, err := s.exec(ctx, "COMMIT")
	return err
}

// checkpoint uses a connection of the readers: query_only forbids it changes of the data, not this.
func (d *sqliteDialect) checkpoint(ctx context.Context) error {
	_, err := d.reader.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)")
	return err
}

// classify knows a full disk, and a lock that was not had, by SQLite's result codes.
func (d *sqliteDialect) classify(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlitecode.SQLITE_FULL:
		return fmt.Errorf("%w: %w", ErrFull, err)
	case sqlitecode.SQLITE_BUSY:
		return fmt.Errorf("%w: %w", errRolledBack, err)
	}
	return err
}

// render fills in SQLite's types. INTEGER, not BIGINT: an INTEGER primary key is the row's own number, and STRICT tables
// know no BIGINT; both have 64 bits.
func (d *sqliteDialect) render(ddl string) string {
	return renderer("{{int}}", "INTEGER", "{{text}}", "TEXT", "{{blob}}", "BLOB",
		"{{strict}}", "STRICT", "{{rowless}}", "STRICT, WITHOUT ROWID").Replace(ddl)
}

// backup writes a consistent copy beside the file, named after the version it holds. SQLite makes the copy: opening the
// file ourselves and closing it again would drop the locks of this process.
func (d *sqliteDialect) backup(ctx context.Context, version int64) error {
	to := fmt.Sprintf("%s.v%d", d.path, version)
	part := to + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if _, err := d.writer.ExecContext(ctx, "VACUUM INTO $1", part); err != nil {
		return errors.Join(d.classify(err), ignoreAbsent(os.Remove(part)))
	}
	if err := errors.Join(os.Chmod(part, 0o600), syncFile(part)); err != nil {
		return err
	}
	if err := os.Rename(part, to); err != nil {
		return err
	}
	return syncFile(filepath.Dir(to))
}

// syncFile makes a file, or the names in a folder, durable.
func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) { // some file systems cannot sync a folder
		err = nil
	}
	return errors.Join(err, f.Close())
}

// ignoreAbsent drops the error of removing what is not there.
func ignoreAbsent(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
