package store

import (
	"sync"

	"tenon/internal/glue"
)

// watch wakes those who wait for events. It costs a commit nothing but a lock while nobody waits.
type watch struct {
	mu   sync.Mutex
	next chan struct{} // guarded by mu; nil while nobody waits
}

// Watch returns a channel that is closed once a commit has, or may have, appended events. Whoever calls Watch, reads events,
// and then waits misses none: those that the read did not see come after the call.
func (db *DB) Watch() <-chan struct{} {
	w := db.committer.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.next == nil {
		w.next = make(chan struct{})
	}
	return w.next
}

// wake wakes all who wait.
func (w *watch) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.next != nil {
		close(w.next)
		w.next = nil
	}
}

// latest knows the last event of each kind. An event is noted before its commit, so what it says may be too high, never too low.
type latest struct {
	mu     sync.Mutex
	opened int64                    // guarded by mu: the last event when the writer was opened, of whatever kind
	of     map[glue.EventKind]int64 // guarded by mu: the last one since
}

// LastOf returns a number that no stored event of some kinds is above. It asks memory alone, so it knows only events that this
// plane has written, or found when it opened the store.
func (db *DB) LastOf(kinds []glue.EventKind) int64 {
	l := &db.committer.latest
	l.mu.Lock()
	defer l.mu.Unlock()
	last := l.opened
	for _, k := range kinds {
		last = max(last, l.of[k])
	}
	return last
}

// open notes the last event when the writer is opened.
func (l *latest) open(last int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.opened, l.of = last, map[glue.EventKind]int64{}
}

// note notes an event.
func (l *latest) note(kind glue.EventKind, seq int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of[kind] = seq
}
