package jdbc

import (
	"bytes"
	"database/sql/driver"
	"encoding/hex"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"tenon/internal/core/spark"
	"tenon/internal/plan"
)

// parser makes a value of DuckDB's of a database's text.
type parser func(text []byte) (driver.Value, error)

// unsupportedColumn refuses a column of a type whose Spark type is not known.
func unsupportedColumn(column, database, name string) error {
	return plan.Unsupported(fmt.Sprintf("the column %s of the %s type %s", column, database, name), "cast it in a query")
}

// noType is Spark's error for a type that a database has no column for.
func noType(t spark.Type) error { return argument("Can't get JDBC type for %s.", t) }

// parseText takes a text as it is.
func parseText(text []byte) (driver.Value, error) { return string(text), nil }

// parseBool reads t, f, 1, 0 and MySQL's bit.
func parseBool(text []byte) (driver.Value, error) {
	switch string(text) {
	case "t", "1", "\x01", "true":
		return true, nil
	case "f", "0", "\x00", "false":
		return false, nil
	}
	if n, err := strconv.ParseInt(string(text), 10, 64); err == nil {
		return n != 0, nil // MySQL's tinyint(1) holds any
	}
	return nil, fmt.Errorf("%q is no boolean", text)
}

// wholeOf reads whole numbers of so many bits.
func wholeOf(bits int) parser {
	return func(text []byte) (driver.Value, error) {
		n, err := strconv.ParseInt(string(text), 10, bits)
		if err != nil {
			return nil, err
		}
		switch bits {
		case 8:
			return int8(n), nil
		case 16:
			return int16(n), nil
		case 32:
			return int32(n), nil
		}
		return n, nil
	}
}

// parseFloat reads a float.
func parseFloat(text []byte) (driver.Value, error) {
	f, err := strconv.ParseFloat(string(text), 32)
	return float32(f), err
}

// parseDouble reads a double; NaN and Infinity are spelled so.
func parseDouble(text []byte) (driver.Value, error) { return strconv.ParseFloat(string(text), 64) }

// decimalOf reads decimals, rounded half up to the scale. What has more digits than fit fails, as in Spark.
func decimalOf(t spark.Type) parser {
	return func(text []byte) (driver.Value, error) {
		r, ok := new(big.Rat).SetString(string(text))
		if !ok {
			return nil, fmt.Errorf("%q is no number with a Spark decimal", text)
		}
		scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(t.Scale)), nil)
		r.Mul(r, new(big.Rat).SetInt(scale))
		value, rest := new(big.Int).QuoRem(r.Num(), r.Denom(), new(big.Int))
		if rest.Abs(rest).Lsh(rest, 1).Cmp(r.Denom()) >= 0 {
			value.Add(value, big.NewInt(int64(r.Sign())))
		}
		most := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(t.Precision)), nil)
		if value.CmpAbs(most) >= 0 {
			return nil, fmt.Errorf("%s has more digits than %s", text, t)
		}
		return duckdb.Decimal{Width: uint8(t.Precision), Scale: uint8(t.Scale), Value: value}, nil
	}
}

// parseHex reads PostgreSQL's \x form of binaries.
func parseHex(text []byte) (driver.Value, error) {
	digits, ok := bytes.CutPrefix(text, []byte(`\x`))
	if !ok {
		return nil, fmt.Errorf("a binary that is not in hexadecimal form")
	}
	return hex.DecodeString(string(digits))
}

// parseBytes takes a binary as it is.
func parseBytes(text []byte) (driver.Value, error) { return bytes.Clone(text), nil }

// Layouts of times as the databases write them.
const (
	dateLayout = "2006-01-02"
	timeLayout = "15:04:05.999999"
)

// parseDate reads a date of the years 1 to 9999.
func parseDate(text []byte) (driver.Value, error) { return inTime(dateLayout, string(text)) }

// parseTimestamp reads a timestamp, in UTC where it has a zone: sessions run in UTC.
func parseTimestamp(text []byte) (driver.Value, error) {
	s := strings.TrimSuffix(string(text), "+00")
	return inTime(dateLayout+" "+timeLayout, s)
}

// parseTime reads a time of day: that time on 1970-01-01, as Spark has it.
func parseTime(text []byte) (driver.Value, error) {
	t, err := inTime(timeLayout, string(text))
	if err != nil {
		return nil, err
	}
	return t.(time.Time).AddDate(1970, 0, 0), nil
}

// inTime parses a time. What the databases have beyond Spark's years (infinity, BC, 0000-00-00) is an error.
func inTime(layout, text string) (driver.Value, error) {
	t, err := time.ParseInLocation(layout, text, time.UTC)
	if err != nil {
		return nil, fmt.Errorf("%q is no date or time that Spark has", text)
	}
	return t, nil
}

// parseArray reads PostgreSQL's text of an array of one dimension: {1,"a b",NULL}.
func parseArray(text []byte, element parser) (driver.Value, error) {
	s := string(text)
	if len(s) < 2 || s[0] != '{' || s[len(s)-1] != '}' {
		return nil, fmt.Errorf("an array of several dimensions, or with bounds of its own: %.40q", text)
	}
	out := []any{}
	for rest := s[1 : len(s)-1]; rest != ""; {
		item, quotedItem, after, err := arrayItem(rest)
		if err != nil {
			return nil, err
		}
		rest = after
		if !quotedItem && item == "NULL" {
			out = append(out, nil)
			continue
		}
		v, err := element([]byte(item))
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// arrayItem takes the first item of an array's text.
func arrayItem(s string) (item string, quotedItem bool, rest string, err error) {
	if s[0] == '{' {
		return "", false, "", fmt.Errorf("an array of several dimensions")
	}
	if s[0] != '"' {
		item, rest, _ = strings.Cut(s, ",")
		return item, false, rest, nil
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if i++; i < len(s) {
				b.WriteByte(s[i])
			}
		case '"':
			return b.String(), true, strings.TrimPrefix(s[i+1:], ","), nil
		default:
			b.WriteByte(s[i])
		}
	}
	return "", false, "", fmt.Errorf("an array's text ends within quotes")
}
