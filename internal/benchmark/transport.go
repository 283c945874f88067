package benchmark

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
)

// transport sends requests over a fixed number of connections that stay open. The clients share the machine with the
// plane that is measured: net/http's own transport, with two goroutines a connection, costs about as much as the plane's
// answer. So this one knows just what a plane says: answers of HTTP/1.1 with a Content-Length, of which nothing but that and
// the status counts.
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

// RoundTrip implements http.RoundTripper. The whole answer is read before it returns.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	c := <-t.idle
	defer func() { t.idle <- c }()
	resp, err := c.exchange(t.address, req)
	if err != nil {
		c.close()
	}
	return resp, err
}

// exchange sends a request and reads its answer.
func (c *connection) exchange(address string, req *http.Request) (*http.Response, error) {
	if c.conn == nil {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return nil, err
		}
		c.conn, c.in, c.out = conn, bufio.NewReader(conn), bufio.NewWriter(conn)
	}
	if err := c.send(req); err != nil {
		return nil, err
	}
	return c.receive(req)
}

// send writes a request. The body comes from memory: a failure to read it would be one of the program.
func (c *connection) send(req *http.Request) error {
	fmt.Fprintf(c.out, "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n", req.Method, req.URL.RequestURI(), req.Host, req.ContentLength)
	for name, values := range req.Header {
		for _, v := range values {
			for _, part := range [...]string{name, ": ", v, "\r\n"} {
				_, _ = c.out.WriteString(part) // an error stays until Flush
			}
		}
	}
	_, _ = c.out.WriteString("\r\n")
	if req.Body != nil {
		if _, err := io.Copy(c.out, req.Body); err != nil {
			return errors.Join(err, req.Body.Close())
		}
		if err := req.Body.Close(); err != nil {
			return err
		}
	}
	return c.out.Flush()
}

// receive reads an answer. One without a Content-Length is an error: nothing would say where the next begins.
func (c *connection) receive(req *http.Request) (*http.Response, error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	status, err := statusOf(line)
	if err != nil {
		return nil, err
	}
	length := int64(-1)
	for {
		if line, err = c.in.ReadSlice('\n'); err != nil {
			return nil, err
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			break
		}
		if name, value, _ := bytes.Cut(line, []byte(":")); bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.ParseInt(string(bytes.TrimSpace(value)), 10, 64); err != nil {
				return nil, err
			}
		}
	}
	if length < 0 {
		return nil, errors.New("an answer without a Content-Length")
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(c.in, body); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Status: strconv.Itoa(status) + " " + http.StatusText(status), Request: req, ContentLength: length,
		Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body))}, nil
}

// statusOf reads the status of an answer's first line.
func statusOf(line []byte) (int, error) {
	const before = len("HTTP/1.1 ")
	if len(line) < before+3 || string(line[:before]) != "HTTP/1.1 " {
		return 0, fmt.Errorf("no answer of HTTP/1.1: %q", line)
	}
	return strconv.Atoi(string(line[before : before+3]))
}

// close ends the connection; the next request opens another.
func (c *connection) close() {
	if c.conn != nil {
		_ = c.conn.Close() // nothing is lost: it is not used again
		c.conn = nil
	}
}
