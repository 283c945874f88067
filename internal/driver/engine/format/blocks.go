package format

import (
	"bytes"
	"fmt"
	"io"
	"runtime"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/sync/errgroup"
)

// blockBytes is how much text is compressed at a time. Each block becomes a gzip member of its own, which is what lets
// several threads work on one file; every reader of gzip takes a file of several members for one text.
const blockBytes = 1 << 20

// gzipLevel is Spark's own: 6 is zlib's default.
const gzipLevel = 6

// blockWriter writes text to a file, compressed by several threads where there is a codec. Not safe for concurrent use.
type blockWriter struct {
	out     io.Writer
	codec   string
	buf     []byte
	group   errgroup.Group
	pending chan chan []byte // compressed blocks, in order
	written chan error       // the first error of the goroutine that writes them
}

// newBlockWriter writes to out.
func newBlockWriter(out io.Writer, codec string, threads int) *blockWriter {
	w := &blockWriter{out: out, codec: codec, buf: make([]byte, 0, blockBytes+blockBytes/4)}
	if codec == "" {
		return w
	}
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	w.group.SetLimit(threads)
	w.pending = make(chan chan []byte, 2*threads)
	w.written = make(chan error, 1)
	go func() {
		var failed error
		for block := range w.pending {
			if b := <-block; failed == nil {
				_, failed = w.out.Write(b)
			}
		}
		w.written <- failed
	}()
	return w
}

// flush hands the buffer on.
func (w *blockWriter) flush() error {
	if w.codec == "" {
		_, err := w.out.Write(w.buf)
		w.buf = w.buf[:0]
		return err
	}
	block := w.buf
	w.buf = make([]byte, 0, cap(block))
	done := make(chan []byte, 1)
	w.pending <- done
	w.group.Go(func() error {
		b, err := compress(block)
		done <- b
		return err
	})
	return nil
}

// full flushes once a block is together.
func (w *blockWriter) full() error {
	if len(w.buf) < blockBytes {
		return nil
	}
	return w.flush()
}

// close writes what is left. An empty text is still a valid file of its codec.
func (w *blockWriter) close() error {
	err := w.flush()
	if w.codec == "" {
		return err
	}
	close(w.pending)
	if err := w.group.Wait(); err != nil {
		<-w.written
		return err
	}
	return <-w.written
}

// compress makes one gzip member.
func compress(block []byte) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(len(block) / 6)
	z, err := gzip.NewWriterLevel(&b, gzipLevel)
	if err != nil {
		return nil, fmt.Errorf("format: gzip: %w", err)
	}
	if _, err := z.Write(block); err != nil {
		return nil, fmt.Errorf("format: gzip: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("format: gzip: %w", err)
	}
	return b.Bytes(), nil
}
