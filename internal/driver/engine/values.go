package engine

import (
	"bytes"
	"context"
	"database/sql/driver"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// maxInlineRows is how many literal rows stand in the text of a query; more are loaded into a table once.
const maxInlineRows = 100

// insertRows is how many rows one INSERT carries when rows cannot be appended.
const insertRows = 200

// values writes literal rows into the query.
func (em *emitter) values(r *spark.Rel) (*level, error) {
	casts := make([]string, len(r.Out))
	for i, a := range r.Out {
		casts[i] = "CAST(" + relation.Column(i) + " AS " + relation.DuckType(a.Type) + ") AS " + relation.Column(i)
	}
	switch {
	case len(r.Out) == 0:
		return &level{from: fmt.Sprintf("range(%d) AS %s", len(r.Rows), em.name("t")), cols: map[spark.AttrID]column{}}, nil
	case len(r.Rows) == 0:
		for i, a := range r.Out {
			casts[i] = "CAST(NULL AS " + relation.DuckType(a.Type) + ") AS " + relation.Column(i)
		}
		return em.positional("(SELECT "+strings.Join(casts, ", ")+" WHERE false)", r.Out), nil
	}
	rows, err := rowsText(r.Out, r.Rows)
	if err != nil {
		return nil, err
	}
	return em.positional("(SELECT "+strings.Join(casts, ", ")+" FROM (VALUES "+rows+") AS v("+relation.Columns(len(r.Out))+"))", r.Out), nil
}

// rowsText writes rows as (..), (..).
func rowsText(attrs []spark.Attr, rows [][]json.RawMessage) (string, error) {
	var b strings.Builder
	for i, row := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for j, cell := range row {
			text, err := cellText(attrs[j].Type, cell)
			if err != nil {
				return "", badCell(attrs[j], i, err)
			}
			if j > 0 {
				b.WriteString(", ")
			}
			b.WriteString(text)
		}
		b.WriteByte(')')
	}
	return b.String(), nil
}

// badCell is the error for a literal value that is not of its column's type.
func badCell(a spark.Attr, row int, err error) error {
	return &plan.Error{Class: plan.ClassAnalysis, Message: fmt.Sprintf("row %d, column %s of type %s: %v", row, a.Name, a.Type, err)}
}

// cellText writes one cell of plan.Rows as an expression.
func cellText(t spark.Type, cell json.RawMessage) (string, error) {
	if isNull(cell) {
		return "NULL", nil
	}
	switch t.Kind {
	case spark.Array:
		parts, err := cellList(cell, func(int) spark.Type { return *t.Elem })
		return "CAST([" + strings.Join(parts, ", ") + "] AS " + relation.DuckType(t) + ")", err
	case spark.Struct, spark.Choice:
		var n []json.RawMessage
		if err := json.Unmarshal(cell, &n); err != nil || len(n) != len(t.Fields) {
			return "", fmt.Errorf("a struct of %d members is not %s", len(t.Fields), cell)
		}
		parts, err := cellList(cell, func(i int) spark.Type { return t.Fields[i].Type })
		if err != nil {
			return "", err
		}
		for i, f := range t.Fields {
			parts[i] = relation.Literal(f.Name) + ": " + parts[i]
		}
		return "CAST({" + strings.Join(parts, ", ") + "} AS " + relation.DuckType(t) + ")", nil
	case spark.Map:
		var pairs [][2]json.RawMessage
		if err := json.Unmarshal(cell, &pairs); err != nil {
			return "", err
		}
		entries := make([]string, len(pairs))
		for i, p := range pairs {
			key, err := cellText(*t.Key, p[0])
			if err != nil {
				return "", err
			}
			value, err := cellText(*t.Elem, p[1])
			if err != nil {
				return "", err
			}
			entries[i] = "{'key': " + key + ", 'value': " + value + "}"
		}
		entry := "STRUCT(\"key\" " + relation.DuckType(*t.Key) + ", \"value\" " + relation.DuckType(*t.Elem) + ")[]"
		return "map_from_entries(CAST([" + strings.Join(entries, ", ") + "] AS " + entry + "))", nil
	}
	v, err := cellValue(t, cell)
	if err != nil {
		return "", err
	}
	return literal(t, v)
}

// cellList writes the cells of a list.
func cellList(cell json.RawMessage, typeOf func(int) spark.Type) ([]string, error) {
	var list []json.RawMessage
	if err := json.Unmarshal(cell, &list); err != nil {
		return nil, err
	}
	out := make([]string, len(list))
	for i, c := range list {
		var err error
		if out[i], err = cellText(typeOf(i), c); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// isNull reports whether a cell is null.
func isNull(cell json.RawMessage) bool { return len(cell) == 0 || string(cell) == "null" }

// cellValue reads a cell of a type without parts, in the form of spark.Expr.Value.
func cellValue(t spark.Type, cell json.RawMessage) (any, error) {
	if v := plainValue(t, cell); v != nil {
		return v, nil
	}
	switch t.Kind {
	case spark.Boolean:
		var v bool
		err := json.Unmarshal(cell, &v)
		return v, err
	case spark.DayTime, spark.YearMonth:
		var v int64
		err := json.Unmarshal(cell, &v)
		return v, err
	case spark.Byte, spark.Short, spark.Int, spark.Long:
		var v int64
		if err := json.Unmarshal(cell, &v); err != nil {
			return nil, err
		}
		if bits := bits[t.Kind]; v<<(64-bits)>>(64-bits) != v {
			return nil, fmt.Errorf("%d is out of range", v)
		}
		return v, nil
	case spark.Float, spark.Double:
		if cell[0] == '"' {
			switch string(bytes.Trim(cell, `"`)) {
			case "NaN", "Infinity", "-Infinity":
				return doubleOf(string(bytes.Trim(cell, `"`))), nil
			}
		}
		var v float64
		err := json.Unmarshal(cell, &v)
		return v, err
	case spark.Null:
		return nil, fmt.Errorf("a column of type void holds %s", cell)
	case spark.Decimal:
		if cell[0] != '"' {
			return string(cell), nil
		}
	}
	var v string
	err := json.Unmarshal(cell, &v)
	return v, err
}

// plainValue reads the commonest cells without a decoder: whole numbers that fit, and texts without an escape. It is nil for
// all others.
func plainValue(t spark.Type, cell json.RawMessage) any {
	switch t.Kind {
	case spark.Byte, spark.Short, spark.Int, spark.Long:
		if n, err := strconv.ParseInt(string(cell), 10, bits[t.Kind]); err == nil {
			return n
		}
	case spark.String:
		if cell[0] == '"' && bytes.IndexByte(cell, '\\') < 0 && utf8.Valid(cell) {
			return string(cell[1 : len(cell)-1])
		}
	}
	return nil
}

// loadValues puts the rows of a RelValues into a new table.
func (e *Engine) loadValues(ctx context.Context, r *spark.Rel, table string) error {
	l, err := e.newLoader(ctx, table, r.Out)
	if err != nil {
		return err
	}
	err = l.add(r.Rows)
	return errors.Join(err, l.close())
}

// appendable turns a cell into what the appender takes for the type.
func appendable(t spark.Type, cell json.RawMessage) (driver.Value, error) {
	if isNull(cell) {
		return nil, nil
	}
	switch t.Kind {
	case spark.Array:
		return appendableList(t, cell)
	case spark.Struct, spark.Choice:
		return appendableStruct(t, cell)
	}
	v, err := cellValue(t, cell)
	if err != nil {
		return nil, err
	}
	switch t.Kind {
	case spark.Byte:
		return int8(v.(int64)), nil
	case spark.Short:
		return int16(v.(int64)), nil
	case spark.Int:
		return int32(v.(int64)), nil
	case spark.Float:
		return float32(v.(float64)), nil
	case spark.Binary:
		return base64.StdEncoding.DecodeString(v.(string))
	case spark.Date:
		return time.Parse(spark.DateLayout, v.(string))
	case spark.YearMonth:
		return int32(v.(int64)), nil
	case spark.Timestamp, spark.TimestampNTZ:
		return time.Parse(spark.TimestampLayout, v.(string))
	default:
		return v, nil
	}
}

// tellsMetadata reports whether a relation is a source that has _metadata beside its columns.
func tellsMetadata(r *spark.Rel) bool {
	return r.Op == spark.RelLeaf && r.Out[len(r.Out)-1].Type.Kind == spark.Struct
}

// prepare materialises what the tree below r keeps in tables or computes in Python, and gives the names of these tables.
func (e *Engine) prepare(ctx context.Context, r *spark.Rel, now time.Time) (map[*spark.Rel]string, error) {
	tables := map[*spark.Rel]string{}
	seen := map[*spark.Rel]bool{}
	var visit func(r *spark.Rel) error
	visit = func(r *spark.Rel) error {
		if seen[r] {
			return nil
		}
		seen[r] = true
		if r.Origin != nil && e.kept(r.Origin) != nil && !tellsMetadata(r) {
			return refuse("input_file_name() over a frame that is cached, whose rows are of no file: call it before cache()")
		}
		kept := e.kept(r)
		if kept != nil && kept.ready() {
			tables[r] = kept.name()
			return nil
		}
		body := r
		if kept != nil {
			var err error
			if body, err = e.settle(ctx, r, nil, now); err != nil {
				return err
			}
		}
		for _, in := range below(body) {
			if err := visit(in); err != nil {
				return err
			}
		}
		var err error
		switch {
		case kept != nil:
			tables[r], err = e.materialise(ctx, body, kept, tables, now)
		case r.Op == spark.RelPython:
			tables[r], err = e.runPython(ctx, r, &emitter{now: now, times: timesOf(ctx), tables: tables})
		case r.Op == spark.RelBatches:
			tables[r], err = e.runBatches(ctx, r, &emitter{now: now, times: timesOf(ctx), tables: tables})
		}
		return err
	}
	err := visit(r)
	return tables, err
}

// below lists the relations that r runs: its inputs, and the queries inside of its expressions.
func below(r *spark.Rel) []*spark.Rel {
	out := append([]*spark.Rel(nil), r.Inputs...)
	for _, e := range r.Exprs {
		e.Walk(func(x *spark.Expr) bool {
			if x.Query != nil {
				out = append(out, x.Query)
			}
			return true
		})
	}
	return out
}

// kept finds what a relation's rows are kept in, nil when they are not.
func (e *Engine) kept(r *spark.Rel) *materialised {
	e.mu.Lock()
	defer e.mu.Unlock()
	if m := e.cached[r]; m != nil {
		return m
	}
	if r.Op != spark.RelValues || len(r.Rows) <= maxInlineRows {
		return nil
	}
	if e.tables[r] == nil {
		e.tables[r] = &materialised{}
	}
	return e.tables[r]
}

// ready reports whether the table is there.
func (m *materialised) ready() bool { return m.name() != "" }

// name gives the table's name, waiting while another action makes it.
func (m *materialised) name() string {
	m.once.Lock()
	defer m.once.Unlock()
	return m.table
}

// materialise makes the table of a relation unless another action did meanwhile.
func (e *Engine) materialise(ctx context.Context, r *spark.Rel, m *materialised, tables map[*spark.Rel]string, now time.Time) (string, error) {
	m.once.Lock()
	defer m.once.Unlock()
	if m.table != "" {
		return m.table, nil
	}
	name := fmt.Sprintf("kept_%d", e.nextID())
	var err error
	if r.Op == spark.RelValues {
		err = e.loadValues(ctx, r, name)
	} else {
		var rel relation.Relation
		em := &emitter{now: now, times: timesOf(ctx), tables: tables}
		if rel, err = em.relation(r); err == nil {
			_, err = e.db.ExecContext(ctx, "CREATE TABLE "+name+" AS "+rel.SQL)
		}
	}
	if err != nil {
		_, _ = e.db.ExecContext(context.WithoutCancel(ctx), "DROP TABLE IF EXISTS "+name)
		return "", executionError(ctx, err)
	}
	m.table = name
	return name, nil
}

// query runs a query and hands each row to f. The values are the driver's; they are valid until f returns.
func (e *Engine) query(ctx context.Context, text string, columns int, f func(row []any) error) error {
	rows, err := e.db.QueryContext(ctx, text)
	if err != nil {
		return executionError(ctx, err)
	}
	defer func() { _ = rows.Close() }()
	values, pointers := make([]any, columns), make([]any, columns)
	for i := range values {
		pointers[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(pointers...); err != nil {
			return executionError(ctx, err)
		}
		if err := f(values); err != nil {
			return err
		}
	}
	return executionError(ctx, rows.Err())
}
