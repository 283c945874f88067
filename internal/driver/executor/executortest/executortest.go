// Package executortest is the definition of executor.Driver: whatever passes Exercise, the controller can stand on.
package executortest

import (
	"fmt"
	"testing"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/driver/executor"
	"tenon/internal/glue"
)

// Behaviour is what an attempt of the suite does.
type Behaviour string

// The behaviours that a Harness must be able to specify.
const (
	Succeed Behaviour = "succeed" // ends well at once
	Fail    Behaviour = "fail"    // ends with an error whose text is Boom
	Hang    Behaviour = "hang"    // runs until it is stopped
	Linger  Behaviour = "linger"  // runs until Harness.Release, then ends well
)

// Boom is in the ErrorMessage of an attempt that behaves like Fail.
const Boom = "boom"

// Harness is one kind of driver under test. Drivers opened by one Harness share the same attempts, as a plane's do that
// was restarted.
type Harness struct {
	Open    func(t *testing.T, sink executor.Sink) executor.Driver
	Spec    func(t *testing.T, key attempt.Key, b Behaviour) attempt.Spec
	Release func(t *testing.T, key attempt.Key)
}

// Exercise runs the suite; each subtest gets a Harness of its own.
func Exercise(t *testing.T, newHarness func(t *testing.T) Harness) {
	for name, test := range map[string]func(*testing.T, Harness){
		"success":           success,
		"failure":           failure,
		"start is once":     startOnce,
		"stop":              stop,
		"sink fails first":  sinkFails,
		"sink refuses":      sinkRefuses,
		"close and recover": closeAndRecover,
		"ended meanwhile":   endedMeanwhile,
		"not started":       notStarted,
		"forget":            forget,
		"closed":            closed,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newHarness(t))
		})
	}
}

// Key makes the key of an attempt; equal n, equal key.
func Key(n int) attempt.Key {
	return attempt.Key{Run: glue.NewID(glue.RunIDPrefix, time.UnixMilli(1761234567890+int64(n)), [26]byte{byte(n)})}
}

// open opens a driver that is closed with the test.
func open(t *testing.T, h Harness, sink executor.Sink) executor.Driver {
	t.Helper()
	d := h.Open(t, sink)
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return d
}

// begin starts attempt n of a fresh driver with a fresh recorder.
func begin(t *testing.T, h Harness, n int, b Behaviour) (executor.Driver, *Recorder, attempt.Key) {
	t.Helper()
	sink := NewRecorder()
	d := open(t, h, sink)
	key := Key(n)
	if err := d.Start(t.Context(), h.Spec(t, key, b)); err != nil {
		t.Fatalf("start: %v", err)
	}
	return d, sink, key
}

// success: started, then the result, numbered from 1 without gaps.
func success(t *testing.T, h Harness) {
	_, sink, key := begin(t, h, 1, Succeed)
	r := sink.Result(t, key)
	if r.State != glue.RunSucceeded || r.ErrorMessage != "" || r.Started.IsZero() || r.Ended.Before(r.Started) {
		t.Errorf("result: %+v", r)
	}
	all := sink.Of(key)
	if all[0].Kind != attempt.ReportStarted || all[len(all)-1].Kind != attempt.ReportResult {
		t.Errorf("reports: %v", kinds(all))
	}
	for i, report := range all {
		if report.Seq != int64(i)+1 || report.At.IsZero() {
			t.Errorf("report %d: seq %d at %v", i, report.Seq, report.At)
		}
	}
	if r.NextSeq != int64(len(all)) {
		t.Errorf("NextSeq is %d after %d reports", r.NextSeq, len(all))
	}
}

// failure: FAILED with the script's own words.
func failure(t *testing.T, h Harness) {
	_, sink, key := begin(t, h, 1, Fail)
	if r := sink.Result(t, key); r.State != glue.RunFailed || !contains(r.ErrorMessage, Boom) {
		t.Errorf("result: %+v", r)
	}
}

// startOnce: Start of an attempt that runs, or that has ended, starts nothing.
func startOnce(t *testing.T, h Harness) {
	d, sink, key := begin(t, h, 1, Linger)
	sink.Wait(t, key, attempt.ReportStarted)
	if err := d.Start(t.Context(), h.Spec(t, key, Linger)); err != nil {
		t.Errorf("second start: %v", err)
	}
	h.Release(t, key)
	sink.Result(t, key)
	if err := d.Start(t.Context(), h.Spec(t, key, Linger)); err != nil {
		t.Errorf("start after the end: %v", err)
	}
	n := 0
	for _, r := range sink.Of(key) {
		if r.Kind == attempt.ReportStarted {
			n++
		}
	}
	if n != 1 {
		t.Errorf("started %d times", n)
	}
}

// stop: STOPPED, also when asked twice; an unknown attempt is no error.
func stop(t *testing.T, h Harness) {
	d, sink, key := begin(t, h, 1, Hang)
	sink.Wait(t, key, attempt.ReportStarted)
	for _, k := range []attempt.Key{key, key, Key(99)} {
		if err := d.Stop(t.Context(), k); err != nil {
			t.Errorf("stop %s: %v", k, err)
		}
	}
	if r := sink.Result(t, key); r.State != glue.RunStopped {
		t.Errorf("result: %+v", r)
	}
}

// sinkFails: a report is repeated until the sink takes it, before any later one.
func sinkFails(t *testing.T, h Harness) {
	sink := NewRecorder()
	refusals := 3
	sink.Decide = func(attempt.Report) error {
		if refusals--; refusals >= 0 {
			return fmt.Errorf("not now")
		}
		return nil
	}
	d := open(t, h, sink)
	key := Key(1)
	if err := d.Start(t.Context(), h.Spec(t, key, Succeed)); err != nil {
		t.Fatal(err)
	}
	sink.Result(t, key)
	if all := sink.Of(key); all[0].Seq != 1 || all[0].Kind != attempt.ReportStarted {
		t.Errorf("reports: %v", kinds(all))
	}
}

// sinkRefuses: a refused report is not repeated, and holds up no other.
func sinkRefuses(t *testing.T, h Harness) {
	sink := NewRecorder()
	refused := 0
	sink.Decide = func(r attempt.Report) error {
		if r.Kind == attempt.ReportStarted {
			refused++
			return &executor.Refused{Reason: "not current"}
		}
		return nil
	}
	d := open(t, h, sink)
	key := Key(1)
	if err := d.Start(t.Context(), h.Spec(t, key, Succeed)); err != nil {
		t.Fatal(err)
	}
	sink.Result(t, key)
	if refused != 1 {
		t.Errorf("refused %d times", refused)
	}
}

// closeAndRecover: Close leaves the attempt running; another driver finds it and gets its result.
func closeAndRecover(t *testing.T, h Harness) {
	d, sink, key := begin(t, h, 1, Linger)
	sink.Wait(t, key, attempt.ReportStarted)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	again := NewRecorder()
	d = open(t, h, again)
	recovered(t, d, key, executor.Running)
	h.Release(t, key)
	if r := again.Result(t, key); r.State != glue.RunSucceeded {
		t.Errorf("result: %+v", r)
	}
}

// endedMeanwhile: an attempt that ended while no driver was there is reported by the next one. Stopping works across
// drivers too.
func endedMeanwhile(t *testing.T, h Harness) {
	d, sink, key := begin(t, h, 1, Hang)
	sink.Wait(t, key, attempt.ReportStarted)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	second := NewRecorder()
	second.Decide = func(r attempt.Report) error {
		if r.Kind == attempt.ReportResult {
			return fmt.Errorf("the store is away")
		}
		return nil
	}
	d = open(t, h, second)
	recovered(t, d, key, executor.Running)
	if err := d.Stop(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	second.Asked(t, key, attempt.ReportResult)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	third := NewRecorder()
	d = open(t, h, third)
	// Its worker may still be waiting for somebody to take the result.
	found, err := d.Recover(t.Context(), []attempt.Key{key})
	if err != nil || found[key] != executor.Ended && found[key] != executor.Running {
		t.Fatalf("recover: %v, %v", found, err)
	}
	if r := third.Result(t, key); r.State != glue.RunStopped {
		t.Errorf("result: %+v", r)
	}
}

// notStarted: of an attempt that never began Recover says so, and it can be started.
func notStarted(t *testing.T, h Harness) {
	sink := NewRecorder()
	d := open(t, h, sink)
	key := Key(1)
	recovered(t, d, key, executor.NotStarted)
	if err := d.Start(t.Context(), h.Spec(t, key, Succeed)); err != nil {
		t.Fatal(err)
	}
	sink.Result(t, key)
}

// forget: what was forgotten was never there.
func forget(t *testing.T, h Harness) {
	d, sink, key := begin(t, h, 1, Succeed)
	sink.Result(t, key)
	eventually(t, "forget", func() error { return d.Forget(t.Context(), key) })
	if err := d.Forget(t.Context(), key); err != nil {
		t.Errorf("second forget: %v", err)
	}
	recovered(t, d, key, executor.NotStarted)
}

// closed: a closed driver starts nothing.
func closed(t *testing.T, h Harness) {
	d := open(t, h, NewRecorder())
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := d.Start(t.Context(), h.Spec(t, Key(1), Succeed)); err == nil {
		t.Error("a closed driver started an attempt")
	}
}

// recovered checks what Recover finds of one attempt.
func recovered(t *testing.T, d executor.Driver, key attempt.Key, want executor.Condition) {
	t.Helper()
	found, err := d.Recover(t.Context(), []attempt.Key{key})
	if err != nil || len(found) != 1 || found[key] != want {
		t.Fatalf("recover: %v, %v; want %s", found, err, want)
	}
}
