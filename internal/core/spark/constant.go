package spark

import "slices"

// Constant reports whether e, over the rows of in, is a value that Spark's optimizer knows: literals and what is computed
// of them, also where a projection below names them.
func Constant(in *Rel, e *Expr) bool {
	switch e.Op {
	case OpLit:
		return true
	case OpCast, OpCall, OpCase:
		return len(e.Args) > 0 && !KnowsRows(e) && !slices.ContainsFunc(e.Args, func(a *Expr) bool { return !Constant(in, a) })
	case OpAttr:
		below, made := producer(in, e.Attr.ID)
		return made != nil && Constant(below, made)
	default:
		return false
	}
}

// producer finds the projection that computes an attribute of in: its input, and the expression. nil where none does.
func producer(in *Rel, id AttrID) (*Rel, *Expr) {
	for {
		switch in.Op {
		case RelAlias, RelFilter, RelSort, RelLimit:
		case RelProject:
			for i, a := range in.Out {
				if a.ID == id && (in.Exprs[i].Op != OpAttr || in.Exprs[i].Attr.ID != id) {
					return in.Inputs[0], in.Exprs[i]
				}
			}
		default:
			return nil, nil
		}
		in = in.Inputs[0]
	}
}

// attrExprs refers to attributes.
func attrExprs(list []Attr) []*Expr {
	out := make([]*Expr, len(list))
	for i, a := range list {
		out[i] = attrExpr(a)
	}
	return out
}

// takesDuplicates are the aggregates whose value does not depend on how often a row is there.
var takesDuplicates = map[string]bool{
	"max": true, "min": true, "first": true, "first_value": true, "last": true, "last_value": true, "any_value": true, "collect_set": true,
	"bool_and": true, "every": true, "bool_or": true, "some": true, "any": true, "bit_and": true, "bit_or": true,
}

// refuseNeedless refuses a grouping that needs nothing but the one row that an aggregate of all rows below it makes.
// Spark's optimizer groups the rows below instead, so that the answer is another one where there are none.
func refuseNeedless(in *Rel, exprs []*Expr) error {
	exprs = slices.DeleteFunc(slices.Clone(exprs), func(e *Expr) bool { return e.Filter != nil && !hasAttrs(e.Filter) }) // decided ahead
	if lower := wholeBelow(in); lower == nil || usesOutput(in, lower, exprs) {
		return nil
	}
	for _, e := range exprs {
		if e.Op == OpAgg && (e.Distinct || !takesDuplicates[e.Name]) {
			return nil
		}
	}
	return unsupported("grouping constants over an aggregate of all rows, of which nothing is used,")
}

// hasAttrs reports whether e reads a column.
func hasAttrs(e *Expr) bool {
	used := map[AttrID]bool{}
	addUsed(used, e)
	return len(used) > 0
}

// wholeBelow finds the aggregate of all rows that in passes on, nil where there is none.
func wholeBelow(in *Rel) *Rel {
	for {
		switch in.Op {
		case RelAlias, RelProject, RelFilter, RelLimit:
			in = in.Inputs[0]
		case RelAggregate:
			if in.Keys == 0 && in.Sets == nil {
				return in
			}
			return nil
		default:
			return nil
		}
	}
}

// usesOutput reports whether expressions over in, or a filter between, use what lower computes.
func usesOutput(in, lower *Rel, exprs []*Expr) bool {
	used := map[AttrID]bool{}
	for _, e := range exprs {
		addUsed(used, e)
	}
	for ; in != lower; in = in.Inputs[0] {
		for i, e := range in.Exprs {
			if in.Op == RelFilter || used[in.Out[i].ID] {
				addUsed(used, e)
			}
		}
	}
	for _, a := range lower.Out {
		if used[a.ID] {
			return true
		}
	}
	return false
}
