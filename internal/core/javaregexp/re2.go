package javaregexp

import (
	"fmt"
	"regexp"
	"strings"
)

// RE2 is a pattern as RE2 spells it, and where RE2 may not be asked: texts that end in a line break, or have other
// characters than ASCII's.
type RE2 struct {
	Pattern        string
	NotLineEnd     bool
	NotBeyondASCII bool
}

// maxRE2Ranges and maxRE2Repeat bound what is spelled for RE2: its programs grow with both.
const (
	maxRE2Ranges = 60
	maxRE2Repeat = 100
)

// RE2 spells the pattern for RE2 when it gives the same matches; captures tells that the groups must be the same, too.
func (re *Regexp) RE2(captures bool) (RE2, bool) {
	s := &speller{captures: captures}
	s.spell(re.tree)
	s.out.Pattern = s.b.String()
	return s.out, !s.failed
}

// Literal gives the text that the pattern stands for, when it is one.
func (re *Regexp) Literal() (string, bool) {
	if re.tree.op != opSeq {
		return "", false
	}
	var b strings.Builder
	for _, t := range re.tree.subs {
		if t.op != opSet || t.letter < 0 {
			return "", false
		}
		b.WriteRune(t.letter)
	}
	return b.String(), b.Len() > 0
}

// speller writes a tree in RE2's way.
type speller struct {
	b        strings.Builder
	out      RE2
	captures bool
	repeated bool // inside of a repetition
	failed   bool
}

// spell writes one part.
func (s *speller) spell(t *tree) {
	switch t.op {
	case opEmpty:
	case opSet:
		s.set(t)
	case opSeq:
		for _, sub := range t.subs {
			s.spell(sub)
		}
	case opAlt:
		s.b.WriteString("(?:")
		for i, sub := range t.subs {
			if i > 0 {
				s.b.WriteByte('|')
			}
			s.spell(sub)
		}
		s.b.WriteByte(')')
	case opGroup:
		if t.group > 0 && s.captures {
			s.failed = s.failed || s.repeated // what a group keeps of the rounds before
			s.b.WriteByte('(')
		} else {
			s.b.WriteString("(?:")
		}
		s.spell(t.subs[0])
		s.b.WriteByte(')')
	case opRepeat:
		s.repeat(t)
	case opBegin:
		s.b.WriteString(`\A`)
	case opEnd:
		s.b.WriteString(`\z`)
	case opDollar:
		s.failed = s.failed || t.multiline
		s.out.NotLineEnd = true
		s.b.WriteString(`\z`)
	case opBound:
		s.out.NotBeyondASCII = true
		if t.negated {
			s.b.WriteString(`\B`)
		} else {
			s.b.WriteString(`\b`)
		}
	default:
		s.failed = true
	}
}

// repeat writes a quantifier; of what may be empty the two count rounds in different ways.
func (s *speller) repeat(t *tree) {
	least, _, _ := t.subs[0].width()
	if least == 0 || t.mode == possessive || t.least > maxRE2Repeat || t.most != noLimit && t.most > maxRE2Repeat {
		s.failed = true
		return
	}
	outer := s.repeated
	s.repeated = s.repeated || t.most > 1
	s.b.WriteString("(?:")
	s.spell(t.subs[0])
	s.b.WriteByte(')')
	s.repeated = outer
	switch {
	case t.most != noLimit:
		fmt.Fprintf(&s.b, "{%d,%d}", t.least, t.most)
	default:
		fmt.Fprintf(&s.b, "{%d,}", t.least)
	}
	if t.mode == lazy {
		s.b.WriteByte('?')
	}
}

// set writes a set of characters as ranges.
func (s *speller) set(t *tree) {
	if t.letter > 0 {
		s.b.WriteString(regexp.QuoteMeta(string(t.letter)))
		return
	}
	s.failed = s.failed || len(t.set.ranges) == 0 || len(t.set.ranges) > maxRE2Ranges
	s.b.WriteByte('[')
	for _, r := range t.set.ranges {
		fmt.Fprintf(&s.b, `\x{%x}-\x{%x}`, r.low, r.high)
	}
	s.b.WriteByte(']')
}
