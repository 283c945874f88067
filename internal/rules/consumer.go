package rules

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"tenon/internal/controller"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// Limits of the readers.
const (
	maxPage   = 500                    // events read at once
	saveEvery = time.Second            // a cursor that only passed over events is stored so often at most
	pauseMin  = 100 * time.Millisecond // after a failure, doubled with each that follows, up to pauseMax
	pauseMax  = 10 * time.Second
)

// metaDeliveries is the key of meta that has the progress of deliveries. How far starts are is written by the controller.
const metaDeliveries = "rules.delivered"

// Starter carries out starts: it is the controller.
type Starter interface {
	// Deliver makes starts durable together with the cursor behind the events that asked for them, all or nothing. It refuses
	// a delivery that does not begin at the stored cursor. After any other error, the stored cursor says what became of it.
	Deliver(ctx context.Context, d controller.Delivery) error
}

// Config says how rules are served. Zero values are the defaults.
type Config struct {
	Account string // in the events
	// Timeout bounds one try of a webhook, CommandTimeout a command, and Backoff is the pause after the first try of a
	// webhook, four times that after the second.
	Timeout        time.Duration // 10 s
	CommandTimeout time.Duration // 1 min
	Backoff        time.Duration // 1 s
	Workers        int           // deliveries at once: 8
}

// withDefaults fills what is zero.
func (c Config) withDefaults() Config {
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	if c.CommandTimeout == 0 {
		c.CommandTimeout = time.Minute
	}
	if c.Backoff == 0 {
		c.Backoff = time.Second
	}
	if c.Workers == 0 {
		c.Workers = 8
	}
	return c
}

// Consumer serves rules.
type Consumer struct {
	lg  *slog.Logger
	db  *store.DB
	ctl Starter
	cfg Config

	hooks *http.Client
	// commitTx is db.Commit; tests put one before it that fails.
	commitTx func(ctx context.Context, now time.Time, fn func(*store.Tx) error) error

	mu    sync.Mutex // guards table
	table *table     // nil: not read yet. The value it points to does not change.
}

// New makes a consumer over an open store.
func New(lg *slog.Logger, db *store.DB, ctl Starter, cfg Config) *Consumer {
	return &Consumer{lg: lg, db: db, ctl: ctl, cfg: cfg.withDefaults(), hooks: newHooks(newTransport()), commitTx: db.Commit}
}

// Run serves rules until ctx ends, and returns when nothing that it began is left: deliveries under way are broken off, and
// made again by the next consumer. It is called once.
func (c *Consumer) Run(ctx context.Context) {
	var g errgroup.Group
	for what, serve := range map[string]func(context.Context) error{"starts": c.serveStarts, "deliveries": c.serveDeliveries} {
		g.Go(func() error { c.persist(ctx, what, serve); return nil })
	}
	_ = g.Wait() // nothing fails for good
	c.hooks.CloseIdleConnections()
}

// persist serves until ctx ends, from the stored cursor again after each failure.
func (c *Consumer) persist(ctx context.Context, what string, serve func(context.Context) error) {
	for pause := pauseMin; ctx.Err() == nil; pause = min(2*pause, pauseMax) {
		began := time.Now()
		err := serve(ctx)
		if ctx.Err() != nil || errors.Is(err, store.ErrClosed) || errors.Is(err, controller.ErrStopped) {
			return
		}
		if time.Since(began) > pauseMax {
			pause = pauseMin
		}
		c.lg.Warn("rules wait a little after a failure", "part", what, "error", err)
		sleep(ctx, pause)
	}
}

// sleep waits for a while, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// page is events to look at, and the rules to match them against.
type page struct {
	events []glue.Event
	rules  *table
	last   int64 // the event to go on after, once these are done
	more   bool  // others may follow
}

// unruled are the kinds of events that something comes of where there are no rules: a rule is made, or a client names a
// workflow.
var unruled = []glue.EventKind{glue.EventDefinitionPut, glue.EventDefinitionGone, glue.EventReceived}

// page reads the events after a cursor: without rules those of unruled alone. Most servers have no rules, and every commit
// of theirs has events.
func (c *Consumer) page(ctx context.Context, after int64) (p page, err error) {
	if p, ok := c.nothing(after); ok {
		return p, nil
	}
	err = c.db.Read(ctx, func(r *store.Reader) error {
		if p.rules, err = c.rules(r, nil); err != nil {
			return err
		}
		if p.rules.empty() {
			if p.events, p.last, p.more, err = r.EventsOf(unruled, after, maxPage); err != nil {
				return err
			}
			if p.rules, err = c.rules(r, p.events); err != nil || p.rules.empty() {
				return err
			}
		}
		if p.events, p.more, err = r.EventPage(after, maxPage); err != nil {
			return err
		}
		if p.last = after; len(p.events) > 0 {
			p.last = p.events[len(p.events)-1].Seq
		}
		p.rules, err = c.rules(r, p.events)
		return err
	})
	return p, err
}

// nothing is the page after a cursor if there are no rules and no event of unruled. Nothing is read for it.
func (c *Consumer) nothing(after int64) (p page, ok bool) {
	tip := c.db.Tip().Seq // before LastOf: of what comes in between, the next page tells
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.table == nil || !c.table.empty() || c.db.LastOf(unruled) > after {
		return page{}, false
	}
	return page{rules: c.table, last: max(after, tip)}, true
}

// rules returns the rules, read again if one of the events says that they changed.
func (c *Consumer) rules(r *store.Reader, events []glue.Event) (*table, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.table != nil && !c.table.outdated(events) {
		return c.table, nil
	}
	t, err := readTable(c.lg, r)
	if err == nil {
		c.table = t
	}
	return t, err
}

// meta reads a setting; nil if there is none.
func (c *Consumer) meta(ctx context.Context, key string) (value []byte, err error) {
	err = c.db.Read(ctx, func(r *store.Reader) error {
		value, err = r.GetMeta(key)
		if errors.Is(err, store.ErrNotFound) {
			value, err = nil, nil
		}
		return err
	})
	return value, err
}
