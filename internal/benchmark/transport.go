package benchmark

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
)

// transport sends requests over a fixed number of connections that stay open. The clients share the machine with the
// plane that is measured: net/http's own transport, with two goroutines a connection, costs about as much as the plane's
// answer.
type transport struct {
	address string
	idle    chan *connection // those not used now; one that was never opened, or failed, is not open
}

// connection is one of them.
type connection struct {
	conn net.Conn // nil when it has to be opened
	in   *bufio.Reader
	out  *bufio.Writer
}

// newTransport makes a transport to one address.
func newTransport(address string, connections int) *transport {
	t := &transport{address: address, idle: make(chan *connection, connections)}
	for range connections {
		t.idle <- &connection{}
	}
	return t
}

// RoundTrip implements http.RoundTripper. The connection is free again when the body is closed.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	c := <-t.idle
	resp, err := c.send(t.address, req)
	if err != nil {
		c.close()
		t.idle <- c
		return nil, err
	}
	resp.Body = &body{ReadCloser: resp.Body, free: func(broken bool) {
		if broken || resp.Close {
			c.close()
		}
		t.idle <- c
	}}
	return resp, nil
}

// send writes a request and reads the head of its answer.
func (c *connection) send(address string, req *http.Request) (*http.Response, error) {
	if c.conn == nil {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return nil, err
		}
		c.conn, c.in, c.out = conn, bufio.NewReader(conn), bufio.NewWriter(conn)
	}
	if err := req.Write(c.out); err != nil {
		return nil, err
	}
	if err := c.out.Flush(); err != nil {
		return nil, err
	}
	return http.ReadResponse(c.in, req)
}

// close ends the connection; the next request opens another.
func (c *connection) close() {
	if c.conn != nil {
		_ = c.conn.Close() // nothing is lost: it is not used again
		c.conn = nil
	}
}

// body is an answer's body that gives its connection back.
type body struct {
	io.ReadCloser
	free func(broken bool) // nil once called
}

// Close reads what is left, so that the next answer stands first, and frees the connection.
func (b *body) Close() error {
	if b.free == nil {
		return nil
	}
	_, err := io.Copy(io.Discard, b.ReadCloser)
	err = errors.Join(err, b.ReadCloser.Close())
	b.free(err != nil)
	b.free = nil
	return err
}
