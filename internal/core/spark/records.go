package spark

import "tenon/internal/plan"

// filterRecords is DynamicFrame.filter: Exprs[0] is a Python function over all columns whose value is a struct of keep,
// msg and stack. Records that it keeps go on; those with a msg are error records.
func (an *Analyser) filterRecords(n plan.Node, in *Rel) (*Rel, error) {
	if len(n.Exprs) != 1 || n.Exprs[0].Function == nil {
		return nil, analysisError("a filter of records needs a function")
	}
	f := n.Exprs[0].Function
	t, err := ParseType(f.Type)
	if err != nil {
		return nil, err
	}
	call := &Expr{Op: OpPython, Name: "filter", Type: t, Nullable: true, Function: f, Label: "filter"}
	judged := inherit(RelProject, in, append([]Attr(nil), in.Out...))
	for _, a := range in.Out {
		call.Args = append(call.Args, attrExpr(a))
		judged.Exprs = append(judged.Exprs, attrExpr(a))
	}
	verdict := attrExpr(an.newAttr("verdict", t, true))
	judged.Out, judged.Exprs = append(judged.Out, verdict.Attr), append(judged.Exprs, call)
	parts := map[string]*Expr{}
	for _, name := range []string{"keep", "msg", "stack"} {
		if parts[name], err = field(verdict, name); err != nil {
			return nil, err
		}
	}
	wrong := &Expr{Op: OpCall, Name: "isnotnull", Type: T(Boolean), Args: []*Expr{parts["msg"]}}
	failed := inherit(RelFilter, judged, judged.Out)
	failed.Exprs = []*Expr{wrong}
	kept := inherit(RelFilter, judged, judged.Out)
	kept.Exprs = []*Expr{parts["keep"]}
	side := an.ErrorsOf(failed, n, "filter", parts["msg"], parts["stack"], in.Out)
	return an.withErrors(n, pass(kept, in.Out), []*Rel{in}, []ErrorSide{side}), nil
}

// mapRecords is DynamicFrame.map, whose function has run: the inputs are what it made, the frame it was made of, and, if
// the function failed on some, these records with the columns msg and stack after their own.
func (an *Analyser) mapRecords(n plan.Node, in []*Rel) *Rel {
	var own []ErrorSide
	if len(in) > 2 {
		failed := in[2]
		last := len(failed.Out) - 2
		own = []ErrorSide{an.ErrorsOf(failed, n, "map", attrExpr(failed.Out[last]), attrExpr(failed.Out[last+1]), failed.Out[:last])}
	}
	return an.withErrors(n, in[0], in[1:2], own)
}
