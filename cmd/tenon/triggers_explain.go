package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenon/internal/core/workflow"
	"tenon/internal/edge/api"
	"tenon/internal/glue"
)

// triggersExplain is `tenon triggers explain`.
func (a *app) triggersExplain() *cobra.Command {
	again := false
	in := api.TriggerQuestion{Timezone: a.localZone()}
	c := &cobra.Command{
		Use: "explain TRIGGER", Short: "Say why a trigger fired, or did not", Args: a.takes("TRIGGER"),
		Long: `Say why a trigger fired or did not: each condition with the run that met it or came nearest, the batch of events,
the fire times to come in UTC and in the trigger's zone, what it did last, and what would help. Conditions are
judged in the newest workflow run, or chain of runs, that the trigger looks at, unless --flow names another.`,
		Example: "  tenon triggers explain nightly\n  tenon triggers explain publish --flow wr_0193a5b2c1d4e5f6\n  tenon triggers explain nightly --timezone Europe/Berlin -o json",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			in.Name = args[0]
			return a.watch(cmd.Context(), again, func(ctx context.Context) error {
				var e workflow.Explanation
				if err := c.Admin(ctx, "ExplainTrigger", in, &e); err != nil {
					return err
				}
				return a.showTrigger(&e, time.Now())
			})
		},
	}
	c.Flags().StringVar(&in.Flow, "flow", "", "judge conditions in this workflow run or chain, by its `id` or the beginning of it")
	c.Flags().StringVar(&in.Timezone, "timezone", in.Timezone, "tell fire times in this `zone` too, such as Europe/Berlin")
	addWatch(c, &again)
	c.Flags().SortFlags = false
	return c
}

// localZone is the zone that the environment names, where it is one of the IANA database.
func (a *app) localZone() string {
	name := strings.TrimPrefix(a.con.env("TZ"), ":")
	if _, err := time.LoadLocation(name); err != nil || name == "Local" {
		return ""
	}
	return name
}

// showTrigger writes an explanation: what the trigger does and how it stands; then, each with its heading, conditions, fire
// times to come, what it did, and what to do.
func (a *app) showTrigger(e *workflow.Explanation, now time.Time) error {
	if a.flags.output != formatTable {
		return a.showItem(e, a.triggerSummary(e, now))
	}
	if err := a.showItem(e, a.triggerSummary(e, now)); err != nil {
		return err
	}
	if len(e.Conditions) > 0 {
		a.heading("Conditions" + inFlow(e.Flow))
		showTable(a.con, e.Conditions, conditionColumns(now))
	}
	if len(e.Next) > 0 {
		if e.State == glue.TriggerActivated {
			a.heading("Next")
		} else {
			a.heading("Next, once it is activated")
		}
		showTable(a.con, e.Next, fireTimeColumns(e.Next, now))
	}
	if len(e.Fires) > 0 {
		a.heading("Fired last")
		showTable(a.con, e.Fires, pastFireColumns(now))
	}
	if len(e.Do) > 0 {
		a.heading("What would help")
		for _, step := range e.Do {
			a.con.print("%s\n", fold(a.forPeople(step.Text), a.con.outWidth, 0))
			if step.Command != "" {
				a.con.print("  %s\n", a.con.onOut(cyan, step.Command))
			}
		}
	}
	return nil
}

// heading begins a part of an explanation.
func (a *app) heading(text string) { a.con.print("\n%s\n", a.con.onOut(bold, text)) }

// inFlow names the flow that conditions are judged in.
func inFlow(flow string) string {
	if flow == "" {
		return ""
	}
	return " in " + shortChain(flow)
}

// shortChain is the beginning of the id of a workflow run or a chain.
func shortChain(id string) string {
	if rest, chain := strings.CutPrefix(id, glue.ChainIDPrefix); chain {
		return glue.ChainIDPrefix + strings.TrimPrefix(shortRun(glue.RunIDPrefix+rest), glue.RunIDPrefix)
	}
	return shortFlow(id)
}

// triggerSummary are the first lines of an explanation.
func (a *app) triggerSummary(e *workflow.Explanation, now time.Time) []field {
	fields := []field{
		{name: "Trigger", value: e.Trigger, paint: bold},
		{name: "Type", value: string(e.Type)},
		{name: "State", value: string(e.State), paint: triggerStyle(string(e.State))},
		{name: "Workflow", value: e.Workflow},
		{name: "About", value: a.forPeople(e.About)},
		{name: "Now", value: a.forPeople(e.Summary), paint: summaryStyle(e)},
	}
	for i, why := range e.Why {
		if i > 0 { // the first is the summary
			fields = append(fields, field{name: "Also", value: a.forPeople(why), paint: yellow})
		}
	}
	if b := e.Batch; b != nil {
		text := fmt.Sprintf("%d of %s", b.Events, many(int64(b.Size), "event"))
		if !b.Ends.IsZero() {
			text += fmt.Sprintf(" since %s; it fires at %s however few there are", clock(b.Since), clock(b.Ends))
		}
		fields = append(fields, field{name: "Batch", value: text})
	}
	times := "never"
	if e.Count > 0 {
		times = many(e.Count, "time")
	}
	return append(fields, field{name: "Fired", value: times})
}

// summaryStyle is yellow where something keeps a trigger from firing.
func summaryStyle(e *workflow.Explanation) style {
	if len(e.Why) > 0 {
		return yellow
	}
	return green
}

// conditionColumns are the columns of conditions.
func conditionColumns(now time.Time) []column[workflow.ConditionVerdict] {
	type verdict = workflow.ConditionVerdict
	return []column[verdict]{
		{title: "", text: func(v verdict) string { return checkMark(v.Met) }, paint: func(v verdict) style { return checkStyle(v.Met) }},
		{title: "condition", text: func(v verdict) string { return v.Condition }},
		{title: "run", text: func(v verdict) string { return orDefault(shortRun(v.Run), "-") }},
		{title: "state", text: func(v verdict) string { return orDefault(string(v.State), "-") }, paint: func(v verdict) style { return stateStyle(string(v.State)) }},
		{title: "ended", right: true, text: func(v verdict) string { return ago(v.Ended, now) }},
		{title: "why not", text: func(v verdict) string { return shortRuns(v.Why) }, below: func(v verdict) string { return shortRuns(v.Why) }},
	}
}

// fireTimeColumns are the columns of fire times to come. Where all are told in UTC alone, there is no column of another zone.
func fireTimeColumns(times []workflow.FireTime, now time.Time) []column[workflow.FireTime] {
	columns := []column[workflow.FireTime]{
		{title: "utc", text: func(f workflow.FireTime) string { return f.At.UTC().Format("Mon 2006-01-02 15:04") }},
		{title: "in", right: true, text: func(f workflow.FireTime) string { return lapse(max(f.At.Sub(now), 0)) }},
	}
	for _, f := range times {
		if f.Local != "" {
			return append(columns, column[workflow.FireTime]{title: "local", text: func(f workflow.FireTime) string { return f.Local }})
		}
	}
	return columns
}

// pastFireColumns are the columns of what a trigger did.
func pastFireColumns(now time.Time) []column[workflow.PastFire] {
	type fire = workflow.PastFire
	return []column[fire]{
		{title: "at", text: func(f fire) string { return moment(f.At, now) }},
		{title: "flow", text: func(f fire) string { return orDefault(shortChain(f.Flow), "-") }},
		{title: "why", text: func(f fire) string { return shortRuns(f.Cause) }, below: func(f fire) string { return shortRuns(f.Cause) }},
	}
}
