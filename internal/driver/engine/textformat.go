package engine

import (
	"database/sql/driver"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// grouped puts commas between the thousands of digits.
func grouped(digits string) string {
	var b strings.Builder
	for i, c := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// groupedNumber puts commas into the whole part of a number's text.
func groupedNumber(text string) string {
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	whole, fraction, dotted := strings.Cut(text, ".")
	if dotted {
		fraction = "." + fraction
	}
	return sign + grouped(whole) + fraction
}

// goFormatNumber writes a decimal with commas, rounded half even to a number of digits.
func goFormatNumber(a []driver.Value) (any, error) {
	digits := int(a[1].(int64))
	if digits < 0 {
		return nil, nil
	}
	value, ok := new(big.Rat).SetString(a[0].(string))
	if !ok {
		return nil, executionText("format_number: " + a[0].(string) + " is no number")
	}
	return groupedNumber(roundedEven(value, digits)), nil
}

// roundedEven writes a number with a number of digits, rounded half even; a negative one keeps its sign at zero.
func roundedEven(value *big.Rat, digits int) string {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	scaled := new(big.Rat).Mul(new(big.Rat).Abs(value), new(big.Rat).SetInt(scale))
	whole, rest := new(big.Int).QuoRem(scaled.Num(), scaled.Denom(), new(big.Int))
	switch half := new(big.Int).Lsh(rest, 1).Cmp(scaled.Denom()); {
	case half > 0, half == 0 && whole.Bit(0) == 1:
		whole.Add(whole, big.NewInt(1))
	}
	text := whole.String()
	if len(text) <= digits {
		text = strings.Repeat("0", digits+1-len(text)) + text
	}
	if digits > 0 {
		text = text[:len(text)-digits] + "." + text[len(text)-digits:]
	}
	if value.Sign() < 0 {
		text = "-" + text
	}
	return text
}

// goFormatDouble is goFormatNumber of a double, whose exact value decides a tie of its digits.
func goFormatDouble(a []driver.Value) (any, error) {
	value, digits := a[0].(float64), int(a[1].(int64))
	switch {
	case digits < 0:
		return nil, nil
	case math.IsNaN(value):
		return "NaN", nil
	case math.IsInf(value, 1):
		return "∞", nil
	case math.IsInf(value, -1):
		return "-∞", nil
	}
	shortest, _ := new(big.Rat).SetString(strconv.FormatFloat(value, 'f', -1, 64))
	if text := roundedEven(shortest, digits); !tied(shortest, digits) {
		if value < 0 || value == 0 && math.Signbit(value) {
			text = "-" + strings.TrimPrefix(text, "-")
		}
		return groupedNumber(text), nil
	}
	return groupedNumber(strconv.FormatFloat(value, 'f', digits, 64)), nil
}

// tied reports whether a number lies in the middle of two with so many digits.
func tied(value *big.Rat, digits int) bool {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	twice := new(big.Rat).Mul(value, new(big.Rat).SetInt(new(big.Int).Lsh(scale, 1)))
	return twice.IsInt() && twice.Num().Bit(0) == 1
}

// specifier is one %... of a format of Java's: index, flags, width, precision, conversion.
var specifier = regexp.MustCompile(`%(?:(\d+)\$)?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])`)

// maxFormatWidth bounds widths and precisions.
const maxFormatWidth = 10_000

// goFormat writes values after a format of Java's Formatter. Each value has its type's tag before its text; a null is
// nil. What is not of the commonest conversions and flags is refused.
func goFormat(a []driver.Value) (any, error) {
	format := a[0].(string)
	values, _ := a[1].([]any)
	var b strings.Builder
	next, last := 0, 0
	for _, m := range specifier.FindAllStringSubmatchIndex(format, -1) {
		between := format[last:m[0]]
		if strings.Contains(between, "%") {
			return nil, refuse("the format %q", format)
		}
		b.WriteString(between)
		last = m[1]
		s := newSpec(format, m)
		if s.width > maxFormatWidth || s.precision > maxFormatWidth {
			return nil, refuse("the format %q", format)
		}
		var value any
		if s.verb != 'n' && s.verb != '%' {
			at := next
			if s.index > 0 {
				at = s.index - 1
			} else {
				next++
			}
			if at >= len(values) {
				return nil, executionText("java.util.MissingFormatArgumentException: Format specifier '" + format[m[0]:m[1]] + "'")
			}
			value = values[at]
		}
		text, err := s.write(value)
		if err != nil {
			return nil, err
		}
		b.WriteString(text)
	}
	if strings.Contains(format[last:], "%") {
		return nil, refuse("the format %q", format)
	}
	b.WriteString(format[last:])
	return b.String(), nil
}

// spec is a parsed specifier.
type spec struct {
	index, width, precision int // precision -1 for none
	flags                   string
	verb                    byte
	text                    string
}

// newSpec reads the groups of a match of specifier.
func newSpec(format string, m []int) spec {
	number := func(group, none int) int {
		if m[2*group] < 0 {
			return none
		}
		n, err := strconv.Atoi(format[m[2*group]:m[2*group+1]])
		if err != nil {
			return maxFormatWidth + 1
		}
		return n
	}
	return spec{index: number(1, 0), flags: format[m[4]:m[5]], width: number(3, 0), precision: number(4, -1), verb: format[m[10]],
		text: format[m[0]:m[1]]}
}

// write writes a value.
func (s spec) write(value any) (string, error) {
	tagged, _ := value.(string)
	null := value == nil
	tag, text := "", ""
	if !null {
		tag, text = tagged[:1], tagged[1:]
	}
	switch s.verb {
	case 'n':
		return "\n", nil
	case '%':
		return s.pad("%"), nil
	case 's', 'S', 'b', 'B':
		if strings.Trim(s.flags, "-") != "" {
			return "", s.refused()
		}
		if s.verb == 'b' || s.verb == 'B' {
			text = strconv.FormatBool(!null && (tag != "b" || text == "true"))
		} else if null {
			text = "null"
		}
		text = s.cut(text)
		if s.verb < 'a' {
			text = strings.ToUpper(text)
		}
		return s.pad(text), nil
	case 'd', 'x', 'X', 'o', 'e', 'f', 'E', 'c':
		if null {
			return s.pad(s.cut("null")), nil
		}
	default:
		return "", s.refused()
	}
	switch s.verb {
	case 'd', 'x', 'X', 'o':
		if !strings.Contains("ihwl", tag) {
			return "", s.mismatch(tag)
		}
		return s.whole(tag, text)
	case 'f', 'e', 'E':
		if tag != "f" { // Spark's decimals are none of Java's
			return "", s.mismatch(tag)
		}
		return s.real(text)
	default: // c
		n, err := strconv.ParseInt(text, 10, 32)
		if !strings.Contains("ihw", tag) {
			return "", s.mismatch(tag)
		}
		if err != nil || !utf8.ValidRune(rune(n)) {
			return "", s.refused()
		}
		return s.pad(string(rune(n))), nil
	}
}

// refused names a specifier that is not served.
func (s spec) refused() error { return refuse("the format specifier %q", s.text) }

// mismatch is Java's error for a value of another type.
func (s spec) mismatch(tag string) error {
	class := map[string]string{"s": "org.apache.spark.unsafe.types.UTF8String", "f": "java.lang.Double", "b": "java.lang.Boolean",
		"m": "org.apache.spark.sql.types.Decimal", "l": "java.lang.Long", "w": "java.lang.Integer"}[tag]
	return executionText("java.util.IllegalFormatConversionException: " + string(s.verb) + " != " + class)
}

// cut keeps as many characters as the precision says.
func (s spec) cut(text string) string {
	if runes := []rune(text); s.precision >= 0 && s.precision < len(runes) {
		return string(runes[:s.precision])
	}
	return text
}

// pad fills up to the width with blanks.
func (s spec) pad(text string) string {
	missing := s.width - javaLength(text)
	if missing <= 0 {
		return text
	}
	if strings.Contains(s.flags, "-") {
		return text + strings.Repeat(" ", missing)
	}
	return strings.Repeat(" ", missing) + text
}

// has reports whether a flag is set.
func (s spec) has(flag string) bool { return strings.Contains(s.flags, flag) }

// whole writes d, x and o of a whole number; x and o of its bits.
func (s spec) whole(tag, text string) (string, error) {
	if s.precision >= 0 || s.has("#") || (s.has("-") || s.has("0")) && s.width == 0 || s.has("-") && s.has("0") || s.has("+") && s.has(" ") {
		return "", s.refused()
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return "", s.refused()
	}
	if s.verb == 'd' {
		return s.signed(n < 0, strings.TrimPrefix(text, "-")), nil
	}
	if strings.ContainsAny(s.flags, "+ ,(") {
		return "", s.refused()
	}
	base := 16
	if s.verb == 'o' {
		base = 8
	}
	bits := map[string]uint{"i": 8, "h": 16, "w": 32, "l": 64}[tag]
	out := strconv.FormatUint(uint64(n)&(1<<bits-1), base)
	if s.verb == 'X' {
		out = strings.ToUpper(out)
	}
	if missing := s.width - len(out); s.has("0") && missing > 0 {
		out = strings.Repeat("0", missing) + out
	}
	return s.pad(out), nil
}

// signed writes digits with the sign, the commas and the zeros that the flags ask for.
func (s spec) signed(negative bool, digits string) string {
	if s.has(",") {
		digits = groupedNumber(digits)
	}
	before, after := "", ""
	switch {
	case negative && s.has("("):
		before, after = "(", ")"
	case negative:
		before = "-"
	case s.has("+"):
		before = "+"
	case s.has(" "):
		before = " "
	}
	if missing := s.width - len(before) - len(digits) - len(after); s.has("0") && missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	return s.pad(before + digits + after)
}

// real writes f and e, rounded half up by the digits that the number's text has.
func (s spec) real(text string) (string, error) {
	if s.has("#") || (s.has("-") || s.has("0")) && s.width == 0 || s.has("-") && s.has("0") || s.has("+") && s.has(" ") ||
		s.verb != 'f' && s.has(",") {
		return "", s.refused()
	}
	precision := s.precision
	if precision < 0 {
		precision = 6
	}
	negative := strings.HasPrefix(text, "-")
	switch digits := strings.TrimPrefix(text, "-"); digits {
	case "NaN", "Infinity":
		plain := s
		plain.flags = strings.NewReplacer("0", "", ",", "").Replace(s.flags)
		if digits == "NaN" {
			plain.flags = strings.Trim(plain.flags, "+ (")
		}
		return plain.signed(negative, digits), nil
	}
	value, ok := new(big.Rat).SetString(strings.TrimPrefix(text, "-"))
	if !ok {
		return "", s.refused()
	}
	if s.verb == 'f' {
		return s.signed(negative, roundedUp(value, precision)), nil
	}
	return s.signed(negative, s.scientific(value, precision)), nil
}

// roundedUp writes a number that is not negative with a number of digits, rounded half up.
func roundedUp(value *big.Rat, digits int) string { return value.FloatString(digits) }

// scientific writes d.ddde+dd.
func (s spec) scientific(value *big.Rat, digits int) string {
	exponent := 0
	if value.Sign() != 0 {
		f, _ := value.Float64()
		exponent = int(math.Floor(math.Log10(f)))
	}
	var text string
	for try := exponent - 1; try <= exponent+1; try++ {
		scaled := new(big.Rat).Mul(value, powerOfTen(-try))
		if text = roundedUp(scaled, digits); len(text) == len("0")+min(digits, 1)+digits && (text[0] != '0' || value.Sign() == 0) {
			exponent = try
			if value.Sign() == 0 {
				exponent = 0
			}
			break
		}
	}
	sign := "+"
	if exponent < 0 {
		sign, exponent = "-", -exponent
	}
	tail := strconv.Itoa(exponent)
	if len(tail) < 2 {
		tail = "0" + tail
	}
	return text + string(s.verb) + sign + tail
}

// powerOfTen is 10 to the n.
func powerOfTen(n int) *big.Rat {
	p := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(n, -n))), nil)
	if n < 0 {
		return new(big.Rat).SetFrac(big.NewInt(1), p)
	}
	return new(big.Rat).SetInt(p)
}
