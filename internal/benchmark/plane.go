package benchmark

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/pprof"
	"sync"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/driver/executor"
	"tenon/internal/driver/executor/fake"
	"tenon/internal/glue"
	"tenon/internal/plane"
)

// The key and region of the planes under load.
const (
	benchKey    = "BENCHMARKKEY00000000"
	benchSecret = "benchmark-secret"
	benchRegion = "us-east-1"
)

// PlaneCommand is the subcommand of `tenon bench` that is the child process.
const PlaneCommand = "plane"

// planeOptions are what a plane under load is told.
type planeOptions struct {
	slots   int64         // concurrent runs
	lasts   time.Duration // how long an attempt runs
	trace   bool          // tell what becomes of attempts
	profile string        // file for a CPU profile; empty for none
	config  string        // text of a tenon.yaml, in place of slots
}

// args spells o for the child.
func (o planeOptions) args(dir string) []string {
	return []string{"bench", PlaneCommand, "-dir", dir, "-slots", fmt.Sprint(o.slots), "-lasts", o.lasts.String(),
		fmt.Sprintf("-trace=%t", o.trace), "-cpuprofile", o.profile, "-config", o.config}
}

// ServePlane is the child process: a whole Tenon whose attempts are the fake executor's. It ends when its standard input
// does, so that it never outlives its parent.
func ServePlane(args []string) (err error) {
	var o planeOptions
	fs := flag.NewFlagSet(PlaneCommand, flag.ContinueOnError)
	dir := fs.String("dir", "", "data directory")
	fs.Int64Var(&o.slots, "slots", 1, "concurrent runs")
	fs.DurationVar(&o.lasts, "lasts", time.Hour, "how long an attempt runs")
	fs.BoolVar(&o.trace, "trace", false, "print what becomes of attempts")
	fs.StringVar(&o.profile, "cpuprofile", "", "file to write a CPU profile to")
	fs.StringVar(&o.config, "config", "", "text of a tenon.yaml")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if o.profile != "" {
		f, err := os.Create(o.profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	tracer := &tracer{on: o.trace}
	machine := fake.NewMachine(func(spec attempt.Spec) fake.Plan {
		tracer.tell(traceStarted)
		if takes, err := time.ParseDuration(spec.Arguments[argTakes]); err == nil {
			return fake.Plan{Duration: takes}
		}
		return fake.Plan{Duration: o.lasts}
	})
	cfg, err := plane.ParseConfig([]byte(o.config))
	if err != nil {
		return err
	}
	if o.config == "" {
		cfg.Quotas = plane.Quotas{glue.QuotaConcurrentRuns: float64(o.slots), glue.QuotaDPUs: 1e6}
	}
	cfg.Listen, cfg.DataDir = "127.0.0.1:0", *dir
	cfg.Executor.Local.Parallel = 1024
	cfg.Executor.Local.Memory, cfg.Executor.Local.RunMemory = 1<<50, 64<<20
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // however it ends, the parent is done
		stop()
	}()
	lg := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	p, err := plane.Open(ctx, lg, cfg, plane.Options{
		AccessKeyID: benchKey, SecretAccessKey: benchSecret,
		Executor: func(sink executor.Sink) (executor.Driver, error) {
			return machine.Open(tracedSink{sink, tracer}), nil
		},
	})
	if err != nil {
		return err
	}
	err = p.Serve(ctx)
	return errors.Join(err, p.Close(context.Background(), false))
}

// What a trace tells. Each is a line on standard output: the letter and the time in Unix nanoseconds.
const (
	traceStarted = 's' // an attempt starts
	traceEnded   = 'e' // the end of an attempt is durable
)

// tracer tells the parent what becomes of attempts.
type tracer struct {
	on bool
	mu sync.Mutex // guards standard output
}

// tell writes one line.
func (t *tracer) tell(what byte) {
	if !t.on {
		return
	}
	line := fmt.Appendf(nil, "%c %d\n", what, time.Now().UnixNano())
	t.mu.Lock()
	defer t.mu.Unlock()
	_, _ = os.Stdout.Write(line) // the parent reads it or is gone
}

// tracedSink tells when results are durable.
type tracedSink struct {
	executor.Sink
	tracer *tracer
}

// Report implements executor.Sink.
func (s tracedSink) Report(ctx context.Context, rep attempt.Report) error {
	err := s.Sink.Report(ctx, rep)
	if err == nil && rep.Kind == attempt.ReportResult {
		s.tracer.tell(traceEnded)
	}
	return err
}
