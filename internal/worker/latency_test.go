package worker

import (
	"os"
	"slices"
	"testing"
	"time"

	"tenon/internal/driver/attemptdir"
	"tenon/internal/driver/executor/executortest"
	"tenon/internal/glue"
)

// BenchmarkFirstLine measures from the call of Driver.Start to the script's first line in the log (which has
// milliseconds), one attempt at a time: go test -run '^$' -bench FirstLine -benchtime 50x ./internal/worker
func BenchmarkFirstLine(b *testing.B) {
	for command, script := range map[string]string{
		glue.CommandShell: "print('hello')\n",
		glue.CommandETL:   "print('hello')\n",
	} {
		b.Run(command, func(b *testing.B) {
			benchFirstLine(b, command, script)
		})
	}
}

// benchFirstLine runs b.N attempts.
func benchFirstLine(b *testing.B, command, script string) {
	bench := newBench(b)
	sink := executortest.NewRecorder()
	d := bench.open(b, sink)
	defer func() {
		if err := d.Close(); err != nil {
			b.Error(err)
		}
	}()
	var first, all []time.Duration
	for i := range b.N {
		spec := bench.spec(b, executortest.Key(i), script)
		spec.Command.Name = command
		begun := time.Now()
		if err := d.Start(b.Context(), spec); err != nil {
			b.Fatal(err)
		}
		if r := sink.Result(b, spec.Key); r.State != glue.RunSucceeded {
			b.Fatalf("%+v", r)
		}
		all = append(all, time.Since(begun))
		events, _, err := d.Dir(spec.Key).ReadLog(attemptdir.Output, 0, 1)
		if err != nil || len(events) != 1 {
			b.Fatalf("%v, %v", events, err)
		}
		first = append(first, events[0].At.Sub(begun.Truncate(time.Millisecond)))
		if err := os.RemoveAll(string(d.Dir(spec.Key))); err != nil {
			b.Fatal(err)
		}
	}
	for name, times := range map[string][]time.Duration{"first-line": first, "whole": all} {
		slices.Sort(times)
		b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, name+"-p50-ms")
		b.ReportMetric(float64(times[len(times)*95/100].Microseconds())/1000, name+"-p95-ms")
	}
}
