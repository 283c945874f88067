package engine

import (
	"database/sql/driver"
	"errors"
	"sync"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"tenon/internal/core/javadate"
	"tenon/internal/core/spark"
	"tenon/internal/plan"
)

// The functions that read and write times by patterns. A pattern is understood when its expression is written where it is
// literal, else once for each of its texts.

// patternCache holds the patterns that queries use.
type patternCache struct {
	mu    sync.Mutex // guards known
	known map[patternKey]patternResult
}

// patternKey is a pattern and what it is for.
type patternKey struct {
	text    string
	parsing bool
}

// patternResult is a pattern, or why it is none.
type patternResult struct {
	pattern *javadate.Pattern
	err     error
}

// maxTimePatterns bounds the patterns remembered: data can hold any text.
const maxTimePatterns = 1000

// find understands a pattern.
func (c *patternCache) find(text string, parsing bool) (*javadate.Pattern, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := patternKey{text, parsing}
	found, ok := c.known[key]
	if !ok {
		found.pattern, found.err = compilePattern(text, parsing)
		if len(c.known) < maxTimePatterns {
			c.known[key] = found
		}
	}
	return found.pattern, found.err
}

// compilePattern understands a pattern, with Spark's error for one that is none.
func compilePattern(text string, parsing bool) (*javadate.Pattern, error) {
	p, err := javadate.Compile(text, parsing)
	var bad *javadate.PatternError
	var ours *javadate.UnsupportedError
	switch {
	case errors.As(err, &bad) && bad.Upgrade:
		return nil, &plan.Error{Class: plan.ClassUpgrade, Message: bad.Message}
	case errors.As(err, &bad):
		return nil, &plan.Error{Class: plan.ClassArgument, Message: bad.Message}
	case errors.As(err, &ours):
		return nil, refuse("the date pattern %q (%s)", text, ours.What)
	}
	return p, err
}

// patternFunctions read and write times by patterns.
func patternFunctions() []goFunction {
	text, moment := duckdb.TYPE_VARCHAR, duckdb.TYPE_TIMESTAMP
	patterns := &patternCache{known: map[patternKey]patternResult{}}
	zones := &zoneCache{known: map[string]*time.Location{}}
	parse := func(a []driver.Value, local bool) (any, error) {
		p, err := patterns.find(a[1].(string), true)
		if err != nil {
			return nil, err
		}
		t, err := p.Parse(a[0].(string), zones.find, local)
		return parsedTime(a[0].(string), t, err)
	}
	return []goFunction{
		{"spark_format_time", []duckdb.Type{moment, text}, text, func(a []driver.Value) (any, error) {
			p, err := patterns.find(a[1].(string), false)
			if err != nil {
				return nil, err
			}
			return p.Format(a[0].(time.Time).UTC()), nil
		}},
		{"spark_parse_time", []duckdb.Type{text, text}, moment, func(a []driver.Value) (any, error) { return parse(a, false) }},
		{"spark_parse_local", []duckdb.Type{text, text}, moment, func(a []driver.Value) (any, error) { return parse(a, true) }},
	}
}

// parsedTime is what became of a text: a time, null, or an error.
func parsedTime(text string, t time.Time, err error) (any, error) {
	var zone *javadate.ZoneError
	switch {
	case err == nil:
		return t, nil
	case errors.As(err, &zone):
		return nil, refuse("%s in the text %q", zone, text)
	case errors.Is(err, javadate.ErrText):
		return nil, nil
	case errors.Is(err, javadate.ErrLegacy):
		return nil, executionText("[INCONSISTENT_BEHAVIOR_CROSS_VERSION.PARSE_DATETIME_BY_NEW_PARSER] You may get a different result due to the " +
			"upgrading to Spark >= 3.0:\nFail to parse '" + text + "' in the new parser. You can set \"spark.sql.legacy.timeParserPolicy\" to " +
			"\"LEGACY\" to restore the behavior before Spark 3.0, or set to \"CORRECTED\" and treat it as an invalid datetime string.")
	default:
		return nil, executionText(err.Error())
	}
}

// checkPattern refuses a literal pattern that is none.
func checkPattern(e *spark.Expr, index int, parsing bool) error {
	text, ok := e.Args[index].Value.(string)
	if !ok || e.Args[index].Op != spark.OpLit {
		return nil
	}
	_, err := compilePattern(text, parsing)
	return err
}

// emitFormatTime writes date_format(timestamp, pattern) and from_unixtime(seconds, pattern).
func emitFormatTime(_ *exprs, e *spark.Expr, a []string) (string, error) {
	if err := checkPattern(e, 1, false); err != nil {
		return "", err
	}
	value := a[0]
	if e.Name == "from_unixtime" {
		value = "make_timestamp(" + value + " * 1000000)"
	}
	return "spark_format_time(" + value + ", " + a[1] + ")", nil
}

// emitParseTime writes to_date, to_timestamp and unix_timestamp with a pattern. Java's reader is strict about the number
// of digits; where only its predecessor would have read the text, Spark fails the query, and so do we.
func emitParseTime(_ *exprs, e *spark.Expr, a []string) (string, error) {
	seconds := func(moment string) string { // towards 0, where a cast goes down
		return "CAST(trunc(epoch_us(" + moment + ") / 1e6) AS BIGINT)"
	}
	if len(e.Args) == 1 {
		if e.Name == "unix_timestamp" {
			return seconds(a[0]), nil
		}
		return a[0], nil
	}
	if err := checkPattern(e, 1, true); err != nil {
		return "", err
	}
	if e.Name == "to_timestamp_ntz" {
		return "spark_parse_local(" + a[0] + ", " + a[1] + ")", nil
	}
	parsed := "spark_parse_time(" + a[0] + ", " + a[1] + ")"
	switch e.Name {
	case "to_date":
		return "CAST(" + parsed + " AS DATE)", nil
	case "unix_timestamp":
		return seconds(parsed), nil
	default:
		return parsed, nil
	}
}
