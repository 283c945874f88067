package sim

import (
	"encoding/binary"
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// chance answers questions of fate. The answer depends on the seed and the question alone, not on the order in which
// questions are asked: goroutines may ask in any.
type chance uint64

// of returns the randomness of one question.
func (c chance) of(question string, numbers ...int64) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(question)) // never fails
	var b [8]byte
	for _, n := range numbers {
		binary.LittleEndian.PutUint64(b[:], uint64(n))
		_, _ = h.Write(b[:])
	}
	return rand.New(rand.NewPCG(uint64(c), h.Sum64()))
}

// percent is true in p cases of a hundred.
func percent(r *rand.Rand, p int) bool { return r.IntN(100) < p }

// upTo is a duration below d, never 0: two of them hardly ever agree.
func upTo(r *rand.Rand, d time.Duration) time.Duration { return 1 + time.Duration(r.Int64N(int64(d))) }

// oneOf picks a member.
func oneOf[T any](r *rand.Rand, all []T) T { return all[r.IntN(len(all))] }
