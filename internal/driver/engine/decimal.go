package engine

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxExponent bounds the exponent of a text that is cast to a decimal: beyond it the value is 0 or too large anyway.
// lastExponent is Java's own limit, beyond which a text is no number, maxDigits how many digits Spark's decimals have.
const (
	maxExponent  = 100
	lastExponent = math.MaxInt32
	maxDigits    = 38
)

// decimalOf gives the plain digits of a text that Java's BigDecimal accepts.
func decimalOf(s string) any {
	s = strings.Map(asciiDigit, trimAll(s))
	if s == "" || strings.ContainsAny(s, "_xXpPiInN/") {
		return nil
	}
	mantissa, exponent, has := strings.Cut(strings.ToLower(s), "e")
	n, err := strconv.ParseInt(exponent, 10, 64)
	_, fraction, _ := strings.Cut(mantissa, ".")
	scale := int64(len(fraction)) - n
	if has && (err != nil || scale > lastExponent || scale < -lastExponent) || strings.Trim(mantissa, "+-.") == "" {
		return nil
	}
	r, ok := new(big.Rat).SetString(mantissa)
	switch most := maxExponent + int64(len(mantissa)); {
	case !ok || n > most || r.Sign() == 0 && scale <= -maxDigits: // Java counts the digits before the point of a zero, too
		return nil
	case n < -most:
		return "0"
	case n < 0:
		r.Quo(r, new(big.Rat).SetInt(power10(int(-n))))
	default:
		r.Mul(r, new(big.Rat).SetInt(power10(int(n))))
	}
	return r.FloatString(maxExponent)
}

// asciiDigit makes 0 to 9 of the digits of any script, which BigDecimal takes too. A script's digits stand together in
// Unicode, zero first.
func asciiDigit(r rune) rune {
	if r < utf8.RuneSelf || !unicode.Is(unicode.Nd, r) {
		return r
	}
	zero := r
	for r-zero < 9 && unicode.Is(unicode.Nd, zero-1) {
		zero--
	}
	return '0' + r - zero
}

// javaDecimal spells a decimal as Java's BigDecimal.toString: with an exponent when it is small.
func javaDecimal(s string) any {
	negative := strings.HasPrefix(s, "-")
	digits := strings.TrimPrefix(s, "-")
	if strings.HasPrefix(digits, ".") { // as DuckDB writes one without digits before the point
		digits = "0" + digits
		if s = digits; negative {
			s = "-" + digits
		}
	}
	_, fraction, _ := strings.Cut(digits, ".")
	unscaled := strings.TrimLeft(strings.Replace(digits, ".", "", 1), "0")
	if unscaled == "" {
		unscaled = "0"
	}
	exponent := len(unscaled) - 1 - len(fraction)
	if exponent >= -6 {
		return s
	}
	out := unscaled[:1]
	if len(unscaled) > 1 {
		out += "." + unscaled[1:]
	}
	out += "E" + strconv.Itoa(exponent)
	if negative {
		out = "-" + out
	}
	return out
}

// fixed is a decimal: digits / 10^scale.
type fixed struct {
	digits *big.Int
	scale  int
}

// maxFixed bounds the digits that a text may hold to be a fixed.
const maxFixed = 700

// parseFixed reads plain digits with an optional sign and point.
func parseFixed(s string) (fixed, bool) {
	whole, fraction, _ := strings.Cut(s, ".")
	if len(s) > maxFixed {
		return fixed{}, false
	}
	if len(whole)+len(fraction) <= 18 {
		n, err := strconv.ParseInt(whole+fraction, 10, 64)
		return fixed{big.NewInt(n), len(fraction)}, err == nil
	}
	n, ok := new(big.Int).SetString(whole+fraction, 10)
	return fixed{n, len(fraction)}, ok
}

// String spells plain digits.
func (f fixed) String() string {
	digits := new(big.Int).Abs(f.digits).String()
	if pad := f.scale + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	if f.scale > 0 {
		digits = digits[:len(digits)-f.scale] + "." + digits[len(digits)-f.scale:]
	}
	if f.digits.Sign() < 0 {
		return "-" + digits
	}
	return digits
}

// power10 is 10^n.
func power10(n int) *big.Int {
	if n <= 18 {
		p := int64(1)
		for range n {
			p *= 10
		}
		return big.NewInt(p)
	}
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// to gives f at another scale; fewer digits are rounded. A negative scale rounds before the point.
func (f fixed) to(scale int, even bool) fixed {
	if scale >= f.scale {
		return fixed{new(big.Int).Mul(f.digits, power10(scale-f.scale)), scale}
	}
	out := fixed{divideRounded(f.digits, power10(f.scale-scale), even), scale}
	if scale < 0 {
		out = fixed{out.digits.Mul(out.digits, power10(-scale)), 0}
	}
	return out
}

// divideRounded is a / b, rounded half away from zero, or half to even.
func divideRounded(a, b *big.Int, even bool) *big.Int {
	q, rest := new(big.Int).QuoRem(a, b, new(big.Int))
	twice := rest.Lsh(rest.Abs(rest), 1)
	switch c := twice.CmpAbs(b); {
	case c < 0, c == 0 && even && q.Bit(0) == 0:
		return q
	}
	return q.Add(q, big.NewInt(int64(a.Sign()*b.Sign())))
}

// roundDouble rounds half up, or half to even, the decimal that the double's text shows, as Spark does through
// BigDecimal.
func roundDouble(f float64, scale int, even bool) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) || scale > 350 {
		return f
	}
	out, err := strconv.ParseFloat(roundDecimal(strconv.FormatFloat(f, 'f', -1, 64), scale, even), 64)
	if err != nil {
		return f
	}
	return out
}

// roundDecimal rounds plain decimal digits to a scale, which may be negative.
func roundDecimal(s string, scale int, even bool) string {
	f, ok := parseFixed(s)
	if !ok || scale < -350 {
		return "0"
	}
	return f.to(scale, even).String()
}

// lowBits is a whole quotient as the bigint of its low bits, which is how Spark cuts it; nil past a decimal's digits.
func lowBits(n *big.Int) any {
	if n.CmpAbs(power10(maxDigits)) >= 0 {
		return nil
	}
	low := new(big.Int).And(n, new(big.Int).SetUint64(math.MaxUint64))
	return strconv.FormatInt(int64(low.Uint64()), 10)
}

// decimalArithmetic computes with decimals exactly and rounds half up into (precision, scale); nil for division by zero
// and for what does not fit.
func decimalArithmetic(op, a, b string, precision, scale int) any {
	x, ok1 := parseFixed(a)
	y, ok2 := parseFixed(b)
	if !ok1 || !ok2 {
		return nil
	}
	common := max(x.scale, y.scale)
	out := fixed{new(big.Int), common}
	switch op {
	case "+":
		out.digits.Add(x.to(common, false).digits, y.to(common, false).digits)
	case "-":
		out.digits.Sub(x.to(common, false).digits, y.to(common, false).digits)
	case "*":
		out = fixed{out.digits.Mul(x.digits, y.digits), x.scale + y.scale}
	default:
		if y.digits.Sign() == 0 {
			return nil
		}
		x, y = x.to(common, false), y.to(common, false)
		switch op {
		case "div":
			return lowBits(out.digits.Quo(x.digits, y.digits))
		case "%":
			out.digits.Rem(x.digits, y.digits)
		default:
			out = fixed{divideRounded(x.to(common+scale, false).digits, y.digits, false), scale}
		}
	}
	out = out.to(scale, false)
	if out.digits.CmpAbs(power10(precision)) >= 0 {
		return nil
	}
	return out.String()
}
