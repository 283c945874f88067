//go:build failpoints

package worker

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tenon/internal/driver/executor/executortest"
	"tenon/internal/glue"
)

// TestFailpoints kills the worker once at each point of its life: the attempt ends in the one state that is true, and
// its script never runs twice. go test -tags failpoints -run Failpoints ./internal/worker
func TestFailpoints(t *testing.T) {
	for point, want := range map[string]struct {
		state glue.RunState
		runs  int // of the script
	}{
		"worker.before_lock":    {glue.RunSucceeded, 1},
		"worker.after_lock":     {glue.RunSucceeded, 1},
		"worker.before_started": {glue.RunSucceeded, 1},
		"worker.after_started":  {glue.RunFailed, 0},
		"worker.before_result":  {glue.RunFailed, 1},
		"worker.after_result":   {glue.RunSucceeded, 1},
		"worker.after_ack":      {glue.RunSucceeded, 1},
	} {
		t.Run(point, func(t *testing.T) {
			b := newBench(t)
			once := filepath.Join(b.root, "once")
			t.Setenv("TENON_FAILPOINTS", point+"="+once)
			trace := filepath.Join(b.root, "trace")
			spec := b.spec(t, executortest.Key(1), "open('"+trace+"', 'a').write('x')\n")
			r := b.run(t, spec)
			if r.State != want.state || r.State == glue.RunFailed && r.ErrorMessage != "worker ended without a result" {
				t.Errorf("result: %+v", r)
			}
			until(t, "the point was reached", func() bool { _, err := os.Stat(once); return err == nil })
			text, err := os.ReadFile(trace)
			if err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			if n := strings.Count(string(text), "x"); n != want.runs {
				t.Errorf("the script ran %d times", n)
			}
		})
	}
}

// TestBookmarkFailpoints kills the worker around job.commit(): a bookmark is committed at most once, and once the plane
// has taken it, it stays taken although the run is lost.
func TestBookmarkFailpoints(t *testing.T) {
	for point, commits := range map[string]int{
		"worker.before_bookmark":     0,
		"worker.before_bookmark_ack": -1, // 0 or 1: whichever was faster
		"worker.after_bookmark_ack":  1,
	} {
		t.Run(point, func(t *testing.T) {
			b := etlBench(t)
			t.Setenv("TENON_FAILPOINTS", point+"="+filepath.Join(b.root, "once"))
			spec := b.etlSpec(t, 1, etlScript, nil, 0)
			if r := b.run(t, spec); r.State != glue.RunFailed || r.ErrorMessage != "worker ended without a result" {
				t.Errorf("%+v", r)
			}
			n := 0
			for _, report := range b.sink.Of(spec.Key) {
				if report.Bookmark != nil {
					n++
				}
			}
			if n > 1 || commits >= 0 && n != commits {
				t.Errorf("%d commits", n)
			}
		})
	}
}
