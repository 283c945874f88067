package gateway

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
)

// idleSweep is how often a closing server looks for connections that have
// become idle.
const idleSweep = 10 * time.Millisecond

// conns knows every connection and what it is doing. fasthttp's own Shutdown
// waits five seconds for a connection on which nothing was ever asked, and HTTP
// clients open such ones in advance.
type conns struct {
	mu    sync.Mutex // guards state
	state map[net.Conn]fasthttp.ConnState
}

// set is fasthttp's ConnState hook.
func (c *conns) set(conn net.Conn, state fasthttp.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if state == fasthttp.StateClosed || state == fasthttp.StateHijacked {
		delete(c.state, conn)
		return
	}
	if c.state == nil {
		c.state = map[net.Conn]fasthttp.ConnState{}
	}
	c.state[conn] = state
}

// close ends connections without a request, or all.
func (c *conns) close(all bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn, state := range c.state {
		if all || state != fasthttp.StateActive {
			_ = conn.Close() // the peer sees the end either way
		}
	}
}

// shutdown stops a server: no new connections, then none without a request; at
// the end of ctx, those that still have one are cut off, which is an error.
func (c *conns) shutdown(ctx context.Context, s *fasthttp.Server) error {
	done := make(chan error, 1)
	go func() {
		err := s.ShutdownWithContext(context.WithoutCancel(ctx))
		if errors.Is(err, net.ErrClosed) { // the listener, for the second time
			err = nil
		}
		done <- err
	}()
	tick := time.NewTicker(idleSweep)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-tick.C:
			c.close(false)
		case <-ctx.Done():
			c.close(true)
			return errors.Join(ctx.Err(), <-done)
		}
	}
}
