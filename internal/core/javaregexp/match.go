package javaregexp

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxSteps bounds the nodes that one search tries, so that a catastrophic pattern ends. Java would go on for years.
const maxSteps = 20_000_000

// maxNesting bounds the repetitions within one match that are tried one inside of the other; Java's stack ends sooner.
const maxNesting = 400_000

// Matcher finds the matches of a pattern in a text, one after the other.
type Matcher struct {
	re     *Regexp
	text   string
	groups []int // begin and end of each group, -1 for none
	locals []int
	steps  int
	depth  int
	err    error
	next   int // where the next search begins, -1 before the first
	last   int // the end of the match before
	end    int // of what an accept was reached at
}

// Matcher begins to search text.
func (re *Regexp) Matcher(text string) *Matcher {
	m := &Matcher{re: re, text: text, groups: make([]int, 2*(re.groups+1)), locals: make([]int, re.locals)}
	m.forget()
	return m
}

// forget takes all groups and counters back.
func (m *Matcher) forget() {
	for i := range m.groups {
		m.groups[i] = -1
	}
	for i := range m.locals {
		m.locals[i] = -1
	}
}

// Find searches for the next match. After an empty one the search goes on one character later. The error is ErrTooLong.
func (m *Matcher) Find() (bool, error) {
	from := m.next
	for from <= len(m.text) {
		m.forget()
		if m.re.start.match(m, from) {
			m.groups[0], m.groups[1] = from, m.end
			m.last, m.next = m.end, m.end
			if m.end == from {
				m.next += max(1, m.sizeAt(from))
			}
			return true, nil
		}
		if m.err != nil {
			return false, m.err
		}
		from += max(1, m.sizeAt(from))
	}
	m.next = len(m.text) + 1
	return false, nil
}

// Group gives the bounds of a group of the match found, -1 when it has taken part in none.
func (m *Matcher) Group(n int) (begin, end int) { return m.groups[2*n], m.groups[2*n+1] }

// GroupText gives a group's text.
func (m *Matcher) GroupText(n int) (string, bool) {
	begin, end := m.Group(n)
	if begin < 0 || end < 0 {
		return "", false
	}
	return m.text[begin:end], true
}

// step counts a step; false ends the search.
func (m *Matcher) step() bool {
	if m.steps++; m.steps > maxSteps {
		m.err = ErrTooLong
	}
	return m.err == nil
}

// sizeAt is the number of bytes of the character at i, 0 at the end.
func (m *Matcher) sizeAt(i int) int {
	if i >= len(m.text) {
		return 0
	}
	if m.text[i] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeRuneInString(m.text[i:])
	return n
}

// at is the character at i; size 0 at the end.
func (m *Matcher) at(i int) (r rune, size int) {
	if i >= len(m.text) {
		return 0, 0
	}
	if c := m.text[i]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	return utf8.DecodeRuneInString(m.text[i:])
}

// before is the character that ends at i; size 0 at the begin.
func (m *Matcher) before(i int) (r rune, size int) {
	if i == 0 {
		return 0, 0
	}
	return utf8.DecodeLastRuneInString(m.text[:i])
}

// node matches at i, and then what comes after it.
type node interface {
	match(m *Matcher, i int) bool
}

// accept ends a pattern, or the part of one that is matched on its own.
type accept struct{}

func (accept) match(m *Matcher, i int) bool { m.end = i; return true }

// set is one character.
type set struct {
	class *class
	next  node
}

func (n *set) match(m *Matcher, i int) bool {
	r, size := m.at(i)
	return size > 0 && n.class.contains(r) && m.step() && n.next.match(m, i+size)
}

// text is several characters in a row.
type text struct {
	want string
	next node
}

func (n *text) match(m *Matcher, i int) bool {
	return strings.HasPrefix(m.text[i:], n.want) && m.step() && n.next.match(m, i+len(n.want))
}

// branch is the first alternative that goes on.
type branch struct{ alternatives []node }

func (n *branch) match(m *Matcher, i int) bool {
	for _, a := range n.alternatives {
		if m.step() && a.match(m, i) {
			return true
		}
	}
	return false
}

// open and closed are the ends of a group. The begin is kept in a local, so that a group counts once it is closed.
type open struct {
	local int
	next  node
}

func (n *open) match(m *Matcher, i int) bool {
	saved := m.locals[n.local]
	m.locals[n.local] = i
	ok := n.next.match(m, i)
	m.locals[n.local] = saved
	return ok
}

type closed struct {
	local, group int
	next         node
}

func (n *closed) match(m *Matcher, i int) bool {
	begin, end := m.groups[2*n.group], m.groups[2*n.group+1]
	m.groups[2*n.group], m.groups[2*n.group+1] = m.locals[n.local], i
	if n.next.match(m, i) {
		return true
	}
	m.groups[2*n.group], m.groups[2*n.group+1] = begin, end
	return false
}

// run repeats a set without a group: it takes as much as it can, or as little, and gives back from there.
type run struct {
	class       *class
	least, most int
	mode        int
	next        node
}

func (n *run) match(m *Matcher, i int) bool {
	count := 0
	start := i
	take := func() bool {
		r, size := m.at(i)
		if size == 0 || !n.class.contains(r) {
			return false
		}
		i += size
		count++
		return true
	}
	for count < n.least {
		if !take() {
			return false
		}
	}
	if n.mode == lazy {
		for m.step() {
			if n.next.match(m, i) {
				return true
			}
			if count >= n.most || !take() {
				return false
			}
		}
		return false
	}
	for count < n.most && take() {
	}
	if n.mode == possessive {
		return m.step() && n.next.match(m, i)
	}
	for m.step() {
		if n.next.match(m, i) {
			return true
		}
		if count == n.least || i == start {
			return false
		}
		_, size := m.before(i)
		i -= size
		count--
	}
	return false
}

// loop repeats anything else. An iteration that takes nothing ends it.
type loop struct {
	count, begin int // locals
	least, most  int
	lazy         bool
	body, next   node
}

// entry begins a loop anew.
type entry struct{ *loop }

func (n entry) match(m *Matcher, i int) bool {
	count, begin := m.locals[n.count], m.locals[n.begin]
	m.locals[n.count], m.locals[n.begin] = 0, -1
	ok := n.again(m, i)
	m.locals[n.count], m.locals[n.begin] = count, begin
	return ok
}

// match stands after the body.
func (n *loop) match(m *Matcher, i int) bool {
	if i == m.locals[n.begin] {
		return n.leave(m, i)
	}
	return n.again(m, i)
}

// again goes around once more, or leaves.
func (n *loop) again(m *Matcher, i int) bool {
	if !m.step() {
		return false
	}
	count := m.locals[n.count]
	switch {
	case count < n.least:
		return n.around(m, i, count)
	case count >= n.most:
		return n.leave(m, i)
	case n.lazy:
		return n.leave(m, i) || m.err == nil && n.around(m, i, count)
	default:
		return n.around(m, i, count) || m.err == nil && n.leave(m, i)
	}
}

// around matches the body from i.
func (n *loop) around(m *Matcher, i, count int) bool {
	if m.depth++; m.depth > maxNesting {
		m.err = ErrTooLong
		return false
	}
	begin := m.locals[n.begin]
	m.locals[n.count], m.locals[n.begin] = count+1, i
	ok := n.body.match(m, i)
	if !ok {
		m.locals[n.count], m.locals[n.begin] = count, begin
	}
	m.depth--
	return ok
}

// leave matches what comes after the loop.
func (n *loop) leave(m *Matcher, i int) bool { return n.next.match(m, i) }

// look is lookaround. Behind looks from the nearest begin to the farthest, within the widths that the pattern may have.
type look struct {
	behind, negated bool
	least, most     int
	body, next      node
}

func (n *look) match(m *Matcher, i int) bool {
	var saved []int
	if n.negated {
		saved = append(saved, m.groups...)
	}
	ok := n.found(m, i)
	if m.err != nil {
		return false
	}
	if n.negated {
		copy(m.groups, saved)
	}
	return ok != n.negated && m.step() && n.next.match(m, i)
}

func (n *look) found(m *Matcher, i int) bool {
	if !n.behind {
		return n.body.match(m, i)
	}
	for from, count := i, 0; count <= n.most; count++ {
		if count >= n.least && n.body.match(m, from) {
			return true
		}
		_, size := m.before(from)
		if size == 0 || m.err != nil {
			return false
		}
		from -= size
	}
	return false
}

// behindEnd ends a lookbehind: it must end where it looks from.
type behindEnd struct{ local int }

func (n behindEnd) match(m *Matcher, i int) bool { return i == m.locals[n.local] }

// mark keeps where a lookbehind looks from.
type mark struct {
	local int
	next  node
}

func (n *mark) match(m *Matcher, i int) bool {
	saved := m.locals[n.local]
	m.locals[n.local] = i
	ok := n.next.match(m, i)
	m.locals[n.local] = saved
	return ok
}

// atomic matches its body once, and does not go back into it.
type atomic struct{ body, next node }

func (n *atomic) match(m *Matcher, i int) bool {
	return n.body.match(m, i) && m.err == nil && m.step() && n.next.match(m, m.end)
}

// back is what a group holds; a group that holds nothing matches nothing.
type back struct {
	group int
	fold  bool
	next  node
}

func (n *back) match(m *Matcher, i int) bool {
	if n.group > m.re.groups {
		return false
	}
	want, ok := m.GroupText(n.group)
	if !ok || len(m.text)-i < len(want) {
		return false
	}
	got := m.text[i : i+len(want)]
	if got != want && !(n.fold && equalFoldASCII(got, want)) {
		return false
	}
	return m.step() && n.next.match(m, i+len(want))
}

// equalFoldASCII compares two texts of one length.
func equalFoldASCII(a, b string) bool {
	for i := range len(a) {
		if a[i] != b[i] && foldASCII(rune(a[i])) != rune(b[i]) {
			return false
		}
	}
	return true
}

// place is a condition on where the match stands.
type place struct {
	holds func(m *Matcher, i int) bool
	next  node
}

func (n *place) match(m *Matcher, i int) bool { return n.holds(m, i) && n.next.match(m, i) }

// newline is \R: \r\n, or one character that ends a line.
type newline struct{ next node }

func (n *newline) match(m *Matcher, i int) bool {
	if strings.HasPrefix(m.text[i:], "\r\n") && n.next.match(m, i+2) {
		return true
	}
	r, size := m.at(i)
	return size > 0 && verticals.contains(r) && m.step() && n.next.match(m, i+size)
}

// isWord reports whether the character at i, of size bytes, counts as one of a word: Java's \b takes letters and digits
// of all scripts, and the marks that stand over them.
func (m *Matcher) isWord(r rune, begin int) bool {
	if r == '_' || unicode.IsLetter(r) || unicode.Is(unicode.Nd, r) {
		return true
	}
	if !unicode.Is(unicode.Mn, r) {
		return false
	}
	for unicode.Is(unicode.Mn, r) {
		var size int
		if r, size = m.before(begin); size == 0 {
			return false
		}
		begin -= size
	}
	return unicode.IsLetter(r) || unicode.Is(unicode.Nd, r)
}

// bound reports whether a word begins or ends at i.
func (m *Matcher) bound(i int) bool {
	left, size := m.before(i)
	inLeft := size > 0 && m.isWord(left, i-size)
	right, size := m.at(i)
	return inLeft != (size > 0 && m.isWord(right, i))
}

// lineBegin reports whether a line begins at i; not at the end of the text.
func (m *Matcher) lineBegin(i int, unix bool) bool {
	if i == len(m.text) {
		return false
	}
	r, size := m.before(i)
	switch {
	case size == 0:
		return true
	case !isLineEnd(r, unix):
		return false
	default:
		return r != '\r' || m.text[i] != '\n'
	}
}

// lineEnd reports whether the text ends at i, or a last line break stands there; with multiline any line break.
func (m *Matcher) lineEnd(i int, multiline, unix bool) bool {
	r, size := m.at(i)
	switch {
	case size == 0:
		return true
	case !isLineEnd(r, unix):
		return false
	case r == '\n' && !unix && i > 0 && m.text[i-1] == '\r':
		return false
	case multiline:
		return true
	case r == '\r' && i+2 == len(m.text):
		return m.text[i+1] == '\n'
	default:
		return i+size == len(m.text)
	}
}
