package spark

import "tenon/internal/plan"

// unbox parses the texts of one field as JSON objects, of the type that all of them together have. A record whose text
// is none becomes an error record; a null stays.
func (an *Analyser) unbox(n plan.Node, in *Rel) (*Rel, error) {
	if len(n.Names) != 1 {
		return nil, argumentError("unbox needs the path of a field")
	}
	path := n.Names[0]
	text := an.findPath(in, splitName(path))
	if text == nil {
		return nil, argumentError("unbox: there is no field %s", path)
	}
	if text.Type.Kind != String {
		return nil, argumentError("unbox: %s is of type %s, not a string", path, text.Type)
	}
	t, err := an.Catalog.InferJSON(an.projectRel(in, []named{{name: "text", expr: text}}))
	if err != nil {
		return nil, err
	}
	if len(t.Fields) == 0 {
		return nil, unsupported("unbox of %s, in which no record has a JSON object with a field,", path)
	}
	parsed := func(e *Expr) *Expr {
		return &Expr{Op: OpCall, Name: "unbox", Type: t, Nullable: true, Args: []*Expr{e}, Label: path}
	}
	call := func(name string, args ...*Expr) *Expr {
		return &Expr{Op: OpCall, Name: name, Type: T(Boolean), Args: args}
	}
	bad := call("and", call("isnotnull", text), call("isnull", parsed(text)))
	failed, good := inherit(RelFilter, in, in.Out), inherit(RelFilter, in, in.Out)
	failed.Exprs, good.Exprs = []*Expr{bad}, []*Expr{negate(bad)}
	r := resolver{an: an, name: "unbox", act: func(item named, _ string) ([]named, error) {
		return []named{{name: item.name, expr: parsed(item.expr)}}, nil
	}}
	items, err := r.one(keepAll(good), plan.Resolution{Path: path})
	if err != nil {
		return nil, err
	}
	own := an.ErrorsOf(failed, n, "unbox", litExpr(T(String), "no JSON object in "+path), litExpr(T(String), ""), in.Out)
	return an.withErrors(n, an.projectRel(good, items), []*Rel{in}, []ErrorSide{own}), nil
}
