package fake

import (
	"errors"
	"sync"
	"testing"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/driver/executor"
	"tenon/internal/driver/executor/executortest"
	"tenon/internal/glue"
)

// TestExercise holds the fake to the contract that the real drivers keep.
func TestExercise(t *testing.T) {
	executortest.Exercise(t, func(t *testing.T) executortest.Harness {
		var mu sync.Mutex
		plans, lingering := map[attempt.Key]Plan{}, map[attempt.Key]chan struct{}{}
		m := NewMachine(func(spec attempt.Spec) Plan {
			mu.Lock()
			defer mu.Unlock()
			return plans[spec.Key]
		})
		t.Cleanup(m.Close)
		return executortest.Harness{
			Open: func(_ *testing.T, sink executor.Sink) executor.Driver { return m.Open(sink) },
			Spec: func(_ *testing.T, key attempt.Key, b executortest.Behaviour) attempt.Spec {
				mu.Lock()
				defer mu.Unlock()
				switch b {
				case executortest.Fail:
					plans[key] = Plan{State: glue.RunFailed, Error: executortest.Boom}
				case executortest.Hang:
					plans[key] = Plan{Duration: time.Hour}
				case executortest.Linger:
					if lingering[key] == nil {
						lingering[key] = make(chan struct{})
					}
					plans[key] = Plan{Until: lingering[key]}
				}
				return attempt.Spec{Key: key}
			},
			Release: func(_ *testing.T, key attempt.Key) { close(lingering[key]) },
		}
	})
}

// TestNetworkFailures come before the script, as an error of Start or as a result, and are marked.
func TestNetworkFailures(t *testing.T) {
	m := NewMachine(func(spec attempt.Spec) Plan {
		p := Plan{Network: true, Error: "no addresses"}
		if spec.Job == "at once" {
			p.StartError = "no connection"
		}
		return p
	})
	t.Cleanup(m.Close)
	sink := executortest.NewRecorder()
	d := m.Open(sink)
	var network *executor.NetworkError
	err := d.Start(t.Context(), attempt.Spec{Key: executortest.Key(1), Job: "at once"})
	if !errors.As(err, &network) || err.Error() != "no connection" {
		t.Errorf("the error of Start is %v", err)
	}
	if err := d.Start(t.Context(), attempt.Spec{Key: executortest.Key(2)}); err != nil {
		t.Fatal(err)
	}
	m.wg.Wait()
	reports := sink.Of(executortest.Key(2))
	if len(reports) != 1 || reports[0].Result == nil || !reports[0].Result.Network || !reports[0].Result.Started.IsZero() || reports[0].Result.State != glue.RunFailed {
		t.Errorf("reports are %+v", reports)
	}
	if n := len(m.Begun()); n != 0 {
		t.Errorf("%d scripts began", n)
	}
}
