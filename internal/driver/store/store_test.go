package store_test

import (
	"context"
	"testing"
	"time"

	"tenon/internal/driver/store"
	"tenon/internal/driver/store/storetest"
)

// lockWait is short, for the tests that want to be refused.
const lockWait = 200 * time.Millisecond

func TestSQLite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) func() (*store.DB, error) {
		cfg := store.Config{Dir: t.TempDir(), LockWait: lockWait}
		return func() (*store.DB, error) { return store.Open(context.Background(), cfg) }
	})
}

func TestPostgres(t *testing.T) {
	pg := storetest.StartPostgres(t)
	t.Run("Crash", func(t *testing.T) { crash(t, store.Config{URL: pg.Fresh(t)}, 4) })
	t.Run("Kick", func(t *testing.T) { testKick(t, pg) })
	t.Run("Takeover", func(t *testing.T) { testTakeover(t, pg) })
	fresh := func(t *testing.T) store.Config { return store.Config{URL: pg.Fresh(t)} }
	t.Run("Tamper", func(t *testing.T) { testTamper(t, fresh) })
	t.Run("Forge", func(t *testing.T) { testForge(t, fresh(t)) })
	t.Run("ChainOld", func(t *testing.T) { testChainOld(t, fresh) })
	storetest.Run(t, func(t *testing.T) func() (*store.DB, error) {
		cfg := store.Config{URL: pg.Fresh(t), LockWait: lockWait}
		return func() (*store.DB, error) { return store.Open(context.Background(), cfg) }
	})
}
