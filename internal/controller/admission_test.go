package controller

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/core/placement"
	"tenon/internal/core/quota"
	"tenon/internal/core/scheduler"
	"tenon/internal/driver/executor/fake"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// placed are roomy limits with two subnets of 11 addresses each, in two zones.
func placed(lag time.Duration) scheduler.Config {
	cfg := roomy
	cfg.Default.Subnets = []placement.Subnet{
		{ID: "subnet-a", VPC: "vpc-1", Zone: "us-east-1a", CIDR: netip.MustParsePrefix("10.0.0.0/28")},
		{ID: "subnet-b", VPC: "vpc-1", Zone: "us-east-1b", CIDR: netip.MustParsePrefix("10.0.1.0/28")},
	}
	cfg.Placement = scheduler.Placement{ReleaseLag: lag}
	return cfg
}

// both are connections to the subnets of placed.
var both = []glue.Choice{{Connection: "net-a", Subnet: "subnet-a"}, {Connection: "net-b", Subnet: "subnet-b"}}

// spread starts a job with so many workers on the subnets of placed.
func spread(name string, workers int) StartRequest {
	req := request(job(name))
	req.NumberOfWorkers, req.WorkerType, req.Subnets = workers, "G.1X", both
	return req
}

// events returns those of a run, or of none with the empty id.
func (p *plane) events(id string) []glue.Event {
	p.t.Helper()
	var of []glue.Event
	err := p.db.Read(p.t.Context(), func(r *store.Reader) error {
		events, err := r.EventsAfter(0, store.MaxEvents)
		for _, e := range events {
			if e.Run == id {
				of = append(of, e)
			}
		}
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return of
}

// detail returns the detail of the last event of a kind.
func (p *plane) detail(id string, kind glue.EventKind) map[string]any {
	p.t.Helper()
	var detail map[string]any
	for _, e := range p.events(id) {
		if e.Kind == kind {
			detail = map[string]any{}
			if len(e.Detail) > 0 {
				if err := json.Unmarshal(e.Detail, &detail); err != nil {
					p.t.Fatal(err)
				}
			}
		}
	}
	return detail
}

// leases returns the rows of leases.
func (p *plane) leases() []store.Lease {
	p.t.Helper()
	var rows []store.Lease
	err := p.db.Read(p.t.Context(), func(r *store.Reader) (err error) {
		rows, err = r.Leases()
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return rows
}

// free returns the free addresses of a subnet.
func (p *plane) free(subnet string) int64 {
	p.t.Helper()
	free := int64(-1)
	look := &inspect{newReply(), func(s *state) {
		for _, u := range s.sched.View().Subnets("us-east-1") {
			if u.ID == subnet {
				free = u.Free
			}
		}
	}}
	if err := p.c.do(p.t.Context(), look); err != nil {
		p.t.Fatal(err)
	}
	return free
}

// TestPlacement: a run goes to a subnet with enough addresses, and run, worker, lease and event tell where and why.
func TestPlacement(t *testing.T) {
	var spec shared[attempt.Spec]
	plan := func(s attempt.Spec) fake.Plan {
		spec.set(s)
		return fake.Plan{Duration: time.Minute}
	}
	bubble(t, Config{Admission: placed(0)}, plan, func(t *testing.T, p *plane) {
		req := spread("j", 8)
		req.Tags = map[string]string{"tenon:strategy": "ordered", "tenon:queue": "default", "tenon:priority": "5"}
		id := p.submit(req)
		run := p.wait(id, glue.RunRunning)
		at := run.Placement
		if at == nil || at.Subnet != "subnet-a" || at.Connection != "net-a" || at.Zone != "us-east-1a" || at.Driver() != "10.0.0.4" ||
			len(at.Candidates) != 2 || at.Why == "" || at.Workers != 8 || run.Priority != 5 {
			t.Errorf("placement is %+v", at)
		}
		if s := spec.get(); s.Address != "10.0.0.4" || s.Notice != at.Words() || !strings.HasPrefix(s.Notice, "Placed on subnet-a (us-east-1a) by connection net-a, addresses 10.0.0.4-10.0.0.11. ") {
			t.Errorf("the worker is told %q, %q", s.Address, s.Notice)
		}
		if p.free("subnet-a") != 3 || p.free("subnet-b") != 11 {
			t.Errorf("free: %d, %d", p.free("subnet-a"), p.free("subnet-b"))
		}
		submitted := p.detail(id, glue.EventRunSubmitted)
		if got := fmt.Sprint(submitted["queue"], " ", submitted["priority"], submitted["workers"]); got != "default 5 8" {
			t.Errorf("run.submitted has %v", submitted)
		}
		admitted := p.detail(id, glue.EventRunAdmitted)
		if admitted["subnet"] != "subnet-a" || admitted["connection"] != "net-a" || admitted["zone"] != "us-east-1a" || admitted["addresses"] != 8.0 ||
			admitted["why"] != at.Why || admitted["need"].(map[string]any)["addresses"] != 8.0 {
			t.Errorf("run.admitted has %v", admitted)
		}
		rows := p.leases()
		if len(rows) != 1 || rows[0].Phase != store.LeaseStarted {
			t.Fatalf("leases are %+v", rows)
		}
		if lease, err := readLease(&rows[0]); err != nil || lease.Subnet != "subnet-a" || lease.Need[quota.Addresses] != 8 || strings.Join(lease.Addresses, " ") != "10.0.0.4-10.0.0.11" {
			t.Errorf("the lease is %+v, %v", lease, err)
		}
		p.wait(p.submit(spread("k", 8)), glue.RunRunning)
		third := p.submit(spread("l", 8)) // fits nowhere
		p.wait(third, glue.RunWaiting)
		time.Sleep(time.Second)
		waiting := p.get(third)
		if detail := p.c.StateDetail(&waiting.JobRun); !strings.HasPrefix(detail, "Waiting for addresses") {
			t.Errorf("the third waits: %q", detail)
		}
		time.Sleep(2 * time.Minute)
		p.wait(third, glue.RunSucceeded)
		p.nothingLeft()
	})
}

// TestDrainingLease: addresses come back after the release lag, all else at once; over a restart too.
func TestDrainingLease(t *testing.T) {
	bubble(t, Config{Admission: placed(10 * time.Minute)}, func(attempt.Spec) fake.Plan { return fake.Plan{Duration: time.Minute} }, func(t *testing.T, p *plane) {
		j := p.define("j")
		req := spread("j", 10)
		req.Job = j
		req.Subnets = both[:1]
		first := p.submit(req)
		second := p.submit(req)
		time.Sleep(time.Minute + time.Second)
		p.wait(first, glue.RunSucceeded)
		rows := p.leases()
		if len(rows) != 1 || rows[0].Phase != store.LeaseDraining || rows[0].Until.Sub(p.get(first).Completed) != 10*time.Minute {
			t.Fatalf("leases are %+v", rows)
		}
		ended := p.detail(first, glue.EventRunEnded)
		if ended["draining_until"] != rows[0].Until.Format(time.RFC3339Nano) || ended["released"].(map[string]any)["addresses"] != 10.0 {
			t.Errorf("run.ended has %v", ended)
		}
		time.Sleep(5 * time.Minute)
		p.kill()
		p.start()
		if p.free("subnet-a") != 1 {
			t.Errorf("%d addresses are free after a restart", p.free("subnet-a"))
		}
		if run := p.get(second); run.State != glue.RunWaiting {
			t.Errorf("the second run is %s", run.State)
		}
		p.wait(p.submit(request(job("other"))), glue.RunRunning) // without addresses, nothing is in its way
		time.Sleep(5 * time.Minute)
		p.wait(second, glue.RunRunning)
		if got := p.get(second).Placement.At.Sub(rows[0].Until); got < 0 || got > time.Second {
			t.Errorf("the second run started %s after the addresses were free", got)
		}
		drained := p.detail(first, glue.EventLeaseDrained)
		if drained["subnet"] != "subnet-a" || drained["addresses"] != 10.0 || p.events(first)[len(p.events(first))-1].Job != "j" {
			t.Errorf("lease.drained has %v", drained)
		}
		time.Sleep(2 * time.Minute)
		p.wait(second, glue.RunSucceeded)
		p.kill()
		time.Sleep(10 * time.Minute) // it drains while nobody is there
		p.start()
		time.Sleep(time.Second)
		if p.detail(second, glue.EventLeaseDrained)["addresses"] != 10.0 {
			t.Error("the drain that ended meanwhile is not told of")
		}
		p.nothingLeft()
	})
}

// TestRefusalsAreNoted: a start that a limit refuses is an event; those of one turn that are alike are one.
func TestRefusalsAreNoted(t *testing.T) {
	limited := job("j")
	limited.ExecutionProperty = nil
	bubble(t, Config{}, forever, func(t *testing.T, p *plane) {
		p.submit(request(limited))
		done := make(chan error, 3)
		p.hold(func() {
			for range cap(done) {
				go func() {
					_, err := p.c.Start(t.Context(), request(limited))
					done <- err
				}()
			}
			time.Sleep(time.Millisecond) // they queue
		})
		for range cap(done) {
			refused(t, <-done, glue.CodeConcurrentRuns, "Concurrent runs exceeded for j")
		}
		events := p.events("")
		if len(events) != 1 || events[0].Kind != glue.EventRunRefused || events[0].Who != "AKID" || events[0].Job != "j" {
			t.Fatalf("events are %+v", events)
		}
		want := `{"code":"ConcurrentRunsExceededException","message":"Concurrent runs exceeded for j","times":3}`
		if string(events[0].Detail) != want {
			t.Errorf("detail is %s, want %s", events[0].Detail, want)
		}
	})
}

// TestAuditFindsDrift: when a lease row is not what the memory holds, the memory is loaded again.
func TestAuditFindsDrift(t *testing.T) {
	bubble(t, Config{}, forever, func(t *testing.T, p *plane) {
		id := p.submit(request(job("j")))
		p.wait(id, glue.RunRunning)
		time.Sleep(3 * time.Minute)
		if s := p.c.Stats(); s.Audits < 2 || s.Drifts != 0 {
			t.Fatalf("without a fault: %+v", s)
		}
		err := p.db.Commit(t.Context(), time.Now(), func(tx *store.Tx) error {
			return tx.PutLease(store.Lease{Run: id, Region: "us-east-1", Phase: store.LeaseStarted, Vector: []byte(`{"slots":1,"dpus_quarters":400}`), Since: time.Now()})
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Minute)
		if s := p.c.Stats(); s.Drifts != 1 {
			t.Errorf("after a fault: %+v", s)
		}
		var used int64
		look := &inspect{newReply(), func(s *state) {
			for _, u := range s.sched.View().Pools() {
				if u.Pool.Resource == quota.DPUs {
					used = u.Used
				}
			}
		}}
		if err := p.c.do(t.Context(), look); err != nil || used != 400 {
			t.Errorf("%d quarter DPUs are used, %v; want those of the lease", used, err)
		}
	})
}

// activeRun is a run that holds a lease.
func activeRun() *run { return &run{lease: &quota.Lease{}} }

// TestReadLease: rows of before hold the vector alone; what is no lease is an error, not capacity lost.
func TestReadLease(t *testing.T) {
	for doc, want := range map[string]quota.Lease{
		`{"slots":1,"dpus_quarters":8}`: {Need: quota.Vector{quota.Slots: 1, quota.DPUs: 8}},
		`{"job":"r/j#1","queue":"lab","need":{"addresses":2},"subnet":"s","addresses":["10.0.0.4-10.0.0.5"]}`: {Job: "r/j#1", Queue: "lab",
			Need: quota.Vector{quota.Addresses: 2}, Subnet: "s", Addresses: []string{"10.0.0.4-10.0.0.5"}},
	} {
		got, err := readLease(&store.Lease{Run: "jr_1", Attempt: 2, Region: "r", Vector: []byte(doc)})
		want.ID, want.Attempt, want.Region = "jr_1", 2, "r"
		if err != nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("%s is %+v, %v", doc, got, err)
		}
	}
	for _, doc := range []string{`{"slots":1,"lamps":3}`, `{"need":{"lamps":3}}`, `[]`} {
		if got, err := readLease(&store.Lease{Vector: []byte(doc)}); err == nil {
			t.Errorf("%s is %+v", doc, got)
		}
	}
}
