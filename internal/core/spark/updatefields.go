package spark

import (
	"strings"

	"tenon/internal/plan"
)

// The calls that Column.withField and dropFields are: update over a struct and its changes, in order. No function of SQL
// has such a name.
const (
	updateCall = "update fields"
	withCall   = "with field"
	dropCall   = "drop field"
)

// structUpdate is a struct while changes are made to it, member by member.
type structUpdate struct {
	base   *Expr
	fields []Field
	values []*Expr
	labels []string // of the changes
}

// updateFields resolves withField and dropFields: the struct with its members changed, null where it is.
func (s *scope) updateFields(e plan.Expr) (*Expr, error) {
	base, err := s.expr(e.Args[0])
	if err != nil {
		return nil, err
	}
	u := &structUpdate{base: base}
	for i, change := range e.Args[1:] {
		path, err := literalOf(change.Args[0])
		if err != nil {
			return nil, err
		}
		name, _ := path.Value.(string)
		var value *Expr
		if change.Name == withCall {
			if value, err = s.expr(change.Args[1]); err != nil {
				return nil, err
			}
		}
		if i == 0 {
			if err := u.open(value); err != nil {
				return nil, err
			}
		}
		if err := u.change(splitName(name), value); err != nil {
			return nil, err
		}
	}
	return u.made(), nil
}

// open takes the struct apart; value is what the first change sets, for an error.
func (u *structUpdate) open(value *Expr) error {
	if u.base.Type.Kind != Struct {
		return mismatch("update_fields("+u.base.Label+", "+changeLabel(value)+")", 0, `"STRUCT"`, u.base)
	}
	for _, f := range u.base.Type.Fields {
		member, err := field(u.base, f.Name)
		if err != nil {
			return err
		}
		u.fields, u.values = append(u.fields, f), append(u.values, member)
	}
	return nil
}

// changeLabel spells a change as Spark does.
func changeLabel(value *Expr) string {
	if value == nil {
		return "dropfield()"
	}
	return "WithField(" + value.Label + ")"
}

// change sets the member at a path to a value, or drops it when value is nil. The path's members but the last must exist.
func (u *structUpdate) change(path []string, value *Expr) error {
	if len(path) == 1 {
		u.labels = append(u.labels, changeLabel(value))
		u.set(path[0], value)
		if len(u.fields) == 0 {
			return analysisError("[DATATYPE_MISMATCH.CANNOT_DROP_ALL_FIELDS] Cannot resolve \"%s\" due to data type mismatch: Cannot drop all "+
				"fields in struct.", u.label())
		}
		return nil
	}
	current := u.made()
	inside, err := field(current, path[0])
	if err != nil {
		return err
	}
	for i, f := range u.fields {
		if strings.EqualFold(f.Name, path[0]) {
			copied := *u.values[i]
			copied.Label = inside.Label
			inside = &copied
		}
	}
	below := &structUpdate{base: inside}
	if err := below.open(value); err != nil {
		return err
	}
	if err := below.change(path[1:], value); err != nil {
		return err
	}
	return u.change(path[:1], below.made())
}

// set replaces the members of a name, case aside, or adds one; a nil value takes them out.
func (u *structUpdate) set(name string, value *Expr) {
	var fields []Field
	var values []*Expr
	found := false
	for i, f := range u.fields {
		switch {
		case !strings.EqualFold(f.Name, name):
			fields, values = append(fields, f), append(values, u.values[i])
		case value != nil:
			found = true
			fields, values = append(fields, Field{Name: name, Type: value.Type, Nullable: value.Nullable}), append(values, value)
		}
	}
	if value != nil && !found {
		fields, values = append(fields, Field{Name: name, Type: value.Type, Nullable: value.Nullable}), append(values, value)
	}
	u.fields, u.values = fields, values
}

// label spells the struct with its changes so far.
func (u *structUpdate) label() string {
	if len(u.labels) == 0 {
		return u.base.Label
	}
	return "update_fields(" + u.base.Label + ", " + strings.Join(u.labels, ", ") + ")"
}

// made is the struct with its changes so far: a call over the struct and its members' values.
func (u *structUpdate) made() *Expr {
	if len(u.labels) == 0 {
		return u.base
	}
	return &Expr{Op: OpCall, Name: updateCall, Args: append([]*Expr{u.base}, u.values...), Nullable: u.base.Nullable, Label: u.label(),
		Type: Type{Kind: Struct, Fields: u.fields}}
}
