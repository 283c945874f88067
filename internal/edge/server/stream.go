package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tenon/internal/edge/api"
	"tenon/internal/glue"
	"tenon/internal/sigv4"
)

// Bounds of the streams of events.
const (
	maxStreams     = 64                    // open at a time
	streamBeat     = 15 * time.Second      // after so long without news, a comment: the connection lives
	streamPause    = 20 * time.Millisecond // between two reads of the store: what comes in between comes together
	streamSlow     = 5 * time.Second       // a client that takes so long for a page is let go, to come back when it can
	streamGiveUp   = 30 * time.Second      // one that takes so long has gone, or hears nothing more
	streamPage     = 100                   // events of one read
	streamAttempts = 1000                  // milliseconds that a browser waits before it comes back
)

// EventSource is where streams read: edge/api.
type EventSource interface {
	// MayRead refuses an access key that may not see all events.
	MayRead(accessKey string) error
	EventFilter(kind string, pattern []byte) (*api.EventFilter, error)
	Events(ctx context.Context, f *api.EventFilter, after int64, limit int) (api.EventPage, error)
	LastEvent(ctx context.Context) (int64, error)
	// WatchEvents is closed at the next commit that brings an event.
	WatchEvents() <-chan struct{}
}

// streams counts the open streams, and ends them.
type streams struct {
	slots chan struct{} // one element an open stream
	end   chan struct{} // closed when the server shuts down
	once  sync.Once
}

// newStreams makes room for maxStreams.
func newStreams() *streams {
	return &streams{slots: make(chan struct{}, maxStreams), end: make(chan struct{})}
}

// close ends every stream.
func (s *streams) close() { s.once.Do(func() { close(s.end) }) }

// streamQuery is what the caller of GET /events asks for.
type streamQuery struct {
	filter    *api.EventFilter
	after     int64
	fromNow   bool // neither after nor a Last-Event-ID: what comes from now on
	raw       bool // rows of the event table, not EventBridge's form
	accessKey string
}

// parseStream reads the query and the headers of GET /events. What a signature in the query consists of is not looked at.
func parseStream(src EventSource, r *http.Request) (q streamQuery, err error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return q, glue.Errorf(glue.CodeValidation, "The query does not parse.")
	}
	pattern, kind, after := "", "", r.Header.Get("Last-Event-Id")
	for name, all := range values {
		if strings.HasPrefix(name, "X-Amz-") {
			continue
		}
		if len(all) != 1 {
			return q, glue.Errorf(glue.CodeValidation, "The parameter %s is given %d times.", printable(name), len(all))
		}
		switch v := all[0]; name {
		case "pattern":
			pattern = v
		case "kind":
			kind = v
		case "after":
			if after == "" { // a client that comes back has the address it began with, and says where it is
				after = v
			}
		case "raw":
			if !slices.Contains([]string{"0", "1"}, v) {
				return q, glue.Errorf(glue.CodeValidation, "raw is 0 or 1, got %q.", printable(v))
			}
			q.raw = v == "1"
		default:
			return q, glue.Errorf(glue.CodeValidation, "GET /events has no parameter %q: it knows pattern, kind, after and raw.", printable(name))
		}
	}
	if q.fromNow = after == ""; !q.fromNow {
		if q.after, err = strconv.ParseInt(after, 10, 64); err != nil || q.after < 0 {
			return q, glue.Errorf(glue.CodeValidation, "after, and Last-Event-ID, is the number of an event, got %q.", printable(after))
		}
	}
	q.filter, err = src.EventFilter(kind, []byte(pattern))
	return q, err
}

// stream answers GET /events: server-sent events, as https://html.spec.whatwg.org/multipage/server-sent-events.html says.
// Each has the number of the event as its id, so that a client which comes back with Last-Event-ID misses none and gets
// none twice. The last event of a stream that the server ends is `end`, with the reason.
func (s *Server) stream(w http.ResponseWriter, r *http.Request) {
	c := call{id: requestID(), target: "GET /events"}
	w.Header().Set("X-Amzn-Requestid", c.id)
	verify := func() (sigv4.Identity, error) { return s.verifier.Verify(r, nil, time.Now()) }
	if sigv4.IsPresigned(r) {
		verify = func() (sigv4.Identity, error) { return s.verifier.VerifyPresigned(r, time.Now()) }
	}
	id, err := verify()
	if err != nil {
		s.refuse(w, c, r, err)
		return
	}
	if id.Service != "glue" && id.Service != "events" {
		writeFault(w, glue.Errorf(glue.CodeAccessDenied, "GET /events is signed for the service glue or events, not %s.", id.Service))
		return
	}
	if err := s.events.MayRead(id.AccessKeyID); err != nil {
		writeFault(w, err)
		return
	}
	q, err := parseStream(s.events, r)
	if err == nil && q.fromNow {
		q.after, err = s.events.LastEvent(r.Context())
	}
	if err != nil {
		s.answer(w, c, nil, err)
		return
	}
	q.accessKey = id.AccessKeyID
	select {
	case s.streams.slots <- struct{}{}:
		defer func() { <-s.streams.slots }()
	default:
		writeFault(w, glue.Errorf(glue.CodeThrottling, "%d streams of events are open, which is the most.", maxStreams))
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // or nginx keeps events back
	w.WriteHeader(http.StatusOK)
	out := &streamWriter{w: w, rc: http.NewResponseController(w)}
	_ = out.rc.SetReadDeadline(time.Time{}) // the request is read; its deadline would end the stream
	if err := s.follow(r.Context(), out, q); err != nil && r.Context().Err() == nil {
		s.lg.Info("stream of events ended", "request", c.id, "reason", err)
	}
}

// Why the server ends a stream.
var (
	errStreamShutdown = errors.New("shutdown")
	errStreamSlow     = errors.New("slow")
	errStreamKey      = errors.New("key")
)

// streamWords say the reasons to clients.
var streamWords = map[error]string{
	errStreamShutdown: "The server is shutting down: come back with Last-Event-ID.",
	errStreamSlow:     "Events came faster than they were taken: come back with Last-Event-ID.",
	errStreamKey:      "The access key is no longer valid.",
}

// follow sends events until the client goes or the server ends the stream; the error is why.
func (s *Server) follow(ctx context.Context, out *streamWriter, q streamQuery) error {
	fmt.Fprintf(&out.page, "retry: %d\n\n", streamAttempts)
	beat := time.NewTimer(streamBeat)
	defer beat.Stop()
	for {
		news := s.events.WatchEvents() // before the read, which therefore misses nothing
		page, err := s.events.Events(ctx, q.filter, q.after, streamPage)
		if err != nil {
			return err
		}
		out.add(&page, q)
		q.after = page.Last
		if out.page.Len() > 0 {
			if err := out.send(); err != nil {
				return out.finish(err)
			}
			beat.Reset(streamBeat)
		}
		if page.More {
			if s.stopping() {
				return out.finish(errStreamShutdown)
			}
			continue
		}
		if err := s.await(ctx, news, beat, out, q); err != nil {
			return out.finish(err)
		}
	}
}

// stopping reports whether the server shuts down.
func (s *Server) stopping() bool {
	select {
	case <-s.streams.end:
		return true
	default:
		return false
	}
}

// await waits for news, and says meanwhile that the stream lives and where it is.
func (s *Server) await(ctx context.Context, news <-chan struct{}, beat *time.Timer, out *streamWriter, q streamQuery) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.streams.end:
			return errStreamShutdown
		case <-news:
			pause := time.NewTimer(streamPause)
			defer pause.Stop()
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-s.streams.end: // what has come is sent with the next start
				return errStreamShutdown
			case <-pause.C:
				return nil
			}
		case <-beat.C:
			if _, ok := s.cfg.Lookup(q.accessKey); !ok {
				return errStreamKey
			}
			// The id moves on though nothing was sent: a client that comes back need not be told what was left out.
			fmt.Fprintf(&out.page, ": %s\nid: %d\n\n", time.Now().UTC().Format(time.RFC3339), q.after)
			if err := out.send(); err != nil {
				return err
			}
			beat.Reset(streamBeat)
		}
	}
}

// streamWriter writes one stream.
type streamWriter struct {
	w    http.ResponseWriter
	rc   *http.ResponseController
	page bytes.Buffer // what send writes
}

// add puts a page of events into the buffer.
func (o *streamWriter) add(page *api.EventPage, q streamQuery) {
	if page.Gap > 0 {
		fmt.Fprintf(&o.page, "event: gap\ndata: {\"pruned\":%d,\"message\":\"Events that were asked for have been pruned.\"}\n\n", page.Gap)
	}
	for i := range page.Events {
		e := &page.Events[i]
		data := e.Bridge
		if q.raw {
			row, err := json.Marshal(&e.Event)
			if err != nil {
				continue // a row that was read is JSON
			}
			data = row
		}
		if data == nil {
			continue // of Tenon's own bookkeeping: it has no form of EventBridge's
		}
		fmt.Fprintf(&o.page, "id: %d\ndata: %s\n\n", e.Event.Seq, data)
	}
}

// send writes the buffer, and tells when that took too long.
func (o *streamWriter) send() error {
	began := time.Now()
	_ = o.rc.SetWriteDeadline(began.Add(streamGiveUp))
	if _, err := o.w.Write(o.page.Bytes()); err != nil {
		return err
	}
	o.page.Reset()
	if err := o.rc.Flush(); err != nil {
		return err
	}
	if time.Since(began) > streamSlow {
		return errStreamSlow
	}
	return nil
}

// finish says a last word where the stream is ended by the server.
func (o *streamWriter) finish(why error) error {
	words, ours := streamWords[why]
	if !ours {
		return why
	}
	text, err := json.Marshal(map[string]string{"reason": why.Error(), "message": words})
	if err != nil {
		return err
	}
	_ = o.rc.SetWriteDeadline(time.Now().Add(streamSlow))
	fmt.Fprintf(&o.page, "event: end\ndata: %s\n\n", text)
	_, err = o.w.Write(o.page.Bytes())
	return errors.Join(why, err, o.rc.Flush())
}
