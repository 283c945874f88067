package spark

import "slices"

// ddbKinds are the members by which DynamoDB's JSON tells the type of a value: {"S": "x"}.
var ddbKinds = []string{"S", "N", "B", "SS", "NS", "BS", "BOOL", "L", "M", "NULL"}

// ddbKind is the kind of a value of DynamoDB's JSON, "" for what is none.
func ddbKind(t Type) string {
	if t.Kind == Struct && len(t.Fields) == 1 && slices.Contains(ddbKinds, t.Fields[0].Name) {
		return t.Fields[0].Name
	}
	return ""
}

// ddb is simplify_ddb_json, or unnest_ddb_json with unnest: DynamoDB's JSON without the members that tell types. A sole
// column "Item" is the record itself.
func (an *Analyser) ddb(in *Rel, unnest bool) (*Rel, error) {
	items := keepAll(in)
	if len(items) == 1 && items[0].name == "Item" && items[0].expr.Type.Kind == Struct {
		item := items[0].expr
		items = nil
		for _, f := range item.Type.Fields {
			items = append(items, named{name: f.Name, expr: memberOf(item, f.Name)})
		}
	}
	for i, item := range items {
		e, err := an.ddbValue(item.expr, item.name, unnest)
		if err != nil {
			return nil, err
		}
		items[i].expr, items[i].keep = e, item.keep && e == item.expr
	}
	return an.projectRel(in, items), nil
}

// ddbValue is one value without the members that tell types; what is no DynamoDB JSON stays.
func (an *Analyser) ddbValue(e *Expr, name string, unnest bool) (*Expr, error) {
	if e.Type.Kind != Struct {
		return e, nil
	}
	kind := ddbKind(e.Type)
	switch {
	case kind == "" && slices.ContainsFunc(e.Type.Fields, func(f Field) bool { return !slices.Contains(ddbKinds, f.Name) }):
		return an.ddbMembers(e, name, unnest)
	case kind == "":
		return nil, unsupported("DynamoDB JSON in which %s has several types", name)
	case kind == "NULL":
		return nil, unsupported("DynamoDB JSON in which %s is NULL in every record", name)
	case kind == "M" && unnest:
		return nil, unsupported("unnest_ddb_json of the map %s (simplify_ddb_json makes a struct of it)", name)
	}
	value := memberOf(e, kind)
	switch {
	case kind == "M" && value.Type.Kind == Struct:
		return an.ddbMembers(value, name, unnest)
	case kind == "L" && value.Type.Kind == Array && !unnest:
		if elem := ddbKind(*value.Type.Elem); elem != "" && elem != "M" && elem != "L" && elem != "NULL" {
			return an.each(value, func(x *Expr) (*Expr, error) { return memberOf(x, elem), nil })
		}
	}
	return value, nil
}

// ddbMembers does every member of a struct.
func (an *Analyser) ddbMembers(e *Expr, name string, unnest bool) (*Expr, error) {
	list, values := make([]string, len(e.Type.Fields)), make([]*Expr, len(e.Type.Fields))
	changed := false
	for i, f := range e.Type.Fields {
		member := memberOf(e, f.Name)
		value, err := an.ddbValue(member, name+"."+f.Name, unnest)
		if err != nil {
			return nil, err
		}
		list[i], values[i], changed = f.Name, value, changed || value != member
	}
	if !changed {
		return e, nil
	}
	return whereSet(e, structOf(list, values)), nil
}
