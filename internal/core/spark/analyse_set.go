package spark

import (
	"strings"

	"tenon/internal/plan"
)

// setOperation is union, intersect and except, by position: columns meet in a common type and have the first one's
// names.
func (an *Analyser) setOperation(n plan.Node, in []*Rel) (*Rel, error) {
	ops := map[plan.NodeKind]RelOp{plan.NodeUnion: RelUnion, plan.NodeIntersect: RelIntersect, plan.NodeExcept: RelExcept}
	op := ops[n.Kind]
	if op != RelUnion && len(in) != 2 {
		return nil, analysisError("a %s needs two inputs", n.Kind)
	}
	types := make([]Type, len(in[0].Out))
	nullable := make([]bool, len(types))
	for i, a := range in[0].Out {
		types[i], nullable[i] = a.Type, a.Nullable
		if err := comparedAttr(a); op != RelUnion && err != nil {
			return nil, err
		}
	}
	for j, r := range in[1:] {
		if len(r.Out) != len(types) {
			return nil, analysisError("[NUM_COLUMNS_MISMATCH] %s can only be performed on inputs with the same number of columns, but the "+
				"first input has %d columns and the %s input has %d columns.", strings.ToUpper(string(n.Kind)), len(types), ordinal(j+2), len(r.Out))
		}
		for i, a := range r.Out {
			t, ok := Wider(types[i], a.Type, true)
			if !ok && op == RelUnion {
				t, ok = sameShape(types[i], a.Type)
			}
			if !ok {
				return nil, analysisError("[INCOMPATIBLE_COLUMN_TYPE] %s can only be performed on tables with compatible column types. The "+
					"%s column of the %s table is \"%s\" type which is not compatible with \"%s\" at the same column of the first table.",
					strings.ToUpper(string(n.Kind)), ordinal(i+1), ordinal(j+2), a.Type.sqlName(), types[i].sqlName())
			}
			types[i], nullable[i] = t, nullable[i] || a.Nullable
		}
	}
	rel := &Rel{Op: op, All: n.All}
	for _, r := range in {
		rel.Inputs = append(rel.Inputs, an.castAll(r, types))
	}
	used := map[AttrID]bool{}
	for i, a := range rel.Inputs[0].Out { // as in Spark, the first input's columns go on
		out := an.newAttr(a.Name, types[i], nullable[i])
		if !used[a.ID] {
			out.ID, out.Qualifier = a.ID, a.Qualifier
		}
		used[a.ID] = true
		rel.Out = append(rel.Out, out)
	}
	return rel, nil
}

// ordinal spells small numbers as Spark's errors do.
func ordinal(n int) string {
	words := []string{"zeroth", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"}
	if n < len(words) {
		return words[n]
	}
	return itoa(n) + "th"
}

// castAll casts the columns of r to types where they differ.
func (an *Analyser) castAll(r *Rel, types []Type) *Rel {
	same := true
	items := make([]named, len(types))
	for i, a := range r.Out {
		e := implicitCast(attrExpr(a), types[i])
		same = same && e.Op == OpAttr
		items[i] = named{name: a.Name, expr: e, keep: e.Op == OpAttr}
	}
	if same {
		return r
	}
	return an.projectRel(r, items)
}

// unionByName is a union where columns meet by name, case aside, and so do the members of structs in them; allowMissing fills
// what one side lacks by null.
func (an *Analyser) unionByName(n plan.Node, left, right *Rel) (*Rel, error) {
	leftItems, rightItems := []named{}, []named{}
	taken := map[int]bool{}
	for _, a := range left.Out {
		j := -1
		for k, b := range right.Out {
			if strings.EqualFold(a.Name, b.Name) {
				if j >= 0 {
					return nil, ambiguous([]string{b.Name}, []Attr{right.Out[j], b})
				}
				j = k
			}
		}
		mine := attrExpr(a)
		switch {
		case j >= 0:
			taken[j] = true
			theirs, err := an.withMembers(attrExpr(right.Out[j]), a.Type, n.AllowMissing)
			if err != nil {
				return nil, err
			}
			if n.AllowMissing {
				if mine, err = an.withMembers(mine, theirs.Type, true); err != nil {
					return nil, err
				}
			}
			rightItems = append(rightItems, named{name: a.Name, expr: theirs, keep: theirs.Op == OpAttr})
		case n.AllowMissing:
			rightItems = append(rightItems, named{name: a.Name, expr: litExpr(a.Type, nil)})
		default:
			return nil, analysisError("Cannot resolve column name \"%s\" among (%s).", a.Name, nameList(right.Out))
		}
		leftItems = append(leftItems, named{name: a.Name, expr: mine, keep: mine.Op == OpAttr})
	}
	for j, b := range right.Out {
		switch {
		case taken[j]:
		case n.AllowMissing:
			leftItems = append(leftItems, named{name: b.Name, expr: litExpr(b.Type, nil)})
			rightItems = append(rightItems, named{name: b.Name, expr: attrExpr(b), keep: true})
		default:
			return nil, analysisError("Cannot resolve column name \"%s\" among (%s).", b.Name, nameList(left.Out))
		}
	}
	return an.setOperation(plan.Node{Kind: plan.NodeUnion},
		[]*Rel{an.projectRel(left, leftItems), an.projectRel(right, rightItems)})
}
