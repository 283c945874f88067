package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
	"unicode/utf8"
)

// spinner are the frames of a line of progress.
const spinner = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"

// progress is a line of talk that changes in place on a terminal. Elsewhere it is silent: what is worth a line of its
// own is said by whoever uses it.
type progress struct {
	con   *console
	shown bool
	frame int
}

// set shows text as the current state of things.
func (p *progress) set(format string, args ...any) {
	if p.con.errWidth == 0 {
		return
	}
	frames := []rune(spinner)
	text := cut(fmt.Sprintf(format, args...), p.con.errWidth-3)
	fmt.Fprintf(p.con.err, "\r\x1b[K%s %s", p.con.onErr(cyan, string(frames[p.frame%len(frames)])), text)
	p.frame, p.shown = p.frame+1, true
}

// clear takes the line away.
func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.con.err, "\r\x1b[K")
		p.shown = false
	}
}

// interrupts tells of Ctrl-C and SIGTERM: once on the channel, while the second ends the process as it would have
// without us.
func interrupts(ctx context.Context) (first <-chan struct{}, release func()) {
	sig := make(chan os.Signal, 1)
	signal.Notify(sig, syscall.SIGINT, syscall.SIGTERM)
	done := make(chan struct{})
	out := make(chan struct{}, 1)
	go func() {
		select {
		case <-sig:
			signal.Stop(sig)
			out <- struct{}{}
		case <-done:
		case <-ctx.Done():
		}
	}()
	return out, func() {
		signal.Stop(sig)
		close(done)
	}
}

// watchEvery is how often --watch looks again.
const watchEvery = 2 * time.Second

// watch shows something again and again until Ctrl-C: in place on a terminal, elsewhere one after the other.
func (a *app) watch(ctx context.Context, on bool, show func(context.Context) error) error {
	if !on {
		return show(ctx)
	}
	ctx, release := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer release()
	first := true
	for {
		var err error
		if a.con.outWidth > 0 {
			err = a.redraw(ctx, first, show)
		} else {
			err = show(ctx)
		}
		first = false
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(watchEvery):
		}
	}
}

// watchHead is how many lines stand above what is watched.
const watchHead = 2

// redraw shows over what was shown before, without a blank moment in between.
func (a *app) redraw(ctx context.Context, first bool, show func(context.Context) error) error {
	con := a.con
	out := con.out
	var b frame
	con.out = &b
	err := show(ctx)
	con.out = out
	if err != nil {
		return err
	}
	b.shorten(con.outRows - watchHead - 1) // the line after the last is the cursor's
	start := "\x1b[H"
	if first {
		start = "\x1b[2J\x1b[H"
	}
	head := fmt.Sprintf("every %s, Ctrl-C ends", watchEvery)
	now := time.Now().Format("15:04:05")
	pad := max(con.outWidth-utf8.RuneCountInString(head)-len(now), 1)
	fmt.Fprintf(out, "%s%s%*s\x1b[K\n\x1b[K\n%s\x1b[J", start, con.onOut(dim, head), pad+len(now), con.onOut(dim, now), b.text)
	return nil
}

// frame gathers one picture, clearing the rest of each line.
type frame struct{ text []byte }

// shorten leaves the first lines of the picture, rows of them at most, where it is higher: a terminal that scrolls could
// not be drawn over. No rows, no bound.
func (f *frame) shorten(rows int) {
	if rows < 1 || bytes.Count(f.text, []byte("\n")) <= rows {
		return
	}
	end := 0
	for range rows - 1 {
		end += bytes.IndexByte(f.text[end:], '\n') + 1
	}
	left := bytes.Count(f.text[end:], []byte("\n"))
	f.text = fmt.Appendf(f.text[:end], "… %s more\x1b[K\n", many(int64(left), "line"))
}

// Write appends to the picture.
func (f *frame) Write(b []byte) (int, error) {
	for _, c := range b {
		if c == '\n' {
			f.text = append(f.text, "\x1b[K"...)
		}
		f.text = append(f.text, c)
	}
	return len(b), nil
}

// picture is talk of several lines that changes in place, on a terminal.
type picture struct {
	con   *console
	lines int // of what is drawn
}

// newPicture begins one: the cursor is hidden until its end.
func newPicture(con *console) *picture {
	fmt.Fprint(con.err, "\x1b[?25l")
	return &picture{con: con}
}

// draw draws lines over those that were drawn before, in one write, so that nothing flickers.
func (p *picture) draw(lines []string) {
	b := []byte("\r")
	if p.lines > 0 {
		b = fmt.Appendf(b, "\x1b[%dA", p.lines)
	}
	for _, l := range lines {
		b = append(append(b, l...), "\x1b[K\n"...)
	}
	_, _ = p.con.err.Write(append(b, "\x1b[J"...))
	p.lines = len(lines)
}

// end leaves the picture as it stands and gives the cursor back.
func (p *picture) end() { fmt.Fprint(p.con.err, "\x1b[?25h") }
