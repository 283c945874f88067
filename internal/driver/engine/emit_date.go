package engine

import (
	"fmt"
	"strings"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
)

// dateEmitterOf is emitterOf for functions on dates and times.
func dateEmitterOf(name string) callEmitter {
	switch name {
	case "current_date", "current_timestamp":
		return emitNow
	case "next_day":
		return emitNextDay
	case "trunc", "date_trunc":
		return emitTrunc
	case "date_format", "from_unixtime":
		return emitFormatTime
	case "to_date", "to_timestamp", "unix_timestamp":
		return emitParseTime
	case "timestamp_seconds":
		return func(x *exprs, e *spark.Expr, a []string) (string, error) {
			return x.em.castToTimestamp(a[0], e.Args[0].Type), nil
		}
	default:
		return nil
	}
}

// emitNow writes the time of the action, the same for all rows.
func emitNow(x *exprs, e *spark.Expr, _ []string) (string, error) {
	if e.Name == "current_date" {
		return "CAST('" + x.em.now.Format(spark.DateLayout) + "' AS DATE)", nil
	}
	return "CAST('" + x.em.now.Format(spark.TimestampLayout) + "' AS TIMESTAMP)", nil
}

// literalText reads an argument that must be a literal text.
func literalText(e *spark.Expr, index int, what string) (string, error) {
	text, ok := e.Args[index].Value.(string)
	if !ok || e.Args[index].Op != spark.OpLit {
		return "", refuse("%s with a %s that is no literal", e.Name, what)
	}
	return text, nil
}

// emitNextDay writes next_day: the first such day of the week after a date.
func emitNextDay(x *exprs, e *spark.Expr, a []string) (string, error) {
	text, err := literalText(e, 1, "day")
	if err != nil {
		return "", err
	}
	days := map[string]int{"SU": 7, "SUN": 7, "SUNDAY": 7, "MO": 1, "MON": 1, "MONDAY": 1, "TU": 2, "TUE": 2, "TUESDAY": 2, "WE": 3,
		"WED": 3, "WEDNESDAY": 3, "TH": 4, "THU": 4, "THURSDAY": 4, "FR": 5, "FRI": 5, "FRIDAY": 5, "SA": 6, "SAT": 6, "SATURDAY": 6}
	day, ok := days[strings.ToUpper(strings.TrimSpace(text))]
	if !ok {
		return "CAST(NULL AS DATE)", nil
	}
	return x.em.fill(fmt.Sprintf("($1 + CAST((%d - isodow($1) + 6) %% 7 + 1 AS INTEGER))", day), a[:1]), nil
}

// truncUnits are the units of trunc and date_trunc in DuckDB's words.
var truncUnits = map[string]string{
	"YEAR": "year", "YYYY": "year", "YY": "year", "QUARTER": "quarter", "MONTH": "month", "MON": "month", "MM": "month",
	"WEEK": "week", "DAY": "day", "DD": "day", "HOUR": "hour", "MINUTE": "minute", "SECOND": "second",
	"MILLISECOND": "milliseconds", "MICROSECOND": "microseconds",
}

// emitTrunc writes trunc(date, unit) and date_trunc(unit, timestamp); an unknown unit gives null.
func emitTrunc(_ *exprs, e *spark.Expr, a []string) (string, error) {
	index, value := 0, a[1]
	if e.Name == "trunc" {
		index, value = 1, a[0]
	}
	text, err := literalText(e, index, "unit")
	if err != nil {
		return "", err
	}
	duck := relation.DuckType(e.Type)
	unit, ok := truncUnits[strings.ToUpper(text)]
	if ok && e.Name == "trunc" {
		ok = unit == "year" || unit == "quarter" || unit == "month" || unit == "week"
	}
	if !ok {
		return "CAST(NULL AS " + duck + ")", nil
	}
	return "CAST(date_trunc('" + unit + "', " + value + ") AS " + duck + ")", nil
}

// makeDate is make_date: null for a month or day that there is not. Spark's years go on where DuckDB's end.
var makeDate = "(CASE WHEN $1 NOT BETWEEN -290000 AND 290000 THEN CAST(" + refusedAtRun("a date as far from the year 0") + " AS DATE) " +
	"WHEN $2 BETWEEN 1 AND 12 AND $3 BETWEEN 1 AND 31 THEN CASE WHEN $3 <= day(last_day(make_date($1, $2, 1))) THEN make_date($1, $2, $3) END END)"
