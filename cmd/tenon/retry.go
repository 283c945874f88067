package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tenon/internal/client"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// retryFlags are the flags of `tenon runs retry`.
type retryFlags struct {
	job         string
	states      []string
	since       time.Duration
	limit       int
	args        []string
	dryRun, yes bool
}

// retryStates are those that --state takes: a run that goes on or went well is not run again in bulk.
func retryStates() []string {
	return []string{string(glue.RunFailed), string(glue.RunTimeout), string(glue.RunStopped), string(glue.RunError), string(glue.RunExpired)}
}

// runsRetry is `tenon runs retry`.
func (a *app) runsRetry() *cobra.Command {
	f := &retryFlags{limit: 100}
	c := &cobra.Command{
		Use: "retry [RUN...]", Short: "Run runs again, one by one or all that failed", Args: cobra.ArbitraryArgs,
		Long: `Run runs again, with their arguments; --argument changes some. Without a RUN, all runs are of --state (FAILED and
TIMEOUT where it is not given) that started in the time of --since, of one job or of all, the oldest first; of a run
that was retried before, only the newest retry is. They are listed, and it is asked.

A run is retried once: giving the same command again, after a broken connection say, finds the run that it started
the first time and starts no second one, unless that one failed too. Over a limit, such as MaxConcurrentRuns of its job, it
waits. A retried run is started by hand, so no trigger
waits for it; tenon workflows rerun takes a workflow up again. ` + runHelp,
		Example: `  tenon runs retry jr_0193a5b2c
  tenon runs retry nightly --argument day=2026-11-26
  tenon runs retry --since 2h --dry-run
  tenon runs retry --job nightly --state FAILED,STOPPED --since 24h --yes`,
		RunE: func(cmd *cobra.Command, args []string) error {
			a.at = cmd.CommandPath()
			changed, err := f.check(args)
			if err != nil {
				return err
			}
			c, err := a.connect()
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return a.retryAll(cmd.Context(), c, f, changed)
			}
			for _, name := range args {
				run, err := a.findRun(cmd.Context(), c, name)
				if err != nil {
					return err
				}
				if s := glue.RunState(val(run.JobRunState)); !s.Final() {
					return fmt.Errorf("run %s is %s: it is not over yet", shortRun(val(run.Id)), s)
				}
				if f.dryRun {
					a.con.print("%s\n", val(run.Id))
					continue
				}
				id, err := retry(cmd.Context(), c, run, changed)
				if err != nil {
					return err
				}
				a.con.print("%s\n", id)
			}
			return nil
		},
	}
	fl := c.Flags()
	fl.StringArrayVarP(&f.args, "argument", "a", nil, "argument to change, `KEY=VALUE`; may be repeated")
	fl.StringVar(&f.job, "job", "", "without RUN: only runs of this `job`")
	fl.StringSliceVar(&f.states, "state", nil, "without RUN: `states`, comma separated (default FAILED,TIMEOUT)")
	fl.DurationVar(&f.since, "since", 0, "without RUN: runs that started in this `time`, such as 2h")
	fl.IntVarP(&f.limit, "limit", "n", f.limit, "without RUN: how many at most; if more match, none is run")
	fl.BoolVar(&f.dryRun, "dry-run", false, "only say which")
	fl.BoolVarP(&f.yes, "yes", "y", false, "without RUN: do not ask")
	fl.SortFlags = false
	return c
}

// check refuses flags that do not go together.
func (f *retryFlags) check(runs []string) (map[string]string, error) {
	filtered := f.job != "" || len(f.states) > 0 || f.since != 0
	switch {
	case len(runs) > 0 && filtered:
		return nil, usageError("--job, --state and --since choose runs: give them, or a RUN")
	case len(runs) == 0 && f.since <= 0:
		return nil, usageError("RUN is missing; or --since, such as --since 2h, for all that failed in that time")
	case f.limit < 1 || f.limit > maxRuns:
		return nil, usageError("--limit %d is not between 1 and %d", f.limit, maxRuns)
	}
	if err := checkStates(f.states, retryStates()); err != nil {
		return nil, err
	}
	if len(f.states) == 0 {
		f.states = []string{string(glue.RunFailed), string(glue.RunTimeout)}
	}
	return arguments("--argument", f.args)
}

// retry runs a run again and returns the id of the new one. It waits where its job or the account is at a limit: of many
// runs of one job, all but MaxConcurrentRuns would be refused.
func retry(ctx context.Context, c *client.Client, run *wire.JobRun, changed map[string]string) (string, error) {
	args := map[string]string{}
	for k, v := range changed {
		args[k] = v
	}
	key, err := retryKey(val(run.Id), changed)
	if err != nil {
		return "", err
	}
	args["--tenon-run-key"] = key
	var out wire.StartJobRunResponse
	wait := true
	err = c.Call(ctx, "StartJobRun", wire.StartJobRunRequest{JobName: run.JobName, JobRunId: run.Id, Arguments: args, JobRunQueuingEnabled: &wait}, &out)
	return val(out.JobRunId), err
}

// retryKey is the same for the same retry: of a run, with the same arguments changed.
func retryKey(run string, changed map[string]string) (string, error) {
	const digits = 16
	doc, err := json.Marshal(changed)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(doc)
	return "retry-" + run + "-" + hex.EncodeToString(sum[:])[:digits], nil
}

// retryAll runs again all that the flags choose.
func (a *app) retryAll(ctx context.Context, c *client.Client, f *retryFlags, changed map[string]string) error {
	now := time.Now()
	all, err := newest(ctx, c, f.job, maxRuns)
	if err != nil {
		return err
	}
	if len(all) == maxRuns && now.Sub(when(all[maxRuns-1].StartedOn)) <= f.since {
		return fmt.Errorf("more than %d runs started in the last %s: narrow --since, or give --job", maxRuns, f.since)
	}
	chosen := f.choose(all, now)
	if len(chosen) > f.limit {
		return fmt.Errorf("%s match, more than --limit %d: raise it, or narrow --since, --state or --job", many(int64(len(chosen)), "run"), f.limit)
	}
	if !f.dryRun && a.flags.output != formatTable { // what is run is the data, one row each
		return a.retryListed(ctx, c, f, chosen, changed)
	}
	if err := showList(a, chosen, "No run matches.", runColumns()...); err != nil || len(chosen) == 0 || f.dryRun {
		return err
	}
	return a.retryListed(ctx, c, f, chosen, changed)
}

// retried is a run and what runs it again.
type retried struct {
	JobName   string `json:"JobName"`
	JobRunId  string `json:"JobRunId"`
	RetriedAs string `json:"RetriedAs"`
}

// retryListed runs the chosen runs again, after asking.
func (a *app) retryListed(ctx context.Context, c *client.Client, f *retryFlags, chosen []wire.JobRun, changed map[string]string) error {
	if !f.yes && len(chosen) > 0 && !a.confirm("Run %s again?", many(int64(len(chosen)), "run")) {
		return &exitError{exitFailed, fmt.Errorf("nothing was started: it was not confirmed; --yes does")}
	}
	out := []retried{}
	var refused error
	for i := range chosen {
		run := &chosen[i]
		id, err := retry(ctx, c, run, changed)
		if err != nil {
			refused = fmt.Errorf("run %s of job %s: %w\n%d of %d were started; the same command goes on with the rest", shortRun(val(run.Id)), val(run.JobName), err, i, len(chosen))
			break
		}
		out = append(out, retried{val(run.JobName), val(run.Id), id})
		if a.flags.output == formatTable {
			a.con.print("%s\n", id)
		}
	}
	if a.flags.output != formatTable {
		if err := showList(a, out, "", []column[retried]{
			{title: "job", text: func(r retried) string { return r.JobName }},
			{title: "run", text: func(r retried) string { return r.JobRunId }},
			{title: "retried as", text: func(r retried) string { return r.RetriedAs }},
		}...); err != nil {
			return err
		}
	}
	return refused
}

// choose takes the runs that the flags ask for, the oldest first, without those that were retried already. all is newest
// first.
func (f *retryFlags) choose(all []wire.JobRun, now time.Time) []wire.JobRun {
	again := map[string]bool{}
	for i := range all {
		again[val(all[i].PreviousRunId)] = true
	}
	var out []wire.JobRun
	for i := len(all) - 1; i >= 0; i-- {
		r := &all[i]
		if now.Sub(when(r.StartedOn)) <= f.since && slices.Contains(f.states, val(r.JobRunState)) && !again[val(r.Id)] {
			out = append(out, *r)
		}
	}
	return out
}
