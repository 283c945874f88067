package spark

import (
	"math/big"
	"strings"

	"tenon/internal/plan"
)

// intervalUnits are the units of INTERVAL: the unit of the type that they count for, and how many of its base, months
// or microseconds, one is.
var intervalUnits = map[string]struct {
	unit string
	base int64
}{
	"YEAR": {"year", 12}, "MONTH": {"month", 1}, "WEEK": {"day", 7 * MicrosPerDay}, "DAY": {"day", MicrosPerDay},
	"HOUR": {"hour", microsPerHour}, "MINUTE": {"minute", microsPerMinute}, "SECOND": {"second", MicrosPerSecond},
	"MILLISECOND": {"second", 1000}, "MICROSECOND": {"second", 1},
}

// isUnit reports whether a word is a unit of INTERVAL.
func isUnit(word string) bool {
	_, ok := intervalUnits[singular(word)]
	return ok
}

// singular is a unit in capitals and without its s.
func singular(word string) string { return strings.TrimSuffix(strings.ToUpper(word), "S") }

// countedUnit is one number with its unit.
type countedUnit struct{ count, unit string }

// interval parses INTERVAL [-]n unit ..., INTERVAL '[-]n' unit, INTERVAL 'n unit ...' and INTERVAL '...' unit TO unit
// into a literal.
func (p *parser) interval() (plan.Expr, error) {
	start := p.pos
	p.pos++
	negative := p.symbol("-")
	text := p.peek()
	if first := p.peekAt(1); text.kind == tokString && isUnit(first.text) && isWord(p.peekAt(2), "TO") {
		last := p.peekAt(3)
		p.pos += 4
		t, ok := intervalType(strings.ToLower(singular(first.text)), strings.ToLower(singular(last.text)))
		n, good := intervalRange(t, strings.TrimSpace(text.text))
		if !ok || !good {
			return plan.Expr{}, p.badInterval(start)
		}
		return intervalLiteral(t, n, negative), nil
	}
	var list []countedUnit
	if text.kind == tokString && !isUnit(p.peekAt(1).text) {
		p.pos++
		words := strings.Fields(text.text)
		for i := 0; i+1 < len(words); i += 2 {
			list = append(list, countedUnit{words[i], words[i+1]})
		}
		if len(words)%2 != 0 {
			list = nil
		}
	} else {
		for {
			sign := ""
			if len(list) > 0 && p.isSymbol("-") && isUnit(p.peekAt(2).text) {
				sign = "-"
				p.pos++
			}
			count, unit := p.peek(), p.peekAt(1)
			if count.kind != tokNumber && count.kind != tokString || !isUnit(unit.text) {
				break
			}
			p.pos += 2
			list = append(list, countedUnit{sign + strings.TrimSpace(count.text), unit.text})
		}
	}
	t, n, ok := intervalSum(list)
	if !ok {
		return plan.Expr{}, p.badInterval(start)
	}
	return intervalLiteral(t, n, negative), nil
}

// badInterval is the error for an INTERVAL literal that is none, or that Tenon does not read.
func (p *parser) badInterval(start int) error {
	p.pos = start
	return p.refuse("this INTERVAL literal")
}

// intervalLiteral is the literal of an interval.
func intervalLiteral(t Type, n int64, negative bool) plan.Expr {
	if negative {
		n = -n
	}
	return plan.Expr{Kind: plan.ExprLit, Type: t.String(), Value: quoteJSON(n)}
}

// intervalSum adds up numbers with units; years and months do not go with days and hours.
func intervalSum(list []countedUnit) (Type, int64, bool) {
	var t Type
	total := new(big.Rat)
	for i, part := range list {
		unit, known := intervalUnits[singular(part.unit)]
		count, ok := new(big.Rat).SetString(part.count)
		if !known || !ok || strings.ContainsAny(part.count, "eE/xX_") || !count.IsInt() && singular(part.unit) != "SECOND" {
			return t, 0, false
		}
		this, _ := intervalType(unit.unit, unit.unit)
		if i == 0 {
			t = this
		} else if t, ok = widerInterval(t, this); !ok {
			return t, 0, false
		}
		total.Add(total, count.Mul(count, new(big.Rat).SetInt64(unit.base)))
	}
	n := new(big.Int).Quo(total.Num(), total.Denom())
	return t, n.Int64(), len(list) > 0 && n.IsInt64() && (t.Kind == DayTime || n.Int64() == int64(int32(n.Int64())))
}

// intervalRange reads the text of an interval with a range of units: 1-2, 1 02:03:04.5.
func intervalRange(t Type, text string) (int64, bool) {
	negative := strings.HasPrefix(text, "-")
	text = strings.TrimLeft(text, "+-")
	if t.Kind == YearMonth {
		years, months, ok := strings.Cut(text, "-")
		_, n, good := intervalSum([]countedUnit{{years, "year"}, {months, "month"}})
		small := len(months) <= 2 && n%12 >= 0 && !strings.HasPrefix(months, "-")
		return signed(n, negative), ok && good && small && monthsWithin(months)
	}
	var list []countedUnit
	for unit := t.Precision; unit <= t.Scale; unit++ {
		count, rest := text, ""
		if unit < t.Scale {
			separator := ":"
			if unit == 0 {
				separator = " "
			}
			var ok bool
			if count, rest, ok = strings.Cut(text, separator); !ok {
				return 0, false
			}
		}
		if !digitsOnly(count, unit == 3) || unit > t.Precision && !belowLimit(count, unit) {
			return 0, false
		}
		list, text = append(list, countedUnit{count, dayTimeUnits[unit]}), rest
	}
	_, n, ok := intervalSum(list)
	return signed(n, negative), ok
}

// signed is n or its opposite.
func signed(n int64, negative bool) int64 {
	if negative {
		return -n
	}
	return n
}

// monthsWithin reports whether a text is a number of months below a year.
func monthsWithin(text string) bool {
	n, rest, ok := cutDigits(text, 1, 2)
	return ok && rest == "" && n < 12
}

// digitsOnly reports whether a text is digits, with a fraction of at most nine where it may have one.
func digitsOnly(text string, fraction bool) bool {
	whole, rest, dotted := strings.Cut(text, ".")
	_, left, ok := cutDigits(whole, 1, 9)
	if !ok || left != "" || dotted && !fraction {
		return false
	}
	_, left, ok = cutDigits(rest, 1, 9)
	return !dotted || ok && left == ""
}

// belowLimit reports whether the number of a unit that is not the first stays below the unit before: 23 hours, 59
// minutes, 59 seconds.
func belowLimit(text string, unit int) bool {
	n, _, ok := cutDigits(text, 1, 9)
	return ok && n < map[int]int{1: 24, 2: 60, 3: 60}[unit]
}
