package format

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tenon/internal/core/spark"
	"tenon/internal/plan"
)

// pattern is a pattern of java.time.format.DateTimeFormatter, as dateFormat and timestampFormat take them: the letters
// y M d H m s S X Z, texts in single quotes, and other characters as they are.
type pattern struct {
	items []patternItem
}

// patternItem is a run of one letter, or a text (letter 0).
type patternItem struct {
	letter byte
	count  int
	text   string
}

// patternWidths are the counts that a letter may have. A year of another width, names of months or days, and optional
// sections are refused rather than half understood.
var patternWidths = map[byte][2]int{'y': {4, 4}, 'u': {4, 4}, 'M': {1, 2}, 'd': {1, 2}, 'H': {1, 2}, 'm': {1, 2}, 's': {1, 2},
	'S': {1, 9}, 'X': {1, 3}, 'Z': {1, 3}}

// takePattern takes a pattern; nil where it is not set, since the default's reader is more lenient, or is same, which
// means the default, too.
func takePattern(o *options, key, same string) *pattern {
	text := o.text(key, "")
	if text == "" || text == same {
		return nil
	}
	p, err := parsePattern(text)
	if err != nil {
		o.fail(plan.Unsupported(fmt.Sprintf("%s %q", o.what, key), err.Error()))
	}
	return p
}

// parsePattern reads a pattern.
func parsePattern(text string) (*pattern, error) {
	p := &pattern{}
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '\'':
			end := strings.IndexByte(text[i+1:], '\'')
			if end < 0 {
				return nil, fmt.Errorf("the pattern %q has an open quote", text)
			}
			quoted := text[i+1 : i+1+end]
			if quoted == "" {
				quoted = "'"
			}
			p.items = append(p.items, patternItem{text: quoted})
			i += end + 2
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			n := 1
			for i+n < len(text) && text[i+n] == c {
				n++
			}
			if w, ok := patternWidths[c]; !ok || n < w[0] || n > w[1] {
				return nil, fmt.Errorf("%s in the pattern %q", text[i:i+n], text)
			}
			p.items = append(p.items, patternItem{letter: c, count: n})
			i += n
		case strings.IndexByte("[]{}#", c) >= 0:
			return nil, fmt.Errorf("%c in the pattern %q", c, text)
		default:
			p.items = append(p.items, patternItem{text: string(c)})
			i++
		}
	}
	return p, nil
}

// parse reads a text that is the pattern's from end to end.
func (p *pattern) parse(s string) (time.Time, bool) {
	at := map[byte]int{'y': 1970, 'M': 1, 'd': 1}
	offset := 0
	for _, item := range p.items {
		ok := true
		switch {
		case item.letter == 0:
			s, ok = strings.CutPrefix(s, item.text)
		case item.letter == 'X' || item.letter == 'Z':
			offset, s, ok = parseOffset(s, item)
		case item.letter == 'S':
			n := leadingDigits(s, item.count)
			at['S'], _ = strconv.Atoi((s[:n] + "000000000")[:9])
			s, ok = s[n:], n > 0
		default:
			most := max(item.count, 2)
			n := leadingDigits(s, most)
			ok = n >= item.count && n > 0
			letter := item.letter
			if letter == 'u' {
				letter = 'y'
			}
			at[letter], _ = strconv.Atoi(s[:n])
			s = s[n:]
		}
		if !ok {
			return time.Time{}, false
		}
	}
	t := time.Date(at['y'], time.Month(at['M']), at['d'], at['H'], at['m'], at['s'], at['S']/1000*1000, time.UTC)
	valid := s == "" && t.Year() == at['y'] && int(t.Month()) == at['M'] && t.Day() == at['d'] && t.Hour() == at['H'] &&
		t.Minute() == at['m'] && t.Second() == at['s']
	return t.Add(-time.Duration(offset) * time.Second), valid
}

// loose reports whether Java's old SimpleDateFormat, which Spark 2 used, would have read s: numbers of any length and
// size, and anything behind the pattern.
func (p *pattern) loose(s string) bool {
	for _, item := range p.items {
		ok := true
		switch {
		case item.letter == 0:
			s, ok = strings.CutPrefix(s, item.text)
		case item.letter == 'X' || item.letter == 'Z':
			_, s, ok = parseOffset(s, item)
		default:
			s = strings.TrimLeft(s, " ")
			n := leadingDigits(s, len(s))
			s, ok = s[n:], n > 0
		}
		if !ok {
			return false
		}
	}
	return true
}

// leadingDigits counts the digits s begins with, up to most.
func leadingDigits(s string, most int) int {
	n := 0
	for n < len(s) && n < most && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// parseOffset reads Z, or a sign, hours and minutes: with a colon for XXX, minutes optional for X. Seconds are the
// result.
func parseOffset(s string, item patternItem) (int, string, bool) {
	if rest, ok := strings.CutPrefix(s, "Z"); ok && item.letter == 'X' {
		return 0, rest, true
	}
	if len(s) < 3 || s[0] != '+' && s[0] != '-' || leadingDigits(s[1:], 2) != 2 {
		return 0, s, false
	}
	seconds, _ := strconv.Atoi(s[1:3])
	seconds *= 3600
	negative, rest := s[0] == '-', s[3:]
	colon := item.letter == 'X' && item.count == 3
	if colon {
		if rest, colon = strings.CutPrefix(rest, ":"); !colon {
			return 0, s, false
		}
	}
	if leadingDigits(rest, 2) == 2 {
		minutes, _ := strconv.Atoi(rest[:2])
		seconds, rest = seconds+minutes*60, rest[2:]
	} else if item.letter != 'X' || item.count != 1 {
		return 0, s, false
	}
	if negative {
		seconds = -seconds
	}
	return seconds, rest, true
}

// append writes t, which is in UTC.
func (p *pattern) append(b []byte, t time.Time) []byte {
	for _, item := range p.items {
		switch item.letter {
		case 0:
			b = append(b, item.text...)
		case 'y', 'u':
			b = fmt.Appendf(b, "%04d", t.Year())
		case 'M':
			b = fmt.Appendf(b, "%0*d", item.count, int(t.Month()))
		case 'd':
			b = fmt.Appendf(b, "%0*d", item.count, t.Day())
		case 'H':
			b = fmt.Appendf(b, "%0*d", item.count, t.Hour())
		case 'm':
			b = fmt.Appendf(b, "%0*d", item.count, t.Minute())
		case 's':
			b = fmt.Appendf(b, "%0*d", item.count, t.Second())
		case 'S':
			b = append(b, fmt.Sprintf("%09d", t.Nanosecond())[:item.count]...)
		case 'X':
			b = append(b, 'Z')
		case 'Z':
			b = append(b, "+0000"...)
		}
	}
	return b
}

// moments are the patterns of one reader or writer; nil for Spark's defaults.
type moments struct {
	date, stamp       *pattern
	oldDate, oldStamp *pattern // what Spark 2 read by, never nil
}

// takeMoments takes the patterns and what belongs to them.
func takeMoments(o *options) moments {
	o.only("timestampNTZFormat", "yyyy-MM-dd'T'HH:mm:ss[.SSS]")
	o.only("timeZone", "UTC", "Etc/UTC", "GMT", "Z")
	o.only("enableDateTimeParsingFallback", "true")
	m := moments{
		date:  takePattern(o, "dateFormat", ""),
		stamp: takePattern(o, "timestampFormat", "yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]"),
	}
	m.oldDate, m.oldStamp = m.date, m.stamp
	if m.oldDate == nil {
		m.oldDate, _ = parsePattern("yyyy-MM-dd") // both are patterns
	}
	if m.oldStamp == nil {
		m.oldStamp, _ = parsePattern("yyyy-MM-dd HH:mm:ss")
	}
	return m
}

// upgrade is Spark's error for a value that its present reader does not take and that of Spark 2 did: it does not choose
// between null and the old reading.
func (m moments) upgrade(t spark.Type, s string) error {
	p := m.oldDate
	if t.Kind == spark.Timestamp {
		p = m.oldStamp
	}
	if t.Kind != spark.Date && t.Kind != spark.Timestamp || !p.loose(s) {
		return nil
	}
	return execution("[INCONSISTENT_BEHAVIOR_CROSS_VERSION.PARSE_DATETIME_BY_NEW_PARSER] You may get a different result due to the "+
		"upgrading to Spark >= 3.0: Fail to parse '%s' in the new parser: it does not match the pattern exactly.", s)
}

// parseDate reads a date.
func (m moments) parseDate(s string) (time.Time, bool) {
	if m.date != nil {
		return m.date.parse(s)
	}
	return parseDate(s)
}

// parseStamp reads a timestamp.
func (m moments) parseStamp(s string, today time.Time) (time.Time, bool) {
	if m.stamp != nil {
		return m.stamp.parse(s)
	}
	return parseTimestamp(s, today)
}

// appendDate writes a date from the pipe.
func (m moments) appendDate(b, cell []byte) ([]byte, error) {
	if m.date == nil {
		return append(b, cell...), nil
	}
	t, err := time.Parse(time.DateOnly, string(cell))
	if err != nil {
		return b, fmt.Errorf("format: date on the pipe: %w", err)
	}
	return m.date.append(b, t), nil
}

// appendStamp writes a timestamp from the pipe.
func (m moments) appendStamp(b, cell []byte) ([]byte, error) {
	if m.stamp == nil {
		return appendPipeTimestamp(b, cell)
	}
	t, err := pipeTime(string(cell))
	return m.stamp.append(b, t), err
}
