package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"tenon/internal/glue"
)

// console is where a command reads and writes. Data goes to out; talk (progress, hints, errors) goes to err.
type console struct {
	in       io.Reader
	out, err io.Writer
	outWidth int // columns of the terminal behind out; 0: out is no terminal
	errWidth int // the same of err
	outRows  int // lines of the terminal behind out; 0: not known
	errRows  int // the same of err
	noColor  bool
	env      func(string) string
}

// systemConsole is the process's own.
func systemConsole() *console {
	c := &console{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Getenv}
	c.outWidth, c.outRows = terminalSize(os.Stdout)
	c.errWidth, c.errRows = terminalSize(os.Stderr)
	c.noColor = c.env("NO_COLOR") != "" || c.env("TERM") == "dumb"
	return c
}

// terminalSize is the number of columns and of lines of the terminal that f is, or no columns where f is none.
func terminalSize(f *os.File) (columns, rows int) {
	const usual = 80 // a terminal that does not know its size
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	switch {
	case err != nil:
		return 0, 0
	case size.Col == 0:
		return usual, int(size.Row)
	}
	return int(size.Col), int(size.Row)
}

// style is an SGR code, or empty for none. Only the eight basic colours are used: they follow the terminal's own theme.
type style string

// The styles of the command line.
const (
	plain   style = ""
	bold    style = "1"
	dim     style = "2"
	red     style = "31"
	green   style = "32"
	yellow  style = "33"
	magenta style = "35"
	cyan    style = "36"
)

// paint wraps text in a style where colour is wanted on a stream of that width.
func (c *console) paint(s style, text string, width int) string {
	if s == plain || width == 0 || c.noColor || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// onOut paints for out.
func (c *console) onOut(s style, text string) string { return c.paint(s, text, c.outWidth) }

// onErr paints for err.
func (c *console) onErr(s style, text string) string { return c.paint(s, text, c.errWidth) }

// print writes data.
func (c *console) print(format string, args ...any) { fmt.Fprintf(c.out, format, args...) }

// say writes a line of talk.
func (c *console) say(format string, args ...any) { fmt.Fprintf(c.err, format+"\n", args...) }

// complain says what went wrong. An exception of the service keeps its name, which scripts and documentation know.
func (c *console) complain(err error) {
	text := err.Error()
	var refused *glue.Error
	if errors.As(err, &refused) {
		text = strings.Replace(text, refused.Error(), string(refused.Code)+": "+refused.Message, 1)
	}
	text = strings.TrimPrefix(fold("tenon: "+text, c.errWidth, 0), "tenon:")
	if refused != nil {
		text = strings.Replace(text, string(refused.Code), c.onErr(bold, string(refused.Code)), 1)
	}
	c.say("%s%s", c.onErr(red, "tenon:"), text)
}

// stateStyle is the colour of a run's state.
func stateStyle(state string) style {
	switch glue.RunState(state) {
	case glue.RunSucceeded:
		return green
	case glue.RunFailed, glue.RunTimeout, glue.RunError, glue.RunExpired:
		return red
	case glue.RunWaiting, glue.RunStarting, glue.RunStopping, glue.RunStopped:
		return yellow
	case glue.RunRunning:
		return cyan
	}
	return plain
}
