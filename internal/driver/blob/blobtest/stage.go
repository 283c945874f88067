package blobtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tenon/internal/driver/blob"
)

// testStage: many objects at once, made by writing, by path, and by adoption.
func testStage(t *testing.T, s *blob.Storage) {
	stage, err := s.Stage("run-1")
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Stage("run-1")
	wantKind(t, "a second stage of one id", err, blob.ErrInvalid)
	written, err := stage.Create("s3://lake/out/part-0.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Base(written.Path()) != "part-0.csv.gz" {
		t.Errorf("path %s does not end as the key", written.Path())
	}
	if _, err := io.WriteString(written, "zero"); err != nil {
		t.Fatal(err)
	}
	byPath, err := stage.Create("s3://other-bucket/out/part-1")
	if err != nil {
		t.Fatal(err)
	}
	adopted := filepath.Join(stage.Dir(), "mine")
	err = errors.Join(written.Close(), byPath.Close(),
		os.WriteFile(byPath.Path(), []byte("one"), 0o644),
		os.WriteFile(adopted, []byte("two"), 0o644),
		stage.Add(adopted, "s3://lake/out/part-2"))
	if err != nil {
		t.Fatal(err)
	}
	wantKind(t, "adopting a stranger", stage.Add("/etc/passwd", "s3://lake/p"), blob.ErrInvalid)
	want(t, "keys before", Keys(t, s, "s3://lake", true), nil)
	want(t, "stages", stages(t, s), []string{"run-1"})

	objects, err := stage.Publish(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range objects {
		now, err := s.Stat(t.Context(), o.String())
		if err != nil {
			t.Fatal(err)
		}
		want(t, "published as described", o, now)
		got = append(got, fmt.Sprintf("%s %d", o.Location, o.Size))
	}
	want(t, "objects", got, []string{"s3://lake/out/part-0.csv.gz 4", "s3://other-bucket/out/part-1 3", "s3://lake/out/part-2 3"})
	want(t, "keys after", Keys(t, s, "s3://lake", true), []string{"out/part-0.csv.gz", "out/part-2"})
	want(t, "content", Get(t, s, "s3://lake/out/part-2", all), "two")
	want(t, "stages after", stages(t, s), nil)
	_, err = s.OpenStage("run-1")
	wantKind(t, "opening it again", err, blob.ErrNotFound)
}

// testResume: a stage outlives its process; sealed, it can be finished.
func testResume(t *testing.T, s *blob.Storage) {
	stage, err := s.Stage("run-2")
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, name := range []string{"r", "published-before"} {
		f, err := stage.Create("s3://lake/" + name)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.WriteString(f, "resumed")
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, f.Path())
	}
	again, err := s.OpenStage("run-2")
	if err != nil {
		t.Fatal(err)
	}
	want(t, "sealed before publish", again.Sealed(), false)

	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = stage.Publish(stopped)
	wantKind(t, "publish under an ended context", err, context.Canceled)
	if again, err = s.OpenStage("run-2"); err != nil {
		t.Fatal(err)
	}
	want(t, "sealed after an interrupted publish", again.Sealed(), true)
	// As after a process that died while it removed a stage it had published.
	Put(t, s, "s3://lake/published-before", "earlier")
	if err := os.Remove(paths[1]); err != nil {
		t.Fatal(err)
	}
	objects, err := again.Publish(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want(t, "objects", len(objects), 2)
	want(t, "size of what was published before", objects[1].Size, int64(len("earlier")))
	want(t, "content", Get(t, s, "s3://lake/r", all), "resumed")
}

// testDiscard: nothing of a discarded stage is ever seen.
func testDiscard(t *testing.T, s *blob.Storage) {
	stage, err := s.Stage("run-3")
	if err != nil {
		t.Fatal(err)
	}
	f, err := stage.Create("s3://lake/d")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Close(), stage.Discard(), stage.Discard()); err != nil {
		t.Fatal(err)
	}
	want(t, "stages", stages(t, s), nil)
	want(t, "keys", Keys(t, s, "s3://lake", true), nil)
	for _, id := range []string{"..", "a/b", "", strings.Repeat("x", 65), "."} {
		_, err := s.OpenStage(id)
		wantKind(t, fmt.Sprintf("stage %q", id), err, blob.ErrInvalid)
	}
}

// testPublishRefused: what cannot all appear does not appear in part.
func testPublishRefused(t *testing.T, s *blob.Storage) {
	for name, urls := range map[string][]string{
		"twice the same key": {"s3://lake/x", "s3://lake/x"},
		"a missing bucket":   {"s3://lake/x", "s3://no-such-bucket/y"},
	} {
		stage, err := s.Stage("")
		if err != nil {
			t.Fatal(err)
		}
		for _, url := range urls {
			f, err := stage.Create(url)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := stage.Publish(t.Context()); err == nil {
			t.Errorf("%s was published", name)
		}
		want(t, "keys after "+name, Keys(t, s, "s3://lake", true), nil)
		if err := stage.Discard(); err != nil {
			t.Fatal(err)
		}
	}
}

// stages lists stage ids.
func stages(t *testing.T, s *blob.Storage) []string {
	t.Helper()
	ids, err := s.Stages()
	if err != nil {
		t.Fatal(err)
	}
	return ids
}
