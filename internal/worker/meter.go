package worker

import (
	"sync"

	"tenon/internal/attempt"
	"tenon/internal/glue"
)

// meter sums what the run uses.
type meter struct {
	mu  sync.Mutex // guards sum
	sum glue.Usage
}

// files adds what a source listed or a sink published.
func (m *meter) files(files []attempt.File) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, f := range files {
		records := max(f.Records, 0) // -1 is not known
		if f.Write {
			m.sum.FilesWritten++
			m.sum.BytesWritten += f.Bytes
			m.sum.RecordsWritten += records
		} else {
			m.sum.FilesRead++
			m.sum.BytesRead += f.Bytes
			m.sum.RecordsRead += records
		}
	}
}

// memory notes the memory in use, in bytes.
func (m *meter) memory(bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sum.PeakMemory = max(m.sum.PeakMemory, bytes)
}

// usage is the sum so far.
func (m *meter) usage() glue.Usage {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sum
}
