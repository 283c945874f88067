package spark

import (
	"fmt"
	"strconv"
	"strings"
)

// Intervals are of two kinds, as in SQL: of years and months, counted in months, and of days to seconds, counted in
// microseconds. A type says which units its values are written with: Precision is the first, Scale the last.

// The units of intervals, by their positions in a type.
var (
	dayTimeUnits   = []string{"day", "hour", "minute", "second"}
	yearMonthUnits = []string{"year", "month"}
)

// The lengths of units in microseconds.
const (
	MicrosPerSecond = 1_000_000
	microsPerMinute = 60 * MicrosPerSecond
	microsPerHour   = 60 * microsPerMinute
	MicrosPerDay    = 24 * microsPerHour
)

// unitMicros are the lengths of dayTimeUnits.
var unitMicros = []int64{MicrosPerDay, microsPerHour, microsPerMinute, MicrosPerSecond}

// dayTime is the type of intervals from one of dayTimeUnits to another.
func dayTime(first, last int) Type { return Type{Kind: DayTime, Precision: first, Scale: last} }

// yearMonth is the type of intervals from one of yearMonthUnits to another.
func yearMonth(first, last int) Type { return Type{Kind: YearMonth, Precision: first, Scale: last} }

// wholeDayTime and wholeYearMonth are the types with all units.
var wholeDayTime, wholeYearMonth = dayTime(0, 3), yearMonth(0, 1)

// overIntervals are the functions of numbers that take intervals, too.
var overIntervals = map[string]bool{"negative": true, "-": true, "positive": true, "abs": true, "sum": true, "avg": true, "mean": true,
	"try_sum": true, "try_avg": true}

// IsInterval reports whether t is an interval.
func (t Type) IsInterval() bool { return t.Kind == DayTime || t.Kind == YearMonth }

// intervalUnitsOf are the units of an interval's kind.
func intervalUnitsOf(k Kind) []string {
	if k == YearMonth {
		return yearMonthUnits
	}
	return dayTimeUnits
}

// intervalName spells the type of an interval: interval day to second.
func (t Type) intervalName() string {
	units := intervalUnitsOf(t.Kind)
	if t.Precision == t.Scale {
		return "interval " + units[t.Scale]
	}
	return "interval " + units[t.Precision] + " to " + units[t.Scale]
}

// intervalType finds the type of intervals from one unit to another; false when there is none.
func intervalType(first, last string) (Type, bool) {
	for _, kind := range []Kind{DayTime, YearMonth} {
		from, to := -1, -1
		for i, unit := range intervalUnitsOf(kind) {
			if unit == first {
				from = i
			}
			if unit == last {
				to = i
			}
		}
		if from >= 0 && to >= from {
			return Type{Kind: kind, Precision: from, Scale: to}, true
		}
	}
	return Type{}, false
}

// widerInterval holds the values of two intervals of one kind; false for others.
func widerInterval(a, b Type) (Type, bool) {
	if !a.IsInterval() || a.Kind != b.Kind {
		return Type{}, false
	}
	return Type{Kind: a.Kind, Precision: min(a.Precision, b.Precision), Scale: max(a.Scale, b.Scale)}, true
}

// IntervalText spells an interval as Spark shows it: INTERVAL '1 02:03:04.5' DAY TO SECOND.
func IntervalText(t Type, n int64) string {
	sign, left := "", uint64(n)
	if n < 0 {
		sign, left = "-", -left
	}
	units := strings.TrimPrefix(strings.ToUpper(t.intervalName()), "INTERVAL ")
	return "INTERVAL '" + sign + intervalDigits(t, left) + "' " + units
}

// intervalDigits spells the units of an interval that is not negative.
func intervalDigits(t Type, left uint64) string {
	if t.Kind == YearMonth {
		switch {
		case t.Scale == 0:
			return strconv.FormatUint(left/12, 10)
		case t.Precision == 1:
			return strconv.FormatUint(left, 10)
		default:
			return fmt.Sprintf("%d-%d", left/12, left%12)
		}
	}
	var b strings.Builder
	for unit := t.Precision; unit <= t.Scale; unit++ {
		size := uint64(unitMicros[unit])
		switch {
		case unit == 0:
			b.WriteString(strconv.FormatUint(left/size, 10))
		case unit == t.Precision:
			fmt.Fprintf(&b, "%02d", left/size)
		default:
			fmt.Fprintf(&b, "%c%02d", []byte{0, ' ', ':', ':'}[unit], left/size)
		}
		left %= size
	}
	if t.Scale == 3 && left > 0 {
		b.WriteString("." + strings.TrimRight(fmt.Sprintf("%06d", left), "0"))
	}
	return b.String()
}

// IntervalParts gives a literal interval as months and microseconds; false for anything else.
func IntervalParts(e *Expr) (months, micros int64, ok bool) {
	n, ok := e.Value.(int64)
	switch {
	case !ok || e.Op != OpLit:
		return 0, 0, false
	case e.Type.Kind == YearMonth:
		return n, 0, true
	default:
		return 0, n, e.Type.Kind == DayTime
	}
}

// intervalArithmetic is arithmetic with dates, timestamps and intervals; done is false for anything else.
func intervalArithmetic(name string, a, b *Expr) (e *Expr, done bool, err error) {
	label := callLabel(name, []*Expr{a, b}, false)
	if b.Type.Kind == Null && a.Type.IsInterval() && (name == "+" || name == "-") {
		b = implicitCast(b, a.Type)
	}
	if a.Type.Kind == Null && b.Type.IsInterval() && (name == "+" || name == "-") {
		a = implicitCast(a, b.Type)
	}
	switch {
	case name == "-" && (isMoment(b.Type) || b.Type.Kind == Null && isMoment(a.Type) && a.Type.Kind != Date):
		return momentDifference(label, a, b)
	case name == "+" && a.Type.IsInterval() && !b.Type.IsInterval():
		a, b = b, a
		fallthrough
	case (name == "+" || name == "-") && b.Type.IsInterval() && !a.Type.IsInterval():
		e, err = moveMoment(name, a, b)
		return e, true, err
	case !a.Type.IsInterval() && !b.Type.IsInterval():
		return nil, false, nil
	case name == "+" || name == "-" || name == "div":
		t, ok := widerInterval(a.Type, b.Type)
		if !ok {
			return nil, true, differ(label, a, b)
		}
		out := &Expr{Op: OpCall, Name: name, Type: t, Nullable: a.Nullable || b.Nullable || name == "div", Label: label,
			Args: []*Expr{implicitCast(a, t), implicitCast(b, t)}}
		if name == "div" {
			out.Type = T(Long)
		}
		return out, true, nil
	case name == "*" && b.Type.IsInterval() && !a.Type.IsInterval():
		e, err = scaleInterval(name, b, a)
		return e, true, err
	case name == "*" || name == "/":
		e, err = scaleInterval(name, a, b)
		return e, true, err
	default:
		return nil, true, differ(label, a, b)
	}
}

// isMoment reports whether t is a date or a timestamp of either kind.
func isMoment(t Type) bool { return t.Kind == Date || t.Kind == Timestamp || t.Kind == TimestampNTZ }

// momentDifference is the interval between two moments: of days between dates, else of days to seconds.
func momentDifference(label string, a, b *Expr) (*Expr, bool, error) {
	out := &Expr{Op: OpCall, Name: "moment_difference", Type: wholeDayTime, Label: label}
	t := T(Timestamp)
	switch {
	case b.Type.Kind == Date && (a.Type.Kind == Date || a.Type.Kind == String || a.Type.Kind == Null):
		out.Type, t = dayTime(0, 0), b.Type
	case !isMoment(a.Type) && a.Type.Kind != Null:
		return nil, true, mismatch(label, 0, `"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)"`, a)
	}
	out.Args = []*Expr{implicitCast(a, t), implicitCast(b, t)}
	out.Nullable = out.Args[0].Nullable || out.Args[1].Nullable
	return out, true, nil
}

// moveMoment is a date or timestamp plus or minus an interval. A date stays one when the interval has no hours.
func moveMoment(name string, a, b *Expr) (*Expr, error) {
	label := a.Label + " " + name + " " + b.Label
	text := a.Type.Kind == String
	switch {
	case text && b.Type.Kind == YearMonth:
		return nil, differ("("+label+")", implicitCast(a, T(Double)), b)
	case text, a.Type.Kind == Date && b.Type.Kind == DayTime && !b.Type.Equal(dayTime(0, 0)):
		a = implicitCast(a, T(Timestamp))
	case a.Type.Kind == Date && b.Type.Kind == DayTime: // Spark rewrites days to date_add
		days := "extractansiintervaldays(" + b.Label + ")"
		if name == "-" {
			days = "(- " + days + ")"
		}
		label = "date_add(" + a.Label + ", " + days + ")"
	case !isMoment(a.Type):
		return nil, mismatch(label, 0, `"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)"`, a)
	}
	call := "add_interval"
	if name == "-" {
		call = "subtract_interval"
	}
	out := &Expr{Op: OpCall, Name: call, Type: a.Type, Nullable: a.Nullable || b.Nullable, Label: label, Args: []*Expr{a, b}}
	if text {
		out = implicitCast(out, T(String))
	}
	return out, nil
}

// scaleInterval is an interval times or by a number, rounded half up.
func scaleInterval(name string, a, b *Expr) (*Expr, error) {
	label := callLabel(name, []*Expr{a, b}, false)
	if b.Type.Kind == String || b.Type.Kind == Null {
		b = implicitCast(b, T(Double))
	}
	if !isNumeric(b.Type) {
		return nil, mismatch(label, 1, `"NUMERIC"`, b)
	}
	if isIntegral(b.Type) {
		b = implicitCast(b, T(Long))
	}
	out := &Expr{Op: OpCall, Name: "multiply_interval", Type: wholeDayTime, Nullable: a.Nullable || b.Nullable, Label: label, Args: []*Expr{a, b}}
	if a.Type.Kind == YearMonth {
		out.Type = wholeYearMonth
	}
	if name == "/" {
		out.Name = "divide_interval"
	}
	return out, nil
}
