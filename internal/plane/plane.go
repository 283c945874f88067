package plane

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/client"
	"tenon/internal/controller"
	"tenon/internal/driver/blob"
	"tenon/internal/driver/executor"
	"tenon/internal/driver/executor/local"
	"tenon/internal/driver/metrics"
	"tenon/internal/driver/store"
	"tenon/internal/edge/api"
	"tenon/internal/edge/gateway"
	"tenon/internal/edge/neighbour"
	"tenon/internal/edge/server"
	"tenon/internal/rules"
	"tenon/python"
)

// Folders and files of the data directory.
const (
	DirStorage  = "s3"         // what s3:// stands for: its folders are the buckets
	dirSidecar  = "s3-meta"    // object metadata where the file system has no extended attributes
	dirStaging  = "s3-staging" // with another S3: output on its way there, one folder a sink
	dirSpool    = "s3-spool"   // with another S3: uploads that the gateway must read before it passes them on
	dirAttempts = "attempts"   // one folder an attempt
	DirShim     = "shim"       // the Python shim, extracted
	fileSeal    = "seal.key"   // seals the stored secrets; mode 0600
	fileS3Port  = "s3.port"    // chosen once
)

// metaPageKey is the setting in the store that signs pagination tokens.
const metaPageKey = "page_key"

// shutdownTimeout is how long requests under way may take when the plane closes.
const shutdownTimeout = 5 * time.Second

// Options are what a start is told beside the configuration.
type Options struct {
	// AccessKeyID and SecretAccessKey, when set, are made the first access key.
	AccessKeyID, SecretAccessKey string
	// ConfigFile is the file that the configuration came from, if there is one: it can be read again, and replaced.
	ConfigFile string
	// Overlay lays over a configuration that is read again what was laid over it at the start: flags.
	Overlay func(*Config)
	// Executor replaces the configured executor: for the benchmark, which measures the plane and not its scripts. No
	// configuration leads here.
	Executor func(executor.Sink) (executor.Driver, error)
	// Hooks move the clock, for the demonstration. No configuration leads here either.
	Hooks controller.Hooks
	// Shim extracts what stands in for awsglue under a folder and returns where; nil is python.Extract. The comparison
	// with the real PySpark has another.
	Shim func(root string) (string, error)
	// Rehearsal is for runs on copies of objects, in the comparison: they must write nowhere else.
	Rehearsal bool
}

// Plane is a whole Tenon in this process.
type Plane struct {
	lg       *slog.Logger
	cfg      Config // as at the start; running is what it is now
	db       *store.DB
	exec     executor.Driver
	ctl      *controller.Controller
	storage  storage
	gateway  *gateway.Gateway
	http     *http.Server
	listener net.Listener
	profile  client.Profile
	stopped  chan error    // the controller's end
	ruled    chan struct{} // closed at the end of what serves rules
	cancel   context.CancelFunc
	serving  atomic.Bool
	api      *api.API
	metrics  *metrics.Metrics
	objects  *api.ObjectRules

	file     string        // the configuration's; empty is none
	overlay  func(*Config) // may be nil
	applying sync.Mutex    // one change of the configuration after the other
	running  atomic.Pointer[Config]
}

// Open opens a Tenon on its data directory and begins to listen; Serve answers requests. Errors name what to do: a port
// in use, a data directory in use, a newer schema.
func Open(ctx context.Context, lg *slog.Logger, cfg Config, opt Options) (_ *Plane, err error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	if cfg.DataDir, err = filepath.Abs(cfg.DataDir); err != nil {
		return nil, fmt.Errorf("plane: %w", err)
	}
	if err := refuseLostStore(cfg); err != nil {
		return nil, err
	}
	if opt.ConfigFile != "" {
		if opt.ConfigFile, err = filepath.Abs(opt.ConfigFile); err != nil {
			return nil, fmt.Errorf("plane: %w", err)
		}
	}
	p := &Plane{lg: lg, cfg: cfg, file: opt.ConfigFile, overlay: opt.Overlay, stopped: make(chan error, 1), cancel: func() {}}
	p.running.Store(&cfg)
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	interpreter := search(ctx, cfg)
	if p.db, err = store.Open(ctx, store.Config{Dir: cfg.DataDir, URL: cfg.Store}); err != nil {
		return nil, err
	}
	if p.objects, err = api.NewObjectRules(ctx, p.db, cfg.Account.ID); err != nil {
		return nil, err
	}
	if p.listener, err = listen(cfg); err != nil {
		return nil, err
	}
	if p.storage, err = p.openStorage(ctx); err != nil {
		return nil, err
	}
	if cfg.S3 != nil {
		lg.Info("objects are stored in another S3", "s3", cfg.S3.Where())
	}
	s3Listener, err := listenS3(cfg)
	if err != nil {
		return nil, err
	}
	p.profile = client.Profile{Endpoint: p.endpoint(), S3Endpoint: "http://" + s3Listener.Addr().String(), Region: cfg.Region}
	if err := p.startController(ctx, opt, interpreter); err != nil {
		return nil, errors.Join(err, s3Listener.Close())
	}
	keys, err := p.openKeys(ctx, opt)
	if err != nil {
		return nil, errors.Join(err, s3Listener.Close())
	}
	front := p.storage.gateway
	front.Listener, front.Keys, front.Owner, front.Told, front.Log = s3Listener, keys.Secret, cfg.Account.ID, p.objects, lg
	if p.gateway, err = gateway.Start(front); err != nil {
		return nil, errors.Join(err, s3Listener.Close())
	}
	p.http, err = p.frontDoor(ctx, keys)
	return p, err
}

// path is a file or folder of the data directory.
func (p *Plane) path(name string) string { return filepath.Join(p.cfg.DataDir, name) }

// startController opens executor and controller and starts the loop. found gives the Python interpreter.
func (p *Plane) startController(ctx context.Context, opt Options, found func() (string, error)) error {
	extract := opt.Shim
	if extract == nil {
		extract = python.Extract
	}
	shim, err := extract(p.path(DirShim))
	if err != nil {
		return err
	}
	interpreter, err := found()
	if err != nil {
		p.lg.Warn("no Python interpreter: runs will fail until there is one", "error", err)
	}
	p.metrics = p.newMetrics()
	cfg := p.controllerConfig(interpreter, shim)
	cfg.Spec.Rehearsal = opt.Rehearsal
	cfg.Observe, cfg.Hooks = p.metrics.Observe, opt.Hooks
	if p.storage.root != "" { // with another S3, what runs write passes the gateway, which tells of it
		cfg.Wants = p.objects.Wants
	}
	ctl, err := controller.New(ctx, p.lg, p.db, cfg)
	if err != nil {
		return err
	}
	open := opt.Executor
	if open == nil {
		open = func(sink executor.Sink) (executor.Driver, error) {
			return local.New(p.lg, local.Config{
				Root: p.path(dirAttempts), Python: interpreter, ShimDir: shim, Storage: blob.New(p.storage.driver)}, sink)
		}
	}
	exec, err := open(ctl)
	if err != nil {
		return err // p.exec stays nil: there is nothing to close
	}
	p.exec, p.ctl = exec, ctl
	loop, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p.cancel = cancel
	go func() { p.stopped <- p.ctl.Run(loop, p.exec) }()
	p.ruled = make(chan struct{})
	go func() {
		defer close(p.ruled)
		rules.New(p.lg, p.db, p.ctl, rules.Config{Account: p.cfg.Account.ID}).Run(loop)
	}()
	return nil
}

// controllerConfig is the controller's part of the configuration.
func (p *Plane) controllerConfig(interpreter, shim string) controller.Config {
	l := p.cfg.Executor.Local
	disk := p.cfg.DataDir
	if *p.cfg.MinFree == 0 {
		disk = "" // not looked at
	}
	policy := p.cfg.policy()
	return controller.Config{
		Admission: policy.Admission, Queueing: policy.Queueing, MaxWait: policy.MaxWait, JobRuns: policy.JobRuns,
		QueuedRuns: policy.QueuedRuns, NetworkRetries: policy.NetworkRetries, Quotas: policy.Quotas, RunMemory: int64(l.RunMemory),
		KeepRuns: time.Duration(p.cfg.Retention.Runs), KeepLogs: time.Duration(p.cfg.Retention.Logs),
		DiskDir: disk, MinFree: int64(*p.cfg.MinFree),
		Spec: controller.SpecConfig{
			Account: p.cfg.Account.ID, Endpoint: p.profile.Endpoint, S3Endpoint: p.profile.S3Endpoint,
			StorageRoot: p.storage.root, Staging: p.storage.staging, Python: interpreter, PythonFor: l.PythonFor, ShimDir: shim, RunAs: l.User,
			PassEnv: l.PassEnv,
			Limits: attempt.Limits{LogBytes: int64(l.LogBytes), ScratchBytes: int64(l.ScratchBytes), Processes: int(l.Processes),
				OpenFiles: int(l.OpenFiles), Threads: int(l.Threads)},
		},
	}
}

// openKeys opens the keyring, makes the first key and writes the profile files.
func (p *Plane) openKeys(ctx context.Context, opt Options) (*api.Keyring, error) {
	seal, err := secretFile(p.path(fileSeal))
	if err != nil {
		return nil, err
	}
	keys, err := api.NewKeyring(ctx, p.db, seal, func(id string) (string, bool) {
		secret, _, ok := p.ctl.Secret(id)
		return secret, ok
	})
	if err != nil {
		return nil, err
	}
	id, secret, err := keys.Ensure(ctx, opt.AccessKeyID, opt.SecretAccessKey, "admin")
	if err != nil {
		return nil, err
	}
	switch {
	case opt.AccessKeyID != "":
		p.profile.AccessKey = opt.AccessKeyID // its secret came from outside: it is not written down
	case id != "":
		p.profile.AccessKey, p.profile.SecretKey = id, secret
	default:
		if old, err := client.ReadProfile(p.cfg.DataDir); err == nil {
			p.profile.AccessKey, p.profile.SecretKey = old.AccessKey, old.SecretKey
		}
	}
	return keys, p.profile.Write(p.cfg.DataDir)
}

// secretFile reads 32 random bytes from a file, making it at the first start.
func secretFile(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err == nil {
		if len(b) != 32 {
			return nil, fmt.Errorf("plane: %s has %d bytes, not 32: restore it from a backup", path, len(b))
		}
		return b, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("plane: %w", err)
	}
	b = make([]byte, 32)
	_, _ = rand.Read(b) // crypto/rand never fails
	return b, writeSynced(path, b)
}

// writeSynced writes a new file, mode 0600, whole and durable.
func writeSynced(path string, b []byte) error {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("plane: %w", err)
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return fmt.Errorf("plane: write %s: %w", path, err)
	}
	return nil
}

// frontDoor builds API and server.
func (p *Plane) frontDoor(ctx context.Context, keys *api.Keyring) (*http.Server, error) {
	fresh, pageKey := make([]byte, 32), []byte(nil)
	_, _ = rand.Read(fresh) // crypto/rand never fails
	err := p.db.Commit(ctx, time.Now(), func(tx *store.Tx) (err error) {
		pageKey, err = tx.PutMetaOnce(metaPageKey, fresh)
		return err
	})
	if err != nil {
		return nil, err
	}
	p.api = api.New(p.lg, p.db, p.ctl, keys, api.Config{
		Account: p.cfg.Account.ID, PageKey: pageKey, Settings: p.cfg.settings(), Apply: p.applyConfig, Objects: p.objects,
	})
	logs := &neighbour.Logs{Root: p.path(dirAttempts), Run: p.api.FindRun, Recent: p.api.RecentRuns}
	s := server.New(p.lg, p.api, logs, server.Config{Account: p.cfg.Account.ID, Lookup: keys.Lookup, Ready: p.ready, Subnets: p.subnets,
		Metrics: p.metrics.Handler()})
	return s.HTTP(), nil
}

// ready reports why the plane cannot serve.
func (p *Plane) ready() error {
	select {
	case <-p.ctl.Ready():
	default:
		return errors.New("the runs of the last start are being recovered")
	}
	return p.db.Health()
}

// Profile says how clients reach the plane.
func (p *Plane) Profile() client.Profile { return p.profile }

// Config is the configuration in force, defaults filled in.
func (p *Plane) Config() Config { return *p.running.Load() }

// endpoint is the URL of the Glue API.
func (p *Plane) endpoint() string {
	scheme := "http"
	if p.cfg.TLS.Cert != "" {
		scheme = "https"
	}
	return scheme + "://" + p.listener.Addr().String()
}

// Serve answers requests until ctx ends or the plane breaks.
func (p *Plane) Serve(ctx context.Context) error {
	if err := forgetStart(); err != nil {
		p.lg.Debug("pages of the program stay mapped", "error", err)
	}
	p.serving.Store(true)
	served := make(chan error, 1)
	go func() { served <- p.http.Serve(p.listener) }()
	select {
	case <-ctx.Done():
		return nil
	case err := <-served:
		return fmt.Errorf("plane: %w", err)
	case err := <-p.stopped:
		p.stopped <- err
		return fmt.Errorf("plane: the controller ended: %w", err)
	}
}

// Close ends the plane. With stopRuns, open runs are stopped and waited for until ctx ends; without, running attempts
// run on and the next start finds them.
func (p *Plane) Close(ctx context.Context, stopRuns bool) error {
	var err error
	if stopRuns {
		err = p.ctl.StopAll(ctx, "")
	}
	return errors.Join(err, p.close())
}

// close ends what was opened, in the reverse order.
func (p *Plane) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	var errs []error
	if p.http != nil {
		errs = append(errs, p.http.Shutdown(ctx))
	}
	if p.listener != nil && !p.serving.Load() {
		errs = append(errs, p.listener.Close())
	}
	if p.gateway != nil {
		errs = append(errs, p.gateway.Close(ctx))
	}
	p.cancel()
	if p.ctl != nil {
		<-p.ruled
		errs = append(errs, <-p.stopped)
	}
	if p.exec != nil {
		errs = append(errs, p.exec.Close())
	}
	if p.db != nil {
		errs = append(errs, p.db.Close())
	}
	return errors.Join(errs...)
}

// listen opens the plane's own port, with TLS where configured.
func listen(cfg Config) (net.Listener, error) {
	l, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("plane: cannot listen on %s: %w; is another Tenon running? Choose another port with --listen", cfg.Listen, err)
	}
	if cfg.TLS.Cert == "" {
		return l, nil
	}
	pair, err := tls.LoadX509KeyPair(cfg.TLS.Cert, cfg.TLS.Key)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("plane: tls: %w", err), l.Close())
	}
	return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}), nil
}

// listenS3 opens the S3 gateway's port on loopback: the one of the last start if it is free, else a new one that is
// kept from now on.
func listenS3(cfg Config) (net.Listener, error) {
	path := filepath.Join(cfg.DataDir, fileS3Port)
	if last, err := os.ReadFile(path); err == nil {
		if l, err := net.Listen("tcp", "127.0.0.1:"+string(last)); err == nil {
			return l, nil
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("plane: cannot listen for S3: %w", err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err == nil {
		err = writeSynced(path, []byte(port))
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}
