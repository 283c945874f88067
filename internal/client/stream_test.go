package client

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"tenon/internal/glue"
)

// TestStream: messages come whole and in order, with the id to come back with, also where it moves without data; what the
// server refuses is its error.
func TestStream(t *testing.T) {
	const text = "retry: 1000\n\nid: 7\ndata: {\"a\":1}\n\n: 2026-01-01T00:00:00Z\nid: 9\n\nevent: gap\ndata: one\ndata: two\n\nid: 10\ndata: half"
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("kind") == "refused" {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"__type":"ThrottlingException","Message":"too many"}`)
			return
		}
		if r.Header.Get("Last-Event-ID") != "5" || !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKID/") {
			t.Errorf("the request has %v", r.Header)
		}
		fmt.Fprint(w, text)
	}))
	defer s.Close()
	c := &Client{Endpoint: s.URL, Region: "us-east-1", HTTP: s.Client()}
	c.Credentials.AccessKeyID = "AKID"
	var got []Message
	take := func(m Message) error {
		got = append(got, m)
		return nil
	}
	if err := c.Stream(t.Context(), url.Values{}, "5", take); !errors.Is(err, ErrStreamEnded) {
		t.Errorf("it ends with %v", err)
	}
	want := []Message{{ID: "5"}, {ID: "7", Data: `{"a":1}`}, {ID: "9"}, {ID: "9", Name: "gap", Data: "one\ntwo"}} // and not the half
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	stop := errors.New("enough")
	if err := c.Stream(t.Context(), url.Values{}, "5", func(Message) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("a handler's error comes back as %v", err)
	}
	if err := c.Stream(t.Context(), url.Values{"kind": {"refused"}}, "", take); glue.CodeOf(err) != glue.CodeThrottling {
		t.Errorf("a refusal is %v", err)
	}
	s.Close()
	if err := c.Stream(t.Context(), url.Values{}, "5", take); !errors.Is(err, ErrUnreachable) {
		t.Errorf("nobody there is %v", err)
	}
}
