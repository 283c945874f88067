package spark

import (
	"slices"
	"sort"
	"strings"

	"tenon/internal/plan"
)

// joinKindsOf maps every spelling of a join type in Spark's API to the kind.
var joinKindsOf = map[string]string{
	"": "inner", "inner": "inner", "cross": "cross", "left": "left", "leftouter": "left", "right": "right",
	"rightouter": "right", "full": "full", "outer": "full", "fullouter": "full", "semi": "left_semi", "leftsemi": "left_semi",
	"anti": "left_anti", "leftanti": "left_anti",
}

// join joins two relations by a condition, by columns of the same names, or each row with each.
func (an *Analyser) join(n plan.Node, left, right *Rel) (*Rel, error) {
	how, ok := joinKindsOf[strings.ReplaceAll(strings.ToLower(n.How), "_", "")]
	if !ok {
		return nil, &plan.Error{Class: plan.ClassArgument, Message: "Unsupported join type '" + n.How + "'. Supported join types " +
			"include: 'inner', 'outer', 'full', 'fullouter', 'full_outer', 'leftouter', 'left', 'left_outer', 'rightouter', 'right', " +
			"'right_outer', 'leftsemi', 'left_semi', 'semi', 'leftanti', 'left_anti', 'anti', 'cross'."}
	}
	original := right
	right, twins := an.renew(left, right)
	rel := &Rel{Op: RelJoin, How: how, Inputs: []*Rel{left, right}}
	rel.Out = joinOutput(how, left, right)
	rel.Lateral = n.Lateral
	if n.Natural {
		if how == "left_semi" || how == "left_anti" {
			return nil, argumentError("requirement failed: Unsupported natural join type %s", map[string]string{
				"left_semi": "LeftSemi", "left_anti": "LeftAnti"}[how])
		}
		n.Names = commonNames(left, right)
	}
	if len(n.Names) > 0 {
		return an.joinUsing(rel, n.Names)
	}
	if n.Condition == nil {
		if how == "inner" {
			rel.How = "cross"
		}
		return rel, nil
	}
	s := an.scopeOf(left, right)
	if len(twins) > 0 {
		common := slices.ContainsFunc(left.Out, func(a Attr) bool { return twins[a.ID].ID != 0 })
		s.joined = &joined{left: left, right: right, twins: twins, same: left == original, common: common}
	}
	cond, err := s.expr(*n.Condition)
	if err != nil {
		return nil, err
	}
	if cond, err = an.condition(cond); err != nil {
		return nil, err
	}
	if how == "cross" {
		rel.How = "inner"
	}
	rel.Exprs = []*Expr{cond}
	return rel, nil
}

// commonNames are the names that both sides of a NATURAL JOIN have, in the same case, in the left side's order.
func commonNames(left, right *Rel) []string {
	var out []string
	for _, a := range left.Out {
		for _, b := range right.Out {
			if a.Name == b.Name {
				out = append(out, a.Name)
				break
			}
		}
	}
	return out
}

// lateral analyses the right side of a LATERAL join, which may use the columns of the left.
func (an *Analyser) lateral(n plan.Node, left *Rel, depth int) (*Rel, error) {
	around := an.scopeOf(left)
	around.an = an
	inner := &Analyser{Catalog: an.Catalog, outer: around}
	return inner.node(n, depth)
}

// joinOutput is both sides' columns, nullable where a row may have no partner; semi and anti have the left's only.
func joinOutput(how string, left, right *Rel) []Attr {
	var out []Attr
	for _, a := range left.Out {
		a.Nullable = a.Nullable || how == "right" || how == "full"
		out = append(out, a)
	}
	if how == "left_semi" || how == "left_anti" {
		return out
	}
	for _, a := range right.Out {
		a.Nullable = a.Nullable || how == "left" || how == "full"
		out = append(out, a)
	}
	return out
}

// joinUsing is a join by columns of the same names: each comes once, first, and after it what is left of both sides.
func (an *Analyser) joinUsing(rel *Rel, names []string) (*Rel, error) {
	left, right := rel.Inputs[0], rel.Inputs[1]
	var items []named
	used := map[AttrID]bool{}
	var cond *Expr
	for _, name := range names {
		a, err := usingColumn(left, name, "left")
		if err != nil {
			return nil, err
		}
		b, err := usingColumn(right, name, "right")
		if err != nil {
			return nil, err
		}
		equal, err := compare("=", attrExpr(a), attrExpr(b))
		if err != nil {
			return nil, err
		}
		if cond == nil {
			cond = equal
		} else {
			cond = &Expr{Op: OpCall, Name: "and", Type: T(Boolean), Nullable: true, Args: []*Expr{cond, equal}}
		}
		used[a.ID], used[b.ID] = true, true
		items = append(items, usingKey(rel.How, a, b))
	}
	rel.Exprs = []*Expr{cond}
	if rel.How == "cross" {
		rel.How = "inner"
	}
	for _, a := range rel.Out {
		if !used[a.ID] {
			items = append(items, named{name: a.Name, expr: attrExpr(a), keep: true})
		}
	}
	return an.projectRel(rel, items), nil
}

// usingKey is the one column that a key of both sides becomes.
func usingKey(how string, a, b Attr) named {
	switch how {
	case "right":
		return named{name: b.Name, expr: attrExpr(b), keep: true}
	case "full":
		t, ok := Wider(a.Type, b.Type, true)
		if !ok {
			t = a.Type
		}
		return named{name: a.Name, expr: &Expr{Op: OpCall, Name: "coalesce", Type: t, Nullable: true, Label: a.Name,
			Args: []*Expr{implicitCast(attrExpr(a), t), implicitCast(attrExpr(b), t)}}}
	default:
		return named{name: a.Name, expr: attrExpr(a), keep: true}
	}
}

// usingColumn finds a key of a join by names.
func usingColumn(r *Rel, name, side string) (Attr, error) {
	var found []Attr
	names := make([]string, len(r.Out))
	for i, a := range r.Out {
		names[i] = backtick(a.Name)
		if strings.EqualFold(a.Name, name) {
			found = append(found, a)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		sort.Strings(names)
		return Attr{}, analysisError("[UNRESOLVED_USING_COLUMN_FOR_JOIN] USING column %s cannot be resolved on the %s side of the "+
			"join. The %s-side columns: [%s].", backtick(name), side, side, strings.Join(names, ", "))
	default:
		return Attr{}, ambiguous([]string{name}, found)
	}
}
