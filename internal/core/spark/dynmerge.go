package spark

import (
	"slices"
	"strings"
)

// mergeTypes is the type of a field of a DynamicFrame that holds values of both types: structs get the members of both,
// arrays the elements of both, everything else that differs becomes a choice, its alternatives sorted by Glue's names.
func mergeTypes(a, b Type) (Type, error) {
	switch {
	case a.Equal(b) || b.Kind == Null:
		return a, nil
	case a.Kind == Null:
		return b, nil
	case a.Kind == Struct && b.Kind == Struct:
		fields, err := mergeFields(a.Fields, b.Fields)
		a.Fields = fields
		return a, err
	case a.Kind == Array && b.Kind == Array:
		elem, err := mergeTypes(*a.Elem, *b.Elem)
		a.Elem = &elem
		return a, err
	}
	var alternatives []Field
	for _, t := range []Type{a, b} {
		if t.Kind != Choice {
			t = Type{Kind: Choice, Fields: []Field{{Name: t.GlueName(), Type: t, Nullable: true}}}
		}
		for _, f := range t.Fields {
			var err error
			if alternatives, err = addAlternative(alternatives, f); err != nil {
				return Type{}, err
			}
		}
	}
	slices.SortFunc(alternatives, func(x, y Field) int { return strings.Compare(x.Name, y.Name) })
	return Type{Kind: Choice, Fields: alternatives}, nil
}

// addAlternative adds an alternative to those of a choice, which has one of each name.
func addAlternative(list []Field, f Field) ([]Field, error) {
	i := slices.IndexFunc(list, func(g Field) bool { return g.Name == f.Name })
	if i < 0 {
		return append(list, f), nil
	}
	if f.Type.Kind != Struct && f.Type.Kind != Array && !f.Type.Equal(list[i].Type) {
		return nil, unsupported("a field that is both %s and %s", list[i].Type, f.Type)
	}
	t, err := mergeTypes(list[i].Type, f.Type)
	list[i].Type = t
	return list, err
}

// mergeFields has the fields of a in their order, then those of b that a has not. Names that differ in case alone are
// refused: they are two fields, which nothing that comes later could tell apart.
func mergeFields(a, b []Field) ([]Field, error) {
	out := slices.Clone(a)
	for _, f := range b {
		i := slices.IndexFunc(out, func(g Field) bool { return strings.EqualFold(g.Name, f.Name) })
		if i < 0 {
			f.Nullable = true
			out = append(out, f)
			continue
		}
		if out[i].Name != f.Name {
			return nil, unsupported("a DynamicFrame with the fields %q and %q, which differ in case alone,", out[i].Name, f.Name)
		}
		t, err := mergeTypes(out[i].Type, f.Type)
		if err != nil {
			return nil, err
		}
		out[i].Type, out[i].Nullable = t, out[i].Nullable || f.Nullable
	}
	return out, nil
}

// conform makes e a value of the type to, which mergeTypes made of e's type and others: no value is changed.
func (an *Analyser) conform(e *Expr, to Type) (*Expr, error) {
	switch {
	case e.Type.Equal(to):
		return e, nil
	case e.Type.Kind == Null:
		return litExpr(to, nil), nil
	case to.Kind == Choice:
		return an.conformChoice(e, to)
	case to.Kind == Struct && e.Type.Kind == Struct:
		return an.rebuild(e, to, func(f Field) (*Expr, error) {
			if m := memberOf(e, f.Name); m != nil {
				return an.conform(m, f.Type)
			}
			return litExpr(f.Type, nil), nil
		})
	case to.Kind == Array && e.Type.Kind == Array:
		return an.each(e, func(elem *Expr) (*Expr, error) { return an.conform(elem, *to.Elem) })
	default:
		return nil, unsupported("a field that is both %s and %s", e.Type, to)
	}
}

// conformChoice puts e under its alternative of the choice to.
func (an *Analyser) conformChoice(e *Expr, to Type) (*Expr, error) {
	return an.rebuild(e, to, func(f Field) (*Expr, error) {
		value := e
		if e.Type.Kind == Choice {
			value = memberOf(e, f.Name)
		}
		if value == nil || value.Type.GlueName() != f.Name {
			return litExpr(f.Type, nil), nil
		}
		return an.conform(value, f.Type)
	})
}

// rebuild makes a struct or choice of type to, with a value for each member; it is null where e is.
func (an *Analyser) rebuild(e *Expr, to Type, value func(Field) (*Expr, error)) (*Expr, error) {
	names, values := make([]string, len(to.Fields)), make([]*Expr, len(to.Fields))
	for i, f := range to.Fields {
		v, err := value(f)
		if err != nil {
			return nil, err
		}
		names[i], values[i] = f.Name, v
	}
	built := structOf(names, values)
	built.Type.Kind = to.Kind
	return whereSet(e, built), nil
}

// whereSet is value where e is not null, and null elsewhere.
func whereSet(e, value *Expr) *Expr {
	if !e.Nullable {
		return value
	}
	present := &Expr{Op: OpCall, Name: "isnotnull", Type: T(Boolean), Args: []*Expr{e}}
	return &Expr{Op: OpCase, Type: value.Type, Nullable: true, Label: e.Label, Args: []*Expr{present, value}}
}

// memberOf is the member of e, a struct or choice, with this very name; nil when there is none.
func memberOf(e *Expr, name string) *Expr {
	for _, f := range e.Type.Fields {
		if f.Name == name {
			return &Expr{Op: OpField, Name: f.Name, Args: []*Expr{e}, Type: f.Type, Nullable: true, Label: f.Name}
		}
	}
	return nil
}

// each applies body to every element of the array e. A call of "each" has the array and the body as arguments, and in
// Attr the attribute that stands for an element inside the body.
func (an *Analyser) each(e *Expr, body func(elem *Expr) (*Expr, error)) (*Expr, error) {
	elem := an.newAttr("element", *e.Type.Elem, true)
	made, err := body(attrExpr(elem))
	if err != nil {
		return nil, err
	}
	t := Type{Kind: Array, Elem: &made.Type}
	return &Expr{Op: OpCall, Name: "each", Type: t, Nullable: e.Nullable, Label: e.Label, Args: []*Expr{e, made}, Attr: elem}, nil
}

// dynamicUnion puts the rows of several DynamicFrames together, fields matched by name; a field that has several types
// becomes a choice.
func (an *Analyser) dynamicUnion(in []*Rel) (*Rel, error) {
	for _, r := range in {
		for i, a := range r.Out {
			if slices.ContainsFunc(r.Out[:i], func(b Attr) bool { return b.Name == a.Name }) {
				return nil, unsupported("a union of DynamicFrames with two fields named %s", a.Name)
			}
		}
	}
	merged := []Field(in[0].Schema())
	for _, r := range in[1:] {
		var err error
		if merged, err = mergeFields(merged, r.Schema()); err != nil {
			return nil, err
		}
	}
	rel := &Rel{Op: RelUnion, Out: an.attrs(merged)}
	for _, r := range in {
		items := make([]named, len(merged))
		for i, f := range merged {
			items[i] = named{name: f.Name, expr: litExpr(f.Type, nil)}
			j := slices.IndexFunc(r.Out, func(a Attr) bool { return a.Name == f.Name })
			if j < 0 {
				continue
			}
			e, err := an.conform(attrExpr(r.Out[j]), f.Type)
			if err != nil {
				return nil, err
			}
			items[i] = named{name: f.Name, expr: e, keep: e.Op == OpAttr}
		}
		rel.Inputs = append(rel.Inputs, an.projectRel(r, items))
	}
	for i := range rel.Out {
		rel.Out[i].Nullable = true
	}
	return rel, nil
}
