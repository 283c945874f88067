package executortest

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"tenon/internal/attempt"
)

// Patience is how long the suite waits for something that must happen.
const Patience = 20 * time.Second

// Recorder is a sink that keeps what it took. Like the controller, it takes each (Key, Seq) once.
type Recorder struct {
	// Decide, if set before use, is asked about every report first, one at a time; its error is the sink's.
	Decide func(attempt.Report) error

	mu      sync.Mutex // guards the fields below
	asked   []attempt.Report
	taken   []attempt.Report
	changed chan struct{} // closed and replaced whenever they change
}

// NewRecorder makes a sink that takes everything.
func NewRecorder() *Recorder { return &Recorder{changed: make(chan struct{})} }

// Report takes r.
func (s *Recorder) Report(ctx context.Context, r attempt.Report) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r)
	close(s.changed)
	s.changed = make(chan struct{})
	if s.Decide != nil {
		if err := s.Decide(r); err != nil {
			return err
		}
	}
	for _, old := range s.taken {
		if old.Key == r.Key && old.Seq == r.Seq {
			return nil
		}
	}
	s.taken = append(s.taken, r)
	return nil
}

// Of lists the reports taken of one attempt, in their order.
func (s *Recorder) Of(key attempt.Key) []attempt.Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	return of(s.taken, key)
}

// of selects the reports of one attempt.
func of(all []attempt.Report, key attempt.Key) []attempt.Report {
	var out []attempt.Report
	for _, r := range all {
		if r.Key == key {
			out = append(out, r)
		}
	}
	return out
}

// Wait waits until a report of a kind was taken.
func (s *Recorder) Wait(t testing.TB, key attempt.Key, kind attempt.Kind) attempt.Report {
	t.Helper()
	return s.await(t, key, kind, func() []attempt.Report { return s.taken })
}

// Asked waits until the sink was asked to take a report of a kind, whatever it said.
func (s *Recorder) Asked(t testing.TB, key attempt.Key, kind attempt.Kind) attempt.Report {
	t.Helper()
	return s.await(t, key, kind, func() []attempt.Report { return s.asked })
}

// await waits until list, which is called with mu held, has a report of a kind.
func (s *Recorder) await(t testing.TB, key attempt.Key, kind attempt.Kind, list func() []attempt.Report) attempt.Report {
	t.Helper()
	deadline := time.NewTimer(Patience)
	defer deadline.Stop()
	for {
		s.mu.Lock()
		all := of(list(), key)
		changed := s.changed
		s.mu.Unlock()
		for _, r := range all {
			if r.Kind == kind {
				return r
			}
		}
		select {
		case <-changed:
		case <-deadline.C:
			t.Fatalf("no %s report of %s within %v; there are %v", kind, key, Patience, kinds(all))
		}
	}
}

// Result waits for the attempt's result.
func (s *Recorder) Result(t testing.TB, key attempt.Key) attempt.Result {
	t.Helper()
	return *s.Wait(t, key, attempt.ReportResult).Result
}

// kinds lists the kinds of reports, for messages.
func kinds(all []attempt.Report) []attempt.Kind {
	var out []attempt.Kind
	for _, r := range all {
		out = append(out, r.Kind)
	}
	return out
}

// contains tells whether s holds part.
func contains(s, part string) bool { return strings.Contains(s, part) }

// eventually repeats f until it succeeds.
func eventually(t testing.TB, what string, f func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		err := f()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: %v", what, err)
		case <-tick.C:
		}
	}
}
