package controller

import (
	"context"
	"time"

	"tenon/internal/core/forecast"
	"tenon/internal/core/scheduler"
)

// Bounds of the forecasts of waiting runs. They run beside the loop, on a copy of the state.
const (
	forecastEvery  = 10 * time.Second // at most so often
	forecastAtMost = time.Minute      // an estimate is never older, even if nothing has changed
	forecastSettle = time.Second      // after the first run began to wait: others follow it
	forecastBudget = 6 * time.Second  // of one forecast: with a minute to the next, a tenth of a core
	forecastShare  = 10               // a forecast takes at most one part in this of a core
	forecastAsked  = 2                // the same, while operators change the order
	forecastRuns   = 2000             // first positions that are looked at
	forecastKeep   = 5 * time.Minute  // an estimate that could not be renewed so long is no longer told
)

// estimates are one forecast.
type estimates struct {
	runs map[string]forecast.Estimate
	more bool               // there were waiting runs that it did not look at
	last *forecast.Estimate // for those: they start after the last of the others
	took time.Duration      // work, without the rests
}

// of returns the estimate of a run, or nil. A run younger than the forecast has none yet.
func (f *estimates) of(r *scheduler.Run, now time.Time) *forecast.Estimate {
	if f == nil || f.last == nil || now.Sub(f.last.Made) > forecastKeep {
		return nil
	}
	if e, ok := f.runs[r.ID]; ok {
		return &e
	}
	if f.more && r.Submitted.Before(f.last.Made) {
		return f.last
	}
	return nil
}

// foresight is the loop's side of the forecasts.
type foresight struct {
	scorer *forecast.Scorer
	idle   bool // no run waited when it was last looked
	stale  bool // something changed since the last one began
	under  bool // one is under way
	asked  bool // an operator changed the order since the last one began, and looks at what comes of it
	next   time.Time
	soon   time.Time // the same, for who asked
	begun  time.Time
	made   chan *estimates // of the one under way
}

// newForesight begins without estimates.
func newForesight() foresight {
	return foresight{idle: true, scorer: forecast.NewScorer(), made: make(chan *estimates, 1)}
}

// due is when the next forecast is to begin. The first one of a plane that finds waiting runs settles too: what is not
// known yet, as the disk, would make it say that nothing starts.
func (f *foresight) due() time.Time {
	switch {
	case f.asked:
		return f.soon
	case f.stale:
		return f.next
	}
	return latest(f.next, f.begun.Add(forecastAtMost))
}

// foreseeable reports whether there is anything to forecast, and nobody who does.
func (c *Controller) foreseeable() bool {
	return c.state.sched.Waiting() > 0 && !c.foresight.under && !c.cfg.Hooks.Blind
}

// heed takes note of a forecast that was made: what was told is scored when the runs start.
func (c *Controller) heed() {
	f := &c.foresight
	select {
	case made := <-f.made:
		f.under = false
		f.scorer.Give(made.runs)
		f.next = f.begun.Add(max(forecastEvery, forecastShare*made.took))
		f.soon = f.begun.Add(forecastAsked * made.took)
	default:
	}
}

// foresee begins a forecast, if one is due and any run waits.
func (c *Controller) foresee(ctx context.Context, t *turn) {
	f := &c.foresight
	f.stale, f.asked = f.stale || t.changed, f.asked || t.reordered
	now := time.Now()
	if idle := c.state.sched.Waiting() == 0; idle != f.idle {
		f.idle, f.next, f.soon = idle, latest(f.next, now.Add(forecastSettle)), latest(f.soon, now.Add(forecastSettle))
	}
	if !c.foreseeable() || now.Before(f.due()) {
		return
	}
	in := c.state.times.Input(c.state.sched.Snapshot(forecastRuns))
	f.stale, f.asked, f.under, f.begun = false, false, true, now
	c.spawn(ctx, forecastEffect(in, t.rand.Uint64()))
}

// forecastEffect makes the estimates and shows them to readers.
func forecastEffect(in forecast.Input, seed uint64) effect {
	return func(ctx context.Context, c *Controller) {
		p := newPace(ctx, c.db)
		runs := forecast.Estimates(in, forecast.Options{MaxPositions: forecastRuns, Seed: seed}, p.stop)
		made := &estimates{runs: runs, more: in.State.More > 0, took: p.worked()}
		made.last = beyond(runs)
		if made.last != nil { // else it was stopped too early: what was told before is the best there is
			c.estimates.Store(made)
		}
		c.foresight.made <- made // there is room: only one is under way
	}
}

// beyond is the estimate of a run behind all of these: it starts after the last of them, and nobody knows when if that is so
// of one of them. Nil of none.
func beyond(runs map[string]forecast.Estimate) (last *forecast.Estimate) {
	for _, e := range runs {
		if last == nil {
			last = &forecast.Estimate{More: true, Made: e.Made}
		}
		last.Untimed = max(last.Untimed, e.Untimed) // whichever, but always the same
		if e.P50.After(last.P50) {
			last.P50, last.Low, last.High = e.P50, e.P50, e.P50
		}
	}
	if last != nil && last.Untimed != "" {
		return &forecast.Estimate{Untimed: last.Untimed, Made: last.Made}
	}
	return last
}

// Calibration is how the estimates fared that runs were given before they started.
func (c *Controller) Calibration() forecast.Calibration { return *c.calibration.Load() }

// inputCommand copies what a forecast needs.
type inputCommand struct {
	reply
	waiting int
	input   forecast.Input
}

// ForecastInput copies all that decides, and what is known of the past: what a what-if starts from. It holds at most
// maxWaiting of the waiting runs.
func (c *Controller) ForecastInput(ctx context.Context, maxWaiting int) (forecast.Input, error) {
	cmd := &inputCommand{reply: newReply(), waiting: maxWaiting}
	err := c.do(ctx, cmd)
	return cmd.input, err
}

// decide copies.
func (cmd *inputCommand) decide(s *state, _ *turn) {
	cmd.input = s.times.Input(s.sched.Snapshot(cmd.waiting))
}
