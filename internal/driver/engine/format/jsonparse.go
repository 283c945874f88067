package format

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxJSONDepth bounds nesting. Source: Jackson's StreamReadConstraints.
const maxJSONDepth = 1000

// The kinds of JSON values.
const (
	jsonNull byte = iota
	jsonBool
	jsonNumber
	jsonText
	jsonArray
	jsonObject
)

// jsonNode is one value of a document. Nodes are linked by their index; the root has index 0, so 0 also stands for "no
// more".
type jsonNode struct {
	kind      byte
	escaped   bool   // text needs unescape
	keyEscape bool   // key needs unescape
	key       []byte // of a member of an object
	text      []byte // of a scalar: what stands between the quotes, or the literal
	first     int    // of an array or object
	next      int
}

// jsonDoc parses documents, one after the other, into the same memory. It reads JSON as Jackson does with Spark's
// defaults: strings may stand in single quotes, and NaN, Infinity, +INF and -INF are numbers; nothing else is
// relaxed, and what follows the first value is left alone.
type jsonDoc struct {
	nodes []jsonNode
	in    []byte
	pos   int
	// hive has control characters stand in strings, and NaN and its like not be numbers, as the functions of Hive's read JSON.
	hive bool
	// Of a failed parse: broken is the child of the root that the error is in, second the child of that, 0 for none; cut says that the text just
	// ends too early; resume is where a parser would go on after an error in a string.
	broken, second, resume int
	cut                    bool
	// odd is set by what DuckDB's parser does not take or takes otherwise: single quotes, NaN, numbers beyond a double,
	// lone surrogates, \u0000.
	odd bool
}

// parse reads the first value of in. The document refers to in.
func (d *jsonDoc) parse(in []byte) error {
	d.nodes, d.in, d.pos, d.odd = d.nodes[:0], in, 0, false
	d.broken, d.second, d.resume, d.cut = 0, 0, 0, false
	_, err := d.value(0)
	return err
}

// rest reports whether anything but white space follows the value.
func (d *jsonDoc) rest() bool { return d.peek() != 0 || d.pos < len(d.in) }

// each calls do for every child of node i.
func (d *jsonDoc) each(i int, do func(child int) error) error {
	for c := d.nodes[i].first; c != 0; c = d.nodes[c].next {
		if err := do(c); err != nil {
			return err
		}
	}
	return nil
}

// str returns the text of node i, unescaped.
func (d *jsonDoc) str(i int) string {
	n := &d.nodes[i]
	if !n.escaped {
		return string(n.text)
	}
	return unescapeJSON(n.text)
}

// name returns the key of node i, unescaped.
func (d *jsonDoc) name(i int) string {
	n := &d.nodes[i]
	if !n.keyEscape {
		return string(n.key)
	}
	return unescapeJSON(n.key)
}

// member returns the last member of object i called name, or 0.
func (d *jsonDoc) member(i int, name string) int {
	found := 0
	for c := d.nodes[i].first; c != 0; c = d.nodes[c].next {
		if n := &d.nodes[c]; !n.keyEscape && string(n.key) == name || n.keyEscape && d.name(c) == name {
			found = c
		}
	}
	return found
}

// fail is a syntax error at the present place.
func (d *jsonDoc) fail(format string, args ...any) error {
	return fmt.Errorf(format+" at byte %d", append(args, d.pos)...)
}

// peek skips white space and returns the next byte; 0 at the end.
func (d *jsonDoc) peek() byte {
	for d.pos < len(d.in) {
		switch c := d.in[d.pos]; c {
		case ' ', '\t', '\n', '\r':
			d.pos++
		default:
			return c
		}
	}
	return 0
}

// value reads any value and returns its node.
func (d *jsonDoc) value(depth int) (int, error) {
	if depth > maxJSONDepth {
		return 0, d.fail("nested deeper than %d", maxJSONDepth)
	}
	i := len(d.nodes)
	d.nodes = append(d.nodes, jsonNode{})
	var err error
	switch d.peek() {
	case '{':
		d.nodes[i].kind = jsonObject
		err = d.children(i, depth, '}')
	case '[':
		d.nodes[i].kind = jsonArray
		err = d.children(i, depth, ']')
	case '"', '\'':
		d.nodes[i].kind = jsonText
		d.nodes[i].text, d.nodes[i].escaped, err = d.quoted()
	case 0:
		err = d.fail("unexpected end")
	default:
		err = d.literal(i)
	}
	return i, err
}

// children reads the values of an array, or the members of an object, through the closing bracket.
func (d *jsonDoc) children(parent, depth int, end byte) error {
	d.pos++
	if d.peek() == end {
		d.pos++
		return nil
	}
	last := 0
	for {
		var key []byte
		var escaped bool
		if end == '}' {
			var err error
			if key, escaped, err = d.key(); err != nil {
				return err
			}
		}
		i, err := d.value(depth + 1)
		d.nodes[i].key, d.nodes[i].keyEscape = key, escaped
		if err != nil {
			d.cut = d.cut || end == ']' && d.nodes[i].kind == jsonNull && d.peek() == 0 && d.pos >= len(d.in)
			switch depth {
			case 0:
				d.broken = i
			case 1:
				d.second = i
			}
			return err
		}
		if last == 0 {
			d.nodes[parent].first = i
		} else {
			d.nodes[last].next = i
		}
		last = i
		switch d.peek() {
		case ',':
			d.pos++
		case end:
			d.pos++
			return nil
		default:
			d.cut = d.pos >= len(d.in)
			return d.fail("expected a comma or %c", end)
		}
	}
}

// key reads a member's name and colon.
func (d *jsonDoc) key() ([]byte, bool, error) {
	if c := d.peek(); c != '"' && c != '\'' {
		d.cut = d.pos >= len(d.in)
		return nil, false, d.fail("expected a field's name")
	}
	key, escaped, err := d.quoted()
	if err != nil {
		return nil, false, err
	}
	if d.peek() != ':' {
		return nil, false, d.fail("expected a colon")
	}
	d.pos++
	return key, escaped, nil
}

// literal reads a number, true, false or null into node i.
func (d *jsonDoc) literal(i int) error {
	start := d.pos
	for d.pos < len(d.in) && literalByte(d.in[d.pos]) {
		d.pos++
	}
	n := &d.nodes[i]
	n.text = d.in[start:d.pos]
	switch string(n.text) {
	case "null":
		return nil
	case "true", "false":
		n.kind = jsonBool
		return nil
	case "NaN", "+INF", "-INF", "Infinity", "+Infinity", "-Infinity":
		if !d.hive {
			d.odd = true
			n.kind = jsonNumber
			return nil
		}
	}
	if !validNumber(n.text) {
		d.pos = start
		return d.fail("unexpected %q", d.in[start:min(len(d.in), start+20)])
	}
	n.kind = jsonNumber
	d.odd = d.odd || string(n.text) == "-0"
	if len(n.text) > 300 || bytes.ContainsAny(n.text, "eE") {
		x, _ := strconv.ParseFloat(string(n.text), 64) // an infinite result is what is looked for
		d.odd = d.odd || math.IsInf(x, 0)
	}
	return nil
}

// literalByte reports whether c can be part of a literal.
func literalByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '+' || c == '.' || c == '_'
}

// validNumber checks JSON's grammar of numbers.
func validNumber(s []byte) bool {
	i := 0
	skip := func() bool {
		start := i
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		return i > start
	}
	if i < len(s) && s[i] == '-' {
		i++
	}
	zero := i < len(s) && s[i] == '0'
	if start := i; !skip() || zero && i > start+1 {
		return false
	}
	if i < len(s) && s[i] == '.' {
		i++
		if !skip() {
			return false
		}
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if !skip() {
			return false
		}
	}
	return i == len(s)
}

// quoted passes over a string, from its opening quote, and returns what stands between the quotes; escaped says that it
// is not yet the text it stands for. Its escapes are checked here.
func (d *jsonDoc) quoted() (raw []byte, escaped bool, err error) {
	quote := d.in[d.pos]
	if quote == '\'' {
		d.odd = true
	}
	start := d.pos + 1
	for i := start; i < len(d.in); i++ {
		switch c := d.in[i]; {
		case c == quote:
			d.pos = i + 1
			raw = d.in[start:i]
			if escaped {
				err = d.checkEscapes(raw, start)
			}
			return raw, escaped, err
		case c == '\\':
			escaped = true
			i++
		case c < ' ' && !d.hive:
			d.pos, d.resume = i, i+1
			return nil, false, d.fail("a control character in a string")
		}
	}
	d.pos, d.cut = len(d.in), true
	return nil, false, d.fail("a string without end")
}

// checkEscapes refuses unknown escapes in the string that begins at start, and notes those that DuckDB reads otherwise.
func (d *jsonDoc) checkEscapes(raw []byte, start int) error {
	for i := bytes.IndexByte(raw, '\\'); i >= 0 && i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		i++
		switch c := raw[i]; c {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		case '\'':
			d.odd = true
		case 'u':
			r, ok := hex4(raw[i-1:])
			if !ok {
				d.resume = start + i + 1
				return d.fail("a \\u without four hexadecimal digits")
			}
			d.odd = d.odd || r == 0 || utf16.IsSurrogate(r)
			i += 4
		default:
			d.resume = start + i + 1
			return d.fail("unknown escape \\%c", c)
		}
	}
	return nil
}

// unescapeJSON resolves the escapes of a string that checkEscapes has seen. A surrogate without its other half becomes
// ?, as when Java encodes it.
func unescapeJSON(raw []byte) string {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			continue
		}
		i++
		switch c := raw[i]; c {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, _ := hex4(raw[i-1:])
			i += 4
			if utf16.IsSurrogate(r) {
				low, ok := hex4(raw[min(i+1, len(raw)):])
				if joined := utf16.DecodeRune(r, low); ok && joined != utf8.RuneError {
					r = joined
					i += 6
				} else {
					r = '?'
				}
			}
			out = utf8.AppendRune(out, r)
		default:
			out = append(out, c)
		}
	}
	return string(out)
}

// hex4 reads \uXXXX.
func hex4(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 32)
	return rune(n), err == nil
}
