//go:build !linux

package rules

import (
	"os/exec"
	"syscall"
)

// waitGroup waits for a command that leads a process group, and kills those of the group that it left behind. In between,
// the group's id could become another's: only Linux can rule that out.
func waitGroup(cmd *exec.Cmd) error {
	err := cmd.Wait()
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // there need be none
	return err
}
