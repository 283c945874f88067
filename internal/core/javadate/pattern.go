// Package javadate reads and writes dates and times by the patterns of Java's DateTimeFormatter, as Spark 3.5 uses them:
// locale en_US, resolver style STRICT, letters in any case, session in UTC. A text that Java's present reader does not
// take, and that of its predecessor SimpleDateFormat would have, is told apart (ErrLegacy): Spark fails there.
//
// Sources: the documentation of java.time.format.DateTimeFormatterBuilder and java.text.SimpleDateFormat, and Spark's
// page on datetime patterns.
package javadate

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// kind is what an item of a pattern is.
type kind int

const (
	literal kind = iota
	number
	fraction
	name
	offset
	offsetGMT
	zoneID
	zoneName
	optional
)

// field is a part of a date or time that a text can give.
type field int

const (
	noField field = iota
	year
	yearOfEra
	era
	month
	day
	dayOfYear
	weekday
	weekOfMonth
	quarter
	modifiedJulianDay
	amPm
	clockHour   // k: 1 to 24
	clockOfHalf // h: 1 to 12
	hourOfHalf  // K: 0 to 11
	hour
	minute
	second
	nano
	offsetSeconds
	fields
)

// item is one element of a pattern.
type item struct {
	kind       kind
	field      field
	letter     byte
	count      int // of letters
	text       string
	min, max   int      // digits of a number
	padded     bool     // a number of so many digits that has a + where it has more
	signed     bool     // a number that may have a -
	subsequent int      // digits of the numbers that follow without anything between
	names      []string // of values 0, 1, ... of field
	inner      []item
}

// Pattern is a pattern that was understood.
type Pattern struct {
	text   string
	items  []item
	legacy *Legacy // nil where SimpleDateFormat does not take the pattern
}

// PatternError is Spark's error for a pattern. Upgrade tells that SimpleDateFormat would have taken it.
type PatternError struct {
	Message string
	Upgrade bool
}

// UnsupportedError is the error for a pattern that Spark takes and this package does not.
type UnsupportedError struct{ What string }

// Error says what is not supported.
func (e *UnsupportedError) Error() string { return e.What }

// Error gives the text of Spark's exception.
func (e *PatternError) Error() string { return e.Message }

// Compile understands a pattern. With parsing it is for reading texts, which takes fewer letters and fractions of any
// length. Errors are PatternErrors and UnsupportedErrors.
func Compile(text string, parsing bool) (*Pattern, error) {
	p := &Pattern{text: text}
	if legacy, err := CompileLegacy(text); err == nil {
		p.legacy = legacy
	}
	if parsing && unquoted(text, func(part string) bool {
		return strings.Contains(part, "g") || strings.Contains(part, "D") && strings.ContainsAny(part, "MLd")
	}) {
		return nil, &UnsupportedError{What: "reading by g, or by D beside M or d"}
	}
	message := refusedLetters(text, parsing)
	if message == "" {
		c := compiler{pattern: text, parsing: parsing, ofEra: unquoted(text, func(part string) bool { return strings.Contains(part, "G") })}
		p.items, message = c.compile()
	}
	if message == "" {
		return p, nil
	}
	if p.legacy == nil {
		return nil, &PatternError{Message: message}
	}
	return nil, &PatternError{Upgrade: true, Message: "[INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION] You may get a " +
		"different result due to the upgrading to Spark >= 3.0:\nFail to recognize '" + text + "' pattern in the DateTimeFormatter. 1) You " +
		"can set \"spark.sql.legacy.timeParserPolicy\" to \"LEGACY\" to restore the behavior before Spark 3.0. 2) You can form a valid " +
		"datetime pattern with the guide from 'https://spark.apache.org/docs/latest/sql-ref-datetime-pattern.html'."}
}

// unquoted reports whether test holds for a part of a pattern outside of single quotes.
func unquoted(text string, test func(part string) bool) bool {
	for i, part := range strings.Split(text, "'") {
		if i%2 == 0 && test(part) {
			return true
		}
	}
	return false
}

// refusedLetters gives Spark's own objection to a pattern, "" for none.
func refusedLetters(text string, parsing bool) string {
	var message string
	unquoted(text, func(part string) bool {
		illegal := "ABnNp"
		if parsing {
			illegal += "EFqQ"
		}
		if i := strings.IndexAny(part, "YWwuec"); i >= 0 {
			message = fmt.Sprintf("All week-based patterns are unsupported since Spark 3.0, detected: %c, Please use the SQL function EXTRACT "+
				"instead", part[i])
		} else if i := strings.IndexAny(part, illegal); i >= 0 {
			message = fmt.Sprintf("Illegal pattern character: %c", part[i])
		} else {
			for _, long := range []string{"GGGGG", "MMMMM", "LLLLL", "EEEEE", "QQQQQ", "qqqqq", "yyyyyyyyyyy"} {
				if strings.Contains(part, long) {
					message = fmt.Sprintf("Too many pattern letters: %c", long[0])
				}
			}
		}
		return message != ""
	})
	return message
}

// compiler turns a pattern into items.
type compiler struct {
	pattern string
	parsing bool
	ofEra   bool // y is the year of an era, since the pattern has one
}

// compile gives the items, or an objection of Java's.
func (c *compiler) compile() ([]item, string) {
	levels := []level{{base: -1}}
	for i := 0; i < len(c.pattern); {
		top := &levels[len(levels)-1]
		ch := c.pattern[i]
		switch {
		case isLetter(ch):
			n := run(c.pattern[i:])
			made, message := c.letters(ch, n)
			if message != "" {
				return nil, message
			}
			top.add(made)
			i += n
		case ch == '\'':
			text, n, ok := quoted(c.pattern[i:])
			if !ok {
				return nil, "Pattern ends with an incomplete string literal: " + strings.ReplaceAll(c.pattern, "y", "u")
			}
			top.add(item{kind: literal, text: text})
			i += n
		case ch == '[':
			levels = append(levels, level{base: -1})
			i++
		case ch == ']':
			if len(levels) == 1 {
				return nil, "Pattern invalid as it contains ] without previous ["
			}
			levels = levels[:len(levels)-1]
			levels[len(levels)-1].add(item{kind: optional, inner: top.items})
			i++
		case strings.IndexByte("{}#", ch) >= 0:
			return nil, fmt.Sprintf("Pattern includes reserved character: '%c'", ch)
		default:
			_, size := utf8.DecodeRuneInString(c.pattern[i:])
			top.add(item{kind: literal, text: c.pattern[i : i+size]})
			i += size
		}
	}
	for len(levels) > 1 { // sections that nothing closes end with the pattern
		inner := levels[len(levels)-1].items
		levels = levels[:len(levels)-1]
		levels[len(levels)-1].add(item{kind: optional, inner: inner})
	}
	return levels[0].items, ""
}

// isLetter reports whether c is one of the letters that patterns keep for fields.
func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// run counts how often the first byte of s stands at its beginning.
func run(s string) int {
	n := 1
	for n < len(s) && s[n] == s[0] {
		n++
	}
	return n
}

// quoted reads a text in single quotes at the beginning of s, in which two quotes stand for one; two quotes alone do, too.
func quoted(s string) (text string, length int, ok bool) {
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' && i > 1 {
			i++
			continue
		}
		if i == 1 {
			return "'", 2, true
		}
		return strings.ReplaceAll(s[1:i], "''", "'"), i + 1, true
	}
	return "", 0, false
}

// level is a section of a pattern. A number followed at once by numbers of fixed width leaves them their digits: base
// is the index of such a number, -1 for none.
type level struct {
	items []item
	base  int
}

// add appends an item.
func (l *level) add(it item) {
	l.items = append(l.items, it)
	at := len(l.items) - 1
	switch {
	case it.kind != number && (it.kind != fraction || it.min != it.max):
		l.base = -1
	case l.base >= 0 && it.min == it.max && !it.signed:
		l.items[l.base].subsequent += it.max
	default:
		l.base = at
	}
}
