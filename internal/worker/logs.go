package worker

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"time"

	"tenon/internal/attempt"
)

// logs are the two pumps of a script.
type logs struct {
	stdout, stderr *pump
	ends           []*os.File // the pipes' writing ends, the script's
	wg             sync.WaitGroup
	errs           [2]error
}

// openLogs gives cmd its stdout and stderr; stdin stays /dev/null.
func (w *worker) openLogs(cmd *exec.Cmd) (*logs, error) {
	l := &logs{}
	open := func(name string) (*pump, *os.File, error) {
		r, wr, err := os.Pipe()
		if err != nil {
			return nil, nil, fmt.Errorf("worker: %w", err)
		}
		p, err := newPump(r, w.dir.File(name), w.spec.Limits.LogBytes)
		if err != nil {
			return nil, nil, errors.Join(err, r.Close(), wr.Close())
		}
		l.ends = append(l.ends, wr)
		return p, wr, nil
	}
	var out, errOut *os.File
	var err error
	if l.stdout, out, err = open(attempt.FileStdout); err != nil {
		return nil, err
	}
	if l.stderr, errOut, err = open(attempt.FileStderr); err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = out, errOut
	if notice := w.spec.Notice; notice != "" {
		l.stdout.say(notice)
	}
	return l, nil
}

// handOver lets go of the script's ends, which it has now or, after a failed start, nobody; and starts the pumps.
func (l *logs) handOver(failed error) {
	for _, f := range l.ends {
		_ = f.Close() // nothing was written here
	}
	for i, p := range []*pump{l.stdout, l.stderr} {
		l.wg.Go(func() { l.errs[i] = p.run() })
	}
	if failed != nil {
		l.wg.Wait()
	}
}

// wait waits until both streams have ended, but not for ever.
func (l *logs) wait(lg *slog.Logger) {
	ended := make(chan struct{})
	go func() {
		l.wg.Wait()
		close(ended)
	}()
	t := time.NewTimer(drainWait)
	defer t.Stop()
	select {
	case <-ended:
	case <-t.C:
		lg.Error("a log stream did not end; something holds it open")
		for _, p := range []*pump{l.stdout, l.stderr} {
			_ = p.in.SetReadDeadline(time.Unix(1, 0)) // ends an idle pump's wait
			_ = p.in.Close()
		}
		<-ended
	}
	if err := errors.Join(l.errs[:]...); err != nil {
		lg.Error("log is not complete", "error", err)
	}
}
