package bookmark

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// DefaultBandMillis is Glue's default of maxBand: 15 minutes.
const DefaultBandMillis = 900_000

// MaxBandBytes bounds what one Context remembers of a run's band, in bytes of paths and versions. Files beyond it wait
// for the next run, as files beyond maxFilesInBand do. 4 MiB holds some 25,000 objects written within 15 minutes.
const MaxBandBytes = 4 << 20

// seenOverhead is what a remembered file takes in the encoded state beside its path and version, in bytes.
const seenOverhead = 80

// File is one version of one object, as listed.
type File struct {
	Path      string `json:"path"`              // s3://bucket/key
	Size      int64  `json:"size"`              // bytes
	ModMillis int64  `json:"mod_millis"`        // last modification, Unix milliseconds
	Version   string `json:"version,omitempty"` // ETag or the like; empty where the store has none
}

// Seen is a file that a committed run read and that lay above that run's low bound.
type Seen struct {
	File
	Run int `json:"run"` // the number of the run that read it
}

// Mark is what one committed run left of a Context.
type Mark struct {
	Run        int   `json:"run"`
	LowMillis  int64 `json:"low_millis"`  // everything modified at or before this counts as read
	HighMillis int64 `json:"high_millis"` // the start of the run: nothing that arrived later was read by it
	Keys       *Keys `json:"keys,omitempty"`
}

// Keys are how far a source of rows has been read, by columns whose values rise (or fall) with each new row.
type Keys struct {
	Columns    []string `json:"columns"`
	Descending bool     `json:"descending,omitempty"`
	Values     []string `json:"values,omitempty"` // of the last row read, as text; none: no row yet
}

// same tells whether both go by the same columns in the same order.
func (k Keys) same(other Keys) bool {
	return slices.Equal(k.Columns, other.Columns) && k.Descending == other.Descending
}

// Context is the memory of one transformation_ctx. The zero Context has read nothing.
type Context struct {
	// Marks are in order of runs. Invariant: LowMillis never decreases.
	Marks []Mark `json:"marks"`
	// Invariant: an entry lies above the low bound of its own run, or of the oldest run in the state's history if that
	// is later: no other can be needed again.
	Seen []Seen `json:"seen,omitempty"`
}

// Option bounds one Select. The zero Option has Glue's defaults.
type Option struct {
	BandMillis     int64 // maxBand; 0 means DefaultBandMillis
	MaxFilesInBand int   // how many files of the band a run may remember; 0 means as many as MaxBandBytes holds
	MaxFiles       int   // boundedFiles: how many files a run reads; 0 means all
	MaxBytes       int64 // boundedSize: how many bytes of files a run reads; 0 means all
}

// Advance is what a commit will add to a Context.
type Advance struct {
	LowMillis  int64  `json:"low_millis"`
	HighMillis int64  `json:"high_millis"`
	Band       []File `json:"band,omitempty"` // the selected files above LowMillis
	Keys       *Keys  `json:"keys,omitempty"`
}

// KeysAt is how far the runs up to number run have read a source that goes by keys: nil for no row. A source whose keys
// are others than before is an error: what it has read cannot be told.
func (c Context) KeysAt(run int, keys Keys) ([]string, error) {
	for _, m := range slices.Backward(c.Marks) {
		if m.Run > run || m.Keys == nil {
			continue
		}
		if !m.Keys.same(keys) {
			return nil, fmt.Errorf("the bookmark goes by the keys %v, the source by %v: reset the bookmark, or give the keys that it had",
				m.Keys.Columns, keys.Columns)
		}
		return m.Keys.Values, nil
	}
	return nil, nil
}

// Select returns, oldest first, the files that no committed run has read, and the Advance by which a commit records
// them. startMillis is the start of the run (Unix milliseconds), taken before anything was listed and the same for all
// sources of the run. Files that the option's limits leave out are not part of the Advance, so the next run has them.
func (c Context) Select(files []File, opt Option, startMillis int64) ([]File, Advance) {
	band := opt.BandMillis
	if band == 0 {
		band = DefaultBandMillis
	}
	prev := c.lowAt(math.MaxInt)
	bandLow := max(prev, startMillis-band)
	seen := c.seenAt(math.MaxInt)
	fresh := slices.DeleteFunc(sorted(files), func(f File) bool { return c.processedAt(math.MaxInt, seen, f) })
	fresh, low := opt.bound(fresh, seen, prev, bandLow)
	adv := Advance{LowMillis: low, HighMillis: startMillis}

	count, bytes := 0, 0
	for f := range seen {
		if f.ModMillis > bandLow {
			count++
		}
		if f.ModMillis > low {
			bytes += f.cost()
		}
	}
	var selected []File
	for _, f := range fresh {
		if f.ModMillis > bandLow {
			if bytes+f.cost() > MaxBandBytes || (opt.MaxFilesInBand > 0 && count >= opt.MaxFilesInBand) {
				continue
			}
			count++
		}
		if f.ModMillis > low {
			bytes += f.cost()
			adv.Band = append(adv.Band, f)
		}
		selected = append(selected, f)
	}
	return selected, adv
}

// Between returns, oldest first, the files that the runs of w read: not yet read after w.From, read after w.To.
func (c Context) Between(files []File, w Window) []File {
	from, to := c.seenAt(w.From), c.seenAt(w.To)
	var selected []File
	for _, f := range sorted(files) {
		if !c.processedAt(w.From, from, f) && c.processedAt(w.To, to, f) {
			selected = append(selected, f)
		}
	}
	return selected
}

// Merge joins the Advances of two sources that share one transformation_ctx in one run. Both must have been selected
// with the same maxBand, and be cut by no bound: else no single low bound is true of both.
func Merge(ctx string, a, b Advance) (Advance, error) {
	if a.LowMillis != b.LowMillis || a.HighMillis != b.HighMillis || a.Keys != nil || b.Keys != nil {
		return Advance{}, fmt.Errorf("bookmark: two sources share transformation_ctx %q but not what they have read (maxBand, boundedFiles, "+
			"boundedSize): give each its own", ctx)
	}
	seen := make(map[File]bool, len(a.Band))
	for _, f := range a.Band {
		seen[f] = true
	}
	a.Band = slices.Clone(a.Band)
	for _, f := range b.Band {
		if !seen[f] {
			a.Band = append(a.Band, f)
		}
	}
	return a, nil
}

// lowAt returns the low bound after run: the bound of the last mark not later than it.
func (c Context) lowAt(run int) int64 {
	low := int64(math.MinInt64)
	for _, m := range c.Marks {
		if m.Run > run {
			break
		}
		low = m.LowMillis
	}
	return low
}

// seenAt returns the remembered files as they were after run.
func (c Context) seenAt(run int) map[File]bool {
	seen := make(map[File]bool, len(c.Seen))
	for _, s := range c.Seen {
		if s.Run <= run {
			seen[s.File] = true
		}
	}
	return seen
}

// processedAt reports whether f had been read after run; seen is c.seenAt(run).
func (c Context) processedAt(run int, seen map[File]bool, f File) bool {
	return f.ModMillis <= c.lowAt(run) || seen[f]
}

// commit returns c with what run read.
func (c Context) commit(run int, adv Advance) Context {
	next := Context{Marks: slices.Clone(c.Marks), Seen: slices.Clone(c.Seen)}
	low := max(adv.LowMillis, c.lowAt(math.MaxInt))
	next.Marks = append(next.Marks, Mark{Run: run, LowMillis: low, HighMillis: adv.HighMillis, Keys: adv.Keys})
	for _, f := range adv.Band {
		if f.ModMillis > low {
			next.Seen = append(next.Seen, Seen{File: f, Run: run})
		}
	}
	return next
}

// rewind returns c as it was after run.
func (c Context) rewind(run int) Context {
	var back Context
	for _, m := range c.Marks {
		if m.Run <= run {
			back.Marks = append(back.Marks, m)
		}
	}
	for _, s := range c.Seen {
		if s.Run <= run {
			back.Seen = append(back.Seen, s)
		}
	}
	return back
}

// prune forgets what no run from oldest on needs.
func (c Context) prune(oldest int) Context {
	var next Context
	for i, m := range c.Marks {
		if m.Run > oldest || i+1 == len(c.Marks) || c.Marks[i+1].Run > oldest {
			next.Marks = append(next.Marks, m)
		}
	}
	for _, s := range c.Seen {
		if s.ModMillis > c.lowAt(max(s.Run, oldest)) {
			next.Seen = append(next.Seen, s)
		}
	}
	return next
}

// cost is what remembering f takes in the encoded state, in bytes.
func (f File) cost() int { return len(f.Path) + len(f.Version) + seenOverhead }

// sorted returns files oldest first, ties by path, each file once.
func sorted(files []File) []File {
	out := slices.Clone(files)
	slices.SortFunc(out, func(a, b File) int {
		return cmp.Or(cmp.Compare(a.ModMillis, b.ModMillis), cmp.Compare(a.Path, b.Path),
			cmp.Compare(a.Size, b.Size), cmp.Compare(a.Version, b.Version))
	})
	return slices.Compact(out)
}
