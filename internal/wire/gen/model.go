package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// model is the trimmed API model: what model/glue.json holds.
type model struct {
	Source       string               `json:"source"`  // publisher and version
	Licence      string               `json:"licence"` // of the source
	APIVersion   string               `json:"apiVersion"`
	TargetPrefix string               `json:"targetPrefix"` // of the X-Amz-Target header
	Operations   map[string]operation `json:"operations"`
	Shapes       map[string]*shape    `json:"shapes"`
}

// operation is one row of the API: shape names only.
type operation struct {
	Input  string   `json:"input"`
	Output string   `json:"output"`
	Errors []string `json:"errors"`
}

// shape is one shape of the model with its constraints. Which fields are set
// depends on Type. Bounds are kept as written: an integer beyond 2^53 survives.
type shape struct {
	Type      string      `json:"type"` // structure, list, map, string, integer, long, double, boolean, timestamp, blob
	Required  []string    `json:"required,omitempty"`
	Members   members     `json:"members,omitempty"` // structure
	Member    string      `json:"member,omitempty"`  // list
	Key       string      `json:"key,omitempty"`     // map
	Value     string      `json:"value,omitempty"`   // map
	Enum      []string    `json:"enum,omitempty"`
	Min       json.Number `json:"min,omitempty"`
	Max       json.Number `json:"max,omitempty"`
	Pattern   string      `json:"pattern,omitempty"`
	Sensitive bool        `json:"sensitive,omitempty"`
	Exception bool        `json:"exception,omitempty"`
	Fault     bool        `json:"fault,omitempty"`           // the server's fault: HTTP 500
	Document  bool        `json:"document,omitempty"`        // free-form JSON
	Format    string      `json:"timestampFormat,omitempty"` // iso8601, else epoch seconds
}

// member is one field of a structure: its name on the wire and its shape.
type member struct{ Name, Shape string }

// members keeps the model's order, in which violations are reported and fields
// written, where a Go map would lose it.
type members []member

// MarshalJSON writes {"Name":"Shape",...} in order.
func (ms members) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range ms {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%q", m.Name, m.Shape)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads what MarshalJSON writes, and botocore's own form, where the
// value is an object with the shape's name in "shape".
func (ms *members) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		ref, err := shapeRef(value)
		if err != nil {
			return err
		}
		*ms = append(*ms, member{Name: name.(string), Shape: ref})
	}
	return nil
}

// shapeRef reads a reference to a shape in either of its forms: "S" or {"shape":"S"}.
func shapeRef(value json.RawMessage) (string, error) {
	var name string
	if json.Unmarshal(value, &name) == nil {
		return name, nil
	}
	var ref struct{ Shape string }
	if err := json.Unmarshal(value, &ref); err != nil || ref.Shape == "" {
		return "", fmt.Errorf("no shape in %s", value)
	}
	return ref.Shape, nil
}

// refs lists the shapes that s points at.
func (s *shape) refs() []string {
	var names []string
	for _, m := range s.Members {
		names = append(names, m.Shape)
	}
	for _, n := range []string{s.Member, s.Key, s.Value} {
		if n != "" {
			names = append(names, n)
		}
	}
	return names
}

// closure returns every shape reachable from roots, roots included. It stops at
// opaque shapes: they are in the result, what they hold is not.
func (m *model) closure(roots []string) (map[string]bool, error) {
	seen, roots := map[string]bool{}, slices.Clone(roots)
	for len(roots) > 0 {
		name := roots[len(roots)-1]
		roots = roots[:len(roots)-1]
		if seen[name] {
			continue
		}
		seen[name] = true
		s := m.Shapes[name]
		if s == nil {
			return nil, fmt.Errorf("the model has no shape %q", name)
		}
		if !opaque[name] {
			roots = append(roots, s.refs()...)
		}
	}
	return seen, nil
}

// readModel reads a trimmed model.
func readModel(path string) (*model, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the model: %w", err)
	}
	m := new(model)
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("read the model %s: %w", path, err)
	}
	return m, nil
}

// servedOperation is one line of served.txt.
type servedOperation struct {
	maxBodyBytes int // 0: the default of package wire
}

// readServed reads the list of served operations: one name a line, optionally
// followed by max_body=N (bytes); # starts a comment.
func readServed(path string, m *model) (map[string]servedOperation, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the served list: %w", err)
	}
	served := map[string]servedOperation{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		name, so := words[0], servedOperation{}
		for _, word := range words[1:] {
			key, value, _ := strings.Cut(word, "=")
			bytes, err := strconv.Atoi(value)
			if key != "max_body" || err != nil || bytes <= 0 {
				return nil, fmt.Errorf("%s:%d: %q is not max_body=N", path, n, word)
			}
			so.maxBodyBytes = bytes
		}
		if _, ok := m.Operations[name]; !ok {
			return nil, fmt.Errorf("%s:%d: the model has no operation %q", path, n, name)
		}
		if _, twice := served[name]; twice {
			return nil, fmt.Errorf("%s:%d: %s stands twice", path, n, name)
		}
		served[name] = so
	}
	return served, lines.Err()
}

// readFile returns a file's content, unzipped where its name ends in .gz.
func readFile(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil || !strings.HasSuffix(path, ".gz") {
		return text, err
	}
	z, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("unzip %s: %w", path, err)
	}
	var out bytes.Buffer
	if _, err := out.ReadFrom(z); err != nil {
		return nil, fmt.Errorf("unzip %s: %w", path, err)
	}
	return out.Bytes(), z.Close()
}

// sortedKeys returns m's keys in order.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
