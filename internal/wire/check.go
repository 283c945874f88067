package wire

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// This file is what the generated checks are written in: rules (what a shape of
// the model demands) and a checker that walks an input and gathers violations.

// textRule is what a string shape demands. A zero field demands nothing.
type textRule struct {
	min, max int // in characters
	pattern  *pattern
	enum     []string
	secret   bool // never echo the value
}

// sizeRule is what a list or map shape demands of its number of entries; a max of
// 0 means no bound.
type sizeRule struct{ min, max int }

// mapRule is what a map of strings demands.
type mapRule struct {
	size       sizeRule
	key, value *textRule
	secret     bool // never echo its entries
}

// numberRule is what a numeric shape demands; nil bounds demand nothing.
type numberRule[N number] struct{ min, max *N }

// number is the Go type of a numeric member: the model's integer, long, double.
type number interface{ int32 | int64 | float64 }

// pattern is a regular expression of the model. The RE2 form is compiled on first
// use: most runs of the binary never need most of them.
type pattern struct {
	java string // as the model has it, for messages
	re2  string // the same, anchored, in Go's dialect

	once      sync.Once
	compiled  *regexp.Regexp
	printable bool // matches whatever consists of printable ASCII
}

// match reports whether the whole of value matches. Most values are names in ASCII, and most patterns of the model forbid
// control characters alone: that needs no regular expression.
func (p *pattern) match(value string) bool {
	p.once.Do(func() {
		p.compiled = regexp.MustCompile(p.re2)
		p.printable = strings.HasPrefix(p.re2, `\A(?:[\x{20}-\x{D7FF}`) && strings.HasSuffix(p.re2, `]*)\z`) && strings.Count(p.re2, "]") == 1
	})
	return p.printable && printableASCII(value) || p.compiled.MatchString(value)
}

// printableASCII reports whether s has nothing but the characters from blank to tilde.
func printableASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// describe lists the constraints of r in the order in which AWS lists them for
// the elements of a list or map.
func (r *textRule) describe() string {
	var all []string
	if r.max > 0 {
		all = append(all, longest(r.max))
	}
	if r.min > 0 || r.max > 0 {
		all = append(all, shortest(r.min))
	}
	if r.pattern != nil {
		all = append(all, matching(r.pattern))
	}
	if len(r.enum) > 0 {
		all = append(all, oneOf(r.enum))
	}
	return strings.Join(all, ", ")
}

// broken calls report with each constraint that value does not meet.
func (r *textRule) broken(value string, report func(constraint string)) {
	// Bytes bound characters from above, so most values need no counting.
	if (r.max > 0 && len(value) > r.max) || len(value) < 4*r.min {
		n := utf8.RuneCountInString(value)
		if r.max > 0 && n > r.max {
			report(longest(r.max))
		}
		if n < r.min {
			report(shortest(r.min))
		}
	}
	if r.pattern != nil && !r.pattern.match(value) {
		report(matching(r.pattern))
	}
	if len(r.enum) > 0 && !slices.Contains(r.enum, value) {
		report(oneOf(r.enum))
	}
}

// meets reports whether value meets every constraint of r.
func (r *textRule) meets(value string) bool {
	ok := true
	r.broken(value, func(string) { ok = false })
	return ok
}

// The constraints in AWS's words.
const notNull = "Member must not be null"

func longest(n int) string {
	return fmt.Sprintf("Member must have length less than or equal to %d", n)
}

func shortest(n int) string {
	return fmt.Sprintf("Member must have length greater than or equal to %d", n)
}

func matching(p *pattern) string {
	return "Member must satisfy regular expression pattern: " + p.java
}

func oneOf(values []string) string {
	return "Member must satisfy enum value set: [" + strings.Join(values, ", ") + "]"
}

// checker walks one input and gathers its violations.
type checker struct {
	path       []step
	violations []Violation
}

// step is one element of a path: a member, or an entry of a list or map.
type step struct {
	name  string // the member, or the key of a map's entry
	index int    // of a list's entry, from 1; 0 for a member, -1 for a map's entry
}

// checked is an input or a structure within one.
type checked interface{ check(c *checker) }

// validate returns the violations of v in the model's order, at most maxViolations.
func validate(v checked) []Violation {
	var c checker
	v.check(&c)
	return c.violations
}

// enter steps into a member; leave steps back.
func (c *checker) enter(name string) { c.path = append(c.path, step{name: name}) }

// enterEntry steps into the entry of a list that stands at i, counted from 0.
func (c *checker) enterEntry(i int) { c.path = append(c.path, step{index: i + 1}) }

// enterKey steps into the entry of a map that stands under key.
func (c *checker) enterKey(key string) { c.path = append(c.path, step{name: key, index: -1}) }

// leave steps back out of what was entered last.
func (c *checker) leave() { c.path = c.path[:len(c.path)-1] }

// full reports whether enough violations were found.
func (c *checker) full() bool { return len(c.violations) >= maxViolations }

// report notes a violation by member name of the structure that c is in.
func (c *checker) report(name, value, constraint string) {
	if c.full() {
		return
	}
	var b strings.Builder
	for _, s := range c.path {
		switch {
		case s.index > 0:
			b.WriteString(strconv.Itoa(s.index) + ".member.")
		case s.index < 0:
			b.WriteString(s.name + ".member.")
		default:
			b.WriteString(s.name + ".")
		}
	}
	b.WriteString(name)
	c.violations = append(c.violations, Violation{Path: b.String(), Value: value, Constraint: constraint})
}

// need reports a required member that is absent.
func (c *checker) need(name string, present bool) {
	if !present {
		c.report(name, "null", notNull)
	}
}

// text checks a string; absent ones meet every rule.
func (c *checker) text(name string, value *string, r *textRule) {
	if value == nil {
		return
	}
	r.broken(*value, func(constraint string) {
		shown := ""
		if !r.secret {
			shown = quote(*value)
		}
		c.report(name, shown, constraint)
	})
}

// size checks the number of entries of a list or map that is present.
func (c *checker) size(name, shown string, n int, r sizeRule) {
	if r.max > 0 && n > r.max {
		c.report(name, shown, longest(r.max))
	}
	if n < r.min {
		c.report(name, shown, shortest(r.min))
	}
}

// texts checks a list of strings: its size, then its elements, which AWS reports
// together. A nil rule demands nothing of elements.
func (c *checker) texts(name string, values []string, size sizeRule, r *textRule) {
	if values == nil {
		return
	}
	shown := func() string {
		if r != nil && r.secret {
			return ""
		}
		return quoteList(values)
	}
	if outside(len(values), size) {
		c.size(name, shown(), len(values), size)
	}
	if r != nil && slices.ContainsFunc(values, func(v string) bool { return !r.meets(v) }) {
		c.report(name, shown(), "Member must satisfy constraint: ["+r.describe()+"]")
	}
}

// textMap checks a map of strings: size, keys, values.
func (c *checker) textMap(name string, values map[string]string, r *mapRule) {
	if values == nil {
		return
	}
	shown := func() string {
		if r.secret {
			return ""
		}
		return quoteMap(values)
	}
	if outside(len(values), r.size) {
		c.size(name, shown(), len(values), r.size)
	}
	badKey, badValue := false, false
	for k, v := range values {
		badKey = badKey || r.key != nil && !r.key.meets(k)
		badValue = badValue || r.value != nil && !r.value.meets(v)
	}
	if badKey {
		c.report(name, shown(), "Map keys must satisfy constraint: ["+r.key.describe()+"]")
	}
	if badValue {
		c.report(name, shown(), "Map value must satisfy constraint: ["+r.value.describe()+"]")
	}
}

// checkKeys checks the keys of a map whose values are structures.
func checkKeys[V any](c *checker, name string, values map[string]V, r *textRule) {
	for k := range values {
		if !r.meets(k) {
			c.report(name, "", "Map keys must satisfy constraint: ["+r.describe()+"]")
			return
		}
	}
}

// outside reports whether n breaks r; the way in which it does is for size.
func outside(n int, r sizeRule) bool { return n < r.min || r.max > 0 && n > r.max }

// broken calls report with each constraint that value does not meet.
func (r *numberRule[N]) broken(value N, report func(constraint string)) {
	if r.max != nil && value > *r.max {
		report(fmt.Sprintf("Member must have value less than or equal to %v", *r.max))
	}
	if r.min != nil && value < *r.min {
		report(fmt.Sprintf("Member must have value greater than or equal to %v", *r.min))
	}
}

// checkNumber checks a number; absent ones meet every rule.
func checkNumber[N number](c *checker, name string, value *N, r *numberRule[N]) {
	if value == nil {
		return
	}
	r.broken(*value, func(constraint string) { c.report(name, quote(fmt.Sprint(*value)), constraint) })
}

// checkNumbers checks a list of numbers: its size, then its elements.
func checkNumbers[N number](c *checker, name string, values []N, size sizeRule, r *numberRule[N]) {
	c.entries(name, values != nil, len(values), size)
	for _, v := range values {
		broken := ""
		r.broken(v, func(constraint string) { broken = constraint })
		if broken != "" {
			c.report(name, quote(strings.ReplaceAll(fmt.Sprint(values), " ", ", ")), "Member must satisfy constraint: ["+broken+"]")
			return
		}
	}
}

// entries checks the size of a list or map that holds structures, which no message
// echoes.
func (c *checker) entries(name string, present bool, n int, r sizeRule) {
	if present {
		c.size(name, "", n, r)
	}
}

// inOrder returns a map's keys in order, so that reports come in one.
func inOrder[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
