package api

import (
	"context"

	"tenon/internal/controller"
	"tenon/internal/glue"
)

// What an operator may change while Tenon runs: the configuration, what is held, the priority of a run.

// applyConfig is ApplyConfig.
func (a *API) applyConfig(ctx context.Context, c Call, in *ConfigInput) (*ConfigOutput, error) {
	if a.cfg.Apply == nil {
		return nil, glue.Invalid("This server's configuration cannot be changed while it runs.")
	}
	return a.cfg.Apply(ctx, c.AccessKey, in)
}

// hold is Hold.
func (a *API) hold(ctx context.Context, c Call, in *HoldInput) (*struct{}, error) {
	return &struct{}{}, a.ctl.Hold(ctx, controller.HoldRequest{
		Region: c.Region, Principal: c.AccessKey, Run: in.RunID, Queue: in.Queue, Held: in.Held})
}

// boost is Boost.
func (a *API) boost(ctx context.Context, c Call, in *BoostInput) (*struct{}, error) {
	return &struct{}{}, a.ctl.Boost(ctx, controller.BoostRequest{Region: c.Region, Principal: c.AccessKey, Run: in.RunID, Priority: in.Priority})
}
