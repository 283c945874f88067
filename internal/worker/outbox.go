package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"tenon/internal/attempt"
)

// maxPending bounds the reports that wait for the plane. When it is reached, whoever has another one waits: a script
// that lists a million files while the plane is away stands still rather than fill the memory.
const maxPending = 256

// maxPlaneMessage bounds one message of the plane: an acknowledgement and its reason.
const maxPlaneMessage = 64 << 10

// maxReportBytes bounds one encoded report, below attempt.MaxMessage by the room for its envelope.
const maxReportBytes = attempt.MaxMessage - 1<<10

// outbox holds the worker's reports until the plane has acknowledged them, and serves the control socket over which
// both happen. Each new connection gets a Hello and all that is pending, in order; the newest connection is the plane.
type outbox struct {
	key  attempt.Key
	lg   *slog.Logger
	stop chan time.Duration // the grace of the first Stop; capacity 1

	mu       sync.Mutex       // guards the fields below
	changed  chan struct{}    // closed and replaced whenever one of them changes
	pending  []attempt.Report // in order of Seq, not acknowledged yet
	lastSeq  int64
	refusals map[int64]string // why reports that somebody awaits were refused
	conn     net.Conn         // the plane, nil without one
}

// newOutbox makes an outbox that does not serve yet.
func newOutbox(key attempt.Key, lg *slog.Logger) *outbox {
	return &outbox{
		key: key, lg: lg, stop: make(chan time.Duration, 1), changed: make(chan struct{}), refusals: map[int64]string{},
	}
}

// notify wakes all who wait. The caller holds mu.
func (o *outbox) notify() {
	close(o.changed)
	o.changed = make(chan struct{})
}

// put gives r its key, number and time, and queues it. It waits while maxPending reports are queued.
func (o *outbox) put(ctx context.Context, r attempt.Report) (seq int64, err error) {
	for {
		o.mu.Lock()
		if len(o.pending) < maxPending || r.Kind == attempt.ReportResult {
			o.lastSeq++
			r.Key, r.Seq, r.At = o.key, o.lastSeq, time.Now().UTC()
			o.pending = append(o.pending, r)
			o.notify()
			o.mu.Unlock()
			return r.Seq, nil
		}
		changed := o.changed
		o.mu.Unlock()
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("worker: report %s: %w", r.Kind, context.Cause(ctx))
		case <-changed:
		}
	}
}

// await waits until report seq is acknowledged, and tells why it was refused, if it was.
func (o *outbox) await(ctx context.Context, seq int64) (refused string, err error) {
	for {
		o.mu.Lock()
		waiting := false
		for _, r := range o.pending {
			waiting = waiting || r.Seq == seq
		}
		refused = o.refusals[seq]
		changed := o.changed
		if !waiting {
			delete(o.refusals, seq)
		}
		o.mu.Unlock()
		if !waiting {
			return refused, nil
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("worker: await acknowledgement: %w", context.Cause(ctx))
		case <-changed:
		}
	}
}

// waiting tells whether a report of kind is pending.
func (o *outbox) waiting(kind attempt.Kind) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, r := range o.pending {
		if r.Kind == kind {
			return true
		}
	}
	return false
}

// next is the number that the next report will get, and a copy of those that are pending.
func (o *outbox) next() (seq int64, pending []attempt.Report) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.lastSeq + 1, append([]attempt.Report{}, o.pending...)
}

// acknowledge takes the plane's answer to one report.
func (o *outbox) acknowledge(a attempt.Ack) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, r := range o.pending {
		if r.Seq != a.Seq {
			continue
		}
		if a.Refused != "" {
			o.lg.Warn("report was refused", "seq", a.Seq, "kind", r.Kind, "reason", a.Refused)
		}
		if a.Refused != "" && r.Kind == attempt.ReportBookmark {
			o.refusals[a.Seq] = a.Refused
		}
		o.pending = append(o.pending[:i:i], o.pending[i+1:]...)
		o.notify()
		return
	}
}

// serve takes connections until ctx ends, which also ends them.
func (o *outbox) serve(ctx context.Context, ln net.Listener) {
	var wg sync.WaitGroup
	defer wg.Wait()
	context.AfterFunc(ctx, func() {
		_ = ln.Close() // wakes Accept
		o.adopt(nil)
	})
	for {
		conn, err := ln.Accept()
		if err != nil {
			if ctx.Err() == nil {
				o.lg.Error("control socket cannot accept", "error", err)
			}
			return
		}
		o.adopt(conn)
		if ctx.Err() != nil {
			o.adopt(nil)
		}
		wg.Go(func() { o.send(conn) })
		wg.Go(func() { o.receive(conn) })
	}
}

// adopt makes conn the plane's connection and hangs up on the one before.
func (o *outbox) adopt(conn net.Conn) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.conn != nil {
		_ = o.conn.Close() // whatever it had not taken is sent to the next one
	}
	o.conn = conn
	o.notify()
}

// send writes a Hello and then every pending report, once each, as long as conn is the plane's.
func (o *outbox) send(conn net.Conn) {
	enc := json.NewEncoder(conn)
	err := enc.Encode(attempt.Message{Hello: &attempt.Hello{Protocol: attempt.Protocol, Key: o.key, PID: os.Getpid()}})
	for sent := int64(0); err == nil; {
		o.mu.Lock()
		var r *attempt.Report
		for i := range o.pending {
			if o.pending[i].Seq > sent {
				copied := o.pending[i]
				r = &copied
				break
			}
		}
		current, changed := o.conn == conn, o.changed
		o.mu.Unlock()
		switch {
		case !current:
			return
		case r != nil:
			sent = r.Seq
			err = enc.Encode(attempt.Message{Report: r})
		default:
			<-changed
		}
	}
	o.hangUp(conn)
}

// receive reads the plane's messages until the connection ends.
func (o *outbox) receive(conn net.Conn) {
	lines := bufio.NewScanner(conn)
	lines.Buffer(make([]byte, 0, 4<<10), maxPlaneMessage)
	for lines.Scan() {
		var m attempt.Message
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			o.lg.Error("message is not understood", "error", err)
			break
		}
		switch {
		case m.Ack != nil:
			o.acknowledge(*m.Ack)
		case m.Stop != nil:
			select {
			case o.stop <- m.Stop.Grace:
			default: // stopping already
			}
		}
	}
	if err := lines.Err(); err != nil && !errors.Is(err, net.ErrClosed) {
		o.lg.Info("connection to plane ended badly", "error", err)
	}
	o.hangUp(conn)
}

// hangUp ends conn; if it was the plane's, there is none now.
func (o *outbox) hangUp(conn net.Conn) {
	_ = conn.Close() // a second close is harmless
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.conn == conn {
		o.conn = nil
		o.notify()
	}
}
