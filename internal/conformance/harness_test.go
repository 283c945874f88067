package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"tenon/internal/client"
)

// The key that every server of these tests is started with.
const (
	accessKey = "TESTKEY000000000FOO"
	secretKey = "test-secret"
	region    = "us-east-1"
	role      = "arn:aws:iam::123456789012:role/glue"
)

// binary is the program under test, built once by TestMain.
var binary string

// TestMain builds the program.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "tenon-conformance-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "tenon")
	build := exec.Command("go", "build", "-ldflags", "-s -w", "-o", binary, "tenon/cmd/tenon")
	build.Stderr = os.Stderr
	code := 1
	if err := build.Run(); err == nil {
		code = m.Run()
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// server is a running Tenon.
type server struct {
	t        testing.TB
	exe      string // the program; binary, unless a test has another
	dir      string
	listen   string
	config   string
	env      []string
	cmd      *exec.Cmd
	log      string // a file, which outlives a process that is killed
	endpoint string
	s3       string
}

// start runs a server with the text of a tenon.yaml, and ends it with the test.
func start(t testing.TB, config string, env ...string) *server {
	t.Helper()
	s := &server{t: t, exe: binary, dir: t.TempDir(), listen: freePort(t), config: config, env: env, log: filepath.Join(t.TempDir(), "server.log")}
	s.boot()
	t.Cleanup(func() {
		s.stop()
		if t.Failed() {
			text, _ := os.ReadFile(s.log)
			t.Logf("server log:\n%s", tail(string(text), 8000))
		}
	})
	return s
}

// freePort is a loopback address that nobody listens on.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// boot starts the process and waits until it serves.
func (s *server) boot() {
	s.t.Helper()
	if !s.tryBoot() {
		s.t.Fatal("the server ended at its start")
	}
}

// tryBoot is boot for servers that may end at their start; it reports whether this one serves.
func (s *server) tryBoot() bool {
	s.t.Helper()
	args := []string{"serve", "--listen", s.listen, "--data-dir", s.dir}
	if s.config != "" {
		path := filepath.Join(s.dir, "tenon.yaml")
		if err := os.WriteFile(path, []byte(s.config), 0o600); err != nil {
			s.t.Fatal(err)
		}
		args = append(args, "--config", path)
	}
	log, err := os.OpenFile(s.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close() // the process has its own
	s.cmd = exec.Command(s.exe, args...)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	s.cmd.Env = append(append(os.Environ(), "TENON_ACCESS_KEY_ID="+accessKey, "TENON_SECRET_ACCESS_KEY="+secretKey), s.env...)
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.endpoint = "http://" + s.listen
	alive := true
	waitFor(s.t, 60*time.Second, "the server to be ready", func() bool {
		if s.ready() {
			return true
		}
		alive = !ended(s.cmd.Process.Pid)
		return !alive
	})
	if !alive {
		_ = s.cmd.Wait()
		return false
	}
	profile, err := client.ReadProfile(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	s.s3 = profile.S3Endpoint
	return true
}

// ready reports whether the server serves.
func (s *server) ready() bool {
	resp, err := http.Get(s.endpoint + "/readyz")
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// ended reports whether a child of ours is a zombie.
func ended(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, _ := strings.Cut(string(stat), ") ")
	return err != nil || strings.HasPrefix(after, "Z")
}

// kill ends the server as kill -9 does.
func (s *server) kill() {
	s.t.Helper()
	if err := s.cmd.Process.Kill(); err != nil {
		s.t.Fatal(err)
	}
	_ = s.cmd.Wait()
}

// stop ends the server in peace.
func (s *server) stop() {
	if s.cmd.ProcessState != nil {
		return
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = s.cmd.Wait() }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		_ = s.cmd.Process.Kill()
		<-done
	}
}

// config is the SDK's configuration for this server.
func (s *server) aws() aws.Config {
	return aws.Config{Region: region, Credentials: credentials.NewStaticCredentialsProvider(accessKey, secretKey, "")}
}

// glue is an SDK client that tries once: a test that tries again would hide what it is for.
func (s *server) glue() *glue.Client {
	return glue.NewFromConfig(s.aws(), func(o *glue.Options) {
		o.BaseEndpoint, o.RetryMaxAttempts, o.HTTPClient = aws.String(s.endpoint), 1, &http.Client{Transport: whole{}}
	})
}

// whole hands on an answer when all of it has come. The SDK closes its request as soon as the answer begins; where the
// transport is not done with it then, as with a server that answers at once, it closes the connection, and the rest of an
// answer of more than 4 KB is lost. (Users' clients try again.)
type whole struct{}

// RoundTrip implements http.RoundTripper.
func (whole) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// logs is an SDK client of CloudWatch Logs.
func (s *server) logs() *cloudwatchlogs.Client {
	return cloudwatchlogs.NewFromConfig(s.aws(), func(o *cloudwatchlogs.Options) { o.BaseEndpoint = aws.String(s.endpoint) })
}

// sts is an SDK client of STS.
func (s *server) sts() *sts.Client {
	return sts.NewFromConfig(s.aws(), func(o *sts.Options) { o.BaseEndpoint = aws.String(s.endpoint) })
}

// s3client is an SDK client of the built-in S3.
func (s *server) s3client() *s3.Client {
	return s3.NewFromConfig(s.aws(), func(o *s3.Options) { o.BaseEndpoint = aws.String(s.s3); o.UsePathStyle = true })
}

// put stores an object, making its bucket on need, and returns its URL.
func (s *server) put(bucket, key, text string) string {
	s.t.Helper()
	s.bucket(bucket)
	if _, err := s.s3client().PutObject(s.t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader(text)}); err != nil {
		s.t.Fatal(err)
	}
	return "s3://" + bucket + "/" + key
}

// bucket makes a bucket that may be there.
func (s *server) bucket(name string) {
	s.t.Helper()
	if _, err := s.s3client().CreateBucket(s.t.Context(), &s3.CreateBucketInput{Bucket: &name}); err != nil && !strings.Contains(err.Error(), "BucketAlready") {
		s.t.Fatal(err)
	}
}

// job creates a job that runs a script.
func (s *server) job(name, kind, script string, more ...func(*glue.CreateJobInput)) {
	s.t.Helper()
	in := &glue.CreateJobInput{Name: &name, Role: aws.String(role), Command: &types.JobCommand{
		Name: &kind, ScriptLocation: aws.String(s.put("scripts", name+".py", script)), PythonVersion: aws.String("3")}}
	if kind == "pythonshell" {
		in.Command.PythonVersion = aws.String("3.9")
	} else {
		in.GlueVersion, in.WorkerType, in.NumberOfWorkers = aws.String("4.0"), types.WorkerTypeG1x, aws.Int32(2)
	}
	for _, f := range more {
		f(in)
	}
	if _, err := s.glue().CreateJob(s.t.Context(), in); err != nil {
		s.t.Fatal(err)
	}
}

// run starts a job and returns the run's id.
func (s *server) run(job string, args map[string]string) string {
	s.t.Helper()
	out, err := s.glue().StartJobRun(s.t.Context(), &glue.StartJobRunInput{JobName: &job, Arguments: args})
	if err != nil {
		s.t.Fatal(err)
	}
	return *out.JobRunId
}

// finals are the states that end a run.
var finals = map[types.JobRunState]bool{
	types.JobRunStateSucceeded: true, types.JobRunStateFailed: true, types.JobRunStateStopped: true,
	types.JobRunStateTimeout: true, types.JobRunStateError: true, types.JobRunStateExpired: true,
}

// wait polls a run until it is final.
func (s *server) wait(job, id string) *types.JobRun {
	s.t.Helper()
	var run *types.JobRun
	waitFor(s.t, 90*time.Second, "run "+id+" to end", func() bool {
		run = s.get(job, id)
		return finals[run.JobRunState]
	})
	return run
}

// get reads a run.
func (s *server) get(job, id string) *types.JobRun {
	s.t.Helper()
	out, err := s.glue().GetJobRun(s.t.Context(), &glue.GetJobRunInput{JobName: &job, RunId: &id})
	if err != nil {
		s.t.Fatal(err)
	}
	return out.JobRun
}

// succeed runs a job and demands that it succeeds.
func (s *server) succeed(job string, args map[string]string) *types.JobRun {
	s.t.Helper()
	run := s.wait(job, s.run(job, args))
	if run.JobRunState != types.JobRunStateSucceeded {
		s.t.Fatalf("%s is %s: %s\n%s", job, run.JobRunState, aws.ToString(run.ErrorMessage), s.stream(run, "error"))
	}
	return run
}

// stream is what a run wrote to one of its streams, output or error.
func (s *server) stream(run *types.JobRun, which string) string {
	s.t.Helper()
	out, err := s.logs().GetLogEvents(context.Background(), &cloudwatchlogs.GetLogEventsInput{
		LogGroupName: aws.String(*run.LogGroupName + "/" + which), LogStreamName: run.Id, StartFromHead: aws.Bool(true)})
	if err != nil {
		s.t.Fatal(err)
	}
	var b strings.Builder
	for _, e := range out.Events {
		b.WriteString(*e.Message + "\n")
	}
	return b.String()
}

// waitFor polls until ok, for a condition outside this process.
func waitFor(t testing.TB, most time.Duration, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(most)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("waited %s for %s", most, what)
		}
		<-tick.C
	}
}

// tail is the end of a long text.
func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// python is the interpreter of the tests' environment, which has boto3 and the AWS CLI.
func python(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../.venv/bin/python")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatal("no .venv: run `make setup` first")
	}
	return path
}
