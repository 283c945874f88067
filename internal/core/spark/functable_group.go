package spark

// groupFunctions are the functions of groups and windows.
var groupFunctions = map[string]function{}
