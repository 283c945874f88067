package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tenon/internal/attempt"
	"tenon/internal/core/bookmark"
	"tenon/internal/driver/executor/executortest"
	"tenon/internal/glue"
	"tenon/internal/plan"
)

// TestArgv: a Spark job gets Glue's own arguments, always in the same order; Tenon's settings stay out.
func TestArgv(t *testing.T) {
	spec := attempt.Spec{Key: attempt.Key{Run: "jr_1"}, Region: "us-east-1", Account: "123456789012", Job: "nightly",
		Command:   glue.Command{Name: glue.CommandETL},
		Arguments: map[string]string{"--TempDir": "s3://b/t", "--empty": "", "--tenon-priority": "5", "--JOB_NAME": "mine"}}
	got, err := argv(spec)
	want := []string{"--JOB_ID", jobID(spec), "--JOB_NAME", "nightly", "--JOB_RUN_ID", "jr_1", "--TempDir", "s3://b/t", "--empty", "",
		"--job-bookmark-option", "job-bookmark-disable"}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Error(d, err)
	}
	if id := jobID(spec); len(id) != 66 || !strings.HasPrefix(id, "j_") {
		t.Errorf("job id %s", id)
	}
	many := map[string]string{}
	for i := range glue.MaxArguments + 1 {
		many[fmt.Sprintf("--a%d", i)] = "x"
	}
	spec.Command.Name, spec.Arguments = glue.CommandShell, many
	if _, err := argv(spec); err == nil || !strings.HasPrefix(err.Error(), "argument list too long") {
		t.Errorf("too many arguments: %v", err)
	}
}

// TestParameters: each of Glue's special parameters is let through or refused by its name.
func TestParameters(t *testing.T) {
	for _, test := range []struct{ name, value, refusal string }{
		{"--enable-metrics", "true", ""},
		{"--my-own", "anything", ""},
		{"--extra-jars", "", ""},
		{"--extra-jars", "s3://b/x.jar", "--extra-jars is not supported"},
		{"--datalake-formats", "iceberg", "--datalake-formats is not supported"},
		{"--job-language", "python", ""},
		{"--job-language", "scala", "--job-language scala is not supported"},
		{"--conf", "spark.sql.shuffle.partitions=4 --conf spark.executor.memory=2g", ""},
		{"--conf", "spark.sql.adaptive.enabled=true --conf spark.sql.ansi.enabled=true", "--conf: the Spark setting spark.sql.ansi.enabled=true is not supported"},
		{"--conf", "spark.sql.session.timeZone=UTC", ""},
	} {
		err := checkParameters(map[string]string{test.name: test.value})
		if test.refusal == "" && err != nil || test.refusal != "" && (err == nil || !strings.HasPrefix(err.Error(), test.refusal)) {
			t.Errorf("%s %q: %v", test.name, test.value, err)
		}
	}
	for name, p := range parameters() {
		if (p.why == "") != (p.treatment == honoured) {
			t.Errorf("%s: the table's row is not complete", name)
		}
	}
}

// TestCustomerVariables reads lists with and without quotes.
func TestCustomerVariables(t *testing.T) {
	got, err := customerVariables(`CUSTOMER_A=1, CUSTOMER_B="x, y=z",CUSTOMER_C=`)
	if d := cmp.Diff([]string{"CUSTOMER_A=1", "CUSTOMER_B=x, y=z", "CUSTOMER_C="}, got); d != "" || err != nil {
		t.Error(d, err)
	}
	for _, bad := range []string{"PATH=/tmp", "CUSTOMER_A", `CUSTOMER_A="x`, "CUSTOMER_A=1,,CUSTOMER_B=2"} {
		if got, err := customerVariables(bad); err == nil {
			t.Errorf("%s was taken: %v", bad, got)
		}
	}
}

// TestPresentable hides secrets, drops control characters and bounds the length.
func TestPresentable(t *testing.T) {
	w := &worker{spec: attempt.Spec{SecretKey: "s3cret"}, token: "t0ken"}
	if got := w.presentable("a s3cret\x1b[31m t0ken\xff\n\tb"); got != "a ********[31m ********\uFFFD\n\tb" {
		t.Errorf("%q", got)
	}
	long := []rune(w.presentable(strings.Repeat("é", glue.MaxErrorMessage+1)))
	if len(long) != glue.MaxErrorMessage || long[len(long)-1] != '…' {
		t.Errorf("%d characters", len(long))
	}
}

// TestLastException finds the exception's line, not what was raised while handling it or printed before.
func TestLastException(t *testing.T) {
	text := "noise\nTraceback (most recent call last):\n  File \"a.py\", line 1\nKeyError: 1\n\nDuring handling of the above exception, another exception occurred:\n\n" +
		"Traceback (most recent call last):\n  File \"a.py\", line 3\n    f()\nmod.Bad: two\nlines\n"
	if got := lastException(text); got != "mod.Bad: two" {
		t.Errorf("%q", got)
	}
	if got := lastException("no traceback"); got != "" {
		t.Errorf("%q", got)
	}
}

// plane is the other end of an outbox in tests.
type plane struct {
	t    *testing.T
	conn net.Conn
	dec  *json.Decoder
	enc  *json.Encoder
}

// connect reaches an outbox and hears its Hello.
func connect(t *testing.T, path string) *plane {
	t.Helper()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	p := &plane{t, conn, json.NewDecoder(conn), json.NewEncoder(conn)}
	if m := p.next(); m.Hello == nil || m.Hello.Protocol != attempt.Protocol || m.Hello.Key != executortest.Key(1) {
		t.Fatalf("hello: %+v", m)
	}
	return p
}

// next reads one message.
func (p *plane) next() (m attempt.Message) {
	p.t.Helper()
	if err := p.dec.Decode(&m); err != nil {
		p.t.Fatal(err)
	}
	return m
}

// send writes one message.
func (p *plane) send(m attempt.Message) {
	p.t.Helper()
	if err := p.enc.Encode(m); err != nil {
		p.t.Fatal(err)
	}
}

// openOutbox serves an outbox until the test ends.
func openOutbox(t *testing.T) (*outbox, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sock")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	o := newOutbox(executortest.Key(1), slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		o.serve(ctx, ln)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return o, path
}

// TestOutbox: what was not acknowledged comes again on the next connection, which replaces the one before; a refusal
// reaches who waits for it; the first Stop counts.
func TestOutbox(t *testing.T) {
	o, path := openOutbox(t)
	for _, kind := range []attempt.Kind{attempt.ReportStarted, attempt.ReportFiles, attempt.ReportBookmark} {
		if _, err := o.put(t.Context(), attempt.Report{Kind: kind}); err != nil {
			t.Fatal(err)
		}
	}
	first := connect(t, path)
	for seq := int64(1); seq <= 3; seq++ {
		if m := first.next(); m.Report == nil || m.Report.Seq != seq {
			t.Fatalf("report %d: %+v", seq, m)
		}
	}
	first.send(attempt.Message{Ack: &attempt.Ack{Seq: 1}})
	if refused, err := o.await(t.Context(), 1); refused != "" || err != nil {
		t.Errorf("%q, %v", refused, err)
	}
	second := connect(t, path)
	var m attempt.Message
	if err := first.dec.Decode(&m); err == nil {
		t.Errorf("the first connection still gives %+v", m)
	}
	for seq := int64(2); seq <= 3; seq++ {
		if m := second.next(); m.Report == nil || m.Report.Seq != seq {
			t.Fatalf("report %d: %+v", seq, m)
		}
	}
	second.send(attempt.Message{Ack: &attempt.Ack{Seq: 3, Refused: "not current"}})
	if refused, err := o.await(t.Context(), 3); refused != "not current" || err != nil {
		t.Errorf("%q, %v", refused, err)
	}
	if next, pending := o.next(); next != 4 || len(pending) != 1 || pending[0].Seq != 2 {
		t.Errorf("next %d, pending %+v", next, pending)
	}
	second.send(attempt.Message{Stop: &attempt.Stop{Grace: 5}})
	second.send(attempt.Message{Stop: &attempt.Stop{Grace: 6}})
	if grace := <-o.stop; grace != 5 {
		t.Errorf("grace %v", grace)
	}
}

// TestOutboxFull: with maxPending reports waiting, the next one waits too, but never the result.
func TestOutboxFull(t *testing.T) {
	o, _ := openOutbox(t)
	for range maxPending {
		if _, err := o.put(t.Context(), attempt.Report{Kind: attempt.ReportFiles}); err != nil {
			t.Fatal(err)
		}
	}
	over, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("over"))
	if _, err := o.put(over, attempt.Report{Kind: attempt.ReportFiles}); err == nil || !strings.Contains(err.Error(), "over") {
		t.Errorf("%v", err)
	}
	if _, err := o.put(t.Context(), attempt.Report{Kind: attempt.ReportResult}); err != nil {
		t.Error(err)
	}
	o.acknowledge(attempt.Ack{Seq: 1})
	o.acknowledge(attempt.Ack{Seq: 2})
	if _, err := o.put(t.Context(), attempt.Report{Kind: attempt.ReportFiles}); err != nil {
		t.Error(err)
	}
}

// TestCommit: what sources read is committed once, on the version the run started from, and a refusal is the script's
// VersionMismatchException.
func TestCommit(t *testing.T) {
	o, path := openOutbox(t)
	spec := attempt.Spec{Key: executortest.Key(1), Bookmark: &attempt.Bookmark{Option: bookmarkEnable}}
	b, err := newBookmarks(spec, 1000)
	if err != nil {
		t.Fatal(err)
	}
	w := &worker{spec: spec, out: o, bookmarks: b}
	file := bookmark.File{Path: "s3://b/k", Size: 1, ModMillis: 10}
	if got, err := b.choose("src", []bookmark.File{file}, bookmark.Option{}); err != nil || len(got) != 1 {
		t.Fatalf("%v, %v", got, err)
	}
	p := connect(t, path)
	commit := func(refused string) (state bookmark.State, err error) {
		t.Helper()
		done := make(chan error, 1)
		go func() { done <- w.commit(t.Context()) }()
		r := p.next().Report
		if r == nil || r.Bookmark == nil {
			t.Fatalf("%+v", r)
		}
		if state, err = bookmark.Decode(r.Bookmark.State); err != nil || int64(state.Version) != r.Bookmark.Version+1 {
			t.Fatalf("%+v, %v", state, err)
		}
		p.send(attempt.Message{Ack: &attempt.Ack{Seq: r.Seq, Refused: refused}})
		return state, <-done
	}
	state, err := commit("")
	if err != nil || state.Version != 1 || state.RunID != spec.Key.Run {
		t.Fatalf("%+v, %v", state, err)
	}
	if err := w.commit(t.Context()); err != nil { // nothing was read since: nothing is reported
		t.Error(err)
	}
	file.Path = "s3://b/k2"
	if _, err := b.choose("src", []bookmark.File{file}, bookmark.Option{}); err != nil {
		t.Fatal(err)
	}
	var refusal *plan.Error
	if _, err = commit("found version 3"); !errors.As(err, &refusal) || refusal.Class != plan.ClassBookmark || refusal.Message != "found version 3" {
		t.Errorf("%v", err)
	}
	if state, err = commit(""); err != nil || state.Version != 2 {
		t.Errorf("after the refusal: %+v, %v", state, err)
	}
}

// TestPausedBookmark: a paused bookmark selects and commits nothing; a disabled one selects everything.
func TestPausedBookmark(t *testing.T) {
	file := bookmark.File{Path: "s3://b/k", Size: 1, ModMillis: 10}
	_, adv := bookmark.Context{}.Select([]bookmark.File{file}, bookmark.Option{}, 1000)
	state, err := bookmark.State{}.Commit(0, "jr_0", map[string]bookmark.Advance{"src": adv})
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := state.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		spec *attempt.Bookmark
		want int
	}{
		{nil, 1},
		{&attempt.Bookmark{Option: bookmarkPause, Version: 1, State: encoded}, 0},
		{&attempt.Bookmark{Option: bookmarkPause, Version: 1, State: encoded, From: "jr_", To: "jr_0"}, 1},
	} {
		spec := attempt.Spec{Key: executortest.Key(1), Bookmark: test.spec}
		b, err := newBookmarks(spec, 2000)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := b.choose("src", []bookmark.File{file}, bookmark.Option{}); err != nil || len(got) != test.want {
			t.Errorf("%+v: %v, %v", test.spec, got, err)
		}
		if err := (&worker{bookmarks: b}).commit(t.Context()); err != nil { // would block if it reported
			t.Error(err)
		}
	}
	if _, err := newBookmarks(attempt.Spec{Bookmark: &attempt.Bookmark{Option: bookmarkEnable, Version: 7, State: encoded}}, 1); err == nil {
		t.Error("a state of another version was taken")
	}
}

// TestParametersAreDocumented: the page on the worker has every row of the table, under the right treatment.
func TestParametersAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/design/worker.md")
	if err != nil {
		t.Fatal(err)
	}
	words := map[treatment]string{honoured: "honoured", harmless: "harmless", refused: "refused"}
	for name, p := range parameters() {
		found := ""
		for line := range strings.Lines(string(text)) {
			if cells := strings.Split(line, "|"); len(cells) > 3 && strings.Contains(cells[1], "`"+name+"`") {
				found = strings.TrimSpace(cells[2])
			}
		}
		if found != words[p.treatment] {
			t.Errorf("%s is %q in docs/design/worker.md, %s in the code", name, found, words[p.treatment])
		}
	}
}

// TestProgress: usage is reported again and again, but never twice at a time.
func TestProgress(t *testing.T) {
	o, path := openOutbox(t)
	w := &worker{out: o}
	w.meter.files([]attempt.File{{Bytes: 5, Records: -1}, {Write: true, Bytes: 7, Records: 3}})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.reportProgress(ctx, time.Millisecond)
	}()
	p := connect(t, path)
	for seq := int64(1); seq <= 3; seq++ {
		r := p.next().Report
		if r == nil || r.Kind != attempt.ReportProgress || r.Seq != seq {
			t.Fatalf("%+v", r)
		}
		if d := cmp.Diff(&glue.Usage{FilesRead: 1, BytesRead: 5, FilesWritten: 1, BytesWritten: 7, RecordsWritten: 3}, r.Usage); d != "" {
			t.Error(d)
		}
		if _, pending := o.next(); len(pending) != 1 {
			t.Errorf("%d reports are pending", len(pending))
		}
		p.send(attempt.Message{Ack: &attempt.Ack{Seq: seq}})
	}
	cancel()
	<-done
}

// TestFetchLocal: a file of the server's is for scripts that run as the server's user; what never ends is none.
func TestFetchLocal(t *testing.T) {
	dir := t.TempDir()
	secret, pipe := filepath.Join(dir, "secret"), filepath.Join(dir, "pipe")
	if err := errors.Join(os.WriteFile(secret, []byte("x"), 0o600), syscall.Mkfifo(pipe, 0o600)); err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct{ runAs, location, want string }{
		{"", secret, ""},
		{"nobody", secret, "only s3:// locations are fetched"},
		{"", pipe, "is not a regular file"},
		{"", dir, "is not a regular file"},
		{"", filepath.Join(dir, "none"), "does not exist"},
		{"", "relative", "neither an s3:// location nor an absolute path"},
	} {
		w := &worker{spec: attempt.Spec{RunAs: c.runAs}}
		err := w.fetch(t.Context(), c.location, filepath.Join(dir, fmt.Sprint(i)), 10)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q %s: %v, want %q", c.runAs, c.location, err, c.want)
		}
	}
}
