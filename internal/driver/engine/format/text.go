package format

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"runtime"

	"golang.org/x/sync/errgroup"

	"tenon/internal/driver/blob"
)

// MaxRecordBytes bounds one line of text, or one JSON record of a file that is one array. Longer ones fail the run by
// name: they are files in another format, more often than not.
const MaxRecordBytes = 16 << 20

// readBuffer is how much of a file is read at once, in bytes.
const readBuffer = 256 << 10

// openText opens a file of text, decompressed by the codec given or, where that is "", by the name's ending.
func (f *Format) openText(ctx context.Context, codec string, in input) (io.ReadCloser, error) {
	raw, _, err := f.cfg.Storage.Open(ctx, in.Path, blob.Range{Length: -1})
	if err != nil {
		return nil, outside(err)
	}
	body, err := decompress(codec, in.Path, raw)
	if err != nil {
		raw.Close()
		return nil, execution("%s: %v", in.Path, err)
	}
	return struct {
		io.Reader
		io.Closer
	}{body, raw}, nil
}

// decompress wraps r, the bytes of the file called name.
func decompress(given, name string, r io.Reader) (io.Reader, error) {
	c, err := codecOf(given, name)
	if c == nil || err != nil {
		return r, err
	}
	return c.read(r)
}

// brokenReader passes a stream on, and keeps the error that ended it before its end: to who buffers it, it is at its end.
type brokenReader struct {
	in  io.Reader
	err error
}

// Read implements io.Reader.
func (b *brokenReader) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}

// lines splits text as Hadoop's LineRecordReader does: at \n, \r\n and \r, without a byte order mark, and without a
// last line where the text ends in a line break.
type lines struct {
	r       *bufio.Reader
	name    string // of the file, for messages
	sep     []byte // Spark's lineSep; nil for the default
	first   bool
	long    []byte // a line longer than the buffer of r
	rest    []byte // what follows a \r within the last chunk
	pending bool   // rest holds a line

	crlf, lf, cr bool // the endings seen
	bom          bool
	longest      int
}

// newLines reads lines of r.
func newLines(r io.Reader, name string, sep []byte) *lines {
	return &lines{r: bufio.NewReaderSize(r, readBuffer), name: name, sep: sep, first: true}
}

// next returns a line without its ending, valid until the next call; io.EOF after the last one.
func (l *lines) next() ([]byte, error) {
	chunk, err := l.chunk()
	if err != nil {
		return nil, err
	}
	if l.first {
		l.first = false
		if trimmed, ok := bytes.CutPrefix(chunk, []byte("\xef\xbb\xbf")); ok {
			chunk, l.bom = trimmed, true
		}
	}
	l.longest = max(l.longest, len(chunk))
	return chunk, nil
}

// chunk is next without its bookkeeping.
func (l *lines) chunk() ([]byte, error) {
	if l.pending {
		return l.split(l.rest), nil
	}
	end := byte('\n')
	if l.sep != nil {
		end = l.sep[len(l.sep)-1]
	}
	line, err := l.until(end)
	for l.sep != nil && err == nil && !bytes.HasSuffix(line, l.sep) {
		head := bytes.Clone(line)
		line, err = l.until(end)
		line = append(head, line...)
		if len(line) > MaxRecordBytes {
			return nil, l.tooLong()
		}
	}
	if err == io.EOF && len(line) == 0 {
		return nil, io.EOF
	}
	if err != nil && err != io.EOF {
		return nil, execution("%s: %v", l.name, err)
	}
	if l.sep != nil {
		return bytes.TrimSuffix(line, l.sep), nil
	}
	if n := len(line); err == nil {
		line = line[:n-1]
		if n > 1 && line[n-2] == '\r' {
			l.crlf = true
			line = line[:n-2]
		} else {
			l.lf = true
		}
	} else {
		line = bytes.TrimSuffix(line, []byte("\r"))
	}
	return l.split(line), nil
}

// split cuts a chunk at its first lone \r.
func (l *lines) split(chunk []byte) []byte {
	l.pending = false
	if i := bytes.IndexByte(chunk, '\r'); i >= 0 {
		l.cr, l.pending = true, true
		l.rest = chunk[i+1:]
		return chunk[:i]
	}
	return chunk
}

// until reads through the byte end, or to the end of the file with io.EOF.
func (l *lines) until(end byte) ([]byte, error) {
	line, err := l.r.ReadSlice(end)
	if err != bufio.ErrBufferFull {
		return line, err
	}
	l.long = append(l.long[:0], line...)
	for err == bufio.ErrBufferFull {
		if len(l.long) > MaxRecordBytes {
			return nil, l.tooLong()
		}
		line, err = l.r.ReadSlice(end)
		l.long = append(l.long, line...)
	}
	return l.long, err
}

// tooLong refuses a line.
func (l *lines) tooLong() error {
	return execution("%s: a line is longer than %d bytes", l.name, MaxRecordBytes)
}

// blank reports whether Java's trim would leave nothing of a line.
func blank(line []byte) bool {
	for _, c := range line {
		if c > ' ' {
			return false
		}
	}
	return true
}

// each runs do for every index below n, several at a time; the first error stops the rest.
func (f *Format) each(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	threads := f.cfg.Threads
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(threads)
	for i := range n {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return do(ctx, i)
		})
	}
	return group.Wait()
}
