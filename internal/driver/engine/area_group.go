package engine

// The functions of groups and windows.

// groupTemplates are those that are one expression of DuckDB's.
var groupTemplates = map[string]string{}

// groupEmitterOf finds the emitter of one of the others, nil for none.
func groupEmitterOf(name string) callEmitter {
	switch name {
	default:
		return nil
	}
}

// groupGoFunctions are the functions of Go's that their texts use.
func groupGoFunctions() []goFunction { return nil }
