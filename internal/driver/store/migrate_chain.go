package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"tenon/internal/core/audit"
	"tenon/internal/glue"
)

const (
	// chainVersion is the migration that chained the events.
	chainVersion = 3
	// chainRows and chainRowsRemote are how many events one INSERT of that migration holds: SQLite's driver looks up the name
	// of each parameter from the first on, PostgreSQL's goes to the server for each INSERT.
	chainRows, chainRowsRemote = 20, 500
	// chainPage is how many events are read at once; a multiple of both.
	chainPage = 1000
	// eventColumns is the number of columns of event.
	eventColumns = 10
	// metaEventBefore was the highest event number noted by pruning, until metaChain took its place.
	metaEventBefore = "store.event"
)

// chainOld is the second half of migration 3: it copies the events to the new table with the hashes that they would have,
// had they been chained from the first that is left. What was done to them before, no hash can tell.
func chainOld(ctx context.Context, tx *sql.Tx, remote bool) error {
	perInsert := chainRows
	if remote {
		perInsert = chainRowsRemote
	}
	link, err := chainBegin(ctx, tx)
	if err != nil {
		return err
	}
	if link.Seq > 0 {
		if _, err := tx.ExecContext(ctx, sqlPutMeta, metaChain, []byte(link.String())); err != nil {
			return err
		}
	}
	insert, err := tx.PrepareContext(ctx, insertEvents(perInsert))
	if err != nil {
		return err
	}
	defer insert.Close()
	var chainer audit.Chainer
	args := make([]any, 0, perInsert*eventColumns)
	for full := true; full; {
		page, err := oldEvents(ctx, tx, link.Seq)
		if err != nil {
			return err
		}
		full = len(page) == chainPage
		for rows := range slices.Chunk(page, perInsert) {
			args = args[:0]
			for i := range rows {
				e := &rows[i]
				link = chainer.Next(link.Hash, e)
				hash := link.Hash
				args = append(args, e.Seq, micros(e.At), e.Region, string(e.Kind), e.Job, e.Run, e.Attempt, e.Who, []byte(e.Detail), hash[:])
			}
			if len(rows) == perInsert {
				_, err = insert.ExecContext(ctx, args...)
			} else {
				_, err = tx.ExecContext(ctx, insertEvents(len(rows)), args...)
			}
			if err != nil {
				return err
			}
		}
	}
	_, err = tx.ExecContext(ctx, "DROP TABLE event_2")
	return err
}

// chainBegin is the link before the first event that is left: its number, and no hash.
func chainBegin(ctx context.Context, tx *sql.Tx) (link audit.Link, err error) {
	var first sql.NullInt64
	if err := tx.QueryRowContext(ctx, "SELECT MIN(seq) FROM event_2").Scan(&first); err != nil {
		return link, err
	}
	var noted []byte
	err = tx.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = $1", metaEventBefore).Scan(&noted)
	switch {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil:
		return link, err
	default:
		if link.Seq, err = strconv.ParseInt(string(noted), 10, 64); err != nil {
			return link, fmt.Errorf("meta %s: %w", metaEventBefore, err)
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM meta WHERE key = $1", metaEventBefore); err != nil {
			return link, err
		}
	}
	if first.Valid {
		link.Seq = first.Int64 - 1
	}
	return link, nil
}

// oldEvents reads a page of the table before the migration.
func oldEvents(ctx context.Context, tx *sql.Tx, after int64) (page []glue.Event, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT seq, at, region, kind, job, run, attempt, who, detail FROM event_2
		WHERE seq > $1 ORDER BY seq LIMIT $2`, after, chainPage)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var e glue.Event
		var at int64
		if err := rows.Scan(&e.Seq, &at, &e.Region, &e.Kind, &e.Job, &e.Run, &e.Attempt, &e.Who, (*[]byte)(&e.Detail)); err != nil {
			return nil, err
		}
		e.At = fromMicros(at)
		page = append(page, e)
	}
	return page, rows.Err()
}

// insertEvents is the INSERT of n events.
func insertEvents(n int) string {
	return "INSERT INTO event (seq, at, region, kind, job, run, attempt, who, detail, hash) VALUES " + values(n, eventColumns)
}
