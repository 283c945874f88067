package spark

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Layouts of dates and timestamps on the wire and in literals, for package time.
const (
	DateLayout      = "2006-01-02"
	TimestampLayout = "2006-01-02T15:04:05.000000"
)

// Zone finds a time zone by its region name (Europe/Paris). This package reads no files, so the caller brings it; nil
// knows no regions.
type Zone func(name string) (*time.Location, error)

// DateText gives the canonical text of the date that a string casts to; false is a cast to null.
func DateText(s string) (string, bool) {
	t, ok := ParseDate(s)
	return t.Format(DateLayout), ok
}

// TimestampText gives the canonical text of the timestamp that a string casts to; false is a cast to null.
func TimestampText(s string) (string, bool) {
	t, ok := ParseTimestamp(s, nil)
	return t.Format(TimestampLayout), ok
}

// localText gives the canonical text of the timestamp without zone that a string casts to.
func localText(s string) (string, bool) {
	t, ok := ParseLocal(s, nil)
	return t.Format(TimestampLayout), ok
}

// ParseLocal casts a string to a timestamp without zone: as ParseTimestamp, but a zone in the text has no effect.
func ParseLocal(s string, zone Zone) (time.Time, bool) {
	utc := func(name string) (*time.Location, error) {
		if zone == nil {
			return nil, fmt.Errorf("no zone %s", name)
		}
		_, err := zone(name)
		return time.UTC, err
	}
	return parseTimestamp(s, utc, true)
}

// trimAll removes white space and control characters at both ends, as Spark does before every cast of a string.
func trimAll(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f })
}

// ParseDate casts a string to a date (midnight UTC) as Spark does: yyyy, yyyy-[m]m or yyyy-[m]m-[d]d, the last with
// anything after a blank or T.
func ParseDate(s string) (time.Time, bool) {
	s = trimAll(s)
	sign, s := cutSign(s)
	year, rest, ok := cutDigits(s, 4, 7)
	if !ok {
		return time.Time{}, false
	}
	month, day := 1, 1
	if rest != "" {
		if month, rest, ok = cutDateUnit(rest, '-'); !ok {
			return time.Time{}, false
		}
		if rest != "" {
			if day, rest, ok = cutDateUnit(rest, '-'); !ok || rest != "" && rest[0] != ' ' && rest[0] != 'T' {
				return time.Time{}, false
			}
		}
	}
	return makeTime(sign*year, month, day, 0, 0, 0, 0, time.UTC)
}

// ParseTimestamp casts a string to a timestamp as Spark does with session time zone UTC: a date as in ParseDate
// (without text after it), then a blank or T and [h]h[:[m]m[:[s]s[.fraction]]] with an optional zone: Z, an offset, UTC,
// GMT or a region's name. Digits past the microsecond are cut. A time without a date, which Spark puts on the current
// day, is not accepted: the same script would give other rows tomorrow.
func ParseTimestamp(s string, zone Zone) (time.Time, bool) { return parseTimestamp(s, zone, false) }

// parseTimestamp is ParseTimestamp, and with local ParseLocal.
func parseTimestamp(s string, zone Zone, local bool) (time.Time, bool) {
	s = trimAll(s)
	sign, s := cutSign(s)
	year, rest, ok := cutDigits(s, 4, 6)
	if !ok {
		return time.Time{}, false
	}
	month, day := 1, 1
	for _, unit := range []*int{&month, &day} {
		if rest == "" {
			break
		}
		if *unit, rest, ok = cutDateUnit(rest, '-'); !ok {
			return time.Time{}, false
		}
	}
	var c clock
	if rest != "" {
		if rest[0] != ' ' && rest[0] != 'T' {
			return time.Time{}, false
		}
		if c, ok = parseClock(rest[1:], zone); !ok {
			return time.Time{}, false
		}
	}
	if c.zone == nil || local {
		c.zone = time.UTC
	}
	t, ok := makeTime(sign*year, month, day, c.hour, c.minute, c.second, c.micros, c.zone)
	return t.UTC(), ok
}

// clock is the time of day in a string.
type clock struct {
	hour, minute, second, micros int
	zone                         *time.Location
}

// parseClock reads what follows the date: a time and an optional zone.
func parseClock(s string, zone Zone) (clock, bool) {
	var c clock
	var ok bool
	if c.hour, s, ok = cutDigits(s, 1, 2); !ok {
		return c, false
	}
	for _, unit := range []*int{&c.minute, &c.second} {
		if s == "" || s[0] != ':' {
			break
		}
		if *unit, s, ok = cutDigits(s[1:], 1, 2); !ok {
			return c, false
		}
	}
	if s != "" && s[0] == '.' {
		end := 1
		for end < len(s) && isDigit(s[end]) {
			end++
		}
		digits := (s[1:end] + "000000")[:6]
		c.micros, _ = strconv.Atoi(digits) // six digits always parse
		s = s[end:]
	}
	if c.hour > 23 || c.minute > 59 || c.second > 59 {
		return c, false
	}
	if s = strings.TrimLeft(s, " "); s == "" {
		return c, true
	}
	c.zone, ok = parseZone(s, zone)
	return c, ok
}

// parseZone reads Z, UTC, GMT, UT, an offset of hours [h]h, minutes and seconds, or a region.
func parseZone(s string, zone Zone) (*time.Location, bool) {
	switch s {
	case "Z", "UTC", "GMT", "UT":
		return time.UTC, true
	}
	for _, prefix := range []string{"UTC", "GMT", "UT"} {
		if rest, ok := strings.CutPrefix(s, prefix); ok && rest != "" && (rest[0] == '+' || rest[0] == '-') {
			s = rest
			break
		}
	}
	if s[0] != '+' && s[0] != '-' {
		if long, ok := shortZones[s]; ok {
			return parseZone(long, zone)
		}
		if zone == nil || s == "Local" {
			return nil, false
		}
		loc, err := zone(s)
		return loc, err == nil
	}
	sign, digits := cutSign(s)
	seconds, ok := parseOffset(digits)
	return time.FixedZone(s, sign*seconds), ok
}

// cutSign takes a leading sign off s.
func cutSign(s string) (int, string) {
	switch {
	case strings.HasPrefix(s, "-"):
		return -1, s[1:]
	case strings.HasPrefix(s, "+"):
		return 1, s[1:]
	default:
		return 1, s
	}
}

// cutDigits takes all leading digits off s; false unless there are between least and most of them.
func cutDigits(s string, least, most int) (int, string, bool) {
	end := 0
	for end < len(s) && isDigit(s[end]) {
		end++
	}
	if end < least || end > most {
		return 0, s, false
	}
	n, err := strconv.Atoi(s[:end])
	return n, s[end:], err == nil
}

// cutDateUnit takes a separator and one or two digits off s.
func cutDateUnit(s string, separator byte) (int, string, bool) {
	if s == "" || s[0] != separator {
		return 0, s, false
	}
	return cutDigits(s[1:], 1, 2)
}

// makeTime is time.Date without its normalisation: 31 February is no date. Years beyond four digits are outside what
// the engine's files can carry and count as no date.
func makeTime(year, month, day, hour, minute, second, micros int, zone *time.Location) (time.Time, bool) {
	if month < 1 || month > 12 || day < 1 || year < 0 || year > 9999 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, micros*1000, time.UTC)
	if t.Day() != day {
		return time.Time{}, false
	}
	return AtZone(t, zone), true
}
