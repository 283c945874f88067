package format

import (
	"regexp"
	"strings"
)

// Names and zones that the old pattern letters read, whatever their case.
var (
	oldMonths   = regexp.MustCompile(`(?i)\A(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sep(tember)?|oct(ober)?|nov(ember)?|dec(ember)?)`)
	oldWeekdays = regexp.MustCompile(`(?i)\A(sun(day)?|mon(day)?|tue(sday)?|wed(nesday)?|thu(rsday)?|fri(day)?|sat(urday)?)`)
	oldHalves   = regexp.MustCompile(`(?i)\A(am|pm)`)
	oldEras     = regexp.MustCompile(`(?i)\A(ad|bc)`)
	oldOffsets  = []*regexp.Regexp{regexp.MustCompile(`\A(Z|[+-][0-9]{2})`), regexp.MustCompile(`\A(Z|[+-][0-9]{4})`),
		regexp.MustCompile(`\A(Z|[+-][0-9]{2}:[0-9]{2})`)} // X, XX and XXX
	oldZones = regexp.MustCompile(`\A([+-][0-9]{4}|GMT[+-][0-9]{1,2}:[0-9]{2})`)
)

// oldPattern is a pattern as the FastDateFormat of Spark 2 reads it in CSV and JSON: numbers of any length and size, and
// anything behind the pattern. Source: FastDateParser of Apache Commons Lang.
type oldPattern []oldItem

// oldItem is a run of one letter, or a text (letter 0).
type oldItem struct {
	letter byte
	count  int
	text   string
}

// newOldPattern understands a pattern; nil, which reads nothing, where FastDateFormat does not take it.
func newOldPattern(text string) oldPattern {
	var p oldPattern
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '\'':
			end := strings.IndexByte(text[i+1:], '\'')
			if end < 0 {
				return nil
			}
			quoted := text[i+1 : i+1+end]
			if quoted == "" {
				quoted = "'"
			}
			p = append(p, oldItem{text: quoted})
			i += end + 2
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			n := 1
			for i+n < len(text) && text[i+n] == c {
				n++
			}
			if strings.IndexByte("DEFGHKMLSWXYZadhkmsuwyz", c) < 0 || c == 'X' && n > len(oldOffsets) {
				return nil
			}
			p = append(p, oldItem{letter: c, count: n})
			i += n
		default:
			p = append(p, oldItem{text: string(c)})
			i++
		}
	}
	return p
}

// isNumber tells whether the item reads digits.
func (item oldItem) isNumber() bool {
	return item.letter != 0 && strings.IndexByte("EGXZaz", item.letter) < 0 && (item.letter != 'M' && item.letter != 'L' || item.count < 3)
}

// reads reports whether the pattern takes s.
func (p oldPattern) reads(s string) bool {
	for i, item := range p {
		ok := true
		switch {
		case item.letter == 0:
			s, ok = strings.CutPrefix(s, item.text)
		case item.isNumber():
			most := len(s)
			if i+1 < len(p) && p[i+1].isNumber() {
				most = item.count
			} else {
				s = strings.TrimLeft(s, " ")
			}
			n := leadingDigits(s, most)
			s, ok = s[n:], n > 0
		default:
			at := item.words().FindStringIndex(s)
			if ok = at != nil; ok {
				s = s[at[1]:]
			}
		}
		if !ok {
			return false
		}
	}
	return p != nil
}

// words is what an item reads that is no number.
func (item oldItem) words() *regexp.Regexp {
	switch item.letter {
	case 'M', 'L':
		return oldMonths
	case 'E':
		return oldWeekdays
	case 'a':
		return oldHalves
	case 'G':
		return oldEras
	case 'X':
		return oldOffsets[item.count-1]
	}
	if item.count == 2 { // ZZ is XXX
		return oldOffsets[2]
	}
	return oldZones
}

// leadingDigits counts the digits s begins with, up to most.
func leadingDigits(s string, most int) int {
	n := 0
	for n < len(s) && n < most && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}
