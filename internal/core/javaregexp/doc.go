// Package javaregexp matches texts against regular expressions as java.util.regex of Java 17 does, with lookaround, back
// references, possessive quantifiers and class arithmetic.
//
// No library that is kept reads this dialect: those that backtrack follow .NET or Perl, which number named groups, end
// lines, fold case, and nest classes in other ways, so that each pattern would have to be parsed here all the same. A
// pattern is parsed into a tree (parse.go, class.go), and the tree is linked into nodes that each match and then ask the
// next (match.go), which is the very way of Java's own. Where RE2 gives the same answers, RE2 says how the pattern is
// spelled for it (re2.go).
//
// Offsets are in bytes of UTF-8. What is not read, \X, \N{...}, \b{g}, (?U), (?c) and blocks of Unicode, is refused with
// ErrUnsupported. Properties are those of Go's edition of Unicode. A match that takes more than maxSteps steps ends with
// ErrTooLong.
package javaregexp

import (
	"errors"
	"fmt"
)

// ErrUnsupported is wrapped by errors about what Java has and this package has not.
var ErrUnsupported = errors.New("is not supported")

// ErrTooLong tells that a match took too many steps, or went too deep.
var ErrTooLong = errors.New("the pattern takes too many steps on this text")

// SyntaxError is Java's PatternSyntaxException.
type SyntaxError struct {
	Pattern     string
	Description string
}

// Error gives the description first, as Java does.
func (e *SyntaxError) Error() string { return e.Description + " in the pattern " + e.Pattern }

// unsupported refuses a part of a pattern by name.
func unsupported(part string) error { return fmt.Errorf("%s in a pattern %w", part, ErrUnsupported) }

// Regexp is a compiled pattern. It may be used by several goroutines.
type Regexp struct {
	pattern string
	tree    *tree
	start   node
	groups  int // capturing ones, without group 0
	locals  int
	names   map[string]int
}

// Compile reads a pattern. Errors are a *SyntaxError, or wrap ErrUnsupported.
func Compile(pattern string) (*Regexp, error) {
	p := &parser{pattern: pattern, text: []rune(pattern), names: map[string]int{}}
	t, err := p.parse()
	if err != nil {
		return nil, err
	}
	re := &Regexp{pattern: pattern, tree: t, groups: p.groups, names: p.names}
	l := &linker{}
	re.start = l.link(t, accept{})
	re.locals = l.locals
	return re, nil
}

// Groups is the number of capturing groups, without group 0.
func (re *Regexp) Groups() int { return re.groups }

// MatchesEmpty reports whether the pattern can match without taking a character.
func (re *Regexp) MatchesEmpty() bool { least, _, _ := re.tree.width(); return least == 0 }
