package gateway

import (
	"errors"
	"io"
	"os"
	"sync"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	"github.com/versity/versitygw/s3api/middlewares"
	"github.com/versity/versitygw/s3err"
)

// lent is a request's body that is read by another request, while the first is
// being served and not after: the HTTP client goes on reading for a moment when
// the upstream answers early, and the connection's buffer is somebody else's then.
type lent struct {
	mu   sync.Mutex // guards body: held while it is read
	body io.Reader  // nil once it was taken back
}

// errTakenBack ends the upload of a body whose request is over.
var errTakenBack = errors.New("the request is over")

// Read reads on, unless the body was taken back.
func (l *lent) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.body == nil {
		return 0, errTakenBack
	}
	return l.body.Read(p)
}

// takeBack ends the reading. It waits for a Read that is under way.
func (l *lent) takeBack() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.body = nil
}

// lend makes a body ready to be sent on, and says what to do afterwards. It must
// have all the bytes that were announced. One with its checksum at its end is
// read into a file first: the SDK sends such a checksum on over TLS only.
func (u *upstream) lend(body io.Reader, length *int64) (io.Reader, func(), error) {
	if body == nil {
		return nil, func() {}, nil
	}
	body = exactly(body, length)
	if _, trailing := body.(middlewares.ChecksumReader); !trailing {
		l := &lent{body: body}
		return l, l.takeBack, nil
	}
	f, err := spooled(u.spool, body)
	if err != nil {
		return nil, nil, err
	}
	return f, func() { _ = f.Close() }, nil // it has no name any more
}

// spooled reads a body into a file without a name, ready to be read again.
func spooled(dir string, body io.Reader) (*os.File, error) {
	f, err := os.CreateTemp(dir, "upload-")
	if err != nil {
		return nil, err
	}
	err = os.Remove(f.Name())
	if err == nil {
		_, err = io.Copy(f, body)
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// asAnswer turns the SDK's form of an upstream's refusal into that of our front,
// as versitygw's proxy does for the calls that go through it.
func asAnswer(err error) error {
	var said smithy.APIError
	if !errors.As(err, &said) {
		return err
	}
	answer := s3err.APIError{Code: said.ErrorCode(), Description: said.ErrorMessage()}
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		answer.HTTPStatusCode = response.HTTPStatusCode()
	}
	return answer
}
