package worker

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"tenon/internal/attempt"
	"tenon/internal/glue"
	"tenon/internal/plan"
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
	if raised := w.raised(); raised != "" {
		v.message = raised
	} else if last := lastException(string(stderr)); last != "" {
		v.message = last
	}
	return v
}

// maxErrorFile bounds what is read of the runner's error file, in bytes.
const maxErrorFile = 256 << 10

// exception is what the runner writes about the exception that ended the script.
type exception struct {
	Type    string `json:"type"`
	Message string `json:"message"`
	Summary string `json:"summary"` // type and message, as Python prints them
	File    string `json:"file"`
	Line    int    `json:"line"` // 0: not known
}

// raised is the script's exception, with the place in the script behind it: "ValueError: boom (etl.py, line 12)". It is
// empty if there was none, or if the script chose its exit status itself.
func (w *worker) raised() string {
	f, err := os.Open(w.scratch(attempt.FileError))
	if err != nil {
		return "" // none was written
	}
	defer f.Close() // only read from
	b, err := io.ReadAll(io.LimitReader(f, maxErrorFile))
	var e exception
	if err != nil || json.Unmarshal(b, &e) != nil || e.Summary == "" {
		return "" // not written to its end: stderr has it too
	}
	if e.Type == "SystemExit" {
		if _, err := strconv.Atoi(e.Message); err == nil {
			return ""
		}
		return e.Message
	}
	message := e.Summary
	if e.File != "" && e.Line > 0 {
		message = fmt.Sprintf("%s (%s, line %d)", message, filepath.Base(e.File), e.Line)
	}
	if module, ok := missingModule(e); ok {
		message += fmt.Sprintf("; install it for scripts with: tenon python install %s", module)
	}
	if e.Type == string(plan.ClassUnsupported) {
		message += elsewhere
	}
	return message
}

// elsewhere ends the message of a run that needed what the embedded engine has not.
const elsewhere = "; docs/compatibility.md lists what it has. The rest is Apache Spark's, for which there is no executor in this version"

// missingModule is the top-level module that Python did not find.
func missingModule(e exception) (string, bool) {
	rest, ok := strings.CutPrefix(e.Message, "No module named '")
	if e.Type != "ModuleNotFoundError" || !ok {
		return "", false
	}
	name, _, _ := strings.Cut(rest, "'")
	name, _, _ = strings.Cut(name, ".")
	return name, name != ""
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
