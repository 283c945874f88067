package benchmark

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"tenon/internal/glue"
	"tenon/internal/wire"
)

// graph is a workflow in layers: each starts when all jobs of the one before have succeeded. A layer of one makes a row.
type graph struct {
	name          string
	layers, width int
}

// The graphs that are measured: 100 jobs each, and one for many runs at once.
var (
	row   = graph{"row", 100, 1}
	block = graph{"block", 10, 10}
	small = graph{"small", 2, 2}
)

// crowd is how many runs of a workflow are started at once.
const crowd = 1000

// workflows measures workflow runs of jobs that end at once, on the fake executor.
func workflows(ctx context.Context, b *bench) error {
	for _, g := range []graph{row, block} {
		if err := through(ctx, b, g); err != nil {
			return err
		}
	}
	return crowded(ctx, b, small, crowd)
}

// through measures one run of a workflow from its start to its end, as the run itself says.
func through(ctx context.Context, b *bench, g graph) error {
	columns, err := b.repeated(func() ([]float64, error) {
		dir, remove, err := b.fresh("workflow")
		if err != nil {
			return nil, err
		}
		defer remove()
		var took time.Duration
		err = b.withPlane(ctx, "workflow-"+g.name, dir, planeOptions{config: orchestrationConfig}, func(p *process) (err error) {
			if err := p.createGraph(ctx, g, "glueetl", "s3://b/s.py"); err != nil {
				return err
			}
			took, err = p.walk(ctx, g)
			return err
		})
		return []float64{took.Seconds() * 1e3, took.Seconds() * 1e3 / float64(g.layers)}, err
	})
	if err != nil {
		return err
	}
	b.report.add("workflow of "+g.words()+", fake executor", columns[0], "ms", "", "")
	b.report.add("from layer to layer of that", columns[1], "ms", "", "two commits: the end with its fires, their runs with leases")
	return nil
}

// words describes a graph.
func (g graph) words() string {
	if g.width == 1 {
		return fmt.Sprintf("%d jobs in a row", g.layers)
	}
	return fmt.Sprintf("%d jobs, %d layers of %d", g.layers*g.width, g.layers, g.width)
}

// crowded measures n runs of a workflow that are started as fast as it goes, from the first call until the last of them is
// over, and the memory of the plane then.
func crowded(ctx context.Context, b *bench, g graph, n int) error {
	columns, err := b.repeated(func() ([]float64, error) {
		dir, remove, err := b.fresh("crowd")
		if err != nil {
			return nil, err
		}
		defer remove()
		var values []float64
		err = b.withPlane(ctx, "workflow-crowd", dir, planeOptions{config: orchestrationConfig, trace: true}, func(p *process) (err error) {
			if err := p.createGraph(ctx, g, "glueetl", "s3://b/s.py"); err != nil {
				return err
			}
			values, err = p.crowd(ctx, g, n)
			return err
		})
		return values, err
	})
	if err != nil {
		return err
	}
	b.report.add(fmt.Sprintf("%s runs of a workflow of %s, at once", number(float64(n)), g.words()), columns[0], "ms", "", "")
	b.report.add("jobs of these", columns[1], "/s", "", "")
	b.report.add("StartWorkflowRun p99 of these", columns[2], "ms", "", "")
	b.report.add("memory after that", columns[3], "MiB", "", "")
	return nil
}

// crowd starts n runs, waits until all are over, and makes sure that every job of each has succeeded. It returns
// milliseconds, jobs a second, the 99th percentile of the calls in milliseconds, and MiB.
func (p *process) crowd(ctx context.Context, g graph, n int) ([]float64, error) {
	began := time.Now()
	var l *load
	driven := make(chan error, 1)
	go func() {
		var err error
		l, err = p.drive(ctx, longestFill, int64(n), func() error {
			_, err := p.startGraph(ctx, g)
			return err
		})
		driven <- err
	}()
	last := began
	for range n * g.layers * g.width {
		at, err := p.awaitTrace(ctx, traceEnded)
		if err != nil {
			return nil, errors.Join(err, <-driven)
		}
		if at.After(last) {
			last = at
		}
	}
	if err := <-driven; err != nil {
		return nil, err
	}
	if err := p.allOver(ctx, g, n); err != nil {
		return nil, err
	}
	mib, err := p.resident()
	took := last.Sub(began)
	return []float64{took.Seconds() * 1e3, float64(n*g.layers*g.width) / took.Seconds(), l.quantile(0.99), mib}, err
}

// allOver makes sure that there are n runs of g, all of them COMPLETED with every job once and well.
func (p *process) allOver(ctx context.Context, g graph, n int) error {
	seen := 0
	most := int32(glue.MaxPageSize)
	for in := (wire.GetWorkflowRunsRequest{Name: &g.name, MaxResults: &most}); ; {
		var out wire.GetWorkflowRunsResponse
		if err := p.client.Call(ctx, "GetWorkflowRuns", in, &out); err != nil {
			return err
		}
		for i := range out.Runs {
			if err := g.whole(&out.Runs[i]); err != nil {
				return err
			}
			seen++
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			break
		}
	}
	if seen != n {
		return fmt.Errorf("there are %d runs of %s, not %d", seen, g.name, n)
	}
	return nil
}

// whole makes sure that a run did all that it should, and nothing twice.
func (g graph) whole(run *wire.WorkflowRun) error {
	jobs := int32(g.layers * g.width)
	if s := run.Statistics; run.Status == nil || *run.Status != string(glue.WorkflowCompleted) || s == nil || s.SucceededActions == nil || *s.SucceededActions != jobs || *s.TotalActions != jobs {
		return fmt.Errorf("run %s of %s is not COMPLETED with %d jobs that succeeded: %+v", *run.WorkflowRunId, g.name, jobs, s)
	}
	return nil
}

// job names a job of the graph.
func (g graph) job(layer, at int) string { return fmt.Sprintf("%s-%d-%d", g.name, layer, at) }

// createGraph makes the jobs, the workflow and its triggers.
func (p *process) createGraph(ctx context.Context, g graph, command, script string) error {
	if err := p.client.Call(ctx, "CreateWorkflow", wire.CreateWorkflowRequest{Name: &g.name}, nil); err != nil {
		return err
	}
	yes, equals, and, succeeded := true, glue.OperatorEquals, glue.LogicalAnd, string(glue.RunSucceeded)
	for layer := range g.layers {
		jobs := make([]string, g.width)
		for i := range jobs {
			jobs[i] = g.job(layer, i)
			if err := p.createJob(ctx, jobs[i], command, script); err != nil {
				return err
			}
		}
		name, kind := fmt.Sprintf("%s-%d", g.name, layer), string(glue.TriggerOnDemand)
		in := wire.CreateTriggerRequest{Name: &name, WorkflowName: &g.name, Type: &kind, Actions: actions(jobs...)}
		if layer > 0 {
			kind, in.StartOnCreation, in.Predicate = string(glue.TriggerConditional), &yes, &wire.Predicate{Logical: &and}
			for i := range g.width {
				watched := g.job(layer-1, i)
				in.Predicate.Conditions = append(in.Predicate.Conditions, wire.Condition{LogicalOperator: &equals, JobName: &watched, State: &succeeded})
			}
		}
		if err := p.client.Call(ctx, "CreateTrigger", in, nil); err != nil {
			return err
		}
	}
	return nil
}

// startGraph starts a run of the workflow.
func (p *process) startGraph(ctx context.Context, g graph) (string, error) {
	var out wire.StartWorkflowRunResponse
	if err := p.client.Call(ctx, "StartWorkflowRun", wire.StartWorkflowRunRequest{Name: &g.name}, &out); err != nil {
		return "", err
	}
	if out.RunId == nil {
		return "", errors.New("StartWorkflowRun answered without a run id")
	}
	return *out.RunId, nil
}

// walk runs the workflow once and returns how long the run took by its own account.
func (p *process) walk(ctx context.Context, g graph) (time.Duration, error) {
	id, err := p.startGraph(ctx, g)
	if err != nil {
		return 0, err
	}
	for {
		var out wire.GetWorkflowRunResponse
		if err := p.client.Call(ctx, "GetWorkflowRun", wire.GetWorkflowRunRequest{Name: &g.name, RunId: &id}, &out); err != nil {
			return 0, err
		}
		if run := out.Run; run.CompletedOn != nil {
			return run.CompletedOn.Sub(run.StartedOn.Time), g.whole(run)
		}
		if err := sleep(ctx, runPoll); err != nil {
			return 0, err
		}
	}
}

// workflowsLive measures the block with real workers: Python shell scripts that do nothing, as many at once as the
// configuration of a fresh Tenon lets run on this machine.
func workflowsLive(ctx context.Context, b *bench) error {
	dir, remove, err := b.fresh("workflow-live")
	if err != nil {
		return err
	}
	defer remove()
	cmd := exec.CommandContext(ctx, b.tenon, "serve", "--listen", "127.0.0.1:0", "--data-dir", dir)
	cmd.Env = append(os.Environ(), "TENON_ACCESS_KEY_ID="+benchKey, "TENON_SECRET_ACCESS_KEY="+benchSecret)
	end := func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	err = withProcess(ctx, &process{cmd: cmd, dir: dir, end: end}, func(p *process) error {
		code := filepath.Join(p.dir, "s3", "code")
		if err := errors.Join(os.MkdirAll(code, 0o755), os.WriteFile(filepath.Join(code, "none.py"), []byte("pass\n"), 0o644)); err != nil {
			return err
		}
		if err := p.createGraph(ctx, block, "pythonshell", "s3://code/none.py"); err != nil {
			return err
		}
		took, err := p.walk(ctx, block)
		if err != nil {
			return err
		}
		b.report.add("workflow of "+block.words()+", real workers", []float64{took.Seconds()}, "s", "", "Python shell scripts that do nothing")
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s serve: %w (make build builds it)", b.tenon, err)
	}
	return nil
}
