package spark

import "strconv"

// itoa spells a number.
func itoa(n int) string { return strconv.Itoa(n) }

// arrayOf is the type of arrays of t.
func arrayOf(t Type) Type { return Type{Kind: Array, Elem: &t} }

// fixed is a scalar function whose type does not depend on its arguments.
func fixed(least, most int, want string, result Kind) function {
	return function{min: least, max: most, want: want, result: T(result)}
}

// mayNull marks a function that gives null for some values that are not.
func mayNull(f function) function {
	f.nullable = true
	return f
}

// as marks another spelling of a function.
func as(canonical string, f function) function {
	f.canonical = canonical
	return f
}

// typed is a scalar function with a typing rule of its own.
func typed(least, most int, want string, rule func(c *callTyping) error) function {
	return function{min: least, max: most, want: want, typed: rule}
}

// agg is an aggregate function.
func agg(least, most int, want string, rule func(c *callTyping) error) function {
	return function{kind: kindAgg, min: least, max: most, want: want, typed: rule, nullable: true}
}

// aggOf is an aggregate function with a type of its own.
func aggOf(least, most int, want string, result Kind) function {
	return function{kind: kindAgg, min: least, max: most, want: want, result: T(result), nullable: true}
}

// rankOf is a window function.
func rankOf(most int, result Kind) function {
	return function{kind: kindWindow, min: most, max: most, want: "i", result: T(result), never: true}
}

// functions is every function that Tenon runs, by the names Spark gives it: the common ones of this file, and those of
// the files that each stand for one area.
var functions = joinTables(commonFunctions, lambdaFunctions, generators, groupingFunctions, textFunctions, nestedFunctions, dateFunctions, groupFunctions,
	rowFunctions, parseFunctions, timeWindowFunctions)

// joinTables makes one table of several, which share no name.
func joinTables(tables ...map[string]function) map[string]function {
	out := map[string]function{}
	for _, table := range tables {
		for name, f := range table {
			if _, twice := out[name]; twice {
				panic("spark: the function " + name + " stands in two tables")
			}
			out[name] = f
		}
	}
	return out
}

// commonFunctions are the functions that most queries use.
var commonFunctions = map[string]function{
	// Boolean and null.
	"and": fixed(2, 2, "b", Boolean), "or": fixed(2, 2, "b", Boolean), "not": fixed(1, 1, "b", Boolean),
	"isnull":    {min: 1, max: 1, result: T(Boolean), never: true},
	"isnotnull": {min: 1, max: 1, result: T(Boolean), never: true},
	"isnan":     {min: 1, max: 1, want: "d", result: T(Boolean), never: true},
	"coalesce":  typed(1, -1, "", typeCoalesce), "nvl": as("coalesce", typed(2, 2, "", typeCoalesce)),
	"ifnull": as("coalesce", typed(2, 2, "", typeCoalesce)), "nanvl": typed(2, 2, "", typeNanvl),
	"nullif": typed(2, 2, "", typeNullif), "nvl2": typed(3, 3, "", typeNvl2), "if": typed(3, 3, "b"+"x", typeIf),
	"in": typed(1, -1, "", typeIn), "like": fixed(2, 2, "s", Boolean), "ilike": fixed(2, 2, "s", Boolean),
	"rlike": fixed(2, 2, "s", Boolean), "regexp_like": as("rlike", fixed(2, 2, "s", Boolean)),
	"regexp": as("rlike", fixed(2, 2, "s", Boolean)),

	// Arithmetic of one operand and bits.
	"negative": typed(1, 1, "n", typeSame), "-": as("negative", typed(1, 1, "n", typeSame)),
	"positive": typed(1, 1, "n", typeSame), "abs": typed(1, 1, "n", typeSame),
	"&": typed(2, 2, "x", typeBits), "|": typed(2, 2, "x", typeBits), "^": typed(2, 2, "x", typeBits),
	"~": typed(1, 1, "n", typeSame), "pmod": typed(2, 2, "n", typePmod),

	// Text.
	"upper": fixed(1, 1, "s", String), "lower": fixed(1, 1, "s", String), "ucase": as("upper", fixed(1, 1, "s", String)),
	"lcase": as("lower", fixed(1, 1, "s", String)), "initcap": fixed(1, 1, "s", String),
	"length": typed(1, 1, "x", typeLength), "char_length": as("length", typed(1, 1, "x", typeLength)),
	"character_length": as("length", typed(1, 1, "x", typeLength)), "len": as("length", typed(1, 1, "x", typeLength)),
	"trim": fixed(1, 2, "s", String), "ltrim": fixed(1, 2, "s", String), "rtrim": fixed(1, 2, "s", String),
	"substring": typed(2, 3, "sii", typeSubstring), "substr": as("substring", typed(2, 3, "sii", typeSubstring)),
	"left": typed(2, 2, "si", typeEnd), "right": typed(2, 2, "si", typeEnd),
	"instr": fixed(2, 2, "s", Int), "locate": typed(2, 3, "ssi", typeLocate),
	"position": as("locate", typed(2, 3, "ssi", typeLocate)), "charindex": as("locate", typed(2, 3, "ssi", typeLocate)),
	"lpad": typed(2, 3, "sis", typePad), "rpad": typed(2, 3, "sis", typePad), "repeat": fixed(2, 2, "si", String),
	"btrim": as("trim", fixed(1, 2, "s", String)), "reverse": typed(1, 1, "x", typeReverse), "replace": typed(2, 3, "s", typeReplace),
	"regexp_replace": typed(3, 4, "sssi", typeRegexpReplace),
	"regexp_extract": typed(2, 3, "ssi", typeRegexpExtract), "translate": fixed(3, 3, "s", String),
	"split": typed(2, 3, "ssi", typeSplit), "concat": typed(0, -1, "", typeConcat),
	"concat_ws": {min: 1, max: -1, typed: typeConcatWs}, "startswith": fixed(2, 2, "s", Boolean),
	"endswith": fixed(2, 2, "s", Boolean), "contains": fixed(2, 2, "s", Boolean), "ascii": fixed(1, 1, "s", Int),
	"md5": fixed(1, 1, "B", String), "sha1": fixed(1, 1, "B", String), "sha": as("sha1", fixed(1, 1, "B", String)),
	"sha2": mayNull(fixed(2, 2, "Bi", String)), "base64": fixed(1, 1, "B", String), "unbase64": fixed(1, 1, "s", Binary),
	"levenshtein": fixed(2, 3, "ssi", Int), "substring_index": fixed(3, 3, "ssi", String), "space": fixed(1, 1, "i", String),
	"hex": typed(1, 1, "x", typeHex), "chr": fixed(1, 1, "l", String), "char": as("chr", fixed(1, 1, "l", String)),

	// Numbers.
	"round": typed(1, 2, "n", typeRound), "bround": typed(1, 2, "n", typeRound), "floor": typed(1, 2, "n", typeFloor),
	"ceil": typed(1, 2, "n", typeFloor), "ceiling": as("ceil", typed(1, 2, "n", typeFloor)),
	"sqrt": fixed(1, 1, "d", Double), "cbrt": fixed(1, 1, "d", Double), "exp": fixed(1, 1, "d", Double),
	"expm1": fixed(1, 1, "d", Double), "ln": mayNull(fixed(1, 1, "d", Double)), "log": mayNull(typed(1, 2, "d", typeLog)),
	"log10": mayNull(fixed(1, 1, "d", Double)), "log2": mayNull(fixed(1, 1, "d", Double)),
	"log1p": mayNull(fixed(1, 1, "d", Double)), "pow": fixed(2, 2, "d", Double), "power": as("pow", fixed(2, 2, "d", Double)),
	"signum": fixed(1, 1, "d", Double), "sign": as("signum", fixed(1, 1, "d", Double)),
	"sin": fixed(1, 1, "d", Double), "cos": fixed(1, 1, "d", Double), "tan": fixed(1, 1, "d", Double),
	"asin": fixed(1, 1, "d", Double), "acos": fixed(1, 1, "d", Double), "atan": fixed(1, 1, "d", Double),
	"atan2": fixed(2, 2, "d", Double), "sinh": fixed(1, 1, "d", Double), "cosh": fixed(1, 1, "d", Double),
	"tanh": fixed(1, 1, "d", Double), "degrees": fixed(1, 1, "d", Double), "radians": fixed(1, 1, "d", Double),
	"pi": fixed(0, 0, "", Double), "e": fixed(0, 0, "", Double), "hypot": fixed(2, 2, "d", Double),
	"greatest": typed(2, -1, "", typeExtreme), "least": typed(2, -1, "", typeExtreme),

	// Dates and times.
	"year": fixed(1, 1, "D", Int), "month": fixed(1, 1, "D", Int), "dayofmonth": fixed(1, 1, "D", Int),
	"day": as("dayofmonth", fixed(1, 1, "D", Int)), "quarter": fixed(1, 1, "D", Int), "dayofweek": fixed(1, 1, "D", Int),
	"dayofyear": fixed(1, 1, "D", Int), "weekofyear": fixed(1, 1, "D", Int), "weekday": fixed(1, 1, "D", Int),
	"hour": fixed(1, 1, "T", Int), "minute": fixed(1, 1, "T", Int), "second": fixed(1, 1, "T", Int),
	"current_date": fixed(0, 0, "", Date), "curdate": as("current_date", fixed(0, 0, "", Date)),
	"current_timestamp": fixed(0, 0, "", Timestamp), "now": as("current_timestamp", fixed(0, 0, "", Timestamp)),
	"date_add": fixed(2, 2, "DI", Date), "dateadd": as("date_add", fixed(2, 2, "DI", Date)),
	"date_sub": fixed(2, 2, "DI", Date), "datediff": fixed(2, 2, "D", Int), "date_diff": as("datediff", fixed(2, 2, "D", Int)),
	"add_months": fixed(2, 2, "Di", Date), "months_between": typed(2, 3, "TTb", typeMonthsBetween),
	"last_day": fixed(1, 1, "D", Date), "next_day": mayNull(fixed(2, 2, "Ds", Date)),
	"make_date": mayNull(fixed(3, 3, "i", Date)), "trunc": mayNull(fixed(2, 2, "Ds", Date)),
	"date_trunc": mayNull(fixed(2, 2, "sT", Timestamp)), "date_format": mayNull(fixed(2, 2, "Ts", String)),
	"to_date": mayNull(typed(1, 2, "xs", typeToDate)), "to_timestamp": mayNull(typed(1, 2, "xs", typeToTimestamp)),
	"unix_timestamp":    mayNull(typed(0, 2, "xs", typeUnix)),
	"to_unix_timestamp": as("unix_timestamp", mayNull(typed(1, 2, "xs", typeUnix))),
	"from_unixtime":     mayNull(typed(1, 2, "ls", typeFromUnix)),
	"timestamp_seconds": typed(1, 1, "n", func(c *callTyping) error { c.typ = T(Timestamp); return nil }),

	// Arrays, structs and maps.
	"array": typed(0, -1, "", typeArray), "struct": typed(1, -1, "x", typeStruct),
	"named_struct": typed(2, -1, "x", typeNamedStruct), "size": typed(1, 1, "x", typeSize),
	"cardinality": as("size", typed(1, 1, "x", typeSize)), "array_size": mayNull(typed(1, 1, "x", typeArraySize)),
	"array_contains": mayNull(typed(2, 2, "ax", typeArrayContains)), "sort_array": typed(1, 2, "ab", typeSortArray),
	"array_distinct": typed(1, 1, "a", typeSame), "element_at": mayNull(typed(2, 2, "x", typeElementAt)),
	"array_max": mayNull(typed(1, 1, "a", typeElement)), "array_min": mayNull(typed(1, 1, "a", typeElement)),
	"array_join": typed(2, 3, "x", typeArrayJoin), "flatten": mayNull(typed(1, 1, "a", typeElement)),
	"map":      typed(0, -1, "x", typeMap),
	"map_keys": typed(1, 1, "x", typeMapPart), "map_values": typed(1, 1, "x", typeMapPart),

	// Aggregates.
	"count": {kind: kindAgg, min: 1, max: -1, result: T(Long), never: true},
	"sum":   agg(1, 1, "n", typeSum), "avg": agg(1, 1, "n", typeAvg), "mean": as("avg", agg(1, 1, "n", typeAvg)),
	"min": agg(1, 1, "x", typeOrdered), "max": agg(1, 1, "x", typeOrdered),
	"first": agg(1, 2, "xb", typeFirst), "last": agg(1, 2, "xb", typeFirst),
	"first_value": as("first", agg(1, 2, "xb", typeFirst)), "last_value": as("last", agg(1, 2, "xb", typeFirst)),
	"any_value":    as("first", agg(1, 2, "xb", typeFirst)),
	"collect_list": agg(1, 1, "x", typeCollect), "array_agg": as("collect_list", agg(1, 1, "x", typeCollect)),
	"collect_set": agg(1, 1, "x", typeCollect), "stddev": aggOf(1, 1, "d", Double),
	"stddev_samp": as("stddev", aggOf(1, 1, "d", Double)), "std": as("stddev", aggOf(1, 1, "d", Double)),
	"stddev_pop": aggOf(1, 1, "d", Double), "variance": aggOf(1, 1, "d", Double),
	"var_samp": as("variance", aggOf(1, 1, "d", Double)), "var_pop": aggOf(1, 1, "d", Double),
	"corr": aggOf(2, 2, "d", Double), "covar_pop": aggOf(2, 2, "d", Double), "covar_samp": aggOf(2, 2, "d", Double),
	"max_by": agg(2, 2, "x", typeFirst), "min_by": agg(2, 2, "x", typeFirst), "median": aggOf(1, 1, "d", Double),
	"count_if": {kind: kindAgg, min: 1, max: 1, want: "b", result: T(Long), never: true},
	"bool_and": aggOf(1, 1, "b", Boolean), "every": as("bool_and", aggOf(1, 1, "b", Boolean)),
	"bool_or": aggOf(1, 1, "b", Boolean), "some": as("bool_or", aggOf(1, 1, "b", Boolean)),
	"any": as("bool_or", aggOf(1, 1, "b", Boolean)),

	// Window functions.
	"row_number": rankOf(0, Int), "rank": rankOf(0, Int), "dense_rank": rankOf(0, Int), "percent_rank": rankOf(0, Double),
	"cume_dist": rankOf(0, Double), "ntile": rankOf(1, Int),
	"lag":  {kind: kindWindow, min: 1, max: 4, want: "xixx", typed: typeLag, nullable: true},
	"lead": {kind: kindWindow, min: 1, max: 4, want: "xixx", typed: typeLag, nullable: true},
}
