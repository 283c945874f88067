package engine

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
)

// loader fills a new table c0, c1, ... with rows of cells, through DuckDB's appender where it takes all the types and by
// INSERT where it does not. Close it in any case.
type loader struct {
	ctx      context.Context //nolint:containedctx // lives for one request
	db       *sql.DB
	table    string
	out      []spark.Attr
	conn     *sql.Conn
	appender *duckdb.Appender // nil to insert
	row      []driver.Value
	rows     int
}

// newLoader makes the table and opens it for rows.
func (e *Engine) newLoader(ctx context.Context, table string, out []spark.Attr) (*loader, error) {
	l := e.loaderOf(ctx, table, out)
	if err := l.create(); err != nil {
		return nil, err
	}
	return l, l.open()
}

// loaderOf is the loader of a table that is there, or is created by it; open it before rows are added.
func (e *Engine) loaderOf(ctx context.Context, table string, out []spark.Attr) *loader {
	return &loader{ctx: ctx, db: e.db, table: table, out: out, row: make([]driver.Value, len(out))}
}

// create makes the table.
func (l *loader) create() error {
	columns := make([]string, len(l.out))
	for i, a := range l.out {
		columns[i] = relation.Column(i) + " " + relation.DuckType(a.Type)
	}
	if len(l.out) == 0 {
		columns = []string{"nothing BOOLEAN"}
	}
	if _, err := l.db.ExecContext(l.ctx, "CREATE TABLE "+l.table+" ("+strings.Join(columns, ", ")+")"); err != nil {
		return fmt.Errorf("engine: make a table of rows: %w", err)
	}
	return nil
}

// open opens DuckDB's appender, if it takes all the types.
func (l *loader) open() error {
	fits := len(l.out) > 0
	for _, a := range l.out {
		fits = fits && appends(a.Type)
	}
	if !fits {
		return nil
	}
	var err error
	if l.conn, err = l.db.Conn(l.ctx); err != nil {
		return fmt.Errorf("engine: connect: %w", err)
	}
	err = l.conn.Raw(func(raw any) error {
		l.appender, err = duckdb.NewAppenderFromConn(raw.(driver.Conn), "", l.table)
		return err
	})
	if err != nil {
		_ = l.conn.Close()
		return executionError(l.ctx, err)
	}
	return nil
}

// appends reports whether the appender takes values of a type exactly.
func appends(t spark.Type) bool {
	switch t.Kind {
	case spark.Boolean, spark.Byte, spark.Short, spark.Int, spark.Long, spark.Float, spark.Double, spark.String, spark.Binary,
		spark.Date, spark.Timestamp:
		return true
	case spark.Array:
		return appends(*t.Elem)
	case spark.Struct, spark.Choice:
		for _, f := range t.Fields {
			if !appends(f.Type) {
				return false
			}
		}
		return len(t.Fields) > 0
	}
	return false
}

// add appends rows.
func (l *loader) add(rows [][]json.RawMessage) error {
	if l.appender == nil {
		return l.insert(rows)
	}
	for _, cells := range rows {
		for j, cell := range cells {
			v, err := appendable(l.out[j].Type, cell)
			if err != nil {
				return badCell(l.out[j], l.rows, err)
			}
			l.row[j] = v
		}
		l.rows++
		if err := l.appender.AppendRow(l.row...); err != nil {
			return executionError(l.ctx, err)
		}
	}
	return nil
}

// insert adds rows as text.
func (l *loader) insert(rows [][]json.RawMessage) error {
	for len(rows) > 0 {
		n := min(len(rows), insertRows)
		text := strings.TrimSuffix(strings.Repeat("(true), ", n), ", ")
		if len(l.out) > 0 {
			var err error
			if text, err = rowsText(l.out, rows[:n]); err != nil {
				return err
			}
		}
		if _, err := l.db.ExecContext(l.ctx, "INSERT INTO "+l.table+" VALUES "+text); err != nil {
			return executionError(l.ctx, err)
		}
		rows = rows[n:]
	}
	return nil
}

// close ends the loading; the rows are there when it gives no error.
func (l *loader) close() error {
	if l.appender == nil {
		return nil
	}
	err := l.appender.Close()
	l.appender = nil
	if closeErr := l.conn.Close(); err == nil {
		err = closeErr
	}
	return executionError(l.ctx, err)
}

// appendableList is appendable for the elements of an array.
func appendableList(t spark.Type, cell json.RawMessage) (driver.Value, error) {
	var cells []json.RawMessage
	if err := json.Unmarshal(cell, &cells); err != nil {
		return nil, err
	}
	out := make([]any, len(cells))
	for i, c := range cells {
		v, err := appendable(*t.Elem, c)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// appendableStruct is appendable for the members of a struct.
func appendableStruct(t spark.Type, cell json.RawMessage) (driver.Value, error) {
	var cells []json.RawMessage
	if err := json.Unmarshal(cell, &cells); err != nil || len(cells) != len(t.Fields) {
		return nil, fmt.Errorf("a struct of %d members is not %.200s", len(t.Fields), cell)
	}
	out := make(map[string]any, len(cells))
	for i, c := range cells {
		v, err := appendable(t.Fields[i].Type, c)
		if err != nil {
			return nil, err
		}
		out[t.Fields[i].Name] = v
	}
	return out, nil
}
