package controller

import (
	"context"
	"maps"
	"slices"

	"tenon/internal/core/scheduler"
	"tenon/internal/glue"
)

// ConfigureRequest replaces the Policy of a plane that runs. Changed is what that means key by key, for the record.
type ConfigureRequest struct {
	Principal string
	Policy    Policy
	Changed   []glue.ConfigChange
}

// configureCommand is Configure.
type configureCommand struct {
	reply
	req ConfigureRequest
}

// Configure replaces the policy once it is durable that it was. Leases stay; runs that wait are looked at again under the new
// limits, and keep the priority that they were submitted with. A policy that cannot work is an InvalidInputException and
// changes nothing. It is not stored: a plane that starts goes by its configuration file.
func (c *Controller) Configure(ctx context.Context, req ConfigureRequest) error {
	req.Policy = req.Policy.withDefaults()
	if err := req.Policy.validate(); err != nil {
		return glue.Invalid("The configuration was not applied: %s.", err)
	}
	return c.do(ctx, &configureCommand{newReply(), req})
}

// configDetail is the detail of config.applied.
type configDetail struct {
	Changed []glue.ConfigChange `json:"changed"`
}

// decide replaces the policy, if the scheduler takes its part.
func (cmd *configureCommand) decide(s *state, t *turn) {
	admission := cmd.req.Policy.Admission
	if err := s.sched.Accepts(admission, t.now); err != nil {
		cmd.refused = glue.Invalid("The configuration was not applied: %s.", err)
		return
	}
	lowered, raised := s.limitJobs(&cmd.req.Policy)
	for i := range lowered { // nothing may start under the old ones, nor under the new ones before all else is in force
		s.step(t, scheduler.Event{Limit: &lowered[i]})
	}
	decided, err := s.sched.Step(scheduler.Event{Configure: &admission}, t.now)
	if err != nil {
		cmd.refused = glue.Invalid("The configuration was not applied: %s.", err)
		return
	}
	s.policy = cmd.req.Policy
	t.changed, t.reordered = true, true
	t.note(glue.Event{Kind: glue.EventConfigApplied, Who: cmd.req.Principal}, configDetail{cmd.req.Changed})
	for _, id := range slices.Sorted(maps.Keys(s.open)) { // in order, so that a simulation repeats
		if r := s.open[id]; r.State == glue.RunWaiting {
			s.alarms.set(r, s.patience(r))
		}
	}
	s.apply(t, decided)
	for i := range raised {
		s.step(t, scheduler.Event{Limit: &raised[i]})
	}
}
