package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// inFlow is the i-th run, of a flow.
func inFlow(i int, flow string, state glue.RunState) *store.Run {
	r := waiting(i)
	r.Flow, r.Trigger, r.State = flow, fmt.Sprint("t", i), state
	return r
}

// workflowRun is the i-th run of workflow w, incarnation 1.
func workflowRun(i int, state glue.WorkflowState) *store.WorkflowRun {
	at := epoch.Add(time.Duration(i) * time.Second)
	return &store.WorkflowRun{WorkflowRun: glue.WorkflowRun{
		Region: region, ID: glue.NewID(glue.WorkflowRunIDPrefix, at, [26]byte{2}), Workflow: "w", Incarnation: 1,
		State: state, Started: at, Properties: map[string]string{"n": fmt.Sprint(i), "name": "Zürich\x00\"<&>"},
		Graph: glue.Graph{Nodes: []glue.Node{{ID: "wnode_1", Kind: glue.NodeTrigger, Name: "t", Trigger: &glue.Trigger{Name: "t",
			Type: glue.TriggerOnDemand, State: glue.TriggerCreated, Actions: []glue.Action{{JobName: "j"}}}}}},
		Cause: glue.Cause{Kind: glue.CauseDemand, Who: "AKIA"},
	}}
}

// testTriggerProgress puts, replaces, pages through and deletes what triggers have behind them.
func testTriggerProgress(t *testing.T, s *state) {
	p := glue.TriggerProgress{Region: region, Name: "nightly", Incarnation: 3, Accounted: epoch, Batch: []string{"e1", "é"},
		BatchSince: epoch, Count: 1 << 40, Recent: []glue.Fired{{At: epoch, Flow: "wr_1", Cause: glue.Cause{Kind: glue.CauseSchedule, Time: epoch}}}}
	first := p
	first.Incarnation, first.Batch = 2, nil
	s.commit(func(tx *store.Tx) error { return errors.Join(tx.PutTriggerProgress(&first), tx.PutTriggerProgress(&p)) })
	for _, other := range []glue.TriggerProgress{{Region: "eu-west-1", Name: "z"}, {Region: region, Name: "Z"}, {Region: region, Name: "a"}} {
		s.commit(func(tx *store.Tx) error { return tx.PutTriggerProgress(&other) })
	}
	s.reopen()
	s.read(func(r *store.Reader) error {
		got, err := r.TriggerProgress(region, "nightly")
		same(t, "progress", got, p)
		for _, absent := range [][2]string{{region, "none"}, {"eu-west-1", "nightly"}} {
			if _, err := r.TriggerProgress(absent[0], absent[1]); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("progress of %v: %v, want ErrNotFound", absent, err)
			}
		}
		return err
	})
	var names []string
	s.read(func(r *store.Reader) error {
		for region, name := "", ""; ; {
			page, err := r.AllTriggerProgress(region, name, 2)
			if err != nil || len(page) == 0 {
				return err
			}
			for _, p := range page {
				names, region, name = append(names, p.Region+" "+p.Name), p.Region, p.Name
			}
		}
	})
	same(t, "all, by region and name", names, []string{"eu-west-1 z", region + " Z", region + " a", region + " nightly"})
	for range 2 { // the second time there is none
		s.commit(func(tx *store.Tx) error { return tx.DeleteTriggerProgress(region, "nightly") })
	}
	s.read(func(r *store.Reader) error {
		if _, err := r.TriggerProgress(region, "nightly"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("deleted progress: %v", err)
		}
		left, err := r.AllTriggerProgress("", "", 10)
		same(t, "rows left", len(left), 3)
		return err
	})
}

// testFire decides, carries out and forgets, across a restart.
func testFire(t *testing.T, s *state) {
	fire := func(i int) *glue.Fire {
		return &glue.Fire{ID: fmt.Sprint("fire", i), Region: region, At: epoch, Trigger: "t", Incarnation: 4, Flow: "ch_1", Workflow: "w",
			Cause:   glue.Cause{Kind: glue.CauseEvents, Events: []string{"e"}, Window: true},
			Actions: []glue.Action{{JobName: "j", Arguments: map[string]string{"--a": "é"}, Timeout: 5, Notification: []byte(`{"NotifyDelayAfter":3}`)}}}
	}
	var all []glue.Fire
	for i := range 5 {
		f := fire(i)
		s.commit(func(tx *store.Tx) error { return tx.InsertFire(f) })
		all = append(all, *f)
	}
	twin := fire(1)
	if err := s.db.Commit(t.Context(), epoch, func(tx *store.Tx) error { return tx.InsertFire(twin) }); err == nil || twin.Seq != 0 {
		t.Errorf("two fires have one id: %v, number %d", err, twin.Seq)
	}
	s.reopen()
	var got []glue.Fire
	s.read(func(r *store.Reader) error {
		for after := int64(0); ; {
			page, err := r.Fires(after, 2)
			if err != nil || len(page) == 0 {
				return err
			}
			got, after = append(got, page...), page[len(page)-1].Seq
		}
	})
	same(t, "fires", got, all)
	s.commit(func(tx *store.Tx) error { return tx.DeleteFire(all[1].Seq) })
	s.refuse(store.ErrNotFound, func(tx *store.Tx) error { return tx.DeleteFire(all[1].Seq) })
	s.refuse(store.ErrNotFound, func(tx *store.Tx) error { // one that fails takes the other with it
		return errors.Join(tx.DeleteFire(all[0].Seq), tx.DeleteFire(99))
	})
	next := fire(9)
	s.commit(func(tx *store.Tx) error { return tx.InsertFire(next) })
	if next.Seq <= all[4].Seq {
		t.Errorf("the next fire has number %d, want one after %d", next.Seq, all[4].Seq)
	}
	s.read(func(r *store.Reader) error {
		left, err := r.Fires(0, 10)
		same(t, "fires left", left, []glue.Fire{all[0], all[2], all[3], all[4], *next})
		return err
	})
}

// testWorkflowRun takes workflow runs through their lives and pages through them.
func testWorkflowRun(t *testing.T, s *state) {
	var want []store.WorkflowRun
	for i := range 7 {
		w := workflowRun(i, glue.WorkflowRunning)
		other := workflowRun(i+100, glue.WorkflowRunning)
		other.Incarnation = 2
		s.commit(func(tx *store.Tx) error { return errors.Join(tx.InsertWorkflowRun(w), tx.InsertWorkflowRun(other)) })
		want = append([]store.WorkflowRun{*w}, want...)
	}
	ended := &want[2]
	ended.State, ended.Completed, ended.Stats = glue.WorkflowCompleted, epoch.Add(time.Hour), glue.WorkflowStat{Total: 3, Succeeded: 2, Errored: 1}
	ended.Carried = []glue.FlowRun{{ID: "jr_1", Job: "j", State: glue.RunFailed, Trigger: "t"}}
	s.commit(func(tx *store.Tx) error { return tx.UpdateWorkflowRun(ended) })
	ghost := workflowRun(1, glue.WorkflowStopped)
	ghost.Seq = 99
	s.refuse(store.ErrNotFound, func(tx *store.Tx) error { return tx.UpdateWorkflowRun(ghost) })
	if err := s.db.Commit(t.Context(), epoch, func(tx *store.Tx) error { return tx.InsertWorkflowRun(workflowRun(1, glue.WorkflowError)) }); err == nil {
		t.Error("two workflow runs have one id")
	}
	s.reopen()
	var got, open []store.WorkflowRun
	s.read(func(r *store.Reader) error {
		q := store.WorkflowRunQuery{Region: region, Workflow: "w", Incarnation: 1, Limit: 3}
		for {
			page, err := r.ListWorkflowRuns(q)
			if got = append(got, page...); err != nil || len(page) < q.Limit {
				return err
			}
			q.Before = page[len(page)-1].Seq
		}
	})
	same(t, "newest first", got, want)
	s.read(func(r *store.Reader) error {
		for after := int64(0); ; {
			page, err := r.OpenWorkflowRuns(after, 4)
			if err != nil || len(page) == 0 {
				return err
			}
			open, after = append(open, page...), page[len(page)-1].Seq
		}
	})
	if len(open) != 13 {
		t.Errorf("%d open workflow runs, want all but the one that has ended", len(open))
	}
	s.read(func(r *store.Reader) error {
		one, err := r.GetWorkflowRun(region, ended.ID)
		same(t, "one", one, *ended)
		for _, absent := range [][2]string{{"eu-west-1", ended.ID}, {region, "wr_0"}} {
			if _, err := r.GetWorkflowRun(absent[0], absent[1]); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("workflow run %v: %v, want ErrNotFound", absent, err)
			}
		}
		return err
	})
	for _, limit := range []int{0, store.MaxList + 1} {
		s.refuseRead(func(r *store.Reader) error {
			_, err := r.ListWorkflowRuns(store.WorkflowRunQuery{Region: region, Workflow: "w", Limit: limit})
			return err
		})
		s.refuseRead(func(r *store.Reader) error { _, err := r.ListRunsOfFlow("wr_1", 0, limit); return err })
		s.refuseRead(func(r *store.Reader) error { _, err := r.RecentRunsOfJob(region, "j", limit); return err })
	}
}

// testFlowRuns finds the runs of a flow, and no others.
func testFlowRuns(t *testing.T, s *state) {
	a, alone, b, c := inFlow(1, "ch_1", glue.RunSucceeded), waiting(2), inFlow(3, "ch_1", glue.RunRunning), inFlow(4, "ch_2", glue.RunFailed)
	later := inFlow(5, "ch_1", glue.RunWaiting)
	later.Incarnation = 2
	s.commit(func(tx *store.Tx) error {
		return errors.Join(tx.InsertRun(a), tx.InsertRun(alone), tx.InsertRun(b), tx.InsertRun(c), tx.InsertRun(later))
	})
	b.State = glue.RunTimeout
	s.commit(func(tx *store.Tx) error { return tx.UpdateRun(b) })
	s.read(func(r *store.Reader) error {
		got, err := r.FlowRuns("ch_1")
		same(t, "flow runs", got, []glue.FlowRun{
			{ID: a.ID, Job: "j", State: glue.RunSucceeded, Trigger: "t1"},
			{ID: b.ID, Job: "j", State: glue.RunTimeout, Trigger: "t3"},
			{ID: later.ID, Job: "j", State: glue.RunWaiting, Trigger: "t5"},
		})
		none, err2 := r.FlowRuns("")
		same(t, "runs of no flow", len(none), 0)
		page, err3 := r.ListRunsOfFlow("ch_1", 0, 2)
		same(t, "newest page", page, []store.Run{*later, *b})
		page, err4 := r.ListRunsOfFlow("ch_1", b.Seq, 2)
		same(t, "next page", page, []store.Run{*a})
		recent, err5 := r.RecentRunsOfJob(region, "j", 2)
		same(t, "recent runs of the job", recent, []store.Run{*later, *c})
		return errors.Join(err, err2, err3, err4, err5)
	})
}

// testAllDefinitions walks the definitions of one kind over all regions.
func testAllDefinitions(t *testing.T, s *state) {
	var want []string
	for _, region := range []string{"ap-south-1", "us-east-1"} {
		for i := range 5 {
			name := fmt.Sprint("n", i)
			want = append(want, region+" "+name)
			s.commit(func(tx *store.Tx) error {
				return errors.Join(
					tx.CreateDefinition(&store.Definition{Region: region, Kind: "trigger", Name: name, Doc: []byte(`{}`), Tags: map[string]string{"k": name}}),
					tx.CreateDefinition(&store.Definition{Region: region, Kind: "job", Name: name, Doc: []byte(`{}`)}))
			})
		}
	}
	var got []string
	s.read(func(r *store.Reader) error {
		for region, name := "", ""; ; {
			page, err := r.AllDefinitions("trigger", region, name, 3)
			if err != nil || len(page) == 0 {
				return err
			}
			for _, d := range page {
				if d.Kind != "trigger" || d.Tags["k"] != d.Name {
					t.Errorf("found %+v", d)
				}
				got, region, name = append(got, d.Region+" "+d.Name), d.Region, d.Name
			}
		}
	})
	same(t, "definitions", got, want)
}

// testPruneFlow keeps the runs of flows that go on, and workflow runs while they have runs.
func testPruneFlow(t *testing.T, s *state) {
	running, over := workflowRun(1, glue.WorkflowRunning), workflowRun(2, glue.WorkflowCompleted)
	young := workflowRun(7200, glue.WorkflowCompleted)
	pending := &glue.Fire{ID: "f", Region: region, Flow: "ch_pending"}
	s.commit(func(tx *store.Tx) error {
		errs := []error{tx.InsertWorkflowRun(running), tx.InsertWorkflowRun(over), tx.InsertWorkflowRun(young), tx.InsertFire(pending)}
		for i, flow := range []string{running.ID, over.ID, over.ID, "ch_pending", "ch_open", "ch_over", "", ""} {
			errs = append(errs, tx.InsertRun(inFlow(i, flow, glue.RunSucceeded)))
		}
		return errors.Join(append(errs, tx.InsertRun(inFlow(8, "ch_open", glue.RunRunning)))...)
	})
	prune := func(limit, wantDeleted int, wantMore bool) {
		t.Helper()
		s.commit(func(tx *store.Tx) error {
			deleted, more, err := tx.PruneRuns(epoch.Add(time.Hour), limit)
			if deleted != wantDeleted || more != wantMore {
				t.Errorf("deleted %d, more %v; want %d, %v", deleted, more, wantDeleted, wantMore)
			}
			return err
		})
	}
	left := func(what string, wantRuns []int64, wantWorkflowRuns ...string) {
		t.Helper()
		s.read(func(r *store.Reader) error {
			runs, err := r.RunsAfter(0, 100)
			var seqs []int64
			for _, run := range runs {
				seqs = append(seqs, run.Seq)
			}
			same(t, "runs "+what, seqs, wantRuns)
			all, err2 := r.ListWorkflowRuns(store.WorkflowRunQuery{Region: region, Workflow: "w", Incarnation: 1, Limit: 100})
			var ids []string
			for _, w := range all {
				ids = append(ids, w.ID)
			}
			same(t, "workflow runs "+what, ids, wantWorkflowRuns)
			return errors.Join(err, err2)
		})
	}
	prune(1, 1, true)
	left("after one", []int64{1, 3, 4, 5, 6, 7, 8, 9}, young.ID, over.ID, running.ID)
	prune(5, 5, true)
	left("when those of flows that go on are left", []int64{1, 4, 5, 9}, young.ID, running.ID)
	prune(5, 0, false)
	running.State = glue.WorkflowStopped
	s.commit(func(tx *store.Tx) error {
		return errors.Join(tx.UpdateWorkflowRun(running), tx.UpdateWorkflowRun(&store.WorkflowRun{Seq: young.Seq, WorkflowRun: young.WorkflowRun}), tx.DeleteFire(pending.Seq))
	})
	prune(50, 3, false)
	left("at last", []int64{5, 9}, young.ID)
	s.commit(func(tx *store.Tx) error {
		_, _, err := tx.PruneRuns(epoch.Add(24*time.Hour), 50)
		return err
	})
	s.reopen()
	next := workflowRun(3, glue.WorkflowRunning)
	s.commit(func(tx *store.Tx) error { return tx.InsertWorkflowRun(next) })
	if next.Seq != 4 {
		t.Errorf("with all workflow runs pruned, the next has number %d, want 4", next.Seq)
	}
}

// testWatch is woken by commits that append events, by no others, and never too early.
func testWatch(t *testing.T, s *state) {
	closed := func(c <-chan struct{}) bool {
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
	a, b := s.db.Watch(), s.db.Watch()
	s.commit(func(tx *store.Tx) error { return tx.PutMeta("k", []byte("v")) })
	s.refuse(errDeliberate, func(tx *store.Tx) error { return errors.Join(tx.AppendEvent(event(0)), errDeliberate) })
	if closed(a) || closed(b) {
		t.Fatal("woken without an event")
	}
	s.commit(func(tx *store.Tx) error { return tx.AppendEvent(event(1)) })
	if !closed(a) || !closed(b) {
		t.Fatal("not woken by an event that is durable")
	}
	if closed(s.db.Watch()) {
		t.Fatal("woken by an event from before")
	}

	// Writers and followers at once: each follower sees every event, waiting only when there is none.
	const writers, each, followers = 4, 50, 3
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var wg sync.WaitGroup
	for range followers {
		wg.Go(func() {
			for seen := int64(1); seen < 1+writers*each; {
				wake := s.db.Watch()
				var page []glue.Event
				if err := s.db.Read(ctx, func(r *store.Reader) (err error) {
					page, err = r.EventsAfter(seen, 7)
					return err
				}); err != nil {
					t.Error(err)
					return
				}
				if len(page) > 0 {
					seen = page[len(page)-1].Seq
					continue
				}
				select {
				case <-wake:
				case <-ctx.Done():
					t.Errorf("a follower sleeps at event %d", seen)
					return
				}
			}
		})
	}
	for range writers {
		wg.Go(func() {
			for i := range each {
				if err := s.db.Commit(ctx, epoch, func(tx *store.Tx) error { return tx.AppendEvent(event(i)) }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
