package main

import (
	"bufio"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// update rewrites what the tests compare with: the texts of the scripts, the reference in docs/cli.md.
var update = flag.Bool("update", false, "rewrite golden texts and docs/cli.md")

// TestMain makes this binary the tenon of the scripts: linked once, run many times. A server that it starts re-executes
// it as a worker under another name.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "worker" {
		main()
	}
	testscript.Main(m, map[string]func(){"tenon": main})
}

// TestScripts drives the real program through testdata/script/*.txtar, each in a folder of its own.
func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("starts servers and Python")
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		UpdateScripts:       *update,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", os.Getenv("HOME")) // python3 may be a version manager's, which lives there
			e.Setenv("TZ", "UTC")
			e.Values[serverKey{}] = &testServer{}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"code":   code,
			"server": startServer,
			"await":  await,
		},
	})
}

// code runs a program that must end with the given exit code: code 2 tenon jobs.
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N program args...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		got = ended.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// serverKey finds a script's server among its values.
type serverKey struct{}

// testServer is the server of one script.
type testServer struct {
	cmd     *exec.Cmd     // nil: none runs
	drained chan struct{} // closed when its log is read
}

// stop ends the server with SIGTERM and demands that it ends well.
func (s *testServer) stop(ts *testscript.TestScript) {
	if s.cmd == nil {
		return
	}
	cmd := s.cmd
	s.cmd = nil
	ts.Check(cmd.Process.Signal(syscall.SIGTERM))
	<-s.drained
	ts.Check(cmd.Wait())
}

// startServer starts `tenon serve` with the given flags on a free port and returns once it serves; the script's end, or
// `server stop`, ends it.
func startServer(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value(serverKey{}).(*testServer)
	switch {
	case neg:
		ts.Fatalf("server cannot be negated")
	case len(args) == 1 && args[0] == "stop":
		s.stop(ts)
		return
	case s.cmd != nil:
		ts.Fatalf("a server runs already")
	}
	exe, err := exec.LookPath("tenon")
	ts.Check(err)
	cmd := exec.Command(exe, append([]string{"serve", "--log-format", "text", "--listen", "127.0.0.1:0"}, args...)...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "TZ", "TMPDIR", envAccessKey, envSecretKey} {
		if v := ts.Getenv(name); v != "" {
			cmd.Env = append(cmd.Env, name+"="+v)
		}
	}
	log, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	lines := bufio.NewReader(log)
	var said strings.Builder
	for !strings.Contains(said.String(), "msg=serving") {
		line, err := lines.ReadString('\n')
		said.WriteString(line)
		if err != nil {
			ts.Fatalf("the server ended: %v\n%s", cmd.Wait(), said.String())
		}
	}
	s.cmd, s.drained = cmd, make(chan struct{})
	go func(drained chan struct{}) {
		defer close(drained)
		_, _ = io.Copy(io.Discard, lines)
	}(s.drained)
	ts.Defer(func() { s.stop(ts) })
}

// awaitLimit bounds await; awaitEvery is how often it looks.
const (
	awaitLimit = 30 * time.Second
	awaitEvery = 20 * time.Millisecond
)

// await waits until a file is there: a script's own sign that it runs.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: await file")
	}
	path := ts.MkAbs(args[0])
	tick := time.NewTicker(awaitEvery)
	defer tick.Stop()
	limit := time.After(awaitLimit)
	for {
		if _, err := os.Stat(path); err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			ts.Fatalf("%s did not come within %s", args[0], awaitLimit)
		}
	}
}
