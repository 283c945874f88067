package spark

import "fmt"

// typeArray types array(...).
func typeArray(c *callTyping) error {
	c.nullable = false
	if len(c.args) == 0 {
		c.typ = listOf(T(Null), false)
		return nil
	}
	if err := wide(c, 0, true); err != nil {
		return err
	}
	c.typ = listOf(c.typ, anyNullable(c.args))
	return nil
}

// anyNullable reports whether one of the values may be null.
func anyNullable(list []*Expr) bool {
	for _, e := range list {
		if e.Nullable {
			return true
		}
	}
	return false
}

// typeStruct types struct(...): members are named by alias, column or field, else col1, col2, ...
func typeStruct(c *callTyping) error {
	c.nullable, c.typ = false, Type{Kind: Struct}
	for i, a := range c.args {
		name := fmt.Sprintf("col%d", i+1)
		switch {
		case a.Op == OpCall && a.Name == structAlias:
			name, _ = a.Value.(string)
			c.args[i] = a.Args[0]
		case a.Op == OpAttr, a.Op == OpVar:
			name = a.Attr.Name
		case a.Op == OpField:
			name = a.Name
		case a.Op == OpCall && a.Name == "getitem": // of a map, by a literal key
			if key, ok := a.Args[1].Value.(string); ok && a.Args[1].Op == OpLit {
				name = key
			}
		}
		c.typ.Fields = append(c.typ.Fields, Field{Name: name, Type: a.Type, Nullable: a.Nullable})
	}
	return nil
}

// typeNamedStruct types named_struct(name, value, ...).
func typeNamedStruct(c *callTyping) error {
	c.nullable, c.typ = false, Type{Kind: Struct}
	if len(c.args)%2 != 0 {
		return wrongArity(c.name, function{min: 2, max: -1}, len(c.args))
	}
	var values []*Expr
	for i := 0; i < len(c.args); i += 2 {
		name, ok := c.args[i].Value.(string)
		if !ok {
			return analysisError("[DATATYPE_MISMATCH.CREATE_NAMED_STRUCT_WITHOUT_FOLDABLE_STRING] Cannot resolve \"%s\" due to data "+
				"type mismatch: Only foldable `STRING` expressions are allowed to appear at odd position, but they are [\"%s\"].",
				c.label, c.args[i].Label)
		}
		v := c.args[i+1]
		values = append(values, v)
		c.typ.Fields = append(c.typ.Fields, Field{Name: name, Type: v.Type, Nullable: v.Nullable})
	}
	c.args = values
	return nil
}

// typeSize types size of an array or map; of null it is -1.
func typeSize(c *callTyping) error {
	c.typ, c.nullable = T(Int), false
	if k := c.args[0].Type.Kind; k != Array && k != Map && k != Null {
		return mismatch(c.label, 0, `("ARRAY" or "MAP")`, c.args[0])
	}
	return nil
}

// typeArraySize types array_size(array), to which a null without a type is an array, too.
func typeArraySize(c *callTyping) error {
	if c.args[0].Type.Kind == Null {
		c.args[0] = implicitCast(c.args[0], arrayOf(T(Null)))
	}
	c.typ = T(Int)
	_, err := wanted(c, 0, 'a')
	return err
}

// typeArrayContains types array_Contains(array, value).
func typeArrayContains(c *callTyping) error {
	c.typ = T(Boolean)
	t, ok := Wider(*c.args[0].Type.Elem, c.args[1].Type, false)
	if !ok || c.args[1].Type.Kind == Null {
		return analysisError("[DATATYPE_MISMATCH.ARRAY_FUNCTION_DIFF_TYPES] Cannot resolve \"%s\" due to data type mismatch: "+
			"Input to `array_contains` should have been \"ARRAY\" followed by a value with same element type, but it's [\"%s\", "+
			"\"%s\"].", c.label, c.args[0].Type.sqlName(), c.args[1].Type.sqlName())
	}
	if t.holdsMap() {
		return notOrdered(c.label, c.name, t)
	}
	c.nullable = c.args[0].Nullable || c.args[1].Nullable || !c.args[0].Type.NoNulls
	c.args[0], c.args[1] = implicitCast(c.args[0], arrayOf(t)), implicitCast(c.args[1], t)
	return nil
}

// itemNullable reports whether the element of an array may be null: not that of array(...) at a place that is written
// out and there. Places count from first; negative ones, where they begin at 1, from the end.
func itemNullable(e, place *Expr, first int) bool {
	n, ok := intLiteral(place)
	if e.Op != OpCall || e.Name != "array" || !ok {
		return true
	}
	if n < 0 && first == 1 {
		n += len(e.Args) + 1
	}
	return n < first || n >= len(e.Args)+first || e.Args[n-first].Nullable
}

// typeElementAt types element_at(array, index from 1) and element_at(map, key).
func typeElementAt(c *callTyping) error {
	switch t := c.args[0].Type; t.Kind {
	case Array:
		c.typ = *t.Elem
		a, err := wanted(c, 1, 'i')
		if err != nil {
			return err
		}
		c.args[1] = a
		c.nullable = itemNullable(c.args[0], a, 1)
	case Map:
		c.typ = *t.Elem
		c.args[1] = implicitCast(c.args[1], *t.Key)
	default:
		return mismatch(c.label, 0, `("ARRAY" or "MAP")`, c.args[0])
	}
	return nil
}

// typeArrayJoin types array_join(array, separator[, for nulls]).
func typeArrayJoin(c *callTyping) error {
	c.typ = T(String)
	if c.args[0].Type.Kind != Array {
		return mismatch(c.label, 0, `"ARRAY"`, c.args[0])
	}
	c.args[0] = implicitCast(c.args[0], arrayOf(T(String)))
	for i := 1; i < len(c.args); i++ {
		a, err := wanted(c, i, 's')
		if err != nil {
			return err
		}
		c.args[i] = a
	}
	return nil
}

// typeMapPart types map_keys and map_values.
func typeMapPart(c *callTyping) error {
	t := c.args[0].Type
	if t.Kind != Map {
		return mismatch(c.label, 0, `"MAP"`, c.args[0])
	}
	c.typ = arrayOf(*t.Elem)
	if c.name == "map_keys" {
		c.typ = arrayOf(*t.Key)
	}
	return nil
}

// typeSortArray gives sort_array its order, by default ascending.
func typeSortArray(c *callTyping) error {
	if len(c.args) == 1 {
		c.args = append(c.args, litExpr(T(Boolean), true))
		c.label = callLabel(c.name, c.args, false)
	}
	if c.args[0].Type.holdsMap() {
		return notOrdered(c.label, c.name, c.args[0].Type)
	}
	return typeSame(c)
}

// typeMap types map(key, value, ...).
func typeMap(c *callTyping) error {
	if len(c.args) == 0 {
		c.typ, c.nullable = mapOf(T(Null), T(Null), false), false
		return nil
	}
	if len(c.args)%2 != 0 {
		return wrongArity(c.name, function{min: 2, max: -1}, len(c.args))
	}
	var keys, values []*Expr
	for i := 0; i < len(c.args); i += 2 {
		keys, values = append(keys, c.args[i]), append(values, c.args[i+1])
	}
	keys, k, ok1 := widerAll(keys, true)
	values, v, ok2 := widerAll(values, true)
	if !ok1 || !ok2 {
		return analysisError("[DATATYPE_MISMATCH.CREATE_MAP_KEY_DIFF_TYPES] Cannot resolve \"%s\" due to data type mismatch: The given keys "+
			"or values of function `map` should all be the same type.", c.label)
	}
	if k.holdsMap() {
		return mapInKey(c.label, k)
	}
	c.typ, c.nullable = mapOf(k, v, anyNullable(values)), false
	c.args = append(keys, values...)
	return nil
}
