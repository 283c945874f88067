package client

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tenon/internal/sigv4"
)

const (
	// maxStreamLine bounds one line of a stream: an event of EventBridge's largest size, with what JSON adds.
	maxStreamLine = 4 << 20
	// streamSilence is how long a stream may say nothing: the server speaks every 15 s.
	streamSilence = time.Minute
)

// Message is one server-sent event.
type Message struct {
	ID   string // the last that the stream has named: to come back with
	Name string // empty for an event of the event table; end, gap: what the server says of the stream
	Data string
}

// ErrStreamEnded is the error of Stream where it was open and then ended, for whatever reason: whoever wants more comes back
// with the last Message's ID.
var ErrStreamEnded = errors.New("the stream of events ended")

// Stream reads GET /events until ctx ends, the stream ends or handle returns an error. lastID is the ID of the last message
// handled by an earlier call, empty at first. A message without data is passed on too: its ID has moved.
func (c *Client) Stream(ctx context.Context, query url.Values, lastID string, handle func(Message) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Endpoint+"/events?"+query.Encode(), http.NoBody)
	if err != nil {
		return fmt.Errorf("client: %w", err)
	}
	req.Header.Set("Accept", "text/event-stream")
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	sigv4.Sign(req, nil, c.Credentials, c.Region, "glue", time.Now())
	hc := c.HTTP
	if hc == nil {
		hc = http.DefaultClient
	}
	resp, err := hc.Do(req)
	if err != nil {
		return c.unreachable(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBytes))
		if err != nil {
			return fmt.Errorf("client: read answer of GET /events: %w", err)
		}
		return refusal(resp, body)
	}
	silence := time.AfterFunc(streamSilence, cancel)
	defer silence.Stop()
	return readMessages(resp.Body, lastID, func(m Message) error {
		silence.Reset(streamSilence)
		return handle(m)
	})
}

// readMessages takes a stream apart: blocks of lines, each ended by an empty one.
func readMessages(r io.Reader, lastID string, handle func(Message) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxStreamLine)
	m, any := Message{ID: lastID}, false
	for lines.Scan() {
		line := lines.Text()
		if line == "" {
			if any {
				if err := handle(m); err != nil {
					return err
				}
			}
			m, any = Message{ID: m.ID}, false
			continue
		}
		any = true
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "id":
			m.ID = value
		case "event":
			m.Name = value
		case "data":
			if m.Data != "" {
				m.Data += "\n"
			}
			m.Data += value
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrStreamEnded, err)
	}
	return ErrStreamEnded
}
