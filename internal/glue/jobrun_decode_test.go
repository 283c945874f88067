package glue

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// fullRun has every member that Decode reads by itself.
func fullRun() JobRun {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678_901_000, time.UTC)
	return JobRun{
		Region: "us-east-1", ID: "jr_0", Job: "orders", Incarnation: 7, Attempt: 2, State: RunFailed, StateDetail: "detail",
		ErrorMessage: "a \"b\" <c> & \n \u2028 é 日本", PreviousRun: "jr_1", Trigger: "nightly",
		Flow: "wr_1", Workflow: "daily",
		Cause: &Cause{Kind: CauseCondition, Time: at, Missed: true, Who: "AKIA", Rule: "r", Events: []string{"e1", "e2"},
			Runs: []Predecessor{{"a", "jr_2"}}, Window: true},
		Delayed:   []RunState{RunStarting, RunRunning},
		Submitted: at, Started: at.Add(1), Modified: at.Add(time.Second), Completed: at.Add(time.Hour), RetryAt: at.Add(2 * time.Hour),
		Executed: 3 * time.Minute, Command: Command{Name: "glueetl", ScriptLocation: "s3://b/k.py", PythonVersion: "3", Runtime: "Ray2.4"},
		Arguments: map[string]string{"--a": "1", "--b&": "<>", "": ""}, Connections: []string{"c1", "c2"},
		MaxRetries: 3, TimeoutMinutes: 480, MaxConcurrent: 5, QueuingEnabled: true, WorkerType: "G.1X", NumberOfWorkers: 10,
		QuarterDPUs: 40, MaxCapacity: 0.0625, GlueVersion: "5.1", ExecutionClass: "FLEX", JobMode: "SCRIPT",
		SecurityConfig: "sec", Window: "Sun:10", Profile: "p", SessionPolicy: `{"Version":"2012-10-17"}`,
		LogGroup: "/aws-glue/jobs", Principal: "AKIA", Usage: Usage{1, 2, 3, 4, 5, 6, 1 << 40},
		Queue: "finance", Priority: 50, Held: true, Strategy: "spread", MinWorkers: 2, NetworkTries: 1, NetworkRetries: new(int),
		Subnets: []Choice{{"c1", "subnet-a"}, {"c2", "subnet-b"}}, Avoid: []Avoided{{"subnet-b", at}},
		Placement: &Placement{At: at, Attempt: 2, Strategy: "spread", Connection: "c1", Subnet: "subnet-a", Zone: "us-east-1a", Workers: 10,
			Addresses: []string{"10.0.0.4-10.0.0.12", "10.0.0.20"}, Why: "It has the most free addresses.",
			Candidates: []Candidate{{"c1", "subnet-a", "us-east-1a", "good", 40, ""}, {"c2", "subnet-b", "", "unchecked", -1, "just failed"}}},
	}
}

// TestDecodeNeedsNoHelp makes sure that no member of a usual run is left to package json: that would be right, but slow.
// A new member of JobRun fails it until Decode knows it.
func TestDecodeNeedsNoHelp(t *testing.T) {
	full := fullRun()
	left := map[string]bool{"Notification": true} // rare: package json reads it
	for v, i := reflect.ValueOf(full), 0; i < v.NumField(); i++ {
		if name := v.Type().Field(i).Name; v.Field(i).IsZero() != left[name] {
			t.Errorf("fullRun: member %s: set it", name)
		}
	}
	for v, i := reflect.ValueOf(*full.Cause), 0; i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Errorf("fullRun: member %s of Cause: set it", v.Type().Field(i).Name)
		}
	}
	for _, want := range []JobRun{full, {}, {Connections: []string{"c"}, State: RunWaiting}} {
		doc, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got JobRun
		d := runDecoder{text: string(doc)}
		if d.run(&got); d.odd || d.at != len(doc) {
			t.Errorf("stops at byte %d of %s", d.at, doc)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

// TestDecodeIsUnmarshal compares Decode with json.Unmarshal, on what json.Marshal writes and on damaged documents.
func TestDecodeIsUnmarshal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		run := fullRun()
		text := rapid.String()
		run.ErrorMessage, run.Job, run.Arguments = text.Draw(t, "message"), text.Draw(t, "job"), rapid.MapOf(text, text).Draw(t, "arguments")
		run.Executed = time.Duration(rapid.Int64().Draw(t, "executed"))
		run.MaxCapacity = rapid.Float64().Draw(t, "capacity")
		run.Submitted = time.UnixMicro(rapid.Int64Range(0, 1<<52).Draw(t, "submitted")).UTC()
		if rapid.Bool().Draw(t, "rare") {
			run.Notification = json.RawMessage(`{"NotifyDelayAfter":3}`)
			run.Cause.Runs = nil
		}
		doc, err := json.Marshal(run)
		if err != nil {
			t.Fatal(err)
		}
		if at := rapid.IntRange(-len(doc), len(doc)-1).Draw(t, "damage"); at >= 0 {
			damage := rapid.SampledFrom([]string{"", " ", "}", "{", `"`, `\`, ",", "null", "0", "x"}).Draw(t, "by")
			doc = append(append(doc[:at:at], damage...), doc[min(at+1, len(doc)):]...)
		}
		var want, got JobRun
		wantErr := json.Unmarshal(doc, &want)
		gotErr := got.Decode(string(doc))
		if (wantErr == nil) != (gotErr == nil) {
			t.Fatalf("%s: json says %v, Decode %v", doc, wantErr, gotErr)
		}
		if diff := cmp.Diff(want, got); wantErr == nil && diff != "" {
			t.Fatalf("%s: %s", doc, diff)
		}
	})
}

// BenchmarkDecode decodes a usual run.
func BenchmarkDecode(b *testing.B) {
	run := fullRun()
	run.ErrorMessage, run.SessionPolicy, run.Arguments = "", "", map[string]string{"--day": "2026-01-01", "--table": "orders"}
	doc, err := json.Marshal(run)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Decode", func(b *testing.B) {
		for text := string(doc); b.Loop(); {
			if err := new(JobRun).Decode(text); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Unmarshal", func(b *testing.B) {
		for b.Loop() {
			if err := json.Unmarshal(doc, new(JobRun)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
