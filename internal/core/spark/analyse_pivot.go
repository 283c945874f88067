package spark

import (
	"strings"

	"tenon/internal/plan"
)

// unpivot turns columns into rows. Each row becomes as many as there are sets of columns, in their order.
func (an *Analyser) unpivot(in *Rel, n plan.Node) (*Rel, error) {
	u := n.Unpivot
	if u == nil || len(u.Values) == 0 && !u.Rest && len(n.Exprs) == 0 {
		return nil, analysisError("[UNPIVOT_REQUIRES_VALUE_COLUMNS] At least one value column needs to be specified for UNPIVOT, all " +
			"columns specified as ids.")
	}
	s := an.scopeOf(in)
	kept, sets, err := an.unpivotColumns(s, n)
	if err != nil {
		return nil, err
	}
	types, err := unpivotTypes(u, sets)
	if err != nil {
		return nil, err
	}
	var rows []*Expr
	for i, set := range sets {
		label := strings.Join(itemNames(set), "_")
		if i < len(u.Labels) && u.Labels[i] != "" {
			label = u.Labels[i]
		}
		args := []*Expr{litExpr(T(String), "n"), litExpr(T(String), label)}
		for j, item := range set {
			args = append(args, litExpr(T(String), "v"+itoa(j)), implicitCast(item.expr, types[j]))
		}
		row, err := typeCall("named_struct", functions["named_struct"], args, false)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return an.unpivotRows(in, u, kept, rows)
}

// unpivotColumns resolves the columns that stay and those that become rows. Of kept columns and values, what is not
// given is the rest.
func (an *Analyser) unpivotColumns(s *scope, n plan.Node) (kept []named, sets [][]named, err error) {
	u := n.Unpivot
	if kept, err = s.selectList(n.Exprs); err != nil {
		return nil, nil, err
	}
	used := map[AttrID]bool{}
	for _, list := range u.Values {
		set, err := s.selectList(list)
		if err != nil {
			return nil, nil, err
		}
		for _, item := range set {
			if item.expr.Op != OpAttr {
				return nil, nil, analysisError("[UNPIVOT_REQUIRES_ATTRIBUTES] UNPIVOT requires all given value expressions to be columns "+
					"when no id expressions are given. These are not columns: [\"%s\"].", item.expr.Label)
			}
			used[item.expr.Attr.ID] = true
		}
		if len(set) != len(u.Names) {
			return nil, nil, analysisError("[UNPIVOT_VALUE_SIZE_MISMATCH] All unpivot value columns must have the same size as there are "+
				"value column names (%s).", strings.Join(u.Names, ", "))
		}
		sets = append(sets, set)
	}
	if u.Rest {
		for _, a := range s.attrs {
			if !used[a.ID] {
				kept = append(kept, named{name: a.Name, expr: attrExpr(a), keep: true})
			}
		}
	}
	if len(u.Values) == 0 { // DataFrame.unpivot without values: all that are not kept
		for _, item := range kept {
			used[item.expr.Attr.ID] = true
		}
		for _, a := range s.attrs {
			if !used[a.ID] {
				sets = append(sets, []named{{name: a.Name, expr: attrExpr(a), keep: true}})
			}
		}
		if len(sets) == 0 {
			return nil, nil, analysisError("[UNPIVOT_REQUIRES_VALUE_COLUMNS] At least one value column needs to be specified for UNPIVOT, " +
				"all columns specified as ids.")
		}
	}
	return kept, sets, nil
}

// unpivotTypes finds the type of each new column, which all its values widen to without a cast of text.
func unpivotTypes(u *plan.Unpivot, sets [][]named) ([]Type, error) {
	types := make([]Type, len(u.Names))
	for j := range types {
		types[j] = sets[0][j].expr.Type
		for _, set := range sets[1:] {
			t, ok := Wider(types[j], set[j].expr.Type, false)
			if !ok {
				var shown []string
				for _, set := range sets {
					shown = append(shown, "\""+set[j].expr.Type.sqlName()+"\" ("+backtick(set[j].name)+")")
				}
				return nil, analysisError("[UNPIVOT_VALUE_DATA_TYPE_MISMATCH] Unpivot value columns must share a least common type, some "+
					"types do not: [%s].", strings.Join(shown, ", "))
			}
			types[j] = t
		}
	}
	return types, nil
}

// unpivotRows explodes the rows that unpivot made, and spreads their members.
func (an *Analyser) unpivotRows(in *Rel, u *plan.Unpivot, kept []named, rows []*Expr) (*Rel, error) {
	list, err := typeCall("array", functions["array"], rows, false)
	if err != nil {
		return nil, err
	}
	explode, err := typeCall("explode", functions["explode"], []*Expr{list}, false)
	if err != nil {
		return nil, err
	}
	generated, made, err := an.generate(in, explode, nil, false)
	if err != nil {
		return nil, err
	}
	row := attrExpr(made[0])
	items := append([]named(nil), kept...)
	variable, err := field(row, "n")
	if err != nil {
		return nil, err
	}
	variable.Nullable = false
	items = append(items, named{name: u.Variable, expr: variable})
	var empty *Expr
	for j, name := range u.Names {
		value, err := field(row, "v"+itoa(j))
		if err != nil {
			return nil, err
		}
		items = append(items, named{name: name, expr: value})
		isNull := &Expr{Op: OpCall, Name: "isnull", Type: T(Boolean), Args: []*Expr{value}}
		if empty == nil {
			empty = isNull
		} else {
			empty = &Expr{Op: OpCall, Name: "and", Type: T(Boolean), Args: []*Expr{empty, isNull}}
		}
	}
	if u.DropNull {
		filtered := inherit(RelFilter, generated, generated.Out)
		filtered.Exprs = []*Expr{negate(empty)}
		generated = filtered
	}
	return an.projectRel(generated, items), nil
}

// itemNames lists the names of items.
func itemNames(items []named) []string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = item.name
	}
	return out
}
