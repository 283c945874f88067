package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tenon/internal/core/cron"
	"tenon/internal/core/workflow"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// How far back, and how wide, an explanation looks. What lies beyond is not told of.
const (
	explainRuns     = 50   // newest runs of each job that the trigger watches
	explainFlowRuns = 1000 // runs of the flow that was asked for
	explainFlows    = 20   // newest runs of its workflow
	explainOthers   = 1000 // other triggers of its workflow, or outside any
)

// TriggerQuestion asks why a trigger fired or did not.
type TriggerQuestion struct {
	Name     string `json:"Name"`
	Flow     string `json:"Flow,omitempty"`     // the workflow run or chain that its conditions are judged in, or the beginning of its id; empty: the newest
	Timezone string `json:"Timezone,omitempty"` // of whoever asks, an IANA name: fire times are told in it too
}

// explainTrigger is ExplainTrigger: the reading side of workflow.Explain, all of one moment.
func (a *API) explainTrigger(ctx context.Context, c Call, in *TriggerQuestion) (*workflow.Explanation, error) {
	if in.Name == "" {
		return nil, glue.Invalid("Name is required: the trigger's.")
	}
	q := &workflow.Question{Now: time.Now(), Flow: in.Flow}
	if in.Timezone != "" {
		zone, err := cron.Location(in.Timezone)
		if err != nil {
			return nil, err
		}
		q.Zone = zone
	}
	if err := a.read(ctx, func(r *store.Reader) error { return a.askTrigger(r, c, in, q) }); err != nil {
		return nil, err
	}
	for i := range q.Progress.Recent {
		q.Progress.Recent[i].Cause.Who = a.nameOf(q.Progress.Recent[i].Cause.Who)
	}
	e := workflow.Explain(q)
	return &e, nil
}

// nameOf is whom an access key is for, or the key where it is gone.
func (a *API) nameOf(key string) string {
	if a.keys == nil || key == "" {
		return key
	}
	if k, known := a.keys.Lookup(key); known && k.Principal != "" {
		return k.Principal
	}
	return key
}

// askTrigger reads all that a question about a trigger looks at.
func (a *API) askTrigger(r *store.Reader, c Call, in *TriggerQuestion, q *workflow.Question) error {
	d, err := r.GetDefinition(c.Region, glue.KindTrigger, in.Name)
	if errors.Is(err, store.ErrNotFound) {
		return glue.NotFound(kindNames[glue.KindTrigger], in.Name)
	}
	if err != nil {
		return err
	}
	t, err := decode[glue.Trigger](d)
	if err != nil {
		return err
	}
	if t.Setting, err = workflow.ParseSettings(d.Tags); err != nil {
		return err
	}
	t.Incarnation, t.Version = d.Incarnation, d.Version
	q.Trigger, q.Changed = *t, d.Modified
	q.ARN = fmt.Sprintf("arn:aws:glue:%s:%s:trigger/%s", c.Region, a.cfg.Account, t.Name)
	if q.Progress, err = r.TriggerProgress(c.Region, t.Name); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if q.Progress.Incarnation != d.Incarnation { // of a trigger of that name that was deleted
		q.Progress = glue.TriggerProgress{}
	}
	if err := askWorkflow(r, c.Region, q); err != nil {
		return err
	}
	if err := askOthers(r, c.Region, q); err != nil {
		return err
	}
	return askJobs(r, c.Region, q)
}

// askWorkflow reads the trigger's workflow with its newest runs, and the rules that hand it events.
func askWorkflow(r *store.Reader, region string, q *workflow.Question) error {
	name := q.Trigger.WorkflowName
	if name == "" {
		return askRules(r, region, q, func(t glue.Target) bool { return t.Job != "" })
	}
	d, err := r.GetDefinition(region, glue.KindWorkflow, name)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if q.Workflow, err = decode[glue.Workflow](d); err != nil {
		return err
	}
	q.Workflow.Incarnation, q.Workflow.Version = d.Incarnation, d.Version
	runs, err := r.ListWorkflowRuns(store.WorkflowRunQuery{Region: region, Workflow: name, Incarnation: d.Incarnation, Limit: explainFlows})
	if err != nil {
		return err
	}
	for i := range runs {
		q.WorkflowRuns = append(q.WorkflowRuns, runs[i].WorkflowRun)
	}
	for i := range q.WorkflowRuns {
		if q.Flow != "" && strings.HasPrefix(q.WorkflowRuns[i].ID, q.Flow) {
			q.Flow = q.WorkflowRuns[i].ID
			break
		}
	}
	if q.Flow == "" && len(q.WorkflowRuns) > 0 && q.Trigger.Type == glue.TriggerConditional {
		q.Flow = q.WorkflowRuns[0].ID
	}
	if q.Flow != "" && !slices.ContainsFunc(q.WorkflowRuns, func(w glue.WorkflowRun) bool { return w.ID == q.Flow }) {
		run, err := r.GetWorkflowRun(region, q.Flow)
		if errors.Is(err, store.ErrNotFound) || err == nil && run.Workflow != name {
			return glue.Errorf(glue.CodeEntityNotFound, "Workflow run %s of workflow %s not found.", q.Flow, name)
		}
		if err != nil {
			return err
		}
		q.WorkflowRuns = append(q.WorkflowRuns, run.WorkflowRun)
	}
	if q.Trigger.Type != glue.TriggerEvent {
		return nil
	}
	return askRules(r, region, q, func(t glue.Target) bool { return t.Workflow == name })
}

// askRules reads the rules with a target that is of interest.
func askRules(r *store.Reader, region string, q *workflow.Question, of func(glue.Target) bool) error {
	return eachDefinition(r, region, glue.KindRule, "", nil, func(d store.Definition) (bool, error) {
		rule, err := decode[glue.Rule](d)
		if err == nil && slices.ContainsFunc(rule.Targets, of) {
			q.Rules = append(q.Rules, *rule)
		}
		return true, err
	})
}

// askOthers reads the other triggers of its workflow, or the others that belong to none: what starts the jobs that it watches.
func askOthers(r *store.Reader, region string, q *workflow.Question) error {
	return eachDefinition(r, region, glue.KindTrigger, "", nil, func(d store.Definition) (bool, error) {
		t, err := decode[glue.Trigger](d)
		if err != nil {
			return false, err
		}
		if t.Name != q.Trigger.Name && t.WorkflowName == q.Trigger.WorkflowName {
			q.Others = append(q.Others, *t)
		}
		q.OthersCut = len(q.Others) >= explainOthers
		return !q.OthersCut, nil
	})
}

// askJobs reads which of the trigger's jobs there are, and the runs of those that it watches.
func askJobs(r *store.Reader, region string, q *workflow.Question) error {
	q.Jobs = map[string]bool{}
	for _, a := range q.Trigger.Actions {
		if a.JobName != "" {
			q.Jobs[a.JobName] = false
		}
	}
	watched := map[string]bool{}
	if q.Trigger.Predicate != nil {
		for _, c := range q.Trigger.Predicate.Conditions {
			if c.JobName != "" {
				q.Jobs[c.JobName], watched[c.JobName] = false, true
			}
		}
	}
	for name := range q.Jobs {
		_, err := r.GetDefinition(region, glue.KindJob, name)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		q.Jobs[name] = err == nil
	}
	var err error
	seen := map[int64]store.Run{}
	for name := range watched {
		runs, err := r.RecentRunsOfJob(region, name, explainRuns)
		if err != nil {
			return err
		}
		for _, run := range runs {
			seen[run.Seq] = run
		}
	}
	newest := slices.SortedFunc(maps.Values(seen), func(a, b store.Run) int { return cmp.Compare(b.Seq, a.Seq) })
	if q.Flow != "" {
		if newest, err = askFlow(r, region, q, newest, watched); err != nil {
			return err
		}
	}
	for i := range newest {
		q.Runs = append(q.Runs, newest[i].JobRun)
	}
	return nil
}

// askFlow adds what the trigger watches and what it started in a flow, which may have begun before the newest runs of the jobs
// that it watches, and before the latest fires that are known of it.
func askFlow(r *store.Reader, region string, q *workflow.Question, newest []store.Run, watched map[string]bool) ([]store.Run, error) {
	for i := range newest {
		if strings.HasPrefix(newest[i].Flow, q.Flow) {
			q.Flow = newest[i].Flow
			break
		}
	}
	runs, err := r.ListRunsOfFlow(q.Flow, 0, explainFlowRuns)
	if err != nil {
		return nil, err
	}
	if len(runs) == 0 && q.Trigger.WorkflowName == "" {
		return nil, glue.Errorf(glue.CodeEntityNotFound, "No run belongs to a chain %s.", q.Flow)
	}
	for _, run := range runs {
		if (watched[run.Job] || run.Trigger == q.Trigger.Name) && run.Region == region && !slices.ContainsFunc(newest, func(o store.Run) bool { return o.Seq == run.Seq }) {
			newest = append(newest, run)
		}
	}
	slices.SortFunc(newest, func(a, b store.Run) int { return cmp.Compare(b.Seq, a.Seq) })
	return newest, nil
}
