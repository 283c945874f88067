package engine

// The functions beside the common ones stand by area, each in a file area_*.go: their templates, their emitters and the
// functions of Go's that they use. The analyser has a table for each area, too.

// templateOf finds the template of a function.
func templateOf(name string) (string, bool) {
	for _, table := range []map[string]string{templates, textTemplates, nestedTemplates, dateTemplates, groupTemplates, rowTemplates, timeWindowTemplates} {
		if template, ok := table[name]; ok {
			return template, true
		}
	}
	return "", false
}

// areaEmitterOf finds the emitter of a function of some area, nil for none.
func areaEmitterOf(name string) callEmitter {
	for _, find := range []func(string) callEmitter{textEmitterOf, moreNestedEmitterOf, moreDateEmitterOf, groupEmitterOf, rowEmitterOf, timeWindowEmitterOf} {
		if f := find(name); f != nil {
			return f
		}
	}
	return nil
}

// areaGoFunctions are Go's functions of all areas.
func areaGoFunctions() []goFunction {
	var all []goFunction
	for _, list := range []func() []goFunction{textGoFunctions, nestedGoFunctions, dateGoFunctions, groupGoFunctions, rowGoFunctions} {
		all = append(all, list()...)
	}
	return all
}
