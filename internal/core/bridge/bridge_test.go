package bridge

import (
	"encoding/json"
	"regexp"
	"slices"
	"testing"
	"time"

	"tenon/internal/core/pattern"
	"tenon/internal/glue"
)

// TestID checks that an event keeps its id, in whatever zone its time is given, and shares it with no other.
func TestID(t *testing.T) {
	at := time.Date(2026, 3, 1, 1, 30, 15, 250e6, time.UTC)
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]int{}
	for i, c := range []struct {
		seq     int64
		at      time.Time
		account string
	}{
		{7, at, "123456789012"},
		{8, at, "123456789012"},
		{7, at.Add(time.Microsecond), "123456789012"},
		{7, at, "210987654321"},
	} {
		e := glue.Event{Seq: c.seq, At: c.at, Kind: glue.EventRunStarted}
		first, _ := Shape(e, c.account)
		e.At = c.at.In(time.FixedZone("", -7200))
		second, ok := Shape(e, c.account)
		if !ok || first.ID != second.ID || !form.MatchString(first.ID) {
			t.Errorf("event %d has the ids %s and %s", i, first.ID, second.ID)
		}
		if other, ok := seen[first.ID]; ok {
			t.Errorf("events %d and %d have the id %s", other, i, first.ID)
		}
		seen[first.ID] = i
	}
}

// TestEveryKind checks of each kind that, with a detail as its writer writes it, it has a form with all members.
func TestEveryKind(t *testing.T) {
	details := map[glue.EventKind]string{
		glue.EventRunEnded:           `{"state":"SUCCEEDED"}`,
		glue.EventRunDelayed:         `{"state":"STARTING","after_minutes":5,"started":"2026-03-01T01:29:10Z"}`,
		glue.EventTriggerActivated:   `{"trigger":"t"}`,
		glue.EventTriggerDeactivated: `{"trigger":"t"}`,
		glue.EventTriggerFired:       `{"trigger":"t","flow":"ch_1","cause":{"kind":"demand"},"actions":[]}`,
		glue.EventTriggerMissed:      `{"trigger":"t","policy":"once","count":1}`,
		glue.EventWorkflowStarted:    `{"workflow":"w","run":"wr_1","cause":{"kind":"demand"}}`,
		glue.EventWorkflowQueued:     `{"workflow":"w","run":"wr_1","cause":{"kind":"demand"}}`,
		glue.EventWorkflowStopping:   `{"workflow":"w","run":"wr_1"}`,
		glue.EventWorkflowEnded:      `{"workflow":"w","run":"wr_1","state":"COMPLETED","stats":{"total":0}}`,
		glue.EventReceived:           `{"version":"0","id":"i","source":"s","detail-type":"d","account":"a","time":"2026-03-01T01:29:10Z","region":"r","detail":{}}`,
		glue.EventObjectCreated:      `{"bucket":"b","key":"k","size":1}`,
	}
	for _, kind := range []glue.EventKind{
		glue.EventRunSubmitted, glue.EventRunAdmitted, glue.EventRunStarted, glue.EventRunStopping, glue.EventRunRetry, glue.EventRunEnded,
		glue.EventRunRefused, glue.EventRunHeld, glue.EventRunUnheld, glue.EventRunBoosted, glue.EventLeaseDrained, glue.EventQueueHeld,
		glue.EventQueueUnheld, glue.EventConfigApplied, glue.EventSubnetHealth, glue.EventBookmark, glue.EventBookmarkReset,
		glue.EventDefinitionPut, glue.EventDefinitionGone, glue.EventTags, glue.EventRunDelayed, glue.EventTriggerActivated,
		glue.EventTriggerDeactivated, glue.EventTriggerFired, glue.EventTriggerMissed, glue.EventWorkflowStarted, glue.EventWorkflowQueued,
		glue.EventWorkflowStopping, glue.EventWorkflowEnded, glue.EventReceived, glue.EventObjectCreated, glue.EventRuleFired, glue.EventRuleFailed,
	} {
		e := glue.Event{Seq: 1, At: time.Unix(0, 0), Region: "r", Kind: kind, Job: "j", Run: "jr_1", Detail: json.RawMessage(details[kind])}
		shaped, ok := Shape(e, "123456789012")
		if !ok {
			t.Errorf("%s has no form", kind)
			continue
		}
		doc, err := json.Marshal(shaped)
		if err != nil {
			t.Fatal(err)
		}
		var members map[string]any
		if err := json.Unmarshal(doc, &members); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"} {
			if v, ok := members[name]; !ok || v == "" || v == nil {
				t.Errorf("%s: %s is %v", kind, name, v)
			}
		}
	}
}

// TestPatterns checks that rules as people write them for AWS pick the events that they are meant for.
func TestPatterns(t *testing.T) {
	at := time.Unix(1e9, 0)
	events := map[string]glue.Event{
		"failed":    {At: at, Kind: glue.EventRunEnded, Job: "etl-a", Run: "jr_1", Detail: json.RawMessage(`{"state":"FAILED","error":"x"}`)},
		"succeeded": {At: at, Kind: glue.EventRunEnded, Job: "etl-b", Run: "jr_2", Detail: json.RawMessage(`{"state":"SUCCEEDED"}`)},
		"running":   {At: at, Kind: glue.EventRunStarted, Job: "etl-a", Run: "jr_1"},
		"expired":   {At: at, Kind: glue.EventRunEnded, Job: "etl-a", Run: "jr_3", Detail: json.RawMessage(`{"state":"EXPIRED"}`)},
		"slow":      {At: at, Kind: glue.EventRunDelayed, Job: "etl-a", Run: "jr_1", Detail: json.RawMessage(`{"state":"RUNNING","after_minutes":10}`)},
		"object":    {At: at, Kind: glue.EventObjectCreated, Detail: json.RawMessage(`{"bucket":"landing","key":"in/a.csv","size":12}`)},
		"bad night": {At: at, Kind: glue.EventWorkflowEnded, Detail: json.RawMessage(`{"workflow":"w","run":"wr_1","state":"COMPLETED","stats":{"total":2,"failed":1}}`)},
		"good one":  {At: at, Kind: glue.EventWorkflowEnded, Detail: json.RawMessage(`{"workflow":"w","run":"wr_2","state":"COMPLETED","stats":{"total":2,"succeeded":2}}`)},
		"breaker":   {At: at, Kind: glue.EventSubnetHealth, Detail: json.RawMessage(`{"subnet":"subnet-a","state":"open"}`)},
	}
	for doc, want := range map[string][]string{
		`{"source":["aws.glue"],"detail-type":["Glue Job State Change"],"detail":{"state":["FAILED","TIMEOUT","STOPPED"]}}`:                             {"failed"},
		`{"source":["aws.glue"],"detail-type":["Glue Job State Change"]}`:                                                                               {"failed", "succeeded"},
		`{"source":["aws.glue"],"detail-type":["Glue Job Run Status"],"detail":{"notificationCondition":{"NotifyDelayAfter":[{"numeric":[">=",10]}]}}}`: {"slow"},
		`{"detail-type":["Glue Job State Change"],"detail":{"jobName":["etl-a"]}}`:                                                                      {"expired", "failed", "running"},
		`{"source":["aws.s3"],"detail-type":["Object Created"],"detail":{"bucket":{"name":["landing"]},"object":{"key":[{"wildcard":"in/*.csv"}]}}}`:    {"object"},
		`{"source":["tenon"],"detail-type":["Glue Workflow State Change"],"detail":{"statistics":{"FailedActions":[{"numeric":[">",0]}]}}}`:             {"bad night"},
		`{"detail":{"severity":["WARN","ERROR"]}}`:                                             {"bad night", "expired", "failed"},
		`{"source":["tenon"],"detail":{"kind":["subnet.health"],"detail":{"state":["open"]}}}`: {"breaker"},
	} {
		p, err := pattern.Parse([]byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for name, e := range events {
			shaped, ok := Shape(e, "123456789012")
			if !ok {
				t.Fatalf("%s has no form", name)
			}
			line, err := json.Marshal(shaped)
			if err != nil {
				t.Fatal(err)
			}
			values, err := pattern.Decode(line)
			if err != nil {
				t.Fatal(err)
			}
			if p.Match(values) {
				got = append(got, name)
			}
			if p.Match(values) && !p.MayMatch(shaped.Source) {
				t.Errorf("%s matches %s, but could not match %s", doc, name, shaped.Source)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s matches %q, want %q", doc, got, want)
		}
	}
}

// FuzzShape checks that whatever is stored, Shape gives an event that is JSON, or none.
func FuzzShape(f *testing.F) {
	f.Add("run.ended", `{"state":"FAILED","error":"x"}`)
	f.Add("event.received", `{"detail":{},"resources":null}`)
	f.Add("workflow.ended", `{"workflow":"w","run":"wr_1","state":"COMPLETED","stats":{"total":4}}`)
	f.Fuzz(func(t *testing.T, kind, detail string) {
		shaped, ok := Shape(glue.Event{Kind: glue.EventKind(kind), Detail: json.RawMessage(detail)}, "1")
		if !ok {
			return
		}
		doc, err := json.Marshal(shaped)
		if err != nil {
			t.Fatal(err)
		}
		var again struct{ Detail map[string]json.RawMessage }
		if err := json.Unmarshal(doc, &again); err != nil || again.Detail == nil {
			t.Errorf("%s: %v", doc, err)
		}
	})
}

// BenchmarkShape is the cost of one event with its JSON.
func BenchmarkShape(b *testing.B) {
	e := glue.Event{Seq: 1, At: time.Unix(1e9, 0), Region: "us-east-1", Kind: glue.EventRunEnded, Job: "nightly", Run: "jr_1",
		Detail: json.RawMessage(`{"state":"SUCCEEDED","queue":"default","executed_us":1000000,"dpu_seconds":2,"usage":{"files_read":1}}`)}
	b.ReportAllocs()
	for b.Loop() {
		shaped, ok := Shape(e, "123456789012")
		if !ok {
			b.Fatal("no form")
		}
		if _, err := json.Marshal(shaped); err != nil {
			b.Fatal(err)
		}
	}
}
