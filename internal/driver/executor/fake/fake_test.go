package fake

import (
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
