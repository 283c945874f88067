package spark

import (
	"slices"
	"strings"

	"tenon/internal/plan"
)

// subquery resolves a query inside of an expression. Names that mean nothing inside are looked up around it.
func (s *scope) subquery(e plan.Expr) (*Expr, error) {
	if e.Query == nil {
		return nil, analysisError("a subquery without a query")
	}
	inner := &Analyser{Catalog: s.an.Catalog, outer: s}
	rel, err := inner.node(*e.Query, s.depth)
	if err != nil {
		return nil, err
	}
	out := &Expr{Op: OpQuery, Name: e.Name, Query: rel, Type: T(Boolean), Nullable: true}
	switch e.Name {
	case "exists":
		out.Label, out.Nullable = "exists("+outerNames(rel)+")", false
		return out, nil
	case "scalar":
		if len(rel.Out) != 1 {
			return nil, analysisError("[INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN] Invalid "+
				"subquery: Scalar subquery must return only one column, but found %d.", len(rel.Out))
		}
		out.Type, out.Label = rel.Out[0].Type, "scalarsubquery("+outerNames(rel)+")"
		return out, nil
	case "in":
		return s.inSubquery(e, out)
	default:
		return nil, unsupported("a subquery of the kind %q", e.Name)
	}
}

// The operator IN (query), which is false where the answer is unknown, and what NOT is put before: true or unknown. So it
// is in Spark, which looks for a partner, wherever the operator stands.
const (
	inQuery      = "in"
	maybeInQuery = "maybe_in"
)

// negateIn is NOT over an expression that holds IN (query), which NOT moves down to as Spark's optimizer moves it.
func negateIn(e *Expr) *Expr {
	var out *Expr
	switch {
	case e.Op == OpQuery && e.Name == inQuery:
		maybe := *e
		maybe.Name = maybeInQuery
		return &Expr{Op: OpCall, Name: "not", Type: T(Boolean), Args: []*Expr{&maybe}, Label: "(NOT " + e.Label + ")"}
	case e.Op == OpCall && (e.Name == "and" || e.Name == "or"):
		out = &Expr{Op: OpCall, Name: map[string]string{"and": "or", "or": "and"}[e.Name], Type: e.Type, Nullable: e.Nullable}
		for _, a := range e.Args {
			out.Args = append(out.Args, negateIn(a))
		}
	case e.Op == OpCall && e.Name == "not":
		out = positiveIn(e.Args[0])
	default:
		out = negate(e)
	}
	return relabel(out, "(NOT "+e.Label+")")
}

// isFalse is a comparison of an expression that holds IN (query) with the literal false, which Spark takes for NOT; nil
// is something else.
func isFalse(name string, args []*Expr) *Expr {
	if len(args) != 2 || name != "=" && name != "<=>" {
		return nil
	}
	for i, a := range args {
		if other := args[1-i]; a.Op == OpLit && a.Value == false && other.Type.Kind == Boolean && Contains(other, OpQuery) {
			return relabel(negateIn(other), "("+args[0].Label+" "+name+" "+args[1].Label+")")
		}
	}
	return nil
}

// positiveIn is NOT NOT e.
func positiveIn(e *Expr) *Expr {
	out := *e
	if e.Op == OpQuery && e.Name == maybeInQuery {
		out.Name = inQuery
	}
	return &out
}

// inSubquery is (e, ...) IN (query): both sides meet in one type, as the two sides of a comparison do.
func (s *scope) inSubquery(e plan.Expr, out *Expr) (*Expr, error) {
	rel := out.Query
	if len(e.Args) != 1 {
		return nil, analysisError("IN needs one value before the subquery")
	}
	value, err := s.expr(e.Args[0])
	if err != nil {
		return nil, err
	}
	values := []*Expr{value}
	if value.Type.Kind == Struct && value.Name == rowConstructor && len(rel.Out) > 1 {
		values = value.Args
	}
	if len(rel.Out) != len(values) {
		return nil, analysisError("[DATATYPE_MISMATCH.IN_SUBQUERY_LENGTH_MISMATCH] Cannot resolve \"(%s IN (listquery()))\" due to data "+
			"type mismatch: The number of columns in the left hand side of an IN subquery does not match the number of columns in the "+
			"output of subquery.", value.Label)
	}
	types, ok := make([]Type, len(values)), true
	for i, v := range values {
		t, meets := Wider(v.Type, rel.Out[i].Type, true)
		types[i], ok = t, ok && meets
	}
	if !ok {
		return nil, analysisError("[DATATYPE_MISMATCH.IN_SUBQUERY_DATA_TYPE_MISMATCH] Cannot resolve \"(%s IN (listquery()))\" due to data "+
			"type mismatch: The data type of one or more elements in the left hand side of an IN subquery is not compatible with the data "+
			"type of the output of the subquery.", value.Label)
	}
	if len(values) == 1 && value.Op == OpLit && value.Value == nil { // Spark knows the answer before it looks
		return relabel(litExpr(T(Boolean), nil), "("+value.Label+" IN (listquery()))"), nil
	}
	out.Query = s.an.castAll(rel, types)
	for i, v := range values {
		out.Args = append(out.Args, implicitCast(v, types[i]))
	}
	out.Nullable, out.Label = false, "("+value.Label+" IN (listquery("+outerNames(rel)+")))"
	return out, nil
}

// outerNames lists the columns around a subquery that it uses, from its top down, each as often as it is used.
func outerNames(rel *Rel) string {
	var names []string
	rel.visit(func(r *Rel) {
		for _, e := range r.Exprs {
			e.Walk(func(x *Expr) bool {
				inside := func(in *Rel) bool { return hasAttr(in.Out, x.Attr.ID) }
				if x.Op == OpAttr && !slices.ContainsFunc(r.Inputs, inside) {
					names = append(names, x.Attr.Name)
				}
				return true
			})
		}
	})
	return strings.Join(names, ", ")
}

// visit calls f on r and all below it, from the top down.
func (r *Rel) visit(f func(*Rel)) {
	f(r)
	for _, in := range r.Inputs {
		in.visit(f)
	}
}

// outerColumn resolves a name that means nothing inside of a subquery in what stands around it.
func (an *Analyser) outerColumn(e plan.Expr) (*Expr, error) {
	x, err := an.outer.column(e)
	if err != nil {
		return nil, err
	}
	out := *x
	qualified := x.Label
	if x.Op == OpAttr && x.Attr.Qualifier != "" {
		qualified = x.Attr.Qualifier + "." + x.Attr.Name
	}
	out.Label = "outer(" + qualified + ")"
	return &out, nil
}
