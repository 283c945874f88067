package javadate

import "strings"

// offsetForm tells which parts an offset has.
type offsetForm struct {
	colon           bool
	minutes, second int // 0 none, 1 optional, 2 mandatory
}

// form is the form of an item of offsets.
func (it *item) form() offsetForm {
	switch {
	case it.letter == 'Z' && it.count == 5:
		return offsetForm{colon: true, minutes: 2, second: 1}
	case it.letter == 'Z' || it.count == 2:
		return offsetForm{minutes: 2}
	case it.count == 1:
		return offsetForm{minutes: 1}
	case it.count == 3:
		return offsetForm{colon: true, minutes: 2}
	case it.count == 4:
		return offsetForm{minutes: 2, second: 1}
	default:
		return offsetForm{colon: true, minutes: 2, second: 1}
	}
}

// offset reads an offset from UTC.
func (r *reader) offset(it *item, at int) int {
	if end := equalFold(r.text, at, it.noOffset()); end >= 0 {
		return r.put(offsetSeconds, 0, end)
	}
	return r.signed(at, it.form())
}

// signed reads a sign, hours of two digits, and the minutes and seconds that the form asks for.
func (r *reader) signed(at int, form offsetForm) int {
	if at >= len(r.text) || r.text[at] != '+' && r.text[at] != '-' {
		return -1
	}
	sign := int64(1)
	if r.text[at] == '-' {
		sign = -1
	}
	hours, at, ok := r.two(at+1, false)
	if !ok || hours > 23 {
		return -1
	}
	total := hours * 3600
	size := int64(60)
	for _, need := range []int{form.minutes, form.second} {
		if need == 0 {
			break
		}
		n, end, ok := r.two(at, form.colon)
		if !ok {
			if need == 2 {
				return -1
			}
			break
		}
		total, at, size = total+n*size, end, size/60
	}
	return r.put(offsetSeconds, sign*total, at)
}

// two reads two digits below 60, behind a colon where there must be one.
func (r *reader) two(at int, colon bool) (n int64, end int, ok bool) {
	if colon {
		if at >= len(r.text) || r.text[at] != ':' {
			return 0, at, false
		}
		at++
	}
	if digitsAt(r.text, at, 2) < 2 {
		return 0, at, false
	}
	n = int64(r.text[at]-'0')*10 + int64(r.text[at+1]-'0')
	return n, at + 2, n < 60
}

// offsetGMT reads GMT and an offset behind it: hours of one or two digits for a single letter, else of two with minutes.
func (r *reader) offsetGMT(it *item, at int) int {
	at = equalFold(r.text, at, "GMT")
	switch {
	case at < 0:
		return -1
	case at == len(r.text) || r.text[at] != '+' && r.text[at] != '-':
		return r.put(offsetSeconds, 0, at)
	case it.count == 4:
		return r.signed(at, offsetForm{colon: true, minutes: 2, second: 1})
	}
	sign := int64(1)
	if r.text[at] == '-' {
		sign = -1
	}
	n := digitsAt(r.text, at+1, 2)
	if n == 0 {
		return -1
	}
	total := int64(r.text[at+1] - '0')
	if n == 2 {
		total = total*10 + int64(r.text[at+2]-'0')
	}
	total, at = total*3600, at+1+n
	for size := int64(60); size > 0; size /= 60 {
		n, end, ok := r.two(at, true)
		if !ok {
			break
		}
		total, at = total+n*size, end
	}
	return r.put(offsetSeconds, sign*total, at)
}

// zoneWords are the short names of zones that Java reads by the letter z, and the regions they stand for. A name that
// several regions share, such as BST, is not among them.
var zoneWords = map[string]string{
	"PST": "America/Los_Angeles", "PDT": "America/Los_Angeles", "MST": "America/Denver", "MDT": "America/Denver",
	"CST": "America/Chicago", "CDT": "America/Chicago", "EST": "America/New_York", "EDT": "America/New_York",
	"CET": "Europe/Paris", "CEST": "Europe/Paris", "JST": "Asia/Tokyo", "KST": "Asia/Seoul",
	"MSK": "Europe/Moscow",
}

// zoneOf reads a time zone: an offset, UTC, GMT, the name of a region, or, by the letter z, a short name.
func (r *reader) zoneOf(it *item, at int) int {
	word := cutWord(r.text, at)
	end := at + len(word)
	switch strings.ToUpper(word) {
	case "":
		return -1
	case "Z", "UTC", "GMT", "UT":
		return r.put(offsetSeconds, 0, end)
	}
	signed := strings.IndexAny(word, "+-")
	if signed == 0 || signed > 0 && (strings.EqualFold(word[:signed], "UTC") || strings.EqualFold(word[:signed], "GMT")) {
		if e := r.signed(at+signed, offsetForm{colon: true, minutes: 2, second: 1}); e >= 0 {
			return e
		}
		r.err = &ZoneError{Name: word}
		return -1
	}
	region, short := zoneWords[strings.ToUpper(word)]
	if !short || it.kind != zoneName || it.count == 4 {
		region = word
	}
	if strings.Contains(region, "/") {
		if zone, err := r.zones(region); err == nil {
			r.zone = zone
			return end
		}
	}
	r.err = &ZoneError{Name: word}
	return -1
}
