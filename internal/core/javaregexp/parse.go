package javaregexp

import (
	"strings"
	"unicode"
)

// op tells which fields of a tree count.
type op int

// The parts of patterns.
const (
	opEmpty   op = iota
	opSet        // one character of set
	opSeq        // subs one after the other
	opAlt        // the first of subs that goes on
	opGroup      // subs[0]; group is its number, 0 for none
	opRepeat     // subs[0] from least to most times; mode
	opLook       // subs[0] ahead or behind
	opAtomic     // subs[0] without going back into it
	opBack       // what group holds
	opBegin      // \A, and ^ without m
	opCaret      // ^ with m
	opDollar     // $ and \Z; with m before every line's end
	opEnd        // \z
	opBound      // \b, or \B when negated
	opLast       // \G
	opNewline    // \R
)

// The modes of a quantifier.
const (
	greedy = iota
	lazy
	possessive
)

// noLimit is the most of a quantifier without one.
const noLimit = int(^uint(0) >> 1)

// maxDepth bounds groups inside of groups.
const maxDepth = 500

// tree is a parsed pattern.
type tree struct {
	op          op
	subs        []*tree
	set         *class
	group       int
	least, most int
	mode        int
	behind      bool // of a lookaround
	negated     bool
	multiline   bool // of opDollar
	unix        bool // only \n ends lines
	fold        bool // of a back reference
	letter      rune // of a set of one character without folding, else -1
}

// flags are the switches of (?idmsux).
type flags struct{ fold, unix, multiline, dotall, unicode, comments bool }

// parser reads a pattern from left to right.
type parser struct {
	pattern string
	text    []rune
	pos     int
	flags   flags
	groups  int
	names   map[string]int
	quoted  bool // inside of \Q...\E
	depth   int
}

// eof is what peek gives at the end.
const eof = rune(-1)

// fail is a syntax error.
func (p *parser) fail(description string) error {
	return &SyntaxError{Pattern: p.pattern, Description: description}
}

// parse reads the whole pattern.
func (p *parser) parse() (*tree, error) {
	t, err := p.alternatives()
	if err == nil && p.peek() == ')' {
		return nil, p.fail("Unmatched closing ')'")
	}
	return t, err
}

// raw is the character at an offset from the next, whatever it means.
func (p *parser) raw(offset int) rune {
	if p.pos+offset >= len(p.text) {
		return eof
	}
	return p.text[p.pos+offset]
}

// peek skips what has no meaning, the marks of quotes and comments, and gives the next character.
func (p *parser) peek() rune {
	for {
		c := p.raw(0)
		switch {
		case p.quoted && c == '\\' && p.raw(1) == 'E':
			p.quoted = false
			p.pos += 2
		case p.quoted || c == eof:
			return c
		case c == '\\' && p.raw(1) == 'Q':
			p.quoted = true
			p.pos += 2
		case c == '\\' && p.raw(1) == 'E' && strings.Contains(p.pattern, `\Q`):
			p.pos += 2
		case p.flags.comments && (c == ' ' || c >= '\t' && c <= '\r'):
			p.pos++
		case p.flags.comments && c == '#':
			for p.raw(0) != eof && !isLineEnd(p.raw(0), p.flags.unix) {
				p.pos++
			}
		default:
			return c
		}
	}
}

// special is the next character where it may mean something, 0 inside of quotes.
func (p *parser) special() rune {
	if c := p.peek(); c == eof || !p.quoted {
		return c
	}
	return 0
}

// take reads c when it is next and not quoted.
func (p *parser) take(c rune) bool {
	if p.special() != c {
		return false
	}
	p.pos++
	return true
}

// alternatives reads a|b|c.
func (p *parser) alternatives() (*tree, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, unsupported("a nesting this deep")
	}
	defer func() { p.depth-- }()
	first, err := p.sequence()
	if err != nil || p.special() != '|' {
		return first, err
	}
	out := &tree{op: opAlt, subs: []*tree{first}}
	for p.take('|') {
		t, err := p.sequence()
		if err != nil {
			return nil, err
		}
		out.subs = append(out.subs, t)
	}
	return out, nil
}

// sequence reads quantified atoms up to | or ).
func (p *parser) sequence() (*tree, error) {
	out := &tree{op: opSeq}
	for {
		switch p.special() {
		case eof, '|', ')':
			return out, nil
		}
		t, err := p.atom()
		if err != nil {
			return nil, err
		}
		if t == nil { // switches
			continue
		}
		if t, err = p.quantified(t); err != nil {
			return nil, err
		}
		out.subs = append(out.subs, t)
	}
}

// atom reads what a quantifier may follow; nil for switches.
func (p *parser) atom() (*tree, error) {
	switch c := p.special(); c {
	case '(':
		p.pos++
		return p.group()
	case '[':
		set, err := p.class(true)
		return &tree{op: opSet, set: set, letter: -1}, err
	case '{': // Java quantifies the empty text before it
		return &tree{op: opEmpty}, nil
	case '*', '+', '?':
		return nil, p.fail("Dangling meta character '" + string(c) + "'")
	case '.':
		p.pos++
		return &tree{op: opSet, set: p.dot(), letter: -1}, nil
	case '^':
		p.pos++
		if p.flags.multiline {
			return &tree{op: opCaret, unix: p.flags.unix}, nil
		}
		return &tree{op: opBegin}, nil
	case '$':
		p.pos++
		return &tree{op: opDollar, multiline: p.flags.multiline, unix: p.flags.unix}, nil
	case '\\':
		return p.escaped()
	}
	c := p.raw(0)
	p.pos++
	return p.single(c), nil
}

// single is one character, in each case where case does not count.
func (p *parser) single(c rune) *tree {
	t := &tree{op: opSet, set: p.letter(c), letter: c}
	if p.flags.fold {
		t.letter = -1
	}
	return t
}

// dot is the set of the dot.
func (p *parser) dot() *class {
	switch {
	case p.flags.dotall:
		return everything
	case p.flags.unix:
		return inUnixLine
	default:
		return inLine
	}
}

// isLineEnd reports whether c ends a line.
func isLineEnd(c rune, unix bool) bool {
	return c == '\n' || !unix && (c == '\r' || c == 0x85 || c|1 == 0x2029)
}

// quantified reads the quantifier after t, if there is one.
func (p *parser) quantified(t *tree) (*tree, error) {
	out := &tree{op: opRepeat, subs: []*tree{t}, most: noLimit}
	switch p.special() {
	case '?':
		out.most = 1
	case '*':
	case '+':
		out.least = 1
	case '{':
		p.pos++
		if err := p.bounds(out); err != nil {
			return nil, err
		}
		p.pos-- // at the }
	default:
		return t, nil
	}
	p.pos++
	if p.take('?') {
		out.mode = lazy
	} else if p.take('+') {
		out.mode = possessive
	}
	return out, nil
}

// maxCount is the largest number in a quantifier.
const maxCount = 1<<31 - 1

// bounds reads n}, n,} and n,m}.
func (p *parser) bounds(out *tree) error {
	number := func() (int, bool) {
		n, ok := 0, false
		for c := p.raw(0); c >= '0' && c <= '9' && n <= maxCount; c = p.raw(0) {
			n, ok = n*10+int(c-'0'), true
			p.pos++
		}
		return n, ok
	}
	least, ok := number()
	if !ok {
		return p.fail("Illegal repetition")
	}
	most := least
	if p.raw(0) == ',' {
		p.pos++
		if most = noLimit; p.raw(0) != '}' {
			if most, ok = number(); !ok {
				most = 0
			}
		}
	}
	if p.raw(0) != '}' {
		return p.fail("Unclosed counted closure")
	}
	p.pos++
	if least > maxCount || most > maxCount && most != noLimit || most < least {
		return p.fail("Illegal repetition range")
	}
	out.least, out.most = least, most
	return nil
}

// group reads what follows a (.
func (p *parser) group() (*tree, error) {
	saved := p.flags
	if p.raw(0) != '?' {
		p.groups++
		return p.body(&tree{op: opGroup, group: p.groups}, saved)
	}
	p.pos++
	c := p.raw(0)
	p.pos++
	switch c {
	case ':':
		return p.body(&tree{op: opGroup}, saved)
	case '=', '!':
		return p.body(&tree{op: opLook, negated: c == '!'}, saved)
	case '>':
		return p.body(&tree{op: opAtomic}, saved)
	case '<':
		if next := p.raw(0); next == '=' || next == '!' {
			p.pos++
			t, err := p.body(&tree{op: opLook, behind: true, negated: next == '!'}, saved)
			if err != nil {
				return nil, err
			}
			if _, most, bounded := t.subs[0].width(); !bounded || most > maxWidth { // Java knows some of these, by accident
				return nil, unsupported("a lookbehind without a greatest width")
			}
			return t, nil
		}
		name, err := p.groupName()
		if err != nil {
			return nil, err
		}
		if _, twice := p.names[name]; twice {
			return nil, p.fail("Named capturing group <" + name + "> is already defined")
		}
		p.groups++
		p.names[name] = p.groups
		return p.body(&tree{op: opGroup, group: p.groups}, saved)
	default:
		p.pos--
		return p.switches(saved)
	}
}

// body reads a group's pattern up to its ), and gives back the switches from before it.
func (p *parser) body(t *tree, saved flags) (*tree, error) {
	sub, err := p.alternatives()
	if err != nil {
		return nil, err
	}
	if !p.take(')') {
		return nil, p.fail("Unclosed group")
	}
	p.flags = saved
	t.subs = []*tree{sub}
	return t, nil
}

// groupName reads name>.
func (p *parser) groupName() (string, error) {
	start := p.pos
	for c := p.raw(0); c < 0x80 && (unicode.IsLetter(c) || p.pos > start && unicode.IsDigit(c)); c = p.raw(0) {
		p.pos++
	}
	name := string(p.text[start:p.pos])
	switch {
	case name == "":
		return "", p.fail("capturing group name does not start with a Latin letter")
	case p.raw(0) != '>':
		return "", p.fail("named capturing group is missing trailing '>'")
	}
	p.pos++
	return name, nil
}

// switches reads ims-x) and ims-x:...).
func (p *parser) switches(saved flags) (*tree, error) {
	on := true
	for {
		c := p.raw(0)
		p.pos++
		switch c {
		case 'i':
			p.flags.fold = on
		case 'd':
			p.flags.unix = on
		case 'm':
			p.flags.multiline = on
		case 's':
			p.flags.dotall = on
		case 'u':
			p.flags.unicode = on
		case 'x':
			p.flags.comments = on
		case 'U', 'c':
			return nil, unsupported("(?" + string(c) + ")")
		case '-':
			if !on {
				return nil, p.fail("Unknown inline modifier")
			}
			on = false
		case ')':
			return nil, nil
		case ':':
			return p.body(&tree{op: opGroup}, saved)
		default:
			return nil, p.fail("Unknown inline modifier")
		}
	}
}
