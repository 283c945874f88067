package api

import (
	"context"
	"errors"
	"time"

	"tenon/internal/core/forecast"
	"tenon/internal/glue"
)

// Bounds of one simulation. A second one waits its turn elsewhere: they take a processor each.
const (
	maxSimulated    = 2000 // waiting runs that are looked at, the first ones
	simulateFor     = 20 * time.Second
	simulateSamples = 32
)

// simulate plays what waits now, as it is and as the change makes it.
func (a *API) simulate(ctx context.Context, c Call, in *SimulateInput) (*forecast.Comparison, error) {
	if in.Samples < 0 || in.Samples > forecast.MaxSamples {
		return nil, glue.Invalid("Samples is at most %d.", forecast.MaxSamples)
	}
	if in.Samples == 0 {
		in.Samples = simulateSamples
	}
	if in.Change.Region == "" {
		in.Change.Region = c.Region
	}
	if !a.simulating.TryLock() {
		return nil, glue.Errorf(glue.CodeThrottling, "Another simulation is at work: try again in %d seconds.", int(simulateFor.Seconds()))
	}
	defer a.simulating.Unlock()
	state, err := a.ctl.ForecastInput(ctx, maxSimulated)
	if err != nil {
		return nil, err
	}
	return simulated(ctx, state, in)
}

// simulated runs a simulation within its time.
func simulated(ctx context.Context, state forecast.Input, in *SimulateInput) (*forecast.Comparison, error) {
	ctx, cancel := context.WithTimeout(ctx, simulateFor)
	defer cancel()
	out, err := forecast.Simulate(state, in.Change, forecast.Options{Samples: in.Samples, Seed: uint64(state.State.At.UnixNano())},
		func() bool { return ctx.Err() != nil })
	switch {
	case errors.Is(err, forecast.ErrStopped):
		return nil, glue.Errorf(glue.CodeOperationTimeout, "The simulation took more than %s: nothing of it is complete.", simulateFor)
	case err != nil:
		return nil, glue.Invalid("%s.", err)
	}
	return &out, nil
}
