package forecast

import (
	"math"
	"math/bits"
	"slices"
	"time"

	"tenon/internal/core/scheduler"
)

// dice is a small deterministic source: splitmix64 (Steele, Lea and Flood 2014). Each run of each sample has one of its
// own, made of its id: so a run takes equally long before and after a change, whatever the order of events (common random
// numbers).
type dice uint64

// next returns 64 random bits.
func (d *dice) next() uint64 {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number in [0, n).
func (d *dice) below(n int) int {
	hi, _ := bits.Mul64(d.next(), uint64(n))
	return int(hi)
}

// float returns a number in [0, 1).
func (d *dice) float() float64 { return float64(d.next()>>11) / (1 << 53) }

// normal returns a number of the standard normal distribution (Box and Muller 1958).
func (d *dice) normal() float64 {
	u := 1 - d.float() // never 0
	return math.Sqrt(-2*math.Log(u)) * math.Cos(2*math.Pi*d.float())
}

// throw makes the dice of a word in a sample.
func throw(seed uint64, sample int, word string) dice {
	h := seed ^ 0xcbf29ce484222325 // FNV-1a
	for i := range len(word) {
		h = (h ^ uint64(word[i])) * 0x100000001b3
	}
	d := dice(h ^ uint64(sample)*0xd1b54a32d192ed03)
	d.next()
	return d
}

// times is the run times of one job.
type times struct {
	sorted []time.Duration
	// width is the standard deviation of the noise on the logarithm of a drawn time. Few times seen are a poor picture of
	// those to come: without the noise a job seen once would seem to take equally long for ever.
	width float64
}

// Bounds of the noise.
const (
	loneWidth = 0.4 // of a job seen once
	minWidth  = 0.02
)

// newTimes prepares the run times of a job.
func newTimes(seen []time.Duration) *times {
	t := &times{sorted: slices.DeleteFunc(slices.Clone(seen), func(d time.Duration) bool { return d <= 0 })}
	slices.Sort(t.sorted)
	n := float64(len(t.sorted))
	if n < 2 {
		t.width = loneWidth
		return t
	}
	var sum, squares float64
	for _, d := range t.sorted {
		l := math.Log(float64(d))
		sum += l
		squares += l * l
	}
	// Silverman's rule for the width of a kernel, with a term for the uncertainty of a small sample's own spread.
	spread := math.Sqrt(max(0, squares-sum*sum/n) / (n - 1))
	t.width = max(minWidth, 1.06*spread*math.Pow(n, -0.2), loneWidth/n)
	return t
}

// above draws a run time longer than elapsed; false if none was ever seen.
func (t *times) above(d *dice, elapsed time.Duration) (time.Duration, bool) {
	if len(t.sorted) == 0 {
		return 0, false
	}
	for range drawTries {
		took := time.Duration(float64(t.sorted[d.below(len(t.sorted))]) * math.Exp(t.width*d.normal()))
		if took > elapsed {
			return took, true
		}
	}
	from, _ := slices.BinarySearch(t.sorted, elapsed+1)
	if from == len(t.sorted) {
		return 0, false
	}
	return t.sorted[from+d.below(len(t.sorted)-from)], true
}

// drawTries is how often a time with noise is drawn before one is taken that was seen so.
const drawTries = 16

// guessPart and guessLeast make the guess of a run time without history: part of the Timeout, at least so long.
const (
	guessPart  = 100
	guessLeast = time.Minute
)

// sampler draws run times.
type sampler struct {
	seen map[string][]time.Duration
	jobs map[string]*times // made when first needed
	seed uint64
}

// newSampler returns a sampler of a history.
func newSampler(seen map[string][]time.Duration, seed uint64) *sampler {
	return &sampler{seen: seen, jobs: map[string]*times{}, seed: seed}
}

// of returns the run times of a job.
func (s *sampler) of(job string) *times {
	t, ok := s.jobs[job]
	if !ok {
		t = newTimes(s.seen[job])
		s.jobs[job] = t
	}
	return t
}

// untimed reports whether nobody knows how long a job takes.
func (s *sampler) untimed(job string) bool { return len(s.of(job).sorted) == 0 }

// draw returns how long r takes in a sample, in all, if it has run for elapsed. guess: nobody knows; a run that outlasts
// all that were seen is taken to last as long again as it has.
func (s *sampler) draw(sample int, r *scheduler.Run, elapsed time.Duration) (took time.Duration, guess bool) {
	d := throw(s.seed+uint64(r.Attempt), sample, r.ID)
	took, known := s.of(r.Job).above(&d, elapsed)
	if !known {
		took = max(guessLeast, r.Timeout/guessPart, 2*elapsed)
	}
	if r.Timeout > 0 {
		took = min(took, r.Timeout)
	}
	return max(took, elapsed+time.Second), !known
}
