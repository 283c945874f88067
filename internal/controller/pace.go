package controller

import (
	"context"
	"time"

	"tenon/internal/driver/store"
)

// A forecast works for a slice at a time. While calls come, it rests so many times as long before the next one: on few
// processors whoever waits for an answer goes first, and would otherwise wait for the whole forecast.
const (
	forecastSlice = time.Millisecond
	forecastRest  = 3
)

// pace is how a forecast shares the processors with the plane.
type pace struct {
	ctx   context.Context
	db    *store.DB
	seen  int64         // the last event when the slice began
	since time.Time     // when the slice began
	took  time.Duration // work done in the slices before
}

// newPace begins the first slice.
func newPace(ctx context.Context, db *store.DB) *pace {
	return &pace{ctx: ctx, db: db, seen: db.Tip().Seq, since: time.Now()}
}

// worked is the time of work until now, rests apart.
func (p *pace) worked() time.Duration { return p.took + time.Since(p.since) }

// stop rests if it is time to, and reports whether the forecast is to end: its budget is spent, or the plane ends.
func (p *pace) stop() bool {
	if slice := time.Since(p.since); slice >= forecastSlice {
		p.took += slice
		if last := p.db.Tip().Seq; last != p.seen {
			p.seen = last
			pause(p.ctx, forecastRest*slice)
		}
		p.since = time.Now()
	}
	return p.ctx.Err() != nil || p.worked() > forecastBudget
}
