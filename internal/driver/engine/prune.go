package engine

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// told is a source's relation whose files are recorded when a query reads them.
func told(rel relation.Relation, src plan.Source) relation.Relation {
	if rel.Parts == nil {
		return rel
	}
	parts := *rel.Parts
	read := parts.Read
	parts.Read = func(ctx context.Context, keep []bool, column relation.FileColumn) (string, []relation.File, error) {
		query, files, err := read(ctx, keep, column)
		if h := hooksOf(ctx); h != nil && err == nil {
			h.SourceOpened(src, files)
		}
		return query, files, err
	}
	rel.Parts = &parts
	return rel
}

// pruner finds what prunes a leaf: the partitions of its source that every condition holds for are read, no others.
func (e *Engine) pruner(ctx context.Context, now time.Time) func(*spark.Rel) spark.Pruner {
	return func(leaf *spark.Rel) spark.Pruner {
		rel, ok := leaf.Leaf.(relation.Relation)
		if !ok || rel.Parts == nil {
			return nil
		}
		return func(leaf *spark.Rel, conds []*spark.Expr) (*spark.Rel, error) {
			keep, err := e.keepParts(ctx, leaf, rel.Parts, conds, now)
			if err != nil {
				return nil, err
			}
			query, _, err := rel.Parts.Read(ctx, keep, rel.Parts.File)
			pruned := *leaf
			pruned.Leaf = relation.Relation{SQL: query, Schema: rel.Schema}
			return &pruned, executionError(ctx, err)
		}
	}
}

// keepParts tells which partitions hold rows that conditions leave. The conditions are written as in the query itself, and
// tested by DuckDB on the partitions' values, so that both agree whatever the types are. Where one fails on some value, no
// partition is left out: the query then fails, or does not look at it.
func (e *Engine) keepParts(ctx context.Context, leaf *spark.Rel, parts *relation.Partitions, conds []*spark.Expr, now time.Time) ([]bool, error) {
	keep := make([]bool, len(parts.Values))
	tests := partTests(leaf, parts, conds, &emitter{now: now, times: timesOf(ctx)})
	if len(tests) == 0 || len(keep) == 0 {
		for i := range keep {
			keep[i] = true
		}
		return keep, nil
	}
	rows := make([]string, len(parts.Values))
	for i, values := range parts.Values {
		rows[i] = "(" + strings.Join(append([]string{strconv.Itoa(i)}, values...), ", ") + ")"
	}
	query := "SELECT part FROM (VALUES " + strings.Join(rows, ", ") + ") AS parts(part, " + relation.Columns(len(parts.Columns)) +
		") WHERE " + strings.Join(tests, " AND ")
	failed := e.query(ctx, query, 1, func(row []any) error {
		i, ok := row[0].(int32)
		if !ok {
			return fmt.Errorf("engine: a partition's number is %T", row[0])
		}
		keep[i] = true
		return nil
	})
	if ctx.Err() != nil {
		return nil, failed
	}
	for i := range keep {
		keep[i] = keep[i] || failed != nil
	}
	return keep, nil
}

// partTests writes the conditions that read partition columns alone, or no column.
func partTests(leaf *spark.Rel, parts *relation.Partitions, conds []*spark.Expr, em *emitter) []string {
	x := &exprs{em: em, cols: map[spark.AttrID]column{}}
	for k, at := range parts.Columns {
		x.cols[leaf.Out[at].ID] = column{text: "parts." + relation.Column(k), plain: true}
	}
	var tests []string
	for _, c := range conds {
		if !readsOnly(c, x.cols) {
			continue
		}
		if text, err := x.sql(c); err == nil { // else the query itself says so
			tests = append(tests, text)
		}
	}
	return tests
}

// readsOnly reports whether e reads no columns but those.
func readsOnly(e *spark.Expr, cols map[spark.AttrID]column) bool {
	only := true
	e.Walk(func(x *spark.Expr) bool {
		if x.Op == spark.OpAttr {
			_, ok := cols[x.Attr.ID]
			only = only && ok
		}
		return only
	})
	return only
}
