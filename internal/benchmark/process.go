package benchmark

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"tenon/internal/client"
	"tenon/internal/sigv4"
)

// Times of waiting for a child process.
const (
	bootTimeout = 2 * time.Minute
	bootPoll    = time.Millisecond     // between two looks whether it is ready
	stopTimeout = 30 * time.Second     // then it is killed
	settle      = 2 * time.Second      // how long a plane is left alone before its memory counts
	clockTick   = time.Second / 100    // of the CPU times in /proc, on every Linux
	traceBuffer = 4096                 // events that may lie between a plane and whoever counts them
	runPoll     = 5 * time.Millisecond // between two looks at a run
)

// process is a Tenon that runs beside the benchmark.
type process struct {
	cmd    *exec.Cmd
	end    func() error // asks it to end
	dir    string
	client *client.Client
	booted time.Duration // from the start of the process to ready
	trace  <-chan event  // what it tells, until it has ended; nil when it tells nothing
}

// event is a line of a plane's trace.
type event struct {
	what byte // traceStarted or traceEnded
	at   time.Time
}

// readTrace parses a trace until it ends. It skips what is no event: the panic of a plane that breaks.
func readTrace(r io.Reader) <-chan event {
	events := make(chan event, traceBuffer)
	go func() {
		defer close(events)
		for lines := bufio.NewScanner(r); lines.Scan(); {
			what, number, _ := strings.Cut(lines.Text(), " ")
			ns, err := strconv.ParseInt(number, 10, 64)
			if err == nil && len(what) == 1 {
				events <- event{what[0], time.Unix(0, ns)}
			}
		}
	}()
	return events
}

// withPlane starts a plane under load, runs f and ends the plane, whatever happens.
func (b *bench) withPlane(ctx context.Context, name, dir string, o planeOptions, f func(*process) error) error {
	if b.profiles != "" {
		if err := os.MkdirAll(b.profiles, 0o755); err != nil {
			return err
		}
		o.profile = filepath.Join(b.profiles, name+".pprof")
	}
	return b.withChild(ctx, dir, o.args(dir), f)
}

// withChild is withPlane for any child process that ends when its standard input does.
func (b *bench) withChild(ctx context.Context, dir string, args []string, f func(*process) error) error {
	cmd := exec.CommandContext(ctx, b.tenon, args...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	return withProcess(ctx, &process{cmd: cmd, dir: dir, end: stdin.Close, trace: readTrace(stdout)}, f)
}

// withProcess starts a Tenon, waits until it is ready, runs f and ends it. An error of the end counts too.
func withProcess(ctx context.Context, p *process, f func(*process) error) (err error) {
	// The profile file of an earlier plane names another port.
	if err := os.Remove(filepath.Join(p.dir, client.ConfigFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	p.cmd.Stderr = os.Stderr
	p.cmd.WaitDelay = stopTimeout
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	if err := p.awaitReady(ctx, began); err != nil {
		return err
	}
	return f(p)
}

// awaitReady waits until the plane would serve, and makes its client.
func (p *process) awaitReady(ctx context.Context, began time.Time) error {
	for p.client == nil {
		if endpoint := readyEndpoint(p.dir); endpoint != "" {
			p.booted = time.Since(began)
			p.client = &client.Client{Endpoint: endpoint, Region: benchRegion,
				Credentials: sigv4.Credentials{AccessKeyID: benchKey, SecretAccessKey: benchSecret},
				HTTP:        &http.Client{Transport: newTransport(strings.TrimPrefix(endpoint, "http://"), connections)}}
			return nil
		}
		if time.Since(began) > bootTimeout {
			return fmt.Errorf("the plane is not ready after %s", bootTimeout)
		}
		if err := sleep(ctx, bootPoll); err != nil {
			return err
		}
	}
	return nil
}

// readyEndpoint is the URL of the plane of a data directory, empty until it is ready.
func readyEndpoint(dir string) string {
	profile, err := client.ReadProfile(dir)
	if err != nil {
		return ""
	}
	resp, err := http.Get(profile.Endpoint + "/readyz")
	if err != nil {
		return ""
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return ""
	}
	return profile.Endpoint
}

// stop asks the process to end, and kills it if it does not.
func (p *process) stop() error {
	kill := time.AfterFunc(stopTimeout, func() { _ = p.cmd.Process.Kill() }) // fails when it has ended
	defer kill.Stop()
	if err := p.end(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		_ = p.cmd.Process.Kill()
	}
	if p.trace != nil {
		for range p.trace { // Wait closes the pipe: what is in it must be read before
		}
	}
	return p.cmd.Wait()
}

// resident is the memory of the process, in MiB, with the pages of its executable.
func (p *process) resident() (float64, error) { return p.memory("VmRSS") }

// own is the memory of the process that is no file's, in MiB.
func (p *process) own() (float64, error) { return p.memory("RssAnon") }

// memory is a measure that the kernel keeps of the process, in MiB.
func (p *process) memory(name string) (float64, error) {
	kib, _, _ := strings.Cut(procValue(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid), name), " ")
	n, err := strconv.ParseFloat(kib, 64)
	if err != nil {
		return 0, fmt.Errorf("memory, %s: %w", name, err)
	}
	return n / 1024, nil
}

// cpu is the processor time that the process has used so far.
func (p *process) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ") // the name before may hold spaces
	fields := strings.Fields(rest)
	const user, system = 11, 12 // of the fields behind the name; see proc(5)
	if len(fields) <= system {
		return 0, errors.New("processor time: /proc/pid/stat is short")
	}
	u, err1 := strconv.ParseInt(fields[user], 10, 64)
	s, err2 := strconv.ParseInt(fields[system], 10, 64)
	return time.Duration(u+s) * clockTick, errors.Join(err1, err2)
}

// ownCPU is the processor time that the benchmark itself has used so far.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// sleep waits, unless ctx ends first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
