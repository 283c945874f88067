package bookmark

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// minute in milliseconds.
const minute = 60_000

// runOnce selects from files in context "src" and commits as run id.
func runOnce(t *testing.T, s State, id string, files []File, opt Option, start int64) (State, []string) {
	t.Helper()
	selected, adv := s.Context("src").Select(files, opt, start)
	next, err := s.Commit(s.Version, id, map[string]Advance{"src": adv})
	if err != nil {
		t.Fatal(err)
	}
	return next, paths(selected)
}

// paths returns the paths of files.
func paths(files []File) []string {
	var out []string
	for _, f := range files {
		out = append(out, f.Path)
	}
	return out
}

// file makes a file modified at the given minute.
func file(path string, mod int64) File { return File{Path: path, Size: 1, ModMillis: mod * minute} }

// TestSelect walks one context through runs an hour into time.
func TestSelect(t *testing.T) {
	a, b := file("a", 10), file("b", 59)
	late := file("late", 50)     // arrives after run 1, inside its band
	tooLate := file("older", 30) // arrives after run 1, below its band
	var s State

	s, got := runOnce(t, s, "jr_1", []File{b, a}, Option{}, 60*minute)
	if d := cmp.Diff([]string{"a", "b"}, got); d != "" {
		t.Errorf("first run: %s", d)
	}
	s, got = runOnce(t, s, "jr_2", []File{a, b}, Option{}, 61*minute)
	if got != nil {
		t.Errorf("nothing new, yet read %v", got)
	}
	s, got = runOnce(t, s, "jr_3", []File{a, b, late, tooLate}, Option{}, 62*minute)
	if d := cmp.Diff([]string{"late"}, got); d != "" {
		t.Errorf("late file: %s", d)
	}
	changed := b
	changed.Version = "2"
	s, got = runOnce(t, s, "jr_4", []File{a, changed, late}, Option{}, 63*minute)
	if d := cmp.Diff([]string{"b"}, got); d != "" {
		t.Errorf("modified file: %s", d)
	}
	touched := file("a", 70)
	_, got = runOnce(t, s, "jr_5", []File{touched, changed, late}, Option{}, 200*minute)
	if d := cmp.Diff([]string{"a"}, got); d != "" {
		t.Errorf("touched file: %s", d)
	}
}

// TestMaxFilesInBand defers what may not be remembered, and loses none of it.
func TestMaxFilesInBand(t *testing.T) {
	var files []File
	for i := range int64(5) {
		files = append(files, file(fmt.Sprintf("f%d", i), 56+i))
	}
	files = append(files, file("old", 1))
	var s State
	s, got := runOnce(t, s, "jr_1", files, Option{MaxFilesInBand: 2}, 60*minute)
	if d := cmp.Diff([]string{"old", "f0", "f1"}, got); d != "" {
		t.Error(d)
	}
	s, got = runOnce(t, s, "jr_2", files, Option{MaxFilesInBand: 2}, 61*minute)
	if got != nil {
		t.Errorf("the band is full, yet read %v", got)
	}
	_, got = runOnce(t, s, "jr_3", files, Option{MaxFilesInBand: 2}, 90*minute)
	if d := cmp.Diff([]string{"f2", "f3", "f4"}, got); d != "" {
		t.Error(d)
	}
}

// TestBandBytes shows that a context's memory is bounded even without maxFilesInBand.
func TestBandBytes(t *testing.T) {
	long := strings.Repeat("k", 1000)
	var files []File
	for i := range 6000 {
		files = append(files, File{Path: fmt.Sprintf("%s%d", long, i), ModMillis: 1})
	}
	selected, adv := Context{}.Select(files, Option{}, 1)
	if n := len(selected); n == 0 || n == len(files) || n != len(adv.Band) {
		t.Fatalf("selected %d of %d, remembers %d", n, len(files), len(adv.Band))
	}
	s, err := State{}.Commit(0, "jr_1", map[string]Advance{"src": adv})
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Encode()
	if err != nil || len(b) > MaxStateBytes || len(b) > s.size() {
		t.Fatalf("%d bytes encoded, estimated %d, %v", len(b), s.size(), err)
	}
}

// TestCommitMismatch gives Glue's words when another run committed first.
func TestCommitMismatch(t *testing.T) {
	_, err := State{Version: 3}.Commit(2, "jr_1", nil)
	want := "VersionMismatchException: Continuation update failed due to version mismatch. Expected version 2 but found version 3"
	var mismatch *MismatchError
	if !errors.As(err, &mismatch) || err.Error() != want {
		t.Fatalf("got %v", err)
	}
}

// TestNumbers follows the figures of GetJobBookmark through a job's life.
func TestNumbers(t *testing.T) {
	s, _ := State{}.Commit(0, "jr_1", nil)
	s = s.Failed().Failed()
	if s.Version != 1 || s.Run != 1 || s.Attempt != 2 || s.RunID != "jr_1" {
		t.Fatalf("after two failures: %+v", s)
	}
	s, _ = s.Commit(1, "jr_4", nil)
	if s.Version != 2 || s.Run != 2 || s.Attempt != 0 || s.RunID != "jr_4" || s.PreviousRunID != "jr_1" {
		t.Fatalf("after the second commit: %+v", s)
	}
	back, err := s.Rewind("jr_3") // a failed run: the last committed one before it is meant
	if err != nil || back.Run != 1 || back.RunID != "jr_1" || back.Version != 3 || len(back.History) != 1 {
		t.Fatalf("rewound: %+v, %v", back, err)
	}
	if r := s.Reset(); r.Version != 3 || r.Run != 0 || len(r.History) != 0 {
		t.Fatalf("reset: %+v", r)
	}
	if r, err := s.Rewind("jr_0"); err != nil || r.Run != 0 || r.Version != 3 {
		t.Fatalf("rewound before the first run: %+v, %v", r, err)
	}
}

// TestHistoryIsBounded forgets the oldest runs and says so.
func TestHistoryIsBounded(t *testing.T) {
	var s State
	for i := range MaxHistory + 10 {
		s, _ = runOnce(t, s, fmt.Sprintf("jr_%04d", i), []File{file(fmt.Sprint(i), int64(i))}, Option{}, int64(i)*minute)
	}
	if len(s.History) != MaxHistory || s.Run != MaxHistory+10 {
		t.Fatalf("history of %d, run %d", len(s.History), s.Run)
	}
	if n := len(s.Context("src").Marks); n > MaxHistory {
		t.Errorf("%d marks", n)
	}
	if _, err := s.Rewind("jr_0003"); !errors.Is(err, ErrForgotten) {
		t.Errorf("a forgotten run: %v", err)
	}
	if _, err := s.Window("jr_0105", "jr_0100"); err == nil {
		t.Error("a window that ends before it begins was taken")
	}
}

// TestCodec reads back what it wrote, and nothing else.
func TestCodec(t *testing.T) {
	s, _ := runOnce(t, State{}, "jr_1", []File{file("a", 59), file("b", 2)}, Option{}, 60*minute)
	b, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(s, got); d != "" {
		t.Error(d)
	}
	for _, bad := range []string{`{"format":2}`, `{}`, `[`} {
		if _, err := Decode([]byte(bad)); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}

// TestMerge joins two sources of one context, unless their bands differ or one is of rows.
func TestMerge(t *testing.T) {
	_, a := Context{}.Select([]File{file("a", 59)}, Option{}, 60*minute)
	_, b := Context{}.Select([]File{file("a", 59), file("b", 58)}, Option{}, 60*minute)
	m, err := Merge("src", a, b)
	if err != nil || len(m.Band) != 2 {
		t.Fatalf("%+v, %v", m, err)
	}
	_, c := Context{}.Select(nil, Option{BandMillis: 1}, 60*minute)
	if _, err := Merge("src", a, c); err == nil {
		t.Error("different bands were merged")
	}
	rows := a
	rows.Keys = &Keys{Columns: []string{"id"}, Values: []string{"1"}}
	if _, err := Merge("src", rows, b); err == nil {
		t.Error("a source of rows and one of files were merged")
	}
}

// world is the bucket of the property test: what is there, and what committed runs read.
type world struct {
	now    int64
	files  map[string]File
	read   map[File]int   // by how many committed runs each version was read
	byRun  map[int][]File // what each committed run read
	serial int
}

// arrive puts a new version of a file, modified up to a band (exclusive) before now.
func (w *world) arrive(t *rapid.T, band int64) {
	lag := rapid.Int64Range(0, band-1).Draw(t, "lag")
	path := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "g"}).Draw(t, "path")
	w.serial++
	w.files[path] = File{Path: path, Size: rapid.Int64Range(0, 3).Draw(t, "size"), ModMillis: w.now - lag, Version: fmt.Sprint(w.serial)}
}

// list returns the bucket.
func (w *world) list() []File {
	var out []File
	for _, f := range w.files {
		out = append(out, f)
	}
	return out
}

// step lets time pass, files arrive, and one run read; the run commits or fails.
func (w *world) step(t *rapid.T, s State, opt Option) State {
	w.now += rapid.Int64Range(0, 3*opt.BandMillis).Draw(t, "pass")
	for range rapid.IntRange(0, 4).Draw(t, "arrivals") {
		w.arrive(t, opt.BandMillis)
	}
	before, _ := s.Encode()
	selected, adv := s.Context("src").Select(w.list(), opt, w.now)
	if after, _ := s.Encode(); string(before) != string(after) {
		t.Fatal("selecting changed the state")
	}
	if rapid.Bool().Draw(t, "fails") {
		return s.Failed()
	}
	next, err := s.Commit(s.Version, fmt.Sprintf("jr_%06d", s.Version), map[string]Advance{"src": adv})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range selected {
		w.read[f]++
	}
	w.byRun[next.Run] = selected
	return next
}

// TestExactlyOnce is the package's promise: safety (no version is read twice by committed runs) and liveness (a run
// after the last arrival leaves nothing unread).
func TestExactlyOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		opt := bounded(t)
		opt.MaxFilesInBand = rapid.IntRange(0, 5).Draw(t, "cap")
		w := &world{now: 1000, files: map[string]File{}, read: map[File]int{}, byRun: map[int][]File{}}
		var s State
		for range rapid.IntRange(1, 25).Draw(t, "runs") {
			s = w.step(t, s, opt)
		}
		w.drain(t, s, opt)
		for f, n := range w.read {
			if n > 1 {
				t.Fatalf("%+v was read %d times", f, n)
			}
		}
		for _, f := range w.files {
			if w.read[f] != 1 {
				t.Fatalf("%+v was never read", f)
			}
		}
	})
}

// TestWindowsAreRuns says that the input between two neighbouring runs is what the later one read, and that rewinding
// to a run selects whatever came after it.
func TestWindowsAreRuns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		opt := bounded(t)
		w := &world{now: 1000, files: map[string]File{}, read: map[File]int{}, byRun: map[int][]File{}}
		var s State
		for range rapid.IntRange(1, 12).Draw(t, "runs") {
			s = w.step(t, s, opt)
		}
		here := map[File]bool{}
		for _, f := range w.files {
			here[f] = true
		}
		for run := 1; run <= s.Run; run++ {
			var want []string
			for _, f := range sorted(w.byRun[run]) {
				if here[f] {
					want = append(want, f.Path)
				}
			}
			got := paths(s.Context("src").Between(w.list(), Window{From: run - 1, To: run}))
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("window of run %d: %s", run, d)
			}
		}
		if s.Run == 0 {
			return
		}
		back, err := s.Rewind(s.History[rapid.IntRange(0, s.Run-1).Draw(t, "to")].ID)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := back.Context("src").Select(w.list(), Option{BandMillis: opt.BandMillis}, w.now)
		set := map[File]bool{}
		for _, f := range again {
			set[f] = true
		}
		for run, files := range w.byRun {
			for _, f := range files {
				if here[f] && set[f] != (run > back.Run) {
					t.Fatalf("rewound to %d, %+v of run %d selected: %v", back.Run, f, run, set[f])
				}
			}
		}
	})
}

// TestKeys follows a source of rows through runs that commit, fail, are gone back to, and change their keys.
func TestKeys(t *testing.T) {
	id := Keys{Columns: []string{"id"}}
	read := func(s State, run string, last ...string) State {
		t.Helper()
		keys := id
		keys.Values = last
		next, err := s.Commit(s.Version, run, map[string]Advance{"orders": {Keys: &keys}})
		if err != nil {
			t.Fatal(err)
		}
		encoded, err := next.Encode()
		if err == nil {
			next, err = Decode(encoded)
		}
		if err != nil {
			t.Fatal(err)
		}
		return next
	}
	at := func(s State, run int) string {
		t.Helper()
		last, err := s.Context("orders").KeysAt(run, id)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(last, ",")
	}
	var s State
	if got := at(s, math.MaxInt); got != "" {
		t.Errorf("nothing is read, yet the last key is %s", got)
	}
	s = read(s, "jr_1", "10")
	s = read(s.Failed(), "jr_2", "25")
	if now, then := at(s, math.MaxInt), at(s, 1); now != "25" || then != "10" {
		t.Errorf("now %s, after the first run %s", now, then)
	}
	back, err := s.Rewind("jr_1")
	if err != nil || at(back, math.MaxInt) != "10" {
		t.Errorf("gone back to the first run: %s, %v", at(back, math.MaxInt), err)
	}
	for _, other := range []Keys{{Columns: []string{"day", "id"}}, {Columns: []string{"id"}, Descending: true}} {
		if _, err := s.Context("orders").KeysAt(math.MaxInt, other); err == nil {
			t.Errorf("the keys %+v were taken for those of the bookmark", other)
		}
	}
	if got := at(s.Reset(), math.MaxInt); got != "" {
		t.Errorf("after a reset the last key is %s", got)
	}
}
