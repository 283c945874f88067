package plane

import (
	"time"

	"tenon/internal/core/forecast"
	"tenon/internal/core/scheduler"
	"tenon/internal/driver/metrics"
)

// newMetrics makes the plane's metrics. They ask the controller and the store, which are there before anybody can scrape.
func (p *Plane) newMetrics() *metrics.Metrics {
	return metrics.New(metrics.Sources{
		View:        func() *scheduler.View { return p.ctl.View() },
		Loop:        func() metrics.Loop { return metrics.Loop(p.ctl.Stats()) },
		Calibration: func() forecast.Calibration { return p.ctl.Calibration() },
		Store: func() metrics.Store {
			s := p.db.Stats()
			return metrics.Store{Commits: s.Batches, Calls: s.Functions, Failed: s.Failed, Refused: s.Refused, Unknown: s.Unknown,
				Busy: s.Busy, Queued: s.Queued, ReadOnly: p.db.Health() != nil}
		},
	}, time.Now)
}
