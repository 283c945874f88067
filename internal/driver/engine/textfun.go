package engine

import (
	"crypto/sha256"
	"crypto/sha512"
	"database/sql/driver"
	"encoding/hex"
	"hash/crc32"
	"math"
	mathbits "math/bits"
	"strings"
	"unicode"
)

// goConv writes a number of one base in another, as Hive does: unsigned unless the new base is negative, up to the first
// character that is no digit, and the greatest number when there are too many.
func goConv(a []driver.Value) (any, error) {
	text, from, to := strings.Trim(a[0].(string), " "), a[1].(int64), a[2].(int64)
	if from < 2 || from > 36 || to < -36 || to > 36 || to > -2 && to < 2 || text == "" {
		return nil, nil
	}
	negative := text[0] == '-'
	value, overflow := uint64(0), false
	for _, c := range strings.TrimPrefix(text, "-") {
		d := digitOf(c)
		if d < 0 || d >= from {
			break
		}
		high, low := mathbits.Mul64(value, uint64(from))
		sum, carry := mathbits.Add64(low, uint64(d), 0)
		overflow = overflow || high > 0 || carry > 0
		value = sum
	}
	if overflow {
		value = math.MaxUint64
	}
	if negative && to > 0 && !overflow {
		if int64(value) < 0 {
			value = math.MaxUint64
		} else {
			value = -value
		}
	}
	sign := ""
	if to < 0 {
		to = -to
		if negative && value > 0 && !overflow {
			sign = "-"
		} else if int64(value) < 0 {
			value, sign = -value, "-"
		}
	}
	return sign + strings.ToUpper(formatUint(value, int(to))), nil
}

// digitOf is the value of a digit up to base 36, -1 for none.
func digitOf(c rune) int64 {
	switch {
	case c >= '0' && c <= '9':
		return int64(c - '0')
	case c >= 'a' && c <= 'z':
		return int64(c-'a') + 10
	case c >= 'A' && c <= 'Z':
		return int64(c-'A') + 10
	default:
		return -1
	}
}

// goUnhex reads digits of base 16; a missing first one is 0.
func goUnhex(a []driver.Value) (any, error) {
	text := a[0].(string)
	if len(text)%2 == 1 {
		text = "0" + text
	}
	raw, err := hex.DecodeString(text)
	if err != nil {
		return nil, nil
	}
	return raw, nil
}

// goFindInSet is the place of a text in a list with commas, 0 when it is not there or has a comma.
func goFindInSet(a []driver.Value) (any, error) {
	for i, part := range strings.Split(a[1].(string), ",") {
		if part == a[0].(string) {
			return int64(i + 1), nil
		}
	}
	return int64(0), nil
}

// goSplitPart is the n-th part of a text, from the end for a negative n; empty beyond.
func goSplitPart(a []driver.Value) (any, error) {
	text, delimiter, n := a[0].(string), a[1].(string), a[2].(int64)
	if n == 0 {
		return nil, executionText("[INVALID_INDEX_OF_ZERO] The index 0 is invalid. An index shall be either < 0 or > 0 (the first " +
			"element has index 1).")
	}
	parts := []string{text}
	if delimiter != "" {
		parts = strings.Split(text, delimiter)
	}
	if n < 0 {
		n += int64(len(parts)) + 1
	}
	if n < 1 || n > int64(len(parts)) {
		return "", nil
	}
	return parts[n-1], nil
}

// soundexDigits are the classes of the letters A to Z; 7 is a vowel, 8 is H and W, which part nothing.
const soundexDigits = "71237128722455712623718272"

// goSoundex is the Soundex code of a text that begins with a letter, else the text.
func goSoundex(a []driver.Value) (any, error) {
	text := a[0].(string)
	upper := func(c byte) byte {
		if c >= 'a' && c <= 'z' {
			return c - 32
		}
		return c
	}
	if text == "" || upper(text[0]) < 'A' || upper(text[0]) > 'Z' {
		return text, nil
	}
	out := []byte{upper(text[0]), '0', '0', '0'}
	last := soundexDigits[out[0]-'A']
	n := 1
	for i := 1; i < len(text) && n < 4; i++ {
		c := upper(text[i])
		if c < 'A' || c > 'Z' {
			last = '0'
			continue
		}
		code := soundexDigits[c-'A']
		if code >= '1' && code <= '6' {
			if code != last {
				out[n] = code
				n++
			}
			last = code
		} else if code == '7' {
			last = code
		}
	}
	return string(out), nil
}

// goLuhn reports whether a text of digits has the check digit of Luhn.
func goLuhn(a []driver.Value) (any, error) {
	text := a[0].(string)
	sum := 0
	for i := range len(text) {
		c := text[len(text)-1-i]
		if c < '0' || c > '9' {
			return false, nil
		}
		d := int(c - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return text != "" && sum%10 == 0, nil
}

// goCRC32 is the CRC-32 of bytes.
func goCRC32(a []driver.Value) (any, error) { return int64(crc32.ChecksumIEEE(a[0].([]byte))), nil }

// goSHA2 is the hash of 224, 256 (also 0), 384 or 512 bits; null for other lengths.
func goSHA2(a []driver.Value) (any, error) {
	raw := a[0].([]byte)
	var sum []byte
	switch a[1].(int64) {
	case 0, 256:
		s := sha256.Sum256(raw)
		sum = s[:]
	case 224:
		s := sha256.Sum224(raw)
		sum = s[:]
	case 384:
		s := sha512.Sum384(raw)
		sum = s[:]
	case 512:
		s := sha512.Sum512(raw)
		sum = s[:]
	default:
		return nil, nil
	}
	return hex.EncodeToString(sum), nil
}

// goMask replaces capitals, small letters, digits and the rest by the characters of a list, where null leaves them.
func goMask(a []driver.Value) (any, error) {
	with, _ := a[1].([]any)
	var b strings.Builder
	for _, r := range a[0].(string) {
		i := 3
		switch {
		case unicode.IsUpper(r):
			i = 0
		case unicode.IsLower(r):
			i = 1
		case unicode.IsDigit(r):
			i = 2
		}
		if s, ok := with[i].(string); ok {
			if len([]rune(s)) != 1 {
				return nil, executionText("[DATATYPE_MISMATCH.INPUT_SIZE_NOT_ONE] Cannot resolve mask: the length of a replacement is not 1")
			}
			b.WriteString(s)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String(), nil
}

// goOverlay replaces length characters of a text from a position, as many as the new part has when the length is
// negative.
func goOverlay(a []driver.Value) (any, error) {
	text, part, position, length := []rune(a[0].(string)), a[1].(string), a[2].(int64), a[3].(int64)
	if length < 0 {
		length = int64(len([]rune(part)))
	}
	size := int64(len(text))
	head := min(max(position-1, 0), size)
	return string(text[:head]) + part + substringFrom(text, position+length), nil
}

// substringFrom is Spark's substring from a position to the end.
func substringFrom(text []rune, position int64) string {
	size := int64(len(text))
	switch {
	case position > 0:
		return string(text[min(position-1, size):])
	case position == 0:
		return string(text)
	default:
		return string(text[max(size+position, 0):])
	}
}

// goShift are Java's shifts of 32 or 64 bits.
func goShift(a []driver.Value) (any, error) {
	width, value, by := a[1].(int64), a[2].(int64), uint(a[3].(int64))&uint(a[1].(int64)-1)
	narrow := width == 32
	switch a[0].(string) {
	case "shiftleft":
		if narrow {
			return int64(int32(value) << by), nil
		}
		return value << by, nil
	case "shiftright":
		return value >> by, nil
	default:
		if narrow {
			return int64(int32(uint32(value) >> by)), nil
		}
		return int64(uint64(value) >> by), nil
	}
}

// goWidthBucket is the bucket of n equal ones between two bounds that a value is in: 0 below, n+1 above.
func goWidthBucket(a []driver.Value) (any, error) {
	value, low, high, n := a[0].(float64), a[1].(float64), a[2].(float64), a[3].(int64)
	if n <= 0 || n == math.MaxInt64 || math.IsNaN(value) || low == high || math.IsNaN(low) || math.IsInf(low, 0) ||
		math.IsNaN(high) || math.IsInf(high, 0) {
		return nil, nil
	}
	lower, upper := min(low, high), max(low, high)
	if low < high {
		switch {
		case value < lower:
			return int64(0), nil
		case value >= upper:
			return n + 1, nil
		}
		return int64(float64(n)*(value-lower)/(upper-lower)) + 1, nil
	}
	switch {
	case value > upper:
		return int64(0), nil
	case value <= lower:
		return n + 1, nil
	}
	return int64(float64(n)*(upper-value)/(upper-lower)) + 1, nil
}
