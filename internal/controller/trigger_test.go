package controller

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/driver/executor/fake"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// storeJob stores the definition of a job as the API does.
func (p *plane) storeJob(j glue.Job) {
	p.t.Helper()
	doc, err := json.Marshal(&j)
	if err != nil {
		p.t.Fatal(err)
	}
	d := store.Definition{Region: "us-east-1", Kind: glue.KindJob, Name: j.Name, Doc: doc}
	if err := p.db.Commit(p.t.Context(), time.Now(), func(tx *store.Tx) error { return tx.CreateDefinition(&d) }); err != nil {
		p.t.Fatal(err)
	}
}

// storeJobs stores jobs that differ in nothing but their names.
func (p *plane) storeJobs(names ...string) {
	p.t.Helper()
	for _, name := range names {
		p.storeJob(job(name))
	}
}

// on is a trigger of some type that starts jobs.
func on(name string, typ glue.TriggerType, jobs ...string) glue.Trigger {
	tr := glue.Trigger{Name: name, Type: typ}
	for _, j := range jobs {
		tr.Actions = append(tr.Actions, glue.Action{JobName: j})
	}
	return tr
}

// when is a conditional trigger: its conditions are "job STATE", joined by AND or ANY.
func when(name, logical string, conditions []string, jobs ...string) glue.Trigger {
	tr := on(name, glue.TriggerConditional, jobs...)
	tr.Predicate = &glue.Predicate{Logical: logical}
	for _, c := range conditions {
		watched, state, _ := strings.Cut(c, " ")
		tr.Predicate.Conditions = append(tr.Predicate.Conditions,
			glue.Condition{LogicalOperator: glue.OperatorEquals, JobName: watched, State: glue.RunState(state)})
	}
	return tr
}

// at is a scheduled trigger.
func at(name, schedule string, jobs ...string) glue.Trigger {
	tr := on(name, glue.TriggerScheduled, jobs...)
	tr.Schedule = schedule
	return tr
}

// create makes triggers, which are started where their type can be.
func (p *plane) create(triggers ...glue.Trigger) {
	p.t.Helper()
	for _, tr := range triggers {
		p.createTagged(tr, nil)
	}
}

// createTagged makes a trigger with tags.
func (p *plane) createTagged(tr glue.Trigger, tags map[string]string) {
	p.t.Helper()
	start := tr.Type == glue.TriggerScheduled || tr.Type == glue.TriggerConditional
	err := p.c.CreateTrigger(p.t.Context(), TriggerRequest{Region: "us-east-1", Principal: "AKID", Trigger: tr, Tags: tags, Start: start})
	if err != nil {
		p.t.Fatal(err)
	}
}

// named names a trigger.
func named(name string) TriggerName {
	return TriggerName{Region: "us-east-1", Principal: "AKID", Name: name}
}

// startTrigger starts a trigger.
func (p *plane) startTrigger(name string) {
	p.t.Helper()
	if err := p.c.StartTrigger(p.t.Context(), TriggerStart{TriggerName: named(name)}); err != nil {
		p.t.Fatal(err)
	}
}

// runs lists all runs in the order of their submits.
func (p *plane) runs() []store.Run {
	p.t.Helper()
	var runs []store.Run
	err := p.db.Read(p.t.Context(), func(r *store.Reader) (err error) {
		runs, err = r.RunsAfter(0, store.MaxList)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return runs
}

// story tells what ran, in the order of submits: flow, trigger, job and state. Flows are numbered as they come; runs by hand
// have none.
func (p *plane) story() string {
	p.t.Helper()
	var lines []string
	flows := map[string]int{}
	for _, r := range p.runs() {
		if r.Flow == "" {
			lines = append(lines, fmt.Sprintf("by hand: %s %s", r.Job, r.State))
			continue
		}
		if flows[r.Flow] == 0 {
			flows[r.Flow] = len(flows) + 1
		}
		lines = append(lines, fmt.Sprintf("%d: %s starts %s %s", flows[r.Flow], first(r.Trigger, "rule"), r.Job, r.State))
	}
	return strings.Join(lines, "\n")
}

// expect checks the story.
func (p *plane) expect(lines ...string) {
	p.t.Helper()
	if got, want := p.story(), strings.Join(lines, "\n"); got != want {
		p.t.Errorf("what ran:\n%s\nwant:\n%s", got, want)
	}
}

// told lists the events of a kind.
func (p *plane) told(kind glue.EventKind) []glue.Event {
	p.t.Helper()
	var found []glue.Event
	err := p.db.Read(p.t.Context(), func(r *store.Reader) error {
		all, err := r.EventsAfter(0, store.MaxEvents)
		for _, e := range all {
			if e.Kind == kind {
				found = append(found, e)
			}
		}
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return found
}

// calm checks that no flow and no fire is left, in memory and in the store.
func (p *plane) calm() {
	p.t.Helper()
	look := &inspect{newReply(), func(s *state) {
		if len(s.flows) != 0 || len(s.pending) != 0 {
			p.t.Errorf("left in memory: %d flows, fires of %d regions", len(s.flows), len(s.pending))
		}
	}}
	if err := p.c.do(p.t.Context(), look); err != nil {
		p.t.Fatal(err)
	}
	err := p.db.Read(p.t.Context(), func(r *store.Reader) error {
		fires, err := r.Fires(0, 10)
		open, err2 := r.OpenWorkflowRuns(0, 10)
		if len(fires)+len(open) != 0 {
			p.t.Errorf("left in the store: %d fires, %d workflow runs", len(fires), len(open))
		}
		return errors.Join(err, err2)
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.nothingLeft()
}

// taking is a plan where each job's attempts last so long.
func taking(d time.Duration) func(attempt.Spec) fake.Plan {
	return func(attempt.Spec) fake.Plan { return fake.Plan{Duration: d} }
}

// failing is a plan where the jobs named fail.
func failing(jobs ...string) func(attempt.Spec) fake.Plan {
	return func(spec attempt.Spec) fake.Plan {
		if slices.Contains(jobs, spec.Job) {
			return fake.Plan{Duration: time.Second, State: glue.RunFailed, Error: "boom"}
		}
		return fake.Plan{Duration: time.Second}
	}
}

// TestChain: an on-demand trigger starts a run, whose end starts another.
func TestChain(t *testing.T) {
	bubble(t, Config{}, taking(time.Second), func(t *testing.T, p *plane) {
		p.storeJobs("input", "output")
		p.create(on("start", glue.TriggerOnDemand, "input"), when("then", "", []string{"input SUCCEEDED"}, "output"))
		p.startTrigger("start")
		time.Sleep(time.Minute)
		p.expect("1: start starts input SUCCEEDED", "1: then starts output SUCCEEDED")
		runs := p.runs()
		if got := runs[1].Cause.Runs; len(got) != 1 || got[0] != (glue.Predecessor{Job: "input", Run: runs[0].ID}) {
			t.Errorf("the predecessors of output are %v", got)
		}
		if got := runs[0].Cause; got == nil || got.Kind != glue.CauseDemand || got.Who != "AKID" {
			t.Errorf("the cause of input is %+v", got)
		}
		p.calm()
	})
}

// TestRunsByHandFireNothing: a condition is met by runs that a trigger started, and by no others.
func TestRunsByHandFireNothing(t *testing.T) {
	bubble(t, Config{}, taking(time.Second), func(t *testing.T, p *plane) {
		p.storeJobs("output")
		p.create(when("then", "", []string{"input SUCCEEDED"}, "output"))
		p.submit(request(job("input")))
		time.Sleep(time.Minute)
		p.expect("by hand: input SUCCEEDED")
	})
}

// TestPredicates: what fires after a succeeds and b fails, by its predicate.
func TestPredicates(t *testing.T) {
	for name, c := range map[string]struct {
		logical    string
		conditions []string
		fires      bool
	}{
		"one that is met":         {"", []string{"a SUCCEEDED"}, true},
		"one that is not":         {"", []string{"a FAILED"}, false},
		"AND of what is met":      {"AND", []string{"a SUCCEEDED", "b FAILED"}, true},
		"AND of one that is not":  {"AND", []string{"a SUCCEEDED", "b SUCCEEDED"}, false},
		"AND of a job never run":  {"AND", []string{"a SUCCEEDED", "c SUCCEEDED"}, false},
		"ANY of one that is met":  {"ANY", []string{"a FAILED", "b FAILED"}, true},
		"ANY of both":             {"ANY", []string{"a SUCCEEDED", "b FAILED"}, true},
		"ANY of none that is met": {"ANY", []string{"a STOPPED", "b TIMEOUT"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, Config{}, failing("b"), func(t *testing.T, p *plane) {
				p.storeJobs("a", "b", "d")
				p.create(on("start", glue.TriggerOnDemand, "a", "b"), when("then", c.logical, c.conditions, "d"))
				p.startTrigger("start")
				time.Sleep(time.Minute)
				want := []string{"1: start starts a SUCCEEDED", "1: start starts b FAILED"}
				if c.fires {
					want = append(want, "1: then starts d SUCCEEDED")
				}
				p.expect(want...)
				p.calm()
			})
		})
	}
}

// TestCirclesEnd: triggers that lead in a circle fire once each.
func TestCirclesEnd(t *testing.T) {
	bubble(t, Config{}, taking(time.Second), func(t *testing.T, p *plane) {
		p.storeJobs("a", "b")
		p.create(on("start", glue.TriggerOnDemand, "a"), when("forth", "", []string{"a SUCCEEDED"}, "b"), when("back", "", []string{"b SUCCEEDED"}, "a"))
		p.startTrigger("start")
		time.Sleep(time.Hour)
		p.expect("1: start starts a SUCCEEDED", "1: forth starts b SUCCEEDED", "1: back starts a SUCCEEDED")
		p.calm()
	})
}

// TestDeactivated: a trigger that is not ACTIVATED does not fire, and does again once it is.
func TestDeactivated(t *testing.T) {
	bubble(t, Config{}, taking(time.Second), func(t *testing.T, p *plane) {
		p.storeJobs("a", "b")
		p.create(on("start", glue.TriggerOnDemand, "a"), when("then", "", []string{"a SUCCEEDED"}, "b"))
		if err := p.c.StopTrigger(t.Context(), named("then")); err != nil {
			t.Fatal(err)
		}
		p.startTrigger("start")
		time.Sleep(time.Minute)
		p.kill()
		p.start()
		p.startTrigger("then")
		p.startTrigger("start")
		time.Sleep(time.Minute)
		p.expect("1: start starts a SUCCEEDED", "2: start starts a SUCCEEDED", "2: then starts b SUCCEEDED")
		refused(t, p.c.StopTrigger(t.Context(), named("start")), glue.CodeInvalidInput, "The operation is not allowed when trigger is in state: CREATED")
	})
}

// TestTriggerStartsAreNotDropped: over the job's own limit a trigger's runs wait; each is made.
func TestTriggerStartsAreNotDropped(t *testing.T) {
	plan := func(spec attempt.Spec) fake.Plan {
		return fake.Plan{Duration: map[string]time.Duration{"input": 7 * time.Minute, "output": 12 * time.Minute}[spec.Job]}
	}
	bubble(t, Config{}, plan, func(t *testing.T, p *plane) {
		for _, name := range []string{"input", "output"} {
			j := job(name)
			j.ExecutionProperty = nil // one at a time
			p.storeJob(j)
		}
		p.create(at("every 5 minutes", "cron(0/5 * * * ? *)", "input"), when("then", "", []string{"input SUCCEEDED"}, "output"))
		time.Sleep(30*time.Minute + time.Second) // six fire times
		if err := p.c.StopTrigger(t.Context(), named("every 5 minutes")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Hour)
		started := map[string][]string{}
		for _, r := range p.runs() {
			if r.State != glue.RunSucceeded {
				t.Errorf("a run of %s is %s", r.Job, r.State)
			}
			started[r.Job] = append(started[r.Job], r.Flow)
		}
		slices.Sort(started["output"])
		if len(started["input"]) != 6 || !slices.Equal(started["input"], started["output"]) {
			t.Errorf("runs by job are of flows %v", started)
		}
		p.calm()
	})
}

// TestFiringIsTwoCommits: whichever of the two commits of a firing fails, and whether it was made or not, each trigger fires
// once.
func TestFiringIsTwoCommits(t *testing.T) {
	for commits := range 7 { // that go well before one that fails; there are seven
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprint(commits, " then a failure, made ", after), func(t *testing.T) {
				bubble(t, Config{}, taking(time.Second), func(t *testing.T, p *plane) {
					p.storeJobs("a", "b")
					p.create(on("start", glue.TriggerOnDemand, "a"), when("then", "", []string{"a SUCCEEDED"}, "b"))
					failed := p.failCommit(commits, after)
					start := TriggerStart{TriggerName: named("start"), InvocationID: "call", BodyHash: []byte("h")}
					for err := p.c.StartTrigger(t.Context(), start); err != nil; err = p.c.StartTrigger(t.Context(), start) { // what an SDK does
						time.Sleep(time.Second)
					}
					time.Sleep(time.Minute)
					p.expect("1: start starts a SUCCEEDED", "1: then starts b SUCCEEDED")
					p.calm()
					if !failed.Load() {
						t.Error("no commit failed")
					}
				})
			})
		}
	}
}

// failCommit has one commit of the loop fail, after so many that do not. With made, it was made for all that.
func (p *plane) failCommit(after int, made bool) *atomic.Bool {
	p.t.Helper()
	failed := new(atomic.Bool)
	err := p.c.do(p.t.Context(), &inspect{newReply(), func(*state) { // in the loop, which reads commitTx
		commit, left := p.c.commitTx, after
		p.c.commitTx = func(ctx context.Context, now time.Time, fn func(*store.Tx) error) error {
			if left--; left != -1 {
				return commit(ctx, now, fn)
			}
			failed.Store(true)
			if made {
				if err := commit(ctx, now, fn); err != nil {
					return err
				}
			}
			return fmt.Errorf("%w: injected", store.ErrUnknownOutcome)
		}
	}})
	if err != nil {
		p.t.Fatal(err)
	}
	return failed
}

// TestKilledBetweenTheCommits: a plane that ends right after the first commit of a firing leaves the second to its
// successor, whatever became of the trigger.
func TestKilledBetweenTheCommits(t *testing.T) {
	for name, meanwhile := range map[string]func(p *plane) error{
		"nothing else": func(*plane) error { return nil },
		"deleted":      func(p *plane) error { return p.c.DeleteTrigger(p.t.Context(), named("start")) },
		"edited": func(p *plane) error {
			_, err := p.c.UpdateTrigger(p.t.Context(), TriggerUpdate{Region: "us-east-1", Name: "start", Update: on("", glue.TriggerOnDemand, "b")})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, Config{}, taking(time.Second), func(t *testing.T, p *plane) {
				p.storeJobs("a", "b")
				p.create(on("start", glue.TriggerOnDemand, "a"))
				p.startButHold("start")
				if err := meanwhile(p); err != nil {
					t.Fatal(err)
				}
				p.kill()
				p.start()
				time.Sleep(time.Minute)
				p.expect("1: start starts a SUCCEEDED")
				p.calm()
			})
		})
	}
}

// startButHold starts a trigger, and has the loop carry its fire out only when the memory is loaded again.
func (p *plane) startButHold(name string) {
	p.t.Helper()
	hold := func() error {
		return p.c.do(p.t.Context(), &inspect{newReply(), func(s *state) { s.pending["us-east-1"] = &fireLine{after: s.now.Add(time.Hour)} }})
	}
	if err := hold(); err != nil {
		p.t.Fatal(err)
	}
	p.startTrigger(name)
	synctest.Wait()
}

// TestGoneAndUndraftable: a job that is gone makes a run in state ERROR, one that cannot be started one that FAILED; what
// follows from that follows at once.
func TestGoneAndUndraftable(t *testing.T) {
	bubble(t, Config{}, taking(time.Second), func(t *testing.T, p *plane) {
		ray := job("ray")
		ray.Command.Name = glue.CommandRay
		p.storeJob(ray)
		p.storeJobs("mend")
		p.create(on("start", glue.TriggerOnDemand, "gone", "ray"), when("then", "", []string{"ray FAILED"}, "mend"))
		p.startTrigger("start")
		time.Sleep(time.Minute)
		p.expect("1: start starts gone ERROR", "1: start starts ray FAILED", "1: then starts mend SUCCEEDED")
		runs := p.runs()
		if got := runs[0].ErrorMessage; got != "Job gone does not exist." {
			t.Errorf("gone says %q", got)
		}
		if got := runs[1].ErrorMessage; !strings.Contains(got, "Command name glueray is not supported") {
			t.Errorf("ray says %q", got)
		}
		if got := p.history(runs[0].ID); got != "run.submitted/0 run.ended/0" {
			t.Errorf("the history of gone is %s", got)
		}
		p.calm()
	})
}

// TestNoRoom: a fire for whose runs there is no room is pending until there is, also over a restart.
func TestNoRoom(t *testing.T) {
	bubble(t, Config{MaxOpen: 2}, taking(time.Minute), func(t *testing.T, p *plane) {
		p.storeJobs("a", "b")
		p.submit(request(job("x")))
		p.create(on("start", glue.TriggerOnDemand, "a", "b"))
		p.startTrigger("start")
		time.Sleep(10 * time.Second)
		p.expect("by hand: x RUNNING")
		p.kill()
		p.start()
		time.Sleep(10 * time.Second)
		p.expect("by hand: x RUNNING")
		time.Sleep(2 * time.Minute)
		p.expect("by hand: x SUCCEEDED", "1: start starts a SUCCEEDED", "1: start starts b SUCCEEDED")
		p.calm()
	})
}

// TestActions: what an action says goes before the job's own.
func TestActions(t *testing.T) {
	bubble(t, Config{}, taking(time.Second), func(t *testing.T, p *plane) {
		j := job("a")
		j.Timeout, j.DefaultArguments = 100, map[string]string{"--x": "job", "--y": "job"}
		j.NonOverridable = map[string]string{"--z": "job"}
		p.storeJob(j)
		tr := on("start", glue.TriggerOnDemand, "a")
		tr.Actions[0] = glue.Action{JobName: "a", Timeout: 7, Arguments: map[string]string{"--x": "action", "--z": "action"},
			Notification: json.RawMessage(`{"NotifyDelayAfter":3}`)}
		p.create(tr)
		p.startTrigger("start")
		time.Sleep(time.Minute)
		r := p.runs()[0]
		if r.TimeoutMinutes != 7 || string(r.Notification) != `{"NotifyDelayAfter":3}` || r.Trigger != "start" ||
			fmt.Sprint(r.Arguments) != "map[--x:action --y:job --z:job]" {
			t.Errorf("run is %+v", r.JobRun)
		}
	})
}

// TestTriggerRefusals: what triggers are refused for.
func TestTriggerRefusals(t *testing.T) {
	bubble(t, Config{Quotas: glue.Quotas{glue.QuotaTriggers: 2, glue.QuotaJobsPerTrigger: 2}}, nil, func(t *testing.T, p *plane) {
		p.create(on("start", glue.TriggerOnDemand, "a"))
		create := func(tr glue.Trigger, start bool) error {
			return p.c.CreateTrigger(t.Context(), TriggerRequest{Region: "us-east-1", Trigger: tr, Start: start})
		}
		refused(t, create(on("start", glue.TriggerOnDemand, "a"), false), glue.CodeAlreadyExists, "Trigger with name start already exists.")
		refused(t, create(on("x", glue.TriggerOnDemand, "a"), true), glue.CodeInvalidInput, "StartOnCreation")
		refused(t, create(on("x", glue.TriggerOnDemand, "a", "b", "c"), false), glue.CodeResourceNumberLimit, "starts 3 jobs")
		crawler := on("x", glue.TriggerOnDemand)
		crawler.Actions = []glue.Action{{CrawlerName: "c"}}
		refused(t, create(crawler, false), glue.CodeInvalidInput, "Crawlers are not supported by Tenon yet")
		lost := on("x", glue.TriggerOnDemand, "a")
		lost.WorkflowName = "w"
		refused(t, create(lost, false), glue.CodeEntityNotFound, "w")
		p.create(on("second", glue.TriggerOnDemand, "a"))
		refused(t, create(on("third", glue.TriggerOnDemand, "a"), false), glue.CodeResourceNumberLimit, "quota triggers")
		refused(t, p.c.StartTrigger(t.Context(), TriggerStart{TriggerName: named("nobody")}), glue.CodeEntityNotFound, "nobody")
		refused(t, p.c.StopTrigger(t.Context(), named("nobody")), glue.CodeEntityNotFound, "nobody")
		if err := p.c.DeleteTrigger(t.Context(), named("nobody")); err != nil {
			t.Error(err)
		}
		if err := p.c.DeleteTrigger(t.Context(), named("second")); err != nil {
			t.Error(err)
		}
		p.create(on("third", glue.TriggerOnDemand, "a"))
	})
}

// TestStartTriggerOnce: the retries of one call fire once, over a restart too; another call fires again.
func TestStartTriggerOnce(t *testing.T) {
	bubble(t, Config{}, taking(time.Second), func(t *testing.T, p *plane) {
		p.storeJobs("a")
		p.create(on("start", glue.TriggerOnDemand, "a"))
		call := func(id, body string) {
			must(t, p.c.StartTrigger(t.Context(), TriggerStart{named("start"), id, []byte(body)}))
		}
		call("one", "x")
		call("one", "x")
		p.kill()
		p.start()
		call("one", "x")
		call("one", "y") // an id that comes again with another body is another call
		call("two", "x")
		time.Sleep(time.Minute)
		p.expect("1: start starts a SUCCEEDED", "2: start starts a SUCCEEDED", "3: start starts a SUCCEEDED")
	})
}

// TestRegions: triggers of one region know nothing of the runs of another.
func TestRegions(t *testing.T) {
	bubble(t, Config{}, taking(time.Second), func(t *testing.T, p *plane) {
		p.storeJobs("a", "b")
		p.create(on("start", glue.TriggerOnDemand, "a"))
		must(t, p.c.CreateTrigger(t.Context(), TriggerRequest{Region: "eu-west-1", Trigger: when("then", "", []string{"a SUCCEEDED"}, "b"), Start: true}))
		must(t, p.c.CreateTrigger(t.Context(), TriggerRequest{Region: "eu-west-1", Trigger: on("start", glue.TriggerOnDemand, "a")}))
		p.startTrigger("start")
		time.Sleep(time.Minute)
		p.expect("1: start starts a SUCCEEDED")
		must(t, p.c.StartTrigger(t.Context(), TriggerStart{TriggerName: TriggerName{Region: "eu-west-1", Name: "start"}}))
		time.Sleep(time.Minute)
		p.expect("1: start starts a SUCCEEDED", "2: start starts a ERROR") // there is no such job there
	})
}
