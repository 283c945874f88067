package format

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// jsonConverter turns records into lines of the plain form, by the rules of Spark's JacksonParser.
type jsonConverter struct {
	j      *jsonSource
	doc    jsonDoc
	today  time.Time
	shared string // the mark of a record that is an array, which all its rows have
}

// errMismatch says that a value is not of its column's type.
var errMismatch = errors.New("a value that is not of its column's type")

// newJSONConverter makes a converter for one file.
func newJSONConverter(j *jsonSource) *jsonConverter {
	return &jsonConverter{j: j, today: time.Now().UTC().Truncate(24 * time.Hour)}
}

// record appends the rows of one record, and counts them. err is set where FAILFAST ends the run.
func (v *jsonConverter) record(b []byte, record []byte) ([]byte, int64, error) {
	if err := v.j.parse(&v.doc, record); err != nil {
		if !v.j.dynamic && v.goesOn(v.j.columns) {
			return b, 0, goesOnError(record)
		}
		return v.malformed(b, 0, record, err)
	}
	if v.doc.nodes[0].kind == jsonObject {
		return v.row(b, 0, record)
	}
	var rows int64
	var err error
	if v.shared, err = v.markOfAll(); err != nil {
		return b, 0, err
	}
	err = v.doc.each(0, func(c int) error {
		var n int64
		var err error
		b, n, err = v.row(b, c, record)
		rows += n
		return err
	})
	v.shared = ""
	return b, rows, err
}

// goesOn reports whether Spark may keep some fields of a text that failed to parse: its parser goes on after an error
// inside of a field's value, from where it stands.
func (v *jsonConverter) goesOn(fields []spark.Field) bool { return v.goesOnAfter(v.doc.broken, fields) }

// goesOnAfter is goesOn of an object of these fields, with the error in its member broken.
func (v *jsonConverter) goesOnAfter(broken int, fields []spark.Field) bool {
	d := &v.doc
	if broken == 0 || d.cut {
		return false
	}
	at := slices.IndexFunc(fields, func(f spark.Field) bool { return f.Name == d.name(broken) })
	if at < 0 {
		return false // what is skipped is not gone on with
	}
	switch kind := d.nodes[broken].kind; kind {
	case jsonText:
		after := bytes.TrimLeft(d.in[min(d.resume, len(d.in)):], " \t\r\n")
		return len(after) > 0 && (after[0] == ',' || after[0] == '}')
	case jsonArray, jsonObject:
		switch fields[at].Type.Kind {
		case spark.Array, spark.String:
			return kind == jsonArray || fields[at].Type.Kind == spark.String
		case spark.Struct, spark.Map:
			return kind == jsonObject
		}
	}
	return false
}

// goesOnError refuses a text after whose error Spark goes on.
func goesOnError(text []byte) error {
	return plan.Unsupported(fmt.Sprintf("the malformed JSON text %.80q, of which Spark reads a part,", text),
		"take such texts out before: their error is inside of a nested value")
}

// malformed is a record that cannot be read at all: a row of nulls, or none.
func (v *jsonConverter) malformed(b []byte, start int, record []byte, cause error) ([]byte, int64, error) {
	switch {
	case v.j.dynamic, v.j.mode == "DROPMALFORMED":
		return b[:start], 0, nil // a DynamicFrame makes an error record of it
	case v.j.mode == "FAILFAST":
		return b, 0, cause
	}
	b = append(b[:start], '{')
	b = v.appendMalformed(b, len(b), ","+markShape+",", record)
	return append(b, '}', '\n'), 1, nil
}

// corrupt appends the member of the corrupt-record column.
func (v *jsonConverter) corrupt(b, record []byte) []byte {
	b = append(appendJSONString(b, relation.Column(v.j.bad)), ':')
	return appendJSONString(b, validUTF8(record))
}

// row appends the object at node i as one row. Values that do not fit are null, and make the record malformed.
func (v *jsonConverter) row(b []byte, i int, record []byte) ([]byte, int64, error) {
	start := len(b)
	b = append(b, '{')
	body := len(b)
	b, bad := v.members(b, i, v.j.columns, relation.Column, v.j.bad)
	if bad == nil && v.shared == "" {
		return append(b, '}', '\n'), 1, nil
	}
	if known := (*plan.Error)(nil); errors.As(bad, &known) {
		return b, 0, bad
	}
	if v.j.mode == "FAILFAST" {
		return v.malformed(b, start, record, bad)
	}
	mark := v.shared
	if mark == "" && v.j.marks != nil {
		mark = v.markOf(i)
	}
	b = v.appendMalformed(b, body, mark, record)
	return append(b, '}', '\n'), 1, nil
}

// value appends the value at node i as one of type t. With an error what it appended is to be cut off again, but for a
// struct, whose good members are kept.
func (v *jsonConverter) value(b []byte, i int, t spark.Type) ([]byte, error) {
	n := &v.doc.nodes[i]
	if n.kind == jsonNull {
		return append(b, "null"...), nil
	}
	switch t.Kind {
	case spark.Array:
		return v.list(b, i, t)
	case spark.Map:
		return v.mapping(b, i, t)
	case spark.Struct:
		return v.object(b, i, t)
	case spark.Choice:
		return v.choice(b, i, t)
	case spark.String:
		return appendJSONString(b, v.text(i)), nil
	case spark.Null:
		return append(b, "null"...), nil
	default:
		return v.scalar(b, i, t)
	}
}

// choice appends a value as the alternative of t that it is.
func (v *jsonConverter) choice(b []byte, i int, t spark.Type) ([]byte, error) {
	n := &v.doc.nodes[i]
	for _, alt := range t.Fields {
		if !isKind(n, alt.Type.Kind) {
			continue
		}
		mark := len(b)
		b = append(appendJSONString(append(b, '{'), alt.Name), ':')
		var err error
		if b, err = v.value(b, i, alt.Type); err == nil {
			return append(b, '}'), nil
		}
		b = b[:mark]
	}
	return b, errMismatch
}

// isKind reports whether a value is one of kind k, as shape tells them apart.
func isKind(n *jsonNode, k spark.Kind) bool {
	switch n.kind {
	case jsonText:
		return k == spark.String
	case jsonBool:
		return k == spark.Boolean
	case jsonArray:
		return k == spark.Array
	case jsonObject:
		return k == spark.Struct
	}
	var s shape
	s.number(n.text)
	switch k {
	case spark.Int:
		return s.narrow
	case spark.Long:
		return s.wide
	case spark.Decimal:
		return s.big > 0
	default:
		return k == spark.Double && (s.doubles || s.big > maxPrecision)
	}
}

// partly wraps the error of a value that is kept although parts of it are not of their types.
type partly struct{ error }

// Unwrap gives what was wrong.
func (p partly) Unwrap() error { return p.error }

// kept reports whether a value that gave err stays.
func kept(err error) bool {
	var p partly
	return err == nil || errors.As(err, &p)
}

// ends reports whether err ends the run, other than a value that is not of its type.
func ends(err error) bool {
	var known *plan.Error
	return errors.As(err, &known)
}

// list appends an array; one bad element spoils it, unless parts of the element are good.
func (v *jsonConverter) list(b []byte, i int, t spark.Type) ([]byte, error) {
	if v.doc.nodes[i].kind != jsonArray {
		return b, errMismatch
	}
	b = append(b, '[')
	var bad error
	for c := v.doc.nodes[i].first; c != 0; c = v.doc.nodes[c].next {
		if c != v.doc.nodes[i].first {
			b = append(b, ',')
		}
		var err error
		if b, err = v.value(b, c, *t.Elem); !kept(err) || ends(err) {
			return b, err
		}
		bad = first(bad, err)
	}
	return append(b, ']'), bad
}

// first is the first error of two.
func first(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// mapping appends a map, as an object; one bad value spoils it, unless parts of the value are good.
func (v *jsonConverter) mapping(b []byte, i int, t spark.Type) ([]byte, error) {
	if v.doc.nodes[i].kind != jsonObject || t.Key.Kind != spark.String {
		return b, errMismatch
	}
	b = append(b, '{')
	var bad error
	for c := v.doc.nodes[i].first; c != 0; c = v.doc.nodes[c].next {
		name := v.doc.name(c)
		if v.doc.member(i, name) != c {
			return b, plan.Unsupported(fmt.Sprintf("the JSON object with two members %q as a map", name), "read it as a string or struct")
		}
		if c != v.doc.nodes[i].first {
			b = append(b, ',')
		}
		b = append(appendJSONString(b, name), ':')
		var err error
		if b, err = v.value(b, c, *t.Elem); !kept(err) || ends(err) {
			return b, err
		}
		bad = first(bad, err)
	}
	return append(b, '}'), bad
}

// object appends a struct; bad members are null, and the error tells of them.
func (v *jsonConverter) object(b []byte, i int, t spark.Type) ([]byte, error) {
	if v.doc.nodes[i].kind != jsonObject {
		return b, errMismatch
	}
	b, bad := v.members(append(b, '{'), i, t.Fields, func(at int) string { return t.Fields[at].Name }, -1)
	if bad != nil && !ends(bad) {
		bad = partly{bad}
	}
	return append(b, '}'), bad
}

// members appends the fields that object i has, but for the one at skip, under the names that key gives. The first error
// is returned; one that ends the run comes at once.
func (v *jsonConverter) members(b []byte, i int, fields []spark.Field, key func(at int) string, skip int) ([]byte, error) {
	body := len(b)
	var bad error
	for at, f := range fields {
		if at == skip || v.doc.member(i, f.Name) == 0 {
			continue
		}
		mark := len(b)
		if len(b) > body {
			b = append(b, ',')
		}
		b = append(appendJSONString(b, key(at)), ':')
		var err error
		var some bool
		if b, some, err = v.lastOf(b, i, f); !some {
			b = b[:mark]
		}
		if ends(err) {
			return b, err
		}
		bad = first(bad, err)
	}
	return b, bad
}

// lastOf appends the last good value among the members of object i that are called as field f is, if there are some.
func (v *jsonConverter) lastOf(b []byte, i int, f spark.Field) (out []byte, some bool, bad error) {
	start := len(b)
	for c := v.doc.nodes[i].first; c != 0; c = v.doc.nodes[c].next {
		if n := &v.doc.nodes[c]; !n.keyEscape && string(n.key) != f.Name || n.keyEscape && v.doc.name(c) != f.Name {
			continue
		}
		mark := len(b)
		var err error
		b, err = v.value(b, c, f.Type)
		switch {
		case ends(err):
			return b, some, err
		case kept(err):
			b, some = append(b[:start], b[mark:]...), true
		default:
			b = b[:mark]
		}
		bad = first(bad, err)
	}
	return b, some, bad
}

// scalar appends a number, boolean, date, timestamp or binary.
func (v *jsonConverter) scalar(b []byte, i int, t spark.Type) ([]byte, error) {
	n := &v.doc.nodes[i]
	s := v.doc.str(i)
	var ok bool
	mark := len(b)
	switch t.Kind {
	case spark.Byte, spark.Short, spark.Int, spark.Long:
		if n.kind != jsonNumber {
			return b, errMismatch
		}
		if x, err := strconv.ParseUint(s, 10, 8); t.Kind == spark.Byte && err == nil {
			return strconv.AppendInt(b, int64(int8(x)), 10), nil // Jackson takes bytes of 128 to 255
		}
		b, ok = v.j.moments.appendTyped(b, t, s, v.today)
	case spark.Float, spark.Double:
		x, isNumber := jsonDouble(n.kind, s)
		ok = isNumber
		b = append(b, '"')
		b = append(appendPlainDouble(b, x, t.Kind), '"')
	case spark.Boolean:
		b, ok = append(b, s...), n.kind == jsonBool
	case spark.Timestamp:
		return v.timestamp(b, n.kind, s)
	case spark.Date:
		b = append(b, '"')
		if b, ok = v.j.moments.appendTyped(b, t, s, v.today); !ok && n.kind == jsonText && v.j.moments.daysToo() && strings.Trim(s, "0123456789") == "" {
			return appendDay(b[:mark], s)
		}
		b, ok = append(b, '"'), ok && n.kind == jsonText
	case spark.Decimal:
		if n.kind == jsonText {
			s = strings.ReplaceAll(s, ",", "")
		}
		d, isNumber := parseDecimal(s)
		if !isNumber || n.kind != jsonNumber && n.kind != jsonText {
			return b, errMismatch
		}
		if d, ok = d.rescale(t.Precision, t.Scale); !ok {
			return b, errMismatch
		}
		b = append(append(append(b, '"'), d.plain()...), '"')
	case spark.Binary:
		raw, err := base64.StdEncoding.DecodeString(s)
		ok = err == nil && n.kind == jsonText
		b = append(b, '"')
		for _, c := range raw {
			b = hex.AppendEncode(append(b, `\\x`...), []byte{c})
		}
		b = append(b, '"')
	}
	if !ok {
		return b[:mark], v.mismatch(n.kind, t, s)
	}
	return b, nil
}

// appendDay appends the date of a text of digits that is no year: so many days after 1970, as Spark 1 wrote dates. Past
// the year 9999 it is refused, for 20200131 is hardly meant so. Source: JacksonParser of Spark 3.5, DateType.
func appendDay(b []byte, s string) ([]byte, error) {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || len(s) >= 4 && len(s) <= 7 { // 4 to 7 digits are a year
		return b, errMismatch
	}
	day := time.Unix(n*24*60*60, 0).UTC()
	if day.Year() > 9999 {
		return b, plan.Unsupported(fmt.Sprintf("the date %q", s), "Spark takes it for days since 1970; set dateFormat, for example yyyyMMdd")
	}
	return append(day.AppendFormat(append(b, '"'), time.DateOnly), '"'), nil
}

// mismatch is errMismatch, or Spark's error for a date that only an older Spark reads.
func (v *jsonConverter) mismatch(kind byte, t spark.Type, s string) error {
	if kind == jsonText {
		if err := v.j.moments.upgrade(t, s); err != nil {
			return err
		}
	}
	return errMismatch
}

// jsonDouble reads what Spark takes for a double: a number, or one of few names as a string.
func jsonDouble(kind byte, s string) (float64, bool) {
	switch s {
	case "NaN":
		return math.NaN(), true
	case "INF", "+INF", "Infinity", "+Infinity":
		return math.Inf(1), true
	case "-INF", "-Infinity":
		return math.Inf(-1), true
	}
	if s == "-0" { // a whole number to Jackson, which has no negative zero
		s = "0"
	}
	x, err := strconv.ParseFloat(s, 64)
	return x, kind == jsonNumber && (err == nil || math.IsInf(x, 0))
}

// timestamp appends a timestamp: a text, or whole seconds since 1970.
func (v *jsonConverter) timestamp(b []byte, kind byte, s string) ([]byte, error) {
	ts, ok := v.j.moments.parseStamp(s, v.today)
	if kind == jsonNumber {
		n, err := strconv.ParseInt(s, 10, 64)
		ts, ok = time.Unix(n, 0).UTC(), err == nil
	}
	if !ok || kind != jsonNumber && kind != jsonText {
		return b, v.mismatch(kind, spark.T(spark.Timestamp), s)
	}
	return ts.AppendFormat(b, `"2006-01-02 15:04:05.000000"`), nil
}

// text is the value at node i as a string column has it: other values than strings are written anew, without white
// space, whole numbers as they are, others as doubles.
func (v *jsonConverter) text(i int) string {
	if v.doc.nodes[i].kind == jsonText {
		return validUTF8([]byte(v.doc.str(i)))
	}
	return string(v.generate(nil, i))
}

// generate writes a value anew, as Jackson's copyCurrentStructure does.
func (v *jsonConverter) generate(b []byte, i int) []byte {
	n := &v.doc.nodes[i]
	switch n.kind {
	case jsonText:
		return appendJSONString(b, v.doc.str(i))
	case jsonNumber:
		s := string(n.text)
		if d, ok := parseDecimal(s); ok && d.scale == 0 && !hasExponent(s) {
			return append(b, d.plain()...)
		}
		x, _ := jsonDouble(jsonNumber, s)
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return append(spark.AppendDouble(append(b, '"'), x, 64), '"')
		}
		return spark.AppendDouble(b, x, 64)
	case jsonArray, jsonObject:
		open, end := byte('['), byte(']')
		if n.kind == jsonObject {
			open, end = '{', '}'
		}
		b = append(b, open)
		for c := n.first; c != 0; c = v.doc.nodes[c].next {
			if c != n.first {
				b = append(b, ',')
			}
			if n.kind == jsonObject {
				b = append(appendJSONString(b, v.doc.name(c)), ':')
			}
			b = v.generate(b, c)
		}
		return append(b, end)
	default:
		return append(b, n.text...)
	}
}

// hasExponent reports whether a number is written with a point or an exponent.
func hasExponent(s string) bool {
	for _, c := range s {
		if c == '.' || c == 'e' || c == 'E' {
			return true
		}
	}
	return false
}
