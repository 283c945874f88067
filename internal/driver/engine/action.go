package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// check emits what is new in a tree, without its frames, so that what cannot run is refused on the script's own line.
func (e *Engine) check(ctx context.Context, r *spark.Rel) error {
	em := &emitter{now: clock(), times: timesOf(ctx), checking: true}
	seen := map[*spark.Rel]bool{}
	var visit func(r *spark.Rel) error
	visit = func(r *spark.Rel) error {
		e.mu.Lock()
		known := seen[r] || e.roots[r] > 0
		e.mu.Unlock()
		if known {
			return nil
		}
		seen[r] = true
		cols := map[spark.AttrID]column{}
		for i, in := range r.Inputs {
			around := em.outer
			if r.Lateral && i == 1 {
				em.outer = append(slices.Clip(around), maps.Clone(cols))
			}
			err := visit(in)
			em.outer = around
			if err != nil {
				return err
			}
			for _, a := range in.Out {
				cols[a.ID] = column{text: attrName(a.ID), plain: true}
			}
		}
		x := &exprs{em: em, cols: cols}
		for _, expr := range r.Exprs {
			if expr.Op == spark.OpGen {
				if _, err := x.rowsOf(expr); err != nil {
					return err
				}
				continue
			}
			if expr.Op == spark.OpAttr || isGrouping(expr) {
				continue
			}
			if _, err := x.sql(expr); err != nil {
				return err
			}
		}
		_, err := x.sortKeys(r.Sort)
		return err
	}
	return visit(r)
}

// ready prepares the tables of a relation and writes its query.
func (e *Engine) ready(ctx context.Context, r *spark.Rel) (relation.Relation, *emitter, error) {
	return e.readyFor(ctx, r, nil)
}

// readyFor is ready for who reads some of the columns, nil for all: for the others no Python function is called, and
// they are null.
func (e *Engine) readyFor(ctx context.Context, r *spark.Rel, need map[spark.AttrID]bool) (relation.Relation, *emitter, error) {
	if err := e.checkThresholds(ctx, r); err != nil {
		return relation.Relation{}, nil, err
	}
	now := clock()
	if e.kept(r) == nil {
		var err error
		if r, err = e.settle(ctx, r, need, now); err != nil {
			return relation.Relation{}, nil, err
		}
	}
	tables, err := e.prepare(ctx, r, now)
	if err != nil {
		return relation.Relation{}, nil, err
	}
	em := &emitter{now: now, times: timesOf(ctx), tables: tables}
	rel, err := em.relation(r)
	return rel, em, err
}

// rows runs a relation and hands each row to f.
func (e *Engine) rows(ctx context.Context, r *spark.Rel, limit int64, f func(spark.Schema, []any) error) error {
	query, schema, err := e.rowsQuery(ctx, r, limit)
	if err != nil {
		return err
	}
	width := len(schema)
	return e.query(ctx, query, max(width, 1), func(row []any) error { return f(schema, row[:width]) })
}

// rowsQuery prepares a relation and writes the query of its rows, at most limit of them unless it is negative, in the
// form in which the driver gives all of them.
func (e *Engine) rowsQuery(ctx context.Context, r *spark.Rel, limit int64) (string, spark.Schema, error) {
	if limit >= 0 {
		r = &spark.Rel{Op: spark.RelLimit, Inputs: []*spark.Rel{r}, Out: r.Out, Limit: limit}
	}
	rel, em, err := e.ready(ctx, r)
	if err != nil {
		return "", nil, err
	}
	query := rel.SQL
	wired := false
	items := make([]string, len(rel.Schema))
	for i, field := range rel.Schema {
		items[i] = em.wire(relation.Column(i), field.Type)
		wired = wired || items[i] != relation.Column(i)
	}
	if wired {
		l := &level{from: "(" + query + ") AS wired"}
		query = l.render(items)
	}
	return query, rel.Schema, nil
}

// Count runs a frame and counts its rows.
func (e *Engine) Count(ctx context.Context, id plan.FrameID) (plan.Count, error) {
	r, err := e.frame(id)
	if err != nil {
		return plan.Count{}, err
	}
	n, err := e.countRows(ctx, r)
	return plan.Count{Count: n}, err
}

// countRows runs a relation and counts its rows.
func (e *Engine) countRows(ctx context.Context, r *spark.Rel) (int64, error) {
	rel, _, err := e.readyFor(ctx, r, map[spark.AttrID]bool{})
	if err != nil {
		return 0, err
	}
	count := int64(0)
	err = e.query(ctx, "SELECT count(*) FROM ("+rel.SQL+") AS counted", 1, func(row []any) error {
		n, ok := row[0].(int64)
		if !ok {
			return fmt.Errorf("engine: count gave %T", row[0])
		}
		count = n
		return nil
	})
	return count, err
}

// distinctValues runs a relation of one column for its distinct values, nulls first.
func (e *Engine) distinctValues(ctx context.Context, r *spark.Rel, limit int) ([]*spark.Expr, error) {
	rel, _, err := e.ready(ctx, r)
	if err != nil {
		return nil, err
	}
	var out []*spark.Expr
	t := rel.Schema[0].Type
	query := fmt.Sprintf("SELECT DISTINCT c0 FROM (%s) AS d ORDER BY c0 ASC NULLS FIRST LIMIT %d", rel.SQL, limit+1)
	err = e.query(ctx, query, 1, func(row []any) error {
		cell, err := appendCell(nil, t, row[0])
		if err != nil {
			return err
		}
		lit, err := spark.Literal(t, cell)
		out = append(out, lit)
		return err
	})
	return out, err
}

// Explain shows how a frame would run: the columns and DuckDB's own plan.
func (e *Engine) Explain(ctx context.Context, id plan.FrameID) (plan.Text, error) {
	r, err := e.frame(id)
	if err != nil {
		return plan.Text{}, err
	}
	rel, _, err := e.ready(ctx, r)
	if err != nil {
		return plan.Text{}, err
	}
	text := "== Physical Plan ==\n"
	err = e.query(ctx, "EXPLAIN "+rel.SQL, 2, func(row []any) error {
		text += fmt.Sprint(row[1]) + "\n"
		return nil
	})
	return plan.Text{Text: text}, err
}

// Write runs a frame into files.
func (e *Engine) Write(ctx context.Context, w plan.Write) (plan.Written, error) {
	r, err := e.frame(w.Frame)
	if err != nil {
		return plan.Written{}, err
	}
	if e.cfg.Writer == nil {
		return plan.Written{}, &plan.Error{Class: plan.ClassUnsupported, Message: "this engine writes no files"}
	}
	rel, _, err := e.ready(ctx, r)
	if err != nil {
		return plan.Written{}, whileWriting(err)
	}
	w.Times = timesOf(ctx)
	published, err := e.cfg.Writer.Write(ctx, e.db, rel, w)
	if err != nil {
		return plan.Written{}, executionError(ctx, err)
	}
	if h := hooksOf(ctx); h != nil {
		h.SinkWrote(w, published)
	}
	return published.Written, nil
}

// whileWriting is what the exception of a Python function becomes in a write: a failed job, as in Spark.
func whileWriting(err error) error {
	var known *plan.Error
	if errors.As(err, &known) && known.Class == plan.ClassPython {
		return &plan.Error{Class: plan.ClassExecution, Message: "Task failed while writing rows.\n" + known.Message}
	}
	return err
}
