package server

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"tenon/internal/edge/api"
	"tenon/internal/glue"
	"tenon/internal/sigv4"
)

// table is an event table in memory, and who may read it.
type table struct {
	mu     sync.Mutex
	rows   []api.ShapedEvent // guarded by mu
	news   chan struct{}     // guarded by mu
	pruned int64             // events below have gone; guarded by mu
	keys   map[string]bool   // guarded by mu
}

// newTable has n events and the key AKID.
func newTable(n int) *table {
	s := &table{news: make(chan struct{}), keys: map[string]bool{"AKID": true, "RUN": true}}
	for range n {
		s.add(glue.EventRunEnded)
	}
	return s
}

// add appends an event.
func (s *table) add(kind glue.EventKind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seq := int64(len(s.rows) + 1)
	s.rows = append(s.rows, api.ShapedEvent{Event: glue.Event{Seq: seq, Kind: kind}, Bridge: json.RawMessage(fmt.Sprintf(`{"n":%d}`, seq))})
	close(s.news)
	s.news = make(chan struct{})
}

// lookup finds a key.
func (s *table) lookup(id string) (sigv4.Key, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return sigv4.Key{SecretAccessKey: "secret"}, s.keys[id]
}

// MayRead refuses the key of a run.
func (s *table) MayRead(key string) error {
	if key == "RUN" {
		return glue.Errorf(glue.CodeAccessDenied, "not a run")
	}
	return nil
}

// EventFilter is the API's.
func (*table) EventFilter(kind string, pattern []byte) (*api.EventFilter, error) {
	return (&api.API{}).EventFilter(kind, pattern)
}

// Events gives what comes after a number.
func (s *table) Events(_ context.Context, _ *api.EventFilter, after int64, limit int) (page api.EventPage, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if after > 0 && after < s.pruned {
		page.Gap, after = s.pruned-after, s.pruned
	}
	end := min(after+int64(limit), int64(len(s.rows)))
	page.Events, page.Last, page.More = s.rows[after:end], end, end < int64(len(s.rows))
	return page, nil
}

// LastEvent is the newest number.
func (s *table) LastEvent(context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int64(len(s.rows)), nil
}

// WatchEvents is closed by add.
func (s *table) WatchEvents() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.news
}

// front is a server over a table.
func front(events *table) *Server {
	s := New(slog.New(slog.DiscardHandler), nil, nil, Config{Account: "123456789012", Lookup: events.lookup})
	s.events = events
	return s
}

// ask makes a signed GET /events.
func ask(ctx context.Context, url, key string, now time.Time) *http.Request {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		panic(err)
	}
	sigv4.Sign(r, nil, sigv4.Credentials{AccessKeyID: key, SecretAccessKey: "secret"}, "us-east-1", "glue", now)
	return r
}

// body is what a stream has written. A recorder is not safe while the handler runs.
type body struct {
	http.ResponseWriter
	mu    sync.Mutex
	text  strings.Builder // guarded by mu
	block chan struct{}   // not nil: Write waits for it
}

// Write keeps p.
func (b *body) Write(p []byte) (int, error) {
	if b.block != nil {
		<-b.block
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// Flush is part of being a stream.
func (*body) Flush() {}

// take returns what was written since the last take.
func (b *body) take() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.text.String()
	b.text.Reset()
	return s
}

// TestStreamClock: in virtual time, events come at once, a silent stream is told to live every 15 s and where it is, and a key
// that is deleted, or a server that shuts down, ends it with a reason.
func TestStreamClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		events := newTable(3)
		s := front(events)
		out := &body{ResponseWriter: httptest.NewRecorder()}
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.ServeHTTP(out, ask(t.Context(), "http://127.0.0.1/events?after=1", "AKID", time.Now()))
		}()
		synctest.Wait()
		if got, want := out.take(), "retry: 1000\n\nid: 2\ndata: {\"n\":2}\n\nid: 3\ndata: {\"n\":3}\n\n"; got != want {
			t.Errorf("first %q, want %q", got, want)
		}
		time.Sleep(streamBeat)
		synctest.Wait()
		if got := out.take(); !strings.HasPrefix(got, ": ") || !strings.HasSuffix(got, "\nid: 3\n\n") {
			t.Errorf("a beat is %q", got)
		}
		events.add(glue.EventRunEnded)
		events.add(glue.EventRunEnded)
		time.Sleep(streamPause)
		synctest.Wait()
		if got, want := out.take(), "id: 4\ndata: {\"n\":4}\n\nid: 5\ndata: {\"n\":5}\n\n"; got != want {
			t.Errorf("news %q, want %q", got, want)
		}
		events.mu.Lock()
		events.keys["AKID"] = false
		events.mu.Unlock()
		time.Sleep(streamBeat)
		<-done
		if got := out.take(); !strings.Contains(got, "event: end\ndata: {\"message\":\"The access key is no longer valid.\",\"reason\":\"key\"}") {
			t.Errorf("the last word is %q", got)
		}
		if len(s.streams.slots) != 0 {
			t.Error("a slot is still taken")
		}
	})
}

// TestStreamPresigned: a browser's EventSource, which sets no headers, reads with an address that was signed, as long as that
// holds.
func TestStreamPresigned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := front(newTable(2))
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/events?after=1&kind=run.*", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		address := sigv4.Presign(r, sigv4.Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret"}, "eu-west-1", "events", time.Now(), time.Minute)
		ctx, cancel := context.WithCancel(t.Context())
		out := &body{ResponseWriter: httptest.NewRecorder()}
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.ServeHTTP(out, httptest.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody))
		}()
		synctest.Wait()
		if got, want := out.take(), "retry: 1000\n\nid: 2\ndata: {\"n\":2}\n\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		cancel()
		<-done
		time.Sleep(time.Minute)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody))
		if !strings.Contains(w.Body.String(), "Signature expired") {
			t.Errorf("after a minute: %s", w.Body)
		}
	})
}

// TestStreamSlow: a client that takes a page so slowly that events pile up is let go, and told.
func TestStreamSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := front(newTable(3))
		out := &body{ResponseWriter: httptest.NewRecorder(), block: make(chan struct{})}
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.ServeHTTP(out, ask(t.Context(), "http://127.0.0.1/events?after=0", "AKID", time.Now()))
		}()
		time.Sleep(streamSlow + time.Millisecond)
		close(out.block)
		<-done
		if got := out.take(); !strings.Contains(got, "id: 3\n") || !strings.Contains(got, `"reason":"slow"`) {
			t.Errorf("got %q", got)
		}
	})
}

// TestStreamRefused: what GET /events does not serve, it refuses with the reason.
func TestStreamRefused(t *testing.T) {
	now := time.Now()
	for _, c := range []struct{ name, query, key, last, want string }{
		{"unsigned", "", "", "", "MissingAuthenticationToken"},
		{"another key", "", "OTHER", "", "UnrecognizedClientException"},
		{"the key of a run", "", "RUN", "", "AccessDeniedException"},
		{"a parameter that it has not", "?patern=x", "AKID", "", `no parameter \"patern\"`},
		{"two patterns", "?kind=a&kind=b", "AKID", "", "given 2 times"},
		{"no pattern", "?pattern=" + "%7B%22source%22:1%7D", "AKID", "", "InvalidEventPatternException"},
		{"no number", "?after=last", "AKID", "", "number of an event"},
		{"no number to come back to", "", "AKID", "x", "number of an event"},
		{"half raw", "?raw=2", "AKID", "", "raw is 0 or 1"},
		{"no kind", "?kind=run.*.ended", "AKID", "", "no kind of event"},
	} {
		s := front(newTable(1))
		r := ask(t.Context(), "http://127.0.0.1/events"+c.query, c.key, now)
		if c.key == "" {
			r.Header.Del("Authorization")
		}
		if c.last != "" {
			r.Header.Set("Last-Event-ID", c.last)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s: %d %s, want %q", c.name, w.Code, w.Body, c.want)
		}
	}
	s := front(newTable(1))
	for range maxStreams {
		s.streams.slots <- struct{}{}
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, ask(t.Context(), "http://127.0.0.1/events", "AKID", now))
	if !strings.Contains(w.Body.String(), "ThrottlingException") {
		t.Errorf("one stream too many: %s", w.Body)
	}
}

// TestStreamClient: over a real connection, a client that comes back misses nothing and gets nothing twice, is told what was
// pruned, and the server's shutdown ends the stream without leaving anything behind.
func TestStreamClient(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	events := newTable(250)
	s := front(events)
	h := s.HTTP()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- h.Serve(ln) }()
	client := &http.Client{Transport: &http.Transport{}}
	open := func(query, last string) (*http.Response, *bufio.Scanner) {
		r := ask(t.Context(), "http://"+ln.Addr().String()+"/events"+query, "AKID", time.Now())
		if last != "" {
			r.Header.Set("Last-Event-ID", last)
		}
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
			t.Fatalf("%s %v", res.Status, res.Header)
		}
		return res, bufio.NewScanner(res.Body)
	}
	next := func(lines *bufio.Scanner, prefix string) string {
		for lines.Scan() {
			if rest, ok := strings.CutPrefix(lines.Text(), prefix); ok {
				return rest
			}
		}
		t.Fatalf("no %q before the end: %v", prefix, lines.Err())
		return ""
	}

	res, lines := open("?after=0&raw=1", "")
	for want := 1; want <= 120; want++ { // over the border of a page
		if got := next(lines, "id: "); got != fmt.Sprint(want) {
			t.Fatalf("event %s, want %d", got, want)
		}
	}
	if got := next(lines, "data: "); !strings.HasPrefix(got, `{"seq":120,`) {
		t.Errorf("a raw event is %s", got)
	}
	_ = res.Body.Close()

	res, lines = open("?after=0", "120")
	if got := next(lines, "id: "); got != "121" {
		t.Errorf("comes back to %s", got)
	}
	_ = res.Body.Close()

	events.mu.Lock()
	events.pruned = 200
	events.mu.Unlock()
	res, lines = open("", "150")
	if got := next(lines, "data: "); !strings.Contains(got, `"pruned":50`) {
		t.Errorf("of the gap it says %s", got)
	}
	if got := next(lines, "id: "); got != "201" {
		t.Errorf("after the gap comes %s", got)
	}
	_ = res.Body.Close()

	res, lines = open("", "") // from now on
	events.add(glue.EventRunEnded)
	if got := next(lines, "id: "); got != "251" {
		t.Errorf("from now on comes %s", got)
	}
	if err := h.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if got := next(lines, "event: "); got != "end" {
		t.Errorf("the last event is %s", got)
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Error(err)
	}
	_ = res.Body.Close()
	client.CloseIdleConnections()
	<-served
	goleak.VerifyNone(t, ignore)
}
