package format

import (
	"io"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// blockBytes is how much text is compressed at a time. Each block becomes a part of its own, which is what lets
// several threads work on one file; every reader takes a file of several parts for one text.
const blockBytes = 1 << 20

// blockWriter writes text to a file, compressed by several threads where there is a codec. Not safe for concurrent use.
type blockWriter struct {
	out     io.Writer
	codec   *codec   // nil: none
	charset *charset // nil: UTF-8
	begun   bool     // some text was written, with charset
	buf     []byte
	free    chan []byte // buffers whose text is compressed
	group   errgroup.Group
	pending chan chan []byte // compressed blocks, in order
	written chan error       // the first error of the goroutine that writes them
}

// newBlockWriter writes to out.
func newBlockWriter(out io.Writer, codec *codec, threads int) *blockWriter {
	w := &blockWriter{out: out, codec: codec, buf: make([]byte, 0, blockBytes+blockBytes/4)}
	if codec == nil {
		return w
	}
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	w.group.SetLimit(threads)
	w.free = make(chan []byte, threads)
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

// flush hands the buffer on, which holds whole records.
func (w *blockWriter) flush() error {
	if w.charset != nil && len(w.buf) > 0 {
		text, err := w.charset.encode(w.buf, !w.begun)
		if err != nil {
			return execution("writing text as %s: %v", w.charset.name, err)
		}
		w.buf, w.begun = text, true
	}
	if w.codec == nil {
		_, err := w.out.Write(w.buf)
		w.buf = w.buf[:0]
		return err
	}
	block := w.buf
	w.buf = w.fresh()
	done := make(chan []byte, 1)
	w.pending <- done
	w.group.Go(func() error {
		b, err := w.codec.write(block)
		select {
		case w.free <- block[:0]:
		default:
		}
		done <- b
		return err
	})
	return nil
}

// fresh is an empty buffer: one that is free, or a new one.
func (w *blockWriter) fresh() []byte {
	select {
	case b := <-w.free:
		return b
	default:
		return make([]byte, 0, blockBytes+blockBytes/4)
	}
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
	if w.codec == nil {
		return err
	}
	close(w.pending)
	if err := w.group.Wait(); err != nil {
		<-w.written
		return err
	}
	return <-w.written
}
