package engine

import (
	"strconv"
	"strings"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
)

// orderKey writes a value that DuckDB orders and compares as Spark orders the given one. Inside of an array or struct a
// null is less than any value for Spark, and greater for DuckDB; so each part becomes a pair of whether it is there and
// itself. A value without parts is its own key. A null stays null.
func (em *emitter) orderKey(text string, t spark.Type) string {
	switch t.Kind {
	case spark.Array:
		v := em.name("o")
		return "list_transform(" + text + ", lambda " + v + ": {'n': " + v + " IS NOT NULL, 'v': " + em.orderKey(v, *t.Elem) + "})"
	case spark.Struct:
		return em.bind(text, func(v string) string {
			parts := make([]string, 0, 2*len(t.Fields))
			for i, f := range t.Fields {
				member := "struct_extract(" + v + ", " + relation.Literal(f.Name) + ")"
				n := strconv.Itoa(i)
				parts = append(parts, "'n"+n+"': "+member+" IS NOT NULL", "'v"+n+"': "+em.orderKey(member, f.Type))
			}
			return "(CASE WHEN " + v + " IS NOT NULL THEN {" + strings.Join(parts, ", ") + "} END)"
		})
	default:
		return text
	}
}

// nested reports whether values of t have parts.
func nested(t spark.Type) bool { return t.Kind == spark.Array || t.Kind == spark.Struct }

// sortList writes a sorted list: direction is ASC or DESC, nulls is NULLS FIRST or NULLS LAST.
func (em *emitter) sortList(list string, elem spark.Type, direction, nulls string) string {
	if !nested(elem) {
		return "list_sort(" + list + ", '" + direction + "', '" + nulls + "')"
	}
	v, s := em.name("e"), em.name("e")
	pairs := "list_transform(" + list + ", lambda " + v + ": CASE WHEN " + v + " IS NOT NULL THEN {'k': " + em.orderKey(v, elem) + ", 'v': " + v + "} END)"
	return "list_transform(list_sort(" + pairs + ", '" + direction + "', '" + nulls + "'), lambda " + s + ": " + s + ".v)"
}

// emitOrdered writes a comparison of two values by order.
func emitOrdered(x *exprs, e *spark.Expr, a []string) (string, error) {
	t := e.Args[0].Type
	return "(" + x.em.orderKey(a[0], t) + " " + e.Name + " " + x.em.orderKey(a[1], t) + ")", nil
}

// emitExtreme writes greatest and least, which skip nulls.
func emitExtreme(x *exprs, e *spark.Expr, a []string) (string, error) {
	if e.Type.Kind == spark.Float { // DuckDB's own of floats takes the sign off a zero
		wide := make([]string, len(a))
		for i, text := range a {
			wide[i] = "CAST(" + text + " AS DOUBLE)"
		}
		return "CAST(" + e.Name + "(" + strings.Join(wide, ", ") + ") AS FLOAT)", nil
	}
	if !nested(e.Type) {
		return e.Name + "(" + strings.Join(a, ", ") + ")", nil
	}
	direction := "ASC"
	if e.Name == "greatest" {
		direction = "DESC"
	}
	list := "CAST([" + strings.Join(a, ", ") + "] AS " + relation.DuckType(e.Type) + "[])"
	return "list_extract(" + x.em.sortList(list, e.Type, direction, "NULLS LAST") + ", 1)", nil
}

// emitArrayExtreme writes array_max and array_min, which skip nulls.
func emitArrayExtreme(x *exprs, e *spark.Expr, a []string) (string, error) {
	if !nested(e.Type) {
		return "list_" + strings.TrimPrefix(e.Name, "array_") + "(" + a[0] + ")", nil
	}
	direction := "ASC"
	if e.Name == "array_max" {
		direction = "DESC"
	}
	return "list_extract(" + x.em.sortList(a[0], e.Type, direction, "NULLS LAST") + ", 1)", nil
}

// plainZero writes a value whose doubles, wherever they stand in it, have no negative zero. depth counts the lambdas
// around it.
func plainZero(text string, t spark.Type, depth int) string {
	v := "z" + strconv.Itoa(depth)
	switch {
	case t.Kind == spark.Double || t.Kind == spark.Float:
		return "(" + text + " + CAST(0 AS " + relation.DuckType(t) + "))"
	case !hasDouble(t):
		return text
	case t.Kind == spark.Array:
		return "list_transform(" + text + ", lambda " + v + ": " + plainZero(v, *t.Elem, depth+1) + ")"
	default:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			name := relation.Literal(f.Name)
			parts[i] = name + ": " + plainZero("struct_extract("+v+", "+name+")", f.Type, depth+1)
		}
		return "list_transform([" + text + "], lambda " + v + ": CASE WHEN " + v + " IS NOT NULL THEN {" + strings.Join(parts, ", ") + "} END)[1]"
	}
}

// hasDouble reports whether a double or float is in an array or struct, maps aside.
func hasDouble(t spark.Type) bool {
	switch t.Kind {
	case spark.Double, spark.Float:
		return true
	case spark.Array:
		return hasDouble(*t.Elem)
	case spark.Struct:
		for _, f := range t.Fields {
			if hasDouble(f.Type) {
				return true
			}
		}
	}
	return false
}
