package format

import (
	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
)

// boxed is the shape of texts of JSON.
type boxed struct {
	j    jsonSource
	doc  jsonDoc
	root shape
}

// JSONShape begins the type of texts, read as a DynamicFrame's JSON reader reads records.
func (f *Format) JSONShape() relation.JSONShape {
	return &boxed{j: jsonSource{source: &source{dynamic: true}, bad: -1}}
}

// Observe adds a text.
func (s *boxed) Observe(text []byte) {
	if s.j.parse(&s.doc, text) == nil {
		s.root.observe(&s.doc, 0)
	}
}

// Type is the struct of all objects seen.
func (s *boxed) Type() spark.Type { return s.root.glueStruct() }

// PlainJSON spells a text so that DuckDB reads it as type t.
func (f *Format) PlainJSON(t spark.Type) func(string) (string, bool) {
	j := &jsonSource{source: &source{dynamic: true}, bad: -1}
	conv := newJSONConverter(j)
	return func(text string) (string, bool) {
		if j.parse(&conv.doc, []byte(text)) != nil {
			return "", false
		}
		b, err := conv.value(nil, 0, t)
		return string(b), err == nil
	}
}
