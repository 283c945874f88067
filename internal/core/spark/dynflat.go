package spark

import "tenon/internal/plan"

// flatten spreads a struct into columns named by path, name.member; arrays stay whole, of nested elements only with
// arrays. The values of item are taken as they are, null members where a struct is null.
func flatten(item named, arrays bool) ([]named, error) {
	switch t := item.expr.Type; t.Kind {
	case Struct:
		var out []named
		for _, f := range t.Fields {
			made, err := flatten(named{name: item.name + "." + f.Name, expr: memberOf(item.expr, f.Name)}, arrays)
			if err != nil {
				return nil, err
			}
			out = append(out, made...)
		}
		return out, nil
	case Array:
		if elem := t.Elem.Kind; !arrays && (elem == Struct || elem == Array || elem == Map || elem == Choice) {
			return nil, unsupported("unnest of the array %s, whose elements are nested (relationalize makes a frame of it)", item.name)
		}
	case Map:
		return nil, unsupported("flattening the map %s, whose keys would be columns,", item.name)
	case Choice:
		for _, f := range t.Fields {
			if f.Type.Kind == Struct || f.Type.Kind == Array || f.Type.Kind == Map {
				return nil, unsupported("flattening %s, which is of several types (resolveChoice makes it one)", item.name)
			}
		}
	}
	return []named{item}, nil
}

// flattened spreads all structs of a relation. Two columns of one name, case aside, are refused.
func (an *Analyser) flattened(items []named, arrays bool) ([]named, error) {
	var out []named
	var list []string
	for _, item := range items {
		made, err := flatten(item, arrays)
		if err != nil {
			return nil, err
		}
		for _, m := range made {
			if fieldAt(list, m.name) >= 0 {
				return nil, unsupported("flattening into two columns named %s", m.name)
			}
			list = append(list, m.name)
		}
		out = append(out, made...)
	}
	return out, nil
}

// unnest is DynamicFrame.unnest.
func (an *Analyser) unnest(in *Rel) (*Rel, error) {
	items, err := an.flattened(keepAll(in), false)
	if err != nil {
		return nil, err
	}
	return an.projectRel(in, items), nil
}

// numbered begins relationalize: a column with the number of each row, from 1, then the flat columns of in, arrays
// whole. Its rows must be kept, so that every frame made of it sees the same numbers.
func (an *Analyser) numbered(in *Rel, items []named) (*Rel, error) {
	items, err := an.flattened(items, true)
	if err != nil {
		return nil, err
	}
	rank := &Expr{Op: OpCall, Name: "row_number", Type: T(Int)}
	number := &Expr{Op: OpWindow, Type: T(Int), Args: []*Expr{rank}, Window: &WindowSpec{}}
	return an.projectRel(in, append([]named{{name: "row", expr: implicitCast(number, T(Long))}}, items...)), nil
}

// keyed is a frame of relationalize, of a numbered relation: without the number, which stands in place of each array as
// the key of the frame with that array's elements.
func (an *Analyser) keyed(in *Rel) *Rel {
	items := keepAll(in)[1:]
	for i, item := range items {
		if item.expr.Type.Kind == Array {
			items[i] = named{name: item.name, expr: whereSet(item.expr, attrExpr(in.Out[0]))}
		}
	}
	return an.projectRel(in, items)
}

// pivoted makes the rows of an array of a numbered relation, numbered again: id, the number of the row that the array was
// in; index, from 0; and the elements as name.val, flat.
func (an *Analyser) pivoted(in *Rel, name string) (*Rel, error) {
	for _, a := range in.Out[1:] {
		if a.Name != name || a.Type.Kind != Array {
			continue
		}
		elem := *a.Type.Elem
		gen := &Expr{Op: OpGen, Name: "posexplode", Type: elem, Args: []*Expr{attrExpr(a)}}
		index, value := an.newAttr("index", T(Int), false), an.newAttr(name+".val", elem, true)
		rel := inherit(RelGenerate, in, append(append([]Attr(nil), in.Out...), index, value))
		rel.Exprs = []*Expr{gen}
		return an.numbered(rel, []named{{name: "id", expr: attrExpr(in.Out[0])}, {name: "index", expr: attrExpr(index)},
			{name: value.Name, expr: attrExpr(value)}})
	}
	return nil, argumentError("relationalize: there is no array %s", name)
}

// splitRows keeps the rows for which every comparison is true; with rest, all the others.
func (an *Analyser) splitRows(in *Rel, list []plan.Comparison, rest bool) (*Rel, error) {
	var cond *Expr
	for _, c := range list {
		e := an.findPath(in, splitName(c.Path))
		if e == nil {
			return nil, argumentError("split_rows: there is no field %s", c.Path)
		}
		value, err := literalOf(c.Value)
		if err != nil {
			return nil, err
		}
		if e.Type.Kind != value.Type.Kind && !(isNumeric(e.Type) && isNumeric(value.Type)) {
			return nil, unsupported("split_rows that compares %s of type %s with a %s", c.Path, e.Type, value.Type)
		}
		test, err := comparison(c.Op, e, value)
		if err != nil {
			return nil, err
		}
		if cond == nil {
			cond = test
			continue
		}
		cond = &Expr{Op: OpCall, Name: "and", Type: T(Boolean), Nullable: true, Args: []*Expr{cond, test}}
	}
	if cond == nil {
		return nil, argumentError("split_rows needs a comparison")
	}
	sure := &Expr{Op: OpCall, Name: "coalesce", Type: T(Boolean), Args: []*Expr{cond, litExpr(T(Boolean), false)}}
	if rest {
		sure = negate(sure)
	}
	rel := inherit(RelFilter, in, in.Out)
	rel.Exprs = []*Expr{sure}
	return rel, nil
}

// comparison is one comparison of split_rows.
func comparison(op string, a, b *Expr) (*Expr, error) {
	switch op {
	case "<", "<=", ">", ">=", "=":
		return compare(op, a, b)
	case "!=":
		equal, err := compare("=", a, b)
		if err != nil {
			return nil, err
		}
		return negate(equal), nil
	default:
		return nil, argumentError("split_rows: unknown comparator %q; there are <, <=, >, >=, = and !=", op)
	}
}

// dynamicMerge is mergeDynamicFrame: the rows of source whose keys are not in stage, then all rows of stage. Null is
// equal to no key.
func (an *Analyser) dynamicMerge(source, stage *Rel, keys []string) (*Rel, error) {
	if len(keys) == 0 {
		return nil, argumentError("mergeDynamicFrame needs primary_keys")
	}
	other, _ := an.renew(source, stage)
	cond, err := an.keysEqual(source, other, keys, keys)
	if err != nil {
		return nil, err
	}
	kept := &Rel{Op: RelJoin, How: "left_anti", Inputs: []*Rel{source, other}, Out: joinOutput("left_anti", source, other),
		Exprs: []*Expr{cond}}
	return an.dynamicUnion([]*Rel{kept, stage})
}

// keysEqual is true where the fields at keys1 of left are equal to those at keys2 of right.
func (an *Analyser) keysEqual(left, right *Rel, keys1, keys2 []string) (*Expr, error) {
	var cond *Expr
	for i := range keys1 {
		a, b := an.findPath(left, splitName(keys1[i])), an.findPath(right, splitName(keys2[i]))
		if a == nil {
			return nil, unresolved(keys1[i], left.Out)
		}
		if b == nil {
			return nil, unresolved(keys2[i], right.Out)
		}
		equal, err := compare("=", a, b)
		if err != nil {
			return nil, err
		}
		if cond == nil {
			cond = equal
			continue
		}
		cond = &Expr{Op: OpCall, Name: "and", Type: T(Boolean), Nullable: true, Args: []*Expr{cond, equal}}
	}
	return cond, nil
}
