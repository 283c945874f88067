package file_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tenon/internal/driver/blob"
	"tenon/internal/driver/blob/blobtest"
	"tenon/internal/driver/blob/file"
)

// open makes a folder with the suite's buckets.
func open(t *testing.T) (*file.Driver, string) {
	t.Helper()
	root := t.TempDir()
	for _, b := range blobtest.Buckets {
		if err := os.Mkdir(filepath.Join(root, b), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	d, err := file.New(root)
	if err != nil {
		t.Fatal(err)
	}
	return d, root
}

func TestDriver(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blob.Driver { d, _ := open(t); return d })
}

// want fails unless got equals want.
func want[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// TestFolder: what people and the gateway leave in the folder is an object, or
// is not seen.
func TestFolder(t *testing.T) {
	d, root := open(t)
	s := blob.New(d)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.MkdirAll(filepath.Join(root, "lake/dir/empty"), 0o755))
	must(os.WriteFile(filepath.Join(root, "lake/dir/by-hand"), []byte("x"), 0o644))
	must(os.WriteFile(filepath.Join(root, "lake/not-utf8-\xff"), nil, 0o644))
	must(os.MkdirAll(filepath.Join(root, "lake", blob.ReservedSegment, "multipart"), 0o755))
	must(os.WriteFile(filepath.Join(root, "lake", blob.ReservedSegment, "part"), nil, 0o644))
	must(os.Symlink("/etc/passwd", filepath.Join(root, "lake/link")))
	must(syscall.Mkfifo(filepath.Join(root, "lake/pipe"), 0o600))
	must(os.WriteFile(filepath.Join(root, "loose-file"), nil, 0o644))
	want(t, "keys", blobtest.Keys(t, s, "s3://lake", true), []string{"dir/by-hand"})
	for url, kind := range map[string]error{
		"s3://lake/dir/empty": blob.ErrNotFound, "s3://lake/pipe": blob.ErrNotFound, "s3://loose-file/k": blob.ErrNotFound,
	} {
		if _, err := s.Stat(t.Context(), url); !errors.Is(err, kind) {
			t.Errorf("stat %s: %v, want %v", url, err, kind)
		}
	}
	if _, _, err := s.Open(t.Context(), "s3://lake/pipe", blob.Range{Length: -1}); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("open a pipe: %v", err)
	}
	path, ok := s.LocalPath("s3a://lake/dir/by-hand")
	want(t, "local path", path, filepath.Join(root, "lake/dir/by-hand"))
	want(t, "has a local path", ok, true)
}

// TestPublishTime: an object is as new as its publication.
func TestPublishTime(t *testing.T) {
	d, _ := open(t)
	s := blob.New(d)
	w, err := s.Create(t.Context(), "s3://lake/k")
	if err != nil {
		t.Fatal(err)
	}
	long := time.Now().Add(-time.Hour)
	if err := os.Chtimes(w.Path(), long, long); err != nil {
		t.Fatal(err)
	}
	before := time.Now()
	o, err := w.Commit()
	if err != nil {
		t.Fatal(err)
	}
	if o.ModTime.Before(before.Truncate(time.Second)) {
		t.Errorf("published at %v with the time %v", before, o.ModTime)
	}
}

// TestPublishAgain: repeating a publication, wherever it stopped, gives the
// same objects.
func TestPublishAgain(t *testing.T) {
	d, _ := open(t)
	dir := filepath.Join(d.Staging(), "x")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	var files []blob.Staged
	for i := range 3 {
		p := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(p, []byte(p), 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, blob.Staged{Path: p, Dest: blob.Location{Bucket: "lake", Key: fmt.Sprintf("d/%d", i)}})
	}
	first, err := d.Publish(t.Context(), files[:1])
	if err != nil {
		t.Fatal(err)
	}
	all, err := d.Publish(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "the first", all[0], first[0])
	again, err := d.Publish(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "all", again, all)
	if err := d.Delete(t.Context(), files[1].Dest); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Publish(t.Context(), files); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("publishing a file that is nowhere: %v", err)
	}
}

// TestConflict: a folder cannot hold "a" and "a/b"; the second is refused
// before anything else of its stage appears.
func TestConflict(t *testing.T) {
	d, _ := open(t)
	s := blob.New(d)
	blobtest.Put(t, s, "s3://lake/file", "x")
	blobtest.Put(t, s, "s3://lake/dir/x", "x")
	for _, url := range []string{"s3://lake/file/below", "s3://lake/dir"} {
		stage, err := s.Stage("")
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range []string{"s3://lake/aaa", url} {
			f, err := stage.Create(u)
			if err == nil {
				err = f.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, err := stage.Publish(t.Context()); !errors.Is(err, blob.ErrInvalid) {
			t.Errorf("publish %s: %v", url, err)
		}
	}
	want(t, "keys", blobtest.Keys(t, s, "s3://lake", true), []string{"dir/x", "file"})
}

// TestParentRace: two processes, one folder, which comes and goes.
func TestParentRace(t *testing.T) {
	d, root := open(t)
	other, err := file.New(root)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i, drv := range []*file.Driver{d, other} {
		wg.Go(func() {
			s := blob.New(drv)
			for n := range 100 {
				url := fmt.Sprintf("s3://lake/a/b/%d-%d", i, n)
				blobtest.Put(t, s, url, url)
				if err := s.Delete(t.Context(), url); err != nil {
					t.Errorf("delete: %v", err)
				}
			}
		})
	}
	wg.Wait()
	if left, err := os.ReadDir(filepath.Join(root, "lake")); err != nil || len(left) != 0 {
		t.Errorf("left in the bucket: %v %v", left, err)
	}
}

// TestParentMadeByOthers: a folder that others make and drop all the time is in nobody's way.
func TestParentMadeByOthers(t *testing.T) {
	d, root := open(t)
	s, dir := blob.New(d), filepath.Join(root, "lake", "shared")
	var others sync.WaitGroup
	quit := make(chan struct{})
	for range 2 {
		others.Go(func() {
			for {
				select {
				case <-quit:
					return
				default:
					_ = os.Mkdir(dir, 0o755) // it is there already, or not
					_ = os.Remove(dir)       // it is empty, or not
				}
			}
		})
	}
	for n := range 100 {
		url := fmt.Sprintf("s3://lake/shared/%d", n)
		blobtest.Put(t, s, url, url)
		if err := s.Delete(t.Context(), url); err != nil {
			t.Errorf("delete: %v", err)
		}
	}
	close(quit)
	others.Wait()
}

// Crash test: a child publishes, the parent kills it.
const (
	crashFolder = "TENON_TEST_CRASH_FOLDER" // set in the child: where to publish
	crashFiles  = 120
	crashRounds = 10
)

// TestCrashChild is the child. It reports when its files are staged.
func TestCrashChild(t *testing.T) {
	root := os.Getenv(crashFolder)
	if root == "" {
		t.Skip("only as a child of TestCrash")
	}
	d, err := file.New(root)
	if err != nil {
		t.Fatal(err)
	}
	stage, err := blob.New(d).Stage("crash")
	if err != nil {
		t.Fatal(err)
	}
	for i := range crashFiles {
		f, err := stage.Create(fmt.Sprintf("s3://lake/out/%03d", i))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintf(f, "content %d", i); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Println("staged")
	if _, err := stage.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestCrash kills publishers at many moments. Either the stage was sealed: then
// publishing it again completes the output, each object whole; or it was not,
// and nothing has appeared.
func TestCrash(t *testing.T) {
	outcomes := map[string]int{}
	for round := range crashRounds {
		d, root := open(t)
		cmd := exec.Command(os.Args[0], "-test.run=^TestCrashChild$")
		cmd.Env = append(os.Environ(), crashFolder+"="+root)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(out, make([]byte, len("staged"))); err != nil {
			t.Fatal(err)
		}
		awaitObjects(root, round*crashFiles/(crashRounds-2)-crashFiles/6)
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()         // by the signal, or not
		outcomes[afterCrash(t, blob.New(d))]++
	}
	t.Logf("outcomes: %v", outcomes)
	if outcomes["sealed, in part"] == 0 {
		t.Error("no publisher was killed between two of its objects: the test has tested nothing")
	}
}

// awaitObjects waits until n objects have appeared, or the child is done.
func awaitObjects(root string, n int) {
	for {
		entries, _ := os.ReadDir(filepath.Join(root, "lake/out"))
		_, err := os.Stat(filepath.Join(root, ".tenon-staging/crash"))
		if len(entries) >= n || err != nil {
			return
		}
	}
}

// afterCrash does what a recovering plane does, and tells what it found.
func afterCrash(t *testing.T, s *blob.Storage) string {
	t.Helper()
	keys := blobtest.Keys(t, s, "s3://lake", true)
	stage, err := s.OpenStage("crash")
	switch {
	case errors.Is(err, blob.ErrNotFound):
		want(t, "objects of a finished publication", len(keys), crashFiles)
		return "finished"
	case err != nil:
		t.Fatal(err)
	case !stage.Sealed():
		want(t, "objects of an unsealed stage", len(keys), 0)
		if err := stage.Discard(); err != nil {
			t.Fatal(err)
		}
		return "not sealed"
	}
	objects, err := stage.Publish(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want(t, "objects", len(objects), crashFiles)
	for i, o := range objects {
		want(t, "content", blobtest.Get(t, s, o.String(), blob.Range{Length: -1}), fmt.Sprintf("content %d", i))
	}
	if len(keys) > 0 && len(keys) < crashFiles {
		return "sealed, in part"
	}
	return "sealed, " + strings.Repeat("all", min(1, len(keys))) + strings.Repeat("none", 1-min(1, len(keys)))
}

// TestLinks: what lies behind a symbolic link is no object, and none is made.
func TestLinks(t *testing.T) {
	d, root := open(t)
	s := blob.New(d)
	outside := t.TempDir()
	blobtest.Put(t, s, "s3://lake/real", "mine")
	if err := errors.Join(
		os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o644),
		os.Symlink(outside, filepath.Join(root, "lake/ld")),
		os.Symlink(filepath.Join(outside, "secret"), filepath.Join(root, "lake/lf")),
		os.Symlink(filepath.Join(outside, "new"), filepath.Join(root, "lake/dangling")),
		os.Symlink(outside, filepath.Join(root, "linked-bucket")),
	); err != nil {
		t.Fatal(err)
	}
	for url, writing := range map[string]error{
		"s3://lake/ld": blob.ErrInvalid, "s3://lake/ld/secret": blob.ErrInvalid, "s3://lake/ld/new/x": blob.ErrInvalid,
		"s3://lake/lf": blob.ErrInvalid, "s3://lake/dangling": blob.ErrInvalid, "s3://linked-bucket/secret": blob.ErrNotFound,
	} {
		if _, err := s.Stat(t.Context(), url); !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("stat %s: %v", url, err)
		}
		if _, _, err := s.Open(t.Context(), url, blob.Range{Length: -1}); !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("open %s: %v", url, err)
		}
		if p, ok := s.LocalPath(url); ok {
			t.Errorf("local path of %s: %s", url, p)
		}
		w, err := s.Create(t.Context(), url)
		if err == nil {
			_, err = w.Commit()
		}
		if !errors.Is(err, writing) {
			t.Errorf("create %s: %v, want %v", url, err, writing)
		}
		if err := s.Delete(t.Context(), url); err != nil && !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("delete %s: %v", url, err)
		}
	}
	want(t, "keys", blobtest.Keys(t, s, "s3://lake", true), []string{"real"})
	want(t, "keys behind a link", blobtest.Keys(t, s, "s3://lake/ld", true), nil)
	left, err := os.ReadDir(outside)
	if err != nil || len(left) != 1 || left[0].Name() != "secret" {
		t.Errorf("outside: %v %v", left, err)
	}
	for _, l := range []string{"lake/ld", "lake/lf", "lake/dangling"} {
		if _, err := os.Readlink(filepath.Join(root, l)); err != nil {
			t.Errorf("the link is gone: %v", err)
		}
	}
}
