package attemptdir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tenon/internal/attempt"
	"tenon/internal/glue"
)

// newDir makes an attempt's directory.
func newDir(t *testing.T) Dir {
	t.Helper()
	d := Dir(filepath.Join(t.TempDir(), "a"))
	if err := d.Create(); err != nil {
		t.Fatal(err)
	}
	return d
}

// look checks the state.
func look(t *testing.T, d Dir, want State) {
	t.Helper()
	if got, err := d.Look(); err != nil || got != want {
		t.Errorf("state %s, %v; want %s", got, err, want)
	}
}

// TestStates goes through the life of a directory, with and without a result.
func TestStates(t *testing.T) {
	look(t, Dir(filepath.Join(t.TempDir(), "none")), Fresh)
	d := newDir(t)
	look(t, d, Fresh)
	lock, err := d.Lock()
	if err != nil {
		t.Fatal(err)
	}
	look(t, d, Held)
	if _, err := d.Lock(); !errors.Is(err, ErrHeld) {
		t.Errorf("second lock: %v", err)
	}
	if id, held, err := d.Holder(); err != nil || !held || id.PID != os.Getpid() || !id.Alive() {
		t.Errorf("holder: %v, %v, %v", id, held, err)
	}
	now := time.Now().UTC()
	if err := d.MarkStarted(now); err != nil {
		t.Fatal(err)
	}
	if err := d.MarkStarted(now); !errors.Is(err, fs.ErrExist) {
		t.Errorf("second start: %v", err)
	}
	if at := d.StartedAt(); !at.Equal(now) {
		t.Errorf("started at %v, not %v", at, now)
	}
	look(t, d, Held)
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	look(t, d, Lost)
	if _, _, err := d.ReadResult(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no result: %v", err)
	}
	want := attempt.Result{State: glue.RunSucceeded, Ended: now, NextSeq: 3}
	pending := []attempt.Report{{Seq: 2, Kind: attempt.ReportFiles}}
	if err := d.WriteResult(pending, want); err != nil {
		t.Fatal(err)
	}
	look(t, d, Ended)
	gotPending, got, err := d.ReadResult()
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Error(d, err)
	}
	if d := cmp.Diff(pending, gotPending); d != "" {
		t.Error(d)
	}
}

// TestDamagedResult: files that do not hold what a worker writes are the end of the attempt, not a riddle for ever.
func TestDamagedResult(t *testing.T) {
	for _, c := range []struct{ name, text string }{
		{attempt.FileResult, ""}, {attempt.FileResult, "{torn"}, {attempt.FileResult, "[]"}, {attempt.FileResult, "{}"},
		{attempt.FileResult, `{"state":"SUCCEEDED"}`}, {attempt.FileResult, `{"state":"EXPIRED","next_seq":3}`},
		{filePending, "torn"},
	} {
		d := newDir(t)
		pending := []attempt.Report{{Seq: 2, Kind: attempt.ReportFiles}}
		if err := d.WriteResult(pending, attempt.Result{State: glue.RunSucceeded, Ended: time.Now(), NextSeq: 3}); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(d.File(c.name), []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		left, got, err := d.ReadResult()
		if err != nil || len(left) != 0 || got.State != glue.RunFailed || got.NextSeq <= 3 || !strings.Contains(got.ErrorMessage, c.name) {
			t.Errorf("%s %q: %v, %+v, %v", c.name, c.text, left, got, err)
		}
	}
}

// TestVanished: the directory of a held lock is gone, or is another one.
func TestVanished(t *testing.T) {
	d := newDir(t)
	lock, err := d.Lock()
	if err != nil {
		t.Fatal(err)
	}
	if lock.Vanished(d) {
		t.Error("vanished at once")
	}
	if err := os.RemoveAll(string(d)); err != nil {
		t.Fatal(err)
	}
	if !lock.Vanished(d) {
		t.Error("a removed directory has not vanished")
	}
	if err := d.Create(); err != nil {
		t.Fatal(err)
	}
	other, err := d.Lock()
	if err != nil {
		t.Fatal(err)
	}
	if !lock.Vanished(d) {
		t.Error("a replaced directory has not vanished")
	}
	if err := errors.Join(lock.Release(), other.Release()); err != nil {
		t.Error(err)
	}
}

// TestSpec: readable by the owner only; another protocol is refused.
func TestSpec(t *testing.T) {
	d := newDir(t)
	if err := d.WriteSpec(attempt.Spec{Protocol: attempt.Protocol, Job: "j"}); err != nil {
		t.Fatal(err)
	}
	if s, err := d.ReadSpec(); err != nil || s.Job != "j" {
		t.Errorf("%+v, %v", s, err)
	}
	if info, err := os.Stat(d.File(attempt.FileSpec)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := d.WriteSpec(attempt.Spec{Protocol: attempt.Protocol + 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.ReadSpec(); err == nil {
		t.Error("a later protocol was taken")
	}
}

// TestLogs reads a stream from both ends; one that does not exist is empty.
func TestLogs(t *testing.T) {
	d := newDir(t)
	if got, next, err := d.ReadLog(Output, 7, 10); err != nil || got != nil || next != 7 {
		t.Errorf("%v, %d, %v", got, next, err)
	}
	text := attempt.AppendLogRecord(attempt.AppendLogRecord(nil, time.UnixMilli(1), false, []byte("one")), time.UnixMilli(2), false, []byte("two"))
	if err := os.WriteFile(d.File(attempt.FileStderr), text, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, _, err := d.ReadLog(Errors, 0, 1); err != nil || len(got) != 1 || got[0].Text != "one" {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := d.ReadLogBack(Errors, -1, 1); err != nil || len(got) != 1 || got[0].Text != "two" {
		t.Errorf("%v, %v", got, err)
	}
	if _, _, err := d.ReadLog("other", 0, 1); err == nil {
		t.Error("an unknown stream was read")
	}
}
