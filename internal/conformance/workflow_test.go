package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"
	"github.com/google/go-cmp/cmp"

	"tenon/internal/edge/api"
)

// trigger creates a trigger of workflow w.
func (s *server) trigger(in *glue.CreateTriggerInput) {
	s.t.Helper()
	if _, err := s.glue().CreateTrigger(s.t.Context(), in); err != nil {
		s.t.Fatal(err)
	}
}

// starts are actions for jobs.
func starts(jobs ...string) (actions []types.Action) {
	for _, job := range jobs {
		actions = append(actions, types.Action{JobName: aws.String(job)})
	}
	return actions
}

// when is a predicate: "B SUCCEEDED", "C FAILED".
func when(logical types.Logical, conditions ...string) *types.Predicate {
	p := &types.Predicate{Logical: logical}
	for _, c := range conditions {
		job, state, _ := strings.Cut(c, " ")
		p.Conditions = append(p.Conditions, types.Condition{LogicalOperator: types.LogicalOperatorEquals, JobName: aws.String(job), State: types.JobRunState(state)})
	}
	return p
}

// over waits for a workflow run to end, and returns it with its graph.
func (s *server) over(workflow, id string) *types.WorkflowRun {
	s.t.Helper()
	g := s.glue()
	var run *types.WorkflowRun
	waitFor(s.t, 90*time.Second, "workflow run "+id+" to end", func() bool {
		out, err := g.GetWorkflowRun(s.t.Context(), &glue.GetWorkflowRunInput{Name: &workflow, RunId: &id, IncludeGraph: aws.Bool(true)})
		if err != nil {
			s.t.Fatal(err)
		}
		run = out.Run
		return run.Status != types.WorkflowRunStatusRunning && run.Status != types.WorkflowRunStatusStopping
	})
	return run
}

// states spells what the jobs of a graph came to: "A SUCCEEDED, C FAILED SUCCEEDED".
func states(run *types.WorkflowRun) string {
	var jobs []string
	for _, n := range run.Graph.Nodes {
		if n.Type == types.NodeTypeJob && len(n.JobDetails.JobRuns) > 0 {
			word := *n.Name
			for _, r := range n.JobDetails.JobRuns {
				word += " " + string(r.JobRunState)
			}
			jobs = append(jobs, word)
		}
	}
	return strings.Join(jobs, ", ")
}

// branches is workflow w: A -> (B, C) -> D when both succeed, or E when one fails, as C does.
func (s *server) branches() {
	s.t.Helper()
	for _, job := range []string{"A", "B", "D", "E"} {
		s.job(job, "pythonshell", "print('ok')\n")
	}
	s.job("C", "pythonshell", "raise SystemExit('boom')\n")
	w := aws.String("w")
	if _, err := s.glue().CreateWorkflow(s.t.Context(), &glue.CreateWorkflowInput{Name: w, DefaultRunProperties: map[string]string{"day": "1"}, Tags: map[string]string{"team": "data"}}); err != nil {
		s.t.Fatal(err)
	}
	s.trigger(&glue.CreateTriggerInput{Name: aws.String("t0"), WorkflowName: w, Type: types.TriggerTypeOnDemand, Actions: starts("A")})
	s.trigger(&glue.CreateTriggerInput{Name: aws.String("t1"), WorkflowName: w, Type: types.TriggerTypeConditional, StartOnCreation: true,
		Predicate: when("", "A SUCCEEDED"), Actions: starts("B", "C")})
	s.trigger(&glue.CreateTriggerInput{Name: aws.String("t2"), WorkflowName: w, Type: types.TriggerTypeConditional, StartOnCreation: true,
		Predicate: when("AND", "B SUCCEEDED", "C SUCCEEDED"), Actions: starts("D")})
	s.trigger(&glue.CreateTriggerInput{Name: aws.String("t3"), WorkflowName: w, Type: types.TriggerTypeConditional, StartOnCreation: true,
		Predicate: when("ANY", "B FAILED", "C FAILED"), Actions: starts("E")})
}

// node is the id of a job's node.
func node(g *types.WorkflowGraph, job string) string {
	for _, n := range g.Nodes {
		if n.Type == types.NodeTypeJob && *n.Name == job {
			return *n.UniqueId
		}
	}
	return ""
}

// TestWorkflow runs a workflow with a branch that fails, looks at it from every side, mends it and resumes it, by the SDK.
func TestWorkflow(t *testing.T) {
	s := start(t, "")
	g, ctx, w := s.glue(), t.Context(), aws.String("w")
	s.branches()
	started, err := g.StartWorkflowRun(ctx, &glue.StartWorkflowRunInput{Name: w, RunProperties: map[string]string{"by": "hand"}})
	if err != nil {
		t.Fatal(err)
	}
	first := s.over("w", *started.RunId)
	if got, want := states(first), "A SUCCEEDED, B SUCCEEDED, C FAILED, E SUCCEEDED"; got != want || first.Status != types.WorkflowRunStatusCompleted {
		t.Fatalf("%s with %q, want %q", first.Status, got, want)
	}
	if st := first.Statistics; st.TotalActions != 4 || st.SucceededActions != 3 || st.FailedActions != 1 || st.RunningActions != 0 {
		t.Errorf("statistics %+v", *st)
	}
	if diff := cmp.Diff(map[string]string{"day": "1", "by": "hand"}, first.WorkflowRunProperties); diff != "" {
		t.Errorf("properties:\n%s", diff)
	}
	if len(first.Graph.Nodes) != 9 || len(first.Graph.Edges) != 10 {
		t.Errorf("%d nodes and %d edges, want 4 triggers, 5 jobs and 10 edges", len(first.Graph.Nodes), len(first.Graph.Edges))
	}
	var e types.JobRun
	for _, n := range first.Graph.Nodes {
		if n.Type == types.NodeTypeJob && *n.Name == "E" {
			e = n.JobDetails.JobRuns[0]
		}
	}
	if aws.ToString(e.TriggerName) != "t3" || len(e.PredecessorRuns) != 1 || *e.PredecessorRuns[0].JobName != "C" || e.Arguments["--WORKFLOW_RUN_ID"] != *started.RunId {
		t.Errorf("run of E: %+v", e)
	}
	s.put("scripts", "C.py", "print('mended')\n")
	resumed, err := g.ResumeWorkflowRun(ctx, &glue.ResumeWorkflowRunInput{Name: w, RunId: started.RunId, NodeIds: []string{node(first.Graph, "C")}})
	if err != nil {
		t.Fatal(err)
	}
	second := s.over("w", *resumed.RunId)
	if got, want := states(second), "A SUCCEEDED, B SUCCEEDED, C SUCCEEDED, D SUCCEEDED"; got != want || aws.ToString(second.PreviousRunId) != *started.RunId {
		t.Errorf("resumed: %q, want %q; after %s", got, want, aws.ToString(second.PreviousRunId))
	}
	_, err = g.ResumeWorkflowRun(ctx, &glue.ResumeWorkflowRunInput{Name: w, RunId: started.RunId, NodeIds: []string{node(first.Graph, "D")}})
	demand(t, err, "InvalidInputException", "was not attempted in the workflow run")
	_, err = g.StopWorkflowRun(ctx, &glue.StopWorkflowRunInput{Name: w, RunId: started.RunId})
	demand(t, err, "IllegalWorkflowStateException", "COMPLETED")

	read, err := g.GetWorkflow(ctx, &glue.GetWorkflowInput{Name: w, IncludeGraph: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	if got := read.Workflow; aws.ToString(got.LastRun.WorkflowRunId) != *resumed.RunId || len(got.Graph.Nodes) != 9 || got.CreatedOn == nil || states(got.LastRun) == "" {
		t.Errorf("workflow %+v", *got)
	}
	var ids []string
	pages := glue.NewGetWorkflowRunsPaginator(g, &glue.GetWorkflowRunsInput{Name: w, MaxResults: aws.Int32(1)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Runs {
			ids = append(ids, *r.WorkflowRunId)
		}
	}
	if diff := cmp.Diff([]string{*resumed.RunId, *started.RunId}, ids); diff != "" {
		t.Errorf("runs, newest first:\n%s", diff)
	}
	many, err := g.BatchGetWorkflows(ctx, &glue.BatchGetWorkflowsInput{Names: []string{"ghost", "w"}, IncludeGraph: aws.Bool(true)})
	if err != nil || len(many.Workflows) != 1 || len(many.Workflows[0].Graph.Nodes) != 9 || !slices.Equal(many.MissingWorkflows, []string{"ghost"}) {
		t.Errorf("BatchGetWorkflows: %+v %v", many, err)
	}
}

// TestStopWorkflow stops a workflow in its first job.
func TestStopWorkflow(t *testing.T) {
	s := start(t, "")
	g, ctx, w := s.glue(), t.Context(), aws.String("w")
	s.job("long", "pythonshell", "import time\ntime.sleep(600)\n")
	s.job("next", "pythonshell", "print('never')\n")
	if _, err := g.CreateWorkflow(ctx, &glue.CreateWorkflowInput{Name: w, MaxConcurrentRuns: aws.Int32(1)}); err != nil {
		t.Fatal(err)
	}
	_, err := g.StartWorkflowRun(ctx, &glue.StartWorkflowRunInput{Name: w})
	demand(t, err, "InvalidInputException", "has no start trigger")
	s.trigger(&glue.CreateTriggerInput{Name: aws.String("go"), WorkflowName: w, Type: types.TriggerTypeOnDemand, Actions: starts("long")})
	s.trigger(&glue.CreateTriggerInput{Name: aws.String("then"), WorkflowName: w, Type: types.TriggerTypeConditional, StartOnCreation: true,
		Predicate: when("", "long STOPPED"), Actions: starts("next")})
	if _, err := g.StartTrigger(ctx, &glue.StartTriggerInput{Name: aws.String("go")}); err != nil {
		t.Fatal(err)
	}
	_, err = g.StartTrigger(ctx, &glue.StartTriggerInput{Name: aws.String("go")})
	demand(t, err, "ConcurrentRunsExceededException", "Concurrent runs exceeded for workflow: w.")
	var run types.WorkflowRun
	waitFor(t, 90*time.Second, "the job to run", func() bool {
		out, err := g.GetWorkflowRuns(ctx, &glue.GetWorkflowRunsInput{Name: w, IncludeGraph: aws.Bool(true)})
		if err != nil {
			t.Fatal(err)
		}
		run = out.Runs[0]
		return states(&run) == "long RUNNING" && run.Statistics.RunningActions == 1
	})
	if _, err := g.StopWorkflowRun(ctx, &glue.StopWorkflowRunInput{Name: w, RunId: run.WorkflowRunId}); err != nil {
		t.Fatal(err)
	}
	if run := s.over("w", *run.WorkflowRunId); run.Status != types.WorkflowRunStatusStopped || states(run) != "long STOPPED" || run.Statistics.StoppedActions != 1 {
		t.Errorf("%s with %q, %+v", run.Status, states(run), *run.Statistics)
	}
}

// TestWorkflowOverKill kills the server while a workflow waits for its job: the next server takes it to its end, and nothing of
// it runs twice.
func TestWorkflowOverKill(t *testing.T) {
	s := start(t, "")
	s.job("slow", "pythonshell", "import time\ntime.sleep(3)\n")
	s.job("next", "pythonshell", "print('once')\n")
	w := aws.String("w")
	if _, err := s.glue().CreateWorkflow(t.Context(), &glue.CreateWorkflowInput{Name: w}); err != nil {
		t.Fatal(err)
	}
	s.trigger(&glue.CreateTriggerInput{Name: aws.String("go"), WorkflowName: w, Type: types.TriggerTypeOnDemand, Actions: starts("slow")})
	s.trigger(&glue.CreateTriggerInput{Name: aws.String("then"), WorkflowName: w, Type: types.TriggerTypeConditional, StartOnCreation: true,
		Predicate: when("", "slow SUCCEEDED"), Actions: starts("next")})
	started, err := s.glue().StartWorkflowRun(t.Context(), &glue.StartWorkflowRunInput{Name: w})
	if err != nil {
		t.Fatal(err)
	}
	s.kill() // its fire may be carried out by then, or not
	s.boot()
	waitFor(t, 90*time.Second, "the first job to run", func() bool {
		out, err := s.glue().GetJobRuns(t.Context(), &glue.GetJobRunsInput{JobName: aws.String("slow")})
		return err == nil && len(out.JobRuns) == 1 && (out.JobRuns[0].JobRunState == types.JobRunStateRunning || finals[out.JobRuns[0].JobRunState])
	})
	s.kill()
	s.boot()
	if run := s.over("w", *started.RunId); run.Status != types.WorkflowRunStatusCompleted || states(run) != "next SUCCEEDED, slow SUCCEEDED" {
		t.Errorf("%s with %q", run.Status, states(run))
	}
}

// TestTriggerLists: lists of triggers by job and by tag, in pages, and what is said of those that are not there.
func TestTriggerLists(t *testing.T) {
	s := start(t, "quotas: {triggers: 5, jobs_per_trigger: 2}")
	g, ctx := s.glue(), t.Context()
	for i := range 5 {
		s.trigger(&glue.CreateTriggerInput{Name: aws.String(fmt.Sprint("t", i)), Type: types.TriggerTypeOnDemand, Actions: starts(fmt.Sprint("j", i%2)),
			Tags: map[string]string{"odd": fmt.Sprint(i % 2)}})
	}
	_, err := g.CreateTrigger(ctx, &glue.CreateTriggerInput{Name: aws.String("t5"), Type: types.TriggerTypeOnDemand, Actions: starts("j")})
	demand(t, err, "ResourceNumberLimitExceededException", "The quota triggers (L-F1653A6D in Service Quotas) is reached: us-east-1 has 5 triggers and the limit is 5.")
	_, err = g.UpdateTrigger(ctx, &glue.UpdateTriggerInput{Name: aws.String("t0"), TriggerUpdate: &types.TriggerUpdate{Actions: starts("a", "b", "c")}})
	demand(t, err, "ResourceNumberLimitExceededException", "2")
	list := func(in *glue.ListTriggersInput) (names []string) {
		t.Helper()
		in.MaxResults = aws.Int32(2)
		for pages := glue.NewListTriggersPaginator(g, in); pages.HasMorePages(); {
			page, err := pages.NextPage(ctx)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, page.TriggerNames...)
		}
		return names
	}
	for name, c := range map[string]struct {
		in   glue.ListTriggersInput
		want string
	}{
		"all":                      {glue.ListTriggersInput{}, "t0 t1 t2 t3 t4"},
		"by tag":                   {glue.ListTriggersInput{Tags: map[string]string{"odd": "1"}}, "t1 t3"},
		"by job":                   {glue.ListTriggersInput{DependentJobName: aws.String("j0")}, "t0 t2 t4"},
		"by a job nobody starts":   {glue.ListTriggersInput{DependentJobName: aws.String("j9")}, "t0 t1 t2 t3 t4"},
		"by job and another tag":   {glue.ListTriggersInput{DependentJobName: aws.String("j0"), Tags: map[string]string{"odd": "1"}}, "t1 t3"},
		"by a tag nothing carries": {glue.ListTriggersInput{Tags: map[string]string{"odd": "2"}}, ""},
	} {
		if got := strings.Join(list(&c.in), " "); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	got, err := g.GetTriggers(ctx, &glue.GetTriggersInput{DependentJobName: aws.String("j1")})
	if err != nil || len(got.Triggers) != 2 || *got.Triggers[0].Actions[0].JobName != "j1" || got.Triggers[0].Id != nil {
		t.Errorf("GetTriggers: %+v %v", got, err)
	}
	many, err := g.BatchGetTriggers(ctx, &glue.BatchGetTriggersInput{TriggerNames: []string{"t4", "ghost"}})
	if err != nil || len(many.Triggers) != 1 || !slices.Equal(many.TriggersNotFound, []string{"ghost"}) {
		t.Errorf("BatchGetTriggers: %+v %v", many, err)
	}
	used := map[string]float64{}
	var quotas api.QuotaList
	if err := s.client().Admin(ctx, "ListQuotas", api.QuotaInput{}, &quotas); err != nil {
		t.Fatal(err)
	}
	for _, q := range quotas.Quotas {
		used[q.Name] = q.Used
	}
	if used["triggers"] != 5 || used["jobs_per_trigger"] != 1 {
		t.Errorf("used: %v triggers, %v jobs per trigger", used["triggers"], used["jobs_per_trigger"])
	}
}

// TestTerraform replays what Terraform's provider does with aws_glue_workflow and aws_glue_trigger: what it reads back is what
// it wrote, so that a second plan finds nothing to change.
func TestTerraform(t *testing.T) {
	s := start(t, "")
	g, ctx := s.glue(), t.Context()
	tags := func(arn string) map[string]string {
		t.Helper()
		out, err := g.GetTags(ctx, &glue.GetTagsInput{ResourceArn: &arn})
		if err != nil {
			t.Fatal(err)
		}
		return out.Tags
	}
	w := &glue.CreateWorkflowInput{Name: aws.String("etl"), Description: aws.String("d"), DefaultRunProperties: map[string]string{"k": "v"},
		MaxConcurrentRuns: aws.Int32(2), Tags: map[string]string{"a": "1"}}
	if _, err := g.CreateWorkflow(ctx, w); err != nil {
		t.Fatal(err)
	}
	read, err := g.GetWorkflow(ctx, &glue.GetWorkflowInput{Name: w.Name})
	if err != nil {
		t.Fatal(err)
	}
	if got := read.Workflow; *got.Name != "etl" || *got.Description != "d" || *got.MaxConcurrentRuns != 2 || got.DefaultRunProperties["k"] != "v" || got.Graph != nil || got.LastRun != nil {
		t.Errorf("workflow %+v", *got)
	}
	if got := tags("arn:aws:glue:us-east-1:123456789012:workflow/etl"); !maps.Equal(got, w.Tags) {
		t.Errorf("tags %v", got)
	}
	for _, c := range []struct {
		in    glue.CreateTriggerInput
		start bool
		state types.TriggerState
	}{
		{glue.CreateTriggerInput{Name: aws.String("nightly"), Type: types.TriggerTypeScheduled, Schedule: aws.String("cron(15 12 * * ? *)"), Description: aws.String("at noon"),
			Actions: []types.Action{{JobName: aws.String("j"), Arguments: map[string]string{"--a": "b"}, Timeout: aws.Int32(5),
				NotificationProperty: &types.NotificationProperty{NotifyDelayAfter: aws.Int32(2)}}}}, true, types.TriggerStateActivated},
		{glue.CreateTriggerInput{Name: aws.String("asleep"), Type: types.TriggerTypeScheduled, Schedule: aws.String("cron(0 1 ? * MON-FRI *)"), Actions: starts("j")}, false, types.TriggerStateCreated},
		{glue.CreateTriggerInput{Name: aws.String("event"), WorkflowName: w.Name, Type: types.TriggerTypeEvent, Actions: starts("j"),
			EventBatchingCondition: &types.EventBatchingCondition{BatchSize: aws.Int32(4), BatchWindow: aws.Int32(900)}}, false, types.TriggerStateCreated},
		{glue.CreateTriggerInput{Name: aws.String("then"), WorkflowName: w.Name, Type: types.TriggerTypeConditional, StartOnCreation: true,
			Predicate: when("AND", "j SUCCEEDED"), Actions: starts("k", "l")}, false, types.TriggerStateActivated},
	} {
		name := c.in.Name
		c.in.Tags = map[string]string{"of": *name}
		s.trigger(&c.in)
		if c.start {
			if _, err := g.StartTrigger(ctx, &glue.StartTriggerInput{Name: name}); err != nil {
				t.Fatal(err)
			}
		}
		out, err := g.GetTrigger(ctx, &glue.GetTriggerInput{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		want := types.Trigger{Name: name, WorkflowName: c.in.WorkflowName, Type: c.in.Type, State: c.state, Description: c.in.Description,
			Schedule: c.in.Schedule, Actions: c.in.Actions, Predicate: c.in.Predicate, EventBatchingCondition: c.in.EventBatchingCondition}
		if diff := cmp.Diff(asJSON(t, want), asJSON(t, *out.Trigger)); diff != "" {
			t.Errorf("%s reads back otherwise:\n%s", *name, diff)
		}
		if got := tags("arn:aws:glue:us-east-1::trigger/" + *name); !maps.Equal(got, c.in.Tags) { // the provider may not know the account
			t.Errorf("tags of %s: %v", *name, got)
		}
	}
	arn := "arn:aws:glue:us-east-1:123456789012:trigger/nightly"
	_, err = g.TagResource(ctx, &glue.TagResourceInput{ResourceArn: &arn, TagsToAdd: map[string]string{"tenon:timezone": "Mars/Olympus"}})
	demand(t, err, "InvalidInputException", "tenon:timezone")
	if _, err := g.TagResource(ctx, &glue.TagResourceInput{ResourceArn: &arn, TagsToAdd: map[string]string{"tenon:timezone": "Europe/Berlin"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := g.UntagResource(ctx, &glue.UntagResourceInput{ResourceArn: &arn, TagsToRemove: []string{"of"}}); err != nil {
		t.Fatal(err)
	}
	if got := tags(arn); !maps.Equal(got, map[string]string{"tenon:timezone": "Europe/Berlin"}) {
		t.Errorf("tags %v", got)
	}
	updated, err := g.UpdateTrigger(ctx, &glue.UpdateTriggerInput{Name: aws.String("nightly"), TriggerUpdate: &types.TriggerUpdate{
		Schedule: aws.String("cron(30 12 * * ? *)"), Actions: starts("j")}})
	if err != nil || updated.Trigger.Description != nil || *updated.Trigger.Schedule != "cron(30 12 * * ? *)" || updated.Trigger.Actions[0].Arguments != nil ||
		updated.Trigger.State != types.TriggerStateActivated {
		t.Errorf("updated: %+v %v", updated, err)
	}
	if _, err := g.StopTrigger(ctx, &glue.StopTriggerInput{Name: aws.String("nightly")}); err != nil {
		t.Fatal(err)
	}
	_, err = g.StopTrigger(ctx, &glue.StopTriggerInput{Name: aws.String("event")})
	demand(t, err, "InvalidInputException", "The operation is not allowed when trigger is in state: CREATED")
	_, err = g.StartTrigger(ctx, &glue.StartTriggerInput{Name: aws.String("event")})
	demand(t, err, "InvalidInputException", "Trigger Type EVENT cannot be started")
	for _, name := range []string{"nightly", "asleep", "event", "then"} {
		for range 2 { // the second finds nothing, which is no error
			if _, err := g.DeleteTrigger(ctx, &glue.DeleteTriggerInput{Name: &name}); err != nil {
				t.Fatal(err)
			}
		}
		_, err := g.GetTrigger(ctx, &glue.GetTriggerInput{Name: &name})
		demand(t, err, "EntityNotFoundException", name)
	}
	if _, err := g.UpdateWorkflow(ctx, &glue.UpdateWorkflowInput{Name: w.Name}); err != nil {
		t.Fatal(err)
	}
	read, err = g.GetWorkflow(ctx, &glue.GetWorkflowInput{Name: w.Name, IncludeGraph: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	if got := read.Workflow; got.Description != nil || got.MaxConcurrentRuns != nil || got.DefaultRunProperties != nil || got.Graph == nil || len(got.Graph.Nodes) != 0 {
		t.Errorf("workflow after an empty update: %+v", *got)
	}
	for range 2 {
		if _, err := g.DeleteWorkflow(ctx, &glue.DeleteWorkflowInput{Name: w.Name}); err != nil {
			t.Fatal(err)
		}
	}
	_, err = g.GetWorkflow(ctx, &glue.GetWorkflowInput{Name: w.Name})
	demand(t, err, "EntityNotFoundException", "Workflow with name: etl not found.")
}

// asJSON is for comparing what the SDK's types hold.
func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestWorkflowByCLI is TestWorkflow with nothing but the AWS CLI.
func TestWorkflowByCLI(t *testing.T) {
	s := start(t, "")
	python(t)
	for _, job := range []string{"A", "B", "D", "E"} {
		s.job(job, "pythonshell", "print('ok')\n")
	}
	s.job("C", "pythonshell", "raise SystemExit('boom')\n")
	s.command("aws", "glue", "create-workflow", "--name", "w", "--default-run-properties", "day=1")
	condition := func(job, state string) string {
		return "{LogicalOperator=EQUALS,JobName=" + job + ",State=" + state + "}"
	}
	conditional := func(name, logical string, conditions []string, jobs ...string) {
		args := []string{"glue", "create-trigger", "--workflow-name", "w", "--type", "CONDITIONAL", "--start-on-creation", "--name", name,
			"--predicate", "Logical=" + logical + ",Conditions=[" + strings.Join(conditions, ",") + "]", "--actions"}
		for _, job := range jobs {
			args = append(args, "JobName="+job)
		}
		s.command("aws", args...)
	}
	s.command("aws", "glue", "create-trigger", "--workflow-name", "w", "--name", "t0", "--type", "ON_DEMAND", "--actions", "JobName=A")
	conditional("t1", "AND", []string{condition("A", "SUCCEEDED")}, "B", "C")
	conditional("t2", "AND", []string{condition("B", "SUCCEEDED"), condition("C", "SUCCEEDED")}, "D")
	conditional("t3", "ANY", []string{condition("B", "FAILED"), condition("C", "FAILED")}, "E")
	query := func(q string, args ...string) string {
		return strings.TrimSpace(s.command("aws", append(append([]string{"glue"}, args...), "--query", q, "--output", "text")...))
	}
	id := query("RunId", "start-workflow-run", "--name", "w", "--run-properties", "by=cli")
	s.over("w", id)
	if got := query("Run.Statistics.[TotalActions,SucceededActions,FailedActions]", "get-workflow-run", "--name", "w", "--run-id", id); got != "4\t3\t1" {
		t.Errorf("statistics %q", got)
	}
	node := query("Run.Graph.Nodes[?Name=='C' && Type=='JOB'].UniqueId", "get-workflow-run", "--name", "w", "--run-id", id, "--include-graph")
	if !strings.HasPrefix(node, "wnode_") {
		t.Fatalf("node %q", node)
	}
	s.command("aws", "glue", "put-workflow-run-properties", "--name", "w", "--run-id", id, "--run-properties", "note=mended")
	s.put("scripts", "C.py", "print('mended')\n")
	again := query("RunId", "resume-workflow-run", "--name", "w", "--run-id", id, "--node-ids", node)
	if run := s.over("w", again); states(run) != "A SUCCEEDED, B SUCCEEDED, C SUCCEEDED, D SUCCEEDED" || run.WorkflowRunProperties["note"] != "mended" {
		t.Errorf("resumed: %s, %v", states(run), run.WorkflowRunProperties)
	}
	if got := query("Runs[].WorkflowRunId", "get-workflow-runs", "--name", "w"); got != again+"\t"+id {
		t.Errorf("runs %q", got)
	}
	if got := query("TriggerNames", "list-triggers"); got != "t0\tt1\tt2\tt3" {
		t.Errorf("triggers %q", got)
	}
	if got := query("Workflows", "list-workflows"); got != "w" {
		t.Errorf("workflows %q", got)
	}
}

// TestRunProperties: the jobs of a workflow hand things on by boto3, each with the key of its own run.
func TestRunProperties(t *testing.T) {
	s := start(t, "executor: {local: {python: "+python(t)+"}}")
	g, ctx, w := s.glue(), t.Context(), aws.String("hand-over")
	s.job("first", "pythonshell", script(t, "workflow_first.py"))
	s.job("second", "glueetl", script(t, "workflow_second.py"))
	if _, err := g.CreateWorkflow(ctx, &glue.CreateWorkflowInput{Name: w, DefaultRunProperties: map[string]string{"day": "2026-11-26"}}); err != nil {
		t.Fatal(err)
	}
	s.trigger(&glue.CreateTriggerInput{Name: aws.String("go"), WorkflowName: w, Type: types.TriggerTypeOnDemand, Actions: starts("first")})
	s.trigger(&glue.CreateTriggerInput{Name: aws.String("then"), WorkflowName: w, Type: types.TriggerTypeConditional, StartOnCreation: true,
		Predicate: when("", "first SUCCEEDED"), Actions: starts("second")})
	started, err := g.StartWorkflowRun(ctx, &glue.StartWorkflowRunInput{Name: w})
	if err != nil {
		t.Fatal(err)
	}
	run := s.over(*w, *started.RunId)
	if states(run) != "first SUCCEEDED, second SUCCEEDED" {
		for _, n := range run.Graph.Nodes {
			if n.JobDetails != nil {
				for _, r := range n.JobDetails.JobRuns {
					t.Logf("%s: %s", *n.Name, s.stream(&r, "error"))
				}
			}
		}
		t.Fatal(states(run))
	}
	runs, err := g.GetJobRuns(ctx, &glue.GetJobRunsInput{JobName: aws.String("second")})
	if err != nil {
		t.Fatal(err)
	}
	out := s.stream(&runs.JobRuns[0], "output")
	for _, want := range []string{"properties: [('day', '2026-11-26-checked'), ('rows', '7')]", "status: RUNNING running: 1"} {
		if !strings.Contains(out, want) {
			t.Errorf("output lacks %q: %s", want, out)
		}
	}
	props, err := g.GetWorkflowRunProperties(ctx, &glue.GetWorkflowRunPropertiesInput{Name: w, RunId: started.RunId})
	if err != nil || props.RunProperties["rows"] != "7" {
		t.Errorf("properties %v %v", props, err)
	}
	plain, err := g.GetWorkflow(ctx, &glue.GetWorkflowInput{Name: w})
	if err != nil || !maps.Equal(plain.Workflow.DefaultRunProperties, map[string]string{"day": "2026-11-26"}) {
		t.Errorf("the defaults changed: %v %v", plain, err)
	}
}
