// Package cron reads the schedules of AWS, cron(Minutes Hours Day-of-month Month Day-of-week Year), and tells when they fire.
//
//	Minutes       0-59             , - * /
//	Hours         0-23             , - * /
//	Day-of-month  1-31             , - * / ? L W
//	Month         1-12 or JAN-DEC  , - * /
//	Day-of-week   1-7 or SUN-SAT   , - * / ? L #
//	Year          1970-2199        , - * /
//
// Exactly one of Day-of-month and Day-of-week is ?. In Day-of-month, L is the last day, L-3 the third before it, 15W the
// weekday next to the 15th in the same month, and LW the last weekday. In Day-of-week, 1 is Sunday, L is Saturday, 6L the
// last Friday, and 6#2 the second Friday, which stands alone. 5/15 counts from 5 in steps of 15 and */15 from the field's
// first value. Names are written in any case. A range may go over the end of its field, as FRI-MON or 22-2, except of
// Day-of-month and Year. A schedule whose fire times are ever less than 5 minutes apart on the clock is refused, as Glue does.
//
// # Time zones
//
// Glue knows UTC alone; Tenon takes any zone of the IANA database. Where clocks are changed:
//
//   - A fire time that the clock skips is made up for at the first instant after the gap, once for all that it skips. A
//     schedule of every hour needs no such thing.
//   - A fire time that the clock shows twice counts the first time. Where the hours are a wildcard or a step, or are all
//     named, the distance is what is meant, and it counts both times.
//
// Nothing here reads a clock.
package cron

import (
	"fmt"
	"math/bits"
	"strings"
	"time"

	"tenon/internal/glue"
)

// The years that a schedule may name. After MaxYear nothing fires.
const (
	MinYear = 1970
	MaxYear = 2199
)

// MinInterval is the least distance of two fire times, on the clock of their zone.
const MinInterval = 5 * time.Minute

// maxLength bounds an expression, in bytes: all years one by one are 1,149.
const maxLength = 2048

// Schedule is a checked expression. It is a value: two of the same meaning and spelling are equal. The zero Schedule never
// fires.
type Schedule struct {
	text                          string
	minutes, hours, months, years set // years as years since MinYear
	dom                           daysOfMonth
	dow                           daysOfWeek
	byWeekday                     bool // Day-of-month is ?, so dow says which days
	stepped                       bool // the hours are a wildcard or a step
}

// String gives the expression as it was written.
func (s Schedule) String() string { return s.text }

// Parse reads an expression. Every error is an InvalidInputException that names the field and what is wrong with it. rate(...)
// is refused, as Glue's triggers take cron(...) only, with the cron expression to write instead where there is one.
func Parse(expr string) (Schedule, error) {
	if len(expr) > maxLength {
		return Schedule{}, glue.Invalid("The schedule has %d characters: at most %d are allowed.", len(expr), maxLength)
	}
	inner, ok := strings.CutPrefix(expr, "cron(")
	inner, closed := strings.CutSuffix(inner, ")")
	if !ok || !closed {
		return Schedule{}, refusal(expr, "%s", otherForm(expr))
	}
	parts := strings.Fields(inner)
	if len(parts) != len(fields) {
		return Schedule{}, refusal(expr, "it has %d fields; the six are %s", len(parts), fieldNames())
	}
	s := Schedule{text: expr}
	if err := s.read(parts); err != nil {
		return Schedule{}, refusal(expr, "%s", err)
	}
	if times := s.tooFast(); times != "" {
		return Schedule{}, refusal(expr, "%s are less than 5 minutes apart", times)
	}
	return s, nil
}

// refusal is the error for an expression.
func refusal(expr, format string, args ...any) error {
	e := glue.Invalid(format, args...)
	e.Message = "The schedule " + expr + " is not valid: " + e.Message + "."
	return e
}

// read fills s from the six fields.
func (s *Schedule) read(parts []string) error {
	either := "exactly one of the fields Day-of-month and Day-of-week must be ?"
	switch dom, dow := parts[2] == "?", parts[4] == "?"; {
	case dom && dow:
		return problem("%s: both are", either)
	case !dom && !dow:
		return problem("%s: here they are %s and %s", either, parts[2], parts[4])
	}
	s.byWeekday = parts[2] == "?"
	s.stepped = strings.ContainsAny(parts[1], "*/")
	for i, f := range fields {
		var err error
		switch {
		case parts[i] == "?" && (i == 2 || i == 4):
		case i == 2:
			err = s.dom.read(f, parts[i])
		case i == 4:
			err = s.dow.read(f, parts[i])
		default:
			err = f.read(parts[i], [...]*set{0: &s.minutes, 1: &s.hours, 3: &s.months, 5: &s.years}[i].add)
		}
		if err != nil {
			return problem("the field %s, %s: %w", f.name, parts[i], err)
		}
	}
	return nil
}

// tooFast names two fire times closer than MinInterval, or returns "". It is exact: minutes of adjoining hours count, and
// so do 23:59 and 00:00 where two days adjoin that s fires on.
func (s *Schedule) tooFast() string {
	least := int(MinInterval / time.Minute)
	first, last := s.minutes.next(0), -1
	for m := first; m >= 0; last, m = m, s.minutes.next(m+1) {
		if last >= 0 && m-last < least {
			return fmt.Sprintf("the minutes %d and %d", last, m)
		}
	}
	if first+60-last >= least {
		return ""
	}
	for h := range 23 {
		if s.hours.has(h) && s.hours.has(h+1) {
			return fmt.Sprintf("%02d:%02d and %02d:%02d", h, last, h+1, first)
		}
	}
	if s.hours.has(23) && s.hours.has(0) && s.adjoiningDays() {
		return fmt.Sprintf("23:%02d and 00:%02d of the next day", last, first)
	}
	return ""
}

// adjoiningDays reports whether s fires on any two days in a row.
func (s *Schedule) adjoiningDays() bool {
	lastDay := false // s fires on the last day of the month before
	for year := MinYear; year <= MaxYear; year++ {
		for month := time.January; month <= time.December; month++ {
			var days uint32
			if s.years.has(year-MinYear) && s.months.has(int(month)) {
				days = s.days(year, month)
			}
			if days&(days>>1) != 0 || lastDay && days&(1<<1) != 0 {
				return true
			}
			lastDay = days&(1<<length(year, month)) != 0
		}
	}
	return false
}

// everyHour reports whether s fires in each hour of the days that it fires on.
func (s *Schedule) everyHour() bool { return bits.OnesCount64(s.hours[0]) == 24 }

// set holds numbers from 0 to 255.
type set [4]uint64

// add puts v into the set.
func (b *set) add(v int) { b[v/64] |= 1 << (v % 64) }

// has reports whether v is in the set.
func (b *set) has(v int) bool { return b[v/64]&(1<<(v%64)) != 0 }

// next returns the least member that is at least v, or -1.
func (b *set) next(v int) int {
	for i := v / 64; i < len(b); i++ {
		word := b[i]
		if i == v/64 {
			word &= ^uint64(0) << (v % 64)
		}
		if word != 0 {
			return i*64 + bits.TrailingZeros64(word)
		}
	}
	return -1
}
