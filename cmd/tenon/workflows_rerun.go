package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenon/internal/client"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// workflowsRuns is `tenon workflows runs`.
func (a *app) workflowsRuns() *cobra.Command {
	limit, again := 20, false
	c := &cobra.Command{
		Use: "runs WORKFLOW", Short: "List the newest runs of a workflow and how their jobs went", Args: a.takes("WORKFLOW"),
		Example: "  tenon workflows runs nightly\n  tenon workflows runs nightly --limit 200 -o csv",
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 1 || limit > maxFlows {
				return usageError("--limit %d is not between 1 and %d", limit, maxFlows)
			}
			c, err := a.connect()
			if err != nil {
				return err
			}
			return a.watch(cmd.Context(), again, func(ctx context.Context) error {
				runs, err := newestFlows(ctx, c, args[0], limit, nil)
				if err != nil {
					return err
				}
				return showList(a, runs, fmt.Sprintf("Workflow %s has not run yet. `tenon workflows start %s` starts it.", args[0], shellWord(args[0])), flowColumns(time.Now())...)
			})
		},
	}
	c.Flags().IntVarP(&limit, "limit", "n", limit, "how many at most")
	addWatch(c, &again)
	return c
}

// flowColumns are the columns of a list of a workflow's runs.
func flowColumns(now time.Time) []column[wire.WorkflowRun] {
	type run = wire.WorkflowRun
	stat := func(title string, of func(wire.WorkflowRunStatistics) *int32) column[run] {
		return column[run]{title: title, whole: true, text: func(r run) string { return fmt.Sprint(val(of(val(r.Statistics)))) }}
	}
	return []column[run]{
		{title: "run", text: func(r run) string { return shortFlow(val(r.WorkflowRunId)) }, exact: func(r run) string { return val(r.WorkflowRunId) }},
		{title: "state", text: func(r run) string { return val(r.Status) }, paint: func(r run) style { return flowStyle(&r) }},
		{title: "started", right: true, text: func(r run) string { return moment(when(r.StartedOn), now) }, exact: func(r run) string { return exactTime(when(r.StartedOn)) }},
		{title: "took", right: true, text: func(r run) string { return flowTook(&r, now) }, exact: func(r run) string { return flowSeconds(&r, now) }},
		{title: "resumes", drawn: true, spare: true, text: func(r run) string { return orDefault(shortFlow(val(r.PreviousRunId)), "-") }},
		{title: "jobs", drawn: true, text: func(r run) string { return orDefault(statistics(&r), "none started") }, paint: func(r run) style { return flowStyle(&r) }},
		stat("jobs", func(s wire.WorkflowRunStatistics) *int32 { return s.TotalActions }),
		stat("ok", func(s wire.WorkflowRunStatistics) *int32 { return s.SucceededActions }),
		stat("failed", func(s wire.WorkflowRunStatistics) *int32 { return s.FailedActions }),
		stat("timeout", func(s wire.WorkflowRunStatistics) *int32 { return s.TimeoutActions }),
		stat("error", func(s wire.WorkflowRunStatistics) *int32 { return s.ErroredActions }),
		stat("stopped", func(s wire.WorkflowRunStatistics) *int32 { return s.StoppedActions }),
		stat("running", func(s wire.WorkflowRunStatistics) *int32 { return s.RunningActions }),
		stat("waiting", func(s wire.WorkflowRunStatistics) *int32 { return s.WaitingActions }),
		{title: "resumes", whole: true, text: func(r run) string { return val(r.PreviousRunId) }},
	}
}

// workflowsResume is `tenon workflows resume`.
func (a *app) workflowsResume() *cobra.Command {
	var from []string
	goOn := false
	c := &cobra.Command{
		Use: "resume WORKFLOW [RUN]", Short: "Take a run of a workflow up again from some of its jobs", Args: a.takes("WORKFLOW", "[RUN]"),
		Long: `Take a run that has COMPLETED up again: the jobs of --from and all that depends on them run anew, in a new run,
with the graph of the old one; the rest counts as it was. Only jobs that ran in it can be named. ` + flowHelp,
		Example: "  tenon workflows resume nightly --from clean\n  tenon workflows resume nightly wr_0193a5b2c --from clean,check --follow",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(from) == 0 {
				return usageError("--from is missing: the jobs to begin with; `tenon workflows rerun --failed` takes those that failed")
			}
			c, err := a.connect()
			if err != nil {
				return err
			}
			id, err := findFlow(cmd.Context(), c, args[0], strings.Join(args[1:], ""))
			if err != nil {
				return err
			}
			again, err := resumeFlow(cmd.Context(), c, args[0], id, func(run *wire.WorkflowRun) ([]string, error) { return nodesOf(run, from) })
			if err != nil {
				return err
			}
			return a.flowStarted(cmd.Context(), c, args[0], again, goOn)
		},
	}
	c.Flags().StringSliceVar(&from, "from", nil, "`jobs` to begin with, comma separated; may be repeated")
	addFollow(c, &goOn)
	c.Flags().SortFlags = false
	return c
}

// resumeFlow resumes a run from the nodes that choose takes of it, and returns the new run's id.
func resumeFlow(ctx context.Context, c *client.Client, workflow, id string, choose func(*wire.WorkflowRun) ([]string, error)) (string, error) {
	run, err := getFlow(ctx, c, workflow, id)
	if err != nil {
		return "", err
	}
	nodes, err := choose(run)
	if err != nil {
		return "", err
	}
	var out wire.ResumeWorkflowRunResponse
	err = c.Call(ctx, "ResumeWorkflowRun", wire.ResumeWorkflowRunRequest{Name: &workflow, RunId: &id, NodeIds: nodes}, &out)
	if isCode(err, glue.CodeIllegalWorkflow) && glue.WorkflowState(val(run.Status)).Final() {
		err = fmt.Errorf("%w\n`tenon workflows rerun %s %s` runs it again as a whole.", err, shellWord(workflow), shortFlow(id))
	}
	return val(out.RunId), err
}

// nodesOf are the ids of a run's jobs.
func nodesOf(run *wire.WorkflowRun, jobs []string) ([]string, error) {
	var ids, names []string
	at := map[string]string{}
	for _, n := range jobNodes(run.Graph) {
		at[val(n.Name)] = val(n.UniqueId)
		names = append(names, val(n.Name))
	}
	for _, j := range jobs {
		if at[j] == "" {
			hint := ""
			if near := closest(j, names); near != "" {
				hint = "; did you mean " + near + "?"
			}
			return nil, fmt.Errorf("job %s is not in run %s%s", j, shortFlow(val(run.WorkflowRunId)), hint)
		}
		ids = append(ids, at[j])
	}
	return ids, nil
}

// failedNodes are the ids of a run's jobs whose newest run did not end well.
func failedNodes(run *wire.WorkflowRun) ([]string, error) {
	var jobs []string
	for _, f := range flowNodes(run.Graph, time.Now()) {
		if s := glue.RunState(f.State); s.Final() && s != glue.RunSucceeded {
			jobs = append(jobs, f.Job)
		}
	}
	if len(jobs) == 0 {
		return nil, fmt.Errorf("nothing failed in run %s", shortFlow(val(run.WorkflowRunId)))
	}
	return nodesOf(run, jobs)
}

// rerunFlags are the flags of `tenon workflows rerun`.
type rerunFlags struct {
	failed, all, dryRun, yes, follow bool
	from, properties                 []string
	since                            time.Duration
	status                           string
	limit                            int
}

// workflowsRerun is `tenon workflows rerun`.
func (a *app) workflowsRerun() *cobra.Command {
	f := &rerunFlags{limit: 100}
	c := &cobra.Command{
		Use: "rerun WORKFLOW [RUN]", Short: "Run a workflow again: as a whole, or from what failed", Args: a.takes("WORKFLOW", "[RUN]"),
		Long: `Run a workflow again, with the properties that a run of it had. With --failed, what did not end well and all that
depends on it runs again, with --from some jobs do, and the rest counts as it was: see tenon workflows resume.
--property changes properties; those of a run that is resumed are changed in it too. ` + flowHelp + `

With --all, many runs are run again: those of --since and --status, the oldest first. Of a run that was resumed, only
the newest resumption is.`,
		Example: `  tenon workflows rerun nightly
  tenon workflows rerun nightly wr_0193a5b2c --failed --follow
  tenon workflows rerun nightly --from clean --property mode=full
  tenon workflows rerun nightly --all --failed --since 24h --dry-run`,
		RunE: func(cmd *cobra.Command, args []string) error {
			props, err := f.check(args)
			if err != nil {
				return err
			}
			c, err := a.connect()
			if err != nil {
				return err
			}
			if f.all {
				return a.rerunAll(cmd.Context(), c, args[0], f, props)
			}
			id, err := findFlow(cmd.Context(), c, args[0], strings.Join(args[1:], ""))
			if err != nil {
				return err
			}
			again, err := f.rerun(cmd.Context(), c, args[0], id, props)
			if err != nil {
				return err
			}
			return a.flowStarted(cmd.Context(), c, args[0], again, f.follow)
		},
	}
	fl := c.Flags()
	fl.BoolVar(&f.failed, "failed", false, "only what did not end well, and what depends on it")
	fl.StringSliceVar(&f.from, "from", nil, "only these `jobs` and what depends on them")
	addProperties(c, &f.properties)
	fl.BoolVar(&f.all, "all", false, "many runs: those of --since and --status")
	fl.DurationVar(&f.since, "since", 0, "with --all: runs that started in this `time`, such as 24h")
	fl.StringVar(&f.status, "status", "", "with --all: runs in this `state`, such as COMPLETED")
	fl.IntVarP(&f.limit, "limit", "n", f.limit, "with --all: how many at most")
	fl.BoolVar(&f.dryRun, "dry-run", false, "with --all: only say which")
	fl.BoolVarP(&f.yes, "yes", "y", false, "with --all: do not ask")
	addFollow(c, &f.follow)
	fl.SortFlags = false
	return c
}

// rerunStates are those of workflow runs that are over.
func rerunStates() []string {
	return []string{string(glue.WorkflowCompleted), string(glue.WorkflowStopped), string(glue.WorkflowError)}
}

// check refuses flags that do not go together.
func (f *rerunFlags) check(args []string) (map[string]string, error) {
	states := rerunStates()
	switch {
	case f.failed && len(f.from) > 0:
		return nil, usageError("--failed and --from exclude each other")
	case f.all && len(args) > 1:
		return nil, usageError("--all is instead of a RUN")
	case f.all && f.follow:
		return nil, usageError("--follow is for one run, without --all")
	case !f.all && (f.since != 0 || f.status != "" || f.dryRun || f.yes):
		return nil, usageError("--since, --status, --dry-run and --yes go with --all")
	case f.all && f.since == 0:
		return nil, usageError("--all needs --since, such as --since 24h")
	case f.since < 0 || f.limit < 1 || f.limit > maxFlows:
		return nil, usageError("--since is a time such as 24h, --limit is between 1 and %d", maxFlows)
	case f.status != "" && !slices.Contains(states, f.status):
		return nil, usageError("--status %q is not one of %s: other runs are not over", f.status, strings.Join(states, ", "))
	}
	return pairs("--property", f.properties)
}

// rerun runs one run again and returns the id of the new one.
func (f *rerunFlags) rerun(ctx context.Context, c *client.Client, workflow, id string, props map[string]string) (string, error) {
	if !f.failed && len(f.from) == 0 {
		run, err := getFlow(ctx, c, workflow, id)
		if err != nil {
			return "", err
		}
		merged := maps.Clone(run.WorkflowRunProperties)
		if merged == nil {
			merged = map[string]string{}
		}
		maps.DeleteFunc(merged, func(k, _ string) bool { return strings.HasPrefix(k, "aws:") }) // set by the service, of that start
		maps.Copy(merged, props)
		var out wire.StartWorkflowRunResponse
		err = c.Call(ctx, "StartWorkflowRun", wire.StartWorkflowRunRequest{Name: &workflow, RunProperties: merged}, &out)
		return val(out.RunId), err
	}
	return resumeFlow(ctx, c, workflow, id, func(run *wire.WorkflowRun) ([]string, error) {
		nodes, err := failedNodes(run)
		if len(f.from) > 0 {
			nodes, err = nodesOf(run, f.from)
		}
		if err == nil && props != nil {
			err = putProperties(ctx, c, workflow, id, props)
		}
		return nodes, err
	})
}

// rerunAll runs many runs again.
func (a *app) rerunAll(ctx context.Context, c *client.Client, workflow string, f *rerunFlags, props map[string]string) error {
	now := time.Now()
	all, err := newestFlows(ctx, c, workflow, maxFlows, func(r *wire.WorkflowRun) bool { return now.Sub(when(r.StartedOn)) <= f.since })
	if err != nil {
		return err
	}
	chosen := f.choose(all)
	if len(chosen) > f.limit {
		return fmt.Errorf("%s match, more than --limit %d: raise it, or narrow --since or --status", many(int64(len(chosen)), "run"), f.limit)
	}
	if err := showList(a, chosen, "No run matches.", flowColumns(now)...); err != nil || len(chosen) == 0 || f.dryRun {
		return err
	}
	if !f.yes && !a.confirm("Run %s again?", many(int64(len(chosen)), "run")) {
		return &exitError{exitFailed, fmt.Errorf("nothing was started: it was not confirmed; --yes does")}
	}
	for i, r := range chosen {
		id, err := f.rerun(ctx, c, workflow, val(r.WorkflowRunId), props)
		if err != nil {
			return fmt.Errorf("run %s: %w\n%d of %d were started", shortFlow(val(r.WorkflowRunId)), err, i, len(chosen))
		}
		a.con.say("%s → %s", shortFlow(val(r.WorkflowRunId)), shortFlow(id))
	}
	return nil
}

// choose takes the runs that the flags ask for, the oldest first: none that goes on, none that a later one resumes.
func (f *rerunFlags) choose(all []wire.WorkflowRun) []wire.WorkflowRun {
	var out []wire.WorkflowRun
	resumed := map[string]bool{}
	for i := range all {
		resumed[val(all[i].PreviousRunId)] = true
	}
	for i := len(all) - 1; i >= 0; i-- {
		r := &all[i]
		state := glue.WorkflowState(val(r.Status))
		switch {
		case !state.Final() || resumed[val(r.WorkflowRunId)]:
		case f.status != "" && string(state) != f.status:
		case (f.failed || len(f.from) > 0) && state != glue.WorkflowCompleted: // only those can be resumed
		case f.failed && flowFailures(r) == 0:
		default:
			out = append(out, *r)
		}
	}
	return out
}
