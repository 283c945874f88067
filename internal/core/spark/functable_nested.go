package spark

// nestedFunctions are the functions on arrays, maps and structs, with their lambdas and generators.
var nestedFunctions = map[string]function{}
