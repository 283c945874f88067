// Package server is Tenon's front door: it reads a request within bounds, proves who signed it, hands it to the service
// it is for, and writes the answer in that service's own shape. It knows protocols, not Glue: what an operation means
// stands in edge/api, the neighbours' in edge/neighbour.
//
//	POST /  X-Amz-Target: AWSGlue.*       awsJson 1.1 -> api
//	POST /  X-Amz-Target: Logs_20140328.* awsJson 1.1 -> neighbour (CloudWatch Logs)
//	POST /  X-Amz-Target: AWSEvents.*     awsJson 1.1 -> neighbour (EventBridge)
//	POST /  Action=... (sts, iam, ec2)    query, XML  -> neighbour
//	GET  /events                          signed; server-sent events
//	GET  /healthz, /readyz, /metrics      unsigned
package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tenon/internal/core/scheduler"
	"tenon/internal/edge/api"
	"tenon/internal/edge/neighbour"
	"tenon/internal/glue"
	"tenon/internal/sigv4"
	"tenon/internal/wire"
)

// Bounds of one HTTP request.
const (
	maxBodyBytes      = 8 << 20 // above every operation's own bound, so that those give the error
	maxHeaderBytes    = 64 << 10
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 60 * time.Second
	idleTimeout       = 120 * time.Second
)

// Config is what the front door needs to know.
type Config struct {
	Account string
	// Lookup finds an access key that may sign now.
	Lookup func(accessKeyID string) (sigv4.Key, bool)
	// Subnets lists the subnets of a region, for EC2's clients.
	Subnets func(region string) []scheduler.SubnetUse
	// Metrics answers scrapes; nil is none. Scrapers cannot sign: see docs/metrics.md for what it tells to whom.
	Metrics http.Handler
	// Ready reports why the plane cannot serve, or nil.
	Ready func() error
}

// Server is the front door. Handler serves it.
type Server struct {
	lg       *slog.Logger
	cfg      Config
	api      *api.API
	logs     *neighbour.Logs
	bridge   *neighbour.EventBridge
	events   EventSource
	streams  *streams
	verifier *sigv4.Verifier
}

// New makes a Server over an API and the run logs.
func New(lg *slog.Logger, a *api.API, logs *neighbour.Logs, cfg Config) *Server {
	s := &Server{lg: lg, cfg: cfg, api: a, logs: logs, streams: newStreams(), events: a,
		bridge: &neighbour.EventBridge{Account: cfg.Account, Store: a}}
	s.verifier = sigv4.New(sigv4.Config{
		Services: []string{"glue", "logs", "events", "sts", "iam", "ec2"},
		Lookup:   cfg.Lookup,
	})
	return s
}

// HTTP returns an http.Server over s with every bound set. Its Shutdown ends the streams of events.
func (s *Server) HTTP() *http.Server {
	h := &http.Server{
		Handler: s, MaxHeaderBytes: maxHeaderBytes, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout,
		IdleTimeout: idleTimeout, ErrorLog: slog.NewLogLogger(s.lg.Handler(), slog.LevelDebug),
	}
	h.RegisterOnShutdown(s.streams.close)
	return h
}

// call is one signed request on its way through the server.
type call struct {
	id        string // request id
	service   string
	region    string
	principal string
	accessKey string
	target    string
	body      []byte
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/healthz" && r.Method == http.MethodGet:
		writeText(w, http.StatusOK, "ok\n")
	case r.URL.Path == "/readyz" && r.Method == http.MethodGet:
		s.ready(w)
	case r.URL.Path == "/metrics" && r.Method == http.MethodGet && s.cfg.Metrics != nil:
		s.cfg.Metrics.ServeHTTP(w, r)
	case r.URL.Path == "/events" && r.Method == http.MethodGet:
		s.stream(w, r)
	default:
		s.signed(w, r)
	}
}

// ready answers /readyz: 200 when requests would be served, else 503 and why.
func (s *Server) ready(w http.ResponseWriter) {
	if s.cfg.Ready != nil {
		if err := s.cfg.Ready(); err != nil {
			writeText(w, http.StatusServiceUnavailable, err.Error()+"\n")
			return
		}
	}
	writeText(w, http.StatusOK, "ready\n")
}

// signed answers the requests of AWS clients.
func (s *Server) signed(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	c := call{id: requestID(), target: r.Header.Get("X-Amz-Target")}
	w.Header().Set("X-Amzn-Requestid", c.id)
	defer func() {
		if p := recover(); p != nil {
			s.lg.Error("panic while serving", "request", c.id, "target", c.target, "panic", p)
			writeFault(w, errors.New("panic"))
		}
	}()
	if r.Method != http.MethodPost || r.URL.Path != "/" {
		writeFault(w, glue.Errorf("UnknownOperationException",
			"%s %s is no AWS request: Glue's API is POST / with an X-Amz-Target. The S3 endpoint is another port; see the profile file.", r.Method, printable(r.URL.Path)))
		return
	}
	claim, err := s.verifier.Claim(r, started)
	if err != nil { // before memory is spent on what a stranger sends
		s.refuse(w, c, r, err)
		return
	}
	if c.body, err = readBody(w, r); err != nil {
		writeFault(w, err)
		return
	}
	id, err := claim.Verify(c.body)
	if err != nil {
		s.refuse(w, c, r, err)
		return
	}
	c.service, c.region, c.accessKey, c.principal = id.Service, id.Region, id.AccessKeyID, id.Principal
	s.dispatch(w, r, c)
	if s.lg.Enabled(r.Context(), slog.LevelDebug) {
		s.lg.Debug("served", "request", c.id, "target", c.target, "principal", c.principal, "elapsed", time.Since(started))
	}
}

// readBody reads a body within its bound; one that is announced as longer is not read at all.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > maxBodyBytes {
		w.Header().Set("Connection", "close")
		return nil, glue.Invalid("Request size limit exceeded: at most %d bytes.", maxBodyBytes)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		return nil, glue.Invalid("Request size limit exceeded: at most %d bytes.", maxBodyBytes)
	case err != nil:
		return nil, glue.Invalid("The request's body cannot be read: it ended early, or came too slowly.")
	}
	return body, nil
}

// refuse answers a request whose signature does not hold, in the family of the service it is for.
func (s *Server) refuse(w http.ResponseWriter, c call, r *http.Request, err error) {
	var refused *sigv4.Error
	if !errors.As(err, &refused) {
		writeFault(w, err)
		return
	}
	s.lg.Info("signature refused", "request", c.id, "reason", refused.Message, "remote", r.RemoteAddr)
	if c.target == "" && isForm(r) {
		family := sigv4.Query
		if strings.Contains(r.Header.Get("Authorization"), "/ec2/aws4_request") { // as it claims; nothing is proven
			family, c.service = sigv4.EC2, "ec2"
		}
		code, status := refused.Answer(family)
		c.refuseXML(w, &neighbour.XMLError{Status: status, Code: code, Message: refused.Message})
		return
	}
	code, _ := refused.Answer(sigv4.JSON)
	writeFault(w, glue.Errorf(glue.Code(code), "%s", refused.Message))
}

// dispatch hands a proven request to its service.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request, c call) {
	glueOp, isGlue := strings.CutPrefix(c.target, wire.TargetPrefix)
	logsOp, isLogs := strings.CutPrefix(c.target, neighbour.LogsTargetPrefix)
	eventsOp, isEvents := strings.CutPrefix(c.target, neighbour.EventsTargetPrefix)
	adminOp, isAdmin := strings.CutPrefix(c.target, api.AdminTargetPrefix)
	ac := api.Call{Region: c.region, Principal: c.principal, AccessKey: c.accessKey, RequestID: c.id,
		Invocation: r.Header.Get("Amz-Sdk-Invocation-Id")}
	switch {
	case isGlue && c.service == "glue":
		out, err := s.api.Serve(r.Context(), ac, glueOp, c.body)
		s.answer(w, c, out, err)
	case isAdmin && c.service == "glue":
		out, err := s.api.ServeAdmin(r.Context(), ac, adminOp, c.body)
		s.answer(w, c, out, err)
	case isLogs && c.service == "logs":
		out, err := s.logs.Serve(r.Context(), c.region, logsOp, c.body)
		s.answer(w, c, out, err)
	case isEvents && c.service == "events":
		out, err := s.bridge.Serve(r.Context(), ac, eventsOp, c.body)
		s.answer(w, c, out, err)
	case c.target == "" && isForm(r):
		s.query(w, c)
	default:
		s.answer(w, c, nil, glue.Errorf("UnknownOperationException",
			"No operation %q of service %s is known to Tenon.", printable(c.target), printable(c.service)))
	}
}

// query answers a call of the query protocol.
func (s *Server) query(w http.ResponseWriter, c call) {
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		c.refuseXML(w, &neighbour.XMLError{Status: http.StatusBadRequest, Code: "MalformedQueryString", Message: "The request's form does not parse."})
		return
	}
	caller := neighbour.Caller{Account: s.cfg.Account, AccessKey: c.accessKey, Principal: c.principal, RequestID: c.id}
	var body []byte
	var refused *neighbour.XMLError
	if c.service == "ec2" {
		body, refused = (&neighbour.EC2{Subnets: s.cfg.Subnets}).Serve(c.region, form, caller)
	} else {
		body, refused = neighbour.Query(c.service, form, caller)
	}
	if refused != nil {
		c.refuseXML(w, refused)
		return
	}
	writeXML(w, http.StatusOK, body)
}

// refuseXML writes an error of the query protocol, in the dialect of the call's service.
func (c *call) refuseXML(w http.ResponseWriter, e *neighbour.XMLError) {
	body := e.Body(c.id)
	if c.service == "ec2" {
		body = e.EC2Body(c.id)
	}
	writeXML(w, e.Status, body)
}

// answer writes out, or err, as awsJson.
func (s *Server) answer(w http.ResponseWriter, c call, out any, err error) {
	if err == nil {
		var body []byte
		if body, err = wire.Encode(out); err == nil {
			w.Header().Set("Content-Type", jsonType)
			write(w, http.StatusOK, body)
			return
		}
	}
	if glue.CodeOf(err) == glue.CodeInternal && !errors.Is(err, context.Canceled) {
		s.lg.Error("request failed", "request", c.id, "target", c.target, "error", err)
	}
	writeFault(w, err)
}

// jsonType is the content type of awsJson 1.1.
const jsonType = "application/x-amz-json-1.1"

// writeFault writes an error of awsJson.
func writeFault(w http.ResponseWriter, err error) {
	code, status, body := wire.EncodeFault(err)
	w.Header().Set("Content-Type", jsonType)
	w.Header().Set("X-Amzn-Errortype", string(code))
	write(w, status, body)
}

// writeXML writes an answer of the query protocol.
func writeXML(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "text/xml")
	write(w, status, body)
}

// writeText writes a line for people and probes.
func writeText(w http.ResponseWriter, status int, s string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	write(w, status, []byte(s))
}

// write sends status and body. An error means that the client is gone: there is nobody left to tell.
func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body))) // else a long answer is sent in chunks
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// isForm reports whether r carries a form, the body of the query protocol.
func isForm(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
}

// printable is s fit for an error message: bounded, without control characters.
func printable(s string) string {
	const most = 128
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, s)
	if len(clean) > most {
		clean = clean[:most] + "..."
	}
	return strings.ToValidUTF8(clean, "?")
}

// requestID is a random UUID, as AWS's request ids are.
func requestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails: it ends the program instead
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	text := make([]byte, 0, 36)
	for i, part := range [...][]byte{b[:4], b[4:6], b[6:8], b[8:10], b[10:]} {
		if i > 0 {
			text = append(text, '-')
		}
		text = hex.AppendEncode(text, part)
	}
	return string(text)
}
