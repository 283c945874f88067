package spark

import (
	"slices"
	"strings"

	"tenon/internal/plan"
)

// dynamicNode analyses the transforms of DynamicFrames, and what leads to and from them.
func (an *Analyser) dynamicNode(n plan.Node, in *Rel) (*Rel, error) {
	switch n.Kind {
	case plan.NodeDynamic:
		return an.loosen(in), nil
	case plan.NodeDataFrame:
		return an.loosen(an.toDataFrame(in)), nil
	case plan.NodeFilterRecords:
		return an.filterRecords(n, in)
	case plan.NodeErrors:
		return an.errorFrame(in)
	}
	if n.Kind == plan.NodeUnbox {
		return an.unbox(n, in)
	}
	rel, err := an.dynamicTransform(n, in)
	if err != nil {
		return nil, err
	}
	return an.withErrors(n, rel, []*Rel{in}, nil), nil
}

// dynamicTransform analyses a transform of one DynamicFrame, its error records aside.
func (an *Analyser) dynamicTransform(n plan.Node, in *Rel) (*Rel, error) {
	switch n.Kind {
	case plan.NodeApplyMapping:
		return an.applyMapping(in, n.Mappings)
	case plan.NodeSelectFields:
		return an.selectFields(in, n.Names)
	case plan.NodeDropFields:
		return an.dropFields(in, n.Names)
	case plan.NodeRenameField:
		return an.renameField(in, n.Renames)
	case plan.NodeDropNull:
		return an.dropNull(in)
	case plan.NodeResolveChoice:
		return an.resolveChoice(in, n.Resolutions, n.Text)
	case plan.NodeUnnest:
		return an.unnest(in)
	case plan.NodeSplitRows:
		return an.splitRows(in, n.Comparisons, n.All)
	case plan.NodeSimplifyDDB, plan.NodeUnnestDDB:
		return an.ddb(in, n.Kind == plan.NodeUnnestDDB)
	case plan.NodeNumbered:
		if n.Text != "" {
			return an.pivoted(in, n.Text)
		}
		return an.numbered(in, keepAll(in))
	case plan.NodeKeyed:
		return an.keyed(in), nil
	default:
		return nil, unsupported("the relation %q", n.Kind)
	}
}

// keepAll passes on all columns of in.
func keepAll(in *Rel) []named {
	items := make([]named, len(in.Out))
	for i, a := range in.Out {
		items[i] = named{name: a.Name, expr: attrExpr(a), keep: true}
	}
	return items
}

// findPath finds the column or nested member of a path, case aside; nil when there is none.
func (an *Analyser) findPath(in *Rel, path []string) *Expr {
	for _, a := range in.Out {
		if !strings.EqualFold(a.Name, path[0]) {
			continue
		}
		e, err := fieldPath(attrExpr(a), path[1:])
		if err != nil {
			return nil
		}
		return e
	}
	for _, a := range in.Out { // a column whose name holds dots, written without backticks
		if len(path) > 1 && strings.EqualFold(a.Name, strings.Join(path, ".")) {
			return attrExpr(a)
		}
	}
	return nil
}

// branch is one column or struct member that ApplyMapping makes: a value, or members below.
type branch struct {
	name  string
	value *Expr
	below []*branch
}

// at finds or adds the member of that name.
func (b *branch) at(name string) *branch {
	for _, c := range b.below {
		if c.name == name && c.value == nil {
			return c
		}
	}
	c := &branch{name: name}
	b.below = append(b.below, c)
	return c
}

// build makes the value of a branch: members become a struct.
func (b *branch) build() *Expr {
	if b.value != nil {
		return b.value
	}
	names, values := make([]string, len(b.below)), make([]*Expr, len(b.below))
	for i, c := range b.below {
		names[i], values[i] = c.name, c.build()
	}
	return structOf(names, values)
}

// structOf makes a struct that is not null.
func structOf(names []string, values []*Expr) *Expr {
	e := &Expr{Op: OpCall, Name: "named_struct", Type: Type{Kind: Struct}, Args: values, Label: "struct"}
	for i, v := range values {
		e.Type.Fields = append(e.Type.Fields, Field{Name: names[i], Type: v.Type, Nullable: v.Nullable})
	}
	return e
}

// applyMapping gives the mapped columns and no others, in the order of the mappings. A mapping whose source does not
// exist makes no column; a value that does not cast becomes null. Dots in a target make structs, backticks protect them.
func (an *Analyser) applyMapping(in *Rel, mappings []plan.Mapping) (*Rel, error) {
	root := &branch{}
	for _, m := range mappings {
		source := an.findPath(in, splitName(m.Source))
		if source == nil {
			continue
		}
		if throughArray(source) {
			return nil, unsupported("ApplyMapping from inside an array (%s)", m.Source)
		}
		value, err := mapTo(source, m)
		if err != nil {
			return nil, err
		}
		path := splitName(m.Target)
		b := root
		for _, name := range path[:len(path)-1] {
			b = b.at(name)
		}
		b.below = append(b.below, &branch{name: path[len(path)-1], value: value})
	}
	items := make([]named, len(root.below))
	for i, b := range root.below {
		e := b.build()
		items[i] = named{name: b.name, expr: e, keep: e.Op == OpAttr && e.Attr.Name == b.name}
	}
	return an.projectRel(in, items), nil
}

// mapTo casts a mapped value to its target type. No type, and the bare names of nested types, keep what it is.
func mapTo(source *Expr, m plan.Mapping) (*Expr, error) {
	switch strings.ToLower(m.TargetType) {
	case "", "struct", "array", "map", "choice", "null":
		return source, nil
	}
	t, err := parseTarget(m.TargetType)
	if err != nil {
		return nil, &plan.Error{Class: plan.ClassArgument,
			Message: "ApplyMapping: unknown target type \"" + m.TargetType + "\" of \"" + m.Target + "\""}
	}
	if strings.EqualFold(m.TargetType, "decimal") && source.Type.Kind == Decimal && !source.Type.Equal(t) {
		return nil, unsupported("a mapping of %s, of type %s, to decimal (give the precision: decimal(%d,%d))",
			m.Source, source.Type, source.Type.Precision, source.Type.Scale)
	}
	if isNested(source.Type) && !isNested(t) {
		return nil, unsupported("a cast of %s, of type %s, to %s", m.Source, source.Type, t)
	}
	if !castable(source.Type, t) {
		return nil, &plan.Error{Class: plan.ClassArgument, Message: "ApplyMapping: \"" + m.Source + "\" of type " +
			source.Type.String() + " cannot become " + t.String()}
	}
	return implicitCast(source, t), nil
}

// parseTarget is ParseType with Glue's default: a decimal without precision is decimal(10,2), as awsglue.gluetypes has it.
func parseTarget(text string) (Type, error) {
	if strings.EqualFold(text, "decimal") {
		return decimalType(10, 2), nil
	}
	return ParseType(text)
}

// isNested reports whether values of t have parts; of a choice, whether those of some alternative have.
func isNested(t Type) bool {
	if t.Kind == Choice {
		return slices.ContainsFunc(t.Fields, func(f Field) bool { return isNested(f.Type) })
	}
	return t.Kind == Array || t.Kind == Map || t.Kind == Struct
}

// selectFields keeps the columns and members at these paths, in the order of the paths; unknown ones are left out.
func (an *Analyser) selectFields(in *Rel, paths []string) (*Rel, error) {
	root := &branch{}
	for _, p := range paths {
		path := splitName(p)
		value := an.findPath(in, path)
		if value == nil {
			continue
		}
		if throughArray(value) {
			return nil, unsupported("select_fields from inside an array (%s)", p)
		}
		if value.Op == OpAttr {
			path = []string{value.Attr.Name}
		}
		b := root
		for _, name := range path[:len(path)-1] {
			b = b.at(name)
		}
		b.below = append(b.below, &branch{name: path[len(path)-1], value: value})
	}
	items := make([]named, len(root.below))
	for i, b := range root.below {
		e := b.build()
		items[i] = named{name: b.name, expr: e, keep: e.Op == OpAttr}
	}
	return an.projectRel(in, items), nil
}

// throughArray reports whether e takes a member of every struct in an array.
func throughArray(e *Expr) bool {
	found := false
	e.Walk(func(x *Expr) bool {
		found = found || x.Op == OpField && x.Args[0].Type.Kind == Array
		return !found
	})
	return found
}

// insideArray refuses a path that goes on into the structs of an array; name is the transform's.
func (an *Analyser) insideArray(in *Rel, name, path string) error {
	if e := an.findPath(in, splitName(path)); e != nil && throughArray(e) {
		return unsupported("%s of a field inside an array (%s)", name, path)
	}
	return nil
}

// dropFields leaves out the columns and members at these paths; a path goes through an array into its elements.
func (an *Analyser) dropFields(in *Rel, paths []string) (*Rel, error) {
	var items []named
	for _, item := range keepAll(in) {
		gone := false
		for _, p := range paths {
			path := splitName(p)
			switch {
			case strings.EqualFold(item.name, p), len(path) == 1 && strings.EqualFold(item.name, path[0]):
				gone = true
			case len(path) > 1 && strings.EqualFold(item.name, path[0]):
				edited, err := an.editMember(item.expr, path[1:], nil)
				if err != nil {
					return nil, err
				}
				item.expr, item.keep = edited, edited.Op == OpAttr
			}
		}
		if !gone {
			items = append(items, item)
		}
	}
	return an.projectRel(in, items), nil
}

// editMember rebuilds a struct, or every struct of an array, without the member at path, or with its new name when
// rename is given. What is no struct, or has no such member, stays; maps, and a struct left without members, are refused.
func (an *Analyser) editMember(e *Expr, path []string, rename *string) (*Expr, error) {
	if e.Type.Kind == Array {
		same := false
		made, err := an.each(e, func(elem *Expr) (*Expr, error) {
			edited, err := an.editMember(elem, path, rename)
			same = edited == elem
			return edited, err
		})
		if same {
			return e, nil
		}
		return made, err
	}
	if e.Type.Kind == Map {
		return nil, unsupported("a path into a map (%s), whose keys are no fields,", path[0])
	}
	if e.Type.Kind != Struct {
		return e, nil
	}
	var names []string
	var values []*Expr
	changed := false
	for _, f := range e.Type.Fields {
		value := &Expr{Op: OpField, Name: f.Name, Args: []*Expr{e}, Type: f.Type, Nullable: e.Nullable || f.Nullable, Label: f.Name}
		name := f.Name
		if strings.EqualFold(f.Name, path[0]) {
			if len(path) > 1 {
				edited, err := an.editMember(value, path[1:], rename)
				if err != nil {
					return nil, err
				}
				changed = changed || edited != value
				value = edited
			} else {
				changed = true
				if rename == nil {
					continue
				}
				name = *rename
			}
		}
		names, values = append(names, name), append(values, value)
	}
	switch {
	case !changed:
		return e, nil
	case len(values) == 0:
		return nil, unsupported("dropping the only member (%s) of a struct (drop the struct)", path[0])
	}
	return whereSet(e, structOf(names, values)), nil
}

// renameField renames a column, or a member inside its struct.
func (an *Analyser) renameField(in *Rel, renames []plan.Rename) (*Rel, error) {
	items := keepAll(in)
	for _, r := range renames {
		from, to := splitName(r.Old), splitName(r.New)
		if err := an.insideArray(in, "rename_field", r.Old); err != nil {
			return nil, err
		}
		if len(from) > 1 && (len(to) != 1 && len(to) != len(from)) || len(from) == 1 && len(to) != 1 {
			return nil, unsupported("rename_field from %q to %q, which moves a field into another struct,", r.Old, r.New)
		}
		for i := 0; i < len(to)-1; i++ {
			if !strings.EqualFold(from[i], to[i]) {
				return nil, unsupported("rename_field from %q to %q, which moves a field into another struct,", r.Old, r.New)
			}
		}
		for i := range items {
			switch last := to[len(to)-1]; {
			case len(from) == 1 && strings.EqualFold(items[i].name, from[0]):
				items[i].name, items[i].keep = last, false
			case len(from) > 1 && strings.EqualFold(items[i].name, from[0]):
				edited, err := an.editMember(items[i].expr, from[1:], &last)
				if err != nil {
					return nil, err
				}
				items[i].expr = edited
				items[i].keep = items[i].keep && items[i].expr.Op == OpAttr
			}
		}
	}
	return an.projectRel(in, items), nil
}

// dropNull leaves out the columns whose type is null, and such members of structs.
func (an *Analyser) dropNull(in *Rel) (*Rel, error) {
	var items []named
	for _, item := range keepAll(in) {
		if isNullType(item.expr.Type) {
			continue
		}
		for _, path := range nullPaths(item.expr.Type, nil) {
			edited, err := an.editMember(item.expr, path, nil)
			if err != nil {
				return nil, err
			}
			item.expr, item.keep = edited, edited.Op == OpAttr
		}
		items = append(items, item)
	}
	return an.projectRel(in, items), nil
}

// isNullType reports whether t is the null type, or arrays of it.
func isNullType(t Type) bool { return t.Kind == Null || t.Kind == Array && isNullType(*t.Elem) }

// nullPaths lists the paths of members whose type is null.
func nullPaths(t Type, path []string) [][]string {
	var out [][]string
	if t.Kind != Struct {
		return nil
	}
	for _, f := range t.Fields {
		here := append(append([]string(nil), path...), f.Name)
		if isNullType(f.Type) {
			out = append(out, here)
		} else {
			out = append(out, nullPaths(f.Type, here)...)
		}
	}
	return out
}

// toDataFrame turns choices into structs with one member for each alternative, as DynamicFrame.toDF does.
func (an *Analyser) toDataFrame(in *Rel) *Rel {
	items := keepAll(in)
	changed := false
	for i, a := range in.Out {
		if t := withoutChoice(a.Type); !t.Equal(a.Type) {
			items[i] = named{name: a.Name, expr: &Expr{Op: OpCall, Name: "choice_struct", Type: t, Nullable: a.Nullable,
				Args: []*Expr{items[i].expr}, Label: a.Name}}
			changed = true
		}
	}
	if !changed {
		return in
	}
	return an.projectRel(in, items)
}

// loosen is the relation with columns that may be null, and hold nulls: a DynamicFrame knows no more of its fields.
func (an *Analyser) loosen(in *Rel) *Rel {
	out := an.alias(in, "")
	for i := range out.Out {
		out.Out[i].Type, out.Out[i].Nullable = mayHoldNulls(out.Out[i].Type), true
	}
	return out
}

// mayHoldNulls is t as a DynamicFrame has it: nulls may be anywhere in it.
func mayHoldNulls(t Type) Type {
	if t.Elem != nil {
		elem := mayHoldNulls(*t.Elem)
		t.Elem, t.NoNulls = &elem, false
	}
	if t.Key != nil {
		key := mayHoldNulls(*t.Key)
		t.Key = &key
	}
	t.Fields = append([]Field(nil), t.Fields...)
	for i, f := range t.Fields {
		t.Fields[i].Type, t.Fields[i].Nullable = mayHoldNulls(f.Type), true
	}
	return t
}

// withoutChoice is t with every choice replaced by the struct that carries it.
func withoutChoice(t Type) Type {
	switch t.Kind {
	case Array:
		elem := withoutChoice(*t.Elem)
		t.Elem = &elem
	case Map:
		key, elem := withoutChoice(*t.Key), withoutChoice(*t.Elem)
		t.Key, t.Elem = &key, &elem
	case Struct, Choice:
		fields := make([]Field, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = Field{Name: f.Name, Type: withoutChoice(f.Type), Nullable: f.Nullable}
		}
		t.Kind, t.Fields = Struct, fields
	}
	return t
}

// dynamicJoin is Join.apply: rows with equal keys, the columns of both sides, where the right side's columns that also
// stand on the left get a dot before their name.
func (an *Analyser) dynamicJoin(n plan.Node, left, right *Rel) (*Rel, error) {
	if len(n.Keys1) == 0 || len(n.Keys1) != len(n.Keys2) {
		return nil, analysisError("Join needs as many keys1 as keys2, and at least one")
	}
	right, _ = an.renew(left, right)
	rel := &Rel{Op: RelJoin, How: "inner", Inputs: []*Rel{left, right}, Out: joinOutput("inner", left, right)}
	cond, err := an.keysEqual(left, right, n.Keys1, n.Keys2)
	if err != nil {
		return nil, err
	}
	rel.Exprs = []*Expr{cond}
	names := map[string]bool{}
	items := keepAll(rel)
	for i := range items {
		if i < len(left.Out) {
			names[items[i].name] = true
		} else if names[items[i].name] {
			items[i].name, items[i].keep = "."+items[i].name, false
		}
	}
	return an.projectRel(rel, items), nil
}
