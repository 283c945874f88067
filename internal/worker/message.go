package worker

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"tenon/internal/glue"
)

// explain is the verdict over a script that ended by itself.
func (w *worker) explain(exit error, stderr []byte) verdict {
	if exit == nil {
		return verdict{state: glue.RunSucceeded}
	}
	v := verdict{state: glue.RunFailed, message: exit.Error()}
	var failed *exec.ExitError
	if !errors.As(exit, &failed) {
		return v
	}
	status, ok := failed.Sys().(syscall.WaitStatus)
	if !ok {
		return v
	}
	if status.Signaled() {
		v.message = fmt.Sprintf("the script's process was killed by signal %d (%v)", int(status.Signal()), status.Signal())
		if status.Signal() == syscall.SIGKILL {
			v.message += "; was the machine out of memory?"
		}
		return v
	}
	v.message = fmt.Sprintf("exit status %d", status.ExitStatus())
	if last := lastException(string(stderr)); last != "" {
		v.message = last
	}
	return v
}

// lastException is the line of the last Python traceback that names the exception, if the text ends in one.
func lastException(text string) string {
	i := strings.LastIndex(text, "Traceback (most recent call last):")
	if i < 0 {
		return ""
	}
	lines := strings.Split(strings.TrimRight(text[i:], "\n"), "\n")
	for _, line := range lines[1:] {
		if line != "" && line[0] != ' ' {
			return line
		}
	}
	return ""
}

// hidden stands for a secret in a message.
const hidden = "********"

// presentable is message as it may leave the worker: without the run's secrets, of bounded length, valid UTF-8 without
// control characters other than line feeds and tabs.
func (w *worker) presentable(message string) string {
	for _, secret := range []string{w.spec.SecretKey, w.token} {
		if secret != "" {
			message = strings.ReplaceAll(message, secret, hidden)
		}
	}
	message = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(message, "\uFFFD"))
	if utf8.RuneCountInString(message) > glue.MaxErrorMessage {
		message = string([]rune(message)[:glue.MaxErrorMessage-1]) + "…"
	}
	return message
}
