package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"tenon/internal/wire"
)

// showDocument writes v as JSON or YAML, members in the order of their shape.
func (a *app) showDocument(v any) error {
	text, err := marshalDocument(v)
	if err != nil {
		return err
	}
	if a.flags.output == formatJSON {
		a.con.print("%s\n", text)
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	node, err := documentNode(dec)
	if err != nil {
		return fmt.Errorf("yaml: %w", err)
	}
	return a.showYAML(node)
}

// showYAML writes a document as YAML.
func (a *app) showYAML(node *yaml.Node) error {
	enc := yaml.NewEncoder(a.con.out)
	enc.SetIndent(2)
	if err := enc.Encode(node); err != nil {
		return fmt.Errorf("yaml: %w", err)
	}
	return enc.Close()
}

// documentNode reads the next JSON value as YAML, members in their order. (JSON is nearly YAML, but not quite: some
// control characters may stand in it as they are.)
func documentNode(dec *json.Decoder) (*yaml.Node, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	n := &yaml.Node{}
	switch token := token.(type) {
	case json.Delim:
		n.Kind = yaml.SequenceNode
		if token == '{' {
			n.Kind = yaml.MappingNode
		}
		for dec.More() { // the members of an object are its names and values in turn
			child, err := documentNode(dec)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, child)
		}
		_, err = dec.Token() // the closing one
	case json.Number:
		n.Kind, n.Value = yaml.ScalarNode, token.String()
	case string:
		if blockBreaks(token) {
			n.Kind, n.Tag, n.Style, n.Value = yaml.ScalarNode, "!!str", yaml.DoubleQuotedStyle, token
			break
		}
		err = n.Encode(token)
	default:
		err = n.Encode(token)
	}
	return n, err
}

// blockBreaks reports whether a text of several lines would not come back from YAML's block form, which the library
// chooses for it: one that begins with a blank, or holds tabs or other control characters.
func blockBreaks(s string) bool {
	if !strings.Contains(s, "\n") {
		return false
	}
	return strings.TrimLeft(s, " \t\r\n") != s || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f })
}

// marshalDocument writes v as indented JSON. It differs from the wire in one thing: times are ISO 8601 texts, as the AWS
// CLI shows them, and not seconds since 1970.
func marshalDocument(v any) ([]byte, error) {
	var b bytes.Buffer
	if err := appendValue(&b, reflect.ValueOf(v)); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, b.Bytes(), "", "  "); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// appendValue writes one value. Structs are walked here to find their times; everything else is encoding/json's.
func appendValue(b *bytes.Buffer, v reflect.Value) error {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			b.WriteString("null")
			return nil
		}
		v = v.Elem()
	}
	if v.IsValid() && v.CanInterface() {
		if t, ok := v.Interface().(wire.Time); ok {
			return appendJSON(b, t.UTC().Format(time.RFC3339Nano))
		}
		if _, own := v.Interface().(json.Marshaler); own {
			return appendJSON(b, v.Interface())
		}
	}
	switch v.Kind() {
	case reflect.Struct:
		return appendStruct(b, v)
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 {
			return appendSlice(b, v)
		}
	}
	if !v.IsValid() {
		b.WriteString("null")
		return nil
	}
	return appendJSON(b, v.Interface())
}

// appendStruct writes the members of a struct that are set.
func appendStruct(b *bytes.Buffer, v reflect.Value) error {
	b.WriteByte('{')
	first := true
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		omit := strings.Contains(options, "omit") && v.Field(i).IsZero()
		if !f.IsExported() || name == "-" || omit {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		if err := appendJSON(b, orDefault(name, f.Name)); err != nil {
			return err
		}
		b.WriteByte(':')
		if err := appendValue(b, v.Field(i)); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return nil
}

// appendSlice writes a list; nil is an empty one.
func appendSlice(b *bytes.Buffer, v reflect.Value) error {
	b.WriteByte('[')
	for i := range v.Len() {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := appendValue(b, v.Index(i)); err != nil {
			return err
		}
	}
	b.WriteByte(']')
	return nil
}

// appendJSON writes v as encoding/json does, without escaping <, > and &.
func appendJSON(b *bytes.Buffer, v any) error {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// buildInfo is what `tenon version` shows.
type buildInfo struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// versionInfo reads what the toolchain wrote into this binary.
func versionInfo() buildInfo {
	v := buildInfo{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v.Revision = s.Value
		}
	}
	return v
}
