package main

import (
	"fmt"
	"strings"
)

// types emits a Go struct for every structure that served operations reach.
func (g *generator) types() (string, error) {
	var b strings.Builder
	for _, name := range sortedKeys(g.all) {
		s := g.m.Shapes[name]
		if s.Type != "structure" || s.Document || opaque[name] {
			continue
		}
		if fieldName(name) != name {
			return "", fmt.Errorf("structure %s is not an exported name", name)
		}
		fmt.Fprintf(&b, "// %s is %s.\ntype %s struct {\n", name, g.users[name], name)
		taken := map[string]string{}
		for _, mem := range s.Members {
			t, err := g.fieldType(mem.Shape)
			if err != nil {
				return "", fmt.Errorf("%s.%s: %w", name, mem.Name, err)
			}
			field := fieldName(mem.Name)
			if other, clash := taken[field]; clash {
				return "", fmt.Errorf("%s: members %s and %s both become %s", name, other, mem.Name, field)
			}
			taken[field] = mem.Name
			fmt.Fprintf(&b, "%s %s `json:\"%s,omitzero\"`%s\n", field, t, mem.Name, g.fieldComment(name, mem))
		}
		b.WriteString("}\n\n")
	}
	return b.String(), nil
}

// fieldComment says what the model demands of a member, shortly.
func (g *generator) fieldComment(name string, mem member) string {
	const shownEnum = 8 // values named; longer enums are counted
	var notes []string
	if g.m.Shapes[name].requires(mem.Name) {
		notes = append(notes, "required")
	}
	t := g.m.Shapes[mem.Shape]
	if t.bounded() {
		low, high := string(t.Min), string(t.Max)
		notes = append(notes, strings.TrimSpace(map[string]string{
			"string": "length", "list": "entries", "map": "entries", "blob": "bytes"}[t.Type]+" "+low+".."+high))
	}
	if n := len(t.Enum); openEnums[mem.Shape] {
		notes = append(notes, "any of an open set")
	} else if n > shownEnum {
		notes = append(notes, fmt.Sprintf("one of %d values", n))
	} else if n > 0 {
		notes = append(notes, strings.Join(t.Enum, " | "))
	}
	if g.secret(mem.Shape) || secretMembers[name+"."+mem.Name] {
		notes = append(notes, "secret")
	}
	if len(notes) == 0 {
		return ""
	}
	return " // " + strings.Join(notes, "; ")
}

// secret reports whether values of the shape must not be echoed.
func (g *generator) secret(name string) bool { return g.m.Shapes[name].Sensitive || secretShapes[name] }
