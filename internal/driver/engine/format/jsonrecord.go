package format

import (
	"bufio"
	"io"
	"strings"
)

// records yields the records of a file's text: its lines, or the parts of its first value.
type records struct {
	j     *jsonSource
	lines *lines
	in    *bufio.Reader // of a file that is one value
	name  string
	buf   []byte
	array bool // within the array that the file is
	done  bool
	at    *selector // of a jsonPath
	joins bool      // look for records of a DynamicFrame that go on in the next line; see whole
	doc   jsonDoc   // of such a line
}

// newRecords chooses between the two. A DynamicFrame takes a file that begins with [ for an array of records, over as
// many lines as it likes, whatever multiLine says.
func newRecords(j *jsonSource, r io.Reader, name string) *records {
	rec := &records{j: j, name: name}
	in := bufio.NewReaderSize(r, readBuffer)
	whole := j.multiLine || j.elements || j.path != nil
	if head, _ := in.Peek(3); string(head) == "\xef\xbb\xbf" && (whole || j.dynamic) {
		_, _ = in.Discard(3) // they are there
	}
	if j.dynamic && !whole {
		head, _ := in.Peek(readBuffer)
		head = trimBlanks(head)
		whole = len(head) > 0 && head[0] == '['
	}
	switch {
	case j.path != nil:
		rec.at = &selector{in: in, name: name, steps: j.path}
	case whole:
		rec.in = in
	default:
		rec.lines = newLines(in, name, j.lineSep)
	}
	return rec
}

// plain reports whether the text consists of lines that end in \n or \r\n, one record each.
func (r *records) plain() bool {
	return r.lines != nil && !r.lines.cr && !r.lines.bom && r.lines.sep == nil && r.lines.longest <= maxNativeLine
}

// next returns the text of a record, valid until the next call.
func (r *records) next() ([]byte, error) {
	if r.at != nil {
		return r.at.next()
	}
	if r.lines != nil {
		for {
			line, err := r.lines.next()
			switch {
			case err != nil:
				return nil, err
			case blank(line):
			case r.joins:
				return r.whole(line)
			default:
				return line, nil
			}
		}
	}
	for !r.done {
		separators := " \t\r\n"
		if r.array {
			separators = " \t\r\n,"
		}
		c, err := r.skip(separators)
		switch {
		case err == io.EOF && r.array:
			return nil, execution("%s: the file's array has no end", r.name)
		case err != nil:
			return nil, err
		case r.array && c == ']':
			r.array, r.done = false, !r.j.dynamic // Spark does not look at what comes after the first value
		case !r.array && c == '[':
			r.array = true
		default:
			r.done = !r.array && !r.j.dynamic
			return r.raw(c)
		}
	}
	return nil, io.EOF
}

// skip passes over some characters and returns the next one, which it reads.
func (r *records) skip(set string) (byte, error) {
	for {
		c, err := r.in.ReadByte()
		if err == io.EOF {
			return 0, io.EOF
		}
		if err != nil {
			return 0, execution("%s: %v", r.name, err)
		}
		if strings.IndexByte(set, c) < 0 {
			return c, nil
		}
	}
}

// raw reads the text of one value that begins with c: through its closing bracket, or up to what ends a scalar.
func (r *records) raw(c byte) ([]byte, error) {
	r.buf = append(r.buf[:0], c)
	depth, quote, escaped := 0, byte(0), false
	for {
		switch {
		case escaped:
			escaped = false
		case quote != 0 && c == '\\':
			escaped = true
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
		case c == '"' || c == '\'':
			quote = c
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
		if quote == 0 && depth <= 0 {
			next, _ := r.in.Peek(1)
			if c == '}' || c == ']' || c == '"' || len(next) == 0 || strings.IndexByte(" \t\r\n,]", next[0]) >= 0 {
				return r.buf, nil
			}
		}
		var err error
		if c, err = r.in.ReadByte(); err == io.EOF {
			return r.buf, nil
		} else if err != nil {
			return nil, execution("%s: %v", r.name, err)
		}
		if r.buf = append(r.buf, c); len(r.buf) > MaxRecordBytes {
			return nil, execution("%s: a record is longer than %d bytes", r.name, MaxRecordBytes)
		}
	}
}
