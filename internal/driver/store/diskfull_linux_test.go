package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// TestDiskFull fills a real, small file system: every acknowledged event is kept, the refusals have a name, reading goes
// on, and writing goes on once there is room.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("mounting a file system needs privileges: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	acknowledged := int64(0)
	write := func() error {
		err := db.Commit(t.Context(), time.Now(), func(tx *store.Tx) error {
			return tx.AppendEvent(&glue.Event{Detail: fmt.Appendf(nil, `"%05000d"`, 0)})
		})
		if err == nil {
			acknowledged++
		}
		return err
	}
	check := func() {
		t.Helper()
		if err := db.Read(t.Context(), func(r *store.Reader) error {
			events, err := r.EventsAfter(0, store.MaxEvents)
			if int64(len(events)) != acknowledged {
				t.Errorf("%d events, %d were acknowledged", len(events), acknowledged)
			}
			return err
		}); err != nil {
			t.Errorf("read from a full disk: %v", err)
		}
	}
	for err == nil {
		err = write()
	}
	t.Logf("after %d events: %v", acknowledged, err)
	for range 10 { // it stays so, first full, then read-only
		if !errors.Is(err, store.ErrFull) {
			t.Fatalf("got %v, want ErrFull", err)
		}
		err = write()
	}
	if !errors.Is(err, store.ErrReadOnly) || !errors.Is(db.Health(), store.ErrReadOnly) {
		t.Errorf("after repeated failures: %v, health %v", err, db.Health())
	}
	check()
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(10 * time.Second); write() != nil; <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("still refused with room again: %v", db.Health())
		}
	}
	check()
	if err := db.Health(); err != nil {
		t.Error(err)
	}
	t.Logf("%d events, %+v", acknowledged, db.Stats())
}
