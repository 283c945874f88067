// Package spark holds Spark SQL's semantics as pure values: its type system, the parser of its SQL dialect and the
// analyser that turns what a script asked for into typed, resolved expressions. It knows nothing of the engine that
// runs them. The reference is Spark 3.5 with ANSI mode off, which Glue up to 5.1 runs.
package spark

import (
	"fmt"
	"strings"
)

// Kind is the tag of a Type, spelled as Spark's simpleString spells it.
type Kind string

// The kinds of Spark SQL types that Tenon knows.
const (
	Null      Kind = "void"
	Boolean   Kind = "boolean"
	Byte      Kind = "tinyint"
	Short     Kind = "smallint"
	Int       Kind = "int"
	Long      Kind = "bigint"
	Float     Kind = "float"
	Double    Kind = "double"
	Decimal   Kind = "decimal"
	String    Kind = "string"
	Binary    Kind = "binary"
	Date      Kind = "date"
	Timestamp Kind = "timestamp"
	Array     Kind = "array"
	Map       Kind = "map"
	Struct    Kind = "struct"
	// TimestampNTZ is a date and time of no zone.
	TimestampNTZ Kind = "timestamp_ntz"
	// DayTime and YearMonth are intervals; Precision and Scale tell their units.
	DayTime   Kind = "daytimeinterval"
	YearMonth Kind = "yearmonthinterval"
	Choice    Kind = "choice" // a DynamicFrame column that holds several types; never in a DataFrame
)

// Type is one Spark SQL data type. The zero Type is invalid.
type Type struct {
	Kind      Kind    `json:"kind"`
	Precision int     `json:"precision,omitempty"` // of a decimal, 1..38; of an interval, its first unit
	Scale     int     `json:"scale,omitempty"`     // of a decimal, 0..Precision; of an interval, its last unit
	Elem      *Type   `json:"elem,omitempty"`      // of an array, or the value of a map
	Key       *Type   `json:"key,omitempty"`       // of a map
	Fields    []Field `json:"fields,omitempty"`    // of a struct, in order; of a choice, its alternatives
	NoNulls   bool    `json:"no_nulls,omitempty"`  // of an array or map: no element or value is null
}

// Field is one named member of a struct, or one column of a frame.
type Field struct {
	Name     string `json:"name"`
	Type     Type   `json:"type"`
	Nullable bool   `json:"nullable"`
}

// Schema is the ordered columns of a frame. Names may repeat after a join, as in Spark.
type Schema []Field

// T returns the type of a kind that takes no parameters.
func T(k Kind) Type { return Type{Kind: k} }

// String spells t as Spark's DataType.simpleString does: decimal(10,2), array<string>, struct<a:int>. Unlike Spark it
// puts backticks around members that are no plain identifiers, so that ParseType reads back what String wrote.
func (t Type) String() string { return t.spell(false) }

// spell is String; with nulls it also says NOT NULL of elements, values and members that are never null, which
// ParseType reads back.
func (t Type) spell(nulls bool) string {
	not := func(never bool) string {
		if nulls && never {
			return " not null"
		}
		return ""
	}
	switch t.Kind {
	case Decimal:
		return fmt.Sprintf("decimal(%d,%d)", t.Precision, t.Scale)
	case Array:
		return "array<" + t.Elem.spell(nulls) + not(t.NoNulls) + ">"
	case Map:
		return "map<" + t.Key.spell(nulls) + "," + t.Elem.spell(nulls) + not(t.NoNulls) + ">"
	case Struct, Choice:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = f.Type.spell(nulls)
			if t.Kind == Struct {
				parts[i] = quoteName(f.Name) + ":" + parts[i] + not(!f.Nullable)
			}
		}
		return string(t.Kind) + "<" + strings.Join(parts, ",") + ">"
	case DayTime, YearMonth:
		return t.intervalName()
	default:
		return string(t.Kind)
	}
}

// Equal reports whether t and u are the same type, nullability aside.
func (t Type) Equal(u Type) bool { return t.String() == u.String() }
