package spark

import (
	"strings"
	"time"
)

// shortZones are the short names of zones that Java and Spark know.
var shortZones = map[string]string{
	"ACT": "Australia/Darwin", "AET": "Australia/Sydney", "AGT": "America/Argentina/Buenos_Aires", "ART": "Africa/Cairo",
	"AST": "America/Anchorage", "BET": "America/Sao_Paulo", "BST": "Asia/Dhaka", "CAT": "Africa/Harare", "CNT": "America/St_Johns",
	"CST": "America/Chicago", "CTT": "Asia/Shanghai", "EAT": "Africa/Addis_Ababa", "ECT": "Europe/Paris",
	"IET": "America/Indiana/Indianapolis", "IST": "Asia/Kolkata", "JST": "Asia/Tokyo", "MIT": "Pacific/Apia", "NET": "Asia/Yerevan",
	"NST": "Pacific/Auckland", "PLT": "Asia/Karachi", "PNT": "America/Phoenix", "PRT": "America/Puerto_Rico",
	"PST": "America/Los_Angeles", "SST": "Pacific/Guadalcanal", "VST": "Asia/Ho_Chi_Minh", "EST": "-05:00", "MST": "-07:00",
	"HST": "-10:00",
}

// ParseZone reads the name of a time zone as Spark does: Z, UTC, GMT, an offset, a short name or a region's. false for
// what is none.
func ParseZone(s string, zone Zone) (*time.Location, bool) {
	if long, ok := shortZones[s]; ok {
		s = long
	}
	if s == "" || s == "Local" || strings.TrimSpace(s) != s {
		return nil, false
	}
	return parseZone(s, zone)
}

// parseOffset reads an offset without its sign: hours [h]h, minutes and seconds, with colons or without.
func parseOffset(s string) (seconds int, ok bool) {
	digits := strings.ReplaceAll(s, ":", "")
	if plain := !strings.Contains(s, ":"); plain {
		if len(s)%2 != 0 && len(s) != 1 {
			return 0, false
		}
		if len(s) == 1 {
			digits = "0" + s
		}
	} else {
		digits = ""
		for _, part := range strings.Split(s, ":") {
			if len(part) == 0 || len(part) > 2 {
				return 0, false
			}
			digits += ("0" + part)[len(part)-1:]
		}
	}
	if len(digits) == 0 || len(digits) > 6 {
		return 0, false
	}
	var units [3]int
	for i := 0; i*2 < len(digits); i++ {
		n, rest, ok := cutDigits(digits[i*2:i*2+2], 2, 2)
		if !ok || rest != "" || i > 0 && n > 59 {
			return 0, false
		}
		units[i] = n
	}
	seconds = units[0]*3600 + units[1]*60 + units[2]
	return seconds, seconds <= 18*3600
}

// AtZone is the instant at which clocks in a zone show t's date and time: in an overlap the first one, in a gap as many
// later as the gap is long, as Java decides.
func AtZone(t time.Time, zone *time.Location) time.Time {
	wall := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	offset := func(at time.Time) time.Duration {
		_, seconds := at.In(zone).Zone()
		return time.Duration(seconds) * time.Second
	}
	before, after := offset(wall.Add(-24*time.Hour)), offset(wall.Add(24*time.Hour))
	if late := wall.Add(-after); before != after && offset(late) == after && offset(wall.Add(-before)) != before {
		return late
	}
	return wall.Add(-before)
}

// Wall is the date and time that clocks in a zone show at t, as a time in UTC.
func Wall(t time.Time, zone *time.Location) time.Time {
	_, seconds := t.In(zone).Zone()
	return t.UTC().Add(time.Duration(seconds) * time.Second)
}
