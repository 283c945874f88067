package benchmark

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"tenon/internal/wire"
)

// latencyRuns is how many runs a script's latency is taken from, after one that has Python compile its files.
const latencyRuns = 40

// script is a script whose first line of output is its own clock, in Unix nanoseconds.
type script struct {
	command string
	target  string
	text    string
}

// scripts are what latency is measured of. That of glueetl prints once it has a GlueContext.
func scripts() []script {
	return []script{
		{"pythonshell", "<= 80", "import time\nprint(time.time_ns(), flush=True)\n"},
		{"glueetl", "<= 150", "import time\nfrom awsglue.context import GlueContext\nfrom pyspark.context import SparkContext\n" +
			"context = GlueContext(SparkContext.getOrCreate())\nprint(time.time_ns(), flush=True)\n"},
	}
}

// latency measures StartJobRun to the script's first line, with real workers, one run at a time.
func latency(ctx context.Context, b *bench) error {
	dir, remove, err := b.fresh("latency")
	if err != nil {
		return err
	}
	defer remove()
	cmd := exec.CommandContext(ctx, b.tenon, "serve", "--listen", "127.0.0.1:0", "--data-dir", dir)
	cmd.Env = append(os.Environ(), "TENON_ACCESS_KEY_ID="+benchKey, "TENON_SECRET_ACCESS_KEY="+benchSecret)
	end := func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	err = withProcess(ctx, &process{cmd: cmd, dir: dir, end: end}, func(p *process) error {
		for _, s := range scripts() {
			took, err := p.firstLines(ctx, s)
			if err != nil {
				return fmt.Errorf("%s: %w", s.command, err)
			}
			b.report.add("StartJobRun -> first line, "+s.command+", p50", []float64{quantile(took, 0.5)}, "ms", s.target, "")
			b.report.add("StartJobRun -> first line, "+s.command+", p90", []float64{quantile(took, 0.9)}, "ms", "", "")
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s serve: %w (make build builds it)", b.tenon, err)
	}
	return nil
}

// firstLines runs a script again and again and returns how long its first line took each time, sorted.
func (p *process) firstLines(ctx context.Context, s script) ([]time.Duration, error) {
	code := filepath.Join(p.dir, "s3", "code")
	if err := os.MkdirAll(code, 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(code, s.command+".py"), []byte(s.text), 0o644); err != nil {
		return nil, err
	}
	if err := p.createJob(ctx, s.command, s.command, "s3://code/"+s.command+".py"); err != nil {
		return nil, err
	}
	var took []time.Duration
	for i := range latencyRuns + 1 {
		began := time.Now()
		id, err := p.start(ctx, s.command)
		if err != nil {
			return nil, err
		}
		run, err := p.await(ctx, s.command, id)
		if err != nil {
			return nil, err
		}
		at, err := p.firstNumber(ctx, *run.LogGroupName+"/output", id)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			took = append(took, time.Unix(0, at).Sub(began))
		}
	}
	slices.Sort(took)
	return took, nil
}

// await polls a run until it has succeeded.
func (p *process) await(ctx context.Context, job, id string) (*wire.JobRun, error) {
	for {
		var out wire.GetJobRunResponse
		if err := p.client.Call(ctx, "GetJobRun", wire.GetJobRunRequest{JobName: &job, RunId: &id}, &out); err != nil {
			return nil, err
		}
		switch *out.JobRun.JobRunState {
		case "SUCCEEDED":
			return out.JobRun, nil
		case "FAILED", "ERROR", "TIMEOUT", "STOPPED", "EXPIRED":
			message := ""
			if out.JobRun.ErrorMessage != nil {
				message = *out.JobRun.ErrorMessage
			}
			return nil, fmt.Errorf("run %s is %s: %s", id, *out.JobRun.JobRunState, message)
		}
		if err := sleep(ctx, runPoll); err != nil {
			return nil, err
		}
	}
}

// firstNumber reads the number that a script printed first.
func (p *process) firstNumber(ctx context.Context, group, stream string) (int64, error) {
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
