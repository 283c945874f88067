package bookmark

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// MaxHistory is how many committed runs of a job can be gone back to.
const MaxHistory = 100

// MaxContexts bounds the bookmarked sources of one job. Scripts have a handful.
const MaxContexts = 100

// MaxStateBytes bounds an encoded State, which travels in one message from the worker to the plane (attempt.MaxMessage,
// in base64). Past it the oldest runs leave the history first.
const MaxStateBytes = 8 << 20

// stateFormat is the version of the encoding.
const stateFormat = 1

// State is the bookmark of one job. The zero State has read nothing. A State is a value: methods return new ones.
type State struct {
	Version       int    `json:"version"` // +1 per commit, reset and rewind
	Run           int    `json:"run"`     // number of the last committed run
	Attempt       int    `json:"attempt"` // runs that failed since
	PreviousRunID string `json:"previous_run_id,omitempty"`
	RunID         string `json:"run_id,omitempty"` // of the last committed run
	// History holds the committed runs that can be gone back to, in order.
	// Invariant: it ends with Run, and numbers rise by one.
	History  []Run              `json:"history,omitempty"`
	Contexts map[string]Context `json:"contexts,omitempty"` // by transformation_ctx
}

// Run is one committed run.
type Run struct {
	Number int    `json:"number"`
	ID     string `json:"id"`
}

// Window is the input of the runs after From, up to and including To.
type Window struct{ From, To int }

// MismatchError says that another run committed the bookmark since this one read it.
type MismatchError struct{ Expected, Found int }

// Error gives Glue's own words.
func (e *MismatchError) Error() string {
	return fmt.Sprintf("VersionMismatchException: Continuation update failed due to version mismatch. "+
		"Expected version %d but found version %d", e.Expected, e.Found)
}

// ErrForgotten is returned for a run older than the history kept.
var ErrForgotten = errors.New("bookmark: the run is older than the bookmark's history")

// Context returns the memory of one transformation_ctx.
func (s State) Context(name string) Context { return s.Contexts[name] }

// Commit returns the state after run runID read what advances say. expected is the Version that the run started from;
// another one is a MismatchError.
func (s State) Commit(expected int, runID string, advances map[string]Advance) (State, error) {
	if s.Version != expected {
		return State{}, &MismatchError{Expected: expected, Found: s.Version}
	}
	next := State{
		Version:       s.Version + 1,
		Run:           s.Run + 1,
		PreviousRunID: s.RunID,
		RunID:         runID,
		Contexts:      maps.Clone(s.Contexts),
	}
	next.History = append(slices.Clone(s.History), Run{Number: next.Run, ID: runID})
	if next.Contexts == nil {
		next.Contexts = map[string]Context{}
	}
	for name, adv := range advances {
		next.Contexts[name] = next.Contexts[name].commit(next.Run, adv)
	}
	if len(next.Contexts) > MaxContexts {
		return State{}, fmt.Errorf("bookmark: the job has more than %d transformation contexts", MaxContexts)
	}
	next = next.keep(MaxHistory)
	for next.size() > MaxStateBytes {
		if len(next.History) == 1 {
			return State{}, fmt.Errorf("bookmark: the state of %d contexts is larger than %d bytes", len(next.Contexts), MaxStateBytes)
		}
		next = next.keep((len(next.History) + 1) / 2)
	}
	return next, nil
}

// Failed returns the state after a run that ended without committing.
func (s State) Failed() State {
	s.Attempt++
	return s
}

// Reset returns the state of a job that has read nothing.
func (s State) Reset() State { return State{Version: s.Version + 1} }

// Rewind returns the state as it was after the run runID (or the last committed one before it).
func (s State) Rewind(runID string) (State, error) {
	n, err := s.at(runID)
	if err != nil {
		return State{}, err
	}
	if n == 0 {
		return s.Reset(), nil
	}
	next := State{Version: s.Version + 1, Run: n, Contexts: map[string]Context{}}
	for _, r := range s.History {
		if r.Number <= n {
			next.History = append(next.History, r)
			next.PreviousRunID, next.RunID = next.RunID, r.ID
		}
	}
	for name, c := range s.Contexts {
		if back := c.rewind(n); len(back.Marks) > 0 {
			next.Contexts[name] = back
		}
	}
	return next, nil
}

// Window resolves --job-bookmark-from and --job-bookmark-to.
func (s State) Window(from, to string) (Window, error) {
	f, err := s.at(from)
	if err != nil {
		return Window{}, fmt.Errorf("--job-bookmark-from: %w", err)
	}
	t, err := s.at(to)
	if err != nil {
		return Window{}, fmt.Errorf("--job-bookmark-to: %w", err)
	}
	if f > t {
		return Window{}, fmt.Errorf("bookmark: --job-bookmark-from %s is later than --job-bookmark-to %s", from, to)
	}
	return Window{From: f, To: t}, nil
}

// at returns the number of the last committed run that is runID or started before it; 0 if there is none. Run ids sort
// by start. Whether runID exists at all is the caller's to check.
func (s State) at(runID string) (int, error) {
	for _, r := range slices.Backward(s.History) {
		if r.ID == runID {
			return r.Number, nil
		}
	}
	for _, r := range slices.Backward(s.History) {
		if r.ID < runID {
			return r.Number, nil
		}
	}
	if len(s.History) > 0 && s.History[0].Number > 1 {
		return 0, fmt.Errorf("%w: %s", ErrForgotten, runID)
	}
	return 0, nil
}

// keep returns s with at most n runs of history, and without what only older ones needed.
func (s State) keep(n int) State {
	if len(s.History) > n {
		s.History = s.History[len(s.History)-n:]
	}
	oldest := s.History[0].Number
	contexts := make(map[string]Context, len(s.Contexts))
	for name, c := range s.Contexts {
		contexts[name] = c.prune(oldest)
	}
	s.Contexts = contexts
	return s
}

// size estimates the length of the encoded state from above, in bytes.
func (s State) size() int {
	total := 256
	for _, r := range s.History {
		total += len(r.ID) + 40
	}
	for name, c := range s.Contexts {
		total += len(name) + 40 + 96*len(c.Marks)
		for _, f := range c.Seen {
			total += f.cost() + 16
		}
	}
	return total
}

// encoded is State with the version of its encoding.
type encoded struct {
	Format int `json:"format"`
	State
}

// Encode returns s as JSON.
func (s State) Encode() ([]byte, error) {
	b, err := json.Marshal(encoded{Format: stateFormat, State: s})
	if err != nil {
		return nil, fmt.Errorf("bookmark: encode: %w", err)
	}
	return b, nil
}

// Decode reads what Encode wrote. Empty input is the zero State; another format is refused, never guessed at.
func Decode(b []byte) (State, error) {
	if len(b) == 0 {
		return State{}, nil
	}
	var e encoded
	if err := json.Unmarshal(b, &e); err != nil {
		return State{}, fmt.Errorf("bookmark: decode: %w", err)
	}
	if e.Format != stateFormat {
		return State{}, fmt.Errorf("bookmark: state has format %d, this is %d", e.Format, stateFormat)
	}
	return e.State, nil
}
