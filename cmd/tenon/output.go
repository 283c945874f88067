package main

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The values of -o.
const (
	formatTable = "table"
	formatJSON  = "json"
	formatYAML  = "yaml"
	formatCSV   = "csv"
)

// checkFormat refuses an -o that is none of them.
func checkFormat(f string) error {
	switch f {
	case formatTable, formatJSON, formatYAML, formatCSV:
		return nil
	}
	return usageError("-o %q is not table, json, yaml or csv", f)
}

// column is a column of a table over items of type T; CSV has the same columns. JSON and YAML show the items whole.
type column[T any] struct {
	title string
	text  func(T) string // as people read it
	exact func(T) string // as CSV has it; nil: as text
	paint func(T) style  // nil: plain
	right bool           // numbers
	whole bool           // for CSV alone: a table has no room for it
	drawn bool           // a picture: not for CSV
	tail  bool           // of the last column: what does not fit is cut at its beginning
	spare bool           // left out, the rightmost first, where the terminal is too narrow for all
	least int            // where that is not enough, it may be cut to this width; 0: it stays whole
	below func(T) string // of the last column: where little room is left for it, this stands below its rows instead,
	each  bool           // below each of them, not once below all that have the same
}

// csvTitle is the column's name in CSV: lower case, words joined.
func (c column[T]) csvTitle() string { return strings.ReplaceAll(strings.ToLower(c.title), " ", "_") }

// gap is what stands between two columns.
const gap = "  "

// showList writes items in the wanted format. none is said, on stderr, when a table would be empty.
func showList[T any](a *app, items []T, none string, columns ...column[T]) error {
	switch a.flags.output {
	case formatJSON, formatYAML:
		if items == nil {
			items = []T{}
		}
		return a.showDocument(items)
	case formatCSV:
		return showCSV(a.con, items, columns)
	}
	if len(items) == 0 {
		a.con.say("%s", none)
		return nil
	}
	showTable(a.con, items, columns)
	return nil
}

// showCSV writes RFC 4180 with a line of names.
func showCSV[T any](con *console, items []T, columns []column[T]) error {
	columns = slices.DeleteFunc(slices.Clone(columns), func(c column[T]) bool { return c.drawn })
	w := csv.NewWriter(con.out)
	record := make([]string, len(columns))
	for i, c := range columns {
		record[i] = c.csvTitle()
	}
	if err := w.Write(record); err != nil {
		return err
	}
	for _, item := range items {
		for i, c := range columns {
			if c.exact != nil {
				record[i] = c.exact(item)
			} else {
				record[i] = c.text(item)
			}
		}
		if err := w.Write(record); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// leastLast is the room that the last column should have; below it, spare columns go.
const leastLast = 24

// grid is a table before it is written.
type grid[T any] struct {
	columns []column[T]
	cells   [][]string
	widths  []int
	cut     bool // the last column has less room than its texts
}

// newGrid lays out items; width is the terminal's, 0 where there is none.
func newGrid[T any](items []T, columns []column[T], width int) *grid[T] {
	g := &grid[T]{cells: make([][]string, len(items))}
	for _, c := range columns {
		if c.whole {
			continue
		}
		w := utf8.RuneCountInString(c.title)
		for n, item := range items {
			text := oneLine(c.text(item))
			g.cells[n], w = append(g.cells[n], text), max(w, utf8.RuneCountInString(text))
		}
		g.columns, g.widths = append(g.columns, c), append(g.widths, w)
	}
	if width > 0 {
		g.fit(width)
	}
	return g
}

// before is how many columns of the terminal stand before the last of the table's.
func (g *grid[T]) before() int {
	n := 0
	for _, w := range g.widths[:len(g.widths)-1] {
		n += w + len(gap)
	}
	return n
}

// fit leaves out spare columns until the last one has room, cuts the widest of those that may be cut, and cuts the last one
// to the room it has.
func (g *grid[T]) fit(width int) {
	for i := len(g.columns) - 1; i >= 0; i-- {
		if last := g.widths[len(g.widths)-1]; g.before()+min(last, leastLast) <= width {
			break
		}
		if g.columns[i].spare {
			g.drop(i)
		}
	}
	last := len(g.columns) - 1
	room := width - min(g.widths[last], leastLast)
	if g.columns[last].below != nil { // it may stand below
		room = width + len(gap)
	}
	for over := g.before() - room; over > 0; over-- {
		widest := -1
		for i := range last {
			if c := &g.columns[i]; c.least > 0 && g.widths[i] > max(c.least, utf8.RuneCountInString(c.title)) && (widest < 0 || g.widths[i] > g.widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		g.widths[widest]--
	}
	whole := g.widths[last]
	g.widths[last] = max(min(whole, width-g.before()), len(g.columns[last].title))
	g.cut = g.widths[last] < whole
}

// drop leaves out column i.
func (g *grid[T]) drop(i int) {
	g.columns, g.widths = slices.Delete(g.columns, i, i+1), slices.Delete(g.widths, i, i+1)
	for n := range g.cells {
		g.cells[n] = slices.Delete(g.cells[n], i, i+1)
	}
}

// showTable writes a table without borders. On a terminal, spare columns are left out where it is too narrow, and the
// last column is cut where the line ends, or stands below.
func showTable[T any](con *console, items []T, columns []column[T]) {
	g := newGrid(items, columns, con.outWidth)
	last := len(g.columns) - 1
	below := g.columns[last].below
	if below == nil || con.outWidth == 0 || !g.cut || g.widths[last] >= leastBelow {
		below = nil
	}
	line := func(cell func(i int) string) {
		parts := make([]string, 0, len(g.columns))
		for i := range g.columns {
			if i < last || below == nil {
				parts = append(parts, cell(i))
			}
		}
		con.print("%s\n", strings.TrimRight(strings.Join(parts, gap), " "))
	}
	line(func(i int) string {
		return con.onOut(dim, align(strings.ToUpper(g.columns[i].title), g.widths[i], g.columns[i].right, i == last))
	})
	for n, item := range items {
		line(func(i int) string { return g.cell(con, n, i, item) })
		if below == nil {
			continue
		}
		if text := oneLine(below(item)); text != "" && (n == len(items)-1 || g.columns[last].each || text != oneLine(below(items[n+1]))) {
			margin := strings.Repeat(" ", belowMargin)
			lines := strings.Split(fold(text, con.outWidth, belowMargin), "\n")
			con.print("%s%s\n", margin, con.onOut(g.style(last, item), strings.Join(lines, "\n"+margin)))
		}
	}
}

// What stands below a row is belowMargin from its beginning; it goes there where the column had less than leastBelow.
const (
	leastBelow  = 48
	belowMargin = 5
)

// style is how column i paints an item.
func (g *grid[T]) style(i int, item T) style {
	if p := g.columns[i].paint; p != nil {
		return p(item)
	}
	return plain
}

// cell is column i of row n.
func (g *grid[T]) cell(con *console, n, i int, item T) string {
	c := &g.columns[i]
	shorten := cut
	if c.tail {
		shorten = cutFront
	}
	text := shorten(g.cells[n][i], g.widths[i])
	return strings.Replace(align(text, g.widths[i], c.right, i == len(g.columns)-1), text, con.onOut(g.style(i, item), text), 1)
}

// align pads s to width; the last column is not padded on its right.
func align(s string, width int, right, last bool) string {
	pad := strings.Repeat(" ", max(width-utf8.RuneCountInString(s), 0))
	switch {
	case right:
		return pad + s
	case last:
		return s
	}
	return s + pad
}

// cut shortens s to width characters, at its end.
func cut(s string, width int) string {
	if utf8.RuneCountInString(s) <= width {
		return s
	}
	r := []rune(s)
	return string(r[:max(width-1, 0)]) + "…"
}

// cutFront shortens s to width characters, at its beginning.
func cutFront(s string, width int) string {
	if utf8.RuneCountInString(s) <= width {
		return s
	}
	r := []rune(s)
	return "…" + string(r[len(r)-max(width-1, 0):])
}

// oneLine is s without line ends and control characters, which would break a table or a terminal.
func oneLine(s string) string { return strings.NewReplacer("\n", " ", "\t", " ").Replace(harmless(s)) }

// harmless is s without the control characters by which a script's message could command a terminal: C0 but for line
// feed and tab, DEL, and C1, of which some terminals take U+009B for ESC [.
func harmless(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
}

// field is a line of a single item's view. An empty value is left out.
type field struct {
	name  string
	value string
	paint style
}

// showItem writes one item: its fields, or the whole of it as JSON or YAML.
func (a *app) showItem(item any, fields []field) error {
	switch a.flags.output {
	case formatJSON, formatYAML:
		return a.showDocument(item)
	case formatCSV:
		return showCSV(a.con, fields, []column[field]{
			{title: "name", text: func(f field) string { return f.name }},
			{title: "value", text: func(f field) string { return f.value }},
		})
	}
	width := 0
	for _, f := range fields {
		if f.value != "" {
			width = max(width, len(f.name))
		}
	}
	for _, f := range fields {
		if f.value == "" {
			continue
		}
		margin := width + len(gap)
		indented := strings.ReplaceAll(fold(f.value, a.con.outWidth, margin), "\n", "\n"+strings.Repeat(" ", margin))
		a.con.print("%s%s%s\n", a.con.onOut(dim, fmt.Sprintf("%-*s", width, f.name)), gap, a.con.onOut(f.paint, indented))
	}
	return nil
}

// showVersion answers `tenon version`.
func (a *app) showVersion() error {
	v := versionInfo()
	return a.showItem(v, []field{
		{name: "tenon", value: v.Version, paint: bold},
		{name: "revision", value: v.Revision},
		{name: "go", value: v.Go},
		{name: "platform", value: v.Platform},
	})
}
