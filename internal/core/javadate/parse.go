package javadate

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// ErrText is the error for a text that is not in the pattern, which Spark reads as null.
var ErrText = errors.New("javadate: the text does not match the pattern")

// ErrLegacy is the error for a text that is not in the pattern, but that SimpleDateFormat would have read: Spark fails.
var ErrLegacy = errors.New("javadate: only the reader of Spark 2 takes the text")

// ErrRange is the error for a time that no timestamp can hold: Spark fails.
var ErrRange = errors.New("long overflow")

// ZoneError is the error for a text that may name a time zone which this package does not know.
type ZoneError struct{ Name string }

// Error names the zone.
func (e *ZoneError) Error() string { return fmt.Sprintf("the time zone %q", e.Name) }

// Zones finds a time zone by the name of its region.
type Zones func(name string) (*time.Location, error)

// values are the fields that a text gave.
type values struct {
	at   [fields]int64
	set  [fields]bool
	zone *time.Location
}

// reader reads one text.
type reader struct {
	values
	text  string
	zones Zones
	err   error // that ends the reading, other than ErrText
}

// Parse reads a text, with UTC as the zone where it has none: the instant in UTC, to the microsecond. With local a zone
// has no effect. Errors are ErrText, ErrLegacy, ErrRange or a ZoneError.
func (p *Pattern) Parse(text string, zones Zones, local bool) (time.Time, error) {
	r := &reader{text: text, zones: zones}
	end := r.items(p.items, 0)
	err := r.err
	var t time.Time
	if err == nil {
		if end != len(text) {
			err = ErrText
		} else {
			t, err = r.resolve(local)
		}
	}
	if err == ErrText && p.legacyReads(text) { //nolint:errorlint // it is never wrapped
		return t, ErrLegacy
	}
	return t, err
}

// legacyReads reports whether SimpleDateFormat would read a text, or might: it names a time zone.
func (p *Pattern) legacyReads(text string) bool {
	if p.legacy == nil {
		return false
	}
	_, err := p.legacy.Parse(text, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)) // of years of two digits it does not matter which
	var zone *ZoneError
	var old *OldError
	return err == nil || errors.As(err, &zone) || errors.As(err, &old)
}

// items reads by items from a position on, and gives the position behind them, -1 where the text does not match.
func (r *reader) items(items []item, at int) int {
	for i := range items {
		if at = r.one(&items[i], at); at < 0 {
			return -1
		}
	}
	return at
}

// one reads by one item.
func (r *reader) one(it *item, at int) int {
	switch it.kind {
	case literal:
		return equalFold(r.text, at, it.text)
	case optional:
		before := r.values
		end := r.items(it.inner, at)
		if end < 0 {
			r.values = before
			return at
		}
		return end
	case number:
		return r.number(it, at)
	case fraction:
		return r.fraction(it, at)
	case name:
		return r.name(it, at)
	case offset:
		return r.offset(it, at)
	case offsetGMT:
		return r.offsetGMT(it, at)
	default:
		return r.zoneOf(it, at)
	}
}

// put sets a field; a second value must be the same.
func (r *reader) put(f field, n int64, end int) int {
	if r.set[f] && r.at[f] != n {
		return -1
	}
	r.at[f], r.set[f] = n, true
	return end
}

// equalFold passes over want, case aside, and gives the position behind it, -1 where the text goes on otherwise.
func equalFold(text string, at int, want string) int {
	for _, w := range want {
		r, size := utf8.DecodeRuneInString(text[at:])
		if size == 0 || r != w && unicode.ToUpper(r) != unicode.ToUpper(w) && unicode.ToLower(r) != unicode.ToLower(w) {
			return -1
		}
		at += size
	}
	return at
}

// digitsAt counts the digits from a position on, up to most.
func digitsAt(text string, at, most int) int {
	n := 0
	for n < most && at+n < len(text) && text[at+n] >= '0' && text[at+n] <= '9' {
		n++
	}
	return n
}

// number reads a number.
func (r *reader) number(it *item, at int) int {
	positive, negative := false, false
	if at < len(r.text) && r.text[at] == '+' {
		if !it.padded {
			return -1
		}
		positive, at = true, at+1
	} else if at < len(r.text) && r.text[at] == '-' {
		if !it.signed {
			return -1
		}
		negative, at = true, at+1
	}
	n := digitsAt(r.text, at, it.max+it.subsequent)
	if it.subsequent > 0 {
		n = min(n, max(it.min, n-it.subsequent))
	}
	if n < it.min || n == 0 || n > 18 { // years of 19 digits are none
		return -1
	}
	value := int64(0)
	for _, c := range []byte(r.text[at : at+n]) {
		value = value*10 + int64(c-'0')
	}
	switch {
	case negative && value == 0:
		return -1
	case negative:
		value = -value
	case it.padded && positive != (n > it.min):
		return -1
	case it.count == 2 && (it.field == year || it.field == yearOfEra):
		value += 2000
	}
	return r.put(it.field, value, at+n)
}

// fraction reads digits of a second.
func (r *reader) fraction(it *item, at int) int {
	n := digitsAt(r.text, at, it.max)
	if n < it.min {
		return -1
	}
	value := int64(0)
	for i := range 9 {
		value *= 10
		if i < n {
			value += int64(r.text[at+i] - '0')
		}
	}
	return r.put(nano, value, at+n)
}

// name reads one of an item's names, the longest that fits.
func (r *reader) name(it *item, at int) int {
	found, end := -1, -1
	for i, text := range it.names {
		if text == "" {
			continue
		}
		if e := equalFold(r.text, at, text); e > end {
			found, end = i, e
		}
	}
	if found < 0 {
		return -1
	}
	return r.put(it.field, int64(found), end)
}

// resolve makes an instant of the fields, as ResolverStyle.STRICT and Spark's defaults do; with local whatever its zone.
func (r *reader) resolve(local bool) (time.Time, error) {
	h, ok := r.hour()
	if !ok || !r.eraYear() {
		return time.Time{}, ErrText
	}
	y, mo, d := r.or(year, 1970), r.or(month, 1), r.or(day, 1)
	mi, s, n := r.or(minute, 0), r.or(second, 0), r.or(nano, 0)
	if mo < 1 || mo > 12 || d < 1 || d > 31 || mi < 0 || mi > 59 || s < 0 || s > 59 || y < -999_999_999 || y > 999_999_999 {
		return time.Time{}, ErrText
	}
	if r.set[dayOfYear] {
		first := time.Date(int(y), 1, 1, 0, 0, 0, 0, time.UTC)
		date := first.AddDate(0, 0, int(min(max(r.at[dayOfYear], 0), 367))-1)
		if date.Year() != int(y) {
			return time.Time{}, ErrText
		}
		mo, d = int64(date.Month()), int64(date.Day())
	}
	t := time.Date(int(y), time.Month(mo), int(d), int(h), int(mi), int(s), int(n/1000*1000), time.UTC)
	if t.Day() != int(d) {
		return time.Time{}, ErrText
	}
	if y < -290_000 || y > 290_000 {
		return time.Time{}, ErrRange
	}
	switch {
	case local:
	case r.zone != nil:
		t = atZone(t, r.zone)
	case r.set[offsetSeconds]:
		const limit = 18 * 3600
		if r.at[offsetSeconds] < -limit || r.at[offsetSeconds] > limit {
			return time.Time{}, ErrText
		}
		t = t.Add(-time.Duration(r.at[offsetSeconds]) * time.Second)
	}
	return t, nil
}

// or is the value of a field, or what it is by default.
func (r *reader) or(f field, otherwise int64) int64 {
	if r.set[f] {
		return r.at[f]
	}
	return otherwise
}

// eraYear makes a year of a year of an era.
func (r *reader) eraYear() bool {
	if !r.set[yearOfEra] {
		return true
	}
	if r.at[yearOfEra] < 1 {
		return false
	}
	if !r.set[era] {
		return true // a year of no era is none
	}
	y := r.at[yearOfEra]
	if r.at[era] == 0 {
		y = 1 - y
	}
	return r.put(year, y, 0) == 0
}

// hour finds the hour of the day in what was read of it; false where two fields contradict each other.
func (r *reader) hour() (int64, bool) {
	within := func(f field, least, most int64) bool { return !r.set[f] || r.at[f] >= least && r.at[f] <= most }
	if !within(clockHour, 1, 24) || !within(clockOfHalf, 1, 12) || !within(hourOfHalf, 0, 11) || !within(hour, 0, 23) {
		return 0, false
	}
	if r.set[clockHour] && r.put(hour, r.at[clockHour]%24, 0) < 0 {
		return 0, false
	}
	if r.set[clockOfHalf] && r.put(hourOfHalf, r.at[clockOfHalf]%12, 0) < 0 {
		return 0, false
	}
	if r.set[hourOfHalf] && r.set[amPm] && r.put(hour, r.at[amPm]*12+r.at[hourOfHalf], 0) < 0 {
		return 0, false
	}
	switch {
	case r.set[hour]:
		h := r.at[hour]
		return h, (!r.set[amPm] || r.at[amPm] == h/12) && (!r.set[hourOfHalf] || r.at[hourOfHalf] == h%12)
	case r.set[hourOfHalf]:
		return r.at[hourOfHalf], true
	default:
		return r.or(amPm, 0) * 12, true
	}
}

// atZone is the instant at which clocks in a zone show t's date and time: in an overlap the first, in a gap as many later
// as the gap is long.
func atZone(t time.Time, zone *time.Location) time.Time {
	shift := func(at time.Time) time.Duration {
		_, seconds := at.In(zone).Zone()
		return time.Duration(seconds) * time.Second
	}
	before, after := shift(t.Add(-24*time.Hour)), shift(t.Add(24*time.Hour))
	if late := t.Add(-after); before != after && shift(late) == after && shift(t.Add(-before)) != before {
		return late
	}
	return t.Add(-before)
}

// cutWord is the word of letters, digits and signs that stands at a position.
func cutWord(text string, at int) string {
	rest := text[at:]
	end := strings.IndexFunc(rest, func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c) && strings.IndexRune("/_+-:", c) < 0
	})
	if end < 0 {
		return rest
	}
	return rest[:end]
}
