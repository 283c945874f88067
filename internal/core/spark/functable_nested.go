package spark

// nestedFunctions are the functions on arrays, maps and structs; those with lambdas stand in lambdaFunctions.
var nestedFunctions = map[string]function{
	"array_append": typed(2, 2, "ax", typeAppend), "array_prepend": typed(2, 2, "ax", typeAppend),
	"array_insert": typed(3, 3, "aix", typeInsert), "array_compact": typed(1, 1, "a", typeSame),
	"array_except": typed(2, 2, "x", typeArraySets), "array_intersect": typed(2, 2, "x", typeArraySets),
	"array_union": typed(2, 2, "x", typeArraySets), "arrays_overlap": typed(2, 2, "x", typeArraySets),
	"array_position": typed(2, 2, "ax", typeAppend), "array_remove": typed(2, 2, "ax", typeAppend),
	"array_repeat": typed(2, 2, "xi", typeArrayRepeat), "arrays_zip": typed(0, -1, "a", typeArraysZip),
	"slice": typed(3, 3, "aii", typeSame), "get": mayNull(typed(2, 2, "ai", typeElement)), "shuffle": typed(1, 1, "a", typeSame),
	"sequence": typed(2, 3, "x", typeSequence), "map_concat": typed(0, -1, "x", typeMapConcat),
	"map_entries": typed(1, 1, "x", typeMapEntries), "map_from_arrays": typed(2, 2, "a", typeMapFromArrays),
	"map_from_entries": typed(1, 1, "a", typeMapFromEntries), "map_contains_key": mayNull(typed(2, 2, "x", typeMapContains)),
}

// typeAppend types the functions of an array and a value that meets its elements: array_append, array_prepend,
// array_position and array_remove.
func typeAppend(c *callTyping) error {
	list, value := c.args[0].Type, c.args[1]
	t, ok := Wider(*list.Elem, value.Type, false)
	if !ok {
		return analysisError("[DATATYPE_MISMATCH.ARRAY_FUNCTION_DIFF_TYPES] Cannot resolve \"%s\" due to data type mismatch: Input to `%s` "+
			"should have been \"ARRAY\" followed by a value with same element type, but it's [\"%s\", \"%s\"].", c.label, c.name,
			list.sqlName(), value.Type.sqlName())
	}
	nulls := !list.NoNulls
	c.args[0], c.args[1] = implicitCast(c.args[0], listOf(t, nulls)), implicitCast(value, t)
	switch c.name {
	case "array_position":
		if t.holdsMap() {
			return notOrdered(c.label, c.name, t)
		}
		c.typ = T(Long)
	case "array_remove":
		if t.holdsMap() {
			return notOrdered(c.label, c.name, t)
		}
		c.typ = listOf(t, nulls)
	default: // a null is appended as it is
		c.nullable = c.args[0].Nullable
		c.typ = listOf(t, nulls || value.Nullable || c.name == "array_prepend") // of which Spark does not look
	}
	return nil
}

// typeInsert types array_insert(array, position from 1, value). A place past the end is filled up with nulls.
func typeInsert(c *callTyping) error {
	t, ok := Wider(*c.args[0].Type.Elem, c.args[2].Type, false)
	if !ok {
		return analysisError("[DATATYPE_MISMATCH.ARRAY_FUNCTION_DIFF_TYPES] Cannot resolve \"%s\" due to data type mismatch: Input to "+
			"`array_insert` should have been \"ARRAY\" followed by a value with same element type, but it's [\"%s\", \"%s\"].", c.label,
			c.args[0].Type.sqlName(), c.args[2].Type.sqlName())
	}
	c.args[0], c.args[2] = implicitCast(c.args[0], arrayOf(t)), implicitCast(c.args[2], t)
	c.typ, c.nullable = arrayOf(t), c.args[0].Nullable || c.args[1].Nullable
	return nil
}

// typeArraySets types the functions of two arrays as sets.
func typeArraySets(c *callTyping) error {
	a, b := c.args[0].Type, c.args[1].Type
	var t Type
	ok := a.Kind == Array && b.Kind == Array
	if ok {
		t, ok = Wider(*a.Elem, *b.Elem, false)
	}
	if !ok {
		return analysisError("[DATATYPE_MISMATCH.BINARY_ARRAY_DIFF_TYPES] Cannot resolve \"%s\" due to data type mismatch: Input to function "+
			"`%s` should have been two \"ARRAY\" with same element type, but it's [\"%s\", \"%s\"].", c.label, c.name, a.sqlName(), b.sqlName())
	}
	if t.holdsMap() {
		return notOrdered(c.label, c.name, t)
	}
	c.args[0], c.args[1] = implicitCast(c.args[0], listOf(t, !a.NoNulls)), implicitCast(c.args[1], listOf(t, !b.NoNulls))
	switch c.name {
	case "array_union":
		c.typ = listOf(t, !a.NoNulls || !b.NoNulls)
	case "array_intersect":
		c.typ = listOf(t, !a.NoNulls && !b.NoNulls)
	case "array_except":
		c.typ = listOf(t, !a.NoNulls)
	default:
		c.typ, c.nullable = T(Boolean), c.nullable || !a.NoNulls || !b.NoNulls
	}
	return nil
}

// typeArrayRepeat types array_repeat(value, count), which repeats a null, too.
func typeArrayRepeat(c *callTyping) error {
	c.typ, c.nullable = listOf(c.args[0].Type, c.args[0].Nullable), c.args[1].Nullable
	return nil
}

// typeArraysZip types arrays_zip(array, ...): structs whose members are named after the columns, else by position from 0.
func typeArraysZip(c *callTyping) error {
	row := Type{Kind: Struct}
	for i, a := range c.args {
		name := itoa(i)
		switch a.Op {
		case OpAttr, OpVar:
			name = a.Attr.Name
		case OpField:
			name = a.Name
		}
		row.Fields = append(row.Fields, Field{Name: name, Type: *a.Type.Elem, Nullable: true})
	}
	c.typ = listOf(row, false)
	return nil
}

// typeSequence types sequence(start, stop[, step]) of whole numbers, dates and timestamps.
func typeSequence(c *callTyping) error {
	a, b := c.args[0].Type, c.args[1].Type
	t, ok := Wider(a, b, false)
	wrong := func() error {
		return analysisError("[DATATYPE_MISMATCH.SEQUENCE_WRONG_INPUT_TYPES] Cannot resolve \"%s\" due to data type mismatch: `sequence` uses the "+
			"wrong parameter type. The parameter type must conform to:\n1. The start and stop expressions must resolve to the same type.\n2. If "+
			"start and stop expressions resolve to the \"TIMESTAMP\", \"TIMESTAMP_NTZ\", \"DATE\" type, then the step expression must resolve to "+
			"\"INTERVAL\", \"INTERVAL YEAR TO MONTH\", \"INTERVAL DAY TO SECOND\" type.\n3. Otherwise, if start and stop expressions resolve to "+
			"the \"INTEGRAL\" type, then the step expression must resolve to the same type.", c.label)
	}
	if !ok {
		return wrong()
	}
	moments := isMoment(t)
	switch {
	case !moments && !isIntegral(t):
		return wrong()
	case len(c.args) == 3 && moments && !c.args[2].Type.IsInterval():
		return wrong()
	case len(c.args) == 3 && moments && c.args[2].Op != OpLit:
		return unsupported("sequence of moments with a step that is no INTERVAL literal")
	case len(c.args) == 3 && !moments:
		if t, ok = Wider(t, c.args[2].Type, false); !ok || !isIntegral(t) {
			return wrong()
		}
		c.args[2] = implicitCast(c.args[2], t)
	}
	if len(c.args) == 3 && !moments && strays(c.args) {
		return unsupported("sequence of constants whose step leads away from its end, which Spark fails on even where there is no row")
	}
	c.args[0], c.args[1] = implicitCast(c.args[0], t), implicitCast(c.args[1], t)
	c.typ = listOf(t, false)
	return nil
}

// strays reports whether a sequence's start, end and step are whole constants, and the step does not lead to the end.
func strays(args []*Expr) bool {
	var n [3]int64
	for i, a := range args {
		value, ok := a.Value.(int64)
		if !ok || a.Op != OpLit {
			return false
		}
		n[i] = value
	}
	return n[0] < n[1] && n[2] <= 0 || n[0] > n[1] && n[2] >= 0
}

// typeMapConcat types map_concat(map, ...).
func typeMapConcat(c *callTyping) error {
	if len(c.args) == 0 {
		c.typ = mapOf(T(String), T(String), true)
		return nil
	}
	nulls, names := false, ""
	for i, a := range c.args {
		if i > 0 {
			names += ", "
		}
		names += `"` + a.Type.sqlName() + `"`
	}
	differ := func() error {
		return analysisError("[DATATYPE_MISMATCH.MAP_CONCAT_DIFF_TYPES] Cannot resolve \"%s\" due to data type mismatch: The `map_concat` should "+
			"all be of type map, but it's [%s].", c.label, names)
	}
	for _, a := range c.args {
		if a.Type.Kind != Map {
			return differ()
		}
		nulls = nulls || !a.Type.NoNulls
	}
	wide, t, ok := widerAll(c.args, true)
	if !ok {
		return differ()
	}
	t.NoNulls = !nulls
	c.args, c.typ = wide, t
	return nil
}

// typeMapEntries types map_entries(map).
func typeMapEntries(c *callTyping) error {
	t := c.args[0].Type
	if t.Kind != Map {
		return mismatch(c.label, 0, `"MAP"`, c.args[0])
	}
	c.typ = listOf(Type{Kind: Struct, Fields: []Field{{Name: "key", Type: *t.Key}, {Name: "value", Type: *t.Elem, Nullable: !t.NoNulls}}}, false)
	return nil
}

// typeMapFromArrays types map_from_arrays(keys, values).
func typeMapFromArrays(c *callTyping) error {
	k, v := c.args[0].Type, c.args[1].Type
	if k.Elem.holdsMap() {
		return mapInKey(c.label, *k.Elem)
	}
	c.typ = mapOf(*k.Elem, *v.Elem, !v.NoNulls)
	return nil
}

// typeMapFromEntries types map_from_entries(array of structs of two), which is null when an entry is.
func typeMapFromEntries(c *callTyping) error {
	t := c.args[0].Type
	if t.Elem.Kind != Struct || len(t.Elem.Fields) != 2 {
		return mismatch(c.label, 0, `"ARRAY" of pair "STRUCT"`, c.args[0])
	}
	k, v := t.Elem.Fields[0], t.Elem.Fields[1]
	if k.Type.holdsMap() {
		return mapInKey(c.label, k.Type)
	}
	c.typ, c.nullable = mapOf(k.Type, v.Type, v.Nullable), c.nullable || !t.NoNulls
	return nil
}

// typeMapContains types map_contains_key(map, key).
func typeMapContains(c *callTyping) error {
	c.typ = T(Boolean)
	m, key := c.args[0].Type, c.args[1].Type
	if key.Kind == Null || m.Kind == Null {
		return analysisError("[DATATYPE_MISMATCH.NULL_TYPE] Cannot resolve \"%s\" due to data type mismatch: Null typed values cannot be used as "+
			"arguments of `map_contains_key`.", c.label)
	}
	var t Type
	ok := m.Kind == Map
	if ok {
		t, ok = Wider(*m.Key, key, false)
	}
	if !ok {
		return analysisError("[DATATYPE_MISMATCH.MAP_FUNCTION_DIFF_TYPES] Cannot resolve \"%s\" due to data type mismatch: Input to "+
			"`map_contains_key` should have been \"MAP\" followed by a value with same key type, but it's [\"%s\", \"%s\"].", c.label, m.sqlName(),
			key.sqlName())
	}
	c.args[0], c.args[1] = implicitCast(c.args[0], mapOf(t, *m.Elem, !m.NoNulls)), implicitCast(c.args[1], t)
	return nil
}
