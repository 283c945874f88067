package controller

import (
	"testing"
	"time"

	"tenon/internal/core/scheduler"
	"tenon/internal/glue"
)

// operate holds a run or a queue, or lets it go on.
func (p *plane) operate(run, queue string, held bool) {
	p.t.Helper()
	if err := p.c.Hold(p.t.Context(), HoldRequest{Region: "us-east-1", Principal: "AKOP", Run: run, Queue: queue, Held: held}); err != nil {
		p.t.Fatal(err)
	}
}

// TestHold: what an operator holds does not start, before and after a restart, until it is let go on.
func TestHold(t *testing.T) {
	one := roomy
	one.Default.Slots = 1
	one.Queues = []scheduler.Queue{{Name: "lab"}}
	bubble(t, Config{Admission: one}, forever, func(t *testing.T, p *plane) {
		j := p.define("j")
		running := p.submit(request(j))
		p.wait(running, glue.RunRunning)
		held := p.submit(request(j))
		lab := request(j)
		lab.Tags = map[string]string{"tenon:queue": "lab"}
		inLab := p.submit(lab)
		other := p.submit(request(j))
		for range 2 { // what is held stays held
			p.operate(held, "", true)
			p.operate("", "lab", true)
		}
		p.kill()
		p.start()
		if _, err := p.c.Stop(t.Context(), StopRequest{Region: "us-east-1", Job: "j", Runs: []string{running}}); err != nil {
			t.Fatal(err)
		}
		p.wait(other, glue.RunRunning)
		time.Sleep(time.Minute)
		for id, want := range map[string]string{held: "Held by an operator.", inLab: "Held: an operator holds queue lab."} {
			run := p.get(id)
			if e := p.c.Explain(&run.JobRun); run.State != glue.RunWaiting || e.Reason.Tier != scheduler.TierHeld || e.Reason.String()[:len(want)] != want || e.Estimate != nil {
				t.Errorf("the run is %s: %q", run.State, e.Reason)
			}
		}
		p.operate("", "lab", false)
		p.operate(held+"_attempt_0", "", false)
		for _, id := range []string{other, inLab, held} {
			if _, err := p.c.Stop(t.Context(), StopRequest{Region: "us-east-1", Job: "j", Runs: []string{id}}); err != nil {
				t.Fatal(err)
			}
			p.wait(id, glue.RunStopped)
		}
		if got, want := p.history(held), "run.submitted/0 run.held/0 run.unheld/0"; got[:len(want)] != want {
			t.Errorf("events of the held run are %s", got)
		}
		var kinds string
		for _, e := range p.events("") {
			kinds += string(e.Kind) + " " + e.Who + " " + string(e.Detail) + "\n"
		}
		if want := "queue.held AKOP {\"queue\":\"lab\"}\nqueue.unheld AKOP {\"queue\":\"lab\"}\n"; kinds != want {
			t.Errorf("events of the queue:\n got %s\nwant %s", kinds, want)
		}
	})
}

// TestBoost: a boosted run goes first, after a restart too.
func TestBoost(t *testing.T) {
	one := roomy
	one.Default.Slots = 1
	bubble(t, Config{Admission: one}, forever, func(t *testing.T, p *plane) {
		j := p.define("j")
		running := p.submit(request(j))
		p.wait(running, glue.RunRunning)
		first, second := p.submit(request(j)), p.submit(request(j))
		for range 2 {
			if err := p.c.Boost(t.Context(), BoostRequest{Region: "us-east-1", Principal: "AKOP", Run: second, Priority: 7}); err != nil {
				t.Fatal(err)
			}
		}
		p.kill()
		p.start()
		if _, err := p.c.Stop(t.Context(), StopRequest{Region: "us-east-1", Job: "j", Runs: []string{running}}); err != nil {
			t.Fatal(err)
		}
		p.wait(second, glue.RunRunning)
		if run := p.get(first); run.State != glue.RunWaiting {
			t.Errorf("the first is %s", run.State)
		}
		if got, want := p.history(second), "run.submitted/0 run.boosted/0 run.admitted/0 run.started/0"; got != want {
			t.Errorf("events are %s", got)
		}
		if d := p.detail(second, glue.EventRunBoosted); d["from"] != 0.0 || d["to"] != 7.0 {
			t.Errorf("run.boosted has %v", d)
		}
	})
}

// TestOperatorsAreRefused what cannot be.
func TestOperatorsAreRefused(t *testing.T) {
	bubble(t, Config{}, nil, func(t *testing.T, p *plane) {
		done := p.submit(request(job("j")))
		p.wait(done, glue.RunSucceeded)
		hold := func(run, queue string) error {
			return p.c.Hold(t.Context(), HoldRequest{Region: "us-east-1", Run: run, Queue: queue, Held: true})
		}
		boost := func(run string, priority int) error {
			return p.c.Boost(t.Context(), BoostRequest{Region: "us-east-1", Run: run, Priority: priority})
		}
		refused(t, hold("", ""), glue.CodeInvalidInput, "Please name either a run or a queue.")
		refused(t, hold("a", "b"), glue.CodeInvalidInput, "Please name either a run or a queue.")
		refused(t, hold("", "x"), glue.CodeInvalidInput, "Queue x is not configured; configured are default.")
		refused(t, hold("jr_x", ""), glue.CodeEntityNotFound, "jr_x")
		refused(t, hold(done, ""), glue.CodeInvalidInput, "is not waiting: it is SUCCEEDED.")
		refused(t, boost(done, 1), glue.CodeInvalidInput, "is not waiting: it is SUCCEEDED.")
		refused(t, boost("jr_x", 1), glue.CodeEntityNotFound, "jr_x")
		refused(t, boost(done, 1001), glue.CodeInvalidInput, "Priority must be a whole number between -1000 and 1000, got 1001.")
	})
}
