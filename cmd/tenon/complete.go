package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenon/internal/client"
	"tenon/internal/edge/api"
	"tenon/internal/wire"
)

// Bounds of completion: a shell waits for it at every press of the key.
const (
	completeTimeout = time.Second
	completeNames   = 200
)

// completeArguments lets the shell complete the names of what a command takes.
func (a *app) completeArguments(root *cobra.Command) {
	for _, f := range []struct {
		path  []string
		flag  string
		names func(context.Context, *client.Client) []string
	}{
		{[]string{"queue"}, "queue", queueNames}, {[]string{"queue"}, "job", jobNames},
		{[]string{"runs", "start"}, "queue", queueNames}, {[]string{"run"}, "queue", queueNames},
		{[]string{"connections", "create"}, "subnet", subnetNames},
		{[]string{"simulate"}, "lose-subnet", subnetNames}, {[]string{"simulate"}, "lose-zone", zoneNames},
		{[]string{"runs", "retry"}, "job", jobNames}, {[]string{"runs", "retry"}, "state", fixed(retryStates())},
		{[]string{"runs", "list"}, "state", fixed(runStates())}, {[]string{"triggers", "ls"}, "workflow", workflowNames},
		{[]string{"workflows", "rerun"}, "status", fixed(rerunStates())},
		{[]string{"audit"}, "job", jobNames}, {[]string{"audit"}, "run", runNames},
	} {
		if c, _, err := root.Find(f.path); err == nil {
			_ = c.RegisterFlagCompletionFunc(f.flag, a.completion(f.names)) // fails only where the flag is not there
		}
	}
	if c, _, err := root.Find([]string{"simulate"}); err == nil {
		_ = c.RegisterFlagCompletionFunc("queue-weight", a.keyed(queueNames))
		_ = c.RegisterFlagCompletionFunc("max-concurrent-runs", a.keyed(jobNames))
		limits := cobra.FixedCompletions([]cobra.Completion{"concurrent_runs=", "dpus=", "flex_dpus="}, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace)
		_ = c.RegisterFlagCompletionFunc("limit", limits) // of a history: no server is asked
	}
	for path, names := range map[[2]string]func(context.Context, *client.Client) []string{
		{"jobs", "show"}: jobNames, {"jobs", "delete"}: jobNames,
		{"runs", "start"}: jobNames, {"runs", "list"}: jobNames,
		{"bookmarks", "get"}: jobNames, {"bookmarks", "reset"}: jobNames,
		{"runs", "show"}: runNames, {"runs", "logs"}: runNames, {"runs", "files"}: runNames, {"runs", "stop"}: runNames,
		{"runs", "explain"}: runNames, {"runs", "hold"}: waitingNames, {"runs", "unhold"}: waitingNames, {"runs", "boost"}: waitingNames,
		{"runs", "retry"}:    runNames,
		{"triggers", "show"}: triggerNames, {"triggers", "explain"}: triggerNames, {"triggers", "start"}: triggerNames,
		{"triggers", "stop"}: triggerNames, {"triggers", "delete"}: triggerNames, {"rules", "show"}: ruleNames, {"rules", "delete"}: ruleNames,
		{"queue", "hold"}: queueNames, {"queue", "unhold"}: queueNames,
	} {
		if c, _, err := root.Find(path[:]); err == nil {
			c.ValidArgsFunction = a.completion(names)
		}
	}
	a.completeWorkflows(root)
}

// fixed is what a flag takes, whatever the server says.
func fixed(list []string) func(context.Context, *client.Client) []string {
	return func(context.Context, *client.Client) []string { return list }
}

// completeWorkflows completes the names of workflows and of their runs.
func (a *app) completeWorkflows(root *cobra.Command) {
	for _, verb := range []string{"show", "export", "delete", "start", "stop", "runs", "resume", "rerun", "properties"} {
		c, _, err := root.Find([]string{"workflows", verb})
		if err != nil {
			continue
		}
		runs := strings.Contains(c.Use, "[RUN]")
		c.ValidArgsFunction = func(cmd *cobra.Command, args []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
			switch {
			case len(args) == 1 && runs:
				return a.completion(flowNames(args[0]))(cmd, args, word)
			case len(args) > 0 && verb != "delete":
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return a.completion(workflowNames)(cmd, args, word)
		}
		complete := func(flag string, names func(workflow string) func(context.Context, *client.Client) []string) {
			_ = c.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, args []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
				if len(args) == 0 {
					return nil, cobra.ShellCompDirectiveNoFileComp
				}
				return a.completion(names(args[0]))(cmd, args, word)
			}) // fails only where the flag is not there
		}
		complete("from", jobsOfWorkflow)
		complete("run", flowNames)
	}
}

// workflowNames lists workflows.
func workflowNames(ctx context.Context, c *client.Client) []string {
	var names []string
	_ = pages(func(token *string) (*string, error) { // what came before an error is offered
		var out wire.ListWorkflowsResponse
		err := c.Call(ctx, "ListWorkflows", wire.ListWorkflowsRequest{NextToken: token}, &out)
		if names = append(names, out.Workflows...); len(names) >= completeNames {
			return nil, err
		}
		return out.NextToken, err
	})
	return names
}

// flowNames lists the newest runs of a workflow.
func flowNames(workflow string) func(context.Context, *client.Client) []string {
	return func(ctx context.Context, c *client.Client) []string {
		runs, err := newestFlows(ctx, c, workflow, completeNames, nil)
		if err != nil {
			return nil
		}
		var names []string
		for i := range runs {
			names = append(names, shortFlow(val(runs[i].WorkflowRunId))+"\t"+flowOutcome(&runs[i])+", "+ago(when(runs[i].StartedOn), time.Now()))
		}
		return names
	}
}

// jobsOfWorkflow lists the jobs of a workflow.
func jobsOfWorkflow(workflow string) func(context.Context, *client.Client) []string {
	return func(ctx context.Context, c *client.Client) []string {
		w, err := getWorkflow(ctx, c, workflow)
		if err != nil {
			return nil
		}
		var names []string
		for _, n := range jobNodes(w.Graph) {
			names = append(names, val(n.Name))
		}
		return names
	}
}

// completion makes cobra's function of one that lists names. Where no server answers there is nothing to offer.
func (a *app) completion(names func(context.Context, *client.Client) []string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		c, err := a.connect()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), completeTimeout)
		defer cancel()
		return names(ctx, c), cobra.ShellCompDirectiveNoFileComp
	}
}

// keyed completes the NAME of NAME=VALUE: the shell goes on behind the sign.
func (a *app) keyed(names func(context.Context, *client.Client) []string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
		list, directive := a.completion(names)(cmd, args, word)
		for i := range list {
			name, told, _ := strings.Cut(list[i], "\t")
			list[i] = strings.TrimSuffix(name+"=\t"+told, "\t")
		}
		return list, directive | cobra.ShellCompDirectiveNoSpace
	}
}

// jobNames lists jobs.
func jobNames(ctx context.Context, c *client.Client) []string {
	var out wire.ListJobsResponse
	limit := int32(completeNames)
	if c.Call(ctx, "ListJobs", wire.ListJobsRequest{MaxResults: &limit}, &out) != nil {
		return nil
	}
	return out.JobNames
}

// runNames lists jobs, which stand for their newest runs, and the newest runs of all.
func runNames(ctx context.Context, c *client.Client) []string {
	names := jobNames(ctx, c)
	runs, err := newest(ctx, c, "", completeNames)
	if err != nil {
		return names
	}
	for _, r := range runs {
		names = append(names, shortRun(val(r.Id))+"\t"+val(r.JobName)+" "+val(r.JobRunState))
	}
	return names
}

// triggerNames lists triggers.
func triggerNames(ctx context.Context, c *client.Client) []string {
	var out wire.ListTriggersResponse
	if c.Call(ctx, "ListTriggers", wire.ListTriggersRequest{}, &out) != nil {
		return nil
	}
	return out.TriggerNames
}

// ruleNames lists rules and what they do.
func ruleNames(ctx context.Context, c *client.Client) []string {
	rules, err := rulesOf(ctx, c)
	if err != nil {
		return nil
	}
	var names []string
	for i := range rules {
		names = append(names, rules[i].Name+"\t"+targetList(rules[i].Targets))
	}
	return names
}

// queueNames lists the queues.
func queueNames(ctx context.Context, c *client.Client) []string {
	var out api.QueueList
	if c.Admin(ctx, "ListQueues", api.QuotaInput{}, &out) != nil {
		return nil
	}
	var names []string
	for _, q := range out.Queues {
		names = append(names, q.Name+"\t"+many(int64(q.Waiting), "run")+" waiting")
	}
	return names
}

// waitingNames lists the first runs that wait.
func waitingNames(ctx context.Context, c *client.Client) []string {
	runs, _, err := waiting(ctx, c, &queueFlags{}, completeNames)
	if err != nil {
		return nil
	}
	var names []string
	for _, r := range runs {
		names = append(names, shortRun(r.RunID)+"\t"+r.JobName+", queue "+r.Queue)
	}
	return names
}

// zoneNames lists the zones that have subnets.
func zoneNames(ctx context.Context, c *client.Client) []string {
	var out api.SubnetList
	if c.Admin(ctx, "ListSubnets", api.QuotaInput{}, &out) != nil {
		return nil
	}
	var names []string
	for _, s := range out.Subnets {
		if !slices.Contains(names, s.Zone) {
			names = append(names, s.Zone)
		}
	}
	return names
}

// subnetNames lists the subnets that Tenon manages.
func subnetNames(ctx context.Context, c *client.Client) []string {
	var out api.SubnetList
	if c.Admin(ctx, "ListSubnets", api.QuotaInput{}, &out) != nil {
		return nil
	}
	var names []string
	for _, s := range out.Subnets {
		names = append(names, fmt.Sprintf("%s\t%s, %d free", s.ID, s.Zone, s.Free))
	}
	return names
}
