package controller

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/driver/executor/fake"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// TestTimeoutIsTheWorkers: the worker ends itself at its Timeout; that is not retried.
func TestTimeoutIsTheWorkers(t *testing.T) {
	bubble(t, Config{}, func(attempt.Spec) fake.Plan { return fake.Plan{Duration: time.Hour} }, func(t *testing.T, p *plane) {
		j := job("j")
		j.Timeout, j.MaxRetries = 3, 5
		id := p.submit(request(j))
		time.Sleep(3*time.Minute + time.Second)
		run := p.get(id)
		if run.State != glue.RunTimeout || run.Attempt != 0 || run.Executed != 3*time.Minute ||
			run.ErrorMessage != "Job run timed out after 3 minutes." {
			t.Errorf("run is %+v", run.JobRun)
		}
	})
}

// TestTimeoutHasABackstop: a worker that does not end itself is stopped after the grace, and that counts as TIMEOUT,
// also when the plane was restarted meanwhile.
func TestTimeoutHasABackstop(t *testing.T) {
	bubble(t, Config{Grace: 10 * time.Second}, forever, func(t *testing.T, p *plane) {
		j := job("j")
		j.Timeout = 3
		id := p.submit(request(j))
		time.Sleep(time.Minute)
		p.kill()
		p.start()
		time.Sleep(2*time.Minute + 9*time.Second)
		if run := p.get(id); run.State != glue.RunRunning {
			t.Errorf("within the grace the run is %s", run.State)
		}
		time.Sleep(2 * time.Second)
		if run := p.get(id); run.State != glue.RunTimeout {
			t.Errorf("after the grace the run is %s", run.State)
		}
	})
}

func TestMaxWaitExpires(t *testing.T) {
	one := roomy
	one.Default.Slots = 1
	bubble(t, Config{Admission: one, MaxWait: time.Hour}, forever, func(t *testing.T, p *plane) {
		j := p.define("j")
		running := p.submit(request(j))
		p.wait(running, glue.RunRunning)
		waiting := p.submit(request(j))
		time.Sleep(30 * time.Minute)
		p.kill()
		p.start()
		time.Sleep(31 * time.Minute)
		if run := p.get(waiting); run.State != glue.RunExpired || run.ErrorMessage == "" {
			t.Errorf("the waiting run is %s %q", run.State, run.ErrorMessage)
		}
		if run := p.get(running); run.State != glue.RunRunning {
			t.Errorf("the running run is %s", run.State)
		}
	})
}

// TestRetries: an attempt that fails is followed by another after a backoff, without a lease meanwhile; then the run has
// one final state and one event of it.
func TestRetries(t *testing.T) {
	plan := func(spec attempt.Spec) fake.Plan {
		if spec.Key.Attempt < 2 {
			return fake.Plan{Duration: time.Second, State: glue.RunFailed, Error: "boom", Usage: glue.Usage{BytesRead: 10, PeakMemory: 5}}
		}
		return fake.Plan{Duration: time.Second, Usage: glue.Usage{BytesRead: 1, PeakMemory: 3}}
	}
	one := roomy
	one.Default.Slots = 1
	bubble(t, Config{Admission: one, RetryBase: time.Minute}, plan, func(t *testing.T, p *plane) {
		j := job("j")
		j.MaxRetries = 2
		id := p.submit(request(j))
		time.Sleep(2 * time.Second)
		run := p.get(id)
		if run.State != glue.RunWaiting || run.Attempt != 1 || run.ErrorMessage != "boom" {
			t.Fatalf("after the first attempt: %+v", run.JobRun)
		}
		if d := run.RetryAt.Sub(run.Modified); d < 30*time.Second || d > time.Minute {
			t.Errorf("the first backoff is %s", d)
		}
		time.Sleep(time.Second) // a View is that old
		if detail := p.c.StateDetail(&run.JobRun); !strings.HasPrefix(detail, "Waiting to retry: the next attempt may start from 00:0") {
			t.Errorf("StateDetail is %q", detail)
		}
		other := p.submit(request(job("other"))) // the slot is free meanwhile
		p.wait(other, glue.RunWaiting, glue.RunRunning)
		time.Sleep(5 * time.Minute)
		run = p.get(id)
		if run.State != glue.RunSucceeded || run.Attempt != 2 || run.ErrorMessage != "" || run.Executed != 3*time.Second {
			t.Errorf("at the end: %+v", run.JobRun)
		}
		if run.Usage.BytesRead != 21 || run.Usage.PeakMemory != 5 || run.DPUSeconds() != 6 {
			t.Errorf("usage is %+v, %g DPU-seconds", run.Usage, run.DPUSeconds())
		}
		want := "run.submitted/0 run.admitted/0 run.started/0 run.retry/0 run.admitted/1 run.started/1 run.retry/1 run.admitted/2 run.started/2 run.ended/2"
		if got := p.history(id); got != want {
			t.Errorf("events:\n got %s\nwant %s", got, want)
		}
	})
}

func TestRetriesEnd(t *testing.T) {
	for name, c := range map[string]struct {
		plan    fake.Plan
		message string
		starts  int
	}{
		"failed":      {fake.Plan{State: glue.RunFailed, Error: "boom"}, "boom", 2},
		"not started": {fake.Plan{StartError: "no interpreter"}, "The attempt could not be started: no interpreter", 0},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, Config{}, func(attempt.Spec) fake.Plan { return c.plan }, func(t *testing.T, p *plane) {
				j := job("j")
				j.MaxRetries = 1
				id := p.submit(request(j))
				run := p.wait(id, glue.RunFailed)
				if run.Attempt != 1 || run.ErrorMessage != c.message {
					t.Errorf("run is %+v", run.JobRun)
				}
				p.nothingLeft()
				if n := len(p.machine.Begun()); n != c.starts {
					t.Errorf("%d attempts began", n)
				}
			})
		})
	}
}

// TestDiskPausesAdmission: below MinFree new runs wait and say why; running ones go on.
func TestDiskPausesAdmission(t *testing.T) {
	var free shared[int64]
	cfg := Config{DiskDir: "x", MinFree: 1 << 30, FreeSpace: func(string) (int64, error) {
		if free.get() < 0 {
			return 0, errors.New("unknown")
		}
		return free.get(), nil
	}}
	bubble(t, cfg, forever, func(t *testing.T, p *plane) {
		id := p.submit(request(job("j")))
		time.Sleep(2 * diskEvery)
		run := p.get(id)
		if got, want := p.c.StateDetail(&run.JobRun), "Waiting for disk space: 0.0 GiB free, new runs need 1.0 GiB. Position 1 of 1 in its queue. What would help: 1.0 GiB more disk space."; run.State != glue.RunWaiting || got != want {
			t.Errorf("the run is %s: %q, want %q", run.State, got, want)
		}
		free.set(2 << 30)
		time.Sleep(2 * diskEvery)
		p.wait(id, glue.RunRunning)
		free.set(-1)
		time.Sleep(2 * diskEvery)
		p.wait(p.submit(request(job("j"))), glue.RunRunning)
	})
}

// TestRetention: what is past retention goes, in batches; logs before the runs.
func TestRetention(t *testing.T) {
	cfg := Config{KeepRuns: 10 * 24 * time.Hour, KeepLogs: 5 * 24 * time.Hour}
	hold := func(spec attempt.Spec) fake.Plan {
		if spec.Job == "slow" {
			return fake.Plan{Duration: 5*24*time.Hour + 12*time.Hour, Late: true}
		}
		return fake.Plan{}
	}
	bubble(t, cfg, hold, func(t *testing.T, p *plane) {
		slowJob := job("slow")
		slowJob.Timeout = glue.MaxTimeoutMinutes
		slow := p.submit(request(slowJob)) // the oldest, still open when the logs of the others go
		p.wait(slow, glue.RunRunning)
		const n = 3*logsBatch/2 + 7
		var ids []string
		for range n {
			ids = append(ids, p.submit(request(job("j"))))
		}
		p.wait(ids[n-1], glue.RunSucceeded)
		time.Sleep(4 * 24 * time.Hour)
		young := p.submit(request(job("j")))
		p.wait(young, glue.RunSucceeded)
		if p.machine.Known() != n+2 {
			t.Errorf("%d attempts began or their logs went too early, want %d", p.machine.Known(), n+2)
		}
		time.Sleep(30 * time.Hour)
		if p.machine.Known() != 2 {
			t.Errorf("the logs of %d runs are left, want 2", p.machine.Known())
		}
		time.Sleep(18 * time.Hour)
		p.wait(slow, glue.RunSucceeded)
		if p.machine.Known() != 1 {
			t.Errorf("the logs of %d runs are left, want 1", p.machine.Known())
		}
		p.get(ids[0])
		time.Sleep(5 * 24 * time.Hour)
		p.get(young)
		err := p.db.Read(t.Context(), func(r *store.Reader) error {
			runs, err := r.RunsAfter(0, 1000)
			if len(runs) != 1 || runs[0].ID != young {
				t.Errorf("%d runs are left", len(runs))
			}
			events, err2 := r.EventsAfter(0, 1000)
			if len(events) != 5 { // four of the young run, and the end of the slow one
				t.Errorf("%d events are left, want 5", len(events))
			}
			return errors.Join(err, err2)
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
