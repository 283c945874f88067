//go:build !linux

package worker

import (
	"os/exec"
	"syscall"
)

// becomeReaper has no counterpart here: what leaves the script's process group is not found again.
func becomeReaper() error { return nil }

// bind makes cmd's process lead a group of its own.
func bind(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// limitSelf sets no limits here.
func (w *worker) limitSelf() {}

// limitProcess cannot limit another process here.
func (w *worker) limitProcess(int) {}

// engineSocket is the path of the engine's socket.
func (w *worker) engineSocket() string { return w.dir.File(engineSocketName) }
