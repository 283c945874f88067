package javadate

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Fast is a pattern of the FastDateFormat of Apache Commons Lang, by which Spark 2 read and wrote times in CSV and JSON:
// lenient about the size of numbers, locale en_US, zone UTC. It has the letters of Legacy, but other ideas of blanks,
// of years and of fractions. Source: the documentation of that class, and Spark's of microseconds in its patterns.
type Fast struct {
	items  []legacyItem
	digits int // letters S in the pattern: as many digits of a fraction
}

// CompileFast understands a pattern; of dates alone S are milliseconds, whose number has no digits to count. Errors are
// PatternErrors.
func CompileFast(pattern string, dates bool) (*Fast, error) {
	l, err := CompileLegacy(pattern)
	if err != nil {
		return nil, err
	}
	for _, it := range l.items {
		if it.letter == 'L' {
			return nil, &PatternError{Message: "Illegal pattern component: " + strings.Repeat("L", it.count)}
		}
	}
	f := &Fast{items: l.items, digits: strings.Count(pattern, "S")}
	if dates {
		f.digits = 3
	}
	return f, nil
}

// Parse reads the text that f's pattern begins with, as an instant in UTC; what follows is ignored. A year below 100 by
// one or two letters is the one within 80 years before now and 20 after. Errors are ErrText, ErrRange, a ZoneError or an
// OldError.
func (f *Fast) Parse(text string, now time.Time) (time.Time, error) {
	r := &fastReader{legacyReader: legacyReader{text: text, century: now.AddDate(-80, 0, 0)}}
	for i, it := range f.items {
		width := 0
		if i+1 < len(f.items) && f.items[i+1].isNumber() {
			width = it.count
		}
		if !r.one(it, width) {
			if r.err != nil {
				return time.Time{}, r.err
			}
			return time.Time{}, ErrText
		}
	}
	t, err := r.lenient()
	if err == nil && f.digits > 0 {
		t = t.Add(time.Duration(float64(r.or(calMilli, 0))*1e6/math.Pow10(f.digits)) * time.Microsecond)
	}
	return t, err
}

// isNumber tells whether the item reads digits.
func (it legacyItem) isNumber() bool {
	return it.letter != 0 && strings.IndexByte("EGXZaz", it.letter) < 0 && (it.letter != 'M' || it.count < 3)
}

// fastReader reads one text.
type fastReader struct{ legacyReader }

// one reads an item; a number has at most width digits, 0 for any.
func (r *fastReader) one(it legacyItem, width int) bool {
	switch {
	case it.letter == 0:
		ok := strings.HasPrefix(r.text[r.pos:], it.text)
		r.pos += len(it.text)
		return ok
	case it.isNumber():
		return r.number(it, width)
	case it.letter == 'M':
		return r.name(r.pos, calMonth, append(monthNames(4)[1:], monthNames(3)[1:]...), 12, 0)
	case it.letter == 'E':
		return r.name(r.pos, calWeekday, append(weekdayNames(4), weekdayNames(3)...), 7, 1)
	case it.letter == 'a':
		return r.name(r.pos, calAmPm, []string{"AM", "PM", "a", "p"}, 2, 0)
	case it.letter == 'G':
		return r.name(r.pos, calEra, []string{"BC", "AD", "B", "A", "Before Christ", "Anno Domini"}, 2, 0)
	case r.pos == len(r.text):
		return false
	case it.letter == 'X':
		return r.isoZone(it.count)
	case it.letter == 'Z' && it.count == 2:
		return r.isoZone(3)
	default:
		at := r.pos
		if r.zone(at) {
			return true
		}
		if end := equalFold(r.text, at, "GMT"); end >= 0 { // what follows is no offset, and ignored
			r.pos = end
			return r.offset(0)
		}
		return false
	}
}

// number reads a number.
func (r *fastReader) number(it legacyItem, width int) bool {
	at := r.pos
	if width == 0 {
		at += len(r.text[at:]) - len(strings.TrimLeftFunc(r.text[at:], unicode.IsSpace))
	}
	var b strings.Builder
	for n := 0; at < len(r.text) && (width == 0 || n < width); n++ {
		c, size := utf8.DecodeRuneInString(r.text[at:])
		d := digitValue(c)
		if d < 0 {
			break
		}
		b.WriteByte(byte('0' + d))
		at += size
	}
	value, err := strconv.ParseInt(b.String(), 10, 32)
	if err != nil {
		return false
	}
	r.pos = at
	n, field := int(value), numberLetters[it.letter]
	switch it.letter {
	case 'y', 'Y':
		field = calYear
		if it.count <= 2 && n < 100 {
			from := r.century.Year()
			if n < from%100 {
				n += 100
			}
			n += from / 100 * 100
		}
	case 'M':
		n--
	case 'k':
		if n == 24 {
			n = 0
		}
	case 'h':
		if n == 12 {
			n = 0
		}
	case 'u':
		n++
		if value == 7 {
			n = 1
		}
	}
	r.set(field, n)
	return true
}

// Format writes t, which is in UTC. The error is an OldError.
func (f *Fast) Format(t time.Time) (string, error) {
	l := Legacy{items: make([]legacyItem, len(f.items))}
	for i, it := range f.items {
		switch {
		case it.letter == 'y' || it.letter == 'Y':
			if it.count != 2 {
				it.count = max(it.count, 4)
			}
		case it.letter == 'S': // a fraction of as many digits as the pattern has letters
			fraction := int64(t.Nanosecond()/1000) * int64(math.Pow10(min(f.digits, 12))) / 1_000_000
			it = legacyItem{text: fmt.Sprintf("%0*d", it.count, fraction)}
		case it.letter == 'Z' && it.count == 2:
			it.letter = 'X'
		case it.letter == 'Z' && it.count > 2:
			it = legacyItem{text: "+00:00"}
		}
		l.items[i] = it
	}
	return l.Format(t)
}
