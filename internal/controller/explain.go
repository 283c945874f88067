package controller

import (
	"strings"
	"time"

	"tenon/internal/core/forecast"
	"tenon/internal/core/scheduler"
	"tenon/internal/glue"
)

// Explanation says where a waiting run stands: why it waits, its place in its queue, when it should start, and what would
// let it.
type Explanation struct {
	Reason       scheduler.Reason
	Position, Of int                // in its queue, from 1; 0 where it is not in line
	Estimate     *forecast.Estimate // nil: not known yet, or nothing but an operator lets it start
	Helps        []string           // phrases, any of which would help
	Detail       string             // all of it in words: the StateDetail
}

// Explain computes where a waiting run stands, from the last View and the last forecast. It is the zero Explanation for a run
// that does not wait.
func (c *Controller) Explain(r *glue.JobRun) Explanation {
	if r.State != glue.RunWaiting {
		return Explanation{}
	}
	sr := schedulerRun(r, jobKey{r.Region, r.Job, r.Incarnation}.String(), c.cfg.RunMemory)
	if p75, known := c.predicted.Load(sr.Job); known {
		sr.Predicted = min(p75.(time.Duration), sr.Timeout)
	}
	now := c.time()
	e := Explanation{Reason: c.View().Reason(sr, now), Estimate: c.estimates.Load().of(&sr, now)}
	e.Position, e.Of, e.Helps = e.Reason.Position, e.Reason.Of, e.Reason.Helps()
	switch e.Reason.Tier {
	case scheduler.TierNever, scheduler.TierHeld, scheduler.TierDisk, scheduler.TierNone: // no time, or no need of one
		e.Estimate = nil
	}
	e.Detail = e.words(now)
	return e
}

// StateDetail explains a waiting run in words, as JobRun.StateDetail does; it is empty for other states unless one was
// stored. API, CLI and UI show these words.
func (c *Controller) StateDetail(r *glue.JobRun) string {
	if r.State != glue.RunWaiting {
		return r.StateDetail
	}
	return c.Explain(r).Detail
}

// time is the plane's time for readers: what is waited for was stamped with it, whatever the wall clock was set to.
func (c *Controller) time() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// View is the last picture of all that waits and runs, at most a second old. At start it waits until the state is loaded:
// before that nothing would be in use and everything about to start.
func (c *Controller) View() *scheduler.View {
	select {
	case <-c.loaded:
	case <-c.stopped:
	}
	return c.view.Load()
}

// Queued is how many runs of a region wait, in line or not: what the quota of queued runs counts. It is as old as the View.
func (c *Controller) Queued(region string) int {
	byRegion := c.queued.Load()
	if byRegion == nil {
		return 0
	}
	return (*byRegion)[region]
}

// words says it in a few sentences.
func (e *Explanation) words(now time.Time) string {
	said := []string{e.Reason.String()}
	if e.Estimate != nil {
		said = append(said, expected(e.Estimate, now))
	}
	if len(e.Helps) > 0 {
		said = append(said, "What would help: "+strings.Join(e.Helps, "; or ")+".")
	}
	return strings.Join(said, " ")
}

// expected puts an estimate into words.
func expected(e *forecast.Estimate, now time.Time) string {
	if e.Untimed != "" {
		return "When it starts is not known yet: job " + e.Untimed + " has not run before."
	}
	low, high := glue.Clock(e.Low, now), glue.Clock(e.High, now)
	switch {
	case e.More:
		return "Not expected to start before " + high + "."
	case e.High.Before(now):
		return "Expected to start any moment."
	case e.Low.Before(now):
		return "Expected to start by " + high + "."
	case low == high:
		return "Expected to start at " + low + "."
	}
	return "Expected to start between " + strings.TrimSuffix(low, " UTC") + " and " + high + "."
}
