package attemptdir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"tenon/internal/attempt"
)

// Stream names a log of an attempt.
type Stream string

// The logs of an attempt, by the endings of CloudWatch's log groups.
const (
	Output Stream = "output" // the script's stdout
	Errors Stream = "error"  // the script's stderr
)

// file is the stream's file name.
func (s Stream) file() (string, error) {
	switch s {
	case Output:
		return attempt.FileStdout, nil
	case Errors:
		return attempt.FileStderr, nil
	}
	return "", fmt.Errorf("attemptdir: no log stream %q", s)
}

// ReadLog is attempt.ReadLog for one stream of d. A log that does not exist, yet or any more, is empty.
func (d Dir) ReadLog(s Stream, offset int64, limit int) (events []attempt.LogEvent, next int64, err error) {
	f, err := d.openLog(s)
	if f == nil {
		return nil, offset, err
	}
	defer f.Close() // only read from
	return attempt.ReadLog(f, offset, limit)
}

// ReadLogBack is attempt.ReadLogBack for one stream of d. A negative end is the end of the file.
func (d Dir) ReadLogBack(s Stream, end int64, limit int) ([]attempt.LogEvent, error) {
	f, err := d.openLog(s)
	if f == nil {
		return nil, err
	}
	defer f.Close() // only read from
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("attemptdir: %w", err)
	}
	if end < 0 || end > info.Size() {
		end = info.Size()
	}
	return attempt.ReadLogBack(f, end, limit)
}

// openLog opens the file of a stream; nil without an error if there is none.
func (d Dir) openLog(s Stream) (*os.File, error) {
	name, err := s.file()
	if err != nil {
		return nil, err
	}
	f, err := os.Open(d.File(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("attemptdir: %w", err)
	}
	return f, nil
}
