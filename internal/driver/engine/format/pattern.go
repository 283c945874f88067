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
	java  *javadate.Pattern // nil under the policy LEGACY
	old   *javadate.Fast    // what Spark 2 had; nil where it took no such pattern
	local bool              // of dates: a zone in the text has no effect
}

// The patterns that Spark 2 read and wrote by where none was set, and those by which Spark 3 tells what it read.
const (
	oldDates      = "yyyy-MM-dd"
	oldStamps     = "yyyy-MM-dd'T'HH:mm:ss.SSSXXX"
	upgradeStamps = "yyyy-MM-dd HH:mm:ss"
)

// takePattern takes a pattern; nil where it is not set, since the default's reader is more lenient, but for the policy
// LEGACY, which has a pattern always. Readers refuse names of time zones: a text may have one that is not known here.
func takePattern(o *options, key, old string, reading, local bool) *pattern {
	text := o.text(key, "")
	if text == "" {
		if o.times != plan.TimesLegacy {
			return nil
		}
		text = old
	}
	for i, part := range strings.Split(text, "'") {
		if at := strings.IndexAny(part, "zVvO"); reading && i%2 == 0 && at >= 0 {
			o.fail(unsupported("%s %q with the letter %c", o.what, key, part[at]))
			return nil
		}
	}
	p := &pattern{local: local}
	var err, oldErr error
	p.old, oldErr = javadate.CompileFast(text, local)
	if o.times == plan.TimesLegacy {
		err = oldErr
	} else {
		p.java, err = javadate.Compile(text, reading)
	}
	var wrong *javadate.PatternError
	switch {
	case errors.As(err, &wrong):
		o.fail(execution("%s", wrong.Message))
	case err != nil:
		o.fail(plan.Unsupported(fmt.Sprintf("%s %q with the pattern %q", o.what, key, text), err.Error()))
	}
	return p
}

// parse reads a text: the pattern's from end to end, or, under the policy LEGACY, one that begins with it. Errors are
// package javadate's.
func (p *pattern) parse(s string) (time.Time, error) {
	if p.java == nil {
		return p.old.Parse(s, time.Now())
	}
	return p.java.Parse(s, nil, p.local)
}

// append writes t, which is in UTC.
func (p *pattern) append(b []byte, t time.Time) ([]byte, error) {
	if p.java != nil {
		return p.java.Append(b, t), nil
	}
	text, err := p.old.Format(t)
	if err != nil {
		return b, unsupported("%s with the time parser policy LEGACY", err)
	}
	return append(b, text...), nil
}

// moments are the patterns of one reader or writer; nil for Spark's defaults.
type moments struct {
	date, stamp *pattern
	times       plan.TimePolicy
	fallback    bool // under the policy LEGACY, a text that is not the pattern's is read as by a cast
}

// takeMoments takes the patterns and what belongs to them, of a reader or of a writer.
func takeMoments(o *options, reading bool) moments {
	o.only("timestampNTZFormat", "yyyy-MM-dd'T'HH:mm:ss[.SSS]")
	o.only("timeZone", "UTC", "Etc/UTC", "GMT", "Z")
	m := moments{times: o.times}
	if m.fallback = o.times == plan.TimesLegacy; m.fallback {
		m.fallback = o.boolean("enableDateTimeParsingFallback", true)
	} else {
		o.only("enableDateTimeParsingFallback", "true")
	}
	m.date = takePattern(o, "dateFormat", oldDates, reading, true)
	m.stamp = takePattern(o, "timestampFormat", oldStamps, reading, false)
	return m
}

// upgrade is the error for a value that was not read: Spark's, where that of Spark 2 would have read it and the session
// does not say what to do then; or a refusal of what only the policy LEGACY reads.
func (m moments) upgrade(t spark.Type, s string) error {
	p, usual := m.date, oldDates
	if t.Kind == spark.Timestamp {
		p, usual = m.stamp, upgradeStamps
	}
	switch {
	case t.Kind != spark.Date && t.Kind != spark.Timestamp || m.times == plan.TimesCorrected:
		return nil
	case m.times == plan.TimesLegacy:
		if _, err := p.parse(s); beyond(err) {
			return unsupported("%s in the text %q with the time parser policy LEGACY", err, s)
		}
		return nil
	case p == nil:
		old, err := javadate.CompileFast(usual, t.Kind == spark.Date)
		if err != nil {
			return fmt.Errorf("format: %w", err)
		}
		p = &pattern{old: old}
	}
	if p.old == nil {
		return nil
	}
	if _, err := p.old.Parse(s, time.Now()); err != nil && !beyond(err) {
		return nil
	}
	return execution("[INCONSISTENT_BEHAVIOR_CROSS_VERSION.PARSE_DATETIME_BY_NEW_PARSER] You may get a different result due to the "+
		"upgrading to Spark >= 3.0: Fail to parse '%s' in the new parser: it does not match the pattern exactly.", s)
}

// beyond tells an error for a text that Spark 2 reads, and this package does not.
func beyond(err error) bool { return err != nil && !errors.Is(err, javadate.ErrText) }

// again reads a text that a pattern did not take as a cast does, where the policy says so.
func (m moments) again(s string, err error, cast func(s string) (time.Time, bool)) (time.Time, bool) {
	if !m.fallback || beyond(err) {
		return time.Time{}, false
	}
	return cast(strings.ReplaceAll(s, "GMT", ""))
}

// parseDate reads a date.
func (m moments) parseDate(s string) (time.Time, bool) {
	if m.date == nil {
		return parseDate(s)
	}
	t, err := m.date.parse(s)
	if err != nil {
		return m.again(s, err, parseDate)
	}
	return t, true
}

// parseStamp reads a timestamp.
func (m moments) parseStamp(s string, today time.Time) (time.Time, bool) {
	if m.stamp == nil {
		return parseTimestamp(s, today)
	}
	t, err := m.stamp.parse(s)
	if err != nil {
		return m.again(s, err, func(s string) (time.Time, bool) { return parseTimestamp(s, today) })
	}
	return t, true
}

// stampOf reads a text by the pattern that the policy LEGACY always has; without that policy there is nothing to read.
func (m moments) stampOf(s string) (time.Time, error) {
	if m.times != plan.TimesLegacy {
		return time.Time{}, nil
	}
	return m.stamp.parse(s)
}

// daysToo tells whether a date of JSON that its reader did not take may be a number of days.
func (m moments) daysToo() bool { return m.date == nil || m.fallback }

// appendDate writes a date from the pipe.
func (m moments) appendDate(b, cell []byte) ([]byte, error) {
	if m.date == nil {
		return append(b, cell...), nil
	}
	t, err := time.Parse(time.DateOnly, string(cell))
	if err != nil {
		return b, fmt.Errorf("format: date on the pipe: %w", err)
	}
	return m.date.append(b, t)
}

// appendStamp writes a timestamp from the pipe.
func (m moments) appendStamp(b, cell []byte) ([]byte, error) {
	if m.stamp == nil {
		return appendPipeTimestamp(b, cell)
	}
	t, err := pipeTime(string(cell))
	if err != nil {
		return b, err
	}
	return m.stamp.append(b, t)
}
