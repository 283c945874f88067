package spark

import "strings"

// stringFilled is a function of texts whose missing arguments are these.
func stringFilled(least int, want string, result Type, defaults ...*Expr) function {
	most := least + len(defaults)
	return typed(least, most, want, func(c *callTyping) error {
		for len(c.args) < most {
			c.args = append(c.args, defaults[len(c.args)-least])
		}
		c.label, c.typ = callLabel(c.name, c.args, false), result
		return nil
	})
}

// typeBytes types octet_length and bit_length, of a text or a binary.
func typeBytes(c *callTyping) error { return typeLength(c) }

// typeFormatNumber types format_number(number, digits), null for a negative number of digits.
func typeFormatNumber(c *callTyping) error {
	if k := c.args[0].Type.Kind; !isNumeric(c.args[0].Type) && k != Null {
		return mismatch(c.label, 0, `"NUMERIC"`, c.args[0])
	}
	if c.args[1].Type.Kind == String {
		return unsupported("format_number with a pattern")
	}
	n, err := wanted(c, 1, 'i')
	if err != nil {
		return err
	}
	if isIntegral(c.args[0].Type) {
		c.args[0] = implicitCast(c.args[0], T(Long))
	}
	c.args[1], c.typ, c.nullable = n, T(String), true
	return nil
}

// typeFormatString types format_string(format, values ...), which is null only when the format is.
func typeFormatString(c *callTyping) error {
	for _, a := range c.args[1:] {
		switch a.Type.Kind {
		case Array, Map, Struct, Binary:
			return unsupported("%s of a value of type %s", c.name, a.Type)
		}
	}
	c.typ, c.nullable = T(String), c.args[0].Nullable
	return nil
}

// typeOverlay types overlay(text, part, position[, length]), also of binaries.
func typeOverlay(c *callTyping) error {
	if len(c.args) == 3 {
		c.args = append(c.args, litExpr(T(Int), int64(-1)))
		c.label = callLabel(c.name, c.args, false)
	}
	if c.typ = T(String); c.args[0].Type.Kind == Binary && c.args[1].Type.Kind == Binary {
		c.typ = T(Binary)
	}
	for i, letter := range []byte{'s', 's', 'i', 'i'} {
		if i < 2 && c.typ.Kind == Binary {
			continue
		}
		a, err := wanted(c, i, letter)
		if err != nil {
			return err
		}
		c.args[i] = a
	}
	return nil
}

// typeElt types elt(n, value 1, value 2, ...): texts, or binaries when all are.
func typeElt(c *callTyping) error {
	n, err := wanted(c, 0, 'i')
	if err != nil {
		return err
	}
	c.args[0], c.typ, c.nullable = n, T(Binary), true
	for _, a := range c.args[1:] {
		if a.Type.Kind != Binary {
			c.typ = T(String)
		}
	}
	for i := 1; i < len(c.args) && c.typ.Kind == String; i++ {
		if c.args[i], err = wanted(c, i, 's'); err != nil {
			return err
		}
	}
	return nil
}

// typeDecode types decode(binary, charset), and decode(e, key, value, ...[, default]), which compares nulls as equal.
func typeDecode(c *callTyping) error {
	if len(c.args) == 2 {
		for i, letter := range []byte{'B', 's'} {
			a, err := wanted(c, i, letter)
			if err != nil {
				return err
			}
			c.args[i] = a
		}
		c.typ = T(String)
		return nil
	}
	return unsupported("decode with keys and values; use CASE")
}

// typeOf makes typeof a text.
func typeOf(c *callTyping) error {
	c.args, c.typ, c.nullable = []*Expr{litExpr(T(String), c.args[0].Type.simpleText())}, T(String), false
	return nil
}

// simpleText is String as Spark has it, without backticks.
func (t Type) simpleText() string { return strings.ReplaceAll(t.String(), "`", "") }

// constant is a function without arguments whose value is a text.
func constant(text string) function {
	return typed(0, 0, "", func(c *callTyping) error {
		c.args, c.typ, c.nullable = []*Expr{litExpr(T(String), text)}, T(String), false
		return nil
	})
}

// typeAssertTrue gives assert_true its message.
func typeAssertTrue(c *callTyping) error {
	if len(c.args) == 1 {
		c.args = append(c.args, litExpr(T(String), "'"+c.args[0].Label+"' is not true!"))
		c.label = callLabel(c.name, c.args, false)
	}
	c.typ, c.nullable = T(Null), true
	return nil
}

// typeEqualNull types equal_null, which is <=> by another name.
func typeEqualNull(c *callTyping) error {
	e, err := compare("<=>", c.args[0], c.args[1])
	if err != nil {
		return err
	}
	c.args, c.typ, c.nullable = e.Args, T(Boolean), false
	return nil
}

// typeBitCount types bit_count of a whole number or a boolean.
func typeBitCount(c *callTyping) error {
	t := c.args[0].Type
	if !isIntegral(t) && t.Kind != Boolean && t.Kind != Null {
		return mismatch(c.label, 0, `("INTEGRAL" or "BOOLEAN")`, c.args[0])
	}
	c.args[0], c.typ = implicitCast(c.args[0], T(Long)), T(Int)
	return nil
}

// typeShift types shifts of an int or a bigint.
func typeShift(c *callTyping) error {
	if c.typ = T(Int); c.args[0].Type.Kind == Long {
		c.typ = T(Long)
	}
	letter := map[Kind]byte{Int: 'i', Long: 'l'}[c.typ.Kind]
	a, err := wanted(c, 0, letter)
	c.args[0] = a
	return err
}

// typeTry types try_add and its like over numbers: null where ANSI mode fails.
func typeTry(c *callTyping) error {
	name := map[string]string{"try_add": "+", "try_subtract": "-", "try_multiply": "*", "try_divide": "/"}[c.name]
	e, err := arithmetic(name, c.args[0], c.args[1])
	if err != nil {
		return err
	}
	if !isNumeric(e.Type) {
		return unsupported("%s of dates and intervals", c.name)
	}
	c.args, c.typ, c.nullable = []*Expr{e}, e.Type, true
	return nil
}

// typeStrToMap types str_to_map(text[, pattern between pairs[, pattern after keys]]).
func typeStrToMap(c *callTyping) error {
	for _, d := range []string{",", ":"}[len(c.args)-1:] {
		c.args = append(c.args, litExpr(T(String), d))
	}
	text := T(String)
	c.label, c.typ = callLabel(c.name, c.args, false), Type{Kind: Map, Key: &text, Elem: &text}
	return nil
}

// typeHash types hash and xxhash64: never null, and not over maps.
func typeHash(c *callTyping) error {
	for _, a := range c.args {
		if a.Type.holds(Map) {
			return analysisError("[DATATYPE_MISMATCH.HASH_MAP_TYPE] Cannot resolve \"%s\" due to data type mismatch: Input to the function "+
				"`%s` cannot contain elements of the \"MAP\" type. In Spark, same maps may have different hashcode, thus hash expressions "+
				"are prohibited on \"MAP\" elements. To restore previous behavior set \"spark.sql.legacy.allowHashOnMapType\" to \"true\".",
				c.label, c.name)
		}
	}
	if c.typ = T(Int); c.name == "xxhash64" {
		c.typ = T(Long)
	}
	c.nullable = false
	return nil
}

// holds reports whether a kind stands anywhere in t.
func (t Type) holds(k Kind) bool {
	if t.Kind == k || t.Elem != nil && t.Elem.holds(k) || t.Key != nil && t.Key.holds(k) {
		return true
	}
	for _, f := range t.Fields {
		if f.Type.holds(k) {
			return true
		}
	}
	return false
}

// typeBitGet types bit_get of a whole number; the third argument is how many bits it has.
func typeBitGet(c *callTyping) error {
	width, ok := map[Kind]int64{Byte: 8, Short: 16, Int: 32, Long: 64, Null: 64}[c.args[0].Type.Kind]
	if !ok {
		return mismatch(c.label, 0, `"INTEGRAL"`, c.args[0])
	}
	c.args, c.typ = []*Expr{implicitCast(c.args[0], T(Long)), c.args[1], litExpr(T(Int), width)}, T(Byte)
	return nil
}

// typeToBinary gives to_binary its format, by default hex.
func typeToBinary(c *callTyping) error {
	c.typ = T(Binary)
	if len(c.args) == 1 {
		c.args = append(c.args, litExpr(T(String), "hex"))
		return nil
	}
	if format, ok := c.args[1].Value.(string); ok {
		switch strings.ToLower(format) {
		case "hex", "utf-8", "utf8", "base64":
			c.args[1] = litExpr(T(String), strings.ReplaceAll(strings.ToLower(format), "-", ""))
			return nil
		}
	}
	return unsupported("%s with the format %s", c.name, c.args[1].Label)
}

// typeEnd types left and right.
func typeEnd(c *callTyping) error {
	c.typ = T(String)
	return noBinary(c)
}

// noBinary refuses a binary as the first argument where Spark has a binary for its result.
func noBinary(c *callTyping) error {
	if a := c.args[0]; a.Op == OpCast && a.Args[0].Type.Kind == Binary && a.Label == a.Args[0].Label {
		return unsupported("%s of a binary", c.name)
	}
	return nil
}
