package rules

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tenon/internal/glue"
)

// TestWebhook posts to real servers that behave in all the ways that servers do.
func TestWebhook(t *testing.T) {
	var calls atomic.Int64
	var elsewhere atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	release := make(chan struct{})
	mux := http.NewServeMux()
	status := func(codes ...int) http.HandlerFunc {
		return func(rw http.ResponseWriter, req *http.Request) {
			body, _ := io.ReadAll(req.Body)
			if string(body) != `{"id":"e1"}` || req.Method != http.MethodPost || req.Header.Get("X-Tenon-Event-Id") != "e1" ||
				req.Header.Get("X-Tenon-Rule") != "r" || req.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%s %s, %v", req.Method, body, req.Header)
			}
			rw.WriteHeader(codes[min(int(calls.Add(1)), len(codes))-1])
		}
	}
	mux.Handle("/ok", status(200))
	mux.Handle("/recovers", status(500, 429, 204))
	mux.Handle("/broken", status(503))
	mux.Handle("/gone", status(410))
	mux.HandleFunc("/chatty", func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = io.Copy(rw, io.LimitReader(endless{}, 10<<20)) // it is not read to the end
	})
	mux.HandleFunc("/hangs", func(_ http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body)
		calls.Add(1)
		<-release
	})
	mux.HandleFunc("/moved", func(rw http.ResponseWriter, req *http.Request) {
		calls.Add(1)
		http.Redirect(rw, req, "/ok", http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/away", func(rw http.ResponseWriter, req *http.Request) {
		calls.Add(1)
		http.Redirect(rw, req, other.URL, http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/file", func(rw http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		rw.Header().Set("Location", "file:///etc/passwd")
		rw.WriteHeader(http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/circle", func(rw http.ResponseWriter, req *http.Request) {
		calls.Add(1)
		http.Redirect(rw, req, "/circle", http.StatusTemporaryRedirect)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	defer close(release)
	c := New(slog.New(slog.DiscardHandler), nil, nil, Config{Timeout: time.Second, Backoff: time.Millisecond})
	c.commitTx = nil
	defer c.hooks.CloseIdleConnections()
	for _, test := range []struct {
		url      string
		attempts int
		calls    int64
		err      string // part of it; empty: delivered
	}{
		{server.URL + "/ok", 1, 1, ""},
		{server.URL + "/recovers", 3, 3, ""},
		{server.URL + "/broken", 3, 3, "503 Service Unavailable"},
		{server.URL + "/gone", 1, 1, "410 Gone"},
		{server.URL + "/chatty", 1, 0, ""},
		{server.URL + "/hangs", 3, 3, "context deadline exceeded"},
		{server.URL + "/moved", 1, 2, ""},
		{server.URL + "/away", 1, 1, "redirected to another host"},
		{server.URL + "/file", 1, 1, "another host"},
		{server.URL + "/circle", 1, 4, "more than 3 redirects"},
		{"http://127.0.0.1:1/", 3, 0, "connection refused"},
		{"file:///etc/passwd", 1, 0, "neither http nor https"},
		{"http://[::1", 1, 0, "missing ']'"},
	} {
		calls.Store(0)
		r := c.deliver(t.Context(), &delivery{rule: "r", id: "e1", doc: []byte(`{"id":"e1"}`), target: glue.Target{Webhook: test.url + "?token=geheim"}})
		if r.attempts != test.attempts || calls.Load() != test.calls {
			t.Errorf("%s: %d attempts, %d calls, want %d and %d", test.url, r.attempts, calls.Load(), test.attempts, test.calls)
		}
		if (r.err == nil) != (test.err == "") || r.err != nil && !strings.Contains(r.err.Error(), test.err) {
			t.Errorf("%s: %v, want %q", test.url, r.err, test.err)
		}
		if r.err != nil && strings.Contains(r.err.Error(), "geheim") {
			t.Errorf("%s: its URL is in the error: %v", test.url, r.err)
		}
	}
	if elsewhere.Load() != 0 {
		t.Error("an event was sent on to another host")
	}
}

// endless is an answer without end.
type endless struct{}

// Read gives bytes.
func (endless) Read(b []byte) (int, error) { return copy(b, bytes.Repeat([]byte("x"), len(b))), nil }
