package engine

import (
	"fmt"
	"strconv"
	"strings"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
)

// fill puts arguments into a template, where $1 is the first. An argument that a template uses several times is bound
// once when it is long.
func (em *emitter) fill(template string, args []string) string {
	for i, arg := range args {
		place := "$" + strconv.Itoa(i+1)
		if n := strings.Count(template, place); n > 1 && len(arg) > letLimit {
			rest := args[i+1:]
			return em.let(arg, func(v string) string {
				bound := append(append([]string(nil), args[:i]...), v)
				return em.fill(template, append(bound, rest...))
			})
		}
	}
	var pairs []string
	for i := len(args); i > 0; i-- { // $10 before $1
		pairs = append(pairs, "$"+strconv.Itoa(i), args[i-1])
	}
	return strings.NewReplacer(pairs...).Replace(template)
}

// templates are the functions that are one expression of DuckDB's, whatever the arguments' types.
var templates = map[string]string{
	"and": "($1 AND $2)", "or": "($1 OR $2)", "not": "(NOT $1)", "isnull": "($1 IS NULL)", "isnotnull": "($1 IS NOT NULL)",
	"isnan": "coalesce(isnan($1), false)", "nanvl": "(CASE WHEN isnan($1) THEN $2 ELSE $1 END)",
	"row random": "(hash($1, $2) / CAST(18446744073709551616 AS DOUBLE))",
	"nullif":     "(CASE WHEN $2 THEN NULL ELSE $1 END)", "nvl2": "(CASE WHEN $1 IS NOT NULL THEN $2 ELSE $3 END)",
	"if": "(CASE WHEN $1 THEN $2 ELSE $3 END)",
	"=":  "($1 = $2)", "<": "($1 < $2)", "<=": "($1 <= $2)", ">": "($1 > $2)", ">=": "($1 >= $2)",
	"<=>": "($1 IS NOT DISTINCT FROM $2)",
	"&":   "($1 & $2)", "|": "($1 | $2)", "^": "xor($1, $2)", "~": "(~$1)", "positive": "$1",

	"like": `($1 LIKE $2 ESCAPE '\')`, "ilike": `($1 ILIKE $2 ESCAPE '\')`,
	"upper":   "(CASE WHEN strlen($1) = length($1) THEN upper($1) ELSE spark_case($1, 'upper') END)",
	"lower":   "(CASE WHEN strlen($1) = length($1) THEN lower($1) ELSE spark_case($1, 'lower') END)",
	"initcap": "spark_case($1, 'initcap')",
	"left":    "left($1, (CASE WHEN $2 < 0 THEN 0 ELSE $2 END))", "right": "right($1, (CASE WHEN $2 < 0 THEN 0 ELSE $2 END))",
	"instr":  "CAST(CASE WHEN $1 IS NULL THEN NULL WHEN $2 = '' THEN 1 ELSE strpos($1, $2) END AS INTEGER)",
	"repeat": "repeat($1, (CASE WHEN $2 < 0 THEN 0 ELSE $2 END))", "replace": "(CASE WHEN $3 IS NULL THEN NULL WHEN $2 = '' THEN $1 ELSE replace($1, $2, $3) END)",
	"translate": "translate($1, $2, $3)", "startswith": "starts_with($1, $2)", "endswith": "suffix($1, $2)",
	"contains": "contains($1, $2)", "ascii": "CAST(CASE WHEN $1 = '' THEN 0 ELSE ascii($1) END AS INTEGER)",
	"md5": "md5($1)", "sha1": "sha1($1)", "base64": "rtrim(regexp_replace(base64($1), '(.{76})', '\\1\r\n', 'g'), chr(13) || chr(10))", "unbase64": "spark_unbase64($1)",
	"space": "repeat(' ', (CASE WHEN $1 < 0 THEN 0 ELSE $1 END))",
	"hex":   "hex($1)", "chr": "(CASE WHEN $1 < 0 THEN '' ELSE chr(CAST($1 % 256 AS INTEGER)) END)",
	"substring_index": "(CASE WHEN $1 IS NULL OR $2 IS NULL OR $3 IS NULL THEN NULL WHEN $2 = '' OR $3 = 0 THEN '' WHEN $3 > 0 THEN array_to_string(list_slice(string_split($1, $2), 1, $3), $2) " +
		"ELSE array_to_string(list_slice(string_split($1, $2), $3, -1), $2) END)",
	"locate": "CAST(CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL WHEN $3 IS NULL OR $3 <= 0 THEN 0 WHEN $1 = '' THEN 1 WHEN strpos(substring($2, $3), $1) = 0 THEN 0 " +
		"ELSE strpos(substring($2, $3), $1) + $3 - 1 END AS INTEGER)",
	"lpad": "(CASE WHEN $1 IS NULL OR $3 IS NULL THEN NULL WHEN $2 <= 0 THEN '' WHEN $3 = '' THEN left($1, $2) ELSE lpad($1, $2, $3) END)",
	"rpad": "(CASE WHEN $1 IS NULL OR $3 IS NULL THEN NULL WHEN $2 <= 0 THEN '' WHEN $3 = '' THEN left($1, $2) ELSE rpad($1, $2, $3) END)",

	"sqrt": "(CASE WHEN $1 < 0 THEN CAST('NaN' AS DOUBLE) ELSE sqrt($1) END)", "cbrt": "cbrt($1)",
	"ln": "(CASE WHEN $1 > 0 THEN ln($1) END)", "log10": "(CASE WHEN $1 > 0 THEN log10($1) END)",
	"log2": "(CASE WHEN $1 > 0 THEN log2($1) END)", "signum": "(CASE WHEN isnan($1) THEN $1 ELSE CAST(sign($1) AS DOUBLE) END)",
	"exp": "spark_math('exp', $1, 0)", "expm1": "spark_math('expm1', $1, 0)", "log1p": "spark_math('log1p', $1, 0)",
	"pow": "spark_math('pow', $1, $2)", "hypot": "spark_math('hypot', $1, $2)", "sinh": "spark_math('sinh', $1, 0)",
	"cosh": "spark_math('cosh', $1, 0)", "tanh": "spark_math('tanh', $1, 0)", "asin": "spark_math('asin', $1, 0)",
	"acos": "spark_math('acos', $1, 0)", "sin": "spark_math('sin', $1, 0)", "cos": "spark_math('cos', $1, 0)",
	"tan": "spark_math('tan', $1, 0)", "atan": "atan($1)", "atan2": "atan2($1, $2)", "degrees": "degrees($1)",
	"radians": "radians($1)", "pi": "pi()", "e": "exp(1.0::DOUBLE)",

	"year": "CAST(year($1) AS INTEGER)", "month": "CAST(month($1) AS INTEGER)", "dayofmonth": "CAST(day($1) AS INTEGER)",
	"quarter": "CAST(quarter($1) AS INTEGER)", "dayofweek": "CAST(dayofweek($1) + 1 AS INTEGER)",
	"weekday": "CAST(isodow($1) - 1 AS INTEGER)", "dayofyear": "CAST(dayofyear($1) AS INTEGER)",
	"weekofyear": "CAST(week($1) AS INTEGER)", "hour": "CAST(hour($1) AS INTEGER)", "minute": "CAST(minute($1) AS INTEGER)",
	"second": "CAST(second($1) AS INTEGER)", "date_add": "($1 + CAST($2 AS INTEGER))", "date_sub": "($1 - CAST($2 AS INTEGER))",
	"datediff": "CAST($1 - $2 AS INTEGER)", "add_months": "CAST($1 + to_months($2) AS DATE)", "last_day": "last_day($1)",
	"months_between": "spark_months_between($1, $2, $3)", "make_date": makeDate,

	"array_size": "CAST(len($1) AS INTEGER)", "flatten": "(CASE WHEN list_count($1) = len($1) THEN flatten($1) END)", "map_keys": "map_keys($1)", "map_values": "map_values($1)", "choice_struct": "$1",
	"array_contains": "(CASE WHEN list_contains($1, $2) THEN true WHEN list_count($1) < len($1) THEN NULL ELSE list_contains($1, $2) END)",
}

// call writes a scalar function or operator.
func (x *exprs) call(e *spark.Expr) (string, error) {
	args, err := x.list(e.Args)
	if err != nil {
		return "", err
	}
	switch e.Name {
	case "<", "<=", ">", ">=":
		if nested(e.Args[0].Type) {
			return emitOrdered(x, e, args)
		}
	}
	if template, ok := templateOf(e.Name); ok {
		if e.Name == "substring_index" {
			if err := literalSeparator(e, 1); err != nil {
				return "", err
			}
		}
		return x.em.fill(template, args), nil
	}
	f := emitterOf(e.Name)
	if f == nil {
		return "", fmt.Errorf("engine: no emission of the function %q", e.Name)
	}
	return f(x, e, args)
}

// literalSeparator refuses a separator that differs by row: DuckDB joins lists with one text alone.
func literalSeparator(e *spark.Expr, i int) error {
	if e.Args[i].Op != spark.OpLit {
		return refuse("%s with a separator that is no literal", e.Name)
	}
	return nil
}

// callEmitter writes a function whose text depends on the types or literal values of its arguments.
type callEmitter func(x *exprs, e *spark.Expr, a []string) (string, error)

// emitterOf finds the emitter of a function, nil for none.
func emitterOf(name string) callEmitter {
	switch name {
	case "+", "-", "*", "/", "%", "div":
		return emitArithmetic
	case "negative":
		return emitNegative
	case "abs":
		return emitAbs
	case "pmod":
		return emitPmod
	case "round", "bround":
		return emitRound
	case "floor", "ceil":
		return emitFloor
	case "log":
		return emitLog
	case "coalesce":
		return joined(name)
	case "greatest", "least":
		return emitExtreme
	case "in":
		return emitIn
	case "length":
		return emitLength
	case "trim", "ltrim", "rtrim":
		return emitTrim
	case "substring":
		return emitSubstring
	case "reverse":
		return emitReverse
	case "concat":
		return emitConcat
	case "concat_ws":
		return emitConcatWs
	case "rlike", "regexp_replace", "regexp_extract", "split":
		return emitRegexp
	}
	if f := dateEmitterOf(name); f != nil {
		return f
	}
	if f := nestedEmitterOf(name); f != nil {
		return f
	}
	return areaEmitterOf(name)
}

// nestedEmitterOf is emitterOf for functions on arrays, structs and maps.
func nestedEmitterOf(name string) callEmitter {
	switch name {
	case "array":
		return emitArray
	case "map":
		return func(_ *exprs, e *spark.Expr, a []string) (string, error) {
			half := len(a) / 2
			if half == 0 {
				return "CAST(map([], []) AS " + relation.DuckType(e.Type) + ")", nil
			}
			return "map([" + strings.Join(a[:half], ", ") + "], [" + strings.Join(a[half:], ", ") + "])", nil
		}
	case "struct", "named_struct":
		return emitStruct
	case "size":
		return emitSize
	case "getitem":
		return emitGetItem
	case "element_at":
		return emitElementAt
	case "array_max", "array_min":
		return emitArrayExtreme
	case "sort_array":
		return emitSortArray
	case "array_join":
		return emitArrayJoin
	default:
		return nil
	}
}

// joined writes f(a, b, ...).
func joined(name string) func(*exprs, *spark.Expr, []string) (string, error) {
	return func(_ *exprs, _ *spark.Expr, a []string) (string, error) {
		return name + "(" + strings.Join(a, ", ") + ")", nil
	}
}

// emitIn writes IN.
func emitIn(_ *exprs, _ *spark.Expr, a []string) (string, error) {
	if len(a) == 1 {
		return "(CASE WHEN " + a[0] + " IS NULL THEN NULL ELSE false END)", nil
	}
	return "(" + a[0] + " IN (" + strings.Join(a[1:], ", ") + "))", nil
}

// emitArithmetic writes + - * / % and div.
func emitArithmetic(x *exprs, e *spark.Expr, a []string) (string, error) {
	left := e.Args[0].Type
	switch {
	case left.IsInterval():
		return intervalSQL(e, a), nil
	case left.Kind == spark.Decimal:
		return decimalArithmeticSQL(e, a), nil
	case e.Name == "div":
		return x.em.fill("(CASE WHEN $2 = -1 THEN "+wrap("(-CAST($1 AS HUGEINT))", spark.Long)+" ELSE $1 // nullif($2, 0) END)", a), nil
	case e.Name == "/", e.Name == "%":
		return "(" + a[0] + " " + e.Name + " nullif(" + a[1] + ", 0))", nil
	case isWhole(e.Type):
		wide := "BIGINT"
		if e.Type.Kind == spark.Long {
			wide = "HUGEINT"
		}
		return wrap("(CAST("+a[0]+" AS "+wide+") "+e.Name+" CAST("+a[1]+" AS "+wide+"))", e.Type.Kind), nil
	default:
		return "(" + a[0] + " " + e.Name + " " + a[1] + ")", nil
	}
}

// decimalArithmeticSQL writes arithmetic of decimals: DuckDB's own where its 38 digits hold the exact value, else Go's.
func decimalArithmeticSQL(e *spark.Expr, a []string) string {
	left, right, out := e.Args[0].Type, e.Args[1].Type, e.Type
	duck := relation.DuckType(out)
	scale := max(left.Scale, right.Scale)
	switch exact := max(left.Precision-left.Scale, right.Precision-right.Scale) + scale + 1; {
	case (e.Name == "+" || e.Name == "-") && exact < 38:
		wide := fmt.Sprintf("DECIMAL(%d,%d)", exact, scale)
		return "CAST(CAST(" + a[0] + " AS " + wide + ") " + e.Name + " CAST(" + a[1] + " AS " + wide + ") AS " + duck + ")"
	case e.Name == "*" && left.Precision+right.Precision <= 38:
		return "TRY_CAST(" + a[0] + " * " + a[1] + " AS " + duck + ")"
	}
	precision, digits := out.Precision, out.Scale
	if e.Name == "div" {
		precision, digits = 38, 0
		duck = "BIGINT"
	}
	return fmt.Sprintf("TRY_CAST(spark_decimal('%s', CAST(%s AS VARCHAR), CAST(%s AS VARCHAR), %d, %d) AS %s)", e.Name, a[0], a[1],
		precision, digits, duck)
}

// emitNegative writes -x, which wraps.
func emitNegative(_ *exprs, e *spark.Expr, a []string) (string, error) {
	switch {
	case e.Type.IsInterval():
		return "(-" + a[0] + ")", nil
	case e.Type.Kind == spark.Long:
		return wrap("(0::HUGEINT - CAST("+a[0]+" AS HUGEINT))", spark.Long), nil
	case isWhole(e.Type):
		return wrap("(0 - CAST("+a[0]+" AS BIGINT))", e.Type.Kind), nil
	case e.Type.Kind == spark.Double || e.Type.Kind == spark.Float: // DuckDB's own minus loses the sign of zero
		return "(" + a[0] + " * CAST(-1 AS " + relation.DuckType(e.Type) + "))", nil
	default:
		return "(-" + a[0] + ")", nil
	}
}

// emitAbs writes abs, where the least whole number stays itself.
func emitAbs(x *exprs, e *spark.Expr, a []string) (string, error) {
	if !isWhole(e.Type) {
		return "abs(" + a[0] + ")", nil
	}
	negative, err := emitNegative(x, e, []string{"$1"})
	if err != nil {
		return "", err
	}
	return x.em.fill("(CASE WHEN $1 < 0 THEN "+negative+" ELSE $1 END)", a), nil
}

// emitPmod writes the modulus that has the sign of the divisor.
func emitPmod(x *exprs, _ *spark.Expr, a []string) (string, error) {
	return x.em.fill("(CASE WHEN $2 = 0 THEN NULL WHEN ($1 % nullif($2, 0)) < 0 THEN (($1 % nullif($2, 0)) + $2) % nullif($2, 0) ELSE "+
		"$1 % nullif($2, 0) END)", a), nil
}

// emitRound writes round and bround.
func emitRound(x *exprs, e *spark.Expr, a []string) (string, error) {
	scale, _ := e.Args[1].Value.(int64)
	even := e.Name == "bround"
	duck := relation.DuckType(e.Type)
	switch {
	case e.Args[0].Type.Kind == spark.Decimal:
		if !even && scale >= 0 {
			return "TRY_CAST(" + a[0] + " AS " + duck + ")", nil
		}
		return fmt.Sprintf("TRY_CAST(spark_round_decimal(CAST(%s AS VARCHAR), %d, %t) AS %s)", a[0], scale, even, duck), nil
	case isWhole(e.Type) && scale >= 0:
		return a[0], nil
	case isWhole(e.Type):
		rounded := fmt.Sprintf("CAST(spark_round_decimal(CAST(%s AS VARCHAR), %d, %t) AS HUGEINT)", a[0], scale, even)
		if e.Type.Kind == spark.Long {
			return wrap(rounded, spark.Long), nil
		}
		return wrap("CAST("+rounded+" AS BIGINT)", e.Type.Kind), nil
	case scale == 0 && !even:
		return "(round(" + a[0] + ") + CAST(0 AS " + duck + "))", nil // without the sign of a zero
	case scale > 0 && scale < 10 && !even && e.Type.Kind == spark.Double: // through a decimal of 18 digits while a double holds them
		return x.em.fill(fmt.Sprintf("(CASE WHEN abs($1) BETWEEN 0.001 AND 1e%d THEN CAST(TRY_CAST(CAST($1 AS VARCHAR) AS DECIMAL(%d,%d)) AS DOUBLE) "+
			"ELSE spark_round($1, %d, false) END)", min(15-scale, plainDigits), narrowDigits, scale, scale), a[:1]), nil
	default:
		return fmt.Sprintf("CAST(spark_round(CAST(%s AS DOUBLE), %d, %t) AS %s)", a[0], scale, even, duck), nil
	}
}

// emitFloor writes floor and ceil.
func emitFloor(x *exprs, e *spark.Expr, a []string) (string, error) {
	if len(a) == 2 {
		return emitFloorTo(x, e, a), nil
	}
	switch from := e.Args[0].Type; {
	case isWhole(from), from.Kind == spark.Decimal && from.Scale == 0:
		return a[0], nil
	case from.Kind == spark.Decimal:
		return "CAST(" + e.Name + "(" + a[0] + ") AS " + relation.DuckType(e.Type) + ")", nil
	default:
		return x.em.cast(e.Name+"("+a[0]+")", spark.T(spark.Double), spark.T(spark.Long))
	}
}

// emitFloorTo writes floor(x, scale) and ceil(x, scale) of a decimal: rounded, and a unit of that scale less or more where
// that went past the value.
func emitFloorTo(x *exprs, e *spark.Expr, a []string) string {
	scale, _ := e.Args[1].Value.(int64)
	duck := relation.DuckType(e.Type)
	past, sign := ">", "-"
	if e.Name == "ceil" {
		past, sign = "<", "+"
	}
	unit := fmt.Sprintf("CAST(1e%d AS %s)", -min(scale, int64(e.Type.Scale)), duck)
	return x.em.fill("("+x.em.let(fmt.Sprintf("TRY_CAST(spark_round_decimal(CAST($1 AS VARCHAR), %d, false) AS %s)", scale, duck), func(r string) string {
		return "CASE WHEN " + r + " " + past + " $1 THEN CAST(" + r + " " + sign + " " + unit + " AS " + duck + ") ELSE " + r + " END"
	})+")", a[:1])
}

// emitLog writes log(x) and log(base, x), null where the logarithm is not defined.
func emitLog(x *exprs, _ *spark.Expr, a []string) (string, error) {
	if len(a) == 1 {
		return x.em.fill(templates["ln"], a), nil
	}
	return x.em.fill("(CASE WHEN $1 > 0 AND $2 > 0 THEN ln($2) / ln($1) END)", a), nil
}

// emitLength writes length, of a text or a binary.
func emitLength(_ *exprs, e *spark.Expr, a []string) (string, error) {
	if e.Args[0].Type.Kind == spark.Binary {
		return "CAST(octet_length(" + a[0] + ") AS INTEGER)", nil
	}
	return "CAST(length(" + a[0] + ") AS INTEGER)", nil
}

// emitTrim writes trim, ltrim and rtrim, of blanks unless characters are given.
func emitTrim(_ *exprs, e *spark.Expr, a []string) (string, error) {
	if len(a) == 1 {
		a = append(a, "' '")
	}
	return e.Name + "(" + a[0] + ", " + a[1] + ")", nil
}

// emitSubstring writes substring: positions from 1, 0 counts as 1, negative ones from the end.
func emitSubstring(x *exprs, e *spark.Expr, a []string) (string, error) {
	if n, ok := e.Args[1].Value.(int64); ok && n >= 0 {
		start := strconv.FormatInt(max(n, 1), 10)
		if l, ok := e.Args[2].Value.(int64); ok && l >= 0 {
			return "substring(" + a[0] + ", " + start + ", " + strconv.FormatInt(l, 10) + ")", nil
		}
		return x.em.fill("substring($1, "+start+", CASE WHEN $2 < 0 THEN 0 ELSE $2 END)", []string{a[0], a[2]}), nil
	}
	return x.em.fill("(CASE WHEN $2 IS NULL OR $3 IS NULL THEN NULL WHEN $2 >= 0 THEN substring($1, greatest($2, 1), greatest($3, 0)) "+
		"WHEN length($1) + $2 >= 0 THEN substring($1, length($1) + $2 + 1, greatest($3, 0)) "+
		"ELSE substring($1, 1, greatest(CAST($3 AS BIGINT) + length($1) + $2, 0)) END)", a), nil
}

// emitReverse writes reverse of a text or an array.
func emitReverse(_ *exprs, e *spark.Expr, a []string) (string, error) {
	if e.Type.Kind == spark.Array {
		return "list_reverse(" + a[0] + ")", nil
	}
	return "reverse(" + a[0] + ")", nil
}

// emitConcat writes concat: null when any part is.
func emitConcat(_ *exprs, e *spark.Expr, a []string) (string, error) {
	if len(a) == 0 {
		return "''", nil
	}
	return "(" + strings.Join(a, " || ") + ")", nil
}

// emitConcatWs writes concat_ws, which skips nulls and takes arrays apart.
func emitConcatWs(x *exprs, e *spark.Expr, a []string) (string, error) {
	lists := make([]string, 0, len(a))
	plain := true
	for i, arg := range e.Args[1:] {
		if arg.Type.Kind == spark.Array {
			plain = false
			lists = append(lists, "coalesce("+a[i+1]+", [])")
		} else {
			lists = append(lists, "["+a[i+1]+"]")
		}
	}
	if len(lists) == 0 {
		return "(CASE WHEN " + a[0] + " IS NOT NULL THEN '' END)", nil
	}
	if err := literalSeparator(e, 0); err != nil && !plain {
		return "", err
	}
	if plain {
		return "concat_ws(" + strings.Join(a, ", ") + ")", nil
	}
	v := x.em.name("v")
	return "coalesce(array_to_string(list_filter(flatten([" + strings.Join(lists, ", ") + "]), lambda " + v + ": " + v + " IS NOT NULL), " +
		a[0] + "), CASE WHEN " + a[0] + " IS NOT NULL THEN '' END)", nil
}

// emitArray writes array(...).
func emitArray(_ *exprs, e *spark.Expr, a []string) (string, error) {
	return "CAST([" + strings.Join(a, ", ") + "] AS " + relation.DuckType(e.Type) + ")", nil
}

// emitStruct writes struct and named_struct; the members' names are in the type.
func emitStruct(_ *exprs, e *spark.Expr, a []string) (string, error) {
	if err := relation.CheckSchema(spark.Schema{{Name: e.Label, Type: e.Type}}); err != nil {
		return "", err
	}
	parts := make([]string, len(a))
	for i, f := range e.Type.Fields {
		parts[i] = relation.Literal(f.Name) + ": " + a[i]
	}
	return "{" + strings.Join(parts, ", ") + "}", nil
}

// emitSize writes size, which is -1 for null.
func emitSize(_ *exprs, e *spark.Expr, a []string) (string, error) {
	if e.Args[0].Type.Kind == spark.Null {
		return "-1", nil
	}
	f := "len"
	if e.Args[0].Type.Kind == spark.Map {
		f = "cardinality"
	}
	return "CAST(coalesce(" + f + "(" + a[0] + "), -1) AS INTEGER)", nil
}

// emitGetItem writes array[index from 0] and map[key].
func emitGetItem(x *exprs, e *spark.Expr, a []string) (string, error) {
	if e.Args[0].Type.Kind == spark.Map {
		return "map_extract(" + a[0] + ", " + a[1] + ")[1]", nil
	}
	if n, ok := e.Args[1].Value.(int64); ok && n >= 0 {
		return "list_extract(" + a[0] + ", " + strconv.FormatInt(n+1, 10) + ")", nil
	}
	return x.em.fill("(CASE WHEN $2 >= 0 THEN list_extract($1, $2 + 1) END)", a), nil
}

// emitElementAt writes element_at: arrays from 1, negative from the end.
func emitElementAt(x *exprs, e *spark.Expr, a []string) (string, error) {
	if e.Args[0].Type.Kind == spark.Map {
		return "map_extract(" + a[0] + ", " + a[1] + ")[1]", nil
	}
	if n, ok := e.Args[1].Value.(int64); ok && n != 0 {
		return "list_extract(" + a[0] + ", " + a[1] + ")", nil
	}
	return x.em.fill("(CASE WHEN $2 = 0 THEN error('[INVALID_INDEX_OF_ZERO] The index 0 is invalid. An index shall be either < 0 or > 0 "+
		"(the first element has index 1).') ELSE list_extract($1, $2) END)", a), nil
}

// emitSortArray writes sort_array: nulls first ascending, last descending.
func emitSortArray(x *exprs, e *spark.Expr, a []string) (string, error) {
	ascending := true
	if len(e.Args) == 2 {
		literal, ok := e.Args[1].Value.(bool)
		if !ok {
			return "", refuse("sort_array with an order that is no literal")
		}
		ascending = literal
	}
	if ascending {
		return x.em.sortList(a[0], *e.Type.Elem, "ASC", "NULLS FIRST"), nil
	}
	return x.em.sortList(a[0], *e.Type.Elem, "DESC", "NULLS LAST"), nil
}

// emitArrayJoin writes array_join, which skips nulls unless it has a text for them.
func emitArrayJoin(x *exprs, e *spark.Expr, a []string) (string, error) {
	if err := literalSeparator(e, 1); err != nil {
		return "", err
	}
	v := x.em.name("v")
	list := "list_filter($1, lambda " + v + ": " + v + " IS NOT NULL)"
	if len(a) == 3 {
		list = "list_transform($1, lambda " + v + ": coalesce(" + v + ", $3))"
	}
	return x.em.fill("(CASE WHEN len($1) = 0 THEN '' ELSE coalesce(array_to_string("+list+", $2), CASE WHEN $1 IS NOT NULL THEN '' END) END)", a), nil
}
