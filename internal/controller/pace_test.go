package controller

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// TestPace shows that a forecast rests while there are events, that rests are no work, and when it ends.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := store.Open(t.Context(), store.Config{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		ctx, cancel := context.WithCancel(t.Context())
		p := newPace(ctx, db)
		look := func(what string, work, rest time.Duration, end bool) {
			t.Helper()
			time.Sleep(work)
			before, began := p.worked(), time.Now()
			ended := p.stop()
			if took := time.Since(began); took != rest || ended != end || p.worked() != before {
				t.Errorf("%s: rested %v, ended %v, worked %v; want %v, %v, %v", what, took, ended, p.worked(), rest, end, before)
			}
		}
		happen := func() {
			t.Helper()
			if err := db.Commit(t.Context(), time.Now(), func(tx *store.Tx) error {
				return tx.AppendEvent(&glue.Event{Region: "us-east-1", Kind: glue.EventRunEnded})
			}); err != nil {
				t.Fatal(err)
			}
		}
		look("nothing happens", 2*forecastSlice, 0, false)
		happen()
		look("before the slice is over", forecastSlice/2, 0, false)
		look("after it", forecastSlice/2, forecastRest*forecastSlice, false)
		look("nothing since", forecastSlice, 0, false)
		look("the budget is spent", forecastBudget, 0, true)
		p = newPace(ctx, db)
		happen()
		cancel()
		look("the plane ends", forecastSlice, 0, true)
	})
}
