package relation

import (
	"strings"

	"tenon/internal/core/spark"
	"tenon/internal/plan"
)

// TextFunctions is what a Reader of files knows of the functions between texts and values.
type TextFunctions interface {
	// TextFunction makes functions of from_json, to_json, from_csv or to_csv, for a type and Spark's options: those that
	// read give the value in a plain form, which DuckDB's from_json reads as that type; those that write take PipeText.
	// Options that are not known are refused. times is the session's policy.
	TextFunction(name string, t spark.Type, options map[string]string, times plan.TimePolicy) (func() TextFunc, error)
	// TextType gives the type of one text of JSON or CSV: schema_of_json and schema_of_csv.
	TextType(name, text string, options map[string]string, times plan.TimePolicy) (spark.Type, error)
}

// TextFunc gives a text for a text; ok is false for null. It is for one goroutine.
type TextFunc func(text string) (out string, ok bool, err error)

// PipeText is SQL for a value in DuckDB's own spelling; a nested one as JSON whose leaves are texts.
func PipeText(value string, t spark.Type) string {
	switch t.Kind {
	case spark.Array, spark.Map, spark.Struct, spark.Choice:
		return "CAST(to_json(CAST(" + value + " AS " + textType(t) + ")) AS VARCHAR)"
	default:
		return "CAST(" + value + " AS VARCHAR)"
	}
}

// textType is t with all leaves as text.
func textType(t spark.Type) string {
	switch t.Kind {
	case spark.Array:
		return textType(*t.Elem) + "[]"
	case spark.Map:
		return "MAP(VARCHAR, " + textType(*t.Elem) + ")"
	case spark.Struct, spark.Choice:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = Ident(f.Name) + " " + textType(f.Type)
		}
		return "STRUCT(" + strings.Join(parts, ", ") + ")"
	default:
		return "VARCHAR"
	}
}
