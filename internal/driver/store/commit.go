package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"tenon/internal/core/audit"
)

const (
	// maxBatch bounds the functions of one SQL transaction: enough to share an fsync widely, few enough that the
	// first of them does not wait for long.
	maxBatch = 512
	// maxQueue bounds the functions that wait for the committer; past it, Commit waits for a place.
	maxQueue = 4096
	// readOnlyAfter is how many batches in a row must fail before the store turns read-only.
	readOnlyAfter = 3
	// probeEvery is how long a read-only store refuses before it tries to write again.
	probeEvery = time.Second
)

// Tx is one function's part of a transaction. It is valid inside that function.
type Tx struct {
	Reader
	c   *committer
	now time.Time
	// savepoint says that an error of this function can be undone alone.
	savepoint bool
	wrote     bool
	unmarked  error // why the savepoint could not be opened
}

// Now is the time of the transaction, as the caller of Commit gave it.
func (t *Tx) Now() time.Time { return t.now }

// exec runs a statement that writes, behind a savepoint if others share the transaction. op names it in errors.
func (t *Tx) exec(op, text string, args ...any) (int64, error) {
	if err := t.mark(); err != nil {
		return 0, fmt.Errorf("store: %s: %w", op, err)
	}
	t.wrote = true
	n, err := t.s.exec(t.ctx, text, args...)
	if err != nil {
		return 0, fmt.Errorf("store: %s: %w", op, t.c.dialect.classify(err))
	}
	return n, nil
}

// mark opens the savepoint of this function unless it has one or is alone in the transaction.
func (t *Tx) mark() error {
	if t.savepoint || !t.c.shared {
		return nil
	}
	if _, err := t.s.exec(t.ctx, "SAVEPOINT f"); err != nil {
		t.unmarked = t.c.dialect.classify(err)
		return t.unmarked
	}
	t.savepoint = true
	return nil
}

// sequence holds the last numbers given, and the hash of the last event. It is a value: copied before a function and
// restored if that fails.
type sequence struct {
	run, incarnation, workflowRun, fire int64
	event                               audit.Link
}

// request is one call of Commit.
type request struct {
	now   time.Time
	fn    func(*Tx) error
	taken atomic.Bool // by the committer, which will answer, or by a caller whose context ended, who has left
	done  chan error  // of capacity 1
}

// committer is the one writer. All fields but those marked, and the atomic ones, belong to its goroutine.
type committer struct {
	dialect dialect
	queue   chan *request   // shared
	quit    <-chan struct{} // shared; closed by DB.Close
	stopped chan struct{}   // shared; closed when the goroutine has ended
	stats   *counters       // shared, atomic
	logged  chan struct{}   // shared; told when it is time for a checkpoint; of capacity 1
	health  atomic.Pointer[error]
	tip     atomic.Pointer[audit.Link] // the last event that is known to be durable
	watch   *watch                     // shared
	latest  latest                     // shared
	defined atomic.Int64               // DB.Definitions

	w           *session // nil when it has to be opened again
	seq         sequence
	chainer     audit.Chainer
	shared      bool  // the running batch has more than one function
	definitions int64 // the last number of DB.Definitions
	redefined   bool  // the running batch changes definitions
	failures    int   // batches in a row
	lastFailure time.Time
	unmoved     int // batches since the last checkpoint was asked for
	// failCommit, if set by a test, replaces COMMIT's error after COMMIT was tried.
	failCommit func() error
}

// commit is DB.Commit.
func (c *committer) commit(ctx context.Context, now time.Time, fn func(*Tx) error) error {
	req := &request{now: now, fn: fn, done: make(chan error, 1)}
	select {
	case c.queue <- req:
	case <-ctx.Done():
		return ctx.Err()
	case <-c.stopped:
		return ErrClosed
	}
	select {
	case err := <-req.done:
		return answer(err)
	case <-ctx.Done():
		if req.taken.CompareAndSwap(false, true) {
			return ctx.Err()
		}
	case <-c.stopped:
	}
	select { // taken: the answer is certain to come, unless the committer has stopped without it
	case err := <-req.done:
		return answer(err)
	case <-c.stopped:
	}
	select {
	case err := <-req.done:
		return answer(err)
	default:
		return ErrClosed
	}
}

// panicked is the panic of a function, on its way from the committer's goroutine to the caller's, where it belongs.
type panicked struct {
	value any
	stack []byte // of the function
}

// Error spells the value and where it came from.
func (p *panicked) Error() string {
	return fmt.Sprintf("%v\n\nin a transaction:\n%s", p.value, p.stack)
}

// answer is what commit returns for a result, unless that is a panic, which goes on here.
func answer(err error) error {
	if p, ok := err.(*panicked); ok {
		panic(p.Error())
	}
	return err
}

// call runs a function and catches its panic.
func call(fn func(*Tx) error, tx *Tx) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicked{v, debug.Stack()}
		}
	}()
	return fn(tx)
}

// loop takes what has queued and commits it, until quit.
func (c *committer) loop() {
	defer close(c.stopped)
	batch := make([]*request, 0, maxBatch)
	for {
		select {
		case <-c.quit:
			return
		case req := <-c.queue:
			batch = append(batch[:0], req)
		}
		for more := true; more && len(batch) < maxBatch; {
			select {
			case req := <-c.queue:
				batch = append(batch, req)
			default:
				more = false
			}
		}
		live := batch[:0]
		for _, req := range batch {
			if req.taken.CompareAndSwap(false, true) {
				live = append(live, req)
			}
		}
		if len(live) > 0 {
			c.batch(live)
		}
		clear(batch)
	}
}

// batch runs the functions in one transaction and answers each.
func (c *committer) batch(reqs []*request) {
	began := time.Now()
	before := c.seq
	errs, err := c.transact(reqs)
	if err != nil {
		c.seq = before
	} else if c.seq.event != before.event {
		c.noteTip()
	}
	if c.redefined && c.w != nil {
		c.settle()
	}
	c.fill()
	if errors.Is(err, ErrUnknownOutcome) {
		c.watch.wake() // there may be new events
	}
	c.observe(len(reqs), time.Since(began), err)
	for i, req := range reqs {
		if errs != nil && errs[i] != nil {
			req.done <- errs[i]
			continue
		}
		req.done <- err
	}
}

// transact does the work of batch. errs are the failures of single functions; err is the failure of the transaction,
// and the answer to every function that did not fail by itself.
func (c *committer) transact(reqs []*request) (errs []error, err error) {
	ctx := context.Background() // a batch is nobody's call: no caller's context may break it
	if err := c.begin(ctx); err != nil {
		return nil, err
	}
	c.shared = len(reqs) > 1
	errs = make([]error, len(reqs))
	wrote := false
	for i, req := range reqs {
		tx := &Tx{Reader: Reader{ctx: ctx, s: c.w}, c: c, now: req.now}
		fnErr, broken := c.apply(tx, req.fn)
		if broken != nil {
			c.drop()
			return errs, fmt.Errorf("store: transaction given up: %w", broken)
		}
		errs[i] = fnErr
		wrote = wrote || tx.wrote && fnErr == nil
	}
	if !wrote {
		if _, err := c.w.exec(ctx, "ROLLBACK"); err != nil {
			c.drop()
		}
		return errs, nil
	}
	if c.redefined {
		c.defined.Store(0)
	}
	err = c.dialect.commit(ctx, c.w)
	if c.failCommit != nil {
		err = errors.Join(err, c.failCommit())
	}
	if err == nil {
		return errs, nil
	}
	c.drop()
	if err := c.dialect.classify(err); errors.Is(err, ErrFull) || errors.Is(err, errRolledBack) {
		return errs, fmt.Errorf("store: commit: %w", err)
	}
	return errs, fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
}

// apply runs one function and undoes it if it fails or panics. broken means that it could not be undone alone, so the transaction
// is lost.
func (c *committer) apply(tx *Tx, fn func(*Tx) error) (err, broken error) {
	before := c.seq
	if c.dialect.readsCanAbort() {
		if err := tx.mark(); err != nil {
			return nil, err
		}
	}
	err = call(fn, tx)
	if err == nil && tx.savepoint {
		_, err = tx.s.exec(tx.ctx, "RELEASE SAVEPOINT f")
	}
	if err == nil {
		return nil, nil
	}
	c.seq = before
	switch {
	case !tx.savepoint && c.shared && (tx.unmarked != nil || tx.failed != nil):
		return nil, err // SQLite may have rolled the transaction back by itself
	case tx.savepoint:
		if _, rbErr := tx.s.exec(tx.ctx, "ROLLBACK TO SAVEPOINT f"); rbErr != nil {
			return nil, errors.Join(err, rbErr)
		}
		if _, rbErr := tx.s.exec(tx.ctx, "RELEASE SAVEPOINT f"); rbErr != nil {
			return nil, errors.Join(err, rbErr)
		}
	}
	return err, nil
}

// begin starts the transaction of a batch. A connection that was lost while it lay idle is replaced: nothing was done on
// it yet.
func (c *committer) begin(ctx context.Context) error {
	for again := c.w != nil; ; again = false {
		if err := c.ready(ctx); err != nil {
			return err
		}
		_, err := c.w.exec(ctx, c.dialect.beginWrite())
		if err == nil {
			return nil
		}
		c.drop()
		if !again {
			return fmt.Errorf("store: begin: %w", c.dialect.classify(err))
		}
	}
}

// ready opens the writer again if it was dropped, and probes a read-only store.
func (c *committer) ready(ctx context.Context) error {
	readOnly := c.failures >= readOnlyAfter
	if readOnly && time.Since(c.lastFailure) < probeEvery {
		return *c.health.Load()
	}
	err := c.open(ctx)
	if err == nil && readOnly {
		err = c.probe(ctx)
	}
	if err != nil && readOnly {
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	}
	return err
}

// open makes the writer's session and loads the sequence numbers, unless it is open.
func (c *committer) open(ctx context.Context) error {
	if c.w != nil {
		return nil
	}
	conn, err := c.dialect.openWriter(ctx)
	if err != nil {
		return fmt.Errorf("store: open the writer: %w", err)
	}
	w := newSession(conn, c.dialect)
	seq, err := loadSequence(&Reader{ctx: ctx, s: w})
	if err != nil {
		return errors.Join(err, w.close())
	}
	c.w, c.seq = w, seq
	c.latest.open(seq.event.Seq)
	c.noteTip()
	c.settle()
	return nil
}

// noteTip tells readers of the last event.
func (c *committer) noteTip() {
	tip := c.seq.event
	c.tip.Store(&tip)
	c.watch.wake()
}

// fill counts a batch, and asks for a checkpoint when there were enough.
func (c *committer) fill() {
	if c.unmoved++; c.unmoved < checkpointEvery {
		return
	}
	select {
	case c.logged <- struct{}{}:
		c.unmoved = 0
	default: // one has not begun yet
	}
}

// settle gives definitions the next number: how they are is known.
func (c *committer) settle() {
	c.redefined = false
	if c.dialect.remote() {
		return // another plane may take over without our knowing
	}
	c.definitions++
	c.defined.Store(c.definitions)
}

// drop closes the writer's session after an error whose effect on it is unknown; a transaction in it is rolled back.
func (c *committer) drop() {
	if c.w == nil {
		return
	}
	c.defined.Store(0)
	_, _ = c.w.exec(context.Background(), "ROLLBACK") // fails when there is none, which is as good
	_ = c.w.close()
	c.w = nil
}

// probe writes one row to learn whether writing works again.
func (c *committer) probe(ctx context.Context) error {
	if _, err := c.w.exec(ctx, c.dialect.beginWrite()); err != nil {
		c.drop()
		return c.dialect.classify(err)
	}
	_, err := c.w.exec(ctx, sqlPutMeta, metaProbe, []byte(time.Now().UTC().Format(time.RFC3339Nano)))
	if err == nil {
		err = c.dialect.commit(ctx, c.w)
	}
	if err != nil {
		c.drop()
		return c.dialect.classify(err)
	}
	return nil
}

// observe counts a batch and decides whether the store is read-only.
func (c *committer) observe(functions int, took time.Duration, err error) {
	if h := c.health.Load(); h != nil && err == *h {
		c.stats.refused.Add(int64(functions))
		return
	}
	c.stats.batches.Add(1)
	c.stats.functions.Add(int64(functions))
	c.stats.busy.Add(int64(took))
	if err == nil {
		c.failures = 0
		c.health.Store(nil)
		return
	}
	if errors.Is(err, ErrUnknownOutcome) {
		c.stats.unknown.Add(1)
	}
	c.stats.failed.Add(1)
	c.failures++
	c.lastFailure = time.Now()
	if c.failures >= readOnlyAfter {
		if !errors.Is(err, ErrReadOnly) {
			err = fmt.Errorf("%w: %w", ErrReadOnly, withoutOutcome(err))
		}
		c.health.Store(&err)
	}
}

// withoutOutcome hides that err was an unknown outcome: the refusals that repeat its cause did nothing at all.
func withoutOutcome(err error) error {
	if errors.Is(err, ErrUnknownOutcome) {
		return errors.New(err.Error())
	}
	return err
}
