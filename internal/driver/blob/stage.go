package blob

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Limits of a stage.
const (
	maxStageIDBytes  = 64
	maxStagedFiles   = 100_000 // objects of one Publish
	maxManifestBytes = 1 << 28 // 100,000 files with keys of 1,024 bytes, and room
	syncParallel     = 8       // fsyncs at a time: journals commit them together
)

// manifestName is the file whose presence makes a stage sealed.
const manifestName = "manifest.json"

// Stage is a private folder in which output is made before it appears. Its
// methods may be called concurrently until Publish or Discard.
type Stage struct {
	storage *Storage
	id      string
	dir     string

	mu     sync.Mutex // guards the fields below
	files  []staged   // in the order of Create and Add
	sealed bool       // the manifest is on disk; files are final
}

// staged is one file of a stage, and the manifest's form of it.
type staged struct {
	Name string `json:"name"` // relative to the stage's folder, with "/"
	URL  string `json:"url"`
}

// Stage begins a stage, in a new folder. id names it for OpenStage and Stages
// (letters, digits, '-', '_'), and must be new; "" takes a random one.
func (s *Storage) Stage(id string) (*Stage, error) {
	if id == "" {
		id = "x-" + rand.Text()
	}
	if err := checkStageID(id); err != nil {
		return nil, err
	}
	root := s.driver.Staging()
	dir := filepath.Join(root, id)
	err := os.Mkdir(dir, 0o700)
	if errors.Is(err, fs.ErrNotExist) {
		err = errors.Join(os.MkdirAll(root, 0o700), os.Mkdir(dir, 0o700))
	}
	if err != nil {
		return nil, wrap("stage", id, FromOS(err))
	}
	return &Stage{storage: s, id: id, dir: dir}, nil
}

// OpenStage finds the stage of a process that died. Sealed tells whether its
// output was decided on: then Publish finishes it, otherwise only Discard makes
// sense. ErrNotFound: it was never begun, published to the end, or discarded.
func (s *Storage) OpenStage(id string) (*Stage, error) {
	if err := checkStageID(id); err != nil {
		return nil, err
	}
	st := &Stage{storage: s, id: id, dir: filepath.Join(s.driver.Staging(), id)}
	if _, err := os.Stat(st.dir); err != nil {
		return nil, wrap("stage", id, FromOS(err))
	}
	name := filepath.Join(st.dir, manifestName)
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return st, nil
	}
	if err != nil {
		return nil, wrap("stage", id, FromOS(err))
	}
	if info.Size() > maxManifestBytes {
		return nil, wrap("stage", id, fmt.Errorf("%w: manifest of %d bytes", ErrLimit, info.Size()))
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, wrap("stage", id, FromOS(err))
	}
	if err := json.Unmarshal(b, &st.files); err != nil {
		return nil, wrap("stage", id, fmt.Errorf("read manifest: %w", err))
	}
	st.sealed = true
	return st, nil
}

// Stages lists the ids of all stages, for whoever knows which attempts still
// live: the others' are to be finished or discarded.
func (s *Storage) Stages() ([]string, error) {
	entries, err := os.ReadDir(s.driver.Staging())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, wrap("stage", "", FromOS(err))
	}
	var ids []string
	for _, e := range entries {
		if e.IsDir() && checkStageID(e.Name()) == nil {
			ids = append(ids, e.Name())
		}
	}
	return ids, nil
}

// Dir is the stage's folder: files made in it can be moved into place without
// copying. Names beginning with "out-" are the stage's own.
func (st *Stage) Dir() string { return st.dir }

// Sealed tells whether the stage has passed its commit point.
func (st *Stage) Sealed() bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.sealed
}

// Create makes an empty file that shall appear at url. Write to it, or let
// another program write to its Path; Close it before Publish. Its path ends in
// the same name as url, for programs that go by the extension.
func (st *Stage) Create(url string) (*File, error) {
	loc, err := st.storage.parseObject(url)
	if err != nil {
		return nil, err
	}
	// A folder of its own keeps the name free. An engine writes few, large
	// files: the cost is none.
	dir, err := os.MkdirTemp(st.dir, "out-")
	if err != nil {
		return nil, wrap("stage", url, FromOS(err))
	}
	name := filepath.Join(dir, path.Base(loc.Key))
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o644)
	if err != nil {
		return nil, wrap("stage", url, FromOS(err))
	}
	if err := st.Add(name, url); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &File{f: f, url: url}, nil
}

// Add registers a file that somebody made under Dir, to appear at url.
func (st *Stage) Add(file, url string) error {
	loc, err := st.storage.parseObject(url)
	if err != nil {
		return err
	}
	rel, err := filepath.Rel(st.dir, file)
	if err != nil || !filepath.IsLocal(rel) {
		return wrap("stage", url, fmt.Errorf("%w: %s is not inside stage %s", ErrInvalid, file, st.id))
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	switch {
	case st.sealed:
		return wrap("stage", url, fmt.Errorf("%w: stage %s is sealed", ErrInvalid, st.id))
	case len(st.files) >= maxStagedFiles:
		return wrap("stage", url, fmt.Errorf("%w: more than %d files in one stage", ErrLimit, maxStagedFiles))
	}
	st.files = append(st.files, staged{Name: filepath.ToSlash(rel), URL: loc.String()})
	return nil
}

// Publish makes all files appear, durably, and removes the stage. It returns
// the objects in the order of Create and Add. If it fails, some objects may
// have appeared; calling it again, here or after OpenStage in another process,
// finishes the rest. Two files for one key are refused before anything moves.
func (st *Stage) Publish(ctx context.Context) ([]Object, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	files := make([]Staged, 0, len(st.files))
	seen := make(map[Location]bool, len(st.files))
	for _, f := range st.files {
		loc, err := st.storage.parseObject(f.URL)
		if err != nil {
			return nil, err
		}
		if seen[loc] {
			return nil, wrap("publish", f.URL, fmt.Errorf("%w: staged twice", ErrInvalid))
		}
		seen[loc] = true
		if !filepath.IsLocal(filepath.FromSlash(f.Name)) {
			return nil, wrap("publish", f.URL, fmt.Errorf("%w: manifest names %q", ErrInvalid, f.Name))
		}
		files = append(files, Staged{Path: filepath.Join(st.dir, filepath.FromSlash(f.Name)), Dest: loc})
	}
	if !st.sealed {
		if err := st.seal(files); err != nil {
			return nil, wrap("publish", st.id, FromOS(err))
		}
	}
	var objects []Object
	err := retry(ctx, func() (err error) {
		objects, err = st.storage.publish(ctx, files)
		return err
	})
	if err != nil {
		return nil, wrap("publish", st.id, err)
	}
	if err := st.remove(); err != nil {
		return objects, wrap("publish", st.id, FromOS(err))
	}
	return objects, nil
}

// publish moves staged files to where they belong: all to object storage, or all
// to this machine's disk.
func (s *Storage) publish(ctx context.Context, files []Staged) ([]Object, error) {
	d := s.driver
	for i, f := range files {
		if i == 0 {
			d = s.at(f.Dest)
		} else if f.Dest.Disk != files[0].Dest.Disk {
			return nil, fmt.Errorf("%w: one stage for %s and %s", ErrInvalid, files[0].Dest, f.Dest)
		}
	}
	return d.Publish(ctx, files)
}

// seal checks that every file is there, then writes the manifest aside, syncs
// it and renames it: the commit point. The files' own bytes are synced first,
// so that a sealed stage survives a power cut whole.
func (st *Stage) seal(files []Staged) error {
	var group errgroup.Group
	group.SetLimit(syncParallel)
	for _, f := range files {
		group.Go(func() error {
			if err := syncFile(f.Path); err != nil {
				return fmt.Errorf("staged file for %s: %w", f.Dest, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	b, err := json.Marshal(st.files)
	if err != nil {
		return err
	}
	name := filepath.Join(st.dir, manifestName)
	if err := os.WriteFile(name+".new", b, 0o600); err != nil {
		return err
	}
	if err := syncFile(name + ".new"); err != nil {
		return err
	}
	if err := os.Rename(name+".new", name); err != nil {
		return err
	}
	st.sealed = true
	return SyncDir(st.dir)
}

// Discard removes the stage and everything in it. Objects that a failed Publish
// has made stay.
func (st *Stage) Discard() error {
	st.mu.Lock()
	defer st.mu.Unlock()
	return wrap("discard", st.id, FromOS(st.remove()))
}

// remove deletes the folder, the manifest last: while other files are left to
// delete, a stage that was sealed must still say so.
func (st *Stage) remove() error {
	entries, err := os.ReadDir(st.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if e.Name() == manifestName {
			continue
		}
		if err := os.RemoveAll(filepath.Join(st.dir, e.Name())); err != nil {
			return err
		}
	}
	return os.RemoveAll(st.dir)
}

// checkStageID keeps ids usable as one folder name.
func checkStageID(id string) error {
	bad := strings.TrimLeft(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != ""
	if id == "" || len(id) > maxStageIDBytes || bad {
		return wrap("stage", id, fmt.Errorf("%w stage id: want 1 to %d letters, digits, '-' or '_'", ErrInvalid, maxStageIDBytes))
	}
	return nil
}

// File is one staged file.
type File struct {
	f   *os.File
	url string
}

// Path is where the file is, for programs that write to paths.
func (f *File) Path() string { return f.f.Name() }

// Write appends to the file.
func (f *File) Write(p []byte) (int, error) {
	n, err := f.f.Write(p)
	return n, wrap("write", f.url, FromOS(err))
}

// Close ends writing. It does not publish.
func (f *File) Close() error {
	err := f.f.Close()
	if errors.Is(err, fs.ErrClosed) {
		return nil
	}
	return wrap("write", f.url, FromOS(err))
}

// Writer makes a single object: a stage with one file.
type Writer struct {
	*File
	ctx   context.Context
	stage *Stage
}

// Commit makes the object appear, and describes it.
func (w *Writer) Commit() (Object, error) {
	if err := w.File.Close(); err != nil {
		return Object{}, errors.Join(err, w.Discard())
	}
	objects, err := w.stage.Publish(w.ctx)
	if err != nil {
		return Object{}, errors.Join(err, w.stage.Discard())
	}
	return objects[0], nil
}

// Discard gives the object up. After Commit it does nothing.
func (w *Writer) Discard() error {
	_ = w.File.Close() // what it held is deleted
	return w.stage.Discard()
}
