package spark

// textFunctions are the functions on texts, patterns, JSON, numbers as text, and hashes.
var textFunctions = map[string]function{}
