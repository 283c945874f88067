package engine

import "tenon/internal/core/spark"

// emitArraySets writes the functions that take arrays for sets: array_distinct, array_union, array_except,
// array_intersect and arrays_overlap. Elements stay in the order in which they come first. Two nulls are the same
// element, and so are two NaNs; but the zeros of doubles are two, as they are not when they stand deeper inside.
func emitArraySets(x *exprs, e *spark.Expr, a []string) (string, error) {
	elem := e.Args[0].Type.Elem.Kind
	key, keys := "x", func(list string) string { return list }
	if elem == spark.Double || elem == spark.Float { // as texts they are told apart by their signs
		key = "CAST(x AS VARCHAR)"
		keys = func(list string) string { return "list_transform(" + list + ", lambda x: CAST(x AS VARCHAR))" }
	}
	distinct := func(list, and string) string {
		return x.em.bind(list, func(l string) string {
			return x.em.bind(keys(l), func(k string) string {
				return "list_filter(" + l + ", lambda x, i: list_position(" + k + ", " + key + ") = i" + and + ")"
			})
		})
	}
	if e.Name == "array_distinct" {
		return distinct(a[0], ""), nil
	}
	known := a[0] + " IS NOT NULL AND " + a[1] + " IS NOT NULL"
	if e.Name == "array_union" {
		return "(CASE WHEN " + known + " THEN " + distinct("list_concat("+a[0]+", "+a[1]+")", "") + " END)", nil
	}
	if e.Name == "arrays_overlap" {
		return x.em.fill("(CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL WHEN list_has_any("+keys("$1")+", "+keys("$2")+") THEN true WHEN len($1) = 0 OR "+
			"len($2) = 0 THEN false WHEN list_count($1) < len($1) OR list_count($2) < len($2) THEN NULL ELSE false END)", a), nil
	}
	found := " = 0"
	if e.Name == "array_intersect" {
		found = " > 0"
	}
	return x.em.bind(keys(a[1]), func(other string) string {
		return "(CASE WHEN " + known + " THEN " + distinct(a[0], " AND coalesce(list_position("+other+", "+key+"), 0)"+found) + " END)"
	}), nil
}
