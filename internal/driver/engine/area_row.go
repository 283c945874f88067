package engine

// The functions that know where a row stands or comes from.

// rowTemplates are those that are one expression of DuckDB's.
var rowTemplates = map[string]string{}

// rowEmitterOf finds the emitter of one of the others, nil for none.
func rowEmitterOf(name string) callEmitter {
	switch name {
	default:
		return nil
	}
}

// rowGoFunctions are the functions of Go's that their texts use.
func rowGoFunctions() []goFunction { return nil }
