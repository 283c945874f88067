package main

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tenon/internal/client"
	"tenon/internal/edge/api"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// startFlags are the flags of `tenon runs start`.
type startFlags struct {
	args, conf []string
	again      string
	key        string
	workerType string
	workers    int32
	timeout    int32
	settings   settingFlags
	wait       bool
	logs       bool
}

// settingFlags are the flags of what a run may set of its own admission.
type settingFlags struct {
	queue    string
	priority int
	given    *pflag.FlagSet // knows which were
}

// add declares them.
func (f *settingFlags) add(fl *pflag.FlagSet) {
	fl.StringVar(&f.queue, "queue", "", "`queue` to wait in (default: the job's tag tenon:queue, else default)")
	fl.IntVar(&f.priority, "priority", 0, "from -1000 to 1000 (default: the job's tag tenon:priority, else the queue's)")
	f.given = fl
}

// put writes those that were given into the arguments of a run, where Tenon looks for them.
func (f *settingFlags) put(args map[string]string) {
	if f.given.Changed("queue") {
		args["--tenon-queue"] = f.queue
	}
	if f.given.Changed("priority") {
		args["--tenon-priority"] = strconv.Itoa(f.priority)
	}
}

// runsStart is `tenon runs start`.
func (a *app) runsStart() *cobra.Command {
	f := &startFlags{}
	c := &cobra.Command{
		Use: "start JOB", Short: "Start a run", Args: a.takes("JOB"),
		Long: `Start a run of a job and print its id. With --wait, follow it to its end: the exit code is then the
run's (see tenon exit-codes), and Ctrl-C stops the run.`,
		Example: `  tenon runs start nightly
  tenon runs start nightly --arg day=2026-11-26 --wait
  tenon runs start nightly --wait --logs
  tenon runs start nightly --queue etl --priority 50
  tenon runs start nightly --key nightly-2026-11-26    # once for this key`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			req, err := f.request(args[0])
			if err != nil {
				return err
			}
			var out wire.StartJobRunResponse
			if err := c.Call(cmd.Context(), "StartJobRun", req, &out); err != nil {
				return err
			}
			if !f.wait && !f.logs {
				return a.showStarted(args[0], val(out.JobRunId))
			}
			run, err := getRun(cmd.Context(), c, args[0], val(out.JobRunId))
			if err != nil {
				return err
			}
			return a.waitFor(cmd.Context(), c, run, f.logs)
		},
	}
	c.Flags().StringArrayVarP(&f.args, "arg", "a", nil, "argument of the script, `KEY=VALUE`; may be repeated")
	c.Flags().StringVar(&f.again, "again", "", "repeat this `run`, with its arguments")
	c.Flags().StringVar(&f.key, "key", "", "start at most one run for this `key`; a run that failed may be started again")
	c.Flags().StringVar(&f.workerType, "worker-type", "", "worker `type` of this run, such as G.1X; with --workers")
	c.Flags().Int32Var(&f.workers, "workers", 0, "number of workers of this run")
	c.Flags().Int32Var(&f.timeout, "timeout", 0, "timeout of this run in `minutes`")
	f.settings.add(c.Flags())
	c.Flags().BoolVar(&f.wait, "wait", false, "wait for the run's end; the exit code is the run's")
	c.Flags().BoolVar(&f.logs, "logs", false, "wait, and show the run's logs as they come")
	c.Flags().SortFlags = false
	return c
}

// request is the StartJobRun that the flags ask for.
func (f *startFlags) request(job string) (*wire.StartJobRunRequest, error) {
	args, err := arguments("--arg", f.args)
	if err != nil {
		return nil, err
	}
	if args == nil {
		args = map[string]string{}
	}
	if f.key != "" {
		args["--tenon-run-key"] = f.key
	}
	f.settings.put(args)
	return &wire.StartJobRunRequest{JobName: &job, JobRunId: given(f.again), Arguments: args,
		WorkerType: given(f.workerType), NumberOfWorkers: given(f.workers), Timeout: given(f.timeout)}, nil
}

// given is a member of a request, absent where the flag was not given.
func given[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// showStarted prints the id of a new run.
func (a *app) showStarted(job, id string) error {
	if a.flags.output == formatTable {
		a.con.print("%s\n", id)
		a.con.say("%s", a.con.onErr(dim, "Follow it: tenon runs logs -f "+shortRun(id)))
		return nil
	}
	started := struct {
		JobName, JobRunId string
	}{job, id}
	return a.showItem(started, []field{{name: "JobName", value: job}, {name: "JobRunId", value: id}})
}

// waitFor follows a run to its end and turns its state into the exit code.
func (a *app) waitFor(ctx context.Context, c *client.Client, run *wire.JobRun, logs bool) error {
	line := &progress{con: a.con}
	w := watcher{
		state: func(r *wire.JobRun) {
			if a.con.errWidth == 0 {
				a.con.say("%s %s%s", shortRun(val(r.Id)), val(r.JobRunState), reason(r))
			}
		},
		every: func(r *wire.JobRun) {
			line.set("%s  %s  %s%s", shortRun(val(r.Id)), a.con.onErr(stateStyle(val(r.JobRunState)), val(r.JobRunState)),
				span(time.Since(when(r.StartedOn))), reason(r))
		},
	}
	if logs {
		w.every = nil
		w.logs = newLogReader(c, run, streamOutput, streamError)
		w.lines = func(lines []logLine) error { return a.printLines(lines, false, false) }
	}
	interrupt, release := interrupts(ctx)
	defer release()
	run, err := follow(ctx, c, run, w, interrupt, func() error {
		line.clear()
		a.con.say("Stopping the run; Ctrl-C again leaves at once.")
		return stopRun(ctx, c, val(run.JobName), val(run.Id))
	})
	line.clear()
	if err != nil {
		return err
	}
	return a.ended(ctx, c, run, !logs)
}

// reason is why a run waits, to stand behind its state.
func reason(r *wire.JobRun) string {
	if d := val(r.StateDetail); d != "" {
		return ": " + firstSentence(d)
	}
	return ""
}

// ended says how a run ended, on stderr, prints the run where it is wanted as data, and turns its state into the exit
// code.
func (a *app) ended(ctx context.Context, c *client.Client, run *wire.JobRun, data bool) error {
	var files api.FileList
	err := c.Admin(ctx, "GetRunFiles", api.RunInput{JobName: val(run.JobName), RunID: val(run.Id)}, &files)
	if err != nil {
		return err
	}
	state := val(run.JobRunState)
	a.con.say("%s in %s  %s", a.con.onErr(stateStyle(state), state), span(when(run.CompletedOn).Sub(when(run.StartedOn))),
		a.con.onErr(dim, shortRun(val(run.Id))))
	if m := moved(files.Usage.FilesRead, files.Usage.RecordsRead, files.Usage.BytesRead); m != "" {
		a.con.say("read %s", m)
	}
	if m := moved(files.Usage.FilesWritten, files.Usage.RecordsWritten, files.Usage.BytesWritten); m != "" {
		a.con.say("wrote %s", m)
	}
	if m := val(run.ErrorMessage); m != "" {
		a.con.say("%s", a.con.onErr(red, fold(m, a.con.errWidth, 0)))
	}
	if data {
		if a.flags.output == formatTable {
			a.con.print("%s\n", val(run.Id))
		} else if err := a.showItem(run, runFields(run, files.Usage)); err != nil {
			return err
		}
	}
	if code := stateCode(glue.RunState(state)); code != exitOK {
		return &exitError{code: code}
	}
	return nil
}

// runsLogs is `tenon runs logs`.
func (a *app) runsLogs() *cobra.Command {
	var goOn, onlyErrors, onlyOutput, stamps bool
	var tail int
	c := &cobra.Command{
		Use: "logs RUN", Short: "Show a run's logs", Args: a.takes("RUN"),
		Long: `Show what a run's script wrote: its stdout on stdout, its stderr on stderr, in the order of time.
With -o json, each line is an object: at, stream, message.
` + runHelp,
		Example: `  tenon runs logs nightly
  tenon runs logs -f jr_0193a5b2c       # until the run ends
  tenon runs logs nightly --error       # only stderr
  tenon runs logs nightly --tail 20 --timestamps`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if onlyErrors && onlyOutput {
				return usageError("--error and --stdout exclude each other: without them both are shown")
			}
			if tail < 0 || tail > logPage {
				return usageError("--tail %d is not between 1 and %d", tail, logPage)
			}
			c, err := a.connect()
			if err != nil {
				return err
			}
			run, err := a.findRun(cmd.Context(), c, args[0])
			if err != nil {
				return err
			}
			streams := []string{streamOutput, streamError}
			switch {
			case onlyErrors:
				streams = streams[1:]
			case onlyOutput:
				streams = streams[:1]
			}
			logs := newLogReader(c, run, streams...)
			logs.tail = tail
			w := watcher{logs: logs, lines: func(lines []logLine) error { return a.printLines(lines, stamps, len(streams) == 1) }}
			if !goOn {
				_, err := w.drain(cmd.Context(), true)
				return err
			}
			_, err = follow(cmd.Context(), c, run, w, nil, nil)
			return err
		},
	}
	c.Flags().BoolVarP(&goOn, "follow", "f", false, "go on until the run ends")
	c.Flags().BoolVar(&onlyErrors, "error", false, "only what the script wrote to stderr")
	c.Flags().BoolVar(&onlyOutput, "stdout", false, "only what the script wrote to stdout")
	c.Flags().IntVarP(&tail, "tail", "n", 0, "begin with the last `lines` of each")
	c.Flags().BoolVarP(&stamps, "timestamps", "t", false, "put the time before each line")
	c.Flags().SortFlags = false
	return c
}
