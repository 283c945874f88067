// Package client is a small signed client of Tenon's own endpoint, for the command line and the benchmark. It speaks
// awsJson 1.1 with the shapes of package wire; anything it can do, any AWS client can do.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"tenon/internal/glue"
	"tenon/internal/sigv4"
	"tenon/internal/wire"
)

// maxAnswerBytes bounds the body of an answer.
const maxAnswerBytes = 64 << 20

// Client calls one endpoint as one principal. It may be used by many goroutines.
type Client struct {
	Endpoint    string // http://127.0.0.1:8366
	Region      string
	Credentials sigv4.Credentials
	HTTP        *http.Client // nil: http.DefaultClient

	signer sigv4.Signer
}

// Call makes one Glue call: in is the request's shape, out (may be nil) receives the answer. A refusal by the server is
// a *glue.Error with the server's code and message.
func (c *Client) Call(ctx context.Context, op string, in, out any) error {
	return c.post(ctx, "glue", wire.TargetPrefix+op, in, out)
}

// Admin makes one of Tenon's own calls: keys, a run's files, events.
func (c *Client) Admin(ctx context.Context, op string, in, out any) error {
	return c.post(ctx, "glue", adminTargetPrefix+op, in, out)
}

// adminTargetPrefix is edge/api's AdminTargetPrefix, which lies above this floor.
const adminTargetPrefix = "Tenon."

// Logs makes one CloudWatch Logs call.
func (c *Client) Logs(ctx context.Context, op string, in, out any) error {
	return c.post(ctx, "logs", "Logs_20140328."+op, in, out)
}

// Events makes one EventBridge call.
func (c *Client) Events(ctx context.Context, op string, in, out any) error {
	return c.post(ctx, "events", "AWSEvents."+op, in, out)
}

// post signs and sends one awsJson request.
func (c *Client) post(ctx context.Context, service, target string, in, out any) error {
	body, err := wire.Encode(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Endpoint+"/", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("client: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", target)
	c.signer.Sign(req, body, c.Credentials, c.Region, service, time.Now())
	hc := c.HTTP
	if hc == nil {
		hc = http.DefaultClient
	}
	resp, err := hc.Do(req)
	if err != nil {
		return c.unreachable(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBytes))
	if err != nil {
		return fmt.Errorf("client: read answer of %s: %w", target, err)
	}
	if resp.StatusCode != http.StatusOK {
		return refusal(resp, answer)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("client: answer of %s: %w", target, err)
	}
	return nil
}

// ErrUnreachable is in the error of a call that found nobody listening.
var ErrUnreachable = errors.New("no Tenon answers")

// unreachable says what to do when nobody listens.
func (c *Client) unreachable(err error) error {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return fmt.Errorf("%w at %s: start one with `tenon dev`, or name another with --endpoint", ErrUnreachable, c.Endpoint)
	}
	return fmt.Errorf("client: %w", err)
}

// refusal turns an error answer into a *glue.Error.
func refusal(resp *http.Response, body []byte) error {
	var f wire.Fault
	if json.Unmarshal(body, &f) != nil || f.Type == "" {
		return fmt.Errorf("client: %s answered %s: %s", resp.Request.URL.Host, resp.Status, strings.TrimSpace(string(body[:min(len(body), 200)])))
	}
	return &glue.Error{Code: glue.Code(f.Type), Message: f.Message}
}
