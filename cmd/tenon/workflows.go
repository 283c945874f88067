package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenon/internal/client"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// flowHelp says how a run of a workflow is named on the command line.
const flowHelp = "RUN is the id of a workflow's run, or the beginning of one; without it, the newest run is meant."

// workflowsCommand is `tenon workflows`.
func (a *app) workflowsCommand() *cobra.Command {
	return a.group("workflows", "Plan, apply, run and look at workflows", groupWork,
		a.workflowsList(), a.workflowsShow(), a.workflowsPlan(), a.workflowsApply(), a.workflowsExport(), a.workflowsDelete(),
		a.workflowsStart(), a.workflowsStop(), a.workflowsRuns(), a.workflowsResume(), a.workflowsRerun(), a.workflowsProperties())
}

// workflowPage is how many workflows one call brings, the most that the service gives.
const workflowPage = 25

// allWorkflows reads the workflows with their graphs and last runs.
func allWorkflows(ctx context.Context, c *client.Client) ([]wire.Workflow, error) {
	var all []wire.Workflow
	size, graph := int32(workflowPage), true
	err := pages(func(token *string) (*string, error) {
		var names wire.ListWorkflowsResponse
		if err := c.Call(ctx, "ListWorkflows", wire.ListWorkflowsRequest{NextToken: token, MaxResults: &size}, &names); err != nil || len(names.Workflows) == 0 {
			return nil, err
		}
		var out wire.BatchGetWorkflowsResponse
		err := c.Call(ctx, "BatchGetWorkflows", wire.BatchGetWorkflowsRequest{Names: names.Workflows, IncludeGraph: &graph}, &out)
		all = append(all, out.Workflows...)
		return names.NextToken, err
	})
	return all, err
}

// workflowsList is `tenon workflows ls`.
func (a *app) workflowsList() *cobra.Command {
	again := false
	c := &cobra.Command{
		Use: "ls", Aliases: []string{"list"}, Short: "List the workflows and how their last runs went", Args: a.takes(),
		Example: "  tenon workflows ls\n  tenon workflows ls --watch",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			return a.watch(cmd.Context(), again, func(ctx context.Context) error {
				all, err := allWorkflows(ctx, c)
				if err != nil {
					return err
				}
				return showList(a, all, "No workflows yet. `tenon workflows apply -f FILE` makes one.", workflowColumns(time.Now())...)
			})
		},
	}
	addWatch(c, &again)
	return c
}

// workflowColumns are the columns of a list of workflows.
func workflowColumns(now time.Time) []column[wire.Workflow] {
	last := func(w wire.Workflow) wire.WorkflowRun { return val(w.LastRun) }
	return []column[wire.Workflow]{
		{title: "workflow", text: func(w wire.Workflow) string { return val(w.Name) }, paint: func(wire.Workflow) style { return bold }, least: 24},
		{title: "start", spare: true, text: func(w wire.Workflow) string { return startText(startTrigger(w.Graph)) }},
		{title: "jobs", right: true, spare: true, text: func(w wire.Workflow) string { return fmt.Sprint(len(jobNodes(w.Graph))) }},
		{title: "last run", spare: true, text: func(w wire.Workflow) string { return orDefault(shortFlow(val(last(w).WorkflowRunId)), "-") },
			exact: func(w wire.Workflow) string { return val(last(w).WorkflowRunId) }},
		{title: "state", text: func(w wire.Workflow) string { return orDefault(flowOutcome(w.LastRun), "-") }, exact: func(w wire.Workflow) string { return val(last(w).Status) },
			paint: func(w wire.Workflow) style { return flowStyle(w.LastRun) }},
		{title: "started", right: true, text: func(w wire.Workflow) string { return ago(when(last(w).StartedOn), now) },
			exact: func(w wire.Workflow) string { return exactTime(when(last(w).StartedOn)) }},
		{title: "took", right: true, text: func(w wire.Workflow) string { return orDefault(flowTook(w.LastRun, now), "-") },
			exact: func(w wire.Workflow) string { return flowSeconds(w.LastRun, now) }},
	}
}

// startTrigger is the trigger of a graph that nothing in it fires; nil if there is none.
func startTrigger(g *wire.WorkflowGraph) *wire.Trigger {
	if g == nil {
		return nil
	}
	for _, n := range g.Nodes {
		if n.TriggerDetails != nil && n.TriggerDetails.Trigger != nil && val(n.TriggerDetails.Trigger.Type) != string(glue.TriggerConditional) {
			return n.TriggerDetails.Trigger
		}
	}
	return nil
}

// startText is what starts a workflow: on demand, a schedule, or events.
func startText(t *wire.Trigger) string {
	if t == nil {
		return "-"
	}
	switch glue.TriggerType(val(t.Type)) {
	case glue.TriggerScheduled:
		text := val(t.Schedule)
		if val(t.State) != string(glue.TriggerActivated) {
			text += " (paused)"
		}
		return text
	case glue.TriggerEvent:
		b := val(t.EventBatchingCondition)
		return fmt.Sprintf("%s, or %d s", many(int64(max(val(b.BatchSize), 1)), "event"), max(val(b.BatchWindow), 0))
	}
	return "on demand"
}

// jobNodes are the nodes of a graph that are jobs.
func jobNodes(g *wire.WorkflowGraph) []wire.Node {
	if g == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(g.Nodes), func(n wire.Node) bool { return val(n.Type) != string(glue.NodeJob) })
}

// shortFlow is the beginning of the id of a workflow's run; the commands take it for the whole.
func shortFlow(id string) string {
	const digits = 16 // as of a job's run
	if strings.HasPrefix(id, glue.WorkflowRunIDPrefix) && len(id) > len(glue.WorkflowRunIDPrefix)+digits {
		return id[:len(glue.WorkflowRunIDPrefix)+digits]
	}
	return id
}

// flowFailures is how many runs of a workflow run did not end well.
func flowFailures(r *wire.WorkflowRun) int {
	s := val(r.Statistics)
	return int(val(s.FailedActions) + val(s.TimeoutActions) + val(s.ErroredActions) + val(s.StoppedActions))
}

// flowOutcome is the state of a workflow run, and what COMPLETED does not say: that something failed.
func flowOutcome(r *wire.WorkflowRun) string {
	if r == nil {
		return ""
	}
	state := val(r.Status)
	if n := flowFailures(r); n > 0 && state == string(glue.WorkflowCompleted) {
		return fmt.Sprintf("%s, %d failed", state, n)
	}
	return state
}

// flowStyle is the colour of an outcome.
func flowStyle(r *wire.WorkflowRun) style {
	if r == nil {
		return plain
	}
	switch glue.WorkflowState(val(r.Status)) {
	case glue.WorkflowCompleted:
		if flowFailures(r) > 0 {
			return red
		}
		return green
	case glue.WorkflowError:
		return red
	case glue.WorkflowRunning:
		return cyan
	}
	return yellow
}

// flowSpan is how long a workflow run took, or has taken.
func flowSpan(r *wire.WorkflowRun, now time.Time) (d time.Duration, known bool) {
	if r == nil || when(r.StartedOn).IsZero() {
		return 0, false
	}
	end := when(r.CompletedOn)
	if end.IsZero() {
		end = now
	}
	return max(end.Sub(when(r.StartedOn)), 0), true
}

// flowTook is flowSpan for people; empty where there is no run.
func flowTook(r *wire.WorkflowRun, now time.Time) string {
	if d, known := flowSpan(r, now); known {
		return span(d)
	}
	return ""
}

// flowSeconds is flowSpan for CSV.
func flowSeconds(r *wire.WorkflowRun, now time.Time) string {
	if d, known := flowSpan(r, now); known {
		return fmt.Sprintf("%.3f", d.Seconds())
	}
	return ""
}

// flowCode is the exit code of a command that waited for a workflow's run.
func flowCode(r *wire.WorkflowRun) int {
	switch glue.WorkflowState(val(r.Status)) {
	case glue.WorkflowCompleted:
		if flowFailures(r) > 0 {
			return exitFailed
		}
		return exitOK
	case glue.WorkflowStopped:
		return exitStopped
	}
	return exitFailed
}

// getWorkflow reads a workflow with its graph.
func getWorkflow(ctx context.Context, c *client.Client, name string) (*wire.Workflow, error) {
	graph := true
	var out wire.GetWorkflowResponse
	err := c.Call(ctx, "GetWorkflow", wire.GetWorkflowRequest{Name: &name, IncludeGraph: &graph}, &out)
	return out.Workflow, err
}

// getFlow reads a run of a workflow with its graph.
func getFlow(ctx context.Context, c *client.Client, workflow, id string) (*wire.WorkflowRun, error) {
	graph := true
	var out wire.GetWorkflowRunResponse
	err := c.Call(ctx, "GetWorkflowRun", wire.GetWorkflowRunRequest{Name: &workflow, RunId: &id, IncludeGraph: &graph}, &out)
	return out.Run, err
}

// maxFlows bounds what is gathered of a workflow's runs; flowPage is what one call brings at most.
const (
	maxFlows = 1000
	flowPage = 200
)

// newestFlows lists the newest runs of a workflow, as long as keep says so, at most limit.
func newestFlows(ctx context.Context, c *client.Client, workflow string, limit int, keep func(*wire.WorkflowRun) bool) ([]wire.WorkflowRun, error) {
	var runs []wire.WorkflowRun
	var token *string
	for len(runs) < limit {
		page := int32(min(limit-len(runs), flowPage))
		var out wire.GetWorkflowRunsResponse
		if err := c.Call(ctx, "GetWorkflowRuns", wire.GetWorkflowRunsRequest{Name: &workflow, MaxResults: &page, NextToken: token}, &out); err != nil {
			return nil, err
		}
		for i := range out.Runs {
			if keep != nil && !keep(&out.Runs[i]) {
				return runs, nil
			}
			runs = append(runs, out.Runs[i])
		}
		if token = out.NextToken; token == nil {
			break
		}
	}
	return runs, nil
}

// findFlow resolves what the user calls a run of a workflow, see flowHelp: its id.
func findFlow(ctx context.Context, c *client.Client, workflow, name string) (string, error) {
	const whole = len(glue.WorkflowRunIDPrefix) + 64
	if len(name) == whole {
		return name, nil
	}
	limit := maxFlows
	if name == "" {
		limit = 1
	}
	runs, err := newestFlows(ctx, c, workflow, limit, nil)
	if err != nil {
		return "", err
	}
	found := ""
	for _, r := range runs {
		if id := val(r.WorkflowRunId); strings.HasPrefix(id, name) {
			if found != "" {
				return "", fmt.Errorf("several runs of workflow %s begin with %s: give more of the id", workflow, name)
			}
			found = id
		}
	}
	switch {
	case found == "" && name == "":
		return "", glue.Errorf(glue.CodeEntityNotFound, "workflow %s has not run yet", workflow)
	case found == "":
		return "", glue.Errorf(glue.CodeEntityNotFound, "no run %s of workflow %s", name, workflow)
	}
	return found, nil
}

// workflowsStart is `tenon workflows start`.
func (a *app) workflowsStart() *cobra.Command {
	var properties []string
	goOn := false
	c := &cobra.Command{
		Use: "start WORKFLOW", Short: "Start a run of a workflow", Args: a.takes("WORKFLOW"),
		Long: `Start a run of a workflow and print its id. With --follow, watch it to its end: the exit code is then 0 if it
COMPLETED and all its jobs ended well, 130 if it was STOPPED, else 1. Ctrl-C stops the run.`,
		Example: `  tenon workflows start nightly
  tenon workflows start nightly --property day=2026-11-26 --follow`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			props, err := pairs("--property", properties)
			if err != nil {
				return err
			}
			var out wire.StartWorkflowRunResponse
			if err := c.Call(cmd.Context(), "StartWorkflowRun", wire.StartWorkflowRunRequest{Name: &args[0], RunProperties: props}, &out); err != nil {
				return err
			}
			return a.flowStarted(cmd.Context(), c, args[0], val(out.RunId), goOn)
		},
	}
	addProperties(c, &properties)
	addFollow(c, &goOn)
	return c
}

// addProperties declares --property.
func addProperties(c *cobra.Command, into *[]string) {
	c.Flags().StringArrayVarP(into, "property", "p", nil, "run property, `KEY=VALUE`; may be repeated")
	c.Flags().SortFlags = false
}

// addFollow declares --follow.
func addFollow(c *cobra.Command, on *bool) {
	c.Flags().BoolVarP(on, "follow", "f", false, "watch the run to its end; the exit code is the run's")
}

// flowStarted prints the id of a new run of a workflow, or follows it.
func (a *app) flowStarted(ctx context.Context, c *client.Client, workflow, id string, goOn bool) error {
	if goOn {
		return a.followFlow(ctx, c, workflow, id)
	}
	if a.flags.output == formatTable {
		a.con.print("%s\n", id)
		a.con.say("%s", a.con.onErr(dim, fmt.Sprintf("Watch it: tenon workflows show %s --watch", shellWord(workflow))))
		return nil
	}
	started := struct{ Name, RunId string }{workflow, id}
	return a.showItem(started, []field{{name: "Name", value: workflow}, {name: "RunId", value: id}})
}

// workflowsStop is `tenon workflows stop`.
func (a *app) workflowsStop() *cobra.Command {
	return &cobra.Command{
		Use: "stop WORKFLOW [RUN]", Short: "Stop a run of a workflow, with the jobs that run", Args: a.takes("WORKFLOW", "[RUN]"),
		Long:    "Stop a run of a workflow: nothing more of it starts, and what runs is stopped. " + flowHelp,
		Example: "  tenon workflows stop nightly\n  tenon workflows stop nightly wr_0193a5b2c",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			id, err := findFlow(cmd.Context(), c, args[0], strings.Join(args[1:], ""))
			if err != nil {
				return err
			}
			if err := stopFlow(cmd.Context(), c, args[0], id); err != nil {
				return err
			}
			a.con.print("%s\n", id)
			return nil
		},
	}
}

// stopFlow asks for the end of a workflow's run.
func stopFlow(ctx context.Context, c *client.Client, workflow, id string) error {
	return c.Call(ctx, "StopWorkflowRun", wire.StopWorkflowRunRequest{Name: &workflow, RunId: &id}, nil)
}

// workflowsProperties is `tenon workflows properties`.
func (a *app) workflowsProperties() *cobra.Command {
	return &cobra.Command{
		Use: "properties WORKFLOW [RUN] [KEY=VALUE]...", Short: "Show or set the properties of a workflow's run",
		Args: a.atLeastOne("WORKFLOW"),
		Long: `Show the properties of a run of a workflow, which its jobs read and write, or set some: the others stay. ` + flowHelp,
		Example: `  tenon workflows properties nightly
  tenon workflows properties nightly wr_0193a5b2c day=2026-11-27`,
		RunE: func(cmd *cobra.Command, args []string) error {
			workflow, run, given := args[0], "", args[1:]
			if len(given) > 0 && !strings.Contains(given[0], "=") {
				run, given = given[0], given[1:]
			}
			set, err := pairs("property", given)
			if err != nil {
				return err
			}
			c, err := a.connect()
			if err != nil {
				return err
			}
			id, err := findFlow(cmd.Context(), c, workflow, run)
			if err != nil {
				return err
			}
			if set != nil {
				if err := putProperties(cmd.Context(), c, workflow, id, set); err != nil {
					return err
				}
			}
			var out wire.GetWorkflowRunPropertiesResponse
			err = c.Call(cmd.Context(), "GetWorkflowRunProperties", wire.GetWorkflowRunPropertiesRequest{Name: &workflow, RunId: &id}, &out)
			if err != nil {
				return err
			}
			if len(out.RunProperties) == 0 && a.flags.output == formatTable {
				a.con.say("Run %s has no properties.", shortFlow(id))
			}
			return a.showItem(out.RunProperties, mapFields(out.RunProperties))
		},
	}
}

// putProperties sets properties of a workflow's run.
func putProperties(ctx context.Context, c *client.Client, workflow, id string, set map[string]string) error {
	return c.Call(ctx, "PutWorkflowRunProperties", wire.PutWorkflowRunPropertiesRequest{Name: &workflow, RunId: &id, RunProperties: set}, nil)
}

// workflowsDelete is `tenon workflows delete`.
func (a *app) workflowsDelete() *cobra.Command {
	return &cobra.Command{
		Use: "delete WORKFLOW...", Short: "Delete workflows with their triggers; the jobs stay", Args: a.atLeastOne("WORKFLOW"),
		Long:    "Delete workflows with their triggers. The jobs stay, and so do their runs; runs of the workflow that are under way start\nnothing more.",
		Example: "  tenon workflows delete nightly",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			for _, name := range args {
				w, err := getWorkflow(cmd.Context(), c, name) // DeleteWorkflow itself is silent about an unknown one
				if err != nil {
					return err
				}
				for _, n := range w.Graph.Nodes {
					if val(n.Type) != string(glue.NodeTrigger) {
						continue
					}
					if err := c.Call(cmd.Context(), "DeleteTrigger", wire.DeleteTriggerRequest{Name: n.Name}, nil); err != nil {
						return err
					}
				}
				if err := c.Call(cmd.Context(), "DeleteWorkflow", wire.DeleteWorkflowRequest{Name: &name}, nil); err != nil {
					return err
				}
				a.con.print("%s\n", name)
			}
			return nil
		},
	}
}

// isCode reports whether an error is the server's refusal of that name.
func isCode(err error, code glue.Code) bool {
	var refused *glue.Error
	return errors.As(err, &refused) && refused.Code == code
}
