package conformance

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	"tenon/internal/attempt"
	"tenon/internal/driver/attemptdir"
	"tenon/internal/edge/gateway"
)

// The key pair of the S3 that stands for a real one, which only the plane may know.
const (
	upstreamKey    = "UPSTREAMKEY0FOO"
	upstreamSecret = "upstream-secret-that-nobody-may-see"
)

// realS3 is an S3 of other keys than Tenon's, over a folder that a test looks into.
type realS3 struct{ endpoint, root string }

// startS3 runs one until the test ends.
func startS3(t *testing.T) realS3 {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(t.TempDir(), "buckets")
	g, err := gateway.Start(gateway.Config{
		Listener: l, Root: root, Sidecar: root + "-meta", Owner: "210987654321", Log: slog.New(slog.DiscardHandler),
		Keys: func(id string) (string, bool) { return upstreamSecret, id == upstreamKey },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := g.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return realS3{g.Endpoint(), root}
}

// config is the text of a tenon.yaml that names it, without its keys.
func (u realS3) config() string {
	return fmt.Sprintf("s3: {endpoint: %q, path_style: true}\n", u.endpoint)
}

// pair is a key pair for it in the environment.
func (realS3) pair(secret string) []string {
	return []string{"TENON_S3_ACCESS_KEY_ID=" + upstreamKey, "TENON_S3_SECRET_ACCESS_KEY=" + secret}
}

// files lists the files below a folder, which need not be there.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			all = append(all, path)
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return all
}

// count is how many of the files have part in their paths.
func count(all []string, part string) int {
	n := 0
	for _, f := range all {
		if strings.Contains(f, part) {
			n++
		}
	}
	return n
}

// hides fails if the server's log, or any file of its data directory, holds a text.
func (s *server) hides(t *testing.T, secret string) {
	t.Helper()
	for _, f := range append(files(t, s.dir), s.log) {
		text, err := os.ReadFile(f)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte(secret)) {
			t.Errorf("%s tells the upstream's secret", f)
		}
	}
}

// environmentScript writes an object with boto3, and prints all that a script finds in its environment.
const environmentScript = `import boto3, os
boto3.client("s3").put_object(Bucket="out", Key="by-boto3", Body=b"hello")
print(sorted(os.environ.items()))
`

// TestRealS3: with s3: in the configuration all objects are there and none here, jobs and boto3 in their scripts work
// unchanged, and only the server knows the keys.
func TestRealS3(t *testing.T) {
	up := startS3(t)
	s := start(t, up.config(), up.pair(upstreamSecret)...)
	s.job("Input", "glueetl", script(t, "seed003_input.py"))
	s.job("Output", "glueetl", script(t, "seed003_output.py"))
	s.bucket("stage")
	s.bucket("out")
	t.Run("pipeline", func(t *testing.T) {
		for round := range 2 {
			s.put("raw", fmt.Sprintf("%d/part.json", round), lines(round*100, 100))
			in := s.succeed("Input", map[string]string{"--input_path": fmt.Sprintf("s3://raw/%d/", round), "--staging_path": "s3://stage/x/"})
			out := s.succeed("Output", map[string]string{"--staging_path": "s3://stage/x/", "--output_path": "s3://out/x/", "--job-bookmark-option": "job-bookmark-enable"})
			wrote, read := s.usage("Input", *in.Id).Usage, s.usage("Output", *out.Id).Usage
			if wrote.RecordsWritten != 100 || read.RecordsRead != 100 || read.BytesRead != wrote.BytesWritten {
				t.Errorf("round %d: Input wrote %+v, Output read %+v", round, wrote, read)
			}
		}
		if _, text := s.objects("out", "x/"); strings.Count(text, "\n") != 200 {
			t.Errorf("%d records came out", strings.Count(text, "\n"))
		}
	})
	t.Run("boto3", func(t *testing.T) {
		s.job("Shell", "pythonshell", environmentScript)
		run := s.succeed("Shell", nil)
		if out := s.stream(run, "output"); !strings.Contains(out, "AWS_ACCESS_KEY_ID") || strings.Contains(out, upstreamKey) || strings.Contains(out, upstreamSecret) {
			t.Errorf("the script's environment: %s", out)
		}
		if b, err := os.ReadFile(filepath.Join(up.root, "out/by-boto3")); string(b) != "hello" {
			t.Errorf("boto3 wrote %q: %v", b, err)
		}
	})
	t.Run("dead worker", func(t *testing.T) { s.settles(t, up) })
	there := files(t, up.root)
	for _, part := range []string{"/scripts/Input.py", "/raw/0/part.json", "/stage/x/", "/out/x/"} {
		if count(there, part) == 0 {
			t.Errorf("nothing is at %s upstream: %v", part, there)
		}
	}
	for _, dir := range []string{"s3", "s3-staging", "s3-spool"} {
		if here := files(t, filepath.Join(s.dir, dir)); len(here) > 0 {
			t.Errorf("left in the data directory: %v", here)
		}
	}
	s.hides(t, upstreamSecret)
}

// settles kills a worker that had decided to publish one sink and not another: the plane publishes the one upstream, from
// where the worker made it, and discards the other.
func (s *server) settles(t *testing.T, up realS3) {
	s.job("Sleeper", "pythonshell", "import time\ntime.sleep(600)\n")
	id := s.run("Sleeper", nil)
	key := attempt.Key{Run: id}
	dir := attemptdir.Dir(key.Dir(filepath.Join(s.dir, "attempts")))
	waitFor(t, 30*time.Second, "the script to begin", func() bool { return !dir.StartedAt().IsZero() })
	for name, sealed := range map[string]bool{"decided": true, "undecided": false} {
		stage := filepath.Join(s.dir, "s3-staging", key.Name()+"-"+name)
		if err := os.MkdirAll(stage, 0o700); err != nil {
			t.Fatal(err)
		}
		parts := map[string]string{"part": "made by " + name}
		if sealed {
			parts["manifest.json"] = `[{"name":"part","url":"s3://out/` + name + `"}]`
		}
		for file, text := range parts {
			if err := os.WriteFile(filepath.Join(stage, file), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	worker, held, err := dir.Holder()
	if err != nil || !held {
		t.Fatalf("the worker: %v %v", held, err)
	}
	if err := worker.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if run := s.wait("Sleeper", id); run.JobRunState != types.JobRunStateFailed {
		t.Errorf("the run is %s", run.JobRunState)
	}
	if b, err := os.ReadFile(filepath.Join(up.root, "out/decided")); string(b) != "made by decided" {
		t.Errorf("what was decided holds %q: %v", b, err)
	}
	if n := count(files(t, up.root), "undecided"); n != 0 {
		t.Error("what was not decided appeared")
	}
}

// TestAmbientCredentials: without s3: in the configuration nothing leaves the data directory, whatever the environment
// has of AWS's, or of Tenon's own.
func TestAmbientCredentials(t *testing.T) {
	up := startS3(t)
	home := t.TempDir()
	if err := os.MkdirAll(home+"/.aws", 0o700); err != nil {
		t.Fatal(err)
	}
	profile := fmt.Sprintf("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\nendpoint_url = %s\n", upstreamKey, upstreamSecret, up.endpoint)
	for _, name := range []string{"config", "credentials"} {
		if err := os.WriteFile(home+"/.aws/"+name, []byte(profile), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := start(t, "", append(up.pair(upstreamSecret), "HOME="+home, "AWS_PROFILE=default", "AWS_ACCESS_KEY_ID="+upstreamKey, "AWS_SECRET_ACCESS_KEY="+upstreamSecret,
		"AWS_ENDPOINT_URL="+up.endpoint, "AWS_ENDPOINT_URL_S3="+up.endpoint, "AWS_CONFIG_FILE="+home+"/.aws/config")...)
	s.job("Input", "glueetl", script(t, "seed003_input.py"))
	s.job("Shell", "pythonshell", environmentScript)
	s.bucket("stage")
	s.bucket("out")
	s.put("raw", "part.json", lines(0, 10))
	s.succeed("Input", map[string]string{"--input_path": "s3://raw/", "--staging_path": "s3://stage/"})
	s.succeed("Shell", nil)
	here := files(t, filepath.Join(s.dir, "s3"))
	for _, part := range []string{"/raw/part.json", "/stage/", "/out/by-boto3"} {
		if count(here, part) == 0 {
			t.Errorf("nothing is at %s: %v", part, here)
		}
	}
	if there, err := os.ReadDir(up.root); err != nil || len(there) > 0 {
		t.Errorf("data left the machine: %v %v", there, err)
	}
	s.hides(t, upstreamSecret)
}

// TestRealS3Refuses: with a wrong secret, runs fail and say why, and neither say nor log the secret.
func TestRealS3Refuses(t *testing.T) {
	const wrong = "a-wrong-secret-of-the-upstream"
	up := startS3(t)
	s := start(t, up.config(), up.pair(wrong)...)
	local := filepath.Join(t.TempDir(), "local.py")
	if err := os.WriteFile(local, []byte(script(t, "seed003_input.py")), 0o600); err != nil {
		t.Fatal(err)
	}
	shell := filepath.Join(t.TempDir(), "shell.py")
	if err := os.WriteFile(shell, []byte(environmentScript), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, kind, script string }{
		{"script", "glueetl", "s3://scripts/x.py"},
		{"source", "glueetl", local},
		{"boto3", "pythonshell", shell},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := &glue.CreateJobInput{Name: &c.name, Role: aws.String(role), Command: &types.JobCommand{Name: &c.kind, ScriptLocation: &c.script}}
			if c.kind == "pythonshell" {
				in.Command.PythonVersion = aws.String("3.9")
			} else {
				in.GlueVersion, in.WorkerType, in.NumberOfWorkers = aws.String("4.0"), types.WorkerTypeG1x, aws.Int32(2)
			}
			if _, err := s.glue().CreateJob(t.Context(), in); err != nil {
				t.Fatal(err)
			}
			run := s.wait(c.name, s.run(c.name, map[string]string{"--input_path": "s3://raw/", "--staging_path": "s3://stage/"}))
			message := aws.ToString(run.ErrorMessage)
			if run.JobRunState != types.JobRunStateFailed || !strings.Contains(message, "refuses the credentials of Tenon's own configuration (s3:): SignatureDoesNotMatch") {
				t.Errorf("%s: %s", run.JobRunState, message)
			}
			t.Log(message)
			if all := message + s.stream(run, "output") + s.stream(run, "error"); strings.Contains(all, wrong) || strings.Contains(all, upstreamKey) {
				t.Errorf("tells the key: %s", all)
			}
		})
	}
	s.hides(t, wrong)
}
