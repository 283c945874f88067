package engine

import (
	"strings"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
)

// body writes the value of a lambda, whose parameters stand for the given texts.
func (x *exprs) body(lambda *spark.Expr, params ...string) (string, error) {
	outer := x.em.vars
	x.em.vars = make(map[string]string, len(outer)+len(params))
	defer func() { x.em.vars = outer }()
	for name, text := range outer {
		x.em.vars[name] = text
	}
	for i, p := range lambda.Params {
		x.em.vars[p.Name] = params[i]
	}
	return x.sql(lambda.Args[0])
}

// emitTransform writes transform over the elements, whose positions count from 0.
func emitTransform(x *exprs, e *spark.Expr, a []string) (string, error) {
	return x.overElements("list_transform", e, a)
}

// emitFilter writes filter: an element for which the condition is null goes.
func emitFilter(x *exprs, e *spark.Expr, a []string) (string, error) {
	return x.overElements("list_filter", e, a)
}

// overElements writes a function of DuckDB's over a list and a lambda of the element and its position.
func (x *exprs) overElements(name string, e *spark.Expr, a []string) (string, error) {
	v, i := x.em.name("e"), x.em.name("i")
	body, err := x.body(e.Args[1], v, "CAST("+i+" - 1 AS INTEGER)")
	params := v
	if len(e.Args[1].Params) == 2 {
		params += ", " + i
	}
	return name + "(" + a[0] + ", lambda " + params + ": " + body + ")", err
}

// emitExists writes exists and forall by three-valued logic: what one element decides is decided, else one unknown
// makes all unknown.
func emitExists(x *exprs, e *spark.Expr, a []string) (string, error) {
	decided, other := "true", "false"
	if e.Name == "forall" {
		decided, other = other, decided
	}
	v := x.em.name("e")
	body, err := x.body(e.Args[1], v)
	list := "list_transform(" + a[0] + ", lambda " + v + ": " + body + ")"
	return x.em.bind(list, func(l string) string {
		return "(CASE WHEN " + l + " IS NULL THEN NULL WHEN list_contains(" + l + ", " + decided + ") THEN " + decided +
			" WHEN list_count(" + l + ") < len(" + l + ") THEN NULL ELSE " + other + " END)"
	}), err
}

// emitAggregate writes aggregate. DuckDB's reduce has one type for elements and result, so that both travel in a struct.
func emitAggregate(x *exprs, e *spark.Expr, a []string) (string, error) {
	elem, acc := relation.DuckType(*e.Args[0].Type.Elem), relation.DuckType(e.Args[1].Type)
	pair := func(value, element string) string {
		return "{'a': CAST(" + value + " AS " + acc + "), 'e': CAST(" + element + " AS " + elem + ")}"
	}
	v, s, r := x.em.name("e"), x.em.name("s"), x.em.name("r")
	merged, err := x.body(e.Args[2], s+".a", r+".e")
	if err != nil {
		return "", err
	}
	reduced := "list_reduce(list_transform(" + a[0] + ", lambda " + v + ": " + pair("NULL", v) + "), lambda " + s + ", " + r + ": " +
		pair(merged, "NULL") + ", " + pair(a[1], "NULL") + ")"
	f := x.em.name("f")
	finished, err := x.body(e.Args[3], f+".a")
	return "list_transform([" + reduced + "], lambda " + f + ": CASE WHEN " + f + " IS NOT NULL THEN " + finished + " END)[1]", err
}

// emitZipWith writes zip_with: the shorter array goes on with nulls.
func emitZipWith(x *exprs, e *spark.Expr, a []string) (string, error) {
	i := x.em.name("i")
	bodyOver := func(l, r string) (string, error) {
		return x.body(e.Args[2], "list_extract("+l+", "+i+")", "list_extract("+r+", "+i+")")
	}
	var err error
	text := x.em.bind(a[0], func(l string) string {
		return x.em.bind(a[1], func(r string) string {
			var body string
			body, err = bodyOver(l, r)
			return "(CASE WHEN " + l + " IS NOT NULL AND " + r + " IS NOT NULL THEN list_transform(range(1, greatest(len(" + l + "), len(" + r +
				")) + 1), lambda " + i + ": " + body + ") END)"
		})
	})
	return text, err
}

// emitTransformMap writes transform_keys and transform_values.
func emitTransformMap(x *exprs, e *spark.Expr, a []string) (string, error) {
	v := x.em.name("e")
	body, err := x.body(e.Args[1], v+".key", v+".value")
	key, value := v+".key", body
	if e.Name == "transform_keys" {
		key, value = body, v+".value"
	}
	return x.em.mapOfEntries(e.Type, "list_transform(map_entries("+a[0]+"), lambda "+v+": {'key': "+key+", 'value': "+value+"})"), err
}

// emitMapFilter writes map_filter.
func emitMapFilter(x *exprs, e *spark.Expr, a []string) (string, error) {
	v := x.em.name("e")
	body, err := x.body(e.Args[1], v+".key", v+".value")
	return "map_from_entries(list_filter(map_entries(" + a[0] + "), lambda " + v + ": " + body + "))", err
}

// emitMapZipWith writes map_zip_with: the keys of the first map, then those that only the second has.
func emitMapZipWith(x *exprs, e *spark.Expr, a []string) (string, error) {
	k, other := x.em.name("k"), x.em.name("k")
	var err error
	text := x.em.bind(a[0], func(l string) string {
		return x.em.bind(a[1], func(r string) string {
			var body string
			body, err = x.body(e.Args[2], k, "map_extract("+l+", "+k+")[1]", "map_extract("+r+", "+k+")[1]")
			keys := "list_concat(map_keys(" + l + "), list_filter(map_keys(" + r + "), lambda " + other + ": NOT map_contains(" + l + ", " + other +
				")))"
			return "(CASE WHEN " + l + " IS NOT NULL AND " + r + " IS NOT NULL THEN map_from_entries(list_transform(" + keys + ", lambda " + k +
				": {'key': " + k + ", 'value': " + body + "})) END)"
		})
	})
	return text, err
}

// emitArraySort writes array_sort: nulls last, or by a comparator. By a comparator the place of an element is how many
// others come before it: those that it does not compare less than, of the earlier ones, and those that compare less, of
// the later ones. The comparator is an order when the places are all different.
func emitArraySort(x *exprs, e *spark.Expr, a []string) (string, error) {
	if len(e.Args) == 1 {
		return x.em.sortList(a[0], *e.Type.Elem, "ASC", "NULLS LAST"), nil
	}
	i, j, o := x.em.name("i"), x.em.name("j"), x.em.name("o")
	var err error
	text := x.em.bind(a[0], func(l string) string {
		var late, early string
		at := func(n string) string { return "list_extract(" + l + ", " + n + ")" }
		if late, err = x.body(e.Args[1], at(i), at(j)); err != nil { // j is before i
			return ""
		}
		if early, err = x.body(e.Args[1], at(j), at(i)); err != nil {
			return ""
		}
		known := func(c string) string {
			return "coalesce(" + c + ", error('[COMPARATOR_RETURNS_NULL] The comparator has returned a NULL for a comparison. It should return a " +
				"positive integer for \"greater than\", 0 for \"equal\" and a negative integer for \"less than\".'))"
		}
		positions := "range(1, len(" + l + ") + 1)"
		places := "list_transform(" + positions + ", lambda " + i + ": len(list_filter(" + positions + ", lambda " + j + ": CASE WHEN " + j + " < " + i +
			" THEN " + known(late) + " >= 0 WHEN " + j + " > " + i + " THEN " + known(early) + " < 0 ELSE false END)) + 1)"
		return x.em.bind(places, func(p string) string {
			return "(CASE WHEN len(list_distinct(" + p + ")) < len(" + l + ") THEN error('Comparison method violates its general contract!') " +
				"ELSE list_transform(" + positions + ", lambda " + o + ": list_extract(" + l + ", list_position(" + p + ", " + o + "))) END)"
		})
	})
	return text, err
}

// bind writes body over a name for a value, whatever the value's length: the value is computed once.
func (em *emitter) bind(value string, body func(string) string) string {
	if !strings.ContainsAny(value, "(") {
		return body(value)
	}
	v := em.name("v")
	return "list_transform([" + value + "], lambda " + v + ": " + body(v) + ")[1]"
}
