package controller

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/driver/executor/fake"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// flowJobs are the jobs of TestFlowCrashes; of the last there is no definition.
var flowJobs = []string{"a", "b", "c", "d", "e", "gone"}

// TestFlowCrashes kills the plane at random times while triggers fire by schedules, by hand and by conditions, with commits
// that fail now and then. At the end each trigger has fired in each flow exactly if its conditions were met in it, once and
// with all its actions; a start that was acknowledged is one flow; each fire time is one flow.
func TestFlowCrashes(t *testing.T) {
	seeds := uint64(6)
	if testing.Short() {
		seeds = 2
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 3))
			ends := []glue.RunState{glue.RunSucceeded, glue.RunSucceeded, glue.RunFailed}
			plan := func(spec attempt.Spec) fake.Plan {
				h := 0 // of the run's id, so that it is the same for each plane
				for _, c := range spec.Key.Run {
					h = h*31 + int(c)
				}
				return fake.Plan{Duration: time.Duration(h&0xffff) * time.Millisecond, State: ends[h>>16&0xff%3], Error: "boom"}
			}
			lim := limits{Slots: 4, QuarterDPUs: 4000, Workers: 1000, MemoryBytes: 1 << 50}.config()
			bubble(t, Config{Admission: lim, MaxOpen: 40, Hooks: Hooks{Blind: true}}, plan, func(t *testing.T, p *plane) {
				crashFlows(t, p, random)
			})
		})
	}
}

// crashFlows is the body of TestFlowCrashes.
func crashFlows(t *testing.T, p *plane, random *rand.Rand) {
	p.storeJobs(flowJobs[:len(flowJobs)-1]...)
	pick := func() string { return flowJobs[random.IntN(len(flowJobs))] }
	triggers := map[string]glue.Trigger{}
	for i := range 6 {
		watched, states := []string{pick()}, []string{"SUCCEEDED", "FAILED"}
		for range random.IntN(3) {
			watched = append(watched, pick())
		}
		started := slices.DeleteFunc([]string{pick(), pick()}, func(j string) bool { return slices.Contains(watched, j) })
		if len(started) == 0 {
			continue
		}
		for j := range watched {
			watched[j] += " " + states[random.IntN(2)]
		}
		tr := when(fmt.Sprint("when", i), []string{"AND", "ANY"}[random.IntN(2)], watched, started...)
		triggers[tr.Name] = tr
	}
	triggers["hand"] = on("hand", glue.TriggerOnDemand, pick(), pick())
	triggers["clock"] = at("clock", "cron(0/10 * * * ? *)", pick())
	for _, name := range slices.Sorted(maps.Keys(triggers)) {
		p.createTagged(triggers[name], map[string]string{"tenon:missed": "catch-up"})
	}
	acknowledged := crashingStarts(t, p, random)
	p.fault.Store(nil)
	time.Sleep(time.Second) // what passed while it was down comes before the stop
	must(t, p.c.StopTrigger(t.Context(), named("clock")))
	stopped := time.Now()
	time.Sleep(24 * time.Hour)
	p.calm()
	checkFlows(t, p, triggers, acknowledged, stopped)
}

// crashingStarts starts trigger hand again and again, as SDKs do, while commits fail and planes are killed. It returns how
// many starts were acknowledged.
func crashingStarts(t *testing.T, p *plane, random *rand.Rand) (acknowledged int) {
	for range 10 {
		for range 3 + random.IntN(5) {
			start := TriggerStart{TriggerName: named("hand"), InvocationID: fmt.Sprint("call ", acknowledged), BodyHash: []byte("h")}
			for {
				if random.IntN(3) == 0 {
					p.fault.Store(&commitFault{err: errors.New("injected"), after: random.IntN(2) == 0, once: true})
				}
				err := p.c.StartTrigger(t.Context(), start)
				if err == nil {
					break
				}
				if glue.CodeOf(err) != glue.CodeInternal {
					t.Fatal(err)
				}
				time.Sleep(time.Second)
			}
			acknowledged++
			time.Sleep(time.Duration(random.Int64N(int64(2 * time.Minute))))
		}
		p.kill()
		time.Sleep(time.Duration(random.Int64N(int64(30 * time.Minute))))
		p.start()
	}
	return acknowledged
}

// checkFlows holds what ran against what the conditions say, in the words of Glue's documentation and nothing of the
// program's own.
func checkFlows(t *testing.T, p *plane, triggers map[string]glue.Trigger, acknowledged int, until time.Time) {
	flows := map[string][]store.Run{}
	for _, r := range p.runs() {
		flows[r.Flow] = append(flows[r.Flow], r)
	}
	starts, times := 0, map[time.Time]int{}
	for id, runs := range flows {
		jobs := map[string][]string{} // by trigger
		ended := map[string]bool{}    // "job STATE"
		for _, r := range runs {
			jobs[r.Trigger] = append(jobs[r.Trigger], r.Job)
			ended[r.Job+" "+string(r.State)] = true
		}
		starts += len(jobs["hand"]) / 2
		if len(jobs["clock"]) > 0 {
			times[runs[0].Cause.Time]++
		}
		for name, tr := range triggers {
			if tr.Type == glue.TriggerConditional {
				checkFired(t, id, tr, ended, jobs[name])
			}
		}
	}
	if starts != acknowledged || acknowledged < 20 {
		t.Errorf("%d starts were acknowledged, there are flows of %d", acknowledged, starts)
	}
	for at := day(1, 0, 10); at.Before(until); at = at.Add(10 * time.Minute) {
		if times[at] != 1 {
			t.Errorf("fire time %s has %d flows", at, times[at])
		}
		delete(times, at)
	}
	if len(times) != 0 {
		t.Errorf("flows of other times: %v", times)
	}
}

// checkFired checks what a conditional trigger started in a flow.
func checkFired(t *testing.T, flow string, tr glue.Trigger, ended map[string]bool, jobs []string) {
	met := 0
	for _, c := range tr.Predicate.Conditions {
		if ended[c.JobName+" "+string(c.State)] {
			met++
		}
	}
	var want []string
	if met == len(tr.Predicate.Conditions) || met > 0 && tr.Predicate.Logical == glue.LogicalAny {
		for _, a := range tr.Actions {
			want = append(want, a.JobName)
		}
	}
	if !slices.Equal(jobs, want) {
		t.Errorf("flow %s: trigger %s %v started %v, want %v", flow, tr.Name, tr.Predicate, jobs, want)
	}
}
