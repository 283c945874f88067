package worker

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tenon/internal/attempt"
	"tenon/internal/driver/attemptdir"
	"tenon/internal/driver/executor"
	"tenon/internal/driver/executor/executortest"
	"tenon/internal/driver/executor/local"
	"tenon/internal/glue"
	"tenon/python"
)

// TestMain lets the test binary be the worker's program, as tenon is.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "worker" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		if err := Main(ctx, os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// scripts are what the attempts of the conformance suite run.
var scripts = map[executortest.Behaviour]string{
	executortest.Succeed: "print('hello')\n",
	executortest.Fail:    "raise ValueError('boom')\n",
	executortest.Hang:    "import time\nprint('here', flush=True)\ntime.sleep(600)\n",
	executortest.Linger:  "import os, sys, time\nwhile not os.path.exists(sys.argv[2]): time.sleep(0.01)\n",
}

// bench is a folder of attempts, a folder of storage and the drivers opened on them.
type bench struct {
	root, storage, shim, python string
	sink                        *executortest.Recorder
	driver                      *local.Driver
}

// newBench makes a bench without a driver.
func newBench(t testing.TB) *bench {
	t.Helper()
	root := t.TempDir()
	shim, err := python.Extract(filepath.Join(root, "python"))
	if err != nil {
		t.Fatal(err)
	}
	interpreter, err := exec.LookPath("/usr/bin/python3")
	if err != nil {
		t.Skip("no python3")
	}
	b := &bench{root: root, storage: filepath.Join(root, "s3"), shim: shim, python: interpreter}
	if err := os.MkdirAll(filepath.Join(b.storage, "scripts"), 0o700); err != nil {
		t.Fatal(err)
	}
	return b
}

// open opens a driver.
func (b *bench) open(t testing.TB, sink executor.Sink, change ...func(*local.Config)) *local.Driver {
	t.Helper()
	cfg := local.Config{Root: filepath.Join(b.root, "attempts"), Python: b.python, ShimDir: b.shim, Grace: 2 * time.Second}
	for _, f := range change {
		f(&cfg)
	}
	d, err := local.New(slog.New(slog.NewTextHandler(testWriter{t}, nil)), cfg, sink)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// testWriter logs into a test's log.
type testWriter struct{ t testing.TB }

// Write logs one line.
func (w testWriter) Write(b []byte) (int, error) {
	w.t.Logf("%s", strings.TrimSpace(string(b)))
	return len(b), nil
}

// put puts an object into the bucket scripts, and returns its location.
func (b *bench) put(t testing.TB, name, text string) string {
	t.Helper()
	if err := os.WriteFile(filepath.Join(b.storage, "scripts", name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return "s3://scripts/" + name
}

// spec is an attempt that runs a script of the given text.
func (b *bench) spec(t testing.TB, key attempt.Key, script string) attempt.Spec {
	t.Helper()
	return attempt.Spec{
		Key: key, Region: "us-east-1", Account: "123456789012", Job: "job",
		Command:     glue.Command{Name: glue.CommandShell, ScriptLocation: b.put(t, fmt.Sprintf("script-%s.py", key.Run[9:17]), script), PythonVersion: "3.9"},
		SubmittedAt: time.Now(), Timeout: time.Minute, Endpoint: "http://127.0.0.1:1", S3Endpoint: "http://127.0.0.1:2",
		AccessKeyID: "TENONRUNKEY", SecretKey: "run-secret-123", StorageRoot: b.storage,
		Limits: attempt.Limits{MemoryBytes: 256 << 20, Processes: 20},
	}
}

// TestConformance runs the suite of executor.Driver over real worker processes.
func TestConformance(t *testing.T) {
	executortest.Exercise(t, func(t *testing.T) executortest.Harness {
		b := newBench(t)
		release := func(key attempt.Key) string { return filepath.Join(b.root, "release-"+key.Run) }
		return executortest.Harness{
			Open: func(t *testing.T, sink executor.Sink) executor.Driver { return b.open(t, sink) },
			Spec: func(t *testing.T, key attempt.Key, behaviour executortest.Behaviour) attempt.Spec {
				s := b.spec(t, key, scripts[behaviour])
				s.Arguments = map[string]string{"--release": release(key)}
				return s
			},
			Release: func(t *testing.T, key attempt.Key) {
				if err := os.WriteFile(release(key), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			},
		}
	})
}

// run starts one attempt with a driver of its own and waits for its result.
func (b *bench) run(t *testing.T, spec attempt.Spec) attempt.Result {
	t.Helper()
	b.start(t, spec)
	r := b.sink.Result(t, spec.Key)
	if text, err := os.ReadFile(b.driver.Dir(spec.Key).File(attempt.FileWorkerLog)); err == nil && len(text) > 0 {
		t.Logf("the worker says: %s", text)
	}
	return r
}

// start starts one attempt with a driver of its own, which is closed with the test.
func (b *bench) start(t *testing.T, spec attempt.Spec) {
	t.Helper()
	b.sink = executortest.NewRecorder()
	driver := b.open(t, b.sink)
	b.driver = driver
	t.Cleanup(func() {
		if err := driver.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := b.driver.Start(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
}

// log is the text of one of an attempt's logs.
func (b *bench) log(t *testing.T, key attempt.Key, stream attemptdir.Stream) string {
	t.Helper()
	events, _, err := b.driver.Dir(key).ReadLog(stream, 0, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for _, e := range events {
		lines.WriteString(e.Text + "\n")
	}
	return lines.String()
}

// TestScripts runs scripts that end in all sorts of ways, and looks at state, message and output.
func TestScripts(t *testing.T) {
	tests := []struct {
		name, script string
		change       func(*testing.T, *bench, *attempt.Spec)
		state        glue.RunState
		message      []string // parts
		output       []string // parts
	}{
		{name: "arguments", script: "import sys\nprint(sys.argv[1:])",
			change: func(_ *testing.T, _ *bench, s *attempt.Spec) {
				s.Arguments = map[string]string{"--b": "", "--a": "x y", "--tenon-queue": "q", "plain": "1"}
			},
			state: glue.RunSucceeded, output: []string{"['--a', 'x y', '--b', '', 'plain', '1']\n"}},
		{name: "environment", script: "import os\nfor k in sorted(os.environ): print(k, '=', os.environ[k])\nprint(os.getcwd(), open(os.environ['AWS_CONFIG_FILE']).read())",
			state: glue.RunSucceeded, output: []string{"AWS_ENDPOINT_URL = http://127.0.0.1:1\n", "AWS_ENDPOINT_URL_S3 = http://127.0.0.1:2\n",
				"AWS_SECRET_ACCESS_KEY = run-secret-123\n", "AWS_EC2_METADATA_DISABLED = true\n", "TZ = UTC\n", "addressing_style = path"}},
		{name: "exit status", script: "import sys\nsys.exit(3)", state: glue.RunFailed, message: []string{"exit status 3"}},
		{name: "exit text", script: "import sys\nsys.exit('no input today')", state: glue.RunFailed, message: []string{"no input today"}},
		{name: "exit zero", script: "import sys\nsys.exit(0)", state: glue.RunSucceeded},
		{name: "exception", script: "def f():\n    raise KeyError('boom')\nf()", state: glue.RunFailed, message: []string{"KeyError: 'boom' (script-", ".py, line 2)"}},
		{name: "secret", script: "import os\nraise ValueError(os.environ['AWS_SECRET_ACCESS_KEY'])", state: glue.RunFailed, message: []string{"ValueError: ********"}},
		{name: "syntax error", script: "print('a'\nx = = 1\n", state: glue.RunFailed, message: []string{"SyntaxError: ", ".py, line 1)"}},
		{name: "missing module", script: "import nosuchmodule", state: glue.RunFailed, message: []string{"ModuleNotFoundError: No module named 'nosuchmodule'", "tenon python install nosuchmodule"}},
		{name: "killed", script: "import os\nos.kill(os.getpid(), 9)", state: glue.RunFailed, message: []string{"killed by signal 9"}},
		{name: "missing script", script: "", state: glue.RunFailed, message: []string{"s3://scripts/none.py does not exist"},
			change: func(_ *testing.T, _ *bench, s *attempt.Spec) { s.Command.ScriptLocation = "s3://scripts/none.py" }},
		{name: "missing bucket", script: "", state: glue.RunFailed, message: []string{"s3://nobucket/none.py does not exist"},
			change: func(_ *testing.T, _ *bench, s *attempt.Spec) { s.Command.ScriptLocation = "s3://nobucket/none.py" }},
		{name: "timeout", script: "import time\ntime.sleep(60)", state: glue.RunTimeout, message: []string{"timed out after 300ms"},
			change: func(_ *testing.T, _ *bench, s *attempt.Spec) { s.Timeout = 300 * time.Millisecond }},
		{name: "memory", script: "b = []\nwhile True: b.append(bytearray(8 << 20))", state: glue.RunFailed, message: []string{"more than 256 MiB of memory"}},
		{name: "processes", script: "import os, time\nfor i in range(200):\n    if os.fork() == 0: time.sleep(60)\ntime.sleep(60)",
			state: glue.RunFailed, message: []string{"processes at once, more than its limit of 20"}},
		{name: "bomb", script: "import os\nfor i in range(8):\n    try: os.fork()\n    except OSError: pass\nimport time\ntime.sleep(60)",
			state: glue.RunFailed, message: []string{"more than its limit of 20"}},
		{name: "open files", script: "f = []\nwhile True: f.append(open('/dev/null'))", state: glue.RunFailed, message: []string{"OSError: [Errno 24] Too many open files"},
			change: func(_ *testing.T, _ *bench, s *attempt.Spec) { s.Limits.OpenFiles = 64 }},
		{name: "scratch", script: "import time\nwith open('big', 'wb') as f:\n    for i in range(64): f.write(b'x' * (1 << 20))\ntime.sleep(60)", state: glue.RunFailed, message: []string{"more than 16 MiB of its scratch folder"},
			change: func(_ *testing.T, _ *bench, s *attempt.Spec) { s.Limits.ScratchBytes = 16 << 20 }},
		{name: "log flood", script: "for i in range(200000): print('flood', i)", state: glue.RunSucceeded, output: []string{"flood 0\n", "limit of 100000 bytes", "were dropped\n"},
			change: func(_ *testing.T, _ *bench, s *attempt.Spec) { s.Limits.LogBytes = 100_000 }},
		{name: "extra files", script: "import m, z, w\nprint(m.x, z.x, w.x, open('data.txt').read())", state: glue.RunSucceeded, output: []string{"1 2 3 data\n"},
			change: func(t *testing.T, b *bench, s *attempt.Spec) {
				archive := func(name, member string) string {
					cmd := exec.Command(b.python, "-c", "import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], 'w') as z: z.writestr(sys.argv[2], 'x = ' + sys.argv[3])",
						filepath.Join(b.storage, "scripts", name), member+".py", map[string]string{"z": "2", "w": "3"}[member])
					if out, err := cmd.CombinedOutput(); err != nil {
						t.Fatalf("%v: %s", err, out)
					}
					return "s3://scripts/" + name
				}
				s.Arguments = map[string]string{
					"--extra-py-files": b.put(t, "m.py", "x = 1") + ", " + archive("z.zip", "z") + "," + archive("w.whl", "w"),
					"--extra-files":    b.put(t, "data.txt", "data"),
				}
			}},
		{name: "modules of Glue Studio", script: "import gs_derived, gs_now", state: glue.RunSucceeded,
			change: func(_ *testing.T, _ *bench, s *attempt.Spec) {
				s.Arguments = map[string]string{"--extra-py-files": "s3://aws-glue-studio-transforms-510798373988-prod-us-east-1/gs_common.py," +
					"s3://aws-glue-studio-transforms-510798373988-prod-us-east-1/gs_derived.py"}
			}},
		{name: "missing extra file", script: "", state: glue.RunFailed, message: []string{"--extra-py-files: s3://scripts/none.zip does not exist"},
			change: func(_ *testing.T, _ *bench, s *attempt.Spec) {
				s.Arguments = map[string]string{"--extra-py-files": "s3://scripts/none.zip"}
			}},
		{name: "daemon", script: "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: time.sleep(600)\n    os._exit(0)\nprint('parent')",
			state: glue.RunSucceeded, output: []string{"parent\n"}},
		{name: "ignores TERM", script: "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: time.sleep(1)", state: glue.RunTimeout,
			change: func(_ *testing.T, _ *bench, s *attempt.Spec) { s.Timeout = 300 * time.Millisecond }},
		{name: "refused parameter", script: "", state: glue.RunFailed, message: []string{"--additional-python-modules is not supported", "tenon python install"},
			change: func(_ *testing.T, _ *bench, s *attempt.Spec) {
				s.Arguments = map[string]string{"--additional-python-modules": "pandas"}
			}},
		{name: "wrong interpreter", script: "", state: glue.RunFailed, message: []string{"/nonexistent/python3 does not exist"},
			change: func(_ *testing.T, _ *bench, s *attempt.Spec) { s.Python = "/nonexistent/python3" }},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			spec := b.spec(t, executortest.Key(i), test.script)
			if test.change != nil {
				test.change(t, b, &spec)
			}
			r := b.run(t, spec)
			if r.State != test.state || len(test.message) == 0 && test.state == glue.RunSucceeded && r.ErrorMessage != "" {
				t.Errorf("%s %q\n%s", r.State, r.ErrorMessage, b.log(t, spec.Key, attemptdir.Errors))
			}
			for _, part := range test.message {
				if !strings.Contains(r.ErrorMessage, part) {
					t.Errorf("message %q lacks %q", r.ErrorMessage, part)
				}
			}
			output := b.log(t, spec.Key, attemptdir.Output)
			for _, part := range test.output {
				if !strings.Contains(output, part) {
					t.Errorf("output lacks %q:\n%.2000s", part, output)
				}
			}
			noneLeft(t, b.driver.Dir(spec.Key))
		})
	}
}
