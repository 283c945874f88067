package rules

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Limits of webhooks.
const (
	maxTries     = 3
	maxRedirects = 3
	maxAnswer    = 64 << 10 // bytes of an answer that are read, so that its connection can be used again
	connectTime  = 5 * time.Second
	idleTime     = 30 * time.Second
)

// deliver serves one target.
func (c *Consumer) deliver(ctx context.Context, d *delivery) result {
	if len(d.target.Command) > 0 {
		out, err := runCommand(ctx, d, c.cfg.CommandTimeout)
		lg := c.lg.With("rule", d.rule, "target", d.target.ID, "event", d.id, "output", string(out))
		if err != nil {
			lg.Warn("the command of a rule failed", "error", err)
		} else {
			lg.Info("a rule ran a command")
		}
		return result{delivery: d, attempts: 1, err: err}
	}
	for try := 1; ; try++ {
		err := c.post(ctx, d)
		if err == nil || try == maxTries || errors.Is(err, errFinal) {
			return result{delivery: d, attempts: try, err: err}
		}
		pause := c.cfg.Backoff
		if try > 1 {
			pause *= 4
		}
		if sleep(ctx, pause); ctx.Err() != nil {
			return result{delivery: d, attempts: try, err: ctx.Err()} // nobody waits for it
		}
	}
}

// errFinal marks an error that another try would not mend.
var errFinal = errors.New("not tried again")

// post posts the event to a webhook once. Any status of the 200s is success; one of the 400s, but for 408 and 429, is
// final.
func (c *Consumer) post(ctx context.Context, d *delivery) error {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.target.Webhook, bytes.NewReader(d.doc))
	if err != nil {
		return fmt.Errorf("rules: webhook: %w: %w", errFinal, nameless(err))
	}
	if err := allowed(req); err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Tenon")
	req.Header.Set("X-Tenon-Event-Id", d.id)
	req.Header.Set("X-Tenon-Rule", d.rule)
	answer, err := c.hooks.Do(req)
	if err != nil {
		return fmt.Errorf("rules: webhook: %w", nameless(err))
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer)) // what it says does not matter
	switch code := answer.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code >= 400 && code < 500 && code != http.StatusRequestTimeout && code != http.StatusTooManyRequests:
		return fmt.Errorf("rules: webhook: %w: %s", errFinal, answer.Status)
	default:
		return fmt.Errorf("rules: webhook: %s", answer.Status)
	}
}

// nameless is a failure of a request without the URL that it was for: whoever knows that of a webhook may often post to it,
// and events are for all to read.
func nameless(err error) error {
	if of := (*url.Error)(nil); errors.As(err, &of) {
		return of.Err
	}
	return err
}

// allowed refuses schemes other than http and https.
func allowed(req *http.Request) error {
	if s := req.URL.Scheme; s != "http" && s != "https" {
		return fmt.Errorf("rules: webhook: %w: scheme %q is neither http nor https", errFinal, s)
	}
	return nil
}

// newHooks makes the client of webhooks. It follows redirects on the same host only, and none from https to http: an event
// goes where the rule says, and a server must not be led to ask another one in the plane's network.
func newHooks(transport http.RoundTripper) *http.Client {
	return &http.Client{Transport: transport, CheckRedirect: func(req *http.Request, via []*http.Request) error {
		first := via[0].URL
		switch {
		case len(via) > maxRedirects:
			return fmt.Errorf("%w: more than %d redirects", errFinal, maxRedirects)
		case req.URL.Host != first.Host, req.URL.Scheme != first.Scheme && req.URL.Scheme != "https":
			return fmt.Errorf("%w: redirected to another host, %s", errFinal, req.URL.Host)
		}
		return allowed(req)
	}}
}

// newTransport makes connections with bounds on all that can take time.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: connectTime}).DialContext,
		TLSHandshakeTimeout:    connectTime,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        idleTime,
		MaxResponseHeaderBytes: maxAnswer,
	}
}
