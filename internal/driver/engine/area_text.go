package engine

import (
	"fmt"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
)

// The functions on texts, patterns, JSON, numbers as text, and hashes.

// textTemplates are those that are one expression of DuckDB's.
var textTemplates = map[string]string{
	"bin": "spark_conv(CAST($1 AS VARCHAR), 10, 2)", "conv": "spark_conv($1, $2, $3)", "unhex": "spark_unhex($1)",
	"encode": "spark_encode($1, $2)", "decode": "spark_decode($1, $2)", "url_encode": "spark_url_encode($1)",
	"url_decode": "spark_url_decode($1)", "find_in_set": "CAST(spark_find_in_set($1, $2) AS INTEGER)",
	"split_part": "spark_split_part($1, $2, $3)", "soundex": "spark_soundex($1)", "luhn_check": "spark_luhn_check($1)",
	"to_binary": "spark_to_binary($1, $2)", "try_to_binary": "spark_try_to_binary($1, $2)",
	"get_json_object": "spark_get_json_object($1, $2)", "json_array_length": "CAST(spark_json_array_length($1) AS INTEGER)",
	"json_object_keys": "spark_json_object_keys($1)",
	"crc32":            "spark_crc32($1)", "sha2": "spark_sha2($1, $2)", "typeof": "$1", "version": "$1", "current_database": "$1",
	"current_catalog": "$1", "uuid": "CAST(uuid() AS VARCHAR)", "equal_null": "($1 IS NOT DISTINCT FROM $2)",
	"mask":        "spark_mask($1, [$2, $3, $4, $5])",
	"assert_true": "CAST(CASE WHEN $1 THEN NULL ELSE error('[USER_RAISED_EXCEPTION] ' || $2) END AS INTEGER)",
	"raise_error": "CAST(error('[USER_RAISED_EXCEPTION] ' || coalesce($1, 'null')) AS INTEGER)",
	"str_to_map": "map_from_entries(list_transform(spark_split($1, $2, -1), lambda p: {'key': spark_split(p, $3, 2)[1], " +
		"'value': spark_split(p, $3, 2)[2]}))",

	"bit_count": "CAST(bit_count($1) AS INTEGER)",
	"bit_get": "CAST(CASE WHEN $2 < 0 OR $2 >= $3 THEN error('[INVALID_PARAMETER_VALUE] Invalid bit position: ' || $2 || " +
		"' exceeds the bit upper limit') ELSE ($1 >> $2) & 1 END AS TINYINT)",
	"factorial": "(CASE WHEN $1 BETWEEN 0 AND 20 THEN CAST(factorial($1) AS BIGINT) END)",
	"rint":      "spark_math('rint', $1, 0)", "sec": "spark_math('sec', $1, 0)", "csc": "spark_math('csc', $1, 0)",
	"cot": "spark_math('cot', $1, 0)", "acosh": "spark_math('acosh', $1, 0)", "asinh": "spark_math('asinh', $1, 0)",
	"atanh": "spark_math('atanh', $1, 0)", "width_bucket": "spark_width_bucket($1, $2, $3, $4)",
}

// textEmitterOf finds the emitter of one of the others, nil for none.
func textEmitterOf(name string) callEmitter {
	switch name {
	case "regexp_extract_all", "regexp_count", "regexp_instr", "regexp_substr":
		return emitRegexp
	case "levenshtein":
		return func(x *exprs, _ *spark.Expr, a []string) (string, error) {
			return x.em.fill([]string{"CAST(spark_levenshtein($1, $2) AS INTEGER)", "(CASE WHEN $3 IS NOT NULL THEN CAST(CASE WHEN " +
				"spark_levenshtein($1, $2) > $3 THEN -1 ELSE spark_levenshtein($1, $2) END AS INTEGER) END)"}[len(a)-2], a), nil
		}
	case "octet_length", "bit_length":
		return emitBytes
	case "from_json", "to_json":
		return emitTextFunction
	case "json_tuple":
		return emitJSONTuple
	case "format_number":
		return emitFormatNumber
	case "format_string":
		return emitFormatString
	case "parse_url":
		return func(x *exprs, _ *spark.Expr, a []string) (string, error) {
			return x.em.fill([]string{"spark_parse_url($1, $2)", "spark_parse_url_key($1, $2, $3)"}[len(a)-2], a), nil
		}
	case "overlay":
		return emitOverlay
	case "elt":
		return emitElt
	case "shiftleft", "shiftright", "shiftrightunsigned":
		return emitShift
	case "try_add", "try_subtract", "try_multiply", "try_divide":
		return emitTry
	case "hash", "xxhash64":
		return emitHash
	default:
		return nil
	}
}

// textGoFunctions are the functions of Go's that their texts use.
func textGoFunctions() []goFunction {
	text, whole, blob, boolean := duckdb.TYPE_VARCHAR, duckdb.TYPE_BIGINT, duckdb.TYPE_BLOB, duckdb.TYPE_BOOLEAN
	types := func(t ...duckdb.Type) []duckdb.Type { return t }
	return append(append(regexpFunctions(), hashFunctions()...), []goFunction{
		{"spark_conv", types(text, whole, whole), text, goConv},
		{"spark_unhex", types(text), blob, goUnhex},
		{"spark_encode", types(text, text), blob, goEncode},
		{"spark_decode", types(blob, text), text, goDecode},
		{"spark_url_encode", types(text), text, goURLEncode},
		{"spark_url_decode", types(text), text, goURLDecode},
		{"spark_parse_url", types(text, text), text, goParseURL},
		{"spark_parse_url_key", types(text, text, text), text, goParseURL},
		{"spark_find_in_set", types(text, text), whole, goFindInSet},
		{"spark_split_part", types(text, text, whole), text, goSplitPart},
		{"spark_soundex", types(text), text, goSoundex},
		{"spark_luhn_check", types(text), boolean, goLuhn},
		{"spark_crc32", types(blob), whole, goCRC32},
		{"spark_sha2", types(blob, whole), text, goSHA2},
		{"spark_mask", types(text, text|listOf), text, goMask},
		{"spark_overlay", types(text, text, whole, whole), text, goOverlay},
		{"spark_format_number", types(text, whole), text, goFormatNumber},
		{"spark_format_double", types(duckdb.TYPE_DOUBLE, whole), text, goFormatDouble},
		{"spark_format", types(text, text|listOf), text, goFormat},
		{"spark_get_json_object", types(text, text), text, goGetJSON},
		{"spark_json_array_length", types(text), whole, goJSONLength},
		{"spark_json_object_keys", types(text), text | listOf, goJSONKeys},
		{"spark_json_tuple", types(text, text|listOf), text | listOf, goJSONTuple},
		{"spark_levenshtein", types(text, text), whole, goLevenshtein},
		{"spark_case", types(text, text), text, goCase},
		{"spark_unbase64", types(text), blob, goUnbase64},
		{"spark_to_binary", types(text, text), blob, goToBinary},
		{"spark_try_to_binary", types(text, text), blob, goTryToBinary},
		{"spark_shift", types(text, whole, whole, whole), whole, goShift},
		{"spark_width_bucket", types(duckdb.TYPE_DOUBLE, duckdb.TYPE_DOUBLE, duckdb.TYPE_DOUBLE, whole), whole, goWidthBucket},
	}...)
}

// emitBytes writes octet_length and bit_length.
func emitBytes(_ *exprs, e *spark.Expr, a []string) (string, error) {
	f := "strlen"
	if e.Args[0].Type.Kind == spark.Binary {
		f = "octet_length"
	}
	if e.Name == "bit_length" {
		return "CAST(8 * " + f + "(" + a[0] + ") AS INTEGER)", nil
	}
	return "CAST(" + f + "(" + a[0] + ") AS INTEGER)", nil
}

// emitFormatNumber writes format_number: doubles by their bits, all others by their digits.
func emitFormatNumber(_ *exprs, e *spark.Expr, a []string) (string, error) {
	switch e.Args[0].Type.Kind {
	case spark.Double, spark.Float:
		return "spark_format_double(CAST(" + a[0] + " AS DOUBLE), " + a[1] + ")", nil
	default:
		return "spark_format_number(CAST(" + a[0] + " AS VARCHAR), " + a[1] + ")", nil
	}
}

// formatTags say in the values of spark_format what type each is of.
var formatTags = map[spark.Kind]string{
	spark.Byte: "i", spark.Short: "h", spark.Int: "w", spark.Long: "l", spark.Float: "f", spark.Double: "f", spark.Decimal: "m",
	spark.Boolean: "b", spark.String: "s", spark.Date: "w", spark.Timestamp: "l",
}

// emitFormatString writes format_string. Dates and timestamps are the numbers that Spark keeps them as.
func emitFormatString(x *exprs, e *spark.Expr, a []string) (string, error) {
	values := make([]string, len(a)-1)
	for i, v := range a[1:] {
		t := e.Args[i+1].Type
		switch t.Kind {
		case spark.Null:
			values[i] = "NULL"
			continue
		case spark.Date:
			v = "CAST(date_diff('day', DATE '1970-01-01', " + v + ") AS VARCHAR)"
		case spark.Timestamp:
			v = "CAST(epoch_us(" + v + ") AS VARCHAR)"
		default:
			var err error
			if v, err = x.em.cast(v, t, spark.T(spark.String)); err != nil {
				return "", err
			}
		}
		tag := formatTags[t.Kind]
		if tag == "" {
			return "", refuse("%s of a value of type %s", e.Name, t)
		}
		values[i] = "('" + tag + "' || " + v + ")"
	}
	return "spark_format(" + a[0] + ", CAST([" + strings.Join(values, ", ") + "] AS VARCHAR[]))", nil
}

// emitOverlay writes overlay of texts; binaries go through their digits, of which each byte has two.
func emitOverlay(x *exprs, e *spark.Expr, a []string) (string, error) {
	if e.Type.Kind != spark.Binary {
		return x.em.fill("spark_overlay($1, $2, $3, $4)", a), nil
	}
	return "", refuse("overlay of binaries")
}

// emitElt writes elt, null beyond the values.
func emitElt(x *exprs, e *spark.Expr, a []string) (string, error) {
	var b strings.Builder
	for i, v := range a[1:] {
		fmt.Fprintf(&b, " WHEN $1 = %d THEN %s", i+1, v)
	}
	return "(CASE" + strings.ReplaceAll(b.String(), "$1", a[0]) + " ELSE CAST(NULL AS " + relation.DuckType(e.Type) + ") END)", nil
}

// emitShift writes Java's shifts, which look at the low bits of the distance alone.
func emitShift(x *exprs, e *spark.Expr, a []string) (string, error) {
	duck := relation.DuckType(e.Type)
	return x.em.fill(fmt.Sprintf("CAST(spark_shift('%s', %d, $1, $2) AS %s)", e.Name, bits[e.Type.Kind], duck), a), nil
}

// emitTry writes try_add and its like: null where a whole number overflows.
func emitTry(x *exprs, e *spark.Expr, a []string) (string, error) {
	inner := e.Args[0]
	if !isWhole(inner.Type) {
		return a[0], nil
	}
	parts, err := x.list(inner.Args)
	if err != nil {
		return "", err
	}
	return "TRY_CAST(CAST(" + parts[0] + " AS HUGEINT) " + inner.Name + " CAST(" + parts[1] + " AS HUGEINT) AS " + relation.DuckType(e.Type) + ")", nil
}
