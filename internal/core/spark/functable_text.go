package spark

// textFunctions are the functions on texts, patterns, JSON, numbers as text, and hashes.
var textFunctions = map[string]function{
	"regexp_extract_all": typed(2, 3, "ssi", typeRegexpExtractAll), "regexp_count": fixed(2, 2, "s", Int),
	"regexp_instr": typed(2, 3, "ssi", typeRegexpInstr), "regexp_substr": mayNull(fixed(2, 2, "s", String)),

	// Texts.
	"octet_length": typed(1, 1, "x", typeBytes), "bit_length": typed(1, 1, "x", typeBytes), "bin": fixed(1, 1, "l", String),
	"conv": mayNull(fixed(3, 3, "sii", String)), "format_number": typed(2, 2, "x", typeFormatNumber),
	"format_string": typed(1, -1, "sx", typeFormatString), "printf": as("format_string", typed(1, -1, "sx", typeFormatString)),
	"unhex": mayNull(fixed(1, 1, "s", Binary)), "encode": fixed(2, 2, "s", Binary), "decode": typed(2, -1, "x", typeDecode),
	"url_encode": fixed(1, 1, "s", String), "url_decode": fixed(1, 1, "s", String), "parse_url": mayNull(fixed(2, 3, "s", String)),
	"split_part": fixed(3, 3, "ssi", String), "overlay": typed(3, 4, "x", typeOverlay), "find_in_set": fixed(2, 2, "s", Int),
	"elt": typed(2, -1, "x", typeElt), "soundex": fixed(1, 1, "s", String), "luhn_check": fixed(1, 1, "s", Boolean),
	"mask": stringFilled(1, "s", T(String), litExpr(T(String), "X"), litExpr(T(String), "x"), litExpr(T(String), "n"),
		litExpr(T(String), nil)),
	"str_to_map": typed(1, 3, "s", typeStrToMap), "crc32": fixed(1, 1, "B", Long),
	"to_binary": mayNull(typed(1, 2, "s", typeToBinary)), "try_to_binary": mayNull(typed(1, 2, "s", typeToBinary)),
	"try_element_at": as("element_at", mayNull(typed(2, 2, "x", typeElementAt))),

	// JSON.
	"get_json_object": mayNull(fixed(2, 2, "s", String)), "json_array_length": mayNull(fixed(1, 1, "s", Int)),

	// Values of any type, and of the session.
	"hash": typed(1, -1, "x", typeHash), "xxhash64": typed(1, -1, "x", typeHash), "typeof": typed(1, 1, "x", typeOf),
	"version": constant("3.5.6 303c18c74664f161b9b969ac343784c088b47593"), "current_database": constant("default"),
	"current_schema": as("current_database", constant("default")), "current_catalog": constant("spark_catalog"),
	"uuid": {min: 0, max: 0, result: T(String), never: true}, "assert_true": typed(1, 2, "bs", typeAssertTrue),
	"raise_error": {min: 1, max: 1, want: "s", result: T(Null), nullable: true}, "equal_null": typed(2, 2, "x", typeEqualNull),

	// Bits and numbers.
	"bit_count": typed(1, 1, "x", typeBitCount), "bit_get": typed(2, 2, "xi", typeBitGet), "getbit": as("bit_get", typed(2, 2, "xi", typeBitGet)),
	"shiftleft": typed(2, 2, "xi", typeShift), "shiftright": typed(2, 2, "xi", typeShift),
	"shiftrightunsigned": typed(2, 2, "xi", typeShift), "factorial": mayNull(fixed(1, 1, "i", Long)), "rint": fixed(1, 1, "d", Double),
	"width_bucket": mayNull(fixed(4, 4, "dddl", Long)), "sec": fixed(1, 1, "d", Double), "csc": fixed(1, 1, "d", Double),
	"cot": fixed(1, 1, "d", Double), "acosh": fixed(1, 1, "d", Double), "asinh": fixed(1, 1, "d", Double),
	"atanh": fixed(1, 1, "d", Double), "try_add": typed(2, 2, "x", typeTry), "try_subtract": typed(2, 2, "x", typeTry),
	"try_multiply": typed(2, 2, "x", typeTry), "try_divide": typed(2, 2, "x", typeTry),
}

// typeRegexpExtractAll gives regexp_extract_all its group, by default 1.
func typeRegexpExtractAll(c *callTyping) error {
	if err := typeRegexpExtract(c); err != nil {
		return err
	}
	c.typ = arrayOf(T(String))
	return nil
}

// typeRegexpInstr gives regexp_instr its group, which Spark knows and does not look at.
func typeRegexpInstr(c *callTyping) error {
	if len(c.args) == 2 {
		c.args = append(c.args, litExpr(T(Int), int64(0)))
		c.label = callLabel(c.name, c.args, false)
	}
	c.typ = T(Int)
	return nil
}
