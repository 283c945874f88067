package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/client"
	"tenon/internal/driver/executor"
	"tenon/internal/driver/executor/fake"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
	"tenon/internal/plane"
	"tenon/internal/sigv4"
	"tenon/internal/wire"
)

// The key and region of the planes under load.
const (
	benchKey    = "BENCHMARKKEY00000000"
	benchSecret = "benchmark-secret"
	benchRegion = "us-east-1"
)

// servePlane is the child process: a whole Tenon whose attempts are the fake executor's. Starts of attempts are told on
// standard output, one line of Unix nanoseconds each, when asked for.
func servePlane(args []string) error {
	fs := flag.NewFlagSet("plane", flag.ContinueOnError)
	dir := fs.String("dir", "", "data directory")
	slots := fs.Int64("slots", 1, "concurrent runs")
	lasts := fs.Duration("lasts", time.Hour, "how long an attempt runs")
	trace := fs.Bool("trace", false, "print when attempts start")
	if err := fs.Parse(args); err != nil {
		return err
	}
	var mu sync.Mutex
	out := bufio.NewWriter(os.Stdout)
	machine := fake.NewMachine(func(attempt.Spec) fake.Plan {
		if *trace {
			mu.Lock()
			fmt.Fprintln(out, time.Now().UnixNano())
			_ = out.Flush() // the parent reads it or is gone
			mu.Unlock()
		}
		return fake.Plan{Duration: *lasts}
	})
	dpus := 1e6
	cfg := plane.Config{Listen: "127.0.0.1:0", DataDir: *dir, Quotas: plane.Quotas{ConcurrentRuns: slots, DPUs: &dpus}}
	cfg.Executor.Local.Parallel = 1024
	cfg.Executor.Local.Memory, cfg.Executor.Local.RunMemory = 1<<50, 64<<20
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	p, err := plane.Open(ctx, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})), cfg, plane.Options{
		AccessKeyID: benchKey, SecretAccessKey: benchSecret,
		Executor: func(sink executor.Sink) (executor.Driver, error) { return machine.Open(sink), nil },
	})
	if err != nil {
		return err
	}
	err = p.Serve(ctx)
	return errors.Join(err, p.Close(context.Background(), false))
}

// planeProcess is a plane under load.
type planeProcess struct {
	cmd    *exec.Cmd
	dir    string
	client *client.Client
	booted time.Duration // from the start of the process to ready
	starts *bufio.Scanner
}

// startPlane starts one on a data directory and waits until it is ready.
func startPlane(dir string, args ...string) (*planeProcess, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	_ = os.Remove(filepath.Join(dir, client.ConfigFile)) // of an earlier plane: its port is another
	p := &planeProcess{dir: dir, cmd: exec.Command(exe, append([]string{"plane", "-dir", dir}, args...)...)}
	p.cmd.Stderr = os.Stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.starts = bufio.NewScanner(stdout)
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	for {
		profile, err := client.ReadProfile(dir)
		if err == nil {
			if resp, err := http.Get(profile.Endpoint + "/readyz"); err == nil {
				ok := resp.StatusCode == http.StatusOK
				_ = resp.Body.Close()
				if ok {
					p.booted = time.Since(began)
					p.client = &client.Client{Endpoint: profile.Endpoint, Region: benchRegion,
						Credentials: sigv4.Credentials{AccessKeyID: benchKey, SecretAccessKey: benchSecret},
						HTTP:        &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections}}}
					return p, nil
				}
			}
		}
		if time.Since(began) > time.Minute {
			return nil, errors.Join(errors.New("the plane is not ready after a minute"), p.stop())
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// stop ends the plane.
func (p *planeProcess) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return p.cmd.Wait()
}

// resident is the memory of the plane, in MiB.
func (p *planeProcess) resident() (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte("VmRSS:")); ok {
			kib, err := strconv.ParseFloat(strings.Fields(string(rest))[0], 64)
			return kib / 1024, err
		}
	}
	return 0, errors.New("no VmRSS")
}

// createJob makes a job that any number of runs may have.
func (p *planeProcess) createJob(ctx context.Context, name string) error {
	command, script, role, many := "glueetl", "s3://b/s.py", "r", int32(1000)
	return p.client.Call(ctx, "CreateJob", wire.CreateJobRequest{Name: &name, Role: &role,
		Command:           &wire.JobCommand{Name: &command, ScriptLocation: &script},
		ExecutionProperty: &wire.ExecutionProperty{MaxConcurrentRuns: &many}}, nil)
}

// start starts a run of a job that waits for its turn, whatever the limits.
func (p *planeProcess) start(ctx context.Context, job string) (string, error) {
	queue := true
	var out wire.StartJobRunResponse
	err := p.client.Call(ctx, "StartJobRun", wire.StartJobRunRequest{JobName: &job, JobRunQueuingEnabled: &queue,
		Arguments: map[string]string{"--day": "2026-01-01", "--table": "orders"}}, &out)
	if err != nil {
		return "", err
	}
	return *out.JobRunId, nil
}

// fill puts finished runs into a new store, in batches, and a job that they are of.
func fill(ctx context.Context, dir string, runs int) error {
	db, err := store.Open(ctx, store.Config{Dir: dir})
	if err != nil {
		return err
	}
	began := time.Now().Add(-24 * time.Hour)
	d := store.Definition{Region: benchRegion, Kind: "job", Name: "history", Doc: json.RawMessage(
		`{"Name":"history","Role":"r","Command":{"Name":"glueetl","ScriptLocation":"s3://b/s.py"},"MaxCapacity":10}`)}
	err = db.Commit(ctx, began, func(tx *store.Tx) error { return tx.CreateDefinition(&d) })
	const batch = 2000
	for n := 0; err == nil && n < runs; n += batch {
		err = db.Commit(ctx, began, func(tx *store.Tx) error {
			for i := n; i < min(n+batch, runs); i++ {
				if err := tx.InsertRun(historic(i, d.Incarnation, began)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return errors.Join(err, db.Close())
}

// historic is the i-th run of the history.
func historic(i int, incarnation int64, began time.Time) *store.Run {
	var random [26]byte
	copy(random[:], fmt.Sprintf("%026d", i))
	at := began.Add(time.Duration(i) * time.Millisecond)
	return &store.Run{JobRun: glue.JobRun{Region: benchRegion, ID: glue.NewID(glue.RunIDPrefix, at, random), Job: "history",
		Incarnation: incarnation, State: glue.RunSucceeded, Submitted: at, Started: at, Modified: at, Completed: at.Add(time.Minute),
		Executed: time.Minute, Command: glue.Command{Name: "glueetl", ScriptLocation: "s3://b/s.py"},
		Arguments: map[string]string{"--day": "2026-01-01", "--table": "orders"}, TimeoutMinutes: 480, MaxConcurrent: 1,
		QuarterDPUs: 40, MaxCapacity: 10, GlueVersion: "5.1", ExecutionClass: "STANDARD", LogGroup: "/aws-glue/jobs"}}
}

// connections is how many clients drive the plane at once.
const connections = 32

// drive calls f from all connections for a while and returns the calls per second and their durations, sorted.
func drive(most time.Duration, f func(worker int) error) (rate float64, took []time.Duration, err error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	var failed atomic.Pointer[error]
	began := time.Now()
	for w := range connections {
		wg.Go(func() {
			var mine []time.Duration
			for time.Since(began) < most && failed.Load() == nil {
				at := time.Now()
				if err := f(w); err != nil {
					failed.Store(&err)
					break
				}
				mine = append(mine, time.Since(at))
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, mine...)
		})
	}
	wg.Wait()
	elapsed := time.Since(began)
	if e := failed.Load(); e != nil {
		return 0, nil, *e
	}
	return float64(len(took)) / elapsed.Seconds(), took, nil
}
