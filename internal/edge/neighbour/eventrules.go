package neighbour

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tenon/internal/edge/api"
	"tenon/internal/glue"
)

// The states of a rule.
const (
	ruleEnabled  = "ENABLED"
	ruleDisabled = "DISABLED"
)

// Words that begin the Arn of a target that EventBridge has no ARN for, as ListTargetsByRule shows it. Such targets are
// put by Tenon's own PutRule.
const (
	commandTarget = "tenon:command"
	webhookTarget = "tenon:webhook"
)

// ruleTag is a tag, in EventBridge's form.
type ruleTag struct {
	Key   string `json:"Key"`
	Value string `json:"Value"`
}

// putRuleInput is the input of PutRule.
type putRuleInput struct {
	busName
	Name         string
	Description  string
	EventPattern string
	Schedule     string `json:"ScheduleExpression"`
	State        string
	Role         string `json:"RoleArn"`
	Tags         []ruleTag
}

// putRule is PutRule. A rule that exists keeps its targets and its tags; all else is as the request says.
func (e *EventBridge) putRule(ctx context.Context, c api.Call, in *putRuleInput) (any, error) {
	if err := in.check(e, c.Region); err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for _, t := range in.Tags {
		tags[t.Key] = t.Value
	}
	err := e.Store.ChangeRule(ctx, c, in.Name, tags, func(old *glue.Rule) (*glue.Rule, error) {
		rule := &glue.Rule{Description: in.Description, Pattern: json.RawMessage(in.EventPattern), Disabled: in.State == ruleDisabled, Role: in.Role}
		if old != nil {
			rule.Targets = old.Targets
		}
		return rule, nil
	})
	return map[string]string{"RuleArn": e.ruleARN(c.Region, in.Name)}, err
}

// check refuses a rule that is not served.
func (in *putRuleInput) check(e *EventBridge, region string) error {
	if err := in.busName.check(e, region); err != nil {
		return err
	}
	switch {
	case in.Name == "":
		return missing("Name")
	case in.Schedule != "":
		return glue.Errorf(glue.CodeValidation, "ScheduleExpression is not served by Tenon's EventBridge: make a Glue trigger of type SCHEDULED with this schedule.")
	case in.EventPattern == "":
		return glue.Errorf(glue.CodeValidation, "Parameter(s) EventPattern or ScheduleExpression must be specified.")
	case !json.Valid([]byte(in.EventPattern)):
		return glue.Errorf(codeInvalidPattern, "Event pattern is not valid. Reason: it is not JSON")
	}
	return checkState(in.State)
}

// checkState refuses a State that is not served; empty is ENABLED.
func checkState(state string) error {
	switch state {
	case "", ruleEnabled, ruleDisabled:
		return nil
	case "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS":
		return glue.Errorf(glue.CodeValidation, "State %s is not served by Tenon: there is no CloudTrail.", state)
	}
	return glue.Errorf(glue.CodeValidation, "1 validation error detected: Value '%s' at 'state' failed to satisfy constraint: Member must satisfy enum value set: [ENABLED, DISABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS]", shown(state))
}

// shownRule is a rule as DescribeRule and ListRules show it.
type shownRule struct {
	Name        string `json:"Name"`
	ARN         string `json:"Arn"`
	Pattern     string `json:"EventPattern"`
	State       string `json:"State"`
	Description string `json:"Description,omitempty"`
	Role        string `json:"RoleArn,omitempty"`
	Bus         string `json:"EventBusName"`
	CreatedBy   string `json:"CreatedBy,omitempty"` // DescribeRule alone
}

// show is a rule as it is shown.
func (e *EventBridge) show(region string, r *glue.Rule) shownRule {
	state := ruleEnabled
	if r.Disabled {
		state = ruleDisabled
	}
	return shownRule{Name: r.Name, ARN: e.ruleARN(region, r.Name), Pattern: string(r.Pattern), State: state, Description: r.Description,
		Role: r.Role, Bus: defaultBus}
}

// ruleInput names a rule. Force is about rules that other AWS services manage, of which there are none.
type ruleInput struct {
	busName
	Name  string
	Force bool
}

// describeRule is DescribeRule.
func (e *EventBridge) describeRule(ctx context.Context, c api.Call, in *ruleInput) (any, error) {
	r, err := e.rule(ctx, c, in.busName, in.Name)
	if err != nil {
		return nil, err
	}
	out := e.show(c.Region, &r.Rule)
	out.CreatedBy = e.Account
	return out, nil
}

// deleteRule is DeleteRule: no error where there is no such rule, a refusal where it has targets.
func (e *EventBridge) deleteRule(ctx context.Context, c api.Call, in *ruleInput) (any, error) {
	if err := in.check(e, c.Region); err != nil {
		return nil, err
	}
	if in.Name == "" {
		return nil, missing("Name")
	}
	return nothing{}, e.Store.ChangeRule(ctx, c, in.Name, nil, func(old *glue.Rule) (*glue.Rule, error) {
		if old != nil && len(old.Targets) > 0 {
			return nil, glue.Errorf(glue.CodeValidation, "Rule can't be deleted since it has targets.")
		}
		return nil, nil
	})
}

// enableRule is EnableRule.
func (e *EventBridge) enableRule(ctx context.Context, c api.Call, in *ruleInput) (any, error) {
	return nothing{}, e.change(ctx, c, in.busName, in.Name, func(r *glue.Rule) error {
		r.Disabled = false
		return nil
	})
}

// disableRule is DisableRule.
func (e *EventBridge) disableRule(ctx context.Context, c api.Call, in *ruleInput) (any, error) {
	return nothing{}, e.change(ctx, c, in.busName, in.Name, func(r *glue.Rule) error {
		r.Disabled = true
		return nil
	})
}

// listRules is ListRules.
func (e *EventBridge) listRules(ctx context.Context, c api.Call, in *listInput) (any, error) {
	out := struct {
		Rules []shownRule `json:"Rules"`
		Next  string      `json:"NextToken,omitempty"`
	}{Rules: []shownRule{}}
	if err := in.check(e, c.Region); err != nil {
		return nil, err
	}
	after, limit, err := in.page()
	if err != nil {
		return nil, err
	}
	rules, more, err := e.Store.Rules(ctx, c.Region, api.RuleQuery{Prefix: in.NamePrefix, After: after, Limit: limit})
	for i := range rules {
		out.Rules = append(out.Rules, e.show(c.Region, &rules[i].Rule))
	}
	if more {
		out.Next = nextToken(rules[len(rules)-1].Name)
	}
	return out, err
}

// rulesOfTarget is the input of ListRuleNamesByTarget.
type rulesOfTarget struct {
	listInput
	TargetArn string
}

// listRuleNames is ListRuleNamesByTarget.
func (e *EventBridge) listRuleNames(ctx context.Context, c api.Call, in *rulesOfTarget) (any, error) {
	if err := in.check(e, c.Region); err != nil {
		return nil, err
	}
	after, limit, err := in.page()
	if err != nil {
		return nil, err
	}
	t, err := e.parseTarget(c.Region, in.TargetArn)
	if err != nil {
		return nil, err
	}
	rules, more, err := e.Store.Rules(ctx, c.Region, api.RuleQuery{After: after, Limit: limit, Job: t.Job, Workflow: t.Workflow})
	out := struct {
		Names []string `json:"RuleNames"`
		Next  string   `json:"NextToken,omitempty"`
	}{Names: []string{}}
	for _, r := range rules {
		out.Names = append(out.Names, r.Name)
	}
	if more {
		out.Next = nextToken(rules[len(rules)-1].Name)
	}
	return out, err
}

// ruleTarget is a target, in EventBridge's form. Input of a job's target is its run's arguments, a JSON object of strings.
type ruleTarget struct {
	ID    string `json:"Id"`
	ARN   string `json:"Arn"`
	Role  string `json:"RoleArn,omitempty"`
	Input string `json:"Input,omitempty"`
}

// targetsInput is the input of PutTargets.
type targetsInput struct {
	busName
	Rule    string
	Targets []ruleTarget
}

// failedTargets is the answer of PutTargets and RemoveTargets: what could not be done is refused as a whole instead.
type failedTargets struct {
	Count   int        `json:"FailedEntryCount"`
	Entries []struct{} `json:"FailedEntries"`
}

// putTargets is PutTargets: a target of an Id that the rule has takes its place.
func (e *EventBridge) putTargets(ctx context.Context, c api.Call, in *targetsInput) (any, error) {
	if len(in.Targets) == 0 {
		return nil, missing("Targets")
	}
	added := make([]glue.Target, 0, len(in.Targets))
	for _, t := range in.Targets {
		target, err := e.parseTarget(c.Region, t.ARN)
		if err != nil {
			return nil, err
		}
		target.ID, target.Role = t.ID, t.Role
		if t.Input != "" {
			if target.Job == "" {
				return nil, glue.Errorf(glue.CodeValidation, "Input of target %s is not served: a Glue workflow takes no input but the ids of its events.", shown(t.ID))
			}
			if json.Unmarshal([]byte(t.Input), &target.Arguments) != nil {
				return nil, glue.Errorf(glue.CodeValidation, "Input of target %s is not a JSON object of strings, the arguments of the job's run: {\"--day\": \"7\"}.", shown(t.ID))
			}
		}
		added = append(added, target)
	}
	err := e.change(ctx, c, in.busName, in.Rule, func(r *glue.Rule) error {
		for _, t := range added {
			at := slices.IndexFunc(r.Targets, func(old glue.Target) bool { return old.ID == t.ID })
			if at < 0 {
				r.Targets = append(r.Targets, t)
			} else {
				r.Targets[at] = t
			}
		}
		return nil
	})
	return failedTargets{Entries: []struct{}{}}, err
}

// parseTarget takes a workflow or a job out of an ARN; any other is refused by name.
func (e *EventBridge) parseTarget(region, arn string) (t glue.Target, err error) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return t, glue.Errorf(glue.CodeValidation, "Parameter %s is not valid. Reason: Provided Arn is not in correct format.", shown(arn))
	}
	word, name, _ := strings.Cut(parts[5], "/")
	if parts[2] != "glue" || word != "workflow" && word != "job" || name == "" {
		return t, glue.Errorf(glue.CodeValidation, "Parameter %s is not valid. Reason: Tenon serves the targets arn:aws:glue:REGION:ACCOUNT:workflow/NAME and arn:aws:glue:REGION:ACCOUNT:job/NAME; commands and webhooks are put with `tenon rules apply`.", shown(arn))
	}
	if parts[3] != region || parts[4] != e.Account {
		return t, glue.Errorf(glue.CodeValidation, "Parameter %s is not valid. Reason: a target is in the rule's own region and account, %s and %s.", shown(arn), region, e.Account)
	}
	if word == "job" {
		t.Job = name
	} else {
		t.Workflow = name
	}
	return t, nil
}

// removeInput is the input of RemoveTargets.
type removeInput struct {
	busName
	Rule  string
	IDs   []string `json:"Ids"`
	Force bool
}

// removeTargets is RemoveTargets: an Id that the rule does not have is no error.
func (e *EventBridge) removeTargets(ctx context.Context, c api.Call, in *removeInput) (any, error) {
	if len(in.IDs) == 0 {
		return nil, missing("Ids")
	}
	err := e.change(ctx, c, in.busName, in.Rule, func(r *glue.Rule) error {
		r.Targets = slices.DeleteFunc(r.Targets, func(t glue.Target) bool { return slices.Contains(in.IDs, t.ID) })
		return nil
	})
	return failedTargets{Entries: []struct{}{}}, err
}

// targetsQuery is the input of ListTargetsByRule.
type targetsQuery struct {
	listInput
	Rule string
}

// listTargets is ListTargetsByRule. A rule has so few targets that a Limit or a token needs no second page but for a
// smaller Limit.
func (e *EventBridge) listTargets(ctx context.Context, c api.Call, in *targetsQuery) (any, error) {
	after, limit, err := in.page()
	if err != nil {
		return nil, err
	}
	r, err := e.rule(ctx, c, in.busName, in.Rule)
	if err != nil {
		return nil, err
	}
	out := struct {
		Targets []ruleTarget `json:"Targets"`
		Next    string       `json:"NextToken,omitempty"`
	}{Targets: []ruleTarget{}}
	slices.SortFunc(r.Targets, func(a, b glue.Target) int { return strings.Compare(a.ID, b.ID) })
	for i := range r.Targets {
		t := &r.Targets[i]
		if t.ID <= after {
			continue
		}
		if len(out.Targets) == limit {
			out.Next = nextToken(out.Targets[limit-1].ID)
			break
		}
		out.Targets = append(out.Targets, e.showTarget(c.Region, t))
	}
	return out, nil
}

// showTarget is a target in EventBridge's form.
func (e *EventBridge) showTarget(region string, t *glue.Target) ruleTarget {
	out := ruleTarget{ID: t.ID, Role: t.Role}
	switch {
	case t.Job != "":
		out.ARN = fmt.Sprintf("arn:aws:glue:%s:%s:job/%s", region, e.Account, t.Job)
		if len(t.Arguments) > 0 {
			input, _ := json.Marshal(t.Arguments) // strings always encode
			out.Input = string(input)
		}
	case t.Workflow != "":
		out.ARN = fmt.Sprintf("arn:aws:glue:%s:%s:workflow/%s", region, e.Account, t.Workflow)
	case t.Webhook != "":
		out.ARN = webhookTarget
	default:
		out.ARN = commandTarget
	}
	return out
}

// taggedInput names a rule by its ARN, with the tags that it gets or loses.
type taggedInput struct {
	ResourceARN string
	Tags        []ruleTag
	TagKeys     []string
}

// rule is the name in the ARN.
func (in *taggedInput) rule(e *EventBridge, region string) (string, error) {
	name, ok := strings.CutPrefix(in.ResourceARN, e.ruleARN(region, ""))
	if !ok || name == "" {
		return "", glue.Errorf(codeEventNotFound, "%s is not a rule of account %s in region %s.", shown(in.ResourceARN), e.Account, region)
	}
	return name, nil
}

// listTags is ListTagsForResource.
func (e *EventBridge) listTags(ctx context.Context, c api.Call, in *taggedInput) (any, error) {
	name, err := in.rule(e, c.Region)
	if err != nil {
		return nil, err
	}
	r, err := e.rule(ctx, c, busName{}, name)
	tags := []ruleTag{}
	for k, v := range r.Tags {
		tags = append(tags, ruleTag{k, v})
	}
	slices.SortFunc(tags, func(a, b ruleTag) int { return strings.Compare(a.Key, b.Key) })
	return map[string]any{"Tags": tags}, err
}

// tagResource is TagResource.
func (e *EventBridge) tagResource(ctx context.Context, c api.Call, in *taggedInput) (any, error) {
	add := map[string]string{}
	for _, t := range in.Tags {
		add[t.Key] = t.Value
	}
	return e.changeTags(ctx, c, in, add, nil)
}

// untagResource is UntagResource.
func (e *EventBridge) untagResource(ctx context.Context, c api.Call, in *taggedInput) (any, error) {
	return e.changeTags(ctx, c, in, nil, in.TagKeys)
}

// changeTags adds and removes tags.
func (e *EventBridge) changeTags(ctx context.Context, c api.Call, in *taggedInput, add map[string]string, remove []string) (any, error) {
	name, err := in.rule(e, c.Region)
	if err != nil {
		return nil, err
	}
	if _, err := e.rule(ctx, c, busName{}, name); err != nil {
		return nil, err
	}
	return nothing{}, e.Store.TagRule(ctx, c, name, add, remove)
}
