package store

import "sync"

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
