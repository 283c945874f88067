package blob_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"tenon/internal/driver/blob"
	"tenon/internal/driver/blob/blobtest"
	"tenon/internal/driver/blob/mem"
)

// shaky is a driver that fails transiently, as its budget says.
type shaky struct {
	blob.Driver
	failures int // calls to fail, each once
	shortBy  int // bytes after which each reader breaks, 0 for never
	calls    int // all that were made
}

// fail consumes one failure.
func (s *shaky) fail() error {
	s.calls++
	if s.failures > 0 {
		s.failures--
		return fmt.Errorf("the network: %w", blob.ErrUnavailable)
	}
	return nil
}

// Stat fails or is the driver's.
func (s *shaky) Stat(ctx context.Context, loc blob.Location) (blob.Object, error) {
	if err := s.fail(); err != nil {
		return blob.Object{}, err
	}
	return s.Driver.Stat(ctx, loc)
}

// Open fails, or gives a reader that will.
func (s *shaky) Open(ctx context.Context, loc blob.Location, r blob.Range, version string) (io.ReadCloser, blob.Object, error) {
	if err := s.fail(); err != nil {
		return nil, blob.Object{}, err
	}
	rd, o, err := s.Driver.Open(ctx, loc, r, version)
	if err != nil || s.shortBy == 0 {
		return rd, o, err
	}
	return &breaking{rd, s, s.shortBy, loc}, o, nil
}

// List fails after every second object while there are failures left.
func (s *shaky) List(ctx context.Context, bucket string, q blob.Query) iter.Seq2[blob.Object, error] {
	return func(yield func(blob.Object, error) bool) {
		n := 0
		for o, err := range s.Driver.List(ctx, bucket, q) {
			if n++; n > 2 && s.failures > 0 {
				yield(blob.Object{}, s.fail())
				return
			}
			if !yield(o, err) {
				return
			}
		}
	}
}

// breaking is a reader that breaks after some bytes.
type breaking struct {
	io.ReadCloser
	shaky *shaky
	left  int
	loc   blob.Location
}

// Read gives what is left, then breaks.
func (b *breaking) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, fmt.Errorf("reset: %w", blob.ErrUnavailable)
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// memory makes a storage over a shaky driver, with some objects.
func memory(t *testing.T) (*shaky, *blob.Storage) {
	t.Helper()
	d := &shaky{Driver: mem.New(t.TempDir(), "lake")}
	s := blob.New(d)
	for _, k := range []string{"a", "b", "c", "d", "e"} {
		blobtest.Put(t, s, "s3://lake/"+k, strings.Repeat(k, 10))
	}
	return d, s
}

// TestRetry: transient failures are repeated, a bounded number of times, over
// a bounded time; others are not.
func TestRetry(t *testing.T) {
	for _, c := range []struct {
		failures, calls int
		kind            error
	}{
		{0, 1, nil}, {1, 2, nil}, {3, 4, nil}, {4, 4, blob.ErrUnavailable}, {99, 4, blob.ErrUnavailable},
	} {
		synctest.Test(t, func(t *testing.T) {
			d, s := memory(t)
			d.failures, d.calls = c.failures, 0
			if _, err := s.Stat(t.Context(), "s3://lake/a"); !errors.Is(err, c.kind) {
				t.Errorf("%d failures: %v", c.failures, err)
			}
			if d.calls != c.calls {
				t.Errorf("%d failures: %d calls, want %d", c.failures, d.calls, c.calls)
			}
		})
	}
	d, s := memory(t)
	d.calls = 0
	if _, err := s.Stat(t.Context(), "s3://lake/none"); !errors.Is(err, blob.ErrNotFound) || d.calls != 1 {
		t.Errorf("stat of nothing: %v after %d calls", err, d.calls)
	}
}

// TestResume: a reader goes on where it broke, and never mixes two versions.
func TestResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s := memory(t)
		d.shortBy = 3
		for r, want := range map[blob.Range]string{
			{Length: -1}: "aaaaaaaaaa", {Offset: 2, Length: 7}: "aaaaaaa", {Offset: 9, Length: -1}: "a", {Offset: 10, Length: 3}: "",
		} {
			if got := blobtest.Get(t, s, "s3://lake/a", r); got != want {
				t.Errorf("range %+v: %q, want %q", r, got, want)
			}
		}
		rd, _, err := s.Open(t.Context(), "s3://lake/b", blob.Range{Length: -1})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(rd, make([]byte, 3)); err != nil {
			t.Fatal(err)
		}
		blobtest.Put(t, s, "s3://lake/b", "another content")
		if b, err := io.ReadAll(rd); !errors.Is(err, blob.ErrChanged) {
			t.Errorf("reading on in a replaced object: %q, %v", b, err)
		}
		if err := rd.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestListResumes: a listing goes on after its last object.
func TestListResumes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s := memory(t)
		d.failures = 2
		got := blobtest.Keys(t, s, "s3://lake", true)
		if diff := cmp.Diff([]string{"a", "b", "c", "d", "e"}, got); diff != "" {
			t.Error(diff)
		}
		if d.failures != 0 {
			t.Errorf("%d failures did not happen", d.failures)
		}
	})
}

// TestHidden: Spark's rule for what a directory's files are.
func TestHidden(t *testing.T) {
	for rel, want := range map[string]bool{
		"part-0.csv": false, "_SUCCESS": true, ".part.crc": true, "dir_$folder$": true, "_temporary/0/part": true, "a/.b/c": true,
		"_year=2024/part": false, "year=2024/_meta": true, "a_b/c.d": false, "": false, "x._COPYING_": true,
	} {
		if got := blob.Hidden(rel); got != want {
			t.Errorf("Hidden(%q) = %v", rel, got)
		}
	}
}

// FuzzParse: a location that is accepted has a fixed spelling, and stays below
// its bucket whatever it is joined to.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"s3://lake/a/b", "S3A://lake", "s3n://a-b.c/ü/", "s3://lake/../x", "s3://lake/%2e%2e/", "s3://lake/a\\..\\b", "s3:/", "s3://lake//"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, url string) {
		loc, err := blob.Parse(url)
		if err != nil {
			if !errors.Is(err, blob.ErrInvalid) {
				t.Errorf("%q: %v is not ErrInvalid", url, err)
			}
			return
		}
		again, err := blob.Parse(loc.String())
		if err != nil || again != loc {
			t.Errorf("%q: %v parses again as %v, %v", url, loc, again, err)
		}
		for seg := range strings.SplitSeq(loc.Key, "/") {
			if seg == ".." || seg == "." || strings.ContainsRune(seg, 0) {
				t.Errorf("%q: accepted segment %q", url, seg)
			}
		}
	})
}
