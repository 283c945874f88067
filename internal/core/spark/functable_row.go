package spark

// rowFunctions are the functions that know where a row stands or comes from: random numbers, numbers of rows, names of files.
var rowFunctions = map[string]function{}
