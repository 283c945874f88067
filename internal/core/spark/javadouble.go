package spark

import (
	"cmp"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// JavaDouble spells a double as Java's Double.toString does before Java 19: 1.0E10, 0.001, NaN. size is 32 for a float.
func JavaDouble(x float64, size int) string { return string(AppendDouble(nil, x, size)) }

// AppendDouble appends JavaDouble: plain between 10^-3 and 10^7, else with an exponent, always with a digit after the point.
func AppendDouble(b []byte, x float64, size int) []byte {
	switch {
	case math.IsNaN(x):
		return append(b, "NaN"...)
	case math.IsInf(x, 1):
		return append(b, "Infinity"...)
	case math.IsInf(x, -1):
		return append(b, "-Infinity"...)
	}
	if a := math.Abs(x); a == 0 || a >= 1e-3 && a < 1e7 {
		start := len(b)
		b = strconv.AppendFloat(b, x, 'f', -1, size)
		for _, c := range b[start:] {
			if c == '.' {
				return b
			}
		}
		return append(b, ".0"...)
	}
	if x < 0 {
		b, x = append(b, '-'), -x
	}
	digits, exponent := shortestDigits(x, size)
	fraction, _ := math.Frexp(x)
	if len(digits) == 1 || fraction == 0.5 || x >= math.Ldexp(1, precisionOf(size)) { // elsewhere Java finds the shortest, too
		digits, exponent = javaDigits(x, size)
	}
	b = append(append(b, digits[0], '.'), digits[1:]...)
	if len(digits) == 1 {
		b = append(b, '0')
	}
	return strconv.AppendInt(append(b, 'E'), int64(exponent), 10)
}

// shortestDigits are the fewest digits that read back as x > 0, and the power of ten of the first.
func shortestDigits(x float64, size int) (string, int) {
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(x, 'e', -1, size), "e")
	n, _ := strconv.Atoi(exponent) // FormatFloat's exponent always parses
	return strings.Replace(mantissa, ".", "", 1), n
}

// precisionOf is the number of bits of a number's significand.
func precisionOf(size int) int {
	if size == 32 {
		return 24
	}
	return 53
}

// javaDigits are the digits that Java before 19 prints of x > 0 where it prints an exponent, and the power of ten of the
// first. Such a Java makes digit after digit, at least two, until what is left is less than half the distance to the next
// number; but it takes half of that distance for powers of two, lets the last digits of large whole numbers go, and is
// stricter at the borders where 64 bits are enough. So it prints 9.0000002E18, where 9e18 would do.
func javaDigits(x float64, size int) (string, int) {
	fraction, top := math.Frexp(x)
	top-- // the first bit of x stands for 2^top
	odd := uint64(math.Ldexp(fraction, 53))
	odd >>= bits.TrailingZeros64(odd)
	length := bits.Len64(odd)
	significant := min(precisionOf(size), top-leastBit(size)+1)
	tiny := max(0, length-top-1) // the bits behind the point
	if tiny == 0 && top <= 62 {
		return wholeDigits(odd<<(top-length+1), max(0, top-significant-1))
	}
	mantissa := math.Ldexp(float64(odd), 1-length)
	estimate := float64((mantissa-1.5)*0.289529654) + 0.176091259
	e := int(math.Floor(estimate + float64(float64(top)*0.301029995663981))) // the power of ten of x, or one more
	b := scaled{odd, max(0, -e), max(0, -e) + top - length + 1 + tiny}
	s := scaled{1, max(0, e), max(0, e) + tiny}
	m := scaled{1, b.fives, max(0, -e) + tiny + top - significant}
	common := min(b.twos, s.twos)
	if length == 1 {
		m.twos--
	}
	if m.twos < common {
		common = m.twos
	}
	b.twos, s.twos, m.twos = b.twos-common, s.twos-common, m.twos-common
	var g generated
	switch need := max(length+b.twos+bitsOfFives(b.fives), s.twos+1+bitsOfFives(s.fives+1)); { // as Java reckons it
	case need < 32:
		g = generate(int32(b.whole()), int32(s.whole()), int32(m.whole()))
	case need < 64:
		g = generate(b.whole(), s.whole(), m.whole())
	default:
		g = generateLarge(b.large(), s.large(), m.large())
	}
	if g.late {
		e--
	}
	if g.up && increment(g.digits) {
		e++
	}
	return string(g.digits), e
}

// leastBit is the power of two of the last bit of the smallest number.
func leastBit(size int) int {
	if size == 32 {
		return -149
	}
	return -1074
}

// wholeDigits are those of a whole number, rounded where its last digits are worth fewer than the given bits, and without
// zeros at their end.
func wholeDigits(x uint64, insignificant int) (string, int) {
	dropped := 0
	if insignificant > 1 {
		dropped = int(float64(insignificant) * math.Log10(2))
	}
	unit := uint64(1)
	for range dropped {
		unit *= 10
	}
	rest := x % unit
	x /= unit
	if dropped > 0 && rest >= unit/2 {
		x++
	}
	text := strconv.FormatUint(x, 10)
	digits := strings.TrimRight(text, "0")
	return digits, len(text) - 1 + dropped
}

// scaled is factor * 5^fives * 2^twos.
type scaled struct {
	factor      uint64
	fives, twos int
}

// bitsOfFives is how many bits Java reckons that 5^n takes.
func bitsOfFives(n int) int {
	switch {
	case n == 0:
		return 0
	case n < 27:
		return bits.Len64(fiveTo(n))
	default:
		return 3 * n
	}
}

// fiveTo is 5^n, for n below 28.
func fiveTo(n int) uint64 {
	p := uint64(1)
	for range n {
		p *= 5
	}
	return p
}

// whole is its value, which fits.
func (s scaled) whole() int64 { return int64(s.factor * fiveTo(s.fives) << s.twos) }

// large is its value.
func (s scaled) large() *big.Int {
	p := new(big.Int).Exp(big.NewInt(5), big.NewInt(int64(s.fives)), nil)
	p.Mul(p, new(big.Int).SetUint64(s.factor))
	return p.Lsh(p, uint(s.twos))
}

// generated are digits, whether the first stands a place later than was estimated, and whether the last has to go up.
type generated struct {
	digits   []byte
	late, up bool
}

// begin takes the first digit.
func (g *generated) begin(q int64, high bool) {
	if g.late = q == 0 && !high; !g.late {
		g.add(q)
	}
}

// add takes a digit.
func (g *generated) add(q int64) { g.digits = append(g.digits, byte('0'+q)) }

// end rounds: low and high tell on which side a number lies within reach, half where the rest is, beside half a digit.
func (g *generated) end(low, high bool, half int) {
	odd := g.digits[len(g.digits)-1]&1 == 1
	g.up = high && (!low || half > 0 || half == 0 && odd)
}

// generate makes the digits of b/s, of which half the distance to the next number is m/s. A product that overflows means
// that every digit is within reach.
func generate[T int32 | int64](b, s, m T) generated {
	var g generated
	tens := s * 10
	q := b / s
	b, m = b%s*10, m*10
	g.begin(int64(q), b+m > tens)
	for {
		q = b / s
		b, m = b%s*10, m*10
		low, high := true, true
		if m > 0 {
			low, high = b < m, b+m > tens
		}
		g.add(int64(q))
		if low || high {
			g.end(low, high, cmp.Compare(b*2-tens, 0)) // the difference fits where b*2 may not
			return g
		}
	}
}

// generateLarge is generate for numbers beyond 64 bits, where a number at the border is within reach from below.
func generateLarge(b, s, m *big.Int) generated {
	var g generated
	ten := big.NewInt(10)
	tens := new(big.Int).Mul(s, ten)
	digit := func() (q int64, low, high bool) {
		quotient, rest := new(big.Int).QuoRem(b, s, new(big.Int))
		b, m = rest.Mul(rest, ten), m.Mul(m, ten)
		return quotient.Int64(), b.Cmp(m) < 0, tens.Cmp(new(big.Int).Add(b, m)) <= 0
	}
	q, _, high := digit()
	g.begin(q, high)
	for {
		q, low, high := digit()
		g.add(q)
		if low || high {
			g.end(low, high, new(big.Int).Lsh(b, 1).Cmp(tens))
			return g
		}
	}
}

// increment adds one to the last digit, and reports whether nines alone became a one with zeros, a place earlier.
func increment(digits []byte) bool {
	for i := len(digits) - 1; i >= 0; i-- {
		if digits[i] < '9' {
			digits[i]++
			return false
		}
		digits[i] = '0'
	}
	digits[0] = '1'
	return true
}
