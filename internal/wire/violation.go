package wire

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds on what an error message carries. A message that repeats a megabyte of
// input helps nobody and fills logs.
const (
	maxEchoBytes  = 256 // of one offending value
	maxViolations = 20  // reported for one request; further ones are not looked for
)

// Violation is one constraint of the model that an input does not meet.
type Violation struct {
	Path       string // "command.scriptLocation", "columns.2.member.name": members in camel case, indices from 1
	Value      string // as it is echoed: null, 'text', '[a, b]', '{k=v}'; empty for a secret or a structure
	Constraint string // "Member must not be null"
}

// String returns the violation in AWS's words.
func (v Violation) String() string {
	value := v.Value
	if value != "" {
		value += " "
	}
	return "Value " + value + "at '" + v.Path + "' failed to satisfy constraint: " + v.Constraint
}

// ViolationMessage returns the text of the ValidationException that reports vs:
// "1 validation error detected: Value null at 'name' failed to satisfy ...".
func ViolationMessage(vs []Violation) string {
	plural := "s"
	if len(vs) == 1 {
		plural = ""
	}
	parts := make([]string, len(vs))
	for i, v := range vs {
		parts[i] = v.String()
	}
	return fmt.Sprintf("%d validation error%s detected: %s", len(vs), plural, strings.Join(parts, "; "))
}

// quote returns a value as a violation echoes it, cut to maxEchoBytes.
func quote(value string) string {
	return "'" + cut(value, maxEchoBytes) + "'"
}

// cut shortens text to at most n bytes, at a character's edge, and says so.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n] + "..."
}

// quoteList returns a list as AWS echoes it: '[a, b]'.
func quoteList(values []string) string {
	var b strings.Builder
	for i, v := range values {
		if b.Len() > maxEchoBytes {
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(v)
	}
	return "'[" + cut(b.String(), maxEchoBytes) + "]'"
}

// quoteMap returns a map as AWS echoes it, in the order of its keys: '{a=1, b=2}'.
func quoteMap(values map[string]string) string {
	keys := make([]string, 0, len(values))
	for k := range values {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var b strings.Builder
	for i, k := range keys {
		if b.Len() > maxEchoBytes {
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(k + "=" + values[k])
	}
	return "'{" + cut(b.String(), maxEchoBytes) + "}'"
}
