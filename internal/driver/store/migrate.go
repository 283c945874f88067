package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// embedded holds the migrations: NNNN_name.sql, applied in the order of their numbers, never changed once released.
//
//go:embed migrations/*.sql
var embedded embed.FS

// migrations is a folder of them.
type migrations fs.FS

// migrationFiles are the migrations of this program.
func migrationFiles() migrations {
	sub, err := fs.Sub(embedded, "migrations")
	if err != nil {
		panic(err) // the name is a constant
	}
	return sub
}

// migrate brings the schema up to date, each migration in a transaction of its own. A database that is not new is
// copied first. A schema newer than this program is refused: an older program would misread it.
func migrate(ctx context.Context, d dialect, files migrations) error {
	steps, err := gooseSteps(d, files)
	if err != nil {
		return fmt.Errorf("store: migrations: %w", err)
	}
	p, err := goose.NewProvider(d.goose(), d.admin(), nil,
		goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(steps...))
	if err != nil {
		return fmt.Errorf("store: migrations: %w", err)
	}
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("store: schema version: %w", d.classify(err))
	}
	if current > target {
		return fmt.Errorf("%w: it has version %d, this program knows %d; run the newer program, or restore the copy made before its migration",
			ErrNewerSchema, current, target)
	}
	if current == target {
		return nil
	}
	if current > 0 {
		if err := d.backup(ctx, current); err != nil {
			return fmt.Errorf("store: copy before the migration: %w", err)
		}
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("store: migrate from version %d to %d: %w", current, target, d.classify(err))
	}
	return nil
}

// gooseSteps reads the migrations as the dialect spells them.
func gooseSteps(d dialect, files migrations) ([]*goose.Migration, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, errors.New("none found")
	}
	var steps []*goose.Migration
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return nil, err
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		ddl := d.render(string(text))
		steps = append(steps, goose.NewGoMigration(version, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, ddl); err != nil {
				return err
			}
			if version == chainVersion {
				return chainOld(ctx, tx, d.remote())
			}
			return nil
		}}, nil))
	}
	return steps, nil
}
