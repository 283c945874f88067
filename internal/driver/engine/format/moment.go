package format

import (
	"strconv"
	"strings"
	"time"
)

// parseDate reads a date as Spark's cast from string does: yyyy, yyyy-[m]m or yyyy-[m]m-[d]d, blanks around it trimmed,
// anything after a blank or T ignored. Source: DateTimeUtils.stringToDate of Spark 3.5.
func parseDate(s string) (time.Time, bool) {
	s = trimSpace(s)
	if i := strings.IndexAny(s, " T"); i >= 0 && strings.Count(s[:i], "-") == 2 {
		s = s[:i]
	}
	return ymd(s)
}

// trimSpace trims as UTF8String.trimAll does.
func trimSpace(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f })
}

// ymd reads yyyy, yyyy-[m]m or yyyy-[m]m-[d]d.
func ymd(s string) (time.Time, bool) {
	parts := strings.Split(s, "-")
	if len(parts) > 3 || len(parts[0]) != 4 {
		return time.Time{}, false
	}
	n := [3]int{1, 1, 1}
	for i, p := range parts {
		v, ok := digits(p, 4-2*min(i, 1))
		if !ok {
			return time.Time{}, false
		}
		n[i] = v
	}
	t := time.Date(n[0], time.Month(n[1]), n[2], 0, 0, 0, 0, time.UTC)
	return t, t.Year() == n[0] && int(t.Month()) == n[1] && t.Day() == n[2]
}

// digits reads 1 to most decimal digits.
func digits(s string, most int) (int, bool) {
	if s == "" || len(s) > most || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// parseTimestamp reads a timestamp as Spark's cast from string does, with UTC as the session's zone: a date, a date and
// a time of day after a blank or T, or a time alone, which is today's. Source: DateTimeUtils.parseTimestampString.
func parseTimestamp(s string, today time.Time) (time.Time, bool) {
	s = trimSpace(s)
	day, clock := today, s
	if i := strings.IndexAny(s, " T"); i > 0 {
		var ok bool
		if day, ok = ymd(s[:i]); !ok || strings.Count(s[:i], "-") != 2 {
			return time.Time{}, false
		}
		clock = s[i+1:]
	} else if d, ok := ymd(s); ok {
		return d, true
	} else if strings.HasPrefix(s, "T") {
		clock = s[1:]
	}
	clock, offset, ok := zone(clock)
	if !ok {
		return time.Time{}, false
	}
	hms, frac, hasFrac := strings.Cut(clock, ".")
	parts := strings.Split(hms, ":")
	if len(parts) < 2 || len(parts) > 3 || hasFrac && len(parts) != 3 {
		return time.Time{}, false
	}
	n := [3]int{}
	for i, p := range parts {
		if n[i], ok = digits(p, 2); !ok || n[i] > 59 || i == 0 && n[i] > 23 {
			return time.Time{}, false
		}
	}
	micros := 0
	if hasFrac {
		if strings.Trim(frac, "0123456789") != "" {
			return time.Time{}, false
		}
		micros, _ = strconv.Atoi((frac + "000000")[:6])
	}
	at := day.Add(time.Duration(n[0])*time.Hour + time.Duration(n[1])*time.Minute + time.Duration(n[2])*time.Second +
		time.Duration(micros)*time.Microsecond - offset)
	return at, true
}

// zone cuts a zone off a time of day: Z, UTC, GMT, an offset, or a name of the tz database after a blank.
func zone(s string) (clock string, offset time.Duration, ok bool) {
	i := strings.IndexFunc(s, func(r rune) bool { return strings.IndexRune("0123456789:.", r) < 0 })
	if i < 0 {
		return s, 0, true
	}
	clock, z := s[:i], strings.TrimSpace(s[i:])
	for _, utc := range []string{"UTC", "GMT", "UT", "Z"} {
		if rest, found := strings.CutPrefix(z, utc); found {
			if z = rest; z == "" {
				return clock, 0, true
			}
			break
		}
	}
	if z == "" || z[0] != '+' && z[0] != '-' {
		return "", 0, false // a named zone's offset depends on the day: none is embedded
	}
	parts := strings.Split(z[1:], ":")
	if len(parts) == 1 && len(z) == 5 {
		parts = []string{z[1:3], z[3:]}
	}
	n := [3]int{}
	for j, p := range parts {
		if j > 2 {
			return "", 0, false
		}
		if n[j], ok = digits(p, 2); !ok || n[j] > 59 {
			return "", 0, false
		}
	}
	offset = time.Duration(n[0])*time.Hour + time.Duration(n[1])*time.Minute + time.Duration(n[2])*time.Second
	if offset > 18*time.Hour {
		return "", 0, false
	}
	if z[0] == '-' {
		offset = -offset
	}
	return clock, offset, true
}
