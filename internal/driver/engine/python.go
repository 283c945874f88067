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
// the script in batches, and what comes back into a second table; the third has both side by side, in the order of the
// first. Only it stays, until the request ends.
func (e *Engine) runPython(ctx context.Context, r *spark.Rel, em *emitter) (string, error) {
	calls := callsOf(ctx)
	if calls == nil {
		return "", &plan.Error{Class: plan.ClassInternal, Message: "a Python function is called, and there is no script to run it"}
	}
	for _, f := range r.Exprs {
		if f.Function.Process != calls.session.pid {
			return "", plan.Unsupported("a Python function of another process, "+f.Name+",", "make it in the process that uses it")
		}
	}
	rel, err := em.relation(r.Inputs[0])
	if err != nil {
		return "", err
	}
	base := fmt.Sprintf("python_%d", e.nextID())
	in, out := base+"_in", base+"_out"
	calls.tables = append(calls.tables, base)
	defer e.dropTables(ctx, []string{in, out})
	create := rel.SQL
	if len(rel.Schema) == 0 {
		create = "SELECT true AS nothing FROM (" + rel.SQL + ") AS empty"
	}
	if _, err := e.db.ExecContext(ctx, "CREATE TABLE "+in+" AS "+create); err != nil {
		return "", executionError(ctx, err)
	}
	values := append([]spark.Attr(nil), r.Out[r.Keys:]...)
	l, err := e.newLoader(ctx, out, values)
	if err != nil {
		return "", err
	}
	p := &pythonRun{engine: e, calls: calls, rel: r, schema: rel.Schema, loader: l}
	if err := errors.Join(p.run(ctx, in), l.close()); err != nil {
		return "", err
	}
	_, err = e.db.ExecContext(ctx, "CREATE TABLE "+base+" AS SELECT "+p.columns()+" FROM "+in+" AS i POSITIONAL JOIN "+out+" AS o")
	return base, executionError(ctx, err)
}

// pythonRun streams the rows of one RelPython through its functions.
type pythonRun struct {
	engine *Engine
	calls  *scriptCalls
	rel    *spark.Rel
	schema spark.Schema // of its input
	loader *loader
	args   [][]int  // the columns that each function takes
	batch  [][]byte // the arguments that wait: for each column a list of cells without its end
	rows   int      // how many of each
	bytes  int
}

// columns lists the columns of the result.
func (p *pythonRun) columns() string {
	items := make([]string, len(p.rel.Out))
	for i := range items {
		items[i] = "i." + relation.Column(i) + " AS " + relation.Column(i)
		if i >= p.rel.Keys {
			items[i] = "o." + relation.Column(i-p.rel.Keys) + " AS " + relation.Column(i)
		}
	}
	return strings.Join(items, ", ")
}

// run calls the functions for every row of the table in.
func (p *pythonRun) run(ctx context.Context, in string) error {
	place := map[spark.AttrID]int{}
	for i, a := range p.rel.Inputs[0].Out {
		place[a.ID] = i
	}
	p.args, p.batch = make([][]int, len(p.rel.Exprs)), make([][]byte, len(p.schema)-p.rel.Keys)
	for i, f := range p.rel.Exprs {
		for _, a := range f.Args {
			p.args[i] = append(p.args[i], place[a.Attr.ID]-p.rel.Keys)
		}
	}
	em := &emitter{}
	items := []string{"true"}
	for i := p.rel.Keys; i < len(p.schema); i++ {
		items = append(items, em.wire(relation.Column(i), p.schema[i].Type))
	}
	query := "SELECT " + strings.Join(items, ", ") + " FROM " + in
	err := p.engine.query(ctx, query, len(items), func(row []any) error { return p.row(ctx, row[1:]) })
	if err != nil {
		return err
	}
	return p.flush(ctx)
}

// row adds one row of arguments, and calls when enough of them wait.
func (p *pythonRun) row(ctx context.Context, row []any) error {
	for i, v := range row {
		separator := byte(',')
		if p.rows == 0 {
			separator = '['
		}
		had := len(p.batch[i])
		cells, err := appendCell(append(p.batch[i], separator), p.schema[p.rel.Keys+i].Type, v)
		if err != nil {
			return err
		}
		p.batch[i] = cells
		p.bytes += len(cells) - had
	}
	if p.rows++; p.bytes < plan.BatchBytes && p.rows < plan.BatchRows {
		return nil
	}
	return p.flush(ctx)
}

// flush calls every function with what waits, and loads the values.
func (p *pythonRun) flush(ctx context.Context) error {
	if p.rows == 0 {
		return nil
	}
	for i, cells := range p.batch {
		p.batch[i] = append(cells, ']')
	}
	width := len(p.rel.Exprs)
	values, rows := make([]json.RawMessage, width*p.rows), make([][]json.RawMessage, p.rows)
	for i, f := range p.rel.Exprs {
		call := plan.Call{Function: f.Function.Number, Rows: p.rows, Types: make([]string, len(f.Args)), Columns: make([]json.RawMessage, len(f.Args))}
		for j, a := range f.Args {
			call.Types[j], call.Columns[j] = a.Type.String(), p.batch[p.args[i][j]]
		}
		cells, err := p.calls.call(ctx, call)
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
	for i := range p.batch {
		p.batch[i] = p.batch[i][:0]
	}
	p.rows, p.bytes = 0, 0
	return p.loader.add(rows)
}
