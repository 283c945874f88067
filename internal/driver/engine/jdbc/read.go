package jdbc

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// open connects to a target.
func open(ctx context.Context, t *target) (session, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	if t.vendor == postgres {
		return openPostgres(ctx, t)
	}
	return openMySQL(ctx, t)
}

// merged are a source's or sink's options of both kinds.
func merged(maps ...map[string]plan.Option) map[string]plan.Option {
	out := map[string]plan.Option{}
	for _, m := range maps {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

// Open reads a source's rows into a table of db.
func (j *JDBC) Open(ctx context.Context, db *sql.DB, src plan.Source) (relation.Opened, error) {
	r, err := j.request(ctx, src.ConnectionType, merged(src.Options, src.FormatOptions))
	if err != nil {
		return relation.Opened{}, err
	}
	if len(src.Schema) > 0 || src.Predicate != "" {
		return relation.Opened{}, plan.Unsupported("a schema or push_down_predicate of a JDBC source", "select and cast the columns of the frame")
	}
	s, err := open(ctx, r.target)
	if err != nil {
		return relation.Opened{}, err
	}
	defer s.close()
	keys, err := j.keys(ctx, s, r, src)
	if err != nil {
		return relation.Opened{}, err
	}
	table := fmt.Sprintf("jdbc_%d", j.serial.Add(1))
	schema, err := load(ctx, db, s, table, r, keys)
	if err != nil {
		return relation.Opened{}, err
	}
	if keys != nil {
		if err := j.noteKeys(ctx, db, table, schema, src.Context, keys); err != nil {
			return relation.Opened{}, err
		}
	}
	return relation.Opened{Relation: relation.Relation{SQL: "SELECT " + relation.Columns(len(schema)) + " FROM " + table, Schema: schema}}, nil
}

// load runs the selection, once for each predicate, into a new table.
func load(ctx context.Context, db *sql.DB, s session, table string, r *request, keys *keyed) (spark.Schema, error) {
	var texts []string
	for _, p := range r.predicates {
		texts = append(texts, selection(r, keys, p))
	}
	if len(texts) == 0 {
		texts = []string{selection(r, keys, "")}
	}
	var schema spark.Schema
	for i, one := range texts {
		c, err := s.query(ctx, one)
		if err != nil {
			return nil, queryError(r, err)
		}
		if i == 0 {
			schema, err = createTable(ctx, db, table, c.columns())
		}
		if err == nil {
			err = fill(ctx, db, table, c)
		}
		if c.close(); err != nil {
			return nil, queryError(r, err)
		}
	}
	return schema, nil
}

// queryError is an error of the database; those that are for the script's author already stay as they are.
func queryError(r *request, err error) error {
	if _, known := err.(*plan.Error); known {
		return err
	}
	return execution("reading %s of %s: %v", r.table, r.target, err)
}

// createTable makes the table of a source's columns.
func createTable(ctx context.Context, db *sql.DB, table string, columns []column) (spark.Schema, error) {
	schema, parts := make(spark.Schema, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		schema[i] = spark.Field{Name: c.name, Type: c.typ, Nullable: true}
		parts[i] = relation.Column(i) + " " + relation.DuckType(c.typ)
	}
	_, err := db.ExecContext(ctx, "CREATE TABLE "+table+" ("+strings.Join(parts, ", ")+")")
	return schema, err
}

// fill appends a cursor's rows to a table.
func fill(ctx context.Context, db *sql.DB, table string, c cursor) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(raw any) error {
		appender, err := duckdb.NewAppenderFromConn(raw.(driver.Conn), "", table)
		if err != nil {
			return err
		}
		if err := appendAll(ctx, appender, c); err != nil {
			_ = appender.Close() // the table is given up
			return err
		}
		return appender.Close()
	})
}

// appendAll parses and appends.
func appendAll(ctx context.Context, appender *duckdb.Appender, c cursor) error {
	columns := c.columns()
	values := make([]driver.Value, len(columns))
	for {
		row, err := c.next()
		if err != nil {
			return err
		}
		if row == nil {
			return ctx.Err()
		}
		for i, text := range row {
			if values[i] = nil; text == nil {
				continue
			}
			if values[i], err = columns[i].parse(text); err != nil {
				return execution("column %s: %v", columns[i].name, err)
			}
		}
		if err := appender.AppendRow(values...); err != nil {
			return err
		}
	}
}
