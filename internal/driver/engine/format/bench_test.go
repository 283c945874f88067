package format

import (
	"bytes"
	"context"
	"syscall"
	"testing"
	"time"

	"tenon/internal/demo"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// benchSeed makes the benchmarks' input; any would do.
const benchSeed = 1

// medicare puts the demonstration's full input at s3://bucket/in/a.csv and returns its size in bytes.
func (b *bench) medicare(tb testing.TB) int64 {
	tb.Helper()
	var text bytes.Buffer
	if err := demo.Write(&text, demo.Rows, benchSeed); err != nil {
		tb.Fatal(err)
	}
	b.put(tb, "s3://bucket/in/a.csv", text.Bytes())
	return int64(text.Len())
}

// measure begins the timed part, and has the processor time of all threads reported beside the wall clock: what remains
// comparable on a machine that is doing other things.
func measure(tb *testing.B) {
	used := func() time.Duration {
		var u syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // cannot fail for oneself
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	start := used()
	tb.Cleanup(func() { tb.ReportMetric(float64((used()-start).Milliseconds())/float64(tb.N), "cpu-ms/op") })
	tb.ResetTimer()
}

// glueCSV is the source over it.
func glueCSV() plan.Source {
	return glueSource("csv", map[string]any{"paths": []string{"s3://bucket/in"}}, map[string]any{"withHeader": true})
}

// mapped is an ApplyMapping of the demonstration's columns: names without blanks, two of them numbers.
func mapped(o relation.Opened) relation.Relation {
	rel := relation.Relation{Schema: append(o.Schema[:0:0], o.Schema...)}
	rel.SQL = "SELECT c0, TRY_CAST(c1 AS BIGINT) AS c1, c2, c3, c4, c5, c6, c7, TRY_CAST(c8 AS BIGINT) AS c8, c9, c10, c11 FROM (" + o.SQL + ")"
	rel.Schema[1].Type.Kind, rel.Schema[8].Type.Kind = "bigint", "bigint"
	for i, name := range []string{"drg", "provider_id", "provider_name", "street", "city", "state", "zip", "region", "discharges", "covered", "total", "medicare"} {
		rel.Schema[i].Name = name
	}
	return rel
}

// pipeline measures opening the CSV and writing it.
func pipeline(tb *testing.B, w plan.Write) {
	b := newBench(tb)
	tb.SetBytes(b.medicare(tb))
	measure(tb)
	for range tb.N {
		o, err := b.Open(context.Background(), b.db, glueCSV())
		if err != nil {
			tb.Fatal(err)
		}
		out, err := b.Write(context.Background(), b.db, mapped(o), w)
		if err != nil {
			tb.Fatal(err)
		}
		if out.Written.Records != demo.Rows {
			tb.Fatalf("%d records", out.Written.Records)
		}
	}
}

// BenchmarkCSVToGzipJSON is the demonstration's Input job: 28 MB of CSV -> ApplyMapping -> gzip JSON.
func BenchmarkCSVToGzipJSON(tb *testing.B) {
	pipeline(tb, glueSink("json", map[string]any{"path": "s3://bucket/out", "compression": "gzip"}, nil))
}

// BenchmarkCSVToParquet writes snappy Parquet.
func BenchmarkCSVToParquet(tb *testing.B) {
	pipeline(tb, glueSink("parquet", map[string]any{"path": "s3://bucket/out"}, nil))
}

// BenchmarkCSVToCSV writes text without compression.
func BenchmarkCSVToCSV(tb *testing.B) {
	pipeline(tb, glueSink("csv", map[string]any{"path": "s3://bucket/out"}, nil))
}

// BenchmarkOpenCSV is the scan alone.
func BenchmarkOpenCSV(tb *testing.B) {
	b := newBench(tb)
	tb.SetBytes(b.medicare(tb))
	measure(tb)
	for range tb.N {
		b.mustOpen(tb, glueCSV())
	}
}

// BenchmarkRewriteCSV is the slow road of the scan: a file that DuckDB cannot be trusted with.
func BenchmarkRewriteCSV(tb *testing.B) {
	b := newBench(tb)
	tb.SetBytes(b.medicare(tb))
	src := plan.Source{ConnectionType: "file", Format: "csv", Paths: []string{"s3://bucket/in"}, Options: opts(map[string]any{"header": true, "nullValue": "NA"})}
	measure(tb)
	for range tb.N {
		b.mustOpen(tb, src)
	}
}

// BenchmarkGzipJSONToJSON is the demonstration's Output job: gzip JSON -> JSON.
func BenchmarkGzipJSONToJSON(tb *testing.B) {
	b := newBench(tb)
	b.medicare(tb)
	out := b.mustWrite(tb, mapped(b.mustOpen(tb, glueCSV())), glueSink("json", map[string]any{"path": "s3://bucket/staging", "compression": "gzip"}, nil))
	tb.SetBytes(out.Written.Bytes)
	measure(tb)
	for range tb.N {
		o := b.mustOpen(tb, glueSource("json", map[string]any{"paths": []string{"s3://bucket/staging"}, "recurse": true}, nil))
		b.mustWrite(tb, o.Relation, glueSink("json", map[string]any{"path": "s3://bucket/out"}, nil))
	}
}

// BenchmarkOpenGzipJSON is its scan alone.
func BenchmarkOpenGzipJSON(tb *testing.B) {
	b := newBench(tb)
	b.medicare(tb)
	out := b.mustWrite(tb, mapped(b.mustOpen(tb, glueCSV())), glueSink("json", map[string]any{"path": "s3://bucket/staging", "compression": "gzip"}, nil))
	tb.SetBytes(out.Written.Bytes)
	measure(tb)
	for range tb.N {
		b.mustOpen(tb, glueSource("json", map[string]any{"paths": []string{"s3://bucket/staging"}, "recurse": true}, nil))
	}
}
