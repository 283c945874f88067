package local

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"tenon/internal/attempt"
)

// writeWait bounds one message to a worker: the buffer of the socket holds thousands, so a worker that does not take
// one is stuck.
const writeWait = 10 * time.Second

// converse connects to the worker and hands its reports to the sink until the connection ends. It is done if the sink
// has the result; met tells whether there was a worker at all.
func (k *keeper) converse() (done, met bool) {
	conn, err := k.dial()
	if err != nil {
		return false, false
	}
	defer conn.Close() // nothing is buffered on our side

	// Two things end the reading below: the connection's own end, and the driver's Close.
	over := make(chan struct{})
	var wg sync.WaitGroup
	out := &writer{enc: json.NewEncoder(conn), conn: conn}
	wg.Go(func() {
		stopping := k.stopping
		for {
			select {
			case <-stopping:
				stopping = nil
				_ = out.send(attempt.Message{Stop: &attempt.Stop{Grace: k.d.cfg.Grace}}) // a broken connection is met by the reader
			case <-k.d.ctx.Done():
				_ = conn.SetReadDeadline(time.Unix(1, 0)) // wakes the reader; an acknowledgement still gets out
				return
			case <-over:
				return
			}
		}
	})
	done, err = k.read(conn, out)
	close(over)
	wg.Wait()
	if err != nil && k.d.ctx.Err() == nil {
		k.d.lg.Warn("connection to worker ended badly", "run", k.key.Run, "attempt", k.key.Attempt, "error", err)
	}
	return done, true
}

// read handles the worker's messages. It is done if the sink has the result. The connection's end is no error: death is
// decided by the directory.
func (k *keeper) read(conn net.Conn, out *writer) (done bool, err error) {
	lines := bufio.NewScanner(conn)
	lines.Buffer(make([]byte, 0, 4<<10), attempt.MaxMessage)
	for lines.Scan() {
		var m attempt.Message
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			return false, fmt.Errorf("local: decode message: %w", err)
		}
		switch {
		case m.Hello != nil:
			if m.Hello.Key != k.key {
				return false, fmt.Errorf("local: reached the worker of %s", m.Hello.Key)
			}
			if p := m.Hello.Protocol; p != attempt.Protocol && p != attempt.Protocol-1 {
				return false, fmt.Errorf("local: worker speaks protocol %d, this is %d", p, attempt.Protocol)
			}
		case m.Report != nil:
			m.Report.Key = k.key
			refused, ok := k.offer(*m.Report)
			if !ok {
				return false, nil // closed
			}
			err := out.send(attempt.Message{Ack: &attempt.Ack{Seq: m.Report.Seq, Refused: refused}})
			if m.Report.Kind == attempt.ReportResult {
				return true, nil // the worker has nothing to do any more, whether it heard us or not
			}
			if err != nil {
				return false, err
			}
		}
	}
	// A killed worker resets the connection; that it is dead is the directory's to say.
	if err := lines.Err(); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, syscall.ECONNRESET) {
		return false, fmt.Errorf("local: read from worker: %w", err)
	}
	return false, nil
}

// writer sends messages from the reader and from the stopper.
type writer struct {
	mu   sync.Mutex // guards enc: one message at a time
	enc  *json.Encoder
	conn net.Conn
}

// send writes one message as a line.
func (w *writer) send(m attempt.Message) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.conn.SetWriteDeadline(time.Now().Add(writeWait)); err != nil {
		return fmt.Errorf("local: %w", err)
	}
	if err := w.enc.Encode(m); err != nil {
		return fmt.Errorf("local: write to worker: %w", err)
	}
	return nil
}

// maxSocketPath is the longest path a Unix socket address holds on every system (Linux 108, macOS 104, with the NUL).
const maxSocketPath = 103

// dial connects to the worker's control socket.
func (k *keeper) dial() (net.Conn, error) {
	path, done, err := reachable(k.dir, attempt.FileSocket)
	if err != nil {
		return nil, err
	}
	defer done()
	return net.DialTimeout("unix", path, writeWait)
}
