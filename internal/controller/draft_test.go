package controller

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tenon/internal/glue"
)

// shell is a Python shell job.
func shell(name string) glue.Job {
	return glue.Job{Name: name, Role: "r", Command: glue.Command{Name: glue.CommandShell, PythonVersion: "3.9"}, Incarnation: 1}
}

func TestDraftMergesArguments(t *testing.T) {
	j := job("j")
	j.DefaultArguments = map[string]string{"--a": "job", "--b": "job", "--c": "job", "--d": "job"}
	j.NonOverridable = map[string]string{"--d": "fixed", "--e": "fixed"}
	req := request(j)
	req.Arguments = map[string]string{"--c": "run", "--d": "run", "--f": ""}
	req.Previous = &glue.JobRun{ID: "jr_old", Arguments: map[string]string{"--b": "old", "--c": "old", "--d": "fixed before", argRunKey: "k"}}
	run, err := draft(&req)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"--a": "job", "--b": "old", "--c": "run", "--d": "fixed", "--e": "fixed", "--f": ""}
	if diff := cmp.Diff(want, run.Arguments); diff != "" {
		t.Errorf("arguments (-want +got):\n%s", diff)
	}
	if run.PreviousRun != "jr_old" {
		t.Errorf("previous run is %q", run.PreviousRun)
	}
}

func TestDraftFillsTheRun(t *testing.T) {
	two := 2.0
	for _, c := range []struct {
		name  string
		job   func(*glue.Job)
		req   func(*StartRequest)
		check func(glue.JobRun) any
		want  any
	}{
		{name: "the job's workers", check: func(r glue.JobRun) any { return []any{r.WorkerType, r.NumberOfWorkers, r.QuarterDPUs, r.MaxCapacity} },
			want: []any{"G.1X", 2, int64(8), 2.0}},
		{name: "the run's number of workers", req: func(r *StartRequest) { r.NumberOfWorkers = 5 },
			check: func(r glue.JobRun) any { return []any{r.WorkerType, r.NumberOfWorkers, r.QuarterDPUs} }, want: []any{"G.1X", 5, int64(20)}},
		{name: "the run's MaxCapacity instead of the job's workers", req: func(r *StartRequest) { r.MaxCapacity = &two },
			check: func(r glue.JobRun) any { return []any{r.WorkerType, r.MaxCapacity} }, want: []any{"", 2.0}},
		{name: "the run's AllocatedCapacity", req: func(r *StartRequest) { r.AllocatedCapacity = 3 },
			check: func(r glue.JobRun) any { return r.MaxCapacity }, want: 3.0},
		{name: "the job's MaxCapacity beside workers is derived", job: func(j *glue.Job) { j.MaxCapacity = &two },
			check: func(r glue.JobRun) any { return r.WorkerType }, want: "G.1X"},
		{name: "the run's Timeout", job: func(j *glue.Job) { j.Timeout = 10 }, req: func(r *StartRequest) { r.Timeout = 7 },
			check: func(r glue.JobRun) any { return r.TimeoutMinutes }, want: 7},
		{name: "the job's Timeout", job: func(j *glue.Job) { j.Timeout = 10 },
			check: func(r glue.JobRun) any { return r.TimeoutMinutes }, want: 10},
		{name: "the default Timeout of Glue 4", job: func(j *glue.Job) { j.GlueVersion = "4.0" },
			check: func(r glue.JobRun) any { return r.TimeoutMinutes }, want: 2880},
		{name: "the default Timeout of Glue 5", check: func(r glue.JobRun) any { return r.TimeoutMinutes }, want: 480},
		{name: "python shell", job: func(j *glue.Job) { *j = shell("s") },
			check: func(r glue.JobRun) any {
				return []any{r.LogGroup, r.MaxCapacity, r.QuarterDPUs, r.TimeoutMinutes, r.ExecutionClass}
			},
			want: []any{logGroupShell, 0.0625, int64(1), 2880, ""}},
		{name: "spark", check: func(r glue.JobRun) any { return []any{r.LogGroup, r.ExecutionClass} }, want: []any{logGroupSpark, "STANDARD"}},
		{name: "the run's queuing", req: func(r *StartRequest) { yes := true; r.QueuingEnabled = &yes },
			check: func(r glue.JobRun) any { return r.QueuingEnabled }, want: true},
		{name: "a security configuration that asks for nothing", req: func(r *StartRequest) { r.Security = &Security{Name: "plain"} },
			check: func(r glue.JobRun) any { return r.SecurityConfig }, want: "plain"},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := job("j")
			if c.job != nil {
				c.job(&j)
			}
			req := request(j)
			if c.req != nil {
				c.req(&req)
			}
			run, err := draft(&req)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, c.check(run)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDraftRefusesByName(t *testing.T) {
	three := 3.0
	for _, c := range []struct {
		name string
		edit func(*StartRequest)
		want string
	}{
		{"streaming", func(r *StartRequest) { r.Job.Command.Name = glue.CommandStreaming }, "Command name gluestreaming is not supported"},
		{"ray", func(r *StartRequest) { r.Job.Command.Name = glue.CommandRay }, "Command name glueray is not supported"},
		{"scala", func(r *StartRequest) { r.Arguments = map[string]string{"--job-language": "scala"} }, "Job language scala is not supported"},
		{"the job's security configuration", func(r *StartRequest) { r.Job.SecurityConfiguration = "sec" },
			"Security configuration sec is not honoured by Tenon yet: S3Encryption, CloudWatchEncryption, JobBookmarksEncryption"},
		{"what it asks for", func(r *StartRequest) { r.Security = &Security{"sec", []string{"S3Encryption SSE-KMS"}} },
			"not honoured by Tenon yet: S3Encryption SSE-KMS"},
		{"a worker type alone", func(r *StartRequest) { r.Job.WorkerType, r.Job.NumberOfWorkers = "", 0; r.WorkerType = "G.2X" },
			"Please set both Worker Type and Number of Workers."},
		{"workers and capacity", func(r *StartRequest) { r.MaxCapacity, r.WorkerType, r.NumberOfWorkers = &three, "G.1X", 2 },
			"Please do not set Max Capacity"},
		{"a timeout", func(r *StartRequest) { r.Timeout = 10081 }, "Timeout must be between 1 and 10080"},
		{"a class", func(r *StartRequest) { r.ExecutionClass = "SPOT" }, "Execution class SPOT is unknown"},
		{"FLEX shell", func(r *StartRequest) { r.Job = shell("s"); r.ExecutionClass = "FLEX" }, "Execution class FLEX is only"},

		{"a bookmark option", func(r *StartRequest) { r.Arguments = map[string]string{argBookmark: "enable"} }, `--job-bookmark-option is "enable"`},
		{"too many arguments", func(r *StartRequest) {
			r.Arguments = map[string]string{}
			for i := range glue.MaxArguments + 1 {
				r.Arguments[strings.Repeat("x", i+1)] = ""
			}
		}, "Argument list too long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			req := request(job("j"))
			c.edit(&req)
			_, err := draft(&req)
			if glue.CodeOf(err) != glue.CodeInvalidInput || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want InvalidInputException with %q", err, c.want)
			}
		})
	}
}

func TestBookmarkOption(t *testing.T) {
	for _, c := range []struct {
		args map[string]string
		want string
	}{
		{nil, ""},
		{map[string]string{argBookmark: "job-bookmark-enable"}, bookmarkEnable},
		{map[string]string{argBookmark: "job-bookmark-pause"}, bookmarkPause},
		{map[string]string{argBookmark: "job-bookmark-disable", argContinuation: "continuation-enabled"}, ""},
		{map[string]string{argContinuation: "continuation-enabled"}, bookmarkEnable},
		{map[string]string{argContinuation: "continuation-readonly"}, bookmarkPause},
		{map[string]string{argContinuation: "continuation-ignore"}, ""},
	} {
		if got, err := bookmarkOption(c.args); got != c.want || err != nil {
			t.Errorf("%v is %q, %v; want %q", c.args, got, err, c.want)
		}
	}
}
