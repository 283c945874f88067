package blob

import (
	"context"
	"errors"
	"io"
)

// reader reads an object on, over as many connections as it takes.
type reader struct {
	ctx     context.Context
	storage *Storage
	loc     Location
	rest    Range // what is still to be read

	body   io.ReadCloser // nil after a failed reopening
	object Object        // its Version pins every further Open
	tries  int           // failures since the last byte
}

// open connects at the present position.
func (r *reader) open() error {
	return retry(r.ctx, func() (err error) {
		var o Object
		r.body, o, err = r.storage.at(r.loc).Open(r.ctx, r.loc, r.rest, r.object.Version)
		if err == nil {
			r.object = o
		}
		return err
	})
}

// Read fills p. A transient failure is repaired before anybody sees it.
func (r *reader) Read(p []byte) (int, error) {
	for {
		if r.body == nil {
			return 0, wrap("read", r.loc.String(), io.ErrClosedPipe)
		}
		n, err := r.body.Read(p)
		r.rest.Offset += int64(n)
		if r.rest.Length >= 0 {
			r.rest.Length = max(0, r.rest.Length-int64(n))
		}
		if n > 0 {
			r.tries = 0
		}
		if err == nil || err == io.EOF {
			return n, err
		}
		if r.tries++; !errors.Is(err, ErrUnavailable) || r.tries >= maxAttempts {
			return n, wrap("read", r.loc.String(), err)
		}
		_ = r.body.Close() // it has failed already
		r.body = nil
		if err := r.open(); err != nil {
			return n, wrap("read", r.loc.String(), err)
		}
		if n > 0 {
			return n, nil
		}
	}
}

// Close ends the present connection.
func (r *reader) Close() error {
	if r.body == nil {
		return nil
	}
	err := r.body.Close()
	r.body = nil
	return err
}
