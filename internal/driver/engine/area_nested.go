package engine

// The functions on arrays, maps and structs, with their lambdas and generators.

// nestedTemplates are those that are one expression of DuckDB's.
var nestedTemplates = map[string]string{}

// moreNestedEmitterOf finds the emitter of one of the others, nil for none.
func moreNestedEmitterOf(name string) callEmitter {
	switch name {
	default:
		return nil
	}
}

// nestedGoFunctions are the functions of Go's that their texts use.
func nestedGoFunctions() []goFunction { return nil }
