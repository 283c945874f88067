package store_test

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tenon/internal/core/audit"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// history is how many runs the benchmarks find in the store; they are made once and kept in -bench.dir.
var (
	history  = flag.Int("bench.runs", 100_000, "runs in the store before a benchmark")
	benchDir = flag.String("bench.dir", "", "folder that keeps the prepared store; empty makes one each time")
)

// benchJobs is the number of jobs that the history's runs are of.
const benchJobs = 5000

// benchRun makes a run like a real one: about 1.2 kB as JSON.
func benchRun(i int, at time.Time, rng *rand.Rand) store.Run {
	var random [26]byte
	for j := range random {
		random[j] = byte(rng.Uint32())
	}
	job := fmt.Sprintf("inpatient-charges-%04d", rng.IntN(benchJobs))
	return store.Run{JobRun: glue.JobRun{
		Region: "us-east-1", ID: glue.NewID(glue.RunIDPrefix, at, random), Job: job, Incarnation: 1,
		State: glue.RunWaiting, Submitted: at, Modified: at,
		Command: glue.Command{Name: glue.CommandETL, ScriptLocation: "s3://scripts/" + job + ".py", PythonVersion: "3"},
		Arguments: map[string]string{
			"--job-bookmark-option": "job-bookmark-enable", "--TempDir": "s3://temp/" + job, "--job-language": "python",
			"--input": fmt.Sprintf("s3://raw/charges/day=%d/", i), "--output": "s3://curated/charges/", "--enable-metrics": "true",
		},
		Connections: []string{"net-a", "net-b"}, TimeoutMinutes: 480, MaxConcurrent: 1000, WorkerType: "G.1X", NumberOfWorkers: 10,
		QuarterDPUs: 40, MaxCapacity: 10, GlueVersion: "5.1", ExecutionClass: "STANDARD", JobMode: "SCRIPT",
		LogGroup: "/aws-glue/jobs", Principal: "AKIAEXAMPLEEXAMPLE00",
	}}
}

// start stores what StartJobRun stores: run, event, start key.
func start(tx *store.Tx, r *store.Run, key string) error {
	if err := tx.InsertRun(r); err != nil {
		return err
	}
	body := sha256.Sum256([]byte(key))
	if err := tx.PutStartKey(store.StartKey{Region: r.Region, Principal: r.Principal, Operation: "StartJobRun",
		Kind: store.StartKeyInvocation, Key: key, Result: r.ID, BodyHash: body[:], Expires: tx.Now().Add(time.Hour)}); err != nil {
		return err
	}
	return tx.AppendEvent(&glue.Event{Region: r.Region, Kind: glue.EventRunSubmitted, Job: r.Job, Run: r.ID, Who: r.Principal})
}

// benchStore opens a store with the history in it, made now or by an earlier benchmark in the same folder. open is how
// many of the runs are not final.
func benchStore(b *testing.B, runs, open int) *store.DB {
	dir := b.TempDir()
	if *benchDir != "" {
		dir = filepath.Join(*benchDir, fmt.Sprintf("runs-%d-open-%d", runs, open))
	}
	db, err := store.Open(b.Context(), store.Config{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	rng := rand.New(rand.NewPCG(1, 1))
	began := time.Now().Add(-time.Duration(runs) * time.Second)
	if len(recent(b, db, 1)) > 0 {
		return db
	}
	const batch = 500
	for base := 0; base < runs; base += batch {
		if err := db.Commit(b.Context(), began, func(tx *store.Tx) error {
			for i := base; i < min(base+batch, runs); i++ {
				r := benchRun(i, began.Add(time.Duration(i)*time.Second), rng)
				if i < runs-open {
					r.State = glue.RunSucceeded
				}
				if err := start(tx, &r, r.ID); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	return db
}

// recent returns the newest runs.
func recent(b *testing.B, db *store.DB, limit int) (runs []store.Run) {
	b.Helper()
	if err := db.Read(b.Context(), func(r *store.Reader) (err error) {
		runs, err = r.RecentRuns("us-east-1", limit)
		return err
	}); err != nil {
		b.Fatal(err)
	}
	return runs
}

// sample returns the ids of runs all over the history.
func sample(b *testing.B, db *store.DB) (ids []string) {
	b.Helper()
	rng := rand.New(rand.NewPCG(2, 2))
	last := recent(b, db, 1)[0].Seq
	if err := db.Read(b.Context(), func(r *store.Reader) error {
		for range 20_000 {
			runs, err := r.RunsAfter(rng.Int64N(last), 1)
			if err != nil {
				return err
			}
			ids = append(ids, runs[0].ID)
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	return ids
}

// BenchmarkCommit is one durable transaction after the other, each with one run, one start key and one event; and the
// same from 64 callers that share commits.
func BenchmarkCommit(b *testing.B) {
	for _, callers := range []int{1, 32, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			db := benchStore(b, *history, 0)
			b.ResetTimer()
			before := cpuTime()
			var next atomic.Int64
			var wg sync.WaitGroup
			for w := range callers {
				wg.Go(func() {
					rng := rand.New(rand.NewPCG(uint64(w), uint64(time.Now().UnixNano())))
					for next.Add(1) <= int64(b.N) {
						now := time.Now()
						r := benchRun(0, now, rng)
						if err := db.Commit(context.Background(), now, func(tx *store.Tx) error { return start(tx, &r, r.ID) }); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			reportCPU(b, before)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "starts/s")
			s := db.Stats()
			b.ReportMetric(float64(s.Functions)/float64(s.Batches), "starts/commit")
		})
	}
}

// BenchmarkGetRun reads runs by random ids.
func BenchmarkGetRun(b *testing.B) {
	db := benchStore(b, *history, 0)
	ids := sample(b, db)
	b.ResetTimer()
	before := cpuTime()
	b.RunParallel(func(pb *testing.PB) {
		rng := rand.New(rand.NewPCG(rand.Uint64(), 1))
		for pb.Next() {
			if err := db.Read(b.Context(), func(r *store.Reader) error {
				_, err := r.GetRun("us-east-1", ids[rng.IntN(len(ids))])
				return err
			}); err != nil {
				b.Error(err)
			}
		}
	})
	reportCPU(b, before)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reads/s")
}

// BenchmarkOpenRuns loads 100,000 waiting runs, as recovery does.
func BenchmarkOpenRuns(b *testing.B) {
	db := benchStore(b, *history, min(*history, 100_000))
	b.ResetTimer()
	before := cpuTime()
	for range b.N {
		n := 0
		if err := db.Read(b.Context(), func(r *store.Reader) error {
			for after := int64(0); ; {
				runs, err := r.OpenRuns(after, 2000)
				if err != nil || len(runs) == 0 {
					return err
				}
				n, after = n+len(runs), runs[len(runs)-1].Seq
			}
		}); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(n), "runs")
	}
	reportCPU(b, before)
}

// BenchmarkVerify recomputes the hashes of all events, as `tenon audit verify` does.
func BenchmarkVerify(b *testing.B) {
	db := benchStore(b, *history, 0)
	b.ResetTimer()
	events := int64(0)
	for range b.N {
		for at, more := (audit.Link{}), true; more; {
			if err := db.Read(b.Context(), func(r *store.Reader) error {
				v, err := r.VerifyEvents(at, store.MaxVerify)
				if v.Broken != nil {
					b.Fatal(v.Broken.Problem)
				}
				events += v.Records
				at, more = v.Head, v.More
				return err
			}); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkMemory commits and reads, and reports the memory that the process takes after that. Run it alone, on a
// history made before: making one takes memory too.
func BenchmarkMemory(b *testing.B) {
	db := benchStore(b, *history, 0)
	ids := sample(b, db)
	rng := rand.New(rand.NewPCG(3, uint64(time.Now().UnixNano())))
	for i := range b.N {
		now := time.Now()
		r := benchRun(i, now, rng)
		if err := db.Commit(b.Context(), now, func(tx *store.Tx) error { return start(tx, &r, r.ID) }); err != nil {
			b.Fatal(err)
		}
		if err := db.Read(b.Context(), func(r *store.Reader) error {
			_, err := r.GetRun("us-east-1", ids[i%len(ids)])
			return err
		}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(rssMiB(), "rss-MiB")
}

// cpuTime is the processor time of this process so far: on a busy machine it says more than the clock.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// reportCPU reports the processor time per operation since before.
func reportCPU(b *testing.B, before time.Duration) {
	b.ReportMetric(float64((cpuTime()-before).Microseconds())/float64(b.N), "cpu-us/op")
}

// rssMiB is the resident memory of this process, 0 where it cannot be told.
func rssMiB() float64 {
	debug.FreeOSMemory()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		var kib float64
		if n, _ := fmt.Sscanf(line, "VmRSS: %f", &kib); n == 1 {
			return kib / 1024
		}
	}
	return 0
}
