package controller

import (
	"time"

	"tenon/internal/core/scheduler"
	"tenon/internal/glue"
)

// StateDetail explains a waiting run, as JobRun.StateDetail does; it is empty for other states unless one was stored.
func (c *Controller) StateDetail(r *glue.JobRun) string {
	if r.State != glue.RunWaiting {
		return r.StateDetail
	}
	return c.Reason(r).String()
}

// Reason computes why a waiting run waits, from the last View.
func (c *Controller) Reason(r *glue.JobRun) scheduler.Reason {
	return c.view.Load().Reason(schedulerRun(r, jobKey{r.Region, r.Job, r.Incarnation}.String(), c.cfg.RunMemory), time.Now())
}
