package gateway

import (
	"io"

	"github.com/versity/versitygw/s3api/middlewares"
)

// exact is an upload's body that must have all the bytes that were announced.
// The HTTP server below reports a connection that broke off as the end of the
// body, and posix would make an object of what had come.
type exact struct {
	io.Reader
	rest int64 // bytes still to come
}

// Read fails at an end that is too early. Bytes after the announced ones are
// not part of the body.
func (e *exact) Read(p []byte) (int, error) {
	n, err := e.Reader.Read(p)
	e.rest -= int64(n)
	if err == io.EOF && e.rest > 0 {
		err = errShortBody
	}
	return n, err
}

// errShortBody is what becomes of the request, if its client still listens.
var errShortBody = refusal("IncompleteBody", 400, "the request has fewer bytes than its Content-Length announced")

// exactChecksum is exact over a body that carries its checksum at its end.
type exactChecksum struct {
	exact
	middlewares.ChecksumReader
}

// Read is that of exact.
func (e *exactChecksum) Read(p []byte) (int, error) { return e.exact.Read(p) }

// exactly makes a body exact. The kind of reader it is must not be hidden:
// posix asks it for a trailing checksum.
func exactly(body io.Reader, length *int64) io.Reader {
	if body == nil || length == nil {
		return body
	}
	if c, ok := body.(middlewares.ChecksumReader); ok {
		return &exactChecksum{exact{body, *length}, c}
	}
	return &exact{body, *length}
}
