package conformance

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	"tenon/internal/driver/store/storetest"
)

// TestPostgres runs the road on PostgreSQL: a job, a run that lives through a kill -9 of the plane, and its history
// after it. A second plane on the same database is kept out.
func TestPostgres(t *testing.T) {
	url := storetest.StartPostgres(t).Fresh(t)
	s := start(t, "store: "+url+"\n")
	s.job("steady", "pythonshell", "import time\nprint('began', flush=True)\ntime.sleep(2)\nprint('ended')\n")
	id := s.run("steady", nil)
	waitFor(t, 30*time.Second, "the run to run", func() bool { return s.get("steady", id).JobRunState == types.JobRunStateRunning })
	s.kill()
	s.boot()
	if run := s.wait("steady", id); run.JobRunState != types.JobRunStateSucceeded {
		t.Errorf("%s: %v", run.JobRunState, run.ErrorMessage)
	} else if out := s.stream(run, "output"); out != "began\nended\n" {
		t.Errorf("output: %q", out)
	}
	second := &server{t: t, exe: binary, dir: t.TempDir(), listen: freePort(t), config: "store: " + url + "\n", log: t.TempDir() + "/log"}
	if second.tryBoot() {
		t.Error("a second plane serves on the same database")
		second.stop()
	}
}

// TestRestart: a plane that ends in peace leaves its runs running, and the next one finds them.
func TestRestart(t *testing.T) {
	s := start(t, "")
	s.job("steady", "pythonshell", "import time\nprint('began', flush=True)\ntime.sleep(2)\nprint('ended')\n")
	id := s.run("steady", nil)
	waitFor(t, 30*time.Second, "the run to run", func() bool { return s.get("steady", id).JobRunState == types.JobRunStateRunning })
	s.stop()
	s.boot()
	if run := s.wait("steady", id); run.JobRunState != types.JobRunStateSucceeded || run.Attempt != 0 {
		t.Errorf("%s, attempt %d: %v", run.JobRunState, run.Attempt, run.ErrorMessage)
	} else if out := s.stream(run, "output"); out != "began\nended\n" {
		t.Errorf("output: %q", out)
	}
}
