package format

import (
	"bufio"
	"io"
	"regexp"
	"strconv"
	"strings"

	"tenon/internal/plan"
)

// pathStep is one step of a jsonPath: into a member, an element, or all of them.
type pathStep struct {
	key   string
	index int  // of an element, when key is empty; -1 for none
	all   bool // * and [*]
	array bool // [*]: elements alone
}

// pathSteps are the forms of one step.
var pathSteps = regexp.MustCompile(`^(?:\.(\*)|\.([^.\[\]*?@()'"\s]+)|\.?\[(\*)\]|\.?\['([^']+)'\]|\.?\["([^"]+)"\]|\.?\[(\d{1,9})\])`)

// parseJSONPath reads a jsonPath of members, elements and wildcards. What else JsonPath has (.., filters, slices) is
// refused.
func parseJSONPath(path string) ([]pathStep, error) {
	rest, ok := strings.CutPrefix(path, "$")
	var steps []pathStep
	for ok && rest != "" {
		m := pathSteps.FindStringSubmatch(rest)
		if m == nil {
			ok = false
			break
		}
		rest = rest[len(m[0]):]
		step := pathStep{key: m[2] + m[4] + m[5], index: -1, all: m[1] != "" || m[3] != "", array: m[3] != ""}
		if m[6] != "" {
			n, err := strconv.Atoi(m[6])
			if err != nil {
				return nil, argument("jsonPath %s: %v", path, err)
			}
			step.index = n
		}
		steps = append(steps, step)
	}
	if !ok {
		return nil, plan.Unsupported(`format_options "jsonPath" with the value "`+path+`"`, "members, [n], [*] and * are: $.a.b[*]")
	}
	return steps, nil
}

// selector yields the values at a path in a stream of JSON values, one after the other.
type selector struct {
	in    *bufio.Reader
	name  string // of the file, for errors
	steps []pathStep
	open  []container // the objects and arrays on the way to the present place
	buf   []byte
}

// container is an object or array that the path leads through. Its members are at the step of its depth.
type container struct {
	end byte
	at  int // the position of the next element
}

// next returns the text of the next value at the path, valid until the next call.
func (s *selector) next() ([]byte, error) {
	for {
		c, err := s.skip(" \t\r\n,")
		switch {
		case err == io.EOF && len(s.open) == 0:
			return nil, io.EOF
		case err == io.EOF:
			return nil, execution("%s: the text ends within a value (jsonPath)", s.name)
		case err != nil:
			return nil, err
		}
		matches := true
		if n := len(s.open); n > 0 {
			top := &s.open[n-1]
			if c == top.end {
				s.open = s.open[:n-1]
				continue
			}
			if c, matches, err = s.member(c, top, s.steps[n-1]); err != nil {
				return nil, err
			}
		}
		text, err := s.enter(c, matches)
		if text != nil || err != nil {
			return text, err
		}
	}
}

// member passes over the name of a member, and reports whether step leads to it, or to the element here.
func (s *selector) member(c byte, top *container, step pathStep) (first byte, matches bool, err error) {
	if top.end == ']' {
		top.at++
		return c, step.all || step.key == "" && step.index == top.at-1, nil
	}
	if c != '"' && c != '\'' {
		return 0, false, execution("%s: expected a field's name (jsonPath)", s.name)
	}
	if err := s.value(c, true); err != nil {
		return 0, false, err
	}
	key := unescapeJSON(s.buf[1 : len(s.buf)-1])
	if c, err = s.skip(" \t\r\n"); err == nil && c != ':' {
		err = execution("%s: expected a colon (jsonPath)", s.name)
	}
	if err == nil {
		c, err = s.skip(" \t\r\n")
	}
	if err == io.EOF {
		err = execution("%s: the text ends within a value (jsonPath)", s.name)
	}
	return c, step.all && !step.array || step.key != "" && step.key == key, err
}

// enter takes the value that begins with c: gives its text when the path ends here, goes into it when the path goes on,
// and passes over any other.
func (s *selector) enter(c byte, matches bool) ([]byte, error) {
	depth := len(s.open)
	switch {
	case !matches:
		return nil, s.value(c, false)
	case depth == len(s.steps):
		if c == '[' && !s.steps[depth-1].all {
			return nil, plan.Unsupported("a jsonPath that ends at an array", "end it with [*] for its elements")
		}
		err := s.value(c, true)
		return s.buf, err
	case c == '{':
		s.open = append(s.open, container{end: '}'})
		return nil, nil
	case c == '[':
		s.open = append(s.open, container{end: ']'})
		return nil, nil
	default:
		return nil, s.value(c, false)
	}
}

// skip passes over some characters and returns the next one, which it reads.
func (s *selector) skip(set string) (byte, error) {
	for {
		c, err := s.in.ReadByte()
		if err != nil && err != io.EOF {
			return 0, execution("%s: %v", s.name, err)
		}
		if err != nil || strings.IndexByte(set, c) < 0 {
			return c, err
		}
	}
}

// value reads the value that begins with c to its end, into buf when it is to be kept.
func (s *selector) value(c byte, keep bool) error {
	s.buf = s.buf[:0]
	depth, quote, escaped := 0, byte(0), false
	for {
		if keep {
			if s.buf = append(s.buf, c); len(s.buf) > MaxRecordBytes {
				return execution("%s: a record is longer than %d bytes", s.name, MaxRecordBytes)
			}
		}
		closed := false
		switch {
		case escaped:
			escaped = false
		case quote != 0 && c == '\\':
			escaped = true
		case quote != 0 && c == quote:
			quote, closed = 0, true
		case quote != 0:
		case c == '"' || c == '\'':
			quote = c
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
			closed = true
		}
		if quote == 0 && depth <= 0 {
			next, _ := s.in.Peek(1) // what is wrong shows when it is read
			if closed || len(next) == 0 || strings.IndexByte(" \t\r\n,]}", next[0]) >= 0 {
				return nil
			}
		}
		var err error
		if c, err = s.in.ReadByte(); err == io.EOF {
			return execution("%s: the text ends within a value (jsonPath)", s.name)
		} else if err != nil {
			return execution("%s: %v", s.name, err)
		}
	}
}
