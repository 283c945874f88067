// Package diagram draws a graph for a terminal: boxes in layers from left to right, and lines between them.
//
// A box stands one layer behind the last of those that lead to it. An edge joins any number of boxes to any number of
// others, and is one line with branches: what is joined belongs together, and a line that only crosses another passes under
// it. Between layers, each edge has a column of its own for what runs up and down; through layers, a lane.
//
//	╭─────────╮    ╭───────╮
//	│ extract │─┬─▶│ clean │─╮  ╭────────╮
//	╰─────────╯ │  ╰───────╯ ├─▶│ report │
//	            │  ╭───────╮ │  ╰────────╯
//	            ╰─▶│ check │─╯
//	               ╰───────╯
package diagram

import "unicode/utf8"

// Span is some text in one style. What a style means is the caller's.
type Span struct {
	Text  string
	Style string
}

// Box is a node: its lines, each of spans, in a frame.
type Box struct {
	Lines [][]Span
	Frame string // style of the frame
	Bare  bool   // no frame: a sign, at which lines begin
}

// Edge leads from boxes to boxes, by their places in the list.
type Edge struct {
	From, To []int
	Style    string
}

// width is that of a box, its frame and a blank on each side included.
func (b *Box) width() int {
	w := 0
	for _, l := range b.Lines {
		n := 0
		for _, s := range l {
			n += utf8.RuneCountInString(s.Text)
		}
		w = max(w, n)
	}
	if b.Bare {
		return w
	}
	return w + 4
}

// height is that of a box, its frame included.
func (b *Box) height() int {
	if b.Bare {
		return len(b.Lines)
	}
	return len(b.Lines) + 2
}

// Draw draws a graph without cycles, as lines of spans without blanks at their ends. Of no boxes it is nothing.
func Draw(boxes []Box, edges []Edge) [][]Span {
	if len(boxes) == 0 {
		return nil
	}
	l := newLayout(boxes, edges)
	l.order()
	l.place()
	l.route()
	return l.paint().lines()
}
