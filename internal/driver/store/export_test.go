package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"path/filepath"
	"testing/fstest"
)

// Tamper runs a statement behind the back of what keeps the state right.
func (t *Tx) Tamper(text string, args ...any) error {
	_, err := t.exec("tamper", text, args...)
	return err
}

// FillOld makes a state as the program left it that knew the migrations up to a number ("0001"), and lets fill write into it.
func FillOld(ctx context.Context, cfg Config, newest string, fill func(*sql.DB) error) (err error) {
	var d dialect
	if cfg = cfg.withDefaults(); isPostgres(cfg.URL) {
		d, err = newPostgres(cfg.URL, cfg.Readers, cfg.LockWait)
	} else {
		d, err = newSQLite(filepath.Join(cfg.Dir, FileName))
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	names, err := fs.Glob(migrationFiles(), "*.sql")
	if err != nil {
		return err
	}
	files := fstest.MapFS{}
	for _, name := range names {
		if name[:len(newest)] > newest {
			continue
		}
		text, err := fs.ReadFile(migrationFiles(), name)
		if err != nil {
			return err
		}
		files[name] = &fstest.MapFile{Data: text}
	}
	if err := migrate(ctx, d, files); err != nil {
		return err
	}
	return fill(d.admin())
}
