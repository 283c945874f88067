package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tenon/internal/core/audit"
	"tenon/internal/driver/store"
	"tenon/internal/driver/store/storetest"
	"tenon/internal/glue"
)

// Variables that make this test binary a plane that writes until it is killed.
const (
	crashDir = "TENON_STORE_CRASH_DIR"
	crashURL = "TENON_STORE_CRASH_URL"
)

// TestMain runs the tests, after which no goroutine may be left, or the plane of the crash tests.
func TestMain(m *testing.M) {
	if os.Getenv(crashDir)+os.Getenv(crashURL) != "" {
		fmt.Println("error:", crashWriter(store.Config{Dir: os.Getenv(crashDir), URL: os.Getenv(crashURL)}))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// crashRun is what the plane of the crash tests commits as one: a run, its event and its lease.
func crashRun(tx *store.Tx, rng *rand.Rand) (string, error) {
	r := benchRun(0, tx.Now(), rng)
	err := tx.InsertRun(&r)
	return r.ID, errors.Join(err,
		tx.AppendEvent(&glue.Event{Region: r.Region, Kind: glue.EventRunSubmitted, Run: r.ID}),
		tx.PutLease(store.Lease{Run: r.ID, Region: r.Region, Phase: store.LeaseReserved, Since: tx.Now()}))
}

// crashWriter commits from many goroutines, some of which fail, and prints the id of each run that was acknowledged.
func crashWriter(cfg store.Config) error {
	db, err := store.Open(context.Background(), cfg)
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	var print sync.Mutex
	for w := range 16 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(w), uint64(time.Now().UnixNano())))
			for i := 0; ; i++ {
				var id string
				err := db.Commit(context.Background(), time.Now(), func(tx *store.Tx) (err error) {
					id, err = crashRun(tx, rng)
					if i%7 == 3 {
						err = errors.New("deliberate")
					}
					return err
				})
				if err == nil {
					print.Lock()
					fmt.Println(id)
					print.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return nil
}

// crash kills a writing plane a few times and checks after each that what was acknowledged is there and nothing is
// half there.
func crash(t *testing.T, cfg store.Config, rounds int) {
	acknowledged := map[string]bool{}
	for round := range rounds {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), crashDir+"="+cfg.Dir, crashURL+"="+cfg.URL)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		before := len(acknowledged)
		quota := 1 + rand.IntN(400) // acknowledgements until the kill
		for lines := bufio.NewScanner(out); lines.Scan(); {
			acknowledged[lines.Text()] = true
			if len(acknowledged)-before == quota {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait()
		if len(acknowledged)-before < quota {
			t.Fatalf("round %d: the plane ended by itself: %v", round, acknowledged)
		}
		checkCrash(t, cfg, acknowledged)
	}
	t.Logf("%d commits acknowledged over %d kills", len(acknowledged), rounds)
}

// checkCrash opens what a killed plane left.
func checkCrash(t *testing.T, cfg store.Config, acknowledged map[string]bool) {
	t.Helper()
	db, err := store.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Read(t.Context(), func(r *store.Reader) error {
		runs, err := r.OpenRuns(0, 1_000_000)
		if err != nil {
			return err
		}
		leases, err := r.Leases()
		if err != nil {
			return err
		}
		leased := map[string]bool{}
		for _, l := range leases {
			leased[l.Run] = true
		}
		if len(leases) != len(runs) {
			t.Errorf("%d runs but %d leases", len(runs), len(leases))
		}
		events := map[string]bool{}
		for after := int64(0); ; {
			page, err := r.EventsAfter(after, store.MaxEvents)
			if err != nil {
				return err
			}
			if len(page) == 0 {
				break
			}
			for _, e := range page {
				if after++; e.Seq != after {
					t.Fatalf("event %d follows %d", e.Seq, after-1)
				}
				events[e.Run] = true
			}
		}
		if v, err := r.VerifyEvents(audit.Link{}, store.MaxVerify); err != nil || v.Broken != nil || v.Records != int64(len(events)) {
			t.Errorf("the chain does not hold: %+v, %v", v, err)
		}
		if len(events) != len(runs) {
			t.Errorf("%d runs but %d events", len(runs), len(events))
		}
		for i, run := range runs {
			if run.Seq != int64(i+1) || !events[run.ID] || !leased[run.ID] {
				t.Fatalf("run %d is number %d, has event %v, lease %v", i+1, run.Seq, events[run.ID], leased[run.ID])
			}
		}
		have := map[string]bool{}
		for _, run := range runs {
			have[run.ID] = true
		}
		for id := range acknowledged {
			if !have[id] {
				t.Errorf("run %s was acknowledged and is lost", id)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestCrashSQLite(t *testing.T) {
	crash(t, store.Config{Dir: t.TempDir()}, 8)
}

// testKick ends the sessions of a busy plane: afterwards it works again, and has lost nothing it acknowledged.
func testKick(t *testing.T, pg *storetest.Postgres) {
	db, err := store.Open(t.Context(), store.Config{URL: pg.Fresh(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	stop := make(chan struct{})
	var mu sync.Mutex
	acknowledged := map[string]bool{}
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(w), 1))
			for {
				select {
				case <-stop:
					return
				default:
				}
				var id string
				if err := db.Commit(context.Background(), time.Now(), func(tx *store.Tx) (err error) {
					id, err = crashRun(tx, rng)
					return err
				}); err == nil {
					mu.Lock()
					acknowledged[id] = true
					mu.Unlock()
				}
			}
		})
	}
	for kick := range 5 {
		for more := true; more; { // let it write a little
			mu.Lock()
			more = len(acknowledged) < 50*(kick+1)
			mu.Unlock()
		}
		if err := pg.Kick(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	wg.Wait()
	one := func() error {
		return db.Commit(t.Context(), time.Now(), func(tx *store.Tx) error {
			_, err := crashRun(tx, rand.New(rand.NewPCG(99, uint64(time.Now().UnixNano()))))
			return err
		})
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(20 * time.Second); one() != nil; <-tick.C { // it may be read-only for a second
		if time.Now().After(deadline) {
			t.Fatalf("does not recover: %v", db.Health())
		}
	}
	if err := pg.Kick(t.Context()); err != nil { // while idle: nobody notices
		t.Fatal(err)
	}
	if err := one(); err != nil {
		t.Fatalf("commit after an idle connection was lost: %v", err)
	}
	if err := db.Read(t.Context(), func(r *store.Reader) error {
		runs, err := r.OpenRuns(0, 1_000_000)
		for i, run := range runs {
			if run.Seq != int64(i+1) {
				t.Fatalf("run %d has number %d", i+1, run.Seq)
			}
			delete(acknowledged, run.ID)
		}
		if v, err := r.VerifyEvents(audit.Link{}, store.MaxVerify); err != nil || v.Broken != nil || v.Records == 0 {
			t.Errorf("the chain does not hold: %+v, %v", v, err)
		}
		return err
	}); err != nil {
		t.Fatalf("read after an idle connection was lost: %v", err)
	}
	if len(acknowledged) > 0 {
		t.Errorf("%d acknowledged runs are lost", len(acknowledged))
	}
	t.Logf("%+v", db.Stats())
}

// testTakeover lets a second plane lead after the first has lost its connection: the first never writes again,
// not even when the second has gone.
func testTakeover(t *testing.T, pg *storetest.Postgres) {
	cfg := store.Config{URL: pg.Fresh(t), LockWait: 100 * time.Millisecond}
	first, err := store.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	write := func(db *store.DB) error {
		return db.Commit(t.Context(), time.Now(), func(tx *store.Tx) error { return tx.AppendEvent(&glue.Event{}) })
	}
	if err := errors.Join(write(first), pg.Kick(t.Context())); err != nil {
		t.Fatal(err)
	}
	second, err := store.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := write(first); !errors.Is(err, store.ErrLocked) {
		t.Errorf("the first writes while the second leads: %v", err)
	}
	if err := errors.Join(write(second), second.Close()); err != nil {
		t.Fatal(err)
	}
	if err := write(first); !errors.Is(err, store.ErrLocked) {
		t.Errorf("the first writes after the second has led: %v", err)
	}
}
