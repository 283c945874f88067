package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"tenon/internal/core/audit"
	"tenon/internal/glue"
)

// must opens a store in dir with the migrations of this program.
func must(t *testing.T, dir string) *DB {
	t.Helper()
	db, err := Open(context.Background(), Config{Dir: dir, LockWait: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// appendEvents commits n events with a detail of some bytes in one transaction.
func appendEvents(db *DB, n, size int) error {
	return db.Commit(context.Background(), time.Unix(1, 0), func(tx *Tx) error {
		for range n {
			detail := append(append([]byte{'"'}, bytes.Repeat([]byte{'x'}, size)...), '"')
			if err := tx.AppendEvent(&glue.Event{Detail: detail}); err != nil {
				return err
			}
		}
		return nil
	})
}

// lastEvent returns the number of the last event, to which all others are chained.
func lastEvent(t *testing.T, db *DB) (last int64) {
	t.Helper()
	if err := db.Read(context.Background(), func(r *Reader) (err error) {
		if last, err = r.LastEvent(); err != nil {
			return err
		}
		v, err := r.VerifyEvents(audit.Link{}, MaxVerify)
		if v.Broken != nil || v.Head.Seq != last {
			t.Errorf("the chain up to %d does not hold: %+v", last, v)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return last
}

// setFault changes how COMMIT fails, in the committer's own goroutine.
func setFault(t *testing.T, db *DB, fault func() error) {
	t.Helper()
	_ = db.Commit(context.Background(), time.Unix(1, 0), func(tx *Tx) error {
		tx.c.failCommit = fault
		return nil
	})
}

// TestUnknownOutcome lets COMMIT fail after it has happened, until the store turns read-only, and then heals it.
func TestUnknownOutcome(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		db := must(t, dir)
		defer db.Close()
		broken := errors.New("the disk went away")
		setFault(t, db, func() error { return broken })
		for i := range readOnlyAfter {
			err := appendEvents(db, 1, 0)
			if !errors.Is(err, ErrUnknownOutcome) || !errors.Is(err, broken) {
				t.Fatalf("commit %d: %v", i, err)
			}
		}
		if got := lastEvent(t, db); got != readOnlyAfter {
			t.Errorf("last event %d, want %d: the numbers were not loaded again", got, readOnlyAfter)
		}
		ran := false
		err := db.Commit(t.Context(), time.Unix(1, 0), func(*Tx) error { ran = true; return nil })
		if !errors.Is(err, ErrReadOnly) || errors.Is(err, ErrUnknownOutcome) || !strings.Contains(err.Error(), broken.Error()) || ran {
			t.Errorf("commit to a read-only store: %v, ran %v", err, ran)
		}
		if err := db.Health(); !errors.Is(err, ErrReadOnly) {
			t.Errorf("health: %v", err)
		}
		time.Sleep(probeEvery)
		setFault(t, db, nil) // the probe succeeds, and so does the batch behind it
		if err := errors.Join(appendEvents(db, 1, 0), db.Health()); err != nil {
			t.Errorf("after the probe: %v", err)
		}
		stats := db.Stats()
		if stats.Unknown != readOnlyAfter || stats.Refused != 1 || stats.Failed != readOnlyAfter {
			t.Errorf("stats: %+v", stats)
		}
		if got := lastEvent(t, db); got != readOnlyAfter+1 {
			t.Errorf("last event %d, want %d", got, readOnlyAfter+1)
		}
	})
}

// TestDefinitionsUnknown: while a change of definitions is being committed, and after one whose outcome is unknown, no number
// stands for them.
func TestDefinitionsUnknown(t *testing.T) {
	db := must(t, t.TempDir())
	defer db.Close()
	before := db.Definitions()
	if before == 0 {
		t.Fatal("the definitions have no number")
	}
	during := int64(-1)
	setFault(t, db, func() error { during = db.Definitions(); return nil })
	define := func(name string) error {
		return db.Commit(t.Context(), time.Unix(1, 0), func(tx *Tx) error {
			return tx.CreateDefinition(&Definition{Region: "r", Kind: "job", Name: name})
		})
	}
	if err := define("a"); err != nil {
		t.Fatal(err)
	}
	after := db.Definitions()
	if during != 0 || after <= before {
		t.Errorf("%d before, %d while it is committed, %d after", before, during, after)
	}
	if err := appendEvents(db, 1, 0); err != nil || during != after || db.Definitions() != after {
		t.Errorf("an event changes definitions: %d, then %d, want %d; %v", during, db.Definitions(), after, err)
	}
	setFault(t, db, func() error { return errors.New("the disk went away") })
	if err := define("b"); !errors.Is(err, ErrUnknownOutcome) || db.Definitions() != 0 {
		t.Errorf("definitions have number %d after an unknown outcome: %v", db.Definitions(), err)
	}
	setFault(t, db, nil)
	if err := appendEvents(db, 1, 0); err != nil || db.Definitions() <= after {
		t.Errorf("number %d after %d and an unknown outcome; %v", db.Definitions(), after, err)
	}
}

// TestCheckpoint: what is committed goes into the file long before the log is full, beside the writer.
func TestCheckpoint(t *testing.T) {
	dir := t.TempDir()
	db := must(t, dir)
	defer db.Close()
	size := func() int64 {
		info, err := os.Stat(filepath.Join(dir, FileName))
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	before := size()
	for range checkpointEvery {
		if err := appendEvents(db, 1, 16<<10); err != nil {
			t.Fatal(err)
		}
	}
	for end := time.Now().Add(time.Minute); size() == before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the file has still %d bytes", before)
		}
	}
}

// smallDisk is an SQLite database that may have so many pages.
type smallDisk struct {
	*sqliteDialect
	pages atomic.Int64
}

// openWriter limits the connection.
func (d *smallDisk) openWriter(ctx context.Context) (*sql.Conn, error) {
	conn, err := d.sqliteDialect.openWriter(ctx)
	if err == nil {
		_, err = conn.ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", d.pages.Load()))
	}
	return conn, err
}

// TestFull fills the database to a limit of pages: what fits is kept, the rest is refused by name, alone or in a batch,
// reading goes on, and so does writing once there is room.
func TestFull(t *testing.T) {
	db := must(t, t.TempDir())
	disk := &smallDisk{sqliteDialect: db.dialect.(*sqliteDialect)}
	limit := func(pages int64) {
		disk.pages.Store(pages)
		_ = db.Commit(t.Context(), time.Unix(1, 0), func(tx *Tx) error {
			tx.c.dialect = disk
			tx.unmarked = errors.New("have the writer opened again")
			tx.c.shared = true
			return tx.unmarked
		})
	}
	if err := appendEvents(db, 1, 10); err != nil {
		t.Fatal(err)
	}
	limit(200)
	if err := appendEvents(db, 1000, 4000); !errors.Is(err, ErrFull) {
		t.Fatalf("got %v, want ErrFull", err)
	}
	if got := lastEvent(t, db); got != 1 {
		t.Errorf("%d events, want the one from before", got)
	}
	errs := make([]error, 40) // batches of small and large
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			if i%4 == 0 {
				errs[i] = appendEvents(db, 1000, 4000)
			} else {
				errs[i] = appendEvents(db, 1, 10)
			}
		})
	}
	wg.Wait()
	kept := int64(1)
	for i, err := range errs {
		if err == nil {
			kept++
		} else if !errors.Is(err, ErrFull) {
			t.Errorf("function %d: %v", i, err)
		}
		if i%4 == 0 && err == nil {
			t.Error("more was written than fits")
		}
	}
	if got := lastEvent(t, db); got != kept {
		t.Errorf("%d events, %d were acknowledged", got, kept)
	}
	limit(1 << 20)
	err := appendEvents(db, 1000, 4000)
	// Several batches in a row may have failed: then the store refuses at once until its probe, within a second.
	for deadline := time.Now().Add(10 * time.Second); errors.Is(err, ErrReadOnly) && time.Now().Before(deadline); {
		err = appendEvents(db, 1000, 4000)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := lastEvent(t, db); got != kept+1000 {
		t.Errorf("%d events, %d were acknowledged", got, kept+1000)
	}
}

// laterMigrations are this program's and one more.
func laterMigrations(t *testing.T, ddl string) migrations {
	t.Helper()
	files := fstest.MapFS{"9999_more.sql": {Data: []byte(ddl)}}
	names, err := fs.Glob(migrationFiles(), "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(migrationFiles(), name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: text}
	}
	return files
}

// TestMigrate upgrades a state, goes back by the copy made before, and survives a migration that fails.
func TestMigrate(t *testing.T) {
	dir := t.TempDir()
	cfg := Config{Dir: dir, LockWait: time.Millisecond}
	file := filepath.Join(dir, FileName)
	db := must(t, dir)
	if err := errors.Join(appendEvents(db, 3, 10), db.Close()); err != nil {
		t.Fatal(err)
	}
	if found, _ := filepath.Glob(file + ".v*"); len(found) != 0 {
		t.Errorf("a new state was copied: %v", found)
	}

	_, err := open(t.Context(), cfg, laterMigrations(t, "CREATE TABLE more (n {{int}}) {{strict}}; CREATE NONSENSE;"))
	if err == nil {
		t.Fatal("a broken migration was accepted")
	}
	db = must(t, dir) // undone, so this program still knows the schema
	if got := lastEvent(t, db); got != 3 {
		t.Errorf("%d events after the failed migration, want 3", got)
	}
	_ = db.Close()

	later := laterMigrations(t, "CREATE TABLE more (n {{int}} NOT NULL) {{strict}}; CREATE INDEX more_n ON more (n);")
	for range 2 { // the second time there is nothing to do
		if db, err = open(t.Context(), cfg, later); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(appendEvents(db, 1, 10), db.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(t.Context(), cfg); !errors.Is(err, ErrNewerSchema) {
		t.Fatalf("a newer schema: %v", err)
	}

	if found, _ := filepath.Glob(file + "-*"); len(found) != 0 {
		t.Fatalf("closing left files that belong to the newer state: %v", found)
	}
	current, err := newestMigration()
	if err != nil {
		t.Fatal(err)
	}
	kept := fmt.Sprintf("%s.v%d", file, current)
	if info, err := os.Stat(kept); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy: %v, %v, want a file of its owner alone", info, err)
	}
	if err := os.Rename(kept, file); err != nil {
		t.Fatal(err)
	}
	if got := lastEvent(t, must(t, dir)); got != 3 {
		t.Errorf("the copy has %d events, want 3", got)
	}
}

// TestOpenRefuses opens with what cannot work; nothing may stay locked after that.
func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct {
		cfg  Config
		want string
	}{
		{Config{}, "needs a data directory"},
		{Config{Dir: dir, URL: "mysql://x"}, `unknown store "mysql://x"`},
		{Config{Dir: dir, Readers: -1}, "readers must be"},
		{Config{Dir: dir, URL: "postgres://u@127.0.0.1:1/d"}, "connect"},
		{Config{Dir: filepath.Join(dir, "\x00")}, "data directory"},
	} {
		_, err := Open(t.Context(), test.cfg)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v, want %s", test.cfg, err, test.want)
		}
	}
	garbage := filepath.Join(dir, FileName)
	if err := os.WriteFile(garbage, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Config{Dir: dir}); err == nil || !strings.Contains(err.Error(), "not a database") {
		t.Errorf("a file of garbage: %v", err)
	}
	if err := os.Remove(garbage); err != nil {
		t.Fatal(err)
	}
	must(t, dir)
	for _, name := range []string{FileName, FileName + "-wal", lockName} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want a file of its owner alone", name, info.Mode())
		}
	}
}

// TestPlans asks SQLite how it finds rows: statements that run often must not scan.
func TestPlans(t *testing.T) {
	db := must(t, t.TempDir())
	for _, test := range []struct{ text, want string }{
		{`SELECT seq, doc FROM run WHERE id = $1`, "run_id"},
		{`SELECT tags FROM definition WHERE region = $1 AND kind = $2 AND name = $3`, "sqlite_autoindex_definition"},
		{`SELECT seq, doc FROM run WHERE region = $1 AND job = $2 AND incarnation = $3 AND seq < $4 ORDER BY seq DESC LIMIT $5`, "run_job"},
		{`SELECT seq, doc FROM run WHERE open = 1 AND seq > $1 ORDER BY seq LIMIT $2`, "run_open"},
		{`SELECT seq, doc FROM run WHERE region = $1 ORDER BY seq DESC LIMIT $2`, "run_region"},
		{`SELECT seq, doc FROM run WHERE seq > $1 ORDER BY seq LIMIT $2`, "PRIMARY KEY"},
		{`SELECT id FROM start_key WHERE expires <= $1 ORDER BY expires LIMIT $2`, "start_key_expires"},
		{`SELECT name FROM definition WHERE region = $1 AND kind = $2 AND name > $3 ORDER BY name LIMIT $4`, "definition_kind"},
		{sqlAllDefinitions, "definition_kind"},
		{sqlRecentOfJob, "run_job"},
		{sqlAllProgress, "sqlite_autoindex_trigger_progress"},
		{sqlFlowRuns, "run_flow"},
		{sqlListFlow, "run_flow"},
		{sqlListWorkflowRuns, "workflow_run_workflow"},
		{sqlOpenWorkflowRuns, "workflow_run_open"},
	} {
		var plan []string
		if err := db.Read(t.Context(), func(r *Reader) error {
			if err := r.begin(); err != nil {
				return err
			}
			rows, err := r.s.conn.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+test.text, make([]any, strings.Count(test.text, "$"))...)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var a, b, c any
				var detail string
				if err := rows.Scan(&a, &b, &c, &detail); err != nil {
					return err
				}
				plan = append(plan, detail)
			}
			return rows.Err()
		}); err != nil {
			t.Fatal(err)
		}
		got := strings.Join(plan, "; ")
		if !strings.Contains(got, test.want) || strings.Contains(got, "SCAN") || strings.Contains(got, "TEMP B-TREE") {
			t.Errorf("%s\n\t%s, want a search of %s", test.text, got, test.want)
		}
	}
}
