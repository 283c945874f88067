package relation

import (
	"fmt"
	"strconv"
	"strings"

	"tenon/internal/core/spark"
	"tenon/internal/plan"
)

// scalarTypes are DuckDB's names of the types without parameters. A void column is carried as an INTEGER that is always
// null, since DuckDB's own NULL type cannot stand in a table.
var scalarTypes = map[spark.Kind]string{
	spark.Null:      "INTEGER",
	spark.Boolean:   "BOOLEAN",
	spark.Byte:      "TINYINT",
	spark.Short:     "SMALLINT",
	spark.Int:       "INTEGER",
	spark.Long:      "BIGINT",
	spark.Float:     "FLOAT",
	spark.Double:    "DOUBLE",
	spark.String:    "VARCHAR",
	spark.Binary:    "BLOB",
	spark.Date:      "DATE",
	spark.Timestamp: "TIMESTAMP",

	spark.TimestampNTZ: "TIMESTAMP",
	spark.DayTime:      "BIGINT",  // microseconds
	spark.YearMonth:    "INTEGER", // months
}

// DuckType spells the DuckDB type that carries values of t. A choice is a struct with one nullable member for each
// alternative, named as Glue names the type; at most one of them is set.
func DuckType(t spark.Type) string {
	switch t.Kind {
	case spark.Decimal:
		return fmt.Sprintf("DECIMAL(%d,%d)", t.Precision, t.Scale)
	case spark.Array:
		return DuckType(*t.Elem) + "[]"
	case spark.Map:
		return "MAP(" + DuckType(*t.Key) + ", " + DuckType(*t.Elem) + ")"
	case spark.Struct, spark.Choice:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = Ident(f.Name) + " " + DuckType(f.Type)
		}
		return "STRUCT(" + strings.Join(parts, ", ") + ")"
	default:
		return scalarTypes[t.Kind]
	}
}

// JSONType spells t as the structure that DuckDB's from_json takes.
func JSONType(t spark.Type) string {
	switch t.Kind {
	case spark.Array:
		return "[" + JSONType(*t.Elem) + "]"
	case spark.Struct, spark.Choice:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = strconv.Quote(f.Name) + ":" + JSONType(f.Type)
		}
		return "{" + strings.Join(parts, ",") + "}"
	default:
		return strconv.Quote(DuckType(t))
	}
}

// CheckSchema refuses what a relation cannot carry: structs without members, and struct members that are empty or
// differ in case only. Column names are free.
func CheckSchema(s spark.Schema) error {
	for _, f := range s {
		if err := checkType(f.Type, f.Name); err != nil {
			return err
		}
	}
	return nil
}

// checkType is CheckSchema for one type; path names it in the refusal.
func checkType(t spark.Type, path string) error {
	switch t.Kind {
	case spark.Array:
		return checkType(*t.Elem, path+".element")
	case spark.Map:
		if err := checkType(*t.Key, path+".key"); err != nil {
			return err
		}
		return checkType(*t.Elem, path+".value")
	case spark.Struct, spark.Choice:
		return checkMembers(t, path)
	default:
		return nil
	}
}

// checkMembers is checkType for the members of a struct.
func checkMembers(t spark.Type, path string) error {
	if len(t.Fields) == 0 {
		return refuse("the struct %s without members", path)
	}
	seen := make(map[string]bool, len(t.Fields))
	for _, f := range t.Fields {
		name := strings.ToLower(f.Name)
		if name == "" || seen[name] {
			return refuse("the struct %s with two members named %q (case aside), or one without a name,", path, f.Name)
		}
		seen[name] = true
		if err := checkType(f.Type, path+"."+f.Name); err != nil {
			return err
		}
	}
	return nil
}

// refuse is a ClassUnsupported error.
func refuse(format string, args ...any) error {
	return plan.Unsupported(fmt.Sprintf(format, args...), "")
}
