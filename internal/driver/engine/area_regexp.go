package engine

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/duckdb/duckdb-go/v2"

	"tenon/internal/core/javaregexp"
	"tenon/internal/plan"
)

// patternError is Spark's error for a pattern that is none, or our refusal of one. name is the function.
func patternError(name string, err error) error {
	var syntax *javaregexp.SyntaxError
	switch {
	case errors.Is(err, javaregexp.ErrUnsupported):
		return refuse("the pattern of %s (%v)", name, err)
	case errors.As(err, &syntax):
		return &plan.Error{Class: plan.ClassExecution, Message: "[INVALID_PARAMETER_VALUE.PATTERN] The value of parameter(s) `regexp` in `" +
			name + "` is invalid: '" + syntax.Pattern + "'. (" + syntax.Description + ")"}
	default:
		return &plan.Error{Class: plan.ClassExecution, Message: name + ": " + err.Error()}
	}
}

// patterns remembers compiled patterns.
type patterns struct {
	known sync.Map // text -> compiledPattern
	mu    sync.Mutex
	count int // guarded by mu
}

// compiledPattern is a pattern or why it is none.
type compiledPattern struct {
	re  *javaregexp.Regexp
	err error
}

// maxPatterns bounds the patterns remembered: they may be a column.
const maxPatterns = 1000

// find compiles a pattern. name is the function that asks.
func (p *patterns) find(name, text string) (*javaregexp.Regexp, error) {
	if known, ok := p.known.Load(text); ok {
		c, _ := known.(compiledPattern)
		return c.re, c.err
	}
	re, err := javaregexp.Compile(text)
	if err != nil {
		err = patternError(name, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.count < maxPatterns {
		p.count++
		p.known.Store(text, compiledPattern{re, err})
	}
	return re, err
}

// regexpFunctions are the functions on patterns.
func regexpFunctions() []goFunction {
	text, whole := duckdb.TYPE_VARCHAR, duckdb.TYPE_BIGINT
	p := &patterns{}
	two, three := []duckdb.Type{text, text}, []duckdb.Type{text, text, whole}
	return []goFunction{
		{"spark_rlike", two, duckdb.TYPE_BOOLEAN, p.with("rlike", func(m *javaregexp.Matcher, _ *javaregexp.Regexp, _ []driver.Value) (any, error) {
			return m.Find()
		})},
		{"spark_regexp_extract", three, text, p.with("regexp_extract", extractOne)},
		{"spark_regexp_extract_all", three, text | listOf, p.with("regexp_extract_all", extractAll)},
		{"spark_regexp_count", two, whole, p.with("regexp_count", countMatches)},
		{"spark_regexp_instr", two, whole, p.with("regexp_instr", placeOfMatch)},
		{"spark_regexp_substr", two, text, p.with("regexp_substr", func(m *javaregexp.Matcher, re *javaregexp.Regexp, _ []driver.Value) (any, error) {
			found, err := extractOne(m, re, []driver.Value{nil, nil, int64(0)})
			if found == "" {
				return nil, err
			}
			return found, err
		})},
		{"spark_regexp_replace", []duckdb.Type{text, text, text, whole}, text, func(a []driver.Value) (any, error) {
			return p.replace(a[0].(string), a[1].(string), a[2].(string), a[3].(int64))
		}},
		{"spark_split", three, text | listOf, func(a []driver.Value) (any, error) {
			return p.split(a[0].(string), a[1].(string), int(a[2].(int64)))
		}},
	}
}

// with adapts a function of a search to one of Go's in DuckDB.
func (p *patterns) with(name string, f func(*javaregexp.Matcher, *javaregexp.Regexp, []driver.Value) (any, error)) func([]driver.Value) (any, error) {
	return func(a []driver.Value) (any, error) {
		re, err := p.find(name, a[1].(string))
		if err != nil {
			return nil, err
		}
		out, err := f(re.Matcher(a[0].(string)), re, a)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return out, nil
	}
}

// groupIndex checks the number of a group once there is a match.
func groupIndex(name string, n int64, re *javaregexp.Regexp) error {
	if n >= 0 && n <= int64(re.Groups()) {
		return nil
	}
	return &plan.Error{Class: plan.ClassExecution, Message: fmt.Sprintf("[INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX] The value of parameter(s) "+
		"`idx` in `%s` is invalid: Expects group index between 0 and %d, but got %d.", name, re.Groups(), n)}
}

// extractOne gives a group of the first match, empty when there is none.
func extractOne(m *javaregexp.Matcher, re *javaregexp.Regexp, a []driver.Value) (any, error) {
	found, err := m.Find()
	if err != nil || !found {
		return "", err
	}
	n := a[2].(int64)
	if err := groupIndex("regexp_extract", n, re); err != nil {
		return nil, err
	}
	text, _ := m.GroupText(int(n))
	return text, nil
}

// extractAll gives a group of all matches.
func extractAll(m *javaregexp.Matcher, re *javaregexp.Regexp, a []driver.Value) (any, error) {
	out := []any{}
	for {
		found, err := m.Find()
		if err != nil || !found {
			return out, err
		}
		n := a[2].(int64)
		if err := groupIndex("regexp_extract_all", n, re); err != nil {
			return nil, err
		}
		text, _ := m.GroupText(int(n))
		out = append(out, text)
	}
}

// countMatches counts the matches.
func countMatches(m *javaregexp.Matcher, _ *javaregexp.Regexp, _ []driver.Value) (any, error) {
	for n := int64(0); ; n++ {
		found, err := m.Find()
		if err != nil || !found {
			return n, err
		}
	}
}

// placeOfMatch is where the first match begins, counted from 1 in Java's chars; 0 when there is none.
func placeOfMatch(m *javaregexp.Matcher, _ *javaregexp.Regexp, a []driver.Value) (any, error) {
	found, err := m.Find()
	if err != nil || !found {
		return int64(0), err
	}
	begin, _ := m.Group(0)
	return int64(javaLength(a[0].(string)[:begin])) + 1, nil
}

// javaLength is the number of Java's chars, of which a character beyond the first 65,536 has two.
func javaLength(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// replace replaces all matches from a position on, counted from 1.
func (p *patterns) replace(text, pattern, replacement string, position int64) (any, error) {
	re, err := p.find("regexp_replace", pattern)
	if err != nil {
		return nil, err
	}
	offset := 0
	for skipped := int64(1); skipped < position; {
		if offset == len(text) {
			return text, nil
		}
		r, size := utf8.DecodeRuneInString(text[offset:])
		offset += size
		skipped += int64(max(1, utf16.RuneLen(r)))
	}
	if position > 1 && offset == len(text) {
		return text, nil
	}
	if err := splitsCharacters(re, text); err != nil {
		return nil, err
	}
	out, err := re.ReplaceAll(text, replacement, offset)
	if err != nil {
		return nil, fmt.Errorf("regexp_replace: %w", err)
	}
	return out, nil
}

// split parts a text by a pattern.
func (p *patterns) split(text, pattern string, limit int) (any, error) {
	if text != "" && pattern == "" {
		out := []any{}
		for _, r := range text {
			if limit > 0 && len(out) == limit {
				break
			}
			out = append(out, string(r))
		}
		return out, nil
	}
	re, err := p.find("split", pattern)
	if err != nil {
		return nil, err
	}
	if err := splitsCharacters(re, text); err != nil {
		return nil, err
	}
	parts, err := re.Split(text, limit)
	if err != nil {
		return nil, fmt.Errorf("split: %w", err)
	}
	out := make([]any, len(parts))
	for i, part := range parts {
		out[i] = part
	}
	return out, nil
}

// splitsCharacters refuses an empty match in texts with characters beyond the first 65,536: Java finds it in the middle
// of them.
func splitsCharacters(re *javaregexp.Regexp, text string) error {
	if !re.MatchesEmpty() {
		return nil
	}
	for _, r := range text {
		if r > 0xffff {
			return refuse("a pattern that matches the empty text, on a text with the character %q,", r)
		}
	}
	return nil
}
