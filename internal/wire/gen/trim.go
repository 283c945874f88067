package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// upstream is the part of a botocore service-2.json that trimming keeps.
type upstream struct {
	Metadata struct {
		APIVersion, TargetPrefix string
	}
	Operations map[string]struct {
		Input, Output shapeName
		Errors        []shapeName
	}
	Shapes map[string]*upstreamShape
}

// upstreamShape is shape with botocore's object form of references.
type upstreamShape struct {
	shape
	Member *shapeName `json:"member"`
	Key    *shapeName `json:"key"`
	Value  *shapeName `json:"value"`
}

// shapeName is botocore's reference to a shape.
type shapeName struct{ Shape string }

// writeTrimmed makes the trimmed model at to out of the botocore model at from.
func writeTrimmed(from, source, to string) error {
	if source == "" {
		return errors.New("-trim needs -source: the publisher and version of the model")
	}
	text, err := readFile(from)
	if err != nil {
		return fmt.Errorf("read %s: %w", from, err)
	}
	var up upstream
	if err := json.Unmarshal(text, &up); err != nil {
		return fmt.Errorf("read %s: %w", from, err)
	}
	m, err := trim(&up, source)
	if err != nil {
		return fmt.Errorf("trim %s: %w", from, err)
	}
	out, err := m.format()
	if err != nil {
		return err
	}
	return os.WriteFile(to, out, 0o644)
}

// trim keeps all operations and the shapes they reach, short of opaque ones.
func trim(up *upstream, source string) (*model, error) {
	m := &model{
		Source: source, Licence: "Apache-2.0",
		APIVersion: up.Metadata.APIVersion, TargetPrefix: up.Metadata.TargetPrefix,
		Operations: map[string]operation{}, Shapes: map[string]*shape{},
	}
	for name, s := range up.Shapes {
		kept := s.shape
		kept.Member, kept.Key, kept.Value = "", "", ""
		if s.Member != nil {
			kept.Member = s.Member.Shape
		}
		if s.Key != nil && s.Value != nil {
			kept.Key, kept.Value = s.Key.Shape, s.Value.Shape
		}
		m.Shapes[name] = &kept
	}
	var roots []string
	for name, op := range up.Operations {
		o := operation{Input: op.Input.Shape, Output: op.Output.Shape}
		for _, e := range op.Errors {
			o.Errors = append(o.Errors, e.Shape)
		}
		m.Operations[name] = o
		roots = append(append(roots, o.Errors...), o.Input, o.Output)
	}
	reached, err := m.closure(roots)
	if err != nil {
		return nil, err
	}
	for name, s := range m.Shapes {
		if !reached[name] {
			delete(m.Shapes, name)
		} else if opaque[name] {
			*s = shape{Type: s.Type, Sensitive: s.Sensitive}
		}
	}
	return m, nil
}

// format writes the model as JSON with one operation or shape a line, in
// alphabetical order, so that an update's diff can be read.
func (m *model) format() ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\n\"source\": %q,\n\"licence\": %q,\n\"apiVersion\": %q,\n\"targetPrefix\": %q,\n",
		m.Source, m.Licence, m.APIVersion, m.TargetPrefix)
	if err := formatLines(&b, "operations", m.Operations); err != nil {
		return nil, err
	}
	b.WriteString(",\n")
	if err := formatLines(&b, "shapes", m.Shapes); err != nil {
		return nil, err
	}
	b.WriteString("\n}\n")
	return b.Bytes(), nil
}

// formatLines writes one section of the model.
func formatLines[V any](b *bytes.Buffer, section string, entries map[string]V) error {
	fmt.Fprintf(b, "%q: {\n", section)
	for i, name := range sortedKeys(entries) {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(b, "%q: ", name)
		e := json.NewEncoder(b)
		e.SetEscapeHTML(false)
		if err := e.Encode(entries[name]); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		b.Truncate(b.Len() - 1) // Encode ends with a newline
	}
	b.WriteString("\n}")
	return nil
}
