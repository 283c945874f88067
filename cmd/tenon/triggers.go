package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenon/internal/client"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// triggersCommand is `tenon triggers`.
func (a *app) triggersCommand() *cobra.Command {
	return a.group("triggers", "Look at triggers, start and stop them, ask why one did not fire", groupWork,
		a.triggersList(), a.triggersShow(), a.triggersExplain(), a.triggersStart(), a.triggersStop(), a.triggersDelete())
}

// allTriggers reads the triggers of the region.
func allTriggers(ctx context.Context, c *client.Client) ([]wire.Trigger, error) {
	var all []wire.Trigger
	err := pages(func(token *string) (*string, error) {
		var out wire.GetTriggersResponse
		err := c.Call(ctx, "GetTriggers", wire.GetTriggersRequest{NextToken: token}, &out)
		all = append(all, out.Triggers...)
		return out.NextToken, err
	})
	return all, err
}

// triggersList is `tenon triggers ls`.
func (a *app) triggersList() *cobra.Command {
	again, workflow := false, ""
	c := &cobra.Command{
		Use: "ls", Aliases: []string{"list"}, Short: "List the triggers: what fires them, and what they start", Args: a.takes(),
		Example: "  tenon triggers ls\n  tenon triggers ls --workflow nightly\n  tenon triggers ls -o json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			return a.watch(cmd.Context(), again, func(ctx context.Context) error {
				all, err := allTriggers(ctx, c)
				if err != nil {
					return err
				}
				var shown []wire.Trigger
				for _, t := range all {
					if workflow == "" || val(t.WorkflowName) == workflow {
						shown = append(shown, t)
					}
				}
				return showList(a, shown, "No triggers yet. `tenon workflows apply -f FILE` makes those of a workflow.", triggerColumns()...)
			})
		},
	}
	c.Flags().StringVar(&workflow, "workflow", "", "only those of this `workflow`")
	addWatch(c, &again)
	c.Flags().SortFlags = false
	return c
}

// triggerColumns are the columns of a list of triggers.
func triggerColumns() []column[wire.Trigger] {
	type trigger = wire.Trigger
	return []column[trigger]{
		{title: "trigger", text: func(t trigger) string { return val(t.Name) }, paint: func(trigger) style { return bold }, least: 24},
		{title: "type", spare: true, text: func(t trigger) string { return val(t.Type) }},
		{title: "state", text: func(t trigger) string { return val(t.State) }, paint: func(t trigger) style { return triggerStyle(val(t.State)) }},
		{title: "workflow", spare: true, text: func(t trigger) string { return orDefault(val(t.WorkflowName), "-") }, exact: func(t trigger) string { return val(t.WorkflowName) }},
		{title: "starts", least: 12, text: func(t trigger) string { return actionNames(t.Actions) }},
		{title: "fires", text: func(t trigger) string { return firesWhen(&t) }, below: func(t trigger) string { return firesWhen(&t) }, each: true},
	}
}

// triggerStyle paints the state of a trigger.
func triggerStyle(state string) style {
	switch glue.TriggerState(state) {
	case glue.TriggerActivated:
		return green
	case glue.TriggerDeactivated:
		return yellow
	}
	return plain
}

// actionNames names what a trigger starts.
func actionNames(actions []wire.Action) string {
	var names []string
	for _, x := range actions {
		names = append(names, orDefault(val(x.JobName), val(x.CrawlerName)))
	}
	return strings.Join(names, ", ")
}

// firesWhen says what fires a trigger.
func firesWhen(t *wire.Trigger) string {
	switch glue.TriggerType(val(t.Type)) {
	case glue.TriggerScheduled:
		return val(t.Schedule)
	case glue.TriggerConditional:
		return predicateText(t.Predicate)
	case glue.TriggerEvent:
		b := val(t.EventBatchingCondition)
		return fmt.Sprintf("%s, or %ds after the first", many(int64(max(val(b.BatchSize), 1)), "event"), val(b.BatchWindow))
	}
	return "on demand"
}

// predicateText says what a CONDITIONAL trigger waits for.
func predicateText(p *wire.Predicate) string {
	if p == nil {
		return ""
	}
	join, of := " and ", "all of "
	if val(p.Logical) == glue.LogicalAny {
		join, of = " or ", "any of "
	}
	var words, jobs []string
	ends := map[string][]string{}
	for _, c := range p.Conditions {
		job, end := orDefault(val(c.JobName), val(c.CrawlerName)), orDefault(val(c.State), val(c.CrawlState))
		words = append(words, job+" "+end)
		if ends[job] == nil {
			jobs = append(jobs, job)
		}
		ends[job] = append(ends[job], end)
	}
	alike := !slices.ContainsFunc(jobs, func(j string) bool { return !slices.Equal(ends[j], ends[jobs[0]]) })
	if len(words) < 3 || !alike || join == " and " && len(words) > len(jobs) {
		return strings.Join(words, join)
	}
	if len(jobs) == 1 {
		of = ""
	}
	return of + strings.Join(jobs, ", ") + " " + strings.Join(ends[jobs[0]], " or ")
}

// triggersShow is `tenon triggers show`.
func (a *app) triggersShow() *cobra.Command {
	return &cobra.Command{
		Use: "show TRIGGER", Short: "Show one trigger", Args: a.takes("TRIGGER"),
		Example: "  tenon triggers show nightly\n  tenon triggers show nightly -o yaml",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			var out wire.GetTriggerResponse
			if err := c.Call(cmd.Context(), "GetTrigger", wire.GetTriggerRequest{Name: &args[0]}, &out); err != nil {
				return err
			}
			zone := ""
			if glue.TriggerType(val(out.Trigger.Type)) == glue.TriggerScheduled {
				tags, err := readTags(cmd.Context(), c, true, "trigger", args[0])
				if err != nil {
					return err
				}
				zone = tags["tenon:timezone"]
			}
			return a.showItem(out.Trigger, triggerFields(out.Trigger, zone, time.Now()))
		},
	}
}

// triggerFields are the lines of one trigger; zone is that of its schedule.
func triggerFields(t *wire.Trigger, zone string, now time.Time) []field {
	fires := firesWhen(t)
	if glue.TriggerType(val(t.Type)) == glue.TriggerScheduled {
		fires = startWhen(t, zone, now)
	}
	fields := []field{
		{name: "Trigger", value: val(t.Name), paint: bold},
		{name: "Description", value: val(t.Description)},
		{name: "Type", value: val(t.Type)},
		{name: "State", value: val(t.State), paint: triggerStyle(val(t.State))},
		{name: "Workflow", value: val(t.WorkflowName)},
		{name: "Fires", value: fires},
	}
	for _, x := range t.Actions {
		text := orDefault(val(x.JobName), val(x.CrawlerName))
		if len(x.Arguments) > 0 {
			text += " with " + argumentText(x.Arguments)
		}
		if n := val(x.Timeout); n > 0 {
			text += fmt.Sprintf(", at most %d min", n)
		}
		fields = append(fields, field{name: "Starts", value: text})
	}
	return fields
}

// triggersStart is `tenon triggers start`.
func (a *app) triggersStart() *cobra.Command {
	return a.triggerVerb("start", "Fire on-demand triggers; activate scheduled and conditional ones",
		"Fire an on-demand trigger, which of a workflow starts a run of it; activate a scheduled or a conditional one, so that\nit fires from now on.",
		func(ctx context.Context, c *client.Client, name string) error {
			return c.Call(ctx, "StartTrigger", wire.StartTriggerRequest{Name: &name}, nil)
		})
}

// triggersStop is `tenon triggers stop`.
func (a *app) triggersStop() *cobra.Command {
	return a.triggerVerb("stop", "Deactivate scheduled and conditional triggers",
		"Deactivate a scheduled or a conditional trigger: it fires no more until it is started. What it started runs on.",
		func(ctx context.Context, c *client.Client, name string) error {
			return c.Call(ctx, "StopTrigger", wire.StopTriggerRequest{Name: &name}, nil)
		})
}

// triggersDelete is `tenon triggers delete`.
func (a *app) triggersDelete() *cobra.Command {
	c := a.triggerVerb("delete", "Delete triggers", "Delete triggers. What they started runs on.",
		func(ctx context.Context, c *client.Client, name string) error {
			if err := c.Call(ctx, "GetTrigger", wire.GetTriggerRequest{Name: &name}, nil); err != nil {
				return err // DeleteTrigger itself takes any name
			}
			return c.Call(ctx, "DeleteTrigger", wire.DeleteTriggerRequest{Name: &name}, nil)
		})
	c.Aliases = []string{"rm"}
	return c
}

// triggerVerb is a command that does one thing to each trigger named.
func (a *app) triggerVerb(verb, short, long string, do func(ctx context.Context, c *client.Client, name string) error) *cobra.Command {
	return &cobra.Command{
		Use: verb + " TRIGGER...", Short: short, Long: long, Args: a.atLeastOne("TRIGGER"), Example: "  tenon triggers " + verb + " nightly",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			return each(cmd.Context(), args, func(ctx context.Context, name string) error {
				err := do(ctx, c, name)
				if isCode(err, glue.CodeInvalidInput) {
					return fmt.Errorf("%w\n`tenon triggers explain %s` says what it waits for.", err, shellWord(name))
				}
				if err != nil {
					return err
				}
				a.con.print("%s\n", name)
				return nil
			})
		},
	}
}
