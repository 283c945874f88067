package controller

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
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

// TestRecovery: what a plane finds after it was killed, for each condition of an attempt.
func TestRecovery(t *testing.T) {
	for name, c := range map[string]struct {
		plan    fake.Plan
		retries int
		forget  bool // the attempt never reached the machine
		down    time.Duration
		want    glue.RunState
		attempt int
		message string
	}{
		"still running":    {plan: fake.Plan{Duration: time.Minute}, down: time.Second, want: glue.RunSucceeded},
		"ended meanwhile":  {plan: fake.Plan{Duration: time.Minute}, down: time.Hour, want: glue.RunSucceeded},
		"failed meanwhile": {plan: fake.Plan{Duration: time.Minute, State: glue.RunFailed, Error: "boom"}, down: time.Hour, want: glue.RunFailed, message: "boom"},
		"lost":             {plan: fake.Plan{Duration: time.Minute, Vanish: true}, down: time.Hour, want: glue.RunFailed, message: lostMessage},
		"gone altogether":  {plan: fake.Plan{Duration: time.Minute}, down: time.Second, forget: true, want: glue.RunFailed, message: lostMessage},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, Config{}, func(attempt.Spec) fake.Plan { return c.plan }, func(t *testing.T, p *plane) {
				id := p.submit(request(job("j")))
				p.wait(id, glue.RunRunning)
				driver := p.driver
				p.kill()
				if c.forget {
					if err := driver.Forget(t.Context(), attempt.Key{Run: id}); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(c.down)
				p.start()
				<-p.c.Ready()
				time.Sleep(2 * time.Minute)
				if run := p.get(id); run.State != c.want || run.Attempt != c.attempt || run.ErrorMessage != c.message {
					t.Errorf("run is %+v", run.JobRun)
				}
				p.nothingLeft()
			})
		})
	}
}

// TestRecoveryOfLostAttemptRetries: a lost attempt is followed by another if the job has retries.
func TestRecoveryOfLostAttemptRetries(t *testing.T) {
	plan := func(spec attempt.Spec) fake.Plan {
		return fake.Plan{Duration: time.Minute, Vanish: spec.Key.Attempt == 0}
	}
	bubble(t, Config{}, plan, func(t *testing.T, p *plane) {
		j := job("j")
		j.MaxRetries = 1
		id := p.submit(request(j))
		p.wait(id, glue.RunRunning)
		p.kill()
		time.Sleep(time.Hour)
		p.start()
		time.Sleep(5 * time.Minute)
		if run := p.get(id); run.State != glue.RunSucceeded || run.Attempt != 1 {
			t.Errorf("run is %+v", run.JobRun)
		}
	})
}

// TestRecoveryStartsWhatWasOnlyMeant: a plane that died between the commit of an admission and the call of the executor
// has its successor make the call.
func TestRecoveryStartsWhatWasOnlyMeant(t *testing.T) {
	for _, state := range []glue.RunState{glue.RunStarting, glue.RunStopping} {
		t.Run(string(state), func(t *testing.T) {
			bubble(t, Config{}, nil, func(t *testing.T, p *plane) {
				p.kill()
				req := request(job("j"))
				run, err := draft(&req)
				if err != nil {
					t.Fatal(err)
				}
				run.ID, run.State = "jr_meant", state
				run.Submitted, run.Modified = time.Now(), time.Now()
				sr := schedulerRun(&run, "", 0)
				vector, err := json.Marshal(sr.Lease().Need)
				if err != nil {
					t.Fatal(err)
				}
				db, err := store.Open(t.Context(), store.Config{Dir: p.dir})
				if err != nil {
					t.Fatal(err)
				}
				err = db.Commit(t.Context(), time.Now(), func(tx *store.Tx) error {
					return errors.Join(tx.InsertRun(&store.Run{JobRun: run}),
						tx.PutLease(store.Lease{Run: run.ID, Region: run.Region, Phase: store.LeaseReserved, Vector: vector, Since: time.Now()}),
						tx.PutLease(store.Lease{Run: "jr_stray", Region: run.Region, Phase: store.LeaseReserved, Vector: vector, Since: time.Now()}))
				})
				if err := errors.Join(err, db.Close()); err != nil {
					t.Fatal(err)
				}
				p.start()
				want, began := glue.RunSucceeded, 1
				if state == glue.RunStopping {
					want, began = glue.RunStopped, 0
				}
				p.wait("jr_meant", want)
				if n := len(p.machine.Begun()); n != began {
					t.Errorf("%d attempts began, want %d", n, began)
				}
				p.nothingLeft()
			})
		})
	}
}

// TestFailedCommit: a turn that cannot be committed changes nothing, in memory neither; one whose outcome is unknown
// and was durable is found again.
func TestFailedCommit(t *testing.T) {
	for name, after := range map[string]bool{"nothing written": false, "written, outcome unknown": true} {
		t.Run(name, func(t *testing.T) {
			bubble(t, Config{}, nil, func(t *testing.T, p *plane) {
				p.wait(p.submit(request(job("before"))), glue.RunSucceeded)
				p.fault.Store(&commitFault{err: fmt.Errorf("%w: injected", store.ErrUnknownOutcome), after: after})
				req := request(job("j"))
				req.InvocationID, req.BodyHash = "call", []byte("h")
				_, err := p.c.Start(t.Context(), req)
				refused(t, err, glue.CodeInternal, "Whether it was is unknown")
				p.fault.Store(nil)
				id, err := p.c.Start(t.Context(), req) // what an SDK does
				if err != nil {
					t.Fatal(err)
				}
				p.wait(id, glue.RunSucceeded)
				p.nothingLeft()
				err = p.db.Read(t.Context(), func(r *store.Reader) error {
					runs, err := r.RunsAfter(0, 10)
					if len(runs) != 2 {
						t.Errorf("there are %d runs, want 2", len(runs))
					}
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

// TestRecoveryIsRepeated: when what recovery decided cannot be committed, it is decided again.
func TestRecoveryIsRepeated(t *testing.T) {
	plan := func(attempt.Spec) fake.Plan { return fake.Plan{Duration: time.Minute, Vanish: true} }
	bubble(t, Config{}, plan, func(t *testing.T, p *plane) {
		id := p.submit(request(job("j")))
		p.wait(id, glue.RunRunning)
		p.kill()
		time.Sleep(time.Hour)
		p.fault.Store(&commitFault{err: store.ErrFull})
		p.start()
		time.Sleep(10 * time.Second)
		select {
		case <-p.c.Ready():
			t.Error("ready before the attempt is resolved")
		default:
		}
		p.fault.Store(nil)
		<-p.c.Ready()
		p.wait(id, glue.RunFailed)
	})
}

// TestOneBadCommand: a command that cannot be written fails alone, whatever came in the same turn.
func TestOneBadCommand(t *testing.T) {
	bubble(t, Config{}, nil, func(t *testing.T, p *plane) {
		release := make(chan struct{})
		go func() { _ = p.c.do(t.Context(), &inspect{newReply(), func(*state) { <-release }}) }()
		synctest.Wait() // the loop stands, so that what follows is one turn
		var wg sync.WaitGroup
		ids := make([]string, 5)
		for i := range ids {
			wg.Go(func() { ids[i] = p.submit(request(job("j"))) })
		}
		wg.Go(func() {
			bad := request(job("bad"))
			bad.Notification = []byte("{") // not JSON: the run's document cannot be encoded
			_, err := p.c.Start(t.Context(), bad)
			refused(t, err, glue.CodeInternal, "Nothing was changed.")
		})
		synctest.Wait()
		close(release)
		wg.Wait()
		for _, id := range ids {
			p.wait(id, glue.RunSucceeded)
		}
		p.nothingLeft()
	})
}

// crashes is how often TestCrashes kills the plane, over all seeds.
const crashes = 40

// TestCrashes kills the plane at random times while clients submit and stop runs that behave in all ways, with commits
// that fail now and then, subnets that fail, and operators who hold and boost. At the end every run that was acknowledged
// exists and is final, nothing ran twice, no lease is left, no limit was ever exceeded, no address was with two runs, and
// every run has one end.
func TestCrashes(t *testing.T) {
	seeds := uint64(4)
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			lim := limits{Slots: 5, QuarterDPUs: 64, FlexQuarterDPUs: 36, Workers: 8, MemoryBytes: 1 << 50}.config()
			lim.Default.Subnets, lim.Placement.ReleaseLag = placed(0).Default.Subnets, 7*time.Second
			lim.Queues = []scheduler.Queue{{Name: "lab", Weight: 2}}
			bubble(t, Config{Admission: lim, Grace: time.Second, Hooks: Hooks{Blind: true}}, randomPlan(seed), func(t *testing.T, p *plane) {
				crashing(t, p, rand.New(rand.NewPCG(seed, 1)))
			})
		})
	}
}

// randomPlan makes attempts that succeed, fail, do not start, vanish, or report twice, for up to 10 s.
func randomPlan(seed uint64) func(attempt.Spec) fake.Plan {
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(seed, 2))
	return func(attempt.Spec) fake.Plan {
		mu.Lock()
		defer mu.Unlock()
		p := fake.Plan{Duration: time.Duration(random.Int64N(int64(10 * time.Second))), Twice: random.IntN(4) == 0}
		switch random.IntN(8) {
		case 6:
			p.Network, p.Error = true, "no addresses"
		case 7:
			p.Network, p.StartError = true, "no addresses"
		case 0:
			p.State, p.Error = glue.RunFailed, "boom"
		case 1:
			p.Vanish = true
		case 2:
			p.StartError = "no interpreter"
		}
		return p
	}
}

// crashing is the body of TestCrashes.
func crashing(t *testing.T, p *plane, random *rand.Rand) {
	acknowledged := map[string]bool{}
	jobs := []glue.Job{p.define("job-0"), p.define("job-1"), p.define("job-2")}
	for range crashes / 4 {
		for range 5 + random.IntN(10) {
			j := jobs[random.IntN(len(jobs))]
			j.MaxRetries = random.IntN(3)
			j.JobRunQueuingEnabled = true
			j.ExecutionProperty = &glue.ExecutionLimit{MaxConcurrentRuns: 3}
			if random.IntN(5) == 0 {
				j.ExecutionClass = classFlex
			}
			fault := random.IntN(6) == 0
			if fault {
				p.fault.Store(&commitFault{err: errors.New("injected"), after: random.IntN(2) == 0, once: true})
			}
			req := request(j)
			req.Tags = map[string]string{"tenon:priority": fmt.Sprint(random.IntN(3))}
			if random.IntN(3) == 0 {
				req.Tags["tenon:queue"] = "lab"
			}
			if random.IntN(2) == 0 {
				req.WorkerType, req.NumberOfWorkers, req.Subnets = "G.1X", 2+random.IntN(8), both
			}
			id, err := p.c.Start(t.Context(), req)
			if err == nil {
				acknowledged[id] = true
				meddle(t, p, random, id)
				if random.IntN(5) == 0 {
					_, _ = p.c.Stop(t.Context(), StopRequest{Region: "us-east-1", Job: j.Name, Runs: []string{id}})
				}
			} else if !strings.Contains(err.Error(), "injected") {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(random.Int64N(int64(2 * time.Second))))
		}
		p.kill()
		time.Sleep(time.Duration(random.Int64N(int64(10 * time.Second))))
		p.start()
	}
	p.fault.Store(nil)
	p.operate("", "lab", false)
	for id := range acknowledged {
		err := p.c.Hold(t.Context(), HoldRequest{Region: "us-east-1", Run: id})
		if err != nil && glue.CodeOf(err) != glue.CodeInvalidInput {
			t.Fatal(err)
		}
	}
	for range 8 { // vanished workers are found by the next plane only, and a run has up to five attempts
		time.Sleep(time.Hour)
		p.kill()
		p.start()
	}
	time.Sleep(time.Hour)
	p.nothingLeft()
	for key, n := range p.machine.Begun() {
		if n != 1 {
			t.Errorf("attempt %s began %d times", key, n)
		}
	}
	checkHistory(t, p, acknowledged)
}

// meddle is an operator who holds, lets go on and boosts; what cannot be, or is not stored, is no matter.
func meddle(t *testing.T, p *plane, random *rand.Rand, id string) {
	switch random.IntN(6) {
	case 0:
		_ = p.c.Hold(t.Context(), HoldRequest{Region: "us-east-1", Run: id, Held: true})
	case 1:
		_ = p.c.Hold(t.Context(), HoldRequest{Region: "us-east-1", Queue: "lab", Held: random.IntN(2) == 0})
	case 2:
		_ = p.c.Boost(t.Context(), BoostRequest{Region: "us-east-1", Run: id, Priority: random.IntN(3)})
	}
}

// addresses replays what events say of the addresses of subnets.
type addresses struct {
	used map[string]int64            // by subnet
	held map[attempt.Key]admitDetail // and draining
}

// replay takes one event, and returns how many addresses of its subnet are used after it.
func (a *addresses) replay(t *testing.T, e *glue.Event) int64 {
	key := attempt.Key{Run: e.Run, Attempt: e.Attempt}
	var detail struct {
		admitDetail
		Until time.Time `json:"draining_until"`
	}
	if len(e.Detail) > 0 {
		if err := json.Unmarshal(e.Detail, &detail); err != nil {
			t.Fatal(err)
		}
	}
	switch was := a.held[key]; {
	case e.Kind == glue.EventRunAdmitted && detail.Subnet != "":
		a.held[key] = detail.admitDetail
		a.used[detail.Subnet] += detail.Addresses
		return a.used[detail.Subnet]
	case e.Kind == glue.EventLeaseDrained, (e.Kind == glue.EventRunRetry || e.Kind == glue.EventRunEnded) && detail.Until.IsZero():
		a.used[was.Subnet] -= was.Addresses
		delete(a.held, key)
	}
	return 0
}

// checkHistory replays the events: one end of each run, and never more leases or addresses than fit.
func checkHistory(t *testing.T, p *plane, acknowledged map[string]bool) {
	ends, active := map[string]int{}, map[string]bool{}
	places := addresses{map[string]int64{}, map[attempt.Key]admitDetail{}}
	err := p.db.Read(t.Context(), func(r *store.Reader) error {
		events, err := r.EventsAfter(0, store.MaxEvents)
		for _, e := range events {
			if used := places.replay(t, &e); used > 11 {
				t.Errorf("event %d: %d addresses of a subnet are used", e.Seq, used)
			}
			switch e.Kind {
			case glue.EventRunAdmitted:
				active[e.Run] = true
				if len(active) > 5 {
					t.Errorf("event %d: %d runs are active", e.Seq, len(active))
				}
			case glue.EventRunRetry:
				delete(active, e.Run)
			case glue.EventRunEnded:
				delete(active, e.Run)
				ends[e.Run]++
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(places.held) != 0 {
		t.Errorf("addresses are left with %d attempts", len(places.held))
	}
	for id := range acknowledged {
		if run := p.get(id); !run.State.Final() {
			t.Errorf("run %s is %s", id, run.State)
		}
		if ends[id] != 1 {
			t.Errorf("run %s has %d ends", id, ends[id])
		}
	}
	if len(ends) < len(acknowledged) || len(acknowledged) < 20 {
		t.Errorf("%d runs were acknowledged, %d ended", len(acknowledged), len(ends))
	}
}
