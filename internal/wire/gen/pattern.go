package main

import (
	"fmt"
	"regexp"
	"strings"
)

// lineEnds are the characters that Java's dot does not match.
const lineEnds = `\n\r\x{85}\x{2028}\x{2029}`

// javaSpace is Java's \s as the inside of a character class. RE2's own \s lacks
// the vertical tab.
const javaSpace = `\t-\r `

// translate turns a Java regular expression of the model, which must match the
// whole value, into an equal RE2 one. An expression that it cannot translate is
// an error, unless policy.go spells it out.
func translate(java string) (string, error) {
	body, known := untranslatable[java]
	if !known {
		var err error
		if body, err = translateBody(java); err != nil {
			return "", fmt.Errorf("pattern %q: %w", java, err)
		}
	}
	re2 := `\A(?:` + body + `)\z`
	if _, err := regexp.Compile(re2); err != nil {
		return "", fmt.Errorf("pattern %q has no RE2 form; give one in policy.go: %w", java, err)
	}
	return re2, nil
}

// translateBody rewrites what the two dialects write differently: \uXXXX (with
// surrogate pairs), dot, \s and \S.
func translateBody(java string) (string, error) {
	var out strings.Builder
	class := false // inside [...]
	for i := 0; i < len(java); {
		rest := java[i:]
		switch {
		case strings.HasPrefix(rest, `\u`):
			r, n, err := javaRune(rest)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(&out, `\x{%X}`, r)
			i += n
			continue
		case strings.HasPrefix(rest, `\s`) && class:
			out.WriteString(javaSpace)
		case strings.HasPrefix(rest, `\s`):
			out.WriteString(`[` + javaSpace + `]`)
		case strings.HasPrefix(rest, `\S`) && class:
			// The complement of javaSpace, for it cannot be negated inside a class.
			out.WriteString(`\x{0}-\x{8}\x{E}-\x{1F}\x{21}-\x{10FFFF}`)
		case strings.HasPrefix(rest, `\S`):
			out.WriteString(`[^` + javaSpace + `]`)
		case rest[0] == '\\' && len(rest) > 1:
			out.WriteString(rest[:2])
		case rest[0] == '.' && !class:
			out.WriteString(`[^` + lineEnds + `]`)
			i++
			continue
		default:
			if rest[0] == '[' {
				if class {
					return "", fmt.Errorf("a class within a class")
				}
				class = true
			} else if rest[0] == ']' {
				class = false
			}
			out.WriteByte(rest[0])
			i++
			continue
		}
		i += 2
	}
	return out.String(), nil
}

// javaRune reads a \uXXXX escape, or two that form a surrogate pair, at the start
// of text. It returns the character and the length read.
func javaRune(text string) (r rune, n int, err error) {
	var high, low rune
	if _, err := fmt.Sscanf(text, `\u%4X`, &high); err != nil {
		return 0, 0, fmt.Errorf("escape at %q: %w", text, err)
	}
	if high < 0xD800 || high > 0xDFFF {
		return high, 6, nil
	}
	if _, err := fmt.Sscanf(text[6:], `\u%4X`, &low); err != nil || high > 0xDBFF || low < 0xDC00 || low > 0xDFFF {
		return 0, 0, fmt.Errorf("a lone surrogate at %q", text)
	}
	return 0x10000 + (high-0xD800)<<10 + (low - 0xDC00), 12, nil
}
