package controller

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/driver/executor/fake"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// halt stops one run of job j.
func (p *plane) halt(id string) error {
	p.t.Helper()
	errs, err := p.c.Stop(p.t.Context(), StopRequest{Region: "us-east-1", Principal: "AKSTOP", Job: "j", Runs: []string{id}})
	if err != nil {
		p.t.Fatal(err)
	}
	return errs[0]
}

func TestStop(t *testing.T) {
	one := roomy
	one.Default.Slots = 1
	bubble(t, Config{Admission: one}, forever, func(t *testing.T, p *plane) {
		running := p.submit(request(job("j")))
		p.wait(running, glue.RunRunning)
		waiting := p.submit(request(job("j")))
		last := p.submit(request(job("j")))
		if err := p.halt(waiting); err != nil {
			t.Error(err)
		}
		if run := p.get(waiting); run.State != glue.RunStopped || run.Completed.IsZero() {
			t.Errorf("the waiting run is %s", run.State)
		}
		if err := p.halt(running + "_attempt_0"); err != nil {
			t.Error(err)
		}
		p.wait(running, glue.RunStopped)
		p.wait(last, glue.RunRunning)
		refused(t, p.halt(running), glue.CodeInvalidInput, "is not in a stoppable state: it is STOPPED.")
		refused(t, p.halt("jr_none"), glue.CodeEntityNotFound, "JobRun with name: jr_none not found.")
		errs, err := p.c.Stop(t.Context(), StopRequest{Region: "us-east-1", Job: "other", Runs: []string{last, running}})
		if err != nil {
			t.Fatal(err)
		}
		refused(t, errs[0], glue.CodeEntityNotFound, last)
		refused(t, errs[1], glue.CodeEntityNotFound, running)
		if got, want := p.history(running), "run.submitted/0 run.admitted/0 run.started/0 run.stopping/0 run.ended/0"; got != want {
			t.Errorf("events:\n got %s\nwant %s", got, want)
		}
	})
}

// TestStopTwice: an id that is stopped twice, in one call or in one turn of the loop, is found the second time too.
func TestStopTwice(t *testing.T) {
	one := roomy
	one.Default.Slots = 1
	bubble(t, Config{Admission: one}, forever, func(t *testing.T, p *plane) {
		p.wait(p.submit(request(job("j"))), glue.RunRunning)
		waiting := p.submit(request(job("j")))
		errs, err := p.c.Stop(t.Context(), StopRequest{Region: "us-east-1", Job: "j", Runs: []string{waiting, waiting}})
		if err != nil || errs[0] != nil {
			t.Fatal(err, errs)
		}
		refused(t, errs[1], glue.CodeInvalidInput, "is not in a stoppable state: it is STOPPED.")
	})
}

// TestStopIsNotRetried: a run that is stopping ends STOPPED, or truly as its script did, and never begins again.
func TestStopIsNotRetried(t *testing.T) {
	for name, c := range map[string]struct {
		plan fake.Plan
		want glue.RunState
	}{
		"stopped":             {fake.Plan{Duration: time.Hour}, glue.RunStopped},
		"failed meanwhile":    {fake.Plan{Duration: time.Minute, State: glue.RunFailed, Deaf: true}, glue.RunFailed},
		"succeeded meanwhile": {fake.Plan{Duration: time.Minute, Deaf: true}, glue.RunSucceeded},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, Config{}, func(attempt.Spec) fake.Plan { return c.plan }, func(t *testing.T, p *plane) {
				j := job("j")
				j.MaxRetries = 3
				id := p.submit(request(j))
				p.wait(id, glue.RunRunning)
				if err := p.halt(id); err != nil {
					t.Error(err)
				}
				_ = p.halt(id) // again: an answer that depends on how far the first has come
				time.Sleep(2 * time.Minute)
				if run := p.get(id); run.State != c.want || run.Attempt != 0 {
					t.Errorf("run is %s, attempt %d", run.State, run.Attempt)
				}
			})
		})
	}
}

// TestStopBetweenAttempts: a run that waits for its retry stops at once.
func TestStopBetweenAttempts(t *testing.T) {
	bubble(t, Config{RetryBase: time.Minute}, func(attempt.Spec) fake.Plan { return fake.Plan{State: glue.RunFailed} }, func(t *testing.T, p *plane) {
		j := job("j")
		j.MaxRetries = 3
		id := p.submit(request(j))
		time.Sleep(time.Second)
		if err := p.halt(id); err != nil {
			t.Error(err)
		}
		time.Sleep(10 * time.Minute)
		if run := p.get(id); run.State != glue.RunStopped || run.Attempt != 1 {
			t.Errorf("run is %s, attempt %d", run.State, run.Attempt)
		}
		p.nothingLeft()
	})
}

// TestStopOvertakesStart: a stop that comes while the executor is still starting the attempt ends the run as soon as that
// is done.
func TestStopOvertakesStart(t *testing.T) {
	plan := func(attempt.Spec) fake.Plan { return fake.Plan{Duration: time.Hour, StartDelay: time.Second} }
	bubble(t, Config{}, plan, func(t *testing.T, p *plane) {
		id := p.submit(request(job("j")))
		if err := p.halt(id); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second + stopAgain/2)
		if run := p.get(id); run.State != glue.RunStopped {
			t.Errorf("run is %s", run.State)
		}
		p.nothingLeft()
	})
}

// TestStopIsRepeated: a Stop that fails is made again, also by the next plane.
func TestStopIsRepeated(t *testing.T) {
	plan := func(attempt.Spec) fake.Plan { return fake.Plan{Duration: time.Hour, StopErrors: 3} }
	bubble(t, Config{}, plan, func(t *testing.T, p *plane) {
		id := p.submit(request(job("j")))
		p.wait(id, glue.RunRunning)
		if err := p.halt(id); err != nil {
			t.Error(err)
		}
		time.Sleep(stopAgain + time.Second)
		if run := p.get(id); run.State != glue.RunStopping {
			t.Errorf("run is %s", run.State)
		}
		p.kill()
		p.start()
		time.Sleep(3 * stopAgain)
		if run := p.get(id); run.State != glue.RunStopped {
			t.Errorf("run is %s", run.State)
		}
	})
}

func TestStopAll(t *testing.T) {
	one := roomy
	one.Default.Slots = 2
	bubble(t, Config{Admission: one}, forever, func(t *testing.T, p *plane) {
		var ids []string
		for range 5 {
			ids = append(ids, p.submit(request(job("j"))))
		}
		p.wait(ids[0], glue.RunRunning)
		if err := p.c.StopAll(t.Context(), "AKSTOP"); err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			if run := p.get(id); run.State != glue.RunStopped {
				t.Errorf("run is %s", run.State)
			}
		}
		if n := len(p.machine.Begun()); n != 2 {
			t.Errorf("%d attempts began, want 2", n)
		}
	})
}

// TestJobDeleted: waiting runs end in ERROR, running ones run on, new ones are refused until the job is made again.
func TestJobDeleted(t *testing.T) {
	one := roomy
	one.Default.Slots = 1
	bubble(t, Config{Admission: one}, forever, func(t *testing.T, p *plane) {
		running := p.submit(request(job("j")))
		p.wait(running, glue.RunRunning)
		waiting := p.submit(request(job("j")))
		other := p.submit(request(job("k")))
		if err := p.c.JobDeleted(t.Context(), "us-east-1", "j", 1); err != nil {
			t.Fatal(err)
		}
		if run := p.get(waiting); run.State != glue.RunError || run.ErrorMessage == "" {
			t.Errorf("the waiting run is %s %q", run.State, run.ErrorMessage)
		}
		if p.get(running).State != glue.RunRunning || p.get(other).State != glue.RunWaiting {
			t.Error("another run was touched")
		}
		_, err := p.c.Start(t.Context(), request(job("j")))
		refused(t, err, glue.CodeEntityNotFound, "j")
		again := job("j")
		again.Incarnation = 2
		p.submit(request(again))
	})
}

// TestJobDeletedInSilence: a plane that ends after a job's definition was deleted and before the loop is told has its
// successor end the job's waiting runs and forget its bookmark, unless that is a new job's of the same name.
func TestJobDeletedInSilence(t *testing.T) {
	one := roomy
	one.Default.Slots = 1
	for name, again := range map[string]bool{"gone": false, "created again": true} {
		t.Run(name, func(t *testing.T) {
			bubble(t, Config{Admission: one}, forever, func(t *testing.T, p *plane) {
				j, k := p.define("j"), p.define("k")
				running := p.submit(request(j))
				p.wait(running, glue.RunRunning)
				waiting := []string{p.submit(request(j)), p.submit(request(j))}
				other := p.submit(request(k))
				err := p.db.Commit(t.Context(), time.Now(), func(tx *store.Tx) error {
					b := store.Bookmark{Region: "us-east-1", Job: "j", Doc: json.RawMessage("{}")}
					return tx.PutBookmark(&b, 0)
				})
				if err != nil {
					t.Fatal(err)
				}
				p.undefine("j")
				if again {
					p.define("j")
				}
				p.kill()
				p.start()
				for _, id := range waiting {
					if run := p.wait(id, glue.RunError); run.ErrorMessage != "Job j was deleted while the run waited." {
						t.Errorf("the waiting run ended with %q", run.ErrorMessage)
					}
				}
				<-p.c.Ready()
				if p.get(running).State != glue.RunRunning || p.get(other).State != glue.RunWaiting {
					t.Error("another run was touched")
				}
				err = p.db.Read(t.Context(), func(r *store.Reader) error {
					_, err := r.GetBookmark("us-east-1", "j")
					return err
				})
				if errors.Is(err, store.ErrNotFound) == again || ignore(err, store.ErrNotFound) != nil {
					t.Errorf("the bookmark: %v", err)
				}
				_, err = p.c.Start(t.Context(), request(j))
				refused(t, err, glue.CodeEntityNotFound, "j")
			})
		})
	}
}
