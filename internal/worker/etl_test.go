package worker

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/core/bookmark"
	"tenon/internal/driver/attemptdir"
	"tenon/internal/driver/executor"
	"tenon/internal/driver/executor/executortest"
	"tenon/internal/glue"
)

// etlScript reads CSV, maps it, writes JSON and commits.
const etlScript = `
import sys
from awsglue.transforms import ApplyMapping
from awsglue.utils import getResolvedOptions
from awsglue.context import GlueContext
from awsglue.job import Job
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME"])
glueContext = GlueContext(SparkContext())
job = Job(glueContext)
job.init(args["JOB_NAME"], args)
source = glueContext.create_dynamic_frame.from_options(
    connection_type="s3", connection_options={"paths": ["s3://input/data/"], "recurse": True},
    format="csv", format_options={"withHeader": True}, transformation_ctx="source")
print("rows", source.count())
mapped = ApplyMapping.apply(frame=source, mappings=[("id", "string", "id", "int"), ("name", "string", "n", "string")], transformation_ctx="mapped")
glueContext.write_dynamic_frame.from_options(frame=mapped, connection_type="s3",
    connection_options={"path": "s3://out/data/"}, format="json", transformation_ctx="sink")
job.commit()
print("committed")
`

// etlBench is a bench with some input.
func etlBench(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	for _, dir := range []string{"input/data", "out"} {
		if err := os.MkdirAll(filepath.Join(b.storage, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	b.input(t, "a.csv", "id,name\n1,one\n2,two\n")
	return b
}

// input puts a file of input, an hour old.
func (b *bench) input(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(b.storage, "input/data", name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
}

// etlSpec is an attempt that runs a Spark script.
func (b *bench) etlSpec(t *testing.T, n int, script string, state []byte, version int64) attempt.Spec {
	t.Helper()
	s := b.spec(t, executortest.Key(n), script)
	s.Command.Name, s.GlueVersion = glue.CommandETL, "5.1"
	s.Limits.MemoryBytes = 1 << 30
	s.Bookmark = &attempt.Bookmark{Option: bookmarkEnable, State: state, Version: version}
	s.Arguments = map[string]string{"--job-bookmark-option": "job-bookmark-enable"}
	return s
}

// TestETL runs a job twice: files, usage and bookmark are reported, and the second run reads only what is new.
func TestETL(t *testing.T) {
	t.Parallel()
	b := etlBench(t)
	spec := b.etlSpec(t, 1, etlScript, nil, 0)
	r := b.run(t, spec)
	if r.State != glue.RunSucceeded {
		t.Fatalf("%+v\n%s", r, b.log(t, spec.Key, attemptdir.Errors))
	}
	if out := b.log(t, spec.Key, attemptdir.Output); out != "rows 2\ncommitted\n" {
		t.Errorf("output %q", out)
	}
	if u := r.Usage; u.FilesRead != 1 || u.BytesRead != 20 || u.FilesWritten < 1 || u.RecordsWritten != 2 || u.BytesWritten == 0 || u.PeakMemory == 0 {
		t.Errorf("usage %+v", u)
	}
	var read, written []attempt.File
	var commit *attempt.BookmarkCommit
	for _, report := range b.sink.Of(spec.Key) {
		for _, f := range report.Files {
			if f.Write {
				written = append(written, f)
			} else {
				read = append(read, f)
			}
		}
		if report.Bookmark != nil {
			commit = report.Bookmark
		}
	}
	if len(read) != 1 || read[0].Path != "s3://input/data/a.csv" || read[0].Context != "source" || read[0].Bytes != 20 || read[0].Modified.IsZero() || read[0].Version == "" {
		t.Errorf("read %+v", read)
	}
	if len(written) == 0 || !strings.HasPrefix(written[0].Path, "s3://out/data/") || written[0].Context != "sink" {
		t.Errorf("written %+v", written)
	}
	if commit == nil || commit.Version != 0 {
		t.Fatalf("commit %+v", commit)
	}
	if state, err := bookmark.Decode(commit.State); err != nil || state.Version != 1 || state.RunID != spec.Key.Run || len(state.Context("source").Marks) != 1 {
		t.Errorf("state %+v, %v", state, err)
	}

	b.input(t, "b.csv", "id,name\n3,three\n")
	if err := os.Chtimes(filepath.Join(b.storage, "input/data/b.csv"), time.Time{}, time.Now()); err != nil {
		t.Fatal(err)
	}
	second := b.etlSpec(t, 2, etlScript, commit.State, 1)
	r = b.run(t, second)
	if out := b.log(t, second.Key, attemptdir.Output); r.State != glue.RunSucceeded || out != "rows 1\ncommitted\n" {
		t.Errorf("%+v\n%s", r, out)
	}
	noneLeft(t, b.driver.Dir(second.Key))
}

// TestETLBounded: bounded runs work off a backlog, the oldest files first, and read each file once.
func TestETLBounded(t *testing.T) {
	t.Parallel()
	b := etlBench(t)
	for i, name := range []string{"d", "c", "b"} {
		b.input(t, name+".csv", "id,name\n"+strings.Repeat("5,five\n", i+1))
		old := time.Now().Add(time.Duration(i-30) * time.Hour)
		if err := os.Chtimes(filepath.Join(b.storage, "input/data", name+".csv"), old, old); err != nil {
			t.Fatal(err)
		}
	}
	script := strings.Replace(etlScript, `"recurse": True`, `"recurse": True, "boundedFiles": "2"`, 1)
	var state []byte
	for i, want := range []string{"d.csv c.csv", "b.csv a.csv", ""} {
		spec := b.etlSpec(t, i+1, script, state, int64(i))
		if r := b.run(t, spec); r.State != glue.RunSucceeded {
			t.Fatalf("%+v\n%s", r, b.log(t, spec.Key, attemptdir.Errors))
		}
		read := map[string]bool{}
		for _, report := range b.sink.Of(spec.Key) {
			for _, f := range report.Files {
				if !f.Write {
					read[filepath.Base(f.Path)] = true
				}
			}
			if report.Bookmark != nil {
				state = report.Bookmark.State
			}
		}
		for _, name := range strings.Fields(want) {
			if !read[name] {
				t.Errorf("run %d did not read %s", i+1, name)
			}
		}
		if len(read) != len(strings.Fields(want)) {
			t.Errorf("run %d read %v, want %s", i+1, read, want)
		}
	}
}

// TestETLCommitRefused: the plane's refusal is the script's exception, and the run's message.
func TestETLCommitRefused(t *testing.T) {
	t.Parallel()
	b := etlBench(t)
	b.sink = executortest.NewRecorder()
	b.sink.Decide = func(r attempt.Report) error {
		if r.Kind == attempt.ReportBookmark {
			return &executor.Refused{Reason: "Continuation update failed due to version mismatch. Expected version 0 but found version 1"}
		}
		return nil
	}
	d := b.open(t, b.sink)
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	spec := b.etlSpec(t, 1, etlScript, nil, 0)
	if err := d.Start(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	r := b.sink.Result(t, spec.Key)
	if r.State != glue.RunFailed || !strings.Contains(r.ErrorMessage, "VersionMismatchException: Continuation update failed") {
		t.Errorf("%+v", r)
	}
}

// TestETLErrors: what the engine refuses is the script's exception, with its line.
func TestETLErrors(t *testing.T) {
	tests := []struct{ name, script, message string }{
		{"missing input", strings.ReplaceAll(etlScript, "s3://input/data/", "s3://input/none/"), "s3://input/none"},
		{"missing bucket", strings.ReplaceAll(etlScript, "s3://input/data/", "s3://nowhere/none/"), "s3://nowhere/none"},
		{"unknown column", "from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\nspark.range(3).select('nope')\n", ", line 3)"},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := etlBench(t)
			spec := b.etlSpec(t, i, test.script, nil, 0)
			if r := b.run(t, spec); r.State != glue.RunFailed || !strings.Contains(r.ErrorMessage, test.message) {
				t.Errorf("%s %q\n%s", r.State, r.ErrorMessage, b.log(t, spec.Key, attemptdir.Errors))
			}
		})
	}
}

// TestETLAnsi: Glue 6.0 is refused by name.
func TestETLAnsi(t *testing.T) {
	t.Parallel()
	b := etlBench(t)
	spec := b.etlSpec(t, 1, "import time\ntime.sleep(60)\n", nil, 0)
	spec.GlueVersion = "6.0"
	if r := b.run(t, spec); r.State != glue.RunFailed || !strings.Contains(r.ErrorMessage, "Glue 6.0") {
		t.Errorf("%+v", r)
	}
}

// TestETLStopped: a query that runs for long is interrupted by Stop.
func TestETLStopped(t *testing.T) {
	t.Parallel()
	b := etlBench(t)
	script := "from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\nprint('ready', flush=True)\n" +
		"spark.range(10**9).crossJoin(spark.range(10**9)).count()\n"
	spec := b.etlSpec(t, 1, script, nil, 0)
	b.start(t, spec)
	until(t, "the script is ready", func() bool { return b.log(t, spec.Key, attemptdir.Output) == "ready\n" })
	if err := b.driver.Stop(t.Context(), spec.Key); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if r := b.sink.Result(t, spec.Key); r.State != glue.RunStopped {
		t.Errorf("%+v", r)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("stopping took %v", took)
	}
}

// TestETLAsAnotherUser: the script may use the engine's socket, and nobody else's.
func TestETLAsAnotherUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	b := etlBench(t)
	spec := b.etlSpec(t, 1, "from pyspark.sql import SparkSession\nprint(SparkSession.builder.getOrCreate().range(3).count())\n", nil, 0)
	spec.RunAs = "nobody"
	b.public(t)
	if r := b.run(t, spec); r.State != glue.RunSucceeded || b.log(t, spec.Key, attemptdir.Output) != "3\n" {
		t.Errorf("%+v\n%s", r, b.log(t, spec.Key, attemptdir.Errors))
	}
}

// TestFitting: reports stay within their bounds, whatever the names.
func TestFitting(t *testing.T) {
	long := make([]attempt.File, 25_000)
	for i := range long {
		long[i].Path = fmt.Sprintf("s3://b/%s%d", strings.Repeat("k", 1000), i)
	}
	if n := fitting(long); n < 1000 || n*1000 > maxReportBytes {
		t.Errorf("%d files of 1,000 bytes", n)
	}
	if n := fitting(make([]attempt.File, 25_000)); n != attempt.MaxReportFiles {
		t.Errorf("%d short files", n)
	}
	if n := fitting([]attempt.File{{Path: strings.Repeat("k", maxReportBytes)}}); n != 1 {
		t.Errorf("%d", n)
	}
}
