package blob

import (
	"context"
	"io"
	"iter"
	"time"
)

// Object is one object, or what was known of it when it was listed, opened or
// published.
type Object struct {
	Location
	Size    int64     // bytes
	ModTime time.Time // UTC; whole seconds on S3, finer on a folder
	Version string    // changes whenever the content does; the ETag on S3
}

// Query selects objects of one bucket for a Driver.
type Query struct {
	Prefix string // "", or a directory ending in "/"
	After  string // only keys greater than this; "" for all
	Flat   bool   // only keys without a further "/" below Prefix
}

// Range selects bytes of an object: from Offset, at most Length; a Length of
// -1 means to the end. An Offset at or past the end reads as empty.
type Range struct {
	Offset, Length int64
}

// Staged is one file to be published.
type Staged struct {
	Path string   // where its bytes are, inside the driver's staging folder
	Dest Location // where they shall appear
}

// Driver is a kind of object storage. Locations are already checked, every
// failure wraps one of the package's kinds, and all methods may be called
// concurrently, in the file driver's case also by several processes. A driver
// does not repeat failed calls: Storage does.
type Driver interface {
	// List gives objects in byte order of their keys, never a directory, never
	// what is staged. A missing bucket is ErrNotFound; an empty prefix is not
	// a failure.
	List(ctx context.Context, bucket string, q Query) iter.Seq2[Object, error]

	// Stat describes one object.
	Stat(ctx context.Context, loc Location) (Object, error)

	// Open reads an object, and describes it as it is read. If version is not
	// "", any other version is ErrChanged. Errors of the reader wrap
	// ErrUnavailable where reading on from another Open makes sense.
	Open(ctx context.Context, loc Location, r Range, version string) (io.ReadCloser, Object, error)

	// Delete removes an object; that it is not there is not a failure.
	Delete(ctx context.Context, loc Location) error

	// Staging is the local folder in which stages live, made on first need. It
	// is invisible to List and Stat.
	Staging() string

	// Publish makes every file appear at its destination, each whole or not at
	// all, replacing what was there, and durably: when it returns nil, a power
	// cut loses nothing. Files may already have been published by an earlier
	// call (then they are missing from Path); those are described as they are.
	// Objects come in the order of files.
	Publish(ctx context.Context, files []Staged) ([]Object, error)

	// LocalPath gives the file in which an object lives, where there is one and
	// any process may read it directly.
	LocalPath(loc Location) (path string, ok bool)
}
