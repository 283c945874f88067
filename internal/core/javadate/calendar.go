package javadate

import (
	"math"
	"time"
)

// calField is a field of java.util.Calendar. Months count from 0, days of the week from 1 (Sunday), offsets are minutes.
type calField int

const (
	calEra calField = iota
	calYear
	calWeekYear
	calMonth
	calWeekOfYear
	calWeekOfMonth
	calDay
	calDayOfYear
	calWeekday
	calWeekdayInMonth
	calAmPm
	calHourOfHalf
	calHour
	calMinute
	calSecond
	calMilli
	calOffset
	calFields
)

// calLimits are the values that a calendar that is not lenient takes.
var calLimits = [calFields][2]int{
	calEra: {0, 1}, calYear: {1, 292278994}, calWeekYear: {math.MinInt32, 292278994}, calMonth: {0, 11}, calWeekOfYear: {1, 53},
	calWeekOfMonth: {0, 6},
	calDay:         {1, 31}, calDayOfYear: {1, 366}, calWeekday: {1, 7}, calWeekdayInMonth: {1, 6}, calAmPm: {0, 1}, calHourOfHalf: {0, 11},
	calHour: {0, 23}, calMinute: {0, 59}, calSecond: {0, 59}, calMilli: {0, 999}, calOffset: {-13 * 60, 14 * 60},
}

// calendar is a GregorianCalendar that is not lenient, with the fields that were set: the most recent ones say which day
// and hour it is, and the others must agree. Source: the documentation of java.util.Calendar, "Calendar Fields Resolution".
type calendar struct {
	fields [calFields]calValue
	clock  int // counts the sets
}

// calValue is a field's value and when it was set, 0 for never.
type calValue struct{ value, when int }

// set sets a field.
func (c *calendar) set(f calField, value int) {
	c.clock++
	c.fields[f] = calValue{value, c.clock}
}

// has tells whether a field was set.
func (c *calendar) has(f calField) bool { return c.fields[f].when > 0 }

// or is a field's value, or what it is by default.
func (c *calendar) or(f calField, otherwise int) int {
	if c.has(f) {
		return c.fields[f].value
	}
	return otherwise
}

// both is when the later of two fields was set, 0 unless both were.
func (c *calendar) both(a, b calField) int {
	if !c.has(a) || !c.has(b) {
		return 0
	}
	return max(c.fields[a].when, c.fields[b].when)
}

// resolve makes an instant of the fields. Errors are ErrText, ErrRange and OldError.
func (c *calendar) resolve() (time.Time, error) {
	for f, v := range c.fields {
		limit := calLimits[f]
		if v.when > 0 && (v.value < limit[0] || v.value > limit[1]) && !c.overridden(calField(f)) {
			return time.Time{}, ErrText
		}
	}
	day, err := c.date()
	if err != nil {
		return day, err
	}
	hour := c.hour()
	if c.has(calHourOfHalf) && c.fields[calHourOfHalf].value != hour%12 || c.has(calAmPm) && c.fields[calAmPm].value != hour/12 ||
		c.has(calHour) && c.fields[calHour].value != hour {
		return time.Time{}, ErrText
	}
	seconds := (hour*60+c.or(calMinute, 0)-c.or(calOffset, 0))*60 + c.or(calSecond, 0)
	return day.Add(time.Duration(seconds)*time.Second + time.Duration(c.or(calMilli, 0))*time.Millisecond), nil
}

// byWeekYear tells whether the day is that of a week in a year of weeks.
func (c *calendar) byWeekYear() bool { return c.fields[calWeekYear].when > c.fields[calYear].when }

// overridden tells whether another field makes this one's value meaningless.
func (c *calendar) overridden(f calField) bool {
	switch f {
	case calEra, calYear, calMonth, calDay:
		return c.byWeekYear()
	case calWeekYear:
		return !c.byWeekYear()
	default:
		return false
	}
}

// lenient is resolve of a calendar that takes any value: the 13th month is the next year's first. Errors are ErrRange, and
// OldError for such a value in a year before 1583.
func (c *calendar) lenient() (time.Time, error) {
	y := c.or(calYear, 1970)
	if c.has(calEra) && c.fields[calEra].value == 0 {
		y = 1 - y
	}
	if y < 1583 {
		t, err := c.resolve()
		if err != nil {
			err = &OldError{Letter: 'y'}
		}
		return t, err
	}
	if y > 290_000 {
		return time.Time{}, ErrRange
	}
	first := time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC)
	day := c.within(first, first.AddDate(0, c.or(calMonth, 0), 0))
	seconds := (c.hour()*60+c.or(calMinute, 0)-c.or(calOffset, 0))*60 + c.or(calSecond, 0)
	t := time.Unix(day.Unix()+int64(seconds), 0).UTC()
	if t.Year() > 290_000 {
		return t, ErrRange
	}
	return t, nil
}

// hour is the hour of the day.
func (c *calendar) hour() int {
	half := c.both(calHourOfHalf, calAmPm)
	whole := c.fields[calHour].when
	if whole > 0 && whole >= half {
		return c.fields[calHour].value
	}
	return c.or(calHourOfHalf, 0) + 12*c.or(calAmPm, 0)
}

// date is midnight of the day.
func (c *calendar) date() (time.Time, error) {
	y := c.or(calYear, 1970)
	if c.has(calEra) && c.fields[calEra].value == 0 {
		y = 1 - y
	}
	if c.byWeekYear() {
		y = c.fields[calWeekYear].value
	}
	if y < -290_000 || y > 290_000 {
		return time.Time{}, ErrRange
	}
	if y < 1583 {
		return c.oldDate(y)
	}
	first := time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC)
	var t time.Time
	switch month := first.AddDate(0, c.or(calMonth, 0), 0); {
	case c.byWeekYear():
		t = onOrBefore(first, 1).AddDate(0, 0, 7*(c.or(calWeekOfYear, 1)-1)+c.or(calWeekday, 1)-1)
		if of, week := weekYear(t); of != int64(y) || week != int64(c.or(calWeekOfYear, 1)) {
			return t, ErrText
		}
		return t, c.agrees(t, calWeekdayInMonth, calWeekOfMonth, calDayOfYear)
	default:
		t = c.within(first, month)
	}
	return t, c.agrees(t, calYear, calMonth, calDay, calDayOfYear, calWeekday, calWeekOfYear, calWeekOfMonth, calWeekdayInMonth)
}

// within finds the day by the fields that were set last, in a year and month given by their first days.
func (c *calendar) within(year, month time.Time) time.Time {
	when := func(f calField) int { return c.fields[f].when }
	day, ofYear := when(calDay), when(calDayOfYear)
	weekOfMonth, inMonth := c.both(calWeekOfMonth, calWeekday), c.both(calWeekdayInMonth, calWeekday)
	weekOfYear := c.both(calWeekOfYear, calWeekday)
	best := max(day, ofYear, weekOfMonth, inMonth, weekOfYear)
	if best == 0 {
		weekOfMonth, weekOfYear = when(calWeekOfMonth), when(calWeekOfYear)
		inMonth = max(when(calWeekdayInMonth), when(calWeekday))
		best = max(weekOfMonth, inMonth, weekOfYear)
	}
	weekday := ((c.or(calWeekday, 1)-1)%7+7)%7 + 1 // of a lenient calendar it can be any number
	switch {
	case best == day: // also where nothing was set
		return month.AddDate(0, 0, c.or(calDay, 1)-1)
	case best == weekOfMonth && when(calWeekOfMonth) >= when(calWeekOfYear), best == inMonth && when(calWeekdayInMonth) >= when(calWeekOfYear):
		if best == weekOfMonth && (weekOfMonth != inMonth || when(calWeekOfMonth) >= when(calWeekdayInMonth)) {
			return onOrBefore(month, 1).AddDate(0, 0, 7*(c.or(calWeekOfMonth, 1)-1)+weekday-1)
		}
		return onOrBefore(month.AddDate(0, 0, 7*c.or(calWeekdayInMonth, 1)-1), weekday)
	case best == ofYear:
		return year.AddDate(0, 0, c.or(calDayOfYear, 1)-1)
	default:
		return onOrBefore(year, 1).AddDate(0, 0, 7*(c.or(calWeekOfYear, 1)-1)+weekday-1)
	}
}

// onOrBefore is the last day of the week of some kind (1 is Sunday) up to t.
func onOrBefore(t time.Time, weekday int) time.Time {
	return t.AddDate(0, 0, -((int(t.Weekday()) - weekday + 1 + 7) % 7))
}

// agrees gives ErrText unless the day has the values of the fields that were set.
func (c *calendar) agrees(t time.Time, fields ...calField) error {
	_, week := weekYear(t)
	values := map[calField]int{calYear: t.Year(), calMonth: int(t.Month()) - 1, calDay: t.Day(), calDayOfYear: t.YearDay(),
		calWeekday: int(t.Weekday()) + 1, calWeekOfYear: int(week), calWeekOfMonth: int(weekOf(t, t.Day())), calWeekdayInMonth: (t.Day()-1)/7 + 1}
	for _, f := range fields {
		if c.has(f) && c.fields[f].value != values[f] {
			return ErrText
		}
	}
	return nil
}

// oldDate is the day in a year before 1583, by the calendar of Julius Caesar up to 4 October 1582, given the same
// name in that of Gregory; 29 February is 1 March where that one has none.
func (c *calendar) oldDate(y int) (time.Time, error) {
	for f, letter := range map[calField]byte{calWeekYear: 'Y', calDayOfYear: 'D', calWeekday: 'E', calWeekOfYear: 'w', calWeekOfMonth: 'W',
		calWeekdayInMonth: 'F'} {
		if c.has(f) {
			return time.Time{}, &OldError{Letter: letter}
		}
	}
	m, d := time.Month(c.or(calMonth, 0)+1), c.or(calDay, 1)
	t := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	leapDay := y%4 == 0 && m == time.February && d == 29
	if t.Day() != d && !leapDay || !t.Before(skipped) && t.Before(reform) {
		return t, ErrText
	}
	return t, nil
}
