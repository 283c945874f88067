package diagram_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"

	"tenon/internal/core/diagram"
)

// TestDraw draws graphs, one edge a line: a b -> c d. A name alone is a box that nothing leads to; * is a bare sign.
func TestDraw(t *testing.T) {
	datadriven.RunTest(t, "testdata/draw.txt", func(t *testing.T, d *datadriven.TestData) string {
		var boxes []diagram.Box
		var edges []diagram.Edge
		at := map[string]int{}
		find := func(words string) []int {
			var out []int
			for _, w := range strings.Fields(words) {
				if _, known := at[w]; !known {
					at[w] = len(boxes)
					boxes = append(boxes, diagram.Box{Lines: [][]diagram.Span{{{Text: w}}}, Bare: w == "*"})
				}
				out = append(out, at[w])
			}
			return out
		}
		for line := range strings.Lines(d.Input) {
			from, to, _ := strings.Cut(line, "->")
			edges = append(edges, diagram.Edge{From: find(from), To: find(to)})
		}
		return text(diagram.Draw(boxes, edges))
	})
}

// text is a picture without its styles.
func text(lines [][]diagram.Span) string {
	var b strings.Builder
	for _, l := range lines {
		for _, s := range l {
			b.WriteString(s.Text)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestFollow follows the lines of random pictures: from each box they lead to the boxes that its edges lead to, and to no
// others, as somebody sees it who takes a line that meets the side of an upright one for passing under it.
func TestFollow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 10).Draw(t, "boxes")
		var boxes []diagram.Box
		for i := range n {
			boxes = append(boxes, diagram.Box{Lines: [][]diagram.Span{{{Text: string(rune('A' + i))}}}})
		}
		var edges []diagram.Edge
		var want []string
		for last := range n - 1 { // of the sources
			if rapid.IntRange(0, 2).Draw(t, "leads") == 0 {
				continue
			}
			from := append(rapid.SliceOfNDistinct(rapid.IntRange(0, last), 0, 2, rapid.ID).Draw(t, "from"), last)
			to := rapid.SliceOfNDistinct(rapid.IntRange(last+1, n-1), 1, 3, rapid.ID).Draw(t, "to")
			slices.Sort(from)
			from = slices.Compact(from)
			edges = append(edges, diagram.Edge{From: from, To: to})
			for _, i := range from {
				for _, j := range to {
					want = append(want, fmt.Sprintf("%c>%c", 'A'+i, 'A'+j))
				}
			}
		}
		picture := text(diagram.Draw(boxes, edges))
		got := follow(picture)
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(slices.Compact(got), slices.Compact(want)) {
			t.Fatalf("drawn %v, want %v\n%s", got, want, picture)
		}
	})
}

// follow lists which box leads to which in a picture of boxes with one letter.
func follow(picture string) []string {
	var grid [][]rune
	for line := range strings.Lines(picture) {
		grid = append(grid, []rune(strings.TrimRight(line, "\n")))
	}
	at := func(x, y int) rune {
		if y < 0 || y >= len(grid) || x < 0 || x >= len(grid[y]) {
			return ' '
		}
		return grid[y][x]
	}
	var out []string
	for y, row := range grid {
		for x, r := range row {
			if r < 'A' || r > 'Z' {
				continue
			}
			for row := y; at(x-2, row) == '│' && at(x+2, row) == '│'; row++ { // a line leaves the box in each row, or none
				for _, to := range walk(at, x+3, row) {
					out = append(out, fmt.Sprintf("%c>%c", r, to))
				}
			}
		}
	}
	return out
}

// boxAt is the letter of the box that an arrow at x, y points to: above, where the box is higher.
func boxAt(at func(x, y int) rune, x, y int) rune {
	for y > 0 && at(x+3, y) == ' ' {
		y--
	}
	return at(x+3, y)
}

// dirs are the ways, and which signs join them.
var dirs = []struct {
	dx, dy   int
	out, in_ string // signs that lead that way, and that are entered from it
}{
	{1, 0, "─╭╰├┬┴┼", "─╮╯┤┬┴┼▶"},
	{-1, 0, "─╮╯┤┬┴┼", "─╭╰├┬┴┼"},
	{0, 1, "│╭╮├┤┬┼", "│╰╯├┤┴┼"},
	{0, -1, "│╰╯├┤┴┼", "│╭╮├┤┬┼"},
}

// walk goes along the lines from a cell and lists the letters behind the arrows that it comes to. A line that meets the
// side of an upright one passes under it, to where it goes on.
func walk(at func(x, y int) rune, x, y int) []rune {
	type place struct{ x, y int }
	seen := map[place]bool{}
	var out []rune
	var visit func(x, y int)
	visit = func(x, y int) {
		if seen[place{x, y}] || at(x, y) == ' ' {
			return
		}
		seen[place{x, y}] = true
		r := at(x, y)
		if r == '▶' {
			out = append(out, boxAt(at, x, y))
			return
		}
		for _, d := range dirs {
			if !strings.ContainsRune(d.out, r) {
				continue
			}
			nx, ny := x+d.dx, y+d.dy
			for d.dx != 0 && at(nx, ny) == '│' { // under it
				nx += d.dx
			}
			if strings.ContainsRune(d.in_, at(nx, ny)) {
				visit(nx, ny)
			}
		}
	}
	visit(x, y)
	return out
}
