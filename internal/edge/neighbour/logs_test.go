package neighbour

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/glue"
)

// epoch is when the first line of every log here was written.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// newLogs makes a run of two attempts: the first printed a0 to a4, the second b0 to b4, a second apart.
func newLogs(t *testing.T) (*Logs, *glue.JobRun) {
	t.Helper()
	run := &glue.JobRun{ID: glue.NewID(glue.RunIDPrefix, epoch, [26]byte{1}), Attempt: 1, LogGroup: "/aws-glue/jobs", Submitted: epoch}
	root := t.TempDir()
	at := epoch
	for n, letter := range []string{"a", "b"} {
		dir := attempt.Key{Run: run.ID, Attempt: n}.Dir(root)
		var text []byte
		for i := range 5 {
			text = attempt.AppendLogRecord(text, at, false, fmt.Appendf(nil, "%s%d", letter, i))
			at = at.Add(time.Second)
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, attempt.FileStdout), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l := &Logs{Root: root}
	l.Run = func(_ context.Context, _, id string) (*glue.JobRun, error) {
		if id != run.ID {
			return nil, errors.New("no such run")
		}
		return run, nil
	}
	l.Recent = func(context.Context, string, string, int) ([]*glue.JobRun, error) { return []*glue.JobRun{run}, nil }
	return l, run
}

// messages are the texts of events.
func messages(events []logEvent) []string {
	var all []string
	for _, e := range events {
		all = append(all, e.Message)
	}
	return all
}

// ask serves one operation.
func ask[T any](t *testing.T, l *Logs, op string, in map[string]any) T {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	out, err := l.Serve(t.Context(), "us-east-1", op, body)
	if err != nil {
		t.Fatal(err)
	}
	typed, ok := out.(T)
	if !ok {
		t.Fatalf("%T", out)
	}
	return typed
}

// all ten lines, in the order of their attempts.
var all = []string{"a0", "a1", "a2", "a3", "a4", "b0", "b1", "b2", "b3", "b4"}

// TestGetForward reads a stream from its head, page by page; at its end the token stands still.
func TestGetForward(t *testing.T) {
	l, run := newLogs(t)
	in := map[string]any{"logGroupName": "/aws-glue/jobs/output", "logStreamName": run.ID, "startFromHead": true, "limit": 3}
	var got []string
	for range 5 {
		page := ask[getAnswer](t, l, "GetLogEvents", in)
		got = append(got, messages(page.Events)...)
		if page.Forward == in["nextToken"] {
			break
		}
		in["nextToken"] = page.Forward
	}
	if !slices.Equal(got, all) {
		t.Errorf("%v", got)
	}
	// A line that comes later is found with the token of the end.
	dir := attempt.Key{Run: run.ID, Attempt: 1}.Dir(l.Root)
	f, err := os.OpenFile(filepath.Join(dir, attempt.FileStdout), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(attempt.AppendLogRecord(nil, epoch.Add(time.Minute), false, []byte("late"))); err != nil {
		t.Fatal(err)
	}
	if got := messages(ask[getAnswer](t, l, "GetLogEvents", in).Events); !slices.Equal(got, []string{"late"}) {
		t.Errorf("%v", got)
	}
}

// TestGetBackward reads the newest lines first, and on towards the head.
func TestGetBackward(t *testing.T) {
	l, run := newLogs(t)
	in := map[string]any{"logGroupName": "/aws-glue/jobs/output", "logStreamName": run.ID, "limit": 4}
	var pages [][]string
	for range 5 {
		page := ask[getAnswer](t, l, "GetLogEvents", in)
		if len(page.Events) == 0 {
			break
		}
		pages = append(pages, messages(page.Events))
		in["nextToken"] = page.Backward
	}
	want := [][]string{{"b1", "b2", "b3", "b4"}, {"a2", "a3", "a4", "b0"}, {"a0", "a1"}}
	if fmt.Sprint(pages) != fmt.Sprint(want) {
		t.Errorf("%v", pages)
	}
}

// TestGetWindow: startTime is inclusive, endTime is not; one attempt can be asked for alone.
func TestGetWindow(t *testing.T) {
	l, run := newLogs(t)
	in := map[string]any{"logGroupName": "/aws-glue/jobs/output", "logStreamName": run.ID, "startFromHead": true,
		"startTime": epoch.Add(2 * time.Second).UnixMilli(), "endTime": epoch.Add(4 * time.Second).UnixMilli()}
	if got := messages(ask[getAnswer](t, l, "GetLogEvents", in).Events); !slices.Equal(got, []string{"a2", "a3"}) {
		t.Errorf("%v", got)
	}
	one := map[string]any{"logGroupName": "/aws-glue/jobs/output", "logStreamName": run.ID + "_attempt_1", "startFromHead": true}
	if got := messages(ask[getAnswer](t, l, "GetLogEvents", one).Events); !slices.Equal(got, all[5:]) {
		t.Errorf("%v", got)
	}
}

// TestFilter finds lines by terms, over pages, with the stream they are from.
func TestFilter(t *testing.T) {
	l, run := newLogs(t)
	in := map[string]any{"logGroupName": "/aws-glue/jobs/output", "logStreamNames": []string{run.ID}, "filterPattern": `"b"`, "limit": 2}
	var got []string
	for range 5 {
		page := ask[filterAnswer](t, l, "FilterLogEvents", in)
		for _, e := range page.Events {
			if e.Stream != run.ID || e.ID == "" {
				t.Errorf("%+v", e)
			}
		}
		got = append(got, messages(page.Events)...)
		if page.Next == "" {
			break
		}
		in["nextToken"] = page.Next
	}
	if !slices.Equal(got, all[5:]) {
		t.Errorf("%v", got)
	}
	// No stream named: the newest runs of the group.
	if got := messages(ask[filterAnswer](t, l, "FilterLogEvents", map[string]any{"logGroupName": "/aws-glue/jobs/output"}).Events); !slices.Equal(got, all) {
		t.Errorf("%v", got)
	}
}

// TestRefusals: what is not there, and what is not understood, is said by name.
func TestRefusals(t *testing.T) {
	l, run := newLogs(t)
	group := "/aws-glue/jobs/output"
	for name, c := range map[string]struct {
		op   string
		in   map[string]any
		code glue.Code
	}{
		"another group":     {"GetLogEvents", map[string]any{"logGroupName": "/else/output", "logStreamName": run.ID}, "ResourceNotFoundException"},
		"no suffix":         {"GetLogEvents", map[string]any{"logGroupName": "/aws-glue/jobs", "logStreamName": run.ID}, "ResourceNotFoundException"},
		"another stream":    {"GetLogEvents", map[string]any{"logGroupName": group, "logStreamName": "../../etc"}, "ResourceNotFoundException"},
		"a later attempt":   {"GetLogEvents", map[string]any{"logGroupName": group, "logStreamName": run.ID + "_attempt_2"}, "ResourceNotFoundException"},
		"made-up token":     {"GetLogEvents", map[string]any{"logGroupName": group, "logStreamName": run.ID, "nextToken": "f/9/0"}, "InvalidParameterException"},
		"negative token":    {"GetLogEvents", map[string]any{"logGroupName": group, "logStreamName": run.ID, "nextToken": "f/0/-1"}, "InvalidParameterException"},
		"limit":             {"GetLogEvents", map[string]any{"logGroupName": group, "logStreamName": run.ID, "limit": 10_001}, "InvalidParameterException"},
		"JSON pattern":      {"FilterLogEvents", map[string]any{"logGroupName": group, "logStreamNames": []string{run.ID}, "filterPattern": "{ $.a = 1 }"}, "InvalidParameterException"},
		"open quote":        {"FilterLogEvents", map[string]any{"logGroupName": group, "logStreamNames": []string{run.ID}, "filterPattern": `"b`}, "InvalidParameterException"},
		"another operation": {"PutLogEvents", map[string]any{}, "UnknownOperationException"},
		"wrong type":        {"GetLogEvents", map[string]any{"logGroupName": 1}, glue.CodeSerialization},
	} {
		body, err := json.Marshal(c.in)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Serve(t.Context(), "us-east-1", c.op, body); glue.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestScanIsBounded: a call that looks for one line in a large log gives up after maxScan bytes, and its token leads on.
func TestScanIsBounded(t *testing.T) {
	l, run := newLogs(t)
	noise := bytes.Repeat([]byte("x"), attempt.MaxLogLine)
	var record []byte
	for n := 0; len(record) < 1<<20; n++ {
		record = attempt.AppendLogRecord(record, epoch.Add(time.Minute), false, noise)
	}
	path := filepath.Join(attempt.Key{Run: run.ID, Attempt: 1}.Dir(l.Root), attempt.FileStdout)
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const chunks = 2*maxScan>>20 + 8
	for range chunks {
		if _, err := f.Write(record); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.Write(attempt.AppendLogRecord(nil, epoch.Add(time.Hour), false, []byte("needle"))); err != nil {
		t.Fatal(err)
	}

	t.Run("FilterLogEvents", func(t *testing.T) {
		in := map[string]any{"logGroupName": "/aws-glue/jobs/output", "filterPattern": "needle"}
		for call := 1; ; call++ {
			page := ask[filterAnswer](t, l, "FilterLogEvents", in)
			if page.Next == "" {
				if call != 3 || !slices.Equal(messages(page.Events), []string{"needle"}) || !page.Searched[0].Done {
					t.Errorf("call %d found %v, searched %v", call, messages(page.Events), page.Searched)
				}
				return
			}
			if call > 3 || len(page.Events) > 0 || page.Searched[0].Done {
				t.Fatalf("call %d found %v, searched %v", call, messages(page.Events), page.Searched)
			}
			in["nextToken"] = page.Next
		}
	})
	for name, c := range map[string]struct {
		head  bool
		start time.Time
		end   time.Time
		want  string
		token func(getAnswer) string
	}{
		"GetLogEvents forward":  {true, epoch.Add(time.Hour), epoch.Add(2 * time.Hour), "needle", func(a getAnswer) string { return a.Forward }},
		"GetLogEvents backward": {false, epoch, epoch.Add(time.Second), "a0", func(a getAnswer) string { return a.Backward }},
	} {
		t.Run(name, func(t *testing.T) {
			in := map[string]any{"logGroupName": "/aws-glue/jobs/output", "logStreamName": run.ID, "startFromHead": c.head,
				"startTime": c.start.UnixMilli(), "endTime": c.end.UnixMilli()}
			for call := 1; ; call++ {
				page := ask[getAnswer](t, l, "GetLogEvents", in)
				if len(page.Events) > 0 || call > 3 {
					if call != 3 || !slices.Equal(messages(page.Events), []string{c.want}) {
						t.Errorf("call %d found %v", call, messages(page.Events))
					}
					return
				}
				if c.token(page) == in["nextToken"] {
					t.Fatalf("call %d says that there is no more", call)
				}
				in["nextToken"] = c.token(page)
			}
		})
	}
	t.Run("the caller left", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		body := []byte(`{"logGroupName":"/aws-glue/jobs/output","filterPattern":"needle"}`)
		if _, err := l.Serve(ctx, "us-east-1", "FilterLogEvents", body); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}
