package engine

import (
	"context"
	"fmt"

	"tenon/internal/core/spark"
	"tenon/internal/plan"
)

// Errors counts the error records of a DynamicFrame. Those of readers are known; those of functions are made anew.
func (e *Engine) Errors(ctx context.Context, id plan.FrameID) (plan.Errors, error) {
	r, err := e.frame(id)
	if err != nil {
		return plan.Errors{}, err
	}
	var out plan.Errors
	if out.Total, err = e.countErrors(ctx, r.Errors); err != nil {
		return plan.Errors{}, err
	}
	if r.Transform != nil {
		out.Stage, err = e.countErrors(ctx, r.Transform.Own)
	}
	return out, err
}

// countErrors counts the error records of some sides.
func (e *Engine) countErrors(ctx context.Context, sides []spark.ErrorSide) (int64, error) {
	total := int64(0)
	for _, side := range sides {
		n := side.Count
		if n < 0 {
			var err error
			if n, err = e.countRows(ctx, side.Rel); err != nil {
				return 0, err
			}
		}
		total += n
	}
	return total, nil
}

// checkThresholds fails an action over a DynamicFrame that has, anywhere below, more error records than the transform
// there allows.
func (e *Engine) checkThresholds(ctx context.Context, r *spark.Rel) error {
	seen := map[*spark.Rel]bool{}
	var visit func(r *spark.Rel) error
	visit = func(r *spark.Rel) error {
		if seen[r] {
			return nil
		}
		seen[r] = true
		for _, in := range r.Inputs {
			if err := visit(in); err != nil {
				return err
			}
		}
		if r.Transform == nil {
			return nil
		}
		if err := e.checkThreshold(ctx, r.Transform, "stageThreshold", r.Transform.Stage, r.Transform.Own); err != nil {
			return err
		}
		return e.checkThreshold(ctx, r.Transform, "totalThreshold", r.Transform.Total, r.Errors)
	}
	return visit(r)
}

// checkThreshold compares one threshold of a transform with the error records that it is about.
func (e *Engine) checkThreshold(ctx context.Context, t *spark.ErrorTransform, name string, most int64, sides []spark.ErrorSide) error {
	if most <= 0 || len(sides) == 0 {
		return nil
	}
	n, err := e.countErrors(ctx, sides)
	if err != nil || n <= most {
		return err
	}
	info := ""
	if t.Info != "" {
		info = " (" + t.Info + ")"
	}
	return &plan.Error{Class: plan.ClassExecution, Message: fmt.Sprintf("%s%s: %d error records, which is more than its %s of %d; "+
		"errorsAsDynamicFrame() shows them", t.Site, info, n, name, most)}
}
