package spark

import "tenon/internal/plan"

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
		out.Label, out.Nullable = "exists()", false
		return out, nil
	case "scalar":
		if len(rel.Out) != 1 {
			return nil, analysisError("[INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN] Invalid "+
				"subquery: Scalar subquery must return only one column, but found %d.", len(rel.Out))
		}
		out.Type, out.Label = rel.Out[0].Type, "scalarsubquery()"
		return out, nil
	case "in":
		return s.inSubquery(e, out)
	default:
		return nil, unsupported("a subquery of the kind %q", e.Name)
	}
}

// inSubquery is e IN (query): both sides meet in one type, as the two sides of a comparison do.
func (s *scope) inSubquery(e plan.Expr, out *Expr) (*Expr, error) {
	rel := out.Query
	if len(e.Args) != 1 {
		return nil, analysisError("IN needs one value before the subquery")
	}
	value, err := s.expr(e.Args[0])
	if err != nil {
		return nil, err
	}
	if value.Type.Kind == Struct && value.Name == rowConstructor && len(rel.Out) > 1 {
		return nil, unsupported("IN (subquery) of several columns")
	}
	if len(rel.Out) != 1 {
		return nil, analysisError("[DATATYPE_MISMATCH.IN_SUBQUERY_LENGTH_MISMATCH] Cannot resolve \"(%s IN (listquery()))\" due to data "+
			"type mismatch: The number of columns in the left hand side of an IN subquery does not match the number of columns in the "+
			"output of subquery.", value.Label)
	}
	t, ok := Wider(value.Type, rel.Out[0].Type, true)
	if !ok {
		return nil, analysisError("[DATATYPE_MISMATCH.IN_SUBQUERY_DATA_TYPE_MISMATCH] Cannot resolve \"(%s IN (listquery()))\" due to data "+
			"type mismatch: The data type of one or more elements in the left hand side of an IN subquery is not compatible with the data "+
			"type of the output of the subquery.", value.Label)
	}
	out.Query = s.an.castAll(rel, []Type{t})
	out.Args, out.Label = []*Expr{implicitCast(value, t)}, "("+value.Label+" IN (listquery()))"
	return out, nil
}
