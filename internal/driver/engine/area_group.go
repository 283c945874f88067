package engine

import (
	"database/sql/driver"
	"fmt"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// The functions of groups and windows.

// groupTemplates are those that are one expression of DuckDB's.
var groupTemplates = map[string]string{}

// groupEmitterOf finds the emitter of one of the others, nil for none.
func groupEmitterOf(_ string) callEmitter { return nil }

// groupGoFunctions are the functions of Go's that their texts use.
func groupGoFunctions() []goFunction {
	doubles := listOf | duckdb.TYPE_DOUBLE
	return []goFunction{{"spark_quantiles", []duckdb.Type{doubles, doubles, duckdb.TYPE_BIGINT}, doubles, func(a []driver.Value) (any, error) {
		return approximateQuantiles(doublesOf(a[0]), doublesOf(a[1]), float64(a[2].(int64))), nil
	}}}
}

// doublesOf reads a list of doubles that DuckDB hands to a function of Go's.
func doublesOf(v driver.Value) []float64 {
	list, _ := v.([]any)
	out := make([]float64, len(list))
	for i, x := range list {
		out[i], _ = x.(float64)
	}
	return out
}

// aggCall is one aggregate while it is written. apply writes a function of DuckDB's over the rows of the group that pass
// the aggregate's filter and the conditions given.
type aggCall struct {
	x        *exprs
	e        *spark.Expr
	args     []string
	distinct string
	over     string
	apply    func(name, arg string, conditions ...string) string
}

// groupAggregateOf finds how an aggregate of this area is written, nil for none.
func groupAggregateOf(name string) func(aggCall) (string, error) {
	switch name {
	case "stddev", "stddev_pop", "variance", "var_pop", "corr", "covar_pop", "covar_samp":
		return emitMoments
	case "regr_count", "regr_avgx", "regr_avgy", "regr_slope", "regr_intercept", "regr_r2", "regr_sxx", "regr_sxy", "regr_syy":
		return emitRegression
	case "skewness", "kurtosis":
		return emitShape
	case "median", "percentile":
		return emitPercentile
	case "percentile_approx":
		return emitPercentileApprox
	case "bit_and", "bit_or", "bit_xor", "product", "mode":
		return func(c aggCall) (string, error) {
			return c.apply(c.e.Name, c.distinct+c.args[0], c.args[0]+" IS NOT NULL"), nil
		}
	case "try_sum":
		return func(c aggCall) (string, error) { // of doubles it is plain sum
			sum := c.apply("sum", c.distinct+c.args[0])
			if c.e.Type.Kind == spark.Decimal {
				return withinDigits(sum, c.e.Type), nil
			}
			return "TRY_CAST(" + sum + " AS " + relation.DuckType(c.e.Type) + ")", nil
		}
	case "nth_value":
		return emitNthValue
	default:
		return nil
	}
}

// notNumbers writes the condition that one of several values is NaN or infinite.
func notNumbers(values ...string) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = "NOT isfinite(" + v + ")"
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// guarded writes NaN where one of values is no number in a group, which is what Spark computes and DuckDB refuses to,
// else text.
func (c aggCall) guarded(text string, more string, values ...string) string {
	return "(CASE WHEN " + c.apply("bool_or", notNumbers(values...), present(c.args)...) + more + " THEN CAST('NaN' AS DOUBLE) ELSE " + text + " END)"
}

// present writes the conditions that values are not null.
func present(values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = v + " IS NOT NULL"
	}
	return out
}

// emitMoments writes variances, deviations, covariances and the correlation. Of one row those of samples are null,
// whatever the row is.
func emitMoments(c aggCall) (string, error) {
	name := aggregateNames[c.e.Name]
	text := c.apply(name, c.distinct+strings.Join(c.args, ", "), "NOT "+notNumbers(c.args...))
	more := ""
	if !strings.HasSuffix(name, "_pop") {
		more = " AND " + c.apply("count", "*", present(c.args)...) + " > 1"
	}
	switch {
	case name == "corr" && c.distinct == "":
		text = c.correlation()
	case name == "corr": // of one pair, and of a constant, DuckDB has NaN
		text = "nullif(" + text + ", CAST('NaN' AS DOUBLE))"
	}
	return c.guarded(text, more, c.args...), nil
}

// correlation writes the covariance over the root of the product of both variances, as Spark computes it: of a column with
// itself that is 1 to the last digit. DuckDB's own function divides by two roots, and is off by a digit. Of one pair, and
// of a constant, it is null.
func (c aggCall) correlation() string {
	x, y := c.args[0], c.args[1]
	number := func(name, arg string) string {
		return c.apply(name, arg, append(present(c.args), "NOT "+notNumbers(x, y))...)
	}
	return "(" + number("covar_pop", x+", "+y) + " / nullif(sqrt(" + number("var_pop", x) + " * " + number("var_pop", y) + "), 0))"
}

// emitRegression writes the functions of a linear regression of y, the first argument, on x. Spark's regr_r2 is 1 where x
// is constant and null where y is, the other way round than SQL has it.
func emitRegression(c aggCall) (string, error) {
	y, x := c.args[0], c.args[1]
	pairs := present(c.args)
	number := func(name, arg string) string { return c.apply(name, arg, append(pairs, "NOT "+notNumbers(y, x))...) }
	switch c.e.Name {
	case "regr_count":
		return c.apply("count", "*", pairs...), nil
	case "regr_avgx":
		return c.apply("avg", x, pairs...), nil
	case "regr_avgy":
		return c.apply("avg", y, pairs...), nil
	case "regr_sxx":
		return c.guarded(c.apply("regr_sxx", x+", "+x, append(pairs, "NOT "+notNumbers(x))...), "", x), nil
	case "regr_syy":
		return c.guarded(c.apply("regr_syy", y+", "+y, append(pairs, "NOT "+notNumbers(y))...), "", y), nil
	case "regr_r2":
		one := func(v string) string { return "coalesce(" + c.apply("count", "DISTINCT "+v, pairs...) + " < 2, true)" }
		return "(CASE WHEN " + one(y) + " THEN NULL WHEN " + one(x) + " THEN 1::DOUBLE ELSE " +
			c.guarded("pow("+number("corr", y+", "+x)+", 2)", "", y, x) + " END)", nil
	default:
		return c.guarded("nullif("+number(c.e.Name, y+", "+x)+", CAST('NaN' AS DOUBLE))", "", y, x), nil
	}
}

// emitShape writes skewness and kurtosis of the whole group, null where all values are one.
func emitShape(c aggCall) (string, error) {
	moment := func(power int, v, mean string) string {
		d := c.x.em.name("v")
		return fmt.Sprintf("list_sum(list_transform(%s, lambda %s: pow(%s - %s, %d)))", v, d, d, mean, power)
	}
	list := c.apply("list", c.distinct+c.args[0], c.args[0]+" IS NOT NULL", "NOT "+notNumbers(c.args[0]))
	text := c.x.em.bind(list, func(v string) string {
		return "CASE WHEN list_min(" + v + ") < list_max(" + v + ") THEN " + c.x.em.bind("list_avg("+v+")", func(mean string) string {
			if c.e.Name == "skewness" {
				return "sqrt(len(" + v + ")) * " + moment(3, v, mean) + " / pow(" + moment(2, v, mean) + ", 1.5)"
			}
			return "len(" + v + ") * " + moment(4, v, mean) + " / pow(" + moment(2, v, mean) + ", 2) - 3"
		}) + " END"
	})
	return c.guarded(text, "", c.args[0]), nil
}

// emitPercentile writes percentile and median: between two values it goes by the distance to each.
func emitPercentile(c aggCall) (string, error) {
	value := c.args[0]
	list := c.apply("list", c.distinct+value, value+" IS NOT NULL")
	if c.e.Name == "percentile" {
		if n, ok := frequency(c.e.Args[2]); !ok || n != 1 {
			if c.distinct != "" {
				return "", refuse("percentile(DISTINCT ...) with a frequency")
			}
			list = c.repeated(value, c.args[2])
		}
	}
	sorted := "list_sort(" + list + ")"
	return c.x.em.bind(sorted, func(v string) string {
		at := func(p string) string {
			return c.x.em.bind("(len("+v+") - 1) * "+p, func(place string) string {
				low, high := v+"[CAST(floor("+place+") AS BIGINT) + 1]", v+"[CAST(ceil("+place+") AS BIGINT) + 1]"
				return "CASE WHEN " + low + " = " + high + " THEN " + low + " ELSE (ceil(" + place + ") - " + place + ") * " + low + " + (" +
					place + " - floor(" + place + ")) * " + high + " END"
			})
		}
		if c.e.Name == "median" {
			return at("0.5::DOUBLE")
		}
		if c.e.Args[1].Type.Kind != spark.Array {
			return at(c.args[1])
		}
		p := c.x.em.name("v")
		return "CASE WHEN len(" + v + ") > 0 AND len(" + c.args[1] + ") > 0 THEN list_transform(" + c.args[1] + ", lambda " + p + ": " + at(p) + ") END"
	}), nil
}

// frequency reads the literal frequency of percentile.
func frequency(e *spark.Expr) (int64, bool) {
	for e.Op == spark.OpCast {
		e = e.Args[0]
	}
	n, ok := e.Value.(int64)
	return n, ok && e.Op == spark.OpLit
}

// repeated writes the list of a group's values, each as often as its frequency says.
func (c aggCall) repeated(value, times string) string {
	i := c.x.em.name("v")
	return "flatten(" + c.apply("list", "list_transform(range(CASE WHEN "+times+" < 0 THEN error('[NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION] Found the negative "+
		"value in the frequency expression.') ELSE "+times+" END), lambda "+i+": "+value+")", value+" IS NOT NULL", times+" > 0 OR "+times+" < 0") + ")"
}

// emitPercentileApprox writes percentile_approx, which computes with doubles whatever the values are.
func emitPercentileApprox(c aggCall) (string, error) {
	from := c.e.Args[0].Type
	value := c.args[0]
	switch from.Kind {
	case spark.Date:
		value = "CAST(" + value + " - DATE '1970-01-01' AS DOUBLE)"
	case spark.Timestamp:
		value = "CAST(epoch_us(" + value + ") AS DOUBLE)"
	default:
		value = "CAST(" + value + " AS DOUBLE)"
	}
	ps, many := c.args[1], c.e.Args[1].Type.Kind == spark.Array
	if !many {
		ps = "[" + ps + "]"
	}
	list := "spark_quantiles(" + c.apply("list", c.distinct+value, c.args[0]+" IS NOT NULL") + ", " + ps + ", " + c.args[2] + ")"
	back := func(v string) (string, error) {
		switch from.Kind {
		case spark.Date:
			return "DATE '1970-01-01' + CAST(" + v + " AS INTEGER)", nil
		case spark.Timestamp:
			return "make_timestamp(CAST(" + v + " AS BIGINT))", nil
		default:
			return c.x.em.cast(v, spark.T(spark.Double), from)
		}
	}
	if !many {
		return back(list + "[1]")
	}
	v := c.x.em.name("v")
	text, err := back(v)
	return "list_transform(" + list + ", lambda " + v + ": " + text + ")", err
}

// emitNthValue writes nth_value, which stands over a window alone.
func emitNthValue(c aggCall) (string, error) {
	if c.over == "" {
		return "", &plan.Error{Class: plan.ClassAnalysis, Message: "[WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE] Window function \"" + c.e.Label +
			"\" requires an OVER clause."}
	}
	n := c.args[1]
	if len(c.e.Args) == 3 && c.e.Args[2].Value == true {
		n += " IGNORE NULLS"
	}
	return c.apply("nth_value", c.args[0]+", "+n), nil
}
