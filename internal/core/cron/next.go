package cron

import (
	"time"
	_ "time/tzdata" // zones are the same on every machine

	"tenon/internal/glue"
)

// Location returns a zone of the IANA database, such as Europe/Berlin; UTC for "". Anything else is an InvalidInputException.
func Location(name string) (*time.Location, error) {
	if name == "" {
		return time.UTC, nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, glue.Invalid("%q is not a time zone: write a name of the IANA database, such as Europe/Berlin.", name)
	}
	return loc, nil
}

// stretch is a time in which a zone's offset stays as it is, so that the wall clock runs as time does. It need not be the
// longest: the next one may have the same offset.
type stretch struct {
	start, end time.Time     // [start, end); zero: there is no change that way
	offset     time.Duration // wall = UTC + offset
	before     time.Duration // the offset that ended at start
}

// stretchAt is the one that t lies in.
func stretchAt(t time.Time, loc *time.Location) stretch {
	in := t.In(loc)
	s := stretch{offset: offset(in)}
	s.start, s.end = in.ZoneBounds()
	for !s.end.IsZero() && !s.end.After(t) {
		// Where a zone goes by rule, from 2038 on, ZoneBounds ends every year after 365 days: before a leap year's last day.
		s.end = s.end.Add(24 * time.Hour)
	}
	s.before = s.offset
	if !s.start.IsZero() {
		s.before = offset(s.start.Add(-1))
	}
	return s
}

// offset of a time's zone.
func offset(t time.Time) time.Duration {
	_, seconds := t.Zone()
	return time.Duration(seconds) * time.Second
}

// wall is what a clock shows at t, as a time in UTC.
func wall(t time.Time, offset time.Duration) time.Time { return t.UTC().Add(offset) }

// Next returns the first fire time after after, by the clock of loc, and in loc; the zero time if there is none.
func (s Schedule) Next(after time.Time, loc *time.Location) time.Time {
	here := stretchAt(after, loc)
	from := wall(after, here.offset).Truncate(time.Minute).Add(time.Minute) // the first wall that may fire
	for {
		if shown := wall(here.start, here.before); here.before > here.offset && !s.repeats() && from.Before(shown) {
			from = shown // set back, the clock shows again what it has shown
		}
		w, ok := s.nextWall(from.Add(time.Minute - 1).Truncate(time.Minute))
		at := w.Add(-here.offset)
		if ok && (here.end.IsZero() || at.Before(here.end)) {
			return at.In(loc)
		}
		if here.end.IsZero() {
			return time.Time{}
		}
		then := stretchAt(here.end, loc)
		resumes := wall(here.end, then.offset)
		switch {
		case then.offset < then.before: // set back
			here, from = then, resumes
		case !ok:
			return time.Time{}
		case w.Before(resumes) && !s.everyHour(): // skipped
			return here.end.In(loc)
		default:
			// No wall before w fires, so that all changes before it can be passed over. No zone is two days off another.
			if near := w.Add(-48 * time.Hour); near.After(here.end) {
				here, from = stretchAt(near, loc), w
			} else {
				here, from = then, resumes
			}
		}
	}
}

// Times returns the fire times in (after, until], at most most of them, the earliest first.
func (s Schedule) Times(after, until time.Time, loc *time.Location, most int) []time.Time {
	var times []time.Time
	for len(times) < most {
		after = s.Next(after, loc)
		if after.IsZero() || after.After(until) {
			break
		}
		times = append(times, after)
	}
	return times
}

// repeats reports whether a wall time that comes twice counts twice.
func (s *Schedule) repeats() bool { return s.stepped || s.everyHour() }

// nextWall returns the first wall time from from on, which is a whole minute, that s names.
func (s *Schedule) nextWall(from time.Time) (time.Time, bool) {
	fromYear, fromMonth, fromDay := from.Date()
	for y := s.years.next(max(fromYear, MinYear) - MinYear); y >= 0; y = s.years.next(y + 1) {
		year, firstMonth := MinYear+y, time.January
		if year == fromYear {
			firstMonth = fromMonth
		}
		for m := s.months.next(int(firstMonth)); m >= 0; m = s.months.next(m + 1) {
			month := time.Month(m)
			today := year == fromYear && month == fromMonth // from lies in this month
			days := s.days(year, month)
			for day := 1; day <= 31; day++ {
				if days&(1<<day) == 0 || today && day < fromDay {
					continue
				}
				hour, minute := 0, 0
				if today && day == fromDay {
					hour, minute = from.Hour(), from.Minute()
				}
				if hour, minute = s.clock(hour, minute); hour >= 0 {
					return time.Date(year, month, day, hour, minute, 0, 0, time.UTC), true
				}
			}
		}
	}
	return time.Time{}, false
}

// clock returns the first hour and minute that s names from those on, or -1 if the day has no more.
func (s *Schedule) clock(hour, minute int) (int, int) {
	h := s.hours.next(hour)
	if h == hour {
		if m := s.minutes.next(minute); m >= 0 {
			return h, m
		}
		h = s.hours.next(hour + 1)
	}
	return h, s.minutes.next(0)
}
