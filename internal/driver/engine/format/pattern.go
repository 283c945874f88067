package format

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"tenon/internal/core/javadate"
	"tenon/internal/core/spark"
	"tenon/internal/plan"
)

// pattern is a dateFormat or timestampFormat, of a reader or of a writer.
type pattern struct {
	java  *javadate.Pattern
	old   oldPattern
	local bool // of dates: a zone in the text has no effect
}

// takePattern takes a pattern; nil where it is not set, since the default's reader is more lenient. Readers refuse names of
// time zones: a text may have one that is not known here.
func takePattern(o *options, key string, reading, local bool) *pattern {
	text := o.text(key, "")
	if text == "" {
		return nil
	}
	for i, part := range strings.Split(text, "'") {
		if at := strings.IndexAny(part, "zVvO"); reading && i%2 == 0 && at >= 0 {
			o.fail(unsupported("%s %q with the letter %c", o.what, key, part[at]))
			return nil
		}
	}
	java, err := javadate.Compile(text, reading)
	var wrong *javadate.PatternError
	switch {
	case errors.As(err, &wrong):
		o.fail(execution("%s", wrong.Message))
	case err != nil:
		o.fail(plan.Unsupported(fmt.Sprintf("%s %q with the pattern %q", o.what, key, text), err.Error()))
	}
	return &pattern{java: java, old: newOldPattern(text), local: local}
}

// parse reads a text that is the pattern's from end to end.
func (p *pattern) parse(s string) (time.Time, bool) {
	t, err := p.java.Parse(s, nil, p.local)
	return t, err == nil
}

// append writes t, which is in UTC.
func (p *pattern) append(b []byte, t time.Time) []byte { return p.java.Append(b, t) }

// moments are the patterns of one reader or writer; nil for Spark's defaults.
type moments struct {
	date, stamp       *pattern
	oldDate, oldStamp oldPattern // what Spark 2 read by
}

// takeMoments takes the patterns and what belongs to them, of a reader or of a writer.
func takeMoments(o *options, reading bool) moments {
	o.only("timestampNTZFormat", "yyyy-MM-dd'T'HH:mm:ss[.SSS]")
	o.only("timeZone", "UTC", "Etc/UTC", "GMT", "Z")
	o.only("enableDateTimeParsingFallback", "true")
	m := moments{date: takePattern(o, "dateFormat", reading, true), stamp: takePattern(o, "timestampFormat", reading, false)}
	m.oldDate, m.oldStamp = newOldPattern("yyyy-MM-dd"), newOldPattern("yyyy-MM-dd HH:mm:ss")
	if m.date != nil {
		m.oldDate = m.date.old
	}
	if m.stamp != nil {
		m.oldStamp = m.stamp.old
	}
	return m
}

// upgrade is Spark's error for a value that its present reader does not take and that of Spark 2 did: it does not choose
// between null and the old reading.
func (m moments) upgrade(t spark.Type, s string) error {
	p := m.oldDate
	if t.Kind == spark.Timestamp {
		p = m.oldStamp
	}
	if t.Kind != spark.Date && t.Kind != spark.Timestamp || !p.reads(s) {
		return nil
	}
	return execution("[INCONSISTENT_BEHAVIOR_CROSS_VERSION.PARSE_DATETIME_BY_NEW_PARSER] You may get a different result due to the "+
		"upgrading to Spark >= 3.0: Fail to parse '%s' in the new parser: it does not match the pattern exactly.", s)
}

// parseDate reads a date.
func (m moments) parseDate(s string) (time.Time, bool) {
	if m.date != nil {
		return m.date.parse(s)
	}
	return parseDate(s)
}

// parseStamp reads a timestamp.
func (m moments) parseStamp(s string, today time.Time) (time.Time, bool) {
	if m.stamp != nil {
		return m.stamp.parse(s)
	}
	return parseTimestamp(s, today)
}

// appendDate writes a date from the pipe.
func (m moments) appendDate(b, cell []byte) ([]byte, error) {
	if m.date == nil {
		return append(b, cell...), nil
	}
	t, err := time.Parse(time.DateOnly, string(cell))
	if err != nil {
		return b, fmt.Errorf("format: date on the pipe: %w", err)
	}
	return m.date.append(b, t), nil
}

// appendStamp writes a timestamp from the pipe.
func (m moments) appendStamp(b, cell []byte) ([]byte, error) {
	if m.stamp == nil {
		return appendPipeTimestamp(b, cell)
	}
	t, err := pipeTime(string(cell))
	return m.stamp.append(b, t), err
}
