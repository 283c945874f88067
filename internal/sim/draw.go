package sim

import (
	"fmt"
	"math/rand/v2"

	"tenon/internal/glue"
)

// owner is the account of all histories.
const owner = "111122223333"

// steps is how many small jobs there are, which triggers start.
const steps = 6

// stepName is the name of one of them.
func stepName(i int) string { return fmt.Sprint("step-", i) }

// Rules, and the job whose success one of them is for.
const (
	ruleOfEnds   = "ends"
	ruleOfOrders = "orders"
	ruleJob      = "step-0"
)

// The workflows of all histories.
const (
	nightly = "nightly" // starts by schedule, and at a caller's wish
	orders  = "orders"  // starts for events
	byHand  = "by-hand" // starts on demand
)

// concurrency is the MaxConcurrentRuns of a workflow.
func concurrency(workflow string) int {
	return map[string]int{nightly: 1, orders: 2, byHand: 3}[workflow]
}

// drawSteps makes the small jobs.
func drawSteps(r *rand.Rand) (all []job) {
	for i := range steps {
		all = append(all, job{region: home, def: glue.Job{Name: stepName(i), Role: "r", GlueVersion: "5.0", WorkerType: "G.1X",
			Command:         glue.Command{Name: glue.CommandETL, ScriptLocation: "s3://b/x.py"},
			NumberOfWorkers: 2, MaxRetries: r.IntN(2), Timeout: 30, JobRunQueuingEnabled: percent(r, 50), Version: 1,
			ExecutionProperty: &glue.ExecutionLimit{MaxConcurrentRuns: oneOf(r, []int{1, 3, 1000})}}})
	}
	return all
}

// drawSchedule is a schedule in scheduleForm: rare enough that a history does not consist of it alone.
func drawSchedule(r *rand.Rand) string {
	every := oneOf(r, []int{15, 20, 30})
	return fmt.Sprintf(scheduleForm, r.IntN(every), every)
}

// drawTrigger is a trigger with its tags.
type drawTrigger struct {
	glue.Trigger
	tags  map[string]string
	start bool
}

// drawTriggers makes the triggers of a history: three workflows, a schedule with a chain that may come round to a
// job of its own, and one for callers. The job of ruleOfEnds is never come round to: that would be without end, as it is on
// EventBridge.
func drawTriggers(r *rand.Rand) (all []drawTrigger) {
	start := func(name, workflow string, kind glue.TriggerType) *drawTrigger {
		all = append(all, drawTrigger{Trigger: glue.Trigger{Name: name, WorkflowName: workflow, Type: kind, Actions: actions(r, 0, 2)}})
		return &all[len(all)-1]
	}
	for _, workflow := range []string{nightly, ""} {
		t := start("clock-"+workflow, workflow, glue.TriggerScheduled)
		t.Schedule, t.start = drawSchedule(r), true
		t.tags = map[string]string{"tenon:missed": oneOf(r, []string{"once", "skip", "catch-up"})}
	}
	start("demand-"+byHand, byHand, glue.TriggerOnDemand)
	start("demand-", "", glue.TriggerOnDemand)
	start("events-"+orders, orders, glue.TriggerEvent).Batching = &glue.EventBatching{BatchSize: 1 + r.IntN(3), BatchWindow: 60 + r.IntN(600)}
	for _, workflow := range []string{nightly, orders, byHand, ""} {
		for level := 1; level < 3; level++ { // a trigger of a level watches lower steps and starts those of the level
			for n := range 1 + r.IntN(2) {
				all = append(all, drawTrigger{start: true, Trigger: glue.Trigger{Name: fmt.Sprintf("then-%s-%d-%d", workflow, level, n),
					WorkflowName: workflow, Type: glue.TriggerConditional, Predicate: predicate(r, 2*level), Actions: actions(r, 2*level, 2)}})
			}
		}
	}
	all = append(all, drawTrigger{start: true, Trigger: glue.Trigger{Name: "round", Type: glue.TriggerConditional,
		Predicate: &glue.Predicate{Conditions: []glue.Condition{condition(r, steps-1)}}, Actions: actions(r, 1, 1)}})
	return all
}

// actions starts one or two jobs of some from one on.
func actions(r *rand.Rand, from, of int) (all []glue.Action) {
	for range 1 + r.IntN(2) {
		a := glue.Action{JobName: stepName(from + r.IntN(of)), Arguments: map[string]string{"--n": fmt.Sprint(r.IntN(9))}}
		if percent(r, 5) {
			a.JobName = "no-such-job"
		}
		if percent(r, 20) {
			a.Timeout = 1 + r.IntN(5)
		}
		all = append(all, a)
	}
	return all
}

// predicate watches some of the jobs below one.
func predicate(r *rand.Rand, below int) *glue.Predicate {
	p := &glue.Predicate{Logical: oneOf(r, []string{glue.LogicalAnd, glue.LogicalAny})}
	for range 1 + r.IntN(3) {
		p.Conditions = append(p.Conditions, condition(r, r.IntN(below)))
	}
	return p
}

// condition waits for an end of a job.
func condition(r *rand.Rand, of int) glue.Condition {
	return glue.Condition{LogicalOperator: glue.OperatorEquals, JobName: stepName(of),
		State: oneOf(r, []glue.RunState{glue.RunSucceeded, glue.RunSucceeded, glue.RunSucceeded, glue.RunFailed, glue.RunTimeout, glue.RunStopped})}
}
