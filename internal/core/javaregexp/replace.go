package javaregexp

import (
	"errors"
	"fmt"
	"strings"
)

// ReplaceAll replaces every match in text from the byte offset on, which counts as the text's begin for the pattern. In
// a replacement $1 and ${name} are groups, and a backslash takes the meaning of the next character away. A replacement
// is looked at when there is a match.
func (re *Regexp) ReplaceAll(text, replacement string, offset int) (string, error) {
	m := re.Matcher(text[offset:])
	var b strings.Builder
	last := 0
	for {
		found, err := m.Find()
		if err != nil {
			return "", err
		}
		if !found {
			break
		}
		if last == 0 {
			b.WriteString(text[:offset])
		}
		begin, end := m.Group(0)
		b.WriteString(m.text[min(last, begin):begin])
		if err := re.expand(&b, m, replacement); err != nil {
			return "", err
		}
		last = end
	}
	if b.Len() == 0 && last == 0 {
		return text, nil
	}
	b.WriteString(m.text[last:])
	return b.String(), nil
}

// expand writes the replacement of a match.
func (re *Regexp) expand(b *strings.Builder, m *Matcher, replacement string) error {
	for i := 0; i < len(replacement); i++ {
		switch c := replacement[i]; c {
		case '\\':
			if i++; i == len(replacement) {
				return errors.New("character to be escaped is missing")
			}
			b.WriteByte(replacement[i])
		case '$':
			n, used, err := re.reference(replacement[i+1:])
			if err != nil {
				return err
			}
			i += used
			if n > re.groups {
				return fmt.Errorf("No group %d", n) //nolint:staticcheck // Java's words
			}
			group, _ := m.GroupText(n)
			b.WriteString(group)
		default:
			b.WriteByte(c)
		}
	}
	return nil
}

// reference reads what follows a $: digits while there is such a group, or {name}.
func (re *Regexp) reference(s string) (group, used int, err error) {
	if s == "" {
		return 0, 0, errors.New("Illegal group reference: group index is missing") //nolint:staticcheck // Java's words
	}
	if s[0] == '{' {
		name, _, ok := strings.Cut(s[1:], "}")
		n, known := re.names[name]
		switch {
		case !ok:
			return 0, 0, errors.New("named capturing group is missing trailing '}'")
		case !known:
			return 0, 0, fmt.Errorf("No group with name {%s}", name) //nolint:staticcheck // Java's words
		}
		return n, len(name) + 2, nil
	}
	if s[0] < '0' || s[0] > '9' {
		return 0, 0, errors.New("Illegal group reference") //nolint:staticcheck // Java's words
	}
	group, used = int(s[0]-'0'), 1
	for used < len(s) && s[used] >= '0' && s[used] <= '9' {
		longer := group*10 + int(s[used]-'0')
		if longer > re.groups {
			break
		}
		group, used = longer, used+1
	}
	return group, used, nil
}

// Split parts text at the matches, as Java's String.split: an empty match at the begin parts nothing off, and limit is
// the most parts when it is positive. Empty parts at the end stay.
func (re *Regexp) Split(text string, limit int) ([]string, error) {
	m := re.Matcher(text)
	var parts []string
	last := 0
	for limit <= 0 || len(parts) < limit-1 {
		found, err := m.Find()
		if err != nil {
			return nil, err
		}
		if !found {
			break
		}
		begin, end := m.Group(0)
		if last == 0 && begin == 0 && end == 0 {
			continue
		}
		parts = append(parts, text[last:begin])
		last = end
	}
	return append(parts, text[last:]), nil
}
