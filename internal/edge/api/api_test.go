package api

import (
	"strings"
	"testing"
	"time"

	"tenon/internal/glue"
	"tenon/internal/wire"
)

// TestTableIsComplete: every operation that the wire serves has its method, and no other.
func TestTableIsComplete(t *testing.T) {
	table := (&API{}).table()
	for _, op := range wire.Operations() {
		if _, ok := table[op.Name]; ok != op.Served {
			t.Errorf("%s: served by wire %v, by api %v", op.Name, op.Served, ok)
		}
	}
}

// TestCompleteJob shows which jobs are refused, and what an accepted one is filled with.
func TestCompleteJob(t *testing.T) {
	script := &wire.JobCommand{Name: ptr("glueetl"), ScriptLocation: ptr("s3://b/s.py")}
	shell := &wire.JobCommand{Name: ptr("pythonshell"), ScriptLocation: ptr("s3://b/s.py")}
	for _, c := range []struct {
		name    string
		job     wire.Job
		refused string
		dpus    float64
		timeout int32
	}{
		{"spark defaults", wire.Job{Role: ptr("r"), Command: script}, "", 10, 480},
		{"Glue 4.0", wire.Job{Role: ptr("r"), Command: script, GlueVersion: ptr("4.0"), WorkerType: ptr("G.2X"), NumberOfWorkers: ptr(int32(3))}, "", 6, 2880},
		{"quarter workers", wire.Job{Role: ptr("r"), Command: script, WorkerType: ptr("G.025X"), NumberOfWorkers: ptr(int32(2))}, "", 0.5, 480},
		{"old capacity", wire.Job{Role: ptr("r"), Command: script, AllocatedCapacity: ptr(int32(5))}, "", 5, 480},
		{"shell defaults", wire.Job{Role: ptr("r"), Command: shell}, "", 0.0625, 2880},
		{"shell, one DPU", wire.Job{Role: ptr("r"), Command: shell, MaxCapacity: ptr(1.0)}, "", 1, 2880},
		{"shell, two DPUs", wire.Job{Role: ptr("r"), Command: shell, MaxCapacity: ptr(2.0)}, "must be 0.0625 or 1", 0, 0},
		{"type without number", wire.Job{Role: ptr("r"), Command: script, WorkerType: ptr("G.1X")}, "Please set both Worker Type and Number of Workers.", 0, 0},
		{"workers and capacity", wire.Job{Role: ptr("r"), Command: script, WorkerType: ptr("G.1X"), NumberOfWorkers: ptr(int32(2)), MaxCapacity: ptr(2.0)}, "Please do not set Max Capacity", 0, 0},
		{"too many workers", wire.Job{Role: ptr("r"), Command: script, WorkerType: ptr("G.1X"), NumberOfWorkers: ptr(int32(300))}, "maximum allowed value of Number of Workers is 299", 0, 0},
		{"made-up worker", wire.Job{Role: ptr("r"), Command: script, WorkerType: ptr("X.9"), NumberOfWorkers: ptr(int32(2))}, "Worker Type X.9 is not supported", 0, 0},
		{"no role", wire.Job{Command: script}, "Role is required", 0, 0},
		{"no script", wire.Job{Role: ptr("r"), Command: &wire.JobCommand{Name: ptr("glueetl")}}, "ScriptLocation is required", 0, 0},
		{"made-up command", wire.Job{Role: ptr("r"), Command: &wire.JobCommand{Name: ptr("cobol"), ScriptLocation: ptr("s3://b/s")}}, `"cobol" is not valid`, 0, 0},
		{"retries", wire.Job{Role: ptr("r"), Command: script, MaxRetries: ptr(int32(11))}, "MaxRetries must be between 0 and 10", 0, 0},
		{"a week and more", wire.Job{Role: ptr("r"), Command: script, Timeout: ptr(int32(10_081))}, "Timeout must be between 1 and 10080", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := completeJob(&c.job)
			if c.refused != "" {
				if err == nil || glue.CodeOf(err) != glue.CodeInvalidInput || !strings.Contains(err.Error(), c.refused) {
					t.Fatalf("got %v, want %q", err, c.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if *c.job.MaxCapacity != c.dpus || *c.job.Timeout != c.timeout || *c.job.ExecutionProperty.MaxConcurrentRuns != 1 {
				t.Errorf("capacity %v, timeout %v", *c.job.MaxCapacity, *c.job.Timeout)
			}
		})
	}
}

// TestTokens: a page token is good for its own list alone.
func TestTokens(t *testing.T) {
	p := pager{key: []byte("k")}
	token := p.next("ListJobs/us-east-1", nil, "last")
	var got string
	if err := p.read(token, "ListJobs/us-east-1", nil, &got); err != nil || got != "last" {
		t.Fatalf("%q %v", got, err)
	}
	for name, err := range map[string]error{
		"another region":  p.read(token, "ListJobs/us-east-2", nil, &got),
		"another filter":  p.read(token, "ListJobs/us-east-1", map[string]string{"a": "b"}, &got),
		"another key":     pager{key: []byte("x")}.read(token, "ListJobs/us-east-1", nil, &got),
		"cut short":       p.read(ptr((*token)[:20]), "ListJobs/us-east-1", nil, &got),
		"not base64":      p.read(ptr("***"), "ListJobs/us-east-1", nil, &got),
		"longer than any": p.read(ptr(strings.Repeat("A", maxTokenLength+1)), "ListJobs/us-east-1", nil, &got),
	} {
		if glue.CodeOf(err) != glue.CodeInvalidInput {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestExecutionTime: of a running run it grows, of an ended one it is the sum of its attempts.
func TestExecutionTime(t *testing.T) {
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	run := glue.JobRun{State: glue.RunRunning, Started: began, Executed: 30 * time.Second}
	if got := *runShape(&run, "", "", began.Add(12*time.Second)).ExecutionTime; got != 42 {
		t.Errorf("running: %d s", got)
	}
	run.State = glue.RunSucceeded
	if got := *runShape(&run, "", "", began.Add(12*time.Second)).ExecutionTime; got != 30 {
		t.Errorf("ended: %d s", got)
	}
}
