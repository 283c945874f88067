package engine

import (
	"encoding/binary"
	"math"
	mathbits "math/bits"
	"sync"
)

// Random numbers as Spark makes them for one partition: Marsaglia's xorshift generator behind java.util.Random's way to
// doubles and to the normal distribution. The number of a row depends on all before it; states are remembered at some
// rows, so that any row is near to a state known.

// xorshift is the state of a generator. Gaussians come in pairs, the second of which is kept.
type xorshift struct {
	seed   uint64
	second float64
	has    bool
}

// arraySeed is what Scala's hash of arrays begins with.
const arraySeed = 0x3c074a61

// newXorshift begins with a seed that is mixed first.
func newXorshift(seed int64) xorshift {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(seed))
	low := murmur3(b, arraySeed)
	return xorshift{seed: uint64(murmur3(b, low))<<32 | uint64(low)}
}

// murmur3 is the 32-bit MurmurHash3 of eight bytes.
func murmur3(b [8]byte, seed uint32) uint32 {
	h := seed
	for i := 0; i < len(b); i += 4 {
		k := mathbits.RotateLeft32(binary.LittleEndian.Uint32(b[i:])*0xcc9e2d51, 15) * 0x1b873593
		h = mathbits.RotateLeft32(h^k, 13)*5 + 0xe6546b64
	}
	h ^= uint32(len(b))
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return h ^ h>>16
}

// next gives the low n bits of the next state.
func (x *xorshift) next(n uint) uint64 {
	x.seed ^= x.seed << 21
	x.seed ^= x.seed >> 35
	x.seed ^= x.seed << 4
	return x.seed & (1<<n - 1)
}

// double gives a number in [0, 1).
func (x *xorshift) double() float64 {
	high := x.next(26)
	return float64(high<<27+x.next(27)) * 0x1p-53
}

// gaussian gives a number of the standard normal distribution, by the polar method.
func (x *xorshift) gaussian() float64 {
	if x.has {
		x.has = false
		return x.second
	}
	for {
		a, b := 2*x.double()-1, 2*x.double()-1
		if s := a*a + b*b; s < 1 && s != 0 {
			scale := math.Sqrt(-2 * strictLog(s) / s)
			x.second, x.has = b*scale, true
			return a * scale
		}
	}
}

// strictLog is the logarithm of a positive number as Java's StrictMath computes it, to the last digit; the method and its
// constants are those of Sun's fdlibm.
func strictLog(x float64) float64 {
	const high, low = 6.93147180369123816490e-01, 1.90821492927058770002e-10
	word := math.Float64bits(x)
	hx := int32(word>>32) & 0xfffff
	k := int32(word>>52) - 1023
	i := (hx + 0x95f64) & 0x100000
	k += i >> 20
	f := math.Float64frombits(uint64(uint32(hx|(i^0x3ff00000)))<<32|word&0xffffffff) - 1
	dk := float64(k)
	if 0xfffff&(2+hx) < 3 {
		r := f * f * (0.5 - 0.33333333333333333*f)
		return dk*high - ((r - dk*low) - f)
	}
	s := f / (2 + f)
	z := s * s
	w := z * z
	r := z*(6.666666666666735130e-01+w*(2.857142874366239149e-01+w*(1.818357216161805012e-01+w*1.479819860511658591e-01))) +
		w*(3.999999999940941908e-01+w*(2.222219843214978396e-01+w*1.531383769920937332e-01))
	if (hx-0x6147a)|(0x6b851-hx) > 0 {
		half := 0.5 * f * f
		return dk*high - ((half - (s*(half+r) + dk*low)) - f)
	}
	return dk*high - ((s*(f-r) - dk*low) - f)
}

const (
	randomStep  = 256 // rows between two states that are remembered
	randomSeeds = 64  // sequences that are remembered
)

// randomKey names a sequence of numbers.
type randomKey struct {
	seed   int64
	normal bool
}

// randomCache remembers the states of sequences, for all queries at once.
type randomCache struct {
	mu    sync.Mutex // guards known
	known map[randomKey][]xorshift
}

// at gives the number of a row of a sequence, rows counted from 0.
func (c *randomCache) at(seed, row int64, normal bool) float64 {
	x := c.state(randomKey{seed, normal}, int(row/randomStep))
	for range row % randomStep {
		x.step(normal)
	}
	return x.step(normal)
}

// step gives the next number.
func (x *xorshift) step(normal bool) float64 {
	if normal {
		return x.gaussian()
	}
	return x.double()
}

// state is the generator before row n times randomStep.
func (c *randomCache) state(key randomKey, n int) xorshift {
	c.mu.Lock()
	defer c.mu.Unlock()
	states := c.known[key]
	if states == nil {
		if c.known == nil || len(c.known) >= randomSeeds {
			c.known = map[randomKey][]xorshift{}
		}
		states = []xorshift{newXorshift(key.seed)}
	}
	for len(states) <= n {
		x := states[len(states)-1]
		for range randomStep {
			x.step(key.normal)
		}
		states = append(states, x)
	}
	c.known[key] = states
	return states[n]
}
