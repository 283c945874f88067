package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
)

// Inspect says which version the schema has that cfg names, and which this program works with. have is 0 where there is
// no state yet. It locks, makes and changes nothing, and may be asked while a plane has the state open.
func Inspect(ctx context.Context, cfg Config) (have, want int64, err error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return 0, 0, err
	}
	if want, err = newestMigration(); err != nil {
		return 0, 0, err
	}
	var d interface {
		admin() *sql.DB
		close() error
	}
	exists := `SELECT count(*) FROM information_schema.tables WHERE table_name = 'goose_db_version'`
	if isPostgres(cfg.URL) {
		d, err = newPostgres(cfg.URL, cfg.Readers, cfg.LockWait)
	} else {
		path := filepath.Join(cfg.Dir, FileName)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return 0, want, nil
		}
		exists = `SELECT count(*) FROM sqlite_master WHERE name = 'goose_db_version'`
		var lite *sqliteDialect
		lite, err = newSQLite(path)
		d = readOnly{lite}
	}
	if err != nil {
		return 0, want, err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	var n int64
	if err := d.admin().QueryRowContext(ctx, exists).Scan(&n); err != nil {
		return 0, want, fmt.Errorf("store: inspect: %w", err)
	}
	if n == 0 {
		return 0, want, nil
	}
	err = d.admin().QueryRowContext(ctx, `SELECT COALESCE(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&have)
	if err != nil {
		return 0, want, fmt.Errorf("store: inspect: %w", err)
	}
	return have, want, nil
}

// readOnly looks at an SQLite file through the pool that cannot write.
type readOnly struct{ *sqliteDialect }

func (d readOnly) admin() *sql.DB { return d.reader }

// newestMigration is the version that this program's migrations lead to.
func newestMigration() (newest int64, err error) {
	names, err := fs.Glob(migrationFiles(), "*.sql")
	if err != nil {
		return 0, fmt.Errorf("store: migrations: %w", err)
	}
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return 0, fmt.Errorf("store: migrations: %w", err)
		}
		newest = max(newest, version)
	}
	return newest, nil
}
