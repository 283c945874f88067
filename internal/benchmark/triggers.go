package benchmark

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"tenon/internal/glue"
	"tenon/internal/wire"
)

// orchestrationConfig is the tenon.yaml of the suites of triggers and workflows: nothing of the account binds.
const orchestrationConfig = "quotas: {concurrent_runs: 100000, dpus: 1000000, triggers: 100000, jobs: 100000}\n"

// The load of triggers.
const (
	armedTriggers = 10_000
	idleTime      = 10 * time.Second // that idle triggers are watched
	eventCount    = 1000             // events, one after the other
)

// triggers measures scheduled triggers that wait, and what an event sets going.
func triggers(ctx context.Context, b *bench) error {
	if err := armed(ctx, b, armedTriggers, idleTime); err != nil {
		return err
	}
	return events(ctx, b, eventCount)
}

// still is what an idle plane takes.
type still struct {
	mib     float64 // resident memory
	cpu     float64 // milliseconds of processor time a second
	wakeups float64 // of its threads, a second
	booted  float64 // milliseconds to ready
}

// rest leaves a plane alone and looks what it does all the same.
func (p *process) rest(ctx context.Context, watch time.Duration) (s still, err error) {
	if err := sleep(ctx, settle); err != nil {
		return s, err
	}
	cpuBefore, err1 := p.cpu()
	woken, err2 := p.wakeups()
	if err := errors.Join(err1, err2, sleep(ctx, watch)); err != nil {
		return s, err
	}
	cpuAfter, err1 := p.cpu()
	wokenAfter, err2 := p.wakeups()
	mib, err3 := p.resident()
	return still{mib: mib, cpu: (cpuAfter - cpuBefore).Seconds() * 1e3 / watch.Seconds(), wakeups: float64(wokenAfter-woken) / watch.Seconds(),
		booted: p.booted.Seconds() * 1e3}, errors.Join(err1, err2, err3)
}

// wakeups is how often threads of the process have waited and were woken.
func (p *process) wakeups() (int64, error) {
	dirs, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	total := int64(0)
	for _, d := range dirs {
		if _, err := os.Stat(d); err != nil {
			continue // the thread has ended meanwhile
		}
		n, err := strconv.ParseInt(procValue(d, "voluntary_ctxt_switches"), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("wakeups: %w", err)
		}
		total += n
	}
	return total, nil
}

// armed measures n scheduled triggers whose times are all to come, in a plane that has found them in its store, beside an
// empty plane.
func armed(ctx context.Context, b *bench, n int64, watch time.Duration) error {
	dir, remove, err := b.fresh("triggers")
	if err != nil {
		return err
	}
	defer remove()
	o := planeOptions{config: orchestrationConfig, lasts: time.Hour}
	var bare still
	err = b.withPlane(ctx, "triggers-none", dir, o, func(p *process) (err error) {
		bare, err = p.rest(ctx, watch)
		return err
	})
	if err != nil {
		return err
	}
	var cost string
	var rate float64
	err = b.withPlane(ctx, "triggers-create", dir, o, func(p *process) error {
		if err := p.createJob(ctx, "parked", "glueetl", "s3://b/s.py"); err != nil {
			return err
		}
		var made atomic.Int64
		l, err := p.drive(ctx, longestFill, n, func() error { return p.createSchedule(ctx, made.Add(1)) })
		if err != nil {
			return err
		}
		rate, cost = l.rate(), l.cost()
		return nil
	})
	if err != nil {
		return err
	}
	return b.withPlane(ctx, "triggers", dir, o, func(p *process) error {
		s, err := p.rest(ctx, watch)
		if err != nil {
			return err
		}
		many := number(float64(n)) + " triggers armed"
		b.report.add("CreateTrigger, durable", []float64{rate}, "/s", "", cost)
		b.report.add("start to ready, "+many, []float64{s.booted}, "ms", "", fmt.Sprintf("%.0f ms without", bare.booted))
		b.report.add("memory, "+many, []float64{s.mib}, "MiB", "", fmt.Sprintf("%.1f MiB without", bare.mib))
		b.report.add("processor time, idle, "+many, []float64{s.cpu}, "ms/s", "", fmt.Sprintf("%.1f ms/s without", bare.cpu))
		b.report.add("wakeups of threads, idle, "+many, []float64{s.wakeups}, "/s", "", fmt.Sprintf("%.1f /s without", bare.wakeups))
		return nil
	})
}

// longestFill bounds the making of what a suite needs.
const longestFill = 5 * time.Minute

// createSchedule makes the i-th scheduled trigger. Its time comes once a year, half a year from now at the earliest.
func (p *process) createSchedule(ctx context.Context, i int64) error {
	month := (int64(time.Now().Month())+5)%12 + 1
	name, expr, yes := fmt.Sprintf("nightly-%05d", i), fmt.Sprintf("cron(%d %d %d %d ? *)", i%60, i/60%24, 1+i/1440%28, month), true
	kind := string(glue.TriggerScheduled)
	return p.client.Call(ctx, "CreateTrigger", wire.CreateTriggerRequest{Name: &name, Type: &kind, Schedule: &expr, StartOnCreation: &yes,
		Actions: actions("parked")}, nil)
}

// events measures the time from before PutEvents until the run starts that the event sets going: by a rule with a job as
// its target, and by a rule that hands it to a workflow's EVENT trigger, batches of one.
func events(ctx context.Context, b *bench, n int) error {
	for _, way := range []struct {
		name   string
		target glue.Target
	}{{"job", glue.Target{ID: "1", Job: "answer"}}, {"workflow", glue.Target{ID: "1", Workflow: "answers"}}} {
		columns, err := b.repeated(func() ([]float64, error) {
			dir, remove, err := b.fresh("events")
			if err != nil {
				return nil, err
			}
			defer remove()
			var took []time.Duration
			err = b.withPlane(ctx, "events", dir, planeOptions{config: orchestrationConfig, trace: true}, func(p *process) (err error) {
				if err := p.createAnswers(ctx, way.target); err != nil {
					return err
				}
				took, err = p.answered(ctx, n)
				return err
			})
			return []float64{quantile(took, 0.5), quantile(took, 0.99)}, err
		})
		if err != nil {
			return err
		}
		b.report.add("PutEvents -> run started, rule to "+way.name+", p50", columns[0], "ms", "", "")
		b.report.add("PutEvents -> run started, rule to "+way.name+", p99", columns[1], "ms", "<= 20", "")
	}
	return nil
}

// createAnswers makes a job, a workflow with an EVENT trigger that starts it, and a rule for the events of answered.
func (p *process) createAnswers(ctx context.Context, target glue.Target) error {
	job, flow, kind, one := "answer", "answers", string(glue.TriggerEvent), int32(1)
	return errors.Join(
		p.createJob(ctx, job, "glueetl", "s3://b/s.py"),
		p.client.Call(ctx, "CreateWorkflow", wire.CreateWorkflowRequest{Name: &flow}, nil),
		p.client.Call(ctx, "CreateTrigger", wire.CreateTriggerRequest{Name: &job, WorkflowName: &flow, Type: &kind,
			EventBatchingCondition: &wire.EventBatchingCondition{BatchSize: &one}, Actions: actions(job)}, nil),
		p.client.Admin(ctx, "PutRule", glue.Rule{Name: "answer", Pattern: json.RawMessage(`{"source":["bench"]}`), Targets: []glue.Target{target}}, nil))
}

// answered puts n events, one after the other, and returns how long each took until its run started, sorted.
func (p *process) answered(ctx context.Context, n int) ([]time.Duration, error) {
	type entry struct{ Source, DetailType, Detail string }
	took := make([]time.Duration, 0, n)
	for i := range n + 1 {
		began := time.Now()
		in := map[string]any{"Entries": []entry{{"bench", "Order", fmt.Sprintf(`{"order":%d}`, i)}}}
		if err := p.client.Events(ctx, "PutEvents", in, nil); err != nil {
			return nil, err
		}
		at, err := p.awaitTrace(ctx, traceStarted)
		if err != nil {
			return nil, err
		}
		if _, err := p.awaitTrace(ctx, traceEnded); err != nil {
			return nil, err
		}
		if i > 0 { // the first has rules and pools made
			took = append(took, at.Sub(began))
		}
	}
	slices.Sort(took)
	return took, nil
}

// awaitTrace waits for the next event of a kind in the trace and returns its time.
func (p *process) awaitTrace(ctx context.Context, what byte) (time.Time, error) {
	patience := time.NewTimer(traceTimeout)
	defer patience.Stop()
	for {
		select {
		case e, ok := <-p.trace:
			if !ok {
				return time.Time{}, errPlaneEnded
			}
			if e.what == what {
				return e.at, nil
			}
		case <-patience.C:
			return time.Time{}, fmt.Errorf("nothing came of it within %s", traceTimeout)
		case <-ctx.Done():
			return time.Time{}, ctx.Err()
		}
	}
}

// traceTimeout is how long something may take to come that should come at once.
const traceTimeout = 20 * time.Second

// actions start jobs.
func actions(jobs ...string) []wire.Action {
	all := make([]wire.Action, len(jobs))
	for i := range jobs {
		all[i].JobName = &jobs[i]
	}
	return all
}
