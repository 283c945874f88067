package engine

// The functions on dates, timestamps and intervals.

// dateTemplates are those that are one expression of DuckDB's.
var dateTemplates = map[string]string{}

// moreDateEmitterOf finds the emitter of one of the others, nil for none.
func moreDateEmitterOf(name string) callEmitter {
	switch name {
	default:
		return nil
	}
}

// dateGoFunctions are the functions of Go's that their texts use.
func dateGoFunctions() []goFunction { return nil }
