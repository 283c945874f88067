package format

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"tenon/internal/driver/engine/relation"
)

// Rows leave DuckDB as text through a named pipe: its own results are held in memory whole before the first row can be
// fetched, while COPY streams, on all threads, and waits where the reader is slow. Every value is in DuckDB's own
// spelling, which is exact for all types (shortest digits that give the same double, all digits of a decimal,
// microseconds), and is read and spelled anew in Go. Nested values come as JSON whose leaves are all strings.

// pipeSeparator stands between values: a control character that text seldom holds, so that few values need quotes.
const pipeSeparator = '\x1f'

// maxPipeRow bounds one row on the pipe, in bytes.
const maxPipeRow = 256 << 20

// rowReader reads rows from the pipe.
type rowReader struct {
	r     *bufio.Reader
	long  []byte
	cells [][]byte // of the present row; nil is null
}

// next reads one row of n values. They are valid until the next call.
func (p *rowReader) next(n int) ([][]byte, error) {
	line, err := p.line()
	if err != nil {
		return nil, err
	}
	p.cells = p.cells[:0]
	for rest := line; ; {
		var cell []byte
		if len(rest) > 0 && rest[0] == '"' {
			if cell, rest, err = unquote(rest); err != nil {
				return nil, err
			}
		} else {
			end := bytes.IndexByte(rest, pipeSeparator)
			if end < 0 {
				end = len(rest)
			}
			cell, rest = rest[:end:end], rest[end:]
			if string(cell) == nullMark {
				cell = nil
			}
		}
		p.cells = append(p.cells, cell)
		if len(rest) == 0 {
			break
		}
		rest = rest[1:]
	}
	if len(p.cells) != n {
		return nil, fmt.Errorf("format: a row of %d values, want %d", len(p.cells), n)
	}
	return p.cells, nil
}

// line reads through the line break that ends the row: one outside quotes.
func (p *rowReader) line() ([]byte, error) {
	line, err := p.r.ReadSlice('\n')
	if err == nil && bytes.Count(line, []byte{'"'})%2 == 0 {
		return line[:len(line)-1], nil
	}
	p.long = append(p.long[:0], line...)
	for {
		switch {
		case err == io.EOF && len(p.long) == 0:
			return nil, io.EOF
		case err == io.EOF:
			return nil, io.ErrUnexpectedEOF
		case err != nil && err != bufio.ErrBufferFull:
			return nil, err
		case err == nil && bytes.Count(p.long, []byte{'"'})%2 == 0:
			return p.long[:len(p.long)-1], nil
		case len(p.long) > maxPipeRow:
			return nil, execution("a row is longer than %d bytes", maxPipeRow)
		}
		line, err = p.r.ReadSlice('\n')
		p.long = append(p.long, line...)
	}
}

// unquote reads a quoted value at the start of b, in place.
func unquote(b []byte) (cell, rest []byte, err error) {
	end := bytes.IndexByte(b[1:], '"')
	if end < 0 {
		return nil, nil, errors.New("format: an open quote on the pipe")
	}
	end++
	if end+1 == len(b) || b[end+1] != '"' {
		return b[1:end:end], b[end+1:], nil
	}
	out := b[1:1]
	for i := 1; i < len(b); i++ {
		if b[i] == '"' {
			if i+1 == len(b) || b[i+1] != '"' {
				return out[:len(out):len(out)], b[i+1:], nil
			}
			i++
		}
		out = append(out, b[i])
	}
	return nil, nil, errors.New("format: an open quote on the pipe")
}

// pump runs query and hands its rows, of n values each, to each.
func (f *Format) pump(ctx context.Context, db *sql.DB, query string, n int, each func(cells [][]byte) error) error {
	path := f.scratch(".pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		return fmt.Errorf("format: pipe: %w", err)
	}
	defer os.Remove(path)
	// Our own writing end keeps the reader from seeing an end before DuckDB has opened the pipe, or if it never does.
	r, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return fmt.Errorf("format: pipe: %w", err)
	}
	defer r.Close()
	w, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("format: pipe: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	copied := make(chan error, 1)
	go func() {
		_, err := db.ExecContext(ctx, "COPY ("+query+") TO "+relation.Literal(path)+" (FORMAT csv, HEADER false, DELIM "+
			relation.Literal(string(pipeSeparator))+`, QUOTE '"', ESCAPE '"', NULLSTR `+relation.Literal(nullMark)+
			", COMPRESSION 'none', USE_TMP_FILE false)")
		w.Close()
		copied <- err
	}()
	p := &rowReader{r: bufio.NewReaderSize(r, 1<<20)}
	var failed error
	for failed == nil {
		var cells [][]byte
		if cells, failed = p.next(n); failed == nil {
			failed = each(cells)
		}
	}
	if failed != io.EOF && failed != io.ErrUnexpectedEOF {
		// DuckDB must find a reader until it has noticed: a pipe without one is a signal to the process.
		cancel()
		go io.Copy(io.Discard, r)
		<-copied
		return failed
	}
	if err := <-copied; err != nil || failed == io.EOF {
		return err // a query that fails may end within a row
	}
	return fmt.Errorf("format: the pipe: %w", failed)
}
