package controller

import (
	"errors"
	"testing"
	"time"

	"tenon/internal/core/scheduler"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// TestConfigure: a policy takes hold at once, is noted, and after a commit that failed the old one holds.
func TestConfigure(t *testing.T) {
	one := roomy
	one.Default.Slots = 1
	bubble(t, Config{Admission: one}, forever, func(t *testing.T, p *plane) {
		j := p.define("j")
		p.wait(p.submit(request(j)), glue.RunRunning)
		second, third := p.submit(request(j)), p.submit(request(j))
		two := one
		two.Default.Slots = 2
		two.Queues = []scheduler.Queue{{Name: "lab", MaxWait: time.Hour}}
		changed := []glue.ConfigChange{{Key: "quotas.concurrent_runs", Before: "1", After: "2"}}
		configure := func(policy Policy) error {
			return p.c.Configure(t.Context(), ConfigureRequest{Principal: "AKOP", Policy: policy, Changed: changed})
		}
		fault := &commitFault{err: errors.New("torn"), once: true}
		p.fault.Store(fault)
		refused(t, configure(Policy{Admission: two}), glue.CodeInternal, "could not be made durable")
		time.Sleep(time.Minute)
		if run := p.get(second); run.State != glue.RunWaiting {
			t.Errorf("after a configuration that was not stored the second run is %s", run.State)
		}
		refused(t, configure(Policy{Admission: two, Queueing: "some"}), glue.CodeInvalidInput, `The configuration was not applied: unknown queueing "some"`)
		cyclic := two
		cyclic.Queues = []scheduler.Queue{{Name: "a", Parent: "a"}}
		refused(t, configure(Policy{Admission: cyclic}), glue.CodeInvalidInput, "The configuration was not applied: ")
		if err := configure(Policy{Admission: two, MaxWait: 2 * time.Hour}); err != nil {
			t.Fatal(err)
		}
		p.wait(second, glue.RunRunning)
		if d := p.detail("", glue.EventConfigApplied); d == nil || d["changed"].([]any)[0].(map[string]any)["key"] != "quotas.concurrent_runs" {
			t.Errorf("config.applied has %v", d)
		}
		lab := request(j)
		lab.Tags = map[string]string{"tenon:queue": "lab"}
		inLab := p.submit(lab)
		time.Sleep(61 * time.Minute)
		if run := p.get(inLab); run.State != glue.RunExpired || run.ErrorMessage != "The run waited longer than the maximum of queue lab of 1h0m0s." {
			t.Errorf("after an hour the run in lab is %s: %q", run.State, run.ErrorMessage)
		}
		time.Sleep(time.Hour)
		if run := p.get(third); run.State != glue.RunExpired || run.ErrorMessage != "The run waited longer than the maximum of 2h0m0s." {
			t.Errorf("after two hours the third run is %s: %q", run.State, run.ErrorMessage)
		}
	})
}

// TestConfigureRunsPerJob: the account's bound on the concurrent runs of a job holds for runs that wait already, while as
// much else as is needed comes with the same policy; and what a job asks for is not forgotten where it is not granted.
func TestConfigureRunsPerJob(t *testing.T) {
	bubble(t, Config{Admission: roomy, JobRuns: 1, Queueing: QueueAll}, forever, func(t *testing.T, p *plane) {
		var ids []string
		for range 5 {
			ids = append(ids, p.submit(request(job("j"))))
		}
		running := func(want int) {
			t.Helper()
			time.Sleep(time.Second)
			if n := len(p.machine.Begun()); n != want {
				t.Errorf("%d attempts began, want %d", n, want)
			}
		}
		running(1)
		none := roomy
		none.Default.Slots = 0
		for _, step := range []struct {
			policy Policy
			want   int
		}{
			{Policy{Admission: roomy, Queueing: QueueAll, JobRuns: 3}, 3},
			{Policy{Admission: none, Queueing: QueueAll, JobRuns: 5}, 3},
			{Policy{Admission: roomy, Queueing: QueueAll, JobRuns: 2}, 3},
			{Policy{Admission: roomy, Queueing: QueueAll, JobRuns: 4}, 4},
		} {
			if err := p.c.Configure(t.Context(), ConfigureRequest{Principal: "AKOP", Policy: step.policy}); err != nil {
				t.Fatal(err)
			}
			running(step.want)
		}
		last := p.get(ids[4])
		if e := p.c.Explain(&last.JobRun); e.Reason.Tier != scheduler.TierJob || e.Reason.Shortage.Limit != 4 {
			t.Errorf("the last waits with %q", e.Detail)
		}
	})
}

// TestFlexDoesNotWaitLong: FLEX runs fail after 20 minutes of waiting, whatever else is allowed.
func TestFlexDoesNotWaitLong(t *testing.T) {
	one := roomy
	one.Default.Slots = 1
	bubble(t, Config{Admission: one, MaxWait: time.Hour}, forever, func(t *testing.T, p *plane) {
		p.wait(p.submit(request(job("j"))), glue.RunRunning)
		req := request(job("j"))
		req.ExecutionClass = "FLEX"
		id := p.submit(req)
		time.Sleep(19 * time.Minute)
		p.wait(id, glue.RunWaiting)
		time.Sleep(2 * time.Minute)
		if run := p.get(id); run.State != glue.RunFailed || run.ErrorMessage != "The run waited 20 minutes, the maximum for execution class FLEX, and there was no capacity for it." {
			t.Errorf("the run is %s: %q", run.State, run.ErrorMessage)
		}
	})
}

// TestQueuedRuns: the quota of waiting runs counts those of its region that wait.
func TestQueuedRuns(t *testing.T) {
	one := roomy
	one.Default.Slots = 1
	bubble(t, Config{Admission: one, QueuedRuns: 2}, forever, func(t *testing.T, p *plane) {
		for range 3 {
			p.submit(request(job("j")))
		}
		_, err := p.c.Start(t.Context(), request(job("j")))
		refused(t, err, glue.CodeResourceNumberLimit, "The maximum number of queued job runs, 2, is reached.")
		west := request(job("j"))
		west.Region = "us-west-2"
		p.submit(west)
	})
}

// TestObserve: each commit's events are handed on, in order and with their numbers.
func TestObserve(t *testing.T) {
	var seen shared[[]glue.Event]
	cfg := Config{Observe: func(events []glue.Event) { seen.set(append(seen.get(), events...)) }}
	bubble(t, cfg, nil, func(t *testing.T, p *plane) {
		p.wait(p.submit(request(job("j"))), glue.RunSucceeded)
		time.Sleep(time.Second)
		var stored []glue.Event
		err := p.db.Read(t.Context(), func(r *store.Reader) (err error) {
			stored, err = r.EventsAfter(0, store.MaxEvents)
			return err
		})
		if err != nil || len(stored) != 4 || len(seen.get()) != len(stored) {
			t.Fatalf("%d events are stored, %d were seen, %v", len(stored), len(seen.get()), err)
		}
		for i, e := range seen.get() {
			if e.Seq != stored[i].Seq || e.Kind != stored[i].Kind {
				t.Errorf("event %d is %d %s, stored as %d %s", i, e.Seq, e.Kind, stored[i].Seq, stored[i].Kind)
			}
		}
	})
}
