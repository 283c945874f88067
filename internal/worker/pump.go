package worker

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"tenon/internal/attempt"
)

// defaultLogBytes is the limit of a log file where the spec sets none.
const defaultLogBytes = 64 << 20

// pumpChunk is how much of a stream is read at once. One chunk's lines share one time.
const pumpChunk = 64 << 10

// unfinishedWait is how long a line without its end is waited for before it is written as it is.
const unfinishedWait = time.Second

// tailBytes is what a pump remembers of the end of its stream, for error messages.
const tailBytes = 16 << 10

// pump writes one stream of the script into a log file (see attempt/log.go), up to a limit. Past it, one record says so
// and the rest is counted and dropped: the script goes on.
type pump struct {
	in    *os.File // the pipe's reading end
	out   *os.File
	limit int64 // bytes of the file
	now   func() time.Time

	written   int64
	dropped   int64 // bytes of the stream
	full      bool  // the limit was reached
	err       error // why the file cannot be written: what follows is dropped
	line      []byte
	lineAt    time.Time // when the first byte of line came
	continues bool      // line carries on a record that was written unfinished
	tail      []byte
}

// newPump opens the log file name for a stream that is read from in.
func newPump(in *os.File, name string, limit int64) (*pump, error) {
	if limit <= 0 {
		limit = defaultLogBytes
	}
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	return &pump{in: in, out: out, limit: limit, now: time.Now}, nil
}

// run pumps until the stream ends, that is, until no process holds its writing end, and closes both files.
func (p *pump) run() error {
	chunk := make([]byte, pumpChunk)
	var err error
	for {
		var wait time.Time
		if len(p.line) > 0 {
			wait = p.lineAt.Add(unfinishedWait)
		}
		if err = p.in.SetReadDeadline(wait); err != nil {
			break
		}
		var n int
		n, err = p.in.Read(chunk)
		p.take(chunk[:n])
		if errors.Is(err, os.ErrDeadlineExceeded) {
			p.flush(true)
			continue
		}
		if err != nil {
			break
		}
	}
	p.flush(false)
	if p.dropped > 0 && p.err == nil {
		p.say(fmt.Sprintf("%d bytes of this log were dropped", p.dropped))
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, p.err, p.in.Close(), p.out.Close())
}

// take handles the bytes of one read.
func (p *pump) take(b []byte) {
	if len(b) == 0 {
		return
	}
	p.tail = append(p.tail, b...)
	if over := len(p.tail) - tailBytes; over > 0 {
		p.tail = append(p.tail[:0], p.tail[over:]...)
	}
	if p.full || p.err != nil {
		p.dropped += int64(len(b))
		return
	}
	now := p.now()
	var records []byte
	for len(b) > 0 {
		if len(p.line) == 0 {
			p.lineAt = now
		}
		i := bytes.IndexByte(b, '\n')
		end := i >= 0
		text := b
		if end {
			text = b[:i]
		}
		if room := attempt.MaxLogLine - len(p.line); len(text) > room {
			text, end = text[:room], false
		}
		p.line = append(p.line, text...)
		b = b[len(text):]
		if end {
			b = b[1:]
		}
		if end || len(p.line) == attempt.MaxLogLine {
			records = attempt.AppendLogRecord(records, p.lineAt, p.continues, p.line)
			p.line, p.continues = p.line[:0], !end
		}
	}
	p.write(records)
}

// flush writes an unfinished line.
func (p *pump) flush(continues bool) {
	if len(p.line) > 0 {
		p.write(attempt.AppendLogRecord(nil, p.lineAt, p.continues, p.line))
		p.line, p.continues = p.line[:0], continues
	}
}

// write appends whole records, as many as fit under the limit, and the record that says it was reached.
func (p *pump) write(records []byte) {
	if len(records) == 0 {
		return
	}
	if p.full || p.err != nil {
		p.dropped += int64(len(records))
		return
	}
	if over := p.written + int64(len(records)) - p.limit; over > 0 {
		fits := bytes.LastIndexByte(records[:max(0, p.limit-p.written)], '\n') + 1
		p.dropped += int64(len(records) - fits)
		p.full = true
		records = attempt.AppendLogRecord(records[:fits:fits], p.now(), false,
			fmt.Appendf(nil, "[tenon] this log has reached its limit of %d bytes; what follows is dropped", p.limit))
	}
	p.append(records)
}

// say appends a record of Tenon's own, whatever the limit.
func (p *pump) say(text string) {
	line := strings.Join(strings.Fields("[tenon] "+text), " ")
	p.append(attempt.AppendLogRecord(nil, p.now(), false, []byte(line[:min(len(line), attempt.MaxLogLine)])))
}

// append appends to the file. After a failure (a full disk) the file still ends with a whole record.
func (p *pump) append(records []byte) {
	if _, err := p.out.Write(records); err != nil {
		p.err = errors.Join(fmt.Errorf("worker: write log: %w", err), p.out.Truncate(p.written))
		p.dropped += int64(len(records))
		return
	}
	p.written += int64(len(records))
}
