package javadate

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Legacy is a pattern of java.text.SimpleDateFormat, by which Spark 2 read and wrote times, and Spark 3 does with
// spark.sql.legacy.timeParserPolicy=LEGACY: not lenient, locale en_US, zone UTC. It knows other letters than Pattern (u is
// the day of the week), reads numbers of any length, and whatever stands behind the pattern.
type Legacy struct{ items []legacyItem }

// legacyItem is an element of a pattern of SimpleDateFormat: count times a letter, or a text (letter 0).
type legacyItem struct {
	letter   byte
	count    int
	text     string
	abutting bool // another letter follows at once, so that a number ends count characters behind where the item began
}

// legacyLetters are the letters that SimpleDateFormat knows.
const legacyLetters = "GyMLdkHmsSEDFwWahKzZYuX"

// CompileLegacy understands a pattern as SimpleDateFormat does. Errors are PatternErrors.
func CompileLegacy(pattern string) (*Legacy, error) {
	l := &Legacy{}
	for i := 0; i < len(pattern); {
		ch := pattern[i]
		switch {
		case isLetter(ch):
			n := run(pattern[i:])
			if strings.IndexByte(legacyLetters, ch) < 0 {
				return nil, &PatternError{Message: fmt.Sprintf("Illegal pattern character '%c'", ch)}
			}
			if ch == 'X' && n > 3 {
				return nil, &PatternError{Message: fmt.Sprintf("invalid ISO 8601 format: length=%d", n)}
			}
			if last := len(l.items) - 1; last >= 0 && l.items[last].letter != 0 {
				l.items[last].abutting = true
			}
			l.items = append(l.items, legacyItem{letter: ch, count: n})
			i += n
		case ch == '\'':
			s, n, ok := quoted(pattern[i:])
			if !ok {
				return nil, &PatternError{Message: "Unterminated quote"}
			}
			l.literal(s)
			i += n
		default:
			_, size := utf8.DecodeRuneInString(pattern[i:])
			l.literal(pattern[i : i+size])
			i += size
		}
	}
	return l, nil
}

// literal appends a text.
func (l *Legacy) literal(s string) {
	if n := len(l.items); n > 0 && l.items[n-1].letter == 0 {
		l.items[n-1].text += s
		return
	}
	l.items = append(l.items, legacyItem{text: s})
}

// An OldError is the error for a letter that needs the days of the Julian calendar, which Java has before
// 15 October 1582 and this package has not, or that is counted from there.
type OldError struct{ Letter byte }

// Error names the letter.
func (e *OldError) Error() string {
	return fmt.Sprintf("the letter %c for a day before 1583", e.Letter)
}

// reform is the first day of the Gregorian calendar. Spark gives the ten days before it, which no clock showed, the
// name of this one.
var (
	reform  = time.Date(1582, time.October, 15, 0, 0, 0, 0, time.UTC)
	skipped = time.Date(1582, time.October, 5, 0, 0, 0, 0, time.UTC)
)

// Format writes t, which is in UTC. The error is an OldError.
func (l *Legacy) Format(t time.Time) (string, error) {
	old := t.Year() <= reform.Year() // whose days and weeks are not numbered as those of the Gregorian calendar
	if t.Before(reform) && !t.Before(skipped) {
		t = reform.Add(time.Duration(t.Unix()%86400+86400)%86400*time.Second + time.Duration(t.Nanosecond()))
	}
	var b []byte
	for _, it := range l.items {
		if old && strings.IndexByte("EuDFwWY", it.letter) >= 0 && it.letter != 0 {
			return "", &OldError{Letter: it.letter}
		}
		b = it.append(b, t)
	}
	return string(b), nil
}

// append writes an item.
func (it legacyItem) append(b []byte, t time.Time) []byte {
	switch it.letter {
	case 0:
		return append(b, it.text...)
	case 'M', 'L':
		if it.count > 2 {
			return append(b, monthNames(it.count)[t.Month()]...)
		}
	case 'E':
		return append(b, weekdayNames(it.count)[t.Weekday()]...)
	case 'a':
		return append(b, []string{"AM", "PM"}[t.Hour()/12]...)
	case 'G':
		return append(b, eraNames[valueOf(era, t)]...)
	case 'X':
		return append(b, 'Z')
	case 'Z':
		return append(b, "+0000"...)
	case 'z':
		if it.count > 3 {
			return append(b, "Coordinated Universal Time"...)
		}
		return append(b, "UTC"...)
	}
	n := it.value(t)
	if it.count == 2 && (it.letter == 'y' || it.letter == 'Y') {
		n %= 100
	}
	return fmt.Appendf(b, "%0*d", it.count, n)
}

// eraNames are the names of eras 0 and 1.
var eraNames = []string{"BC", "AD"}

// legacyFields are the fields of letters that are plain numbers.
var legacyFields = map[byte]field{'y': yearOfEra, 'M': month, 'L': month, 'd': day, 'D': dayOfYear, 'H': hour, 'k': clockHour,
	'K': hourOfHalf, 'h': clockOfHalf, 'm': minute, 's': second}

// value is the number that an item writes.
func (it legacyItem) value(t time.Time) int64 {
	switch it.letter {
	case 'S':
		return int64(t.Nanosecond() / 1_000_000)
	case 'u':
		return int64(t.Weekday()+6)%7 + 1
	case 'F':
		return int64(t.Day()-1)/7 + 1
	case 'W':
		return weekOf(t, t.Day())
	case 'w':
		_, week := weekYear(t)
		return week
	case 'Y':
		y, _ := weekYear(t)
		return y
	default:
		return valueOf(legacyFields[it.letter], t)
	}
}

// weekOf is the number of t's week, of which the first is that with day 1 and each begins on Sunday; ordinal is t's day
// in the year or month.
func weekOf(t time.Time, ordinal int) int64 {
	first := (int(t.Weekday()) - ordinal + 1) % 7 // weekday of day 1
	if first < 0 {
		first += 7
	}
	return int64((ordinal-1+first)/7 + 1)
}

// weekYear is the year that t's week belongs to, and the week's number: the week with 1 January is the next year's first.
func weekYear(t time.Time) (year, week int64) {
	saturday := t.AddDate(0, 0, 6-int(t.Weekday()))
	if saturday.Year() > t.Year() {
		return int64(saturday.Year()), 1
	}
	return int64(t.Year()), weekOf(t, t.YearDay())
}
