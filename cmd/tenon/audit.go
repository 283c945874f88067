package main

import (
	"context"
	"fmt"
	"math"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tenon/internal/client"
	"tenon/internal/edge/api"
	"tenon/internal/glue"
)

const (
	// auditDay is how far back `tenon audit` looks where it is not told.
	auditDay = 24 * time.Hour
	// maxAudit bounds what `tenon audit` gathers; the whole of it is for `tenon audit export`.
	maxAudit = 100_000
	// runIDLength is that of a whole run id: the prefix and 64 hexadecimal digits.
	runIDLength = len(glue.RunIDPrefix) + 64
	// timesHelp says how a time is given on the command line.
	timesHelp = "a duration back from now (90m, 24h), a day (2026-11-26) or a time (2026-11-26T09:30:00Z)"
)

// auditFlags are the flags of `tenon audit`.
type auditFlags struct {
	run, job, since string
	after           int64
	limit           int
	goOn            bool
}

// auditCommand is `tenon audit`.
func (a *app) auditCommand() *cobra.Command {
	f := &auditFlags{limit: 1000}
	c := &cobra.Command{
		Use: "audit [COMMAND]", Short: "Show, check and export the record of every decision", GroupID: groupWork, Args: a.noneBut("a command"),
		Long: `Show the record of every decision: who did what, when and why. It is append-only: each record carries a hash
over itself and the hash before it, so that what is changed, removed or put in afterwards shows.

These are the newest, or with --after the next. Without --since, --after, --run or --job they
are of the last day. --since takes ` + timesHelp + `.`,
		Example: `  tenon audit --since 2h
  tenon audit --run jr_01932be0
  tenon audit -f --job charges
  tenon audit verify
  tenon audit export --format csv --out audit.csv`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.limit < 1 || f.limit > maxAudit {
				return usageError("--limit %d is not between 1 and %d", f.limit, maxAudit)
			}
			return a.audit(cmd.Context(), f)
		},
		SuggestionsMinimumDistance: typos,
	}
	c.Flags().StringVar(&f.since, "since", "", "only records since this `time`")
	c.Flags().Int64Var(&f.after, "after", 0, "only records after this `number`")
	c.Flags().StringVar(&f.run, "run", "", "only those of this `run`")
	c.Flags().StringVar(&f.job, "job", "", "only those of this `job`")
	c.Flags().IntVarP(&f.limit, "limit", "n", f.limit, "how many at most")
	c.Flags().BoolVarP(&f.goOn, "follow", "f", false, "show records as they come, until Ctrl-C")
	c.Flags().SortFlags = false
	c.AddCommand(a.auditVerify(), a.auditExport())
	return c
}

// audit shows records.
func (a *app) audit(ctx context.Context, f *auditFlags) error {
	in := api.AuditInput{After: f.after, JobName: f.job}
	var err error
	if in.Since, err = since(f.since, time.Now()); err != nil {
		return err
	}
	if f.since == "" && f.after == 0 && f.run == "" && f.job == "" {
		in.Since = time.Now().Add(-auditDay)
	}
	c, err := a.connect()
	if err != nil {
		return err
	}
	if f.run != "" {
		if in.RunID, err = a.wholeID(ctx, c, f.run); err != nil {
			return err
		}
	}
	if f.goOn {
		return a.tailAudit(ctx, c, in)
	}
	newest := f.after == 0
	if newest {
		in.Before = math.MaxInt64
	}
	var records []api.AuditRecord
	err = eachAudit(ctx, c, in, func(page []api.AuditRecord) (bool, error) {
		records = append(records, page[:min(len(page), f.limit-len(records))]...)
		return len(records) < f.limit, nil
	})
	if err != nil {
		return err
	}
	if newest {
		slices.Reverse(records)
	}
	if err := showList(a, records, "No records.", auditColumns()...); err != nil {
		return err
	}
	if len(records) == f.limit {
		more := fmt.Sprintf("There may be more: --after %d goes on.", records[f.limit-1].Seq)
		if newest {
			more = "There may be older ones: --limit shows more, and `tenon audit export` writes all."
		}
		a.con.say("%s", a.con.onErr(dim, more))
	}
	return nil
}

// wholeID is the id of what the user calls a run. A whole id may be that of a run which retention has deleted.
func (a *app) wholeID(ctx context.Context, c *client.Client, name string) (string, error) {
	if strings.HasPrefix(name, glue.RunIDPrefix) && len(name) == runIDLength {
		return name, nil
	}
	run, err := a.findRun(ctx, c, name)
	if err != nil {
		return "", err
	}
	return val(run.Id), nil
}

// since reads a time of timesHelp; empty is the zero time.
func since(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usageError("--since %q is not %s", text, timesHelp)
}

// eachAudit hands the records that in asks for to fn, page by page, until there are no more or fn wants none.
func eachAudit(ctx context.Context, c *client.Client, in api.AuditInput, fn func([]api.AuditRecord) (more bool, err error)) error {
	in.Limit = glue.MaxPageSize
	for {
		var out api.AuditList
		if err := c.Admin(ctx, "ListAudit", in, &out); err != nil {
			return err
		}
		if in.Before > 0 {
			in.Before = out.Last
		} else {
			in.After = out.Last
		}
		if more, err := fn(out.Records); err != nil || !more || !out.More {
			return err
		}
	}
}

// tailAudit shows records as they come.
func (a *app) tailAudit(ctx context.Context, c *client.Client, in api.AuditInput) error {
	ctx, release := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer release()
	for {
		err := eachAudit(ctx, c, in, func(page []api.AuditRecord) (bool, error) {
			for _, r := range page {
				in.After = r.Seq
				if a.flags.output != formatTable {
					if err := a.showDocument(r); err != nil {
						return false, err
					}
					continue
				}
				a.con.print("%s  %-9s  %s  %s\n", a.con.onOut(dim, r.At.Local().Format("15:04:05.000")), r.Action, oneLine(r.JobName),
					oneLine(strings.TrimLeft(shortRun(r.RunID)+"  "+r.Why, " ")))
			}
			return true, nil
		})
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(followEvents):
		}
	}
}

// auditColumns are the columns of a list of records; CSV has all there is.
func auditColumns() []column[api.AuditRecord] {
	type record = api.AuditRecord
	return []column[record]{
		{title: "seq", right: true, text: func(r record) string { return fmt.Sprint(r.Seq) }},
		{title: "at", text: func(r record) string { return moment(r.At, time.Now()) },
			exact: func(r record) string { return r.At.UTC().Format(time.RFC3339Nano) }},
		{title: "action", text: func(r record) string { return r.Action }, exact: func(r record) string { return inert(r.Action) }},
		{title: "region", whole: true, text: func(r record) string { return inert(r.Region) }},
		{title: "job", text: func(r record) string { return r.JobName }, exact: func(r record) string { return inert(r.JobName) }},
		{title: "run", text: func(r record) string { return shortRun(r.RunID) }, exact: func(r record) string { return r.RunID }},
		{title: "attempt", whole: true, text: func(r record) string { return fmt.Sprint(r.Attempt) }},
		{title: "who", text: func(r record) string { return r.Who }, exact: func(r record) string { return inert(r.Who) }},
		{title: "why", text: func(r record) string { return r.Why }, exact: func(r record) string { return inert(r.Why) },
			below: func(r record) string { return r.Why }, each: true},
		{title: "event", whole: true, text: func(r record) string { return inert(r.Event) }},
		{title: "detail", whole: true, text: func(r record) string { return string(r.Detail) }},
		{title: "hash", whole: true, text: func(r record) string { return r.Hash }},
	}
}

// inert is a cell for a spreadsheet, which would take one that begins with =, +, - or @ for a formula: the names of jobs and
// the errors of scripts are other people's. Such a cell, and only such a one, gets an apostrophe before it, which
// spreadsheets take for "this is text".
func inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
