package sim

import (
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tenon/internal/driver/store"
)

// Histories of a usual test run, and of a soak.
const (
	fewSeeds  = 200
	soakSeeds = 5000
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
	var sum Report
	for i := range n {
		seed := first + uint64(i)
		r := live(t, seed)
		if len(r.Violations) > 0 {
			t.Errorf("seed %d:\n  %s\nreplay with TENON_SEED=%d go test ./internal/sim -run TestHistories -v", seed, strings.Join(r.Violations, "\n  "), seed)
		}
		if t.Failed() {
			break
		}
		sum.Runs, sum.Admitted, sum.Kills = sum.Runs+r.Runs, sum.Admitted+r.Admitted, sum.Kills+r.Kills
		sum.Failed, sum.Refused = sum.Failed+r.Failed, sum.Refused+r.Refused
	}
	t.Logf("%d histories: %d runs, %d attempts, %d kills, %d commits failed, %d answers refused", n, sum.Runs, sum.Admitted, sum.Kills, sum.Failed, sum.Refused)
}

// live lives through one history in a bubble of its own.
func live(t *testing.T, seed uint64) (r Report) {
	t.Helper()
	dir, err := os.MkdirTemp(memory(), "tenon-sim-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	o := Options{Store: store.Config{Dir: dir}, Settle: synctest.Wait}
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
	return r
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
	for seed := range uint64(5) {
		a, b := live(t, seed), live(t, seed)
		if a.History == b.History {
			continue
		}
		x, y := strings.Split(a.History, "\n"), strings.Split(b.History, "\n")
		for i := range min(len(x), len(y)) {
			if x[i] != y[i] {
				t.Fatalf("seed %d: the histories differ\n%s\n%s", seed, x[i], y[i])
			}
		}
		t.Fatalf("seed %d: one history has %d lines, the other %d", seed, len(x), len(y))
	}
}
