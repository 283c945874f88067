package benchmark

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"time"

	"tenon/internal/wire"
)

// gets measures GetJobRun over random runs of the whole history, the memory that the history costs, and what the same clients
// reach with an empty handler.
func gets(ctx context.Context, b *bench) error {
	h, err := b.storedHistory(ctx)
	if err != nil {
		return err
	}
	job := historyJob
	get := func(p *process, out any) error {
		id := h.anyID()
		return p.client.Call(ctx, "GetJobRun", wire.GetJobRunRequest{JobName: &job, RunId: &id}, out)
	}
	var answer json.RawMessage
	err = b.withPlane(ctx, "get", h.dir, planeOptions{slots: 1, lasts: time.Hour}, func(p *process) error {
		if err := get(p, &answer); err != nil {
			return err
		}
		cost := ""
		columns, err := b.repeated(func() ([]float64, error) {
			l, err := p.drive(ctx, b.seconds, 0, func() error { return get(p, nil) })
			if err != nil {
				return nil, err
			}
			cost = l.cost()
			return []float64{l.rate(), l.quantile(0.99)}, nil
		})
		if err != nil {
			return err
		}
		b.report.add("GetJobRun, random ids", columns[0], "/s", ">= 15,000", cost)
		b.report.add("GetJobRun p99", columns[1], "ms", "", "")
		if err := sleep(ctx, settle); err != nil {
			return err
		}
		mib, err := p.resident()
		if err != nil {
			return err
		}
		b.report.add("memory, with the history, after these reads", []float64{mib}, "MiB", "<= 120", "")
		return nil
	})
	if err != nil {
		return err
	}
	return b.bare(ctx, len(answer), func(p *process) error { return get(p, nil) })
}

// onCopy runs f on a plane over a copy of the history.
func (b *bench) onCopy(ctx context.Context, name string, o planeOptions, f func(*process) error) error {
	h, err := b.storedHistory(ctx)
	if err != nil {
		return err
	}
	dir, remove, err := b.fresh(name)
	if err != nil {
		return err
	}
	defer remove()
	if err := h.copyTo(dir); err != nil {
		return err
	}
	return b.withPlane(ctx, name, filepath.Clean(dir), o, func(p *process) error {
		if err := p.createJob(ctx, name, "glueetl", "s3://b/s.py"); err != nil {
			return err
		}
		return f(p)
	})
}

// starts measures durable StartJobRun of runs that stay parked, beside the history.
func starts(ctx context.Context, b *bench) error {
	return b.onCopy(ctx, "start", planeOptions{slots: 1, lasts: time.Hour}, func(p *process) error {
		var cost string
		columns, err := b.repeated(func() ([]float64, error) {
			l, err := p.drive(ctx, b.seconds, 0, func() error {
				_, err := p.start(ctx, "start")
				return err
			})
			if err != nil {
				return nil, err
			}
			cost = l.cost()
			return []float64{l.rate(), l.quantile(0.5), l.quantile(0.99)}, nil
		})
		if err != nil {
			return err
		}
		b.report.add("StartJobRun, durable, parked", columns[0], "/s", ">= 5,000", cost)
		b.report.add("StartJobRun p50", columns[1], "ms", "", "")
		b.report.add("StartJobRun p99", columns[2], "ms", "<= 20", "")
		return nil
	})
}

// cycles measures whole lives of runs, submit + admit + finish, on the fake executor, whose attempts end at once. A life
// counts when its end is durable; the time is that from the first submit to the last end.
func cycles(ctx context.Context, b *bench) error {
	o := planeOptions{slots: 1000, trace: true}
	return b.onCopy(ctx, "cycle", o, func(p *process) error {
		var cost string
		columns, err := b.repeated(func() ([]float64, error) {
			l, ended, err := p.lives(ctx, b.seconds)
			if err != nil {
				return nil, err
			}
			cost = l.cost()
			return []float64{float64(len(l.took)) / ended.Seconds()}, nil
		})
		if err != nil {
			return err
		}
		b.report.add("submit + admit + finish, fake executor", columns[0], "/s", ">= 3,000", cost)
		return nil
	})
}

// lives starts runs for a while and waits until all of them have ended. It returns what was asked for and how long it
// took until the last end.
func (p *process) lives(ctx context.Context, most time.Duration) (*load, time.Duration, error) {
	began := time.Now()
	var l *load
	driven := make(chan error, 1)
	go func() {
		var err error
		l, err = p.drive(ctx, most, 0, func() error {
			_, err := p.start(ctx, "cycle")
			return err
		})
		driven <- err
	}()
	ends, want, last := 0, -1, began
	for ends != want {
		select {
		case e, ok := <-p.trace:
			if !ok {
				return nil, 0, errors.Join(errPlaneEnded, <-driven)
			}
			if e.what == traceEnded {
				ends, last = ends+1, e.at
			}
		case err := <-driven:
			if err != nil {
				return nil, 0, err
			}
			want = len(l.took)
		case <-ctx.Done():
			return nil, 0, ctx.Err()
		}
	}
	return l, last.Sub(began), p.finish(l)
}

// errPlaneEnded says that a plane ended under the load.
var errPlaneEnded = errors.New("the plane ended too early")

// dispatch measures how long a slot stands empty while runs wait: 4 slots and attempts of 20 ms are 200 ends a second.
// A slot is busy for 20 ms; what is more between two starts in it is the time that it stood empty, the report of the end
// and its commit included.
func dispatch(ctx context.Context, b *bench) error {
	columns, err := b.repeated(func() ([]float64, error) {
		dir, remove, err := b.fresh("dispatch")
		if err != nil {
			return nil, err
		}
		defer remove()
		var empty []time.Duration
		o := planeOptions{slots: dispatchSlots, lasts: dispatchLasts, trace: true}
		err = b.withPlane(ctx, "dispatch", dir, o, func(p *process) (err error) {
			empty, err = p.emptySlots(ctx)
			return err
		})
		return []float64{quantile(empty, 0.5), quantile(empty, 0.99)}, err
	})
	if err != nil {
		return err
	}
	b.report.add("freed -> dispatch p50, 200 ends/s", columns[0], "ms", "", "")
	b.report.add("freed -> dispatch p99", columns[1], "ms", "<= 20", "")
	return nil
}

// The load of dispatch.
const (
	dispatchRuns  = 2000
	dispatchSlots = 4
	dispatchLasts = 20 * time.Millisecond
)

// emptySlots starts runs faster than they end and returns how long each slot stood empty before each start, sorted.
func (p *process) emptySlots(ctx context.Context) ([]time.Duration, error) {
	if err := p.createJob(ctx, "dispatch", "glueetl", "s3://b/s.py"); err != nil {
		return nil, err
	}
	submits := make(chan error, 1)
	go func() {
		var err error
		for i := 0; err == nil && i < dispatchRuns; i++ {
			_, err = p.start(ctx, "dispatch")
		}
		submits <- err
	}()
	var started []time.Time
	for submitting := submits; len(started) < dispatchRuns; {
		select {
		case e, ok := <-p.trace:
			if !ok {
				return nil, errPlaneEnded
			}
			if e.what == traceStarted {
				started = append(started, e.at)
			}
		case err := <-submitting:
			if err != nil {
				return nil, err
			}
			submitting = nil // all are submitted: only starts are left to wait for
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	slices.SortFunc(started, time.Time.Compare)
	var empty []time.Duration
	for i := dispatchSlots; i < len(started); i++ {
		empty = append(empty, started[i].Sub(started[i-dispatchSlots])-dispatchLasts)
	}
	slices.Sort(empty)
	return empty, nil
}
