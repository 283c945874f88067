package format

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// maxPrecision is the largest number of digits of a Spark decimal.
const maxPrecision = 38

// maxExponent bounds the exponents of decimals that are looked at: no result of more than 38 digits is ever kept.
const maxExponent = 10_000

// decimal is unscaled * 10^-scale, as java.math.BigDecimal has it; scale may be negative.
type decimal struct {
	unscaled *big.Int
	scale    int
}

// parseDecimal reads what BigDecimal(String) takes: sign, digits with at most one point, exponent.
func parseDecimal(s string) (decimal, bool) {
	mantissa, exp := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		e, err := strconv.Atoi(s[i+1:])
		if err != nil || e > maxExponent || e < -maxExponent {
			return decimal{}, false
		}
		mantissa, exp = s[:i], e
	}
	sign := strings.TrimLeft(mantissa, "+-")
	if len(mantissa)-len(sign) > 1 {
		return decimal{}, false
	}
	whole, frac, _ := strings.Cut(sign, ".")
	digits := whole + frac
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return decimal{}, false
	}
	n, ok := new(big.Int).SetString(digits, 10)
	if !ok {
		return decimal{}, false
	}
	if strings.HasPrefix(mantissa, "-") {
		n.Neg(n)
	}
	return decimal{unscaled: n, scale: len(frac) - exp}, true
}

// digits is BigDecimal's precision: the digits of the unscaled value, at least 1.
func (d decimal) digits() int { return len(new(big.Int).Abs(d.unscaled).String()) }

// rescale rounds d half up to the scale, and reports whether it then fits the precision.
func (d decimal) rescale(precision, scale int) (decimal, bool) {
	n := new(big.Int).Set(d.unscaled)
	switch diff := d.scale - scale; {
	case diff > 0:
		pow := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(diff)), nil)
		half := new(big.Int).Rsh(pow, 1)
		if n.Sign() < 0 {
			half.Neg(half)
		}
		n.Quo(n.Add(n, half), pow)
	case diff < 0 && n.Sign() != 0:
		if -diff > 2*maxPrecision {
			return decimal{}, false
		}
		n.Mul(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(-diff)), nil))
	}
	out := decimal{unscaled: n, scale: scale}
	return out, out.digits() <= precision
}

// plain writes d with exactly its scale, without exponent; scale is at least 0.
func (d decimal) plain() string {
	s := new(big.Int).Abs(d.unscaled).String()
	if d.scale > 0 {
		if len(s) <= d.scale {
			s = strings.Repeat("0", d.scale-len(s)+1) + s
		}
		s = s[:len(s)-d.scale] + "." + s[len(s)-d.scale:]
	}
	if d.unscaled.Sign() < 0 {
		s = "-" + s
	}
	return s
}

// java writes d as BigDecimal.toString does: with an exponent where the value is below 1E-6.
func (d decimal) java() string {
	s := new(big.Int).Abs(d.unscaled).String()
	adjusted := len(s) - 1 - d.scale
	if d.scale >= 0 && adjusted >= -6 {
		return d.plain()
	}
	out := s[:1]
	if len(s) > 1 {
		out += "." + s[1:]
	}
	if d.unscaled.Sign() < 0 {
		out = "-" + out
	}
	if adjusted != 0 {
		out += "E"
		if adjusted > 0 {
			out += "+"
		}
		out += strconv.Itoa(adjusted)
	}
	return out
}

// parseDouble reads what Java's Double.parseDouble takes, short of hexadecimal: blanks around it are trimmed, a final
// d or f is allowed, too large is infinite.
func parseDouble(s string) (float64, bool) { return parseReal(s, 64) }

// parseReal is parseDouble, or with 32 bits Float.parseFloat, which rounds once.
func parseReal(s string, bits int) (float64, bool) {
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	body := strings.TrimLeft(s, "+-")
	if len(s)-len(body) > 1 || body == "" {
		return 0, false
	}
	negative := strings.HasPrefix(s, "-")
	switch body {
	case "NaN":
		return math.NaN(), true
	case "Infinity":
		return math.Inf(map[bool]int{true: -1, false: 1}[negative]), true
	}
	if last := body[len(body)-1]; strings.IndexByte("dDfF", last) >= 0 {
		s = s[:len(s)-1]
	}
	if strings.Trim(s, "0123456789.eE+-") != "" {
		return 0, false
	}
	x, err := strconv.ParseFloat(s, bits)
	if err != nil && !math.IsInf(x, 0) {
		return 0, false
	}
	return x, true
}
