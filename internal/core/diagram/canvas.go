package diagram

import (
	"strings"
	"unicode/utf8"
)

// The directions in which lines leave a cell.
const (
	up = 1 << iota
	down
	left
	right
)

// strokes are the signs of lines, by their directions.
var strokes = map[int]rune{
	left: '─', right: '─', left | right: '─', up: '│', down: '│', up | down: '│',
	right | down: '╭', left | down: '╮', right | up: '╰', left | up: '╯',
	up | down | right: '├', up | down | left: '┤', left | right | down: '┬', left | right | up: '┴', up | down | left | right: '┼',
}

// cell is one character of the picture.
type cell struct {
	sign  rune // 0: blank, unless there are lines
	style string
	lines int // directions
	edge  int // whose lines they are, from 1
}

// canvas is the picture.
type canvas struct {
	cells [][]cell // rows
}

// at is a cell; the picture grows to hold it.
func (c *canvas) at(x, y int) *cell {
	for len(c.cells) <= y {
		c.cells = append(c.cells, nil)
	}
	for len(c.cells[y]) <= x {
		c.cells[y] = append(c.cells[y], cell{})
	}
	return &c.cells[y][x]
}

// text writes a text.
func (c *canvas) text(x, y int, s Span) int {
	for _, r := range s.Text {
		*c.at(x, y) = cell{sign: r, style: s.Style}
		x++
	}
	return x
}

// stroke adds lines of an edge to a cell. Where they only cross those of another, the upright one is seen.
func (c *canvas) stroke(x, y, lines, edge int, style string) {
	p := c.at(x, y)
	switch {
	case p.edge == 0 || p.edge == edge:
		p.lines |= lines
	case lines&(up|down) == 0: // across another's: it passes under
		return
	case p.lines&(up|down) == 0: // another passes under this one
		p.lines = lines
	default:
		p.lines |= lines
	}
	p.edge, p.style = edge, style
}

// across draws a line from column x0 to x1 of a row.
func (c *canvas) across(x0, x1, y, edge int, style string) {
	for x := x0; x <= x1; x++ {
		c.stroke(x, y, left|right, edge, style)
	}
}

// gutter is what stands before and behind the columns of a gap: a line's first and last piece, and the arrow.
const gutter = 2

// paint draws the boxes and the lines.
func (l *layout) paint() *canvas {
	c := &canvas{}
	x := 0
	for i, layer := range l.layers {
		width := 0
		for _, it := range layer {
			if it.box >= 0 {
				width = max(width, l.boxes[it.box].width())
			}
		}
		behind := x + width
		next := behind + 2*gutter + max(2*columns(l.gaps[i])-1, 0)
		for _, it := range layer {
			l.paintItem(c, it, x, width)
		}
		for _, n := range l.gaps[i] {
			l.paintNet(c, n, behind, next)
		}
		x = next
	}
	return c
}

// paintItem draws a box, all of a layer equally wide, or a lane.
func (l *layout) paintItem(c *canvas, it *item, x, width int) {
	if it.box < 0 {
		c.across(x, x+width-1, it.top, it.edge+1, l.edges[it.edge].Style)
		return
	}
	b := &l.boxes[it.box]
	if b.Bare {
		for i, line := range b.Lines {
			at := x + width - b.width()
			for _, s := range line {
				at = c.text(at, it.middle()+i, s)
			}
		}
		return
	}
	bar := strings.Repeat("─", width-2)
	c.text(x, it.top, Span{"╭" + bar + "╮", b.Frame})
	for i := range it.height - 2 {
		y := it.top + 1 + i
		c.text(x, y, Span{"│", b.Frame})
		at := x + 2
		if i < len(b.Lines) {
			for _, s := range b.Lines[i] {
				at = c.text(at, y, s)
			}
		}
		c.text(x+width-1, y, Span{"│", b.Frame})
	}
	c.text(x, it.top+it.height-1, Span{"╰" + bar + "╯", b.Frame})
}

// paintNet draws the part of an edge behind a layer that ends before column begin; the next one begins at next.
func (l *layout) paintNet(c *canvas, n *net, begin, next int) {
	style, edge := l.edges[n.edge].Style, n.edge+1
	tips := make([]int, len(n.right)) // the last column of each line
	for i, p := range n.right {
		tips[i] = next - 1
		if p.box >= 0 && !l.boxes[p.box].Bare {
			*c.at(next-1, p.row) = cell{sign: '▶', style: style}
			tips[i]--
		}
	}
	if n.track == straight {
		c.across(begin, tips[0], n.left[0].row, edge, style)
		return
	}
	column := begin + gutter - 1 + 2*n.track
	from, to := n.extent()
	for y := from; y <= to; y++ {
		lines := up | down
		if y == from {
			lines &^= up
		}
		if y == to {
			lines &^= down
		}
		c.stroke(column, y, lines, edge, style)
	}
	for _, p := range n.left {
		c.across(begin, column-1, p.row, edge, style)
		c.stroke(column, p.row, left, edge, style)
	}
	for i, p := range n.right {
		c.stroke(column, p.row, right, edge, style)
		c.across(column+1, tips[i], p.row, edge, style)
	}
}

// lines are the picture's rows, blanks at their ends left out.
func (c *canvas) lines() [][]Span {
	out := make([][]Span, len(c.cells))
	for y, row := range c.cells {
		for i := range row {
			if row[i].sign == 0 && row[i].lines != 0 {
				row[i].sign = strokes[row[i].lines]
			}
			if row[i].sign == 0 {
				row[i] = cell{sign: ' '}
			}
		}
		last := len(row)
		for last > 0 && row[last-1].sign == ' ' {
			last--
		}
		for _, p := range row[:last] {
			if n := len(out[y]); n > 0 && (out[y][n-1].Style == p.style || p.sign == ' ') {
				out[y][n-1].Text += string(p.sign)
				continue
			}
			out[y] = append(out[y], Span{string(p.sign), p.style})
		}
	}
	return out
}

// Width is the number of columns of the longest of lines.
func Width(lines [][]Span) int {
	most := 0
	for _, l := range lines {
		n := 0
		for _, s := range l {
			n += utf8.RuneCountInString(s.Text)
		}
		most = max(most, n)
	}
	return most
}
