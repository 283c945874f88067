package worker

import (
	"context"
	"fmt"
	"math"
	"sync"

	"tenon/internal/attempt"
	"tenon/internal/core/bookmark"
	"tenon/internal/failpoint"
	"tenon/internal/plan"
)

// The values of attempt.Bookmark.Option.
const (
	bookmarkEnable = "enable"
	bookmarkPause  = "pause"
)

// bookmarks applies the job's bookmark to the sources of one run, and commits what they read.
type bookmarks struct {
	spec        *attempt.Bookmark // nil: disabled
	runID       string
	startMillis int64            // of the run; the upper bound of what it reads
	window      *bookmark.Window // pause with from and to: the input of these runs

	mu       sync.Mutex // guards the fields below; held during a commit, so that commits and sources take turns
	state    bookmark.State
	advances map[string]bookmark.Advance // since the last commit, by transformation_ctx
	commits  int
}

// newBookmarks reads the state that the plane gave. Errors are for the script's author.
func newBookmarks(s attempt.Spec, startMillis int64) (*bookmarks, error) {
	b := &bookmarks{spec: s.Bookmark, runID: s.Key.Run, startMillis: startMillis, advances: map[string]bookmark.Advance{}}
	if s.Bookmark == nil {
		return b, nil
	}
	switch s.Bookmark.Option {
	case bookmarkEnable, bookmarkPause:
	default:
		return nil, fmt.Errorf("bookmark option %q is unknown", s.Bookmark.Option)
	}
	var err error
	if b.state, err = bookmark.Decode(s.Bookmark.State); err != nil {
		return nil, err
	}
	if int64(b.state.Version) != s.Bookmark.Version {
		return nil, fmt.Errorf("the job's bookmark says version %d, the plane %d", b.state.Version, s.Bookmark.Version)
	}
	if s.Bookmark.From != "" && s.Bookmark.To != "" {
		w, err := b.state.Window(s.Bookmark.From, s.Bookmark.To)
		if err != nil {
			return nil, err
		}
		b.window = &w
	}
	return b, nil
}

// choose answers which files a source with a transformation_ctx reads.
func (b *bookmarks) choose(ctx string, files []bookmark.File, opt bookmark.Option) ([]bookmark.File, error) {
	if b.spec == nil {
		return opt.Bound(files), nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.window != nil {
		return b.state.Context(ctx).Between(files, *b.window), nil
	}
	selected, adv := b.state.Context(ctx).Select(files, opt, b.startMillis)
	if earlier, ok := b.advances[ctx]; ok {
		var err error
		if adv, err = bookmark.Merge(ctx, earlier, adv); err != nil {
			return nil, &plan.Error{Class: plan.ClassArgument, Message: err.Error()}
		}
	}
	b.advances[ctx] = adv
	return selected, nil
}

// On tells whether sources with a transformation_ctx go by the bookmark.
func (b *bookmarks) On() bool { return b.spec != nil }

// Range is which rows a source that goes by keys reads: those after the first key, up to the second; nil is unbounded.
func (b *bookmarks) Range(ctx string, keys bookmark.Keys) (from, to []string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	first := math.MaxInt
	if b.window != nil {
		first = b.window.From
	}
	if from, err = b.state.Context(ctx).KeysAt(first, keys); err == nil && b.window != nil {
		to, err = b.state.Context(ctx).KeysAt(b.window.To, keys)
	}
	if err != nil {
		return nil, nil, &plan.Error{Class: plan.ClassArgument, Message: fmt.Sprintf("the source %q: %v", ctx, err)}
	}
	return from, to, nil
}

// Read notes the last key that a source has read; with no row read, the bookmark stays where it is.
func (b *bookmarks) Read(ctx string, keys bookmark.Keys) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.window != nil {
		return nil
	}
	if _, twice := b.advances[ctx]; twice {
		return &plan.Error{Class: plan.ClassArgument, Message: fmt.Sprintf(
			"two sources share the transformation_ctx %q: give each its own, or their bookmarks mix", ctx)}
	}
	if len(keys.Values) == 0 {
		last, err := b.state.Context(ctx).KeysAt(math.MaxInt, keys)
		if err != nil {
			return err
		}
		keys.Values = last
	}
	b.advances[ctx] = bookmark.Advance{LowMillis: math.MinInt64, HighMillis: b.startMillis, Keys: &keys}
	return nil
}

// commit is job.commit(): it returns once the plane has made the bookmark durable, or the refusal as the script is to
// see it. Without bookmarks, or with paused ones, it does nothing; so does a second one with nothing read in between.
// It holds up sources that are made meanwhile by other threads of the script: they belong to the next commit.
func (w *worker) commit(ctx context.Context) error {
	b := w.bookmarks
	if b.spec == nil || b.spec.Option != bookmarkEnable {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.commits > 0 && len(b.advances) == 0 {
		return nil
	}
	expected := b.state.Version
	next, err := b.state.Commit(expected, b.runID, b.advances)
	if err != nil {
		return &plan.Error{Class: plan.ClassBookmark, Message: err.Error()}
	}
	encoded, err := next.Encode()
	if err != nil {
		return err
	}
	if len(encoded) > maxBookmarkBytes {
		return &plan.Error{Class: plan.ClassBookmark, Message: fmt.Sprintf(
			"the bookmark has grown to %d bytes, at most %d: set maxFilesInBand, or a smaller maxBand, on its sources", len(encoded), maxBookmarkBytes)}
	}
	failpoint.Hit("worker.before_bookmark")
	seq, err := w.out.put(ctx, attempt.Report{
		Kind: attempt.ReportBookmark, Bookmark: &attempt.BookmarkCommit{Version: int64(expected), State: encoded},
	})
	if err != nil {
		return err
	}
	failpoint.Hit("worker.before_bookmark_ack")
	refused, err := w.out.await(ctx, seq)
	if err != nil {
		return err
	}
	failpoint.Hit("worker.after_bookmark_ack")
	if refused != "" {
		return &plan.Error{Class: plan.ClassBookmark, Message: refused}
	}
	b.state, b.advances = next, map[string]bookmark.Advance{}
	b.commits++
	return nil
}

// maxBookmarkBytes bounds an encoded bookmark so that it fits a message, in which it is a third larger (base64).
const maxBookmarkBytes = (attempt.MaxMessage - 4<<10) / 4 * 3
