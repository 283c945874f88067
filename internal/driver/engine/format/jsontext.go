package format

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math"
	"strconv"
	"time"

	"tenon/internal/core/spark"
)

// jsonStyle is how JSON is written.
type jsonStyle struct {
	nulls   bool // write fields that are null; Spark and Glue leave them out
	lineSep string
	charset *charset // nil: UTF-8
	doc     jsonDoc  // scratch
	moments
}

// newJSONStyle takes the options of DataFrameWriter.json. Source: "JSON Files" of the Spark SQL guide.
func newJSONStyle(o *options, dynamic bool) jsonStyle {
	s := jsonStyle{lineSep: "\n"}
	if dynamic {
		return s
	}
	s.nulls = !o.boolean("ignoreNullFields", true)
	s.lineSep = o.text("lineSep", "\n")
	s.moments = takeMoments(o, false)
	s.charset = takeOutCharset(o)
	o.only("writeNonAsciiCharacterAsCodePoint", "false")
	return s
}

// jsonRow appends one record as Spark's JacksonGenerator writes it. prefixes are the fields' names, encoded.
func (k *sink) jsonRow(b []byte, cells [][]byte, prefixes [][]byte) ([]byte, error) {
	b = append(b, '{')
	start := len(b)
	for i, at := range k.data {
		if cells[i] == nil && !k.json.nulls {
			continue
		}
		if len(b) > start {
			b = append(b, ',')
		}
		b = append(b, prefixes[i]...)
		var err error
		if b, err = k.json.cell(b, k.rel.Schema[at].Type, cells[i]); err != nil {
			return b, err
		}
	}
	b = append(b, '}')
	return append(b, k.json.lineSep...), nil
}

// jsonPrefixes encodes the names of the data's columns.
func (k *sink) jsonPrefixes() [][]byte {
	out := make([][]byte, len(k.data))
	for i, at := range k.data {
		out[i] = append(appendJSONString(nil, k.rel.Schema[at].Name), ':')
	}
	return out
}

// cell appends a value from the pipe.
func (s *jsonStyle) cell(b []byte, t spark.Type, cell []byte) ([]byte, error) {
	if cell == nil {
		return append(b, "null"...), nil
	}
	switch t.Kind {
	case spark.Array, spark.Map, spark.Struct:
		if err := s.doc.parse(cell); err != nil {
			return b, fmt.Errorf("format: nested value on the pipe: %w", err)
		}
		return s.nested(b, t, 0)
	default:
		return s.scalar(b, t, cell)
	}
}

// nested appends the value at node i of doc, whose leaves are texts of the pipe.
func (s *jsonStyle) nested(b []byte, t spark.Type, i int) ([]byte, error) {
	n := &s.doc.nodes[i]
	if n.kind == jsonNull {
		return append(b, "null"...), nil
	}
	switch t.Kind {
	case spark.Array, spark.Map:
		return s.list(b, t, i)
	case spark.Struct:
		return s.object(b, t, i)
	default:
		return s.scalar(b, t, []byte(s.doc.str(i)))
	}
}

// list appends an array, or a map as an object.
func (s *jsonStyle) list(b []byte, t spark.Type, i int) ([]byte, error) {
	open, end := byte('['), byte(']')
	if t.Kind == spark.Map {
		open, end = '{', '}'
	}
	b = append(b, open)
	first := s.doc.nodes[i].first
	err := s.doc.each(i, func(c int) error {
		if c != first {
			b = append(b, ',')
		}
		var err error
		if t.Kind == spark.Map {
			if b, err = s.mapKey(b, *t.Key, s.doc.name(c)); err != nil {
				return err
			}
			b = append(b, ':')
		}
		b, err = s.nested(b, *t.Elem, c)
		return err
	})
	return append(b, end), err
}

// object appends a struct, its members in the order of its type.
func (s *jsonStyle) object(b []byte, t spark.Type, i int) ([]byte, error) {
	b = append(b, '{')
	start := len(b)
	for _, f := range t.Fields {
		c := s.doc.member(i, f.Name)
		if (c == 0 || s.doc.nodes[c].kind == jsonNull) && !s.nulls {
			continue
		}
		if len(b) > start {
			b = append(b, ',')
		}
		b = append(appendJSONString(b, f.Name), ':')
		if c == 0 {
			b = append(b, "null"...)
			continue
		}
		var err error
		if b, err = s.nested(b, f.Type, c); err != nil {
			return b, err
		}
	}
	return append(b, '}'), nil
}

// mapKey appends a map's key as text: dates as days and timestamps as microseconds since 1970, as Spark writes its
// internal form there.
func (s *jsonStyle) mapKey(b []byte, t spark.Type, key string) ([]byte, error) {
	switch t.Kind {
	case spark.Date:
		d, err := time.Parse(time.DateOnly, key)
		return fmt.Appendf(b, `"%d"`, d.Unix()/86400), err
	case spark.Timestamp:
		ts, err := pipeTime(key)
		return fmt.Appendf(b, `"%d"`, ts.UnixMicro()), err
	case spark.Float, spark.Double:
		text, err := appendPipeDouble(nil, t.Kind, key)
		return appendJSONString(b, string(text)), err
	case spark.Decimal:
		d, ok := parseDecimal(key)
		if !ok {
			return b, fmt.Errorf("format: decimal %q on the pipe", key)
		}
		return appendJSONString(b, d.java()), nil
	default:
		return appendJSONString(b, key), nil
	}
}

// scalar appends a value of a type without parts.
func (s *jsonStyle) scalar(b []byte, t spark.Type, cell []byte) ([]byte, error) {
	switch t.Kind {
	case spark.String:
		return appendJSONString(b, string(cell)), nil
	case spark.Float, spark.Double:
		mark := len(b)
		b = append(b, '"')
		b, err := appendPipeDouble(b, t.Kind, string(cell))
		if last := b[len(b)-1]; last == 'N' || last == 'y' { // NaN, Infinity
			return append(b, '"'), err
		}
		return append(b[:mark], b[mark+1:]...), err
	case spark.Decimal:
		d, ok := parseDecimal(string(cell))
		if !ok {
			return b, fmt.Errorf("format: decimal %q on the pipe", cell)
		}
		return append(b, d.java()...), nil
	case spark.Date, spark.Timestamp:
		var text []byte
		var err error
		if t.Kind == spark.Date {
			text, err = s.appendDate(nil, cell)
		} else {
			text, err = s.appendStamp(nil, cell)
		}
		return appendJSONString(b, string(text)), err
	case spark.Binary:
		raw, err := pipeBinary(cell)
		return append(base64.StdEncoding.AppendEncode(append(b, '"'), raw), '"'), err
	default:
		return append(b, cell...), nil // integers and booleans
	}
}

// appendPipeDouble respells a double or float as Java does.
func appendPipeDouble(b []byte, k spark.Kind, cell string) ([]byte, error) {
	bits := 64
	if k == spark.Float {
		bits = 32
	}
	x, err := strconv.ParseFloat(cell, bits)
	if err != nil && !math.IsInf(x, 0) {
		return b, fmt.Errorf("format: number on the pipe: %w", err)
	}
	return spark.AppendDouble(b, x, bits), nil
}

// pipeTime reads DuckDB's spelling of a timestamp.
func pipeTime(cell string) (time.Time, error) {
	t, err := time.Parse("2006-01-02 15:04:05.999999", cell)
	if err != nil {
		return t, fmt.Errorf("format: timestamp on the pipe: %w", err)
	}
	return t, nil
}

// appendPipeTimestamp respells yyyy-MM-dd HH:mm:ss[.ffffff] as yyyy-MM-dd'T'HH:mm:ss.SSSXXX in UTC.
func appendPipeTimestamp(b, cell []byte) ([]byte, error) {
	if len(cell) < 19 || cell[10] != ' ' {
		t, err := pipeTime(string(cell))
		return t.AppendFormat(b, "2006-01-02T15:04:05.000Z"), err
	}
	b = append(append(append(b, cell[:10]...), 'T'), cell[11:19]...)
	b = append(b, ".000Z"...)
	if len(cell) > 20 {
		copy(b[len(b)-4:len(b)-1], cell[20:])
	}
	return b, nil
}

// pipeBinary undoes DuckDB's \xAB escapes.
func pipeBinary(cell []byte) ([]byte, error) {
	var out []byte
	for len(cell) > 0 {
		if cell[0] != '\\' {
			out, cell = append(out, cell[0]), cell[1:]
			continue
		}
		if len(cell) < 4 {
			return nil, fmt.Errorf("format: binary %q on the pipe", cell)
		}
		c, err := strconv.ParseUint(string(cell[2:4]), 16, 8)
		if err != nil {
			return nil, fmt.Errorf("format: binary on the pipe: %w", err)
		}
		out, cell = append(out, byte(c)), cell[4:]
	}
	return out, nil
}

// hexUpper spells the escapes of control characters as Jackson does.
const hexUpper = "0123456789ABCDEF"

// appendJSONString appends s as Jackson writes it: only quotes, backslashes and control characters are escaped.
func appendJSONString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		case '\b':
			b = append(b, '\\', 'b')
		case '\f':
			b = append(b, '\\', 'f')
		default:
			b = append(b, '\\', 'u', '0', '0', hexUpper[c>>4], hexUpper[c&15])
		}
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

// trimBlanks cuts JSON's white space around b.
func trimBlanks(b []byte) []byte { return bytes.Trim(b, " \t\r\n") }
