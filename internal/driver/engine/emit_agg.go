package engine

import (
	"fmt"
	"strings"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
)

// aggregateNames are the aggregate functions that are DuckDB's own under some name.
var aggregateNames = map[string]string{
	"min": "min", "max": "max", "stddev": "stddev_samp", "stddev_pop": "stddev_pop", "variance": "var_samp", "var_pop": "var_pop",
	"corr": "corr", "covar_pop": "covar_pop", "covar_samp": "covar_samp", "bool_and": "bool_and",
	"bool_or": "bool_or", "max_by": "arg_max_null", "min_by": "arg_min_null",
}

// aggregate writes an aggregate function; over is the OVER clause, empty for none.
func (x *exprs) aggregate(e *spark.Expr, over string) (string, error) {
	args, err := x.list(e.Args)
	if err != nil {
		return "", err
	}
	var filters []string
	if e.Filter != nil {
		cond, err := x.sql(e.Filter)
		if err != nil {
			return "", err
		}
		filters = append(filters, cond)
	}
	distinct := ""
	if e.Distinct {
		distinct = "DISTINCT "
	}
	// apply writes one function of DuckDB's over the rows that pass the filters.
	apply := func(name, arg string, more ...string) string {
		conditions := append(append([]string(nil), filters...), more...)
		text := name + "(" + arg + ")"
		if len(conditions) > 0 {
			text += " FILTER (WHERE " + strings.Join(conditions, " AND ") + ")"
		}
		return text + over
	}
	duck := relation.DuckType(e.Type)
	if write := groupAggregateOf(e.Name); write != nil {
		return write(aggCall{x: x, e: e, args: args, distinct: distinct, over: over, apply: apply})
	}
	if name, ok := aggregateNames[e.Name]; ok {
		if last := len(args) - 1; nested(e.Args[last].Type) {
			key := x.em.orderKey(args[last], e.Args[last].Type)
			if strings.HasPrefix(name, "arg_") {
				return apply(name, args[0]+", "+key), nil
			}
			return apply("arg_"+name, args[0]+", "+key, args[0]+" IS NOT NULL"), nil
		}
		return apply(name, distinct+strings.Join(args, ", ")), nil
	}
	switch e.Name {
	case "count":
		return countSQL(e, args, apply), nil
	case "count_if":
		return apply("count", "*", args[0]), nil
	case "approx_count_distinct":
		return apply("count", "DISTINCT "+args[0]), nil
	case "sum":
		return sumSQL(e, apply("sum", distinct+args[0])), nil
	case "avg", "try_avg":
		if e.Type.IsInterval() {
			return averageInterval(apply("sum", distinct+args[0]), apply("count", distinct+args[0]), e.Type), nil
		}
		if e.Type.Kind != spark.Decimal {
			return apply("avg", distinct+args[0]), nil
		}
		return fmt.Sprintf("TRY_CAST(spark_decimal('/', CAST(%s AS VARCHAR), CAST(%s AS VARCHAR), %d, %d) AS %s)",
			apply("sum", distinct+args[0]), apply("count", distinct+args[0]), e.Type.Precision, e.Type.Scale, duck), nil
	case "first", "last":
		return firstSQL(e, args, over, apply), nil
	case "collect_list", "collect_set":
		if e.Name == "collect_set" {
			distinct = "DISTINCT "
		}
		return "coalesce(" + apply("list", distinct+args[0], args[0]+" IS NOT NULL") + ", CAST([] AS " + duck + "))", nil
	default:
		return "", fmt.Errorf("engine: no emission of the aggregate %q", e.Name)
	}
}

// countSQL writes count: rows in which no argument is null.
func countSQL(e *spark.Expr, args []string, apply func(string, string, ...string) string) string {
	if !e.Distinct {
		var notNull []string
		for i, a := range args {
			if e.Args[i].Op != spark.OpLit || e.Args[i].Value == nil {
				notNull = append(notNull, a+" IS NOT NULL")
			}
		}
		if len(args) == 1 && len(notNull) == 1 {
			return apply("count", args[0])
		}
		return apply("count", "*", notNull...)
	}
	if len(args) == 1 {
		return apply("count", "DISTINCT "+args[0])
	}
	notNull := make([]string, len(args))
	for i, a := range args {
		notNull[i] = a + " IS NOT NULL"
	}
	return apply("count", "DISTINCT row("+strings.Join(args, ", ")+")", notNull...)
}

// sumSQL writes the type of a sum: whole numbers wrap, decimals become null past their digits.
func sumSQL(e *spark.Expr, sum string) string {
	switch e.Type.Kind {
	case spark.Long:
		return wrap("CAST("+sum+" AS HUGEINT)", spark.Long)
	case spark.DayTime, spark.YearMonth:
		return "CAST(" + sum + " AS " + relation.DuckType(e.Type) + ")"
	case spark.Decimal:
		return withinDigits(sum, e.Type)
	default:
		return sum
	}
}

// withinDigits writes a sum of decimals as type t, null past its digits. DuckDB's own of 38 digits counts further than they
// say, as far as the whole number that holds them, and only a text tells.
func withinDigits(sum string, t spark.Type) string {
	if t.Precision == maxDigits {
		sum = "CAST(" + sum + " AS VARCHAR)"
	}
	return "TRY_CAST(" + sum + " AS " + relation.DuckType(t) + ")"
}

// firstSQL writes first and last, which take nulls too unless told otherwise.
func firstSQL(e *spark.Expr, args []string, over string, apply func(string, string, ...string) string) string {
	ignore := false
	if len(e.Args) == 2 {
		ignore, _ = e.Args[1].Value.(bool)
	}
	if over != "" {
		arg := args[0]
		if ignore {
			arg += " IGNORE NULLS"
		}
		return apply(e.Name+"_value", arg)
	}
	if ignore {
		return apply(e.Name, args[0], args[0]+" IS NOT NULL")
	}
	return apply(e.Name, args[0])
}
