package javadate

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Parse reads the text that l's pattern begins with, as an instant in UTC to the millisecond; what follows is ignored.
// A year of two digits is the one within 80 years before now and 20 after. Errors are ErrText, ErrRange, a ZoneError or
// an OldError.
func (l *Legacy) Parse(text string, now time.Time) (time.Time, error) {
	r := &legacyReader{text: text, century: now.AddDate(-80, 0, 0)}
	for _, it := range l.items {
		if !r.one(it) {
			if r.err != nil {
				return time.Time{}, r.err
			}
			return time.Time{}, ErrText
		}
	}
	if r.pos == 0 {
		return time.Time{}, ErrText
	}
	t, err := r.resolve()
	if err == nil && r.ambiguous && t.Before(r.century) {
		r.fields[calYear].value += 100
		r.fields[calWeekYear].value += 100
		t, err = r.resolve()
	}
	return t, err
}

// legacyReader reads one text.
type legacyReader struct {
	calendar
	text      string
	pos       int
	century   time.Time // the first instant that a year of two digits can mean
	ambiguous bool      // a year of two digits is the first of that time, or the last
	err       error     // that ends the reading, other than ErrText
}

// one reads an item.
func (r *legacyReader) one(it legacyItem) bool {
	if it.letter == 0 {
		ok := strings.HasPrefix(r.text[r.pos:], it.text)
		r.pos += len(it.text)
		return ok
	}
	start := r.pos
	for r.pos < len(r.text) && (r.text[r.pos] == ' ' || r.text[r.pos] == '\t') {
		r.pos++
	}
	if r.pos == len(r.text) {
		return false
	}
	switch {
	case (it.letter == 'M' || it.letter == 'L') && it.count > 2:
		return r.name(start, calMonth, append(monthNames(4)[1:], monthNames(3)[1:]...), 12, 0)
	case it.letter == 'E':
		return r.name(start, calWeekday, append(weekdayNames(4), weekdayNames(3)...), 7, 1)
	case it.letter == 'a':
		return r.name(start, calAmPm, []string{"AM", "PM"}, 2, 0)
	case it.letter == 'G':
		return r.name(start, calEra, append(slices.Clip(eraNames), "Before Christ", "Anno Domini"), 2, 0)
	case it.letter == 'X':
		return r.isoZone(it.count)
	case it.letter == 'z' || it.letter == 'Z':
		return r.zone(start)
	default:
		return r.number(it, start)
	}
}

// name reads the longest of some names, case aside; the names repeat after so many, and stand for numbers from first on.
func (r *legacyReader) name(start int, f calField, names []string, cycle, first int) bool {
	found, end := -1, -1
	for i, name := range names {
		if e := equalFold(r.text, start, name); e > end {
			found, end = i, e
		}
	}
	if found < 0 {
		return false
	}
	r.set(f, found%cycle+first)
	r.pos = end
	return true
}

// numberLetters are the fields of letters that are numbers.
var numberLetters = map[byte]calField{'y': calYear, 'Y': calWeekYear, 'M': calMonth, 'L': calMonth, 'd': calDay, 'D': calDayOfYear,
	'H': calHour, 'k': calHour, 'K': calHourOfHalf, 'h': calHourOfHalf, 'm': calMinute, 's': calSecond, 'S': calMilli, 'F': calWeekdayInMonth,
	'w': calWeekOfYear, 'W': calWeekOfMonth, 'u': calWeekday}

// number reads a number.
func (r *legacyReader) number(it legacyItem, start int) bool {
	text := r.text
	if it.abutting {
		end := start
		for range it.count {
			if end >= len(text) {
				return false
			}
			_, size := utf8.DecodeRuneInString(text[end:])
			end += size
		}
		text = text[:end]
	}
	first := r.pos
	value, end, ok := legacyNumber(text, first)
	if !ok {
		return false
	}
	r.pos = end
	switch it.letter {
	case 'y', 'Y':
		if it.count <= 2 && end-first == 2 && digitsAt(text, first, 2) == 2 {
			from := r.century.Year()
			r.ambiguous = value == from%100
			if value < from%100 {
				value += 100
			}
			value += from / 100 * 100
		}
	case 'M', 'L':
		value--
	case 'k':
		if value < 1 || value > 24 {
			return false
		}
		value %= 24
	case 'h':
		if value < 1 || value > 12 {
			return false
		}
		value %= 12
	case 'u':
		switch {
		case value == 7:
			value = 1
		case value >= 1 && value < 7:
			value++
		}
	}
	r.set(numberLetters[it.letter], value)
	return true
}

// legacyNumber reads a whole number as DecimalFormat does, in Java's int: digits of any script, an exponent behind an E.
func legacyNumber(text string, at int) (value, end int, ok bool) {
	if strings.HasPrefix(text[min(at, len(text)):], "NaN") {
		return 0, at + len("NaN"), true
	}
	sign := ""
	if strings.HasPrefix(text[min(at, len(text)):], "-") {
		sign, at = "-", at+1
	}
	if strings.HasPrefix(text[min(at, len(text)):], "∞") {
		if sign == "-" {
			return math.MinInt32, at + len("∞"), true
		}
		return math.MaxInt32, at + len("∞"), true
	}
	digits, at := anyDigits(text, at)
	if digits == "" {
		return 0, at, false
	}
	exponent := 0
	if strings.HasPrefix(text[at:], "E") {
		power, after := anyDigits(text, at+1)
		if strings.HasPrefix(text[at+1:], "-") {
			power, after = anyDigits(text, at+2)
			power = "-" + power
		}
		if n, err := strconv.ParseInt(power, 10, 64); err == nil {
			exponent, at = int(int32(n)), after //nolint:gosec // Java's int, too
		}
	}
	if n, err := strconv.ParseInt(sign+digits, 10, 64); err == nil && exponent == 0 {
		return int(int32(n)), at, true //nolint:gosec // Java's Long.intValue
	}
	x, _ := strconv.ParseFloat(sign+digits+"e"+strconv.Itoa(exponent), 64) // infinite beyond a double, as in Java
	if x == math.Trunc(x) && math.Abs(x) < 1<<63 {
		return int(int32(int64(x))), at, true //nolint:gosec // Java's Long.intValue
	}
	return int(min(max(x, math.MinInt32), math.MaxInt32)), at, true
}

// anyDigits reads digits of any script from a position on, as those of ASCII.
func anyDigits(text string, at int) (digits string, end int) {
	var b strings.Builder
	for at < len(text) {
		c, size := utf8.DecodeRuneInString(text[at:])
		d := digitValue(c)
		if d < 0 {
			break
		}
		b.WriteByte(byte('0' + d))
		at += size
	}
	return b.String(), at
}

// digitValue is what a digit of Unicode's first plane stands for, -1 for other characters. Digits come in runs of ten.
func digitValue(c rune) int {
	for _, group := range unicode.Nd.R16 {
		if c <= rune(group.Hi) {
			if c < rune(group.Lo) {
				return -1
			}
			return int(c-rune(group.Lo)) % 10
		}
	}
	return -1
}

// isoZone reads Z or an offset of ISO 8601, of so many letters X.
func (r *legacyReader) isoZone(count int) bool {
	switch c := r.text[r.pos]; c {
	case 'Z':
		r.pos++
		return r.offset(0)
	case '+', '-':
		return r.numericZone(c == '-', count, count == 3)
	default:
		return false
	}
}

// zone reads an offset of hours and minutes, GMT with or without one behind it, or UTC. Other names are a ZoneError.
func (r *legacyReader) zone(start int) bool {
	if c := r.text[r.pos]; c == '+' || c == '-' {
		return r.numericZone(c == '-', 0, false)
	}
	if end := equalFold(r.text, start, "GMT"); end >= 0 {
		r.pos = end
		if end < len(r.text) && (r.text[end] == '+' || r.text[end] == '-') {
			return r.numericZone(r.text[end] == '-', 0, true)
		}
		return r.offset(0)
	}
	for _, name := range []string{"Coordinated Universal Time", "UTC"} {
		if end := equalFold(r.text, r.pos, name); end >= 0 {
			r.pos = end
			return r.offset(0)
		}
	}
	first, size := utf8.DecodeRuneInString(r.text[r.pos:])
	if word := cutWord(r.text, r.pos); len(word) > size && unicode.IsLetter(first) {
		r.err = &ZoneError{Name: word}
	}
	return false
}

// numericZone reads a sign, hours, and minutes unless count is 1. Hours of one digit go where there is a colon and count
// is 0.
func (r *legacyReader) numericZone(west bool, count int, colon bool) bool {
	at := r.pos + 1
	n := digitsAt(r.text, at, 2)
	if n == 0 || n == 1 && (count > 0 || !colon) {
		return false
	}
	hours, err := strconv.Atoi(r.text[at : at+n])
	if err != nil || hours > 23 {
		return false
	}
	at += n
	minutes := 0
	if count != 1 {
		if colon && !strings.HasPrefix(r.text[at:], ":") {
			return false
		}
		if colon {
			at++
		}
		if digitsAt(r.text, at, 2) < 2 {
			return false
		}
		if minutes, err = strconv.Atoi(r.text[at : at+2]); err != nil || minutes > 59 {
			return false
		}
		at += 2
	}
	r.pos = at
	minutes += hours * 60
	if west {
		minutes = -minutes
	}
	return r.offset(minutes)
}

// offset sets the offset from UTC, in minutes.
func (r *legacyReader) offset(minutes int) bool {
	r.set(calOffset, minutes)
	return true
}
