package api

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// TestExplainTrigger: an explanation is made of what the store holds: the trigger with the settings of its tags, what it has
// behind it, the runs of its flow, the jobs that there are.
func TestExplainTrigger(t *testing.T) {
	db, err := store.Open(t.Context(), store.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	keys := &Keyring{run: func(string) (string, bool) { return "", false }, keys: map[string]storedKey{"AKID": {principal: "ann"}}, loaded: time.Now().Add(time.Hour)}
	a := New(slog.New(slog.DiscardHandler), db, nil, keys, Config{Account: "123456789012"})
	c := Call{Region: "us-east-1", AccessKey: "AKID"}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	define := func(tx *store.Tx, kind, name string, tags map[string]string, v any) (int64, error) {
		doc, err := json.Marshal(v)
		if err != nil {
			return 0, err
		}
		d := store.Definition{Region: "us-east-1", Kind: kind, Name: name, Tags: tags, Doc: doc}
		err = tx.CreateDefinition(&d)
		return d.Incarnation, err
	}
	err = db.Commit(t.Context(), at, func(tx *store.Tx) error {
		if _, err := define(tx, glue.KindJob, "load", nil, glue.Job{Name: "load"}); err != nil {
			return err
		}
		if _, err := define(tx, glue.KindTrigger, "after-load", nil, glue.Trigger{Name: "after-load", Type: glue.TriggerConditional, State: glue.TriggerActivated,
			Actions:   []glue.Action{{JobName: "publish"}},
			Predicate: &glue.Predicate{Conditions: []glue.Condition{{LogicalOperator: "EQUALS", JobName: "load", State: glue.RunSucceeded}}}}); err != nil {
			return err
		}
		nightly, err := define(tx, glue.KindTrigger, "nightly", map[string]string{"tenon:timezone": "Europe/Berlin"}, glue.Trigger{Name: "nightly",
			Type: glue.TriggerScheduled, State: glue.TriggerActivated, Schedule: "cron(0 2 * * ? *)", Actions: []glue.Action{{JobName: "load"}}})
		if err != nil {
			return err
		}
		progress := glue.TriggerProgress{Region: "us-east-1", Name: "nightly", Incarnation: nightly, Accounted: at, Count: 7, Recent: []glue.Fired{
			{At: at, Flow: "ch_1", Cause: glue.Cause{Kind: glue.CauseDemand, Who: "AKID"}}, {At: at, Cause: glue.Cause{Kind: glue.CauseDemand, Who: "GONE"}}}}
		if err := tx.PutTriggerProgress(&progress); err != nil {
			return err
		}
		run := store.Run{JobRun: glue.JobRun{Region: "us-east-1", ID: "jr_" + strings.Repeat("a", 64), Job: "load", State: glue.RunFailed, Trigger: "nightly",
			Flow: "ch_1", Submitted: at, Completed: at.Add(time.Minute)}}
		return tx.InsertRun(&run)
	})
	if err != nil {
		t.Fatal(err)
	}

	e, err := a.explainTrigger(t.Context(), c, &TriggerQuestion{Name: "nightly", Timezone: "America/New_York"})
	if err != nil {
		t.Fatal(err)
	}
	if e.Count != 7 || len(e.Next) == 0 || !strings.Contains(e.Next[0].Local, "02:00") {
		t.Errorf("nightly: %+v", e)
	}
	if len(e.Fires) != 2 || e.Fires[0].Cause != "started by ann" || e.Fires[1].Cause != "started by GONE" {
		t.Errorf("a key is not told by whom it is for, or one that is gone by itself: %+v", e.Fires)
	}
	if _, err := a.explainTrigger(t.Context(), c, &TriggerQuestion{Name: "after-load", Flow: "ch_9"}); glue.CodeOf(err) != glue.CodeEntityNotFound {
		t.Errorf("a chain that is not there: %v", err)
	}
	for _, flow := range []string{"", "ch", "ch_1"} {
		e, err = a.explainTrigger(t.Context(), c, &TriggerQuestion{Name: "after-load", Flow: flow})
		if err != nil || e.Flow != "ch_1" {
			t.Fatalf("in flow %q: %+v, %v", flow, e, err)
		}
	}
	if e.Flow != "ch_1" || len(e.Conditions) != 1 || e.Conditions[0].Met || e.Conditions[0].State != glue.RunFailed {
		t.Errorf("after-load: %+v", e)
	}
	if all := strings.Join(e.Why, "\n"); !strings.Contains(all, "publish") {
		t.Errorf("nothing says that job publish does not exist: %s", all)
	}
	if _, err := a.explainTrigger(t.Context(), c, &TriggerQuestion{Name: "none"}); glue.CodeOf(err) != glue.CodeEntityNotFound {
		t.Errorf("a trigger that is not there: %v", err)
	}
	if _, err := a.explainTrigger(t.Context(), c, &TriggerQuestion{Name: "nightly", Timezone: "Mars/Base"}); glue.CodeOf(err) != glue.CodeInvalidInput {
		t.Errorf("a zone that is not there: %v", err)
	}
}
