package spark

// typeSum types sum: bigint of whole numbers, ten more digits of decimals, else double.
func typeSum(c *callTyping) error {
	switch t := c.args[0].Type; {
	case t.Kind == Decimal:
		c.typ = decimalType(t.Precision+10, t.Scale)
	case isIntegral(t):
		c.typ = T(Long)
	case t.IsInterval():
		c.typ = t
	default:
		c.typ = T(Double)
		c.args[0] = implicitCast(c.args[0], c.typ)
	}
	return nil
}

// typeAvg types avg: four more digits of decimals, else double.
func typeAvg(c *callTyping) error {
	if t := c.args[0].Type; t.Kind == Decimal {
		c.typ = decimalType(t.Precision+4, t.Scale+4)
		return nil
	}
	switch c.args[0].Type.Kind {
	case DayTime:
		c.typ = wholeDayTime
		return nil
	case YearMonth:
		c.typ = wholeYearMonth
		return nil
	}
	c.typ = T(Double)
	c.args[0] = implicitCast(c.args[0], c.typ)
	return nil
}

// typeOrdered types min and max.
func typeOrdered(c *callTyping) error {
	c.typ = c.args[0].Type
	if c.typ.holdsMap() {
		return analysisError("[DATATYPE_MISMATCH.INVALID_ORDERING_TYPE] Cannot resolve \"%s\" due to data type mismatch: The "+
			"`%s` does not support ordering on type \"%s\".", c.label, c.name, c.typ.sqlName())
	}
	return nil
}

// typeFirst types first and last, whose optional second argument must be a literal: ignore nulls.
func typeFirst(c *callTyping) error {
	c.typ = c.args[0].Type
	if len(c.args) == 2 && c.name != "max_by" && c.name != "min_by" {
		if _, ok := c.args[1].Value.(bool); !ok {
			return unsupported("%s whose second argument is no literal", c.name)
		}
		c.label = callLabel(c.name, c.args[:1], false)
	}
	return nil
}

// typeCollect types collect_list and collect_set: never null, and without nulls inside.
func typeCollect(c *callTyping) error {
	c.typ, c.nullable = listOf(c.args[0].Type, false), false
	return nil
}

// lagType is the type of lag and lead: the value's, which the default is cast to.
func lagType(value, byDefault Type) (Type, bool) {
	plain := func(t Type) bool { return isNumeric(t) || t.Kind == String }
	if plain(value) && plain(byDefault) {
		return value, true
	}
	return Wider(value, byDefault, true)
}

// typeLag types lag and lead(value[, offset[, default]]).
func typeLag(c *callTyping) error {
	if len(c.args) == 1 {
		c.args = append(c.args, litExpr(T(Int), int64(1)))
	}
	if len(c.args) == 2 {
		c.args = append(c.args, litExpr(T(Null), nil))
	}
	c.label = callLabel(c.name, c.args[:3], false)
	if ignores := len(c.args) == 4 && (c.args[3].Op != OpLit || c.args[3].Type.Kind != Boolean); ignores {
		return unsupported("%s with a fourth argument that is no literal", c.name)
	}
	n, ok := intLiteral(c.args[1])
	if !ok {
		return unsupported("%s with an offset that is no literal", c.name)
	}
	c.args[1] = litExpr(T(Int), int64(n))
	t, ok := lagType(c.args[0].Type, c.args[2].Type)
	if !ok {
		return mismatch(c.label, 2, `"`+c.args[0].Type.sqlName()+`"`, c.args[2])
	}
	c.typ = t
	c.args[0], c.args[2] = implicitCast(c.args[0], t), implicitCast(c.args[2], t)
	return nil
}
