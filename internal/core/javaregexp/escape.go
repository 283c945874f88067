package javaregexp

import "unicode/utf16"

// escaped reads what a backslash begins outside of classes.
func (p *parser) escaped() (*tree, error) {
	c := p.raw(1)
	switch c {
	case 'A':
		return p.mark(&tree{op: opBegin})
	case 'z':
		return p.mark(&tree{op: opEnd})
	case 'Z':
		return p.mark(&tree{op: opDollar, unix: p.flags.unix})
	case 'b', 'B':
		if p.raw(2) == '{' && p.raw(3) == 'g' {
			return nil, unsupported(`\` + string(c) + "{...}")
		}
		return p.mark(&tree{op: opBound, negated: c == 'B'})
	case 'G':
		return p.mark(&tree{op: opLast})
	case 'R':
		return p.mark(&tree{op: opNewline})
	case 'k':
		return p.namedReference()
	case '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return p.reference()
	}
	set, letter, err := p.escape()
	if err != nil {
		return nil, err
	}
	if set != nil {
		return &tree{op: opSet, set: set, letter: -1}, nil
	}
	return p.single(letter), nil
}

// mark reads the two characters of an escape that is t.
func (p *parser) mark(t *tree) (*tree, error) {
	p.pos += 2
	return t, nil
}

// namedReference reads \k<name>.
func (p *parser) namedReference() (*tree, error) {
	p.pos += 2
	if p.raw(0) != '<' {
		return nil, p.fail(`\k is not followed by '<' for named capturing group`)
	}
	p.pos++
	name, err := p.groupName()
	if err != nil {
		return nil, err
	}
	n, ok := p.names[name]
	if !ok {
		return nil, p.fail("named capturing group <" + name + "> does not exist")
	}
	return &tree{op: opBack, group: n, fold: p.flags.fold}, nil
}

// reference reads \n; further digits belong to it while there is such a group so far.
func (p *parser) reference() (*tree, error) {
	n := int(p.raw(1) - '0')
	p.pos += 2
	for c := p.raw(0); c >= '0' && c <= '9' && n*10+int(c-'0') <= p.groups; c = p.raw(0) {
		n = n*10 + int(c-'0')
		p.pos++
	}
	if p.flags.fold && p.flags.unicode {
		return nil, unsupported("a back reference under (?iu)")
	}
	return &tree{op: opBack, group: n, fold: p.flags.fold}, nil
}

// controls are the escapes of one character.
var controls = map[rune]rune{'t': '\t', 'n': '\n', 'r': '\r', 'f': '\f', 'a': 7, 'e': 27}

// escape reads an escape that stands for a set or, when set is nil, for one character.
func (p *parser) escape() (set *class, letter rune, err error) {
	c := p.raw(1)
	p.pos += 2
	if set := classes[c]; set != nil {
		return set, 0, nil
	}
	if letter, ok := controls[c]; ok {
		return nil, letter, nil
	}
	switch {
	case c == 'p' || c == 'P':
		set, err = p.property(c == 'P')
		return set, 0, err
	case c == '0':
		letter, err = p.octal()
		return nil, letter, err
	case c == 'x':
		letter, err = p.hex()
		return nil, letter, err
	case c == 'u':
		letter, err = p.unicodeEscape()
		return nil, letter, err
	case c == 'c':
		if p.raw(0) == eof {
			return nil, 0, p.fail("Illegal control escape sequence")
		}
		p.pos++
		return nil, p.raw(-1) ^ 64, nil
	case c == 'X' || c == 'N':
		return nil, 0, unsupported(`\` + string(c))
	case c == eof:
		return nil, 0, p.fail("Unexpected internal error")
	case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '1' && c <= '9':
		return nil, 0, p.fail("Illegal/unsupported escape sequence")
	}
	return nil, c, nil
}

// octal reads the digits after \0: up to three, the first of three at most 3.
func (p *parser) octal() (rune, error) {
	n, digits := rune(0), 0
	for c := p.raw(0); c >= '0' && c <= '7' && digits < 3 && n*8+c-'0' <= 0o377; c = p.raw(0) {
		n, digits = n*8+c-'0', digits+1
		p.pos++
	}
	if digits == 0 {
		return 0, p.fail("Illegal octal escape sequence")
	}
	return n, nil
}

// hexDigit is the value of a digit, -1 for none.
func hexDigit(c rune) rune {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	default:
		return -1
	}
}

// digits reads n digits of base 16.
func (p *parser) digits(n int) (rune, bool) {
	out := rune(0)
	for range n {
		d := hexDigit(p.raw(0))
		if d < 0 {
			return 0, false
		}
		out = out*16 + d
		p.pos++
	}
	return out, true
}

// hex reads hh or {h...} after \x.
func (p *parser) hex() (rune, error) {
	if p.raw(0) != '{' {
		if n, ok := p.digits(2); ok {
			return n, nil
		}
		return 0, p.fail("Illegal hexadecimal escape sequence")
	}
	p.pos++
	n, some := rune(0), false
	for d := hexDigit(p.raw(0)); d >= 0; d = hexDigit(p.raw(0)) {
		if n, some = n*16+d, true; n > 0x10ffff {
			return 0, p.fail("Hexadecimal codepoint is too big")
		}
		p.pos++
	}
	if !some || p.raw(0) != '}' {
		return 0, p.fail("Unclosed hexadecimal escape sequence")
	}
	p.pos++
	return n, nil
}

// unicodeEscape reads hhhh after \u; two that are halves of one character are one.
func (p *parser) unicodeEscape() (rune, error) {
	n, ok := p.digits(4)
	if !ok {
		return 0, p.fail("Illegal Unicode escape sequence")
	}
	if !utf16.IsSurrogate(n) {
		return n, nil
	}
	if p.raw(0) == '\\' && p.raw(1) == 'u' {
		p.pos += 2
		if low, ok := p.digits(4); ok {
			if c := utf16.DecodeRune(n, low); c != '�' {
				return c, nil
			}
		}
	}
	return 0, unsupported("half of a character")
}
