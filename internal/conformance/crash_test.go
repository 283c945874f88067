package conformance

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	"tenon/internal/edge/api"
	noun "tenon/internal/glue"
	"tenon/internal/sim"
)

// Kills of a usual test run, and of a soak.
const (
	fewKills  = 36
	soakKills = 300
)

// killPoints are the named places where the plane or a worker dies. A probability keeps the others reachable.
var killPoints = []string{
	"controller.before_commit=0.05", "controller.after_commit=0.05", "controller.after_answer=0.05",
	"worker.after_lock=0.5", "worker.before_started=0.5", "worker.after_started=0.5", "worker.before_result=0.5",
	"worker.after_result=0.5", "worker.after_ack=0.5", "worker.before_bookmark=0.7", "worker.before_bookmark_ack=0.7", "worker.after_bookmark_ack=0.7",
}

// crashConfig has all that a lease can hold: the machine, two small subnets whose addresses linger, queues with quotas. So
// few runs may wait that those of a slow machine end soon after the last kill.
const crashConfig = `
executor: {local: {parallel: 4}}
quotas: {concurrent_runs: 6, queued_runs: 60}
subnets:
  - {id: subnet-a, vpc: vpc-1, zone: us-east-1a, cidr: 10.1.0.0/28}
  - {id: subnet-b, vpc: vpc-1, zone: us-east-1b, cidr: 10.1.1.0/28}
placement: {strategy: spread, release_lag: 1s}
queues:
  - {name: etl, weight: 2, concurrent_runs: {nominal: 2, borrow: 2, lend: 1}}
  - {name: adhoc, priority: 5}
`

// crashPlane is a server that dies and comes back.
type crashPlane struct {
	*server
	marks string
	rand  *rand.Rand
	down  chan struct{} // closed when the process has ended
	book  *sim.Ledger   // what the events say, followed whenever the process is down

	mu   sync.Mutex
	acks map[string]string // job/id -> run id: what StartJobRun acknowledged
}

// TestCrash kills the plane and its workers, at named points and at random, while runs are in flight. After all of it:
// every acknowledged run is there and in one final state, no script began twice for one attempt, capacity is whole, and
// no bookmark is lost, half-committed or committed twice. After each kill the store is opened and held to its own events:
// no attempt was admitted twice or beyond a limit, no lease is left over or missing, no address is held twice, and nothing
// was started from a queue that was held.
func TestCrash(t *testing.T) {
	kills := fewKills
	if os.Getenv("TENON_SOAK") != "" {
		kills = soakKills
	}
	seed := uint64(time.Now().UnixNano())
	if given := os.Getenv("TENON_SEED"); given != "" {
		n, err := strconv.ParseUint(given, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seed = n
	}
	t.Logf("replay with TENON_SEED=%d", seed)
	p := newCrashPlane(t, seed)
	ctx, cancel := context.WithCancel(t.Context())
	var load sync.WaitGroup
	load.Go(func() { p.submit(ctx, "tick", 30*time.Millisecond, map[string]string{"--tenon-queue": "adhoc"}) })
	load.Go(func() {
		p.submit(ctx, "drain", 300*time.Millisecond, map[string]string{"--tenon-queue": "etl", "--in": "s3://source/data/", "--out": "s3://sink/data/", "--job-bookmark-option": "job-bookmark-enable"})
	})
	load.Go(func() { p.feed(ctx) })
	load.Go(func() { p.operate(ctx) })
	for range kills {
		p.killOnce()
	}
	p.env = nil
	p.reboot()
	cancel()
	load.Wait()
	p.hold(false)
	p.check()
	p.balance()
}

// newCrashPlane builds the binary with failpoints and starts it.
func newCrashPlane(t *testing.T, seed uint64) *crashPlane {
	t.Helper()
	exe := filepath.Join(filepath.Dir(binary), "tenon-failpoints")
	if _, err := os.Stat(exe); err != nil {
		build := exec.Command("go", "build", "-tags", "failpoints", "-ldflags", "-s -w", "-o", exe, "tenon/cmd/tenon")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	s := start(t, crashConfig)
	s.connection("to-a", "subnet-a")
	s.connection("to-b", "subnet-b")
	nets := &types.ConnectionsList{Connections: []string{"to-a", "to-b"}}
	s.job("tick", "pythonshell", script(t, "tick.py"), func(in *glue.CreateJobInput) {
		in.Connections = nets
		in.ExecutionProperty = &types.ExecutionProperty{MaxConcurrentRuns: 1000}
	})
	s.job("drain", "glueetl", script(t, "drain.py"), func(in *glue.CreateJobInput) { in.JobRunQueuingEnabled, in.Connections = aws.Bool(true), nets })
	s.bucket("source")
	s.bucket("sink")
	s.put("source", "data/0.json", lines(0, 10))
	p := &crashPlane{server: s, book: s.ledger(), marks: t.TempDir(), rand: rand.New(rand.NewPCG(seed, 0)), acks: map[string]string{}}
	p.stop()
	p.exe = exe
	p.boot()
	p.watch()
	t.Cleanup(func() {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		<-p.down
	})
	return p
}

// watch notices the end of the process.
func (p *crashPlane) watch() {
	down, cmd := make(chan struct{}), p.cmd
	p.down = down
	go func() { defer close(down); _ = cmd.Wait() }()
}

// reboot ends the process, if it has not ended itself, and starts it again.
func (p *crashPlane) reboot() {
	p.t.Helper()
	_ = p.cmd.Process.Kill()
	<-p.down
	p.follow(p.book)
	for {
		if p.tryBoot() {
			p.watch()
			return
		}
		p.env = nil // a failpoint killed it at its start
	}
}

// killOnce arms a failpoint, or none, lets the load run on, and kills the plane or a worker.
func (p *crashPlane) killOnce() { p.killAround(killPoints) }

// killAround is killOnce with the failpoints to choose from.
func (p *crashPlane) killAround(points []string) {
	p.t.Helper()
	p.env = nil
	if p.rand.IntN(3) > 0 {
		p.env = []string{"TENON_FAILPOINTS=" + points[p.rand.IntN(len(points))]}
	}
	p.reboot()
	pause := time.NewTimer(time.Duration(50+p.rand.IntN(700)) * time.Millisecond)
	defer pause.Stop()
	select {
	case <-p.down: // by its failpoint
	case <-pause.C:
		if workers := p.workers(); len(workers) > 0 && p.rand.IntN(2) == 0 {
			_ = syscall.Kill(workers[p.rand.IntN(len(workers))], syscall.SIGKILL)
		}
	}
}

// workers lists the worker processes of this plane.
func (p *crashPlane) workers() []int {
	var pids []int
	all, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range all {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		args := strings.Split(string(text), "\x00")
		if len(args) >= 3 && args[1] == "worker" && strings.HasPrefix(args[2], p.dir+"/") {
			if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// submit starts runs of a job, one after the other, each until it is acknowledged, whatever dies meanwhile.
func (p *crashPlane) submit(ctx context.Context, job string, every time.Duration, args map[string]string) {
	c := p.glue()
	for i := 0; ctx.Err() == nil; i++ {
		id := fmt.Sprintf("%s-%d", job, i)
		in := &glue.StartJobRunInput{JobName: &job, Arguments: map[string]string{"--id": id, "--marks": p.marks, "--tenon-run-key": id}}
		for k, v := range args {
			in.Arguments[k] = v
		}
		for ctx.Err() == nil {
			out, err := c.StartJobRun(ctx, in)
			if err == nil {
				p.mu.Lock()
				p.acks[id] = *out.JobRunId
				p.mu.Unlock()
				break
			}
			if !sleep(ctx, 50*time.Millisecond) {
				return
			}
		}
		if !sleep(ctx, every) {
			return
		}
	}
}

// operate holds the queue of the tick job and lets it go on, whatever dies meanwhile.
func (p *crashPlane) operate(ctx context.Context) {
	for held := true; sleep(ctx, 200*time.Millisecond); held = !held {
		in := api.HoldInput{Queue: "adhoc", Held: held}
		_ = p.client().Admin(ctx, "Hold", in, nil) // a plane that is down holds nothing
		if held && !sleep(ctx, 100*time.Millisecond) {
			return
		}
	}
}

// hold holds the queue of the tick job, or lets it go on.
func (p *crashPlane) hold(held bool) {
	p.t.Helper()
	if err := p.client().Admin(p.t.Context(), "Hold", api.HoldInput{Queue: "adhoc", Held: held}, nil); err != nil {
		p.t.Fatal(err)
	}
}

// balance closes the book: every run that it knows has one end, and nothing is held any more. The plane's own proof of its
// record agrees.
func (p *crashPlane) balance() {
	t := p.t
	t.Helper()
	waitFor(t, 20*time.Second, "the addresses to have come back", func() bool {
		return !slices.ContainsFunc(p.subnets(), func(s api.SubnetInfo) bool { return s.Used+s.Lingering > 0 })
	})
	p.verifyAudit()
	_ = p.cmd.Process.Kill()
	<-p.down
	p.follow(p.book)
	accepted := map[string]bool{}
	for _, run := range p.acks {
		accepted[run] = true
	}
	p.book.Finish(accepted)
	for _, wrong := range p.book.Violations() {
		t.Error(wrong)
	}
	seen := p.book.Events()
	t.Logf("events: %v", seen)
	for _, kind := range []noun.EventKind{noun.EventRunAdmitted, noun.EventLeaseDrained, noun.EventQueueHeld} {
		if seen[kind] == 0 {
			t.Errorf("there was no %s: this tests too little", kind)
		}
	}
}

// feed puts new input under the drain job's source, as another program would: into the folder.
func (p *crashPlane) feed(ctx context.Context) {
	for i := 1; sleep(ctx, 200*time.Millisecond); i++ {
		dir := filepath.Join(p.dir, "s3", "source", "data")
		aside := filepath.Join(p.marks, "feed")
		if os.WriteFile(aside, []byte(lines(i*10, 10)), 0o600) == nil {
			_ = os.Rename(aside, filepath.Join(dir, fmt.Sprintf("%d.json", i)))
		}
	}
}

// sleep pauses; false when ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// check holds everything against what a stranger may demand.
func (p *crashPlane) check() {
	t := p.t
	t.Helper()
	states := map[types.JobRunState]int{}
	for id, run := range p.acks {
		job, _, _ := strings.Cut(id, "-")
		r := p.wait(job, run)
		states[r.JobRunState]++
		began, _ := filepath.Glob(filepath.Join(p.marks, id+".began.*"))
		ended, _ := filepath.Glob(filepath.Join(p.marks, id+".ended.*"))
		switch {
		case len(began) > 1:
			t.Errorf("%s (%s) began %d times", id, run, len(began))
		case job == "tick" && r.JobRunState == types.JobRunStateSucceeded && len(ended) != 1:
			t.Errorf("%s (%s) is SUCCEEDED and its script ended %d times", id, run, len(ended))
		case r.JobRunState == types.JobRunStateFailed && aws.ToString(r.ErrorMessage) == "":
			t.Errorf("%s (%s) failed without a reason", id, run)
		case r.JobRunState != types.JobRunStateSucceeded && r.JobRunState != types.JobRunStateFailed:
			t.Errorf("%s (%s) is %s: %s", id, run, r.JobRunState, aws.ToString(r.ErrorMessage))
		}
	}
	t.Logf("%d acknowledged runs: %v", len(p.acks), states)
	if states[types.JobRunStateSucceeded] == 0 || states[types.JobRunStateFailed] == 0 {
		t.Errorf("a crash test where not some succeed and some fail tests nothing: %v", states)
	}
	p.checkBookmark()
	p.checkCapacity()
}

// checkBookmark: what the committed runs read is all input up to the last, each file once.
func (p *crashPlane) checkBookmark() {
	t := p.t
	t.Helper()
	last := p.succeedDrain()
	var committed []string
	read := map[string]string{}
	for _, run := range p.commits() {
		if slices.Contains(committed, run) {
			t.Errorf("run %s committed twice", run)
		}
		committed = append(committed, run)
		for _, f := range p.usage("drain", run).Files {
			if f.Write {
				continue
			}
			if other := read[f.Path]; other != "" {
				t.Errorf("%s was read by %s and again by %s", f.Path, other, run)
			}
			read[f.Path] = run
		}
	}
	b, err := p.glue().GetJobBookmark(t.Context(), &glue.GetJobBookmarkInput{JobName: aws.String("drain")})
	if err != nil {
		t.Fatal(err)
	}
	if n := int(b.JobBookmarkEntry.Run); n != len(committed) || aws.ToString(b.JobBookmarkEntry.RunId) != last {
		t.Errorf("the bookmark counts %d commits, the events %d; its last run is %s", n, len(committed), aws.ToString(b.JobBookmarkEntry.RunId))
	}
	for id, run := range p.acks {
		if _, err := os.Stat(filepath.Join(p.marks, id+".committed")); err == nil && !slices.Contains(committed, run) {
			t.Errorf("%s (%s) was told that its bookmark is committed, and it is not", id, run)
		}
	}
	files, _ := filepath.Glob(filepath.Join(p.dir, "s3/source/data/*.json"))
	if len(read) != len(files) {
		t.Errorf("%d input files, %d read by committed runs", len(files), len(read))
	}
	t.Logf("%d commits, %d files, last run %s", len(committed), len(read), last)
}

// commits lists the runs that committed a bookmark, in order, from the event table.
func (p *crashPlane) commits() []string {
	p.t.Helper()
	var runs []string
	for _, e := range p.events() {
		if e.Kind == noun.EventBookmark {
			runs = append(runs, e.Run)
		}
	}
	return runs
}

// succeedDrain runs the drain job once more in peace, so that all input is read.
func (p *crashPlane) succeedDrain() string {
	run := p.succeed("drain", map[string]string{"--id": "last", "--marks": p.marks, "--in": "s3://source/data/", "--out": "s3://sink/data/", "--job-bookmark-option": "job-bookmark-enable"})
	return *run.Id
}

// checkCapacity: all of the machine's slots can be used at once, so none leaked.
func (p *crashPlane) checkCapacity() {
	t := p.t
	t.Helper()
	p.job("nap", "pythonshell", "import time\ntime.sleep(600)\n", func(in *glue.CreateJobInput) {
		in.ExecutionProperty = &types.ExecutionProperty{MaxConcurrentRuns: 10}
	})
	var ids []string
	for range 4 {
		ids = append(ids, p.run("nap", nil))
	}
	for _, id := range ids {
		waitFor(t, 30*time.Second, "all four slots in use", func() bool { return p.get("nap", id).JobRunState == types.JobRunStateRunning })
	}
	if _, err := p.glue().BatchStopJobRun(t.Context(), &glue.BatchStopJobRunInput{JobName: aws.String("nap"), JobRunIds: ids}); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		p.wait("nap", id)
	}
	if left := p.workers(); len(left) > 0 {
		waitFor(t, 20*time.Second, "the workers to be gone", func() bool { return len(p.workers()) == 0 })
	}
}
