package engine

import (
	"fmt"
	"strings"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
)

// Intervals are whole numbers for DuckDB: microseconds, or months. Its own sums and comparisons are right then, and fail
// where they overflow, as Spark's do.

// intervalEmitterOf is emitterOf for functions that make or take intervals.
func intervalEmitterOf(name string) callEmitter {
	switch name {
	case "add_interval", "subtract_interval":
		return emitMove
	case "moment_difference":
		return emitDifference
	case "multiply_interval", "divide_interval":
		return emitScale
	case "make_dt_interval":
		return func(x *exprs, _ *spark.Expr, a []string) (string, error) {
			return x.em.fill("(CAST($1 AS BIGINT) * 86400000000 + CAST($2 AS BIGINT) * 3600000000 + CAST($3 AS BIGINT) * 60000000 + "+
				"CAST($4 * 1000000 AS BIGINT))", a), nil
		}
	case "make_ym_interval":
		return func(x *exprs, _ *spark.Expr, a []string) (string, error) { return x.em.fill("($1 * 12 + $2)", a), nil }
	case "interval_part":
		return emitIntervalPart
	default:
		return nil
	}
}

// intervalSQL writes the sum, the difference and the whole quotient of two intervals.
func intervalSQL(e *spark.Expr, a []string) string {
	if e.Name == "div" {
		return "(CAST(" + a[0] + " AS BIGINT) // nullif(" + a[1] + ", 0))"
	}
	return "(" + a[0] + " " + e.Name + " " + a[1] + ")"
}

// emitMove writes a date or timestamp plus or minus an interval. Months end on the last day of a shorter month.
func emitMove(_ *exprs, e *spark.Expr, a []string) (string, error) {
	sign := " + "
	if e.Name == "subtract_interval" {
		sign = " - "
	}
	duck := relation.DuckType(e.Type)
	switch {
	case e.Args[1].Type.Kind == spark.YearMonth:
		return "CAST(" + a[0] + sign + "to_months(" + a[1] + ") AS " + duck + ")", nil
	case e.Type.Kind == spark.Date:
		return fmt.Sprintf("(%s%sCAST(%s // %d AS INTEGER))", a[0], sign, a[1], int64(spark.MicrosPerDay)), nil
	default:
		return "(" + a[0] + sign + "to_microseconds(" + a[1] + "))", nil
	}
}

// emitDifference writes the microseconds between two moments.
func emitDifference(_ *exprs, e *spark.Expr, a []string) (string, error) {
	if e.Args[0].Type.Kind == spark.Date {
		return fmt.Sprintf("(CAST(%s - %s AS BIGINT) * %d)", a[0], a[1], int64(spark.MicrosPerDay)), nil
	}
	return "(epoch_us(" + a[0] + ") - epoch_us(" + a[1] + "))", nil
}

// emitScale writes an interval times or by a number, rounded half away from zero.
func emitScale(x *exprs, e *spark.Expr, a []string) (string, error) {
	t, duck := e.Args[1].Type, relation.DuckType(e.Type)
	if e.Name == "divide_interval" {
		a[1] = x.em.fill("(CASE WHEN $1 = 0 THEN error('[INTERVAL_DIVIDED_BY_ZERO] Division by zero. Use `try_divide` to tolerate divisor being 0 and "+
			"return NULL instead.') ELSE $1 END)", a[1:])
	}
	switch {
	case t.Kind == spark.Double || t.Kind == spark.Float:
		op := " * "
		if e.Name == "divide_interval" {
			op = " / "
		}
		return "CAST(round(CAST(" + a[0] + " AS DOUBLE)" + op + a[1] + ") AS " + duck + ")", nil
	case e.Name == "multiply_interval" && isWhole(t):
		return "CAST(CAST(" + a[0] + " AS BIGINT) * " + a[1] + " AS " + duck + ")", nil
	case e.Name == "multiply_interval":
		return fmt.Sprintf("CAST(CAST(spark_decimal('*', CAST(%s AS VARCHAR), CAST(%s AS VARCHAR), 38, 0) AS DECIMAL(38,0)) AS %s)", a[0], a[1], duck), nil
	default:
		return fmt.Sprintf("CAST(CAST(spark_decimal('/', CAST(%s AS VARCHAR), CAST(%s AS VARCHAR), 38, 0) AS DECIMAL(38,0)) AS %s)", a[0], a[1], duck), nil
	}
}

// unitsOf are the lengths of an interval's units in what it is counted in, by their position in the type.
func unitsOf(t spark.Type) []int64 {
	if t.Kind == spark.YearMonth {
		return []int64{12, 1}
	}
	return []int64{spark.MicrosPerDay, 3600 * spark.MicrosPerSecond, 60 * spark.MicrosPerSecond, spark.MicrosPerSecond}
}

// castInterval writes casts from and to intervals: a number counts the last unit, a shorter type cuts what it has no
// unit for.
func (em *emitter) castInterval(value string, from, to spark.Type) (string, error) {
	duck := relation.DuckType(to)
	switch {
	case from.Kind == spark.Null:
		return "CAST(" + value + " AS " + duck + ")", nil
	case from.Kind == to.Kind:
		unit := unitsOf(to)[to.Scale]
		if unit == 1 || to.Kind == spark.DayTime && to.Scale == 3 || to.Scale >= from.Scale {
			return value, nil
		}
		return fmt.Sprintf("CAST(%s // %d * %d AS %s)", value, unit, unit, duck), nil
	case to.Kind == spark.String:
		return fmt.Sprintf("spark_interval_text(CAST(%s AS BIGINT), '%s')", value, from), nil
	case isWhole(to):
		return wrapped(fmt.Sprintf("(CAST(%s AS BIGINT) // %d)", value, unitsOf(from)[from.Scale]), to), nil
	case isWhole(from):
		return fmt.Sprintf("CAST(CAST(%s AS BIGINT) * %d AS %s)", value, unitsOf(to)[to.Scale], duck), nil
	default:
		return "", refuse("a cast from %s to %s", from, to)
	}
}

// wrapped fails where a whole number has no room for a value, as Spark's casts of intervals do.
func wrapped(value string, to spark.Type) string {
	return "CAST(" + value + " AS " + relation.DuckType(to) + ")"
}

// emitIntervalPart writes one unit of an interval, without the longer units before it.
func emitIntervalPart(_ *exprs, e *spark.Expr, a []string) (string, error) {
	unit, _ := e.Value.(string)
	t, duck := e.Args[0].Type, relation.DuckType(e.Type)
	for i, name := range strings.Fields("day hour minute second") {
		if t.Kind == spark.DayTime && name == unit {
			text := a[0]
			if i > 0 {
				text = fmt.Sprintf("(%s %% %d)", a[0], unitsOf(t)[i-1])
			}
			if unit == "second" {
				return "CAST(CAST(" + text + " AS DECIMAL(18,0)) * 0.000001 AS " + duck + ")", nil
			}
			return fmt.Sprintf("CAST(%s // %d AS %s)", text, unitsOf(t)[i], duck), nil
		}
	}
	if unit == "year" {
		return "CAST(" + a[0] + " // 12 AS " + duck + ")", nil
	}
	return "CAST(" + a[0] + " % 12 AS " + duck + ")", nil
}
