package workflow

import (
	"slices"
	"time"

	"tenon/internal/core/cron"
	"tenon/internal/glue"
)

// Limits of a trigger, from Glue's API model and documentation. How many jobs one may start is a quota of the account.
const (
	MaxCrawls      = 2   // crawlers that one trigger starts
	MaxBatchSize   = 100 // events
	MaxBatchWindow = 900 // seconds; also what an absent window means
)

// The states that conditions can name.
var (
	watchableRuns   = []glue.RunState{glue.RunSucceeded, glue.RunStopped, glue.RunFailed, glue.RunTimeout}
	watchableCrawls = []string{"SUCCEEDED", "FAILED", "CANCELLED"}
)

// Check refuses a trigger that makes no sense, with an InvalidInputException; where Glue's own text is known, in that text.
// startOnCreation is that of CreateTrigger; an update has none. Whether its workflow and jobs exist, whether the workflow
// stays a graph (CheckWorkflow), and how many jobs it may start are others' questions.
func Check(t *glue.Trigger, startOnCreation bool) error {
	var err error
	switch t.Type {
	case glue.TriggerScheduled:
		err = checkSchedule(t.Schedule)
	case glue.TriggerConditional:
		err = checkPredicate(t.Predicate)
	case glue.TriggerOnDemand:
	case glue.TriggerEvent:
		err = checkEvent(t)
	case "":
		err = glue.Invalid("Type cannot be null or empty")
	default:
		err = glue.Invalid("Trigger type %s is not one of SCHEDULED, CONDITIONAL, ON_DEMAND, EVENT", t.Type)
	}
	if err != nil {
		return err
	}
	if err := checkForeign(t, startOnCreation); err != nil {
		return err
	}
	if err := checkActions(t.Actions); err != nil {
		return err
	}
	return checkLoop(t)
}

// checkSchedule checks the expression of a SCHEDULED trigger.
func checkSchedule(expr string) error {
	if expr == "" {
		return glue.Invalid("Schedule cannot be null or empty for trigger type SCHEDULED")
	}
	_, err := cron.Parse(expr)
	return err
}

// checkForeign refuses what belongs to other types of trigger. An empty predicate says nothing and is let pass: answers of
// the API that are sent back carry one.
func checkForeign(t *glue.Trigger, startOnCreation bool) error {
	p := t.Predicate
	switch {
	case t.Type != glue.TriggerScheduled && t.Schedule != "":
		return glue.Invalid("Schedule is not supported for trigger type %s", t.Type)
	case t.Type != glue.TriggerConditional && p != nil && (p.Logical != "" || len(p.Conditions) > 0):
		return glue.Invalid("Predicate is not supported for trigger type %s", t.Type)
	case t.Type != glue.TriggerEvent && t.Batching != nil:
		return glue.Invalid("EventBatchingCondition is not supported for trigger type %s", t.Type)
	case startOnCreation && (t.Type == glue.TriggerOnDemand || t.Type == glue.TriggerEvent):
		return glue.Invalid("StartOnCreation is not supported for trigger type %s", t.Type)
	}
	return nil
}

// checkPredicate checks what a CONDITIONAL trigger waits for.
func checkPredicate(p *glue.Predicate) error {
	if p == nil || len(p.Conditions) == 0 {
		return glue.Invalid("Predicate cannot be null or empty for trigger type CONDITIONAL: it needs at least one condition")
	}
	if n := len(p.Conditions); n > glue.MaxConditions {
		return glue.Invalid("Predicate has %d conditions; at most %d are possible", n, glue.MaxConditions)
	}
	switch p.Logical {
	case glue.LogicalAnd, glue.LogicalAny:
	case "":
		if len(p.Conditions) > 1 {
			return glue.Invalid("Logical cannot be null or empty when there is more than one condition: it is AND or ANY")
		}
	default:
		return glue.Invalid("Logical %s is not one of AND, ANY", p.Logical)
	}
	for i := range p.Conditions {
		if err := checkCondition(&p.Conditions[i]); err != nil {
			return err
		}
	}
	return nil
}

// checkCondition checks one condition.
func checkCondition(c *glue.Condition) error {
	switch {
	case c.LogicalOperator == "":
		return glue.Invalid("Logical operator cannot be null or empty")
	case c.LogicalOperator != glue.OperatorEquals:
		return glue.Invalid("Logical operator %s is not supported: conditions know EQUALS alone", c.LogicalOperator)
	case c.JobName != "" && c.CrawlerName != "":
		return glue.Invalid("A condition watches a job or a crawler, not both: JobName is %s, CrawlerName is %s", c.JobName, c.CrawlerName)
	case c.JobName == "" && c.CrawlerName == "":
		return glue.Invalid("JobName and CrawlerName cannot both be null or empty: a condition watches one of them")
	case c.JobName != "" && c.CrawlState != "":
		return glue.Invalid("CrawlState %s is not supported for a job: a condition on job %s has a State", c.CrawlState, c.JobName)
	case c.CrawlerName != "" && c.State != "":
		return glue.Invalid("State %s is not supported for a crawler: a condition on crawler %s has a CrawlState", c.State, c.CrawlerName)
	case c.JobName != "" && c.State == "":
		return glue.Invalid("State cannot be null or empty")
	case c.CrawlerName != "" && c.CrawlState == "":
		return glue.Invalid("CrawlState cannot be null or empty")
	case c.JobName != "" && !slices.Contains(watchableRuns, c.State):
		return glue.Invalid("State %s cannot be watched: a condition on job %s waits for SUCCEEDED, STOPPED, FAILED or TIMEOUT", c.State, c.JobName)
	case c.CrawlerName != "" && !slices.Contains(watchableCrawls, c.CrawlState):
		return glue.Invalid("CrawlState %s cannot be watched: a condition on crawler %s waits for SUCCEEDED, FAILED or CANCELLED", c.CrawlState, c.CrawlerName)
	}
	return nil
}

// checkEvent checks what is peculiar to EVENT triggers.
func checkEvent(t *glue.Trigger) error {
	if t.WorkflowName == "" {
		return glue.Invalid("WorkflowName cannot be null or empty for trigger type EVENT: it starts a workflow")
	}
	if t.Batching == nil {
		return nil
	}
	if n := t.Batching.BatchSize; n < 1 || n > MaxBatchSize {
		return glue.Invalid("BatchSize %d is not between 1 and %d events", n, MaxBatchSize)
	}
	if n := t.Batching.BatchWindow; n < 0 || n > MaxBatchWindow {
		return glue.Invalid("BatchWindow %d is not between 1 and %d seconds", n, MaxBatchWindow)
	}
	return nil
}

// Batch is when an EVENT trigger fires: at size events, or window after the first. Without a batching condition it fires
// at each.
func Batch(t *glue.Trigger) (size int, window time.Duration) {
	size, window = 1, MaxBatchWindow*time.Second
	if b := t.Batching; b != nil {
		size = max(1, b.BatchSize)
		if b.BatchWindow > 0 {
			window = time.Duration(b.BatchWindow) * time.Second
		}
	}
	return size, window
}

// checkActions checks what a trigger starts. The same job may stand twice: it is started twice.
func checkActions(actions []glue.Action) error {
	if len(actions) == 0 {
		return glue.Invalid("Actions cannot be null or empty: a trigger starts at least one job or crawler")
	}
	crawls := 0
	for i := range actions {
		a := &actions[i]
		switch {
		case a.JobName != "" && a.CrawlerName != "":
			return glue.Invalid("An action starts a job or a crawler, not both: JobName is %s, CrawlerName is %s", a.JobName, a.CrawlerName)
		case a.JobName == "" && a.CrawlerName == "":
			return glue.Invalid("JobName and CrawlerName cannot both be null or empty: an action starts one of them")
		case a.Timeout < 0 || a.Timeout > glue.MaxTimeoutMinutes:
			return glue.Invalid("Timeout %d of the action for %s is not between 1 and %d minutes", a.Timeout, a.JobName+a.CrawlerName, glue.MaxTimeoutMinutes)
		case len(a.Arguments) > glue.MaxArguments:
			return glue.Invalid("The action for job %s has %d arguments; at most %d are possible", a.JobName, len(a.Arguments), glue.MaxArguments)
		case a.CrawlerName != "" && (len(a.Arguments) > 0 || a.Timeout > 0 || a.Security != "" || len(a.Notification) > 0):
			return glue.Invalid("Arguments, Timeout, SecurityConfiguration and NotificationProperty are for jobs: the action for crawler %s cannot have them", a.CrawlerName)
		}
		if a.CrawlerName != "" {
			crawls++
		}
	}
	if crawls > MaxCrawls {
		return glue.Invalid("A trigger starts at most %d crawlers; this one would start %d", MaxCrawls, crawls)
	}
	return nil
}

// checkLoop refuses a trigger that starts what it waits for.
func checkLoop(t *glue.Trigger) error {
	if t.Type != glue.TriggerConditional {
		return nil
	}
	for _, c := range t.Predicate.Conditions {
		for _, a := range t.Actions {
			switch {
			case c.JobName != "" && c.JobName == a.JobName:
				return glue.Invalid("Job cannot be a Predicate and Action for Conditional Trigger.")
			case c.CrawlerName != "" && c.CrawlerName == a.CrawlerName:
				return glue.Invalid("Crawler cannot be a Predicate and Action for Conditional Trigger.")
			}
		}
	}
	return nil
}
