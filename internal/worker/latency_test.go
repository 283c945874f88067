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
	for _, test := range []struct{ name, command, script string }{
		{"pythonshell", glue.CommandShell, "print('hello')\n"},
		{"glueetl", glue.CommandETL, "print('hello')\n"},
		{"glueetl-context", glue.CommandETL, "from awsglue.context import GlueContext\nfrom pyspark.context import SparkContext\nGlueContext(SparkContext())\nprint('hello')\n"},
		{"glueetl-count", glue.CommandETL, "from pyspark.sql import SparkSession\nprint(SparkSession.builder.getOrCreate().range(3).count())\n"},
	} {
		b.Run(test.name, func(b *testing.B) {
			benchFirstLine(b, test.command, test.script)
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
	var spawned, started, first, all []time.Duration
	for i := range b.N {
		spec := bench.spec(b, executortest.Key(i), script)
		spec.Command.Name, spec.GlueVersion = command, "5.1"
		begun := time.Now()
		if err := d.Start(b.Context(), spec); err != nil {
			b.Fatal(err)
		}
		spawned = append(spawned, time.Since(begun))
		if r := sink.Result(b, spec.Key); r.State != glue.RunSucceeded {
			b.Fatalf("%+v", r)
		}
		all = append(all, time.Since(begun))
		events, _, err := d.Dir(spec.Key).ReadLog(attemptdir.Output, 0, 1)
		if err != nil || len(events) != 1 {
			b.Fatalf("%v, %v", events, err)
		}
		started = append(started, d.Dir(spec.Key).StartedAt().Sub(begun))
		first = append(first, events[0].At.Sub(begun.Truncate(time.Millisecond)))
		if err := os.RemoveAll(string(d.Dir(spec.Key))); err != nil {
			b.Fatal(err)
		}
	}
	for name, times := range map[string][]time.Duration{"spawned": spawned, "started": started, "first-line": first, "whole": all} {
		slices.Sort(times)
		b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, name+"-p50-ms")
		b.ReportMetric(float64(times[len(times)*95/100].Microseconds())/1000, name+"-p95-ms")
	}
}
