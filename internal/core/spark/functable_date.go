package spark

// dateFunctions are the functions on dates, timestamps and intervals.
var dateFunctions = map[string]function{
	"unix_date": onlyOf(Date, Int), "unix_seconds": onlyOf(Timestamp, Long), "unix_millis": onlyOf(Timestamp, Long),
	"unix_micros":         onlyOf(Timestamp, Long),
	"date_from_unix_date": fixed(1, 1, "i", Date), "timestamp_millis": typed(1, 1, "x", typeWholeMoment),
	"timestamp_micros": typed(1, 1, "x", typeWholeMoment), "current_timezone": fixed(0, 0, "", String),
	"localtimestamp":   fixed(0, 0, "", TimestampNTZ),
	"to_timestamp_ltz": mayNull(typed(1, 2, "xs", typeToTimestamp)), "to_timestamp_ntz": mayNull(typed(1, 2, "xs", typeToLocal)),
	"try_to_timestamp":   mayNull(typed(1, 2, "xs", typeToTimestamp)),
	"make_timestamp":     mayNull(typed(6, 7, "iiiiixs", typeMakeTimestamp)),
	"make_timestamp_ltz": as("make_timestamp", mayNull(typed(6, 7, "iiiiixs", typeMakeTimestamp))),
	"make_timestamp_ntz": as("make_timestamp", mayNull(typed(6, 6, "iiiiix", typeMakeTimestamp))),
	"make_dt_interval":   typed(0, 4, "iiix", typeMakeDayTime), "make_ym_interval": typed(0, 2, "i", typeMakeYearMonth),
	"from_utc_timestamp": fixed(2, 2, "Ts", Timestamp), "to_utc_timestamp": fixed(2, 2, "Ts", Timestamp),
	"convert_timezone": typed(2, 3, "x", typeConvertZone),
	"timestampadd":     typed(3, 3, "six", typeTimestampAdd), "timestampdiff": fixed(3, 3, "sTT", Long),
}

// onlyOf is a function of one argument of a type that Spark does not cast to.
func onlyOf(from, to Kind) function {
	return typed(1, 1, "x", func(c *callTyping) error {
		c.typ = T(to)
		switch c.args[0].Type.Kind {
		case Null:
			c.args[0] = implicitCast(c.args[0], T(from))
		case from:
		default:
			return wantsType(c, 0, T(from).sqlName())
		}
		return nil
	})
}

// typeWholeMoment types the functions that make a timestamp of a whole number.
func typeWholeMoment(c *callTyping) error {
	c.typ = T(Timestamp)
	if t := c.args[0].Type; t.Kind != Null && !isIntegral(t) {
		return wantsType(c, 0, "INTEGRAL")
	}
	c.args[0] = implicitCast(c.args[0], T(Long))
	return nil
}

// typeToLocal types to_timestamp_ntz(x[, format]).
func typeToLocal(c *callTyping) error { return castInstead(c, T(TimestampNTZ)) }

// typeMakeTimestamp types make_timestamp and its two sisters; seconds have six digits of fraction.
func typeMakeTimestamp(c *callTyping) error {
	c.typ = T(Timestamp)
	if c.name == "make_timestamp_ntz" {
		c.typ = T(TimestampNTZ)
	}
	return toSeconds(c, 5, 16)
}

// toSeconds casts argument i to a decimal with six digits of fraction.
func toSeconds(c *callTyping, i, precision int) error {
	t := decimalType(precision, 6)
	if a := c.args[i]; !isNumeric(a.Type) && a.Type.Kind != String && a.Type.Kind != Null {
		return wantsType(c, i, t.sqlName())
	}
	label := c.args[i].Label
	c.args[i] = relabel(copyOf(implicitCast(c.args[i], t)), label)
	return nil
}

// copyOf is a copy of e, to be changed.
func copyOf(e *Expr) *Expr {
	copied := *e
	return &copied
}

// typeMakeDayTime types make_dt_interval([days[, hours[, minutes[, seconds]]]]).
func typeMakeDayTime(c *callTyping) error {
	c.typ = wholeDayTime
	for len(c.args) < 3 {
		c.args = append(c.args, litExpr(T(Int), int64(0)))
	}
	if len(c.args) == 3 {
		c.args = append(c.args, &Expr{Op: OpLit, Type: decimalType(18, 6), Value: "0", Label: "0.000000"})
	}
	c.label = callLabel(c.name, c.args, false)
	return toSeconds(c, 3, 18)
}

// typeMakeYearMonth types make_ym_interval([years[, months]]).
func typeMakeYearMonth(c *callTyping) error {
	c.typ = wholeYearMonth
	for len(c.args) < 2 {
		c.args = append(c.args, litExpr(T(Int), int64(0)))
	}
	c.label = callLabel(c.name, c.args, false)
	return nil
}

// typeConvertZone types convert_timezone([from, ]to, timestamp).
func typeConvertZone(c *callTyping) error {
	c.typ = T(TimestampNTZ)
	if len(c.args) == 2 {
		c.args = append([]*Expr{{Op: OpLit, Type: T(String), Value: "UTC", Label: "current_timezone()"}}, c.args...)
		c.label = callLabel(c.name, c.args, false)
	}
	for i := range c.args[:2] {
		a, err := wanted(c, i, 's')
		if err != nil {
			return err
		}
		c.args[i] = a
	}
	if t := c.args[2].Type; !isMoment(t) && t.Kind != String && t.Kind != Null {
		return wantsType(c, 2, "TIMESTAMP_NTZ")
	}
	c.args[2] = implicitCast(c.args[2], c.typ)
	c.nullable = c.nullable || c.args[2].Nullable && c.args[2].Args != nil && c.args[2].Args[0].Type.Kind == String
	return nil
}

// typeTimestampAdd types timestampadd(unit, count, timestamp); a timestamp without zone stays one.
func typeTimestampAdd(c *callTyping) error {
	c.typ = T(Timestamp)
	if c.args[2].Type.Kind == TimestampNTZ {
		c.typ = T(TimestampNTZ)
		return nil
	}
	a, err := wanted(c, 2, 'T')
	if err != nil {
		return err
	}
	c.args[2], c.nullable = a, c.nullable || a.Nullable
	return nil
}
