package engine

import (
	"database/sql/driver"
	"fmt"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// The functions on dates, timestamps and intervals.

// dateTemplates are those that are one expression of DuckDB's.
var dateTemplates = map[string]string{
	"unix_date": "CAST($1 - DATE '1970-01-01' AS INTEGER)", "unix_micros": "epoch_us($1)",
	"unix_millis":         "CAST(floor(epoch_us($1) / 1000) AS BIGINT)",
	"unix_seconds":        "CAST(floor(epoch_us($1) / 1000000) AS BIGINT)",
	"date_from_unix_date": "(DATE '1970-01-01' + $1)", "timestamp_micros": "make_timestamp($1)",
	"timestamp_millis": "make_timestamp($1 * 1000)", "current_timezone": "'UTC'", "yearofweek": "CAST(isoyear($1) AS INTEGER)",
	"dayofweek_iso": "CAST(isodow($1) AS INTEGER)", "second_part": "CAST(microsecond($1) * 0.000001 AS DECIMAL(8,6))",
	"from_utc_timestamp": "spark_convert_zone('UTC', $2, $1)", "to_utc_timestamp": "spark_convert_zone($2, 'UTC', $1)",
	"convert_timezone": "spark_convert_zone($1, $2, $3)",
}

// moreDateEmitterOf finds the emitter of one of the others, nil for none.
func moreDateEmitterOf(name string) callEmitter {
	switch name {
	case "localtimestamp":
		return emitNow
	case "to_timestamp_ltz", "to_timestamp_ntz", "try_to_timestamp":
		return emitParseTime
	case "make_timestamp":
		return emitMakeTimestamp
	case "timestampadd":
		return emitTimestampAdd
	case "timestampdiff":
		return emitTimestampDiff
	default:
		return intervalEmitterOf(name)
	}
}

// dateGoFunctions are the functions of Go's that their texts use.
func dateGoFunctions() []goFunction {
	text, whole, moment := duckdb.TYPE_VARCHAR, duckdb.TYPE_BIGINT, duckdb.TYPE_TIMESTAMP
	zones := &zoneCache{known: map[string]*time.Location{}}
	return append(patternFunctions(), []goFunction{
		{"spark_local", []duckdb.Type{text}, moment, ofText(func(s string) any {
			t, ok := spark.ParseLocal(s, zones.find)
			return orNil(t, ok)
		})},
		{"spark_convert_zone", []duckdb.Type{text, text, moment}, moment, func(a []driver.Value) (any, error) {
			from, err := zones.named(a[0].(string))
			if err != nil {
				return nil, err
			}
			to, err := zones.named(a[1].(string))
			if err != nil {
				return nil, err
			}
			return spark.Wall(spark.AtZone(a[2].(time.Time), from), to), nil
		}},
		{"spark_make_timestamp", []duckdb.Type{whole, whole, whole, whole, whole, whole, text}, moment, func(a []driver.Value) (any, error) {
			zone, known := spark.ParseZone(a[6].(string), zones.find)
			if !known { // null as in the code that Spark generates
				return nil, nil
			}
			var n [6]int64
			for i := range n {
				n[i] = a[i].(int64)
			}
			return makeTimestamp(n, zone), nil
		}},
		{"spark_interval_text", []duckdb.Type{whole, text}, text, func(a []driver.Value) (any, error) {
			t, err := spark.ParseType(a[1].(string))
			return spark.IntervalText(t, a[0].(int64)), err
		}},
		{"spark_months", []duckdb.Type{moment, moment}, whole, func(a []driver.Value) (any, error) {
			return wholeMonths(a[0].(time.Time), a[1].(time.Time)), nil
		}},
	}...)
}

// named finds the zone of a name, which must be one.
func (z *zoneCache) named(name string) (*time.Location, error) {
	zone, ok := spark.ParseZone(name, z.find)
	if !ok {
		return nil, &plan.Error{Class: plan.ClassExecution, Message: "Unknown time-zone ID: " + name}
	}
	return zone, nil
}

// makeTimestamp is the instant of year, month, day, hour, minute and microseconds in a zone, nil where there is none.
// Sixty whole seconds are the next minute.
func makeTimestamp(n [6]int64, zone *time.Location) any {
	year, month, day, hour, minute, micros := n[0], n[1], n[2], n[3], n[4], n[5]
	inside := month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour >= 0 && hour < 24 && minute >= 0 && minute < 60
	if !inside || micros < 0 || micros > 60*spark.MicrosPerSecond || year < -290_000 || year > 290_000 {
		return nil
	}
	t := time.Date(int(year), time.Month(month), int(day), int(hour), int(minute), 0, 0, time.UTC)
	if int64(t.Day()) != day {
		return nil
	}
	return spark.AtZone(t.Add(time.Duration(micros)*time.Microsecond), zone).UTC()
}

// wholeMonths counts the months from a to b that are complete, to the microsecond.
func wholeMonths(a, b time.Time) int64 {
	months := int64(b.Year()-a.Year())*12 + int64(b.Month()) - int64(a.Month())
	within := func(t time.Time) int64 {
		return int64(t.Day())*spark.MicrosPerDay + t.Sub(t.Truncate(24*time.Hour)).Microseconds()
	}
	switch {
	case months > 0 && within(b) < within(a):
		return months - 1
	case months < 0 && within(b) > within(a):
		return months + 1
	default:
		return months
	}
}

// emitMakeTimestamp writes make_timestamp and its sisters, with the zone of the session where none is given.
func emitMakeTimestamp(x *exprs, e *spark.Expr, a []string) (string, error) {
	zone := "'UTC'"
	if len(a) == 7 {
		zone = a[6]
	}
	text := "spark_make_timestamp("
	for _, arg := range a[:5] {
		text += "CAST(" + arg + " AS BIGINT), "
	}
	return text + "CAST(" + a[5] + " * 1000000 AS BIGINT), " + zone + ")", nil
}

// unitSizes are the units of timestampadd and timestampdiff: months, or else microseconds.
var unitSizes = map[string]struct{ months, micros int64 }{
	"YEAR": {12, 0}, "QUARTER": {3, 0}, "MONTH": {1, 0}, "WEEK": {0, 7 * spark.MicrosPerDay}, "DAY": {0, spark.MicrosPerDay},
	"DAYOFYEAR": {0, spark.MicrosPerDay}, "HOUR": {0, 3600 * spark.MicrosPerSecond}, "MINUTE": {0, 60 * spark.MicrosPerSecond},
	"SECOND": {0, spark.MicrosPerSecond}, "MILLISECOND": {0, 1000}, "MICROSECOND": {0, 1},
}

// emitTimestampAdd writes timestampadd(unit, count, timestamp).
func emitTimestampAdd(_ *exprs, e *spark.Expr, a []string) (string, error) {
	unit, err := literalText(e, 0, "unit")
	if err != nil {
		return "", err
	}
	size, ok := unitSizes[strings.ToUpper(unit)]
	if !ok {
		return "", refuse("timestampadd of the unit %q", unit)
	}
	if size.months > 0 {
		return fmt.Sprintf("(%s + to_months(CAST(%s * %d AS INTEGER)))", a[2], a[1], size.months), nil
	}
	return fmt.Sprintf("(%s + to_microseconds(CAST(%s AS BIGINT) * %d))", a[2], a[1], size.micros), nil
}

// emitTimestampDiff writes timestampdiff(unit, start, end): whole units, cut towards zero.
func emitTimestampDiff(_ *exprs, e *spark.Expr, a []string) (string, error) {
	unit, err := literalText(e, 0, "unit")
	if err != nil {
		return "", err
	}
	size, ok := unitSizes[strings.ToUpper(unit)]
	if !ok {
		return "", refuse("timestampdiff of the unit %q", unit)
	}
	if size.months > 0 {
		return fmt.Sprintf("(spark_months(%s, %s) // %d)", a[1], a[2], size.months), nil
	}
	return fmt.Sprintf("((epoch_us(%s) - epoch_us(%s)) // %d)", a[2], a[1], size.micros), nil
}

// averageInterval writes the average of intervals, rounded half away from zero.
func averageInterval(sum, count string, t spark.Type) string {
	return fmt.Sprintf("CAST(CAST(spark_decimal('/', CAST(%s AS VARCHAR), CAST(%s AS VARCHAR), 38, 0) AS DECIMAL(38,0)) AS %s)", sum, count,
		relation.DuckType(t))
}
