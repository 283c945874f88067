package engine

import (
	"fmt"
	"strings"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// bits is the width of the whole-number types.
var bits = map[spark.Kind]int{spark.Byte: 8, spark.Short: 16, spark.Int: 32, spark.Long: 64}

// wholeLimits are the least and greatest values of the whole-number types.
var wholeLimits = map[spark.Kind][2]string{
	spark.Byte: {"-128", "127"}, spark.Short: {"-32768", "32767"}, spark.Int: {"-2147483648", "2147483647"},
	spark.Long: {"-9223372036854775808", "9223372036854775807"},
}

// wrap writes the low bits of a whole number as a value of kind, as Java's arithmetic does. The value is a BIGINT for
// kinds up to int, a HUGEINT for bigint; it is written once.
func wrap(value string, kind spark.Kind) string {
	if kind == spark.Long {
		return "CAST(xor(" + value + " & 18446744073709551615::HUGEINT, 9223372036854775808::HUGEINT) - " +
			"9223372036854775808::HUGEINT AS BIGINT)"
	}
	half := int64(1) << (bits[kind] - 1)
	return fmt.Sprintf("CAST(xor(%s & %d, %d) - %d AS %s)", value, 2*half-1, half, half, relation.DuckType(spark.T(kind)))
}

// isWhole reports whether t is a whole-number type.
func isWhole(t spark.Type) bool { return bits[t.Kind] > 0 }

// cast writes a cast by Spark's rules without ANSI: what does not fit is null, wraps or saturates, but never fails.
func (em *emitter) cast(value string, from, to spark.Type) (string, error) {
	if from.Equal(to) {
		return value, nil
	}
	duck := relation.DuckType(to)
	if from.IsInterval() || to.IsInterval() {
		return em.castInterval(value, from, to)
	}
	if from.Kind == spark.String && to.Kind == spark.TimestampNTZ {
		return "spark_local(" + value + ")", nil
	}
	from, to = withoutZone(from), withoutZone(to)
	switch {
	case from.Kind == to.Kind && from.Kind == spark.Timestamp:
		return value, nil
	case from.Kind == spark.Null:
		return "CAST(" + value + " AS " + duck + ")", nil
	case from.Kind == spark.Choice:
		return em.castChoice(value, from, to)
	case from.Kind == spark.Date && to.Kind != spark.String && to.Kind != spark.Timestamp:
		return "CAST(NULL AS " + duck + ")", nil
	case from.Kind == spark.Array && to.Kind == spark.Array, from.Kind == spark.Map, from.Kind == spark.Struct && to.Kind == spark.Struct:
		return em.castNested(value, from, to)
	case to.Kind == spark.String:
		return em.castToString(value, from)
	case from.Kind == spark.String:
		return em.castFromString(value, to), nil
	case isWhole(to):
		return em.castToWhole(value, from, to), nil
	case to.Kind == spark.Decimal:
		return em.castToDecimal(value, from, to), nil
	case to.Kind == spark.Boolean:
		if from.Kind == spark.Timestamp {
			return "(epoch_us(" + value + ") <> 0)", nil
		}
		return "(" + value + " <> 0)", nil
	case to.Kind == spark.Timestamp:
		return em.castToTimestamp(value, from), nil
	case from.Kind == spark.Timestamp && (to.Kind == spark.Double || to.Kind == spark.Float):
		return "CAST(epoch_us(" + value + ") / 1e6 AS " + duck + ")", nil
	case to.Kind == spark.Binary:
		return em.castToBinary(value, from)
	case to.Kind == spark.Float && from.Kind == spark.Double: // Java's narrowing overflows to infinity
		return "(" + em.let(value, func(v string) string {
			return "CASE WHEN abs(" + v + ") > 3.4028235677973366e38 AND NOT isnan(" + v + ") THEN CAST(CASE WHEN " + v +
				" > 0 THEN 'Infinity' ELSE '-Infinity' END AS FLOAT) ELSE TRY_CAST(" + v + " AS FLOAT) END"
		}) + ")", nil
	case to.Kind == spark.Float && from.Kind == spark.Decimal: // DuckDB divides two floats, and is off by a digit
		return "CAST(CAST(" + value + " AS DOUBLE) AS FLOAT)", nil
	default: // float, double
		return "CAST(" + value + " AS " + duck + ")", nil
	}
}

// withoutZone takes a timestamp without zone for one with: in UTC they are carried alike.
func withoutZone(t spark.Type) spark.Type {
	if t.Kind == spark.TimestampNTZ {
		return spark.T(spark.Timestamp)
	}
	return t
}

// tryCast writes TRY_CAST, which is null wherever a cast in ANSI mode fails: a whole number takes no fraction from a
// text and does not wrap.
func (em *emitter) tryCast(value string, from, to spark.Type) (string, error) {
	duck := relation.DuckType(to)
	switch {
	case from.Kind == spark.String && isWhole(to):
		return "(" + em.let(trimmedAll(value), func(v string) string {
			return "CASE WHEN regexp_full_match(" + v + ", '[+-]?[0-9]+') THEN TRY_CAST(" + v + " AS " + duck + ") END"
		}) + ")", nil
	case isWhole(from) && isWhole(to):
		return "TRY_CAST(" + value + " AS " + duck + ")", nil
	case isWhole(to) && (from.Kind == spark.Decimal || from.Kind == spark.Double || from.Kind == spark.Float):
		return "TRY_CAST(trunc(" + value + ") AS " + duck + ")", nil
	default:
		return em.cast(value, from, to)
	}
}

// castFromString writes the cast of a text. Plain forms are DuckDB's affair, all others go to a Go function, because
// DuckDB takes texts that Spark does not (1_000, 0x1A) and the other way round (12.7 as a whole number). A whole number
// or date whose own text is the one it was read from is plain; that costs a tenth of a pattern.
func (em *emitter) castFromString(value string, to spark.Type) string {
	duck := relation.DuckType(to)
	fast := func(pattern, slow string) func(string) string {
		return func(v string) string {
			return "CASE WHEN regexp_full_match(" + v + ", '" + pattern + "') THEN TRY_CAST(" + v + " AS " + duck + ") ELSE " +
				strings.ReplaceAll(slow, "$", v) + " END"
		}
	}
	same := func(when string, other func(string) string) func(string) string {
		return func(v string) string {
			read := "TRY_CAST(" + v + " AS " + duck + ")"
			return "CASE WHEN " + strings.ReplaceAll(when, "$", v) + "CAST(" + read + " AS VARCHAR) = " + v + " THEN " + read + " ELSE " +
				other(v) + " END"
		}
	}
	var body func(string) string
	switch to.Kind {
	case spark.Byte, spark.Short, spark.Int, spark.Long:
		body = same("", fast("-?[0-9]{1,18}", "TRY_CAST(spark_long($) AS "+duck+")"))
	case spark.Float:
		body = fast("-?[0-9]{1,15}([.][0-9]{1,15})?", "spark_float($)")
	case spark.Double:
		body = fast("-?[0-9]{1,15}([.][0-9]{1,15})?", "spark_double($)")
	case spark.Decimal:
		return "(" + em.let(value, func(v string) string { return textToDecimal(v, to) }) + ")"
	case spark.Date:
		body = same("strlen($) = 10 AND ", fast("[0-9]{4}-[0-9]{2}-[0-9]{2}", "spark_date($)"))
	case spark.Timestamp:
		body = fast("[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?)?", "spark_timestamp($)")
	case spark.Boolean:
		body = func(v string) string {
			trimmed := "lower(" + trimmedAll(v) + ")"
			return "CASE WHEN " + trimmed + " IN ('t', 'true', 'y', 'yes', '1') THEN true WHEN " + trimmed +
				" IN ('f', 'false', 'n', 'no', '0') THEN false END"
		}
	case spark.Binary:
		return "encode(" + value + ")"
	}
	return "(" + em.let(value, body) + ")"
}

// textToDecimal writes the cast of a text to a decimal. DuckDB reads a text into a decimal of up to 18 digits in 25 ns,
// into a wider one in 10 us, so that texts with few digits go through a narrow one.
func textToDecimal(v string, to spark.Type) string {
	duck := relation.DuckType(to)
	slow := "TRY_CAST(spark_decimal_text(" + v + ") AS " + duck + ")"
	whole := narrowDigits - to.Scale
	if whole < 1 {
		return slow
	}
	narrow := "TRY_CAST(" + v + " AS " + fmt.Sprintf("DECIMAL(%d,%d)", narrowDigits, to.Scale) + ")"
	return fmt.Sprintf("CASE WHEN regexp_full_match(%s, '-?[0-9]{1,%d}([.][0-9]{1,30})?') THEN TRY_CAST(%s AS %s) ELSE %s END", v, whole, narrow, duck, slow)
}

// narrowDigits is how many digits DuckDB's decimals of 64 bits hold.
const narrowDigits = 18

// trimmedAll writes a text without white space and control characters at its ends, as Spark trims before a cast.
func trimmedAll(value string) string {
	var chars strings.Builder
	for c := rune(1); c <= ' '; c++ {
		chars.WriteRune(c)
	}
	chars.WriteRune(0x7f)
	return "trim(" + value + ", " + relation.Literal(chars.String()) + ")"
}

// castToWhole writes the cast of a number, boolean or time to a whole number: fractions are cut, decimals and wider
// whole numbers keep their low bits, doubles stop at the limits of int and bigint.
func (em *emitter) castToWhole(value string, from, to spark.Type) string {
	duck := relation.DuckType(to)
	switch {
	case isWhole(from):
		if bits[from.Kind] <= bits[to.Kind] {
			return "CAST(" + value + " AS " + duck + ")"
		}
		return wrap("CAST("+value+" AS BIGINT)", to.Kind)
	case from.Kind == spark.Boolean:
		return "CAST(" + value + " AS " + duck + ")"
	case from.Kind == spark.Timestamp:
		seconds := "CAST(floor(epoch_us(" + value + ") / 1e6) AS BIGINT)"
		if to.Kind == spark.Long {
			return seconds
		}
		return wrap(seconds, to.Kind)
	case from.Kind == spark.Decimal:
		whole := "CAST(trunc(" + value + ") AS HUGEINT)"
		if to.Kind == spark.Long {
			return wrap(whole, spark.Long)
		}
		return wrap("CAST("+whole+" & 18446744073709551615::HUGEINT & 4294967295::HUGEINT AS BIGINT)", to.Kind)
	}
	kind := to.Kind // a double: byte and short are made from the int
	if bits[kind] < 32 {
		kind = spark.Int
	}
	limits, whole := wholeLimits[kind], relation.DuckType(spark.T(kind))
	text := "(" + em.let(value, func(v string) string {
		return "CASE WHEN isnan(" + v + ") THEN 0 WHEN " + v + " >= " + limits[1] + "::DOUBLE THEN " + limits[1] + " WHEN " + v +
			" <= " + limits[0] + "::DOUBLE THEN CAST('" + limits[0] + "' AS " + whole + ") ELSE CAST(trunc(" + v + ") AS " + whole + ") END"
	}) + ")"
	if kind != to.Kind {
		return wrap("CAST("+text+" AS BIGINT)", to.Kind)
	}
	return text
}

// castToDecimal writes the cast to a decimal, rounded half up; null when it has too many digits. A double counts as the
// decimal that its text shows.
func (em *emitter) castToDecimal(value string, from, to spark.Type) string {
	duck := relation.DuckType(to)
	switch from.Kind {
	case spark.Double, spark.Float, spark.Timestamp:
		switch from.Kind {
		case spark.Float:
			value = "CAST(" + value + " AS DOUBLE)"
		case spark.Timestamp:
			value = "(epoch_us(" + value + ") / 1e6)"
		}
		return "(" + em.let(value, func(v string) string { return doubleToDecimal(v, to) }) + ")"
	case spark.Boolean:
		value = "CAST(" + value + " AS INTEGER)"
	}
	return "TRY_CAST(" + value + " AS " + duck + ")"
}

// doubleToDecimal writes the cast of a double by way of its text. DuckDB shows small and large ones with an exponent and
// reads that back rounded wrongly, so that these go through Go.
func doubleToDecimal(v string, to spark.Type) string {
	duck := relation.DuckType(to)
	slow := "TRY_CAST(spark_decimal_text(CAST(" + v + " AS VARCHAR)) AS " + duck + ")"
	whole := narrowDigits - to.Scale
	if whole < 1 {
		return slow
	}
	return fmt.Sprintf("CASE WHEN %s = 0 OR abs(%s) BETWEEN 0.001 AND 1e%d THEN TRY_CAST(TRY_CAST(CAST(%s AS VARCHAR) AS DECIMAL(%d,%d)) AS %s) "+
		"ELSE %s END", v, v, min(whole, plainDigits), v, narrowDigits, to.Scale, duck, slow)
}

// plainDigits is below how many digits before the point DuckDB shows a double without an exponent.
const plainDigits = 14

// castToTimestamp writes the cast of a date, a number of seconds or a boolean to a timestamp.
func (em *emitter) castToTimestamp(value string, from spark.Type) string {
	switch {
	case from.Kind == spark.Date:
		return "CAST(" + value + " AS TIMESTAMP)"
	case isWhole(from):
		return "(" + em.let(value, func(v string) string {
			return "CASE WHEN abs(CAST(" + v + " AS HUGEINT)) > " + lastSecond + " THEN " + farTimestamp + " ELSE make_timestamp(CAST(" + v +
				" AS BIGINT) * 1000000) END"
		}) + ")"
	case from.Kind == spark.Boolean:
		return "make_timestamp(CAST(" + value + " AS BIGINT))"
	default:
		return "(" + em.let("CAST("+value+" AS DOUBLE)", func(v string) string {
			return "CASE WHEN NOT isfinite(" + v + ") THEN NULL WHEN abs(" + v + ") > " + lastSecond + " THEN " + farTimestamp +
				" ELSE make_timestamp(CAST(trunc(" + v + " * 1e6) AS BIGINT)) END"
		}) + ")"
	}
}

// lastSecond is about the last second that a timestamp holds, and the first one with its sign turned; Spark stops at the
// limits of its microseconds.
const lastSecond = "9223372036854"

// farTimestamp refuses what is beyond.
var farTimestamp = "CAST(" + refusedAtRun("a timestamp after the year 294246 or as far back") + " AS TIMESTAMP)"

// castToBinary writes the bytes of a whole number, most significant first.
func (em *emitter) castToBinary(value string, from spark.Type) (string, error) {
	if !isWhole(from) {
		return "", refuse("a cast from %s to binary", from)
	}
	mask := map[spark.Kind]string{spark.Byte: "255", spark.Short: "65535", spark.Int: "4294967295",
		spark.Long: "18446744073709551615"}[from.Kind]
	return fmt.Sprintf("from_hex(lpad(to_hex(CAST(CAST(%s AS HUGEINT) & %s::HUGEINT AS UBIGINT)), %d, '0'))", value, mask,
		bits[from.Kind]/4), nil
}

// castToString writes a value as Spark shows it in text.
func (em *emitter) castToString(value string, from spark.Type) (string, error) {
	switch from.Kind {
	case spark.Double, spark.Float:
		name := "spark_double_text"
		if from.Kind == spark.Float {
			name = "spark_float_text"
		}
		return "(" + em.let(value, func(v string) string {
			return "CASE WHEN abs(" + v + ") >= 0.001 AND abs(" + v + ") < 1e7 THEN CAST(" + v + " AS VARCHAR) ELSE " + name + "(" + v + ") END"
		}) + ")", nil
	case spark.Decimal:
		if from.Scale > 6 { // Java's BigDecimal shows small values with an exponent
			return "spark_decimal_java(CAST(" + value + " AS VARCHAR))", nil
		}
		if from.Precision == from.Scale { // DuckDB writes these without the zero before the point
			value = fmt.Sprintf("CAST(%s AS DECIMAL(%d,%d))", value, from.Precision+1, from.Scale)
		}
		return "CAST(" + value + " AS VARCHAR)", nil
	case spark.Binary:
		return "(" + em.bound(value, func(v string) string { // TRY takes neither a subquery nor a window
			return "CASE WHEN " + v + " IS NOT NULL THEN coalesce(TRY(decode(" + v + ")), " +
				refusedAtRun("a text of bytes that are not UTF-8") + ") END"
		}) + ")", nil
	case spark.Array:
		v := em.name("v")
		elem, err := em.cast(v, *from.Elem, spark.T(spark.String))
		if err != nil {
			return "", err
		}
		return "('[' || array_to_string(list_transform(" + value + ", lambda " + v + ": coalesce(" + elem + ", 'null')), ', ') || ']')", nil
	case spark.Struct:
		var err error
		text := em.let(value, func(v string) string {
			parts := make([]string, len(from.Fields))
			for i, f := range from.Fields {
				text, e := em.cast("struct_extract("+v+", "+relation.Literal(f.Name)+")", f.Type, spark.T(spark.String))
				if e != nil {
					err = e
				}
				parts[i] = "coalesce(" + text + ", 'null')"
			}
			return "CASE WHEN " + v + " IS NOT NULL THEN '{' || concat_ws(', ', " + strings.Join(parts, ", ") + ") || '}' END"
		})
		return "(" + text + ")", err
	case spark.Date, spark.Timestamp:
		if from.Kind == spark.Date && em.times == plan.TimesLegacy {
			return em.oldDateText(value), nil
		}
		return "(" + em.let(value, func(v string) string {
			return "CASE WHEN " + v + " BETWEEN DATE '0001-01-01' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN CAST(" + v +
				" AS VARCHAR) WHEN " + v + " > DATE '0001-01-01' " +
				"THEN '+' || CAST(" + v + " AS VARCHAR) WHEN " + v + " IS NOT NULL THEN " + refusedAtRun("a date before the year 1 as text") + " END"
		}) + ")", nil
	case spark.Map:
		return em.mapText(value, from)
	default:
		return "CAST(" + value + " AS VARCHAR)", nil
	}
}

// oldDateText writes the text of a date under the policy LEGACY: of the calendar that was in force, without a + or an era.
func (em *emitter) oldDateText(value string) string {
	return "(" + em.let(value, func(v string) string {
		return "CASE WHEN " + v + " BETWEEN DATE '1582-10-15' AND DATE '9999-12-31' THEN CAST(" + v + " AS VARCHAR) ELSE spark_format_time(CAST(" + v +
			" AS TIMESTAMP), 'yyyy-MM-dd', 'LEGACY') END"
	}) + ")"
}

// mapText writes a map as {k -> v, ...}.
func (em *emitter) mapText(value string, from spark.Type) (string, error) {
	v := em.name("v")
	key, err := em.cast(v+".key", *from.Key, spark.T(spark.String))
	if err != nil {
		return "", err
	}
	elem, err := em.cast(v+".value", *from.Elem, spark.T(spark.String))
	if err != nil {
		return "", err
	}
	return "('{' || array_to_string(list_transform(map_entries(" + value + "), lambda " + v + ": " + key + " || ' -> ' || coalesce(" +
		elem + ", 'null')), ', ') || '}')", nil
}

// castNested casts the parts of arrays, maps and structs; structs go by position.
func (em *emitter) castNested(value string, from, to spark.Type) (string, error) {
	v := em.name("v")
	switch {
	case to.Kind == spark.String:
		return em.castToString(value, from)
	case from.Kind == spark.Array:
		if from.Elem.Kind == spark.Null {
			return "CAST(" + value + " AS " + relation.DuckType(to) + ")", nil
		}
		elem, err := em.cast(v, *from.Elem, *to.Elem)
		return "list_transform(" + value + ", lambda " + v + ": " + elem + ")", err
	case from.Kind == spark.Map && to.Kind == spark.Map:
		if from.Key.Kind == spark.Null {
			return "CAST(" + value + " AS " + relation.DuckType(to) + ")", nil
		}
		key, err := em.cast(v+".key", *from.Key, *to.Key)
		if err != nil {
			return "", err
		}
		elem, err := em.cast(v+".value", *from.Elem, *to.Elem)
		return "map_from_entries(list_transform(map_entries(" + value + "), lambda " + v + ": {'key': " + key + ", 'value': " + elem + "}))", err
	}
	var err error
	text := em.let(value, func(v string) string {
		parts := make([]string, len(from.Fields))
		for i, f := range from.Fields {
			part, e := em.cast("struct_extract("+v+", "+relation.Literal(f.Name)+")", f.Type, to.Fields[i].Type)
			if e != nil {
				err = e
			}
			parts[i] = relation.Literal(to.Fields[i].Name) + ": " + part
		}
		return "CASE WHEN " + v + " IS NOT NULL THEN {" + strings.Join(parts, ", ") + "} END"
	})
	return "(" + text + ")", err
}

// castChoice casts whichever alternative of a choice is set.
func (em *emitter) castChoice(value string, from, to spark.Type) (string, error) {
	if to.Kind == spark.Struct {
		return value, nil
	}
	var err error
	text := em.let(value, func(v string) string {
		parts := make([]string, len(from.Fields))
		for i, f := range from.Fields {
			var e error
			if parts[i], e = em.cast("struct_extract("+v+", "+relation.Literal(f.Name)+")", f.Type, to); e != nil {
				err = e
			}
		}
		return "coalesce(" + strings.Join(parts, ", ") + ")"
	})
	return text, err
}
