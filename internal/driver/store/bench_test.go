package store_test

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

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

// benchStore opens a store with the history in it and returns the ids of a sample of its runs. open is how many of the
// runs are not final.
func benchStore(b *testing.B, runs, open int) (*store.DB, []string) {
	dir := *benchDir
	if dir == "" {
		dir = b.TempDir()
	} else {
		dir = filepath.Join(dir, fmt.Sprintf("runs-%d-open-%d", runs, open))
	}
	_, statErr := os.Stat(filepath.Join(dir, "tenon.db"))
	db, err := store.Open(b.Context(), store.Config{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	rng := rand.New(rand.NewPCG(1, 1))
	began := time.Now().Add(-time.Duration(runs) * time.Second)
	var ids []string
	for base := 0; base < runs; base += 500 {
		var batch []store.Run
		for i := base; i < min(base+500, runs); i++ {
			r := benchRun(i, began.Add(time.Duration(i)*time.Second), rng)
			if i < runs-open {
				r.State = glue.RunSucceeded
			}
			batch = append(batch, r)
		}
		if statErr == nil { // kept: the ids differ in time only, so read some back
			break
		}
		if err := db.Commit(b.Context(), began, func(tx *store.Tx) error {
			for i := range batch {
				if err := start(tx, &batch[i], batch[i].ID); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	if err := db.Read(b.Context(), func(r *store.Reader) error {
		for job := range benchJobs {
			runs, err := r.ListRuns(store.RunQuery{Region: "us-east-1", Job: fmt.Sprintf("inpatient-charges-%04d", job), Incarnation: 1, Limit: 100})
			if err != nil {
				return err
			}
			for _, run := range runs {
				ids = append(ids, run.ID)
			}
			if len(ids) > 200_000 {
				break
			}
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	rng.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	return db, ids
}

// BenchmarkCommit is one durable transaction after the other, each with one run, one start key and one event; and the
// same from 64 callers that share commits.
func BenchmarkCommit(b *testing.B) {
	for _, callers := range []int{1, 32, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			db, _ := benchStore(b, *history, 0)
			b.ResetTimer()
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
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "starts/s")
			s := db.Stats()
			b.ReportMetric(float64(s.Functions)/float64(s.Batches), "starts/commit")
		})
	}
}

// BenchmarkGetRun reads runs by random ids.
func BenchmarkGetRun(b *testing.B) {
	db, ids := benchStore(b, *history, 0)
	b.ResetTimer()
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
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reads/s")
	b.ReportMetric(rssMiB(b), "rss-MiB")
}

// BenchmarkOpenRuns loads 100,000 waiting runs, as recovery does.
func BenchmarkOpenRuns(b *testing.B) {
	db, _ := benchStore(b, *history, min(*history, 100_000))
	b.ResetTimer()
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
}

// rssMiB is the resident memory of this process, 0 where it cannot be told.
func rssMiB(b *testing.B) float64 {
	runtime.GC()
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
