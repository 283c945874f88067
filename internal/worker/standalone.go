package worker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"tenon/internal/driver/blob"
	"tenon/internal/driver/blob/file"
	"tenon/internal/driver/engine"
	"tenon/internal/driver/engine/format"
	"tenon/internal/driver/engine/jdbc"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
	"tenon/python"
)

// StandaloneConfig is what an engine without a run needs.
type StandaloneConfig struct {
	StorageRoot string // the folder that s3:// stands for; made if it is missing
	GlueVersion string // whose semantics hold
	RunMemory   int64  // what each process and its engine may use, in bytes; 0 is a run's default
	Threads     int    // 0 is one for each processor
}

// Standalone serves the embedded engine to processes that are no run: unit tests, an editor's interpreter, a script in
// a terminal. They read and write the files of this machine as well as s3://, and each process that connects has an
// engine, and so views and caches, of its own. There are no bookmarks, limits or records: those belong to runs.
type Standalone struct {
	cfg     StandaloneConfig
	folder  *Folder // the socket, and what engines spill
	token   string
	storage *blob.Storage
	ln      net.Listener
	cancel  context.CancelFunc
	served  sync.WaitGroup

	mu     sync.Mutex
	failed error // what kept an engine from opening, once
}

// OpenStandalone listens in a temporary folder and serves until Close.
func OpenStandalone(ctx context.Context, cfg StandaloneConfig) (*Standalone, error) {
	folder, err := file.New(cfg.StorageRoot)
	if err != nil {
		return nil, err
	}
	private, err := NewFolder("")
	if err != nil {
		return nil, err
	}
	ln, err := net.Listen("unix", filepath.Join(private.Path, engineSocketName))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("worker: %w", err), private.Remove())
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &Standalone{cfg: cfg, folder: private, token: newToken(), storage: blob.New(folder).WithDisk(file.Disk()), ln: ln, cancel: cancel}
	s.served.Go(func() { s.accept(ctx) })
	return s, nil
}

// Environment is what a process needs in its environment to find the engine.
func (s *Standalone) Environment() []string {
	return []string{python.EnvSocket + "=" + s.ln.Addr().String(), python.EnvToken + "=" + s.token}
}

// Close ends what runs and removes what was spilled. It returns what kept an engine from opening.
func (s *Standalone) Close() error {
	s.cancel()
	_ = s.ln.Close() // accept sees it
	s.served.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.failed, s.folder.Remove())
}

// accept gives each connection an engine of its own.
func (s *Standalone) accept(ctx context.Context) {
	for number := 0; ; number++ {
		conn, err := s.ln.Accept()
		if err != nil {
			return // closed
		}
		s.served.Go(func() {
			if err := s.serve(ctx, conn, number); ignoreEnd(ctx, err) != nil {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.failed = errors.Join(s.failed, err)
			}
		})
	}
}

// serve opens an engine for one connection and serves it to its end.
func (s *Standalone) serve(ctx context.Context, conn net.Conn, number int) error {
	scratch := filepath.Join(s.folder.Path, fmt.Sprintf("e%d", number))
	if err := os.Mkdir(scratch, 0o700); err != nil {
		return errors.Join(fmt.Errorf("worker: %w", err), conn.Close())
	}
	files := format.New(format.Config{Storage: s.storage, Scratch: scratch, StartMillis: time.Now().UnixMilli(), Threads: s.cfg.Threads})
	outside := &sources{files: files, databases: jdbc.New(jdbc.Config{})}
	e, err := engine.Open(ctx, engine.Config{
		ScratchDir: scratch, MemoryBytes: engineMemory(or(s.cfg.RunMemory, defaultMemory)), Threads: s.cfg.Threads,
		Ansi: isAnsi(s.cfg.GlueVersion), Reader: outside, Writer: outside, Texts: files,
	})
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	err = e.Serve(ctx, &oneConnection{conn: conn}, s.token, &noRun{glueVersion: s.cfg.GlueVersion, storage: s.storage})
	return errors.Join(err, e.Close(), os.RemoveAll(scratch))
}

// oneConnection is a listener that gives the connection it has, and then is closed.
type oneConnection struct {
	conn  net.Conn
	given bool
}

// Accept gives the connection once. Only one goroutine calls it.
func (l *oneConnection) Accept() (net.Conn, error) {
	if l.given {
		return nil, net.ErrClosed
	}
	l.given = true
	return l.conn, nil
}

// Close has nothing to close: whoever took the connection closes it.
func (l *oneConnection) Close() error { return nil }

// Addr is the connection's own.
func (l *oneConnection) Addr() net.Addr { return l.conn.LocalAddr() }

// noRun are the hooks of an engine without a run.
type noRun struct {
	glueVersion string
	storage     *blob.Storage
}

// Hello names no job and no run.
func (n *noRun) Hello() plan.HelloReply {
	return plan.HelloReply{GlueVersion: n.glueVersion, Ansi: isAnsi(n.glueVersion)}
}

// bookmarkOption is the argument that switches bookmarks on; this value is off.
const (
	bookmarkOption   = "job-bookmark-option"
	bookmarkDisabled = "job-bookmark-disable"
)

// JobInit refuses bookmarks, which would be ignored.
func (n *noRun) JobInit(_ context.Context, in plan.JobInit) error {
	for _, name := range []string{bookmarkOption, "--" + bookmarkOption} {
		if v := in.Args[name]; v != "" && v != bookmarkDisabled {
			return plan.Unsupported("a job bookmark outside of a run", "run the script with `tenon run SCRIPT --"+bookmarkOption+" "+v+"`")
		}
	}
	return nil
}

// JobCommit commits nothing: there is no bookmark.
func (n *noRun) JobCommit(context.Context) error { return nil }

// Connection knows none: connections are a server's, and asked for with a run's key.
func (n *noRun) Connection(context.Context, string) (map[string]string, error) {
	return nil, plan.Unsupported("a Glue connection outside of a run", "use `tenon run`")
}

// Purge deletes as a run does.
func (n *noRun) Purge(ctx context.Context, in plan.Purge) error { return purge(ctx, n.storage, in) }

// SourceOpened records nothing.
func (n *noRun) SourceOpened(plan.Source, []relation.File) {}

// SinkWrote records nothing.
func (n *noRun) SinkWrote(plan.Write, relation.Published) {}
