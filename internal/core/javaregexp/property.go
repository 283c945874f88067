package javaregexp

import (
	"strings"
	"unicode"
)

// asciiProperties are POSIX's classes, which are of ASCII alone.
var asciiProperties = map[string]func(rune) bool{
	"Lower": func(r rune) bool { return r >= 'a' && r <= 'z' }, "Upper": func(r rune) bool { return r >= 'A' && r <= 'Z' },
	"ASCII": func(rune) bool { return true }, "Digit": func(r rune) bool { return r >= '0' && r <= '9' },
	"Alpha": func(r rune) bool { return unicode.IsLetter(r) }, "Alnum": func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) },
	"Punct": func(r rune) bool { return r > ' ' && r < 0x7f && !unicode.IsLetter(r) && !unicode.IsDigit(r) },
	"Graph": func(r rune) bool { return r > ' ' && r < 0x7f }, "Print": func(r rune) bool { return r >= ' ' && r < 0x7f },
	"Blank": func(r rune) bool { return r == ' ' || r == '\t' }, "Cntrl": func(r rune) bool { return r < ' ' || r == 0x7f },
	"XDigit": func(r rune) bool { return hexDigit(r) >= 0 }, "Space": func(r rune) bool { return r == ' ' || r >= '\t' && r <= '\r' },
}

// binaryProperties are those of Unicode that \p{IsName} knows, as the tables they are made of.
var binaryProperties = map[string][]*unicode.RangeTable{
	"ALPHABETIC": {unicode.L, unicode.Nl, unicode.Other_Alphabetic}, "LETTER": {unicode.L}, "IDEOGRAPHIC": {unicode.Ideographic},
	"LOWERCASE": {unicode.Ll, unicode.Other_Lowercase}, "UPPERCASE": {unicode.Lu, unicode.Other_Uppercase}, "TITLECASE": {unicode.Lt},
	"WHITE_SPACE": {unicode.White_Space}, "PUNCTUATION": {unicode.P}, "CONTROL": {unicode.Cc}, "DIGIT": {unicode.Nd},
	"HEX_DIGIT": {unicode.Hex_Digit, unicode.Nd},
}

// property reads L or {Name} after \p.
func (p *parser) property(negated bool) (*class, error) {
	name := ""
	if p.raw(0) != '{' {
		if p.raw(0) == eof {
			return nil, p.fail("Illegal/unsupported escape sequence")
		}
		name = string(p.raw(0))
		p.pos++
	} else {
		start := p.pos + 1
		for p.raw(0) != '}' {
			if p.raw(0) == eof {
				return nil, p.fail("Unclosed character family")
			}
			p.pos++
		}
		name = string(p.text[start:p.pos])
		p.pos++
		if name == "" {
			return nil, p.fail("Empty character family")
		}
	}
	set, err := p.named(name)
	if err == nil && negated {
		set = complement(set)
	}
	return set, err
}

// named finds the set of a property.
func (p *parser) named(name string) (*class, error) {
	if key, value, ok := strings.Cut(name, "="); ok {
		switch strings.ToLower(key) {
		case "sc", "script":
			return p.script(value)
		case "gc", "general_category":
			return p.category(value)
		}
		return nil, unsupported(`\p{` + name + "}")
	}
	if ascii, ok := asciiProperties[name]; ok {
		if p.flags.fold && (name == "Lower" || name == "Upper") {
			ascii = asciiProperties["Alpha"]
		}
		return where(0x7f, ascii), nil
	}
	if rest, ok := strings.CutPrefix(name, "Is"); ok {
		if binary, ok := binaryProperties[strings.ToUpper(rest)]; ok {
			if p.flags.fold && strings.HasSuffix(strings.ToUpper(rest), "CASE") {
				return nil, unsupported(`\p{` + name + "} under (?i)")
			}
			return tabled(binary...), nil
		}
		if set, err := p.category(rest); err == nil {
			return set, nil
		}
		return p.script(rest)
	}
	if strings.HasPrefix(name, "In") || strings.HasPrefix(name, "java") {
		return nil, unsupported(`\p{` + name + "}")
	}
	return p.category(name)
}

// category is a general category: L, Lu, ...; LC are the letters with case, L1 is Latin-1.
func (p *parser) category(name string) (*class, error) {
	table, ok := unicode.Categories[name]
	cased := name == "Lu" || name == "Ll" || name == "Lt"
	switch {
	case name == "L1":
		return span(0, 0xff), nil
	case name == "LD":
		return tabled(unicode.L, unicode.Nd), nil
	case name == "LC" || ok && cased && p.flags.fold:
		return tabled(unicode.Lu, unicode.Ll, unicode.Lt), nil
	case name == "all":
		return everything, nil
	case name == "Cn" || name == "C" || !ok:
		if ok || name == "Cn" || name == "Cs" {
			return nil, unsupported(`\p{` + name + "}")
		}
		return nil, p.fail("Unknown character property name {" + name + "}")
	}
	return tabled(table), nil
}

// script is the set of the characters of a script, by its long name in any case.
func (p *parser) script(name string) (*class, error) {
	for known, table := range unicode.Scripts {
		if strings.EqualFold(known, name) {
			return tabled(table), nil
		}
	}
	return nil, unsupported(`\p{Is` + name + "}")
}
