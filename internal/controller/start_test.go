package controller

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/core/scheduler"
	"tenon/internal/driver/executor/fake"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// bubble runs a test under virtual time, with everything opened inside.
func bubble(t *testing.T, cfg Config, plan func(attempt.Spec) fake.Plan, test func(t *testing.T, p *plane)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		if cfg.Admission.Workers == 0 {
			cfg.Admission = roomy
		}
		test(t, newPlane(t, cfg, plan))
	})
}

// forever is the plan of attempts that run until they are stopped.
func forever(attempt.Spec) fake.Plan { return fake.Plan{Duration: 1000 * time.Hour, Late: true} }

// refused checks the exception and text of a refusal.
func refused(t *testing.T, err error, code glue.Code, text string) {
	t.Helper()
	if err == nil || glue.CodeOf(err) != code || !strings.Contains(err.Error(), text) {
		t.Errorf("error is %v, want %s with %q", err, code, text)
	}
}

func TestJobLimit(t *testing.T) {
	limited := job("j")
	limited.ExecutionProperty = nil // one at a time
	start := func(p *plane, edit func(*StartRequest)) (string, error) {
		req := request(limited)
		edit(&req)
		return p.c.Start(p.t.Context(), req)
	}
	t.Run("refuses a client", func(t *testing.T) {
		bubble(t, Config{}, forever, func(t *testing.T, p *plane) {
			p.submit(request(limited))
			_, err := start(p, func(*StartRequest) {})
			refused(t, err, glue.CodeConcurrentRuns, "Concurrent runs exceeded for j")
		})
	})
	for name, c := range map[string]struct {
		cfg  Config
		edit func(*StartRequest)
	}{
		"queues with JobRunQueuingEnabled": {edit: func(r *StartRequest) { yes := true; r.QueuingEnabled = &yes }},
		"queues in mode all":               {cfg: Config{Queueing: QueueAll}, edit: func(*StartRequest) {}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, c.cfg, forever, func(t *testing.T, p *plane) {
				first := p.submit(request(limited))
				second, err := start(p, c.edit)
				if err != nil {
					t.Fatal(err)
				}
				p.wait(first, glue.RunRunning)
				time.Sleep(time.Second)
				run := p.get(second)
				if run.State != glue.RunWaiting {
					t.Fatalf("the second run is %s", run.State)
				}
				if detail := p.c.StateDetail(&run.JobRun); !strings.Contains(detail, "MaxConcurrentRuns is 1 and 1 of its runs are active. Held by "+glue.ShortRunID(first)) {
					t.Errorf("StateDetail is %q", detail)
				}
				if _, err := p.c.Stop(t.Context(), StopRequest{Region: "us-east-1", Job: "j", Runs: []string{first}}); err != nil {
					t.Fatal(err)
				}
				p.wait(second, glue.RunRunning)
			})
		})
	}
	t.Run("has a quota above it", func(t *testing.T) {
		bubble(t, Config{JobRuns: 2}, forever, func(t *testing.T, p *plane) {
			p.submit(request(job("j")))
			p.submit(request(job("j")))
			_, err := p.c.Start(t.Context(), request(job("j")))
			refused(t, err, glue.CodeConcurrentRuns, "Concurrent runs exceeded for j")
		})
	})
}

// TestJobChanged: another MaxConcurrentRuns holds for the runs that wait already, also after a restart and for the retry of
// a run that was submitted under the old one. What comes late changes nothing.
func TestJobChanged(t *testing.T) {
	one, most := job("j"), func(n int) *glue.ExecutionLimit { return &glue.ExecutionLimit{MaxConcurrentRuns: n} }
	one.ExecutionProperty, one.JobRunQueuingEnabled = most(1), true
	running := func(p *plane, want int) {
		p.t.Helper()
		time.Sleep(time.Second)
		if n := len(p.machine.Begun()); n != want {
			p.t.Errorf("%d attempts began, want %d", n, want)
		}
	}
	bubble(t, Config{}, forever, func(t *testing.T, p *plane) {
		d := store.Definition{Region: "us-east-1", Kind: glue.KindJob, Name: "j", Doc: json.RawMessage(`{"ExecutionProperty":{"MaxConcurrentRuns":1}}`)}
		if err := p.db.Commit(t.Context(), time.Now(), func(tx *store.Tx) error { return tx.CreateDefinition(&d) }); err != nil {
			t.Fatal(err)
		}
		one.Incarnation, one.Version = d.Incarnation, d.Version
		for range 6 {
			p.submit(request(one))
		}
		running(p, 1)
		three := one
		three.Version, three.ExecutionProperty = 3, most(3)
		if err := p.c.JobChanged(t.Context(), "us-east-1", &three); err != nil {
			t.Fatal(err)
		}
		running(p, 3)
		late := one
		late.Version, late.ExecutionProperty = 2, most(6)
		if err := p.c.JobChanged(t.Context(), "us-east-1", &late); err != nil {
			t.Fatal(err)
		}
		p.submit(request(one)) // read before the change
		running(p, 3)

		// The plane is killed between the commit of a definition and the word of it.
		err := p.db.Commit(t.Context(), time.Now(), func(tx *store.Tx) error {
			_, err := tx.UpdateDefinition("us-east-1", glue.KindJob, "j", d.Version, json.RawMessage(`{"ExecutionProperty":{"MaxConcurrentRuns":5}}`))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		p.kill()
		p.start()
		running(p, 5)
	})
}

func TestAccountLimit(t *testing.T) {
	one := roomy
	one.Default.Slots = 1
	t.Run("queues", func(t *testing.T) {
		bubble(t, Config{Admission: one}, forever, func(t *testing.T, p *plane) {
			p.submit(request(job("a")))
			p.wait(p.submit(request(job("b"))), glue.RunWaiting)
		})
	})
	t.Run("refuses in mode off", func(t *testing.T) {
		bubble(t, Config{Admission: one, Queueing: QueueOff}, forever, func(t *testing.T, p *plane) {
			p.wait(p.submit(request(job("a"))), glue.RunRunning)
			_, err := p.c.Start(t.Context(), request(job("b")))
			refused(t, err, glue.CodeResourceNumberLimit, "Exceeded the maximum of account run slots: needs 1, 0 of 1 free.")
		})
	})
	t.Run("counts runs that wait for the machine in mode off", func(t *testing.T) {
		small := roomy
		small.Default.Slots, small.Workers = 3, 1
		bubble(t, Config{Admission: small, Queueing: QueueOff}, forever, func(t *testing.T, p *plane) {
			p.wait(p.submit(request(job("a"))), glue.RunRunning)
			second := p.submit(request(job("b")))
			p.submit(request(job("b")))
			_, err := p.c.Start(t.Context(), request(job("c")))
			refused(t, err, glue.CodeResourceNumberLimit, "Exceeded the maximum of account run slots: needs 1, 0 of 3 free.")
			if _, err := p.c.Stop(t.Context(), StopRequest{Region: "us-east-1", Job: "b", Runs: []string{second}}); err != nil {
				t.Fatal(err)
			}
			p.submit(request(job("c")))
		})
	})
	t.Run("refuses what can never fit", func(t *testing.T) {
		bubble(t, Config{}, forever, func(t *testing.T, p *plane) {
			req := request(job("a"))
			req.WorkerType, req.NumberOfWorkers = "G.8X", 299
			_, err := p.c.Start(t.Context(), req)
			refused(t, err, glue.CodeResourceNumberLimit, "The run can never start: it needs 2392 DPUs, and the account has 1000. Ask for fewer or smaller workers, or raise the limit.")
		})
	})
	t.Run("refuses what its queue can never have", func(t *testing.T) {
		cfg := placed(0)
		cfg.Queues = []scheduler.Queue{{Name: "small", QuarterDPUs: &scheduler.Share{Nominal: 16, Borrow: 4}}}
		bubble(t, Config{Admission: cfg}, forever, func(t *testing.T, p *plane) {
			req := request(job("a"))
			req.NumberOfWorkers = 6
			req.Tags = map[string]string{"tenon:queue": "small"}
			_, err := p.c.Start(t.Context(), req)
			refused(t, err, glue.CodeResourceNumberLimit, "The run can never start: it needs 6 DPUs, and queue small has at most 5. Ask for fewer or smaller workers, or raise the limit.")
			req = spread("a", 12)
			_, err = p.c.Start(t.Context(), req)
			refused(t, err, glue.CodeResourceNumberLimit, "The run can never start: it needs 12 addresses, and subnet-a, its largest subnet, has 11. Ask for fewer workers, or for a connection to a larger subnet.")
		})
	})
	t.Run("refuses what would borrow for too long", func(t *testing.T) {
		cfg := placed(0)
		cfg.Queues = []scheduler.Queue{{Name: "lab", QuarterDPUs: &scheduler.Share{Nominal: 16, Borrow: scheduler.NoLimit}, BorrowMaxRun: time.Hour},
			{Name: "rest", QuarterDPUs: &scheduler.Share{Nominal: cfg.Default.QuarterDPUs - 16, Borrow: scheduler.NoLimit, Lend: scheduler.NoLimit}}}
		bubble(t, Config{Admission: cfg}, forever, func(t *testing.T, p *plane) {
			req := request(job("a"))
			req.NumberOfWorkers, req.Timeout = 6, 61
			req.Tags = map[string]string{"tenon:queue": "lab"}
			_, err := p.c.Start(t.Context(), req)
			refused(t, err, glue.CodeResourceNumberLimit, "The run can never start: it needs 6 DPUs, and queue lab has 4 without borrowing, which borrow_max_run allows only with a Timeout of at most 1h. "+
				"Ask for a Timeout of at most 1h or for fewer or smaller workers, or raise borrow_max_run of queue lab.")
			req.Timeout = 60
			p.submit(req)
		})
	})
	t.Run("bounds the open runs", func(t *testing.T) {
		bubble(t, Config{MaxOpen: 1}, forever, func(t *testing.T, p *plane) {
			p.submit(request(job("a")))
			_, err := p.c.Start(t.Context(), request(job("b")))
			refused(t, err, glue.CodeResourceNumberLimit, "The maximum number of queued job runs, 1, is reached.")
		})
	})
}

// TestInvocationIsIdempotent: the retries of one call of an SDK are one run, also when they arrive together, for an hour.
func TestInvocationIsIdempotent(t *testing.T) {
	bubble(t, Config{}, nil, func(t *testing.T, p *plane) {
		req := request(job("j"))
		req.InvocationID, req.BodyHash = "call-1", []byte("hash")
		var wg sync.WaitGroup
		ids := make([]string, 20)
		for i := range ids {
			wg.Go(func() { ids[i] = p.submit(req) })
		}
		wg.Wait()
		for _, id := range ids {
			if id != ids[0] {
				t.Fatalf("one call started %s and %s", ids[0], id)
			}
		}
		p.wait(ids[0], glue.RunSucceeded)
		if again := p.submit(req); again != ids[0] {
			t.Error("a retry after the end started another run")
		}
		other := req
		other.BodyHash = []byte("another")
		if p.submit(other) == ids[0] {
			t.Error("another body is another call")
		}
		stranger := req
		stranger.Principal = "AKOTHER"
		if p.submit(stranger) == ids[0] {
			t.Error("another principal's call is another call")
		}
		p.kill()
		p.start()
		last := p.submit(other)
		time.Sleep(61 * time.Minute)
		if p.submit(other) == last {
			t.Error("the key still answers after an hour")
		}
	})
}

// TestRunKey: --tenon-run-key answers with its run unless that ended badly, and refuses other arguments.
func TestRunKey(t *testing.T) {
	var outcome shared[glue.RunState]
	plan := func(attempt.Spec) fake.Plan { return fake.Plan{Duration: time.Second, State: outcome.get()} }
	bubble(t, Config{}, plan, func(t *testing.T, p *plane) {
		req := request(job("j"))
		req.Arguments = map[string]string{argRunKey: "2030-01-01", "--x": "1"}
		other := req
		other.Arguments = map[string]string{argRunKey: "2030-01-01", "--x": "2"}

		outcome.set(glue.RunFailed)
		bad := p.submit(req)
		p.wait(bad, glue.RunRunning)
		if p.submit(req) != bad {
			t.Error("the key of an open run started another")
		}
		_, err := p.c.Start(t.Context(), other)
		refused(t, err, glue.CodeIdempotentMismatch, bad)
		p.wait(bad, glue.RunFailed)

		outcome.set(glue.RunSucceeded)
		good := p.submit(req)
		if good == bad {
			t.Error("the key of a failed run started none")
		}
		p.wait(good, glue.RunSucceeded)
		time.Sleep(30 * 24 * time.Hour)
		if p.submit(req) != good {
			t.Error("the key of a run that succeeded started another")
		}
		if run := p.get(good); run.Arguments[argRunKey] == "" {
			t.Error("the key does not show in the run's arguments")
		}
		elsewhere := req
		elsewhere.Job = job("k")
		if p.submit(elsewhere) == good {
			t.Error("the key of one job answered for another")
		}
		again := req
		again.Job.Incarnation++
		if p.submit(again) == good {
			t.Error("the key answered with a run of the job's earlier incarnation, which is hidden")
		}
	})
}

// TestRunKeyOfARunThatJustEnded: a start that shares a turn with the end of its key's run sees how that ended, not how the
// store still has it.
func TestRunKeyOfARunThatJustEnded(t *testing.T) {
	for _, end := range []glue.RunState{glue.RunSucceeded, glue.RunFailed} {
		bubble(t, Config{}, forever, func(t *testing.T, p *plane) {
			req := request(job("j"))
			req.Arguments = map[string]string{argRunKey: "once"}
			first := p.submit(req)
			p.wait(first, glue.RunRunning)
			// The first commit of the storm holds the loop while the others queue: they are one turn.
			var wg sync.WaitGroup
			ids := make([]string, 8)
			p.hold(func() {
				wg.Go(func() {
					rep := attempt.Report{Key: attempt.Key{Run: first}, Seq: 1 << 40, Kind: attempt.ReportResult, At: time.Now(),
						Result: &attempt.Result{State: end, Ended: time.Now(), NextSeq: 1 << 40}}
					if err := p.c.Report(t.Context(), rep); err != nil {
						t.Error(err)
					}
				})
				synctest.Wait() // the report is queued first
				for i := range ids {
					wg.Go(func() { ids[i] = p.submit(req) })
				}
				synctest.Wait()
			})
			wg.Wait()
			for _, id := range ids {
				if (id == first) != (end == glue.RunSucceeded) || id != ids[0] {
					t.Errorf("%s: the key answered with %v after %s", end, ids, first)
					break
				}
			}
		})
	}
}

func TestSpec(t *testing.T) {
	var told shared[attempt.Spec]
	cfg := Config{RunMemory: 3 << 30, Spec: SpecConfig{Account: "123456789012", Endpoint: "http://t", Python: "/py", PythonFor: map[string]string{"5.0": "/py5"},
		Limits: attempt.Limits{Threads: 2}}}
	bubble(t, cfg, func(spec attempt.Spec) fake.Plan { told.set(spec); return forever(spec) }, func(t *testing.T, p *plane) {
		req := request(job("j"))
		req.Arguments = map[string]string{argRunKey: "k", "--x": "1", argBookmark: "job-bookmark-pause", argBookmarkFrom: "jr_a", argBookmarkTo: "jr_b"}
		req.Timeout = 7
		id := p.submit(req)
		p.wait(id, glue.RunRunning)
		got := told.get()
		if _, ok := got.Arguments[argRunKey]; ok || got.Arguments["--x"] != "1" {
			t.Errorf("arguments are %v", got.Arguments)
		}
		if got.Python != "/py5" || got.Limits.MemoryBytes != 3<<30 || got.Limits.Threads != 2 || got.Timeout != 7*time.Minute || got.Key.Run != id {
			t.Errorf("spec is %+v", got)
		}
		if b := got.Bookmark; b == nil || b.Option != bookmarkPause || b.From != "jr_a" || b.To != "jr_b" {
			t.Errorf("bookmark is %+v", b)
		}
		secret, run, ok := p.c.Secret(got.AccessKeyID)
		if !ok || secret != got.SecretKey || run != id || len(got.AccessKeyID) != 20 || len(secret) != 40 {
			t.Errorf("the run's key is not valid while it runs: %q %q %v", got.AccessKeyID, run, ok)
		}
		p.kill()
		p.start()
		<-p.c.Ready()
		if again, _, ok := p.c.Secret(got.AccessKeyID); !ok || again != secret {
			t.Error("the run's key changed with a restart")
		}
		if err := p.c.StopAll(t.Context(), "AKID"); err != nil {
			t.Fatal(err)
		}
		if _, _, ok := p.c.Secret(got.AccessKeyID); ok {
			t.Error("the run's key is valid after its end")
		}
	})
}
