package spark

import "tenon/internal/plan"

// batches is mapInPandas and its kin: a Python function over all rows, whose value is a struct with the columns of what
// it makes. Exprs[0] is the function, the others are keys: the rows come sorted by them, those of a group together.
func (an *Analyser) batches(in *Rel, n plan.Node) (*Rel, error) {
	if len(n.Exprs) == 0 || n.Exprs[0].Function == nil {
		return nil, analysisError("a function over batches of rows needs the function")
	}
	made, err := ParseType(n.Exprs[0].Function.Type)
	if err != nil {
		return nil, err
	}
	for _, a := range in.Out {
		if severalTypes(a.Type) {
			return nil, unsupported("a Python function over %s, which has several types,", a.Name)
		}
	}
	args := inherit(RelProject, in, append([]Attr(nil), in.Out...))
	for _, a := range in.Out {
		args.Exprs = append(args.Exprs, attrExpr(a))
	}
	out := inherit(RelBatches, args, nil)
	out.Function = n.Exprs[0].Function
	keys, err := an.groupKeys(an.scopeOf(in), n.Exprs[1:])
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		a := an.newAttr(k.name, k.expr.Type, k.expr.Nullable)
		args.Out, args.Exprs = append(args.Out, a), append(args.Exprs, k.expr)
		out.Sort = append(out.Sort, SortKey{Expr: attrExpr(a)})
	}
	for _, f := range made.Fields {
		out.Out = append(out.Out, an.newAttr(f.Name, f.Type, f.Nullable))
	}
	return out, nil
}

// groupKeys resolves the keys of a grouping.
func (an *Analyser) groupKeys(s *scope, exprs []plan.Expr) ([]named, error) {
	var out []named
	for _, e := range exprs {
		items, err := s.groupItem(e)
		if err != nil {
			return nil, err
		}
		for _, k := range items {
			if err := checkKey(k.expr); err != nil {
				return nil, err
			}
		}
		out = append(out, items...)
	}
	return out, nil
}
