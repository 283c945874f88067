package spark

import (
	"slices"
	"strings"

	"tenon/internal/plan"
)

// resolver changes fields of a DynamicFrame: makes choices one type, as resolveChoice does, or whatever act is.
type resolver struct {
	an   *Analyser
	name string                                           // of the transform, for errors
	act  func(item named, action string) ([]named, error) // on the field that a path leads to
}

// resolveChoice does the (path, action) pairs of specs, or one action on every choice at any depth.
func (an *Analyser) resolveChoice(in *Rel, specs []plan.Resolution, choice string) (*Rel, error) {
	r := resolver{an: an, name: "resolveChoice"}
	r.act = r.here
	items := keepAll(in)
	if choice != "" {
		var out []named
		for _, item := range items {
			made, err := r.all(item, choice)
			if err != nil {
				return nil, err
			}
			out = append(out, made...)
		}
		return an.projectRel(in, out), distinctNames(r.name, out)
	}
	if len(specs) == 0 && slices.ContainsFunc(in.Out, func(a Attr) bool { return anyChoice(a.Type) }) {
		return nil, unsupported("resolveChoice without specs and choice")
	}
	for _, spec := range specs {
		var err error
		if items, err = r.one(items, spec); err != nil {
			return nil, err
		}
	}
	return an.projectRel(in, items), nil
}

// one does one spec on the fields of a frame.
func (r resolver) one(items []named, spec plan.Resolution) ([]named, error) {
	path := resolutionPath(spec.Path)
	i := fieldAt(namesOfItems(items), path[0])
	if i < 0 {
		return nil, argumentError("%s: there is no field %s", r.name, spec.Path)
	}
	made, err := r.at(items[i], path[1:], spec)
	if err != nil {
		return nil, err
	}
	items = slices.Replace(items, i, i+1, made...)
	return items, distinctNames(r.name, items)
}

// distinctNames refuses what makes two fields of one name.
func distinctNames(transform string, items []named) error {
	list := namesOfItems(items)
	for i, name := range list {
		if slices.Contains(list[:i], name) {
			return unsupported("%s that makes two fields named %s", transform, name)
		}
	}
	return nil
}

// resolutionPath cuts a path of resolveChoice into names; [] after a name is a step into the array of that name.
func resolutionPath(path string) []string {
	var out []string
	for _, step := range splitName(path) {
		arrays := 0
		for strings.HasSuffix(step, "[]") {
			step = strings.TrimSuffix(step, "[]")
			arrays++
		}
		out = append(out, step)
		for ; arrays > 0; arrays-- {
			out = append(out, "[]")
		}
	}
	return out
}

// namesOfItems lists the names of items.
func namesOfItems(items []named) []string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = item.name
	}
	return out
}

// fieldAt finds a name in a list: this very name, or else one that differs in case; -1 when there is none.
func fieldAt(list []string, name string) int {
	if i := slices.Index(list, name); i >= 0 {
		return i
	}
	return slices.IndexFunc(list, func(s string) bool { return strings.EqualFold(s, name) })
}

// at does one spec on what is at path below item.
func (r resolver) at(item named, path []string, spec plan.Resolution) ([]named, error) {
	if len(path) == 0 {
		return r.act(item, spec.Action)
	}
	e := item.expr
	switch {
	case path[0] == "[]" && e.Type.Kind == Array:
		elem, err := r.an.each(e, func(elem *Expr) (*Expr, error) {
			return one(r.at(named{name: item.name, expr: elem}, path[1:], spec))
		})
		return []named{{name: item.name, expr: elem}}, err
	case e.Type.Kind == Array:
		return nil, argumentError("%s: %s goes through the array %s; write %s[]", r.name, spec.Path, item.name, item.name)
	case e.Type.Kind != Struct:
		return nil, argumentError("%s: there is no field %s", r.name, spec.Path)
	}
	list := make([]string, len(e.Type.Fields))
	for i, f := range e.Type.Fields {
		list[i] = f.Name
	}
	i := fieldAt(list, path[0])
	if i < 0 {
		return nil, argumentError("%s: there is no field %s", r.name, spec.Path)
	}
	return r.members(item, func(j int, member named) ([]named, error) {
		if j != i {
			return []named{member}, nil
		}
		return r.at(member, path[1:], spec)
	})
}

// all does one action on every choice in item.
func (r resolver) all(item named, action string) ([]named, error) {
	e := item.expr
	switch {
	case !anyChoice(e.Type):
		return []named{item}, nil
	case e.Type.Kind == Choice:
		made, err := r.here(item, action)
		if err != nil {
			return nil, err
		}
		var out []named
		for _, m := range made {
			inner, err := r.all(m, action)
			if err != nil {
				return nil, err
			}
			out = append(out, inner...)
		}
		return out, nil
	case e.Type.Kind == Struct:
		return r.members(item, func(_ int, member named) ([]named, error) { return r.all(member, action) })
	case e.Type.Kind == Array:
		elem, err := r.an.each(e, func(elem *Expr) (*Expr, error) { return one(r.all(named{name: item.name, expr: elem}, action)) })
		return []named{{name: item.name, expr: elem}}, err
	default:
		return nil, unsupported("resolveChoice of a choice inside the map %s", item.name)
	}
}

// members rebuilds a struct, each member replaced by what change gives for it.
func (r resolver) members(item named, change func(i int, member named) ([]named, error)) ([]named, error) {
	var list []string
	var values []*Expr
	for i, f := range item.expr.Type.Fields {
		made, err := change(i, named{name: f.Name, expr: memberOf(item.expr, f.Name)})
		if err != nil {
			return nil, err
		}
		for _, m := range made {
			list, values = append(list, m.name), append(values, m.expr)
		}
	}
	return []named{{name: item.name, expr: whereSet(item.expr, structOf(list, values))}}, nil
}

// one is the expression of a single item: an element of an array cannot become several.
func one(items []named, err error) (*Expr, error) {
	if err != nil {
		return nil, err
	}
	if len(items) != 1 {
		return nil, unsupported("make_cols of the elements of an array")
	}
	return items[0].expr, nil
}

// anyChoice reports whether a choice is in t.
func anyChoice(t Type) bool {
	if t.Kind == Choice || t.Elem != nil && anyChoice(*t.Elem) {
		return true
	}
	return slices.ContainsFunc(t.Fields, func(f Field) bool { return anyChoice(f.Type) })
}

// here does one action on the value of item. cast is for values of any type; the others leave what has one type alone.
func (r resolver) here(item named, action string) ([]named, error) {
	e := item.expr
	kind, target, _ := strings.Cut(action, ":")
	switch {
	case kind == "cast" && target != "":
		value, err := mapTo(e, plan.Mapping{Source: item.name, Target: item.name, TargetType: target})
		return []named{{name: item.name, expr: value}}, err
	case action == "match_catalog":
		return nil, unsupported("resolveChoice with match_catalog")
	case action != "make_cols" && action != "make_struct" && (kind != "project" || target == ""):
		return nil, argumentError("resolveChoice: unknown action %q; there are cast:type, project:type, make_cols and make_struct", action)
	case e.Type.Kind != Choice:
		return []named{item}, nil
	case action == "make_struct":
		t := e.Type
		t.Kind = Struct
		return []named{{name: item.name, expr: &Expr{Op: OpCall, Name: "choice_struct", Type: t, Nullable: true, Args: []*Expr{e},
			Label: item.name}}}, nil
	case action == "make_cols":
		var out []named
		for _, f := range e.Type.Fields {
			out = append(out, named{name: item.name + "_" + f.Name, expr: memberOf(e, f.Name)})
		}
		return out, nil
	}
	t, err := ParseType(target)
	if err != nil {
		return nil, argumentError("resolveChoice: unknown type %q in %s", target, action)
	}
	if t.Kind == String {
		return nil, unsupported("resolveChoice with %s of %s, where AWS's documents differ on whether other values become texts or null "+
			"(cast:string makes them texts, make_cols keeps the texts apart)", action, item.name)
	}
	value := memberOf(e, t.GlueName())
	if value == nil || t.Kind == Decimal && !value.Type.Equal(t) {
		return nil, argumentError("resolveChoice: %s has no values of type %s", item.name, target)
	}
	return []named{{name: item.name, expr: value}}, nil
}
