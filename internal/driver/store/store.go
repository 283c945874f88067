package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Config says where the state lives.
type Config struct {
	// Dir is the data directory, made if absent (mode 0700) and locked while the DB is open. Empty is allowed with
	// PostgreSQL only, and then nothing is locked but the database.
	Dir string
	// URL is empty or "sqlite" for the file tenon.db in Dir, or a postgres:// URL.
	URL string
	// Readers is how many reads run at once; 0 means one more than the processors, at least 3: each has a page cache of its own, and
	// most reads wait for no disk.
	Readers int
	// LockWait is how long Open waits for another plane to let go; 0 means 5 s, for a process that is just ending.
	LockWait time.Duration
}

// FileName is the SQLite file in the data directory.
const FileName = "tenon.db"

// maxReaders bounds Config.Readers: each is a connection with a page cache of its own.
const maxReaders = 64

// withDefaults fills what is zero.
func (c Config) withDefaults() Config {
	if c.URL == "" {
		c.URL = "sqlite"
	}
	if c.Readers == 0 {
		c.Readers = min(maxReaders, max(3, 1+runtime.GOMAXPROCS(0)))
	}
	if c.LockWait == 0 {
		c.LockWait = 5 * time.Second
	}
	return c
}

// validate refuses what cannot work.
func (c Config) validate() error {
	switch {
	case c.URL == "sqlite" && c.Dir == "":
		return errors.New("store: sqlite needs a data directory")
	case c.URL != "sqlite" && !isPostgres(c.URL):
		return fmt.Errorf("store: unknown store %q: use sqlite or postgres://user@host/database", c.URL)
	case c.Readers < 1 || c.Readers > maxReaders:
		return fmt.Errorf("store: readers must be 1 to %d, got %d", maxReaders, c.Readers)
	}
	return nil
}

// isPostgres tells a PostgreSQL URL.
func isPostgres(url string) bool {
	return strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://")
}

// DB is the open state. All methods may be called concurrently.
type DB struct {
	dialect      dialect
	lock         io.Closer // of the data directory; nil without one
	committer    *committer
	quit         chan struct{}
	readers      chan *session // idle ones; nil stands for one not opened yet
	stats        *counters
	checkpointed chan struct{} // closed when no more checkpoints are made
	closeOnce    sync.Once
	closeErr     error
}

// Open locks the state, brings its schema up to date (keeping a copy of an SQLite file first) and starts the committer.
// Errors to tell apart: ErrLocked, ErrNewerSchema, ErrFull.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	return open(ctx, cfg, migrationFiles())
}

// open is Open with the migrations to apply.
func open(ctx context.Context, cfg Config, files migrations) (_ *DB, err error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	db := &DB{stats: &counters{}, checkpointed: make(chan struct{}), quit: make(chan struct{}), readers: make(chan *session, cfg.Readers)}
	var undo []func() error
	defer func() {
		for i := len(undo) - 1; err != nil && i >= 0; i-- {
			err = errors.Join(err, undo[i]())
		}
	}()
	if cfg.Dir != "" {
		if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
			return nil, fmt.Errorf("store: data directory: %w", err)
		}
		if db.lock, err = lockDir(ctx, cfg.Dir, cfg.LockWait); err != nil {
			return nil, err
		}
		undo = append(undo, db.lock.Close)
	}
	if isPostgres(cfg.URL) {
		db.dialect, err = newPostgres(cfg.URL, cfg.Readers, cfg.LockWait)
	} else {
		path := filepath.Join(cfg.Dir, FileName)
		if err = makePrivate(path); err == nil {
			db.dialect, err = newSQLite(path)
		}
	}
	if err != nil {
		return nil, err
	}
	undo = append(undo, db.dialect.close)
	if err := db.dialect.lead(ctx); err != nil {
		return nil, err
	}
	if err := migrate(ctx, db.dialect, files); err != nil {
		return nil, err
	}
	db.committer = &committer{
		dialect: db.dialect,
		queue:   make(chan *request, maxQueue),
		watch:   &watch{},
		quit:    db.quit,
		stopped: make(chan struct{}),
		stats:   db.stats,
		logged:  make(chan struct{}, 1),
	}
	if err := db.committer.open(ctx); err != nil {
		return nil, err
	}
	for range cfg.Readers {
		db.readers <- nil
	}
	go db.committer.loop()
	go db.checkpoints()
	return db, nil
}

// Commit runs fn in a transaction and returns once it is durable. If fn returns an error, that error is returned and
// what fn wrote is undone. If ctx ends before the committer has begun with fn, fn does not run at all and ctx's error
// is returned; later, Commit waits for the outcome whatever ctx says. now is the time of the transaction.
func (db *DB) Commit(ctx context.Context, now time.Time, fn func(*Tx) error) error {
	return db.committer.commit(ctx, now, fn)
}

// Health is nil when the store can be written, else the ErrReadOnly that Commit answers with.
func (db *DB) Health() error {
	if err := db.committer.health.Load(); err != nil {
		return *err
	}
	return nil
}

// Close waits for the running batch, refuses what is queued with ErrClosed, waits for reads, and unlocks. It may be
// called twice.
func (db *DB) Close() error {
	db.closeOnce.Do(func() {
		close(db.quit)
		<-db.committer.stopped
		<-db.checkpointed
		var errs []error
		for range cap(db.readers) {
			if s := <-db.readers; s != nil {
				errs = append(errs, s.close())
			}
		}
		if db.committer.w != nil {
			errs = append(errs, db.committer.w.close())
		}
		errs = append(errs, db.dialect.close())
		if db.lock != nil {
			errs = append(errs, db.lock.Close())
		}
		db.closeErr = errors.Join(errs...)
	})
	return db.closeErr
}

// counters are the live form of Stats.
type counters struct{ batches, functions, failed, refused, unknown, busy atomic.Int64 }

// Stats counts what the committer did since Open.
type Stats struct {
	Batches   int64         // SQL transactions tried
	Functions int64         // functions in them
	Failed    int64         // transactions that failed
	Refused   int64         // functions refused while read-only
	Unknown   int64         // transactions of unknown outcome
	Busy      time.Duration // time spent in transactions
	Queued    int           // functions waiting now
}

// Stats returns the counts so far.
func (db *DB) Stats() Stats {
	return Stats{
		Batches:   db.stats.batches.Load(),
		Functions: db.stats.functions.Load(),
		Failed:    db.stats.failed.Load(),
		Refused:   db.stats.refused.Load(),
		Unknown:   db.stats.unknown.Load(),
		Busy:      time.Duration(db.stats.busy.Load()),
		Queued:    len(db.committer.queue),
	}
}
