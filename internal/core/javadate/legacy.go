package javadate

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// legacyItem is an element of a pattern of SimpleDateFormat: count times a letter, or a text (letter 0).
type legacyItem struct {
	letter   byte
	count    int
	text     string
	abutting bool // another letter follows at once, so that a number has no more than count digits
}

// legacyLetters are the letters that SimpleDateFormat knows.
const legacyLetters = "GyMLdkHmsSEDFwWahKzZYuX"

// compileLegacy understands a pattern as SimpleDateFormat does; nil where it does not.
func compileLegacy(pattern string) []legacyItem {
	items := []legacyItem{}
	text := func(s string) {
		if n := len(items); n > 0 && items[n-1].letter == 0 {
			items[n-1].text += s
			return
		}
		items = append(items, legacyItem{text: s})
	}
	for i := 0; i < len(pattern); {
		ch := pattern[i]
		switch {
		case isLetter(ch):
			n := run(pattern[i:])
			if strings.IndexByte(legacyLetters, ch) < 0 || ch == 'X' && n > 3 {
				return nil
			}
			if last := len(items) - 1; last >= 0 && items[last].letter != 0 {
				items[last].abutting = true
			}
			items = append(items, legacyItem{letter: ch, count: n})
			i += n
		case ch == '\'':
			s, n, ok := quoted(pattern[i:])
			if !ok {
				return nil
			}
			text(s)
			i += n
		default:
			_, size := utf8.DecodeRuneInString(pattern[i:])
			text(pattern[i : i+size])
			i += size
		}
	}
	return items
}

// legacyReads reports whether SimpleDateFormat, not lenient about the size of numbers, would read a text: numbers of any
// length, blanks before them, and anything behind.
func (p *Pattern) legacyReads(text string) bool {
	if p.legacy == nil {
		return false
	}
	l := &legacy{text: text, at: map[byte]int64{}}
	for i := range p.legacy {
		if !l.one(p.legacy, i) {
			return false
		}
	}
	return l.pos > 0 && l.valid()
}

// legacy reads one text.
type legacy struct {
	text string
	pos  int
	at   map[byte]int64 // values by letter
}

// one reads item i.
func (l *legacy) one(items []legacyItem, i int) bool {
	it := items[i]
	if it.letter == 0 {
		ok := strings.HasPrefix(l.text[l.pos:], it.text)
		l.pos += len(it.text)
		return ok
	}
	for l.pos < len(l.text) && (l.text[l.pos] == ' ' || l.text[l.pos] == '\t') {
		l.pos++
	}
	switch {
	case it.letter == 'M' && it.count > 2 || it.letter == 'L' && it.count > 2:
		return l.name('M', append(monthNames(4), monthNames(3)[1:]...), 12)
	case it.letter == 'E':
		return l.name('E', append(weekdayNames(4), weekdayNames(3)...), 7)
	case it.letter == 'a':
		return l.name('a', []string{"AM", "PM"}, 2)
	case it.letter == 'G':
		return l.name('G', []string{"BC", "AD", "Before Christ", "Anno Domini"}, 2)
	case it.letter == 'X':
		return l.zoneX(it.count)
	case it.letter == 'z' || it.letter == 'Z':
		return l.zone()
	default:
		return l.number(it)
	}
}

// name reads the longest of some names, case aside; the names repeat after so many.
func (l *legacy) name(letter byte, names []string, cycle int) bool {
	found, end := -1, -1
	for i, name := range names {
		if name == "" {
			continue
		}
		if e := equalFold(l.text, l.pos, name); e > end {
			found, end = i, e
		}
	}
	if found < 0 {
		return false
	}
	if letter == 'M' && found > cycle {
		found -= cycle
	}
	l.at[letter], l.pos = int64(found), end
	return true
}

// number reads a number.
func (l *legacy) number(it legacyItem) bool {
	most := maxDigits - 1
	if it.abutting {
		most = it.count
	}
	negative := l.pos < len(l.text) && l.text[l.pos] == '-'
	if negative {
		l.pos++
	}
	n := digitsAt(l.text, l.pos, most)
	value := int64(0)
	for _, c := range []byte(l.text[l.pos : l.pos+n]) {
		value = value*10 + int64(c-'0')
	}
	l.pos += n
	if it.letter == 'y' && it.count <= 2 && n == 2 && !negative {
		value += 2000
	}
	if negative {
		value = -value
	}
	letter := it.letter
	if letter == 'L' {
		letter = 'M'
	}
	l.at[letter] = value
	return n > 0
}

// zoneX reads Z or an offset of ISO 8601, of so many letters X.
func (l *legacy) zoneX(count int) bool {
	if strings.HasPrefix(l.text[l.pos:], "Z") {
		l.pos++
		return true
	}
	return l.offset(offsetForm{colon: count == 3, minutes: min(count-1, 1)}, false)
}

// zone reads an offset of hours and minutes, GMT with one behind it, or what may be a name.
func (l *legacy) zone() bool {
	rest := l.text[l.pos:]
	if strings.HasPrefix(rest, "+") || strings.HasPrefix(rest, "-") {
		return l.offset(offsetForm{minutes: 1}, false)
	}
	if end := equalFold(l.text, l.pos, "GMT"); end >= 0 {
		l.pos = end
		return end == len(l.text) || l.text[end] != '+' && l.text[end] != '-' || l.offset(offsetForm{colon: true, minutes: 1}, true)
	}
	n := strings.IndexFunc(rest, func(c rune) bool { return !unicode.IsLetter(c) })
	if n < 0 {
		n = len(rest)
	}
	l.pos += n
	return n > 1
}

// offset reads a sign, hours of two digits, or of one where that is allowed, and minutes where the form has them. A
// calendar takes offsets from -13 to 14 hours.
func (l *legacy) offset(form offsetForm, short bool) bool {
	r := &reader{text: l.text}
	if l.pos >= len(l.text) || l.text[l.pos] != '+' && l.text[l.pos] != '-' {
		return false
	}
	west := l.text[l.pos] == '-'
	hours, end, ok := r.two(l.pos+1, false)
	if !ok && short && digitsAt(l.text, l.pos+1, 1) == 1 {
		hours, end, ok = int64(l.text[l.pos+1]-'0'), l.pos+2, true
	}
	minutes := int64(0)
	if ok && form.minutes > 0 {
		minutes, end, ok = r.two(end, form.colon)
	}
	total := hours*60 + minutes
	l.pos = end
	return ok && total <= 14*60 && (!west || total <= 13*60)
}

// mostYear is the last whole year whose microseconds have 64 bits; Spark counts the old reader's times in them.
const mostYear = 294246

// valid reports whether a calendar that is not lenient takes the values.
func (l *legacy) valid() bool {
	limits := map[byte][2]int64{'y': {1, mostYear}, 'M': {1, 12}, 'd': {1, 31}, 'H': {0, 23}, 'k': {1, 24}, 'h': {1, 12}, 'D': {1, 366}, 'K': {0, 11},
		'm': {0, 59}, 's': {0, 59}, 'S': {0, 999}}
	for letter, n := range l.at {
		if limit, ok := limits[letter]; ok && (n < limit[0] || n > limit[1]) {
			return false
		}
	}
	y, mo, d := l.or('y', 1970), l.or('M', 1), l.or('d', 1)
	if time.Date(int(y), time.Month(mo), int(d), 0, 0, 0, 0, time.UTC).Day() != int(d) {
		return false
	}
	half, hasHalf := l.at['a']
	h, hasHour := l.at['H']
	of, hasOf := l.at['h']
	return (!hasHalf || !hasHour || h/12 == half) && (!hasOf || !hasHour || h%12 == of%12)
}

// or is the value of a letter, or what it is by default.
func (l *legacy) or(letter byte, otherwise int64) int64 {
	if n, ok := l.at[letter]; ok {
		return n
	}
	return otherwise
}
