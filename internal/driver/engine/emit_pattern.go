package engine

import (
	"database/sql/driver"
	"errors"
	"sync"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"tenon/internal/core/javadate"
	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
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
	times   plan.TimePolicy
}

// patternResult is a pattern, or why it is none.
type patternResult struct {
	pattern timePattern
	err     error
}

// timePattern is a pattern as a policy understands it: java is nil, or legacy is.
type timePattern struct {
	java   *javadate.Pattern
	legacy *javadate.Legacy
}

// format writes a time.
func (p timePattern) format(t time.Time) (string, error) {
	if p.legacy == nil {
		return p.java.Format(t), nil
	}
	text, err := p.legacy.Format(t)
	return text, timeError(err, t.Format(time.DateOnly))
}

// parse reads a text.
func (p timePattern) parse(text string, zones javadate.Zones, local bool) (time.Time, error) {
	if p.legacy == nil {
		return p.java.Parse(text, zones, local)
	}
	return p.legacy.Parse(text, time.Now())
}

// maxTimePatterns bounds the patterns remembered: data can hold any text.
const maxTimePatterns = 1000

// find understands a pattern.
func (c *patternCache) find(text string, parsing bool, times plan.TimePolicy) (timePattern, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := patternKey{text, parsing, times}
	found, ok := c.known[key]
	if !ok {
		found.pattern, found.err = compilePattern(text, parsing, times)
		if len(c.known) < maxTimePatterns {
			c.known[key] = found
		}
	}
	return found.pattern, found.err
}

// compilePattern understands a pattern, with Spark's error for one that is none.
func compilePattern(text string, parsing bool, times plan.TimePolicy) (timePattern, error) {
	var p timePattern
	var err error
	if times == plan.TimesLegacy {
		p.legacy, err = javadate.CompileLegacy(text)
	} else {
		p.java, err = javadate.Compile(text, parsing)
	}
	var bad *javadate.PatternError
	var ours *javadate.UnsupportedError
	switch {
	case errors.As(err, &bad) && bad.Upgrade:
		return p, &plan.Error{Class: plan.ClassUpgrade, Message: bad.Message}
	case errors.As(err, &bad):
		return p, &plan.Error{Class: plan.ClassArgument, Message: bad.Message}
	case errors.As(err, &ours):
		return p, refuse("the date pattern %q (%s)", text, ours.What)
	}
	return p, err
}

// patternFunctions read and write times by patterns.
func patternFunctions() []goFunction {
	text, moment := duckdb.TYPE_VARCHAR, duckdb.TYPE_TIMESTAMP
	patterns := &patternCache{known: map[patternKey]patternResult{}}
	zones := &zoneCache{known: map[string]*time.Location{}}
	parse := func(a []driver.Value, local bool) (any, error) {
		times := plan.TimePolicy(a[2].(string))
		p, err := patterns.find(a[1].(string), true, times)
		if err != nil {
			return nil, err
		}
		t, err := p.parse(a[0].(string), zones.find, local)
		if errors.Is(err, javadate.ErrLegacy) && times == plan.TimesCorrected {
			return nil, nil
		}
		return parsedTime(a[0].(string), t, err)
	}
	return []goFunction{
		{"spark_format_time", []duckdb.Type{moment, text, text}, text, func(a []driver.Value) (any, error) {
			p, err := patterns.find(a[1].(string), false, plan.TimePolicy(a[2].(string)))
			if err != nil {
				return nil, err
			}
			return p.format(a[0].(time.Time).UTC())
		}},
		{"spark_parse_time", []duckdb.Type{text, text, text}, moment, func(a []driver.Value) (any, error) { return parse(a, false) }},
		{"spark_parse_local", []duckdb.Type{text, text, text}, moment, func(a []driver.Value) (any, error) { return parse(a, true) }},
	}
}

// timeError refuses by name what a pattern cannot do with a text; other errors stay what they are.
func timeError(err error, text string) error {
	var zone *javadate.ZoneError
	var old *javadate.OldError
	switch {
	case errors.As(err, &zone):
		return refuse("%s in the text %q", zone, text)
	case errors.As(err, &old):
		return refuse("%s (%s) with the time parser policy LEGACY", old, text)
	default:
		return err
	}
}

// parsedTime is what became of a text: a time, null, or an error.
func parsedTime(text string, t time.Time, err error) (any, error) {
	var refused *plan.Error
	err = timeError(err, text)
	switch {
	case err == nil:
		return t, nil
	case errors.As(err, &refused):
		return nil, err
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
func checkPattern(e *spark.Expr, index int, parsing bool, times plan.TimePolicy) error {
	text, ok := e.Args[index].Value.(string)
	if !ok || e.Args[index].Op != spark.OpLit {
		return nil
	}
	_, err := compilePattern(text, parsing, times)
	return err
}

// emitFormatTime writes date_format(timestamp, pattern) and from_unixtime(seconds, pattern).
func emitFormatTime(x *exprs, e *spark.Expr, a []string) (string, error) {
	if err := checkPattern(e, 1, false, x.em.times); err != nil {
		return "", err
	}
	value := a[0]
	if e.Name == "from_unixtime" {
		value = "make_timestamp(" + value + " * 1000000)"
	}
	return "spark_format_time(" + value + ", " + a[1] + ", " + relation.Literal(string(x.em.times)) + ")", nil
}

// emitParseTime writes to_date, to_timestamp and unix_timestamp with a pattern. Java's reader is strict about the number
// of digits; where only its predecessor would have read the text, Spark fails the query, and so do we.
func emitParseTime(x *exprs, e *spark.Expr, a []string) (string, error) {
	seconds := func(moment string) string { // towards 0, where a cast goes down
		return "CAST(trunc(epoch_us(" + moment + ") / 1e6) AS BIGINT)"
	}
	if len(e.Args) == 1 {
		if e.Name == "unix_timestamp" {
			return seconds(a[0]), nil
		}
		return a[0], nil
	}
	times := x.em.times
	if e.Name == "to_timestamp_ntz" && times == plan.TimesLegacy {
		times = plan.TimesCorrected // what the policy does not reach
	}
	policy := relation.Literal(string(times))
	if err := checkPattern(e, 1, true, times); err != nil {
		return "", err
	}
	if e.Name == "to_timestamp_ntz" {
		return "spark_parse_local(" + a[0] + ", " + a[1] + ", " + policy + ")", nil
	}
	parsed := "spark_parse_time(" + a[0] + ", " + a[1] + ", " + policy + ")"
	switch e.Name {
	case "to_date":
		return "CAST(" + parsed + " AS DATE)", nil
	case "unix_timestamp":
		return seconds(parsed), nil
	default:
		return parsed, nil
	}
}
