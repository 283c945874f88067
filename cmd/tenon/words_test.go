package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"tenon/internal/client"
	"tenon/internal/glue"
	"tenon/internal/plane"
	"tenon/internal/wire"
)

// TestWords checks how quantities are written for people.
func TestWords(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for _, tc := range []struct{ got, want string }{
		{size(0), "0 B"}, {size(999), "999 B"}, {size(1000), "1.0 kB"}, {size(28_400_000), "28.4 MB"}, {size(1 << 62), "4611.7 PB"},
		{count(0), "0"}, {count(999), "999"}, {count(1000), "1,000"}, {count(163_065), "163,065"}, {count(-1234567), "-1,234,567"},
		{many(1, "file"), "1 file"}, {many(0, "file"), "0 files"}, {many(1200, "record"), "1,200 records"},
		{span(843 * time.Millisecond), "0.84 s"}, {span(12340 * time.Millisecond), "12.3 s"}, {span(192 * time.Second), "3m12s"}, {span(125 * time.Minute), "2h05m"},
		{age(now.Add(-12*time.Second), now), "12s"}, {age(now.Add(-3*time.Minute), now), "3m"}, {age(now.Add(-30*time.Hour), now), "30h"},
		{age(now.Add(-72*time.Hour), now), "3d"}, {age(now.Add(time.Minute), now), "0s"}, {age(time.Time{}, now), "-"},
		{number(0.0625), "0.0625"}, {number(10), "10"}, {number(0.12385036675), "0.1239"},
		{cut("abcdef", 6), "abcdef"}, {cut("abcdef", 4), "abc…"}, {cut("äöü€", 3), "äö…"},
		{cutFront("abcdef", 4), "…def"}, {cutFront("äöü€", 4), "äöü€"}, {cutFront("äöü€", 3), "…ü€"},
		{ago(now.Add(-12*time.Second), now), "12s ago"}, {ago(time.Time{}, now), "-"},
		{closest("limt", []string{"list", "limit", "last"}), "limit"}, {closest("typ", []string{"tag", "type"}), "type"},
		{closest("xyz", []string{"limit", "xy"}), "xy"}, {closest("nosuch", []string{"limit", "watch"}), ""},
		{reflow("one two\nthree", 9), "one two\nthree"}, {reflow("one\ntwo\n\n  kept  as is\nend", 80), "one two\n\n  kept  as is\nend"},
		{fold("a whole line stays", 0, 0), "a whole line stays"}, {fold("short\nthis one is broken here", 25, 5), "short\nthis one is broken\nhere"},
		{reflow("incomprehensible is long", 5), "incomprehensible\nis\nlong"},
		{align("7", 3, true, false), "  7"}, {align("7", 3, false, false), "7  "}, {align("7", 3, false, true), "7"},
		{oneLine("a\nb\tc\x1b[31md"), "a b c[31md"}, {harmless("a\nb\tc\x1b[31m\u009bdé\x7f\x07\r"), "a\nb\tc[31mdé"},
		{shellWord("/tmp/x"), "/tmp/x"}, {shellWord("/tmp/a b"), "'/tmp/a b'"}, {shellWord("it's"), `'it'\''s'`}, {shellWord(""), "''"},
		{jobName("dir/etl job.v2.py"), "etl-job.v2"}, {jobName("--.py"), "script"}, {jobName(strings.Repeat("x", 300) + ".py"), strings.Repeat("x", 254) + "…"},
	} {
		if tc.got != tc.want {
			t.Errorf("got %q, want %q", tc.got, tc.want)
		}
	}
}

// TestTerminalIsSafe: what a script says in its error cannot command the terminal that shows it, in a table, in a run's
// fields, or in the last line; where there is no terminal it stays as it is.
func TestTerminalIsSafe(t *testing.T) {
	const evil = "boom\x1b]0;owned\x07 \x1b[2J\u009b31m\rgone"
	for _, width := range []int{0, 40} {
		var out, talk bytes.Buffer
		a := &app{con: &console{out: &out, err: &talk, outWidth: width, errWidth: width, noColor: true}, flags: globalFlags{output: formatTable}}
		if err := a.showItem(nil, []field{{name: "Error", value: evil, paint: red}}); err != nil {
			t.Fatal(err)
		}
		a.con.complain(&glue.Error{Code: glue.CodeInvalidInput, Message: evil})
		if safe := !strings.ContainsAny(out.String()+talk.String(), "\x1b\x07\r\u009b"); safe != (width > 0) {
			t.Errorf("width %d: %q %q", width, out.String(), talk.String())
		}
		if both := out.String() + talk.String(); strings.Count(both, "boom") != 2 || strings.Count(both, "gone") != 2 {
			t.Errorf("width %d: %q lost words", width, both)
		}
		out.Reset()
		if err := showList(a, []string{evil}, "none", column[string]{title: "error", text: func(s string) string { return s }}); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(out.String(), "\x1b\x07\r\u009b") || !strings.Contains(out.String(), "boom") {
			t.Errorf("table: %q", out.String())
		}
	}
}

// TestScriptArguments checks what of a command line a Glue script can be given, and the refusal of the rest.
func TestScriptArguments(t *testing.T) {
	for _, tc := range []struct {
		line string
		want map[string]string
		err  string
	}{
		{"", map[string]string{}, ""},
		{"--day 7 --path s3://b/k", map[string]string{"--day": "7", "--path": "s3://b/k"}, ""},
		{"--day=7=8", map[string]string{"--day": "7=8"}, ""},
		{"--dry --day -5", map[string]string{"--dry": "", "--day": "-5"}, ""},
		{"--expr=--x", map[string]string{"--expr": "--x"}, ""},
		{"-- --day 7", map[string]string{"--day": "7"}, ""},
		{"7", nil, `"7": a Glue script is given --NAME VALUE pairs only`},
		{"-d 7", nil, `"-d"`},
		{"--day 7 8", nil, `"8"`},
		{"-- --", nil, `"--"`},
		{"--day 7 --day 8", nil, "--day is given twice"},
	} {
		got, err := scriptArguments(strings.Fields(tc.line))
		if (tc.err == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), tc.err) {
			t.Errorf("%q: error %v, want %q", tc.line, err, tc.err)
		}
		if tc.err == "" && !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%q: %v, want %v", tc.line, got, tc.want)
		}
	}
}

// TestExitCodes checks which code a run's end and an error give.
func TestExitCodes(t *testing.T) {
	for state, want := range map[glue.RunState]int{glue.RunSucceeded: 0, glue.RunFailed: 1, glue.RunError: 1, glue.RunExpired: 1,
		glue.RunTimeout: 124, glue.RunStopped: 130} {
		if got := stateCode(state); got != want {
			t.Errorf("%s: %d, want %d", state, got, want)
		}
	}
	refused := glue.NotFound("Job", "x")
	for _, tc := range []struct {
		err     error
		started bool
		want    int
	}{
		{refused, true, 3},
		{fmt.Errorf("wrapped: %w", refused), true, 3},
		{errors.New("unknown flag"), false, 2},
		{usageError("no"), true, 2},
		{fmt.Errorf("%w at x", client.ErrUnreachable), true, 4},
		{fmt.Errorf("call: %w", context.Canceled), true, 130},
		{errors.Join(&exitError{code: 124}, errors.New("close")), true, 124},
	} {
		if got := exitCode(tc.err, tc.started); got != tc.want {
			t.Errorf("%v: %d, want %d", tc.err, got, tc.want)
		}
	}
}

// TestExposure checks which addresses need TLS.
func TestExposure(t *testing.T) {
	for _, tc := range []struct {
		listen, cert string
		insecure, ok bool
	}{
		{"127.0.0.1:8366", "", false, true},
		{"[::1]:8366", "", false, true},
		{"localhost:0", "", false, true},
		{"127.8.9.1:1", "", false, true},
		{":8366", "", false, false},
		{"0.0.0.0:8366", "", false, false},
		{"[::]:8366", "", false, false},
		{"10.0.0.7:8366", "", false, false},
		{"tenon.example:8366", "", false, false},
		{"0.0.0.0:8366", "cert.pem", false, true},
		{"0.0.0.0:8366", "", true, true},
	} {
		cfg := plane.Config{Listen: tc.listen, TLS: plane.TLS{Cert: tc.cert, Key: tc.cert}}
		if err := checkExposure(cfg, tc.insecure); (err == nil) != tc.ok {
			t.Errorf("%+v: %v", tc, err)
		}
	}
}

// TestDocument checks that -o json keeps members in the order of their shape, drops what is absent, keeps what is zero,
// and writes times as people can read them.
func TestDocument(t *testing.T) {
	zero := int32(0)
	name := "a<b>&c"
	run := wire.JobRun{JobName: &name, Attempt: &zero, StartedOn: &wire.Time{Time: time.UnixMilli(1795692520851)},
		Arguments: map[string]string{"--b": "2", "--a": "1"}}
	text, err := marshalDocument([]wire.JobRun{run})
	if err != nil {
		t.Fatal(err)
	}
	want := `[
  {
    "Attempt": 0,
    "JobName": "a<b>&c",
    "StartedOn": "2026-11-26T11:28:40.851Z",
    "Arguments": {
      "--a": "1",
      "--b": "2"
    }
  }
]`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Error(diff)
	}
	for _, empty := range []any{[]wire.Job(nil), (*wire.Job)(nil), wire.Job{}} {
		if text, err := marshalDocument(empty); err != nil || !json.Valid(text) {
			t.Errorf("%T: %q, %v", empty, text, err)
		}
	}
}

// TestYAMLOfJSON checks that what -o yaml writes says the same as what -o json writes.
func TestYAMLOfJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "arguments")
		name := rapid.String().Draw(t, "name")
		job := wire.Job{Name: &name, DefaultArguments: m}
		var out bytes.Buffer
		a := &app{con: &console{out: &out}, flags: globalFlags{output: formatYAML}}
		if err := a.showDocument(job); err != nil {
			t.Fatal(err)
		}
		var back struct {
			Name             string            `yaml:"Name"`
			DefaultArguments map[string]string `yaml:"DefaultArguments"`
		}
		if err := yaml.Unmarshal(out.Bytes(), &back); err != nil {
			t.Fatalf("%v in\n%q", err, out.String())
		}
		text, err := marshalDocument(job)
		if err != nil {
			t.Fatal(err)
		}
		var plain struct {
			Name             string
			DefaultArguments map[string]string
		}
		if err := json.Unmarshal(text, &plain); err != nil {
			t.Fatal(err)
		}
		if back.Name != plain.Name || len(back.DefaultArguments) != len(plain.DefaultArguments) {
			t.Fatalf("YAML says %q, JSON %q", back, plain)
		}
		for k, v := range plain.DefaultArguments {
			if back.DefaultArguments[k] != v {
				t.Fatalf("YAML says %q, JSON %q", back, plain)
			}
		}
	})
}

// TestConfigShow checks that what `tenon config show` writes is a configuration that says the same.
func TestConfigShow(t *testing.T) {
	text := `
listen: 0.0.0.0:1
max_wait: 90m
min_free: 1.5GB
quotas: {concurrent_runs: 10, dpus: 12.5}
subnets: [{id: s, zone: a, cidr: 10.0.0.0/26, cordoned: true}]
placement: {strategy: ordered, network_retries: 0, release_lag: 20m}
queues: [{name: etl, weight: 3, concurrent_runs: {nominal: 4, borrow: 0}, dpus: {lend: 0}, held: true}, {name: night, parent: etl, max_wait: 2h}]
regions: {eu-west-1: {quotas: {dpus: 0.25}, subnets: []}, eu-west-2: {subnets: [{id: t, zone: b, cidr: 10.0.0.0/26}]}}
executor: {local: {parallel: 3, memory: 6GiB, python_for: {"3.0": /usr/bin/python3}, pass_env: [A, B]}}
retention: {runs: 36h, logs: 7d}
`
	want, err := plane.ParseConfig([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	a := &app{con: &console{out: &out}, flags: globalFlags{output: formatYAML}}
	if err := a.showConfig(want); err != nil {
		t.Fatal(err)
	}
	got, err := plane.ParseConfig(out.Bytes())
	if err != nil {
		t.Fatalf("%v in\n%s", err, out.String())
	}
	want.Quotas = want.Quotas.All() // all are shown
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestReference keeps docs/cli.md current: below its mark stands every command's help, as the program gives it.
func TestReference(t *testing.T) {
	var b strings.Builder
	for _, name := range commandPaths() {
		var out bytes.Buffer
		con := &console{out: &out, err: &out, env: func(string) string { return "" }}
		a := &app{con: con}
		root := a.root()
		root.SetArgs(append(strings.Fields(name)[1:], "--help"))
		if err := root.Execute(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		b.WriteString("\n### " + name + "\n\n```text\n" + out.String() + "```\n")
	}
	keepCurrent(t, "../../docs/cli.md", b.String())
}

// keepCurrent holds what stands below the mark of a page to what is wanted there, or with -update writes it.
func keepCurrent(t *testing.T, path, want string) {
	t.Helper()
	const mark = "<!-- below: written by go test ./cmd/tenon -run Reference -update -->\n"
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, below, ok := strings.Cut(string(have), mark)
	if !ok {
		t.Fatalf("%s has lost its mark", path)
	}
	if *update {
		if err := os.WriteFile(path, []byte(head+mark+want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, below); diff != "" {
		t.Errorf("%s is not current, run go test ./cmd/tenon -run Reference -update:\n%s", path, diff)
	}
}

// commandPaths lists every command that a user can give, a group before what it holds.
func commandPaths() []string {
	a := &app{con: &console{env: func(string) string { return "" }, out: &bytes.Buffer{}, err: &bytes.Buffer{}}}
	root := a.root()
	paths := []string{root.CommandPath()}
	for _, group := range root.Commands() {
		paths = append(paths, group.CommandPath())
		for _, sub := range group.Commands() {
			if !sub.Hidden {
				paths = append(paths, sub.CommandPath())
			}
		}
	}
	return paths
}

// TestHelpIsWhole checks that every command says what it does and gives an example.
func TestHelpIsWhole(t *testing.T) {
	a := &app{con: &console{env: func(string) string { return "" }, out: &bytes.Buffer{}, err: &bytes.Buffer{}}}
	for _, path := range commandPaths() {
		c, _, err := a.root().Find(strings.Fields(path)[1:])
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		said := &app{con: &console{out: &out, err: &out, env: func(string) string { return "" }}}
		said.help(c, nil)
		for line := range strings.Lines(out.String()) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > helpWidth {
				t.Errorf("%s --help has a line of %d columns, at most %d: %s", path, n, helpWidth, line)
			}
		}
		if c.Short == "" || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: short text %q", path, c.Short)
		}
		if !c.HasSubCommands() && c.Runnable() && c.Example == "" {
			t.Errorf("%s has no example", path)
		}
	}
}

// TestSettle reads two streams one after the other, each look's lines as they were found, and expects them in the order
// of time: a line waits until the other stream has been asked for what is older.
func TestSettle(t *testing.T) {
	line := func(ms int64, stream string) logLine { return logLine{time.UnixMilli(ms), stream, fmt.Sprint(ms)} }
	r := &logReader{streams: []string{streamOutput, streamError}}
	var got []string
	for i, look := range [][]logLine{
		{line(1, streamOutput), line(5, streamError)},  // 3 of output came after output was asked
		{line(3, streamOutput), line(9, streamOutput)}, // and 7 of error is on its way
		{line(12, streamOutput), line(7, streamError)}, // 12 waits for the end
		{line(10, streamError), line(13, streamError)},
	} {
		for _, l := range r.settle(look, i == 3) {
			got = append(got, l.Message)
		}
	}
	if diff := cmp.Diff([]string{"1", "3", "5", "7", "9", "10", "12", "13"}, got); diff != "" {
		t.Errorf("lines are out of order (-want +got):\n%s", diff)
	}
}

// TestLogsOverAnError: a server that goes away between the streams of a run takes no line of the first with it.
func TestLogsOverAnError(t *testing.T) {
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls++; calls == 2 { // the error stream, the first time
			http.Error(w, "going", http.StatusServiceUnavailable)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if strings.Contains(string(body), "/output") && !strings.Contains(string(body), "nextToken") {
			fmt.Fprint(w, `{"events": [{"timestamp": 1, "message": "before"}], "nextForwardToken": "f/1"}`)
			return
		}
		fmt.Fprint(w, `{"events": [], "nextForwardToken": "f/1"}`)
	}))
	defer server.Close()
	group, id := "/aws-glue/jobs", "jr_1"
	r := newLogReader(&client.Client{Endpoint: server.URL, Region: "us-east-1"}, &wire.JobRun{LogGroupName: &group, Id: &id}, streamOutput, streamError)
	if _, _, err := r.next(t.Context()); err == nil {
		t.Fatal("the second stream was read")
	}
	lines, _, err := r.next(t.Context())
	if err != nil || len(lines) != 1 || lines[0].Message != "before" {
		t.Errorf("read %v, %v", lines, err)
	}
}
