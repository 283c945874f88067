package spark

import (
	"fmt"
	"math/big"
	"strings"
)

// rank orders the numeric types from narrow to wide; decimals are outside of it.
var rank = map[Kind]int{Byte: 1, Short: 2, Int: 3, Long: 4, Float: 5, Double: 6}

// isIntegral reports whether t is one of the whole-number types.
func isIntegral(t Type) bool { return rank[t.Kind] >= 1 && rank[t.Kind] <= 4 }

// isNumeric reports whether t is a number.
func isNumeric(t Type) bool { return rank[t.Kind] > 0 || t.Kind == Decimal }

// isAtomic reports whether t has no parts.
func isAtomic(t Type) bool {
	return t.Kind != Array && t.Kind != Map && t.Kind != Struct && t.Kind != Choice
}

// decimalType bounds precision and scale as Spark's DecimalType.bounded does.
func decimalType(precision, scale int) Type {
	return Type{Kind: Decimal, Precision: min(precision, maxDecimalPrecision), Scale: min(scale, maxDecimalPrecision)}
}

// minAdjustedScale is the scale that a decimal result keeps when it must give digits to its whole part.
const minAdjustedScale = 6

// adjustDecimal is Spark's adjustPrecisionScale (spark.sql.decimalOperations.allowPrecisionLoss, on by default): a
// result beyond 38 digits keeps its whole part and at least six digits of its fraction.
func adjustDecimal(precision, scale int) Type {
	if precision <= maxDecimalPrecision {
		return decimalType(precision, scale)
	}
	whole := precision - scale
	return decimalType(maxDecimalPrecision, max(maxDecimalPrecision-whole, min(scale, minAdjustedScale)))
}

// asDecimal is the decimal that holds every value of a whole-number type.
func asDecimal(t Type) Type {
	switch t.Kind {
	case Byte:
		return decimalType(3, 0)
	case Short:
		return decimalType(5, 0)
	case Int:
		return decimalType(10, 0)
	case Long:
		return decimalType(20, 0)
	default:
		return t
	}
}

// widerDecimal holds all values of two decimals, digits permitting.
func widerDecimal(a, b Type) Type {
	scale := max(a.Scale, b.Scale)
	return decimalType(max(a.Precision-a.Scale, b.Precision-b.Scale)+scale, scale)
}

// widerNumeric is the type that two numbers meet in, strings aside.
func widerNumeric(a, b Type) Type {
	switch {
	case a.Kind == Decimal || b.Kind == Decimal:
		for _, t := range []Type{a, b} {
			if t.Kind == Float || t.Kind == Double {
				return T(Double)
			}
		}
		return widerDecimal(asDecimal(a), asDecimal(b))
	case rank[a.Kind] >= rank[b.Kind]:
		return a
	default:
		return b
	}
}

// Wider is the type that values of a and b become in a union, CASE, coalesce or array. promote lets a string meet other
// atomic types as string; false is the rule of greatest and least. ok is false when they have no common type.
func Wider(a, b Type, promote bool) (t Type, ok bool) {
	switch {
	case a.Equal(b):
		return eitherNull(a, b), true
	case a.Kind == Null:
		return b, true
	case b.Kind == Null:
		return a, true
	case isNumeric(a) && isNumeric(b):
		return widerNumeric(a, b), true
	case isMoment(a) && isMoment(b):
		if a.Kind == Timestamp || b.Kind == Timestamp {
			return T(Timestamp), true
		}
		return T(TimestampNTZ), true
	case a.IsInterval():
		return widerInterval(a, b)
	case promote && a.Kind == String && promotable(b), promote && b.Kind == String && promotable(a):
		return T(String), true
	case a.Kind == Array && b.Kind == Array:
		elem, ok := Wider(*a.Elem, *b.Elem, promote)
		return Type{Kind: Array, Elem: &elem, NoNulls: a.NoNulls && b.NoNulls}, ok
	case a.Kind == Map && b.Kind == Map:
		key, ok1 := Wider(*a.Key, *b.Key, promote)
		elem, ok2 := Wider(*a.Elem, *b.Elem, promote)
		return Type{Kind: Map, Key: &key, Elem: &elem, NoNulls: a.NoNulls && b.NoNulls}, ok1 && ok2
	case a.Kind == Struct && b.Kind == Struct && len(a.Fields) == len(b.Fields):
		return widerStruct(a, b, promote)
	default:
		return Type{}, false
	}
}

// widerStruct is Wider for structs with the same member names.
func widerStruct(a, b Type, promote bool) (Type, bool) {
	out := Type{Kind: Struct}
	for i, f := range a.Fields {
		t, ok := Wider(f.Type, b.Fields[i].Type, promote)
		if !ok || !strings.EqualFold(f.Name, b.Fields[i].Name) {
			return Type{}, false
		}
		out.Fields = append(out.Fields, Field{Name: f.Name, Type: t, Nullable: f.Nullable || b.Fields[i].Nullable})
	}
	return out, true
}

// promotable reports whether t meets a string as string.
func promotable(t Type) bool { return isAtomic(t) && t.Kind != Binary && t.Kind != Boolean }

// widerAll casts all expressions to their common type.
func widerAll(list []*Expr, promote bool) ([]*Expr, Type, bool) {
	t := list[0].Type
	for _, e := range list[1:] {
		var ok bool
		if t, ok = Wider(t, e.Type, promote); !ok {
			return nil, Type{}, false
		}
	}
	out := make([]*Expr, len(list))
	for i, e := range list {
		out[i] = implicitCast(e, t)
	}
	return out, t, true
}

// comparable is the type that the two sides of a comparison meet in: a string becomes the other side's type, except
// that a decimal and a string meet as doubles.
func comparable(a, b Type) (Type, bool) {
	if b.Kind == String && a.Kind != String {
		a, b = b, a
	}
	switch {
	case a.Kind == String && b.Kind == Decimal:
		return T(Double), true
	case a.Kind == String && isAtomic(b) && b.Kind != Null && !b.IsInterval():
		return b, true
	case a.Kind == Boolean && isNumeric(b):
		return b, true
	case b.Kind == Boolean && isNumeric(a):
		return a, true
	default:
		return Wider(a, b, false)
	}
}

// truth is what Spark makes of a boolean that is compared with a literal 1 or 0: the boolean itself, or its negation. nil for
// any other comparison.
func truth(name string, a, b *Expr) *Expr {
	if a.Type.Kind != Boolean {
		a, b = b, a
	}
	if name != "=" && name != "<=>" || a.Type.Kind != Boolean || b.Op != OpLit || !isNumeric(b.Type) || b.Value == nil {
		return nil
	}
	value, ok := new(big.Rat).SetString(fmt.Sprint(b.Value))
	if !ok || !value.IsInt() || value.Num().Sign() < 0 || value.Num().Cmp(big.NewInt(1)) > 0 {
		return nil
	}
	out := a
	if value.Sign() == 0 {
		out = negate(a)
	}
	if name == "=" {
		return out
	}
	known := &Expr{Op: OpCall, Name: "isnotnull", Type: T(Boolean), Label: "(" + a.Label + " IS NOT NULL)", Args: []*Expr{a}}
	return &Expr{Op: OpCall, Name: "and", Type: T(Boolean), Label: "(" + known.Label + " AND " + out.Label + ")", Args: []*Expr{known, out}}
}

// compare types a comparison.
func compare(name string, a, b *Expr) (*Expr, error) {
	a, b, always := againstWhole(name, a, b)
	if always != nil {
		return always, nil
	}
	if e := truth(name, a, b); e != nil {
		return e, nil
	}
	label := callLabel(name, []*Expr{a, b}, false)
	t, ok := comparable(a.Type, b.Type)
	mixed := a.Type.Kind == Boolean && isNumeric(b.Type) || b.Type.Kind == Boolean && isNumeric(a.Type)
	if !ok || mixed && name != "=" && name != "<=>" {
		return nil, differ(label, a, b)
	}
	if t.holdsMap() {
		return nil, notOrdered(label, name, t)
	}
	return &Expr{Op: OpCall, Name: name, Type: T(Boolean), Label: label, Nullable: name != "<=>" && (a.Nullable || b.Nullable),
		Args: []*Expr{implicitCast(a, t), implicitCast(b, t)}}, nil
}

// arithmetic types + - * / % and div.
func arithmetic(name string, a, b *Expr) (*Expr, error) {
	label := callLabel(name, []*Expr{a, b}, false)
	out := &Expr{Op: OpCall, Name: name, Label: label, Nullable: a.Nullable || b.Nullable}
	if e := dateArithmetic(name, a, b); e != nil {
		return e, nil
	}
	if e, done, err := intervalArithmetic(name, a, b); done {
		return e, err
	}
	if isMoment(a.Type) || isMoment(b.Type) {
		return nil, unsupported("the interval or date arithmetic %s", label)
	}
	for _, e := range []**Expr{&a, &b} {
		if (*e).Type.Kind == String {
			*e = implicitCast(*e, T(Double))
			out.Nullable = true
		}
	}
	switch {
	case a.Type.Kind == Null && b.Type.Kind == Null:
		a, b = implicitCast(a, T(Double)), implicitCast(b, T(Double))
	case a.Type.Kind == Null:
		a = implicitCast(a, b.Type)
	case b.Type.Kind == Null:
		b = implicitCast(b, a.Type)
	}
	if !isNumeric(a.Type) || !isNumeric(b.Type) {
		return nil, differ(label, a, b)
	}
	if name == "/" || name == "%" || name == "div" || a.Type.Kind == Decimal || b.Type.Kind == Decimal {
		out.Nullable = true
	}
	decimals := (a.Type.Kind == Decimal || b.Type.Kind == Decimal) && rank[a.Type.Kind] < 5 && rank[b.Type.Kind] < 5
	switch {
	case decimals:
		a, b = literalDecimal(a), literalDecimal(b)
		out.Type = decimalResult(name, a.Type, b.Type)
	case name == "/":
		out.Type = T(Double)
		a, b = implicitCast(a, out.Type), implicitCast(b, out.Type)
	case name == "div" && a.Type.Equal(b.Type) && !isIntegral(a.Type):
		return nil, analysisError("[DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE] Cannot resolve \"%s\" due to data type mismatch: the binary "+
			"operator requires the input type (\"BIGINT\" or \"DECIMAL\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL DAY TO SECOND\"), not "+
			"\"%s\".", label, a.Type.sqlName())
	case name == "div" && (!isIntegral(a.Type) || !isIntegral(b.Type)):
		return nil, differ(label, a, b)
	case name == "div":
		out.Type = T(Long)
		a, b = implicitCast(a, out.Type), implicitCast(b, out.Type)
	default:
		out.Type = widerNumeric(a.Type, b.Type)
		a, b = implicitCast(a, out.Type), implicitCast(b, out.Type)
	}
	out.Args = []*Expr{a, b}
	return out, nil
}

// dateArithmetic is date + days, days + date and date - days; nil for anything else.
func dateArithmetic(name string, a, b *Expr) *Expr {
	if name == "+" && b.Type.Kind == Date {
		a, b = b, a
	}
	if a.Type.Kind != Date || !isIntegral(b.Type) || name != "+" && name != "-" || b.Type.Kind == Long {
		return nil
	}
	call := "date_add"
	if name == "-" {
		call = "date_sub"
	}
	return &Expr{Op: OpCall, Name: call, Type: T(Date), Nullable: a.Nullable || b.Nullable,
		Label: callLabel(call, []*Expr{a, b}, false), Args: []*Expr{a, implicitCast(b, T(Int))}}
}

// literalDecimal casts a whole number to the decimal it takes part in arithmetic as; a literal is only as wide as its
// digits, unless it is a tinyint. Source: DataTypeUtils.fromLiteral of Spark 3.5.
func literalDecimal(e *Expr) *Expr {
	if !isIntegral(e.Type) {
		return e
	}
	if e.Op == OpLit && e.Value != nil && e.Type.Kind != Byte {
		if t, ok := decimalTypeOf(e.Label); ok {
			return implicitCast(e, t)
		}
	}
	return implicitCast(e, asDecimal(e.Type))
}

// decimalResult is the type of decimal arithmetic, by the rules of Spark's arithmetic expressions (which follow Hive
// and SQL Server).
func decimalResult(name string, a, b Type) Type {
	p1, s1, p2, s2 := a.Precision, a.Scale, b.Precision, b.Scale
	switch name {
	case "*":
		return adjustDecimal(p1+p2+1, s1+s2)
	case "/":
		scale := max(minAdjustedScale, s1+p2+1)
		return adjustDecimal(p1-s1+s2+scale, scale)
	case "%", "pmod":
		return adjustDecimal(min(p1-s1, p2-s2)+max(s1, s2), max(s1, s2))
	case "div":
		return T(Long)
	default:
		scale := max(s1, s2)
		return adjustDecimal(max(p1-s1, p2-s2)+scale+1, scale)
	}
}
