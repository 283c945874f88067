package spark

import "strings"

// withMembers is e with the members of its structs as target has them: in its order, under its names, and what e alone has
// behind them; so in arrays of structs too. What e lacks is null when missing allows it, else an error. Values of other
// kinds, maps among them, stay as they are.
func (an *Analyser) withMembers(e *Expr, target Type, missing bool) (*Expr, error) {
	switch {
	case e.Type.Equal(target):
		return e, nil
	case e.Type.Kind == Struct && target.Kind == Struct:
		return an.structWithMembers(e, target, missing)
	case e.Type.Kind == Array && target.Kind == Array && nests(*e.Type.Elem) && nests(*target.Elem):
		made, err := an.each(e, func(elem *Expr) (*Expr, error) {
			elem.Nullable = !e.Type.NoNulls
			return an.withMembers(elem, *target.Elem, missing)
		})
		if err != nil {
			return nil, err
		}
		made.Type.NoNulls = e.Type.NoNulls
		return made, nil
	default:
		return e, nil
	}
}

// nests reports whether a type is a struct or an array.
func nests(t Type) bool { return t.Kind == Struct || t.Kind == Array }

// structWithMembers is withMembers of a struct, null where e is.
func (an *Analyser) structWithMembers(e *Expr, target Type, missing bool) (*Expr, error) {
	var names []string
	var values []*Expr
	for _, want := range target.Fields {
		value := litExpr(want.Type, nil)
		if hasMember(e.Type, want.Name) {
			inside, err := field(e, want.Name)
			if err != nil {
				return nil, err
			}
			if value, err = an.withMembers(inside, want.Type, missing); err != nil {
				return nil, err
			}
		} else if !missing {
			return nil, analysisError("[FIELD_NOT_FOUND] No such struct field `%s` in %s.", want.Name, memberNames(e.Type))
		}
		names, values = append(names, want.Name), append(values, value)
	}
	for _, f := range e.Type.Fields {
		if hasMember(target, f.Name) {
			continue
		}
		value, err := field(e, f.Name)
		if err != nil {
			return nil, err
		}
		names, values = append(names, f.Name), append(values, value)
	}
	return whereSet(e, structOf(names, values)), nil
}

// hasMember reports whether a struct has a member of the name, case aside.
func hasMember(t Type, name string) bool {
	for _, f := range t.Fields {
		if strings.EqualFold(f.Name, name) {
			return true
		}
	}
	return false
}

// memberNames spells the names of a struct's members as Spark's errors do.
func memberNames(t Type) string {
	names := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		names[i] = "`" + f.Name + "`"
	}
	return strings.Join(names, ", ")
}

// sameShape is a, with the nulls of both, when b differs from it in the names of members alone: a union lets such columns
// meet by the place of their members.
func sameShape(a, b Type) (Type, bool) {
	switch {
	case a.Kind == Struct && b.Kind == Struct && len(a.Fields) == len(b.Fields):
		out := Type{Kind: Struct}
		for i, f := range a.Fields {
			t, ok := sameShape(f.Type, b.Fields[i].Type)
			if !ok {
				return Type{}, false
			}
			out.Fields = append(out.Fields, Field{Name: f.Name, Type: t, Nullable: f.Nullable || b.Fields[i].Nullable})
		}
		return out, true
	case a.Kind == Array && b.Kind == Array:
		elem, ok := sameShape(*a.Elem, *b.Elem)
		return listOf(elem, !a.NoNulls || !b.NoNulls), ok
	case a.Kind == Map && b.Kind == Map:
		key, ok := sameShape(*a.Key, *b.Key)
		elem, also := sameShape(*a.Elem, *b.Elem)
		return mapOf(key, elem, !a.NoNulls || !b.NoNulls), ok && also
	default:
		return a, a.Equal(b)
	}
}
