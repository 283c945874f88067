package javaregexp

import (
	"slices"
	"sort"
	"unicode"
)

// class is a set of characters: its ranges in order, which do not touch, and the answers for ASCII.
type class struct {
	ascii  [128]bool
	ranges []runeRange
}

// runeRange is the characters from low to high.
type runeRange struct{ low, high rune }

// newClass makes a set of ranges in any order.
func newClass(ranges ...runeRange) *class {
	sort.Slice(ranges, func(i, j int) bool { return ranges[i].low < ranges[j].low })
	c := &class{}
	for _, r := range ranges {
		if n := len(c.ranges); n > 0 && r.low <= c.ranges[n-1].high+1 {
			c.ranges[n-1].high = max(c.ranges[n-1].high, r.high)
			continue
		}
		c.ranges = append(c.ranges, r)
	}
	for i := range c.ascii {
		c.ascii[i] = c.find(rune(i))
	}
	return c
}

// find looks r up among the ranges.
func (c *class) find(r rune) bool {
	i := sort.Search(len(c.ranges), func(i int) bool { return c.ranges[i].high >= r })
	return i < len(c.ranges) && c.ranges[i].low <= r
}

// contains reports whether r is in the set.
func (c *class) contains(r rune) bool {
	if r < 128 {
		return c.ascii[r]
	}
	return c.find(r)
}

// union joins two sets; a may be nil.
func union(a, b *class) *class {
	if a == nil {
		return b
	}
	return newClass(append(slices.Clone(a.ranges), b.ranges...)...)
}

// intersection is what two sets share.
func intersection(a, b *class) *class { return complement(union(complement(a), complement(b))) }

// complement is all other characters.
func complement(a *class) *class {
	var out []runeRange
	next := rune(0)
	for _, r := range a.ranges {
		if r.low > next {
			out = append(out, runeRange{next, r.low - 1})
		}
		next = r.high + 1
	}
	if next <= unicode.MaxRune {
		out = append(out, runeRange{next, unicode.MaxRune})
	}
	return newClass(out...)
}

// among is the set of the characters of a text.
func among(chars string) *class {
	var out []runeRange
	for _, r := range chars {
		out = append(out, runeRange{r, r})
	}
	return newClass(out...)
}

// span is the set from low to high.
func span(low, high rune) *class { return newClass(runeRange{low, high}) }

// where is the set of the characters up to last that a test holds for.
func where(last rune, holds func(rune) bool) *class {
	var out []runeRange
	for r := rune(0); r <= last; r++ {
		if !holds(r) {
			continue
		}
		if n := len(out); n > 0 && out[n-1].high == r-1 {
			out[n-1].high = r
		} else {
			out = append(out, runeRange{r, r})
		}
	}
	return newClass(out...)
}

// tabled is the set of the characters of tables of Unicode.
func tabled(tables ...*unicode.RangeTable) *class {
	var out []runeRange
	for _, t := range tables {
		for _, r := range t.R16 {
			out = appendStrided(out, rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
		for _, r := range t.R32 {
			out = appendStrided(out, rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
	}
	return newClass(out...)
}

// appendStrided appends every stride-th character.
func appendStrided(out []runeRange, low, high, stride rune) []runeRange {
	if stride == 1 {
		return append(out, runeRange{low, high})
	}
	for r := low; r <= high; r += stride {
		out = append(out, runeRange{r, r})
	}
	return out
}

// The sets of one letter.
var (
	everything  = span(0, unicode.MaxRune)
	digits      = span('0', '9')
	wordChars   = union(digits, union(span('a', 'z'), union(span('A', 'Z'), among("_"))))
	spaces      = among(" \t\n\v\f\r")
	horizontals = among(" \t\u00a0\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000")
	verticals   = among("\n\v\f\r\u0085\u2028\u2029")
	lineEnds    = among("\n\r\u0085\u2028\u2029")
	inLine      = complement(lineEnds)
	inUnixLine  = complement(among("\n"))
)

// classes are the sets that escapes stand for.
var classes = map[rune]*class{
	'd': digits, 'D': complement(digits), 'w': wordChars, 'W': complement(wordChars), 's': spaces, 'S': complement(spaces),
	'h': horizontals, 'H': complement(horizontals), 'v': verticals, 'V': complement(verticals),
}

// foldASCII gives the other case of a letter of ASCII, else c.
func foldASCII(c rune) rune {
	if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
		return c ^ 0x20
	}
	return c
}

// folded is Java's way of folding under (?iu).
func folded(c rune) rune { return unicode.ToLower(unicode.ToUpper(c)) }

// letter is the set of one character under the switches.
func (p *parser) letter(c rune) *class { return p.between(c, c) }

// between is a range of characters under the switches.
func (p *parser) between(low, high rune) *class {
	in := func(r rune) bool { return low <= r && r <= high }
	switch {
	case p.flags.fold && p.flags.unicode:
		return where(unicode.MaxRune, func(r rune) bool { return in(r) || in(unicode.ToUpper(r)) || in(folded(r)) })
	case p.flags.fold:
		return union(span(low, high), where(0x7f, func(r rune) bool { return in(foldASCII(r)) }))
	default:
		return span(low, high)
	}
}

// class reads [...]; the next character is what stands before its first member. consume tells to read the ], too.
//
// The order of reading is Java's: an intersection takes all that was read so far and all up to the next && or ].
func (p *parser) class(consume bool) (*class, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, unsupported("a nesting this deep")
	}
	defer func() { p.depth-- }()
	open := p.raw(0) == '['
	p.pos++
	var set *class
	negated := open && p.special() == '^'
	if negated {
		p.pos++
	}
	for {
		switch p.special() {
		case eof:
			return nil, p.fail("Unclosed character class")
		case '[':
			inner, err := p.class(true)
			if err != nil {
				return nil, err
			}
			set = union(set, inner)
			continue
		case '&':
			if p.raw(1) != '&' {
				break
			}
			p.pos += 2
			right, err := p.intersected()
			switch {
			case err != nil:
				return nil, err
			case set == nil && right == nil:
				return nil, p.fail("Bad class syntax")
			case right == nil:
				return nil, unsupported("an intersection with nothing")
			case set == nil:
				set = right
			default:
				set = intersection(set, right)
			}
			continue
		case ']':
			if set == nil {
				break
			}
			if consume {
				p.pos++
			}
			if negated {
				set = complement(set)
			}
			return set, nil
		}
		member, err := p.member()
		if err != nil {
			return nil, err
		}
		set = union(set, member)
	}
}

// intersected reads what stands after &&; nil for nothing.
func (p *parser) intersected() (*class, error) {
	var right *class
	for c := p.special(); c != ']' && c != '&'; c = p.special() {
		nested := c == '['
		if c == eof {
			return nil, p.fail("Unclosed character class")
		}
		if !nested {
			p.pos-- // at the & before
		}
		inner, err := p.class(nested)
		if err != nil {
			return nil, err
		}
		right = union(right, inner)
	}
	return right, nil
}

// member reads one character, a range, or an escape that stands for a set.
func (p *parser) member() (*class, error) {
	set, low, err := p.classChar()
	if err != nil || set != nil {
		return set, err
	}
	if p.special() != '-' {
		return p.letter(low), nil
	}
	if next := p.raw(1); next == '[' || next == ']' || next == eof {
		return p.letter(low), nil
	}
	p.pos++
	set, high, err := p.classChar()
	if err != nil {
		return nil, err
	}
	if set != nil || high < low {
		return nil, p.fail("Illegal character range")
	}
	return p.between(low, high), nil
}

// classChar reads one character of a class, or an escape.
func (p *parser) classChar() (*class, rune, error) {
	switch c := p.peek(); {
	case c == eof:
		return nil, 0, p.fail("Unclosed character class")
	case c == '\\' && !p.quoted:
		return p.escape()
	default:
		p.pos++
		return nil, c, nil
	}
}
