package server

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"tenon/internal/sigv4"
)

// unread is a body that fails the test when it is read.
type unread struct{ t *testing.T }

// Read fails the test.
func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

// TestStrangersAreNotRead: nobody makes the server hold a body who has not at least named a key of ours, now.
func TestStrangersAreNotRead(t *testing.T) {
	s := New(slog.New(slog.DiscardHandler), nil, nil, Config{Lookup: func(id string) (sigv4.Key, bool) {
		return sigv4.Key{SecretAccessKey: "secret"}, id == "AKIDKNOWN"
	}})
	authorization := func(key string, at time.Time) string {
		return "AWS4-HMAC-SHA256 Credential=" + key + at.Format("/20060102/") + "us-east-1/glue/aws4_request, SignedHeaders=host;x-amz-date, Signature=" + strings.Repeat("0", 64)
	}
	now := time.Now().UTC()
	for _, c := range []struct {
		name, authorization string
		at                  time.Time
		length              int64
		want                string
	}{
		{"unsigned", "", now, 7, "MissingAuthenticationTokenException"},
		{"unknown key", authorization("AKIDOTHER", now), now, 7, "UnrecognizedClientException"},
		{"old", authorization("AKIDKNOWN", now.Add(-time.Hour)), now.Add(-time.Hour), 7, "Signature expired"},
		{"announced as too long", authorization("AKIDKNOWN", now), now, maxBodyBytes + 1, "Request size limit exceeded"},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", unread{t})
		r.ContentLength = c.length
		r.Header.Set("X-Amz-Date", c.at.Format("20060102T150405Z"))
		if c.authorization != "" {
			r.Header.Set("Authorization", c.authorization)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s: %d %s, want %s", c.name, w.Code, w.Body, c.want)
		}
	}
	for _, c := range []struct {
		name string
		body io.Reader
		want string
	}{
		{"forged", strings.NewReader("{}"), "InvalidSignatureException"},
		{"endless", zeros{}, "Request size limit exceeded"},
		{"broken off", iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("{}"))), "cannot be read"},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", c.body)
		r.ContentLength = -1
		r.Header.Set("X-Amz-Date", now.Format("20060102T150405Z"))
		r.Header.Set("Authorization", authorization("AKIDKNOWN", now))
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s: %d %s, want %s", c.name, w.Code, w.Body, c.want)
		}
	}
}

// zeros is a body without an end.
type zeros struct{}

// Read fills b.
func (zeros) Read(b []byte) (int, error) { return len(b), nil }
