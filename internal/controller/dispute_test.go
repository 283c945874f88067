package controller

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"tenon/internal/core/scheduler"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// TestDisputedAddresses: while a run holds addresses of a block, another subnet cannot get the block: neither of a plane that
// runs, which changes nothing then, nor by another configuration at its start.
func TestDisputedAddresses(t *testing.T) {
	cfg := placed(0)
	swapped := placed(0)
	a, b := &swapped.Default.Subnets[0], &swapped.Default.Subnets[1]
	a.CIDR, b.CIDR = b.CIDR, a.CIDR
	const words = "subnet subnet-b cannot have 10.0.0.0/28 yet: "
	bubble(t, Config{Admission: cfg, JobRuns: 2, Queueing: QueueAll}, forever, func(t *testing.T, p *plane) {
		req := spread("j", 2)
		req.Job, req.Subnets = p.define("j"), both[:1]
		first := p.submit(req)
		p.wait(first, glue.RunRunning)
		err := p.c.Configure(t.Context(), ConfigureRequest{Principal: "AKOP", Policy: Policy{Admission: swapped, JobRuns: 1, Queueing: QueueAll}})
		refused(t, err, glue.CodeInvalidInput, "The configuration was not applied: "+words)
		if free := p.free("subnet-a"); free != 9 {
			t.Errorf("%d addresses of subnet-a are free", free)
		}
		if d := p.detail("", glue.EventConfigApplied); d != nil {
			t.Errorf("a configuration that was refused is noted: %v", d)
		}
		second := p.submit(req) // a second run of the job, as before
		p.wait(second, glue.RunRunning)

		p.kill()
		db, err := store.Open(t.Context(), store.Config{Dir: p.dir})
		if err != nil {
			t.Fatal(err)
		}
		c, err := New(t.Context(), slog.New(slog.DiscardHandler), db, Config{Admission: swapped})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		driver := p.machine.Open(c)
		err = c.Run(ctx, driver)
		driver.Close()
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("with the blocks swapped it starts: %v", err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		p.start()
		gone := cfg
		gone.Default.Subnets = cfg.Default.Subnets[1:]
		if err := p.c.Configure(t.Context(), ConfigureRequest{Principal: "AKOP", Policy: Policy{Admission: gone}}); err != nil {
			t.Fatal(err)
		}
		listed := func() (all []scheduler.SubnetUse) { return p.c.View().Subnets("us-east-1") }
		time.Sleep(time.Second)
		if all := listed(); len(all) != 2 || all[1].ID != "subnet-a" || !all[1].Gone || all[1].Used != 4 {
			t.Errorf("of subnet-a, which is gone while runs are in it, it is said: %+v", all)
		}
		if _, err := p.c.Stop(t.Context(), StopRequest{Region: "us-east-1", Job: "j", Runs: []string{first, second}}); err != nil {
			t.Fatal(err)
		}
		p.wait(first, glue.RunStopped)
		p.wait(second, glue.RunStopped)
		time.Sleep(time.Minute)
		if all := listed(); len(all) != 1 {
			t.Errorf("when all of its addresses are free, subnet-a is still listed: %+v", all)
		}
		if err := p.c.Configure(t.Context(), ConfigureRequest{Principal: "AKOP", Policy: Policy{Admission: swapped}}); err != nil {
			t.Errorf("then the block may go to another: %v", err)
		}
	})
}
