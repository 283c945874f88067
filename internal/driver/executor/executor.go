// Package executor runs attempts of job runs somewhere. Executor is the portable type that the controller holds; a
// Driver is one place to run: local (a worker process), fake (tests and benchmarks), later spark and aws.
//
// Everything is keyed by (run, attempt) and idempotent: Start of an attempt that exists is a no-op, so the controller
// commits its intent first and calls afterwards, as often as it must. Reports go to the Sink, which returns once they
// are durable; a driver repeats a report until the sink takes or refuses it.
package executor

import (
	"context"

	"tenon/internal/attempt"
)

// Driver is one place where attempts run. Methods are called concurrently.
type Driver interface {
	// Start makes the attempt run, or does nothing if it was started before. An error means that nothing runs; a
	// *NetworkError that it might elsewhere.
	Start(ctx context.Context, spec attempt.Spec) error
	// Stop asks the attempt to end; its result comes through the sink. Stopping an unknown attempt is no error.
	Stop(ctx context.Context, key attempt.Key) error
	// Recover is called once at start, with every attempt the store believes to be open. It re-attaches to those that
	// live and reports the results of those that ended. It returns what it found; attempts that are NotStarted may be
	// started again under the same key, Lost ones have no result and never will.
	Recover(ctx context.Context, keys []attempt.Key) (map[attempt.Key]Condition, error)
	// Forget removes what is left of attempts whose runs are final and whose logs are past retention.
	Forget(ctx context.Context, key attempt.Key) error
	// Close lets go of running attempts without ending them.
	Close() error
}

// Condition is what Recover found of one attempt.
type Condition string

// The conditions of an attempt after a restart.
const (
	Running    Condition = "running"     // alive; its reports flow again
	Ended      Condition = "ended"       // has a result; its report is on the way to the sink
	NotStarted Condition = "not_started" // its script never began
	Lost       Condition = "lost"        // its script began and the worker is gone without a result
)

// Sink takes reports. It returns nil once the report is durable, *Refused when it never will be, and any other error
// when the driver should try again later.
type Sink interface {
	Report(ctx context.Context, r attempt.Report) error
}

// NetworkError is an error of Start that comes of the network, not of the run: its subnet has too few free addresses, or a
// connection does not pass its check. Another try, elsewhere, may do better.
type NetworkError struct{ Reason string }

// Error gives the reason.
func (e *NetworkError) Error() string { return e.Reason }

// Refused is the sink's final no to a report, e.g. a bookmark of an attempt that is no longer current.
type Refused struct{ Reason string }

// Error gives the reason, in words for the script's author.
func (r *Refused) Error() string { return r.Reason }
