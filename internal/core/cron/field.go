package cron

import (
	"fmt"
	"strconv"
	"strings"
)

// field is what one of the six may hold.
type field struct {
	name     string
	min, max int
	names    string // three letters for each value from min, if values have names
	round    bool   // a range may go over the end
}

// fields are the six, in their order.
var fields = [6]field{
	{name: "Minutes", min: 0, max: 59, round: true},
	{name: "Hours", min: 0, max: 23, round: true},
	{name: "Day-of-month", min: 1, max: 31},
	{name: "Month", min: 1, max: 12, names: "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC", round: true},
	{name: "Day-of-week", min: 1, max: 7, names: "SUNMONTUEWEDTHUFRISAT", round: true},
	{name: "Year", min: MinYear, max: MaxYear},
}

// fieldNames lists the fields for an error.
func fieldNames() string {
	var names []string
	for _, f := range fields {
		names = append(names, f.name)
	}
	return strings.Join(names, ", ")
}

// problem is what is wrong with a part of an expression, without the expression.
func problem(format string, args ...any) error { return fmt.Errorf(format, args...) }

// read hands every value of a list of values, ranges and steps to add; years as years since MinYear.
func (f field) read(list string, add func(int)) error {
	for element := range strings.SplitSeq(list, ",") {
		if err := f.element(element, add); err != nil {
			return err
		}
	}
	return nil
}

// element reads one of a list: *, 5, 5-10, and each of them with a step.
func (f field) element(text string, add func(int)) error {
	base, stepText, stepped := strings.Cut(text, "/")
	from, to, err := f.span(base, stepped)
	if err != nil {
		return err
	}
	step := 1
	if stepped {
		if step, err = number(stepText); err != nil || step < 1 || step > f.max {
			return problem("the step %q is not a number from 1 to %d", stepText, f.max)
		}
	}
	size := f.max - f.min + 1
	if to < from {
		if !f.round {
			return problem("the range %s runs backwards", base)
		}
		to += size
	}
	offset := 0
	if f.min == MinYear {
		offset = MinYear
	}
	for v := from; v <= to; v += step {
		add(f.min + (v-f.min)%size - offset)
	}
	return nil
}

// span reads what stands before the slash: the first and the last value. A single value with a step goes on to the end.
func (f field) span(base string, stepped bool) (from, to int, err error) {
	if base == "*" {
		return f.min, f.max, nil
	}
	first, last, isRange := strings.Cut(base, "-")
	if from, err = f.value(first); err != nil {
		return 0, 0, err
	}
	switch {
	case isRange:
		to, err = f.value(last)
	case stepped:
		to = f.max
	default:
		to = from
	}
	return from, to, err
}

// value reads a number or a name.
func (f field) value(text string) (int, error) {
	if len(text) == 3 && f.names != "" {
		for i := 0; i < len(f.names); i += 3 {
			if strings.EqualFold(f.names[i:i+3], text) {
				return f.min + i/3, nil
			}
		}
	}
	v, err := number(text)
	switch {
	case text == "?":
		return 0, problem("? stands alone, and in Day-of-month or Day-of-week only")
	case text == "":
		return 0, problem("a value is missing")
	case err != nil:
		return 0, problem("%q is not %s", text, f.wanted())
	case v < f.min || v > f.max:
		return 0, problem("%d is not from %d to %d", v, f.min, f.max)
	}
	return v, nil
}

// wanted says what a value is.
func (f field) wanted() string {
	if f.names == "" {
		return fmt.Sprintf("a number from %d to %d", f.min, f.max)
	}
	return fmt.Sprintf("a number from %d to %d or a name from %s to %s", f.min, f.max, f.names[:3], f.names[len(f.names)-3:])
}

// number reads up to four digits, and nothing but digits.
func number(text string) (int, error) {
	if len(text) > 4 || strings.Trim(text, "0123456789") != "" {
		return 0, problem("not a number")
	}
	return strconv.Atoi(text)
}

// otherForm says what is wrong with an expression that is not cron(...).
func otherForm(expr string) string {
	inner, ok := strings.CutPrefix(expr, "rate(")
	inner, closed := strings.CutSuffix(inner, ")")
	if !ok || !closed {
		return "it is not of the form cron(Minutes Hours Day-of-month Month Day-of-week Year)"
	}
	instead := ""
	if parts := strings.Fields(inner); len(parts) == 2 {
		n, err := number(parts[0])
		instead = cronOf(n, strings.TrimSuffix(parts[1], "s"))
		if err != nil || instead == "" {
			return "Glue takes cron(...) only, which has no equivalent of this rate"
		}
	}
	if instead == "" {
		return "Glue takes cron(...) only"
	}
	return "Glue takes cron(...) only: write " + instead
}

// cronOf spells a rate as a schedule, or returns "" where none keeps the distance all year.
func cronOf(n int, unit string) string {
	switch {
	case n < 1:
	case unit == "minute" && n >= 5 && n < 60 && 60%n == 0:
		return fmt.Sprintf("cron(0/%d * * * ? *)", n)
	case unit == "hour" && n == 1, unit == "minute" && n == 60:
		return "cron(0 * * * ? *)"
	case unit == "hour" && n < 24 && 24%n == 0:
		return fmt.Sprintf("cron(0 0/%d * * ? *)", n)
	case unit == "hour" && n == 24, unit == "day" && n == 1:
		return "cron(0 0 * * ? *)"
	}
	return ""
}
