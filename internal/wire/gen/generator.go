package main

import (
	"fmt"
	"go/format"
	"strings"
	"unicode"
	"unicode/utf8"
)

// generator turns the model into Go text. Its methods types, checks and
// operations each give the body of one file.
type generator struct {
	m       *model
	served  map[string]servedOperation
	inputs  map[string]bool   // shapes that served requests reach
	all     map[string]bool   // shapes that served requests and answers reach
	checked map[string]bool   // structures of inputs within which something is demanded
	users   map[string]string // for doc comments: by structure, what uses it
}

// newGenerator works out what is to be generated.
func newGenerator(m *model, served map[string]servedOperation) (*generator, error) {
	g := &generator{m: m, served: served, users: map[string]string{}}
	var in, out []string
	for _, name := range sortedKeys(served) {
		op := m.Operations[name]
		in = append(in, op.Input)
		out = append(out, op.Output)
		g.users[op.Input] = "the request of " + name
		g.users[op.Output] = "the answer of " + name
	}
	var err error
	if g.inputs, err = m.closure(in); err != nil {
		return nil, err
	}
	if g.all, err = m.closure(append(out, in...)); err != nil {
		return nil, err
	}
	g.checked = g.findChecked()
	g.findUsers()
	return g, nil
}

// findChecked returns the structures of inputs that demand something themselves or
// hold one that does: the least fixed point, for shapes may be recursive.
func (g *generator) findChecked() map[string]bool {
	checked := map[string]bool{}
	for again := true; again; {
		again = false
		for name := range g.inputs {
			s := g.m.Shapes[name]
			if checked[name] || s.Type != "structure" || s.Document {
				continue
			}
			for _, mem := range s.Members {
				if s.requires(mem.Name) || g.demands(mem.Shape, checked) {
					checked[name], again = true, true
					break
				}
			}
		}
	}
	return checked
}

// demands reports whether a value of the shape can break a constraint.
func (g *generator) demands(name string, checked map[string]bool) bool {
	s := g.m.Shapes[name]
	switch {
	case opaque[name] || s.Document:
		return false
	case s.Type == "structure":
		return checked[name]
	case s.bounded() || s.Pattern != "" || len(s.Enum) > 0 && !openEnums[name]:
		return true
	case s.Type == "list":
		return g.demands(s.Member, checked)
	case s.Type == "map":
		return g.demands(s.Key, checked) || g.demands(s.Value, checked)
	default:
		return false
	}
}

// findUsers notes for each structure that is no request or answer where it occurs.
func (g *generator) findUsers() {
	const shown = 3 // users named in a comment
	uses := map[string][]string{}
	for _, name := range sortedKeys(g.all) {
		for _, mem := range g.m.Shapes[name].Members {
			target := mem.Shape
			for s := g.m.Shapes[target]; s.Type == "list" || s.Type == "map" && !opaque[target]; s = g.m.Shapes[target] {
				target = s.Member + s.Value
			}
			uses[target] = append(uses[target], name+"."+mem.Name)
		}
	}
	for name, at := range uses {
		if g.users[name] != "" {
			continue
		}
		if len(at) > shown {
			at = append(at[:shown:shown], "others")
		}
		g.users[name] = "what stands in " + strings.Join(at, ", ")
	}
}

// requires reports whether s demands the member.
func (s *shape) requires(member string) bool {
	for _, r := range s.Required {
		if r == member {
			return true
		}
	}
	return false
}

// bounded reports whether s bounds its length, size or value.
func (s *shape) bounded() bool {
	lowest := s.Type == "string" || s.Type == "list" || s.Type == "map" || s.Type == "blob"
	return s.Max != "" || s.Min != "" && !(lowest && s.Min == "0")
}

// goType returns the Go type of a shape's value: what a list holds.
func (g *generator) goType(name string) (string, error) {
	s := g.m.Shapes[name]
	switch {
	case opaque[name]:
		return "Object", nil
	case s.Document:
		return "Document", nil
	case s.Format != "" && s.Format != "unixTimestamp":
		return "", fmt.Errorf("shape %s: timestamp format %q is not supported", name, s.Format)
	}
	switch s.Type {
	case "string":
		return "string", nil
	case "integer":
		return "int32", nil
	case "long":
		return "int64", nil
	case "double":
		return "float64", nil
	case "boolean":
		return "bool", nil
	case "timestamp":
		return "Time", nil
	case "blob":
		return "[]byte", nil // base64, as encoding/json has it
	case "structure":
		return name, nil
	case "list":
		elem, err := g.goType(s.Member)
		return "[]" + elem, err
	case "map":
		elem, err := g.goType(s.Value)
		return "map[string]" + elem, err
	default:
		return "", fmt.Errorf("shape %s: unknown type %q", name, s.Type)
	}
}

// fieldType returns the Go type of a member: nil must be able to say absent.
func (g *generator) fieldType(name string) (string, error) {
	t, err := g.goType(name)
	if err != nil || t == "Object" || t == "Document" || strings.HasPrefix(t, "[]") || strings.HasPrefix(t, "map[") {
		return t, err
	}
	return "*" + t, nil
}

// fieldName returns the Go name of a member: exported.
func fieldName(member string) string { return changeFirst(member, unicode.ToUpper) }

// pathName returns a member's name as AWS prints it in a violation's path.
func pathName(member string) string { return changeFirst(member, unicode.ToLower) }

// changeFirst applies change to the first letter.
func changeFirst(name string, change func(rune) rune) string {
	r, n := utf8.DecodeRuneInString(name)
	return string(change(r)) + name[n:]
}

// finish puts the header before a file's body and formats it.
func finish(m *model, body string) ([]byte, error) {
	text := fmt.Sprintf("// Code generated by internal/wire/gen from the Glue model of %s. DO NOT EDIT.\n\npackage wire\n\n%s", m.Source, body)
	out, err := format.Source([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("%w in:\n%s", err, text)
	}
	return out, nil
}
