package format

import (
	"sync"

	"tenon/internal/core/spark"
)

// Bounds of the error records that one source keeps: more are counted alone. A script looks at them to learn what is
// wrong with its files, for which a few are enough.
const (
	maxKeptErrors     = 10_000
	maxKeptErrorBytes = 16 << 20
)

// errorBudget is what is left of the bounds, for all files of a source.
type errorBudget struct {
	mu      sync.Mutex // guards what follows
	records int
	bytes   int
}

// take reports whether one more error record of n bytes can be kept.
func (b *errorBudget) take(n int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.records >= maxKeptErrors || b.bytes+n > maxKeptErrorBytes {
		return false
	}
	b.records++
	b.bytes += n
	return true
}

// reject counts an error record of a DynamicFrame's file, and keeps it while there is room: why it is one, and its text.
func (s *source) reject(in *input, why error, text []byte) {
	in.errors++
	if s.budget.take(len(text)) {
		in.kept = append(in.kept, spark.ErrorRecord{Message: why.Error(), Source: in.Path, Input: validUTF8(text),
			BytesRead: int64(len(text))})
	}
}
