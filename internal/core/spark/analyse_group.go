package spark

import (
	"slices"
	"strings"

	"tenon/internal/plan"
)

// maxPivotValues is spark.sql.pivotMaxValues.
const maxPivotValues = 10_000

// aggregate is groupBy().agg() and GROUP BY.
func (an *Analyser) aggregate(in *Rel, n plan.Node) (*Rel, error) {
	s := an.scopeOf(in)
	if n.GroupKind == groupAll {
		return an.aggregateByAll(in, s, n)
	}
	var keys []named
	parts := make([][]int, len(n.Exprs))
	for i, e := range n.Exprs {
		if n.OmitKeys {
			e = groupTarget(s, e, n.Aggs)
		}
		resolve := s.groupItem
		if n.OmitKeys {
			resolve = s.selectItem
		}
		items, err := resolve(e)
		if err != nil {
			return nil, err
		}
		for j := range items {
			parts[i] = append(parts[i], len(keys)+j)
		}
		for _, k := range items {
			if err := checkKey(k.expr); err != nil {
				return nil, err
			}
			if s.timeWindow == nil {
				if s.timeWindow, err = onlyWindow([]*Expr{k.expr}); err != nil {
					return nil, err
				}
			}
			keys = append(keys, k)
		}
	}
	list := s.groupItems
	if n.OmitKeys {
		list = s.selectList
	}
	outputs, err := list(n.Aggs)
	if err != nil {
		return nil, err
	}
	if !n.OmitKeys {
		outputs = append(append([]named(nil), keys...), outputs...)
	}
	sets, err := groupingSets(n, parts)
	if err != nil {
		return nil, err
	}
	keys, sets = distinctKeys(keys, sets)
	return an.group(in, keys, outputs, n.Having, sets)
}

// checkKey refuses what nothing is grouped by: an aggregate, and a map.
func checkKey(e *Expr) error {
	if containsAgg(e) {
		return analysisError("[GROUP_BY_AGGREGATE] Aggregate functions are not allowed in GROUP BY, but found %s.", e.Label)
	}
	if e.Type.holdsMap() {
		return analysisError("[GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE] The expression \"%s\" cannot be used as a grouping "+
			"expression because its data type \"%s\" is not an orderable data type.", e.Label, e.Type.sqlName())
	}
	return nil
}

// groupTarget puts the select item in place of a position or, when no column has that name, of an alias in GROUP BY.
func groupTarget(s *scope, e plan.Expr, items []plan.Expr) plan.Expr {
	if e.Kind == plan.ExprLit && e.Type == "int" {
		if lit, err := literalOf(e); err == nil {
			if n, ok := lit.Value.(int64); ok && n >= 1 && int(n) <= len(items) {
				return items[n-1]
			}
		}
	}
	if e.Kind != plan.ExprColumn || e.Frame != 0 {
		return e
	}
	if found, _ := s.lookup(splitName(e.Name)); len(found) > 0 {
		return e
	}
	for _, item := range items {
		if item.Kind == plan.ExprAlias && strings.EqualFold(item.Name, splitName(e.Name)[0]) {
			return item.Args[0]
		}
	}
	return e
}

// grouping builds one RelAggregate: outputs are split into keys, aggregates, and what is computed from them above.
type grouping struct {
	an  *Analyser
	rel *Rel
	in  *Rel
}

// group makes a grouping and the projection of its outputs. Without keys all rows are one group; with sets there is a
// grouping for each set of keys.
func (an *Analyser) group(in *Rel, keys, outputs []named, having *plan.Expr, sets [][]int) (*Rel, error) {
	gathers, err := gathersRows(outputs, sets)
	if err != nil {
		return nil, err
	}
	g := &grouping{an: an, in: in, rel: inherit(RelAggregate, in, nil)}
	g.rel.Sets, g.rel.Keys = sets, len(keys)
	for _, k := range keys {
		a := an.newAttr(k.name, k.expr.Type, k.expr.Nullable || sets != nil)
		if k.expr.Op == OpAttr && sets == nil && !hasAttr(g.rel.Out, k.expr.Attr.ID) {
			a = k.expr.Attr
		}
		g.rel.Exprs, g.rel.Out = append(g.rel.Exprs, k.expr), append(g.rel.Out, a)
	}
	items := make([]named, len(outputs))
	for i, o := range outputs {
		e, err := g.rewrite(o.expr)
		if err != nil {
			return nil, err
		}
		items[i] = named{name: o.name, expr: e, keep: o.keep && e.Op == OpAttr}
	}
	if err := refuseNeedless(in, g.rel.Exprs); err != nil && sets == nil {
		return nil, err
	}
	above := g.rel
	if having != nil {
		cond, err := g.having(*having, items)
		if err != nil {
			return nil, err
		}
		above = inherit(RelFilter, g.rel, nil)
		above.Exprs = []*Expr{cond}
	} else if gathers && len(keys) == 0 {
		above = g.unlessEmpty()
	}
	above.Out = g.rel.Out
	if _, err := an.placeWindow(an.nameFiles(g.rel)); err != nil {
		return nil, err
	}
	return an.projectOrGenerate(above, items)
}

// rewrite turns an expression over the rows into one over the groups.
func (g *grouping) rewrite(e *Expr) (*Expr, error) {
	var err error
	out := e.rewrite(func(x *Expr) *Expr {
		if x.Op == OpWindow { // the windowed function itself stays; its arguments are over the groups
			copied := *x
			f := *x.Args[0]
			f.Args = make([]*Expr, len(f.Args))
			for i, a := range x.Args[0].Args {
				f.Args[i] = g.inner(a, &err)
			}
			w := *x.Window
			w.Partition, w.Order = nil, nil
			for _, p := range x.Window.Partition {
				w.Partition = append(w.Partition, g.inner(p, &err))
			}
			for _, o := range x.Window.Order {
				w.Order = append(w.Order, SortKey{Expr: g.inner(o.Expr, &err), Descending: o.Descending, NullsLast: o.NullsLast})
			}
			copied.Args, copied.Window = []*Expr{&f}, &w
			return &copied
		}
		for i, known := range g.rel.Exprs {
			if known.key() == x.key() {
				return relabel(attrExpr(g.rel.Out[i]), x.Label)
			}
		}
		switch x.Op {
		case OpAgg:
			call, e2 := groupingCall(g.rel, x)
			if e2 != nil {
				err = e2
				return x
			}
			x = call
			a := g.an.newAttr(x.Label, x.Type, x.Nullable)
			g.rel.Exprs, g.rel.Out = append(g.rel.Exprs, x), append(g.rel.Out, a)
			return relabel(attrExpr(a), x.Label)
		case OpAttr:
			if hasAttr(g.in.Out, x.Attr.ID) { // else it is a column around a subquery
				err = g.notGrouped(x)
			}
		}
		return nil
	})
	return out, err
}

// inner is rewrite for a part of a window; the first error is kept.
func (g *grouping) inner(e *Expr, err *error) *Expr {
	out, e2 := g.rewrite(e)
	if *err == nil {
		*err = e2
	}
	return out
}

// relabel gives e the label of what it stands for.
func relabel(e *Expr, label string) *Expr {
	e.Label = label
	return e
}

// notGrouped is the error for a column that is neither grouped nor aggregated.
func (g *grouping) notGrouped(x *Expr) error {
	if g.rel.Keys == 0 {
		return analysisError("[MISSING_GROUP_BY] The query does not include a GROUP BY clause. Add GROUP BY or turn it into the window " +
			"functions using OVER clauses.")
	}
	return analysisError("[MISSING_AGGREGATION] The non-aggregating expression \"%s\" is based on columns which are not participating "+
		"in the GROUP BY clause.\nAdd the columns or the expression to the GROUP BY, aggregate the expression, or use "+
		"\"any_value(%s)\" if you do not care which of the values within a group is returned.", x.Label, x.Label)
}

// having resolves the condition of HAVING, which sees the select list first and then the grouped columns.
func (g *grouping) having(e plan.Expr, items []named) (*Expr, error) {
	inner := g.an.scopeOf(g.in)
	s := &scope{an: g.an, rels: []*Rel{g.in}, inAgg: inner}
	meaning := map[AttrID]*Expr{}
	for _, item := range items {
		a := g.an.newAttr(item.name, item.expr.Type, item.expr.Nullable)
		s.attrs, meaning[a.ID] = append(s.attrs, a), item.expr
	}
	var err error
	if inner.timeWindow, err = onlyWindow(g.rel.Exprs[:g.rel.Keys]); err != nil {
		return nil, err
	}
	s.hidden = func(e plan.Expr) (*Expr, bool) {
		if x, err := inner.column(e); err == nil {
			return x, true
		}
		return inner.windowKey(e)
	}
	cond, err := s.expr(e)
	if err != nil {
		return nil, err
	}
	if cond, err = g.rewriteKeeping(cond, meaning); err != nil {
		return nil, err
	}
	if castable(cond.Type, T(Boolean)) { // HAVING alone takes what is no boolean
		cond = implicitCast(cond, T(Boolean))
	}
	return g.an.condition(cond)
}

// rewriteKeeping is rewrite where the attributes of the select list stand for its items.
func (g *grouping) rewriteKeeping(e *Expr, meaning map[AttrID]*Expr) (*Expr, error) {
	var err error
	out := e.rewrite(func(x *Expr) *Expr {
		if x.Op == OpAttr && meaning[x.Attr.ID] != nil {
			return meaning[x.Attr.ID]
		}
		if x.Op == OpAgg || x.Op == OpAttr {
			y, e2 := g.rewrite(x)
			if err == nil {
				err = e2
			}
			return y
		}
		for i, known := range g.rel.Exprs {
			if known.key() == x.key() {
				return attrExpr(g.rel.Out[i])
			}
		}
		return nil
	})
	return out, err
}

// pivot is groupBy().pivot().agg(): one column for each value and aggregate.
func (an *Analyser) pivot(in *Rel, n plan.Node) (*Rel, error) {
	if n.Pivot == nil {
		return nil, analysisError("a pivot needs a column")
	}
	s := an.scopeOf(in)
	by, err := s.expr(*n.Pivot)
	if err != nil {
		return nil, err
	}
	values, names, err := an.pivotValues(in, s, by, n.PivotValues)
	if err != nil {
		return nil, err
	}
	var outputs []named
	for _, e := range n.Exprs {
		items, err := s.groupItem(e)
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, items...)
	}
	list := s.groupItems
	if n.PivotRest {
		list = s.selectList
	}
	aggs, err := list(n.Aggs)
	if err != nil {
		return nil, err
	}
	for _, a := range aggs {
		if !containsAgg(a.expr) {
			return nil, analysisError("Aggregate expression required for pivot, but '%s' did not appear in any aggregate function.", a.expr.Label)
		}
	}
	if n.PivotRest {
		outputs = unusedColumns(in, append([]named{{expr: by}}, aggs...))
	}
	keys := outputs[:len(outputs):len(outputs)]
	first := !slices.ContainsFunc(aggs, func(a named) bool { return !pivotFirst(a.expr.Type) })
	for i, v := range values {
		equal, err := pivotEqual(by, v)
		if err != nil {
			return nil, err
		}
		for _, a := range aggs {
			name := names[i]
			if len(aggs) > 1 {
				name += "_" + a.name
			}
			value, err := pivotedValue(a.expr, equal, first)
			if err != nil {
				return nil, err
			}
			outputs = append(outputs, named{name: name, expr: value})
		}
	}
	return an.group(in, keys, outputs, nil, nil)
}

// unusedColumns are the columns of a relation that no expression uses.
func unusedColumns(in *Rel, used []named) []named {
	ids := map[AttrID]bool{}
	for _, item := range used {
		item.expr.Walk(func(x *Expr) bool {
			if x.Op == OpAttr {
				ids[x.Attr.ID] = true
			}
			return true
		})
	}
	var out []named
	for _, a := range in.Out {
		if !ids[a.ID] {
			out = append(out, named{name: a.Name, expr: attrExpr(a), keep: true})
		}
	}
	return out
}

// pivotEqual is the condition that a row is of one pivot value; several columns are equal one by one.
func pivotEqual(by, v *Expr) (*Expr, error) {
	if by.Op != OpCall || by.Name != rowConstructor {
		return compare("<=>", by, v)
	}
	if v.Name != rowConstructor || len(v.Args) != len(by.Args) {
		return nil, analysisError("[PIVOT_VALUE_DATA_TYPE_MISMATCH] Invalid pivot value '%s': value data type %s does not match "+
			"pivot column data type %s.", v.Label, v.Type, by.Type)
	}
	var out *Expr
	for i := range by.Args {
		equal, err := compare("<=>", by.Args[i], v.Args[i])
		if err != nil {
			return nil, err
		}
		if out == nil {
			out = equal
		} else {
			out = &Expr{Op: OpCall, Name: "and", Type: T(Boolean), Args: []*Expr{out, equal}}
		}
	}
	return out, nil
}

// givenPivotValues resolves the values that a pivot names, and the names of their columns.
func (s *scope) givenPivotValues(list []plan.Expr) (values []*Expr, names []string, err error) {
	for _, e := range list {
		name := ""
		if e.Kind == plan.ExprAlias && len(e.Args) == 1 {
			name, e = e.Name, e.Args[0]
		}
		v, err := s.expr(e)
		if err != nil {
			return nil, nil, err
		}
		parts := []*Expr{v}
		if v.Op == OpCall && v.Name == rowConstructor {
			parts = v.Args
		}
		shown := make([]string, len(parts))
		for i, part := range parts {
			if part.Op != OpLit {
				return nil, nil, unsupported("the pivot value %s, which is no literal,", part.Label)
			}
			shown[i] = pivotName(part)
		}
		if name == "" {
			if name = shown[0]; v.Op != OpLit {
				name = "{" + strings.Join(shown, ", ") + "}"
			}
		}
		for _, other := range values {
			if other.key() == v.key() {
				return nil, nil, unsupported("the pivot value %s twice", v.Label)
			}
		}
		values, names = append(values, v), append(names, name)
	}
	return values, names, nil
}

// pivotValues resolves the values given, or finds those in the data.
func (an *Analyser) pivotValues(in *Rel, s *scope, by *Expr, list []plan.Expr) ([]*Expr, []string, error) {
	if len(list) > 0 {
		return s.givenPivotValues(list)
	}
	values, err := an.Catalog.Distinct(an.projectRel(in, []named{{name: "v", expr: by}}), maxPivotValues)
	if err != nil {
		return nil, nil, err
	}
	if len(values) > maxPivotValues {
		return nil, nil, analysisError("The pivot column %s has more than %d distinct values, this could indicate an error. If this was "+
			"intended, set spark.sql.pivotMaxValues to at least the number of distinct values of the pivot column.", by.Label, maxPivotValues)
	}
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = pivotName(v)
	}
	return values, names, nil
}

// pivotName is the name of the column of one value: as a cast to string shows it.
func pivotName(v *Expr) string {
	if v.Value == nil {
		return "null"
	}
	if v.Type.Kind == Date || v.Type.Kind == Timestamp {
		text := strings.Replace(v.Label, v.Type.sqlName()+" ", "", 1)
		return strings.Trim(text, "'")
	}
	return v.Label
}
