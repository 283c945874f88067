package conformance

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// command runs a command of the Python environment with the profile that Tenon wrote and nothing else of the user's.
func (s *server) command(name string, args ...string) string {
	s.t.Helper()
	t := s.t.(*testing.T)
	cmd := exec.Command(filepath.Join(filepath.Dir(python(t)), name), args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "AWS_PAGER=",
		"AWS_CONFIG_FILE=" + filepath.Join(s.dir, "aws/config"), "AWS_PROFILE=tenon",
		"AWS_ACCESS_KEY_ID=" + accessKey, "AWS_SECRET_ACCESS_KEY=" + secretKey}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// TestAWSCLI runs a job with nothing but the AWS CLI and the profile file.
func TestAWSCLI(t *testing.T) {
	s := start(t, "")
	path := filepath.Join(t.TempDir(), "job.py")
	if err := os.WriteFile(path, []byte("print('from the CLI')\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.command("aws", "s3", "mb", "s3://code")
	s.command("aws", "s3", "cp", path, "s3://code/job.py")
	s.command("aws", "glue", "create-job", "--name", "cli", "--role", role, "--command", "Name=pythonshell,ScriptLocation=s3://code/job.py,PythonVersion=3.9")
	var started struct{ JobRunId string }
	if err := json.Unmarshal([]byte(s.command("aws", "glue", "start-job-run", "--job-name", "cli")), &started); err != nil {
		t.Fatal(err)
	}
	s.wait("cli", started.JobRunId)
	state := s.command("aws", "glue", "get-job-run", "--job-name", "cli", "--run-id", started.JobRunId, "--query", "JobRun.JobRunState", "--output", "text")
	if strings.TrimSpace(state) != "SUCCEEDED" {
		t.Errorf("state %s", state)
	}
	logs := s.command("aws", "logs", "get-log-events", "--log-group-name", "/aws-glue/python-jobs/output", "--log-stream-name", started.JobRunId, "--query", "events[].message", "--output", "text")
	if !strings.Contains(logs, "from the CLI") {
		t.Errorf("logs: %s", logs)
	}
	if who := s.command("aws", "sts", "get-caller-identity", "--query", "Account", "--output", "text"); strings.TrimSpace(who) != "123456789012" {
		t.Errorf("identity: %s", who)
	}
	if got := s.command("aws", "iam", "get-role", "--role-name", "glue", "--query", "Role.Arn", "--output", "text"); !strings.Contains(got, ":role/glue") {
		t.Errorf("role: %s", got)
	}
}

// TestBoto3 runs a script that uses boto3 inside a job: every call reaches Tenon, with the run's own key.
func TestBoto3(t *testing.T) {
	s := start(t, "executor: {local: {python: "+python(t)+"}}")
	s.job("inside", "pythonshell", script(t, "boto3_inside.py"))
	run := s.succeed("inside", map[string]string{"--bucket": "scripts"})
	if out := s.stream(run, "output"); !strings.Contains(out, "jobs: ['inside']") || !strings.Contains(out, "objects: ['inside.py']") || !strings.Contains(out, "account: 123456789012") {
		t.Errorf("output: %s", out)
	}
	out := s.command("python", "testdata/boto3_outside.py", s.endpoint)
	if !strings.Contains(out, "ok") {
		t.Errorf("boto3: %s", out)
	}
}

// TestBoto3Events: EventBridge's client makes rules and puts events; a workflow starts at the second of two, a job at an object
// that arrives, each once.
func TestBoto3Events(t *testing.T) {
	s := start(t, "executor: {local: {python: "+python(t)+"}}")
	if out := s.command("python", "testdata/boto3_events.py"); !strings.Contains(out, "ok") {
		t.Errorf("boto3: %s", out)
	}
}
