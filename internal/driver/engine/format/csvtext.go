package format

import (
	"bytes"

	"tenon/internal/core/spark"
)

// csvStyle is how CSV is written.
type csvStyle struct {
	glue         bool
	sep          []byte
	quote        byte // 0: none
	escape       byte
	header       bool
	quoteAll     bool
	escapeQuotes bool
	nullValue    string
	emptyValue   string
	trimLeft     bool
	trimRight    bool
	lineSep      string
	charset      *charset // nil: UTF-8
	moments
}

// newCSVStyle takes the options of DataFrameWriter.csv, or of Glue's CSV writer. Glue doubles a quote inside quotes,
// Spark puts a backslash before it.
func newCSVStyle(o *options, dynamic bool) csvStyle {
	if dynamic {
		s := csvStyle{glue: true, sep: separator(o, o.text("separator", ",")), quote: oneChar(o, "quoteChar", `"`, "-1"),
			header: o.boolean("writeHeader", true), escapeQuotes: true, lineSep: "\n"}
		s.escape = s.quote
		// Options of the reader; scripts share one dictionary.
		o.harmless("withHeader", "escaper", "multiLine", "skipFirst", "optimizePerformance", "strictCheckForQuoting")
		return s
	}
	sep := o.text("delimiter", ",")
	s := csvStyle{
		sep:          separator(o, o.text("sep", sep)),
		quote:        oneChar(o, "quote", `"`, ""),
		escape:       oneChar(o, "escape", `\`, ""),
		header:       o.boolean("header", false),
		quoteAll:     o.boolean("quoteAll", false),
		escapeQuotes: o.boolean("escapeQuotes", true),
		nullValue:    o.text("nullValue", ""),
		emptyValue:   o.text("emptyValue", `""`),
		trimLeft:     o.boolean("ignoreLeadingWhiteSpace", true),
		trimRight:    o.boolean("ignoreTrailingWhiteSpace", true),
		lineSep:      o.text("lineSep", "\n"),
	}
	if s.quote == 0 {
		o.fail(unsupported("option %q without a character, to write CSV without quotes,", "quote"))
	}
	s.moments = takeMoments(o, false)
	s.charset = takeOutCharset(o)
	o.only("charToEscapeQuoteEscaping", string(s.escape))
	return s
}

// csvRow appends one record. A record of one column that is null leaves no line at all in Spark.
func (k *sink) csvRow(b []byte, cells [][]byte) ([]byte, error) {
	s := &k.csv
	if len(k.data) == 1 && cells[0] == nil && s.nullValue == "" && !s.glue && !s.quoteAll {
		return b, nil
	}
	var text []byte
	for i, at := range k.data {
		if i > 0 {
			b = append(b, s.sep...)
		}
		if cells[i] == nil {
			b = s.absent(b)
			continue
		}
		var err error
		if text, err = s.cell(text[:0], k.rel.Schema[at].Type, cells[i]); err != nil {
			return b, err
		}
		b = s.value(b, text, i == 0)
	}
	return append(b, s.lineSep...), nil
}

// csvHeader appends the line of names.
func (k *sink) csvHeader(b []byte) []byte {
	for i, at := range k.data {
		if i > 0 {
			b = append(b, k.csv.sep...)
		}
		b = k.csv.value(b, []byte(k.rel.Schema[at].Name), i == 0)
	}
	return append(b, k.csv.lineSep...)
}

// cell respells a value from the pipe as Spark's UnivocityGenerator does.
func (s *csvStyle) cell(b []byte, t spark.Type, cell []byte) ([]byte, error) {
	switch t.Kind {
	case spark.Float, spark.Double:
		return appendPipeDouble(b, t.Kind, string(cell))
	case spark.Date:
		return s.appendDate(b, cell)
	case spark.Timestamp:
		return s.appendStamp(b, cell)
	case spark.Decimal:
		if d, ok := parseDecimal(string(cell)); ok {
			return append(b, d.java()...), nil
		}
		return append(b, cell...), nil
	default:
		return append(b, cell...), nil
	}
}

// absent appends null.
func (s *csvStyle) absent(b []byte) []byte {
	if s.quoteAll {
		return append(append(append(b, s.quote), s.nullValue...), s.quote)
	}
	return append(b, s.nullValue...)
}

// value appends a text, quoted where it has to be.
func (s *csvStyle) value(b, text []byte, first bool) []byte {
	quoted := s.quoteAll || s.needsQuotes(text, first)
	if s.trimLeft {
		text = bytes.TrimLeftFunc(text, isBlank)
	}
	if s.trimRight {
		text = bytes.TrimRightFunc(text, isBlank)
	}
	switch {
	case len(text) == 0 && s.glue:
		return b
	case len(text) == 0 && s.emptyValue == string([]byte{s.quote, s.quote}): // is quoted as it stands
		return append(b, s.emptyValue...)
	case len(text) == 0:
		text = []byte(s.emptyValue)
		quoted = s.quoteAll || s.needsQuotes(text, first)
	}
	if !quoted || s.quote == 0 {
		return append(b, text...)
	}
	b = append(b, s.quote)
	for _, c := range text {
		if c == s.quote || c == s.escape && c != 0 {
			b = append(b, s.escape)
		}
		b = append(b, c)
	}
	return append(b, s.quote)
}

// needsQuotes reports whether a text cannot stand as it is: it holds a separator, a line break, or a quote. Spark also
// quotes a # that begins a line, the comment character of the library it writes with.
func (s *csvStyle) needsQuotes(text []byte, first bool) bool {
	if s.quote == 0 || len(text) == 0 {
		return false
	}
	switch {
	case bytes.ContainsAny(text, "\n\r"), bytes.Contains(text, s.sep), bytes.Contains(text, []byte(s.lineSep)):
		return true
	case first && text[0] == '#' && !s.glue:
		return true
	}
	at := bytes.IndexByte(text, s.quote)
	return at >= 0 && (s.escapeQuotes || at == 0)
}

// isBlank is what univocity trims.
func isBlank(r rune) bool { return r <= ' ' }
