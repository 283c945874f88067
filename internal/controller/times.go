package controller

import (
	"context"
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
	p75 map[string]time.Duration // of the jobs that were asked for, until their next run
}

// newTimes begins without a past.
func newTimes(now time.Time) *times {
	return &times{Record: forecast.NewRecord(now), p75: map[string]time.Duration{}}
}

// took notes how long a successful attempt held its lease.
func (h *times) took(job string, d time.Duration) {
	if d > 0 {
		h.Took(job, d)
		delete(h.p75, job)
	}
}

// predict returns the run time that three runs of four of a job keep to, or 0.
func (h *times) predict(job string) time.Duration {
	d, ok := h.p75[job]
	if !ok {
		if len(h.p75) >= maxPredictions {
			clear(h.p75)
		}
		d = h.P75(job)
		h.p75[job] = d
	}
	return d
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
