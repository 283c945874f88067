package spark

import (
	"strings"
)

// typeSame gives the type of the first argument.
func typeSame(c *callTyping) error {
	c.typ = c.args[0].Type
	if c.name == "array_distinct" && c.typ.holdsMap() {
		return notOrdered(c.label, c.name, *c.typ.Elem)
	}
	if c.typ.Kind == Null {
		c.typ = T(Double)
		c.args[0] = implicitCast(c.args[0], c.typ)
	}
	return nil
}

// typeElement gives the type of an array's elements.
func typeElement(c *callTyping) error {
	c.typ = *c.args[0].Type.Elem
	if (c.name == "array_max" || c.name == "array_min") && c.typ.holdsMap() {
		return notOrdered(c.label, c.name, c.typ)
	}
	if c.name == "flatten" {
		c.nullable = c.args[0].Nullable || !c.args[0].Type.NoNulls
		if c.typ.Kind != Array {
			return mismatch(c.label, 0, `"ARRAY" of "ARRAY"`, c.args[0])
		}
	}
	return nil
}

// wide casts all arguments from index on to their common type, which is the value's.
func wide(c *callTyping, from int, promote bool) error {
	list, t, ok := widerAll(c.args[from:], promote)
	if !ok && c.args[from].Type.Kind == Struct { // Spark looks at the members' types alone, not at their names
		return unsupported("%s over structs whose members differ in name or type", c.name)
	}
	if !ok {
		kinds := make([]string, len(c.args)-from)
		for i, a := range c.args[from:] {
			kinds[i] = "\"" + a.Type.sqlName() + "\""
		}
		return analysisError("[DATATYPE_MISMATCH.DATA_DIFF_TYPES] Cannot resolve \"%s\" due to data type mismatch: Input to "+
			"`%s` should all be the same type, but it's (%s).", c.label, c.name, strings.Join(kinds, " or "))
	}
	c.args = append(append([]*Expr(nil), c.args[:from]...), list...)
	c.typ = t
	return nil
}

// typeCoalesce types coalesce, nvl and ifnull: null only when the last one is.
func typeCoalesce(c *callTyping) error {
	c.nullable = true
	for _, a := range c.args {
		c.nullable = c.nullable && a.Nullable
	}
	return wide(c, 0, true)
}

// typeNullif types nullif, whose value is the first argument.
func typeNullif(c *callTyping) error {
	c.typ, c.nullable = c.args[0].Type, true
	eq, err := compare("=", c.args[0], c.args[1])
	if err != nil {
		return err
	}
	c.args = []*Expr{c.args[0], eq}
	return nil
}

// typeNanvl types nanvl: of two floats, or a float and null, a float; else both are doubles.
func typeNanvl(c *callTyping) error {
	c.typ = T(Double)
	if second := c.args[1].Type.Kind; c.args[0].Type.Kind == Float && (second == Float || second == Null) {
		c.typ, c.args[1] = T(Float), implicitCast(c.args[1], T(Float))
		return nil
	}
	for i := range c.args {
		cast, err := wanted(c, i, 'd')
		if err != nil {
			return err
		}
		c.args[i] = cast
	}
	return nil
}

// typeNvl2 types nvl2(test, then, else).
func typeNvl2(c *callTyping) error {
	c.nullable = c.args[1].Nullable || c.args[2].Nullable
	return wide(c, 1, true)
}

// typeIf types if(test, then, else).
func typeIf(c *callTyping) error {
	c.nullable = c.args[1].Nullable || c.args[2].Nullable
	return wide(c, 1, true)
}

// typeIn types e IN (list): all meet in one type, where a string wins over a number.
func typeIn(c *callTyping) error {
	if err := wide(c, 0, true); err != nil {
		return err
	}
	if c.typ.holdsMap() {
		return notOrdered(c.label, c.name, c.typ)
	}
	c.typ = T(Boolean)
	return nil
}

// typeExtreme types greatest and least, where a string does not meet a number; null only when all are.
func typeExtreme(c *callTyping) error {
	c.nullable = true
	for _, a := range c.args {
		c.nullable = c.nullable && a.Nullable
	}
	if err := wide(c, 0, false); err != nil {
		return err
	}
	if c.typ.holdsMap() {
		return notOrdered(c.label, c.name, c.typ)
	}
	return nil
}

// typeBits types & | ^ of whole numbers.
func typeBits(c *callTyping) error {
	if err := wide(c, 0, false); err != nil {
		return err
	}
	if !isIntegral(c.typ) {
		return mismatch(c.label, 0, `"INTEGRAL"`, c.args[0])
	}
	return nil
}

// typePmod types pmod like %.
func typePmod(c *callTyping) error {
	e, err := arithmetic("%", c.args[0], c.args[1])
	if err != nil {
		return err
	}
	if e.Type.Kind == Decimal {
		return unsupported("pmod of decimals")
	}
	c.args, c.typ, c.nullable = e.Args, e.Type, true
	return nil
}

// toText casts argument i to string, unless it is binary.
func toText(c *callTyping, i int) error {
	if c.args[i].Type.Kind == Binary {
		return nil
	}
	a, err := wanted(c, i, 's')
	if err != nil {
		return err
	}
	c.args[i] = a
	return nil
}

// typeLength types length: characters of a text, bytes of a binary.
func typeLength(c *callTyping) error {
	c.typ = T(Int)
	return toText(c, 0)
}

// typeReverse types reverse of a text or an array.
func typeReverse(c *callTyping) error {
	if c.args[0].Type.Kind == Array {
		return typeSame(c)
	}
	a, err := wanted(c, 0, 's')
	c.args[0], c.typ = a, T(String)
	return err
}

// typeSubstring gives substring its optional length.
func typeSubstring(c *callTyping) error {
	c.typ = T(String)
	if err := noBinary(c); err != nil {
		return err
	}
	if len(c.args) == 2 {
		c.args = append(c.args, litExpr(T(Int), int64(2147483647)))
		c.label = callLabel(c.name, c.args, false)
	}
	return nil
}

// typeLocate gives locate(needle, text, start) its optional start.
func typeLocate(c *callTyping) error {
	c.typ = T(Int)
	if len(c.args) == 2 {
		c.args = append(c.args, litExpr(T(Int), int64(1)))
		c.label = callLabel(c.name, c.args, false)
	}
	return nil
}

// typePad gives lpad and rpad their optional filling.
func typePad(c *callTyping) error {
	c.typ = T(String)
	if err := noBinary(c); err != nil {
		return err
	}
	if len(c.args) == 2 {
		c.args = append(c.args, litExpr(T(String), " "))
		c.label = callLabel(c.name, c.args, false)
	}
	return nil
}

// typeReplace gives replace its optional replacement.
func typeReplace(c *callTyping) error {
	c.typ = T(String)
	if len(c.args) == 2 {
		c.args = append(c.args, litExpr(T(String), ""))
		c.label = callLabel(c.name, c.args, false)
	}
	return nil
}

// typeRegexpReplace gives regexp_replace its start position, by default 1.
func typeRegexpReplace(c *callTyping) error {
	c.typ = T(String)
	if len(c.args) == 3 {
		c.args = append(c.args, litExpr(T(Int), int64(1)))
	}
	if n, ok := intLiteral(c.args[3]); !ok || n < 1 {
		return unsupported("regexp_replace from a position that is no literal above 0")
	}
	c.label = callLabel(c.name, c.args, false)
	return nil
}

// typeRegexpExtract gives regexp_extract its group, by default 1.
func typeRegexpExtract(c *callTyping) error {
	c.typ = T(String)
	if len(c.args) == 2 {
		c.args = append(c.args, litExpr(T(Int), int64(1)))
		c.label = callLabel(c.name, c.args, false)
	}
	return nil
}

// typeSplit gives split its limit, by default none.
func typeSplit(c *callTyping) error {
	c.typ = listOf(T(String), false)
	if len(c.args) == 2 {
		c.args = append(c.args, litExpr(T(Int), int64(-1)))
		c.label = callLabel(c.name, c.args, false)
	}
	return nil
}

// typeConcat types concat of texts, or of arrays.
func typeConcat(c *callTyping) error {
	arrays := 0
	for _, a := range c.args {
		if a.Type.Kind == Array {
			arrays++
		}
	}
	switch {
	case arrays > 0 && arrays < len(c.args):
		return concatDiffers(c)
	case arrays > 0:
		return wide(c, 0, true)
	}
	c.typ = T(String)
	binary := len(c.args) > 0
	for _, a := range c.args {
		binary = binary && a.Type.Kind == Binary
	}
	if binary {
		c.typ = T(Binary)
		return nil
	}
	for i := range c.args {
		a, err := wanted(c, i, 's')
		if err != nil {
			return err
		}
		c.args[i] = a
	}
	return nil
}

// concatDiffers is the error for a concat of arrays and of what is none, for which Spark takes a null, too.
func concatDiffers(c *callTyping) error {
	types := make([]string, len(c.args))
	for i, a := range c.args {
		t := a.Type
		if t.Kind == Null {
			t = T(String)
		}
		types[i] = `"` + t.sqlName() + `"`
	}
	return analysisError("[DATATYPE_MISMATCH.DATA_DIFF_TYPES] Cannot resolve \"%s\" due to data type mismatch: Input to `concat` should all "+
		"be the same type, but it's (%s).", c.label, strings.Join(types, " or "))
}

// typeConcatWs types concat_ws(separator, texts or arrays of texts ...), null only when the separator is.
func typeConcatWs(c *callTyping) error {
	c.typ, c.nullable = T(String), c.args[0].Nullable
	for i, a := range c.args {
		if a.Type.Kind == Array && i > 0 {
			c.args[i] = implicitCast(a, arrayOf(T(String)))
			continue
		}
		x, err := wanted(c, i, 's')
		if err != nil {
			return err
		}
		c.args[i] = x
	}
	return nil
}

// typeHex types hex of a number, text or binary.
func typeHex(c *callTyping) error {
	c.typ = T(String)
	if isNumeric(c.args[0].Type) {
		c.args[0] = implicitCast(c.args[0], T(Long))
		return nil
	}
	return toText(c, 0)
}

// scaleOf reads the literal scale of round.
func scaleOf(c *callTyping) (int, error) {
	if len(c.args) == 1 {
		c.args = append(c.args, litExpr(T(Int), int64(0)))
		c.label = callLabel(c.name, c.args, false)
	}
	scale, ok := intLiteral(c.args[1])
	if !ok {
		return 0, unsupported("%s with a scale that is no literal", c.name)
	}
	return scale, nil
}

// intLiteral reads a literal whole number, also a negated one.
func intLiteral(e *Expr) (int, bool) {
	for e.Op == OpCast {
		e = e.Args[0]
	}
	if e.Op == OpCall && e.Name == "negative" {
		n, ok := intLiteral(e.Args[0])
		return -n, ok
	}
	n, ok := e.Value.(int64)
	return int(n), ok && e.Op == OpLit && n == int64(int32(n))
}

// typeRound types round and bround: a decimal loses digits of its scale, others stay what they are.
func typeRound(c *callTyping) error {
	scale, err := scaleOf(c)
	if err != nil {
		return err
	}
	if err := typeSame(c); err != nil {
		return err
	}
	c.args[1] = litExpr(T(Int), int64(scale))
	if t := c.typ; t.Kind == Decimal {
		c.nullable = true
		least := t.Precision - t.Scale + 1
		if scale < 0 {
			c.typ = decimalType(max(least, -scale+1), 0)
		} else {
			s := min(t.Scale, scale)
			c.typ = decimalType(least+s, s)
		}
	}
	return nil
}

// typeFloor types floor and ceil: bigint, or a decimal without scale. With a scale all become decimals.
func typeFloor(c *callTyping) error {
	t := c.args[0].Type
	switch {
	case len(c.args) == 2:
		return typeFloorTo(c)
	case t.Kind == Decimal:
		c.typ = decimalType(t.Precision-t.Scale+1, 0)
		if t.Scale == 0 {
			c.typ = t
		}
	case isIntegral(t):
		c.typ = T(Long)
		c.args[0] = implicitCast(c.args[0], c.typ)
	default:
		c.typ = T(Long)
		c.args[0] = implicitCast(c.args[0], T(Double))
	}
	return nil
}

// typeFloorTo types floor(x, scale) and ceil(x, scale), which lose digits of a decimal as round does.
func typeFloorTo(c *callTyping) error {
	c.label = c.name + "(" + c.args[0].Label + ", " + c.args[1].Label + ")"
	if n := c.args[1]; n.Op != OpLit && n.Name != "negative" || n.Type.Kind != Int || n.Value == nil && n.Op == OpLit {
		return analysisError("The 'scale' parameter of function '%s' needs to be a int literal.", c.name)
	}
	if a := c.args[0]; a.Op == OpCast && a.Args[0].Type.Kind == String && a.Label == a.Args[0].Label { // no double meanwhile
		c.args[0] = a.Args[0]
	}
	t := asDecimal(c.args[0].Type)
	switch {
	case t.Kind == Decimal:
	case c.args[0].Label == "NULL":
		t = decimalType(38, 18)
	case t.Kind == Double:
		t = decimalType(30, 15)
	case t.Kind == Float:
		t = decimalType(14, 7)
	default:
		t = decimalType(38, 18)
	}
	c.args[0] = implicitCast(c.args[0], t)
	if err := typeRound(c); err != nil {
		return err
	}
	if t = c.typ; t.Precision >= 38 {
		return unsupported("%s of a decimal of so many digits", c.name)
	}
	return nil
}

// typeLog types log(x), which is ln, and log(base, x).
func typeLog(c *callTyping) error {
	c.typ = T(Double)
	if len(c.args) == 1 {
		c.label = "LOG(E(), " + c.args[0].Label + ")"
	} else {
		c.label = "LOG(" + c.args[0].Label + ", " + c.args[1].Label + ")"
	}
	return nil
}

// typeMonthsBetween gives months_between its optional rounding.
func typeMonthsBetween(c *callTyping) error {
	c.typ = T(Double)
	if len(c.args) == 2 {
		c.args = append(c.args, litExpr(T(Boolean), true))
		c.label = callLabel(c.name, c.args, false)
	}
	return nil
}

// castInstead turns the call into a cast when it has one argument.
func castInstead(c *callTyping, t Type) error {
	c.typ = t
	if len(c.args) == 2 {
		if k := c.args[0].Type.Kind; k == Date || k == Timestamp {
			c.args = c.args[:1]
		} else {
			a, err := wanted(c, 0, 's')
			if err != nil {
				return err
			}
			c.args[0] = a
			return nil
		}
	}
	switch from := c.args[0].Type; {
	case from.Kind == Array || from.Kind == Map || from.Kind == Struct:
		return mismatch(c.label, 0, timesTaken(t), c.args[0])
	case from.Kind != Date && from.Kind != Timestamp && from.Kind != TimestampNTZ && !(t.Kind == Timestamp && isNumeric(from)):
		c.args[0] = implicitCast(c.args[0], T(String))
	}
	c.args[0] = implicitCast(c.args[0], t)
	return nil
}

// timesTaken lists in an error what to_date and to_timestamp take.
func timesTaken(t Type) string {
	if t.Kind == Date {
		return `("STRING" or "DATE" or "TIMESTAMP" or "TIMESTAMP_NTZ")`
	}
	return `("STRING" or "DATE" or "TIMESTAMP" or "TIMESTAMP_NTZ" or "NUMERIC")`
}

// typeToDate types to_date(x[, format]).
func typeToDate(c *callTyping) error { return castInstead(c, T(Date)) }

// typeToTimestamp types to_timestamp(x[, format]).
func typeToTimestamp(c *callTyping) error { return castInstead(c, T(Timestamp)) }

// typeUnix types unix_timestamp([x[, format]]).
func typeUnix(c *callTyping) error {
	c.typ = T(Long)
	switch {
	case len(c.args) == 0:
		c.args = []*Expr{{Op: OpCall, Name: "current_timestamp", Type: T(Timestamp), Label: "current_timestamp()"}}
		c.label = callLabel(c.name, []*Expr{c.args[0], litExpr(T(String), "yyyy-MM-dd HH:mm:ss")}, false)
		return nil
	case len(c.args) == 1:
		c.args = append(c.args, litExpr(T(String), "yyyy-MM-dd HH:mm:ss"))
		c.label = callLabel(c.name, c.args, false)
	}
	switch c.args[0].Type.Kind {
	case Date:
		c.args = []*Expr{implicitCast(c.args[0], T(Timestamp))}
	case Timestamp:
		c.args = c.args[:1]
	case Boolean, Byte, Short, Int, Long, Float, Double, Decimal:
		return mismatch(c.label, 0, timesTaken(T(Date)), c.args[0])
	default:
		a, err := wanted(c, 0, 's')
		if err != nil {
			return err
		}
		c.args[0] = a
	}
	return nil
}

// typeFromUnix types from_unixtime(seconds[, format]).
func typeFromUnix(c *callTyping) error {
	c.typ = T(String)
	if len(c.args) == 1 {
		c.args = append(c.args, litExpr(T(String), "yyyy-MM-dd HH:mm:ss"))
		c.label = callLabel(c.name, c.args, false)
	}
	return nil
}
