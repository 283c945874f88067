package engine

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
)

// wire writes a value so that the driver gives all of it: a map becomes the list of its entries, because Go's maps keep
// no order. Everything else is as it is.
func (em *emitter) wire(text string, t spark.Type) string {
	if !hasMap(t) {
		return text
	}
	v := em.name("v")
	switch t.Kind {
	case spark.Array:
		return "list_transform(" + text + ", lambda " + v + ": " + em.wire(v, *t.Elem) + ")"
	case spark.Map:
		return "list_transform(map_entries(" + text + "), lambda " + v + ": {'key': " + em.wire(v+".key", *t.Key) + ", 'value': " +
			em.wire(v+".value", *t.Elem) + "})"
	default:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = relation.Literal(f.Name) + ": " + em.wire("struct_extract("+text+", "+relation.Literal(f.Name)+")", f.Type)
		}
		return "CASE WHEN " + text + " IS NOT NULL THEN {" + strings.Join(parts, ", ") + "} END"
	}
}

// hasMap reports whether a map is in t.
func hasMap(t spark.Type) bool {
	if t.Kind == spark.Map {
		return true
	}
	if t.Elem != nil && hasMap(*t.Elem) {
		return true
	}
	for _, f := range t.Fields {
		if hasMap(f.Type) {
			return true
		}
	}
	return false
}

// appendCell appends a value of the driver's as a cell of plan.Rows.
func appendCell(b []byte, t spark.Type, v any) ([]byte, error) {
	if v == nil || t.Kind == spark.Null {
		return append(b, "null"...), nil
	}
	switch v := v.(type) {
	case bool:
		return strconv.AppendBool(b, v), nil
	case int8:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int16:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int32:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case float32:
		return appendDouble(b, float64(v)), nil
	case float64:
		return appendDouble(b, v), nil
	case string:
		return appendText(b, v)
	case []byte:
		return strconv.AppendQuote(b, base64.StdEncoding.EncodeToString(v)), nil
	case time.Time:
		layout := spark.TimestampLayout
		if t.Kind == spark.Date {
			layout = spark.DateLayout
		}
		return strconv.AppendQuote(b, v.Format(layout)), nil
	case duckdb.Decimal:
		return strconv.AppendQuote(b, decimalText(v)), nil
	case []any:
		return appendList(b, t, v)
	case map[string]any:
		return appendMembers(b, t, v)
	default:
		return nil, fmt.Errorf("engine: the driver gave %T for %s", v, t)
	}
}

// appendText appends a JSON string; bytes that are not UTF-8 become replacement characters, as in Java.
func appendText(b []byte, s string) ([]byte, error) {
	if asItIs(s) {
		return append(append(append(b, '"'), s...), '"'), nil
	}
	quoted, err := json.Marshal(s)
	return append(b, quoted...), err
}

// asItIs reports whether a text stands in JSON without an escape: ASCII without quotes, backslashes and control characters.
func asItIs(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// appendDouble appends a double; JSON has no number for NaN and infinities.
func appendDouble(b []byte, f float64) []byte {
	switch {
	case f == 0 && math.Signbit(f): // "-0" would be read as a whole number, which has no sign
		return append(b, "-0.0"...)
	case math.IsNaN(f):
		return append(b, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(b, `"-Infinity"`...)
	default:
		return strconv.AppendFloat(b, f, 'g', -1, 64)
	}
}

// appendList appends an array, or a map as list of pairs.
func appendList(b []byte, t spark.Type, list []any) ([]byte, error) {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if t.Kind == spark.Map {
			entry, ok := v.(map[string]any)
			if !ok {
				return nil, fmt.Errorf("engine: an entry of a map is %T", v)
			}
			b = append(b, '[')
			if b, err = appendCell(b, *t.Key, entry["key"]); err != nil {
				return nil, err
			}
			b = append(b, ',')
			if b, err = appendCell(b, *t.Elem, entry["value"]); err != nil {
				return nil, err
			}
			b = append(b, ']')
			continue
		}
		if b, err = appendCell(b, *t.Elem, v); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

// appendMembers appends a struct as the list of its members in order.
func appendMembers(b []byte, t spark.Type, m map[string]any) ([]byte, error) {
	b = append(b, '[')
	for i, f := range t.Fields {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendCell(b, f.Type, m[f.Name]); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

// decimalText spells a decimal with all digits of its scale.
func decimalText(d duckdb.Decimal) string {
	if d.Scale == 0 {
		return d.Value.String()
	}
	digits := new(big.Int).Abs(d.Value).String()
	if pad := int(d.Scale) + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	point := len(digits) - int(d.Scale)
	sign := ""
	if d.Value.Sign() < 0 {
		sign = "-"
	}
	return sign + digits[:point] + "." + digits[point:]
}
