package bookmark

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// bounded draws an option with a band and, often, with bounds.
func bounded(t *rapid.T) Option {
	return Option{BandMillis: rapid.Int64Range(1, 50).Draw(t, "band"), MaxFiles: rapid.IntRange(0, 3).Draw(t, "files"),
		MaxBytes: rapid.Int64Range(0, 4).Draw(t, "bytes")}
}

// drain lets runs read, with nothing arriving any more and out of the band, where no cap defers: each keeps within the
// option's bounds, takes the oldest first, and reads something while something is left.
func (w *world) drain(t *rapid.T, s State, opt Option) {
	w.now += opt.BandMillis
	for range len(w.files) + 1 {
		selected, adv := s.Context("src").Select(w.list(), opt, w.now)
		bytes := int64(0)
		for _, f := range selected {
			w.read[f]++
			bytes += f.Size
		}
		if len(selected) > 1 && (opt.MaxFiles > 0 && len(selected) > opt.MaxFiles || opt.MaxBytes > 0 && bytes > opt.MaxBytes) {
			t.Fatalf("read %d files of %d bytes", len(selected), bytes)
		}
		for _, f := range w.files {
			if w.read[f] == 0 && (len(selected) == 0 || f.ModMillis < selected[len(selected)-1].ModMillis) {
				t.Fatalf("%+v is left, though older than what was read", f)
			}
		}
		var err error
		if s, err = s.Commit(s.Version, fmt.Sprintf("jr_%06d", s.Version), map[string]Advance{"src": adv}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBound reads a backlog in portions, oldest first, with files of one time cut apart and one that is too large.
func TestBound(t *testing.T) {
	files := []File{file("c", 3), file("a", 1), file("b2", 2), file("b1", 2), file("b3", 2), {Path: "big", Size: 100, ModMillis: 4 * minute}}
	for _, test := range []struct {
		opt  Option
		want []string
	}{
		{Option{MaxFiles: 2}, []string{"a b1", "b2 b3", "c big", ""}},
		{Option{MaxFiles: 3}, []string{"a b1 b2", "b3 c big", ""}},
		{Option{MaxBytes: 5}, []string{"a b1 b2 b3 c", "big", ""}},
		{Option{MaxBytes: 99, MaxFiles: 4}, []string{"a b1 b2 b3", "c", "big"}},
		{Option{MaxFiles: 1, MaxFilesInBand: 1}, []string{"a", "b1", "b2", "b3", "c", "big", ""}},
	} {
		var s State
		for i, want := range test.want {
			var got []string
			s, got = runOnce(t, s, fmt.Sprintf("jr_%d", i), files, test.opt, int64(60+i)*minute)
			if d := cmp.Diff(want, strings.Join(got, " ")); d != "" {
				t.Errorf("%+v, run %d: %s", test.opt, i, d)
			}
		}
	}
	if got := paths((Option{MaxFiles: 3}).Bound(files)); !slices.Equal(got, []string{"a", "b1", "b2"}) {
		t.Errorf("without a bookmark: %v", got)
	}
	// What arrives late, but newer than what a bounded run left, is found, also long after the band.
	s, _ := runOnce(t, State{}, "jr_1", files, Option{MaxFiles: 1}, 60*minute)
	_, got := runOnce(t, s, "jr_2", append(files, file("late", 2)), Option{}, 600*minute)
	if d := cmp.Diff([]string{"b1", "b2", "b3", "late", "c", "big"}, got); d != "" {
		t.Error(d)
	}
}

// TestBoundTakesWhatCannotBeRemembered gets past more files of one time than a context may remember.
func TestBoundTakesWhatCannotBeRemembered(t *testing.T) {
	long := strings.Repeat("k", 1000)
	var files []File
	for i := range 6000 {
		files = append(files, File{Path: fmt.Sprintf("%s%04d", long, i), ModMillis: 1})
	}
	files = append(files, file("newer", 1))
	var s State
	total := 0
	for i, want := range []int{2500, 3500, 1, 0} {
		var got []string
		s, got = runOnce(t, s, fmt.Sprintf("jr_%d", i), files, Option{MaxFiles: 2500}, 60*minute)
		if total += len(got); len(got) != want {
			t.Errorf("run %d read %d files", i, len(got))
		}
	}
	if total != len(files) {
		t.Errorf("read %d", total)
	}
}
