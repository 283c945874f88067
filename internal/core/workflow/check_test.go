package workflow

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"tenon/internal/glue"
)

// TestCheckScripts runs testdata/check/*.txt. The commands:
//
//	check [start]       a trigger as CreateTrigger has it, in JSON; start sets StartOnCreation
//	settings            tags, one a line: KEY=VALUE
func TestCheckScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/check", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "check":
				var tr glue.Trigger
				if err := json.Unmarshal([]byte(d.Input), &tr); err != nil {
					d.Fatalf(t, "%v", err)
				}
				if err := Check(&tr, d.HasArg("start")); err != nil {
					return err.Error() + "\n"
				}
				return "ok\n"
			case "settings":
				tags := map[string]string{}
				for line := range strings.Lines(d.Input) {
					k, v, _ := strings.Cut(strings.TrimSpace(line), "=")
					tags[k] = v
				}
				s, err := ParseSettings(tags)
				if err != nil {
					return err.Error() + "\n"
				}
				return fmt.Sprintf("timezone %q, missed %s\n", s.Timezone, s.Missed)
			}
			d.Fatalf(t, "unknown command %s", d.Cmd)
			return ""
		})
	})
}

// many makes n conditions on different jobs.
func many(n int) *glue.Predicate {
	p := &glue.Predicate{Logical: glue.LogicalAnd}
	for i := range n {
		p.Conditions = append(p.Conditions, glue.Condition{LogicalOperator: glue.OperatorEquals, JobName: fmt.Sprint("j", i), State: glue.RunSucceeded})
	}
	return p
}

// TestCheckLimits tries each limit at its edge.
func TestCheckLimits(t *testing.T) {
	action := []glue.Action{{JobName: "a"}}
	args := func(n int) []glue.Action {
		m := map[string]string{}
		for i := range n {
			m[fmt.Sprint("--", i)] = ""
		}
		return []glue.Action{{JobName: "a", Arguments: m}}
	}
	batch := func(size, window int) *glue.EventBatching {
		return &glue.EventBatching{BatchSize: size, BatchWindow: window}
	}
	for _, tt := range []struct {
		name string
		t    glue.Trigger
		ok   bool
	}{
		{"500 conditions", glue.Trigger{Type: glue.TriggerConditional, Predicate: many(glue.MaxConditions), Actions: action}, true},
		{"501 conditions", glue.Trigger{Type: glue.TriggerConditional, Predicate: many(glue.MaxConditions + 1), Actions: action}, false},
		{"most arguments", glue.Trigger{Type: glue.TriggerOnDemand, Actions: args(glue.MaxArguments)}, true},
		{"one argument more", glue.Trigger{Type: glue.TriggerOnDemand, Actions: args(glue.MaxArguments + 1)}, false},
		{"longest timeout", glue.Trigger{Type: glue.TriggerOnDemand, Actions: []glue.Action{{JobName: "a", Timeout: glue.MaxTimeoutMinutes}}}, true},
		{"longer timeout", glue.Trigger{Type: glue.TriggerOnDemand, Actions: []glue.Action{{JobName: "a", Timeout: glue.MaxTimeoutMinutes + 1}}}, false},
		{"largest batch", glue.Trigger{Type: glue.TriggerEvent, WorkflowName: "w", Batching: batch(100, 900), Actions: action}, true},
		{"larger batch", glue.Trigger{Type: glue.TriggerEvent, WorkflowName: "w", Batching: batch(101, 900), Actions: action}, false},
		{"longer window", glue.Trigger{Type: glue.TriggerEvent, WorkflowName: "w", Batching: batch(1, 901), Actions: action}, false},
		{"no size", glue.Trigger{Type: glue.TriggerEvent, WorkflowName: "w", Batching: batch(0, 900), Actions: action}, false},
	} {
		if err := Check(&tt.t, false); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		} else if err != nil && glue.CodeOf(err) != glue.CodeInvalidInput {
			t.Errorf("%s: %v, want an InvalidInputException", tt.name, err)
		}
	}
}

// TestWorkflowNodes tries the limit on a workflow's nodes at its edge: one job that starts it, then a trigger and its job
// for each two nodes more.
func TestWorkflowNodes(t *testing.T) {
	triggers := []glue.Trigger{{Name: "start", Type: glue.TriggerOnDemand, Actions: []glue.Action{{JobName: "j0"}}}}
	for i := 1; i < glue.MaxWorkflowNodes/2; i++ {
		triggers = append(triggers, readTrigger(t, fmt.Sprintf("t%d: j%d SUCCEEDED -> j%d", i, i-1, i), "w"))
	}
	if err := CheckWorkflow(triggers); err != nil {
		t.Errorf("%d triggers and jobs: %v", glue.MaxWorkflowNodes, err)
	}
	triggers[0].Actions = append(triggers[0].Actions, glue.Action{JobName: "more"})
	if err := CheckWorkflow(triggers); glue.CodeOf(err) != glue.CodeInvalidInput {
		t.Errorf("one more: %v", err)
	}
}

// TestBatch checks when EVENT triggers fire.
func TestBatch(t *testing.T) {
	for _, tt := range []struct {
		b      *glue.EventBatching
		size   int
		window time.Duration
	}{
		{nil, 1, 15 * time.Minute},
		{&glue.EventBatching{BatchSize: 5}, 5, 15 * time.Minute},
		{&glue.EventBatching{BatchSize: 5, BatchWindow: 10}, 5, 10 * time.Second},
	} {
		if size, window := Batch(&glue.Trigger{Batching: tt.b}); size != tt.size || window != tt.window {
			t.Errorf("%+v: %d events, %s", tt.b, size, window)
		}
	}
}

// FuzzCheck looks for a trigger that breaks what looks at it, and holds refusals to their code.
func FuzzCheck(f *testing.F) {
	f.Add([]byte(`{"Type":"CONDITIONAL","Predicate":{"Conditions":[{"JobName":"a","State":"FAILED","LogicalOperator":"EQUALS"}]},"Actions":[{"JobName":"b"}]}`), true)
	f.Add([]byte(`{"Type":"SCHEDULED","Schedule":"cron(0 9 L * ? *)","Actions":[{"CrawlerName":"b"}]}`), false)
	f.Add([]byte(`{"Type":"EVENT","WorkflowName":"w","EventBatchingCondition":{"BatchSize":3},"Actions":[{"JobName":"b"}]}`), false)
	f.Fuzz(func(t *testing.T, text []byte, start bool) {
		var tr glue.Trigger
		if json.Unmarshal(text, &tr) != nil {
			return
		}
		err := Check(&tr, start)
		if err != nil {
			if glue.CodeOf(err) != glue.CodeInvalidInput {
				t.Fatalf("%v", err)
			}
			return
		}
		all := []glue.Trigger{tr}
		if CheckWorkflow(all) != nil {
			t.Fatalf("one trigger that is right is no workflow: %s", text)
		}
		g := Build("r", "w", 1, all)
		Advance(Triggers(&g), &Flow{})
		Explain(&Question{Trigger: tr, Now: time.Unix(0, 0)})
	})
}
