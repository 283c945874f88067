package spark

// listOf is the type of arrays of t, which may hold nulls or not.
func listOf(t Type, nulls bool) Type { return Type{Kind: Array, Elem: &t, NoNulls: !nulls} }

// mapOf is the type of maps from k to v, whose values may be null or not.
func mapOf(k, v Type, nulls bool) Type { return Type{Kind: Map, Key: &k, Elem: &v, NoNulls: !nulls} }

// notOrdered is the error for comparing values of a type that holds maps.
func notOrdered(call, name string, t Type) error {
	return analysisError("[DATATYPE_MISMATCH.INVALID_ORDERING_TYPE] Cannot resolve \"%s\" due to data type mismatch: The `%s` does not "+
		"support ordering on type \"%s\".", call, name, t.sqlName())
}

// mapInKey is the error for a map whose keys are or hold maps.
func mapInKey(call string, key Type) error {
	return analysisError("[DATATYPE_MISMATCH.INVALID_MAP_KEY_TYPE] Cannot resolve \"%s\" due to data type mismatch: The key of map cannot "+
		"be/contain \"%s\".", call, key.sqlName())
}

// eitherNull is the type that two equal types meet in: a part may be null where it may be in one of them.
func eitherNull(a, b Type) Type {
	out := a
	out.NoNulls = a.NoNulls && b.NoNulls
	if a.Elem != nil {
		elem := eitherNull(*a.Elem, *b.Elem)
		out.Elem = &elem
	}
	if a.Key != nil {
		key := eitherNull(*a.Key, *b.Key)
		out.Key = &key
	}
	if len(a.Fields) > 0 {
		out.Fields = make([]Field, len(a.Fields))
		for i, f := range a.Fields {
			out.Fields[i] = Field{Name: f.Name, Type: eitherNull(f.Type, b.Fields[i].Type), Nullable: f.Nullable || b.Fields[i].Nullable}
		}
	}
	return out
}
