package worker

import (
	"fmt"
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

// userProcesses is the hard limit of processes and threads of a user that only scripts run as, in terms of one run's
// limit of processes: several runs share it, and threads count. It ends a fork bomb between two looks of the watcher.
func userProcesses(limit int) uint64 { return 8*uint64(limit) + 256 }

// ownFiles is what the worker needs of open files itself, and so the least that a script of another user is limited to.
const ownFiles = 1024

// limitSelf sets the limits that the script's process inherits from this one: open files, no core dumps, the user's
// processes if it is not the server's. A process of another user could not be limited from outside without a capability
// that containers lack.
func (w *worker) limitSelf() {
	limits := map[int]uint64{
		unix.RLIMIT_NOFILE: uint64(max(or(w.spec.Limits.OpenFiles, defaultOpenFiles), ownFiles)),
		unix.RLIMIT_CORE:   0,
	}
	if w.owner != nil { // root itself is not held by it
		limits[unix.RLIMIT_NPROC] = userProcesses(or(w.spec.Limits.Processes, defaultProcesses))
	}
	for resource, most := range limits {
		var now unix.Rlimit
		err := unix.Getrlimit(resource, &now)
		if err == nil {
			most = min(most, now.Max) // nobody may raise it
			err = syscall.Setrlimit(resource, &syscall.Rlimit{Cur: most, Max: most})
		}
		if err != nil {
			w.lg.Warn("limit cannot be set", "resource", resource, "limit", most, "error", err)
		}
	}
}

// limitProcess sets the rest right after the script's process was started, before its interpreter reads its first file:
// open files below ownFiles, and that the script is the first to go when the machine runs out of memory.
func (w *worker) limitProcess(pid int) {
	if n := uint64(or(w.spec.Limits.OpenFiles, defaultOpenFiles)); n < ownFiles {
		if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: n, Max: n}, nil); err != nil {
			w.lg.Warn("limit of open files cannot be set", "limit", n, "error", err)
		}
	}
	if err := os.WriteFile("/proc/"+strconv.Itoa(pid)+"/oom_score_adj", []byte(strconv.Itoa(oomScore)), 0); err != nil {
		w.lg.Warn("memory score cannot be set", "error", err)
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
