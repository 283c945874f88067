package sim

import (
	"context"
	"errors"
	"slices"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/driver/executor"
	"tenon/internal/driver/executor/fake"
	"tenon/internal/glue"
)

// How slow the way between plane and machine is, at most. It spreads what would come at one instant.
const latency = 300 * time.Millisecond

// longest is how long an attempt works, at most.
const longest = 20 * time.Minute

// errLost is a report that was lost on its way, or whose acknowledgement was.
var errLost = errors.New("sim: the connection was lost")

// errThrottled is a start that the machine would not take now.
var errThrottled = errors.New("sim: ThrottlingException: Rate exceeded")

// plan is how an attempt goes: most succeed, the others fail, vanish, ignore what they are told, or report twice.
func (w *world) plan(spec attempt.Spec) fake.Plan {
	r := w.fate.of("attempt "+spec.Key.Run, int64(spec.Key.Attempt))
	p := fake.Plan{Duration: upTo(r, upTo(r, longest)), Twice: percent(r, 25)}
	switch n := r.IntN(100); {
	case n < 15:
		p.State, p.Error = glue.RunFailed, "ValueError: boom (etl.py, line 12)"
	case n < 20:
		p.Vanish = true
	case n < 22:
		p.Late = true
	case n < 24:
		p.Deaf = true
	case n < 30:
		p.StopErrors = 1 + r.IntN(2)
	case n < 34:
		p.Network, p.Error = true, "The specified subnet does not have enough free addresses"
	}
	zone := w.zoneOf(spec.Address)
	for _, o := range w.outages {
		if o.zone == zone && o.from.After(time.Now()) && o.from.Before(time.Now().Add(p.Duration)) {
			p.Duration = time.Until(o.from) + upTo(r, time.Second)
			p.State, p.Error, p.Vanish = glue.RunFailed, "OSError: [Errno 113] No route to host", percent(r, 50)
		}
	}
	return p
}

// outage is a time in which a zone is lost.
type outage struct {
	zone     string
	from, to time.Time
}

// lost reports whether a zone is lost now.
func (w *world) lost(zone string) bool {
	return slices.ContainsFunc(w.outages, func(o outage) bool {
		return o.zone == zone && !o.from.After(time.Now()) && time.Now().Before(o.to)
	})
}

// driver is the way from a plane to the machine.
type driver struct {
	*fake.Driver
	w *world
}

// Start implements executor.Driver: it is refused now and then; in a zone that is lost, always.
func (d *driver) Start(ctx context.Context, spec attempt.Spec) error {
	if d.w.faulty() {
		if zone := d.w.zoneOf(spec.Address); zone != "" && d.w.lost(zone) {
			return &executor.NetworkError{Reason: "The specified subnet cannot be reached: zone " + zone + " is lost"}
		}
		switch n := d.w.fate.of("start "+spec.Key.String(), instant()).IntN(100); {
		case n < 6:
			return errThrottled
		case n < 9:
			return &executor.NetworkError{Reason: "The connection check failed"}
		}
	}
	return d.Driver.Start(ctx, spec)
}

// sink is the way from the machine to a plane.
type sink struct {
	executor.Sink
	w *world
}

// Report implements executor.Sink: some reports are lost before they arrive, some acknowledgements on their way back.
func (s *sink) Report(ctx context.Context, rep attempt.Report) error {
	r := s.w.fate.of("report "+rep.Key.String(), instant())
	if err := wait(ctx, upTo(r, latency)); err != nil {
		return err
	}
	before, after := percent(r, 4), percent(r, 4)
	if before && s.w.faulty() {
		return errLost
	}
	err := s.Sink.Report(ctx, rep)
	if err == nil && after && s.w.faulty() {
		return errLost
	}
	return err
}

// wait lets time pass.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
