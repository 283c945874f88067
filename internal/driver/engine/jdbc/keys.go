package jdbc

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"tenon/internal/core/bookmark"
	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// keyed is how a source goes by the keys of its bookmark.
type keyed struct {
	keys      bookmark.Keys
	columns   []string // the keys' columns, as the database spells them
	condition string   // which rows are to be read; empty for all
}

// keys asks the bookmark what a source is to read; nil where no bookmark holds for it.
func (j *JDBC) keys(ctx context.Context, s session, r *request, src plan.Source) (*keyed, error) {
	if j.cfg.Bookmark == nil || !j.cfg.Bookmark.On() || src.Context == "" || !src.Dynamic {
		return nil, nil
	}
	k := &keyed{keys: r.keys}
	if len(k.keys.Columns) == 0 {
		if !r.query {
			primary, err := s.primaryKey(ctx, r.table)
			if err != nil {
				return nil, execution("the primary key of %s: %v", r.table, err)
			}
			k.keys.Columns = primary
		}
		if len(k.keys.Columns) != 1 {
			return nil, argument("the source %q has a bookmark, and %s no primary key of one column: give jobBookmarkKeys, columns "+
				"whose values rise with each new row, or leave transformation_ctx out to read everything each time", src.Context, r.table)
		}
	}
	var err error
	if k.columns, err = keyColumns(ctx, s, r, k.keys.Columns); err != nil {
		return nil, err
	}
	from, to, err := j.cfg.Bookmark.Range(src.Context, k.keys)
	if err != nil {
		return nil, err
	}
	k.condition, err = k.between(s, from, to)
	return k, err
}

// keyColumns finds the columns of keys, whose names may be written in another case, and refuses those that have no order
// which the database and the engine share.
func keyColumns(ctx context.Context, s session, r *request, names []string) ([]string, error) {
	c, err := s.query(ctx, selectAll+r.table+" WHERE 1 = 0")
	if err != nil {
		return nil, queryError(r, err)
	}
	defer c.close()
	out := make([]string, len(names))
	for i, name := range names {
		found := slices.IndexFunc(c.columns(), func(c column) bool { return c.name == name })
		if found < 0 {
			found = slices.IndexFunc(c.columns(), func(c column) bool { return strings.EqualFold(c.name, name) })
		}
		if found < 0 {
			return nil, argument("jobBookmarkKeys: there is no column %s", name)
		}
		column := c.columns()[found]
		if column.timeOfDay {
			return nil, plan.Unsupported("the bookmark key "+name+", a time of day,", "numbers, dates and timestamps are")
		}
		switch column.typ.Kind {
		case spark.Byte, spark.Short, spark.Int, spark.Long, spark.Decimal, spark.Date, spark.Timestamp:
		default:
			return nil, plan.Unsupported("a bookmark key of type "+column.typ.String(), "numbers, dates and timestamps are")
		}
		out[i] = column.name
	}
	return out, nil
}

// between is the condition of rows after one key, up to another; nil is unbounded. Rows without a key, of which nobody
// knows whether they were read, are among them, so that noteKeys sees them.
func (k *keyed) between(s session, from, to []string) (string, error) {
	if from == nil && to == nil {
		return "", nil
	}
	names, missing := make([]string, len(k.columns)), make([]string, len(k.columns))
	for i, name := range k.columns {
		names[i] = s.quote(name)
		missing[i] = names[i] + " IS NULL"
	}
	after, until := " > ", " <= "
	if k.keys.Descending {
		after, until = " < ", " >= "
	}
	var conditions []string
	for i, bound := range [][]string{from, to} {
		if bound == nil {
			continue
		}
		literals := make([]string, len(bound))
		for n, v := range bound {
			var err error
			if literals[n], err = quoted(v); err != nil {
				return "", err
			}
		}
		conditions = append(conditions, "("+strings.Join(names, ", ")+")"+[]string{after, until}[i]+"("+strings.Join(literals, ", ")+")")
	}
	return strings.Join(conditions, " AND ") + " OR " + strings.Join(missing, " OR "), nil
}

// selection is the SELECT of a source: of all rows, or of those that the bookmark and a predicate admit.
func selection(r *request, keys *keyed, predicate string) string {
	var conditions []string
	if keys != nil && keys.condition != "" {
		conditions = append(conditions, keys.condition)
	}
	if predicate != "" {
		conditions = append(conditions, predicate)
	}
	text := selectAll + r.table
	switch len(conditions) {
	case 0:
		return text
	case 1:
		return text + " WHERE " + conditions[0]
	}
	return text + " WHERE (" + strings.Join(conditions, ") AND (") + ")"
}

// noteKeys tells the bookmark the last key that table holds. A row without a key is refused: it would be read in every
// run, or in none.
func (j *JDBC) noteKeys(ctx context.Context, db *sql.DB, table string, schema spark.Schema, source string, k *keyed) error {
	order := " DESC"
	if k.keys.Descending {
		order = " ASC"
	}
	var columns, orders, missing []string
	for _, name := range k.columns {
		c := relation.Column(slices.IndexFunc(schema, func(f spark.Field) bool { return f.Name == name }))
		columns = append(columns, "CAST("+c+" AS VARCHAR)")
		orders = append(orders, c+order)
		missing = append(missing, c+" IS NULL")
	}
	var nulls int64
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM "+table+" WHERE "+strings.Join(missing, " OR ")).Scan(&nulls); err != nil {
		return err
	}
	if nulls > 0 {
		return plan.Unsupported("a bookmark key that is null, as "+strings.Join(k.columns, ", ")+" has it,",
			"take other jobBookmarkKeys, or read a query that leaves such rows out")
	}
	rows, err := db.QueryContext(ctx, "SELECT ["+strings.Join(columns, ", ")+"] FROM "+table+
		" ORDER BY "+strings.Join(orders, ", ")+" LIMIT 1")
	if err != nil {
		return err
	}
	defer rows.Close()
	keys := k.keys
	for rows.Next() {
		var last []any
		if err := rows.Scan(&last); err != nil {
			return err
		}
		for _, v := range last {
			keys.Values = append(keys.Values, v.(string))
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return j.cfg.Bookmark.Read(source, keys)
}
