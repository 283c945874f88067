package store

import (
	"errors"
	"fmt"
)

// The errors a caller may have to tell apart, with errors.Is. Except for ErrUnknownOutcome, all mean that nothing was
// written.
var (
	ErrNotFound       = errors.New("store: not found")
	ErrExists         = errors.New("store: already exists")
	ErrVersion        = errors.New("store: version mismatch") // a *VersionError says which
	ErrTooManyTags    = errors.New("store: too many tags on one resource")
	ErrFull           = errors.New("store: no space left on the disk")
	ErrReadOnly       = errors.New("store: read-only after repeated failures")
	ErrUnknownOutcome = errors.New("store: the outcome of the commit is unknown")
	ErrLocked         = errors.New("store: in use by another plane")
	ErrNewerSchema    = errors.New("store: the schema is newer than this program")
	ErrClosed         = errors.New("store: closed")
)

// VersionError is an ErrVersion with the numbers: the caller expected Want, the row has Have (0 if there is no row).
type VersionError struct{ Want, Have int64 }

// Error names both versions.
func (e *VersionError) Error() string {
	return fmt.Sprintf("store: version mismatch: expected %d, found %d", e.Want, e.Have)
}

// Is makes a VersionError an ErrVersion.
func (e *VersionError) Is(target error) bool { return target == ErrVersion }
