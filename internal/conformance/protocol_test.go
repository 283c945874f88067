package conformance

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tenon/internal/sigv4"
)

// TestProtocol speaks HTTP by hand: what no client sends by mistake, and what an attacker sends on purpose.
func TestProtocol(t *testing.T) {
	s := start(t, "")
	creds := sigv4.Credentials{AccessKeyID: accessKey, SecretAccessKey: secretKey}
	send := func(method, path, target, service string, body []byte, sign bool, at time.Time, change func(*http.Request)) (int, http.Header, string) {
		t.Helper()
		req, err := http.NewRequest(method, s.endpoint+path, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-amz-json-1.1")
		if target != "" {
			req.Header.Set("X-Amz-Target", target)
		}
		if sign {
			sigv4.Sign(req, body, creds, region, service, at)
		}
		if change != nil {
			change(req)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, resp.Header, string(text)
	}
	now := time.Now()
	for _, c := range []struct {
		name         string
		method, path string
		target       string
		service      string
		body         string
		sign         bool
		at           time.Time
		change       func(*http.Request)
		status       int
		code         string
	}{
		{name: "unsigned", target: "AWSGlue.GetJobs", body: "{}", status: 400, code: "MissingAuthenticationTokenException"},
		{name: "six minutes old", target: "AWSGlue.GetJobs", body: "{}", sign: true, at: now.Add(-6 * time.Minute), status: 400, code: "InvalidSignatureException"},
		{name: "six minutes ahead", target: "AWSGlue.GetJobs", body: "{}", sign: true, at: now.Add(6 * time.Minute), status: 400, code: "InvalidSignatureException"},
		{name: "target changed after signing", target: "AWSGlue.GetJobs", body: "{}", sign: true, change: func(r *http.Request) { r.Header.Set("X-Amz-Target", "AWSGlue.DeleteJob") }, status: 400, code: "InvalidSignatureException"},
		{name: "a session token that is none", target: "AWSGlue.GetJobs", body: "{}", sign: true, change: func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "x") }, status: 400, code: "InvalidSignatureException"},
		{name: "signed for another service", target: "AWSGlue.GetJobs", service: "logs", body: "{}", sign: true, status: 400, code: "UnknownOperationException"},
		{name: "no such operation", target: "AWSGlue.MakeCoffee", body: "{}", sign: true, status: 400, code: "UnknownOperationException"},
		{name: "not JSON", target: "AWSGlue.GetJobs", body: "{", sign: true, status: 400, code: "SerializationException"},
		{name: "a list", target: "AWSGlue.GetJobs", body: "[]", sign: true, status: 400, code: "SerializationException"},
		{name: "nested without end", target: "AWSGlue.GetJobs", body: strings.Repeat(`{"a":`, 100_000), sign: true, status: 400, code: "SerializationException"},
		{name: "wrong type", target: "AWSGlue.GetJobs", body: `{"MaxResults":"many"}`, sign: true, status: 400, code: "SerializationException"},
		{name: "out of range", target: "AWSGlue.GetJobs", body: `{"MaxResults":100000}`, sign: true, status: 400, code: "ValidationException"},
		{name: "nine megabytes", target: "AWSGlue.GetJobs", body: `{"x":"` + strings.Repeat("x", 9<<20) + `"}`, sign: true, status: 400, code: "InvalidInputException"},
		{name: "an unknown member is for a newer server", target: "AWSGlue.GetJobs", body: `{"Fresh":1}`, sign: true, status: 200},
		{name: "GET", method: "GET", target: "AWSGlue.GetJobs", sign: true, status: 400, code: "UnknownOperationException"},
		{name: "another path", path: "/admin", target: "AWSGlue.GetJobs", body: "{}", sign: true, status: 400, code: "UnknownOperationException"},
		{name: "Tenon's own", target: "Tenon.ListAccessKeys", body: "{}", sign: true, status: 200},
		{name: "not Tenon's own", target: "Tenon.DropEverything", body: "{}", sign: true, status: 400, code: "UnknownOperationException"},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := c.at
			if at.IsZero() {
				at = now
			}
			method, path, service := or(c.method, "POST"), or(c.path, "/"), or(c.service, "glue")
			status, header, text := send(method, path, c.target, service, []byte(c.body), c.sign, at, c.change)
			if status != c.status || header.Get("X-Amzn-Errortype") != c.code || header.Get("X-Amzn-Requestid") == "" {
				t.Errorf("%d %s: %s", status, header.Get("X-Amzn-Errortype"), tail(text, 300))
			}
			if strings.Contains(text, secretKey) {
				t.Errorf("the answer holds the secret: %s", text)
			}
		})
	}
	t.Run("probes", func(t *testing.T) {
		for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
			if status, _, _ := send("GET", path, "", "", nil, false, now, nil); status != 200 {
				t.Errorf("%s: %d", path, status)
			}
		}
	})
	t.Run("query service unsigned", func(t *testing.T) {
		status, header, text := send("POST", "/", "", "", []byte("Action=GetCallerIdentity&Version=2011-06-15"), false, now, func(r *http.Request) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		})
		if status != 403 || !strings.HasPrefix(header.Get("Content-Type"), "text/xml") || !strings.Contains(text, "<Code>MissingAuthenticationToken</Code>") {
			t.Errorf("%d %s", status, text)
		}
	})
}

// or is value, or fallback where it is empty.
func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}
