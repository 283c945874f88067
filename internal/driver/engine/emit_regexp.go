package engine

import (
	"regexp"
	"regexp/syntax"
	"strings"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// maxGroup is the largest group that DuckDB's regexp_extract and replacements can name.
const maxGroup = 9

// pattern reads the literal pattern of a function and checks that Java and RE2 mean the same by it.
func pattern(e *spark.Expr, index int) (string, *regexp.Regexp, error) {
	text, ok := e.Args[index].Value.(string)
	if !ok || e.Args[index].Op != spark.OpLit {
		return "", nil, refuse("%s with a pattern that is no literal", e.Name)
	}
	text = strings.ReplaceAll(text, "(?<", "(?P<")
	if strings.Contains(text, "(?P<=") || strings.Contains(text, "(?P<!") {
		return "", nil, refuse("the lookbehind in the pattern %q", e.Args[index].Value)
	}
	if class := oddClass(text); class != "" {
		return "", nil, refuse("%s in the pattern %q", class, e.Args[index].Value)
	}
	re, err := regexp.Compile(text)
	if err != nil {
		if err, ok := err.(*syntax.Error); ok && err.Code == syntax.ErrMissingParen || strings.Count(text, "[") < strings.Count(text, "]")-1 {
			return "", nil, &plan.Error{Class: plan.ClassExecution, Message: "the pattern " + text + " is not a regular expression: " + err.Error()}
		}
		return "", nil, refuse("the pattern %q (%v)", e.Args[index].Value, err)
	}
	return text, re, nil
}

// oddClass names what Java reads differently inside of [...]: unions, intersections and nested classes.
func oddClass(text string) string {
	inside := false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\':
			i++
		case !inside && text[i] == '[':
			inside = true
			if strings.HasPrefix(text[i+1:], "^]") || strings.HasPrefix(text[i+1:], "]") {
				return "a class that begins with ]"
			}
		case inside && text[i] == '[':
			return "a class inside of a class"
		case inside && strings.HasPrefix(text[i:], "&&"):
			return "the intersection of classes"
		case inside && text[i] == ']':
			inside = false
		}
	}
	return ""
}

// emitRegexp writes rlike, regexp_replace, regexp_extract and split.
func emitRegexp(x *exprs, e *spark.Expr, a []string) (string, error) {
	text, re, err := pattern(e, 1)
	if err != nil {
		return "", err
	}
	quoted := relation.Literal(text)
	switch e.Name {
	case "rlike":
		return "regexp_matches(" + a[0] + ", " + quoted + ")", nil
	case "regexp_extract":
		group, ok := e.Args[2].Value.(int64)
		if !ok || group > maxGroup {
			return "", refuse("regexp_extract with a group that is no literal up to %d", maxGroup)
		}
		if group < 0 || int(group) > re.NumSubexp() {
			return "", &plan.Error{Class: plan.ClassExecution, Message: "[INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX] The value of parameter(s) " +
				"`idx` in `regexp_extract` is invalid: Expects group index between 0 and the number of groups of the pattern."}
		}
		return "regexp_extract(" + a[0] + ", " + quoted + ", " + a[2] + ")", nil
	case "regexp_replace":
		replacement, err := javaReplacement(e, re)
		if err != nil {
			return "", err
		}
		return "regexp_replace(" + a[0] + ", " + quoted + ", " + relation.Literal(replacement) + ", 'g')", nil
	}
	if n, ok := e.Args[2].Value.(int64); !ok || n > 0 {
		return "", refuse("split with a limit")
	}
	if re.MatchString("") {
		return "", refuse("split by a pattern that matches the empty text, %q,", text)
	}
	if plainText, ok := re.LiteralPrefix(); ok {
		return "string_split(" + a[0] + ", " + relation.Literal(plainText) + ")", nil
	}
	return "string_split_regex(" + a[0] + ", " + quoted + ")", nil
}

// javaReplacement turns a replacement with Java's $1 and \x into RE2's \1.
func javaReplacement(e *spark.Expr, re *regexp.Regexp) (string, error) {
	text, ok := e.Args[2].Value.(string)
	if !ok || e.Args[2].Op != spark.OpLit {
		return "", refuse("regexp_replace with a replacement that is no literal")
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text):
			i++
			if text[i] == '\\' {
				b.WriteString(`\\`)
			} else {
				b.WriteByte(text[i])
			}
		case c == '$' && i+1 < len(text) && text[i+1] >= '0' && text[i+1] <= '9':
			i++
			if int(text[i]-'0') > re.NumSubexp() {
				return "", &plan.Error{Class: plan.ClassExecution, Message: "java.lang.IndexOutOfBoundsException: No group " + text[i:i+1]}
			}
			if i+1 < len(text) && text[i+1] >= '0' && text[i+1] <= '9' {
				return "", refuse("the replacement %q", text)
			}
			b.WriteString(`\` + text[i:i+1])
		case c == '$' || c == '\\':
			return "", refuse("the replacement %q", text)
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}
