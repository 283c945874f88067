package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// maxFunctions bounds the Python functions that SQL knows by name.
const maxFunctions = 10_000

// Register makes a Python function known to SQL, in place of one of the same name. A name of Spark's own is refused:
// there, too, the function would hide it, but not from every caller.
func (e *Engine) Register(in plan.Register) error {
	if spark.KnownFunction(in.Name) {
		return plan.Unsupported(fmt.Sprintf("a Python function registered as %s, the name of a function of Spark's,", in.Name),
			"give it another name")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.functions) >= maxFunctions {
		return &plan.Error{Class: plan.ClassArgument, Message: fmt.Sprintf("%d functions are registered; no more are accepted", maxFunctions)}
	}
	f := in.Function
	e.functions[strings.ToLower(in.Name)] = &f
	return nil
}

// Function finds a registered Python function.
func (c *catalog) Function(name string) *plan.Function {
	c.engine.mu.Lock()
	defer c.engine.mu.Unlock()
	return c.engine.functions[strings.ToLower(name)]
}

// lift takes the calls of Python functions out of a relation of which need is read, nil for all. A relation below whose
// rows are kept is lifted when they are made.
func (e *Engine) lift(r *spark.Rel, need map[spark.AttrID]bool) (*spark.Rel, error) {
	next := func() spark.AttrID { return spark.AttrID(e.nextID()) }
	return spark.LiftPython(r, need, next, func(r *spark.Rel) bool { return e.kept(r) != nil })
}

// settle is what a relation becomes before it runs, now, of which need is read, nil for all: its leaves leave out partitions
// that conditions exclude, are narrowed to what is read, and its calls of Python functions lifted.
func (e *Engine) settle(ctx context.Context, r *spark.Rel, need map[spark.AttrID]bool, now time.Time) (*spark.Rel, error) {
	stop := func(r *spark.Rel) bool { return e.kept(r) != nil }
	r, err := spark.Prune(r, e.pruner(ctx, now), stop)
	if err != nil {
		return nil, err
	}
	if r, err = spark.Narrow(r, need, narrower, stop); err != nil {
		return nil, err
	}
	return e.lift(r, need)
}

// narrower finds what narrows a leaf: the Narrow of its relation.
func narrower(leaf *spark.Rel) spark.Narrower {
	rel, ok := leaf.Leaf.(relation.Relation)
	if !ok || rel.Narrow == nil {
		return nil
	}
	return func(leaf *spark.Rel, least, most []bool) (*spark.Rel, error) {
		sql, err := rel.Narrow(least, most)
		narrowed := *leaf
		narrowed.Leaf = relation.Relation{SQL: sql, Schema: rel.Schema}
		return &narrowed, err
	}
}

// python writes a call where an expression is only checked: its arguments must be emittable, its value is a null.
func (x *exprs) python(e *spark.Expr) (string, error) {
	if !x.em.checking {
		return "", fmt.Errorf("engine: the Python function %s was not taken out of its relation", e.Name)
	}
	if _, err := x.list(e.Args); err != nil {
		return "", err
	}
	return "CAST(NULL AS " + relation.DuckType(e.Type) + ")", nil
}

// runPython makes the table of a RelPython: the rows below it go into a table of DuckDB's, the arguments from there to
// the script in batches, and what comes back into further tables, one for all functions of rows and one for each that
// streams; the last has all side by side, in the order of the first. Only it stays, until the request ends.
func (e *Engine) runPython(ctx context.Context, r *spark.Rel, em *emitter) (string, error) {
	calls, err := e.callsFor(ctx, r.Exprs)
	if err != nil {
		return "", err
	}
	rel, err := em.relation(r.Inputs[0])
	if err != nil {
		return "", err
	}
	base := fmt.Sprintf("python_%d", e.nextID())
	in := base + "_in"
	dropped := []string{in}
	calls.tables = append(calls.tables, base)
	defer func() { e.dropTables(ctx, dropped) }()
	if err := e.keepRows(ctx, in, rel); err != nil {
		return "", err
	}
	items, from := make([]string, len(r.Out)), in+" AS i"
	for i := range r.Keys {
		items[i] = "i." + relation.Column(i) + " AS " + relation.Column(i)
	}
	for n, unit := range units(r.Exprs) {
		out := fmt.Sprintf("%s_%d", base, n)
		dropped = append(dropped, out)
		p := &pythonRun{engine: e, calls: calls, rel: r, schema: rel.Schema, unit: unit}
		if err := p.fill(ctx, in, out); err != nil {
			return "", err
		}
		from += fmt.Sprintf(" POSITIONAL JOIN %s AS o%d", out, n)
		for j, i := range unit {
			items[r.Keys+i] = fmt.Sprintf("o%d.%s AS %s", n, relation.Column(j), relation.Column(r.Keys+i))
		}
	}
	_, err = e.db.ExecContext(ctx, "CREATE TABLE "+base+" AS SELECT "+strings.Join(items, ", ")+" FROM "+from)
	return base, executionError(ctx, err)
}

// callsFor gives the way back to the script, which must be the one whose functions are called.
func (e *Engine) callsFor(ctx context.Context, functions []*spark.Expr) (*scriptCalls, error) {
	calls := callsOf(ctx)
	if calls == nil {
		return nil, &plan.Error{Class: plan.ClassInternal, Message: "a Python function is called, and there is no script to run it"}
	}
	for _, f := range functions {
		if f.Function.Process != calls.session.pid {
			return nil, plan.Unsupported("a Python function of another process, "+f.Name+",", "make it in the process that uses it")
		}
	}
	return calls, nil
}

// keepRows makes a table of a relation's rows, in their order.
func (e *Engine) keepRows(ctx context.Context, table string, rel relation.Relation) error {
	create := rel.SQL
	if len(rel.Schema) == 0 {
		create = "SELECT true AS nothing FROM (" + rel.SQL + ") AS empty"
	}
	_, err := e.db.ExecContext(ctx, "CREATE TABLE "+table+" AS "+create)
	return executionError(ctx, err)
}

// units groups functions, by their places, into those that run together: all that take single rows, and each other alone.
func units(functions []*spark.Expr) [][]int {
	var rows []int
	var out [][]int
	for i, f := range functions {
		if f.Function.Kind.Streams() {
			out = append(out, []int{i})
		} else {
			rows = append(rows, i)
		}
	}
	if len(rows) > 0 {
		out = append(out, rows)
	}
	return out
}

// pythonRun streams the rows of one RelPython through a unit of its functions.
type pythonRun struct {
	engine *Engine
	calls  *scriptCalls
	rel    *spark.Rel
	schema spark.Schema // of its input
	unit   []int        // the places of the functions among those of rel
	loader *loader
	args   [][]int // the columns of waiting that each function takes
	batch  batch
}

// fill makes the table out of what the functions give for the rows of the table in.
func (p *pythonRun) fill(ctx context.Context, in, out string) error {
	values := make([]spark.Attr, len(p.unit))
	for j, i := range p.unit {
		values[j] = p.rel.Out[p.rel.Keys+i]
	}
	var err error
	if p.loader, err = p.engine.newLoader(ctx, out, values); err != nil {
		return err
	}
	return errors.Join(p.run(ctx, in), p.loader.close())
}

// run calls the functions for every row of the table in.
func (p *pythonRun) run(ctx context.Context, in string) error {
	place, used := map[spark.AttrID]int{}, map[int]int{}
	for i, a := range p.rel.Inputs[0].Out {
		place[a.ID] = i
	}
	em := &emitter{}
	items := []string{"true"}
	for _, i := range p.unit {
		var args []int
		for _, a := range p.rel.Exprs[i].Args {
			c := place[a.Attr.ID]
			if _, ok := used[c]; !ok {
				used[c] = len(p.batch.types)
				p.batch.types = append(p.batch.types, p.schema[c].Type)
				items = append(items, em.wire(relation.Column(c), p.schema[c].Type))
			}
			args = append(args, used[c])
		}
		p.args = append(p.args, args)
	}
	query := "SELECT " + strings.Join(items, ", ") + " FROM " + in
	if f := p.rel.Exprs[p.unit[0]]; f.Function.Kind.Streams() {
		return p.stream(ctx, query, f)
	}
	err := p.engine.query(ctx, query, len(items), func(row []any) error {
		if full, err := p.batch.add(row[1:]); err != nil || !full {
			return err
		}
		return p.flush(ctx)
	})
	if err != nil {
		return err
	}
	return p.flush(ctx)
}

// stream runs a function over all rows of the query at once. It gives a value for each row.
func (p *pythonRun) stream(ctx context.Context, query string, f *spark.Expr) error {
	given := 0
	s := &stream{calls: p.calls, function: f.Function, args: p.args[0], batch: &p.batch, give: func(cells plan.Cells) error {
		rows := make([][]json.RawMessage, len(cells))
		for i := range cells {
			rows[i] = cells[i : i+1]
		}
		given += len(cells)
		return p.loader.add(rows)
	}}
	if err := s.run(ctx, p.engine, query); err != nil {
		return err
	}
	if given != s.taken {
		return &plan.Error{Class: plan.ClassInternal, Message: fmt.Sprintf("a function gave %d values for %d rows", given, s.taken)}
	}
	return nil
}

// flush calls every function with what waits, and loads the values.
func (p *pythonRun) flush(ctx context.Context) error {
	columns, count := p.batch.take()
	if count == 0 {
		return nil
	}
	width := len(p.unit)
	values, rows := make([]json.RawMessage, width*count), make([][]json.RawMessage, count)
	for i, n := range p.unit {
		cells, err := p.calls.call(ctx, p.batch.call(p.rel.Exprs[n].Function, p.args[i], columns, count))
		if err != nil {
			return err
		}
		for j, cell := range cells {
			values[j*width+i] = cell
		}
	}
	for j := range rows {
		rows[j] = values[j*width : (j+1)*width]
	}
	return p.loader.add(rows)
}
