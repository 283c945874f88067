package spark

import "strings"

// parts maps the fields of EXTRACT and date_part to the functions that give them.
var parts = map[string]string{
	"year": "year", "years": "year", "yr": "year", "yrs": "year", "y": "year", "yearofweek": "yearofweek",
	"month": "month", "months": "month", "mon": "month", "mons": "month",
	"day": "dayofmonth", "days": "dayofmonth", "d": "dayofmonth", "hour": "hour", "hours": "hour", "h": "hour", "hr": "hour", "hrs": "hour",
	"minute": "minute", "minutes": "minute", "min": "minute", "mins": "minute", "m": "minute", "quarter": "quarter", "qtr": "quarter",
	"second": secondPart, "seconds": secondPart, "sec": secondPart, "secs": secondPart, "s": secondPart,
	"week": "weekofyear", "weeks": "weekofyear", "w": "weekofyear", "dayofweek": "dayofweek", "dow": "dayofweek", "doy": "dayofyear",
	"dayofweek_iso": "dayofweek_iso", "dow_iso": "dayofweek_iso",
}

// secondPart is the function behind EXTRACT(SECOND ...): seconds with their fraction.
const secondPart = "second_part"

// partFunctions are the functions that EXTRACT alone has.
var partFunctions = map[string]function{
	secondPart: typed(1, 1, "T", func(c *callTyping) error {
		c.typ = decimalType(8, 6)
		return nil
	}),
	"yearofweek": fixed(1, 1, "D", Int), "dayofweek_iso": fixed(1, 1, "D", Int),
}

// intervalPartTypes are the units that an interval can be asked for, with the type of the answer.
var intervalPartTypes = map[string]Type{
	"year": T(Int), "month": T(Byte), "day": T(Int), "hour": T(Byte), "minute": T(Byte), "second": decimalType(8, 6),
}

// extractPart is EXTRACT(field FROM e) and date_part(field, e).
func extractPart(name string, fieldName, e *Expr) (*Expr, error) {
	label := func(text string) string {
		if name != "date_part" {
			return name + "(" + text + " FROM " + e.Label + ")"
		}
		return name + "(" + text + ", " + e.Label + ")"
	}
	text, ok := fieldName.Value.(string)
	if !ok || fieldName.Op != OpLit {
		return nil, unsupported("%s of a field that is no literal text", name)
	}
	function, known := parts[strings.ToLower(text)]
	if e.Type.IsInterval() {
		return intervalPart(label(text), text, e)
	}
	if !known {
		return nil, analysisError("[INVALID_EXTRACT_FIELD] Cannot extract %s from \"%s\".", backtick(text), e.Label)
	}
	f, own := partFunctions[function]
	if !own {
		f = functions[function]
	}
	out, err := typeCall(function, f, []*Expr{e}, false)
	if err != nil {
		return nil, err
	}
	out.Label = label(text)
	return out, nil
}

// intervalPart is one unit of an interval, which must be among those of its type.
func intervalPart(label, text string, e *Expr) (*Expr, error) {
	unit := map[string]string{"dayofmonth": "day", secondPart: "second"}[parts[strings.ToLower(text)]]
	if unit == "" {
		unit = parts[strings.ToLower(text)]
	}
	units := intervalUnitsOf(e.Type.Kind)
	for i := e.Type.Precision; i <= e.Type.Scale; i++ {
		if units[i] == unit {
			return &Expr{Op: OpCall, Name: "interval_part", Value: unit, Type: intervalPartTypes[unit], Nullable: e.Nullable, Label: label,
				Args: []*Expr{e}}, nil
		}
	}
	return nil, analysisError("[INVALID_EXTRACT_FIELD] Cannot extract %s from \"%s\".", backtick(text), e.Label)
}
