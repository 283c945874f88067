package rules

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"tenon/internal/controller"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Where the tests are.
const (
	region  = "us-east-1"
	account = "111122223333"
)

// world is a store with rules, and the life of one consumer after another. It is also the Starter and the network.
type world struct {
	t    *testing.T
	db   *store.DB
	rand *rand.Rand // of fates; nil: nothing fails
	kill context.CancelFunc
	done chan struct{} // closed when the consumer has ended

	mu     sync.Mutex // guards what follows
	starts []string   // made
	told   []string
	posts  map[string]int // "rule event" -> how often it was posted
	kills  int
	hold   chan struct{} // if not nil, posts wait for it
	most   int           // posts at once, the most seen
	now    int           // posts at once
}

// newWorld opens an empty store. It is closed with the test.
func newWorld(t *testing.T) *world {
	t.Helper()
	db, err := store.Open(t.Context(), store.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: db, posts: map[string]int{}, kill: func() {}}
	t.Cleanup(func() {
		w.halt()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// boot starts a consumer.
func (w *world) boot() *Consumer {
	lg := slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithCancel(context.Background())
	c := New(lg, w.db, w, Config{Account: account})
	c.hooks, c.commitTx = newHooks(w), w.commit
	w.kill, w.done = cancel, make(chan struct{})
	done := w.done
	go func() {
		defer close(done)
		c.Run(ctx)
	}()
	return c
}

// halt ends the consumer, if there is one, and waits until it is gone.
func (w *world) halt() {
	if w.kill(); w.done != nil {
		<-w.done
	}
}

// chance is true in p cases of a hundred, where things fail at all.
func (w *world) chance(p int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rand != nil && w.rand.IntN(100) < p
}

// errFault is a failure of the test's making.
var errFault = errors.New("injected")

// commit stands before the store: some commits are not made, of some that are made nobody is told.
func (w *world) commit(ctx context.Context, now time.Time, fn func(*store.Tx) error) error {
	if w.chance(15) {
		return errFault
	}
	if err := w.db.Commit(ctx, now, fn); err != nil {
		return err
	}
	if w.chance(15) {
		return fmt.Errorf("%w: %w", store.ErrUnknownOutcome, errFault)
	}
	return nil
}

// Deliver is the controller's: it makes starts and cursor in one commit.
func (w *world) Deliver(ctx context.Context, d controller.Delivery) error {
	return w.commit(ctx, time.Now(), func(tx *store.Tx) error {
		at, err := controller.RulesCursor(&tx.Reader)
		if err != nil {
			return err
		}
		if at != d.From {
			return fmt.Errorf("a delivery from %d, where the cursor is at %d", d.From, at)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, s := range d.Starts {
			w.starts = append(w.starts, fmt.Sprint(s.Region, " ", s.Rule, " ", s.Target, " ", s.Job, s.Arguments, " ", s.Event))
			if err := tx.AppendEvent(&glue.Event{Region: s.Region, Kind: glue.EventRunSubmitted, Job: s.Job}); err != nil {
				return err
			}
		}
		for _, e := range d.Events {
			w.told = append(w.told, strings.TrimSpace(fmt.Sprint(e.Region, " ", e.Workflow, " ", e.Event, " ", e.Rule)))
		}
		return tx.PutMeta("rules.cursor", strconv.AppendInt(nil, d.Cursor, 10))
	})
}

// RoundTrip is the network: it takes a while, sometimes fails before or after the receiver had the event, and sometimes the
// plane dies then.
func (w *world) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	w.now++
	w.most = max(w.most, w.now)
	hold, pause := w.hold, time.Second
	if w.rand != nil {
		pause = time.Duration(w.rand.Int64N(int64(3 * time.Second)))
	}
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.now--
	}()
	if hold != nil {
		select {
		case <-hold:
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
	}
	sleep(req.Context(), pause)
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	if w.chance(20) {
		return nil, errFault
	}
	var event struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(body, &event); err != nil || event.ID != req.Header.Get("X-Tenon-Event-Id") {
		w.t.Errorf("posted %s with the id %q: %v", body, req.Header.Get("X-Tenon-Event-Id"), err)
	}
	w.mu.Lock()
	w.posts[req.Header.Get("X-Tenon-Rule")+" "+event.ID]++
	w.mu.Unlock()
	switch {
	case w.chance(10):
		w.mu.Lock()
		w.kills++
		w.mu.Unlock()
		w.kill()
		return nil, errFault
	case w.chance(10):
		return nil, errFault
	}
	return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody}, nil
}

// do commits what must not fail.
func (w *world) do(fn func(tx *store.Tx) error) {
	w.t.Helper()
	if err := w.db.Commit(context.Background(), time.Now(), fn); err != nil {
		w.t.Fatal(err)
	}
}

// rule makes a rule, or replaces it.
func (w *world) rule(region, name, pattern string, targets ...glue.Target) {
	w.t.Helper()
	w.do(func(tx *store.Tx) error {
		return putRule(tx, region, glue.Rule{Name: name, Pattern: json.RawMessage(pattern), Targets: targets})
	})
}

// putRule stores a rule, in place of the one that may be there, as the API does.
func putRule(tx *store.Tx, region string, rule glue.Rule) error {
	doc, err := json.Marshal(rule)
	if err != nil {
		return err
	}
	d := store.Definition{Region: region, Kind: glue.KindRule, Name: rule.Name, Doc: doc}
	err = tx.CreateDefinition(&d)
	if errors.Is(err, store.ErrExists) {
		_, err = tx.UpdateDefinition(region, glue.KindRule, rule.Name, 0, doc)
	}
	return errors.Join(err, tx.AppendEvent(&glue.Event{Region: region, Kind: glue.EventDefinitionPut,
		Detail: []byte(`{"kind":"rule","name":"` + rule.Name + `"}`)}))
}

// put is PutEvents with one event.
func (w *world) put(region, id, kind string, resources ...string) {
	w.t.Helper()
	detail, err := json.Marshal(map[string]any{"version": "0", "id": id, "source": "shop", "detail-type": kind, "account": account,
		"region": region, "time": time.Now().UTC().Format(time.RFC3339), "resources": append([]string{}, resources...), "detail": map[string]any{"id": id}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.do(func(tx *store.Tx) error {
		return tx.AppendEvent(&glue.Event{Region: region, Kind: glue.EventReceived, Detail: detail})
	})
}

// outcomes lists the events rule.fired and rule.failed.
func (w *world) outcomes() (all []string) {
	w.t.Helper()
	if err := w.db.Read(context.Background(), func(r *store.Reader) error {
		events, err := r.EventsAfter(0, store.MaxEvents)
		for _, e := range events {
			if e.Kind == glue.EventRuleFired || e.Kind == glue.EventRuleFailed {
				var d struct{ Rule, Event string }
				err = errors.Join(err, json.Unmarshal(e.Detail, &d))
				all = append(all, d.Rule+" "+d.Event)
				w.mu.Lock()
				if e.Kind == glue.EventRuleFired && w.posts[d.Rule+" "+d.Event] == 0 {
					w.t.Errorf("rule %s is said to have delivered %s, which nobody got", d.Rule, d.Event)
				}
				w.mu.Unlock()
			}
		}
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return all
}

// made returns what was started and told so far.
func (w *world) made() (starts, told []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.starts), slices.Clone(w.told)
}

// webhook is a target that posts.
func webhook(id string) glue.Target { return glue.Target{ID: id, Webhook: "http://hook.test/"} }

// TestMatch shows which events do what.
func TestMatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		const order = `{"source": ["shop"], "detail-type": ["order"]}`
		w.put(region, "early", "order", "arn:aws:glue:us-east-1:111122223333:workflow/early") // before any consumer
		w.boot()
		synctest.Wait()
		w.put(region, "unruled", "order")
		time.Sleep(time.Second)
		w.rule(region, "a", order, glue.Target{ID: "1", Job: "load", Arguments: map[string]string{"--k": "v"}}, glue.Target{ID: "2", Workflow: "daily"})
		w.rule("eu-west-1", "a", order, glue.Target{ID: "1", Job: "elsewhere"})
		w.rule(region, "loop", `{"source": [{"prefix": ""}]}`, webhook("1"))
		w.put(region, "e1", "order")
		w.put(region, "e2", "refund")
		w.put("eu-west-1", "e3", "order")
		w.put(region, "e4", "refund", "arn:aws:glue:us-east-1:111122223333:workflow/named", "arn:aws:glue:eu-west-1:111122223333:workflow/far",
			"arn:aws:glue:us-east-1:999999999999:workflow/foreign", "arn:aws:glue:us-east-1:111122223333:job/load", "arn:aws:glue:us-east-1:111122223333:workflow/named")
		time.Sleep(time.Minute)
		w.rule(region, "a", order, glue.Target{ID: "1", Job: "other"})
		w.put(region, "e5", "order")
		time.Sleep(time.Minute) // a rule that is gone when an event is read matches it no more
		w.do(func(tx *store.Tx) error {
			return errors.Join(tx.DeleteDefinition(region, glue.KindRule, "a", 0), tx.AppendEvent(&glue.Event{Region: region,
				Kind: glue.EventDefinitionGone, Detail: []byte(`{"kind":"rule","name":"a"}`)}))
		})
		w.put(region, "e6", "order")
		time.Sleep(time.Minute)
		synctest.Wait()
		starts, told := w.made()
		if diff := cmp.Diff([]string{
			"us-east-1 a 1 loadmap[--k:v] e1",
			"eu-west-1 a 1 elsewheremap[] e3",
			"us-east-1 a 1 othermap[] e5",
		}, starts); diff != "" {
			t.Errorf("starts (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"us-east-1 early early", "us-east-1 daily e1 a", "us-east-1 named e4"}, told); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		for _, id := range []string{"e1", "e2", "e4", "e5", "e6"} {
			if w.posts["loop "+id] != 1 {
				t.Errorf("event %s was posted %d times", id, w.posts["loop "+id])
			}
		}
		if got := len(w.outcomes()); got != len(w.posts) || got > 20 {
			t.Errorf("%d outcomes of %d posts: what rules did must not match", got, len(w.posts))
		}
	})
}

// TestFirstRule shows that the first rule there is, and one made when the last was gone, sees what comes after it, be it in
// the same commit: without rules most events are not read.
func TestFirstRule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.boot()
		change := func(disabled bool, runs ...string) {
			time.Sleep(time.Second)
			synctest.Wait()
			w.do(func(tx *store.Tx) error {
				err := putRule(tx, region, glue.Rule{Name: "a", Pattern: json.RawMessage(`{"source": ["aws.glue"]}`), Disabled: disabled,
					Targets: []glue.Target{{ID: "1", Job: "next"}, webhook("2")}})
				for _, run := range runs {
					err = errors.Join(err, tx.AppendEvent(&glue.Event{Region: region, Kind: glue.EventRunEnded, Job: "j", Run: run, Detail: []byte(`{"state":"SUCCEEDED"}`)}))
				}
				return err
			})
		}
		change(true, "jr_0")
		change(false, "jr_1", "jr_2")
		change(true, "jr_3")
		change(false, "jr_4")
		time.Sleep(time.Minute)
		synctest.Wait()
		if starts, _ := w.made(); len(starts) != 3 || len(w.posts) != 3 {
			t.Errorf("starts %v, posts %v, want 3 of each", starts, w.posts)
		}
	})
}

// TestNothing shows that where there are no rules, the store is asked only for what something may come of.
func TestNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		c := w.boot()
		synctest.Wait()
		look := func(what string, after, last int64) {
			t.Helper()
			p, ok := c.nothing(after)
			if ok != (last > 0) || ok && (p.last != last || p.more || len(p.events) > 0) {
				t.Errorf("%s: %v, %+v, want the cursor at %d", what, ok, p, last)
			}
		}
		w.do(func(tx *store.Tx) error { return tx.AppendEvent(&glue.Event{Region: region, Kind: glue.EventRunEnded}) })
		look("the end of a run", 0, 1)
		w.put(region, "e", "order")
		look("an event that a client put", 1, 0)
		look("the same, passed", 2, 2)
		w.rule(region, "a", `{"source": ["shop"]}`, glue.Target{ID: "1", Job: "load"})
		synctest.Wait()
		w.do(func(tx *store.Tx) error { return tx.AppendEvent(&glue.Event{Region: region, Kind: glue.EventRunEnded}) })
		look("a rule", 3, 0)
	})
}

// TestSlowWebhook shows that a webhook that hangs delays no start, and that what waits is bounded.
func TestSlowWebhook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.hold = make(chan struct{})
		w.rule(region, "a", `{"source": ["shop"]}`, webhook("1"), glue.Target{ID: "2", Job: "load"})
		w.boot()
		synctest.Wait()
		const events = 2 * maxWindow
		for i := range events {
			w.put(region, fmt.Sprint("e", i), "order")
		}
		synctest.Wait()
		if starts, _ := w.made(); len(starts) != events {
			t.Errorf("%d starts while webhooks hang, want %d", len(starts), events)
		}
		if w.most != 4 || len(w.posts) != 0 {
			t.Errorf("%d posts at once, want half of the workers", w.most)
		}
		close(w.hold)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if len(w.posts) != events || len(w.outcomes()) != events {
			t.Errorf("%d events posted, %d outcomes, want %d", len(w.posts), len(w.outcomes()), events)
		}
	})
}

// TestWindow shows that no more is read while enough is under way.
func TestWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.hold = make(chan struct{})
		w.rule(region, "a", `{"source": ["shop"]}`, webhook("1"), webhook("2"), webhook("3"))
		for i := range maxWindow {
			w.put(region, fmt.Sprint("e", i), "order")
		}
		c := New(slog.New(slog.DiscardHandler), w.db, w, Config{})
		c.hooks = newHooks(w)
		ctx, cancel := context.WithCancel(t.Context())
		p := newPool(1)
		win, err := newWindow(progress{})
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			if _, err := c.take(ctx, win, p); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(win.open); n < maxWindow || n > maxWindow+2 || win.read != maxWindow/3+2 {
			t.Errorf("%d deliveries of %d events are under way", n, win.read)
		}
		cancel()
		p.wait()
	})
}

// TestWindowBehindOne shows that a delivery that takes its time holds up those that follow it only when very many are settled
// before it, and that all is forgotten once it is.
func TestWindowBehindOne(t *testing.T) {
	w, err := newWindow(progress{})
	if err != nil {
		t.Fatal(err)
	}
	read := func(seq int64) *delivery {
		return w.add(&matched{Event: &glue.Event{Seq: seq}, rules: []*rule{{Rule: glue.Rule{Name: "a", Targets: []glue.Target{webhook("1")}}}}})[0]
	}
	slow := read(1)
	for w.read = 2; !w.full() && w.read < 2*maxDone; w.read++ {
		w.settle(read(w.read))
	}
	if p := w.progress(); p.Cursor != 0 || len(p.Done) != maxDone {
		t.Errorf("up to %d all are settled, and %d beyond, want 0 and %d", p.Cursor, len(p.Done), maxDone)
	}
	w.settle(slow)
	if p := w.progress(); p.Cursor != w.read || len(p.Done) != 0 || w.full() {
		t.Errorf("up to %d all are settled, and %d beyond, full %v, want %d and none", p.Cursor, len(p.Done), w.full(), w.read)
	}
}

// TestFaults lives through histories in which commits fail, are made without anybody knowing, webhooks fail and the plane
// is killed, at any moment: jobs and workflows start exactly once, webhooks are called at least once, each outcome is told
// once, and nothing happens that should not.
func TestFaults(t *testing.T) {
	again, kills := 0, 0
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, k := faults(t, seed)
				again, kills = again+n, kills+k
			})
		})
	}
	if again == 0 || kills == 0 {
		t.Errorf("%d deliveries came again, the plane died in %d: these histories show nothing", again, kills)
	}
}

// faults is one history. again is how many deliveries came more than once, kills how often the plane died in one.
func faults(t *testing.T, seed uint64) (again, kills int) {
	w := newWorld(t)
	w.rand = rand.New(rand.NewPCG(seed, 1))
	mine := rand.New(rand.NewPCG(seed, 2))
	w.rule(region, "a", `{"detail-type": ["order"]}`, glue.Target{ID: "1", Job: "load"}, webhook("2"))
	w.rule(region, "b", `{"detail-type": ["order", "refund"]}`, glue.Target{ID: "1", Workflow: "daily"}, webhook("2"))
	w.boot()
	var starts, told []string
	posts := map[string]bool{}
	for i := range 60 {
		id, kind := fmt.Sprint("e", i), []string{"order", "refund", "other"}[mine.IntN(3)]
		switch w.put(region, id, kind); kind {
		case "order":
			starts = append(starts, "us-east-1 a 1 loadmap[] "+id)
			posts["a "+id] = true
			fallthrough
		case "refund":
			told = append(told, "us-east-1 daily "+id+" b")
			posts["b "+id] = true
		}
		if mine.IntN(100) < 40 {
			time.Sleep(time.Duration(mine.Int64N(int64(4 * time.Second))))
		}
		if mine.IntN(100) < 10 {
			w.kill()
		}
		select {
		case <-w.done:
			if mine.IntN(100) < 50 {
				w.boot()
			}
		default:
		}
	}
	w.mu.Lock()
	w.rand = nil // peace
	w.mu.Unlock()
	w.halt()
	w.boot()
	time.Sleep(time.Hour)
	w.halt()
	gotStarts, gotTold := w.made()
	// A delivery whose commit was not made was still seen by this Starter: it notes inside the transaction, which is run
	// once. So what is compared is exact.
	if diff := cmp.Diff(starts, gotStarts); diff != "" {
		t.Errorf("starts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(told, gotTold); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	seen := map[string]int{}
	for _, o := range w.outcomes() {
		seen[o]++
	}
	for key := range posts {
		if seen[key] != 1 {
			t.Errorf("the outcome of %s was told %d times", key, seen[key])
		}
	}
	if len(seen) != len(posts) {
		t.Errorf("%d outcomes of %d deliveries", len(seen), len(posts))
	}
	for key, n := range w.posts {
		if again += n - 1; !posts[key] {
			t.Errorf("%s was posted", key)
		}
	}
	return again, w.kills
}
