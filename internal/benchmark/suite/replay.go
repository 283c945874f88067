package suite

import (
	"errors"
	"fmt"
	"time"

	"tenon/internal/core/forecast"
)

// S8 replays an account's exported history beside polling and best effort. Runs whose time is not known are left out: the
// report of the import says which.
func S8(r *Report, in *forecast.Input) error {
	t := &Trace{Name: "S8", Config: in.State.Config, Linger: in.State.Config.Placement.ReleaseLag}
	for _, limits := range t.Config.Regions { // that of the replay, which is the only one
		t.Config.Default = limits
	}
	t.Config.Regions = nil
	var first time.Time
	for _, a := range in.Arrivals {
		if a.Took > 0 && (first.IsZero() || a.At.Before(first)) {
			first = a.At
		}
	}
	for _, a := range in.Arrivals {
		if a.Took > 0 {
			t.Arrivals = append(t.Arrivals, Arrival{At: Epoch.Add(a.At.Sub(first)), Run: a.Run, Took: a.Took})
		}
	}
	if len(t.Arrivals) == 0 {
		return errors.New("suite: the history has no run whose time is known")
	}
	t.number()
	tenon := NewTenon(t)
	var mean time.Duration
	for _, c := range []struct {
		name   string
		policy Policy
	}{{"tenon", tenon}, {"event-driven best effort", NewBaseline(t, BestEffort, 0)}, {"B1, every 5 minutes", NewBaseline(t, BestEffort, 5*time.Minute)}, {"strict FIFO", NewBaseline(t, Strict, 0)}} {
		p, err := Play(t, c.name, c.policy)
		if err = errors.Join(err, tenon.Err()); err != nil {
			return err
		}
		waits := p.Waits("")
		if c.policy == Policy(tenon) {
			mean = Mean(waits)
			r.safe("S8", p)
		}
		r.add("S8", c.name+": mean wait", seconds(Mean(waits)), "s", fmt.Sprintf("%d runs; p90 %s s, longest %s s; tenon is %s x", len(waits),
			number(seconds(Quantile(waits, .9))), number(seconds(Quantile(waits, 1))), number(over(mean, Mean(waits)))))
	}
	return nil
}
