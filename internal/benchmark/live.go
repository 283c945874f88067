package benchmark

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"tenon/internal/benchmark/suite"
	"tenon/internal/core/scheduler"
	"tenon/internal/wire"
)

// argTakes is the argument of a run that says how long the fake executor lets it last.
const argTakes = "--takes"

// sharedScale makes DPUs of the units of S1: two, since a Spark run has at least two workers.
const sharedScale = 2

// sharedConfig is the tenon.yaml of S1.
func sharedConfig(t *suite.Trace) string {
	var y strings.Builder
	fmt.Fprintf(&y, "quotas: {concurrent_runs: 100000, concurrent_runs_per_job: 100000, dpus: %d}\nqueues:\n",
		sharedScale*t.Config.Default.QuarterDPUs/4)
	bound := func(n int64) string {
		if n == scheduler.NoLimit {
			return ""
		}
		return fmt.Sprint(sharedScale * n / 4)
	}
	for _, q := range t.Config.Queues {
		fmt.Fprintf(&y, "  - {name: %s, parent: %q, dpus: {nominal: %s", q.Name, q.Parent, bound(q.QuarterDPUs.Nominal))
		for key, n := range map[string]int64{"borrow": q.QuarterDPUs.Borrow, "lend": q.QuarterDPUs.Lend} {
			if n != scheduler.NoLimit {
				fmt.Fprintf(&y, ", %s: %s", key, bound(n))
			}
		}
		y.WriteString("}}\n")
	}
	return y.String()
}

// sharedLive is S1 through the public API: signed requests, every step durable, arrivals by the wall clock. It ends with
// the last durable end.
func sharedLive(ctx context.Context, b *bench) error {
	t := suite.Shared()
	dir, remove, err := b.fresh("s1")
	if err != nil {
		return err
	}
	defer remove()
	return b.withPlane(ctx, "s1", dir, planeOptions{config: sharedConfig(t), trace: true}, func(p *process) error {
		if err := p.createShared(ctx, t); err != nil {
			return err
		}
		began := time.Now()
		submits := make(chan error, 1)
		go func() { submits <- p.submitShared(ctx, t, began) }()
		var last time.Time
		for ended := 0; ended < len(t.Arrivals); {
			select {
			case e, ok := <-p.trace:
				if !ok {
					return errors.Join(errPlaneEnded, <-submits)
				}
				if e.what == traceEnded {
					ended, last = ended+1, e.at
				}
			case err := <-submits:
				if err != nil {
					return err
				}
				submits = nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		b.report.add("S1 15,000 runs in 30 queues, live and durable", []float64{last.Sub(began).Seconds()}, "s", "<= 80",
			fmt.Sprintf("bound 66 s; Kueue %d s in its own CI, its API server and etcd included", suite.KueueSeconds))
		return nil
	})
}

// createShared creates the jobs of S1, which know their queue and priority by tags.
func (p *process) createShared(ctx context.Context, t *suite.Trace) error {
	seen := map[string]bool{}
	for i := range t.Arrivals {
		r := &t.Arrivals[i].Run
		if seen[r.Job] {
			continue
		}
		seen[r.Job] = true
		name, role, kind, script := jobName(r.Job), "arn:aws:iam::123456789012:role/glue", "glueetl", "s3://b/s.py"
		version, worker, workers, runs := "4.0", "G.1X", int32(sharedScale*r.QuarterDPUs/4), int32(100_000)
		in := wire.CreateJobRequest{Name: &name, Role: &role, Command: &wire.JobCommand{Name: &kind, ScriptLocation: &script},
			GlueVersion: &version, WorkerType: &worker, NumberOfWorkers: &workers, ExecutionProperty: &wire.ExecutionProperty{MaxConcurrentRuns: &runs},
			Tags: map[string]string{"tenon:queue": r.Queue, "tenon:priority": fmt.Sprint(r.Priority)}}
		if err := p.client.Call(ctx, "CreateJob", in, nil); err != nil {
			return err
		}
	}
	return nil
}

// jobName is the name of a job of S1.
func jobName(job string) string { return strings.ReplaceAll(job, "/", "-") }

// submitShared starts every run when its time has come.
func (p *process) submitShared(ctx context.Context, t *suite.Trace, began time.Time) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	due := make(chan *suite.Arrival)
	var wg sync.WaitGroup
	for range connections {
		wg.Go(func() {
			for a := range due {
				name := jobName(a.Run.Job)
				in := wire.StartJobRunRequest{JobName: &name, Arguments: map[string]string{argTakes: a.Took.String()}}
				if err := p.client.Call(ctx, "StartJobRun", in, nil); err != nil {
					stop(err)
				}
			}
		})
	}
	for i := range t.Arrivals {
		a := &t.Arrivals[i]
		if sleep(ctx, time.Until(began.Add(a.At.Sub(suite.Epoch)))) != nil {
			break
		}
		due <- a
	}
	close(due)
	wg.Wait()
	return context.Cause(ctx)
}
