package spark

import (
	"slices"
	"strings"

	"tenon/internal/plan"
)

// named is one item of a select list. keep passes an attribute on as it is, with its ID.
type named struct {
	name string
	expr *Expr
	keep bool
	// names are those of AS (a, b), for the columns of a generator.
	names []string
}

// selectItem resolves one item of a select list; a star gives many.
func (s *scope) selectItem(e plan.Expr) ([]named, error) {
	switch e.Kind {
	case plan.ExprStar:
		return s.star(e)
	case plan.ExprColumn:
		if qualifier, ok := strings.CutSuffix(e.Name, "*"); ok && e.Frame == 0 && (qualifier == "" || strings.HasSuffix(qualifier, ".")) {
			return s.star(plan.Expr{Kind: plan.ExprStar, Name: strings.TrimSuffix(qualifier, ".")})
		}
	case plan.ExprSQL:
		parsed, err := ParseExpr(e.Text)
		if err != nil {
			return nil, err
		}
		return s.selectItem(parsed)
	case plan.ExprAlias:
		if len(e.Args) != 1 {
			return nil, analysisError("an alias needs one expression")
		}
		x, err := s.expr(e.Args[0])
		if err != nil {
			return nil, err
		}
		return []named{{name: e.Name, expr: x, names: e.Names}}, nil
	}
	x, err := s.expr(e)
	if err != nil {
		return nil, err
	}
	name := x.Label
	if e.Kind == plan.ExprColumn { // a path selected as it is has its last name
		parts := splitName(e.Name)
		name = parts[len(parts)-1]
	}
	if e.Kind == plan.ExprCast && x.Op == OpCast {
		name = s.castName(e, x)
	}
	return []named{{name: name, expr: x, keep: x.Op == OpAttr}}, nil
}

// parsed is an expression as it is written, also where it was given as a text that can be read.
func parsed(e plan.Expr) plan.Expr {
	if e.Kind == plan.ExprSQL {
		if out, err := ParseExpr(e.Text); err == nil {
			return out
		}
	}
	return e
}

// castName is the name of a cast in a select list: a column that is only cast keeps its own. In the select of a DataFrame
// that goes for casts of casts, too; a member of a struct then has the name of the innermost cast.
func (s *scope) castName(e plan.Expr, x *Expr) string {
	label := x.Label
	if s.early != earlyNot {
		return label
	}
	of := parsed(e.Args[0])
	for s.named && of.Kind == plan.ExprCast && x.Args[0].Op == OpCast {
		x, of = x.Args[0], parsed(of.Args[0])
	}
	switch {
	case of.Kind == plan.ExprAlias && of.Name != "":
		return of.Name
	case x.Args[0].Op == OpAttr:
		return x.Args[0].Attr.Name
	case of.Kind == plan.ExprColumn && of.Frame != 0: // a member of a struct
		return x.Args[0].Name
	case of.Kind == plan.ExprColumn:
		return x.Label
	default:
		return label
	}
}

// star is all columns, of one qualifier or the members of a struct when it has a name.
func (s *scope) star(e plan.Expr) ([]named, error) {
	var out []named
	if e.Text != "" { // DataFrame.colRegex
		for _, a := range s.attrs {
			if slices.Contains(e.Names, a.Name) {
				out = append(out, named{name: a.Name, expr: attrExpr(a), keep: true})
			}
		}
		return out, nil
	}
	if e.Name == "" {
		for _, a := range s.attrs {
			out = append(out, named{name: a.Name, expr: attrExpr(a), keep: true})
		}
		return out, nil
	}
	parts := splitName(e.Name)
	for _, a := range s.attrs {
		if len(parts) == 1 && strings.EqualFold(a.Qualifier, parts[0]) {
			out = append(out, named{name: a.Name, expr: attrExpr(a), keep: true})
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	x, err := s.column(plan.Expr{Kind: plan.ExprColumn, Name: e.Name})
	if err != nil || x.Type.Kind != Struct {
		return nil, analysisError("[CANNOT_RESOLVE_STAR_EXPAND] Cannot resolve %s.* given input columns %s. Please check that the "+
			"specified table or struct exists and is accessible in the input columns.", backtick(e.Name), nameList(s.attrs))
	}
	for _, f := range x.Type.Fields {
		member, err := field(x, f.Name)
		if err != nil {
			return nil, err
		}
		out = append(out, named{name: f.Name, expr: member})
	}
	return out, nil
}

// lateralAlias finds an item before in the same select list by its alias, which an item may use when no column has that
// name.
func lateralAlias(items []named, e plan.Expr) (*Expr, bool) {
	parts := splitName(e.Name)
	var found *Expr
	for _, item := range items {
		if item.keep || e.Frame != 0 || !strings.EqualFold(item.name, parts[0]) {
			continue
		}
		if found != nil || item.expr.Op == OpGen {
			return nil, false
		}
		copied := *item.expr
		copied.Label = "lateralAliasReference(" + parts[0] + ")"
		found = &copied
	}
	if found == nil {
		return nil, false
	}
	out, err := fieldPath(found, parts[1:])
	return out, err == nil
}

// selectList resolves a whole select list.
func (s *scope) selectList(list []plan.Expr) ([]named, error) {
	var out []named
	if s.hidden == nil {
		s.hidden = func(e plan.Expr) (*Expr, bool) {
			if x, ok := lateralAlias(out, e); ok {
				return x, true
			}
			return s.windowKey(e)
		}
		defer func() { s.hidden = nil }()
	}
	for _, e := range list {
		items, err := s.selectItem(e)
		if err != nil {
			return nil, err
		}
		out = append(out, items...)
	}
	return out, nil
}

// project is a select: a plain one, one with an explode, or, when it holds an aggregate function, a grouping of all
// rows.
func (an *Analyser) project(in *Rel, list []plan.Expr, fromSQL bool) (*Rel, error) {
	s := an.scopeOf(in)
	s.named = !fromSQL
	items, err := s.selectList(list)
	if err != nil {
		return nil, err
	}
	for _, item := range items {
		if containsAgg(item.expr) {
			return an.group(in, nil, items, nil, nil)
		}
	}
	return an.projectOrGenerate(in, items)
}

// projectRel makes a projection of resolved items.
func (an *Analyser) projectRel(in *Rel, items []named) *Rel {
	rel := inherit(RelProject, in, nil)
	for _, item := range items {
		if item.keep {
			rel.Out = append(rel.Out, item.expr.Attr)
		} else {
			rel.Out = append(rel.Out, an.newAttr(item.name, item.expr.Type, item.expr.Nullable))
		}
		rel.Exprs = append(rel.Exprs, item.expr)
	}
	return an.nameFiles(rel)
}

// withColumns replaces the columns of these names, or adds them at the end.
func (an *Analyser) withColumns(in *Rel, list []plan.Expr) (*Rel, error) {
	s := an.scopeOf(in)
	items := make([]named, 0, len(in.Out)+len(list))
	for _, a := range in.Out {
		items = append(items, named{name: a.Name, expr: attrExpr(a), keep: true})
	}
	for i, e := range list {
		made, err := s.selectItem(e)
		if err != nil {
			return nil, err
		}
		if len(made) != 1 {
			return nil, analysisError("withColumn takes one column, not %d", len(made))
		}
		if containsAgg(made[0].expr) {
			return nil, analysisError("[MISSING_GROUP_BY] The query does not include a GROUP BY clause. Add GROUP BY or turn it into "+
				"the window functions using OVER clauses: %s", made[0].expr.Label)
		}
		for j := 0; j < i; j++ {
			if strings.EqualFold(list[j].Name, made[0].name) {
				return nil, analysisError("[COLUMN_ALREADY_EXISTS] The column %s already exists. Consider to choose another name or "+
					"rename the existing column.", backtick(strings.ToLower(made[0].name)))
			}
		}
		replaced := false
		for j, a := range in.Out {
			if strings.EqualFold(a.Name, made[0].name) {
				items[j], replaced = named{name: made[0].name, expr: made[0].expr}, true
			}
		}
		if !replaced {
			items = append(items, named{name: made[0].name, expr: made[0].expr})
		}
	}
	return an.projectOrGenerate(in, items)
}

// rename renames columns; a name that does not exist changes nothing.
func (an *Analyser) rename(in *Rel, renames []plan.Rename) *Rel {
	items := make([]named, len(in.Out))
	for i, a := range in.Out {
		items[i] = named{name: a.Name, expr: attrExpr(a), keep: true}
		for _, r := range renames {
			if strings.EqualFold(items[i].name, r.Old) {
				items[i].name, items[i].keep = r.New, false
			}
		}
	}
	return an.projectRel(in, items)
}

// drop leaves out columns by name, where unknown names change nothing, and by reference to a frame.
func (an *Analyser) drop(in *Rel, names []string, columns []plan.Expr) (*Rel, error) {
	gone := map[AttrID]bool{}
	for _, e := range columns {
		if e.Frame == 0 {
			names = append(names, e.Name)
			continue
		}
		rel, err := an.Catalog.Frame(e.Frame)
		if err != nil {
			return nil, err
		}
		x, err := an.scopeOf(rel).column(plan.Expr{Kind: plan.ExprColumn, Name: e.Name})
		if err != nil {
			return nil, err
		}
		if x.Op == OpAttr {
			gone[x.Attr.ID] = true
		}
	}
	var items []named
	for _, a := range in.Out {
		if !gone[a.ID] && !containsFold(names, a.Name) {
			items = append(items, named{name: a.Name, expr: attrExpr(a), keep: true})
		}
	}
	return an.projectRel(in, items), nil
}

// toDF renames all columns by position; view is the view that they are the columns of, if any.
func (an *Analyser) toDF(in *Rel, names []string, view string) (*Rel, error) {
	if len(names) != len(in.Out) && view != "" {
		kind, what := "NOT_ENOUGH_DATA_COLUMNS", "not enough data columns"
		if len(names) < len(in.Out) {
			kind, what = "TOO_MANY_DATA_COLUMNS", "too many data columns"
		}
		return nil, analysisError("[CREATE_VIEW_COLUMN_ARITY_MISMATCH.%s] Cannot create view %s, the reason is %s:\nView columns: %s.\n"+
			"Data columns: %s.", kind, backtick(view), what, strings.Join(names, ", "), nameList(in.Out))
	}
	if len(names) != len(in.Out) {
		return nil, argumentError("requirement failed: The number of columns doesn't match.\nOld column names (%d): %s\nNew column "+
			"names (%d): %s", len(in.Out), nameList(in.Out), len(names), strings.Join(names, ", "))
	}
	items := make([]named, len(in.Out))
	for i, a := range in.Out {
		items[i] = named{name: names[i], expr: attrExpr(a)}
	}
	return an.projectRel(in, items), nil
}

// missingRefs collects what a sort or filter uses beyond the columns it sees.
type missingRefs struct {
	an    *Analyser
	base  *Rel   // the relation under the projection, filters and sorts below; nil when nothing can be reached
	group *Rel   // the aggregate at base, or nil
	extra []Attr // columns of base that are used
	aggs  []*Expr
	attrs []Attr // the columns that stand for aggs
}

// missing finds the relation whose columns may be used although the projection above it left them out, and lets s find
// them there: through filters, sorts and one projection, as Spark does. An alias or a view hides what is below it.
func (an *Analyser) missing(in *Rel, s *scope) *missingRefs {
	m := &missingRefs{an: an}
	r := in
	for r.Op == RelFilter || r.Op == RelSort {
		r = r.Inputs[0]
	}
	if r.Op != RelProject {
		return m
	}
	m.base = r.Inputs[0]
	below := m.base
	for below.Op == RelFilter {
		below = below.Inputs[0]
	}
	inner := an.scopeOf(m.base)
	if below.Op == RelAggregate {
		m.group = below
		inner = an.scopeOf(below.Inputs[0])
		s.inAgg = inner
	}
	local := *inner
	local.an = &Analyser{Catalog: an.Catalog} // what stands around a subquery is not hidden below it
	s.hidden = func(e plan.Expr) (*Expr, bool) {
		x, err := local.column(e)
		if err != nil {
			return nil, false
		}
		if m.group == nil {
			x.Walk(func(y *Expr) bool {
				if y.Op == OpAttr {
					m.extra = addAttr(m.extra, y.Attr)
				}
				return true
			})
		}
		return x, true
	}
	return m
}

// settle makes an expression that may use hidden columns fit above the projection: over a grouping, aggregate functions
// and grouping keys become columns of that grouping.
func (m *missingRefs) settle(in *Rel, e *Expr) (*Expr, error) {
	if m.group == nil {
		if containsAgg(e) {
			return nil, aggregateInWhere(e)
		}
		return e, nil
	}
	var err error
	out := e.rewrite(func(x *Expr) *Expr {
		switch {
		case x.Op == OpAttr && hasAttr(in.Out, x.Attr.ID):
			return x
		case x.Op == OpWindow:
			return nil
		}
		for i, known := range m.group.Exprs {
			if known.key() == x.key() {
				m.extra = addAttr(m.extra, m.group.Out[i])
				return attrExpr(m.group.Out[i])
			}
		}
		if x.Op == OpAgg {
			call, e2 := groupingCall(m.group, x)
			if e2 != nil {
				err = e2
				return x
			}
			x = call
			a := m.an.newAttr(x.Label, x.Type, x.Nullable)
			m.aggs, m.attrs = append(m.aggs, x), append(m.attrs, a)
			return attrExpr(a)
		}
		if x.Op == OpAttr {
			err = unresolved(x.Attr.Name, in.Out)
		}
		return nil
	})
	return out, err
}

// hasAttr reports whether id is among attrs.
func hasAttr(attrs []Attr, id AttrID) bool {
	for _, a := range attrs {
		if a.ID == id {
			return true
		}
	}
	return false
}

// extend gives the input with the used columns added, and the function that takes them off again.
func (m *missingRefs) extend(in *Rel) (*Rel, func(*Rel) *Rel) {
	if len(m.extra) == 0 && len(m.attrs) == 0 {
		return in, func(r *Rel) *Rel { return r }
	}
	restore := func(r *Rel) *Rel {
		items := make([]named, len(in.Out))
		for i, a := range in.Out {
			items[i] = named{name: a.Name, expr: attrExpr(a), keep: true}
		}
		return m.an.projectRel(r, items)
	}
	return m.widen(in), restore
}

// widen rebuilds the relations from the aggregate or base up to r with the used columns passed through.
func (m *missingRefs) widen(r *Rel) *Rel {
	copied := *r
	switch {
	case r == m.group:
		copied.Exprs = append(append([]*Expr(nil), r.Exprs...), m.aggs...)
		copied.Out = append(append([]Attr(nil), r.Out...), m.attrs...)
		return &copied
	case r == m.base && m.group == nil:
		return r
	}
	copied.Inputs = []*Rel{m.widen(r.Inputs[0])}
	copied.Out = append([]Attr(nil), r.Out...)
	if r == m.base {
		copied.Out = append(copied.Out, m.attrs...)
		return &copied
	}
	for _, a := range append(append([]Attr(nil), m.extra...), m.attrs...) {
		if r.Op == RelProject {
			copied.Exprs = append(append([]*Expr(nil), copied.Exprs...), attrExpr(a))
		}
		if r.Op == RelProject || r.Op == RelAlias || r.Op == RelFilter || r.Op == RelSort {
			copied.Out = append(copied.Out, a)
		}
	}
	return &copied
}
