package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"strings"
	"time"
)

// MaxListed bounds one List: a job over more files than this would not fit the
// memory planned for a listing (about 200 bytes an object).
const MaxListed = 1_000_000

// In-call retry: four attempts over about a second. Longer troubles are the
// caller's to decide about.
const (
	maxAttempts    = 4
	firstRetryWait = 50 * time.Millisecond
	retryGrowth    = 4
)

// Storage is object storage for the engine, over one driver, and perhaps the
// files of this machine over another. Its methods take s3:// locations, and
// file:/// ones where there is a disk; they may be called concurrently, and fail
// with *Error.
type Storage struct {
	driver Driver
	disk   Driver // nil for none
}

// New makes the portable type over a driver.
func New(d Driver) *Storage { return &Storage{driver: d} }

// WithDisk is s with the files of this machine beside it, which are staged where
// s stages.
func (s *Storage) WithDisk(disk Driver) *Storage { return &Storage{driver: s.driver, disk: disk} }

// HasDisk tells whether the files of this machine are served.
func (s *Storage) HasDisk() bool { return s.disk != nil }

// at is the driver of a location that parse has let through.
func (s *Storage) at(loc Location) Driver {
	if loc.Disk {
		return s.disk
	}
	return s.driver
}

// parse is Parse, with the locations that this storage does not serve as errors.
func (s *Storage) parse(url string) (Location, error) {
	loc, err := Parse(url)
	if err == nil && loc.Disk && s.disk == nil {
		err = wrap("parse", url, fmt.Errorf("%w location: files of this machine are not served here", ErrInvalid))
	}
	return loc, err
}

// ListOptions refine List.
type ListOptions struct {
	Recursive bool // also below sub-directories
	Max       int  // objects before ErrLimit; 0 means MaxListed
}

// List gives the objects at url, in byte order of their keys: the object of
// exactly that key, and those below it as a directory. What Spark hides is
// listed too (see Hidden); directory markers (empty objects whose key ends in
// "/") are not. Nothing there is an empty list; a missing bucket is an error.
// After an error the sequence ends.
func (s *Storage) List(ctx context.Context, url string, opt ListOptions) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		loc, err := s.parse(url)
		if err != nil {
			yield(Object{}, err)
			return
		}
		limit := opt.Max
		if limit <= 0 {
			limit = MaxListed
		}
		n := 0
		for o, err := range s.list(ctx, loc, !opt.Recursive) {
			if n++; err == nil && n > limit {
				err = fmt.Errorf("%w: more than %d objects", ErrLimit, limit)
			}
			if err != nil {
				yield(Object{}, wrap("list", url, err))
				return
			}
			if !yield(o, nil) {
				return
			}
		}
	}
}

// list is List without its bound: the object itself, then those below it.
func (s *Storage) list(ctx context.Context, loc Location, flat bool) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		if loc.Key != "" && !strings.HasSuffix(loc.Key, "/") {
			o, err := s.stat(ctx, loc)
			switch {
			case err == nil:
				if !yield(o, nil) {
					return
				}
			case !errors.Is(err, ErrNotFound):
				yield(Object{}, err)
				return
			}
		}
		q := Query{Prefix: loc.dir(), Flat: flat}
		for attempt := 1; ; attempt++ {
			var failed error
			for o, err := range s.at(loc).List(ctx, loc.Bucket, q) {
				if err != nil {
					failed = err
					break
				}
				attempt, q.After = 1, o.Key
				if strings.HasSuffix(o.Key, "/") {
					continue
				}
				if !yield(o, nil) {
					return
				}
			}
			if failed == nil {
				return
			}
			if err := pause(ctx, attempt, failed); err != nil {
				yield(Object{}, err)
				return
			}
		}
	}
}

// Stat describes the object at url.
func (s *Storage) Stat(ctx context.Context, url string) (Object, error) {
	loc, err := s.parseObject(url)
	if err != nil {
		return Object{}, err
	}
	o, err := s.stat(ctx, loc)
	return o, wrap("stat", url, err)
}

// stat is Stat for a checked location.
func (s *Storage) stat(ctx context.Context, loc Location) (o Object, err error) {
	err = retry(ctx, func() error {
		o, err = s.at(loc).Stat(ctx, loc)
		return err
	})
	return o, err
}

// Open reads the object at url within r. The reader resumes where it was after
// a transient failure, as long as the object has not changed meanwhile.
func (s *Storage) Open(ctx context.Context, url string, r Range) (io.ReadCloser, Object, error) {
	loc, err := s.parseObject(url)
	if err != nil {
		return nil, Object{}, err
	}
	if r.Offset < 0 || r.Length < -1 {
		return nil, Object{}, wrap("open", url, fmt.Errorf("%w range %+v", ErrInvalid, r))
	}
	rd := &reader{ctx: ctx, storage: s, loc: loc, rest: r}
	if err := rd.open(); err != nil {
		return nil, Object{}, wrap("open", url, err)
	}
	return rd, rd.object, nil
}

// Delete removes the object at url. That it is not there is not a failure.
func (s *Storage) Delete(ctx context.Context, url string) error {
	loc, err := s.parseObject(url)
	if err != nil {
		return err
	}
	return wrap("delete", url, retry(ctx, func() error { return s.at(loc).Delete(ctx, loc) }))
}

// Create makes one object: write, then Commit, upon which it appears whole, or
// Discard. For many objects that belong together, use a Stage.
func (s *Storage) Create(ctx context.Context, url string) (*Writer, error) {
	stage, err := s.Stage("")
	if err != nil {
		return nil, err
	}
	f, err := stage.Create(url)
	if err != nil {
		return nil, errors.Join(err, stage.Discard())
	}
	return &Writer{File: f, ctx: ctx, stage: stage}, nil
}

// LocalPath gives the file in which url lives, if storage is a folder: the
// engine then reads it without our help. The file need not exist.
func (s *Storage) LocalPath(url string) (path string, ok bool) {
	loc, err := s.parse(url)
	if err != nil {
		return "", false
	}
	return s.at(loc).LocalPath(loc)
}

// parseObject is parse for a location that must be an object's.
func (s *Storage) parseObject(url string) (Location, error) {
	loc, err := s.parse(url)
	if err == nil && (loc.Key == "" || strings.HasSuffix(loc.Key, "/")) {
		err = wrap("parse", url, fmt.Errorf("%w location: names a directory, not an object", ErrInvalid))
	}
	return loc, err
}

// retry calls f until it succeeds, fails for good, or attempts are used up.
func retry(ctx context.Context, f func() error) error {
	for attempt := 1; ; attempt++ {
		err := f()
		if err == nil {
			return nil
		}
		if err := pause(ctx, attempt, err); err != nil {
			return err
		}
	}
}

// pause waits before the attempt after this one, or returns cause if there
// shall be none. Waits are jittered, so that workers that were cut off together
// do not return together.
func pause(ctx context.Context, attempt int, cause error) error {
	if !errors.Is(cause, ErrUnavailable) || attempt >= maxAttempts || ctx.Err() != nil {
		return cause
	}
	wait := firstRetryWait
	for range attempt - 1 {
		wait *= retryGrowth
	}
	t := time.NewTimer(wait/2 + rand.N(wait/2))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return cause
	case <-t.C:
		return nil
	}
}
