package spark

// dateFunctions are the functions on dates, timestamps and intervals.
var dateFunctions = map[string]function{}
