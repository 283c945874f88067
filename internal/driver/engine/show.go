package engine

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/duckdb/duckdb-go/v2"

	"tenon/internal/core/spark"
	"tenon/internal/plan"
)

// minColumnWidth is the least width of a column in show(), as Spark's.
const minColumnWidth = 3

// maxShowRows bounds show(n); Spark's own bound is 2^31 rows, all of them in memory.
const maxShowRows = 1_000_000

// Show runs a frame for its first rows and prints them exactly as Spark does.
func (e *Engine) Show(ctx context.Context, s plan.Show) (plan.Text, error) {
	r, err := e.frame(s.Frame)
	if err != nil {
		return plan.Text{}, err
	}
	n := min(max(s.N, 0), maxShowRows)
	var b strings.Builder
	var table [][]string
	more := false
	err = e.rows(ctx, r, n+1, func(schema spark.Schema, row []any) error {
		if s.JSON {
			if int64(len(table)) < n {
				table = append(table, nil)
				return writeJSON(&b, schema, row)
			}
			return nil
		}
		if int64(len(table)) == n {
			more = true
			return nil
		}
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = truncate(escapeCell(pretty(schema[i].Type, v)), s.Truncate)
		}
		table = append(table, cells)
		return nil
	})
	if err != nil {
		return plan.Text{}, err
	}
	if s.JSON {
		return plan.Text{Text: b.String()}, nil
	}
	names := make([]string, len(r.Out))
	for i, a := range r.Out {
		names[i] = escapeCell(a.Name)
	}
	if s.Vertical {
		writeVertical(&b, names, table)
	} else {
		writeTable(&b, names, table, s.Truncate)
	}
	if more {
		word := "rows"
		if n == 1 {
			word = "row"
		}
		fmt.Fprintf(&b, "only showing top %d %s\n", n, word)
	}
	return plan.Text{Text: b.String()}, nil
}

// escapeCell makes control characters visible, as Spark's show does.
func escapeCell(s string) string {
	return strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`, "\f", `\f`, "\b", `\b`, "\v", `\v`, "\a", `\a`).Replace(s)
}

// truncate cuts a text to n characters, the last three of which are dots when there is room; 0 keeps all.
func truncate(s string, n int) string {
	if n <= 0 || utf8.RuneCountInString(s) <= n {
		return s
	}
	runes := []rune(s)
	if n < 4 {
		return string(runes[:n])
	}
	return string(runes[:n-3]) + "..."
}

// width counts the columns that a text takes: wide characters of East Asian scripts take two.
func width(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r >= 0x1100 && r <= 0x115f || r >= 0x2e80 && r <= 0x303e || r >= 0x3041 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 ||
			r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 || r >= 0xffe0 && r <= 0xffe6 {
			n++
		}
	}
	return n
}

// writeTable prints rows between borders; cells stand on the right when they are truncated, else on the left.
func writeTable(b *strings.Builder, names []string, table [][]string, cut int) {
	widths := make([]int, len(names))
	for i, name := range names {
		widths[i] = max(minColumnWidth, width(name))
		for _, row := range table {
			widths[i] = max(widths[i], width(row[i]))
		}
	}
	border := "+"
	for _, w := range widths {
		border += strings.Repeat("-", w) + "+"
	}
	line := func(cells []string) {
		b.WriteString("|")
		for i, c := range cells {
			blanks := strings.Repeat(" ", widths[i]-width(c))
			if cut > 0 {
				b.WriteString(blanks + c)
			} else {
				b.WriteString(c + blanks)
			}
			b.WriteString("|")
		}
		b.WriteString("\n")
	}
	b.WriteString(border + "\n")
	line(names)
	b.WriteString(border + "\n")
	for _, row := range table {
		line(row)
	}
	b.WriteString(border + "\n")
}

// writeVertical prints one line for each cell.
func writeVertical(b *strings.Builder, names []string, table [][]string) {
	nameWidth, cellWidth := minColumnWidth, minColumnWidth
	for _, n := range names {
		nameWidth = max(nameWidth, width(n))
	}
	for _, row := range table {
		for _, c := range row {
			cellWidth = max(cellWidth, width(c))
		}
	}
	if len(table) == 0 {
		b.WriteString("(0 rows)\n")
	}
	for i, row := range table {
		head := fmt.Sprintf("-RECORD %d", i)
		b.WriteString(head + strings.Repeat("-", max(0, nameWidth+cellWidth+5-len(head))) + "\n")
		for j, c := range row {
			b.WriteString(" " + names[j] + strings.Repeat(" ", nameWidth-width(names[j])) + " | " + c +
				strings.Repeat(" ", cellWidth-width(c)) + " \n")
		}
	}
}

// pretty spells a value as Spark's show does (ToPrettyString).
func pretty(t spark.Type, v any) string {
	if v == nil || t.Kind == spark.Null {
		return "NULL"
	}
	switch v := v.(type) {
	case int64:
		if t.IsInterval() {
			return spark.IntervalText(t, v)
		}
		return strconv.FormatInt(v, 10)
	case int32:
		if t.IsInterval() {
			return spark.IntervalText(t, int64(v))
		}
		return strconv.FormatInt(int64(v), 10)
	case float64:
		return spark.JavaDouble(v, 64)
	case float32:
		return spark.JavaDouble(float64(v), 32)
	case []byte:
		parts := make([]string, len(v))
		for i, c := range v {
			parts[i] = fmt.Sprintf("%02X", c)
		}
		return "[" + strings.Join(parts, " ") + "]"
	case time.Time:
		if t.Kind == spark.Date {
			return v.Format(spark.DateLayout)
		}
		return v.Format("2006-01-02 15:04:05.999999")
	case duckdb.Decimal:
		return decimalText(v)
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			if entry, ok := x.(map[string]any); ok && t.Kind == spark.Map {
				parts[i] = pretty(*t.Key, entry["key"]) + " -> " + pretty(*t.Elem, entry["value"])
			} else {
				parts[i] = pretty(*t.Elem, x)
			}
		}
		if t.Kind == spark.Map {
			return "{" + strings.Join(parts, ", ") + "}"
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = pretty(f.Type, v[f.Name])
		}
		return "{" + strings.Join(parts, ", ") + "}"
	default:
		return fmt.Sprint(v)
	}
}

// writeJSON prints a row of a DynamicFrame as one JSON object.
func writeJSON(b *strings.Builder, schema spark.Schema, row []any) error {
	b.WriteString("{")
	for i, f := range schema {
		if i > 0 {
			b.WriteString(", ")
		}
		if err := writeMember(b, f, row[i]); err != nil {
			return err
		}
	}
	b.WriteString("}\n")
	return nil
}

// writeMember prints "name": value.
func writeMember(b *strings.Builder, f spark.Field, v any) error {
	name, err := json.Marshal(f.Name)
	if err != nil {
		return fmt.Errorf("engine: encode the name %q: %w", f.Name, err)
	}
	b.WriteString(string(name) + ": ")
	return writeJSONValue(b, f.Type, v)
}

// writeJSONValue prints a value; choices as whichever alternative is set.
func writeJSONValue(b *strings.Builder, t spark.Type, v any) error {
	switch v := v.(type) {
	case float64:
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			b.WriteString(spark.JavaDouble(v, 64))
			return nil
		}
	case duckdb.Decimal:
		b.WriteString(decimalText(v))
		return nil
	case time.Time:
		b.WriteString(strconv.Quote(pretty(t, v)))
		return nil
	case []byte:
		b.WriteString(strconv.Quote(base64.StdEncoding.EncodeToString(v)))
		return nil
	case []any:
		return writeJSONList(b, t, v)
	case map[string]any:
		if t.Kind == spark.Choice {
			for _, f := range t.Fields {
				if v[f.Name] != nil {
					return writeJSONValue(b, f.Type, v[f.Name])
				}
			}
			b.WriteString("null")
			return nil
		}
		b.WriteString("{")
		for i, f := range t.Fields {
			if i > 0 {
				b.WriteString(", ")
			}
			if err := writeMember(b, f, v[f.Name]); err != nil {
				return err
			}
		}
		b.WriteString("}")
		return nil
	}
	cell, err := appendCell(nil, t, v)
	b.Write(cell)
	return err
}

// writeJSONList prints an array, or a map as an object.
func writeJSONList(b *strings.Builder, t spark.Type, list []any) error {
	if t.Kind == spark.Map {
		b.WriteString("{")
	} else {
		b.WriteString("[")
	}
	for i, v := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		var err error
		if entry, ok := v.(map[string]any); ok && t.Kind == spark.Map {
			err = writeMember(b, spark.Field{Name: pretty(*t.Key, entry["key"]), Type: *t.Elem}, entry["value"])
		} else {
			err = writeJSONValue(b, *t.Elem, v)
		}
		if err != nil {
			return err
		}
	}
	if t.Kind == spark.Map {
		b.WriteString("}")
	} else {
		b.WriteString("]")
	}
	return nil
}
