package engine

import (
	"strconv"
	"strings"

	"tenon/internal/core/javaregexp"
	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
)

// maxGroup is the largest group that DuckDB's regexp_extract and replacements can name.
const maxGroup = 9

// endsInLineBreak and beyondASCII are the texts that some patterns may not be given to RE2 on.
const (
	endsInLineBreak = `regexp_matches($1, '[\n\r\x{85}\x{2028}\x{2029}]\z')`
	beyondASCII     = "strlen($1) <> length($1)"
)

// emitRegexp writes the functions on patterns: with RE2, where it gives what Java gives, else with javaregexp.
func emitRegexp(x *exprs, e *spark.Expr, a []string) (string, error) {
	slow := slowRegexp(e.Name)
	text, ok := e.Args[1].Value.(string)
	if !ok || e.Args[1].Op != spark.OpLit {
		return x.em.fill(slow, a), nil
	}
	re, err := javaregexp.Compile(text)
	if err != nil {
		return "", patternError(e.Name, err)
	}
	if e.Name == "split" {
		if plain, ok := plainSplit(e, re); ok {
			return "string_split(" + a[0] + ", " + relation.Literal(plain) + ")", nil
		}
		return x.em.fill(slow, a), nil
	}
	spelled, ok := re.RE2(e.Name != "rlike")
	if !ok {
		return x.em.fill(slow, a), nil
	}
	fast, replacement := fastRegexp(e, re, "$"+strconv.Itoa(len(a)+1), "$"+strconv.Itoa(len(a)+2))
	a = append(a[:len(a):len(a)], relation.Literal(spelled.Pattern), relation.Literal(replacement))
	var guards []string
	if spelled.NotLineEnd {
		guards = append(guards, endsInLineBreak)
	}
	if spelled.NotBeyondASCII {
		guards = append(guards, beyondASCII)
	}
	switch {
	case fast == "":
		fast = slow
	case len(guards) > 0:
		fast = "(CASE WHEN " + strings.Join(guards, " OR ") + " THEN " + slow + " ELSE " + fast + " END)"
	}
	return x.em.fill(fast, a), nil
}

// slowRegexp is the template of a function with Go's part.
func slowRegexp(name string) string {
	switch name {
	case "regexp_replace":
		return "spark_regexp_replace($1, $2, $3, $4)"
	case "regexp_extract", "regexp_extract_all", "split":
		return "spark_" + name + "($1, $2, $3)"
	case "regexp_instr":
		return "(CASE WHEN $3 IS NOT NULL THEN CAST(spark_regexp_instr($1, $2) AS INTEGER) END)"
	case "regexp_count":
		return "CAST(spark_regexp_count($1, $2) AS INTEGER)"
	default:
		return "spark_" + name + "($1, $2)"
	}
}

// fastRegexp is the template of a function with RE2, empty where it would differ; place and with are where the pattern
// and the replacement go.
func fastRegexp(e *spark.Expr, re *javaregexp.Regexp, place, with string) (template, replacement string) {
	switch e.Name {
	case "rlike":
		return "regexp_matches($1, " + place + ")", ""
	case "regexp_extract":
		if group, ok := e.Args[2].Value.(int64); ok && group >= 0 && group <= min(maxGroup, int64(re.Groups())) {
			return "regexp_extract($1, " + place + ", " + strconv.FormatInt(group, 10) + ")", ""
		}
	case "regexp_replace":
		position, ok := e.Args[3].Value.(int64)
		replacement, literal := javaReplacement(e.Args[2], re)
		if ok && position == 1 && literal && !re.MatchesEmpty() { // RE2 passes over an empty match after another
			return "regexp_replace($1, " + place + ", " + with + ", 'g')", replacement
		}
	}
	return "", ""
}

// plainSplit gives the text that split parts at, where the pattern is one and there is no limit.
func plainSplit(e *spark.Expr, re *javaregexp.Regexp) (string, bool) {
	n, ok := e.Args[2].Value.(int64)
	plain, literal := re.Literal()
	return plain, ok && literal && n <= 0
}

// javaReplacement turns a literal replacement with Java's $1 and \x into RE2's \1.
func javaReplacement(e *spark.Expr, re *javaregexp.Regexp) (string, bool) {
	text, ok := e.Value.(string)
	if !ok || e.Op != spark.OpLit {
		return "", false
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text):
			i++
			if text[i] == '\\' {
				b.WriteByte('\\')
			}
			b.WriteByte(text[i])
		case c == '$' && i+1 < len(text) && text[i+1] >= '0' && text[i+1] <= '9':
			i++
			if int(text[i]-'0') > re.Groups() || i+1 < len(text) && text[i+1] >= '0' && text[i+1] <= '9' {
				return "", false
			}
			b.WriteString(`\` + text[i:i+1])
		case c == '$' || c == '\\':
			return "", false
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), true
}
