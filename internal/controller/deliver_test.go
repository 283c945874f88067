package controller

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/driver/executor/fake"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// eventful creates workflow w, which an EVENT trigger starts with job a.
func (p *plane) eventful(size, window int) {
	p.t.Helper()
	if err := p.c.CreateWorkflow(p.t.Context(), WorkflowRequest{Region: "us-east-1", Principal: "AKID", Workflow: glue.Workflow{Name: "w"}}); err != nil {
		p.t.Fatal(err)
	}
	tr := on("tr", glue.TriggerEvent, "a")
	tr.WorkflowName = "w"
	if size > 0 {
		tr.Batching = &glue.EventBatching{BatchSize: size, BatchWindow: window}
	}
	p.storeJobs("a")
	p.create(tr)
}

// deliver hands events over as the rules do, the cursor one further.
func (p *plane) deliver(from int64, events ...string) error {
	d := Delivery{From: from, Cursor: from + 1}
	for _, id := range events {
		d.Events = append(d.Events, WorkflowEvent{Region: "us-east-1", Rule: "r", Target: "t", Workflow: "w", Event: id})
	}
	return p.c.Deliver(p.t.Context(), d)
}

// must fails the test if err is not nil.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// expectBatches checks what the workflow was started for: "time ids", with "window" where that ran out.
func (p *plane) expectBatches(want ...string) {
	p.t.Helper()
	var got []string
	for _, r := range p.runs() {
		text := r.Submitted.UTC().Format("15:04:05 ") + strings.Join(r.Cause.Events, " ")
		if r.Cause.Window {
			text += " window"
		}
		got = append(got, text)
		var run store.WorkflowRun
		err := p.db.Read(p.t.Context(), func(rd *store.Reader) (err error) {
			run, err = rd.GetWorkflowRun("us-east-1", r.Flow)
			return err
		})
		if err != nil {
			p.t.Fatal(err)
		}
		if ids := run.Properties["aws:eventIds"]; ids != "["+strings.Join(r.Cause.Events, ", ")+"]" {
			p.t.Errorf("aws:eventIds is %s", ids)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		p.t.Errorf("started for\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestBatches: an EVENT trigger fires at so many events, or so long after the first.
func TestBatches(t *testing.T) {
	t.Run("size", func(t *testing.T) {
		bubble(t, Config{}, taking(time.Second), func(t *testing.T, p *plane) {
			p.eventful(2, 60)
			must(t, p.deliver(0, "e1"))
			time.Sleep(10 * time.Second)
			must(t, p.deliver(1, "e2", "e3"))
			time.Sleep(10 * time.Second)
			must(t, p.deliver(2, "e4"))
			time.Sleep(time.Hour)
			p.expectBatches("00:00:10 e1 e2", "00:00:20 e3 e4")
			p.calm()
		})
	})
	t.Run("window, over a restart", func(t *testing.T) {
		bubble(t, Config{}, taking(time.Second), func(t *testing.T, p *plane) {
			p.eventful(5, 60)
			must(t, p.deliver(0, "e1"))
			time.Sleep(30 * time.Second)
			must(t, p.deliver(1, "e2"))
			p.kill()
			p.start()
			time.Sleep(20 * time.Second)
			p.expectBatches()
			time.Sleep(20 * time.Second)
			must(t, p.deliver(2, "e3")) // begins another window
			time.Sleep(time.Hour)
			p.expectBatches("00:01:00 e1 e2 window", "00:02:10 e3 window")
			if got := p.progress("tr"); len(got.Batch) != 0 || !got.BatchSince.IsZero() || got.Count != 2 {
				t.Errorf("progress is %+v", got)
			}
		})
	})
	t.Run("without a condition", func(t *testing.T) {
		bubble(t, Config{}, taking(time.Second), func(t *testing.T, p *plane) {
			p.eventful(0, 0)
			must(t, p.deliver(0, "e1", "e2"))
			time.Sleep(time.Minute)
			p.expectBatches("00:00:00 e1", "00:00:00 e2")
		})
	})
	t.Run("a smaller size later", func(t *testing.T) {
		bubble(t, Config{}, taking(time.Second), func(t *testing.T, p *plane) {
			p.eventful(3, 900)
			must(t, p.deliver(0, "e1", "e2"))
			up := on("", glue.TriggerEvent, "a")
			up.Batching = &glue.EventBatching{BatchSize: 2}
			_, err := p.c.UpdateTrigger(t.Context(), TriggerUpdate{Region: "us-east-1", Name: "tr", Update: up})
			must(t, err)
			time.Sleep(time.Minute)
			p.expectBatches("00:00:00 e1 e2")
		})
	})
}

// TestDeliver: rules start jobs, once for each delivery, and what their runs bring about follows.
func TestDeliver(t *testing.T) {
	bubble(t, Config{}, taking(time.Second), func(t *testing.T, p *plane) {
		p.storeJobs("a", "b")
		p.create(when("then", "", []string{"a SUCCEEDED"}, "b"))
		d := Delivery{Cursor: 7, Starts: []RuleStart{{Region: "us-east-1", Rule: "r", Target: "t", Event: "e1", Job: "a", Arguments: map[string]string{"--x": "1"}}}}
		must(t, p.c.Deliver(t.Context(), d))
		if err := p.c.Deliver(t.Context(), d); err == nil || !strings.Contains(err.Error(), "the cursor is 7") {
			t.Errorf("the same delivery again: %v", err)
		}
		p.kill()
		p.start()
		if err := p.c.Deliver(t.Context(), d); err == nil {
			t.Error("the same delivery is taken after a restart")
		}
		must(t, p.c.Deliver(t.Context(), Delivery{From: 7, Cursor: 9}))
		time.Sleep(time.Minute)
		p.expect("1: rule starts a SUCCEEDED", "1: then starts b SUCCEEDED")
		if r := p.runs()[0]; r.Cause.Kind != glue.CauseRule || r.Cause.Rule != "r" || r.Cause.Events[0] != "e1" || r.Arguments["--x"] != "1" {
			t.Errorf("run is %+v", r.JobRun)
		}
		if n := len(p.told(glue.EventRuleFired)); n != 1 {
			t.Errorf("%d events of rules", n)
		}
		p.calm()
	})
}

// TestDeliverToNobody: an event for a workflow that is not there, or that no event starts, is told of, and the cursor moves.
func TestDeliverToNobody(t *testing.T) {
	bubble(t, Config{}, nil, func(t *testing.T, p *plane) {
		must(t, p.deliver(0, "e1"))
		must(t, p.c.CreateWorkflow(t.Context(), WorkflowRequest{Region: "us-east-1", Workflow: glue.Workflow{Name: "w"}}))
		must(t, p.deliver(1, "e2"))
		tr := on("start", glue.TriggerOnDemand, "a")
		tr.WorkflowName = "w"
		p.create(tr)
		must(t, p.deliver(2, "e3"))
		failed := p.told(glue.EventRuleFailed)
		for i, want := range []string{"Workflow with name: w not found.", "has no start trigger", "its start trigger start is of type ON_DEMAND"} {
			if i >= len(failed) || !strings.Contains(string(failed[i].Detail), want) {
				t.Errorf("events are %v, want %d with %q", failed, i, want)
			}
		}
	})
}

// delays lists what was told of delays: time and state.
func (p *plane) delays() string {
	p.t.Helper()
	var told []string
	for _, e := range p.told(glue.EventRunDelayed) {
		state := strings.Split(string(e.Detail), `"`)[3]
		told = append(told, e.At.UTC().Format("15:04:05 ")+state)
	}
	return strings.Join(told, ", ")
}

// TestDelays: NotifyDelayAfter is told of once for each state in which a run is past it, counted from its submit.
func TestDelays(t *testing.T) {
	slow := func(attempt.Spec) fake.Plan {
		return fake.Plan{StartDelay: 3 * time.Minute, Duration: 4 * time.Minute}
	}
	for name, c := range map[string]struct {
		after string // JSON
		want  string
	}{
		"STARTING and RUNNING": {`{"NotifyDelayAfter":1}`, "00:01:00 STARTING, 00:03:00 RUNNING"},
		"RUNNING":              {`{"NotifyDelayAfter":5}`, "00:05:00 RUNNING"},
		"in time":              {`{"NotifyDelayAfter":8}`, ""},
		"not wanted":           {`{}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, Config{Grace: time.Hour}, slow, func(t *testing.T, p *plane) {
				req := request(job("a"))
				req.Notification = []byte(c.after)
				id := p.submit(req)
				time.Sleep(20 * time.Minute)
				if got := p.delays(); got != c.want {
					t.Errorf("told %q, want %q", got, c.want)
				}
				if run := p.get(id); run.State != glue.RunSucceeded {
					t.Errorf("the run is %s", run.State)
				}
			})
		})
	}
}

// TestDelaysOfARunThatWaits: waiting is not told of; what follows is at once, each state once over restarts.
func TestDelaysOfARunThatWaits(t *testing.T) {
	one := roomy
	one.Default.Slots = 1
	plan := func(attempt.Spec) fake.Plan { return fake.Plan{Duration: 10 * time.Minute, Deaf: true} }
	bubble(t, Config{Admission: one, Grace: time.Hour}, plan, func(t *testing.T, p *plane) {
		a := p.define("a")
		p.submit(request(a))
		req := request(a)
		req.Notification = []byte(`{"NotifyDelayAfter":2}`)
		id := p.submit(req)
		sleepUntil(day(1, 0, 11))
		p.kill()
		p.start()
		<-p.c.Ready()
		sleepUntil(day(1, 0, 12))
		_, err := p.c.Stop(t.Context(), StopRequest{Region: "us-east-1", Job: "a", Runs: []string{id}})
		must(t, err)
		p.kill()
		p.start()
		time.Sleep(time.Hour)
		if got, want := p.delays(), "00:10:00 STARTING, 00:10:00 RUNNING, 00:12:00 STOPPING"; got != want {
			t.Errorf("told %q, want %q", got, want)
		}
	})
}
