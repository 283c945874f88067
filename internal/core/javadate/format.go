package javadate

import (
	"strconv"
	"time"
)

// Format writes t, which is in UTC.
func (p *Pattern) Format(t time.Time) string { return string(p.Append(nil, t)) }

// Append writes t, which is in UTC, behind b.
func (p *Pattern) Append(b []byte, t time.Time) []byte { return appendItems(b, p.items, t) }

// appendItems writes t by items. Every section has all it needs.
func appendItems(b []byte, items []item, t time.Time) []byte {
	for i := range items {
		it := &items[i]
		switch it.kind {
		case literal:
			b = append(b, it.text...)
		case optional:
			b = appendItems(b, it.inner, t)
		case number:
			b = it.appendNumber(b, valueOf(it.field, t))
		case fraction:
			digits := strconv.Itoa(1_000_000_000 + t.Nanosecond())
			b = append(b, digits[1:1+it.count]...)
		case name:
			b = append(b, it.names[valueOf(it.field, t)]...)
		default:
			b = append(b, it.utc()...)
		}
	}
	return b
}

// valueOf is the value of a field at t.
func valueOf(f field, t time.Time) int64 {
	n := 0
	switch f {
	case year:
		n = t.Year()
	case yearOfEra:
		if n = t.Year(); n < 1 {
			n = 1 - n
		}
	case era:
		if t.Year() > 0 {
			n = 1
		}
	case month:
		n = int(t.Month())
	case day:
		n = t.Day()
	case dayOfYear:
		n = t.YearDay()
	case weekday:
		n = int(t.Weekday())
	case weekOfMonth:
		n = (t.Day()-1)%7 + 1
	case quarter:
		n = (int(t.Month()) + 2) / 3
	case modifiedJulianDay:
		const ofEpoch, daySeconds = 40587, 86400
		return (t.Unix()-int64((t.Hour()*60+t.Minute())*60+t.Second()))/daySeconds + ofEpoch
	case amPm:
		n = t.Hour() / 12
	case clockHour:
		n = (t.Hour()+23)%24 + 1
	case clockOfHalf:
		n = (t.Hour()+11)%12 + 1
	case hourOfHalf:
		n = t.Hour() % 12
	case hour:
		n = t.Hour()
	case minute:
		n = t.Minute()
	case second:
		n = t.Second()
	}
	return int64(n)
}

// appendNumber writes a number with its sign and zeros.
func (it *item) appendNumber(b []byte, n int64) []byte {
	if it.count == 2 && (it.field == year || it.field == yearOfEra) {
		n %= 100
		if n < 0 {
			n = -n
		}
	}
	negative := n < 0
	if negative {
		b, n = append(b, '-'), -n
	}
	digits := strconv.FormatInt(n, 10)
	if it.padded && !negative && len(digits) > it.min {
		b = append(b, '+')
	}
	for range it.min - len(digits) {
		b = append(b, '0')
	}
	return append(b, digits...)
}

// utc is how an offset or zone writes UTC.
func (it *item) utc() string {
	switch {
	case it.kind == zoneName && it.count == 4:
		return "Coordinated Universal Time"
	case it.kind == zoneName || it.kind == zoneID:
		return "UTC"
	case it.kind == offsetGMT:
		return "GMT"
	default:
		return it.noOffset()
	}
}

// noOffset is the text for an offset of nothing.
func (it *item) noOffset() string {
	switch {
	case it.letter == 'X' || it.letter == 'Z' && it.count == 5:
		return "Z"
	case it.letter == 'Z':
		return "+0000"
	case it.count == 1:
		return "+00"
	case it.count%2 == 0:
		return "+0000"
	default:
		return "+00:00"
	}
}
