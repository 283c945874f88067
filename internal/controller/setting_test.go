package controller

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tenon/internal/core/scheduler"
	"tenon/internal/glue"
)

// draftWith drafts a run of job("j") with tags and arguments, and applies their settings.
func draftWith(tags, args map[string]string) (glue.JobRun, *int, error) {
	req := request(job("j"))
	req.Job.NumberOfWorkers = 10
	req.Tags, req.Arguments = tags, args
	run, err := draft(&req)
	if err != nil {
		return run, nil, err
	}
	priority, err := applySettings(&run, &req)
	return run, priority, err
}

// TestSettings: an argument of the run wins over a tag of the job, which wins over the queue's default.
func TestSettings(t *testing.T) {
	queues := []scheduler.Queue{{Name: "finance", Priority: 50}, {Name: "lab"}}
	for _, c := range []struct {
		name       string
		tags, args string // "queue=finance priority=7"
		want       string
	}{
		{name: "nothing set", want: "queue= priority=0 strategy= min=0 network=nil"},
		{name: "the queue's priority", tags: "queue=finance", want: "queue=finance priority=50 strategy= min=0 network=nil"},
		{name: "a tag's priority", tags: "queue=finance priority=-1000", want: "queue=finance priority=-1000 strategy= min=0 network=nil"},
		{name: "arguments over tags", tags: "queue=finance priority=1 strategy=ordered min-workers=2 network-retries=1",
			args: "queue=lab priority=2 strategy=spread min-workers=10 network-retries=0",
			want: "queue=lab priority=2 strategy=spread min=10 network=0"},
		{name: "the default queue by name", tags: "queue=finance", args: "queue=default", want: "queue= priority=0 strategy= min=0 network=nil"},
	} {
		t.Run(c.name, func(t *testing.T) {
			run, priority, err := draftWith(settingsOf(tagPrefix, c.tags), settingsOf(argPrefix, c.args))
			if err == nil {
				err = applyQueue(&run, priority, queues)
			}
			if err != nil {
				t.Fatal(err)
			}
			network := "nil"
			if run.NetworkRetries != nil {
				network = fmt.Sprint(*run.NetworkRetries)
			}
			got := fmt.Sprintf("queue=%s priority=%d strategy=%s min=%d network=%s", run.Queue, run.Priority, run.Strategy, run.MinWorkers, network)
			if got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
			for name := range scriptArguments(run.Arguments) {
				if strings.HasPrefix(name, argPrefix) {
					t.Errorf("the script sees %s", name)
				}
			}
		})
	}
}

// settingsOf reads "queue=finance priority=7".
func settingsOf(prefix, text string) map[string]string {
	m := map[string]string{}
	for _, word := range strings.Fields(text) {
		name, value, _ := strings.Cut(word, "=")
		m[prefix+name] = value
	}
	return m
}

// TestSettingsAreRefusedByName, as arguments and as tags.
func TestSettingsAreRefusedByName(t *testing.T) {
	many := make([]string, maxConnections+1)
	for i := range many {
		many[i] = fmt.Sprint("c", i)
	}
	for _, c := range []struct{ name, value, want string }{
		{"queu", "x", "%squeu is not supported by Tenon; supported are %[1]squeue, %[1]spriority, "},
		{"deadline", "12:00", "%sdeadline is not supported by Tenon yet."},
		{"priority", "high", `%spriority must be a whole number between -1000 and 1000, got "high".`},
		{"priority", "+5", `%spriority must be a whole number between -1000 and 1000, got "+5".`},
		{"priority", "1001", `%spriority must be a whole number between -1000 and 1000, got "1001".`},
		{"network-retries", "-1", `%snetwork-retries must be a whole number between 0 and 10, got "-1".`},
		{"min-workers", "1", `%smin-workers must be a whole number between 2 and 299, got "1".`},
		{"strategy", "best", "Unknown strategy specified: best"},
		{"connections", "a b a", "%sconnections names connection a twice."},
		{"connections", " ", "%sconnections names no connection; leave it out for those of the job."},
		{"connections", strings.Join(many, " "), "%sconnections names 65 connections, at most 64."},
	} {
		t.Run(c.name+"="+c.value, func(t *testing.T) {
			want := func(prefix string) string {
				if strings.Contains(c.want, "%") {
					return fmt.Sprintf(c.want, prefix)
				}
				return c.want
			}
			_, _, err := draftWith(nil, map[string]string{argPrefix + c.name: c.value})
			refused(t, err, glue.CodeInvalidInput, want(argPrefix))
			_, _, err = draftWith(map[string]string{tagPrefix + c.name: c.value}, nil)
			refused(t, err, glue.CodeInvalidInput, want(tagPrefix))
			refused(t, CheckTags(map[string]string{tagPrefix + c.name: c.value}), glue.CodeInvalidInput, want(tagPrefix))
		})
	}
	_, _, err := draftWith(map[string]string{"tenon:min-workers": "11"}, nil)
	refused(t, err, glue.CodeInvalidInput, "tenon:min-workers is 11, but the run has only 10 workers.")
	if err := CheckTags(map[string]string{"team": "x", "tenon:queue": "q", "tenon:connections": "a b"}); err != nil {
		t.Errorf("good tags: %v", err)
	}
	if err := applyQueue(&glue.JobRun{Queue: "x"}, nil, []scheduler.Queue{{Name: "a"}, {Name: "b"}}); err == nil ||
		!strings.Contains(err.Error(), "Queue x is not configured; configured are default, a, b.") {
		t.Errorf("an unknown queue: %v", err)
	}
}

func TestConnectionNames(t *testing.T) {
	j := job("j")
	j.Connections = &glue.ConnectionList{Connections: []string{"own"}}
	tags := map[string]string{"tenon:connections": "t1  t2"}
	args := map[string]string{"--tenon-connections": "a1"}
	for _, c := range []struct {
		tags, args map[string]string
		want       []string
	}{
		{nil, nil, []string{"own"}},
		{tags, nil, []string{"t1", "t2"}},
		{tags, args, []string{"a1"}},
	} {
		if diff := cmp.Diff(c.want, ConnectionNames(&j, c.tags, c.args)); diff != "" {
			t.Error(diff)
		}
	}
	flood := map[string]string{"tenon:connections": strings.Repeat("c ", 10_000)}
	if got := ConnectionNames(&j, flood, nil); len(got) != maxConnections+1 {
		t.Errorf("of too many names %d are looked up", len(got))
	}
	j.DefaultArguments = args
	if got := ConnectionNames(&j, tags, nil); !slices.Equal(got, []string{"a1"}) {
		t.Errorf("with a default argument of the job: %v", got)
	}
}
