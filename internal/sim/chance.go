package sim

import (
	"encoding/binary"
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// chance answers questions of fate. The answer depends on the seed, the question and the numbers with it, mostly the instant,
// and not on what was asked before: goroutines may ask in any order, and one question more or less changes nothing else.
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

// instant is the virtual time as a number of a question.
func instant() int64 { return time.Now().UnixNano() }

// percent is true in p cases of a hundred.
func percent(r *rand.Rand, p int) bool { return r.IntN(100) < p }

// upTo is a duration below d, never 0: two of them hardly ever agree.
func upTo(r *rand.Rand, d time.Duration) time.Duration { return 1 + time.Duration(r.Int64N(int64(d))) }

// oneOf picks a member.
func oneOf[T any](r *rand.Rand, all []T) T { return all[r.IntN(len(all))] }
