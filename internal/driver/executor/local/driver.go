// Package local runs attempts as worker processes of this machine: the parent side of package worker, without its
// engine.
//
// Each attempt is a directory (package attemptdir) and a process, started from this very binary, detached, so that it
// outlives the plane. The driver keeps one goroutine per open attempt, its keeper, which connects to the worker's
// control socket, hands every report to the sink, acknowledges what the sink made durable, and passes on Stop. When
// the connection ends, the directory says what that means:
//
//	lock held                      connect again
//	lock free, result              deliver what the worker could not, then the result
//	lock free, no start            spawn again, if this plane spawned it; else executor.NotStarted
//	lock free, started, no result  lost: FAILED "worker ended without a result"; its processes are swept
//	nothing there at all           lost likewise, with a message that says so
//
// A dead attempt's processes are found by the variable that marks their environment (EnvMark), never by a remembered
// process id. The plane need not be their parent.
package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/driver/attemptdir"
	"tenon/internal/driver/blob"
	"tenon/internal/driver/executor"
)

// Config says where attempts live and how their workers are started. Zero values mean the defaults given.
type Config struct {
	Root       string        // the folder of the attempts' directories, data/attempts; required
	Executable string        // the worker's program; /proc/self/exe, which a replaced binary does not change
	Args       []string      // before the directory: "worker"
	Python     string        // for specs that name no interpreter; absolute
	ShimDir    string        // for specs that name none
	Grace      time.Duration // between a script's TERM and KILL at Stop: 10 s
	// Storage is where the attempts' output goes. What a dead worker was about to publish is finished there if it was
	// decided on, else discarded; nil leaves it.
	Storage *blob.Storage
}

// defaultGrace is what a stopped script gets to finish its own clean-up.
const defaultGrace = 10 * time.Second

// withDefaults fills in what is zero.
func (c Config) withDefaults() (Config, error) {
	if c.Root == "" {
		return c, errors.New("local: config names no root")
	}
	root, err := filepath.Abs(c.Root)
	if err != nil {
		return c, fmt.Errorf("local: %w", err)
	}
	c.Root = root
	if c.Executable == "" {
		if c.Executable, err = selfExecutable(); err != nil {
			return c, fmt.Errorf("local: %w", err)
		}
	}
	if c.Args == nil {
		c.Args = []string{"worker"}
	}
	if c.Grace == 0 {
		c.Grace = defaultGrace
	}
	return c, nil
}

// Driver implements executor.Driver.
type Driver struct {
	lg     *slog.Logger
	cfg    Config
	sink   executor.Sink
	ctx    context.Context // ends at Close; the keepers live by it
	cancel context.CancelFunc
	wg     sync.WaitGroup // keepers and the waiters for children

	mu      sync.Mutex              // guards the fields below
	closed  bool                    // no keeper starts any more
	keepers map[attempt.Key]*keeper // of attempts whose result was not taken yet
	// compiled are the pairs of interpreter and shim folder that compileShim was called for.
	compiled map[[2]string]bool
}

// New makes the driver and its root folder. Nothing runs until Recover or Start.
func New(lg *slog.Logger, cfg Config, sink executor.Sink) (*Driver, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(cfg.Root, 0o711); err != nil {
		return nil, fmt.Errorf("local: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	d := &Driver{
		lg: lg, cfg: cfg, sink: sink, ctx: ctx, cancel: cancel,
		keepers: map[attempt.Key]*keeper{}, compiled: map[[2]string]bool{},
	}
	d.compileOnce(cfg.Python, cfg.ShimDir)
	return d, nil
}

// Dir is the directory of an attempt, for readers of its logs.
func (d *Driver) Dir(key attempt.Key) attemptdir.Dir { return attemptdir.Dir(key.Dir(d.cfg.Root)) }

// errClosed is what a closed driver answers.
var errClosed = errors.New("local: driver is closed")

// keep returns the keeper of an attempt, and whether it is new. A new one is entered but not running yet.
func (d *Driver) keep(key attempt.Key) (k *keeper, isNew bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, false, errClosed
	}
	if k := d.keepers[key]; k != nil {
		return k, false, nil
	}
	k = newKeeper(d, key)
	d.keepers[key] = k
	d.wg.Add(1) // for the keeper's run, or for drop
	return k, true, nil
}

// find returns the keeper of an attempt, or nil.
func (d *Driver) find(key attempt.Key) *keeper {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.keepers[key]
}

// drop forgets a keeper, and says to those who wait for it how its start went.
func (d *Driver) drop(k *keeper, err error) {
	d.mu.Lock()
	delete(d.keepers, k.key)
	d.mu.Unlock()
	k.resolve(err)
	d.wg.Done()
}

// Start makes the attempt's directory and spawns its worker. Of an attempt that was started before, whatever became of
// it, it makes sure only that its reports flow.
func (d *Driver) Start(ctx context.Context, spec attempt.Spec) error {
	k, isNew, err := d.keep(spec.Key)
	if err != nil {
		return err
	}
	if !isNew {
		return k.started(ctx)
	}
	if err := d.prepare(k, spec); err != nil {
		d.drop(k, err)
		return err
	}
	k.resolve(nil)
	go k.run()
	return nil
}

// prepare makes sure that a worker runs in k's directory, or has run there.
func (d *Driver) prepare(k *keeper, spec attempt.Spec) error {
	state, err := k.dir.Look()
	if err != nil {
		return fmt.Errorf("local: start %s: %w", k.key, err)
	}
	if state != attemptdir.Fresh {
		return nil
	}
	spec.Protocol = attempt.Protocol
	if spec.Python == "" {
		spec.Python = d.cfg.Python
	}
	if spec.ShimDir == "" {
		spec.ShimDir = d.cfg.ShimDir
	}
	d.compileOnce(spec.Python, spec.ShimDir)
	if err := k.dir.Create(); err != nil {
		return fmt.Errorf("local: start %s: %w", k.key, err)
	}
	if err := k.dir.WriteSpec(spec); err != nil {
		return fmt.Errorf("local: start %s: %w", k.key, err)
	}
	return k.spawn(spec.PassEnv)
}

// Stop asks the attempt's worker to end its script, and ends the worker itself if it does not. It does not wait.
func (d *Driver) Stop(_ context.Context, key attempt.Key) error {
	if k := d.find(key); k != nil {
		k.stop()
	}
	return nil
}

// Recover looks at every key's directory, and attaches to those that live or have a result to deliver. What lost ones
// left running is ended; the answer is all that is said about them.
func (d *Driver) Recover(_ context.Context, keys []attempt.Key) (map[attempt.Key]executor.Condition, error) {
	found := make(map[attempt.Key]executor.Condition, len(keys))
	for _, key := range keys {
		state, err := d.Dir(key).Look()
		if err != nil {
			return nil, fmt.Errorf("local: recover %s: %w", key, err)
		}
		switch state {
		case attemptdir.Fresh:
			found[key] = executor.NotStarted
			continue
		case attemptdir.Held:
			found[key] = executor.Running
		case attemptdir.Ended:
			found[key] = executor.Ended
		case attemptdir.Lost:
			found[key] = executor.Lost
			d.sweep(key)
			continue
		}
		k, isNew, err := d.keep(key)
		if err != nil {
			return nil, err
		}
		if isNew {
			k.resolve(nil)
			go k.run()
		}
	}
	return found, nil
}

// Forget removes the attempt's directory. One whose worker lives, or whose result was not taken yet, is refused.
func (d *Driver) Forget(_ context.Context, key attempt.Key) error {
	if d.find(key) != nil {
		return fmt.Errorf("local: forget %s: the attempt is open", key)
	}
	dir := d.Dir(key)
	if _, held, err := dir.Holder(); err != nil || held {
		return errors.Join(fmt.Errorf("local: forget %s: its worker may live", key), err)
	}
	if err := os.RemoveAll(string(dir)); err != nil {
		return fmt.Errorf("local: forget %s: %w", key, err)
	}
	return nil
}

// Close ends the keepers and leaves the workers running. It does not interrupt a sink that is at work, except through
// the context the sink was given.
func (d *Driver) Close() error {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.cancel()
	d.wg.Wait()
	return nil
}
