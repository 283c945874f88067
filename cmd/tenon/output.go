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

// showTable writes a table without borders. On a terminal, the last column is cut where the line ends.
func showTable[T any](con *console, items []T, columns []column[T]) {
	columns = slices.DeleteFunc(slices.Clone(columns), func(c column[T]) bool { return c.whole })
	cells := make([][]string, len(items))
	widths := make([]int, len(columns))
	for i, c := range columns {
		widths[i] = utf8.RuneCountInString(c.title)
	}
	for n, item := range items {
		cells[n] = make([]string, len(columns))
		for i, c := range columns {
			cells[n][i] = oneLine(c.text(item))
			widths[i] = max(widths[i], utf8.RuneCountInString(cells[n][i]))
		}
	}
	last := len(columns) - 1
	if con.outWidth > 0 {
		before := len(gap) * last
		for _, w := range widths[:last] {
			before += w
		}
		widths[last] = max(min(widths[last], con.outWidth-before), len(columns[last].title))
	}
	line := func(cell func(i int) string) {
		parts := make([]string, len(columns))
		for i := range columns {
			parts[i] = cell(i)
		}
		con.print("%s\n", strings.TrimRight(strings.Join(parts, gap), " "))
	}
	line(func(i int) string {
		return con.onOut(dim, align(strings.ToUpper(columns[i].title), widths[i], columns[i].right, i == last))
	})
	for n, item := range items {
		line(func(i int) string {
			s := plain
			if columns[i].paint != nil {
				s = columns[i].paint(item)
			}
			shorten := cut
			if columns[i].tail {
				shorten = cutFront
			}
			text := shorten(cells[n][i], widths[i])
			return strings.Replace(align(text, widths[i], columns[i].right, i == last), text, con.onOut(s, text), 1)
		})
	}
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
