package metrics

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"tenon/internal/core/forecast"
	"tenon/internal/core/placement"
	"tenon/internal/core/scheduler"
	"tenon/internal/glue"
)

// updateDocs rewrites the table of docs/metrics.md.
var updateDocs = flag.Bool("update", false, "rewrite docs/metrics.md")

// start is the time of the tests.
var start = time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)

// subnets are two, the second cordoned.
func subnets() []placement.Subnet {
	return []placement.Subnet{
		{ID: "subnet-a", VPC: "vpc-1", Zone: "eu-west-1a", CIDR: netip.MustParsePrefix("10.0.0.0/28")},
		{ID: "subnet-b", VPC: "vpc-1", Zone: "eu-west-1b", CIDR: netip.MustParsePrefix("10.0.1.0/28"), Cordoned: true},
	}
}

// view is a region with two slots, taken by two runs, and a third that has waited for a minute and a half.
func view(t *testing.T) *scheduler.View {
	t.Helper()
	s := scheduler.New(scheduler.Config{
		Default: scheduler.Region{Slots: 2, QuarterDPUs: 400, FlexQuarterDPUs: 40},
		Regions: map[string]scheduler.Region{"eu-west-1": {Slots: 2, QuarterDPUs: 400, FlexQuarterDPUs: 40, Subnets: subnets()}},
		Queues:  []scheduler.Queue{{Name: "etl", Weight: 2}},
		Workers: scheduler.NoLimit, MemoryBytes: 8 << 30,
	})
	for i := range 3 {
		r := scheduler.Run{ID: fmt.Sprint("jr_", i), Region: "eu-west-1", Queue: "etl", Job: "a-job", MaxJobRuns: 10, QuarterDPUs: 10,
			MemoryBytes: 1 << 30, Workers: 3, Submitted: start, Choices: []glue.Choice{{Connection: "net-a", Subnet: "subnet-a"}}}
		if _, err := s.Step(scheduler.Event{Submit: &r}, start); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Step(scheduler.Event{Started: &scheduler.Started{ID: "jr_0"}}, start); err != nil {
		t.Fatal(err)
	}
	return s.View()
}

// filled is a Metrics in which every family has a value.
func filled(t *testing.T) *Metrics {
	t.Helper()
	v := view(t)
	m := New(Sources{
		View: func() *scheduler.View { return v },
		Loop: func() Loop {
			return Loop{Turns: 9, Failed: 1, Commands: 20, Audits: 3, Drifts: 0, Queued: 2, Open: 3, Waiting: 1, Leases: 2}
		},
		Calibration: func() forecast.Calibration {
			return forecast.Calibration{First: forecast.Score{Starts: 10, Inside: 8, Early: 1, Late: 1, Absolute: 12.5}, Missed: 4}
		},
		Store: func() Store {
			return Store{Commits: 5, Calls: 50, Busy: 1500 * time.Millisecond, Queued: 1, ReadOnly: true}
		},
	}, func() time.Time { return start.Add(90 * time.Second) })
	m.Observe(events())
	return m
}

// events are one of each kind that is counted, as the controller writes them, and some that are not.
func events() []glue.Event {
	var all []glue.Event
	for _, e := range []struct {
		kind    glue.EventKind
		attempt int
		detail  string
	}{
		{glue.EventRunSubmitted, 0, `{"quarter_dpus":10,"queue":"etl","priority":0,"workers":3}`},
		{glue.EventRunSubmitted, 0, `{"quarter_dpus":10,"queue":"etl","priority":0,"workers":3}`},
		{glue.EventRunRefused, 0, `{"code":"ConcurrentRunsExceededException","message":"no","times":7}`},
		{glue.EventRunRefused, 0, `{"code":"ConcurrentRunsExceededException","message":"no"}`},
		{glue.EventRunAdmitted, 0, `{"wait_us":90000000,"queue":"etl","need":{"slots":1}}`},
		{glue.EventRunStarted, 0, ``},
		{glue.EventRunRetry, 0, `{"error":"x","network":true,"subnet":"subnet-a"}`},
		{glue.EventRunAdmitted, 1, `{"wait_us":400000000,"queue":"etl","need":{"slots":1}}`},
		{glue.EventRunRetry, 1, `{"error":"x","network":false}`},
		{glue.EventRunEnded, 2, `{"state":"SUCCEEDED","queue":"etl","executed_us":45000000,"dpu_seconds":112.5,` +
			`"usage":{"bytes_read":1000,"bytes_written":10,"files_read":1}}`},
		{glue.EventRunEnded, 0, `not JSON`},
		{glue.EventSubnetHealth, 0, `{"subnet":"subnet-a","zone":"eu-west-1a","state":"open","failures":3}`},
		{glue.EventSubnetHealth, 0, `{"subnet":"subnet-a","zone":"eu-west-1a","state":"closed"}`},
		{glue.EventConfigApplied, 0, `{"changed":[]}`},
		{glue.EventDefinitionPut, 0, `{"kind":"job","name":"a-job"}`},
	} {
		all = append(all, glue.Event{Region: "eu-west-1", Kind: e.kind, Job: "a-job", Run: "jr_0", Who: "AKIA", Attempt: e.attempt,
			Detail: json.RawMessage(e.detail)})
	}
	return all
}

// scrape is what a scraper reads.
func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
		t.Fatalf("%d, %s: %s", w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	return w.Body.String()
}

func TestScrape(t *testing.T) {
	got := scrape(t, filled(t))
	for _, want := range []string{
		`tenon_runs_submitted_total{queue="etl",region="eu-west-1"} 2`,
		`tenon_runs_refused_total{code="ConcurrentRunsExceededException",region="eu-west-1"} 8`,
		`tenon_attempts_admitted_total{queue="etl",region="eu-west-1"} 2`,
		`tenon_run_wait_seconds_sum{queue="etl",region="eu-west-1"} 90`,
		`tenon_run_wait_seconds_count{queue="etl",region="eu-west-1"} 1`,
		`tenon_run_retries_total{cause="network",region="eu-west-1"} 1`,
		`tenon_run_retries_total{cause="script",region="eu-west-1"} 1`,
		`tenon_runs_ended_total{queue="etl",region="eu-west-1",state="SUCCEEDED"} 1`,
		`tenon_run_duration_seconds_sum{queue="etl",region="eu-west-1"} 45`,
		`tenon_run_dpu_seconds_total{queue="etl",region="eu-west-1"} 112.5`,
		`tenon_run_read_bytes_total{region="eu-west-1"} 1000`,
		`tenon_run_written_bytes_total{region="eu-west-1"} 10`,
		`tenon_subnet_breaker_opened_total{region="eu-west-1",subnet="subnet-a"} 1`,
		`tenon_config_applied_total 1`,

		`tenon_pool_limit{region="eu-west-1",resource="concurrent_runs"} 2`,
		`tenon_pool_used{region="eu-west-1",resource="concurrent_runs"} 2`,
		`tenon_pool_reserved{region="eu-west-1",resource="concurrent_runs"} 1`,
		`tenon_pool_free{region="eu-west-1",resource="concurrent_runs"} 0`,
		`tenon_pool_used{region="eu-west-1",resource="dpus"} 5`,
		`tenon_pool_limit{region="eu-west-1",resource="dpus"} 100`,
		`tenon_pool_used{region="",resource="memory_bytes"} 2.147483648e+09`,
		`tenon_queue_waiting_runs{queue="etl",region="eu-west-1"} 1`,
		`tenon_queue_running_runs{queue="etl",region="eu-west-1"} 2`,
		`tenon_queue_oldest_waiting_seconds{queue="etl",region="eu-west-1"} 90`,
		`tenon_queue_waiting_runs{queue="default",region="eu-west-1"} 0`,
		`tenon_subnet_addresses_usable{region="eu-west-1",subnet="subnet-a",zone="eu-west-1a"} 11`,
		`tenon_subnet_addresses_used{region="eu-west-1",subnet="subnet-a",zone="eu-west-1a"} 6`,
		`tenon_subnet_addresses_free{region="eu-west-1",subnet="subnet-a",zone="eu-west-1a"} 5`,
		`tenon_subnet_health{region="eu-west-1",state="ok",subnet="subnet-a",zone="eu-west-1a"} 1`,
		`tenon_subnet_health{region="eu-west-1",state="cordoned",subnet="subnet-b",zone="eu-west-1b"} 1`,
		`tenon_subnet_health{region="eu-west-1",state="ok",subnet="subnet-b",zone="eu-west-1b"} 0`,
		`tenon_eta_inside_total{estimate="first"} 8`,
		`tenon_lease_drifts_total 0`,
		`tenon_store_busy_seconds_total 1.5`,
		`tenon_store_read_only 1`,
		`go_goroutines `,
	} {
		if !strings.Contains(got, "\n"+want) {
			name, _, _ := strings.Cut(want, "{")
			t.Errorf("missing: %s, there is\n%s", want, grep(got, name))
		}
	}
	for _, never := range []string{"a-job", "jr_", "AKIA"} { // names without bound
		if strings.Contains(got, never) {
			t.Errorf("%s is shown:\n%s", never, grep(got, never))
		}
	}
}

// grep is the lines that hold a text.
func grep(text, part string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(text, "\n"), func(l string) bool { return !strings.Contains(l, part) }), "\n")
}

// TestLint asks Prometheus's own rules of names, units and helps; and promtool, where this machine has it.
func TestLint(t *testing.T) {
	text := scrape(t, filled(t))
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Log("without promtool")
		return
	}
	cmd := exec.Command(tool, "check", "metrics")
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("promtool: %v\n%s", err, out)
	}
}

// TestReference holds the table of docs/metrics.md current.
func TestReference(t *testing.T) {
	all, err := filled(t).registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("| metric | type | labels | |\n|---|---|---|---|\n")
	for _, f := range all {
		if !strings.HasPrefix(f.GetName(), "tenon_") {
			continue
		}
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.GetName(), strings.ToLower(f.GetType().String()),
			cmp.Or(strings.Join(labels, ", "), "-"), f.GetHelp())
	}
	const begin, end = "<!-- metrics: made by the test of internal/driver/metrics -->\n", "<!-- end -->\n"
	path := filepath.Join("..", "..", "..", "docs", "metrics.md")
	doc, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(doc), begin)
	old, tail, ok2 := strings.Cut(rest, end)
	switch {
	case !ok || !ok2:
		t.Fatalf("%s has lost its marks", path)
	case old == b.String():
	case *updateDocs:
		if err := os.WriteFile(path, []byte(head+begin+b.String()+end+tail), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("the table of %s is not current: run this test with -update", path)
	}
}

// TestEmpty scrapes a plane that has nothing to tell: nothing is made up.
func TestEmpty(t *testing.T) {
	m := New(Sources{View: func() *scheduler.View { return nil }}, time.Now)
	if got := scrape(t, m); strings.Contains(got, "tenon_pool") || strings.Contains(got, "tenon_loop") || !strings.Contains(got, "tenon_config_applied_total 0") {
		t.Error(grep(got, "tenon"))
	}
}

// TestMember looks for members where texts try to look like them.
func TestMember(t *testing.T) {
	doc, err := json.Marshal(map[string]any{"a": `"queue":"no", "n":1`, "b": []any{"queue", `x"`}, "queue": "etl", "z": map[string]any{"n": -1.5e3, "t": true}})
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{`"queue":`: "etl", `"n":`: "-1500", `"t":`: "true", `"no":`: ""} {
		if got := string(member(doc, key)); got != want {
			t.Errorf("%s of %s: %q, want %q", key, doc, got, want)
		}
	}
	for _, broken := range []string{"", `"queue":`, `{"queue":"`, `{"queue":1`} {
		if got := string(member([]byte(broken), `"queue":`)); got != "" && got != "1" {
			t.Errorf("%s: %q", broken, got)
		}
	}
}

// BenchmarkObserve is what a run costs the loop, from submit to end.
func BenchmarkObserve(b *testing.B) {
	m := New(Sources{}, time.Now)
	all := events()
	run := []glue.Event{all[0], all[4], all[5], all[9]}
	for b.Loop() {
		m.Observe(run)
	}
}
