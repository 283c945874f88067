package spark

// textFunctions are the functions on texts, patterns, JSON, numbers as text, and hashes.
var textFunctions = map[string]function{
	"regexp_extract_all": typed(2, 3, "ssi", typeRegexpExtractAll), "regexp_count": fixed(2, 2, "s", Int),
	"regexp_instr": typed(2, 3, "ssi", typeRegexpInstr), "regexp_substr": mayNull(fixed(2, 2, "s", String)),
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
