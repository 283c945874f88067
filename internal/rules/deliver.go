package rules

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// Bounds of the window, but for the deliveries of one event. What is settled before its turn is written down each time that
// something is: without a bound, one webhook that takes its time would make that long.
const (
	maxWindow = 256  // deliveries that are read and not settled
	maxDone   = 1024 // settled ones of events beyond an open one
)

// progress is how far the deliveries are: the value of metaDeliveries.
type progress struct {
	Cursor int64    `json:"cursor"`         // those of events up to here are settled
	Done   []string `json:"done,omitempty"` // and these of later ones: delivery.key
}

// delivery is one target to be served for one event.
type delivery struct {
	seq    int64 // of the event
	region string
	rule   string
	target glue.Target
	id     string // of the event
	doc    []byte // the event
}

// noProgress is the progress of a consumer that never was: it begins at the first event. Rules match nothing from before they
// were made, so there is nothing to fear in that.
const noProgress = `{"cursor":0}`

// key names a delivery for as long as it is in progress.Done.
func (d *delivery) key() string { return fmt.Sprintf("%d %s %s", d.seq, d.rule, d.target.ID) }

// of names the target of a delivery.
func (d *delivery) of() string { return d.region + " " + d.rule + " " + d.target.ID }

// result is what became of a delivery.
type result struct {
	*delivery
	attempts int
	err      error // nil: it was delivered
}

// window is the deliveries that are read and not settled.
type window struct {
	stored progress // as it is in the store
	read   int64    // the last event that was looked at
	open   map[string]*delivery
	done   map[string]int64 // settled ones of events beyond an open one: key -> event
	saved  time.Time        // when stored was written
}

// newWindow goes on from what is stored.
func newWindow(p progress) (*window, error) {
	w := &window{stored: p, read: p.Cursor, open: map[string]*delivery{}, done: map[string]int64{}, saved: time.Now()}
	for _, key := range p.Done {
		var seq int64
		if _, err := fmt.Sscanf(key, "%d ", &seq); err != nil {
			return nil, fmt.Errorf("rules: meta %s: %q: %w", metaDeliveries, key, err)
		}
		w.done[key] = seq
	}
	return w, nil
}

// add takes what the targets of kinds command and webhook are to be served of an event, but for what is settled, and
// returns it.
func (w *window) add(m *matched) (added []*delivery) {
	for _, u := range m.rules {
		for _, t := range u.Targets {
			if len(t.Command) == 0 && t.Webhook == "" {
				continue
			}
			d := &delivery{seq: m.Seq, region: m.Region, rule: u.Name, target: t, id: m.id, doc: m.doc}
			if _, settled := w.done[d.key()]; !settled {
				w.open[d.key()] = d
				added = append(added, d)
			}
		}
	}
	return added
}

// settle takes a delivery for done.
func (w *window) settle(d *delivery) {
	delete(w.open, d.key())
	w.done[d.key()] = d.seq
}

// full reports whether nothing more is to be read before something open is settled.
func (w *window) full() bool { return len(w.open) >= maxWindow || len(w.done) >= maxDone }

// progress is how far w is.
func (w *window) progress() progress {
	p := progress{Cursor: w.read}
	for _, d := range w.open {
		p.Cursor = min(p.Cursor, d.seq-1)
	}
	for key, seq := range w.done {
		if seq <= p.Cursor {
			delete(w.done, key)
			continue
		}
		p.Done = append(p.Done, key)
	}
	slices.Sort(p.Done)
	return p
}

// serveDeliveries serves the targets of kinds command and webhook. It returns at a failure, when what it began has ended.
func (c *Consumer) serveDeliveries(ctx context.Context) error {
	w, err := c.openWindow(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	pool := newPool(c.cfg.Workers)
	defer pool.wait()
	defer cancel()
	for {
		wake := c.db.Watch()
		more, err := c.take(ctx, w, pool)
		if err != nil {
			return err
		}
		settled, ok := w.await(ctx, pool, wake, more)
		if !ok {
			return ctx.Err()
		}
		if len(settled) > 0 || w.behind() && time.Since(w.saved) >= saveEvery {
			if err := c.settle(ctx, w, settled); err != nil {
				return err
			}
		}
	}
}

// behind reports whether the stored cursor could be moved on though nothing was settled.
func (w *window) behind() bool { return len(w.open) == 0 && w.read > w.stored.Cursor }

// await waits for results, or until there is something else to do: more events to take, or a cursor to save. It returns
// false when ctx ends.
func (w *window) await(ctx context.Context, pool *pool, wake <-chan struct{}, more bool) (settled []result, ok bool) {
	var timer <-chan time.Time
	switch {
	case more:
		ready := make(chan struct{})
		close(ready)
		wake = ready
	case w.full():
		wake = nil
	case w.behind():
		save := time.NewTimer(time.Until(w.saved.Add(saveEvery)))
		defer save.Stop()
		timer = save.C
	}
	select {
	case <-ctx.Done():
	case <-wake:
	case <-timer:
	case r := <-pool.results:
		settled = pool.drain(r)
	}
	return settled, ctx.Err() == nil
}

// openWindow begins where the last consumer was.
func (c *Consumer) openWindow(ctx context.Context) (*window, error) {
	stored, err := c.meta(ctx, metaDeliveries)
	if err != nil {
		return nil, err
	}
	var p progress
	if stored != nil {
		if err := json.Unmarshal(stored, &p); err != nil {
			return nil, fmt.Errorf("rules: meta %s: %w", metaDeliveries, err)
		}
	}
	return newWindow(p)
}

// take reads a page of events, begins their deliveries, and reports whether others may follow: none does while the window
// is full.
func (c *Consumer) take(ctx context.Context, w *window, pool *pool) (more bool, err error) {
	if w.full() {
		return false, nil
	}
	p, err := c.page(ctx, w.read)
	if err != nil {
		return false, err
	}
	for i := range p.events {
		if w.full() {
			return true, nil
		}
		if m := p.rules.match(&p.events[i], c.cfg.Account); m != nil {
			for _, d := range w.add(m) {
				pool.run(ctx, d.of(), func() result { return c.deliver(ctx, d) })
			}
		}
		w.read = p.events[i].Seq
	}
	w.read = p.last
	return p.more, nil
}

// settle makes results durable. It tries again until that succeeds, or ctx ends: meanwhile the window fills, and nothing
// more is begun.
func (c *Consumer) settle(ctx context.Context, w *window, results []result) error {
	for _, r := range results {
		w.settle(r.delivery)
	}
	next := w.progress()
	for pause := pauseMin; ; pause = min(2*pause, pauseMax) {
		err := c.save(ctx, w.stored, next, results)
		if err == nil {
			w.stored, w.saved = next, time.Now()
			return nil
		}
		if ctx.Err() != nil || errors.Is(err, store.ErrClosed) || errors.Is(err, errMoved) {
			return err
		}
		c.lg.Warn("what rules delivered cannot be written down", "error", err)
		sleep(ctx, pause)
	}
}

// errMoved says that somebody else wrote the progress.
var errMoved = errors.New("rules: the stored progress is not the one that was read")

// save writes the progress, and the events that tell of results. It may be tried again after an unknown outcome: when the
// progress is there already, so are the events. before is what is stored now, or zero.
func (c *Consumer) save(ctx context.Context, before, next progress, results []result) error {
	old, err := json.Marshal(before)
	if err != nil {
		return fmt.Errorf("rules: %w", err)
	}
	value, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("rules: %w", err)
	}
	return c.commitTx(ctx, time.Now(), func(tx *store.Tx) error {
		have, err := tx.GetMeta(metaDeliveries)
		switch {
		case errors.Is(err, store.ErrNotFound):
			have = []byte(noProgress)
		case err != nil:
			return err
		case bytes.Equal(have, value):
			return nil
		}
		if !bytes.Equal(have, old) {
			return errMoved
		}
		for i := range results {
			e, err := results[i].event()
			if err != nil {
				return err
			}
			if err := tx.AppendEvent(e); err != nil {
				return err
			}
		}
		return tx.PutMeta(metaDeliveries, value)
	})
}

// event tells of a result.
func (r *result) event() (*glue.Event, error) {
	kind := glue.EventRuleFired
	detail := struct {
		Rule     string `json:"rule"`
		Target   string `json:"target"`
		Event    string `json:"event"`
		Error    string `json:"error,omitempty"`
		Attempts int    `json:"attempts"`
	}{r.rule, r.target.ID, r.id, "", r.attempts}
	if r.err != nil {
		kind, detail.Error = glue.EventRuleFailed, clip(r.err.Error())
	}
	doc, err := json.Marshal(detail)
	if err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	return &glue.Event{Region: r.region, Kind: kind, Detail: doc}, nil
}

// maxError bounds an error in an event, in bytes.
const maxError = 1024

// clip shortens an error: its end says most.
func clip(s string) string {
	if len(s) > maxError {
		s = "…" + s[len(s)-maxError:]
	}
	return string(bytes.ToValidUTF8([]byte(s), []byte("?")))
}
