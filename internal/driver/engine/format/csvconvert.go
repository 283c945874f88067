package format

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"tenon/internal/core/spark"
	"tenon/internal/plan"
)

// csvConverter turns parsed records into rows of the plain form.
type csvConverter struct {
	c          *csvSource
	today      time.Time // for timestamps that are a time of day alone
	lineBreaks bool      // a value held one
	mark       []byte    // of the present record
	checks     []cellCheck
}

// newCSVConverter makes a converter for one file.
func newCSVConverter(c *csvSource) *csvConverter {
	v := &csvConverter{c: c, today: time.Now().UTC().Truncate(24 * time.Hour)}
	for _, f := range c.schema {
		v.checks = append(v.checks, c.check(f.Type))
	}
	return v
}

// row appends one record to b. keep is false with an err alone, which ends the run in FAILFAST, or says of a DynamicFrame's
// record why it is an error record.
func (v *csvConverter) row(b []byte, fields []field, line []byte) (out []byte, keep bool, err error) {
	c := v.c
	malformed := error(nil)
	v.mark = v.mark[:0]
	if len(fields) != len(c.names) {
		malformed = fmt.Errorf("%d values for %d columns", len(fields), len(c.names))
		if c.glue {
			return b, false, malformed // an error record
		}
		v.mark = appendMark(v.mark, markShape)
	}
	at := 0
	badAt := -1
	for i, col := range c.schema {
		if i > 0 {
			b = append(b, ',')
		}
		if i == c.bad {
			badAt = len(b)
			continue
		}
		text := []byte(nil)
		if at < len(fields) {
			text = c.value(fields[at])
		}
		at++
		if text == nil && !c.glue {
			b = append(b, nullMark...)
			continue
		}
		if check := v.checks[i]; check != nil && len(text) > 0 && check(text) {
			b = append(append(append(b, '"'), text...), '"')
			continue
		}
		mark := len(b)
		b = append(b, '"')
		var ok bool
		if b, ok = v.value(b, col.Type, text); !ok {
			if err := c.upgrade(col.Type, c.decode(text)); err != nil {
				return b, false, err
			}
			malformed = fmt.Errorf("%q is no %s (column %s)", text, col.Type, col.Name)
			v.mark = appendMark(v.mark, strconv.Itoa(i))
			b = append(b[:mark], nullMark...)
			continue
		}
		b = append(b, '"')
	}
	if badAt >= 0 {
		b = insertCorrupt(b, badAt, malformed != nil, c, line)
	}
	if c.marks != nil {
		b = appendPlainMark(b, v.mark)
	}
	if malformed != nil {
		if c.mode == "FAILFAST" {
			return b, false, malformed
		}
		if c.marks != nil {
			c.marks.add(string(v.mark))
		}
	}
	return append(b, '\n'), true, nil
}

// insertCorrupt puts the corrupt-record column where it belongs, once it is known whether the record is one.
func insertCorrupt(b []byte, at int, malformed bool, c *csvSource, line []byte) []byte {
	tail := bytes.Clone(b[at:])
	if b = b[:at]; malformed {
		b = append(b, '"')
		b = appendQuoted(b, c.decode(line))
		b = append(b, '"')
	} else {
		b = append(b, nullMark...)
	}
	return append(b, tail...)
}

// value appends a text that is not null as a value of type t, without its quotes; false where Spark finds it malformed.
func (v *csvConverter) value(b []byte, t spark.Type, text []byte) ([]byte, bool) {
	if t.Kind == spark.String {
		s := text
		if !validBytes(text) {
			s = []byte(v.c.decode(text))
		}
		v.lineBreaks = v.lineBreaks || bytes.IndexByte(s, '\n') >= 0 || bytes.IndexByte(s, '\r') >= 0
		return appendQuoted(b, string(s)), true
	}
	s := v.c.decode(text)
	if t.Kind == spark.Float || t.Kind == spark.Double {
		switch s {
		case v.c.nan:
			return append(b, "nan"...), true
		case v.c.posInf:
			return append(b, "inf"...), true
		case v.c.negInf:
			return append(b, "-inf"...), true
		}
	}
	return v.c.moments.appendTyped(b, t, s, v.today)
}

// appendTyped appends s, as Spark's CSV reader converts it to t, in a spelling that DuckDB reads as just that.
func (m moments) appendTyped(b []byte, t spark.Type, s string, today time.Time) ([]byte, bool) {
	switch t.Kind {
	case spark.Byte, spark.Short, spark.Int, spark.Long:
		n, err := strconv.ParseInt(s, 10, wholeBits(t.Kind))
		return strconv.AppendInt(b, n, 10), err == nil
	case spark.Float, spark.Double:
		bits := 64
		if t.Kind == spark.Float {
			bits = 32
		}
		x, ok := parseReal(s, bits)
		return appendPlainDouble(b, x, t.Kind), ok
	case spark.Decimal:
		d, ok := parseDecimal(strings.ReplaceAll(s, ",", ""))
		if ok {
			d, ok = d.rescale(t.Precision, t.Scale)
		}
		if !ok {
			return b, false
		}
		return append(b, d.plain()...), true
	case spark.Boolean:
		switch strings.ToLower(s) {
		case "true", "false":
			return append(b, strings.ToLower(s)...), true
		}
		return b, false
	case spark.Date:
		d, ok := m.parseDate(s)
		return d.AppendFormat(b, time.DateOnly), ok
	case spark.Timestamp:
		ts, ok := m.parseStamp(s, today)
		return ts.AppendFormat(b, "2006-01-02 15:04:05.000000"), ok
	case spark.Binary:
		for _, c := range []byte(s) {
			b = append(b, `\x`...)
			b = hex.AppendEncode(b, []byte{c})
		}
		return b, true
	default:
		return b, false
	}
}

// wholeBits is the width of a kind of whole numbers.
func wholeBits(k spark.Kind) int {
	switch k {
	case spark.Byte:
		return 8
	case spark.Short:
		return 16
	case spark.Int:
		return 32
	}
	return 64
}

// appendPlainDouble writes x so that DuckDB reads the same bits.
func appendPlainDouble(b []byte, x float64, k spark.Kind) []byte {
	if k == spark.Float {
		x = float64(float32(x))
	}
	switch {
	case math.IsNaN(x):
		return append(b, "nan"...)
	case math.IsInf(x, 1):
		return append(b, "inf"...)
	case math.IsInf(x, -1):
		return append(b, "-inf"...)
	}
	return strconv.AppendFloat(b, x, 'g', -1, 64)
}

// validBytes reports whether text can be copied as it is: UTF-8 without a NUL.
func validBytes(text []byte) bool {
	for _, c := range text {
		if c == 0 || c >= 0x80 {
			return validUTF8(text) == string(text)
		}
	}
	return true
}

// appendQuoted appends s with its quotes doubled.
func appendQuoted(b []byte, s string) []byte {
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			return append(b, s...)
		}
		b = append(append(b, s[:i]...), `""`...)
		s = s[i+1:]
	}
}

// inferCSV finds the type of every column from every record, as CSVInferSchema of Spark 3.5 does.
func (f *Format) inferCSV(ctx context.Context, c *csvSource, files []input) ([]spark.Type, error) {
	parts, err := f.cutFiles(c, files, inferSegment)
	if err != nil {
		return nil, err
	}
	perPart := make([][]spark.Type, len(parts))
	err = f.each(ctx, len(parts), func(ctx context.Context, i int) error {
		r, err := f.openPart(ctx, c, files[parts[i].file], parts[i])
		if err != nil {
			return err
		}
		defer r.Close()
		p := newCSVParser(&c.dialect, r, files[parts[i].file].Path)
		p.within(parts[i])
		perPart[i], err = c.inferPart(ctx, p, c.header && c.multiLine && parts[i].from == 0)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]spark.Type, len(c.names))
	for j := range out {
		out[j] = spark.T(spark.Null)
		for _, types := range perPart {
			out[j] = widerCSV(out[j], types[j])
		}
		if out[j].Kind == spark.Null {
			out[j] = spark.T(spark.String)
		}
	}
	return out, nil
}

// inferPart finds the types of the columns in the records that p yields, but for the first one with skip. Lines that are
// like the first one of all do not count, wherever they stand; another file's own first line does. A value that the check
// of the type so far knows changes nothing.
func (c *csvSource) inferPart(ctx context.Context, p *csvParser, skip bool) ([]spark.Type, error) {
	types := make([]spark.Type, len(c.names))
	known := make([]cellCheck, len(c.names))
	for j := range types {
		types[j] = spark.T(spark.Null)
	}
	today := time.Now().UTC().Truncate(24 * time.Hour)
	for ; ; skip = false {
		if p.records%4096 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		fields, line, err := p.next()
		if err == io.EOF {
			return types, nil
		}
		if err != nil {
			return nil, err
		}
		named := skip || c.header && line != nil && bytes.Equal(line, c.head)
		for j := 0; j < min(len(fields), len(types)) && !named; j++ {
			text := c.value(fields[j])
			if text == nil || types[j].Kind == spark.String || known[j] != nil && len(text) > 0 && known[j](text) {
				continue
			}
			if _, err := c.stampOf(c.decode(text)); beyond(err) {
				return nil, unsupported("%s in the text %q with the time parser policy LEGACY", err, text)
			}
			types[j] = widerCSV(types[j], c.inferValue(types[j], c.decode(text), today))
			known[j] = c.inferCheck(types[j])
		}
	}
}

// inferCheck is the check of a type that is being inferred; nil where every value has to be looked at.
func (c *csvSource) inferCheck(t spark.Type) cellCheck {
	if t.Kind == spark.Decimal || t.Kind == spark.Date && !c.preferDate {
		return nil
	}
	return c.check(t)
}

// csvRungs is the order in which types are tried.
var csvRungs = []spark.Kind{spark.Int, spark.Long, spark.Decimal, spark.Double, spark.Date, spark.Timestamp, spark.Boolean}

// inferValue finds the narrowest type of s that is not below the type so far.
func (c *csvSource) inferValue(sofar spark.Type, s string, today time.Time) spark.Type {
	from := 0
	for i, k := range csvRungs {
		if sofar.Kind == k {
			from = i
		}
	}
	if sofar.Kind == spark.String {
		return sofar
	}
	for _, k := range csvRungs[from:] {
		switch k {
		case spark.Decimal:
			if d, ok := parseDecimal(s); ok && d.scale == 0 && d.digits() <= maxPrecision { // 1e3 has scale -3: a double
				return spark.Type{Kind: k, Precision: d.digits()}
			}
		case spark.Double:
			if _, ok := parseDouble(s); ok || s == c.nan || s == c.posInf || s == c.negInf {
				return spark.T(k)
			}
		case spark.Date:
			_, err := time.Parse(time.DateOnly, s)
			ok := err == nil
			if c.date != nil {
				_, err = c.date.parse(s)
				ok = err == nil
			}
			if ok && c.preferDate {
				return spark.T(k)
			}
		case spark.Timestamp:
			if c.times == plan.TimesLegacy { // by the pattern alone
				if _, err := c.stampOf(s); err == nil {
					return spark.T(k)
				}
				continue
			}
			fallthrough
		default:
			if _, ok := c.moments.appendTyped(nil, spark.T(k), s, today); ok {
				return spark.T(k)
			}
		}
	}
	return spark.T(spark.String)
}

// widerCSV joins the types of two values of one column.
func widerCSV(a, b spark.Type) spark.Type {
	switch {
	case a.Kind == spark.Null || a.Equal(b):
		return b
	case b.Kind == spark.Null:
		return a
	}
	if rank(a.Kind) > rank(b.Kind) {
		a, b = b, a
	}
	switch {
	case (b.Kind == spark.Long || b.Kind == spark.Double) && rank(a.Kind) > 0:
		return b
	case b.Kind == spark.Decimal && a.Kind != spark.Decimal && rank(a.Kind) > 0:
		a = spark.Type{Kind: spark.Decimal, Precision: map[spark.Kind]int{spark.Int: 10, spark.Long: 20}[a.Kind]}
		fallthrough
	case a.Kind == spark.Decimal && b.Kind == spark.Decimal:
		return widerDecimal(a, b)
	case a.Kind == spark.Date && b.Kind == spark.Timestamp, a.Kind == spark.Timestamp && b.Kind == spark.Date:
		return spark.T(spark.Timestamp)
	default:
		return spark.T(spark.String)
	}
}

// rank orders the numeric kinds; 0 is for all others.
func rank(k spark.Kind) int {
	return map[spark.Kind]int{spark.Int: 1, spark.Long: 2, spark.Decimal: 3, spark.Double: 4}[k]
}

// widerDecimal holds all digits of both, or is a double where 38 are not enough.
func widerDecimal(a, b spark.Type) spark.Type {
	scale := max(a.Scale, b.Scale)
	digits := max(a.Precision-a.Scale, b.Precision-b.Scale)
	if digits+scale > maxPrecision {
		return spark.T(spark.Double)
	}
	return spark.Type{Kind: spark.Decimal, Precision: digits + scale, Scale: scale}
}
