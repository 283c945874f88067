package plane

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A configuration is refused with the line, the key and the reason. What the YAML library refuses has a line and needs
// its key looked up; what validate refuses has a key and needs its line.

// keyError refuses the value of a key, e.g. queues[2].dpus.nominal.
type keyError struct{ key, reason string }

// Error says key and reason.
func (e *keyError) Error() string { return e.key + ": " + e.reason }

// refuse makes a keyError.
func refuse(key, format string, args ...any) error {
	return &keyError{key, fmt.Sprintf(format, args...)}
}

// misreadError refuses a scalar while it is decoded: its place is known, its key is not yet.
type misreadError struct {
	kind         yaml.Kind // a group of keys begins where its first key does
	line, column int
	reason       string
}

// Error says line and reason.
func (e *misreadError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.reason) }

// misread makes a misreadError about a node.
func misread(n *yaml.Node, format string, args ...any) error {
	return &misreadError{n.Kind, n.Line, n.Column, fmt.Sprintf(format, args...)}
}

// decode reads one YAML document into v, strictly, and returns it as nodes too. Errors name line, key and reason.
func decode(text []byte, v any) (*yaml.Node, error) {
	doc := &yaml.Node{}
	if err := yaml.NewDecoder(bytes.NewReader(text)).Decode(doc); errors.Is(err, io.EOF) {
		return doc, nil // nothing in it
	} else if err != nil {
		return doc, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	err := dec.Decode(v)
	var wrong *yaml.TypeError
	var unread *misreadError
	switch {
	case errors.As(err, &unread):
		key := keyOf(doc, func(n *yaml.Node) bool {
			return n.Kind == unread.kind && n.Line == unread.line && n.Column == unread.column
		})
		return doc, fmt.Errorf("line %d: %s: %s", unread.line, key, unread.reason)
	case errors.As(err, &wrong):
		said := make([]string, len(wrong.Errors))
		for i, e := range wrong.Errors {
			said[i] = inWords(doc, e)
		}
		return doc, errors.New(strings.Join(said, "; "))
	case err != nil:
		return doc, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	more := &yaml.Node{}
	if err := dec.Decode(more); !errors.Is(err, io.EOF) {
		return doc, fmt.Errorf("line %d: a second document begins: a configuration is one", more.Line)
	}
	return doc, nil
}

// How the YAML library spells an unknown key and a value of the wrong type.
var (
	unknownField = regexp.MustCompile(`^line (\d+): field (\S+) not found in type \S+$`)
	wrongType    = regexp.MustCompile("^line (\\d+): cannot unmarshal (\\S+)(?: `(.*)`)? into (\\S+)$")
)

// inWords says what the YAML library refused, with its key.
func inWords(doc *yaml.Node, said string) string {
	if m := unknownField.FindStringSubmatch(said); m != nil {
		line, _ := strconv.Atoi(m[1])
		return fmt.Sprintf("line %d: unknown key %s", line, keyOf(doc, func(n *yaml.Node) bool { return n.Line == line && n.Value == m[2] }))
	}
	m := wrongType.FindStringSubmatch(said)
	if m == nil {
		return said
	}
	line, _ := strconv.Atoi(m[1])
	begin, _ := strings.CutSuffix(m[3], "...") // the library cuts long values
	key := keyOf(doc, func(n *yaml.Node) bool {
		return n.Line == line && n.ShortTag() == m[2] && strings.HasPrefix(n.Value, begin)
	})
	found := map[string]string{"!!seq": "a list", "!!map": "keys"}[m[2]]
	if found == "" {
		found = strconv.Quote(m[3])
	}
	if key == "" {
		return fmt.Sprintf("line %d: the file is %s, not %s", line, found, typeWords(m[4]))
	}
	return fmt.Sprintf("line %d: %s: %s is not %s", line, key, found, typeWords(m[4]))
}

// typeWords says what a value of a Go type is to a reader of YAML.
func typeWords(goType string) string {
	switch name := strings.TrimLeft(goType, "*"); {
	case strings.HasPrefix(name, "[]"):
		return "a list"
	case strings.HasPrefix(name, "int"):
		return "a whole number"
	case strings.HasPrefix(name, "float"):
		return "a number"
	case name == "bool":
		return "true or false"
	case name == "string" || name == "plane.Secret":
		return "a text"
	}
	return "a group of keys"
}

// keyOf returns the key of the first node that matches: that of a value, or of a key itself. Empty if there is none.
func keyOf(n *yaml.Node, match func(*yaml.Node) bool) string {
	key, _ := searchKey(n, "", match)
	return key
}

// searchKey is keyOf below a key.
func searchKey(n *yaml.Node, at string, match func(*yaml.Node) bool) (string, bool) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			below := joinKey(at, n.Content[i].Value)
			if match(n.Content[i]) || match(n.Content[i+1]) {
				return below, true
			}
			if key, ok := searchKey(n.Content[i+1], below, match); ok {
				return key, true
			}
		}
	case yaml.SequenceNode:
		for i, e := range n.Content {
			below := indexKey(at, i)
			if match(e) {
				return below, true
			}
			if key, ok := searchKey(e, below, match); ok {
				return key, true
			}
		}
	case yaml.DocumentNode:
		return searchKey(n.Content[0], at, match)
	}
	return at, false
}

// joinKey is the key of a member of the group at a key.
func joinKey(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

// indexKey is the key of an entry of the list at a key.
func indexKey(at string, i int) string { return fmt.Sprintf("%s[%d]", at, i) }

// withLine adds to a keyError the line of its key, or of the nearest key above that stands in doc.
func withLine(doc *yaml.Node, err error) error {
	var refused *keyError
	if !errors.As(err, &refused) {
		return err
	}
	if line := lineOf(doc, steps(refused.key)); line > 0 {
		return fmt.Errorf("line %d: %w", line, err)
	}
	return err
}

// steps takes a key apart: queues[2].name is queues, 2, name.
func steps(key string) []string {
	return strings.Split(strings.ReplaceAll(strings.ReplaceAll(key, "]", ""), "[", "."), ".")
}

// lineOf finds the line of a key, or of as much of its path as there is; 0 if there is nothing.
func lineOf(doc *yaml.Node, path []string) int {
	line := 0
	for n := content(doc); n != nil && len(path) > 0; path = path[1:] {
		at, next := child(n, path[0])
		if next == nil {
			break
		}
		line, n = at, content(next)
	}
	return line
}

// lookUp finds the value of a key; nil if there is none.
func lookUp(doc *yaml.Node, path []string) *yaml.Node {
	n := content(doc)
	for ; n != nil && len(path) > 0; path = path[1:] {
		_, next := child(n, path[0])
		n = content(next)
	}
	return n
}

// content looks through documents and aliases.
func content(n *yaml.Node) *yaml.Node {
	switch {
	case n == nil, n.Kind == yaml.DocumentNode && len(n.Content) == 0:
		return nil
	case n.Kind == yaml.DocumentNode:
		return content(n.Content[0])
	case n.Kind == yaml.AliasNode:
		return n.Alias
	}
	return n
}

// child is the value at one step into n and the line where it is named; nil if there is none.
func child(n *yaml.Node, step string) (line int, value *yaml.Node) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == step {
				return n.Content[i].Line, n.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i].Line, n.Content[i]
		}
	}
	return 0, nil
}
