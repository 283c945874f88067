package controller

import (
	"context"
	"time"

	"tenon/internal/driver/store"
)

// Hooks are the places where a simulation of the plane, or the demonstration, stands between the loop and the world, to make
// history repeatable, faults happen and half an hour pass. The zero value is the world itself.
type Hooks struct {
	// Commit makes a turn durable, in place of the store's Commit: it may fail before or after it was made.
	Commit func(ctx context.Context, now time.Time, fn func(*store.Tx) error) error
	// Seed is where the randomness of a turn comes from, in place of the system.
	Seed func() [32]byte
	// Skew is how far the wall clock has been set from the time that truly passed.
	Skew func() time.Duration
	// Lag is how long the next effect is put off, so that what it brings about comes at an instant of its own. It is asked by
	// the loop, in the order in which effects are decided.
	Lag func() time.Duration
	// Wake has the loop turn when Skew has changed: a timer that was set before knows nothing of it.
	Wake <-chan struct{}
	// Blind is without forecasts: they are bounded by the processor's time, which stands still in a simulation.
	Blind bool
}
