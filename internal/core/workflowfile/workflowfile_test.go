package workflowfile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/google/go-cmp/cmp"

	"tenon/internal/core/workflowfile"
	"tenon/internal/glue"
)

// TestScripts shows the form by example:
//
//	objects   what a file stands for, or what is wrong with it
//	text      a file as Text writes it, having read it
//	diff      the changes from the file before the line => to the one behind it; nothing before it: there is no workflow
func TestScripts(t *testing.T) {
	datadriven.Walk(t, filepath.Join("testdata", "script"), func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var b strings.Builder
			switch d.Cmd {
			case "objects":
				o, err := objects(d.Input)
				if err != nil {
					return err.Error()
				}
				for _, c := range workflowfile.Diff(nil, o) {
					writeChange(&b, c)
				}
			case "text":
				f, err := workflowfile.Read([]byte(d.Input))
				if err != nil {
					return err.Error()
				}
				text, err := f.Text()
				if err != nil {
					return err.Error()
				}
				b.Write(text)
			case "diff":
				before, after, _ := strings.Cut(d.Input, "=>\n")
				var have *workflowfile.Objects
				if strings.TrimSpace(before) != "" {
					have = mustObjects(t, before)
				}
				changes := workflowfile.Diff(have, mustObjects(t, after))
				for _, c := range changes {
					writeChange(&b, c)
				}
				if len(changes) == 0 {
					b.WriteString("nothing changes\n")
				}
			default:
				d.Fatalf(t, "unknown command %s", d.Cmd)
			}
			return b.String()
		})
	})
}

// objects reads a file and builds what it stands for.
func objects(text string) (*workflowfile.Objects, error) {
	f, err := workflowfile.Read([]byte(text))
	if err != nil {
		return nil, err
	}
	return f.Objects()
}

// mustObjects is objects of a file that is right.
func mustObjects(t *testing.T, text string) *workflowfile.Objects {
	t.Helper()
	o, err := objects(text)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// writeChange writes a change: what is done to what, and each member.
func writeChange(b *strings.Builder, c workflowfile.Change) {
	fmt.Fprintf(b, "%s %s %s\n", c.Verb, c.Kind, c.Name)
	for _, m := range c.Members {
		switch {
		case m.Before == "":
			fmt.Fprintf(b, "  + %s: %s\n", m.Name, m.After)
		case m.After == "":
			fmt.Fprintf(b, "  - %s: %s\n", m.Name, m.Before)
		default:
			fmt.Fprintf(b, "  %s: %s -> %s\n", m.Name, m.Before, m.After)
		}
	}
}

// TestExamples reads every example, writes it, and finds it the same; and exports the objects that it stands for, which
// changes nothing.
func TestExamples(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("testdata", "example", "*.yaml"))
	if err != nil || len(paths) < 5 {
		t.Fatalf("%d examples, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			o := mustObjects(t, string(text))
			checkRoundTrip(t, o)
		})
	}
}

// fatal is what testing.T and rapid.T have in common.
type fatal interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkRoundTrip exports objects, and demands that applying the export to them would change nothing.
func checkRoundTrip(t fatal, o *workflowfile.Objects) {
	t.Helper()
	f, err := workflowfile.Export(o)
	if err != nil {
		t.Fatalf("export: %v", err)
	}
	text, err := f.Text()
	if err != nil {
		t.Fatalf("text: %v", err)
	}
	again, err := objects(string(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if changes := workflowfile.Diff(o, again); len(changes) > 0 {
		var b strings.Builder
		for _, c := range changes {
			writeChange(&b, c)
		}
		t.Fatalf("applying the export changes something:\n%s\n%s", b.String(), text)
	}
	second, err := workflowfile.Export(again)
	if err != nil {
		t.Fatalf("export again: %v", err)
	}
	if twice, err := second.Text(); err != nil || string(twice) != string(text) {
		t.Fatalf("the second export differs (%v):\n%s", err, cmp.Diff(string(text), string(twice)))
	}
}

// TestForeign exports what other clients make and this package would not.
func TestForeign(t *testing.T) {
	condition := func(job string, state glue.RunState) glue.Condition {
		return glue.Condition{LogicalOperator: "EQUALS", JobName: job, State: state}
	}
	start := func(name string, actions ...glue.Action) workflowfile.Tagged {
		return workflowfile.Tagged{Trigger: glue.Trigger{Name: name, WorkflowName: "w", Type: glue.TriggerOnDemand, State: glue.TriggerCreated, Actions: actions}}
	}
	after := func(name string, state glue.TriggerState, p *glue.Predicate, actions ...glue.Action) workflowfile.Tagged {
		return workflowfile.Tagged{Trigger: glue.Trigger{Name: name, WorkflowName: "w", Type: glue.TriggerConditional, State: state, Predicate: p, Actions: actions}}
	}
	job := func(name string) glue.Action { return glue.Action{JobName: name} }
	one := func(job string) *glue.Predicate {
		return &glue.Predicate{Conditions: []glue.Condition{condition(job, glue.RunSucceeded)}}
	}
	on := glue.TriggerActivated
	for _, tc := range []struct {
		name     string
		triggers []workflowfile.Tagged
		want     string // a part of the file, or of the refusal
	}{
		{"empty", nil, "start: none\n"},
		{"names of their own", []workflowfile.Tagged{start("t0", job("A")), after("t1", on, one("A"), job("C"), job("B"))}, "  B:\n    after: A\n    trigger: t1\n"},
		{"inactive", []workflowfile.Tagged{start("t0", job("A")), after("t1", glue.TriggerCreated, one("A"), job("B"))}, "triggers:\n  t1:\n    when: A\n    start: B\n    active: false\n"},
		{"started twice", []workflowfile.Tagged{start("t0", job("A"), job("B")), after("t1", on, one("A"), job("B"))}, "  jobs: [A, B]\n"},
		{"one job twice in one trigger", []workflowfile.Tagged{start("t0", job("A"), glue.Action{JobName: "A", Arguments: map[string]string{"--day": "2"}})}, "    - A\n    - job: A\n      arguments:\n        day: \"2\"\n"},
		{"two starts", []workflowfile.Tagged{start("t0", job("A")), start("t1", job("B"))}, "two triggers that begin it, t0 and t1"},
		{"a crawler", []workflowfile.Tagged{start("t0", glue.Action{CrawlerName: "c"})}, "trigger t0 starts crawler c: a workflow file has no crawlers yet"},
		{"a job from outside", []workflowfile.Tagged{start("t0", job("A")), after("t1", on, one("X"), job("B"))}, "waits for job X, which no trigger of the workflow starts"},
		{"an argument without hyphens", []workflowfile.Tagged{start("t0", glue.Action{JobName: "A", Arguments: map[string]string{"day": "1"}})}, `argument "day"`},
		{"a notification of a later API", []workflowfile.Tagged{start("t0", glue.Action{JobName: "A", Notification: []byte(`{"Page":true}`)})}, `NotificationProperty {"Page":true}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := &workflowfile.Objects{Workflow: glue.Workflow{Name: "w"}, Triggers: tc.triggers}
			f, err := workflowfile.Export(o)
			if err != nil {
				if !strings.Contains(err.Error(), tc.want) {
					t.Fatalf("refused with %q, want %q", err, tc.want)
				}
				return
			}
			text, err := f.Text()
			if err != nil || !strings.Contains(string(text), tc.want) {
				t.Fatalf("%v\n%swant %q in it", err, text, tc.want)
			}
			checkRoundTrip(t, o)
		})
	}
}
