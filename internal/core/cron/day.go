package cron

import (
	"math/bits"
	"strings"
	"time"
)

// daysOfMonth is the field Day-of-month.
type daysOfMonth struct {
	on          set  // days by number
	beforeLast  set  // L is 0, L-3 is 3
	near        set  // 15W
	lastWeekday bool // LW
}

// read reads the field.
func (d *daysOfMonth) read(f field, list string) error {
	for element := range strings.SplitSeq(list, ",") {
		back, isBack := strings.CutPrefix(element, "L-")
		day, isNear := strings.CutSuffix(element, "W")
		switch {
		case element == "L":
			d.beforeLast.add(0)
		case element == "LW":
			d.lastWeekday = true
		case isBack:
			n, err := number(back)
			if err != nil || n < 1 || n > 30 {
				return problem("in %s the number of days before the last is not from 1 to 30", element)
			}
			d.beforeLast.add(n)
		case isNear:
			n, err := f.value(day)
			if err != nil {
				return problem("W follows a day of the month, as in 15W, or L: %w", err)
			}
			d.near.add(n)
		default:
			if err := f.element(element, d.on.add); err != nil {
				return err
			}
		}
	}
	return nil
}

// daysOfWeek is the field Day-of-week: 1 is Sunday.
type daysOfWeek struct {
	on       set
	last     set // 6L
	nthDay   int // 6#2: 6; 0 if there is none
	nthCount int // 2
}

// read reads the field.
func (d *daysOfWeek) read(f field, list string) error {
	for element := range strings.SplitSeq(list, ",") {
		day, isLast := strings.CutSuffix(element, "L")
		nthDay, nthCount, isNth := strings.Cut(element, "#")
		var err error
		switch {
		case element == "L":
			d.on.add(f.max)
		case isNth && element != list:
			err = problem("# stands alone: it is not part of a list")
		case isNth:
			if d.nthDay, err = f.value(nthDay); err != nil {
				break
			}
			if d.nthCount, err = number(nthCount); err != nil || d.nthCount < 1 || d.nthCount > 5 {
				err = problem("after # stands a number from 1 to 5")
			}
		case isLast:
			var v int
			if v, err = f.value(day); err == nil {
				d.last.add(v)
			}
		default:
			err = f.element(element, d.on.add)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// length is the number of days of a month.
func length(year int, month time.Month) int {
	switch {
	case month == time.February && year%4 == 0 && (year%100 != 0 || year%400 == 0):
		return 29
	case month == time.February:
		return 28
	case month == time.April || month == time.June || month == time.September || month == time.November:
		return 30
	}
	return 31
}

// days are the days of a month that s fires on: bit 1 is the first.
func (s *Schedule) days(year int, month time.Month) uint32 {
	last := length(year, month)
	first := int(time.Date(year, month, 1, 0, 0, 0, 0, time.UTC).Weekday()) // 0 is Sunday
	if s.byWeekday {
		return s.dow.days(first, last)
	}
	return s.dom.days(first, last)
}

// days are the days of a month of last days whose first is a weekday, 0 for Sunday.
func (d *daysOfMonth) days(first, last int) uint32 {
	all := uint32(1)<<(last+1) - 2
	mask := uint32(d.on[0]) & all
	for n := d.beforeLast.next(0); n >= 0 && n < last; n = d.beforeLast.next(n + 1) {
		mask |= 1 << (last - n)
	}
	for n := d.near.next(0); n >= 0 && n <= last; n = d.near.next(n + 1) {
		mask |= 1 << nearest(n, first, last)
	}
	if d.lastWeekday {
		mask |= 1 << nearest(last, first, last)
	}
	return mask
}

// nearest is the weekday, Monday to Friday, next to a day within its month: Friday for a Saturday and Monday for a Sunday,
// unless that lies in another month.
func nearest(day, first, last int) int {
	switch weekday := (first + day - 1) % 7; {
	case weekday == 6 && day == 1:
		return day + 2
	case weekday == 6:
		return day - 1
	case weekday == 0 && day == last:
		return day - 2
	case weekday == 0:
		return day + 1
	}
	return day
}

// days are the days of a month of last days whose first is a weekday, 0 for Sunday.
func (d *daysOfWeek) days(first, last int) uint32 {
	all := uint32(1)<<(last+1) - 2
	var mask uint32
	for v := d.on.next(1); v >= 0; v = d.on.next(v + 1) {
		mask |= every(v, first) & all
	}
	for v := d.last.next(1); v >= 0; v = d.last.next(v + 1) {
		mask |= 1 << (31 - bits.LeadingZeros32(every(v, first)&all))
	}
	if d.nthDay > 0 {
		if day := 1 + (d.nthDay-1-first+7)%7 + 7*(d.nthCount-1); day <= last {
			mask |= 1 << day
		}
	}
	return mask
}

// every are all days, from bit 1 on, that are day v of the week, 1 for Sunday, where the first is a weekday, 0 for Sunday.
func every(v, first int) uint32 {
	const weekly = 1 | 1<<7 | 1<<14 | 1<<21 | 1<<28
	return weekly << (1 + (v-1-first+7)%7)
}
