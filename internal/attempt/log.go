package attempt

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// A log file (FileStdout, FileStderr) is a sequence of records, one a line, in the order of time:
//
//	1761234567890 the text of the line
//	1761234567890+more of the same line
//
// The number is when the line's first bytes came, in Unix milliseconds. '+' instead of the blank says that the record
// carries on the line of the record before it: a line longer than MaxLogLine, or one that the script left unfinished for
// a while (a progress bar). A record never holds a line feed, and nothing is ever rewritten, so a file offset is a token
// that stays good: each record can be found from either end, while the file grows.

// MaxLogLine bounds the text of one record, in bytes. It fits an event of CloudWatch Logs (256 KiB) several times, so
// that a page of events stays small.
const MaxLogLine = 32 << 10

// MaxLogPage bounds what one ReadLog or ReadLogBack returns, in bytes of the file: a page of GetLogEvents is 1 MiB.
const MaxLogPage = 1 << 20

// maxLogRecord is the longest record: a time of 20 digits, the sign, the text, the line feed.
const maxLogRecord = MaxLogLine + 22

// LogEvent is one record.
type LogEvent struct {
	At        time.Time // to the millisecond, UTC
	Text      string    // without line feed; as the script wrote it, which may not be UTF-8
	Continues bool      // carries on the line of the event before
	Offset    int64     // of the record
	Next      int64     // of the record after it
}

// AppendLogRecord appends one record to b. text must hold no line feed and at most MaxLogLine bytes.
func AppendLogRecord(b []byte, at time.Time, continues bool, text []byte) []byte {
	b = strconv.AppendInt(b, at.UnixMilli(), 10)
	if continues {
		b = append(b, '+')
	} else {
		b = append(b, ' ')
	}
	b = append(b, text...)
	return append(b, '\n')
}

// ReadLog returns the records from offset on, at most limit of them and MaxLogPage bytes, and where to read on. A record
// that is not complete yet is left for the next call. An offset inside a record means the next record.
func ReadLog(r io.ReaderAt, offset int64, limit int) (events []LogEvent, next int64, err error) {
	if offset < 0 {
		return nil, 0, fmt.Errorf("attempt: log offset %d is negative", offset)
	}
	from := max(0, offset-1) // whether a record begins at offset is seen from the byte before
	b, err := readAt(r, from, MaxLogPage)
	if err != nil {
		return nil, 0, err
	}
	if offset > 0 {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			return nil, offset, nil
		}
		b, from = b[i+1:], from+int64(i)+1
	}
	events, err = parseLog(b, from)
	if len(events) > max(limit, 0) {
		events = events[:max(limit, 0)]
	}
	if len(events) == 0 {
		return nil, from, err
	}
	return events, events[len(events)-1].Next, err
}

// ReadLogBack returns the last records before the offset end, in the order of the file, at most limit of them and
// MaxLogPage bytes. The Offset of the first is where to read on backwards.
func ReadLogBack(r io.ReaderAt, end int64, limit int) ([]LogEvent, error) {
	from := max(0, end-MaxLogPage)
	b, err := readAt(r, from, int(end-from))
	if err != nil {
		return nil, err
	}
	if from > 0 { // most likely inside a record
		i := bytes.IndexByte(b, '\n')
		b, from = b[i+1:], from+int64(i)+1
	}
	events, err := parseLog(b, from)
	return events[max(0, len(events)-max(limit, 0)):], err
}

// readAt reads up to n bytes at an offset. The end of the file is no error.
func readAt(r io.ReaderAt, offset int64, n int) ([]byte, error) {
	b := make([]byte, max(n, 0))
	got, err := r.ReadAt(b, offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("attempt: read log: %w", err)
	}
	return b[:got], nil
}

// parseLog reads the complete records of b, which begins at offset of the file.
func parseLog(b []byte, offset int64) ([]LogEvent, error) {
	var events []LogEvent
	for {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			if len(b) >= maxLogRecord {
				return events, fmt.Errorf("attempt: log record at %d is longer than %d bytes", offset, maxLogRecord)
			}
			return events, nil
		}
		sign := bytes.IndexAny(b[:i], " +")
		if sign < 0 {
			return events, fmt.Errorf("attempt: log record at %d has no time", offset)
		}
		ms, err := strconv.ParseInt(string(b[:sign]), 10, 64)
		if err != nil {
			return events, fmt.Errorf("attempt: log record at %d: %w", offset, err)
		}
		next := offset + int64(i) + 1
		events = append(events, LogEvent{
			At: time.UnixMilli(ms).UTC(), Text: string(b[sign+1 : i]), Continues: b[sign] == '+', Offset: offset, Next: next,
		})
		b, offset = b[i+1:], next
	}
}
