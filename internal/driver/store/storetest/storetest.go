// Package storetest is the definition of the store: what passes Run can carry the plane. It also starts a real
// PostgreSQL for tests.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// Fresh makes an empty state and returns how to open it. The opened DB is closed by its user; open may be called again
// after that and finds the same state.
type Fresh func(t *testing.T) (open func() (*store.DB, error))

// Run runs the conformance suite, each test on a state of its own.
func Run(t *testing.T, fresh Fresh) {
	tests := []struct {
		name string
		fn   func(t *testing.T, s *state)
	}{
		{"CommitIsolation", testCommitIsolation},
		{"CommitAlone", testCommitAlone},
		{"CommitCancelled", testCommitCancelled},
		{"CommitConcurrent", testCommitConcurrent},
		{"Panic", testPanic},
		{"Closed", testClosed},
		{"Snapshot", testSnapshot},
		{"ReadOnce", testReadOnce},
		{"Sequence", testSequence},
		{"Random", testRandom},
		{"Definition", testDefinition},
		{"DefinitionIncarnation", testIncarnation},
		{"DefinitionNumber", testDefinitionNumber},
		{"DefinitionList", testDefinitionList},
		{"Tags", testTags},
		{"Run", testRun},
		{"RunPages", testRunPages},
		{"RunWalks", testRunWalks},
		{"OpenRuns", testOpenRuns},
		{"Lease", testLease},
		{"Event", testEvent},
		{"EventPage", testEventPage},
		{"EventsOf", testEventsOf},
		{"LastOf", testLastOf},
		{"EventTimes", testEventTimes},
		{"Chain", testChain},
		{"ChainPruned", testChainPruned},
		{"StartKey", testStartKey},
		{"Bookmark", testBookmark},
		{"Report", testReport},
		{"RunFiles", testRunFiles},
		{"AccessKey", testAccessKey},
		{"Meta", testMeta},
		{"PruneRuns", testPruneRuns},
		{"PruneEvents", testPruneEvents},
		{"PruneStartKeys", testPruneStartKeys},
		{"PruneFlow", testPruneFlow},
		{"AllDefinitions", testAllDefinitions},
		{"TriggerProgress", testTriggerProgress},
		{"Fire", testFire},
		{"WorkflowRun", testWorkflowRun},
		{"FlowRuns", testFlowRuns},
		{"Watch", testWatch},
		{"OnePlane", testOnePlane},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &state{t: t, open: fresh(t)}
			s.reopen()
			defer func() {
				if err := s.db.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			}()
			test.fn(t, s)
			s.reopen()
			s.intact()
		})
	}
}

// epoch is the time of the suite's transactions, where the test does not care.
var epoch = time.Date(2026, 11, 26, 12, 0, 0, 123456000, time.UTC)

// region is the region of the suite's rows, where the test does not care.
const region = "us-east-1"

// state is the store under test.
type state struct {
	t    *testing.T
	open func() (*store.DB, error)
	db   *store.DB
}

// reopen closes the store, if it is open, and opens it again.
func (s *state) reopen() {
	s.t.Helper()
	if s.db != nil {
		if err := s.db.Close(); err != nil {
			s.t.Fatalf("close: %v", err)
		}
	}
	db, err := s.open()
	if err != nil {
		s.t.Fatalf("open: %v", err)
	}
	s.db = db
}

// commit runs fn in a transaction that must succeed.
func (s *state) commit(fn func(tx *store.Tx) error) {
	s.t.Helper()
	if err := s.db.Commit(s.t.Context(), epoch, fn); err != nil {
		s.t.Fatalf("commit: %v", err)
	}
}

// refuse runs fn in a transaction that must fail with want.
func (s *state) refuse(want error, fn func(tx *store.Tx) error) {
	s.t.Helper()
	if err := s.db.Commit(s.t.Context(), epoch, fn); !errors.Is(err, want) {
		s.t.Fatalf("commit: got %v, want %v", err, want)
	}
}

// read runs fn on a snapshot and must succeed.
func (s *state) read(fn func(r *store.Reader) error) {
	s.t.Helper()
	if err := s.db.Read(s.t.Context(), fn); err != nil {
		s.t.Fatalf("read: %v", err)
	}
}

// events returns all events.
func (s *state) events() (events []glue.Event) {
	s.t.Helper()
	s.read(func(r *store.Reader) (err error) {
		events, err = r.EventsAfter(0, store.MaxEvents)
		return err
	})
	return events
}

// event is an event that says nothing but its detail.
func event(n int) *glue.Event {
	return &glue.Event{Region: region, Kind: glue.EventRunSubmitted, Detail: fmt.Appendf(nil, `{"n":%d}`, n)}
}

// same fails the test unless got is want.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// held keeps the committer busy until release is called, so that what is committed meanwhile becomes one batch. It
// returns once the committer is inside.
func (s *state) held() (release func()) {
	inside, leave, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		done <- s.db.Commit(context.Background(), epoch, func(*store.Tx) error {
			close(inside)
			<-leave
			return nil
		})
	}()
	<-inside
	return func() {
		close(leave)
		if err := <-done; err != nil {
			s.t.Errorf("held commit: %v", err)
		}
	}
}

// queued waits until n functions wait for the committer.
func (s *state) queued(n int) {
	s.t.Helper()
	until(s.t, fmt.Sprintf("%d functions queued", n), func() bool { return s.db.Stats().Queued >= n })
}

// patience bounds every wait of the suite.
const patience = 30 * time.Second

// until polls for something that has no signal of its own.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); !done(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for: %s", what)
		}
	}
}
