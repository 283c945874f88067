// Package blobtest is the definition of a blob.Driver: Run exercises all that
// blob.Storage and the engine rely on.
package blobtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tenon/internal/driver/blob"
)

// Buckets must exist, empty, in what open gives to Run. No other may.
var Buckets = []string{"lake", "other-bucket"}

// Run exercises a driver. open makes a new, independent one each time.
func Run(t *testing.T, open func(t *testing.T) blob.Driver) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *blob.Storage)
	}{
		{"CreateStatOpen", testCreate},
		{"ListDirectory", testList},
		{"ListOrderAndPages", testListOrder},
		{"ListBound", testListBound},
		{"Keys", testKeys},
		{"BadLocations", testBadLocations},
		{"Ranges", testRanges},
		{"Versions", testVersions},
		{"Delete", testDelete},
		{"Missing", testMissing},
		{"StagePublish", testStage},
		{"StageResume", testResume},
		{"StageDiscard", testDiscard},
		{"PublishRefused", testPublishRefused},
		{"Concurrent", testConcurrent},
		{"Cancelled", testCancelled},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, blob.New(open(t))) })
	}
}

// Put makes one object and returns its description.
func Put(t *testing.T, s *blob.Storage, url, content string) blob.Object {
	t.Helper()
	w, err := s.Create(t.Context(), url)
	if err != nil {
		t.Fatalf("create %s: %v", url, err)
	}
	if _, err := io.WriteString(w, content); err != nil {
		t.Fatalf("write %s: %v", url, err)
	}
	o, err := w.Commit()
	if err != nil {
		t.Fatalf("commit %s: %v", url, err)
	}
	return o
}

// Get reads a range of an object.
func Get(t *testing.T, s *blob.Storage, url string, r blob.Range) string {
	t.Helper()
	rd, _, err := s.Open(t.Context(), url, r)
	if err != nil {
		t.Fatalf("open %s: %v", url, err)
	}
	b, err := io.ReadAll(rd)
	if err := errors.Join(err, rd.Close()); err != nil {
		t.Fatalf("read %s: %v", url, err)
	}
	return string(b)
}

// Keys lists the keys at url.
func Keys(t *testing.T, s *blob.Storage, url string, recursive bool) []string {
	t.Helper()
	var keys []string
	for o, err := range s.List(t.Context(), url, blob.ListOptions{Recursive: recursive}) {
		if err != nil {
			t.Fatalf("list %s: %v", url, err)
		}
		keys = append(keys, o.Key)
	}
	return keys
}

// want fails unless got equals want.
func want[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// wantKind fails unless err is of a kind.
func wantKind(t *testing.T, what string, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("%s: got error %v, want kind %q", what, err, kind)
	}
}

// all is a whole object.
var all = blob.Range{Length: -1}

// testCreate: an object is invisible until Commit, then exactly as written, and
// described alike by Commit, Stat, Open and List.
func testCreate(t *testing.T, s *blob.Storage) {
	const url = "s3://lake/dir/a.txt"
	before := time.Now().Add(-2 * time.Second) // S3 counts whole seconds
	w, err := s.Create(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "hello"); err != nil {
		t.Fatal(err)
	}
	_, err = s.Stat(t.Context(), url)
	wantKind(t, "stat before commit", err, blob.ErrNotFound)
	want(t, "keys before commit", Keys(t, s, "s3://lake", true), nil)

	made, err := w.Commit()
	if err != nil {
		t.Fatal(err)
	}
	want(t, "location", made.Location, blob.Location{Bucket: "lake", Key: "dir/a.txt"})
	want(t, "size", made.Size, int64(5))
	if made.Version == "" || made.ModTime.Before(before) || made.ModTime.Location() != time.UTC {
		t.Errorf("object %+v lacks a version or a UTC time after %v", made, before)
	}
	o, err := s.Stat(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "stat", o, made)
	rd, o, err := s.Open(t.Context(), url, all)
	if err != nil {
		t.Fatal(err)
	}
	_ = rd.Close()
	want(t, "open", o, made)
	for o, err := range s.List(t.Context(), "s3://lake/dir/", blob.ListOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		o.ModTime, made.ModTime = o.ModTime.Truncate(time.Second), made.ModTime.Truncate(time.Second)
		want(t, "list", o, made)
	}
	want(t, "content", Get(t, s, url, all), "hello")
	Put(t, s, "s3://lake/empty", "")
	want(t, "empty content", Get(t, s, "s3://lake/empty", all), "")

	w, err = s.Create(t.Context(), "s3://lake/given-up")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Discard(); err != nil {
		t.Fatal(err)
	}
	_, err = s.Stat(t.Context(), "s3://lake/given-up")
	wantKind(t, "stat after discard", err, blob.ErrNotFound)
}

// testList: a location is an object or a directory, never a prefix of a name.
func testList(t *testing.T, s *blob.Storage) {
	for _, key := range []string{"data/1", "data/sub/2", "data/sub/deep/3", "data2/4", "data.csv", "_SUCCESS", ".hidden"} {
		Put(t, s, "s3://lake/"+key, key)
	}
	for _, c := range []struct {
		url       string
		recursive bool
		want      []string
	}{
		{"s3://lake/data", true, []string{"data/1", "data/sub/2", "data/sub/deep/3"}},
		{"s3a://lake/data/", true, []string{"data/1", "data/sub/2", "data/sub/deep/3"}},
		{"s3://lake/data", false, []string{"data/1"}},
		{"s3n://lake/data/sub/", false, []string{"data/sub/2"}},
		{"s3://lake/data.csv", false, []string{"data.csv"}},
		{"s3://lake/data.csv/", true, nil},
		{"s3://lake/dat", true, nil},
		{"s3://lake/data/sub/deep/3/4", true, nil},
		{"s3://lake", false, []string{".hidden", "_SUCCESS", "data.csv"}},
		{"s3://lake/", true, []string{".hidden", "_SUCCESS", "data.csv", "data/1", "data/sub/2", "data/sub/deep/3", "data2/4"}},
		{"s3://other-bucket/", true, nil},
	} {
		want(t, fmt.Sprintf("list %s recursive=%v", c.url, c.recursive), Keys(t, s, c.url, c.recursive), c.want)
	}
}

// testListOrder: byte order of whole keys, over more than one page of S3.
func testListOrder(t *testing.T, s *blob.Storage) {
	keys := []string{"a.b", "a/b", "a/b.c", "a0", "b", "a-/z", "é", "a b"}
	for i := range 1100 {
		keys = append(keys, fmt.Sprintf("many/%d", i))
	}
	stage, err := s.Stage("")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		f, err := stage.Create("s3://lake/" + k)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := stage.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	slices.Sort(keys)
	want(t, "keys", Keys(t, s, "s3://lake/", true), keys)
	n := 0
	for range s.List(t.Context(), "s3://lake/", blob.ListOptions{Recursive: true}) {
		if n++; n == 3 {
			break // a consumer may stop
		}
	}
}

// testListBound: the bound is an error after that many objects, not a cut.
func testListBound(t *testing.T, s *blob.Storage) {
	for i := range 4 {
		Put(t, s, fmt.Sprintf("s3://lake/%d", i), "x")
	}
	n, failed := 0, error(nil)
	for _, err := range s.List(t.Context(), "s3://lake", blob.ListOptions{Max: 3}) {
		if failed = err; err == nil {
			n++
		}
	}
	want(t, "objects before the error", n, 3)
	wantKind(t, "list", failed, blob.ErrLimit)
}

// testKeys: what keys may contain, they may.
func testKeys(t *testing.T, s *blob.Storage) {
	for _, key := range []string{
		"with space/and more", "ünï/cødé/漢字", "year=2024/month=01/part.csv", "a+b%2Fc?d#e&f", "semi;colon:'quote'\"",
		strings.Repeat("k", 200) + "/" + strings.Repeat("l", 200), "tab\there", "..a/b..", "~", "x/" + "y.gz",
	} {
		url := "s3://lake/" + key
		Put(t, s, url, key)
		want(t, "content of "+key, Get(t, s, url, all), key)
		want(t, "list of "+key, Keys(t, s, url, false), []string{key})
		if err := s.Delete(t.Context(), url); err != nil {
			t.Errorf("delete %q: %v", key, err)
		}
	}
	want(t, "keys left", Keys(t, s, "s3://lake", true), nil)
}

// testBadLocations: nothing climbs out or is misunderstood.
func testBadLocations(t *testing.T, s *blob.Storage) {
	for _, url := range []string{
		"", "lake/key", "gs://lake/k", "file:///etc/passwd", "s3://", "s3:///k", "s3://UPPER/k", "s3://ab/k", "s3://.tenon-staging/k",
		"s3://lake/../x", "s3://lake/a/../../x", "s3://lake/..", "s3://lake/./a", "s3://lake/a\x00b", "s3://lake//a", "s3://lake/a//b",
		"s3://lake/.sgwtmp/x", "s3://lake/\xff", "s3://lake/" + strings.Repeat("a/", 600), "s3://lake/" + strings.Repeat("a", 300),
		"s3://10.0.0.1/k", "s3://../k", "s3://a..b/k",
	} {
		_, err := s.Stat(t.Context(), url)
		wantKind(t, fmt.Sprintf("stat %q", url), err, blob.ErrInvalid)
		_, err = s.Create(t.Context(), url)
		wantKind(t, fmt.Sprintf("create %q", url), err, blob.ErrInvalid)
		if _, ok := s.LocalPath(url); ok {
			t.Errorf("%q has a local path", url)
		}
	}
	for _, url := range []string{"s3://lake", "s3://lake/", "s3://lake/dir/"} {
		_, _, err := s.Open(t.Context(), url, all)
		wantKind(t, "open "+url, err, blob.ErrInvalid)
	}
}

// testRanges: any range of an object, also beyond its end.
func testRanges(t *testing.T, s *blob.Storage) {
	const url = "s3://lake/digits"
	Put(t, s, url, "0123456789")
	for _, c := range []struct {
		r    blob.Range
		want string
	}{
		{all, "0123456789"},
		{blob.Range{Offset: 3, Length: -1}, "3456789"},
		{blob.Range{Offset: 3, Length: 4}, "3456"},
		{blob.Range{Offset: 8, Length: 100}, "89"},
		{blob.Range{Offset: 0, Length: 0}, ""},
		{blob.Range{Offset: 10, Length: -1}, ""},
		{blob.Range{Offset: 99, Length: 5}, ""},
	} {
		want(t, fmt.Sprintf("range %+v", c.r), Get(t, s, url, c.r), c.want)
		_, o, err := s.Open(t.Context(), url, c.r)
		if err != nil {
			t.Fatal(err)
		}
		want(t, fmt.Sprintf("size with range %+v", c.r), o.Size, int64(10))
	}
	_, _, err := s.Open(t.Context(), url, blob.Range{Offset: -1, Length: -1})
	wantKind(t, "negative offset", err, blob.ErrInvalid)
}

// testVersions: a version names a content; an open reader keeps its own.
func testVersions(t *testing.T, s *blob.Storage) {
	const url = "s3://lake/v"
	one := Put(t, s, url, "one")
	rd, _, err := s.Open(t.Context(), url, all)
	if err != nil {
		t.Fatal(err)
	}
	two := Put(t, s, url, "two")
	if one.Version == two.Version {
		t.Errorf("both contents have version %q", one.Version)
	}
	b, err := io.ReadAll(rd)
	if err := errors.Join(err, rd.Close()); err != nil {
		t.Fatal(err)
	}
	want(t, "content of the open reader", string(b), "one")
	want(t, "content now", Get(t, s, url, all), "two")
	o, err := s.Stat(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "version now", o.Version, two.Version)
}

// testDelete: gone, and its directory with it; repeating is no failure.
func testDelete(t *testing.T, s *blob.Storage) {
	Put(t, s, "s3://lake/a/b/c", "x")
	Put(t, s, "s3://lake/a/d", "y")
	for range 2 {
		if err := s.Delete(t.Context(), "s3://lake/a/b/c"); err != nil {
			t.Fatal(err)
		}
	}
	want(t, "keys", Keys(t, s, "s3://lake", true), []string{"a/d"})
	if err := s.Delete(t.Context(), "s3://lake/a"); err != nil {
		t.Errorf("delete of what is only a directory: %v", err)
	}
	want(t, "keys", Keys(t, s, "s3://lake", true), []string{"a/d"})
	Put(t, s, "s3://lake/a/b", "a directory's name is free again")
}

// testMissing: a missing object and a missing bucket are ErrNotFound.
func testMissing(t *testing.T, s *blob.Storage) {
	Put(t, s, "s3://lake/file", "x")
	for _, url := range []string{"s3://lake/none", "s3://lake/file/below", "s3://no-such-bucket/k"} {
		_, err := s.Stat(t.Context(), url)
		wantKind(t, "stat "+url, err, blob.ErrNotFound)
		_, _, err = s.Open(t.Context(), url, all)
		wantKind(t, "open "+url, err, blob.ErrNotFound)
	}
	for _, url := range []string{"s3://no-such-bucket", "s3://no-such-bucket/dir"} {
		var failed error
		for _, err := range s.List(t.Context(), url, blob.ListOptions{}) {
			failed = err
		}
		wantKind(t, "list "+url, failed, blob.ErrNotFound)
	}
	w, err := s.Create(t.Context(), "s3://no-such-bucket/k")
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Commit()
	wantKind(t, "create in a missing bucket", err, blob.ErrNotFound)
	want(t, "stages left", stages(t, s), nil)
}

// testConcurrent: a reader sees some writer's whole object, never a mixture.
func testConcurrent(t *testing.T, s *blob.Storage) {
	const url, size, writers, rounds = "s3://lake/deep/er/hot", 64 << 10, 4, 8
	Put(t, s, url, strings.Repeat("0", size))
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for range rounds {
				wr, err := s.Create(t.Context(), url)
				if err == nil {
					_, err = io.WriteString(wr, strings.Repeat(fmt.Sprint(w), size))
				}
				if err == nil {
					_, err = wr.Commit()
				}
				// On S3 somebody else's object may take the place of ours at once.
				if err != nil && !errors.Is(err, blob.ErrChanged) {
					t.Errorf("write: %v", err)
				}
			}
		})
		wg.Go(func() {
			for range rounds {
				rd, _, err := s.Open(t.Context(), url, all)
				if err != nil {
					t.Errorf("open: %v", err)
					return
				}
				b, err := io.ReadAll(rd)
				if err := errors.Join(err, rd.Close()); err != nil {
					t.Errorf("read: %v", err)
				}
				if len(b) != size || strings.Trim(string(b), string(b[:1])) != "" {
					t.Errorf("read %d bytes beginning %q that no writer wrote", len(b), b[:min(1, len(b))])
				}
			}
		})
	}
	wg.Wait()
}

// testCancelled: an ended context ends a listing with its error.
func testCancelled(t *testing.T, s *blob.Storage) {
	Put(t, s, "s3://lake/x", "x")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := 0
	for _, err := range s.List(ctx, "s3://lake", blob.ListOptions{Recursive: true}) {
		if err == nil {
			seen++
		}
		cancel()
	}
	want(t, "objects of a listing cancelled after its only page", seen, 1)
	var failed error
	for _, err := range s.List(ctx, "s3://lake/dir/", blob.ListOptions{Recursive: true}) {
		failed = err
	}
	wantKind(t, "list under an ended context", failed, context.Canceled)
}
