package engine

import (
	"strconv"
	"strings"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
)

// The functions on arrays, maps and structs, with their lambdas and generators.

// nestedTemplates are those that are one expression of DuckDB's.
var nestedTemplates = map[string]string{
	"array_append":   "(CASE WHEN $1 IS NOT NULL THEN list_append($1, $2) END)",
	"array_prepend":  "(CASE WHEN $1 IS NOT NULL THEN list_prepend($2, $1) END)",
	"array_compact":  "list_filter($1, lambda x: x IS NOT NULL)",
	"array_position": "(CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN CAST(coalesce(list_position($1, $2), 0) AS BIGINT) END)",
	"array_remove":   "(CASE WHEN $2 IS NOT NULL THEN list_filter($1, lambda x: x IS NULL OR x <> $2) END)",
	"array_repeat":   "(CASE WHEN $2 IS NOT NULL THEN list_transform(range(CAST($2 AS BIGINT)), lambda i: $1) END)",
	"slice": "(CASE WHEN $1 IS NULL OR $2 IS NULL OR $3 IS NULL THEN NULL WHEN $2 = 0 THEN error('Unexpected value for start in function slice: SQL " +
		"array indices start at 1.') WHEN $3 < 0 THEN error('Unexpected value for length in function slice: length must be greater than or equal to " +
		"0.') WHEN $2 > 0 THEN list_slice($1, $2, CAST($2 AS BIGINT) + $3 - 1) WHEN len($1) + $2 < 0 THEN list_slice($1, 1, 0) " +
		"ELSE list_slice($1, len($1) + $2 + 1, len($1) + $2 + $3) END)",
	"shuffle":          "list_transform(list_sort(list_transform($1, lambda x: {'r': random(), 'v': x})), lambda x: x.v)",
	"map_entries":      "map_entries($1)",
	"map_contains_key": "(CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN map_contains($1, $2) END)",
	"map_from_arrays": "(CASE WHEN len($1) <> len($2) THEN error('The key array and value array of MapData must have the same length.') " +
		"ELSE map($1, $2) END)",
}

// moreNestedEmitterOf finds the emitter of one of the others, nil for none.
func moreNestedEmitterOf(name string) callEmitter {
	switch name {
	case "transform":
		return emitTransform
	case "filter":
		return emitFilter
	case "exists", "forall":
		return emitExists
	case "aggregate":
		return emitAggregate
	case "zip_with":
		return emitZipWith
	case "array_sort":
		return emitArraySort
	case "transform_keys", "transform_values":
		return emitTransformMap
	case "map_filter":
		return emitMapFilter
	case "map_zip_with":
		return emitMapZipWith
	case "array_insert":
		return emitArrayInsert
	case "array_union", "array_except", "array_intersect", "array_distinct", "arrays_overlap":
		return emitArraySets
	case "get":
		return emitGetItem
	case "arrays_zip":
		return emitArraysZip
	case "sequence":
		return emitSequence
	case "map_concat":
		return emitMapConcat
	case "map_from_entries":
		return emitMapFromEntries
	case "update fields":
		return emitUpdateFields
	default:
		return nil
	}
}

// nestedGoFunctions are the functions of Go's that their texts use.
func nestedGoFunctions() []goFunction { return nil }

// emitArrayInsert writes array_insert: positions from 1, negative ones from the end, where -1 is after the last. What
// lies between the array and a place beyond it is null.
func emitArrayInsert(x *exprs, e *spark.Expr, a []string) (string, error) {
	none := "CAST(NULL AS " + relation.DuckType(*e.Type.Elem) + ")"
	nulls := func(n string) string { return "list_transform(range(" + n + "), lambda i: " + none + ")" }
	at := func(from string) string { // before element number from, counted from 0
		return "list_concat(list_slice($1, 1, " + from + "), [$3], list_slice($1, " + from + " + 1, len($1)))"
	}
	return x.em.fill("(CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL WHEN $2 = 0 THEN error('[INVALID_INDEX_OF_ZERO] The index 0 is invalid. An index "+
		"shall be either < 0 or > 0 (the first element has index 1).') WHEN $2 > len($1) THEN list_concat($1, "+nulls("$2 - len($1) - 1")+", [$3]) "+
		"WHEN $2 > 0 THEN "+at("($2 - 1)")+" WHEN len($1) + $2 + 1 >= 0 THEN "+at("(len($1) + $2 + 1)")+
		" ELSE list_concat([$3], "+nulls("-CAST($2 AS BIGINT) - len($1) - 1")+", $1) END)", a), nil
}

// emitUpdateFields writes a struct of new members, null where the struct that they came from is.
func emitUpdateFields(x *exprs, e *spark.Expr, a []string) (string, error) {
	made, err := emitStruct(x, e, a[1:])
	if err != nil || !e.Nullable {
		return made, err
	}
	return "(CASE WHEN " + a[0] + " IS NOT NULL THEN " + made + " END)", nil
}

// emitArraysZip writes arrays_zip: shorter arrays go on with nulls, and any null array makes all null.
func emitArraysZip(x *exprs, e *spark.Expr, a []string) (string, error) {
	if len(a) == 0 {
		return "", refuse("arrays_zip without arrays")
	}
	if err := relation.CheckSchema(spark.Schema{{Name: e.Label, Type: *e.Type.Elem}}); err != nil {
		return "", err
	}
	parts, lengths, known := make([]string, len(a)), make([]string, len(a)), make([]string, len(a))
	for i, f := range e.Type.Elem.Fields {
		place := "$" + strconv.Itoa(i+1)
		parts[i] = relation.Literal(f.Name) + ": list_extract(" + place + ", i)"
		lengths[i], known[i] = "len("+place+")", place+" IS NOT NULL"
	}
	return x.em.fill("(CASE WHEN "+strings.Join(known, " AND ")+" THEN list_transform(range(1, greatest("+strings.Join(lengths, ", ")+") + 1), lambda i: {"+
		strings.Join(parts, ", ")+"}) END)", a), nil
}

// emitSequence writes sequence.
func emitSequence(x *exprs, e *spark.Expr, a []string) (string, error) {
	if isWhole(*e.Type.Elem) {
		return x.sequenceOfNumbers(e, a), nil
	}
	months, days, micros := int64(0), int64(1), int64(0)
	if len(a) == 3 {
		months, micros, _ = spark.IntervalParts(e.Args[2])
		days, micros = micros/spark.MicrosPerDay, micros%spark.MicrosPerDay
	}
	if e.Type.Elem.Kind == spark.Date && (micros != 0 || months != 0 && days != 0) {
		return "", refuse("sequence of dates with a step that has hours, or months and days")
	}
	step := func(sign string) string {
		return x.em.fill(sequenceOfMoments(sign, months, days, micros, relation.DuckType(*e.Type.Elem)), a[:2])
	}
	if len(a) == 3 {
		return step(""), nil
	}
	return x.em.fill("(CASE WHEN $1 <= $2 THEN "+step("")+" ELSE "+step("-")+" END)", a[:2]), nil
}

// sequenceOfNumbers writes a sequence of whole numbers; without a step it goes by one towards its end.
func (x *exprs) sequenceOfNumbers(e *spark.Expr, a []string) string {
	if len(a) == 2 {
		a = append(a, "(CASE WHEN "+a[0]+" <= "+a[1]+" THEN 1 ELSE -1 END)")
	}
	wide := make([]string, len(a))
	for i := range a {
		wide[i] = "CAST(" + a[i] + " AS BIGINT)"
	}
	return x.em.fill("CAST(CASE WHEN $1 IS NULL OR $2 IS NULL OR $3 IS NULL THEN NULL WHEN $1 = $2 THEN [$1] WHEN $3 = 0 OR ($1 < $2) <> ($3 > 0) THEN "+
		"error('Illegal sequence boundaries: ' || $1 || ' to ' || $2 || ' by ' || $3) ELSE generate_series($1, $2, $3) END AS "+
		relation.DuckType(e.Type)+")", wide)
}

// microsPerDay and daysPerMonth are what Spark takes a step for when it counts how many it needs at most.
const (
	microsPerDay = 86_400_000_000
	daysPerMonth = 28
)

// sequenceOfMoments writes the template of a sequence of dates or timestamps. Each element is the start plus so many
// steps, so that months of different lengths do not add up.
func sequenceOfMoments(sign string, months, days, micros int64, duck string) string {
	total := months*daysPerMonth*microsPerDay + days*microsPerDay + micros
	if sign == "-" {
		total = -total
	}
	if total == 0 {
		return "(CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN CASE WHEN $1 = $2 THEN [$1] ELSE error('Illegal sequence boundaries') END END)"
	}
	within, wrong := "<=", "<"
	if total < 0 {
		within, wrong = ">=", ">"
	}
	part := func(function string, n int64) string {
		return " + " + function + "(CAST(" + sign + "i * " + strconv.FormatInt(n, 10) + " AS BIGINT))"
	}
	at := "CAST($1 AS TIMESTAMP)"
	if months != 0 {
		at += " + to_months(CAST(" + sign + "i * " + strconv.FormatInt(months, 10) + " AS INTEGER))"
	}
	if days != 0 {
		at += " + to_days(CAST(" + sign + "i * " + strconv.FormatInt(days, 10) + " AS INTEGER))"
	}
	if micros != 0 {
		at += part("to_microseconds", micros)
	}
	span := "(epoch_us(CAST($2 AS TIMESTAMP)) - epoch_us(CAST($1 AS TIMESTAMP)))"
	steps := "range(" + span + " // " + strconv.FormatInt(total, 10) + " + 1)"
	return "(CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL WHEN $2 " + wrong + " $1 THEN error('Illegal sequence boundaries') " +
		"ELSE list_filter(list_transform(" + steps + ", lambda i: CAST(" + at + " AS " + duck + ")), lambda t: t " + within + " $2) END)"
}

// mapOfEntries writes a map from a list of its entries. A key that is null or stands twice fails the query, as in Spark.
func (em *emitter) mapOfEntries(t spark.Type, entries string) string {
	return "CAST(map_from_entries(" + entries + ") AS " + relation.DuckType(t) + ")"
}

// emitMapConcat writes map_concat.
func emitMapConcat(x *exprs, e *spark.Expr, a []string) (string, error) {
	if len(a) == 0 {
		return "CAST(MAP {} AS " + relation.DuckType(e.Type) + ")", nil
	}
	entries := make([]string, len(a))
	known := make([]string, len(a))
	for i := range a {
		place := "$" + strconv.Itoa(i+1)
		entries[i], known[i] = "map_entries("+place+")", place+" IS NOT NULL"
	}
	return x.em.fill("(CASE WHEN "+strings.Join(known, " AND ")+" THEN map_from_entries(flatten(["+strings.Join(entries, ", ")+"])) END)", a), nil
}

// emitMapFromEntries writes map_from_entries of structs whose members may have any names; a null entry makes all null.
func emitMapFromEntries(x *exprs, e *spark.Expr, a []string) (string, error) {
	members := e.Args[0].Type.Elem.Fields
	return x.em.fill("(CASE WHEN list_count($1) < len($1) THEN NULL ELSE "+x.em.mapOfEntries(e.Type, "list_transform($1, lambda x: {'key': struct_extract(x, "+
		relation.Literal(members[0].Name)+"), 'value': struct_extract(x, "+relation.Literal(members[1].Name)+")})")+" END)", a), nil
}
