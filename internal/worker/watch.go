package worker

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/driver/process"
	"tenon/internal/glue"
)

// Limits where the spec sets none.
const (
	defaultMemory    = 4 << 30  // bytes
	defaultScratch   = 20 << 30 // bytes
	defaultProcesses = 512
	defaultOpenFiles = 4096
)

// How often the processes are looked at: every watchEvery, but so that looking takes at most a twentieth of the time,
// and at least every watchAtLeast.
const (
	watchEvery   = 50 * time.Millisecond
	watchShare   = 20
	watchAtLeast = time.Second
)

// or is the limit, or its default where there is none.
func or[T int | int64](limit, fallback T) T {
	if limit <= 0 {
		return fallback
	}
	return limit
}

// watch looks after the script's processes until ctx ends: their memory, their number, and whether the attempt's
// directory is still there. It gives at most one verdict.
func (w *worker) watch(ctx context.Context, pid int, verdicts chan<- verdict) {
	for wait := watchEvery; ; {
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
		begun := time.Now()
		v := w.inspect(pid)
		if v != nil {
			offer(verdicts, *v)
			return
		}
		wait = min(max(watchEvery, watchShare*time.Since(begun)), watchAtLeast)
	}
}

// offer gives a verdict, unless another one fell first.
func offer(verdicts chan<- verdict, v verdict) {
	select {
	case verdicts <- v:
	default:
	}
}

// inspect is one look; nil means that all is well.
func (w *worker) inspect(pid int) *verdict {
	if w.lock.Vanished(w.dir) {
		return &verdict{err: errVanished}
	}
	all, err := process.List()
	if err != nil {
		return nil // this system has no list: memory and processes are not limited
	}
	self := os.Getpid()
	tree := process.Descendants(all, self)
	var rss int64
	alive := 0
	for _, p := range tree {
		if p.Zombie {
			if p.Parent == self && p.PID != pid {
				reap(p.PID)
			}
			continue
		}
		alive++
		rss += p.RSS
	}
	for _, p := range all {
		if p.PID == self {
			rss += p.RSS
		}
	}
	w.meter.memory(rss)
	if most := or(w.spec.Limits.Processes, defaultProcesses); alive > most {
		return &verdict{state: glue.RunFailed, message: fmt.Sprintf("the run had %d processes at once, more than its limit of %d", alive, most)}
	}
	most := or(w.spec.Limits.MemoryBytes, defaultMemory)
	if rss <= most {
		return nil
	}
	// Shared pages were counted once for each process: what counts is their proportional share.
	if exact, err := proportional(tree, self); err == nil && exact <= most {
		return nil
	}
	return &verdict{state: glue.RunFailed, message: fmt.Sprintf("the run used more than %d MiB of memory, its limit", most>>20)}
}

// proportional is the memory of this process and the tree in bytes, shared pages divided among those who share them.
func proportional(tree []process.Info, self int) (int64, error) {
	sum, err := process.PSS(self)
	if err != nil {
		return 0, err
	}
	for _, p := range tree {
		n, err := process.PSS(p.PID)
		if err == nil { // others have ended since
			sum += n
		}
	}
	return sum, nil
}

// watchScratch looks after the size of the scratch folder until ctx ends, at a hundredth of the time.
func (w *worker) watchScratch(ctx context.Context, verdicts chan<- verdict) {
	most := or(w.spec.Limits.ScratchBytes, defaultScratch)
	for wait := watchAtLeast; ; {
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
		begun := time.Now()
		if used := diskUse(w.dir.File(attempt.DirScratch), most); used > most {
			offer(verdicts, verdict{state: glue.RunFailed, message: fmt.Sprintf("the run used more than %d MiB of its scratch folder, its limit", most>>20)})
			return
		}
		wait = max(watchAtLeast, 100*time.Since(begun))
	}
}

// diskUse is what the files below dir take on disk, in bytes. It stops counting beyond most.
func diskUse(dir string, most int64) (used int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // gone since it was listed
		}
		if info, err := d.Info(); err == nil {
			if st, ok := info.Sys().(*syscall.Stat_t); ok {
				used += st.Blocks * 512
			}
		}
		if used > most {
			return fs.SkipAll
		}
		return nil
	})
	return used
}

// sweepPause is how long processes that were killed get to end before they are looked for again.
const sweepPause = time.Millisecond

// letEnd waits for sweepPause.
func letEnd() { time.Sleep(sweepPause) }

// reapAll waits for all processes that have ended, once the script's own was waited for, and for sweepPause.
func reapAll() {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		if pid <= 0 || err != nil {
			break
		}
	}
	letEnd()
}

// reap waits for one process that has ended.
func reap(pid int) {
	var status syscall.WaitStatus
	_, _ = syscall.Wait4(pid, &status, syscall.WNOHANG, nil) // it may have been reaped meanwhile
}

// signalGroup sends sig to the script's process group. The script's process is not waited for yet, or only this moment,
// so its number is nobody else's.
func signalGroup(lg *slog.Logger, pid int, sig syscall.Signal) {
	if err := syscall.Kill(-pid, sig); err != nil && err != syscall.ESRCH {
		lg.Error("process group cannot be signalled", "pid", pid, "signal", sig, "error", err)
	}
}
