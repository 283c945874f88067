package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"tenon/internal/client"
	"tenon/internal/wire"
)

// quantile is the q-th quantile of sorted durations, in milliseconds.
func quantile(took []time.Duration, q float64) float64 {
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[min(len(took)-1, int(q*float64(len(took))))].Seconds() * 1e3
}

// settle is how long an idle plane is left alone before its memory counts.
const settle = 2 * time.Second

// withHistory is the data directory that holds the history, made once.
func (b *bench) withHistory(ctx context.Context) (string, error) {
	dir := filepath.Join(b.dir, "history")
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	fmt.Fprintf(os.Stderr, "  storing %d runs\n", b.history)
	return dir, fill(ctx, dir, b.history)
}

// idle measures the memory and the start of an empty plane.
func idle(_ context.Context, b *bench) error {
	p, err := startPlane(filepath.Join(b.dir, "idle"))
	if err != nil {
		return err
	}
	time.Sleep(settle)
	mib, err := p.resident()
	if err = errors.Join(err, p.stop()); err != nil {
		return err
	}
	b.add("memory, idle", mib, "MiB", "<= 60", "")
	b.add("start to ready, empty", p.booted.Seconds()*1e3, "ms", "<= 500", "")
	return nil
}

// starts measures durable StartJobRun of runs that stay parked, beside the history.
func starts(ctx context.Context, b *bench) error {
	dir, err := b.withHistory(ctx)
	if err != nil {
		return err
	}
	p, err := startPlane(dir)
	if err != nil {
		return err
	}
	rate, took, err := drive(b.seconds, parked(ctx, p, "parked"))
	if err == nil {
		b.add("StartJobRun, 32 connections, durable, parked", rate, "/s", ">= 5,000", "")
		b.add("StartJobRun p99", quantile(took, 0.99), "ms", "<= 20", "")
	}
	return errors.Join(err, p.stop())
}

// parked makes a job and returns the call that starts one more run of it.
func parked(ctx context.Context, p *planeProcess, job string) func(int) error {
	made := p.createJob(ctx, job)
	return func(int) error {
		if made != nil && !strings.Contains(made.Error(), "AlreadyExists") {
			return made
		}
		_, err := p.start(ctx, job)
		return err
	}
}

// gets measures GetJobRun over random runs of the history, and the memory that the history costs.
func gets(ctx context.Context, b *bench) error {
	dir, err := b.withHistory(ctx)
	if err != nil {
		return err
	}
	p, err := startPlane(dir)
	if err != nil {
		return err
	}
	ids, err := someIDs(ctx, p)
	if err != nil {
		return errors.Join(err, p.stop())
	}
	job := "history"
	rate, took, err := drive(b.seconds, func(int) error {
		return p.client.Call(ctx, "GetJobRun", wire.GetJobRunRequest{JobName: &job, RunId: &ids[rand.IntN(len(ids))]}, nil)
	})
	if err == nil {
		b.add("GetJobRun, 32 connections, random ids", rate, "/s", ">= 15,000", "")
		b.add("GetJobRun p99", quantile(took, 0.99), "ms", "", "")
	}
	time.Sleep(settle)
	mib, memErr := p.resident()
	if err = errors.Join(err, memErr, p.stop()); err == nil {
		b.add("memory, with the history, after reads", mib, "MiB", "<= 120", "")
	}
	return err
}

// someIDs lists ids of the history, page by page.
func someIDs(ctx context.Context, p *planeProcess) ([]string, error) {
	const enough = 20_000
	job, size := "history", int32(200)
	var ids []string
	in := wire.GetJobRunsRequest{JobName: &job, MaxResults: &size}
	for len(ids) < enough {
		var page wire.GetJobRunsResponse
		if err := p.client.Call(ctx, "GetJobRuns", in, &page); err != nil {
			return nil, err
		}
		for _, r := range page.JobRuns {
			ids = append(ids, *r.Id)
		}
		if in.NextToken = page.NextToken; in.NextToken == nil {
			break
		}
	}
	if len(ids) == 0 {
		return nil, errors.New("the history is empty")
	}
	return ids, nil
}

// cycles measures submit + admit + finish on the fake executor, beside the history.
func cycles(ctx context.Context, b *bench) error {
	dir, err := b.withHistory(ctx)
	if err != nil {
		return err
	}
	clean := filepath.Join(b.dir, "cycle")
	if err := os.CopyFS(clean, os.DirFS(dir)); err != nil {
		return err
	}
	p, err := startPlane(clean, "-slots", "1000", "-lasts", "0s")
	if err != nil {
		return err
	}
	rate, _, err := drive(b.seconds, parked(ctx, p, "quick"))
	if err == nil {
		b.add("submit + admit + finish, fake executor", rate, "/s", ">= 3,000", "")
	}
	return errors.Join(err, p.stop())
}

// dispatch measures how long a slot stands empty when there is a queue: 4 slots, attempts of 20 ms, 200 finishes a second.
func dispatch(ctx context.Context, b *bench) error {
	const runs, slots, lasts = 2000, 4, 20 * time.Millisecond
	p, err := startPlane(filepath.Join(b.dir, "dispatch"), "-slots", strconv.Itoa(slots), "-lasts", lasts.String(), "-trace")
	if err != nil {
		return err
	}
	if err := p.createJob(ctx, "j"); err != nil {
		return errors.Join(err, p.stop())
	}
	go func() {
		for range runs {
			if _, err := p.start(ctx, "j"); err != nil {
				return
			}
		}
	}()
	var started []int64
	for len(started) < runs && p.starts.Scan() {
		ns, err := strconv.ParseInt(p.starts.Text(), 10, 64)
		if err != nil {
			return errors.Join(err, p.stop())
		}
		started = append(started, ns)
	}
	slices.Sort(started)
	var empty []time.Duration
	for i := slots; i < len(started); i++ {
		empty = append(empty, time.Duration(started[i]-started[i-slots])-lasts)
	}
	b.add("freed -> dispatch p50", quantile(empty, 0.5), "ms", "", "")
	b.add("freed -> dispatch p99", quantile(empty, 0.99), "ms", "<= 20", "")
	return p.stop()
}

// restart measures the start of a plane that finds 100,000 waiting runs.
func restart(ctx context.Context, b *bench) error {
	const pending = 100_000
	dir := filepath.Join(b.dir, "restart")
	p, err := startPlane(dir)
	if err != nil {
		return err
	}
	submit := parked(ctx, p, "parked")
	_, _, err = drive(2*time.Minute, untilDone(pending, submit))
	if err != nil && !errors.Is(err, errDone) {
		return errors.Join(err, p.stop())
	}
	if err := p.stop(); err != nil {
		return err
	}
	if p, err = startPlane(dir); err != nil {
		return err
	}
	b.add("start to ready, 100,000 pending", p.booted.Seconds()*1e3, "ms", "<= 2,000", "")
	return p.stop()
}

// errDone ends a drive that has made its calls.
var errDone = errors.New("done")

// untilDone makes n calls of f, whoever makes them.
func untilDone(n int64, f func(int) error) func(int) error {
	left := make(chan struct{}, n)
	for range n {
		left <- struct{}{}
	}
	return func(w int) error {
		select {
		case <-left:
			return f(w)
		default:
			return errDone
		}
	}
}

// latency measures StartJobRun to the script's first line, with real workers: the script prints its own clock.
func latency(ctx context.Context, b *bench) error {
	dir := filepath.Join(b.dir, "latency")
	cmd := exec.Command(b.tenon, "serve", "--listen", "127.0.0.1:0", "--data-dir", dir)
	cmd.Env = append(os.Environ(), "TENON_ACCESS_KEY_ID="+benchKey, "TENON_SECRET_ACCESS_KEY="+benchSecret)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%w (make build first)", err)
	}
	p := &planeProcess{cmd: cmd, dir: dir}
	defer func() { _ = p.stop() }()
	deadline := time.Now().Add(time.Minute)
	for p.client == nil {
		if profile, err := client.ReadProfile(dir); err == nil {
			p.client = &client.Client{Endpoint: profile.Endpoint, Region: benchRegion}
			p.client.Credentials.AccessKeyID, p.client.Credentials.SecretAccessKey = benchKey, benchSecret
		}
		if time.Now().After(deadline) {
			return errors.New("the server is not there after a minute")
		}
		time.Sleep(5 * time.Millisecond)
	}
	if err := os.MkdirAll(filepath.Join(dir, "s3", "code"), 0o755); err != nil {
		return err
	}
	for _, k := range []struct{ command, target string }{{"pythonshell", "<= 80"}, {"glueetl", "<= 150"}} {
		took, err := firstLines(ctx, p, k.command)
		if err != nil {
			return err
		}
		b.add("StartJobRun -> first line, "+k.command+", p50", quantile(took, 0.5), "ms", k.target, "")
		b.add("StartJobRun -> first line, "+k.command+", p90", quantile(took, 0.9), "ms", "", "")
	}
	return nil
}

// firstLines runs a script again and again, one run at a time, and returns how long its first line took. The glueetl
// script's first line comes after it has a GlueContext.
func firstLines(ctx context.Context, p *planeProcess, command string) ([]time.Duration, error) {
	const runs = 40
	script := "import time, sys\nprint(time.time_ns(), flush=True)\n"
	if command == "glueetl" {
		script = "import time\nfrom awsglue.context import GlueContext\nfrom pyspark.context import SparkContext\ncontext = GlueContext(SparkContext.getOrCreate())\nprint(time.time_ns(), flush=True)\n"
	}
	if err := os.WriteFile(filepath.Join(p.dir, "s3", "code", command+".py"), []byte(script), 0o644); err != nil {
		return nil, err
	}
	location, role, one := "s3://code/"+command+".py", "r", int32(1000)
	if err := p.client.Call(ctx, "CreateJob", wire.CreateJobRequest{Name: &command, Role: &role,
		Command: &wire.JobCommand{Name: &command, ScriptLocation: &location}, ExecutionProperty: &wire.ExecutionProperty{MaxConcurrentRuns: &one}}, nil); err != nil {
		return nil, err
	}
	var took []time.Duration
	for range runs {
		began := time.Now()
		id, err := p.start(ctx, command)
		if err != nil {
			return nil, err
		}
		run, err := p.wait(ctx, command, id)
		if err != nil {
			return nil, err
		}
		at, err := p.firstNumber(ctx, *run.LogGroupName+"/output", id)
		if err != nil {
			return nil, err
		}
		took = append(took, time.Unix(0, at).Sub(began))
	}
	return took[1:], nil // the first run compiles the Python files
}

// wait polls a run until it has succeeded.
func (p *planeProcess) wait(ctx context.Context, job, id string) (*wire.JobRun, error) {
	for {
		var out wire.GetJobRunResponse
		if err := p.client.Call(ctx, "GetJobRun", wire.GetJobRunRequest{JobName: &job, RunId: &id}, &out); err != nil {
			return nil, err
		}
		switch *out.JobRun.JobRunState {
		case "SUCCEEDED":
			return out.JobRun, nil
		case "FAILED", "ERROR", "TIMEOUT", "STOPPED":
			message := ""
			if out.JobRun.ErrorMessage != nil {
				message = *out.JobRun.ErrorMessage
			}
			return nil, fmt.Errorf("run %s is %s: %s", id, *out.JobRun.JobRunState, message)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// firstNumber reads the number that a script printed first.
func (p *planeProcess) firstNumber(ctx context.Context, group, stream string) (int64, error) {
	var out struct {
		Events []struct {
			Message string `json:"message"`
		} `json:"events"`
	}
	err := p.client.Logs(ctx, "GetLogEvents", map[string]any{"logGroupName": group, "logStreamName": stream, "startFromHead": true}, &out)
	if err != nil {
		return 0, err
	}
	for _, e := range out.Events {
		if n, err := strconv.ParseInt(strings.TrimSpace(e.Message), 10, 64); err == nil {
			return n, nil
		}
	}
	return 0, fmt.Errorf("%s %s holds no number", group, stream)
}
