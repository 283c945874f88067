package benchmark

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tenon/internal/wire"
)

// connections is how many clients drive the plane at once, each on a connection of its own.
const connections = 32

// clientsGC is the garbage collector's percentage while clients drive a plane: they keep next to nothing, and what collecting
// costs them is taken from the plane.
const clientsGC = 800

// load is what a plane was asked to do, and what that took.
type load struct {
	took    []time.Duration // of each call, sorted
	elapsed time.Duration
	plane   time.Duration // processor time of the plane
	own     time.Duration // processor time of the clients

	planeBefore, ownBefore time.Duration // both at the start
}

// rate is the calls per second.
func (l *load) rate() float64 { return float64(len(l.took)) / l.elapsed.Seconds() }

// quantile is the q-th quantile of the durations, in milliseconds.
func (l *load) quantile(q float64) float64 { return quantile(l.took, q) }

// cost says how much processor time a call took, on both sides: on one machine they share the processors.
func (l *load) cost() string {
	n := float64(max(1, len(l.took)))
	return fmt.Sprintf("processor time a call: server %.0f us, clients %.0f us", l.plane.Seconds()/n*1e6, l.own.Seconds()/n*1e6)
}

// drive calls f from all connections, until most has passed or count calls are made (0: no such bound).
func (p *process) drive(ctx context.Context, most time.Duration, count int64, f func() error) (*load, error) {
	planeBefore, err := p.cpu()
	if err != nil {
		return nil, err
	}
	defer debug.SetGCPercent(debug.SetGCPercent(clientsGC))
	l := &load{ownBefore: ownCPU(), planeBefore: planeBefore}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var made atomic.Int64
	var mu sync.Mutex // guards l.took
	var wg sync.WaitGroup
	began := time.Now()
	for range connections {
		wg.Go(func() {
			var mine []time.Duration
			for ctx.Err() == nil && time.Since(began) < most && (count == 0 || made.Add(1) <= count) {
				at := time.Now()
				if err := f(); err != nil {
					stop(err)
					break
				}
				mine = append(mine, time.Since(at))
			}
			mu.Lock()
			defer mu.Unlock()
			l.took = append(l.took, mine...)
		})
	}
	wg.Wait()
	l.elapsed = time.Since(began)
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return l, p.finish(l)
}

// finish notes the processor time that l has taken until now, and sorts the durations.
func (p *process) finish(l *load) error {
	planeAfter, err := p.cpu()
	l.plane, l.own = planeAfter-l.planeBefore, ownCPU()-l.ownBefore
	slices.Sort(l.took)
	return err
}

// quantile is the q-th quantile of sorted durations, in milliseconds.
func quantile(sorted []time.Duration, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))].Seconds() * 1e3
}

// repeated measures something several times; each call of f returns one value of each figure.
func (b *bench) repeated(f func() ([]float64, error)) ([][]float64, error) {
	var columns [][]float64
	for range b.repeat {
		row, err := f()
		if err != nil {
			return nil, err
		}
		if columns == nil {
			columns = make([][]float64, len(row))
		}
		for i, v := range row {
			columns[i] = append(columns[i], v)
		}
	}
	return columns, nil
}

// createJob makes a job of a script that may have as many runs as the account, unless there is one.
func (p *process) createJob(ctx context.Context, name, command, script string) error {
	role, many := "r", int32(1000)
	err := p.client.Call(ctx, "CreateJob", wire.CreateJobRequest{Name: &name, Role: &role,
		Command:           &wire.JobCommand{Name: &command, ScriptLocation: &script},
		ExecutionProperty: &wire.ExecutionProperty{MaxConcurrentRuns: &many}}, nil)
	if err != nil && strings.Contains(err.Error(), "AlreadyExists") {
		return nil
	}
	return err
}

// start starts a run of a job that waits for its turn, whatever the limits.
func (p *process) start(ctx context.Context, job string) (string, error) {
	queue := true
	var out wire.StartJobRunResponse
	err := p.client.Call(ctx, "StartJobRun", wire.StartJobRunRequest{JobName: &job, JobRunQueuingEnabled: &queue,
		Arguments: map[string]string{"--day": "2026-01-01", "--table": "orders"}}, &out)
	if err != nil {
		return "", err
	}
	if out.JobRunId == nil {
		return "", errors.New("StartJobRun answered without a run id")
	}
	return *out.JobRunId, nil
}
