package blob

import (
	"errors"
	"fmt"
)

// The kinds of failure. Drivers wrap exactly one of them, callers test with
// errors.Is; anything else is an unexpected failure of the medium.
var (
	// ErrNotFound: no such object, bucket or stage.
	ErrNotFound = errors.New("not found")
	// ErrInvalid: the location or the request can never work as it stands.
	ErrInvalid = errors.New("invalid")
	// ErrDenied: the storage refused these credentials or this user.
	ErrDenied = errors.New("access denied")
	// ErrChanged: the object is no longer the version that was asked for.
	ErrChanged = errors.New("object has changed")
	// ErrFull: the storage has no space, or its quota is used up.
	ErrFull = errors.New("storage is full")
	// ErrLimit: a bound of this package was passed.
	ErrLimit = errors.New("limit exceeded")
	// ErrUnavailable: failed for now; the same call may work later. Storage has
	// already repeated it when a caller sees this.
	ErrUnavailable = errors.New("temporarily unavailable")
)

// Error is a failed operation on one location.
type Error struct {
	Op  string // "list", "stat", "open", "read", "delete", "stage", "publish"
	URL string // s3://bucket/key, or a stage's id
	Err error  // wraps one of the kinds above where the failure is a known one
}

// Error reads "blob: open s3://b/k: not found".
func (e *Error) Error() string {
	return fmt.Sprintf("blob: %s %s: %v", e.Op, e.URL, e.Err)
}

// Unwrap gives the cause, so that errors.Is finds its kind.
func (e *Error) Unwrap() error { return e.Err }

// wrap adds operation and location, once.
func wrap(op, url string, err error) error {
	if err == nil {
		return nil
	}
	if e := (*Error)(nil); errors.As(err, &e) {
		return err
	}
	return &Error{Op: op, URL: url, Err: err}
}
