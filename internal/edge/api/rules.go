package api

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// Bounds of rules. Those of rules and targets are EventBridge's own.
const (
	maxRuleName        = 64 // of a rule or a target
	maxRuleDescription = 512
	maxTargetArguments = 50
	maxArgumentBytes   = 8 << 10 // of one argument of a target's job
	maxCommandWords    = 64
	maxWordBytes       = 4 << 10 // of one word of a command
	maxWebhookBytes    = 2 << 10 // of a webhook's URL
)

// ruleName is what the names of rules and targets are made of.
var ruleName = regexp.MustCompile(`^[.\-_A-Za-z0-9]+$`)

// ErrNoRule is in the error of an operation on a rule that does not exist.
var ErrNoRule = errors.New("api: no such rule")

// RuleQuery asks for a page of the rules of a region, in the order of their names.
type RuleQuery struct {
	Prefix   string // of the names
	After    string // only names after this
	Limit    int    // 1 to glue.MaxPageSize
	Job      string // only rules that start this job
	Workflow string // only rules that start this workflow
}

// StoredRule is a rule as it is stored.
type StoredRule struct {
	glue.Rule
	Tags     map[string]string
	Created  time.Time
	Modified time.Time
	Version  int64
}

// Rule reads a rule. An error that there is none is ErrNoRule.
func (a *API) Rule(ctx context.Context, region, name string) (rule StoredRule, err error) {
	err = a.read(ctx, func(r *store.Reader) error {
		rule, err = readRule(r, region, name)
		return err
	})
	return rule, clientError("DescribeRule", err)
}

// readRule reads a rule in a snapshot.
func readRule(r *store.Reader, region, name string) (StoredRule, error) {
	d, err := r.GetDefinition(region, glue.KindRule, name)
	if errors.Is(err, store.ErrNotFound) {
		return StoredRule{}, ErrNoRule
	}
	if err != nil {
		return StoredRule{}, err
	}
	return storedRule(d)
}

// storedRule decodes a definition.
func storedRule(d store.Definition) (StoredRule, error) {
	rule, err := decode[glue.Rule](d)
	if err != nil {
		return StoredRule{}, err
	}
	return StoredRule{Rule: *rule, Tags: d.Tags, Created: d.Created, Modified: d.Modified, Version: d.Version}, nil
}

// Rules lists rules. more says that there are others after the last.
func (a *API) Rules(ctx context.Context, region string, q RuleQuery) (rules []StoredRule, more bool, err error) {
	err = a.read(ctx, func(r *store.Reader) error {
		page, err := r.ListDefinitions(store.DefinitionQuery{Region: region, Kind: glue.KindRule, Limit: glue.MaxRules})
		if err != nil {
			return err
		}
		for _, d := range page {
			if d.Name <= q.After || !strings.HasPrefix(d.Name, q.Prefix) {
				continue
			}
			rule, err := storedRule(d)
			if err != nil {
				return err
			}
			if !q.wants(&rule.Rule) {
				continue
			}
			if len(rules) == q.Limit {
				more = true
				return nil
			}
			rules = append(rules, rule)
		}
		return nil
	})
	return rules, more, clientError("ListRules", err)
}

// wants reports whether a rule has the targets that are asked for.
func (q *RuleQuery) wants(r *glue.Rule) bool {
	return (q.Job == "" || slices.ContainsFunc(r.Targets, func(t glue.Target) bool { return t.Job == q.Job })) &&
		(q.Workflow == "" || slices.ContainsFunc(r.Targets, func(t glue.Target) bool { return t.Workflow == q.Workflow }))
}

// ChangeRule changes a rule in one commit, with its event. change gets the rule as it is, nil where there is none, and
// returns what it shall be: nil deletes it. tags are those of a rule that is made. A rule that runs a command or calls a
// webhook is changed by operators only, not by the key of a run: what a script can say must not run on the server.
func (a *API) ChangeRule(ctx context.Context, c Call, name string, tags map[string]string, change func(old *glue.Rule) (*glue.Rule, error)) error {
	if err := checkRuleName("rule", name); err != nil {
		return err
	}
	ofRun := a.keyOfRun(c.AccessKey)
	err := a.db.Commit(ctx, time.Now(), func(tx *store.Tx) error {
		d, err := tx.GetDefinition(c.Region, glue.KindRule, name)
		var old *glue.Rule
		switch {
		case err == nil:
			if old, err = decode[glue.Rule](d); err != nil {
				return err
			}
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
		rule, err := change(old)
		if err != nil || rule == nil && old == nil {
			return err
		}
		if ofRun && (reachesOut(old) || reachesOut(rule)) {
			return glue.Errorf(glue.CodeAccessDenied, "The key of a run may not change rule %s: it runs a command or calls a webhook.", name)
		}
		return a.storeRule(tx, c, d, name, tags, old, rule)
	})
	if err == nil {
		err = a.cfg.Objects.reload(context.WithoutCancel(ctx), c.Region)
	}
	return clientError("PutRule", err)
}

// storeRule writes what ChangeRule decided.
func (a *API) storeRule(tx *store.Tx, c Call, d store.Definition, name string, tags map[string]string, old, rule *glue.Rule) error {
	if rule == nil {
		if err := tx.DeleteDefinition(c.Region, glue.KindRule, name, d.Version); err != nil {
			return err
		}
		return a.definitionEvent(tx, c, glue.EventDefinitionGone, d)
	}
	rule.Name = name
	if err := CheckRule(rule); err != nil {
		return err
	}
	doc, err := json.Marshal(rule)
	if err != nil {
		return err
	}
	if old != nil {
		if string(doc) == string(d.Doc) {
			return nil
		}
		if d.Version, err = tx.UpdateDefinition(c.Region, glue.KindRule, name, d.Version, doc); err != nil {
			return err
		}
		return a.definitionEvent(tx, c, glue.EventDefinitionPut, d)
	}
	n, err := tx.CountDefinitions(c.Region, glue.KindRule)
	if err != nil {
		return err
	}
	if n == 0 {
		if err := a.mayUseRegion(tx, c.Region); err != nil {
			return err
		}
	}
	if n >= glue.MaxRules {
		return glue.Errorf("LimitExceededException", "The requested resource exceeds the maximum number allowed: a region has at most %d rules.", glue.MaxRules)
	}
	if err := checkTags(glue.KindRule, tags); err != nil {
		return err
	}
	d = store.Definition{Region: c.Region, Kind: glue.KindRule, Name: name, Tags: tags, Doc: doc}
	if err := tx.CreateDefinition(&d); err != nil {
		return err
	}
	return a.definitionEvent(tx, c, glue.EventDefinitionPut, d)
}

// reachesOut reports whether a rule does more than start what Tenon keeps itself.
func reachesOut(r *glue.Rule) bool {
	return r != nil && slices.ContainsFunc(r.Targets, func(t glue.Target) bool { return len(t.Command) > 0 || t.Webhook != "" })
}

// checkRuleName refuses what is no name. what is rule or target.
func checkRuleName(what, name string) error {
	if n := len(name); n < 1 || n > maxRuleName || !ruleName.MatchString(name) {
		return glue.Errorf(glue.CodeValidation, "The name of a %s has 1 to %d letters, digits, dots, hyphens and underscores, got %q.", what, maxRuleName, name)
	}
	return nil
}

// CheckRule refuses a rule that could not do what it says: ValidationException, or InvalidEventPatternException.
func CheckRule(r *glue.Rule) error {
	if err := checkRuleName("rule", r.Name); err != nil {
		return err
	}
	if len(r.Description) > maxRuleDescription {
		return glue.Errorf(glue.CodeValidation, "The description of a rule has at most %d characters.", maxRuleDescription)
	}
	if _, err := parsePattern(r.Pattern); err != nil {
		return err
	}
	if len(r.Targets) > glue.MaxTargets {
		return glue.Errorf("LimitExceededException", "The requested resource exceeds the maximum number allowed: a rule has at most %d targets.", glue.MaxTargets)
	}
	seen := map[string]bool{}
	for i := range r.Targets {
		t := &r.Targets[i]
		if err := checkTarget(t); err != nil {
			return err
		}
		if seen[t.ID] {
			return glue.Errorf(glue.CodeValidation, "Two targets have the Id %s.", t.ID)
		}
		seen[t.ID] = true
	}
	return nil
}

// reason is an error's text for a client, without a code before it.
func reason(err error) string {
	var e *glue.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return err.Error()
}

// checkTarget refuses a target that could not be served.
func checkTarget(t *glue.Target) error {
	if err := checkRuleName("target", t.ID); err != nil {
		return err
	}
	kinds := 0
	for _, is := range []bool{t.Job != "", t.Workflow != "", len(t.Command) > 0, t.Webhook != ""} {
		if is {
			kinds++
		}
	}
	if kinds != 1 {
		return glue.Errorf(glue.CodeValidation, "Target %s has one of Job, Workflow, Command and Webhook, not %d of them.", t.ID, kinds)
	}
	if name := t.Job + t.Workflow; utf8.RuneCountInString(name) > glue.MaxNameLength || strings.ContainsFunc(name, unicode.IsControl) {
		return glue.Errorf(glue.CodeValidation, "Target %s: a name has at most %d characters, none of them a control character.", t.ID, glue.MaxNameLength)
	}
	if len(t.Arguments) > 0 && t.Job == "" {
		return glue.Errorf(glue.CodeValidation, "Target %s has Arguments, which are those of a Job's run.", t.ID)
	}
	if len(t.Arguments) > maxTargetArguments {
		return glue.Errorf(glue.CodeValidation, "Target %s has more than %d Arguments.", t.ID, maxTargetArguments)
	}
	for k, v := range t.Arguments {
		if !strings.HasPrefix(k, "--") || len(k)+len(v) > maxArgumentBytes || strings.ContainsRune(k+v, 0) {
			return glue.Errorf(glue.CodeValidation, "Target %s: the argument %.64q does not begin with --, holds a NUL or is longer than %d bytes.", t.ID, k, maxArgumentBytes)
		}
	}
	return checkOutward(t)
}

// checkOutward refuses a command or a webhook that could not be called.
func checkOutward(t *glue.Target) error {
	if len(t.Command) > maxCommandWords {
		return glue.Errorf(glue.CodeValidation, "Target %s: a command has at most %d words.", t.ID, maxCommandWords)
	}
	for i, w := range t.Command {
		if i == 0 && w == "" || len(w) > maxWordBytes || strings.ContainsRune(w, 0) {
			return glue.Errorf(glue.CodeValidation, "Target %s: word %d of the command is empty, holds a NUL or is longer than %d bytes.", t.ID, i+1, maxWordBytes)
		}
	}
	if t.Webhook == "" {
		return nil
	}
	u, err := url.Parse(t.Webhook)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || len(t.Webhook) > maxWebhookBytes {
		return glue.Errorf(glue.CodeValidation, "Target %s: the webhook is not a URL such as https://example.com/hook of at most %d bytes.", t.ID, maxWebhookBytes)
	}
	return nil
}

// TagRule adds tags to a rule and takes others off, with its event.
func (a *API) TagRule(ctx context.Context, c Call, name string, add map[string]string, remove []string) error {
	if err := checkTags(glue.KindRule, add); err != nil {
		return err
	}
	detail := tagDetail{Kind: glue.KindRule, Name: name, Keys: slices.Sorted(maps.Keys(add))}
	if add == nil {
		detail.Keys, detail.Removed = slices.Sorted(slices.Values(remove)), true
	}
	doc, err := json.Marshal(detail)
	if err != nil {
		return err
	}
	err = a.db.Commit(ctx, time.Now(), func(tx *store.Tx) error {
		if err := tx.PutTags(c.Region, glue.KindRule, name, add); err != nil {
			return err
		}
		if err := tx.RemoveTags(c.Region, glue.KindRule, name, remove); err != nil {
			return err
		}
		return tx.AppendEvent(&glue.Event{At: tx.Now(), Region: c.Region, Kind: glue.EventTags, Who: c.AccessKey, Detail: doc})
	})
	return clientError("TagResource", err)
}

// RuleInput names a rule.
type RuleInput struct {
	Name string `json:"Name"`
}

// RulesInput asks for the rules of a region.
type RulesInput struct {
	Prefix string `json:"NamePrefix,omitempty"`
}

// RuleInfo is a rule as Tenon's own operations show it.
type RuleInfo struct {
	glue.Rule
	Created  time.Time `json:"CreatedOn,omitzero"`
	Modified time.Time `json:"LastModifiedOn,omitzero"`
	Version  int64     `json:"Version,omitempty"`
}

// RuleList is the rules of a region: there are at most glue.MaxRules.
type RuleList struct {
	Rules []RuleInfo `json:"Rules"`
}

// listRules is ListRules.
func (a *API) listRules(ctx context.Context, c Call, in *RulesInput) (*RuleList, error) {
	rules, _, err := a.Rules(ctx, c.Region, RuleQuery{Prefix: in.Prefix, Limit: glue.MaxRules})
	out := &RuleList{Rules: []RuleInfo{}}
	for _, r := range rules {
		out.Rules = append(out.Rules, RuleInfo{Rule: r.Rule, Created: r.Created, Modified: r.Modified, Version: r.Version})
	}
	return out, err
}

// putRule is PutRule: the whole rule with its targets, in place of the one that may be there.
func (a *API) putRule(ctx context.Context, c Call, in *glue.Rule) (*struct{}, error) {
	return &struct{}{}, a.ChangeRule(ctx, c, in.Name, nil, func(*glue.Rule) (*glue.Rule, error) { return in, nil })
}

// deleteRule is DeleteRule, with the targets of the rule.
func (a *API) deleteRule(ctx context.Context, c Call, in *RuleInput) (*struct{}, error) {
	return &struct{}{}, a.ChangeRule(ctx, c, in.Name, nil, func(old *glue.Rule) (*glue.Rule, error) {
		if old == nil {
			return nil, glue.NotFound("Rule", in.Name)
		}
		return nil, nil
	})
}
