// Package gateway serves a storage folder, or another S3, over the S3 API, in
// this process: versitygw's front (SigV4, chunked bodies, checksums, XML) and its
// posix and s3proxy backends, bent where a control plane needs it otherwise.
// docs/design/storage.md tells what was bent and why.
//
//	client -> limits -> front of the request's region -> backend  -> files
//	                                                   `-> upstream -> another S3
//
// Beside the folder's other users (blob/file in worker processes, people with
// cp and mv) the gateway holds nothing in memory: a file made directly in a
// bucket's folder is an object at once, with an ETag derived from inode, size
// and time where versitygw did not store one.
//
// With an upstream, the gateway is where keys are exchanged: clients sign with
// Tenon's, the upstream sees the configured ones, and nobody but this process
// knows them.
//
// Every access key that Keys knows may do everything; there are no policies,
// ACLs, versions or object locks, and those operations answer NotImplemented.
package gateway

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/valyala/fasthttp"
	vbackend "github.com/versity/versitygw/backend"

	"tenon/internal/driver/blob/file"
)

// Limits of the server.
const (
	maxConnections   = 4096             // open at a time; more are refused
	maxRequests      = 512              // in flight at a time; more get SlowDown, which clients repeat
	maxHeaderBytes   = 16 << 10         // request line and headers: keys of 1 KiB, metadata of 2 KiB
	streamedBytes    = 64 << 10         // bodies longer than this are never held in memory whole
	maxControlBytes  = 4 << 20          // bodies that are not object data: 10,000 parts in XML are 2 MiB
	maxDrained       = 16 << 20         // of a body that nobody read; SDKs upload in parts of 8 MiB
	maxDrainTime     = 10 * time.Second // for that
	maxIdleTime      = 5 * time.Minute  // between requests of one connection
	maxFileActions   = 1024             // file system calls at a time, each a thread while it blocks
	maxMultipartPart = 10_000           // parts of one upload, as on S3
)

// Config says what is served to whom.
type Config struct {
	// Listener is where to serve; Close closes it.
	Listener net.Listener
	// Upstream, if not nil, is the S3 that everything is passed on to; there is no
	// folder then. Its client repeats nothing.
	Upstream *s3.Client
	// Spool is a folder for temporary files, needed with Upstream.
	Spool string
	// Root is the folder whose first level are the buckets; made if missing.
	Root string
	// Sidecar is a folder outside Root for what files cannot carry themselves
	// (content type, metadata), used only if Root's file system has no extended
	// attributes. Made on need.
	Sidecar string
	// Keys gives the secret of an access key id that is valid now. It is asked
	// on every request, concurrently, and must not block.
	Keys func(accessKeyID string) (secret string, ok bool)
	// Owner is the account id shown as the owner of everything.
	Owner string
	// Told, if not nil, is told of the objects that clients put.
	Told Arrivals
	// Log receives failures of the server itself, never of callers.
	Log *slog.Logger
}

// validate refuses what cannot work.
func (c Config) validate() error {
	switch {
	case c.Listener == nil:
		return errors.New("no listener")
	case c.Upstream != nil && c.Spool == "":
		return errors.New("no spool folder")
	case c.Upstream == nil && (c.Root == "" || c.Sidecar == ""):
		return errors.New("no root or sidecar folder")
	case c.Keys == nil || c.Log == nil || c.Owner == "":
		return errors.New("no keys, log or owner")
	}
	return nil
}

// Gateway is a running S3 server.
type Gateway struct {
	ln      net.Listener
	server  *fasthttp.Server
	conns   *conns
	backend vbackend.Backend
	done    chan error // receives what Serve returned, once
}

// Start serves until Close. When it returns, requests are being answered.
func Start(cfg Config) (*Gateway, error) {
	g, err := start(cfg, supportsXattr)
	if err != nil {
		return nil, fmt.Errorf("s3 gateway: %w", err)
	}
	return g, nil
}

// start is Start with a say in what the file system can do.
func start(cfg Config, xattrs func(dir string) bool) (*Gateway, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	b, err := open(cfg, xattrs)
	if err != nil {
		return nil, err
	}
	front := &front{backend: b, log: cfg.Log, keys: keyring{lookup: cfg.Keys}, root: rand.Text(), told: cfg.Told, owner: cfg.Owner}
	if _, err := front.region(defaultRegion); err != nil {
		return nil, err
	}
	live := &conns{}
	g := &Gateway{
		ln:      cfg.Listener,
		conns:   live,
		backend: b,
		done:    make(chan error, 1),
		server: &fasthttp.Server{
			Name:                         "Tenon",
			Handler:                      front.serve,
			Concurrency:                  maxConnections,
			ReadBufferSize:               maxHeaderBytes,
			StreamRequestBody:            true,
			MaxRequestBodySize:           streamedBytes,
			DisablePreParseMultipartForm: true,
			IdleTimeout:                  maxIdleTime,
			CloseOnShutdown:              true,
			ConnState:                    live.set,
			// Otherwise a new connection counts as active before its first byte.
			ReduceMemoryUsage: true,
			Logger:            serverLog{cfg.Log},
		},
	}
	go func() { g.done <- g.server.Serve(cfg.Listener) }()
	return g, nil
}

// open makes the backend.
func open(cfg Config, xattrs func(dir string) bool) (vbackend.Backend, error) {
	if cfg.Upstream != nil {
		return newUpstream(cfg)
	}
	if _, err := file.New(cfg.Root); err != nil {
		return nil, err
	}
	root, err := filepath.Abs(cfg.Root)
	if err != nil {
		return nil, err
	}
	return newBackend(root, cfg, xattrs(root))
}

// Endpoint is the base URL for clients, with path-style addressing.
func (g *Gateway) Endpoint() string { return "http://" + g.ln.Addr().String() }

// Close stops accepting, lets requests in flight finish until ctx ends, cuts off
// what is left, and releases everything. Call it once.
func (g *Gateway) Close(ctx context.Context) error {
	// Serve may not have come so far as to know its listener: then Shutdown finds
	// nothing to do, and Serve would go on.
	lnErr := g.ln.Close()
	err := g.conns.shutdown(ctx, g.server)
	serveErr := <-g.done
	g.backend.Shutdown()
	if err := errors.Join(lnErr, err, serveErr); err != nil {
		return fmt.Errorf("s3 gateway: close: %w", err)
	}
	return nil
}

// serverLog gives the HTTP server's complaints to slog. They are about peers
// that broke off or spoke no HTTP: of interest to somebody debugging only.
type serverLog struct{ log *slog.Logger }

// Printf logs one complaint.
func (l serverLog) Printf(format string, args ...any) {
	l.log.Debug("s3 gateway connection", "error", fmt.Sprintf(format, args...))
}
