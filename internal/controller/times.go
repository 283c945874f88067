package controller

import (
	"context"
	"sync"
	"time"

	"tenon/internal/core/forecast"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// historyRuns is how many of the newest runs are looked at when the plane starts.
const historyRuns = 5000

// maxPredictions bounds the predictions that are kept; beyond, they are made anew.
const maxPredictions = 10_000

// times is how long the runs of each job took, and what follows from it for the next.
type times struct {
	*forecast.Record
	predictions map[string]*prediction // of the jobs that were asked for
	shown       *sync.Map              // the same for readers: job -> time.Duration
}

// prediction is how long the next run of a job is likely to take.
type prediction struct {
	p75  time.Duration
	runs int // that ended since it was made
}

// predictAgain is how many runs of a job make a prediction old: sorting its history with each would cost more than it tells.
const predictAgain = 4

// newTimes begins without a past.
func newTimes(now time.Time) *times {
	return &times{Record: forecast.NewRecord(now), predictions: map[string]*prediction{}, shown: new(sync.Map)}
}

// took notes how long a successful attempt held its lease.
func (h *times) took(job string, d time.Duration) {
	if d > 0 {
		h.Took(job, d)
		if p := h.predictions[job]; p != nil {
			p.runs++
		}
	}
}

// predict returns the run time that three runs of four of a job keep to, or 0.
func (h *times) predict(job string) time.Duration {
	p := h.predictions[job]
	if p == nil || p.runs > 0 && p.p75 == 0 || p.runs >= predictAgain {
		if len(h.predictions) >= maxPredictions {
			clear(h.predictions)
			h.shown.Clear()
		}
		p = &prediction{p75: h.P75(job)}
		h.predictions[job] = p
		h.shown.Store(job, p.p75)
	}
	return p.p75
}

// loadTimes reads them from the newest runs. Of those the store knows when the script began, not the admission: that is a
// second more at most.
func loadTimes(ctx context.Context, db *store.DB, now time.Time, memory int64) (*times, error) {
	h := newTimes(now)
	err := db.Read(ctx, func(r *store.Reader) error {
		last, err := r.LastRun()
		if err != nil {
			return err
		}
		for after := max(0, last-historyRuns); after < last; {
			page, err := r.RunsAfter(after, store.MaxList)
			if err != nil {
				return err
			}
			if len(page) == 0 {
				break
			}
			if after <= max(0, last-historyRuns) {
				h = newTimes(page[0].Submitted)
			}
			for i := range page {
				run := &page[i].JobRun
				job := jobKey{run.Region, run.Job, run.Incarnation}.String()
				h.Submitted(schedulerRun(run, job, memory))
				if run.State == glue.RunSucceeded && !run.Started.IsZero() {
					h.took(job, run.Completed.Sub(run.Started))
				}
				after = page[i].Seq
			}
		}
		return nil
	})
	return h, err
}
