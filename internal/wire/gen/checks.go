package main

import (
	"fmt"
	"strings"
)

// checksFile gathers the text of checks_gen.go: methods first, then the rules and
// patterns that they turned out to need.
type checksFile struct {
	g        *generator
	methods  strings.Builder
	rules    map[string]string // Go variable -> its declaration
	patterns map[string]string // Java pattern -> Go variable
}

// checks emits a check method for every structure of inputs that demands
// something, and Validate for the inputs themselves.
func (g *generator) checks() (string, error) {
	f := &checksFile{g: g, rules: map[string]string{}, patterns: map[string]string{}}
	for _, name := range sortedKeys(g.served) {
		input := g.m.Operations[name].Input
		fmt.Fprintf(&f.methods, "// Validate implements [Checked] for %s.\n", name)
		if g.checked[input] {
			fmt.Fprintf(&f.methods, "func (v *%s) Validate() []Violation { return validate(v) }\n\n", input)
		} else {
			fmt.Fprintf(&f.methods, "func (v *%s) Validate() []Violation { return nil }\n\n", input)
		}
	}
	for _, name := range sortedKeys(g.checked) {
		if err := f.structure(name); err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
	}
	var out strings.Builder
	out.WriteString(f.methods.String())
	for _, name := range sortedKeys(f.rules) {
		out.WriteString(f.rules[name] + "\n")
	}
	return out.String(), nil
}

// structure emits the check method of one structure.
func (f *checksFile) structure(name string) error {
	s := f.g.m.Shapes[name]
	fmt.Fprintf(&f.methods, "// check implements checked for %s.\nfunc (v *%s) check(c *checker) {\n", name, name)
	for _, mem := range s.Members {
		if s.requires(mem.Name) {
			fmt.Fprintf(&f.methods, "c.need(%q, v.%s != nil)\n", pathName(mem.Name), fieldName(mem.Name))
		}
		if !f.g.demands(mem.Shape, f.g.checked) {
			continue
		}
		if err := f.member(name, mem); err != nil {
			return fmt.Errorf("member %s: %w", mem.Name, err)
		}
	}
	f.methods.WriteString("}\n\n")
	return nil
}

// member emits the checks of one member that demands something.
func (f *checksFile) member(owner string, mem member) error {
	s, path, field := f.g.m.Shapes[mem.Shape], pathName(mem.Name), "v."+fieldName(mem.Name)
	secret := f.g.secret(mem.Shape) || secretMembers[owner+"."+mem.Name]
	switch s.Type {
	case "string":
		rule, err := f.textRule(mem.Shape, secret)
		if err != nil {
			return err
		}
		fmt.Fprintf(&f.methods, "c.text(%q, %s, &%s)\n", path, field, rule)
	case "integer", "long", "double":
		fmt.Fprintf(&f.methods, "checkNumber(c, %q, %s, &%s)\n", path, field, f.numberRule(mem.Shape))
	case "structure":
		fmt.Fprintf(&f.methods, "if %s != nil {\nc.enter(%q)\n%s.check(c)\nc.leave()\n}\n", field, path, field)
	case "list":
		return f.list(s, path, field, secret)
	case "map":
		return f.mapping(mem.Shape, path, field, secret)
	default:
		return fmt.Errorf("no check for constraints of a %s", s.Type)
	}
	return nil
}

// list emits the checks of a list.
func (f *checksFile) list(s *shape, path, field string, secret bool) error {
	elem := f.g.m.Shapes[s.Member]
	size := sizeLiteral(s)
	switch {
	case elem.Type == "string":
		rule := "nil"
		if f.g.demands(s.Member, f.g.checked) {
			name, err := f.textRule(s.Member, secret || f.g.secret(s.Member))
			if err != nil {
				return err
			}
			rule = "&" + name
		}
		fmt.Fprintf(&f.methods, "c.texts(%q, %s, %s, %s)\n", path, field, size, rule)
		return nil
	case isNumber(elem) && elem.bounded():
		fmt.Fprintf(&f.methods, "checkNumbers(c, %q, %s, %s, &%s)\n", path, field, size, f.numberRule(s.Member))
		return nil
	case elem.Type != "structure" && f.g.demands(s.Member, f.g.checked):
		return fmt.Errorf("no check for a list of constrained %s", elem.Type)
	}
	if s.bounded() {
		fmt.Fprintf(&f.methods, "c.entries(%q, %s != nil, len(%s), %s)\n", path, field, field, size)
	}
	if f.g.checked[s.Member] {
		fmt.Fprintf(&f.methods, "c.enter(%q)\nfor i := range %s {\nc.enterEntry(i)\n%s[i].check(c)\nc.leave()\n}\nc.leave()\n", path, field, field)
	}
	return nil
}

// mapping emits the checks of a map.
func (f *checksFile) mapping(name, path, field string, secret bool) error {
	s := f.g.m.Shapes[name]
	value := f.g.m.Shapes[s.Value]
	switch {
	case value.Type == "string":
		rule, err := f.mapRule(name, secret)
		if err != nil {
			return err
		}
		fmt.Fprintf(&f.methods, "c.textMap(%q, %s, &%s)\n", path, field, rule)
		return nil
	case value.Type != "structure" && f.g.demands(s.Value, f.g.checked):
		return fmt.Errorf("no check for a map of constrained %s", value.Type)
	}
	if s.bounded() {
		fmt.Fprintf(&f.methods, "c.entries(%q, %s != nil, len(%s), %s)\n", path, field, field, sizeLiteral(s))
	}
	if f.g.demands(s.Key, f.g.checked) {
		rule, err := f.textRule(s.Key, secret)
		if err != nil {
			return err
		}
		fmt.Fprintf(&f.methods, "checkKeys(c, %q, %s, &%s)\n", path, field, rule)
	}
	if f.g.checked[s.Value] {
		fmt.Fprintf(&f.methods, "c.enter(%q)\nfor _, k := range inOrder(%s) {\nitem := %s[k]\nc.enterKey(k)\nitem.check(c)\nc.leave()\n}\nc.leave()\n", path, field, field)
	}
	return nil
}

// isNumber reports whether s is of a numeric type.
func isNumber(s *shape) bool { return s.Type == "integer" || s.Type == "long" || s.Type == "double" }

// sizeLiteral returns the sizeRule of a list or map.
func sizeLiteral(s *shape) string {
	low, high := string(s.Min), string(s.Max)
	if low == "" {
		low = "0"
	}
	if high == "" {
		high = "0"
	}
	return "sizeRule{" + low + ", " + high + "}"
}

// textRule declares the rule of a string shape and returns its variable.
func (f *checksFile) textRule(name string, secret bool) (string, error) {
	s := f.g.m.Shapes[name]
	variable := "rule" + fieldName(name)
	if secret {
		variable += "Secret"
	}
	var parts []string
	if s.Min != "" && s.Min != "0" {
		parts = append(parts, "min: "+string(s.Min))
	}
	if s.Max != "" {
		parts = append(parts, "max: "+string(s.Max))
	}
	if s.Pattern != "" {
		p, err := f.pattern(s.Pattern)
		if err != nil {
			return "", err
		}
		parts = append(parts, "pattern: &"+p)
	}
	if len(s.Enum) > 0 && !openEnums[name] {
		parts = append(parts, fmt.Sprintf("enum: %#v", s.Enum))
	}
	if secret {
		parts = append(parts, "secret: true")
	}
	f.rules[variable] = fmt.Sprintf("// %s is what the model demands of a %s.\nvar %s = textRule{%s}\n", variable, name, variable, strings.Join(parts, ", "))
	return variable, nil
}

// mapRule declares the rule of a map of strings and returns its variable.
func (f *checksFile) mapRule(name string, secret bool) (string, error) {
	s := f.g.m.Shapes[name]
	variable := "rule" + fieldName(name)
	parts := []string{"size: " + sizeLiteral(s)}
	for _, side := range []struct{ field, shape string }{{"key", s.Key}, {"value", s.Value}} {
		if !f.g.demands(side.shape, f.g.checked) {
			continue
		}
		rule, err := f.textRule(side.shape, secret || f.g.secret(side.shape))
		if err != nil {
			return "", err
		}
		parts = append(parts, side.field+": &"+rule)
	}
	if secret || f.g.secret(s.Key) || f.g.secret(s.Value) {
		variable += "Secret"
		parts = append(parts, "secret: true")
	}
	f.rules[variable] = fmt.Sprintf("// %s is what the model demands of a %s.\nvar %s = mapRule{%s}\n", variable, name, variable, strings.Join(parts, ", "))
	return variable, nil
}

// numberRule declares the rule of a numeric shape and returns its variable.
func (f *checksFile) numberRule(name string) string {
	s := f.g.m.Shapes[name]
	variable := "rule" + fieldName(name)
	goType := map[string]string{"integer": "int32", "long": "int64", "double": "float64"}[s.Type]
	var parts []string
	if s.Min != "" {
		parts = append(parts, fmt.Sprintf("min: new(%s(%s))", goType, s.Min))
	}
	if s.Max != "" {
		parts = append(parts, fmt.Sprintf("max: new(%s(%s))", goType, s.Max))
	}
	f.rules[variable] = fmt.Sprintf("// %s is what the model demands of a %s.\nvar %s = numberRule[%s]{%s}\n", variable, name, variable, goType, strings.Join(parts, ", "))
	return variable
}

// pattern declares a pattern and returns its variable. Shapes that share a pattern
// share the variable, which is numbered in order of need.
func (f *checksFile) pattern(java string) (string, error) {
	if variable, ok := f.patterns[java]; ok {
		return variable, nil
	}
	re2, err := translate(java)
	if err != nil {
		return "", err
	}
	variable := fmt.Sprintf("pattern%02d", len(f.patterns)+1)
	f.patterns[java] = variable
	f.rules[variable] = fmt.Sprintf("// %s is shared by the shapes that have this pattern.\nvar %s = pattern{java: %q, re2: %q}\n", variable, variable, java, re2)
	return variable, nil
}
