package format

import (
	"tenon/internal/core/spark"
)

// A cellCheck knows texts that Spark's reader and DuckDB's cast take for the same value of one type. It says no to
// everything that it is not sure of.
type cellCheck func(cell []byte) bool

// checks are the columns' checks, nil for text; false where there is a column that DuckDB cannot be trusted with.
func (c *csvSource) checks() ([]cellCheck, bool) {
	checks := make([]cellCheck, len(c.schema))
	for i, f := range c.schema {
		if checks[i] = c.check(f.Type); checks[i] == nil && f.Type.Kind != spark.String {
			return nil, false
		}
	}
	return checks, c.bad < 0
}

// check is the check of a type; nil where there is none.
func (d *dialect) check(t spark.Type) cellCheck {
	usual := d.nan == "NaN" && d.posInf == "Inf" && d.negInf == "-Inf"
	switch {
	case t.Kind == spark.Byte:
		return isWhole(2)
	case t.Kind == spark.Short:
		return isWhole(4)
	case t.Kind == spark.Int:
		return isWhole(9)
	case t.Kind == spark.Long:
		return isWhole(18)
	case t.Kind == spark.Double && usual:
		return func(cell []byte) bool { return isFixed(cell, 300, 300) }
	case t.Kind == spark.Decimal:
		return func(cell []byte) bool { return isFixed(cell, t.Precision-t.Scale, t.Scale) }
	case t.Kind == spark.Boolean:
		return func(cell []byte) bool { return string(cell) == "true" || string(cell) == "false" }
	case t.Kind == spark.Date && d.date == nil:
		return isDate
	case t.Kind == spark.Timestamp && d.stamp == nil:
		return isStamp
	}
	return nil
}

// isWhole knows whole numbers of at most so many digits.
func isWhole(digits int) cellCheck {
	return func(cell []byte) bool {
		if cell[0] == '-' {
			cell = cell[1:]
		}
		if len(cell) == 0 || len(cell) > digits {
			return false
		}
		for _, c := range cell {
			if c-'0' > 9 {
				return false
			}
		}
		return true
	}
}

// isFixed knows numbers with at most so many digits before the point, and after it. A point has digits on both sides.
func isFixed(cell []byte, before, after int) bool {
	if cell[0] == '-' {
		cell = cell[1:]
	}
	point := len(cell)
	for i, c := range cell {
		if c == '.' && point == len(cell) && i > 0 {
			point = i
		} else if c-'0' > 9 {
			return false
		}
	}
	fraction := len(cell) - point - 1
	return point > 0 && point <= before && fraction != 0 && fraction <= after
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

// isDate knows yyyy-MM-dd from year 1600 on, where all calendars agree.
func isDate(cell []byte) bool {
	if len(cell) != 10 || cell[4] != '-' || cell[7] != '-' {
		return false
	}
	century, year, month, day := number(cell[0], cell[1]), number(cell[2], cell[3]), number(cell[5], cell[6]), number(cell[8], cell[9])
	if century < 16 || century > 99 || year > 99 || month < 1 || month > 12 || day < 1 {
		return false
	}
	leap := year%4 == 0 && (year != 0 || century%4 == 0)
	return day <= daysInMonth[month] || leap && month == 2 && day == 29
}

// isStamp knows yyyy-MM-dd HH:mm:ss, also with a T between, and with one to six digits of a second.
func isStamp(cell []byte) bool {
	if len(cell) < 19 || !isDate(cell[:10]) || cell[10] != ' ' && cell[10] != 'T' || cell[13] != ':' || cell[16] != ':' {
		return false
	}
	if number(cell[11], cell[12]) > 23 || number(cell[14], cell[15]) > 59 || number(cell[17], cell[18]) > 59 {
		return false
	}
	if len(cell) == 19 {
		return true
	}
	if cell[19] != '.' || len(cell) == 20 || len(cell) > 26 {
		return false
	}
	for _, c := range cell[20:] {
		if c-'0' > 9 {
			return false
		}
	}
	return true
}
