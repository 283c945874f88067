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

// TestObjectRules: of the objects that arrive, those become events that an enabled rule with a target is for, from when it is
// put until it is changed, and so after a restart.
func TestObjectRules(t *testing.T) {
	db, err := store.Open(t.Context(), store.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	objects, err := NewObjectRules(t.Context(), db, "123456789012")
	if err != nil {
		t.Fatal(err)
	}
	a := New(slog.New(slog.DiscardHandler), db, nil, nil, Config{Account: "123456789012", Objects: objects})
	c := Call{Region: "us-east-1", AccessKey: "AKID"}
	rule := func(change func(*glue.Rule)) *glue.Rule {
		r := &glue.Rule{Name: "landing", Targets: []glue.Target{{ID: "1", Job: "load"}},
			Pattern: json.RawMessage(`{"source": ["aws.s3"], "detail": {"bucket": {"name": ["lake"]}, "object": {"key": [{"prefix": "landing/"}]}}}`)}
		change(r)
		return r
	}
	put := func(r *glue.Rule) {
		t.Helper()
		if _, err := a.putRule(t.Context(), c, r); err != nil {
			t.Fatal(err)
		}
	}
	object := func(bucket, key string) glue.ObjectCreated {
		return glue.ObjectCreated{Bucket: bucket, Key: key, Size: 5, Sequencer: "1", Reason: "PutObject"}
	}
	check := func(name string, anyWanted, wanted bool) {
		t.Helper()
		for _, o := range []*ObjectRules{objects, reopened(t, db)} {
			detail, err := json.Marshal(object("lake", "landing/a.csv"))
			if err != nil {
				t.Fatal(err)
			}
			got := o.Wants(glue.Event{Region: "us-east-1", Kind: glue.EventObjectCreated, Detail: detail})
			if o.Any("us-east-1") != anyWanted || got != wanted || o.Any("eu-west-1") {
				t.Errorf("%s: any %v, wants %v", name, o.Any("us-east-1"), got)
			}
		}
	}
	check("no rule", false, false)
	put(rule(func(*glue.Rule) {}))
	check("a rule", true, true)
	for _, o := range []glue.ObjectCreated{object("lake", "landing/a.csv"), object("lake", "other/a.csv"), object("pond", "landing/a.csv")} {
		if err := objects.Arrived(t.Context(), "us-east-1", "AKID", o); err != nil {
			t.Fatal(err)
		}
	}
	put(rule(func(r *glue.Rule) { r.Pattern = json.RawMessage(`{"detail": {"bucket": {"name": ["pond"]}}}`) }))
	check("of another bucket", true, false)
	put(rule(func(r *glue.Rule) { r.Pattern = json.RawMessage(`{"source": ["aws.glue"]}`) }))
	check("of another source", false, false)
	put(rule(func(r *glue.Rule) { r.Targets = nil }))
	check("without a target", false, false)
	put(rule(func(r *glue.Rule) { r.Disabled = true }))
	check("disabled", false, false)
	put(rule(func(*glue.Rule) {}))
	check("enabled again", true, true)
	if _, err := a.deleteRule(t.Context(), c, &RuleInput{Name: "landing"}); err != nil {
		t.Fatal(err)
	}
	check("deleted", false, false)

	f, err := a.EventFilter("object.*", []byte(`{"source": ["aws.s3"], "detail-type": ["Object Created"]}`))
	if err != nil {
		t.Fatal(err)
	}
	page, err := a.Events(t.Context(), f, 0, 10)
	if err != nil || len(page.Events) != 1 || page.More || page.Events[0].Who != "AKID" || !strings.Contains(string(page.Events[0].Bridge), `"key":"landing/a.csv"`) {
		t.Errorf("%+v, %v", page, err)
	}
}

// reopened is what a plane that starts now makes of the rules.
func reopened(t *testing.T, db *store.DB) *ObjectRules {
	t.Helper()
	o, err := NewObjectRules(t.Context(), db, "123456789012")
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// TestEventPages: a filtered look goes through the table a bounded part at a time, and loses nothing between two.
func TestEventPages(t *testing.T) {
	db, err := store.Open(t.Context(), store.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	const total = eventScan + 5
	err = db.Commit(t.Context(), time.Now(), func(tx *store.Tx) error {
		for i := range total {
			kind := glue.EventRunStarted
			if i%4000 == 0 {
				kind = glue.EventRunRefused
			}
			if err := tx.AppendEvent(&glue.Event{Region: "us-east-1", Kind: kind}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	a := New(slog.New(slog.DiscardHandler), db, nil, nil, Config{Account: "123456789012"})
	for _, c := range []struct {
		kind        string
		limit, want int
	}{{"run.refused", 2, 3}, {"run.refused", 100, 3}, {"run.re*,lease.drained", 1, 3}, {"", 1000, total}, {"subnet.*", 10, 0}} {
		f, err := a.EventFilter(c.kind, nil)
		if err != nil {
			t.Fatal(err)
		}
		var seen, last int64
		looks := 0
		for more := true; more; looks++ {
			page, err := a.Events(t.Context(), f, last, c.limit)
			if err != nil || page.Last <= last || len(page.Events) > c.limit {
				t.Fatalf("%q after %d: %+v, %v", c.kind, last, page, err)
			}
			seen, last, more = seen+int64(len(page.Events)), page.Last, page.More
		}
		if seen != int64(c.want) || last != total {
			t.Errorf("%q, %d at a time: %d events in %d looks up to %d, want %d", c.kind, c.limit, seen, looks, last, c.want)
		}
	}
}

// TestEventPagesOfLargeEvents: an answer holds no more than its bytes allow, whatever limit is asked for, and loses nothing.
func TestEventPagesOfLargeEvents(t *testing.T) {
	db, err := store.Open(t.Context(), store.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	const total, large = 40, 100 << 10
	err = db.Commit(t.Context(), time.Now(), func(tx *store.Tx) error {
		for range total {
			detail := `{"source":"my.app","detail":{"a":"` + strings.Repeat("x", large) + `"}}`
			if err := tx.AppendEvent(&glue.Event{Region: "us-east-1", Kind: glue.EventReceived, Detail: json.RawMessage(detail)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	a := New(slog.New(slog.DiscardHandler), db, nil, nil, Config{Account: "123456789012"})
	for _, pattern := range []string{"", `{"source": ["my.app"]}`, `{"source": ["other"]}`} {
		f, err := a.EventFilter("", []byte(pattern))
		if err != nil {
			t.Fatal(err)
		}
		var seen, last int64
		for more := true; more; {
			page, err := a.Events(t.Context(), f, last, 1000)
			if err != nil {
				t.Fatal(err)
			}
			bytes := 0
			for _, e := range page.Events {
				bytes += len(e.Detail) + len(e.Bridge)
			}
			if most := maxEventPage + 2*store.MaxEventBytes + 4*large; bytes > most {
				t.Errorf("%q: a page of %d bytes, at most %d", pattern, bytes, most)
			}
			seen, last, more = seen+int64(len(page.Events)), page.Last, page.More
		}
		if want := map[bool]int64{true: 0, false: total}[strings.Contains(pattern, "other")]; seen != want || last != total {
			t.Errorf("%q: %d events up to %d, want %d", pattern, seen, last, want)
		}
	}
}
