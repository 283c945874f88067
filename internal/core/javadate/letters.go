package javadate

import (
	"fmt"
	"time"
)

// maxDigits is the greatest width of a number, that of Java's long.
const maxDigits = 19

// numberFields are the fields of letters that are numbers of one or two digits.
var numberFields = map[byte]field{'d': day, 'H': hour, 'k': clockHour, 'h': clockOfHalf, 'K': hourOfHalf, 'm': minute, 's': second}

// letters gives the item of count times a letter, or an objection.
func (c *compiler) letters(letter byte, count int) (item, string) {
	it := item{letter: letter, count: count, kind: number, min: count, max: count}
	if f, ok := numberFields[letter]; ok {
		it.field = f
		return it.plain(2)
	}
	switch letter {
	case 'y':
		return c.year(it), ""
	case 'M', 'L':
		it.field = month
		return it.named(monthNames(count))
	case 'E':
		it.field = weekday
		it.kind, it.names = name, weekdayNames(count)
		return it, ""
	case 'Q', 'q':
		it.field = quarter
		return it.named([][]string{{"", "Q1", "Q2", "Q3", "Q4"}, {"", "1st quarter", "2nd quarter", "3rd quarter", "4th quarter"}}[min(max(count-3, 0), 1)])
	case 'G':
		it.kind, it.field, it.names = name, era, []string{"BC", "AD"}
		if count == 4 {
			it.names = []string{"Before Christ", "Anno Domini"}
		}
		return it, ""
	case 'a':
		it.kind, it.field, it.names = name, amPm, []string{"AM", "PM"}
		return it, tooMany(letter, count, 1)
	case 'D':
		it.field = dayOfYear
		if count == 1 {
			return it.plain(1)
		}
		it.max = 3
		return it, tooMany(letter, count, 3)
	case 'F':
		it.field = weekOfMonth
		return it, tooMany(letter, count, 1)
	case 'g':
		it.field, it.max, it.signed = modifiedJulianDay, maxDigits, true
		return it, ""
	case 'S':
		it.kind, it.field = fraction, nano
		if c.parsing {
			it.min = 1
		}
		if count > 9 {
			return it, fmt.Sprintf("The maximum width must be from 1 to 9 inclusive but was %d", count)
		}
		return it, ""
	default:
		return it.zone()
	}
}

// tooMany is the objection to more letters than most.
func tooMany(letter byte, count, most int) string {
	if count > most {
		return fmt.Sprintf("Too many pattern letters: %c", letter)
	}
	return ""
}

// plain makes an item a number of count digits; a single letter is one of any length.
func (it item) plain(most int) (item, string) {
	if it.count == 1 {
		it.min, it.max, it.signed = 1, maxDigits, true
	}
	return it, tooMany(it.letter, it.count, most)
}

// named makes an item a number where it has one or two letters, else one of names.
func (it item) named(names []string) (item, string) {
	if it.count <= 2 {
		return it.plain(2)
	}
	it.kind, it.names = name, names
	return it, tooMany(it.letter, it.count, 4)
}

// year makes an item a year.
func (c *compiler) year(it item) item {
	it.field = year
	if c.ofEra {
		it.field = yearOfEra
	}
	if it.count != 2 {
		it.max, it.signed, it.padded = maxDigits, true, it.count > 3
	}
	return it
}

// zone makes an item an offset from UTC, or a zone.
func (it item) zone() (item, string) {
	it.field = offsetSeconds
	switch it.letter {
	case 'X', 'x':
		it.kind = offset
		return it, tooMany(it.letter, it.count, 5)
	case 'Z':
		it.kind = offset
		if it.count == 4 {
			it.kind = offsetGMT
		}
		return it, tooMany(it.letter, it.count, 5)
	case 'O':
		it.kind = offsetGMT
		if it.count != 1 && it.count != 4 {
			return it, "Pattern letter count must be 1 or 4: O"
		}
		return it, ""
	case 'V':
		it.kind = zoneID
		if it.count != 2 {
			return it, "Pattern letter count must be 2: V"
		}
		return it, ""
	case 'z':
		it.kind = zoneName
		return it, tooMany(it.letter, it.count, 4)
	case 'v':
		it.kind = zoneName
		if it.count != 1 && it.count != 4 {
			return it, "Wrong number of pattern letters: v"
		}
		return it, ""
	default:
		return it, fmt.Sprintf("Unknown pattern letter: %c", it.letter)
	}
}

// monthNames are the names of months 1 to 12, short for three letters.
func monthNames(count int) []string {
	names := make([]string, 13)
	for m := range names[1:] {
		names[m+1] = time.Month(m + 1).String()
		if count == 3 {
			names[m+1] = names[m+1][:3]
		}
	}
	return names
}

// weekdayNames are the names of days 0 (Sunday) to 6, short for up to three letters.
func weekdayNames(count int) []string {
	names := make([]string, 7)
	for d := range names {
		names[d] = time.Weekday(d).String()
		if count <= 3 {
			names[d] = names[d][:3]
		}
	}
	return names
}
