package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// errEnough ends the reading of rows that a function wants no more of.
var errEnough = errors.New("engine: the function has ended")

// batch gathers rows of arguments into the columns of a call.
type batch struct {
	types   []spark.Type
	columns [][]byte // for each column a list of cells without its end
	rows    int
	bytes   int
}

// add adds one row, and tells whether enough wait for a call.
func (b *batch) add(row []any) (bool, error) {
	if b.columns == nil {
		b.columns = make([][]byte, len(b.types))
	}
	for i, v := range row {
		separator := byte(',')
		if b.rows == 0 {
			separator = '['
		}
		had := len(b.columns[i])
		cells, err := appendCell(append(b.columns[i], separator), b.types[i], v)
		if err != nil {
			return false, err
		}
		b.columns[i] = cells
		b.bytes += len(cells) - had
	}
	b.rows++
	return b.bytes >= plan.BatchBytes || b.rows >= plan.BatchRows, nil
}

// take gives the columns that wait and how many rows they have, and begins anew. They are valid until the next add.
func (b *batch) take() ([]json.RawMessage, int) {
	columns, rows := make([]json.RawMessage, len(b.types)), b.rows
	for i := range columns {
		if rows == 0 {
			columns[i] = json.RawMessage("[]")
			continue
		}
		columns[i] = append(b.columns[i], ']')
		b.columns[i] = b.columns[i][:0]
	}
	b.rows, b.bytes = 0, 0
	return columns, rows
}

// call is the call of a function with some of the columns.
func (b *batch) call(f *plan.Function, args []int, columns []json.RawMessage, rows int) plan.Call {
	out := plan.Call{Function: f.Number, Chain: f.Chain, Rows: rows, Types: make([]string, len(args)), Columns: make([]json.RawMessage, len(args))}
	for i, a := range args {
		out.Types[i], out.Columns[i] = b.types[a].String(), columns[a]
	}
	return out
}

// stream runs one function over all rows of a query in one go.
type stream struct {
	calls    *scriptCalls
	function *plan.Function
	args     []int // which columns of batch it takes
	batch    *batch
	give     func(plan.Cells) error // takes what the function gives
	taken    int                    // how many rows the function has got
	done     bool
}

// run sends the rows of a query, whose first column is not meant for the function, until it ends.
func (s *stream) run(ctx context.Context, e *Engine, query string) error {
	err := e.query(ctx, query, len(s.batch.types)+1, func(row []any) error {
		if full, err := s.batch.add(row[1:]); err != nil || !full {
			return err
		}
		if err := s.send(ctx, false); err != nil || !s.done {
			return err
		}
		return errEnough
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if s.done {
		return nil
	}
	if err := s.send(ctx, true); err != nil {
		return err
	}
	if !s.done {
		return &plan.Error{Class: plan.ClassInternal, Message: "a function goes on behind its last row"}
	}
	return nil
}

// send sends what waits, and takes what the function has to give then.
func (s *stream) send(ctx context.Context, end bool) error {
	columns, rows := s.batch.take()
	s.taken += rows
	call := s.batch.call(s.function, s.args, columns, rows)
	call.Stream, call.End = true, end
	for {
		out, err := s.calls.exchange(ctx, call)
		if err != nil {
			return err
		}
		if err := s.give(out.Cells); err != nil {
			return err
		}
		if s.done = out.Done; !out.More || out.Done {
			return nil
		}
		call = plan.Call{Function: s.function.Number, Stream: true, Types: []string{}, Columns: []json.RawMessage{}}
	}
}

// runBatches makes the table of a RelBatches: what its function makes of all rows below it. The rows of a group come
// together, with the number of the group behind them; within it they keep their order.
func (e *Engine) runBatches(ctx context.Context, r *spark.Rel, em *emitter) (string, error) {
	calls, err := e.callsFor(ctx, []*spark.Expr{{Function: r.Function}})
	if err != nil {
		return "", err
	}
	rel, err := em.relation(r.Inputs[0])
	if err != nil {
		return "", err
	}
	table := fmt.Sprintf("batches_%d", e.nextID())
	in := table + "_in"
	defer e.dropTables(ctx, []string{in})
	if err := e.keepRows(ctx, in, rel); err != nil {
		return "", err
	}
	calls.tables = append(calls.tables, table)
	l, err := e.newLoader(ctx, table, r.Out)
	if err != nil {
		return "", err
	}
	query, types := em.grouped(r, in, rel.Schema)
	s := &stream{calls: calls, function: r.Function, batch: &batch{types: types}, give: func(cells plan.Cells) error {
		rows := make([][]json.RawMessage, len(cells))
		for i, cell := range cells {
			if err := json.Unmarshal(cell, &rows[i]); err != nil || len(rows[i]) != len(r.Out) {
				return fmt.Errorf("engine: a row of a function is %.200s", cell)
			}
		}
		return l.add(rows)
	}}
	for i := range types {
		s.args = append(s.args, i)
	}
	return table, errors.Join(s.run(ctx, e, query), l.close())
}

// grouped is the query of the rows of a RelBatches, kept in a table, and the types of its columns from the second on.
func (em *emitter) grouped(r *spark.Rel, in string, schema spark.Schema) (string, []spark.Type) {
	items, keys := []string{"true"}, []string{}
	var types []spark.Type
	for i, f := range schema {
		items, types = append(items, em.wire(relation.Column(i), f.Type)), append(types, f.Type)
	}
	for i := range r.Sort {
		c := len(schema) - len(r.Sort) + i
		key := em.orderKey(relation.Column(c), schema[c].Type)
		if k := schema[c].Type.Kind; k == spark.Double || k == spark.Float {
			key = "(" + key + " + 0)" // DuckDB gives back a column that it sorts by without the sign of its zeros
		}
		keys = append(keys, key+" ASC NULLS FIRST")
	}
	if len(keys) == 0 {
		return "SELECT " + strings.Join(items, ", ") + " FROM " + in + " ORDER BY rowid", types
	}
	items = append(items, "dense_rank() OVER (ORDER BY "+strings.Join(keys, ", ")+") AS g")
	return "SELECT " + strings.Join(items, ", ") + " FROM " + in + " ORDER BY g, rowid", append(types, spark.T(spark.Long))
}

// unknown is a RelBatches where it is only checked: no rows.
func (em *emitter) unknown(r *spark.Rel) (*level, error) {
	if !em.checking {
		return nil, errors.New("engine: the rows of a Python function were not made")
	}
	items := make([]string, len(r.Out))
	for i, a := range r.Out {
		items[i] = "CAST(NULL AS " + relation.DuckType(a.Type) + ") AS " + relation.Column(i)
	}
	return em.positional("(SELECT "+strings.Join(items, ", ")+" WHERE false)", r.Out), nil
}
