package worker

import (
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// becomeReaper makes this process the parent of every descendant that loses its own, so that none gets out of sight.
func becomeReaper() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("worker: become subreaper: %w", err)
	}
	return nil
}

// bind makes cmd's process lead a group of its own and die with the thread that starts it.
func bind(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// oomScore makes the kernel, when the machine runs out of memory, choose a script before anything else: 0 to 1000.
const oomScore = 900

// limitProcess sets the limits that a process and its descendants inherit: open files, no core dumps, first to go when
// the machine runs out of memory. They are set right after the start, before the interpreter reads its first file.
func limitProcess(lg *slog.Logger, pid, openFiles int) {
	n := uint64(or(openFiles, defaultOpenFiles))
	for resource, most := range map[int]uint64{unix.RLIMIT_NOFILE: n, unix.RLIMIT_CORE: 0} {
		if err := unix.Prlimit(pid, resource, &unix.Rlimit{Cur: most, Max: most}, nil); err != nil {
			lg.Warn("limit cannot be set", "resource", resource, "limit", most, "error", err)
		}
	}
	if err := os.WriteFile("/proc/"+strconv.Itoa(pid)+"/oom_score_adj", []byte(strconv.Itoa(oomScore)), 0); err != nil {
		lg.Warn("memory score cannot be set", "error", err)
	}
}

// engineSocket is the path of the engine's socket for the script's process: through this process's directory where the
// whole path is longer than an address.
func (w *worker) engineSocket() string {
	path := w.dir.File(engineSocketName)
	if len(path) <= maxSocketPath {
		return path
	}
	return "/proc/" + strconv.Itoa(os.Getpid()) + "/cwd/" + engineSocketName
}
