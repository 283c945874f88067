package engine

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"tenon/internal/core/spark"
)

// goFunction is a scalar function of Go's inside DuckDB. A null argument gives null without a call; run may give nil
// for null. Each call costs about half a microsecond, so queries reach for one only where SQL cannot say it.
type goFunction struct {
	name   string
	args   []duckdb.Type
	result duckdb.Type
	run    func(args []driver.Value) (any, error)
}

// goFunctions are all of them.
func goFunctions() []goFunction {
	text, double, whole := duckdb.TYPE_VARCHAR, duckdb.TYPE_DOUBLE, duckdb.TYPE_BIGINT
	moment := duckdb.TYPE_TIMESTAMP
	zones := &zoneCache{known: map[string]*time.Location{}}
	return []goFunction{
		{"spark_long", []duckdb.Type{text}, whole, ofText(func(s string) any { return longOf(s) })},
		{"spark_double", []duckdb.Type{text}, double, ofText(func(s string) any { return doubleOf(s) })},
		{"spark_float", []duckdb.Type{text}, duckdb.TYPE_FLOAT, ofText(func(s string) any {
			if f, ok := realOf(s, 32).(float64); ok {
				return float32(f)
			}
			return nil
		})},
		{"spark_decimal_text", []duckdb.Type{text}, text, ofText(func(s string) any { return decimalOf(s) })},
		{"spark_decimal_java", []duckdb.Type{text}, text, ofText(func(s string) any { return javaDecimal(s) })},
		{"spark_date", []duckdb.Type{text}, duckdb.TYPE_DATE, ofText(func(s string) any {
			t, ok := spark.ParseDate(s)
			return orNil(t, ok)
		})},
		{"spark_timestamp", []duckdb.Type{text}, moment, ofText(func(s string) any {
			t, ok := spark.ParseTimestamp(s, zones.find)
			return orNil(t, ok)
		})},
		{"spark_double_text", []duckdb.Type{double}, text, func(a []driver.Value) (any, error) {
			return spark.JavaDouble(a[0].(float64), 64), nil
		}},
		{"spark_float_text", []duckdb.Type{duckdb.TYPE_FLOAT}, text, func(a []driver.Value) (any, error) {
			return spark.JavaDouble(float64(a[0].(float32)), 32), nil
		}},
		{"spark_round", []duckdb.Type{double, whole, duckdb.TYPE_BOOLEAN}, double, func(a []driver.Value) (any, error) {
			return roundDouble(a[0].(float64), int(a[1].(int64)), a[2].(bool)), nil
		}},
		{"spark_decimal", []duckdb.Type{text, text, text, whole, whole}, text, func(a []driver.Value) (any, error) {
			return decimalArithmetic(a[0].(string), a[1].(string), a[2].(string), int(a[3].(int64)), int(a[4].(int64))), nil
		}},
		{"spark_round_decimal", []duckdb.Type{text, whole, duckdb.TYPE_BOOLEAN}, text, func(a []driver.Value) (any, error) {
			return roundDecimal(a[0].(string), int(a[1].(int64)), a[2].(bool)), nil
		}},
		{"spark_months_between", []duckdb.Type{moment, moment, duckdb.TYPE_BOOLEAN}, double, func(a []driver.Value) (any, error) {
			return monthsBetween(a[0].(time.Time), a[1].(time.Time), a[2].(bool)), nil
		}},
		{"spark_math", []duckdb.Type{text, double, double}, double, func(a []driver.Value) (any, error) {
			return mathOf(a[0].(string), a[1].(float64), a[2].(float64)), nil
		}},
	}
}

// ofText adapts a function of one text.
func ofText(f func(string) any) func([]driver.Value) (any, error) {
	return func(args []driver.Value) (any, error) { return f(args[0].(string)), nil }
}

// orNil is a value or null.
func orNil(t time.Time, ok bool) any {
	if !ok {
		return nil
	}
	return t
}

// Config tells DuckDB the function's types.
func (f *goFunction) Config() duckdb.ScalarFuncConfig {
	var cfg duckdb.ScalarFuncConfig
	for _, t := range f.args {
		cfg.InputTypeInfos = append(cfg.InputTypeInfos, typeInfo(t))
	}
	cfg.ResultTypeInfo = typeInfo(f.result)
	return cfg
}

// listOf marks, by its bit, the type of a list in goFunction.
const listOf duckdb.Type = 1 << 30

// typeInfo is DuckDB's description of a type, or of the list of one.
func typeInfo(t duckdb.Type) duckdb.TypeInfo {
	info, err := duckdb.NewTypeInfo(t &^ listOf)
	if err == nil && t&listOf != 0 {
		info, err = duckdb.NewListInfo(info)
	}
	if err != nil { // the types of the functions are all without parameters
		panic(err)
	}
	return info
}

// Executor gives DuckDB the function.
func (f *goFunction) Executor() duckdb.ScalarFuncExecutor {
	return duckdb.ScalarFuncExecutor{RowExecutor: f.run}
}

// registerFunctions makes the Go functions known to all connections of the database.
func registerFunctions(conn *sql.Conn) error {
	for _, f := range append(goFunctions(), areaGoFunctions()...) {
		if err := duckdb.RegisterScalarUDF(conn, f.name, &f); err != nil {
			return fmt.Errorf("engine: register %s: %w", f.name, err)
		}
	}
	return nil
}

// zoneCache remembers time zones by name.
type zoneCache struct {
	mu    sync.Mutex // guards known
	known map[string]*time.Location
}

// maxZones bounds the names remembered, right or wrong: data can hold any text.
const maxZones = 2000

// find loads a time zone; unknown names are remembered as nil.
func (z *zoneCache) find(name string) (*time.Location, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	loc, ok := z.known[name]
	if !ok {
		loc, _ = time.LoadLocation(name) //nolint:errcheck // an unknown zone is a null
		if len(z.known) < maxZones {
			z.known[name] = loc
		}
	}
	if loc == nil {
		return nil, fmt.Errorf("no time zone %q", name)
	}
	return loc, nil
}

// trimAll takes white space and control characters off both ends, as Spark does before a cast.
func trimAll(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f })
}

// longOf casts a text to a bigint: a sign, digits, and a fraction that is cut off. Nothing else is a number.
func longOf(s string) any {
	s = trimAll(s)
	whole, fraction, dotted := strings.Cut(s, ".")
	for _, r := range fraction {
		if r < '0' || r > '9' {
			return nil
		}
	}
	sign := strings.TrimLeft(whole, "+-")
	if len(whole)-len(sign) > 1 || s == "" {
		return nil
	}
	if sign == "" && dotted {
		return int64(0)
	}
	for _, r := range sign {
		if r < '0' || r > '9' {
			return nil
		}
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return nil
	}
	return n
}

// doubleOf casts a text to a double.
func doubleOf(s string) any { return realOf(s, 64) }

// realOf casts a text to a double, or to a float with 32 bits, as Java's parseDouble and parseFloat and Spark's special
// words do: it is rounded once.
func realOf(s string, bits int) any {
	s = trimAll(s)
	switch strings.ToLower(s) {
	case "inf", "+inf", "infinity", "+infinity":
		return math.Inf(1)
	case "-inf", "-infinity":
		return math.Inf(-1)
	case "nan":
		return math.NaN()
	}
	if strings.ContainsAny(s, "_iInN") || s == "" {
		return nil
	}
	digits := s
	if last := s[len(s)-1]; !strings.ContainsAny(s, "xX") && strings.IndexByte("dDfF", last) >= 0 {
		digits = s[:len(s)-1]
	}
	f, err := strconv.ParseFloat(digits, bits)
	if err != nil && !math.IsInf(f, 0) {
		return nil
	}
	return f
}

// monthsBetween is Spark's months_between: whole months when both are on the same day of the month or both on the last
// one; else the rest counts in months of 31 days, rounded to 8 digits when asked.
func monthsBetween(a, b time.Time, round bool) float64 {
	months := float64((a.Year()-b.Year())*12 + int(a.Month()) - int(b.Month()))
	last := func(t time.Time) bool { return t.AddDate(0, 0, 1).Day() == 1 }
	if a.Day() == b.Day() || last(a) && last(b) {
		return months
	}
	seconds := func(t time.Time) int64 {
		return int64(t.Day())*86400 + int64(t.Hour())*3600 + int64(t.Minute())*60 + int64(t.Second())
	}
	out := months + float64(seconds(a)-seconds(b))/float64(31*86400)
	if round {
		out = roundDouble(out, 8, false)
	}
	return out
}

// mathOf are the functions that DuckDB lacks, or fails in where Java gives NaN or infinity.
func mathOf(name string, a, b float64) any {
	switch name {
	case "expm1":
		return math.Expm1(a)
	case "log1p":
		if a <= -1 {
			return nil
		}
		return math.Log1p(a)
	case "hypot":
		return math.Hypot(a, b)
	case "pow":
		if math.IsNaN(b) || math.IsInf(b, 0) && math.Abs(a) == 1 { // Go has 1 for 1 to any power
			return math.NaN()
		}
		return math.Pow(a, b)
	case "exp":
		return math.Exp(a)
	case "sinh":
		return math.Sinh(a)
	case "cosh":
		return math.Cosh(a)
	case "tanh":
		return math.Tanh(a)
	case "asin":
		return math.Asin(a)
	case "acos":
		return math.Acos(a)
	case "tan":
		return math.Tan(a)
	case "sin":
		return math.Sin(a)
	case "cos":
		return math.Cos(a)
	case "rint":
		return math.RoundToEven(a)
	case "sec":
		return 1 / math.Cos(a)
	case "csc":
		return 1 / math.Sin(a)
	case "cot":
		return 1 / math.Tan(a)
	case "acosh": // as Spark computes it, also where digits are lost
		return math.Log(a + math.Sqrt(a*a-1))
	case "asinh":
		if math.IsInf(a, -1) {
			return a
		}
		return math.Log(a + math.Sqrt(a*a+1))
	case "atanh":
		return 0.5 * (math.Log1p(a) - math.Log1p(-a))
	default:
		return nil
	}
}
