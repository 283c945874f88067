package engine

import (
	"cmp"
	"math"
	"slices"
)

// The summary of a column that percentile_approx looks up: the algorithm of Greenwald and Khanna (Space-efficient Online
// Computation of Quantile Summaries, 2001), with the batches that Spark's QuantileSummaries takes values in, so that the
// values of one partition give the same element as in Spark.

const (
	quantileBatch    = 50_000 // values that are sorted in at once
	quantileCompress = 10_000 // samples from which on a summary is made smaller after a batch
)

// sample stands for g values up to value; delta is how far its rank may be off.
type sample struct {
	value    float64
	g, delta int64
}

// quantiles is a summary of count values that are in samples.
type quantiles struct {
	samples []sample
	count   int64
	err     float64 // the largest error of a rank, relative to count
}

// approximateQuantiles gives the values at percentages; nil for no values. accuracy is the reciprocal of the error.
func approximateQuantiles(values, percentages []float64, accuracy float64) any {
	if len(values) == 0 || len(percentages) == 0 {
		return nil
	}
	q := quantiles{err: 1 / accuracy}
	for batch := range slices.Chunk(values, quantileBatch) {
		q.add(batch)
		if len(batch) == quantileBatch && len(q.samples) >= quantileCompress {
			q.compress()
		}
	}
	q.compress()
	out := make([]float64, len(percentages))
	for i, p := range percentages {
		out[i] = q.at(p)
	}
	return out
}

// add sorts a batch of values in.
func (q *quantiles) add(batch []float64) {
	sorted := slices.Clone(batch)
	slices.SortFunc(sorted, compareDoubles)
	merged := make([]sample, 0, len(q.samples)+len(sorted))
	next := 0
	for i, v := range sorted {
		for next < len(q.samples) && compareDoubles(q.samples[next].value, v) <= 0 {
			merged = append(merged, q.samples[next])
			next++
		}
		q.count++
		delta := int64(math.Floor(2 * q.err * float64(q.count)))
		if len(merged) == 0 || next == len(q.samples) && i == len(sorted)-1 {
			delta = 0
		}
		merged = append(merged, sample{value: v, g: 1, delta: delta})
	}
	q.samples = append(merged, q.samples[next:]...)
}

// compareDoubles orders doubles as Spark does: NaN is the largest.
func compareDoubles(a, b float64) int {
	switch {
	case math.IsNaN(a) && math.IsNaN(b):
		return 0
	case math.IsNaN(a):
		return 1
	case math.IsNaN(b):
		return -1
	default:
		return cmp.Compare(a, b)
	}
}

// compress joins neighbours while the error allows it, from the largest value down; the least value stays.
func (q *quantiles) compress() {
	if len(q.samples) == 0 {
		return
	}
	threshold := 2 * q.err * float64(q.count)
	var kept []sample // in descending order
	head := q.samples[len(q.samples)-1]
	for i := len(q.samples) - 2; i >= 1; i-- {
		s := q.samples[i]
		if float64(s.g+head.g+head.delta) < threshold {
			head.g += s.g
		} else {
			kept = append(kept, head)
			head = s
		}
	}
	kept = append(kept, head)
	if first := q.samples[0]; len(q.samples) > 1 && first.value <= head.value {
		kept = append(kept, first)
	}
	slices.Reverse(kept)
	q.samples = kept
}

// at gives the value at a percentage.
func (q *quantiles) at(percentage float64) float64 {
	switch {
	case percentage <= q.err || len(q.samples) == 1:
		return q.samples[0].value
	case percentage >= 1-q.err:
		return q.samples[len(q.samples)-1].value
	}
	var off int64
	for _, s := range q.samples {
		off = max(off, s.delta+s.g)
	}
	target := float64(off) / 2
	rank := math.Ceil(percentage * float64(q.count))
	var least int64
	for _, s := range q.samples {
		least += s.g
		if most := least + s.delta; float64(most)-target <= rank && rank <= float64(least)+target {
			return s.value
		}
	}
	return q.samples[len(q.samples)-1].value
}
