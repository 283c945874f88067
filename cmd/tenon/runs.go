package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenon/internal/attempt"
	"tenon/internal/client"
	"tenon/internal/edge/api"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// runHelp says how a run is named on the command line.
const runHelp = "RUN is a run's id, the beginning of one, or a job's name for the newest run of that job."

// runsCommand is `tenon runs`.
func (a *app) runsCommand() *cobra.Command {
	return a.group("runs", "Start, follow and stop runs", groupWork,
		a.runsList(), a.runsShow(), a.runsStart(), a.runsRetry(), a.runsStop(), a.runsLogs(), a.runsFiles(), a.runsExplain(),
		a.runsHold("hold", "Keep waiting runs from starting", true), a.runsHold("unhold", "Let held runs start", false), a.runsBoost())
}

// findRun resolves what the user calls a run, see runHelp.
func (a *app) findRun(ctx context.Context, c *client.Client, name string) (*wire.JobRun, error) {
	if strings.HasPrefix(name, glue.RunIDPrefix) {
		var out api.RunList
		if err := c.Admin(ctx, "FindRuns", api.RunQuery{Prefix: name, Limit: 2}, &out); err != nil {
			return nil, err
		}
		switch len(out.Runs) {
		case 1:
			return &out.Runs[0], nil
		case 2:
			return nil, fmt.Errorf("several runs begin with %s: give more of the id", name)
		}
		return nil, glue.Errorf(glue.CodeEntityNotFound, "no run %s in region %s", name, c.Region)
	}
	var out wire.GetJobRunsResponse
	one := int32(1)
	if err := c.Call(ctx, "GetJobRuns", wire.GetJobRunsRequest{JobName: &name, MaxResults: &one}, &out); err != nil {
		return nil, err
	}
	if len(out.JobRuns) == 0 {
		return nil, glue.Errorf(glue.CodeEntityNotFound, "job %s has not run yet", name)
	}
	return &out.JobRuns[0], nil
}

// newest lists the newest runs of a job, or of all jobs where job is empty.
func newest(ctx context.Context, c *client.Client, job string, limit int) ([]wire.JobRun, error) {
	if job == "" {
		var out api.RunList
		err := c.Admin(ctx, "FindRuns", api.RunQuery{Limit: limit}, &out)
		return out.Runs, err
	}
	var runs []wire.JobRun
	var token *string
	for len(runs) < limit {
		page := int32(min(limit-len(runs), runPage))
		var out wire.GetJobRunsResponse
		if err := c.Call(ctx, "GetJobRuns", wire.GetJobRunsRequest{JobName: &job, MaxResults: &page, NextToken: token}, &out); err != nil {
			return nil, err
		}
		runs, token = append(runs, out.JobRuns...), out.NextToken
		if token == nil {
			break
		}
	}
	return runs, nil
}

// runPage is the largest page of GetJobRuns; maxRuns bounds what `runs list` gathers.
const (
	runPage = 200
	maxRuns = 1000
)

// runsList is `tenon runs list`.
func (a *app) runsList() *cobra.Command {
	limit, again := 20, false
	var f runFilter
	c := &cobra.Command{
		Use: "list [JOB]", Aliases: []string{"ls"}, Short: "List the newest runs, of one job or of all", Args: a.takes("[JOB]"),
		Example: `  tenon runs list
  tenon runs list nightly --limit 100 -o csv
  tenon runs list --state FAILED,TIMEOUT --since 24h
  tenon runs list --watch`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 1 || limit > maxRuns {
				return usageError("--limit %d is not between 1 and %d", limit, maxRuns)
			}
			if err := f.check(); err != nil {
				return err
			}
			c, err := a.connect()
			if err != nil {
				return err
			}
			job := strings.Join(args, "")
			return a.watch(cmd.Context(), again, func(ctx context.Context) error {
				if f.empty() {
					runs, err := newest(ctx, c, job, limit)
					if err != nil {
						return err
					}
					return showList(a, runs, "No runs yet. `tenon runs start JOB` starts one.", runColumns()...)
				}
				runs, err := newest(ctx, c, job, maxRuns)
				if err != nil {
					return err
				}
				chosen := f.choose(runs, time.Now())
				none := fmt.Sprintf("No such run among the newest %d.", len(runs))
				return showList(a, chosen[:min(limit, len(chosen))], none, runColumns()...)
			})
		},
	}
	c.Flags().StringSliceVar(&f.states, "state", nil, "only runs in these `states`, comma separated")
	c.Flags().DurationVar(&f.since, "since", 0, "only runs that started in this `time`, such as 2h")
	c.Flags().IntVarP(&limit, "limit", "n", limit, "how many at most")
	addWatch(c, &again)
	c.Flags().SortFlags = false
	return c
}

// runFilter chooses runs of a list.
type runFilter struct {
	states []string      // none: all
	since  time.Duration // 0: whenever they started
}

// runStates are the states that a run can be in.
func runStates() []string {
	states := retryStates()
	for _, s := range []glue.RunState{glue.RunSucceeded, glue.RunRunning, glue.RunStarting, glue.RunWaiting, glue.RunStopping} {
		states = append(states, string(s))
	}
	return states
}

// empty reports whether all runs are wanted.
func (f *runFilter) empty() bool { return len(f.states) == 0 && f.since == 0 }

// check refuses what chooses nothing.
func (f *runFilter) check() error {
	if f.since < 0 {
		return usageError("--since is a time back from now, such as 2h")
	}
	return checkStates(f.states, runStates())
}

// checkStates refuses a --state that is none of known.
func checkStates(states, known []string) error {
	for _, s := range states {
		if slices.Contains(known, s) {
			continue
		}
		hint := ""
		if near := closest(strings.ToUpper(s), known); near != "" {
			hint = "; did you mean " + near + "?"
		}
		return usageError("--state %q is not one of %s%s", s, strings.Join(known, ", "), hint)
	}
	return nil
}

// choose takes the runs that are wanted, in their order.
func (f *runFilter) choose(runs []wire.JobRun, now time.Time) []wire.JobRun {
	var out []wire.JobRun
	for _, r := range runs {
		if (len(f.states) == 0 || slices.Contains(f.states, val(r.JobRunState))) && (f.since == 0 || now.Sub(when(r.StartedOn)) <= f.since) {
			out = append(out, r)
		}
	}
	return out
}

// addWatch declares --watch.
func addWatch(c *cobra.Command, on *bool) {
	c.Flags().BoolVarP(on, "watch", "w", false, "look again every two seconds, until Ctrl-C")
}

// runColumns are the columns of a list of runs.
func runColumns() []column[wire.JobRun] {
	return []column[wire.JobRun]{
		{title: "run", text: func(r wire.JobRun) string { return shortRun(val(r.Id)) }, exact: func(r wire.JobRun) string { return val(r.Id) }},
		{title: "job", text: func(r wire.JobRun) string { return val(r.JobName) }},
		{title: "state", text: func(r wire.JobRun) string { return val(r.JobRunState) }, paint: func(r wire.JobRun) style { return stateStyle(val(r.JobRunState)) }},
		{title: "started", right: true, text: func(r wire.JobRun) string { return ago(when(r.StartedOn), time.Now()) },
			exact: func(r wire.JobRun) string { return exactTime(when(r.StartedOn)) }},
		{title: "seconds", right: true, text: func(r wire.JobRun) string { return fmt.Sprint(val(r.ExecutionTime)) }},
		{title: "dpus", whole: true, text: func(r wire.JobRun) string { return number(val(r.MaxCapacity)) }},
		{title: "detail", text: func(r wire.JobRun) string {
			return orDefault(shortRuns(val(r.ErrorMessage)), brief(val(r.StateDetail)))
		}, exact: runDetail},
	}
}

// runDetail is why a run failed, or why it waits.
func runDetail(r wire.JobRun) string { return orDefault(val(r.ErrorMessage), val(r.StateDetail)) }

// runsShow is `tenon runs show`.
func (a *app) runsShow() *cobra.Command {
	return &cobra.Command{
		Use: "show RUN", Short: "Show one run", Args: a.takes("RUN"), Long: "Show one run. " + runHelp,
		Example: "  tenon runs show jr_0193a5b2c\n  tenon runs show nightly -o json",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			run, err := a.findRun(cmd.Context(), c, args[0])
			if err != nil {
				return err
			}
			var files api.FileList
			err = c.Admin(cmd.Context(), "GetRunFiles", api.RunInput{JobName: val(run.JobName), RunID: val(run.Id)}, &files)
			if err != nil {
				return err
			}
			return a.showItem(run, runFields(run, files.Usage))
		},
	}
}

// runFields are the lines of one run.
func runFields(r *wire.JobRun, u glue.Usage) []field {
	state := val(r.JobRunState)
	if n := val(r.Attempt); n > 0 {
		state += fmt.Sprintf(" (attempt %d)", n+1)
	}
	workers := ""
	if n := val(r.NumberOfWorkers); n > 0 {
		workers = fmt.Sprintf("%d x %s", n, val(r.WorkerType))
	}
	nominal := ""
	if r.DPUSeconds != nil {
		nominal = number(*r.DPUSeconds) + " (nominal)"
	}
	fields := []field{
		{name: "Run", value: val(r.Id), paint: bold},
		{name: "Job", value: val(r.JobName)},
		{name: "State", value: state, paint: stateStyle(val(r.JobRunState))},
		{name: "Why", value: val(r.StateDetail), paint: yellow},
		{name: "Error", value: val(r.ErrorMessage), paint: red},
		{name: "Submitted", value: clock(when(r.StartedOn))},
		{name: "Completed", value: clock(when(r.CompletedOn))},
		{name: "Executed", value: fmt.Sprintf("%d s", val(r.ExecutionTime))},
		{name: "Timeout", value: fmt.Sprintf("%d min", val(r.Timeout))},
		{name: "Glue", value: val(r.GlueVersion)},
		{name: "Workers", value: workers},
		{name: "DPUs", value: number(val(r.MaxCapacity))},
		{name: "DPU-seconds", value: nominal},
		{name: "Read", value: moved(u.FilesRead, u.RecordsRead, u.BytesRead)},
		{name: "Written", value: moved(u.FilesWritten, u.RecordsWritten, u.BytesWritten)},
		{name: "Previous run", value: val(r.PreviousRunId)},
		{name: "Trigger", value: val(r.TriggerName)},
		{name: "Log group", value: val(r.LogGroupName)},
	}
	if u.PeakMemory > 0 {
		fields = append(fields, field{name: "Peak memory", value: size(u.PeakMemory)})
	}
	return append(fields, field{name: "Arguments", value: words(r.Arguments)})
}

// moved is what a run read or wrote; empty for nothing.
func moved(files, records, bytes int64) string {
	if files == 0 && records == 0 && bytes == 0 {
		return ""
	}
	return many(files, "file") + ", " + many(records, "record") + ", " + size(bytes)
}

// words writes a map one pair a line, by name.
func words(m map[string]string) string {
	var lines []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		lines = append(lines, k+" "+m[k])
	}
	return strings.Join(lines, "\n")
}

// runsStop is `tenon runs stop`.
func (a *app) runsStop() *cobra.Command {
	return &cobra.Command{
		Use: "stop RUN...", Short: "Stop runs", Long: "Stop runs. " + runHelp,
		Args:    a.atLeastOne("RUN"),
		Example: "  tenon runs stop jr_0193a5b2c\n  tenon runs stop nightly",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			for _, name := range args {
				run, err := a.findRun(cmd.Context(), c, name)
				if err != nil {
					return err
				}
				if err := stopRun(cmd.Context(), c, val(run.JobName), val(run.Id)); err != nil {
					return err
				}
				a.con.print("%s\n", val(run.Id))
			}
			return nil
		},
	}
}

// runsFiles is `tenon runs files`.
func (a *app) runsFiles() *cobra.Command {
	return &cobra.Command{
		Use: "files RUN", Short: "List the files that a run read and wrote", Args: a.takes("RUN"),
		Long:    "List the files that a run read and wrote, as they were then: size, records and version. " + runHelp,
		Example: "  tenon runs files nightly\n  tenon runs files jr_0193a5b2c -o csv",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			run, err := a.findRun(cmd.Context(), c, args[0])
			if err != nil {
				return err
			}
			files, err := runFiles(cmd.Context(), c, run)
			if err != nil {
				return err
			}
			return showList(a, files, "The run has read and written no files.", fileColumns()...)
		},
	}
}

// maxFiles bounds what `runs files` gathers.
const maxFiles = 1_000_000

// runFiles reads every page of a run's files.
func runFiles(ctx context.Context, c *client.Client, run *wire.JobRun) ([]attempt.File, error) {
	var files []attempt.File
	in := api.RunInput{JobName: val(run.JobName), RunID: val(run.Id)}
	for {
		var out api.FileList
		if err := c.Admin(ctx, "GetRunFiles", in, &out); err != nil {
			return nil, err
		}
		files = append(files, out.Files...)
		if len(files) > maxFiles {
			return nil, errors.New("the run has more than a million files: read them through the API, Tenon.GetRunFiles")
		}
		if out.NextToken == "" {
			return files, nil
		}
		in.NextToken = out.NextToken
	}
}

// fileColumns are the columns of a run's files.
func fileColumns() []column[attempt.File] {
	return []column[attempt.File]{
		{title: "did", text: func(f attempt.File) string {
			if f.Write {
				return "write"
			}
			return "read"
		}},
		{title: "bytes", right: true, text: func(f attempt.File) string { return size(f.Bytes) }, exact: func(f attempt.File) string { return fmt.Sprint(f.Bytes) }},
		{title: "records", right: true, text: func(f attempt.File) string {
			if f.Records < 0 {
				return "-"
			}
			return count(f.Records)
		}, exact: func(f attempt.File) string { return fmt.Sprint(f.Records) }},
		{title: "context", text: func(f attempt.File) string { return orDefault(f.Context, "-") }, exact: func(f attempt.File) string { return f.Context }},
		{title: "modified", text: func(f attempt.File) string { return moment(f.Modified, time.Now()) }, exact: func(f attempt.File) string { return exactTime(f.Modified) }},
		{title: "path", tail: true, text: func(f attempt.File) string { return f.Path }},
	}
}

// atLeastOne takes one argument or more.
func (a *app) atLeastOne(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		a.at = cmd.CommandPath()
		if len(args) == 0 {
			return fmt.Errorf("%s is missing: %s", name, strings.TrimSuffix(cmd.UseLine(), " [flags]"))
		}
		return nil
	}
}
