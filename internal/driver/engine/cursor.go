package engine

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// maxCursors bounds the results that one connection reads at a time; each holds a connection to DuckDB.
const maxCursors = 64

// maxUploads bounds the tables of rows that scripts send ahead.
const maxUploads = 100_000

// cursor is a result on its way to the script, batch by batch. Its tables live as long as it does.
type cursor struct {
	rows   *sql.Rows
	schema spark.Schema
	tables []string
	cancel context.CancelFunc
	values []any
	ahead  []json.RawMessage // a row read already
}

// open runs a query for a cursor.
func (e *Engine) openCursor(ctx context.Context, r *spark.Rel, limit int64) (*cursor, error) {
	query, schema, err := e.rowsQuery(ctx, r, limit)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	rows, err := e.db.QueryContext(ctx, query)
	if err != nil {
		defer cancel()
		return nil, executionError(ctx, err)
	}
	c := &cursor{rows: rows, schema: schema, cancel: cancel, values: make([]any, max(len(schema), 1))}
	return c, nil
}

// close ends a cursor before or at its end.
func (c *cursor) close() {
	_ = c.rows.Close() // what it could say, next has said
	c.cancel()
}

// batch gives the next rows, about plan.BatchBytes of them, and whether there are more.
func (c *cursor) batch(ctx context.Context) ([][]json.RawMessage, bool, error) {
	out, size := [][]json.RawMessage{}, 0
	for {
		row := c.ahead
		c.ahead = nil
		if row == nil {
			var err error
			if row, err = c.next(ctx); err != nil || row == nil {
				return out, false, err
			}
		}
		bytes := 0
		for _, cell := range row {
			bytes += len(cell) + 1
		}
		if bytes > plan.MaxMessage-plan.BatchBytes {
			return nil, false, plan.Unsupported(fmt.Sprintf("a row of %d bytes in collect()", bytes), "")
		}
		if len(out) > 0 && (size+bytes > plan.BatchBytes || len(out) >= plan.BatchRows) {
			c.ahead = row
			return out, true, nil
		}
		out, size = append(out, row), size+bytes
	}
}

// next reads one row, nil at the end.
func (c *cursor) next(ctx context.Context) ([]json.RawMessage, error) {
	if !c.rows.Next() {
		return nil, executionError(ctx, c.rows.Err())
	}
	pointers := make([]any, len(c.values))
	for i := range c.values {
		pointers[i] = &c.values[i]
	}
	if err := c.rows.Scan(pointers...); err != nil {
		return nil, executionError(ctx, err)
	}
	row := make([]json.RawMessage, len(c.schema))
	for i := range row {
		cell, err := appendCell(nil, c.schema[i].Type, c.values[i])
		if err != nil {
			return nil, err
		}
		row[i] = cell
	}
	return row, nil
}

// Collect runs a frame and gives its rows at once, at most limit of them unless it is negative.
func (e *Engine) Collect(ctx context.Context, in plan.Collect) (plan.Rows, error) {
	r, err := e.frame(in.Frame)
	if err != nil {
		return plan.Rows{}, err
	}
	c, err := e.openCursor(ctx, r, in.Limit)
	if err != nil {
		return plan.Rows{}, err
	}
	defer c.close()
	out := plan.Rows{Schema: spark.FieldsOf(r.Schema()), Rows: [][]json.RawMessage{}}
	for more := true; more; {
		var rows [][]json.RawMessage
		if rows, more, err = c.batch(ctx); err != nil {
			return plan.Rows{}, err
		}
		out.Rows = append(out.Rows, rows...)
	}
	return out, nil
}

// collect runs a frame and gives the first batch of its rows.
func (s *session) collect(ctx context.Context, in plan.Collect) (plan.Rows, error) {
	r, err := s.engine.frame(in.Frame)
	if err != nil {
		return plan.Rows{}, err
	}
	if len(s.cursors) >= maxCursors {
		return plan.Rows{}, plan.Unsupported(fmt.Sprintf("reading %d results at a time (toLocalIterator)", maxCursors+1),
			"read one to its end before the next")
	}
	c, err := s.engine.openCursor(ctx, r, in.Limit)
	if err != nil {
		return plan.Rows{}, err
	}
	calls := callsOf(ctx)
	c.tables, calls.tables = calls.tables, nil
	out, err := s.more(ctx, c, s.engine.nextID())
	out.Schema = spark.FieldsOf(r.Schema())
	return out, err
}

// fetch gives the next batch of a cursor.
func (s *session) fetch(ctx context.Context, in plan.Fetch) (plan.Rows, error) {
	c := s.cursors[in.Cursor]
	if c == nil || in.Close {
		s.forget(ctx, in.Cursor)
		return plan.Rows{Rows: [][]json.RawMessage{}}, nil
	}
	return s.more(ctx, c, in.Cursor)
}

// more reads a batch of the cursor with a number, which is forgotten when it is at its end.
func (s *session) more(ctx context.Context, c *cursor, number int64) (plan.Rows, error) {
	s.cursors[number] = c
	rows, more, err := c.batch(ctx)
	out := plan.Rows{Rows: rows, Cursor: number}
	if err != nil || !more {
		out.Cursor = 0
		s.forget(ctx, number)
	}
	return out, err
}

// forget closes a cursor, if there is one of that number.
func (s *session) forget(ctx context.Context, number int64) {
	if c := s.cursors[number]; c != nil {
		delete(s.cursors, number)
		c.close()
		s.engine.dropTables(ctx, c.tables)
	}
}

// closeCursors closes what a script leaves open.
func (s *session) closeCursors(ctx context.Context) {
	for number := range s.cursors {
		s.forget(ctx, number)
	}
}

// upload is a table of rows that a script has sent ahead.
type upload struct {
	table  string
	schema spark.Schema
}

// Upload adds a batch of rows to a table, a new one for the first batch.
func (e *Engine) Upload(ctx context.Context, in plan.Upload) (plan.Uploaded, error) {
	e.mu.Lock()
	u, many := e.uploads[in.Upload], len(e.uploads) >= maxUploads
	e.mu.Unlock()
	number := in.Upload
	if u == nil {
		if many {
			return plan.Uploaded{}, plan.Unsupported(fmt.Sprintf("more than %d frames of rows from Python", maxUploads), "")
		}
		var err error
		if u, number, err = e.newUpload(ctx, in.Schema); err != nil {
			return plan.Uploaded{}, err
		}
	}
	out := make([]spark.Attr, len(u.schema))
	for i, f := range u.schema {
		out[i] = spark.Attr{Name: f.Name, Type: f.Type}
	}
	l := e.loaderOf(ctx, u.table, out)
	if err := l.open(); err != nil {
		return plan.Uploaded{}, err
	}
	err := l.add(in.Rows)
	if closeErr := l.close(); err == nil {
		err = closeErr
	}
	return plan.Uploaded{Upload: number}, err
}

// newUpload makes the table of an upload.
func (e *Engine) newUpload(ctx context.Context, fields []plan.Field) (*upload, int64, error) {
	schema, err := spark.SchemaOf(fields)
	if err != nil {
		return nil, 0, err
	}
	if err := relation.CheckSchema(schema); err != nil {
		return nil, 0, err
	}
	number := e.nextID()
	u := &upload{table: fmt.Sprintf("upload_%d", number), schema: schema}
	out := make([]spark.Attr, len(schema))
	for i, f := range schema {
		out[i] = spark.Attr{Name: f.Name, Type: f.Type}
	}
	if err := e.loaderOf(ctx, u.table, out).create(); err != nil {
		return nil, 0, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.uploads[number] = u
	return u, number, nil
}

// Uploaded finds the rows that a script has sent ahead.
func (c *catalog) Uploaded(id int64) (spark.Opened, error) {
	c.engine.mu.Lock()
	defer c.engine.mu.Unlock()
	u := c.engine.uploads[id]
	if u == nil {
		return spark.Opened{}, &plan.Error{Class: plan.ClassInternal, Message: fmt.Sprintf("no rows were sent as %d", id)}
	}
	return spark.Opened{Leaf: relation.Relation{SQL: "SELECT * FROM " + u.table, Schema: u.schema}, Schema: u.schema}, nil
}
