package benchmark

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// historyJob is the job that the stored runs are of.
const historyJob = "history"

// historyBatch is how many runs are stored in one transaction.
const historyBatch = 2000

// historyFile notes, beside the store, what its history is. It is written last: a history without it is not whole.
const historyFile = "history.json"

// history is a data directory with finished runs in it.
type history struct {
	dir   string
	Runs  int       `json:"runs"`
	Began time.Time `json:"began"` // when the first of them was submitted; the others follow by the millisecond
}

// storedHistory returns the benchmark's history, made at first use. Suites that write work on a copy.
func (b *bench) storedHistory(ctx context.Context) (*history, error) {
	h := &history{dir: filepath.Join(b.dir, "history")}
	text, err := os.ReadFile(filepath.Join(h.dir, historyFile))
	if err == nil {
		err = json.Unmarshal(text, h)
	}
	// Older than a day it would come near to retention.
	if err == nil && h.Runs == b.history && time.Since(h.Began) < 48*time.Hour {
		return h, nil
	}
	if err := os.RemoveAll(h.dir); err != nil {
		return nil, err
	}
	fmt.Fprintf(os.Stderr, "  storing %s runs\n", number(float64(b.history)))
	h.Runs, h.Began = b.history, time.Now().Add(-24*time.Hour).Truncate(time.Millisecond)
	if err := h.fill(ctx); err != nil {
		return nil, fmt.Errorf("store the history: %w", err)
	}
	if text, err = json.Marshal(h); err != nil {
		return nil, err
	}
	return h, os.WriteFile(filepath.Join(h.dir, historyFile), text, 0o600)
}

// copyTo makes dir another data directory with the same history, all of it on disk: a gigabyte that is still to be written keeps
// the disk busy for a while, and the commits that are measured would wait for it.
func (h *history) copyTo(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.CopyFS(dir, os.DirFS(h.dir)); err != nil {
		return err
	}
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return syncFile(path)
	})
}

// syncFile writes what the system still holds of a file.
func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// fill puts the runs into a new store, and the job that they are of.
func (h *history) fill(ctx context.Context) (err error) {
	db, err := store.Open(ctx, store.Config{Dir: h.dir})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	d := store.Definition{Region: benchRegion, Kind: "job", Name: historyJob, Doc: json.RawMessage(
		`{"Name":"history","Role":"r","Command":{"Name":"glueetl","ScriptLocation":"s3://b/s.py"},"MaxCapacity":10}`)}
	err = db.Commit(ctx, h.Began, func(tx *store.Tx) error { return tx.CreateDefinition(&d) })
	for n := 0; err == nil && n < h.Runs; n += historyBatch {
		err = db.Commit(ctx, h.Began, func(tx *store.Tx) error {
			for i := n; i < min(n+historyBatch, h.Runs); i++ {
				if err := tx.InsertRun(h.run(i, d.Incarnation)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return err
}

// id is the id of the i-th run.
func (h *history) id(i int) string {
	var random [26]byte
	copy(random[:], fmt.Sprintf("%026d", i))
	return glue.NewID(glue.RunIDPrefix, h.submitted(i), random)
}

// anyID is the id of some run, all of them alike.
func (h *history) anyID() string { return h.id(rand.IntN(h.Runs)) }

// submitted is when the i-th run was.
func (h *history) submitted(i int) time.Time { return h.Began.Add(time.Duration(i) * time.Millisecond) }

// run is the i-th run.
func (h *history) run(i int, incarnation int64) *store.Run {
	at := h.submitted(i)
	return &store.Run{JobRun: glue.JobRun{Region: benchRegion, ID: h.id(i), Job: historyJob,
		Incarnation: incarnation, State: glue.RunSucceeded, Submitted: at, Started: at, Modified: at, Completed: at.Add(time.Minute),
		Executed: time.Minute, Command: glue.Command{Name: "glueetl", ScriptLocation: "s3://b/s.py"},
		Arguments: map[string]string{"--day": "2026-01-01", "--table": "orders"}, TimeoutMinutes: 480, MaxConcurrent: 1,
		QuarterDPUs: 40, MaxCapacity: 10, GlueVersion: "5.1", ExecutionClass: "STANDARD", LogGroup: "/aws-glue/jobs",
		Principal: benchKey,
		Usage: glue.Usage{FilesRead: 12, BytesRead: 1 << 30, RecordsRead: 5_000_000, FilesWritten: 4, BytesWritten: 300 << 20,
			RecordsWritten: 4_000_000, PeakMemory: 700 << 20}}}
}
