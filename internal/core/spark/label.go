package spark

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// literalLabel spells a literal as Spark does in a column's name.
func literalLabel(e *Expr) string {
	if e.Value == nil {
		return "NULL"
	}
	switch e.Type.Kind {
	case Decimal:
		return decimalLabel(fmt.Sprint(e.Value))
	case Date:
		return "DATE '" + fmt.Sprint(e.Value) + "'"
	case DayTime, YearMonth:
		n, _ := e.Value.(int64)
		return IntervalText(e.Type, n)
	case Timestamp, TimestampNTZ:
		text := strings.Replace(fmt.Sprint(e.Value), "T", " ", 1)
		if strings.Contains(text, ".") {
			text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
		}
		return strings.ToUpper(string(e.Type.Kind)) + " '" + text + "'"
	case Binary:
		text, _ := e.Value.(string)
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return text
		}
		return "X'" + strings.ToUpper(hex.EncodeToString(raw)) + "'"
	case Double, Float:
		if f, ok := e.Value.(float64); ok {
			bits := 64
			if e.Type.Kind == Float {
				bits = 32
			}
			return JavaDouble(f, bits)
		}
	}
	return fmt.Sprint(e.Value)
}

// sqlName spells a type as Spark's error texts do: "ARRAY<STRUCT<a: INT>>".
func (t Type) sqlName() string {
	switch t.Kind {
	case Array:
		return "ARRAY<" + t.Elem.sqlName() + ">"
	case Map:
		return "MAP<" + t.Key.sqlName() + ", " + t.Elem.sqlName() + ">"
	case Struct:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			name := f.Name
			if !plainMember.MatchString(name) {
				name = backtick(name)
			}
			parts[i] = name + ": " + f.Type.sqlName()
		}
		return "STRUCT<" + strings.Join(parts, ", ") + ">"
	default:
		return strings.ToUpper(t.String())
	}
}

// binaryLabels are the operators that Spark spells between their operands.
var binaryLabels = map[string]string{
	"+": "+", "-": "-", "*": "*", "/": "/", "%": "%", "div": "div", "=": "=", "<": "<", "<=": "<=", ">": ">", ">=": ">=",
	"<=>": "<=>", "and": "AND", "or": "OR", "&": "&", "|": "|", "^": "^",
}

// callLabel spells a call as Spark does in a column's name. name is the one the script used.
func callLabel(name string, args []*Expr, distinct bool) string {
	labels := make([]string, len(args))
	for i, a := range args {
		labels[i] = a.Label
	}
	at := func(i int) string { return labels[i] }
	if op, ok := binaryLabels[name]; ok && len(args) == 2 {
		return "(" + at(0) + " " + op + " " + at(1) + ")"
	}
	switch name {
	case "not":
		return "(NOT " + at(0) + ")"
	case "-":
		return "(- " + at(0) + ")"
	case "positive":
		return "(+ " + at(0) + ")"
	case "~":
		return "~" + at(0)
	case "isnull":
		return "(" + at(0) + " IS NULL)"
	case "isnotnull":
		return "(" + at(0) + " IS NOT NULL)"
	case "like":
		return at(0) + " LIKE " + at(1)
	case "rlike":
		return "RLIKE(" + at(0) + ", " + at(1) + ")"
	case "trim", "ltrim", "rtrim":
		if len(args) == 2 {
			side := map[string]string{"trim": "BOTH", "ltrim": "LEADING", "rtrim": "TRAILING"}[name]
			return "TRIM(" + side + " " + at(1) + " FROM " + at(0) + ")"
		}
	case "in":
		return "(" + at(0) + " IN (" + strings.Join(labels[1:], ", ") + "))"
	case "getitem":
		return at(0) + "[" + at(1) + "]"
	case "if":
		return "(IF(" + strings.Join(labels, ", ") + "))"
	}
	if spelled, ok := respelled[name]; ok {
		name = spelled
	}
	prefix := ""
	if distinct {
		prefix = "DISTINCT "
	}
	return name + "(" + prefix + strings.Join(labels, ", ") + ")"
}

// respelled are the functions whose column name differs from how the script called them.
var respelled = map[string]string{
	"ceil": "CEIL", "floor": "FLOOR", "sqrt": "SQRT", "cbrt": "CBRT", "exp": "EXP", "power": "POWER",
	"log10": "LOG10", "log2": "LOG2", "log1p": "LOG1P", "expm1": "EXPM1", "sin": "SIN", "cos": "COS", "tan": "TAN",
	"asin": "ASIN", "acos": "ACOS", "atan": "ATAN", "atan2": "ATAN2", "sinh": "SINH", "cosh": "COSH", "tanh": "TANH",
	"degrees": "DEGREES", "radians": "RADIANS", "signum": "SIGNUM", "pi": "PI", "regexp_like": "REGEXP_LIKE",
	"spark_partition_id": "SPARK_PARTITION_ID", "regexp": "REGEXP", "sec": "SEC", "csc": "CSC", "cot": "COT", "acosh": "ACOSH",
	"asinh": "ASINH", "atanh": "ATANH", "current_schema": "current_database",
	"curdate": "current_date", "array_agg": "collect_list", "dateadd": "date_add",
	"e": "E", "hypot": "HYPOT", "rank": "RANK", "dense_rank": "DENSE_RANK", "percent_rank": "PERCENT_RANK",
}

// label spells an OVER clause.
func (w *WindowSpec) label() string {
	var parts []string
	if len(w.Partition) > 0 {
		keys := make([]string, len(w.Partition))
		for i, p := range w.Partition {
			keys[i] = p.Label
		}
		parts = append(parts, "PARTITION BY "+strings.Join(keys, ", "))
	}
	if len(w.Order) > 0 {
		keys := make([]string, len(w.Order))
		for i, o := range w.Order {
			keys[i] = o.label()
		}
		parts = append(parts, "ORDER BY "+strings.Join(keys, ", "))
	}
	unit := "ROWS"
	if w.Unit == "range" {
		unit = "RANGE"
	}
	if w.shifted {
		offset := strconv.FormatInt(*w.Start, 10) + " FOLLOWING"
		return "(" + strings.Join(append(parts, unit+" BETWEEN "+offset+" AND "+offset), " ") + ")"
	}
	parts = append(parts, unit+" BETWEEN "+w.boundLabel(w.Start, "PRECEDING")+" AND "+w.boundLabel(w.End, "FOLLOWING"))
	return "(" + strings.Join(parts, " ") + ")"
}

// label spells one sort key.
func (k SortKey) label() string {
	direction, nulls := " ASC", " NULLS FIRST"
	if k.Descending {
		direction = " DESC"
	}
	if k.NullsLast {
		nulls = " NULLS LAST"
	}
	return k.Expr.Label + direction + nulls
}

// boundLabel spells one end of a window frame. rowsBetween(-1, 0) is "-1 FOLLOWING", as Spark has it.
func (w *WindowSpec) boundLabel(n *int64, unbounded string) string {
	switch {
	case n == nil:
		return "UNBOUNDED " + unbounded
	case *n == 0:
		return "CURRENT ROW"
	case w.Interval.Kind != "" && *n < 0:
		return IntervalText(w.Interval, -*n) + " PRECEDING"
	case w.Interval.Kind != "":
		return IntervalText(w.Interval, *n) + " FOLLOWING"
	case *n < 0 && w.adapted:
		return "(- " + strconv.FormatInt(-*n, 10) + ") FOLLOWING"
	case *n < 0 && w.fromSQL:
		return strconv.FormatInt(-*n, 10) + " PRECEDING"
	default:
		return strconv.FormatInt(*n, 10) + " FOLLOWING"
	}
}

// decimalLabel spells the digits of a decimal literal as Java's BigDecimal does.
func decimalLabel(digits string) string {
	sign, rest := "", digits
	if strings.HasPrefix(digits, "-") {
		sign, rest = "-", digits[1:]
	}
	rest = strings.TrimPrefix(rest, "+")
	whole, fraction, _ := strings.Cut(rest, ".")
	unscaled := strings.TrimLeft(whole+fraction, "0")
	if unscaled == "" {
		unscaled = "0"
	}
	if exponent := len(unscaled) - 1 - len(fraction); exponent < -6 {
		if len(unscaled) > 1 {
			unscaled = unscaled[:1] + "." + unscaled[1:]
		}
		return sign + unscaled + "E" + strconv.Itoa(exponent)
	}
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	if fraction != "" {
		whole += "." + fraction
	}
	return sign + whole
}
