package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenon/internal/client"
	"tenon/internal/core/pattern"
	"tenon/internal/edge/api"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// rulesCommand is `tenon rules`.
func (a *app) rulesCommand() *cobra.Command {
	return a.group("rules", "Start jobs, workflows, commands and webhooks for events", groupWork,
		a.rulesList(), a.rulesShow(), a.rulesApply(), a.rulesTest(), a.rulesDelete())
}

// rulesOf reads the rules of the region.
func rulesOf(ctx context.Context, c *client.Client) ([]api.RuleInfo, error) {
	var out api.RuleList
	err := c.Admin(ctx, "ListRules", api.RulesInput{}, &out)
	return out.Rules, err
}

// findRule reads one rule.
func findRule(ctx context.Context, c *client.Client, name string) (*api.RuleInfo, error) {
	all, err := rulesOf(ctx, c)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].Name == name {
			return &all[i], nil
		}
	}
	return nil, glue.NotFound("Rule", name)
}

// rulesList is `tenon rules ls`.
func (a *app) rulesList() *cobra.Command {
	return &cobra.Command{
		Use: "ls", Aliases: []string{"list"}, Short: "List the rules", Args: a.takes(),
		Example: "  tenon rules ls\n  tenon rules ls -o json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			rules, err := rulesOf(cmd.Context(), c)
			if err != nil {
				return err
			}
			return showList(a, rules, "No rules yet. `tenon rules apply -f FILE` makes one.", ruleColumns()...)
		},
	}
}

// ruleState is whether a rule is at work.
func ruleState(r *glue.Rule) string {
	if r.Disabled {
		return "disabled"
	}
	return "enabled"
}

// ruleStyle paints the state of a rule.
func ruleStyle(r *glue.Rule) style {
	if r.Disabled {
		return yellow
	}
	return green
}

// ruleColumns are the columns of a list of rules.
func ruleColumns() []column[api.RuleInfo] {
	return []column[api.RuleInfo]{
		{title: "rule", text: func(r api.RuleInfo) string { return r.Name }, paint: func(api.RuleInfo) style { return bold }},
		{title: "state", text: func(r api.RuleInfo) string { return ruleState(&r.Rule) }, paint: func(r api.RuleInfo) style { return ruleStyle(&r.Rule) }},
		{title: "changed", right: true, spare: true, text: func(r api.RuleInfo) string { return age(r.Modified, time.Now()) }, exact: func(r api.RuleInfo) string { return exactTime(r.Modified) }},
		{title: "targets", least: 24, text: func(r api.RuleInfo) string { return targetNames(r.Targets) }, exact: func(r api.RuleInfo) string { return targetList(r.Targets) }},
		{title: "pattern", text: func(r api.RuleInfo) string { return string(r.Pattern) }, below: func(r api.RuleInfo) string { return string(r.Pattern) }, each: true},
	}
}

// targetList names the targets of a rule.
func targetList(targets []glue.Target) string {
	if len(targets) == 0 {
		return "none"
	}
	words := make([]string, len(targets))
	for i := range targets {
		words[i] = targetText(&targets[i])
	}
	return strings.Join(words, ", ")
}

// targetNames is targetList in a few words: the program of a command, the host of a webhook.
func targetNames(targets []glue.Target) string {
	short := slices.Clone(targets)
	for i := range short {
		t := &short[i]
		if len(t.Command) > 1 {
			t.Command = t.Command[:1]
		}
		if u, err := url.Parse(t.Webhook); err == nil && u.Host != "" {
			t.Webhook = u.Host
		}
	}
	return targetList(short)
}

// targetText says what a target does.
func targetText(t *glue.Target) string {
	switch {
	case t.Job != "":
		return "job " + t.Job
	case t.Workflow != "":
		return "workflow " + t.Workflow
	case t.Webhook != "":
		return "webhook " + t.Webhook
	}
	return "command " + strings.Join(t.Command, " ")
}

// rulesShow is `tenon rules show`.
func (a *app) rulesShow() *cobra.Command {
	return &cobra.Command{
		Use: "show RULE", Short: "Show one rule; with -o yaml as the file that makes it", Args: a.takes("RULE"),
		Example: "  tenon rules show on-failure\n  tenon rules show on-failure -o yaml > rule.yaml",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			r, err := findRule(cmd.Context(), c, args[0])
			if err != nil {
				return err
			}
			if err := a.showItem(fileOf(&r.Rule), ruleFields(r)); err != nil || a.flags.output != formatTable {
				return err
			}
			a.con.say("%s", a.con.onErr(dim, "What it did: tenon events --kind 'rule.*'"))
			return nil
		},
	}
}

// ruleFields are the lines of one rule.
func ruleFields(r *api.RuleInfo) []field {
	fields := []field{
		{name: "Rule", value: r.Name, paint: bold},
		{name: "Description", value: r.Description},
		{name: "State", value: ruleState(&r.Rule), paint: ruleStyle(&r.Rule)},
		{name: "Pattern", value: string(r.Pattern)},
	}
	for i := range r.Targets {
		t := &r.Targets[i]
		text := targetText(t)
		if len(t.Arguments) > 0 {
			text += " with " + argumentText(t.Arguments)
		}
		fields = append(fields, field{name: "Target " + t.ID, value: text})
	}
	return append(fields, field{name: "Created", value: clock(r.Created)}, field{name: "Changed", value: clock(r.Modified)})
}

// argumentText is arguments as a command line would have them.
func argumentText(arguments map[string]string) string {
	var words []string
	for _, k := range slices.Sorted(maps.Keys(arguments)) {
		words = append(words, k+" "+arguments[k])
	}
	return strings.Join(words, " ")
}

// rulesApply is `tenon rules apply`.
func (a *app) rulesApply() *cobra.Command {
	file, dry := "", false
	c := &cobra.Command{
		Use: "apply [FILE]", Short: "Make rules what a file says", Args: a.takes("[FILE]"),
		Long: `Make rules what a file says (- is stdin), and print what became of each. A file holds one rule, or several parted
by lines of ---:

  name: on-failure
  description: repair what the nightly load leaves behind
  pattern:
    source: [aws.glue]
    detail: {jobName: [{prefix: nightly-}], state: [FAILED, TIMEOUT]}
  targets:
    - job: repair
      arguments: {--why: failed}
    - workflow: alerts             # its EVENT trigger is told
    - command: [logger, -t, tenon] # on the server, the event on standard input
    - webhook: https://example.com/hook

Such a rule has an id for each target, its number unless the file says it; disabled: true keeps it from acting. All rules of
a file are checked before the first is put.`,
		Example: "  tenon rules apply -f rules.yaml --dry-run\n  tenon rules apply -f rules.yaml",
		RunE: func(cmd *cobra.Command, args []string) error {
			given := strings.Join(args, "")
			if (given == "") == (file == "") {
				return usageError("give one file of rules: -f FILE")
			}
			text, err := a.readFileOrStdin(file+given, maxRuleFile)
			if err != nil {
				return err
			}
			rules, err := parseRules(text)
			if err != nil {
				return usageError("%s: %v", file+given, err)
			}
			c, err := a.connect()
			if err != nil {
				return err
			}
			return a.applyRules(cmd.Context(), c, rules, dry)
		},
	}
	c.Flags().StringVarP(&file, "file", "f", "", "the `file` of rules; - is stdin")
	c.Flags().BoolVar(&dry, "dry-run", false, "only say what would change")
	c.Flags().SortFlags = false
	return c
}

// maxRuleFile bounds a file of rules, in bytes: what a region may hold fits.
const maxRuleFile = 4 << 20

// readFileOrStdin reads a file, or standard input for -, up to a size.
func (a *app) readFileOrStdin(name string, most int64) ([]byte, error) {
	from := a.con.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		from = f
	}
	text, err := io.ReadAll(io.LimitReader(from, most+1))
	if err == nil && int64(len(text)) > most {
		err = fmt.Errorf("%s is larger than %d bytes", name, most)
	}
	return text, err
}

// appliedRule is what became of a rule of a file.
type appliedRule struct {
	Rule   string `json:"Rule"`
	Change string `json:"Change"` // created, changed, unchanged
}

// applyRules puts rules, and says what became of each.
func (a *app) applyRules(ctx context.Context, c *client.Client, rules []glue.Rule, dry bool) error {
	for i := range rules {
		if err := api.CheckRule(&rules[i]); err != nil {
			return usageError("rule %s: %s", rules[i].Name, refusalText(err))
		}
	}
	have, err := rulesOf(ctx, c)
	if err != nil {
		return err
	}
	stored := map[string]string{}
	for i := range have {
		stored[have[i].Name] = ruleText(&have[i].Rule)
	}
	var done []appliedRule
	for i := range rules {
		change := "changed"
		switch old, ok := stored[rules[i].Name]; {
		case !ok:
			change = "created"
		case old == ruleText(&rules[i]):
			change = "unchanged"
		}
		if change != "unchanged" && !dry {
			if err := c.Admin(ctx, "PutRule", rules[i], nil); err != nil {
				return errors.Join(a.showApplied(done, dry), err)
			}
		}
		done = append(done, appliedRule{rules[i].Name, change})
	}
	return errors.Join(a.showApplied(done, dry), a.warnTargets(ctx, c, rules))
}

// warnTargets says which targets of rules would come to nothing as things are: EventBridge takes them, and so does Tenon.
func (a *app) warnTargets(ctx context.Context, c *client.Client, rules []glue.Rule) error {
	jobs, flows := map[string]string{}, map[string]string{} // by name, a rule that has it
	for i := range rules {
		for _, t := range rules[i].Targets {
			if t.Job != "" {
				jobs[t.Job] = rules[i].Name
			}
			if t.Workflow != "" {
				flows[t.Workflow] = rules[i].Name
			}
		}
	}
	warn := func(rule, format string, args ...any) {
		a.con.say("%s", a.con.onErr(yellow, fold("Rule "+rule+": "+fmt.Sprintf(format, args...), a.con.errWidth, 0)))
	}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(jobs)), glue.MaxBatchGet) {
		var out wire.BatchGetJobsResponse
		if err := c.Call(ctx, "BatchGetJobs", wire.BatchGetJobsRequest{JobNames: part}, &out); err != nil {
			return err
		}
		for _, name := range out.JobsNotFound {
			warn(jobs[name], "job %s does not exist yet.", name)
		}
	}
	graph := true
	for part := range slices.Chunk(slices.Sorted(maps.Keys(flows)), workflowPage) {
		var out wire.BatchGetWorkflowsResponse
		if err := c.Call(ctx, "BatchGetWorkflows", wire.BatchGetWorkflowsRequest{Names: part, IncludeGraph: &graph}, &out); err != nil {
			return err
		}
		for _, name := range out.MissingWorkflows {
			warn(flows[name], "workflow %s does not exist yet.", name)
		}
		for i := range out.Workflows {
			w := &out.Workflows[i]
			if t := startTrigger(w.Graph); t == nil || val(t.Type) != string(glue.TriggerEvent) {
				warn(flows[val(w.Name)], "workflow %s is not started by events: it needs an EVENT trigger, in its file start: {events: {}}.", val(w.Name))
			}
		}
	}
	return nil
}

// showApplied writes what became of rules.
func (a *app) showApplied(done []appliedRule, dry bool) error {
	err := showList(a, done, "", []column[appliedRule]{
		{title: "rule", text: func(r appliedRule) string { return r.Rule }, paint: func(appliedRule) style { return bold }},
		{title: "change", text: func(r appliedRule) string { return r.Change }},
	}...)
	if err == nil && dry && a.flags.output == formatTable {
		a.con.say("%s", a.con.onErr(dim, "Nothing was changed; without --dry-run it would be."))
	}
	return err
}

// ruleText is a rule as one text, to be compared: the order of what a pattern says does not matter.
func ruleText(r *glue.Rule) string {
	f := fileOf(r)
	if json.Unmarshal(r.Pattern, &f.Pattern) != nil {
		return ""
	}
	text, err := json.Marshal(f)
	if err != nil {
		return ""
	}
	return string(text)
}

// refusalText is the text of a refusal without its code.
func refusalText(err error) string {
	var e *glue.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return err.Error()
}

// rulesDelete is `tenon rules delete`.
func (a *app) rulesDelete() *cobra.Command {
	return &cobra.Command{
		Use: "delete RULE...", Aliases: []string{"rm"}, Short: "Delete rules", Args: a.atLeastOne("RULE"),
		Example: "  tenon rules delete on-failure",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			return each(cmd.Context(), args, func(ctx context.Context, name string) error {
				if err := c.Admin(ctx, "DeleteRule", api.RuleInput{Name: name}, nil); err != nil {
					return err
				}
				a.con.print("%s\n", name)
				return nil
			})
		},
	}
}

// rulesTest is `tenon rules test`.
func (a *app) rulesTest() *cobra.Command {
	doc := ""
	c := &cobra.Command{
		Use: "test EVENT", Short: "Say which rules an event would match", Args: a.takes("EVENT"),
		Long: `Say which rules an event would match: all that there are, or one pattern. EVENT is a file with an event as
EventBridge hands it on (- is stdin), or the number of an event that happened. With --pattern and a file, no server is
asked. The exit code is 1 where none matches.`,
		Example: `  tenon rules test 1204
  tenon events --eventbridge --after 1203 -n 1 | tenon rules test -
  tenon rules test event.json --pattern '{"source": ["aws.glue"]}'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			event, err := a.eventOf(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			tested, err := a.testRules(cmd.Context(), event, doc)
			if err != nil {
				return err
			}
			return a.showTested(tested)
		},
	}
	c.Flags().StringVar(&doc, "pattern", "", "test this event `pattern` instead of the rules")
	return c
}

// eventOf reads the event that `tenon rules test` is given: the members of an object.
func (a *app) eventOf(ctx context.Context, arg string) (map[string]any, error) {
	var text []byte
	if n, err := strconv.ParseInt(arg, 10, 64); err == nil && n > 0 {
		c, err := a.connect()
		if err != nil {
			return nil, err
		}
		events, forms, err := eventsAfter(ctx, c, &eventFlags{after: n - 1, limit: 1, bridge: true})
		if err != nil {
			return nil, err
		}
		if len(events) == 0 || events[0].Seq != n {
			return nil, fmt.Errorf("there is no event %d; `tenon events` shows what there is", n)
		}
		text = forms[0]
	} else if text, err = a.readFileOrStdin(arg, maxRuleFile); err != nil {
		return nil, err
	}
	event, err := pattern.Decode(text)
	if err != nil {
		return nil, usageError("%s is not an event, a JSON object: %v", arg, err)
	}
	return event, nil
}

// testedRule is a rule, and whether an event matches it.
type testedRule struct {
	Rule    string `json:"Rule"`
	Matches bool   `json:"Matches"`
	Acts    string `json:"Acts,omitempty"` // what it would do
}

// testRules matches an event with all rules, or with one pattern.
func (a *app) testRules(ctx context.Context, event map[string]any, doc string) ([]testedRule, error) {
	if doc != "" {
		p, err := pattern.Parse([]byte(doc))
		if err != nil {
			return nil, usageError("--pattern: %s", refusalText(err))
		}
		return []testedRule{{Rule: "--pattern", Matches: p.Match(event)}}, nil
	}
	c, err := a.connect()
	if err != nil {
		return nil, err
	}
	rules, err := rulesOf(ctx, c)
	if err != nil {
		return nil, err
	}
	var tested []testedRule
	for i := range rules {
		p, err := pattern.Parse(rules[i].Pattern)
		if err != nil {
			return nil, fmt.Errorf("rule %s: %w", rules[i].Name, err)
		}
		t := testedRule{Rule: rules[i].Name, Matches: p.Match(event), Acts: targetNames(rules[i].Targets)}
		if rules[i].Disabled {
			t.Acts = "nothing: it is disabled"
		}
		tested = append(tested, t)
	}
	return tested, nil
}

// showTested writes which rules matched.
func (a *app) showTested(tested []testedRule) error {
	err := showList(a, tested, "No rules yet.", []column[testedRule]{
		{title: "rule", text: func(t testedRule) string { return t.Rule }, paint: func(testedRule) style { return bold }},
		{title: "matches", text: func(t testedRule) string { return checkMark(t.Matches) }, exact: func(t testedRule) string { return fmt.Sprint(t.Matches) },
			paint: func(t testedRule) style { return checkStyle(t.Matches) }},
		{title: "acts", text: func(t testedRule) string { return t.Acts }},
	}...)
	if err != nil {
		return err
	}
	for _, t := range tested {
		if t.Matches {
			return nil
		}
	}
	return &exitError{exitFailed, nil}
}

// checkMark is a sign for what holds, and for what does not.
func checkMark(holds bool) string {
	if holds {
		return "✓"
	}
	return "✗"
}

// checkStyle paints a checkMark.
func checkStyle(holds bool) style {
	if holds {
		return green
	}
	return red
}
