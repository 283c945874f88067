package engine

import (
	"context"
	"crypto/subtle"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// maxConnections bounds the connections of one run: one for each process that a script starts.
const maxConnections = 64

// helloTimeout is how long a new connection may take to say who it is.
const helloTimeout = 30 * time.Second

// Hooks is the run around the engine: what requests mean for the job, and what must be recorded. Errors that are
// *plan.Error reach the script as they are.
type Hooks interface {
	Hello() plan.HelloReply
	JobInit(ctx context.Context, in plan.JobInit) error
	JobCommit(ctx context.Context) error
	Purge(ctx context.Context, in plan.Purge) error
	// Connection finds the properties of a Glue connection.
	Connection(ctx context.Context, name string) (map[string]string, error)
	// SourceOpened tells which files a source will read; SinkWrote tells which a sink has published.
	SourceOpened(src plan.Source, files []relation.File)
	SinkWrote(w plan.Write, published relation.Published)
}

// hooksKey is the context's key of the Hooks of a connection.
type hooksKey struct{}

// hooksOf gives the hooks of the connection that a request came by, nil for none.
func hooksOf(ctx context.Context) Hooks {
	h, _ := ctx.Value(hooksKey{}).(Hooks)
	return h
}

// timesKey is the context's key of the TimePolicy of a request.
type timesKey struct{}

// timesOf gives the policy of the request that is answered.
func timesOf(ctx context.Context) plan.TimePolicy {
	times, _ := ctx.Value(timesKey{}).(plan.TimePolicy)
	return times
}

// Serve answers the script's connections until ctx ends or the listener closes, and closes the listener. It returns
// after the last connection is done.
func (e *Engine) Serve(ctx context.Context, ln net.Listener, token string, hooks Hooks) error {
	ctx, cancel := context.WithCancel(context.WithValue(ctx, hooksKey{}, hooks))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = ln.Close() })
	defer stop()
	var wg sync.WaitGroup
	defer wg.Wait()
	slots := make(chan struct{}, maxConnections)
	for {
		conn, err := ln.Accept()
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return nil
			}
			return fmt.Errorf("engine: accept: %w", err)
		}
		select {
		case slots <- struct{}{}:
		default:
			_ = conn.Close() // beyond the bound; the script sees a closed connection
			continue
		}
		wg.Go(func() {
			defer func() { <-slots }()
			s := &session{engine: e, conn: conn, token: token, hooks: hooks}
			s.serve(ctx)
		})
	}
}

// session is one connection of a script.
type session struct {
	engine *Engine
	conn   net.Conn
	token  string
	hooks  Hooks

	requests chan plan.Request
	pid      int // the process that the script says it is
	cursors  map[int64]*cursor
}

// serve reads requests and answers each, in order, until the connection ends. A reader of its own notices that end
// while a request runs, which interrupts it.
func (s *session) serve(ctx context.Context) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := context.AfterFunc(ctx, func() { _ = s.conn.Close() })
	defer stop()
	defer func() { _ = s.conn.Close() }()
	s.requests = make(chan plan.Request)
	s.cursors = map[int64]*cursor{}
	defer func() { s.closeCursors(ctx) }()
	go func() {
		defer close(s.requests)
		for {
			var req plan.Request
			if err := readMessage(s.conn, &req); err != nil {
				cancel(fmt.Errorf("the script's connection ended: %w", err))
				return
			}
			select {
			case s.requests <- req:
			case <-ctx.Done():
				return
			}
		}
	}()
	_ = s.conn.SetReadDeadline(time.Now().Add(helloTimeout))
	greeted := false
	for req := range s.requests {
		var result any
		var err error
		if !greeted {
			result, err = s.hello(req)
			greeted = err == nil
			_ = s.conn.SetReadDeadline(time.Time{})
		} else {
			result, err = s.answer(ctx, req)
		}
		if writeErr := s.reply(req.ID, result, err); writeErr != nil || !greeted {
			return
		}
	}
}

// hello checks the first request of a connection.
func (s *session) hello(req plan.Request) (any, error) {
	var in plan.Hello
	if req.Op != plan.OpHello {
		return nil, &plan.Error{Class: plan.ClassInternal, Message: "the first request of a connection must be hello"}
	}
	if err := decode(req.Body, &in); err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare([]byte(in.Token), []byte(s.token)) != 1 {
		return nil, &plan.Error{Class: plan.ClassInternal, Message: "the token of this connection is not the run's"}
	}
	if in.Version != plan.Version {
		return nil, &plan.Error{Class: plan.ClassInternal,
			Message: fmt.Sprintf("the script speaks version %d of the protocol, the worker %d", in.Version, plan.Version)}
	}
	s.pid = in.PID
	reply := s.hooks.Hello()
	reply.Version = plan.Version
	return reply, nil
}

// answer runs one request. A panic ends the request, not the worker.
func (s *session) answer(ctx context.Context, req plan.Request) (result any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("engine: panic in %s: %v\n%s", req.Op, p, debug.Stack())
		}
	}()
	calls := &scriptCalls{session: s, id: req.ID}
	ctx = context.WithValue(ctx, callsKey{}, calls)
	ctx = context.WithValue(ctx, timesKey{}, req.Times)
	defer func() { s.engine.dropTables(ctx, calls.tables) }()
	switch req.Op {
	case plan.OpFrame:
		return run(req, func(n plan.Node) (any, error) { return s.engine.Frame(ctx, n) })
	case plan.OpDrop:
		return run(req, func(f plan.FrameRef) (any, error) { s.engine.Drop(f.Frame); return struct{}{}, nil })
	case plan.OpView:
		return run(req, func(v plan.View) (any, error) { return struct{}{}, s.engine.View(v) })
	case plan.OpCollect:
		return run(req, func(c plan.Collect) (any, error) { return s.collect(ctx, c) })
	case plan.OpFetch:
		return run(req, func(f plan.Fetch) (any, error) { return s.fetch(ctx, f) })
	case plan.OpUpload:
		return run(req, func(u plan.Upload) (any, error) { return s.engine.Upload(ctx, u) })
	case plan.OpFunction:
		return run(req, func(r plan.Register) (any, error) { return struct{}{}, s.engine.Register(r) })
	case plan.OpCount:
		return run(req, func(f plan.FrameRef) (any, error) { return s.engine.Count(ctx, f.Frame) })
	case plan.OpShow:
		return run(req, func(v plan.Show) (any, error) { return s.engine.Show(ctx, v) })
	case plan.OpErrors:
		return run(req, func(f plan.FrameRef) (any, error) { return s.engine.Errors(ctx, f.Frame) })
	case plan.OpExplain:
		return run(req, func(f plan.FrameRef) (any, error) { return s.engine.Explain(ctx, f.Frame) })
	case plan.OpWrite:
		return run(req, func(w plan.Write) (any, error) { return s.engine.Write(ctx, w) })
	case plan.OpCache:
		return run(req, func(f plan.FrameRef) (any, error) { return struct{}{}, s.engine.Cache(f.Frame) })
	case plan.OpJobInit:
		return run(req, func(in plan.JobInit) (any, error) { return struct{}{}, s.hooks.JobInit(ctx, in) })
	case plan.OpJobCommit:
		return struct{}{}, s.hooks.JobCommit(ctx)
	case plan.OpConnection:
		return run(req, func(c plan.ConnectionRef) (any, error) {
			properties, err := s.hooks.Connection(ctx, c.Name)
			return plan.Connection{Properties: properties}, err
		})
	case plan.OpPurge:
		return run(req, func(in plan.Purge) (any, error) { return struct{}{}, s.hooks.Purge(ctx, in) })
	default:
		return nil, &plan.Error{Class: plan.ClassInternal, Message: fmt.Sprintf("the worker knows no request %q", req.Op)}
	}
}

// run decodes the body of a request and calls f with it.
func run[T any](req plan.Request, f func(T) (any, error)) (any, error) {
	var in T
	if err := decode(req.Body, &in); err != nil {
		return nil, err
	}
	return f(in)
}

// decode reads a request's body.
func decode(body json.RawMessage, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return &plan.Error{Class: plan.ClassInternal, Message: "a request's body does not decode: " + err.Error()}
	}
	return nil
}

// reply writes the answer to a request.
func (s *session) reply(id uint64, result any, err error) error {
	out := plan.Response{ID: id}
	if err == nil {
		if out.Result, err = json.Marshal(result); err == nil && len(out.Result) > plan.MaxMessage-1024 {
			err = plan.Unsupported(fmt.Sprintf("an answer of %d bytes (at most %d)", len(out.Result), plan.MaxMessage), "")
		}
	}
	if err != nil {
		out.Result = nil
		if !errors.As(err, &out.Error) {
			out.Error = &plan.Error{Class: plan.ClassInternal, Message: err.Error()}
		}
	}
	return writeMessage(s.conn, out)
}

// readMessage reads one framed message.
func readMessage(r io.Reader, into any) error {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > plan.MaxMessage {
		return fmt.Errorf("engine: a message of %d bytes (at most %d)", n, plan.MaxMessage)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}

// writeMessage writes one framed message.
func writeMessage(w io.Writer, message any) error {
	body, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("engine: encode a message: %w", err)
	}
	framed := binary.BigEndian.AppendUint32(make([]byte, 0, len(body)+4), uint32(len(body)))
	if _, err := w.Write(append(framed, body...)); err != nil {
		return fmt.Errorf("engine: write a message: %w", err)
	}
	return nil
}
