//go:build !linux

package worker

import (
	"log/slog"
	"os/exec"
	"syscall"
)

// becomeReaper has no counterpart here: what leaves the script's process group is not found again.
func becomeReaper() error { return nil }

// bind makes cmd's process lead a group of its own.
func bind(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// limitProcess can limit only this process here, whose limits the script has inherited.
func limitProcess(*slog.Logger, int, int) {}

// engineSocket is the path of the engine's socket.
func (w *worker) engineSocket() string { return w.dir.File(engineSocketName) }
