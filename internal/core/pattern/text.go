package pattern

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// foldedPrefix reports whether s begins with p, upper and lower case alike. Two spellings of a letter may differ in bytes, so
// that as many letters are compared as p has.
func foldedPrefix(s, p string) bool {
	n := 0
	for range p {
		if n == len(s) {
			return false
		}
		_, size := utf8.DecodeRuneInString(s[n:])
		n += size
	}
	return strings.EqualFold(s[:n], p)
}

// foldedSuffix reports whether s ends with p, upper and lower case alike.
func foldedSuffix(s, p string) bool {
	n := len(s)
	for range p {
		if n == 0 {
			return false
		}
		_, size := utf8.DecodeLastRuneInString(s[:n])
		n -= size
	}
	return strings.EqualFold(s[n:], p)
}

// wildcard makes the test of a wildcard.
func wildcard(text string) (func(string) bool, error) {
	parts := []string{""} // what stands between the stars
	last := -2            // where the last star stood
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '*' && last == i-1:
			return nil, errors.New("two stars in a row")
		case c == '*':
			parts = append(parts, "")
			last = i
			continue
		case c == '\\' && i+1 < len(text) && (text[i+1] == '*' || text[i+1] == '\\'):
			i++
			c = text[i]
		case c == '\\':
			return nil, errors.New("a backslash stands before a star or another backslash only")
		}
		parts[len(parts)-1] += string([]byte{c})
	}
	return func(s string) bool { return matchParts(s, parts) }, nil
}

// matchParts reports whether s is the parts in their order with anything between them. Each is found as early as it can be,
// which leaves the most for those that follow.
func matchParts(s string, parts []string) bool {
	first, last := parts[0], parts[len(parts)-1]
	if len(parts) == 1 {
		return s == first
	}
	if len(s) < len(first)+len(last) || !strings.HasPrefix(s, first) || !strings.HasSuffix(s, last) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return true
}

// spell writes a value of a pattern for an error.
func spell(value any) string {
	switch v := value.(type) {
	case members:
		return "an object"
	case []any:
		return "a list"
	default:
		b, err := json.Marshal(v)
		if err != nil {
			return fmt.Sprint(v)
		}
		return string(b)
	}
}
