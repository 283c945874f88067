package format

import (
	"strings"

	"tenon/internal/core/spark"
)

// A cellCheck knows texts that Spark's reader and DuckDB's cast take for the same value of one type. It says no to
// everything that it is not sure of.
type cellCheck func(cell []byte) bool

// A cellScan measures a text that begins with what a cellCheck knows: how many bytes of it are that, -1 if it does not
// begin so. The text is not empty.
type cellScan func(text []byte) int

// scans are those of the columns, nil for text; false where there is a column that DuckDB cannot be trusted with. A
// separator that might be in a number or time is such a case.
func (c *csvSource) scans() ([]cellScan, bool) {
	scans := make([]cellScan, len(c.schema))
	for i, f := range c.schema {
		scans[i] = c.scanOf(f.Type)
		if f.Type.Kind != spark.String && (scans[i] == nil || len(c.sep) != 1 || strings.IndexByte("0123456789+-.: Ttruefals", c.sep[0]) >= 0) {
			return nil, false
		}
	}
	return scans, c.bad < 0
}

// check is the check of a type; nil where there is none.
func (d *dialect) check(t spark.Type) cellCheck {
	scan := d.scanOf(t)
	if scan == nil {
		return nil
	}
	return func(cell []byte) bool { return scan(cell) == len(cell) }
}

// scanOf is the scan of a type; nil where there is none.
func (d *dialect) scanOf(t spark.Type) cellScan {
	usual := d.nan == "NaN" && d.posInf == "Inf" && d.negInf == "-Inf"
	switch {
	case t.Kind == spark.Byte:
		return func(text []byte) int { return scanWhole(text, 2) }
	case t.Kind == spark.Short:
		return func(text []byte) int { return scanWhole(text, 4) }
	case t.Kind == spark.Int:
		return func(text []byte) int { return scanWhole(text, 9) }
	case t.Kind == spark.Long:
		return func(text []byte) int { return scanWhole(text, 18) }
	case t.Kind == spark.Double && usual:
		return func(text []byte) int { return scanFixed(text, 300, 300) }
	case t.Kind == spark.Decimal:
		return func(text []byte) int { return scanFixed(text, t.Precision-t.Scale, t.Scale) }
	case t.Kind == spark.Boolean:
		return scanBoolean
	case t.Kind == spark.Date && d.date == nil:
		return scanDate
	case t.Kind == spark.Timestamp && d.stamp == nil:
		return scanStamp
	}
	return nil
}

// scanDigits counts the digits that a text begins with.
func scanDigits(text []byte) int {
	for i, c := range text {
		if c-'0' > 9 {
			return i
		}
	}
	return len(text)
}

// scanWhole knows whole numbers of at most so many digits.
func scanWhole(text []byte, most int) int {
	sign := 0
	if text[0] == '-' {
		sign = 1
	}
	n := scanDigits(text[sign:])
	if n == 0 || n > most {
		return -1
	}
	return sign + n
}

// scanFixed knows numbers with at most so many digits before the point, and after it. A point has digits on both sides.
func scanFixed(text []byte, before, after int) int {
	sign := 0
	if text[0] == '-' {
		sign = 1
	}
	n := scanDigits(text[sign:])
	if n == 0 || n > before {
		return -1
	}
	n += sign
	if n == len(text) || text[n] != '.' {
		return n
	}
	fraction := scanDigits(text[n+1:])
	if fraction == 0 || fraction > after {
		return -1
	}
	return n + 1 + fraction
}

// scanBoolean knows true and false.
func scanBoolean(text []byte) int {
	for _, word := range []string{"true", "false"} {
		if len(text) >= len(word) && string(text[:len(word)]) == word {
			return len(word)
		}
	}
	return -1
}

// number reads two digits; more than 99 if they are none.
func number(a, b byte) byte {
	if a-'0' > 9 || b-'0' > 9 {
		return 100
	}
	return 10*(a-'0') + b - '0'
}

// daysInMonth are those of a year that is no leap year.
var daysInMonth = [13]byte{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// scanDate knows yyyy-MM-dd from year 1600 on, where all calendars agree.
func scanDate(text []byte) int {
	if len(text) < 10 || text[4] != '-' || text[7] != '-' {
		return -1
	}
	century, year, month, day := number(text[0], text[1]), number(text[2], text[3]), number(text[5], text[6]), number(text[8], text[9])
	if century < 16 || century > 99 || year > 99 || month < 1 || month > 12 || day < 1 {
		return -1
	}
	leap := year%4 == 0 && (year != 0 || century%4 == 0)
	if day > daysInMonth[month] && !(leap && month == 2 && day == 29) {
		return -1
	}
	return 10
}

// scanStamp knows yyyy-MM-dd HH:mm:ss, also with a T between, and with one to six digits of a second.
func scanStamp(text []byte) int {
	if len(text) < 19 || scanDate(text) < 0 || text[10] != ' ' && text[10] != 'T' || text[13] != ':' || text[16] != ':' {
		return -1
	}
	if number(text[11], text[12]) > 23 || number(text[14], text[15]) > 59 || number(text[17], text[18]) > 59 {
		return -1
	}
	if len(text) == 19 || text[19] != '.' {
		return 19
	}
	n := scanDigits(text[20:])
	if n == 0 || n > 6 {
		return -1
	}
	return 20 + n
}
