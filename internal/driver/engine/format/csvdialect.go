package format

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"tenon/internal/plan"
)

// maxColumns bounds the columns of a CSV record. Source: maxColumns of Spark's CSV reader.
const maxColumns = 20480

// dialect is how a CSV file is to be read.
type dialect struct {
	glue       bool // parsed as Glue's reader does, else as Spark's
	sep        []byte
	quote      byte // 0: none
	escape     byte // 0: none
	escEscape  byte // the escape of the escape before a quote; 0: none
	comment    byte // 0: none
	nullValue  string
	emptyValue string // what a quoted "" reads as
	trimLeft   bool
	trimRight  bool
	header     bool
	skipFirst  bool // Glue: the first line is not data, and no header either
	multiLine  bool
	mode       string   // Spark's permissive, dropMalformed, failFast
	pruning    bool     // Spark takes only those values of a record apart that a query needs
	charset    *charset // what the text is in; nil: UTF-8
	lineSep    []byte
	infer      bool // inferSchema
	preferDate bool
	corrupt    string // columnNameOfCorruptRecord
	nan        string
	posInf     string
	negInf     string
	moments
}

// glueDialect takes the format_options of Glue's CSV reader. Source: "CSV configuration reference" of the Glue
// developer guide.
func glueDialect(o *options) dialect {
	d := dialect{
		glue:      true,
		sep:       separator(o, o.text("separator", ",")),
		quote:     oneChar(o, "quoteChar", `"`, "-1"),
		escape:    oneChar(o, "escaper", "", "none"),
		header:    o.boolean("withHeader", false),
		skipFirst: o.boolean("skipFirst", false),
		multiLine: o.boolean("multiLine", false),
	}
	d.charset = takeCharset(o, d.multiLine, false)
	o.only("withSchema", "")
	// How Glue reads, not what; quoting is always checked strictly here.
	o.harmless("optimizePerformance", "strictCheckForQuoting")
	o.harmless("writeHeader") // of sinks; scripts share one dictionary
	return d
}

// sparkDialect takes the options of spark.read.csv. Source: "CSV Files" of the Spark SQL guide, CSVOptions of 3.5.
func sparkDialect(o *options) dialect {
	d := dialect{
		quote:      oneChar(o, "quote", `"`, ""),
		escape:     oneChar(o, "escape", `\`, ""),
		comment:    oneChar(o, "comment", "", ""),
		nullValue:  o.text("nullValue", ""),
		emptyValue: o.text("emptyValue", ""),
		trimLeft:   o.boolean("ignoreLeadingWhiteSpace", false),
		trimRight:  o.boolean("ignoreTrailingWhiteSpace", false),
		header:     o.boolean("header", false),
		multiLine:  o.boolean("multiLine", false),
		infer:      o.boolean("inferSchema", false),
		preferDate: o.boolean("preferDate", true) && o.times != plan.TimesLegacy,
		corrupt:    o.text("columnNameOfCorruptRecord", "_corrupt_record"),
		nan:        o.text("nanValue", "NaN"),
		posInf:     o.text("positiveInf", "Inf"),
		negInf:     o.text("negativeInf", "-Inf"),
		mode:       parseMode(o),
	}
	sep := o.text("delimiter", ",")
	d.sep = separator(o, o.text("sep", sep))
	if s := o.text("lineSep", ""); s != "" {
		if d.lineSep = []byte(s); d.multiLine {
			o.fail(unsupported("options %q and %q together", "multiLine", "lineSep"))
		}
	}
	d.pruning = o.boolean("columnPruning", !d.multiLine)
	d.charset = takeCharset(o, d.multiLine, d.lineSep != nil)
	if d.escape != d.quote {
		d.escEscape = d.escape
	}
	if d.escape == 0 {
		o.fail(unsupported("option %q without a character, to read CSV without escapes,", "escape"))
	}
	o.only("charToEscapeQuoteEscaping", string(d.escape))
	d.moments = takeMoments(o, true)
	o.only("enforceSchema", "true")
	o.only("samplingRatio", "1.0", "1")
	o.only("locale", "en-US", "en_US")
	o.only("maxCharsPerColumn", "-1")
	o.only("unescapedQuoteHandling", "STOP_AT_DELIMITER")
	o.only("maxColumns", "20480")
	o.harmless("inputBufferSize", "maxMalformedLogPerPartition")
	return d
}

// parseMode takes Spark's mode of malformed records; what it does not know it takes for PERMISSIVE, as Spark does.
func parseMode(o *options) string {
	mode := strings.ToUpper(o.text("mode", "PERMISSIVE"))
	switch mode {
	case "DROPMALFORMED", "FAILFAST":
		return mode
	default:
		return "PERMISSIVE"
	}
}

// separator reads a separator as Spark's CSVExprUtils does: \t, \\ and the like, else the characters themselves.
func separator(o *options, s string) []byte {
	s = strings.NewReplacer(`\t`, "\t", `\r`, "\r", `\b`, "\b", `\f`, "\f", `\"`, `"`, `\'`, "'", `\\`, `\`, `\u0001`, "\x01",
		`\u0000`, "\x00").Replace(s)
	if s == "" || strings.ContainsAny(s, "\n\r") {
		o.fail(argument("%s: the separator %q is empty or a line break", o.what, s))
		return []byte(",")
	}
	return []byte(s)
}

// oneChar takes a setting of one ASCII character; none stands for no character.
func oneChar(o *options, key, def, none string) byte {
	s := o.text(key, def)
	switch {
	case s == none || s == "" || s == "\x00" || s == `\u0000`:
		return 0
	case len(s) == 1 && s[0] < utf8.RuneSelf:
		return s[0]
	case len(s) == 2 && s[0] == '\\' && (s[1] == '\\' || s[1] == '"' || s[1] == '\''):
		return s[1]
	}
	o.fail(unsupported("%s %q with the value %q, which is not one ASCII character,", o.what, key, s))
	return 0
}

// native reports whether DuckDB agrees with this dialect on plain lines.
func (d *dialect) native() bool {
	ok := len(d.sep) == 1 && d.sep[0] != '"' && d.sep[0] != '\\' && d.sep[0] >= '\t' && d.lineSep == nil && d.comment == 0 &&
		!d.multiLine && d.charset == nil && !d.trimLeft && !d.trimRight
	if d.glue {
		return ok && d.quote == '"' && d.escape == 0
	}
	return ok && d.quote == '"' && d.escape == '\\' && d.nullValue == "" && d.emptyValue == ""
}

// plainLine reports whether DuckDB reads a line of a native dialect as d does: so many fields, each either without any
// quote, or quoted from end to end without quote or backslash inside.
func (d *dialect) plainLine(line []byte, fields int) bool {
	if bytes.IndexByte(line, '"') < 0 {
		return bytes.Count(line, d.sep)+1 == fields && !blank(line)
	}
	n := 1
	for {
		if len(line) > 0 && line[0] == '"' {
			end := bytes.IndexByte(line[1:], '"')
			if end < 0 || bytes.IndexByte(line[1:1+end], '\\') >= 0 {
				return false
			}
			line = line[end+2:]
			if len(line) == 0 {
				return n == fields
			}
			if line[0] != d.sep[0] {
				return false
			}
			line = line[1:]
		} else {
			end := bytes.IndexByte(line, d.sep[0])
			if end < 0 {
				return n == fields && bytes.IndexByte(line, '"') < 0
			}
			if bytes.IndexByte(line[:end], '"') >= 0 {
				return false
			}
			line = line[end+1:]
		}
		n++
	}
}
