package sim

import (
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// Histories of a usual test run, and of a soak.
const (
	fewSeeds  = 200
	soakSeeds = 2000
	soakSteps = 150

	fewRepeats  = 5 // histories that are lived through twice
	soakRepeats = 100
)

// TestHistories lives through many histories. TENON_SEED=n is one of them, with the plane's log under -v.
func TestHistories(t *testing.T) {
	first, n := uint64(1), fewSeeds
	if os.Getenv("TENON_SOAK") != "" {
		n = soakSeeds
		first = uint64(time.Now().UnixNano())
	}
	if testing.Short() {
		n = fewSeeds / 10
	}
	if given := os.Getenv("TENON_SEED"); given != "" {
		seed, err := strconv.ParseUint(given, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		first, n = seed, 1
	}
	var mu sync.Mutex
	sum := Report{Kinds: map[glue.EventKind]int{}}
	t.Run("all", func(t *testing.T) {
		for block := range runtime.GOMAXPROCS(0) {
			t.Run(fmt.Sprint("block ", block), func(t *testing.T) {
				t.Parallel()
				for i := block; i < n && !t.Failed(); i += runtime.GOMAXPROCS(0) {
					r := live(t, first+uint64(i))
					mu.Lock()
					sum.add(r)
					mu.Unlock()
				}
			})
		}
	})
	t.Logf("%d histories: %d runs, %d kills, %d commits failed, %d answers refused", n, sum.Runs, sum.Kills, sum.Failed, sum.Refused)
	for _, kind := range happens {
		t.Logf("%7d %s", sum.Kinds[kind], kind)
		if n >= fewSeeds && sum.Kinds[kind] == 0 {
			t.Errorf("in %d histories there is no %s: they test too little", n, kind)
		}
	}
}

// happens are the kinds of events that histories have.
var happens = []glue.EventKind{
	glue.EventRunSubmitted, glue.EventRunRefused, glue.EventRunAdmitted, glue.EventRunStarted, glue.EventRunStopping, glue.EventRunRetry,
	glue.EventRunEnded, glue.EventRunHeld, glue.EventRunUnheld, glue.EventRunBoosted, glue.EventLeaseDrained, glue.EventQueueHeld,
	glue.EventQueueUnheld, glue.EventConfigApplied, glue.EventSubnetHealth,
	glue.EventTriggerActivated, glue.EventTriggerDeactivated, glue.EventTriggerFired, glue.EventTriggerMissed, glue.EventWorkflowStarted,
	glue.EventWorkflowQueued, glue.EventWorkflowStopping, glue.EventWorkflowEnded, glue.EventReceived, glue.EventRuleFired,
}

// add sums reports.
func (r *Report) add(one Report) {
	r.Runs, r.Kills, r.Failed, r.Refused = r.Runs+one.Runs, r.Kills+one.Kills, r.Failed+one.Failed, r.Refused+one.Refused
	for kind, n := range one.Kinds {
		r.Kinds[kind] += n
	}
}

// live lives through one history in a bubble of its own.
func live(t *testing.T, seed uint64) (r Report) {
	t.Helper()
	dir, err := os.MkdirTemp(memory(), "tenon-sim-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	o := Options{Store: store.Config{Dir: dir, Readers: 2}, Settle: synctest.Wait}
	if os.Getenv("TENON_SOAK") != "" {
		o.Steps = soakSteps
	}
	if testing.Verbose() && os.Getenv("TENON_SEED") != "" {
		o.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	synctest.Test(t, func(t *testing.T) {
		if r, err = Run(t.Context(), seed, o); err != nil {
			t.Fatal(err)
		}
	})
	if testing.Verbose() && os.Getenv("TENON_SEED") != "" {
		fmt.Fprint(t.Output(), r.History)
	}
	if len(r.Violations) > 0 {
		t.Errorf("seed %d:\n  %s\nreplay with %sTENON_SEED=%d go test ./internal/sim -run TestHistories -v",
			seed, strings.Join(r.Violations, "\n  "), soaking(), seed)
	}
	return r
}

// soaking is what a soak has in its environment: its histories are longer.
func soaking() string {
	if os.Getenv("TENON_SOAK") != "" {
		return "TENON_SOAK=1 "
	}
	return ""
}

// memory is a folder that lies in memory where there is one: nobody pulls the plug of a simulation, so a disk would only
// slow it.
func memory() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return ""
}

// TestRepeats: the same seed gives the same history.
func TestRepeats(t *testing.T) {
	n := fewRepeats
	if os.Getenv("TENON_SOAK") != "" {
		n = soakRepeats
	}
	for seed := range uint64(n) {
		if a, b := live(t, seed), live(t, seed); a.History != b.History {
			t.Errorf("seed %d: two histories, which part here:\n%s", seed, firstDifference(a.History, b.History))
		}
	}
}

// firstDifference shows where two histories part.
func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return x[i] + "\n" + y[i]
		}
	}
	return fmt.Sprintf("one has %d lines, the other %d", len(x), len(y))
}
