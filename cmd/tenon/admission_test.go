package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tenon/internal/edge/api"
	"tenon/internal/glue"
)

// answering is a server that gives one answer to each operation, and keeps what it was asked last.
type answering struct {
	answers map[string]any
	asked   map[string]string
}

// ServeHTTP answers by the name of the operation.
func (s *answering) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, op, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	body, _ := io.ReadAll(r.Body)
	s.asked[op] = string(body)
	answer, ok := s.answers[op]
	if !ok {
		w.WriteHeader(http.StatusBadRequest)
		answer = map[string]string{"__type": "UnknownOperationException", "message": op}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// tell runs one command line against s, on a terminal of width columns (0: none), and returns what it printed.
func tell(t *testing.T, s *answering, width int, line ...string) (stdout, stderr string, code int) {
	t.Helper()
	s.asked = map[string]string{}
	srv := httptest.NewServer(s)
	defer srv.Close()
	env := map[string]string{"TENON_ENDPOINT": srv.URL, envAccessKey: "AKIDEXAMPLE", envSecretKey: "secret", "TENON_DATA_DIR": t.TempDir()}
	var out, talk bytes.Buffer
	con := &console{in: strings.NewReader("quotas: {concurrent_runs: 3}\n"), out: &out, err: &talk, outWidth: width, noColor: true,
		env: func(k string) string { return env[k] }}
	code = execute(context.Background(), line, con)
	return out.String(), talk.String(), code
}

// said is a run that waits, as the server tells it.
func said(now time.Time) api.RunExplanation {
	return api.RunExplanation{
		RunID: "jr_0123456789abcdef0000", JobName: "nightly", State: glue.RunWaiting, Queue: "etl", Priority: 50,
		Submitted: now.Add(-3*time.Minute - 500*time.Millisecond),
		Detail:    "Waiting for account run slots: needs 1, 0 of 50 free. Position 2.",
		Reason: &api.WaitReason{Tier: "account", Pool: "account run slots", Scope: "us-east-1", Unit: "runs", Need: 1, Limit: 50,
			Holders: []string{"jr_aaaaaaaaaaaaaaaa1", "jr_bbbbbbbbbbbbbbbb2"}, Held: 50, Next: now.Add(90*time.Second + 500*time.Millisecond)},
		Position: 2, Of: 70, Ahead: []string{"jr_cccccccccccccccc3"},
		Expected: &api.Expected{P50: now.Add(3 * time.Minute), Low: now.Add(2*time.Minute + 500*time.Millisecond), High: now.Add(5*time.Minute + 500*time.Millisecond)},
		Helps:    []string{"With 51 concurrent runs it would start now.", "It starts first with tenon runs boost."},
	}
}

// TestQueue checks the list of waiting runs: what the table says, and that CSV has every figure.
func TestQueue(t *testing.T) {
	second := said(time.Now())
	second.RunID = "jr_fedcba98765432100000"
	s := &answering{answers: map[string]any{"ListWaiting": api.WaitingList{Runs: []api.RunExplanation{said(time.Now()), second}, Total: 71}}}
	out, talk, _ := tell(t, s, 0, "queue", "--queue", "etl", "-n", "1")
	want := `POS  RUN                  JOB      QUEUE  PRIO  WAITED  EXPECTED  WHY
  2  jr_0123456789abcdef  nightly  etl      50      3m      2-5m  Waiting for account run slots: needs 1, 0 of 50 free.
`
	if diff := cmp.Diff(want, out); diff != "" {
		t.Error(diff)
	}
	if talk != "70 more in line; --limit shows them.\n" {
		t.Errorf("said %q", talk)
	}
	if want := `{"Queue":"etl","Limit":2}`; s.asked["ListWaiting"] != want {
		t.Errorf("asked %s, want %s", s.asked["ListWaiting"], want)
	}
	out, _, _ = tell(t, s, 0, "queue", "-o", "csv")
	if !strings.HasPrefix(out, "pos,run,job,queue,prio,waited,submitted,expected,expected_low,expected_high,tier,why\n2,jr_0123456789abcdef0000,nightly,etl,50,180.") {
		t.Error(out)
	}
	if out, _, _ = tell(t, &answering{answers: map[string]any{"ListWaiting": api.WaitingList{}}}, 0, "queue", "-o", "json"); out != "[]\n" {
		t.Errorf("nothing waits: %q", out)
	}
}

// TestQueueLeft: what a list leaves out is said in every format, and counted only where the count is of the same runs.
func TestQueueLeft(t *testing.T) {
	two := []api.RunExplanation{said(time.Now()), said(time.Now())}
	for _, tc := range []struct {
		inLine int
		line   []string
		want   string
	}{
		{71, []string{"-n", "2", "--job", "nightly"}, ""}, // 71 runs of all jobs are in line, two of this one
		{71, []string{"-n", "1", "--job", "nightly"}, "There are more; --limit shows them.\n"},
		{71, []string{"-n", "1", "-o", "json"}, "70 more in line; --limit shows them.\n"},
		{0, []string{"-n", "1"}, "There are more; --limit shows them.\n"}, // both are held
		{2, nil, ""},
	} {
		s := &answering{answers: map[string]any{"ListWaiting": api.WaitingList{Runs: two, Total: tc.inLine}}}
		if _, talk, code := tell(t, s, 0, append([]string{"queue"}, tc.line...)...); talk != tc.want || code != 0 {
			t.Errorf("%q: said %q, code %d, want %q", tc.line, talk, code, tc.want)
		}
	}
}

// TestQueueUnknown: a queue or a job that is not there is refused, and not said to have no runs that wait.
func TestQueueUnknown(t *testing.T) {
	queues := api.QueueList{Queues: []api.QueueInfo{{Name: "etl"}}}
	s := &answering{answers: map[string]any{"ListWaiting": api.WaitingList{}, "ListQueues": queues}}
	if _, talk, code := tell(t, s, 0, "queue", "--queue", "elt"); code != exitRefused || !strings.Contains(talk, "queue elt is not configured; `tenon queues` shows what there is") {
		t.Errorf("code %d: %s", code, talk)
	}
	if _, talk, code := tell(t, s, 0, "queue", "--queue", "etl"); code != 0 || talk != "Nothing waits.\n" {
		t.Errorf("code %d: %s", code, talk)
	}
	if tell(t, s, 0, "queue", "--job", "nightly"); s.asked["GetJob"] != `{"JobName":"nightly"}` {
		t.Errorf("asked %s", s.asked["GetJob"])
	}
}

// TestExpected checks how an estimate is written from now.
func TestExpected(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) time.Time { return now.Add(d) }
	for _, tc := range []struct {
		e    *api.Expected
		want string
	}{
		{nil, "-"},
		{&api.Expected{P50: at(50 * time.Second), Low: at(40 * time.Second), High: at(70 * time.Second)}, "40-70s"},
		{&api.Expected{P50: at(time.Minute), Low: at(-time.Minute), High: at(70 * time.Second)}, "0-70s"},
		{&api.Expected{P50: at(3 * time.Minute), Low: at(20 * time.Second), High: at(5 * time.Minute)}, "0-5m"},
		{&api.Expected{P50: at(3 * time.Hour), Low: at(3 * time.Hour), High: at(3*time.Hour + time.Minute)}, "3h"},
		{&api.Expected{High: at(24 * time.Hour), More: true}, ">24h"},
		{&api.Expected{P50: at(20 * time.Second)}, "20s"},
		{&api.Expected{Guess: true, Untimed: "nightly"}, "?"},
	} {
		if got := expectedIn(tc.e, now); got != tc.want {
			t.Errorf("%+v: %q, want %q", tc.e, got, tc.want)
		}
	}
}

// TestExplain checks the fields of a waiting run and the candidates of one that was placed.
func TestExplain(t *testing.T) {
	now := time.Now()
	waits := said(now)
	s := &answering{answers: map[string]any{"FindRuns": map[string]any{"Runs": []map[string]string{{"Id": waits.RunID}}}, "ExplainRun": waits}}
	out, _, _ := tell(t, s, 0, "runs", "explain", "jr_01")
	for _, line := range []string{
		"Run         jr_0123456789abcdef0000\n",
		"Why         Waiting for account run slots: needs 1, 0 of 50 free.\n",
		"Held by     jr_aaaaaaaaaaaaaaaa, jr_bbbbbbbbbbbbbbbb and 48 more\n",
		"Position    2 of 70 in queue etl\n",
		"Behind      jr_cccccccccccccccc\n",
		"Expected    in 2-5m (80% likely), about ",
		"Would help  With 51 concurrent runs it would start now.\n            It starts first with tenon runs boost.\n",
	} {
		if !strings.Contains(out, line) {
			t.Errorf("%q is missing in\n%s", line, out)
		}
	}
	guess := waits
	guess.Expected = &api.Expected{Guess: true, Untimed: "nightly"}
	s.answers["ExplainRun"] = guess
	if out, _, _ := tell(t, s, 0, "runs", "explain", "jr_01"); !strings.Contains(out, "Expected    not known yet: job nightly has not run before\n") {
		t.Errorf("no word on a job without history in\n%s", out)
	}
	runs := waits
	runs.Reason, runs.Expected, runs.Helps, runs.Detail, runs.Position, runs.State, runs.Started = nil, nil, nil, "", 0, glue.RunRunning, now
	runs.Placement = &glue.Placement{Strategy: "capacity", Connection: "net-a", Subnet: "subnet-a", Zone: "us-east-1a", Workers: 10,
		Addresses: []string{"10.0.0.4-10.0.0.13"}, Why: "It has the most free addresses.",
		Candidates: []glue.Candidate{{Connection: "net-a", Subnet: "subnet-a", Zone: "us-east-1a", Category: "good", Free: 59},
			{Connection: "net-b", Subnet: "subnet-b", Zone: "us-east-1b", Category: "usable", Free: 7, Note: "just failed"}}}
	s.answers["ExplainRun"] = runs
	out, _, _ = tell(t, s, 0, "runs", "explain", "jr_01")
	want := `
   CONNECTION  SUBNET    ZONE        CATEGORY  FREE  NOTE
→  net-a       subnet-a  us-east-1a  good        59
   net-b       subnet-b  us-east-1b  usable       7  just failed
`
	if !strings.HasSuffix(out, want) || !strings.Contains(out, "Placed     subnet-a in us-east-1a, connection net-a\n") {
		t.Errorf("%s", out)
	}
	ended := runs
	ended.State, ended.Error = glue.RunFailed, "No such bucket. Look again."
	ended.Placement = &glue.Placement{Connection: "far", Candidates: []glue.Candidate{{Connection: "far", Subnet: "subnet-x", Category: "unchecked", Free: -1}}}
	s.answers["ExplainRun"] = ended
	out, _, _ = tell(t, s, 0, "runs", "explain", "jr_01")
	if !strings.Contains(out, "Error      No such bucket. Look again.\n") || !strings.Contains(out, "\n→  far         subnet-x  -     unchecked     ?\n") {
		t.Errorf("%s", out)
	}
}

// TestQuotas checks the list of limits, with a bar on a terminal alone, and never in CSV.
func TestQuotas(t *testing.T) {
	s := &answering{answers: map[string]any{"ListQuotas": api.QuotaList{Quotas: []api.Quota{
		{Name: "concurrent_runs", Unit: "runs", Used: 50, Reserved: 2, Limit: 50, Source: "configured"},
		{Name: "addresses", Scope: "subnet subnet-a", Unit: "addresses", Used: 51, Draining: 8, Free: 8, Limit: 59, Source: "configured"},
		{Name: "memory", Scope: "machine", Unit: "bytes", Used: 3 << 29, Free: 13 << 29, Limit: 8 << 30, Source: "configured"},
		{Name: "queued_runs", Unit: "runs", Used: 12, Free: -1, Limit: -1, Source: "none"},
		{Name: "jobs", Unit: "jobs", Free: 1000, Limit: 1000, Source: "L-F574AED9"},
	}}}}
	out, _, _ := tell(t, s, 200, "quotas", "--in-use")
	want := `QUOTA                                USED  RESERVED  DRAINING      FREE     LIMIT  UNIT       SOURCE
concurrent_runs     ████████████       50         2         ·         0        50  runs       configured
addresses subnet-a  ████████▋▒▒░       51         ·         8         8        59  addresses  configured
memory machine      ██▎░░░░░░░░░  1.5 GiB         ·         ·   6.5 GiB     8 GiB  bytes      configured
queued_runs                            12         ·         ·  no limit  no limit  runs       none
`
	if diff := cmp.Diff(want, out); diff != "" {
		t.Error(diff)
	}
	out, _, _ = tell(t, s, 200, "quotas", "-o", "csv")
	if lines := strings.Split(out, "\n"); lines[0] != "quota,scope,used,reserved,draining,free,limit,unit,source" || lines[5] != "jobs,,0,0,0,1000,1000,jobs,L-F574AED9" {
		t.Error(out)
	}
}

// TestBar checks that a bar never shows something as nothing, nor what is not full as full.
func TestBar(t *testing.T) {
	for _, tc := range []struct {
		used, draining, limit float64
		want                  string
	}{
		{0, 0, 100, "░░░░░░░░░░"}, {0.001, 0, 100, "▏░░░░░░░░░"}, {99.99, 0, 100, "█████████▉"}, {100, 0, 100, "██████████"},
		{130, 0, 100, "██████████"}, {50, 0, 100, "█████░░░░░"}, {50, 20, 100, "█████▒▒░░░"}, {50, 1, 100, "█████▒░░░░"},
		{100, 20, 100, "██████████"}, {0, 0, 0, "░░░░░░░░░░"}, {5, 0, -1, ""},
	} {
		if got := bar(10, tc.used, tc.draining, tc.limit); got != tc.want {
			t.Errorf("%v: %q, want %q", tc, got, tc.want)
		}
	}
}

// TestQueuesAndSubnets checks the other two lists.
func TestQueuesAndSubnets(t *testing.T) {
	now := time.Now()
	s := &answering{answers: map[string]any{
		"ListQueues": api.QueueList{Queues: []api.QueueInfo{
			{Name: "default", Weight: 1, Waiting: 1200, Running: 4, Share: 0.25, Oldest: now.Add(-150 * time.Second)},
			{Name: "etl", Parent: "default", Weight: 3, Priority: 10, Held: true, Shares: []api.QueueShare{
				{Resource: "concurrent_runs", Used: 12, Borrowed: 2, Nominal: 10, Borrow: -1, Lend: -1}, {Resource: "dpus", Used: 2.5, Nominal: 100}}},
		}},
		"ListSubnets": api.SubnetList{Subnets: []api.SubnetInfo{
			{ID: "subnet-a", Zone: "us-east-1a", CIDR: "10.0.0.0/26", Usable: 59, Used: 20, Lingering: 4, Free: 35, Health: "ok"},
			{ID: "subnet-b", Zone: "us-east-1b", CIDR: "10.0.1.0/26", Usable: 59, Free: 59, Health: "open", Until: now.Add(62*time.Second + 500*time.Millisecond), Failures: 3, Waiting: 7},
			{ID: "subnet-c", Used: 2, Lingering: 3, Health: "gone"},
		}}}}
	out, _, _ := tell(t, s, 0, "queues")
	want := `QUEUE    PARENT   WEIGHT  PRIO  SHARE  WAITING  RUNNING  OLDEST  STATE  USES
default  -             1     0   0.25    1,200        4      2m  open
etl      default       3    10      0        0        0       -  held   concurrent_runs 12/10 (2 borrowed), dpus 2.5/100
`
	if diff := cmp.Diff(want, out); diff != "" {
		t.Error(diff)
	}
	if again, _, _ := tell(t, s, 0, "queue", "ls"); again != out {
		t.Errorf("queue ls says\n%s", again)
	}
	out, _, _ = tell(t, s, 0, "subnets")
	want = `SUBNET    ZONE        CIDR         USED  LINGERING  FREE  USABLE  WAITING  HEALTH
subnet-a  us-east-1a  10.0.0.0/26    20          4    35      59        0  ok
subnet-b  us-east-1b  10.0.1.0/26     0          0    59      59        7  open for 62s, 3 failures
subnet-c                              2          3     0       0        0  gone
`
	if diff := cmp.Diff(want, out); diff != "" {
		t.Error(diff)
	}
}

// TestOrders checks what the commands that change something ask for.
func TestOrders(t *testing.T) {
	s := &answering{answers: map[string]any{
		"FindRuns": map[string]any{"Runs": []map[string]string{{"Id": "jr_0123456789abcdef0000"}}}, "Hold": struct{}{}, "Boost": struct{}{},
		"StartJobRun": map[string]string{"JobRunId": "jr_1"},
		"ApplyConfig": api.ConfigOutput{DryRun: true, Changed: []api.ConfigChange{{Key: "quotas.concurrent_runs", Before: "50", After: "3"}, {Key: "queues.etl", After: "weight 3"}}},
	}}
	for _, tc := range []struct{ line, op, want, out string }{
		{"queue hold etl", "Hold", `{"Queue":"etl","Held":true}`, "etl\n"},
		{"queue unhold etl", "Hold", `{"Queue":"etl","Held":false}`, "etl\n"},
		{"runs hold jr_01", "Hold", `{"RunId":"jr_0123456789abcdef0000","Held":true}`, "jr_0123456789abcdef0000\n"},
		{"runs unhold jr_01", "Hold", `{"RunId":"jr_0123456789abcdef0000","Held":false}`, "jr_0123456789abcdef0000\n"},
		{"runs boost jr_01", "Boost", `{"RunId":"jr_0123456789abcdef0000","Priority":100}`, "jr_0123456789abcdef0000\n"},
		{"runs boost jr_01 --priority -5", "Boost", `{"RunId":"jr_0123456789abcdef0000","Priority":-5}`, "jr_0123456789abcdef0000\n"},
		{"runs start nightly --queue etl --priority 0", "StartJobRun", `{"JobName":"nightly","Arguments":{"--tenon-priority":"0","--tenon-queue":"etl"}}`, "jr_1\n"},
		{"config apply - --dry-run", "ApplyConfig", `{"Text":"quotas: {concurrent_runs: 3}\n","DryRun":true}`,
			"KEY                     BEFORE  AFTER\nquotas.concurrent_runs  50      3\nqueues.etl              -       weight 3\n"},
		{"config apply --reload -o csv", "ApplyConfig", `{"Reload":true}`, "key,before,after\nquotas.concurrent_runs,50,3\nqueues.etl,,weight 3\n"},
	} {
		out, talk, code := tell(t, s, 0, strings.Fields(tc.line)...)
		if s.asked[tc.op] != tc.want || out != tc.out || code != exitOK {
			t.Errorf("%s: asked %s\nprinted %q %q, code %d", tc.line, s.asked[tc.op], out, talk, code)
		}
	}
	for _, line := range []string{"config apply", "config apply a.yaml --reload", "queue hold", "queue -n 0", "queue etl", "runs boost"} {
		if out, _, code := tell(t, s, 0, strings.Fields(line)...); code != exitUsage || out != "" || len(s.asked) > 0 {
			t.Errorf("%s: code %d, asked %v", line, code, s.asked)
		}
	}
}

// TestFrame checks that what is watched is never higher than the terminal.
func TestFrame(t *testing.T) {
	for _, tc := range []struct {
		rows int
		want string
	}{
		{0, "a\nb\nc\n"}, {3, "a\nb\nc\n"}, {2, "a\n… 2 lines more\n"}, {1, "… 3 lines more\n"},
	} {
		var f frame
		_, _ = f.Write([]byte("a\nb\nc\n"))
		f.shorten(tc.rows)
		if got := strings.ReplaceAll(string(f.text), "\x1b[K", ""); got != tc.want {
			t.Errorf("%d rows: %q, want %q", tc.rows, got, tc.want)
		}
	}
}

// TestPicture checks that a picture is drawn over the one before it, whatever the heights of the two.
func TestPicture(t *testing.T) {
	var b bytes.Buffer
	p := newPicture(&console{err: &b, errWidth: 80})
	p.draw([]string{"one", "two"})
	p.draw([]string{"three"})
	p.draw([]string{"four"})
	p.end()
	want := "\x1b[?25l" + "\rone\x1b[K\ntwo\x1b[K\n\x1b[J" + "\r\x1b[2Athree\x1b[K\n\x1b[J" + "\r\x1b[1Afour\x1b[K\n\x1b[J" + "\x1b[?25h"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

// TestNarrow checks what becomes of a table on a narrow terminal: spare columns go, the rightmost first, and why runs wait
// stands below them, once for those that wait for the same.
func TestNarrow(t *testing.T) {
	now := time.Now()
	one, two, three := said(now), said(now), said(now)
	two.RunID, two.Position, two.Detail = "jr_0123456789abcdf00000", 3, "Waiting for account run slots: needs 1, 0 of 50 free. Position 3."
	three.RunID, three.Position, three.Detail = "jr_0123456789abcdf10000", 4, "Held by an operator."
	s := &answering{answers: map[string]any{
		"ListWaiting": api.WaitingList{Runs: []api.RunExplanation{one, two, three}, Total: 3},
		"ListSubnets": api.SubnetList{Subnets: []api.SubnetInfo{
			{ID: "subnet-a", Zone: "us-east-1a", CIDR: "10.0.0.0/26", Usable: 59, Used: 59, Health: "cordoned"}}}}}
	out, _, _ := tell(t, s, 80, "queue")
	want := `POS  RUN                  JOB      QUEUE  PRIO  WAITED  EXPECTED
  2  jr_0123456789abcdef  nightly  etl      50      3m      2-5m
  3  jr_0123456789abcdf0  nightly  etl      50      3m      2-5m
     Waiting for account run slots: needs 1, 0 of 50 free.
  4  jr_0123456789abcdf1  nightly  etl      50      3m      2-5m
     Held by an operator.
`
	if diff := cmp.Diff(want, out); diff != "" {
		t.Error(diff)
	}
	for width, want := range map[int]string{
		110: "SUBNET    ZONE        CIDR                       USED  LINGERING  FREE  USABLE  WAITING  HEALTH\nsubnet-a  us-east-1a  10.0.0.0/26  ████████████    59          0     0      59        0  cordoned\n",
		90:  "SUBNET    ZONE        CIDR         USED  LINGERING  FREE  USABLE  WAITING  HEALTH\nsubnet-a  us-east-1a  10.0.0.0/26    59          0     0      59        0  cordoned\n",
		72:  "SUBNET    ZONE        USED  LINGERING  FREE  USABLE  WAITING  HEALTH\nsubnet-a  us-east-1a    59          0     0      59        0  cordoned\n",
	} {
		out, _, _ := tell(t, s, width, "subnets")
		if diff := cmp.Diff(want, out); diff != "" {
			t.Errorf("%d columns: %s", width, diff)
		}
	}
}

// TestBrief checks what a table says of why a run waits.
func TestBrief(t *testing.T) {
	for detail, want := range map[string]string{
		"": "",
		"Held by an operator. What would help: tenon runs unhold.":                                "Held by an operator.",
		"Waiting for a: needs 1, 0 of 6 free; also for b: needs 4, 2.5 of 24 free. Held by jr_1.": "Waiting for a: needs 1, 0 of 6 free, and for 1 other limit.",
		"Waiting for a: needs 1; also for b: needs 4; also for c: needs 2. Position 1 of 2.":      "Waiting for a: needs 1, and for 2 other limits.",
		"About to start. Position 1 of 1 in its queue. Expected to start by 13:05:00 UTC.":        "About to start.",
	} {
		if got := brief(detail); got != want {
			t.Errorf("%q: %q, want %q", detail, got, want)
		}
	}
}

// TestPlacedElsewhere: where a connection leads to a subnet that Tenon does not keep, that is said.
func TestPlacedElsewhere(t *testing.T) {
	fields := placementFields(&glue.Placement{Connection: "net-x"})
	if got, want := fields[0].value, "without a subnet, connection net-x"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestNewestAudit: the newest records are shown, in their order; with --after the next ones.
func TestNewestAudit(t *testing.T) {
	var newest []api.AuditRecord
	for seq := int64(9); seq > 0; seq-- {
		newest = append(newest, api.AuditRecord{Seq: seq, At: time.Now(), Action: "hold"})
	}
	s := &answering{answers: map[string]any{"ListAudit": api.AuditList{Records: newest, Last: 1}}}
	out, talk, _ := tell(t, s, 0, "audit", "-n", "2")
	if lines := strings.Split(out, "\n"); len(lines) != 4 || !strings.HasPrefix(lines[1], "  8 ") || !strings.HasPrefix(lines[2], "  9 ") || !strings.Contains(talk, "older ones") {
		t.Errorf("%s%s", out, talk)
	}
	if !strings.Contains(s.asked["ListAudit"], fmt.Sprint(`"Before":`, math.MaxInt64)) {
		t.Error(s.asked["ListAudit"])
	}
	_, _, _ = tell(t, s, 0, "audit", "--after", "3")
	if asked := s.asked["ListAudit"]; strings.Contains(asked, "Before") || !strings.Contains(asked, `"After":3`) {
		t.Error(asked)
	}
}

// TestNarrowAudit: where a terminal is too narrow for why a decision was taken, it stands below each record.
func TestNarrowAudit(t *testing.T) {
	record := api.AuditRecord{Seq: 7, At: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC), Action: "admit", JobName: "ledger-close", RunID: "jr_0123456789abcdef0000",
		Who: "AKIAIOSFODNN7EXAMPLE", Why: "At once. Takes 1 run slot, 6 DPU, 6 addresses."}
	s := &answering{answers: map[string]any{"ListAudit": api.AuditList{Records: []api.AuditRecord{record, record}}}}
	out, _, _ := tell(t, s, 100, "audit")
	if n := strings.Count(out, "\n     At once. Takes 1 run slot, 6 DPU, 6 addresses.\n"); n != 2 {
		t.Errorf("%d of 2 reasons stand below:\n%s", n, out)
	}
}
