package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tenon/internal/controller"
	"tenon/internal/core/scheduler"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// define stores the definitions of the jobs.
func (w *world) define() error {
	w.jobs = append(drawJobs(w.rand), drawSteps(w.rand)...)
	if err := w.up(); err != nil {
		return err
	}
	for i := range w.jobs {
		d, err := w.jobs[i].definition()
		if err != nil {
			return err
		}
		err = w.plane.db.Commit(w.ctx, time.Now(), func(tx *store.Tx) error { return tx.CreateDefinition(&d) })
		if err != nil {
			return err
		}
		w.jobs[i].def.Incarnation = d.Incarnation
	}
	return w.defineFlows()
}

// definition is how the store has a job.
func (j *job) definition() (store.Definition, error) {
	doc, err := json.Marshal(&j.def)
	return store.Definition{Region: j.region, Kind: "job", Name: j.def.Name, Doc: doc}, err
}

// step lets something happen, and then some time pass.
func (w *world) step() error {
	if w.gone() {
		if percent(w.rand, 50) {
			if err := w.boot(); err != nil {
				return err
			}
		}
	} else if err := w.act(); err != nil {
		return err
	}
	w.o.Settle()
	if err := w.check(); err != nil {
		return err
	}
	pause := upTo(w.rand, 2*time.Minute)
	if percent(w.rand, 40) {
		pause = upTo(w.rand, time.Second)
	}
	if err := wait(w.ctx, pause); err != nil {
		return err
	}
	w.o.Settle()
	return w.check()
}

// act does one thing.
func (w *world) act() error {
	switch n := w.rand.IntN(100); {
	case n < 34:
		for range 1 + w.rand.IntN(3) {
			if err := w.submit(); err != nil {
				return err
			}
			w.o.Settle() // what the answer set off, before what comes next
		}
		return nil
	case n < 43:
		return w.demand()
	case n < 51:
		return w.put()
	case n < 55:
		return w.stopWorkflow()
	case n < 60:
		return w.resumeWorkflow()
	case n < 63:
		return w.toggle()
	case n < 69:
		return w.stop()
	case n < 75:
		return w.hold()
	case n < 80:
		return w.boost()
	case n < 86:
		return w.configure(changed(w.file, w.rand))
	case n < 88:
		return w.redefine()
	case n < 94:
		w.halt()
	default:
		w.setClock()
	}
	return nil
}

// tolerable says whether an answer is one that a client must expect: of a plane that died or could not write, or a limit.
func tolerable(err error) bool {
	for _, one := range []error{errFault, errKilled, controller.ErrStopped, context.Canceled} {
		if errors.Is(err, one) {
			return true
		}
	}
	code := glue.CodeOf(err)
	return err == nil || code == glue.CodeConcurrentRuns || code == glue.CodeResourceNumberLimit
}

// submit starts a run, and once more with the same key where the answer was lost, as an SDK does.
func (w *world) submit() error {
	if w.gone() {
		return nil
	}
	r := w.rand
	j := oneOf(r, w.jobs)
	req := controller.StartRequest{Region: j.region, Principal: "AKIDSIM", Job: j.def, Subnets: j.subnets, Arguments: map[string]string{},
		InvocationID: fmt.Sprint("call-", r.Uint64()), BodyHash: []byte("h"), Timeout: 1 + r.IntN(30)}
	if percent(r, 15) {
		req.ExecutionClass = "FLEX"
	}
	for _, set := range []struct{ name, value string }{
		{"queue", oneOf(r, []string{"", "", "etl", "night", "adhoc"})},
		{"priority", oneOf(r, []string{"", "", "", "-5", "7", "10"})},
		{"strategy", oneOf(r, []string{"", "", "random", "ordered", "spread"})},
		{"min-workers", oneOf(r, []string{"", "", "2"})},
		{"network-retries", oneOf(r, []string{"", "", "0", "3"})},
	} {
		if set.value != "" {
			req.Arguments["--tenon-"+set.name] = set.value
		}
	}
	var err error
	for range 3 {
		var id string
		if id, err = w.plane.c.Start(w.ctx, req); err == nil {
			w.accepted[id] = true
			return nil
		}
		if w.o.Settle(); w.gone() {
			break
		}
	}
	if glue.CodeOf(err) == glue.CodeInvalidInput && strings.Contains(err.Error(), "is not configured") {
		err = nil // the queue was taken away
		w.report.Refused++
	}
	return w.expect("start", err)
}

// expect makes an answer that nobody should get a violation.
func (w *world) expect(what string, err error) error {
	if err == nil {
		return nil
	}
	if !tolerable(err) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.ledger.violate("%s: %v", what, err)
	}
	w.report.Refused++
	return nil
}

// some is one of the latest runs; empty if there is none.
func (w *world) some() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.ledger.order) == 0 {
		return ""
	}
	return oneOf(w.rand, w.ledger.order[max(0, len(w.ledger.order)-12):])
}

// account is what the ledger knows of a run.
func (w *world) account(id string) (glue.JobRun, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a := w.ledger.runs[id]
	if a == nil {
		return glue.JobRun{}, false
	}
	return a.run, a.ended == 0
}

// stop stops a run, which may have ended.
func (w *world) stop() error {
	run, ok := w.account(w.some())
	if !ok {
		return nil
	}
	_, err := w.plane.c.Stop(w.ctx, controller.StopRequest{Region: run.Region, Principal: "AKIDSIM", Job: run.Job, Runs: []string{run.ID}})
	return w.expect("stop", err)
}

// setClock sets the wall clock forward or back, by up to half an hour.
func (w *world) setClock() {
	by := upTo(w.rand, upTo(w.rand, 30*time.Minute))
	w.mu.Lock()
	defer w.mu.Unlock()
	if percent(w.rand, 50) {
		by = -by
	}
	w.skew += by
}

// configure replaces the configuration: the file first, as an operator does. One that the plane refuses is taken back.
func (w *world) configure(cfg scheduler.Config) error {
	before := w.file
	w.file = cfg
	w.await(&cfg)
	err := w.plane.c.Configure(w.ctx, controller.ConfigureRequest{Principal: "AKIDSIM", Policy: controller.Policy{Admission: cfg, MaxWait: maxWait}})
	switch {
	case err == nil:
		w.mu.Lock()
		w.ledger.limits, w.ledger.next = cfg, nil
		w.mu.Unlock()
	case glue.CodeOf(err) == glue.CodeInvalidInput:
		w.file = before
		w.await(nil)
		w.report.Refused++
		return nil
	}
	return w.expect("configure", err) // an outcome that nobody knows is cleared up by the next restart, or the next file
}

// await tells the ledger what may be in force from now on.
func (w *world) await(cfg *scheduler.Config) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ledger.next = cfg
}

// hold holds a run or a queue, or lets it go on.
func (w *world) hold() error {
	req := controller.HoldRequest{Region: home, Principal: "AKIDSIM", Held: percent(w.rand, 50)}
	if percent(w.rand, 30) {
		req.Queue = oneOf(w.rand, []string{scheduler.DefaultQueue, "etl", "night", "adhoc"})
	} else if req.Run = w.waits(); req.Run == "" {
		return nil
	}
	return w.expectRefusal("hold", w.plane.c.Hold(w.ctx, req))
}

// boost changes the priority of a run.
func (w *world) boost() error {
	req := controller.BoostRequest{Region: home, Principal: "AKIDSIM", Run: w.waits(), Priority: w.rand.IntN(40) - 20}
	if req.Run == "" {
		return nil
	}
	return w.expectRefusal("boost", w.plane.c.Boost(w.ctx, req))
}

// waits is one of the latest runs of home; it may have begun.
func (w *world) waits() string {
	run, ok := w.account(w.some())
	if !ok || run.Region != home {
		return ""
	}
	return run.ID
}

// expectRefusal is expect, for what may also come too late, or ask for a queue that was taken away.
func (w *world) expectRefusal(what string, err error) error {
	if err != nil && (strings.Contains(err.Error(), "is not waiting") || strings.Contains(err.Error(), "is not configured")) {
		w.report.Refused++
		return nil
	}
	return w.expect(what, err)
}

// check looks at a plane that stands still, and has for long enough to have shown it.
func (w *world) check() error {
	if err := w.failure(); err != nil || w.gone() {
		return err
	}
	w.mu.Lock()
	quiet := time.Since(w.touched) > 2*time.Second && w.ledger.next == nil
	w.mu.Unlock()
	if !quiet {
		return nil
	}
	return w.plane.db.Read(w.ctx, func(r *store.Reader) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.ledger.checkUsage(w.plane.c.View())
		for _, id := range w.ledger.order {
			if a := w.ledger.runs[id]; a == nil || a.ended > 0 {
				continue
			}
			run, err := r.GetRun(w.ledger.runs[id].run.Region, id)
			if err != nil {
				return err
			}
			if run.State == glue.RunWaiting {
				w.ledger.checkReason(&run.JobRun, w.plane.c.Explain(&run.JobRun).Reason, w.plane.c.StateDetail(&run.JobRun))
			}
		}
		return nil
	})
}

// redefine deletes a job, whose waiting runs end by it, and makes another of the same name.
func (w *world) redefine() error {
	j := &w.jobs[w.rand.IntN(len(w.jobs))]
	d, err := j.definition()
	if err != nil {
		return err
	}
	err = w.plane.db.Commit(w.ctx, time.Now(), func(tx *store.Tx) error { return tx.DeleteDefinition(d.Region, d.Kind, d.Name, 0) })
	if err != nil {
		return err
	}
	told := w.plane.c.JobDeleted(w.ctx, j.region, j.def.Name, j.def.Incarnation)
	w.o.Settle()
	if err := w.up(); err != nil { // the next plane finds out by itself
		return err
	}
	err = w.plane.db.Commit(w.ctx, time.Now(), func(tx *store.Tx) error { return tx.CreateDefinition(&d) })
	if err != nil {
		return err
	}
	j.def.Incarnation = d.Incarnation
	return w.expect("delete job", told)
}

// maxWait is how long a run waits at most, in queues that say nothing else.
const maxWait = 12 * time.Hour

// Ends of a history.
const (
	calmRounds = 24        // restarts in peace: what a plane cannot see, that a worker has vanished, its successor does
	calmPause  = time.Hour // beyond Timeouts, drains and backoffs
)

// calm ends the faults, gives room to everything, and lets it all come to its end.
func (w *world) calm() error {
	w.mu.Lock()
	w.peace = true
	w.mu.Unlock()
	w.file = generous(w.file)
	if err := w.quiet(); err != nil {
		return err
	}
	for range calmRounds {
		w.halt()
		if err := w.boot(); err != nil {
			return err
		}
		if err := w.unhold(); err != nil {
			return err
		}
		if err := wait(w.ctx, calmPause); err != nil {
			return err
		}
		w.o.Settle()
		if err := w.check(); err != nil || w.over() {
			return err
		}
	}
	return nil
}

// over reports whether nothing is open or held.
func (w *world) over() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range w.ledger.runs {
		if a.ended == 0 {
			return false
		}
	}
	return len(w.ledger.held) == 0 && w.ledger.flows.settled()
}

// unhold lets all go on that an operator held.
func (w *world) unhold() error {
	w.mu.Lock()
	var held []controller.HoldRequest
	for _, queue := range slices.Sorted(maps.Keys(w.ledger.stopped)) {
		if w.ledger.stopped[queue] {
			held = append(held, controller.HoldRequest{Region: home, Queue: queue})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.ledger.runs)) {
		if a := w.ledger.runs[id]; a.held && a.ended == 0 {
			held = append(held, controller.HoldRequest{Region: a.run.Region, Run: id})
		}
	}
	w.mu.Unlock()
	for _, req := range held {
		if err := w.plane.c.Hold(w.ctx, req); err != nil {
			return err
		}
	}
	return nil
}
