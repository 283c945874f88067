package spark

import (
	"fmt"
	"strings"
)

// groupFunctions are the functions of groups and windows.
var groupFunctions = map[string]function{
	"bit_and": agg(1, 1, "x", typeBitAgg), "bit_or": agg(1, 1, "x", typeBitAgg), "bit_xor": agg(1, 1, "x", typeBitAgg),
	"kurtosis": aggOf(1, 1, "d", Double), "skewness": aggOf(1, 1, "d", Double), "product": aggOf(1, 1, "d", Double),
	"mode":       agg(1, 1, "x", typeFirst),
	"percentile": agg(2, 3, "nxl", typePercentile), "percentile_approx": agg(2, 3, "xxx", typePercentileApprox),
	"approx_percentile": as("percentile_approx", agg(2, 3, "xxx", typePercentileApprox)),
	"try_sum":           agg(1, 1, "n", typeSum), "try_avg": agg(1, 1, "n", typeAvg),
	"regr_count": {kind: kindAgg, min: 2, max: 2, want: "d", result: T(Long), never: true},
	"regr_avgx":  aggOf(2, 2, "d", Double), "regr_avgy": aggOf(2, 2, "d", Double), "regr_slope": aggOf(2, 2, "d", Double),
	"regr_intercept": aggOf(2, 2, "d", Double), "regr_r2": aggOf(2, 2, "d", Double), "regr_sxx": aggOf(2, 2, "d", Double),
	"regr_sxy": aggOf(2, 2, "d", Double), "regr_syy": aggOf(2, 2, "d", Double),
	// Exact, where Spark estimates: within its error bound, and the same at every run.
	"approx_count_distinct": {kind: kindAgg, min: 1, max: 2, want: "x", typed: typeApproxCount, never: true},
	"nth_value":             agg(2, 3, "xib", typeNthValue),
}

// typeBitAgg types the aggregates of bits, which take whole numbers alone.
func typeBitAgg(c *callTyping) error {
	if t := c.args[0].Type; t.Kind != Null && !isIntegral(t) {
		return wantsType(c, 0, "INTEGRAL")
	}
	return typeBits(c)
}

// wantsType is the error for argument i of another type, which Spark does not cast.
func wantsType(c *callTyping, i int, want string) error {
	return mismatch(c.label, i, `"`+want+`"`, c.args[i])
}

// typeApproxCount types approx_count_distinct(value[, relative deviation]); the deviation is not in the label.
func typeApproxCount(c *callTyping) error {
	c.typ = T(Long)
	if len(c.args) == 1 {
		return nil
	}
	deviation, ok := numberLiteral(c.args[1])
	switch {
	case !ok:
		return unsupported("approx_count_distinct with a deviation that is no literal")
	case deviation <= 0 || deviation > maxDeviation:
		return analysisError("[FAILED_FUNCTION_CALL] Failed preparing of the function `approx_count_distinct` for call. Please, double " +
			"check function's arguments.")
	}
	c.label = callLabel(c.name, c.args[:1], false)
	c.args = c.args[:1]
	return nil
}

// maxDeviation is the largest deviation that Spark's sketch of sixteen registers, its smallest, has.
const maxDeviation = 0.39

// numberLiteral reads a literal number as a double.
func numberLiteral(e *Expr) (float64, bool) {
	for e.Op == OpCast && isNumeric(e.Type) {
		e = e.Args[0]
	}
	if e.Op == OpCall && e.Name == "negative" {
		f, ok := numberLiteral(e.Args[0])
		return -f, ok
	}
	if e.Op != OpLit {
		return 0, false
	}
	switch v := e.Value.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case string:
		if e.Type.Kind == Decimal {
			return specialDouble(v)
		}
	}
	return 0, false
}

// percentages checks the second argument of percentile and percentile_approx, a literal between 0 and 1 or an array of
// them, and casts it to double.
func percentages(c *callTyping) (many bool, err error) {
	p := c.args[1]
	list := []*Expr{p}
	if p.Op == OpCall && p.Name == "array" {
		many, list = true, p.Args
	}
	for _, x := range list {
		f, ok := numberLiteral(x)
		switch {
		case !ok:
			return many, unsupported("%s with a percentage that is no literal", c.name)
		case f < 0 || f > 1:
			return many, analysisError("[DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE] Cannot resolve \"%s\" due to data type mismatch: The "+
				"percentage must be between [0.0, 1.0] (current value = %sD).", c.label, JavaDouble(f, 64))
		}
	}
	want := T(Double)
	if many {
		want = arrayOf(want)
	}
	c.args[1] = implicitCast(p, want)
	return many, nil
}

// typePercentile types percentile(value, percentage[, frequency]), exact and between the values.
func typePercentile(c *callTyping) error {
	if len(c.args) == 2 {
		c.args = append(c.args, litExpr(T(Long), int64(1)))
		c.label = callLabel(c.name, c.args, strings.HasPrefix(c.label, c.name+"(DISTINCT "))
	}
	many, err := percentages(c)
	if err != nil {
		return err
	}
	c.typ = T(Double)
	if many {
		c.typ = arrayOf(c.typ)
	}
	c.args[0] = implicitCast(c.args[0], T(Double))
	return nil
}

// typePercentileApprox types percentile_approx(value, percentage[, accuracy]), which gives one of the values.
func typePercentileApprox(c *callTyping) error {
	if c.args[0].Type.Kind == String || c.args[0].Type.Kind == Null {
		c.args[0] = implicitCast(c.args[0], T(Double))
	}
	if t := c.args[0].Type; !isNumeric(t) && t.Kind != Date && t.Kind != Timestamp {
		return mismatch(c.label, 0, `("NUMERIC" or "DATE" or "TIMESTAMP" or "TIMESTAMP_NTZ" or "ANSI INTERVAL")`, c.args[0])
	}
	if len(c.args) == 2 {
		c.args = append(c.args, litExpr(T(Int), int64(10_000)))
		c.label = callLabel(c.name, c.args, strings.HasPrefix(c.label, c.name+"(DISTINCT "))
	}
	many, err := percentages(c)
	if err != nil {
		return err
	}
	accuracy, ok := intLiteral(c.args[2])
	switch {
	case !ok:
		return unsupported("%s with an accuracy that is no literal whole number", c.name)
	case accuracy <= 0:
		return analysisError("[DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE] Cannot resolve \"%s\" due to data type mismatch: The accuracy must "+
			"be between (0, 2147483647] (current value = %s).", c.label, fmt.Sprintf("%dL", accuracy))
	}
	c.args[2] = litExpr(T(Int), int64(accuracy))
	c.typ = c.args[0].Type
	if many {
		c.typ = arrayOf(c.typ)
	}
	return nil
}

// typeNthValue types nth_value(value, n[, ignore nulls]), which only windows have.
func typeNthValue(c *callTyping) error {
	n, ok := intLiteral(c.args[1])
	if !ok {
		return unsupported("nth_value with an offset that is no literal")
	}
	if n <= 0 {
		return analysisError("[DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE] Cannot resolve \"%s\" due to data type mismatch: The offset must be "+
			"between (0, 9223372036854775807] (current value = %dL).", c.label, n)
	}
	c.label = callLabel(c.name, c.args[:2], false)
	if len(c.args) == 3 {
		ignore, ok := c.args[2].Value.(bool)
		if !ok {
			return unsupported("nth_value whose third argument is no literal")
		}
		if ignore {
			c.label += " ignore nulls"
		}
	}
	c.typ = c.args[0].Type
	return nil
}
