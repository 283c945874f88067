package demo

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"time"

	"tenon/internal/client"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// The scripts of the two jobs make the calls, with the options, of AWS's page "Monitoring the Progress of Multiple Jobs".
var (
	//go:embed scripts/input.py
	inputScript []byte
	//go:embed scripts/output.py
	outputScript []byte
)

// Names of what the pipeline makes.
const (
	Bucket    = "tenon-demo"
	InputJob  = "demo-input"
	OutputJob = "demo-output"
)

// Rounds is how often new input arrives.
const Rounds = 3

// seed makes the records the same everywhere.
const seed = 42

// pollEvery is how often a run is asked for its state.
const pollEvery = 50 * time.Millisecond

// Pipeline runs the two jobs on a Tenon. All fields are required but Tell.
type Pipeline struct {
	Glue    *client.Client
	Objects *client.Objects
	Rows    int           // of the input of all rounds together
	Tell    func(Step)    // hears of progress; may be nil
	Timeout time.Duration // of one run
}

// Step is a piece of progress: a run began, or Ended is set, went through.
type Step struct {
	Bookmarks bool
	Round     int // from 1
	Job       string
	Ended     *Run
}

// Run is one run as the report shows it.
type Run struct {
	Bookmarks  bool       `json:"bookmarks"`
	Round      int        `json:"round"` // from 1
	Job        string     `json:"job"`
	ID         string     `json:"run"`
	State      string     `json:"state"`
	Seconds    float64    `json:"seconds"`     // executing, without waiting
	DPUSeconds float64    `json:"dpu_seconds"` // nominal: DPUs held times Seconds
	Usage      glue.Usage `json:"usage"`
	Error      string     `json:"error,omitempty"`
}

// Report is what came out.
type Report struct {
	Runs []Run `json:"runs"`
	// Ratios are, by round, the bytes that the Output job read over those that the Input job wrote.
	Without []float64 `json:"ratio_without_bookmarks"`
	With    []float64 `json:"ratio_with_bookmarks"`
	// Off are the ways in which the outcome differs from what it must be.
	Off []string   `json:"off"`
	Day *DayReport `json:"day,omitempty"` // of the run by triggers
}

// Run makes the input, the jobs and their runs: Rounds rounds without bookmarks, as many with. The error is about what
// kept it from going through; what came out wrong is in the report.
func (p *Pipeline) Run(ctx context.Context) (*Report, error) {
	parts, err := makeParts(p.Rows, Rounds)
	if err != nil {
		return nil, err
	}
	if err := p.prepare(ctx); err != nil {
		return nil, err
	}
	r := &Report{}
	for _, bookmarks := range []bool{false, true} {
		for round, part := range parts {
			if err := p.round(ctx, r, bookmarks, round+1, part); err != nil {
				return r, err
			}
		}
	}
	r.judge(p.Rows)
	return r, nil
}

// makeParts makes the input and parts it by rows, a file a round, each with the header.
func makeParts(rows, rounds int) ([][]byte, error) {
	var all bytes.Buffer
	if err := Write(&all, rows, seed); err != nil {
		return nil, err
	}
	text := all.Bytes()
	end := bytes.IndexByte(text, '\n') + 1
	header, text := text[:end], text[end:]
	parts := make([][]byte, 0, rounds)
	for round := range rounds {
		n := rows*(round+1)/rounds - rows*round/rounds
		end := 0
		for range n {
			end += bytes.IndexByte(text[end:], '\n') + 1
		}
		parts = append(parts, append(bytes.Clone(header), text[:end]...))
		text = text[end:]
	}
	return parts, nil
}

// prepare makes bucket and jobs anew; the bookmarks of an earlier demonstration go with its jobs.
func (p *Pipeline) prepare(ctx context.Context) error {
	if err := p.Objects.MakeBucket(ctx, Bucket); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	for name, script := range map[string][]byte{InputJob: inputScript, OutputJob: outputScript} {
		location, err := p.Objects.Put(ctx, Bucket, "scripts/"+name+".py", script)
		if err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		if err := p.Glue.Call(ctx, "DeleteJob", wire.DeleteJobRequest{JobName: &name}, nil); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		role, command, kind, workers := "tenon", glue.CommandETL, "G.1X", int32(2)
		err = p.Glue.Call(ctx, "CreateJob", wire.CreateJobRequest{Name: &name, Role: &role, WorkerType: &kind, NumberOfWorkers: &workers,
			Command: &wire.JobCommand{Name: &command, ScriptLocation: &location}}, nil)
		if err != nil {
			return fmt.Errorf("demo: %w", err)
		}
	}
	return nil
}

// folder is where one half of the demonstration lives.
func folder(bookmarks bool) string {
	if bookmarks {
		return "with-bookmarks"
	}
	return "without-bookmarks"
}

// OutputPath is where the Output job's results are.
func OutputPath(bookmarks bool) string {
	return "s3://" + Bucket + "/" + folder(bookmarks) + "/output/"
}

// round brings new input, runs the Input job and then the Output job. Without bookmarks, the Input job is pointed at the
// new file alone; with them, at all of the input, of which it finds what is new by itself.
func (p *Pipeline) round(ctx context.Context, r *Report, bookmarks bool, round int, part []byte) error {
	at := folder(bookmarks)
	root := "s3://" + Bucket + "/" + at
	if _, err := p.Objects.Put(ctx, Bucket, fmt.Sprintf("%s/input/round-%d/charges.csv", at, round), part); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	input := map[string]string{"--input_path": fmt.Sprintf("%s/input/round-%d/", root, round), "--staging_path": root + "/staging/"}
	output := map[string]string{"--staging_path": root + "/staging/", "--output_path": OutputPath(bookmarks)}
	if bookmarks {
		input["--input_path"] = root + "/input/"
		input["--job-bookmark-option"], output["--job-bookmark-option"] = "job-bookmark-enable", "job-bookmark-enable"
	}
	written, err := p.run(ctx, r, bookmarks, round, InputJob, input)
	if err != nil {
		return err
	}
	read, err := p.run(ctx, r, bookmarks, round, OutputJob, output)
	if err != nil {
		return err
	}
	ratio := float64(read.Usage.BytesRead) / float64(written.Usage.BytesWritten)
	if bookmarks {
		r.With = append(r.With, ratio)
	} else {
		r.Without = append(r.Without, ratio)
	}
	return nil
}

// run starts one job and waits for its end. A run that does not succeed ends the demonstration.
func (p *Pipeline) run(ctx context.Context, r *Report, bookmarks bool, round int, job string, args map[string]string) (Run, error) {
	step := Step{Bookmarks: bookmarks, Round: round, Job: job}
	p.tell(step)
	ctx, cancel := context.WithTimeout(ctx, p.Timeout)
	defer cancel()
	var started wire.StartJobRunResponse
	if err := p.Glue.Call(ctx, "StartJobRun", wire.StartJobRunRequest{JobName: &job, Arguments: args}, &started); err != nil {
		return Run{}, fmt.Errorf("demo: %w", err)
	}
	ended, err := p.await(ctx, job, started.JobRunId)
	if err != nil {
		return Run{}, fmt.Errorf("demo: %s: %w", job, err)
	}
	ended.Bookmarks, ended.Round = bookmarks, round
	r.Runs = append(r.Runs, ended)
	step.Ended = &ended
	p.tell(step)
	if ended.State != string(glue.RunSucceeded) {
		return ended, fmt.Errorf("demo: %s, round %d: %s: %s", job, round, ended.State, ended.Error)
	}
	return ended, nil
}

// await waits for the end of a run and reads what it moved.
func (p *Pipeline) await(ctx context.Context, job string, id *string) (Run, error) {
	for {
		var out wire.GetJobRunResponse
		if err := p.Glue.Call(ctx, "GetJobRun", wire.GetJobRunRequest{JobName: &job, RunId: id}, &out); err != nil {
			return Run{}, err
		}
		if glue.RunState(*out.JobRun.JobRunState).Final() {
			return p.describe(ctx, out.JobRun)
		}
		select {
		case <-ctx.Done():
			return Run{}, errors.Join(ctx.Err(), fmt.Errorf("run %s is %s", *id, *out.JobRun.JobRunState))
		case <-time.After(pollEvery):
		}
	}
}

// describe makes the report's row of a run that has ended.
func (p *Pipeline) describe(ctx context.Context, run *wire.JobRun) (Run, error) {
	out := Run{Job: *run.JobName, ID: *run.Id, State: *run.JobRunState}
	if run.ErrorMessage != nil {
		out.Error = *run.ErrorMessage
	}
	if run.DPUSeconds != nil && run.MaxCapacity != nil && *run.MaxCapacity > 0 {
		out.DPUSeconds = *run.DPUSeconds
		out.Seconds = *run.DPUSeconds / *run.MaxCapacity
	}
	files := struct{ Usage glue.Usage }{}
	in := struct{ JobName, RunId string }{out.Job, out.ID}
	err := p.Glue.Admin(ctx, "GetRunFiles", in, &files)
	out.Usage = files.Usage
	return out, err
}

// tell passes a step on.
func (p *Pipeline) tell(s Step) {
	if p.Tell != nil {
		p.Tell(s)
	}
}

// slack is how far a ratio may be from what it must be. Bytes read are those of the very files that were written, so
// with bookmarks it is 1 exactly; without, it grows by about 1 a round, files of two rounds differing a little in size.
const slack = 0.1

// judge compares the outcome with what it must be: every record arrives once with bookmarks, again and again without.
func (r *Report) judge(rows int) {
	off := func(format string, args ...any) { r.Off = append(r.Off, fmt.Sprintf(format, args...)) }
	for i := range Rounds {
		if want := float64(i + 1); math.Abs(r.Without[i]-want) > slack*want {
			off("without bookmarks, round %d: the ratio is %.2f, expected about %.0f", i+1, r.Without[i], want)
		}
		if math.Abs(r.With[i]-1) > slack {
			off("with bookmarks, round %d: the ratio is %.2f, expected about 1", i+1, r.With[i])
		}
	}
	sum := map[string]int64{}
	for _, run := range r.Runs {
		u := run.Usage
		if u.RecordsRead != u.RecordsWritten {
			off("%s, round %d: %d records read, %d written", run.Job, run.Round, u.RecordsRead, u.RecordsWritten)
		}
		if run.Bookmarks {
			sum[run.Job] += u.RecordsWritten
		}
	}
	for _, job := range []string{InputJob, OutputJob} {
		if sum[job] != int64(rows) {
			off("%s with bookmarks: %d records in all, expected %d", job, sum[job], rows)
		}
	}
}
