package engine

import (
	"fmt"
	"strings"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
)

// dateEmitterOf is emitterOf for functions on dates and times.
func dateEmitterOf(name string) callEmitter {
	switch name {
	case "current_date", "current_timestamp":
		return emitNow
	case "next_day":
		return emitNextDay
	case "trunc", "date_trunc":
		return emitTrunc
	case "date_format":
		return func(_ *exprs, e *spark.Expr, a []string) (string, error) { return formatTime(e, a[0], 1) }
	case "from_unixtime":
		return func(_ *exprs, e *spark.Expr, a []string) (string, error) {
			return formatTime(e, "TRY(make_timestamp("+a[0]+" * 1000000))", 1)
		}
	case "to_date", "to_timestamp", "unix_timestamp":
		return emitParseTime
	case "timestamp_seconds":
		return func(x *exprs, e *spark.Expr, a []string) (string, error) {
			return x.em.castToTimestamp(a[0], e.Args[0].Type), nil
		}
	default:
		return nil
	}
}

// emitNow writes the time of the action, the same for all rows.
func emitNow(x *exprs, e *spark.Expr, _ []string) (string, error) {
	if e.Name == "current_date" {
		return "CAST('" + x.em.now.Format(spark.DateLayout) + "' AS DATE)", nil
	}
	return "CAST('" + x.em.now.Format(spark.TimestampLayout) + "' AS TIMESTAMP)", nil
}

// literalText reads an argument that must be a literal text.
func literalText(e *spark.Expr, index int, what string) (string, error) {
	text, ok := e.Args[index].Value.(string)
	if !ok || e.Args[index].Op != spark.OpLit {
		return "", refuse("%s with a %s that is no literal", e.Name, what)
	}
	return text, nil
}

// emitNextDay writes next_day: the first such day of the week after a date.
func emitNextDay(x *exprs, e *spark.Expr, a []string) (string, error) {
	text, err := literalText(e, 1, "day")
	if err != nil {
		return "", err
	}
	days := map[string]int{"SU": 7, "SUN": 7, "SUNDAY": 7, "MO": 1, "MON": 1, "MONDAY": 1, "TU": 2, "TUE": 2, "TUESDAY": 2, "WE": 3,
		"WED": 3, "WEDNESDAY": 3, "TH": 4, "THU": 4, "THURSDAY": 4, "FR": 5, "FRI": 5, "FRIDAY": 5, "SA": 6, "SAT": 6, "SATURDAY": 6}
	day, ok := days[strings.ToUpper(strings.TrimSpace(text))]
	if !ok {
		return "CAST(NULL AS DATE)", nil
	}
	return x.em.fill(fmt.Sprintf("($1 + CAST((%d - isodow($1) + 6) %% 7 + 1 AS INTEGER))", day), a[:1]), nil
}

// truncUnits are the units of trunc and date_trunc in DuckDB's words.
var truncUnits = map[string]string{
	"YEAR": "year", "YYYY": "year", "YY": "year", "QUARTER": "quarter", "MONTH": "month", "MON": "month", "MM": "month",
	"WEEK": "week", "DAY": "day", "DD": "day", "HOUR": "hour", "MINUTE": "minute", "SECOND": "second",
	"MILLISECOND": "milliseconds", "MICROSECOND": "microseconds",
}

// emitTrunc writes trunc(date, unit) and date_trunc(unit, timestamp); an unknown unit gives null.
func emitTrunc(_ *exprs, e *spark.Expr, a []string) (string, error) {
	index, value := 0, a[1]
	if e.Name == "trunc" {
		index, value = 1, a[0]
	}
	text, err := literalText(e, index, "unit")
	if err != nil {
		return "", err
	}
	duck := relation.DuckType(e.Type)
	unit, ok := truncUnits[strings.ToUpper(text)]
	if ok && e.Name == "trunc" {
		ok = unit == "year" || unit == "quarter" || unit == "month" || unit == "week"
	}
	if !ok {
		return "CAST(NULL AS " + duck + ")", nil
	}
	return "CAST(date_trunc('" + unit + "', " + value + ") AS " + duck + ")", nil
}

// timeField is one run of letters of a Java date pattern.
type timeField struct {
	letters string
	format  string // strftime's way to write it, empty when it is for reading only
	parse   string // strptime's way to read it, empty when it is for writing only
	strict  string // a regular expression of what Java reads
	lenient string // what Java's old reader took
}

// The offsets that Java reads, up to 18 hours, and those that its old reader took, up to 14.
const (
	offsetHours = "[+-](?:0[0-9]|1[0-7])"
	offsetOld   = "[+-](?:0[0-9]|1[0-4])"
	offsetShort = "[Zz]|" + offsetHours + "(?:[0-5][0-9])?|[+-]18(?:00)?"
	offsetBasic = offsetHours + "[0-5][0-9]|[+-]1800"
	offsetColon = offsetHours + ":[0-5][0-9]|[+-]18:00"
	offsetNamed = offsetOld + "[0-5][0-9]|[A-Za-z]{3}"
)

// timeFields are the runs that Tenon knows. The session's zone is UTC, so that an offset is always written as the same text.
var timeFields = []timeField{
	{"yyyy", "%Y", "%Y", "[0-9]{4}", "[0-9]+"}, {"yyy", "%Y", "", "", ""}, {"y", "%Y", "", "", ""}, {"uuuu", "%Y", "%Y", "[0-9]{4}", "[0-9]+"},
	{"yy", "%y", "%y", "[0-9]{2}", "[0-9]+"},
	{"MMMM", "%B", "%B", "[A-Z][a-z]+", "[A-Za-z]+"}, {"MMM", "%b", "%b", "[A-Z][a-z]{2}", "[A-Za-z]+"},
	{"MM", "%m", "%m", "[0-9]{2}", "[0-9]+"}, {"M", "%-m", "%m", "[0-9]{1,2}", "[0-9]+"},
	{"dd", "%d", "%d", "[0-9]{2}", "[0-9]+"}, {"d", "%-d", "%d", "[0-9]{1,2}", "[0-9]+"},
	{"HH", "%H", "%H", "[0-9]{2}", "[0-9]+"}, {"H", "%-H", "%H", "[0-9]{1,2}", "[0-9]+"},
	{"hh", "%I", "%I", "[0-9]{2}", "[0-9]+"}, {"h", "%-I", "%I", "[0-9]{1,2}", "[0-9]+"},
	{"mm", "%M", "%M", "[0-9]{2}", "[0-9]+"}, {"m", "%-M", "%M", "[0-9]{1,2}", "[0-9]+"},
	{"ss", "%S", "%S", "[0-9]{2}", "[0-9]+"}, {"s", "%-S", "%S", "[0-9]{1,2}", "[0-9]+"},
	{"SSSSSS", "%f", "%f", "[0-9]{6}", "[0-9]+"}, {"SSS", "%g", "%g", "[0-9]{3}", "[0-9]+"},
	{"EEEE", "%A", "", "", ""}, {"EEE", "%a", "", "", ""}, {"EE", "%a", "", "", ""}, {"E", "%a", "", "", ""},
	{"a", "%p", "%p", "AM|PM", "[AaPp][Mm]"}, {"DDD", "%j", "", "", ""}, {"D", "%-j", "", "", ""},
	{"Z", "+0000", "", offsetBasic, offsetNamed}, {"ZZ", "+0000", "", offsetBasic, offsetNamed},
	{"ZZZ", "+0000", "", offsetBasic, offsetNamed}, {"X", "Z", "", offsetShort, "Z|[+-](?:0?[0-9]|1[0-4])"},
	{"XX", "Z", "", "[Zz]|" + offsetBasic, "Z|" + offsetOld + "[0-5][0-9]"},
	{"XXX", "Z", "", "[Zz]|" + offsetColon, "Z|[+-](?:0?[0-9]|1[0-4]):[0-5][0-9]"},
}

// timePattern is a Java date pattern in DuckDB's terms.
type timePattern struct {
	format, parse, strict, lenient string
	shortYear                      bool
	zone                           string // a regular expression of the offset's place in strict, empty when it has none
	before, after                  string // what stands before and after the offset in strict
}

// javaPattern translates a pattern; forParse tells what it is for.
func javaPattern(text string, forParse bool) (timePattern, error) {
	var out timePattern
	literal := func(s string) {
		escaped := strings.ReplaceAll(s, "%", "%%")
		out.format, out.parse = out.format+escaped, out.parse+escaped
		quoted := quoteRegexp(s)
		out.strict, out.lenient = out.strict+quoted, out.lenient+quoted
	}
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '\'':
			end := strings.IndexByte(text[i+1:], '\'')
			switch {
			case end < 0:
				return out, refuse("the date pattern %q", text)
			case end == 0:
				literal("'")
			default:
				literal(text[i+1 : i+1+end])
			}
			i += end + 2
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			end := i
			for end < len(text) && text[end] == c {
				end++
			}
			f, ok := fieldOf(text[i:end])
			zone := ok && (c == 'X' || c == 'Z')
			if zone && out.zone != "" {
				return out, refuse("the date pattern %q with two offsets", text)
			}
			if !ok || forParse && f.strict == "" {
				return out, refuse("the letters %q of the date pattern %q", text[i:end], text)
			}
			out.format, out.parse = out.format+f.format, out.parse+f.parse
			if zone {
				out.zone, out.before = f.strict, out.strict
			}
			out.strict, out.lenient = out.strict+"(?:"+f.strict+")", out.lenient+"(?:"+f.lenient+")"
			out.shortYear = out.shortYear || f.letters == "yy"
			i = end
		case strings.IndexByte("[]{}#", c) >= 0:
			return out, refuse("the character %q of the date pattern %q", c, text)
		default:
			literal(text[i : i+1])
			i++
		}
	}
	if out.zone != "" {
		out.after = strings.TrimPrefix(out.strict, out.before+"(?:"+out.zone+")")
	}
	return out, nil
}

// instant writes the time in UTC that the text $1 is by the pattern, null for what strptime does not take. The offset,
// which DuckDB knows for times with a zone alone, is cut out of the text and taken from the time.
func (p timePattern) instant() string {
	if p.zone == "" {
		return "try_strptime($1, " + relation.Literal(p.parse) + ")"
	}
	whole := relation.Literal("^(" + p.before + ")(" + p.zone + ")(" + p.after + ")$")
	local := "try_strptime(regexp_replace($1, " + whole + ", '\\1\\3'), " + relation.Literal(p.parse) + ")"
	offset := "replace(regexp_extract($1, " + whole + ", 2), ':', '')"
	minutes := "(TRY_CAST(" + offset + "[:3] AS INTEGER) * 60 + CAST(" + offset + "[1] || coalesce(nullif(" + offset +
		"[4:], ''), '0') AS INTEGER))"
	return "(" + local + " - to_minutes(CASE WHEN " + offset + " IN ('', 'Z', 'z') THEN 0 ELSE " + minutes + " END))"
}

// fieldOf finds a run of letters.
func fieldOf(letters string) (timeField, bool) {
	for _, f := range timeFields {
		if f.letters == letters {
			return f, true
		}
	}
	return timeField{}, false
}

// quoteRegexp makes a text match itself.
func quoteRegexp(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if strings.IndexByte(`\.+*?()|[]{}^$`, s[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// formatTime writes a timestamp as a text by the pattern in argument index.
func formatTime(e *spark.Expr, value string, index int) (string, error) {
	text, err := literalText(e, index, "pattern")
	if err != nil {
		return "", err
	}
	p, err := javaPattern(text, false)
	if err != nil {
		return "", err
	}
	return "strftime(" + value + ", " + relation.Literal(p.format) + ")", nil
}

// emitParseTime writes to_date, to_timestamp and unix_timestamp with a pattern. Java's reader is strict about the number
// of digits; where only its predecessor would have read the text, Spark fails the query, and so do we.
func emitParseTime(x *exprs, e *spark.Expr, a []string) (string, error) {
	if len(e.Args) == 1 {
		if e.Name == "unix_timestamp" {
			return "CAST(trunc(epoch_us(" + a[0] + ") / 1e6) AS BIGINT)", nil // towards 0, where a cast goes down
		}
		return a[0], nil
	}
	text, err := literalText(e, 1, "pattern")
	if err != nil {
		return "", err
	}
	p, err := javaPattern(text, true)
	if err != nil {
		return "", err
	}
	parsed := p.instant()
	if p.shortYear { // Java's century begins at 2000, strptime's at 1969
		parsed = "(CASE WHEN year(" + parsed + ") < 2000 THEN " + parsed + " + to_years(100) ELSE " + parsed + " END)"
	}
	failure := relation.Literal("[INCONSISTENT_BEHAVIOR_CROSS_VERSION.PARSE_DATETIME_BY_NEW_PARSER] You may get a different result due to the " +
		"upgrading to Spark >= 3.0: Fail to parse a text by the pattern '" + text + "' in the new parser. You can set " +
		"\"spark.sql.legacy.timeParserPolicy\" to \"LEGACY\" to restore the behavior before Spark 3.0, or set to \"CORRECTED\" and treat " +
		"it as an invalid datetime string: ")
	out := "(CASE WHEN regexp_full_match($1, " + relation.Literal(p.strict) + ") THEN " + parsed + " WHEN regexp_full_match($1, " +
		relation.Literal(p.lenient+"(?s:.*)") + ") THEN CAST(error(" + failure + " || $1) AS TIMESTAMP) END)"
	out = x.em.fill(out, a[:1])
	if e.Name == "try_to_timestamp" {
		return x.em.fill("(CASE WHEN regexp_full_match($1, "+relation.Literal(p.strict)+") THEN "+parsed+" END)", a[:1]), nil
	}
	switch e.Name {
	case "to_date":
		return "CAST(" + out + " AS DATE)", nil
	case "unix_timestamp":
		return "CAST(trunc(epoch_us(" + out + ") / 1e6) AS BIGINT)", nil
	default:
		return out, nil
	}
}
