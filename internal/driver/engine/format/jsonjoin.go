package format

import (
	"io"

	"tenon/internal/plan"
)

// maxJoined bounds the lines that are taken together to see whether a record goes over all of them, in bytes.
const maxJoined = 64 << 10

// whole returns the text of the record that begins on a line that is no whole record itself. Glue's reader takes a file's text as one stream: where an
// object is not at its end with the line, it goes on in the next one, and what is wrong there makes an error record of
// both (see "Use errorsAsDynamicFrame to view error records" in the Glue developer guide). An object that ends on a later
// line is refused, since multiLine is how Glue is told of such.
func (r *records) whole(line []byte) ([]byte, error) {
	r.buf = append(r.buf[:0], line...)
	for joined := false; ; joined = true {
		err := r.doc.parse(r.buf)
		switch {
		case err == nil && joined, len(r.buf) > maxJoined:
			return nil, plan.Unsupported("a JSON record over several lines (in "+r.name+")",
				`set "multiLine": True in format_options if records are over several lines`)
		case err == nil || r.doc.pos < len(r.buf):
			return r.buf, nil // a whole record, or one with an error before its end
		}
		next, err := r.lines.next()
		if err == io.EOF {
			return r.buf, nil
		}
		if err != nil {
			return nil, err
		}
		r.buf = append(append(r.buf, '\n'), next...)
	}
}
