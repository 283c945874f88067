package spark

import (
	"fmt"
	"math/big"
)

// roundsUp tells, of a whole number compared with a decimal literal, whether the literal counts as the next whole number
// above it, else as the one below.
var roundsUp = map[string]bool{"<": true, ">=": true, ">": false, "<=": false}

// mirrored is the comparison with its sides exchanged.
var mirrored = map[string]string{"<": ">", ">": "<", "<=": ">=", ">=": "<="}

// againstWhole rewrites a comparison of a whole number with a decimal literal as Spark's analyser does: the literal
// becomes a bigint, so that the column's name shows that one; done is the answer, which then is so for null too, where
// the literal is past every bigint. Other comparisons stay. Source: DecimalPrecision of Spark 3.5.
func againstWhole(name string, a, b *Expr) (left, right, done *Expr) {
	if _, ok := roundsUp[name]; !ok {
		return a, b, nil
	}
	if isIntegral(b.Type) && isDecimalLiteral(a) {
		b, a, done = againstWhole(mirrored[name], b, a)
		return a, b, done
	}
	if !isIntegral(a.Type) || !isDecimalLiteral(b) {
		return a, b, nil
	}
	value, ok := new(big.Rat).SetString(fmt.Sprint(b.Value))
	if !ok {
		return a, b, nil
	}
	whole := new(big.Int).Div(value.Num(), value.Denom()) // floors, as the denominator is positive
	if pastLong(value) {
		less := name == "<" || name == "<="
		return a, b, litExpr(T(Boolean), less == (value.Sign() > 0))
	}
	if roundsUp[name] && !value.IsInt() {
		whole.Add(whole, big.NewInt(1))
	}
	return a, litExpr(T(Long), whole.Int64()), nil
}

// isDecimalLiteral tells whether e is a decimal that the script wrote.
func isDecimalLiteral(e *Expr) bool {
	return e.Op == OpLit && e.Type.Kind == Decimal && e.Value != nil
}

// pastLong tells whether a number is less or greater than every bigint.
func pastLong(value *big.Rat) bool {
	least, greatest := big.NewRat(-1<<63, 1), big.NewRat(1<<63-1, 1)
	return value.Cmp(least) < 0 || value.Cmp(greatest) > 0
}
