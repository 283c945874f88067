package engine

// The functions on texts, patterns, JSON, numbers as text, and hashes.

// textTemplates are those that are one expression of DuckDB's.
var textTemplates = map[string]string{}

// textEmitterOf finds the emitter of one of the others, nil for none.
func textEmitterOf(name string) callEmitter {
	switch name {
	case "regexp_extract_all", "regexp_count", "regexp_instr", "regexp_substr":
		return emitRegexp
	default:
		return nil
	}
}

// textGoFunctions are the functions of Go's that their texts use.
func textGoFunctions() []goFunction { return regexpFunctions() }
